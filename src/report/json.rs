//! `json`: one object, for programs that read a report as a whole.

use super::record::ReportRecord;
use super::{Options, Reporter};
use crate::rule::RuleSet;
use crate::suppress::Ledger;
use std::io::{self, Write};

/// Writes the object, indented: reports are read by people too, and compared as text.
pub(super) struct Json(pub(super) Options);

impl Reporter for Json {
    fn write(&self, out: &mut dyn Write, ledger: &Ledger, rules: &RuleSet) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, &ReportRecord::new(ledger, rules, &self.0))?;
        out.write_all(b"\n")
    }
}
