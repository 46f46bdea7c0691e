//! A name and the literal that is assigned to it, in any language or configuration format, read forwards from a word in the name. It does not parse a
//! language: it knows what can stand between a name and a literal, and gives up at everything else.

use super::boundary::after_escape;
use super::words::{GENERIC, NAMING};
use crate::text::Span;

/// Longest name.
const MAX_NAME: usize = 80;
/// Longest literal.
const MAX_VALUE: usize = 512;

/// How a literal is delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quote {
    /// Between quotes.
    Quoted,
    /// Bare, in a place where the format takes bare text (`NAME=value`, `name: value` at the start of a line, an option of a command).
    Bare,
    /// Bare, where it may as well be code.
    Doubtful,
    /// The text of an XML element or the cell of a table.
    Enclosed,
}

/// What links the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// `=`, `:`, `=>`, `:=`, `<-`.
    Assign,
    /// `==`, `!=`, `===`, `.equals(`: a comparison with a literal.
    Compare,
    /// `name("…")`, `"name", "…"`.
    Argument,
    /// A blank: an option of a command, `ENV NAME value`, `.netrc`.
    Blank,
    /// `>` or `|`.
    Enclose,
}

/// A literal assigned to a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Assignment {
    /// The name.
    pub(super) name: Span,
    /// What links them.
    pub(super) link: Link,
    /// The literal without its quotes.
    pub(super) value: Span,
    /// How it is delimited.
    pub(super) quote: Quote,
}

/// The assignment whose name holds `word`, if there is one on the line (or, after an opening sign, on the next). `end` bounds the search.
pub(super) fn assignment_at(text: &[u8], word: Span, end: usize) -> Option<Assignment> {
    let name = name_around(text, word)?;
    let end = end.min(name.end + MAX_VALUE + 64).min(text.len());
    let text = &text[..end];
    let (link, at, tight) = match pair_after(text, name) {
        Some(at) => (Link::Assign, at, false),
        None => link_after(text, name)?,
    };
    let (value, quote) = literal_at(text, at, name, link, tight)?;
    Some(Assignment {
        name,
        link,
        value,
        quote,
    })
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$')
}

/// The whole name around a word in it.
pub(super) fn name_around(text: &[u8], word: Span) -> Option<Span> {
    let mut start = word.start;
    while start > 0 && word.start - start <= MAX_NAME && is_name_byte(text[start - 1]) {
        start -= 1;
    }
    start = after_escape(text, start, word.start);
    let mut end = word.end;
    while end < text.len() && end - word.end <= MAX_NAME && is_name_byte(text[end]) {
        end += 1;
    }
    while end > word.end && matches!(text[end - 1], b'-' | b'.') {
        end -= 1;
    }
    (end - start <= MAX_NAME).then(|| Span::new(start, end))
}

/// Where the value of a pair begins whose first half is `key="NAME"`, `name: NAME`, `<key>NAME</key>`: behind the `value=` that follows it.
fn pair_after(text: &[u8], name: Span) -> Option<usize> {
    let from = name.start.saturating_sub(40);
    let before = &text[from..name.start];
    let trimmed = trim_end(before, b" \t\"'\\:=>");
    if trimmed.len() == before.len() {
        return None;
    }
    let word_start = trimmed
        .iter()
        .rposition(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
        .map_or(0, |at| at + 1);
    if !NAMING.has(&trimmed[word_start..]) {
        return None;
    }
    let mut at = name.end;
    let limit = text.len().min(name.end + 80);
    while at < limit {
        match text[at] {
            b'"' | b'\'' | b'\\' | b' ' | b'\t' | b'\r' | b'\n' | b',' | b';' | b'>' | b'-'
            | b'<' | b'/' | b'{' => at += 1,
            byte if byte.is_ascii_alphabetic() => {
                let end = at
                    + text[at..limit]
                        .iter()
                        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
                        .count();
                let word = String::from_utf8_lossy(&text[at..end]).to_ascii_lowercase();
                at = end;
                if GENERIC.has(word.as_bytes()) {
                    let skip = text[at..limit]
                        .iter()
                        .take_while(|byte| matches!(byte, b'"' | b'\'' | b'\\' | b' ' | b'\t'))
                        .count();
                    let sign = *text.get(at + skip)?;
                    if matches!(sign, b':' | b'=' | b'>') {
                        return Some(at + skip + 1);
                    }
                }
                // Between the two only the closing tag of the first half, or an attribute that says what kind it is, may stand.
                if !matches!(
                    word.as_str(),
                    "key"
                        | "name"
                        | "n"
                        | "type"
                        | "t"
                        | "kv"
                        | "enabled"
                        | "true"
                        | "text"
                        | "secret"
                ) {
                    return None;
                }
            }
            b':' | b'=' => at += 1,
            _ => return None,
        }
    }
    None
}

fn trim_end<'a>(text: &'a [u8], signs: &[u8]) -> &'a [u8] {
    let len = text
        .iter()
        .rposition(|byte| !signs.contains(byte))
        .map_or(0, |at| at + 1);
    &text[..len]
}

