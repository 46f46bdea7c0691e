//! `hook install` and `hook uninstall`, with git running what they leave behind.

use crate::support::{Run, Sandbox, Tokens, run};
use std::path::Path;

/// A repository in a folder of its own, with one commit.
struct Hooked {
    sandbox: Sandbox,
    tokens: std::cell::RefCell<Tokens>,
}

impl Hooked {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let tokens = Tokens::new(11).into();
        let hooked = Hooked { sandbox, tokens };
        hooked.ok(&["init", "--quiet", "--initial-branch=main"]);
        hooked.sandbox.write("README", "nothing\n");
        hooked.ok(&["add", "--all"]);
        hooked.ok(&["commit", "--quiet", "-m", "first"]);
        hooked
    }

    fn git(&self, args: &[&str]) -> Run {
        let mut command = self.sandbox.command("git");
        command.args(args);
        run(command, b"")
    }

    fn ok(&self, args: &[&str]) -> String {
        let run = self.git(args);
        assert_eq!(run.code, 0, "git {args:?}: {}", run.err);
        run.out.trim_end().to_owned()
    }

    fn hook(&self, args: &[&str]) -> Run {
        self.sandbox.scan([&["hook"], args].concat())
    }

    fn installed(&self, args: &[&str]) -> String {
        let run = self.hook(&[&["install"], args].concat());
        assert_eq!(run.code, 0, "{}", run.err);
        run.out
    }

    /// Writes a file with a token nobody has seen.
    fn leak(&self, path: &str) {
        let token = self.tokens.borrow_mut().base62(32);
        self.sandbox
            .write(path, format!("INVOCA_API_TOKEN={token}\n"));
    }

    fn executable(&self, path: &str, text: &str) {
        self.sandbox.write(path, text);
        self.run("chmod", &["+x", path]);
    }

    fn run(&self, program: &str, args: &[&str]) {
        let mut command = self.sandbox.command(program);
        command.args(args);
        assert_eq!(run(command, b"").code, 0);
    }

    fn exists(&self, path: &str) -> bool {
        self.sandbox.path().join(path).symlink_metadata().is_ok()
    }
}

#[test]
fn a_commit_with_a_token_is_blocked_and_others_are_not() {
    let repo = Hooked::new();
    let said = repo.installed(&[]);
    assert!(
        said.contains("installed") && said.contains("pre-merge-commit"),
        "{said}"
    );
    repo.leak("settings.env");
    repo.ok(&["add", "--all"]);
    let blocked = repo.git(&["commit", "-m", "leak"]);
    assert_eq!(blocked.code, 1, "{}", blocked.err);
    assert!(
        blocked
            .err
            .contains("commit blocked: 1 secret, settings.env:1"),
        "{}",
        blocked.err
    );
    repo.sandbox
        .write("settings.env", "INVOCA_API_TOKEN=$TOKEN\n");
    repo.ok(&["commit", "--quiet", "-a", "-m", "clean"]);
    assert!(repo.installed(&[]).contains("renewed"));
    let gone = repo.hook(&["uninstall"]);
    assert!(
        gone.code == 0 && gone.out.contains("removed"),
        "{}",
        gone.out
    );
    repo.leak("settings.env");
    repo.ok(&["commit", "--quiet", "-a", "-m", "nobody looks"]);
    assert!(
        repo.hook(&["uninstall"])
            .out
            .contains("no hook of invoca-scan")
    );
}

#[test]
fn a_merge_is_looked_at_too() {
    let repo = Hooked::new();
    repo.ok(&["checkout", "--quiet", "-b", "topic"]);
    repo.leak("old.env");
    repo.ok(&["add", "--all"]);
    repo.ok(&["commit", "--quiet", "-m", "an old leak"]);
    repo.ok(&["checkout", "--quiet", "main"]);
    repo.sandbox.write("other", "x");
    repo.ok(&["add", "--all"]);
    repo.ok(&["commit", "--quiet", "-m", "main goes on"]);
    repo.installed(&[]);
    // What the other branch has is not of this merge.
    repo.ok(&["merge", "--quiet", "--no-edit", "topic"]);
}

