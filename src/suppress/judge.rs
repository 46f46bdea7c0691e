//! The judge: knows the markers in the text, the path classes, the allowlist and the baseline, and gives every finding its verdict.

use super::{Ledger, Verdict};
use crate::blob::Blob;
use crate::finding::Finding;

/// Decides which findings stand.
#[derive(Debug, Default)]
pub struct Judge {}

impl Judge {
    /// Verdicts on the findings of one blob, while its bytes are in hand (called from many threads).
    pub fn judge_blob(&self, _blob: &Blob<'_>, findings: Vec<Finding>) -> Vec<(Finding, Verdict)> {
        findings
            .into_iter()
            .map(|finding| (finding, Verdict::Report))
            .collect()
    }

    /// What can only be judged when everything is known (a baseline entry that covers one of several places).
    pub fn finish(&self, _ledger: &mut Ledger) {}
}
