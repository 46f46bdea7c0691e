//! The judge: knows the markers in the text, the path classes, the allowlist and the baseline, and gives every finding its verdict. Acts twice
//! on a blob whose paths are found out later: markers while the bytes are in hand, the rest once a path is known.

use super::allowlist::Allow;
use super::baseline::{Baseline, Covered, Fate, Known};
use super::globs::{fits, globs};
use super::inline::Markers;
use super::path::PathClass;
use super::paths::Paths;
use super::policy::{Demands, Policies, Policy};
use super::shelf::Shelf;
use super::{Ledger, Reason, Remark, Suppressed, Verdict};
use crate::blob::{Blob, Fresh, Origin};
use crate::finding::{Finding, Level};
use crate::rule::{Confidence, Persona, RuleId, RuleSet, RuleSpec, is_newer};
use crate::text::{LineIndex, Name};
use globset::GlobSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// What a judge goes by.
#[derive(Default)]
pub struct JudgeOptions {
    /// The rules; without them no rule's own paths and no path classes count.
    pub rules: Option<Arc<RuleSet>>,
    /// Whether markers in the text are ignored.
    pub no_inline: bool,
    /// Whether to find out which markers, entries of the allowlist and of the baseline are of no use any more.
    pub check: bool,
    /// What rules newer than this version find is a warning.
    pub rules_as_of: Option<String>,
    /// What is asked of suppressions.
    pub demands: Demands,
    /// What the configuration says.
    pub policies: Option<Box<dyn Policies>>,
    /// The baseline.
    pub baseline: Option<Baseline>,
    /// Whether baselines count that lie beside the configurations of folders.
    pub folder_baselines: bool,
    /// Today, as `YYYY-MM-DD`.
    pub today: String,
    /// Whether the scan looks at what is being added (a commit, a range, a patch).
    pub only_new: bool,
    /// Suppressions that what is scanned adds are listed. These are known already; markers are found on the way.
    pub new_suppressions: Option<Vec<Remark>>,
    /// The folder that paths of blobs are relative to, where they are those of files: whether an entry's own file is still there is asked
    /// where the scan itself did not look at it.
    pub root: Option<PathBuf>,
}

/// Decides which findings stand.
#[derive(Default)]
pub struct Judge {
    options: JudgeOptions,
    /// `paths` and `not_paths` of each rule, compiled when they are first needed.
    globs: Vec<OnceLock<(Option<GlobSet>, Option<GlobSet>)>>,
    shelf: Shelf,
    stale: Mutex<Vec<Remark>>,
    /// Markers that what is scanned adds.
    added: Mutex<Vec<Remark>>,
}

impl fmt::Debug for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Judge").finish_non_exhaustive()
    }
}

impl Judge {
    /// A judge that goes by `options`.
    pub fn new(mut options: JudgeOptions) -> Self {
        let rules = options
            .rules
            .as_ref()
            .map_or(0, |rules| rules.iter().count());
        Judge {
            globs: (0..rules).map(|_| OnceLock::new()).collect(),
            shelf: Shelf::new(options.baseline.take(), options.folder_baselines),
            stale: Mutex::default(),
            added: Mutex::default(),
            options,
        }
    }

    /// Whether it wants to see blobs without findings, too.
    pub fn wants_all(&self) -> bool {
        self.shelf.root().is_some() || self.wants_markers()
    }

    fn wants_markers(&self) -> bool {
        self.options.check || self.options.new_suppressions.is_some()
    }

    /// Verdicts on the findings of one blob, while its bytes are in hand (called from many threads).
    pub fn judge_blob(&self, blob: &Blob<'_>, findings: Vec<Finding>) -> Vec<(Finding, Verdict)> {
        let path = blob.origin.path();
        if let Some(path) = path {
            self.baselines(Some(path))
                .iter()
                .for_each(|known| known.saw(path));
        }
        let verdicts = self.inline(blob, &findings);
        let known_later = matches!(blob.origin, Origin::Object { .. });
        findings
            .into_iter()
            .zip(verdicts)
            .map(|(mut finding, verdict)| {
                let verdict = match verdict {
                    Verdict::Report if !known_later => self.judge_path(&mut finding, path),
                    other => other,
                };
                (finding, verdict)
            })
            .collect()
    }

