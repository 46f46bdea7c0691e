//! A file of any name and content, with or without an older version: all that a scan of it does.
#![no_main]
use invoca_scan::blob::{Blob, Old};
use invoca_scan_fuzz::{One, file, scan};

const NAMES: &[&str] = &[
    "a",
    "a.py",
    "a.yaml",
    "a.json",
    ".env",
    ".npmrc",
    "a.tf",
    "a.pem",
    "a.md",
    "tests/a.rb",
    "a.ipynb",
    "a.eml",
    "Dockerfile",
    "a.js",
    "a.zip",
    "a.csv",
];

libfuzzer_sys::fuzz_target!(|input: (u8, bool, &[u8], &[u8])| {
    let (name, changed, old, new) = input;
    let blob = file(NAMES[usize::from(name) % NAMES.len()], new);
    if changed {
        let old = [Old {
            bytes: old,
            copies: &[],
        }];
        scan(&One(Blob { old: &old, ..blob }));
    } else {
        scan(&One(blob));
    }
});
