//! `merge`: several reports as one, and whether any is missing.

use super::args::{FailingArgs, MergeArgs};
use super::outputs::Outputs;
use super::{Console, Failing, Failure, Outcome};
use crate::finding::Level;
use crate::report::Joining;
use crate::text::Name;
use std::path::Path;
use std::time::SystemTime;

/// Joins the reports and writes the result.
pub(super) fn run(args: MergeArgs, console: &mut Console) -> Outcome {
    let failing = failing(&args.failing);
    let outputs = Outputs::new(args.output, args.showing)?;
    let mut joining = Joining::default();
    for path in &args.reports {
        let text = read(path)?;
        let name = Name::from_path(path);
        joining.take(&name, &text).map_err(|cause| {
            Failure::new(
                format!("{name}: {cause}"),
                "name reports that `invoca-scan -f json`, `jsonl` or `sarif` wrote",
            )
        })?;
    }
    if let Some(path) = &args.expect {
        joining.expect(&read(path)?);
    }
    let (ledger, rules) = joining.finish(SystemTime::now());
    let status = failing.status(&ledger);
    Ok(outputs.write(&ledger, &rules, status, console))
}

fn failing(args: &FailingArgs) -> Failing {
    Failing {
        level: match args.fail_on.as_deref() {
            Some("never") => None,
            Some("warning") => Some(Level::Warning),
            _ => Some(Level::Error),
        },
        strict: args.strict,
        code: args.exit_code.unwrap_or(1),
        deny_new: false,
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| {
        Failure::new(
            format!("{}: {error}", path.display()),
            "name a file that can be read",
        )
    })
}
