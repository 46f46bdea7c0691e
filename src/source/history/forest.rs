//! Pack entries grouped into delta trees: which entries are whole, and what is derived from each.

use super::store::{Base, Entry};
use crate::pack::Damage;
use crate::pack::Kind;

/// The delta trees of all packs.
#[derive(Debug, Default)]
pub(super) struct Forest {
    /// For each entry the place of its first child in `children`; behind the last entry the number of children.
    first: Vec<u32>,
    /// Derived entries, those of one base together in the order of the pack, but the one with the largest tree last: by the time that tree is
    /// walked, its base is no longer needed, so at most log2(n) bases are in hand at once.
    children: Vec<u32>,
    /// For each entry the kind of its object; `None` where it cannot be read.
    kinds: Vec<Option<Kind>>,
    /// Roots with the compressed bytes of their trees, largest first.
    roots: Vec<(u32, u64)>,
}

/// For each entry: a base of another pack or a loose object is read by itself, so the entry counts as a root.
fn parent(entry: &Entry) -> Option<u32> {
    match entry.base {
        Base::Entry(base) => Some(base),
        Base::None | Base::Loose(_) | Base::Broken => None,
    }
}

impl Forest {
    /// Groups `entries`; `kinds` holds what the headers of the roots say, `weights` the compressed bytes of each. Chains that lead back to themselves
    /// are returned as broken.
    pub(super) fn build(
        entries: &[Entry],
        mut kinds: Vec<Option<Kind>>,
        weights: Vec<u64>,
    ) -> (Forest, Vec<(u32, Damage)>) {
        let (first, mut children) = children_of(entries);
        let range = |entry: u32| first[entry as usize] as usize..first[entry as usize + 1] as usize;
        let mut order: Vec<u32> = (0..entries.len() as u32)
            .filter(|entry| parent(&entries[*entry as usize]).is_none())
            .collect();
        let roots = order.len();
        let mut reached = vec![false; entries.len()];
        let mut next = 0;
        while let Some(entry) = order.get(next).copied() {
            next += 1;
            reached[entry as usize] = true;
            for child in &children[range(entry)] {
                kinds[*child as usize] = kinds[entry as usize];
                order.push(*child);
            }
        }
        let mut trees = weights;
        for entry in order[roots..].iter().rev() {
            if let Some(base) = parent(&entries[*entry as usize]) {
                trees[base as usize] = trees[base as usize].saturating_add(trees[*entry as usize]);
            }
        }
        for entry in &order {
            let siblings = &mut children[range(*entry)];
            let heaviest = (0..siblings.len()).max_by_key(|at| trees[siblings[*at] as usize]);
            if let Some(at) = heaviest {
                siblings[at..].rotate_left(1);
            }
        }
        let mut roots: Vec<(u32, u64)> = order[..roots]
            .iter()
            .map(|root| (*root, trees[*root as usize]))
            .collect();
        // By order of magnitude only: among trees of about the same size the order of the pack makes reads sequential.
        roots.sort_by_key(|(root, weight)| (std::cmp::Reverse(weight.checked_ilog2()), *root));
        let loops = (0..entries.len() as u32)
            .filter(|entry| !reached[*entry as usize])
            .map(|entry| (entry, Damage::Loop))
            .collect();
        let forest = Forest {
            first,
            children,
            kinds,
            roots,
        };
        (forest, loops)
    }

    /// Where the children of `entry` stand in the list of children.
    pub(super) fn children(&self, entry: u32) -> std::ops::Range<u32> {
        self.first[entry as usize]..self.first[entry as usize + 1]
    }

    /// The child at this place of the list.
    pub(super) fn child(&self, at: u32) -> u32 {
        self.children[at as usize]
    }

    /// The kind of the object of `entry`.
    pub(super) fn kind(&self, entry: u32) -> Option<Kind> {
        self.kinds[entry as usize]
    }

    /// Roots, the largest trees first, those of about the same size in the order of the pack.
    pub(super) fn roots(&self) -> &[(u32, u64)] {
        &self.roots
    }
}

fn children_of(entries: &[Entry]) -> (Vec<u32>, Vec<u32>) {
    let mut first = vec![0_u32; entries.len() + 1];
    for base in entries.iter().filter_map(parent) {
        first[base as usize + 1] += 1;
    }
    for at in 1..first.len() {
        first[at] += first[at - 1];
    }
    let mut children = vec![0; first.last().copied().unwrap_or(0) as usize];
    let mut next = first.clone();
    for (entry, base) in entries.iter().enumerate() {
        if let Some(base) = parent(base) {
            children[next[base as usize] as usize] = entry as u32;
            next[base as usize] += 1;
        }
    }
    (first, children)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(object: u32, base: Base) -> Entry {
        Entry {
            offset: 0,
            object,
            crc: 0,
            base,
        }
    }

    #[test]
    fn the_heaviest_child_comes_last_and_loops_are_named() {
        let entries = [
            entry(0, Base::None),
            entry(1, Base::Entry(0)),
            entry(2, Base::Entry(0)),
            entry(3, Base::Entry(1)),
            entry(4, Base::Entry(5)),
            entry(5, Base::Entry(4)),
            entry(6, Base::Entry(5)),
        ];
        let mut kinds = vec![None; 7];
        kinds[0] = Some(Kind::Blob);
        let (forest, loops) = Forest::build(&entries, kinds, vec![10, 10, 15, 10, 1, 1, 1]);
        let children: Vec<u32> = forest.children(0).map(|at| forest.child(at)).collect();
        assert_eq!(children, [2, 1]);
        assert_eq!(forest.kind(3), Some(Kind::Blob));
        assert_eq!(forest.roots(), [(0, 45)]);
        let named: Vec<u32> = loops.iter().map(|(entry, _)| *entry).collect();
        assert_eq!(named, [4, 5, 6]);
    }
}
