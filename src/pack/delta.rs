//! Applying a delta, and saying which pieces of the result are copies: the rest is what somebody has written anew.

use super::damage::Damage;
use crate::blob::Copied;

/// A copy of no stated length is this long.
const DEFAULT_COPY: usize = 0x10000;

/// The sizes of base and result that a delta begins with, and the instructions behind them.
pub(crate) fn sizes(delta: &[u8]) -> Result<(u64, u64, &[u8]), Damage> {
    let (base, rest) = size(delta)?;
    let (result, rest) = size(rest)?;
    Ok((base, result, rest))
}

fn size(bytes: &[u8]) -> Result<(u64, &[u8]), Damage> {
    let mut value = 0_u64;
    for (at, byte) in bytes.iter().take(9).enumerate() {
        value |= u64::from(byte & 0x7F) << (7 * at);
        if byte & 0x80 == 0 {
            return Ok((value, &bytes[at + 1..]));
        }
    }
    Err(Damage::Delta("its sizes are malformed"))
}

/// Makes the child of `base` in `out`, and lists in `copies` the pieces that came from `base`, in the order of the child; pieces that
/// touch in both are one. Results of more than `limit` bytes are refused before anything is allocated.
pub(crate) fn apply(
    base: &[u8],
    delta: &[u8],
    limit: u64,
    out: &mut Vec<u8>,
    copies: &mut Vec<Copied>,
) -> Result<(), Damage> {
    out.clear();
    copies.clear();
    let (base_size, size, mut rest) = sizes(delta)?;
    if base_size != base.len() as u64 {
        return Err(Damage::Delta("it belongs to a base of another length"));
    }
    if size > limit {
        return Err(Damage::TooLarge(size));
    }
    let size = size as usize;
    out.reserve(size);
    while let Some((code, tail)) = rest.split_first() {
        rest = tail;
        if code & 0x80 != 0 {
            let (piece, tail) = copy(*code, rest, out.len())?;
            rest = tail;
            let bytes = piece
                .base
                .checked_add(piece.len)
                .and_then(|end| base.get(piece.base..end))
                .ok_or(Damage::Delta("it copies from outside its base"))?;
            if bytes.len() > size - out.len() {
                return Err(Damage::Size);
            }
            out.extend_from_slice(bytes);
            push(copies, piece);
        } else if *code == 0 {
            return Err(Damage::Delta("it has an instruction that does not exist"));
        } else {
            let len = usize::from(*code);
            let bytes = rest
                .get(..len)
                .ok_or(Damage::Delta("it ends within an instruction"))?;
            if len > size - out.len() {
                return Err(Damage::Size);
            }
            out.extend_from_slice(bytes);
            rest = &rest[len..];
        }
    }
    if out.len() == size {
        Ok(())
    } else {
        Err(Damage::Size)
    }
}

/// The copy that the instruction `code` and the bytes behind it ask for; the bytes left.
fn copy(code: u8, bytes: &[u8], child: usize) -> Result<(Copied, &[u8]), Damage> {
    let needed = (code & 0x7F).count_ones() as usize;
    let (arguments, rest) = bytes
        .split_at_checked(needed)
        .ok_or(Damage::Delta("it ends within an instruction"))?;
    let mut arguments = arguments.iter().map(|byte| usize::from(*byte));
    let mut field = |bits: std::ops::Range<u32>| {
        let mut value = 0;
        for bit in bits.clone() {
            if code & (1 << bit) != 0 {
                value |= arguments.next().unwrap_or(0) << (8 * (bit - bits.start));
            }
        }
        value
    };
    let base = field(0..4);
    let len = match field(4..7) {
        0 => DEFAULT_COPY,
        len => len,
    };
    Ok((Copied { base, child, len }, rest))
}

fn push(copies: &mut Vec<Copied>, piece: Copied) {
    match copies.last_mut() {
        Some(last)
            if last.base + last.len == piece.base && last.child + last.len == piece.child =>
        {
            last.len += piece.len;
        }
        _ => copies.push(piece),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(base: &[u8], delta: &[u8]) -> Result<(Vec<u8>, Vec<Copied>), Damage> {
        let (mut out, mut copies) = (Vec::new(), Vec::new());
        apply(base, delta, 1 << 20, &mut out, &mut copies)?;
        Ok((out, copies))
    }

    #[test]
    fn copies_and_inserts() {
        // Sizes 10 and 9; copy 4 from 0, copy 2 from 4, insert "xy", copy 1 from 9.
        let delta = [10, 9, 0x90, 4, 0x91, 4, 2, 2, b'x', b'y', 0x91, 9, 1];
        let (out, copies) = run(b"0123456789", &delta).unwrap();
        assert_eq!(out, b"012345xy9");
        let piece = |base, child, len| Copied { base, child, len };
        assert_eq!(copies, [piece(0, 0, 6), piece(9, 8, 1)]);
    }

    #[test]
    fn a_copy_without_length_has_64_kib() {
        let base = vec![7; 0x10000];
        let delta = [0x80, 0x80, 0x04, 0x80, 0x80, 0x04, 0x80];
        assert_eq!(run(&base, &delta).unwrap().0, base);
    }

    #[test]
    fn refuses_damage() {
        let base = b"0123456789";
        for delta in [
            &[][..],
            &[10],
            &[9, 1, 1, b'x'],
            &[10, 2, 1, b'x'],
            &[10, 1, 0],
            &[10, 1, 2, b'x'],
            &[10, 4, 0x91, 9, 4],
            &[10, 1, 0x90, 4],
            &[10, 1, 0x91, 1],
            &[10, 0xFF, 0xFF, 0xFF, 0x7F, 0x90, 1],
            &[
                0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
            ],
        ] {
            assert!(run(base, delta).is_err(), "{delta:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics_and_copies_are_true(base: Vec<u8>, mut delta: Vec<u8>, size in 0..64_u8) {
            delta.splice(0..0, [base.len() as u8 & 0x7F, size]);
            if let Ok((out, copies)) = run(&base[..base.len() & 0x7F], &delta) {
                for piece in copies {
                    assert_eq!(out[piece.child..piece.child + piece.len], base[piece.base..piece.base + piece.len]);
                }
            }
        }
    }
}
