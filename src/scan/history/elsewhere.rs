//! What was found beside the objects: in files of the git directory and in the working tree. It joins the stories of the same values, or begins its own.

use super::tell::{Told, order};
use crate::blob::Origin;
use crate::finding::{Finding, Level, PlaceKind, Story, StoryPlace};
use crate::rule::RuleId;
use crate::scan::{Results, Scan};
use crate::suppress::Verdict;
use crate::text::{Name, Secret};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// By what a story is found again: its value; where there is none, the rule and the line.
pub(super) type Key = (Secret, Option<(RuleId, String)>);

pub(super) fn key(finding: &Finding) -> Key {
    let place = finding
        .secret
        .is_empty()
        .then(|| (finding.rule, finding.excerpt.trim().to_owned()));
    (finding.secret.clone(), place)
}

/// Puts together what sources have found (`results`) and what the history tells.
pub(super) fn join(
    scan: &Scan<'_>,
    mut results: Results,
    told: Vec<Told>,
    in_ci: bool,
) -> (Results, Vec<Story>) {
    let mut known: BTreeSet<(Secret, Option<Name>)> = BTreeSet::new();
    let mut stories: BTreeMap<Key, Story> = BTreeMap::new();
    let mut findings = Vec::new();
    for chapter in told.into_iter().flat_map(|told| told.chapters) {
        for (finding, verdict) in chapter.findings {
            known.insert((finding.secret.clone(), finding.origin.path().cloned()));
            findings.push((finding, verdict));
        }
        match stories.entry(chapter.key) {
            Entry::Vacant(entry) => drop(entry.insert(chapter.story)),
            Entry::Occupied(mut entry) => unite(entry.get_mut(), chapter.story),
        }
    }
    // Secrets that stand in names are shown masked wherever the name turns up.
    let beside = results
        .findings
        .iter()
        .chain(results.suppressed.iter().map(|item| &item.finding));
    let in_names: BTreeSet<Secret> = findings
        .iter()
        .map(|(finding, _)| finding)
        .chain(beside)
        .filter(|finding| matches!(finding.origin, Origin::NameOf { .. }))
        .map(|finding| finding.secret.clone())
        .collect();
    let standing = std::mem::take(&mut results.findings);
    let suppressed = std::mem::take(&mut results.suppressed);
    let beside = standing
        .into_iter()
        .map(|finding| (finding, Verdict::Report));
    let beside = beside.chain(
        suppressed
            .into_iter()
            .map(|item| (item.finding, Verdict::Suppress(item.reason))),
    );
    for (mut finding, verdict) in beside {
        if in_ci && is_checkout_credential(&finding) {
            finding.level = Level::Note;
        }
        mask(&mut finding.origin, &in_names);
        let stands = verdict == Verdict::Report;
        let story = stories
            .entry(key(&finding))
            .or_insert_with(|| begin(&finding));
        add_place(story, &finding);
        if stands {
            story.level = story.level.max(Some(finding.level));
        }
        // The working tree's copy of what a commit has at the same path is one finding.
        let path = finding.origin.path().cloned();
        if path.is_none() || !known.contains(&(finding.secret.clone(), path)) {
            findings.push((finding, verdict));
        }
    }
    for (finding, verdict) in findings {
        results.add(finding, verdict);
    }
    let progress = &scan.progress.findings;
    progress.store(
        results.findings.len() as u64,
        std::sync::atomic::Ordering::Relaxed,
    );
    let mut stories: Vec<Story> = stories.into_values().collect();
    stories.sort_by(|a, b| order(a).cmp(&order(b)));
    (results, stories)
}

/// Masks `secrets` in the path of an origin.
fn mask(origin: &mut Origin, secrets: &BTreeSet<Secret>) {
    let (Origin::File { path } | Origin::Staged { path, .. } | Origin::GitFile { path }) = origin
    else {
        return;
    };
    for secret in secrets {
        *path = Name::new(super::masked(path.as_bytes(), secret));
    }
}

/// The story of a value that no object has.
fn begin(finding: &Finding) -> Story {
    Story {
        secret: finding.secret.clone(),
        forms: Vec::new(),
        rule: finding.rule,
        level: None,
        introduced: Vec::new(),
        removed: Vec::new(),
        merge_only: false,
        at_head: false,
        holding: Vec::new(),
        past: Vec::new(),
        local: Vec::new(),
        upstream: false,
        places: Vec::new(),
        occurrences: 0,
        from: None,
        until: None,
        reported: None,
    }
}

/// Adds what another repository tells of the same value.
fn unite(story: &mut Story, other: Story) {
    story.forms.extend(other.forms);
    story.level = story.level.max(other.level);
    story.merge_only &= other.merge_only;
    story.introduced.extend(other.introduced);
    story
        .introduced
        .sort_by_key(|commit| (commit.time, commit.id));
    story.removed.extend(other.removed);
    story.removed.sort_by_key(|commit| (commit.time, commit.id));
    story.at_head |= other.at_head;
    story.until = match (story.until, other.until) {
        (Some(one), Some(other)) => Some(one.max(other)),
        _ => None,
    };
    story.holding.extend(other.holding);
    story.past.extend(other.past);
    story.local.extend(other.local);
    story.upstream |= other.upstream;
    story.places.extend(other.places);
    story.places.sort();
    story.occurrences += other.occurrences;
    story.from = [story.from, other.from].into_iter().flatten().min();
}

fn add_place(story: &mut Story, finding: &Finding) {
    let (kind, path) = match &finding.origin {
        Origin::GitFile { path } => (PlaceKind::GitFile, Some(path.clone())),
        Origin::NameOf { name, .. } => {
            // The reference itself is what travels.
            for list in [&mut story.holding, &mut story.past] {
                if !list.contains(name) {
                    list.push(name.clone());
                }
            }
            (PlaceKind::RefName, Some(name.clone()))
        }
        origin => (PlaceKind::WorkingTree, origin.path().cloned()),
    };
    let place = StoryPlace {
        kind,
        path,
        at_head: false,
        objects: Vec::new(),
    };
    story.occurrences += u64::from(kind != PlaceKind::WorkingTree || !story.at_head);
    if let Err(at) = story.places.binary_search(&place) {
        story.places.insert(at, place);
    }
}

/// Whether it is what the checkout step of a CI job has put into the configuration, for the job alone.
fn is_checkout_credential(finding: &Finding) -> bool {
    let Origin::GitFile { path } = &finding.origin else {
        return false;
    };
    let line = finding.excerpt.to_ascii_lowercase();
    let header = line.contains("extraheader") && line.contains("authorization");
    path.file_name() == b"config"
        && (header || line.contains("gitlab-ci-token") || line.contains("x-access-token"))
}