#[test]
fn an_earlier_hook_runs_first_and_is_put_back() {
    let repo = Hooked::new();
    let earlier = "#!/bin/sh\necho earlier >> ran\nexit ${EARLIER:-0}\n";
    repo.executable(".git/hooks/pre-commit", earlier);
    let said = repo.installed(&[]);
    assert!(
        said.contains("kept") && said.contains("runs first"),
        "{said}"
    );
    repo.leak("x.env");
    repo.ok(&["add", "x.env"]);
    assert_eq!(repo.git(&["commit", "-m", "leak"]).code, 1);
    assert_eq!(repo.sandbox.read("ran"), "earlier\n");
    let mut refused = repo.sandbox.command("git");
    refused
        .args(["commit", "--allow-empty", "-m", "x"])
        .env("EARLIER", "3");
    let refused = run(refused, b"");
    assert!(
        refused.code == 1 && !refused.err.contains("blocked"),
        "{}",
        refused.err
    );
    assert!(repo.hook(&["uninstall"]).out.contains("put back"));
    assert_eq!(repo.sandbox.read(".git/hooks/pre-commit"), earlier);
    assert!(!repo.exists(".git/hooks/before-invoca-scan"));
}

#[test]
fn a_hook_that_cannot_be_moved_is_left_alone() {
    let repo = Hooked::new();
    let cases = [
        (
            "#!/bin/sh\n. \"$(dirname \"$0\")/h\"\n",
            "add this line to it: invoca-scan --staged",
        ),
        (
            "#!/bin/sh\n# File generated by pre-commit: https://pre-commit.com\n",
            ".pre-commit-config.yaml",
        ),
    ];
    for (text, next) in cases {
        repo.executable(".git/hooks/pre-commit", text);
        let refused = repo.hook(&["install"]);
        assert_eq!(refused.code, 2);
        assert!(
            refused.err.contains("nothing was changed") && refused.err.contains(next),
            "{}",
            refused.err
        );
        assert_eq!(repo.sandbox.read(".git/hooks/pre-commit"), text);
        assert!(!repo.exists(".git/hooks/pre-merge-commit"));
    }
    std::fs::remove_file(repo.sandbox.path().join(".git/hooks/pre-commit")).unwrap();
    // Two hooks from before: neither may be lost.
    repo.executable(".git/hooks/pre-commit", "#!/bin/sh\necho 1\n");
    repo.installed(&[]);
    repo.executable(".git/hooks/pre-commit", "#!/bin/sh\necho 2\n");
    let refused = repo.hook(&["install"]);
    assert!(
        refused.err.contains("both") && refused.code == 2,
        "{}",
        refused.err
    );
}

#[test]
fn the_folder_that_git_uses_is_used() {
    let repo = Hooked::new();
    repo.ok(&["config", "core.hooksPath", ".githooks"]);
    std::fs::create_dir(repo.sandbox.path().join("below")).unwrap();
    let mut below = repo.sandbox.program();
    below
        .current_dir(repo.sandbox.path().join("below"))
        .args(["hook", "install"]);
    assert_eq!(run(below, b"").code, 0);
    assert!(repo.exists(".githooks/pre-commit") && !repo.exists(".git/hooks/pre-commit"));
    repo.leak("x.env");
    repo.ok(&["add", "x.env"]);
    assert_eq!(repo.git(&["commit", "-m", "leak"]).code, 1);
    repo.ok(&["config", "--unset", "core.hooksPath"]);
    repo.ok(&["worktree", "add", "--quiet", "../linked"]);
    let mut linked = repo.sandbox.program();
    linked
        .current_dir(repo.sandbox.path().join("../linked"))
        .args(["hook", "install"]);
    assert_eq!(run(linked, b"").code, 0);
    assert!(repo.exists(".git/hooks/pre-commit"));
    let token = repo.tokens.borrow_mut().base62(32);
    repo.sandbox
        .write("../linked/x.env", format!("INVOCA_API_TOKEN={token}\n"));
    let in_linked = |args: &[&str]| repo.git(&[&["-C", "../linked"], args].concat());
    assert_eq!(in_linked(&["add", "x.env"]).code, 0);
    let blocked = in_linked(&["commit", "-m", "leak"]);
    assert!(
        blocked.code == 1 && blocked.err.contains("commit blocked"),
        "{}",
        blocked.err
    );
    let outside = Sandbox::new();
    let refused = outside.scan(["hook", "install"]);
    assert!(
        refused.code == 2 && refused.err.contains("inside a repository"),
        "{}",
        refused.err
    );
}

