//! What flows from a source to the detector: bytes, where they come from, and which of them are new.

use crate::text::{Location, Name, Span};
use std::fmt;

/// The id of a git object: SHA-1 (20 bytes) or SHA-256 (32).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId {
    bytes: [u8; 32],
    len: u8,
}

impl BlobId {
    /// From the raw bytes of an object id. `None` unless there are 20 or 32.
    pub fn from_bytes(raw: &[u8]) -> Option<Self> {
        if raw.len() != 20 && raw.len() != 32 {
            return None;
        }
        let mut bytes = [0; 32];
        bytes[..raw.len()].copy_from_slice(raw);
        Some(BlobId {
            bytes,
            len: raw.len() as u8,
        })
    }

    /// From its 40 or 64 hexadecimal digits, and nothing else.
    pub fn from_hex(text: &[u8]) -> Option<Self> {
        if text.len() != 40 && text.len() != 64 {
            return None;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let mut raw = [0; 32];
        for (byte, pair) in raw.iter_mut().zip(text.chunks_exact(2)) {
            *byte = (digit(pair[0])? * 16 + digit(pair[1])?) as u8;
        }
        BlobId::from_bytes(&raw[..text.len() / 2])
    }

    /// The raw bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// Whether it is all zero: git's way to say "no object".
    pub fn is_zero(&self) -> bool {
        self.bytes == [0; 32]
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes()
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Where a blob comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A file of a tree on disk; the path as shown to the user.
    File {
        /// Path relative to the root of the scan (or as given on the command line).
        path: Name,
    },
    /// A file in the index of a repository.
    Staged {
        /// Path from the root of the repository.
        path: Name,
        /// Whether a commit has it already: HEAD, or the one that pre-commit was given.
        committed: bool,
    },
    /// A file as one commit has it.
    Commit {
        /// The commit.
        commit: BlobId,
        /// Path from the root of the repository.
        path: Name,
    },
    /// A blob of an object database, its path not known (yet, or at all).
    Object {
        /// The blob.
        id: BlobId,
    },
    /// The message (or author, committer, tag text) of a commit or tag.
    Message {
        /// The commit or tag.
        id: BlobId,
        /// Which part: `message`, `author`, `committer`, `tag`, …
        part: &'static str,
    },
    /// A name that is itself data: of a file, branch or tag; the target of a symlink.
    NameOf {
        /// What has the name: `ref`, `file`, `symlink`.
        what: &'static str,
        /// The name.
        name: Name,
    },
    /// A file of the git directory itself, which never travels with a push.
    GitFile {
        /// Path from the git directory; of that of a repository that lies within the working tree, from there: `lib/in/.git/config`.
        path: Name,
    },
    /// Standard input, or another stream without a name.
    Stream {
        /// The path the user gave for it.
        path: Option<Name>,
    },
}

/// A file of the git directory as people find it, `path` being that of its [`Origin::GitFile`].
pub fn git_file(path: &Name) -> String {
    match path.as_bytes().windows(6).any(|part| part == b"/.git/") {
        true => path.to_string(),
        false => format!(".git/{path}"),
    }
}

impl Origin {
    /// The path that path-bound rules, suppressions and reports use; `None` where there is none.
    pub fn path(&self) -> Option<&Name> {
        match self {
            Origin::File { path } | Origin::Staged { path, .. } | Origin::Commit { path, .. } => {
                Some(path)
            }
            Origin::Stream { path } => path.as_ref(),
            Origin::Object { .. }
            | Origin::Message { .. }
            | Origin::NameOf { .. }
            | Origin::GitFile { .. } => None,
        }
    }

    /// The stable word for it in machine formats.
    pub fn kind(&self) -> &'static str {
        match self {
            Origin::File { .. } => "file",
            Origin::Staged { .. } => "staged",
            Origin::Commit { .. } => "commit",
            Origin::Object { .. } => "object",
            Origin::Message { .. } => "message",
            Origin::NameOf { .. } => "name",
            Origin::GitFile { .. } => "git-file",
            Origin::Stream { .. } => "stream",
        }
    }
}

/// Which bytes of a blob are new. Only there (widened by what rules look at around a place) can a finding arise that the old bytes did
/// not already have.
#[derive(Clone, Copy, Debug)]
pub enum Fresh<'a> {
    /// Every byte.
    All,
    /// These ranges, in order. An empty range is a seam: two old pieces that did not touch before.
    Ranges(&'a [Span]),
}

/// Where the bytes of a blob stand in the whole they were taken from: a large file comes in windows, a patch shows pieces of a file.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// Offset of the first byte in the whole.
    pub offset: usize,
    /// Column (in code points, from 1) of the first byte.
    pub column: usize,
    /// Pairs (line of these bytes, line of the whole), both from 1 and rising: from the one on, lines are counted from the other. Empty: no difference.
    pub lines: &'a [(usize, usize)],
    /// Findings that begin elsewhere in these bytes belong to a neighbouring part.
    pub own: Span,
}

