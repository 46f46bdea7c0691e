//! `review`: walks through what is found, one at a time, and writes down what somebody says of it; `--open` lists what has to be rotated.
//!
//! Every answer is on disk before the next question, so that one may leave at any time and go on later.

mod dialogue;
mod keep;
mod past;

use super::args::ReviewArgs;
use super::baseline::{File, tree_scan};
use super::settings::Settings;
use super::{Console, Failure, Outcome, written};
use crate::finding::{Finding, Masked, excerpt};
use crate::progress::Progress;
use crate::report::{count, today};
use crate::rule::RuleSet;
use crate::suppress::{Baseline, Entry, Ledger, Status};
use crate::text::{LineIndex, Secret, Span, escape_controls};
use dialogue::{Case, Desk, dialogue};
use keep::Keep;
use past::Past;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::time::SystemTime;

/// Lines shown above and below a finding.
const AROUND: usize = 2;

/// Asks, or lists.
pub(super) fn run(args: ReviewArgs, console: &mut Console) -> Outcome {
    if args.open {
        return list(args, console);
    }
    let trust = args.scan.trust.clone();
    let file = File::find(&trust)?;
    if !std::io::stdin().is_terminal() || !console.out_is_terminal {
        return Err(Failure::new(
            "review asks questions, and there is no terminal to ask",
            "start it in a terminal; or decide with `invoca-scan baseline add PATH:LINE --reason '…'`, and see `invoca-scan review --open`",
        ));
    }
    let (settings, ledger) = scan(args)?;
    let mut keep = Keep::new(file, &trust, settings.rules(), settings.root());
    let mut pending: Vec<&Finding> = ledger
        .findings
        .iter()
        .filter(|finding| !keep.knows(finding))
        .collect();
    pending.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    let past = Past::open(settings.root());
    let mut desk = Walk {
        settings: &settings,
        ledger: &ledger,
        pending: &pending,
        keep,
        past,
        files: RefCell::default(),
    };
    let mut input = std::io::stdin().lock();
    let end = dialogue(
        &mut input,
        &mut *console.out,
        &mut desk,
        &today(SystemTime::now()),
    );
    Ok(match end {
        Ok(_) => super::baseline::status_of(&settings, &ledger, console),
        Err(error) => written(Err(error), console),
    })
}

fn scan(args: ReviewArgs) -> Result<(Settings, Ledger), Failure> {
    let settings = Settings::new(tree_scan(args.scan))?;
    let (detector, judge) = (settings.detector(), settings.judge()?);
    let (identity, progress) = (settings.identity(), Progress::new());
    let scan = settings.scan(&detector, &judge, &identity, &progress);
    let ledger = scan.run(&*settings.source()?, settings.info());
    Ok((settings, ledger))
}

/// What is on the desk: findings that nobody has said anything of.
struct Walk<'a> {
    settings: &'a Settings,
    ledger: &'a Ledger,
    pending: &'a [&'a Finding],
    keep: Keep<'a>,
    past: Past,
    /// Files as they were when they were first shown: a marker moves what stands behind it.
    files: RefCell<BTreeMap<String, Vec<u8>>>,
}

impl Desk for Walk<'_> {
    fn len(&self) -> usize {
        self.pending.len()
    }

    fn case(&self, number: usize) -> Case {
        let finding = self.pending[number];
        let spec = &self.settings.rules().rule(finding.rule).spec;
        let path = finding
            .origin
            .path()
            .map_or(String::new(), |path| path.to_text());
        let mut files = self.files.borrow_mut();
        let bytes = files
            .entry(path.clone())
            .or_insert_with(|| std::fs::read(self.settings.root().join(&path)).unwrap_or_default());
        let mut lines = vec![format!(
            "{path}:{}  {}  {}  [{}]",
            finding.location.line,
            finding.level.word(),
            spec.title,
            spec.id
        )];
        lines.extend(self.around(finding, bytes));
        lines.push(format!("    why  {}", spec.why));
        lines.push(format!("    next {}", spec.fix));
        if let Some(story) = self.past.story(&path, finding.secret.expose()) {
            lines.push(format!("    past {story}"));
        }
        Case {
            text: lines
                .iter()
                .map(|line| escape_controls(line))
                .collect::<Vec<_>>()
                .join("\n"),
        }
    }

    fn decide(&mut self, number: usize, status: Status, reason: &str) -> Result<String, String> {
        self.keep.decide(self.pending[number], status, reason)
    }

    fn mark(&mut self, number: usize, reason: &str) -> Result<String, String> {
        self.keep.mark(self.pending[number], reason)
    }

    fn undo(&mut self) -> Result<(), String> {
        self.keep.undo()
    }
}

