//! One directory after the other, in parallel: what lies there, set against what git tracks there.

use super::ignored::Rules;
use super::read::{Reader, unreadable};
use super::repository::Repository;
use crate::git::Kind;
use crate::problem::{LeftOut, Problem, Why};
use crate::text::Name;
use ignore::gitignore::Gitignore;
use rayon::Scope;
use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, FileType};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Files of one directory that one task reads; more are shared among the threads.
const CHUNK: usize = 64;

/// What all tasks of a walk share.
pub(super) struct Tree<'a> {
    pub(super) reader: Reader<'a>,
    /// What the user excludes, by shown name.
    pub(super) exclude: &'a Gitignore,
    /// Whether ignore rules of git count.
    pub(super) ignoring: bool,
    /// Paths that were named and are walked by themselves.
    pub(super) claimed: HashSet<PathBuf>,
    /// Whether there was anything to read.
    pub(super) found: AtomicBool,
}

/// A directory to be walked.
pub(super) struct Directory {
    /// Where it lies.
    pub(super) path: PathBuf,
    /// How its entries are called: what stands before their names, with the `/`.
    pub(super) shown: OsString,
    /// Its place in a git working tree.
    pub(super) git: Option<InGit>,
    /// Whether git tracks it as another repository.
    pub(super) submodule: bool,
}

/// A directory's place in a working tree.
#[derive(Clone)]
pub(super) struct InGit {
    repository: Arc<Repository>,
    /// What is tracked below the directory.
    tracked: Range<usize>,
    /// Length of the directory's path in the repository, with the `/`.
    depth: usize,
    /// Ignore rules of the directories above.
    rules: Arc<Rules>,
    /// Whether git ignores everything untracked below.
    ignored: bool,
}

/// What git tracks under one name of a directory.
struct Child<'a> {
    name: &'a [u8],
    range: Range<usize>,
    /// For a directory: what is tracked lies below it, not under the name itself.
    is_directory: bool,
    is_submodule: bool,
    seen: bool,
}

impl Child<'_> {
    /// Whether it is this that was found on disk.
    fn is(&self, kind: FileType) -> bool {
        (self.is_directory || self.is_submodule) == kind.is_dir()
    }
}

impl InGit {
    /// The root of a working tree.
    pub(super) fn root(repository: Repository, path: &Path) -> Self {
        let rules = Rules::new(None, path.to_owned(), repository.exclude_file.clone());
        InGit {
            tracked: 0..repository.index.entries().len(),
            repository: Arc::new(repository),
            depth: 0,
            rules: Arc::new(rules),
            ignored: false,
        }
    }

    /// The directory `relative` (below the root `path`), asked for by name: that a rule ignores it as a whole does not count.
    pub(super) fn at(repository: Repository, path: &Path, relative: &Path) -> Self {
        let mut here = InGit::root(repository, path);
        let mut path = path.to_owned();
        for part in relative.components() {
            here.rules = here.rules_of(&path);
            path.push(part);
            let name = part.as_os_str().as_encoded_bytes();
            let range = here
                .children()
                .into_iter()
                .find(|child| child.name == name && child.is_directory)
                .map_or(0..0, |child| child.range);
            here.depth += name.len() + 1;
            here.tracked = range;
        }
        here
    }

    fn rules_of(&self, path: &Path) -> Arc<Rules> {
        Arc::new(Rules::new(
            Some(Arc::clone(&self.rules)),
            path.to_owned(),
            path.join(".gitignore"),
        ))
    }

    /// What is tracked here, by name and sorted by it.
    fn children(&self) -> Vec<Child<'_>> {
        let index = &self.repository.index;
        let all = &index.entries()[self.tracked.clone()];
        let mut children: Vec<Child<'_>> = Vec::new();
        let mut at = 0;
        while let Some(entry) = all.get(at) {
            let path = index.path(entry);
            let rest = path.get(self.depth..).unwrap_or_default();
            let (name, len, is_directory) = match memchr::memchr(b'/', rest) {
                None => (rest, 1, false),
                Some(slash) => {
                    let prefix = &path[..=self.depth + slash];
                    let below =
                        all[at..].partition_point(|entry| index.path(entry).starts_with(prefix));
                    (&rest[..slash], below, true)
                }
            };
            let start = self.tracked.start + at;
            at += len;
            // A path in conflict stands in the index up to three times; in a sparse one a directory stands there itself.
            if !name.is_empty() && children.last().is_none_or(|last| last.name != name) {
                children.push(Child {
                    name,
                    range: start..start + len,
                    is_directory,
                    is_submodule: !is_directory && entry.item.kind() == Kind::Submodule,
                    seen: false,
                });
            }
        }
        children.sort_unstable_by(|a, b| a.name.cmp(b.name));
        children
    }
}

