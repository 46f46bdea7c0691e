//! What is staged: blobs of the index, never the working copies.
//!
//! Two ways to choose. *Staged*: every path whose content no parent of the commit to come has. *pre-commit*: the files that pre-commit
//! names, also unchanged ones, because `pre-commit run --all-files` must find what was committed long ago.

mod sides;

use super::changed::{Changed, Pusher, new_in_all};
use super::{Sink, Source, exclude};
use crate::blob::{Blob, Origin};
use crate::git::{Diff, Env, Index, Objects, Repository, diff_index};
use crate::problem::{LeftOut, Problem, Why};
use crate::text::Name;
use ignore::gitignore::Gitignore;
use rayon::prelude::*;
use sides::{Parents, Sides, unread};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// What to look at, and how.
#[derive(Clone, Debug)]
pub struct StagedOptions {
    /// The current directory.
    pub start: PathBuf,
    /// The environment, which may name another index (`git commit -a`) or repository.
    pub env: Env,
    /// Files and folders as the user named them. Staged: none means all.
    pub paths: Vec<PathBuf>,
    /// Globs, in the syntax of `.gitignore` and relative to the root of the repository, of what to leave out.
    pub exclude: Vec<String>,
    /// Larger files are left out, in bytes.
    pub max_file_size: Option<u64>,
}

/// The staged source.
pub struct Staged {
    objects: Option<Arc<Objects>>,
    changed: Vec<Changed>,
    /// Files that are not in the index, with the name to show.
    on_disk: Vec<(PathBuf, Name)>,
    problems: Vec<Problem>,
    exclude: Gitignore,
    max_file_size: Option<u64>,
}

/// Below this many files starting threads costs more than they save.
const SERIAL: usize = 8;

impl Staged {
    /// What is staged, below the paths named if any are.
    ///
    /// # Errors
    /// There is no repository with an index here, it cannot be read, or a path is not in it.
    pub fn changes(options: StagedOptions) -> Result<Self, Problem> {
        let repository = Repository::discover(&options.start, &options.env)?
            .ok_or_else(|| no_repository(&options.start))?;
        let root = repository.work_dir().ok_or_else(|| no_index(&repository))?;
        let index = repository.index()?;
        let parents = Parents::to_be(&repository, &options.env)?;
        let diffs = parents.compare(|tree| diff_index(repository.objects(), tree, &index));
        let wanted = wanted(root, &options, &index, &diffs)?;
        let mut changed = new_in_all(repository.objects(), &diffs);
        changed.retain(|changed| {
            let path = changed.path.as_bytes();
            options.paths.is_empty() || wanted.iter().any(|name| below(path, name))
        });
        Ok(Staged {
            objects: Some(repository.objects().clone()),
            changed,
            on_disk: Vec::new(),
            problems: unread(diffs),
            exclude: exclude::compile(&options.exclude)?,
            max_file_size: options.max_file_size,
        })
    }

    /// The files that pre-commit names: what is new in them where they differ from HEAD, all of them where they do not. With
    /// `PRE_COMMIT_FROM_REF` and `PRE_COMMIT_TO_REF`: what is new between these. What is not in the index is read from disk.
    ///
    /// # Errors
    /// The repository cannot be read.
    pub fn files(options: StagedOptions) -> Result<Self, Problem> {
        let repository = Repository::discover(&options.start, &options.env)?;
        let mut staged = Staged {
            objects: None,
            changed: Vec::new(),
            on_disk: Vec::new(),
            problems: Vec::new(),
            exclude: exclude::compile(&options.exclude)?,
            max_file_size: options.max_file_size,
        };
        let Some((repository, root)) = repository
            .as_ref()
            .and_then(|repository| Some((repository, repository.work_dir()?)))
        else {
            for path in options.paths {
                let name = Name::from_path(&path);
                staged.on_disk.push((options.start.join(path), name));
            }
            return Ok(staged);
        };
        let (sides, problems) = match (
            options.env.text("PRE_COMMIT_FROM_REF"),
            options.env.text("PRE_COMMIT_TO_REF"),
        ) {
            (Some(from), Some(to)) => Sides::between(repository, from, to)?,
            _ => Sides::of_index(repository, &options.env)?,
        };
        staged.problems = problems;
        for path in options.paths {
            let on_disk = options.start.join(&path);
            let Some(name) = relative(root, &options.start, &path) else {
                staged.on_disk.push((on_disk, Name::from_path(&path)));
                continue;
            };
            match sides.of(repository.objects(), &name) {
                Ok(Some(changed)) => staged.changed.extend(changed),
                Ok(None) => staged.on_disk.push((on_disk, name)),
                Err(unread) => staged.problems.push(unread.into_problem()),
            }
        }
        staged.objects = Some(repository.objects().clone());
        Ok(staged)
    }

