//! `--fix`, as a user meets it: what each language's file looks like afterwards, what is left alone, and that no secret moves.

use crate::support::{Repo, Run, Tokens};
use std::process::Command;

fn scan(repo: &Repo, args: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_invoca-scan"));
    command.current_dir(repo.dir()).args(args);
    crate::support::run(command, b"")
}

fn read(repo: &Repo, path: &str) -> String {
    std::fs::read_to_string(repo.dir().join(path)).unwrap()
}

/// `before` (with `TOKEN` for a token) in a committed file becomes `after`, and nothing is found any more.
#[track_caller]
fn assert_fixed(path: &str, before: &str, after: &str) {
    assert_fixed_with(path, before, after, &[]);
}

#[track_caller]
fn assert_fixed_with(path: &str, before: &str, after: &str, args: &[&str]) {
    let token = Tokens::new(31).base62(32);
    let repo = Repo::new();
    repo.write(path, before.replace("TOKEN_HERE", &token));
    repo.commit("one");
    let mut all = vec!["--fix"];
    all.extend(args);
    let run = scan(&repo, &all);
    let text = read(&repo, path);
    assert_eq!(text, after, "{path}\n{}\n{}", run.out, run.err);
    assert_eq!(run.code, 0, "{path}\n{}\n{}", run.out, run.err);
    assert!(run.err.contains("fixed 1 finding in 1 file"), "{}", run.err);
    assert!(!run.out.contains(&token) && !run.err.contains(&token));
    let mut all = vec!["--fail-on", "warning"];
    all.extend(args);
    assert_eq!(scan(&repo, &all).code, 0);
}

#[test]
fn a_literal_becomes_a_variable_in_the_idiom_of_the_language() {
    assert_fixed(
        "a.py",
        "#!/usr/bin/env python\n\"\"\"Calls.\"\"\"\nfrom __future__ import annotations\n\nimport requests\n\nINVOCA_API_TOKEN = \"TOKEN_HERE\"\n",
        "#!/usr/bin/env python\n\"\"\"Calls.\"\"\"\nfrom __future__ import annotations\n\nimport os\nimport requests\n\nINVOCA_API_TOKEN = os.environ[\"INVOCA_API_TOKEN\"]\n",
    );
    assert_fixed(
        "b.py",
        "import os\nrequests.get(\"https://acme.invoca.net/api/x.json\", headers={\"Authorization\": \"Bearer TOKEN_HERE\"})\n",
        "import os\nrequests.get(\"https://acme.invoca.net/api/x.json\", headers={\"Authorization\": \"Bearer \" + os.environ[\"INVOCA_API_TOKEN\"]})\n",
    );
    assert_fixed(
        "a.sh",
        "export INVOCA_API_TOKEN='TOKEN_HERE'\n",
        "export INVOCA_API_TOKEN=\"${INVOCA_API_TOKEN:?}\"\n",
    );
    assert_fixed(
        "call.sh",
        "curl -H 'Authorization: TOKEN_HERE' https://acme.invoca.net/api/x.json\n",
        "curl -H 'Authorization: '\"$INVOCA_API_TOKEN\"'' https://acme.invoca.net/api/x.json\n",
    );
    assert_fixed(
        "a.rb",
        "invoca_token = \"TOKEN_HERE\"\n",
        "invoca_token = ENV.fetch(\"INVOCA_TOKEN\")\n",
    );
    assert_fixed(
        "server.js",
        "const invocaToken = 'TOKEN_HERE';\n",
        "const invocaToken = process.env.INVOCA_TOKEN;\n",
    );
    assert_fixed(
        "server.ts",
        "const h = { invoca: 1, Authorization: `TOKEN_HERE` }; // https://acme.invoca.net\n",
        "const h = { invoca: 1, Authorization: process.env.INVOCA_API_TOKEN }; // https://acme.invoca.net\n",
    );
    assert_fixed(
        "a.php",
        "<?php\n$invoca_token = 'TOKEN_HERE';\n",
        "<?php\n$invoca_token = getenv('INVOCA_TOKEN');\n",
    );
    assert_fixed(
        "a.go",
        "package main\n\nimport (\n\t\"fmt\"\n)\n\nvar invocaToken = \"TOKEN_HERE\"\n",
        "package main\n\nimport (\n\t\"os\"\n\t\"fmt\"\n)\n\nvar invocaToken = os.Getenv(\"INVOCA_TOKEN\")\n",
    );
    assert_fixed(
        "A.java",
        "class A {\n  static final String INVOCA_TOKEN = \"TOKEN_HERE\";\n}\n",
        "class A {\n  static final String INVOCA_TOKEN = System.getenv(\"INVOCA_TOKEN\");\n}\n",
    );
    assert_fixed(
        "A.cs",
        "class A {\n  static string InvocaToken = \"TOKEN_HERE\";\n}\n",
        "class A {\n  static string InvocaToken = System.Environment.GetEnvironmentVariable(\"INVOCA_TOKEN\");\n}\n",
    );
    assert_fixed(
        "a.rs",
        "fn main() {\n    let invoca_token = \"TOKEN_HERE\";\n}\n",
        "fn main() {\n    let invoca_token = &*std::env::var(\"INVOCA_TOKEN\").expect(\"set INVOCA_TOKEN\");\n}\n",
    );
}

