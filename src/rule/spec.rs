//! A rule as written: the TOML tables of `rules/` and of users' own rule files.
//!
//! This file stands alone (no `crate::` paths): the build script includes it, reads `rules/*.toml` with it and writes the built-in
//! rules out as constants, so that no TOML is parsed when the program starts. That is why everything here is a `Cow`: built-in rules
//! borrow from the binary, users' rules own.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Text of a rule: static in built-in rules, owned in users'.
pub(crate) type Text = Cow<'static, str>;
/// A list of a rule.
pub(crate) type List<T> = Cow<'static, [T]>;

/// What a leak would cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Little: a public-by-design key in the wrong place.
    Low,
    /// Limited: test systems, quotas.
    Medium,
    /// Data or money of one service.
    High,
    /// An account, an infrastructure, signing power.
    Critical,
}

impl Severity {
    /// The word in rules and in every output.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

/// How sure we are that it is a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// A guess: a warning, never an error.
    Low,
    /// Shape and context agree.
    Medium,
    /// The shape is unmistakable, or the context names it.
    High,
    /// A checksum or structure was verified, or the value is known.
    Certain,
}

impl Confidence {
    /// The word in rules and in every output.
    pub fn word(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
            Confidence::Certain => "certain",
        }
    }
}

/// Who wants to see the finding.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Persona {
    /// Everybody: a reviewer would stop the commit for it.
    #[default]
    Regular,
    /// Those who care for style and hygiene.
    Pedantic,
    /// Those who want to see all that is suspicious.
    Auditor,
}

impl Persona {
    /// All of them, the least demanding first.
    pub const ALL: [Persona; 3] = [Persona::Regular, Persona::Pedantic, Persona::Auditor];

    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Persona::Regular => "regular",
            Persona::Pedantic => "pedantic",
            Persona::Auditor => "auditor",
        }
    }
}

/// Where the facts of a rule come from.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Facts {
    /// The vendor documents the format.
    Documented,
    /// The vendor documents none: seen in practice. A built-in rule is then of medium confidence at most.
    #[default]
    Observed,
}

/// The highest level a finding may have, however sure it is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum MostLevel {
    /// Worth knowing; never counted.
    Note,
    /// Never fails a scan by default.
    Warning,
    /// May stop a commit.
    #[default]
    Error,
}

/// Where a neighbour may stand.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Within {
    /// On so many `lines` above and below.
    #[default]
    Lines,
    /// In the statement or command, over as many lines as it goes on.
    Statement,
    /// In what the rule reports itself.
    Place,
    /// On the same line before what the rule reports, from the `;` that ends another statement on and at most 240 bytes. `$` is where that begins.
    Before,
}

/// The most bytes of a line that [`Within::Before`] looks at.
pub(crate) const BEFORE: usize = 240;

/// What must, or must not, stand around the secret.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Neighbour {
    /// What to look for, in the syntax of the `regex` crate. Instead: `evidence`.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub pattern: Text,
    /// The id of an evidence table that must have been seen anywhere in the blob.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub evidence: Text,
    /// How many lines above and below count (0: the same line). Ignored for `evidence`, which counts for the whole blob.
    #[serde(default)]
    pub lines: u32,
    /// Where it may stand, if not on so many lines.
    #[serde(default)]
    pub within: Within,
}