    /// Whether `text` may hold a marker, so that what is found there has to be judged with the text in hand. Spares that for the thousands of versions
    /// of a file that a history has.
    pub fn may_have_marker(text: &[u8]) -> bool {
        super::inline::may_have_marker(text)
    }

    fn inline(&self, blob: &Blob<'_>, findings: &[Finding]) -> Vec<Verdict> {
        let mut verdicts = vec![Verdict::Report; findings.len()];
        if self.options.no_inline || (findings.is_empty() && !self.wants_markers()) {
            return verdicts;
        }
        let markers = Markers::of(blob);
        if markers.list().is_empty() {
            return verdicts;
        }
        let lines = LineIndex::new(blob.bytes);
        let mut used = vec![false; markers.list().len()];
        for (finding, verdict) in findings.iter().zip(&mut verdicts) {
            let ids = self.ids(finding);
            let Some(at) = markers.allowing(blob, &lines, finding, &ids) else {
                continue;
            };
            used[at] = true;
            let marker = &markers.list()[at];
            let text = markers.reason(blob, marker, findings);
            let unreasoned = self.options.demands.reason && text.is_empty();
            if unreasoned || self.is_locked(finding) {
                continue;
            }
            *verdict = Verdict::Suppress(Reason::Inline {
                line: blob.part.line(marker.line),
                marker: marker.name.into(),
                text,
            });
        }
        if self.options.check {
            self.note_unused(blob, &markers, &used);
        }
        if self.options.new_suppressions.is_some() {
            self.note_added(blob, &markers);
        }
        verdicts
    }

    /// Markers that were not there before.
    fn note_added(&self, blob: &Blob<'_>, markers: &Markers) {
        let Some(path) = blob.origin.path() else {
            return;
        };
        let new = markers
            .list()
            .iter()
            .filter(|marker| marker.counts() && marker.is_fresh(blob.fresh));
        let mut added = self.added.lock().unwrap_or_else(PoisonError::into_inner);
        added.extend(new.map(|marker| Remark {
            place: format!("{path}:{}", blob.part.line(marker.line)),
            what: format!("the marker `{}` for {}", marker.name, marker.spoken_of()),
        }));
    }

    /// Markers that allowed nothing, where all was looked at: in a blob that is scanned in part, what they allow may lie elsewhere.
    fn note_unused(&self, blob: &Blob<'_>, markers: &Markers, used: &[bool]) {
        let whole = matches!(blob.fresh, Fresh::All) && blob.old.is_empty();
        let Some(path) = blob.origin.path().filter(|_| whole) else {
            return;
        };
        let unused = markers.list().iter().zip(used).filter(|(marker, used)| {
            !**used && marker.counts() && self.could_be_used(&marker.rules)
        });
        let stale: Vec<Remark> = unused
            .map(|(marker, _)| Remark {
                place: format!("{path}:{}", blob.part.line(marker.line)),
                what: match self.unknown_rule(&marker.rules) {
                    Some(rule) => format!(
                        "the marker `{}` names a rule that does not exist: {rule:?}",
                        marker.name
                    ),
                    None => format!("the marker `{}` allows nothing that is found", marker.name),
                },
            })
            .collect();
        let mut list = self.stale.lock().unwrap_or_else(PoisonError::into_inner);
        list.extend(stale);
    }

    /// Whether any of these rules is switched on, so that a marker for them could have been of use.
    fn could_be_used(&self, rules: &[String]) -> bool {
        let Some(set) = &self.options.rules else {
            return true;
        };
        rules.is_empty()
            || rules
                .iter()
                .any(|rule| set.find(rule).is_none_or(|id| set.is_enabled(id)))
    }

