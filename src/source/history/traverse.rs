//! Decoding every object once, in delta order: each delta tree from its root, children while their base is in hand.
//!
//! Threads take roots, the largest trees first; a thread without work takes over a part of a tree from one that has much left. There is no recursion: a
//! thread keeps a stack of bases with children to come. Since the child with the largest tree comes last, and its base is given up before that tree is
//! entered, the stack holds at most log2(n) bases; where these are large, the lower ones are dropped and decoded again when their turn comes.

use super::queue::Queue;
use super::reader::Reader;
use super::store::{Place, Store};
use crate::blob::{BlobId, Copied};
use crate::pack::Damage;
use crate::pack::Kind;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Bytes of bases that all threads together keep in hand.
const BUDGET: usize = 128 << 20;
/// The largest object that is decoded as a whole.
pub const LIMIT: u64 = 1 << 30;

/// Who looks at the objects. Called from many threads at once.
pub trait Visit: Sync {
    /// What the visitor knows of an object and wants back for each object derived from it.
    type Known: Send + Sync;

    /// Whether object `number` is to be visited. An object that is not may still be decoded, as the base of others.
    fn wanted(&self, _number: u32) -> bool {
        true
    }

    /// Takes an object; `base` is what it was derived from, if it was.
    fn object(&self, object: Object<'_>, base: Option<Derived<'_, Self::Known>>) -> Self::Known;

    /// A wanted object could not be read. Its kind is not always known.
    fn failed(&self, number: u32, damage: &Damage);

    /// Whether to stop soon.
    fn interrupted(&self) -> bool;
}

/// A decoded object.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a> {
    /// Its number.
    pub number: u32,
    /// Its id.
    pub id: BlobId,
    /// What it is.
    pub kind: Kind,
    /// Its content.
    pub bytes: &'a [u8],
    /// Whether it is to be recorded: otherwise it is only a base of others, and seen elsewhere.
    pub wanted: bool,
}

/// What an object was derived from.
#[derive(Debug)]
pub struct Derived<'a, K> {
    /// The number of the base.
    pub number: u32,
    /// Its content.
    pub bytes: &'a [u8],
    /// What the visitor said of it.
    pub known: &'a K,
    /// The pieces of the object that are copies, in its order.
    pub copies: &'a [Copied],
}

/// Shows `visit` every wanted object of one of the `kinds`, each once, on `threads` threads. Where damage has made a pack say a wrong kind and the
/// object was found elsewhere, it comes when the wrong kind was asked for, under its right one.
pub fn traverse<V: Visit>(store: &Store, kinds: &[Kind], visit: &V, threads: usize) {
    let needed = Needed::of(store, visit);
    let shared = Shared {
        store,
        kinds,
        visit,
        needed,
        next_root: AtomicUsize::new(0),
        next_loose: AtomicUsize::new(0),
        queue: Queue::new(threads.max(1)),
        budget: BUDGET / threads.max(1),
    };
    // Threads of their own rather than a pool's: they wait for each other, which a pool that is smaller than it says would not survive.
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| Worker::new(&shared).run());
        }
    });
    shared.broken();
}

/// Which entries must be decoded: those that are wanted, and all they are derived from.
struct Needed(Option<Vec<bool>>);

impl Needed {
    fn of<V: Visit>(store: &Store, visit: &V) -> Self {
        let all = store.copies.is_empty() && (0..store.len()).all(|number| visit.wanted(number));
        if all {
            return Needed(None);
        }
        let mut needed = vec![false; store.entries.len()];
        for entry in 0..store.entries.len() as u32 {
            if !store.is_first(entry) || !visit.wanted(store.entries[entry as usize].object) {
                continue;
            }
            let mut at = Some(entry);
            while let Some(entry) = at.filter(|entry| !needed[*entry as usize]) {
                needed[entry as usize] = true;
                at = store.base_entry(entry);
            }
        }
        Needed(Some(needed))
    }

    fn has(&self, entry: u32) -> bool {
        self.0.as_ref().is_none_or(|list| list[entry as usize])
    }
}

struct Shared<'s, V: Visit> {
    store: &'s Store,
    kinds: &'s [Kind],
    visit: &'s V,
    needed: Needed,
    next_root: AtomicUsize,
    next_loose: AtomicUsize,
    queue: Queue<Frame<V::Known>>,
    budget: usize,
}

impl<V: Visit> Shared<'_, V> {
    fn wanted(&self, entry: u32) -> bool {
        self.store.is_first(entry) && self.visit.wanted(self.store.entries[entry as usize].object)
    }

    fn is_of_kind(&self, kind: Option<Kind>) -> bool {
        kind.is_some_and(|kind| self.kinds.contains(&kind))
    }

    /// What was found broken when the store was opened: another place may have it. Nobody knows its kind before, so that whoever asks for blobs hears of
    /// the damage.
    fn broken(&self) {
        let mut reader = Reader::new(self.store, LIMIT);
        let mut bytes = Vec::new();
        for (number, damage) in &self.store.broken {
            if !self.visit.wanted(*number) || self.visit.interrupted() {
                continue;
            }
            match reader.elsewhere(*number, &mut bytes) {
                Some(kind) if self.is_of_kind(Some(kind)) => {
                    let object = Object {
                        number: *number,
                        id: self.store.id(*number),
                        kind,
                        bytes: &bytes,
                        wanted: true,
                    };
                    self.visit.object(object, None);
                }
                Some(_) => {}
                None if self.kinds.contains(&Kind::Blob) => self.visit.failed(*number, damage),
                None => {}
            }
        }
    }
}

