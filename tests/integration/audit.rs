//! The audit of a history: every place where a repository can hold a secret, and what is told of it.

use crate::support::{Repo, Sandbox, Tokens};
#[cfg(unix)]
use crate::support::{git_command, git_in};
use serde_json::Value;
#[cfg(unix)]
use std::fs;
use std::path::Path;

/// The report on a repository, as JSON; whatever the exit status.
fn audit(repo: &Path, args: &[&str]) -> (i32, Value) {
    let sandbox = Sandbox::new();
    let mut all = vec!["--history", repo.to_str().unwrap(), "-f", "json"];
    all.extend(args);
    let run = sandbox.scan(&all);
    let json = serde_json::from_str(&run.out);
    (
        run.code,
        json.unwrap_or_else(|error| panic!("{error}: {}{}", run.out, run.err)),
    )
}

/// Secrets, each with its place.
struct Plants {
    tokens: Tokens,
    planted: Vec<(&'static str, String)>,
}

impl Plants {
    fn new(seed: u64) -> Self {
        Plants {
            tokens: Tokens::new(seed),
            planted: Vec::new(),
        }
    }

    /// A token to be put at the place called so.
    fn token(&mut self, place: &'static str) -> String {
        let token = self.tokens.base62(32);
        self.planted.push((place, token.clone()));
        token
    }

    /// A line with a token to be put at the place called so.
    fn line(&mut self, place: &'static str) -> String {
        format!("INVOCA_OAUTH_TOKEN={}\n", self.token(place))
    }
}

#[cfg(unix)]
fn story<'a>(report: &'a Value, token: &str) -> &'a Value {
    let stories = report["stories"].as_array().unwrap();
    let found = stories.iter().find(|story| story["secret"] == token);
    found.unwrap_or_else(|| panic!("no story of {token}"))
}

/// Everything in one repository.
#[cfg(unix)]
fn every_place(plants: &mut Plants) -> Repo {
    let repo = Repo::new();
    let git = |args: &[&str]| repo.git(args);
    repo.write("at-head", plants.line("file at HEAD"));
    repo.write("gone", plants.line("file that is gone"));
    repo.write(".gitmodules", plants.line("old .gitmodules"));
    std::os::unix::fs::symlink(
        format!("/x/{}", plants.line("symlink").trim()),
        repo.dir().join("link"),
    )
    .unwrap();
    repo.write(&format!("name-{}", plants.line("file name").trim()), "x");
    let wide: Vec<u8> = plants
        .line("UTF-16")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    repo.write("wide", [&[0xFF, 0xFE], &wide[..]].concat());
    repo.commit("first");
    repo.git(&["rm", "-q", "gone", ".gitmodules"]);
    repo.commit(&format!("second\n\n{}", plants.line("commit message")));
    let author = format!("A <{}@example.com>", plants.line("author").trim());
    git(&[
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "third",
        "--author",
        &author,
    ]);
    // A merge that holds what no parent has.
    git(&["checkout", "-q", "-b", "side", "HEAD~1"]);
    repo.write("side", "x");
    repo.commit("side");
    git(&["checkout", "-q", "main"]);
    git(&["merge", "-q", "--no-ff", "--no-commit", "side"]);
    repo.write("merged", plants.line("merge only"));
    repo.commit("merge");
    git(&["rm", "-q", "merged"]);
    repo.commit("after the merge");
    // A commit that only a tag has, and the text of the tag.
    git(&["checkout", "-q", "--detach"]);
    repo.write("tagged", plants.line("under a tag only"));
    repo.commit("tagged");
    git(&["tag", "-a", "v1", "-m", &plants.line("tag message")]);
    git(&["checkout", "-q", "main"]);
    // What a reset has left.
    repo.write("reset", plants.line("reflog only"));
    repo.commit("to be reset");
    git(&["reset", "-q", "--hard", "HEAD~1"]);
    git(&["notes", "add", "-m", &plants.line("notes")]);
    // Stashes: one old, one with an untracked file.
    repo.write(
        "at-head",
        format!(
            "{}{}",
            fs::read_to_string(repo.dir().join("at-head")).unwrap(),
            plants.line("old stash")
        ),
    );
    git(&["stash", "-q"]);
    repo.write("untracked", plants.line("untracked part of a stash"));
    git(&["stash", "-q", "--include-untracked"]);
    git(&["branch", &format!("wip-{}", plants.line("ref name").trim())]);
    git(&["gc", "-q"]);
    unreachable(&repo, plants);
    beside_objects(&repo, plants);
    repo
}

