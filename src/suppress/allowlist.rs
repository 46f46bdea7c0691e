//! What the configuration says need not be reported: by rule, path, value or commit, with a reason and perhaps a last day.

use super::{Reason, Stale};
use crate::blob::Origin;
use crate::finding::Finding;
use crate::text::Name;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use regex::bytes::Regex;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// One entry. What it names must all agree; what it does not name does not matter.
#[derive(Debug, Default)]
pub struct Allow {
    /// Where it stands, for people: `invoca-scan.toml:12`.
    pub place: String,
    /// Why.
    pub reason: String,
    /// Ids of rules.
    pub rules: Vec<String>,
    /// Globs of paths.
    pub paths: Option<GlobSet>,
    /// SHA-256 of whole secrets.
    pub digests: Vec<[u8; 32]>,
    /// Patterns that a secret must contain.
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
    pub(super) fn expired(&self, today: &str) -> bool {
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
                .is_none_or(|globs| path.is_some_and(|path| fits(globs, path)))
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
    pub(super) fn stale(&self, today: &str) -> Option<Stale> {
        let what = if self.expired(today) {
            format!(
                "allowlist entry: its last day was {}",
                self.until.as_deref().unwrap_or_default()
            )
        } else if !self.used.load(Relaxed) {
            "allowlist entry: nothing that it allows was found".to_owned()
        } else {
            return None;
        };
        Some(Stale {
            place: self.place.clone(),
            what,
        })
    }
}

/// Globs over paths as they are reported: `*` stays within a folder, `**` does not, case counts.
///
/// # Errors
/// The glob that is none, and why.
pub fn globs<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<GlobSet, String> {
    let mut set = GlobSetBuilder::new();
    for text in texts {
        let glob = GlobBuilder::new(text)
            .literal_separator(true)
            .build()
            .map_err(|error| format!("glob {text:?}: {}", error.kind()))?;
        set.add(glob);
    }
    set.build().map_err(|error| error.to_string())
}

/// Whether a path fits.
pub(super) fn fits(globs: &GlobSet, path: &Name) -> bool {
    globs.is_match(Path::new(&path.to_text()))
}
