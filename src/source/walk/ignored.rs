//! Which untracked files git ignores: `.gitignore` of each directory and `info/exclude` of the repository, and nothing else. Rules
//! that live outside the repository (`core.excludesFile`) or belong to other tools (`.ignore`) hide nothing, so that a scan sees the same everywhere.

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// The rules of one directory, on top of those of the directories above. Read when the first untracked file asks.
pub(super) struct Rules {
    above: Option<Arc<Rules>>,
    /// The directory that patterns are relative to.
    directory: PathBuf,
    /// The file that holds them.
    file: PathBuf,
    matcher: OnceLock<Gitignore>,
}

impl Rules {
    /// The rules that `file` gives for `directory`.
    pub(super) fn new(above: Option<Arc<Rules>>, directory: PathBuf, file: PathBuf) -> Self {
        Rules {
            above,
            directory,
            file,
            matcher: OnceLock::new(),
        }
    }

    /// Whether a rule names `path` itself; the nearest file decides. What a directory above says of everything below it is not asked here.
    pub(super) fn names(&self, path: &Path, is_directory: bool) -> bool {
        let mut rules = Some(self);
        while let Some(here) = rules {
            match here.matcher().matched(path, is_directory) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => rules = here.above.as_deref(),
            }
        }
        false
    }

    fn matcher(&self) -> &Gitignore {
        self.matcher.get_or_init(|| {
            // As in git, a link in the place of the file is not followed. A line that is no pattern hides nothing.
            let regular = self
                .file
                .symlink_metadata()
                .is_ok_and(|found| found.is_file());
            if !regular {
                return Gitignore::empty();
            }
            let mut builder = GitignoreBuilder::new(&self.directory);
            builder.add(&self.file);
            builder.build().unwrap_or_else(|_| Gitignore::empty())
        })
    }
}
