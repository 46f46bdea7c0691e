//! Archives of 7z; their checksums are made right, as no mutation would hit them.
#![no_main]
use flate2::Crc;
use invoca_scan_fuzz::open;

fn crc(bytes: &[u8]) -> [u8; 4] {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum().to_le_bytes()
}

libfuzzer_sys::fuzz_target!(|parts: (&[u8], &[u8])| {
    let (packed, list) = parts;
    let mut start = (packed.len() as u64).to_le_bytes().to_vec();
    start.extend((list.len() as u64).to_le_bytes());
    start.extend(crc(list));
    let sign: &[u8] = b"7z\xBC\xAF\x27\x1C\0\x04";
    open(&[sign, &crc(&start), &start, packed, list].concat());
});
