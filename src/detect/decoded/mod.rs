//! Secrets that stand in a blob in another form. What decodes to text is looked at as text; the finding points at the bytes that encode the secret and
//! says how it is encoded.
//!
//! Nothing is decoded without bound: layers, decoded bytes and expansion are limited, and a limit that was reached is noted as [`Unread`].

mod area;
mod block;
mod escape;
mod form;
mod kubernetes;
mod unpack;

pub(super) use area::LINES;

use super::engine::Carried;
use super::label::label_of;
use super::region::{CAP, New, lines_around};
use super::{Detector, Scratch};
use crate::finding::{Encoded, RawFinding};
use crate::rule::LABEL_LINES;
use crate::text::{Secret, Span};
use form::Form;
use unpack::{Unpacked, is_packed, unpack};

/// Shortest run that is tried.
pub(super) const MIN_ENCODED: usize = 20;
/// Layers of encoding that are taken off.
pub(super) const MAX_DEPTH: usize = 5;
/// Decoded bytes that are looked at for every byte of a blob, and what is free.
const BUDGET: (usize, usize) = (16, 64 << 20);

/// Encoded text that was not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// The encoded form.
    pub span: Span,
    /// Which limit was reached, in words.
    pub why: &'static str,
}

/// Something decoded.
struct Inner {
    /// What is looked at.
    text: Vec<u8>,
    /// Where the decoded text stands in it: around it can stand the name.
    decoded: Span,
    form: Form,
    /// What it was decoded from, in order.
    pieces: Vec<Span>,
    /// What had to be taken off behind the form.
    packing: Option<Unpacked>,
}

impl Detector {
    /// Looks into a run of characters of base64 that ends before its padding, and into the block of lines that it is part of.
    pub(super) fn look_inside(&self, text: &[u8], run: Span, scratch: &mut Scratch) {
        if run.len() < MIN_ENCODED {
            return;
        }
        let run = block::with_padding(text, run);
        self.look_into(text, &[run], scratch);
        if run.end <= scratch.blocks_until {
            return;
        }
        let pieces = block::block_around(text, run);
        if let Some(last) = pieces.last() {
            scratch.blocks_until = last.end;
            self.look_into(text, &pieces, scratch);
        }
    }

    /// Looks at what `pieces` together decode to.
    fn look_into(&self, text: &[u8], pieces: &[Span], scratch: &mut Scratch) {
        let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else {
            return;
        };
        let run = Span::new(first.start, last.end);
        let Some(mut inner) = open(text, pieces, run, scratch) else {
            return;
        };
        if !scratch.may_decode(inner.text.len(), run) {
            return;
        }
        // The name before the encoded form is the name of what is inside, as in Kubernetes' secrets.
        inner.name_it(&label_of(text, *first).text(text));
        let extent = lines_around(text, run, LABEL_LINES as usize, CAP / 2);
        let claims = self.inner_claims(text, &inner, false, scratch).into_iter();
        scratch.note_decoded(claims.map(|(claim, _)| RawFinding { extent, ..claim }));
    }

    /// The claims on what was decoded, at the places where it stands encoded, and where their secrets stand in the decoded text; their extents are still those
    /// of that. `same_evidence`: what is decoded is a piece of the text around it, and gives no evidence of its own.
    fn inner_claims(
        &self,
        text: &[u8],
        inner: &Inner,
        same_evidence: bool,
        scratch: &mut Scratch,
    ) -> Vec<(RawFinding, Span)> {
        let mut nested = scratch.nested(same_evidence);
        let whole = [Span::new(0, inner.text.len())];
        // One place of each kind is enough, and there can be many of both places and encoded texts.
        let carried = Carried {
            evidence: scratch.kinds.clone(),
            far: Some(Vec::new()),
            hits: None,
        };
        let detection = self.detect_in(&inner.text, &whole, New::All, carried, &mut nested);
        scratch.absorb(nested, &inner.pieces);
        let mut claims = detection.raw;
        claims.retain(|claim| {
            let start = claim.span.start;
            inner.decoded.start <= start && start < inner.decoded.end
        });
        if claims.is_empty() {
            return Vec::new();
        }
        let places = inner.places(text, claims.iter().map(|claim| claim.span));
        let placed = claims.into_iter().zip(places);
        placed
            .map(|(claim, place)| {
                let secret = claim.span;
                let claim = RawFinding {
                    span: place,
                    encoded: Some(Box::new(inner.encoded(&claim))),
                    ..claim
                };
                (claim, secret)
            })
            .collect()
    }
}

