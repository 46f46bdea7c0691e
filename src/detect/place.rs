//! What the place of a literal says of it: documentation, a list of files, a place in a list, a block of encoded data.

use super::placeholder;
use crate::text::{Span, line_around};

/// How far a line is looked at.
const CAP: usize = 240;

/// Whether a line is one of documentation: `///` and `//!` of Rust, C#, Swift and Dart, `>>>` and `...` of an interactive session.
pub(super) fn in_documentation(text: &[u8], at: usize) -> bool {
    let line = line_around(text, at, CAP).of(text).trim_ascii_start();
    [&b"///"[..], b"//!", b">>> ", b"... "]
        .iter()
        .any(|start| line.starts_with(start))
}

/// Whether a name is the last part of a path to a file, as lists of digests have them: `"certs/ca.key": "…"`.
pub(super) fn is_file(text: &[u8], name: Span) -> bool {
    let before = name.start.checked_sub(1).map(|at| text[at]);
    let ending = name.of(text).rsplit(|byte| *byte == b'.').next();
    before == Some(b'/')
        && ending.is_some_and(|ending| {
            ending.len() < name.len()
                && ending.len() <= 5
                && ending.iter().all(u8::is_ascii_alphanumeric)
        })
}

/// The word before a name that is parted from it by a blank: `next page token: …`.
pub(super) fn word_before(text: &[u8], name: Span) -> &[u8] {
    let line = line_around(text, name.start, 40);
    let before = &text[line.start..name.start];
    let Some(before) = before.strip_suffix(b" ") else {
        return &[];
    };
    let len = before
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    &before[before.len() - len..]
}

/// Whether a token is a piece of encoded data: signs of base64 border on it, or it fills a line and so does base64 above or below. Looks one line up and down.
pub(super) fn in_block(text: &[u8], token: Span) -> bool {
    let sign = |byte: Option<&u8>| matches!(byte, Some(b'+' | b'/' | b'='));
    let before = token.start.checked_sub(1).and_then(|at| text.get(at));
    if sign(before) && before != Some(&b'=') || sign(text.get(token.end)) {
        return true;
    }
    let line = line_around(text, token.start, CAP);
    let wrapping = |byte: &u8| {
        matches!(
            byte,
            b' ' | b'\t' | b'\r' | b'"' | b'\'' | b',' | b'*' | b'\\'
        )
    };
    let alone = text[line.start..token.start].iter().all(wrapping)
        && text[token.end.min(line.end)..line.end]
            .iter()
            .all(|byte| wrapping(byte) || *byte == b'n');
    let encoded = |line: &[u8]| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = line.trim_ascii();
        let line = line.strip_prefix(b"* ").unwrap_or(line);
        let line = line.strip_prefix(b"\"").unwrap_or(line);
        let run = line
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
            .count();
        run >= 48 && line.len() - run <= 4
    };
    let above = line.start.checked_sub(1);
    let above = above.is_some_and(|at| encoded(line_around(text, at, CAP).of(text)));
    let below = line.end + 1 < text.len() && encoded(line_around(text, line.end + 1, CAP).of(text));
    alone && (above || below)
}

/// Whether the sentence before a name only supposes what it goes on to say: `if the password is …`, `in this example, the password is …`.
pub(super) fn supposes(text: &[u8], name: Span) -> bool {
    let line = line_around(text, name.start, CAP);
    let before = &text[line.start..name.start];
    let sentence = memchr::memmem::rfind(before, b". ").map_or(0, |at| at + 2);
    let sentence = &before[sentence..];
    placeholder::contains(sentence, "example")
        || placeholder::contains(sentence, "e.g.")
        || placeholder::contains(sentence, " if ")
        || placeholder::starts_with(sentence.trim_ascii_start(), "if ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(text: &str, part: &str) -> Span {
        let at = text.find(part).unwrap();
        Span::new(at, at + part.len())
    }

    #[test]
    fn documentation_is_told_by_its_line() {
        assert!(in_documentation(b"  /// let password = 1;", 12));
        assert!(in_documentation(b"x\n>>> login(password=1)", 12));
        assert!(!in_documentation(b"// password = 1;", 5));
    }

    #[test]
    fn files_and_positions() {
        let text = "{\"certs/ca.key\":\"0\", \"api.key\": 1}";
        assert!(is_file(text.as_bytes(), find(text, "ca.key")));
        assert!(!is_file(text.as_bytes(), find(text, "api.key")));
        let text = "Next page token: 1";
        assert_eq!(word_before(text.as_bytes(), find(text, "token")), b"page");
    }

    #[test]
    fn a_line_among_lines_of_base64_is_a_piece() {
        let row = "q7".repeat(32);
        let text = format!("{row}\nTOKEN\n");
        assert!(in_block(text.as_bytes(), find(&text, "TOKEN")));
        assert!(in_block(b"x+TOKEN", Span::new(2, 7)));
        assert!(!in_block(b"A=TOKEN\nB=2", Span::new(2, 7)));
        let text = format!("{row}\nkey: TOKEN\n");
        assert!(!in_block(text.as_bytes(), find(&text, "TOKEN")));
    }
}
