//! The hash by which GitHub's code scanning recognises a line after it has moved: `primaryLocationLineHash` as computed by
//! `github/codeql-action`, which keeps ours only where it is the same as its own.

use std::collections::HashMap;

/// Characters of a hash, counted from the start of its line, blanks and tabs not among them.
const BLOCK: usize = 100;
const FACTOR: u64 = 37;
/// Stands behind the last character.
const END: u16 = 0xFFFF;

/// The hashes of lines, asked for by number.
pub struct LineHashes(Vec<String>);

impl LineHashes {
    /// Reads the whole text once. What is not UTF-8 counts as U+FFFD, as for the JavaScript original.
    pub fn new(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let mut rolling = Rolling::default();
        let mut after_return = false;
        for unit in text.encode_utf16() {
            let line_feed_of_pair = after_return && unit == u16::from(b'\n');
            after_return = unit == u16::from(b'\r');
            if line_feed_of_pair || unit == u16::from(b' ') || unit == u16::from(b'\t') {
                continue;
            }
            rolling.take(if after_return { u16::from(b'\n') } else { unit });
        }
        rolling.take(END);
        rolling.finish();
        LineHashes(rolling.done)
    }

    /// The hash of line `line` (from 1), followed by how often the same one occurred up to there.
    pub fn of_line(&self, line: usize) -> Option<&str> {
        self.0.get(line.checked_sub(1)?).map(String::as_str)
    }
}

/// A window over the last [`BLOCK`] characters, and which of them begin a line.
struct Rolling {
    window: [u16; BLOCK],
    begins_line: [bool; BLOCK],
    at: usize,
    hash: u64,
    line_start: bool,
    /// Finished hashes; lines finish in their order.
    done: Vec<String>,
    seen: HashMap<u64, usize>,
}

impl Default for Rolling {
    fn default() -> Self {
        Rolling {
            window: [0; BLOCK],
            begins_line: [false; BLOCK],
            at: 0,
            hash: 0,
            line_start: true,
            done: Vec::new(),
            seen: HashMap::new(),
        }
    }
}

impl Rolling {
    fn take(&mut self, unit: u16) {
        self.finish_line();
        self.begins_line[self.at] = self.line_start;
        self.line_start = unit == u16::from(b'\n');
        self.push(unit);
    }

    fn finish(&mut self) {
        for _ in 0..BLOCK {
            self.finish_line();
            self.push(0);
        }
    }

    /// The window begins with a line's first character: its hash is complete.
    fn finish_line(&mut self) {
        if std::mem::take(&mut self.begins_line[self.at]) {
            let count = self.seen.entry(self.hash).or_default();
            *count += 1;
            self.done.push(format!("{:x}:{count}", self.hash));
        }
    }

    fn push(&mut self, unit: u16) {
        let leaving = std::mem::replace(&mut self.window[self.at], unit);
        self.hash = self
            .hash
            .wrapping_mul(FACTOR)
            .wrapping_add(u64::from(unit))
            .wrapping_sub(
                FACTOR
                    .wrapping_pow(BLOCK as u32)
                    .wrapping_mul(u64::from(leaving)),
            );
        self.at = (self.at + 1) % BLOCK;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected values were computed with the original, in JavaScript.
    #[test]
    fn hashes_are_those_of_the_upload_action() {
        let mut text = b"one\r\n  two\t\nsame\nsame\n\xC3\xA4\xF0\x9F\x98\x80\xFF\r\n".to_vec();
        text.extend([b'z'; 150]);
        text.extend(b"\nlast");
        assert_eq!(
            LineHashes::new(&text).0,
            [
                "4a057ac10c78df26:1",
                "8bbe04a25ff7ec2a:1",
                "bb7fb8a64f45ee4a:1",
                "18ed11b13a671e3c:1",
                "ef1302d062069696:1",
                "430534b53b700418:1",
                "58429ecce5a8d0db:1",
            ]
        );
        let many = LineHashes::new("same\n".repeat(200).as_bytes());
        let first = many.of_line(1).and_then(|hash| hash.strip_suffix(":1"));
        let third = many.of_line(3).and_then(|hash| hash.strip_suffix(":3"));
        assert!(first.is_some() && first == third);
    }
}
