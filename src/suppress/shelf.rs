//! All baselines of a project: the one at the root, and those that lie beside the configurations of folders. For a file, the nearest has the
//! first word.

use super::baseline::{Baseline, Known};
use super::policy::Policies;
use crate::text::Name;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The baselines that count for a folder, the nearest first.
type Chain = Arc<[Arc<Known>]>;

/// Baselines, read when the first file of their folder is met.
#[derive(Default)]
pub(super) struct Shelf {
    root: Chain,
    /// Chains by folder.
    folders: Mutex<BTreeMap<String, Chain>>,
    /// Whether those of folders count.
    whole: bool,
}

impl Shelf {
    /// With the baseline at the root, if there is one. With `whole`, those of folders count as well.
    pub(super) fn new(root: Option<Baseline>, whole: bool) -> Self {
        Shelf {
            root: root
                .map(|root| Arc::new(Known::new(root)))
                .into_iter()
                .collect(),
            folders: Mutex::default(),
            whole,
        }
    }

    /// The one at the root.
    pub(super) fn root(&self) -> Option<&Known> {
        self.root.first().map(|known| &**known)
    }

    /// Those that count for `path`, the nearest first.
    pub(super) fn of(&self, path: Option<&Name>, policies: Option<&dyn Policies>) -> Chain {
        let text = path.and_then(|path| std::str::from_utf8(path.as_bytes()).ok());
        let folder = text
            .and_then(|text| text.rsplit_once('/'))
            .map(|(folder, _)| folder);
        match (folder, policies) {
            (Some(folder), Some(policies)) if self.whole && !folder.starts_with(['/', '.']) => {
                let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
                self.of_folder(&mut folders, folder, policies)
            }
            _ => Arc::clone(&self.root),
        }
    }

    /// Without recursion: folders may lie as deep as a file system allows.
    fn of_folder(
        &self,
        folders: &mut BTreeMap<String, Chain>,
        folder: &str,
        policies: &dyn Policies,
    ) -> Chain {
        let mut unknown = Vec::new();
        let mut next = Some(folder);
        let mut chain = loop {
            match next.map(|at| (at, folders.get(at))) {
                None => break Arc::clone(&self.root),
                Some((_, Some(known))) => break Arc::clone(known),
                Some((at, None)) => unknown.push(at),
            }
            next = next
                .and_then(|at| at.rsplit_once('/'))
                .map(|(above, _)| above);
        };
        for folder in unknown.into_iter().rev() {
            if let Some(own) = policies.baseline_in(folder) {
                let own = Arc::new(Known::new(own.below(format!("{folder}/"))));
                chain = std::iter::once(own).chain(chain.iter().cloned()).collect();
            }
            folders.insert(folder.to_owned(), Arc::clone(&chain));
        }
        chain
    }

    /// All that were met, each once, the root's last.
    pub(super) fn all(&self) -> Vec<Arc<Known>> {
        let folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<Arc<Known>> = Vec::new();
        for known in folders.values().flat_map(|chain| chain.iter()) {
            if !self
                .root
                .iter()
                .chain(&all)
                .any(|other| Arc::ptr_eq(other, known))
            {
                all.push(Arc::clone(known));
            }
        }
        all.extend(self.root.iter().cloned());
        all
    }
}
