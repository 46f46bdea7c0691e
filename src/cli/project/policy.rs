//! From what a configuration says to what a judge goes by.

use crate::config::{self, Config, ConfigError, LevelName, Placed, Switch};
use crate::finding::Level;
use crate::rule::{RuleId, RuleSet};
use crate::suppress::{Accept, Allow, Paths, Policy};
use crate::text::nearest;
use std::sync::Arc;

/// A value that no rule set, pattern or vendor stands behind.
#[derive(Debug)]
pub(super) struct Wrong(ConfigError);

impl Wrong {
    pub(super) fn into_error(self) -> ConfigError {
        self.0
    }

    fn new<T>(at: &Placed<T>, cause: impl Into<String>, next: impl Into<String>) -> Self {
        Wrong(ConfigError::new(at.place.clone(), cause, next))
    }
}

/// `above`, and on top of it what `config` says for the folder `base` (empty, or with a `/` at its end).
///
/// # Errors
/// A rule or vendor that does not exist.
pub(super) fn on_top(
    mut policy: Policy,
    config: &Config,
    base: &str,
    rules: &RuleSet,
) -> Result<Policy, Wrong> {
    for switch in &config.switches {
        for id in meant(switch, rules)? {
            let (name, place) = (rules.rule(id).id().to_owned(), switch.place.to_string());
            match &switch.value {
                Switch::Rule { on: false, .. } | Switch::Vendor { on: false, .. } => {
                    policy.off.insert(name, place);
                }
                _ if !base.is_empty() && !rules.is_enabled(id) => {
                    return Err(Wrong::new(
                        switch,
                        format!("{name} is off for the whole scan"),
                        "switch it on in the configuration at the root",
                    ));
                }
                _ => {
                    policy.off.remove(&name);
                }
            }
        }
    }
    for at in &config.levels {
        let (id, level) = &at.value;
        let id = rule(at, id, rules)?;
        policy
            .levels
            .insert(rules.rule(id).id().to_owned(), level_of(*level));
    }
    for at in &config.severities {
        let (id, severity) = &at.value;
        let id = rule(at, id, rules)?;
        policy
            .severities
            .insert(rules.rule(id).id().to_owned(), *severity);
    }
    for at in &config.exclude {
        let paths = Paths::new(base, [at.value.as_str()])
            .map_err(|cause| Wrong::new(at, cause, "the syntax is that of .gitignore"))?;
        policy.excluded.push((paths, at.place.to_string()));
    }
    let words = config.stopwords.iter();
    policy
        .stopwords
        .extend(words.map(|at| (at.value.to_lowercase(), at.place.to_string())));
    for at in &config.allow {
        policy.allow.push(Arc::new(allow(at, base, rules)?));
    }
    for at in &config.accept {
        policy.accept.push(Arc::new(accept(at, base)?));
    }
    Ok(policy)
}

/// The rules that a switch means.
///
/// # Errors
/// A rule or vendor that does not exist.
pub(super) fn meant(switch: &Placed<Switch>, rules: &RuleSet) -> Result<Vec<RuleId>, Wrong> {
    let name = match &switch.value {
        Switch::Rule { id, .. } => return Ok(vec![rule(switch, id, rules)?]),
        Switch::Vendor { name, .. } => name,
    };
    let of_vendor = rules
        .iter()
        .filter(|(_, rule)| rule.spec.vendor.eq_ignore_ascii_case(name));
    let meant: Vec<RuleId> = of_vendor.map(|(id, _)| id).collect();
    if !meant.is_empty() && !name.is_empty() {
        return Ok(meant);
    }
    let vendors = rules.iter().map(|(_, rule)| &*rule.spec.vendor);
    let next = match nearest(name, vendors) {
        Some(near) => format!("did you mean {near:?}?"),
        None => "`invoca-scan rules list` shows all".to_owned(),
    };
    Err(Wrong::new(
        switch,
        format!("there is no vendor {name:?}"),
        next,
    ))
}

fn rule<T>(at: &Placed<T>, id: &str, rules: &RuleSet) -> Result<RuleId, Wrong> {
    rules.find(id).ok_or_else(|| {
        let next = match nearest(id, rules.iter().map(|(_, rule)| rule.id())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`invoca-scan rules list` shows all".to_owned(),
        };
        Wrong::new(at, format!("there is no rule {id:?}"), next)
    })
}

fn level_of(level: LevelName) -> Level {
    match level {
        LevelName::Error => Level::Error,
        LevelName::Warning => Level::Warning,
        LevelName::Note => Level::Note,
    }
}

fn allow(at: &Placed<config::Allow>, base: &str, rules: &RuleSet) -> Result<Allow, Wrong> {
    let Placed { value, place } = at;
    let ids: Result<Vec<String>, Wrong> = value
        .rules
        .iter()
        .map(|id| Ok(rules.rule(rule(id, &id.value, rules)?).id().to_owned()))
        .collect();
    let secrets: Result<Vec<_>, _> = value
        .patterns
        .iter()
        .map(|pattern| regex::bytes::Regex::new(pattern))
        .collect();
    let paths = (!value.paths.is_empty())
        .then(|| paths(at, base, &value.paths))
        .transpose()?;
    Ok(Allow {
        place: place.to_string(),
        reason: value.reason.clone(),
        rules: ids?,
        // In a folder, an entry without paths means the files there.
        paths: match paths {
            None if !base.is_empty() => Some(self::paths(at, base, &["*".to_owned()])?),
            paths => paths,
        },
        digests: value.digests.clone(),
        secrets: secrets.map_err(|error| Wrong::new(at, error.to_string(), ""))?,
        commits: value.commits.clone(),
        until: value.until.clone(),
        ..Allow::default()
    })
}

fn accept(at: &Placed<config::Accept>, base: &str) -> Result<Accept, Wrong> {
    let Placed { value, place } = at;
    Ok(Accept {
        place: place.to_string(),
        reason: value.reason.clone(),
        paths: paths(at, base, &value.paths)?,
        kinds: value.kinds.clone(),
        until: value.until.clone(),
    })
}

fn paths<T>(at: &Placed<T>, base: &str, patterns: &[String]) -> Result<Paths, Wrong> {
    Paths::new(base, patterns.iter().map(String::as_str))
        .map_err(|cause| Wrong::new(at, cause, "the syntax is that of .gitignore"))
}
