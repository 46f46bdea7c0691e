//! Documentation that rots is worse than none: what it names exists, what it shows is what the program prints.

use crate::support::{Sandbox, Tokens, git_in, root};
use invoca_scan::report::FORMATS;
use std::collections::BTreeSet;
use std::path::PathBuf;

fn pages() -> Vec<(PathBuf, String)> {
    let mut paths: Vec<PathBuf> = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
        .iter()
        .map(|name| root().join(name))
        .collect();
    for folder in ["docs", "docs/tasks"] {
        for entry in std::fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "md") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            (path, text)
        })
        .collect()
}

/// What stands between single backticks outside code blocks.
fn code_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut block = false;
    for line in text.lines() {
        if line.starts_with("```") {
            block = !block;
        } else if !block {
            words.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    words
}

#[test]
fn every_path_the_documentation_names_exists() {
    const FOLDERS: [&str; 7] = [
        "src/", "tests/", "rules/", "docs/", ".ci/", "benches/", "fuzz/",
    ];
    let mut missing = Vec::new();
    for (page, text) in pages() {
        for word in code_words(&text) {
            let path = word.split('*').next().unwrap_or_default();
            let named = FOLDERS.iter().any(|folder| path.starts_with(folder));
            if named && !path.contains(' ') && !root().join(path).exists() {
                missing.push(format!("{}: `{word}`", page.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_link_within_the_documentation_leads_somewhere() {
    let mut missing = Vec::new();
    for (page, text) in pages() {
        for piece in text.split("](").skip(1) {
            let target = piece.split(')').next().unwrap_or_default();
            let file = target.split('#').next().unwrap_or_default();
            let local = !target.contains("://") && !file.is_empty();
            if local && !page.parent().unwrap().join(file).exists() {
                missing.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_format_and_every_field_is_described() {
    let text = std::fs::read_to_string(root().join("docs/formats.md")).unwrap();
    let words: BTreeSet<String> = code_words(&text).into_iter().collect();
    for (name, _, _) in FORMATS {
        assert!(words.contains(*name), "docs/formats.md lacks `{name}`");
    }
    let report = root().join("tests/integration/snapshots/report.json");
    let report: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(report).unwrap()).unwrap();
    let mut fields = BTreeSet::new();
    collect_fields(&report, &mut fields);
    for field in fields {
        assert!(words.contains(&field), "docs/formats.md lacks `{field}`");
    }
}

fn collect_fields(value: &serde_json::Value, fields: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(map) => {
            for (name, value) in map {
                fields.insert(name.clone());
                // These two count by words that are values, not fields.
                if !name.ends_with("_by") {
                    collect_fields(value, fields);
                }
            }
        }
        serde_json::Value::Array(items) => {
            items.iter().for_each(|item| collect_fields(item, fields));
        }
        _ => {}
    }
}

#[test]
fn the_readme_shows_what_the_program_prints() {
    let sandbox = Sandbox::new();
    let token = Tokens::new(3).base62(32);
    let text = format!("import os\n\nINVOCA_TOKEN = \"{token}\"\n");
    sandbox.write("src/calls.py", text);
    git_in(&sandbox.path(), &["init", "-q"]);
    git_in(&sandbox.path(), &["add", "."]);
    let run = sandbox.scan(["--staged"]);
    let shown: Vec<&str> = run.out.trim_end().lines().collect();
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    // How long it took is another matter each time.
    for line in &shown[..shown.len() - 1] {
        assert!(
            readme.contains(line),
            "README.md lacks this line:\n{line}\nof\n{}",
            run.out
        );
    }
}

#[test]
fn the_architecture_page_has_the_table_of_the_layering_test() {
    let text = std::fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    for (room, uses) in crate::layering::ROOMS {
        let row = text
            .lines()
            .find(|line| line.starts_with(&format!("| `{room}` |")))
            .unwrap_or_else(|| panic!("docs/architecture.md lacks the room {room}"));
        let may: BTreeSet<&str> = row
            .rsplit('|')
            .nth(1)
            .unwrap()
            .split([',', ' '])
            .filter(|word| !word.is_empty() && *word != "–")
            .collect();
        let table: BTreeSet<&str> = uses.split_whitespace().collect();
        assert_eq!(may, table, "docs/architecture.md differs for {room}");
    }
}

/// The blocks of a page in this language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join(page)).unwrap();
    let fence = format!("```{language}\n");
    text.split(&fence)
        .skip(1)
        .filter_map(|rest| rest.split_once("```"))
        .map(|(block, _)| block.to_owned())
        .collect()
}

#[test]
fn every_configuration_that_is_shown_can_be_used() {
    let blocks = blocks("docs/configuration.md", "toml");
    assert!(blocks.len() >= 3);
    for block in blocks {
        let sandbox = Sandbox::new();
        std::fs::write(sandbox.path().join("invoca-scan.toml"), &block).unwrap();
        let run = sandbox.scan(["config", "check"]);
        assert_eq!(run.code, 0, "{block}\n{}", run.err);
    }
}

#[test]
fn every_rule_that_is_shown_holds_its_proof() {
    let blocks = blocks("docs/rules.md", "toml");
    assert!(blocks.len() >= 2);
    for block in blocks {
        let sandbox = Sandbox::new();
        sandbox.write("rules.toml", &block);
        let run = sandbox.scan(["rules", "check", "rules.toml"]);
        assert_eq!(run.code, 0, "{block}\n{}{}", run.out, run.err);
    }
}

#[test]
fn every_marker_that_is_named_allows() {
    let text = std::fs::read_to_string(root().join("docs/suppressions.md")).unwrap();
    let mut tokens = Tokens::new(21);
    let mut tried = 0;
    for word in code_words(&text) {
        let is_marker = [":allow", "allowlist", ":ignore", "ggignore", "secretlint"]
            .iter()
            .any(|part| word.contains(part));
        if !is_marker || word == "--no-inline-allow" {
            continue;
        }
        let word = word.replace("url-password,private-key", "secret-assignment");
        let secret = format!("api_key = \"{}\"", tokens.base62(32));
        let code = match word.as_str() {
            "ggignore-start" | "ggignore-end" => {
                format!("# ggignore-start\n{secret}\n# ggignore-end\n")
            }
            word if word.contains("next") => format!("# {word}\n{secret}\n"),
            word => format!("{secret} # {word}\n"),
        };
        let run = Sandbox::new().scan_stdin(["--stdin"], &code);
        assert!(
            run.code == 0 && run.out.contains("1 suppressed"),
            "{word}: {}",
            run.out
        );
        tried += 1;
    }
    assert!(tried >= 14, "{tried}");
}
