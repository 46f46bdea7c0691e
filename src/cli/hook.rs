//! `hook install` and `hook uninstall`, for people without pre-commit. An earlier hook is kept and still runs, or nothing is changed; what
//! git says about the folder of hooks (`core.hooksPath`, linked worktrees) holds.

use super::Failure;
use super::args::HookArgs;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What to install, or to take away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct HookOptions {
    /// Also the hook that scans what is pushed.
    pub(crate) pre_push: bool,
    /// Also the hook that scans commit messages.
    pub(crate) commit_msg: bool,
    /// For every repository of this user.
    pub(crate) global: bool,
}

impl From<HookArgs> for HookOptions {
    fn from(args: HookArgs) -> Self {
        HookOptions {
            pre_push: args.pre_push,
            commit_msg: args.commit_msg,
            global: args.global,
        }
    }
}

/// Every hook of ours begins with this, so that it is recognised whatever version wrote it.
const MARK: &str = "# Installed by `invoca-scan hook install`";
/// Where an earlier hook goes.
const EARLIER: &str = "before-invoca-scan";
/// Hooks that can be ours.
const OURS: &[&str] = &["pre-commit", "pre-merge-commit", "pre-push", "commit-msg"];
/// Hooks that git runs in a repository. A global folder takes the place of each repository's own, so it has to pass on all of them.
const PASSED_ON: &[&str] = &[
    "applypatch-msg",
    "commit-msg",
    "post-applypatch",
    "post-checkout",
    "post-commit",
    "post-merge",
    "post-receive",
    "post-rewrite",
    "post-update",
    "pre-applypatch",
    "pre-auto-gc",
    "pre-commit",
    "pre-merge-commit",
    "pre-push",
    "pre-rebase",
    "pre-receive",
    "prepare-commit-msg",
    "proc-receive",
    "push-to-checkout",
    "reference-transaction",
    "sendemail-validate",
    "update",
];

impl HookOptions {
    /// The hooks and what each of them runs.
    fn hooks(self) -> Vec<&'static str> {
        let mut names = vec!["pre-commit", "pre-merge-commit"];
        if self.pre_push {
            names.push("pre-push");
        }
        if self.commit_msg {
            names.push("commit-msg");
        }
        names
    }
}

/// A folder of hooks.
struct Folder {
    path: PathBuf,
    /// Whether it is ours, for all repositories, so that each one's own hooks have to be passed on.
    passes_on: bool,
}

/// Installs the hooks for the repository around `start`, or for all. Returns what was done, one line each.
///
/// # Errors
/// There is no repository, or a hook is in the way that cannot be kept running. Then nothing was changed.
pub(crate) fn install(options: HookOptions, start: &Path) -> Result<Vec<String>, Failure> {
    let folder = if options.global {
        global_folder()?
    } else {
        local_folder(start)?
    };
    let program = std::env::current_exe().map_err(|error| {
        Failure::new(
            format!("this program does not know where it is: {error}"),
            "",
        )
    })?;
    let names = options.hooks();
    for name in &names {
        check(&folder, name)?;
    }
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |error: io::Error| {
            Failure::new(
                format!("{path}: {error}"),
                "nothing else was changed; see to it and install again",
            )
        }
    };
    fs::create_dir_all(&folder.path).map_err(failed(&folder.path))?;
    let mut said = Vec::new();
    for name in &names {
        let path = folder.path.join(name);
        let known = is_ours(&path);
        if path.symlink_metadata().is_ok() && !known {
            let kept = earlier(&folder.path, name);
            if let Some(parent) = kept.parent() {
                fs::create_dir_all(parent).map_err(failed(parent))?;
            }
            fs::rename(&path, &kept).map_err(failed(&path))?;
            said.push(format!("kept {}, which runs first", kept.display()));
        }
        let text = script(name, &program, folder.passes_on);
        write_executable(&path, &text).map_err(failed(&path))?;
        let what = if known { "renewed" } else { "installed" };
        said.push(format!("{what} {}", path.display()));
    }
    if folder.passes_on {
        for name in PASSED_ON.iter().filter(|name| !names.contains(name)) {
            let path = folder.path.join(name);
            // One that scans stays as it is, and so does one that the user wrote.
            if path.symlink_metadata().is_err() {
                write_executable(&path, &passing_on(name)).map_err(failed(&path))?;
            }
        }
        git(
            start,
            &[
                "config",
                "--global",
                "core.hooksPath",
                &text_of(&folder.path)?,
            ],
        )?;
        said.push(
            "set core.hooksPath for this user; each repository's own hooks still run".to_owned(),
        );
        said.push("not covered: repositories that set core.hooksPath themselves; run `invoca-scan hook install` there".to_owned());
        said.push(
            "while core.hooksPath is set, pre-commit refuses `pre-commit install`".to_owned(),
        );
    }
    Ok(said)
}

