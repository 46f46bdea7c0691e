//! What earlier audits saw: ids of objects in which nothing was found, and nothing else, so that the file tells nobody anything. What something was found in
//! is always read again.
//!
//! This room knows the form; where the file lies, and reading and writing it, is the command line's ([`Shelf`]).

use crate::blob::BlobId;
use sha2::{Digest, Sha256};
use std::path::Path;

/// The first line of every file; the number goes up with the form.
const MAGIC: &[u8] = b"invoca-scan seen 1\n";
/// Bytes of a digest.
const DIGEST: usize = 32;

/// Where audits leave what they saw.
pub trait Shelf: Sync {
    /// What was left of the repository whose git directory is this; `None` if nothing was.
    fn take(&self, git_dir: &Path) -> Option<Vec<u8>>;

    /// Leaves it.
    fn leave(&self, git_dir: &Path, bytes: &[u8]);

    /// Tells that what was left cannot be used.
    fn damaged(&self, git_dir: &Path);
}

/// What makes what was seen with one scanner worthless for another: its version, its rules, its program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key([u8; DIGEST]);

impl Key {
    /// Of everything that decides what is found in an object.
    pub fn new(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Key(hash.finalize().into())
    }
}

/// What a file holds.
#[derive(Debug, PartialEq, Eq)]
pub enum Seen {
    /// Ids in which nothing is.
    Clean(Vec<BlobId>),
    /// It was written with another key, or by another version.
    Other,
    /// It is not what was written.
    Damaged,
}

/// Writes the ids `clean`.
pub fn write(key: Key, clean: impl Iterator<Item = BlobId>) -> Vec<u8> {
    let mut out = [MAGIC, &key.0].concat();
    for id in clean {
        out.push(id.as_bytes().len() as u8);
        out.extend_from_slice(id.as_bytes());
    }
    let digest = Sha256::digest(&out);
    out.extend_from_slice(&digest);
    out
}

/// Reads what [`write()`] wrote.
pub fn read(key: Key, bytes: &[u8]) -> Seen {
    let Some((body, digest)) = bytes.split_last_chunk::<DIGEST>() else {
        return Seen::Damaged;
    };
    if Sha256::digest(body)[..] != digest[..] {
        return Seen::Damaged;
    }
    let Some(rest) = body.strip_prefix(MAGIC) else {
        return Seen::Other;
    };
    let Some((found, mut rest)) = rest.split_first_chunk::<DIGEST>() else {
        return Seen::Damaged;
    };
    if *found != key.0 {
        return Seen::Other;
    }
    let mut ids = Vec::with_capacity(rest.len() / 21);
    while let Some((len, tail)) = rest.split_first() {
        let id = tail.split_at_checked(usize::from(*len));
        let Some((id, tail)) = id.and_then(|(id, tail)| Some((BlobId::from_bytes(id)?, tail)))
        else {
            return Seen::Damaged;
        };
        ids.push(id);
        rest = tail;
    }
    Seen::Clean(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_changed_or_cut_is_not_believed() {
        let ids: Vec<BlobId> = (0..5_u8)
            .filter_map(|at| BlobId::from_bytes(&[at; 20]))
            .collect();
        let key = Key::new(&["1", "rules"]);
        let written = write(key, ids.iter().copied());
        assert_eq!(read(key, &written), Seen::Clean(ids));
        assert_eq!(read(Key::new(&["1r", "ules"]), &written), Seen::Other);
        for at in 0..written.len() {
            assert_eq!(read(key, &written[..at]), Seen::Damaged, "cut at {at}");
            let mut changed = written.clone();
            changed[at] ^= 1;
            assert_eq!(read(key, &changed), Seen::Damaged, "changed at {at}");
        }
    }
}
