//! The pipeline: takes blobs from a source, has them looked at and judged, and keeps the ledger. Owns what threads share.

mod history;

pub use history::{HistoryOptions, Limits};

use crate::blob::{Blob, Fresh, Old, Origin, Part};
use crate::container::{self, Inside, Kinds};
use crate::detect::{Detection, Detector, Resolved, Scratch, values_near};
use crate::finding::{Finding, Identity, Level, Masked, Note, RawFinding, Story};
use crate::fix;
use crate::problem::{LeftOut, Problem, Why};
use crate::progress::Progress;
use crate::rule::{RuleId, RuleSet};
use crate::source::{Sink, Source};
use crate::suppress::{Counts, Judge, Ledger, ScanInfo, Suppressed, Verdict};
use crate::text::{LineHashes, LineIndex, Name, Secret, Span, line_around, utf8_from_utf16};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

/// Everything a scan needs beside its source.
pub struct Scan<'a> {
    /// What looks at bytes.
    pub detector: &'a Detector,
    /// What decides which findings stand.
    pub judge: &'a Judge,
    /// How fingerprints are made.
    pub identity: &'a Identity,
    /// Counters and the interrupt flag.
    pub progress: &'a Progress,
    /// Whether findings carry the hash by which GitHub's code scanning recognises their line.
    pub line_hashes: bool,
    /// Whether findings carry how to mend them.
    pub fixes: bool,
    /// Which containers are opened.
    pub archives: Kinds,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch::default());
}

