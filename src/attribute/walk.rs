//! Through all commits, parents first: which commit brings a target in, which takes it out, and what each reference has of it now and in its past.

use super::hits::Hits;
use super::names::{PathId, Paths};
use super::record::{Item, NONE, Records};
use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;

/// Entries that one comparison of two trees may visit: a tree that holds itself under ten names, ten levels deep, has more paths than anybody can list.
const MAX_STEPS: usize = 1 << 20;

/// What is looked for: targets by the object that holds them, and by the name.
#[derive(Debug, Default)]
pub struct Targets {
    /// Pairs of object and target, sorted.
    pub objects: Vec<(u32, u32)>,
    /// Pairs of name and target, sorted.
    pub names: Vec<(u32, u32)>,
}

impl Targets {
    fn of(list: &[(u32, u32)], key: u32) -> impl Iterator<Item = u32> {
        let from = list.partition_point(|(at, _)| *at < key);
        let rest = list[from..].iter();
        rest.take_while(move |(at, _)| *at == key)
            .map(|(_, target)| *target)
    }

    /// The targets that object `number` holds.
    pub fn of_object(&self, number: u32) -> impl Iterator<Item = u32> {
        Self::of(&self.objects, number)
    }

    /// The targets that name `number` holds.
    pub fn of_name(&self, number: u32) -> impl Iterator<Item = u32> {
        Self::of(&self.names, number)
    }
}

/// How often each target stands in a tree.
type Holding = BTreeMap<u32, u32>;
/// Targets that a commit or any of its ancestors has.
type Past = BTreeSet<u32>;

/// Where a reference (or anything else that names an object) points, and what it has.
#[derive(Clone, Debug, Default)]
pub struct Tip {
    /// The object it names.
    pub object: u32,
    /// Targets in the tree it names, with their number.
    pub holding: Arc<Holding>,
    /// Targets in its whole history.
    pub past: Arc<Past>,
    /// Whether [`Tip::places`] is wanted.
    pub wants_places: bool,
    /// Target, path and object of everything in the tree it names.
    pub places: Vec<(u32, PathId, u32)>,
}

/// What became known of one target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// Commits (by their number among the commits, in the order of the walk) that have it while no parent has.
    pub introduced: Vec<u32>,
    /// Commits that do not have it while every parent has.
    pub removed: Vec<u32>,
    /// Merges in which it got lost: one parent has it, another one does not, and the result does not.
    pub lost: Vec<u32>,
    /// Where it stood in any commit: path and object, with the first commit that has it there.
    pub places: BTreeMap<(PathId, u32), u32>,
    /// Where it stands in trees that no commit has: tree, path from there, and object.
    pub stray: BTreeSet<(u32, PathId, u32)>,
}

/// The outcome.
#[derive(Debug, Default)]
pub struct Walked {
    /// One for each target.
    pub traces: Vec<Trace>,
    /// All paths that traces name.
    pub paths: Paths,
    /// Whether some places are not listed, because there are too many.
    pub cut: bool,
}

/// Something in a tree that is looked for.
struct Event {
    target: u32,
    path: PathId,
    object: u32,
    gained: bool,
}

