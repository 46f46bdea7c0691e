//! Escapes within text that otherwise stands there as it is: where they are, and what they stand for.

use super::form::{Emit, Form};
use crate::text::Span;
use memchr::{memchr_iter, memchr2_iter, memchr3_iter};

/// Bytes that may stand between two literals that are joined.
const MAX_JOIN: usize = 80;

/// Places in `region` where an escape begins, by form and in order. `quoted_printable`: whether the text says that it is.
pub(super) fn triggers(text: &[u8], region: Span, quoted_printable: bool) -> Vec<(Form, usize)> {
    let area = region.of(text);
    let mut found = Vec::new();
    for at in memchr3_iter(b'%', b'\\', b'&', area) {
        let at = region.start + at;
        let form = match text[at] {
            b'%' => percent_at(text, at)
                .is_some_and(|byte| byte != b' ')
                .then_some(Form::Percent),
            b'&' => entity_at(text, at).map(|_| Form::Entities),
            _ => tells_of_backslash(text, at).then_some(Form::Escapes),
        };
        found.extend(form.map(|form| (form, at)));
    }
    if quoted_printable {
        for at in memchr_iter(b'=', area) {
            if quoted_at(text, region.start + at).is_some() {
                found.push((Form::QuotedPrintable, region.start + at));
            }
        }
    }
    found
}

/// Bytes behind a keyword in which literals that are joined are looked for.
pub(super) const BEHIND_KEYWORD: usize = 128;

/// Places where literals are joined, of those that begin behind a keyword: looking at every quote of a file would cost too much. `keywords`: where these
/// end, in order.
pub(super) fn joins(text: &[u8], keywords: impl Iterator<Item = usize>) -> Vec<(Form, usize)> {
    let mut found = Vec::new();
    let mut done = 0;
    for end in keywords {
        let from = end.max(done);
        done = done.max(text.len().min(end + BEHIND_KEYWORD));
        let area = Span::new(from, done);
        for at in memchr2_iter(b'"', b'\'', area.of(text)) {
            if join_at(text, from + at).is_some() {
                found.push((Form::Joined, from + at));
            }
        }
    }
    found
}

/// Whether a backslash begins an escape that hides something: of a letter by its number, or of a line end within a word.
fn tells_of_backslash(text: &[u8], at: usize) -> bool {
    match text.get(at + 1) {
        Some(b'u' | b'x' | b'U' | b'0'..=b'3') => {
            matches!(backslash_at(text, at), Some((Some(sign), len)) if len > 2 && !sign.is_control())
        }
        Some(b'\n' | b'\r') => {
            let before = at.checked_sub(1).and_then(|before| text.get(before));
            before.is_some_and(u8::is_ascii_alphanumeric)
        }
        _ => false,
    }
}

/// Decodes one piece of text, whose bytes are those of `area`.
pub(super) fn decode(form: Form, text: &[u8], area: Span, emit: Emit<'_>) {
    let end = area.end.min(text.len());
    let text = &text[..end];
    let mut at = area.start;
    while at < end {
        let (sign, len) = match form {
            Form::Percent if text[at] == b'%' => match percent_at(text, at) {
                Some(byte) => {
                    emit(byte, Span::new(at, at + 3));
                    at += 3;
                    continue;
                }
                None => (None, 0),
            },
            Form::QuotedPrintable if text[at] == b'=' => match quoted_at(text, at) {
                Some((Some(byte), len)) => {
                    emit(byte, Span::new(at, at + len));
                    at += len;
                    continue;
                }
                Some((None, len)) => (None, len),
                None => (None, 0),
            },
            Form::Entities if text[at] == b'&' => match entity_at(text, at) {
                Some((sign, len)) => (Some(sign), len),
                None => (None, 0),
            },
            Form::Escapes if text[at] == b'\\' => backslash_at(text, at).unwrap_or((None, 0)),
            Form::Joined if matches!(text[at], b'"' | b'\'') => {
                (None, join_at(text, at).map_or(0, |end| end - at))
            }
            _ => (None, 0),
        };
        if len == 0 {
            emit(text[at], Span::new(at, at + 1));
            at += 1;
            continue;
        }
        if let Some(sign) = sign {
            let mut bytes = [0; 4];
            for byte in sign.encode_utf8(&mut bytes).bytes() {
                emit(byte, Span::new(at, at + len));
            }
        }
        at += len;
    }
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0u32, |value, digit| {
        Some(value << 4 | char::from(*digit).to_digit(16)?)
    })
}

/// The byte of `%XX` at `at`.
fn percent_at(text: &[u8], at: usize) -> Option<u8> {
    hex(text.get(at + 1..at + 3)?).map(|byte| byte as u8)
}

/// The byte of `=XX` and its length; no byte for a soft line break.
fn quoted_at(text: &[u8], at: usize) -> Option<(Option<u8>, usize)> {
    match text.get(at + 1..)? {
        [b'\n', ..] => Some((None, 2)),
        [b'\r', b'\n', ..] => Some((None, 3)),
        [high, low, ..] => hex(&[*high, *low]).map(|byte| (Some(byte as u8), 3)),
        _ => None,
    }
}

