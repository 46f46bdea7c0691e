//! What an earlier audit saw in objects, by their numbers, and what this one does. A value is not kept: one object that has it is read again.

use super::claims::Claim;
use super::past::{Names, Recorded};
use crate::attribute::{NamePlace, Records};
use crate::cache::{Key, Said, Seen, SeenClaim, SeenPast, Shelf, Sights, read, write};
use crate::progress::Progress;
use crate::rule::{RuleId, RuleSet};
use crate::source::history::{Damage, Derived, Kind, Object, Store, Visit, traverse};
use crate::text::{Secret, utf8_from_utf16};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

/// What is known of each object of a store.
pub(super) struct Memory {
    /// Whether all that is in an object is known.
    before: Vec<bool>,
    now: Vec<AtomicBool>,
    /// What was found, with the numbers that objects have now.
    claims: Vec<SeenClaim>,
    said: Vec<Said>,
    /// The values, by number.
    values: Vec<Secret>,
    past: Option<SeenPast>,
}

/// What this audit has seen.
pub(super) struct Now<'a> {
    /// All claims that were made, by object.
    pub(super) claims: &'a [Claim],
    /// What they say.
    pub(super) said: &'a [Said],
    /// What the objects are.
    pub(super) kinds: &'a BTreeMap<u32, Kind>,
    /// The past as it was read; `None` where it is as it was remembered, or not worth it.
    pub(super) past: Option<SeenPast>,
}

impl Memory {
    /// Nothing is known.
    pub(super) fn none(store: &Store) -> Self {
        Memory {
            before: Vec::new(),
            now: (0..store.len()).map(|_| AtomicBool::new(false)).collect(),
            claims: Vec::new(),
            said: Vec::new(),
            values: Vec::new(),
            past: None,
        }
    }

    /// What `shelf` has of the repository at `git_dir`.
    pub(super) fn taken(
        store: &Store,
        git_dir: &Path,
        (shelf, key): (&dyn Shelf, Key),
        rules: &RuleSet,
        (progress, threads): (&Progress, usize),
    ) -> Self {
        let Some(bytes) = shelf.take(git_dir) else {
            return Self::none(store);
        };
        match read(key, &bytes) {
            Seen::Sights(sights) if fits(&sights, rules) => {
                let memory = Self::of(store, sights);
                // Where a value cannot be read any more, nothing is believed.
                memory
                    .recalled(store, progress, threads)
                    .unwrap_or_else(|| Self::none(store))
            }
            Seen::Other => Self::none(store),
            Seen::Damaged | Seen::Sights(_) => {
                shelf.damaged(git_dir);
                Self::none(store)
            }
        }
    }

    fn of(store: &Store, sights: Sights) -> Self {
        let mut memory = Self::none(store);
        memory.before = vec![false; store.len() as usize];
        let numbers = sights.ids.iter().map(|id| store.find(id.as_bytes()));
        let numbers: Vec<Option<u32>> = numbers.collect();
        for number in numbers.iter().flatten() {
            memory.before[*number as usize] = true;
        }
        memory.claims = sights.claims;
        memory.claims.retain_mut(|claim| {
            let number = numbers[claim.object as usize];
            claim.object = number.unwrap_or_default();
            number.is_some()
        });
        memory.said = sights.said;
        memory.past = sights.past;
        memory
    }

    /// With the values, read from one object each.
    fn recalled(mut self, store: &Store, progress: &Progress, threads: usize) -> Option<Self> {
        let mut first: BTreeMap<u32, SeenClaim> = BTreeMap::new();
        for claim in &self.claims {
            first.entry(claim.value).or_insert(*claim);
        }
        let mut wanted: BTreeMap<u32, Vec<SeenClaim>> = BTreeMap::new();
        for (number, claim) in (0..).zip(first.values()) {
            let claim = SeenClaim {
                value: number,
                ..*claim
            };
            wanted.entry(claim.object).or_default().push(claim);
        }
        let recall = Recall {
            wanted,
            values: Mutex::new(vec![None; first.len()]),
            progress,
        };
        if !recall.wanted.is_empty() {
            let kinds = [Kind::Blob, Kind::Commit, Kind::Tag];
            traverse(store, &kinds, &recall, threads);
        }
        let values = recall.values.into_inner();
        let values = values.unwrap_or_else(PoisonError::into_inner);
        self.values = values.into_iter().collect::<Option<_>>()?;
        let numbers: BTreeMap<u32, u32> = first.into_keys().zip(0..).collect();
        for claim in &mut self.claims {
            claim.value = numbers.get(&claim.value).copied().unwrap_or_default();
        }
        Some(self)
    }

    /// Whether all that is in object `number` is known from an earlier audit.
    pub(super) fn knows(&self, number: u32) -> bool {
        self.before.get(number as usize).is_some_and(|known| *known)
    }

    /// What is remembered of commits, tags and trees, if nothing has changed since. `objects` is what [`digest()`] says now.
    pub(super) fn past(&self, store: &Store, objects: [u8; 32]) -> Option<Recorded> {
        let past = self.past.as_ref()?;
        if past.objects != objects {
            return None;
        }
        let numbers = (store.len(), past.names.len() as u32, store.hash_len());
        Some(Recorded {
            records: Records::from_bytes(&past.records, numbers)?,
            names: Names::Placed,
            places: past.names.clone(),
            whole: true,
        })
    }

    /// How many objects are known.
    pub(super) fn known(&self) -> u64 {
        self.before.iter().filter(|known| **known).count() as u64
    }

