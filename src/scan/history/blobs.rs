//! The first reading: every blob, each in the light of the one it was derived from.

use super::claims::Claims;
use super::inside::{self, Item};
use super::seen::Memory;
use crate::blob::{Blob, Fresh, Origin};
use crate::detect::{Detection, Resolved, Scratch, fresh_of};
use crate::problem::Problem;
use crate::scan::{Collector, SCRATCH, Scan};
use crate::source::Sink;
use crate::source::history::{Damage, Derived, Kind, Object, Store, Visit};
use crate::suppress::{Judge, Verdict};
use crate::text::{Name, Span, utf8_from_utf16};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

/// Looks at blobs; keeps claims.
pub(super) struct Blobs<'a> {
    scan: &'a Scan<'a>,
    store: &'a Store,
    collector: &'a Collector<'a>,
    pub(super) claims: Claims,
    memory: &'a Memory,
    /// Which objects count; all, where that is not limited.
    within: Option<&'a [bool]>,
    /// Objects that damage has put among the blobs.
    strays: Mutex<Vec<(u32, Kind, Vec<u8>)>>,
}

/// What is known of a blob when one comes that was derived from it.
#[derive(Default)]
pub(super) struct Known {
    detection: Detection,
    /// Whether it was not looked at as it is (but as UTF-8), so that nothing can be carried.
    converted: bool,
    /// Whether it is known that no marker stands in it.
    unmarked: bool,
}

/// No marker is longer.
const MARKER: usize = 64;

impl Scan<'_> {
    /// Runs `look`. A defect of ours in one object must not cost the user the others, and must not look like "clean": it becomes a problem of the object that
    /// `name` names.
    pub(super) fn guarded<T: Default>(
        &self,
        collector: &Collector<'_>,
        name: impl Fn() -> Name,
        look: impl FnOnce() -> T,
    ) -> T {
        match catch_unwind(AssertUnwindSafe(look)) {
            Ok(seen) => {
                collector.note_unread(&name);
                seen
            }
            Err(_) => {
                SCRATCH.set(Scratch::default());
                collector.problem(
                    Problem::new("internal", name(), "the scanner failed on this content").next(
                        "please report it with `invoca-scan --version` and, if you may, the file",
                    ),
                );
                T::default()
            }
        }
    }
}

impl Scan<'_> {
    /// What is found in a text that is in no file: a message, a name. Rules for certain files have no say there.
    pub(super) fn resolved(&self, text: &[u8]) -> Vec<Resolved> {
        SCRATCH.with_borrow_mut(|scratch| {
            let mut detection = self.detector.detect(text, Fresh::All, scratch);
            let admitted = |rule| self.judge.admits(rule, None);
            detection.raw.retain(|claim| admitted(claim.rule));
            self.detector.resolve(text, detection)
        })
    }
}

impl<'a> Blobs<'a> {
    pub(super) fn new(
        scan: &'a Scan<'a>,
        store: &'a Store,
        collector: &'a Collector<'a>,
        (memory, within): (&'a Memory, Option<&'a [bool]>),
    ) -> Self {
        Blobs {
            scan,
            store,
            collector,
            claims: Claims::default(),
            memory,
            within,
            strays: Mutex::default(),
        }
    }

    /// Ends the reading: the claims, and objects of other kinds that came among the blobs.
    pub(super) fn finish(self) -> (Claims, Vec<(u32, Kind, Vec<u8>)>) {
        let strays = self.strays.into_inner();
        (self.claims, strays.unwrap_or_else(PoisonError::into_inner))
    }