/// The character of an entity at `at`, and its length.
fn entity_at(text: &[u8], at: usize) -> Option<(char, usize)> {
    let rest = text.get(at + 1..)?;
    let len = rest.iter().take(10).position(|byte| *byte == b';')?;
    let name = &rest[..len];
    let sign = match name {
        [b'#', b'x' | b'X', digits @ ..] if !digits.is_empty() => char::from_u32(hex(digits)?)?,
        [b'#', digits @ ..] => {
            let digits = std::str::from_utf8(digits).ok()?;
            char::from_u32(digits.parse().ok()?)?
        }
        name => {
            let known = ENTITIES
                .iter()
                .find(|(known, _)| known.as_bytes() == name)?;
            known.1
        }
    };
    Some((sign, len + 2))
}

/// Signs of ASCII that have a name in HTML.
const ENTITIES: &[(&str, char)] = &[
    ("amp", '&'),
    ("quot", '"'),
    ("lt", '<'),
    ("gt", '>'),
    ("apos", '\''),
    ("nbsp", ' '),
    ("colon", ':'),
    ("equals", '='),
    ("sol", '/'),
    ("plus", '+'),
    ("lowbar", '_'),
    ("hyphen", '-'),
    ("period", '.'),
    ("commat", '@'),
    ("num", '#'),
    ("percnt", '%'),
    ("dollar", '$'),
    ("excl", '!'),
    ("semi", ';'),
    ("quest", '?'),
    ("ast", '*'),
    ("comma", ','),
    ("lpar", '('),
    ("rpar", ')'),
    ("lbrace", '{'),
    ("rbrace", '}'),
    ("Tab", '\t'),
    ("NewLine", '\n'),
];

/// What a backslash at `at` and the bytes behind it stand for, and how many these are; no character for a line that goes on.
fn backslash_at(text: &[u8], at: usize) -> Option<(Option<char>, usize)> {
    let rest = text.get(at + 1..)?;
    let number = |from: usize, len: usize| hex(rest.get(from..from + len)?);
    let sign = match rest.first()? {
        b'n' => ('\n', 2),
        b't' => ('\t', 2),
        b'r' => ('\r', 2),
        byte @ (b'"' | b'\'' | b'\\' | b'/' | b'`') => (char::from(*byte), 2),
        b'x' => (char::from_u32(number(1, 2)?)?, 4),
        b'u' if rest.get(1) == Some(&b'{') => {
            let len = rest.iter().take(9).position(|byte| *byte == b'}')?;
            (char::from_u32(hex(rest.get(2..len)?)?)?, len + 2)
        }
        b'u' => unit_at(rest)?,
        b'U' => (char::from_u32(number(1, 8)?)?, 10),
        b'0'..=b'3' => {
            let octal = |at: usize| char::from(*rest.get(at)?).to_digit(8);
            let value = octal(0)? << 6 | octal(1)? << 3 | octal(2)?;
            (char::from_u32(value)?, 4)
        }
        b'\n' | b'\r' => {
            let blank = |byte: &&u8| matches!(byte, b'\n' | b'\r' | b' ' | b'\t');
            return Some((None, 1 + rest.iter().take(64).take_while(blank).count()));
        }
        _ => return None,
    };
    Some((Some(sign.0), sign.1))
}

/// `uXXXX`, or a pair of them for a character beyond the first 65,536.
fn unit_at(rest: &[u8]) -> Option<(char, usize)> {
    let first = hex(rest.get(1..5)?)?;
    if !(0xD800..0xDC00).contains(&first) {
        return Some((char::from_u32(first)?, 6));
    }
    let second = rest
        .get(5..11)
        .filter(|second| second.starts_with(b"\\u"))?;
    let second = hex(&second[2..])?;
    let value = 0x10000 + ((first - 0xD800) << 10) + second.checked_sub(0xDC00)?;
    Some((char::from_u32(value)?, 12))
}

/// The end of what parts two literals that are joined: from the quote at `at`, which closes one, over `+`, `.`, `&` and the like or a line end, and over
/// the quote that opens the other.
fn join_at(text: &[u8], at: usize) -> Option<usize> {
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=_-.:~!@#$%^*".contains(byte);
    let rest = text.get(at + 1..text.len().min(at + MAX_JOIN))?;
    let sign = |len: usize| {
        matches!(
            rest.get(len),
            Some(
                b' ' | b'\t'
                    | b'\r'
                    | b'\n'
                    | b'+'
                    | b'.'
                    | b'&'
                    | b'~'
                    | b'\\'
                    | b'|'
                    | b'<'
                    | b'>'
            )
        )
    };
    if !sign(0)
        || !at
            .checked_sub(1)
            .and_then(|before| text.get(before))
            .is_some_and(inside)
    {
        return None;
    }
    let mut len = 0;
    let mut lines = 0;
    let mut operator = 0;
    while sign(len) {
        match rest[len] {
            b'\n' => lines += 1,
            b' ' | b'\t' | b'\r' | b'\\' => {}
            _ => operator += 1,
        }
        len += 1;
    }
    // Visual Basic says with an underscore that a line goes on, and some languages say with a letter what kind a literal is.
    if operator == 1 && rest.get(len) == Some(&b'_') {
        let blanks = rest[len + 1..].iter();
        len += 1 + blanks.take_while(|byte| byte.is_ascii_whitespace()).count();
    }
    if matches!(rest.get(len), Some(b'b' | b'f' | b'r' | b'u' | b'@' | b'$')) {
        len += 1;
    }
    let goes_on = matches!((operator, lines), (1 | 2, 0..=3) | (0, 1 | 2));
    let opens = rest.get(len) == Some(&text[at]) && rest.get(len + 1).is_some_and(inside);
    (goes_on && opens).then_some(at + 1 + len + 1)
}
