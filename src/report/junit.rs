//! `junit`: JUnit XML, one test case for each file with something to say: errors fail it, a problem is an error, a suppressed finding is
//! skipped. Warnings and notes are its output.

use super::escape::xml;
use super::moment::{next_step, place};
use super::record::shown_secret;
use super::time::rfc3339;
use super::{Options, Reporter};
use crate::finding::{Finding, Level};
use crate::problem::Problem;
use crate::rule::RuleSet;
use crate::suppress::{Ledger, Suppressed};
use crate::text::escape_controls;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Writes the document.
pub(super) struct Junit(pub(super) Options);

#[derive(Default)]
struct Case<'a> {
    findings: Vec<&'a Finding>,
    problems: Vec<&'a Problem>,
    suppressed: Vec<&'a Suppressed>,
}

impl Case<'_> {
    fn fails(&self) -> bool {
        self.findings.iter().any(|item| item.level == Level::Error)
    }

    fn skipped(&self) -> bool {
        self.findings.is_empty() && self.problems.is_empty()
    }
}

impl Reporter for Junit {
    fn write(&self, out: &mut dyn Write, ledger: &Ledger, rules: &RuleSet) -> io::Result<()> {
        let mut cases = cases(ledger, self.0.show_suppressed);
        if cases.is_empty() {
            cases.insert("no secrets".to_owned(), Case::default());
        }
        let count = |fits: &dyn Fn(&Case) -> bool| cases.values().filter(|case| fits(case)).count();
        let totals = format!(
            "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3}\"",
            cases.len(),
            count(&|case| case.fails() && case.problems.is_empty()),
            count(&|case| !case.problems.is_empty()),
            count(&|case| case.skipped() && !case.suppressed.is_empty()),
            ledger.scan.elapsed.as_secs_f64(),
        );
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(out, "<testsuites name=\"invoca-scan\" {totals}>")?;
        // The zone is no part of JUnit's timestamps.
        let start = rfc3339(ledger.scan.started)
            .trim_end_matches('Z')
            .to_owned();
        writeln!(
            out,
            "  <testsuite name=\"invoca-scan {}\" {totals} timestamp=\"{start}\">",
            xml(ledger.scan.mode)
        )?;
        for (name, case) in &cases {
            self.case(out, name, case, ledger, rules)?;
        }
        writeln!(out, "  </testsuite>\n</testsuites>")
    }
}

impl Junit {
    fn case(
        &self,
        out: &mut dyn Write,
        name: &str,
        case: &Case<'_>,
        ledger: &Ledger,
        rules: &RuleSet,
    ) -> io::Result<()> {
        let name = xml(name);
        writeln!(
            out,
            "    <testcase name=\"{name}\" classname=\"invoca-scan\" file=\"{name}\">"
        )?;
        for problem in &case.problems {
            let text = xml(&problem.to_string());
            writeln!(
                out,
                "      <error type=\"{}\" message=\"{text}\">{text}</error>",
                xml(&problem.kind)
            )?;
        }
        for item in case.findings.iter().filter(|_| case.problems.is_empty()) {
            if item.level == Level::Error {
                let id = xml(rules.rule(item.rule).id());
                let title = xml(&format!(
                    "{}: {}",
                    place(item),
                    rules.rule(item.rule).spec.title
                ));
                let text = xml(&self.text(item, ledger, rules));
                writeln!(
                    out,
                    "      <failure type=\"{id}\" message=\"{title}\">{text}</failure>"
                )?;
            }
        }
        if case.skipped() {
            for item in &case.suppressed {
                let id = rules.rule(item.finding.rule).id();
                let text = xml(&format!("{id}: suppressed ({})", item.reason.kind()));
                writeln!(out, "      <skipped message=\"{text}\"/>")?;
            }
        }
        let rest: Vec<String> = case
            .findings
            .iter()
            .filter(|item| item.level != Level::Error || !case.problems.is_empty())
            .map(|item| xml(&self.text(item, ledger, rules)))
            .collect();
        if !rest.is_empty() {
            writeln!(out, "      <system-out>{}</system-out>", rest.join("&#10;"))?;
        }
        writeln!(out, "    </testcase>")
    }

    fn text(&self, finding: &Finding, ledger: &Ledger, rules: &RuleSet) -> String {
        let spec = &rules.rule(finding.rule).spec;
        escape_controls(&format!(
            "{}: {} {} [{}]: {}. Why: {} Next: {}",
            place(finding),
            finding.level.word(),
            spec.title,
            spec.id,
            shown_secret(finding, self.0.show_secrets),
            spec.why,
            next_step(finding, spec, ledger.scan.mode)
        ))
    }
}

fn cases(ledger: &Ledger, show_suppressed: bool) -> BTreeMap<String, Case<'_>> {
    let mut cases: BTreeMap<String, Case<'_>> = BTreeMap::new();
    for finding in &ledger.findings {
        let case = cases.entry(file_of(finding)).or_default();
        case.findings.push(finding);
    }
    for problem in &ledger.problems {
        let case = cases.entry(problem.object.to_text()).or_default();
        case.problems.push(problem);
    }
    for item in ledger.suppressed.iter().filter(|_| show_suppressed) {
        let case = cases.entry(file_of(&item.finding)).or_default();
        case.suppressed.push(item);
    }
    cases
}

/// The path, or what stands for it.
fn file_of(finding: &Finding) -> String {
    match finding.origin.path() {
        Some(path) => path.to_text(),
        None => place(finding),
    }
}
