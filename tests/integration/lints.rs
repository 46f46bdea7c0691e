//! Lints, as a user meets them: what fires by default and what does not, what is shown of it, and one finding for one statement.

use crate::support::{Repo, Sandbox, Tokens};
use serde_json::Value;

/// The findings of a scan of one file: rule and level, in their order.
fn found(path: &str, text: &str, args: &[&str]) -> Vec<(String, String)> {
    let sandbox = Sandbox::new();
    sandbox.write(path, text);
    let mut all = vec!["-f", "json", "--fail-on", "never"];
    all.extend(args);
    let run = sandbox.scan(all);
    assert_eq!(run.code, 0, "{}", run.err);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let word = |item: &Value, key: &str| item[key].as_str().unwrap().to_owned();
    findings
        .iter()
        .map(|item| (word(item, "rule_id"), word(item, "level")))
        .collect()
}

#[track_caller]
fn assert_error(path: &str, text: &str, rule: &str) {
    let expected = vec![(rule.to_owned(), "error".to_owned())];
    assert_eq!(found(path, text, &[]), expected, "{path}: {text}");
}

#[track_caller]
fn assert_silent(path: &str, text: &str) {
    assert_eq!(found(path, text, &[]), [], "{path}: {text}");
}

const CALL: &str = "https://acme.invoca.net/api/2020-10-01/networks/transactions/1.json";

#[test]
fn a_reviewer_would_stop_these() {
    assert_error(
        "call.sh",
        "curl -H \"Authorization: $INVOCA_TOKEN\" \\\n  http://acme.invoca.net/api/2020-10-01/x.json\n",
        "http-plaintext",
    );
    assert_error(
        "src/Calls.tsx",
        &format!("fetch(`{CALL}?oauth_token=${{token}}`)\n"),
        "client-side-token",
    );
    assert_error(
        "deploy.yml",
        "env:\n  NEXT_PUBLIC_INVOCA_API_TOKEN: ${{ secrets.INVOCA_TOKEN }}\n",
        "client-side-token-name",
    );
    assert_error(
        "a.py",
        &format!("URL = '{CALL}'\nlogger.info('using %s', oauth_token)\n"),
        "token-logged",
    );
    assert_error(
        "a.js",
        "sendMail({ to, text: `Invoca: ${invocaToken}` });\n// https://acme.invoca.net\n",
        "token-emailed",
    );
    assert_error(
        "app/emails/welcome.html",
        "<p>Invoca API token: {{ user.oauth_token }}</p>\n",
        "token-in-mail",
    );
}

#[test]
fn their_look_alikes_are_silent() {
    assert_silent(
        "call.sh",
        "curl -H \"Authorization: $INVOCA_TOKEN\" \\\n  https://acme.invoca.net/api/2020-10-01/x.json\n",
    );
    assert_silent(
        "call.sh",
        "curl http://example.com/api/ # not acme.invoca.net\n",
    );
    // Other vendors' parameters, and the word in other languages.
    assert_silent(
        "src/Calls.tsx",
        "fetch(`https://api.other.example/x?oauth_token=${token}`)\n",
    );
    assert_silent(
        "a.py",
        "def invoca(self, token):\n    # O método invoca a API\n    print(token)\n    logger.info('x %s', oauth_token)\n",
    );
    assert_silent(
        "src/Calls.tsx",
        &format!("\"use server\";\nfetch(`{CALL}?oauth_token=${{token}}`)\n"),
    );
    // Documentation shows how it is done, tests do it with what opens nothing.
    let wrong = "curl -H \"Authorization: $T\" http://acme.invoca.net/api/2020-10-01/x.json\n";
    for path in [
        "README.md",
        "docs/setup.sh",
        "tests/call.sh",
        "call.spec.js",
    ] {
        assert_silent(path, wrong);
    }
    assert_silent("node_modules/x/call.sh", wrong);
}

#[test]
fn one_statement_gives_one_finding_and_the_secret_names_it() {
    let token = Tokens::new(5).base62(32);
    let text = format!(
        "curl -H 'Authorization: {token}' \\\n  http://acme.invoca.net/api/2020-10-01/x.json\n"
    );
    let sandbox = Sandbox::new();
    sandbox.write("call.sh", text);
    let run = sandbox.scan(["-f", "json"]);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0]["rule_id"], "invoca-api-token-header");
    let notes = findings[0]["notes"].as_array().unwrap();
    assert!(notes.contains(&"http-plaintext".into()), "{notes:?}");
}

