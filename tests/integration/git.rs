//! The git room against git itself: whatever form a repository has, we list and compare what git does.

use crate::support::{Repo, env, git_command, git_in};
use invoca_scan::blob::BlobId;
use invoca_scan::git::{Index, Kind, Repository, diff_index, diff_trees, rename_sources};
use std::fmt::Write as _;
use std::path::Path;

fn open(dir: &Path) -> Repository {
    Repository::discover(dir, &env(&[])).unwrap().unwrap()
}

/// As `git ls-files --stage` prints it.
fn listed(index: &Index) -> String {
    let mut out = String::new();
    for entry in index.entries() {
        let path = String::from_utf8_lossy(index.path(entry));
        let (mode, id, stage) = (entry.item.mode, entry.item.id, entry.stage);
        writeln!(out, "{mode:06o} {id} {stage}\t{path}").unwrap();
    }
    out.trim_end().to_owned()
}

/// As `git diff --cached --raw --no-renames --abbrev=64` prints it, without modes of what is not there.
fn staged(dir: &Path) -> Vec<String> {
    let repository = open(dir);
    let index = repository.index().unwrap();
    let head = repository.head().unwrap();
    let tree = head.map(|head| repository.objects().commit(head).unwrap().tree);
    let diff = diff_index(repository.objects(), tree, &index);
    assert!(diff.unread.is_empty(), "{:?}", diff.unread);
    diff.changes
        .iter()
        .map(|change| {
            let text = |item: Option<BlobId>| item.map_or("-".to_owned(), |id| id.to_string());
            format!(
                "{} {} {}",
                text(change.old.map(|item| item.id)),
                text(change.new.first().map(|item| item.id)),
                change.path
            )
        })
        .collect()
}

fn staged_by_git(dir: &Path) -> Vec<String> {
    let raw = git_in(
        dir,
        &[
            "diff",
            "--cached",
            "--raw",
            "--no-renames",
            "--no-abbrev",
            "--ita-invisible-in-index",
        ],
    );
    raw.lines()
        .map(|line| {
            let (fields, path) = line.split_once('\t').unwrap();
            let fields: Vec<&str> = fields.split(' ').collect();
            let id = |text: &str| {
                if text.bytes().all(|byte| byte == b'0') {
                    "-".to_owned()
                } else {
                    text.to_owned()
                }
            };
            format!("{} {} {path}", id(fields[2]), id(fields[3]))
        })
        .collect()
}

/// Many files in nested folders, whose names sort differently as files and as folders; then all kinds of staged changes.
fn fill(repo: &Repo) {
    for number in 0..60 {
        repo.write(
            &format!("src/m{}/f{number}.txt", number % 7),
            format!("{number}\n"),
        );
    }
    for path in [
        "a",
        "a-b",
        "a.b/c",
        "a0",
        "b/c",
        "b/d/e",
        "to-dir",
        "to-file/x",
        "mode.sh",
        "deep/er/and/deeper/x",
    ] {
        repo.write(path, path);
    }
    repo.commit("first");
}

fn change(repo: &Repo) {
    repo.write("src/m3/f3.txt", "changed\n");
    repo.write("a.b/new", "new");
    repo.write("new/folder/file", "new");
    std::fs::remove_file(repo.dir().join("b/d/e")).unwrap();
    std::fs::remove_file(repo.dir().join("to-dir")).unwrap();
    repo.write("to-dir/inside", "x");
    std::fs::remove_dir_all(repo.dir().join("to-file")).unwrap();
    repo.write("to-file", "x");
    repo.git(&["add", "--all"]);
    repo.git(&["update-index", "--chmod=+x", "mode.sh"]);
    repo.write("later", "content that is not staged");
    repo.git(&["add", "--intent-to-add", "later"]);
    // Not staged, so of no interest.
    repo.write("a", "not staged");
}

fn agrees(repo: &Repo) {
    let index = open(repo.dir()).index().unwrap();
    assert_eq!(listed(&index), repo.git(&["ls-files", "--stage"]));
    let later = index.get(b"later");
    assert!(later.len() == 1 && later[0].intent_to_add);
    assert!(index.get(b"late").is_empty());
    let ours = staged(repo.dir());
    assert!(ours.len() >= 8);
    assert_eq!(ours, staged_by_git(repo.dir()));
}

