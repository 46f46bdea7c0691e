//! Since when a file holds a value, along the first parents of HEAD.

use crate::blob::BlobId;
use crate::git::{Commit, Env, Objects, Repository};
use crate::report::today;
use crate::text::Name;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

/// Commits that are looked at for one finding at most.
const MOST: usize = 2_000;

/// The history of HEAD, where there is one.
pub(super) struct Past {
    objects: Option<Arc<Objects>>,
    head: Option<BlobId>,
}

impl Past {
    /// Of the repository around `root`.
    pub(super) fn open(root: &Path) -> Self {
        let repository = Repository::discover(root, &Env::of_process())
            .ok()
            .flatten();
        Past {
            head: repository
                .as_ref()
                .and_then(|repository| repository.head().ok().flatten()),
            objects: repository.map(|repository| Arc::clone(repository.objects())),
        }
    }

    /// In words; `None` where there is no history.
    pub(super) fn story(&self, path: &str, value: &[u8]) -> Option<String> {
        let (objects, mut next) = (self.objects.as_ref()?, self.head);
        let path = Name::from(path);
        // Of each version of the file, whether it holds the value.
        let mut versions: BTreeMap<BlobId, bool> = BTreeMap::new();
        let mut first: Option<Commit> = None;
        let mut seen = 0;
        while let Some(id) = next.filter(|_| seen < MOST) {
            seen += 1;
            let commit = objects.commit(id).ok()?;
            let file = objects.at_path(commit.tree, path.as_bytes()).ok().flatten();
            let holds = file.is_some_and(|file| {
                *versions.entry(file.id).or_insert_with(|| {
                    let blob = objects.blob(file.id, &path);
                    blob.is_ok_and(|blob| memchr::memmem::find(blob.bytes(), value).is_some())
                })
            });
            if !holds {
                break;
            }
            next = commit.parents.first().copied();
            first = Some(commit);
        }
        let Some(commit) = first else {
            return Some("not committed yet".to_owned());
        };
        let since = match seen {
            MOST.. => "there at least since",
            _ => "there since",
        };
        let author = String::from_utf8_lossy(commit.header("author")).into_owned();
        let author = author.split(" <").next().unwrap_or_default().to_owned();
        let message = String::from_utf8_lossy(commit.message()).into_owned();
        let time = UNIX_EPOCH + Duration::from_secs(u64::try_from(commit.time()).unwrap_or(0));
        let held = versions.values().filter(|holds| **holds).count();
        Some(format!(
            "{since} {:.12} of {} by {author}: {}; in {held} version{} of the file",
            commit.id.to_string(),
            today(time),
            message.lines().next().unwrap_or_default(),
            if held == 1 { "" } else { "s" }
        ))
    }
}
