//! `config`: what the configuration says and where, whether it can be used, and its schema for editors.

use super::args::{ConfigCommand, RuleArgs, TrustArgs};
use super::project::Project;
use super::settings::Mode;
use super::{Console, ExitStatus, Failure, Outcome, written};
use crate::config::{Config, FailOn, Place, Placed, SCHEMA, Switch};
use crate::rule::Persona;
use crate::text::escape_controls;
use std::fmt::Write as _;
use std::sync::Arc;

/// Runs what was typed.
pub(super) fn run(command: ConfigCommand, console: &mut Console) -> Outcome {
    let text = match command {
        ConfigCommand::Schema => SCHEMA.to_owned(),
        ConfigCommand::Show { trust } => show(project(trust)?.config()),
        ConfigCommand::Check { trust } => {
            let project = project(trust)?;
            let rules = Arc::new(project.rules(&RuleArgs::default())?);
            let problems = project.check_folders(&rules)?;
            if !problems.is_empty() {
                for problem in &problems {
                    console.say(&format!("error: {problem}"));
                }
                return Ok(ExitStatus::Incomplete);
            }
            "the configuration can be used\n".to_owned()
        }
    };
    Ok(written(write!(console.out, "{text}"), console))
}

fn project(trust: TrustArgs) -> Result<Project, Failure> {
    Project::new(&Mode::Tree(Vec::new()), trust, None)
}

/// Each value in the syntax of the file, with the place it comes from.
fn show(config: &Config) -> String {
    let mut out = String::new();
    for (path, _) in &config.files {
        let _ = writeln!(out, "# {}", escape_controls(&path.to_string_lossy()));
    }
    if config.files.is_empty() {
        out.push_str("# no configuration file\n");
    }
    let mut line = |field: &str, value: &str, place: &dyn std::fmt::Display| {
        let said = format!("{field} = {}", escape_controls(value));
        let _ = writeln!(out, "{said:60} # {}", escape_controls(&place.to_string()));
    };
    let mut chosen = |field: &str, word: Option<(&str, &Place)>, otherwise: &str| match word {
        Some((word, place)) => line(field, &format!("{word:?}"), place),
        None => line(field, &format!("{otherwise:?}"), &"built in"),
    };
    let fail_on = config.fail_on.as_ref();
    chosen(
        "fail-on",
        fail_on.map(|said| (said.value.word(), &said.place)),
        FailOn::Error.word(),
    );
    let persona = config.persona.as_ref();
    chosen(
        "persona",
        persona.map(|said| (said.value.word(), &said.place)),
        Persona::default().word(),
    );
    if let Some(version) = &config.rules_as_of {
        line(
            "rules-as-of",
            &format!("{:?}", version.value),
            &version.place,
        );
    }
    let texts = |field: &str,
                 values: &[Placed<String>],
                 line: &mut dyn FnMut(&str, &str, &dyn std::fmt::Display)| {
        for value in values {
            line(field, &format!("[{:?}]", value.value), &value.place);
        }
    };
    texts("exclude", &config.exclude, &mut line);
    texts("stopwords", &config.stopwords, &mut line);
    texts("lock", &config.lock, &mut line);
    for (switches, locked) in [(&config.switches, false), (&config.locked_rules, true)] {
        for switch in switches {
            let name = match &switch.value {
                Switch::Rule { id: name, .. } | Switch::Vendor { name, .. } => name,
            };
            let field = match (&switch.value, locked) {
                (Switch::Rule { .. }, true) => "lock-rules",
                (Switch::Vendor { .. }, true) => "lock-vendors",
                (value, false) => value.field(),
            };
            line(field, &format!("[{name:?}]"), &switch.place);
        }
    }
    for level in &config.levels {
        let (id, word) = (&level.value.0, level.value.1.word());
        line(&format!("levels.{id}"), &format!("{word:?}"), &level.place);
    }
    for severity in &config.severities {
        let (id, word) = (&severity.value.0, severity.value.1.word());
        line(
            &format!("severities.{id}"),
            &format!("{word:?}"),
            &severity.place,
        );
    }
    if config.require_reason {
        line("require-reason", "true", &"");
    }
    if let Some(days) = config.longest_expiry {
        line("longest-expiry", &days.to_string(), &"");
    }
    for allow in &config.allow {
        line(
            "[[allow]]",
            &format!("{{ reason = {:?} }}", allow.value.reason),
            &allow.place,
        );
    }
    for accept in &config.accept {
        line(
            "[[accept]]",
            &format!("{{ reason = {:?} }}", accept.value.reason),
            &accept.place,
        );
    }
    for list in &config.known {
        line("known", "[…]", &list.place);
    }
    for rule in &config.rules {
        line(
            "[[rule]]",
            &format!("{{ id = {:?} }}", rule.value.id),
            &rule.place,
        );
    }
    out
}
