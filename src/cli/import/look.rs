//! A scan for the sake of another scanner's findings: the tree, and the versions of files that those findings name.

use super::super::args::ScanArgs;
use super::super::baseline::status_of;
use super::super::settings::Settings;
use super::super::{Console, ExitStatus, Failure};
use crate::blob::{Blob, BlobId, Origin};
use crate::detect::Detector;
use crate::finding::Finding;
use crate::git::{Env, Repository};
use crate::import::Old;
use crate::progress::Progress;
use crate::rule::RuleSet;
use crate::source::{Sink, Source};
use crate::suppress::{Judge, Ledger, Suppressed};
use crate::text::{LineIndex, Name, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What became of another scanner's finding.
pub(super) enum Seen<'a> {
    /// It is in the tree.
    Here(Vec<&'a Finding>),
    /// It is in the version it names, and in the tree no longer.
    Past(Vec<&'a Finding>),
    /// It is in the tree, and a marker or the configuration lets it stay.
    Suppressed(&'a Suppressed),
    /// It is not reported, and why.
    Not(String),
}

/// The tree and old versions of files, scanned.
pub(super) struct Look {
    root: PathBuf,
    settings: Settings,
    detector: Detector,
    judge: Judge,
    tree: Ledger,
    past: Ledger,
    /// Old versions by commit, as it is named, and path.
    versions: BTreeMap<(String, String), Version>,
}

/// A file as a commit has it.
struct Version {
    commit: BlobId,
    path: Name,
    bytes: Vec<u8>,
}

impl Look {
    /// Scans the tree at `root`, and what `olds` name.
    pub(super) fn new<'a>(
        root: &Path,
        olds: impl Iterator<Item = &'a Old>,
    ) -> Result<Self, Failure> {
        let mut args = ScanArgs::plain();
        args.mode.paths = vec![root.to_owned()];
        args.trust.no_baseline = true;
        let settings = Settings::new(args)?;
        let (detector, judge) = (settings.detector(), settings.judge()?);
        let versions = versions(root, olds);
        let (tree, past) = {
            let (identity, progress) = (settings.identity(), Progress::new());
            let scan = settings.scan(&detector, &judge, &identity, &progress);
            let tree = scan.run(&*settings.source()?, settings.info());
            (
                tree,
                scan.run(&Pasts(versions.values().collect()), settings.info()),
            )
        };
        Ok(Look {
            root: root.to_owned(),
            settings,
            detector,
            judge,
            tree,
            past,
            versions,
        })
    }

    /// What is reported in the tree.
    pub(super) fn findings(&self) -> &[Finding] {
        &self.tree.findings
    }

    /// The place of a finding among those of the tree.
    pub(super) fn number(&self, finding: &Finding) -> Option<usize> {
        self.tree.findings.binary_search(finding).ok()
    }

    pub(super) fn rules(&self) -> &RuleSet {
        self.settings.rules()
    }

    /// Clean, unless the scan had gaps: then these are told.
    pub(super) fn status(&self, console: &mut Console) -> ExitStatus {
        status_of(&self.settings, &self.tree, console)
    }

    /// What became of `old`.
    pub(super) fn find(&self, old: &Old) -> Seen<'_> {
        let version = old
            .commit
            .as_ref()
            .and_then(|commit| self.versions.get(&(commit.clone(), old.path.clone())));
        if let Some(version) = version {
            return self.find_past(old, version);
        }
        let text = match std::fs::read(self.root.join(&old.path)) {
            Ok(text) => text,
            Err(_) => return Seen::Not(self.absent(old)),
        };
        let found: Vec<&Finding> = self
            .tree
            .findings
            .iter()
            .filter(|finding| old.is(finding, &text))
            .collect();
        if !found.is_empty() {
            return Seen::Here(found);
        }
        match self
            .tree
            .suppressed
            .iter()
            .find(|item| old.is(&item.finding, &text))
        {
            Some(item) => Seen::Suppressed(item),
            None => Seen::Not(self.why_not(old, &text)),
        }
    }

    /// The same for what stands in a version of its own: from there, the value is known.
    fn find_past<'a>(&'a self, old: &Old, version: &Version) -> Seen<'a> {
        let of_version = |finding: &&Finding| {
            matches!(&finding.origin, Origin::Commit { commit, path } if *commit == version.commit && *path == version.path)
                && old.is(finding, &version.bytes)
        };
        let all = self
            .past
            .findings
            .iter()
            .chain(self.past.suppressed.iter().map(|item| &item.finding));
        let past: Vec<&Finding> = all.filter(of_version).collect();
        if past.is_empty() {
            return Seen::Not(self.why_not(old, &version.bytes));
        }
        let again = |finding: &Finding| {
            finding.origin.path() == Some(&version.path)
                && past
                    .iter()
                    .any(|past| past.secret == finding.secret && past.rule == finding.rule)
        };
        let here: Vec<&Finding> = self
            .tree
            .findings
            .iter()
            .filter(|finding| again(finding))
            .collect();
        if !here.is_empty() {
            return Seen::Here(here);
        }
        match self
            .tree
            .suppressed
            .iter()
            .find(|item| again(&item.finding))
        {
            Some(item) => Seen::Suppressed(item),
            None => Seen::Past(past),
        }
    }

    fn absent(&self, old: &Old) -> String {
        match &old.commit {
            Some(commit) => format!(
                "neither is commit {} with that file in this repository, nor the file in the tree",
                commit.get(..12).unwrap_or(commit)
            ),
            None => "the file is not in the tree any more".to_owned(),
        }
    }

    /// Why nothing is reported where `old` stands.
    fn why_not(&self, old: &Old, text: &[u8]) -> String {
        let Some((first, last)) = old.lines else {
            return "its line is not told, and nothing with its value is found".to_owned();
        };
        let index = LineIndex::new(text);
        if first > index.count() {
            return format!("the file has no line {first} any more");
        }
        let start = index.line_span(text, first).start;
        let span = Span::new(start, index.line_span(text, last.min(index.count())).end);
        if !old.is_in(span.of(text)) {
            return "that line holds another value by now".to_owned();
        }
        let name = Name::from(old.path.as_str());
        let mut refused: BTreeSet<String> = BTreeSet::new();
        let mut accepted = BTreeSet::new();
        for item in self.detector.explain(text, span) {
            if !self.judge.admits(item.rule, Some(&name)) {
                continue;
            }
            let id = self.rules().rule(item.rule).id();
            match item.outcome {
                Ok(_) => {
                    accepted.insert(id);
                }
                Err(why) => {
                    refused.insert(format!("{id} says: {why}"));
                }
            }
        }
        if let Some(id) = accepted.first() {
            return format!(
                "{id} accepts it, but the file is not scanned: see `invoca-scan --list-skipped`"
            );
        }
        match refused.len() {
            0 => "no rule here considers it".to_owned(),
            _ => {
                let few: Vec<String> = refused.into_iter().take(3).collect();
                few.join("; ")
            }
        }
    }
}

