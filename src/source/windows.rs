//! Very large inputs come as overlapping windows, so that memory stays bounded whatever lies in a tree or comes down a pipe.

use super::Sink;
use crate::blob::{Blob, Fresh, Origin, Part};
use crate::text::Span;
use memchr::{memchr_iter, memrchr};
use std::io::{self, ErrorKind, Read};

/// Inputs up to this size are read whole; larger ones come as windows of this size.
pub(super) const WINDOW: usize = 16 << 20;
/// What a window repeats of the one before. Half of it is context for findings that begin in the other half.
const OVERLAP: usize = 512 << 10;

/// Pushes what `input` yields, of which the first `have` bytes are already in `buffer`. Returns how many bytes that were in all.
///
/// # Errors
/// A read failed; what was read until then has been pushed.
pub(super) fn push(
    input: &mut dyn Read,
    buffer: &mut Vec<u8>,
    have: usize,
    origin: &Origin,
    sink: &dyn Sink,
) -> io::Result<u64> {
    buffer.resize(WINDOW, 0);
    let mut have = have;
    let (mut offset, mut line, mut column) = (0, 1, 1);
    loop {
        let (filled, failed) = match fill(input, buffer, have) {
            Ok(filled) => (filled, None),
            Err((filled, error)) => (filled, Some(error)),
        };
        have = filled;
        let last = have < buffer.len();
        let own = Span::new(
            if offset == 0 { 0 } else { OVERLAP / 2 },
            if last { usize::MAX } else { have - OVERLAP / 2 },
        );
        sink.blob(Blob {
            bytes: &buffer[..have],
            origin: origin.clone(),
            fresh: Fresh::All,
            old: &[],
            part: Part {
                offset,
                column,
                lines: &[(1, line)],
                own,
            },
        });
        if let Some(error) = failed {
            return Err(error);
        }
        if last || sink.interrupted() {
            return Ok((offset + have) as u64);
        }
        let gone = have - OVERLAP;
        line += memchr_iter(b'\n', &buffer[..gone]).count();
        column = match memrchr(b'\n', &buffer[..gone]) {
            Some(at) => 1 + code_points(&buffer[at + 1..gone]),
            None => column + code_points(&buffer[..gone]),
        };
        buffer.copy_within(gone..have, 0);
        offset += gone;
        have = OVERLAP;
    }
}

/// Bytes that begin a code point; where the text is not UTF-8, near enough for a column past many megabytes.
fn code_points(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

/// Reads until `buffer` is full or the input ends, beginning at `from`; returns how much of the buffer is filled. A short read alone does
/// not tell the end of a file on every file system; asking once more costs a tenth of a microsecond.
///
/// # Errors
/// A read failed; how much is filled all the same stands beside the error.
pub(super) fn fill(
    input: &mut dyn Read,
    buffer: &mut [u8],
    from: usize,
) -> Result<usize, (usize, io::Error)> {
    let mut at = from;
    while at < buffer.len() {
        match input.read(&mut buffer[at..]) {
            Ok(0) => break,
            Ok(read) => at += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err((at, error)),
        }
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::{LeftOut, Problem};
    use std::sync::Mutex;

    /// Where the word stands, as a finding in the whole would say it.
    #[derive(Default)]
    struct Finder(Mutex<Vec<(usize, usize, usize)>>);

    const WORD: &[u8] = b"NEEDLE";

    impl Sink for Finder {
        fn blob(&self, blob: Blob<'_>) {
            for at in memchr::memmem::find_iter(blob.bytes, WORD) {
                if blob.part.own.start <= at && at < blob.part.own.end {
                    let span = Span::new(at, at + WORD.len());
                    let place = crate::text::LineIndex::new(blob.bytes).locate(blob.bytes, span);
                    let place = blob.part.locate(place);
                    let found = (blob.part.offset + at, place.line, place.column);
                    self.0.lock().unwrap().push(found);
                }
            }
        }
        fn left_out(&self, _: LeftOut) {}
        fn problem(&self, _: Problem) {}
        fn interrupted(&self) -> bool {
            false
        }
    }

    #[test]
    fn windows_find_each_place_once_and_count_lines_through() {
        let mut text = vec![b'x'; 2 * WINDOW + 77];
        let edge = WINDOW - OVERLAP / 2;
        let places = [0, edge - 7, edge, WINDOW - 9, WINDOW + 5, 2 * WINDOW + 70];
        for at in places {
            text[at..at + WORD.len()].copy_from_slice(WORD);
        }
        text[1000] = b'\n';
        text[WINDOW + 1] = b'\n';
        let finder = Finder::default();
        let origin = Origin::Stream { path: None };
        let read = push(&mut &text[..], &mut Vec::new(), 0, &origin, &finder).unwrap();
        assert_eq!(read, text.len() as u64);
        let expected: Vec<_> = places
            .iter()
            .map(|at| match at {
                0 => (0, 1, 1),
                at if *at > WINDOW + 1 => (*at, 3, at - WINDOW - 1),
                at => (*at, 2, at - 1000),
            })
            .collect();
        assert_eq!(*finder.0.lock().unwrap(), expected);
    }
}
