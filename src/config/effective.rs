//! What one file and those it extends say together.

use super::file::{AcceptTable, AllowTable, ConfigFile, FailOn, LevelName, parse};
use super::find::Read;
use super::place::{ConfigError, Place, Placed, Text};
use crate::rule::{EvidenceSpec, KnownList, Persona, RuleFile, RuleSpec, Severity};
use crate::text::{is_day, nearest};
use ignore::gitignore::GitignoreBuilder;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Rules that are switched on or off, in the order in which it is said: the last word counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Switch {
    /// One rule.
    Rule {
        /// Its id.
        id: String,
        /// Whether it is on.
        on: bool,
    },
    /// All rules of a vendor.
    Vendor {
        /// Its name.
        name: String,
        /// Whether they are on.
        on: bool,
    },
}

/// Findings that may stay. What is named must all agree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allow {
    /// Ids of rules.
    pub rules: Vec<Placed<String>>,
    /// Patterns of paths, in the syntax of `.gitignore`.
    pub paths: Vec<String>,
    /// SHA-256 of whole secrets.
    pub digests: Vec<[u8; 32]>,
    /// Regexes that a secret contains.
    pub patterns: Vec<String>,
    /// Ids of commits or how they begin, in lower-case hex.
    pub commits: Vec<String>,
    /// Why.
    pub reason: String,
    /// The last day, `YYYY-MM-DD`.
    pub until: Option<String>,
}

/// Problems that do not fail a scan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accept {
    /// Patterns of paths, in the syntax of `.gitignore`.
    pub paths: Vec<String>,
    /// Kinds of problems.
    pub kinds: Vec<String>,
    /// Why.
    pub reason: String,
    /// The last day, `YYYY-MM-DD`.
    pub until: Option<String>,
}

/// All that files say together.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The files that were read, in the order in which they count.
    pub files: Vec<(PathBuf, String)>,
    /// The least level that fails a scan.
    pub fail_on: Option<Placed<FailOn>>,
    /// Who looks at the findings: rules for less demanding ones and for these are on.
    pub persona: Option<Placed<Persona>>,
    /// What newer rules than those of this version find is a warning.
    pub rules_as_of: Option<Placed<String>>,
    /// What is not scanned, in the syntax of `.gitignore`.
    pub exclude: Vec<Placed<String>>,
    /// Rules that are on or off.
    pub switches: Vec<Placed<Switch>>,
    /// Words that make a value an example.
    pub stopwords: Vec<Placed<String>>,
    /// Levels of rules.
    pub levels: Vec<Placed<(String, LevelName)>>,
    /// Severities of rules.
    pub severities: Vec<Placed<(String, Severity)>>,
    /// Fields that files of folders below may not use.
    pub lock: Vec<Placed<String>>,
    /// Rules (on: one rule, or all of a vendor) whose findings nobody may suppress.
    pub locked_rules: Vec<Placed<Switch>>,
    /// Whether a suppression without a reason does not count.
    pub require_reason: bool,
    /// How many days from now the last day of an entry may be; then one without a last day does not count.
    pub longest_expiry: Option<u32>,
    /// Findings that may stay.
    pub allow: Vec<Placed<Allow>>,
    /// Problems that do not fail a scan.
    pub accept: Vec<Placed<Accept>>,
    /// Own rules.
    pub rules: Vec<Placed<RuleSpec>>,
    /// Own kinds of evidence.
    pub evidence: Vec<EvidenceSpec>,
    /// Lists of known secrets.
    pub known: Vec<Placed<KnownList>>,
}

/// Fields that [`Config::fields`] tells of.
const LOCKABLE: &[&str] = &[
    "fail-on",
    "persona",
    "rules-as-of",
    "exclude",
    "stopwords",
    "levels",
    "severities",
    "allow",
    "accept",
    "rules",
    "disable",
    "enable",
    "disable-vendors",
    "enable-vendors",
    "known",
];

/// Files that extend each other in a line longer than this are a loop in all likelihood.
const DEEPEST: usize = 10;

/// Reads the configuration in `text`, which stands in `path`, and the files it names.
///
/// # Errors
/// The first thing that is not as it must be.
pub fn load(path: &Path, text: &str, read: Read<'_>) -> Result<Config, ConfigError> {
    let mut config = Config::default();
    config.take(path, text, read, DEEPEST)?;
    Ok(config)
}

