//! Names of tree entries, each kept and looked at once, and paths made of them.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

const SHARDS: usize = 16;

/// All names of tree entries, numbered. Shared by the threads that read trees.
pub(super) struct Names {
    shards: Vec<Mutex<HashMap<Box<[u8]>, Name>>>,
    hasher: RandomState,
    list: Mutex<Vec<PlacedName>>,
}

/// Where a name stands: a tree by its object number, and the offset in it.
pub type NamePlace = (u32, u32);

/// A name, and where it stands.
pub type PlacedName = (Box<[u8]>, NamePlace);

/// A name's number, and whether it is itself something that is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// Its number.
    pub(super) number: u32,
    /// Whether the name itself is a target.
    pub(super) target: bool,
}

impl Default for Names {
    fn default() -> Self {
        Names {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
            list: Mutex::default(),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Names {
    /// The number of `name`, which stands at `place`. A name that comes for the first time is shown to `look`, which says whether it is a target.
    pub(super) fn number(
        &self,
        name: &[u8],
        place: NamePlace,
        look: impl FnOnce(u32) -> bool,
    ) -> Name {
        let shard = self.hasher.hash_one(name) as usize % SHARDS;
        let mut shard = lock(&self.shards[shard]);
        if let Some(known) = shard.get(name) {
            return *known;
        }
        let number = {
            let mut list = lock(&self.list);
            list.push((name.into(), place));
            list.len() as u32 - 1
        };
        // Looked at while the shard is locked: nobody may meet the name before it is known whether it is a target.
        let known = Name {
            number,
            target: look(number),
        };
        shard.insert(name.into(), known);
        known
    }

    /// All names and where each was met first, by number.
    pub(super) fn into_list(self) -> Vec<PlacedName> {
        self.list
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A path by its number; 0 is the root.
pub type PathId = u32;

/// Paths as chains of names, each chain kept once.
#[derive(Debug)]
pub struct Paths {
    steps: Vec<(PathId, u32)>,
    known: HashMap<(PathId, u32), PathId>,
}

impl Default for Paths {
    fn default() -> Self {
        Paths {
            steps: vec![(0, u32::MAX)],
            known: HashMap::new(),
        }
    }
}

impl Paths {
    /// The path of the entry `name` in the directory `parent`.
    pub(super) fn child(&mut self, parent: PathId, name: u32) -> PathId {
        *self.known.entry((parent, name)).or_insert_with(|| {
            self.steps.push((parent, name));
            self.steps.len() as u32 - 1
        })
    }

    /// The names of a path, the last one first.
    pub fn names(&self, path: PathId) -> impl Iterator<Item = u32> {
        let step = |at: &PathId| self.steps.get(*at as usize).copied();
        let steps = std::iter::successors(step(&path), move |(parent, _)| step(parent));
        steps
            .take_while(|(_, name)| *name != u32::MAX)
            .map(|(_, name)| name)
    }

    /// The path as text: its names by `text`, with `/` between them.
    pub fn text<'n>(&self, path: PathId, text: impl Fn(u32) -> &'n [u8]) -> Vec<u8> {
        let mut names: Vec<&[u8]> = self.names(path).map(text).collect();
        names.reverse();
        names.join(&b'/')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_looked_at_once() {
        let names = Names::default();
        let first = names.number(b"a", (7, 7), |_| true);
        assert!(first.target);
        assert_eq!(names.number(b"a", (8, 7), |_| unreachable!()), first);
        assert_eq!(names.number(b"b", (8, 40), |_| false).number, 1);
        let list = [(&b"a"[..], (7, 7)), (&b"b"[..], (8, 40))];
        assert_eq!(
            names.into_list(),
            list.map(|(name, place)| (Box::from(name), place))
        );
    }

    #[test]
    fn paths_are_chains() {
        let mut paths = Paths::default();
        let dir = paths.child(0, 0);
        let file = paths.child(dir, 1);
        assert_eq!(paths.child(dir, 1), file);
        let text = |name: u32| [&b"dir"[..], b"file"][name as usize];
        assert_eq!(paths.text(file, text), b"dir/file");
        assert_eq!(paths.text(0, text), b"");
    }
}
