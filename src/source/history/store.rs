//! The objects of one repository: every pack and every loose object of its object directories and their alternates, as one table.

use super::file::PackFile;
use super::forest::Forest;
use super::ids::Ids;
use crate::blob::BlobId;
use crate::pack::Damage;
use crate::pack::Kind;
use crate::problem::Problem;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// Where an object stands: a pack entry by its number, or a loose object by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(u32);

/// The bit that tells loose objects from pack entries.
const LOOSE: u32 = 1 << 31;

impl Place {
    /// Nowhere: the index names the object, but it cannot be there.
    pub(super) const NOWHERE: Place = Place(u32::MAX);
    /// More objects than this cannot be numbered.
    pub(super) const MAX: usize = LOOSE as usize - 2;

    pub(super) fn entry(number: u32) -> Self {
        Place(number)
    }

    pub(super) fn loose(number: u32) -> Self {
        Place(number | LOOSE)
    }

    pub(super) fn as_entry(self) -> Option<u32> {
        (self.0 & LOOSE == 0).then_some(self.0)
    }

    pub(super) fn as_loose(self) -> Option<u32> {
        (self.0 & LOOSE != 0 && self != Place::NOWHERE).then_some(self.0 & !LOOSE)
    }
}

/// One entry of a pack.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// Where it stands in its pack.
    pub(super) offset: u64,
    /// The number of the object it holds.
    pub(super) object: u32,
    /// The checksum of its bytes in the pack, unless the pack's index has none.
    pub(super) crc: u32,
    /// What it is a delta of.
    pub(super) base: Base,
}

/// What an entry is a delta of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    /// Nothing: it is whole.
    None,
    /// Another entry.
    Entry(u32),
    /// A loose object (a thin pack that was never completed).
    Loose(u32),
    /// Nothing that could be found.
    Broken,
}

/// A loose object: the number of the object, and that of the object directory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loose {
    pub(super) object: u32,
    pub(super) dir: u32,
}

/// All objects of a repository. Opening reads indexes and entry headers, no content.
#[derive(Debug)]
pub struct Store {
    pub(super) hash_len: usize,
    pub(super) dirs: Vec<PathBuf>,
    pub(super) packs: Vec<PackFile>,
    /// The first entry of each pack, and behind the last pack the number of entries.
    pub(super) pack_first: Vec<u32>,
    pub(super) ids: Ids,
    pub(super) entries: Vec<Entry>,
    pub(super) loose: Vec<Loose>,
    /// The kinds of loose objects as far as they were read: 0 is unknown, else [`Kind`] + 1.
    pub(super) loose_kinds: Vec<AtomicU8>,
    /// For each object the place it is read from.
    pub(super) place: Vec<Place>,
    /// Further places of objects that are stored more than once, sorted.
    pub(super) copies: Vec<(u32, Place)>,
    pub(super) forest: Forest,
    /// Objects that are known to be unreadable before anything is read.
    pub(super) broken: Vec<(u32, Damage)>,
    /// Files of the object directories that could not be read.
    pub(super) problems: Vec<Problem>,
}

impl Store {
    /// Number of different objects.
    pub fn len(&self) -> u32 {
        self.ids.len()
    }

    /// Number of blobs in packs. Of loose objects the kind is not known before they are read.
    pub fn packed_blobs(&self) -> u64 {
        let is_blob =
            |entry: &u32| self.is_first(*entry) && self.forest.kind(*entry) == Some(Kind::Blob);
        (0..self.entries.len() as u32).filter(is_blob).count() as u64
    }

    /// Whether there is no object at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of an id: 20 or 32.
    pub fn hash_len(&self) -> usize {
        self.hash_len
    }

    /// The id of object `number`.
    pub fn id(&self, number: u32) -> BlobId {
        self.ids.id(number)
    }

    /// The number of the object with the raw id `id`.
    pub fn find(&self, id: &[u8]) -> Option<u32> {
        self.ids.find(id)
    }

    /// What was wrong with the files of the object directories.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The pack that holds `entry`.
    pub(super) fn pack_of(&self, entry: u32) -> usize {
        self.pack_first.partition_point(|first| *first <= entry) - 1
    }

    /// Where the entry ends at the latest: where the next one begins.
    pub(super) fn end_of(&self, entry: u32, pack: usize) -> u64 {
        let next = entry + 1;
        if next < self.pack_first[pack + 1] {
            self.entries[next as usize].offset
        } else {
            self.packs[pack].end
        }
    }

    /// The entry that `entry` is a delta of.
    pub(super) fn base_entry(&self, entry: u32) -> Option<u32> {
        match self.entries[entry as usize].base {
            Base::Entry(base) => Some(base),
            Base::None | Base::Loose(_) | Base::Broken => None,
        }
    }

    /// Every place of object `number` but the first one.
    pub(super) fn other_places(&self, number: u32) -> impl Iterator<Item = Place> {
        let from = self.copies.partition_point(|(object, _)| *object < number);
        self.copies[from..]
            .iter()
            .take_while(move |(object, _)| *object == number)
            .map(|(_, place)| *place)
    }

    /// Whether `entry` is the place its object is read from.
    pub(super) fn is_first(&self, entry: u32) -> bool {
        self.place[self.entries[entry as usize].object as usize] == Place::entry(entry)
    }

    /// The file of a loose object.
    pub(super) fn loose_path(&self, loose: u32) -> PathBuf {
        let Loose { object, dir } = self.loose[loose as usize];
        let id = self.id(object).to_string();
        self.dirs[dir as usize].join(&id[..2]).join(&id[2..])
    }

    /// The kind of a loose object, if it was read before.
    pub(super) fn loose_kind(&self, loose: u32) -> Option<Kind> {
        match self.loose_kinds[loose as usize].load(Relaxed) {
            1 => Some(Kind::Commit),
            2 => Some(Kind::Tree),
            3 => Some(Kind::Blob),
            4 => Some(Kind::Tag),
            _ => None,
        }
    }

    /// Remembers the kind of a loose object.
    pub(super) fn set_loose_kind(&self, loose: u32, kind: Kind) {
        self.loose_kinds[loose as usize].store(kind as u8 + 1, Relaxed);
    }
}
