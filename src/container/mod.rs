//! A blob that holds blobs: archives and compressed files, read from memory and never written to disk. Everything they say of themselves is doubted:
//! what may come out is limited, whatever their headers promise.

mod class;
mod compressed;
mod git;
mod pack;
mod pdf;
mod seven;
mod tar;
mod zip;

use crate::blob::{Blob, Old, Origin, Part};
use crate::problem::{LeftOut, Problem, Why};
use crate::text::Name;
use compressed::Format;
use flate2::read::ZlibDecoder;
use std::collections::BTreeMap;
use std::io::{ErrorKind, Read};

/// Containers in containers that are opened.
const MAX_DEPTH: usize = 6;
/// Entries of one file, all that it holds counted.
const MAX_ENTRIES: usize = 100_000;
/// Bytes that come out of one file in all: so many times its size, and what is always allowed.
const MAX_TOTAL: (usize, usize) = (200, 64 << 20);
/// Bytes that come out of one file at most, whatever its size.
const MOST: usize = 4 << 30;
/// Bytes of one entry.
const MAX_ENTRY: usize = 256 << 20;

/// What a decoder may keep of what it has unpacked, in bytes: `xz -9`, `zstd --ultra -22` and `7z -mx9` ask for no more.
const MAX_WINDOW: u64 = 128 << 20;

/// The limit on everything in one file.
const TOTAL: &str = "all it holds is too large";

/// What is left of the limits of one file.
#[derive(Default)]
struct Limits {
    entries: usize,
    bytes: usize,
}

impl Limits {
    fn of(size: usize) -> Self {
        let bytes = size.saturating_mul(MAX_TOTAL.0).saturating_add(MAX_TOTAL.1);
        Limits {
            entries: MAX_ENTRIES,
            bytes: bytes.min(MOST),
        }
    }

    fn take_entry(&mut self) -> bool {
        self.entries = self.entries.saturating_sub(1);
        self.entries > 0
    }

    fn take_bytes(&mut self, len: usize) -> bool {
        let fits = len <= self.bytes;
        self.bytes = self.bytes.saturating_sub(len);
        fits
    }
}

/// Why an entry was not, or not wholly, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Damaged,
    Limit(&'static str),
    /// Encrypted, or compressed in a way not known here.
    Unknown,
}

/// An entry of a container.
struct Entry<'a> {
    name: &'a [u8],
    bytes: &'a [u8],
    fault: Option<Fault>,
}

impl<'a> Entry<'a> {
    fn read(name: &'a [u8], bytes: &'a [u8], cut: bool) -> Self {
        Entry {
            name,
            bytes,
            fault: cut.then_some(Fault::Damaged),
        }
    }

    fn fault(name: &'a [u8], fault: Fault) -> Self {
        Entry {
            name,
            bytes: b"",
            fault: Some(fault),
        }
    }
}

/// The kinds of containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Zip,
    Tar,
    Seven,
    /// One file, compressed.
    Compressed(Format),
    Pdf,
    Class,
    /// A loose object of a git directory.
    Loose,
    /// A pack of git.
    Pack,
    /// One that nothing here can open.
    Unknown,
}

/// Kinds of containers that a user can choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kinds(u16);

impl Kinds {
    const WORDS: [(&str, Kind); 9] = [
        ("zip", Kind::Zip),
        ("tar", Kind::Tar),
        ("7z", Kind::Seven),
        ("gzip", Kind::Compressed(Format::Gzip)),
        ("bzip2", Kind::Compressed(Format::Bzip2)),
        ("xz", Kind::Compressed(Format::Xz)),
        ("zstd", Kind::Compressed(Format::Zstd)),
        ("pdf", Kind::Pdf),
        ("class", Kind::Class),
    ];

    /// Reads a list of words with commas between them, or `all` or `none`.
    ///
    /// # Errors
    /// The word that names no kind.
    pub fn parse(list: &str) -> Result<Self, String> {
        match list {
            "all" => return Ok(Kinds::default()),
            "none" => return Ok(Kinds(0)),
            _ => {}
        }
        let mut kinds = Kinds(0);
        for word in list.split(',').map(str::trim) {
            let at = Kinds::WORDS.iter().position(|(known, _)| *known == word);
            let known = Kinds::WORDS.map(|(word, _)| word).join(", ");
            kinds.0 |= 1 << at.ok_or(format!("there are {known}, all and none"))?;
        }
        Ok(kinds)
    }

    /// Whether containers of that kind are opened. Those that have no word are where anything is.
    fn has(self, kind: Kind) -> bool {
        let at = Kinds::WORDS.iter().position(|(_, known)| *known == kind);
        at.map_or(self.0 != 0, |at| self.0 & 1 << at != 0)
    }
}

impl Default for Kinds {
    /// All of them.
    fn default() -> Self {
        Kinds(u16::MAX)
    }
}

/// How archives begin that cannot be opened here: rar.
const UNKNOWN: &[&[u8]] = &[b"Rar!\x1A\x07"];

