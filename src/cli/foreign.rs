//! For people who come from elsewhere: which of our words another scanner's word means, and the hint where a command and a folder have the
//! same name.

use super::Failure;
use super::args::Args;
use crate::rule::RuleSet;
use crate::text::nearest;
use clap::CommandFactory as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::ffi::OsString;

/// Flags of other scanners and ours for them.
const FLAGS: &[(&str, &str)] = &[
    ("--all-files", "--no-ignore"),
    ("--enable-rule", "--rule ID"),
    ("--exclude-files", "--exclude GLOB"),
    ("--exclude-paths", "--exclude GLOB"),
    ("--exit-zero", "--fail-on never"),
    ("--fail", "--fail-on error"),
    ("--json", "-f json"),
    ("--log-opts", "--range A..B, or --history"),
    ("--max-target-megabytes", "--max-file-size 10M"),
    ("--no-color", "--color never"),
    ("--no-git", "nothing: a folder is scanned as it is"),
    ("--only-verified", "--fail-on error"),
    (
        "--redaction",
        "secrets are redacted; --show-secrets shows them",
    ),
    ("--sarif", "-f sarif"),
    ("--show-secret", "--show-secrets"),
    ("--since-commit", "--range A..B"),
    ("--source", "no flag: write the path"),
    ("--unredacted", "--show-secrets"),
];

/// What to say after clap's own words about an error.
pub(super) fn hint(error: &clap::Error) -> Option<String> {
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let name = typed.split('=').next().unwrap_or(typed);
    FLAGS
        .iter()
        .find(|(foreign, _)| *foreign == name)
        .map(|(foreign, ours)| format!("  {foreign} is another scanner's flag; here: {ours}"))
}

/// A word that names both a command and a folder is the command; somebody who typed nothing else may have meant the folder.
pub(super) fn folder_hint(words: &[OsString]) -> Option<String> {
    let [_, word] = words else { return None };
    let word = word.to_str()?;
    std::path::Path::new(word)
        .is_dir()
        .then(|| format!("hint: `{word}` is a command here; to scan the folder, write `./{word}`"))
}

/// Whether a word is the name of a command.
pub(super) fn is_command(word: &str) -> bool {
    Args::command()
        .get_subcommands()
        .any(|command| command.get_name() == word)
}

/// A word that is no file, but almost a command, is a slip of the pen.
///
/// # Errors
/// That slip, with the command that was probably meant.
pub(super) fn check_not_mistyped(word: &str) -> Result<(), Failure> {
    if word.contains(['/', '\\', '.']) || std::path::Path::new(word).symlink_metadata().is_ok() {
        return Ok(());
    }
    let command = Args::command();
    let names = command.get_subcommands().map(clap::Command::get_name);
    match nearest(word, names) {
        Some(near) => Err(Failure::new(
            format!("there is neither a command nor a file `{word}`"),
            format!("did you mean `invoca-scan {near}`? `invoca-scan --help` shows all commands"),
        )),
        None => Ok(()),
    }
}

/// A rule that does not exist, with the nearest one that does.
pub(super) fn no_such_rule(rules: &RuleSet, id: &str) -> Failure {
    let next = match nearest(id, rules.iter().map(|(_, rule)| rule.id())) {
        Some(near) => format!("did you mean `{near}`? `invoca-scan rules list` shows all"),
        None => "`invoca-scan rules list` shows all".to_owned(),
    };
    Failure::new(format!("there is no rule {id:?}"), next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    #[test]
    fn our_words_for_foreign_flags_are_accepted() {
        for (foreign, ours) in FLAGS {
            assert!(
                Args::try_parse_from(["invoca-scan", foreign]).is_err(),
                "{foreign} is ours by now"
            );
            if ours.starts_with('-') {
                let ours = ours.split(',').next().unwrap_or(ours);
                let words = ["invoca-scan"].into_iter().chain(ours.split(' '));
                assert!(Args::try_parse_from(words).is_ok(), "{ours}");
            }
        }
    }
}
