//! Reading trees, and of a tree that was derived from another one only what differs: entries within copied pieces are not looked at again.

use crate::blob::Copied;

/// An entry of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TreeEntry<'a> {
    /// Type and permissions, as git writes them in octal.
    pub(super) mode: u32,
    /// The name.
    pub(super) name: &'a [u8],
    /// The raw id.
    pub(super) id: &'a [u8],
}

impl TreeEntry<'_> {
    /// Whether it is a directory.
    pub(super) fn is_tree(&self) -> bool {
        self.mode & 0o170_000 == 0o040_000
    }

    /// Whether it is a commit of another repository.
    pub(super) fn is_submodule(&self) -> bool {
        self.mode & 0o170_000 == 0o160_000
    }

    /// Whether it is a symbolic link.
    pub(super) fn is_symlink(&self) -> bool {
        self.mode & 0o170_000 == 0o120_000
    }
}

/// Where the entries of a tree begin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Starts(Vec<u32>);

/// How a tree differs from the one it was derived from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// The base does not have the entry (or not at the same place).
    Added,
    /// Only the base has it.
    Removed,
}

/// A tree that others are derived from.
#[derive(Clone, Copy, Debug)]
pub struct TreeBase<'a> {
    /// Its content.
    pub bytes: &'a [u8],
    /// Where its entries begin.
    pub starts: &'a Starts,
    /// The pieces that were copied from it.
    pub copies: &'a [Copied],
}

/// The first entry of `bytes`, and how many bytes it has.
fn parse(bytes: &[u8], hash_len: usize) -> Option<(TreeEntry<'_>, usize)> {
    let space = bytes.iter().take(8).position(|byte| *byte == b' ')?;
    let mode = bytes[..space].iter().try_fold(0_u32, |mode, digit| {
        let digit = digit.wrapping_sub(b'0');
        (digit < 8).then_some(mode << 3 | u32::from(digit))
    })?;
    let end = space + 1 + memchr::memchr(0, &bytes[space + 1..])?;
    let id = bytes.get(end + 1..end + 1 + hash_len)?;
    let entry = TreeEntry {
        mode,
        name: &bytes[space + 1..end],
        id,
    };
    Some((entry, end + 1 + hash_len))
}

/// The raw ids of what the tree `bytes` holds, commits of other repositories apart; of a malformed one those up to the place.
pub fn tree_children(bytes: &[u8], hash_len: usize) -> Vec<&[u8]> {
    let mut ids = Vec::new();
    let mut rest = bytes;
    while let Some((entry, len)) = parse(rest, hash_len) {
        if !entry.is_submodule() {
            ids.push(entry.id);
        }
        rest = &rest[len..];
    }
    ids
}

/// Reads the tree `bytes` and shows `each` what it adds to and takes from `base` (without one, every entry is added).
///
/// # Errors
/// The tree is malformed; entries up to that place were shown.
pub(super) fn read_tree(
    bytes: &[u8],
    hash_len: usize,
    base: Option<TreeBase<'_>>,
    each: &mut dyn FnMut(Change, TreeEntry<'_>),
) -> Result<Starts, &'static str> {
    let mut starts = Vec::new();
    let mut at = 0;
    let mut kept = Vec::new();
    if let Some(base) = base {
        starts.reserve(base.starts.0.len() + 4);
        for copy in base.copies {
            let whole = whole_entries(&base, copy);
            let shift = copy.child as i64 - copy.base as i64;
            while at < bytes.len() {
                let in_base = u32::try_from(at as i64 - shift);
                let list = &base.starts.0[whole.clone()];
                match in_base.map_or(Err(0), |in_base| list.binary_search(&in_base)) {
                    Ok(first) => {
                        let run = whole.start + first..whole.end;
                        let shifted = base.starts.0[run.clone()].iter();
                        starts.extend(shifted.map(|start| (i64::from(*start) + shift) as u32));
                        at = (entry_end(&base, run.end - 1) as i64 + shift) as usize;
                        kept.push(run);
                        break;
                    }
                    Err(past) if past == list.len() => break,
                    Err(_) => at = added(bytes, at, hash_len, &mut starts, each)?,
                }
            }
        }
    }
    while at < bytes.len() {
        at = added(bytes, at, hash_len, &mut starts, each)?;
    }
    if let Some(base) = base {
        kept.sort_by_key(|run| run.start);
        let mut next = 0;
        let behind = base.starts.0.len()..usize::MAX;
        for run in kept.into_iter().chain(std::iter::once(behind)) {
            for gone in next..run.start {
                let start = base.starts.0[gone] as usize;
                if let Some((entry, _)) = parse(&base.bytes[start..], hash_len) {
                    each(Change::Removed, entry);
                }
            }
            next = next.max(run.end);
        }
    }
    Ok(Starts(starts))
}

/// Whether an entry is added, its mode, name and id.
#[doc(hidden)]
pub type PlainChange = (bool, (u32, Vec<u8>, Vec<u8>));

