//! Commits and tags, from their raw text.

use super::Unread;
use super::objects::Objects;
use crate::blob::BlobId;
use crate::problem::Problem;
use crate::text::Name;
use git2::ObjectType;

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: BlobId,
    /// Its root tree.
    pub tree: BlobId,
    /// Its parents, in order.
    pub parents: Vec<BlobId>,
    /// The whole text: header lines, an empty line, the message.
    pub raw: Vec<u8>,
}

impl Commit {
    fn parse(id: BlobId, raw: &[u8]) -> Option<Commit> {
        let mut tree = None;
        let mut parents = Vec::new();
        for line in raw.split(|byte| *byte == b'\n') {
            if let Some(hex) = line.strip_prefix(b"tree ") {
                tree = Some(BlobId::from_hex(hex)?);
            } else if let Some(hex) = line.strip_prefix(b"parent ") {
                parents.push(BlobId::from_hex(hex)?);
            } else {
                break;
            }
        }
        Some(Commit {
            id,
            tree: tree?,
            parents,
            raw: raw.to_vec(),
        })
    }

    /// The value of the header `name` (`author`, `committer`); empty without one.
    pub fn header(&self, name: &str) -> &[u8] {
        self.raw
            .split(|byte| *byte == b'\n')
            .take_while(|line| !line.is_empty())
            .find_map(|line| line.strip_prefix(name.as_bytes())?.strip_prefix(b" "))
            .unwrap_or_default()
    }

    /// When it was committed, in seconds since 1970; 0 where that is damaged.
    pub fn time(&self) -> i64 {
        let mut words = self.header("committer").rsplit(|byte| *byte == b' ');
        let seconds = words.nth(1).and_then(|word| std::str::from_utf8(word).ok());
        seconds.and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    /// The message.
    pub fn message(&self) -> &[u8] {
        let at = memchr::memmem::find(&self.raw, b"\n\n").map_or(self.raw.len(), |at| at + 2);
        &self.raw[at..]
    }
}

impl Objects {
    /// Reads a commit.
    ///
    /// # Errors
    /// As [`Objects::read`]; also a problem if it is no commit, or a damaged one.
    pub fn commit(&self, id: BlobId) -> Result<Commit, Unread> {
        let name = Name::from(id.to_string().as_str());
        let object = self.expect(id, &name, ObjectType::Commit)?;
        Commit::parse(id, object.bytes())
            .ok_or_else(|| Problem::new("object", name, format!("commit {id} is damaged")).into())
    }

    /// The commit that `id` names: itself, or what a tag (of a tag …) points to; `None` for a tag of a tree or blob.
    ///
    /// # Errors
    /// As [`Objects::read`]; also a problem if a tag is damaged.
    pub fn peel(&self, id: BlobId) -> Result<Option<BlobId>, Unread> {
        let mut id = id;
        // Tags cannot form a loop, as their ids are digests; a long chain is no work of git's.
        for _ in 0..64 {
            let name = Name::from(id.to_string().as_str());
            let object = self.read(id, &name)?;
            match object.kind() {
                ObjectType::Commit => return Ok(Some(id)),
                ObjectType::Tag => {
                    let target = object
                        .bytes()
                        .strip_prefix(b"object ")
                        .and_then(|rest| rest.split(|byte| *byte == b'\n').next())
                        .and_then(BlobId::from_hex);
                    id = target.ok_or_else(|| {
                        Problem::new("object", name, format!("tag {id} is damaged"))
                    })?;
                }
                _ => return Ok(None),
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_and_message() {
        let hex = "1".repeat(40);
        let raw = format!(
            "tree {hex}\nparent {hex}\nparent {hex}\nauthor A <a@b> 1 +0000\n\nparent of all\n\nx"
        );
        let id = BlobId::from_hex(hex.as_bytes()).unwrap();
        let commit = Commit::parse(id, raw.as_bytes()).unwrap();
        assert_eq!((commit.parents.len(), commit.tree), (2, id));
        assert_eq!(commit.header("author"), b"A <a@b> 1 +0000");
        assert_eq!(commit.message(), b"parent of all\n\nx");
        assert_eq!(commit.time(), 0);
        let raw = raw
            .replace("author", "committer")
            .replace(" 1 +", " 1700000000 +");
        assert_eq!(
            Commit::parse(id, raw.as_bytes()).unwrap().time(),
            1_700_000_000
        );
    }
}
