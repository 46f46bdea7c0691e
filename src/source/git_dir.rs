//! The files of a git directory that are no objects: configuration with credentials in URLs or headers, hooks, reflogs, what a fetch, merge or rebase left
//! behind, large files, and the same of every worktree and submodule. They stay in this clone; a push sends none of them.

use super::{Sink, Source, windows};
use crate::blob::{Blob, Origin};
use crate::git::Repository;
use crate::problem::{LeftOut, Problem, Why};
use crate::text::Name;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The files of one git directory.
#[derive(Debug)]
pub struct GitDir {
    root: PathBuf,
    /// What stands before the names of its files.
    prefix: Vec<u8>,
}

impl GitDir {
    /// Those of `repository`: of the directory that all its worktrees share, with what belongs to each.
    pub fn new(repository: &Repository) -> Self {
        GitDir {
            root: repository.common_dir().to_owned(),
            prefix: Vec::new(),
        }
    }

    /// Those of a repository whose working tree lies within another one and is called `name` there.
    pub fn nested(repository: &Repository, name: &Name) -> Self {
        GitDir {
            prefix: [name.as_bytes(), b"/.git/"].concat(),
            ..GitDir::new(repository)
        }
    }

    fn file(&self, path: &Path, len: u64, sink: &dyn Sink, buffer: &mut Vec<u8>) -> io::Result<()> {
        let origin = Origin::GitFile {
            path: self.name(path),
        };
        let mut file = File::open(path)?;
        if len > windows::WINDOW as u64 {
            return windows::push(&mut file, buffer, 0, &origin, sink).map(|_| ());
        }
        buffer.clear();
        file.read_to_end(buffer)?;
        sink.blob(Blob::whole(buffer, origin));
        Ok(())
    }

    fn name(&self, path: &Path) -> Name {
        let name = Name::from_path(path.strip_prefix(&self.root).unwrap_or(path));
        Name::new([&self.prefix, name.as_bytes()].concat())
    }

    fn entry(&self, path: &Path, sink: &dyn Sink, dirs: &mut Vec<PathBuf>, buffer: &mut Vec<u8>) {
        let leave = |why| {
            sink.left_out(LeftOut {
                object: self.name(path),
                why,
            });
        };
        let read = fs::symlink_metadata(path).and_then(|about| {
            let kind = about.file_type();
            if kind.is_dir() {
                dirs.push(path.to_owned());
            } else if kind.is_file() {
                return self.file(path, about.len(), sink, buffer);
            } else if kind.is_symlink() {
                leave(Why::Symlink);
            } else {
                leave(Why::Special);
            }
            Ok(())
        });
        if let Err(error) = read {
            sink.problem(Problem::new("io", self.name(path), error.to_string()));
        }
    }
}

/// The repositories that lie within a git directory: those of submodules, and theirs. Each with its name, as the folder of the submodule is usually called.
pub fn nested_repositories(git_dir: &Path) -> Vec<(PathBuf, Name)> {
    let mut found = Vec::new();
    let mut dirs = vec![(git_dir.to_owned(), Vec::new())];
    while let Some((dir, name)) = dirs.pop() {
        let is_one = dir.join("HEAD").is_file() && dir.join("objects").is_dir();
        if is_one && dir != git_dir {
            found.push((dir.clone(), Name::new(name.clone())));
        }
        for entry in fs::read_dir(&dir).into_iter().flatten().flatten() {
            let path = entry.path();
            let last = entry.file_name();
            let last = last.as_encoded_bytes();
            let folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if !folder || is_one && last == b"objects" {
                continue;
            }
            // `modules/a/modules/b` is the submodule b of the submodule a.
            let name = match (is_one, last) {
                (true, b"modules") => name.clone(),
                _ if name.is_empty() => last.to_vec(),
                _ => [&name, &b"/"[..], last].concat(),
            };
            dirs.push((path, name));
        }
    }
    found.sort();
    found
}

/// Whether this is an object store: a folder `objects` beside a file HEAD.
fn is_object_store(dir: &Path) -> bool {
    dir.file_name().is_some_and(|name| name == "objects")
        && dir
            .parent()
            .is_some_and(|above| above.join("HEAD").exists())
}

impl Source for GitDir {
    fn run(&self, sink: &dyn Sink) {
        let mut buffer = Vec::new();
        let mut dirs = vec![self.root.clone()];
        while let Some(dir) = dirs.pop() {
            if is_object_store(&dir) {
                continue;
            }
            let entries = match fs::read_dir(&dir) {
                Ok(entries) => entries,
                Err(error) => {
                    sink.problem(Problem::new("io", self.name(&dir), error.to_string()));
                    continue;
                }
            };
            let mut paths: Vec<PathBuf> = Vec::new();
            for entry in entries {
                match entry {
                    Ok(entry) => paths.push(entry.path()),
                    Err(error) => {
                        sink.problem(Problem::new("io", self.name(&dir), error.to_string()));
                    }
                }
            }
            paths.sort();
            for path in paths {
                if sink.interrupted() {
                    return;
                }
                self.entry(&path, sink, &mut dirs, &mut buffer);
            }
        }
    }
}
