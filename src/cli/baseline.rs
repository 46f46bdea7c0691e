//! `baseline`: the list of findings that were looked at and may stay. Written whole or not at all; never by a scan, only here.

use super::args::{BaselineCommand, BaselineScan, DecisionArgs, ScanArgs, TrustArgs};
use super::project::base_of;
use super::settings::{Settings, current_dir};
use super::{Console, ExitStatus, Failure, Outcome, written};
use crate::blob::{Blob, BlobId, Origin};
use crate::config::NAMES;
use crate::finding::Finding;
use crate::git::{Env, Repository, Unread, user_email};
use crate::problem::Problem;
use crate::progress::Progress;
use crate::report::{count, notice, today, write_whole};
use crate::rule::RuleSet;
use crate::source::{Paths, Sink, Source, Walk};
use crate::suppress::{BASELINE, Baseline, Decision, Entry, Fate, Ledger, Status};
use crate::text::{Name, escape_controls};
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// Does what `command` says.
pub(super) fn run(command: BaselineCommand, console: &mut Console) -> Outcome {
    match command {
        BaselineCommand::Create { reason, scan } => create(&reason, scan, console),
        BaselineCommand::Add {
            place,
            decision,
            trust,
        } => add(&place, &decision, trust, console),
        BaselineCommand::Update { scan } => tidy(scan, console, |baseline, fates| {
            (baseline.update(fates), "updated")
        }),
        BaselineCommand::Prune { scan } => tidy(scan, console, |baseline, fates| {
            (baseline.prune(fates, &today(SystemTime::now())), "pruned")
        }),
        BaselineCommand::Show { diff, trust } => show(diff.as_deref(), &trust, console),
    }
}

/// Where the baseline is, and what is in it.
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) name: Name,
    /// The folder that it is for, with a `/` at its end; empty at the root.
    pub(super) base: String,
    pub(super) baseline: Option<Baseline>,
}

