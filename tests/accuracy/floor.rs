//! The floors: what no change may fall below.

use crate::measure::{Measured, Tally};
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Floors {
    floor: Vec<Floor>,
}

/// Limits for one kind of cases, in percent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Floor {
    kind: String,
    /// Least share of secrets found, at any level.
    #[serde(default)]
    found: f64,
    /// Least share of secrets found at the level asked for.
    #[serde(default)]
    at_level: f64,
    /// Greatest share of clean texts with an error.
    #[serde(default)]
    red: f64,
    /// Greatest share of clean texts with a warning.
    #[serde(default)]
    yellow: f64,
    /// Greatest number of errors beside the secrets, per 100 secrets.
    #[serde(default)]
    stray: f64,
    /// Greatest share of secrets found under a rule that does not fit best.
    #[serde(default)]
    misnamed: f64,
}

/// A share in percent; 100 % of nothing.
pub(crate) fn percent(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        100.0
    } else {
        100.0 * part as f64 / whole as f64
    }
}

fn alarms(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        percent(part, whole)
    }
}

/// What is worse than its floor, in words.
pub(crate) fn broken(path: &Path, measured: &Measured) -> Result<Vec<String>, String> {
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let floors: Floors =
        toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let kinds = measured.kinds();
    let mut broken = Vec::new();
    for floor in &floors.floor {
        let tally = kinds
            .get(floor.kind.as_str())
            .copied()
            .ok_or_else(|| format!("no cases of kind {}", floor.kind))?;
        let Tally {
            secrets,
            found,
            at_level,
            clean,
            red,
            yellow,
            stray,
            misnamed,
        } = tally;
        let mut check = |what: &str, is: f64, holds: bool| {
            if !holds {
                broken.push(format!("{}: {what} is {is:.2} %", floor.kind));
            }
        };
        check(
            "found",
            percent(found, secrets),
            percent(found, secrets) >= floor.found,
        );
        check(
            "found at the right level",
            percent(at_level, secrets),
            percent(at_level, secrets) >= floor.at_level,
        );
        check(
            "clean texts with an error",
            alarms(red, clean),
            alarms(red, clean) <= floor.red,
        );
        check(
            "clean texts with a warning",
            alarms(yellow, clean),
            alarms(yellow, clean) <= floor.yellow,
        );
        check(
            "secrets under another rule",
            alarms(misnamed, secrets),
            alarms(misnamed, secrets) <= floor.misnamed,
        );
        check(
            "errors beside the secrets",
            alarms(stray, secrets),
            alarms(stray, secrets) <= floor.stray,
        );
    }
    let known = |kind: &str| floors.floor.iter().any(|floor| floor.kind == kind);
    broken.extend(
        kinds
            .keys()
            .filter(|kind| !known(kind))
            .map(|kind| format!("{kind}: no floor in floors.toml")),
    );
    Ok(broken)
}
