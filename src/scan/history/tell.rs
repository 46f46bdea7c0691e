//! The third reading and the stories: objects that are shown are read once more for their lines, and what is known of each value becomes its story.

use super::claims::{Claim, resolved_of};
use super::elsewhere::{Key, key};
use super::inside::{self, Item};
use super::spots::{Finds, Spot};
use crate::attribute::{CommitText, TagText, Tip, person_of, time_of};
use crate::blob::{Blob, BlobId, Origin, Part};
use crate::container;
use crate::detect::{Detection, Resolved};
use crate::finding::{CommitRef, Finding, Level, PlaceKind, Story, StoryPlace};
use crate::git::{Pointer, Reach};
use crate::scan::{Collector, Scan};
use crate::source::history::{Damage, Derived, Kind, LIMIT, Object, Reader, Visit, traverse};
use crate::suppress::Verdict;
use crate::text::{Name, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// What the report gets of the objects.
#[derive(Default)]
pub(super) struct Told {
    pub(super) chapters: Vec<Chapter>,
}

/// A story with its findings.
pub(super) struct Chapter {
    pub(super) key: Key,
    pub(super) findings: Vec<(Finding, Verdict)>,
    pub(super) story: Story,
}

/// Tells what was found.
pub(super) struct Teller<'a> {
    pub(super) scan: &'a Scan<'a>,
    pub(super) collector: &'a Collector<'a>,
    pub(super) finds: &'a Finds<'a>,
    /// References and other pointers, and what each has.
    pub(super) pointers: &'a [(Pointer, Tip)],
    pub(super) threads: usize,
}

