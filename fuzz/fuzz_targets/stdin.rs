//! A stream, in pieces of any length, and one that fails on its way.
#![no_main]
use invoca_scan::source::Stream;
use invoca_scan_fuzz::scan;
use std::io::{Error, Read, Result};

struct Pieces(Vec<u8>, usize, bool);

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if self.2 && self.0.is_empty() {
            return Err(Error::other("torn"));
        }
        let len = self.1.min(buffer.len()).min(self.0.len());
        buffer[..len].copy_from_slice(&self.0[..len]);
        self.0.drain(..len);
        Ok(len)
    }
}

libfuzzer_sys::fuzz_target!(|input: (u8, bool, &[u8])| {
    let (len, fails, bytes) = input;
    let pieces = Pieces(bytes.to_vec(), usize::from(len) + 1, fails);
    let ledger = scan(&Stream::new(Box::new(pieces), Some("s".into())));
    assert_eq!(
        fails,
        ledger
            .problems
            .iter()
            .any(|problem| problem.kind == "unreadable")
    );
});