/// A decoded object that others are derived from.
struct Held<K> {
    entry: u32,
    kind: Kind,
    bytes: Vec<u8>,
    known: Arc<K>,
}

/// A base with children to come.
struct Frame<K> {
    base: Kept<K>,
    /// Where its children stand in the forest's list.
    children: Range<u32>,
}

enum Kept<K> {
    Whole(Arc<Held<K>>),
    /// Its bytes were given up; they can be decoded again.
    Known(u32, Kind, Arc<K>),
}

impl<K> Kept<K> {
    fn share(&self) -> Self {
        match self {
            Kept::Whole(held) => Kept::Whole(Arc::clone(held)),
            Kept::Known(entry, kind, known) => Kept::Known(*entry, *kind, Arc::clone(known)),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Kept::Whole(held) => held.bytes.len(),
            Kept::Known(..) => 0,
        }
    }
}

struct Worker<'s, V: Visit> {
    shared: &'s Shared<'s, V>,
    reader: Reader<'s>,
    stack: Vec<Frame<V::Known>>,
    copies: Vec<Copied>,
    spare: Vec<Vec<u8>>,
}

impl<'s, V: Visit> Worker<'s, V> {
    fn new(shared: &'s Shared<'s, V>) -> Self {
        Worker {
            shared,
            reader: Reader::new(shared.store, LIMIT),
            stack: Vec::new(),
            copies: Vec::new(),
            spare: Vec::new(),
        }
    }

    fn run(mut self) {
        let _leaving = self.shared.queue.enter();
        while !self.shared.visit.interrupted() {
            if let Some(root) = self.next_root() {
                self.root(root);
            } else if let Some(loose) = self.next_loose() {
                self.loose(loose);
            } else if let Some(frame) = self.shared.queue.take() {
                self.stack.push(frame);
            } else {
                return;
            }
            self.drain();
        }
        self.shared.queue.close();
    }

    fn next_root(&self) -> Option<u32> {
        let shared = self.shared;
        loop {
            let at = shared.next_root.fetch_add(1, Relaxed);
            let (root, _) = *shared.store.forest.roots().get(at)?;
            if shared.is_of_kind(shared.store.forest.kind(root)) && shared.needed.has(root) {
                return Some(root);
            }
        }
    }

    fn next_loose(&self) -> Option<u32> {
        let shared = self.shared;
        loop {
            let at = shared.next_loose.fetch_add(1, Relaxed) as u32;
            let loose = shared.store.loose.get(at as usize)?;
            let first = shared.store.place[loose.object as usize] == Place::loose(at);
            let kind = shared.store.loose_kind(at);
            if first
                && (kind.is_none() || shared.is_of_kind(kind))
                && shared.visit.wanted(loose.object)
            {
                return Some(at);
            }
        }
    }

    /// Decodes a root and puts it on the stack if it has children.
    fn root(&mut self, root: u32) {
        let mut bytes = self.spare.pop().unwrap_or_default();
        match self.reader.root(root, &mut bytes) {
            Ok(kind) => self.visit(root, kind, bytes, None),
            Err(damage) => self.failed(root, damage, bytes),
        }
    }

    fn loose(&mut self, loose: u32) {
        let shared = self.shared;
        let number = shared.store.loose[loose as usize].object;
        let mut bytes = self.spare.pop().unwrap_or_default();
        let read = self.reader.loose(loose, &mut bytes);
        let read = read.or_else(|damage| self.reader.elsewhere(number, &mut bytes).ok_or(damage));
        match read {
            Ok(kind) if shared.is_of_kind(Some(kind)) => {
                let object = Object {
                    number,
                    id: shared.store.id(number),
                    kind,
                    bytes: &bytes,
                    wanted: true,
                };
                shared.visit.object(object, None);
            }
            Ok(_) => {}
            Err(damage) if shared.kinds.contains(&Kind::Blob) => {
                shared.visit.failed(number, &damage);
            }
            Err(_) => {}
        }
        self.recycle(bytes);
    }

