//! The contract of `json` and `jsonl` for the story of a secret: all that is known of it.

use super::Options;
use super::join_stories::Told;
use super::time::rfc3339;
use crate::finding::{CommitRef, Story, StoryPlace};
use crate::rule::RuleSet;
use crate::suppress::Ledger;
use crate::text::Name;
use serde::Serialize;
use std::time::{Duration, UNIX_EPOCH};

/// One story.
#[derive(Serialize)]
pub(super) struct StoryRecord<'a> {
    /// Only where reports were joined.
    #[serde(skip_serializing_if = "Option::is_none")]
    repository: Option<&'a str>,
    rule_id: &'a str,
    secret: String,
    /// The highest level of its findings that stand; `null` if all of them are suppressed.
    level: Option<&'static str>,
    at_head: bool,
    only_here: bool,
    upstream: bool,
    merge_only: bool,
    /// References whose tip has it.
    holding: Vec<String>,
    /// References whose history has it.
    past: Vec<String>,
    /// Stashes, reflogs and the like whose history has it.
    local: Vec<String>,
    introduced: Vec<CommitRecord<'a>>,
    removed: Vec<CommitRecord<'a>>,
    days_exposed: Option<i64>,
    occurrences: u64,
    places: Vec<PlaceRecord>,
    /// Fingerprints of its findings that stand.
    findings: Vec<String>,
}

#[derive(Serialize)]
struct CommitRecord<'a> {
    commit: String,
    author: &'a str,
    date: String,
    summary: &'a str,
    merge: bool,
}

#[derive(Serialize)]
struct PlaceRecord {
    kind: &'static str,
    path: Option<String>,
    at_head: bool,
    objects: Vec<String>,
}

impl<'a> StoryRecord<'a> {
    /// All stories of a ledger.
    pub(super) fn all(ledger: &'a Ledger, rules: &'a RuleSet, options: &Options) -> Vec<Self> {
        let told = Told::new(ledger);
        let now = ledger.scan.started.duration_since(UNIX_EPOCH);
        let now = now.map_or(0, |since| since.as_secs() as i64);
        let stories = ledger.stories.iter();
        stories
            .map(|story| {
                let findings = told.of(story).into_iter();
                let findings = findings
                    .map(|finding| finding.fingerprint.to_string())
                    .collect();
                Self::new(story, rules, options, now, findings)
            })
            .collect()
    }

    fn new(
        story: &'a Story,
        rules: &'a RuleSet,
        options: &Options,
        now: i64,
        findings: Vec<String>,
    ) -> Self {
        let reported = story.reported.as_deref();
        let names = |list: &[Name]| list.iter().map(Name::to_text).collect();
        StoryRecord {
            repository: reported.map(|reported| reported.repository.as_str()),
            rule_id: rules.rule(story.rule).id(),
            secret: if let Some(reported) = reported {
                reported.secret.clone()
            } else if options.show_secrets {
                Name::new(story.secret.expose()).to_text()
            } else {
                story.secret.redacted()
            },
            level: story.level.map(|level| level.word()),
            at_head: story.at_head,
            only_here: story.only_here(),
            upstream: story.upstream,
            merge_only: story.merge_only,
            holding: names(&story.holding),
            past: names(&story.past),
            local: names(&story.local),
            introduced: story.introduced.iter().map(CommitRecord::new).collect(),
            removed: story.removed.iter().map(CommitRecord::new).collect(),
            days_exposed: story.days(now),
            occurrences: story.occurrences,
            places: story.places.iter().map(PlaceRecord::new).collect(),
            findings,
        }
    }
}

impl<'a> CommitRecord<'a> {
    fn new(commit: &'a CommitRef) -> Self {
        let since = Duration::from_secs(u64::try_from(commit.time).unwrap_or(0));
        CommitRecord {
            commit: commit.id.to_string(),
            author: &commit.author,
            date: rfc3339(UNIX_EPOCH + since),
            summary: &commit.summary,
            merge: commit.merge,
        }
    }
}

impl PlaceRecord {
    fn new(place: &StoryPlace) -> Self {
        PlaceRecord {
            kind: place.kind.word(),
            path: place.path.as_ref().map(Name::to_text),
            at_head: place.at_head,
            objects: place.objects.iter().map(ToString::to_string).collect(),
        }
    }
}
