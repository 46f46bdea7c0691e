//! Packs of git that lie where no repository is: in an archive, or in a bare repository within a tree. Read from memory and without an index, from the first
//! entry to the last; then each delta tree from its root. An object is called by its id.

use super::{Each, Entry, Fault, Limits, MAX_ENTRY, TOTAL};
use crate::blob::BlobId;
use crate::pack::{Content, Damage, Header, Inflater, Kind, delta, plausible};
use sha1::{Digest, Sha1};
use std::collections::HashMap;

/// How a pack begins: the versions that there are.
const SIGNS: [&[u8]; 2] = [b"PACK\0\0\0\x02", b"PACK\0\0\0\x03"];
/// The sign and the number of entries.
const HEAD: usize = 12;
/// The checksum at the end, and the length of ids: packs do not say it, and those of SHA-256 name their bases by id only where they are thin.
const ID: usize = 20;
/// Bytes of the objects from a root to one of its leaves, which are held at the same time.
const MAX_HELD: usize = 2 * MAX_ENTRY;
const TOO_LARGE: Fault = Fault::Limit("what it unpacks to is too large");

/// Whether the bytes begin like a pack.
pub(super) fn is(bytes: &[u8]) -> bool {
    SIGNS.iter().any(|sign| bytes.starts_with(sign))
}

/// Calls `each` for every object.
pub(super) fn entries(bytes: &[u8], limits: &mut Limits, each: Each<'_>) {
    let mut pack = Pack::new(bytes);
    if let Err(fault) = pack.survey(limits) {
        pack.note(fault);
    }
    for root in std::mem::take(&mut pack.roots) {
        if !pack.tree(root, limits, each) {
            return;
        }
    }
    // Deltas whose base is not here.
    if pack.read < pack.count {
        pack.note(Fault::Damaged);
    }
    if let Some(fault) = pack.fault {
        each(Entry::fault(b"", fault), limits);
    }
}

/// An entry, before anything of it is kept.
#[derive(Clone, Copy)]
struct Packed {
    /// Where it begins.
    begin: usize,
    /// Where its compressed data begin.
    data: usize,
    /// Bytes of the object or delta.
    size: usize,
}

struct Pack<'a> {
    bytes: &'a [u8],
    inflater: Inflater,
    /// How many entries it says that it has.
    count: usize,
    /// How many objects were read.
    read: usize,
    /// The first that was wrong.
    fault: Option<Fault>,
    roots: Vec<(Packed, Kind)>,
    /// Deltas, by where the entry of their base begins.
    of_offset: HashMap<usize, Vec<Packed>>,
    /// Deltas, by the id of their base.
    of_id: HashMap<BlobId, Vec<Packed>>,
}

/// An object, and the deltas of it that are still to be read.
struct Level {
    content: Vec<u8>,
    children: Vec<Packed>,
}

