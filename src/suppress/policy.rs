//! What the configuration says of findings and problems, folder by folder.

use super::allowlist::{Accept, Allow};
use super::baseline::Baseline;
use super::paths::Paths;
use crate::finding::Level;
use crate::problem::Problem;
use crate::rule::{RuleId, Severity};
use crate::text::Name;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What holds for the files of a folder.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Findings that may stay.
    pub allow: Vec<Arc<Allow>>,
    /// Problems that do not fail a scan.
    pub accept: Vec<Arc<Accept>>,
    /// Rules that are off there, by id, and where that is said.
    pub off: BTreeMap<String, String>,
    /// Levels of rules, by id.
    pub levels: BTreeMap<String, Level>,
    /// Severities of rules, by id.
    pub severities: BTreeMap<String, Severity>,
    /// Words that make a value an example, in lower case, and where they stand.
    pub stopwords: Vec<(String, String)>,
    /// Files in which nothing counts, and where that is said.
    pub excluded: Vec<(Paths, String)>,
}

/// Which policy holds where. Asked from many threads.
pub trait Policies: Send + Sync {
    /// That of the file `path`, or, for what has no path, that of the root.
    fn of(&self, path: Option<&Name>) -> Arc<Policy>;
    /// All entries of allowlists that were met.
    fn entries(&self) -> Vec<Arc<Allow>>;
    /// What could not be read on the way.
    fn problems(&self) -> Vec<Problem>;
    /// The baseline that lies in `folder`, beside the configuration there. Asked once for each folder, never for the root.
    fn baseline_in(&self, folder: &str) -> Option<Baseline>;
}

/// The same policy everywhere.
#[derive(Debug, Default)]
pub struct OnePolicy(pub Arc<Policy>);

impl Policies for OnePolicy {
    fn of(&self, _: Option<&Name>) -> Arc<Policy> {
        Arc::clone(&self.0)
    }

    fn entries(&self) -> Vec<Arc<Allow>> {
        self.0.allow.clone()
    }

    fn problems(&self) -> Vec<Problem> {
        Vec::new()
    }

    fn baseline_in(&self, _: &str) -> Option<Baseline> {
        None
    }
}

/// What is asked of suppressions, whoever writes them.
#[derive(Clone, Debug, Default)]
pub struct Demands {
    /// Whether one without a reason does not count.
    pub reason: bool,
    /// The latest last day, `YYYY-MM-DD`, that an entry may have; then one without a last day does not count.
    pub latest: Option<String>,
    /// Rules whose findings nobody may suppress.
    pub locked: Vec<RuleId>,
}

impl Demands {
    /// Whether an entry with this reason and last day counts.
    pub(super) fn admit(&self, reason: &str, until: Option<&str>) -> bool {
        let reasoned = !self.reason || !reason.trim().is_empty();
        let timely = self
            .latest
            .as_deref()
            .is_none_or(|latest| until.is_some_and(|until| until <= latest));
        reasoned && timely
    }
}
