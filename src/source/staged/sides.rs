//! What staged content is compared with, and what is new in the files that pre-commit names.

use crate::blob::BlobId;
use crate::git::{Diff, Env, Index, Item, Objects, Repository, Unread, diff_index, diff_trees};
use crate::problem::Problem;
use crate::source::changed::{Changed, new_in_all};
use crate::text::Name;
use std::collections::BTreeMap;

/// The root trees that a commit will be compared with.
pub(super) struct Parents {
    trees: Vec<Option<BlobId>>,
}

impl Parents {
    pub(super) fn to_be(repository: &Repository, env: &Env) -> Result<Self, Problem> {
        Self::of(repository, &repository.parents_to_be(env)?)
    }

    /// Without a commit there is one parent: the empty tree.
    fn of(repository: &Repository, commits: &[BlobId]) -> Result<Self, Problem> {
        let mut trees = Vec::new();
        for commit in commits {
            let commit = repository
                .objects()
                .commit(*commit)
                .map_err(Unread::into_problem)?;
            trees.push(Some(commit.tree));
        }
        if trees.is_empty() {
            trees.push(None);
        }
        Ok(Parents { trees })
    }

    pub(super) fn compare(&self, diff: impl Fn(Option<BlobId>) -> Diff) -> Vec<Diff> {
        self.trees.iter().map(|tree| diff(*tree)).collect()
    }
}

/// Trees that could not be compared. Also in a partial clone a promise is not enough: below them nothing is looked at.
pub(super) fn unread(diffs: Vec<Diff>) -> Vec<Problem> {
    diffs
        .into_iter()
        .flat_map(|diff| diff.unread)
        .map(Unread::into_problem)
        .collect()
}

/// The new side that pre-commit asks about, and what is new there.
pub(super) struct Sides {
    new: NewSide,
    /// By path: what is new against every old side.
    changed: BTreeMap<Name, Vec<Changed>>,
    /// The paths that differ from the first old side; the others are looked at whole.
    differ: Vec<Name>,
    /// Whether what does not differ is of no interest.
    only_differing: bool,
}

enum NewSide {
    Index(Index),
    Tree(BlobId),
}

impl Sides {
    pub(super) fn of_index(
        repository: &Repository,
        env: &Env,
    ) -> Result<(Self, Vec<Problem>), Problem> {
        let index = repository.index()?;
        let parents = Parents::to_be(repository, env)?;
        let diffs = parents.compare(|tree| diff_index(repository.objects(), tree, &index));
        Ok(Self::new(repository, NewSide::Index(index), diffs, false))
    }

    pub(super) fn between(
        repository: &Repository,
        from: &str,
        to: &str,
    ) -> Result<(Self, Vec<Problem>), Problem> {
        let commit = |name: &str| {
            repository.resolve(name)?.ok_or_else(|| {
                Problem::new(
                    "revision",
                    name.into(),
                    "this repository has no such commit",
                )
                .consequence("nothing was scanned")
                .next(format!("fetch it: `git fetch origin {name}`"))
            })
        };
        let to = commit(to)?;
        let mut old = Vec::new();
        if !from.bytes().all(|byte| byte == b'0') {
            let from = commit(from)?;
            old.push(from);
            // What the branch had when it began is not new either, whatever has become of it on the other side.
            old.extend(
                repository
                    .merge_base(from, to)
                    .ok()
                    .flatten()
                    .filter(|base| *base != from),
            );
        }
        let tree = repository
            .objects()
            .commit(to)
            .map_err(Unread::into_problem)?
            .tree;
        let parents = Parents::of(repository, &old)?;
        let diffs = parents.compare(|old| diff_trees(repository.objects(), old, Some(tree)));
        Ok(Self::new(repository, NewSide::Tree(tree), diffs, true))
    }

    fn new(
        repository: &Repository,
        new: NewSide,
        diffs: Vec<Diff>,
        only_differing: bool,
    ) -> (Self, Vec<Problem>) {
        let mut changed: BTreeMap<Name, Vec<Changed>> = BTreeMap::new();
        let committed = matches!(new, NewSide::Tree(_));
        for one in new_in_all(repository.objects(), &diffs) {
            let one = Changed { committed, ..one };
            changed.entry(one.path.clone()).or_default().push(one);
        }
        let differ = diffs.first().map_or(Vec::new(), |diff| {
            diff.changes
                .iter()
                .map(|change| change.path.clone())
                .collect()
        });
        let sides = Sides {
            new,
            changed,
            differ,
            only_differing,
        };
        (sides, unread(diffs))
    }

    /// What to look at for one path; `None` if the new side does not have it.
    pub(super) fn of(
        &self,
        objects: &Objects,
        path: &Name,
    ) -> Result<Option<Vec<Changed>>, Unread> {
        if let Some(changed) = self.changed.get(path) {
            return Ok(Some(changed.clone()));
        }
        let items = self.items(objects, path)?;
        if items.is_empty() {
            return Ok(None);
        }
        if self.only_differing || self.differ.binary_search(path).is_ok() {
            return Ok(Some(Vec::new()));
        }
        let whole = |item| Changed {
            path: path.clone(),
            item,
            old: Vec::new(),
            committed: true,
        };
        Ok(Some(items.into_iter().map(whole).collect()))
    }

    fn items(&self, objects: &Objects, path: &Name) -> Result<Vec<Item>, Unread> {
        match &self.new {
            NewSide::Tree(tree) => Ok(objects
                .at_path(*tree, path.as_bytes())?
                .into_iter()
                .collect()),
            NewSide::Index(index) => {
                let entries = index.get(path.as_bytes()).iter();
                let staged: Vec<Item> = entries
                    .filter(|entry| !entry.intent_to_add)
                    .map(|entry| entry.item)
                    .collect();
                match index.sparse_tree_above(path.as_bytes()) {
                    Some((tree, rest)) if staged.is_empty() => {
                        Ok(objects.at_path(tree, rest)?.into_iter().collect())
                    }
                    _ => Ok(staged),
                }
            }
        }
    }
}