impl<'a> Pack<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let count = bytes.get(8..HEAD).and_then(|count| count.try_into().ok());
        Pack {
            bytes: &bytes[..bytes.len().saturating_sub(ID)],
            inflater: Inflater::new(),
            count: count.map_or(0, |count| u32::from_be_bytes(count) as usize),
            read: 0,
            fault: None,
            roots: Vec::new(),
            of_offset: HashMap::new(),
            of_id: HashMap::new(),
        }
    }

    fn note(&mut self, fault: Fault) {
        self.fault.get_or_insert(fault);
    }

    /// Finds the entries: one begins where the compressed data of the last one end.
    fn survey(&mut self, limits: &mut Limits) -> Result<(), Fault> {
        let (mut begin, mut made) = (HEAD, Vec::new());
        for _ in 0..self.count {
            if !limits.take_entry() {
                return Err(Fault::Limit("it has too many entries"));
            }
            let rest = self.bytes.get(begin..).ok_or(Fault::Damaged)?;
            let header = Header::parse(rest, ID).map_err(|_| Fault::Damaged)?;
            let packed = Packed {
                begin,
                data: begin + header.len,
                size: self.size(header, rest.len())?,
            };
            match header.content {
                Content::Whole(kind) => self.roots.push((packed, kind)),
                Content::DeltaOfOffset(distance) => {
                    let distance = usize::try_from(distance).map_err(|_| Fault::Damaged)?;
                    let base = begin.checked_sub(distance).ok_or(Fault::Damaged)?;
                    self.of_offset.entry(base).or_default().push(packed);
                }
                Content::DeltaOfId(id) => self.of_id.entry(id).or_default().push(packed),
            }
            begin = packed.data + self.inflate(packed, &mut made)?;
        }
        Ok(())
    }

    /// A size that can be believed, of an entry in `rest` bytes.
    fn size(&self, header: Header, rest: usize) -> Result<usize, Fault> {
        match plausible(header.size, rest as u64) {
            Ok(size) if size <= MAX_ENTRY => Ok(size),
            Ok(_) => Err(TOO_LARGE),
            Err(_) => Err(Fault::Damaged),
        }
    }

    /// Unpacks an entry to `out`; how many bytes its compressed data have.
    fn inflate(&mut self, packed: Packed, out: &mut Vec<u8>) -> Result<usize, Fault> {
        let input = self.bytes.get(packed.data..).ok_or(Fault::Damaged)?;
        // A byte more than is said, to see that no more comes.
        out.clear();
        out.resize(packed.size + 1, 0);
        self.inflater.begin();
        let fed = self.inflater.feed(input, out, true);
        out.truncate(packed.size);
        match fed {
            Ok((true, taken, made)) if made == packed.size => Ok(taken),
            _ => Err(Fault::Damaged),
        }
    }

    /// Hands out an object and all that hangs on it; false to stop.
    fn tree(&mut self, (root, kind): (Packed, Kind), limits: &mut Limits, each: Each<'_>) -> bool {
        let mut content = Vec::new();
        if let Err(fault) = self.inflate(root, &mut content) {
            self.note(fault);
            return true;
        }
        let mut held = content.len();
        let mut levels = match self.object(root, kind, content, limits, each) {
            Some(level) => vec![level],
            None => return false,
        };
        let (mut made, mut copies) = (Vec::new(), Vec::new());
        while let Some(level) = levels.last_mut() {
            let Some(child) = level.children.pop() else {
                held -= level.content.len();
                levels.pop();
                continue;
            };
            let mut content = Vec::new();
            let most = MAX_HELD.saturating_sub(held).min(MAX_ENTRY) as u64;
            let read = self.inflate(child, &mut made).and_then(|_| {
                delta::apply(&level.content, &made, most, &mut content, &mut copies).map_err(
                    |damage| match damage {
                        Damage::TooLarge(_) => TOO_LARGE,
                        _ => Fault::Damaged,
                    },
                )
            });
            if let Err(fault) = read {
                self.note(fault);
                continue;
            }
            held += content.len();
            match self.object(child, kind, content, limits, each) {
                Some(level) => levels.push(level),
                None => return false,
            }
        }
        true
    }

    /// Hands out an object; `None` to stop.
    fn object(
        &mut self,
        packed: Packed,
        kind: Kind,
        content: Vec<u8>,
        limits: &mut Limits,
        each: Each<'_>,
    ) -> Option<Level> {
        if !limits.take_bytes(content.len()) {
            each(Entry::fault(b"", Fault::Limit(TOTAL)), limits);
            return None;
        }
        self.read += 1;
        let mut hash = Sha1::new();
        hash.update(format!("{} {}\0", kind.word(), content.len()));
        hash.update(&content);
        let id = BlobId::from_bytes(&hash.finalize())?;
        let mut children = self.of_offset.remove(&packed.begin).unwrap_or_default();
        children.extend(self.of_id.remove(&id).unwrap_or_default());
        children.reverse();
        let name = id.to_string();
        each(Entry::read(name.as_bytes(), &content, false), limits)
            .then_some(Level { content, children })
    }
}
