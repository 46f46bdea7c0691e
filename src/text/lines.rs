//! From byte offsets to lines and columns, computed only for blobs that have something to report.

use super::Span;
use memchr::{memchr, memchr_iter, memrchr};
use std::sync::{Mutex, PoisonError};

/// Where a span stands, as people count: lines and columns from 1, columns in Unicode code points, the end exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// Line of the first byte.
    pub line: usize,
    /// Column of the first byte.
    pub column: usize,
    /// Line of the last byte.
    pub end_line: usize,
    /// Column behind the last byte.
    pub end_column: usize,
}

/// The offsets at which the lines of one blob begin.
pub struct LineIndex {
    starts: Vec<usize>,
    /// Of the last long line that was asked for.
    milestones: Mutex<Milestones>,
}

/// Offsets within a long line and how many code points stand before them.
#[derive(Default)]
struct Milestones {
    line: usize,
    counts: Vec<(usize, usize)>,
}

/// Bytes between two milestones, and from how many on a line has them.
const MILE: usize = 4096;

impl Milestones {
    fn new(line: usize, bytes: &[u8]) -> Self {
        let mut counts = vec![(0, 0)];
        let (mut at, mut count, mut next) = (0, 0, MILE);
        for chunk in bytes.utf8_chunks() {
            for (offset, _) in chunk.valid().char_indices() {
                if at + offset >= next {
                    counts.push((at + offset, count));
                    next = at + offset + MILE;
                }
                count += 1;
            }
            at += chunk.valid().len() + chunk.invalid().len();
            count += usize::from(!chunk.invalid().is_empty());
        }
        Milestones { line, counts }
    }

    fn before(&self, offset: usize) -> (usize, usize) {
        let behind = self.counts.partition_point(|(at, _)| *at <= offset);
        self.counts[..behind].last().copied().unwrap_or_default()
    }
}

impl LineIndex {
    /// Reads the whole blob once. A line ends with `\n`; a preceding `\r` belongs to the line.
    pub fn new(bytes: &[u8]) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr_iter(b'\n', bytes).map(|at| at + 1));
        LineIndex {
            starts,
            milestones: Mutex::default(),
        }
    }

    /// The number of the line that holds `offset`, from 1.
    pub fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }

    /// Number of lines; an empty blob has one.
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// The bytes of line `line` (from 1) without its line end, or an empty span past the last line.
    pub fn line_span(&self, bytes: &[u8], line: usize) -> Span {
        let Some(start) = line.checked_sub(1).and_then(|at| self.starts.get(at)) else {
            return Span::new(bytes.len(), bytes.len());
        };
        let mut end = self.starts.get(line).map_or(bytes.len(), |next| next - 1);
        if end > *start && bytes.get(end - 1) == Some(&b'\r') {
            end -= 1;
        }
        Span::new(*start, end)
    }

    /// The code points of a line before `offset`. Many findings on one long line must not cost the line for each of them.
    fn code_points_before(&self, bytes: &[u8], line: usize, offset: usize) -> usize {
        let start = self.starts[line - 1];
        if offset - start < MILE {
            return code_points(Span::new(start, offset).of(bytes));
        }
        let known = self.milestones.lock();
        let mut known = known.unwrap_or_else(PoisonError::into_inner);
        if known.line != line {
            *known = Milestones::new(line, self.line_span(bytes, line).of(bytes));
        }
        let (at, count) = known.before(offset - start);
        count + code_points(Span::new(start + at, offset).of(bytes))
    }

    /// Lines and columns of `span`.
    pub fn locate(&self, bytes: &[u8], span: Span) -> Location {
        let line = self.line_of(span.start);
        let end_line = self.line_of(span.end.saturating_sub(1).max(span.start));
        let column = |line: usize, offset: usize| 1 + self.code_points_before(bytes, line, offset);
        Location {
            line,
            column: column(line, span.start),
            end_line,
            end_column: column(end_line, span.end),
        }
    }
}

/// Code points in `bytes`; a byte that is not UTF-8 counts as one (as the replacement character that is shown for it).
fn code_points(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.chars().count(),
        Err(_) => bytes
            .utf8_chunks()
            .map(|chunk| chunk.valid().chars().count() + usize::from(!chunk.invalid().is_empty()))
            .sum(),
    }
}

/// The line around `offset`, without its `\n`, but at most `cap` bytes to either side of the offset.
pub fn line_around(bytes: &[u8], offset: usize, cap: usize) -> Span {
    let offset = offset.min(bytes.len());
    let low = offset.saturating_sub(cap);
    let high = bytes.len().min(offset.saturating_add(cap));
    let start = memrchr(b'\n', &bytes[low..offset]).map_or(low, |at| low + at + 1);
    let end = memchr(b'\n', &bytes[offset..high]).map_or(high, |at| offset + at);
    Span::new(start, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_code_points() {
        let text = "a\nÄb\r\n\u{1F600}c".as_bytes();
        let index = LineIndex::new(text);
        let at = text.iter().position(|byte| *byte == b'b').unwrap();
        let place = index.locate(text, Span::new(at, at + 1));
        assert_eq!((place.line, place.column, place.end_column), (2, 2, 3));
        let at = text.len() - 1;
        let place = index.locate(text, Span::new(at, at + 1));
        assert_eq!(
            (place.line, place.column, place.end_line, place.end_column),
            (3, 2, 3, 3)
        );
        assert_eq!(index.line_span(text, 2).of(text), "Äb".as_bytes());
    }

    proptest::proptest! {
        #[test]
        fn long_lines_count_alike(pieces in proptest::collection::vec(("[aÄ\u{1F600}]{0,3000}", proptest::collection::vec(0x80..=0xFF_u8, 0..9)), 1..5), at: usize) {
            let text: Vec<u8> = pieces.iter().flat_map(|(text, odd)| [text.as_bytes(), odd].concat()).collect();
            let at = at % (text.len() + 1);
            let place = LineIndex::new(&text).locate(&text, Span::new(at, at));
            assert_eq!(place.column, 1 + String::from_utf8_lossy(&text[..at]).chars().count());
        }
    }

    #[test]
    fn a_span_that_ends_with_its_line_stays_on_it() {
        let text = b"ab\ncd\n";
        let place = LineIndex::new(text).locate(text, Span::new(0, 2));
        assert_eq!((place.line, place.end_line, place.end_column), (1, 1, 3));
    }
}
