//! What must stand in the text for a pattern to match at all, told from its syntax. Most keywords stand where no token is; a look at a few bytes says so
//! long before the pattern would, and a pattern that is never tried is never compiled.

use regex_syntax::hir::{Class, Hir, HirKind, Literal};
use std::borrow::Cow;

/// Bytes at the head of a pattern that are looked at one by one.
const HEAD: usize = 24;
/// Shortest run that is worth an entry in the index of a blob's runs: in source code one stands every few lines.
pub(crate) const LEAST_RUN: usize = 16;
/// Literals that a pattern may begin with, before it counts as one that can begin with anything.
const LITERALS: usize = 500;

/// A set of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ByteSet([u64; 4]);

impl ByteSet {
    /// The set of one byte.
    pub(super) fn of(byte: u8) -> Self {
        let mut set = ByteSet::default();
        set.insert(byte);
        set
    }

    /// Whether it holds `byte`.
    #[inline]
    pub(super) fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1
    }

    /// How many bytes at the head of `text` are of it.
    #[inline]
    pub(super) fn count(&self, text: &[u8]) -> usize {
        let other = text.iter().position(|byte| !self.contains(*byte));
        other.unwrap_or(text.len())
    }

    /// How many bytes it holds.
    pub(super) fn len(self) -> usize {
        self.0.iter().map(|part| part.count_ones() as usize).sum()
    }

    /// Whether there is a byte that both hold.
    pub(super) fn meets(&self, other: ByteSet) -> bool {
        self.0
            .iter()
            .zip(other.0)
            .any(|(mine, others)| mine & others != 0)
    }

    pub(super) fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    pub(super) fn merge(&mut self, other: ByteSet) {
        for (mine, others) in self.0.iter_mut().zip(other.0) {
            *mine |= others;
        }
    }
}

/// The kinds of runs that a token can need, the more selective first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunOf {
    /// Hex digits.
    Hex,
    /// ASCII letters and digits.
    Alnum,
    /// Anything that is written without blanks, quotes, brackets and dots.
    Any,
}

impl RunOf {
    /// All kinds, in the order of their selectivity; the position of one is its number.
    pub const ALL: [RunOf; 3] = [RunOf::Hex, RunOf::Alnum, RunOf::Any];

    /// Whether a byte can be part of such a run.
    pub const fn holds(self, byte: u8) -> bool {
        match self {
            RunOf::Hex => byte.is_ascii_hexdigit(),
            RunOf::Alnum => byte.is_ascii_alphanumeric(),
            RunOf::Any => {
                byte.is_ascii_alphanumeric()
                    || matches!(
                        byte,
                        b'_' | b'-'
                            | b'+'
                            | b'/'
                            | b'='
                            | b':'
                            | b'%'
                            | b'~'
                            | b'!'
                            | b'@'
                            | b'?'
                            | b'|'
                            | b','
                            | b'*'
                    )
            }
        }
    }
}

/// What a pattern needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gate {
    /// Whether every place of it begins with a keyword of its rule: then it only has to be tried at the keyword.
    pub leads: bool,
    /// Whether the secret is all that it matches, rather than a group of it.
    pub whole: bool,
    /// What its first bytes may be, one after the other, as far as that can be said.
    head: Vec<ByteSet>,
    /// A run that every place of it contains, and its least length.
    pub run: Option<(RunOf, usize)>,
}

