//! Git directories in archives: loose objects are unpacked, packs are named as what is not opened here.

/// What a file of a git directory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A loose object.
    Loose,
    /// A pack.
    Pack,
}

impl Part {
    /// What stands at `path`, if it is an object or a pack of a git directory, bare or not.
    pub(super) fn of(path: &[u8]) -> Option<Self> {
        let mut parts = path.rsplit(|byte| *byte == b'/');
        let name = parts.next()?;
        let folder = parts.next()?;
        if parts.next()? != b"objects" {
            return None;
        }
        let hex = |text: &[u8]| text.iter().all(u8::is_ascii_hexdigit);
        match (folder, name.len()) {
            (b"pack", _) if name.ends_with(b".pack") => Some(Part::Pack),
            (folder, 38 | 62) if folder.len() == 2 && hex(folder) && hex(name) => Some(Part::Loose),
            _ => None,
        }
    }
}

/// Whether the bytes begin like a stream of zlib: its method, and its check.
pub(super) fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [first, second, ..] if first & 0x0F == 8 && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0)
}