impl Part<'_> {
    /// The bytes are the whole.
    pub const WHOLE: Part<'static> = Part {
        offset: 0,
        column: 1,
        lines: &[],
        own: Span {
            start: 0,
            end: usize::MAX,
        },
    };

    /// The line of the whole that line `line` of these bytes is.
    pub fn line(&self, line: usize) -> usize {
        let after = self.lines.partition_point(|(from, _)| *from <= line);
        match after.checked_sub(1).and_then(|at| self.lines.get(at)) {
            Some((from, to)) => to + (line - from),
            None => line,
        }
    }

    /// The same place, counted in the whole.
    pub fn locate(&self, place: Location) -> Location {
        let column = |line: usize, column: usize| {
            if line == 1 {
                column + self.column - 1
            } else {
                column
            }
        };
        Location {
            line: self.line(place.line),
            column: column(place.line, place.column),
            end_line: self.line(place.end_line),
            end_column: column(place.end_line, place.end_column),
        }
    }
}

/// A piece of a child blob that was copied from its base: `base..base + len` stands at `child`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Offset in the base.
    pub base: usize,
    /// Offset in the child.
    pub child: usize,
    /// Number of bytes.
    pub len: usize,
}

/// A version of a blob that the new one replaces.
#[derive(Clone, Copy, Debug)]
pub struct Old<'a> {
    /// The content.
    pub bytes: &'a [u8],
    /// What of it stands in the new version, in the order of that; nothing where nobody compared them.
    pub copies: &'a [Copied],
}

impl Old<'_> {
    /// The same, as if nobody had compared it.
    pub fn uncompared(&self) -> Self {
        Old {
            bytes: self.bytes,
            copies: &[],
        }
    }
}

/// Bytes on their way to the detector.
#[derive(Clone, Debug)]
pub struct Blob<'a> {
    /// The content, as it was read.
    pub bytes: &'a [u8],
    /// Where it comes from.
    pub origin: Origin,
    /// Which bytes are new.
    pub fresh: Fresh<'a>,
    /// What this blob replaces, in every parent: findings of these are not new. Empty for everything but staged scans and ranges.
    pub old: &'a [Old<'a>],
    /// Where the bytes stand in the whole, when they are a part of it.
    pub part: Part<'a>,
}

impl<'a> Blob<'a> {
    /// A blob that is new as a whole and replaces nothing.
    pub fn whole(bytes: &'a [u8], origin: Origin) -> Self {
        Blob {
            bytes,
            origin,
            fresh: Fresh::All,
            old: &[],
            part: Part::WHOLE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_counts_in_the_whole() {
        let part = Part {
            offset: 100,
            column: 5,
            lines: &[(1, 10), (4, 40)],
            ..Part::WHOLE
        };
        let place = part.locate(Location {
            line: 1,
            column: 2,
            end_line: 5,
            end_column: 3,
        });
        assert_eq!((place.line, place.column), (10, 6));
        assert_eq!((place.end_line, place.end_column), (41, 3));
        assert_eq!(Part::WHOLE.line(7), 7);
    }
}
