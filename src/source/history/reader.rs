//! Reading single objects: one thread's window, decompressor and buffers over a shared [`Store`].

use super::file::Window;
use super::loose;
use super::store::{Base, Place, Store};
use crate::blob::Copied;
use crate::pack::Damage;
use crate::pack::delta;
use crate::pack::{Header, Kind, MAX_HEADER};
use crate::pack::{Inflater, plausible};
use zlib_rs::crc32::crc32;

/// One thread's means to read objects.
pub struct Reader<'s> {
    pub(super) store: &'s Store,
    window: Window,
    pub(super) inflater: Inflater,
    delta: Vec<u8>,
    limit: u64,
}

/// The compressed content of an entry.
struct Stream {
    pack: usize,
    at: u64,
    end: u64,
    size: usize,
    /// The checksum of the header.
    crc: u32,
    /// The checksum of header and content, where it is known.
    expected: Option<u32>,
}

impl<'s> Reader<'s> {
    /// A reader of `store` that refuses objects of more than `limit` bytes.
    pub fn new(store: &'s Store, limit: u64) -> Self {
        Reader {
            store,
            window: Window::new(),
            inflater: Inflater::new(),
            delta: Vec::new(),
            limit,
        }
    }

    /// Reads object `number` into `out`, from whichever place has it whole.
    ///
    /// # Errors
    /// What is wrong with it at its first place.
    pub fn object(&mut self, number: u32, out: &mut Vec<u8>) -> Result<Kind, Damage> {
        let store = self.store;
        let first = self.at(store.place[number as usize], out);
        let Err(damage) = first else {
            return first;
        };
        self.elsewhere(number, out).ok_or(damage)
    }

    /// Reads object `number` from one of its further places.
    pub(super) fn elsewhere(&mut self, number: u32, out: &mut Vec<u8>) -> Option<Kind> {
        let store = self.store;
        store
            .other_places(number)
            .find_map(|place| self.at(place, out).ok())
    }

    fn at(&mut self, place: Place, out: &mut Vec<u8>) -> Result<Kind, Damage> {
        match (place.as_entry(), place.as_loose()) {
            (Some(entry), _) => self.entry(entry, out),
            (_, Some(number)) => self.loose(number, out),
            (None, None) => Err(Damage::Missing),
        }
    }

    /// Reads a loose object.
    pub(super) fn loose(&mut self, number: u32, out: &mut Vec<u8>) -> Result<Kind, Damage> {
        let path = self.store.loose_path(number);
        let kind = loose::read(&path, &mut self.inflater, self.limit, out)?;
        self.store.set_loose_kind(number, kind);
        Ok(kind)
    }

    /// Reads a pack entry, resolving its chain of deltas from the root.
    pub(super) fn entry(&mut self, entry: u32, out: &mut Vec<u8>) -> Result<Kind, Damage> {
        let mut chain = vec![entry];
        let kind = loop {
            let last = chain[chain.len() - 1];
            match self.store.entries[last as usize].base {
                // A loop has no kind.
                Base::Entry(base) if self.store.forest.kind(entry).is_some() => chain.push(base),
                Base::Entry(_) => return Err(Damage::Loop),
                _ => break self.root(last, out)?,
            }
        };
        let mut copies = Vec::new();
        let mut other = Vec::new();
        for child in chain.into_iter().rev().skip(1) {
            self.derived(child, out, &mut other, &mut copies)?;
            std::mem::swap(out, &mut other);
        }
        Ok(kind)
    }

    /// Reads an entry that is the root of a delta tree.
    pub(super) fn root(&mut self, entry: u32, out: &mut Vec<u8>) -> Result<Kind, Damage> {
        match self.store.entries[entry as usize].base {
            Base::Loose(number) => {
                let mut base = Vec::new();
                let kind = self.loose(number, &mut base)?;
                self.derived(entry, &base, out, &mut Vec::new())?;
                return Ok(kind);
            }
            Base::Broken => return Err(Damage::MissingBase(None)),
            Base::None | Base::Entry(_) => {}
        }
        let kind = self.store.forest.kind(entry);
        let kind = kind.ok_or(Damage::Header("its type does not exist"))?;
        let stream = self.stream(entry)?;
        if stream.size as u64 > self.limit {
            return Err(Damage::TooLarge(stream.size as u64));
        }
        out.resize(stream.size, 0);
        self.inflate(&stream, out)?;
        Ok(kind)
    }

    /// Reads a derived entry, given the content of its base; `copies` are the pieces that came from the base.
    pub(super) fn derived(
        &mut self,
        entry: u32,
        base: &[u8],
        out: &mut Vec<u8>,
        copies: &mut Vec<Copied>,
    ) -> Result<(), Damage> {
        let stream = self.stream(entry)?;
        let mut buffer = std::mem::take(&mut self.delta);
        if buffer.len() < stream.size {
            buffer.resize(stream.size, 0);
        }
        let delta = &mut buffer[..stream.size];
        let done = self
            .inflate(&stream, delta)
            .and_then(|()| delta::apply(base, delta, self.limit, out, copies));
        self.delta = buffer;
        done
    }

    fn stream(&mut self, entry: u32) -> Result<Stream, Damage> {
        let store = self.store;
        let pack = store.pack_of(entry);
        let offset = store.entries[entry as usize].offset;
        let end = store.end_of(entry, pack);
        // Asks for the whole entry, so that the header does not cost a read of its own.
        let bytes = self.window.get(&store.packs, pack, offset, end - offset)?;
        let header = Header::parse(&bytes[..bytes.len().min(MAX_HEADER)], store.hash_len)?;
        let crc = crc32(0, &bytes[..header.len]);
        let at = offset + header.len as u64;
        Ok(Stream {
            pack,
            at,
            end,
            size: plausible(header.size, end.saturating_sub(at))?,
            crc,
            expected: store.packs[pack]
                .has_crc
                .then_some(store.entries[entry as usize].crc),
        })
    }

    /// Decompresses a stream whose content must fill `out` exactly. The checksum of the index is compared as well: zlib's own does not cover the
    /// header, and a wrong base or type would yield wrong content without a word.
    fn inflate(&mut self, stream: &Stream, out: &mut [u8]) -> Result<(), Damage> {
        self.inflater.begin();
        let (mut at, mut filled, mut crc) = (stream.at, 0, stream.crc);
        loop {
            let left = stream.end.saturating_sub(at);
            let input = self.window.get(&self.store.packs, stream.pack, at, left)?;
            let last = input.len() as u64 == left;
            let (done, taken, made) = self.inflater.feed(input, &mut out[filled..], last)?;
            at += taken as u64;
            crc = crc32(crc, &input[..taken]);
            filled += made;
            if done {
                break;
            }
            if taken == 0 && made == 0 || at == stream.end {
                return Err(if filled == out.len() {
                    Damage::Size
                } else {
                    Damage::Truncated
                });
            }
        }
        if filled != out.len() {
            Err(Damage::Size)
        } else if stream.expected.is_some_and(|expected| expected != crc) {
            Err(Damage::Checksum)
        } else {
            Ok(())
        }
    }
}
