//! A baseline in use: which findings it covers, and, at the end, what became of its entries.

use super::{Baseline, Fate, Status};
use crate::blob::Origin;
use crate::finding::{Finding, Identity};
use crate::suppress::{Demands, Reason, Remark};
use crate::text::Name;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// A baseline, made ready for look-ups.
#[derive(Debug, Default)]
pub(in crate::suppress) struct Known {
    baseline: Baseline,
    identities: Vec<Identity>,
    /// Entries by value, then in the order of the file.
    by_value: BTreeMap<String, Vec<usize>>,
    by_fingerprint: BTreeMap<String, usize>,
    paths: BTreeSet<String>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    fates: BTreeMap<usize, Fate>,
    /// Findings of the report that were seen again.
    reported: BTreeSet<usize>,
    /// Paths of entries that were scanned.
    scanned: BTreeSet<String>,
}

/// What a baseline says of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::suppress) enum Covered {
    /// It may stay.
    Yes(Reason),
    /// Its value is revoked, and this is a new copy of it: worth a warning.
    RevokedCopy,
}

impl Known {
    pub(in crate::suppress) fn new(baseline: Baseline) -> Self {
        let mut known = Known {
            identities: baseline
                .keys
                .iter()
                .map(|key| Identity::new(key.as_bytes()))
                .collect(),
            ..Known::default()
        };
        for (at, entry) in baseline.entries.iter().enumerate() {
            known
                .by_value
                .entry(entry.value.clone())
                .or_default()
                .push(at);
            known.paths.extend(entry.path.clone());
        }
        for (at, finding) in baseline.reported.iter().enumerate() {
            known.by_fingerprint.insert(finding.fingerprint.clone(), at);
            known.paths.extend(finding.path.clone());
        }
        known.baseline = baseline;
        known
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes note that a file was scanned: only then does a missing finding mean something.
    pub(in crate::suppress) fn saw(&self, path: &Name) {
        let Some(path) = self.baseline.inside(path) else {
            return;
        };
        if self.paths.contains(&path) {
            self.with(|state| state.scanned.insert(path));
        }
    }

    /// What the baseline says of `finding` at `path`. `is_new`: the scan looks at what is being added, so that the finding was not there before.
    pub(in crate::suppress) fn covers(
        &self,
        finding: &Finding,
        path: Option<&Name>,
        (today, demands): (&str, &Demands),
        is_new: bool,
    ) -> Option<Covered> {
        let path = self.baseline.place(path)?;
        let mut copy = None;
        for identity in &self.identities {
            let value = identity.value(finding).to_string();
            for at in self.by_value.get(&value).into_iter().flatten() {
                let entry = &self.baseline.entries[*at];
                let own = entry.path == path;
                if own {
                    let value = self.identities[0].value(finding).to_string();
                    self.with(|state| state.fates.insert(*at, Fate::Held { value }));
                }
                let revoked = matches!(entry.status, Status::Revoked { .. });
                let past = !matches!(finding.origin, Origin::File { .. } | Origin::Stream { .. });
                if revoked && (is_new || !(own || past)) {
                    copy = Some(Covered::RevokedCopy);
                } else if (own || revoked) && entry.counts(today, demands) {
                    return Some(Covered::Yes(self.reason(*at)));
                }
            }
        }
        if let Some(at) = self.by_fingerprint.get(&finding.fingerprint.to_string()) {
            self.with(|state| state.reported.insert(*at));
            return Some(Covered::Yes(Reason::Baseline {
                file: self.baseline.file.clone(),
                text: "in an earlier report".to_owned(),
            }));
        }
        copy
    }

    fn reason(&self, at: usize) -> Reason {
        let entry = &self.baseline.entries[at];
        let status = match &entry.status {
            Status::False => "no secret".to_owned(),
            Status::Accepted { until: None } => "accepted".to_owned(),
            Status::Accepted { until: Some(until) } => format!("accepted until {until}"),
            Status::Revoked { on, .. } => format!("revoked on {on}"),
            Status::Real { .. } => "real".to_owned(),
        };
        Reason::Baseline {
            file: self.baseline.file.clone(),
            text: format!("{status}: {}", entry.reason),
        }
    }

    /// The entries that follow renamed files. Of the findings that nothing covers, those with the value of an entry whose own file no
    /// longer has it, in one file for each such entry, the first by name. Returns the place of each in `findings`, with the reason.
    pub(in crate::suppress) fn follow_renames(
        &self,
        findings: &[Finding],
        (today, demands): (&str, &Demands),
        absent: &dyn Fn(&Name) -> bool,
    ) -> Vec<(usize, Reason)> {
        let mut followed = Vec::new();
        for identity in &self.identities {
            let mut by_value: BTreeMap<String, BTreeMap<String, Vec<usize>>> = BTreeMap::new();
            for (at, finding) in findings.iter().enumerate() {
                let Some(path) = finding
                    .origin
                    .path()
                    .and_then(|path| self.baseline.inside(path))
                else {
                    continue;
                };
                let value = identity.value(finding).to_string();
                if self.by_value.contains_key(&value) {
                    let paths = by_value.entry(value).or_default();
                    paths.entry(path).or_default().push(at);
                }
            }
            for (value, paths) in by_value {
                // What is revoked is known by its value anyway, and a copy of it elsewhere is worth a word; what the tree did not hold has not
                // moved.
                let free = self.by_value[&value].iter().filter(|at| {
                    let entry = &self.baseline.entries[**at];
                    let follows = match entry.status {
                        Status::Revoked { .. } => false,
                        Status::Real { .. } => true,
                        Status::False | Status::Accepted { .. } => entry.counts(today, demands),
                    };
                    follows && !entry.past && self.is_free(**at, absent)
                });
                // What is real is reported although an entry stands for it: no other entry moves to its place.
                let own = |path: &String| {
                    let mut entries = self.by_value[&value].iter();
                    entries.any(|at| self.baseline.entries[*at].path.as_ref() == Some(path))
                };
                let others = paths.iter().filter(|(path, _)| !own(path));
                for (at, (path, places)) in free.zip(others) {
                    let Some(first) = places.first() else {
                        continue;
                    };
                    let fate = Fate::Moved {
                        path: path.clone(),
                        value: self.identities[0].value(&findings[*first]).to_string(),
                    };
                    self.with(|state| state.fates.insert(*at, fate));
                    if !self.baseline.entries[*at].status.suppresses() {
                        continue;
                    }
                    followed.extend(places.iter().map(|place| (*place, self.reason(*at))));
                }
            }
        }
        followed
    }

    /// Whether an entry's own file no longer has its finding.
    fn is_free(&self, at: usize, absent: &dyn Fn(&Name) -> bool) -> bool {
        let Some(path) = &self.baseline.entries[at].path else {
            return false;
        };
        let (seen, scanned) = self.with(|state| {
            let seen = state.fates.contains_key(&at);
            (seen, state.scanned.contains(path))
        });
        // A name that is not UTF-8 stands here escaped, and nothing is known of a file of the escaped name.
        !seen && (scanned || (!path.contains('\\') && absent(&self.baseline.at_root(path))))
    }

    /// The baseline itself.
    pub(in crate::suppress) fn baseline(&self) -> &Baseline {
        &self.baseline
    }

    /// What became of each entry.
    pub(in crate::suppress) fn fates(&self, absent: &dyn Fn(&Name) -> bool) -> Vec<Fate> {
        (0..self.baseline.entries.len())
            .map(|at| {
                let fate = self.with(|state| state.fates.get(&at).cloned());
                let stays = self.baseline.entries[at].outlives_finding();
                fate.unwrap_or_else(|| match !stays && self.is_free(at, absent) {
                    true => Fate::Gone,
                    false => Fate::Unknown,
                })
            })
            .collect()
    }

    /// Entries that are of no use any more.
    pub(in crate::suppress) fn stale(
        &self,
        today: &str,
        absent: &dyn Fn(&Name) -> bool,
    ) -> Vec<Remark> {
        let fates = self.fates(absent);
        let entries = self.baseline.entries.iter().zip(&fates);
        let stale = entries.filter_map(|(entry, fate)| {
            let path = entry.path.as_deref().unwrap_or("a message");
            let what = match (fate, &entry.status) {
                (Fate::Gone, _) => format!("the {} in {path} is not there any more", entry.rule),
                (_, Status::Accepted { until: Some(until) }) if entry.is_expired(today) => {
                    format!("the {} in {path} was accepted until {until}", entry.rule)
                }
                _ => return None,
            };
            Some(Remark {
                place: format!("{}:{}", self.baseline.file, entry.line),
                what,
            })
        });
        let (seen, scanned) = self.with(|state| (state.reported.clone(), state.scanned.clone()));
        let reported = self
            .baseline
            .reported
            .iter()
            .enumerate()
            .filter_map(|(at, finding)| {
                let path = finding.path.as_ref()?;
                let gone = !seen.contains(&at)
                    && (scanned.contains(path) || absent(&self.baseline.at_root(path)));
                gone.then(|| Remark {
                    place: self.baseline.file.to_string(),
                    what: format!("the {} in {path} is not there any more", finding.rule),
                })
            });
        stale.chain(reported).collect()
    }
}
