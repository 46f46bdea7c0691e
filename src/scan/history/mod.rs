//! The scan of a whole history. First every blob is looked at, whatever its path; then commits, tags and trees; then, for what was found, who brought it in
//! and where it is now. What lies beside the objects (files of the git directory, the working tree) comes from sources like any other.

mod blobs;
mod claims;
mod elsewhere;
mod inside;
mod limits;
mod past;
mod seen;
mod spots;
mod tell;

pub use limits::Limits;

use super::{Collector, Scan};
use crate::attribute::{NONE, NamePlace, Records, Targets, Tip, attribute};
use crate::blob::{Blob, BlobId, Origin};
use crate::cache::{Key, Said, SeenPast, Shelf};
use crate::git::{Pointer, Reach, Repository};
use crate::problem::{LeftOut, Problem, Why};
use crate::rule::RuleId;
use crate::source::history::{Kind, Store, traverse};
use crate::source::{GitDir, Sink, Source, nested_repositories};
use crate::suppress::{Ledger, ScanInfo};
use crate::text::{Name, Secret, Span};
use blobs::Blobs;
use claims::{Claim, Collected, Value};
use past::{Asked, Names, Past, Recorded};
use seen::{Memory, Now, read_names};
use spots::Finds;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use tell::{Teller, Told};

/// What of a repository is audited.
pub struct HistoryOptions<'a> {
    /// The repository.
    pub repository: &'a Repository,
    /// Its working tree, where it has one.
    pub work_tree: Option<&'a dyn Source>,
    /// Whether a clone without all of its history will do.
    pub allow_shallow: bool,
    /// Whether a CI job runs it, whose own checkout credential is no leak.
    pub in_ci: bool,
    /// What the audit is limited to; without limits, also what lies beside the objects is looked at.
    pub limits: Option<&'a Limits>,
    /// Where earlier audits have left what they saw, if that counts.
    pub cache: Option<(&'a dyn Shelf, Key)>,
    /// How many threads read.
    pub threads: usize,
}

/// What was found in objects.
struct Found {
    values: Vec<Value>,
    claims: Vec<Claim>,
    said: Vec<Said>,
    records: Records,
    names: Names,
    places: Vec<NamePlace>,
    /// The past, where it was read and is worth to be kept.
    new_past: Option<SeenPast>,
    name_claims: Vec<(u32, u32)>,
    kinds: BTreeMap<u32, Kind>,
}