impl Teller<'_> {
    pub(super) fn tell(&self) -> Told {
        let mut spots = self.finds.spots();
        let mut shown = self.show(&spots);
        // What stands in an archive is named with the way into it.
        for (at, (finding, _)) in &shown {
            if let Origin::Stream { path: Some(path) } = &finding.origin {
                let spot = &mut spots[*at];
                spot.origin = container::at(&spot.origin, path.as_bytes());
                spot.path = spot.path.as_ref().map(|_| path.clone());
                if spot.kind == PlaceKind::File {
                    spot.kind = PlaceKind::Archived;
                }
            }
        }
        let mut told = Told::default();
        let mut commits = Commits {
            teller: self,
            reader: Reader::new(self.finds.store, LIMIT),
            known: BTreeMap::new(),
        };
        let mut of_value: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (at, spot) in spots.iter().enumerate() {
            of_value.entry(spot.value).or_default().push(at);
        }
        for (value, list) in of_value {
            let mut level = None;
            let mut of_this = Vec::new();
            let mut findings = Vec::new();
            for at in list {
                let spot = &spots[at];
                if let Some((finding, verdict)) = shown.remove(&at) {
                    let (finding, verdict) = self.place(spot, finding, verdict);
                    if verdict == Verdict::Report {
                        level = level.max(Some(finding.level));
                    }
                    findings.push((finding, verdict));
                }
                of_this.push(spot);
            }
            let Some((first, _)) = findings.first() else {
                continue;
            };
            let mut story = self.story(value, level, &of_this, &mut commits);
            // A rule that is bound to paths may have named it where it does not apply.
            story.secret = first.secret.clone();
            if !findings
                .iter()
                .any(|(finding, _)| finding.rule == story.rule)
            {
                story.rule = first.rule;
            }
            told.chapters.push(Chapter {
                key: key(first),
                story,
                findings,
            });
        }
        told
    }

    /// Reads the objects that are shown; for each spot its finding.
    fn show(&self, spots: &[Spot]) -> BTreeMap<usize, (Finding, Verdict)> {
        let mut wanted: BTreeMap<u32, Vec<(usize, Claim)>> = BTreeMap::new();
        for (at, spot) in spots.iter().enumerate() {
            if let Some(claim) = spot.shown {
                wanted.entry(claim.object).or_default().push((at, claim));
            }
        }
        let shown = Shown {
            teller: self,
            spots,
            wanted,
            found: Mutex::default(),
        };
        let kinds = [Kind::Blob, Kind::Commit, Kind::Tag];
        traverse(self.finds.store, &kinds, &shown, self.threads);
        let mut found = shown
            .found
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        for (at, spot) in spots.iter().enumerate() {
            if let Origin::NameOf { name, .. } = &spot.origin
                && let Some(judged) = self.show_name(spot, name)
            {
                found.insert(at, judged);
            }
        }
        found
    }

    /// The finding in a name, which is shown masked.
    fn show_name(&self, spot: &Spot, name: &Name) -> Option<(Finding, Verdict)> {
        let value = &self.finds.values[spot.value as usize];
        let blob = Blob::whole(name.as_bytes(), spot.origin.clone());
        let claim = Detection {
            raw: vec![crate::finding::RawFinding {
                span: crate::text::Span::new(0, name.as_bytes().len()),
                extent: crate::text::Span::new(0, name.as_bytes().len()),
                rule: value.rule,
                confidence: value.confidence,
                encoded: None,
            }],
            ..Detection::default()
        };
        let resolved = self.scan.detector.resolve(name.as_bytes(), claim);
        let mut finding = self.scan.findings(&blob, resolved).pop()?;
        finding.secret = value.secret.clone();
        // The name is masked already.
        finding.excerpt = name.to_text();
        Some((finding, Verdict::Report))
    }

    /// Gives a finding its place, and the verdict that depends on it.
    fn place(&self, spot: &Spot, mut finding: Finding, verdict: Verdict) -> (Finding, Verdict) {
        if !matches!(finding.origin, Origin::Message { .. }) {
            finding.origin = spot.origin.clone();
        }
        finding.object = spot.shown.map(|claim| self.finds.store.id(claim.object));
        let path = finding.origin.path().cloned();
        finding.fingerprint =
            self.scan
                .identity
                .fingerprint(&finding.secret, path.as_ref(), &finding.excerpt);
        let verdict = match verdict {
            Verdict::Report => {
                let paths: Vec<Name> = spot.path.iter().cloned().collect();
                self.scan.judge.judge_paths(&mut finding, &paths)
            }
            suppressed => suppressed,
        };
        (finding, verdict)
    }

    fn story(
        &self,
        value: u32,
        level: Option<Level>,
        spots: &[&Spot],
        commits: &mut Commits<'_>,
    ) -> Story {
        let trace = &self.finds.walked.traces[value as usize];
        let introduced = commits.all(&trace.introduced);
        let mut removed = commits.all(&trace.removed);
        if removed.is_empty() {
            removed = commits.all(&trace.lost);
        }
        let having = |have: fn(&Tip, u32) -> bool, reach: &[Reach]| -> Vec<Name> {
            let pointers = self.pointers.iter();
            pointers
                .filter(|(pointer, tip)| reach.contains(&pointer.reach) && have(tip, value))
                .map(|(pointer, _)| pointer.name.clone())
                .collect()
        };
        const TRAVELS: &[Reach] = &[Reach::Head, Reach::Own, Reach::Remote];
        let now: fn(&Tip, u32) -> bool = |tip, value| tip.holding.contains(value);
        let ever: fn(&Tip, u32) -> bool = |tip, value| tip.past.contains(value);
        let holding = having(now, TRAVELS);
        let from = introduced.iter().map(|commit| commit.time).min();
        let until = removed.iter().map(|commit| commit.time).max();
        Story {
            secret: self.finds.values[value as usize].secret.clone(),
            forms: self.finds.values[value as usize]
                .forms
                .iter()
                .cloned()
                .collect(),
            rule: self.finds.values[value as usize].rule,
            level,
            merge_only: !introduced.is_empty() && introduced.iter().all(|commit| commit.merge),
            introduced,
            removed,
            at_head: spots.iter().any(|spot| spot.at_head),
            until: if holding.is_empty() { until } else { None },
            holding,
            past: having(ever, TRAVELS),
            local: having(ever, &[Reach::Local]),
            upstream: !having(ever, &[Reach::Remote]).is_empty(),
            places: self.places(spots),
            occurrences: self.occurrences(value, spots),
            from,
            reported: None,
        }
    }

    fn places(&self, spots: &[&Spot]) -> Vec<StoryPlace> {
        let place = |spot: &&Spot| StoryPlace {
            kind: spot.kind,
            path: spot.path.clone(),
            at_head: spot.at_head,
            objects: spot
                .objects
                .iter()
                .map(|object| self.finds.store.id(*object))
                .collect(),
        };
        let mut places: Vec<StoryPlace> = spots.iter().map(place).collect();
        places.sort();
        places
    }

    fn occurrences(&self, value: u32, spots: &[&Spot]) -> u64 {
        let objects: BTreeSet<u32> = spots
            .iter()
            .flat_map(|spot| &spot.objects)
            .copied()
            .collect();
        let names = spots
            .iter()
            .filter(|spot| spot.kind == PlaceKind::FileName)
            .count();
        let count = |object: &u32| {
            let claims = self.finds.claims_of(*object).iter();
            claims.filter(|claim| claim.value == value).count() as u64
        };
        objects.iter().map(count).sum::<u64>() + names as u64
    }
}

