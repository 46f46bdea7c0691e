//! `baseline`: made, added to, kept up to date, shown; and what it does to a scan.

use crate::support::{Sandbox, Tokens, git_in};

/// A repository with two tokens in two files.
fn sandbox() -> (Sandbox, Vec<String>) {
    let sandbox = Sandbox::new();
    let mut made = Tokens::new(21);
    let tokens: Vec<String> = (0..2).map(|_| made.base62(32)).collect();
    git_in(&sandbox.path(), &["init", "-q"]);
    sandbox.write(
        "src/a.py",
        format!("import os\nINVOCA_TOKEN = \"{}\"\n", tokens[0]),
    );
    sandbox.write("src/b.py", format!("INVOCA_TOKEN = \"{}\"\n", tokens[1]));
    (sandbox, tokens)
}

#[test]
fn what_is_there_today_stays_quiet_and_what_comes_is_reported() {
    let (sandbox, tokens) = sandbox();
    assert_eq!(sandbox.scan(["."]).code, 1);
    let run = sandbox.scan(["baseline", "create"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert!(run.out.starts_with("2 entries in .invoca-scan-baseline"));
    let file = sandbox.read(".invoca-scan-baseline");
    for token in &tokens {
        assert!(!file.contains(&token[..6]), "a secret in the baseline");
    }
    let run = sandbox.scan(["."]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.out.contains("2 suppressed"), "{}", run.out);
    let new = Tokens::new(22).base62(32);
    sandbox.write("src/c.py", format!("INVOCA_TOKEN = \"{new}\"\n"));
    let run = sandbox.scan(["."]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.out.starts_with("1 secret found, src/c.py:1\n"),
        "{}",
        run.out
    );
    let run = sandbox.scan(["--no-baseline"]);
    assert!(run.out.starts_with("3 secrets found"), "{}", run.out);
    let run = sandbox.scan(["baseline", "create"]);
    assert_eq!(run.code, 2, "nothing is overwritten: {run:?}");
}

#[test]
fn the_command_that_a_finding_prints_works_from_anywhere() {
    let (sandbox, _) = sandbox();
    let run = sandbox.scan(["src/a.py"]);
    let line = run.out.lines().find(|line| line.contains("allow")).unwrap();
    let command = line.split("allow invoca-scan ").nth(1).unwrap();
    assert!(
        command.starts_with("baseline add src/a.py:2 --reason '…'"),
        "{command}"
    );
    let mut program = sandbox.program();
    program.current_dir(sandbox.path().join("src")).args([
        "baseline",
        "add",
        "src/a.py:2",
        "--reason",
        "a test account",
    ]);
    let run = crate::support::run(program, b"");
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.out.contains("1 entry added"), "{}", run.out);
    assert_eq!(sandbox.scan(["src/a.py"]).code, 0);
    assert_eq!(sandbox.scan(["src/b.py"]).code, 1);
}

#[test]
fn a_staged_finding_can_be_added_when_the_tree_no_longer_has_it() {
    let (sandbox, _) = sandbox();
    git_in(&sandbox.path(), &["add", "."]);
    sandbox.write("src/a.py", "import os\n");
    let run = sandbox.scan(["baseline", "add", "src/a.py:2", "--reason", "staged"]);
    assert_eq!(run.code, 0, "{run:?}");
    let run = sandbox.scan(["--staged"]);
    assert!(
        run.out.starts_with("commit blocked: 1 secret, src/b.py:1"),
        "{}",
        run.out
    );
}

#[test]
fn an_entry_says_what_it_is_and_needs_a_reason() {
    let (sandbox, tokens) = sandbox();
    let add = |more: &[&str]| {
        let mut args = vec!["baseline", "add", "src/a.py:2"];
        args.extend(more);
        sandbox.scan(args)
    };
    assert_eq!(add(&["--reason", " "]).code, 2);
    assert_eq!(add(&[]).code, 2);
    assert_eq!(add(&["--reason", "x", "--until", "2026-02-30"]).code, 2);
    assert_eq!(add(&["--reason", "x", "--until", "2999-02-28"]).code, 0);
    let show = || sandbox.scan(["baseline", "show"]).out;
    assert!(
        show().contains("accepted until 2999-02-28: x"),
        "{}",
        show()
    );
    let run = add(&[
        "--reason",
        "done",
        "--revoked",
        "2026-01-02",
        "--by",
        "Ann",
        "--ticket",
        "SEC-1",
    ]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        show().contains("revoked on 2026-01-02 by Ann SEC-1: done"),
        "{}",
        show()
    );
    assert!(!show().contains(&tokens[0][..6]));
    let run = sandbox.scan(["baseline", "add", "src/a.py:1", "--reason", "x"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("line 2 is reported"), "{}", run.err);
}

#[test]
fn entries_follow_renames_and_go_with_their_findings() {
    let (sandbox, _) = sandbox();
    assert_eq!(sandbox.scan(["baseline", "create"]).code, 0);
    git_in(&sandbox.path(), &["add", "."]);
    git_in(&sandbox.path(), &["commit", "-qm", "first"]);
    git_in(&sandbox.path(), &["mv", "src/a.py", "src/moved.py"]);
    assert_eq!(sandbox.scan(["."]).code, 0, "a renamed file stays covered");
    let run = sandbox.scan(["baseline", "update"]);
    assert!(
        run.out.contains("0 entries taken out, 2 left"),
        "{}",
        run.out
    );
    assert!(
        sandbox
            .scan(["baseline", "show"])
            .out
            .contains("src/moved.py")
    );
    let run = sandbox.scan(["baseline", "show", "--diff", "HEAD"]);
    assert!(run.out.contains("+ src/moved.py"), "{}", run.out);
    assert!(run.out.contains("- src/a.py"), "{}", run.out);
    sandbox.write("src/moved.py", "import os\n");
    let run = sandbox.scan(["baseline", "prune", "src/b.py"]);
    assert!(
        run.out.contains("0 entries taken out"),
        "only what was scanned is judged: {}",
        run.out
    );
    let run = sandbox.scan(["baseline", "prune"]);
    assert!(run.out.contains("1 entry taken out, 1 left"), "{}", run.out);
}

#[test]
fn without_a_baseline_the_next_step_is_named() {
    let (sandbox, _) = sandbox();
    for args in [
        ["baseline", "show"],
        ["baseline", "update"],
        ["baseline", "prune"],
    ] {
        let run = sandbox.scan(args);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.err.contains("baseline create"), "{}", run.err);
    }
}

#[test]
fn a_revoked_value_stays_known_when_its_file_no_longer_holds_it() {
    let (sandbox, tokens) = sandbox();
    let run = sandbox.scan([
        "baseline",
        "add",
        "src/a.py:2",
        "--reason",
        "rotated",
        "--revoked",
        "2026-01-02",
    ]);
    assert_eq!(run.code, 0, "{run:?}");
    sandbox.write("src/a.py", "import os\n");
    for command in ["update", "prune"] {
        let run = sandbox.scan(["baseline", command]);
        assert!(run.out.contains("0 entries taken out, 1 left"), "{run:?}");
    }
    let run = sandbox.scan(["--check-suppressions", "src/a.py"]);
    assert_eq!(run.code, 0, "it does not rot either: {run:?}");
    sandbox.write("old.diff", format!("+INVOCA_TOKEN = \"{}\"\n", tokens[0]));
    git_in(&sandbox.path(), &["add", "old.diff"]);
    let run = sandbox.scan(["--staged"]);
    assert!(
        run.code == 0 && run.out.contains("warning"),
        "a new copy is a warning: {run:?}"
    );
}

#[test]
fn the_author_is_whom_git_knows() {
    let (sandbox, _) = sandbox();
    git_in(
        &sandbox.path(),
        &["config", "user.email", "ann@example.com"],
    );
    let mut program = sandbox.program();
    program
        .env_remove("GIT_AUTHOR_EMAIL")
        .args(["baseline", "add", "src/a.py:2", "--reason", "x"]);
    assert_eq!(crate::support::run(program, b"").code, 0);
    let shown = sandbox.scan(["baseline", "show"]).out;
    assert!(shown.contains("(ann@example.com)"), "{shown}");
}

#[test]
fn a_day_that_does_not_exist_is_an_error_with_its_line() {
    let (sandbox, _) = sandbox();
    sandbox.scan([
        "baseline",
        "add",
        "src/a.py:2",
        "--reason",
        "x",
        "--until",
        "2999-02-28",
    ]);
    let file = sandbox.read(".invoca-scan-baseline");
    sandbox.write(
        ".invoca-scan-baseline",
        file.replace("2999-02-28", "2999-02-31"),
    );
    let run = sandbox.scan(["."]);
    assert_eq!(run.code, 2);
    assert!(
        run.err
            .contains(".invoca-scan-baseline:2: \"2999-02-31\" is no day"),
        "{}",
        run.err
    );
}

#[test]
fn a_revoked_entry_whose_file_is_gone_does_not_take_a_copy_for_the_renamed_file() {
    let (sandbox, tokens) = sandbox();
    let words = [
        "baseline",
        "add",
        "src/a.py:2",
        "--reason",
        "rotated",
        "--revoked",
        "2026-01-02",
    ];
    assert_eq!(sandbox.scan(words).code, 0);
    std::fs::remove_file(sandbox.path().join("src/a.py")).unwrap();
    std::fs::remove_file(sandbox.path().join("src/b.py")).unwrap();
    sandbox.write("copy.py", format!("INVOCA_TOKEN = \"{}\"\n", tokens[0]));
    let run = sandbox.scan(["."]);
    assert_eq!(run.code, 0, "{}", run.out);
    assert!(run.out.contains("0 errors, 1 warning"), "{}", run.out);
    sandbox.scan(["baseline", "update"]);
    assert!(
        sandbox
            .scan(["baseline", "show"])
            .out
            .starts_with("src/a.py")
    );
}

#[test]
fn a_baseline_beside_the_configuration_of_a_folder_counts_there() {
    let sandbox = Sandbox::new();
    git_in(&sandbox.path(), &["init", "-q"]);
    let mut made = Tokens::new(23);
    let line = |token: &str| format!("INVOCA_TOKEN = \"{token}\"\n");
    let (one, two) = (made.base62(32), made.base62(32));
    sandbox.write("shop/invoca-scan.toml", "stopwords = [\"no such word\"]\n");
    sandbox.write("shop/src/a.py", line(&one));
    sandbox.write("mail/a.py", line(&two));
    let run = sandbox.scan([
        "baseline",
        "create",
        "--baseline",
        "shop/.invoca-scan-baseline",
        "shop",
    ]);
    assert_eq!(run.code, 0, "{}", run.err);
    let file = sandbox.read("shop/.invoca-scan-baseline");
    assert!(
        file.contains("\"path\":\"src/a.py\""),
        "relative to its folder: {file}"
    );
    let run = sandbox.scan(["."]);
    assert!(
        run.out.starts_with("1 secret found, mail/a.py:1\n"),
        "{}",
        run.out
    );
    // A copy elsewhere is none of its business, a renamed file is.
    sandbox.write("mail/b.py", line(&one));
    std::fs::rename(
        sandbox.path().join("shop/src/a.py"),
        sandbox.path().join("shop/src/b.py"),
    )
    .unwrap();
    let run = sandbox.scan(["."]);
    assert!(
        run.out
            .starts_with("2 secrets found, mail/a.py:1 and 1 more\n"),
        "{}",
        run.out
    );
    let run = sandbox.scan([
        "baseline",
        "update",
        "--baseline",
        "shop/.invoca-scan-baseline",
        "shop",
    ]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(
        sandbox
            .read("shop/.invoca-scan-baseline")
            .contains("\"path\":\"src/b.py\"")
    );
    // What is added below the folder goes to the nearest one, elsewhere to that at the root.
    let three = made.base62(32);
    sandbox.write("shop/c.py", line(&three));
    for (place, file) in [
        ("shop/c.py:1", "shop/.invoca-scan-baseline"),
        ("mail/a.py:1", ".invoca-scan-baseline"),
    ] {
        let run = sandbox.scan(["baseline", "add", place, "--reason", "known"]);
        assert!(
            run.code == 0 && run.out.starts_with(&format!("{file}: 1 entry added")),
            "{run:?}"
        );
    }
    let run = sandbox.scan(["."]);
    assert!(
        run.out.starts_with("1 secret found, mail/b.py:1\n"),
        "{}",
        run.out
    );
    // It rots as well, and nothing in it is believed where nothing is to be.
    sandbox.write("shop/c.py", "nothing\n");
    let run = sandbox.scan([".", "--check-suppressions"]);
    assert!(
        run.out.contains("shop/.invoca-scan-baseline:"),
        "{}",
        run.out
    );
    let pruned = sandbox.scan(["baseline", "prune"]);
    for said in [
        "shop/.invoca-scan-baseline pruned: 1 entry taken out, 1 left",
        "\n.invoca-scan-baseline pruned: 0 entries taken out, 1 left",
    ] {
        assert!(pruned.code == 0 && pruned.out.contains(said), "{pruned:?}");
    }
    assert!(
        sandbox
            .scan([".", "--no-baseline"])
            .out
            .starts_with("3 secrets found")
    );
    assert!(
        sandbox
            .scan([".", "--isolated"])
            .out
            .starts_with("3 secrets found")
    );
    sandbox.write("shop/.invoca-scan-baseline", "{broken\n");
    assert_eq!(sandbox.scan(["."]).code, 2);
}
