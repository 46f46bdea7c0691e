//! `merge`: reports of several scans and repositories as one.

use crate::support::{Run, Sandbox, Tokens, git_in};
use serde_json::Value;

/// Scans a tree with this file as repository `name` and leaves a report in `format`.
fn report(sandbox: &Sandbox, name: &str, files: &[(&str, &str)], format: &str) {
    for (path, text) in files {
        sandbox.write(&format!("{name}/{path}"), text);
    }
    let folder = sandbox.path().join(name);
    git_in(&folder, &["init", "-q"]);
    let output = sandbox.path().join(format!("{name}.{format}"));
    let mut program = sandbox.program();
    program
        .current_dir(&folder)
        .env("INVOCA_SCAN_ID_KEY", "the key of the company")
        .args(["-q", "--repo-name", name, "--show-suppressed", "--report"])
        .arg(format!("{format}={}", output.display()));
    let run = crate::support::run(program, b"");
    assert!(run.code < 2, "{run:?}");
}

fn merge(sandbox: &Sandbox, args: &[&str]) -> Run {
    let mut all = vec!["merge"];
    all.extend(args);
    sandbox.scan(all)
}

fn invoca(token: &str) -> String {
    format!("INVOCA_TOKEN = \"{token}\"\n")
}

#[test]
fn reports_in_three_formats_become_one() {
    let sandbox = Sandbox::new();
    let mut tokens = Tokens::new(31);
    let (shared, own) = (tokens.base62(32), tokens.base62(32));
    report(
        &sandbox,
        "shop",
        &[("a.py", &invoca(&shared)), ("b é.py", &invoca(&own))],
        "json",
    );
    report(&sandbox, "mail", &[("c.py", &invoca(&shared))], "jsonl");
    let allowed = format!("# invoca-scan:allow-next-line made up\n{}", invoca(&own));
    report(
        &sandbox,
        "docs",
        &[("d/e f.py", &invoca(&shared)), ("g.py", &allowed)],
        "sarif",
    );
    let run = merge(
        &sandbox,
        &["shop.json", "mail.jsonl", "docs.sarif", "-f", "json"],
    );
    assert_eq!(run.code, 1, "{run:?}");
    let joined: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(joined["scan"]["complete"], true);
    assert_eq!(joined["scan"]["counts"]["files"], 5);
    assert_eq!(joined["summary"]["errors"], 4);
    assert_eq!(joined["summary"]["suppressed"], 1);
    assert_eq!(joined["suppressed"][0]["suppression"]["reason"], "made up");
    let place = |at: usize| {
        let finding = &joined["findings"][at];
        let text = |field: &str| finding[field].as_str().unwrap();
        format!(
            "{}/{}:{}",
            text("repository"),
            text("path"),
            finding["line"]
        )
    };
    let places: Vec<String> = (0..4).map(place).collect();
    assert_eq!(
        places,
        [
            "docs/d/e f.py:1",
            "mail/c.py:1",
            "shop/a.py:1",
            "shop/b é.py:1"
        ]
    );
    let id = |at: usize| joined["findings"][at]["secret_id"].as_str().unwrap();
    assert!(id(0) == id(1) && id(1) == id(2) && id(2) != id(3));
    let human = merge(&sandbox, &["shop.json", "mail.jsonl", "docs.sarif"]);
    assert!(
        human.out.contains("one rotation, 3 places"),
        "{}",
        human.out
    );
    assert!(human.out.contains("shop: a.py:1"), "{}", human.out);
    for token in [&shared, &own] {
        assert!(!run.out.contains(&token[..6]) && !human.out.contains(&token[..6]));
    }
}

#[test]
fn nothing_is_counted_twice_and_joined_reports_can_be_joined() {
    let sandbox = Sandbox::new();
    let mut tokens = Tokens::new(32);
    let twice = invoca(&tokens.base62(32)).repeat(2);
    report(&sandbox, "shop", &[("a.py", &twice)], "json");
    report(
        &sandbox,
        "mail",
        &[("c.py", &invoca(&tokens.base62(32)))],
        "json",
    );
    let errors = |args: &[&str]| {
        let mut all = args.to_vec();
        all.extend(["-f", "json"]);
        let run = merge(&sandbox, &all);
        let value: Value = serde_json::from_str(&run.out).unwrap();
        value["summary"]["errors"].as_u64().unwrap()
    };
    assert_eq!(errors(&["shop.json"]), 2, "twice in one file is twice");
    assert_eq!(errors(&["shop.json", "shop.json"]), 2);
    let run = merge(
        &sandbox,
        &["shop.json", "mail.json", "-f", "json", "-o", "both.json"],
    );
    assert_eq!(run.code, 1, "{run:?}");
    assert_eq!(errors(&["both.json"]), 3);
    assert_eq!(errors(&["both.json", "shop.json"]), 3);
    for format in ["sarif", "html", "csv", "junit", "markdown", "jsonl"] {
        let run = merge(&sandbox, &["shop.json", "mail.json", "-f", format]);
        assert_eq!(run.code, 1, "{run:?}");
        assert!(
            run.out.contains("shop") && run.out.contains("mail"),
            "{format}"
        );
    }
}