#[test]
fn a_lint_never_shows_a_value_whose_own_rule_is_off() {
    let token = Tokens::new(6).base62(32);
    let sandbox = Sandbox::new();
    sandbox.write(
        "call.sh",
        format!("curl -u bob:hunter2 -H 'Authorization: {token}' http://acme.invoca.net/api/x\n"),
    );
    for format in [
        "human", "json", "sarif", "gitlab", "csv", "junit", "github", "markdown",
    ] {
        let run = sandbox.scan(["--rule", "http-plaintext", "-f", format]);
        assert_eq!(run.code, 1, "{}", run.err);
        assert!(
            run.out.contains("http-plaintext") || run.out.contains("plain HTTP"),
            "{format}: {}",
            run.out
        );
        assert!(!run.out.contains(&token), "{format}: {}", run.out);
        assert!(!run.out.contains("hunter2"), "{format}: {}", run.out);
    }
}

#[test]
fn explain_shows_wrong_and_right_in_the_language_at_hand() {
    let sandbox = Sandbox::new();
    let python = "requests.get('http://acme.invoca.net/api/x', headers={'Authorization': t})\n";
    sandbox.write("a.py", python);
    let run = sandbox.scan(["explain", "a.py:1"]);
    assert!(run.out.contains("right, in python"), "{}", run.out);
    assert!(!run.out.contains("in shell"), "{}", run.out);
    let run = sandbox.scan(["explain", "http-plaintext"]);
    assert!(run.out.contains("wrong, in shell") && run.out.contains("wrong, in csharp"));
}

#[test]
fn what_head_says_already_is_not_new() {
    let wrong = "curl -H \"Authorization: $T\" http://acme.invoca.net/api/x.json\n";
    let repo = Repo::new();
    repo.write("a.sh", wrong);
    repo.commit("one");
    let scan = || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_invoca-scan"));
        command.current_dir(repo.dir()).arg("--staged");
        command.output().unwrap().status.code()
    };
    repo.write("a.sh", format!("echo begin\n{wrong}"));
    repo.git(&["add", "--all"]);
    assert_eq!(scan(), Some(0));
    repo.write("a.sh", format!("echo begin\n{wrong}\n{wrong}"));
    repo.git(&["add", "--all"]);
    assert_eq!(scan(), Some(1));
}

#[test]
fn the_past_is_not_linted() {
    let repo = Repo::new();
    repo.write(
        "a.sh",
        "curl -H \"Authorization: $T\" http://acme.invoca.net/api/x.json\n",
    );
    repo.commit("one");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_invoca-scan"));
    command.current_dir(repo.dir()).arg("--history");
    assert_eq!(command.output().unwrap().status.code(), Some(0));
}

#[test]
fn users_compose_rules_of_their_own() {
    let sandbox = Sandbox::new();
    let rule = r#"
[[rule]]
id = "acme-insecure"
since = "1"
title = "Acme called without verification"
severity = "medium"
lint = true
level = "warning"
pattern = '(?i)verify\s*=\s*False'
keywords = ["verify"]
requires = [{ pattern = 'acme\.example', within = "statement" }]
forbids = [{ pattern = 'localhost', within = "statement" }]
why = "x"
fix = "x"
examples = ['''get(
  "https://acme.example/",
  verify=False,
)''']
counterexamples = ['''get("https://acme.example/")
get("https://other.example/", verify=False)''', '''get("https://acme.example/", via="localhost", verify=False)''']

[[rule.pair]]
language = "python"
wrong = 'get("https://acme.example/", verify=False)'
right = 'get("https://acme.example/")'
"#;
    sandbox.write("rules.toml", rule);
    let run = sandbox.scan(["rules", "check", "rules.toml"]);
    assert_eq!(run.code, 0, "{}", run.out);
    sandbox.write(
        "rules.toml",
        rule.replace(
            "right = 'get(\"https://acme.example/\")'",
            "right = 'get(\"https://acme.example/\", verify=False)'",
        ),
    );
    let run = sandbox.scan(["rules", "check", "rules.toml"]);
    assert!(
        run.code == 1 && run.out.contains("what is right is found"),
        "{}",
        run.out
    );
    let typo = rule.replace("level = \"warning\"", "paths = [\"@brauser\"]");
    sandbox.write("rules.toml", typo);
    let run = sandbox.scan(["rules", "check", "rules.toml"]);
    assert!(run.code == 2 && run.err.contains("@browser"), "{}", run.err);
}