impl Scan<'_> {
    /// Scans all that `source` yields.
    pub fn run(&self, source: &dyn Source, mut info: ScanInfo) -> Ledger {
        let begin = Instant::now();
        let collector = Collector {
            scan: self,
            results: Mutex::default(),
        };
        source.run(&collector);
        let results = collector
            .results
            .into_inner()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        info.elapsed = begin.elapsed();
        self.ledger(results, Vec::new(), info)
    }

    /// Everything a scan has to say.
    fn ledger(&self, results: Results, stories: Vec<Story>, mut info: ScanInfo) -> Ledger {
        info.interrupted = self.progress.interrupted();
        let mut ledger = Ledger {
            scan: info,
            findings: results.findings,
            stories,
            suppressed: results.suppressed,
            problems: results.problems,
            left_out: results.left_out,
            accepted: Vec::new(),
            stale: Vec::new(),
            new_suppressions: Vec::new(),
            counts: Counts {
                files: self.progress.blobs.load(Relaxed),
                bytes: self.progress.bytes.load(Relaxed),
            },
        };
        self.judge.finish(&mut ledger);
        ledger.sort();
        ledger
    }

    /// Findings of one blob, judged as far as its bytes allow. UTF-16 is looked at in UTF-8: lines and columns stay the same.
    fn look_at(&self, blob: &Blob<'_>) -> Vec<(Finding, Verdict)> {
        self.look_again_at(blob, None)
    }

    /// The same; where it is `known` already what is found, without a look.
    fn look_again_at(
        &self,
        blob: &Blob<'_>,
        known: Option<Vec<Resolved>>,
    ) -> Vec<(Finding, Verdict)> {
        let judged = |blob: &Blob<'_>| {
            let (resolved, masked) = match known {
                Some(known) => {
                    let masked = self.masked(blob.bytes, &known);
                    (known, masked)
                }
                None => self.resolved_in(blob),
            };
            let findings = match resolved.is_empty() {
                true if !self.judge.wants_all() => return Vec::new(),
                true => Vec::new(),
                false => self.findings_among(blob, resolved, &masked),
            };
            self.judge.judge_blob(blob, findings)
        };
        let Some(text) = utf8_from_utf16(blob.bytes) else {
            return judged(blob);
        };
        let length_of = |end: usize| match blob.bytes.get(..end) {
            Some(before) => utf8_from_utf16(before).map_or(0, |text| text.len()),
            None => usize::MAX,
        };
        let own = blob.part.own;
        // Offsets of the bytes say nothing about the text.
        let old: Vec<Old<'_>> = blob.old.iter().map(|old| old.uncompared()).collect();
        judged(&Blob {
            bytes: &text,
            origin: blob.origin.clone(),
            fresh: Fresh::All,
            old: &old,
            part: Part {
                own: Span::new(length_of(own.start), length_of(own.end)),
                ..blob.part
            },
        })
    }

    /// What a blob holds that is new, and what of it must not be shown: a secret that is not new can stand beside one that is.
    fn resolved_in(&self, blob: &Blob<'_>) -> (Vec<Resolved>, Masked) {
        SCRATCH.with_borrow_mut(|scratch| {
            // What is taken away is counted in the old blobs as a whole, so it must be counted in the new one as a whole, too; and a new
            // line may be the evidence for a token on an old one.
            let fresh = match blob.old {
                [] => blob.fresh,
                _ => Fresh::All,
            };
            if blob
                .old
                .iter()
                .any(|old| self.adds_nothing(blob, old, scratch))
            {
                return Default::default();
            }
            let mut detection = self.detector.detect(blob.bytes, fresh, scratch);
            self.keep_admitted(&mut detection, &blob.origin);
            if detection.raw.is_empty() {
                return Default::default();
            }
            let mut resolved = self.detector.resolve(blob.bytes, detection);
            let masked = self.masked(blob.bytes, &resolved);
            if !blob.old.is_empty() {
                self.drop_old(blob, &mut resolved, scratch);
            }
            (resolved, masked)
        })
    }

    /// Takes away claims of rules that are bound to other paths, where the path is known: they must not hide what other rules say.
    fn keep_admitted(&self, detection: &mut Detection, origin: &Origin) {
        if !matches!(origin, Origin::Object { .. }) {
            let path = origin.path();
            detection
                .raw
                .retain(|claim| self.judge.admits(claim.rule, path));
        }
    }

    /// Whether `blob` says nothing that `old` does not, as far as a look at the places where they differ can tell.
    fn adds_nothing(&self, blob: &Blob<'_>, old: &Old<'_>, scratch: &mut Scratch) -> bool {
        !old.copies.is_empty()
            && utf8_from_utf16(old.bytes).is_none()
            && self
                .detector
                .adds_nothing(blob.bytes, old.bytes, old.copies, scratch)
    }

    /// Takes away what a parent has as well: for each rule and secret, as many as the parent that has most of them. What stands on fresh
    /// bytes goes last, so that of two equal ones the new one is shown. A parent that has a secret at a lower level does not have it: then
    /// new evidence has made it what it is.
    fn drop_old(&self, blob: &Blob<'_>, resolved: &mut Vec<Resolved>, scratch: &mut Scratch) {
        let key = |bytes: &[u8], item: &Resolved| {
            let level = Level::of(item.raw.confidence);
            // What a lint is about is known again by its line.
            let known_by = match secret_of(self.detector.rules(), bytes, &item.raw) {
                secret if secret.is_empty() => {
                    let line = line_around(bytes, item.raw.span.start, 1 << 12);
                    Secret::new(line.of(bytes).trim_ascii())
                }
                secret => secret,
            };
            (item.raw.rule, known_by, level)
        };
        let mut known: BTreeMap<(RuleId, Secret, Level), usize> = BTreeMap::new();
        for old in blob.old {
            let mut of_this: BTreeMap<_, usize> = BTreeMap::new();
            let text = utf8_from_utf16(old.bytes);
            let old = text.as_deref().unwrap_or(old.bytes);
            let mut detection = self.detector.detect(old, Fresh::All, scratch);
            self.keep_admitted(&mut detection, &blob.origin);
            for item in self.detector.resolve(old, detection) {
                *of_this.entry(key(old, &item)).or_default() += 1;
            }
            for (key, count) in of_this {
                let most = known.entry(key).or_default();
                *most = count.max(*most);
            }
        }
        let on_fresh = |item: &Resolved| match blob.fresh {
            Fresh::All => true,
            Fresh::Ranges(ranges) => ranges.iter().any(|range| range.overlaps(item.raw.span)),
        };
        for fresh_too in [false, true] {
            resolved.retain(|item| {
                if on_fresh(item) && !fresh_too {
                    return true;
                }
                let (rule, secret, level) = key(blob.bytes, item);
                let same = (rule, secret.clone(), level)..=(rule, secret, Level::Error);
                let left = known.range_mut(same).find(|(_, left)| **left > 0);
                left.map(|(_, left)| *left -= 1).is_none()
            });
        }
    }

    /// What must not be shown of the lines of these findings: their secrets, and around a lint whatever looks like one, as the rule for it may be off.
    fn masked(&self, bytes: &[u8], resolved: &[Resolved]) -> Masked {
        let is_lint = |claim: &RawFinding| self.detector.rules().rule(claim.rule).spec.lint;
        let claims = || {
            let all = resolved.iter();
            all.flat_map(|item| std::iter::once(&item.raw).chain(&item.others))
        };
        let encoded = claims().filter(|claim| claim.encoded.is_some());
        let encoded: Vec<Secret> = encoded
            .map(|claim| secret_of(self.detector.rules(), bytes, claim))
            .collect();
        let mut masked: Vec<Span> = claims()
            .filter(|claim| !is_lint(claim))
            .map(|claim| claim.span)
            .collect();
        for item in resolved.iter().filter(|item| is_lint(&item.raw)) {
            masked.extend(values_near(bytes, item.raw.span));
        }
        Masked::new(bytes, masked, &encoded)
    }

    fn findings(&self, blob: &Blob<'_>, resolved: Vec<Resolved>) -> Vec<Finding> {
        let masked = self.masked(blob.bytes, &resolved);
        self.findings_among(blob, resolved, &masked)
    }

    /// The same where more than these is not to be shown.
    fn findings_among(
        &self,
        blob: &Blob<'_>,
        resolved: Vec<Resolved>,
        masked: &Masked,
    ) -> Vec<Finding> {
        let lines = LineIndex::new(blob.bytes);
        let whole = blob.part.own == Part::WHOLE.own && blob.part.lines.is_empty();
        let hashes = (self.line_hashes && whole).then(|| LineHashes::new(blob.bytes));
        let rules = self.detector.rules();
        let finding = |raw: RawFinding, others: &[RawFinding]| {
            let secret = secret_of(rules, blob.bytes, &raw);
            let location = lines.locate(blob.bytes, raw.span);
            let line_hash = hashes
                .as_ref()
                .and_then(|hashes| hashes.of_line(location.line).map(str::to_owned));
            let excerpt = crate::finding::excerpt(blob.bytes, &lines, raw.span, masked);
            let secret_id = self.identity.secret_id(&secret);
            let path = blob
                .origin
                .path()
                .filter(|_| self.fixes && whole && raw.encoded.is_none());
            let fix = path.and_then(|path| {
                fix::propose(fix::Place {
                    text: blob.bytes,
                    lines: &lines,
                    path: path.as_bytes(),
                    span: raw.span,
                    rule: &rules.rule(raw.rule).spec,
                    confidence: raw.confidence,
                })
                .map(Box::new)
            });
            Finding {
                rule: raw.rule,
                fingerprint: self
                    .identity
                    .fingerprint(&secret, blob.origin.path(), &excerpt),
                secret,
                origin: blob.origin.clone(),
                object: None,
                span: Span::new(
                    blob.part.offset + raw.span.start,
                    blob.part.offset + raw.span.end,
                ),
                location: blob.part.locate(location),
                severity: rules.rule(raw.rule).spec.severity,
                confidence: raw.confidence,
                level: Level::of_rule(rules.rule(raw.rule).spec.level, raw.confidence),
                excerpt,
                encoding: raw.encoded.map(|encoded| encoded.layers),
                line_hash,
                secret_id,
                reported: None,
                notes: others
                    .iter()
                    .map(|other| Note { rule: other.rule })
                    .collect(),
                elsewhere: None,
                fix,
            }
        };
        let own = |item: &Resolved| {
            let start = item.raw.span.start;
            blob.part.own.start <= start && start < blob.part.own.end
        };
        resolved
            .into_iter()
            .filter(own)
            .map(|item| {
                let bound = |claim: &RawFinding| rules.rule(claim.rule).meta.bound;
                let mut found = finding(item.raw.clone(), &item.others);
                if bound(&item.raw) && matches!(blob.origin, Origin::Object { .. }) {
                    // Down to the first that holds wherever the blob lies.
                    let free = item.others.iter().position(|other| !bound(other));
                    let last = free.map_or(item.others.len(), |at| at + 1);
                    for at in (0..last).rev() {
                        let mut other = finding(item.others[at].clone(), &item.others[at + 1..]);
                        other.elsewhere = found.elsewhere.take();
                        found.elsewhere = Some(Box::new(other));
                    }
                }
                found
            })
            .collect()
    }
}

