//! Several reports as one: by repository and fingerprint, without duplicates. Of two reports on one repository the later one has the word:
//! what it says of a finding is kept, and what only the earlier one has is added.

use super::join_stories::{sort, story};
use super::read::read_report;
use crate::blob::{BlobId, Origin};
use crate::finding::{Finding, Fingerprint, Level, Note, Reported};
use crate::problem::{LeftOut, Problem, Why};
use crate::rule::{Confidence, RuleFile, RuleId, RuleSet, Severity};
use crate::suppress::{Counts, Joined, Ledger, Reason, ScanInfo, Suppressed};
use crate::text::{Location, Name, Secret, Span};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

/// Joins reports.
#[derive(Debug)]
pub struct Joining {
    rules: RuleSet,
    /// Read, not yet joined.
    reports: Vec<Value>,
    problems: Vec<Problem>,
}

impl Default for Joining {
    fn default() -> Self {
        Joining {
            rules: RuleSet::builtin(),
            reports: Vec::new(),
            problems: Vec::new(),
        }
    }
}

impl Joining {
    /// Takes the report `text` of the file `name`.
    ///
    /// # Errors
    /// It is no report of this program.
    pub fn take(&mut self, name: &Name, text: &str) -> Result<(), String> {
        let report = read_report(text)?;
        let whole = report["scan"]["complete"].as_bool() == Some(true);
        let told = report["problems"]
            .as_array()
            .is_some_and(|list| !list.is_empty());
        if !whole && !told {
            let cause = "the scan was interrupted";
            let problem = Problem::new("incomplete-report", name.clone(), cause)
                .consequence("incomplete")
                .next("scan that repository again");
            self.problems.push(problem);
        }
        self.reports.push(report);
        Ok(())
    }

    /// Counts as missing what stands in `list`, a repository a line, and was not taken.
    pub fn expect(&mut self, list: &str) {
        let scans: Vec<Joined> = self.reports.iter().flat_map(joined).collect();
        let there: BTreeSet<&str> = scans.iter().map(|scan| scan.repository.as_str()).collect();
        let lines = list
            .lines()
            .map(|line| line.split('#').next().unwrap_or_default().trim());
        let missing: Vec<&str> = lines
            .filter(|line| !line.is_empty() && !there.contains(line))
            .collect();
        for name in missing {
            let problem = Problem::new(
                "missing-report",
                name.into(),
                "no report of this repository",
            )
            .next("scan it, or take it off the list");
            self.problems.push(problem);
        }
    }

    /// One ledger of all, and the rules that its findings name: those of another version are added, so that nothing is lost.
    pub fn finish(mut self, now: SystemTime) -> (Ledger, RuleSet) {
        // The latest of each repository first.
        self.reports.sort_by(|one, other| {
            let key = |report: &Value| {
                (
                    repository_of(report).to_owned(),
                    text(&report["scan"], "start"),
                )
            };
            let ((one_name, one_start), (other_name, other_start)) = (key(one), key(other));
            one_name.cmp(&other_name).then(other_start.cmp(&one_start))
        });
        let mut ledger = empty(now);
        ledger.problems = std::mem::take(&mut self.problems);
        let mut known: BTreeSet<(String, String)> = BTreeSet::new();
        for report in std::mem::take(&mut self.reports) {
            self.add(&report, &mut ledger, &mut known);
        }
        let name = |finding: &Finding| {
            let reported = finding.reported.as_ref();
            reported.map_or(String::new(), |reported| reported.repository.clone())
        };
        let by_repository =
            |one: &Finding, other: &Finding| name(one).cmp(&name(other)).then(one.cmp(other));
        ledger.findings.sort_by(by_repository);
        ledger
            .suppressed
            .sort_by(|one, other| by_repository(&one.finding, &other.finding));
        sort(&mut ledger.stories);
        ledger.problems.sort();
        ledger.left_out.sort();
        (ledger, self.rules)
    }

    fn add(&mut self, report: &Value, ledger: &mut Ledger, known: &mut BTreeSet<(String, String)>) {
        let repository = repository_of(report);
        for joined in joined(report) {
            ledger.counts.files += joined.counts.files;
            ledger.counts.bytes += joined.counts.bytes;
            ledger.scan.joined.push(joined);
        }
        let mut new = BTreeSet::new();
        let mut is_new = |item: &Value| {
            let key = (
                named(item, repository).to_owned(),
                text(item, "fingerprint"),
            );
            let is_new = !known.contains(&key);
            new.insert(key);
            is_new
        };
        for item in list(report, "findings") {
            if is_new(item) {
                let finding = self.finding(item, repository);
                ledger.findings.push(finding);
            }
        }
        for item in list(report, "suppressed") {
            if is_new(item) {
                let finding = self.finding(item, repository);
                let reason = reason(&item["suppression"]);
                ledger.suppressed.push(Suppressed { finding, reason });
            }
        }
        self.stories(report, known, ledger);
        known.append(&mut new);
        for item in list(report, "problems") {
            let object = match repository {
                "" => text(item, "object"),
                name => format!("{name}: {}", text(item, "object")),
            };
            let problem = Problem::new(
                text(item, "kind"),
                object.as_str().into(),
                text(item, "cause"),
            )
            .consequence(text(item, "consequence"))
            .next(text(item, "next"));
            ledger.problems.push(problem);
        }
        left_out(report, repository, &mut ledger.left_out);
    }

