//! Which findings stand: markers, paths, allowlist and baseline, through a whole scan.

use crate::support::{Repo, Tokens};
use invoca_scan::blob::{Blob, BlobId, Origin};
use invoca_scan::detect::Detector;
use invoca_scan::finding::Identity;
use invoca_scan::progress::Progress;
use invoca_scan::rule::{RuleFile, RuleSet};
use invoca_scan::scan::Scan;
use invoca_scan::source::{Sink, Source, Stream, Walk, WalkOptions};
use invoca_scan::suppress::{
    Allow, BASELINE, Baseline, Decision, Fate, Judge, JudgeOptions, Ledger, OnePolicy, Paths,
    Policies, Policy, Reason, ScanInfo, Status, Verdict,
};
use invoca_scan::text::Name;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

const TODAY: &str = "2026-06-15";

fn rules() -> Arc<RuleSet> {
    Arc::new(RuleSet::builtin())
}

fn info() -> ScanInfo {
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
    }
}

fn judge(options: JudgeOptions) -> Judge {
    Judge::new(JudgeOptions {
        rules: Some(options.rules.unwrap_or_else(rules)),
        today: TODAY.into(),
        ..options
    })
}

fn policy(policy: Policy) -> Option<Box<dyn Policies>> {
    Some(Box::new(OnePolicy(Arc::new(policy))))
}

fn scan_with(
    source: &dyn Source,
    judge: &Judge,
    rules: Arc<RuleSet>,
    identity: &Identity,
) -> Ledger {
    let scan = Scan {
        detector: &Detector::new(rules),
        judge,
        identity,
        progress: &Progress::new(),
        line_hashes: false,
        fixes: false,
        archives: invoca_scan::container::Kinds::default(),
    };
    scan.run(source, info())
}

fn tree(dir: &Path) -> Walk {
    Walk::new(WalkOptions {
        paths: vec![dir.to_owned()],
        ..WalkOptions::default()
    })
    .unwrap()
}

fn scan(dir: &Path, options: JudgeOptions) -> Ledger {
    scan_with(&tree(dir), &judge(options), rules(), &Identity::default())
}

/// `text` as a file that was named, judged.
fn text(text: &str, options: JudgeOptions) -> Ledger {
    let input = Box::new(std::io::Cursor::new(text.as_bytes().to_vec()));
    let stream = Stream::new(input, Some("src/settings.py".into()));
    scan_with(&stream, &judge(options), rules(), &Identity::default())
}

fn line(tokens: &mut Tokens) -> String {
    format!("api_key = \"{}\"", tokens.base62(32))
}

/// Findings as `path:line level rule`.
fn findings(ledger: &Ledger) -> Vec<String> {
    let show = |finding: &invoca_scan::finding::Finding| {
        let path = finding.origin.path().unwrap();
        format!("{path}:{} {}", finding.location.line, finding.level.word())
    };
    ledger.findings.iter().map(show).collect()
}

fn lines(ledger: &Ledger) -> Vec<usize> {
    ledger
        .findings
        .iter()
        .map(|finding| finding.location.line)
        .collect()
}

#[test]
fn markers_allow_the_secret_beside_them() {
    let mut tokens = Tokens::new(1);
    let own_line = [
        "# invoca-scan:allow",
        "# invoca-scan:allow=secret-assignment it is a test account",
        "// gitleaks:allow",
        "# betterleaks:allow",
        "# pragma: allowlist secret",
        "# pragma: whitelist secret",
        "# PRAGMA: allowlist-secret",
        "# trufflehog:ignore",
        "# kingfisher:ignore",
        "# ggignore",
        "/* secretlint-disable-line */",
        "invoca-scan:allow",
    ];
    for marker in own_line {
        let code = format!("{}  {marker}\n{}\n", line(&mut tokens), line(&mut tokens));
        let ledger = text(&code, JudgeOptions::default());
        assert_eq!(
            (lines(&ledger), ledger.suppressed.len()),
            (vec![2], 1),
            "{marker}"
        );
        let all = text(
            &code,
            JudgeOptions {
                no_inline: true,
                ..JudgeOptions::default()
            },
        );
        assert_eq!(all.findings.len(), 2);
    }
    let next_line = [
        "# invoca-scan:allow-next-line=secret-assignment",
        "# pragma: allowlist nextline secret",
        "// secretlint-disable-next-line",
        "# invoca-scan:allow-next-line\n# secretlint-disable-next-line",
    ];
    for marker in next_line {
        let code = format!("{marker}\n{}\n{}\n", line(&mut tokens), line(&mut tokens));
        let ledger = text(&code, JudgeOptions::default());
        assert_eq!(
            (ledger.findings.len(), ledger.suppressed.len()),
            (1, 1),
            "{marker}"
        );
        assert!(ledger.suppressed[0].finding.location.line < lines(&ledger)[0]);
    }
}

