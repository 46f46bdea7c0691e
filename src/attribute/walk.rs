//! Through all commits, parents first: which commit brings a target in, which takes it out, and what each reference has of it now and in its past.

use super::bits::TargetSet;
use super::differ::{Differ, Leading};
use super::forest::{Change, Commits};
use super::names::{PathId, Paths};
use super::record::{Item, NONE, Records};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Entries that one comparison of two trees may visit: a tree that holds itself under ten names, ten levels deep, has more paths than anybody can list.
const MAX_STEPS: usize = 1 << 20;
/// Entries after which directories that lead to nothing are told apart: mostly that costs more than going through them.
const FEW_STEPS: usize = 1 << 10;

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

/// Where a reference (or anything else that names an object) points, and what it has.
#[derive(Clone, Debug, Default)]
pub struct Tip {
    /// The object it names.
    pub object: u32,
    /// Targets in the tree it names.
    pub holding: TargetSet,
    /// Targets in its whole history.
    pub past: TargetSet,
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

impl Walked {
    /// The names of which all paths that traces name are made.
    pub fn names(&self) -> BTreeSet<u32> {
        let places = self.traces.iter().flat_map(|trace| {
            let stray = trace.stray.iter().map(|(_, path, _)| *path);
            trace.places.keys().map(|(path, _)| *path).chain(stray)
        });
        let paths: BTreeSet<PathId> = places.collect();
        let names = paths.iter().flat_map(|path| self.paths.names(*path));
        names.collect()
    }
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
    targets: &'a Targets,
    is_target: Vec<bool>,
    differ: Differ<'a>,
    leading: Leading,
    out: Walked,
    events: Vec<Event>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        records: &'a Records,
        objects: u32,
        targets: &'a Targets,
        count: usize,
    ) -> Self {
        let mut is_target = vec![false; objects as usize];
        for (object, _) in &targets.objects {
            is_target[*object as usize] = true;
        }
        Walk {
            records,
            targets,
            is_target,
            differ: Differ::new(records, objects),
            leading: Leading::new(objects),
            out: Walked {
                traces: vec![Trace::default(); count],
                ..Walked::default()
            },
            events: Vec::new(),
        }
    }

    /// Walks all commits and fills in `tips`.
    pub(super) fn run(mut self, tips: &mut [Tip]) -> Walked {
        let mut commits = Commits::of(self.records);
        let order = commits.order();
        for commit in &order {
            self.changes(*commit, &mut commits);
        }
        let mut named: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (at, tip) in tips.iter_mut().enumerate() {
            let peeled = self.peel(tip);
            match commits.find(peeled) {
                Some(commit) => named.entry(commit).or_default().push(at),
                None => self.other(peeled, tip),
            }
        }
        commits.count(self.out.traces.len(), |commit, held| {
            for tip in named.get(&commit).into_iter().flatten() {
                tips[*tip].holding = held.clone();
            }
        });
        for (commit, list) in &named {
            for tip in list {
                if tips[*tip].wants_places {
                    tips[*tip].places = self.places(*commit);
                }
            }
        }
        let mut left = commits.children_left();
        let mut pasts: Vec<Option<Arc<TargetSet>>> = vec![None; left.len()];
        for commit in order {
            let past = self.past(commit, &commits, &mut pasts, &mut left);
            self.judge(commit, &commits);
            for tip in named.get(&commit).into_iter().flatten() {
                tips[*tip].past.add_all(&past);
            }
            if left[commit as usize] > 0 {
                pasts[commit as usize] = Some(past);
            }
        }
        self.stray();
        self.out
    }

    /// Follows tags; what these hold themselves belongs to the tip's past.
    fn peel(&self, tip: &mut Tip) -> u32 {
        let mut object = tip.object;
        for _ in 0..64 {
            let Some(next) = self.records.tags.get(&object) else {
                break;
            };
            let own = self.targets.of_object(object);
            own.for_each(|target| tip.past.insert(target));
            object = *next;
        }
        object
    }

    /// A tip that names no commit: a tree or blob.
    fn other(&mut self, object: u32, tip: &mut Tip) {
        for target in self.list(object) {
            tip.holding.insert(target);
            tip.past.insert(target);
        }
    }

    /// Compares a commit with its first parent.
    fn changes(&mut self, commit: u32, commits: &mut Commits) {
        let tree = |commit: u32| self.records.commits[commit as usize].tree;
        let old = commits.parents(commit).first().map_or(NONE, |at| tree(*at));
        self.compare(old, tree(commit));
        for event in self.events.iter().filter(|event| event.gained) {
            let places = &mut self.out.traces[event.target as usize].places;
            places.entry((event.path, event.object)).or_insert(commit);
        }
        self.events.sort_unstable_by_key(|event| event.target);
        for of_target in self.events.chunk_by(|a, b| a.target == b.target) {
            let gained = of_target.iter().filter(|event| event.gained).count() as i32;
            let count = 2 * gained - of_target.len() as i32;
            if count != 0 {
                commits.add(commit, of_target[0].target, count);
            }
        }
    }