impl<'a> Tree<'a> {
    /// Walks `directory` and everything below it.
    pub(super) fn directory<'s>(&'s self, scope: &Scope<'s>, mut directory: Directory) {
        if self.reader.sink.interrupted() {
            return;
        }
        let Some(listing) = self.list(&directory) else {
            return;
        };
        let is_root =
            listing.iter().any(|(name, _)| name == ".git") && self.enter_repository(&mut directory);
        if let Some(git) = &mut directory.git
            && listing.iter().any(|(name, _)| name == ".gitignore")
        {
            git.rules = git.rules_of(&directory.path);
        }
        if directory.submodule && !is_root {
            self.leave_out(shown_directory(&directory.shown), Why::Submodule);
        }
        let mut files = Vec::new();
        let git = directory.git.clone();
        let mut children = git.as_ref().map_or(Vec::new(), InGit::children);
        for (name, kind) in listing {
            if is_root && name == ".git" {
                continue;
            }
            let child = children
                .binary_search_by(|child| child.name.cmp(name.as_encoded_bytes()))
                .ok()
                .and_then(|at| children.get_mut(at))
                .filter(|child| child.is(kind));
            let child = child.map(|child| {
                child.seen = true;
                &*child
            });
            self.entry(scope, &directory, (name, kind), child, &mut files);
        }
        for child in children.iter().filter(|child| !child.seen) {
            self.absent(&directory, child);
        }
        self.files(scope, directory, files);
    }

    /// Whether `directory` is the root of a working tree, which then is its own.
    fn enter_repository(&self, directory: &mut Directory) -> bool {
        match Repository::at(&directory.path) {
            Ok(None) => return false,
            Ok(Some(repository)) => {
                if !directory.shown.is_empty() {
                    let name = shown_directory(&directory.shown);
                    self.reader.sink.repository(&directory.path, &name);
                }
                directory.git = Some(InGit::root(repository, &directory.path));
            }
            Err(problem) => {
                self.reader.sink.problem(unknown_index(problem));
                directory.git = None;
            }
        }
        true
    }

    fn list(&self, directory: &Directory) -> Option<Vec<(OsString, FileType)>> {
        let problem = |error| {
            let name = shown_directory(&directory.shown);
            self.found.store(true, Relaxed);
            self.reader.sink.problem(unreadable(name, &error));
        };
        let entries = match fs::read_dir(&directory.path) {
            Ok(entries) => entries,
            Err(error) => {
                problem(error);
                return None;
            }
        };
        let mut listing = Vec::new();
        for entry in entries {
            match entry.and_then(|entry| Ok((entry.file_name(), entry.file_type()?))) {
                Ok(found) => listing.push(found),
                Err(error) => problem(error),
            }
        }
        Some(listing)
    }

    /// Decides on one entry of a directory: a file joins `files`, a directory becomes a task, everything else is left out.
    fn entry<'s>(
        &'s self,
        scope: &Scope<'s>,
        directory: &Directory,
        (name, kind): (OsString, FileType),
        child: Option<&Child<'_>>,
        files: &mut Vec<OsString>,
    ) {
        let git = directory.git.as_ref().filter(|_| self.ignoring);
        let selective = !self.exclude.is_empty() || !self.claimed.is_empty();
        if kind.is_file() && !selective && (child.is_some() || git.is_none()) {
            files.push(name);
            return;
        }
        let path = directory.path.join(&name);
        if self.claimed.contains(&path) {
            return;
        }
        let is_directory = kind.is_dir();
        let ignored = (child.is_none() || is_directory)
            && git.is_some_and(|git| git.ignored || git.rules.names(&path, is_directory));
        if child.is_none() && ignored {
            self.leave_out(directory.name(&name), Why::Ignored);
        } else if self.excluded(directory, &name, is_directory) {
            self.leave_out(directory.name(&name), Why::Excluded);
        } else if kind.is_file() {
            files.push(name);
        } else if is_directory {
            let below = directory.below(path, &name, child, ignored);
            scope.spawn(move |scope| self.directory(scope, below));
        } else if kind.is_symlink() {
            self.leave_out(directory.name(&name), Why::Symlink);
        } else {
            self.leave_out(directory.name(&name), Why::Special);
        }
    }

    fn excluded(&self, directory: &Directory, name: &OsStr, is_directory: bool) -> bool {
        if self.exclude.is_empty() {
            return false;
        }
        let mut shown = directory.shown.clone();
        shown.push(name);
        self.exclude.matched(&shown, is_directory).is_ignore()
    }

    /// What git tracks and nobody finds.
    fn absent(&self, directory: &Directory, child: &Child<'_>) {
        let Some(git) = &directory.git else { return };
        let index = &git.repository.index;
        let mut last: &[u8] = &[];
        for entry in &index.entries()[child.range.clone()] {
            let path = index.path(entry);
            if path == last {
                continue;
            }
            last = path;
            let mut name = directory.shown.as_encoded_bytes().to_vec();
            name.extend_from_slice(path.get(git.depth..).unwrap_or_default());
            let why = match entry.item.kind() {
                Kind::Submodule => Why::Submodule,
                _ => Why::Absent,
            };
            self.leave_out(Name::new(name), why);
        }
    }

    fn files<'s>(&'s self, scope: &Scope<'s>, directory: Directory, files: Vec<OsString>) {
        let mut rest = files;
        if rest.len() > CHUNK {
            let directory = Arc::new(directory);
            while rest.len() > CHUNK {
                let chunk = rest.split_off(rest.len() - CHUNK);
                let directory = Arc::clone(&directory);
                scope.spawn(move |_| self.chunk(&directory, chunk));
            }
            self.chunk(&directory, rest);
        } else {
            self.chunk(&directory, rest);
        }
    }

    fn chunk(&self, directory: &Directory, files: Vec<OsString>) {
        let mut path = directory.path.clone();
        for name in files {
            if self.reader.sink.interrupted() {
                return;
            }
            path.push(&name);
            self.file(&path, directory.name(&name));
            path.pop();
        }
    }

    /// Reads one file.
    pub(super) fn file(&self, path: &Path, name: Name) {
        if self.reader.file(path, name) {
            self.found.store(true, Relaxed);
        }
    }

    pub(super) fn leave_out(&self, object: Name, why: Why) {
        self.reader.sink.left_out(LeftOut { object, why });
    }
}

