//! What the command line means, resolved: its methods build the parts of a scan. Nothing behind this file looks at flags or variables.

use super::args::{FixArgs, ReadArgs, RuleArgs, ScanArgs, TrustArgs};
use super::history::Audit;
use super::outputs::Outputs;
use super::project::Project;
use super::ranges::{Commits, Prepared};
use super::{Failing, Failure, foreign};
use crate::config::FailOn;
use crate::detect::Detector;
use crate::finding::{Identity, Level};
use crate::git::{Env, Repository};
use crate::problem::Problem;
use crate::progress::Progress;
use crate::report::{Format, today};
use crate::rule::RuleSet;
use crate::scan::Scan;
use crate::source::{Patch, Sink, Source, Staged, StagedOptions, Stream, Walk, WalkOptions};
use crate::suppress::{Judge, ScanInfo};
use crate::text::Name;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// What is scanned.
#[derive(Debug)]
pub(super) enum Mode {
    /// A tree: what was named, or the current directory.
    Tree(Vec<PathBuf>),
    /// What is staged, below these paths if there are any.
    Staged(Vec<PathBuf>),
    /// The files that pre-commit names.
    PreCommit(Vec<PathBuf>),
    /// Commits, one by one.
    Commits(Prepared),
    /// A whole repository.
    History(Audit),
    /// What a patch adds; `-` is standard input.
    Patch(PathBuf),
    /// Standard input, and the path it stands for.
    Stdin(Option<PathBuf>),
}

/// A resolved command line.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) mode: Mode,
    project: Project,
    read: ReadArgs,
    rules: Arc<RuleSet>,
    pub(super) failing: Failing,
    pub(super) outputs: Outputs,
    pub(super) threads: Option<usize>,
    /// Whether audits use and leave what they saw.
    pub(super) cache: bool,
    pub(super) fixing: FixArgs,
    repo_name: Option<String>,
}

impl Settings {
    /// Resolves `args`.
    ///
    /// # Errors
    /// What makes no sense: an unknown rule, two reports in one file.
    pub(super) fn new(args: ScanArgs) -> Result<Self, Failure> {
        let mode = if args.mode.stdin {
            Mode::Stdin(args.mode.stdin_path)
        } else if let Some(patch) = args.mode.patch {
            Mode::Patch(patch)
        } else if let Some(reach) = args.mode.history {
            Mode::History(Audit::new(&args.mode.paths, &reach, args.history)?)
        } else if args.mode.staged {
            Mode::Staged(args.mode.paths)
        } else if args.mode.pre_commit {
            Mode::PreCommit(args.mode.paths)
        } else if args.mode.pre_push {
            Mode::Commits(Commits::Push(args.mode.paths).prepare()?)
        } else if args.mode.pre_receive {
            Mode::Commits(Commits::Receive.prepare()?)
        } else if args.mode.ci {
            Mode::Commits(Commits::Job.prepare()?)
        } else if let Some(range) = args.mode.range {
            Mode::Commits(Commits::Range(range).prepare()?)
        } else if let Some(file) = args.mode.commit_msg {
            Mode::Commits(Commits::Message(file).prepare()?)
        } else {
            Mode::Tree(args.mode.paths)
        };
        let ends = match &mode {
            Mode::Commits(commits) => commits.ends.clone(),
            _ => None,
        };
        let deny_new = args.trust.deny_new_suppressions;
        let project = Project::new(&mode, args.trust, ends)?;
        let level = match (args.failing.fail_on.as_deref(), project.fail_on()) {
            (Some("never"), _) | (None, Some(FailOn::Never)) => None,
            (Some("warning"), _) | (None, Some(FailOn::Warning)) => Some(Level::Warning),
            _ => Some(Level::Error),
        };
        let mut rules = project.rules(&args.rules)?;
        if let Mode::History(_) = mode {
            rules.without_lints();
        }
        let settings = Settings {
            mode,
            read: args.read,
            rules: Arc::new(rules),
            project,
            failing: Failing {
                level,
                strict: args.failing.strict,
                code: args.failing.exit_code.unwrap_or(1),
                deny_new,
            },
            outputs: Outputs::new(args.output, args.showing)?,
            threads: args.running.threads,
            cache: !args.running.no_cache,
            fixing: args.fixing,
            repo_name: args.identity.repo_name,
        };
        settings.check_words()?;
        settings.check_outputs()?;
        Ok(settings)
    }

