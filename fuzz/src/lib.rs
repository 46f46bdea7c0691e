//! What the targets share: a detector, a scan over bytes from nowhere, and the laws that every result keeps.

use invoca_scan::blob::{Blob, Copied, Fresh, Old, Origin};
use invoca_scan::container::{self, Inside, Kinds};
use invoca_scan::detect::{Detection, Detector, Scratch};
use invoca_scan::finding::Identity;
use invoca_scan::problem::{LeftOut, Problem};
use invoca_scan::progress::Progress;
use invoca_scan::rule::{Persona, RuleSet};
use invoca_scan::scan::Scan;
use invoca_scan::source::{Sink, Source};
use invoca_scan::suppress::{Judge, JudgeOptions, Ledger, ScanInfo};
use invoca_scan::text::Name;
use std::cell::Cell;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime};

/// The built-in rules, all of them on.
pub static DETECTOR: LazyLock<Detector> = LazyLock::new(|| {
    let mut rules = RuleSet::builtin();
    rules.set_persona(Persona::Auditor);
    Detector::new(Arc::new(rules))
});

/// Looks at bytes as a whole.
pub fn detect(bytes: &[u8]) -> Detection {
    DETECTOR.detect(bytes, Fresh::All, &mut Scratch::default())
}

/// What is derived from a base says what a look at all of it says.
pub fn derived_is_whole(old: &[u8], new: &[u8], copies: &[Copied]) {
    for copy in copies {
        assert_eq!(
            new[copy.child..copy.child + copy.len],
            old[copy.base..copy.base + copy.len],
            "a copy that is none"
        );
    }
    let base = detect(old);
    let derived = DETECTOR.detect_child(new, copies, &base, &mut Scratch::default());
    let whole = detect(new);
    assert_eq!(derived.raw, whole.raw, "carrying changes what is found");
}

/// One blob, as a source.
pub struct One<'a>(pub Blob<'a>);

impl Source for One<'_> {
    fn run(&self, sink: &dyn Sink) {
        sink.blob(self.0.clone());
    }
}

/// Scans what a source yields as `invoca-scan` does; a panic in a blob is one here as well.
pub fn scan(source: &dyn Source) -> Ledger {
    let judge = Judge::new(JudgeOptions {
        rules: Some(Arc::new(RuleSet::builtin())),
        check: true,
        today: "2026-01-01".to_owned(),
        ..JudgeOptions::default()
    });
    let scan = Scan {
        detector: &DETECTOR,
        judge: &judge,
        identity: &Identity::default(),
        progress: &Progress::default(),
        line_hashes: true,
        fixes: true,
        archives: Kinds::default(),
    };
    let ledger = scan.run(
        source,
        ScanInfo {
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
        },
    );
    assert!(
        ledger
            .problems
            .iter()
            .all(|problem| problem.kind != "internal"),
        "the scan panicked"
    );
    for finding in &ledger.findings {
        // Bytes that are no text can equal a part of the sign that an excerpt shows in their place.
        let Ok(secret) = std::str::from_utf8(finding.secret.expose()) else {
            continue;
        };
        assert!(
            secret.len() < 16 || !finding.excerpt.contains(secret),
            "an excerpt shows the secret"
        );
    }
    ledger
}

/// The blob of a file.
pub fn file<'a>(path: &str, bytes: &'a [u8]) -> Blob<'a> {
    let path = Name::new(path.as_bytes().to_vec());
    Blob::whole(bytes, Origin::File { path })
}

/// Opens containers and counts what comes out.
#[derive(Default)]
pub struct Counter {
    entries: Cell<usize>,
    bytes: Cell<usize>,
}

impl Inside for Counter {
    fn entry(&self, blob: Blob<'_>) {
        self.entries.set(self.entries.get() + 1);
        self.bytes.set(self.bytes.get() + blob.bytes.len());
    }
    fn unopened(&self, _: LeftOut) {}
    fn limit(&self, _: Problem) {}
    fn stopped(&self) -> bool {
        false
    }
}

/// Opens `bytes` as a container, alone and with itself as its older version; the limits hold.
pub fn open(bytes: &[u8]) {
    let counter = Counter::default();
    container::open(&file("a", bytes), Kinds::default(), &counter);
    assert!(counter.entries.get() <= 100_000);
    assert!(counter.bytes.get() <= 6 * (bytes.len() * 200 + (64 << 20)));
    let old = [Old { bytes, copies: &[] }];
    let blob = Blob {
        old: &old,
        ..file("a", bytes)
    };
    container::open(&blob, Kinds::default(), &Counter::default());
}
