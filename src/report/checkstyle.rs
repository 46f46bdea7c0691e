//! `checkstyle`: Checkstyle XML, which many review tools read.

use super::escape::xml;
use super::moment::{next_step, place};
use super::record::shown_secret;
use super::{Options, Reporter};
use crate::finding::{Finding, Level};
use crate::rule::RuleSet;
use crate::suppress::Ledger;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Writes the document.
pub(super) struct Checkstyle(pub(super) Options);

impl Reporter for Checkstyle {
    fn write(&self, out: &mut dyn Write, ledger: &Ledger, rules: &RuleSet) -> io::Result<()> {
        let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for problem in &ledger.problems {
            let line = format!(
                "<error line=\"1\" severity=\"error\" message=\"{}\" source=\"invoca-scan.problem.{}\"/>",
                xml(&problem.to_string()),
                xml(&problem.kind)
            );
            files
                .entry(problem.object.to_text())
                .or_default()
                .push(line);
        }
        for finding in &ledger.findings {
            let name = match finding.origin.path() {
                Some(path) => path.to_text(),
                None => place(finding),
            };
            let line = self.error(finding, ledger, rules);
            files.entry(name).or_default().push(line);
        }
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(out, "<checkstyle version=\"8.0\">")?;
        for (name, lines) in &files {
            writeln!(out, "  <file name=\"{}\">", xml(name))?;
            for line in lines {
                writeln!(out, "    {line}")?;
            }
            writeln!(out, "  </file>")?;
        }
        writeln!(out, "</checkstyle>")
    }
}

impl Checkstyle {
    fn error(&self, finding: &Finding, ledger: &Ledger, rules: &RuleSet) -> String {
        let spec = &rules.rule(finding.rule).spec;
        let severity = match finding.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "info",
        };
        let message = format!(
            "{}: {}. Next: {}",
            spec.title,
            shown_secret(finding, self.0.show_secrets),
            next_step(finding, spec, ledger.scan.mode)
        );
        format!(
            "<error line=\"{}\" column=\"{}\" severity=\"{severity}\" message=\"{}\" source=\"invoca-scan.{}\"/>",
            finding.location.line,
            finding.location.column,
            xml(&message),
            xml(&spec.id)
        )
    }
}
