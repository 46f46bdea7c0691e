//! `gitlab`: GitLab's secret detection report, version 15.2.1 of its schema.

use super::moment::next_step;
use super::record::{commit_of, shown_secret};
use super::time::rfc3339;
use super::{Options, Reporter};
use crate::finding::Finding;
use crate::rule::{Confidence, RuleSet, Severity};
use crate::suppress::Ledger;
use crate::text::{Name, hex};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::{self, Write};

/// What GitLab wants where there is no commit.
const NO_COMMIT: &str = "0000000";

/// Writes the report.
pub(super) struct Gitlab(pub(super) Options);

impl Reporter for Gitlab {
    fn write(&self, out: &mut dyn Write, ledger: &Ledger, rules: &RuleSet) -> io::Result<()> {
        let tool = json!({
            "id": "invoca-scan",
            "name": "invoca-scan",
            "url": env!("CARGO_PKG_REPOSITORY"),
            "vendor": { "name": "invoca-scan" },
            "version": env!("CARGO_PKG_VERSION"),
        });
        // A report with status "failure" is not taken in by GitLab at all; problems go with it as messages.
        let messages: Vec<Value> = ledger
            .problems
            .iter()
            .map(|problem| json!({ "level": "fatal", "value": problem.to_string() }))
            .collect();
        let report = json!({
            "version": "15.2.1",
            "scan": {
                "analyzer": tool,
                "scanner": tool,
                "type": "secret_detection",
                "start_time": rfc3339(ledger.scan.started).trim_end_matches('Z'),
                "end_time": rfc3339(ledger.scan.started + ledger.scan.elapsed).trim_end_matches('Z'),
                "status": if ledger.complete() { "success" } else { "failure" },
                "messages": messages,
            },
            "vulnerabilities": ledger
                .findings
                .iter()
                .map(|finding| self.vulnerability(finding, ledger, rules))
                .collect::<Vec<_>>(),
        });
        serde_json::to_writer_pretty(&mut *out, &report)?;
        out.write_all(b"\n")
    }
}

impl Gitlab {
    fn vulnerability(&self, finding: &Finding, ledger: &Ledger, rules: &RuleSet) -> Value {
        let spec = &rules.rule(finding.rule).spec;
        let cut =
            |text: &str, characters: usize| -> String { text.chars().take(characters).collect() };
        let commit = commit_of(finding)
            .or_else(|| ledger.scan.head.clone())
            .unwrap_or_else(|| NO_COMMIT.to_owned());
        let mut location = json!({
            "commit": { "sha": commit },
            "start_line": finding.location.line,
            "end_line": finding.location.end_line,
        });
        if let Some(path) = finding.origin.path() {
            location["file"] = json!(path.to_text());
        }
        let mut value = json!({
            "id": uuid(finding, spec.id.as_ref()),
            "category": "secret_detection",
            "name": cut(&spec.title, 255),
            "description": cut(
                &format!("{} ({})", spec.why, shown_secret(finding, self.0.show_secrets)),
                1_000_000,
            ),
            "severity": severity(finding.severity),
            "solution": cut(&next_step(finding, spec, ledger.scan.mode), 7000),
            "location": location,
            "identifiers": [{
                "type": "invoca_scan_rule_id",
                "name": format!("invoca-scan rule {}", spec.id),
                "value": spec.id,
            }],
            "tracking": {
                "type": "source",
                "items": [{
                    "file": finding.origin.path().map(Name::to_text).unwrap_or_default(),
                    "start_line": finding.location.line,
                    "end_line": finding.location.end_line,
                    "signatures": [{ "algorithm": "hash", "value": finding.fingerprint.to_string() }],
                }],
            },
            "links": spec.references.iter().map(|address| json!({ "url": address })).collect::<Vec<_>>(),
        });
        if finding.confidence == Confidence::Low {
            value["flags"] = json!([{
                "type": "flagged-as-likely-false-positive",
                "origin": "invoca-scan",
                "description": "low confidence: a guess from shape alone",
            }]);
        }
        value
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "Low",
        Severity::Medium => "Medium",
        Severity::High => "High",
        Severity::Critical => "Critical",
    }
}

/// The same for the same finding at the same place; different for each in a report.
fn uuid(finding: &Finding, rule: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(finding.fingerprint.0);
    hash.update(rule);
    hash.update(finding.span.start.to_le_bytes());
    hash.update(commit_of(finding).unwrap_or_default());
    let hex = hex(&hash.finalize()[..16]);
    // The digits that say "version 8, made by ourselves" stand where RFC 9562 wants them.
    format!(
        "{}-{}-8{}-a{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..]
    )
}
