//! What an audit can be limited to, compared with git's own list of commits; what it leaves in the cache; and that it leaves nothing else.

use crate::support::{Repo, Run, Sandbox, Tokens, git_command, run};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A history whose commits each bring a secret into a file of their own, at times that are not always in order.
fn history(tokens: &mut Tokens) -> (Repo, BTreeMap<String, String>) {
    let repo = Repo::new();
    let mut secrets = BTreeMap::new();
    let mut commit = |name: &str, time: u32| {
        let token = tokens.base62(32);
        repo.write(name, format!("INVOCA_OAUTH_TOKEN={token}\n"));
        secrets.insert(name.to_owned(), token);
        repo.git(&["add", "--all"]);
        let date = format!("@{time} +0000");
        let done = git_command(repo.dir())
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .args(["commit", "-q", "-m", name])
            .status();
        assert!(done.unwrap().success());
        // What a commit has and the next one has not.
        fs::remove_file(repo.dir().join(name)).unwrap();
    };
    for (at, time) in [1000, 2000, 3000, 2500, 4000, 5000].into_iter().enumerate() {
        commit(&format!("main-{at}"), 1_600_000_000 + time);
    }
    repo.git(&["checkout", "-q", "-f", "-b", "side", "HEAD~3"]);
    fs::remove_file(repo.dir().join("main-2")).unwrap();
    commit("side-0", 1_600_004_500);
    repo.git(&["checkout", "-q", "-f", "main"]);
    repo.git(&["tag", "-a", "old", "-m", "x", "main~5"]);
    repo.git(&["checkout", "-q", "--detach", "main~1"]);
    fs::remove_file(repo.dir().join("main-4")).unwrap();
    commit("lost", 1_600_009_000);
    repo.git(&["checkout", "-q", "-f", "main"]);
    (repo, secrets)
}

fn audit(sandbox: &Sandbox, repo: &Path, args: &[&str]) -> (Run, Value) {
    let mut all = vec![
        "--history",
        repo.to_str().unwrap(),
        "-f",
        "json",
        "--show-secrets",
    ];
    if args.first().is_some_and(|arg| arg.starts_with("--history")) {
        all.remove(0);
    }
    all.extend(args);
    let run = sandbox.scan(&all);
    let report = serde_json::from_str(&run.out);
    let report = report.unwrap_or_else(|error| panic!("{error}: {run:?}"));
    (run, report)
}

