//! What is kept of commits, tags and trees while they are read: numbers only. Of a tree no more than how it differs from the one it was derived from,
//! and of that only directories and what is looked for.

use super::names::{Names, PlacedName};
use super::text::{CommitText, TagText, time_of};
use super::tree::{Change, Starts, TreeBase, read_tree};
use crate::blob::BlobId;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

/// No object.
pub const NONE: u32 = u32::MAX;

/// What the recorder has to ask while it reads.
pub trait World: Sync {
    /// The number of the object with this raw id, if it is stored.
    fn find(&self, id: &[u8]) -> Option<u32>;
    /// Whether object `number` is looked for.
    fn is_target(&self, number: u32) -> bool;
    /// Takes a name that was not met before; whether it is looked for.
    fn look_at_name(&self, name: &[u8], number: u32) -> bool;
    /// Bytes of an id.
    fn hash_len(&self) -> usize;
}

/// An entry of a tree: its name and object by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Item {
    pub(super) name: u32,
    pub(super) child: u32,
}

/// A tree: the tree it was derived from, and where its differences end in [`Records::added`] and [`Records::removed`].
#[derive(Clone, Copy, Debug)]
pub(super) struct TreeRecord {
    pub(super) object: u32,
    pub(super) base: u32,
    pub(super) added_end: u32,
    pub(super) removed_end: u32,
}

/// A commit.
#[derive(Clone, Copy, Debug)]
pub struct CommitRecord {
    /// Its number among the objects.
    pub object: u32,
    /// Its root tree.
    pub tree: u32,
    /// When it was committed, seconds since 1970.
    pub time: i64,
    pub(super) parents_end: u32,
}

/// Everything recorded.
#[derive(Debug, Default)]
pub struct Records {
    pub(super) trees: Vec<TreeRecord>,
    pub(super) added: Vec<Item>,
    pub(super) removed: Vec<Item>,
    /// All commits.
    pub commits: Vec<CommitRecord>,
    pub(super) parents: Vec<u32>,
    /// Tags and what they name.
    pub tags: BTreeMap<u32, u32>,
    /// Objects looked for that are targets of symbolic links.
    pub symlinks: Vec<u32>,
    /// Objects that are named by others and not stored, in the order of their numbers, which begin behind those of the stored ones.
    pub missing: Vec<BlobId>,
    pub(super) numbers_of_missing: BTreeMap<BlobId, u32>,
}

impl Records {
    pub(super) fn added(&self, tree: usize) -> &[Item] {
        let start = tree.checked_sub(1).map_or(0, |at| self.trees[at].added_end);
        &self.added[start as usize..self.trees[tree].added_end as usize]
    }

    pub(super) fn removed(&self, tree: usize) -> &[Item] {
        let start = tree
            .checked_sub(1)
            .map_or(0, |at| self.trees[at].removed_end);
        &self.removed[start as usize..self.trees[tree].removed_end as usize]
    }

    /// Every entry that any tree has.
    pub(super) fn all_added(&self) -> &[Item] {
        &self.added
    }

    /// Gives up what only the attribution needs: the trees, by far the most of it.
    pub fn forget_trees(&mut self) {
        self.trees = Vec::new();
        self.added = Vec::new();
        self.removed = Vec::new();
    }

    /// The parents of a commit, as object numbers.
    pub fn parents(&self, commit: usize) -> &[u32] {
        let start = commit
            .checked_sub(1)
            .map_or(0, |at| self.commits[at].parents_end);
        &self.parents[start as usize..self.commits[commit].parents_end as usize]
    }

    fn missing(&mut self, id: BlobId, stored: u32) -> u32 {
        let next = stored + self.missing.len() as u32;
        let number = *self.numbers_of_missing.entry(id).or_insert(next);
        if number == next {
            self.missing.push(id);
        }
        number
    }
}

/// Takes commits, tags and trees from many threads.
pub struct Recorder<'w> {
    world: &'w dyn World,
    /// Number of stored objects.
    stored: u32,
    names: Names,
    recorded: Vec<AtomicBool>,
    records: Mutex<Records>,
}

