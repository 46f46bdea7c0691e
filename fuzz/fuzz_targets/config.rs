//! A configuration file, alone, under another one, and extending itself.
#![no_main]
use invoca_scan::config;
use std::path::Path;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let path = Path::new("/p/invoca-scan.toml");
    let read = |_: &Path| Ok(Some(text.to_owned()));
    match config::load(path, text, &read) {
        Ok(config) => drop(config.under(path, text, &read)),
        Err(error) => drop(error.to_string()),
    }
});
