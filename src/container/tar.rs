//! Tar archives: ustar, GNU and pax headers, read from memory.

use super::{Each, Entry, Fault, Limits, TOTAL};

const BLOCK: usize = 512;

/// Whether the bytes begin with the header of a tar archive: its checksum is right.
pub(super) fn is(bytes: &[u8]) -> bool {
    bytes
        .get(..BLOCK)
        .is_some_and(|head| head[0] != 0 && checksum_holds(head))
}

fn checksum_holds(head: &[u8]) -> bool {
    let sum: u64 = (0..)
        .zip(head)
        .map(|(at, byte)| {
            if (148..156).contains(&at) {
                32
            } else {
                u64::from(*byte)
            }
        })
        .sum();
    octal(&head[148..156]) == Some(sum)
}

/// An octal number with blanks and zeros around it, or a binary one of GNU tar.
fn octal(field: &[u8]) -> Option<u64> {
    if field.first()? & 0x80 != 0 {
        let wide = field[1..]
            .iter()
            .try_fold(u64::from(field[0] & 0x7F), |value, byte| {
                value.checked_mul(256)?.checked_add(u64::from(*byte))
            });
        return wide;
    }
    let digits = field.iter().skip_while(|byte| **byte == b' ');
    let digits = digits.take_while(|byte| byte.is_ascii_digit());
    digits.clone().next()?;
    digits.clone().try_fold(0u64, |value, digit| {
        value.checked_mul(8)?.checked_add(u64::from(digit - b'0'))
    })
}

/// Calls `each` for every file.
pub(super) fn entries(bytes: &[u8], limits: &mut Limits, each: Each<'_>) {
    let mut at = 0_usize;
    let mut long_name: Option<Vec<u8>> = None;
    while let Some(head) = bytes.get(at..at.saturating_add(BLOCK)) {
        if head.iter().all(|byte| *byte == 0) {
            return;
        }
        let size = octal(&head[124..136]).filter(|_| checksum_holds(head));
        let Some(size) = size.and_then(|size| usize::try_from(size).ok()) else {
            each(Entry::fault(b"", Fault::Damaged), limits);
            return;
        };
        let start = at + BLOCK;
        let end = start.saturating_add(size);
        let content = &bytes[start..end.min(bytes.len())];
        at = start.saturating_add(size.div_ceil(BLOCK).saturating_mul(BLOCK));
        match head[156] {
            b'L' => long_name = Some(until_zero(content).to_vec()),
            b'x' => long_name = pax_path(content).or(long_name),
            b'0' | 0 | b'7' | b'S' => {
                let name = long_name.take().unwrap_or_else(|| name_of(head));
                if !limits.take_entry() {
                    each(
                        Entry::fault(&name, Fault::Limit("it has too many entries")),
                        limits,
                    );
                    return;
                }
                let entry = match limits.take_bytes(content.len()) {
                    true => Entry::read(&name, content, end > bytes.len()),
                    false => Entry::fault(&name, Fault::Limit(TOTAL)),
                };
                if !each(entry, limits) {
                    return;
                }
            }
            _ => long_name = None,
        }
    }
    if at < bytes.len() {
        each(Entry::fault(b"", Fault::Damaged), limits);
    }
}

fn until_zero(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|byte| *byte == 0);
    &bytes[..end.unwrap_or(bytes.len())]
}

fn name_of(head: &[u8]) -> Vec<u8> {
    let name = until_zero(&head[..100]);
    let prefix = until_zero(&head[345..500]);
    match &head[257..263] == b"ustar\0" && !prefix.is_empty() {
        true => [prefix, b"/", name].concat(),
        false => name.to_vec(),
    }
}

/// The path in a pax header: lines of `length key=value`.
fn pax_path(mut records: &[u8]) -> Option<Vec<u8>> {
    loop {
        let blank = records.iter().position(|byte| *byte == b' ')?;
        let len: usize = std::str::from_utf8(&records[..blank]).ok()?.parse().ok()?;
        let record = records.get(blank + 1..len.checked_sub(1)?)?;
        if let Some(path) = record.strip_prefix(b"path=") {
            return Some(path.to_vec());
        }
        records = records.get(len..)?;
    }
}
