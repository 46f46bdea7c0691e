//! Reports, from a ledger made by hand: what people read and what machines parse.

use crate::support::{Tokens, snapshot};
use invoca_scan::blob::{BlobId, Origin};
use invoca_scan::finding::{Finding, Identity, Level, Masked, excerpt};
use invoca_scan::problem::{LeftOut, Problem, Why};
use invoca_scan::report::{FORMATS, Format, Options, Style, When};
use invoca_scan::rule::{Confidence, RuleFile, RuleSet, Severity};
use invoca_scan::suppress::{Counts, Ledger, Reason, ScanInfo, Suppressed};
use invoca_scan::text::{LineIndex, Name, Secret, Span};
use std::time::{Duration, UNIX_EPOCH};

const RULES: &str = r#"
[[rule]]
id = "example-token"
since = "0.1"
title = "Example token"
vendor = "Example"
severity = "critical"
pattern = "ex_[A-Za-z0-9]{40}"
keywords = ["ex_"]
why = "Whoever holds it can read every call record of the account and place calls in its name."
fix = "Settings > API credentials > Revoke, make a new one, put it where the old one was."
references = ["https://example.com/docs/tokens"]

[[rule]]
id = "example-guess"
since = "0.1"
title = "Something random near the word example"
severity = "medium"
confidence = "low"
pattern = "example[A-Za-z0-9]{40}"
keywords = ["example"]
why = "It looks like a credential."
fix = "Look whether it is one."
"#;

struct Sample {
    rules: RuleSet,
    tokens: Tokens,
    ledger: Ledger,
}

impl Sample {
    fn new(mode: &'static str) -> Self {
        let file: RuleFile = toml::from_str(RULES).unwrap();
        let ledger = Ledger {
            stories: Vec::new(),
            scan: ScanInfo {
                mode,
                repository: Some("https://example.com/shop.git".into()),
                head: Some("0123456789abcdef0123456789abcdef01234567".into()),
                root: Some("/home/me/my shop".into()),
                rules_digest: "d1".into(),
                rules_as_of: None,
                config_digest: String::new(),
                started: UNIX_EPOCH + Duration::from_secs(1_800_000_000),
                elapsed: Duration::from_millis(1234),
                interrupted: false,
                replacements: None,
                joined: Vec::new(),
            },
            findings: Vec::new(),
            suppressed: Vec::new(),
            problems: Vec::new(),
            left_out: Vec::new(),
            accepted: Vec::new(),
            stale: Vec::new(),
            new_suppressions: Vec::new(),
            counts: Counts {
                files: 12,
                bytes: 34_567,
            },
        };
        Sample {
            rules: {
                let mut rules = RuleSet::empty();
                rules.add(file).unwrap();
                rules
            },
            tokens: Tokens::new(7),
            ledger,
        }
    }

    /// A finding of `rule` in the third line of `origin`.
    fn finding(&mut self, rule: &str, origin: Origin) -> Finding {
        let value = format!("ex_{}", self.tokens.base62(40));
        let text = format!("import os\n\nTOKEN = \"{value}\"  # for the \u{1b}[31mshop\n");
        let at = text.find(&value).unwrap();
        let span = Span::new(at, at + value.len());
        let lines = LineIndex::new(text.as_bytes());
        let masked = excerpt(
            text.as_bytes(),
            &lines,
            span,
            &Masked::new(text.as_bytes(), vec![span], &[]),
        );
        let secret = Secret::new(value.as_bytes());
        let rule = self.rules.find(rule).unwrap();
        let spec = &self.rules.rule(rule).spec;
        Finding {
            rule,
            fingerprint: Identity::default().fingerprint(&secret, origin.path(), &masked),
            secret,
            origin,
            object: None,
            span,
            location: lines.locate(text.as_bytes(), span),
            severity: spec.severity,
            confidence: spec.confidence,
            level: Level::of(spec.confidence),
            excerpt: masked,
            encoding: None,
            line_hash: Some("a1b2c3:1".into()),
            notes: Vec::new(),
            secret_id: None,
            reported: None,
            elsewhere: None,
            fix: None,
        }
    }

    fn staged(&mut self, rule: &str, path: &str) {
        let origin = Origin::Staged {
            path: path.into(),
            committed: false,
        };
        let finding = self.finding(rule, origin);
        self.ledger.findings.push(finding);
    }

    fn file(&mut self, rule: &str, path: &str) {
        let finding = self.finding(rule, Origin::File { path: path.into() });
        self.ledger.findings.push(finding);
    }

    fn suppress(&mut self, path: &str) {
        let finding = self.finding("example-token", Origin::File { path: path.into() });
        let reason = Reason::Inline {
            line: 3,
            marker: "invoca-scan:allow".into(),
            text: "a made-up one".into(),
        };
        self.ledger.suppressed.push(Suppressed { finding, reason });
    }

    fn everything() -> Self {
        let mut sample = Sample::new("tree");
        sample.file("example-token", "src/a.py");
        sample.file("example-guess", "src/b c,%:ü.py");
        sample.suppress("tests/c.py");
        let id = BlobId::from_bytes(&[0xab; 20]).unwrap();
        let origin = Origin::Message {
            id,
            part: "message",
        };
        let finding = sample.finding("example-token", origin);
        sample.ledger.findings.push(finding);
        let problem = Problem::new("unreadable", "src/locked".into(), "permission denied")
            .next("run as the owner of the file");
        sample.ledger.problems.push(problem);
        sample.ledger.left_out = vec![
            LeftOut {
                object: "link".into(),
                why: Why::Symlink,
            },
            LeftOut {
                object: "node_modules".into(),
                why: Why::Ignored,
            },
        ];
        sample.ledger.sort();
        sample
    }

