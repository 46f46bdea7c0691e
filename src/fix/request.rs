//! Repairs of lints: how a request is sent.

use super::literal::{Literal, line_of};
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
        "trace" => trace(place),
        "bare" => bare(place),
        "bearer" => bearer(place),
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
    // It has a file behind it.
    if found.starts_with(b"--trace") {
        return None;
    }
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
    // A line of its own in a command of several lines goes as a whole.
    if let Some(whole) = own_line(place.text, place.span, b"\\") {
        return Some(Repair::new(what, vec![(whole, String::new())]));
    }
    // At the end of a command the backslash before it has nothing left to join.
    if rest.is_empty()
        && let Some(above) = joined_above(place.text, line.start, start)
    {
        return Some(Repair::new(
            what,
            vec![(Span::new(above, end), String::new())],
        ));
    }
    let blanks = blanks_before(place.text, start);
    Some(Repair::new(
        what,
        vec![(Span::new(start - blanks, end), String::new())],
    ))
}

/// The line that `at` has to itself but for `rest` behind it, with its end; `None` where something else stands there, or it is the last one.
fn own_line(text: &[u8], at: Span, rest: &[u8]) -> Option<Span> {
    let line = line_of(text, at.start);
    let alone = Span::new(line.start, at.start)
        .of(text)
        .trim_ascii()
        .is_empty()
        && Span::new(at.end, line.end.max(at.end))
            .of(text)
            .trim_ascii()
            == rest;
    let next = memchr::memchr(b'\n', text.get(line.end..)?).filter(|_| alone)?;
    Some(Span::new(line.start, line.end + next + 1))
}

/// Where the blank and the backslash begin that join the line beginning at `start` to the one above, if nothing else stands on it before `at`.
fn joined_above(text: &[u8], start: usize, at: usize) -> Option<usize> {
    let before = text[..start].trim_ascii_end().strip_suffix(b"\\")?;
    let alone = text[start..at].trim_ascii().is_empty();
    alone.then_some(before.trim_ascii_end().len())
}

fn blanks_before(text: &[u8], at: usize) -> usize {
    let blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
    text[..at].iter().rev().take_while(blank).count()
}

/// A shell no longer prints its commands: `set -x` goes, of `set -ex` the letter, of `bash -x` the option.
fn trace(place: &Place<'_>) -> Option<Repair> {
    let Span { start, end } = place.span;
    let found = place.span.of(place.text);
    let what = format!("take the x of {} out", String::from_utf8_lossy(found));
    let option = start + memchr::memchr(b'-', found)?;
    let letters = Span::new(option + 1, end).of(place.text);
    let span = if letters == b"x" || letters.starts_with(b"o") && letters.ends_with(b"xtrace") {
        if !found.starts_with(b"set") {
            Span::new(option - blanks_before(place.text, option), end)
        } else if let Some(line) = own_line(place.text, place.span, b"") {
            // `set` without anything behind it would print every variable, and a branch without a command is none.
            if opens_branch(&place.text[..line.start]) {
                return None;
            }
            line
        } else {
            return listed(place).map(|line| Repair::new(what, vec![(line, String::new())]));
        }
    } else if letters.iter().all(u8::is_ascii_alphabetic) {
        let at = option + 1 + letters.iter().position(|byte| *byte == b'x')?;
        Span::new(at, at + 1)
    } else {
        return None;
    };
    Some(Repair::new(what, vec![(span, String::new())]))
}

/// Whether the last line of `above` opens a branch or a loop of a shell.
fn opens_branch(above: &[u8]) -> bool {
    let above = above.trim_ascii_end();
    ["then", "do", "else", "{", ")"]
        .iter()
        .any(|word| above.ends_with(word.as_bytes()))
}

/// The line that a command has to itself as one of a list in YAML.
fn listed(place: &Place<'_>) -> Option<Span> {
    let line = line_of(place.text, place.span.start);
    let before = Span::new(line.start, place.span.start).of(place.text);
    if before.trim_ascii() != b"-" {
        return None;
    }
    let dash = line.start + memchr::memchr(b'-', before)?;
    let whole = own_line(place.text, Span::new(dash, place.span.end), b"")?;
    // The only one of its list has to stay.
    let next = line_of(
        place.text,
        whole.end.min(place.text.len().saturating_sub(1)),
    );
    let same = |line: Span| {
        let text = line.of(place.text);
        text.len() > dash - whole.start
            && text[dash - whole.start] == b'-'
            && text[..dash - whole.start].trim_ascii().is_empty()
    };
    let above = line_of(place.text, whole.start.saturating_sub(1));
    (same(next) || same(above)).then_some(whole)
}

