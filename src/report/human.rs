//! `human`: read by an engineer in a hurry. The first line says what happened and where; then at most eight lines a finding, or a table
//! where there are many; the last line counts everything.

use super::join_stories::Told;
use super::moment::{headline, next_step, place};
use super::record::shown_secret;
use super::story::Stories;
use super::wrap::{bytes, count, cut, cut_around, duration, length, quoted, wrap};
use super::{Options, Reporter};
use crate::blob::Origin;
use crate::finding::{Finding, Level};
use crate::problem::Problem;
use crate::rule::{RuleSet, RuleSpec, is_newer};
use crate::suppress::{Ledger, Reason, Remark, Suppressed};
use crate::text::escape_controls;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

/// From more findings than this on, a table shows them.
const IN_FULL: usize = 10;
/// Columns of the words before the lines of a finding.
const INDENT: usize = 9;
/// A redacted secret ends with this.
const MASK: &str = "********";

/// Writes the message.
pub(super) struct Human(pub(super) Options);

impl Reporter for Human {
    fn write(&self, out: &mut dyn Write, ledger: &Ledger, rules: &RuleSet) -> io::Result<()> {
        let page = Page {
            options: &self.0,
            ledger,
            rules,
        };
        page.write(out)
    }
}

/// What standard error says where the report itself went elsewhere: the first line, and every problem.
pub fn notice(ledger: &Ledger, rules: &RuleSet, options: &Options) -> String {
    let page = Page {
        options,
        ledger,
        rules,
    };
    let mut out = page.headline().into_bytes();
    for problem in &ledger.problems {
        out.push(b'\n');
        // A vector takes everything.
        let _ = page.problem(&mut out, problem);
    }
    String::from_utf8_lossy(out.trim_ascii_end()).into_owned()
}

struct Page<'a> {
    options: &'a Options,
    ledger: &'a Ledger,
    rules: &'a RuleSet,
}

