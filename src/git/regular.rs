//! Before libgit2 opens a repository: whatever it would read to do so is a regular file. A FIFO or device in its place would make us wait for
//! ever, and nested repositories of a scanned tree are opened without anybody having asked for them.

use std::fs;
use std::path::{Path, PathBuf};

/// What is read of a git directory when it is opened.
const READ: &[&str] = &[
    "HEAD",
    "config",
    "config.worktree",
    "commondir",
    "gitdir",
    "objects/info/alternates",
    "packed-refs",
    "shallow",
];
/// How deep configuration files may include others; git itself stops at ten.
const DEPTH: usize = 10;

/// The first thing in the way of opening the repository at `path`, or around it if `search`.
pub(super) fn obstacle(path: &Path, search: bool) -> Option<PathBuf> {
    for folder in path.ancestors() {
        for candidate in [folder.join(".git"), folder.to_owned()] {
            if let Some(git_dir) = git_dir(&candidate) {
                let common = linked(&git_dir, &git_dir.join("commondir"), "");
                return [Some(git_dir), common]
                    .iter()
                    .flatten()
                    .find_map(|dir| in_dir(dir));
            }
        }
        if !search {
            break;
        }
    }
    None
}

/// The git directory that `candidate` is, or that it names if it is a file.
fn git_dir(candidate: &Path) -> Option<PathBuf> {
    let about = fs::metadata(candidate).ok()?;
    if about.is_dir() {
        return candidate
            .join("HEAD")
            .symlink_metadata()
            .is_ok()
            .then(|| candidate.to_owned());
    }
    linked(candidate.parent()?, candidate, "gitdir:")
}

/// The folder that a small file names, seen from `base`.
fn linked(base: &Path, file: &Path, prefix: &str) -> Option<PathBuf> {
    if !fs::metadata(file).is_ok_and(|about| about.is_file() && about.len() < 1 << 16) {
        return None;
    }
    let text = fs::read_to_string(file).ok()?;
    Some(base.join(text.strip_prefix(prefix)?.trim()))
}

fn in_dir(git_dir: &Path) -> Option<PathBuf> {
    let waits = |path: &PathBuf| fs::metadata(path).is_ok_and(|about| !about.is_file());
    let mut read = READ.iter().map(|name| git_dir.join(name));
    read.find(waits).or_else(|| {
        ["config", "config.worktree"]
            .iter()
            .find_map(|name| in_config(&git_dir.join(name), DEPTH))
    })
}

/// A file that the configuration `file` includes, itself or through others, and that is none.
fn in_config(file: &Path, depth: usize) -> Option<PathBuf> {
    let text = String::from_utf8_lossy(&fs::read(file).ok()?).into_owned();
    if !text.to_ascii_lowercase().contains("include") || depth == 0 {
        return None;
    }
    let base = file.parent()?;
    includes(&text).into_iter().find_map(|value| {
        let path = match (value.strip_prefix("~/"), std::env::var_os("HOME")) {
            (Some(rest), Some(home)) => Path::new(&home).join(rest),
            _ => base.join(&value),
        };
        let about = fs::metadata(&path).ok()?;
        if about.is_file() {
            in_config(&path, depth - 1)
        } else {
            Some(path)
        }
    })
}

/// The values of `path` in sections `include` and `includeIf`.
fn includes(text: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut including = false;
    for line in text.replace("\\\n", "").lines() {
        let mut rest = line.trim();
        if let Some(section) = rest.strip_prefix('[') {
            including = section
                .trim_start()
                .to_ascii_lowercase()
                .starts_with("include");
            // A setting may follow on the same line; a name in quotes may hold a bracket.
            rest = section.rsplit_once(']').map_or("", |(_, rest)| rest.trim());
        }
        let Some((key, value)) = rest.split_once('=').filter(|_| including) else {
            continue;
        };
        if key.trim().eq_ignore_ascii_case("path") {
            let value = value.split(['#', ';']).next().unwrap_or_default();
            values.push(
                value
                    .replace('"', "")
                    .replace("\\\\", "\\")
                    .trim()
                    .to_owned(),
            );
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::includes;

    #[test]
    fn every_way_to_write_an_include() {
        let text = "[core]\n path = no\n[Include]\n\tpath = a # comment\n[includeIf \"gitdir:x]\"] PATH = \"b c\"\n[include] path = d\\\ne\n[user]\npath = no\n";
        assert_eq!(includes(text), ["a", "b c", "de"]);
    }
}