/// What matters most comes first: the level, what is still there, what has been there longest.
pub(super) fn order(story: &Story) -> impl Ord + use<'_> {
    (
        std::cmp::Reverse(story.level),
        std::cmp::Reverse(story.at_head),
        story.only_here(),
        story.from,
        story.rule,
        &story.secret,
    )
}

/// Reads what is shown.
struct Shown<'a> {
    teller: &'a Teller<'a>,
    spots: &'a [Spot],
    /// For each object its spots, and the claim that stands for each.
    wanted: BTreeMap<u32, Vec<(usize, Claim)>>,
    found: Mutex<BTreeMap<usize, (Finding, Verdict)>>,
}

impl Shown<'_> {
    /// What was found in an object whose text stands at `text`, if all is known that there is to say of it.
    fn known(&self, number: u32, text: Span) -> Option<Vec<Resolved>> {
        let finds = self.teller.finds;
        let begin = text.start;
        let claims = finds.claims_of(number).iter();
        let claims = claims.filter(|claim| claim.span.end <= text.end);
        let known = claims.map(|claim| {
            let said = finds.said.get(claim.said as usize)?;
            let Span { start, end } = claim.span;
            let span = Span::new(start.checked_sub(begin)?, end.checked_sub(begin)?);
            Some(resolved_of(claim.rule, span, said))
        });
        let mut known: Vec<Resolved> = known.collect::<Option<_>>()?;
        known.sort_by(|a, b| a.raw.cmp(&b.raw));
        Some(known)
    }

    fn judged(&self, object: Object<'_>) -> Vec<(Finding, Verdict)> {
        let scan = self.teller.scan;
        if object.kind == Kind::Blob {
            let blob = Blob::whole(object.bytes, Origin::Object { id: object.id });
            let text = Span::new(0, usize::MAX);
            return scan.look_again_at(&blob, self.known(object.number, text));
        }
        // Lines count within the message; what stands before it, from the first line that a person wrote.
        let (begin, message) = match object.kind {
            Kind::Commit => CommitText::parse(object.bytes).map(|text| (text.begin, text.message)),
            _ => TagText::parse(object.bytes).map(|text| (text.begin, text.message)),
        }
        .unwrap_or_default();
        let text = &object.bytes[begin..];
        let before = memchr::memchr_iter(b'\n', &object.bytes[begin..message]).count();
        let known = self.known(object.number, Span::new(begin, usize::MAX));
        let resolved = known.unwrap_or_else(|| scan.resolved(text));
        let blob = Blob {
            part: Part {
                offset: begin,
                lines: &[(before + 1, 1)],
                ..Part::WHOLE
            },
            ..Blob::whole(text, Origin::Object { id: object.id })
        };
        let mut findings = scan.findings(&blob, resolved);
        for finding in &mut findings {
            let part = match object.kind {
                Kind::Commit => CommitText::part(object.bytes, finding.span.start),
                _ if finding.span.start < message => "tag",
                _ => "message",
            };
            finding.origin = Origin::Message {
                id: object.id,
                part,
            };
        }
        findings
            .into_iter()
            .map(|finding| (finding, Verdict::Report))
            .collect()
    }
}

impl Shown<'_> {
    /// What was found in the entries of an archive at `path`. Their findings have the way in as the path of a stream.
    fn judged_inside(&self, object: Object<'_>, path: Name) -> Vec<(Finding, Verdict)> {
        let scan = self.teller.scan;
        let mut all = Vec::new();
        let claims = self.teller.finds.claims_of(object.number);
        inside::open(object.bytes, path, scan.archives, &mut |item| {
            let Item::Entry(path, text, begin) = item else {
                return true;
            };
            let extent = Span::new(begin, begin + text.len());
            let holds =
                |claim: &Claim| extent.start <= claim.span.start && claim.span.end <= extent.end;
            if !claims.iter().any(holds) {
                return true;
            }
            let blob = Blob::whole(text, Origin::Object { id: object.id });
            for (mut finding, verdict) in scan.look_again_at(&blob, None) {
                finding.span = Span::new(begin + finding.span.start, begin + finding.span.end);
                finding.origin = Origin::Stream {
                    path: Some(path.clone()),
                };
                all.push((finding, verdict));
            }
            true
        });
        all
    }

    /// Notes of the spots of an object what was found there.
    fn note(&self, spots: &[(usize, Claim)], judged: &[(Finding, Verdict)]) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        for (at, claim) in spots {
            let same =
                |item: &&(Finding, Verdict)| item.0.span == claim.span && item.0.rule == claim.rule;
            if let Some(item) = judged.iter().find(same) {
                found.insert(*at, item.clone());
            }
        }
    }
}

