//! `sarif`: SARIF 2.1.0 as GitHub's code scanning takes it, clean under the official validator with GitHub's rules.
//!
//! GitHub shows suppressed results as open alerts, so these are left out unless `--show-suppressed` asks for them. There is no `artifacts`
//! array: a list of every file scanned would be most of the report.

use super::moment::next_step;
use super::record::{ReasonRecord, SummaryRecord, commit_of, shown_secret};
use super::time::rfc3339;
use super::{Options, Reporter};
use crate::finding::{Finding, Fix, Level};
use crate::rule::{Confidence, RuleId, RuleSet, RuleSpec, Severity};
use crate::suppress::{Ledger, Reason, Suppressed};
use crate::text::escape_controls;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// Where the project is described.
const HOME: &str = env!("CARGO_PKG_REPOSITORY");

/// Writes the log.
pub(super) struct Sarif(pub(super) Options);

impl Reporter for Sarif {
    fn write(&self, out: &mut dyn Write, ledger: &Ledger, rules: &RuleSet) -> io::Result<()> {
        let log = json!({
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [self.run(ledger, rules)],
        });
        serde_json::to_writer_pretty(&mut *out, &log)?;
        out.write_all(b"\n")
    }
}

impl Sarif {
    fn run(&self, ledger: &Ledger, rules: &RuleSet) -> Value {
        // Which rules looked is part of a scan's report, not only which found something; that of joined ones says it of each.
        let found: BTreeSet<RuleId> = ledger.findings.iter().map(|item| item.rule).collect();
        let listed: Vec<RuleId> = rules
            .iter()
            .map(|(id, _)| id)
            .filter(|id| {
                rules.is_enabled(*id) && (ledger.scan.joined.is_empty() || found.contains(id))
            })
            .collect();
        let index: BTreeMap<RuleId, usize> = listed
            .iter()
            .enumerate()
            .map(|(at, id)| (*id, at))
            .collect();
        let result = |finding: &Finding| self.result(finding, ledger, rules, &index);
        let mut results: Vec<Value> = ledger.findings.iter().map(result).collect();
        if self.0.show_suppressed {
            results.extend(ledger.suppressed.iter().map(|item| {
                let mut value = result(&item.finding);
                value["suppressions"] = json!([suppression(item)]);
                value
            }));
        }
        let mut run = json!({
            "tool": { "driver": {
                "name": "invoca-scan",
                "fullName": concat!("invoca-scan ", env!("CARGO_PKG_VERSION")),
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": HOME,
                "rules": listed.iter().map(|id| descriptor(&rules.rule(*id).spec)).collect::<Vec<_>>(),
            }},
            "automationDetails": { "id": category(ledger.scan.mode) },
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": { "SRCROOT": {
                "description": { "text": "The root of the scanned tree or repository." }
            }},
            "invocations": [invocation(ledger)],
            "results": results,
            "properties": {
                "mode": ledger.scan.mode,
                "repository": ledger.scan.repository,
                "rulesDigest": ledger.scan.rules_digest,
                "configDigest": ledger.scan.config_digest,
                "files": ledger.counts.files,
                "bytes": ledger.counts.bytes,
                "summary": SummaryRecord::new(ledger),
            },
        });
        if let (Some(repository), Some(head)) = (&ledger.scan.repository, &ledger.scan.head)
            && repository.contains("://")
        {
            run["versionControlProvenance"] = json!([{
                "repositoryUri": repository,
                "revisionId": head,
                "mappedTo": { "uriBaseId": "SRCROOT" },
            }]);
        }
        run
    }

    fn result(
        &self,
        finding: &Finding,
        ledger: &Ledger,
        rules: &RuleSet,
        index: &BTreeMap<RuleId, usize>,
    ) -> Value {
        let spec = &rules.rule(finding.rule).spec;
        let secret = shown_secret(finding, self.0.show_secrets);
        let title = sentence(&spec.title);
        let title = title.trim_end_matches('.');
        let next = sentence(&next_step(finding, spec, ledger.scan.mode));
        let next = next.trim_end_matches('.');
        let mut fingerprints = json!({ "invocaScan/v1": finding.fingerprint.to_string() });
        if let Some(hash) = &finding.line_hash {
            fingerprints["primaryLocationLineHash"] = json!(hash);
        }
        let mut result = json!({
            "ruleId": spec.id,
            "level": level(finding.level),
            // GitHub reads the text, other viewers may put the message together from its parts.
            "message": {
                "id": "default",
                "arguments": [secret, next],
                "text": format!("{title}: '{secret}'. What to do: {next}."),
            },
            "locations": [location(finding)],
            "partialFingerprints": fingerprints,
            "rank": rank(finding.severity, finding.confidence),
            "properties": {
                "severity": finding.severity.word(),
                "confidence": finding.confidence.word(),
                "origin": finding.origin.kind(),
            },
        });
        // A rule that is switched off may still stand in a suppressed result.
        if let Some(at) = index.get(&finding.rule) {
            result["ruleIndex"] = json!(at);
        }
        if let Some(commit) = commit_of(finding) {
            result["properties"]["commit"] = json!(commit);
        }
        if let Some(reported) = &finding.reported {
            result["properties"]["repository"] = json!(reported.repository);
        }
        if let Some(id) = finding.secret_id {
            result["properties"]["secretId"] = json!(id.to_string());
        }
        if let Some(fix) = &finding.fix {
            result["fixes"] = fixes(fix, &result["locations"][0]);
        }
        if let Some(layers) = &finding.encoding {
            result["properties"]["encoding"] = json!(layers);
        }
        result
    }
}

