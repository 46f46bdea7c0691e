//! Why a place was or was not reported: every rule that considered it, and the check that accepted or refused it.

use super::{Detector, Scratch};
use crate::blob::Fresh;
use crate::rule::{Confidence, RuleId};
use crate::text::Span;

/// One rule's look at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Considered {
    /// The rule.
    pub rule: RuleId,
    /// The candidate.
    pub span: Span,
    /// How sure the rule is, or why it refused.
    pub outcome: Result<Confidence, &'static str>,
}

impl Detector {
    /// Everything that any rule considered within `place`, in the order of the text.
    pub fn explain(&self, bytes: &[u8], place: Span) -> Vec<Considered> {
        let mut scratch = Scratch {
            trace: Some(Vec::new()),
            ..Scratch::default()
        };
        self.detect(bytes, Fresh::All, &mut scratch);
        let mut considered = scratch.trace.take().unwrap_or_default();
        considered.retain(|item| item.span.touches(place));
        considered.sort_by_key(|item| (item.span, item.rule, item.outcome.is_err()));
        considered.dedup();
        considered
    }
}
