//! An audit that is limited by commits: everything is read as ever, so that the stories are true, but told is only what these commits have.

use crate::attribute::tree_children;
use crate::blob::BlobId;
use crate::git::{CommitLimits, Repository, limited_commits};
use crate::problem::Problem;
use crate::progress::Progress;
use crate::source::history::{Damage, Derived, Kind, Object, Store, Visit, traverse};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Which commits count, beyond that references reach them.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// The tip; without one, every reference and HEAD.
    pub tip: Option<BlobId>,
    /// Times and number.
    pub commits: CommitLimits,
}

/// For each object of `store` whether the commits within `limits` (or a tag on them) have it.
///
/// # Errors
/// References cannot be listed.
pub(super) fn within(
    limits: &Limits,
    repository: &Repository,
    store: &Store,
    (progress, threads): (&Progress, usize),
) -> Result<Vec<bool>, Problem> {
    let mut tips: Vec<BlobId> = match limits.tip {
        Some(tip) => vec![tip],
        None => {
            let refs = repository.refs()?.into_iter().map(|(_, id)| id);
            refs.chain(repository.head()?).collect()
        }
    };
    let trees = Trees {
        store,
        progress,
        children: Mutex::default(),
        tags: Mutex::default(),
    };
    traverse(store, &[Kind::Tree, Kind::Tag], &trees, threads);
    let children = trees.children.into_inner();
    let children = children.unwrap_or_else(PoisonError::into_inner);
    let tags = trees.tags.into_inner();
    let tags = tags.unwrap_or_else(PoisonError::into_inner);
    let mut found = vec![false; store.len() as usize];
    let mut open: Vec<u32> = Vec::new();
    for tip in &mut tips {
        while let Some(number) = store.find(tip.as_bytes()) {
            let Some(named) = tags.get(&number) else {
                break;
            };
            // A tag is told whatever the times of commits.
            if std::mem::replace(&mut found[number as usize], true) {
                break;
            }
            *tip = *named;
        }
        // What a reference names may be a tree or a blob.
        if let Some(number) = store.find(tip.as_bytes())
            && repository.objects().commit(*tip).is_err()
        {
            open.push(number);
        }
    }
    for commit in limited_commits(repository.objects(), &tips, limits.commits) {
        if let Some(number) = store.find(commit.id.as_bytes()) {
            found[number as usize] = true;
        }
        open.extend(store.find(commit.tree.as_bytes()));
    }
    while let Some(number) = open.pop() {
        if !std::mem::replace(&mut found[number as usize], true) {
            open.extend(children.get(&number).into_iter().flatten());
        }
    }
    Ok(found)
}

/// Reads what trees and tags hold.
struct Trees<'a> {
    store: &'a Store,
    progress: &'a Progress,
    children: Mutex<BTreeMap<u32, Box<[u32]>>>,
    tags: Mutex<BTreeMap<u32, BlobId>>,
}

impl Visit for Trees<'_> {
    type Known = ();

    fn object(&self, object: Object<'_>, _base: Option<Derived<'_, ()>>) {
        if object.kind == Kind::Tag {
            let first = object.bytes.split(|byte| *byte == b'\n').next();
            let named = first.and_then(|line| BlobId::from_hex(line.strip_prefix(b"object ")?));
            if let Some(named) = named {
                let mut tags = self.tags.lock().unwrap_or_else(PoisonError::into_inner);
                tags.insert(object.number, named);
            }
            return;
        }
        let ids = tree_children(object.bytes, self.store.hash_len());
        let children = ids.into_iter().filter_map(|id| self.store.find(id));
        let children = children.collect();
        let mut all = self.children.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(object.number, children);
    }

    fn failed(&self, _number: u32, _damage: &Damage) {
        // It is named when it is read to be recorded.
    }

    fn interrupted(&self) -> bool {
        self.progress.interrupted()
    }
}
