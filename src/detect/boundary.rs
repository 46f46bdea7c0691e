//! Where a token begins and ends. Never `\b`: a url-safe token can begin or end with `-`, and in source text a token often follows the
//! letters of an escape (`\n`, `%3D`, `\u0026`), which are no part of it.

/// The characters of url-safe base64: what a token without a mark is made of, and what may not border on one.
pub(super) fn is_token_byte(byte: u8) -> bool {
    TOKEN_BYTES[usize::from(byte)]
}

/// The characters of base64 in either alphabet, without the padding.
pub(super) fn is_base64_byte(byte: u8) -> bool {
    BASE64_BYTES[usize::from(byte)]
}

/// The bytes of base64 in either alphabet, as a table.
pub(super) const BASE64_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = matches!(
            byte as u8,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'+' | b'/'
        );
        byte += 1;
    }
    table
};

const TOKEN_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = matches!(byte as u8, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        byte += 1;
    }
    table
};

/// More letters and digits than an escape leaves.
const LONGEST_ESCAPE: usize = 10;

/// Whether a token can begin at `at`: what stands before is no token character, or belongs to an escape.
pub(super) fn begins(text: &[u8], at: usize) -> bool {
    match at.checked_sub(1).and_then(|before| text.get(before)) {
        Some(byte) if is_token_byte(*byte) => ends_with_escape(&text[..at]),
        _ => true,
    }
}

/// The first place at `from` or behind where a token can begin; `end` where there is none before it.
pub(super) fn next_beginning(text: &[u8], from: usize, end: usize) -> usize {
    let mut at = from;
    while at < end {
        let before = text[at.saturating_sub(LONGEST_ESCAPE)..at].iter().rev();
        let run = before.take_while(|byte| is_token_byte(**byte)).count();
        let escapes = match at.checked_sub(run + 1).and_then(|before| text.get(before)) {
            Some(b':') => text.get(at - run) == Some(&b'-'),
            Some(before) => matches!(before, b'\\' | b'%' | b'[' | b';'),
            None => false,
        };
        if run == 0 || escapes && ends_with_escape(&text[..at]) {
            return at;
        }
        // Within a run nothing else begins.
        at += match escapes {
            true => 1,
            false => {
                text[at..]
                    .iter()
                    .position(|byte| !is_token_byte(*byte))
                    .unwrap_or(end)
                    + 1
            }
        };
    }
    end
}

/// Whether a token can end at `at` (exclusive).
pub(super) fn ends(text: &[u8], at: usize) -> bool {
    !text.get(at).is_some_and(|byte| is_token_byte(*byte))
}

/// Length of the escape that `text` ends with: `\n`, `%3D`, `%253D`, `\x3d`, `\u003d`, a terminal colour; `:-` of `${NAME:-default}` counts as one.
pub(super) fn escape_len(text: &[u8]) -> Option<usize> {
    let hex = |from_end: usize, count: usize| {
        text.len() >= from_end
            && text[text.len() - from_end..][..count]
                .iter()
                .all(u8::is_ascii_hexdigit)
    };
    let byte = |from_end: usize| text.len().checked_sub(from_end).map(|at| text[at]);
    let before = |from_end: usize| byte(from_end);
    if before(2) == Some(b'\\')
        && matches!(
            byte(1),
            Some(b'n' | b'r' | b't' | b'b' | b'f' | b'v' | b'0')
        )
    {
        return Some(2);
    }
    if before(3) == Some(b'%') && hex(2, 2) {
        return Some(3);
    }
    if before(5) == Some(b'%') && before(4) == Some(b'2') && before(3) == Some(b'5') && hex(2, 2) {
        return Some(5);
    }
    if before(4) == Some(b'\\') && before(3) == Some(b'x') && hex(2, 2) {
        return Some(4);
    }
    if before(6) == Some(b'\\') && before(5) == Some(b'u') && hex(4, 4) {
        return Some(6);
    }
    if byte(1) == Some(b'-') && before(2) == Some(b':') && opens_default(&text[..text.len() - 2]) {
        return Some(2);
    }
    // A colour sequence of a terminal, raw or written out: ESC [ 3 2 m.
    if byte(1) == Some(b'm') {
        let digits = text[..text.len() - 1]
            .iter()
            .rev()
            .take(8)
            .take_while(|byte| byte.is_ascii_digit() || **byte == b';')
            .count();
        if before(digits + 2) == Some(b'[')
            && matches!(before(digits + 3), Some(0x1B | b'3' | b'b' | b'e'))
        {
            return Some(digits + 3);
        }
    }
    None
}

/// Longest name of a variable whose default is looked at.
const LONGEST_VARIABLE: usize = 80;

/// Whether a text ends with `${NAME`.
fn opens_default(text: &[u8]) -> bool {
    let name = text.iter().rev().take(LONGEST_VARIABLE);
    let name = name.take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_');
    let name = name.count();
    name > 0 && text[..text.len() - name].ends_with(b"${")
}

/// Where a run of name or token characters really begins, that seems to begin at `start`: behind what an escape left (`n` of `\n`, `3D` of `%3D`). At most
/// `end`.
pub(super) fn after_escape(text: &[u8], start: usize, end: usize) -> usize {
    let rest = (1..=5).find(|rest| {
        start + rest <= end && escape_len(&text[..start + rest]).is_some_and(|len| len > *rest)
    });
    start + rest.unwrap_or(0)
}

fn ends_with_escape(text: &[u8]) -> bool {
    escape_len(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_beginning_is_the_one_that_a_look_at_every_byte_finds() {
        let text = b"a, bcdef \\nbcdefghijklmnop; x%3Dabcdefghijk %253Dx ${A:-abcdefghijk} b:-abcdefghijk \\u003dabc-def\\x3Dabcdefghij \x1b[1;32mabcdefghijkl end-";
        for from in 0..text.len() {
            let plain = (from..text.len()).find(|at| begins(text, *at));
            assert_eq!(
                next_beginning(text, from, text.len()),
                plain.unwrap_or(text.len()),
                "from {from}"
            );
        }
    }

    #[test]
    fn escapes_are_no_part_of_a_token() {
        for text in [
            "\\nT",
            "%3DT",
            "%253DT",
            "\\u003dT",
            "\\x3DT",
            "=T",
            "T",
            "\x1b[32mT",
            "\\033[1;32mT",
            "${NAME:-T",
        ] {
            assert!(begins(text.as_bytes(), text.len() - 1), "{text:?}");
        }
        for text in ["nT", "-T", "_T", "3DT", "u003dT", "mT", ":-T", "NAME:-T"] {
            assert!(!begins(text.as_bytes(), text.len() - 1), "{text:?}");
        }
        assert!(ends(b"T\"", 1) && ends(b"T", 1) && !ends(b"T-", 1));
    }
}
