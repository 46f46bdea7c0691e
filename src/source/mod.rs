//! The places bytes come from, one file each. A source finds blobs and pushes them into a [`Sink`]; it never sees a rule or a finding.
//!
//! Push, not pull: the source owns its threads, buffers and decompression, and lends each blob for the time of one call. Whatever it does
//! not read it hands over as left out or as a problem.
//!
//! To add a source: one file here, one arm in `cli::settings`.

mod changed;
mod exclude;
mod git_dir;
pub mod history;
mod lfs;
mod message;
mod patch;
pub mod range;
mod staged;
mod stdin;
mod walk;
mod windows;

pub use git_dir::{GitDir, nested_repositories};
pub use message::Message;
pub use patch::Patch;
pub use range::Range;
pub use staged::{Staged, StagedOptions};
pub use stdin::Stream;
pub use walk::{Walk, WalkError, WalkOptions};

use crate::blob::Blob;
use crate::problem::{LeftOut, Problem};
use crate::text::Name;
use std::path::Path;

/// Where blobs go. Called from many threads at once.
pub trait Sink: Sync {
    /// Takes one blob; the bytes are lent for the call.
    fn blob(&self, blob: Blob<'_>);
    /// An input was left out by agreement.
    fn left_out(&self, item: LeftOut);
    /// An input could not be read.
    fn problem(&self, problem: Problem);
    /// Whether to stop soon.
    fn interrupted(&self) -> bool;
    /// Whether a file that begins so has to come as a whole, though it is large: what is in it can only be read from all of it.
    fn wants_whole(&self, begin: &[u8]) -> bool {
        let _ = begin;
        false
    }
    /// At `directory`, called `name`, the working tree of another repository begins: its files come with the others, what its git directory holds does not.
    fn repository(&self, directory: &Path, name: &Name) {
        let _ = (directory, name);
    }
}

/// Hands the paths of blobs to a function, for who asks for nothing else of them.
#[derive(Debug)]
pub struct Paths<F>(pub F);

impl<F: Fn(&Name) + Sync> Sink for Paths<F> {
    fn blob(&self, blob: Blob<'_>) {
        if let Some(path) = blob.origin.path() {
            (self.0)(path);
        }
    }

    fn left_out(&self, _: LeftOut) {}

    fn problem(&self, _: Problem) {}

    fn interrupted(&self) -> bool {
        false
    }
}

/// A place bytes come from.
pub trait Source: Sync {
    /// Pushes every blob into `sink`; returns when all were taken (or the sink says stop).
    fn run(&self, sink: &dyn Sink);

    /// What is looked at and why, in one line, where the user did not say it in full.
    fn describe(&self) -> Option<String> {
        None
    }
}
