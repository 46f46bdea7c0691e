//! What a commit to be made would add, from the index: staged scans and pre-commit's.

use crate::pushed::{Collector, Pushed};
use crate::support::{Repo, env, git_command, git_in};
use invoca_scan::problem::Problem;
use invoca_scan::source::{Staged, StagedOptions};
use std::path::{Path, PathBuf};
use std::process::Command;

fn options(dir: &Path, variables: &[(&str, &str)], paths: &[&str]) -> StagedOptions {
    StagedOptions {
        start: dir.to_owned(),
        env: env(variables),
        paths: paths.iter().map(PathBuf::from).collect(),
        exclude: Vec::new(),
        max_file_size: None,
    }
}

fn staged(dir: &Path) -> Pushed {
    Collector::from(&Staged::changes(options(dir, &[], &[])).unwrap())
}

fn pre_commit(dir: &Path, variables: &[(&str, &str)], paths: &[&str]) -> Pushed {
    Collector::from(&Staged::files(options(dir, variables, paths)).unwrap())
}

fn refused(dir: &Path, paths: &[&str]) -> Problem {
    Staged::changes(options(dir, &[], paths)).err().unwrap()
}

/// A repository with one commit: `a` of three lines, `b` of one.
fn two_files() -> Repo {
    let repo = Repo::new();
    repo.write("a", "one\ntwo\nthree\n");
    repo.write("b", "b\n");
    repo.commit("first");
    repo
}

#[test]
fn the_index_counts_and_not_the_working_copy() {
    let repo = two_files();
    repo.write("a", "one\ntwo staged\nthree\n");
    repo.git(&["add", "a"]);
    repo.write("a", "one\ntwo on disk\nthree\n");
    repo.write("untracked", "x");
    let seen = staged(repo.dir());
    assert_eq!(seen.summary(), ["a: two staged"]);
    assert_eq!(seen.blobs[0].old, ["one\ntwo\nthree\n"]);
    assert_eq!(seen.blobs[0].origin.kind(), "staged");
}

#[test]
fn nothing_staged_is_nothing_to_do() {
    let repo = Repo::new();
    assert!(
        Staged::changes(options(repo.dir(), &[], &[]))
            .unwrap()
            .is_empty()
    );
    let repo = two_files();
    assert!(staged(repo.dir()).summary().is_empty());
    repo.git(&["rm", "--quiet", "b"]);
    repo.git(&["update-index", "--chmod=+x", "a"]);
    repo.write("later", "x");
    repo.git(&["add", "--intent-to-add", "later"]);
    let source = Staged::changes(options(repo.dir(), &[], &[])).unwrap();
    assert!(source.is_empty());
    assert!(Collector::from(&source).summary().is_empty());
}

#[test]
fn the_first_commit_is_new_as_a_whole() {
    let repo = Repo::new();
    repo.write("a", "x");
    repo.write("dir/b", "y");
    repo.git(&["add", "--all"]);
    assert_eq!(staged(repo.dir()).summary(), ["a: all", "dir/b: all"]);
}

#[test]
fn a_rename_is_not_new() {
    let repo = two_files();
    repo.git(&["mv", "a", "c"]);
    assert!(staged(repo.dir()).summary().is_empty());
    repo.write("c", "one\ntwo\nthree\nfour\n");
    repo.git(&["add", "--all"]);
    assert_eq!(staged(repo.dir()).summary(), ["c: four"]);
}

#[test]
fn a_file_that_becomes_a_link_or_a_folder() {
    let repo = two_files();
    std::fs::remove_file(repo.dir().join("a")).unwrap();
    std::fs::remove_file(repo.dir().join("b")).unwrap();
    repo.write("a/inside", "x");
    #[cfg(unix)]
    std::os::unix::fs::symlink("to somewhere", repo.dir().join("b")).unwrap();
    repo.git(&["add", "--all"]);
    assert_eq!(
        staged(repo.dir()).summary(),
        ["a/inside: all", "b: to somewhere"]
    );
}

