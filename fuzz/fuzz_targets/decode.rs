//! Bytes in every encoded form, one or two deep; what is found has its place in the text.
#![no_main]
use invoca_scan_fuzz::detect;
use std::io::Write as _;

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn encode(form: u8, bytes: &[u8]) -> Vec<u8> {
    match form % 8 {
        0 | 1 => {
            let mut out = Vec::new();
            for three in bytes.chunks(3) {
                let all = three
                    .iter()
                    .fold(0_u32, |all, byte| all << 8 | u32::from(*byte))
                    << (8 * (3 - three.len()));
                for at in 0..=three.len() {
                    out.push(DIGITS[(all >> (18 - 6 * at) & 63) as usize]);
                }
                if form % 8 == 1 && out.len() % 76 == 0 {
                    out.push(b'\n');
                }
            }
            out
        }
        2 => bytes
            .iter()
            .flat_map(|byte| format!("{byte:02x}").into_bytes())
            .collect(),
        3 => bytes
            .iter()
            .flat_map(|byte| format!("%{byte:02X}").into_bytes())
            .collect(),
        4 => bytes
            .iter()
            .flat_map(|byte| format!("\\u{byte:04x}").into_bytes())
            .collect(),
        5 => bytes
            .iter()
            .flat_map(|byte| format!("&#{byte};").into_bytes())
            .collect(),
        6 => {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(bytes).expect("memory can be written");
            encode(0, &gzip.finish().expect("memory can be written"))
        }
        _ => bytes.to_vec(),
    }
}

libfuzzer_sys::fuzz_target!(|input: (u8, u8, &[u8], &[u8])| {
    let (inner, outer, before, bytes) = input;
    let text = [before, &encode(outer, &encode(inner, bytes))].concat();
    for claim in detect(&text).raw {
        assert!(claim.span.start <= claim.span.end && claim.span.end <= text.len());
    }
});
