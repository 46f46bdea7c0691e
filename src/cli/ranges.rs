//! Modes that look at commits: which ones, from the command line, a hook's input or a CI system's variables.

use super::Failure;
use super::settings::current_dir;
use crate::git::{Env, Repository};
use crate::problem::Problem;
use crate::source::range::{Plan, expression, of_job, pre_push, pre_receive};
use crate::source::{Message, Range, Source};
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
    pub(super) fn mode_name(&self) -> &'static str {
        match self {
            Commits::Range(_) => "range",
            Commits::Job => "ci",
            Commits::Push(_) => "pre-push",
            Commits::Receive => "pre-receive",
            Commits::Message(_) => "commit-msg",
        }
    }

    /// Where the bytes come from.
    ///
    /// # Errors
    /// The commits are not known, or not here.
    pub(super) fn source(
        &self,
        exclude: &[String],
        max_file_size: Option<u64>,
    ) -> Result<Result<Box<dyn Source>, Problem>, Failure> {
        let start = current_dir()?;
        let env = Env::of_process();
        let open = || -> Result<Box<dyn Source>, Problem> {
            if let Commits::Message(file) = self {
                return Ok(Box::new(Message::read(&start, file, &env)?));
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
            Ok(Box::new(Range::new(
                &repository,
                plan,
                exclude,
                max_file_size,
            )?))
        };
        Ok(open())
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
