//! The middle and the end of the page: every finding, what to do about each kind, what does not count, what was left out.

use super::Page;
use crate::finding::{Finding, Level};
use crate::report::escape::xml;
use crate::report::human::suppressed_because;
use crate::report::moment::{next_step, place};
use crate::report::record::{commit_of, shown_secret};
use crate::report::wrap::count;
use crate::text::escape_controls;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Text of a scanned tree: nothing in it steers the page or the reader's eye.
fn shown(text: &str) -> String {
    xml(&escape_controls(text))
}

impl Page<'_> {
    pub(super) fn findings(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "<section aria-labelledby=\"findings\">\n<h2 id=\"findings\">Findings</h2>"
        )?;
        if self.ledger.findings.is_empty() {
            return writeln!(out, "<p>None.</p>\n</section>");
        }
        self.controls(out)?;
        for level in [Level::Error, Level::Warning, Level::Note] {
            for finding in self
                .ledger
                .findings
                .iter()
                .filter(|item| item.level == level)
            {
                self.finding(out, finding)?;
            }
        }
        writeln!(out, "</section>")
    }

    /// Shown by the script, which gives them their meaning.
    fn controls(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut rules: BTreeMap<&str, &str> = BTreeMap::new();
        for finding in &self.ledger.findings {
            let spec = &self.rules.rule(finding.rule).spec;
            rules.insert(&spec.title, &spec.id);
        }
        writeln!(
            out,
            "<div id=\"controls\" class=\"controls\" hidden role=\"search\">\n\
             <label>Search<input type=\"search\" placeholder=\"path, rule, text\"></label>\n<label>Rule<select><option value=\"\">all</option>"
        )?;
        for (title, id) in rules {
            writeln!(
                out,
                "<option value=\"{}\">{}</option>",
                xml(id),
                shown(title)
            )?;
        }
        writeln!(out, "</select></label>\n<fieldset><legend>Levels</legend>")?;
        for level in [Level::Error, Level::Warning, Level::Note] {
            let number = self.ledger.count(level);
            if number > 0 {
                let word = level.word();
                writeln!(
                    out,
                    "<label class=\"check\"><input type=\"checkbox\" value=\"{word}\" checked> {word}s ({number})</label>"
                )?;
            }
        }
        writeln!(
            out,
            "</fieldset>\n<p id=\"shown\" class=\"facts\" role=\"status\"></p>\n</div>"
        )
    }

    fn finding(&self, out: &mut dyn Write, finding: &Finding) -> io::Result<()> {
        let spec = &self.rules.rule(finding.rule).spec;
        let (level, id) = (finding.level.word(), xml(&spec.id));
        writeln!(
            out,
            "<details class=\"finding {level}\" data-level=\"{level}\" data-rule=\"{id}\">\n\
             <summary><span class=\"level {level}\">{level}</span> <span>{}</span> <span class=\"place\">{}</span></summary>\n\
             <div class=\"body\">",
            shown(&spec.title),
            shown(&place(finding)),
        )?;
        let excerpt = finding.excerpt.trim();
        if !excerpt.is_empty() {
            writeln!(out, "<pre>{}</pre>", shown(excerpt))?;
        }
        let mut facts = vec![("rule", format!("<a href=\"#rule-{id}\">{id}</a>"))];
        if !finding.secret.is_empty() {
            let secret = shown_secret(finding, self.options.show_secrets);
            facts.push(("secret", format!("<code>{}</code>", shown(&secret))));
        }
        if let Some(layers) = &finding.encoding {
            facts.push(("encoded as", shown(layers)));
        }
        facts.push((
            "severity",
            format!(
                "{}, confidence {}",
                finding.severity.word(),
                finding.confidence.word()
            ),
        ));
        if let Some(commit) = commit_of(finding) {
            facts.push(("commit", format!("<code>{}</code>", xml(&commit))));
        }
        facts.push((
            "fingerprint",
            format!("<code>{}</code>", finding.fingerprint),
        ));
        writeln!(out, "<dl>")?;
        for (name, value) in facts {
            writeln!(out, "<dt>{name}</dt><dd>{value}</dd>")?;
        }
        writeln!(out, "</dl>\n</div>\n</details>")
    }

    /// Once for each rule: why it matters and what to do.
    pub(super) fn advice(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut of_rule: BTreeMap<&str, (u64, &Finding)> = BTreeMap::new();
        for finding in &self.ledger.findings {
            of_rule
                .entry(self.rules.rule(finding.rule).id())
                .or_insert((0, finding))
                .0 += 1;
        }
        if of_rule.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "<section aria-labelledby=\"advice\">\n<h2 id=\"advice\">What to do</h2>"
        )?;
        for (id, (number, finding)) in of_rule {
            let spec = &self.rules.rule(finding.rule).spec;
            let next = next_step(finding, spec, self.ledger.scan.mode);
            writeln!(
                out,
                "<div class=\"card rule\" id=\"rule-{}\">\n<h3>{}</h3>\n<p class=\"facts\">{}, <code>{}</code></p>\n\
                 <p><b>Why.</b> {}</p>\n<p><b>Next.</b> {}</p>",
                xml(id),
                shown(&spec.title),
                count(number, "finding", "findings"),
                xml(id),
                shown(&spec.why),
                shown(&next),
            )?;
            for address in spec.references.iter() {
                // Other schemes than these could run something.
                if address.starts_with("https://") || address.starts_with("http://") {
                    let address = xml(address);
                    writeln!(
                        out,
                        "<p><a href=\"{address}\" rel=\"noreferrer noopener\">{address}</a></p>"
                    )?;
                }
            }
            writeln!(out, "</div>")?;
        }
        writeln!(out, "</section>")
    }

    pub(super) fn suppressed(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.ledger.suppressed.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "<section aria-labelledby=\"suppressed\">\n<h2 id=\"suppressed\">Suppressed</h2>\n<details>\n<summary>{}</summary>\n\
             <div class=\"scroll\"><table class=\"list\"><thead><tr><th scope=\"col\">place</th><th scope=\"col\">rule</th><th scope=\"col\">why it does not count</th></tr></thead>\n<tbody>",
            count(
                self.ledger.suppressed.len() as u64,
                "finding does not count",
                "findings do not count"
            ),
        )?;
        for item in &self.ledger.suppressed {
            writeln!(
                out,
                "<tr><td class=\"place\">{}</td><td>{}</td><td>{}</td></tr>",
                shown(&place(&item.finding)),
                xml(self.rules.rule(item.finding.rule).id()),
                shown(&suppressed_because(&item.reason)),
            )?;
        }
        writeln!(out, "</tbody></table></div>\n</details>\n</section>")
    }

    pub(super) fn left_out(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.ledger.left_out.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "<section aria-labelledby=\"left-out\">\n<h2 id=\"left-out\">Left out</h2>\n\
             <table class=\"list\"><thead><tr><th scope=\"col\">why</th><th scope=\"col\">inputs</th></tr></thead>\n<tbody>"
        )?;
        for (why, number) in self.ledger.left_out_by_why() {
            writeln!(out, "<tr><td>{}</td><td>{number}</td></tr>", why.code())?;
        }
        writeln!(out, "</tbody></table>")?;
        if self.options.list_left_out {
            writeln!(out, "<details>\n<summary>All of them</summary>\n<ul>")?;
            for item in &self.ledger.left_out {
                writeln!(
                    out,
                    "<li><span class=\"place\">{}</span> {}</li>",
                    xml(&item.object.to_string()),
                    item.why.code()
                )?;
            }
            writeln!(out, "</ul>\n</details>")?;
        }
        writeln!(out, "</section>")
    }
}