impl Scan<'_> {
    /// Everything found in the blobs of `store` on `threads` threads, before suppression: blob, place, rule and secret, sorted. The same set that looking at each
    /// blob by itself gives.
    pub fn claims(&self, store: &Store, threads: usize) -> Vec<(BlobId, Span, RuleId, Secret)> {
        let collector = Collector {
            scan: self,
            results: Mutex::default(),
        };
        let memory = Memory::none(store);
        let blobs = Blobs::new(self, store, &collector, (&memory, None));
        traverse(store, &[Kind::Blob], &blobs, threads);
        let found = blobs.finish().0.finish();
        let values = found.values;
        found
            .claims
            .into_iter()
            .map(|claim| {
                let secret = values[claim.value as usize].secret.clone();
                (store.id(claim.object), claim.span, claim.rule, secret)
            })
            .collect()
    }

    /// Audits a repository: all objects, reachable or not, and everything that lies beside them.
    pub fn history(&self, options: &HistoryOptions<'_>, mut info: ScanInfo) -> Ledger {
        let begin = Instant::now();
        let collector = Collector {
            scan: self,
            results: Mutex::default(),
        };
        if options.limits.is_none() {
            GitDir::new(options.repository).run(&collector);
        }
        if let Some(work_tree) = options.work_tree {
            work_tree.run(&collector);
            // The objects are what is audited: that no file stands beside them is no gap.
            collector.with(|results| {
                results
                    .problems
                    .retain(|problem| problem.kind != "nothing-scanned");
            });
        }
        let mut told = vec![self.objects(&collector, options, options.repository, None)];
        if options.limits.is_none() {
            let own = options.repository.common_dir();
            self.within(&collector, options, nested_repositories(own), &mut told);
            self.beside(&collector, options, &mut told);
        }
        let results = collector.results.into_inner();
        let results = results.unwrap_or_else(PoisonError::into_inner);
        let (results, stories) = elsewhere::join(self, results, told, options.in_ci);
        info.elapsed = begin.elapsed();
        self.ledger(results, stories, info)
    }

    /// Audits repositories that lie in the git directory of another one.
    fn within(
        &self,
        collector: &Collector<'_>,
        options: &HistoryOptions<'_>,
        nested: Vec<(PathBuf, Name)>,
        told: &mut Vec<Told>,
    ) {
        for (dir, name) in nested {
            match Repository::open(&dir) {
                Ok(Some(nested)) => {
                    told.push(self.objects(collector, options, &nested, Some(&name)));
                }
                Ok(None) => {}
                Err(problem) => collector.problem(problem),
            }
        }
    }

    /// Audits repositories whose working trees lie in the one that was walked.
    fn beside(
        &self,
        collector: &Collector<'_>,
        options: &HistoryOptions<'_>,
        told: &mut Vec<Told>,
    ) {
        let mut found = Vec::new();
        collector.with(|results| found = std::mem::take(&mut results.repositories));
        found.sort();
        let real = |repository: &Repository| {
            let dir = repository.common_dir();
            dir.canonicalize().unwrap_or_else(|_| dir.to_owned())
        };
        let mut known = vec![real(options.repository)];
        for (dir, name) in found {
            // What cannot be opened was told by the walk.
            let Ok(Some(nested)) = Repository::open(&dir) else {
                continue;
            };
            // A submodule has its objects in the git directory around it, a linked working tree in that of its repository.
            let own = real(&nested);
            if known.iter().any(|known| own.starts_with(known)) {
                continue;
            }
            known.push(own);
            GitDir::nested(&nested, &name).run(collector);
            told.push(self.objects(collector, options, &nested, Some(&name)));
            let below = nested_repositories(nested.common_dir());
            let below = below.into_iter().map(|(dir, own)| {
                let name = [name.as_bytes(), b"/", own.as_bytes()].concat();
                (dir, Name::new(name))
            });
            self.within(collector, options, below.collect(), told);
        }
    }

    fn objects(
        &self,
        collector: &Collector<'_>,
        options: &HistoryOptions<'_>,
        repository: &Repository,
        submodule: Option<&Name>,
    ) -> Told {
        let objects = repository.common_dir().join("objects");
        let store = Store::open(&[objects], repository.objects().id_len());
        for problem in store.problems() {
            collector.problem(problem.clone());
        }
        let progress = &self.progress;
        let done = progress.blobs.load(Relaxed);
        progress.total.store(done + store.packed_blobs(), Relaxed);
        let git_dir = repository.common_dir();
        let memory = match options.cache {
            Some(cache) => {
                let how = (self.progress, options.threads);
                Memory::taken(&store, git_dir, cache, self.detector.rules(), how)
            }
            None => Memory::none(&store),
        };
        self.progress.add_known(memory.known());
        let within = options.limits.and_then(|limits| {
            let within =
                limits::within(limits, repository, &store, (self.progress, options.threads));
            within.map_err(|problem| collector.problem(problem)).ok()
        });
        Audit {
            memory: &memory,
            within: within.as_deref(),
            scan: self,
            collector,
            store: &store,
            repository,
            submodule,
            options,
        }
        .run()
    }
}

