//! Trees, alone and derived from one another: the difference is that of their lists.
#![no_main]
use invoca_scan::attribute::{changes_of_tree, tree_children};
use invoca_scan::blob::Copied;
use std::collections::BTreeMap;

libfuzzer_sys::fuzz_target!(|input: (&[u8], &[u8], u8, u8)| {
    let (old, new, from, len) = input;
    tree_children(new, 32);
    let Some(whole) = changes_of_tree(new, None) else {
        return;
    };
    let Some(before) = changes_of_tree(old, None) else {
        return;
    };
    // A piece of the old tree, where the new one has it.
    let from = usize::from(from).min(old.len());
    let piece = &old[from..old.len().min(from + usize::from(len))];
    let at = new
        .windows(piece.len().max(1))
        .position(|window| window == piece);
    let copies: Vec<Copied> = at
        .map(|child| Copied {
            base: from,
            child,
            len: piece.len(),
        })
        .into_iter()
        .collect();
    let derived = changes_of_tree(new, Some((old, &copies))).expect("it was read before");
    let mut count: BTreeMap<_, i32> = BTreeMap::new();
    for (sign, list) in [(1, before), (1, derived), (-1, whole)] {
        for (added, entry) in list {
            *count.entry(entry).or_default() += if added { sign } else { -sign };
        }
    }
    assert!(count.values().all(|count| *count == 0), "{count:?}");
});
