//! Zip archives (and jar, whl, nupkg, docx, …), read from memory by their central directory; where that is damaged, by the headers before each entry.

use super::compressed::Format;
use super::{Each, Entry, Fault, Limits, TOTAL};
use flate2::read::DeflateDecoder;

const CENTRAL: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";
const END: &[u8] = b"PK\x05\x06";
/// The end record is 22 bytes and a comment of at most 65,535.
const TAIL: usize = 22 + 65_535;

/// Whether the bytes begin like a zip archive.
pub(super) fn is(bytes: &[u8]) -> bool {
    bytes.starts_with(LOCAL) || bytes.starts_with(END)
}

/// What one entry says of itself.
struct Header<'a> {
    name: &'a [u8],
    flags: u16,
    method: u16,
    packed: usize,
    size: u64,
    local: usize,
}

/// Calls `each` for every entry.
pub(super) fn entries(bytes: &[u8], limits: &mut Limits, each: Each<'_>) {
    let tail = bytes.len().saturating_sub(TAIL);
    let Some(end) = memchr::memmem::rfind(&bytes[tail..], END).map(|at| tail + at) else {
        each(Entry::fault(b"", Fault::Damaged), limits);
        return;
    };
    let Some(size) = number(bytes, end + 12, 4) else {
        each(Entry::fault(b"", Fault::Damaged), limits);
        return;
    };
    // Found from its end, as other bytes can stand before an archive.
    let zip64 = end
        .checked_sub(20)
        .filter(|at| bytes[*at..].starts_with(b"PK\x06\x07"));
    let stated = number(bytes, end + 16, 4).unwrap_or(0) as usize;
    let mut at = match end.checked_sub(size as usize) {
        Some(at) if bytes[at..].starts_with(CENTRAL) => at,
        _ if bytes
            .get(stated..)
            .is_some_and(|at| at.starts_with(CENTRAL)) =>
        {
            stated
        }
        _ => match memchr::memmem::find(bytes, CENTRAL) {
            Some(at) => at,
            None => return,
        },
    };
    let shift = match zip64 {
        Some(_) => 0,
        None => end.saturating_sub(size as usize).saturating_sub(stated),
    };
    while bytes
        .get(at..)
        .is_some_and(|rest| rest.starts_with(CENTRAL))
    {
        let Some((header, len)) = central(bytes, at) else {
            each(Entry::fault(b"", Fault::Damaged), limits);
            return;
        };
        at += len;
        if !limits.take_entry() {
            each(
                Entry::fault(b"", Fault::Limit("it has too many entries")),
                limits,
            );
            return;
        }
        if !header.name.ends_with(b"/") {
            let goes_on = entry(bytes, &header, shift, limits, each);
            if !goes_on {
                return;
            }
        }
    }
}

fn central(bytes: &[u8], at: usize) -> Option<(Header<'_>, usize)> {
    let field = |offset: usize, len: usize| number(bytes, at + offset, len);
    let name_len = field(28, 2)? as usize;
    let extra_len = field(30, 2)? as usize;
    let comment_len = field(32, 2)? as usize;
    let name = bytes.get(at + 46..at + 46 + name_len)?;
    let extra = bytes.get(at + 46 + name_len..at + 46 + name_len + extra_len)?;
    let mut wide = wide_numbers(extra);
    let mut value = |offset: usize| match field(offset, 4)? {
        0xFFFF_FFFF => wide.next(),
        value => Some(value),
    };
    // In this order the wide ones stand: size, packed size, place.
    let size = value(24)?;
    let packed = value(20)?;
    let local = value(42)?;
    let header = Header {
        name,
        flags: field(8, 2)? as u16,
        method: field(10, 2)? as u16,
        packed: usize::try_from(packed).ok()?,
        size,
        local: usize::try_from(local).ok()?,
    };
    Some((header, 46 + name_len + extra_len + comment_len))
}

/// The numbers of eight bytes in the extra field of zip64.
fn wide_numbers(mut extra: &[u8]) -> impl Iterator<Item = u64> + '_ {
    let mut wide: &[u8] = &[];
    while let (Some(id), Some(len)) = (number(extra, 0, 2), number(extra, 2, 2)) {
        let end = (4 + len as usize).min(extra.len());
        if id == 1 {
            wide = &extra[4..end];
        }
        extra = &extra[end..];
    }
    wide.chunks_exact(8).filter_map(|eight| number(eight, 0, 8))
}

fn entry(
    bytes: &[u8],
    header: &Header<'_>,
    shift: usize,
    limits: &mut Limits,
    each: Each<'_>,
) -> bool {
    let name = header.name;
    let local = header.local.saturating_add(shift);
    let lens = (
        number(bytes, local.saturating_add(26), 2),
        number(bytes, local.saturating_add(28), 2),
    );
    let (true, (Some(name_len), Some(extra_len))) = (
        bytes.get(local..).is_some_and(|at| at.starts_with(LOCAL)),
        lens,
    ) else {
        return each(Entry::fault(name, Fault::Damaged), limits);
    };
    let start = local + 30 + (name_len + extra_len) as usize;
    let Some(packed) = bytes
        .get(start..)
        .map(|rest| &rest[..rest.len().min(header.packed)])
    else {
        return each(Entry::fault(name, Fault::Damaged), limits);
    };
    if header.flags & 1 == 1 {
        return each(Entry::fault(name, Fault::Unknown), limits);
    }
    match header.method {
        0 if limits.take_bytes(packed.len()) => {
            let cut = (packed.len() as u64) < header.size;
            each(Entry::read(name, packed, cut), limits)
        }
        0 => each(Entry::fault(name, Fault::Limit(TOTAL)), limits),
        8 => super::unpacked(
            DeflateDecoder::new(packed),
            name,
            packed.len(),
            limits,
            each,
        ),
        method => match Format::of_zip(method) {
            Some(format) => {
                super::unpacked(format.reader(packed), name, packed.len(), limits, each)
            }
            None => each(Entry::fault(name, Fault::Unknown), limits),
        },
    }
}

/// A little-endian number of `len` bytes at `at`.
fn number(bytes: &[u8], at: usize, len: usize) -> Option<u64> {
    let field = bytes.get(at..at.checked_add(len)?)?;
    Some(
        field
            .iter()
            .rev()
            .fold(0, |value, byte| value << 8 | u64::from(*byte)),
    )
}
