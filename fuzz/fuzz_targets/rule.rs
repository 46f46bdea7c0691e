//! A rule file from a user: it is refused with an error, or its rules look at text.
#![no_main]
use invoca_scan::blob::Fresh;
use invoca_scan::detect::{Detector, Scratch};
use invoca_scan::rule::{RuleFile, RuleSet};
use std::sync::Arc;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(file) = toml::from_str::<RuleFile>(text) else {
        return;
    };
    let mut rules = RuleSet::empty();
    if rules.add(file).is_err() {
        return;
    }
    let detector = Detector::new(Arc::new(rules));
    // A rule file holds its own keywords, and often what looks like its tokens.
    let detection = detector.detect(text.as_bytes(), Fresh::All, &mut Scratch::default());
    detector.resolve(text.as_bytes(), detection);
});
