//! The baseline: findings that were looked at and may stay, one self-contained line each, so that branches which both add some can be merged.
//!
//! An entry recognises its finding by the value (keyed, so that the file does not tell it) and the path; never by rule, line or commit. A
//! file of that kind lies at the root of the repository; any earlier JSON report can take its place, and then recognises by fingerprint.

mod file;
mod known;

pub use file::BaselineError;
pub(super) use known::{Covered, Known};

use super::Demands;
use crate::blob::Origin;
use crate::finding::{Finding, Identity};
use crate::rule::RuleSet;
use crate::text::Name;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};

/// The name of the file at the root of a repository.
pub const BASELINE: &str = ".invoca-scan-baseline";

/// What somebody found out about a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "kebab-case")]
pub enum Status {
    /// It is no secret.
    False,
    /// It is one and may stay, perhaps up to a last day.
    Accepted {
        /// That day, `YYYY-MM-DD`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<String>,
    },
    /// It is one and no longer opens anything: this holds for its value wherever that turns up.
    Revoked {
        /// Since when, `YYYY-MM-DD`.
        on: String,
        /// Who did it.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        by: String,
        /// Where that is written down.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        ticket: String,
    },
    /// It is one and opens something: it goes on being reported until it is revoked, and is on the list of what has to be.
    Real {
        /// Where that is written down.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        ticket: String,
    },
}

impl Status {
    /// Whether it says something that is worth knowing when the file no longer holds the value: the history still does.
    fn outlives_finding(&self) -> bool {
        matches!(self, Status::Revoked { .. } | Status::Real { .. })
    }

    /// Whether it can make a finding count no longer.
    pub fn suppresses(&self) -> bool {
        !matches!(self, Status::Real { .. })
    }

    /// The day it names, if it does.
    fn day(&self) -> Option<&str> {
        match self {
            Status::False | Status::Real { .. } => None,
            Status::Accepted { until } => until.as_deref(),
            Status::Revoked { on, .. } => Some(on),
        }
    }
}

/// Why an entry is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What was found out.
    pub status: Status,
    /// In words.
    pub reason: String,
    /// Whose word it is.
    pub author: String,
}

/// One entry, as it stands on its line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The path; none for a message.
    pub path: Option<String>,
    /// The rule that found it, for people.
    pub rule: String,
    /// The value, redacted, for people.
    pub secret: String,
    /// The value, keyed.
    pub value: String,
    /// What was found out.
    #[serde(flatten)]
    pub status: Status,
    /// Why it may stay.
    pub reason: String,
    /// Who said so.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub author: String,
    /// Whether only the history held it when it was entered: then the tree does not tell whether it is of use.
    #[serde(default, skip_serializing_if = "is_false")]
    pub past: bool,
    /// Its line in the file, from 1; 0 if it is not written yet.
    #[serde(skip)]
    pub line: usize,
}

fn is_false(value: &bool) -> bool {
    !value
}

impl Entry {
    /// Whether its word counts: its last day is not over, and it is as suppressions have to be.
    fn counts(&self, today: &str, demands: &Demands) -> bool {
        let admitted = match &self.status {
            Status::Accepted { until } => demands.admit(&self.reason, until.as_deref()),
            // What is no secret, or opens nothing any more, stays so.
            Status::False | Status::Revoked { .. } => {
                demands.admit(&self.reason, demands.latest.as_deref())
            }
            Status::Real { .. } => false,
        };
        admitted && !self.is_expired(today)
    }

    /// Whether it stays when the tree no longer holds its finding.
    fn outlives_finding(&self) -> bool {
        self.past || self.status.outlives_finding()
    }

    fn is_expired(&self, today: &str) -> bool {
        matches!(&self.status, Status::Accepted { until: Some(until) } if until.as_str() < today)
    }
}

/// A finding of an earlier report that stands in for a baseline.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Reported {
    fingerprint: String,
    path: Option<String>,
    rule: String,
}

/// All entries.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    file: Name,
    /// The folder that paths of entries are relative to, with a `/` at its end; empty at the root.
    base: String,
    /// Usually one; two after a merge of two baselines that were created apart.
    keys: Vec<String>,
    entries: Vec<Entry>,
    reported: Vec<Reported>,
}

/// What one scan says of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its file was not scanned.
    Unknown,
    /// Its finding is where it was.
    Held {
        /// The value under the first key.
        value: String,
    },
    /// Its finding stands in another file now, and in its own no longer.
    Moved {
        /// That file, as entries have it.
        path: String,
        /// The value under the first key.
        value: String,
    },
    /// Its finding is gone.
    Gone,
}

impl Baseline {
    /// An empty one with a key of its own, to be written to `file`.
    pub fn new(file: Name) -> Self {
        Baseline {
            file,
            keys: vec![random_key()],
            ..Baseline::default()
        }
    }

    /// The same for the files below `base` alone (empty, or with a `/` at its end): paths of entries are relative to that folder.
    #[must_use]
    pub fn below(self, base: String) -> Self {
        Baseline { base, ..self }
    }

