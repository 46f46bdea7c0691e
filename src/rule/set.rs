//! All rules of a run, and the way from a keyword to them.

use super::builtin;
use super::known::{KnownList, Shape};
use super::live::{Pattern, Rule, Shared, Use};
use super::prefilter::{MIN_KEYWORD, Prefilter};
use super::spec::{EVIDENCE, EvidenceSpec, Persona, RuleFile, keyword_table, target_bytes};
use crate::text::hex;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::OnceLock;

/// A rule's number in its [`RuleSet`]: built-in rules in the order of their ids, then users' rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(pub u32);

impl RuleId {
    /// As an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a keyword leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A rule that may have a candidate there.
    Rule(RuleId),
    /// A kind of evidence, by number.
    Evidence(usize),
}

/// A prefilter and where its keywords lead. The first layer is built in, a second one holds users' rules.
#[derive(Debug)]
pub struct Layer {
    /// The tables.
    pub prefilter: Cow<'static, Prefilter>,
    /// For each keyword its targets, as `spec::target_bytes` writes them: numbers of rules, and, from [`EVIDENCE`] on, of evidence.
    targets: Cow<'static, [u8]>,
    /// Number of keywords.
    keywords: usize,
    /// Added to the numbers of rules.
    first_rule: u32,
    /// Added to the numbers of evidence.
    first_evidence: u32,
}

impl Layer {
    /// Where a keyword leads.
    pub fn targets(&self, keyword: usize) -> impl Iterator<Item = Target> {
        let number = |at: usize| match self.targets.get(at * 4..at * 4 + 4) {
            Some(bytes) => u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]),
            None => 0,
        };
        let base = self.keywords + 1;
        (number(keyword)..number(keyword + 1)).map(move |at| {
            let target = number(base + at as usize);
            if target >= EVIDENCE {
                Target::Evidence((target - EVIDENCE + self.first_evidence) as usize)
            } else {
                Target::Rule(RuleId(target + self.first_rule))
            }
        })
    }
}

/// A kind of evidence, with its pattern compiled on first use.
#[derive(Debug)]
pub struct Evidence {
    /// As written.
    pub spec: Cow<'static, EvidenceSpec>,
    pattern: OnceLock<Shared>,
}

impl Evidence {
    /// The pattern.
    pub fn pattern(&self) -> Option<&Pattern> {
        self.pattern
            .get_or_init(|| Shared::new(&self.spec.pattern, Use::Search))
            .get()
    }
}

/// A rule that cannot be used: whose, which, why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError {
    /// The rule's id, or the place in the file where there is none.
    pub rule: String,
    /// What is wrong and what would be right.
    pub cause: String,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule {}: {}", self.rule, self.cause)
    }
}

impl std::error::Error for RuleError {}

/// All rules of a run.
#[derive(Debug)]
pub struct RuleSet {
    rules: Vec<Rule>,
    enabled: Vec<bool>,
    evidence: Vec<Evidence>,
    layers: Vec<Layer>,
    /// The rules of known secrets, by their SHA-256.
    known: HashMap<[u8; 32], RuleId>,
    /// What these look like.
    shapes: Vec<Shape>,
    own_digest: String,
    persona: Persona,
}

impl RuleSet {
    /// The built-in rules, those of persona `regular` switched on.
    pub fn builtin() -> Self {
        let rules: Vec<Rule> = builtin::RULES
            .iter()
            .map(|(id, meta, from, to)| Rule::stored(id, *meta, &builtin::STORED[*from..*to]))
            .collect();
        let evidence = builtin::EVIDENCE_SPECS.iter().map(|spec| Evidence {
            spec: Cow::Borrowed(spec),
            pattern: OnceLock::new(),
        });
        let mut set = RuleSet {
            enabled: vec![true; rules.len()],
            rules,
            evidence: evidence.collect(),
            layers: vec![Layer {
                prefilter: Cow::Borrowed(&builtin::PREFILTER),
                targets: Cow::Borrowed(builtin::TARGETS),
                keywords: builtin::KEYWORDS,
                first_rule: 0,
                first_evidence: 0,
            }],
            known: HashMap::new(),
            shapes: Vec::new(),
            own_digest: String::new(),
            persona: Persona::Regular,
        };
        set.set_persona(Persona::Regular);
        set
    }