#[test]
fn the_stories_of_histories_are_kept() {
    let sandbox = Sandbox::new();
    let mut tokens = Tokens::new(36);
    let planted: Vec<String> = (0..3).map(|_| tokens.base62(32)).collect();
    let audit = |name: &str, format: &str| {
        let folder = sandbox.path().join(name);
        let mut program = sandbox.program();
        program
            .current_dir(&folder)
            .args(["-q", "--history", "--repo-name", name, "-f", format, "-o"])
            .arg(sandbox.path().join(format!("{name}.{format}")));
        let run = crate::support::run(program, b"");
        assert_eq!(run.code, 1, "{run:?}");
    };
    let commit = |name: &str, text: &str| {
        sandbox.write(&format!("{name}/a.py"), text);
        let folder = sandbox.path().join(name);
        git_in(&folder, &["add", "a.py"]);
        git_in(&folder, &["commit", "-q", "-m", "a commit"]);
    };
    for name in ["shop", "mail"] {
        sandbox.write(&format!("{name}/b"), "");
        let folder = sandbox.path().join(name);
        git_in(&folder, &["init", "-q", "-b", "main"]);
    }
    commit("shop", &invoca(&planted[0]));
    commit("shop", &invoca(&planted[1]));
    audit("shop", "json");
    commit("mail", &invoca(&planted[0]));
    audit("mail", "jsonl");
    report(&sandbox, "docs", &[("c.py", &invoca(&planted[2]))], "sarif");
    let files = ["shop.json", "mail.jsonl", "docs.sarif"];
    let run = merge(&sandbox, &[&files[..], &["-f", "json"]].concat());
    let joined: Value = serde_json::from_str(&run.out).unwrap();
    let stories = joined["stories"].as_array().unwrap();
    let original: Value = serde_json::from_str(&sandbox.read("shop.json")).unwrap();
    let repositories: Vec<&str> = stories
        .iter()
        .map(|story| story["repository"].as_str().unwrap())
        .collect();
    assert_eq!(repositories, ["mail", "shop", "shop"]);
    for (story, before) in stories[1..]
        .iter()
        .zip(original["stories"].as_array().unwrap())
    {
        let mut story = story.clone();
        story.as_object_mut().unwrap().remove("repository");
        assert_eq!(&story, before);
    }
    sandbox.write("joined.json", &run.out);
    let again = merge(&sandbox, &["joined.json", "mail.jsonl", "-f", "json"]);
    let again: Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(again["stories"], joined["stories"]);
    let human = merge(&sandbox, &files).out;
    for words in [
        "in shop",
        "in mail",
        "docs: c.py:1",
        "a commit",
        "repository by repository (mail, shop)",
        "3 scans, ",
    ] {
        assert!(human.contains(words), "{words}: {human}");
    }
}

#[test]
fn a_repository_without_a_whole_report_is_a_problem() {
    let sandbox = Sandbox::new();
    report(&sandbox, "shop", &[("a.py", "nothing\n")], "json");
    report(&sandbox, "mail", &[("a.py", "nothing\n")], "json");
    sandbox.write("fleet.txt", "shop\nmail  # since May\n\n# gone: web\n");
    let run = merge(
        &sandbox,
        &["shop.json", "mail.json", "--expect", "fleet.txt"],
    );
    assert_eq!(run.code, 0, "{run:?}");
    let run = merge(&sandbox, &["shop.json", "--expect", "fleet.txt"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(
        run.out
            .contains("problem: mail: no report of this repository"),
        "{}",
        run.out
    );
    let cut = sandbox
        .read("mail.json")
        .replace("\"complete\": true", "\"complete\": false");
    sandbox.write("mail.json", cut);
    let run = merge(
        &sandbox,
        &["shop.json", "mail.json", "--expect", "fleet.txt"],
    );
    assert_eq!(run.code, 2, "{run:?}");
    assert!(
        run.out.contains("mail.json: the scan was interrupted"),
        "{}",
        run.out
    );
}

#[test]
fn a_rule_of_another_version_keeps_its_name() {
    let sandbox = Sandbox::new();
    let token = Tokens::new(33).base62(32);
    report(&sandbox, "shop", &[("a.py", &invoca(&token))], "json");
    let text = sandbox.read("shop.json");
    let value: Value = serde_json::from_str(&text).unwrap();
    let id = value["findings"][0]["rule_id"].as_str().unwrap().to_owned();
    let title = value["findings"][0]["title"].as_str().unwrap().to_owned();
    let newer = text
        .replace(&id, "invoca-of-tomorrow")
        .replace(&title, "Token of tomorrow");
    sandbox.write("shop.json", newer);
    let run = merge(&sandbox, &["shop.json"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.out.contains("Token of tomorrow  [invoca-of-tomorrow]"),
        "{}",
        run.out
    );
}

#[test]
fn what_is_no_report_is_misuse() {
    let sandbox = Sandbox::new();
    sandbox.write("a.json", "{\"findings\": []}");
    sandbox.write(
        "b.sarif",
        "{\"version\": \"2.1.0\", \"runs\": [{\"tool\": {\"driver\": {\"name\": \"other\"}}}]}",
    );
    sandbox.write(
        "c.jsonl",
        "{\"type\":\"scan\",\"contract\":1,\"tool\":\"invoca-scan\"}\n",
    );
    for file in ["a.json", "b.sarif", "c.jsonl", "none.json"] {
        let run = merge(&sandbox, &[file]);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.err.contains(file), "{}", run.err);
    }
    assert_eq!(merge(&sandbox, &[]).code, 2);
}
