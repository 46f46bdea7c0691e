//! Which trees hold something that is looked for. Starts from the trees that gain such an entry, follows it through all trees derived from these until one
//! loses it, and goes on with the directories above: the cost is that of the answer, not of the history.

use super::record::{Item, NONE, Records};

/// For each tree its entries that lead to a target.
#[derive(Debug, Default)]
pub(super) struct Hits {
    /// For each object number its tree record, or [`NONE`].
    record_of: Vec<u32>,
    first: Vec<u32>,
    items: Vec<Item>,
}

impl Hits {
    /// Finds them. `is_target` tells which objects are looked for, `is_target_name` which names.
    pub(super) fn find(
        records: &Records,
        objects: u32,
        is_target: impl Fn(u32) -> bool,
        is_target_name: impl Fn(u32) -> bool,
    ) -> Hits {
        let mut record_of = vec![NONE; objects as usize];
        for (at, tree) in records.trees.iter().enumerate() {
            record_of[tree.object as usize] = at as u32;
        }
        let derived = Lists::of(
            records.trees.len(),
            records.trees.iter().enumerate().filter_map(|(at, tree)| {
                let base = record_of.get(tree.base as usize).copied()?;
                (base != NONE).then_some((base, at as u32))
            }),
        );
        let gains = (0..records.trees.len())
            .flat_map(|at| records.added(at).iter().map(move |item| (at as u32, *item)));
        let mut containers: Vec<(u32, u32, Item)> = Vec::new();
        let mut work: Vec<(u32, Item)> = Vec::new();
        for (tree, item) in gains {
            if is_target_name(item.name) || item.child != NONE && is_target(item.child) {
                work.push((tree, item));
            } else if item.child != NONE {
                containers.push((item.child, tree, item));
            }
        }
        containers.sort_unstable();
        let mut found: Vec<(u32, Item)> = Vec::new();
        let mut has = vec![false; records.trees.len()];
        while let Some((tree, item)) = work.pop() {
            found.push((tree, item));
            if !std::mem::replace(&mut has[tree as usize], true) {
                let object = records.trees[tree as usize].object;
                let from = containers.partition_point(|(child, _, _)| *child < object);
                let above = containers[from..].iter();
                let above = above.take_while(|(child, _, _)| *child == object);
                work.extend(above.map(|(_, tree, item)| (*tree, *item)));
            }
            for child in derived.of_one(tree) {
                if !records.removed(*child as usize).contains(&item) {
                    work.push((*child, item));
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        let lists = Lists::of(records.trees.len(), found.into_iter());
        Hits {
            record_of,
            first: lists.first,
            items: lists.items,
        }
    }

    /// The entries of the tree with this object number that lead to a target, by name; none if it is no tree.
    pub(super) fn of(&self, object: u32) -> &[Item] {
        match self.record_of.get(object as usize) {
            Some(record) if *record != NONE => {
                let record = *record as usize;
                &self.items[self.first[record] as usize..self.first[record + 1] as usize]
            }
            _ => &[],
        }
    }

    /// The object numbers of all trees that have any.
    pub(super) fn trees(&self) -> impl Iterator<Item = u32> {
        (0..self.record_of.len() as u32).filter(|object| !self.of(*object).is_empty())
    }
}

/// A list for each of several keys.
struct Lists<T> {
    first: Vec<u32>,
    items: Vec<T>,
}

impl<T: Copy> Lists<T> {
    /// Lists for the keys below `keys`; items of one key keep their order.
    fn of(keys: usize, pairs: impl Iterator<Item = (u32, T)>) -> Self {
        let mut pairs: Vec<(u32, T)> = pairs.collect();
        pairs.sort_by_key(|(key, _)| *key);
        let mut first = vec![0_u32; keys + 1];
        for (key, _) in &pairs {
            first[*key as usize + 1] += 1;
        }
        for at in 1..first.len() {
            first[at] += first[at - 1];
        }
        Lists {
            first,
            items: pairs.into_iter().map(|(_, item)| item).collect(),
        }
    }

    fn of_one(&self, key: u32) -> &[T] {
        let key = key as usize;
        &self.items[self.first[key] as usize..self.first[key + 1] as usize]
    }
}
