//! The live form of a rule: its text, and its patterns compiled when they are first needed.

use super::gate::{Gate, syntax};
use super::shape::{Shape, TooLong};
use super::spec::{Meta, RuleSpec};
use crate::text::Span;
use regex::bytes::{Regex, RegexBuilder};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::{Deref, Range};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

/// Upper bound of a compiled pattern, so that no rule can exhaust memory. The default of the regex crate.
const SIZE_LIMIT: usize = 10 << 20;
/// Memory that one pattern may use for its lazily built automaton, for each thread: hundreds of patterns may be in use at once, each on a few short windows.
const DFA_LIMIT: usize = 128 << 10;
/// Bytes that a pattern without an upper bound may reach to either side of its keyword, within its lines.
const OPEN_REACH: usize = 2048;

/// What follows a whole token. It belongs to the pattern, so that of several alternatives the one that fits is taken, not the first.
const TAIL: &str = "(?:$|[^A-Za-z0-9_-])";

/// How a pattern is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    /// Searched for in a text of any length.
    Search,
    /// Tried at one place, or on a few words.
    Try,
    /// The same, for the shape of a token: no byte of a token may follow.
    Whole,
}

/// A pattern, ready for its use.
#[derive(Debug)]
pub struct Pattern {
    text: Box<str>,
    used: Use,
    /// Its steps, where it is tried and simple enough.
    shape: Option<Shape>,
    /// The regex otherwise: bytes, ASCII classes; and the group that holds the secret, or the place of a lint (0: the whole).
    regex: OnceLock<Option<(Regex, usize)>>,
    /// How far from its keyword a place of it can begin or end, in bytes.
    pub reach: usize,
}

impl Pattern {
    /// Prepares `text`; nothing where it is refused.
    pub(super) fn new(text: &str, used: Use) -> Option<Self> {
        let hir = syntax(text)?;
        let shape = match used {
            Use::Search => None,
            Use::Try | Use::Whole => Shape::of(&hir, used == Use::Whole),
        };
        let longest = hir.properties().maximum_len();
        let pattern = Pattern {
            text: text.into(),
            used,
            shape,
            regex: OnceLock::new(),
            reach: longest.map_or(OPEN_REACH, |longest| longest.min(4 * OPEN_REACH)),
        };
        (pattern.shape.is_some() || pattern.regex().is_some()).then_some(pattern)
    }

    fn regex(&self) -> Option<&(Regex, usize)> {
        let compile = || {
            let regex = match self.used {
                Use::Whole => compile(&format!("(?:{}){TAIL}", self.text)),
                Use::Search | Use::Try => compile(&self.text),
            };
            let regex = regex.ok()?;
            let group = regex
                .capture_names()
                .position(|name| matches!(name, Some("secret" | "place")));
            Some((regex, group.unwrap_or(0)))
        };
        self.regex.get_or_init(compile).as_ref()
    }

    /// Whether there is a place of it in `text`.
    pub fn is_match(&self, text: &[u8]) -> bool {
        let whole = Span::new(0, text.len());
        match self
            .shape
            .as_ref()
            .map(|shape| shape.find(text, whole, 0, |at| at))
        {
            Some(Ok(found)) => found.is_some(),
            Some(Err(TooLong)) | None => {
                let regex = self.regex();
                regex.is_some_and(|(regex, _)| regex.is_match(text))
            }
        }
    }

    /// The leftmost place in `window` that begins at `from` or behind.
    pub fn find(&self, text: &[u8], window: Span, from: usize) -> Option<Place> {
        self.find_from(text, window, from, |at| at)
    }

    /// The same, for a secret that can begin only where `start` says: the next such place at the one it is given, or behind.
    pub fn find_from(
        &self,
        text: &[u8],
        window: Span,
        from: usize,
        start: impl Fn(usize) -> usize,
    ) -> Option<Place> {
        if let Some(shape) = &self.shape
            && let Ok(found) = shape.find(text, window, from, start)
        {
            let (whole, secret) = found?;
            return Some(Place {
                whole,
                secret: secret.unwrap_or(whole),
            });
        }
        self.search(text, window, from)
    }

