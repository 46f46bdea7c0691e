//! `markdown`: for a step summary, a comment or a ticket. Cut where GitHub would refuse it.

use super::escape::{markdown, markdown_code};
use super::human::summary;
use super::moment::{headline, next_step, place};
use super::record::shown_secret;
use super::{Options, Reporter};
use crate::finding::{Finding, Level};
use crate::rule::RuleSet;
use crate::suppress::Ledger;
use crate::text::escape_controls;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// GitHub takes a step summary of 1 MiB; the rest of the page needs some of it.
const ROOM: usize = 900_000;

/// Writes the page.
pub(super) struct Markdown(pub(super) Options);

impl Reporter for Markdown {
    fn write(&self, out: &mut dyn Write, ledger: &Ledger, rules: &RuleSet) -> io::Result<()> {
        let mark = match (self.0.failed, ledger.findings.is_empty()) {
            (true, _) => "❌",
            (false, false) => "⚠️",
            (false, true) => "✅",
        };
        let headline = headline(ledger, rules, self.0.failed);
        writeln!(out, "### {mark} invoca-scan: {}", markdown(&headline))?;
        self.table(out, ledger, rules)?;
        self.advice(out, ledger, rules)?;
        if !ledger.problems.is_empty() {
            writeln!(out, "\n#### Problems\n")?;
            for problem in &ledger.problems {
                let object = markdown_code(&problem.object.to_string());
                let cause = markdown(&escape_controls(&problem.cause));
                writeln!(out, "- {object}: {cause}; {}", problem.consequence)?;
            }
        }
        writeln!(out, "\n<sub>{}</sub>", markdown(&summary(ledger, true)))
    }
}

impl Markdown {
    fn table(&self, out: &mut dyn Write, ledger: &Ledger, rules: &RuleSet) -> io::Result<()> {
        let levels = [Level::Error, Level::Warning, Level::Note];
        let ordered: Vec<&Finding> = levels
            .into_iter()
            .flat_map(|level| {
                ledger
                    .findings
                    .iter()
                    .filter(move |item| item.level == level)
            })
            .collect();
        if ordered.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "\n| level | place | rule | secret |\n|---|---|---|---|"
        )?;
        let mut room = ROOM;
        for (at, finding) in ordered.iter().enumerate() {
            let spec = &rules.rule(finding.rule).spec;
            let row = format!(
                "| {} | {} | {} ({}) | {} |",
                finding.level.word(),
                markdown_code(&place(finding)),
                markdown(&escape_controls(&spec.title)),
                markdown_code(&spec.id),
                markdown_code(&escape_controls(&shown_secret(
                    finding,
                    self.0.show_secrets
                ))),
            );
            let Some(left) = room.checked_sub(row.len() + 1) else {
                let more = ordered.len() - at;
                return writeln!(
                    out,
                    "\n{more} more do not fit here; the other reports have all."
                );
            };
            room = left;
            writeln!(out, "{row}")?;
        }
        Ok(())
    }

    /// Once for each rule: why, and what next.
    fn advice(&self, out: &mut dyn Write, ledger: &Ledger, rules: &RuleSet) -> io::Result<()> {
        let mut of_rule: BTreeMap<&str, &Finding> = BTreeMap::new();
        for finding in &ledger.findings {
            of_rule
                .entry(rules.rule(finding.rule).id())
                .or_insert(finding);
        }
        for (id, finding) in of_rule {
            let spec = &rules.rule(finding.rule).spec;
            writeln!(
                out,
                "\n**{}** ({})\\\nWhy: {}\\\nNext: {}",
                markdown(&spec.title),
                markdown_code(id),
                markdown(&spec.why),
                markdown(&next_step(finding, spec, ledger.scan.mode)),
            )?;
        }
        Ok(())
    }
}
