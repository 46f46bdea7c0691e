//! The split index: a shared index that rarely changes, and a small one that says which of its entries are gone or replaced.

use super::index::{Index, IndexEntry, Reader};
use crate::blob::BlobId;

/// The extension `link` of the small index.
pub(super) struct Link {
    /// Names the file of the shared index.
    pub(super) base: BlobId,
    deleted: Vec<u64>,
    replaced: Vec<u64>,
}

impl Link {
    /// `None` where it names no shared index.
    pub(super) fn parse(content: &[u8], id_len: usize) -> Result<Option<Link>, String> {
        let mut reader = Reader::new(content);
        let base = reader.id(id_len)?;
        if base.is_zero() {
            return Ok(None);
        }
        let mut link = Link {
            base,
            deleted: Vec::new(),
            replaced: Vec::new(),
        };
        if !reader.is_empty() {
            link.deleted = bitmap(&mut reader)?;
            link.replaced = bitmap(&mut reader)?;
        }
        Ok(Some(link))
    }
}

/// More entries than any index has: a compressed bitmap of a few bytes can claim to be larger than memory.
const MOST_BITS: u32 = 1 << 28;

/// An EWAH bitmap: words that say how many equal words and how many literal words follow.
fn bitmap(reader: &mut Reader<'_>) -> Result<Vec<u64>, String> {
    let bits = reader.u32()?;
    if bits > MOST_BITS {
        return Err("a bitmap is too large".into());
    }
    let len = bits.div_ceil(64) as usize;
    let mut left = reader.u32()?;
    let mut words: Vec<u64> = Vec::new();
    while left > 0 {
        let header = reader.u64()?;
        let run = (header >> 1) as u32 as usize;
        let literals = (header >> 33) as u32;
        let value = if header & 1 == 1 { u64::MAX } else { 0 };
        if words.len() + run > len || literals >= left {
            return Err("a bitmap is damaged".into());
        }
        words.resize(words.len() + run, value);
        for _ in 0..literals {
            words.push(reader.u64()?);
        }
        left -= 1 + literals;
    }
    if words.len() > len {
        return Err("a bitmap is damaged".into());
    }
    // Where the last header stands; only somebody who appends needs it.
    reader.u32()?;
    Ok(words)
}

fn has(bitmap: &[u64], at: usize) -> bool {
    bitmap
        .get(at / 64)
        .is_some_and(|word| word >> (at % 64) & 1 == 1)
}

/// The index that `shared` and `small` make together.
pub(super) fn join(shared: &Index, small: Index, link: &Link) -> Result<Index, String> {
    let (replacing, added): (Vec<&IndexEntry>, Vec<&IndexEntry>) = small
        .entries
        .iter()
        .partition(|entry| entry.path.is_empty());
    let mut replacing = replacing.into_iter();
    let mut kept: Vec<(&[u8], IndexEntry)> = Vec::with_capacity(shared.entries.len());
    for (at, entry) in shared.entries.iter().enumerate() {
        let path = shared.path(entry);
        let entry = if has(&link.replaced, at) {
            replacing.next().ok_or("an entry to replace is missing")?
        } else {
            entry
        };
        if !has(&link.deleted, at) {
            kept.push((path, entry.clone()));
        }
    }
    if replacing.next().is_some() {
        return Err("it replaces more entries than there are".into());
    }
    kept.extend(
        added
            .into_iter()
            .map(|entry| (small.path(entry), entry.clone())),
    );
    // Stable: what was added stands behind what it takes the place of.
    kept.sort_by(|a, b| (a.0, a.1.stage).cmp(&(b.0, b.1.stage)));
    let mut index = Index {
        trees: small.trees.clone(),
        ..Index::default()
    };
    for (at, (path, entry)) in kept.iter().enumerate() {
        let next = kept.get(at + 1);
        let superseded =
            next.is_some_and(|(other, later)| other == path && later.stage == entry.stage);
        if !superseded {
            index.push(path, entry.clone());
        }
    }
    Ok(index)
}
