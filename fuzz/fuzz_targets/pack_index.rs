//! Pack indexes of both versions; the fan-out table is made to fit, as no mutation would hit it.
#![no_main]
use invoca_scan::source::history::raw;

libfuzzer_sys::fuzz_target!(|input: (bool, bool, u8, &[u8])| {
    let (second, long, count, tables) = input;
    let hash_len = if long { 32 } else { 20 };
    let mut bytes = Vec::new();
    if second {
        bytes.extend(b"\xFFtOc\0\0\0\x02");
    }
    for _ in 0..256 {
        bytes.extend(u32::from(count % 8).to_be_bytes());
    }
    bytes.extend(tables);
    raw::index_offsets(bytes, hash_len);
    raw::index_offsets(tables.to_vec(), hash_len);
});
