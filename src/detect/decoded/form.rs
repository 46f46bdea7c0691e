//! The forms in which text stands encoded, each decoded by one function that says of every byte it yields where the bytes stand that encode it.

use crate::detect::decode::base64_digit;
use crate::text::Span;

/// Takes a decoded byte and the span that encodes it.
pub(super) type Emit<'a> = &'a mut dyn FnMut(u8, Span);

/// How something is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// Base64, standard or url-safe, padded or not.
    Base64,
    /// Two hexadecimal digits a byte.
    Hex,
    /// `%XX`.
    Percent,
    /// Escapes of string literals and JSON: `\\uXXXX`, `\\xXX`, `\\101`, `\\n`, a line end behind a backslash.
    Escapes,
    /// Entities of HTML and XML.
    Entities,
    /// `=XX` and soft line breaks of mail.
    QuotedPrintable,
    /// Literals that a program puts together.
    Joined,
}

impl Form {
    /// The word in reports.
    pub(super) fn name(self) -> &'static str {
        match self {
            Form::Base64 => "base64",
            Form::Hex => "hex",
            Form::Percent => "percent",
            Form::Escapes => "escapes",
            Form::Entities => "entities",
            Form::QuotedPrintable => "quoted-printable",
            Form::Joined => "joined literals",
        }
    }

    /// Decodes `pieces` of `text`, one behind the other. False where a byte does not belong to the form.
    pub(super) fn decode(self, text: &[u8], pieces: &[Span], emit: Emit<'_>) -> bool {
        let bytes = pieces.iter().flat_map(|piece| {
            let from = piece.start;
            (from..).zip(piece.of(text).iter().copied())
        });
        match self {
            Form::Base64 => base64(bytes, emit),
            Form::Hex => hex(bytes, emit),
            _ => {
                for piece in pieces {
                    super::escape::decode(self, text, *piece, emit);
                }
                true
            }
        }
    }

    /// The decoded bytes.
    pub(super) fn bytes(self, text: &[u8], pieces: &[Span]) -> Option<Vec<u8>> {
        let len: usize = pieces.iter().map(|piece| piece.len()).sum();
        let mut out = Vec::with_capacity(len);
        self.decode(text, pieces, &mut |byte, _| out.push(byte))
            .then_some(out)
    }

    /// Where the decoded spans `wanted` stand encoded; decodes once more, so that nothing has to be kept for the many texts without a finding.
    pub(super) fn locate(self, text: &[u8], pieces: &[Span], wanted: &[Span]) -> Vec<Span> {
        let mut order: Vec<(usize, usize, bool)> = Vec::with_capacity(wanted.len() * 2);
        for (slot, span) in wanted.iter().enumerate() {
            order.push((span.start, slot, false));
            order.push((span.end.saturating_sub(1).max(span.start), slot, true));
        }
        order.sort_unstable();
        let whole = match (pieces.first(), pieces.last()) {
            (Some(first), Some(last)) => Span::new(first.start, last.end),
            _ => Span::new(0, 0),
        };
        let mut found = vec![whole; wanted.len()];
        let mut order = order.into_iter().peekable();
        let mut at = 0;
        self.decode(text, pieces, &mut |_, span| {
            while let Some((_, slot, is_end)) = order.next_if(|(offset, _, _)| *offset <= at) {
                if is_end {
                    found[slot].end = span.end;
                } else {
                    found[slot].start = span.start;
                }
            }
            at += 1;
        });
        found
    }
}

fn base64(bytes: impl Iterator<Item = (usize, u8)>, emit: Emit<'_>) -> bool {
    let mut bits = 0u32;
    let mut count = 0;
    let mut digits = 0usize;
    let mut before = 0;
    for (at, byte) in bytes {
        // Padding ends it.
        if byte == b'=' {
            break;
        }
        let Some(digit) = base64_digit(byte) else {
            return false;
        };
        bits = bits << 6 | digit;
        count += 6;
        digits += 1;
        if count >= 8 {
            count -= 8;
            emit((bits >> count) as u8, Span::new(before, at + 1));
        }
        before = at;
    }
    digits % 4 != 1
}

fn hex(bytes: impl Iterator<Item = (usize, u8)>, emit: Emit<'_>) -> bool {
    let mut high: Option<(usize, u32)> = None;
    for (at, byte) in bytes {
        let Some(digit) = char::from(byte).to_digit(16) else {
            return false;
        };
        match high.take() {
            Some((start, high)) => emit((high << 4 | digit) as u8, Span::new(start, at + 1)),
            None => high = Some((at, digit)),
        }
    }
    high.is_none()
}
