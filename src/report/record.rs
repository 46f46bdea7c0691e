//! The contract of `json` and `jsonl`: frozen structs of their own, so that a change inside the program never changes what others parse.
//! A field may be added; one that changes or goes raises [`VERSION`]. `docs/formats.md` describes them.

use super::Options;
use super::story_record::StoryRecord;
use super::time::rfc3339;
use crate::blob::Origin;
use crate::finding::{Finding, Level};
use crate::problem::{LeftOut, Problem};
use crate::rule::RuleSet;
use crate::suppress::{Counts, Joined, Ledger, Reason, Remark, Suppressed};
use crate::text::Name;
use serde::Serialize;
use std::collections::BTreeMap;

/// Version of the contract.
pub(super) const VERSION: u32 = 1;

/// The whole of a `json` report.
#[derive(Serialize)]
pub(super) struct ReportRecord<'a> {
    pub(super) version: u32,
    pub(super) scan: ScanRecord<'a>,
    pub(super) findings: Vec<FindingRecord<'a>>,
    /// Only for histories: one for each value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) stories: Vec<StoryRecord<'a>>,
    pub(super) suppressed: Vec<SuppressedRecord<'a>>,
    pub(super) problems: Vec<ProblemRecord<'a>>,
    /// Only where the configuration accepts some.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) accepted: Vec<AcceptedRecord<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) left_out: Option<Vec<LeftOutRecord>>,
    /// Only where suppressions were checked and some are of no use.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) stale: Vec<RemarkRecord<'a>>,
    /// Only where the scanned commits would add some.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) new_suppressions: Vec<RemarkRecord<'a>>,
    pub(super) summary: SummaryRecord,
}

impl<'a> ReportRecord<'a> {
    pub(super) fn new(ledger: &'a Ledger, rules: &'a RuleSet, options: &Options) -> Self {
        let finding = |finding| FindingRecord::new(finding, rules, options);
        ReportRecord {
            version: VERSION,
            scan: ScanRecord::new(ledger),
            findings: ledger.findings.iter().map(finding).collect(),
            stories: StoryRecord::all(ledger, rules, options),
            suppressed: ledger
                .suppressed
                .iter()
                .map(|item| SuppressedRecord::new(item, rules, options))
                .collect(),
            problems: ledger.problems.iter().map(ProblemRecord::new).collect(),
            accepted: ledger.accepted.iter().map(AcceptedRecord::new).collect(),
            left_out: options
                .list_left_out
                .then(|| ledger.left_out.iter().map(LeftOutRecord::new).collect()),
            stale: ledger.stale.iter().map(RemarkRecord::new).collect(),
            new_suppressions: ledger
                .new_suppressions
                .iter()
                .map(RemarkRecord::new)
                .collect(),
            summary: SummaryRecord::new(ledger),
        }
    }
}

/// What the scan was.
#[derive(Serialize)]
pub(super) struct ScanRecord<'a> {
    tool: &'static str,
    version: &'static str,
    rules_digest: &'a str,
    config_digest: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rules_as_of: Option<&'a str>,
    mode: &'a str,
    repository: Option<&'a str>,
    head: Option<&'a str>,
    counts: CountsRecord,
    start: String,
    end: String,
    complete: bool,
    /// Only where reports were joined: the scans they are of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    joined: Vec<JoinedRecord<'a>>,
}

/// One of the scans whose reports were joined.
#[derive(Serialize)]
struct JoinedRecord<'a> {
    repository: &'a str,
    head: Option<&'a str>,
    mode: &'a str,
    version: &'a str,
    rules_digest: &'a str,
    config_digest: &'a str,
    counts: CountsRecord,
    start: &'a str,
    end: &'a str,
    complete: bool,
}

impl<'a> JoinedRecord<'a> {
    fn new(joined: &'a Joined) -> Self {
        let [version, rules_digest, config_digest] = &joined.version;
        let [start, end] = &joined.time;
        JoinedRecord {
            repository: &joined.repository,
            head: joined.head.as_deref(),
            mode: &joined.mode,
            version,
            rules_digest,
            config_digest,
            counts: CountsRecord::new(joined.counts),
            start,
            end,
            complete: joined.complete,
        }
    }
}

#[derive(Serialize)]
struct CountsRecord {
    files: u64,
    bytes: u64,
}

