//! Everything in a git directory that names a commit: references, HEADs, what an interrupted merge or fetch left behind, and every line of every reflog.

use super::repository::Repository;
use crate::blob::BlobId;
use crate::problem::Problem;
use crate::text::Name;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How far what a pointer names travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// HEAD itself.
    Head,
    /// A reference that a push can send: a branch, tag, note …
    Own,
    /// What a remote was last seen to have.
    Remote,
    /// It stays in this clone: stash, reflog, the HEAD of another worktree, ORIG_HEAD and its like.
    Local,
}

/// Something that names an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pointer {
    /// How people write it: `refs/heads/main`, `HEAD@{2}`, `stash@{0}`.
    pub name: Name,
    /// The object it names.
    pub object: BlobId,
    /// How far that travels.
    pub reach: Reach,
}

impl Repository {
    /// All of them, each name once; and what could not be read.
    pub fn pointers(&self) -> (Vec<Pointer>, Vec<Problem>) {
        let mut found = Found::default();
        match self.refs() {
            Ok(refs) => {
                for (name, object) in refs {
                    let reach = reach_of(name.as_bytes());
                    found.add(name, object, reach);
                }
            }
            Err(problem) => found.problems.push(problem),
        }
        match self.head() {
            Ok(Some(object)) => found.add("HEAD".into(), object, Reach::Head),
            Ok(None) => {}
            Err(problem) => found.problems.push(problem),
        }
        let common = self.common_dir().to_owned();
        found.broken_refs(&common, &common.join("refs"));
        found.directory(&common, b"");
        found.logs(&common.join("logs"), b"", b"");
        let worktrees = common.join("worktrees");
        for dir in found.list(&worktrees) {
            let name = Name::from_path(Path::new(dir.file_name().unwrap_or_default()));
            let prefix = [b"worktrees/", name.as_bytes(), b"/"].concat();
            found.directory(&dir, &prefix);
            found.logs(&dir.join("logs"), &prefix, b"");
        }
        let mut pointers = found.pointers;
        pointers.sort();
        pointers.dedup();
        (pointers, found.problems)
    }
}

fn reach_of(name: &[u8]) -> Reach {
    if name.starts_with(b"refs/remotes/") {
        Reach::Remote
    } else if name == b"refs/stash" || name.starts_with(b"refs/worktree/") {
        Reach::Local
    } else {
        Reach::Own
    }
}

#[derive(Default)]
struct Found {
    pointers: Vec<Pointer>,
    problems: Vec<Problem>,
}

impl Found {
    fn add(&mut self, name: Name, object: BlobId, reach: Reach) {
        self.pointers.push(Pointer {
            name,
            object,
            reach,
        });
    }

    fn problem(&mut self, path: &Path, cause: impl Into<String>) {
        self.problems
            .push(Problem::new("ref", Name::from_path(path), cause));
    }

    /// What is in a directory; nothing if there is none.
    fn list(&mut self, dir: &Path) -> Vec<PathBuf> {
        let entries = match fs::read_dir(dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
            Err(error) => {
                self.problem(dir, error.to_string());
                return Vec::new();
            }
        };
        let mut paths: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
        paths.sort();
        paths
    }

    fn read(&mut self, path: &Path) -> Option<Vec<u8>> {
        match super::repository::read_regular(path) {
            Ok(text) => text,
            Err(cause) => {
                self.problem(path, cause);
                None
            }
        }
    }

    /// Files called HEAD, FETCH_HEAD and the like, directly in `dir`: every line that begins with an id names it.
    fn directory(&mut self, dir: &Path, prefix: &[u8]) {
        for path in self.list(dir) {
            let name = path.file_name().unwrap_or_default().as_encoded_bytes();
            let pseudo = name.ends_with(b"_HEAD") || (name == b"HEAD" && !prefix.is_empty());
            if !pseudo || !path.is_file() {
                continue;
            }
            let name = Name::new([prefix, name].concat());
            for line in lines(&self.read(&path).unwrap_or_default()) {
                if let Some(id) = leading_id(line) {
                    self.add(name.clone(), id, Reach::Local);
                }
            }
        }
    }

    /// Loose references that hold neither an id nor the name of another one.
    fn broken_refs(&mut self, common: &Path, dir: &Path) {
        let mut work = vec![dir.to_owned()];
        while let Some(dir) = work.pop() {
            for path in self.list(&dir) {
                if path.is_dir() && !path.is_symlink() {
                    work.push(path);
                    continue;
                }
                // git's own lock files and the like are no references.
                if path.extension().is_some_and(|ending| ending == "lock") {
                    continue;
                }
                let text = self.read(&path).unwrap_or_default();
                let text = text.trim_ascii_end();
                if BlobId::from_hex(text).is_none() && !text.starts_with(b"ref:") {
                    let name = path.strip_prefix(common).unwrap_or(&path);
                    let name = Name::from_path(name);
                    self.problems.push(
                        Problem::new("ref", name, "the reference is broken: it names no object")
                            .consequence("what only it reaches counts as unreachable")
                            .next("`git update-ref -d` removes it, `git fetch` brings it again"),
                    );
                }
            }
        }
    }

    /// Reflogs: `old new name <mail> time zone TAB message`, the newest line last.
    fn logs(&mut self, dir: &Path, prefix: &[u8], within: &[u8]) {
        let mut work = vec![(dir.to_owned(), within.to_vec())];
        while let Some((dir, within)) = work.pop() {
            for path in self.list(&dir) {
                let name = Name::from_path(Path::new(path.file_name().unwrap_or_default()));
                let name = [&within, name.as_bytes()].concat();
                if path.is_dir() && !path.is_symlink() {
                    work.push((path, [&name[..], b"/"].concat()));
                    continue;
                }
                let text = self.read(&path).unwrap_or_default();
                let short = match &name[..] {
                    b"refs/stash" => b"stash".to_vec(),
                    _ => [prefix, &name].concat(),
                };
                for (back, line) in lines(&text).into_iter().rev().enumerate() {
                    let mut ids = line.splitn(3, |byte| *byte == b' ');
                    let old = ids.next().and_then(BlobId::from_hex);
                    let new = ids.next().and_then(BlobId::from_hex);
                    let label = |back: usize| {
                        Name::new([&short, format!("@{{{back}}}").as_bytes()].concat())
                    };
                    if let Some(id) = new.filter(|id| !is_null(id)) {
                        self.add(label(back), id, Reach::Local);
                    }
                    // The oldest line is the only one that tells where the reference stood before; and lines may be missing between two.
                    if let Some(id) = old.filter(|id| !is_null(id)) {
                        self.add(label(back + 1), id, Reach::Local);
                    }
                }
            }
        }
    }
}

fn lines(text: &[u8]) -> Vec<&[u8]> {
    let lines = text.split(|byte| *byte == b'\n');
    lines.filter(|line| !line.is_empty()).collect()
}

fn leading_id(line: &[u8]) -> Option<BlobId> {
    let end = line.iter().position(|byte| !byte.is_ascii_hexdigit());
    BlobId::from_hex(&line[..end.unwrap_or(line.len())]).filter(|id| !is_null(id))
}

fn is_null(id: &BlobId) -> bool {
    id.as_bytes().iter().all(|byte| *byte == 0)
}
