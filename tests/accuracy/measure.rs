//! Runs the scanner over filled cases and counts what it found, missed and raised without cause.

use crate::case::{Case, Expect};
use crate::fill::{Filled, fill};
use invoca_scan::blob::{Blob, Origin};
use invoca_scan::detect::Detector;
use invoca_scan::finding::{Finding, Identity, Level};
use invoca_scan::progress::Progress;
use invoca_scan::rule::RuleSet;
use invoca_scan::scan::Scan;
use invoca_scan::source::{Sink, Source};
use invoca_scan::suppress::{Judge, JudgeOptions, ScanInfo};
use invoca_scan::text::{Name, Span};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// What was counted for a group of cases.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    /// Secrets that should be found.
    pub(crate) secrets: usize,
    /// Those found, at any level.
    pub(crate) found: usize,
    /// Those found at the level that was asked for.
    pub(crate) at_level: usize,
    /// Texts that hold no secret.
    pub(crate) clean: usize,
    /// Those with an error.
    pub(crate) red: usize,
    /// Those with a warning and no error.
    pub(crate) yellow: usize,
    /// Errors beside the secrets, in texts that hold some.
    pub(crate) stray: usize,
    /// Secrets found under another rule than the one that fits best.
    pub(crate) misnamed: usize,
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.secrets += other.secrets;
        self.found += other.found;
        self.at_level += other.at_level;
        self.clean += other.clean;
        self.red += other.red;
        self.yellow += other.yellow;
        self.stray += other.stray;
        self.misnamed += other.misnamed;
    }
}

/// How one filling of a case went wrong.
#[derive(Clone, Debug)]
pub(crate) struct Miss {
    /// What was seen instead.
    pub(crate) got: String,
    /// The text as it was scanned.
    pub(crate) text: String,
}

/// Everything counted.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// By kind and form.
    pub(crate) groups: BTreeMap<(String, String), Tally>,
    /// By kind and vendor (or rule).
    pub(crate) vendors: BTreeMap<(String, String), Tally>,
    /// For each case how often it was filled, and the fillings that went wrong.
    pub(crate) misses: Vec<(usize, Vec<Miss>)>,
}

struct Texts<'a>(&'a [(String, Filled)]);

impl Source for Texts<'_> {
    fn run(&self, sink: &dyn Sink) {
        self.0.par_iter().for_each(|(path, filled)| {
            let path = Name::new(path.as_bytes());
            sink.blob(Blob::whole(filled.text.as_bytes(), Origin::File { path }));
        });
    }
}

impl Measured {
    /// Fills every case `fillings` times and scans all of it.
    pub(crate) fn of(cases: &[Case], fillings: usize) -> Self {
        let texts: Vec<(String, Filled)> = cases
            .iter()
            .enumerate()
            .flat_map(|(at, case)| {
                (0..fillings_of(case, fillings)).map(move |filling| (at, case, filling))
            })
            .map(|(at, case, filling)| {
                let filled = fill(&case.text, seed(&case.text, filling))
                    .unwrap_or_else(|error| panic!("{}: {error}", case.text));
                assert!(
                    (case.expect == Expect::None) == filled.marks.is_empty(),
                    "marks do not fit what is expected: {}",
                    case.text
                );
                let path = if case.path.is_empty() {
                    "file.txt"
                } else {
                    &case.path
                };
                (format!("{at}/{filling}/{path}"), filled)
            })
            .collect();
        // What a lint says of a text is no claim that a secret stands in it.
        let mut rules = RuleSet::builtin();
        rules.without_lints();
        let rules = Arc::new(rules);
        let by_path = scan(&rules, &texts);
        let mut measured = Measured::default();
        let mut rest = &texts[..];
        for case in cases {
            let mut misses = Vec::new();
            let mut tally = Tally::default();
            let (of_case, others) = rest.split_at(fillings_of(case, fillings));
            rest = others;
            for (path, filled) in of_case {
                let findings = by_path.get(path.as_str()).map_or(&[][..], Vec::as_slice);
                let (one, complaints) = judge(case, filled, findings, &rules);
                tally.add(one);
                if !complaints.is_empty() {
                    misses.push(Miss {
                        got: complaints.join("; "),
                        text: filled.text.clone(),
                    });
                }
            }
            measured
                .groups
                .entry((case.kind.clone(), case.form.clone()))
                .or_default()
                .add(tally);
            if !case.vendor.is_empty() {
                measured
                    .vendors
                    .entry((case.kind.clone(), case.vendor.clone()))
                    .or_default()
                    .add(tally);
            }
            measured.misses.push((of_case.len(), misses));
        }
        measured
    }

