//! Opening a [`Store`]: finds packs and loose objects, merges their ids into one table, and reads the header of every pack entry.

use super::file::{PackFile, Window};
use super::forest::Forest;
use super::ids::Ids;
use super::index::PackIndex;
use super::store::{Base, Entry, Loose, Place, Store};
use crate::pack::Damage;
use crate::pack::{Content, Header, Kind, MAX_HEADER};
use crate::problem::Problem;
use crate::text::Name;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU8;

/// Entries whose headers one task reads.
const CHUNK: usize = 1 << 14;
/// Alternates of alternates, as deep as git follows them.
const MAX_ALTERNATES: usize = 5;

impl Store {
    /// Opens the object directories `dirs` (of the repository and whatever else belongs to it) and their alternates. Ids have `hash_len` bytes, 20
    /// or 32. What cannot be read is listed in [`Store::problems`]; the rest is there.
    pub fn open(dirs: &[PathBuf], hash_len: usize) -> Store {
        let mut opening = Opening::new(hash_len);
        for dir in dirs {
            opening.dir(dir, 0);
        }
        opening.finish()
    }
}

/// Ids found so far, by where they were found.
struct Opening {
    hash_len: usize,
    seen: BTreeSet<PathBuf>,
    dirs: Vec<PathBuf>,
    packs: Vec<(PackFile, PackIndex)>,
    /// For each object directory its loose ids, sorted, one after the other.
    loose: Vec<Vec<u8>>,
    problems: Vec<Problem>,
}

impl Opening {
    fn new(hash_len: usize) -> Self {
        Opening {
            hash_len,
            seen: BTreeSet::new(),
            dirs: Vec::new(),
            packs: Vec::new(),
            loose: Vec::new(),
            problems: Vec::new(),
        }
    }

    fn problem(&mut self, kind: &'static str, path: &Path, cause: impl Into<String>) {
        self.problems
            .push(Problem::new(kind, Name::from_path(path), cause));
    }

    fn dir(&mut self, dir: &Path, depth: usize) {
        let real = match fs::canonicalize(dir) {
            Ok(real) => real,
            Err(error) => return self.problem("object-directory", dir, error.to_string()),
        };
        if !self.seen.insert(real) {
            return;
        }
        self.dirs.push(dir.to_owned());
        self.packs(&dir.join("pack"));
        self.loose(dir);
        self.alternates(dir, depth);
    }

