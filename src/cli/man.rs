//! `man`: the manual page, from the same definition as `--help`.

use super::args::Args;
use super::{Console, Failure, Outcome, written};
use clap::CommandFactory as _;

/// Writes the page in roff.
pub(super) fn run(console: &mut Console) -> Outcome {
    let mut page = Vec::new();
    clap_mangen::Man::new(Args::command())
        .render(&mut page)
        .map_err(|error| Failure::new(format!("cannot write the manual page: {error}"), ""))?;
    Ok(written(console.out.write_all(&page), console))
}
