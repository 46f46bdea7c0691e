//! The parsers of this room on bytes from nowhere, for `fuzz/` alone: what they make of them, or nothing where they refuse.

use super::index::PackIndex;
use super::loose as objects;
use crate::blob::Copied;
use crate::pack::Header;
use crate::pack::Inflater;
use crate::pack::delta as deltas;

/// The length of the header of a pack entry.
pub fn entry_header(bytes: &[u8], hash_len: usize) -> Option<usize> {
    Header::parse(bytes, hash_len).ok().map(|header| header.len)
}

/// What a delta makes of its base, and the pieces that it copies.
pub fn delta(base: &[u8], delta: &[u8], limit: u64) -> Option<(Vec<u8>, Vec<Copied>)> {
    let (mut out, mut copies) = (Vec::new(), Vec::new());
    deltas::apply(base, delta, limit, &mut out, &mut copies).ok()?;
    Some((out, copies))
}

/// The offsets of all objects in a pack index.
pub fn index_offsets(bytes: Vec<u8>, hash_len: usize) -> Option<Vec<Option<u64>>> {
    let index = PackIndex::parse(bytes, hash_len).ok()?;
    let each = (0..index.count()).map(|at| {
        index.id(at);
        index.crc(at);
        index.offset(at)
    });
    Some(each.collect())
}

/// The content of a loose object.
pub fn loose(file: &[u8], limit: u64) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    objects::parse(file, &mut Inflater::new(), limit, &mut out).ok()?;
    Some(out)
}