impl Gate {
    /// What `text`, the pattern of a rule with these keywords, needs. Nothing where it does not parse.
    pub fn of(text: &str, keywords: &[Cow<'static, str>]) -> Self {
        let Some(hir) = syntax(text) else {
            return Gate::default();
        };
        let mut head = Vec::new();
        head_of(&hir, &mut head);
        Gate {
            leads: begins_with_keyword(&hir, keywords),
            whole: !text.contains("<secret>"),
            head,
            run: run_of(&hir),
        }
    }

    /// Whether the pattern can match at the start of `text`, seen from its first bytes.
    pub fn head_fits(&self, text: &[u8]) -> bool {
        text.len() >= self.head.len()
            && self
                .head
                .iter()
                .zip(text)
                .all(|(set, byte)| set.contains(*byte))
    }
}

/// The syntax tree of a pattern as rules write them: bytes, ASCII classes.
pub(super) fn syntax(text: &str) -> Option<Hir> {
    let mut parser = regex_syntax::ParserBuilder::new();
    parser.unicode(false).utf8(false);
    parser.build().parse(text).ok()
}

/// Appends what the first bytes may be; whether what follows `hir` begins right behind them.
fn head_of(hir: &Hir, head: &mut Vec<ByteSet>) -> bool {
    if head.len() >= HEAD {
        return false;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(Literal(bytes)) => {
            for byte in bytes {
                head.push(ByteSet::of(*byte));
            }
            true
        }
        HirKind::Class(class) => {
            let Some(set) = set_of(class) else {
                return false;
            };
            head.push(set);
            true
        }
        HirKind::Capture(capture) => head_of(&capture.sub, head),
        HirKind::Concat(parts) => parts.iter().all(|part| head_of(part, head)),
        HirKind::Repetition(repetition) => {
            let times = (repetition.min as usize).min(HEAD);
            (0..times).all(|_| head_of(&repetition.sub, head))
                && repetition.max == Some(repetition.min)
        }
        HirKind::Alternation(branches) => {
            let heads: Vec<(Vec<ByteSet>, bool)> = branches
                .iter()
                .map(|branch| {
                    let mut own = Vec::new();
                    let whole = head_of(branch, &mut own);
                    (own, whole)
                })
                .collect();
            let least = heads.iter().map(|(own, _)| own.len()).min().unwrap_or(0);
            let even = heads
                .iter()
                .all(|(own, whole)| *whole && own.len() == least);
            for at in 0..least {
                let mut set = ByteSet::default();
                heads.iter().for_each(|(own, _)| set.merge(own[at]));
                head.push(set);
            }
            even
        }
    }
}

/// The bytes of a class; `None` where it holds characters of more than one byte.
pub(super) fn set_of(class: &Class) -> Option<ByteSet> {
    let mut set = ByteSet::default();
    match class {
        Class::Bytes(class) => {
            for range in class.ranges() {
                (range.start()..=range.end()).for_each(|byte| set.insert(byte));
            }
        }
        Class::Unicode(class) => {
            for range in class.ranges() {
                let (start, end) = (
                    u8::try_from(range.start()).ok()?,
                    u8::try_from(range.end()).ok()?,
                );
                if end > 127 {
                    return None;
                }
                (start..=end).for_each(|byte| set.insert(byte));
            }
        }
    }
    Some(set)
}

/// The most selective run that every match contains. Shorter ones than the index of runs holds say nothing.
fn run_of(hir: &Hir) -> Option<(RunOf, usize)> {
    RunOf::ALL.into_iter().find_map(|kind| {
        let (mut longest, mut current) = (0, 0);
        runs(hir, kind, &mut longest, &mut current);
        let longest = longest.max(current);
        (longest >= LEAST_RUN).then_some((kind, longest))
    })
}

/// Walks what must be there, in order: `current` is the length of the run that ends here, `longest` that of the longest one before.
fn runs(hir: &Hir, kind: RunOf, longest: &mut usize, current: &mut usize) {
    let least = hir.properties().minimum_len().unwrap_or(0);
    if within(hir, kind) {
        *current += least;
        return;
    }
    match hir.kind() {
        HirKind::Capture(capture) => runs(&capture.sub, kind, longest, current),
        HirKind::Concat(parts) => parts
            .iter()
            .for_each(|part| runs(part, kind, longest, current)),
        HirKind::Literal(Literal(bytes)) => {
            for byte in bytes {
                if kind.holds(*byte) {
                    *current += 1;
                } else {
                    *longest = (*longest).max(*current);
                    *current = 0;
                }
            }
        }
        // May hold other bytes, or come in several shapes: the run ends before it.
        _ => {
            *longest = (*longest).max(*current);
            *current = 0;
        }
    }
}

/// Whether everything that `hir` matches consists of bytes of such a run.
fn within(hir: &Hir, kind: RunOf) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(Literal(bytes)) => bytes.iter().all(|byte| kind.holds(*byte)),
        HirKind::Class(class) => set_of(class).is_some_and(|set| {
            (0..=u8::MAX)
                .filter(|byte| set.contains(*byte))
                .all(|byte| kind.holds(byte))
        }),
        HirKind::Repetition(repetition) => within(&repetition.sub, kind),
        HirKind::Capture(capture) => within(&capture.sub, kind),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().all(|part| within(part, kind))
        }
    }
}

