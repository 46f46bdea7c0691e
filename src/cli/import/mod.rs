//! `import`: another scanner's rules, allowlists, ignores and baselines taken over; and what its report has beside ours. Nothing is overwritten,
//! and what cannot be taken over is listed.

mod look;

use super::args::{ImportArgs, TrustArgs};
use super::baseline::{self, File};
use super::{Console, Failure, Outcome, written};
use crate::config::{self, NAMES};
use crate::finding::Finding;
use crate::import::{Kind, Lost, Old, Taken, own_text, take};
use crate::report::{count, suppressed_because, write_whole};
use crate::rule::RuleSet;
use crate::suppress::{Decision, Status};
use crate::text::escape_controls;
use look::{Look, Seen};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Takes over what the files say, and compares.
pub(super) fn run(args: &ImportArgs, console: &mut Console) -> Outcome {
    let root = baseline::root()?;
    let mut taken = Taken::default();
    let mut said = Vec::new();
    for file in &args.files {
        said.push(read(&mut taken, file)?);
    }
    let mut theirs = Taken::default();
    if let Some(report) = &args.compare {
        read(&mut theirs, report)?;
    }
    if taken.is_configuration() {
        said.extend(write_configuration(args, &root, &taken)?);
    }
    let mut status = super::ExitStatus::Clean;
    if !taken.old.is_empty() || args.compare.is_some() {
        let commits = taken.old.iter().chain(&theirs.old);
        let look = Look::new(&root, commits)?;
        if !taken.old.is_empty() {
            said.push(add_old(args, &look, &mut taken)?);
        }
        if let Some(report) = &args.compare {
            let name = report.to_string_lossy().into_owned();
            said.extend(compare(&name, &look, &theirs.old));
        }
        status = look.status(console);
    }
    taken.lost.append(&mut theirs.lost);
    said.extend(tell_lost(&taken.lost));
    let text = escape_lines(&said);
    Ok(match written(writeln!(console.out, "{text}"), console) {
        super::ExitStatus::Clean => status,
        failed => failed,
    })
}

fn escape_lines(said: &[String]) -> String {
    let lines = said.iter().flat_map(|text| text.lines());
    let lines: Vec<String> = lines.map(escape_controls).collect();
    lines.join("\n")
}

/// Reads a file, and tells what it has.
fn read(taken: &mut Taken, path: &Path) -> Result<String, Failure> {
    let name = path.to_string_lossy().into_owned();
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::new(
            format!("{name} cannot be read: {error}"),
            "name a file of another scanner; nothing was taken over",
        )
    })?;
    let kind = Kind::of(&name, &text).ok_or_else(|| {
        Failure::new(
            format!("{name} is no file of another scanner that is known here"),
            "there are .gitleaks.toml, .gitleaksignore, .betterleaks.toml, .secrets.baseline and reports of gitleaks in JSON",
        )
    })?;
    let before = (
        taken.rules.len(),
        taken.allow.len() + taken.exclude.len() + taken.stopwords.len(),
        taken.old.len(),
    );
    take(taken, kind, &name, &text).map_err(|cause| {
        Failure::new(
            format!("{name}: {cause}"),
            "mend it, or leave it out; nothing was taken over",
        )
    })?;
    let allow = taken.allow.len() + taken.exclude.len() + taken.stopwords.len();
    let parts = [
        (taken.rules.len() - before.0, "rule", "rules"),
        (
            allow - before.1,
            "entry of allowlists",
            "entries of allowlists",
        ),
        (taken.old.len() - before.2, "finding", "findings"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many)| count(number as u64, one, many))
        .collect();
    Ok(match parts.is_empty() {
        true => format!("{name}: nothing to take over"),
        false => format!("{name}: {}", parts.join(", ")),
    })
}

/// Writes what was taken over where nothing is overwritten, else tells what to add.
fn write_configuration(
    args: &ImportArgs,
    root: &Path,
    taken: &Taken,
) -> Result<Vec<String>, Failure> {
    let sources: Vec<String> = args
        .files
        .iter()
        .map(|file| file.to_string_lossy().into_owned())
        .collect();
    let text = own_text(taken, &sources);
    config::load(Path::new(NAMES[0]), &text, &|_| Ok(None)).map_err(|error| {
        Failure::new(
            format!("what was taken over makes no configuration: {error}"),
            "leave that file out, and report this",
        )
    })?;
    let there = NAMES
        .iter()
        .find(|name| root.join(name).symlink_metadata().is_ok());
    let target = match (&args.output, there) {
        (Some(path), _) => {
            if path.symlink_metadata().is_ok() {
                return Err(Failure::new(
                    format!("{} exists already", path.display()),
                    "name a new file with --output, or leave that out to see what would be added",
                ));
            }
            path.clone()
        }
        (None, Some(name)) => {
            return Ok(vec![
                format!("{name} exists already: add this to it"),
                String::new(),
                text,
                String::new(),
            ]);
        }
        (None, None) => root.join(NAMES[0]),
    };
    write_whole(&target, false, |out| out.write_all(text.as_bytes())).map_err(|error| {
        Failure::new(
            format!("cannot write {}: {error}", target.display()),
            "make its folder writable, or name another file with --output",
        )
    })?;
    let shown = target.strip_prefix(root).unwrap_or(&target);
    Ok(vec![format!(
        "written: {} ({})",
        shown.display(),
        count(taken.rules.len() as u64, "own rule", "own rules")
    )])
}

