//! Base64 that is wrapped: lines of one length and a shorter last one, bare, indented, quoted, or with their line ends written out.

use crate::detect::boundary::{after_escape, is_base64_byte};
use crate::text::Span;

/// Bytes that may stand between two lines of a block: line end, indent, quotes, a sign of comment or continuation.
const MAX_GAP: usize = 48;
/// Lines of a block are as long as this, but for its last that can be shorter.
const LINES: std::ops::RangeInclusive<usize> = 20..=512;

/// A run of base64 with the padding behind it, without what an escape left before it.
pub(super) fn with_padding(text: &[u8], run: Span) -> Span {
    let start = after_escape(text, run.start, run.end - 1);
    let padding = text[run.end..].iter().take(2);
    let padding = padding.take_while(|byte| **byte == b'=').count();
    Span::new(start, run.end + padding)
}

/// The wrapped block that `run` is a line of; empty where it stands alone. Which lines belong together depends on nothing but these and one more to either
/// side, so that the same block is found from each of its lines.
pub(super) fn block_around(text: &[u8], run: Span) -> Vec<Span> {
    if !borders_on_gap(text, run) {
        return Vec::new();
    }
    // The shorter last line of the block before.
    let before = piece_before(text, run).filter(|before| before.len() > run.len());
    let some = before.unwrap_or(run);
    let mut pieces = vec![some];
    let equal = |piece: &Span| piece.len() == some.len();
    while let Some(before) = piece_before(text, pieces[pieces.len() - 1]).filter(equal) {
        pieces.push(before);
    }
    pieces.reverse();
    while let Some(behind) = piece_behind(text, pieces[pieces.len() - 1]) {
        if behind.len() > some.len() {
            break;
        }
        pieces.push(behind);
        if behind.len() < some.len() {
            break;
        }
    }
    if pieces.len() == 1 {
        pieces.clear();
    }
    pieces
}

/// Whether the bytes beside a run let it be a line of a block: most runs are words of a program.
fn borders_on_gap(text: &[u8], run: Span) -> bool {
    let before = run
        .start
        .checked_sub(1)
        .map_or(b'\n', |before| text[before]);
    let behind = text.get(run.end).copied().unwrap_or(b'\n');
    LINES.contains(&run.len())
        && matches!(
            before,
            b'\n' | b' ' | b'\t' | b'"' | b'\'' | b'`' | b'>' | b'#' | b'*' | b'n'
        )
        && matches!(
            behind,
            b'\n' | b'\r' | b'"' | b'\'' | b'`' | b'\\' | b' ' | b',' | b';'
        )
}

/// The piece that follows on a later line.
fn piece_behind(text: &[u8], piece: Span) -> Option<Span> {
    // Padding ends a block.
    if text[..piece.end].ends_with(b"=") || !LINES.contains(&piece.len()) {
        return None;
    }
    let start = gap(text[piece.end..].iter().copied(), false)? + piece.end;
    let mut end = start;
    while text.get(end).is_some_and(|byte| is_base64_byte(*byte)) {
        end += 1;
    }
    (end > start).then(|| with_padding(text, Span::new(start, end)))
}

/// The piece that stands on an earlier line.
fn piece_before(text: &[u8], piece: Span) -> Option<Span> {
    let end = piece.start - gap(text[..piece.start].iter().rev().copied(), true)?;
    let mut start = end;
    while start > 0 && is_base64_byte(text[start - 1]) {
        start -= 1;
    }
    let start = after_escape(text, start, end.saturating_sub(1).max(start));
    let piece = Span::new(start, end);
    LINES.contains(&piece.len()).then_some(piece)
}

/// Length of a gap between two pieces, read in either direction: exactly one line end, real or written out (`\n`), and little else.
fn gap(bytes: impl Iterator<Item = u8>, backwards: bool) -> Option<usize> {
    let mut bytes = bytes.peekable();
    let mut len = 0;
    let mut written_out = false;
    let mut real = 0;
    loop {
        let byte = bytes.next()?;
        match byte {
            b'\n' => real += 1,
            b' ' | b'\t' | b'\r' | b'"' | b'\'' | b'`' | b',' | b'>' | b'#' | b'*' | b';'
            | b'|' | b'(' | b')' | b'.' | b'&' => {}
            b'+' if len > 0 => {}
            b'\\' if !backwards => {
                if let Some(b'n' | b'r') = bytes.peek() {
                    bytes.next();
                    len += 1;
                    written_out = true;
                }
            }
            b'n' | b'r' if backwards && bytes.peek() == Some(&b'\\') => {
                bytes.next();
                len += 1;
                written_out = true;
            }
            b'\\' => {}
            byte if is_base64_byte(byte) => break,
            _ => return None,
        }
        len += 1;
        if len > MAX_GAP || real > 1 {
            return None;
        }
    }
    (real == 1 || written_out).then_some(len)
}