/// Whether every literal that a match can begin with begins with a keyword, and nothing looks at what stands before.
fn begins_with_keyword(hir: &Hir, keywords: &[Cow<'static, str>]) -> bool {
    if !hir.properties().look_set_prefix().is_empty() {
        return false;
    }
    let mut extractor = regex_syntax::hir::literal::Extractor::new();
    let prefixes = extractor.limit_total(LITERALS).extract(&folded(hir));
    prefixes.literals().is_some_and(|literals| {
        !literals.is_empty()
            && literals.iter().all(|literal| {
                keywords.iter().any(|word| {
                    literal
                        .as_bytes()
                        .get(..word.len())
                        .is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes()))
                })
            })
    })
}

/// The same with every class of the two cases of one letter turned into the small letter: keywords are compared without case, and a word in which every
/// letter may be either has more spellings than anybody would list.
fn folded(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Class(class) => {
            let letters: Option<Vec<u8>> =
                set_of(class).map(|set| (0..=u8::MAX).filter(|byte| set.contains(*byte)).collect());
            match letters.as_deref() {
                Some([upper, lower])
                    if upper.is_ascii_uppercase() && upper.to_ascii_lowercase() == *lower =>
                {
                    Hir::literal([*lower])
                }
                _ => hir.clone(),
            }
        }
        HirKind::Capture(capture) => folded(&capture.sub),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(folded).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(folded).collect()),
        HirKind::Repetition(repetition) => {
            let mut repetition = repetition.clone();
            *repetition.sub = folded(&repetition.sub);
            Hir::repetition(repetition)
        }
        HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) => hir.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(text: &str, keywords: &[&'static str]) -> Gate {
        let keywords: Vec<Cow<'static, str>> =
            keywords.iter().map(|word| Cow::Borrowed(*word)).collect();
        Gate::of(text, &keywords)
    }

    #[test]
    fn the_head_follows_the_pattern_byte_by_byte() {
        let gate = gate(r"(?:pat|sat)[A-Z]{3}-[0-9]{2,5}x", &["pat", "sat"]);
        assert!(gate.leads);
        assert!(gate.head_fits(b"patABC-12"));
        assert!(gate.head_fits(b"satXYZ-99999x"));
        assert!(!gate.head_fits(b"patABC-1"));
        assert!(!gate.head_fits(b"patAbC-12"));
        assert!(!gate.head_fits(b"ratABC-12"));
    }

    #[test]
    fn branches_of_different_length_end_what_can_be_said() {
        let gate = gate(r"key(?:_a|-bcd)[0-9]{9}", &["key"]);
        assert!(gate.head_fits(b"key_a") && gate.head_fits(b"key-b"));
        assert!(!gate.head_fits(b"keyx1"));
    }

    #[test]
    fn a_word_in_any_case_leads() {
        let keywords = ["secretkey", "secret_key", "keypair"];
        assert!(gate(r"(?i:secret_?key|keypair)[^\n]{0,9}x", &keywords).leads);
        assert!(!gate(r"(?i:secret_?key|keypair|solana)[^\n]{0,9}x", &keywords).leads);
        assert!(!gate(r"\bkeypair=x", &keywords).leads);
    }

    #[test]
    fn the_run_is_the_longest_of_the_most_selective_kind() {
        let of = |text: &str| gate(text, &[]).run;
        assert_eq!(of("[0-9a-f]{40}"), Some((RunOf::Hex, 40)));
        assert_eq!(
            of("(?s)ghost.{0,300}?[^a-z](?P<secret>[0-9a-f]{24}:[0-9a-f]{64})"),
            Some((RunOf::Hex, 64))
        );
        assert_eq!(of("[A-Za-z0-9+/]{40}"), Some((RunOf::Any, 40)));
        assert_eq!(of("sk-[A-Za-z0-9]{20,}"), Some((RunOf::Alnum, 20)));
        assert_eq!(
            of("[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"),
            Some((RunOf::Any, 36))
        );
        // Every branch has its own shape, and the second is short.
        assert_eq!(of("(?:[0-9a-f]{40}|[a-z .]{20})"), None);
        assert_eq!(of("[^\"]{40}"), None);
    }
}
