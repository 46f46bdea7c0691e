//! What the configuration says need not be reported: by rule, path, value or commit, with a reason and perhaps a last day; and which problems do not
//! fail a scan.

use super::paths::Paths;
use super::{Reason, Remark};
use crate::blob::Origin;
use crate::finding::Finding;
use crate::problem::Problem;
use crate::text::Name;
use regex::bytes::Regex;
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Findings that may stay. What is named must all agree; what is not named does not matter.
#[derive(Debug, Default)]
pub struct Allow {
    /// Where the entry stands, for people: `invoca-scan.toml:12`.
    pub place: String,
    /// Why.
    pub reason: String,
    /// Ids of rules.
    pub rules: Vec<String>,
    /// Paths.
    pub paths: Option<Paths>,
    /// SHA-256 of whole secrets.
    pub digests: Vec<[u8; 32]>,
    /// Patterns that a secret contains.
    pub secrets: Vec<Regex>,
    /// Ids of commits, or how they begin, in hex.
    pub commits: Vec<String>,
    /// The last day, as `YYYY-MM-DD`; then it ends.
    pub until: Option<String>,
    /// Whether it allowed anything in this run.
    pub used: AtomicBool,
}

impl Allow {
    /// Whether its last day is over.
    fn expired(&self, today: &str) -> bool {
        self.until.as_deref().is_some_and(|until| until < today)
    }

    /// Whether it allows a finding of the rule called `ids` at `path`.
    pub(super) fn allows(
        &self,
        finding: &Finding,
        path: Option<&Name>,
        ids: &[&str],
        today: &str,
    ) -> bool {
        let rule =
            self.rules.is_empty() || self.rules.iter().any(|rule| ids.contains(&rule.as_str()));
        let allows = rule
            && !self.expired(today)
            && self.commits_allow(&finding.origin)
            && self
                .paths
                .as_ref()
                .is_none_or(|paths| path.is_some_and(|path| paths.fits(path)))
            && self.values_allow(finding.secret.expose());
        if allows {
            self.used.store(true, Relaxed);
        }
        allows
    }

    fn commits_allow(&self, origin: &Origin) -> bool {
        let id = match origin {
            _ if self.commits.is_empty() => return true,
            Origin::Commit { commit, .. } | Origin::Message { id: commit, .. } => {
                commit.to_string()
            }
            _ => return false,
        };
        self.commits
            .iter()
            .any(|commit| id.starts_with(commit.as_str()))
    }

    fn values_allow(&self, value: &[u8]) -> bool {
        if self.digests.is_empty() && self.secrets.is_empty() {
            return true;
        }
        let listed = || {
            let digest: [u8; 32] = Sha256::digest(value).into();
            self.digests.contains(&digest)
        };
        self.secrets.iter().any(|pattern| pattern.is_match(value))
            || (!self.digests.is_empty() && listed())
    }

    pub(super) fn as_reason(&self) -> Reason {
        Reason::Allowlist {
            entry: self.place.clone(),
            text: self.reason.clone(),
        }
    }

    /// What is wrong with it after a scan, if anything.
    pub(super) fn stale(&self, today: &str) -> Option<Remark> {
        let what = match &self.until {
            Some(until) if self.expired(today) => format!("the entry was good until {until}"),
            _ if self.used.load(Relaxed) => return None,
            _ => "the entry allows nothing that is found".to_owned(),
        };
        Some(Remark {
            place: self.place.clone(),
            what,
        })
    }
}

/// Problems that do not fail a scan; they stay counted.
#[derive(Debug)]
pub struct Accept {
    /// Where the entry stands, for people.
    pub place: String,
    /// Why.
    pub reason: String,
    /// Paths of inputs.
    pub paths: Paths,
    /// Kinds of problems.
    pub kinds: Vec<String>,
    /// The last day, as `YYYY-MM-DD`; then it ends.
    pub until: Option<String>,
}

impl Accept {
    /// Whether it accepts `problem`.
    pub(super) fn accepts(&self, problem: &Problem, today: &str) -> bool {
        self.kinds.iter().any(|kind| *kind == problem.kind)
            && self.until.as_deref().is_none_or(|until| until >= today)
            && self.paths.fits(&problem.object)
    }
}