impl Config {
    /// This one and on top of it a policy from outside of the project, which has the last word and may lock fields.
    ///
    /// # Errors
    /// The policy is not as it must be, or the project uses a field that it locks.
    pub fn under(mut self, path: &Path, text: &str, read: Read<'_>) -> Result<Self, ConfigError> {
        let policy = load(path, text, read)?;
        self.check_against(&policy.lock)?;
        self.take(path, text, read, DEEPEST)?;
        Ok(self)
    }

    /// # Errors
    /// The first field that one of these locks names.
    pub fn check_against(&self, locks: &[Placed<String>]) -> Result<(), ConfigError> {
        for (field, place) in self.fields() {
            if let Some(lock) = locks.iter().find(|lock| lock.value == field) {
                let cause = format!("`{field}` is locked in {}", lock.place);
                return Err(ConfigError::new(place, cause, "say it there"));
            }
        }
        Ok(())
    }
}

/// A name of something that the root may lock.
fn lockable(name: Placed<String>) -> Result<Placed<String>, ConfigError> {
    if LOCKABLE.contains(&name.value.as_str()) {
        return Ok(name);
    }
    let next = match nearest(&name.value, LOCKABLE.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", LOCKABLE.join(", ")),
    };
    let cause = format!("there is no field `{}` to lock", name.value);
    Err(ConfigError::new(name.place, cause, next))
}

impl Config {
    fn take(
        &mut self,
        path: &Path,
        text: &str,
        read: Read<'_>,
        left: usize,
    ) -> Result<(), ConfigError> {
        let file: Arc<str> = path.to_string_lossy().into();
        let text = Text { file: &file, text };
        let typed: ConfigFile = parse(text)?;
        for other in text.all(typed.extends) {
            let wrong = |cause: String| {
                ConfigError::new(
                    other.place.clone(),
                    cause,
                    "name a file that exists, relative to this one",
                )
            };
            if left == 0 {
                return Err(wrong(
                    "too many files extend each other; is it a loop?".into(),
                ));
            }
            let path = beside(path, &other.value);
            let text = read(&path)
                .and_then(|text| text.ok_or_else(|| "does not exist".to_owned()))
                .map_err(|cause| wrong(format!("{}: {cause}", path.display())))?;
            self.take(&path, &text, read, left - 1)?;
        }
        for other in text.all(typed.rules) {
            self.take_rules(path, &other, read)?;
        }
        for other in text.all(typed.known) {
            self.take_known(path, other, read)?;
        }
        self.rules.extend(text.all(typed.rule));
        self.evidence.extend(typed.evidence);
        self.fail_on = typed
            .fail_on
            .map(|value| text.placed(value))
            .or(self.fail_on.take());
        self.persona = typed
            .persona
            .map(|value| text.placed(value))
            .or(self.persona.take());
        if let Some(version) = typed.rules_as_of {
            let version = text.placed(version);
            if version
                .value
                .split('.')
                .any(|part| part.parse::<u32>().is_err())
            {
                return Err(ConfigError::new(
                    version.place,
                    format!("{:?} is no version", version.value),
                    "write it as \"0.1\"",
                ));
            }
            self.rules_as_of = Some(version);
        }
        let vendors = |names, on| switches(text, names, move |name| Switch::Vendor { name, on });
        let rules = |ids, on| switches(text, ids, move |id| Switch::Rule { id, on });
        self.switches.extend(vendors(typed.disable_vendors, false));
        self.switches.extend(vendors(typed.enable_vendors, true));
        self.switches.extend(rules(typed.disable, false));
        self.switches.extend(rules(typed.enable, true));
        self.locked_rules.extend(vendors(typed.lock_vendors, true));
        self.locked_rules.extend(rules(typed.lock_rules, true));
        self.require_reason = typed.require_reason.unwrap_or(self.require_reason);
        self.longest_expiry = typed.longest_expiry.or(self.longest_expiry);
        self.exclude.extend(patterns(text.all(typed.exclude))?);
        self.stopwords.extend(
            text.all(typed.stopwords)
                .into_iter()
                .filter(|word| !word.value.is_empty()),
        );
        for (id, level) in typed.levels {
            let Placed { value, place } = text.placed(id);
            self.levels.push(Placed {
                value: (value, level),
                place,
            });
        }
        for (id, severity) in typed.severities {
            let Placed { value, place } = text.placed(id);
            self.severities.push(Placed {
                value: (value, severity),
                place,
            });
        }
        for name in text.all(typed.lock) {
            self.lock.push(lockable(name)?);
        }
        for table in typed.allow {
            self.allow.push(allow(text, text.placed(table))?);
        }
        for table in typed.accept {
            self.accept.push(accept(text, text.placed(table))?);
        }
        self.files.push((path.to_owned(), text.text.to_owned()));
        Ok(())
    }

