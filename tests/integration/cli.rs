//! The command line: what is accepted, what is refused and with which words, where output goes.

use crate::support::{Sandbox, Tokens};
use std::collections::HashMap;

#[test]
fn an_unknown_flag_is_misuse_and_names_the_right_one() {
    let sandbox = Sandbox::new();
    let run = sandbox.scan(["--std"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("--stdin"), "{}", run.err);
    let run = sandbox.scan(["--sarif"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("-f sarif"), "{}", run.err);
}

#[test]
fn an_unknown_rule_is_misuse_and_names_the_list() {
    let sandbox = Sandbox::new();
    let run = sandbox.scan_stdin(["--stdin", "--rule", "no-such-rule"], "x");
    assert_eq!(run.code, 2);
    assert!(run.err.contains("rules list"), "{}", run.err);
    let run = sandbox.scan(["explain", "no-such-rule"]);
    assert_eq!(run.code, 2);
}

#[test]
fn help_fits_a_screen_and_help_all_has_everything() {
    let sandbox = Sandbox::new();
    let short = sandbox.scan(["--help"]);
    assert_eq!((short.code, short.err.as_str()), (0, ""));
    assert!(short.out.lines().count() <= 30, "{}", short.out);
    assert!(short.out.lines().all(|line| line.chars().count() <= 100));
    assert!(!short.out.contains("--persona"));
    let all = sandbox.scan(["--help-all"]);
    assert_eq!(all.code, 0);
    assert!(all.out.contains("--persona"));
}

#[test]
fn slips_of_the_pen_are_answered_with_what_was_meant() {
    let sandbox = Sandbox::new();
    let run = sandbox.scan(["basline", "create"]);
    assert_eq!(run.code, 2);
    assert!(
        run.err.contains("did you mean `invoca-scan baseline`?"),
        "{}",
        run.err
    );
    // What exists is scanned, whatever it is called.
    sandbox.write("basline/x", "nothing\n");
    assert_eq!(sandbox.scan(["basline"]).code, 0);
    let run = sandbox.scan(["--report-frmat", "json"]);
    assert!(
        run.err.contains("'--format'") && !run.err.contains("--report-format"),
        "{}",
        run.err
    );
    let run = sandbox.scan(["explain", "--help"]);
    assert!(run.out.contains("invoca-scan explain"), "{}", run.out);
}

#[test]
fn clean_input_is_clean() {
    let sandbox = Sandbox::new();
    let run = sandbox.scan_stdin(["--stdin"], "nothing to see\n");
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    assert!(
        run.out
            .starts_with("clean: no secrets found\n1 file, 15 B in ")
    );
    let run = sandbox.scan_stdin(["--stdin", "-q"], "nothing to see\n");
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "", ""));
}

#[test]
fn reports_go_where_they_are_told() {
    let sandbox = Sandbox::new();
    let args = [
        "--stdin",
        "-f",
        "json",
        "-o",
        "a.json",
        "--report",
        "sarif=b.sarif",
    ];
    let run = sandbox.scan_stdin(args, "x\n");
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "", ""));
    assert!(sandbox.read("a.json").contains("\"findings\": []"));
    assert!(sandbox.read("b.sarif").contains("\"2.1.0\""));
    let run = sandbox.scan_stdin(["--stdin", "--report", "json=no/such/folder.json"], "x\n");
    assert_eq!(run.code, 2);
    assert!(run.err.contains("no/such/folder.json"), "{}", run.err);
    let run = sandbox.scan_stdin(
        ["--stdin", "--report", "json=a", "--report", "sarif=a"],
        "x",
    );
    assert_eq!(run.code, 2);
    let run = sandbox.scan_stdin(["--stdin", "--report", "yaml=a"], "x");
    assert!(run.err.contains("sarif"), "names the formats: {}", run.err);
}

#[test]
fn gitleaks_spellings_are_understood() {
    let sandbox = Sandbox::new();
    let args = [
        "--stdin",
        "--report-format",
        "json",
        "--report-path",
        "r.json",
        "--redact",
        "--no-banner",
        "--exit-code",
        "9",
    ];
    let run = sandbox.scan_stdin(args, "x\n");
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(sandbox.read("r.json").contains("\"version\": 1"));
}

