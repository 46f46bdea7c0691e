//! Packs that lie in archives: entries of any kind, with deltas of each other; what is compressed is made right, as no mutation would hit its checksum.
#![no_main]
use flate2::Compression;
use flate2::write::ZlibEncoder;
use invoca_scan_fuzz::open;
use std::io::Write;

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut writer = ZlibEncoder::new(Vec::new(), Compression::fast());
    writer.write_all(bytes).expect("memory takes all");
    writer.finish().expect("memory takes all")
}

libfuzzer_sys::fuzz_target!(|parts: (u8, Vec<(u8, &[u8], &[u8])>)| {
    let (more, entries) = parts;
    let mut out = b"PACK\0\0\0\x02\0\0\0".to_vec();
    // One more than there are, now and then.
    out.push((entries.len() as u8).wrapping_add(more & 1));
    for (kind, base, content) in entries {
        let len = content.len();
        out.push(0x80 | (kind & 7) << 4 | len as u8 & 15);
        out.push(0x80 | (len >> 4) as u8 & 127);
        out.push((len >> 11) as u8 & 127);
        out.extend(base);
        out.extend(zlib(content));
    }
    out.extend([0; 20]);
    open(&out);
});