    /// The same by the regex.
    fn search(&self, text: &[u8], window: Span, from: usize) -> Option<Place> {
        let (regex, group) = self.regex()?;
        let base = window.start;
        // The byte behind the window tells whether a token ends there.
        let tail = self.used == Use::Whole;
        let end = (window.end + usize::from(tail)).min(text.len());
        let area = text.get(base..end)?;
        let found = regex.find_at(area, from.checked_sub(base)?)?;
        let whole = match tail {
            true => found.start()..end_of_token(regex, area, found.start(), found.end()),
            false => found.range(),
        };
        let secret = match group {
            0 => whole.clone(),
            group => regex.captures_at(area, found.start())?.get(*group)?.range(),
        };
        let within = |range: Range<usize>| Span::new(base + range.start, base + range.end);
        Some(Place {
            whole: within(whole),
            secret: within(secret),
        })
    }
}

/// Compiles a pattern as rules write them.
fn compile(text: &str) -> Result<Regex, String> {
    RegexBuilder::new(text)
        .unicode(false)
        .size_limit(SIZE_LIMIT)
        .dfa_size_limit(DFA_LIMIT)
        .build()
        .map_err(|error| error.to_string())
}

/// Where the token ends whose shape, with what follows, was found from `start` to `end`.
fn end_of_token(regex: &Regex, area: &[u8], start: usize, end: usize) -> usize {
    match area[start..end].last() {
        // What follows is one byte that no token has; or nothing, at the end of the area.
        _ if end < area.len() => end - 1,
        Some(byte) if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') => end,
        _ => {
            let followed = [&area[start..], b"\n"].concat();
            let found = regex.find(&followed);
            found.map_or(end, |found| start + found.end() - 1)
        }
    }
}

/// Where a pattern was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// All of it.
    pub whole: Span,
    /// The secret, or the place of a lint.
    pub secret: Span,
}

/// A pattern that is compiled when it is first needed; nothing where the regex crate refuses it, which [`Rule::check_patterns`] has said before.
type Slot = OnceLock<Option<Pattern>>;

/// What is in use, by text and use.
type Known = BTreeMap<(Box<str>, Use), Weak<Slot>>;

/// The compiled form of a text, one for all rules that use it: a third of all patterns are shapes that tokens of several vendors have.
#[derive(Debug)]
pub(super) struct Shared(Arc<Slot>);

impl Shared {
    pub(super) fn new(text: &str, used: Use) -> Self {
        static KNOWN: Mutex<Known> = Mutex::new(Known::new());
        let slot = {
            let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(slot) = known.get(&(text.into(), used)).and_then(Weak::upgrade) {
                slot
            } else {
                if known.len().is_power_of_two() {
                    known.retain(|_, slot| slot.strong_count() > 0);
                }
                let slot = Arc::new(Slot::new());
                known.insert((text.into(), used), Arc::downgrade(&slot));
                slot
            }
        };
        // Not under the lock: the other threads have their own to compile.
        slot.get_or_init(|| match text {
            "" => None,
            _ => Pattern::new(text, used),
        });
        Shared(slot)
    }

    pub(super) fn get(&self) -> Option<&Pattern> {
        self.0.get()?.as_ref()
    }
}

/// The text of a rule: built-in rules are read from their stored form when somebody first looks.
#[derive(Debug)]
pub struct Spec {
    stored: &'static str,
    read: OnceLock<Box<RuleSpec>>,
}

impl Deref for Spec {
    type Target = RuleSpec;

    fn deref(&self) -> &RuleSpec {
        self.read.get_or_init(|| {
            // Written by the build script from the same type, and read in full by a test.
            #[allow(clippy::expect_used)]
            serde_json::from_str(self.stored)
                .expect("the build script writes what this program reads")
        })
    }
}

