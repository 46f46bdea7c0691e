//! Repairs of lints: how a request is sent.

use super::literal::line_of;
use super::{Place, Repair};
use crate::text::Span;

/// Bytes before a parameter in which its command begins.
const COMMAND: usize = 1000;

/// What the rule's `repair` means here.
pub(super) fn repair(place: &Place<'_>) -> Option<Repair> {
    match &*place.rule.repair {
        "https" => https(place),
        "flag-k" => flag(place, b'k'),
        "flag-v" => flag(place, b'v'),
        "argument" => argument(place),
        "header" => header(place),
        _ => None,
    }
}

/// `http://` becomes `https://`, and the port of plain HTTP goes.
fn https(place: &Place<'_>) -> Option<Repair> {
    let found = place.span.of(place.text);
    if !found.get(..7)?.eq_ignore_ascii_case(b"http://") {
        return None;
    }
    let begin = place.span.start + 4;
    let mut edits = vec![(Span::new(begin, begin), "s".to_owned())];
    let host = &found[7..];
    let host = &host[..memchr::memchr3(b'/', b'?', b'#', host).unwrap_or(host.len())];
    if host.ends_with(b":80") {
        let end = place.span.start + 7 + host.len();
        edits.push((Span::new(end - 3, end), String::new()));
    }
    Some(Repair::new("call it over HTTPS", edits))
}

/// A flag of a command goes, or its letter where several stand together.
fn flag(place: &Place<'_>, letter: u8) -> Option<Repair> {
    let Span { start, end } = place.span;
    let found = place.span.of(place.text);
    let what = format!("take {} out", String::from_utf8_lossy(found));
    if found.len() > 2 && !found.starts_with(b"--") {
        let at = start + found.iter().position(|byte| *byte == letter)?;
        return Some(Repair::new(
            what,
            vec![(Span::new(at, at + 1), String::new())],
        ));
    }
    let line = line_of(place.text, start);
    let rest = Span::new(end, line.end).of(place.text).trim_ascii();
    let alone = Span::new(line.start, start)
        .of(place.text)
        .trim_ascii()
        .is_empty();
    // A line of its own in a command of several lines goes as a whole.
    if alone && rest == b"\\" && place.text.get(line.end).is_some() {
        let next = place.text[line.end..]
            .iter()
            .position(|byte| *byte == b'\n')?;
        let whole = Span::new(line.start, line.end + next + 1);
        return Some(Repair::new(what, vec![(whole, String::new())]));
    }
    let blanks = place.text[line.start..start]
        .iter()
        .rev()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    Some(Repair::new(
        what,
        vec![(Span::new(start - blanks, end), String::new())],
    ))
}

/// A named argument of a call goes, with its comma: `, verify=False`.
fn argument(place: &Place<'_>) -> Option<Repair> {
    let found = place.span.of(place.text);
    if !found.starts_with(b"verify") || !found.ends_with(b"False") {
        return None;
    }
    let before = place.text[..place.span.start].trim_ascii_end();
    let after = &place.text[place.span.end..];
    let gap = after.len() - after.trim_ascii_start().len();
    // `before` ends where the text before the argument does, blanks aside.
    let span = if before.ends_with(b",") {
        Span::new(before.len() - 1, place.span.end)
    } else if before.ends_with(b"(") && after[gap..].starts_with(b",") {
        let behind = &after[gap + 1..];
        let blank = behind.iter().take_while(|byte| **byte == b' ').count();
        Span::new(place.span.start, place.span.end + gap + 1 + blank)
    } else {
        return None;
    };
    Some(Repair::new(
        "verify the certificate",
        vec![(span, String::new())],
    ))
}

/// A parameter of a URL in a curl command becomes its Authorization header.
fn header(place: &Place<'_>) -> Option<Repair> {
    let text = place.text;
    let begin = place.span.start;
    let parameter = text[begin..]
        .strip_prefix(b"?oauth_token=")
        .or_else(|| text[begin..].strip_prefix(b"&oauth_token="))?;
    let ends = |byte: &u8| {
        matches!(
            byte,
            b'&' | b'"' | b'\'' | b'`' | b' ' | b'\t' | b'\r' | b'\n' | b'#'
        )
    };
    let length = parameter.iter().position(ends).unwrap_or(parameter.len());
    let value = std::str::from_utf8(&parameter[..length]).ok()?;
    // Only references move: a value stays where it is until it has become one.
    if !value.starts_with('$') || value.starts_with("$(") {
        return None;
    }
    let command = command_before(text, begin)?;
    let quote = quote_of(text, command, begin);
    if quote == Some(b'\'') {
        return None;
    }
    let end = begin + "?oauth_token=".len() + length;
    let (span, kept) = match (text[begin], text.get(end)) {
        (b'?', Some(b'&')) => (Span::new(begin, end + 1), "?"),
        _ => (Span::new(begin, end), ""),
    };
    let added = format!(" -H \"Authorization: {value}\"");
    Some(Repair::new(
        "send the token in the Authorization header",
        vec![
            (Span::new(command, command), added),
            (span, kept.to_owned()),
        ],
    ))
}

/// Behind the word `curl` of the command that `at` belongs to.
fn command_before(text: &[u8], at: usize) -> Option<usize> {
    let low = at.saturating_sub(COMMAND);
    let area = &text[low..at];
    let found = memchr::memmem::rfind(area, b"curl")?;
    let behind = low + found + 4;
    let free = found == 0 || !area[found - 1].is_ascii_alphanumeric();
    if !free || !text.get(behind)?.is_ascii_whitespace() {
        return None;
    }
    // Lines of one command are joined by backslashes.
    let between = &text[behind..at];
    let joined = memchr::memchr_iter(b'\n', between).all(|end| {
        let line = between[..end]
            .strip_suffix(b"\r")
            .unwrap_or(&between[..end]);
        line.ends_with(b"\\")
    });
    joined.then_some(behind)
}

/// The quote that is open at `at`.
fn quote_of(text: &[u8], from: usize, at: usize) -> Option<u8> {
    let mut open = None;
    for byte in &text[from..at] {
        match (open, byte) {
            (Some(quote), byte) if quote == *byte => open = None,
            (None, b'"' | b'\'') => open = Some(*byte),
            _ => {}
        }
    }
    open
}
