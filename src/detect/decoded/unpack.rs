//! What is packed once more behind an encoding: compressed with gzip or zlib, or UTF-16 as PowerShell passes it on.

use crate::text::{Span, utf8_from_utf16};
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use std::io::Read;

/// Most bytes that are unpacked for each packed byte, and what is always allowed.
const MAX_UNPACKED: (usize, usize) = (200, 1 << 20);

/// What was unpacked.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unpacked {
    /// By decompression of so many bytes: only the whole can be pointed at.
    Inflated(&'static str, usize),
    /// By turning UTF-16 into UTF-8, with a byte order mark or without.
    Utf16 {
        /// Bytes of the mark.
        mark: usize,
    },
}

impl Unpacked {
    /// The word in reports.
    pub(super) fn name(self) -> &'static str {
        match self {
            Unpacked::Inflated(name, _) => name,
            Unpacked::Utf16 { .. } => "utf-16",
        }
    }

    /// Where `span` of the unpacked `text` stands packed.
    pub(super) fn locate(self, text: &[u8], span: Span) -> Span {
        let units = |end: usize| {
            let before = text.get(..end).unwrap_or(text);
            String::from_utf8_lossy(before).encode_utf16().count() * 2
        };
        match self {
            Unpacked::Inflated(_, len) => Span::new(0, len),
            Unpacked::Utf16 { mark } => Span::new(mark + units(span.start), mark + units(span.end)),
        }
    }
}

/// Whether the first bytes say that the rest is packed.
pub(super) fn is_packed(head: &[u8]) -> bool {
    is_gzip(head) || is_zlib(head) || is_utf16(head)
}

fn is_gzip(head: &[u8]) -> bool {
    head.starts_with(&[0x1F, 0x8B, 8])
}

/// The usual headers of zlib (RFC 1950): a window of 32 KiB, and a check that divides by 31.
fn is_zlib(head: &[u8]) -> bool {
    matches!(head, [0x78, 0x01 | 0x5E | 0x9C | 0xDA, ..])
}

fn is_utf16(head: &[u8]) -> bool {
    let zeros = |from: usize| head.iter().skip(from).step_by(2).all(|byte| *byte == 0);
    head.starts_with(&[0xFF, 0xFE])
        || head.starts_with(&[0xFE, 0xFF])
        || head.len() >= 4 && (zeros(0) || zeros(1))
}

/// The unpacked text, what had to be done for it, and whether a limit cut it. `None` if it is not packed after all.
pub(super) fn unpack(bytes: &[u8]) -> Option<(Vec<u8>, Unpacked, bool)> {
    if is_utf16(bytes) {
        let text = utf8_from_utf16(bytes)?;
        let mark = if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
            2
        } else {
            0
        };
        return Some((text, Unpacked::Utf16 { mark }, false));
    }
    if is_gzip(bytes) {
        return inflate(MultiGzDecoder::new(bytes), "gzip", bytes.len());
    }
    inflate(ZlibDecoder::new(bytes), "zlib", bytes.len())
}

fn inflate(
    input: impl Read,
    name: &'static str,
    packed: usize,
) -> Option<(Vec<u8>, Unpacked, bool)> {
    let limit = packed.saturating_mul(MAX_UNPACKED.0).max(MAX_UNPACKED.1);
    let mut out = Vec::new();
    // What can be read before damage is looked at; a stream that gives nothing is none.
    let _ = input.take(limit as u64 + 1).read_to_end(&mut out);
    let cut = out.len() > limit;
    out.truncate(limit);
    (!out.is_empty()).then_some((out, Unpacked::Inflated(name, packed), cut))
}