impl Page<'_> {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let ledger = self.ledger;
        let shown: Vec<&Finding> = [Level::Error, Level::Warning]
            .into_iter()
            .chain(self.options.verbose.then_some(Level::Note))
            .flat_map(|level| {
                ledger
                    .findings
                    .iter()
                    .filter(move |item| item.level == level)
            })
            .collect();
        let silent = self.options.quiet && shown.is_empty() && !self.options.failed;
        if !silent {
            writeln!(out, "{}", self.headline())?;
        }
        if !ledger.stories.is_empty() {
            Stories::new(self.options, ledger, self.rules).write(out)?;
        }
        // Of joined reports, some are no histories.
        let prints = Told::prints(&ledger.stories);
        let mut alone = shown.clone();
        alone.retain(|item| match &item.reported {
            Some(of) => !prints.contains(&(of.repository.as_str(), item.fingerprint)),
            None => ledger.stories.is_empty(),
        });
        if alone.len() > IN_FULL {
            self.table(out, &alone)?;
        } else {
            alone.iter().try_for_each(|item| self.block(out, item))?;
        }
        self.shared(out, &shown)?;
        if self.options.show_suppressed && !ledger.suppressed.is_empty() {
            self.suppressed(out)?;
        }
        if self.options.list_left_out && !ledger.left_out.is_empty() {
            self.left_out(out)?;
        }
        self.newer(out)?;
        self.remarks(out, "suppressions of no use", &ledger.stale)?;
        self.remarks(out, "new suppressions", &ledger.new_suppressions)?;
        if !ledger.problems.is_empty() {
            writeln!(out)?;
            ledger
                .problems
                .iter()
                .try_for_each(|problem| self.problem(out, problem))?;
        }
        if self.options.quiet {
            return Ok(());
        }
        if !shown.is_empty() || !ledger.problems.is_empty() {
            writeln!(out)?;
        }
        writeln!(
            out,
            "{}",
            self.options
                .style
                .faint(&summary(self.ledger, self.options.verbose))
        )
    }

    /// What rules found that the project has not adopted yet, and how to.
    fn newer(&self, out: &mut dyn Write) -> io::Result<()> {
        let specs = self
            .ledger
            .findings
            .iter()
            .map(|finding| &self.rules.rule(finding.rule).spec);
        let new: Vec<&str> = specs.filter_map(|spec| new_in(self.ledger, spec)).collect();
        let Some(newest) = new
            .iter()
            .copied()
            .reduce(|one, other| if is_newer(other, one) { other } else { one })
        else {
            return Ok(());
        };
        let findings = count(new.len() as u64, "finding of a rule", "findings of rules");
        let known = self.ledger.scan.rules_as_of.as_deref().unwrap_or_default();
        let text = format!(
            "{findings} newer than {known}, therefore warnings: accept with `invoca-scan baseline add`, then adopt with `rules-as-of = \"{newest}\"` in the configuration"
        );
        writeln!(out, "\n{}", escape_controls(&text))
    }

    fn headline(&self) -> String {
        let style = self.options.style;
        let line = headline(self.ledger, self.rules, self.options.failed);
        if self.options.failed {
            style.error(&line)
        } else if self.ledger.findings.is_empty() {
            style.good(&line)
        } else {
            style.warning(&line)
        }
    }

    fn level(&self, level: Level) -> String {
        let style = self.options.style;
        match level {
            Level::Error => style.error(level.word()),
            Level::Warning => style.warning(level.word()),
            Level::Note => style.strong(level.word()),
        }
    }

    /// One finding: at most eight lines.
    fn block(&self, out: &mut dyn Write, finding: &Finding) -> io::Result<()> {
        let style = self.options.style;
        let spec = &self.rules.rule(finding.rule).spec;
        let title = escape_controls(&spec.title);
        let encoded = finding
            .encoding
            .as_ref()
            .map_or(String::new(), |layers| format!(", encoded as {layers}"));
        let new = new_in(self.ledger, spec)
            .map_or(String::new(), |version| format!(", new in {version}"));
        writeln!(
            out,
            "\n{}  {}{new}  {}{}",
            self.linked(finding, &style.place(&place(finding))),
            self.level(finding.level),
            style.strong(&format!("{title}{encoded}")),
            style.faint(&format!("  [{}]", self.named(spec))),
        )?;
        let width = self.options.width.saturating_sub(INDENT).max(30);
        let excerpt = cut_around(&escape_controls(&finding.excerpt), MASK, width);
        if !excerpt.is_empty() {
            writeln!(out, "{:>8} {excerpt}", style.faint("       |"))?;
        }
        if self.options.show_secrets && !finding.secret.is_empty() {
            let secret = escape_controls(&shown_secret(finding, true));
            self.labelled(out, "secret", &[secret])?;
        }
        let way_out = self.way_out(finding, width);
        self.labelled(out, "why", &wrap(&escape_controls(&spec.why), width, 2))?;
        let next = next_step(finding, spec, self.ledger.scan.mode);
        // Eight lines in all.
        let room = 4 - way_out.len();
        self.labelled(out, "next", &wrap(&escape_controls(&next), width, room))?;
        if self.options.verbose {
            self.details(out, finding)?;
        }
        let label = if finding.origin.path().is_some() {
            "allow"
        } else {
            "id"
        };
        self.labelled(out, label, &way_out)
    }

    /// The place of a finding, as a link where there is a file to open.
    fn linked(&self, finding: &Finding, text: &str) -> String {
        let file = match &finding.origin {
            Origin::File { path } | Origin::Staged { path, .. } => {
                std::str::from_utf8(path.as_bytes()).ok()
            }
            _ => None,
        };
        match (&self.ledger.scan.root, file) {
            (Some(root), Some(file)) => {
                let path = root.join(file);
                self.options.style.line(text, &path, finding.location.line)
            }
            _ => text.to_owned(),
        }
    }

    /// The id of a rule, as a link to the page its facts come from.
    fn named(&self, spec: &RuleSpec) -> String {
        match spec.references.first() {
            Some(address) => self.options.style.page(&spec.id, address),
            None => spec.id.to_string(),
        }
    }

    /// How to let it stand, in one line if it fits.
    fn way_out(&self, finding: &Finding, width: usize) -> Vec<String> {
        let fingerprint = format!("fingerprint {}", finding.fingerprint);
        let Some(path) = finding.origin.path() else {
            return vec![fingerprint];
        };
        // A name that looks like a flag needs its folder.
        let dot = if path.as_bytes().starts_with(b"-") {
            "./"
        } else {
            ""
        };
        let place = quoted(&format!("{dot}{path}:{}", finding.location.line));
        let command = format!("invoca-scan baseline add {place} --reason '…'");
        let comment = format!("# {}", finding.fingerprint);
        if length(&command) + 2 + length(&comment) <= width {
            return vec![format!("{command}  {}", self.options.style.faint(&comment))];
        }
        vec![command, self.options.style.faint(&fingerprint)]
    }

    fn labelled(&self, out: &mut dyn Write, label: &str, lines: &[String]) -> io::Result<()> {
        for (at, line) in lines.iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            writeln!(
                out,
                "{} {line}",
                self.options.style.faint(&format!("{label:>8}"))
            )?;
        }
        Ok(())
    }

    fn details(&self, out: &mut dyn Write, finding: &Finding) -> io::Result<()> {
        let spec = &self.rules.rule(finding.rule).spec;
        let sure = format!(
            "severity {}, confidence {}",
            finding.severity.word(),
            finding.confidence.word()
        );
        self.labelled(out, "how sure", &[sure])?;
        let others: Vec<&str> = finding
            .notes
            .iter()
            .map(|note| self.rules.rule(note.rule).id())
            .collect();
        if !others.is_empty() {
            self.labelled(out, "also", &[others.join(", ")])?;
        }
        for reference in spec.references.iter() {
            self.labelled(out, "see", &[escape_controls(reference)])?;
        }
        Ok(())
    }

    /// Many findings: one line each, then what to do once for each rule.
    fn table(&self, out: &mut dyn Write, shown: &[&Finding]) -> io::Result<()> {
        let style = self.options.style;
        writeln!(out)?;
        let places: Vec<String> = shown.iter().map(|item| place(item)).collect();
        let place_width = places
            .iter()
            .map(|text| length(text))
            .max()
            .unwrap_or(0)
            .min(50);
        let id = |item: &Finding| self.rules.rule(item.rule).id();
        let id_width = shown.iter().map(|item| id(item).len()).max().unwrap_or(0);
        for (finding, place) in shown.iter().zip(&places) {
            let used = length(place).max(place_width) + id_width.max(id(finding).len()) + 13;
            let width = self.options.width.saturating_sub(used).max(20);
            let excerpt = cut_around(&escape_controls(&finding.excerpt), MASK, width);
            let word = finding.level.word();
            writeln!(
                out,
                "{}{}  {}{}  {:id_width$}  {excerpt}",
                self.linked(finding, &style.place(place)),
                " ".repeat(place_width.saturating_sub(length(place))),
                self.level(finding.level),
                " ".repeat(7 - word.len()),
                id(finding),
            )?;
        }
        self.advice(out, shown)
    }

    fn advice(&self, out: &mut dyn Write, shown: &[&Finding]) -> io::Result<()> {
        let mut of_rule: BTreeMap<&str, (u64, &Finding)> = BTreeMap::new();
        for finding in shown {
            let spec = &self.rules.rule(finding.rule).spec;
            of_rule.entry(&spec.id).or_insert((0, finding)).0 += 1;
        }
        let style = self.options.style;
        let width = self.options.width.saturating_sub(INDENT).max(30);
        for (number, finding) in of_rule.into_values() {
            let spec = &self.rules.rule(finding.rule).spec;
            let title = escape_controls(&spec.title);
            writeln!(
                out,
                "\n{}{}",
                style.strong(&format!("{title}: {}", count(number, "place", "places"))),
                style.faint(&format!("  [{}]", self.named(spec))),
            )?;
            self.labelled(out, "why", &wrap(&escape_controls(&spec.why), width, 2))?;
            let next = next_step(finding, spec, self.ledger.scan.mode);
            self.labelled(out, "next", &wrap(&escape_controls(&next), width, 2))?;
        }
        let command = "invoca-scan baseline add PATH:LINE --reason '…'".to_owned();
        writeln!(out)?;
        self.labelled(out, "allow", &[command])
    }

    /// Values that stand in several repositories: one rotation, several places.
    fn shared(&self, out: &mut dyn Write, shown: &[&Finding]) -> io::Result<()> {
        let mut by_id: BTreeMap<_, Vec<&Finding>> = BTreeMap::new();
        for finding in shown {
            if let (Some(id), Some(_)) = (finding.secret_id, &finding.reported) {
                by_id.entry(id).or_default().push(finding);
            }
        }
        by_id.retain(|_, list| {
            let reported = list.iter().filter_map(|item| item.reported.as_ref());
            let names: BTreeSet<&str> = reported.map(|of| of.repository.as_str()).collect();
            names.len() > 1
        });
        if by_id.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "\n{}",
            self.options
                .style
                .strong("the same secret in several repositories")
        )?;
        for list in by_id.into_values() {
            let rule = &self.rules.rule(list[0].rule).spec;
            writeln!(
                out,
                "  {}, {}: one rotation, {}",
                escape_controls(&rule.title),
                escape_controls(&shown_secret(list[0], false)),
                count(list.len() as u64, "place", "places"),
            )?;
            for finding in list {
                writeln!(out, "    {}", self.options.style.place(&place(finding)))?;
            }
        }
        Ok(())
    }

    fn suppressed(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "\n{}", self.options.style.strong("suppressed"))?;
        for Suppressed { finding, reason } in &self.ledger.suppressed {
            writeln!(
                out,
                "  {}  {}  {}",
                self.options.style.place(&place(finding)),
                self.rules.rule(finding.rule).id(),
                escape_controls(&suppressed_because(reason)),
            )?;
        }
        Ok(())
    }

    fn remarks(&self, out: &mut dyn Write, title: &str, remarks: &[Remark]) -> io::Result<()> {
        if remarks.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{}", self.options.style.strong(title))?;
        for remark in remarks {
            let (place, what) = (
                escape_controls(&remark.place),
                escape_controls(&remark.what),
            );
            writeln!(out, "  {place}  {what}")?;
        }
        Ok(())
    }

    fn left_out(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "\n{}", self.options.style.strong("left out"))?;
        for item in &self.ledger.left_out {
            writeln!(
                out,
                "  {}  {}",
                self.options.style.place(&item.object.to_string()),
                item.why.code()
            )?;
        }
        Ok(())
    }

    fn problem(&self, out: &mut dyn Write, problem: &Problem) -> io::Result<()> {
        let style = self.options.style;
        writeln!(
            out,
            "{} {}: {}; {}",
            style.error("problem:"),
            style.place(&problem.object.to_string()),
            escape_controls(&problem.cause),
            problem.consequence
        )?;
        if problem.next.is_empty() {
            return Ok(());
        }
        self.labelled(out, "next", &[escape_controls(&problem.next)])
    }
}

