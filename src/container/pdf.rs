//! Streams of PDF files that are compressed with deflate: what pages show, as lines of text, and whatever else they hold as it is. What is not compressed
//! stands in the bytes of the file, which are looked at as well.

use super::{Each, Entry, Fault, Limits};
use flate2::read::ZlibDecoder;
use memchr::memmem;

/// Bytes before a stream in which its dictionary is looked for.
const DICTIONARY: usize = 1024;

/// Whether the bytes begin like a PDF file.
pub(super) fn is(bytes: &[u8]) -> bool {
    bytes.starts_with(b"%PDF-")
}

/// Calls `each` for every compressed stream.
pub(super) fn entries(bytes: &[u8], limits: &mut Limits, each: Each<'_>) {
    if memmem::find(bytes, b"/Encrypt").is_some() {
        each(Entry::fault(b"", Fault::Unknown), limits);
        return;
    }
    let mut at = 0;
    for number in 1.. {
        let Some(found) = memmem::find(&bytes[at..], b"stream") else {
            return;
        };
        let word = at + found;
        at = word + b"stream".len();
        let start = match &bytes[at..] {
            [b'\r', b'\n', ..] => at + 2,
            [b'\n', ..] => at + 1,
            _ => continue,
        };
        if bytes[..word].ends_with(b"end") {
            continue;
        }
        let dictionary = &bytes[word.saturating_sub(DICTIONARY)..word];
        let dictionary = match memmem::rfind(dictionary, b"obj") {
            Some(begin) => &dictionary[begin..],
            None => dictionary,
        };
        if memmem::find(dictionary, b"FlateDecode").is_none() {
            continue;
        }
        let name = format!("stream-{number}");
        if !limits.take_entry() {
            let fault = Fault::Limit("it has too many entries");
            each(Entry::fault(name.as_bytes(), fault), limits);
            return;
        }
        let end =
            memmem::find(&bytes[start..], b"endstream").map_or(bytes.len(), |end| start + end);
        at = end;
        let packed = &bytes[start..end];
        let mut shown = |entry: Entry<'_>, limits: &mut Limits| {
            let text = text_of(entry.bytes);
            let bytes = text.as_deref().unwrap_or(entry.bytes);
            each(Entry { bytes, ..entry }, limits)
        };
        let input = ZlibDecoder::new(packed);
        if !super::unpacked(input, name.as_bytes(), packed.len(), limits, &mut shown) {
            return;
        }
    }
}

/// What a page shows: the strings of its content, those that stand in one array as one, every operator a line. `None` for what is no content of a page.
fn text_of(content: &[u8]) -> Option<Vec<u8>> {
    let has = |operator: &[u8]| {
        memmem::find_iter(content, operator).any(|at| {
            let blank = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_whitespace);
            let before = at.checked_sub(1).and_then(|before| content.get(before));
            blank(before) && blank(content.get(at + operator.len()))
        })
    };
    if !(has(b"BT") && has(b"ET")) {
        return None;
    }
    let mut out = Vec::with_capacity(content.len() / 2);
    let (mut at, mut in_array) = (0, false);
    while let Some(byte) = content.get(at) {
        at += 1;
        match byte {
            b'[' => in_array = true,
            b']' => in_array = false,
            b'(' => at = literal(content, at, &mut out),
            b'<' => at = hexadecimal(content, at, &mut out),
            b'j' | b'J' | b'\'' | b'"' if !in_array && !out.ends_with(b"\n") => out.push(b'\n'),
            _ => {}
        }
    }
    Some(out)
}

/// A string in parentheses that begins at `at`; where it ends.
fn literal(content: &[u8], mut at: usize, out: &mut Vec<u8>) -> usize {
    let mut depth = 1;
    while let Some(byte) = content.get(at) {
        at += 1;
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            b'\\' => {
                let escaped = content.get(at).copied().unwrap_or_default();
                at += 1;
                match escaped {
                    b'n' | b'r' | b't' => out.push(b' '),
                    b'0'..=b'7' => at = octal(content, at - 1, out),
                    b'\n' | b'\r' => {}
                    other => out.push(other),
                }
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
        out.push(*byte);
    }
    at.min(content.len())
}

fn octal(content: &[u8], at: usize, out: &mut Vec<u8>) -> usize {
    let digits = content[at..].iter().take(3);
    let digits: Vec<u8> = digits
        .take_while(|byte| (b'0'..=b'7').contains(byte))
        .copied()
        .collect();
    let value = digits
        .iter()
        .fold(0_u32, |value, digit| value * 8 + u32::from(digit - b'0'));
    out.push(value as u8);
    at + digits.len()
}

/// A string of hexadecimal digits; what is none (the `<<` of a dictionary) is passed over. Strings of two bytes a sign (as most fonts have) keep the lower
/// ones.
fn hexadecimal(content: &[u8], at: usize, out: &mut Vec<u8>) -> usize {
    let Some(len) = memchr::memchr(b'>', &content[at..]) else {
        return at;
    };
    let inside = &content[at..at + len];
    let digits: Vec<u8> = inside
        .iter()
        .copied()
        .filter(u8::is_ascii_hexdigit)
        .collect();
    if digits.len()
        < inside
            .iter()
            .filter(|byte| !byte.is_ascii_whitespace())
            .count()
    {
        return at;
    }
    let value = |digit: &u8| char::from(*digit).to_digit(16).unwrap_or(0) as u8;
    let pairs = digits.chunks(2);
    let bytes: Vec<u8> = pairs
        .map(|pair| value(&pair[0]) << 4 | pair.get(1).map_or(0, value))
        .collect();
    let wide = bytes.len() >= 2
        && bytes.len().is_multiple_of(2)
        && bytes.iter().step_by(2).all(|byte| *byte == 0);
    match wide {
        true => out.extend(bytes.iter().skip(1).step_by(2)),
        false => out.extend(&bytes),
    }
    at + len + 1
}
