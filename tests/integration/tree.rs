//! What a scan of a tree reads, leaves out and stumbles over.

use crate::support::{Repo, Seen, git_in};
use invoca_scan::source::{Walk, WalkOptions};
use std::fs;
use std::path::{Path, PathBuf};

fn options(path: &Path) -> WalkOptions {
    WalkOptions {
        paths: vec![path.to_owned()],
        ..WalkOptions::default()
    }
}

fn walk(options: WalkOptions) -> Seen {
    Seen::of(&Walk::new(options).unwrap())
}

fn walked(path: &Path) -> Seen {
    walk(options(path))
}

/// A folder that is no repository.
fn folder(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file).unwrap();
    }
    folder
}

/// The paths without what stands before the folder.
fn below(seen: &Seen, folder: &Path) -> String {
    let prefix = format!("{}/", folder.display());
    seen.paths().replace(&prefix, "")
}

#[test]
fn outside_of_git_everything_is_read() {
    let folder = folder(&["a", ".env", ".gitignore", ".ignore", "b/.hidden/c", "b/d"]);
    fs::write(folder.path().join(".gitignore"), "a\n*.x\n").unwrap();
    let seen = walked(folder.path());
    assert_eq!(
        below(&seen, folder.path()),
        ".env .gitignore .ignore a b/.hidden/c b/d"
    );
    assert!(seen.left_out().is_empty() && seen.problems().is_empty());
}

#[test]
fn in_a_repository_ignored_files_are_left_out_and_counted() {
    let repo = Repo::new();
    repo.write(".gitignore", "*.log\nbuild/\n!keep.log\n/only-root\n");
    repo.write(".ignore", "*.rs\n");
    repo.write("a.rs", "");
    repo.write("debug.log", "");
    repo.write("keep.log", "");
    repo.write(".env", "");
    repo.write("build/one", "");
    repo.write("build/two", "");
    repo.write("only-root", "");
    repo.write("sub/only-root", "");
    repo.write("sub/.gitignore", "!debug.log\nlocal\n");
    repo.write("sub/debug.log", "");
    repo.write("sub/local/x", "");
    repo.write("mine", "");
    fs::write(repo.dir().join(".git/info/exclude"), "mine\n").unwrap();
    let seen = walked(repo.dir());
    assert_eq!(
        seen.paths(),
        ".env .gitignore .ignore a.rs keep.log sub/.gitignore sub/debug.log sub/only-root"
    );
    assert_eq!(
        seen.left_out(),
        ["build", "debug.log", "mine", "only-root", "sub/local"]
            .map(|path| format!("{path} (ignored)"))
    );
    let all = walk(WalkOptions {
        no_ignore: true,
        ..options(repo.dir())
    });
    assert_eq!(all.blobs().len(), seen.blobs().len() + 6);
    assert!(!all.paths().contains(".git/"));
}

/// The oracle is git: what it lists as tracked or as untracked and not ignored is what we read.
#[test]
fn reads_what_git_lists() {
    let repo = Repo::new();
    repo.write(
        ".gitignore",
        "*.tmp\n/out/*\n!/out/kept\nfoo/**/bar\n[Tt]humbs\n\\#x\ndir.d/\n",
    );
    for path in [
        "a.tmp",
        "b/a.tmp",
        "out/x",
        "out/kept",
        "foo/bar",
        "foo/x/y/bar",
        "foo/x/baz",
        "Thumbs",
        "b/thumbs",
        "#x",
        "dir.d/x",
        "dir.d.x",
        "dir.d",
        "name with blank",
        "ä/ö",
    ] {
        if path != "dir.d" {
            repo.write(path, path);
        }
    }
    repo.write("out/.gitignore", "");
    repo.git(&["add", "--force", "b/a.tmp", "out/x", "dir.d/x"]);
    repo.write("tracked-then-ignored/.gitignore", "*\n");
    repo.write("tracked-then-ignored/file", "");
    repo.git(&["add", "--force", "tracked-then-ignored/file"]);
    let listed = repo.git(&[
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]);
    let mut listed: Vec<&str> = listed.split('\0').filter(|path| !path.is_empty()).collect();
    listed.sort_unstable();
    let seen = walked(repo.dir());
    let paths: Vec<String> = seen.blobs().into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, listed);
}

#[test]
fn a_tracked_file_is_read_even_where_it_is_ignored() {
    let repo = Repo::new();
    repo.write("vendor/deep/tracked", "");
    repo.write("vendor/deep/untracked", "");
    repo.write("vendor/other/untracked", "");
    repo.git(&["add", "vendor/deep/tracked"]);
    repo.write(".gitignore", "vendor/\n");
    let seen = walked(repo.dir());
    assert_eq!(seen.paths(), ".gitignore vendor/deep/tracked");
    assert_eq!(
        seen.left_out(),
        ["vendor/deep/untracked (ignored)", "vendor/other (ignored)"]
    );
}