impl CountsRecord {
    fn new(counts: Counts) -> Self {
        CountsRecord {
            files: counts.files,
            bytes: counts.bytes,
        }
    }
}

impl<'a> ScanRecord<'a> {
    pub(super) fn new(ledger: &'a Ledger) -> Self {
        let scan = &ledger.scan;
        ScanRecord {
            tool: "invoca-scan",
            version: env!("CARGO_PKG_VERSION"),
            rules_digest: &scan.rules_digest,
            config_digest: &scan.config_digest,
            rules_as_of: scan.rules_as_of.as_deref(),
            mode: scan.mode,
            repository: scan.repository.as_deref(),
            head: scan.head.as_deref(),
            counts: CountsRecord::new(ledger.counts),
            start: rfc3339(scan.started),
            end: rfc3339(scan.started + scan.elapsed),
            complete: ledger.complete(),
            joined: scan.joined.iter().map(JoinedRecord::new).collect(),
        }
    }
}

/// One finding.
#[derive(Serialize)]
pub(super) struct FindingRecord<'a> {
    /// Only where reports were joined.
    #[serde(skip_serializing_if = "Option::is_none")]
    repository: Option<&'a str>,
    rule_id: &'a str,
    title: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    vendor: &'a str,
    path: Option<String>,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    level: &'static str,
    severity: &'static str,
    confidence: &'static str,
    secret: String,
    fingerprint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_id: Option<String>,
    origin: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<String>,
    /// Which part of a message, or whose name it is: `author`, `ref` …
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<&'static str>,
    /// The name itself where a name is the data, or the path in the git directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    excerpt: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<&'a str>,
}

impl<'a> FindingRecord<'a> {
    pub(super) fn new(finding: &'a Finding, rules: &'a RuleSet, options: &Options) -> Self {
        let spec = &rules.rule(finding.rule).spec;
        let (part, name) = match &finding.origin {
            Origin::Message { part, .. } => (Some(*part), None),
            Origin::NameOf { what, name } => (Some(*what), Some(name.to_text())),
            Origin::GitFile { path } => (None, Some(path.to_text())),
            _ => (None, None),
        };
        let object = match (&finding.object, &finding.origin) {
            (Some(id), _) | (None, Origin::Object { id }) => Some(id.to_string()),
            _ => None,
        };
        FindingRecord {
            repository: finding
                .reported
                .as_ref()
                .map(|reported| reported.repository.as_str()),
            rule_id: &spec.id,
            title: &spec.title,
            vendor: &spec.vendor,
            path: finding.origin.path().map(Name::to_text),
            line: finding.location.line,
            column: finding.location.column,
            end_line: finding.location.end_line,
            end_column: finding.location.end_column,
            level: finding.level.word(),
            severity: finding.severity.word(),
            confidence: finding.confidence.word(),
            secret: value_of(finding, options.show_secrets),
            fingerprint: finding.fingerprint.to_string(),
            secret_id: finding.secret_id.map(|id| id.to_string()),
            origin: finding.origin.kind(),
            commit: commit_of(finding),
            object,
            part,
            name,
            excerpt: &finding.excerpt,
            encoding: finding.encoding.as_deref(),
            notes: finding
                .notes
                .iter()
                .map(|note| rules.rule(note.rule).id())
                .collect(),
        }
    }
}

/// The commit that a finding belongs to, in hex.
pub(super) fn commit_of(finding: &Finding) -> Option<String> {
    match &finding.origin {
        Origin::Commit { commit: id, .. } | Origin::Message { id, .. } => Some(id.to_string()),
        _ => None,
    }
}

/// What a report may show of what a finding is about: its secret, or the line where something is done wrongly.
pub(super) fn shown_secret(finding: &Finding, show: bool) -> String {
    if finding.secret.is_empty() && finding.reported.is_none() {
        return finding.excerpt.trim().to_owned();
    }
    value_of(finding, show)
}

/// The secret as a report may show it, empty where there is none. What is not UTF-8 is written `\xNN`.
pub(super) fn value_of(finding: &Finding, show: bool) -> String {
    if let Some(reported) = &finding.reported {
        return reported.secret.clone();
    }
    if show {
        Name::new(finding.secret.expose()).to_text()
    } else {
        finding.secret.redacted()
    }
}