#[test]
fn what_only_looks_like_a_marker_allows_nothing() {
    let mut tokens = Tokens::new(2);
    for marker in [
        "# xinvoca-scan:allow",
        "# invoca-scan:allowed",
        "# invoca-scan:allow-all",
        "# invoca-scan:allow=other-rule",
        "# invoca-scan:allow=",
        "# not-gitleaks:allow",
        "# ggignored",
        "# nosec",
    ] {
        let ledger = text(
            &format!("{}  {marker}\n", line(&mut tokens)),
            JudgeOptions::default(),
        );
        assert_eq!(ledger.findings.len(), 1, "{marker}");
    }
    // A secret that spells one does not allow itself.
    let code = format!("password = \"{}-gitleaks:allow\"\n", tokens.base62(12));
    assert_eq!(text(&code, JudgeOptions::default()).findings.len(), 1);
}

#[test]
fn files_and_areas_can_be_allowed() {
    let mut tokens = Tokens::new(3);
    let mut three = || [line(&mut tokens), line(&mut tokens), line(&mut tokens)];
    let [a, b, c] = three();
    let file = format!("{a}\n# invoca-scan:allow-file=secret-assignment examples\n{b}\n{c}\n");
    assert!(text(&file, JudgeOptions::default()).findings.is_empty());
    let area = format!("{a}\n# ggignore-start\n{b}\n# ggignore-end\n{c}\n");
    assert_eq!(lines(&text(&area, JudgeOptions::default())), [1, 5]);
    // One that nobody closes covers nothing.
    let open = format!("{a}\n# ggignore-start\n{b}\n{c}\n");
    assert_eq!(text(&open, JudgeOptions::default()).findings.len(), 3);
}

#[test]
fn the_reason_is_kept_and_tells_no_secret() {
    let mut tokens = Tokens::new(4);
    let said = |code: &str| match &text(code, JudgeOptions::default()).suppressed[0].reason {
        Reason::Inline { line, marker, text } => format!("{line} {marker} {text}"),
        other => format!("{other:?}"),
    };
    let token = line(&mut tokens);
    assert_eq!(
        said(&format!(
            "\n{token} /* invoca-scan:allow=secret-assignment: expired in May */ x\n"
        )),
        "2 invoca-scan:allow expired in May"
    );
    let said = said(&format!("/* gitleaks:allow because {token}\n"));
    assert_eq!(said, "1 gitleaks:allow because api_key =");
}