#[test]
fn attributes_do_not_hide_what_is_new() {
    let repo = two_files();
    repo.write(".gitattributes", "* -diff -text binary\n");
    repo.commit("attributes");
    repo.write("a", "one\n\0two\nthree\n");
    repo.git(&["add", "--all"]);
    assert_eq!(staged(repo.dir()).summary(), ["a: \\u{0}two"]);
}

#[test]
fn submodules_and_lfs_pointers_are_left_out() {
    let repo = two_files();
    let library = two_files();
    repo.git(&[
        "submodule",
        "--quiet",
        "add",
        library.dir().to_str().unwrap(),
        "library",
    ]);
    let pointer = format!(
        "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 5\n",
        "7".repeat(64)
    );
    repo.write("big", &pointer);
    repo.write("not-a-pointer", format!("{pointer}password=x\n"));
    repo.git(&["add", "--all"]);
    let seen = staged(repo.dir());
    assert_eq!(seen.summary(), [".gitmodules: all", "not-a-pointer: all"]);
    assert_eq!(seen.skipped(), ["big: lfs-pointer", "library: submodule"]);
    let named = pre_commit(repo.dir(), &[], &["library"]);
    assert_eq!(named.skipped(), ["library: submodule"]);
}

#[test]
fn merging_main_blames_nobody_for_what_main_has() {
    let repo = two_files();
    repo.git(&["checkout", "--quiet", "-b", "topic"]);
    repo.write("a", "one\ntwo of topic\nthree\n");
    repo.write("topic", "topic\n");
    repo.commit("topic");
    repo.git(&["checkout", "--quiet", "main"]);
    repo.write("a", "one\ntwo of main\nthree\n");
    repo.write("b", "main\n");
    repo.write("main", "main\n");
    repo.commit("main");
    repo.git(&["checkout", "--quiet", "topic"]);
    let merge = git_command(repo.dir())
        .args(["merge", "main"])
        .output()
        .unwrap();
    assert!(!merge.status.success(), "the merge must conflict");
    // In the conflict: both sides are in the index, and both are known.
    assert!(staged(repo.dir()).summary().is_empty());
    repo.write("a", "one\ntwo of topic\ntwo of main\nneither\nthree\n");
    repo.git(&["add", "--all"]);
    assert_eq!(staged(repo.dir()).summary(), ["a: neither"]);
    let files = ["a", "b", "main", "topic"];
    assert_eq!(
        pre_commit(repo.dir(), &[], &files).summary(),
        ["a: neither", "topic: all"]
    );
}

