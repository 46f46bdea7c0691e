//! What begins like a zip archive.
#![no_main]
use invoca_scan_fuzz::open;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    open(bytes);
    open(&[&b"PK\x03\x04"[..], bytes].concat());
});