/// Takes our hooks away and puts earlier ones back. Without a choice of hooks: all of ours.
///
/// # Errors
/// There is no repository, or a file cannot be changed.
pub(crate) fn uninstall(options: HookOptions, start: &Path) -> Result<Vec<String>, Failure> {
    let folder = if options.global {
        global_folder()?
    } else {
        local_folder(start)?
    };
    let chosen = |name: &str| match name {
        "pre-push" => options.pre_push,
        "commit-msg" => options.commit_msg,
        _ => false,
    };
    let all = !options.pre_push && !options.commit_msg;
    let mut said = Vec::new();
    for name in OURS.iter().filter(|name| all || chosen(name)) {
        // pre-commit moves hooks that were there before it to this name.
        for file in [(*name).to_owned(), format!("{name}.legacy")] {
            let path = folder.path.join(file);
            if is_ours(&path) {
                remove(&folder, name, &path, &mut said)?;
            }
        }
    }
    if folder.passes_on {
        dissolve(&folder, start, &mut said)?;
    }
    if said.is_empty() {
        said.push(format!(
            "no hook of invoca-scan in {}",
            folder.path.display()
        ));
    }
    Ok(said)
}

fn remove(folder: &Folder, name: &str, path: &Path, said: &mut Vec<String>) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::new(format!("{}: {error}", path.display()), "");
    if folder.passes_on {
        write_executable(path, &passing_on(name)).map_err(failed)?;
        said.push(format!("removed {}", path.display()));
        return Ok(());
    }
    let kept = earlier(&folder.path, name);
    if kept.symlink_metadata().is_ok() && path.file_name().is_some_and(|file| file == name) {
        fs::rename(&kept, path).map_err(failed)?;
        said.push(format!("put back {}", path.display()));
        // Not empty while others are kept there.
        if let Some(parent) = kept.parent() {
            let _ = fs::remove_dir(parent);
        }
    } else {
        fs::remove_file(path).map_err(failed)?;
        said.push(format!("removed {}", path.display()));
    }
    Ok(())
}

/// Gives up our global folder when nothing in it scans any more.
fn dissolve(folder: &Folder, start: &Path, said: &mut Vec<String>) -> Result<(), Failure> {
    let scans = |name: &&&str| {
        fs::read_to_string(folder.path.join(name)).is_ok_and(|text| text.contains("\nscan="))
    };
    if PASSED_ON.iter().find(scans).is_some() || !folder.path.is_dir() {
        return Ok(());
    }
    for name in PASSED_ON {
        let path = folder.path.join(name);
        if is_ours(&path) {
            fs::remove_file(&path)
                .map_err(|error| Failure::new(format!("{}: {error}", path.display()), ""))?;
        }
    }
    let _ = fs::remove_dir(&folder.path);
    let set = git(start, &["config", "--global", "--get", "core.hooksPath"]).unwrap_or_default();
    if Path::new(&set) == folder.path {
        git(start, &["config", "--global", "--unset", "core.hooksPath"])?;
        said.push("unset core.hooksPath for this user".to_owned());
    }
    Ok(())
}

/// What `git` prints, without the line end.
fn git(start: &Path, args: &[&str]) -> Result<String, Failure> {
    let output = Command::new("git")
        .current_dir(start)
        .args(args)
        .output()
        .map_err(|error| Failure::new(format!("git cannot be run: {error}"), "install git"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said
            .lines()
            .next()
            .unwrap_or_default()
            .trim_start_matches("fatal: ");
        return Err(Failure::new(
            format!("`git {}`: {said}", args.join(" ")),
            "run this inside a repository",
        ));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}

fn local_folder(start: &Path) -> Result<Folder, Failure> {
    if git(start, &["rev-parse", "--is-bare-repository"])? == "true" {
        return Err(Failure::new(
            "a bare repository makes no commits",
            "let its hook pre-receive run `invoca-scan --pre-receive`",
        ));
    }
    // Git takes a relative core.hooksPath from the root of the working tree.
    let top = PathBuf::from(git(start, &["rev-parse", "--show-toplevel"])?);
    let path = top.join(git(&top, &["rev-parse", "--git-path", "hooks"])?);
    let ours = global_home().is_some_and(|home| home == path);
    if ours {
        return Err(Failure::new(
            format!(
                "hooks for every repository are installed already, in {}",
                path.display()
            ),
            "change them with `invoca-scan hook install --global` or `invoca-scan hook uninstall --global`",
        ));
    }
    Ok(Folder {
        path,
        passes_on: false,
    })
}

fn global_home() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let base = set("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| {
            Some(PathBuf::from(set("HOME").or_else(|| set("USERPROFILE"))?).join(".config"))
        })?;
    Some(base.join("invoca-scan").join("hooks"))
}

/// The folder that this user's configuration names already, else one of ours.
fn global_folder() -> Result<Folder, Failure> {
    let home =
        global_home().ok_or_else(|| Failure::new("there is no home directory", "set HOME"))?;
    let here = std::env::temp_dir();
    let set = git(
        &here,
        &[
            "config",
            "--global",
            "--type=path",
            "--get",
            "core.hooksPath",
        ],
    )
    .unwrap_or_default();
    if set.is_empty() || Path::new(&set) == home {
        return Ok(Folder {
            path: home,
            passes_on: true,
        });
    }
    let path = PathBuf::from(set);
    if path.is_relative() {
        return Err(Failure::new(
            format!(
                "core.hooksPath of this user is {}, another folder in each repository",
                path.display()
            ),
            "install the hook in each repository: `invoca-scan hook install`",
        ));
    }
    Ok(Folder {
        path,
        passes_on: false,
    })
}

