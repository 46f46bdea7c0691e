//! From object ids to the story: which paths, commits and references have what was found.
//!
//! Works with the numbers of objects, and is told by whoever reads the objects what commits, tags and trees say ([`Recorder`]). Every commit is compared with
//! its first parent, by what the trees were recorded to differ in (`differ`), parents first (`walk`); what it holds is the sum of such changes (`forest`).

mod bits;
mod differ;
mod forest;
mod names;
mod record;
mod stored;
mod text;
mod tree;
mod walk;

pub use bits::TargetSet;
pub use names::{NamePlace, PathId, Paths, PlacedName};
pub use record::{CommitRecord, NONE, Recorder, Records, World};
pub use text::{CommitText, TagText, person_of, time_of};
#[doc(hidden)]
pub use tree::{PlainChange, changes_of_tree};
pub use tree::{Starts, TreeBase, tree_children};
pub use walk::{Targets, Tip, Trace, Walked};

use walk::Walk;

/// Follows the `targets` (numbered below `count`) through everything in `records`, of a repository with `stored` objects, and fills in what each of the
/// `tips` has of them.
pub fn attribute(
    records: &Records,
    stored: u32,
    targets: &Targets,
    count: usize,
    tips: &mut [Tip],
) -> Walked {
    let objects = stored + records.missing.len() as u32;
    Walk::new(records, objects, targets, count).run(tips)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blob::{BlobId, Copied};
    use std::collections::{BTreeMap, BTreeSet};
    use std::sync::Mutex;

    /// Objects are numbered as they come; an id is made of the number.
    #[derive(Default)]
    struct Toy {
        numbers: Mutex<BTreeMap<Vec<u8>, u32>>,
        targets: BTreeSet<u32>,
    }

    fn id(number: u32) -> [u8; 20] {
        let mut id = [0x20; 20];
        id[..4].copy_from_slice(&number.to_be_bytes());
        id
    }

    impl World for Toy {
        fn find(&self, id: &[u8]) -> Option<u32> {
            Some(u32::from_be_bytes(id[..4].try_into().unwrap()))
        }
        fn is_target(&self, number: u32) -> bool {
            self.targets.contains(&number)
        }
        fn look_at_name(&self, _: &[u8], _: u32) -> bool {
            false
        }
        fn hash_len(&self) -> usize {
            20
        }
    }

    /// A file's path (directory, subdirectory, name) and which blob it has.
    type Files = BTreeMap<(u8, u8, u8), u32>;

    /// An entry as the builder takes it: name, object, whether it is a directory.
    type Row = (u8, u32, bool);
    /// A path and the blob there.
    type Place = ((u8, u8, u8), u32);

    /// Numbers below this are blobs.
    const BLOBS: u32 = 6;
    const STORED: u32 = 5000;

    struct Builder<'a> {
        recorder: &'a Recorder<'a>,
        toy: &'a Toy,
        last: Option<(u32, Vec<u8>, Starts)>,
    }

    impl Builder<'_> {
        fn number(&self, key: Vec<u8>) -> (u32, bool) {
            let mut numbers = self.toy.numbers.lock().unwrap();
            let next = BLOBS + numbers.len() as u32;
            let number = *numbers.entry(key).or_insert(next);
            (number, number == next)
        }

        /// Writes one tree, as a delta of the one written last if that shares a beginning or an end.
        fn tree(&mut self, entries: &[Row]) -> u32 {
            let mut bytes = Vec::new();
            for (name, child, dir) in entries {
                bytes.extend(if *dir { &b"40000 "[..] } else { b"100644 " });
                bytes.extend([b'a' + name, 0]);
                bytes.extend(id(*child));
            }
            let (number, new) = self.number(bytes.clone());
            if new {
                let base = self.last.take();
                let mut copies = Vec::new();
                if let Some((_, old, _)) = &base {
                    let same = old.iter().zip(&bytes).take_while(|(a, b)| a == b).count();
                    copies.push(Copied {
                        base: 0,
                        child: 0,
                        len: same,
                    });
                    let tail = old.iter().rev().zip(bytes.iter().rev());
                    let tail = tail.take_while(|(a, b)| a == b).count();
                    let tail = tail.min(bytes.len() - same).min(old.len());
                    copies.push(Copied {
                        base: old.len() - tail,
                        child: bytes.len() - tail,
                        len: tail,
                    });
                }
                let derived = base.as_ref().map(|(number, bytes, starts)| {
                    (
                        *number,
                        TreeBase {
                            bytes,
                            starts,
                            copies: &copies,
                        },
                    )
                });
                let starts = self.recorder.tree(number, &bytes, derived).unwrap();
                self.last = Some((number, bytes, starts));
            }
            number
        }

        fn root(&mut self, files: &Files) -> u32 {
            let mut dirs: BTreeMap<u8, BTreeMap<u8, Vec<Row>>> = BTreeMap::new();
            for ((dir, sub, name), blob) in files {
                let entry = (*name, *blob, false);
                dirs.entry(*dir)
                    .or_default()
                    .entry(*sub)
                    .or_default()
                    .push(entry);
            }
            let mut root = Vec::new();
            for (dir, subs) in dirs {
                let subs: Vec<Row> = subs
                    .into_iter()
                    .map(|(sub, entries)| (sub, self.tree(&entries), true))
                    .collect();
                root.push((dir, self.tree(&subs), true));
            }
            self.tree(&root)
        }
    }

    /// What a commit has: each target, and where.
    fn held(files: &Files, targets: &Targets) -> BTreeMap<u32, BTreeSet<Place>> {
        let mut held: BTreeMap<u32, BTreeSet<_>> = BTreeMap::new();
        for (path, blob) in files {
            for target in targets.of_object(*blob) {
                held.entry(target).or_default().insert((*path, *blob));
            }
        }
        held
    }

    proptest::proptest! {
        #[test]
        fn every_commit_is_judged_as_by_looking_at_all_of_it(
            commits in proptest::collection::vec(
                (
                    proptest::collection::vec(((0..2_u8, 0..2_u8, 0..3_u8), 0..BLOBS + 2), 0..4),
                    proptest::collection::vec(0..8_usize, 0..3),
                    0..5_i64,
                ),
                1..12,
            ),
        ) {
            // Blob 0 holds targets 0 and 1, blob 1 target 1, blob 2 target 2; the others none.
            let targets = Targets { objects: vec![(0, 0), (0, 1), (1, 1), (2, 2)], names: Vec::new() };
            let toy = Toy { targets: BTreeSet::from([0, 1, 2]), ..Toy::default() };
            let recorder = Recorder::new(&toy, STORED);
            let mut builder = Builder { recorder: &recorder, toy: &toy, last: None };
            let mut all: Vec<(u32, Vec<usize>, Files)> = Vec::new();
            for (changes, parents, time) in commits {
                let at = all.len();
                let parents: BTreeSet<usize> = parents.into_iter().filter(|_| at > 0).map(|back| at - 1 - back % at).collect();
                let parents: Vec<usize> = parents.into_iter().rev().collect();
                let mut files = parents.first().map(|parent| all[*parent].2.clone()).unwrap_or_default();
                for parent in parents.iter().skip(1) {
                    files.extend(all[*parent].2.iter().filter(|(path, _)| path.2 > 0));
                }
                for (path, blob) in changes {
                    if blob < BLOBS { files.insert(path, blob); } else { files.remove(&path); }
                }
                let tree = builder.root(&files);
                let (number, _) = builder.number(format!("commit {at}").into_bytes());
                let text = CommitText {
                    tree: BlobId::from_bytes(&id(tree)).unwrap(),
                    parents: parents.iter().map(|parent| BlobId::from_bytes(&id(all[*parent].0)).unwrap()).collect(),
                    author: b"", committer: format!("A <a> {time} +0000").leak().as_bytes(), begin: 0, message: 0,
                };
                recorder.commit(number, &text);
                all.push((number, parents, files));
            }
            let (records, names) = recorder.finish();
            let mut tips: Vec<Tip> = all.iter().map(|(object, _, _)| Tip { object: *object, ..Tip::default() }).collect();
            let walked = attribute(&records, STORED, &targets, 3, &mut tips);
            let number_of = |commit: u32| records.commits[commit as usize].object;
            let holds = |commit: usize, target: u32| held(&all[commit].2, &targets).contains_key(&target);
            for target in 0..3 {
                let trace = &walked.traces[target as usize];
                let mut introduced = BTreeSet::new();
                let mut removed = BTreeSet::new();
                let mut places = BTreeSet::new();
                for (at, (number, parents, files)) in all.iter().enumerate() {
                    let now = holds(at, target);
                    let before = parents.iter().filter(|parent| holds(**parent, target)).count();
                    if now && before == 0 { introduced.insert(*number); }
                    if !now && before > 0 && before == parents.len() { removed.insert(*number); }
                    places.extend(held(files, &targets).remove(&target).unwrap_or_default());
                }
                assert_eq!(trace.introduced.iter().map(|at| number_of(*at)).collect::<BTreeSet<_>>(), introduced);
                assert_eq!(trace.removed.iter().map(|at| number_of(*at)).collect::<BTreeSet<_>>(), removed);
                let places: BTreeSet<(Vec<u8>, u32)> = places.into_iter()
                    .map(|((dir, sub, name), blob)| (vec![b'a' + dir, b'/', b'a' + sub, b'/', b'a' + name], blob))
                    .collect();
                let found: BTreeSet<(Vec<u8>, u32)> = trace.places.iter()
                    .map(|((path, blob), _)| (walked.paths.text(*path, |name| &names[name as usize].0), *blob))
                    .collect();
                assert_eq!(found, places);
            }
            for (at, (_, _, files)) in all.iter().enumerate() {
                let holding: Vec<u32> = held(files, &targets).into_keys().collect();
                assert_eq!(tips[at].holding.iter().collect::<Vec<u32>>(), holding);
                let mut past = BTreeSet::new();
                let mut work = vec![at];
                while let Some(at) = work.pop() {
                    past.extend(held(&all[at].2, &targets).into_keys());
                    work.extend(&all[at].1);
                }
                assert_eq!(tips[at].past.iter().collect::<BTreeSet<u32>>(), past);
            }
        }
    }
}