impl Inside for Collector<'_> {
    fn entry(&self, blob: Blob<'_>) {
        Sink::blob(self, blob);
    }

    fn unopened(&self, item: LeftOut) {
        Sink::left_out(self, item);
    }

    fn limit(&self, problem: Problem) {
        Sink::problem(self, problem);
    }

    fn stopped(&self) -> bool {
        Sink::interrupted(self)
    }
}

fn unopened(blob: &Blob<'_>) -> LeftOut {
    LeftOut {
        object: shown(&blob.origin),
        why: Why::Unopened,
    }
}

/// How a problem names a blob.
fn shown(origin: &Origin) -> Name {
    let path = origin.path().cloned();
    path.unwrap_or_else(|| origin.kind().into())
}

/// The value of a claim: decoded where it is encoded, empty for a lint.
fn secret_of(rules: &RuleSet, bytes: &[u8], claim: &RawFinding) -> Secret {
    match &claim.encoded {
        Some(encoded) => encoded.value.clone(),
        None if rules.rule(claim.rule).spec.lint => Secret::new(b""),
        None => Secret::new(claim.span.of(bytes)),
    }
}

#[derive(Default)]
struct Results {
    findings: Vec<Finding>,
    suppressed: Vec<Suppressed>,
    problems: Vec<Problem>,
    left_out: Vec<LeftOut>,
    /// Working trees of other repositories, and how they are called.
    repositories: Vec<(PathBuf, Name)>,
}