    fn write(&self, format: Format, options: Options) -> String {
        let mut out = Vec::new();
        format
            .reporter(options)
            .write(&mut out, &self.ledger, &self.rules)
            .unwrap();
        String::from_utf8(out).unwrap()
    }
}

fn options() -> Options {
    Options {
        width: 100,
        failed: true,
        ..Options::default()
    }
}

#[test]
fn a_blocked_commit_is_told_in_nine_lines() {
    let mut sample = Sample::new("staged");
    sample.staged("example-token", "src/a.py");
    let text = sample.write(Format::Human, options());
    assert!(text.starts_with("commit blocked: 1 secret, src/a.py:3\n"));
    snapshot("blocked.txt", &text);
}

#[test]
fn warnings_come_after_errors_and_problems_name_the_next_step() {
    let sample = Sample::everything();
    snapshot("tree.txt", &sample.write(Format::Human, options()));
    let all = Options {
        show_suppressed: true,
        list_left_out: true,
        verbose: true,
        ..options()
    };
    snapshot("tree-verbose.txt", &sample.write(Format::Human, all));
}

#[test]
fn many_findings_become_a_table() {
    let mut sample = Sample::new("staged");
    for number in 0..11 {
        sample.staged("example-token", &format!("src/part{number:02}.py"));
    }
    sample.staged(
        "example-guess",
        "src/a-file-with-a-rather-long-name-in-a-folder.py",
    );
    sample.ledger.sort();
    snapshot("table.txt", &sample.write(Format::Human, options()));
}

#[test]
fn a_clean_scan_says_so_in_two_lines_and_quietly_in_none() {
    let sample = Sample::new("staged");
    let clean = Options {
        failed: false,
        ..options()
    };
    snapshot("clean.txt", &sample.write(Format::Human, clean));
    let quiet = Options {
        quiet: true,
        ..clean
    };
    assert_eq!(sample.write(Format::Human, quiet), "");
}

#[test]
fn machine_formats_keep_their_contract() {
    let sample = Sample::everything();
    let all = Options {
        show_suppressed: true,
        list_left_out: true,
        ..options()
    };
    for (name, format, _) in FORMATS {
        snapshot(&format!("report.{name}"), &sample.write(*format, all));
    }
}

#[test]
fn no_format_shows_a_secret_unless_asked() {
    let sample = Sample::everything();
    let values: Vec<String> = sample
        .ledger
        .findings
        .iter()
        .chain(sample.ledger.suppressed.iter().map(|item| &item.finding))
        .map(|finding| String::from_utf8(finding.secret.expose().to_vec()).unwrap())
        .collect();
    let all = Options {
        show_suppressed: true,
        verbose: true,
        ..options()
    };
    for (name, format, _) in FORMATS {
        let text = sample.write(*format, all);
        for value in &values {
            // Four characters may be shown, not more.
            assert!(!text.contains(&value[..6]), "{name} shows a secret");
        }
        assert!(!text.contains('\u{1b}'), "{name} lets an escape through");
        let shown = sample.write(
            *format,
            Options {
                show_secrets: true,
                ..all
            },
        );
        assert!(shown.contains(&values[0]), "{name} hides a secret");
    }
}

#[test]
fn colour_changes_no_word() {
    let sample = Sample::everything();
    let plain = sample.write(Format::Human, options());
    let coloured = sample.write(
        Format::Human,
        Options {
            style: Style::new(When::Always, false, Default::default()),
            ..options()
        },
    );
    assert!(coloured.contains("\u{1b}["));
    let mut stripped = String::new();
    let mut rest = coloured.as_str();
    while let Some(at) = rest.find("\u{1b}[") {
        stripped.push_str(&rest[..at]);
        rest = &rest[at..];
        rest = &rest[rest.find('m').unwrap() + 1..];
    }
    stripped.push_str(rest);
    assert_eq!(stripped, plain);
}

#[test]
fn hostile_names_cannot_steer_a_terminal_or_a_workflow() {
    let mut sample = Sample::new("tree");
    let hostile = Name::new(&b"a\x1b[2J\n::set-env name=X::y\xff.py"[..]);
    let finding = sample.finding("example-token", Origin::File { path: hostile });
    sample.ledger.findings.push(finding);
    for (name, format, _) in FORMATS {
        let text = sample.write(*format, options());
        assert!(!text.contains('\u{1b}'), "{name}");
        assert!(!text.contains("\n::set-env"), "{name}");
    }
}

#[test]
fn github_shows_ten_of_a_kind_and_counts_the_rest() {
    let mut sample = Sample::new("tree");
    for number in 0..14 {
        sample.file("example-token", &format!("f{number:02}.py"));
    }
    sample.ledger.findings[13].severity = Severity::Critical;
    sample.ledger.findings[13].confidence = Confidence::Certain;
    let text = sample.write(Format::Github, options());
    let errors: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("::error"))
        .collect();
    assert_eq!(errors.len(), 10);
    assert!(errors[0].contains("f13.py"), "the surest comes first");
    assert!(text.contains("::notice title=invoca-scan::4 more"));
}

#[test]
fn an_empty_ledger_is_a_valid_report_in_every_format() {
    let sample = Sample::new("tree");
    for (name, format, _) in FORMATS {
        let text = sample.write(
            *format,
            Options {
                failed: false,
                ..options()
            },
        );
        if *name == "json" || *name == "sarif" {
            serde_json::from_str::<serde_json::Value>(&text).unwrap();
        }
    }
}
