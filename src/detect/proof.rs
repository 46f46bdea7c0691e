//! The proof of a rule: its examples are found by it, its counterexamples are not, its known misses still are missed.

use super::example::Generator;
use super::{Detector, Scratch};
use crate::blob::Fresh;
use crate::rule::{Kind, Rule, RuleId, RuleSet};
use std::sync::Arc;

/// A rule that does not hold what it promises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The rule's id.
    pub rule: String,
    /// What failed, with the text as it is written in the rule.
    pub cause: String,
}

/// How often each example is made anew, so that a rule cannot pass by chance.
const ROUNDS: u64 = 20;

/// Proves the rules in `which`, each with the others switched off.
pub fn prove(rules: &Arc<RuleSet>, which: &[RuleId]) -> Vec<Failure> {
    let detector = Detector::new(Arc::clone(rules));
    let mut failures = Vec::new();
    for id in which {
        let rule = rules.rule(*id);
        let mut fail = |cause: String| {
            failures.push(Failure {
                rule: rule.id().to_owned(),
                cause,
            });
        };
        for check in rule
            .spec
            .checks
            .iter()
            .filter(|check| !super::check_names().any(|name| name == check.as_ref()))
        {
            fail(format!("there is no check called {check:?}"));
        }
        if let Err(error) = rule.check_patterns() {
            fail(error);
        }
        let cases = [
            (&rule.spec.examples, true, "example not found"),
            (&rule.spec.counterexamples, false, "counterexample found"),
            (
                &rule.spec.known_misses,
                false,
                "known miss is found now: make it an example",
            ),
        ];
        let pairs = rule.spec.pairs.iter();
        let wrong: Vec<_> = pairs.clone().map(|pair| pair.wrong.clone()).collect();
        let right: Vec<_> = pairs.map(|pair| pair.right.clone()).collect();
        let pairs = [
            (&wrong[..], true, "what is wrong is not found"),
            (&right[..], false, "what is right is found"),
        ];
        let cases = cases.map(|(texts, wanted, complaint)| (&texts[..], wanted, complaint));
        for (texts, wanted, complaint) in cases.into_iter().chain(pairs) {
            for text in texts.iter() {
                if let Some(cause) = first_wrong(&detector, *id, text, wanted) {
                    let hint = if wanted {
                        out_of_reach(rule, text)
                    } else {
                        None
                    };
                    let hint = hint.unwrap_or_default();
                    fail(format!("{complaint}: {text:?} {cause}{hint}"));
                }
            }
        }
    }
    failures
}

/// What to change where an example has more lines than its pattern sees.
fn out_of_reach(rule: &Rule, text: &str) -> Option<String> {
    let lines = text.lines().count() as u32;
    let reach = rule.spec.reach;
    (rule.meta.kind == Kind::Pattern && lines > reach + 1).then(|| {
        format!(
            "; it has {lines} lines, and with `reach = {reach}` the pattern sees {reach} above and below its keyword: try `reach = {}`",
            lines - 1
        )
    })
}

/// The first round in which the rule does not do what is wanted, told in words.
fn first_wrong(detector: &Detector, id: RuleId, text: &str, wanted: bool) -> Option<String> {
    let mut wrong = 0;
    for round in 0..ROUNDS {
        let made = match Generator::new(round * 7919 + 1).expand(text) {
            Ok(made) => made,
            Err(error) => return Some(error),
        };
        let detection = detector.detect(made.as_bytes(), Fresh::All, &mut Scratch::default());
        let found = detection.raw.iter().any(|claim| claim.rule == id);
        wrong += u64::from(found != wanted);
    }
    // One of twenty may be a random token that looks like words or a sequence; two are a defect of the rule.
    let most = u64::from(wanted);
    (wrong > most).then(|| format!("(in {wrong} of {ROUNDS} rounds)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_rule_holds_what_it_promises() {
        let mut rules = RuleSet::builtin();
        rules.set_persona(crate::rule::Persona::Auditor);
        let rules = Arc::new(rules);
        let all: Vec<RuleId> = rules.iter().map(|(id, _)| id).collect();
        for (_, rule) in rules.iter() {
            assert_eq!(rule.check_patterns(), Ok(()), "{}", rule.id());
        }
        let failures = prove(&rules, &all);
        let told: Vec<String> = failures
            .iter()
            .map(|failure| format!("{}: {}", failure.rule, failure.cause))
            .collect();
        assert!(failures.is_empty(), "\n{}", told.join("\n"));
    }
}
