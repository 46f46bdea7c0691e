//! `import`: what other scanners left behind, taken over; what cannot be, listed; and both compared.

use crate::support::{Sandbox, Tokens, git_in};
use sha1::{Digest, Sha1};

fn sha1(text: &str) -> String {
    let digest = Sha1::digest(text);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A repository with three tokens; the third is in the history alone. Returns them and the first commit.
fn repository() -> (Sandbox, Vec<String>, String) {
    let sandbox = Sandbox::new();
    let mut made = Tokens::new(61);
    let tokens: Vec<String> = (0..3).map(|_| made.base62(32)).collect();
    let git = |args: &[&str]| git_in(&sandbox.path(), args);
    git(&["init", "-q", "-b", "main"]);
    let line = |token: &str| format!("INVOCA_TOKEN = \"{token}\"\n");
    sandbox.write("src/a.py", line(&tokens[0]));
    sandbox.write("src/b.py", line(&tokens[1]));
    sandbox.write("src/gone.py", line(&tokens[2]));
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "first"]);
    let first = git(&["rev-parse", "HEAD"]).trim().to_owned();
    sandbox.write("src/a.py", format!("import os\n\n\n{}", line(&tokens[0])));
    std::fs::remove_file(sandbox.path().join("src/gone.py")).unwrap();
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "second"]);
    (sandbox, tokens, first)
}

