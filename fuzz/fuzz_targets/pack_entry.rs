//! Headers of pack entries, for both lengths of ids.
#![no_main]
use invoca_scan::source::history::raw;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for hash_len in [20, 32] {
        if let Some(used) = raw::entry_header(bytes, hash_len) {
            assert!(used <= bytes.len());
        }
    }
});
