//! What begins like a gzip archive.
#![no_main]
use invoca_scan_fuzz::open;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    open(bytes);
    open(&[&b"\x1f\x8b\x08"[..], bytes].concat());
});
