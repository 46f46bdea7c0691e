//! The index of a repository in all its versions, split ones as well.
#![no_main]
use invoca_scan::git::Index;

libfuzzer_sys::fuzz_target!(|input: (&[u8], &[u8])| {
    let (bytes, shared) = input;
    for len in [20, 32] {
        if let Some(index) = Index::of_bytes(bytes, len, shared) {
            for entry in index.entries() {
                index.get(index.path(entry));
                index.sparse_tree_above(index.path(entry));
            }
        }
    }
});