impl Inner {
    fn new(text: Vec<u8>, form: Form, pieces: Vec<Span>, packing: Option<Unpacked>) -> Self {
        Inner {
            decoded: Span::new(0, text.len()),
            text,
            form,
            pieces,
            packing,
        }
    }

    /// Where spans of the decoded text stand encoded.
    fn places(&self, text: &[u8], spans: impl Iterator<Item = Span>) -> Vec<Span> {
        let decoded = self.decoded;
        let wanted: Vec<Span> = spans
            .map(|span| {
                let end = span.end.min(decoded.end);
                let start = span.start.max(decoded.start);
                let span = Span::new(start - decoded.start, end.max(start) - decoded.start);
                match &self.packing {
                    Some(packing) => packing.locate(decoded.of(&self.text), span),
                    None => span,
                }
            })
            .collect();
        self.form.locate(text, &self.pieces, &wanted)
    }

    /// How the secret of a claim on the decoded text is encoded outside of that.
    fn encoded(&self, claim: &RawFinding) -> Encoded {
        let mut layers = self.form.name().to_owned();
        if let Some(packing) = &self.packing {
            layers.push_str(", ");
            layers.push_str(packing.name());
        }
        let value = match &claim.encoded {
            Some(deeper) => {
                layers.push_str(", ");
                layers.push_str(&deeper.layers);
                deeper.value.clone()
            }
            None => Secret::new(claim.span.of(&self.text)),
        };
        Encoded { layers, value }
    }

    /// Writes the text as the value of a name.
    fn name_it(&mut self, label: &[u8]) {
        if label.is_empty() {
            return;
        }
        let mut named: Vec<u8> = label.to_vec();
        for byte in &mut named {
            if *byte == b' ' {
                *byte = b'.';
            }
        }
        named.extend_from_slice(b" = \"");
        let from = named.len();
        named.append(&mut self.text);
        self.decoded = Span::new(from, named.len());
        named.push(b'"');
        self.text = named;
    }
}

impl Scratch {
    /// Buffers for what was decoded.
    fn nested(&mut self, same_evidence: bool) -> Scratch {
        Scratch {
            depth: self.depth + 1,
            same_evidence,
            decoded: self.decoded,
            budget: self.budget,
            ..Scratch::default()
        }
    }

    /// Takes over what the nested look cost and could not read.
    fn absorb(&mut self, nested: Scratch, pieces: &[Span]) {
        self.decoded = nested.decoded;
        if let ([first, ..], [.., last]) = (pieces, pieces) {
            let span = Span::new(first.start, last.end);
            for item in nested.unread {
                self.not_read(span, item.why);
            }
        }
    }

    /// Where literals are joined behind the keywords that were found.
    fn joins(&mut self, text: &[u8]) -> Vec<(Form, usize)> {
        let mut ends: Vec<usize> = self.hits.iter().map(|hit| hit.end).collect();
        ends.sort_unstable();
        escape::joins(text, ends.into_iter())
    }

    /// Whether so many bytes may still be decoded.
    fn may_decode(&mut self, len: usize, run: Span) -> bool {
        self.decoded = self.decoded.saturating_add(len);
        let fits = self.decoded <= self.budget;
        if !fits {
            self.not_read(run, "more encoded text than is looked at in one file");
        }
        fits
    }

    /// Notes a limit that was reached.
    fn not_read(&mut self, span: Span, why: &'static str) {
        let item = Unread { span, why };
        if !self.unread.iter().any(|other| other.why == why) {
            self.unread.push(item);
        }
    }

