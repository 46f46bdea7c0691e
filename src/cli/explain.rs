//! `explain`: what a rule finds, why it matters, how to rotate; or what every rule made of one line, and what became of it.

use super::args::{RuleArgs, ScanArgs, TrustArgs};
use super::settings::Settings;
use super::{Console, Failure, Outcome, foreign, written};
use crate::detect::{Considered, Detector};
use crate::finding::{Finding, Masked, excerpt};
use crate::fix::Language;
use crate::progress::Progress;
use crate::report::{Style, When, pair_page, rule_page, suppressed_because};
use crate::rule::RuleId;
use crate::source::Walk;
use crate::suppress::{Judge, Ledger};
use crate::text::{LineIndex, Name, Secret, Span, escape_controls};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Tells of a rule or a line.
pub(super) fn run(
    what: &str,
    (rules, trust): (RuleArgs, TrustArgs),
    color: When,
    console: &mut Console,
) -> Outcome {
    let style = console.style(color);
    let mut args = ScanArgs::plain();
    args.rules = rules;
    args.trust = trust;
    if let Some((path, line)) = place(what) {
        let path = resolve(&path);
        args.mode.paths = vec![path.clone()];
        return line_page(&path, line, &Settings::new(args)?, style, console);
    }
    let settings = Settings::new(args)?;
    let rules = settings.rules();
    let id = rules
        .find(what)
        .ok_or_else(|| foreign::no_such_rule(rules, what))?;
    let result = rule_page(&mut console.out, &rules.rule(id).spec, style);
    Ok(written(result, console))
}

/// `src/a.py:3`, also with a column behind, as compilers write it.
pub(super) fn place(what: &str) -> Option<(PathBuf, usize)> {
    let (front, last) = what.rsplit_once(':')?;
    let last: usize = last.parse().ok()?;
    if let Some((path, line)) = front.rsplit_once(':')
        && let Ok(line) = line.parse()
    {
        return Some((path.into(), line));
    }
    Some((front.into(), last))
}

/// Reports name paths from the root of the working tree; people also type them from where they are.
pub(super) fn resolve(path: &Path) -> PathBuf {
    if path.symlink_metadata().is_ok() {
        return path.to_owned();
    }
    match Walk::root_of(Path::new(".")).map(|root| root.join(path)) {
        Some(from_root) if from_root.symlink_metadata().is_ok() => from_root,
        _ => path.to_owned(),
    }
}

struct Line<'a> {
    number: usize,
    bytes: &'a [u8],
    index: &'a LineIndex,
    span: Span,
}

fn line_page(
    path: &Path,
    number: usize,
    settings: &Settings,
    style: Style,
    console: &mut Console,
) -> Outcome {
    let bytes = std::fs::read(path).map_err(|error| {
        Failure::new(
            format!("{}: {error}", path.display()),
            "write FILE:LINE with a file that can be read, or a rule's id",
        )
    })?;
    let index = LineIndex::new(&bytes);
    if number == 0 || number > index.count() {
        let message = format!("{} has no line {number}", path.display());
        let next = format!("name a line from 1 to {}", index.count());
        return Err(Failure::new(message, next));
    }
    let line = Line {
        number,
        bytes: &bytes,
        span: index.line_span(&bytes, number),
        index: &index,
    };
    let (detector, judge) = (settings.detector(), settings.judge()?);
    let mut considered = detector.explain(&bytes, line.span);
    let name = Name::from_path(path);
    considered.retain(|item| judge.admits(item.rule, Some(&name)));
    let ledger = scan(settings, &detector, &judge)?;
    let page = Page {
        path: &name,
        line: &line,
        detector: &detector,
        considered: &considered,
        ledger: &ledger,
        style,
    };
    let result = page.write(&mut console.out);
    Ok(written(result, console))
}

