//! What is said about the command line itself: the short help, written by hand so that it stays a page, and clap's errors with the names
//! people are meant to see.

use super::args::Args;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory as _};
use std::ffi::OsString;

/// The short help of the program; commands have clap's.
pub(super) const PAGE: &str = include_str!("help.txt");

/// Whether `error` is the wish for the short help of the program, rather than for that of a command or for everything.
pub(super) fn is_wanted(error: &clap::Error, words: &[OsString]) -> bool {
    let has = |wanted: &str| words.iter().any(|word| word == wanted);
    error.kind() == ErrorKind::DisplayHelp
        && !has("--help-all")
        && error
            .render()
            .to_string()
            .contains("Usage: invoca-scan [OPTIONS] [PATHS…]")
}

/// Aliases for people who come from elsewhere are not suggested: the name that help has is, if there is one.
pub(super) fn suggest_visible(mut error: clap::Error) -> clap::Error {
    if let Some(ContextValue::String(suggested)) = error.get(ContextKind::SuggestedArg) {
        match visible(&Args::command(), suggested) {
            Visible::AsIs => {}
            Visible::Instead(name) => {
                error.insert(ContextKind::SuggestedArg, ContextValue::String(name));
            }
            Visible::Not => {
                error.remove(ContextKind::SuggestedArg);
            }
        }
    }
    error
}

enum Visible {
    AsIs,
    Instead(String),
    Not,
}

fn visible(command: &Command, flag: &str) -> Visible {
    let name = flag.trim_start_matches('-');
    for argument in command.get_arguments() {
        let is_alias = argument
            .get_aliases()
            .is_some_and(|all| all.contains(&name));
        match argument.get_long() {
            Some(long) if long == name && argument.is_hide_set() => return Visible::Not,
            Some(long) if is_alias => return Visible::Instead(format!("--{long}")),
            _ => {}
        }
    }
    let below = command.get_subcommands().map(|below| visible(below, flag));
    below
        .into_iter()
        .find(|found| !matches!(found, Visible::AsIs))
        .unwrap_or(Visible::AsIs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_what_exists() {
        assert!(PAGE.lines().count() <= 30);
        let command = Args::command();
        for word in PAGE.split(|sign: char| sign.is_whitespace() || ",()".contains(sign)) {
            if let Some(long) = word.strip_prefix("--") {
                let known = command
                    .get_arguments()
                    .any(|item| item.get_long() == Some(long));
                assert!(known, "{word}");
            }
        }
        for command in command.get_subcommands() {
            assert!(PAGE.contains(command.get_name()), "{}", command.get_name());
        }
    }
}
