//! What was recorded, as bytes: numbers and nothing else, good for the very same objects.

use super::record::{CommitRecord, Item, NONE, Records, TreeRecord};
use crate::blob::BlobId;

impl Records {
    /// As bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let trees = self.trees.iter();
        put(
            &mut out,
            trees.map(|tree| [tree.object, tree.base, tree.added_end, tree.removed_end]),
        );
        for items in [&self.added, &self.removed] {
            put(&mut out, items.iter().map(|item| [item.name, item.child]));
        }
        let commits = self.commits.iter().map(|commit| {
            let time = commit.time as u64;
            let (low, high) = (time as u32, (time >> 32) as u32);
            [commit.object, commit.tree, low, high, commit.parents_end]
        });
        put(&mut out, commits);
        put(&mut out, self.parents.iter().map(|parent| [*parent]));
        put(
            &mut out,
            self.tags.iter().map(|(tag, named)| [*tag, *named]),
        );
        put(&mut out, self.symlinks.iter().map(|object| [*object]));
        for id in &self.missing {
            out.extend_from_slice(id.as_bytes());
        }
        out
    }

    /// What [`Records::to_bytes`] made for a repository of `stored` objects and so many `names`, with ids of `hash_len` bytes; `None` where it is something else.
    pub fn from_bytes(
        mut bytes: &[u8],
        (stored, names, hash_len): (u32, u32, usize),
    ) -> Option<Self> {
        let rest = &mut bytes;
        let trees = take(rest)?.into_iter();
        let trees = trees.map(|[object, base, added_end, removed_end]| TreeRecord {
            object,
            base,
            added_end,
            removed_end,
        });
        let items = |rows: Vec<[u32; 2]>| {
            let items = rows.into_iter().map(|[name, child]| Item { name, child });
            items.collect()
        };
        let mut records = Records {
            trees: trees.collect(),
            added: items(take(rest)?),
            removed: items(take(rest)?),
            ..Records::default()
        };
        let commits = take(rest)?.into_iter();
        let commits = commits.map(|[object, tree, low, high, parents_end]| CommitRecord {
            object,
            tree,
            time: (u64::from(high) << 32 | u64::from(low)) as i64,
            parents_end,
        });
        records.commits = commits.collect();
        records.parents = take(rest)?.into_iter().map(|[parent]| parent).collect();
        records.tags = take(rest)?
            .into_iter()
            .map(|[tag, named]| (tag, named))
            .collect();
        records.symlinks = take(rest)?.into_iter().map(|[object]| object).collect();
        let missing = rest.chunks(hash_len).map(BlobId::from_bytes);
        records.missing = missing.collect::<Option<_>>()?;
        records.holds_together(stored, names).then_some(records)
    }

    /// Whether all numbers are of something.
    fn holds_together(&self, stored: u32, names: u32) -> bool {
        let objects = stored.saturating_add(self.missing.len() as u32);
        let known = |object: u32| object < objects || object == NONE;
        // No tree is recorded before the one it is derived from.
        let mut recorded = vec![false; objects as usize];
        let trees = self.trees.iter().all(|tree| {
            let base = tree.base == NONE || recorded.get(tree.base as usize) == Some(&true);
            let own = recorded.get_mut(tree.object as usize);
            base && own.map(|own| *own = true).is_some()
        });
        let mut items = self.added.iter().chain(&self.removed);
        trees
            && in_order(
                self.trees.iter().map(|tree| tree.added_end),
                self.added.len(),
            )
            && in_order(
                self.trees.iter().map(|tree| tree.removed_end),
                self.removed.len(),
            )
            && in_order(
                self.commits.iter().map(|commit| commit.parents_end),
                self.parents.len(),
            )
            && items.all(|item| item.name < names && known(item.child))
            && self
                .commits
                .iter()
                .all(|commit| commit.object < stored && known(commit.tree))
            && self
                .parents
                .iter()
                .chain(&self.symlinks)
                .all(|object| known(*object))
            && self
                .tags
                .iter()
                .all(|(tag, named)| *tag < stored && known(*named))
    }
}

/// Whether `ends` of parts follow one another up to `len`.
fn in_order(mut ends: impl Iterator<Item = u32>, len: usize) -> bool {
    let mut last = 0;
    ends.all(|end| std::mem::replace(&mut last, end) <= end) && last as usize == len
}

/// Writes rows of numbers: how many, then each.
fn put<const N: usize>(out: &mut Vec<u8>, rows: impl ExactSizeIterator<Item = [u32; N]>) {
    out.extend_from_slice(&(rows.len() as u32).to_le_bytes());
    out.extend(rows.flatten().flat_map(u32::to_le_bytes));
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<Vec<[u32; N]>> {
    let (count, tail) = rest.split_first_chunk::<4>()?;
    let len = (u32::from_le_bytes(*count) as usize).checked_mul(4 * N)?;
    let (rows, tail) = tail.split_at_checked(len)?;
    *rest = tail;
    let number = |row: &[u8], at: usize| {
        let bytes = [
            row[4 * at],
            row[4 * at + 1],
            row[4 * at + 2],
            row[4 * at + 3],
        ];
        u32::from_le_bytes(bytes)
    };
    let rows = rows.chunks_exact(4 * N);
    Some(
        rows.map(|row| std::array::from_fn(|at| number(row, at)))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Records {
        let trees = vec![
            TreeRecord {
                object: 3,
                base: NONE,
                added_end: 2,
                removed_end: 0,
            },
            TreeRecord {
                object: 1,
                base: 3,
                added_end: 2,
                removed_end: 1,
            },
        ];
        let mut records = Records {
            trees,
            ..Records::default()
        };
        records.added = vec![Item { name: 0, child: 4 }, Item { name: 1, child: 6 }];
        records.removed = vec![Item {
            name: 1,
            child: NONE,
        }];
        records.commits = vec![CommitRecord {
            object: 2,
            tree: 3,
            time: -7,
            parents_end: 1,
        }];
        records.parents = vec![6];
        records.tags = [(5, 2)].into();
        records.symlinks = vec![4];
        records.missing = BlobId::from_bytes(&[9; 20]).into_iter().collect();
        records
    }

    #[test]
    fn numbers_come_back_as_they_were() {
        let bytes = some().to_bytes();
        let back = Records::from_bytes(&bytes, (6, 2, 20)).unwrap();
        assert_eq!(back.to_bytes(), bytes);
        assert_eq!(back.commits[0].time, -7);
        assert_eq!(back.missing, some().missing);
    }

    #[test]
    fn what_does_not_hold_together_is_not_taken() {
        let bytes = some().to_bytes();
        assert!(Records::from_bytes(&bytes, (5, 2, 20)).is_none());
        assert!(Records::from_bytes(&bytes, (6, 1, 20)).is_none());
        for at in 0..bytes.len() {
            assert!(
                Records::from_bytes(&bytes[..at], (6, 2, 20)).is_none(),
                "cut at {at}"
            );
        }
        let mut circle = some();
        circle.trees[0].base = 1;
        assert!(Records::from_bytes(&circle.to_bytes(), (6, 2, 20)).is_none());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = Records::from_bytes(&bytes, (6, 2, 20));
        }
    }
}