/// The file, scanned as it always is: what the detector says is not yet what is reported.
fn scan(settings: &Settings, detector: &Detector, judge: &Judge) -> Result<Ledger, Failure> {
    let (identity, progress) = (settings.identity(), Progress::new());
    let scan = settings.scan(detector, judge, &identity, &progress);
    Ok(scan.run(&*settings.source()?, settings.info()))
}

struct Page<'a> {
    path: &'a Name,
    line: &'a Line<'a>,
    detector: &'a Detector,
    considered: &'a [Considered],
    ledger: &'a Ledger,
    style: Style,
}

impl Page<'_> {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let Line {
            bytes, index, span, ..
        } = *self.line;
        let masked: Vec<Span> = self.considered.iter().map(|item| item.span).collect();
        let anchor = masked.iter().find(|item| item.touches(span)).copied();
        let found = self.ledger.findings.iter();
        let encoded: Vec<Secret> = found.map(|finding| finding.secret.clone()).collect();
        let shown = excerpt(
            bytes,
            index,
            anchor.unwrap_or(Span::new(span.start, span.start)),
            &Masked::new(bytes, masked, &encoded),
        );
        writeln!(out, "{}", escape_controls(shown.trim()))?;
        if self.considered.is_empty() {
            writeln!(
                out,
                "\nno rule considered anything here: no keyword of a rule is near, and nothing has the shape of a token"
            )?;
            return Ok(());
        }
        writeln!(out)?;
        let mut refused: BTreeMap<(RuleId, &str), usize> = BTreeMap::new();
        for item in self.considered {
            let (what, why) = match item.outcome {
                Ok(confidence) => (
                    self.style.good("accepted"),
                    format!("confidence {}", confidence.word()),
                ),
                Err(reason) => {
                    // A pattern may try many beginnings; the same answer once is enough.
                    let times = refused.entry((item.rule, reason)).or_default();
                    *times += 1;
                    if *times > 1 {
                        continue;
                    }
                    (self.style.faint("refused "), reason.to_owned())
                }
            };
            let place = index.locate(bytes, item.span);
            writeln!(
                out,
                "{:>8}  {what}  {}  {}",
                format!("{}:{}", place.line, place.column),
                self.style
                    .strong(self.detector.rules().rule(item.rule).id()),
                escape_controls(&why)
            )?;
        }
        self.outcome(out)
    }

    /// What of it is reported.
    fn outcome(&self, out: &mut dyn Write) -> io::Result<()> {
        let here = |finding: &Finding| {
            (finding.location.line..=finding.location.end_line).contains(&self.line.number)
        };
        let id = |finding: &Finding| self.detector.rules().rule(finding.rule).id();
        writeln!(out)?;
        let mut any = false;
        for finding in self.ledger.findings.iter().filter(|item| here(item)) {
            any = true;
            writeln!(
                out,
                "reported: {} under {}",
                finding.level.word(),
                id(finding)
            )?;
        }
        for item in self
            .ledger
            .suppressed
            .iter()
            .filter(|item| here(&item.finding))
        {
            any = true;
            let why = escape_controls(&suppressed_because(&item.reason));
            writeln!(out, "suppressed: {} by {why}", id(&item.finding))?;
        }
        if !any {
            writeln!(out, "nothing is reported")?;
        }
        self.pairs(out)
    }

    /// Wrong and right, in the language of the file, of the lints that have something to say here.
    fn pairs(&self, out: &mut dyn Write) -> io::Result<()> {
        let language = Language::of(self.path.as_bytes(), self.line.bytes).map(Language::word);
        let accepted = self.considered.iter().filter(|item| item.outcome.is_ok());
        let rules: BTreeSet<RuleId> = accepted.map(|item| item.rule).collect();
        for id in rules {
            let pairs = &self.detector.rules().rule(id).spec.pairs;
            let fitting = pairs.iter().find(|pair| Some(&*pair.language) == language);
            if let Some(pair) = fitting.or_else(|| pairs.first()) {
                pair_page(out, pair, self.style)?;
            }
        }
        Ok(())
    }
}
