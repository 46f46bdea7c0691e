//! A history for people: the story of each secret in a few lines, what lies only on this machine apart, and at the end what to do, in order.

use super::Options;
use super::join_stories::{Told, repositories};
use super::moment::short;
use super::time::day;
use super::wrap::{count, cut, quoted, wrap};
use crate::blob::git_file;
use crate::finding::{CommitRef, Level, PlaceKind, Story, StoryPlace};
use crate::rule::RuleSet;
use crate::suppress::{Ledger, Replacements};
use crate::text::{Name, escape_controls};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::time::UNIX_EPOCH;

/// From more stories than this on, each has two lines.
const IN_FULL: usize = 20;
/// Columns of the words before the lines of a story.
const INDENT: usize = 9;
/// Names of a list that are told.
const NAMED: usize = 3;

/// Writes the stories of a ledger.
pub(super) struct Stories<'a> {
    options: &'a Options,
    ledger: &'a Ledger,
    rules: &'a RuleSet,
    /// The findings of each story.
    told: Told<'a>,
}

impl<'a> Stories<'a> {
    pub(super) fn new(options: &'a Options, ledger: &'a Ledger, rules: &'a RuleSet) -> Self {
        Stories {
            options,
            ledger,
            rules,
            told: Told::new(ledger),
        }
    }