impl Walk<'_> {
    /// The lines around a finding, every secret on them masked.
    fn around(&self, finding: &Finding, bytes: &[u8]) -> Vec<String> {
        let index = LineIndex::new(bytes);
        let of_file = |other: &&Finding| other.origin == finding.origin;
        let suppressed = self.ledger.suppressed.iter().map(|item| &item.finding);
        let of_file: Vec<&Finding> = self
            .ledger
            .findings
            .iter()
            .chain(suppressed)
            .filter(of_file)
            .collect();
        let own = finding.location.line;
        // A file that changed since the scan would show what was to be masked.
        let same = of_file
            .iter()
            .all(|other| other.encoding.is_some() || other.span.of(bytes) == other.secret.expose());
        if !same {
            return vec![format!("> {own:>6} | {}", finding.excerpt)];
        }
        let spans = of_file.iter().map(|other| other.span).collect();
        let secrets: Vec<Secret> = of_file.iter().map(|other| other.secret.clone()).collect();
        let masked = Masked::new(bytes, spans, &secrets);
        let last = (finding.location.end_line.min(own + 3) + AROUND).min(index.count());
        (own.saturating_sub(AROUND).max(1)..=last)
            .map(|line| {
                let start = index.line_span(bytes, line).start;
                let text = match line == own {
                    true => finding.excerpt.clone(),
                    false => excerpt(bytes, &index, Span::new(start, start), &masked),
                };
                let mark = if line == own { '>' } else { ' ' };
                format!("{mark} {line:>6} | {text}")
            })
            .collect()
    }
}

/// What has to be rotated, one item for each value.
fn list(args: ReviewArgs, console: &mut Console) -> Outcome {
    let trust = args.scan.trust.clone();
    let settings = Settings::new(tree_scan(args.scan))?;
    let files = File::all(&trust, &*settings.source()?)?;
    let entries = files.iter().flat_map(|file| {
        let entries = file.baseline.as_ref().map_or(&[][..], Baseline::entries);
        entries.iter().map(|entry| (file.base.as_str(), entry))
    });
    let said = open_items(entries, settings.rules());
    let text: Vec<String> = said.iter().map(|line| escape_controls(line)).collect();
    Ok(written(
        writeln!(console.out, "{}", text.join("\n")),
        console,
    ))
}

/// The items of entries, each with the folder that its path is relative to.
fn open_items<'a>(
    entries: impl Iterator<Item = (&'a str, &'a Entry)>,
    rules: &RuleSet,
) -> Vec<String> {
    let mut by_value: BTreeMap<&str, Vec<(&str, &Entry)>> = BTreeMap::new();
    for (base, entry) in entries.filter(|(_, entry)| matches!(entry.status, Status::Real { .. })) {
        let of_value = by_value.entry(&entry.value).or_default();
        of_value.push((base, entry));
    }
    if by_value.is_empty() {
        return vec!["nothing is open: no entry of the baseline says real".to_owned()];
    }
    let mut items: Vec<Vec<(&str, &Entry)>> = by_value.into_values().collect();
    items.sort_by_key(|entries| {
        let (base, first) = entries[0];
        (base, &first.path, first.line)
    });
    let mut said = vec![format!(
        "{} to rotate",
        count(items.len() as u64, "secret", "secrets")
    )];
    for entries in items {
        let (_, first) = entries[0];
        let ticket = match &first.status {
            Status::Real { ticket } if !ticket.is_empty() => format!("  {ticket}"),
            _ => String::new(),
        };
        said.push(String::new());
        said.push(format!("{}  [{}]{ticket}", first.secret, first.rule));
        for (base, entry) in entries {
            let author = match entry.author.as_str() {
                "" => String::new(),
                author => format!(" ({author})"),
            };
            let place = match &entry.path {
                Some(path) => format!("{base}{path}"),
                None => "(no path)".to_owned(),
            };
            said.push(format!("    in   {place}: {}{author}", entry.reason));
        }
        if let Some(rule) = rules.find(&first.rule) {
            said.push(format!("    next {}", rules.rule(rule).spec.fix));
        }
    }
    said.push(String::new());
    said.push(
        "when it is done: `invoca-scan baseline add PATH:LINE --revoked YYYY-MM-DD --reason '…'`"
            .to_owned(),
    );
    said
}