impl Results {
    fn add(&mut self, finding: Finding, verdict: Verdict) {
        match verdict {
            Verdict::Report => self.findings.push(finding),
            Verdict::Suppress(reason) => self.suppressed.push(Suppressed { finding, reason }),
        }
    }
}

struct Collector<'a> {
    scan: &'a Scan<'a>,
    results: Mutex<Results>,
}

impl Collector<'_> {
    /// Says what of the last blob was encoded and not looked at, because a limit was reached.
    fn note_unread(&self, object: &dyn Fn() -> Name) {
        for unread in SCRATCH.with_borrow_mut(Scratch::take_unread) {
            self.problem(
                Problem::new("limit", object(), unread.why)
                    .consequence("not all of what stands encoded in it was looked at")
                    .next("look at it by hand, or leave it out with --exclude"),
            );
        }
    }

    fn with(&self, add: impl FnOnce(&mut Results)) {
        add(&mut self
            .results
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner()));
    }
}

impl Sink for Collector<'_> {
    fn blob(&self, blob: Blob<'_>) {
        // Windows of one file overlap, and are one file.
        let own = blob.part.own;
        let bytes = own.end.min(blob.bytes.len()).saturating_sub(own.start);
        self.scan.progress.add_blob(bytes, own.start == 0);
        // A defect of ours in one blob must not cost the user the other ones, and must not look like "clean".
        let look = || {
            // An archive is looked at as it is only where it could not be opened.
            if container::is_container(&blob) && container::open(&blob, self.scan.archives, self) {
                return Vec::new();
            }
            self.scan.look_at(&blob)
        };
        if own.start == 0 && own.end != usize::MAX && container::begins_container(blob.bytes) {
            self.left_out(unopened(&blob));
        }
        let Ok(judged) = catch_unwind(AssertUnwindSafe(look)) else {
            SCRATCH.set(Scratch::default());
            self.problem(
                Problem::new(
                    "internal",
                    shown(&blob.origin),
                    "the scanner failed on this content",
                )
                .next("please report it with `invoca-scan --version` and, if you may, the file"),
            );
            return;
        };
        self.note_unread(&|| shown(&blob.origin));
        if judged.is_empty() {
            return;
        }
        self.with(|results| {
            for (finding, verdict) in judged {
                if verdict == Verdict::Report {
                    self.scan.progress.findings.fetch_add(1, Relaxed);
                }
                results.add(finding, verdict);
            }
        });
    }

    fn left_out(&self, item: LeftOut) {
        self.with(|results| results.left_out.push(item));
    }

    fn problem(&self, problem: Problem) {
        self.with(|results| results.problems.push(problem));
    }

    fn repository(&self, directory: &Path, name: &Name) {
        let item = (directory.to_owned(), name.clone());
        self.with(|results| results.repositories.push(item));
    }

    fn interrupted(&self) -> bool {
        self.scan.progress.interrupted()
    }

    fn wants_whole(&self, begin: &[u8]) -> bool {
        container::begins_container(begin)
    }
}
