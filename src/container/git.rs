//! Loose objects of git directories that lie where no repository is.

/// Whether what stands at `path` is an object of a git directory, bare or not, by its name.
pub(super) fn is_loose(path: &[u8]) -> bool {
    let mut parts = path.rsplit(|byte| *byte == b'/');
    let (Some(name), Some(folder), Some(b"objects")) = (parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let hex = |text: &[u8]| text.iter().all(u8::is_ascii_hexdigit);
    matches!((folder.len(), name.len()), (2, 38 | 62)) && hex(folder) && hex(name)
}

/// A loose object without what stands before its content: the kind, the length and a zero.
pub(super) fn content(object: &[u8]) -> &[u8] {
    let end = object.iter().take(32).position(|byte| *byte == 0);
    end.map_or(object, |end| &object[end + 1..])
}

/// Whether the bytes begin like a stream of zlib: its method, and its check.
pub(super) fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [first, second, ..] if first & 0x0F == 8 && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0)
}
