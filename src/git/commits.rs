//! Which commits some have and others do not, as `git rev-list TIPS --not WITHOUT` has it. A commit that is not here is named instead of
//! ending the walk.

use super::commit::Commit;
use super::objects::Objects;
use crate::blob::BlobId;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

/// The commits of a range.
#[derive(Debug, Default)]
pub struct Selection {
    /// They, newest first.
    pub commits: Vec<Commit>,
    /// Commits that belong to the range, or lie before it, and cannot be read: each with one of its children (itself, for a tip).
    pub missing: BTreeMap<BlobId, BlobId>,
}

/// How many commits that nobody wants are looked at after the last wanted one: clocks of committers differ.
const SLOP: usize = 64;

const SEEN: u8 = 1;
const HIDDEN: u8 = 2;
const QUEUED: u8 = 4;

struct Walk<'a> {
    objects: &'a Objects,
    queue: BinaryHeap<(i64, BlobId)>,
    flags: HashMap<BlobId, u8>,
    read: HashMap<BlobId, Commit>,
    missing: BTreeMap<BlobId, BlobId>,
    /// Queued commits that are not hidden.
    wanted: usize,
}

/// The commits that `tips` reach and `without` do not.
pub fn select_commits(objects: &Objects, tips: &[BlobId], without: &[BlobId]) -> Selection {
    let mut walk = Walk {
        objects,
        queue: BinaryHeap::new(),
        flags: HashMap::new(),
        read: HashMap::new(),
        missing: BTreeMap::new(),
        wanted: 0,
    };
    for id in without {
        walk.enqueue(*id, *id, true);
    }
    for id in tips {
        walk.enqueue(*id, *id, false);
    }
    let order = walk.run();
    let mut selection = Selection::default();
    for id in order {
        if !walk.is(id, HIDDEN)
            && let Some(commit) = walk.read.remove(&id)
        {
            selection.commits.push(commit);
        }
    }
    walk.missing
        .retain(|id, _| walk.flags.get(id).is_none_or(|flags| flags & HIDDEN == 0));
    selection.missing = walk.missing;
    selection
}

impl Walk<'_> {
    fn is(&self, id: BlobId, flag: u8) -> bool {
        self.flags.get(&id).is_some_and(|flags| flags & flag != 0)
    }

    fn enqueue(&mut self, id: BlobId, child: BlobId, hidden: bool) {
        if hidden {
            self.hide(id);
        }
        let flags = self.flags.entry(id).or_default();
        if *flags & SEEN != 0 {
            return;
        }
        *flags |= SEEN;
        let Ok(commit) = self.objects.commit(id) else {
            self.missing.insert(id, child);
            return;
        };
        *flags |= QUEUED;
        if *flags & HIDDEN == 0 {
            self.wanted += 1;
        }
        self.queue.push((commit.time(), id));
        self.read.insert(id, commit);
    }

    /// Hides a commit and everything that was already read behind it.
    fn hide(&mut self, id: BlobId) {
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            let flags = self.flags.entry(id).or_default();
            if *flags & HIDDEN != 0 {
                continue;
            }
            *flags |= HIDDEN;
            if *flags & QUEUED != 0 {
                self.wanted -= 1;
            } else if *flags & SEEN != 0
                && let Some(commit) = self.read.get(&id)
            {
                open.extend(&commit.parents);
            }
        }
    }

    fn run(&mut self) -> Vec<BlobId> {
        let mut order = Vec::new();
        let mut oldest = i64::MAX;
        let mut slop = SLOP;
        while let Some((time, id)) = self.queue.pop() {
            let hidden = self.is(id, HIDDEN);
            if let Some(flags) = self.flags.get_mut(&id) {
                *flags &= !QUEUED;
            }
            if !hidden {
                self.wanted -= 1;
                oldest = oldest.min(time);
                order.push(id);
            }
            let parents = self
                .read
                .get(&id)
                .map_or(Vec::new(), |commit| commit.parents.clone());
            for parent in parents {
                self.enqueue(parent, id, hidden);
            }
            slop = if self.wanted > 0 || time >= oldest {
                SLOP
            } else {
                slop - 1
            };
            if slop == 0 {
                break;
            }
        }
        order
    }
}
