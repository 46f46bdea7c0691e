//! The rooms and the edges between them: `docs/architecture.md` draws them, this test keeps them.

use crate::support::root;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What each room may use. A new room or edge is added here with its reason in the commit message.
pub(crate) const ROOMS: &[(&str, &str)] = &[
    ("text", ""),
    ("problem", "text"),
    ("progress", ""),
    ("blob", "text"),
    ("rule", "text problem"),
    ("git", "blob problem progress text"),
    ("pack", "blob problem text"),
    ("source", "blob git pack problem progress text"),
    ("container", "blob pack problem progress text"),
    ("finding", "blob rule text"),
    ("detect", "blob rule finding problem progress text"),
    ("attribute", "blob finding git problem progress text"),
    ("suppress", "finding rule blob problem text"),
    ("cache", "blob rule finding problem text"),
    ("fix", "rule finding config suppress text problem"),
    ("import", "rule finding config suppress text problem"),
    (
        "report",
        "finding rule blob suppress attribute problem progress text",
    ),
    (
        "scan",
        "text problem progress blob rule git source container finding detect attribute suppress cache fix import",
    ),
    ("config", "rule text"),
    (
        "cli",
        "text problem progress blob rule git source container finding detect attribute suppress cache fix import report scan config",
    ),
];

#[test]
fn every_room_uses_only_what_it_may() {
    let allowed: BTreeMap<&str, BTreeSet<&str>> = ROOMS
        .iter()
        .map(|(room, uses)| (*room, uses.split_whitespace().collect()))
        .collect();
    let mut wrong = Vec::new();
    for path in sources(&root().join("src")) {
        let room = room_of(&path);
        if room == "lib" || room == "main" {
            continue;
        }
        let Some(may) = allowed.get(room.as_str()) else {
            wrong.push(format!("{}: no room {room:?} in the table", path.display()));
            continue;
        };
        let text = std::fs::read_to_string(&path).unwrap();
        for used in used_rooms(&text) {
            if used != room && !may.contains(used.as_str()) {
                wrong.push(format!("{}: {room} may not use {used}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_has_no_loop() {
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut left: Vec<_> = ROOMS.to_vec();
    while !left.is_empty() {
        let before = left.len();
        left.retain(|(room, uses)| {
            let ready = uses.split_whitespace().all(|used| done.contains(used));
            if ready {
                done.insert(room);
            }
            !ready
        });
        assert!(left.len() < before, "a loop among {left:?}");
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for path in sources(&root().join("src")) {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//!"), "{} has no `//!`", path.display());
    }
}

fn sources(dir: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            out.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            out.push(path);
        }
    }
    out.sort();
    out
}

/// `src/report/sarif.rs` is in `report`, `src/scan.rs` in `scan`.
fn room_of(path: &Path) -> String {
    let inside = path.strip_prefix(root().join("src")).unwrap();
    let first = inside.components().next().unwrap();
    Path::new(first.as_os_str())
        .file_stem()
        .unwrap()
        .to_string_lossy()
        .into_owned()
}

/// Every `NAME` of `crate::NAME` and `crate::{NAME, …}` outside comments.
fn used_rooms(text: &str) -> BTreeSet<String> {
    let code: String = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n");
    let mut out = BTreeSet::new();
    for (at, found) in code.match_indices("crate::") {
        let rest = &code[at + found.len()..];
        if rest.starts_with('{') {
            panic!(
                "write `use crate::room::…`, one line for each room, so that this test can read it"
            );
        }
        let name: String = rest
            .chars()
            .take_while(|letter| letter.is_ascii_lowercase() || *letter == '_')
            .collect();
        out.insert(name);
    }
    out
}