#[cfg(unix)]
fn unreachable(repo: &Repo, plants: &mut Plants) {
    repo.write("tmp", plants.line("dangling blob"));
    repo.git(&["hash-object", "-w", "tmp"]);
    repo.write("tmp", plants.line("dangling tree"));
    let blob = repo.git(&["hash-object", "-w", "tmp"]);
    let mut child = git_command(repo.dir())
        .arg("mktree")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    std::io::Write::write_all(
        &mut child.stdin.take().unwrap(),
        format!("100644 blob {blob}\tstray\n").as_bytes(),
    )
    .unwrap();
    assert!(child.wait().unwrap().success());
    fs::remove_file(repo.dir().join("tmp")).unwrap();
    // Objects of an alternate.
    let other = repo.beside("other.git");
    repo.git(&["init", "-q", "--bare", other.to_str().unwrap()]);
    repo.write("tmp", plants.line("alternate"));
    git_in(
        &other,
        &[
            "hash-object",
            "-w",
            repo.dir().join("tmp").to_str().unwrap(),
        ],
    );
    fs::remove_file(repo.dir().join("tmp")).unwrap();
    let info = repo.dir().join(".git/objects/info");
    fs::create_dir_all(&info).unwrap();
    fs::write(
        info.join("alternates"),
        format!("{}\n", other.join("objects").display()),
    )
    .unwrap();
}

#[cfg(unix)]
fn beside_objects(repo: &Repo, plants: &mut Plants) {
    repo.write("staged", plants.line("index"));
    repo.git(&["add", "staged"]);
    repo.write("staged", "x");
    repo.write("new", plants.line("working tree"));
    let file = |path: &str, text: String| {
        let path = repo.dir().join(".git").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let before = fs::read_to_string(&path).unwrap_or_default();
        fs::write(path, before + &text).unwrap();
    };
    let url = format!(
        "[remote \"x\"]\n\turl = https://user:{}@www.invoca.net/x.git\n",
        plants.token("configuration")
    );
    file("config", url);
    file("hooks/post-commit", plants.line("hook"));
    let fetched = format!(
        "{}\tnot-for-merge\tbranch 'x' of {}",
        repo.git(&["rev-parse", "HEAD"]),
        plants.line("FETCH_HEAD")
    );
    file("FETCH_HEAD", fetched);
    file("MERGE_MSG", plants.line("MERGE_MSG"));
    file("rebase-apply/patch", plants.line("rebase"));
    file("lfs/objects/ab/cd/abcd", plants.line("large file"));
    file("worktrees/w/notes", plants.line("worktree"));
    file(
        "modules/m/config",
        plants.line("configuration of a submodule"),
    );
    // The objects of a submodule.
    let module = repo.dir().join(".git/modules/n");
    repo.git(&["init", "-q", "--bare", module.to_str().unwrap()]);
    repo.write("tmp", plants.line("object of a submodule"));
    git_in(
        &module,
        &[
            "hash-object",
            "-w",
            repo.dir().join("tmp").to_str().unwrap(),
        ],
    );
    fs::remove_file(repo.dir().join("tmp")).unwrap();
    // A repository that lies in the working tree, and one without a working tree.
    let nested = repo.dir().join("lib/in");
    for (dir, bare) in [("lib/in", false), ("lib/bare.git", true)] {
        let dir = repo.dir().join(dir);
        fs::create_dir_all(&dir).unwrap();
        git_in(
            &dir,
            if bare {
                &["init", "-q", "--bare"]
            } else {
                &["init", "-q"]
            },
        );
    }
    fs::write(nested.join("f"), plants.line("past of a nested repository")).unwrap();
    git_in(&nested, &["add", "f"]);
    git_in(&nested, &["commit", "-qm", "add"]);
    git_in(&nested, &["rm", "-q", "f"]);
    git_in(&nested, &["commit", "-qm", "take out"]);
    git_in(&nested, &["gc", "-q"]);
    let mine = plants.line("configuration of a nested repository");
    fs::write(nested.join(".git/notes"), mine).unwrap();
    let bare = repo.dir().join("lib/bare.git");
    let tmp = nested.join("g");
    fs::write(&tmp, plants.line("object of a bare repository")).unwrap();
    let tmp = tmp.to_str().unwrap();
    git_in(&bare, &["hash-object", "-w", tmp]);
    fs::remove_file(tmp).unwrap();
}