    /// Reads a rule file.
    fn take_rules(
        &mut self,
        from: &Path,
        named: &Placed<String>,
        read: Read<'_>,
    ) -> Result<(), ConfigError> {
        let next = "name a rule file, relative to this file";
        let (path, content) = read_named(from, named, read, next)?;
        let file: Arc<str> = path.to_string_lossy().into();
        let RuleFile { rules, evidence } = parse(Text {
            file: &file,
            text: &content,
        })?;
        let place = Place {
            file,
            line: 0,
            column: 0,
        };
        self.rules.extend(rules.into_iter().map(|value| Placed {
            value,
            place: place.clone(),
        }));
        self.evidence.extend(evidence);
        self.files.push((path, content));
        Ok(())
    }

    /// Reads a list of known secrets.
    fn take_known(
        &mut self,
        from: &Path,
        named: Placed<String>,
        read: Read<'_>,
    ) -> Result<(), ConfigError> {
        let next = "name a list that `invoca-scan known` wrote, relative to this file";
        let (path, content) = read_named(from, &named, read, next)?;
        let list = KnownList::parse(&content).map_err(|(line, cause)| {
            let place = Place {
                file: path.to_string_lossy().into(),
                line,
                column: 1,
            };
            ConfigError::new(place, cause, next)
        })?;
        self.known.push(Placed {
            value: list,
            place: named.place,
        });
        self.files.push((path, content));
        Ok(())
    }

    /// The fields it uses, for a lock above.
    pub fn fields(&self) -> Vec<(&'static str, Place)> {
        let mut fields = Vec::new();
        let mut note =
            |name, place: Option<&Place>| fields.extend(place.map(|place| (name, place.clone())));
        note("fail-on", self.fail_on.as_ref().map(|value| &value.place));
        note("persona", self.persona.as_ref().map(|value| &value.place));
        note(
            "rules-as-of",
            self.rules_as_of.as_ref().map(|value| &value.place),
        );
        note("exclude", self.exclude.first().map(|value| &value.place));
        note(
            "stopwords",
            self.stopwords.first().map(|value| &value.place),
        );
        note("levels", self.levels.first().map(|value| &value.place));
        note(
            "severities",
            self.severities.first().map(|value| &value.place),
        );
        note("allow", self.allow.first().map(|value| &value.place));
        note("accept", self.accept.first().map(|value| &value.place));
        note("rules", self.rules.first().map(|value| &value.place));
        note("known", self.known.first().map(|value| &value.place));
        for switch in &self.switches {
            note(switch.value.field(), Some(&switch.place));
        }
        fields
    }
}

impl Switch {
    /// The field that says it.
    pub fn field(&self) -> &'static str {
        match self {
            Switch::Rule { on: false, .. } => "disable",
            Switch::Rule { on: true, .. } => "enable",
            Switch::Vendor { on: false, .. } => "disable-vendors",
            Switch::Vendor { on: true, .. } => "enable-vendors",
        }
    }
}

fn switches(
    text: Text<'_>,
    names: Vec<toml::Spanned<String>>,
    make: impl Fn(String) -> Switch,
) -> Vec<Placed<Switch>> {
    text.all(names)
        .into_iter()
        .map(|name| Placed {
            value: make(name.value),
            place: name.place,
        })
        .collect()
}

/// The path and the text of a file that the file `from` names.
fn read_named(
    from: &Path,
    named: &Placed<String>,
    read: Read<'_>,
    next: &str,
) -> Result<(PathBuf, String), ConfigError> {
    let path = beside(from, &named.value);
    let content = read(&path).and_then(|text| text.ok_or_else(|| "does not exist".to_owned()));
    match content {
        Ok(content) => Ok((path, content)),
        Err(cause) => {
            let cause = format!("{}: {cause}", path.display());
            Err(ConfigError::new(named.place.clone(), cause, next))
        }
    }
}