/// Adds to the baseline what was ignored or baselined elsewhere and is found here.
fn add_old(args: &ImportArgs, look: &Look, taken: &mut Taken) -> Result<String, Failure> {
    let file = File::find(&TrustArgs {
        baseline: args.baseline.clone(),
        ..TrustArgs::default()
    })?;
    let mut baseline = file.or_new();
    let mut found: BTreeMap<(Status, &str), Vec<&Finding>> = BTreeMap::new();
    let (mut here, mut past, mut marked) = (0u64, 0u64, 0u64);
    for old in &taken.old {
        let (number, findings) = match look.find(old) {
            Seen::Here(findings) => (&mut here, findings),
            Seen::Past(findings) => (&mut past, findings),
            // A marker or the configuration lets it stay.
            Seen::Suppressed(_) => {
                marked += 1;
                continue;
            }
            Seen::Not(why) => {
                taken.lost.push(Lost {
                    file: old.file.clone(),
                    line: old.line,
                    what: words(old),
                    why,
                });
                continue;
            }
        };
        *number += 1;
        // What somebody decided here already stays.
        let new = findings
            .into_iter()
            .filter(|finding| baseline.entry_of(finding).is_none());
        found
            .entry((old.status.clone(), &old.file))
            .or_default()
            .extend(new);
    }
    let mut added = 0;
    let author = baseline::author(None);
    for ((status, source), findings) in found {
        let decision = Decision {
            status,
            reason: format!("taken over from {source}"),
            author: author.clone(),
        };
        added += baseline.add(findings, look.rules(), &decision);
    }
    if added > 0 {
        baseline::write(&file.path, &baseline)?;
    }
    let mut parts = vec![format!("{here} in the tree")];
    for (number, text) in [
        (past, "in the history alone"),
        (marked, "allowed by other means"),
    ] {
        if number > 0 {
            parts.push(format!("{number} {text}"));
        }
    }
    Ok(format!(
        "{}: {} added; of {}, {}",
        file.name,
        count(added as u64, "entry", "entries"),
        count(taken.old.len() as u64, "old finding", "old findings"),
        parts.join(", ")
    ))
}

fn words(old: &Old) -> String {
    let line = old
        .lines
        .map_or(String::new(), |(first, _)| format!(":{first}"));
    format!("{}{line} ({})", old.path, old.rule)
}

fn tell_lost(lost: &[Lost]) -> Vec<String> {
    if lost.is_empty() {
        return Vec::new();
    }
    let mut said = vec![String::new(), format!("not taken over: {}", lost.len())];
    said.extend(lost.iter().map(|item| {
        let place = match item.line {
            0 => item.file.clone(),
            line => format!("{}:{line}", item.file),
        };
        format!("  {place}  {}: {}", item.what, item.why)
    }));
    said
}

/// What both find, only they, only we.
fn compare(name: &str, look: &Look, theirs: &[Old]) -> Vec<String> {
    let mut known: BTreeSet<usize> = BTreeSet::new();
    let (mut both, mut only_they) = (0u64, Vec::new());
    for old in theirs {
        let why = match look.find(old) {
            Seen::Here(findings) => {
                known.extend(
                    findings
                        .into_iter()
                        .filter_map(|finding| look.number(finding)),
                );
                both += 1;
                continue;
            }
            Seen::Past(_) => {
                both += 1;
                continue;
            }
            Seen::Suppressed(item) => format!(
                "found, and suppressed by {}",
                suppressed_because(&item.reason)
            ),
            Seen::Not(why) => why,
        };
        only_they.push(format!("  {}: {why}", words(old)));
    }
    let only_we: Vec<String> = look
        .findings()
        .iter()
        .enumerate()
        .filter(|(number, _)| !known.contains(number))
        .map(|(_, finding)| ours(finding, look.rules()))
        .collect();
    let mut said = vec![
        String::new(),
        format!(
            "compared with {name}: {both} found by both, {} only by them, {} only here",
            only_they.len(),
            only_we.len()
        ),
    ];
    for (title, list) in [("only they", only_they), ("only here", only_we)] {
        if !list.is_empty() {
            said.push(format!("{title}:"));
            said.extend(list);
        }
    }
    said
}

fn ours(finding: &Finding, rules: &RuleSet) -> String {
    let spec = &rules.rule(finding.rule).spec;
    let path = finding
        .origin
        .path()
        .map_or(String::new(), |path| path.to_text());
    format!(
        "  {path}:{} ({}): {}, {}",
        finding.location.line,
        spec.id,
        spec.title,
        finding.level.word()
    )
}
