//! `known`: from secrets on standard input to a list of their digests, which `--known` reads.

use super::args::KnownArgs;
use super::{Console, ExitStatus, Failure, Outcome, written};
use crate::detect::weakness;
use crate::report::count;
use crate::rule::{KnownList, KnownStatus, LONGEST_KNOWN};
use std::io::{self, Read as _};
use std::path::Path;

/// Writes the list. Secrets that could be guessed from it are refused, by the number of their line: then the exit status is that of an incomplete run.
pub(super) fn run(args: &KnownArgs, console: &mut Console) -> Outcome {
    let mut input = Vec::new();
    io::stdin().read_to_end(&mut input).map_err(|error| {
        Failure::new(
            format!("standard input cannot be read: {error}"),
            "write `invoca-scan known < FILE`, one secret a line",
        )
    })?;
    let mut list = KnownList::default();
    let mut refused = 0;
    for (number, line) in (1..).zip(input.split(|byte| *byte == b'\n')) {
        if let Err(cause) = take(line, args, &mut list) {
            refused += 1;
            console.say(&format!("error: standard input, line {number}: {cause}"));
        }
    }
    let status = written(write!(console.out, "{list}"), console);
    if refused == 0 {
        return Ok(status);
    }
    console.say(&format!(
        "  next: {} not on the list; what can be guessed is best replaced",
        count(refused, "line is", "lines are")
    ));
    Ok(ExitStatus::Incomplete)
}

/// Takes a line: the secret, and behind tabs what it is, whose and whether it is revoked.
fn take(line: &[u8], args: &KnownArgs, list: &mut KnownList) -> Result<(), String> {
    let mut columns = line.split(|byte| *byte == b'\t').map(<[u8]>::trim_ascii);
    let secret = columns.next().unwrap_or_default();
    if secret.is_empty() && line.trim_ascii().is_empty() {
        return Ok(());
    }
    let mut column = |else_: &Option<String>| {
        let text = String::from_utf8_lossy(columns.next().unwrap_or_default());
        match (text.trim(), else_) {
            ("", Some(typed)) => typed.replace(['\t', '\n'], " "),
            (text, _) => text.to_owned(),
        }
    };
    let (label, owner) = (column(&args.label), column(&args.owner));
    let status = column(&args.status);
    let status = match status.as_str() {
        "" => KnownStatus::default(),
        word => KnownStatus::of(word).ok_or("its status is neither `active` nor `revoked`")?,
    };
    if let Some(reason) = weakness(secret) {
        return Err(format!(
            "the secret is too weak for a list of digests: {reason}"
        ));
    }
    if secret.len() > LONGEST_KNOWN {
        return Err(format!("the secret is longer than {LONGEST_KNOWN} bytes"));
    }
    list.add(secret, &label, &owner, status);
    Ok(())
}

/// Reads a list.
///
/// # Errors
/// It cannot be read, or a line is not as it must be.
pub(super) fn read(path: &Path) -> Result<KnownList, Failure> {
    let next = "name a list that `invoca-scan known` wrote";
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("--known {}: {error}", path.display()), next))?;
    KnownList::parse(&text).map_err(|(line, cause)| {
        let place = match line {
            0 => path.display().to_string(),
            _ => format!("{}:{line}", path.display()),
        };
        Failure::new(format!("--known {place}: {cause}"), next)
    })
}
