//! `--history`: which repository, how much of it, and what becomes of the outcome.

use super::Failure;
use super::args::HistoryArgs;
use super::settings::Settings;
use crate::git::{Env, Repository};
use crate::scan::{HistoryOptions, Scan};
use crate::suppress::Ledger;
use std::path::{Path, PathBuf};

/// An audit, as asked for.
#[derive(Debug)]
pub(super) struct Audit {
    start: PathBuf,
    args: HistoryArgs,
}

impl Audit {
    /// Of the repository that `paths` names, else of the one around the current folder.
    ///
    /// # Errors
    /// More than one repository.
    pub(super) fn new(paths: &[PathBuf], args: HistoryArgs) -> Result<Self, Failure> {
        if paths.len() > 1 {
            return Err(Failure::new(
                "--history audits one repository at a time",
                "name one repository, or none for the one around the current folder",
            ));
        }
        let start = paths.first().cloned().unwrap_or_else(|| ".".into());
        Ok(Audit { start, args })
    }

    /// Where the repository is looked for.
    pub(super) fn start(&self) -> &Path {
        &self.start
    }

    fn repository(&self) -> Result<Repository, Failure> {
        // Whoever names a repository means that one, whatever a hook's environment says.
        let env = if self.start == Path::new(".") {
            Env::of_process()
        } else {
            Env::default()
        };
        match Repository::discover(&self.start, &env) {
            Ok(Some(repository)) => Ok(repository),
            Ok(None) => Err(Failure::new(
                format!("{} is not in a git repository", self.start.display()),
                "name a repository: `invoca-scan --history REPO`; without git, scan the tree: `invoca-scan PATH`",
            )),
            Err(problem) => Err(Failure::new(problem.to_string(), "")),
        }
    }

    /// Runs it.
    ///
    /// # Errors
    /// There is no repository, or it cannot be opened.
    pub(super) fn run(&self, scan: &Scan<'_>, settings: &Settings) -> Result<Ledger, Failure> {
        let repository = self.repository()?;
        let work_dir = repository.work_dir().map(|dir| vec![dir.to_owned()]);
        let work_tree = work_dir.map(|paths| settings.walk(paths)).transpose()?;
        let threads = settings.threads.or_else(|| {
            let threads = std::thread::available_parallelism();
            threads.ok().map(std::num::NonZero::get)
        });
        let options = HistoryOptions {
            repository: &repository,
            work_tree: work_tree.as_deref(),
            allow_shallow: self.args.allow_shallow,
            in_ci: std::env::var_os("CI").is_some() || std::env::var_os("TF_BUILD").is_some(),
            threads: threads.unwrap_or(1),
        };
        Ok(scan.history(&options, settings.info()))
    }
}