    /// Sets what may be decoded in a blob of that length.
    pub(super) fn begin_decoding(&mut self, len: usize) {
        self.blocks_until = 0;
        if self.depth == 0 {
            self.decoded = 0;
            self.budget = len.saturating_mul(BUDGET.0).saturating_add(BUDGET.1);
        }
    }

    fn note_decoded(&mut self, claims: impl Iterator<Item = RawFinding>) {
        self.pending
            .extend(claims.map(|raw| super::engine::Claim { raw }));
    }
}

/// Decodes `pieces` if they are text in a form that looks like one: most runs are names and hashes, and their first characters tell.
fn open(text: &[u8], pieces: &[Span], run: Span, scratch: &mut Scratch) -> Option<Inner> {
    let first = pieces.first()?;
    let head = Span::new(first.start, first.end.min(first.start + HEAD));
    let digits = head.of(text).iter().all(u8::is_ascii_hexdigit);
    let forms = match digits {
        true => &[Form::Hex, Form::Base64][..],
        false => &[Form::Base64],
    };
    let mut sample: Vec<u8> = Vec::with_capacity(HEAD);
    // A part of a file can begin within a run: then nobody knows which character is the first of four.
    let shifts = if run.start == 0 && run.len() > 4 * MIN_ENCODED {
        4
    } else {
        1
    };
    for form in forms.iter().copied() {
        for shift in 0..shifts {
            let head = Span::new(head.start + shift, head.end + shift);
            sample.clear();
            if !form.decode(text, &[head], &mut |byte, _| sample.push(byte)) {
                continue;
            }
            let packed = is_packed(&sample);
            if !packed && !looks_like_text(&sample) {
                continue;
            }
            let mut shifted = pieces.to_vec();
            shifted[0].start += shift;
            if form == Form::Base64 && pieces.len() == 1 {
                trim_odd(text, &mut shifted[0]);
            }
            let Some(decoded) = form.bytes(text, &shifted) else {
                continue;
            };
            if scratch.depth >= MAX_DEPTH {
                if is_text(&decoded) {
                    scratch.not_read(run, "encoded too many times");
                }
                return None;
            }
            if packed {
                let (text, packing, cut) = unpack(&decoded)?;
                if cut {
                    scratch.not_read(run, "its compressed content is too large");
                }
                return Some(Inner::new(text, form, shifted, Some(packing)));
            }
            if is_text(&decoded) {
                return Some(Inner::new(decoded, form, shifted, None));
            }
        }
    }
    None
}

/// Characters of a run whose decoded form tells whether it is worth decoding.
const HEAD: usize = 12;

/// A run with one character too many: something that is no part of it stands at its end.
fn trim_odd(text: &[u8], run: &mut Span) {
    let padding = run.of(text).iter().rev().take_while(|byte| **byte == b'=');
    let padding = padding.count();
    if padding == 0 && run.len() % 4 == 1 {
        run.end -= 1;
    }
}

fn printable(bytes: &[u8]) -> usize {
    let fits = |byte: &&u8| matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t');
    bytes.iter().filter(fits).count()
}

/// Whether the first bytes look like text: ASCII but for one, or UTF-8 without control characters.
fn looks_like_text(head: &[u8]) -> bool {
    printable(head) + 1 >= head.len()
        || head
            .utf8_chunks()
            .next()
            .is_some_and(|chunk| chunk.valid().len() + 3 >= head.len() && chunk.valid().len() > 3)
            && !head.iter().any(u8::is_ascii_control)
}

/// Whether all of it is text, in UTF-8 or a code page: hardly a byte is a control character, and most are ASCII.
fn is_text(bytes: &[u8]) -> bool {
    let ascii = printable(bytes);
    !bytes.is_empty()
        && (ascii * 20 >= bytes.len() * 19
            || ascii * 2 >= bytes.len() && std::str::from_utf8(bytes).is_ok())
}

#[cfg(test)]
mod tests;
