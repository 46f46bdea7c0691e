//! What the tests share: folders and git repositories that go away with the test, the program run there with a clean environment, tokens
//! made at run time, snapshots.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use invoca_scan::blob::{Blob, Fresh};
use invoca_scan::git::Env;
use invoca_scan::problem::{LeftOut, Problem};
use invoca_scan::source::{Sink, Source};
use std::sync::Mutex;
use tempfile::TempDir;

/// A sink that remembers what it was given.
#[derive(Default)]
pub(crate) struct Seen {
    blobs: Mutex<Vec<(String, String)>>,
    fresh: Mutex<Vec<(String, Vec<String>)>>,
    left_out: Mutex<Vec<LeftOut>>,
    problems: Mutex<Vec<Problem>>,
}

impl Seen {
    /// What `source` yields.
    pub(crate) fn of(source: &dyn Source) -> Self {
        let seen = Seen::default();
        source.run(&seen);
        seen
    }

    /// Path and content of each blob, sorted.
    pub(crate) fn blobs(&self) -> Vec<(String, String)> {
        let mut blobs = self.blobs.lock().unwrap().clone();
        blobs.sort();
        blobs
    }

    /// The paths of the blobs, sorted, joined by blanks.
    pub(crate) fn paths(&self) -> String {
        let paths: Vec<String> = self.blobs().into_iter().map(|(path, _)| path).collect();
        paths.join(" ")
    }

    /// For each blob its fresh lines as `number:text`, sorted by path. The number is that in the whole.
    pub(crate) fn fresh(&self) -> Vec<(String, Vec<String>)> {
        let mut fresh = self.fresh.lock().unwrap().clone();
        fresh.sort();
        fresh
    }

    /// What was left out, as `path (why)`, sorted.
    pub(crate) fn left_out(&self) -> Vec<String> {
        let left_out = self.left_out.lock().unwrap();
        let mut items: Vec<String> = left_out
            .iter()
            .map(|item| format!("{} ({})", item.object, item.why.code()))
            .collect();
        items.sort();
        items
    }

    /// The problems, as `kind path`, sorted.
    pub(crate) fn problems(&self) -> Vec<String> {
        let problems = self.problems.lock().unwrap();
        let mut items: Vec<String> = problems
            .iter()
            .map(|problem| format!("{} {}", problem.kind, problem.object))
            .collect();
        items.sort();
        items
    }
}

impl Sink for Seen {
    fn blob(&self, blob: Blob<'_>) {
        let path = blob
            .origin
            .path()
            .map_or_else(|| "-".to_owned(), |path| path.to_text());
        let text = String::from_utf8_lossy(blob.bytes).into_owned();
        let mut at = 0;
        let mut fresh = Vec::new();
        for (number, line) in (1..).zip(blob.bytes.split_inclusive(|byte| *byte == b'\n')) {
            let (start, end) = (at, at + line.len());
            at = end;
            let is_fresh = match blob.fresh {
                Fresh::All => true,
                Fresh::Ranges(spans) => spans
                    .iter()
                    .any(|span| span.start < end && start < span.end),
            };
            if is_fresh {
                let line = String::from_utf8_lossy(line);
                fresh.push(format!("{}:{}", blob.part.line(number), line.trim_end()));
            }
        }
        self.fresh.lock().unwrap().push((path.clone(), fresh));
        self.blobs.lock().unwrap().push((path, text));
    }

    fn left_out(&self, item: LeftOut) {
        self.left_out.lock().unwrap().push(item);
    }

    fn problem(&self, problem: Problem) {
        self.problems.lock().unwrap().push(problem);
    }

    fn interrupted(&self) -> bool {
        false
    }
}

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

/// A folder that goes away with the test, and the program run in it.
pub(crate) struct Sandbox {
    dir: tempfile::TempDir,
}

/// What a run of the program gave.
#[derive(Debug)]
pub(crate) struct Run {
    /// Exit status.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("home")).unwrap();
        std::fs::create_dir_all(dir.path().join("work")).unwrap();
        Sandbox { dir }
    }

    /// The folder commands run in.
    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("work")
    }

    /// Writes a file, with the folders it needs.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// The text of a file.
    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path().join(path)).unwrap()
    }

    /// A command with nothing of this machine's environment but the search path: no CI, no git variables, no settings of the user.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.dir.path().join("home"))
            .env("LC_ALL", "C.UTF-8")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "A U Thor")
            .env("GIT_AUTHOR_EMAIL", "author@example.com")
            .env("GIT_COMMITTER_NAME", "C O Mitter")
            .env("GIT_COMMITTER_EMAIL", "committer@example.com");
        command
    }

    /// The program, ready to run.
    pub(crate) fn program(&self) -> Command {
        self.command(env!("CARGO_BIN_EXE_invoca-scan"))
    }

    /// Runs the program.
    pub(crate) fn scan<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Run {
        self.scan_stdin(args, "")
    }

    /// Runs the program with `input` on standard input.
    pub(crate) fn scan_stdin<S: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = S>,
        input: impl AsRef<[u8]>,
    ) -> Run {
        let mut command = self.program();
        command.args(args);
        run(command, input.as_ref())
    }
}

/// Runs a command to its end.
pub(crate) fn run(mut command: Command, input: &[u8]) -> Run {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that does not read its input closes it; that is no failure of the test.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Tokens made at run time from a fixed seed, so that none stands in this repository.
pub(crate) struct Tokens(u64);

impl Tokens {
    pub(crate) fn new(seed: u64) -> Self {
        Tokens(seed | 1)
    }

    fn next(&mut self) -> u64 {
        // splitmix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// `length` characters of `alphabet`.
    pub(crate) fn of(&mut self, alphabet: &str, length: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        (0..length)
            .map(|_| letters[(self.next() % letters.len() as u64) as usize])
            .collect()
    }

    /// `length` characters of `A-Za-z0-9`.
    pub(crate) fn base62(&mut self, length: usize) -> String {
        self.of(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
            length,
        )
    }
}

/// Compares `text` with `tests/integration/snapshots/NAME`; with `SNAPSHOTS=overwrite` writes it there.
#[track_caller]
pub(crate) fn snapshot(name: &str, text: &str) {
    let path = root().join("tests/integration/snapshots").join(name);
    if std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite") {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = text
        .lines()
        .zip(expected.lines())
        .find(|(new, old)| new != old);
    assert!(
        text == expected,
        "differs from {}, first in {differs:?} (new, old); if it is as it should be: SNAPSHOTS=overwrite cargo test",
        path.display()
    );
}

/// The root of this package.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
