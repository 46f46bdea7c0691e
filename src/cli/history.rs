//! `--history`: which repository, how much of it, and what becomes of the outcome.

use super::args::HistoryArgs;
use super::settings::Settings;
use super::shelf::{self, Folder};
use super::{Console, Failure, date};
use crate::cache::Shelf;
use crate::finding::Level;
use crate::git::{CommitLimits, Env, Repository};
use crate::report::{replacements, write_whole};
use crate::scan::{HistoryOptions, Limits, Scan};
use crate::suppress::{Ledger, Replacements};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;
use std::time::{SystemTime, UNIX_EPOCH};

/// An audit, as asked for.
#[derive(Debug)]
pub(super) struct Audit {
    start: PathBuf,
    /// Whether only what references reach is told.
    reachable: bool,
    args: HistoryArgs,
    /// Where the secrets go for those who rewrite the history.
    replacements: Option<PathBuf>,
}

impl Audit {
    /// Of the repository that `paths` names, else of the one around the current folder.
    ///
    /// # Errors
    /// More than one repository, or secrets are to be written where they may get into a commit.
    pub(super) fn new(paths: &[PathBuf], reach: &str, args: HistoryArgs) -> Result<Self, Failure> {
        if paths.len() > 1 {
            return Err(Failure::new(
                "--history audits one repository at a time",
                "name one repository, or none for the one around the current folder",
            ));
        }
        let start = paths.first().cloned().unwrap_or_else(|| ".".into());
        let replacements = args
            .write_replacements
            .as_deref()
            .map(outside)
            .transpose()?;
        Ok(Audit {
            start,
            reachable: reach == "reachable",
            args,
            replacements,
        })
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

    /// What the audit is limited to; `None` where it is not.
    fn limits(&self, repository: &Repository) -> Result<Option<Limits>, Failure> {
        let args = &self.args;
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.map_or(0, |since| since.as_secs() as i64);
        let date = |flag: &str, text: &Option<String>| {
            let text = text.as_deref();
            text.map(|text| {
                date::seconds(text, now)
                    .map_err(|next| Failure::new(format!("{flag} {text}: not a date"), next))
            })
            .transpose()
        };
        let commits = CommitLimits {
            since: date("--since", &args.since)?,
            until: date("--until", &args.until)?,
            max_count: args.max_count,
        };
        let tip = match &args.branch {
            None => None,
            Some(name) => match repository.resolve(name) {
                Ok(Some(tip)) => Some(tip),
                Ok(None) => {
                    return Err(Failure::new(
                        format!("--branch {name}: there is no such branch here"),
                        "`git branch --all` lists them",
                    ));
                }
                Err(problem) => return Err(Failure::new(problem.to_string(), "")),
            },
        };
        let limited = self.reachable || tip.is_some() || commits != CommitLimits::default();
        Ok(limited.then_some(Limits { tip, commits }))
    }

    /// Runs it.
    ///
    /// # Errors
    /// There is no repository, it cannot be opened, or a limit makes no sense there.
    pub(super) fn run(
        &self,
        scan: &Scan<'_>,
        settings: &Settings,
        notes: &mut Vec<String>,
    ) -> Result<Ledger, Failure> {
        let repository = self.repository()?;
        let limits = self.limits(&repository)?;
        let work_dir = repository.work_dir().filter(|_| limits.is_none());
        let work_dir = work_dir.map(|dir| vec![dir.to_owned()]);
        let work_tree = work_dir.map(|paths| settings.walk(paths)).transpose()?;
        let threads = settings.threads.or_else(|| {
            let threads = std::thread::available_parallelism();
            threads.ok().map(std::num::NonZero::get)
        });
        let folder = match settings.cache {
            true => Folder::of_user(),
            false => None,
        };
        let key = shelf::key(&settings.rules().digest(), scan.archives);
        let options = HistoryOptions {
            repository: &repository,
            work_tree: work_tree.as_deref(),
            allow_shallow: self.args.allow_shallow,
            in_ci: std::env::var_os("CI").is_some() || std::env::var_os("TF_BUILD").is_some(),
            limits: limits.as_ref(),
            cache: folder.as_ref().map(|folder| (folder as &dyn Shelf, key)),
            threads: threads.unwrap_or(1),
        };
        let ledger = scan.history(&options, settings.info());
        match scan.progress.known.load(Relaxed) {
            0 => {}
            known => notes.push(format!(
                "note: an earlier audit found nothing in {known} of the objects; --no-cache reads them again"
            )),
        }
        notes.extend(folder.map(Folder::notes).into_iter().flatten());
        Ok(ledger)
    }

    /// Writes what was found, as it stands, for those who rewrite the history; whether that could be done. `least` is the level from which on findings
    /// fail the scan.
    pub(super) fn write_replacements(
        &self,
        ledger: &mut Ledger,
        least: Option<Level>,
        console: &mut Console,
    ) -> bool {
        let Some(path) = &self.replacements else {
            return true;
        };
        let (text, secrets) = replacements(&ledger.stories, least.unwrap_or(Level::Error));
        if let Err(error) = write_whole(path, true, |out| out.write_all(&text)) {
            console.say(&format!(
                "error: cannot write {}: {error}\n  next: name a file in a folder that exists and can be written",
                path.display()
            ));
            return false;
        }
        ledger.scan.replacements = Some(Replacements {
            path: path.clone(),
            secrets,
        });
        true
    }
}

/// The file that `path` means, if secrets may be written there: a file by itself or none yet, and in no repository.
fn outside(path: &Path) -> Result<PathBuf, Failure> {
    let refused = |cause: &str| {
        Failure::new(
            format!("--write-replacements {}: {cause}", path.display()),
            "it holds the secrets as they are: name a file in a folder of your own outside of every repository",
        )
    };
    // A link is followed: its target is what is written.
    let real = fs::canonicalize(path).or_else(|_| {
        let name = path.file_name().unwrap_or_default();
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        fs::canonicalize(folder.unwrap_or(Path::new("."))).map(|folder| folder.join(name))
    });
    let real = real.map_err(|error| refused(&error.to_string()))?;
    if fs::metadata(&real).is_ok_and(|about| !about.is_file()) || real.file_name().is_none() {
        return Err(refused("it is not a file"));
    }
    let folder = real.parent().unwrap_or(Path::new("/"));
    match Repository::discover(folder, &Env::default()) {
        Ok(None) => Ok(real),
        Ok(Some(_)) => Err(refused("it would lie in a repository")),
        Err(problem) => Err(refused(&problem.to_string())),
    }
}
