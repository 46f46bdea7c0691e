//! `csv`: one row a finding, for spreadsheets. What a spreadsheet would take for a formula is defused.

use super::escape::csv;
use super::record::{commit_of, value_of};
use super::{Options, Reporter};
use crate::finding::Finding;
use crate::rule::RuleSet;
use crate::suppress::Ledger;
use crate::text::Name;
use std::io::{self, Write};

const COLUMNS: [&str; 18] = [
    "repository",
    "status",
    "rule_id",
    "title",
    "level",
    "severity",
    "confidence",
    "path",
    "line",
    "column",
    "end_line",
    "end_column",
    "secret",
    "fingerprint",
    "origin",
    "commit",
    "reason",
    "secret_id",
];

/// Writes the table.
pub(super) struct Csv(pub(super) Options);

impl Reporter for Csv {
    fn write(&self, out: &mut dyn Write, ledger: &Ledger, rules: &RuleSet) -> io::Result<()> {
        row(out, &COLUMNS.map(str::to_owned))?;
        for finding in &ledger.findings {
            self.finding(out, finding, ["reported", ""], ledger, rules)?;
        }
        for item in ledger.suppressed.iter().filter(|_| self.0.show_suppressed) {
            let status = ["suppressed", item.reason.kind()];
            self.finding(out, &item.finding, status, ledger, rules)?;
        }
        for problem in &ledger.problems {
            let mut cells: [String; COLUMNS.len()] = Default::default();
            cells[0] = ledger.scan.repository.clone().unwrap_or_default();
            cells[1] = "problem".to_owned();
            cells[2] = problem.kind.to_string();
            cells[7] = problem.object.to_text();
            cells[16] = problem.cause.clone();
            row(out, &cells)?;
        }
        Ok(())
    }
}

impl Csv {
    fn finding(
        &self,
        out: &mut dyn Write,
        finding: &Finding,
        [status, reason]: [&str; 2],
        ledger: &Ledger,
        rules: &RuleSet,
    ) -> io::Result<()> {
        let spec = &rules.rule(finding.rule).spec;
        let at = finding.location;
        let repository = match &finding.reported {
            Some(reported) => reported.repository.clone(),
            None => ledger.scan.repository.clone().unwrap_or_default(),
        };
        let cells: [String; COLUMNS.len()] = [
            repository,
            status.to_owned(),
            spec.id.to_string(),
            spec.title.to_string(),
            finding.level.word().to_owned(),
            finding.severity.word().to_owned(),
            finding.confidence.word().to_owned(),
            finding.origin.path().map(Name::to_text).unwrap_or_default(),
            at.line.to_string(),
            at.column.to_string(),
            at.end_line.to_string(),
            at.end_column.to_string(),
            value_of(finding, self.0.show_secrets),
            finding.fingerprint.to_string(),
            finding.origin.kind().to_owned(),
            commit_of(finding).unwrap_or_default(),
            reason.to_owned(),
            finding
                .secret_id
                .map(|id| id.to_string())
                .unwrap_or_default(),
        ];
        row(out, &cells)
    }
}

fn row(out: &mut dyn Write, cells: &[String]) -> io::Result<()> {
    let cells: Vec<String> = cells
        .iter()
        .map(|cell| csv(&crate::text::escape_controls(cell)))
        .collect();
    write!(out, "{}\r\n", cells.join(","))
}