/// The scheme before a token goes, with the blanks behind it: `Authorization: Bearer $TOKEN`.
fn bare(place: &Place<'_>) -> Option<Repair> {
    let end = place.span.end;
    let found = place.span.of(place.text);
    let word = found
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    let blanks = place.text[end..]
        .iter()
        .take_while(|byte| **byte == b' ')
        .count();
    // Without a blank it is the name of something.
    (blanks > 0).then(|| {
        let scheme = Span::new(end - word, end + blanks);
        let span = joined(place.text, scheme).unwrap_or(scheme);
        Repair::new("send the bare token", vec![(span, String::new())])
    })
}

/// A text that holds nothing but `inside`, and is joined to what follows: with its quotes and the operator (`"Bearer " + `).
fn joined(text: &[u8], inside: Span) -> Option<Span> {
    let quote = text[..inside.start].last()?;
    let behind = text[inside.end..].strip_prefix(&[*quote])?;
    let operator = behind.trim_ascii_start();
    let (b'"' | b'\'' | b'`', [b'+' | b'.', rest @ ..]) = (quote, operator) else {
        return None;
    };
    // A method of the text, or a prefix of its own (`f"…"`), is another matter.
    let prefixed = text[..inside.start - 1]
        .last()
        .is_some_and(u8::is_ascii_alphanumeric);
    let method = operator[0] == b'.' && rest.first().is_some_and(u8::is_ascii_alphabetic);
    (!prefixed && !method)
        .then(|| Span::new(inside.start - 1, text.len() - rest.trim_ascii_start().len()))
}

/// The scheme that a token lacks, where header and token are one text.
fn bearer(place: &Place<'_>) -> Option<Repair> {
    let at = place.span.end;
    let literal = Literal::around(place.text, Span::new(at, at))?;
    let inside = literal.inside.start <= at && at < literal.inside.end;
    inside.then(|| {
        let edit = (Span::new(at, at), "Bearer ".to_owned());
        Repair::new("send it with the scheme Bearer", vec![edit])
    })
}

/// What switches verification or TLS off, how it ends, and what switches it on again.
const SWITCHES: &[(&str, &str, &str)] = &[
    ("rejectunauthorized", "false", "true"),
    ("insecureskipverify", "true", "false"),
    ("verify_none", "VERIFY_NONE", "VERIFY_PEER"),
    ("curlopt_ssl_verifypeer", "false", "true"),
    ("curlopt_ssl_verifypeer", "0", "1"),
    ("curlopt_ssl_verifyhost", "false", "2"),
    ("curlopt_ssl_verifyhost", "0", "2"),
    ("danger_accept_invalid_certs", "(true)", "(false)"),
    ("use_ssl", "false", "true"),
    ("httpconnection(", "HTTPConnection(", "HTTPSConnection("),
];

/// An argument that switches protection off goes, or switches it on.
fn argument(place: &Place<'_>) -> Option<Repair> {
    let found = place.span.of(place.text);
    if found.starts_with(b"verify") && found.ends_with(b"False") {
        return named_argument(place);
    }
    let lower = found.to_ascii_lowercase();
    if matches!(
        lower.trim_ascii_start(),
        b"-skipcertificatecheck" | b"--no-check-certificate"
    ) {
        return option(place);
    }
    let (_, off, on) = SWITCHES.iter().find(|(name, off, _)| {
        memchr::memmem::find(&lower, name.as_bytes()).is_some() && found.ends_with(off.as_bytes())
    })?;
    let span = Span::new(place.span.end - off.len(), place.span.end);
    let what = match on.starts_with("HTTPS") || lower.starts_with(b"use_ssl") {
        true => "call it over HTTPS",
        false => "verify the certificate",
    };
    Some(Repair::new(what, vec![(span, (*on).to_owned())]))
}

/// An option of a command goes, with the blanks before it.
fn option(place: &Place<'_>) -> Option<Repair> {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let end = place.span.end;
    let name = place.text[..end].iter().rposition(blank)? + 1;
    let before = &place.text[..name];
    let blanks = before.iter().rev().take_while(|byte| blank(byte)).count();
    // At the head of a line the blanks are its indent.
    let start = match before[..name - blanks].last() {
        Some(b'\n') | None => return None,
        Some(_) => name - blanks,
    };
    let edit = (Span::new(start, end), String::new());
    Some(Repair::new("verify the certificate", vec![edit]))
}

/// A named argument of a call goes, with its comma: `, verify=False`.
fn named_argument(place: &Place<'_>) -> Option<Repair> {
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