/// The audit of the objects of one repository.
struct Audit<'a> {
    memory: &'a Memory,
    /// Which objects count; all, where that is not limited.
    within: Option<&'a [bool]>,
    scan: &'a Scan<'a>,
    collector: &'a Collector<'a>,
    store: &'a Store,
    repository: &'a Repository,
    /// The submodule whose repository it is.
    submodule: Option<&'a Name>,
    options: &'a HistoryOptions<'a>,
}

impl Audit<'_> {
    fn run(&self) -> Told {
        // What is remembered of the past is of use only where the names that are shown can still be read.
        let told = self.told(true).or_else(|| self.told(false));
        told.unwrap_or_default()
    }

    fn told(&self, remembering: bool) -> Option<Told> {
        let mut found = self.read(remembering);
        if let Some(cache) = self.options.cache {
            let seen = Now {
                claims: &found.claims,
                said: &found.said,
                kinds: &found.kinds,
                past: found.new_past.take(),
            };
            let git_dir = self.repository.common_dir();
            self.memory.leave(self.store, git_dir, cache, seen);
        }
        let (pointers, mut tips) = self.pointers();
        let index = self.index();
        let targets = self.targets(&found);
        let count = found.values.len() + found.records.missing.len();
        let stored = self.store.len();
        let walked = attribute(&found.records, stored, &targets, count, &mut tips);
        found.records.forget_trees();
        let pointers: Vec<(Pointer, Tip)> = pointers.into_iter().zip(tips).collect();
        let names = match &found.names {
            Names::All(names) => masked_names(names, &found),
            Names::Placed => {
                let needed = walked.names();
                read_names(self.store, &found.places, &needed, self.options.threads)?
            }
        };
        let head = pointers
            .iter()
            .find(|(pointer, _)| pointer.reach == Reach::Head);
        let finds = Finds {
            store: self.store,
            values: &found.values,
            claims: &found.claims,
            said: &found.said,
            records: &found.records,
            names: &names,
            walked: &walked,
            head: head.map(|(_, tip)| tip),
            index: &index,
            kinds: &found.kinds,
            within: self.within,
            prefix: self.submodule.map(|name| [name.as_bytes(), b"/"].concat()),
        };
        self.missing(&finds, &pointers);
        if walked.cut {
            let what = "a directory that holds itself many times over".into();
            let problem = Problem::new(
                "too-many-paths",
                what,
                "it has more paths than can be listed",
            );
            self.collector.problem(
                problem.consequence("not all paths and commits of what is found there are told"),
            );
        }
        let teller = Teller {
            scan: self.scan,
            collector: self.collector,
            finds: &finds,
            pointers: &pointers,
            threads: self.options.threads,
        };
        Some(teller.tell())
    }

    /// Reads all objects. `remembering`: those of the past only if they have changed.
    fn read(&self, remembering: bool) -> Found {
        let threads = self.options.threads;
        let limits = (self.memory, self.within);
        let blobs = Blobs::new(self.scan, self.store, self.collector, limits);
        let rules = self.scan.detector.rules();
        blobs.claims.remember(rules, self.memory, false);
        traverse(self.store, &[Kind::Blob], &blobs, threads);
        let (claims, strays) = blobs.finish();
        let mut found = vec![false; self.store.len() as usize];
        claims.objects(|object| found[object as usize] = true);
        claims.remember(rules, self.memory, true);
        let asked = Asked {
            scan: self.scan,
            store: self.store,
            collector: self.collector,
            claims: &claims,
            memory: self.memory,
            within: self.within,
            found,
        };
        let mut objects = None;
        if self.options.cache.is_some() && strays.is_empty() {
            objects = Some(seen::digest(self.store, &asked.found));
        }
        let remembered = objects.filter(|_| remembering);
        let remembered = remembered.and_then(|objects| self.memory.past(self.store, objects));
        let is_new = remembered.is_none();
        let Recorded {
            records,
            names,
            places,
            whole,
        } = remembered.unwrap_or_else(|| {
            let past = Past::new(&asked);
            past.strays(strays);
            traverse(self.store, &[Kind::Tree], &past, threads);
            traverse(self.store, &[Kind::Commit, Kind::Tag], &past, threads);
            past.finish()
        });
        let Collected {
            values,
            claims,
            names: name_claims,
            said,
        } = claims.finish();
        let keep = is_new && whole && name_claims.is_empty() && !self.scan.progress.interrupted();
        let new_past = objects.filter(|_| keep).map(|objects| SeenPast {
            objects,
            records: records.to_bytes(),
            names: places.clone(),
        });
        let mut kinds: BTreeMap<u32, Kind> = claims
            .iter()
            .map(|claim| (claim.object, Kind::Blob))
            .collect();
        let texts = records
            .commits
            .iter()
            .map(|commit| (commit.object, Kind::Commit));
        for (object, kind) in texts.chain(records.tags.keys().map(|tag| (*tag, Kind::Tag))) {
            kinds.entry(object).and_modify(|known| *known = kind);
        }
        Found {
            values,
            claims,
            said,
            records,
            names,
            places,
            new_past,
            name_claims,
            kinds,
        }
    }

    /// What names objects, and where that points.
    fn pointers(&self) -> (Vec<Pointer>, Vec<Tip>) {
        let (pointers, problems) = self.repository.pointers();
        problems
            .into_iter()
            .for_each(|problem| self.collector.problem(problem));
        let mut kept = Vec::new();
        let mut tips = Vec::new();
        for mut pointer in pointers {
            pointer.name = self.ref_name(&pointer);
            if let Some(submodule) = self.submodule {
                let name = [submodule.as_bytes(), b": ", pointer.name.as_bytes()].concat();
                pointer.name = Name::new(name);
            }
            match self.store.find(pointer.object.as_bytes()) {
                Some(object) => {
                    tips.push(Tip {
                        object,
                        wants_places: pointer.reach == Reach::Head,
                        ..Tip::default()
                    });
                    kept.push(pointer);
                }
                // A reflog may name what has long been collected.
                None if pointer.reach == Reach::Local => {}
                None => self.collector.problem(
                    Problem::new(
                        "ref",
                        pointer.name,
                        format!(
                            "it names {}, which is not in this repository",
                            pointer.object
                        ),
                    )
                    .consequence("what only it reaches was not scanned")
                    .next("fetch it again, or restore the object from another clone"),
                ),
            }
        }
        (kept, tips)
    }

    /// Looks at the name of a reference; the name as it may be shown.
    fn ref_name(&self, pointer: &Pointer) -> Name {
        let name = pointer.name.as_bytes();
        let resolved = self.scan.guarded(
            self.collector,
            || "the name of a reference".into(),
            || self.scan.resolved(name),
        );
        if resolved.is_empty() {
            return pointer.name.clone();
        }
        let rules = self.scan.detector.rules();
        let shown = resolved.iter().fold(name.to_vec(), |shown, item| {
            masked(&shown, &super::secret_of(rules, name, &item.raw))
        });
        let shown = Name::new(shown);
        // What a reflog or worktree is called comes from a reference or a path.
        if pointer.reach == Reach::Local {
            return shown;
        }
        let origin = Origin::NameOf {
            what: "ref",
            name: shown.clone(),
        };
        for mut finding in self.scan.findings(&Blob::whole(name, origin), resolved) {
            let verdict = self.scan.judge.judge_path(&mut finding, None);
            self.collector.with(|results| results.add(finding, verdict));
        }
        shown
    }

    /// Paths of the index and their objects.
    fn index(&self) -> Vec<(Name, u32)> {
        match self.repository.index() {
            Ok(index) => index
                .entries()
                .iter()
                .filter_map(|entry| {
                    let object = self.store.find(entry.item.id.as_bytes())?;
                    Some((Name::new(index.path(entry)), object))
                })
                .collect(),
            Err(problem) => {
                self.collector.problem(problem);
                Vec::new()
            }
        }
    }

    /// What is to be attributed: values, and behind them objects that are missing.
    fn targets(&self, found: &Found) -> Targets {
        let stored = self.store.len();
        let values = found.values.len() as u32;
        let mut objects: Vec<(u32, u32)> = found
            .claims
            .iter()
            .map(|claim| (claim.object, claim.value))
            .collect();
        let missing = found.records.missing.len() as u32;
        objects.extend((0..missing).map(|at| (stored + at, values + at)));
        let shallow = self.repository.shallow_commits();
        for (at, commit) in found.records.commits.iter().enumerate() {
            let cut = shallow.contains(&self.store.id(commit.object));
            let parents = found.records.parents(at).iter().filter(|_| !cut);
            let lost = parents
                .chain([&commit.tree])
                .filter(|object| **object >= stored && **object != NONE);
            objects.extend(lost.map(|object| (commit.object, values + object - stored)));
        }
        objects.sort_unstable();
        objects.dedup();
        Targets {
            objects,
            names: found.name_claims.clone(),
        }
    }

    /// Names the objects that something needs and that are not here.
    fn missing(&self, finds: &Finds<'_>, pointers: &[(Pointer, Tip)]) {
        let repository = self.repository;
        let partial = repository.is_partial();
        if !self.options.allow_shallow && (repository.is_shallow() || partial) {
            let (what, how) = if partial {
                (
                    "a partial clone: some of its objects were not fetched",
                    "`git fetch --refetch` without `--filter` brings everything",
                )
            } else {
                (
                    "a shallow clone: its history was not fetched in full",
                    "`git fetch --unshallow` brings everything",
                )
            };
            self.collector.problem(
                Problem::new("shallow", Name::from_path(repository.git_dir()), what)
                    .consequence("the past that is not here was not scanned")
                    .next(format!("{how}; or accept it with --allow-shallow")),
            );
        }
        for (at, id) in finds.records.missing.iter().enumerate() {
            let target = (finds.values.len() + at) as u32;
            let needed = pointers
                .iter()
                .find(|(pointer, tip)| pointer.reach != Reach::Local && tip.past.contains(target));
            let Some((pointer, _)) = needed else { continue };
            if partial {
                self.collector.left_out(LeftOut {
                    object: Name::new(id.to_string()),
                    why: Why::Promised,
                });
                continue;
            }
            let trace = &finds.walked.traces[target as usize];
            let place = trace
                .places
                .keys()
                .next()
                .map(|(path, _)| finds.path(*path));
            let named = match place {
                Some(path) => format!(
                    "it is not in this repository; {} has it as {path}",
                    pointer.name
                ),
                None => format!("it is not in this repository; {} needs it", pointer.name),
            };
            self.collector.problem(
                Problem::new("object-missing", Name::new(format!("object {id}")), named)
                    .next("fetch it again, or restore it from another clone"),
            );
        }
    }
}

/// Names of files and directories; what is secret in them is masked.
fn masked_names(names: &[Box<[u8]>], found: &Found) -> Vec<Vec<u8>> {
    let mut names: Vec<Vec<u8>> = names.iter().map(|name| name.to_vec()).collect();
    for (name, value) in &found.name_claims {
        let secret = &found.values[*value as usize].secret;
        let name = &mut names[*name as usize];
        *name = masked(name, secret);
    }
    names
}

/// `text` with every occurrence of `secret` redacted.
fn masked(text: &[u8], secret: &Secret) -> Vec<u8> {
    if secret.is_empty() {
        return text.to_vec();
    }
    let mut out = Vec::new();
    let mut at = 0;
    for found in memchr::memmem::find_iter(text, secret.expose()) {
        out.extend_from_slice(&text[at..found]);
        out.extend_from_slice(secret.redacted().as_bytes());
        at = found + secret.len();
    }
    out.extend_from_slice(&text[at..]);
    out
}