/// For each place its kind, and whether it is only on this machine.
#[cfg(unix)]
const PLACES: &[(&str, &str, bool)] = &[
    ("file at HEAD", "file", false),
    ("file that is gone", "file", false),
    ("old .gitmodules", "file", false),
    ("symlink", "symlink", false),
    ("file name", "file-name", false),
    ("UTF-16", "file", false),
    ("commit message", "message", false),
    ("author", "message", false),
    ("merge only", "file", false),
    ("under a tag only", "file", false),
    ("tag message", "message", false),
    ("reflog only", "file", true),
    ("notes", "file", false),
    ("old stash", "file", true),
    ("untracked part of a stash", "file", true),
    ("ref name", "ref-name", false),
    ("dangling blob", "stray-blob", true),
    ("dangling tree", "stray-tree", true),
    ("alternate", "stray-blob", true),
    ("index", "staged", true),
    ("working tree", "working-tree", true),
    ("configuration", "git-file", true),
    ("hook", "git-file", true),
    ("FETCH_HEAD", "git-file", true),
    ("MERGE_MSG", "git-file", true),
    ("rebase", "git-file", true),
    ("large file", "git-file", true),
    ("worktree", "git-file", true),
    ("configuration of a submodule", "git-file", true),
    ("object of a submodule", "stray-blob", true),
    ("past of a nested repository", "file", false),
    ("configuration of a nested repository", "git-file", true),
    ("object of a bare repository", "working-tree", true),
];

#[cfg(unix)]
#[test]
fn every_hiding_place_is_looked_at_and_named() {
    let mut plants = Plants::new(7);
    let repo = every_place(&mut plants);
    let (code, report) = audit(repo.dir(), &["--show-secrets"]);
    assert_eq!(report["problems"].as_array().unwrap(), &[] as &[Value]);
    assert_eq!(code, 1);
    assert_eq!(plants.planted.len(), PLACES.len());
    for (place, token) in &plants.planted {
        let (_, kind, here) = PLACES.iter().find(|(name, _, _)| name == place).unwrap();
        let story = story(&report, token);
        let kinds: Vec<&str> = story["places"]
            .as_array()
            .unwrap()
            .iter()
            .map(|place| place["kind"].as_str().unwrap())
            .collect();
        assert!(kinds.contains(kind), "{place}: {kinds:?}");
        assert_eq!(story["only_here"], *here, "{place}: {story:#}");
    }
    // No secret is shown unless that is asked for, in whatever format.
    let sandbox = Sandbox::new();
    for format in ["human", "json", "jsonl", "sarif", "csv"] {
        let run = sandbox.scan([
            "--history",
            repo.dir().to_str().unwrap(),
            "-f",
            format,
            "-v",
        ]);
        for (place, token) in &plants.planted {
            assert!(
                !run.out.contains(token.as_str()),
                "{format} shows the secret of {place}"
            );
            assert!(
                !run.err.contains(token.as_str()),
                "{format} shows the secret of {place}"
            );
        }
    }
}

