//! The second reading: commits, tags and trees. What people wrote in them is looked at like any blob; what they say of each other is recorded.

use super::claims::Claims;
use super::seen::Memory;
use crate::attribute::{
    CommitText, NamePlace, Recorder, Records, Starts, TagText, TreeBase, World,
};
use crate::detect::Scratch;
use crate::problem::Problem;
use crate::scan::{Collector, SCRATCH, Scan};
use crate::source::Sink;
use crate::source::history::{Damage, Derived, Kind, Object, Store, Visit};
use crate::text::Name;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// What the recorder asks: of the store, and of what was found in blobs.
pub(super) struct Asked<'a> {
    pub(super) scan: &'a Scan<'a>,
    pub(super) store: &'a Store,
    pub(super) collector: &'a Collector<'a>,
    pub(super) claims: &'a Claims,
    pub(super) memory: &'a Memory,
    /// Which objects count; all, where that is not limited.
    pub(super) within: Option<&'a [bool]>,
    /// For each object, whether anything was found in it.
    pub(super) found: Vec<bool>,
}

impl World for Asked<'_> {
    fn find(&self, id: &[u8]) -> Option<u32> {
        self.store.find(id)
    }

    fn is_target(&self, number: u32) -> bool {
        self.found[number as usize]
    }

    fn look_at_name(&self, name: &[u8], number: u32) -> bool {
        let detector = self.scan.detector;
        // The name itself may be the secret.
        let label = || Name::from("a file name");
        let resolved = self
            .scan
            .guarded(self.collector, label, || self.scan.resolved(name));
        if resolved.is_empty() {
            return false;
        }
        self.claims
            .add_name(detector.rules(), number, name, &resolved);
        true
    }

    fn hash_len(&self) -> usize {
        self.store.hash_len()
    }
}

/// What is known of commits, tags and trees.
pub(super) struct Recorded {
    pub(super) records: Records,
    pub(super) names: Names,
    /// Where names stand.
    pub(super) places: Vec<NamePlace>,
    /// Whether that is all there is to say of them.
    pub(super) whole: bool,
}

/// Names of files and directories, by number.
pub(super) enum Names {
    All(Vec<Box<[u8]>>),
    /// Only known by their places: those that are shown are read.
    Placed,
}

/// Reads commits, tags and trees.
pub(super) struct Past<'a> {
    asked: &'a Asked<'a>,
    recorder: Recorder<'a>,
    /// Whether there is more to say than what is recorded and claimed: something could not be read, or is written in another form.
    more: AtomicBool,
}

impl<'a> Past<'a> {
    pub(super) fn new(asked: &'a Asked<'a>) -> Self {
        Past {
            recorder: Recorder::new(asked, asked.store.len()),
            asked,
            more: AtomicBool::new(false),
        }
    }

    /// Takes objects that came among the blobs.
    pub(super) fn strays(&self, strays: Vec<(u32, Kind, Vec<u8>)>) {
        for (number, kind, bytes) in strays {
            let object = Object {
                number,
                id: self.asked.store.id(number),
                kind,
                bytes: &bytes,
                wanted: true,
            };
            self.object(object, None);
        }
    }

    /// Ends the reading.
    pub(super) fn finish(self) -> Recorded {
        let (records, names) = self.recorder.finish();
        let (names, places) = names.into_iter().unzip();
        Recorded {
            records,
            names: Names::All(names),
            places,
            whole: !self.more.into_inner(),
        }
    }

    /// Looks at what people wrote: all of `object` from `begin` on.
    fn look(&self, object: Object<'_>, begin: usize) {
        let Asked {
            scan,
            collector,
            claims,
            memory,
            ..
        } = self.asked;
        if !object.wanted || memory.knows(object.number) {
            return;
        }
        let text = &object.bytes[begin..];
        let name = || Name::new(format!("{} {}", object.kind.word(), object.id));
        let (resolved, whole) = scan.guarded(collector, name, || {
            let resolved = scan.resolved(text);
            (resolved, !SCRATCH.with_borrow(Scratch::has_unread))
        });
        let rules = scan.detector.rules();
        let place = (object.number, begin);
        let said = resolved.is_empty() || claims.add(rules, place, text, &resolved, &[]);
        if said && whole {
            memory.note(object.number);
        } else {
            self.more.store(true, Relaxed);
        }
    }

    fn malformed(&self, object: Object<'_>, cause: &str) {
        self.more.store(true, Relaxed);
        if object.wanted {
            let name = Name::new(format!("{} {}", object.kind.word(), object.id));
            let problem = Problem::new("object-damaged", name, cause)
                .consequence("what it names is not attributed")
                .next("`git fsck --full` shows the damage; restore the object from another clone");
            self.asked.collector.problem(problem);
        }
    }
}

impl Visit for Past<'_> {
    /// Where the entries of a tree begin; nothing for commits and tags.
    type Known = Option<Starts>;

    fn object(&self, object: Object<'_>, base: Option<Derived<'_, Self::Known>>) -> Self::Known {
        let mut known = None;
        match object.kind {
            Kind::Tree => {
                let base = base.as_ref().and_then(|base| {
                    let tree = TreeBase {
                        bytes: base.bytes,
                        starts: base.known.as_ref()?,
                        copies: base.copies,
                    };
                    Some((base.number, tree))
                });
                match self.recorder.tree(object.number, object.bytes, base) {
                    Ok(starts) => known = Some(starts),
                    Err(cause) => self.malformed(object, cause),
                }
            }
            Kind::Commit => match CommitText::parse(object.bytes) {
                Some(text) => {
                    if object.wanted {
                        self.recorder.commit(object.number, &text);
                    }
                    self.look(object, text.begin);
                }
                None => {
                    self.malformed(object, "the commit is malformed");
                    self.look(object, 0);
                }
            },
            Kind::Tag => match TagText::parse(object.bytes) {
                Some(text) => {
                    self.recorder.tag(object.number, &text);
                    self.look(object, text.begin);
                }
                None => {
                    self.malformed(object, "the tag is malformed");
                    self.look(object, 0);
                }
            },
            // Only damage brings blobs here; they were named with the others.
            Kind::Blob => self.look(object, 0),
        }
        known
    }

    fn failed(&self, number: u32, damage: &Damage) {
        let Asked { store, within, .. } = self.asked;
        self.more.store(true, Relaxed);
        if within.is_some_and(|within| !within[number as usize]) {
            return;
        }
        self.asked
            .collector
            .problem(damage.problem(store.id(number), "object"));
    }

    fn interrupted(&self) -> bool {
        self.asked.scan.progress.interrupted()
    }
}
