//! `azure`: logging commands of Azure Pipelines, which shows them with the build.

use super::moment::{next_step, place};
use super::record::shown_secret;
use super::{Options, Reporter};
use crate::finding::Level;
use crate::rule::RuleSet;
use crate::suppress::Ledger;
use crate::text::escape_controls;
use std::io::{self, Write};

/// Writes the commands.
pub(super) struct Azure(pub(super) Options);

impl Reporter for Azure {
    fn write(&self, out: &mut dyn Write, ledger: &Ledger, rules: &RuleSet) -> io::Result<()> {
        for problem in &ledger.problems {
            let properties = [
                ("type", "error".to_owned()),
                ("sourcepath", problem.object.to_text()),
                ("code", problem.kind.to_string()),
            ];
            command(out, &properties, &problem.to_string())?;
        }
        for finding in &ledger.findings {
            // Azure knows errors and warnings only; a note is neither.
            if finding.level == Level::Note {
                continue;
            }
            let spec = &rules.rule(finding.rule).spec;
            let mut properties = vec![("type", finding.level.word().to_owned())];
            if let Some(path) = finding.origin.path() {
                properties.push(("sourcepath", path.to_text()));
                properties.push(("linenumber", finding.location.line.to_string()));
                properties.push(("columnnumber", finding.location.column.to_string()));
            }
            properties.push(("code", spec.id.to_string()));
            let text = format!(
                "{}: {}: {}. Next: {}",
                place(finding),
                spec.title,
                shown_secret(finding, self.0.show_secrets),
                next_step(finding, spec, ledger.scan.mode)
            );
            command(out, &properties, &text)?;
        }
        Ok(())
    }
}

fn command(out: &mut dyn Write, properties: &[(&str, String)], text: &str) -> io::Result<()> {
    let properties: String = properties
        .iter()
        .map(|(key, value)| {
            let value = escape(value).replace(';', "%3B").replace(']', "%5D");
            format!("{key}={value};")
        })
        .collect();
    writeln!(out, "##vso[task.logissue {properties}]{}", escape(text))
}

/// A value must not end its line: what follows would be a command of its own.
fn escape(text: &str) -> String {
    let text = text.replace('%', "%AZP25");
    let lines: Vec<String> = text.lines().map(escape_controls).collect();
    lines.join("%0A")
}