pub(super) struct Walk<'a> {
    records: &'a Records,
    hits: &'a Hits,
    targets: &'a Targets,
    commit_of: BTreeMap<u32, u32>,
    out: Walked,
    events: Vec<Event>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        records: &'a Records,
        hits: &'a Hits,
        targets: &'a Targets,
        count: usize,
    ) -> Self {
        let commits = records.commits.iter().enumerate();
        Walk {
            records,
            hits,
            targets,
            commit_of: commits
                .map(|(at, commit)| (commit.object, at as u32))
                .collect(),
            out: Walked {
                traces: vec![Trace::default(); count],
                ..Walked::default()
            },
            events: Vec::new(),
        }
    }

    /// Walks all commits and fills in `tips`.
    pub(super) fn run(mut self, tips: &mut [Tip]) -> Walked {
        let mut named: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (at, tip) in tips.iter_mut().enumerate() {
            let peeled = self.peel(tip);
            named.entry(peeled).or_default().push(at);
        }
        let order = self.order();
        let mut states: Vec<Option<State>> = vec![None; self.records.commits.len()];
        let mut left: Vec<u32> = vec![0; states.len()];
        for commit in 0..states.len() {
            for parent in self.parents(commit) {
                left[parent as usize] += 1;
            }
        }
        for commit in order {
            let state = self.step(commit, &mut states, &mut left);
            let object = self.records.commits[commit as usize].object;
            for tip in named.remove(&object).into_iter().flatten() {
                if tips[tip].wants_places {
                    tips[tip].places = self.places(commit);
                }
                tips[tip].holding = Arc::clone(&state.holding);
                let past = Arc::make_mut(&mut tips[tip].past);
                past.extend(state.past.iter());
            }
            if left[commit as usize] > 0 {
                states[commit as usize] = Some(state);
            }
        }
        // What names no commit: a tree or blob.
        for (object, list) in named {
            let holding = self.list(object);
            for tip in list {
                Arc::make_mut(&mut tips[tip].past).extend(holding.keys());
                tips[tip].holding = Arc::new(holding.clone());
            }
        }
        self.stray();
        self.out
    }

    /// Follows tags; what these hold themselves belongs to the tip's past.
    fn peel(&self, tip: &mut Tip) -> u32 {
        let mut object = tip.object;
        let mut past = Past::new();
        for _ in 0..64 {
            let Some(next) = self.records.tags.get(&object) else {
                break;
            };
            past.extend(self.targets.of_object(object));
            object = *next;
        }
        tip.past = Arc::new(past);
        object
    }

    /// The parents that are stored, as numbers of commits.
    fn parents(&self, commit: usize) -> Vec<u32> {
        let parents = self.records.parents(commit).iter();
        parents
            .filter_map(|parent| self.commit_of.get(parent).copied())
            .collect()
    }

    /// Parents before children, otherwise by time.
    fn order(&self) -> Vec<u32> {
        let count = self.records.commits.len();
        let mut waiting = Vec::with_capacity(count);
        let mut children: Vec<(u32, u32)> = Vec::new();
        for commit in 0..count {
            let parents = self.parents(commit);
            waiting.push(parents.len() as u32);
            children.extend(parents.into_iter().map(|parent| (parent, commit as u32)));
        }
        children.sort_unstable();
        let entry = |commit: u32| {
            let record = &self.records.commits[commit as usize];
            Reverse((record.time, record.object, commit))
        };
        let mut ready: BinaryHeap<_> = (0..count as u32)
            .filter(|commit| waiting[*commit as usize] == 0)
            .map(entry)
            .collect();
        let mut order = Vec::with_capacity(count);
        while let Some(Reverse((_, _, commit))) = ready.pop() {
            order.push(commit);
            let from = children.partition_point(|(parent, _)| *parent < commit);
            let of_commit = children[from..].iter();
            for (_, child) in of_commit.take_while(|(parent, _)| *parent == commit) {
                let waiting = &mut waiting[*child as usize];
                *waiting -= 1;
                if *waiting == 0 {
                    ready.push(entry(*child));
                }
            }
        }
        order
    }

    /// One commit: compares it with its first parent, and what differs with the others.
    fn step(&mut self, commit: u32, states: &mut [Option<State>], left: &mut [u32]) -> State {
        let record = self.records.commits[commit as usize];
        let parents = self.parents(commit as usize);
        let mut of_parents: Vec<State> = Vec::with_capacity(parents.len());
        for parent in &parents {
            let at = *parent as usize;
            left[at] -= 1;
            // The last child takes the state itself, and can change it in place.
            let state = if left[at] == 0 {
                states[at].take()
            } else {
                states[at].clone()
            };
            of_parents.push(state.unwrap_or_default());
        }
        let first_tree = parents
            .first()
            .map_or(NONE, |parent| self.records.commits[*parent as usize].tree);
        let mut others = of_parents.into_iter();
        let mut state = others.next().unwrap_or_default();
        let others: Vec<State> = others.collect();
        for other in &others {
            state.join(&other.past);
        }
        self.compare(first_tree, record.tree);
        let events = std::mem::take(&mut self.events);
        let changed = state.apply(&events);
        for event in events.iter().filter(|event| event.gained) {
            let places = &mut self.out.traces[event.target as usize].places;
            places.entry((event.path, event.object)).or_insert(commit);
        }
        self.events = events;
        self.events.clear();
        for (target, before) in changed {
            let now = state.holding.contains_key(&target);
            let elsewhere = others
                .iter()
                .filter(|other| other.holding.contains_key(&target))
                .count();
            let trace = &mut self.out.traces[target as usize];
            match (before, now) {
                (false, true) if elsewhere == 0 => trace.introduced.push(commit),
                (true, false) if elsewhere == others.len() => trace.removed.push(commit),
                (true, false) => trace.lost.push(commit),
                _ => {}
            }
            if now {
                state.add_past(target);
            }
        }
        let own: Vec<u32> = self.targets.of_object(record.object).collect();
        for target in own {
            self.out.traces[target as usize].introduced.push(commit);
            state.add_past(target);
        }
        state
    }

    /// Collects what the tree `new` has and `old` has not, and the reverse.
    fn compare(&mut self, old: u32, new: u32) {
        let mut work = vec![(old, new, 0)];
        let mut steps = 0;
        while let Some((old, new, path)) = work.pop() {
            if old == new {
                continue;
            }
            let (mut a, mut b) = (self.hits.of(old).iter(), self.hits.of(new).iter());
            let (mut one, mut other) = (a.next(), b.next());
            loop {
                steps += 1;
                if steps > MAX_STEPS {
                    self.out.cut = true;
                    return;
                }
                let order = match (one, other) {
                    (None, None) => break,
                    (Some(_), None) => Ordering::Less,
                    (None, Some(_)) => Ordering::Greater,
                    (Some(one), Some(other)) => one.name.cmp(&other.name),
                };
                let gone = one.filter(|_| order != Ordering::Greater);
                let come = other.filter(|_| order != Ordering::Less);
                if gone.map(|item| item.child) != come.map(|item| item.child) {
                    let name = gone.or(come).map_or(0, |item| item.name);
                    let path = self.out.paths.child(path, name);
                    self.event(gone, path, false);
                    self.event(come, path, true);
                    let child = |item: Option<&Item>| item.map_or(NONE, |item| item.child);
                    work.push((child(gone), child(come), path));
                }
                if gone.is_some() {
                    one = a.next();
                }
                if come.is_some() {
                    other = b.next();
                }
            }
        }
    }

    fn event(&mut self, item: Option<&Item>, path: PathId, gained: bool) {
        let Some(item) = item else { return };
        let object = self.targets.of_object(item.child);
        for target in object.chain(self.targets.of_name(item.name)) {
            self.events.push(Event {
                target,
                path,
                object: item.child,
                gained,
            });
        }
    }

    /// Everything in the tree of a commit.
    fn places(&mut self, commit: u32) -> Vec<(u32, PathId, u32)> {
        self.compare(NONE, self.records.commits[commit as usize].tree);
        let events = std::mem::take(&mut self.events);
        let places = events.into_iter();
        places
            .map(|event| (event.target, event.path, event.object))
            .collect()
    }

    /// What a tree or blob holds, as a commit of nothing else would.
    fn list(&mut self, object: u32) -> Holding {
        self.compare(NONE, object);
        let mut holding = Holding::new();
        for event in std::mem::take(&mut self.events) {
            *holding.entry(event.target).or_default() += 1;
            let places = &mut self.out.traces[event.target as usize].stray;
            places.insert((object, event.path, event.object));
        }
        for target in self.targets.of_object(object) {
            *holding.entry(target).or_default() += 1;
        }
        holding
    }

    /// Trees that no commit and no other tree has.
    fn stray(&mut self) {
        let mut contained: BTreeSet<u32> = self.records.commits.iter().map(|c| c.tree).collect();
        for tree in self.hits.trees() {
            contained.extend(self.hits.of(tree).iter().map(|item| item.child));
        }
        let stray: Vec<u32> = self
            .hits
            .trees()
            .filter(|tree| !contained.contains(tree))
            .collect();
        for tree in stray {
            self.list(tree);
        }
    }
}

