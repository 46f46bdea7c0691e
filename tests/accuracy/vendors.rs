//! Products of two lists: credentials of vendors (`vendors.toml`, written from what is known of the vendors, not from the rules) and the
//! built-in rules' own examples, each put into the file templates of `templates.toml`; names without a vendor in the many places of `places.toml`.

use crate::case::{Case, Expect};
use invoca_scan::blob::Fresh;
use invoca_scan::detect::{Detector, Generator, Scratch};
use invoca_scan::rule::{Confidence, MostLevel, RuleId, RuleSet};
use serde::Deserialize;
use std::path::Path;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vendors {
    /// Vendor, label, value (marked where only a part of it is the secret), and `own` where the value is unmistakable without its label.
    vendors: Vec<(String, String, String, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Templates {
    template: Vec<Template>,
}

/// A place for a credential: `@LABEL@`, `@label@`, `@Label@`, `@lab-el@`, `@LAB-EL@` stand for its name, `@VALUE@` for itself.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Template {
    form: String,
    path: String,
    text: String,
    /// Whether no label stands beside the value: only unmistakable ones can be found.
    #[serde(default)]
    anonymous: bool,
    /// Whether a warning is what should come of it: documents and tests.
    #[serde(default)]
    warning: bool,
}

impl Template {
    fn case(&self, kind: &str, vendor: &str, label: &str, value: &str) -> Case {
        let lower = label.to_ascii_lowercase();
        let camel: String = lower
            .split('_')
            .enumerate()
            .map(|(at, part)| {
                if at == 0 {
                    part.to_owned()
                } else {
                    crate::words::capital(part)
                }
            })
            .collect();
        let text = if value.contains('«') {
            self.text.replace("«@VALUE@»", "@VALUE@")
        } else {
            self.text.clone()
        };
        let text = text
            .replace("@LABEL@", label)
            .replace("@label@", &lower)
            .replace("@Label@", &camel)
            .replace("@lab-el@", &lower.replace('_', "-"))
            .replace("@LAB-EL@", &label.replace('_', "-"))
            .replace("@VALUE@", value);
        let expect = match self.warning {
            true => Expect::Warning,
            false => Expect::Error,
        };
        Case {
            kind: kind.to_owned(),
            form: self.form.clone(),
            path: self.path.clone(),
            text,
            expect,
            rule: String::new(),
            vendor: vendor.to_owned(),
        }
    }
}

fn templates(folder: &Path) -> Result<Vec<Template>, String> {
    read::<Templates>(&folder.join("templates.toml")).map(|file| file.template)
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, String> {
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// Vendors × templates.
pub(crate) fn cases(folder: &Path) -> Result<Vec<Case>, String> {
    let templates = templates(folder)?;
    let vendors: Vendors = read(&folder.join("vendors.toml"))?;
    Ok(vendors
        .vendors
        .iter()
        .flat_map(|(vendor, label, value, own)| {
            let kind = if own == "own" {
                "vendors, unmistakable"
            } else {
                "vendors, by name"
            };
            templates
                .iter()
                .filter(move |template| own == "own" || !template.anonymous)
                .map(move |template| template.case(kind, vendor, label, value))
        })
        .collect())
}

/// Every how many places of `places.toml` hold the same vendor's credential.
const PLACES_A_VENDOR: usize = 40;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Places {
    /// What it is, its name, its shape.
    names: Vec<(String, String, String)>,
    template: Vec<Template>,
}

/// Names without a vendor × places, and in each place some of the vendors' credentials that are known by name.
pub(crate) fn in_places(folder: &Path) -> Result<Vec<Case>, String> {
    let places: Places = read(&folder.join("places.toml"))?;
    let vendors: Vendors = read(&folder.join("vendors.toml"))?;
    let named = vendors
        .vendors
        .iter()
        .filter(|(.., own)| own == "named")
        .map(|(vendor, label, value, _)| (vendor, label, value));
    let named: Vec<_> = named.collect();
    let mut cases = Vec::new();
    for (number, place) in places.template.iter().enumerate() {
        let some = named
            .iter()
            .copied()
            .skip(number % PLACES_A_VENDOR)
            .step_by(PLACES_A_VENDOR);
        let names = places
            .names
            .iter()
            .map(|(what, label, value)| (what, label, value));
        for (what, label, value) in names {
            cases.push(place.case("places, by name", what, label, value));
        }
        // A vendor's token is an error in a document as well.
        cases.extend(some.map(|(vendor, label, value)| Case {
            expect: Expect::Error,
            ..place.case("places, by name", vendor, label, value)
        }));
    }
    Ok(cases)
}

/// The first example of every built-in rule whose token needs no context × templates.
pub(crate) fn from_rules(folder: &Path) -> Result<Vec<Case>, String> {
    let templates = templates(folder)?;
    let rules = Arc::new(RuleSet::builtin());
    let detector = Detector::new(rules.clone());
    let mut scratch = Scratch::default();
    let mut cases = Vec::new();
    for (id, rule) in rules.iter() {
        let spec = &rule.spec;
        let Some(example) = spec.examples.first() else {
            continue;
        };
        if spec.pattern.is_empty() || spec.lint || !spec.paths.is_empty() || !rules.is_enabled(id) {
            continue;
        }
        // A key that is meant to be published is no secret.
        if spec.level == MostLevel::Note {
            continue;
        }
        let text = Generator::new(7).expand(example)?;
        let Some(value) = value_of(&detector, id, &text, &mut scratch) else {
            continue;
        };
        let alone = format!("value \"{value}\"");
        if value.contains(['\n', '"', '\'', '<', '\\', ' ', '«', '»'])
            || value_of(&detector, id, &alone, &mut scratch).is_none()
        {
            continue;
        }
        // A guess is a warning wherever it stands.
        let guess = spec.confidence == Confidence::Low;
        cases.extend(templates.iter().map(|template| {
            let case = template.case("rules, first example", &spec.id, "SERVICE_VALUE", &value);
            match guess {
                true => Case {
                    expect: Expect::Warning,
                    ..case
                },
                false => case,
            }
        }));
    }
    Ok(cases)
}

/// What the rule finds in the text.
fn value_of(
    detector: &Detector,
    rule: RuleId,
    text: &str,
    scratch: &mut Scratch,
) -> Option<String> {
    let detection = detector.detect(text.as_bytes(), Fresh::All, scratch);
    let claim = detection
        .raw
        .iter()
        .find(|claim| claim.rule == rule && claim.encoded.is_none())?;
    text.get(claim.span.start..claim.span.end)
        .map(str::to_owned)
}
