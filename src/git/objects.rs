//! Reading objects. Shared by all threads: libgit2's object database may be.

use super::Unread;
use super::index::{Item, Kind};
use crate::blob::BlobId;
use crate::problem::{LeftOut, Problem, Why};
use crate::text::Name;
use git2::{ErrorCode, ObjectType, Oid};
use std::path::{Path, PathBuf};

/// The object databases of one repository: its own, its alternates, and those that the environment names.
pub struct Objects {
    odb: git2::Odb<'static>,
    /// Bytes of an object id.
    id_len: usize,
    /// Whether objects may be missing because a remote promised to have them.
    partial: bool,
}

/// The bytes of one object.
pub struct Object<'a>(git2::OdbObject<'a>);

impl Object<'_> {
    /// The content, without git's header.
    pub fn bytes(&self) -> &[u8] {
        self.0.data()
    }

    pub(super) fn kind(&self) -> ObjectType {
        self.0.kind()
    }
}

impl Objects {
    pub(super) fn open(
        folders: &[PathBuf],
        format: git2::ObjectFormat,
        partial: bool,
    ) -> Result<Self, Problem> {
        let failed = |folder: &Path, cause: &str| {
            Problem::new("repository", Name::from_path(folder), cause)
                .consequence("nothing was scanned")
        };
        let odb = git2::Odb::new_ext(format)
            .map_err(|error| failed(Path::new("objects"), error.message()))?;
        for folder in folders {
            let path = reachable_as_text(folder).ok_or_else(|| {
                failed(folder, "the path is not UTF-8")
                    .next("change into the repository and scan it from there")
            })?;
            odb.add_disk_alternate(&path)
                .map_err(|error| failed(folder, error.message()))?;
        }
        Ok(Objects {
            odb,
            id_len: match format {
                git2::ObjectFormat::Sha1 => 20,
                git2::ObjectFormat::Sha256 => 32,
            },
            partial,
        })
    }

    pub(super) fn odb(&self) -> &git2::Odb<'static> {
        &self.odb
    }

    /// Whether it belongs to a partial clone, which may lack objects.
    pub fn is_partial(&self) -> bool {
        self.partial
    }

    /// Bytes of an object id of this repository: 20 or 32.
    pub fn id_len(&self) -> usize {
        self.id_len
    }

    /// Whether an object is here.
    pub fn has(&self, id: BlobId) -> bool {
        oid(id).is_ok_and(|oid| self.odb.exists(oid))
    }

    /// The size of an object in bytes, without reading it whole.
    ///
    /// # Errors
    /// As [`Objects::read`].
    pub fn size(&self, id: BlobId, name: &Name) -> Result<usize, Unread> {
        oid(id)
            .and_then(|oid| self.odb.read_header(oid))
            .map(|(size, _)| size)
            .map_err(|error| self.unread(id, name, &error))
    }

    /// Reads an object of any type; `name` is what a message calls it.
    ///
    /// # Errors
    /// Left out if the repository is a partial clone and does not have it; else a problem.
    pub fn read(&self, id: BlobId, name: &Name) -> Result<Object<'_>, Unread> {
        oid(id)
            .and_then(|oid| self.odb.read(oid))
            .map(Object)
            .map_err(|error| self.unread(id, name, &error))
    }

    /// Reads a blob.
    ///
    /// # Errors
    /// As [`Objects::read`]; also a problem if the object is something else.
    pub fn blob(&self, id: BlobId, name: &Name) -> Result<Object<'_>, Unread> {
        self.expect(id, name, ObjectType::Blob)
    }

    pub(super) fn expect(
        &self,
        id: BlobId,
        name: &Name,
        kind: ObjectType,
    ) -> Result<Object<'_>, Unread> {
        let object = self.read(id, name)?;
        if object.kind() != kind {
            let cause = format!("object {id} should be a {kind} and is a {}", object.kind());
            return Err(Problem::new("object", name.clone(), cause).into());
        }
        Ok(object)
    }

    /// The entries of a tree, in its order: name and item.
    ///
    /// # Errors
    /// As [`Objects::read`]; also a problem if the tree is damaged.
    pub fn tree(&self, id: BlobId, name: &Name) -> Result<Vec<(Vec<u8>, Item)>, Unread> {
        let object = self.expect(id, name, ObjectType::Tree)?;
        parse_tree(object.bytes(), self.id_len).ok_or_else(|| {
            Problem::new("object", name.clone(), format!("tree {id} is damaged")).into()
        })
    }

    /// What stands at `path` below the tree `root`; `None` if nothing does.
    ///
    /// # Errors
    /// As [`Objects::read`], where a tree on the way cannot be read.
    pub fn at_path(&self, root: BlobId, path: &[u8]) -> Result<Option<Item>, Unread> {
        let mut tree = root;
        let mut parts = path.split(|byte| *byte == b'/').peekable();
        while let Some(part) = parts.next() {
            let entries = self.tree(tree, &Name::new(path))?;
            let Some((_, item)) = entries.iter().find(|(name, _)| name == part) else {
                return Ok(None);
            };
            if parts.peek().is_none() {
                return Ok(Some(*item));
            }
            if item.kind() != Kind::Tree {
                return Ok(None);
            }
            tree = item.id;
        }
        Ok(None)
    }

    fn unread(&self, id: BlobId, name: &Name, error: &git2::Error) -> Unread {
        if error.code() == ErrorCode::NotFound {
            if self.partial {
                return LeftOut {
                    object: name.clone(),
                    why: Why::Promised,
                }
                .into();
            }
            let cause = format!("object {id} is missing from the repository");
            return Problem::new("missing-object", name.clone(), cause)
                .next("`git fsck` names everything that is missing; fetch it again from a remote")
                .into();
        }
        let cause = format!("object {id} cannot be read: {}", error.message());
        Problem::new("object", name.clone(), cause).into()
    }
}

