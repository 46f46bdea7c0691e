//! What the project around the scanned files says: where it begins, its configuration, and which findings may stay there.

mod base;
mod folders;
mod policy;

use super::args::{RuleArgs, TrustArgs};
use super::settings::{Mode, current_dir};
use super::{Failure, foreign, known};
use crate::config::{self, Config, ConfigError, FailOn, Placed, Switch};
use crate::finding::Identity;
use crate::problem::Problem;
use crate::report::today;
use crate::rule::{EvidenceSpec, Persona, RuleFile, RuleId, RuleSet, RuleSpec};
use crate::source::{Paths, Source as _, Walk, WalkOptions};
use crate::suppress::{BASELINE, Baseline, Demands, Judge, JudgeOptions, Policies as _, Policy};
use crate::text::{Name, hex};
pub(super) use base::Ends;
use folders::{Folders, Reader};
use policy::Wrong;
use sha2::{Digest, Sha256};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// The project that is scanned.
#[derive(Debug)]
pub(super) struct Project {
    /// The folder that paths are relative to: the root of the working tree, else the current folder.
    root: PathBuf,
    trust: TrustArgs,
    config: Config,
    /// Where commits are to be taken in: both ends.
    ends: Option<Ends>,
    /// The project's own, also where another one is used: its key makes the fingerprints.
    own: Option<Baseline>,
    /// The one that was named.
    named: Option<Baseline>,
}

impl Project {
    /// Looks for what belongs to the project that `mode` scans. With `ends`, what is said at the base counts.
    ///
    /// # Errors
    /// A configuration or a baseline that cannot be used.
    pub(super) fn new(mode: &Mode, trust: TrustArgs, ends: Option<Ends>) -> Result<Self, Failure> {
        let start = match mode {
            Mode::Tree(paths) => paths.first().map_or(Path::new("."), PathBuf::as_path),
            Mode::History(audit) => audit.start(),
            _ => Path::new("."),
        };
        let root = match Walk::root_of(start) {
            Some(root) => root,
            None => current_dir()?,
        };
        let named = match &trust.baseline {
            Some(path) => {
                let text = reader(PathBuf::new())(path)
                    .and_then(|text| text.ok_or_else(|| "does not exist".to_owned()));
                let base = base_of(path, &root);
                Some(baseline(text, Name::from_path(path))?.below(base))
            }
            None => None,
        };
        let read = source_of(&root, ends.as_ref());
        let own = match trust.isolated {
            true => None,
            false => match read(Path::new(BASELINE)) {
                Ok(None) => None,
                text => Some(baseline(
                    text.map(Option::unwrap_or_default),
                    BASELINE.into(),
                )?),
            },
        };
        let config = configuration(&read, &trust).map_err(failure)?;
        Ok(Project {
            root,
            trust,
            config,
            ends,
            own,
            named,
        })
    }

    /// What the configuration at the root says.
    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// Reads the configurations of all folders, and returns what is wrong with them.
    ///
    /// # Errors
    /// The one at the root cannot be used.
    pub(super) fn check_folders(&self, rules: &Arc<RuleSet>) -> Result<Vec<Problem>, Failure> {
        let folders = self
            .folders(rules)
            .map_err(|wrong| failure(wrong.into_error()))?;
        let walk = Walk::new(WalkOptions {
            paths: vec![self.root.clone()],
            ..WalkOptions::default()
        })
        .map_err(|error| Failure::new(error.to_string(), ""))?;
        walk.run(&Paths(|path: &Name| drop(folders.of(Some(path)))));
        Ok(folders.problems())
    }

    /// The folder that paths are relative to.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// From which level on a scan fails, if the project says so.
    pub(super) fn fail_on(&self) -> Option<FailOn> {
        self.config.fail_on.as_ref().map(|value| value.value)
    }

    /// Who looks at the findings, if the project says so.
    fn persona(&self) -> Option<Persona> {
        self.config.persona.as_ref().map(|value| value.value)
    }

    /// Whose newer rules only warn.
    pub(super) fn rules_as_of(&self) -> Option<&str> {
        self.config
            .rules_as_of
            .as_ref()
            .map(|version| version.value.as_str())
    }

    /// What is not scanned.
    pub(super) fn exclude(&self) -> impl Iterator<Item = String> {
        self.config.exclude.iter().map(|glob| glob.value.clone())
    }

    /// Whether nothing in the scanned tree is believed.
    pub(super) fn isolated(&self) -> bool {
        self.trust.isolated
    }