/// A rule ready for use.
#[derive(Debug)]
pub struct Rule {
    /// The rule as written.
    pub spec: Spec,
    /// What has to be known of every rule at the start.
    pub meta: Meta,
    id: Cow<'static, str>,
    gate: OnceLock<Gate>,
    pattern: OnceLock<Shared>,
    names: OnceLock<Shared>,
    neighbours: OnceLock<Vec<Shared>>,
}

impl Rule {
    /// A user's rule; nothing is compiled yet.
    pub fn new(spec: RuleSpec) -> Self {
        Rule {
            meta: Meta::of(&spec),
            id: spec.id.clone(),
            spec: Spec {
                stored: "",
                read: OnceLock::from(Box::new(spec)),
            },
            gate: OnceLock::new(),
            pattern: OnceLock::new(),
            names: OnceLock::new(),
            neighbours: OnceLock::new(),
        }
    }

    /// A built-in rule in its stored form.
    pub(super) fn stored(id: &'static str, meta: Meta, stored: &'static str) -> Self {
        Rule {
            spec: Spec {
                stored,
                read: OnceLock::new(),
            },
            meta,
            id: Cow::Borrowed(id),
            gate: OnceLock::new(),
            pattern: OnceLock::new(),
            names: OnceLock::new(),
            neighbours: OnceLock::new(),
        }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What `pattern` or `value` needs, read from its syntax on first use.
    pub fn gate(&self) -> &Gate {
        self.gate.get_or_init(|| {
            let text = if self.spec.pattern.is_empty() {
                &self.spec.value
            } else {
                &self.spec.pattern
            };
            Gate::of(text, &self.spec.keywords)
        })
    }

    /// `pattern` (anchored where it begins with its keyword, to be tried there instead of searched for) or `value`, compiled on first use; `None` where the rule has neither.
    pub fn pattern(&self) -> Option<&Pattern> {
        let compile = || {
            let RuleSpec { pattern, value, .. } = &*self.spec;
            let explicit = value.contains("(?P<secret>") || value.contains("(?<secret>");
            match pattern.is_empty() {
                false if self.gate().leads => Shared::new(&format!("\\A(?:{pattern})"), Use::Try),
                false => Shared::new(pattern, Use::Search),
                true if explicit => Shared::new(value, Use::Try),
                true => Shared::new(value, Use::Whole),
            }
        };
        self.pattern.get_or_init(compile).get()
    }

    /// What the label must contain, compiled on first use; `None` where the rule does not say.
    pub fn names(&self) -> Option<&Pattern> {
        let compile = || Shared::new(&self.spec.names, Use::Try);
        self.names.get_or_init(compile).get()
    }

    /// The patterns of `requires`, then of `forbids`, in their order; `None` for an entry that asks for evidence.
    pub fn neighbours(&self) -> impl Iterator<Item = Option<&Pattern>> {
        let compile = || {
            let all = self.spec.neighbours();
            all.map(|neighbour| Shared::new(&neighbour.pattern, Use::Search))
                .collect()
        };
        let all: &Vec<Shared> = self.neighbours.get_or_init(compile);
        all.iter().map(Shared::get)
    }

    /// Compiles everything now.
    ///
    /// # Errors
    /// The first pattern that is refused, with the field it stands in.
    pub fn check_patterns(&self) -> Result<(), String> {
        let neighbours = self.spec.neighbours();
        let fields = [
            ("pattern", &self.spec.pattern),
            ("value", &self.spec.value),
            ("names", &self.spec.names),
        ]
        .into_iter()
        .chain(neighbours.map(|neighbour| ("requires/forbids", &neighbour.pattern)));
        for (field, text) in fields {
            if !text.is_empty() {
                compile(text).map_err(|error| format!("{field}: {error}"))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::RuleSet;
    use regex_syntax::hir::{Class, Hir, HirKind};

    struct Noise(u64);

    impl Noise {
        fn below(&mut self, limit: usize) -> usize {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (self.0 >> 33) as usize % limit.max(1)
        }

        /// Something that a pattern matches, or nearly.
        fn write(&mut self, hir: &Hir, out: &mut Vec<u8>) {
            match hir.kind() {
                HirKind::Empty | HirKind::Look(_) => {}
                HirKind::Literal(literal) => out.extend_from_slice(&literal.0),
                HirKind::Class(Class::Bytes(class)) => {
                    let range = class.ranges()[self.below(class.ranges().len())];
                    let width = usize::from(range.end() - range.start()) + 1;
                    out.push(range.start() + self.below(width) as u8);
                }
                HirKind::Class(_) => out.push(b'x'),
                HirKind::Repetition(repetition) => {
                    let min = repetition.min as usize;
                    let max = repetition.max.map_or(min + 30, |max| max as usize);
                    let times = match self.below(8) {
                        0 => min.saturating_sub(1),
                        1 => max.min(min + 400),
                        2 => max.min(min + 400) + 1,
                        _ => min + self.below((max - min).min(12) + 1),
                    };
                    (0..times).for_each(|_| self.write(&repetition.sub, out));
                }
                HirKind::Capture(capture) => self.write(&capture.sub, out),
                HirKind::Concat(parts) => parts.iter().for_each(|part| self.write(part, out)),
                HirKind::Alternation(ways) => {
                    let way = &ways[self.below(ways.len())];
                    self.write(way, out);
                }
            }
        }
    }

    /// A text made of what the pattern may match, in the middle of other things.
    fn text_for(pattern: &Pattern, noise: &mut Noise) -> Vec<u8> {
        const BETWEEN: [&[u8]; 12] = [
            b"",
            b" ",
            b"\n",
            b"-",
            b"=",
            b"/",
            b".",
            b"x",
            b"_9",
            b"\"",
            b"a b",
            b"0123456789abcdef",
        ];
        let hir = syntax(&pattern.text).unwrap();
        let mut text = Vec::new();
        for _ in 0..1 + noise.below(4) {
            text.extend_from_slice(BETWEEN[noise.below(BETWEEN.len())]);
            noise.write(&hir, &mut text);
        }
        text.extend_from_slice(BETWEEN[noise.below(BETWEEN.len())]);
        text
    }

    #[test]
    fn shapes_find_what_the_regex_crate_finds() {
        let rules = RuleSet::builtin();
        let mut noise = Noise(7);
        let (mut shapes, mut places) = (0, 0);
        let all = rules.iter();
        let patterns =
            all.flat_map(|(_, rule)| [rule.pattern(), rule.names()].into_iter().flatten());
        for pattern in patterns.filter(|pattern| pattern.shape.is_some()) {
            shapes += 1;
            for _ in 0..12 {
                let mut text = text_for(pattern, &mut noise);
                let end = text.len();
                if noise.below(2) == 0 {
                    text.extend_from_slice(b"\nnext");
                }
                let window = Span::new(0, end);
                let mut from = 0;
                loop {
                    let found = pattern.find(&text, window, from);
                    let expected = pattern.search(&text, window, from);
                    assert_eq!(
                        found,
                        expected,
                        "{} from {from} to {end} in {:?}",
                        pattern.text,
                        String::from_utf8_lossy(&text)
                    );
                    let Some(found) = found else { break };
                    places += 1;
                    from = found.whole.start + 1;
                }
                let (regex, _) = pattern.regex().unwrap();
                if pattern.used == Use::Try {
                    assert_eq!(pattern.is_match(&text), regex.is_match(&text));
                }
            }
        }
        assert!(
            shapes > 1500 && places > 10_000,
            "{shapes} shapes, {places} places"
        );
    }
}