#[test]
fn every_version_of_the_index() {
    for version in ["2", "3", "4"] {
        let repo = Repo::new();
        fill(&repo);
        repo.git(&["update-index", "--index-version", version]);
        change(&repo);
        agrees(&repo);
        repo.git(&["write-tree"]);
        agrees(&repo);
    }
}

#[test]
fn a_split_index() {
    let repo = Repo::new();
    repo.git(&["config", "splitIndex.maxPercentChange", "100"]);
    fill(&repo);
    repo.git(&["update-index", "--split-index"]);
    change(&repo);
    let small = std::fs::read(repo.dir().join(".git/index")).unwrap();
    assert!(small.windows(4).any(|name| name == b"link"));
    assert!(open(repo.dir()).index().unwrap().entries().len() > 60);
    agrees(&repo);
}

#[test]
fn a_sparse_index() {
    let repo = Repo::new();
    fill(&repo);
    repo.git(&[
        "sparse-checkout",
        "set",
        "--cone",
        "--sparse-index",
        "src/m3",
    ]);
    let index = open(repo.dir()).index().unwrap();
    let trees = |kind| {
        index
            .entries()
            .iter()
            .filter(|entry| entry.item.kind() == kind)
            .count()
    };
    assert!(trees(Kind::Tree) > 3, "{}", listed(&index));
    assert_eq!(
        listed(&index),
        repo.git(&["ls-files", "--stage", "--sparse"])
    );
    assert!(staged(repo.dir()).is_empty());
    repo.write("src/m3/f3.txt", "changed\n");
    repo.git(&["add", "--all"]);
    assert_eq!(staged(repo.dir()), staged_by_git(repo.dir()));
    assert_eq!(staged(repo.dir()).len(), 1);
    // HEAD moves below a folder that is not here: the trees of both sides are compared.
    repo.git(&["commit", "--quiet", "-m", "second"]);
    repo.git(&["sparse-checkout", "disable"]);
    repo.write("deep/er/y", "y");
    repo.commit("third");
    repo.git(&[
        "sparse-checkout",
        "set",
        "--cone",
        "--sparse-index",
        "src/m3",
    ]);
    repo.git(&["reset", "--quiet", "--soft", "HEAD~"]);
    assert_eq!(staged(repo.dir()), staged_by_git(repo.dir()));
    assert_eq!(staged(repo.dir()).len(), 1);
}

#[test]
fn sha256_reftable_and_partial_clones() {
    for form in [&["--object-format=sha256"][..], &["--ref-format=reftable"]] {
        let repo = Repo::with(form);
        assert!(open(repo.dir()).head().unwrap().is_none());
        fill(&repo);
        repo.git(&["tag", "-a", "v1", "-m", "one"]);
        change(&repo);
        agrees(&repo);
        let repository = open(repo.dir());
        let head = repository.resolve("v1").unwrap().unwrap();
        assert_eq!(head.to_string(), repo.git(&["rev-parse", "HEAD"]));
        assert_eq!(repository.resolve("nothing").unwrap(), None);
        let refs: Vec<String> = repository
            .refs()
            .unwrap()
            .iter()
            .map(|(name, id)| format!("{id} {name}"))
            .collect();
        assert_eq!(
            refs.join("\n"),
            repo.git(&["for-each-ref", "--format=%(objectname) %(refname)"])
        );
    }
    let repo = Repo::new();
    fill(&repo);
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let clone = repo.beside("partial");
    let url = format!("file://{}", repo.dir().display());
    git_in(
        repo.dir(),
        &[
            "clone",
            "--quiet",
            "--filter=blob:none",
            "--no-checkout",
            &url,
            clone.to_str().unwrap(),
        ],
    );
    let repository = open(&clone);
    let tree = repository
        .objects()
        .commit(repository.head().unwrap().unwrap())
        .unwrap()
        .tree;
    let item = repository.objects().at_path(tree, b"b/c").unwrap().unwrap();
    let unread = repository
        .objects()
        .blob(item.id, &"b/c".into())
        .err()
        .unwrap();
    assert!(format!("{unread:?}").contains("Promised"), "{unread:?}");
}

