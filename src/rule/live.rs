//! The live form of a rule: its text, and its patterns compiled when they are first needed.

use super::spec::{Meta, RuleSpec};
use regex::bytes::{Regex, RegexBuilder};
use std::borrow::Cow;
use std::ops::Deref;
use std::sync::OnceLock;

/// Upper bound of a compiled pattern, so that no rule can exhaust memory. The default of the regex crate.
const SIZE_LIMIT: usize = 10 << 20;
/// Memory that one pattern may use for its lazily built automaton, for each thread: hundreds of patterns may be in use at once, each on a few short windows.
const DFA_LIMIT: usize = 128 << 10;
/// Bytes that a pattern without an upper bound may reach to either side of its keyword, within its lines.
const OPEN_REACH: usize = 2048;

/// A compiled pattern.
#[derive(Debug)]
pub struct Pattern {
    /// The regex: bytes, ASCII classes.
    pub regex: Regex,
    /// The group that holds the secret (0: the whole).
    pub secret_group: usize,
    /// How far from its keyword a place of it can begin or end, in bytes.
    pub reach: usize,
    /// Whether every place of it begins with a keyword of its rule: the regex is then anchored, to be tried at the keyword only.
    pub leads: bool,
    /// Where every place of it is one run of bytes without blanks, quotes and brackets: the least length of such a run. 0 where that cannot be said.
    pub least_run: usize,
}

impl Pattern {
    /// Compiles `text`.
    ///
    /// # Errors
    /// What the regex crate says of a pattern it refuses.
    pub fn new(text: &str) -> Result<Self, String> {
        let regex = RegexBuilder::new(text)
            .unicode(false)
            .size_limit(SIZE_LIMIT)
            .dfa_size_limit(DFA_LIMIT)
            .build()
            .map_err(|error| error.to_string())?;
        let secret_group = regex
            .capture_names()
            .position(|name| name == Some("secret"))
            .unwrap_or(0);
        let hir = regex_syntax::ParserBuilder::new()
            .unicode(false)
            .utf8(false)
            .build()
            .parse(text)
            .ok();
        let longest = hir.as_ref().and_then(|hir| hir.properties().maximum_len());
        Ok(Pattern {
            regex,
            secret_group,
            reach: longest.map_or(OPEN_REACH, |longest| longest.min(4 * OPEN_REACH)),
            leads: false,
            least_run: 0,
        })
    }

    /// Compiles `text`, anchored where all that it matches begins with one of `keywords`: then it is tried at the keyword alone, instead of searched for.
    ///
    /// # Errors
    /// What the regex crate says of a pattern it refuses.
    fn led_by(text: &str, keywords: &[Cow<'static, str>]) -> Result<Self, String> {
        if !begins_with_keyword(text, keywords) {
            return Pattern::new(text);
        }
        let pattern = Pattern::new(&format!("\\A(?:{text})"))?;
        Ok(Pattern {
            leads: true,
            ..pattern
        })
    }

    /// Compiles the shape of a whole token: the token must end where it ends, so that of several alternatives the one that fits is taken, not the first.
    fn whole(text: &str) -> Result<Self, String> {
        if text.contains("(?P<secret>") || text.contains("(?<secret>") {
            return Pattern::new(text);
        }
        let shortest = regex_syntax::ParserBuilder::new()
            .unicode(false)
            .utf8(false)
            .build()
            .parse(text)
            .ok();
        let shortest = shortest
            .and_then(|hir| hir.properties().minimum_len())
            .unwrap_or(0);
        let pattern = Pattern::new(&format!("(?P<secret>{text})(?:$|[^A-Za-z0-9_-])"))?;
        // Nothing in the pattern can match a blank, a quote or a bracket when neither they nor an open class are written in it.
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-{}[],()?:|+/=*%~!@".contains(&byte));
        Ok(Pattern {
            least_run: if plain && !text.contains("[^") {
                shortest
            } else {
                0
            },
            ..pattern
        })
    }

    /// Whether a place of it can stand in `area` at all, told by one look every so many bytes.
    pub fn may_stand_in(&self, area: &[u8]) -> bool {
        let least = self.least_run;
        if least < 8 {
            return true;
        }
        let mut from = 0;
        while from + least <= area.len() {
            let window = &area[from..from + least];
            match window.iter().rposition(|byte| !is_run_byte(*byte)) {
                Some(at) => from += at + 1,
                None => return true,
            }
        }
        false
    }
}

/// Whether a byte can be part of a value that is written without blanks, quotes and brackets.
fn is_run_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-+/=:%~!@?|,*".contains(&byte)
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
    pattern: OnceLock<Option<Box<Pattern>>>,
    names: OnceLock<Option<Box<Pattern>>>,
    neighbours: OnceLock<Vec<Option<Pattern>>>,
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
            pattern: OnceLock::new(),
            names: OnceLock::new(),
            neighbours: OnceLock::new(),
        }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// `pattern` or `value`, compiled on first use; `None` where the rule has neither.
    pub fn pattern(&self) -> Option<&Pattern> {
        let compiled = self.pattern.get_or_init(|| {
            let compiled = if !self.spec.pattern.is_empty() {
                Pattern::led_by(&self.spec.pattern, &self.spec.keywords).ok()
            } else if !self.spec.value.is_empty() {
                Pattern::whole(&self.spec.value).ok()
            } else {
                None
            };
            compiled.map(Box::new)
        });
        compiled.as_deref()
    }

    /// What the label must contain, compiled on first use; `None` where the rule does not say.
    pub fn names(&self) -> Option<&Pattern> {
        self.names
            .get_or_init(|| compile(&self.spec.names).map(Box::new))
            .as_deref()
    }

    /// The patterns of `requires`, then of `forbids`, in their order; `None` for an entry that asks for evidence.
    pub fn neighbours(&self) -> &[Option<Pattern>] {
        self.neighbours.get_or_init(|| {
            let all = self.spec.requires.iter().chain(self.spec.forbids.iter());
            all.map(|neighbour| compile(&neighbour.pattern)).collect()
        })
    }

    /// Compiles everything now.
    ///
    /// # Errors
    /// The first pattern that is refused, with the field it stands in.
    pub fn check_patterns(&self) -> Result<(), String> {
        let neighbours = self.spec.requires.iter().chain(self.spec.forbids.iter());
        let fields = [
            ("pattern", &self.spec.pattern),
            ("value", &self.spec.value),
            ("names", &self.spec.names),
        ]
        .into_iter()
        .chain(neighbours.map(|neighbour| ("requires/forbids", &neighbour.pattern)));
        for (field, text) in fields {
            if !text.is_empty() {
                Pattern::new(text).map_err(|error| format!("{field}: {error}"))?;
            }
        }
        Ok(())
    }
}

/// Whether every literal that a match can begin with begins with a keyword, and nothing looks at what stands before.
fn begins_with_keyword(text: &str, keywords: &[Cow<'static, str>]) -> bool {
    let parsed = regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .parse(text);
    let Ok(hir) = parsed else {
        return false;
    };
    if !hir.properties().look_set_prefix().is_empty() {
        return false;
    }
    let mut extractor = regex_syntax::hir::literal::Extractor::new();
    let prefixes = extractor.limit_total(500).extract(&hir);
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

/// An empty text is no pattern; neither is one that does not compile: [`Rule::check_patterns`] has refused it before, for built-in rules in a test.
fn compile(text: &str) -> Option<Pattern> {
    if text.is_empty() {
        return None;
    }
    Pattern::new(text).ok()
}