    /// Adds the stories that have something which `known`, of later reports, has not.
    fn stories(&mut self, report: &Value, known: &BTreeSet<(String, String)>, ledger: &mut Ledger) {
        for item in list(report, "stories") {
            let repository = named(item, repository_of(report));
            let is_known = |print: &Value| {
                let print = print.as_str().unwrap_or_default().to_owned();
                known.contains(&(repository.to_owned(), print))
            };
            let mut prints = list(item, "findings").peekable();
            if prints.peek().is_some() && !prints.all(is_known) {
                let rule = self.rule(item);
                ledger.stories.push(story(item, repository, rule));
            }
        }
    }

    fn finding(&mut self, item: &Value, repository: &str) -> Finding {
        let number = |name: &str| {
            let number = item[name]
                .as_u64()
                .and_then(|number| usize::try_from(number).ok());
            number.unwrap_or(1)
        };
        let (line, column) = (number("line"), number("column"));
        // Where it stood in its bytes is not known: in the order of its lines and columns.
        let start = line.saturating_mul(1_000_000).saturating_add(column);
        let notes = list(item, "notes")
            .filter_map(|id| self.rules.find(id.as_str()?))
            .map(|rule| Note { rule })
            .collect();
        let rule = self.rule(item);
        Finding {
            rule,
            secret: Secret::new(b""),
            origin: origin(item),
            object: BlobId::from_hex(text(item, "object").as_bytes()),
            span: Span::new(start, start),
            location: Location {
                line,
                column,
                end_line: number("end_line"),
                end_column: number("end_column"),
            },
            severity: severity(&text(item, "severity")),
            confidence: confidence(&text(item, "confidence")),
            level: match text(item, "level").as_str() {
                "note" => Level::Note,
                "warning" => Level::Warning,
                _ => Level::Error,
            },
            fingerprint: fingerprint(&text(item, "fingerprint")).unwrap_or(Fingerprint([0; 16])),
            excerpt: text(item, "excerpt"),
            encoding: item["encoding"].as_str().map(str::to_owned),
            line_hash: None,
            secret_id: fingerprint(&text(item, "secret_id")),
            reported: Some(Box::new(Reported {
                repository: named(item, repository).to_owned(),
                secret: text(item, "secret"),
            })),
            notes,
            elsewhere: None,
            fix: None,
        }
    }

    /// The rule of a finding; one that this version does not have is known by what the report says of it.
    fn rule(&mut self, item: &Value) -> RuleId {
        let id = text(item, "rule_id");
        if let Some(rule) = self.rules.find(&id) {
            return rule;
        }
        // An id that no rule can have is not one that this program wrote.
        let _ = self.rules.add(unknown(&id, item));
        self.rules.find(&id).unwrap_or(RuleId(0))
    }
}

/// Finds its own id, and nobody scans with it.
const UNKNOWN: &str = r#"
[[rule]]
id = "unknown-rule"
since = ""
title = ""
severity = "medium"
pattern = "unknown-rule"
keywords = ["unknown-rule"]
why = "A rule of another version, or of the scanned project."
fix = "Look into the report that it comes from."
"#;

/// What can be said of a rule that this version does not have.
fn unknown(id: &str, item: &Value) -> RuleFile {
    // An empty file would only mean that a rule's name is lost.
    let mut file: RuleFile = toml::from_str(UNKNOWN).unwrap_or_default();
    for spec in &mut file.rules {
        spec.id = id.to_owned().into();
        spec.title = match text(item, "title") {
            title if title.is_empty() => id.to_owned().into(),
            title => title.into(),
        };
        spec.vendor = text(item, "vendor").into();
        spec.severity = severity(&text(item, "severity"));
        spec.confidence = confidence(&text(item, "confidence"));
    }
    file
}

fn empty(now: SystemTime) -> Ledger {
    Ledger {
        scan: ScanInfo {
            mode: "merge",
            repository: None,
            head: None,
            root: None,
            rules_digest: String::new(),
            rules_as_of: None,
            config_digest: String::new(),
            started: now,
            elapsed: Duration::ZERO,
            interrupted: false,
            replacements: None,
            joined: Vec::new(),
        },
        findings: Vec::new(),
        stories: Vec::new(),
        suppressed: Vec::new(),
        problems: Vec::new(),
        accepted: Vec::new(),
        left_out: Vec::new(),
        stale: Vec::new(),
        new_suppressions: Vec::new(),
        counts: Counts::default(),
    }
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}

fn list<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    value[field].as_array().into_iter().flatten()
}

