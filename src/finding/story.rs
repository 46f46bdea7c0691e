//! The story of a secret in a history: who brought it in, who took it out, and where it is now. Plain data, told by attribution, written by reports.

use super::{Fingerprint, Level};
use crate::blob::BlobId;
use crate::rule::RuleId;
use crate::text::{Name, Secret};

/// A commit, as a story names it. Secrets in its text are masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitRef {
    /// Its id.
    pub id: BlobId,
    /// Name and mail address of its author.
    pub author: String,
    /// When it was written: seconds since 1970.
    pub time: i64,
    /// The first line of its message.
    pub summary: String,
    /// Whether it joins histories.
    pub merge: bool,
}

/// Where in a repository a secret stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlaceKind {
    /// In a file of some commit.
    File,
    /// In an archive of some commit; its path names the way in: `a.zip!b.env`.
    Archived,
    /// In the target of a symbolic link.
    Symlink,
    /// In the message of a commit or tag, or who wrote it.
    Message,
    /// In the name of a file or directory.
    FileName,
    /// In the name of a reference.
    RefName,
    /// In a file that only a tree without a commit has.
    StrayTree,
    /// In a blob that no tree has.
    StrayBlob,
    /// In the index.
    Staged,
    /// In the working tree.
    WorkingTree,
    /// In a file of the git directory.
    GitFile,
}

impl PlaceKind {
    /// All of them.
    const ALL: [PlaceKind; 11] = [
        PlaceKind::File,
        PlaceKind::Archived,
        PlaceKind::Symlink,
        PlaceKind::Message,
        PlaceKind::FileName,
        PlaceKind::RefName,
        PlaceKind::StrayTree,
        PlaceKind::StrayBlob,
        PlaceKind::Staged,
        PlaceKind::WorkingTree,
        PlaceKind::GitFile,
    ];

    /// The one whose word in machine formats is `word`.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The stable word in machine formats.
    pub fn word(self) -> &'static str {
        match self {
            PlaceKind::File => "file",
            PlaceKind::Archived => "archived-file",
            PlaceKind::Symlink => "symlink",
            PlaceKind::Message => "message",
            PlaceKind::FileName => "file-name",
            PlaceKind::RefName => "ref-name",
            PlaceKind::StrayTree => "stray-tree",
            PlaceKind::StrayBlob => "stray-blob",
            PlaceKind::Staged => "staged",
            PlaceKind::WorkingTree => "working-tree",
            PlaceKind::GitFile => "git-file",
        }
    }
}

/// A place of a secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoryPlace {
    /// What it is.
    pub kind: PlaceKind,
    /// The path, where there is one.
    pub path: Option<Name>,
    /// Whether HEAD's tree has it there.
    pub at_head: bool,
    /// The objects that have it there.
    pub objects: Vec<BlobId>,
}

/// What a report says of a story whose value is not at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedStory {
    /// The repository that was scanned; empty where the report names none.
    pub repository: String,
    /// The secret, redacted (or not, where the report shows secrets).
    pub secret: String,
    /// Its findings that stand.
    pub findings: Vec<Fingerprint>,
}

/// The story of one secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// The value; empty where the findings are about a place.
    pub secret: Secret,
    /// How it is written where that is not the value itself: encoded.
    pub forms: Vec<Secret>,
    /// The most specific rule that names it.
    pub rule: RuleId,
    /// The highest level of its findings that stand; `None` if all of them are suppressed.
    pub level: Option<Level>,
    /// Commits that have it while no parent has, the earliest first.
    pub introduced: Vec<CommitRef>,
    /// Commits that do not have it while every parent has, or else merges in which it got lost; the earliest first.
    pub removed: Vec<CommitRef>,
    /// Whether it came in only by merges: no other commit has it while its parents have not.
    pub merge_only: bool,
    /// Whether HEAD's tree has it.
    pub at_head: bool,
    /// References whose tip has it.
    pub holding: Vec<Name>,
    /// References that have it in their history (or at their tip).
    pub past: Vec<Name>,
    /// Stashes, reflogs and other things of this clone alone that have it in their history.
    pub local: Vec<Name>,
    /// Whether a remote has it, as far as remote-tracking references tell.
    pub upstream: bool,
    /// Everywhere it stands.
    pub places: Vec<StoryPlace>,
    /// How often it stands, in all objects together.
    pub occurrences: u64,
    /// Since when it can be seen: seconds since 1970.
    pub from: Option<i64>,
    /// Where it is known from a report alone: what that says of it.
    pub reported: Option<Box<ReportedStory>>,
    /// Until when: when the last reference lost it; `None` where one still has it.
    pub until: Option<i64>,
}

impl Story {
    /// Whether nothing that a push would send has it: only stashes, reflogs, unreachable objects, and files of this clone.
    pub fn only_here(&self) -> bool {
        self.past.is_empty()
    }

    /// Whole days from its first commit to its removal, or to `now`.
    pub fn days(&self, now: i64) -> Option<i64> {
        let until = self.until.unwrap_or(now);
        Some((until - self.from?).max(0) / 86_400)
    }
}
