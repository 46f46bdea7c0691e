//! Whose word counts where commits are to be taken in: that of what is there already.

use crate::support::{Repo, Run, Tokens, run};

struct Project {
    repo: Repo,
    tokens: Tokens,
}

impl Project {
    fn new(seed: u64) -> Self {
        let repo = Repo::new();
        repo.write("README", "x\n");
        repo.commit("first");
        let tokens = Tokens::new(seed);
        Project { repo, tokens }
    }

    fn leak(&mut self, path: &str, beside: &str) {
        let token = self.tokens.base62(32);
        self.repo
            .write(path, format!("api_key = \"{token}\"{beside}\n"));
    }

    fn scan(&self, args: &[&str], input: &str) -> Run {
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_invoca-scan"));
        program
            .current_dir(self.repo.dir())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .args(args);
        run(program, input.as_bytes())
    }
}

#[test]
fn a_pull_request_cannot_configure_its_own_scan() {
    let mut project = Project::new(1);
    project.repo.git(&["checkout", "--quiet", "-b", "feature"]);
    project.leak("a.py", "");
    project.repo.write(
        "invoca-scan.toml",
        "exclude = [\"*.py\"]\nfail-on = \"never\"\n",
    );
    project.repo.commit("leak, and look away");
    let run = project.scan(&["--range", "main..feature"], "");
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    assert!(run.out.contains("a.py:1"), "{}", run.out);
    assert!(
        run.out.contains("invoca-scan.toml:1  excludes *.py"),
        "{}",
        run.out
    );
    assert!(
        run.out.contains("invoca-scan.toml:2  fail-on is never"),
        "{}",
        run.out
    );
    // Once it is merged, it counts.
    project.repo.git(&["checkout", "--quiet", "main"]);
    project.repo.git(&["merge", "--quiet", "feature"]);
    project.repo.git(&["checkout", "--quiet", "-b", "next"]);
    project.leak("b.py", "");
    project.repo.commit("excluded now");
    let run = project.scan(&["--range", "main..next"], "");
    assert!(
        run.code == 0 && !run.out.contains("new suppressions"),
        "{}",
        run.out
    );
}

#[test]
fn markers_and_entries_that_a_range_adds_are_listed_and_can_be_denied() {
    let mut project = Project::new(2);
    project.leak("old.py", "  # gitleaks:allow");
    project.repo.commit("an old marker");
    project.repo.git(&["checkout", "--quiet", "-b", "feature"]);
    project.leak("a.py", "  # invoca-scan:allow=secret-assignment test");
    project.repo.commit("leak with a marker");
    project.leak("sub/b.py", "");
    project.repo.write(
        "sub/invoca-scan.toml",
        "[[allow]]\npaths = [\"b.py\"]\nreason = \"mine\"\n",
    );
    project.repo.commit("leak with an entry");
    let range = ["--range", "main..feature"];
    let run = project.scan(&range, "");
    assert_eq!(run.code, 1);
    assert!(
        run.out.contains("sub/b.py:1") && !run.out.contains("old.py"),
        "{}",
        run.out
    );
    let a = "a.py:1  the marker `invoca-scan:allow` for secret-assignment";
    let b = "sub/invoca-scan.toml:1  an entry that allows in b.py";
    assert!(run.out.contains(a) && run.out.contains(b), "{}", run.out);
    // Without the second leak only the marker is left: fine, unless it is denied.
    let run = project.scan(&["--range", "main..feature~1"], "");
    assert!(run.code == 0 && run.out.contains(a), "{}", run.out);
    let run = project.scan(
        &["--range", "main..feature~1", "--deny-new-suppressions"],
        "",
    );
    assert!(
        run.code == 1 && run.out.contains("1 new suppression, a.py:1"),
        "{}",
        run.out
    );
    let json = project.scan(&["--range", "main..feature~1", "-f", "json"], "");
    let report: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(report["new_suppressions"][0]["place"], "a.py:1");
}

#[test]
fn a_push_is_judged_by_what_the_server_has() {
    let mut project = Project::new(3);
    let old = project.repo.git(&["rev-parse", "HEAD"]);
    project.repo.git(&["checkout", "--quiet", "-b", "feature"]);
    project.leak("a.py", "");
    project
        .repo
        .write(".invoca-scan.toml", "disable = [\"secret-assignment\"]\n");
    let new = project.repo.commit("silence");
    // As in a server's quarantine: the objects are there, no reference has them.
    project.repo.git(&["checkout", "--quiet", "main"]);
    project.repo.git(&["branch", "--quiet", "-D", "feature"]);
    let zero = "0".repeat(40);
    for from in [&old, &zero] {
        let input = format!("{from} {new} refs/heads/feature\n");
        let run = project.scan(&["--pre-receive"], &input);
        assert_eq!(run.code, 1, "{}{}", run.out, run.err);
        assert!(
            run.out.contains("switches secret-assignment off"),
            "{}",
            run.out
        );
    }
}