/// What comes behind the name: the link and where the literal may begin, and whether no blank stands around the link.
fn link_after(text: &[u8], name: Span) -> Option<(Link, usize, bool)> {
    let mut at = name.end;
    let mut closed = false;
    let mut blanks = 0;
    // Quotes, brackets and blanks that close the name: `"name"`, `['name']`, `name)`.
    loop {
        match text.get(at)? {
            b'"' | b'\'' | b'`' | b']' | b'\\' => {
                closed = true;
                at += 1;
            }
            b' ' | b'\t' => {
                blanks += 1;
                at += 1;
            }
            _ => break,
        }
        if at > name.end + 24 {
            return None;
        }
    }
    let rest = &text[at..];
    let signs: &[(&[u8], Link)] = &[
        (b"===", Link::Compare),
        (b"!==", Link::Compare),
        (b"==", Link::Compare),
        (b"!=", Link::Compare),
        (b"=>", Link::Assign),
        (b":=", Link::Assign),
        (b"?=", Link::Assign),
        (b"||=", Link::Assign),
        (b"<-", Link::Assign),
        (b"::", Link::Compare),
        (b"=", Link::Assign),
        (b":", Link::Assign),
        (b"%3D", Link::Assign),
        (b"%3d", Link::Assign),
        (b"%22%3A", Link::Assign),
        (b"&quot;:", Link::Assign),
        (b"\\u003d", Link::Assign),
        (b",", Link::Argument),
        (b"(", Link::Argument),
        (b">", Link::Enclose),
        (b"|", Link::Enclose),
        (b")", Link::Argument),
    ];
    for (sign, link) in signs {
        if !rest.starts_with(sign) {
            continue;
        }
        if *sign == b"::" || (*sign == b")" && !closed) {
            return None;
        }
        let mut at = at + sign.len();
        let tight = blanks == 0
            && !text
                .get(at)
                .is_some_and(|byte| matches!(byte, b' ' | b'\t'));
        if *link == Link::Argument && *sign == b"," && !closed {
            return None;
        }
        if *sign == b":" {
            at = skip_type(text, at).unwrap_or(at);
        }
        return Some((*link, at, tight));
    }
    let option = text[name.start..].starts_with(b"-") || blank_format(text, name);
    (blanks > 0 && !closed && option).then_some((Link::Blank, name.end, false))
}

/// Whether the words before the name make a blank an assignment: `ENV NAME value`, `machine h login l password p`, `set NAME value`.
fn blank_format(text: &[u8], name: Span) -> bool {
    let line = crate::text::line_around(text, name.start, 160);
    let before = &text[line.start..name.start];
    let trimmed = before.trim_ascii();
    let first = trimmed
        .split(|byte| byte.is_ascii_whitespace())
        .next()
        .unwrap_or_default();
    first.is_empty()
        || matches!(
            first,
            b"ENV"
                | b"ARG"
                | b"env"
                | b"setenv"
                | b"set"
                | b"machine"
                | b"login"
                | b"default"
                | b"requirepass"
                | b"account"
                | b"user"
                | b"SetEnv"
        )
}

