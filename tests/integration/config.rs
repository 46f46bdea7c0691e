//! Configuration: where it is found, what it says, and what is said of one that is wrong. Through the program.

use crate::support::{Run, Sandbox, Tokens};
use std::fs;

/// A repository with a secret in each of these files.
struct Project {
    sandbox: Sandbox,
    secrets: Vec<String>,
}

impl Project {
    fn new(seed: u64, paths: &[&str]) -> Self {
        let sandbox = Sandbox::new();
        let mut git = sandbox.command("git");
        assert!(git.args(["init", "--quiet"]).status().unwrap().success());
        let mut tokens = Tokens::new(seed);
        let mut project = Project {
            sandbox,
            secrets: Vec::new(),
        };
        for path in paths {
            let secret = tokens.base62(32);
            project.write(path, &format!("api_key = \"{secret}\"\n"));
            project.secrets.push(secret);
        }
        project
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.sandbox.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn config(&self, text: &str) {
        self.write("invoca-scan.toml", text);
    }

    fn scan(&self, args: &[&str]) -> Run {
        self.sandbox.scan(args)
    }

    /// Findings as `path level`, from the report in JSON.
    fn found(&self, args: &[&str]) -> Vec<String> {
        let run = self.scan(&[&["-f", "json"], args].concat());
        let report: serde_json::Value = serde_json::from_str(&run.out)
            .unwrap_or_else(|error| panic!("{error}: {} {}", run.out, run.err));
        report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|finding| {
                let text = |name: &str| finding[name].as_str().unwrap().to_owned();
                format!("{} {}", text("path"), text("level"))
            })
            .collect()
    }
}

#[test]
fn it_is_found_at_the_root_and_each_of_its_names_is_good() {
    let project = Project::new(1, &["src/a.py", "old/b.py"]);
    for name in [
        "invoca-scan.toml",
        ".invoca-scan.toml",
        ".config/invoca-scan.toml",
    ] {
        project.write(name, "exclude = [\"/old/\"]\n");
        assert_eq!(project.found(&[]), ["src/a.py error"], "{name}");
        // Also from within, and for what is named from elsewhere.
        let mut inside = project.sandbox.program();
        inside.current_dir(project.sandbox.path().join("src"));
        let run = crate::support::run(inside, b"");
        assert!(
            run.out.contains("1 excluded") || run.out.contains("src/a.py"),
            "{}",
            run.out
        );
        fs::remove_file(project.sandbox.path().join(name)).unwrap();
    }
    project.config("");
    project.write(".invoca-scan.toml", "");
    let run = project.scan(&[]);
    assert_eq!(run.code, 2);
    assert!(
        run.err.contains("there is also invoca-scan.toml"),
        "{}",
        run.err
    );
}

#[test]
fn a_file_that_is_named_is_the_only_one() {
    let project = Project::new(2, &["a.py", "sub/b.py"]);
    project.config("disable = [\"secret-assignment\"]\n");
    project.write("sub/invoca-scan.toml", "exclude = [\"*\"]\n");
    project.write("other.toml", "exclude = [\"/a.py\"]\n");
    assert!(!project.found(&[]).contains(&"a.py error".to_owned()));
    assert_eq!(
        project.found(&["--config", "other.toml"]),
        ["sub/b.py error"]
    );
    assert_eq!(
        project.found(&["--isolated"]),
        ["a.py error", "sub/b.py error"]
    );
    let mut command = project.sandbox.program();
    command.env("INVOCA_SCAN_CONFIG", "other.toml");
    assert!(crate::support::run(command, b"").out.contains("sub/b.py:1"));
    let run = project.scan(&["--config", "missing.toml"]);
    assert_eq!(run.code, 2);
    assert!(
        run.err.contains("missing.toml: does not exist"),
        "{}",
        run.err
    );
}

