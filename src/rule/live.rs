//! The live form of a rule: its text, and its patterns compiled when they are first needed.

use super::gate::Gate;
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
    /// The group that holds the secret, or the place of a lint (0: the whole).
    pub secret_group: usize,
    /// How far from its keyword a place of it can begin or end, in bytes.
    pub reach: usize,
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
            .position(|name| matches!(name, Some("secret" | "place")))
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
        })
    }

    /// Compiles the shape of a whole token: the token must end where it ends, so that of several alternatives the one that fits is taken, not the first.
    fn whole(text: &str) -> Result<Self, String> {
        if text.contains("(?P<secret>") || text.contains("(?<secret>") {
            return Pattern::new(text);
        }
        Pattern::new(&format!("(?P<secret>{text})(?:$|[^A-Za-z0-9_-])"))
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
        let compiled = self.pattern.get_or_init(|| {
            let compiled = if !self.spec.pattern.is_empty() {
                match self.gate().leads {
                    true => Pattern::new(&format!("\\A(?:{})", self.spec.pattern)).ok(),
                    false => Pattern::new(&self.spec.pattern).ok(),
                }
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
            let all = self.spec.neighbours();
            all.map(|neighbour| compile(&neighbour.pattern)).collect()
        })
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
                Pattern::new(text).map_err(|error| format!("{field}: {error}"))?;
            }
        }
        Ok(())
    }
}

/// An empty text is no pattern; neither is one that does not compile: [`Rule::check_patterns`] has refused it before, for built-in rules in a test.
fn compile(text: &str) -> Option<Pattern> {
    if text.is_empty() {
        return None;
    }
    Pattern::new(text).ok()
}
