//! Loose objects: one zlib stream a file, `type size NUL content`.

use crate::pack::Damage;
use crate::pack::Kind;
use crate::pack::{Inflater, plausible};
use std::fs;
use std::path::Path;

/// Longer than any header: the longest type, a space, twenty digits and NUL.
const HEADER: usize = 32;

/// Reads the object in the file `path` into `out`.
pub(super) fn read(
    path: &Path,
    inflater: &mut Inflater,
    limit: u64,
    out: &mut Vec<u8>,
) -> Result<Kind, Damage> {
    parse(&fs::read(path)?, inflater, limit, out)
}

/// Reads the object that `file` is the content of into `out`.
pub(super) fn parse(
    file: &[u8],
    inflater: &mut Inflater,
    limit: u64,
    out: &mut Vec<u8>,
) -> Result<Kind, Damage> {
    let mut head = [0; HEADER];
    inflater.begin();
    let (mut done, mut used, made) = inflater.feed(file, &mut head, false)?;
    let end = head[..made].iter().position(|byte| *byte == 0);
    let end = end.ok_or(Damage::Header("it does not end"))?;
    let (kind, size) = header_of(&head[..end])?;
    let size = plausible(size, file.len() as u64)?;
    if size as u64 > limit {
        return Err(Damage::TooLarge(size as u64));
    }
    let start = &head[end + 1..made];
    if start.len() > size {
        return Err(Damage::Size);
    }
    out.clear();
    out.extend_from_slice(start);
    out.resize(size, 0);
    let mut filled = start.len();
    while !done {
        let (ended, taken, made) = inflater.feed(&file[used..], &mut out[filled..], false)?;
        used += taken;
        filled += made;
        done = ended;
        if !done && taken == 0 && made == 0 {
            return Err(if filled == size {
                Damage::Size
            } else {
                Damage::Truncated
            });
        }
    }
    if filled == size {
        Ok(kind)
    } else {
        Err(Damage::Size)
    }
}

fn header_of(header: &[u8]) -> Result<(Kind, u64), Damage> {
    let space = header.iter().position(|byte| *byte == b' ');
    let (word, size) = header.split_at(space.ok_or(Damage::Header("it has no length"))?);
    let kind = Kind::from_word(word).ok_or(Damage::Header("its type does not exist"))?;
    let size = std::str::from_utf8(&size[1..]).ok();
    let size = size.and_then(|text| text.parse().ok());
    Ok((kind, size.ok_or(Damage::Header("its length is no number"))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers() {
        assert_eq!(header_of(b"blob 12"), Ok((Kind::Blob, 12)));
        for bad in [&b"blob"[..], b"blub 1", b"blob x", b"blob -1", b""] {
            assert!(header_of(bad).is_err());
        }
    }
}