#[test]
fn ignores_and_rules_of_gitleaks_are_taken_over() {
    let (sandbox, tokens, first) = repository();
    sandbox.write(
        ".gitleaks.toml",
        "[[rules]]\nid = \"acme\"\nregex = '''acme_dk_([a-z0-9]{32})'''\ntags = [\"x\"]\n[[allowlists]]\npaths = ['''^old/''']\n",
    );
    sandbox.write(
        ".gitleaksignore",
        format!("{first}:src/a.py:generic-api-key:1\nsrc/b.py:generic-api-key:1\n{first}:src/gone.py:generic-api-key:1\nsrc/b.py:generic-api-key:99\n"),
    );
    assert_eq!(sandbox.scan(["."]).code, 1);
    let run = sandbox.scan(["import", ".gitleaks.toml", ".gitleaksignore"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    for text in [
        ".gitleaks.toml: 1 rule, 1 entry of allowlists",
        ".gitleaksignore: 4 findings",
        "written: invoca-scan.toml (1 own rule)",
        "3 entries added; of 4 old findings, 2 in the tree, 1 in the history alone",
        ".gitleaks.toml:4  `tags` of the rule acme",
        ".gitleaksignore:4  src/b.py:99 (generic-api-key): the file has no line 99 any more",
    ] {
        assert!(run.out.contains(text), "{text}\n{}", run.out);
    }
    for token in &tokens {
        assert!(!run.out.contains(&token[..8]));
        assert!(!sandbox.read(".invoca-scan-baseline").contains(&token[..8]));
    }
    let run = sandbox.scan(["."]);
    assert_eq!(run.code, 0, "{}", run.out);
    let audit = sandbox.scan(["--history"]);
    assert_eq!(audit.code, 0, "the history is quiet as well: {}", audit.out);
    assert_eq!(sandbox.scan([".", "--check-suppressions"]).code, 0);
    let acme = format!(
        "k = \"acme_dk_{}\"\n",
        Tokens::new(62).of("abcdefghijklmnopqrstuvwxyz0123456789", 32)
    );
    sandbox.write("src/c.py", &acme);
    sandbox.write("old/c.py", &acme);
    let run = sandbox.scan(["."]);
    assert!(
        run.out.starts_with("1 secret found, src/c.py:1\n"),
        "{}",
        run.out
    );
    let run = sandbox.scan(["import", ".gitleaks.toml"]);
    assert!(
        run.out
            .contains("invoca-scan.toml exists already: add this to it"),
        "{}",
        run.out
    );
    assert!(run.out.contains("[[rule]]\nid = \"acme\""), "{}", run.out);
    let run = sandbox.scan(["import", ".gitleaks.toml", "--output", "invoca-scan.toml"]);
    assert_eq!(run.code, 2, "{}", run.err);
}

#[test]
fn a_baseline_of_detect_secrets_is_taken_over_with_its_audit() {
    let (sandbox, tokens, _) = repository();
    let item = |digest: &str, line: usize, more: &str| {
        format!(
            "{{\"type\": \"Secret Keyword\", \"hashed_secret\": \"{digest}\", \"line_number\": {line}{more}}}"
        )
    };
    let text = format!(
        "{{\"version\": \"1.5.0\", \"plugins_used\": [], \"filters_used\": [], \"results\": {{\n\"src/a.py\": [{}],\n\"src/b.py\": [{}, {}]}}}}",
        // Where it was before its line moved.
        item(&sha1(&tokens[0]), 1, ", \"is_secret\": false"),
        item(&sha1(&tokens[1]), 1, ", \"is_secret\": true"),
        item(&sha1("something else"), 1, ""),
    );
    sandbox.write(".secrets.baseline", text);
    let run = sandbox.scan(["import", ".secrets.baseline"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(
        run.out
            .contains("2 entries added; of 3 old findings, 2 in the tree"),
        "{}",
        run.out
    );
    assert!(
        run.out.contains(
            ".secrets.baseline:3  src/b.py:1 (Secret Keyword): that line holds another value by now"
        ),
        "{}",
        run.out
    );
    let run = sandbox.scan(["."]);
    assert!(
        run.out.starts_with("1 secret found, src/b.py:1\n"),
        "what is real goes on being reported: {}",
        run.out
    );
    let shown = sandbox.scan(["baseline", "show"]).out;
    assert!(
        shown.contains("  false: taken over from .secrets.baseline"),
        "{shown}"
    );
    assert!(
        shown.contains("  real: taken over from .secrets.baseline"),
        "{shown}"
    );
}

#[test]
fn a_report_is_compared_with_ours_and_the_reason_is_told() {
    let (sandbox, tokens, _) = repository();
    sandbox.write("src/d.py", "password = \"changeme\"\n");
    let item = |file: &str, secret: &str| {
        format!(
            "{{\"RuleID\": \"generic-api-key\", \"File\": \"{file}\", \"StartLine\": 1, \"EndLine\": 1, \"Secret\": \"{secret}\", \"Commit\": \"\"}}"
        )
    };
    let items = [
        item("src/a.py", &tokens[0]),
        item("src/d.py", "changeme"),
        item("src/nowhere.py", "REDACTED"),
    ];
    sandbox.write("old.json", format!("[{}]", items.join(",")));
    let run = sandbox.scan(["import", "--compare", "old.json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    for text in [
        "compared with old.json: 1 found by both, 2 only by them, ",
        "  src/d.py:1 (generic-api-key): password-assignment says: ",
        "  src/nowhere.py:1 (generic-api-key): the file is not in the tree any more",
        "only here:\n",
        "  src/b.py:1 (invoca-",
    ] {
        assert!(run.out.contains(text), "{text}\n{}", run.out);
    }
    assert!(!run.out.contains(&tokens[0]));
}

#[test]
fn what_is_nobodys_file_is_refused() {
    let (sandbox, ..) = repository();
    sandbox.write("x.json", "{}");
    for words in [
        &["import", "x.json"][..],
        &["import", "no-such"],
        &["import"],
    ] {
        let run = sandbox.scan(words);
        assert_eq!(run.code, 2, "{words:?}: {}", run.out);
    }
    sandbox.write(".gitleaks.toml", "[[rules]\n");
    let run = sandbox.scan(["import", ".gitleaks.toml"]);
    assert!(run.err.contains(".gitleaks.toml: line 1: "), "{}", run.err);
}