/// Everything counted, in one line.
pub(super) fn summary(ledger: &Ledger, notes_are_shown: bool) -> String {
    let left_out: Vec<String> = ledger
        .left_out_by_why()
        .into_iter()
        .map(|(why, number)| format!("{number} {}", why.code()))
        .collect();
    let mut parts = vec![
        count(ledger.count(Level::Error) as u64, "error", "errors"),
        count(ledger.count(Level::Warning) as u64, "warning", "warnings"),
    ];
    match ledger.count(Level::Note) as u64 {
        0 => {}
        notes if notes_are_shown => parts.push(count(notes, "note", "notes")),
        notes => parts.push(format!("{} (-v shows them)", count(notes, "note", "notes"))),
    }
    parts.push(format!("{} suppressed", ledger.suppressed.len()));
    parts.push(match left_out.is_empty() {
        true => "0 left out".to_owned(),
        false => format!(
            "{} left out ({})",
            ledger.left_out.len(),
            left_out.join(", ")
        ),
    });
    parts.push(count(ledger.problems.len() as u64, "problem", "problems"));
    if !ledger.accepted.is_empty() {
        parts.push(format!("{} accepted", ledger.accepted.len()));
    }
    let joined = &ledger.scan.joined;
    let scans = match joined.iter().filter(|scan| !scan.complete).count() {
        _ if joined.is_empty() => String::new(),
        0 => format!("{}, ", count(joined.len() as u64, "scan", "scans")),
        cut => format!(
            "{} ({cut} incomplete), ",
            count(joined.len() as u64, "scan", "scans")
        ),
    };
    format!(
        "{scans}{}, {} in {}: {}",
        count(ledger.counts.files, "file", "files"),
        bytes(ledger.counts.bytes),
        duration(ledger.scan.elapsed),
        parts.join(", ")
    )
}

/// The version that brought a rule, where the project has not adopted that yet.
pub(super) fn new_in<'a>(ledger: &Ledger, spec: &'a RuleSpec) -> Option<&'a str> {
    let known = ledger.scan.rules_as_of.as_deref()?;
    is_newer(&spec.since, known).then_some(&*spec.since)
}

/// Why a finding does not count, in words.
pub fn suppressed_because(reason: &Reason) -> String {
    let with = |what: String, text: &str| match text {
        "" => what,
        text => format!("{what}: {}", cut(text, 120)),
    };
    match reason {
        Reason::Inline { line, marker, text } => with(format!("{marker} in line {line}"), text),
        Reason::Path { class } => format!("path: {class}"),
        Reason::Allowlist { entry, text } => with(format!("allowlist {entry}"), text),
        Reason::Baseline { file, text } => with(format!("baseline {file}"), text),
    }
}
