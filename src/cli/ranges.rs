//! Modes that look at commits: which ones, from the command line, a hook's input or a CI system's variables.

use super::Failure;
use super::project::Ends;
use super::settings::current_dir;
use crate::git::{Env, Repository};
use crate::problem::Problem;
use crate::source::range::{Plan, expression, of_job, pre_push, pre_receive};
use crate::source::{self, Message, Range};
use crate::text::Name;
use std::io::Read as _;
use std::path::PathBuf;

/// Which commits.
#[derive(Debug)]
pub(super) enum Commits {
    /// `A..B`.
    Range(String),
    /// Those of a CI job.
    Job,
    /// What is pushed, and the arguments of git's hook: the remote's name and URL.
    Push(Vec<PathBuf>),
    /// What is pushed to here.
    Receive,
    /// Only the message, of a commit to be made.
    Message(PathBuf),
}

impl Commits {
    /// The name of the mode in reports.
    fn mode_name(&self) -> &'static str {
        match self {
            Commits::Range(_) => "range",
            Commits::Job => "ci",
            Commits::Push(_) => "pre-push",
            Commits::Receive => "pre-receive",
            Commits::Message(_) => "commit-msg",
        }
    }

    /// Finds out which commits are meant. Reads standard input where a hook is fed by it.
    pub(super) fn prepare(self) -> Result<Prepared, Failure> {
        let start = current_dir()?;
        let env = Env::of_process();
        let open = || -> Result<Source, Problem> {
            if let Commits::Message(file) = &self {
                return Ok(Source::Message(Message::read(&start, file, &env)?));
            }
            let repository = Repository::discover(&start, &env)?.ok_or_else(|| {
                Problem::new(
                    "repository",
                    Name::from_path(&start),
                    "no git repository here or above",
                )
                .consequence("nothing was scanned")
                .next("change into a repository")
            })?;
            let plan = self.plan(&repository, &env)?;
            Ok(Source::Plan(Box::new(repository), plan))
        };
        let asks = matches!(self, Commits::Range(_) | Commits::Job | Commits::Receive);
        let source = open();
        let ends = match &source {
            Ok(Source::Plan(repository, plan)) if asks => {
                let is_push = matches!(self, Commits::Receive);
                Some(Ends::of(repository, plan, is_push))
            }
            _ => None,
        };
        Ok(Prepared {
            mode_name: self.mode_name(),
            source,
            ends,
        })
    }

    fn plan(&self, repository: &Repository, env: &Env) -> Result<Plan, Problem> {
        match self {
            Commits::Range(text) => expression(text, repository),
            Commits::Job => of_job(env, &event(env)?, repository),
            Commits::Push(words) => {
                let remote = words.first().and_then(|word| word.to_str());
                pre_push(&input()?, remote, env, repository)
            }
            Commits::Receive => pre_receive(&input()?, repository),
            Commits::Message(_) => Ok(Plan::default()),
        }
    }
}

enum Source {
    Message(Message),
    Plan(Box<Repository>, Plan),
}

/// Commits that are known to be there, or why they are not.
pub(super) struct Prepared {
    /// The name of the mode in reports.
    pub(super) mode_name: &'static str,
    source: Result<Source, Problem>,
    /// What is there already and what is new, where that decides whose word counts.
    pub(super) ends: Option<Ends>,
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prepared").finish_non_exhaustive()
    }
}

impl Prepared {
    /// Where the bytes come from.
    ///
    /// # Errors
    /// The commits are not known, or not here.
    pub(super) fn source(
        &self,
        exclude: &[String],
        max_file_size: Option<u64>,
    ) -> Result<Box<dyn source::Source>, Problem> {
        match self.source.as_ref().map_err(Clone::clone)? {
            Source::Message(message) => Ok(Box::new(message.clone())),
            Source::Plan(repository, plan) => {
                let range = Range::new(repository, plan.clone(), exclude, max_file_size)?;
                Ok(Box::new(range))
            }
        }
    }
}

/// The event file of GitHub; empty elsewhere.
fn event(env: &Env) -> Result<String, Problem> {
    let Some(path) = env.get("GITHUB_EVENT_PATH") else {
        return Ok(String::new());
    };
    std::fs::read_to_string(path).map_err(|error| {
        let name = Name::from_path(path.as_ref());
        Problem::new("file", name, error.to_string())
            .consequence("nothing was scanned")
            .next("let the job have the file that GITHUB_EVENT_PATH names, or use `--range A..B`")
    })
}

/// What git gives to a hook.
fn input() -> Result<String, Problem> {
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).map_err(|error| {
        Problem::new("hook", "standard input".into(), error.to_string())
            .consequence("nothing was scanned")
    })?;
    // Names of references need not be text; only their ids are used.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