    fn alternates(&mut self, dir: &Path, depth: usize) {
        let list = dir.join("info").join("alternates");
        let text = match fs::read(&list) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(error) => return self.problem("object-directory", &list, error.to_string()),
        };
        for line in text.split(|byte| *byte == b'\n') {
            if line.is_empty() || line[0] == b'#' {
                continue;
            }
            // `join` keeps an absolute path as it is.
            let other = dir.join(path_of(&unquote(line)));
            if depth == MAX_ALTERNATES {
                self.problem(
                    "object-directory",
                    &other,
                    "alternates are nested too deeply",
                );
            } else {
                self.dir(&other, depth + 1);
            }
        }
    }

    fn packs(&mut self, dir: &Path) {
        let entries = match fs::read_dir(dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(error) => return self.problem("object-directory", dir, error.to_string()),
        };
        let mut paths: Vec<PathBuf> = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => paths.push(entry.path()),
                Err(error) => self.problem("object-directory", dir, error.to_string()),
            }
        }
        paths.sort();
        for path in paths
            .iter()
            .filter(|path| path.extension().is_some_and(|e| e == "pack"))
        {
            self.pack(path);
        }
        for index in paths
            .iter()
            .filter(|path| path.extension().is_some_and(|e| e == "idx"))
        {
            if paths.binary_search(&index.with_extension("pack")).is_err() {
                self.problem("pack", index, "the pack of this index is missing");
            }
        }
    }

    fn pack(&mut self, path: &Path) {
        let mut pack = match open_pack(path, self.hash_len) {
            Ok(pack) => pack,
            Err(cause) => return self.problem("pack", path, cause),
        };
        let index_path = path.with_extension("idx");
        match PackIndex::read(&index_path, self.hash_len) {
            Ok(index) => {
                pack.has_crc = index.crc(0).is_some();
                self.packs.push((pack, index));
            }
            Err(cause) => self.problem("pack-index", &index_path, cause),
        }
    }

    fn loose(&mut self, dir: &Path) {
        let mut ids: Vec<Vec<u8>> = Vec::new();
        for first in 0..=255_u8 {
            let folder = dir.join(format!("{first:02x}"));
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => {
                    self.problem("object-directory", &folder, error.to_string());
                    continue;
                }
            };
            let names = entries.filter_map(|entry| entry.ok().map(|entry| entry.file_name()));
            let rest = names.filter_map(|name| unhex(name.as_encoded_bytes(), self.hash_len - 1));
            let begin = ids.len();
            ids.extend(rest.map(|rest| {
                let mut id = vec![first];
                id.extend(rest);
                id
            }));
            ids[begin..].sort();
        }
        self.loose.push(ids.concat());
    }

    /// Merges all ids, and reads all headers.
    fn finish(self) -> Store {
        let Opening {
            hash_len,
            dirs,
            packs,
            loose: loose_ids,
            mut problems,
            ..
        } = self;
        let rows = sorted_rows(&packs, &loose_ids, hash_len);
        let mut ids = Ids::new(hash_len);
        let mut located: Vec<Vec<(u64, u32, u32)>> = packs
            .iter()
            .map(|(_, index)| Vec::with_capacity(index.count()))
            .collect();
        let mut loose = Vec::new();
        let mut broken = Vec::new();
        for row in &rows {
            let object = ids.push(row.id(&packs, &loose_ids, hash_len));
            let Some((pack, index)) = packs.get(row.source as usize) else {
                let dir = row.source - packs.len() as u32;
                loose.push(Loose { object, dir });
                continue;
            };
            match index.offset(row.at as usize) {
                Some(offset) if (12..pack.end).contains(&offset) => {
                    let crc = index.crc(row.at as usize).unwrap_or(0);
                    located[row.source as usize].push((offset, object, crc));
                }
                Some(offset) if offset >= 12 => broken.push((object, Damage::Truncated)),
                _ => broken.push((object, Damage::Header("the index points outside the pack"))),
            }
        }
        ids.finish();
        drop(rows);
        let packs: Vec<PackFile> = packs.into_iter().map(|(pack, _)| pack).collect();
        if ids.len() as usize > Place::MAX {
            problems.push(Problem::new(
                "too-many-objects",
                "object directories".into(),
                "more than two thousand million objects",
            ));
        }
        let mut store = Store {
            hash_len,
            dirs,
            packs,
            pack_first: vec![0],
            place: vec![Place::NOWHERE; ids.len() as usize],
            ids,
            entries: Vec::new(),
            loose_kinds: loose.iter().map(|_| AtomicU8::new(0)).collect(),
            loose,
            copies: Vec::new(),
            forest: Forest::default(),
            broken,
            problems,
        };
        store.place_all(located);
        let place = &store.place;
        // An object that one index names in vain may stand elsewhere.
        store
            .broken
            .retain(|(object, _)| place[*object as usize] == Place::NOWHERE);
        store.read_headers();
        store
    }
}

/// What the header of an entry says: its base, and its kind if it is whole.
type ReadHeader = (Base, Result<Option<Kind>, Damage>);

/// Where an id was found: in a pack, or (behind the packs) in an object directory; and its number there.
#[derive(Clone, Copy)]
struct Row {
    source: u32,
    at: u32,
}

impl Row {
    fn id<'a>(
        self,
        packs: &'a [(PackFile, PackIndex)],
        loose: &'a [Vec<u8>],
        hash_len: usize,
    ) -> &'a [u8] {
        let at = self.at as usize;
        match packs.get(self.source as usize) {
            Some((_, index)) => index.id(at),
            None => {
                let ids = &loose[self.source as usize - packs.len()];
                &ids[at * hash_len..(at + 1) * hash_len]
            }
        }
    }
}

/// Every id of every source, in order. Each source is sorted already, which the stable sort makes use of.
fn sorted_rows(packs: &[(PackFile, PackIndex)], loose: &[Vec<u8>], hash_len: usize) -> Vec<Row> {
    let counts = packs.iter().map(|(_, index)| index.count());
    let counts = counts.chain(loose.iter().map(|ids| ids.len() / hash_len));
    let mut rows: Vec<Row> = counts
        .enumerate()
        .flat_map(|(source, count)| {
            (0..count as u32).map(move |at| Row {
                source: source as u32,
                at,
            })
        })
        .collect();
    rows.sort_by(|a, b| {
        a.id(packs, loose, hash_len)
            .cmp(b.id(packs, loose, hash_len))
    });
    rows
}

