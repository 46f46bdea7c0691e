//! `rdjsonl`: reviewdog's diagnostics, one a line. Only lines are given: its columns count bytes, ours characters.

use super::moment::{next_step, place};
use super::record::shown_secret;
use super::{Options, Reporter};
use crate::finding::{Finding, Level};
use crate::rule::RuleSet;
use crate::suppress::Ledger;
use serde_json::{Value, json};
use std::io::{self, Write};

/// Writes the lines.
pub(super) struct Rdjsonl(pub(super) Options);

impl Reporter for Rdjsonl {
    fn write(&self, out: &mut dyn Write, ledger: &Ledger, rules: &RuleSet) -> io::Result<()> {
        for problem in &ledger.problems {
            let value = json!({
                "message": problem.to_string(),
                "location": { "path": problem.object.to_text() },
                "severity": "ERROR",
                "source": { "name": "invoca-scan", "url": env!("CARGO_PKG_REPOSITORY") },
                "code": { "value": format!("problem-{}", problem.kind) },
            });
            writeln!(out, "{value}")?;
        }
        for finding in &ledger.findings {
            writeln!(out, "{}", self.diagnostic(finding, ledger, rules))?;
        }
        Ok(())
    }
}

impl Rdjsonl {
    fn diagnostic(&self, finding: &Finding, ledger: &Ledger, rules: &RuleSet) -> Value {
        let spec = &rules.rule(finding.rule).spec;
        let mut code = json!({ "value": spec.id });
        if let Some(address) = spec.references.first() {
            code["url"] = json!(address);
        }
        let path = match finding.origin.path() {
            Some(path) => path.to_text(),
            None => place(finding),
        };
        json!({
            "message": format!(
                "{}: {}\n{}\nNext: {}",
                spec.title,
                shown_secret(finding, self.0.show_secrets),
                spec.why,
                next_step(finding, spec, ledger.scan.mode)
            ),
            "location": {
                "path": path,
                "range": {
                    "start": { "line": finding.location.line },
                    "end": { "line": finding.location.end_line },
                },
            },
            "severity": match finding.level {
                Level::Error => "ERROR",
                Level::Warning => "WARNING",
                Level::Note => "INFO",
            },
            "source": { "name": "invoca-scan", "url": env!("CARGO_PKG_REPOSITORY") },
            "code": code,
        })
    }
}