impl Neighbour {
    /// Lines above and below that it may rest on.
    pub fn reach(&self) -> u32 {
        match self.within {
            Within::Lines => self.lines,
            Within::Statement => STATEMENT_LINES,
            Within::Place | Within::Before => 0,
        }
    }
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSpec {
    /// Kebab-case; reads well after "allow …"; never used again for something else.
    pub id: Text,
    /// Ids this rule had before.
    #[serde(default, skip_serializing_if = "is_empty_list")]
    pub aliases: List<Text>,
    /// The version that brought it.
    pub since: Text,
    /// One line for people.
    pub title: Text,
    /// Whose credential it is; empty for rules without a vendor.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub vendor: Text,
    /// What a leak would cost.
    pub severity: Severity,
    /// How sure a finding is before its checks.
    #[serde(default = "high")]
    pub confidence: Confidence,
    /// Who wants to see it.
    #[serde(default)]
    pub persona: Persona,
    /// The highest level of its findings.
    #[serde(default)]
    pub level: MostLevel,
    /// Searched around a keyword; the secret is the group `secret` (of a lint: `place`), else the whole.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub pattern: Text,
    /// What a whole token must look like that stands near a keyword.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub value: Text,
    /// Whether the secret is whatever is assigned to a name that `names` accepts, of any shape.
    #[serde(default)]
    pub assign: bool,
    /// Lengths of a bare token: any run of token characters of such a length that looks random.
    #[serde(default, skip_serializing_if = "is_empty_list")]
    pub bare: List<u32>,
    /// Whether `pattern` is tried once, at the first byte of a file that is binary or whose first line is one word. Such a rule needs no keywords.
    #[serde(default)]
    pub at_start: bool,
    /// Whether `pattern` is tried on every line of a file in which the evidence that the rule requires was seen. Such a rule needs no keywords.
    #[serde(default)]
    pub each_line: bool,
    /// Literals of which every place must contain one, without regard to case.
    #[serde(default, skip_serializing_if = "is_empty_list")]
    pub keywords: List<Text>,
    /// What the label of the value must contain.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub names: Text,
    /// How many lines above and below the keyword a `value` may stand.
    #[serde(default)]
    pub near: u32,
    /// How many lines further a `pattern` may span.
    #[serde(default)]
    pub reach: u32,
    /// `token` (default) or `none`: which bytes may not border on the secret.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub boundary: Text,
    /// Least Shannon entropy of the secret, in bits per character.
    #[serde(default)]
    pub entropy: f32,
    /// Named offline checks.
    #[serde(default, skip_serializing_if = "is_empty_list")]
    pub checks: List<Text>,
    /// All of these must stand near the secret.
    #[serde(default, skip_serializing_if = "is_empty_list")]
    pub requires: List<Neighbour>,
    /// None of these may stand near the secret.
    #[serde(default, skip_serializing_if = "is_empty_list")]
    pub forbids: List<Neighbour>,
    /// Globs: the finding stands only where a path of the blob fits one.
    #[serde(default, skip_serializing_if = "is_empty_list")]
    pub paths: List<Text>,
    /// Globs: the finding does not stand where every path of the blob fits one.
    #[serde(default, skip_serializing_if = "is_empty_list")]
    pub not_paths: List<Text>,
    /// Whether the finding is a place where something is done wrongly, rather than a secret.
    #[serde(default)]
    pub lint: bool,
    /// For a lint: how it is mended by `--fix`; empty where that takes a person.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub repair: Text,
    /// What the holder can do.
    pub why: Text,
    /// How to revoke and rotate.
    pub fix: Text,
    /// The vendor's pages: those that document the format or, where none does, those that tell what the secret opens.
    #[serde(default, skip_serializing_if = "is_empty_list")]
    pub references: List<Text>,
    /// What kind of source they are.
    #[serde(default)]
    pub facts: Facts,
    /// Texts in which the rule must find something; tokens as `{{class:length}}`.
    #[serde(default, skip_serializing_if = "is_empty_list")]
    pub examples: List<Text>,
    /// Texts in which it must not.
    #[serde(default, skip_serializing_if = "is_empty_list")]
    pub counterexamples: List<Text>,
    /// Texts in which it does not, though we wish it did.
    #[serde(default, skip_serializing_if = "is_empty_list")]
    pub known_misses: List<Text>,
    /// For a lint: wrong and right in several languages. The rule must find something in what is wrong, and nothing in what is right.
    #[serde(default, rename = "pair", skip_serializing_if = "is_empty_list")]
    pub pairs: List<Pair>,
}

impl RuleSpec {
    /// What `requires` asks for, then what `forbids` does, in their order.
    pub fn neighbours(&self) -> impl Iterator<Item = &Neighbour> {
        self.requires.iter().chain(self.forbids.iter())
    }
}

/// How it is done wrongly, and how rightly.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// The language, as `explain` names it: `python`, `shell`, `javascript` …
    pub language: Text,
    /// Wrong.
    pub wrong: Text,
    /// Right.
    pub right: Text,
}

/// Something that, seen anywhere in a blob, counts for the whole blob.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceSpec {
    /// Kebab-case; `requires = [{ evidence = "…" }]` names it.
    pub id: Text,
    /// Literals of which every place must contain one.
    #[serde(default, skip_serializing_if = "is_empty_list")]
    pub keywords: List<Text>,
    /// Searched on the line of a keyword.
    pub pattern: Text,
    /// Whether `pattern` is tried once instead: on the first line that is neither blank nor a comment, if it may be a line of a list.
    #[serde(default)]
    pub at_start: bool,
}

