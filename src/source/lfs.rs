//! Pointer files of git LFS: the content they stand for is not in the repository.

/// Whether this is a pointer file: nothing but its known lines, or a secret could hide behind the first one.
pub(super) fn is_lfs_pointer(bytes: &[u8]) -> bool {
    if bytes.len() >= 1024 || !bytes.starts_with(b"version https://git-lfs.github.com/spec/v1\n") {
        return false;
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    let hex = |id: &str| id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut id = false;
    let known = text.lines().skip(1).all(|line| {
        if let Some(value) = line.strip_prefix("oid sha256:") {
            id = true;
            hex(value)
        } else if let Some(size) = line.strip_prefix("size ") {
            size.bytes().all(|byte| byte.is_ascii_digit())
        } else {
            false
        }
    });
    known && id
}
