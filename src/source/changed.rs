//! Files that a commit, made or to be made, changes: what no parent has. Shared by the sources that look at changes.

use super::Sink;
use crate::blob::{Blob, Fresh, Old, Origin, Part};
use crate::git::{
    Compared, Diff, Item, Kind, Objects, Unread, compare_lines, fresh_in_all, rename_sources,
};
use crate::problem::{LeftOut, Problem, Why};
use crate::text::Name;

/// A file with content that no parent has at its place.
#[derive(Clone, Debug)]
pub(super) struct Changed {
    /// From the root of the working tree.
    pub(super) path: Name,
    /// The file.
    pub(super) item: Item,
    /// What it replaces in each parent, or was renamed from there; nothing for a new file.
    pub(super) old: Vec<Item>,
    /// Whether a commit has it already.
    pub(super) committed: bool,
}

/// What is new against every parent, given the comparison with each of them. Content that stands in some parent at the same path, or at
/// the one it was renamed from, is not new.
pub(super) fn new_in_all(objects: &Objects, diffs: &[Diff]) -> Vec<Changed> {
    let Some((first, others)) = diffs.split_first() else {
        return Vec::new();
    };
    let renamed: Vec<_> = diffs
        .iter()
        .map(|diff| rename_sources(objects, &diff.changes))
        .collect();
    let mut all = Vec::new();
    'changes: for (at, change) in first.changes.iter().enumerate() {
        let mut old: Vec<Item> = Vec::new();
        let mut add = |diff: usize, at: usize| {
            let before = diffs[diff].changes[at].old;
            old.extend(before.or_else(|| renamed[diff].get(&at).copied()));
        };
        add(0, at);
        for (number, other) in others.iter().enumerate() {
            let found = other
                .changes
                .binary_search_by(|other| other.path.cmp(&change.path));
            let Ok(at) = found else { continue 'changes };
            add(number + 1, at);
        }
        old.sort();
        old.dedup();
        for item in &change.new {
            let known = |old: &Item| old.id == item.id && old.kind() == item.kind();
            if !old.iter().any(known) {
                all.push(Changed {
                    path: change.path.clone(),
                    item: *item,
                    old: old.clone(),
                    committed: false,
                });
            }
        }
    }
    all
}

/// Reads and pushes changed files.
pub(super) struct Pusher<'a> {
    pub(super) objects: &'a Objects,
    pub(super) sink: &'a dyn Sink,
    /// Larger files are left out, in bytes.
    pub(super) max_size: Option<u64>,
}

impl Pusher<'_> {
    /// Pushes `changed` as `origin`: what it says more than all it replaces.
    pub(super) fn push(&self, changed: &Changed, origin: Origin) {
        if let Err(unread) = self.try_push(changed, origin) {
            self.unread(unread);
        }
    }

    /// Hands over something that was not read.
    pub(super) fn unread(&self, unread: Unread) {
        match unread {
            Unread::LeftOut(item) => self.sink.left_out(item),
            Unread::Problem(problem) => self.sink.problem(problem),
        }
    }

    fn try_push(&self, changed: &Changed, origin: Origin) -> Result<(), Unread> {
        let Changed {
            path, item, old, ..
        } = changed;
        let left_out = |why| {
            Err(LeftOut {
                object: path.clone(),
                why,
            }
            .into())
        };
        match item.kind() {
            Kind::Submodule => return left_out(Why::Submodule),
            Kind::Tree => return Ok(()),
            // The target of a link is text of its author's like any other.
            Kind::File | Kind::Symlink => {}
        }
        if let Some(max) = self.max_size
            && self.objects.size(item.id, path)? as u64 > max
        {
            return left_out(Why::TooLarge);
        }
        let new = self.objects.blob(item.id, path)?;
        if super::lfs::is_lfs_pointer(new.bytes()) {
            return left_out(Why::LfsPointer);
        }
        let mut replaced = Vec::new();
        for item in old.iter().filter(|item| item.kind() != Kind::Submodule) {
            match self.objects.blob(item.id, path) {
                Ok(object) => replaced.push(object),
                // Then more counts as new than is.
                Err(Unread::LeftOut(_)) => {}
                Err(Unread::Problem(problem)) => self.sink.problem(Problem {
                    consequence: "its old version is unknown, so old findings may be shown as new"
                        .into(),
                    ..problem
                }),
            }
        }
        let compared: Vec<Compared> = replaced
            .iter()
            .map(|old| compare_lines(old.bytes(), new.bytes()))
            .collect();
        let old: Vec<Old<'_>> = replaced
            .iter()
            .zip(&compared)
            .map(|(object, compared)| Old {
                bytes: object.bytes(),
                copies: &compared.copies,
            })
            .collect();
        let lists: Vec<_> = compared
            .iter()
            .map(|compared| compared.fresh.as_slice())
            .collect();
        let spans = fresh_in_all(&lists);
        self.sink.blob(Blob {
            bytes: new.bytes(),
            origin,
            fresh: if old.is_empty() {
                Fresh::All
            } else {
                Fresh::Ranges(&spans)
            },
            old: &old,
            part: Part::WHOLE,
        });
        Ok(())
    }
}
