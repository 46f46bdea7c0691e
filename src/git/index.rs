//! The index, read from its file. libgit2 takes longer to load one than the rest of a staged scan takes, and refuses the split and the
//! sparse form.
//!
//! Format: `gitformat-index(5)`. Everything read is checked against the length of the file; a damaged file is an error, never a guess.

use super::split::{self, Link};
use crate::blob::BlobId;
use std::collections::HashMap;
use std::ops::Range;

/// What a tree or the index holds under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Item {
    /// The object.
    pub id: BlobId,
    /// Type and permissions, as git writes them.
    pub mode: u32,
}

/// The type that a mode says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A regular file.
    File,
    /// A symbolic link; its target is the content of the blob.
    Symlink,
    /// A commit of another repository.
    Submodule,
    /// A tree.
    Tree,
}

impl Item {
    /// What it is. A mode that git does not know counts as a file: then at least somebody looks at it.
    pub fn kind(&self) -> Kind {
        match self.mode & 0o170_000 {
            0o040_000 => Kind::Tree,
            0o120_000 => Kind::Symlink,
            0o160_000 => Kind::Submodule,
            _ => Kind::File,
        }
    }
}

/// One entry of the index.
#[derive(Clone, Debug)]
pub struct IndexEntry {
    pub(super) path: Range<usize>,
    /// What is there. A tree only in a sparse index: everything below it is as that tree has it.
    pub item: Item,
    /// 0; in a conflict 1 (common ancestor), 2 (ours), 3 (theirs).
    pub stage: u8,
    /// `git add --intent-to-add`: the name is known, the content is not staged.
    pub intent_to_add: bool,
    /// Left out of the working tree by a sparse checkout.
    pub skip_worktree: bool,
}

/// All entries, sorted by path and stage.
#[derive(Clone, Debug, Default)]
pub struct Index {
    pub(super) entries: Vec<IndexEntry>,
    pub(super) paths: Vec<u8>,
    /// Ids of the trees that directories (`dir/`, the root is empty) would be written as, where git knows them.
    pub(super) trees: HashMap<Vec<u8>, BlobId>,
}

impl Index {
    /// The entries, in order.
    pub fn entries(&self) -> &[IndexEntry] {
        &self.entries
    }

    /// The path of an entry of this index, from the root of the working tree.
    pub fn path(&self, entry: &IndexEntry) -> &[u8] {
        &self.paths[entry.path.clone()]
    }

    /// The entries of `path`: none, one, or up to three in a conflict.
    pub fn get(&self, path: &[u8]) -> &[IndexEntry] {
        let start = self
            .entries
            .partition_point(|entry| self.path(entry) < path);
        let len = self.entries[start..]
            .iter()
            .take_while(|entry| self.path(entry) == path)
            .count();
        &self.entries[start..start + len]
    }

    /// In a sparse index: the tree that stands for a folder above `path`, and the rest of the path from there.
    pub fn sparse_tree_above<'a>(&self, path: &'a [u8]) -> Option<(BlobId, &'a [u8])> {
        // `dir/` sorts just before everything below it, and nothing below it has an entry.
        let after = self
            .entries
            .partition_point(|entry| self.path(entry) < path);
        let entry = self.entries.get(after.checked_sub(1)?)?;
        let rest = path.strip_prefix(self.path(entry))?;
        (entry.item.kind() == Kind::Tree).then_some((entry.item.id, rest))
    }

    /// Where the entries whose path begins with `prefix` stand.
    pub(super) fn below(&self, prefix: &[u8], within: Range<usize>) -> Range<usize> {
        let entries = &self.entries[within.clone()];
        let start = entries.partition_point(|entry| self.path(entry) < prefix);
        let len = entries[start..].partition_point(|entry| self.path(entry).starts_with(prefix));
        within.start + start..within.start + start + len
    }

    pub(super) fn push(&mut self, path: &[u8], mut entry: IndexEntry) {
        let start = self.paths.len();
        self.paths.extend_from_slice(path);
        entry.path = start..self.paths.len();
        self.entries.push(entry);
    }

    /// Reads an index and, where it is split, the one it shares; `None` where either is damaged. For `fuzz/` alone.
    #[doc(hidden)]
    pub fn of_bytes(bytes: &[u8], id_len: usize, shared: &[u8]) -> Option<Index> {
        Index::parse(bytes, id_len, &|_| Ok(shared.to_vec())).ok()
    }

    /// Reads an index whose object ids have `id_len` bytes. `base` finds the shared index of a split one.
    ///
    /// # Errors
    /// The cause, in words, where the file is damaged or has an extension that must be understood and is not.
    pub(super) fn parse(
        bytes: &[u8],
        id_len: usize,
        base: &dyn Fn(BlobId) -> Result<Vec<u8>, String>,
    ) -> Result<Index, String> {
        let (mut index, link) = parse_one(bytes, id_len)?;
        if let Some(link) = link {
            let (shared, nested) = parse_one(&base(link.base)?, id_len)?;
            if nested.is_some() {
                return Err("its shared index is itself split".into());
            }
            index = split::join(&shared, index, &link)?;
        }
        let ordered = index.entries.windows(2).all(|pair| {
            (index.path(&pair[0]), pair[0].stage) < (index.path(&pair[1]), pair[1].stage)
        });
        if !ordered {
            return Err("its entries are not in order".into());
        }
        Ok(index)
    }
}

