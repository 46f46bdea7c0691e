//! Which commits some tips reach within limits, as `git rev-list --since --until --max-count` has it.

use super::commit::Commit;
use super::objects::Objects;
use crate::blob::BlobId;
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

/// What commits are limited to. Times are those of committers, in seconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommitLimits {
    /// Not before; nothing behind an older commit is looked at.
    pub since: Option<i64>,
    /// Not after.
    pub until: Option<i64>,
    /// No more than so many, the newest.
    pub max_count: Option<usize>,
}

/// The commits that `tips` reach, newest first. One that is not here ends the way behind it.
pub fn limited_commits(objects: &Objects, tips: &[BlobId], limits: CommitLimits) -> Vec<Commit> {
    let mut seen = BTreeSet::new();
    let mut read: Vec<Commit> = Vec::new();
    let mut queue = BinaryHeap::new();
    let mut found = Vec::new();
    let mut open: Vec<BlobId> = tips.to_vec();
    loop {
        for id in open.drain(..) {
            if seen.insert(id)
                && let Ok(commit) = objects.commit(id)
            {
                // Of two of one second the one that was met first.
                queue.push((commit.time(), Reverse(read.len())));
                read.push(commit);
            }
        }
        if limits.max_count.is_some_and(|count| found.len() >= count) {
            return found;
        }
        let Some((time, Reverse(at))) = queue.pop() else {
            return found;
        };
        if limits.since.is_some_and(|since| time < since) {
            continue;
        }
        open.extend(&read[at].parents);
        if limits.until.is_none_or(|until| time <= until) {
            found.push(read[at].clone());
        }
    }
}
