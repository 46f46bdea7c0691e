//! Archives of 7z, read from memory block by block: what is wrong with one block hides no other.
//! The format: <https://py7zr.readthedocs.io/en/latest/archive_format.html>

use super::{Each, Entry, Fault, Limits, MAX_WINDOW};
use sevenz_rust2::{Archive, ArchiveEntry, BlockDecoder, Error, Password};
use std::io::Cursor;

/// How an archive begins.
pub(super) const SIGN: &[u8] = b"7z\xBC\xAF\x27\x1C";
/// Bytes of the list of entries: each of them can be an entry, of which a hundred bytes are kept.
const MAX_LIST: u64 = 8 << 20;
/// The limit on what a decoder keeps, in KiB.
const WINDOW: usize = (MAX_WINDOW >> 10) as usize;

/// Calls `each` for every entry that holds something.
pub(super) fn entries(bytes: &[u8], limits: &mut Limits, each: Each<'_>) {
    let fault = match list_len(bytes) {
        None => Fault::Damaged,
        Some(len) if len > MAX_LIST => Fault::Limit("its list of entries is too large"),
        Some(_) => {
            let list = Archive::read_with_memory_limit(
                &mut Cursor::new(bytes),
                &Password::empty(),
                WINDOW,
            );
            match list {
                Ok(archive) => {
                    blocks(&archive, bytes, limits, each);
                    return;
                }
                Err(error) => fault_of(&error),
            }
        }
    };
    each(Entry::fault(b"", fault), limits);
}

fn blocks(archive: &Archive, bytes: &[u8], limits: &mut Limits, each: Each<'_>) {
    for block in 0..archive.blocks.len() {
        if !read_block(archive, block, bytes, limits, each) {
            return;
        }
    }
}

/// How the entries of a block ended before the last.
enum End {
    Stopped,
    /// One was not read to its end, so that those behind it cannot be.
    Cut(Fault),
    TooMany,
}

/// False to stop.
fn read_block(
    archive: &Archive,
    block: usize,
    bytes: &[u8],
    limits: &mut Limits,
    each: Each<'_>,
) -> bool {
    let (mut source, password) = (Cursor::new(bytes), Password::empty());
    let decoder =
        BlockDecoder::new_with_memory_limit(1, WINDOW, block, archive, &password, &mut source);
    let first = archive.stream_map.block_first_file_index[block];
    let held = first..first + decoder.entry_count();
    let (mut read, mut end) = (0, None);
    let result = decoder.for_each_entries(&mut |entry: &ArchiveEntry, input| {
        read += 1;
        if !entry.has_stream {
            return Ok(true);
        }
        if !limits.take_entry() {
            end = Some(End::TooMany);
            return Ok(false);
        }
        let mut fault = None;
        let mut each = |entry: Entry<'_>, limits: &mut Limits| {
            fault = entry.fault;
            each(entry, limits)
        };
        let name = entry.name.as_bytes();
        let goes_on = super::unpacked(input, name, bytes.len(), limits, &mut each);
        end = match (goes_on, fault) {
            (false, _) => Some(End::Stopped),
            (true, fault) => fault.map(End::Cut),
        };
        Ok(end.is_none())
    });
    let rest = archive.files[held].iter().skip(read);
    let rest: Vec<&[u8]> = rest
        .filter(|entry| entry.has_stream)
        .map(|entry| entry.name.as_bytes())
        .collect();
    let fault = match (end, result) {
        (Some(End::Stopped), _) => return false,
        (Some(End::TooMany), _) => {
            each(
                Entry::fault(b"", Fault::Limit("it has too many entries")),
                limits,
            );
            return false;
        }
        (Some(End::Cut(Fault::Limit(_))), _) => {
            Fault::Limit("what stands behind an entry that is too large")
        }
        (Some(End::Cut(fault)), _) => fault,
        (None, Err(error)) => fault_of(&error),
        (None, Ok(_)) => return true,
    };
    // A limit is named once, else what is left out.
    let rest = match fault {
        Fault::Limit(_) if !rest.is_empty() => vec![&b""[..]],
        _ => rest,
    };
    rest.into_iter()
        .all(|name| limits.take_entry() && each(Entry::fault(name, fault), limits))
}

