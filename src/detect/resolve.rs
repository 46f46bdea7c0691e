//! One secret is one finding: of several claims on the same bytes the most specific rule names it, the others become its notes.

use super::statement::statement_around;
use super::{Detection, Resolved};
use crate::finding::RawFinding;
use crate::rule::{Confidence, MostLevel, RuleSet};
use std::collections::BTreeMap;

/// Resolves all claims of the blob `text`.
pub(super) fn resolve(rules: &RuleSet, text: &[u8], detection: Detection) -> Vec<Resolved> {
    let mut claims = detection.raw;
    // The same claim can be made from several keywords, with different extents; it counts once, with the best confidence.
    claims.sort_by(|a, b| {
        (a.span, a.rule, std::cmp::Reverse(a.confidence)).cmp(&(
            b.span,
            b.rule,
            std::cmp::Reverse(b.confidence),
        ))
    });
    claims.dedup_by(|a, b| a.span == b.span && a.rule == b.rule);
    claims.sort_by_key(|claim| rank(rules, claim));
    let mut resolved: Vec<Resolved> = Vec::new();
    // Where each finding begins. No two of them overlap, so those that a claim overlaps are the last ones that begin before its end.
    let mut begins: BTreeMap<usize, usize> = BTreeMap::new();
    for claim in claims {
        // One statement gives one finding: what is said of how it is written belongs to the secret in it, or to what was said first.
        let held = if rules.rule(claim.rule).spec.lint {
            statement_around(text, claim.span)
        } else {
            claim.span
        };
        let before_end = begins.range(..held.end.max(held.start + 1)).rev();
        let overlapped = before_end
            .map(|(_, number)| *number)
            .take_while(|number| resolved[*number].raw.span.overlaps(held));
        // The most specific of them.
        match overlapped.min().and_then(|number| resolved.get_mut(number)) {
            Some(taken) => {
                if claim.confidence == Confidence::Certain && !rules.rule(claim.rule).spec.lint {
                    taken.raw.confidence = Confidence::Certain;
                }
                if taken.raw.rule != claim.rule
                    && !taken.others.iter().any(|other| other.rule == claim.rule)
                {
                    taken.others.push(claim);
                }
            }
            None => {
                begins.insert(claim.span.start, resolved.len());
                resolved.push(Resolved {
                    raw: claim,
                    others: Vec::new(),
                });
            }
        }
    }
    resolved.sort_by(|a, b| a.raw.cmp(&b.raw));
    resolved
}

/// Smaller is more specific: a known secret before all; secrets before lints (but not guesses before a lint that may stop a commit); a vendor's rule before one without; a rule with
/// its own pattern before one that needs context, before a name, before a bare shape; then the greater confidence, what was decoded, the longer
/// secret, the rule's number.
fn rank(rules: &RuleSet, claim: &RawFinding) -> impl Ord + use<> {
    let spec = &rules.rule(claim.rule).spec;
    let kind = if !spec.pattern.is_empty() {
        0
    } else if !spec.value.is_empty() {
        1
    } else if spec.assign {
        3
    } else if spec.names.is_empty() && spec.vendor.is_empty() {
        4
    } else {
        2
    };
    let guess = claim.confidence == Confidence::Low;
    let class = match (spec.lint, guess || spec.level < MostLevel::Error) {
        (false, false) => 0,
        (true, false) => 1,
        (false, true) => 2,
        (true, true) => 3,
    };
    (
        // What is on a list of known secrets is named by it.
        spec.confidence < Confidence::Certain,
        class,
        std::cmp::Reverse(spec.level),
        spec.vendor.is_empty(),
        kind,
        std::cmp::Reverse(claim.confidence),
        // What is decoded says more than what is not.
        claim.encoded.is_none(),
        std::cmp::Reverse(claim.span.len()),
        claim.rule,
        claim.span.start,
    )
}
