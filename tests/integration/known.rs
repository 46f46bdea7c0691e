//! Secrets that are known by their digest: the list, and what is found with it in every mode.

use crate::support::{Repo, Run, Sandbox, Tokens, git_in};

/// A sandbox with a list of `secrets` in `home`, beside what is scanned, and the path of the list.
fn listed(secrets: &str) -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    let made = sandbox.scan_stdin(["known", "--owner", "jane@example.com"], secrets);
    assert_eq!((made.code, made.err.as_str()), (0, ""));
    let list = sandbox.path().join("../home/known.tsv");
    std::fs::write(&list, &made.out).unwrap();
    (sandbox, list.to_str().unwrap().to_owned())
}

/// A token that no rule finds by itself.
fn token(seed: u64) -> String {
    Tokens::new(seed).of("abcdefghijklmnopqrstuvwxyz0123456789", 31)
}

fn named(run: &Run, label: &str) -> usize {
    let title = format!("Known secret \"{label}\" of jane@example.com");
    run.out.matches(&title).count()
}

#[test]
fn a_known_secret_is_certain_wherever_it_stands() {
    let token = token(1);
    let signs = format!("{}/+{}=", &token[..12], &token[12..28]);
    let (sandbox, list) = listed(&format!("{token}\tbilling\n{signs}\tqueue\n"));
    let wide: Vec<u8> = format!("value {token}\n")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("bare", format!("{token}\n").into()),
        (
            "min.js",
            format!("!function(){{var a=1,b=2;f(a,\"{token}\",b)}}();")
                .repeat(3)
                .into(),
        ),
        (
            "a.log",
            format!("12:00 GET /v1?x=1&k={token}&y=2 200\n").into(),
        ),
        (
            "escaped.json",
            format!("{{\"a\": \"one\\n{token}\\ntwo\"}}").into(),
        ),
        (
            "url.txt",
            format!("https%3A%2F%2Fa.example%2F%3Fq%3D{token}\n").into(),
        ),
        ("joined.txt", format!("prefix_{token}-suffix\n").into()),
        (
            "latin",
            [b"M\xfcller ", token.as_bytes(), b" gr\xfc\xdfe\n"].concat(),
        ),
        ("wide.txt", [&b"\xff\xfe"[..], &wide].concat()),
        ("binary", [b"\0\0\x01", token.as_bytes(), b"\0\0"].concat()),
        (
            "package-lock.json",
            format!("{{\"x\": \"{token}\"}}").into(),
        ),
        (
            "b64.txt",
            b64(format!("the value is {token} and").as_bytes()).into(),
        ),
    ];
    for (path, bytes) in &files {
        let sandbox_path = format!("one/{path}");
        sandbox.write(&sandbox_path, bytes);
        let run = sandbox.scan(["--known", &list, &sandbox_path]);
        assert!(
            named(&run, "billing") >= 1,
            "{path}\n{}{}",
            run.out,
            run.err
        );
        assert_eq!(run.code, 1, "{path}");
        assert!(!run.out.contains(&token), "{path}");
        let without = sandbox.scan([&sandbox_path]);
        assert!(!without.out.contains("Known secret"), "{path}");
    }
    sandbox.write("signs.txt", format!("a={signs};b\n"));
    let run = sandbox.scan(["--known", &list, "signs.txt"]);
    assert_eq!(named(&run, "queue"), 1, "{}", run.out);
    sandbox.write(
        "longer.txt",
        format!("x{token}\n{token}y\n{}\n", &token[1..]),
    );
    let run = sandbox.scan(["--known", &list, "longer.txt"]);
    assert_eq!(named(&run, "billing"), 0, "{}", run.out);
}

fn b64(bytes: &[u8]) -> String {
    const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let chunks = bytes.chunks(3).map(|chunk| {
        let value = chunk
            .iter()
            .fold(0u32, |sum, byte| sum << 8 | u32::from(*byte));
        let value = value << (8 * (3 - chunk.len()));
        let sign = |at: usize| match at <= chunk.len() {
            true => SIGNS[(value >> (18 - 6 * at)) as usize & 63] as char,
            false => '=',
        };
        (0..4).map(sign).collect::<String>()
    });
    chunks.collect()
}

