//! The commits of a range, one by one, so that what was added and removed again is found: their messages, and in their files what no
//! parent has.

mod ci;
mod plan;
mod push;

pub use ci::of_job;
pub use plan::{Plan, View, expression};
pub use push::{pre_push, pre_receive};

use super::changed::{Pusher, new_in_all};
use super::{Sink, Source, exclude};
use crate::blob::{Blob, BlobId, Origin};
use crate::git::{Commit, Objects, Repository, Selection, Unread, diff_trees, select_commits};
use crate::problem::{LeftOut, Problem, Why};
use crate::text::Name;
use ignore::gitignore::Gitignore;
use rayon::prelude::*;
use std::sync::Arc;

/// The range source.
pub struct Range {
    objects: Arc<Objects>,
    selection: Selection,
    tags: Vec<BlobId>,
    reason: String,
    shallow: bool,
    exclude: Gitignore,
    max_file_size: Option<u64>,
}

impl Range {
    /// The commits of `plan`. `globs`, in the syntax of `.gitignore`, are left out, and so are files larger than `max_file_size` bytes.
    ///
    /// # Errors
    /// A glob that is none.
    pub fn new(
        repository: &Repository,
        plan: Plan,
        globs: &[String],
        max_file_size: Option<u64>,
    ) -> Result<Self, Problem> {
        let objects = repository.objects().clone();
        Ok(Range {
            selection: select_commits(&objects, &plan.tips, &plan.without),
            objects,
            tags: plan.tags,
            reason: plan.reason,
            shallow: repository.is_shallow(),
            exclude: exclude::compile(globs)?,
            max_file_size,
        })
    }

    fn commit(&self, commit: &Commit, sink: &dyn Sink) {
        if sink.interrupted() {
            return;
        }
        let id = commit.id;
        let part = "message";
        sink.blob(Blob::whole(commit.message(), Origin::Message { id, part }));
        let mut parents = Vec::new();
        for parent in &commit.parents {
            match self.objects.commit(*parent) {
                Ok(parent) => parents.push(Some(parent.tree)),
                Err(_) => {
                    // Most are named once, by `run`; not one that others than this commit lead to as something known.
                    if !self.selection.missing.contains_key(parent) {
                        sink.problem(self.missing(*parent, id));
                    }
                    return;
                }
            }
        }
        if parents.is_empty() {
            parents.push(None);
        }
        let diffs: Vec<_> = parents
            .into_iter()
            .map(|parent| diff_trees(&self.objects, parent, Some(commit.tree)))
            .collect();
        let pusher = Pusher {
            objects: &self.objects,
            sink,
            max_size: self.max_file_size,
        };
        for changed in new_in_all(&self.objects, &diffs) {
            let path = changed.path.clone();
            if exclude::excludes(&self.exclude, &path) {
                let why = Why::Excluded;
                sink.left_out(LeftOut { object: path, why });
            } else {
                pusher.push(&changed, Origin::Commit { commit: id, path });
            }
        }
        for unread in diffs.into_iter().flat_map(|diff| diff.unread) {
            sink.problem(unread.into_problem());
        }
    }

    fn tag(&self, id: BlobId, sink: &dyn Sink) {
        match self.objects.read(id, &Name::from(id.to_string().as_str())) {
            Ok(object) => sink.blob(Blob::whole(
                object.bytes(),
                Origin::Message { id, part: "tag" },
            )),
            Err(unread) => sink.problem(unread.into_problem()),
        }
    }

    /// The problem that a commit of the range, or the one before it, is not here.
    fn missing(&self, id: BlobId, child: BlobId) -> Problem {
        let unreadable = match self.objects.commit(id) {
            Err(Unread::Problem(problem)) if problem.kind != "missing-object" => Some(problem),
            _ => None,
        };
        if let Some(problem) = unreadable {
            return problem.consequence("it and the commits before it were not scanned");
        }
        let cause = if id == child {
            format!("commit {id} is not in this clone")
        } else {
            format!("its parent {id} is not in this clone")
        };
        let fetch = if self.shallow {
            "git fetch --unshallow".to_owned()
        } else {
            format!("git fetch origin {id}")
        };
        Problem::new(
            "missing-commit",
            Name::from(child.to_string().as_str()),
            cause,
        )
        .consequence("it and the commits before it were not scanned")
        .next(format!("fetch it: `{fetch}`"))
    }
}

impl Source for Range {
    /// The range, why it was chosen, and how many commits it has.
    fn describe(&self) -> Option<String> {
        let count = match self.selection.commits.len() {
            0 => "no commits".to_owned(),
            1 => "1 commit".to_owned(),
            count => format!("{count} commits"),
        };
        Some(format!("{}: {count}", self.reason))
    }

    fn run(&self, sink: &dyn Sink) {
        for (id, child) in &self.selection.missing {
            sink.problem(self.missing(*id, *child));
        }
        self.tags.iter().for_each(|id| self.tag(*id, sink));
        match &self.selection.commits[..] {
            [commit] => self.commit(commit, sink),
            commits => commits
                .par_iter()
                .for_each(|commit| self.commit(commit, sink)),
        }
    }
}
