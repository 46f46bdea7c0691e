//! The exit status: 0 clean or warnings only, 1 findings, 2 incomplete or misuse, 130 interrupted. Derives from the ledger and nothing else.

use crate::finding::Level;
use crate::suppress::Ledger;
use std::process::ExitCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// Nothing that fails the scan.
    Clean,
    /// Findings that fail the scan; the number is what `--exit-code` asks for, usually 1.
    Findings(u8),
    /// Something could not be read as promised, or the command line makes no sense.
    Incomplete,
    /// Ctrl-C.
    Interrupted,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        ExitCode::from(match status {
            ExitStatus::Clean => 0,
            ExitStatus::Findings(code) => code,
            ExitStatus::Incomplete => 2,
            ExitStatus::Interrupted => 130,
        })
    }
}

/// What makes a scan fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failing {
    /// The least level that fails; `None` where findings never fail (problems still do).
    pub level: Option<Level>,
    /// Whether inputs that were left out count as problems.
    pub strict: bool,
    /// Whether suppressions that the scanned commits add fail the scan.
    pub deny_new: bool,
    /// The code for findings.
    pub code: u8,
}

impl Failing {
    /// The status for `ledger`. What was not read outweighs what was found: a finding is seen anyway, a gap is not.
    pub fn status(&self, ledger: &Ledger) -> ExitStatus {
        if ledger.scan.interrupted {
            return ExitStatus::Interrupted;
        }
        if !ledger.complete() || (self.strict && !ledger.left_out.is_empty()) {
            return ExitStatus::Incomplete;
        }
        let fails = |least: Level| ledger.findings.iter().any(|finding| finding.level >= least);
        match self.level {
            Some(least) if fails(least) || !ledger.stale.is_empty() => {
                ExitStatus::Findings(self.code)
            }
            _ if self.deny_new && !ledger.new_suppressions.is_empty() => {
                ExitStatus::Findings(self.code)
            }
            _ => ExitStatus::Clean,
        }
    }
}
