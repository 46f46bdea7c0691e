//! Unified diffs of every kind, whole or not.
#![no_main]
use invoca_scan::source::Patch;
use invoca_scan_fuzz::scan;
use std::io::Cursor;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    scan(&Patch::new(
        Box::new(Cursor::new(bytes.to_vec())),
        "p".into(),
    ));
});
