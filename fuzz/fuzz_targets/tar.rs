//! Tar archives; the checksums of headers are made right, as no mutation would hit them.
#![no_main]
use invoca_scan_fuzz::open;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut bytes = bytes.to_vec();
    for head in bytes.chunks_exact_mut(512) {
        // Content in between is left as it is where it does not look like a header.
        if head[257..262] == *b"ustar" || head[0] != 0 && head[156] & 0x78 == 0x30 {
            head[148..156].fill(b' ');
            let sum: u32 = head.iter().map(|byte| u32::from(*byte)).sum();
            head[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        }
    }
    open(&bytes);
});
