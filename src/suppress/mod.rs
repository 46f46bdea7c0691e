//! Which findings stand. A [`Judge`] gives a [`Verdict`] on each; the [`Ledger`] keeps every finding, suppressed ones with their reason,
//! and everything that was counted. The exit status and the footer derive from the ledger alone.

mod allowlist;
mod baseline;
mod globs;
mod inline;
mod judge;
mod ledger;
mod path;
mod paths;
mod policy;
mod shelf;

pub use allowlist::{Accept, Allow};
pub use baseline::{BASELINE, Baseline, BaselineError, Decision, Entry, Fate, Status};
pub use judge::{Judge, JudgeOptions};
pub use ledger::{Counts, Joined, Ledger, Replacements, ScanInfo, Suppressed};

pub use globs::globs;
pub use path::PathClass;
pub use paths::Paths;
pub use policy::{Demands, OnePolicy, Policies, Policy};

use crate::text::Name;
use std::borrow::Cow;

/// Why a finding does not count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A marker in the text allows it.
    Inline {
        /// The line of the marker, from 1.
        line: usize,
        /// The marker as the user wrote it (`invoca-scan:allow`, `gitleaks:allow` …).
        marker: Cow<'static, str>,
        /// The reason the user gave, or nothing.
        text: String,
    },
    /// The rule does not apply to any of its paths (`paths`, lockfile, vendored …).
    Path {
        /// The path class that rules it out, in words.
        class: Cow<'static, str>,
    },
    /// An entry of the configuration's allowlist.
    Allowlist {
        /// Where the entry stands.
        entry: String,
        /// The reason given there.
        text: String,
    },
    /// An entry of the baseline.
    Baseline {
        /// The file.
        file: Name,
        /// The reason given there.
        text: String,
    },
}

impl Reason {
    /// The stable word in machine formats.
    pub fn kind(&self) -> &'static str {
        match self {
            Reason::Inline { .. } => "inline",
            Reason::Path { .. } => "path",
            Reason::Allowlist { .. } => "allowlist",
            Reason::Baseline { .. } => "baseline",
        }
    }
}

/// What becomes of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It stands.
    Report,
    /// It is kept, counted, and does not fail the scan.
    Suppress(Reason),
}

/// Something to say of a suppression, rather than of a finding: that it is of no use any more, or that it is new.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remark {
    /// Where it stands: `path:line`.
    pub place: String,
    /// What it is.
    pub what: String,
}