impl Directory {
    fn name(&self, name: &OsStr) -> Name {
        let shown = self.shown.as_encoded_bytes();
        let mut whole = Vec::with_capacity(shown.len() + name.len());
        whole.extend_from_slice(shown);
        whole.extend_from_slice(name.as_encoded_bytes());
        Name::new(whole)
    }

    /// The directory `name` in this one.
    fn below(
        &self,
        path: PathBuf,
        name: &OsStr,
        child: Option<&Child<'_>>,
        ignored: bool,
    ) -> Directory {
        let mut shown = self.shown.clone();
        shown.push(name);
        shown.push("/");
        let git = self.git.clone().map(|git| InGit {
            tracked: child
                .filter(|child| child.is_directory)
                .map_or(0..0, |child| child.range.clone()),
            depth: git.depth + name.len() + 1,
            ignored,
            ..git
        });
        Directory {
            path,
            shown,
            git,
            submodule: child.is_some_and(|child| child.is_submodule),
        }
    }
}

/// A directory as it is named in a problem.
fn shown_directory(shown: &OsStr) -> Name {
    let bytes = shown.as_encoded_bytes();
    match bytes.strip_suffix(b"/") {
        Some(name) => Name::new(name),
        None => Name::from("."),
    }
}

/// The trouble with a repository, seen from a tree: the files are there all the same.
pub(super) fn unknown_index(problem: Problem) -> Problem {
    problem.consequence("every file there was scanned, also ignored ones")
}