#[test]
fn it_names_a_value_before_any_other_rule() {
    let token = Tokens::new(5).base62(32);
    let (sandbox, list) = listed(&format!("{token}\tinvoca\n"));
    sandbox.write("a.py", format!("INVOCA_TOKEN = \"{token}\"\n"));
    let run = sandbox.scan(["--known", &list, "-f", "json", "a.py"]);
    let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let finding = &report["findings"][0];
    assert_eq!(finding["confidence"], "certain", "{}", run.out);
    assert!(
        finding["rule_id"]
            .as_str()
            .unwrap()
            .starts_with("known-secret-")
    );
    assert!(run.out.contains("jane@example.com"), "{}", run.out);
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
}

#[test]
fn every_mode_knows_it() {
    let token = token(2);
    let (sandbox, list) = listed(&format!("{token}\tbilling\n"));
    let repo = Repo::new();
    let scan = |args: &[&str], input: &str| {
        let mut command = sandbox.program();
        command
            .current_dir(repo.dir())
            .args(["--known", &list])
            .args(args);
        crate::support::run(command, input.as_bytes())
    };
    repo.write("a.txt", "nothing\n");
    let first = repo.commit("one");
    let clean = scan(&["--history"], "");
    assert_eq!(clean.code, 0, "{}{}", clean.out, clean.err);
    repo.write("a.txt", format!("nothing\nbut {token}\n"));
    git_in(repo.dir(), &["add", "."]);
    assert_eq!(named(&scan(&["--staged"], ""), "billing"), 1);
    assert_eq!(named(&scan(&["--pre-commit", "a.txt"], ""), "billing"), 1);
    let second = repo.commit("two");
    repo.write("a.txt", "nothing\n");
    repo.commit("three");
    assert_eq!(
        named(
            &scan(&["--range", &format!("{first}..{second}")], ""),
            "billing"
        ),
        1
    );
    assert_eq!(
        named(&scan(&["--stdin"], &format!("x {token} y")), "billing"),
        1
    );
    assert!(named(&scan(&["--history"], ""), "billing") >= 1);
    assert_eq!(named(&scan(&["."], ""), "billing"), 0);
}

/// An audit that knew of no secret must not keep a later one from finding it.
#[test]
fn an_earlier_audit_without_the_list_hides_nothing() {
    let token = token(3);
    let (sandbox, list) = listed(&format!("{token}\tbilling\n"));
    let repo = Repo::new();
    repo.write("a.txt", format!("but {token}\n"));
    repo.commit("one");
    let scan = |args: &[&str]| {
        let mut command = sandbox.program();
        command.current_dir(repo.dir()).arg("--history").args(args);
        crate::support::run(command, b"")
    };
    assert_eq!(scan(&[]).code, 0);
    assert_eq!(scan(&["--known", &list]).code, 1);
}

#[test]
fn weak_secrets_are_refused_by_their_line_and_never_shown() {
    let token = token(4);
    let sandbox = Sandbox::new();
    let input = format!("{token}\nSummer2024!\n\ncorrect-horse-battery-staple\tweak\n");
    let made = sandbox.scan_stdin(["known", "--label", "old"], input);
    assert_eq!(made.code, 2);
    assert!(
        made.err.contains("line 2") && made.err.contains("line 4"),
        "{}",
        made.err
    );
    assert!(!made.err.contains("Summer") && !made.err.contains("staple"));
    let lines: Vec<&str> = made
        .out
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect();
    assert_eq!(lines.len(), 1, "{}", made.out);
    assert!(lines[0].ends_with("\told\t\tactive"), "{}", made.out);
    assert!(!made.out.contains(&token));
}

#[test]
fn the_configuration_can_name_the_list_and_a_revoked_one_only_warns() {
    let token = token(6);
    let sandbox = Sandbox::new();
    let made = sandbox.scan_stdin(["known"], format!("{token}\told key\tops\trevoked\n"));
    sandbox.write("security/known.tsv", made.out);
    sandbox.write("invoca-scan.toml", "known = [\"security/known.tsv\"]\n");
    sandbox.write("a.txt", format!("see {token}\n"));
    let run = sandbox.scan(["."]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(
        run.out
            .contains("Known secret \"old key\" of ops (revoked)"),
        "{}",
        run.out
    );
    assert!(!run.out.contains("known.tsv"), "{}", run.out);
    assert_eq!(sandbox.scan(["config", "check"]).code, 0);
    sandbox.write("security/known.tsv", "nothing\n");
    let run = sandbox.scan(["."]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("known.tsv:1"), "{}", run.err);
}