    fn unknown_rule<'a>(&self, rules: &'a [String]) -> Option<&'a String> {
        let set = self.options.rules.as_ref()?;
        rules.iter().find(|rule| set.find(rule).is_none())
    }

    /// Whether nobody may suppress a finding.
    fn is_locked(&self, finding: &Finding) -> bool {
        self.options.demands.locked.contains(&finding.rule)
    }

    /// Whether the user has not seen a finding's rule at work yet.
    fn is_new_rule(&self, finding: &Finding) -> bool {
        let known = self.options.rules_as_of.as_deref();
        let since = self.spec(finding).map(|spec| &*spec.since);
        known
            .zip(since)
            .is_some_and(|(known, since)| is_newer(since, known))
    }

    /// Every name of a finding's rule.
    fn ids(&self, finding: &Finding) -> Vec<&str> {
        let Some(spec) = self.spec(finding) else {
            return Vec::new();
        };
        std::iter::once(&spec.id)
            .chain(spec.aliases.iter())
            .map(|id| &**id)
            .collect()
    }

    fn spec(&self, finding: &Finding) -> Option<&RuleSpec> {
        let rules = self.options.rules.as_ref()?;
        Some(&rules.rule(finding.rule).spec)
    }

    /// Whether a rule applies to a path at all: its own `paths`. A rule without any applies everywhere, one with some not where there is no path.
    pub fn admits(&self, rule: RuleId, path: Option<&Name>) -> bool {
        let Some(rules) = &self.options.rules else {
            return true;
        };
        if !rules.rule(rule).meta.bound {
            return true;
        }
        let only = self.globs(rule).and_then(|globs| globs.0.as_ref());
        only.is_none_or(|only| path.is_some_and(|path| fits(only, path) || fits_inside(only, path)))
    }

    /// `paths` and `not_paths` of a rule.
    fn globs(&self, rule: RuleId) -> Option<&(Option<GlobSet>, Option<GlobSet>)> {
        let spec = &self.options.rules.as_ref()?.rule(rule).spec;
        Some(self.globs.get(rule.index())?.get_or_init(|| {
            let compile = |list: &[_]| {
                let texts = list.iter().map(|text: &std::borrow::Cow<'_, str>| &**text);
                (!list.is_empty()).then(|| globs(texts).ok()).flatten()
            };
            (compile(&spec.paths), compile(&spec.not_paths))
        }))
    }

    /// The verdict on a finding of a blob with several paths: it stands if any of them admits it. Its level is that of the path that
    /// takes it most seriously.
    pub fn judge_paths(&self, finding: &mut Finding, paths: &[Name]) -> Verdict {
        let admitted = |finding: &Finding| {
            let mut paths = paths.iter();
            paths.any(|path| self.admits(finding.rule, Some(path)))
        };
        if !admitted(finding) {
            let mut next = finding.elsewhere.take();
            while let Some(mut other) = next {
                next = other.elsewhere.take();
                if admitted(&other) {
                    *finding = *other;
                    break;
                }
            }
        }
        let mut best: Option<(Verdict, Level)> = None;
        let level = finding.level;
        for path in paths {
            finding.level = level;
            let verdict = self.judge_path(finding, Some(path));
            let better = match (&best, &verdict) {
                (None, _) | (Some((Verdict::Suppress(_), _)), Verdict::Report) => true,
                (Some((Verdict::Report, old)), Verdict::Report) => finding.level > *old,
                _ => false,
            };
            if better {
                best = Some((verdict, finding.level));
            }
        }
        match best {
            Some((verdict, level)) => {
                finding.level = level;
                verdict
            }
            None => self.judge_path(finding, None),
        }
    }

    /// The verdict that depends on where a finding stands. May lower its level.
    pub fn judge_path(&self, finding: &mut Finding, path: Option<&Name>) -> Verdict {
        if self.is_locked(finding) {
            return match self.rule_path(finding, path) {
                Some(reason) => Verdict::Suppress(reason),
                None => Verdict::Report,
            };
        }
        let ids = self.ids(finding);
        let today = &self.options.today;
        let demands = &self.options.demands;
        // The baseline first, so that it learns that the finding is there, whoever else suppresses it.
        let mut covered = None;
        for known in self.baselines(path).iter() {
            let said = known.covers(finding, path, (today, demands), self.options.only_new);
            if !matches!(covered, Some(Covered::Yes(_))) {
                covered = said.or(covered);
            }
        }
        let policy = self.options.policies.as_ref().map(|all| all.of(path));
        let policy = policy.as_deref();
        let reason = self
            .rule_path(finding, path)
            .or_else(|| configured(policy?, finding, path, &ids, (today, demands)));
        match (reason, covered) {
            (Some(reason), _) | (None, Some(Covered::Yes(reason))) => {
                return Verdict::Suppress(reason);
            }
            (None, Some(Covered::RevokedCopy)) => finding.level = finding.level.min(Level::Warning),
            (None, None) => {}
        }
        if self.is_new_rule(finding) {
            finding.level = finding.level.min(Level::Warning);
        }
        Verdict::Report
    }

    /// The rule's own paths, and, for rules that go by names and looks, the class of the path.
    fn rule_path(&self, finding: &mut Finding, path: Option<&Name>) -> Option<Reason> {
        let rules = self.options.rules.as_ref()?;
        let spec = &rules.rule(finding.rule).spec;
        let never = || self.globs(finding.rule)?.1.as_ref();
        let outside = !self.admits(finding.rule, path)
            || (!spec.not_paths.is_empty()
                && path.is_some_and(|path| never().is_some_and(|never| fits(never, path))));
        if outside {
            return Some(Reason::Path {
                class: "not a path of this rule".into(),
            });
        }
        if !spec.lint && !goes_by_looks(spec, finding.confidence) {
            return None;
        }
        let class = PathClass::of(path?.as_bytes());
        if spec.lint && class == PathClass::Illustration {
            // Documentation shows how it was done, tests do it with what opens nothing.
            if rules.persona() > Persona::Regular {
                finding.level = Level::Note;
                return None;
            }
            return Some(Reason::Path {
                class: class.words().into(),
            });
        }
        if class.is_noise() {
            return Some(Reason::Path {
                class: class.words().into(),
            });
        }
        if class == PathClass::Illustration {
            finding.level = finding.level.min(Level::Warning);
        }
        None
    }

    /// What can only be judged when everything is known: entries of the baseline that follow a renamed file, and what is of no use any more.
    pub fn finish(&self, ledger: &mut Ledger) {
        for known in self.shelf.all() {
            let followed = known.follow_renames(
                &ledger.findings,
                (&self.options.today, &self.options.demands),
                &|path| self.absent(path),
            );
            suppress(ledger, followed);
        }
        if let Some(policies) = &self.options.policies {
            accept_problems(&**policies, ledger, &self.options.today);
        }
        if let Some(known) = &self.options.new_suppressions {
            let mut added = self.added.lock().unwrap_or_else(PoisonError::into_inner);
            ledger.new_suppressions = std::mem::take(&mut *added);
            ledger.new_suppressions.extend_from_slice(known);
            ledger.new_suppressions.sort();
            ledger.new_suppressions.dedup();
        }
        if !self.options.check {
            return;
        }
        let today = &self.options.today;
        let mut stale =
            std::mem::take(&mut *self.stale.lock().unwrap_or_else(PoisonError::into_inner));
        let entries = self.options.policies.as_ref().map(|all| all.entries());
        stale.extend(
            entries
                .iter()
                .flatten()
                .filter_map(|entry| entry.stale(today)),
        );
        for known in self.shelf.all() {
            stale.extend(known.stale(today, &|path| self.absent(path)));
        }
        stale.sort();
        ledger.stale = stale;
    }

    /// What became of the entries of each baseline that counts for what was scanned, those of folders first: the baselines, with a fate for each entry.
    pub fn fates(&self) -> Vec<(Baseline, Vec<Fate>)> {
        let all = self.shelf.all();
        let absent = |path: &Name| self.absent(path);
        all.iter()
            .map(|known| (known.baseline().clone(), known.fates(&absent)))
            .collect()
    }

    /// The baselines that count for `path`, the nearest first.
    fn baselines(&self, path: Option<&Name>) -> Arc<[Arc<Known>]> {
        self.shelf.of(path, self.options.policies.as_deref())
    }

    /// Whether the file of that name is not there.
    fn absent(&self, path: &Name) -> bool {
        let root = self.options.root.as_ref();
        let path = std::str::from_utf8(path.as_bytes()).ok();
        root.zip(path)
            .is_some_and(|(root, path)| root.join(path).symlink_metadata().is_err())
    }
}