/// A hook that is not ours keeps its own name, in a folder beside it: some ask what they are called.
fn earlier(folder: &Path, name: &str) -> PathBuf {
    folder.join(EARLIER).join(name)
}

fn is_ours(path: &Path) -> bool {
    path.is_file()
        && fs::read(path)
            .is_ok_and(|text| text.windows(MARK.len()).any(|part| part == MARK.as_bytes()))
}

/// Whether the hook `name` can be installed. An earlier one must be able to run from another place.
fn check(folder: &Folder, name: &str) -> Result<(), Failure> {
    let path = folder.path.join(name);
    let Ok(about) = path.symlink_metadata() else {
        return Ok(());
    };
    if is_ours(&path) {
        return Ok(());
    }
    let shown = path.display();
    let command = match name {
        "pre-push" => "invoca-scan --pre-push \"$@\" (it reads standard input)",
        "commit-msg" => "invoca-scan --commit-msg \"$1\" || exit $?",
        _ => "invoca-scan --staged || exit $?",
    };
    let text = fs::read(&path).unwrap_or_default();
    let has = |part: &str| memchr::memmem::find(&text, part.as_bytes()).is_some();
    if has("generated by pre-commit") {
        return Err(Failure::new(
            format!("{shown} belongs to pre-commit; nothing was changed"),
            "add the hook `invoca-scan` to .pre-commit-config.yaml (see docs/hooks.md)",
        ));
    }
    if folder.passes_on {
        return Err(Failure::new(
            format!("{shown} is no hook of invoca-scan; nothing was changed"),
            format!("add this line to it: {command}"),
        ));
    }
    if about.is_symlink()
        || !about.is_file()
        || ["$0", "${0", "BASH_SOURCE", "__file__", "__FILE__"]
            .into_iter()
            .any(has)
    {
        return Err(Failure::new(
            format!(
                "{shown} is a hook that asks where it stands, so it cannot be moved; nothing was changed"
            ),
            format!("add this line to it: {command}"),
        ));
    }
    let kept = earlier(&folder.path, name);
    if kept.symlink_metadata().is_ok() {
        return Err(Failure::new(
            format!(
                "both {shown} and {} are hooks from before; nothing was changed",
                kept.display()
            ),
            "make one of them, or take one away, and install again",
        ));
    }
    Ok(())
}

/// A word for the shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn text_of(path: &Path) -> Result<String, Failure> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| Failure::new(format!("{} is not UTF-8", path.display()), "move it"))
}

/// The earlier hook, seen from ours.
fn before(name: &str, passes_on: bool) -> String {
    if passes_on {
        format!("earlier=\"$(git rev-parse --git-common-dir)/hooks/{name}\"")
    } else {
        format!("earlier=\"${{0%/*}}/{EARLIER}/{name}\"")
    }
}

fn script(name: &str, program: &Path, passes_on: bool) -> String {
    let program = quoted(&program.to_string_lossy());
    let earlier = before(name, passes_on);
    let (early, late) = match name {
        "pre-push" => (
            "refs=$(cat)\n[ ! -x \"$earlier\" ] || printf '%s\\n' \"$refs\" | \"$earlier\" \"$@\" || exit $?\n",
            "printf '%s\\n' \"$refs\" | \"$scan\" --pre-push \"$@\"\n",
        ),
        "commit-msg" => (
            "[ ! -x \"$earlier\" ] || \"$earlier\" \"$@\" || exit $?\n",
            "exec \"$scan\" --commit-msg \"$1\"\n",
        ),
        _ => (
            "[ ! -x \"$earlier\" ] || \"$earlier\" \"$@\" || exit $?\n",
            "exec \"$scan\" --staged\n",
        ),
    };
    format!(
        "#!/bin/sh\n{MARK}; `invoca-scan hook uninstall` takes it away again.\n{earlier}\n{early}scan={program}\n\
         [ -x \"$scan\" ] || scan=$(command -v invoca-scan) || {{\n\
         \x20   echo \"hook {name}: invoca-scan is neither at\" {program} \"nor on the PATH; install it, or pass once with --no-verify\" >&2\n\
         \x20   exit 1\n}}\n{late}"
    )
}

fn passing_on(name: &str) -> String {
    let earlier = before(name, true);
    format!(
        "#!/bin/sh\n{MARK}, for all repositories: runs the repository's own hook.\n{earlier}\n[ ! -x \"$earlier\" ] || exec \"$earlier\" \"$@\"\n"
    )
}

/// Written beside and then moved: a hook that git runs meanwhile is the old one or the new one.
fn write_executable(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    fs::write(&new, text)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&new, fs::Permissions::from_mode(0o755))?;
    }
    fs::rename(&new, path)
}
