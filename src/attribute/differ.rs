//! How two trees differ, made from the differences that were recorded: both are followed up to what they were derived from until these ways meet, and what
//! was added and taken away on the way is summed. The cost is that of the differences, not of the trees.

use super::record::{Item, NONE, Records};

/// Compares trees.
pub(super) struct Differ<'a> {
    records: &'a Records,
    /// For each object number its tree record, or [`NONE`].
    record_of: Vec<u32>,
    /// For each tree record that of its base, or [`NONE`], and the length of the chain to its root.
    chain: Vec<(u32, u32)>,
    counted: Vec<(Item, i32)>,
}

impl<'a> Differ<'a> {
    /// For the trees in `records`, of `objects` numbered objects.
    pub(super) fn new(records: &'a Records, objects: u32) -> Self {
        let mut record_of = vec![NONE; objects as usize];
        for (at, tree) in records.trees.iter().enumerate() {
            record_of[tree.object as usize] = at as u32;
        }
        let base = |tree: u32| {
            let object = records.trees[tree as usize].base;
            record_of.get(object as usize).copied().unwrap_or(NONE)
        };
        let mut chain = vec![(NONE, 0_u32); records.trees.len()];
        let mut open = Vec::new();
        for tree in 0..chain.len() as u32 {
            let mut at = tree;
            // A base is always recorded before what is derived from it, so that there are no circles.
            while at != NONE && chain[at as usize].1 == 0 {
                open.push(at);
                at = base(at);
            }
            let mut depth = chain.get(at as usize).map_or(0, |(_, depth)| *depth);
            while let Some(tree) = open.pop() {
                depth += 1;
                chain[tree as usize] = (at, depth);
                at = tree;
            }
        }
        Differ {
            records,
            record_of,
            chain,
            counted: Vec::new(),
        }
    }

    fn record(&self, object: u32) -> u32 {
        let record = self.record_of.get(object as usize);
        record.copied().unwrap_or(NONE)
    }

    /// Whether the object is a tree.
    pub(super) fn is_tree(&self, object: u32) -> bool {
        self.record(object) != NONE
    }

    /// The object numbers of all trees.
    pub(super) fn trees(&self) -> impl Iterator<Item = u32> + use<'a> {
        self.records.trees.iter().map(|tree| tree.object)
    }

    /// The entries in which the trees `old` and `new` differ, by name: those of `new` count as positive, those of `old` as negative. Objects that are no
    /// trees have no entries.
    pub(super) fn compare(&mut self, old: u32, new: u32) -> &[(Item, i32)] {
        self.counted.clear();
        let (mut old, mut new) = (self.record(old), self.record(new));
        while old != new {
            let depth = |tree: u32| self.chain.get(tree as usize).map_or(0, |(_, depth)| *depth);
            let (tree, sign) = if depth(new) >= depth(old) {
                (&mut new, 1)
            } else {
                (&mut old, -1)
            };
            let added = self.records.added(*tree as usize).iter();
            self.counted.extend(added.map(|item| (*item, sign)));
            let removed = self.records.removed(*tree as usize).iter();
            self.counted.extend(removed.map(|item| (*item, -sign)));
            *tree = self.chain[*tree as usize].0;
        }
        self.counted.sort_unstable_by_key(|(item, _)| *item);
        self.counted.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        self.counted.retain(|(_, count)| *count != 0);
        &self.counted
    }

    /// The entries of the tree `object`, by name.
    pub(super) fn entries(&mut self, object: u32) -> impl Iterator<Item = Item> {
        self.compare(NONE, object).iter().map(|(item, _)| *item)
    }
}

/// Which trees have something below them, found out for those that are asked for.
pub(super) struct Leading {
    /// For each object: whether it is known to lead to something, or not to.
    known: Vec<Option<bool>>,
}

impl Leading {
    /// Nothing is known of `objects` objects.
    pub(super) fn new(objects: u32) -> Self {
        Leading {
            known: vec![None; objects as usize],
        }
    }

    /// Whether `object` is a tree with an entry, here or further down, that `is_wanted` says yes to.
    pub(super) fn leads(
        &mut self,
        differ: &mut Differ<'_>,
        object: u32,
        is_wanted: impl Fn(Item) -> bool,
    ) -> bool {
        let mut work = vec![(object, false)];
        while let Some((tree, again)) = work.pop() {
            if !differ.is_tree(tree) || !again && self.known[tree as usize].is_some() {
                continue;
            }
            // Until more is known; when all its directories are, it comes again.
            self.known[tree as usize] = Some(false);
            let from = work.len();
            work.push((tree, true));
            for item in differ.entries(tree) {
                let known = self.known.get(item.child as usize).copied();
                if is_wanted(item) || known == Some(Some(true)) {
                    self.known[tree as usize] = Some(true);
                    work.truncate(from);
                    break;
                }
                if !again && known == Some(None) {
                    work.push((item.child, false));
                }
            }
            if again {
                work.truncate(from);
            }
        }
        self.known.get(object as usize).copied().flatten() == Some(true)
    }
}
