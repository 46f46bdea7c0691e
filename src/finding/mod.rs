//! A finding: a rule's claim that a secret stands (or a guideline is broken) at a place. Made in one place, so that none lacks its rule,
//! fingerprint or masked excerpt.

mod story;

pub use story::{CommitRef, PlaceKind, ReportedStory, Story, StoryPlace};

use crate::blob::{BlobId, Origin};
use crate::rule::{Confidence, MostLevel, RuleId, Severity};
use crate::text::{LineIndex, Location, Name, Secret, Span};
use aho_corasick::AhoCorasick;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::BTreeSet;
use std::fmt;

/// What a finding means for the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Worth knowing; never counted.
    Note,
    /// Printed after the errors; never fails a hook or CI by default.
    Warning,
    /// Blocks.
    Error,
}

impl Level {
    /// The level of a confidence: low is a warning, everything better an error.
    pub fn of(confidence: Confidence) -> Self {
        match confidence {
            Confidence::Low => Level::Warning,
            _ => Level::Error,
        }
    }

    /// The level of a rule's finding: that of its confidence, but not above what the rule allows itself.
    pub fn of_rule(most: MostLevel, confidence: Confidence) -> Self {
        Level::of(confidence).min(match most {
            MostLevel::Note => Level::Note,
            MostLevel::Warning => Level::Warning,
            MostLevel::Error => Level::Error,
        })
    }

    /// The word in every output.
    pub fn word(self) -> &'static str {
        match self {
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

/// Recognises a finding again after its line moved: a keyed digest of value and path, never of rule, line, commit or version.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub [u8; 16]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// What the detector says of one place, before anybody decided which of several claims on the same bytes is the most specific.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RawFinding {
    /// The secret's bytes in the blob.
    pub span: Span,
    /// The rule.
    pub rule: RuleId,
    /// The bytes that the claim rests on: as long as these stay together and evidence stays the same, so does the claim.
    pub extent: Span,
    /// How sure, after checks and context.
    pub confidence: Confidence,
    /// How the secret is encoded at `span`; `None` where it stands there as it is.
    pub encoded: Option<Box<Encoded>>,
}

/// A secret that stands in the blob in another form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Encoded {
    /// The layers, outermost first, as people say it: `base64`, `percent`, `base64, gzip`.
    pub layers: String,
    /// The decoded value.
    pub value: Secret,
}

/// A finding as it is judged and reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: RuleId,
    /// The value; empty where the finding is about a place.
    pub secret: Secret,
    /// Where the blob comes from.
    pub origin: Origin,
    /// The git object that holds it, where there is one.
    pub object: Option<BlobId>,
    /// The secret's bytes in the blob.
    pub span: Span,
    /// The same in lines and columns.
    pub location: Location,
    /// What a leak would cost.
    pub severity: Severity,
    /// How sure we are.
    pub confidence: Confidence,
    /// What it means for the exit status.
    pub level: Level,
    /// Recognises it again.
    pub fingerprint: Fingerprint,
    /// Its line with every secret on it masked, not yet escaped for a terminal.
    pub excerpt: String,
    /// How it is encoded, where it is.
    pub encoding: Option<String>,
    /// How GitHub's code scanning recognises its line; only where the scan was asked for it.
    pub line_hash: Option<String>,
    /// Equal for equal values in every repository; only where there is a key for it.
    pub secret_id: Option<Fingerprint>,
    /// Where the finding is known from a report alone: what that says of it.
    pub reported: Option<Box<Reported>>,
    /// Rules that claim the same value, less specific than `rule`; and lints on it.
    pub notes: Vec<Note>,
    /// What it is where no path of the blob is one of its rule's, and in turn what that is; only for rules that are bound to paths, and blobs whose
    /// paths are not known yet.
    pub elsewhere: Option<Box<Finding>>,
    /// How to mend it; only where the scan was asked for it, and there is a way.
    pub fix: Option<Box<Fix>>,
}

/// What a report says of a finding whose value is not at hand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reported {
    /// The repository that was scanned; empty where the report names none.
    pub repository: String,
    /// The secret, redacted (or not, where the report shows secrets).
    pub secret: String,
}

/// A replacement of some bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// The bytes that go; none where something is only inserted.
    pub span: Span,
    /// The same in lines and columns.
    pub location: Location,
    /// What comes in their place. Never the secret.
    pub text: String,
}

/// How a finding is mended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fix {
    /// What it does, in words.
    pub what: String,
    /// The edits, in the order of the file.
    pub edits: Vec<Edit>,
    /// A file beside, and the line it should have.
    pub beside: Option<(String, String)>,
}

/// A further rule's word on the same value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// That rule.
    pub rule: RuleId,
}

/// The order of every output: by path, place, rule.
impl Ord for Finding {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.origin.path(), &self.origin, self.span, self.rule).cmp(&(
            other.origin.path(),
            &other.origin,
            other.span,
            other.rule,
        ))
    }
}