impl Visit for Shown<'_> {
    type Known = ();

    fn wanted(&self, number: u32) -> bool {
        self.wanted.contains_key(&number)
    }

    fn object(&self, object: Object<'_>, _base: Option<Derived<'_, ()>>) {
        let Some(spots) = self.wanted.get(&object.number).filter(|_| object.wanted) else {
            return;
        };
        let name = || Name::new(format!("{} {}", object.kind.word(), object.id));
        let guarded = |look: &dyn Fn() -> Vec<(Finding, Verdict)>| {
            let teller = self.teller;
            teller.scan.guarded(teller.collector, name, look)
        };
        // In an archive, behind its own bytes.
        let is_inside = |(_, claim): &&(usize, Claim)| claim.span.start >= object.bytes.len();
        if object.kind == Kind::Blob && container::begins_container(object.bytes) {
            let mut at_path: BTreeMap<Name, Vec<(usize, Claim)>> = BTreeMap::new();
            for spot in spots.iter().filter(is_inside) {
                let path = self.spots[spot.0].path.clone().unwrap_or_else(name);
                at_path.entry(path).or_default().push(*spot);
            }
            for (path, spots) in at_path {
                let judged = guarded(&|| self.judged_inside(object, path.clone()));
                self.note(&spots, &judged);
            }
            if spots.iter().all(|spot| is_inside(&spot)) {
                return;
            }
        }
        self.note(spots, &guarded(&|| self.judged(object)));
    }

    fn failed(&self, _number: u32, _damage: &Damage) {
        // It was read before, or named then.
    }

    fn interrupted(&self) -> bool {
        // Whatever was found is still told.
        false
    }
}

/// Commits as stories name them, each read once.
struct Commits<'a> {
    teller: &'a Teller<'a>,
    reader: Reader<'a>,
    known: BTreeMap<u32, CommitRef>,
}

impl Commits<'_> {
    /// The commits with these numbers, the earliest first.
    fn all(&mut self, commits: &[u32]) -> Vec<CommitRef> {
        let mut list: Vec<CommitRef> = commits.iter().map(|commit| self.one(*commit)).collect();
        list.sort_by_key(|commit| (commit.time, commit.id));
        list
    }

    fn one(&mut self, commit: u32) -> CommitRef {
        if let Some(known) = self.known.get(&commit) {
            return known.clone();
        }
        let finds = self.teller.finds;
        let number = finds.records.commits[commit as usize].object;
        let made = self.read(finds.store.id(number), number, commit as usize);
        self.known.insert(commit, made.clone());
        made
    }

    fn read(&mut self, id: BlobId, number: u32, commit: usize) -> CommitRef {
        let finds = self.teller.finds;
        let mut bytes = Vec::new();
        let read = self.reader.object(number, &mut bytes);
        // Later ones first, so that places before them stay where they are.
        for claim in finds.claims_of(number).iter().rev() {
            let secret = &finds.values[claim.value as usize].secret;
            if read.is_ok() && claim.span.end <= bytes.len() {
                let masked = secret.redacted().into_bytes();
                bytes.splice(claim.span.start..claim.span.end, masked);
            }
        }
        let text = CommitText::parse(&bytes);
        let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        let summary = text.as_ref().map(|text| {
            let message = bytes[text.message..].trim_ascii_start();
            lossy(
                message
                    .split(|byte| *byte == b'\n')
                    .next()
                    .unwrap_or_default(),
            )
        });
        CommitRef {
            id,
            author: text
                .as_ref()
                .map(|text| lossy(person_of(text.author)))
                .unwrap_or_default(),
            time: text
                .as_ref()
                .map_or(finds.records.commits[commit].time, |text| {
                    time_of(text.author).0
                }),
            summary: summary.unwrap_or_default(),
            merge: finds.records.parents(commit).len() > 1,
        }
    }
}
