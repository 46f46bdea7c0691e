//! Whose word counts where somebody asks for commits to be taken in: that of what is there already. A pull request must not be able to silence
//! the scan that judges it; what it would like to silence is listed.

use super::folders::Reader;
use crate::blob::BlobId;
use crate::config::{self, Allow, Config, NAMES, Switch};
use crate::git::{Kind, Objects, Repository, diff_trees};
use crate::source::range::Plan;
use crate::suppress::{BASELINE, Baseline, Remark};
use crate::text::{Name, hex};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The commits at both ends of what is asked for.
#[derive(Clone)]
pub(in crate::cli) struct Ends {
    objects: Arc<Objects>,
    /// The root tree of what is there already; `None` if nothing is.
    base: Option<BlobId>,
    /// The root trees of what is new.
    tips: Vec<BlobId>,
}

impl std::fmt::Debug for Ends {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ends")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

impl Ends {
    /// The ends of `plan`. Where somebody pushes, its base is what the repository itself holds to be its branch.
    pub(in crate::cli) fn of(repository: &Repository, plan: &Plan, is_push: bool) -> Self {
        let objects = Arc::clone(repository.objects());
        let head = is_push
            .then(|| repository.head().ok().flatten())
            .flatten()
            .filter(|head| !plan.tips.contains(head));
        let tree = |id: &BlobId| objects.commit(*id).ok().map(|commit| commit.tree);
        Ends {
            base: head
                .or(plan.without.first().copied())
                .and_then(|id| tree(&id)),
            tips: plan.tips.iter().filter_map(tree).collect(),
            objects,
        }
    }

    /// Reads files of the base.
    pub(super) fn reader(&self) -> Reader {
        reader(Arc::clone(&self.objects), self.base)
    }

