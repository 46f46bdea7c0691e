//! Other scanners' files, made ours: rules and allowlists become text of a configuration, what was ignored or baselined there becomes a list of
//! places to look for among our own findings. What has no counterpart here is told with its place and the reason; nothing is dropped in silence.
//!
//! Decides how a foreign field is read and what it means here. Leaves to `cli` which files are written. The formats are known from the public
//! documentation of those tools alone.

mod detect_secrets;
mod document;
mod gitleaks;
mod globs;
mod ignores;
mod old;
mod pattern;
mod report;
mod write;

pub use old::{Old, Wanted};
pub use write::own_text;

use crate::suppress::Status;

/// Something of a foreign file that has no counterpart here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lost {
    /// The file.
    pub file: String,
    /// The line, from 1; 0 where the format does not tell.
    pub line: usize,
    /// What it is.
    pub what: String,
    /// Why it is not taken over, and what to do where something can be done.
    pub why: String,
}

/// A rule in the format of our own rule files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenRule {
    /// Its id here.
    pub id: String,
    /// Its table, from `[[rule]]` on.
    pub text: String,
}

/// An entry of an allowlist: all that it names must agree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TakenAllow {
    /// Ids of rules.
    pub rules: Vec<String>,
    /// Patterns of paths in the syntax of `.gitignore`.
    pub paths: Vec<String>,
    /// Regexes that the secret contains.
    pub patterns: Vec<String>,
    /// Commits.
    pub commits: Vec<String>,
    /// Why.
    pub reason: String,
}

/// All that was taken over from some files.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    /// Rules.
    pub rules: Vec<TakenRule>,
    /// Entries of allowlists.
    pub allow: Vec<TakenAllow>,
    /// What is not scanned, in the syntax of `.gitignore`.
    pub exclude: Vec<String>,
    /// Words that make a value an example.
    pub stopwords: Vec<String>,
    /// Rules of ours that are off.
    pub disable: Vec<String>,
    /// Findings of the other scanner that may stay, or that somebody found to be real.
    pub old: Vec<Old>,
    /// What has no counterpart.
    pub lost: Vec<Lost>,
}

impl Taken {
    fn lose(&mut self, at: (&str, usize), what: impl Into<String>, why: impl Into<String>) {
        self.lost.push(Lost {
            file: at.0.to_owned(),
            line: at.1,
            what: what.into(),
            why: why.into(),
        });
    }

    /// Whether there is anything for a configuration in it.
    pub fn is_configuration(&self) -> bool {
        !(self.rules.is_empty()
            && self.allow.is_empty()
            && self.exclude.is_empty()
            && self.stopwords.is_empty()
            && self.disable.is_empty())
    }
}

/// What another scanner's file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A configuration of gitleaks or betterleaks.
    Configuration,
    /// A `.gitleaksignore`.
    Ignores,
    /// A baseline of detect-secrets.
    DetectSecrets,
    /// A report of gitleaks in JSON.
    Report,
}

impl Kind {
    /// What `text` in a file called `name` is; `None` if it is nothing known.
    pub fn of(name: &str, text: &str) -> Option<Self> {
        let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
        if file.ends_with("ignore") {
            return Some(Kind::Ignores);
        }
        if file.ends_with(".toml") {
            return Some(Kind::Configuration);
        }
        match serde_json::from_str(text).ok()? {
            serde_json::Value::Array(_) => Some(Kind::Report),
            // A report without findings is `null` in some versions.
            serde_json::Value::Null => Some(Kind::Report),
            serde_json::Value::Object(fields) if fields.contains_key("results") => {
                Some(Kind::DetectSecrets)
            }
            _ => None,
        }
    }
}

/// Adds what `text` says, which stands in the file called `name`, to `taken`.
///
/// # Errors
/// The file is not what it seems to be, in words.
pub fn take(taken: &mut Taken, kind: Kind, name: &str, text: &str) -> Result<(), String> {
    match kind {
        Kind::Configuration => gitleaks::take(taken, name, text),
        Kind::Ignores => {
            ignores::take(taken, name, text);
            Ok(())
        }
        Kind::DetectSecrets => detect_secrets::take(taken, name, text),
        Kind::Report => report::take(taken, name, text),
    }
}

/// The status of a finding that the other scanner was told to leave alone.
fn accepted() -> Status {
    Status::Accepted { until: None }
}
