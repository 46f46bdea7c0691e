//! `html`: one file for people who were not there: totals, where and what, every finding, what to do about each kind. It needs no network,
//! and no script for anything but filtering.

mod findings;
mod overview;
mod timeline;

use super::escape::xml;
use super::human::summary;
use super::moment::headline;
use super::time::rfc3339;
use super::{Options, Reporter};
use crate::rule::RuleSet;
use crate::suppress::Ledger;
use std::io::{self, Write};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// Writes the page.
pub(super) struct Html(pub(super) Options);

impl Reporter for Html {
    fn write(&self, out: &mut dyn Write, ledger: &Ledger, rules: &RuleSet) -> io::Result<()> {
        let page = Page {
            options: &self.0,
            ledger,
            rules,
        };
        page.write(out)
    }
}

/// What the parts of the page share.
struct Page<'a> {
    options: &'a Options,
    ledger: &'a Ledger,
    rules: &'a RuleSet,
}

impl Page<'_> {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        self.head(out)?;
        writeln!(out, "<main id=\"main\">")?;
        self.problems(out)?;
        self.totals(out)?;
        self.charts(out)?;
        self.timeline(out)?;
        self.findings(out)?;
        self.advice(out)?;
        self.suppressed(out)?;
        self.left_out(out)?;
        writeln!(out, "</main>")?;
        self.foot(out)
    }

    fn head(&self, out: &mut dyn Write) -> io::Result<()> {
        let scan = &self.ledger.scan;
        let name = match scan.repository.as_deref() {
            Some(name) => format!("{} scan of {name}", scan.mode),
            None => format!("{} scan", scan.mode),
        };
        // Nothing but what stands in this file is ever loaded or run, whatever a hostile name tries.
        writeln!(
            out,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n\
             <title>invoca-scan: {}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>",
            xml(&name)
        )?;
        let (class, word) = match (self.ledger.complete(), self.options.failed) {
            (false, _) => ("partial", "incomplete"),
            (true, true) => ("failed", "failed"),
            (true, false) => ("passed", "passed"),
        };
        let head = scan.head.as_deref().map_or(String::new(), |head| {
            let short: String = head.chars().take(9).collect();
            format!(", at <code>{}</code>", xml(&short))
        });
        writeln!(
            out,
            "<a class=\"skip\" href=\"#findings\">Skip to the findings</a>\n<header>\n<p class=\"brand\">invoca-scan {}</p>\n\
             <h1>{}</h1>\n<p class=\"facts\"><span class=\"pill {class}\">{word}</span> {}{head}, <time datetime=\"{}\">{}</time></p>\n</header>",
            env!("CARGO_PKG_VERSION"),
            xml(&headline(self.ledger, self.rules, false)),
            xml(&name),
            rfc3339(scan.started),
            rfc3339(scan.started).replace('T', " ").replace('Z', " UTC"),
        )
    }

    fn foot(&self, out: &mut dyn Write) -> io::Result<()> {
        let scan = &self.ledger.scan;
        let redacted = match self.options.show_secrets {
            true => "Secrets are shown: keep this file to yourself.",
            false => "Secrets are redacted.",
        };
        writeln!(
            out,
            "<footer>\n<p>{}. {redacted} Rules <code>{}</code>.</p>\n</footer>\n<script>\n{SCRIPT}</script>\n</body>\n</html>",
            xml(&summary(self.ledger, true)),
            xml(&scan.rules_digest),
        )
    }
}
