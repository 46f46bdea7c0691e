//! `--fix`: mends files of a tree, one finding at a time, and keeps a change only if the file then holds less than before and parses no worse.

use super::args::FixArgs;
use super::settings::{Mode, Settings};
use super::{Console, Failure};
use crate::blob::{Blob, Origin};
use crate::finding::{Finding, Fix};
use crate::fix::{apply, parses_as_well};
use crate::git::{Env, Index, Repository, unified};
use crate::report::{count, write_whole};
use crate::scan::Scan;
use crate::source::{Sink, Source};
use crate::suppress::Ledger;
use crate::text::{LineIndex, Name, Span, escape_controls, utf8_from_utf16, utf16_like};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Repairs of one file beyond which something is wrong.
const MOST: usize = 1000;

/// What was mended, and what was left as it is.
#[derive(Debug, Default)]
pub(super) struct Mended {
    findings: usize,
    files: usize,
    /// Files that were left, and why.
    left: Vec<String>,
}

/// Mends what `ledger` found. With `--diff` nothing is written.
///
/// # Errors
/// What is scanned is no tree.
pub(super) fn mend(
    settings: &Settings,
    args: FixArgs,
    scan: &Scan<'_>,
    ledger: &Ledger,
    console: &mut Console,
) -> Result<Mended, Failure> {
    if !matches!(settings.mode, Mode::Tree(_)) {
        return Err(Failure::new(
            "--fix mends files of a tree, and this scan reads something else",
            "run `invoca-scan --fix` with the paths to mend",
        ));
    }
    let files: BTreeSet<&Name> = ledger
        .findings
        .iter()
        .filter(|finding| finding.fix.is_some() && matches!(finding.origin, Origin::File { .. }))
        .filter_map(|finding| finding.origin.path())
        .collect();
    let mut work = Work {
        settings,
        args,
        scan,
        base: Base::of(settings),
        mended: Mended::default(),
    };
    for file in files {
        if let Err(why) = work.file(file, console) {
            let line = format!("left {}: {why}", file.to_text());
            work.mended.left.push(escape_controls(&line));
        }
    }
    Ok(work.mended)
}

impl Mended {
    /// Tells what was done, on standard error.
    pub(super) fn tell(&self, args: FixArgs, console: &mut Console) {
        self.left.iter().for_each(|line| console.say(line));
        let findings = count(self.findings as u64, "finding", "findings");
        let files = count(self.files as u64, "file", "files");
        console.say(&match (self.findings, args.diff) {
            (0, _) => "nothing was fixed".to_owned(),
            (_, true) => format!("--fix would fix {findings} in {files}; nothing was written"),
            (_, false) => format!(
                "fixed {findings} in {files}: look at `git diff`; a secret that was ever committed or shared must be rotated all the same"
            ),
        });
    }
}

/// What git has of the tree.
struct Base {
    root: PathBuf,
    git: Option<(Repository, Index, PathBuf)>,
}

impl Base {
    fn of(settings: &Settings) -> Self {
        let root = settings.root().to_owned();
        let repository = Repository::discover(&root, &Env::of_process())
            .ok()
            .flatten();
        let git = repository.and_then(|repository| {
            let top = repository.work_dir()?.canonicalize().ok()?;
            let index = repository.index().ok()?;
            Some((repository, index, top))
        });
        Base { root, git }
    }

    /// Whether `git restore` would bring back what is in the file now.
    fn is_safe(&self, path: &Path, text: &[u8]) -> bool {
        let Some((repository, index, top)) = &self.git else {
            return false;
        };
        let Ok(path) = path.canonicalize() else {
            return false;
        };
        let Some(inside) = path.strip_prefix(top).ok().map(Name::from_path) else {
            return false;
        };
        let [entry] = index.get(inside.as_bytes()) else {
            return false;
        };
        let Ok(object) = repository.objects().blob(entry.item.id, &inside) else {
            return false;
        };
        // As git itself turns line ends on the way.
        let plain = |text: &[u8]| {
            text.iter()
                .copied()
                .filter(|byte| *byte != b'\r')
                .collect::<Vec<u8>>()
        };
        object.bytes() == text || plain(object.bytes()) == plain(text)
    }
}

