//! Markers in comments, around a token that is found.
#![no_main]
use invoca_scan_fuzz::{One, file, scan};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let token = concat!("glp", "at-", "aB3dE5gH7jK9mN1pQ3sT");
    let text = [
        &b"key = \""[..],
        token.as_bytes(),
        b"\" # invoca-scan:",
        bytes,
        b"\n# gitleaks:",
        bytes,
    ]
    .concat();
    scan(&One(file("a.py", &text)));
});