#[test]
fn pushes_and_messages() {
    let repo = Hooked::new();
    repo.ok(&["init", "--quiet", "--bare", "../remote.git"]);
    repo.ok(&["remote", "add", "origin", "../remote.git"]);
    repo.executable(".git/hooks/pre-push", "#!/bin/sh\ncat > refs\n");
    repo.installed(&["--pre-push", "--commit-msg"]);
    repo.ok(&["push", "--quiet", "origin", "main"]);
    assert!(repo.sandbox.read("refs").starts_with("refs/heads/main "));
    repo.leak("x.env");
    repo.ok(&["add", "x.env"]);
    repo.ok(&["commit", "--quiet", "--no-verify", "-m", "leak"]);
    repo.ok(&["rm", "--quiet", "x.env"]);
    repo.ok(&["commit", "--quiet", "-m", "gone again"]);
    let blocked = repo.git(&["push", "origin", "main"]);
    let said = format!("{}{}", blocked.out, blocked.err);
    assert_eq!(blocked.code, 1, "{said}");
    assert!(said.contains("push blocked: 1 secret, x.env:1"), "{said}");
    assert!(said.contains("2 commits"), "{said}");
    let token = repo.tokens.borrow_mut().base62(32);
    let message = format!("use INVOCA_API_TOKEN={token}");
    let blocked = repo.git(&["commit", "--allow-empty", "-m", &message]);
    assert!(
        blocked.code == 1 && blocked.err.contains("commit blocked"),
        "{}",
        blocked.err
    );
    assert!(
        repo.hook(&["uninstall", "--pre-push"])
            .out
            .contains("put back")
    );
    assert!(repo.exists(".git/hooks/commit-msg") && repo.exists(".git/hooks/pre-commit"));
    repo.ok(&["push", "--quiet", "origin", "main"]);
}

#[test]
fn a_program_that_is_gone_does_not_look_like_a_clean_commit() {
    let repo = Hooked::new();
    repo.installed(&[]);
    let path = repo.sandbox.path().join(".git/hooks/pre-commit");
    let text = std::fs::read_to_string(&path).unwrap();
    let program = env!("CARGO_BIN_EXE_invoca-scan");
    assert!(text.contains(program));
    std::fs::write(&path, text.replace(program, "/nowhere/it's/invoca-scan")).unwrap();
    let refused = repo.git(&["commit", "--allow-empty", "-m", "x"]);
    assert_eq!(refused.code, 1);
    std::fs::write(
        &path,
        text.replace(&format!("'{program}'"), r"'/nowhere/it'\''s/invoca-scan'"),
    )
    .unwrap();
    let refused = repo.git(&["commit", "--allow-empty", "-m", "x"]);
    assert!(
        refused.code == 1 && refused.err.contains("nor on the PATH"),
        "{}",
        refused.err
    );
}

#[test]
fn for_all_repositories_their_own_hooks_still_run() {
    let repo = Hooked::new();
    let said = repo.installed(&["--global"]);
    assert!(said.contains("core.hooksPath"), "{said}");
    assert!(!repo.exists(".git/hooks/pre-commit"));
    let home = repo
        .sandbox
        .path()
        .join("../home/.config/invoca-scan/hooks");
    assert!(Path::new(&home).join("post-commit").exists());
    repo.executable(".git/hooks/pre-commit", "#!/bin/sh\necho own >> ran\n");
    repo.executable(".git/hooks/post-commit", "#!/bin/sh\necho after >> ran\n");
    repo.ok(&["commit", "--quiet", "--allow-empty", "-m", "x"]);
    assert_eq!(repo.sandbox.read("ran"), "own\nafter\n");
    repo.leak("x.env");
    repo.ok(&["add", "x.env"]);
    assert_eq!(repo.git(&["commit", "-m", "leak"]).code, 1);
    let refused = repo.hook(&["install"]);
    assert!(
        refused.code == 2 && refused.err.contains("installed already"),
        "{}",
        refused.err
    );
    let gone = repo.hook(&["uninstall", "--global"]);
    assert!(
        gone.out.contains("unset core.hooksPath"),
        "{}{}",
        gone.out,
        gone.err
    );
    assert!(!home.exists());
    repo.ok(&["commit", "--quiet", "-m", "nobody looks"]);
}
