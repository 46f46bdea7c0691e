//! `review` without a terminal, and its list of what has to be rotated. The conversation itself is tried in the library, and in a real terminal by
//! `tests/review/run`.

use crate::support::{Sandbox, Tokens, git_in};

fn sandbox() -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    let token = Tokens::new(91).base62(32);
    git_in(&sandbox.path(), &["init", "-q"]);
    sandbox.write("src/a.py", format!("INVOCA_TOKEN = \"{token}\"\n"));
    sandbox.write("src/b.py", format!("INVOCA_TOKEN = \"{token}\"\n"));
    (sandbox, token)
}

#[test]
fn without_a_terminal_it_says_what_to_do_instead() {
    let (sandbox, _) = sandbox();
    let run = sandbox.scan(["review"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    for text in ["no terminal", "invoca-scan baseline add", "review --open"] {
        assert!(run.err.contains(text), "{text}\n{}", run.err);
    }
}

#[test]
fn what_is_real_is_listed_until_it_is_revoked_and_goes_on_being_reported() {
    let (sandbox, token) = sandbox();
    let open = || sandbox.scan(["review", "--open"]);
    assert!(open().out.contains("nothing is open"), "{}", open().out);
    for (place, reason) in [("src/a.py:1", "the shop uses it"), ("src/b.py:1", "a copy")] {
        let run = sandbox.scan([
            "baseline", "add", place, "--real", "--ticket", "SEC-7", "--reason", reason,
        ]);
        assert_eq!(run.code, 0, "{}", run.err);
    }
    assert_eq!(sandbox.scan(["."]).code, 1, "real does not suppress");
    let list = open();
    assert_eq!(list.code, 0);
    for text in [
        "1 secret to rotate",
        "SEC-7",
        "src/a.py: the shop uses it",
        "src/b.py: a copy",
        "next ",
    ] {
        assert!(list.out.contains(text), "{text}\n{}", list.out);
    }
    assert!(!list.out.contains(&token[..8]));
    // It follows a renamed file, and stays when the file is gone.
    std::fs::rename(
        sandbox.path().join("src/a.py"),
        sandbox.path().join("src/c.py"),
    )
    .unwrap();
    sandbox.scan(["baseline", "update"]);
    assert!(
        open().out.contains("src/c.py: the shop uses it"),
        "{}",
        open().out
    );
    assert_eq!(sandbox.scan(["."]).code, 1);
    std::fs::remove_dir_all(sandbox.path().join("src")).unwrap();
    for command in ["update", "prune"] {
        assert_eq!(sandbox.scan(["baseline", command]).code, 0);
    }
    assert!(open().out.contains("1 secret to rotate"), "{}", open().out);
    sandbox.write("src/c.py", format!("INVOCA_TOKEN = \"{token}\"\n"));
    let run = sandbox.scan([
        "baseline",
        "add",
        "src/c.py:1",
        "--revoked",
        "2026-01-02",
        "--reason",
        "done",
    ]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(!open().out.contains("src/c.py"), "{}", open().out);
}

#[test]
fn what_is_real_in_a_folder_is_listed_with_the_rest() {
    let (sandbox, _) = sandbox();
    sandbox.write("src/invoca-scan.toml", "");
    sandbox.write("src/.invoca-scan-baseline", "");
    let token = Tokens::new(92).base62(32);
    sandbox.write("c.py", format!("INVOCA_TOKEN = \"{token}\"\n"));
    for place in ["src/a.py:1", "c.py:1"] {
        let run = sandbox.scan(["baseline", "add", place, "--real", "--reason", "it opens"]);
        assert_eq!(run.code, 0, "{}", run.err);
    }
    let list = sandbox.scan(["review", "--open"]);
    for text in ["2 secrets to rotate", "src/a.py: it opens", "in   c.py"] {
        assert!(list.out.contains(text), "{text}\n{}{}", list.out, list.err);
    }
}
