//! Where each value stands: from objects to paths. One spot is one place that a report names, and one finding.

use super::claims::{Claim, Value};
use crate::attribute::{PathId, Records, Tip, Walked};
use crate::blob::{BlobId, Origin};
use crate::cache::Said;
use crate::finding::PlaceKind;
use crate::source::history::{Kind, Store};
use crate::text::Name;
use std::collections::{BTreeMap, BTreeSet};

/// A value at a place.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    pub(super) value: u32,
    pub(super) kind: PlaceKind,
    pub(super) path: Option<Name>,
    /// What the finding says of its origin.
    pub(super) origin: Origin,
    /// The object that is shown for it; none for a name.
    pub(super) shown: Option<Claim>,
    pub(super) at_head: bool,
    /// All objects that have the value there.
    pub(super) objects: Vec<u32>,
}

/// Everything that spots are made of.
pub(super) struct Finds<'a> {
    pub(super) store: &'a Store,
    pub(super) values: &'a [Value],
    /// Sorted by object.
    pub(super) claims: &'a [Claim],
    /// What is said of claims.
    pub(super) said: &'a [Said],
    /// What commits, tags and trees were found to be.
    pub(super) records: &'a Records,
    /// Names of files and directories, those that hold a secret masked.
    pub(super) names: &'a [Vec<u8>],
    pub(super) walked: &'a Walked,
    /// What HEAD names, with its places.
    pub(super) head: Option<&'a Tip>,
    /// Paths and objects of the index.
    pub(super) index: &'a [(Name, u32)],
    /// The kind of each object that has a claim.
    pub(super) kinds: &'a BTreeMap<u32, Kind>,
    /// Which objects count; all, where that is not limited.
    pub(super) within: Option<&'a [bool]>,
    /// What paths begin with: the folder of a submodule.
    pub(super) prefix: Option<Vec<u8>>,
}

/// The objects at one path, with the first commit that has each there.
type AtPath = BTreeMap<u32, u32>;

impl Finds<'_> {
    /// The claims on `object`.
    pub(super) fn claims_of(&self, object: u32) -> &[Claim] {
        let from = self.claims.partition_point(|claim| claim.object < object);
        let len = self.claims[from..].partition_point(|claim| claim.object == object);
        &self.claims[from..from + len]
    }

    /// The claim of `value` in `object` that is shown: one that no marker allows, if there is one.
    fn claim(&self, object: u32, value: u32) -> Option<Claim> {
        let of_value = self
            .claims_of(object)
            .iter()
            .filter(|claim| claim.value == value);
        of_value
            .min_by_key(|claim| (claim.allowed, claim.span))
            .copied()
    }

    pub(super) fn path(&self, path: PathId) -> Name {
        let name = |name: u32| &self.names[name as usize][..];
        self.prefixed(self.walked.paths.text(path, name))
    }

    fn prefixed(&self, path: Vec<u8>) -> Name {
        match &self.prefix {
            Some(prefix) => Name::new([&prefix[..], &path].concat()),
            None => Name::new(path),
        }
    }

    fn id(&self, object: u32) -> BlobId {
        self.store.id(object)
    }

    /// All spots of all values.
    pub(super) fn spots(&self) -> Vec<Spot> {
        let mut objects_of: Vec<Vec<u32>> = vec![Vec::new(); self.values.len()];
        for claim in self.claims {
            let list = &mut objects_of[claim.value as usize];
            if list.last() != Some(&claim.object) {
                list.push(claim.object);
            }
        }
        let at_head: BTreeMap<(u32, PathId), u32> = self
            .head
            .iter()
            .flat_map(|tip| tip.places.iter())
            .map(|(target, path, object)| ((*target, *path), *object))
            .collect();
        let mut staged: BTreeMap<u32, Vec<&Name>> = BTreeMap::new();
        for (path, object) in self.index {
            staged.entry(*object).or_default().push(path);
        }
        let mut spots = Vec::new();
        for (value, objects) in objects_of.iter().enumerate() {
            let mut one = OneValue {
                finds: self,
                value: value as u32,
                placed: BTreeSet::new(),
                paths: BTreeSet::new(),
                spots: &mut spots,
            };
            one.in_commits(&at_head);
            one.in_stray_trees();
            one.messages(objects);
            one.staged(objects, &staged);
            one.stray_blobs(objects);
        }
        if let Some(within) = self.within {
            let counts = |object: &u32| within.get(*object as usize).is_none_or(|counts| *counts);
            spots.retain(|spot| spot.objects.iter().any(counts));
        }
        spots
    }
}

/// The spots of one value.
struct OneValue<'a, 'f> {
    finds: &'a Finds<'f>,
    value: u32,
    /// Objects that some path leads to.
    placed: BTreeSet<u32>,
    /// Paths that have it.
    paths: BTreeSet<Name>,
    spots: &'a mut Vec<Spot>,
}

