//! Rules: data with their proof. [`RuleSpec`] is a rule as written, [`Rule`] the live form with lazily compiled patterns, [`RuleSet`] all
//! rules of a run together with the prefilter tables that lead from a keyword to them.
//!
//! The only place where a rule is validated is [`RuleSet::with_own`]; built-in rules are proven by tests. Patterns compile on the first
//! candidate of their rule, so a start costs nothing for rules that find nothing.

mod builtin;
mod gate;
mod known;
mod live;
mod paths;
mod prefilter;
mod set;
mod shape;
mod spec;

pub use builtin::{SOURCES, builtin_digest};
pub(crate) use gate::LEAST_RUN;
pub use gate::{Gate, RunOf};
pub(crate) use known::digest_of;
pub use known::{KnownList, KnownStatus, LONGEST_KNOWN, Shape};
pub use live::{Pattern, Place, Rule, Spec};
pub use paths::{expand, path_classes};
pub use prefilter::{Hit, Prefilter};
pub use set::{Layer, RuleError, RuleId, RuleSet, Target};
pub(crate) use spec::{BEFORE, LABEL_LINES, STATEMENT_LINES};
pub use spec::{
    Confidence, EvidenceSpec, Facts, Kind, Meta, MostLevel, Neighbour, Pair, Persona, RuleFile,
    RuleSpec, Severity, Within,
};

/// Whether version `one` is newer than `other`: numbers between dots, a missing one is 0.
pub fn is_newer(one: &str, other: &str) -> bool {
    let numbers = |version: &str| -> Vec<u64> {
        let parts = version.split('.').map(|part| part.parse().unwrap_or(0));
        let mut numbers: Vec<u64> = parts.collect();
        while numbers.last() == Some(&0) {
            numbers.pop();
        }
        numbers
    };
    numbers(one) > numbers(other)
}

#[cfg(test)]
mod tests {
    use super::is_newer;

    #[test]
    fn versions_are_compared_by_number() {
        assert!(is_newer("0.10", "0.9"));
        assert!(is_newer("0.9.1", "0.9"));
        assert!(!is_newer("0.9.0", "0.9"));
        assert!(!is_newer("0.1", "1"));
    }
}