fn fault_of(error: &Error) -> Fault {
    match error {
        Error::MaxMemLimited { .. } => Fault::Limit("it takes too much memory to unpack"),
        Error::UnsupportedVersion { .. }
        | Error::UnsupportedCompressionMethod(_)
        | Error::Unsupported(_)
        | Error::ExternalUnsupported
        | Error::PasswordRequired
        | Error::MaybeBadPassword(_) => Fault::Unknown,
        _ => Fault::Damaged,
    }
}

/// How many bytes the list of entries is said to have, unpacked. `None` where none is found.
fn list_len(bytes: &[u8]) -> Option<u64> {
    let field = |at: usize| {
        let eight = bytes.get(at..at + 8)?.try_into().ok()?;
        Some(u64::from_le_bytes(eight))
    };
    let (offset, len) = (field(12)?, field(20)?);
    let start = usize::try_from(offset).ok()?.checked_add(32)?;
    let end = start.checked_add(usize::try_from(len).ok()?)?;
    let list = bytes.get(start..end)?;
    match list.first()? {
        1 => Some(len),
        0x17 => packed_list_len(&mut &list[1..]),
        _ => None,
    }
}

/// The same of a list that is packed itself: what describes its one folder says it last.
fn packed_list_len(rest: &mut &[u8]) -> Option<u64> {
    let mut id = byte(rest)?;
    if id == 0x06 {
        number(rest)?;
        let streams = number(rest)?;
        id = byte(rest)?;
        if id == 0x09 {
            numbers(rest, streams)?;
            id = byte(rest)?;
        }
        if id == 0x0A {
            let defined = match byte(rest)? {
                0 => skip(rest, streams.div_ceil(8))?
                    .iter()
                    .map(|bits| u64::from(bits.count_ones()))
                    .sum(),
                _ => streams,
            };
            skip(rest, defined.checked_mul(4)?)?;
            id = byte(rest)?;
        }
        if id != 0 {
            return None;
        }
        id = byte(rest)?;
    }
    // Unpacking of one folder that stands here.
    if (id, byte(rest)?, number(rest)?, byte(rest)?) != (0x07, 0x0B, 1, 0) {
        return None;
    }
    let (mut inputs, mut outputs) = (0_u64, 0_u64);
    for _ in 0..number(rest)? {
        let flags = byte(rest)?;
        skip(rest, u64::from(flags & 0x0F))?;
        let (more_in, more_out) = match flags & 0x10 {
            0 => (1, 1),
            _ => (number(rest)?, number(rest)?),
        };
        inputs = inputs.checked_add(more_in)?;
        outputs = outputs.checked_add(more_out)?;
        if flags & 0x20 != 0 {
            let len = number(rest)?;
            skip(rest, len)?;
        }
    }
    let bound = outputs.checked_sub(1)?;
    numbers(rest, bound.checked_mul(2)?)?;
    match inputs.checked_sub(bound)? {
        0 | 1 => {}
        packed => {
            numbers(rest, packed)?;
        }
    }
    if byte(rest)? != 0x0C {
        return None;
    }
    numbers(rest, outputs)
}

fn byte(rest: &mut &[u8]) -> Option<u8> {
    rest.split_off_first().copied()
}

fn skip<'a>(rest: &mut &'a [u8], len: u64) -> Option<&'a [u8]> {
    rest.split_off(..usize::try_from(len).ok()?)
}

/// A number of one to nine bytes: the first has as many ones at its front as bytes follow, and the highest bits behind them.
fn number(rest: &mut &[u8]) -> Option<u64> {
    let first = byte(rest)?;
    let more = first.leading_ones();
    let low = skip(rest, u64::from(more))?;
    let low = low
        .iter()
        .rev()
        .fold(0, |value, byte| value << 8 | u64::from(*byte));
    let high = match more {
        0..7 => u64::from(first) & (0x7F >> more),
        _ => 0,
    };
    Some(high.checked_shl(8 * more).unwrap_or(0) | low)
}

/// The largest of so many numbers.
fn numbers(rest: &mut &[u8], count: u64) -> Option<u64> {
    let mut most = 0;
    for _ in 0..count {
        most = most.max(number(rest)?);
    }
    Some(most)
}