    fn look(&self, object: Object<'_>, base: Option<&Derived<'_, Known>>) -> Known {
        // Nothing has to be carried from where nothing is: what was derived from it is looked at as a whole.
        if !object.wanted && self.memory.knows(object.number) {
            return Known {
                converted: true,
                ..Known::default()
            };
        }
        let name = || Name::new(format!("blob {}", object.id));
        let container = crate::container::begins_container(object.bytes);
        self.scan.guarded(self.collector, name, || {
            // Whether all there is in an archive was looked at, so that its own bytes say nothing more.
            if container && object.wanted && self.look_inside(object, name()) {
                return Known {
                    converted: true,
                    ..Known::default()
                };
            }
            let converted = utf8_from_utf16(object.bytes);
            let text = converted.as_deref().unwrap_or(object.bytes);
            let base = base.filter(|base| converted.is_none() && !base.known.converted);
            let detector = self.scan.detector;
            let detection = SCRATCH.with_borrow_mut(|scratch| match base {
                Some(base) => {
                    detector.detect_child(text, base.copies, &base.known.detection, scratch)
                }
                None => detector.detect_base(text, scratch),
            });
            let mut unmarked = false;
            // What is left out of an archive is told every time.
            let unread = container || SCRATCH.with_borrow(Scratch::has_unread);
            if object.wanted && detection.raw.is_empty() && !unread {
                self.memory.note(object.number);
            }
            if object.wanted && !detection.raw.is_empty() {
                let claims = Detection {
                    raw: detection.raw.clone(),
                    ..Detection::default()
                };
                let resolved = detector.resolve(text, claims);
                unmarked = is_unmarked(text, base);
                let allowed = if unmarked {
                    Vec::new()
                } else {
                    self.allowed(object, text, resolved.clone())
                };
                let rules = detector.rules();
                let place = (object.number, 0);
                let said = self.claims.add(rules, place, text, &resolved, &allowed);
                if said && unmarked && !unread {
                    self.memory.note(object.number);
                }
            }
            Known {
                detection,
                converted: converted.is_some(),
                unmarked,
            }
        })
    }

    /// Looks at what an archive holds. Whether all of it was read.
    fn look_inside(&self, object: Object<'_>, name: Name) -> bool {
        let detector = self.scan.detector;
        // Whether there is nothing that has to be told again.
        let mut clean = true;
        let whole = inside::open(object.bytes, name, self.scan.archives, &mut |item| {
            match item {
                Item::Entry(path, text, begin) => {
                    let (resolved, unread) = SCRATCH.with_borrow_mut(|scratch| {
                        let detection = detector.detect(text, Fresh::All, scratch);
                        (detector.resolve(text, detection), scratch.has_unread())
                    });
                    clean &= !unread && resolved.is_empty();
                    self.collector.note_unread(&|| path.clone());
                    if !resolved.is_empty() {
                        let allowed = match Judge::may_have_marker(text) {
                            true => self.allowed(object, text, resolved.clone()),
                            false => Vec::new(),
                        };
                        let place = (object.number, begin);
                        self.claims
                            .add(detector.rules(), place, text, &resolved, &allowed);
                    }
                }
                Item::Unopened(item) => {
                    clean = false;
                    self.collector.left_out(item);
                }
                Item::Limit(problem) => {
                    clean = false;
                    self.collector.problem(problem);
                }
            }
            !self.collector.interrupted()
        });
        if whole && clean && !self.collector.interrupted() {
            self.memory.note(object.number);
        }
        whole
    }

    /// Of each claim, whether a marker allows it.
    fn allowed(&self, object: Object<'_>, text: &[u8], resolved: Vec<Resolved>) -> Vec<bool> {
        let blob = Blob::whole(text, Origin::Object { id: object.id });
        let findings = self.scan.findings(&blob, resolved);
        self.scan
            .judge
            .judge_blob(&blob, findings)
            .into_iter()
            .map(|(_, verdict)| verdict != Verdict::Report)
            .collect()
    }
}

/// Whether no marker stands in `text`. Of what was copied from a base without one, only the seams are looked at.
fn is_unmarked(text: &[u8], base: Option<&Derived<'_, Known>>) -> bool {
    let Some(base) = base.filter(|base| base.known.unmarked) else {
        return !Judge::may_have_marker(text);
    };
    let fresh = fresh_of(base.copies, text.len(), Some(base.bytes.len()));
    fresh.into_iter().all(|span| {
        let near = Span::new(span.start.saturating_sub(MARKER), span.end + MARKER);
        !Judge::may_have_marker(near.of(text))
    })
}

impl Visit for Blobs<'_> {
    type Known = Known;

    fn object(&self, object: Object<'_>, base: Option<Derived<'_, Known>>) -> Known {
        if object.kind != Kind::Blob {
            let stray = (object.number, object.kind, object.bytes.to_vec());
            let mut strays = self.strays.lock().unwrap_or_else(PoisonError::into_inner);
            strays.push(stray);
            return Known::default();
        }
        if object.wanted {
            self.scan.progress.add_blob(object.bytes.len(), true);
        }
        self.look(object, base.as_ref())
    }

    fn wanted(&self, number: u32) -> bool {
        !self.memory.knows(number)
    }

    fn failed(&self, number: u32, damage: &Damage) {
        if self.within.is_some_and(|within| !within[number as usize]) {
            return;
        }
        self.collector
            .problem(damage.problem(self.store.id(number), "object"));
    }

    fn interrupted(&self) -> bool {
        self.scan.progress.interrupted()
    }
}
