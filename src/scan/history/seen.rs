//! Objects in which an earlier audit found nothing, by their numbers; and those in which this one does.

use crate::cache::{Key, Seen, Shelf, read, write};
use crate::source::history::Store;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// What is known of each object of a store.
pub(super) struct Clean {
    before: Vec<bool>,
    now: Vec<AtomicBool>,
}

impl Clean {
    /// Nothing is known.
    pub(super) fn none(store: &Store) -> Self {
        Clean {
            before: Vec::new(),
            now: (0..store.len()).map(|_| AtomicBool::new(false)).collect(),
        }
    }

    /// What `shelf` has of the repository at `git_dir`.
    pub(super) fn taken(store: &Store, git_dir: &Path, (shelf, key): (&dyn Shelf, Key)) -> Self {
        let mut clean = Self::none(store);
        let Some(bytes) = shelf.take(git_dir) else {
            return clean;
        };
        match read(key, &bytes) {
            Seen::Clean(ids) => {
                clean.before = vec![false; store.len() as usize];
                for number in ids.iter().filter_map(|id| store.find(id.as_bytes())) {
                    clean.before[number as usize] = true;
                }
            }
            Seen::Other => {}
            Seen::Damaged => shelf.damaged(git_dir),
        }
        clean
    }

    /// Whether nothing is in object `number`, as an earlier audit saw.
    pub(super) fn knows(&self, number: u32) -> bool {
        self.before.get(number as usize).is_some_and(|clean| *clean)
    }

    /// How many objects are known.
    pub(super) fn known(&self) -> u64 {
        self.before.iter().filter(|clean| **clean).count() as u64
    }

    /// Notes that all of object `number` was looked at, and nothing found.
    pub(super) fn note(&self, number: u32) {
        self.now[number as usize].store(true, Relaxed);
    }

    /// Leaves what is known now, if it is more than before.
    pub(super) fn leave(&self, store: &Store, git_dir: &Path, (shelf, key): (&dyn Shelf, Key)) {
        let new = |number: u32| self.now[number as usize].load(Relaxed) && !self.knows(number);
        if !(0..store.len()).any(new) {
            return;
        }
        let clean = (0..store.len()).filter(|number| self.knows(*number) || new(*number));
        shelf.leave(git_dir, &write(key, clean.map(|number| store.id(number))));
    }
}
