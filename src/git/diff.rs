//! What differs between two trees, or between a tree and the index. Looks only into directories whose ids differ, and keeps its own stack:
//! trees of a hostile repository may be nested deeper than a thread's stack allows.

use super::Unread;
use super::index::{Index, Item, Kind};
use super::objects::Objects;
use crate::blob::BlobId;
use crate::problem::Problem;
use crate::text::Name;
use std::cmp::Ordering;
use std::ops::Range;

/// A path that is not the same on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// From the root of the working tree.
    pub path: Name,
    /// What the old side has there; never a tree.
    pub old: Option<Item>,
    /// What the new side has there: nothing, one item, or in a conflict ours and theirs.
    pub new: Vec<Item>,
}

/// What a comparison of two sides found.
#[derive(Debug, Default)]
pub struct Diff {
    /// The paths that differ, sorted.
    pub changes: Vec<Change>,
    /// Trees that could not be read: what is below them was not compared.
    pub unread: Vec<Unread>,
}

/// Where paths become longer than any file system allows, somebody wants us to run out of memory.
const LONGEST_PATH: usize = 1 << 16;

/// Ten trees that each hold the next one ten times are ten billion files.
const MOST_CHANGES: usize = 5_000_000;

/// The stage of a conflict that holds the common ancestor: history, and never part of the commit to come.
const ANCESTOR: u8 = 1;

/// One side of a directory.
#[derive(Clone)]
enum Side {
    Nothing,
    Tree(BlobId),
    Index(Range<usize>),
}

struct Work {
    prefix: Vec<u8>,
    old: Side,
    new: Side,
}

struct Walk<'a> {
    objects: &'a Objects,
    index: &'a Index,
    work: Vec<Work>,
    diff: Diff,
}

/// The index against the tree `old` (`None`: an empty one). Names that are only intended to be added do not count.
pub fn diff_index(objects: &Objects, old: Option<BlobId>, index: &Index) -> Diff {
    walk(
        objects,
        index,
        old.map_or(Side::Nothing, Side::Tree),
        Side::Index(0..index.entries().len()),
    )
}

/// The tree `new` against the tree `old` (`None`: an empty one).
pub fn diff_trees(objects: &Objects, old: Option<BlobId>, new: Option<BlobId>) -> Diff {
    walk(
        objects,
        &Index::default(),
        old.map_or(Side::Nothing, Side::Tree),
        new.map_or(Side::Nothing, Side::Tree),
    )
}

fn walk(objects: &Objects, index: &Index, old: Side, new: Side) -> Diff {
    let mut walk = Walk {
        objects,
        index,
        work: Vec::new(),
        diff: Diff::default(),
    };
    walk.push(Vec::new(), old, new);
    while let Some(work) = walk.work.pop() {
        if walk.diff.changes.len() > MOST_CHANGES {
            let cause = format!("more than {MOST_CHANGES} files differ");
            let problem = Problem::new("object", Name::new(work.prefix), cause)
                .consequence("files beyond that number were not compared");
            walk.diff.unread.push(problem.into());
            break;
        }
        if let Err(unread) = walk.directory(&work) {
            walk.diff.unread.push(unread);
        }
    }
    walk.diff.changes.sort_by(|a, b| a.path.cmp(&b.path));
    walk.diff
}

/// An entry of a directory on one side: its key (directories end with `/`), and what it is.
type Listed = (Vec<u8>, Entry);

enum Entry {
    Items(Vec<Item>),
    Directory(Side),
}

impl Walk<'_> {
    fn push(&mut self, prefix: Vec<u8>, old: Side, new: Side) {
        let same = match (&old, &new) {
            (Side::Tree(old), Side::Tree(new)) => old == new,
            (Side::Tree(old), Side::Index(_)) => self.index.trees.get(&prefix) == Some(old),
            (Side::Nothing, Side::Nothing) => true,
            _ => false,
        };
        if !same {
            self.work.push(Work { prefix, old, new });
        }
    }

    fn directory(&mut self, work: &Work) -> Result<(), Unread> {
        if work.prefix.len() > LONGEST_PATH {
            let path = Name::new(&work.prefix[..80]);
            return Err(Problem::new("object", path, "trees are nested too deep").into());
        }
        let mut old = self.list(&work.prefix, &work.old)?.into_iter().peekable();
        let mut new = self.list(&work.prefix, &work.new)?.into_iter().peekable();
        loop {
            let order = match (old.peek(), new.peek()) {
                (Some((old, _)), Some((new, _))) => old.cmp(new),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => return Ok(()),
            };
            let before = if order.is_le() { old.next() } else { None };
            let after = if order.is_ge() { new.next() } else { None };
            self.compare(&work.prefix, before, after);
        }
    }

    fn compare(&mut self, prefix: &[u8], old: Option<Listed>, new: Option<Listed>) {
        let Some(key) = old.as_ref().or(new.as_ref()).map(|(key, _)| key.as_slice()) else {
            return;
        };
        let path = [prefix, key].concat();
        let parts = |listed: Option<Listed>| match listed {
            Some((_, Entry::Directory(side))) => (Vec::new(), side),
            Some((_, Entry::Items(items))) => (items, Side::Nothing),
            None => (Vec::new(), Side::Nothing),
        };
        let ((old, old_side), (new, new_side)) = (parts(old), parts(new));
        if old != new {
            self.diff.changes.push(Change {
                path: Name::new(path.clone()),
                old: old.first().copied(),
                new,
            });
        }
        self.push(path, old_side, new_side);
    }

    /// The entries of one side of a directory, sorted by key. Git sorts trees that way; a damaged tree is put right.
    fn list(&self, prefix: &[u8], side: &Side) -> Result<Vec<Listed>, Unread> {
        let mut listed: Vec<Listed> = match side {
            Side::Nothing => Vec::new(),
            Side::Tree(id) => self
                .objects
                .tree(*id, &Name::new(prefix))?
                .into_iter()
                .map(|(mut name, item)| match item.kind() {
                    Kind::Tree => {
                        name.push(b'/');
                        (name, Entry::Directory(Side::Tree(item.id)))
                    }
                    _ => (name, Entry::Items(vec![item])),
                })
                .collect(),
            Side::Index(range) => self.list_index(prefix, range.clone()),
        };
        listed.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(listed)
    }

    fn list_index(&self, prefix: &[u8], mut range: Range<usize>) -> Vec<Listed> {
        let mut listed: Vec<Listed> = Vec::new();
        while let Some(entry) = self
            .index
            .entries()
            .get(range.start)
            .filter(|_| !range.is_empty())
        {
            let rest = &self.index.path(entry)[prefix.len()..];
            let key = match memchr::memchr(b'/', rest) {
                Some(at) => &rest[..=at],
                None => rest,
            };
            if !key.ends_with(b"/") {
                if !entry.intent_to_add && entry.stage != ANCESTOR {
                    match listed.last_mut() {
                        Some((last, Entry::Items(items))) if last == key => items.push(entry.item),
                        _ => listed.push((key.to_vec(), Entry::Items(vec![entry.item]))),
                    }
                }
                range.start += 1;
                continue;
            }
            let side = if entry.item.kind() == Kind::Tree && key.len() == rest.len() {
                range.start += 1;
                Side::Tree(entry.item.id)
            } else {
                let below = self.index.below(&[prefix, key].concat(), range.clone());
                range.start = below.end;
                Side::Index(below)
            };
            listed.push((key.to_vec(), Entry::Directory(side)));
        }
        listed
    }
}
