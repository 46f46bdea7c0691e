//! What begins like a file of bzip2, xz or zstd.
#![no_main]
use invoca_scan_fuzz::open;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    open(bytes);
    for begin in [&b"BZh11AY&SY"[..], b"\xFD7zXZ\0", b"\x28\xB5\x2F\xFD"] {
        open(&[begin, bytes].concat());
    }
});
