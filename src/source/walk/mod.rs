//! Files of a tree on disk. In a git working tree: what is tracked, whatever ignore rules say, and what is untracked and not ignored;
//! hidden files too, `.git` itself not. Nested repositories and submodules are asked for their own index. Elsewhere: everything.
//!
//! What was named on the command line is always opened. Beyond that no link is followed and nothing but regular files is opened.

mod ignored;
mod open;
mod read;
mod repository;
mod tree;

use super::{Sink, Source, exclude};
use crate::problem::Problem;
use crate::text::Name;
use ignore::gitignore::Gitignore;
use read::Reader;
use repository::Repository;
use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use tree::{Directory, InGit, Tree, unknown_index};

/// What to walk and how.
#[derive(Clone, Debug, Default)]
pub struct WalkOptions {
    /// Files and directories as the user named them; none means the current directory.
    pub paths: Vec<PathBuf>,
    /// Whether to scan also what git ignores.
    pub no_ignore: bool,
    /// Globs, in the syntax of `.gitignore` and relative to [`Walk::root`], of what to leave out.
    pub exclude: Vec<String>,
    /// Larger files are left out, in bytes.
    pub max_file_size: Option<u64>,
    /// How many threads to use; 0: those of rayon's global pool.
    pub threads: usize,
}

/// The tree source.
#[derive(Debug)]
pub struct Walk {
    paths: Vec<PathBuf>,
    ignoring: bool,
    exclude: Gitignore,
    max_file_size: Option<u64>,
    threads: usize,
    root: PathBuf,
}

/// Options that make no sense.
#[derive(Debug)]
pub enum WalkError {
    /// The user's mistake: a glob that is none.
    Glob {
        /// As it was written.
        glob: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The current directory is gone or may not be entered.
    CurrentDirectory(io::Error),
}

impl std::fmt::Display for WalkError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            WalkError::Glob { glob, cause } => write!(
                f,
                "exclude {glob:?}: {cause}; the syntax is that of .gitignore"
            ),
            WalkError::CurrentDirectory(error) => write!(
                f,
                "the current directory cannot be used: {error}; change to one that exists"
            ),
        }
    }
}

impl std::error::Error for WalkError {}

/// Something that was named and is there.
struct Root {
    /// Where it lies, links above the last part resolved.
    path: PathBuf,
    shown: OsString,
    is_directory: bool,
}

impl Walk {
    /// Checks the options; nothing is read yet.
    ///
    /// # Errors
    /// A glob that is none, or no current directory.
    pub fn new(options: WalkOptions) -> Result<Self, WalkError> {
        let current = std::env::current_dir()
            .and_then(|path| path.canonicalize())
            .map_err(WalkError::CurrentDirectory)?;
        let paths = if options.paths.is_empty() {
            vec![PathBuf::from(".")]
        } else {
            options.paths
        };
        let root = Walk::root_of(&paths[0]).unwrap_or(current);
        let exclude = exclude::build(&options.exclude)
            .map_err(|(glob, cause)| WalkError::Glob { glob, cause })?;
        Ok(Walk {
            paths,
            ignoring: !options.no_ignore,
            exclude,
            max_file_size: options.max_file_size,
            threads: options.threads,
            root,
        })
    }

    /// The root of the innermost working tree that holds `path`.
    pub fn root_of(path: &Path) -> Option<PathBuf> {
        let place = place_of(path, &mut BTreeMap::new()).ok()?;
        Repository::top(&place).map(Path::to_owned)
    }

    /// The directory that the paths of blobs are relative to: the root of the working tree that holds what was named (first), else the
    /// current directory. What lies outside of it is called as it was named.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What was named and is there, each once; the rest is a problem.
    fn roots(&self, sink: &dyn Sink) -> Vec<Root> {
        let mut parents = BTreeMap::new();
        let mut roots: BTreeMap<PathBuf, Root> = BTreeMap::new();
        for typed in &self.paths {
            match self.look_at(typed, &mut parents) {
                Ok(root) => {
                    roots.entry(root.path.clone()).or_insert(root);
                }
                Err(problem) => sink.problem(problem),
            }
        }
        roots.into_values().collect()
    }