    /// Stories of which something stands, at the levels that are shown.
    fn shown(&self) -> Vec<&'a Story> {
        let least = if self.options.verbose {
            Level::Note
        } else {
            Level::Warning
        };
        let stories = self.ledger.stories.iter();
        stories.filter(|story| story.level >= Some(least)).collect()
    }

    /// Writes them, and the plan.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let shown = self.shown();
        let in_full = self.options.verbose || shown.len() <= IN_FULL;
        let (here, all): (Vec<&Story>, Vec<&Story>) =
            shown.iter().partition(|story| story.only_here());
        for story in all {
            self.story(out, story, in_full)?;
        }
        if !here.is_empty() {
            let style = self.options.style;
            writeln!(
                out,
                "\n{}",
                style.strong("Only on this machine: a push sends none of it")
            )?;
            for story in here {
                self.story(out, story, in_full)?;
            }
        }
        if shown.iter().any(|story| story.level > Some(Level::Note)) {
            self.plan(out, &shown)?;
        }
        Ok(())
    }

    fn width(&self) -> usize {
        self.options.width.saturating_sub(INDENT).max(30)
    }

    fn line(&self, out: &mut dyn Write, label: &str, text: &str) -> io::Result<()> {
        let label = self.options.style.faint(&format!("{label:>8}"));
        writeln!(out, "{label} {}", cut(&escape_controls(text), self.width()))
    }

    fn story(&self, out: &mut dyn Write, story: &Story, in_full: bool) -> io::Result<()> {
        let style = self.options.style;
        let spec = &self.rules.rule(story.rule).spec;
        let level = match story.level.unwrap_or(Level::Note) {
            Level::Error => style.error("error"),
            Level::Warning => style.warning("warning"),
            Level::Note => style.strong("note"),
        };
        let reported = story.reported.as_deref();
        let secret = if let Some(reported) = reported {
            reported.secret.clone()
        } else if self.options.show_secrets {
            Name::new(story.secret.expose()).to_text()
        } else {
            story.secret.redacted()
        };
        writeln!(
            out,
            "\n{level}  {}  {}{}",
            style.strong(&escape_controls(&spec.title)),
            escape_controls(&secret),
            style.faint(&format!("  [{}]", spec.id)),
        )?;
        if !in_full {
            let repository = match reported {
                Some(reported) => format!("{}: ", reported.repository),
                None => String::new(),
            };
            let text = format!("{repository}{}; {}", self.paths(story), now(story));
            return self.line(out, "", &text);
        }
        if let Some(reported) = reported.filter(|reported| !reported.repository.is_empty()) {
            self.line(out, "in", &reported.repository)?;
        }
        self.line(out, "now", &now(story))?;
        if let Some(first) = story.introduced.first() {
            self.line(out, "since", &self.since(story, first))?;
        }
        if let Some(last) = story.removed.last() {
            let how = if story.holding.is_empty() {
                "took it out"
            } else {
                "took it out, but not everywhere"
            };
            let text = format!("{}: {} {how}", day(last.time), named(last));
            self.line(out, "until", &text)?;
        }
        self.line(out, "places", &self.paths(story))?;
        if let Some(excerpt) = self.told.of(story).first() {
            self.line(out, "|", excerpt.excerpt.trim())?;
        }
        if self.options.verbose {
            for finding in self.told.of(story) {
                let place = super::moment::place(finding);
                self.line(out, "id", &format!("{}  {place}", finding.fingerprint))?;
            }
        }
        Ok(())
    }

    fn since(&self, story: &Story, first: &CommitRef) -> String {
        let now = self.ledger.scan.started.duration_since(UNIX_EPOCH);
        let days = story.days(now.map_or(0, |since| since.as_secs() as i64));
        let mut text = format!(
            "{}, {}: {}",
            day(first.time),
            count(days.unwrap_or(0) as u64, "day", "days"),
            named(first)
        );
        if story.merge_only {
            text.push_str(", a merge: no parent has it");
        }
        if story.introduced.len() > 1 {
            text.push_str(&format!(
                "; again in {}",
                count(story.introduced.len() as u64 - 1, "commit", "commits")
            ));
        }
        text
    }

    /// Where it stands: paths with the line of what is shown.
    fn paths(&self, story: &Story) -> String {
        let mut places: Vec<&StoryPlace> = story.places.iter().collect();
        places.sort_by_key(|place| !place.at_head);
        let lines: BTreeMap<Option<&Name>, usize> = self
            .told
            .of(story)
            .into_iter()
            .map(|finding| (finding.origin.path(), finding.location.line))
            .collect();
        let text = |place: &&StoryPlace| {
            let path = place.path.as_ref().map(Name::to_string).unwrap_or_default();
            let line = lines
                .get(&place.path.as_ref())
                .map(|line| format!(":{line}"))
                .unwrap_or_default();
            match place.kind {
                PlaceKind::File | PlaceKind::Archived => format!("{path}{line}"),
                PlaceKind::Symlink => format!("target of the symbolic link {path}"),
                PlaceKind::Message => "message of a commit or tag".to_owned(),
                PlaceKind::FileName => format!("name of {path}"),
                PlaceKind::RefName => format!("name of the reference {path}"),
                PlaceKind::StrayTree => format!("{path} of a tree without a commit"),
                PlaceKind::StrayBlob => "a blob without a path".to_owned(),
                PlaceKind::Staged => format!("{path}{line}, staged"),
                PlaceKind::WorkingTree => format!("{path}{line} in the working tree"),
                PlaceKind::GitFile => place.path.as_ref().map(git_file).unwrap_or_default(),
            }
        };
        let named: Vec<String> = places.iter().take(NAMED).map(text).collect();
        let mut out = named.join(", ");
        if places.len() > NAMED {
            out.push_str(&format!(" and {} more", places.len() - NAMED));
        }
        let occurrences = count(story.occurrences, "occurrence", "occurrences");
        format!("{out}; {occurrences}")
    }

    /// What to do, in order.
    fn plan(&self, out: &mut dyn Write, shown: &[&Story]) -> io::Result<()> {
        let style = self.options.style;
        writeln!(out, "\n{}", style.strong("What to do, in this order"))?;
        let mut step = 0;
        let mut head = |out: &mut dyn Write, text: &str| {
            step += 1;
            let lines = wrap(text, self.width(), 9);
            for (at, line) in lines.iter().enumerate() {
                let label = if at == 0 {
                    format!("{step}.")
                } else {
                    String::new()
                };
                writeln!(out, "{label:>5} {line}")?;
            }
            Ok::<(), io::Error>(())
        };
        head(
            out,
            "Revoke: who has a clone, a fork or a backup has the secrets, whatever is rewritten.",
        )?;
        self.revoke(out, shown)?;
        let several = repositories(shown);
        if !several.is_empty() {
            let several: Vec<Name> = several.into_iter().map(Name::from).collect();
            let text = format!(
                "Rewrite and forget, repository by repository ({}): `invoca-scan --history` there has the plan for each.",
                list(several.iter())
            );
            return head(out, &text);
        }
        let past: Vec<&&Story> = shown.iter().filter(|story| !story.only_here()).collect();
        if !past.is_empty() {
            head(out, &rewrite(&past, self.ledger.scan.replacements.as_ref()))?;
        }
        let local: BTreeSet<&Name> = shown.iter().flat_map(|story| &story.local).collect();
        let stray = shown.iter().any(|story| {
            story.past.is_empty()
                && story
                    .places
                    .iter()
                    .any(|place| place.kind != PlaceKind::GitFile)
        });
        if !local.is_empty() || stray {
            head(out, &forget(&local))?;
        }
        if !past.is_empty() {
            head(
                out,
                "Tell everybody who has a clone: clone again. One merge or push of an old branch brings all of it back.",
            )?;
        }
        Ok(())
    }

    /// The rules' own steps, once each.
    fn revoke(&self, out: &mut dyn Write, shown: &[&Story]) -> io::Result<()> {
        let mut of_rule: BTreeMap<&str, (u64, &str, &str)> = BTreeMap::new();
        for story in shown {
            let spec = &self.rules.rule(story.rule).spec;
            of_rule
                .entry(&spec.id)
                .or_insert((0, &spec.title, &spec.fix))
                .0 += 1;
        }
        for (number, title, fix) in of_rule.values() {
            let text = format!("{title} ({number}): {}", fix.trim());
            for (at, line) in wrap(&escape_controls(&text), self.width().saturating_sub(2), 3)
                .iter()
                .enumerate()
            {
                let mark = if at == 0 { "-" } else { " " };
                writeln!(out, "      {mark} {line}")?;
            }
        }
        Ok(())
    }
}