    /// Whether there is nothing to look at.
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.on_disk.is_empty()
    }

    fn push_one(&self, pusher: Option<&Pusher<'_>>, sink: &dyn Sink, job: Job<'_>) {
        if sink.interrupted() {
            return;
        }
        let path = match job {
            Job::Changed(changed) => &changed.path,
            Job::OnDisk(_, name) => name,
        };
        if exclude::excludes(&self.exclude, path) {
            sink.left_out(LeftOut {
                object: path.clone(),
                why: Why::Excluded,
            });
            return;
        }
        match job {
            Job::Changed(changed) => {
                let path = changed.path.clone();
                let committed = changed.committed;
                if let Some(pusher) = pusher {
                    pusher.push(changed, Origin::Staged { path, committed });
                }
            }
            Job::OnDisk(file, name) => read_from_disk(file, name, self.max_file_size, sink),
        }
    }
}

#[derive(Clone, Copy)]
enum Job<'a> {
    Changed(&'a Changed),
    OnDisk(&'a Path, &'a Name),
}

impl Source for Staged {
    fn run(&self, sink: &dyn Sink) {
        for problem in &self.problems {
            sink.problem(problem.clone());
        }
        let pusher = self.objects.as_ref().map(|objects| Pusher {
            objects,
            sink,
            max_size: self.max_file_size,
        });
        let jobs: Vec<Job<'_>> = self
            .changed
            .iter()
            .map(Job::Changed)
            .chain(
                self.on_disk
                    .iter()
                    .map(|(file, name)| Job::OnDisk(file, name)),
            )
            .collect();
        if jobs.len() < SERIAL {
            jobs.into_iter()
                .for_each(|job| self.push_one(pusher.as_ref(), sink, job));
        } else {
            jobs.into_par_iter()
                .for_each(|job| self.push_one(pusher.as_ref(), sink, job));
        }
    }
}

fn no_repository(start: &Path) -> Problem {
    Problem::new(
        "repository",
        Name::from_path(start),
        "no git repository here or above",
    )
    .consequence("nothing was scanned")
    .next("change into a repository; a folder without one is scanned with `invoca-scan .`")
}

fn no_index(repository: &Repository) -> Problem {
    Problem::new(
        "repository",
        Name::from_path(repository.git_dir()),
        "this repository is bare: there is no index in which something could be staged",
    )
    .consequence("nothing was scanned")
    .next("scan commits with `--range A..B`, or everything with `--history`")
}

/// The names in the repository of the paths that the user named. One that nobody knows is most likely mistyped.
fn wanted(
    root: &Path,
    options: &StagedOptions,
    index: &Index,
    diffs: &[Diff],
) -> Result<Vec<Name>, Problem> {
    let mut wanted = Vec::new();
    for path in &options.paths {
        let refused = |cause| {
            Problem::new("path", Name::from_path(path), cause)
                .consequence("nothing was scanned")
                .next(
                    "name files and folders of this repository, relative to the current directory",
                )
        };
        let name = relative(root, &options.start, path)
            .ok_or_else(|| refused("it is not in this repository"))?;
        let mut changes = diffs.iter().flat_map(|diff| &diff.changes);
        let known = index
            .entries()
            .iter()
            .any(|entry| below(index.path(entry), &name))
            || changes.any(|change| below(change.path.as_bytes(), &name))
            || options.start.join(path).symlink_metadata().is_ok();
        if !known {
            return Err(refused("there is no such file, staged or not"));
        }
        wanted.push(name);
    }
    Ok(wanted)
}

/// Whether `path` is `name` or lies below it.
fn below(path: &[u8], name: &Name) -> bool {
    let name = name.as_bytes();
    name.is_empty()
        || path
            .strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

/// The name that git has for `path`, typed in `start`; `None` if it lies outside of `root`. A link at its end is not followed.
fn relative(root: &Path, start: &Path, path: &Path) -> Option<Name> {
    let mut plain = PathBuf::new();
    for part in start.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    if let Ok(rest) = plain.strip_prefix(root) {
        return Some(Name::from_path(rest));
    }
    let root = root.canonicalize().ok()?;
    if plain.canonicalize().is_ok_and(|plain| plain == root) {
        return Some(Name::default());
    }
    let parent = plain.parent()?.canonicalize().ok()?;
    let full = parent.join(plain.file_name()?);
    full.strip_prefix(root).ok().map(Name::from_path)
}

fn read_from_disk(file: &Path, name: &Name, max_size: Option<u64>, sink: &dyn Sink) {
    let unreadable = |cause: String| sink.problem(Problem::new("file", name.clone(), cause));
    let left_out = |why| {
        sink.left_out(LeftOut {
            object: name.clone(),
            why,
        });
    };
    match file.metadata() {
        Err(error) => unreadable(error.to_string()),
        Ok(about) if about.is_dir() => unreadable("it is a folder; name files".into()),
        Ok(about) if !about.is_file() => left_out(Why::Special),
        Ok(about) if max_size.is_some_and(|max| about.len() > max) => left_out(Why::TooLarge),
        Ok(_) => match std::fs::read(file) {
            Ok(bytes) => {
                let path = name.clone();
                sink.blob(Blob::whole(&bytes, Origin::File { path }));
            }
            Err(error) => unreadable(error.to_string()),
        },
    }
}