impl PartialOrd for Finding {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// How fingerprints are made.
#[derive(Clone, Default)]
pub struct Identity {
    key: Vec<u8>,
    /// The key by which equal values are recognised across repositories.
    across: Vec<u8>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.key.is_empty() {
            "Identity(no key)"
        } else {
            "Identity(keyed)"
        })
    }
}

/// A value of fewer bytes could be found again from an unkeyed digest by trying.
const STRONG: usize = 20;

impl Identity {
    /// With the project's key (from the baseline, or `INVOCA_SCAN_ID_KEY`); an empty key is no key.
    pub fn new(key: impl Into<Vec<u8>>) -> Self {
        Identity {
            key: key.into(),
            across: Vec::new(),
        }
    }

    /// The same, and equal values in other repositories that are scanned with this key get equal ids; an empty key is no key.
    #[must_use]
    pub fn across(self, key: impl Into<Vec<u8>>) -> Self {
        Identity {
            across: key.into(),
            ..self
        }
    }

    /// The id of a value across repositories; `None` without a key for it, and for a finding without a value.
    pub fn secret_id(&self, secret: &Secret) -> Option<Fingerprint> {
        if self.across.is_empty() || secret.is_empty() {
            return None;
        }
        let identity = Identity::new(self.across.clone());
        Some(identity.digest(secret, "", b"\0across"))
    }

    /// HMAC-SHA-256 of value and path, cut to 128 bits. Without a key a weak value contributes its masked line instead, so that nobody can
    /// guess the value from the fingerprint; and so does a finding without a value always.
    pub fn fingerprint(
        &self,
        secret: &Secret,
        path: Option<&Name>,
        masked_line: &str,
    ) -> Fingerprint {
        self.digest(secret, masked_line, path.map_or(&b""[..], Name::as_bytes))
    }

    /// The same for the value alone, wherever it stands.
    pub fn value(&self, finding: &Finding) -> Fingerprint {
        // No path begins with a zero byte.
        self.digest(&finding.secret, &finding.excerpt, b"\0value")
    }

    fn digest(&self, secret: &Secret, masked_line: &str, context: &[u8]) -> Fingerprint {
        let value = secret.expose();
        let weak = value.len() < STRONG || value.iter().all(u8::is_ascii_digit);
        let identity: &[u8] = if value.is_empty() || (self.key.is_empty() && weak) {
            masked_line.trim().as_bytes()
        } else {
            value
        };
        let key: &[u8] = if self.key.is_empty() {
            b"invoca-scan fingerprint v1"
        } else {
            &self.key
        };
        // HMAC takes keys of any length; the error type exists for other MACs.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
            return Fingerprint([0; 16]);
        };
        mac.update(&(identity.len() as u64).to_le_bytes());
        mac.update(identity);
        mac.update(context);
        let mut cut = [0; 16];
        cut.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        Fingerprint(cut)
    }
}

/// Characters of a line shown to either side of a secret.
const EXCERPT: usize = 100;

/// What must not be shown of a blob, ready to be asked for a piece of it.
#[derive(Default)]
pub struct Masked {
    /// In order.
    spans: Vec<Span>,
    /// How far each and all before it reach.
    reach: Vec<usize>,
    /// Finds their texts elsewhere: within a longer word, where no rule takes them for secrets.
    texts: Option<AhoCorasick>,
}

// The automaton would print the texts that it looks for.
impl fmt::Debug for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Masked")
            .field("spans", &self.spans)
            .finish_non_exhaustive()
    }
}

/// Shortest text that is looked for elsewhere; shorter ones stand in words by chance.
const SHORTEST_TEXT: usize = 8;
/// Longest one: what is longer does not fit into an excerpt.
const LONGEST_TEXT: usize = 2 * EXCERPT + 512;
/// Most different texts of one blob that are looked for in all its excerpts; of more, each is looked for in those of its own line.
const MOST_TEXTS: usize = 2_000;

impl Masked {
    /// These spans of `bytes`, in any order, and wherever they stand as they are, the values that are encoded in some.
    pub fn new(bytes: &[u8], mut spans: Vec<Span>, encoded: &[Secret]) -> Self {
        spans.sort_unstable();
        spans.dedup();
        let texts = spans.iter().map(|span| span.of(bytes));
        let texts: BTreeSet<&[u8]> = texts.chain(encoded.iter().map(Secret::expose)).collect();
        let texts = texts.into_iter().filter(|text| is_searched(text));
        let texts: Vec<&[u8]> = texts.take(MOST_TEXTS + 1).collect();
        let few = !texts.is_empty() && texts.len() <= MOST_TEXTS;
        let mut far = 0;
        let reach = spans.iter().map(|span| {
            far = span.end.max(far);
            far
        });
        Masked {
            reach: reach.collect(),
            // Only too many texts could fail.
            texts: few.then(|| AhoCorasick::new(&texts).ok()).flatten(),
            spans,
        }
    }