/// Moves findings to the suppressed ones.
fn suppress(ledger: &mut Ledger, mut followed: Vec<(usize, Reason)>) {
    followed.sort_by_key(|(at, _)| *at);
    for (at, reason) in followed.into_iter().rev() {
        if at < ledger.findings.len() {
            let finding = ledger.findings.remove(at);
            ledger.suppressed.push(Suppressed { finding, reason });
        }
    }
}

/// What the configuration says of a finding: why it does not count, if it does not; else its severity and level.
fn configured(
    policy: &Policy,
    finding: &mut Finding,
    path: Option<&Name>,
    ids: &[&str],
    (today, demands): (&str, &Demands),
) -> Option<Reason> {
    let said = |entry: &str, text: &str| {
        Some(Reason::Allowlist {
            entry: entry.to_owned(),
            text: text.to_owned(),
        })
    };
    if let Some(place) = ids.iter().find_map(|id| policy.off.get(*id)) {
        return said(place, "the rule is off here");
    }
    let excluded = |paths: &Paths| path.is_some_and(|path| paths.fits(path));
    if let Some((_, place)) = policy.excluded.iter().find(|(paths, _)| excluded(paths)) {
        return said(place, "the file is excluded");
    }
    let allow = |entry: &&Arc<Allow>| {
        demands.admit(&entry.reason, entry.until.as_deref())
            && entry.allows(finding, path, ids, today)
    };
    if let Some(entry) = policy.allow.iter().find(allow) {
        return Some(entry.as_reason());
    }
    let value = finding.secret.expose().to_ascii_lowercase();
    let holds = |word: &str| memchr::memmem::find(&value, word.as_bytes()).is_some();
    if let Some((word, place)) = policy.stopwords.iter().find(|(word, _)| holds(word)) {
        return said(place, &format!("the value contains {word:?}"));
    }
    if let Some(severity) = ids.iter().find_map(|id| policy.severities.get(*id)) {
        finding.severity = *severity;
    }
    if let Some(level) = ids.iter().find_map(|id| policy.levels.get(*id)) {
        finding.level = *level;
    }
    None
}

/// Sets aside the problems that the configuration accepts, and adds its own.
fn accept_problems(policies: &dyn Policies, ledger: &mut Ledger, today: &str) {
    let problems = std::mem::take(&mut ledger.problems);
    for problem in problems {
        let policy = policies.of(Some(&problem.object));
        match policy
            .accept
            .iter()
            .find(|entry| entry.accepts(&problem, today))
        {
            Some(entry) => ledger.accepted.push((problem, entry.reason.clone())),
            None => ledger.problems.push(problem),
        }
    }
    ledger.problems.extend(policies.problems());
}

/// Whether a finding rests on names and looks, and not on a vendor's mark or on a passed check.
fn goes_by_looks(spec: &RuleSpec, confidence: Confidence) -> bool {
    let unmistakable =
        confidence == Confidence::Certain || spec.checks.iter().any(|check| check == "pem");
    !unmistakable && (spec.vendor.is_empty() || confidence == Confidence::Low)
}
/// The same for the path of an entry of an archive within that.
fn fits_inside(globs: &GlobSet, path: &Name) -> bool {
    let inside = path.as_bytes().rsplit(|byte| *byte == b'!').next();
    inside.is_some_and(|inside| fits(globs, &Name::new(inside.to_vec())))
}
