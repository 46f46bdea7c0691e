//! Classes of Java: the texts of the constant pool, a line each. In the bytes of a class the length before a text can look like a part of it.

/// Major version of the first release; what has the same first bytes and no version (libraries of macOS for several processors) has less there.
const FIRST: u8 = 45;

/// Whether the bytes begin like a class.
pub(super) fn is(bytes: &[u8]) -> bool {
    matches!(bytes, [0xCA, 0xFE, 0xBA, 0xBE, _, _, 0, major, ..] if *major >= FIRST)
}

/// The texts; `None` where the pool is damaged.
pub(super) fn texts(bytes: &[u8]) -> Option<Vec<u8>> {
    let u16_at = |at: usize| {
        let two = bytes.get(at..at + 2)?;
        Some(u16::from_be_bytes([two[0], two[1]]))
    };
    let count = u16_at(8)?;
    let mut out = Vec::new();
    let (mut at, mut number) = (10, 1);
    while number < count {
        let tag = *bytes.get(at)?;
        // Lengths of constants: JVM specification, 4.4.
        at += 1 + match tag {
            1 => {
                let len = usize::from(u16_at(at + 1)?);
                out.extend_from_slice(bytes.get(at + 3..at + 3 + len)?);
                out.push(b'\n');
                2 + len
            }
            3 | 4 | 9..=12 | 17 | 18 => 4,
            5 | 6 => 8,
            7 | 8 | 16 | 19 | 20 => 2,
            15 => 3,
            _ => return None,
        };
        // Long and double count twice.
        number += if matches!(tag, 5 | 6) { 2 } else { 1 };
    }
    Some(out)
}