    /// Works the stack off.
    fn drain(&mut self) {
        while let Some((base, child)) = self.next_child() {
            if self.shared.visit.interrupted() {
                self.stack.clear();
                return;
            }
            if !self.shared.needed.has(child) {
                continue;
            }
            let Some(base) = self.whole(base) else {
                self.failed(child, Damage::BrokenBase(None), Vec::new());
                continue;
            };
            let mut bytes = self.spare.pop().unwrap_or_default();
            let mut copies = std::mem::take(&mut self.copies);
            match self
                .reader
                .derived(child, &base.bytes, &mut bytes, &mut copies)
            {
                Ok(()) => {
                    let derived = Derived {
                        number: self.shared.store.entries[base.entry as usize].object,
                        bytes: &base.bytes,
                        known: &*base.known,
                        copies: &copies,
                    };
                    self.visit(child, base.kind, bytes, Some(derived));
                }
                Err(damage) => self.failed(child, damage, bytes),
            }
            self.copies = copies;
            if let Some(held) = Arc::into_inner(base) {
                self.recycle(held.bytes);
            }
            if self.shared.queue.hungry() {
                self.share();
            }
        }
    }

    /// The next child of the uppermost base; with the last one the base leaves the stack.
    fn next_child(&mut self) -> Option<(Kept<V::Known>, u32)> {
        loop {
            let frame = self.stack.last_mut()?;
            let Some(at) = frame.children.next() else {
                self.stack.pop();
                continue;
            };
            let child = self.shared.store.forest.child(at);
            if !frame.children.is_empty() {
                return Some((frame.base.share(), child));
            }
            return self.stack.pop().map(|frame| (frame.base, child));
        }
    }

    /// The base with its bytes, decoded again where they were given up.
    fn whole(&mut self, base: Kept<V::Known>) -> Option<Arc<Held<V::Known>>> {
        match base {
            Kept::Whole(held) => Some(held),
            Kept::Known(entry, kind, known) => {
                let mut bytes = Vec::new();
                let number = self.shared.store.entries[entry as usize].object;
                self.reader
                    .entry(entry, &mut bytes)
                    .ok()
                    .or_else(|| self.reader.elsewhere(number, &mut bytes))?;
                let held = Arc::new(Held {
                    entry,
                    kind,
                    bytes,
                    known,
                });
                if let Some(frame) = self.stack.last_mut()
                    && matches!(&frame.base, Kept::Known(same, ..) if *same == entry)
                {
                    frame.base = Kept::Whole(Arc::clone(&held));
                }
                Some(held)
            }
        }
    }

    fn visit(
        &mut self,
        entry: u32,
        kind: Kind,
        bytes: Vec<u8>,
        base: Option<Derived<'_, V::Known>>,
    ) {
        let store = self.shared.store;
        let number = store.entries[entry as usize].object;
        let object = Object {
            number,
            id: store.id(number),
            kind,
            bytes: &bytes,
            wanted: self.shared.wanted(entry),
        };
        let known = self.shared.visit.object(object, base);
        let children = store.forest.children(entry);
        if children.is_empty() {
            return self.recycle(bytes);
        }
        self.stack.push(Frame {
            base: Kept::Whole(Arc::new(Held {
                entry,
                kind,
                bytes,
                known: Arc::new(known),
            })),
            children,
        });
        self.keep_to_budget();
    }

    /// Gives up the bytes of the lowest bases while all of them together are too many.
    fn keep_to_budget(&mut self) {
        let mut held: usize = self.stack.iter().map(|frame| frame.base.bytes()).sum();
        let Some((_, lower)) = self.stack.split_last_mut() else {
            return;
        };
        for frame in lower {
            if held <= self.shared.budget {
                return;
            }
            if let Kept::Whole(base) = &frame.base {
                held -= base.bytes.len();
                frame.base = Kept::Known(base.entry, base.kind, Arc::clone(&base.known));
            }
        }
    }

    /// An entry could not be read: if another place has the object, it goes on from there; otherwise all that is derived from it is tried by itself.
    fn failed(&mut self, entry: u32, damage: Damage, mut bytes: Vec<u8>) {
        let store = self.shared.store;
        let mut lost = vec![(entry, damage)];
        while let Some((entry, damage)) = lost.pop() {
            let number = store.entries[entry as usize].object;
            if let Some(kind) = self.reader.elsewhere(number, &mut bytes) {
                self.visit(entry, kind, std::mem::take(&mut bytes), None);
                continue;
            }
            if self.shared.wanted(entry) {
                self.shared.visit.failed(number, &damage);
            }
            let damage = Damage::BrokenBase(Some(store.id(number)));
            let children = store.forest.children(entry);
            lost.extend(children.map(|at| (store.forest.child(at), damage.clone())));
        }
    }

    /// Hands the lower half of the work to whoever has none.
    fn share(&mut self) {
        if self.stack.len() > 1 {
            let frame = self.stack.remove(0);
            self.shared.queue.put(frame);
        } else if let Some(frame) = self.stack.first_mut()
            && frame.children.len() > 1
        {
            let middle = frame.children.start + frame.children.len() as u32 / 2;
            let given = Frame {
                base: frame.base.share(),
                children: frame.children.start..middle,
            };
            frame.children.start = middle;
            self.shared.queue.put(given);
        }
    }

    fn recycle(&mut self, bytes: Vec<u8>) {
        /// Larger buffers are given back to the system.
        const LARGE: usize = 4 << 20;
        if self.spare.len() < 8 && bytes.capacity() <= LARGE {
            self.spare.push(bytes);
        }
    }
}
