//! What can be wrong with a stored object. Every case is a sentence that the user reads next to the object's id.

use crate::blob::BlobId;
use crate::problem::Problem;
use crate::text::Name;
use std::fmt;
use std::io;

/// Why an object could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// The file system failed.
    Io(String),
    /// The pack or file ends before the object does.
    Truncated,
    /// The header of a pack entry or loose object is malformed.
    Header(&'static str),
    /// The compressed stream is broken.
    Zlib(&'static str),
    /// The delta is malformed.
    Delta(&'static str),
    /// The content is shorter or longer than its header says.
    Size,
    /// Its bytes in the pack are not those that the pack's index knows.
    Checksum,
    /// The delta base is not in this repository.
    MissingBase(Option<BlobId>),
    /// The delta base is there, but could not be read itself.
    BrokenBase(Option<BlobId>),
    /// The chain of deltas leads back to itself.
    Loop,
    /// More bytes than this program is willing to hold.
    TooLarge(u64),
    /// The object is in no pack and no file.
    Missing,
}

impl Damage {
    /// The stable name in machine formats.
    pub fn code(&self) -> &'static str {
        match self {
            Damage::Io(_) => "io",
            Damage::Missing | Damage::MissingBase(_) => "object-missing",
            Damage::TooLarge(_) => "object-too-large",
            _ => "object-damaged",
        }
    }

    /// As the problem of the object `id`, a `kind` ("blob", "object") as the user calls it.
    pub fn problem(&self, id: BlobId, kind: &str) -> Problem {
        let problem = Problem::new(
            self.code(),
            Name::new(format!("{kind} {id}")),
            self.to_string(),
        );
        match self {
            Damage::TooLarge(_) => problem,
            Damage::Missing | Damage::MissingBase(_) => {
                problem.next("fetch it again, or restore it from another clone")
            }
            _ => problem
                .next("`git fsck --full` shows the damage; restore the object from another clone"),
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Damage::Io(error) => write!(f, "cannot be read: {error}"),
            Damage::Truncated => f.write_str("the file ends before the object does"),
            Damage::Header(what) => write!(f, "its header is malformed: {what}"),
            Damage::Zlib(what) => write!(f, "its compressed data are broken: {what}"),
            Damage::Delta(what) => write!(f, "its delta is malformed: {what}"),
            Damage::Size => f.write_str("its length is not what its header says"),
            Damage::Checksum => f.write_str("its checksum does not fit"),
            Damage::MissingBase(Some(id)) => write!(f, "its delta base {id} is missing"),
            Damage::MissingBase(None) => f.write_str("its delta base is missing"),
            Damage::BrokenBase(Some(id)) => write!(f, "its delta base {id} cannot be read"),
            Damage::BrokenBase(None) => f.write_str("its delta base cannot be read"),
            Damage::Loop => f.write_str("its chain of deltas leads back to itself"),
            Damage::TooLarge(size) => {
                write!(f, "it has {size} bytes, more than can be held in memory")
            }
            Damage::Missing => f.write_str("it is not in this repository"),
        }
    }
}

impl From<io::Error> for Damage {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Damage::Truncated,
            _ => Damage::Io(error.to_string()),
        }
    }
}