fn repository_of(report: &Value) -> &str {
    report["scan"]["repository"].as_str().unwrap_or_default()
}

/// The repository of a finding: its own in a report of joined ones.
fn named<'a>(item: &'a Value, repository: &'a str) -> &'a str {
    item["repository"].as_str().unwrap_or(repository)
}

/// The scans that a report is of: one, unless it was joined already.
fn joined(report: &Value) -> Vec<Joined> {
    let scan = &report["scan"];
    let mut several: Vec<&Value> = list(scan, "joined").collect();
    if several.is_empty() {
        several.push(scan);
    }
    let one = |scan: &Value| {
        let count = |name: &str| scan["counts"][name].as_u64().unwrap_or(0);
        Joined {
            repository: text(scan, "repository"),
            head: scan["head"].as_str().map(str::to_owned),
            mode: text(scan, "mode"),
            version: ["version", "rules_digest", "config_digest"].map(|field| text(scan, field)),
            time: ["start", "end"].map(|field| text(scan, field)),
            counts: Counts {
                files: count("files"),
                bytes: count("bytes"),
            },
            complete: scan["complete"].as_bool() == Some(true),
        }
    };
    several.into_iter().map(one).collect()
}

/// The inputs by name where the report lists them, else as many as it counts.
fn left_out(report: &Value, repository: &str, out: &mut Vec<LeftOut>) {
    let named = |code: &str| Why::ALL.into_iter().find(|why| why.code() == code);
    if report["left_out"]
        .as_array()
        .is_some_and(|list| !list.is_empty())
    {
        out.extend(list(report, "left_out").filter_map(|item| {
            let object = format!("{repository}: {}", text(item, "object"));
            Some(LeftOut {
                object: object.as_str().into(),
                why: named(&text(item, "why"))?,
            })
        }));
        return;
    }
    let counts: BTreeMap<&str, u64> = report["summary"]["left_out_by"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(code, count)| Some((code.as_str(), count.as_u64()?)))
        .collect();
    for (code, count) in counts {
        let item = named(code).map(|why| LeftOut {
            object: repository.into(),
            why,
        });
        out.extend(
            item.into_iter()
                .flat_map(|item| (0..count).map(move |_| item.clone())),
        );
    }
}

fn origin(item: &Value) -> Origin {
    let path = || item["path"].as_str().map(Name::from);
    let commit = || BlobId::from_hex(text(item, "commit").as_bytes());
    let object = || BlobId::from_hex(text(item, "object").as_bytes());
    let name = || Name::from(text(item, "name").as_str());
    let stream = || Origin::Stream { path: path() };
    match (text(item, "origin").as_str(), path()) {
        ("file", Some(path)) => Origin::File { path },
        ("staged", Some(path)) => Origin::Staged {
            path,
            committed: true,
        },
        ("commit", Some(path)) => {
            commit().map_or_else(stream, |commit| Origin::Commit { commit, path })
        }
        ("object", _) => object().map_or_else(stream, |id| Origin::Object { id }),
        ("message", _) => commit().map_or_else(stream, |id| Origin::Message {
            id,
            part: known(
                &text(item, "part"),
                &["author", "committer", "tag"],
                "message",
            ),
        }),
        ("name", _) => Origin::NameOf {
            what: known(&text(item, "part"), &["ref", "symlink"], "file"),
            name: name(),
        },
        ("git-file", _) => Origin::GitFile { path: name() },
        _ => stream(),
    }
}

/// A word among those that are known, or the usual one.
fn known(word: &str, words: &[&'static str], usual: &'static str) -> &'static str {
    words
        .iter()
        .find(|known| **known == word)
        .copied()
        .unwrap_or(usual)
}

fn reason(suppression: &Value) -> Reason {
    let (by, reason) = (text(suppression, "by"), text(suppression, "reason"));
    match text(suppression, "kind").as_str() {
        "inline" => Reason::Inline {
            line: suppression["line"]
                .as_u64()
                .and_then(|line| usize::try_from(line).ok())
                .unwrap_or(1),
            marker: by.into(),
            text: reason,
        },
        "path" => Reason::Path { class: by.into() },
        "baseline" => Reason::Baseline {
            file: by.as_str().into(),
            text: reason,
        },
        _ => Reason::Allowlist {
            entry: by,
            text: reason,
        },
    }
}

fn severity(word: &str) -> Severity {
    match word {
        "low" => Severity::Low,
        "high" => Severity::High,
        "critical" => Severity::Critical,
        _ => Severity::Medium,
    }
}

fn confidence(word: &str) -> Confidence {
    match word {
        "low" => Confidence::Low,
        "medium" => Confidence::Medium,
        "certain" => Confidence::Certain,
        _ => Confidence::High,
    }
}

pub(super) fn fingerprint(hex: &str) -> Option<Fingerprint> {
    let mut bytes = [0; 16];
    if hex.len() != 32 || !hex.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(Fingerprint(bytes))
}