#[test]
fn so_it_does_in_configuration() {
    assert_fixed(
        "docker-compose.yml",
        "services:\n  a:\n    environment:\n      INVOCA_API_TOKEN: TOKEN_HERE\n",
        "services:\n  a:\n    environment:\n      INVOCA_API_TOKEN: ${INVOCA_API_TOKEN}\n",
    );
    assert_fixed(
        ".github/workflows/ci.yml",
        "jobs:\n  a:\n    env:\n      INVOCA_API_TOKEN: \"TOKEN_HERE\"\n",
        "jobs:\n  a:\n    env:\n      INVOCA_API_TOKEN: \"${{ secrets.INVOCA_API_TOKEN }}\"\n",
    );
    assert_fixed(
        "main.tf",
        "resource \"x\" \"y\" {\n  invoca_token = \"TOKEN_HERE\"\n}\n",
        "resource \"x\" \"y\" {\n  invoca_token = var.invoca_token\n}\n\nvariable \"invoca_token\" {\n  type      = string\n  sensitive = true\n}\n",
    );
    let token = Tokens::new(31).base62(32);
    let repo = Repo::new();
    repo.write(".env", format!("A=1\r\nINVOCA_API_TOKEN={token}\r\n"));
    repo.write(".env.example", "A=");
    repo.commit("one");
    assert_eq!(scan(&repo, &["--fix"]).code, 0);
    assert_eq!(read(&repo, ".env"), "A=1\r\nINVOCA_API_TOKEN=\r\n");
    assert_eq!(read(&repo, ".env.example"), "A=\nINVOCA_API_TOKEN=\n");
}

#[test]
fn requests_are_mended() {
    let url = "acme.invoca.net/api/2020-10-01/x.json";
    assert_fixed(
        "a.sh",
        &format!("curl -H \"Authorization: $T\" http://{url}\n"),
        &format!("curl -H \"Authorization: $T\" https://{url}\n"),
    );
    assert_fixed(
        "A.cs",
        "var c = new RestClient(\"http://api0.invoca.com:80/api/x.xml\");\n",
        "var c = new RestClient(\"https://api0.invoca.com/api/x.xml\");\n",
    );
    let pedantic = ["--persona", "pedantic"];
    assert_fixed_with(
        "b.sh",
        &format!("curl -sk -H \"Authorization: $T\" \"https://{url}\"\n"),
        &format!("curl -s -H \"Authorization: $T\" \"https://{url}\"\n"),
        &pedantic,
    );
    assert_fixed_with(
        "c.sh",
        &format!("curl \\\n  --insecure \\\n  -H \"Authorization: $T\" \\\n  \"https://{url}\"\n"),
        &format!("curl \\\n  -H \"Authorization: $T\" \\\n  \"https://{url}\"\n"),
        &pedantic,
    );
    assert_fixed_with(
        "d.sh",
        &format!("curl \"https://{url}?oauth_token=$T&limit=1\"\n"),
        &format!("curl -H \"Authorization: $T\" \"https://{url}?limit=1\"\n"),
        &pedantic,
    );
    assert_fixed_with(
        "e.py",
        &format!("requests.get(\"https://{url}\", headers=h, verify=False)\n"),
        &format!("requests.get(\"https://{url}\", headers=h)\n"),
        &pedantic,
    );
}

