//! The floor everybody stands on: positions in bytes, lines and columns, names that need not be UTF-8, what may be
//! shown on a terminal, and the one type that holds a secret.
//!
//! Knows nobody. Decides how positions are counted (lines from 1, columns in code points from 1, ends exclusive) and
//! how a secret is shown (it is not).

mod day;
pub(crate) mod lanes;
mod lines;
mod name;
mod nearest;
mod rolling;
mod sanitize;
mod secret;
mod utf16;

pub use day::{is_day, midnight};
pub use lines::{LineIndex, Location, line_around};
pub use name::Name;
pub use nearest::nearest;
pub use rolling::LineHashes;
pub use sanitize::{escape_controls, push_escaped};
pub use secret::Secret;
pub use utf16::{utf8_from_utf16, utf16_like};

/// Bytes as small hex digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A range of bytes in a blob: `start..end`, the end exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte.
    pub end: usize,
}

impl Span {
    /// The span `start..end`; an end before the start is an empty span at `start`.
    pub fn new(start: usize, end: usize) -> Self {
        Span {
            start,
            end: end.max(start),
        }
    }

    /// Number of bytes.
    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether it covers no byte.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether the two share a byte.
    pub fn overlaps(self, other: Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether the two share a byte or touch: an empty span touches what it borders on.
    pub fn touches(self, other: Span) -> bool {
        self.start <= other.end && other.start <= self.end
    }

    /// Whether every byte of `other` lies within.
    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The bytes of `bytes` that it names; out of range is cut.
    pub fn of(self, bytes: &[u8]) -> &[u8] {
        let end = self.end.min(bytes.len());
        &bytes[self.start.min(end)..end]
    }
}

impl From<std::ops::Range<usize>> for Span {
    fn from(range: std::ops::Range<usize>) -> Self {
        Span::new(range.start, range.end)
    }
}