    /// What the new commits would silence, beyond what is silenced already, in the words of their configurations and baselines.
    pub(super) fn new_suppressions(&self) -> Vec<Remark> {
        let mut all = BTreeSet::new();
        for tip in &self.tips {
            let diff = diff_trees(&self.objects, self.base, Some(*tip));
            for change in diff.changes {
                let Ok(path) = std::str::from_utf8(change.path.as_bytes()) else {
                    continue;
                };
                let path = Path::new(path);
                let new = reader(Arc::clone(&self.objects), Some(*tip));
                if path.file_name().is_some_and(|name| name == BASELINE) {
                    all.extend(of_baselines(path, &self.reader(), &new));
                } else if let Some(folder) = folder_of(path) {
                    all.extend(of_configurations(&folder, &self.reader(), &new));
                }
            }
            // Rule files and files that are extended have names of their own.
            let new = reader(Arc::clone(&self.objects), Some(*tip));
            all.extend(of_configurations(Path::new(""), &self.reader(), &new));
        }
        all.into_iter().collect()
    }
}

/// Reads files of a tree.
fn reader(objects: Arc<Objects>, root: Option<BlobId>) -> Reader {
    Box::new(move |path: &Path| {
        let Some(root) = root else { return Ok(None) };
        let name = Name::from_path(path);
        let failed = |_| "cannot be read from the repository".to_owned();
        match objects.at_path(root, name.as_bytes()).map_err(failed)? {
            Some(item) if item.kind() == Kind::File => {
                let object = objects.blob(item.id, &name).map_err(failed)?;
                let text = std::str::from_utf8(object.bytes());
                text.map(|text| Some(text.to_owned()))
                    .map_err(|_| "is not UTF-8".to_owned())
            }
            Some(_) => Err("not a regular file".to_owned()),
            None => Ok(None),
        }
    })
}

/// The folder that a configuration file of this path is for.
fn folder_of(path: &Path) -> Option<PathBuf> {
    NAMES.iter().find(|name| path.ends_with(name)).map(|name| {
        let depth = Path::new(name).components().count();
        path.ancestors()
            .nth(depth)
            .unwrap_or(Path::new(""))
            .to_owned()
    })
}

fn of_baselines(path: &Path, old: &Reader, new: &Reader) -> Vec<Remark> {
    let file = Name::from_path(path);
    let entries = |read: &Reader| {
        let text = read(path).ok().flatten().unwrap_or_default();
        let baseline = Baseline::parse(&text, file.clone()).unwrap_or_default();
        baseline.entries().to_vec()
    };
    let known = entries(old);
    let is_known = |value: &str, path: &Option<String>| {
        known
            .iter()
            .any(|entry| entry.value == value && entry.path == *path)
    };
    entries(new)
        .into_iter()
        .filter(|entry| entry.status.suppresses() && !is_known(&entry.value, &entry.path))
        .map(|entry| Remark {
            place: format!("{file}:{}", entry.line),
            what: format!(
                "an entry for {} in {}: {}",
                entry.rule,
                entry.path.as_deref().unwrap_or("a message"),
                entry.reason
            ),
        })
        .collect()
}

fn of_configurations(folder: &Path, old: &Reader, new: &Reader) -> Vec<Remark> {
    let read = |read: &Reader| -> Result<Config, config::ConfigError> {
        match config::find_in(folder, &**read)? {
            Some((path, text)) => config::load(&path, &text, &**read),
            None => Ok(Config::default()),
        }
    };
    let known: BTreeSet<String> = read(old)
        .map(|config| {
            suppressions(&config)
                .into_iter()
                .map(|(what, _)| what)
                .collect()
        })
        .unwrap_or_default();
    match read(new) {
        Ok(config) => suppressions(&config)
            .into_iter()
            .filter(|(what, _)| !known.contains(what))
            .map(|(what, place)| Remark { place, what })
            .collect(),
        Err(error) => vec![Remark {
            place: error.place.to_string(),
            what: format!("the configuration cannot be used: {}", error.cause),
        }],
    }
}

/// All that a configuration silences, in words that are the same as long as it says the same.
fn suppressions(config: &Config) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut note = |what: String, place: &config::Place| all.push((what, place.to_string()));
    for entry in &config.allow {
        note(
            format!("an entry that allows {}", words(&entry.value)),
            &entry.place,
        );
    }
    for entry in &config.accept {
        let accept = &entry.value;
        note(
            format!(
                "accepts {} of {}",
                accept.kinds.join(", "),
                accept.paths.join(", ")
            ),
            &entry.place,
        );
    }
    for glob in &config.exclude {
        note(format!("excludes {}", glob.value), &glob.place);
    }
    for switch in &config.switches {
        match &switch.value {
            Switch::Rule { id, on: false } => note(format!("switches {id} off"), &switch.place),
            Switch::Vendor { name, on: false } => {
                note(format!("switches the rules of {name} off"), &switch.place);
            }
            _ => {}
        }
    }
    for word in &config.stopwords {
        note(format!("the stopword {:?}", word.value), &word.place);
    }
    for level in &config.levels {
        note(
            format!("the level of {} is {}", level.value.0, level.value.1.word()),
            &level.place,
        );
    }
    if let Some(fail_on) = &config.fail_on {
        note(
            format!("fail-on is {}", fail_on.value.word()),
            &fail_on.place,
        );
    }
    all
}

fn words(allow: &Allow) -> String {
    let rules = allow.rules.iter().map(|rule| rule.value.clone());
    let mut parts: Vec<String> = rules.collect();
    parts.extend(allow.paths.iter().map(|path| format!("in {path}")));
    parts.extend(
        allow
            .patterns
            .iter()
            .map(|pattern| format!("like {pattern}")),
    );
    parts.extend(
        allow
            .commits
            .iter()
            .map(|commit| format!("of commit {commit}")),
    );
    for digest in &allow.digests {
        parts.push(format!("the secret sha256:{}…", hex(&digest[..4])));
    }
    if let Some(until) = &allow.until {
        parts.push(format!("until {until}"));
    }
    parts.join(", ")
}
