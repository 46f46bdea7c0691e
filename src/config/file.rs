//! One configuration file as it is written.

use super::place::{ConfigError, Text};
use crate::rule::{EvidenceSpec, Persona, RuleSpec, Severity};
use crate::text::nearest;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

type Texts = Vec<Spanned<String>>;

/// A configuration file. Everything may be left away.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ConfigFile {
    /// Other files that are read first; this one has the last word.
    pub(super) extends: Texts,
    /// The least level that fails a scan.
    pub(super) fail_on: Option<Spanned<FailOn>>,
    /// Who looks at the findings: rules for less demanding ones and for these are on.
    pub(super) persona: Option<Spanned<Persona>>,
    /// What newer rules than those of this version find is a warning.
    pub(super) rules_as_of: Option<Spanned<String>>,
    /// Files and folders that are not scanned.
    pub(super) exclude: Texts,
    /// Rule files.
    pub(super) rules: Texts,
    /// Lists of known secrets.
    pub(super) known: Texts,
    /// Rules that are off.
    pub(super) disable: Texts,
    /// Rules that are on, whatever is said before.
    pub(super) enable: Texts,
    /// Vendors whose rules are off.
    pub(super) disable_vendors: Texts,
    /// Vendors whose rules are on, whatever is said before.
    pub(super) enable_vendors: Texts,
    /// A value that contains one of these is an example.
    pub(super) stopwords: Texts,
    /// The level of a rule's findings.
    pub(super) levels: BTreeMap<Spanned<String>, LevelName>,
    /// The severity of a rule's findings.
    pub(super) severities: BTreeMap<Spanned<String>, Severity>,
    /// Fields that files of folders below may not use.
    pub(super) lock: Texts,
    /// Rules whose findings nobody may suppress.
    pub(super) lock_rules: Texts,
    /// Vendors whose rules' findings nobody may suppress.
    pub(super) lock_vendors: Texts,
    /// Whether a suppression without a reason does not count.
    pub(super) require_reason: Option<bool>,
    /// How many days from now the last day of an entry may be; then one without a last day does not count.
    pub(super) longest_expiry: Option<u32>,
    /// Findings that may stay.
    pub(super) allow: Vec<Spanned<AllowTable>>,
    /// Problems that do not fail a scan.
    pub(super) accept: Vec<Spanned<AcceptTable>>,
    /// Own rules.
    pub(super) rule: Vec<Spanned<RuleSpec>>,
    /// Own kinds of evidence.
    pub(super) evidence: Vec<EvidenceSpec>,
}

/// From which level on a scan fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailOn {
    /// Errors fail.
    Error,
    /// Warnings fail as well.
    Warning,
    /// Findings never fail; what could not be read still does.
    Never,
}

impl FailOn {
    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            FailOn::Error => "error",
            FailOn::Warning => "warning",
            FailOn::Never => "never",
        }
    }
}

/// What a finding means for the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LevelName {
    /// It fails a scan.
    Error,
    /// It is printed.
    Warning,
    /// It is printed when somebody wants to know more.
    Note,
}

impl LevelName {
    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            LevelName::Error => "error",
            LevelName::Warning => "warning",
            LevelName::Note => "note",
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct AllowTable {
    pub(super) rules: Texts,
    pub(super) paths: Texts,
    pub(super) secrets: Texts,
    pub(super) patterns: Texts,
    pub(super) commits: Texts,
    pub(super) reason: String,
    pub(super) until: Option<Spanned<toml::Value>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct AcceptTable {
    pub(super) paths: Texts,
    pub(super) kinds: Texts,
    pub(super) reason: String,
    pub(super) until: Option<Spanned<toml::Value>>,
}

/// Reads a file.
///
/// # Errors
/// The first thing that is not as it must be, with its place and the name that was probably meant.
pub(super) fn parse<T: for<'a> Deserialize<'a>>(text: Text<'_>) -> Result<T, ConfigError> {
    toml::from_str(text.text).map_err(|error| {
        let place = text.place(&error.span().unwrap_or(0..0));
        let message = error.message().trim_end();
        let (cause, next) = explain(message);
        ConfigError::new(place, cause, next)
    })
}

/// An error of serde in words, and the name that was probably meant.
fn explain(message: &str) -> (String, String) {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let unknown = ["unknown field", "unknown variant"]
        .iter()
        .any(|start| message.starts_with(start));
    let ([wrong, known @ ..], true) = (&quoted[..], unknown) else {
        return (message.replace('\n', "; "), String::new());
    };
    let next = match nearest(wrong, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", known.join(", ")),
    };
    (format!("`{wrong}` is not known here"), next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The fields of a table, from the error that an unknown one gives.
    fn fields<T: for<'a> Deserialize<'a> + std::fmt::Debug>() -> BTreeSet<String> {
        let error = toml::from_str::<T>("no-such-field = 1").unwrap_err();
        let names = error.message().split('`').skip(3).step_by(2);
        names.map(str::to_owned).collect()
    }

    #[test]
    fn the_schema_has_every_field() {
        let schema: serde_json::Value = serde_json::from_str(crate::config::SCHEMA).unwrap();
        let properties = |value: &serde_json::Value| -> BTreeSet<String> {
            value["properties"]
                .as_object()
                .unwrap()
                .keys()
                .cloned()
                .collect()
        };
        assert_eq!(properties(&schema), fields::<ConfigFile>());
        let entry = |name: &str| properties(&schema["properties"][name]["items"]);
        assert_eq!(entry("allow"), fields::<AllowTable>());
        assert_eq!(entry("accept"), fields::<AcceptTable>());
    }
}