    /// No rules at all.
    pub fn empty() -> Self {
        RuleSet {
            rules: Vec::new(),
            enabled: Vec::new(),
            evidence: Vec::new(),
            layers: Vec::new(),
            known: HashMap::new(),
            shapes: Vec::new(),
            own_digest: String::new(),
            persona: Persona::Regular,
        }
    }

    /// The built-in rules and those of `file`.
    ///
    /// # Errors
    /// The first rule that cannot be used.
    pub fn with_own(file: RuleFile) -> Result<Self, RuleError> {
        let mut set = RuleSet::builtin();
        set.add(file)?;
        Ok(set)
    }

    /// Adds the rules of a user's file.
    ///
    /// # Errors
    /// The first rule that cannot be used; the set is then unchanged.
    pub fn add(&mut self, file: RuleFile) -> Result<(), RuleError> {
        let mut known: BTreeSet<&str> = self.rules.iter().map(Rule::id).collect();
        for spec in &file.rules {
            validate(spec)?;
            if !known.insert(&spec.id) {
                return Err(error(&spec.id, "this id exists already; choose another"));
            }
        }
        let first_rule = self.rules.len() as u32;
        let first_evidence = self.evidence.len() as u32;
        let (keywords, targets) = keyword_table(&file);
        let words: Vec<&str> = keywords.iter().map(String::as_str).collect();
        self.layers.push(Layer {
            prefilter: Cow::Owned(Prefilter::build(&words)),
            targets: Cow::Owned(target_bytes(&targets)),
            keywords: targets.len(),
            first_rule,
            first_evidence,
        });
        for spec in file.rules {
            self.own_digest.push_str(&format!("{spec:?}"));
            self.rules.push(Rule::new(spec));
            self.enabled.push(true);
        }
        self.evidence
            .extend(file.evidence.into_iter().map(|spec| Evidence {
                spec: Cow::Owned(spec),
                pattern: OnceLock::new(),
            }));
        Ok(())
    }

    /// Adds the secrets of a list: each gets a rule that names it.
    pub fn add_known(&mut self, list: &KnownList) {
        self.own_digest.push_str(&list.to_string());
        for (digest, spec) in list.rules() {
            let id = RuleId(self.rules.len() as u32);
            if self.known.contains_key(&digest) {
                continue;
            }
            self.known.insert(digest, id);
            self.rules.push(Rule::new(spec));
            self.enabled.push(true);
        }
        self.shapes.extend(list.shapes());
    }

    /// The rule of the known secret with this SHA-256.
    pub fn known(&self, digest: &[u8; 32]) -> Option<RuleId> {
        self.known.get(digest).copied()
    }

    /// What known secrets look like; none without a list of them.
    pub fn known_shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// Switches on the rules for `persona` and every less demanding one, and the others off.
    pub fn set_persona(&mut self, persona: Persona) {
        self.persona = persona;
        for (rule, enabled) in self.rules.iter().zip(&mut self.enabled) {
            *enabled = rule.meta.persona <= persona;
        }
    }

    /// Who is asked for: the last one that [`Self::set_persona`] was given.
    pub fn persona(&self) -> Persona {
        self.persona
    }

    /// Switches every lint off: how something was written in the past cannot be mended.
    pub fn without_lints(&mut self) {
        for (rule, enabled) in self.rules.iter().zip(&mut self.enabled) {
            *enabled = *enabled && !rule.meta.lint;
        }
    }

    /// Switches one rule on or off.
    pub fn set_enabled(&mut self, id: RuleId, on: bool) {
        if let Some(enabled) = self.enabled.get_mut(id.index()) {
            *enabled = on;
        }
    }

    /// Whether a rule is switched on.
    pub fn is_enabled(&self, id: RuleId) -> bool {
        self.enabled.get(id.index()).copied().unwrap_or(false)
    }

