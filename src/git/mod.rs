//! Questions about a git repository: where it is, what its index and trees hold, what differs, what one object says. The only room that
//! names git2.
//!
//! Decides how a repository is opened (as git would from the same environment, whoever owns it) and that nothing it contains is run:
//! no hook, filter, attribute, diff driver or file system monitor. Reads, never writes.

mod commit;
mod commits;
mod diff;
mod env;
mod index;
mod limited;
mod lines;
mod objects;
mod options;
mod plumbing;
mod pointers;
mod regular;
mod rename;
mod repository;
mod split;

pub use commit::Commit;
pub use commits::{Selection, select_commits};
pub use diff::{Change, Diff, diff_index, diff_trees};
pub use env::Env;
pub use index::{Index, IndexEntry, Item, Kind};
pub use limited::{CommitLimits, limited_commits};
pub use lines::{Compared, compare_lines, fresh_in_all, unified};
pub use objects::{Object, Objects};
pub use plumbing::user_email;
pub use pointers::{Pointer, Reach};
pub use rename::rename_sources;
pub use repository::Repository;

use crate::problem::{LeftOut, Problem};

/// Something that was not read: by agreement, or because of trouble.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// By agreement.
    LeftOut(LeftOut),
    /// Because of trouble.
    Problem(Problem),
}

impl Unread {
    /// As a problem, where leaving it out is not good enough.
    pub fn into_problem(self) -> Problem {
        match self {
            Unread::Problem(problem) => problem,
            Unread::LeftOut(item) => Problem::new(
                "missing-object",
                item.object,
                "the object is not in this partial clone",
            )
            .next("`git fetch --refetch` without `--filter` brings everything"),
        }
    }
}

impl From<Problem> for Unread {
    fn from(problem: Problem) -> Self {
        Unread::Problem(problem)
    }
}

impl From<LeftOut> for Unread {
    fn from(item: LeftOut) -> Self {
        Unread::LeftOut(item)
    }
}
