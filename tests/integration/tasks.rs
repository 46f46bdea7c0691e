//! The pages of `docs/tasks/`: every command on them is run, in order, and ends as the page says.

use crate::support::{Sandbox, Tokens, git_in, root, run};
use sha1::{Digest, Sha1};
use std::path::Path;

/// A repository with a leak on `main` and another one on the branch `topic`.
fn repository() -> Sandbox {
    let sandbox = Sandbox::new();
    let git = |args: &[&str]| git_in(&sandbox.path(), args);
    let mut tokens = Tokens::new(77);
    let mut leak = |path: &str| {
        let token = tokens.base62(32);
        sandbox.write(path, format!("import os\n\nINVOCA_TOKEN = \"{token}\"\n"));
        git(&["add", "."]);
        git(&["commit", "-q", "-m", path]);
    };
    git(&["init", "-q", "-b", "main"]);
    leak("src/calls.py");
    git(&["checkout", "-q", "-b", "topic"]);
    leak("src/more.py");
    git(&["checkout", "-q", "main"]);
    sandbox
}

/// What two other scanners leave behind in such a repository: each knows of the leak.
fn leave_behind(sandbox: &Sandbox) {
    let token = sandbox.read("src/calls.py");
    let token = token.split('"').nth(1).unwrap();
    let digest = Sha1::digest(token)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>();
    sandbox.write(
        ".gitleaks.toml",
        "[extend]\nuseDefault = true\n\n[[rules]]\nid = \"acme\"\nregex = '''acme_dk_([a-z0-9]{32})'''\n\n[[allowlists]]\npaths = ['''^vendor/''']\n",
    );
    sandbox.write(".gitleaksignore", "src/calls.py:generic-api-key:3\n");
    sandbox.write(
        "old-report.json",
        "[{\"RuleID\": \"generic-api-key\", \"File\": \"src/calls.py\", \"StartLine\": 3, \"EndLine\": 3, \"Secret\": \"REDACTED\"}]",
    );
    sandbox.write(
        ".secrets.baseline",
        format!(
            "{{\"version\": \"1.5.0\", \"plugins_used\": [], \"filters_used\": [], \"results\": {{\"src/calls.py\": [{{\"type\": \"Secret Keyword\", \"filename\": \"src/calls.py\", \"hashed_secret\": \"{digest}\", \"is_verified\": false, \"line_number\": 3}}]}}}}"
        ),
    );
}

/// The commands of a page, each block with the status it ends with.
fn blocks(text: &str) -> Vec<(i32, &str)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("```sh\n") {
        let block = text[at + 6..].split("```").next().unwrap_or_default();
        let status = text[..at]
            .lines()
            .last()
            .and_then(|line| line.strip_prefix("<!-- ends with "))
            .and_then(|rest| rest.strip_suffix(" -->"))
            .map_or(0, |number| number.parse().unwrap());
        found.push((status, block));
    }
    found
}

fn prove(page: &str) {
    let text = std::fs::read_to_string(root().join("docs/tasks").join(page)).unwrap();
    let sandbox = repository();
    if page.starts_with("moving-") {
        leave_behind(&sandbox);
    }
    let programs = Path::new(env!("CARGO_BIN_EXE_invoca-scan"))
        .parent()
        .unwrap();
    let mut path = programs.as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let blocks = blocks(&text);
    assert!(!blocks.is_empty(), "{page} has no commands");
    for (status, block) in blocks {
        let mut shell = sandbox.command("sh");
        shell.env("PATH", &path).args(["-e", "-u", "-c", block]);
        let ran = run(shell, b"");
        assert_eq!(
            ran.code, status,
            "{page}\n{block}\n{}\n{}",
            ran.out, ran.err
        );
    }
}

macro_rules! pages {
    ($($test:ident $page:literal)*) => {
        $(#[test]
        fn $test() {
            prove($page);
        })*

        #[test]
        fn every_page_is_proven_and_listed() {
            let index = std::fs::read_to_string(root().join("docs/README.md")).unwrap();
            for entry in std::fs::read_dir(root().join("docs/tasks")).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                assert!([$($page),*].contains(&name.as_str()), "{name} is not run");
                assert!(index.contains(&name), "docs/README.md lacks {name}");
            }
        }
    };
}

pages! {
    the_hook "hook.md"
    ci "ci.md"
    an_audit "audit.md"
    the_baseline "baseline.md"
    own_rules "own-rules.md"
    moving_from_gitleaks "moving-from-gitleaks.md"
    moving_from_detect_secrets "moving-from-detect-secrets.md"
    moving_from_trufflehog "moving-from-trufflehog.md"
    a_false_alarm "false-alarm.md"
    rotating_a_token "rotate.md"
    somebody_leaves "leaver.md"
    a_fleet "fleet.md"
}