#[test]
fn a_command_with_several_faults_is_mended_in_full() {
    let token = Tokens::new(9).base62(32);
    let repo = Repo::new();
    repo.write(
        "a.sh",
        format!("curl -k \"http://acme.invoca.net/api/x.json?oauth_token={token}\"\n"),
    );
    repo.commit("one");
    let run = scan(
        &repo,
        &["--fix", "--persona", "pedantic", "--fail-on", "warning"],
    );
    assert_eq!(
        read(&repo, "a.sh"),
        "curl -H \"Authorization: ${INVOCA_API_TOKEN}\" \"https://acme.invoca.net/api/x.json\"\n",
        "{}",
        run.err
    );
    assert_eq!(run.code, 0, "{}", run.out);
}

#[test]
fn what_git_does_not_have_is_left_alone() {
    let wrong = "curl -H \"Authorization: $T\" http://acme.invoca.net/api/x.json\n";
    let repo = Repo::new();
    repo.write("a.sh", "# old\n");
    repo.commit("one");
    repo.write("a.sh", wrong);
    let run = scan(&repo, &["--fix"]);
    assert_eq!(read(&repo, "a.sh"), wrong);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("--allow-dirty"), "{}", run.err);
    let run = scan(&repo, &["--fix", "--allow-dirty"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(read(&repo, "a.sh").contains("https://"));
}

#[test]
fn a_diff_changes_nothing_and_shows_no_secret() {
    let token = Tokens::new(3).base62(32);
    let text = format!("a = 1\nINVOCA_API_TOKEN = \"{token}\"\nb = 2\n");
    let repo = Repo::new();
    repo.write("a.py", &text);
    repo.commit("one");
    let run = scan(&repo, &["--fix", "--diff"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert_eq!(read(&repo, "a.py"), text);
    assert!(
        run.out
            .contains("+INVOCA_API_TOKEN = os.environ[\"INVOCA_API_TOKEN\"]"),
        "{}",
        run.out
    );
    assert!(
        run.out.contains("-INVOCA_API_TOKEN = \"") && !run.out.contains(&token),
        "{}",
        run.out
    );
    assert!(
        run.out.starts_with("diff --git") || run.out.starts_with("---"),
        "{}",
        run.out
    );
}

#[cfg(unix)]
#[test]
fn mode_and_line_ends_stay() {
    use std::os::unix::fs::PermissionsExt as _;
    let repo = Repo::new();
    repo.write(
        "a.sh",
        "echo\r\ncurl -H \"Authorization: $T\" http://acme.invoca.net/api/x.json\r\n",
    );
    let path = repo.dir().join("a.sh");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o750)).unwrap();
    repo.commit("one");
    assert_eq!(scan(&repo, &["--fix"]).code, 0);
    assert_eq!(
        read(&repo, "a.sh"),
        "echo\r\ncurl -H \"Authorization: $T\" https://acme.invoca.net/api/x.json\r\n"
    );
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o750);
}

#[test]
fn what_has_no_idiom_is_left_and_said_so() {
    let token = Tokens::new(3).base62(32);
    for (path, text) in [
        ("a.json", format!("{{\"invoca_token\": \"{token}\"}}\n")),
        ("a.rs", format!("const INVOCA_TOKEN: &str = \"{token}\";\n")),
        ("a.jsx", format!("const invocaToken = \"{token}\";\n")),
        (
            "a.php",
            format!("<?php class A {{ private $invoca_token = '{token}'; }}\n"),
        ),
    ] {
        let repo = Repo::new();
        repo.write(path, &text);
        repo.commit("one");
        let run = scan(&repo, &["--fix"]);
        assert_eq!(read(&repo, path), text, "{path}");
        assert_eq!(run.code, 1, "{path}");
        assert!(run.err.contains("nothing was fixed"), "{}", run.err);
    }
}