/// Alerts of a history and of a tree are lists of their own at GitHub.
fn category(mode: &str) -> &'static str {
    if mode == "history" {
        "invoca-scan/history/"
    } else {
        "invoca-scan/"
    }
}

fn level(level: Level) -> &'static str {
    level.word()
}

/// The repair as SARIF has it, in the file of `location`.
fn fixes(fix: &Fix, location: &Value) -> Value {
    let replacements: Vec<Value> = fix
        .edits
        .iter()
        .map(|edit| {
            let at = edit.location;
            json!({
                "deletedRegion": {
                    "startLine": at.line,
                    "startColumn": at.column,
                    "endLine": at.end_line,
                    "endColumn": at.end_column,
                },
                "insertedContent": { "text": edit.text },
            })
        })
        .collect();
    json!([{
        "description": { "text": sentence(&fix.what) },
        "artifactChanges": [{
            "artifactLocation": location["physicalLocation"]["artifactLocation"],
            "replacements": replacements,
        }],
    }])
}

/// 0 to 100: the order in which a viewer shows results.
fn rank(severity: Severity, confidence: Confidence) -> f64 {
    f64::from(severity as u8 + 1) * 15.0 + f64::from(confidence as u8 + 1) * 10.0
}

fn location(finding: &Finding) -> Value {
    let at = finding.location;
    let excerpt = escape_controls(&finding.excerpt);
    let (uri, base) = match finding.origin.path() {
        Some(path) => match &finding.reported {
            Some(reported) => {
                let inside = format!("{}/{}", reported.repository, path.to_text());
                (uri(inside.replace("://", "/").as_bytes()), Some("SRCROOT"))
            }
            None => (uri(path.as_bytes()), Some("SRCROOT")),
        },
        // What has no path needs a place nevertheless: GitHub refuses results without one.
        None => (
            format!("no-path/{}", finding.origin.kind()),
            Some("SRCROOT"),
        ),
    };
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri, "uriBaseId": base },
        "region": {
            "startLine": at.line,
            "startColumn": at.column,
            "endLine": at.end_line,
            "endColumn": at.end_column,
        },
        "contextRegion": {
            "startLine": at.line,
            "endLine": at.line,
            "snippet": { "text": excerpt },
        },
    }})
}