    /// What a commit or any of its ancestors has.
    fn past(
        &self,
        commit: u32,
        commits: &Commits,
        pasts: &mut [Option<Arc<TargetSet>>],
        left: &mut [u32],
    ) -> Arc<TargetSet> {
        let mut past: Option<Arc<TargetSet>> = None;
        for parent in commits.parents(commit) {
            let at = *parent as usize;
            left[at] -= 1;
            // The last child takes the set itself, and can change it in place.
            let of_parent = if left[at] == 0 {
                pasts[at].take()
            } else {
                pasts[at].clone()
            };
            past = match (past, of_parent) {
                (Some(one), Some(other)) => Some(join(one, other)),
                (one, other) => one.or(other),
            };
        }
        let mut past = past.unwrap_or_default();
        let gained = commits.changes(commit).iter().filter(|change| change.now);
        let gained = gained.map(|change| change.target);
        let object = self.records.commits[commit as usize].object;
        for target in gained.chain(self.targets.of_object(object)) {
            if !past.contains(target) {
                Arc::make_mut(&mut past).insert(target);
            }
        }
        past
    }

    /// Whether the commit has brought something in or taken it out.
    fn judge(&mut self, commit: u32, commits: &Commits) {
        let others = commits.parents(commit).len().saturating_sub(1) as u32;
        for change in commits.changes(commit) {
            let Change {
                before,
                now,
                elsewhere,
                target,
                ..
            } = *change;
            let trace = &mut self.out.traces[target as usize];
            match (before, now) {
                (false, true) if elsewhere == 0 => trace.introduced.push(commit),
                (true, false) if elsewhere == others => trace.removed.push(commit),
                (true, false) => trace.lost.push(commit),
                _ => {}
            }
        }
        let object = self.records.commits[commit as usize].object;
        for target in self.targets.of_object(object) {
            self.out.traces[target as usize].introduced.push(commit);
        }
    }

    /// Collects what the tree `new` has and `old` has not, and the reverse.
    fn compare(&mut self, old: u32, new: u32) {
        self.events.clear();
        let mut work = vec![(old, new, 0)];
        let mut steps = 0;
        let mut choosy = false;
        while let Some((old, new, path)) = work.pop() {
            if choosy && !self.leads(old) && !self.leads(new) {
                continue;
            }
            let differences = self.differ.compare(old, new);
            for of_name in differences.chunk_by(|a, b| a.0.name == b.0.name) {
                steps += of_name.len();
                let path = self.out.paths.child(path, of_name[0].0.name);
                let mut gone = of_name.iter().filter(|(_, count)| *count < 0);
                let mut come = of_name.iter().filter(|(_, count)| *count > 0);
                loop {
                    let pair = (gone.next(), come.next());
                    if pair == (None, None) {
                        break;
                    }
                    let item = |side: Option<&(Item, i32)>| side.map(|(item, _)| *item);
                    let (gone, come) = (item(pair.0), item(pair.1));
                    for (item, gained) in [(gone, false), (come, true)] {
                        let found = item
                            .map(|item| events(self.targets, &self.is_target, item, path, gained));
                        self.events.extend(found.into_iter().flatten());
                    }
                    let child = |item: Option<Item>| item.map_or(NONE, |item| item.child);
                    work.push((child(gone), child(come), path));
                }
            }
            if steps > MAX_STEPS {
                self.out.cut = true;
                return;
            }
            if steps > FEW_STEPS && !choosy {
                choosy = true;
                steps = 0;
            }
        }
    }

    /// Whether something that is looked for lies below a tree.
    fn leads(&mut self, object: u32) -> bool {
        let (targets, is_target) = (self.targets, &self.is_target);
        self.leading.leads(&mut self.differ, object, |item| {
            is_target.get(item.child as usize) == Some(&true)
                || targets.of_name(item.name).next().is_some()
        })
    }

    /// Everything in the tree of a commit.
    fn places(&mut self, commit: u32) -> Vec<(u32, PathId, u32)> {
        self.compare(NONE, self.records.commits[commit as usize].tree);
        let events = self.events.iter();
        events
            .map(|event| (event.target, event.path, event.object))
            .collect()
    }

    /// What a tree or blob that no commit has holds.
    fn list(&mut self, object: u32) -> Vec<u32> {
        self.compare(NONE, object);
        let mut holding: Vec<u32> = self.targets.of_object(object).collect();
        for event in &self.events {
            holding.push(event.target);
            let places = &mut self.out.traces[event.target as usize].stray;
            places.insert((object, event.path, event.object));
        }
        holding
    }

    /// Trees that no commit and no other tree has.
    fn stray(&mut self) {
        let mut contained = vec![false; self.is_target.len()];
        let of_commits = self.records.commits.iter().map(|commit| commit.tree);
        let of_trees = self.records.all_added().iter().map(|item| item.child);
        for child in of_commits.chain(of_trees).filter(|child| *child != NONE) {
            contained[child as usize] = true;
        }
        let stray: Vec<u32> = self
            .differ
            .trees()
            .filter(|tree| !contained[*tree as usize])
            .collect();
        for tree in stray {
            self.list(tree);
        }
    }
}

/// The targets at an entry.
fn events(
    targets: &Targets,
    is_target: &[bool],
    item: Item,
    path: PathId,
    gained: bool,
) -> impl Iterator<Item = Event> {
    let has = is_target.get(item.child as usize) == Some(&true);
    let of_object = has.then(|| targets.of_object(item.child));
    let all = of_object
        .into_iter()
        .flatten()
        .chain(targets.of_name(item.name));
    all.map(move |target| Event {
        target,
        path,
        object: item.child,
        gained,
    })
}

/// The union of two sets, one of them itself where it has all of the other.
fn join(mut one: Arc<TargetSet>, other: Arc<TargetSet>) -> Arc<TargetSet> {
    if Arc::ptr_eq(&one, &other) || one.has_all(&other) {
        return one;
    }
    if other.has_all(&one) {
        return other;
    }
    Arc::make_mut(&mut one).add_all(&other);
    one
}