#[cfg(unix)]
/// Runs the audit with `--write-replacements` and these arguments.
fn write_replacements(repo: &Path, file: &Path, args: &[&str]) -> crate::support::Run {
    let mut all = vec!["--history", repo.to_str().unwrap(), "--write-replacements"];
    all.push(file.to_str().unwrap());
    all.extend(args);
    Sandbox::new().scan(&all)
}

#[cfg(unix)]
#[test]
fn secrets_for_filter_repo_are_written_for_their_owner_and_nowhere_near_a_commit() {
    use std::os::unix::fs::PermissionsExt as _;
    let repo = Repo::new();
    let mut plants = Plants::new(17);
    let past = plants.line("past");
    repo.write("a", &past);
    repo.commit("first");
    repo.write("a", "x");
    repo.commit("second");
    repo.write("new", plants.line("working tree"));
    let file = repo.beside("expressions");
    fs::write(&file, "before").unwrap();
    let run = write_replacements(repo.dir(), &file, &[]);
    assert_eq!(run.code, 1, "{run:?}");
    let token = past.trim().rsplit('=').next().unwrap();
    // What no commit has is not the rewriter's business.
    let written = fs::read_to_string(&file).unwrap();
    assert_eq!(written, format!("literal:{token}==>***REMOVED***\n"));
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let command = format!("`git filter-repo --replace-text {}`", file.display());
    let plan = run.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(plan.contains(&command), "{}", run.out);
    assert!(plan.contains("It changes HEAD, main;"), "{}", run.out);
    assert!(!run.out.contains(token));

    std::os::unix::fs::symlink(repo.dir().join("b"), repo.beside("link")).unwrap();
    fs::write(repo.dir().join("b"), "x").unwrap();
    let bare = repo.beside("bare.git");
    repo.git(&["init", "-q", "--bare", bare.to_str().unwrap()]);
    let refused = [
        repo.dir().join("expressions"),
        repo.dir().join(".git/expressions"),
        repo.beside("link"),
        bare.join("expressions"),
        "/dev/stdout".into(),
        repo.beside("none/expressions"),
    ];
    for file in refused {
        let run = write_replacements(repo.dir(), &file, &[]);
        assert_eq!(run.code, 2, "{}: {run:?}", file.display());
        assert!(run.err.contains("--write-replacements"), "{run:?}");
        assert!(run.out.is_empty(), "{run:?}");
    }
    assert_eq!(fs::read(repo.dir().join("b")).unwrap(), b"x");
    let run = Sandbox::new().scan(["--write-replacements", "x"]);
    assert_eq!(run.code, 2, "{run:?}");
}

#[test]
fn what_stands_in_a_message_is_accepted_by_its_value() {
    let repo = Repo::new();
    let mut plants = Plants::new(29);
    let (kept, other) = (plants.line("message"), plants.line("another message"));
    repo.write("a", "x");
    repo.commit(&format!("first\n\n{kept}"));
    repo.write("a", "y");
    repo.commit(&format!("second\n\n{other}"));
    let commit = repo.git(&["rev-parse", "--short", "HEAD~1"]);
    let add = |place: &str| {
        let mut program = Sandbox::new().program();
        program.current_dir(repo.dir());
        program.args(["baseline", "add", place, "--reason", "too late to rewrite"]);
        crate::support::run(program, b"")
    };
    let run = add(&format!("{}:3", commit.trim()));
    assert_eq!(run.code, 0, "{run:?}");
    let run = add(&format!("{}:1", commit.trim()));
    assert!(
        run.code == 2 && run.err.contains("line 3 is reported"),
        "{run:?}"
    );
    // Its copies among the files of the git directory are known with it.
    let (code, report) = audit(repo.dir(), &["--show-secrets", "--no-cache"]);
    let findings = report["findings"].as_array().unwrap();
    let token = other.trim().rsplit('=').next().unwrap();
    assert!(
        code == 1 && !findings.is_empty() && findings.iter().all(|item| item["secret"] == token),
        "{}",
        report["findings"]
    );
}