    /// The rule of that number.
    pub fn rule(&self, id: RuleId) -> &Rule {
        &self.rules[id.index()]
    }

    /// All rules with their numbers, also those switched off.
    pub fn iter(&self) -> impl Iterator<Item = (RuleId, &Rule)> {
        self.rules
            .iter()
            .enumerate()
            .map(|(at, rule)| (RuleId(at as u32), rule))
    }

    /// The rule with this id or former id.
    pub fn find(&self, id: &str) -> Option<RuleId> {
        self.iter()
            .find(|(_, rule)| rule.id() == id)
            .or_else(|| {
                self.iter()
                    .find(|(_, rule)| rule.spec.aliases.iter().any(|alias| alias == id))
            })
            .map(|(number, _)| number)
    }

    /// All kinds of evidence.
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }

    /// The prefilters.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// SHA-256 over all rules and which are on, in hex.
    pub fn digest(&self) -> String {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        hash.update(builtin::builtin_digest().as_bytes());
        hash.update(self.own_digest.as_bytes());
        hash.update(
            self.enabled
                .iter()
                .map(|on| u8::from(*on))
                .collect::<Vec<u8>>(),
        );
        hex(&hash.finalize())
    }
}

fn error(rule: &str, cause: impl Into<String>) -> RuleError {
    RuleError {
        rule: rule.to_owned(),
        cause: cause.into(),
    }
}

/// What every rule must satisfy to be usable at all; the proofs of examples come on top of it (`rules check`).
fn validate(spec: &super::spec::RuleSpec) -> Result<(), RuleError> {
    let id_fits = !spec.id.is_empty()
        && spec
            .id
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !id_fits {
        return Err(error(&spec.id, "an id is made of a-z, 0-9 and `-`"));
    }
    let kinds = [
        !spec.pattern.is_empty(),
        !spec.value.is_empty(),
        spec.assign,
        !spec.bare.is_empty(),
    ];
    if kinds.into_iter().filter(|kind| *kind).count() != 1 {
        return Err(error(
            &spec.id,
            "needs exactly one of `pattern`, `value`, `assign`, `bare`",
        ));
    }
    if spec.pattern.is_empty() && (spec.at_start || spec.each_line) {
        return Err(error(
            &spec.id,
            "`at_start` and `each_line` say where a `pattern` is tried",
        ));
    }
    let gated = spec.requires.iter().any(|need| !need.evidence.is_empty());
    if spec.each_line && !gated {
        return Err(error(
            &spec.id,
            "`each_line` needs `requires = [{ evidence = \"…\" }]`: in which files",
        ));
    }
    let anywhere = spec.bare.is_empty() && !spec.at_start && !spec.each_line;
    if anywhere && spec.keywords.is_empty() {
        return Err(error(
            &spec.id,
            "needs `keywords`: literals of which every place contains one",
        ));
    }
    const REPAIRS: &[&str] = &[
        "", "https", "header", "argument", "flag-k", "flag-v", "trace", "bare", "bearer",
    ];
    if !REPAIRS.contains(&&*spec.repair) {
        let known = REPAIRS[1..].join(", ");
        return Err(error(
            &spec.id,
            format!("there is no repair {:?}; there are {known}", spec.repair),
        ));
    }
    for entry in spec.paths.iter().chain(spec.not_paths.iter()) {
        if super::paths::expand(entry).is_none() {
            let known: Vec<&str> = super::paths::path_classes().collect();
            return Err(error(
                &spec.id,
                format!(
                    "there is no kind of files {entry:?}; there are @{}",
                    known.join(", @")
                ),
            ));
        }
    }
    for word in spec.keywords.iter() {
        if !word.is_ascii() || word.len() < MIN_KEYWORD {
            return Err(error(
                &spec.id,
                format!("keyword {word:?}: must be ASCII and at least {MIN_KEYWORD} characters"),
            ));
        }
    }
    Rule::new(spec.clone())
        .check_patterns()
        .map_err(|cause| error(&spec.id, cause))
}
