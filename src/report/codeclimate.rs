//! `codeclimate`: the list of issues that GitLab's code quality widget and Code Climate's tools read. What has no path has no place there
//! and stands under the name of what it is.

use super::moment::{next_step, place};
use super::record::shown_secret;
use super::{Options, Reporter};
use crate::finding::{Finding, Level};
use crate::rule::{RuleSet, Severity};
use crate::suppress::Ledger;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Writes the list.
pub(super) struct Codeclimate(pub(super) Options);

impl Reporter for Codeclimate {
    fn write(&self, out: &mut dyn Write, ledger: &Ledger, rules: &RuleSet) -> io::Result<()> {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let mut issues: Vec<Value> = Vec::new();
        for finding in &ledger.findings {
            // Of two issues with one fingerprint GitLab drops the second: a value that stands twice in a file is two issues.
            let mut fingerprint = finding.fingerprint.to_string();
            let count = seen.entry(fingerprint.clone()).or_default();
            *count += 1;
            if *count > 1 {
                fingerprint.push_str(&format!("-{count}"));
            }
            issues.push(self.issue(finding, fingerprint, ledger, rules));
        }
        for problem in &ledger.problems {
            issues.push(json!({
                "type": "issue",
                "check_name": format!("invoca-scan-problem-{}", problem.kind),
                "description": problem.to_string(),
                "categories": ["Security"],
                "severity": "major",
                "fingerprint": format!("problem {} {}", problem.kind, problem.object.to_text()),
                "location": { "path": problem.object.to_text(), "lines": { "begin": 1, "end": 1 } },
            }));
        }
        serde_json::to_writer_pretty(&mut *out, &issues)?;
        out.write_all(b"\n")
    }
}

impl Codeclimate {
    fn issue(
        &self,
        finding: &Finding,
        fingerprint: String,
        ledger: &Ledger,
        rules: &RuleSet,
    ) -> Value {
        let spec = &rules.rule(finding.rule).spec;
        let path = match finding.origin.path() {
            Some(path) => path.to_text(),
            None => place(finding),
        };
        json!({
            "type": "issue",
            "check_name": spec.id,
            "description": format!("{}: {}", spec.title, shown_secret(finding, self.0.show_secrets)),
            "content": { "body": format!("{} {}", spec.why, next_step(finding, spec, ledger.scan.mode)) },
            "categories": ["Security"],
            "severity": severity(finding),
            "fingerprint": fingerprint,
            "location": {
                "path": path,
                "lines": { "begin": finding.location.line, "end": finding.location.end_line },
            },
        })
    }
}

fn severity(finding: &Finding) -> &'static str {
    match (finding.level, finding.severity) {
        (Level::Note, _) => "info",
        (Level::Warning, _) => "minor",
        (Level::Error, Severity::Low | Severity::Medium) => "major",
        (Level::Error, Severity::High) => "critical",
        (Level::Error, Severity::Critical) => "blocker",
    }
}