struct Work<'a> {
    settings: &'a Settings,
    args: FixArgs,
    scan: &'a Scan<'a>,
    base: Base,
    mended: Mended,
}

impl Work<'_> {
    fn file(&mut self, name: &Name, console: &mut Console) -> Result<(), String> {
        let file = std::str::from_utf8(name.as_bytes()).map_err(|_| "its name is not UTF-8")?;
        let path = self.base.root.join(file);
        let stored = fs::read(&path).map_err(|error| format!("it cannot be read: {error}"))?;
        if !self.args.diff {
            self.may_change(&path, &stored)?;
        }
        let wide = utf8_from_utf16(&stored);
        let old = match &wide {
            Some(text) if utf16_like(&stored, text).as_ref() != Some(&stored) => {
                return Err("its UTF-16 is damaged".into());
            }
            Some(text) => text,
            None => &stored,
        };
        let done = self.text(name, old);
        if done.fixes.is_empty() {
            return Err(
                "no change that was tried leaves it better than it was; mend it by hand".into(),
            );
        }
        let beside = done
            .fixes
            .iter()
            .filter_map(|fix| fix.beside.as_ref())
            .map(|(other, line)| (path.with_file_name(other), line.clone()));
        let beside = self.beside(beside)?;
        if self.args.diff {
            self.show(name, old, &done.text, console)?;
        } else {
            let write = |path: &Path, text: &[u8]| {
                write_whole(path, false, |out| out.write_all(text))
                    .map_err(|error| format!("{} cannot be written: {error}", path.display()))
            };
            for (path, text) in beside {
                write(&path, &text)?;
            }
            match &wide {
                Some(_) => write(
                    &path,
                    &utf16_like(&stored, &done.text).ok_or("it is not text any more")?,
                )?,
                None => write(&path, &done.text)?,
            }
        }
        self.mended.files += 1;
        self.mended.findings += done.fixes.len();
        Ok(())
    }

    fn may_change(&self, path: &Path, text: &[u8]) -> Result<(), String> {
        if self.args.allow_dirty || self.base.is_safe(path, text) {
            return Ok(());
        }
        Err(
            "git does not have it as it is now; commit or stage it first, or say --allow-dirty"
                .into(),
        )
    }

    /// Files beside with lines that they lack so far.
    fn beside(
        &self,
        lines: impl Iterator<Item = (PathBuf, String)>,
    ) -> Result<Vec<(PathBuf, Vec<u8>)>, String> {
        let mut files: Vec<(PathBuf, Vec<u8>)> = Vec::new();
        for (path, line) in lines {
            let at = match files.iter().position(|(known, _)| *known == path) {
                Some(at) => at,
                None => {
                    let text = fs::read(&path).unwrap_or_default();
                    if !text.is_empty() && !self.args.diff {
                        self.may_change(&path, &text)
                            .map_err(|why| format!("{}: {why}", path.display()))?;
                    }
                    files.push((path, text));
                    files.len() - 1
                }
            };
            let Some((_, text)) = files.get_mut(at) else {
                continue;
            };
            if text
                .split(|byte| *byte == b'\n')
                .any(|known| known.starts_with(line.as_bytes()))
            {
                continue;
            }
            if !text.is_empty() && !text.ends_with(b"\n") {
                text.push(b'\n');
            }
            text.extend_from_slice(line.as_bytes());
            text.push(b'\n');
        }
        Ok(files)
    }

    /// Mends a text as far as it goes.
    fn text(&self, name: &Name, old: &[u8]) -> Done {
        let mut done = Done {
            text: old.to_vec(),
            fixes: Vec::new(),
        };
        let mut given_up = BTreeSet::new();
        let mut before = self.look(name, &done.text).findings;
        while done.fixes.len() < MOST {
            let next = before.iter().find(|finding| {
                finding.fix.is_some() && !given_up.contains(&(finding.fingerprint, finding.rule))
            });
            let Some((finding, fix)) =
                next.and_then(|finding| Some((finding, finding.fix.as_deref()?)))
            else {
                break;
            };
            let edits: Vec<_> = fix.edits.iter().collect();
            let new = apply(&done.text, &edits);
            let after = self.look(name, &new).findings;
            if parses_as_well(&done.text, &new) && self.is_better(&before, &after, finding) {
                done.text = new;
                done.fixes.push(fix.clone());
                before = after;
            } else {
                given_up.insert((finding.fingerprint, finding.rule));
            }
        }
        done
    }

    /// Whether `finding` is gone and no secret has come.
    fn is_better(&self, before: &[Finding], after: &[Finding], finding: &Finding) -> bool {
        let rules = self.scan.detector.rules();
        let is_lint = |finding: &Finding| rules.rule(finding.rule).meta.lint;
        let secrets = |list: &[Finding]| list.iter().filter(|item| !is_lint(item)).count();
        let same = |list: &[Finding]| list.iter().filter(|item| item.rule == finding.rule).count();
        if is_lint(finding) {
            same(after) < same(before) && secrets(after) <= secrets(before)
        } else {
            secrets(after) < secrets(before)
        }
    }

    fn look(&self, name: &Name, text: &[u8]) -> Ledger {
        self.scan.run(&One { name, text }, self.settings.info())
    }

    /// What would change, with every secret masked.
    fn show(
        &self,
        name: &Name,
        old: &[u8],
        new: &[u8],
        console: &mut Console,
    ) -> Result<(), String> {
        let masked = |text: &[u8]| match self.settings.outputs.shows_secrets() {
            true => text.to_vec(),
            false => self.masked(name, text),
        };
        let diff = unified(&masked(old), &masked(new), &name.to_text());
        let shown: String = diff
            .lines()
            .map(|line| format!("{}\n", escape_controls(line)))
            .collect();
        console
            .out
            .write_all(shown.as_bytes())
            .map_err(|error| format!("the diff cannot be written: {error}"))
    }

    fn masked(&self, name: &Name, text: &[u8]) -> Vec<u8> {
        let ledger = self.look(name, text);
        let suppressed = ledger.suppressed.iter().map(|item| &item.finding);
        let lines = LineIndex::new(text);
        let mut spans: Vec<Span> = Vec::new();
        for finding in ledger.findings.iter().chain(suppressed) {
            if finding.secret.is_empty() {
                spans.extend(crate::detect::values_near(text, finding.span));
            } else {
                spans.push(finding.span);
            }
        }
        spans.sort();
        let mut out = Vec::new();
        let mut at = 0;
        for span in spans {
            // What goes over several lines keeps them, so that both sides still compare.
            if span.start < at
                || lines.line_of(span.start)
                    != lines.line_of(span.end.saturating_sub(1).max(span.start))
            {
                continue;
            }
            out.extend_from_slice(&text[at..span.start]);
            out.extend_from_slice(
                crate::text::Secret::new(span.of(text))
                    .redacted()
                    .as_bytes(),
            );
            at = span.end;
        }
        out.extend_from_slice(&text[at..]);
        out
    }
}

struct Done {
    text: Vec<u8>,
    fixes: Vec<Fix>,
}

/// One file as a source.
struct One<'a> {
    name: &'a Name,
    text: &'a [u8],
}

impl Source for One<'_> {
    fn run(&self, sink: &dyn Sink) {
        let origin = Origin::File {
            path: self.name.clone(),
        };
        sink.blob(Blob::whole(self.text, origin));
    }
}