/// Runs `git` with a hook that saves what the hook sees, and gives the variables that git set for it.
fn environment_of_hook(
    repo: &Repo,
    dir: &Path,
    hook: &str,
    args: &[&str],
) -> Vec<(String, String)> {
    let saved = repo.beside("environment");
    let index = repo.beside("saved-index");
    let hooks = repo.beside("hooks");
    std::fs::create_dir_all(&hooks).unwrap();
    let file = hooks.join(hook);
    let script = format!(
        "#!/bin/sh\nenv > '{}'\ncp \"${{GIT_INDEX_FILE:-.git/index}}\" '{}'\nexit 1\n",
        saved.display(),
        index.display()
    );
    std::fs::write(&file, script).unwrap();
    assert!(
        Command::new("chmod")
            .arg("+x")
            .arg(&file)
            .status()
            .unwrap()
            .success()
    );
    let output = git_command(dir)
        .arg("-c")
        .arg(format!("core.hooksPath={}", hooks.display()))
        .args(args)
        .output()
        .unwrap();
    assert!(!output.status.success(), "the hook must have run");
    let text = std::fs::read_to_string(saved).unwrap();
    let mut variables: Vec<(String, String)> = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .filter(|(name, _)| name.starts_with("GIT"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    // The index is gone or changed again when git has ended; the copy stands for it.
    variables.retain(|(name, _)| name != "GIT_INDEX_FILE");
    variables.push(("GIT_INDEX_FILE".into(), index.to_str().unwrap().into()));
    variables
}

fn in_hook(dir: &Path, variables: &[(String, String)]) -> Vec<String> {
    let variables: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    Collector::from(&Staged::changes(options(dir, &variables, &[])).unwrap()).summary()
}

#[test]
fn every_way_to_commit() {
    let repo = two_files();
    repo.write("a", "one\ntwo\nthree\nfour\n");
    repo.write("b", "b\nb of all\n");
    repo.write("c", "staged");
    repo.git(&["add", "c"]);
    let all = environment_of_hook(
        &repo,
        repo.dir(),
        "pre-commit",
        &["commit", "-a", "-m", "x"],
    );
    assert_eq!(
        in_hook(repo.dir(), &all),
        ["a: four", "b: b of all", "c: all"]
    );
    let one = environment_of_hook(&repo, repo.dir(), "pre-commit", &["commit", "-m", "x", "a"]);
    assert_eq!(in_hook(repo.dir(), &one), ["a: four"]);
    let amend = environment_of_hook(
        &repo,
        repo.dir(),
        "pre-commit",
        &["commit", "--amend", "-m", "x"],
    );
    assert_eq!(in_hook(repo.dir(), &amend), ["c: all"]);
    let linked = repo.beside("linked");
    repo.git(&["worktree", "add", "--quiet", linked.to_str().unwrap()]);
    std::fs::write(linked.join("b"), "b\nlinked\n").unwrap();
    let variables = environment_of_hook(&repo, &linked, "pre-commit", &["commit", "-a", "-m", "x"]);
    assert!(variables.iter().any(|(name, _)| name == "GIT_DIR"));
    assert_eq!(in_hook(&linked, &variables), ["b: linked"]);
}

#[test]
fn a_merge_without_conflict_is_known_before_git_says_so() {
    let repo = two_files();
    repo.git(&["checkout", "--quiet", "-b", "topic"]);
    repo.write("topic", "topic\n");
    repo.commit("topic");
    repo.git(&["checkout", "--quiet", "main"]);
    repo.write("b", "main\n");
    repo.commit("main");
    let variables = environment_of_hook(&repo, repo.dir(), "pre-merge-commit", &["merge", "topic"]);
    assert!(
        variables
            .iter()
            .any(|(name, _)| name.starts_with("GITHEAD_"))
    );
    assert!(in_hook(repo.dir(), &variables).is_empty());
}

#[test]
fn named_paths_limit_a_staged_scan() {
    let repo = two_files();
    repo.write("a", "changed\n");
    repo.write("dir/b", "new");
    repo.write("dir-c", "new");
    repo.git(&["add", "--all"]);
    let below = |dir: PathBuf, paths: &[&str]| {
        Collector::from(&Staged::changes(options(&dir, &[], paths)).unwrap()).summary()
    };
    assert_eq!(below(repo.dir().into(), &["dir"]), ["dir/b: all"]);
    assert_eq!(below(repo.dir().join("dir"), &["."]), ["dir/b: all"]);
    assert_eq!(
        below(repo.dir().join("dir"), &["../a", "b"]),
        ["a: changed", "dir/b: all"]
    );
    assert_eq!(below(repo.dir().into(), &["b"]), [""; 0]);
    assert!(
        refused(repo.dir(), &["nothing"])
            .to_string()
            .contains("nothing")
    );
    assert!(
        refused(repo.dir(), &["../elsewhere"])
            .to_string()
            .contains("elsewhere")
    );
}

#[test]
fn outside_a_repository_a_staged_scan_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(refused(folder.path(), &[]).kind, "repository");
    let repo = two_files();
    let bare = repo.beside("bare.git");
    repo.git(&["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    assert!(refused(&bare, &[]).to_string().contains("bare"));
}

#[test]
fn pre_commit_sees_unchanged_files_whole() {
    let repo = two_files();
    repo.write("a", "one\ntwo staged\nthree\n");
    repo.git(&["add", "a"]);
    repo.write("a", "on disk");
    repo.write("b", "on disk");
    repo.write("untracked", "x");
    let seen = pre_commit(repo.dir(), &[], &["a", "b", "untracked", "missing"]);
    assert_eq!(seen.problems.len(), 1);
    assert_eq!(seen.problems[0].object, "missing".into());
    let texts: Vec<&str> = seen.blobs.iter().map(|blob| blob.text.as_str()).collect();
    assert_eq!(texts, ["x", "one\ntwo staged\nthree\n", "b\n"]);
    assert_eq!(seen.blobs[1].fresh, Some(vec!["two staged\n".into()]));
    assert!(seen.blobs[2].fresh.is_none() && seen.blobs[2].old.is_empty());
}

#[test]
fn pre_commit_without_a_repository_reads_the_files() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a"), "x").unwrap();
    assert_eq!(pre_commit(folder.path(), &[], &["a"]).summary(), ["a: all"]);
}

#[test]
fn pre_commit_between_two_refs() {
    let repo = two_files();
    repo.git(&["checkout", "--quiet", "-b", "topic"]);
    repo.write("a", "one\ntwo\nthree\nof topic\n");
    repo.write("new", "new\n");
    repo.commit("topic");
    repo.git(&["checkout", "--quiet", "main"]);
    // Gone from main since; the topic did not bring it.
    repo.write("a", "one\nthree\n");
    repo.commit("main");
    let refs = [
        ("PRE_COMMIT_FROM_REF", "main"),
        ("PRE_COMMIT_TO_REF", "topic"),
    ];
    let seen = pre_commit(repo.dir(), &refs, &["a", "b", "new"]);
    assert_eq!(seen.summary(), ["a: of topic", "new: all"]);
    let unknown = [
        ("PRE_COMMIT_FROM_REF", "nothing"),
        ("PRE_COMMIT_TO_REF", "topic"),
    ];
    let problem = Staged::files(options(repo.dir(), &unknown, &["a"]))
        .err()
        .unwrap();
    assert!(problem.to_string().contains("git fetch"), "{problem}");
}

#[test]
fn excludes_and_sizes_are_counted() {
    let repo = two_files();
    repo.write("vendor/x", "x");
    repo.write("large", "0123456789");
    repo.write("kept", "x");
    repo.git(&["add", "--all"]);
    let source = Staged::changes(StagedOptions {
        exclude: vec!["vendor/".into()],
        max_file_size: Some(9),
        ..options(repo.dir(), &[], &[])
    })
    .unwrap();
    let seen = Collector::from(&source);
    assert_eq!(seen.summary(), ["kept: all"]);
    assert_eq!(seen.skipped(), ["large: too-large", "vendor/x: excluded"]);
}

#[test]
fn a_missing_object_is_a_problem_and_the_rest_is_scanned() {
    let repo = two_files();
    repo.write("c", "gone");
    repo.write("d", "here");
    repo.git(&["add", "--all"]);
    let id = repo.git(&["rev-parse", ":c"]);
    let object = repo
        .dir()
        .join(".git/objects")
        .join(&id[..2])
        .join(&id[2..]);
    std::fs::remove_file(object).unwrap();
    let seen = staged(repo.dir());
    assert_eq!(seen.blobs.len(), 1);
    assert_eq!(seen.problems.len(), 1);
    assert!(seen.problems[0].to_string().contains(&id));
}

#[test]
fn many_files_are_read_by_many_threads() {
    let repo = Repo::new();
    for number in 0..200 {
        repo.write(&format!("dir/f{number:03}"), format!("{number}\n"));
    }
    repo.git(&["add", "--all"]);
    assert_eq!(staged(repo.dir()).summary().len(), 200);
    let clone = repo.beside("clone");
    repo.commit("all");
    git_in(
        repo.dir(),
        &["clone", "--quiet", ".", clone.to_str().unwrap()],
    );
    let names: Vec<String> = (0..200).map(|number| format!("dir/f{number:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(pre_commit(&clone, &[], &names).summary().len(), 200);
}