impl File {
    /// The one that `--baseline` names, else the one at the root of the project that holds the current folder.
    pub(super) fn find(trust: &TrustArgs) -> Result<Self, Failure> {
        let (path, name) = match &trust.baseline {
            Some(path) => (path.clone(), Name::from_path(path)),
            None => (root()?.join(BASELINE), BASELINE.into()),
        };
        let base = base_of(&path, &root()?);
        let baseline = match std::fs::read_to_string(&path) {
            // Somebody made the file for what is to come.
            Ok(text) if text.trim().is_empty() => None,
            Ok(text) => {
                let read = Baseline::parse(&text, name.clone()).map_err(|error| {
                    Failure::new(error.to_string(), "mend that line; nothing was changed")
                })?;
                Some(read.below(base.clone()))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => {
                return Err(Failure::new(
                    format!("the baseline {name} cannot be read: {error}"),
                    "make it readable, or name another one with --baseline",
                ));
            }
        };
        if baseline.as_ref().is_some_and(Baseline::is_report) {
            return Err(Failure::new(
                format!("{name} is a report, and reports are not rewritten"),
                format!("name another file with --baseline, or leave that out for {BASELINE}"),
            ));
        }
        Ok(File {
            path,
            name,
            base,
            baseline,
        })
    }

    /// All of a project that is scanned as `source`: that of [`File::find`], and unless one is named those that lie beside configurations of folders.
    pub(super) fn all(trust: &TrustArgs, source: &dyn Source) -> Result<Vec<Self>, Failure> {
        let mut files = vec![File::find(trust)?];
        if trust.baseline.is_none() {
            let names: Mutex<BTreeSet<String>> = Mutex::default();
            source.run(&Paths(|path: &Name| {
                let path = path.to_text();
                if path.rsplit('/').next() == Some(BASELINE) {
                    let mut names = names.lock().unwrap_or_else(PoisonError::into_inner);
                    names.insert(path);
                }
            }));
            let root = root()?;
            for name in names.into_inner().unwrap_or_else(PoisonError::into_inner) {
                let file = File::nearest(trust, &root.join(name))?;
                if !files.iter().any(|known| known.path == file.path) {
                    files.push(file);
                }
            }
        }
        Ok(files)
    }

    /// The nearest one above `scanned`: one that lies beside the configuration of a folder, else the one at the root.
    pub(super) fn nearest(trust: &TrustArgs, scanned: &Path) -> Result<Self, Failure> {
        let root = root()?;
        let below = match (
            trust.baseline.is_none(),
            scanned.canonicalize(),
            root.canonicalize(),
        ) {
            (true, Ok(path), Ok(root)) => path.strip_prefix(root).map(Path::to_owned).ok(),
            _ => None,
        };
        let folders = below
            .as_deref()
            .into_iter()
            .flat_map(Path::ancestors)
            .skip(1);
        let found = folders
            .filter(|folder| !folder.as_os_str().is_empty())
            .find(|folder| {
                let is_there = |name: &str| root.join(folder).join(name).is_file();
                is_there(BASELINE) && NAMES.iter().any(|name| is_there(name))
            });
        match found {
            Some(folder) => File::find(&TrustArgs {
                baseline: Some(root.join(folder).join(BASELINE)),
                ..trust.clone()
            })
            .map(|file| File {
                name: Name::from_path(&folder.join(BASELINE)),
                ..file
            }),
            None => File::find(trust),
        }
    }

    /// What is in it, or an empty one for what it may get.
    pub(super) fn or_new(&self) -> Baseline {
        match &self.baseline {
            Some(baseline) => baseline.clone(),
            None => Baseline::new(self.name.clone()).below(self.base.clone()),
        }
    }

    /// What is in it.
    ///
    /// # Errors
    /// It does not exist.
    fn existing(self) -> Result<(PathBuf, Name, Baseline), Failure> {
        match self.baseline {
            Some(baseline) => Ok((self.path, self.name, baseline)),
            None => Err(Failure::new(
                format!("there is no baseline {}", self.name),
                "make one: `invoca-scan baseline create`, or `invoca-scan baseline add PATH:LINE --reason '…'`",
            )),
        }
    }
}

/// The root of the working tree around the current folder, or that folder.
pub(super) fn root() -> Result<PathBuf, Failure> {
    match Walk::root_of(Path::new(".")) {
        Some(root) => Ok(root),
        None => current_dir(),
    }
}

pub(super) fn write(path: &Path, baseline: &Baseline) -> Result<(), Failure> {
    write_whole(path, false, |out| {
        out.write_all(baseline.to_text().as_bytes())
    })
    .map_err(|error| {
        Failure::new(
            format!("cannot write the baseline {}: {error}", path.display()),
            "make its folder writable, or name another file with --baseline",
        )
    })
}

pub(super) fn tree_scan(scan: BaselineScan) -> ScanArgs {
    let mut args = ScanArgs::plain();
    args.mode.paths = scan.paths;
    args.read = scan.read;
    args.rules = scan.rules;
    args.trust = scan.trust;
    args
}

/// What a scan for the baseline's sake tells.
type Looked = (Settings, Ledger, Vec<(Baseline, Vec<Fate>)>);

/// Scans for the baseline's sake.
fn look(args: ScanArgs) -> Result<Looked, Failure> {
    let settings = Settings::new(args)?;
    let source = settings.source()?;
    look_at(settings, &*source)
}

fn look_at(settings: Settings, source: &dyn Source) -> Result<Looked, Failure> {
    let (detector, judge, identity) = (settings.detector(), settings.judge()?, settings.identity());
    let progress = Progress::new();
    let scan = settings.scan(&detector, &judge, &identity, &progress);
    let ledger = scan.run(source, settings.info());
    let fates = judge.fates();
    Ok((settings, ledger, fates))
}

/// Clean, unless the scan behind it had gaps: then these are told, and the status says so.
pub(super) fn status_of(settings: &Settings, ledger: &Ledger, console: &mut Console) -> ExitStatus {
    if ledger.complete() {
        return ExitStatus::Clean;
    }
    let options = settings.outputs.options(console, true);
    console.say(&notice(ledger, settings.rules(), &options));
    ExitStatus::Incomplete
}

fn create(reason: &str, scan: BaselineScan, console: &mut Console) -> Outcome {
    let file = File::find(&scan.trust)?;
    if file.baseline.is_some() {
        return Err(Failure::new(
            format!("the baseline {} exists already", file.name),
            "add to it: `invoca-scan baseline add PATH:LINE --reason '…'`; or remove the file first",
        ));
    }
    let mut args = tree_scan(scan);
    // It does not exist yet.
    args.trust.baseline = None;
    let (settings, ledger, _) = look(args)?;
    let mut baseline = file.or_new();
    let decision = Decision {
        status: Status::Accepted { until: None },
        reason: reason.to_owned(),
        author: author(None),
    };
    let added = baseline.add(&ledger.findings, settings.rules(), &decision);
    write(&file.path, &baseline)?;
    let said = format!(
        "{} in {}: commit that file; what is added from now on is reported",
        count(added as u64, "entry", "entries"),
        file.name
    );
    let status = status_of(&settings, &ledger, console);
    Ok(match written(writeln!(console.out, "{said}"), console) {
        ExitStatus::Clean => status,
        failed => failed,
    })
}

fn add(place: &str, decision: &DecisionArgs, trust: TrustArgs, console: &mut Console) -> Outcome {
    let (path, line) = super::explain::place(place).ok_or_else(|| {
        Failure::new(
            format!("{place:?} is no place"),
            "write PATH:LINE, as reports do",
        )
    })?;
    let path = super::explain::resolve(&path);
    let file = File::nearest(&trust, &path)?;
    let message = Message::at(&path);
    // The finding may be in the tree, or staged and no longer in the tree.
    let staged: &[bool] = match message {
        Some(_) => &[false],
        None => &[false, true],
    };
    let mut found = Vec::new();
    let mut problems = Vec::new();
    let mut rules = None;
    for pre_commit in staged {
        let mut args = ScanArgs::plain();
        args.trust = TrustArgs {
            baseline: None,
            no_baseline: true,
            ..trust.clone()
        };
        let (settings, ledger, _) = match &message {
            Some(message) => look_at(Settings::new(args)?, message)?,
            None => {
                args.mode.paths = vec![path.clone()];
                args.mode.pre_commit = *pre_commit;
                look(args)?
            }
        };
        problems.extend(ledger.problems);
        found.extend(ledger.findings);
        rules = Some(settings);
    }
    let here: Vec<&Finding> = found
        .iter()
        .filter(|item| (item.location.line..=item.location.end_line).contains(&line))
        .collect();
    let Some(settings) = rules.filter(|_| !here.is_empty()) else {
        return Err(match problems.first() {
            Some(problem) => Failure::new(problem.to_string(), ""),
            None => nothing_there(place, &found),
        });
    };
    let mut baseline = file.or_new();
    let decision = decision.resolve()?;
    let added = baseline.add(here.iter().copied(), settings.rules(), &decision);
    write(&file.path, &baseline)?;
    Ok(written(
        writeln!(
            console.out,
            "{}",
            said_of(&here, added, &file.name, settings.rules())
        ),
        console,
    ))
}

/// The message of a commit, which an entry accepts by its value: it can only be rewritten together with all that follows.
struct Message {
    commit: BlobId,
    text: Vec<u8>,
}

impl Message {
    /// That of the commit that `path` names, where there is no such file.
    fn at(path: &Path) -> Option<Self> {
        if path.symlink_metadata().is_ok() {
            return None;
        }
        let repository = Repository::discover(Path::new("."), &Env::of_process()).ok()??;
        let commit = repository.resolve(path.to_str()?).ok()??;
        let text = repository.objects().commit(commit).ok()?.message().to_vec();
        Some(Message { commit, text })
    }
}

impl Source for Message {
    fn run(&self, sink: &dyn Sink) {
        let origin = Origin::Message {
            id: self.commit,
            part: "message",
        };
        sink.blob(Blob::whole(&self.text, origin));
    }
}

fn said_of(here: &[&Finding], added: usize, file: &Name, rules: &RuleSet) -> String {
    let mut ids: Vec<&str> = here.iter().map(|item| rules.rule(item.rule).id()).collect();
    ids.sort_unstable();
    ids.dedup();
    let what = match added {
        0 => "the entry is there already and has the new reason".to_owned(),
        added => format!("{} added", count(added as u64, "entry", "entries")),
    };
    format!("{file}: {what} ({})", ids.join(", "))
}

fn nothing_there(place: &str, found: &[Finding]) -> Failure {
    let mut lines: Vec<usize> = found.iter().map(|item| item.location.line).collect();
    lines.sort_unstable();
    lines.dedup();
    let lines: Vec<String> = lines.iter().map(usize::to_string).collect();
    let next = match lines.len() {
        0 => "nothing is reported in that file".to_owned(),
        1 => format!("in that file, line {} is reported", lines[0]),
        _ => format!("in that file, lines {} are reported", lines.join(", ")),
    };
    Failure::new(format!("nothing is reported at {place}"), next)
}

/// Takes away what is of no use, as far as a scan of the tree can tell: from the baseline at the root and from those of folders, or from the one that is named.
fn tidy(
    scan: BaselineScan,
    console: &mut Console,
    act: impl Fn(&mut Baseline, &[Fate]) -> (Vec<Entry>, &'static str),
) -> Outcome {
    let file = File::find(&scan.trust)?;
    let root = root()?;
    let (settings, ledger, fates) = look(tree_scan(scan))?;
    if fates.is_empty() {
        file.existing()?;
        return Ok(status_of(&settings, &ledger, console));
    }
    let mut said = Vec::new();
    for (mut baseline, fates) in fates {
        let name = baseline.file().clone();
        let path = match file
            .baseline
            .as_ref()
            .is_some_and(|own| *own.file() == name)
        {
            true => file.path.clone(),
            false => root.join(name.to_text()),
        };
        let before = baseline.to_text();
        let (gone, word) = act(&mut baseline, &fates);
        if baseline.to_text() != before {
            write(&path, &baseline)?;
        }
        said.extend(gone.iter().map(|entry| format!("- {}", line_of(entry))));
        said.push(format!(
            "{name} {word}: {} taken out, {} left",
            count(gone.len() as u64, "entry", "entries"),
            baseline.entries().len()
        ));
    }
    let status = status_of(&settings, &ledger, console);
    Ok(
        match written(writeln!(console.out, "{}", said.join("\n")), console) {
            ExitStatus::Clean => status,
            failed => failed,
        },
    )
}

fn show(diff: Option<&str>, trust: &TrustArgs, console: &mut Console) -> Outcome {
    let (path, name, baseline) = File::find(trust)?.existing()?;
    let said = match diff {
        None => baseline.entries().iter().map(line_of).collect(),
        Some(revision) => {
            let old = at_revision(revision, &path, &name)?;
            let old = old.as_ref().map_or(&[][..], Baseline::entries);
            differences(old, baseline.entries())
        }
    };
    let text: String = said.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
    Ok(written(console.out.write_all(text.as_bytes()), console))
}

/// What the later one has beside the earlier one, and the reverse.
fn differences(old: &[Entry], new: &[Entry]) -> Vec<String> {
    let same = |one: &Entry, other: &Entry| {
        one.path == other.path
            && one.value == other.value
            && one.status == other.status
            && one.reason == other.reason
    };
    let lacks = |list: &[Entry], entry: &Entry| !list.iter().any(|other| same(entry, other));
    let added = new.iter().filter(|entry| lacks(old, entry));
    let removed = old.iter().filter(|entry| lacks(new, entry));
    added
        .map(|entry| format!("+ {}", line_of(entry)))
        .chain(removed.map(|entry| format!("- {}", line_of(entry))))
        .collect()
}

/// The baseline as a commit has it; `None` if that has none.
fn at_revision(revision: &str, path: &Path, name: &Name) -> Result<Option<Baseline>, Failure> {
    let failed = |problem: Problem| Failure::new(problem.to_string(), "");
    let unread = |unread: Unread| failed(unread.into_problem());
    let start = current_dir()?;
    let repository = Repository::discover(&start, &Env::of_process())
        .map_err(failed)?
        .ok_or_else(|| {
            Failure::new(
                format!("{}: no git repository here or above", start.display()),
                "change into one",
            )
        })?;
    let commit = repository
        .resolve(revision)
        .map_err(failed)?
        .ok_or_else(|| {
            Failure::new(
                format!("this repository has no commit {revision:?}"),
                "name a commit, tag or branch; fetch it if it is not here",
            )
        })?;
    let inside = repository
        .work_dir()
        .and_then(|root| root.canonicalize().ok())
        .zip(path.canonicalize().ok())
        .and_then(|(root, path)| path.strip_prefix(root).ok().map(Name::from_path))
        .ok_or_else(|| Failure::new(format!("{name} is not in this repository's tree"), ""))?;
    let objects = repository.objects();
    let tree = objects.commit(commit).map_err(unread)?.tree;
    let Some(item) = objects.at_path(tree, inside.as_bytes()).map_err(unread)? else {
        return Ok(None);
    };
    let blob = objects.blob(item.id, &inside).map_err(unread)?;
    let text = String::from_utf8_lossy(blob.bytes());
    Baseline::parse(&text, name.clone())
        .map(Some)
        .map_err(|error| Failure::new(format!("at {revision}: {error}"), ""))
}

/// An entry for people; nothing in it tells the value.
fn line_of(entry: &Entry) -> String {
    let status = match &entry.status {
        Status::False => "false".to_owned(),
        Status::Accepted { until: None } => "accepted".to_owned(),
        Status::Accepted { until: Some(until) } => format!("accepted until {until}"),
        Status::Revoked { on, by, ticket } => {
            let of = |word: &str, text: &str| match text {
                "" => String::new(),
                text => format!(" {word}{text}"),
            };
            format!("revoked on {on}{}{}", of("by ", by), of("", ticket))
        }
        Status::Real { ticket } if ticket.is_empty() => "real".to_owned(),
        Status::Real { ticket } => format!("real {ticket}"),
    };
    let author = match entry.author.as_str() {
        "" => String::new(),
        author => format!(" ({author})"),
    };
    escape_controls(&format!(
        "{}  {}  {}  {status}: {}{author}",
        entry.path.as_deref().unwrap_or("(no path)"),
        entry.rule,
        entry.secret,
        entry.reason
    ))
}

/// Whose word an entry is, unless it was said: who would be the author of a commit made here.
pub(super) fn author(said: Option<&str>) -> String {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    said.map(str::to_owned)
        .or_else(|| variable("GIT_AUTHOR_EMAIL"))
        .or_else(user_email)
        .or_else(|| ["EMAIL", "USER", "LOGNAME"].into_iter().find_map(variable))
        .unwrap_or_default()
}

impl DecisionArgs {
    fn resolve(&self) -> Result<Decision, Failure> {
        let status = match (&self.revoked, &self.until, self.false_alarm) {
            _ if self.real => Status::Real {
                ticket: self.ticket.clone().unwrap_or_default(),
            },
            (Some(on), _, _) => Status::Revoked {
                on: on.clone(),
                by: self.by.clone().unwrap_or_default(),
                ticket: self.ticket.clone().unwrap_or_default(),
            },
            (None, _, true) => Status::False,
            (None, until, false) => Status::Accepted {
                until: until.clone(),
            },
        };
        if self.ticket.is_some() && self.revoked.is_none() && !self.real {
            return Err(Failure::new(
                "--ticket says where a secret's rotation is written down",
                "write it beside --revoked or --real",
            ));
        }
        if self.reason.trim().is_empty() {
            return Err(Failure::new(
                "an entry needs a reason",
                "write --reason with a few words for whoever reads it next year",
            ));
        }
        Ok(Decision {
            status,
            reason: self.reason.clone(),
            author: author(self.author.as_deref()),
        })
    }
}