    /// A command's name behind a flag is a path here; whoever typed it may have meant the command.
    fn check_words(&self) -> Result<(), Failure> {
        let (Mode::Tree(paths) | Mode::Staged(paths)) = &self.mode else {
            return Ok(());
        };
        let Some(word) = paths.first().and_then(|path| path.to_str()) else {
            return Ok(());
        };
        if !foreign::is_command(word) {
            return foreign::check_not_mistyped(word);
        }
        Err(Failure::new(
            format!("`{word}` is a command, and commands come first"),
            format!("write `invoca-scan {word} …`; to scan what is called so, write `./{word}`"),
        ))
    }

    fn check_outputs(&self) -> Result<(), Failure> {
        if let Mode::PreCommit(_) = self.mode
            && let Some(path) = self.outputs.paths().next()
        {
            return Err(Failure::new(
                format!(
                    "--pre-commit cannot write {}: pre-commit starts several processes with some of the files each",
                    path.display()
                ),
                "write the report with `invoca-scan --staged`, or over the whole tree with `invoca-scan`",
            ));
        }
        Ok(())
    }

    /// The name of the mode in reports.
    pub(super) fn mode_name(&self) -> &'static str {
        match &self.mode {
            Mode::Tree(_) => "tree",
            Mode::History(_) => "history",
            Mode::Commits(commits) => commits.mode_name,
            Mode::Stdin(_) => "stdin",
            Mode::Patch(_) => "patch",
            Mode::Staged(_) => "staged",
            Mode::PreCommit(_) => "pre-commit",
        }
    }

    /// The folder that paths of files are relative to.
    pub(super) fn root(&self) -> &Path {
        self.project.root()
    }

    /// Where the bytes come from.
    pub(super) fn source(&self) -> Result<Box<dyn Source>, Failure> {
        match &self.mode {
            Mode::Stdin(path) => {
                let path = path.as_deref().map(Name::from_path);
                Ok(Box::new(Stream::new(Box::new(std::io::stdin()), path)))
            }
            Mode::Patch(path) if path.as_os_str() == "-" => {
                let name = Name::from("standard input");
                Ok(Box::new(Patch::new(Box::new(std::io::stdin()), name)))
            }
            Mode::Patch(path) => {
                let file = std::fs::File::open(path).map_err(|error| {
                    Failure::new(
                        format!("the patch {} cannot be read: {error}", path.display()),
                        "name a file, or `-` for standard input",
                    )
                })?;
                Ok(Box::new(Patch::new(Box::new(file), Name::from_path(path))))
            }
            Mode::Staged(paths) => Ok(source_or(boxed(Staged::changes(self.staged(paths)?)))),
            Mode::PreCommit(files) => Ok(source_or(boxed(Staged::files(self.staged(files)?)))),
            Mode::Commits(commits) => {
                let source = commits.source(&self.exclude(), self.read.max_file_size);
                Ok(source_or(source))
            }
            Mode::Tree(paths) => self.walk(paths.clone()),
            Mode::History(audit) => self.walk(vec![audit.start().to_owned()]),
        }
    }

    /// The files below `paths`.
    pub(super) fn walk(&self, paths: Vec<PathBuf>) -> Result<Box<dyn Source>, Failure> {
        let options = WalkOptions {
            paths,
            no_ignore: self.read.no_ignore || self.project.isolated(),
            exclude: self.exclude(),
            max_file_size: self.read.max_file_size,
            threads: 0,
        };
        let walk = Walk::new(options).map_err(|error| Failure::new(error.to_string(), ""))?;
        Ok(Box::new(walk))
    }

    fn staged(&self, paths: &[PathBuf]) -> Result<StagedOptions, Failure> {
        Ok(StagedOptions {
            start: current_dir()?,
            env: Env::of_process(),
            paths: paths.to_vec(),
            exclude: self.exclude(),
            max_file_size: self.read.max_file_size,
        })
    }

    /// The pipeline of these parts: what it finds, without fixes and without hashes of lines.
    pub(super) fn scan<'a>(
        &self,
        detector: &'a Detector,
        judge: &'a Judge,
        identity: &'a Identity,
        progress: &'a Progress,
    ) -> Scan<'a> {
        Scan {
            detector,
            judge,
            identity,
            progress,
            line_hashes: false,
            fixes: false,
            archives: self.read.archives.unwrap_or_default(),
        }
    }

    /// What the configuration and the command line exclude.
    fn exclude(&self) -> Vec<String> {
        let typed = self.read.exclude.iter().cloned();
        self.project.exclude().chain(typed).collect()
    }

    /// The rules, also those switched off.
    pub(super) fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// What looks at them.
    pub(super) fn detector(&self) -> Detector {
        Detector::new(Arc::clone(&self.rules))
    }

    /// What decides which findings stand.
    ///
    /// # Errors
    /// The configuration names a rule that does not exist.
    pub(super) fn judge(&self) -> Result<Judge, Failure> {
        let today = today(SystemTime::now());
        self.project.judge(&self.mode, &self.rules, today)
    }

    /// How fingerprints are made.
    pub(super) fn identity(&self) -> Identity {
        self.project.identity()
    }

    /// What the scan is, for reports.
    pub(super) fn info(&self) -> ScanInfo {
        let mut info = plain_info(self.mode_name(), &self.rules);
        info.root = Some(self.project.root().to_owned());
        info.repository.clone_from(&self.repo_name);
        info.config_digest = self.project.digest();
        info.rules_as_of = self.project.rules_as_of().map(str::to_owned);
        // Opening a repository takes longer than scanning a commit: only where a report names it.
        if self.outputs.formats().any(Format::names_repository) {
            self.add_repository(&mut info);
        }
        info
    }

    fn add_repository(&self, info: &mut ScanInfo) {
        let start = match &self.mode {
            Mode::Tree(paths) => paths.first().cloned().unwrap_or_else(|| ".".into()),
            Mode::History(audit) => audit.start().to_owned(),
            _ => ".".into(),
        };
        // What cannot be opened is the source's problem; a report without a name is still a report.
        let Ok(Some(repository)) = Repository::discover(&start, &Env::of_process()) else {
            return;
        };
        info.head = repository.head().ok().flatten().map(|id| id.to_string());
        if info.repository.is_none() {
            info.repository = repository.remote_url();
        }
    }
}