    /// Sums by kind.
    pub(crate) fn kinds(&self) -> BTreeMap<&str, Tally> {
        let mut kinds: BTreeMap<&str, Tally> = BTreeMap::new();
        for ((kind, _), tally) in &self.groups {
            kinds.entry(kind).or_default().add(*tally);
        }
        kinds
    }
}

/// The products of vendors and templates are many already: each is filled less often.
fn fillings_of(case: &Case, fillings: usize) -> usize {
    if case.vendor.is_empty() {
        fillings
    } else {
        fillings.div_ceil(10)
    }
}

/// Equal texts get equal values whatever stands before them in the file.
fn seed(text: &str, filling: usize) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash.wrapping_add((filling as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

fn scan(rules: &Arc<RuleSet>, texts: &[(String, Filled)]) -> BTreeMap<String, Vec<Finding>> {
    let detector = Detector::new(rules.clone());
    let progress = Progress::new();
    let judge = Judge::new(JudgeOptions {
        rules: Some(rules.clone()),
        ..JudgeOptions::default()
    });
    let scan = Scan {
        detector: &detector,
        judge: &judge,
        identity: &Identity::default(),
        progress: &progress,
        line_hashes: false,
        fixes: false,
        archives: invoca_scan::container::Kinds::default(),
    };
    let info = ScanInfo {
        mode: "tree",
        repository: None,
        head: None,
        root: None,
        rules_digest: String::new(),
        rules_as_of: None,
        config_digest: String::new(),
        started: SystemTime::UNIX_EPOCH,
        elapsed: Duration::ZERO,
        interrupted: false,
        replacements: None,
        joined: Vec::new(),
    };
    let ledger = scan.run(&Texts(texts), info);
    assert!(ledger.problems.is_empty(), "{:?}", ledger.problems);
    let mut by_path: BTreeMap<String, Vec<Finding>> = BTreeMap::new();
    for finding in ledger.findings {
        let path = finding.origin.path().map(Name::to_text).unwrap_or_default();
        by_path.entry(path).or_default().push(finding);
    }
    by_path
}

/// Whether a finding is about the marked part: it covers nearly all of it, or touches it where the mark has several lines.
fn covers(finding: Span, mark: Span, text: &str) -> bool {
    let common = finding
        .end
        .min(mark.end)
        .saturating_sub(finding.start.max(mark.start));
    common * 10 >= mark.len() * 8 || (common > 0 && text[mark.start..mark.end].contains('\n'))
}

fn judge(
    case: &Case,
    filled: &Filled,
    findings: &[Finding],
    rules: &RuleSet,
) -> (Tally, Vec<String>) {
    let mut tally = Tally::default();
    let mut complaints = Vec::new();
    let named = |finding: &Finding| {
        format!(
            "{} {} `{}`",
            finding.level.word(),
            rules.rule(finding.rule).id(),
            finding.span.of(filled.text.as_bytes()).escape_ascii()
        )
    };
    if case.expect == Expect::None {
        tally.clean = 1;
        tally.red = usize::from(findings.iter().any(|finding| finding.level == Level::Error));
        tally.yellow = usize::from(
            tally.red == 0
                && findings
                    .iter()
                    .any(|finding| finding.level == Level::Warning),
        );
        complaints.extend(
            findings
                .iter()
                .filter(|finding| finding.level >= Level::Warning)
                .map(named),
        );
        return (tally, complaints);
    }
    for mark in &filled.marks {
        tally.secrets += 1;
        let over: Vec<&Finding> = findings
            .iter()
            .filter(|finding| covers(finding.span, *mark, &filled.text))
            .collect();
        let level = over.iter().map(|finding| finding.level).max();
        let right_rule = case.rule.is_empty()
            || over
                .iter()
                .any(|finding| rules.rule(finding.rule).id().starts_with(&case.rule));
        match level {
            Some(level) if level >= Level::Warning => {
                tally.found += 1;
                let wanted = if case.expect == Expect::Error {
                    Level::Error
                } else {
                    Level::Warning
                };
                if level == wanted {
                    tally.at_level += 1;
                } else {
                    let how = if level < wanted { "only" } else { "too loud:" };
                    complaints.push(format!("{how} {}", named(over[0])));
                }
                if !right_rule {
                    tally.misnamed += 1;
                    complaints.push(format!("not {}*: {}", case.rule, named(over[0])));
                }
            }
            _ => match findings.iter().find(|finding| finding.span.overlaps(*mark)) {
                Some(part) => complaints.push(format!("only a part: {}", named(part))),
                None => complaints.push("missed".to_owned()),
            },
        }
    }
    for finding in findings {
        if finding.level == Level::Error
            && !filled
                .marks
                .iter()
                .chain(&filled.neutral)
                .any(|mark| mark.overlaps(finding.span))
        {
            tally.stray += 1;
            complaints.push(format!("beside: {}", named(finding)));
        }
    }
    (tally, complaints)
}
