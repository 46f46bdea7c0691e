//! `rules`: which rules there are.

use super::args::RuleArgs;
use super::{Console, Outcome, settings, written};
use crate::report::When;
use crate::rule::{RuleSet, SOURCES};
use std::io::{self, Write};

/// Lists the rules, or the files they come from.
pub(super) fn list(sources: bool, args: &RuleArgs, color: When, console: &mut Console) -> Outcome {
    let rules = settings::rules(args)?;
    let result = if sources {
        list_sources(&rules, console)
    } else {
        list_rules(&rules, color, console)
    };
    Ok(written(result, console))
}

fn list_rules(rules: &RuleSet, color: When, console: &mut Console) -> io::Result<()> {
    let style = console.style(color);
    let width = rules
        .iter()
        .map(|(_, rule)| rule.id().len())
        .max()
        .unwrap_or(0);
    let mut on = 0;
    for (id, rule) in rules.iter() {
        let spec = &rule.spec;
        let state = if rules.is_enabled(id) {
            on += 1;
            ""
        } else {
            "  (off)"
        };
        let pad = " ".repeat(width - rule.id().len());
        writeln!(
            console.out,
            "{}{pad}  {:8}  {:7}  {}{}",
            style.strong(rule.id()),
            spec.severity.word(),
            spec.confidence.word(),
            spec.title,
            style.faint(state)
        )?;
    }
    let all = rules.iter().count();
    writeln!(
        console.out,
        "{}",
        style.faint(&format!("{all} rules, {on} on"))
    )
}

fn list_sources(rules: &RuleSet, console: &mut Console) -> io::Result<()> {
    for (file, number) in SOURCES {
        writeln!(console.out, "rules/{file}: {number} rules")?;
    }
    for (_, rule) in rules.iter() {
        for reference in rule.spec.references.iter() {
            writeln!(console.out, "{}  {reference}", rule.id())?;
        }
    }
    Ok(())
}