impl Store {
    /// Makes the table of entries, each pack's in the order of offsets, and notes where each object is read from.
    fn place_all(&mut self, located: Vec<Vec<(u64, u32, u32)>>) {
        for mut pack in located {
            pack.sort_unstable();
            self.entries
                .extend(pack.into_iter().map(|(offset, object, crc)| Entry {
                    offset,
                    object,
                    crc,
                    base: Base::None,
                }));
            self.pack_first.push(self.entries.len() as u32);
        }
        let entries = self.entries.iter().map(|entry| entry.object);
        let entries = entries.zip((0..).map(Place::entry));
        let loose = self.loose.iter().map(|loose| loose.object);
        let loose = loose.zip((0..).map(Place::loose));
        for (object, place) in entries.chain(loose) {
            let first = &mut self.place[object as usize];
            if *first == Place::NOWHERE {
                *first = place;
            } else {
                self.copies.push((object, place));
            }
        }
        self.copies.sort_unstable();
    }

    /// Reads the header of every entry and groups the entries into delta trees.
    fn read_headers(&mut self) {
        let mut chunks: Vec<std::ops::Range<u32>> = Vec::new();
        for pair in self.pack_first.windows(2) {
            let starts = (pair[0]..pair[1]).step_by(CHUNK);
            chunks.extend(starts.map(|start| start..pair[1].min(start + CHUNK as u32)));
        }
        let store = &*self;
        let read: Vec<Vec<ReadHeader>> = chunks
            .par_iter()
            .map(|chunk| {
                let mut window = Window::new();
                let entry = |entry| store.read_header(entry, &mut window);
                chunk.clone().map(entry).collect()
            })
            .collect();
        let weights = (0..self.entries.len() as u32).map(|entry| self.weight(entry));
        let weights: Vec<u64> = weights.collect();
        let mut kinds = Vec::with_capacity(self.entries.len());
        let mut broken = Vec::new();
        for (base, kind) in read.into_iter().flatten() {
            let entry = kinds.len();
            self.entries[entry].base = base;
            kinds.push(kind.unwrap_or_else(|damage| {
                broken.push((entry as u32, damage));
                None
            }));
        }
        let (forest, loops) = Forest::build(&self.entries, kinds, weights);
        self.forest = forest;
        let mut lost: Vec<(u32, Damage)> = broken;
        let mut at = 0;
        while let Some((entry, _)) = lost.get(at).cloned() {
            at += 1;
            let damage = Damage::BrokenBase(Some(self.id(self.entries[entry as usize].object)));
            let children = self.forest.children(entry);
            lost.extend(children.map(|child| (self.forest.child(child), damage.clone())));
        }
        let lost = lost.into_iter().chain(loops).map(|(entry, damage)| {
            let object = self.entries[entry as usize].object;
            (entry, object, damage)
        });
        let lost: Vec<(u32, Damage)> = lost
            .filter(|(entry, _, _)| self.is_first(*entry))
            .map(|(_, object, damage)| (object, damage))
            .collect();
        self.broken.extend(lost);
    }

    fn weight(&self, entry: u32) -> u64 {
        let pack = self.pack_of(entry);
        self.end_of(entry, pack) - self.entries[entry as usize].offset
    }

    fn read_header(&self, entry: u32, window: &mut Window) -> (Base, Result<Option<Kind>, Damage>) {
        let pack = self.pack_of(entry);
        let offset = self.entries[entry as usize].offset;
        let len = (self.end_of(entry, pack) - offset).min(MAX_HEADER as u64);
        let header = window
            .get(&self.packs, pack, offset, len)
            .map_err(Damage::from)
            .and_then(|bytes| Header::parse(bytes, self.hash_len));
        match header.map(|header| header.content) {
            Ok(Content::Whole(kind)) => (Base::None, Ok(Some(kind))),
            Ok(Content::DeltaOfOffset(distance)) => {
                let first = self.pack_first[pack];
                let earlier = &self.entries[first as usize..entry as usize];
                let base = offset.checked_sub(distance);
                match base.and_then(|base| find_backwards(earlier, base)) {
                    Some(at) => (Base::Entry(first + at), Ok(None)),
                    None => (Base::Broken, Err(Damage::MissingBase(None))),
                }
            }
            Ok(Content::DeltaOfId(id)) => match self.base_by_id(id.as_bytes(), pack) {
                Some(base) => (base, Ok(None)),
                None => (Base::Broken, Err(Damage::MissingBase(Some(id)))),
            },
            Err(damage) => (Base::Broken, Err(damage)),
        }
    }