#[test]
fn linked_worktrees_and_what_the_environment_names() {
    let repo = Repo::new();
    fill(&repo);
    let linked = repo.beside("linked");
    repo.git(&["worktree", "add", "--quiet", linked.to_str().unwrap()]);
    std::fs::write(linked.join("a"), "changed").unwrap();
    git_in(&linked, &["add", "--all"]);
    assert_eq!(staged(&linked).len(), 1);
    assert!(staged(repo.dir()).is_empty());
    let git_dir = git_in(&linked, &["rev-parse", "--absolute-git-dir"]);
    let index = format!("{git_dir}/index");
    let named = Repository::discover(
        &linked,
        &env(&[("GIT_DIR", &git_dir), ("GIT_INDEX_FILE", &index)]),
    )
    .unwrap()
    .unwrap();
    assert_eq!(named.work_dir(), Some(linked.as_path()));
    assert_eq!(
        listed(&named.index().unwrap()),
        git_in(&linked, &["ls-files", "--stage"])
    );
    // A name relative to the work tree, as hooks get it, while we stand in a folder below.
    let below = Repository::discover(&linked.join("src"), &env(&[("GIT_INDEX_FILE", "other")]));
    assert!(
        below
            .unwrap()
            .unwrap()
            .index()
            .unwrap()
            .entries()
            .is_empty()
    );
    let missing = Repository::discover(repo.dir(), &env(&[("GIT_DIR", "/nowhere")]));
    assert!(missing.err().unwrap().to_string().contains("GIT_DIR"));
}

#[test]
fn outside_a_repository_there_is_none() {
    let folder = tempfile::tempdir().unwrap();
    assert!(
        Repository::discover(folder.path(), &env(&[]))
            .unwrap()
            .is_none()
    );
    assert!(Repository::open(folder.path()).unwrap().is_none());
}

#[test]
fn a_damaged_index_is_a_problem_and_not_a_shorter_one() {
    let repo = Repo::new();
    fill(&repo);
    let file = repo.dir().join(".git/index");
    let whole = std::fs::read(&file).unwrap();
    for cut in [0, 3, 12, 60, 100, whole.len() / 2, whole.len() - 21] {
        std::fs::write(&file, &whole[..cut]).unwrap();
        let problem = open(repo.dir()).index().err().unwrap();
        assert_eq!(problem.kind, "index");
    }
    std::fs::remove_file(&file).unwrap();
    assert!(open(repo.dir()).index().unwrap().entries().is_empty());
    std::fs::create_dir(&file).unwrap();
    assert!(open(repo.dir()).index().is_err());
}

#[test]
fn unknown_forms_are_named() {
    let repo = Repo::new();
    fill(&repo);
    repo.git(&["config", "core.repositoryformatversion", "1"]);
    repo.git(&["config", "extensions.fromTheFuture", "true"]);
    let problem = Repository::discover(repo.dir(), &env(&[]))
        .err()
        .unwrap()
        .to_string();
    assert!(
        problem.to_lowercase().contains("fromthefuture"),
        "{problem}"
    );
}

#[test]
fn the_parents_of_a_merge() {
    let repo = Repo::new();
    fill(&repo);
    repo.git(&["checkout", "--quiet", "-b", "topic"]);
    repo.write("topic", "x");
    let topic = repo.commit("topic");
    repo.git(&["checkout", "--quiet", "main"]);
    repo.write("main", "x");
    let main = repo.commit("main");
    let parents = |variables: &[(&str, &str)]| -> Vec<String> {
        let parents = open(repo.dir()).parents_to_be(&env(variables)).unwrap();
        parents.iter().map(ToString::to_string).collect()
    };
    assert_eq!(parents(&[]), std::slice::from_ref(&main));
    // As git tells the hook pre-merge-commit; a commit of some other repository means nothing.
    let name = format!("GITHEAD_{topic}");
    let foreign = format!("GITHEAD_{}", "7".repeat(40));
    assert_eq!(
        parents(&[(&name, "topic"), (&foreign, "x")]),
        [main.clone(), topic.clone()]
    );
    git_command(repo.dir())
        .args(["merge", "--quiet", "--no-commit", "topic"])
        .output()
        .unwrap();
    assert_eq!(parents(&[]), [main, topic]);
}

