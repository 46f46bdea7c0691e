//! What a finding means for the person who reads of it: where it is, in words, and what to do next, which depends on the moment. A secret
//! that is only staged has not left the machine; one in a pushed commit must be revoked whatever else happens.

use super::wrap::count;
use crate::blob::{BlobId, Origin, git_file};
use crate::finding::{Finding, Level};
use crate::rule::{RuleSet, RuleSpec};
use crate::suppress::Ledger;

/// When the scan takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// Before a commit.
    Commit,
    /// Over the message of a commit that is being made.
    Message,
    /// Before a push.
    Push,
    /// In the server, while somebody pushes.
    Receive,
    /// Commits of a branch or pull request.
    Range,
    /// A whole history.
    History,
    /// Files as they are.
    Tree,
}

impl Moment {
    pub(super) fn of(mode: &str) -> Self {
        match mode {
            "staged" | "pre-commit" => Moment::Commit,
            "commit-msg" => Moment::Message,
            "pre-push" => Moment::Push,
            "pre-receive" => Moment::Receive,
            "range" | "ci" => Moment::Range,
            "history" => Moment::History,
            _ => Moment::Tree,
        }
    }

    /// What fails when the scan does: `commit blocked`.
    fn blocked(self) -> Option<&'static str> {
        match self {
            Moment::Commit | Moment::Message => Some("commit blocked"),
            Moment::Push => Some("push blocked"),
            Moment::Receive => Some("push refused"),
            Moment::Range | Moment::History | Moment::Tree => None,
        }
    }
}

/// `src/a.py:3`, or what stands for it where there is no path.
pub(super) fn place(finding: &Finding) -> String {
    match &finding.reported {
        Some(reported) if !reported.repository.is_empty() => {
            format!("{}: {}", reported.repository, place_in(finding))
        }
        _ => place_in(finding),
    }
}

/// The same within its repository.
fn place_in(finding: &Finding) -> String {
    let line = finding.location.line;
    match &finding.origin {
        Origin::File { path } | Origin::Staged { path, .. } => format!("{path}:{line}"),
        Origin::Commit { commit, path } => format!("{path}:{line} in {}", short(*commit)),
        Origin::Stream { path: Some(path) } => format!("{path}:{line}"),
        Origin::Stream { path: None } => format!("standard input:{line}"),
        Origin::Object { id } => format!("object {}:{line}", short(*id)),
        Origin::Message { id, part } => format!("{part} of {}:{line}", short(*id)),
        Origin::NameOf { what, name } => format!("{what} name {name}"),
        Origin::GitFile { path } => format!("{}:{line}", git_file(path)),
    }
}

/// As many digits of an object id as git shows.
pub(super) fn short(id: BlobId) -> String {
    id.to_string().chars().take(9).collect()
}

/// The first line: what happened, how many, and where the first one is.
pub(super) fn headline(ledger: &Ledger, rules: &RuleSet, failed: bool) -> String {
    let moment = Moment::of(ledger.scan.mode);
    let prefix = match moment.blocked() {
        Some(words) if failed => format!("{words}: "),
        _ => String::new(),
    };
    let errors = ledger.count(Level::Error);
    let warnings = ledger.count(Level::Warning);
    let mut line = match (errors, warnings) {
        (0, 0) => nothing(ledger, moment, failed),
        (0, _) => {
            let verb = if failed { "" } else { "no errors, " };
            let warnings = count(warnings as u64, "warning", "warnings");
            format!("{verb}{warnings}{}", first_place(ledger, Level::Warning))
        }
        _ => {
            let what = noun(ledger, rules, errors);
            let verb = match moment {
                _ if !prefix.is_empty() => "",
                Moment::Range => " introduced",
                _ => " found",
            };
            format!("{what}{verb}{}", first_place(ledger, Level::Error))
        }
    };
    if ledger.scan.interrupted {
        line.push_str(" (interrupted: incomplete)");
    }
    format!("{prefix}{line}")
}

/// The headline's words where nothing was found.
fn nothing(ledger: &Ledger, moment: Moment, failed: bool) -> String {
    if let Some(problem) = ledger.problems.first() {
        let inputs = count(ledger.problems.len() as u64, "input", "inputs");
        return format!("{inputs} could not be read, {}", problem.object);
    }
    if ledger.scan.interrupted {
        return "nothing found so far".to_owned();
    }
    if failed && !ledger.left_out.is_empty() {
        let inputs = count(ledger.left_out.len() as u64, "input", "inputs");
        return format!("{inputs} left out, which --strict does not accept");
    }
    if let Some(stale) = ledger.stale.first() {
        let suppressions = count(ledger.stale.len() as u64, "suppression", "suppressions");
        return format!(
            "no secrets found; {suppressions} of no use, {}",
            stale.place
        );
    }
    if failed && let Some(new) = ledger.new_suppressions.first() {
        let suppressions = count(
            ledger.new_suppressions.len() as u64,
            "new suppression",
            "new suppressions",
        );
        return format!("no secrets found; {suppressions}, {}", new.place);
    }
    match (ledger.counts.files, moment) {
        (0, Moment::Commit) => "clean: nothing new is staged".to_owned(),
        (0, Moment::Push | Moment::Receive) => "clean: nothing new is pushed".to_owned(),
        (0, Moment::Range) => "clean: the range holds nothing new".to_owned(),
        _ => "clean: no secrets found".to_owned(),
    }
}

/// `, src/a.py:3 and 2 more`.
fn first_place(ledger: &Ledger, level: Level) -> String {
    let mut of_level = ledger.findings.iter().filter(|item| item.level == level);
    let Some(first) = of_level.next() else {
        return String::new();
    };
    match of_level.count() {
        0 => format!(", {}", place(first)),
        more => format!(", {} and {more} more", place(first)),
    }
}

/// `2 secrets`, or `2 findings` where a guideline is broken rather than a secret shown.
fn noun(ledger: &Ledger, rules: &RuleSet, errors: usize) -> String {
    let lint =
        |finding: &Finding| finding.level == Level::Error && rules.rule(finding.rule).spec.lint;
    if ledger.findings.iter().any(lint) {
        count(errors as u64, "finding", "findings")
    } else {
        count(errors as u64, "secret", "secrets")
    }
}

/// What to do about a finding now.
pub(super) fn next_step(finding: &Finding, spec: &RuleSpec, mode: &str) -> String {
    if spec.lint {
        return spec.fix.to_string();
    }
    let rotate = spec.fix.trim();
    match (Moment::of(mode), &finding.origin) {
        (Moment::Commit, Origin::Staged { committed: false, .. }) => {
            "it has not left this machine: move it to an environment variable or a secret store and stage the file again; \
             no rotation needed"
                .to_owned()
        }
        (Moment::Message, _) => {
            "it has not left this machine: take it out of the message; no rotation needed".to_owned()
        }
        (Moment::Push, _) => {
            "the commits are still local: rewrite them before you push; no rotation needed".to_owned()
        }
        (Moment::Receive, _) => {
            format!("the push was refused, but it has reached a server: rewrite the commits, and rotate it. {rotate}")
        }
        (Moment::Range, _) => format!("it was pushed, so rotate it first. {rotate}"),
        (Moment::History, _) => format!("rotate it. {rotate}"),
        (Moment::Commit | Moment::Tree, _) => {
format!("rotate it if it was ever pushed or shared, and keep it out of the tree. {rotate}")
        }
    }
}