    /// The entry or loose object with that id: in the same pack if it is there, so that two packs that each hold one object as a delta of the
    /// other make no loop.
    fn base_by_id(&self, id: &[u8], pack: usize) -> Option<Base> {
        let object = self.find(id)?;
        let own = self.pack_first[pack]..self.pack_first[pack + 1];
        let first = self.place[object as usize];
        let place = std::iter::once(first)
            .chain(self.other_places(object))
            .find(|place| place.as_entry().is_some_and(|entry| own.contains(&entry)))
            .unwrap_or(first);
        match (place.as_entry(), place.as_loose()) {
            (Some(entry), _) => Some(Base::Entry(entry)),
            (None, Some(loose)) => Some(Base::Loose(loose)),
            (None, None) => None,
        }
    }
}

/// The entry that begins at `offset`. Bases stand shortly before what is derived from them, so the search widens from the end.
fn find_backwards(entries: &[Entry], offset: u64) -> Option<u32> {
    let mut step = 1;
    let mut high = entries.len();
    while step < high && entries[high - step].offset > offset {
        high -= step;
        step *= 2;
    }
    let low = high.saturating_sub(step);
    let found = entries[low..high].binary_search_by_key(&offset, |entry| entry.offset);
    found.ok().map(|at| (low + at) as u32)
}

fn open_pack(path: &Path, hash_len: usize) -> Result<PackFile, String> {
    let pack = PackFile::open(path, hash_len).map_err(|error| error.to_string())?;
    let mut header = [0; 12];
    match pack.read_at(&mut header, 0) {
        Ok(12) => {}
        Ok(_) => return Err("the pack is cut off".to_owned()),
        Err(error) => return Err(error.to_string()),
    }
    match (&header[..4], &header[4..8]) {
        (b"PACK", [0, 0, 0, 2 | 3]) => Ok(pack),
        (b"PACK", _) => Err("the pack's version is not known".to_owned()),
        _ => Err("this is no pack".to_owned()),
    }
}

/// The raw bytes of a hexadecimal name of `len` bytes.
fn unhex(name: &[u8], len: usize) -> Option<Vec<u8>> {
    if name.len() != 2 * len {
        return None;
    }
    let digit = |byte: u8| (byte as char).to_digit(16).map(|digit| digit as u8);
    name.chunks(2)
        .map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?))
        .collect()
}

/// A line of `info/alternates`: git writes a path with odd characters as a C string in quotes.
fn unquote(line: &[u8]) -> Vec<u8> {
    let Some(inner) = line
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""))
    else {
        return line.to_owned();
    };
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((byte, tail)) = rest.split_first() {
        rest = tail;
        let (b'\\', Some((escape, tail))) = (byte, rest.split_first()) else {
            out.push(*byte);
            continue;
        };
        rest = tail;
        match escape {
            b'n' => out.push(b'\n'),
            b't' => out.push(b'\t'),
            b'r' => out.push(b'\r'),
            b'0'..=b'3' if tail.len() >= 2 => {
                let digits = [*escape, tail[0], tail[1]];
                let value = digits.iter().fold(0_u32, |value, digit| {
                    value * 8 + u32::from(digit.wrapping_sub(b'0') & 7)
                });
                out.push(value as u8);
                rest = &tail[2..];
            }
            other => out.push(*other),
        }
    }
    out
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_alternates() {
        assert_eq!(unquote(br#"/a b"#), b"/a b");
        assert_eq!(unquote(br#""/a\"\303\244\n""#), "/a\"ä\n".as_bytes());
    }

    #[test]
    fn bases_are_found_backwards() {
        let entries: Vec<Entry> = (0..100)
            .map(|at| Entry {
                offset: 12 + at * 10,
                object: 0,
                crc: 0,
                base: Base::None,
            })
            .collect();
        for at in 0..100 {
            assert_eq!(find_backwards(&entries, 12 + at * 10), Some(at as u32));
        }
        assert_eq!(find_backwards(&entries, 13), None);
        assert_eq!(find_backwards(&entries, 5000), None);
        assert_eq!(find_backwards(&[], 12), None);
    }
}