/// The versions that `olds` name, as far as they are in the repository at `root`.
fn versions<'a>(
    root: &Path,
    olds: impl Iterator<Item = &'a Old>,
) -> BTreeMap<(String, String), Version> {
    let mut wanted = olds
        .filter_map(|old| Some((old.commit.clone()?, old.path.clone())))
        .peekable();
    if wanted.peek().is_none() {
        return BTreeMap::new();
    }
    let Ok(Some(repository)) = Repository::discover(root, &Env::of_process()) else {
        return BTreeMap::new();
    };
    let mut versions = BTreeMap::new();
    for (commit, path) in wanted {
        let key = (commit, path);
        if versions.contains_key(&key) {
            continue;
        }
        if let Some(version) = version(&repository, &key) {
            versions.insert(key, version);
        }
    }
    versions
}

fn version(repository: &Repository, (commit, path): &(String, String)) -> Option<Version> {
    let is_id = commit.len() >= 7 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    let commit = is_id
        .then(|| repository.resolve(commit).ok().flatten())
        .flatten()?;
    let objects = repository.objects();
    let path = Name::from(path.as_str());
    let tree = objects.commit(commit).ok()?.tree;
    let item = objects.at_path(tree, path.as_bytes()).ok().flatten()?;
    let bytes = objects.blob(item.id, &path).ok()?.bytes().to_vec();
    Some(Version {
        commit,
        path,
        bytes,
    })
}

/// Old versions of files.
struct Pasts<'a>(Vec<&'a Version>);

impl Source for Pasts<'_> {
    fn run(&self, sink: &dyn Sink) {
        for version in &self.0 {
            let origin = Origin::Commit {
                commit: version.commit,
                path: version.path.clone(),
            };
            sink.blob(Blob::whole(&version.bytes, origin));
        }
    }
}