/// Skips a type annotation, `: &str = `, and gives the place behind its `=`.
fn skip_type(text: &[u8], at: usize) -> Option<usize> {
    let mut end = at;
    while end < text.len() && end < at + 40 {
        match text[end] {
            b'=' => {
                let annotation = text[at..end].trim_ascii();
                return (!annotation.is_empty() && text.get(end + 1) != Some(&b'='))
                    .then_some(end + 1);
            }
            byte if byte.is_ascii_alphanumeric()
                || matches!(
                    byte,
                    b' ' | b'&' | b'_' | b'<' | b'>' | b'?' | b'\'' | b'[' | b']' | b'.' | b'|'
                ) =>
            {
                end += 1
            }
            _ => return None,
        }
    }
    None
}

/// The literal that begins behind the link.
fn literal_at(
    text: &[u8],
    at: usize,
    name: Span,
    link: Link,
    tight: bool,
) -> Option<(Span, Quote)> {
    let mut at = at;
    let mut lines = 0;
    let mut opened = false;
    loop {
        match text.get(at)? {
            b' ' | b'\t' => at += 1,
            b'(' | b'[' | b'{' | b'@' if link != Link::Blank && link != Link::Enclose => {
                opened = true;
                at += 1;
            }
            // The literal may stand on the next line, when something was opened before it.
            b'\r' | b'\n' if opened || link == Link::Argument => {
                lines += 1;
                if lines > 2 {
                    return None;
                }
                at += 1;
            }
            b'\\' if text.get(at + 1) == Some(&b'\n') => {
                opened = true;
                at += 1;
            }
            _ => break,
        }
    }
    if let Some(found) = quoted_at(text, at) {
        return Some((found, Quote::Quoted));
    }
    let enclosing = link == Link::Enclose
        || (at > 0 && text[at - 1] == b'>' && link == Link::Assign && !text[..at].ends_with(b"=>"));
    match link {
        _ if enclosing => enclosed(text, at, name).map(|span| (span, Quote::Enclosed)),
        Link::Enclose => enclosed(text, at, name).map(|span| (span, Quote::Enclosed)),
        Link::Compare | Link::Argument => None,
        Link::Assign | Link::Blank if opened => None,
        Link::Assign | Link::Blank => bare(text, at, name, link, tight),
    }
}

/// A quoted literal at `at`: `"…"`, `b'…'`, `\"…\"`, `&quot;…&quot;`, `%22…%22`; empty ones are none.
fn quoted_at(text: &[u8], at: usize) -> Option<Span> {
    let mut at = at;
    // A prefix of the language: r"", b'', f"", L"", N''.
    let prefix = text[at..]
        .iter()
        .take(2)
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    if prefix > 0
        && matches!(text.get(at + prefix), Some(b'"' | b'\''))
        && matches!(
            text[at].to_ascii_lowercase(),
            b'r' | b'b' | b'f' | b'u' | b'l' | b'n'
        )
    {
        at += prefix;
    }
    for (open, close) in [
        (&b"&quot;"[..], &b"&quot;"[..]),
        (b"&#34;", b"&#34;"),
        (b"&#39;", b"&#39;"),
        (b"%22", b"%22"),
        (b"\\u0022", b"\\u0022"),
    ] {
        if text[at..].starts_with(open) {
            let start = at + open.len();
            let len = memchr::memmem::find(&text[start..text.len().min(start + MAX_VALUE)], close)?;
            return (len > 0).then(|| Span::new(start, start + len));
        }
    }
    // An escaped quote closes with as many backslashes as it opened with.
    let slashes = text[at..].iter().take_while(|byte| **byte == b'\\').count();
    let quote = *text.get(at + slashes)?;
    if !matches!(quote, b'"' | b'\'' | b'`') || slashes > 7 {
        return None;
    }
    let mut start = at + slashes + 1;
    if slashes == 0 && text[start..].starts_with(&[quote, quote]) {
        start += 2;
    }
    let mut end = start;
    while end < text.len() && end - start <= MAX_VALUE {
        match text[end] {
            b'\n' => return None,
            b'\\' => {
                let run = text[end..]
                    .iter()
                    .take_while(|byte| **byte == b'\\')
                    .count();
                if text.get(end + run) == Some(&quote) && run == slashes {
                    return (end > start).then(|| Span::new(start, end));
                }
                end += run + 1;
            }
            byte if byte == quote && slashes == 0 => {
                return (end > start).then(|| Span::new(start, end));
            }
            byte if byte == quote => return None,
            _ => end += 1,
        }
    }
    None
}