/// libgit2 takes the path of an object database as text only. A path that is not may still be reachable from here by one that is.
fn reachable_as_text(folder: &Path) -> Option<String> {
    if let Some(text) = folder.to_str() {
        return Some(text.to_owned());
    }
    let here = std::env::current_dir().ok()?;
    let mut up = String::new();
    here.ancestors().find_map(|ancestor| {
        let rest = folder.strip_prefix(ancestor).ok();
        let path = rest
            .and_then(|rest| rest.to_str())
            .map(|rest| format!("./{up}{rest}"));
        up.push_str("../");
        path
    })
}

pub(super) fn oid(id: BlobId) -> Result<Oid, git2::Error> {
    Oid::from_bytes(id.as_bytes())
}

/// `mode SP name NUL id`, again and again.
fn parse_tree(mut bytes: &[u8], id_len: usize) -> Option<Vec<(Vec<u8>, Item)>> {
    let mut entries = Vec::with_capacity(bytes.len() / 40);
    while !bytes.is_empty() {
        let space = memchr::memchr(b' ', bytes)?;
        let mode = std::str::from_utf8(&bytes[..space]).ok()?;
        let mode = u32::from_str_radix(mode, 8).ok()?;
        let end = space + 1 + memchr::memchr(0, &bytes[space + 1..])?;
        let id = BlobId::from_bytes(bytes.get(end + 1..end + 1 + id_len)?)?;
        entries.push((bytes[space + 1..end].to_vec(), Item { id, mode }));
        bytes = &bytes[end + 1 + id_len..];
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_tree_is_not_half_a_tree() {
        let mut tree = b"100644 a.txt\0".to_vec();
        tree.extend([7; 20]);
        let entries = parse_tree(&tree, 20).unwrap();
        assert_eq!(entries[0].0, b"a.txt");
        assert_eq!(entries[0].1.mode, 0o100_644);
        tree.pop();
        assert!(parse_tree(&tree, 20).is_none());
    }
}
