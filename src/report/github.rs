//! `github`: workflow commands that GitHub Actions turns into annotations on the changed lines. GitHub shows ten of a kind for each step,
//! so the ten worst are written, and one notice says how many there are besides.

use super::moment::{next_step, place};
use super::{Options, Reporter};
use crate::finding::{Finding, Level};
use crate::rule::RuleSet;
use crate::suppress::Ledger;
use crate::text::{Name, escape_controls};
use std::io::{self, Write};

/// Annotations of one kind that GitHub shows for a step.
const SHOWN: usize = 10;

/// Writes the commands.
pub(super) struct Github(pub(super) Options);

impl Reporter for Github {
    fn write(&self, out: &mut dyn Write, ledger: &Ledger, rules: &RuleSet) -> io::Result<()> {
        // Problems come first: a gap matters more than the eleventh finding.
        for problem in ledger.problems.iter().take(SHOWN) {
            command(
                out,
                "error",
                &[
                    ("file", problem.object.to_text()),
                    ("title", format!("invoca-scan: {}", problem.consequence)),
                ],
                &problem.to_string(),
            )?;
        }
        let room = SHOWN - ledger.problems.len().min(SHOWN);
        let errors = self.annotate(out, ledger, rules, Level::Error, room)?;
        let warnings = self.annotate(out, ledger, rules, Level::Warning, SHOWN)?;
        let more = errors + warnings + ledger.problems.len().saturating_sub(SHOWN);
        if more > 0 {
            command(
                out,
                "notice",
                &[("title", "invoca-scan".to_owned())],
                &format!(
                    "{more} more are not shown here: GitHub shows {SHOWN} annotations of a kind; the log and the other reports have all"
                ),
            )?;
        }
        Ok(())
    }
}

impl Github {
    /// Writes at most `room` findings of `level`, the worst first; returns how many are left.
    fn annotate(
        &self,
        out: &mut dyn Write,
        ledger: &Ledger,
        rules: &RuleSet,
        level: Level,
        room: usize,
    ) -> io::Result<usize> {
        let mut worst: Vec<&Finding> = ledger
            .findings
            .iter()
            .filter(|item| item.level == level)
            .collect();
        // Stable: among equals the order by place stays.
        worst.sort_by_key(|item| std::cmp::Reverse((item.severity, item.confidence)));
        for finding in worst.iter().take(room) {
            let spec = &rules.rule(finding.rule).spec;
            let at = finding.location;
            let mut properties = Vec::new();
            if let Some(path) = finding.origin.path() {
                properties.push(("file", path.to_text()));
                properties.push(("line", at.line.to_string()));
                properties.push(("endLine", at.end_line.to_string()));
                // Columns count only where the finding is on one line.
                if at.line == at.end_line {
                    properties.push(("col", at.column.to_string()));
                    properties.push(("endColumn", at.end_column.to_string()));
                }
            }
            properties.push(("title", format!("{} [{}]", spec.title, spec.id)));
            let secret = super::record::shown_secret(finding, self.0.show_secrets);
            let text = format!(
                "{}: {secret}\n{}\nNext: {}",
                place(finding),
                spec.why,
                next_step(finding, spec, ledger.scan.mode)
            );
            command(out, level.word(), &properties, &text)?;
        }
        Ok(worst.len().saturating_sub(room))
    }
}

fn command(
    out: &mut dyn Write,
    name: &str,
    properties: &[(&str, String)],
    text: &str,
) -> io::Result<()> {
    let properties: Vec<String> = properties
        .iter()
        .map(|(key, value)| format!("{key}={}", escape_property(value)))
        .collect();
    writeln!(
        out,
        "::{name} {}::{}",
        properties.join(","),
        escape_data(text)
    )
}

/// A value must not end its line: what follows would be a command of its own.
fn escape_data(text: &str) -> String {
    text.lines()
        .map(escape_controls)
        .collect::<Vec<_>>()
        .join("\n")
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn escape_property(text: &str) -> String {
    escape_data(&Name::from(text).to_string())
        .replace(':', "%3A")
        .replace(',', "%2C")
}