    /// A path as entries have it; `None` for one that is not below its folder.
    fn inside(&self, path: &Name) -> Option<String> {
        path.to_text().strip_prefix(&self.base).map(str::to_owned)
    }

    /// The same for whatever may have no path; only a baseline at the root knows of such.
    fn place(&self, path: Option<&Name>) -> Option<Option<String>> {
        match path {
            Some(path) => self.inside(path).map(Some),
            None => self.base.is_empty().then_some(None),
        }
    }

    /// A path of an entry as it is from the root.
    fn at_root(&self, path: &str) -> Name {
        Name::from(format!("{}{path}", self.base).as_str())
    }

    /// Where it was read from.
    pub fn file(&self) -> &Name {
        &self.file
    }

    /// Its entries.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether it is an earlier report, which is not written again.
    pub fn is_report(&self) -> bool {
        self.keys.is_empty()
    }

    /// How fingerprints are made in its project; `None` for a report.
    pub fn identity(&self) -> Option<Identity> {
        self.keys.first().map(|key| Identity::new(key.as_bytes()))
    }

    /// The entry for this very value at this path.
    pub fn entry_of(&self, finding: &Finding) -> Option<&Entry> {
        let path = self.place(finding.origin.path())?;
        let values: Vec<String> = self
            .keys
            .iter()
            .map(|key| Identity::new(key.as_bytes()).value(finding).to_string())
            .collect();
        self.entries
            .iter()
            .find(|entry| entry.path == path && values.contains(&entry.value))
    }

    /// Adds an entry for each of `findings`, or gives the one that is there the new `decision`. Returns how many were added.
    pub fn add<'a>(
        &mut self,
        findings: impl IntoIterator<Item = &'a Finding>,
        rules: &RuleSet,
        decision: &Decision,
    ) -> usize {
        let identities: Vec<Identity> = self
            .keys
            .iter()
            .map(|key| Identity::new(key.as_bytes()))
            .collect();
        let Some(first) = identities.first() else {
            return 0;
        };
        let before = self.entries.len();
        let mut places: BTreeMap<(Option<String>, String), usize> = BTreeMap::new();
        for (at, entry) in self.entries.iter().enumerate() {
            places.insert((entry.path.clone(), entry.value.clone()), at);
        }
        for finding in findings {
            let Some(path) = self.place(finding.origin.path()) else {
                continue;
            };
            let entry = Entry {
                path,
                rule: rules.rule(finding.rule).id().to_owned(),
                secret: finding.secret.redacted(),
                value: first.value(finding).to_string(),
                status: decision.status.clone(),
                reason: decision.reason.clone(),
                author: decision.author.clone(),
                past: matches!(
                    finding.origin,
                    Origin::Commit { .. } | Origin::Object { .. }
                ),
                line: 0,
            };
            // After a merge of two baselines, an entry may stand under either key.
            let known = identities.iter().find_map(|identity| {
                let value = identity.value(finding).to_string();
                places.get(&(entry.path.clone(), value)).copied()
            });
            match known.and_then(|at| self.entries.get_mut(at)) {
                Some(old) => *old = entry,
                None => {
                    let place = (entry.path.clone(), entry.value.clone());
                    places.insert(place, self.entries.len());
                    self.entries.push(entry);
                }
            }
        }
        self.entries.len() - before
    }

    /// Brings the entries up to what a scan saw: those of renamed files follow, those whose finding is gone are taken out. What the scan did
    /// not look at stays. Returns what was taken out.
    pub fn update(&mut self, fates: &[Fate]) -> Vec<Entry> {
        let mut gone = Vec::new();
        let mut kept = Vec::new();
        for (at, mut entry) in std::mem::take(&mut self.entries).into_iter().enumerate() {
            match fates.get(at) {
                Some(Fate::Gone) => {
                    gone.push(entry);
                    continue;
                }
                Some(Fate::Held { value }) => entry.value.clone_from(value),
                Some(Fate::Moved { path, value }) => {
                    entry.path = Some(path.clone());
                    entry.value.clone_from(value);
                }
                Some(Fate::Unknown) | None => {}
            }
            kept.push(entry);
        }
        self.entries = kept;
        gone
    }

    /// Takes out the entries whose finding is gone or whose last day is over (`today` is `YYYY-MM-DD`), and returns them.
    pub fn prune(&mut self, fates: &[Fate], today: &str) -> Vec<Entry> {
        let mut out = Vec::new();
        let mut at = 0;
        self.entries.retain(|entry| {
            let gone = fates.get(at) == Some(&Fate::Gone) || entry.is_expired(today);
            at += 1;
            if gone {
                out.push(entry.clone());
            }
            !gone
        });
        out
    }
}

/// 128 random bits in hex. The standard library seeds its hash tables from the system's random numbers.
fn random_key() -> String {
    let state = RandomState::new();
    let word = |number: u64| {
        let mut hasher = state.build_hasher();
        hasher.write_u64(number);
        hasher.finish()
    };
    format!("{:016x}{:016x}", word(1), word(2))
}
