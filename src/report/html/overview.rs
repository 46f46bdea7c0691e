//! The top of the page: problems, totals, and what is most frequent.

use super::Page;
use crate::finding::Level;
use crate::report::escape::xml;
use crate::report::wrap::{bytes, duration};
use crate::text::escape_controls;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Bars in a chart.
const BARS: usize = 8;

impl Page<'_> {
    pub(super) fn problems(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.ledger.problems.is_empty() && !self.ledger.scan.interrupted {
            return Ok(());
        }
        writeln!(
            out,
            "<section aria-labelledby=\"problems\">\n<h2 id=\"problems\">Not everything was read</h2>"
        )?;
        if self.ledger.scan.interrupted {
            writeln!(
                out,
                "<div class=\"problem\"><p>The scan was interrupted before its end.</p></div>"
            )?;
        }
        for problem in &self.ledger.problems {
            let next = match problem.next.as_str() {
                "" => String::new(),
                next => format!("<p>Next: {}</p>", xml(&escape_controls(next))),
            };
            writeln!(
                out,
                "<div class=\"problem\"><p><code>{}</code>: {}; {}</p>{next}</div>",
                xml(&problem.object.to_string()),
                xml(&escape_controls(&problem.cause)),
                xml(&problem.consequence),
            )?;
        }
        writeln!(out, "</section>")
    }

    pub(super) fn totals(&self, out: &mut dyn Write) -> io::Result<()> {
        let ledger = self.ledger;
        let numbers = [
            ("error", ledger.count(Level::Error).to_string(), "errors"),
            (
                "warning",
                ledger.count(Level::Warning).to_string(),
                "warnings",
            ),
            ("", ledger.suppressed.len().to_string(), "suppressed"),
            ("", ledger.left_out.len().to_string(), "left out"),
            ("", ledger.problems.len().to_string(), "problems"),
            ("", ledger.counts.files.to_string(), "files"),
            ("", bytes(ledger.counts.bytes), "read"),
            ("", duration(ledger.scan.elapsed), "taken"),
        ];
        writeln!(
            out,
            "<section aria-labelledby=\"totals\">\n<h2 id=\"totals\" class=\"unseen\">Totals</h2>\n<ul class=\"totals\">"
        )?;
        for (class, number, name) in numbers {
            writeln!(
                out,
                "<li class=\"{class}\"><b>{number}</b> <span>{name}</span></li>"
            )?;
        }
        writeln!(out, "</ul>\n</section>")
    }

    pub(super) fn charts(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.ledger.findings.is_empty() {
            return Ok(());
        }
        let by = |key: &dyn Fn(&crate::finding::Finding) -> String| {
            frequent(self.ledger.findings.iter().map(key))
        };
        writeln!(out, "<div class=\"charts\">")?;
        let title = |finding: &crate::finding::Finding| {
            self.rules.rule(finding.rule).spec.title.to_string()
        };
        chart(out, "By rule", &by(&title))?;
        chart(out, "By folder", &by(&folder))?;
        chart(
            out,
            "By severity",
            &by(&|finding| finding.severity.word().to_owned()),
        )?;
        for (title, counts) in [("By author", self.by_author()), ("By age", self.by_age())] {
            if !counts.is_empty() {
                chart(out, title, &counts)?;
            }
        }
        writeln!(out, "</div>")
    }
}

/// How often each name comes, the most frequent first.
pub(super) fn frequent(names: impl Iterator<Item = String>) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    // Stable: among equals the order of names stays.
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

/// The first two folders of a finding's path, or what stands for a path.
fn folder(finding: &crate::finding::Finding) -> String {
    let Some(path) = finding.origin.path() else {
        return format!("({})", finding.origin.kind());
    };
    let path = path.to_text();
    let parts: Vec<&str> = path.split('/').collect();
    match parts.len() {
        0 | 1 => "(top level)".to_owned(),
        2 => format!("{}/", parts[0]),
        _ => format!("{}/{}/", parts[0], parts[1]),
    }
}

fn chart(out: &mut dyn Write, title: &str, counts: &[(String, usize)]) -> io::Result<()> {
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(1);
    writeln!(
        out,
        "<div class=\"card\"><h3>{title}</h3>\n<table class=\"bars\"><tbody>"
    )?;
    let row = |out: &mut dyn Write, name: &str, count: usize| {
        let name = xml(&escape_controls(name));
        writeln!(
            out,
            "<tr><th scope=\"row\" title=\"{name}\">{name}</th><td><svg class=\"bar\" aria-hidden=\"true\"><rect width=\"{}%\" height=\"100%\" rx=\"3\"/></svg></td><td class=\"number\">{count}</td></tr>",
            count.min(most) * 100 / most
        )
    };
    for (name, count) in counts.iter().take(BARS) {
        row(out, name, *count)?;
    }
    let rest: usize = counts.iter().skip(BARS).map(|(_, count)| count).sum();
    if rest > 0 {
        row(out, &format!("{} others", counts.len() - BARS), rest)?;
    }
    writeln!(out, "</tbody></table></div>")
}
