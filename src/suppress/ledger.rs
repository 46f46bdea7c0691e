//! Everything one scan has to say, in a fixed order whatever the number of threads.

use super::{Reason, Remark};
use crate::finding::{Finding, Level, Story};
use crate::problem::{LeftOut, Problem, Why};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// A finding that does not count, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppressed {
    /// The finding.
    pub finding: Finding,
    /// Why it does not count.
    pub reason: Reason,
}

/// What was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Blobs (files) scanned.
    pub files: u64,
    /// Bytes of them.
    pub bytes: u64,
}

/// What the scan was, for reports.
#[derive(Clone, Debug)]
pub struct ScanInfo {
    /// `tree`, `staged`, `pre-commit`, `range`, `history`, `stdin`, `patch` …
    pub mode: &'static str,
    /// The repository's name (remote URL without credentials, or as given), where there is one.
    pub repository: Option<String>,
    /// HEAD's commit id, where there is one.
    pub head: Option<String>,
    /// The folder on this machine that paths are relative to; `None` where they are not those of files.
    pub root: Option<PathBuf>,
    /// Digest of the rule set.
    pub rules_digest: String,
    /// Findings of rules newer than this version are warnings.
    pub rules_as_of: Option<String>,
    /// Digest of the effective configuration; empty without one.
    pub config_digest: String,
    /// When it began.
    pub started: SystemTime,
    /// How long it took.
    pub elapsed: Duration,
    /// Whether it was interrupted before its end.
    pub interrupted: bool,
    /// Where the secrets of a history were written for those who rewrite it.
    pub replacements: Option<Replacements>,
    /// Where reports were joined: the scans they are of.
    pub joined: Vec<Joined>,
}

/// A file with the secrets of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacements {
    /// The file.
    pub path: PathBuf,
    /// How many secrets it holds.
    pub secrets: usize,
}

/// One of several scans whose reports were joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The repository; empty where the report names none.
    pub repository: String,
    /// Its HEAD, where the report says.
    pub head: Option<String>,
    /// What kind of scan it was.
    pub mode: String,
    /// The version of this program, and the digests of rules and configuration.
    pub version: [String; 3],
    /// When it began and ended, as the report writes it.
    pub time: [String; 2],
    /// What was looked at.
    pub counts: Counts,
    /// Whether everything was read that should have been.
    pub complete: bool,
}

/// All findings, suppressed ones with their reason, all that was not read, and the counts.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// What the scan was.
    pub scan: ScanInfo,
    /// Findings that stand, sorted.
    pub findings: Vec<Finding>,
    /// The story of each value of a history, the most pressing first; empty for other scans.
    pub stories: Vec<Story>,
    /// Findings that do not, sorted.
    pub suppressed: Vec<Suppressed>,
    /// Inputs that could not be read, sorted.
    pub problems: Vec<Problem>,
    /// Problems that the configuration accepts, with the reason given there, sorted: they do not make a scan incomplete, but stay counted.
    pub accepted: Vec<(Problem, String)>,
    /// Inputs left out by agreement, sorted.
    pub left_out: Vec<LeftOut>,
    /// Suppressions that are of no use any more, sorted; empty unless they were asked for.
    pub stale: Vec<Remark>,
    /// Suppressions that the scanned commits themselves would add, sorted.
    pub new_suppressions: Vec<Remark>,
    /// What was looked at.
    pub counts: Counts,
}

impl Ledger {
    /// How many findings have this level.
    pub fn count(&self, level: Level) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.level == level)
            .count()
    }

    /// How many inputs were left out, by reason.
    pub fn left_out_by_why(&self) -> BTreeMap<Why, usize> {
        let mut counts = BTreeMap::new();
        for item in &self.left_out {
            *counts.entry(item.why).or_insert(0) += 1;
        }
        counts
    }

    /// Whether everything that was promised was read.
    pub fn complete(&self) -> bool {
        self.problems.is_empty() && !self.scan.interrupted
    }

    /// Puts everything in the fixed order.
    pub fn sort(&mut self) {
        self.findings.sort();
        self.suppressed.sort_by(|a, b| a.finding.cmp(&b.finding));
        self.problems.sort();
        self.problems.dedup();
        self.accepted.sort();
        self.accepted.dedup();
        self.left_out.sort();
    }
}