/// The text of an XML element, or a cell of a table, up to the sign that closes it.
fn enclosed(text: &[u8], at: usize, name: Span) -> Option<Span> {
    let table = text[name.end..at].contains(&b'|');
    let closing = if table { b'|' } else { b'<' };
    let len = text[at..]
        .iter()
        .take(MAX_VALUE)
        .position(|byte| *byte == closing || *byte == b'\n')?;
    let mut end = at + len;
    if text[end] != closing {
        return None;
    }
    while end > at && matches!(text[end - 1], b' ' | b'\t') {
        end -= 1;
    }
    let mut start = at;
    if table && end > start + 2 && text[start] == b'`' && text[end - 1] == b'`' {
        start += 1;
        end -= 1;
    }
    (end > start).then(|| Span::new(start, end))
}

/// Text without quotes.
fn bare(text: &[u8], at: usize, name: Span, link: Link, tight: bool) -> Option<(Span, Quote)> {
    let mut end = at;
    while end < text.len() && end - at <= MAX_VALUE {
        let byte = text[end];
        if byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b'|') {
            break;
        }
        if matches!(byte, b';' | b'&' | b',' | b')' | b'}' | b']') && closes(text, end, tight) {
            break;
        }
        if byte == b'\\' && matches!(text.get(end + 1), Some(b'n' | b'r' | b'"' | b'\'' | b'u')) {
            break;
        }
        end += 1;
    }
    if end == at || end - at > MAX_VALUE {
        return None;
    }
    let before = text[line_start(text, name.start)..name.start].trim_ascii();
    let next = text.get(end).copied();
    let query = matches!(before.last(), Some(b'?' | b'&' | b';'));
    let format = match link {
        Link::Blank => true,
        _ if query && tight => true,
        // The second half of a pair stands on a line of its own.
        Link::Assign if text[name.end..at].contains(&b'\n') => true,
        // `NAME=value`, `export NAME=value`, `-e NAME=value`, `- NAME=value`, `name: value`, `name = value`, alone on its line.
        _ => {
            let opening = before.is_empty()
                || matches!(
                    before,
                    b"export"
                        | b"ENV"
                        | b"ARG"
                        | b"set"
                        | b"SET"
                        | b"-"
                        | b"- "
                        | b"#"
                        | b"//"
                        | b";"
                        | b"declare"
                        | b"readonly"
                        | b"local"
                        | b"env"
                        | b"--"
                )
                || before.ends_with(b"-e")
                || before.ends_with(b"--env")
                || before.ends_with(b"-D")
                || before.ends_with(b"export")
                || before.ends_with(b"--set")
                || text[name.start..name.end].starts_with(b"-");
            opening
                && (tight || link == Link::Assign)
                && !matches!(next, Some(b'(' | b'{' | b'[' | b',' | b';' | b')' | b'}'))
        }
    };
    let value = Span::new(at, end);
    Some((value, if format { Quote::Bare } else { Quote::Doubtful }))
}