#[test]
fn fixes_stand_in_sarif_and_only_trees_are_mended() {
    let token = Tokens::new(3).base62(32);
    let repo = Repo::new();
    repo.write("a.py", format!("INVOCA_API_TOKEN = \"{token}\"\n"));
    repo.commit("one");
    let run = scan(&repo, &["-f", "sarif"]);
    let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let fix = &report["runs"][0]["results"][0]["fixes"][0];
    let new = &fix["artifactChanges"][0]["replacements"];
    assert_eq!(new.as_array().unwrap().len(), 2, "{fix}");
    assert!(!run.out.contains(&token));
    let run = scan(&repo, &["--fix", "--staged"]);
    assert_eq!(run.code, 2, "{}", run.err);
    let run = scan(&repo, &["--diff"]);
    assert_eq!(run.code, 2, "{}", run.err);
}

#[cfg(unix)]
/// Every file of a folder but those of git, with what is in them.
fn files(dir: &std::path::Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with(".git") {
                all.extend(files(&path));
            }
        } else {
            all.push((path.clone(), std::fs::read(&path).unwrap()));
        }
    }
    all
}

#[test]
fn the_encoding_stays() {
    let token = Tokens::new(41).base62(32);
    let latin = |text: &str| -> Vec<u8> { text.chars().map(|letter| letter as u8).collect() };
    let wide = |text: &str, big: bool| -> Vec<u8> {
        let mark = [if big { [0xFE, 0xFF] } else { [0xFF, 0xFE] }].concat();
        let units = text.encode_utf16().flat_map(|unit| match big {
            true => unit.to_be_bytes(),
            false => unit.to_le_bytes(),
        });
        mark.into_iter().chain(units).collect()
    };
    let before =
        |value: &str| format!("# Schlüssel für Grüße\r\n$InvocaToken = {value}\r\n$a = 1\r\n");
    let (old, new) = (before(&format!("\"{token}\"")), before("$env:INVOCA_TOKEN"));
    for (name, old, new) in [
        ("Latin-1", latin(&old), latin(&new)),
        (
            "UTF-8 with a mark",
            [&b"\xEF\xBB\xBF"[..], old.as_bytes()].concat(),
            [&b"\xEF\xBB\xBF"[..], new.as_bytes()].concat(),
        ),
        (
            "UTF-16, little endian",
            wide(&old, false),
            wide(&new, false),
        ),
        ("UTF-16, big endian", wide(&old, true), wide(&new, true)),
    ] {
        let repo = Repo::new();
        repo.write("a.ps1", &old);
        repo.commit("one");
        let diff = scan(&repo, &["--fix", "--diff"]);
        assert!(
            diff.out.contains("+$InvocaToken = $env:INVOCA_TOKEN"),
            "{name}: {}{}",
            diff.out,
            diff.err
        );
        let run = scan(&repo, &["--fix"]);
        assert_eq!(run.code, 0, "{name}: {}{}", run.out, run.err);
        assert_eq!(
            std::fs::read(repo.dir().join("a.ps1")).unwrap(),
            new,
            "{name}"
        );
        assert_eq!(scan(&repo, &["--fail-on", "warning"]).code, 0, "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_is_replaced_at_once_and_the_secret_goes_nowhere_else() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let token = Tokens::new(43).base62(32);
    let repo = Repo::new();
    for (path, text) in [
        ("a.py", format!("INVOCA_API_TOKEN = \"{token}\"\n")),
        (".env", format!("INVOCA_API_TOKEN={token}\n")),
        ("main.tf", format!("invoca_token = \"{token}\"\n")),
        (
            "a.go",
            format!(
                "package main\r\n\r\nimport (\r\n\t\"fmt\"\r\n)\r\n\r\nvar invocaToken = \"{token}\"\r\n"
            ),
        ),
    ] {
        repo.write(path, text);
    }
    let path = repo.dir().join("a.py");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    repo.commit("one");
    // A reader that has the file open keeps what it had: the new file takes the name of the old one.
    let before = std::fs::metadata(&path).unwrap().ino();
    let mut reader = std::fs::File::open(&path).unwrap();
    let run = scan(&repo, &["--fix"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let after = std::fs::metadata(&path).unwrap();
    assert_ne!(after.ino(), before);
    assert_eq!(after.permissions().mode() & 0o777, 0o640);
    let mut old = String::new();
    std::io::Read::read_to_string(&mut reader, &mut old).unwrap();
    assert!(old.contains(&token));
    assert_eq!(
        read(&repo, "a.go"),
        "package main\r\n\r\nimport (\r\n\t\"os\"\r\n\t\"fmt\"\r\n)\r\n\r\nvar invocaToken = os.Getenv(\"INVOCA_TOKEN\")\r\n"
    );
    let files = files(repo.dir());
    assert_eq!(files.len(), 5, "{files:?}");
    for (path, text) in files {
        let text = String::from_utf8_lossy(&text).into_owned();
        assert!(!text.contains(&token), "{}: {text}", path.display());
    }
    assert!(!run.out.contains(&token) && !run.err.contains(&token));
}

#[test]
fn shells_that_print_their_commands_no_longer_do() {
    let pedantic = ["--persona", "pedantic"];
    let call = "curl -H \"Authorization: $INVOCA_API_TOKEN\" https://acme.invoca.net/api/x.json\n";
    for (before, after) in [
        ("set -x\n", ""),
        ("set -euxo pipefail\n", "set -euo pipefail\n"),
        ("#!/bin/bash -ex\n", "#!/bin/bash -e\n"),
        ("#!/bin/sh -x\n", "#!/bin/sh\n"),
        ("set -o xtrace\n", ""),
    ] {
        assert_fixed_with(
            "a.sh",
            &format!("{before}{call}"),
            &format!("{after}{call}"),
            &pedantic,
        );
    }
    // A branch without a command would be none.
    let text = format!("if true; then\n  set -x\nfi\n{call}");
    let repo = Repo::new();
    repo.write("a.sh", &text);
    repo.commit("one");
    scan(&repo, &["--fix", "--persona", "pedantic"]);
    assert_eq!(read(&repo, "a.sh"), text);
}

#[test]
fn an_option_at_the_end_of_a_command_takes_its_backslash_along() {
    assert_fixed_with(
        "a.sh",
        "curl -H \"Authorization: $T\" \\\n  https://acme.invoca.net/api/x.json \\\n  -k\necho done\n",
        "curl -H \"Authorization: $T\" \\\n  https://acme.invoca.net/api/x.json\necho done\n",
        &["--persona", "pedantic"],
    );
}

#[test]
fn yaml_is_mended_where_its_reader_is_known() {
    assert_fixed(
        "config/application.yml",
        "invoca:\n  api-token: TOKEN_HERE\n",
        "invoca:\n  api-token: ${INVOCA_API_TOKEN}\n",
    );
    assert_fixed(
        "config/services.yml",
        "other: <%= ENV.fetch(\"A\") %>\ninvoca_api_token: \"TOKEN_HERE\"\n",
        "other: <%= ENV.fetch(\"A\") %>\ninvoca_api_token: <%= ENV.fetch(\"INVOCA_API_TOKEN\") %>\n",
    );
    // The quotes of YAML around a command are not the shell's.
    let call = "https://acme.invoca.net/api/x.json";
    for (before, after) in [
        (
            format!("    - 'curl -H \"Authorization: TOKEN_HERE\" {call}'\n"),
            format!("    - 'curl -H \"Authorization: ${{INVOCA_API_TOKEN}}\" {call}'\n"),
        ),
        (
            format!("    - |\n      curl -H 'Authorization: TOKEN_HERE' {call}\n"),
            format!("    - |\n      curl -H 'Authorization: '\"$INVOCA_API_TOKEN\"'' {call}\n"),
        ),
    ] {
        let job = "report:\n  script:\n";
        assert_fixed(
            ".gitlab-ci.yml",
            &format!("{job}{before}"),
            &format!("{job}{after}"),
        );
    }
    let token = Tokens::new(3).base62(32);
    let text = format!("invoca_api_token: {token}\n");
    let repo = Repo::new();
    repo.write("settings.yml", &text);
    repo.commit("one");
    assert_eq!(scan(&repo, &["--fix"]).code, 1);
    assert_eq!(read(&repo, "settings.yml"), text);
}