    /// Everything that was found: object, value, what is said of it, and the claim.
    pub(super) fn claims(&self) -> impl Iterator<Item = (&SeenClaim, &Secret, &Said)> {
        self.claims.iter().filter_map(|claim| {
            let value = self.values.get(claim.value as usize)?;
            Some((claim, value, self.said.get(claim.said as usize)?))
        })
    }

    /// Notes that all of object `number` was looked at, and that claims say all that was found.
    pub(super) fn note(&self, number: u32) {
        self.now[number as usize].store(true, Relaxed);
    }

    /// Leaves what is known now, if it is more than before. `claims` are all that were made.
    pub(super) fn leave(
        &self,
        store: &Store,
        git_dir: &Path,
        (shelf, key): (&dyn Shelf, Key),
        seen: Now<'_>,
    ) {
        let new = |number: u32| self.now[number as usize].load(Relaxed) && !self.knows(number);
        if !(0..store.len()).any(new) && seen.past.is_none() {
            return;
        }
        let known = (0..store.len()).filter(|number| self.knows(*number) || new(*number));
        let known: Vec<u32> = known.collect();
        let claims = seen.claims.iter().filter_map(|claim| {
            let object = known.binary_search(&claim.object).ok()?;
            Some(SeenClaim {
                object: object as u32,
                value: claim.value,
                said: claim.said,
                rule: claim.rule,
                span: claim.span,
                message: seen.kinds.get(&claim.object) != Some(&Kind::Blob),
            })
        });
        let sights = Sights {
            claims: claims.collect(),
            ids: known.iter().map(|number| store.id(*number)).collect(),
            said: seen.said.to_vec(),
            past: seen.past.or_else(|| self.past.clone()),
        };
        shelf.leave(git_dir, &write(key, &sights));
    }
}

/// A digest of all objects, and of those that `found` names: what is recorded of trees depends on both.
pub(super) fn digest(store: &Store, found: &[bool]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for number in 0..store.len() {
        hash.update(store.id(number).as_bytes());
    }
    let found: Vec<u8> = found.iter().map(|found| u8::from(*found)).collect();
    hash.update(found);
    hash.finalize().into()
}

/// The names that `needed` asks for by number, read from the trees at their `places`, by number; `None` where one could not be read.
pub(super) fn read_names(
    store: &Store,
    places: &[NamePlace],
    needed: &BTreeSet<u32>,
    threads: usize,
) -> Option<Vec<Vec<u8>>> {
    let mut wanted: BTreeMap<u32, Vec<(u32, usize)>> = BTreeMap::new();
    for name in needed {
        let (tree, offset) = *places.get(*name as usize)?;
        wanted
            .entry(tree)
            .or_default()
            .push((*name, offset as usize));
    }
    let reading = NamesIn {
        wanted,
        names: Mutex::new(vec![Vec::new(); places.len()]),
    };
    if !reading.wanted.is_empty() {
        traverse(store, &[Kind::Tree], &reading, threads);
    }
    let names = reading.names.into_inner();
    let names = names.unwrap_or_else(PoisonError::into_inner);
    let all = needed.iter().all(|name| !names[*name as usize].is_empty());
    all.then_some(names)
}

/// Reads names.
struct NamesIn {
    /// For each tree numbers of names and where these begin.
    wanted: BTreeMap<u32, Vec<(u32, usize)>>,
    names: Mutex<Vec<Vec<u8>>>,
}

impl Visit for NamesIn {
    type Known = ();

    fn wanted(&self, number: u32) -> bool {
        self.wanted.contains_key(&number)
    }

    fn object(&self, object: Object<'_>, _base: Option<Derived<'_, ()>>) {
        let Some(list) = self.wanted.get(&object.number) else {
            return;
        };
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, offset) in list {
            let rest = object.bytes.get(*offset..).unwrap_or_default();
            let len = memchr::memchr(0, rest).unwrap_or(0);
            names[*name as usize] = rest[..len].to_vec();
        }
    }

    fn failed(&self, _number: u32, _damage: &Damage) {
        // Then all is read again, and the damage named.
    }

    fn interrupted(&self) -> bool {
        // Whatever was found is still told.
        false
    }
}

/// Whether these rules exist.
fn fits(sights: &Sights, rules: &RuleSet) -> bool {
    let count = rules.iter().count();
    let exists = |rule: RuleId| rule.index() < count;
    let said = sights.said.iter().flat_map(|said| &said.others);
    sights.claims.iter().all(|claim| exists(claim.rule))
        && said.into_iter().all(|other| exists(other.0))
}

/// Reads values.
struct Recall<'a> {
    /// For each object the claims whose values are read from it.
    wanted: BTreeMap<u32, Vec<SeenClaim>>,
    values: Mutex<Vec<Option<Secret>>>,
    progress: &'a Progress,
}

impl Visit for Recall<'_> {
    type Known = ();

    fn wanted(&self, number: u32) -> bool {
        self.wanted.contains_key(&number)
    }

    fn object(&self, object: Object<'_>, _base: Option<Derived<'_, ()>>) {
        let Some(claims) = self.wanted.get(&object.number) else {
            return;
        };
        let is_blob = object.kind == Kind::Blob;
        let converted = is_blob.then(|| utf8_from_utf16(object.bytes)).flatten();
        let text = converted.as_deref().unwrap_or(object.bytes);
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        for claim in claims {
            let whole = claim.span.end <= text.len() && !claim.span.is_empty();
            values[claim.value as usize] = whole.then(|| Secret::new(claim.span.of(text)));
        }
    }

    fn failed(&self, _number: u32, _damage: &Damage) {
        // Then it is read with all others, and named.
    }

    fn interrupted(&self) -> bool {
        self.progress.interrupted()
    }
}