impl Kind {
    /// What stands at `path`: most kinds are known by their first bytes.
    fn at(path: &[u8], bytes: &[u8]) -> Option<Kind> {
        match Kind::of(bytes) {
            None if git::is_zlib(bytes) && git::is_loose(path) => Some(Kind::Loose),
            kind => kind,
        }
    }

    fn of(bytes: &[u8]) -> Option<Kind> {
        if let Some(format) = Format::of(bytes) {
            return Some(Kind::Compressed(format));
        }
        match bytes {
            [b'P', b'K', ..] if zip::is(bytes) => Some(Kind::Zip),
            _ if bytes.starts_with(seven::SIGN) => Some(Kind::Seven),
            _ if pdf::is(bytes) => Some(Kind::Pdf),
            _ if class::is(bytes) => Some(Kind::Class),
            _ if pack::is(bytes) => Some(Kind::Pack),
            _ if UNKNOWN.iter().any(|sign| bytes.starts_with(sign)) => Some(Kind::Unknown),
            _ if bytes.len() >= 512 && tar::is(bytes) => Some(Kind::Tar),
            _ => None,
        }
    }
}

/// Takes what a container holds.
pub trait Inside {
    /// Looks at the content of an entry.
    fn entry(&self, blob: Blob<'_>);
    /// An entry, or all from it on, could not be read: damaged, encrypted, compressed in a way not known here.
    fn unopened(&self, item: LeftOut);
    /// A limit was reached.
    fn limit(&self, problem: Problem);
    /// Whether to stop.
    fn stopped(&self) -> bool;
}

/// Whether a blob is a container, and one that can be named.
pub fn is_container(blob: &Blob<'_>) -> bool {
    let whole = blob.part.own == Part::WHOLE.own && blob.part.lines.is_empty();
    let path = blob.origin.path();
    whole && path.is_some_and(|path| Kind::at(path.as_bytes(), blob.bytes).is_some())
}

/// Whether bytes that are only the beginning of a file, or have no path, begin like a container.
pub fn begins_container(bytes: &[u8]) -> bool {
    Kind::of(bytes).is_some()
}

/// Hands all that `blob` holds to `inside`, containers in it opened as well. Whether it could be read to its end.
/// Kinds that are not in `kinds` are counted as not opened.
pub fn open(blob: &Blob<'_>, kinds: Kinds, inside: &dyn Inside) -> bool {
    let Some(path) = blob.origin.path() else {
        return false;
    };
    // What an older version holds under the same name is not new.
    let old = blob.old.iter().map(|old| held(old.bytes, path, kinds));
    let old: Vec<Held> = old.collect();
    let mut opener = Opener {
        kinds,
        limits: Limits::of(blob.bytes.len()),
        whole: true,
        take: &mut |name, bytes| {
            let old: Vec<Old<'_>> = old
                .iter()
                .filter_map(|held| held.get(name))
                .map(|bytes| Old { bytes, copies: &[] })
                .collect();
            inside.entry(Blob {
                old: &old,
                ..Blob::whole(bytes, at(&blob.origin, name))
            });
            !inside.stopped()
        },
        fault: &mut |name, fault| fault_at(name, fault, inside),
        stopped: false,
    };
    opener.open(blob.bytes, path.as_bytes(), 0);
    opener.whole
}

/// The entries of an older version, by name.
type Held = BTreeMap<Vec<u8>, Vec<u8>>;

fn held(bytes: &[u8], path: &Name, kinds: Kinds) -> Held {
    let mut held = Held::new();
    if Kind::at(path.as_bytes(), bytes).is_none() {
        return held;
    }
    let mut opener = Opener {
        kinds,
        limits: Limits::of(bytes.len()),
        whole: true,
        take: &mut |name, bytes| {
            held.insert(name.to_vec(), bytes.to_vec());
            true
        },
        fault: &mut |_, _| {},
        stopped: false,
    };
    opener.open(bytes, path.as_bytes(), 0);
    held
}

fn fault_at(name: &[u8], fault: Fault, inside: &dyn Inside) {
    let object = Name::new(name.to_vec());
    match fault {
        Fault::Limit(cause) => {
            let next = match name.ends_with(b".pack") {
                true => {
                    "audit that repository: `invoca-scan --history REPO`; or leave it out with --exclude"
                }
                false => "unpack and scan it by hand, or leave it out with --exclude",
            };
            inside.limit(Problem::new("limit", object, cause).next(next));
        }
        _ => inside.unopened(LeftOut {
            object,
            why: Why::Unopened,
        }),
    }
}

struct Opener<'a> {
    kinds: Kinds,
    limits: Limits,
    whole: bool,
    stopped: bool,
    /// Takes the path and content of an entry; false to stop.
    take: &'a mut dyn FnMut(&[u8], &[u8]) -> bool,
    fault: &'a mut dyn FnMut(&[u8], Fault),
}