/// Whether a sign ends bare text: `&` and `;` part the fields of queries and connection strings; brackets and commas end it where nothing follows.
fn closes(text: &[u8], at: usize, tight: bool) -> bool {
    let next = text.get(at + 1).copied().unwrap_or(b'\n');
    match text[at] {
        b'&' => {
            tight
                && next.is_ascii_alphabetic()
                && text[at..].iter().take(40).any(|byte| *byte == b'=')
        }
        b';' => {
            next.is_ascii_whitespace()
                || text[at..].iter().take(40).any(|byte| *byte == b'=')
                || matches!(next, b'"' | b'\'')
        }
        _ => {
            next.is_ascii_whitespace()
                || matches!(next, b'"' | b'\'' | b',' | b';' | b')' | b'}' | b']')
        }
    }
}

fn line_start(text: &[u8], at: usize) -> usize {
    let floor = at.saturating_sub(160);
    memchr::memrchr(b'\n', &text[floor..at]).map_or(floor, |found| floor + found + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<(&str, Quote)> {
        let at = text.to_ascii_lowercase().find("pass").unwrap();
        let found = assignment_at(text.as_bytes(), Span::new(at, at + 4), text.len())?;
        Some((&text[found.value.start..found.value.end], found.quote))
    }

    #[test]
    fn reads_every_idiom() {
        use Quote::{Bare, Enclosed, Quoted};
        for (text, expected, quote) in [
            ("password = \"hunter2\"", "hunter2", Quoted),
            ("PASSWORD=hunter2\n", "hunter2", Bare),
            ("export DB_PASSWORD=hunter2\n", "hunter2", Bare),
            ("  password: hunter2\n", "hunter2", Bare),
            ("\"password\": \"hunter2\",", "hunter2", Quoted),
            (":password => 'hunter2'", "hunter2", Quoted),
            ("let password: &str = \"hunter2\";", "hunter2", Quoted),
            ("<password>hunter2</password>", "hunter2", Enclosed),
            ("define('DB_PASSWORD', 'hunter2');", "hunter2", Quoted),
            ("setPassword(\"hunter2\")", "hunter2", Quoted),
            ("Server=h;Password=hunter2;User=x", "hunter2", Bare),
            ("?user=a&password=hunter2&x=1", "hunter2", Bare),
            ("{\\\"password\\\": \\\"hunter2\\\"}", "hunter2", Quoted),
            ("--password hunter2 ", "hunter2", Bare),
            ("--password=hunter2 ", "hunter2", Bare),
            ("machine h login l password hunter2\n", "hunter2", Bare),
            ("ENV DB_PASSWORD hunter2\n", "hunter2", Bare),
            ("if password == 'hunter2':", "hunter2", Quoted),
            ("| password | hunter2 |", "hunter2", Enclosed),
            ("password := `hunter2`", "hunter2", Quoted),
            ("config[\"password\"] = \"hunter2\"", "hunter2", Quoted),
            ("password: &quot;hunter2&quot;", "hunter2", Quoted),
            ("password=(\n  \"hunter2\")", "hunter2", Quoted),
            ("os.getenv('DB_PASS', 'hunter2')", "hunter2", Quoted),
            (
                "<add key=\"DbPassword\" value=\"hunter2\"/>",
                "hunter2",
                Quoted,
            ),
            ("- name: DB_PASSWORD\n  value: hunter2\n", "hunter2", Bare),
            (
                "{\"key\":\"password\",\"value\":\"hunter2\"}",
                "hunter2",
                Quoted,
            ),
            (
                "{\"key\":\"password\",\"type\":\"text\",\"value\":\"hunter2\"}",
                "hunter2",
                Quoted,
            ),
            (
                "<key>DbPassword</key>\n<string>hunter2</string>",
                "hunter2",
                Enclosed,
            ),
        ] {
            assert_eq!(value(text), Some((expected, quote)), "{text}");
        }
        for text in [
            "password()",
            "the password of",
            "password: String,",
            "Password::new()",
            "password.len()",
        ] {
            assert!(
                !matches!(value(text), Some((_, Quoted | Bare))),
                "{text}: {:?}",
                value(text)
            );
        }
    }
}
