//! Archives in a history. A claim in an entry counts its place from the end of the archive's own bytes, as if the entries followed one another there: so one
//! number says in which entry it is, and reading the archive again finds it.

use crate::blob::{Blob, Origin};
use crate::container::{self, Inside, Kinds};
use crate::problem::{LeftOut, Problem};
use crate::text::{Name, utf8_from_utf16};
use std::cell::{Cell, RefCell};

/// What comes out of an archive.
pub(super) enum Item<'a> {
    /// An entry: its path, its text (UTF-16 as UTF-8) and where claims in it count from.
    Entry(&'a Name, &'a [u8], usize),
    /// What could not be opened.
    Unopened(LeftOut),
    /// A limit was reached.
    Limit(Problem),
}

/// Hands what the archive `bytes` holds to `each`, until it says no. `path` is what the paths of entries begin with. Whether all of its bytes were read so.
pub(super) fn open(
    bytes: &[u8],
    path: Name,
    kinds: Kinds,
    each: &mut dyn FnMut(Item<'_>) -> bool,
) -> bool {
    let entries = Entries {
        each: RefCell::new(each),
        next: Cell::new(bytes.len()),
        stopped: Cell::new(false),
    };
    let origin = Origin::Stream { path: Some(path) };
    container::open(&Blob::whole(bytes, origin), kinds, &entries)
}

struct Entries<'a> {
    each: RefCell<&'a mut dyn FnMut(Item<'_>) -> bool>,
    /// Where the claims of the next entry count from.
    next: Cell<usize>,
    stopped: Cell<bool>,
}

impl Entries<'_> {
    fn take(&self, item: Item<'_>) {
        if !self.stopped.get() && !(self.each.borrow_mut())(item) {
            self.stopped.set(true);
        }
    }
}

impl Inside for Entries<'_> {
    fn entry(&self, blob: Blob<'_>) {
        let converted = utf8_from_utf16(blob.bytes);
        let text = converted.as_deref().unwrap_or(blob.bytes);
        let begin = self.next.get();
        self.next.set(begin.saturating_add(text.len()));
        if let Some(path) = blob.origin.path() {
            self.take(Item::Entry(path, text, begin));
        }
    }

    fn unopened(&self, item: LeftOut) {
        self.take(Item::Unopened(item));
    }

    fn limit(&self, problem: Problem) {
        self.take(Item::Limit(problem));
    }

    fn stopped(&self) -> bool {
        self.stopped.get()
    }
}
