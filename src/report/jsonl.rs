//! `jsonl`: one record a line, each with a `type`, for programs that read as it comes. The scan comes first, the summary last: a file
//! without a summary was cut.

use super::record::{
    AcceptedRecord, FindingRecord, LeftOutRecord, ProblemRecord, RemarkRecord, ScanRecord,
    SummaryRecord, SuppressedRecord, VERSION,
};
use super::story_record::StoryRecord;
use super::{Options, Reporter};
use crate::rule::RuleSet;
use crate::suppress::Ledger;
use serde::Serialize;
use std::io::{self, Write};

/// Writes the records.
pub(super) struct Jsonl(pub(super) Options);

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Record<'a> {
    Scan {
        contract: u32,
        #[serde(flatten)]
        scan: ScanRecord<'a>,
    },
    Finding(FindingRecord<'a>),
    Story(StoryRecord<'a>),
    Suppressed(SuppressedRecord<'a>),
    Problem(ProblemRecord<'a>),
    Accepted(AcceptedRecord<'a>),
    LeftOut(LeftOutRecord),
    Stale(RemarkRecord<'a>),
    NewSuppression(RemarkRecord<'a>),
    Summary(SummaryRecord),
}

impl Reporter for Jsonl {
    fn write(&self, out: &mut dyn Write, ledger: &Ledger, rules: &RuleSet) -> io::Result<()> {
        let options = &self.0;
        line(
            out,
            &Record::Scan {
                contract: VERSION,
                scan: ScanRecord::new(ledger),
            },
        )?;
        for finding in &ledger.findings {
            let record = FindingRecord::new(finding, rules, options);
            line(out, &Record::Finding(record))?;
        }
        for story in StoryRecord::all(ledger, rules, options) {
            line(out, &Record::Story(story))?;
        }
        for item in &ledger.suppressed {
            let record = SuppressedRecord::new(item, rules, options);
            line(out, &Record::Suppressed(record))?;
        }
        for problem in &ledger.problems {
            line(out, &Record::Problem(ProblemRecord::new(problem)))?;
        }
        for accepted in &ledger.accepted {
            line(out, &Record::Accepted(AcceptedRecord::new(accepted)))?;
        }
        for item in ledger.left_out.iter().filter(|_| options.list_left_out) {
            line(out, &Record::LeftOut(LeftOutRecord::new(item)))?;
        }
        for stale in &ledger.stale {
            line(out, &Record::Stale(RemarkRecord::new(stale)))?;
        }
        for new in &ledger.new_suppressions {
            line(out, &Record::NewSuppression(RemarkRecord::new(new)))?;
        }
        line(out, &Record::Summary(SummaryRecord::new(ledger)))
    }
}

fn line(out: &mut dyn Write, record: &Record<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *out, record)?;
    out.write_all(b"\n")
}