#[test]
fn findings_are_allowed_by_rule_path_value_and_date() {
    let project = Project::new(3, &["a.py", "tests2/b.py", "c.py"]);
    let digest: String = {
        use sha2::{Digest, Sha256};
        let digest = Sha256::digest(&project.secrets[2]);
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    project.config(&format!(
        "[[allow]]\npaths = [\"tests2/\"]\nrules = [\"secret-assignment\"]\nreason = \"made up\"\nuntil = 2999-12-31\n\n[[allow]]\nsecrets = [\"sha256:{digest}\"]\nreason = \"public\"\n"
    ));
    assert_eq!(project.found(&[]), ["a.py error"]);
    let run = project.scan(&["--show-suppressed"]);
    assert!(
        run.out.contains("made up") && run.out.contains("invoca-scan.toml:1"),
        "{}",
        run.out
    );
    project.config("[[allow]]\npaths = [\"*.py\"]\nreason = \"x\"\nuntil = \"2001-01-01\"\n");
    assert_eq!(project.found(&[]).len(), 3);
    let run = project.scan(&["--check-suppressions", "--fail-on", "error"]);
    assert!(
        run.out
            .contains("invoca-scan.toml:1  the entry was good until 2001-01-01"),
        "{}",
        run.out
    );
}

#[test]
fn rules_vendors_levels_and_failing_are_set() {
    let project = Project::new(4, &["a.py"]);
    for (config, found, code) in [
        (
            "disable = [\"secret-assignment\", \"token-shape\"]",
            vec![],
            0,
        ),
        (
            "disable = [\"secret-assignment\", \"token-shape\"]\nenable = [\"secret-assignment\"]",
            vec!["a.py error"],
            1,
        ),
        (
            "[levels]\nsecret-assignment = \"warning\"",
            vec!["a.py warning"],
            0,
        ),
        (
            "fail-on = \"warning\"\n[levels]\nsecret-assignment = \"warning\"",
            vec!["a.py warning"],
            1,
        ),
        ("fail-on = \"never\"", vec!["a.py error"], 0),
        ("disable-vendors = [\"invoca\"]", vec!["a.py error"], 1),
    ] {
        project.config(config);
        assert_eq!(project.found(&[]), found, "{config}");
        assert_eq!(project.scan(&[]).code, code, "{config}");
    }
    // The command line has the last word, and a pilot phase hides no trouble.
    project.config("fail-on = \"never\"");
    assert_eq!(project.scan(&["--fail-on", "error"]).code, 1);
    assert_eq!(project.scan(&["missing"]).code, 2);
}

#[test]
fn own_rules_stand_in_the_configuration_or_in_files() {
    let project = Project::new(5, &[]);
    let rule = |id: &str, mark: &str| {
        format!(
            "[[rule]]\nid = \"{id}\"\ntitle = \"Own\"\nseverity = \"high\"\nsince = \"1\"\npattern = '''{mark}[a-z0-9]{{20}}'''\nkeywords = [\"{mark}\"]\nwhy = \"w\"\nfix = \"f\"\n"
        )
    };
    project.config(&format!(
        "rules = [\"tools/rules.toml\"]\n{}",
        rule("own-one", "aaaa_")
    ));
    project.write("tools/rules.toml", &rule("own-two", "bbbb_"));
    let token = Tokens::new(55).of("abcdefghijkmnpqrstuvwxyz23456789", 20);
    project.write("x", &format!("aaaa_{token}\n\nbbbb_{token}\n"));
    assert_eq!(project.found(&[]), ["x error", "x error"]);
    let run = project.scan(&["rules", "list"]);
    assert!(
        run.out.contains("own-one") && run.out.contains("own-two"),
        "{}",
        run.out
    );
    project.write("tools/rules.toml", &rule("own-two", "b("));
    let run = project.scan(&[]);
    assert!(
        run.code == 2 && run.err.contains("tools/rules.toml: rule own-two"),
        "{}",
        run.err
    );
    // Below the root only what concerns findings may be said.
    project.config("");
    project.write("sub/invoca-scan.toml", &rule("own-three", "cccc_"));
    project.write(
        "sub/x.py",
        &format!("api_key = \"{}\"\n", Tokens::new(56).base62(32)),
    );
    let run = project.scan(&[]);
    assert!(
        run.code == 2 && run.out.contains("at the root"),
        "{}",
        run.out
    );
}

#[test]
fn a_lock_of_a_field_that_does_not_exist_is_an_error() {
    let project = Project::new(71, &["a.py"]);
    project.config("fail-on = \"error\"\nlock = [\"level\"]\n");
    let run = project.sandbox.scan(["."]);
    assert_eq!(run.code, 2, "{}", run.out);
    for text in [
        "invoca-scan.toml:2:9: there is no field `level` to lock",
        "did you mean `levels`?",
    ] {
        assert!(run.err.contains(text), "{text}\n{}", run.err);
    }
}

#[test]
fn the_nearest_file_has_the_last_word_unless_the_root_locks() {
    let project = Project::new(6, &["a.py", "sub/b.py", "sub/deep/c.py", "sub/out/d.py"]);
    project.config("[levels]\nsecret-assignment = \"warning\"\n");
    project.write(
        "sub/invoca-scan.toml",
        "exclude = [\"/out/\"]\n[levels]\nsecret-assignment = \"error\"\n",
    );
    project.write(
        "sub/deep/.invoca-scan.toml",
        "disable = [\"secret-assignment\"]\n",
    );
    assert_eq!(project.found(&[]), ["a.py warning", "sub/b.py error"]);
    project.config("lock = [\"levels\"]\n[levels]\nsecret-assignment = \"warning\"\n");
    let run = project.scan(&[]);
    assert_eq!(run.code, 2);
    assert!(
        run.out.contains("sub/invoca-scan.toml:3:1")
            && run.out.contains("`levels` is locked in invoca-scan.toml:1"),
        "{}",
        run.out
    );
    // A file that does not count leaves its folder to the one above.
    assert_eq!(
        project.found(&[]),
        ["a.py warning", "sub/b.py warning", "sub/out/d.py warning"]
    );
}

#[test]
fn a_configuration_may_extend_others() {
    let project = Project::new(7, &["a.py", "b.py"]);
    project.config("extends = [\"shared/base.toml\"]\nfail-on = \"error\"\n");
    project.write(
        "shared/base.toml",
        "extends = [\"./more.toml\"]\nfail-on = \"never\"\n",
    );
    project.write("shared/more.toml", "exclude = [\"/b.py\"]\n");
    let run = project.scan(&[]);
    assert!(
        run.code == 1 && run.out.contains("a.py:1") && !run.out.contains("b.py:1"),
        "{}",
        run.out
    );
    project.write("shared/more.toml", "extends = [\"base.toml\"]\n");
    let run = project.scan(&[]);
    assert!(run.code == 2 && run.err.contains("loop"), "{}", run.err);
    project.write("shared/more.toml", "extends = [\"gone.toml\"]\n");
    let run = project.scan(&[]);
    assert!(
        run.err
            .contains("shared/more.toml:1:12: shared/gone.toml: does not exist"),
        "{}",
        run.err
    );
}

#[test]
fn problems_can_be_accepted_by_path_and_kind() {
    let project = Project::new(8, &[]);
    project.write("ok", "");
    let run = project.scan(&["gone", "ok"]);
    assert_eq!(run.code, 2);
    let accept =
        "[[accept]]\npaths = [\"gone\"]\nkinds = [\"not-found\"]\nreason = \"made by the build\"\n";
    project.config(accept);
    let run = project.scan(&["gone", "ok"]);
    assert_eq!(run.code, 0, "{}", run.out);
    assert!(run.out.contains("1 accepted"), "{}", run.out);
    project.config(&format!("{accept}until = 2001-01-01\n"));
    assert_eq!(project.scan(&["gone", "ok"]).code, 2);
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_the_right_name() {
    let project = Project::new(9, &["a.py"]);
    for (config, place, words) in [
        ("exlude = []", "1:1", "did you mean `exclude`?"),
        (
            "\n[[allow]]\npath = [\"a\"]",
            "3:1",
            "did you mean `paths`?",
        ),
        ("fail-on = \"warnings\"", "1:11", "did you mean `warning`?"),
        (
            "disable = [\n  \"secret-asignment\",\n]",
            "2:3",
            "did you mean `secret-assignment`?",
        ),
        (
            "disable-vendors = [\"Invocca\"]",
            "1:20",
            "did you mean \"Invoca\"?",
        ),
        ("exclude = [\"a[\"]", "1:12", "bad glob"),
        ("[[allow]]\npatterns = [\"ok\", \"(\"]", "2:19", "bad regex"),
        ("[[allow]]\nreason = \"x\"", "1:1", "would allow everything"),
        (
            "[[allow]]\npaths = [\"a\"]\nuntil = \"tomorrow\"",
            "3:9",
            "no date",
        ),
        ("[[allow]]\nsecrets = [\"hunter2\"]", "2:12", "sha256:"),
        (
            "[[allow]]\nrules = [\"nope\"]",
            "2:10",
            "there is no rule \"nope\"",
        ),
        (
            "[levels]\nsecret-assignmen = \"note\"",
            "2:1",
            "did you mean",
        ),
        ("x = ", "1:5", ""),
    ] {
        project.config(config);
        let run = project.scan(&[]);
        assert_eq!(run.code, 2, "{config}");
        let expected = format!("invoca-scan.toml:{place}: ");
        assert!(
            run.err.contains(&expected) && run.err.contains(words),
            "{config}: {}",
            run.err
        );
        assert!(!run.err.contains("hunter2"), "{}", run.err);
    }
}

#[test]
fn a_policy_from_outside_has_the_last_word() {
    let project = Project::new(10, &["a.py"]);
    let policy = "../policy.toml";
    let with = |text: &str, args: &[&str]| {
        project.write(policy, text);
        project.scan(&[&["--policy", policy], args].concat())
    };
    project.config("disable = [\"secret-assignment\", \"token-shape\"]\nfail-on = \"never\"\n");
    let run = with(
        "fail-on = \"error\"\nlock-rules = [\"secret-assignment\"]\n",
        &[],
    );
    assert!(run.code == 1 && run.out.contains("a.py:1"), "{}", run.out);
    let run = with("lock = [\"disable\"]\n", &[]);
    assert_eq!(run.code, 2);
    assert!(
        run.err
            .contains("invoca-scan.toml:1:12: `disable` is locked in ../policy.toml:1"),
        "{}",
        run.err
    );
    let mut command = project.sandbox.program();
    command.env("INVOCA_SCAN_POLICY", policy);
    assert_eq!(crate::support::run(command, b"").code, 2);
    // What is locked cannot be silenced by any means.
    let marked = format!("api_key = \"{}\" # gitleaks:allow\n", project.secrets[0]);
    project.write("a.py", &marked);
    project.config("[[allow]]\npaths = [\"*\"]\nreason = \"r\"\n");
    assert_eq!(project.scan(&[]).code, 0);
    assert_eq!(with("lock-rules = [\"secret-assignment\"]", &[]).code, 1);
}

#[test]
fn reasons_and_last_days_can_be_demanded() {
    let project = Project::new(11, &["a.py"]);
    let secret = &project.secrets[0];
    let code = |marker: &str, config: &str| {
        project.write("a.py", &format!("api_key = \"{secret}\" {marker}\n"));
        project.config(config);
        project.scan(&[]).code
    };
    assert_eq!(code("# gitleaks:allow", "require-reason = true"), 1);
    assert_eq!(code("# gitleaks:allow made up", "require-reason = true"), 0);
    let entry = "[[allow]]\npaths = [\"a.py\"]\n";
    assert_eq!(code("", entry), 0);
    assert_eq!(code("", &format!("require-reason = true\n{entry}")), 1);
    assert_eq!(code("", &format!("longest-expiry = 30\n{entry}")), 1);
    assert_eq!(
        code(
            "",
            &format!("longest-expiry = 30\n{entry}until = 2999-01-01\n")
        ),
        1
    );
    assert_eq!(
        code(
            "",
            &format!("longest-expiry = 999999\n{entry}until = 2999-01-01\n")
        ),
        0
    );
}

#[test]
fn it_can_be_shown_checked_and_described() {
    let project = Project::new(12, &["a/b.py"]);
    project.config(
        "extends = [\"base.toml\"]\nfail-on = \"warning\"\n[levels]\ntoken-shape = \"note\"\n",
    );
    project.write(
        "base.toml",
        "\nexclude = [\"x/\"]\ndisable = [\"private-key\"]\n",
    );
    let run = project.scan(&["config", "show"]);
    for (value, place) in [
        ("fail-on = \"warning\"", "invoca-scan.toml:2"),
        ("exclude = [\"x/\"]", "base.toml:2"),
        ("disable = [\"private-key\"]", "base.toml:3"),
        ("levels.token-shape = \"note\"", "invoca-scan.toml:4"),
    ] {
        let line = run.out.lines().find(|line| line.starts_with(value));
        assert!(
            line.is_some_and(|line| line.ends_with(&format!("# {place}"))),
            "{value}: {}",
            run.out
        );
    }
    assert_eq!(project.scan(&["config", "check"]).code, 0);
    project.write("a/.invoca-scan.toml", "disabled = []\n");
    let run = project.scan(&["config", "check"]);
    assert!(
        run.code == 2 && run.err.contains("a/.invoca-scan.toml:1:1"),
        "{}",
        run.err
    );
    let run = project.scan(&["config", "schema"]);
    assert!(serde_json::from_str::<serde_json::Value>(&run.out).is_ok());
}

#[test]
fn who_looks_is_said_in_the_configuration_and_the_flag_wins() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "a.sh",
        "curl -k -H \"Authorization: $T\" https://acme.invoca.net/api/x.json\n",
    );
    let found = |args: &[&str]| {
        let run = sandbox.scan([&["-f", "csv"], args].concat());
        run.out.contains("tls-verify-off-curl")
    };
    let shown = || sandbox.scan(["config", "show"]).out;
    let line = |out: &str, value: &str, place: &str| {
        let line = out.lines().find(|line| line.starts_with("persona = "));
        assert!(
            line.is_some_and(|line| line.starts_with(value) && line.ends_with(place)),
            "{out}"
        );
    };
    assert!(!found(&[]));
    line(&shown(), "persona = \"regular\"", "# built in");
    sandbox.write("base.toml", "persona = \"auditor\"\n");
    sandbox.write(
        "invoca-scan.toml",
        "extends = [\"base.toml\"]\npersona = \"pedantic\"\n",
    );
    assert!(found(&[]) && !found(&["--persona", "regular"]));
    line(&shown(), "persona = \"pedantic\"", "# invoca-scan.toml:2");
    sandbox.write("invoca-scan.toml", "extends = [\"base.toml\"]\n");
    assert!(found(&[]));
    line(&shown(), "persona = \"auditor\"", "# base.toml:1");
    // A folder has no persona of its own, and a misspelt one is none.
    sandbox.write("sub/invoca-scan.toml", "persona = \"auditor\"\n");
    sandbox.write("sub/a.sh", "true\n");
    let run = sandbox.scan(["config", "check"]);
    assert!(
        run.code == 2 && run.err.contains("`persona`"),
        "{}",
        run.err
    );
    sandbox.write("sub/invoca-scan.toml", "");
    sandbox.write("invoca-scan.toml", "persona = \"pedantisch\"\n");
    let run = sandbox.scan(["."]);
    assert!(
        run.code == 2 && run.err.contains("did you mean `pedantic`?"),
        "{}",
        run.err
    );
}