#[test]
fn renames_are_followed_like_git_does() {
    let repo = Repo::new();
    let text = |from: usize| {
        (from..from + 40)
            .map(|line| format!("line {line}\n"))
            .collect::<String>()
    };
    repo.write("same", text(0));
    repo.write("edited", text(100));
    repo.write("other", text(200));
    repo.commit("first");
    for (old, new) in [
        ("same", "moved/same"),
        ("edited", "moved/edited"),
        ("other", "moved/other"),
    ] {
        repo.git(&["rm", "--quiet", "--cached", old]);
        repo.write(new, "placeholder");
    }
    repo.write("moved/same", text(0));
    repo.write("moved/edited", format!("{}more\n", text(100)));
    repo.write("moved/other", text(900));
    repo.git(&["add", "moved"]);
    let repository = open(repo.dir());
    let head = repository.head().unwrap().unwrap();
    let tree = repository.objects().commit(head).unwrap().tree;
    let changes = diff_index(
        repository.objects(),
        Some(tree),
        &repository.index().unwrap(),
    )
    .changes;
    let sources = rename_sources(repository.objects(), &changes);
    let found: Vec<(String, String)> = sources
        .iter()
        .map(|(at, source)| {
            let old = changes
                .iter()
                .find(|change| change.old == Some(*source))
                .unwrap();
            (old.path.to_string(), changes[*at].path.to_string())
        })
        .collect();
    let pair = |old: &str, new: &str| (old.to_owned(), new.to_owned());
    assert_eq!(
        found,
        [pair("edited", "moved/edited"), pair("same", "moved/same")]
    );
}

#[test]
fn trees_are_compared_as_git_does() {
    let repo = Repo::new();
    fill(&repo);
    change(&repo);
    repo.git(&["commit", "--quiet", "-m", "second"]);
    let repository = open(repo.dir());
    let tree = |name: &str| {
        let id = repository.resolve(name).unwrap().unwrap();
        Some(repository.objects().commit(id).unwrap().tree)
    };
    let diff = diff_trees(repository.objects(), tree("HEAD~"), tree("HEAD"));
    let ours: Vec<String> = diff
        .changes
        .iter()
        .map(|change| change.path.to_string())
        .collect();
    let names = repo.git(&["diff", "--name-only", "--no-renames", "HEAD~", "HEAD"]);
    assert_eq!(ours.join("\n"), names);
    let all = diff_trees(repository.objects(), None, tree("HEAD"));
    let ours: Vec<String> = all
        .changes
        .iter()
        .map(|change| change.path.to_string())
        .collect();
    assert_eq!(
        ours.join("\n"),
        repo.git(&["ls-tree", "-r", "--name-only", "HEAD"])
    );
}

#[test]
fn a_repository_that_would_make_us_wait_is_not_opened() {
    let fifo = |path: &Path| {
        let made = std::process::Command::new("mkfifo")
            .arg(path)
            .status()
            .unwrap();
        assert!(made.success());
    };
    let opened = |repo: &Repo| {
        let below = repo.dir().join("src/m3");
        let searched = Repository::discover(&below, &env(&[])).err().unwrap();
        let direct = Repository::open(repo.dir()).err().unwrap();
        assert!(
            searched.to_string().contains("not a regular file"),
            "{searched}"
        );
        assert_eq!(searched, direct);
    };
    for name in ["config", "HEAD", "packed-refs"] {
        let repo = Repo::new();
        fill(&repo);
        let path = repo.dir().join(".git").join(name);
        let _ = std::fs::remove_file(&path);
        fifo(&path);
        opened(&repo);
    }
    let repo = Repo::new();
    fill(&repo);
    fifo(&repo.dir().join("waits"));
    repo.git(&["config", "include.path", "other"]);
    std::fs::write(
        repo.dir().join(".git/other"),
        "[include]\npath = ../waits\n",
    )
    .unwrap();
    opened(&repo);
}

/// In a container, files of a checkout often belong to somebody else. Only root can make such files.
#[cfg(unix)]
#[test]
fn a_foreign_owner_changes_nothing() {
    let repo = Repo::new();
    fill(&repo);
    repo.write("a", "changed");
    repo.git(&["add", "a"]);
    let before = staged(repo.dir());
    if std::os::unix::fs::chown(repo.dir(), Some(4242), Some(4242)).is_err() {
        return;
    }
    std::os::unix::fs::chown(repo.dir().join(".git"), Some(4242), Some(4242)).unwrap();
    assert!(
        !git_command(repo.dir())
            .arg("status")
            .output()
            .unwrap()
            .status
            .success()
    );
    assert_eq!(staged(repo.dir()), before);
}