/// The source, or one that has nothing but its problem: a report is written in any case.
fn source_or(source: Result<Box<dyn Source>, Problem>) -> Box<dyn Source> {
    source.unwrap_or_else(|problem| Box::new(Broken(problem)))
}

fn boxed(source: Result<Staged, Problem>) -> Result<Box<dyn Source>, Problem> {
    source.map(|source| Box::new(source) as Box<dyn Source>)
}

/// A source that could not be opened.
struct Broken(Problem);

impl Source for Broken {
    fn run(&self, sink: &dyn Sink) {
        sink.problem(self.0.clone());
    }
}

/// Where the program was started.
pub(super) fn current_dir() -> Result<PathBuf, Failure> {
    std::env::current_dir().map_err(|error| {
        Failure::new(
            format!("the current directory cannot be read: {error}"),
            "change to one that exists",
        )
    })
}

/// A scan that begins now, of no repository and without a configuration.
pub(super) fn plain_info(mode: &'static str, rules: &RuleSet) -> ScanInfo {
    ScanInfo {
        mode,
        repository: None,
        head: None,
        root: None,
        rules_digest: rules.digest(),
        rules_as_of: None,
        config_digest: String::new(),
        started: SystemTime::now(),
        elapsed: Duration::ZERO,
        interrupted: false,
        replacements: None,
        joined: Vec::new(),
    }
}

/// All rules; switched on are those that the project around the current folder and `args` leave on.
///
/// # Errors
/// A rule that does not exist, with the nearest one that does.
pub(super) fn rules(args: &RuleArgs) -> Result<RuleSet, Failure> {
    Project::new(&Mode::Tree(Vec::new()), TrustArgs::default(), None)?.rules(args)
}