#[test]
fn a_rule_of_ones_own_has_its_persona() {
    let sandbox = Sandbox::new();
    let token = Tokens::new(78).of("abcdefghijkmnpqrstuvwxyz23456789", 20);
    sandbox.write("b", format!("own_{token}\n"));
    sandbox.write(
        "invoca-scan.toml",
        "[[rule]]\nid = \"own-rule\"\ntitle = \"Own\"\nseverity = \"high\"\nsince = \"1\"\npersona = \"auditor\"\npattern = \"own_[a-z0-9]{20}\"\nkeywords = [\"own_\"]\nwhy = \"w\"\nfix = \"f\"\n",
    );
    assert_eq!(sandbox.scan(["--persona", "pedantic"]).code, 0);
    assert_eq!(sandbox.scan(["--persona", "auditor"]).code, 1);
    assert_eq!(sandbox.scan(["."]).code, 0);
}

#[test]
fn an_upgrade_breaks_no_build_that_says_which_rules_it_knows() {
    let project = Project::new(13, &["a.py"]);
    let rule = |since: &str| {
        format!(
            "[[rule]]\nid = \"own-rule\"\ntitle = \"Own\"\nseverity = \"high\"\nsince = \"{since}\"\npattern = '''own_[a-z0-9]{{20}}'''\nkeywords = [\"own_\"]\nwhy = \"w\"\nfix = \"f\"\n"
        )
    };
    let token = Tokens::new(77).of("abcdefghijkmnpqrstuvwxyz23456789", 20);
    project.write("b", &format!("own_{token}\n"));
    project.config("");
    let run = project.scan(&["baseline", "create"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(project.scan(&[]).code, 0);
    // A later version brings a rule that finds something in what was clean.
    project.config(&rule("9.3"));
    assert_eq!(project.scan(&[]).code, 1);
    project.config(&format!("rules-as-of = \"9.2\"\n{}", rule("9.3")));
    let run = project.scan(&[]);
    assert_eq!(run.code, 0, "{}", run.out);
    assert!(
        run.out.contains("new in 9.3")
            && run.out.contains("1 finding of a rule newer than 9.2, therefore warnings: accept with `invoca-scan baseline add`, then adopt with `rules-as-of = \"9.3\"`"),
        "{}",
        run.out
    );
    project.config(&format!("rules-as-of = \"9.3\"\n{}", rule("9.3")));
    assert_eq!(project.scan(&[]).code, 1);
}