    fn look_at(
        &self,
        typed: &Path,
        parents: &mut BTreeMap<PathBuf, PathBuf>,
    ) -> Result<Root, Problem> {
        let name = || Name::from_path(typed);
        // Follows a link: it was named, so it is resolved once.
        let found = fs::metadata(typed).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound if fs::symlink_metadata(typed).is_ok() => {
                Problem::new("not-found", name(), "a link to a file that does not exist")
                    .next("name a file or directory that exists")
            }
            io::ErrorKind::NotFound => Problem::new("not-found", name(), "does not exist")
                .next("name a file or directory that exists"),
            _ => read::unreadable(name(), &error),
        })?;
        if !found.is_dir() && !found.is_file() {
            return Err(
                Problem::new("special-file", name(), "a device, FIFO or socket")
                    .next("pipe its content to `invoca-scan --stdin`"),
            );
        }
        let path = place_of(typed, parents).map_err(|error| read::unreadable(name(), &error))?;
        let shown = match path.strip_prefix(&self.root) {
            Ok(inside) => inside.as_os_str().to_owned(),
            Err(_) => without_dots(typed).into_os_string(),
        };
        Ok(Root {
            path,
            shown,
            is_directory: found.is_dir(),
        })
    }

    fn walk(&self, sink: &dyn Sink) {
        let roots = self.roots(sink);
        let none = roots.is_empty();
        let claimed: HashSet<PathBuf> = if roots.len() > 1 {
            roots.iter().map(|root| root.path.clone()).collect()
        } else {
            HashSet::new()
        };
        let tree = Tree {
            reader: Reader {
                sink,
                max_size: self.max_file_size,
            },
            exclude: &self.exclude,
            ignoring: self.ignoring,
            claimed,
            found: AtomicBool::new(false),
        };
        rayon::scope(|scope| {
            for root in roots {
                let tree = &tree;
                scope.spawn(move |scope| tree.root(scope, root));
            }
        });
        if !none && !tree.found.load(Relaxed) && !sink.interrupted() {
            sink.problem(
                Problem::new("nothing-scanned", self.named(), "there is no file to scan")
                    .consequence("nothing was scanned")
                    .next("name the tree you mean, or scan ignored files too with --no-ignore"),
            );
        }
    }

    fn named(&self) -> Name {
        Name::from_path(self.paths.first().map_or(Path::new("."), PathBuf::as_path))
    }
}

impl Source for Walk {
    fn run(&self, sink: &dyn Sink) {
        if self.threads == 0 {
            return self.walk(sink);
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.threads);
        match pool.build() {
            Ok(pool) => pool.install(|| self.walk(sink)),
            // No thread to be had: those that are there must do.
            Err(_) => self.walk(sink),
        }
    }
}

impl Tree<'_> {
    /// The place of a directory in the working tree around it, unless it is itself the root of one.
    fn around(&self, directory: &Path) -> Option<InGit> {
        let top = Repository::top(directory).filter(|top| *top != directory)?;
        match Repository::at(top) {
            Ok(repository) => Some(InGit::at(
                repository?,
                top,
                directory.strip_prefix(top).ok()?,
            )),
            Err(problem) => {
                self.reader.sink.problem(unknown_index(problem));
                None
            }
        }
    }

    fn root<'s>(&'s self, scope: &rayon::Scope<'s>, root: Root) {
        let resolved = match root.path.canonicalize() {
            Ok(resolved) => resolved,
            Err(error) => {
                let name = Name::new(root.shown.into_encoded_bytes());
                return self.reader.sink.problem(read::unreadable(name, &error));
            }
        };
        if !root.is_directory {
            return self.file(&resolved, Name::new(root.shown.into_encoded_bytes()));
        }
        let git = self.around(&resolved);
        let mut shown = root.shown;
        if !shown.is_empty() && !shown.as_encoded_bytes().ends_with(b"/") {
            shown.push("/");
        }
        self.directory(
            scope,
            Directory {
                path: resolved,
                shown,
                git,
                submodule: false,
            },
        );
    }
}

/// `path` with every link resolved but one in its last part.
fn place_of(path: &Path, parents: &mut BTreeMap<PathBuf, PathBuf>) -> io::Result<PathBuf> {
    let last = match path.components().next_back() {
        Some(Component::Normal(name)) if path.is_symlink() || path.is_file() => name,
        _ => return path.canonicalize(),
    };
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    if let Some(known) = parents.get(parent) {
        return Ok(known.join(last));
    }
    let resolved = parent.canonicalize()?;
    let place = resolved.join(last);
    parents.insert(parent.to_owned(), resolved);
    Ok(place)
}

/// The path as typed, less `.` parts.
fn without_dots(path: &Path) -> PathBuf {
    path.components()
        .filter(|part| *part != Component::CurDir)
        .collect()
}