/// What a tree adds to and takes from another one that it was derived from; `None` where either is malformed. For `fuzz/`
/// alone.
#[doc(hidden)]
pub fn changes_of_tree(bytes: &[u8], base: Option<(&[u8], &[Copied])>) -> Option<Vec<PlainChange>> {
    let starts = match base {
        Some((base, _)) => read_tree(base, 20, None, &mut |_, _| {}).ok()?,
        None => Starts::default(),
    };
    let base = base.map(|(bytes, copies)| TreeBase {
        bytes,
        starts: &starts,
        copies,
    });
    let mut changes = Vec::new();
    read_tree(bytes, 20, base, &mut |change, entry| {
        let parts = (entry.mode, entry.name.to_vec(), entry.id.to_vec());
        changes.push((change == Change::Added, parts));
    })
    .ok()?;
    Some(changes)
}

fn added(
    bytes: &[u8],
    at: usize,
    hash_len: usize,
    starts: &mut Vec<u32>,
    each: &mut dyn FnMut(Change, TreeEntry<'_>),
) -> Result<usize, &'static str> {
    let (entry, len) = parse(&bytes[at..], hash_len).ok_or("the tree is malformed")?;
    starts.push(u32::try_from(at).map_err(|_| "the tree is too large")?);
    each(Change::Added, entry);
    Ok(at + len)
}

/// The entries of the base that lie whole within the copied piece.
fn whole_entries(base: &TreeBase<'_>, copy: &Copied) -> std::ops::Range<usize> {
    let starts = &base.starts.0;
    let end = copy.base + copy.len;
    let first = starts.partition_point(|start| (*start as usize) < copy.base);
    let last = if end >= base.bytes.len() {
        starts.len()
    } else {
        starts
            .partition_point(|start| *start as usize <= end)
            .saturating_sub(1)
    };
    first..last.max(first)
}

fn entry_end(base: &TreeBase<'_>, entry: usize) -> usize {
    let next = base.starts.0.get(entry + 1);
    next.map_or(base.bytes.len(), |start| *start as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    type Entry = (u32, Vec<u8>, Vec<u8>);

    fn write(entries: &[Entry]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (mode, name, id) in entries {
            bytes.extend(format!("{mode:o} ").bytes());
            bytes.extend(name);
            bytes.push(0);
            bytes.extend(id);
        }
        bytes
    }

    fn read(bytes: &[u8], base: Option<TreeBase<'_>>) -> (Starts, Vec<(Change, Entry)>) {
        let mut seen = Vec::new();
        let starts = read_tree(bytes, 20, base, &mut |change, entry| {
            seen.push((change, (entry.mode, entry.name.to_vec(), entry.id.to_vec())));
        });
        (starts.unwrap(), seen)
    }

    fn entry(name: u8, id: u8) -> Entry {
        // Ids that look like entries themselves are the hard case.
        let mut bytes = [id; 20];
        bytes[..8].copy_from_slice(b"100644 x");
        (
            0o100_644,
            vec![b'a' + name % 26, b'a' + name / 26],
            bytes.to_vec(),
        )
    }

    #[test]
    fn a_malformed_tree_shows_what_comes_before() {
        let mut bytes = write(&[entry(1, 1)]);
        bytes.extend(b"100644 cut");
        let mut count = 0;
        assert!(read_tree(&bytes, 20, None, &mut |_, _| count += 1).is_err());
        assert_eq!(count, 1);
    }

    proptest::proptest! {
        #[test]
        fn differences_are_those_of_the_lists(
            old in proptest::collection::btree_map(0..40_u8, 0..4_u8, 0..30),
            new in proptest::collection::btree_map(0..40_u8, 0..4_u8, 0..30),
            cuts in proptest::collection::vec((0..2000_usize, 0..200_usize), 0..8),
        ) {
            let entries = |map: &std::collections::BTreeMap<u8, u8>| -> Vec<Entry> {
                map.iter().map(|(name, id)| entry(*name, *id)).collect()
            };
            let (old_list, new_list) = (entries(&old), entries(&new));
            let (base, child) = (write(&old_list), write(&new_list));
            // Pieces that happen to be equal, found as a delta would: anywhere in the base.
            let mut copies: Vec<Copied> = Vec::new();
            let mut at = 0;
            for (from, len) in cuts {
                if base.is_empty() { break; }
                let from = from % base.len();
                let piece = &base[from..base.len().min(from + len + 1)];
                if let Some(found) = memchr::memmem::find(&child[at..], piece) {
                    copies.push(Copied { base: from, child: at + found, len: piece.len() });
                    at += found + piece.len();
                }
            }
            let (starts, _) = read(&base, None);
            let (all, _) = read(&child, None);
            let derived = TreeBase { bytes: &base, starts: &starts, copies: &copies };
            let (found, changes) = read(&child, Some(derived));
            assert_eq!(found, all);
            let mut now: BTreeSet<Entry> = old_list.into_iter().collect();
            for (_, gone) in changes.iter().filter(|(change, _)| *change == Change::Removed) {
                assert!(now.remove(gone));
            }
            for (_, come) in changes.iter().filter(|(change, _)| *change == Change::Added) {
                assert!(now.insert(come.clone()));
            }
            assert_eq!(now, new_list.into_iter().collect());
        }
    }
}
