//! Edits that mend what was found: a literal secret becomes a reference to an environment variable in the idiom of the file's language, a request
//! over plain HTTP goes over HTTPS, a flag that switches verification off goes away.
//!
//! Pure: text in, edits out. An edit never holds the secret, and where no idiom is known for sure there is none.

mod environment;
mod language;
mod literal;
mod request;

pub use language::Language;

use crate::finding::{Edit, Fix};
use crate::rule::{Confidence, RuleSpec};
use crate::text::{LineIndex, Span};

/// Something that was found, in its file.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The file's text.
    pub text: &'a [u8],
    /// Its lines.
    pub lines: &'a LineIndex,
    /// Its path.
    pub path: &'a [u8],
    /// The secret, or the place of a lint.
    pub span: Span,
    /// The rule that found it.
    pub rule: &'a RuleSpec,
    /// How sure it is.
    pub confidence: Confidence,
}

/// A repair before its places are known as lines and columns.
struct Repair {
    what: String,
    edits: Vec<(Span, String)>,
    beside: Option<(String, String)>,
}

impl Repair {
    fn new(what: impl Into<String>, edits: Vec<(Span, String)>) -> Self {
        Repair {
            what: what.into(),
            edits,
            beside: None,
        }
    }
}

/// How to mend it; `None` where that takes a person.
pub fn propose(place: Place<'_>) -> Option<Fix> {
    let repair = if place.rule.lint {
        request::repair(&place)?
    } else if place.confidence > Confidence::Low {
        environment::repair(&place)?
    } else {
        return None;
    };
    let mut edits: Vec<Edit> = repair
        .edits
        .into_iter()
        .map(|(span, text)| Edit {
            span,
            location: place.lines.locate(place.text, span),
            text,
        })
        .collect();
    edits.sort_by_key(|edit| edit.span);
    Some(Fix {
        what: repair.what,
        edits,
        beside: repair.beside,
    })
}

/// `text` with all `edits` made; of two that overlap the first counts, and equal ones count once.
pub fn apply(text: &[u8], edits: &[&Edit]) -> Vec<u8> {
    let mut sorted = edits.to_vec();
    sorted.sort_by_key(|edit| edit.span);
    sorted.dedup();
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    for edit in sorted {
        if edit.span.start < at {
            continue;
        }
        out.extend_from_slice(&text[at..edit.span.start]);
        out.extend_from_slice(edit.text.as_bytes());
        at = edit.span.end;
    }
    out.extend_from_slice(&text[at..]);
    out
}

/// Whether `new` parses no worse than `old`, as far as brackets and quotes tell.
pub fn parses_as_well(old: &[u8], new: &[u8]) -> bool {
    let balance = |text: &[u8], open: u8, close: u8| {
        let count = |byte: u8| memchr::memchr_iter(byte, text).count() as isize;
        count(open) - count(close)
    };
    let brackets = [(b'(', b')'), (b'[', b']'), (b'{', b'}')];
    let odd = |text: &[u8], quote: u8| memchr::memchr_iter(quote, text).count() % 2;
    brackets
        .iter()
        .all(|(open, close)| balance(old, *open, *close) == balance(new, *open, *close))
        && b"\"'`"
            .iter()
            .all(|quote| odd(old, *quote) == odd(new, *quote))
        && std::str::from_utf8(old).is_ok() == std::str::from_utf8(new).is_ok()
}
