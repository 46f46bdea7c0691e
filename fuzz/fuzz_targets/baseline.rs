//! A baseline, or an earlier report in its place.
#![no_main]
use invoca_scan::suppress::Baseline;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(baseline) = Baseline::parse(text, "b".into()) {
        let written = baseline.to_text();
        if !baseline.is_report() && !baseline.entries().is_empty() {
            let again =
                Baseline::parse(&written, "b".into()).expect("what was written can be read");
            assert_eq!(again.entries().len(), baseline.entries().len());
        }
    }
});