/// A rule file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    /// Its rules.
    #[serde(default, rename = "rule")]
    pub rules: Vec<RuleSpec>,
    /// Its kinds of evidence.
    #[serde(default, rename = "evidence")]
    pub evidence: Vec<EvidenceSpec>,
}

fn is_empty_list<T: Clone>(list: &[T]) -> bool {
    list.is_empty()
}

fn high() -> Confidence {
    Confidence::High
}

/// What a rule goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A token with a mark of its own.
    Pattern,
    /// A token of some shape near a keyword.
    Value,
    /// What is assigned to a name.
    Assign,
    /// A bare run of token characters.
    Bare,
    /// What a file begins with.
    Start,
    /// A line of a file of a certain kind.
    Line,
}

/// What has to be known of every rule at the start, so that the rest can be read when it is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meta {
    /// What the rule goes by.
    pub kind: Kind,
    /// Who wants to see it.
    pub persona: Persona,
    /// How many lines it looks at, above or below its keyword.
    pub lines: u32,
    /// Whether its tokens are unmistakable, so that it may look at binary files.
    pub unmistakable: bool,
    /// Whether it applies to files of certain paths only.
    pub bound: bool,
    /// Whether its findings are places, not secrets.
    pub lint: bool,
}

/// Lines that a label may stand above its value.
pub(crate) const LABEL_LINES: u32 = 3;
/// Lines above and below a place that its statement may go on.
pub(crate) const STATEMENT_LINES: u32 = 12;

impl Meta {
    /// What has to be known of this rule.
    pub fn of(spec: &RuleSpec) -> Self {
        let kind = if spec.at_start {
            Kind::Start
        } else if spec.each_line {
            Kind::Line
        } else if !spec.pattern.is_empty() {
            Kind::Pattern
        } else if !spec.value.is_empty() {
            Kind::Value
        } else if spec.assign {
            Kind::Assign
        } else {
            Kind::Bare
        };
        let around = spec.neighbours().map(Neighbour::reach).max().unwrap_or(0);
        let label = match kind {
            Kind::Pattern | Kind::Start | Kind::Line => 0,
            Kind::Value | Kind::Assign | Kind::Bare => LABEL_LINES,
        };
        let vouched = !spec.vendor.is_empty() || !spec.checks.is_empty();
        // Where the pattern names no group, it is the token itself that bears the mark.
        let marked = !spec.pattern.contains("(?P<secret>");
        Meta {
            kind,
            persona: spec.persona,
            lines: spec.near.max(spec.reach) + around.max(label),
            unmistakable: kind == Kind::Pattern
                && !spec.lint
                && (spec.confidence >= Confidence::High
                    || (spec.confidence == Confidence::Medium && marked))
                && vouched,
            bound: !spec.paths.is_empty(),
            lint: spec.lint,
        }
    }
}

/// In a list of targets, numbers below are rules, numbers from here on evidence.
pub(crate) const EVIDENCE: u32 = 1 << 24;

/// The keywords of a file, sorted and without repetition, and for each the rules and evidence it leads to.
pub(crate) fn keyword_table(file: &RuleFile) -> (Vec<String>, Vec<Vec<u32>>) {
    let mut table: std::collections::BTreeMap<String, Vec<u32>> = std::collections::BTreeMap::new();
    let rules = (0..).zip(file.rules.iter().map(|rule| &rule.keywords));
    let evidence = (EVIDENCE..).zip(file.evidence.iter().map(|spec| &spec.keywords));
    for (target, keywords) in rules.chain(evidence) {
        for word in keywords.iter() {
            let targets = table.entry(word.to_ascii_lowercase()).or_default();
            if targets.last() != Some(&target) {
                targets.push(target);
            }
        }
    }
    table.into_iter().unzip()
}

/// The targets of all keywords as bytes: for each keyword where its list begins (4 bytes, counted in targets; one more at the end), then all lists (4 bytes a target).
pub(crate) fn target_bytes(targets: &[Vec<u32>]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0u32;
    for list in targets {
        out.extend_from_slice(&at.to_le_bytes());
        at += list.len() as u32;
    }
    out.extend_from_slice(&at.to_le_bytes());
    out.extend(
        targets
            .iter()
            .flatten()
            .flat_map(|target| target.to_le_bytes()),
    );
    out
}