impl Opener<'_> {
    fn open(&mut self, bytes: &[u8], path: &[u8], depth: usize) {
        let Some(kind) = Kind::at(path, bytes) else {
            self.stopped |= !(self.take)(path, bytes);
            return;
        };
        let kind = match self.kinds.has(kind) {
            true => kind,
            false => Kind::Unknown,
        };
        // Not all of these bytes are in what comes out.
        if matches!(kind, Kind::Pdf | Kind::Unknown) {
            self.whole &= depth > 0;
            self.stopped |= depth > 0 && !(self.take)(path, bytes);
        }
        if depth >= MAX_DEPTH {
            self.fault(path, Fault::Limit("containers in containers, too deep"));
            return;
        }
        let mut limits = std::mem::take(&mut self.limits);
        let mut each = |entry: Entry<'_>, limits: &mut Limits| {
            if self.stopped {
                return false;
            }
            let name = match (kind, entry.name) {
                (Kind::Compressed(format), _) => format.name_inside(path),
                (_, b"") => path.to_vec(),
                (_, name) => [path, b"!", name].concat(),
            };
            if let Some(fault) = entry.fault {
                self.fault(&name, fault);
            }
            if !entry.bytes.is_empty() {
                self.limits = std::mem::take(limits);
                self.open(entry.bytes, &name, depth + 1);
                *limits = std::mem::take(&mut self.limits);
            }
            !self.stopped
        };
        match kind {
            Kind::Zip => zip::entries(bytes, &mut limits, &mut each),
            Kind::Tar => tar::entries(bytes, &mut limits, &mut each),
            Kind::Seven => seven::entries(bytes, &mut limits, &mut each),
            Kind::Compressed(format) => {
                let input = format.reader(bytes);
                unpacked(input, b"", bytes.len(), &mut limits, &mut each);
            }
            Kind::Pack => pack::entries(bytes, &mut limits, &mut each),
            Kind::Pdf => pdf::entries(bytes, &mut limits, &mut each),
            Kind::Class => class_texts(bytes, &mut limits, &mut each),
            Kind::Loose => {
                let input = ZlibDecoder::new(bytes);
                let mut each = |entry: Entry<'_>, limits: &mut Limits| {
                    let bytes = git::content(entry.bytes);
                    each(Entry { bytes, ..entry }, limits)
                };
                unpacked(input, b"object", bytes.len(), &mut limits, &mut each);
            }
            Kind::Unknown => {
                each(Entry::fault(b"", Fault::Unknown), &mut limits);
            }
        }
        self.limits = limits;
    }

    fn fault(&mut self, path: &[u8], fault: Fault) {
        self.whole &= !matches!(fault, Fault::Damaged);
        (self.fault)(path, fault);
    }
}

fn class_texts(bytes: &[u8], limits: &mut Limits, each: Each<'_>) {
    let entry = match class::texts(bytes) {
        Some(_) if !limits.take_bytes(bytes.len()) => Entry::fault(b"", Fault::Limit(TOTAL)),
        Some(texts) => {
            each(Entry::read(b"constants", &texts, false), limits);
            return;
        }
        None => Entry::fault(b"", Fault::Damaged),
    };
    each(entry, limits);
}

/// What is done with an entry; false to stop.
type Each<'a> = &'a mut dyn FnMut(Entry<'_>, &mut Limits) -> bool;

/// The same origin with another path, where it has one.
pub fn at(origin: &Origin, path: &[u8]) -> Origin {
    let path = Name::new(path.to_vec());
    match origin {
        Origin::File { .. } => Origin::File { path },
        Origin::Staged { committed, .. } => Origin::Staged {
            path,
            committed: *committed,
        },
        Origin::Commit { commit, .. } => Origin::Commit {
            commit: *commit,
            path,
        },
        Origin::Stream { .. } => Origin::Stream { path: Some(path) },
        other => other.clone(),
    }
}

/// Unpacks one entry as far as the limits allow.
fn unpacked(
    input: impl Read,
    name: &[u8],
    packed: usize,
    limits: &mut Limits,
    each: Each<'_>,
) -> bool {
    let ratio = packed.saturating_mul(MAX_TOTAL.0).max(1 << 20);
    let most = MAX_ENTRY.min(limits.bytes).min(ratio);
    let mut bytes = Vec::new();
    let read = input.take(most as u64 + 1).read_to_end(&mut bytes);
    let fault = match (bytes.len() > most, read) {
        (true, _) => Some(Fault::Limit("what it unpacks to is too large")),
        (false, Err(why)) if why.kind() == ErrorKind::OutOfMemory => {
            Some(Fault::Limit("it takes too much memory to unpack"))
        }
        (false, Err(_)) => Some(Fault::Damaged),
        (false, Ok(_)) => None,
    };
    bytes.truncate(most);
    limits.take_bytes(bytes.len());
    let entry = Entry {
        name,
        bytes: &bytes,
        fault,
    };
    each(entry, limits)
}

#[cfg(test)]
mod tests;
