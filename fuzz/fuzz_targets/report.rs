//! Reports of this program, as `merge` takes them.
#![no_main]
use invoca_scan::report::Joining;
use std::time::SystemTime;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let mut joining = Joining::default();
    if joining.take(&"r".into(), text).is_ok() {
        joining.expect(text);
        joining.finish(SystemTime::UNIX_EPOCH);
    }
});