/// The secrets of a report.
fn told(report: &Value) -> BTreeSet<String> {
    let stories = report["stories"].as_array().into_iter().flatten();
    stories
        .map(|story| story["secret"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn limits_are_those_of_git() {
    let mut tokens = Tokens::new(51);
    let (repo, secrets) = history(&mut tokens);
    let sandbox = Sandbox::new();
    let cases: &[(&[&str], &[&str])] = &[
        (&["--history=reachable"], &["--all"]),
        (
            &["--since", "@1600002600"],
            &["--all", "--since=1600002600"],
        ),
        (
            &["--since", "2020-09-13T13:10:00Z"],
            &["--all", "--since=1600002600"],
        ),
        (
            &["--until", "@1600002600"],
            &["--all", "--until=1600002600"],
        ),
        (&["--max-count", "2"], &["--all", "--max-count=2"]),
        (&["--max-count", "0"], &["--all", "--max-count=0"]),
        (&["--branch", "side"], &["side"]),
        (&["--branch", "main~2"], &["main~2"]),
        (
            &[
                "--branch",
                "main",
                "--since",
                "@1600002000",
                "--until",
                "@1600004000",
            ],
            &["main", "--since=1600002000", "--until=1600004000"],
        ),
        (
            &["--since", "@1700000000"],
            &["--all", "--since=1700000000"],
        ),
    ];
    for (args, same) in cases {
        let (run, report) = audit(&sandbox, repo.dir(), args);
        let list = repo.git(&[&["rev-list", "--objects", "--no-object-names"], *same].concat());
        let objects: BTreeSet<&str> = list.lines().collect();
        let mut expected = BTreeSet::new();
        for (name, token) in &secrets {
            let text = format!("INVOCA_OAUTH_TOKEN={token}\n");
            fs::write(repo.beside("text"), text).unwrap();
            let id = repo.git(&["hash-object", repo.beside("text").to_str().unwrap()]);
            if objects.contains(id.as_str()) {
                expected.insert((name.clone(), token.clone()));
            }
        }
        let names: BTreeSet<&String> = expected.iter().map(|(name, _)| name).collect();
        let tokens: BTreeSet<String> = expected.iter().map(|(_, token)| token.clone()).collect();
        assert_eq!(told(&report), tokens, "{args:?}: {names:?}");
        assert_eq!(run.code, i32::from(!tokens.is_empty()), "{args:?}");
    }
    let (_, all) = audit(&sandbox, repo.dir(), &[]);
    assert_eq!(told(&all).len(), secrets.len());
    for args in [["--branch", "none"], ["--since", "yesterdays"]] {
        let run = sandbox.scan([&["--history", repo.dir().to_str().unwrap()], &args[..]].concat());
        assert_eq!(run.code, 2, "{run:?}");
    }
}

#[test]
fn a_limited_audit_tells_the_true_beginning() {
    let repo = Repo::new();
    let token = Tokens::new(52).base62(32);
    repo.write("a", format!("INVOCA_OAUTH_TOKEN={token}\n"));
    let first = repo.commit("first");
    repo.write("a", format!("INVOCA_OAUTH_TOKEN={token}\nmore\n"));
    repo.commit("second");
    let (_, report) = audit(&Sandbox::new(), repo.dir(), &["--max-count", "1"]);
    assert_eq!(report["stories"][0]["introduced"][0]["commit"], first);
}

/// The report without what depends on the time and on what was read.
fn comparable(mut report: Value) -> Value {
    let scan = report["scan"].as_object_mut().unwrap();
    for field in ["start", "end", "counts"] {
        scan.remove(field);
    }
    report
}

/// The files of the cache.
fn kept(sandbox: &Sandbox) -> Vec<PathBuf> {
    let folder = sandbox.path().join("../home/.cache/invoca-scan");
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn the_cache_changes_nothing_but_the_time() {
    let mut tokens = Tokens::new(53);
    let sandbox = Sandbox::new();
    let repo = Repo::new();
    let check = |args: &[&str]| {
        let (with, one) = audit(&sandbox, repo.dir(), args);
        let (without, other) = audit(&sandbox, repo.dir(), &[args, &["--no-cache"]].concat());
        assert_eq!(comparable(one), comparable(other));
        assert_eq!(with.code, without.code);
        with.err
    };
    let mut long: Vec<String> = (0..60)
        .map(|at| format!("line {at} of the file\n"))
        .collect();
    for round in 0..12 {
        // Derived from one another in every way: secrets come, stay, go, are completed and broken.
        let at = round * 5 % 60;
        long[at] = match round % 3 {
            0 => format!("INVOCA_OAUTH_TOKEN={}\n", tokens.base62(32)),
            1 => format!("{}\n", tokens.base62(32)),
            _ => "nothing\n".to_owned(),
        };
        repo.write("long", long.concat());
        repo.write(
            &format!("clean-{}", round % 4),
            format!("version {round}\n"),
        );
        let said = match round {
            7 => format!("INVOCA_OAUTH_TOKEN={}", tokens.base62(32)),
            _ => String::new(),
        };
        repo.commit(&format!("round {round} {said}"));
        match round {
            3 => drop(repo.git(&["gc", "-q"])),
            6 => drop(repo.git(&[
                "repack",
                "-q",
                "-a",
                "-d",
                "-f",
                "--depth=50",
                "--window=50",
            ])),
            8 => drop(repo.git(&["reset", "-q", "--hard", "HEAD~2"])),
            9 => drop(repo.git(&["gc", "-q", "--prune=now"])),
            _ => {}
        }
        let note = check(&[]);
        assert_eq!(note.contains("earlier audit"), round > 0, "{note}");
        // Once more, with nothing new: also what the past is was remembered, by path and commit.
        let note = check(&[]);
        assert!(note.contains("earlier audit"), "{note}");
    }
    // Other rules.
    check(&["--skip-rule", "invoca-api-token-named"]);
    check(&[]);
    let file = kept(&sandbox).pop().unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&file), 0o600);
        assert_eq!(mode(file.parent().unwrap()), 0o700);
    }
    // Damaged: whatever it says is not believed.
    let bytes = fs::read(&file).unwrap();
    for damaged in [&bytes[..bytes.len() / 2], b"", b"something else"] {
        fs::write(&file, damaged).unwrap();
        let (run, _) = audit(&sandbox, repo.dir(), &[]);
        assert!(run.err.contains("is damaged"), "{run:?}");
        let note = check(&[]);
        assert!(note.contains("earlier audit"), "{note}");
    }
    assert_eq!(kept(&sandbox).len(), 1);
}

#[test]
fn audits_at_once_share_a_cache() {
    let mut tokens = Tokens::new(56);
    let sandbox = Sandbox::new();
    let repo = Repo::new();
    for round in 0..4 {
        let token = tokens.base62(32);
        repo.write(
            &format!("dir-{}/file", round % 2),
            format!("INVOCA_OAUTH_TOKEN={token}\n"),
        );
        repo.commit(&format!("round {round}"));
        let (_, alone) = audit(&sandbox, repo.dir(), &["--no-cache"]);
        let alone = comparable(alone);
        std::thread::scope(|scope| {
            let audits = (0..3).map(|_| scope.spawn(|| audit(&sandbox, repo.dir(), &[])));
            let audits: Vec<_> = audits.collect();
            for one in audits {
                let (run, report) = one.join().unwrap();
                assert_eq!(comparable(report), alone);
                assert!(!run.err.contains("damaged"), "{run:?}");
            }
        });
    }
    let (run, _) = audit(&sandbox, repo.dir(), &[]);
    assert!(run.err.contains("earlier audit"), "{run:?}");
    assert_eq!(kept(&sandbox).len(), 1);
}

#[test]
fn no_cache_keeps_nothing() {
    let sandbox = Sandbox::new();
    let repo = Repo::new();
    repo.write("a", "x");
    repo.commit("first");
    audit(&sandbox, repo.dir(), &["--no-cache"]);
    assert!(kept(&sandbox).is_empty());
    let run = sandbox.scan(["--no-cache"]);
    assert_eq!(run.code, 2, "{run:?}");
}

#[test]
fn an_object_that_could_not_be_read_is_asked_for_again() {
    let sandbox = Sandbox::new();
    let repo = Repo::new();
    repo.write("a", "nothing here\n");
    repo.commit("first");
    let id = repo.git(&["rev-parse", "HEAD:a"]);
    let path = repo
        .dir()
        .join(".git/objects")
        .join(&id[..2])
        .join(&id[2..]);
    // Git makes them read-only: another file in its place.
    let other = repo.beside("other");
    fs::write(&other, "no object").unwrap();
    fs::rename(&other, &path).unwrap();
    for _ in 0..2 {
        let (run, report) = audit(&sandbox, repo.dir(), &[]);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(report["problems"].to_string().contains(&id), "{report}");
    }
}

/// Every file below `dir` with its content and the time of its last change.
fn state(dir: &Path) -> BTreeMap<PathBuf, (Vec<u8>, std::time::SystemTime)> {
    let mut all = BTreeMap::new();
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            let about = fs::symlink_metadata(&path).unwrap();
            let content = if about.is_file() {
                fs::read(&path).unwrap()
            } else {
                Vec::new()
            };
            if about.is_dir() {
                open.push(path.clone());
            }
            all.insert(path, (content, about.modified().unwrap()));
        }
    }
    all
}