/// A path written in the file `from`.
fn beside(from: &Path, written: &str) -> PathBuf {
    let folder = from.parent().unwrap_or(Path::new(""));
    let mut path = PathBuf::new();
    // Without `..` inside, so that the path can be looked up in a commit as well.
    for part in folder.join(written).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(path.components().next_back(), Some(Component::Normal(_))) =>
            {
                path.pop();
            }
            other => path.push(other),
        }
    }
    path
}

fn allow(text: Text<'_>, table: Placed<AllowTable>) -> Result<Placed<Allow>, ConfigError> {
    let Placed { value, place } = table;
    let mut allow = Allow {
        rules: text.all(value.rules),
        paths: plain(patterns(text.all(value.paths))?),
        reason: value.reason,
        until: date(text, value.until)?,
        ..Allow::default()
    };
    for secret in text.all(value.secrets) {
        let digest = secret.value.strip_prefix("sha256:").and_then(hex);
        allow.digests.push(digest.ok_or_else(|| {
            ConfigError::new(
                secret.place,
                "this is not how a secret is named",
                "write `sha256:` and 64 hex digits, never the secret itself",
            )
        })?);
    }
    for pattern in text.all(value.patterns) {
        regex::bytes::Regex::new(&pattern.value).map_err(|error| {
            let error = error.to_string();
            let last = error
                .lines()
                .last()
                .unwrap_or_default()
                .trim_start_matches("error: ");
            ConfigError::new(
                pattern.place,
                format!("bad regex: {last}"),
                "the syntax is that of Rust's regex crate",
            )
        })?;
        allow.patterns.push(pattern.value);
    }
    for commit in text.all(value.commits) {
        let id = commit.value.to_ascii_lowercase();
        if id.len() < 7 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(ConfigError::new(
                commit.place,
                format!("{:?} is no commit id", commit.value),
                "write at least seven of its hex digits",
            ));
        }
        allow.commits.push(id);
    }
    let says_nothing = allow.rules.is_empty()
        && allow.paths.is_empty()
        && allow.digests.is_empty()
        && allow.patterns.is_empty()
        && allow.commits.is_empty();
    if says_nothing {
        return Err(ConfigError::new(
            place,
            "this would allow everything",
            "name rules, paths, secrets, patterns or commits",
        ));
    }
    Ok(Placed {
        value: allow,
        place,
    })
}

fn accept(text: Text<'_>, table: Placed<AcceptTable>) -> Result<Placed<Accept>, ConfigError> {
    let Placed { value, place } = table;
    let accept = Accept {
        paths: plain(patterns(text.all(value.paths))?),
        kinds: plain(text.all(value.kinds)),
        reason: value.reason,
        until: date(text, value.until)?,
    };
    if accept.paths.is_empty() || accept.kinds.is_empty() {
        return Err(ConfigError::new(
            place,
            "this does not say what is accepted",
            "name paths and kinds of problems",
        ));
    }
    Ok(Placed {
        value: accept,
        place,
    })
}

fn plain(values: Vec<Placed<String>>) -> Vec<String> {
    values.into_iter().map(|value| value.value).collect()
}

/// Checks patterns of paths.
fn patterns(texts: Vec<Placed<String>>) -> Result<Vec<Placed<String>>, ConfigError> {
    for text in &texts {
        let mut builder = GitignoreBuilder::new("");
        builder.allow_unclosed_class(false);
        builder
            .add_line(None, &text.value)
            .map(|_| ())
            .map_err(|error| {
                ConfigError::new(
                    text.place.clone(),
                    format!("bad glob: {error}"),
                    "the syntax is that of .gitignore",
                )
            })?;
    }
    Ok(texts)
}

/// A date, written as one or as text.
fn date(
    text: Text<'_>,
    value: Option<toml::Spanned<toml::Value>>,
) -> Result<Option<String>, ConfigError> {
    let Some(value) = value else { return Ok(None) };
    let Placed { value, place } = text.placed(value);
    let written = match value {
        toml::Value::String(written) => written,
        toml::Value::Datetime(written) => written.to_string(),
        other => other.type_str().to_owned(),
    };
    if is_day(&written) {
        Ok(Some(written))
    } else {
        Err(ConfigError::new(
            place,
            format!("{written:?} is no date"),
            "write it as 2026-12-31",
        ))
    }
}

fn hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bytes)
}
