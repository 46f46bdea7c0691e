//! What a change adds, found from the places that differ, is what the full comparison of both versions finds.

use crate::support::Tokens;
use invoca_scan::blob::{Blob, Fresh, Old, Origin, Part};
use invoca_scan::detect::Detector;
use invoca_scan::finding::Identity;
use invoca_scan::git::compare_lines;
use invoca_scan::progress::Progress;
use invoca_scan::rule::RuleSet;
use invoca_scan::scan::Scan;
use invoca_scan::source::{Sink, Source};
use invoca_scan::suppress::{Judge, JudgeOptions, ScanInfo};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// One changed file; compared line by line, or only by its versions.
struct Changed<'a> {
    old: &'a [u8],
    new: &'a [u8],
    compared: bool,
}

impl Source for Changed<'_> {
    fn run(&self, sink: &dyn Sink) {
        let compared = compare_lines(self.old, self.new);
        let old = Old {
            bytes: self.old,
            copies: &compared.copies,
        };
        let old = [if self.compared { old } else { old.uncompared() }];
        sink.blob(Blob {
            bytes: self.new,
            origin: Origin::File {
                path: "settings.py".into(),
            },
            fresh: Fresh::Ranges(&compared.fresh),
            old: &old,
            part: Part::WHOLE,
        });
    }
}

/// The findings, as `line rule level`.
fn findings(detector: &Detector, source: &Changed<'_>) -> Vec<String> {
    let scan = Scan {
        detector,
        judge: &Judge::new(JudgeOptions::default()),
        identity: &Identity::default(),
        progress: &Progress::new(),
        line_hashes: false,
        fixes: false,
        archives: invoca_scan::container::Kinds::default(),
    };
    let info = ScanInfo {
        mode: "staged",
        repository: None,
        head: None,
        rules_digest: String::new(),
        rules_as_of: None,
        config_digest: String::new(),
        root: None,
        started: SystemTime::UNIX_EPOCH,
        elapsed: Duration::ZERO,
        interrupted: false,
        replacements: None,
        joined: Vec::new(),
    };
    let ledger = scan.run(source, info);
    assert!(ledger.problems.is_empty());
    let line = |finding: &invoca_scan::finding::Finding| {
        let rule = detector.rules().rule(finding.rule).id();
        format!("{} {rule} {}", finding.location.line, finding.level.word())
    };
    for finding in &ledger.findings {
        let secret = String::from_utf8_lossy(finding.secret.expose()).into_owned();
        assert!(secret.len() < 16 || !finding.excerpt.contains(&secret));
    }
    ledger.findings.iter().map(line).collect()
}

#[test]
fn a_secret_that_was_there_is_not_shown_beside_a_new_one() {
    let mut random = Tokens::new(29);
    let token = format!("glp{}{}", "at-", random.base62(20));
    let old = format!("a = \"{token}\"\n");
    // Once more on the same line: one of the two is old.
    let new = format!("a = \"{token}\", \"{token}\"\n");
    assert_eq!(added(&detector(), &old, &new).len(), 1);
}

fn detector() -> Detector {
    Detector::new(Arc::new(RuleSet::builtin()))
}

fn added(detector: &Detector, old: &str, new: &str) -> Vec<String> {
    let (old, new) = (old.as_bytes(), new.as_bytes());
    let changed = |compared| Changed { old, new, compared };
    let quick = findings(detector, &changed(true));
    let full = findings(detector, &changed(false));
    assert_eq!(
        quick,
        full,
        "{}\n---\n{}",
        String::from_utf8_lossy(old),
        String::from_utf8_lossy(new)
    );
    full
}

#[test]
fn quick_and_full_comparison_agree() {
    let detector = detector();
    let mut random = Tokens::new(23);
    let secrets: Vec<String> = (0..6).map(|_| random.base62(32)).collect();
    let mut number = |below: usize| random.of("0123456789", 6).parse::<usize>().unwrap() % below;
    let line = |number: &mut dyn FnMut(usize) -> usize| {
        let secret = &secrets[number(secrets.len())];
        match number(12) {
            0 => format!("INVOCA_API_TOKEN={secret}"),
            1 => format!("password = \"{secret}\""),
            2 => format!("value = \"{secret}\""),
            3 => "url = \"https://acme.invoca.net/api/2020-10-01\"".to_owned(),
            4 => "token = (".to_owned(),
            5 => format!("    \"{secret}\""),
            6 => "-----BEGIN CERTIFICATE-----".to_owned(),
            7 => "".to_owned(),
            _ => format!("line = {}", number(50)),
        }
    };
    let mut some = 0;
    for _ in 0..400 {
        let mut lines: Vec<String> = (0..number(40)).map(|_| line(&mut number)).collect();
        let old = lines.join("\n");
        for _ in 0..=number(3) {
            let at = number(lines.len() + 1);
            let end = (at + number(3)).min(lines.len());
            let fresh: Vec<String> = (0..number(3)).map(|_| line(&mut number)).collect();
            lines.splice(at..end, fresh);
        }
        some += usize::from(!added(&detector, &old, &lines.join("\n")).is_empty());
    }
    assert!(some > 50, "too few of the cases have findings: {some}");
}

#[test]
fn a_second_copy_of_a_known_secret_is_new() {
    let secret = Tokens::new(5).base62(32);
    let line = format!("INVOCA_API_TOKEN={secret}\n");
    let found = added(
        &detector(),
        &format!("a\n{line}b\n"),
        &format!("{line}a\n{line}b\n"),
    );
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("1 "),
        "the new one is shown: {found:?}"
    );
    assert!(
        added(
            &detector(),
            &format!("a\n{line}b\n"),
            &format!("A\n{line}B\n")
        )
        .is_empty()
    );
}

#[test]
fn evidence_far_away_makes_an_old_line_a_secret() {
    let secret = Tokens::new(6).base62(32);
    let filler = "filler\n".repeat(500);
    let old = format!("# notes\n{filler}oauth_token = \"{secret}\"\n");
    let new = old.replace(
        "# notes",
        "# see https://acme.invoca.net/api/2020-10-01/calls.json",
    );
    let before = added(&detector(), "", &old);
    let after = added(&detector(), &old, &new);
    // Whatever the old version was worth: what the new one is worth more is new.
    let whole = added(&detector(), "", &new);
    assert_eq!(
        after.is_empty(),
        before == whole,
        "{before:?} {after:?} {whole:?}"
    );
}
