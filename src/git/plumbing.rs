//! Asking git itself, where libgit2 does not read the form of a repository. Nothing that the repository configures is run: only commands
//! that read references, with the configuration of user and system off and every hook-like setting overridden; and who the user is.

use super::repository::Repository;
use crate::blob::BlobId;
use crate::problem::Problem;
use crate::text::Name;
use std::process::{Command, Stdio};

fn run(repository: &Repository, args: &[&str]) -> Result<Option<Vec<u8>>, Problem> {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"GIT_") {
            command.env_remove(name);
        }
    }
    command
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env(
            "GIT_CONFIG_GLOBAL",
            if cfg!(windows) { "NUL" } else { "/dev/null" },
        )
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("LC_ALL", "C")
        .args(["-c", "safe.directory=*", "-c", "core.fsmonitor=false"])
        .args([
            "-c",
            "core.hooksPath=/dev/null",
            "--no-pager",
            "--no-replace-objects",
        ])
        .arg("--git-dir")
        .arg(repository.git_dir())
        .args(args)
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    let cause = match command.output() {
        Ok(output) if output.status.success() => return Ok(Some(output.stdout)),
        Ok(_) => return Ok(None),
        Err(error) => {
            format!("its references are stored as reftable, and `git` cannot be run: {error}")
        }
    };
    Err(
        Problem::new("repository", Name::from_path(repository.git_dir()), cause)
            .consequence("nothing was scanned")
            .next("install git 2.45 or later"),
    )
}

/// The address that git would write into a commit made in the current folder, if it knows one. The only question that git answers with the
/// configuration of user and system: they are asked who the user is.
pub fn user_email() -> Option<String> {
    let answer = Command::new("git")
        .args(["config", "--get", "user.email"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()
        .filter(|answer| answer.status.success())?;
    let address = String::from_utf8(answer.stdout).ok()?.trim().to_owned();
    (!address.is_empty()).then_some(address)
}

/// The commit that an expression names; `None` if nothing does.
pub(super) fn resolve(
    repository: &Repository,
    expression: &str,
) -> Result<Option<BlobId>, Problem> {
    let commit = format!("{expression}^{{commit}}");
    let answer = run(
        repository,
        &[
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &commit,
        ],
    )?;
    Ok(answer.and_then(|text| BlobId::from_hex(text.trim_ascii())))
}

/// All references, sorted by name.
pub(super) fn refs(repository: &Repository) -> Result<Vec<(Name, BlobId)>, Problem> {
    let answer = run(
        repository,
        &["for-each-ref", "--format=%(objectname) %(refname)"],
    )?;
    let Some(text) = answer else {
        let name = Name::from_path(repository.git_dir());
        return Err(
            Problem::new("repository", name, "`git for-each-ref` failed")
                .consequence("nothing was scanned")
                .next("run it there to see why"),
        );
    };
    let mut refs: Vec<(Name, BlobId)> = text
        .split(|byte| *byte == b'\n')
        .filter_map(|line| {
            let at = memchr::memchr(b' ', line)?;
            Some((Name::new(&line[at + 1..]), BlobId::from_hex(&line[..at])?))
        })
        .collect();
    refs.sort();
    Ok(refs)
}