impl OneValue<'_, '_> {
    fn in_commits(&mut self, at_head: &BTreeMap<(u32, PathId), u32>) {
        let finds = self.finds;
        let trace = &finds.walked.traces[self.value as usize];
        let mut paths: BTreeMap<PathId, AtPath> = BTreeMap::new();
        for ((path, object), commit) in &trace.places {
            paths.entry(*path).or_default().insert(*object, *commit);
        }
        for (path, objects) in paths {
            let head = at_head.get(&(self.value, path)).copied();
            let claims = objects
                .keys()
                .map(|object| finds.claim(*object, self.value));
            let claims: Vec<Claim> = claims.flatten().collect();
            // Commits are numbered as they were read; the first is the oldest.
            let age = |commit: u32| {
                let record = &finds.records.commits[commit as usize];
                (record.time, record.object)
            };
            let path = finds.path(path);
            self.placed.extend(objects.keys());
            if claims.is_empty() {
                // The name itself.
                self.spots.push(Spot {
                    value: self.value,
                    kind: PlaceKind::FileName,
                    origin: Origin::NameOf {
                        what: "file",
                        name: path.clone(),
                    },
                    path: Some(path),
                    shown: None,
                    at_head: head.is_some(),
                    objects: objects.into_keys().collect(),
                });
                continue;
            }
            // HEAD's version, so that it can be looked up; else the first that no marker allows.
            let shown = head.and_then(|head| claims.iter().find(|claim| claim.object == head));
            let shown = shown.or_else(|| {
                let commit_of = |claim: &Claim| objects.get(&claim.object).copied().map(age);
                claims
                    .iter()
                    .min_by_key(|claim| (claim.allowed, commit_of(claim)))
            });
            // The one that first has what is shown, so that the line is right.
            let commit = shown.and_then(|claim| objects.get(&claim.object));
            let commit = commit.map_or_else(
                || finds.id(0),
                |commit| finds.id(finds.records.commits[*commit as usize].object),
            );
            let symlink = shown.is_some_and(|claim| finds.records.symlinks.contains(&claim.object));
            self.paths.insert(path.clone());
            self.spots.push(Spot {
                value: self.value,
                kind: if symlink {
                    PlaceKind::Symlink
                } else {
                    PlaceKind::File
                },
                origin: Origin::Commit {
                    commit,
                    path: path.clone(),
                },
                path: Some(path),
                shown: shown.copied(),
                at_head: head.is_some(),
                objects: objects.into_keys().collect(),
            });
        }
    }

    /// In trees that no commit has: paths count from there.
    fn in_stray_trees(&mut self) {
        let finds = self.finds;
        let trace = &finds.walked.traces[self.value as usize];
        let mut paths: BTreeMap<PathId, BTreeSet<u32>> = BTreeMap::new();
        for (_, path, object) in &trace.stray {
            if !self.placed.contains(object) {
                paths.entry(*path).or_default().insert(*object);
            }
        }
        for (path, objects) in paths {
            let shown = objects
                .iter()
                .find_map(|object| finds.claim(*object, self.value));
            let Some(claim) = shown else { continue };
            self.placed.extend(&objects);
            self.spots.push(Spot {
                value: self.value,
                kind: PlaceKind::StrayTree,
                path: Some(finds.path(path)),
                origin: Origin::Object {
                    id: finds.id(claim.object),
                },
                shown: Some(claim),
                at_head: false,
                objects: objects.into_iter().collect(),
            });
        }
    }

    fn messages(&mut self, objects: &[u32]) {
        let finds = self.finds;
        let of_kind = |object: &u32| finds.kinds.get(object).copied();
        let is_text = |object: &&u32| of_kind(object).is_some_and(|kind| kind != Kind::Blob);
        let texts: Vec<u32> = objects.iter().filter(is_text).copied().collect();
        self.placed.extend(&texts);
        let trace = &finds.walked.traces[self.value as usize];
        let first = trace
            .introduced
            .iter()
            .map(|commit| finds.records.commits[*commit as usize].object);
        let first = first
            .chain(texts.iter().copied())
            .find(|object| texts.contains(object));
        let Some(claim) = first.and_then(|object| finds.claim(object, self.value)) else {
            return;
        };
        self.spots.push(Spot {
            value: self.value,
            kind: PlaceKind::Message,
            path: None,
            // Which part of it is known when it is read again.
            origin: Origin::Message {
                id: finds.id(claim.object),
                part: "message",
            },
            shown: Some(claim),
            at_head: false,
            objects: texts,
        });
    }

    fn staged(&mut self, objects: &[u32], staged: &BTreeMap<u32, Vec<&Name>>) {
        for object in objects {
            let Some(paths) = staged.get(object) else {
                continue;
            };
            self.placed.insert(*object);
            for path in paths {
                let path = self.finds.prefixed(path.as_bytes().to_vec());
                if self.paths.contains(&path) {
                    continue;
                }
                self.spots.push(Spot {
                    value: self.value,
                    kind: PlaceKind::Staged,
                    path: Some(path.clone()),
                    origin: Origin::Staged {
                        committed: false,
                        path,
                    },
                    shown: self.finds.claim(*object, self.value),
                    at_head: false,
                    objects: vec![*object],
                });
            }
        }
    }

    fn stray_blobs(&mut self, objects: &[u32]) {
        let left: Vec<u32> = objects
            .iter()
            .filter(|object| !self.placed.contains(object))
            .copied()
            .collect();
        let Some(object) = left.first() else { return };
        let claim = self.finds.claim(*object, self.value);
        self.spots.push(Spot {
            value: self.value,
            kind: PlaceKind::StrayBlob,
            path: None,
            origin: Origin::Object {
                id: self.finds.id(*object),
            },
            shown: claim,
            at_head: false,
            objects: left,
        });
    }
}
