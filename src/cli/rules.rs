//! `rules`: which rules there are, and whether they hold what they promise.

use super::args::RuleArgs;
use super::{Console, ExitStatus, Failure, Outcome, settings, written};
use crate::detect::prove;
use crate::report::{UNDOCUMENTED, When, count};
use crate::rule::{Facts, Persona, RuleFile, RuleId, RuleSet, RuleSpec, SOURCES};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

/// Lists the rules, or the files they stand in and where their facts come from.
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
    let summary = format!("{}, {on} on", count(all as u64, "rule", "rules"));
    writeln!(console.out, "{}", style.faint(&summary))
}

fn list_sources(rules: &RuleSet, console: &mut Console) -> io::Result<()> {
    for (file, number) in SOURCES {
        let number = count(*number as u64, "rule", "rules");
        writeln!(console.out, "rules/{file}: {number}")?;
    }
    for (_, rule) in rules.iter() {
        let origin = origin(&rule.spec);
        writeln!(console.out, "{}  {origin}", rule.id())?;
    }
    Ok(())
}

/// Where the facts of a rule come from: the vendor's pages, or that none documents them.
fn origin(spec: &RuleSpec) -> String {
    let pages = spec.references.join(" ");
    match (spec.facts, pages.is_empty()) {
        (Facts::Documented, _) => pages,
        (Facts::Observed, true) => UNDOCUMENTED.to_owned(),
        (Facts::Observed, false) => format!("{UNDOCUMENTED}; what it opens: {pages}"),
    }
}

/// Proves the built-in rules, or those of `file`. A rule that fails its proof is a finding: exit status 1.
pub(super) fn check(file: Option<&Path>, console: &mut Console) -> Outcome {
    let mut rules = RuleSet::builtin();
    rules.set_persona(Persona::Auditor);
    let builtin = rules.iter().count();
    if let Some(path) = file {
        let next = "docs/rules.md describes the format";
        rules
            .add(read(path)?)
            .map_err(|error| Failure::new(format!("{}: {error}", path.display()), next))?;
    }
    let first = file.map_or(0, |_| builtin);
    let which: Vec<RuleId> = rules.iter().map(|(id, _)| id).skip(first).collect();
    let rules = Arc::new(rules);
    let failures = prove(&rules, &which);
    for failure in &failures {
        let line = format!("{}: {}", failure.rule, failure.cause);
        written(writeln!(console.out, "{line}"), console);
    }
    let summary = format!(
        "{}, {}",
        count(which.len() as u64, "rule looked at", "rules looked at"),
        count(failures.len() as u64, "failure", "failures")
    );
    Ok(match written(writeln!(console.out, "{summary}"), console) {
        ExitStatus::Clean if !failures.is_empty() => ExitStatus::Findings(1),
        status => status,
    })
}

fn read(path: &Path) -> Result<RuleFile, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::new(
            format!("{}: {error}", path.display()),
            "name a rule file that can be read",
        )
    })?;
    toml::from_str(&text).map_err(|error| {
        Failure::new(
            format!("{}: {}", path.display(), error.to_string().trim_end()),
            "docs/rules.md describes the format",
        )
    })
}