/// What is known at a commit.
#[derive(Clone, Debug, Default)]
struct State {
    holding: Arc<Holding>,
    past: Arc<Past>,
}

impl State {
    fn join(&mut self, past: &Arc<Past>) {
        if Arc::ptr_eq(&self.past, past) || past.is_subset(&self.past) {
            return;
        }
        if self.past.is_subset(past) {
            self.past = Arc::clone(past);
        } else {
            Arc::make_mut(&mut self.past).extend(past.iter());
        }
    }

    fn add_past(&mut self, target: u32) {
        if !self.past.contains(&target) {
            Arc::make_mut(&mut self.past).insert(target);
        }
    }

    /// Applies the events; the targets whose number changed, and whether they were there before.
    fn apply(&mut self, events: &[Event]) -> BTreeMap<u32, bool> {
        let mut before = BTreeMap::new();
        if events.is_empty() {
            return before;
        }
        let holding = Arc::make_mut(&mut self.holding);
        for event in events {
            before
                .entry(event.target)
                .or_insert_with(|| holding.contains_key(&event.target));
            let count = holding.entry(event.target).or_default();
            *count = if event.gained {
                *count + 1
            } else {
                count.saturating_sub(1)
            };
        }
        // Gains and losses come in any order, so that zeros are only now final.
        for target in before.keys() {
            if holding.get(target) == Some(&0) {
                holding.remove(target);
            }
        }
        before
    }
}