#[test]
fn nested_repositories_follow_their_own_index() {
    let outer = Repo::new();
    outer.write(".gitignore", "*.log\n");
    let inner = Repo::new();
    inner.write("in/file", "");
    inner.write("tracked.log", "");
    inner.commit("inner");
    let url = inner.dir().to_str().unwrap();
    outer.git(&["submodule", "--quiet", "add", url, "mod"]);
    outer.git(&["submodule", "--quiet", "add", url, "gone"]);
    outer.commit("outer");
    outer.git(&["submodule", "--quiet", "deinit", "--force", "gone"]);
    git_in(outer.dir(), &["clone", "--quiet", url, "clone"]);
    outer.write("mod/new.log", "");
    outer.write("mod/.gitignore", "secret\n");
    outer.write("mod/secret", "");
    let seen = walked(outer.dir());
    assert_eq!(
        seen.paths(),
        ".gitignore .gitmodules clone/in/file clone/tracked.log mod/.gitignore mod/in/file mod/new.log mod/tracked.log"
    );
    assert_eq!(
        seen.left_out(),
        ["gone (submodule)", "mod/secret (ignored)"]
    );
    assert!(seen.problems().is_empty(), "{:?}", seen.problems());
}

#[test]
fn in_a_linked_worktree_and_below_the_root_the_same_rules_hold() {
    let repo = Repo::new();
    repo.write(".gitignore", "*.log\n/sub/a\n");
    repo.write("sub/file", "");
    repo.commit("one");
    let linked = repo.beside("linked");
    repo.git(&["worktree", "add", "--quiet", linked.to_str().unwrap()]);
    for name in ["x.log", "a", "b"] {
        fs::write(linked.join("sub").join(name), "").unwrap();
    }
    let seen = walked(&linked.join("sub"));
    assert_eq!(seen.paths(), "sub/b sub/file");
    assert_eq!(seen.left_out(), ["sub/a (ignored)", "sub/x.log (ignored)"]);
}

#[test]
fn what_is_named_is_opened() {
    let repo = Repo::new();
    repo.write(".gitignore", "*.log\nbuild\n");
    repo.write("x.log", "");
    repo.write("build/file", "");
    repo.write("build/y.log", "");
    repo.write("src/file", "");
    let named = |names: &[&str]| {
        walk(WalkOptions {
            paths: names.iter().map(|name| repo.dir().join(name)).collect(),
            ..WalkOptions::default()
        })
    };
    assert_eq!(named(&["x.log"]).paths(), "x.log");
    assert_eq!(named(&["build"]).paths(), "build/file");
    // Nothing twice, however it is named.
    let seen = named(&["", "x.log", "src", "src/file", "./src/../src"]);
    assert_eq!(seen.paths(), ".gitignore src/file x.log");
    assert_eq!(seen.left_out(), ["build (ignored)"]);
}

#[test]
fn a_tracked_file_that_is_not_there_is_left_out() {
    let repo = Repo::new();
    for path in ["a", "dir/b", "dir/sub/c", "d"] {
        repo.write(path, "");
    }
    repo.commit("all");
    fs::remove_dir_all(repo.dir().join("dir")).unwrap();
    fs::remove_file(repo.dir().join("d")).unwrap();
    fs::create_dir(repo.dir().join("d")).unwrap();
    repo.write("d/file", "");
    let seen = walked(repo.dir());
    assert_eq!(seen.paths(), "a d/file");
    assert_eq!(
        seen.left_out(),
        ["d (absent)", "dir/b (absent)", "dir/sub/c (absent)"]
    );
}