/// A finding that does not count.
#[derive(Serialize)]
pub(super) struct SuppressedRecord<'a> {
    #[serde(flatten)]
    finding: FindingRecord<'a>,
    suppression: ReasonRecord<'a>,
}

impl<'a> SuppressedRecord<'a> {
    pub(super) fn new(item: &'a Suppressed, rules: &'a RuleSet, options: &Options) -> Self {
        SuppressedRecord {
            finding: FindingRecord::new(&item.finding, rules, options),
            suppression: ReasonRecord::new(&item.reason),
        }
    }
}

/// Why a finding does not count: the kind, where that is said, and the reason given.
#[derive(Serialize)]
pub(super) struct ReasonRecord<'a> {
    kind: &'static str,
    by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    reason: &'a str,
}

impl<'a> ReasonRecord<'a> {
    pub(super) fn new(reason: &'a Reason) -> Self {
        let (by, line, text) = match reason {
            Reason::Inline { line, marker, text } => {
                (marker.to_string(), Some(*line), text.as_str())
            }
            Reason::Path { class } => (class.to_string(), None, ""),
            Reason::Allowlist { entry, text } => (entry.clone(), None, text.as_str()),
            Reason::Baseline { file, text } => (file.to_text(), None, text.as_str()),
        };
        ReasonRecord {
            kind: reason.kind(),
            by,
            line,
            reason: text,
        }
    }
}

/// An input that could not be read.
#[derive(Serialize)]
pub(super) struct ProblemRecord<'a> {
    kind: &'a str,
    object: String,
    cause: &'a str,
    consequence: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    next: &'a str,
}

impl<'a> ProblemRecord<'a> {
    pub(super) fn new(problem: &'a Problem) -> Self {
        ProblemRecord {
            kind: &problem.kind,
            object: problem.object.to_text(),
            cause: &problem.cause,
            consequence: &problem.consequence,
            next: &problem.next,
        }
    }
}

/// A problem that the configuration accepts.
#[derive(Serialize)]
pub(super) struct AcceptedRecord<'a> {
    #[serde(flatten)]
    problem: ProblemRecord<'a>,
    reason: &'a str,
}

impl<'a> AcceptedRecord<'a> {
    pub(super) fn new((problem, reason): &'a (Problem, String)) -> Self {
        AcceptedRecord {
            problem: ProblemRecord::new(problem),
            reason,
        }
    }
}

/// An input that was left out.
#[derive(Serialize)]
pub(super) struct LeftOutRecord {
    object: String,
    why: &'static str,
}

impl LeftOutRecord {
    pub(super) fn new(item: &LeftOut) -> Self {
        LeftOutRecord {
            object: item.object.to_text(),
            why: item.why.code(),
        }
    }
}

/// Something to say of a suppression.
#[derive(Serialize)]
pub(super) struct RemarkRecord<'a> {
    place: &'a str,
    what: &'a str,
}

impl<'a> RemarkRecord<'a> {
    pub(super) fn new(remark: &'a Remark) -> Self {
        RemarkRecord {
            place: &remark.place,
            what: &remark.what,
        }
    }
}

/// How many of each.
#[derive(Serialize)]
pub(super) struct SummaryRecord {
    errors: usize,
    warnings: usize,
    notes: usize,
    suppressed: usize,
    suppressed_by: BTreeMap<&'static str, usize>,
    left_out: usize,
    left_out_by: BTreeMap<&'static str, usize>,
    problems: usize,
}

impl SummaryRecord {
    pub(super) fn new(ledger: &Ledger) -> Self {
        let mut suppressed_by = BTreeMap::new();
        for item in &ledger.suppressed {
            *suppressed_by.entry(item.reason.kind()).or_insert(0) += 1;
        }
        SummaryRecord {
            errors: ledger.count(Level::Error),
            warnings: ledger.count(Level::Warning),
            notes: ledger.count(Level::Note),
            suppressed: ledger.suppressed.len(),
            suppressed_by,
            left_out: ledger.left_out.len(),
            left_out_by: ledger
                .left_out_by_why()
                .into_iter()
                .map(|(why, count)| (why.code(), count))
                .collect(),
            problems: ledger.problems.len(),
        }
    }
}
