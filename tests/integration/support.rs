//! What the tests share: git repositories in folders of their own, and a sink that remembers what it was given.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use invoca_scan::git::Env;
use tempfile::TempDir;

/// A repository (or any folder) of its own, gone when dropped.
pub(crate) struct Repo {
    root: TempDir,
    dir: PathBuf,
}

impl Repo {
    /// An empty repository on the branch `main`.
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// The same with more arguments for `git init`.
    pub(crate) fn with(args: &[&str]) -> Self {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("repo");
        std::fs::create_dir(&dir).unwrap();
        let repo = Repo { root, dir };
        let mut all = vec!["init", "--quiet", "--initial-branch=main"];
        all.extend(args);
        repo.git(&all);
        repo
    }

    /// The folder of the working tree.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// A folder beside it, for clones and worktrees.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// `git` with `args` in the working tree; panics if it fails, gives its output without the last line end.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        git_in(&self.dir, args)
    }

    /// Writes a file, with the folders on the way.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.dir.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Stages everything and commits it; gives the id.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }
}

/// `git` in `dir` with nothing of the tester's configuration and environment.
pub(crate) fn git_command(dir: &Path) -> Command {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"GIT_") {
            command.env_remove(name);
        }
    }
    command
        .current_dir(dir)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_AUTHOR_NAME", "A")
        .env("GIT_AUTHOR_EMAIL", "a@example.com")
        .env("GIT_COMMITTER_NAME", "A")
        .env("GIT_COMMITTER_EMAIL", "a@example.com")
        .args(["-c", "protocol.file.allow=always"])
        .stdin(Stdio::null());
    command
}

/// `git` with `args` in `dir`; panics if it fails, gives its output without the last line end.
pub(crate) fn git_in(dir: &Path, args: &[&str]) -> String {
    let output = git_command(dir).args(args).output().unwrap();
    assert!(
        output.status.success(),
        "git {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout)
        .trim_end()
        .to_owned()
}

/// An environment of these variables only.
pub(crate) fn env(variables: &[(&str, &str)]) -> Env {
    variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), OsString::from(value)))
        .collect()
}