#[test]
fn markers_work_in_utf_16_and_with_crlf() {
    let mut tokens = Tokens::new(5);
    let code = format!(
        "a\r\n{} # gitleaks:allow\r\n{}\r\n",
        line(&mut tokens),
        line(&mut tokens)
    );
    assert_eq!(text(&code, JudgeOptions::default()).suppressed.len(), 1);
    let wide: Vec<u8> = std::iter::once(0xFEFF_u16)
        .chain(code.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let stream = Stream::new(Box::new(std::io::Cursor::new(wide)), Some("x.ps1".into()));
    let ledger = scan_with(
        &stream,
        &judge(JudgeOptions::default()),
        rules(),
        &Identity::default(),
    );
    assert_eq!((ledger.findings.len(), ledger.suppressed.len()), (1, 1));
}

#[test]
fn a_rule_without_a_vendor_counts_less_where_looks_deceive() {
    let mut tokens = Tokens::new(6);
    let repo = Repo::new();
    let token = tokens.of(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
        43,
    );
    for path in [
        "src/a",
        "docs/a",
        "a_test.go",
        "node_modules/x/a",
        "app.min.js",
        "yarn.lock",
    ] {
        repo.write(path, format!("{}\n", line(&mut tokens)));
    }
    for path in ["src/b", "docs/b", "node_modules/x/b", "yarn2/yarn.lock"] {
        let url = format!("https://acme.invoca.net/api/x.json?oauth_token={token}\n");
        repo.write(path, url);
    }
    let ledger = scan(repo.dir(), JudgeOptions::default());
    assert_eq!(
        findings(&ledger),
        [
            "a_test.go:1 warning",
            "docs/a:1 warning",
            "docs/b:1 error",
            "node_modules/x/b:1 error",
            "src/a:1 error",
            "src/b:1 error",
            "yarn2/yarn.lock:1 error"
        ]
    );
    let reasons: Vec<&str> = ledger
        .suppressed
        .iter()
        .map(|item| item.reason.kind())
        .collect();
    assert_eq!(reasons, ["path", "path", "path"]);
}

#[test]
fn a_rule_may_name_its_paths() {
    let file: RuleFile = toml::from_str(
        r#"[[rule]]
id = "own-token"
since = "0.1"
title = "Own token"
vendor = "Own"
severity = "high"
pattern = 'own_[a-z0-9]{20}'
keywords = ["own_"]
paths = ["**/*.cfg", "conf/**"]
not_paths = ["**/old/**"]
why = "w"
fix = "f""#,
    )
    .unwrap();
    let rules = Arc::new(RuleSet::with_own(file).unwrap());
    let repo = Repo::new();
    let token = format!(
        "own_{}",
        Tokens::new(7).of("abcdefghijklmnopqrstuvwxyz0123456789", 20)
    );
    for path in ["a.cfg", "x/a.cfg", "conf/x/y", "other", "x/old/a.cfg"] {
        repo.write(path, &token);
    }
    let judge = judge(JudgeOptions {
        rules: Some(Arc::clone(&rules)),
        ..JudgeOptions::default()
    });
    let ledger = scan_with(&tree(repo.dir()), &judge, rules, &Identity::default());
    assert_eq!(
        findings(&ledger),
        ["a.cfg:1 error", "conf/x/y:1 error", "x/a.cfg:1 error"]
    );
}

#[test]
fn the_allowlist_needs_all_that_an_entry_names() {
    let mut tokens = Tokens::new(8);
    let repo = Repo::new();
    let secret = tokens.base62(32);
    repo.write("a/x", format!("api_key = \"{secret}\"\n"));
    repo.write("b/x", format!("api_key = \"{secret}\"\n"));
    repo.write("a/y", line(&mut tokens));
    let digest: [u8; 32] = sha2::Digest::finalize(sha2::Digest::chain_update(
        <sha2::Sha256 as sha2::Digest>::new(),
        &secret,
    ))
    .into();
    let entry = |until: Option<&str>| Allow {
        place: "conf:3".into(),
        reason: "public".into(),
        rules: vec!["secret-assignment".into()],
        paths: Some(Paths::new("", ["/a/"]).unwrap()),
        digests: vec![digest],
        until: until.map(str::to_owned),
        ..Allow::default()
    };
    let with = |allow: Allow| {
        let options = JudgeOptions {
            policies: policy(Policy {
                allow: vec![Arc::new(allow)],
                ..Policy::default()
            }),
            check: true,
            ..JudgeOptions::default()
        };
        scan(repo.dir(), options)
    };
    let ledger = with(entry(Some(TODAY)));
    assert_eq!(findings(&ledger), ["a/y:1 error", "b/x:1 error"]);
    assert!(ledger.stale.is_empty());
    let expired = with(entry(Some("2026-06-14")));
    assert_eq!((expired.findings.len(), expired.stale.len()), (3, 1));
    assert_eq!(expired.stale[0].place, "conf:3");
    let useless = with(Allow {
        rules: vec!["private-key".into()],
        ..entry(None)
    });
    assert_eq!((useless.findings.len(), useless.stale.len()), (3, 1));
    let stopwords = JudgeOptions {
        policies: policy(Policy {
            stopwords: vec![(secret[3..12].to_lowercase(), "conf:1".into())],
            ..Policy::default()
        }),
        ..JudgeOptions::default()
    };
    assert_eq!(findings(&scan(repo.dir(), stopwords)), ["a/y:1 error"]);
}

/// A project with a baseline, scanned as the program would.
struct Project {
    repo: Repo,
    tokens: Tokens,
}

impl Project {
    fn new(seed: u64) -> Self {
        Project {
            repo: Repo::new(),
            tokens: Tokens::new(seed),
        }
    }

    fn secret(&mut self, path: &str) -> String {
        let line = format!("{}\n", line(&mut self.tokens));
        self.repo.write(path, &line);
        line
    }

    fn load(&self) -> Baseline {
        let text = std::fs::read_to_string(self.repo.dir().join(BASELINE)).unwrap();
        Baseline::parse(&text, BASELINE.into()).unwrap()
    }

    fn save(&self, baseline: &Baseline) {
        self.repo.write(BASELINE, baseline.to_text());
    }

    fn judge(&self, baseline: Baseline) -> Judge {
        judge(JudgeOptions {
            baseline: Some(baseline),
            check: true,
            root: Some(self.repo.dir().to_owned()),
            ..JudgeOptions::default()
        })
    }

    fn scan(&self) -> (Ledger, Vec<Fate>) {
        let judge = self.judge(self.load());
        let ledger = scan_with(
            &tree(self.repo.dir()),
            &judge,
            rules(),
            &Identity::default(),
        );
        let fates = judge.fates().into_iter().flat_map(|(_, fates)| fates);
        (ledger, fates.collect())
    }

    fn accept_all(&self, status: Status) {
        let mut baseline = Baseline::new(BASELINE.into());
        let ledger = scan(self.repo.dir(), JudgeOptions::default());
        let decision = Decision {
            status,
            reason: "old".into(),
            author: "me".into(),
        };
        baseline.add(&ledger.findings, &rules(), &decision);
        self.save(&baseline);
    }
}

fn accepted() -> Status {
    Status::Accepted { until: None }
}

#[test]
fn a_baseline_recognises_what_it_knows() {
    let mut project = Project::new(9);
    let secret = project.secret("a.py");
    project.secret("b.py");
    project.accept_all(accepted());
    let text = project.repo.dir().join(BASELINE);
    let text = std::fs::read_to_string(text).unwrap();
    assert!(!text.contains(secret.split('"').nth(1).unwrap()));
    assert_eq!(text.lines().count(), 3);
    let (ledger, fates) = project.scan();
    assert!(
        ledger.findings.is_empty() && ledger.stale.is_empty(),
        "{:?}",
        ledger.findings
    );
    assert_eq!(ledger.suppressed.len(), 2);
    assert!(fates.iter().all(|fate| matches!(fate, Fate::Held { .. })));
    // Its line moved, the code around it changed.
    project
        .repo
        .write("a.py", format!("import os\n\nclass A:\n    {secret}\n"));
    assert!(project.scan().0.findings.is_empty());
    // A new copy in another file is new.
    project.repo.write("copy.py", &secret);
    assert_eq!(findings(&project.scan().0), ["copy.py:1 error"]);
    // And so is another secret in the same file.
    std::fs::remove_file(project.repo.dir().join("copy.py")).unwrap();
    let other = line(&mut project.tokens);
    project.repo.write("a.py", format!("{secret}\n{other}\n"));
    assert_eq!(findings(&project.scan().0), ["a.py:3 error"]);
}

#[test]
fn an_entry_follows_a_renamed_file_but_only_one() {
    let mut project = Project::new(10);
    let secret = project.secret("old.py");
    project.accept_all(accepted());
    std::fs::remove_file(project.repo.dir().join("old.py")).unwrap();
    project.repo.write("new/place.py", &secret);
    let (ledger, fates) = project.scan();
    assert!(ledger.findings.is_empty() && ledger.stale.is_empty());
    assert!(matches!(&fates[..], [Fate::Moved { path, .. }] if path == "new/place.py"));
    // A second copy elsewhere is new, whichever is found first.
    project.repo.write("zweite.py", &secret);
    assert_eq!(findings(&project.scan().0), ["zweite.py:1 error"]);
    let mut baseline = project.load();
    assert!(baseline.update(&fates).is_empty());
    assert_eq!(baseline.entries()[0].path.as_deref(), Some("new/place.py"));
    project.save(&baseline);
    assert_eq!(findings(&project.scan().0), ["zweite.py:1 error"]);
    // Where the old file is out of sight, nothing is known of it, and the copy is new.
    project.repo.write("new/place.py", &secret);
    std::fs::create_dir(project.repo.dir().join("only")).unwrap();
    project.repo.write("only/x.py", &secret);
    let judge = project.judge(project.load());
    let only = tree(&project.repo.dir().join("only"));
    let ledger = scan_with(&only, &judge, rules(), &Identity::default());
    assert_eq!(findings(&ledger), ["only/x.py:1 error"]);
    let (_, fates) = judge.fates().remove(0);
    assert_eq!(fates, [Fate::Unknown]);
}

#[test]
fn what_is_gone_or_over_is_reported_and_pruned() {
    let mut project = Project::new(11);
    project.secret("gone.py");
    project.secret("deleted.py");
    project.secret("stays.py");
    project.accept_all(Status::Accepted {
        until: Some(TODAY.into()),
    });
    project.repo.write("gone.py", "pass\n");
    std::fs::remove_file(project.repo.dir().join("deleted.py")).unwrap();
    let (ledger, fates) = project.scan();
    assert!(ledger.findings.is_empty());
    let places: Vec<&str> = ledger
        .stale
        .iter()
        .map(|stale| stale.place.as_str())
        .collect();
    assert_eq!(
        places,
        [".invoca-scan-baseline:2", ".invoca-scan-baseline:3"]
    );
    let mut baseline = project.load();
    assert_eq!(baseline.prune(&fates, TODAY).len(), 2);
    assert_eq!(baseline.prune(&[], "2026-06-16").len(), 1);
    // The day after, the entry no longer covers anything.
    let judge = Judge::new(JudgeOptions {
        rules: Some(rules()),
        baseline: Some(project.load()),
        today: "2026-06-16".into(),
        check: true,
        ..JudgeOptions::default()
    });
    let ledger = scan_with(
        &tree(project.repo.dir()),
        &judge,
        rules(),
        &Identity::default(),
    );
    assert_eq!(findings(&ledger), ["stays.py:1 error"]);
    assert!(
        ledger
            .stale
            .iter()
            .any(|stale| stale.what.contains("until"))
    );
}

#[test]
fn a_revoked_value_is_known_wherever_it_turns_up() {
    let mut project = Project::new(12);
    let secret = project.secret("a.py");
    project.accept_all(Status::Revoked {
        on: "2026-05-01".into(),
        by: "ops".into(),
        ticket: "SEC-1".into(),
    });
    assert!(project.scan().0.findings.is_empty());
    project.repo.write("copy.py", &secret);
    assert_eq!(findings(&project.scan().0), ["copy.py:1 warning"]);
}

#[test]
fn two_branches_that_both_add_merge_without_loss() {
    let mut project = Project::new(13);
    project.secret("a.py");
    project.accept_all(accepted());
    let mine = project.load();
    project.secret("b.py");
    project.accept_all(accepted());
    // The other side made a baseline of its own, with another key; git's union of both.
    let theirs = project.load();
    let union: String = mine.to_text() + &theirs.to_text();
    project.repo.write(BASELINE, union);
    let (ledger, fates) = project.scan();
    assert!(ledger.findings.is_empty(), "{:?}", findings(&ledger));
    let mut merged = project.load();
    merged.update(&fates);
    project.save(&merged);
    assert!(project.scan().0.findings.is_empty());
    let conflict = Baseline::parse("<<<<<<< HEAD\n", BASELINE.into()).unwrap_err();
    assert!(
        conflict.to_string().contains(":1: a merge conflict"),
        "{conflict}"
    );
    for wrong in ["{}", "nonsense", "{\"value\":\"x\"}"] {
        assert!(Baseline::parse(wrong, BASELINE.into()).is_err(), "{wrong}");
    }
}

#[test]
fn markers_that_allow_nothing_are_reported_when_asked_for() {
    let mut tokens = Tokens::new(14);
    let repo = Repo::new();
    repo.write(
        "used.py",
        format!("{} # gitleaks:allow\n", line(&mut tokens)),
    );
    repo.write(
        "rotten.py",
        format!(
            "x = 1 # gitleaks:allow\n# invoca-scan:allow-file=no-such-rule\n{}\n# ggignore-start\n# ggignore-end\n",
            line(&mut tokens)
        ),
    );
    let check = JudgeOptions {
        check: true,
        ..JudgeOptions::default()
    };
    let ledger = scan(repo.dir(), check);
    let stale: Vec<String> = ledger
        .stale
        .iter()
        .map(|stale| format!("{} {}", stale.place, stale.what))
        .collect();
    assert_eq!(
        stale,
        [
            "rotten.py:1 the marker `gitleaks:allow` allows nothing that is found",
            "rotten.py:2 the marker `invoca-scan:allow-file` names a rule that does not exist: \"no-such-rule\"",
            "rotten.py:4 the marker `ggignore-start` allows nothing that is found",
        ]
    );
    assert!(scan(repo.dir(), JudgeOptions::default()).stale.is_empty());
}

/// A rule that is bound to a path and surer than the one that goes by names.
fn with_bound_rule() -> Arc<RuleSet> {
    let file: RuleFile = toml::from_str(
        r#"
        [[rule]]
        id = "vault-file"
        since = "0.1"
        title = "x"
        severity = "high"
        confidence = "high"
        pattern = 'password = "(?P<secret>[^"]+)"'
        keywords = ["password = "]
        paths = ["**/vault.txt"]
        why = "x"
        fix = "x"
        "#,
    )
    .unwrap();
    Arc::new(RuleSet::with_own(file).unwrap())
}

#[test]
fn a_rule_bound_to_a_path_hides_nothing_elsewhere() {
    let rules = with_bound_rule();
    let mut tokens = Tokens::new(11);
    let written = format!("password = \"{}!7\"\n", tokens.base62(12));
    let rule_of = |origin: Origin, paths: &[Name]| {
        let judge = judge(JudgeOptions {
            rules: Some(rules.clone()),
            ..JudgeOptions::default()
        });
        let source = One(written.as_bytes(), origin);
        let ledger = scan_with(&source, &judge, rules.clone(), &Identity::default());
        let [finding] = &ledger.findings[..] else {
            panic!("{:?}", ledger.findings);
        };
        let mut finding = finding.clone();
        assert_eq!(judge.judge_paths(&mut finding, paths), Verdict::Report);
        rules.rule(finding.rule).id().to_owned()
    };
    let file = |path: &str| Origin::File { path: path.into() };
    let paths = |path: &str| [Name::from("src/a.py"), Name::from(path)];
    for (path, rule) in [
        ("etc/vault.txt", "vault-file"),
        ("etc/app.conf", "password-assignment"),
    ] {
        assert_eq!(rule_of(file(path), &[path.into()]), rule);
        let id = BlobId::from_bytes(&[7; 20]).unwrap();
        assert_eq!(rule_of(Origin::Object { id }, &paths(path)), rule);
    }
}

struct One<'a>(&'a [u8], Origin);

impl Source for One<'_> {
    fn run(&self, sink: &dyn Sink) {
        sink.blob(Blob::whole(self.0, self.1.clone()));
    }
}