/// The second step: a past without the secrets.
fn rewrite(past: &[&&Story], written: Option<&Replacements>) -> String {
    let refs: BTreeSet<&Name> = past.iter().flat_map(|story| &story.past).collect();
    let has = |kind: PlaceKind| {
        let mut places = past.iter().flat_map(|story| &story.places);
        places.any(|place| place.kind == kind)
    };
    let secrets = |number: usize| count(number as u64, "secret", "secrets");
    let (before, file) = match written {
        Some(Replacements {
            path,
            secrets: held,
        }) => {
            let path = quoted(&Name::from_path(path).to_text());
            let before = match past.len().checked_sub(*held).filter(|rest| *rest > 0) {
                None => format!("Rewrite the past ({}), in a fresh clone: ", secrets(*held)),
                Some(rest) => format!(
                    "Rewrite the past ({}; not in the file, as warnings or without a value: {rest}), in a fresh clone: ",
                    secrets(*held),
                ),
            };
            (before, path)
        }
        None => (
            format!(
                "Rewrite the past ({}): run this again with `--write-replacements FILE`, a FILE outside of every repository; then, in a fresh clone: ",
                secrets(past.len())
            ),
            "FILE".to_owned(),
        ),
    };
    let messages = match has(PlaceKind::Message) {
        true => format!(" --replace-message {file}"),
        false => String::new(),
    };
    let renames = match has(PlaceKind::FileName) {
        true => " --path-rename OLD:NEW for each file whose name has one",
        false => "",
    };
    let archives: BTreeSet<String> = past
        .iter()
        .flat_map(|story| &story.places)
        .filter(|place| place.kind == PlaceKind::Archived)
        .filter_map(|place| place.path.as_ref())
        .map(|path| {
            let archive = path.as_bytes().split(|byte| *byte == b'!').next();
            let archive = Name::new(archive.unwrap_or_default().to_vec());
            format!(" --path {}", quoted(&archive.to_text()))
        })
        .collect();
    let archives = match archives.is_empty() {
        true => String::new(),
        false => format!(
            " It passes over archives: take them out with `git filter-repo --invert-paths{}`.",
            archives.into_iter().collect::<String>()
        ),
    };
    let references = match has(PlaceKind::RefName) {
        true => " Delete the references whose names have one.",
        false => "",
    };
    format!(
        "{before}`git filter-repo --replace-text {file}{messages}`{renames}. It changes {}; push these with --force, and delete {file}.{archives}{references}",
        list(refs.into_iter())
    )
}

