//! Reading and writing the file.

use super::{Baseline, Entry, Reported};
use crate::text::{Name, is_day};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// Of the form written here.
const VERSION: u32 = 1;
/// The field that only the first line has.
const HEAD: &str = "invoca-scan-baseline";

/// The first line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    #[serde(rename = "invoca-scan-baseline")]
    version: u32,
    key: String,
}

/// A baseline that cannot be used: a slip of the pen, or a merge that went wrong.
#[derive(Debug, PartialEq, Eq)]
pub struct BaselineError {
    /// The file.
    pub file: Name,
    /// The line, from 1; 0 for the file as a whole.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub cause: String,
}

impl fmt::Display for BaselineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "baseline {}", self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        write!(f, ": {}", self.cause)
    }
}

impl std::error::Error for BaselineError {}

impl Baseline {
    /// Reads a baseline, or a report of this program in JSON or JSON lines.
    ///
    /// # Errors
    /// The line that is neither.
    pub fn parse(text: &str, file: Name) -> Result<Self, BaselineError> {
        let mut baseline = Baseline {
            file: file.clone(),
            ..Baseline::default()
        };
        let error = |line, cause| BaselineError { file, line, cause };
        if let Ok(report) = serde_json::from_str::<Value>(text)
            && let Some(findings) = report.get("findings").and_then(Value::as_array)
        {
            let suppressed = report.get("suppressed").and_then(Value::as_array);
            findings
                .iter()
                .chain(suppressed.into_iter().flatten())
                .for_each(|finding| baseline.take_reported(finding));
            return Ok(baseline);
        }
        for (number, line) in (1..).zip(text.lines()) {
            if let Err(cause) = baseline.take_line(line, number) {
                return Err(error(number, cause));
            }
        }
        if baseline.keys.is_empty() && !baseline.entries.is_empty() {
            let cause = "the first line, with the key, is missing: take it from an earlier version";
            return Err(error(0, cause.to_owned()));
        }
        baseline.keys.sort();
        Ok(baseline)
    }

    fn take_line(&mut self, line: &str, number: usize) -> Result<(), String> {
        if line.trim().is_empty() {
            return Ok(());
        }
        if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"]
            .iter()
            .any(|mark| line.starts_with(mark))
        {
            return Err("a merge conflict: keep the lines of both sides".into());
        }
        let value: Value = serde_json::from_str(line)
            .map_err(|error| format!("not JSON at column {}", error.column()))?;
        if value.get(HEAD).is_some() {
            let head: Head = serde_json::from_value(value).map_err(|error| error.to_string())?;
            if head.version > VERSION {
                return Err("written by a newer version of invoca-scan: update it".into());
            }
            if !self.keys.contains(&head.key) {
                self.keys.push(head.key);
            }
        } else if value.get("value").is_some() {
            let mut entry: Entry =
                serde_json::from_value(value).map_err(|error| error.to_string())?;
            if let Some(day) = entry.status.day().filter(|day| !is_day(day)) {
                return Err(format!("{day:?} is no day: write it as 2026-12-31"));
            }
            entry.line = number;
            self.entries.push(entry);
        } else if value.get("type").is_some() {
            self.take_reported(&value);
        } else {
            return Err("neither an entry of a baseline nor a line of a report".into());
        }
        Ok(())
    }

    /// Takes a finding of a report: one that stood, or one that a baseline covered. Others were, and are, suppressed by other means.
    fn take_reported(&mut self, finding: &Value) {
        let text = |name: &str| finding.get(name).and_then(Value::as_str);
        let kind = finding
            .get("suppression")
            .map(|reason| reason.get("kind").and_then(Value::as_str));
        if !matches!(kind, None | Some(Some("baseline"))) {
            return;
        }
        if let Some(fingerprint) = text("fingerprint") {
            self.reported.push(Reported {
                fingerprint: fingerprint.to_owned(),
                path: text("path").map(str::to_owned),
                rule: text("rule_id").unwrap_or_default().to_owned(),
            });
        }
    }

    /// The file as it is written: sorted, each entry on a line, nothing that two branches would both change.
    pub fn to_text(&self) -> String {
        let heads = self.keys.iter().map(|key| {
            serde_json::to_string(&Head {
                version: VERSION,
                key: key.clone(),
            })
        });
        let entries = self.entries.iter().map(serde_json::to_string);
        // Neither type can fail to be written: they hold text only.
        let mut lines: Vec<String> = heads.chain(entries).flatten().collect();
        lines.sort();
        lines.dedup();
        lines
            .iter()
            .flat_map(|line| [line.as_str(), "\n"])
            .collect()
    }
}
