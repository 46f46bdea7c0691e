//! What a walk asks of git: where a working tree begins, what is tracked in it, and where its own ignore rules stand.

use crate::git::{self, Index};
use crate::problem::Problem;
use std::path::{Path, PathBuf};

/// A working tree.
pub(super) struct Repository {
    /// What is tracked.
    pub(super) index: Index,
    /// The ignore rules that are not shared.
    pub(super) exclude_file: PathBuf,
}

impl Repository {
    /// The repository whose working tree has its root at `directory`; `None` if there is none (a folder that is only called `.git` makes
    /// no repository).
    ///
    /// # Errors
    /// There is one and it cannot be read.
    pub(super) fn at(directory: &Path) -> Result<Option<Self>, Problem> {
        let Some(opened) = git::Repository::open(directory)? else {
            return Ok(None);
        };
        Ok(Some(Repository {
            index: opened.index()?,
            exclude_file: opened.common_dir().join("info").join("exclude"),
        }))
    }

    /// The root of the innermost working tree around `path`.
    pub(super) fn top(path: &Path) -> Option<&Path> {
        path.ancestors()
            .find(|directory| directory.join(".git").symlink_metadata().is_ok())
    }
}
