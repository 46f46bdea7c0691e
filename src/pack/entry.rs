//! The header of a pack entry: what it is, how long its content is, and what it is a delta of.

use super::damage::Damage;
use crate::blob::BlobId;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A commit.
    Commit,
    /// A directory.
    Tree,
    /// The content of a file, or the target of a symbolic link.
    Blob,
    /// An annotated tag.
    Tag,
}

impl Kind {
    /// The word git has for it.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Commit => "commit",
            Kind::Tree => "tree",
            Kind::Blob => "blob",
            Kind::Tag => "tag",
        }
    }

    /// The kind that git calls so.
    pub(crate) fn from_word(word: &[u8]) -> Option<Self> {
        [Kind::Commit, Kind::Tree, Kind::Blob, Kind::Tag]
            .into_iter()
            .find(|kind| kind.word().as_bytes() == word)
    }
}

/// What follows the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// The object itself.
    Whole(Kind),
    /// A delta of the entry that stands so many bytes before this one.
    DeltaOfOffset(u64),
    /// A delta of the object with this id.
    DeltaOfId(BlobId),
}

/// A parsed header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) content: Content,
    /// Bytes of the decompressed object or delta.
    pub(crate) size: u64,
    /// Bytes of the header itself.
    pub(crate) len: usize,
}

/// No header is longer: ten bytes of size, ten of offset or an id.
pub(crate) const MAX_HEADER: usize = 48;

impl Header {
    /// Reads the header at the start of `bytes`; ids have `hash_len` bytes.
    pub(crate) fn parse(bytes: &[u8], hash_len: usize) -> Result<Self, Damage> {
        let mut rest = bytes.iter().copied();
        let first = rest.next().ok_or(Damage::Truncated)?;
        let mut size = u64::from(first & 0x0F);
        let mut shift = 4;
        let mut more = first & 0x80 != 0;
        let mut len = 1;
        while more {
            let byte = rest.next().ok_or(Damage::Truncated)?;
            let part = u64::from(byte & 0x7F);
            if shift > 57 && part >> (64 - shift.min(63)) != 0 || shift > 63 {
                return Err(Damage::Header("its length overflows"));
            }
            size |= part << shift;
            shift += 7;
            more = byte & 0x80 != 0;
            len += 1;
        }
        let content = match (first >> 4) & 7 {
            1 => Content::Whole(Kind::Commit),
            2 => Content::Whole(Kind::Tree),
            3 => Content::Whole(Kind::Blob),
            4 => Content::Whole(Kind::Tag),
            6 => {
                let (distance, used) = offset(&bytes[len..])?;
                len += used;
                Content::DeltaOfOffset(distance)
            }
            7 => {
                let id = bytes.get(len..len + hash_len).and_then(BlobId::from_bytes);
                len += hash_len;
                Content::DeltaOfId(id.ok_or(Damage::Truncated)?)
            }
            _ => return Err(Damage::Header("its type does not exist")),
        };
        Ok(Header { content, size, len })
    }
}

/// The distance to a delta's base: seven bits a byte, the highest first, each continuation adding one; and how many bytes that took.
fn offset(bytes: &[u8]) -> Result<(u64, usize), Damage> {
    let mut distance = 0_u64;
    for (at, byte) in bytes.iter().enumerate() {
        if distance >> 56 != 0 {
            return Err(Damage::Header("its offset overflows"));
        }
        distance = distance << 7 | u64::from(byte & 0x7F);
        if byte & 0x80 == 0 {
            return Ok((distance, at + 1));
        }
        distance += 1;
    }
    Err(Damage::Truncated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_git_writes() {
        let blob = Header::parse(&[0xBE, 0x2D], 20).unwrap();
        assert_eq!(blob.content, Content::Whole(Kind::Blob));
        assert_eq!((blob.size, blob.len), (0x2DE, 2));
        // 0x81 0x00: one continuation byte stands for 256.
        let delta = Header::parse(&[0x65, 0x81, 0x00], 20).unwrap();
        assert_eq!(delta.content, Content::DeltaOfOffset(256));
        assert_eq!((delta.size, delta.len), (5, 3));
        let mut bytes = vec![0x71];
        bytes.extend([7; 32]);
        let delta = Header::parse(&bytes, 32).unwrap();
        assert_eq!(delta.len, 33);
    }

    #[test]
    fn refuses_what_cannot_be() {
        for bytes in [
            &[][..],
            &[0x80],
            &[0x00],
            &[0x50],
            &[0x60, 0x80],
            &[0x71, 1, 2],
        ] {
            assert!(Header::parse(bytes, 20).is_err(), "{bytes:?}");
        }
        assert!(Header::parse(&[0xFF; 40], 20).is_err());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = Header::parse(&bytes, 20);
        }
    }
}