    /// Names the configuration in reports: SHA-256 of what was read, empty without any.
    pub(super) fn digest(&self) -> String {
        if self.config.files.is_empty() {
            return String::new();
        }
        let mut hash = Sha256::new();
        for (_, text) in &self.config.files {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        hex(&hash.finalize())
    }

    /// How fingerprints are made.
    pub(super) fn identity(&self) -> Identity {
        let named = self.named.as_ref().and_then(Baseline::identity);
        let across = std::env::var("INVOCA_SCAN_ID_KEY").unwrap_or_default();
        named
            .or_else(|| self.own.as_ref().and_then(Baseline::identity))
            .unwrap_or_else(|| Identity::new(across.clone()))
            .across(across)
    }

    /// All rules, those that the project and then the command line leave on switched on.
    ///
    /// # Errors
    /// A rule that cannot be used or does not exist.
    pub(super) fn rules(&self, args: &RuleArgs) -> Result<RuleSet, Failure> {
        let mut set = RuleSet::builtin();
        add_own(&mut set, &self.config.rules, &self.config.evidence).map_err(failure)?;
        set.set_persona(args.persona.or_else(|| self.persona()).unwrap_or_default());
        for switch in self.config.switches.iter().chain(&self.config.locked_rules) {
            let on = match &switch.value {
                Switch::Rule { on, .. } | Switch::Vendor { on, .. } => *on,
            };
            for id in policy::meant(switch, &set).map_err(|wrong| failure(wrong.into_error()))? {
                set.set_enabled(id, on);
            }
        }
        choose(&mut set, args)?;
        // After the choice: whoever names a list wants what is on it.
        for list in &self.config.known {
            set.add_known(&list.value);
        }
        for path in &args.known {
            set.add_known(&known::read(path)?);
        }
        Ok(set)
    }

    /// What decides which findings stand.
    ///
    /// # Errors
    /// The configuration names a rule that does not exist.
    pub(super) fn judge(
        &self,
        mode: &Mode,
        rules: &Arc<RuleSet>,
        today: String,
    ) -> Result<Judge, Failure> {
        let baseline = match (&self.named, self.trust.no_baseline) {
            (Some(named), _) => Some(named.clone()),
            (None, true) => None,
            (None, false) => self.own.clone(),
        };
        let folders = self
            .folders(rules)
            .map_err(|wrong| failure(wrong.into_error()))?;
        Ok(Judge::new(JudgeOptions {
            rules: Some(Arc::clone(rules)),
            no_inline: self.trust.no_inline_allow || self.trust.isolated,
            check: self.trust.check_suppressions,
            baseline,
            folder_baselines: self.named.is_none() && !self.trust.no_baseline,
            policies: Some(Box::new(folders)),
            today,
            rules_as_of: self.rules_as_of().map(str::to_owned),
            demands: self
                .demands(rules)
                .map_err(|wrong| failure(wrong.into_error()))?,
            only_new: matches!(
                mode,
                Mode::Staged(_) | Mode::PreCommit(_) | Mode::Commits(_) | Mode::Patch(_)
            ),
            new_suppressions: self.ends.as_ref().map(Ends::new_suppressions),
            root: self.ends.is_none().then(|| self.root.clone()),
        }))
    }

    /// What the configuration asks of suppressions.
    fn demands(&self, rules: &RuleSet) -> Result<Demands, Wrong> {
        let mut locked = Vec::new();
        for switch in &self.config.locked_rules {
            locked.extend(policy::meant(switch, rules)?);
        }
        let days = |days: u32| Duration::from_secs(u64::from(days) * 86_400);
        Ok(Demands {
            reason: self.config.require_reason,
            latest: self
                .config
                .longest_expiry
                .and_then(|longest| SystemTime::now().checked_add(days(longest)))
                .map(today),
            locked,
        })
    }

    fn folders(&self, rules: &Arc<RuleSet>) -> Result<Folders, Wrong> {
        let mut root = policy::on_top(Policy::default(), &self.config, "", rules)?;
        // What is off at the root is not even looked for.
        root.off.clear();
        // A configuration that was named is the only one.
        let alone = self.trust.isolated || self.trust.config_file().is_some();
        let read = match alone {
            true => Box::new(|_: &Path| Ok(None)),
            false => source_of(&self.root, self.ends.as_ref()),
        };
        let locked = self.config.lock.clone();
        Ok(Folders::new(Arc::clone(rules), read, locked, root))
    }
}

/// The project's configuration: the one that was named, else the one at its root; and a policy on top of it.
fn configuration(read: &Reader, trust: &TrustArgs) -> Result<Config, ConfigError> {
    let plain = reader(PathBuf::new());
    let named = |path: &Path| {
        plain(path)
            .and_then(|text| text.ok_or_else(|| "does not exist".to_owned()))
            .map_err(|cause| {
                ConfigError::of_file(&path.to_string_lossy(), cause, "name a configuration file")
            })
    };
    let config = if let Some(path) = trust.config_file() {
        config::load(&path, &named(&path)?, &plain)?
    } else if trust.isolated {
        Config::default()
    } else {
        match config::find_in(Path::new(""), &**read)? {
            Some((path, text)) => config::load(&path, &text, &**read)?,
            None => Config::default(),
        }
    };
    match trust.policy_file() {
        Some(path) => config.under(&path, &named(&path)?, &plain),
        None => Ok(config),
    }
}

/// Reads files below `root` from disk. Only regular ones: nothing else may make a scan wait.
fn reader(root: PathBuf) -> impl Fn(&Path) -> Result<Option<String>, String> + Send + Sync {
    move |path| {
        let path = root.join(path);
        match std::fs::metadata(&path) {
            Ok(found) if !found.is_file() => Err("not a regular file".to_owned()),
            Ok(_) => std::fs::read_to_string(&path)
                .map(Some)
                .map_err(|error| error.to_string()),
            Err(error) => match error.kind() {
                // Below a folder whose path is too long for the system there is none that could be read; the walk tells of the folder.
                ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidFilename => {
                    Ok(None)
                }
                _ => Err(error.to_string()),
            },
        }
    }
}

/// Adds the project's own rules.
fn add_own(
    set: &mut RuleSet,
    rules: &[Placed<RuleSpec>],
    evidence: &[EvidenceSpec],
) -> Result<(), ConfigError> {
    if rules.is_empty() {
        return Ok(());
    }
    let file = RuleFile {
        rules: rules.iter().map(|rule| rule.value.clone()).collect(),
        evidence: evidence.to_vec(),
    };
    set.add(file).map_err(|error| {
        let at = rules.iter().find(|rule| rule.value.id == error.rule);
        let place = at.or(rules.first()).map(|rule| rule.place.clone());
        let next = "`invoca-scan rules check FILE` proves the rules of a file";
        match place {
            Some(place) => ConfigError::new(place, error.to_string(), next),
            None => ConfigError::of_file("", error.to_string(), next),
        }
    })
}

/// Leaves on what the command line asks for.
///
/// # Errors
/// A rule that does not exist, with the nearest one that does.
pub(super) fn choose(set: &mut RuleSet, args: &RuleArgs) -> Result<(), Failure> {
    let find =
        |set: &RuleSet, id: &String| set.find(id).ok_or_else(|| foreign::no_such_rule(set, id));
    if !args.rule.is_empty() {
        let wanted: Vec<RuleId> = args
            .rule
            .iter()
            .map(|id| find(set, id))
            .collect::<Result<_, _>>()?;
        let all: Vec<RuleId> = set.iter().map(|(id, _)| id).collect();
        for id in all {
            set.set_enabled(id, wanted.contains(&id));
        }
    }
    for id in &args.skip_rule {
        let id = find(set, id)?;
        set.set_enabled(id, false);
    }
    Ok(())
}

/// The folder that the paths of a baseline's entries are relative to: for one that has the usual name and lies below the root, its own.
pub(super) fn base_of(path: &Path, root: &Path) -> String {
    let usual = path.file_name().is_some_and(|name| name == BASELINE);
    let folder = match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => return String::new(),
    };
    let (folder, root) = (folder.canonicalize(), root.canonicalize());
    let below = folder
        .ok()
        .zip(root.ok())
        .and_then(|(folder, root)| folder.strip_prefix(root).ok().map(Name::from_path));
    match below {
        Some(below) if usual && !below.as_bytes().is_empty() => format!("{below}/"),
        _ => String::new(),
    }
}

/// Reads a baseline.
fn baseline(text: Result<String, String>, name: Name) -> Result<Baseline, Failure> {
    let text = text.map_err(|error| {
        Failure::new(
            format!("the baseline {name} cannot be read: {error}"),
            "name a baseline or an earlier report in JSON",
        )
    })?;
    Baseline::parse(&text, name)
        .map_err(|error| Failure::new(error.to_string(), "mend it, or scan with --no-baseline"))
}

/// Reads files of the project: of the base where there is one, else from disk.
fn source_of(root: &Path, ends: Option<&Ends>) -> Reader {
    match ends {
        Some(ends) => ends.reader(),
        None => Box::new(reader(root.to_owned())),
    }
}

fn failure(error: ConfigError) -> Failure {
    let next = match error.next.is_empty() {
        true => "mend the configuration, or scan with --isolated".to_owned(),
        false => error.next.clone(),
    };
    Failure::new(error.to_string(), next)
}