/// A relative reference: everything but unreserved characters and `/` as `%XX`.
fn uri(path: &[u8]) -> String {
    let path = path.strip_prefix(b"./").unwrap_or(path);
    path.iter()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                char::from(*byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn suppression(item: &Suppressed) -> Value {
    let kind = match item.reason {
        Reason::Inline { .. } => "inSource",
        Reason::Path { .. } | Reason::Allowlist { .. } | Reason::Baseline { .. } => "external",
    };
    json!({
        "kind": kind,
        "status": "accepted",
        "justification": justification(&item.reason),
        "properties": ReasonRecord::new(&item.reason),
    })
}

fn justification(reason: &Reason) -> String {
    match reason {
        Reason::Inline { text, .. }
        | Reason::Allowlist { text, .. }
        | Reason::Baseline { text, .. }
            if !text.is_empty() =>
        {
            text.clone()
        }
        Reason::Path { class } => class.to_string(),
        _ => "no reason given".to_owned(),
    }
}

fn descriptor(spec: &RuleSpec) -> Value {
    let why = sentence(&spec.why);
    let full: String = why.chars().take(1000).collect();
    let fix = sentence(&spec.fix);
    let references: String = spec
        .references
        .iter()
        .map(|address| format!("\n- <{address}>"))
        .collect();
    let mut tags = vec![
        "security",
        if spec.lint {
            "external/cwe/cwe-522"
        } else {
            "external/cwe/cwe-798"
        },
    ];
    tags.push(if spec.lint { "guideline" } else { "secret" });
    json!({
        "id": spec.id,
        "name": pascal(&spec.id),
        "shortDescription": { "text": sentence(&spec.title) },
        "fullDescription": { "text": full },
        "help": {
            "text": format!("{why} {fix}"),
            "markdown": format!("**{}**\n\n{why}\n\n**What to do.** {fix}\n{references}", spec.title),
        },
        "helpUri": spec.references.first().map_or(HOME, |address| &**address),
        "messageStrings": { "default": {
            "text": format!("{}: '{{0}}'. What to do: {{1}}.", sentence(&spec.title).trim_end_matches('.')),
        }},
        "defaultConfiguration": {
            "level": level(Level::of_rule(spec.level, spec.confidence)),
            "rank": rank(spec.severity, spec.confidence),
        },
        "properties": {
            "tags": tags,
            "precision": precision(spec.confidence),
            "security-severity": security_severity(spec.severity),
            "problem.severity": match Level::of_rule(spec.level, spec.confidence) {
                Level::Note => "recommendation",
                Level::Warning => "warning",
                Level::Error => "error",
            },
            "since": spec.since,
        },
    })
}

fn precision(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
        Confidence::Certain => "very-high",
    }
}

fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "3.0",
        Severity::Medium => "5.5",
        Severity::High => "8.0",
        Severity::Critical => "9.5",
    }
}

/// With a full stop, as SARIF wants its texts.
fn sentence(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() || text.ends_with(['.', '!', '?']) {
        text
    } else {
        format!("{text}.")
    }
}

/// `example-word` as `ExampleWord`.
fn pascal(id: &str) -> String {
    id.split('-')
        .map(|part| {
            let mut characters = part.chars();
            characters
                .next()
                .map(|first| first.to_ascii_uppercase().to_string() + characters.as_str())
                .unwrap_or_default()
        })
        .collect()
}

fn invocation(ledger: &Ledger) -> Value {
    let problems: Vec<Value> = ledger
        .problems
        .iter()
        .map(|problem| {
            json!({
                "level": "error",
                "message": { "text": sentence(&problem.to_string()) },
                "descriptor": { "id": problem.kind },
                "properties": {
                    "object": problem.object.to_text(),
                    "cause": problem.cause,
                    "consequence": problem.consequence,
                    "next": problem.next,
                },
            })
        })
        .collect();
    json!({
        "executionSuccessful": ledger.complete(),
        "startTimeUtc": rfc3339(ledger.scan.started),
        "endTimeUtc": rfc3339(ledger.scan.started + ledger.scan.elapsed),
        "toolExecutionNotifications": problems,
    })
}
