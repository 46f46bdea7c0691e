//! Stories of joined reports: read from the reports of histories, and which findings belong to which story.

use super::time::from_rfc3339;
use crate::blob::BlobId;
use crate::finding::{
    CommitRef, Finding, Fingerprint, Level, PlaceKind, ReportedStory, Story, StoryPlace,
};
use crate::rule::RuleId;
use crate::suppress::Ledger;
use crate::text::{Name, Secret};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The findings of each story that stand.
pub(super) struct Told<'a> {
    by_secret: BTreeMap<&'a Secret, Vec<&'a Finding>>,
    by_print: BTreeMap<(&'a str, Fingerprint), Vec<&'a Finding>>,
}

impl<'a> Told<'a> {
    pub(super) fn new(ledger: &'a Ledger) -> Self {
        let mut told = Told {
            by_secret: BTreeMap::new(),
            by_print: BTreeMap::new(),
        };
        for finding in &ledger.findings {
            let list = match &finding.reported {
                Some(reported) => told
                    .by_print
                    .entry((&reported.repository, finding.fingerprint))
                    .or_default(),
                None => told.by_secret.entry(&finding.secret).or_default(),
            };
            list.push(finding);
        }
        told
    }

    /// Those of `story`.
    pub(super) fn of(&self, story: &Story) -> Vec<&'a Finding> {
        let Some(reported) = &story.reported else {
            return self
                .by_secret
                .get(&story.secret)
                .cloned()
                .unwrap_or_default();
        };
        let prints = reported.findings.iter();
        prints
            .filter_map(|print| self.by_print.get(&(reported.repository.as_str(), *print)))
            .flatten()
            .copied()
            .collect()
    }

    /// What stories of joined reports have.
    pub(super) fn prints(stories: &'a [Story]) -> BTreeSet<(&'a str, Fingerprint)> {
        let reported = stories.iter().filter_map(|story| story.reported.as_ref());
        let prints = reported.flat_map(|of| {
            let prints = of.findings.iter();
            prints.map(|print| (of.repository.as_str(), *print))
        });
        prints.collect()
    }
}

/// The story that `item`, of a report on `repository`, tells.
pub(super) fn story(item: &Value, repository: &str, rule: RuleId) -> Story {
    let flag = |name: &str| item[name].as_bool() == Some(true);
    let text = |name: &str| item[name].as_str().unwrap_or_default();
    let list = |name: &str| item[name].as_array().map_or(&[][..], Vec::as_slice);
    let names = |name: &str| -> Vec<Name> {
        let texts = list(name).iter().filter_map(Value::as_str);
        texts.map(Name::from).collect()
    };
    let commits = |name: &str| -> Vec<CommitRef> { list(name).iter().filter_map(commit).collect() };
    let prints = list("findings").iter().filter_map(Value::as_str);
    let (introduced, removed, holding) =
        (commits("introduced"), commits("removed"), names("holding"));
    Story {
        secret: Secret::new(b""),
        forms: Vec::new(),
        rule,
        level: match text("level") {
            "error" => Some(Level::Error),
            "warning" => Some(Level::Warning),
            "note" => Some(Level::Note),
            _ => None,
        },
        merge_only: flag("merge_only"),
        at_head: flag("at_head"),
        past: names("past"),
        local: names("local"),
        upstream: flag("upstream"),
        places: list("places").iter().filter_map(place).collect(),
        occurrences: item["occurrences"].as_u64().unwrap_or(0),
        from: introduced.iter().map(|commit| commit.time).min(),
        until: match holding.is_empty() {
            true => removed.iter().map(|commit| commit.time).max(),
            false => None,
        },
        introduced,
        removed,
        holding,
        reported: Some(Box::new(ReportedStory {
            repository: repository.to_owned(),
            secret: text("secret").to_owned(),
            findings: prints.filter_map(super::join::fingerprint).collect(),
        })),
    }
}

fn commit(item: &Value) -> Option<CommitRef> {
    let text = |name: &str| item[name].as_str().unwrap_or_default();
    Some(CommitRef {
        id: BlobId::from_hex(text("commit").as_bytes())?,
        author: text("author").to_owned(),
        time: from_rfc3339(text("date")).unwrap_or(0),
        summary: text("summary").to_owned(),
        merge: item["merge"].as_bool() == Some(true),
    })
}

fn place(item: &Value) -> Option<StoryPlace> {
    let objects = item["objects"].as_array().map_or(&[][..], Vec::as_slice);
    let ids = objects.iter().filter_map(Value::as_str);
    Some(StoryPlace {
        kind: PlaceKind::named(item["kind"].as_str()?)?,
        path: item["path"].as_str().map(Name::from),
        at_head: item["at_head"].as_bool() == Some(true),
        objects: ids
            .filter_map(|id| BlobId::from_hex(id.as_bytes()))
            .collect(),
    })
}

/// What matters most comes first, as in the reports themselves; those of one repository stand together.
pub(super) fn sort(stories: &mut [Story]) {
    stories.sort_by_cached_key(|story| {
        let repository = story.reported.as_ref().map(|of| of.repository.clone());
        (
            repository,
            std::cmp::Reverse(story.level),
            std::cmp::Reverse(story.at_head),
            story.only_here(),
            story.from,
            story.rule,
        )
    });
}

/// The repositories whose stories stand and have a past that is shared.
pub(super) fn repositories<'a>(stories: &[&'a Story]) -> BTreeSet<&'a str> {
    let reported = stories.iter().filter_map(|story| story.reported.as_ref());
    reported.map(|story| story.repository.as_str()).collect()
}
