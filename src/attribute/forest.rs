//! Commits and what each changes, seen from its first parent. First parents make a forest, so that what a commit holds is the sum of all changes on the way
//! to it: one table of counts, changed on the way down and back on the way up, serves all of them.

use super::bits::TargetSet;
use super::record::Records;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

/// A target that a commit has more or less often than its first parent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    pub(super) target: u32,
    count: i32,
    /// How many of the other parents hold it.
    pub(super) elsewhere: u32,
    /// Whether the first parent holds it.
    pub(super) before: bool,
    /// Whether the commit holds it.
    pub(super) now: bool,
}

/// All commits, by their numbers.
pub(super) struct Commits<'a> {
    records: &'a Records,
    /// Object numbers of commits and their numbers, sorted.
    numbers: Vec<(u32, u32)>,
    /// Parents that are stored, and where those of each commit end.
    parents: Vec<u32>,
    parents_end: Vec<u32>,
    changes: Vec<Change>,
    of_commit: Vec<Range<u32>>,
}

impl<'a> Commits<'a> {
    /// All commits of `records`.
    pub(super) fn of(records: &'a Records) -> Self {
        let objects = records.commits.iter().map(|commit| commit.object);
        let mut commits = Commits {
            records,
            numbers: objects.zip(0..).collect(),
            parents: Vec::new(),
            parents_end: Vec::with_capacity(records.commits.len()),
            changes: Vec::new(),
            of_commit: vec![0..0; records.commits.len()],
        };
        commits.numbers.sort_unstable();
        for commit in 0..records.commits.len() {
            let parents = records.parents(commit).iter();
            let stored: Vec<u32> = parents.filter_map(|parent| commits.find(*parent)).collect();
            commits.parents.extend(stored);
            commits.parents_end.push(commits.parents.len() as u32);
        }
        commits
    }

    /// The commit with this object number.
    pub(super) fn find(&self, object: u32) -> Option<u32> {
        let at = self
            .numbers
            .binary_search_by_key(&object, |(object, _)| *object);
        at.ok().map(|at| self.numbers[at].1)
    }

    /// The parents that are stored.
    pub(super) fn parents(&self, commit: u32) -> &[u32] {
        let at = commit as usize;
        let start = at.checked_sub(1).map_or(0, |at| self.parents_end[at]);
        &self.parents[start as usize..self.parents_end[at] as usize]
    }

    /// Notes a change of a commit; all those of one commit come together.
    pub(super) fn add(&mut self, commit: u32, target: u32, count: i32) {
        let range = &mut self.of_commit[commit as usize];
        if range.start == range.end {
            range.start = self.changes.len() as u32;
        }
        range.end = self.changes.len() as u32 + 1;
        self.changes.push(Change {
            target,
            count,
            elsewhere: 0,
            before: false,
            now: false,
        });
    }

    fn range(&self, commit: u32) -> Range<usize> {
        let range = &self.of_commit[commit as usize];
        range.start as usize..range.end as usize
    }

    /// What a commit changes, by target.
    pub(super) fn changes(&self, commit: u32) -> &[Change] {
        &self.changes[self.range(commit)]
    }

    /// For each commit the number of its children.
    pub(super) fn children_left(&self) -> Vec<u32> {
        let mut left = vec![0; self.of_commit.len()];
        for parent in &self.parents {
            left[*parent as usize] += 1;
        }
        left
    }

    fn all(&self) -> Range<u32> {
        0..self.of_commit.len() as u32
    }

    /// Pairs of parent and child, sorted; of all parents or of the first ones.
    fn children(&self, most: usize) -> Vec<(u32, u32)> {
        let of_one = |commit: u32| {
            let parents = self.parents(commit).iter().take(most);
            parents.map(move |parent| (*parent, commit))
        };
        let mut children: Vec<(u32, u32)> = self.all().flat_map(of_one).collect();
        children.sort_unstable();
        children
    }

    /// Parents before children, otherwise by time.
    pub(super) fn order(&self) -> Vec<u32> {
        let children = self.children(usize::MAX);
        let mut waiting: Vec<usize> = self.all().map(|at| self.parents(at).len()).collect();
        let entry = |commit: u32| {
            let record = &self.records.commits[commit as usize];
            Reverse((record.time, record.object, commit))
        };
        let mut ready: BinaryHeap<_> = self
            .all()
            .filter(|commit| waiting[*commit as usize] == 0)
            .map(entry)
            .collect();
        let mut order = Vec::with_capacity(waiting.len());
        while let Some(Reverse((_, _, commit))) = ready.pop() {
            order.push(commit);
            for (_, child) in of_one(&children, commit) {
                let waiting = &mut waiting[*child as usize];
                *waiting -= 1;
                if *waiting == 0 {
                    ready.push(entry(*child));
                }
            }
        }
        order
    }

    /// Finds out what each commit holds of the `targets`, which it shows `each`, and fills in what changes say of the parents.
    pub(super) fn count(&mut self, targets: usize, mut each: impl FnMut(u32, &TargetSet)) {
        // Of each other parent of a merge: whether it holds what the merge changes.
        let mut asked: Vec<(u32, u32)> = Vec::new();
        for commit in self.all() {
            for parent in self.parents(commit).iter().skip(1) {
                asked.extend(
                    self.of_commit[commit as usize]
                        .clone()
                        .map(|change| (*parent, change)),
                );
            }
        }
        asked.sort_unstable();
        let children = self.children(1);
        let mut counts = vec![0_i32; targets];
        let mut held = TargetSet::default();
        let roots = self.all().filter(|commit| self.parents(*commit).is_empty());
        let mut work: Vec<(u32, bool)> = roots.map(|root| (root, false)).collect();
        while let Some((commit, leave)) = work.pop() {
            let range = self.range(commit);
            for change in &mut self.changes[range] {
                let count = &mut counts[change.target as usize];
                change.before = if leave { change.before } else { *count > 0 };
                *count += if leave { -change.count } else { change.count };
                change.now = if leave { change.now } else { *count > 0 };
                if *count > 0 {
                    held.insert(change.target);
                } else {
                    held.remove(change.target);
                }
            }
            if leave {
                continue;
            }
            for (_, change) in of_one(&asked, commit) {
                let change = &mut self.changes[*change as usize];
                change.elsewhere += u32::from(held.contains(change.target));
            }
            each(commit, &held);
            work.push((commit, true));
            work.extend(
                of_one(&children, commit)
                    .iter()
                    .map(|(_, child)| (*child, false)),
            );
        }
    }
}

/// The pairs of one key.
fn of_one(pairs: &[(u32, u32)], key: u32) -> &[(u32, u32)] {
    let from = pairs.partition_point(|(at, _)| *at < key);
    let len = pairs[from..].partition_point(|(at, _)| *at == key);
    &pairs[from..from + len]
}
