//! The configuration of folders: the nearest file to a scanned file has the last word. A folder's file is read when something was found below it.

use super::policy::{self, Wrong};
use crate::config::{Config, ConfigError, Place, Placed, find_in, load};
use crate::problem::Problem;
use crate::rule::RuleSet;
use crate::suppress::{Allow, BASELINE, Baseline, Policies, Policy};
use crate::text::Name;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Reads files below the root of a project.
pub(super) type Reader = Box<dyn Fn(&Path) -> Result<Option<String>, String> + Send + Sync>;

/// Policies of a project's folders.
pub(super) struct Folders {
    rules: Arc<RuleSet>,
    read: Reader,
    /// Fields that the root keeps for itself, and where it says so.
    locked: Vec<Placed<String>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    known: BTreeMap<PathBuf, Arc<Policy>>,
    entries: Vec<Arc<Allow>>,
    problems: Vec<Problem>,
}

impl Folders {
    /// The folders below one with the policy `root`.
    pub(super) fn new(
        rules: Arc<RuleSet>,
        read: Reader,
        locked: Vec<Placed<String>>,
        root: Policy,
    ) -> Self {
        let mut state = State {
            entries: root.allow.clone(),
            ..State::default()
        };
        state.known.insert(PathBuf::new(), Arc::new(root));
        Folders {
            rules,
            read,
            locked,
            state: Mutex::new(state),
        }
    }

    /// The policy of a folder, on top of those above. Without recursion: folders may lie as deep as a file system allows.
    fn of_folder(&self, state: &mut State, folder: &Path) -> Arc<Policy> {
        let is_new = |at: &&Path| !state.known.contains_key(*at);
        let unknown: Vec<&Path> = folder.ancestors().take_while(is_new).collect();
        let known = folder.ancestors().nth(unknown.len());
        // Only a path from elsewhere has no root among its parents.
        let Some(mut policy) = known.and_then(|known| state.known.get(known).cloned()) else {
            return Arc::default();
        };
        for folder in unknown.into_iter().rev() {
            match self.own(folder, &policy) {
                Ok(None) => {}
                Ok(Some(own)) => {
                    let known = policy.allow.len();
                    state.entries.extend(own.allow.iter().skip(known).cloned());
                    policy = Arc::new(own);
                }
                Err(error) => state.problems.push(problem(&error)),
            }
            state.known.insert(folder.to_owned(), Arc::clone(&policy));
        }
        policy
    }

    fn own(&self, folder: &Path, above: &Policy) -> Result<Option<Policy>, ConfigError> {
        let Some((path, text)) = find_in(folder, &*self.read)? else {
            return Ok(None);
        };
        let config = load(&path, &text, &*self.read)?;
        self.check(&config)?;
        let base = format!("{}/", folder.to_string_lossy());
        policy::on_top(above.clone(), &config, &base, &self.rules)
            .map(Some)
            .map_err(Wrong::into_error)
    }

    /// Whether a folder may say all of that.
    fn check(&self, config: &Config) -> Result<(), ConfigError> {
        config.check_against(&self.locked)?;
        match config
            .fields()
            .into_iter()
            .find(|(field, _)| WHOLE_SCAN.contains(field))
        {
            Some((field, place)) => Err(ConfigError::new(
                place,
                format!("`{field}` counts for a whole scan"),
                "say it in the configuration at the root",
            )),
            None => Ok(()),
        }
    }
}

/// Fields that make no sense for a part of a scan.
const WHOLE_SCAN: &[&str] = &["fail-on", "persona", "rules-as-of", "rules", "known"];

impl Policies for Folders {
    fn of(&self, path: Option<&Name>) -> Arc<Policy> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = path
            .and_then(|path| std::str::from_utf8(path.as_bytes()).ok())
            .map(Path::new)
            .filter(|path| path.is_relative() && !path.starts_with(".."))
            .and_then(Path::parent)
            .unwrap_or(Path::new(""));
        self.of_folder(&mut state, folder)
    }

    fn entries(&self) -> Vec<Arc<Allow>> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.entries.clone()
    }

    fn baseline_in(&self, folder: &str) -> Option<Baseline> {
        // What is wrong with the configuration is told when that is read.
        find_in(Path::new(folder), &*self.read).ok().flatten()?;
        let path = format!("{folder}/{BASELINE}");
        let name = Name::from(path.as_str());
        let read = (self.read)(Path::new(&path)).transpose()?;
        let parsed = read.and_then(|text| {
            Baseline::parse(&text, name.clone()).map_err(|error| match error.line {
                0 => error.cause,
                line => format!("line {line}: {}", error.cause),
            })
        });
        match parsed {
            Ok(baseline) => Some(baseline),
            Err(cause) => {
                let problem = Problem::new("baseline", name, cause)
                    .consequence("its entries do not count")
                    .next("mend it, or scan with --no-baseline");
                let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                state.problems.push(problem);
                None
            }
        }
    }

    fn problems(&self) -> Vec<Problem> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.problems.clone()
    }
}

fn problem(error: &ConfigError) -> Problem {
    let Place { file, line, column } = &error.place;
    let object = match line {
        0 => file.to_string(),
        _ => format!("{file}:{line}:{column}"),
    };
    Problem::new("configuration", object.as_str().into(), error.cause.clone())
        .consequence("the file does not count")
        .next(error.next.clone())
}
