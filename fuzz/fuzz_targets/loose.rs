//! Loose objects: as they are, and deflated first, as no mutation would hit zlib's checksum.
#![no_main]
use invoca_scan::source::history::raw;
use std::io::Write as _;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    raw::loose(bytes, 1 << 20);
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    zlib.write_all(bytes).expect("memory can be written");
    if let Some(object) = raw::loose(&zlib.finish().expect("memory can be written"), 1 << 20) {
        assert!(bytes.ends_with(&object));
    }
});