impl<'w> Recorder<'w> {
    /// For a repository of `stored` objects.
    pub fn new(world: &'w dyn World, stored: u32) -> Self {
        Recorder {
            world,
            stored,
            names: Names::default(),
            recorded: (0..stored).map(|_| AtomicBool::new(false)).collect(),
            records: Mutex::default(),
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Records) -> T) -> T {
        act(&mut self.records.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn number(&self, id: BlobId) -> u32 {
        let found = self.world.find(id.as_bytes());
        found.unwrap_or_else(|| self.with(|records| records.missing(id, self.stored)))
    }

    /// Takes a tree; `base` is the tree it was derived from, by number and content. What is returned is wanted back for trees derived from this one.
    ///
    /// # Errors
    /// The tree is malformed; its entries up to that place are recorded.
    pub fn tree(
        &self,
        number: u32,
        bytes: &[u8],
        base: Option<(u32, TreeBase<'_>)>,
    ) -> Result<Starts, &'static str> {
        let (mut added, mut removed, mut symlinks) = (Vec::new(), Vec::new(), Vec::new());
        let hash_len = self.world.hash_len();
        let base_number = base.as_ref().map_or(NONE, |(number, _)| *number);
        let base = base.map(|(_, base)| base);
        let place = |name: &[u8]| {
            let offset = |bytes: &[u8]| {
                let offset = (name.as_ptr() as usize).wrapping_sub(bytes.as_ptr() as usize);
                (offset < bytes.len()).then_some(offset as u32)
            };
            let in_base = || Some((base_number, offset(base.as_ref()?.bytes)?));
            let here = offset(bytes).map(|offset| (number, offset));
            here.or_else(in_base).unwrap_or((NONE, 0))
        };
        let starts = read_tree(bytes, hash_len, base, &mut |change, entry| {
            let look = |number| self.world.look_at_name(entry.name, number);
            let name = self.names.number(entry.name, place(entry.name), look);
            let child = match self.world.find(entry.id) {
                Some(child) => child,
                None if entry.is_submodule() => NONE,
                None => BlobId::from_bytes(entry.id).map_or(NONE, |id| self.number(id)),
            };
            let wanted = name.target
                || child != NONE
                    && (entry.is_tree() || child >= self.stored || self.world.is_target(child));
            if !wanted {
                return;
            }
            let item = Item {
                name: name.number,
                child,
            };
            match change {
                Change::Added => added.push(item),
                Change::Removed => removed.push(item),
            }
            if entry.is_symlink() {
                symlinks.push(child);
            }
        });
        if !self.recorded[number as usize].swap(true, Relaxed) {
            self.with(|records| {
                records.added.append(&mut added);
                records.removed.append(&mut removed);
                records.symlinks.append(&mut symlinks);
                let record = TreeRecord {
                    object: number,
                    base: base_number,
                    added_end: records.added.len() as u32,
                    removed_end: records.removed.len() as u32,
                };
                records.trees.push(record);
            });
        }
        starts
    }

    /// Takes a commit.
    pub fn commit(&self, number: u32, text: &CommitText<'_>) {
        let tree = self.number(text.tree);
        let parents: Vec<u32> = text.parents.iter().map(|id| self.number(*id)).collect();
        self.with(|records| {
            records.parents.extend(parents);
            let record = CommitRecord {
                object: number,
                tree,
                time: time_of(text.committer).0,
                parents_end: records.parents.len() as u32,
            };
            records.commits.push(record);
        });
    }

    /// Takes a tag.
    pub fn tag(&self, number: u32, text: &TagText<'_>) {
        let target = self.number(text.object);
        self.with(|records| records.tags.insert(number, target));
    }

    /// Ends the recording; also all names, by number, and where each stands.
    pub fn finish(self) -> (Records, Vec<PlacedName>) {
        let records = self
            .records
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        (records, self.names.into_list())
    }
}
