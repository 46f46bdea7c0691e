//! From byte offsets to lines and columns, computed only for blobs that have something to report.

use super::Span;
use memchr::{memchr, memchr_iter, memrchr};

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
}

impl LineIndex {
    /// Reads the whole blob once. A line ends with `\n`; a preceding `\r` belongs to the line.
    pub fn new(bytes: &[u8]) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr_iter(b'\n', bytes).map(|at| at + 1));
        LineIndex { starts }
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

    /// Lines and columns of `span`.
    pub fn locate(&self, bytes: &[u8], span: Span) -> Location {
        let line = self.line_of(span.start);
        let end_line = self.line_of(span.end.saturating_sub(1).max(span.start));
        let column = |line: usize, offset: usize| {
            let start = self.starts[line - 1];
            1 + code_points(Span::new(start, offset).of(bytes))
        };
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

    #[test]
    fn a_span_that_ends_with_its_line_stays_on_it() {
        let text = b"ab\ncd\n";
        let place = LineIndex::new(text).locate(text, Span::new(0, 2));
        assert_eq!((place.line, place.end_line, place.end_column), (1, 1, 3));
    }
}