#[cfg(unix)]
#[test]
fn links_and_special_files_are_left_out_and_cannot_hang_it() {
    use std::os::unix::fs::symlink;
    let folder = folder(&["real", "dir/file"]);
    let at = |name: &str| folder.path().join(name);
    symlink("dir", at("to-dir")).unwrap();
    symlink("..", at("dir/up")).unwrap();
    symlink("/dev/zero", at("to-device")).unwrap();
    symlink("nowhere", at("dangling")).unwrap();
    let status = std::process::Command::new("mkfifo")
        .arg(at("fifo"))
        .status();
    assert!(status.unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    let seen = walked(folder.path());
    assert_eq!(below(&seen, folder.path()), "dir/file real");
    let prefix = format!("{}/", folder.path().display());
    let left_out: Vec<String> = seen
        .left_out()
        .iter()
        .map(|item| item.replace(&prefix, ""))
        .collect();
    assert_eq!(
        left_out,
        [
            "dangling (symlink)",
            "dir/up (symlink)",
            "fifo (special-file)",
            "socket (special-file)",
            "to-device (symlink)",
            "to-dir (symlink)"
        ]
    );
    // Named, a link is resolved once, and what cannot be read is a problem.
    assert_eq!(below(&walked(&at("to-dir")), folder.path()), "to-dir/file");
    for (name, kind) in [
        ("fifo", "special-file"),
        ("to-device", "special-file"),
        ("dangling", "not-found"),
    ] {
        let expected = format!("{kind} {}", at(name).display());
        assert_eq!(walked(&at(name)).problems(), [expected]);
    }
}

#[test]
fn nothing_to_scan_is_a_problem() {
    let empty = folder(&[]);
    let missing = empty.path().join("missing");
    let shown = |path: &Path| path.display().to_string();
    assert_eq!(
        walked(&missing).problems(),
        [format!("not-found {}", shown(&missing))]
    );
    assert_eq!(
        walked(empty.path()).problems(),
        [format!("nothing-scanned {}", shown(empty.path()))]
    );
    let repo = Repo::new();
    fs::write(repo.dir().join(".git/info/exclude"), "*\n").unwrap();
    repo.write("ignored", "");
    assert_eq!(walked(repo.dir()).problems().len(), 1);
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_a_problem() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder(&["open", "closed", "dir/file"]);
    for name in ["closed", "dir"] {
        let path = folder.path().join(name);
        fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
    }
    let readable = fs::read(folder.path().join("closed")).is_ok();
    let seen = walked(folder.path());
    fs::set_permissions(folder.path().join("dir"), fs::Permissions::from_mode(0o700)).unwrap();
    if readable {
        // Permissions do not bind root.
        return;
    }
    assert_eq!(below(&seen, folder.path()), "open");
    let kinds: Vec<String> = seen
        .problems()
        .iter()
        .map(|problem| problem.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(kinds, ["unreadable", "unreadable"]);
}

#[test]
fn excludes_and_the_size_limit_are_counted() {
    let folder = folder(&["src/a.rs", "src/a.min.js", "third/b", "sub/third/c", "big"]);
    fs::write(folder.path().join("big"), vec![b'x'; 300_000]).unwrap();
    fs::write(folder.path().join("mid"), vec![b'x'; 2000]).unwrap();
    let repo = git_in(folder.path(), &["init", "--quiet"]);
    assert!(repo.is_empty());
    let seen = walk(WalkOptions {
        exclude: vec!["*.min.js".into(), "/third/".into()],
        max_file_size: Some(1000),
        ..options(folder.path())
    });
    assert_eq!(seen.paths(), "src/a.rs sub/third/c");
    assert_eq!(
        seen.left_out(),
        [
            "big (too-large)",
            "mid (too-large)",
            "src/a.min.js (excluded)",
            "third (excluded)"
        ]
    );
    let error = Walk::new(WalkOptions {
        exclude: vec!["a[".into()],
        ..WalkOptions::default()
    });
    assert!(error.unwrap_err().to_string().contains("a["));
}

#[test]
fn a_pointer_of_git_lfs_is_left_out_and_a_secret_cannot_hide_in_one() {
    let pointer = format!(
        "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12345\n",
        "ab".repeat(32)
    );
    let folder = folder(&["pointer", "more"]);
    fs::write(folder.path().join("pointer"), &pointer).unwrap();
    fs::write(folder.path().join("more"), format!("{pointer}token=x\n")).unwrap();
    let seen = walked(folder.path());
    assert_eq!(below(&seen, folder.path()), "more");
    assert_eq!(seen.left_out().len(), 1);
}

#[test]
fn large_files_are_whole_whatever_their_size() {
    let folder = folder(&[]);
    for size in [
        0,
        1,
        262_143,
        262_144,
        262_145,
        3_000_000,
        16 << 20,
        (16 << 20) + 1,
    ] {
        fs::write(folder.path().join(size.to_string()), vec![b'x'; size]).unwrap();
    }
    let seen = walked(folder.path());
    assert!(seen.problems().is_empty(), "{:?}", seen.problems());
    for (path, content) in seen.blobs() {
        let size = PathBuf::from(path);
        let size: usize = size.file_name().unwrap().to_str().unwrap().parse().unwrap();
        let windowed = size > 16 << 20 && content.len() <= 16 << 20;
        assert!(
            content.len() == size || windowed,
            "{size}: {}",
            content.len()
        );
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let repo = Repo::new();
    repo.write(".gitignore", "*.o\n");
    for number in 0..300 {
        repo.write(&format!("d{}/f{number}.txt", number % 9), "");
        repo.write(&format!("d{}/f{number}.o", number % 9), "");
    }
    let run = |threads| {
        let seen = walk(WalkOptions {
            threads,
            ..options(repo.dir())
        });
        (seen.blobs(), seen.left_out())
    };
    let one = run(1);
    assert_eq!(one.0.len(), 301);
    assert_eq!(one, run(2));
    assert_eq!(one, run(16));
}

#[test]
fn a_damaged_index_is_a_problem_and_hides_nothing() {
    let repo = Repo::new();
    repo.write("a", "");
    repo.commit("one");
    repo.write(".gitignore", "ignored\n");
    repo.write("ignored", "");
    fs::write(repo.dir().join(".git/index"), "DIRC no index").unwrap();
    let seen = walked(repo.dir());
    assert_eq!(seen.paths(), ".gitignore a ignored");
    assert_eq!(seen.problems().len(), 1);
    // A folder that is only called so is no repository, and what lies in it is data.
    let folder = folder(&[".git/token", "x"]);
    assert_eq!(below(&walked(folder.path()), folder.path()), ".git/token x");
}
