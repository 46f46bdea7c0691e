//! `gitleaks-json`: what gitleaks would have written, for dashboards that read that. Its fields, its fingerprint (`commit:file:rule:line`,
//! without the commit for files); secrets redacted as everywhere.

use super::record::{commit_of, shown_secret};
use super::{Options, Reporter};
use crate::finding::Finding;
use crate::rule::RuleSet;
use crate::suppress::Ledger;
use crate::text::Name;
use serde::Serialize;
use std::io::{self, Write};

/// Writes the list.
pub(super) struct Gitleaks(pub(super) Options);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Record<'a> {
    #[serde(rename = "RuleID")]
    rule_id: &'a str,
    description: &'a str,
    start_line: usize,
    end_line: usize,
    start_column: usize,
    end_column: usize,
    #[serde(rename = "Match")]
    excerpt: &'a str,
    secret: String,
    file: String,
    symlink_file: &'static str,
    commit: String,
    entropy: f64,
    author: &'static str,
    email: &'static str,
    date: &'static str,
    message: &'static str,
    tags: Vec<&'static str>,
    fingerprint: String,
}

impl Reporter for Gitleaks {
    fn write(&self, out: &mut dyn Write, ledger: &Ledger, rules: &RuleSet) -> io::Result<()> {
        let records: Vec<Record<'_>> = ledger
            .findings
            .iter()
            .map(|finding| self.record(finding, rules))
            .collect();
        serde_json::to_writer_pretty(&mut *out, &records)?;
        out.write_all(b"\n")
    }
}

impl Gitleaks {
    fn record<'a>(&self, finding: &'a Finding, rules: &'a RuleSet) -> Record<'a> {
        let spec = &rules.rule(finding.rule).spec;
        let file = finding.origin.path().map(Name::to_text).unwrap_or_default();
        let commit = commit_of(finding).unwrap_or_default();
        let place = format!("{file}:{}:{}", spec.id, finding.location.line);
        let fingerprint = match commit.is_empty() {
            true => place,
            false => format!("{commit}:{place}"),
        };
        Record {
            rule_id: &spec.id,
            description: &spec.title,
            start_line: finding.location.line,
            end_line: finding.location.end_line,
            start_column: finding.location.column,
            // Theirs is the last character, ours the one behind it.
            end_column: finding.location.end_column.saturating_sub(1),
            excerpt: &finding.excerpt,
            secret: shown_secret(finding, self.0.show_secrets),
            file,
            symlink_file: "",
            commit,
            entropy: entropy(finding.secret.expose()),
            author: "",
            email: "",
            date: "",
            message: "",
            tags: Vec::new(),
            fingerprint,
        }
    }
}

/// Shannon entropy in bits a byte.
fn entropy(value: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in value {
        counts[usize::from(*byte)] += 1;
    }
    let all = value.len() as f64;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / all)
        .map(|share| -share * share.log2())
        .sum()
}