#[test]
fn completions_and_manual_come_from_the_same_definition() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = sandbox.scan(["completions", shell]);
        assert_eq!(run.code, 0);
        assert!(run.out.contains("show-suppressed"), "{shell}");
    }
    let run = sandbox.scan(["man"]);
    assert!(run.out.contains(".SH NAME"), "{}", run.out);
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_quiet_and_a_full_disk_is_not() {
    let sandbox = Sandbox::new();
    let program = env!("CARGO_BIN_EXE_invoca-scan");
    let mut shell = sandbox.command("bash");
    shell.args([
        "-c",
        &format!("{program} completions bash | true; exit ${{PIPESTATUS[0]}}"),
    ]);
    let run = crate::support::run(shell, b"");
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let mut shell = sandbox.command("bash");
    shell.args(["-c", &format!("{program} completions bash > /dev/full")]);
    let run = crate::support::run(shell, b"");
    assert_eq!(run.code, 2);
    assert!(run.err.contains("cannot write"), "{}", run.err);
}

#[test]
fn a_line_is_explained_with_what_every_rule_made_of_it() {
    let sandbox = Sandbox::new();
    let token = Tokens::new(11).base62(32);
    sandbox.write("a.py", format!("import os\nINVOCA_TOKEN = \"{token}\"\n"));
    let run = sandbox.scan(["explain", "a.py:2"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert!(run.out.contains("accepted"), "{}", run.out);
    assert!(run.out.contains("reported: error"), "{}", run.out);
    assert!(!run.out.contains(&token[..6]), "{}", run.out);
    let run = sandbox.scan(["explain", "a.py:1"]);
    assert!(run.out.contains("no rule considered"), "{}", run.out);
    let run = sandbox.scan(["explain", "a.py:9"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("from 1 to 3"), "{}", run.err);
    let run = sandbox.scan(["explain", "no-such-file.py:9"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("no-such-file.py"), "{}", run.err);
}

#[test]
fn own_rules_are_proven_like_the_built_in_ones() {
    let sandbox = Sandbox::new();
    let rule = |example: &str| {
        format!(
            "[[rule]]\nid = \"acme-token\"\nsince = \"0.1\"\ntitle = \"Acme\"\nseverity = \"high\"\n\
             pattern = 'acme_[a-z0-9]{{20}}'\nkeywords = [\"acme_\"]\nwhy = \"w\"\nfix = \"f\"\nexamples = [\"{example}\"]\n"
        )
    };
    sandbox.write("good.toml", rule("acme_{{alnum:20}}"));
    sandbox.write("bad.toml", rule("acme_{{alnum:19}}"));
    sandbox.write("broken.toml", "[[rule]]\nseverty = \"high\"\n");
    let run = sandbox.scan(["rules", "check", "good.toml"]);
    assert_eq!(run.code, 0, "{run:?}");
    let run = sandbox.scan(["rules", "check", "bad.toml"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.out.starts_with("acme-token: example not found"));
    sandbox.write("short.toml", rule("acme_{{alnum:19}}\\n\\n\\n"));
    let run = sandbox.scan(["rules", "check", "short.toml"]);
    assert!(run.out.contains("`reach = 0`"), "{run:?}");
    let run = sandbox.scan(["rules", "check", "broken.toml"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.err.contains("line 2"), "{run:?}");
}

#[test]
fn every_rule_cites_a_page_or_says_that_none_documents_it_and_is_less_sure() {
    let sandbox = Sandbox::new();
    let listed = sandbox.scan(["rules", "list"]).out;
    let sources = sandbox.scan(["rules", "list", "--sources"]).out;
    let origins: HashMap<&str, &str> = sources
        .lines()
        .filter_map(|line| line.split_once("  "))
        .collect();
    let mut rules = 0;
    for line in listed.lines().filter(|line| line.contains("  ")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (id, confidence) = (words[0], words[2]);
        let origin = origins[id];
        rules += 1;
        if origin.starts_with("the vendor documents no format") {
            assert!(["low", "medium"].contains(&confidence), "{line}");
        } else {
            let page = |word: &str| word.starts_with("https://") || word.starts_with("http://");
            assert!(
                !origin.is_empty() && origin.split(' ').all(page),
                "{id}: {origin}"
            );
        }
    }
    assert!(rules > 1000, "{rules}");
}

#[test]
fn the_next_step_depends_on_whether_it_is_committed() {
    let sandbox = Sandbox::new();
    let token = Tokens::new(12).base62(32);
    sandbox.write("a.py", format!("INVOCA_TOKEN = \"{token}\"\n"));
    crate::support::git_in(&sandbox.path(), &["init", "-q"]);
    crate::support::git_in(&sandbox.path(), &["add", "."]);
    for args in [["--staged", "-v"], ["--pre-commit", "a.py"]] {
        let run = sandbox.scan(args);
        assert_eq!(run.code, 1, "{run:?}");
        assert!(run.out.starts_with("commit blocked: 1 secret, a.py:1\n"));
        assert!(run.out.contains("no rotation needed"), "{}", run.out);
    }
    crate::support::git_in(&sandbox.path(), &["commit", "-qm", "first"]);
    let run = sandbox.scan(["--staged"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.out.starts_with("clean: nothing new is staged\n"));
    let run = sandbox.scan(["--pre-commit", "a.py"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.out.contains("rotate it if"), "{}", run.out);
}

#[test]
fn a_staged_scan_outside_a_repository_is_no_success_and_still_a_report() {
    let sandbox = Sandbox::new();
    let run = sandbox.scan(["--staged", "-f", "json", "-o", "r.json"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("no git repository"), "{}", run.err);
    assert!(sandbox.read("r.json").contains("\"complete\": false"));
}

#[test]
fn one_report_for_several_processes_is_refused() {
    let sandbox = Sandbox::new();
    let run = sandbox.scan(["--pre-commit", "--report", "json=r.json", "a.py"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("--staged"), "{}", run.err);
}

#[test]
fn a_word_that_is_command_and_folder_is_the_command() {
    let sandbox = Sandbox::new();
    sandbox.write("man/a.txt", "nothing\n");
    let run = sandbox.scan(["man"]);
    assert!(run.out.contains(".SH NAME"));
    assert!(run.err.contains("./man"), "{}", run.err);
    let run = sandbox.scan(["./man"]);
    assert!(run.out.starts_with("clean"), "{run:?}");
    let run = sandbox.scan(["-q", "man"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.err.contains("./man"), "{}", run.err);
    // pre-commit names files, whatever they are called.
    sandbox.write("merge", "nothing\n");
    let run = sandbox.scan(["--pre-commit", "merge"]);
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn what_fails_is_chosen() {
    let sandbox = Sandbox::new();
    let mut tokens = Tokens::new(13);
    sandbox.write(
        "a.py",
        format!("INVOCA_TOKEN = \"{}\"\n", tokens.base62(32)),
    );
    assert_eq!(sandbox.scan(["--fail-on", "never"]).code, 0);
    assert_eq!(sandbox.scan(["--exit-code", "9"]).code, 9);
    sandbox.write("a.py", format!("x = \"{}\"\n", tokens.base62(43)));
    assert_eq!(sandbox.scan(["."]).code, 0);
    assert_eq!(sandbox.scan(["--fail-on", "warning"]).code, 1);
    sandbox.write("a.py", "nothing\n");
    #[cfg(unix)]
    {
        let link = sandbox.path().join("link");
        std::os::unix::fs::symlink("a.py", link).unwrap();
        assert_eq!(sandbox.scan(["."]).code, 0);
        let run = sandbox.scan(["--strict"]);
        assert_eq!(run.code, 2);
        assert!(run.out.contains("--strict"), "{}", run.out);
    }
}

#[test]
fn a_report_names_its_repository_without_credentials() {
    let sandbox = Sandbox::new();
    let git = |args: &[&str]| crate::support::git_in(&sandbox.path(), args);
    git(&["init", "-q"]);
    git(&[
        "remote",
        "add",
        "origin",
        "https://me:secret@example.com/shop.git",
    ]);
    sandbox.write("a.py", "nothing\n");
    let run = sandbox.scan(["-f", "json"]);
    assert!(
        run.out
            .contains("\"repository\": \"https://example.com/shop.git\""),
        "{}",
        run.out
    );
    let run = sandbox.scan(["-f", "json", "--repo-name", "shop"]);
    assert!(run.out.contains("\"repository\": \"shop\""), "{}", run.out);
}

#[test]
fn github_gets_annotations_and_a_summary() {
    let sandbox = Sandbox::new();
    let token = Tokens::new(14).base62(32);
    sandbox.write("a.py", format!("INVOCA_TOKEN = \"{token}\"\n"));
    sandbox.write("summary.md", "before\n");
    let mut program = sandbox.program();
    program
        .args(["-f", "github", "a.py"])
        .env("GITHUB_STEP_SUMMARY", sandbox.path().join("summary.md"));
    let run = crate::support::run(program, b"");
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.out.starts_with("::error file=a.py,line=1,"),
        "{}",
        run.out
    );
    assert!(run.err.contains("1 secret found, a.py:1"), "{}", run.err);
    let summary = sandbox.read("summary.md");
    assert!(summary.starts_with("before\n### "), "{summary}");
    assert!(summary.contains("| error | `a.py:1` |"), "{summary}");
    assert!(!summary.contains(&token[..6]));
}

#[test]
fn a_line_is_explained_as_the_project_sees_it() {
    let sandbox = Sandbox::new();
    let token = Tokens::new(15).base62(32);
    crate::support::git_in(&sandbox.path(), &["init", "-q"]);
    sandbox.write("src/a.py", format!("INVOCA_TOKEN = \"{token}\"\n"));
    let add = [
        "baseline",
        "add",
        "src/a.py:1",
        "--reason",
        "a test account",
    ];
    assert_eq!(sandbox.scan(add).code, 0);
    let run = sandbox.scan(["explain", "src/a.py:1"]);
    assert!(run.out.contains("suppressed: "), "{}", run.out);
    assert!(run.out.contains("a test account"), "{}", run.out);
    let run = sandbox.scan(["explain", "src/a.py:1", "--no-baseline"]);
    assert!(run.out.contains("reported: error"), "{}", run.out);
}

/// Ctrl-C while a tree is scanned: what was found is reported as incomplete, and the status says so.
#[cfg(unix)]
#[test]
fn an_interrupted_scan_reports_what_it_has() {
    use std::process::Stdio;
    let sandbox = Sandbox::new();
    let token = Tokens::new(16).base62(32);
    let filler = "password_reset_token_url = settings.api_key_name\n".repeat(40_000);
    for number in 0..40 {
        sandbox.write(
            &format!("f{number:02}.py"),
            format!("INVOCA_TOKEN = \"{token}\"\n{filler}"),
        );
    }
    let mut program = sandbox.program();
    program
        .args(["-f", "json", "-j", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let child = program.spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(400));
    let mut kill = sandbox.command("kill");
    kill.args(["-INT", &child.id().to_string()]);
    assert_eq!(crate::support::run(kill, b"").code, 0);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["scan"]["complete"], false);
    assert!(String::from_utf8_lossy(&output.stderr).contains("interrupted"));
}

#[test]
fn a_template_makes_its_own_report() {
    let sandbox = Sandbox::new();
    let token = Tokens::new(17).base62(32);
    sandbox.write("a <b>.py", format!("INVOCA_TOKEN = \"{token}\"\n"));
    let run = sandbox.scan(["-f", "template"]);
    assert!(
        run.out
            .starts_with("a <b>.py:1:17: error: Invoca API token"),
        "{}",
        run.out
    );
    // The one of docs/formats.md.
    let page = std::fs::read_to_string(crate::support::root().join("docs/formats.md")).unwrap();
    let shown = page
        .split("```jinja\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    sandbox.write("t.html", shown);
    let run = sandbox.scan(["-f", "template", "--template", "t.html"]);
    assert!(
        run.out.starts_with("1 errors\n- a &lt;b&gt;.py:1 Invoca"),
        "{}",
        run.out
    );
    assert!(!run.out.contains(&token[..6]));
    sandbox.write("t.txt", "{% for x in %}");
    let run = sandbox.scan(["-f", "template", "--template", "t.txt"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("t.txt: line 1"), "{}", run.err);
    let run = sandbox.scan(["-f", "template", "--template", "none.txt"]);
    assert_eq!(run.code, 2);
}
