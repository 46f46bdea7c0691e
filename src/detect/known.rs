//! Secrets that are known by their SHA-256, wherever they stand: any piece of text of the right length and characters is hashed that is not cut
//! out of the middle of a word.

use super::boundary::after_escape;
use super::placeholder;
use super::random::{Classes, entropy, wordiness};
use super::region::{CAP, lines_around};
use super::runs::maximal;
use super::{Detector, Scratch};
use crate::rule::{Confidence, Shape, digest_of};
use crate::text::Span;

/// Shortest secret that may stand on a list.
const SHORTEST: usize = 16;
/// Least number of different bytes in one.
const LEAST_DISTINCT: usize = 6;

impl Detector {
    /// Claims on every known secret in `regions`.
    pub(super) fn known(&self, text: &[u8], regions: &[Span], scratch: &mut Scratch) {
        for shape in self.rules.known_shapes() {
            for region in regions {
                maximal(text, *region, shape.len, &shape.bytes, |run| {
                    self.known_in(text, run, shape, scratch);
                });
            }
        }
    }

    fn known_in(&self, text: &[u8], run: Span, shape: &Shape, scratch: &mut Scratch) {
        let behind_escape = after_escape(text, run.start, run.end - 1);
        for start in run.start..=run.end - shape.len {
            let piece = Span::new(start, start + shape.len);
            let begins = start == run.start || start == behind_escape || parted(text, start);
            let ends = piece.end == run.end || parted(text, piece.end);
            if !begins || !ends || Classes::of(piece.of(text)).distinct < LEAST_DISTINCT {
                continue;
            }
            if let Some(id) = self.rules.known(&digest_of(piece.of(text))) {
                let extent = lines_around(text, piece, 0, CAP / 2);
                self.claim(text, id, piece, extent, Confidence::Certain, scratch);
            }
        }
    }
}

/// Whether two words can part at `at`: not between two letters or digits.
fn parted(text: &[u8], at: usize) -> bool {
    !(text[at - 1].is_ascii_alphanumeric() && text[at].is_ascii_alphanumeric())
}

/// Why a value is too weak for a list of digests: whoever holds the list could find it by trying. `None` for one that can stand there.
pub fn weakness(value: &[u8]) -> Option<&'static str> {
    if value.len() < SHORTEST {
        return Some("shorter than 16 bytes");
    }
    if let Some(reason) = placeholder::reason(value) {
        return Some(reason);
    }
    let classes = Classes::of(value);
    let bits = entropy(value) * value.len() as f32;
    if classes.distinct < LEAST_DISTINCT || bits < 45.0 {
        return Some("too little entropy");
    }
    if classes.digit == value.len() && value.len() < 24 {
        return Some("a number");
    }
    let hex = value
        .iter()
        .all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    let words = wordiness(value).is_some_and(|score| score > 3.0);
    (words && !(hex && classes.digit >= 4)).then_some("reads like words")
}

#[cfg(test)]
mod tests {
    use super::weakness;

    #[test]
    fn what_could_be_guessed_is_weak() {
        for weak in [
            "hunter2",
            "correct-horse-battery-staple",
            "your_api_key_goes_here",
            "0000000000000000000000",
            "1234567890123456",
            "administrator-password",
        ] {
            assert!(weakness(weak.as_bytes()).is_some(), "{weak}");
        }
    }
}