/// Reads from the front of a slice.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Reader { rest: bytes }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or("it ends too early")?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let taken = self.take(N)?;
        let mut array = [0; N];
        array.copy_from_slice(taken);
        Ok(array)
    }

    pub(super) fn u16(&mut self) -> Result<u16, String> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, String> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, String> {
        self.array().map(u64::from_be_bytes)
    }

    pub(super) fn id(&mut self, len: usize) -> Result<BlobId, String> {
        BlobId::from_bytes(self.take(len)?).ok_or_else(|| "an object id has no known length".into())
    }

    /// Up to `end`, which is taken and not returned.
    pub(super) fn until(&mut self, end: u8) -> Result<&'a [u8], String> {
        let at = memchr::memchr(end, self.rest).ok_or("it ends too early")?;
        let taken = &self.rest[..at];
        self.rest = &self.rest[at + 1..];
        Ok(taken)
    }

    /// A number of 7-bit groups, highest first, as packs write offsets.
    fn offset(&mut self) -> Result<usize, String> {
        let mut value = 0_usize;
        loop {
            let byte = self.take(1)?[0];
            value = value
                .checked_mul(128)
                .and_then(|value| value.checked_add(usize::from(byte & 127)))
                .ok_or("a number is too large")?;
            if byte & 128 == 0 {
                return Ok(value);
            }
            value += 1;
        }
    }
}

const EXTENDED: u16 = 0x4000;
const INTENT_TO_ADD: u16 = 0x2000;
const SKIP_WORKTREE: u16 = 0x4000;
/// Bytes of an entry before its object id: times, device, inode, mode, owner, size.
const STAT: usize = 40;

fn parse_one(bytes: &[u8], id_len: usize) -> Result<(Index, Option<Link>), String> {
    let body = bytes.len().checked_sub(id_len).ok_or("it ends too early")?;
    let mut reader = Reader::new(&bytes[..body]);
    if reader.take(4)? != b"DIRC" {
        return Err("it does not begin as an index does".into());
    }
    let version = reader.u32()?;
    if !(2..=4).contains(&version) {
        return Err(format!("it has version {version}, known are 2 to 4"));
    }
    let count = reader.u32()? as usize;
    // An entry takes more than its id: a count that cannot be true must not reserve memory.
    if count > body / (STAT + id_len) {
        return Err("it has fewer entries than it says".into());
    }
    let mut index = Index::default();
    index.entries.reserve(count);
    index
        .paths
        .reserve(body.saturating_sub(count * (STAT + id_len)));
    let mut previous = Vec::new();
    for _ in 0..count {
        parse_entry(&mut reader, version, id_len, &mut index, &mut previous)?;
    }
    let mut link = None;
    while !reader.is_empty() {
        let name = reader.take(4)?;
        let len = reader.u32()? as usize;
        let content = reader.take(len)?;
        match name {
            b"TREE" => index.trees = parse_trees(content, id_len).unwrap_or_default(),
            b"link" => link = Link::parse(content, id_len)?,
            // Says only that entries may be trees; these are recognised by their mode.
            b"sdir" => {}
            _ if name[0].is_ascii_uppercase() => {}
            _ => {
                return Err(format!(
                    "it has the extension `{}`, which this version does not know",
                    String::from_utf8_lossy(name)
                ));
            }
        }
    }
    Ok((index, link))
}

fn parse_entry(
    reader: &mut Reader<'_>,
    version: u32,
    id_len: usize,
    index: &mut Index,
    previous: &mut Vec<u8>,
) -> Result<(), String> {
    let stat = reader.take(STAT)?;
    let mode = u32::from_be_bytes([stat[24], stat[25], stat[26], stat[27]]);
    let id = reader.id(id_len)?;
    let flags = reader.u16()?;
    let more = if flags & EXTENDED != 0 {
        reader.u16()?
    } else {
        0
    };
    if version == 4 {
        let strip = reader.offset()?;
        let keep = previous
            .len()
            .checked_sub(strip)
            .ok_or("a path is shortened by more than it has")?;
        previous.truncate(keep);
        previous.extend_from_slice(reader.until(0)?);
    } else {
        let path = reader.until(0)?;
        // Padded with zeros to a multiple of eight; one of them was the end of the path.
        let fixed = STAT + id_len + if flags & EXTENDED != 0 { 4 } else { 2 };
        reader.take(7 - (fixed + path.len()) % 8)?;
        previous.clear();
        previous.extend_from_slice(path);
    }
    index.push(
        previous,
        IndexEntry {
            path: 0..0,
            item: Item { id, mode },
            stage: ((flags >> 12) & 3) as u8,
            intent_to_add: more & INTENT_TO_ADD != 0,
            skip_worktree: more & SKIP_WORKTREE != 0,
        },
    );
    Ok(())
}

/// The extension `TREE`: for each directory, in preorder, `name NUL entries SP subdirectories LF id`.
fn parse_trees(content: &[u8], id_len: usize) -> Result<HashMap<Vec<u8>, BlobId>, String> {
    let number = |text: &[u8]| -> Result<i64, String> {
        std::str::from_utf8(text)
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| "a number is not one".into())
    };
    let mut trees = HashMap::new();
    let mut reader = Reader::new(content);
    // For each directory that is open: its children still to come, and how long its path is.
    let mut open: Vec<(i64, usize)> = Vec::new();
    let mut path = Vec::new();
    while !reader.is_empty() {
        let name = reader.until(0)?;
        let entries = number(reader.until(b' ')?)?;
        let children = number(reader.until(b'\n')?)?;
        path.extend_from_slice(name);
        if !name.is_empty() {
            path.push(b'/');
        }
        if entries >= 0 {
            trees.insert(path.clone(), reader.id(id_len)?);
        }
        open.push((children, path.len()));
        while let Some((0, _)) = open.last() {
            open.pop();
            match open.last_mut() {
                Some((left, len)) => {
                    *left -= 1;
                    path.truncate(*len);
                }
                None => return Ok(trees),
            }
        }
    }
    Ok(trees)
}