#[test]
fn nothing_is_written_to_the_repository() {
    let mut tokens = Tokens::new(54);
    let (repo, _) = history(&mut tokens);
    repo.write("stashed", "x");
    repo.git(&["stash", "-q", "-u"]);
    repo.git(&["repack", "-q", "-d"]);
    repo.write("new", "x");
    let before = state(repo.dir());
    let sandbox = Sandbox::new();
    let beside = repo.beside("secrets");
    for args in [
        &[][..],
        &["--history=reachable"],
        &["--since", "2020-01-01"],
        &["--write-replacements", beside.to_str().unwrap()],
    ] {
        audit(&sandbox, repo.dir(), args);
        assert!(state(repo.dir()) == before, "{args:?}");
    }
}

#[test]
fn an_interrupted_audit_says_that_it_is_incomplete() {
    // Enough that it takes a while.
    let repo = Repo::new();
    let mut tokens = Tokens::new(55);
    for file in 0..40 {
        let lines: Vec<String> = (0..20_000)
            .map(|_| format!("password = {}\n", tokens.base62(24)))
            .collect();
        repo.write(&format!("file-{file}"), lines.concat());
    }
    repo.commit("large");
    let sandbox = Sandbox::new();
    let mut program = sandbox.program();
    program.args([
        "--history",
        repo.dir().to_str().unwrap(),
        "-f",
        "json",
        "-j",
        "1",
    ]);
    let child = program
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(700));
    let mut kill = sandbox.command("kill");
    kill.args(["-INT", &child.id().to_string()]);
    assert_eq!(run(kill, b"").code, 0);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["scan"]["complete"], false);
}
