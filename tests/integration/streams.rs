//! Patches and standard input as sources.

use crate::support::{Repo, Seen};
use invoca_scan::source::{Patch, Stream};
use std::io::Cursor;

fn patch(text: &str) -> Seen {
    let input = Box::new(Cursor::new(text.as_bytes().to_vec()));
    Seen::of(&Patch::new(input, "test.patch".into()))
}

/// Three commits' worth of everything: moved, renamed, deleted, binary, without a final newline, with names that need quotes.
fn eventful() -> Repo {
    let repo = Repo::new();
    let lines = |from: u32, to: u32| {
        (from..=to)
            .map(|n| format!("line {n}\n"))
            .collect::<String>()
    };
    repo.write("long", lines(1, 200));
    repo.write("old name", lines(1, 20));
    repo.write("deleted", "gone\n");
    repo.write("image", b"\x00\x01\x02".as_slice());
    repo.write("no-newline", "one\ntwo");
    repo.commit("one");
    let long = lines(1, 200)
        .replace("line 3\n", "line 3\nadded A\n")
        .replace("line 150\n", "changed B\nadded C\n");
    repo.write("long", long);
    repo.git(&["mv", "old name", "new \"näme\"\t"]);
    repo.write("new \"näme\"\t", lines(1, 19) + "added D\n");
    repo.git(&["rm", "--quiet", "deleted"]);
    repo.write("image", b"\x00\x01\x03".as_slice());
    repo.write("no-newline", "one\ntwo\nthree");
    repo.write("--- tricky\n+++ b/name", "-- \n++ x\n");
    repo.write("empty", "");
    repo.git(&["add", "--all"]);
    repo
}

fn check_eventful(seen: &Seen) {
    let expected = [
        ("--- tricky\n+++ b/name", vec!["1:--", "2:++ x"]),
        ("long", vec!["4:added A", "151:changed B", "152:added C"]),
        ("new \"näme\"\t", vec!["20:added D"]),
        ("no-newline", vec!["2:two", "3:three"]),
    ];
    let fresh: Vec<_> = seen
        .fresh()
        .into_iter()
        .filter(|(_, lines)| !lines.is_empty())
        .collect();
    let expected: Vec<(String, Vec<String>)> = expected
        .into_iter()
        .map(|(path, lines)| {
            (
                path.to_owned(),
                lines.into_iter().map(str::to_owned).collect(),
            )
        })
        .collect();
    assert_eq!(fresh, expected);
    assert!(seen.problems().is_empty(), "{:?}", seen.problems());
    assert_eq!(seen.left_out(), ["image (not-in-patch)"]);
}

#[test]
fn added_lines_have_their_real_path_and_number() {
    let repo = eventful();
    let forms: [&[&str]; 8] = [
        &[],
        &["--no-prefix"],
        &["-c", "diff.mnemonicPrefix=true"],
        &["-U0"],
        &["-U30"],
        &["--binary"],
        &["--full-index", "--stat", "-p"],
        &["--patch-with-raw"],
    ];
    for form in forms {
        let (before, after) = form.split_at(if form.first() == Some(&"-c") { 2 } else { 0 });
        let args = [before, &["diff", "--cached", "-M"], after].concat();
        check_eventful(&patch(&(repo.git(&args) + "\n")));
    }
}

#[test]
fn mailed_patches_and_logs_are_read_through() {
    let repo = eventful();
    repo.git(&[
        "commit",
        "--quiet",
        "-m",
        "subject\n\n+ not an added line\n-- \n--- nor this",
    ]);
    let mail = repo.git(&["format-patch", "--stdout", "-M", "HEAD~1"]);
    check_eventful(&patch(&mail));
    check_eventful(&patch(&repo.git(&["log", "-p", "-M", "HEAD~1.."])));
}

#[test]
fn a_merge_shows_what_no_parent_has_and_the_parents() {
    let repo = Repo::new();
    repo.write("f", "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
    repo.commit("base");
    repo.git(&["checkout", "--quiet", "-b", "side"]);
    repo.write("f", "1\n2\n3\nside\n5\n6\n7\n8\n9\n");
    repo.commit("side");
    repo.git(&["checkout", "--quiet", "main"]);
    repo.write("f", "1\n2\n3\nmain\n5\n6\n7\n8\n9\n");
    repo.commit("main");
    let _ = std::panic::catch_unwind(|| repo.git(&["merge", "--quiet", "side"]));
    repo.write("f", "1\n2\n3\nmain\nside\nevil\n5\n6\n7\n8\n9\n");
    repo.commit("merged");
    let seen = patch(&repo.git(&["show", "--cc", "HEAD"]));
    assert_eq!(
        seen.fresh(),
        [(
            "f".to_owned(),
            vec![
                "4:main".to_owned(),
                "5:side".to_owned(),
                "6:evil".to_owned()
            ]
        )]
    );
    assert!(seen.problems().is_empty(), "{:?}", seen.problems());
}

#[test]
fn plain_diffs_work() {
    let text = "--- old/x.py\t2026-01-01 00:00:00\n+++ new/x.py\t2026-01-01 00:00:00\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n--- old/y\n+++ new/y\n@@ -0,0 +1 @@\n+d\n\\ No newline at end of file\n";
    let seen = patch(text);
    assert_eq!(
        seen.fresh(),
        [
            ("new/x.py".to_owned(), vec!["2:c".to_owned()]),
            ("new/y".to_owned(), vec!["1:d".to_owned()])
        ]
    );
    assert_eq!(seen.blobs()[1].1, "d");
    // The same from a system that ends lines with CR LF.
    assert_eq!(patch(&text.replace('\n', "\r\n")).fresh(), seen.fresh());
}

#[test]
fn a_malformed_patch_is_a_problem_and_the_rest_is_scanned() {
    let head = "diff --git a/f b/f\n--- a/f\n+++ b/f\n";
    let tail = "diff --git a/g b/g\n--- a/g\n+++ b/g\n@@ -0,0 +1 @@\n+whole\n";
    for (hunk, found) in [
        ("@@ -1 +1,3 @@\n a\n+one\n", "2:one"),
        ("@@ -1 +1,2 @@\n a\n+one\n+more\n", "3:more"),
        ("@@ nonsense @@\n@@ -1 +1,2 @@\n a\n+one\n", "2:one"),
    ] {
        let seen = patch(&format!("{head}{hunk}{tail}"));
        assert_eq!(seen.problems().len(), 1, "{hunk}");
        let all = format!("{:?}", seen.fresh());
        assert!(
            all.contains(found) && all.contains("1:whole"),
            "{hunk}: {all}"
        );
    }
    assert_eq!(
        patch(&format!("{head}@@ -1 +1,3 @@\n a\n")).problems(),
        ["malformed-patch test.patch:5"]
    );
    assert_eq!(
        patch("this is prose\n").problems(),
        ["malformed-patch test.patch"]
    );
    assert!(patch("").problems().is_empty());
}

#[test]
fn a_stream_is_one_blob_under_the_name_given_for_it() {
    let seen = Seen::of(&Stream::new(
        Box::new(Cursor::new(b"a\nb\n".to_vec())),
        Some("dir/x".into()),
    ));
    assert_eq!(seen.blobs(), [("dir/x".to_owned(), "a\nb\n".to_owned())]);
    let large = vec![b'x'; (16 << 20) + 5];
    let seen = Seen::of(&Stream::new(Box::new(Cursor::new(large)), None));
    assert!(seen.blobs().len() == 2 && seen.problems().is_empty());
}
