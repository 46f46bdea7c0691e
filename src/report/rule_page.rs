//! A rule, told to people: the same text that a finding shows in short.

use super::Style;
use super::wrap::wrap;
use crate::rule::{Facts, Pair, RuleSpec};
use crate::text::escape_controls;
use std::io::{self, Write};

const WIDTH: usize = 96;

/// What is said of a rule whose facts no page of the vendor holds.
pub const UNDOCUMENTED: &str = "the vendor documents no format; seen in practice";

/// Writes what the rule finds, why it matters and what to do.
///
/// # Errors
/// Those of `out`.
pub fn rule_page(out: &mut dyn Write, spec: &RuleSpec, style: Style) -> io::Result<()> {
    writeln!(
        out,
        "{}  {}",
        style.strong(&spec.id),
        escape_controls(&spec.title)
    )?;
    writeln!(
        out,
        "{}",
        style.faint(&format!(
            "severity {}, confidence {}, since {}",
            spec.severity.word(),
            spec.confidence.word(),
            spec.since
        ))
    )?;
    if !spec.aliases.is_empty() {
        writeln!(out, "formerly {}", spec.aliases.join(", "))?;
    }
    paragraph(out, style, "Why", &spec.why)?;
    paragraph(out, style, "What to do", &spec.fix)?;
    listed(out, style, "Looks like", &spec.examples)?;
    listed(out, style, "Not reported", &spec.counterexamples)?;
    listed(out, style, "Not found yet", &spec.known_misses)?;
    spec.pairs
        .iter()
        .try_for_each(|pair| pair_page(out, pair, style))?;
    listed(out, style, "References", &spec.references)?;
    if spec.facts == Facts::Observed {
        writeln!(out, "  {UNDOCUMENTED}")?;
    }
    writeln!(
        out,
        "\n{}\n  in the line:  invoca-scan:allow={} the reason\n  in a list:    invoca-scan baseline add PATH:LINE --reason '…'",
        style.strong("To let one stand"),
        spec.id
    )
}

/// Writes how it is done wrongly in a language, and how rightly.
///
/// # Errors
/// Those of `out`.
pub fn pair_page(out: &mut dyn Write, pair: &Pair, style: Style) -> io::Result<()> {
    for (word, text) in [("wrong", &pair.wrong), ("right", &pair.right)] {
        let title = format!("{word}, in {}", pair.language);
        writeln!(out, "\n{}", style.strong(&title))?;
        for line in text.trim_end().lines() {
            writeln!(out, "  {}", escape_controls(line))?;
        }
    }
    Ok(())
}

fn paragraph(out: &mut dyn Write, style: Style, title: &str, text: &str) -> io::Result<()> {
    if text.trim().is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", style.strong(title))?;
    for line in wrap(&escape_controls(text.trim()), WIDTH - 2, usize::MAX) {
        writeln!(out, "  {line}")?;
    }
    Ok(())
}

fn listed(
    out: &mut dyn Write,
    style: Style,
    title: &str,
    items: &[std::borrow::Cow<'static, str>],
) -> io::Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", style.strong(title))?;
    for item in items {
        for (at, line) in item.trim_end().lines().enumerate() {
            let mark = if at == 0 { "-" } else { " " };
            writeln!(out, "  {mark} {}", escape_controls(line))?;
        }
    }
    Ok(())
}
