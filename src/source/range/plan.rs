//! Which commits are asked for, and why: decided by pure functions of the environment, an event and a view of the repository.

use crate::blob::BlobId;
use crate::git::Repository;
use crate::problem::Problem;
use crate::text::Name;

/// Commits to look at: what `tips` reach and `without` do not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Where to begin.
    pub tips: Vec<BlobId>,
    /// What is known already.
    pub without: Vec<BlobId>,
    /// Annotated tags whose text is looked at, too.
    pub tags: Vec<BlobId>,
    /// The range and why it was chosen, for people.
    pub reason: String,
}

impl Plan {
    /// Nothing to look at.
    pub(super) fn nothing(reason: impl Into<String>) -> Self {
        Plan {
            reason: reason.into(),
            ..Plan::default()
        }
    }

    /// The same without what the remote branch `branch` has, where it is here: somebody who merges or rebases does not bring that. A
    /// branch that has the whole range already was merged meanwhile and says nothing.
    pub(super) fn without_branch(mut self, view: &dyn View, branch: &str) -> Self {
        let target = view.commit(&format!("refs/remotes/origin/{branch}"));
        let merged = |target: &BlobId| self.tips.iter().all(|tip| view.contains(*target, *tip));
        if let Some(target) = target.filter(|target| !merged(target)) {
            self.without.push(target);
        }
        self
    }
}

/// What the decision needs to know of a repository.
pub trait View {
    /// The commit that a name or an id stands for, if it is here.
    fn commit(&self, name: &str) -> Option<BlobId>;
    /// Whether an object of any type is here.
    fn has(&self, id: BlobId) -> bool;
    /// Whether all of `ancestor` is in the history of `commit`.
    fn contains(&self, commit: BlobId, ancestor: BlobId) -> bool;
    /// References whose name begins with `prefix`, and the commits they stand for.
    fn refs(&self, prefix: &str) -> Vec<(Name, BlobId)>;
    /// Whether history was cut off when it was fetched.
    fn is_shallow(&self) -> bool;
}

impl View for Repository {
    fn commit(&self, name: &str) -> Option<BlobId> {
        if let Some(id) = BlobId::from_hex(name.as_bytes()) {
            return self.objects().peel(id).ok().flatten();
        }
        self.resolve(name).ok().flatten()
    }

    fn has(&self, id: BlobId) -> bool {
        self.objects().has(id)
    }

    fn contains(&self, commit: BlobId, ancestor: BlobId) -> bool {
        self.merge_base(commit, ancestor)
            .is_ok_and(|base| base == Some(ancestor))
    }

    fn refs(&self, prefix: &str) -> Vec<(Name, BlobId)> {
        let all = Repository::refs(self).unwrap_or_default();
        all.into_iter()
            .filter(|(name, _)| name.as_bytes().starts_with(prefix.as_bytes()))
            .filter_map(|(name, id)| Some((name, self.objects().peel(id).ok().flatten()?)))
            .collect()
    }

    fn is_shallow(&self) -> bool {
        Repository::is_shallow(self)
    }
}

/// An id as people read it.
pub(super) fn short(id: BlobId) -> String {
    let mut text = id.to_string();
    text.truncate(12);
    text
}

/// "`what` is not in this clone", with the line that fetches it. `wanted`: ids or branch names.
pub(super) fn missing(view: &dyn View, object: &str, what: &str, wanted: &[&str]) -> Problem {
    let mut line = String::from("git fetch --no-tags");
    if view.is_shallow() {
        line.push_str(" --unshallow");
    }
    line.push_str(" origin");
    for name in wanted {
        line.push(' ');
        line.push_str(&match BlobId::from_hex(name.as_bytes()) {
            Some(_) => (*name).to_owned(),
            None => format!("+refs/heads/{name}:refs/remotes/origin/{name}"),
        });
    }
    Problem::new(
        "missing-commit",
        Name::from(object),
        format!("{what} is not in this clone"),
    )
    .consequence("nothing was scanned")
    .next(format!("fetch it: `{line}`"))
}

/// The commit that `text` names in the sense of `what`.
pub(super) fn known(view: &dyn View, text: &str, what: &str) -> Result<BlobId, Problem> {
    view.commit(text)
        .ok_or_else(|| missing(view, text, &format!("{what} {text}"), &[text]))
}

/// `A..B` or `A...B`: what B has and A does not. An empty side is HEAD.
///
/// # Errors
/// It is neither, or a side names no commit that is here.
pub fn expression(text: &str, view: &dyn View) -> Result<Plan, Problem> {
    let refused = |name: &str, cause: String, next: String| {
        Problem::new("revision", Name::from(name), cause)
            .consequence("nothing was scanned")
            .next(next)
    };
    let sides = text.split_once("...").or_else(|| text.split_once(".."));
    let Some((from, to)) = sides.filter(|(from, to)| !(from.is_empty() && to.is_empty())) else {
        let next = format!(
            "write A..B; the one commit X is X^..X, all of a branch is `--history=reachable --branch {text}`"
        );
        return Err(refused(text, "it is no range".into(), next));
    };
    let side = |name: &str| {
        let name = if name.is_empty() { "HEAD" } else { name };
        view.commit(name).ok_or_else(|| {
            let remote = format!("origin/{name}");
            if view.commit(&remote).is_some() {
                let next = format!("there is {remote}: write that");
                return refused(name, "this repository has no such commit".into(), next);
            }
            Problem {
                kind: "revision".into(),
                ..missing(view, name, &format!("the commit {name}"), &[name])
            }
        })
    };
    let (base, tip) = (side(from)?, side(to)?);
    Ok(Plan {
        tips: vec![tip],
        without: vec![base],
        tags: Vec::new(),
        reason: format!(
            "{text}: what {} has and {} does not",
            short(tip),
            short(base)
        ),
    })
}