    /// Those that have bytes in `piece`, and every other place in it that shows the text of one; in order.
    fn shown(&self, bytes: &[u8], piece: Span) -> Vec<Span> {
        let mut shown: Vec<Span> = self.within(piece).collect();
        let place =
            |start: usize, len: usize| Span::new(piece.start + start, piece.start + start + len);
        match &self.texts {
            Some(texts) => {
                let found = texts.find_overlapping_iter(piece.of(bytes));
                shown.extend(found.map(|found| place(found.start(), found.len())));
            }
            None => {
                let near: BTreeSet<&[u8]> = shown.iter().map(|span| span.of(bytes)).collect();
                for text in near.into_iter().filter(|text| is_searched(text)) {
                    let found = memchr::memmem::find_iter(piece.of(bytes), text);
                    shown.extend(found.map(|start| place(start, text.len())));
                }
            }
        }
        shown.sort_unstable();
        shown.dedup();
        shown
    }

    /// Those that have bytes in `piece`, in order.
    fn within(&self, piece: Span) -> impl Iterator<Item = Span> {
        let from = self.reach.partition_point(|reach| *reach <= piece.start);
        let to = self.spans.partition_point(|span| span.start < piece.end);
        let some = self.spans.get(from..to).unwrap_or_default().iter().copied();
        some.filter(move |span| span.end > piece.start)
    }
}

fn is_searched(text: &[u8]) -> bool {
    (SHORTEST_TEXT..=LONGEST_TEXT).contains(&text.len()) && !text.contains(&b'\n')
}

/// The first line of `span` with all that is `masked` on it replaced by its redacted form, cut around the secret when it is long.
pub fn excerpt(bytes: &[u8], lines: &LineIndex, span: Span, masked: &Masked) -> String {
    let line = lines.line_span(bytes, lines.line_of(span.start));
    let start = line.start.max(span.start.saturating_sub(EXCERPT));
    let end = line
        .end
        .min(span.end.saturating_add(EXCERPT))
        .max(span.start);
    let mut out = String::new();
    if start > line.start {
        out.push('…');
    }
    let mut at = start;
    for other in masked.shown(bytes, Span::new(start, end)) {
        if other.end <= at {
            continue;
        }
        out.push_str(&String::from_utf8_lossy(
            Span::new(at, other.start.max(at)).of(bytes),
        ));
        if other.start >= at {
            out.push_str(&Secret::new(other.of(bytes)).redacted());
        }
        at = other.end;
    }
    if at < end {
        out.push_str(&String::from_utf8_lossy(Span::new(at, end).of(bytes)));
    }
    if end < line.end && at < line.end {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_hides_the_text_of_a_secret_wherever_it_stands() {
        let secret = "k7Q".repeat(8);
        let text = format!("a = \"{secret}\"\nthe{secret}tail, {secret} and {secret}\n");
        let bytes = text.as_bytes();
        let lines = LineIndex::new(bytes);
        let span = Span::new(5, 5 + secret.len());
        let second = lines.line_span(bytes, 2).start;
        let masked = Masked::new(bytes, vec![span], &[]);
        for at in [span, Span::new(second, second)] {
            let shown = excerpt(bytes, &lines, at, &masked);
            assert!(!shown.contains(&secret), "{shown}");
            assert!(shown.contains("k7Qk********"), "{shown}");
        }
        let shown = excerpt(bytes, &lines, Span::new(second, second), &masked);
        assert_eq!(shown.matches("********").count(), 3, "{shown}");
    }

    #[test]
    fn an_excerpt_hides_what_is_encoded_elsewhere() {
        let secret = "k7Q".repeat(8);
        // Its halves on two lines, and all of it within a longer word.
        let text = format!("the{secret}tail = \"{0}\"\n  \"{0}\"\n", &secret[..12]);
        let bytes = text.as_bytes();
        let lines = LineIndex::new(bytes);
        let start = text.find('"').unwrap() + 1;
        let span = Span::new(start, text.len() - 2);
        let masked = Masked::new(bytes, vec![span], &[Secret::new(secret.as_bytes())]);
        let shown = excerpt(bytes, &lines, span, &masked);
        assert!(!shown.contains(&secret), "{shown}");
    }

    #[test]
    fn an_excerpt_shows_what_is_no_secret() {
        let text = "curl -k https://api.host.dev/things";
        let lines = LineIndex::new(text.as_bytes());
        let masked = Masked::new(text.as_bytes(), Vec::new(), &[]);
        let all = Span::new(0, text.len());
        assert_eq!(excerpt(text.as_bytes(), &lines, all, &masked), text);
    }

    #[test]
    fn of_very_many_secrets_each_is_hidden_on_its_own_line() {
        let mut text = String::new();
        let mut spans = Vec::new();
        for number in 0..MOST_TEXTS + 2 {
            let start = text.len();
            let secret = format!("secret{number:012}");
            spans.push(Span::new(start, start + secret.len()));
            text.push_str(&format!("{secret} x{secret}y\n"));
        }
        let bytes = text.as_bytes();
        let lines = LineIndex::new(bytes);
        let masked = Masked::new(bytes, spans.clone(), &[]);
        let shown = excerpt(bytes, &lines, spans[7], &masked);
        assert!(!shown.contains("secret000000000007"), "{shown}");
    }
}
