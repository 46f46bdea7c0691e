//! `explain`: what a rule finds, why it matters, how to rotate.

use super::{Console, Outcome, foreign, written};
use crate::report::{When, rule_page};
use crate::rule::RuleSet;

/// Tells of a rule.
pub(super) fn run(what: &str, color: When, console: &mut Console) -> Outcome {
    let rules = RuleSet::builtin();
    let id = rules
        .find(what)
        .ok_or_else(|| foreign::no_such_rule(&rules, what))?;
    let style = console.style(color);
    let result = rule_page(&mut console.out, &rules.rule(id).spec, style);
    Ok(written(result, console))
}
