//! What the project around the scanned files says: where it begins, and which findings may stay there.

use super::Failure;
use super::args::TrustArgs;
use super::settings::Mode;
use crate::finding::Identity;
use crate::rule::RuleSet;
use crate::source::Walk;
use crate::suppress::{BASELINE, Baseline, Judge, JudgeOptions};
use crate::text::Name;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The project that is scanned.
#[derive(Debug)]
pub(super) struct Project {
    /// The folder that paths are relative to: the root of the working tree, else the current folder.
    root: PathBuf,
    trust: TrustArgs,
    /// The project's own, also where another one is used: its key makes the fingerprints.
    own: Option<Baseline>,
    /// The one that was named.
    named: Option<Baseline>,
}

impl Project {
    /// Looks for what belongs to the project that `mode` scans.
    ///
    /// # Errors
    /// A baseline that cannot be read.
    pub(super) fn new(mode: &Mode, trust: TrustArgs) -> Result<Self, Failure> {
        let start = match mode {
            Mode::Tree(paths) => paths.first().map_or(Path::new("."), PathBuf::as_path),
            _ => Path::new("."),
        };
        let root = match Walk::root_of(start) {
            Some(root) => root,
            None => super::settings::current_dir()?,
        };
        let own = load(&root.join(BASELINE), BASELINE.into(), false)?;
        let named = match &trust.baseline {
            Some(path) => load(path, Name::from_path(path), true)?,
            None => None,
        };
        Ok(Project {
            root,
            trust,
            own,
            named,
        })
    }

    /// How fingerprints are made.
    pub(super) fn identity(&self) -> Identity {
        let named = self.named.as_ref().and_then(Baseline::identity);
        named
            .or_else(|| self.own.as_ref().and_then(Baseline::identity))
            .unwrap_or_else(|| {
                Identity::new(std::env::var("INVOCA_SCAN_ID_KEY").unwrap_or_default())
            })
    }

    /// What decides which findings stand.
    pub(super) fn judge(&self, mode: &Mode, rules: &Arc<RuleSet>, today: String) -> Judge {
        let baseline = match (&self.named, self.trust.no_baseline) {
            (Some(named), _) => Some(named.clone()),
            (None, true) => None,
            (None, false) => self.own.clone(),
        };
        Judge::new(JudgeOptions {
            rules: Some(Arc::clone(rules)),
            no_inline: self.trust.no_inline_allow,
            check: self.trust.check_suppressions,
            baseline,
            today,
            only_new: matches!(
                mode,
                Mode::Staged(_) | Mode::PreCommit(_) | Mode::Commits(_) | Mode::Patch(_)
            ),
            root: Some(self.root.clone()),
            ..JudgeOptions::default()
        })
    }
}

/// Reads a baseline. One that nobody named need not exist.
fn load(path: &Path, name: Name, named: bool) -> Result<Option<Baseline>, Failure> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound && !named => return Ok(None),
        Err(error) => {
            return Err(Failure::new(
                format!("the baseline {name} cannot be read: {error}"),
                "name a baseline or an earlier report in JSON",
            ));
        }
    };
    Baseline::parse(&text, name)
        .map(Some)
        .map_err(|error| Failure::new(error.to_string(), "mend it, or scan with --no-baseline"))
}