/// The third step: what this clone keeps.
fn forget(local: &BTreeSet<&Name>) -> String {
    let stash = local
        .iter()
        .any(|name| name.as_bytes().starts_with(b"stash@{"));
    let stash = if stash {
        "`git stash drop` each stash that has it, then "
    } else {
        ""
    };
    let what = match local.is_empty() {
        true => "objects that nothing reaches".to_owned(),
        false => logs(local.iter().copied()),
    };
    format!(
        "Forget it here, where {what} keep it: {stash}`git reflog expire --expire=now --all && git gc --prune=now`."
    )
}

/// Where it is now, in words.
fn now(story: &Story) -> String {
    let mut text = if story.at_head {
        let others = story
            .holding
            .iter()
            .filter(|name| name.as_bytes() != b"HEAD");
        match others.clone().count() {
            0 => "at HEAD".to_owned(),
            _ => format!("at HEAD; in {}", list(others)),
        }
    } else if !story.holding.is_empty() {
        format!("not at HEAD; in {}", list(story.holding.iter()))
    } else if !story.past.is_empty() {
        format!(
            "at no tip any more; in the history of {}",
            list(story.past.iter())
        )
    } else if !story.local.is_empty() {
        format!("only in {}", logs(story.local.iter()))
    } else if story
        .places
        .iter()
        .all(|place| place.kind == PlaceKind::GitFile)
    {
        "in a file of the git directory".to_owned()
    } else if story
        .places
        .iter()
        .any(|place| matches!(place.kind, PlaceKind::WorkingTree | PlaceKind::Staged))
    {
        "in no commit".to_owned()
    } else {
        "in objects that nothing reaches".to_owned()
    };
    if story.upstream {
        text.push_str("; a remote has it");
    } else if !story.past.is_empty() {
        text.push_str("; no remote is known to have it");
    }
    text
}

/// `main, dev and 3 more`.
fn list<'n>(names: impl Iterator<Item = &'n Name>) -> String {
    let all: Vec<String> = names.map(short_name).collect();
    let named = all
        .iter()
        .take(NAMED)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match all.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

/// The same for what stays here: the lines of one reflog are one thing, stashes are several.
fn logs<'n>(names: impl Iterator<Item = &'n Name>) -> String {
    let names = names.map(|name| match memchr::memmem::rfind(name.as_bytes(), b"@{") {
        Some(at) if !name.as_bytes().starts_with(b"stash@{") => {
            Name::new([b"the reflog of ", &name.as_bytes()[..at]].concat())
        }
        _ => name.clone(),
    });
    let names: BTreeSet<Name> = names
        .filter(|name| name.as_bytes() != b"refs/stash")
        .collect();
    list(names.iter())
}

/// A reference as people call it.
fn short_name(name: &Name) -> String {
    let name = name.to_string();
    ["refs/heads/", "refs/tags/", "refs/remotes/"]
        .into_iter()
        .fold(name, |name, prefix| name.replacen(prefix, "", 1))
}

fn named(commit: &CommitRef) -> String {
    let summary = match commit.summary.is_empty() {
        true => String::new(),
        false => format!(" “{}”", cut(&commit.summary, 40)),
    };
    format!("{}{summary} by {}", short(commit.id), commit.author)
}
