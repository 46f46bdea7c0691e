//! A name and the literal that is assigned to it, in any language or configuration format, read forwards from a word in the name. It does not parse a
//! language: it knows what can stand between a name and a literal, and gives up at everything else.

use super::boundary::after_escape;
use super::idiom::idiom_at;
use super::literal::literal_at;
use super::placeholder::starts_with;
use super::region::{CAP, lines_around};
use super::words::{GENERIC, NAMING};
use crate::text::Span;

/// Longest name.
const MAX_NAME: usize = 80;
/// Longest literal.
pub(super) const MAX_VALUE: usize = 512;

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
    /// Words: `the password is x`, `password for prod: x`.
    Prose,
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
    let name = name_around(text, in_name(text, word))?;
    let end = end.min(name.end + MAX_VALUE + 64).min(text.len());
    let text = &text[..end];
    let (name, link, at, tight) = if let Some((name, link, at)) = method_of(text, name) {
        (name, link, at, false)
    } else if let Some(at) = pair_after(text, name) {
        (name, Link::Assign, at, false)
    } else if let Some(found) = idiom_at(text, name) {
        return Some(found);
    } else {
        let (link, at, tight) = link_after(text, name)?;
        (name, link, at, tight)
    };
    let (value, quote) = literal_at(text, at, name, link, tight)?;
    let value = behind_scheme(text, name, value);
    if quote != Quote::Quoted && is_result(text, name, value) {
        return None;
    }
    if link == Link::Argument && (names_a_pair(text, value) || beside_in_list(text, name, value)) {
        return None;
    }
    Some(Assignment {
        name,
        link,
        value,
        quote,
    })
}

/// What follows the scheme in the value of an `Authorization` header, where that is a scheme of tokens: `Key …`, `KakaoAK …`. Those with a form of their own have rules.
fn behind_scheme(text: &[u8], name: Span, value: Span) -> Span {
    const OWN: &[&[u8]] = &[
        b"aws4-hmac-sha256",
        b"basic",
        b"digest",
        b"negotiate",
        b"ntlm",
        b"hawk",
        b"signature",
        b"oauth",
    ];
    const HEADER: &[u8] = b"authorization";
    let name = name.of(text);
    let header = name.len() >= HEADER.len()
        && name[name.len() - HEADER.len()..].eq_ignore_ascii_case(HEADER);
    if !header {
        return value;
    }
    let all = value.of(text);
    let scheme = all
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        .count();
    // Text without quotes ends at the blank.
    let Some(rest) = text[value.start + scheme..].strip_prefix(b" ") else {
        return value;
    };
    let len = rest
        .iter()
        .position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'\\'))
        .unwrap_or(rest.len());
    let token = Span::new(value.start + scheme + 1, value.start + scheme + 1 + len);
    let whole = scheme == all.len() || token.end == value.end;
    let known = OWN
        .iter()
        .any(|own| all[..scheme].eq_ignore_ascii_case(own));
    match whole && !known && len >= 16 && (2..=20).contains(&scheme) {
        true => token,
        false => value,
    }
}

/// What a test run says of each test, before a colon.
const RESULTS: &[&[u8]] = &[
    b"PASS",
    b"XPASS",
    b"KPASS",
    b"FAIL",
    b"XFAIL",
    b"KFAIL",
    b"ERROR",
    b"SKIP",
    b"SKIPPED",
    b"UNRESOLVED",
    b"UNSUPPORTED",
    b"UNTESTED",
];

/// Whether `PASS: value` says that a test passed: among others of its kind, or where the value or what stands before can be nothing else.
fn is_result(text: &[u8], name: Span, value: Span) -> bool {
    if !matches!(name.of(text), b"PASS" | b"XPASS" | b"KPASS") || text.get(name.end) != Some(&b':')
    {
        return false;
    }
    let line = lines_around(text, name, 0, CAP);
    let before = text[line.start..name.start].trim_ascii();
    let value = value.of(text);
    let is_name = value.ends_with(b":") || value.contains(&b'/') && value.contains(&b'.');
    // `--- PASS: TestName (0.00s)`, `(gdb) PASS: file: what`.
    if matches!(before, b"---" | b"(gdb)" | b"#") || is_name {
        return true;
    }
    let is_other = |line: &[u8]| {
        let line = line.trim_ascii_start();
        let word = line.iter().position(|byte| *byte == b':');
        word.is_some_and(|word| RESULTS.contains(&&line[..word])) || line.starts_with(b"Running ")
    };
    let around = lines_around(text, name, 1, CAP);
    let others = [
        Span::new(around.start, line.start),
        Span::new(line.end, around.end),
    ];
    others.iter().any(|other| {
        let lines = other.of(text).split(|byte| *byte == b'\n');
        lines.into_iter().any(is_other)
    })
}

/// Whether a quoted literal is itself a name: `"…": x`, `"…" => x`.
fn names_a_pair(text: &[u8], value: Span) -> bool {
    let rest = &text[(value.end + 1).min(text.len())..];
    let rest = rest.trim_ascii_start();
    rest.starts_with(b":") && !rest.starts_with(b"::") || rest.starts_with(b"=>")
}

/// Whether a name and a literal are only two members of one list: on two lines (`"user",` above `"password",`), or as words of one line.
fn beside_in_list(text: &[u8], name: Span, value: Span) -> bool {
    if text[name.start] == b'-' {
        return false;
    }
    let before = name.start.checked_sub(1).map(|at| text[at]);
    let whole = matches!(before, Some(b'"' | b'\'' | b'`' | b'#'));
    let lines = text[name.end..value.start].contains(&b'\n');
    let closed = matches!(text.get(name.end), Some(b'"' | b'\'' | b'`'));
    if lines && closed && !whole {
        return true;
    }
    if lines || !in_list(text, name) {
        return lines && in_list(text, name);
    }
    let word = value.of(text);
    // Members of a kind: `["type=password", "type='password'"]`.
    let lower = word.to_ascii_lowercase();
    if memchr::memmem::find(&lower, &name.of(text).to_ascii_lowercase()).is_some() {
        return true;
    }
    let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
    let plain = word
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/'));
    let upper = word.iter().any(u8::is_ascii_uppercase);
    let lower = word.iter().any(u8::is_ascii_lowercase);
    plain && digits <= 3 && !(upper && lower && digits > 0)
}

/// Whether the innermost bracket that is open where the name stands is a list's: a call takes a name and its value, a list takes anything.
fn in_list(text: &[u8], name: Span) -> bool {
    let line = crate::text::line_around(text, name.start, 240);
    let mut depth = 0;
    for byte in text[line.start..name.start].iter().rev() {
        match byte {
            b')' | b']' | b'}' => depth += 1,
            b'(' | b'[' | b'{' if depth > 0 => depth -= 1,
            b'(' => return false,
            b'[' | b'{' => return true,
            _ => {}
        }
    }
    // A line of its own, in something that was opened above.
    let before = text[line.start..name.start].trim_ascii();
    let rest = before.strip_prefix(b"b").unwrap_or(before);
    let alone = !rest.is_empty() && rest.iter().all(|byte| matches!(byte, b'"' | b'\'' | b'`'));
    alone && !in_call(text, line.start)
}

/// Whether one of the lines above, as few as a label may stand above its value, opens a call and none a list.
fn in_call(text: &[u8], mut start: usize) -> bool {
    for _ in 0..crate::rule::LABEL_LINES {
        let Some(end) = start.checked_sub(1) else {
            return false;
        };
        let line = crate::text::line_around(text, end, 240);
        match line.of(text).trim_ascii_end().last() {
            Some(b'(') => return true,
            Some(b'[' | b'{') => return false,
            _ => start = line.start,
        }
    }
    false
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$') || byte >= 0x80
}

/// The part of a keyword that belongs to a name: without the sign, quote or word behind it.
pub(super) fn in_name(text: &[u8], word: Span) -> Span {
    let letters = word.of(text).iter().take_while(|byte| is_name_byte(**byte));
    Span::new(word.start, word.start + letters.count())
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
    let from = name.start.saturating_sub(80);
    let before = without_sections(&text[from..name.start]);
    let trimmed = trim_end(before, b" \t\"'\\:=>");
    if trimmed.len() == before.len() {
        return None;
    }
    let word_start = trimmed
        .iter()
        .rposition(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
        .map_or(0, |at| at + 1);
    let key = &trimmed[word_start..];
    if !NAMING.has(key) {
        return None;
    }
    // `variable "name" { type = …; default = "value" }` of Terraform.
    if key.eq_ignore_ascii_case(b"variable") {
        let block = &text[name.end..text.len().min(name.end + 320)];
        let block = &block[..block
            .iter()
            .position(|byte| *byte == b'}')
            .unwrap_or(block.len())];
        let found = memchr::memmem::find(block, b"default")? + 7;
        let sign = block[found..].iter().position(|byte| *byte != b' ')?;
        return (block[found + sign] == b'=').then_some(name.end + found + sign + 1);
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
                    if sign == b'>' && text.get(at + skip + 1) == Some(&b'<') {
                        continue;
                    }
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
                        | "param"
                        | "env"
                        | "entry"
                        | "serializeas"
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

/// What stands before the sections of a setting's name: `key="` of `key="Acme:ApiKey"`.
fn without_sections(before: &[u8]) -> &[u8] {
    let mut rest = before;
    while let Some(outer) = rest.strip_suffix(b":") {
        let word = outer.iter().rev().take_while(|byte| is_name_byte(**byte));
        let len = word.count();
        if len == 0 {
            break;
        }
        rest = &outer[..outer.len() - len];
    }
    match rest.last() {
        Some(b'"' | b'\'') => rest,
        _ => before,
    }
}

fn trim_end<'a>(text: &'a [u8], signs: &[u8]) -> &'a [u8] {
    let len = text
        .iter()
        .rposition(|byte| !signs.contains(byte))
        .map_or(0, |at| at + 1);
    &text[..len]
}

/// Signs between a name and its literal, longest first.
const SIGNS: &[(&[u8], Link)] = &[
    (b"===", Link::Compare),
    (b"!==", Link::Compare),
    (b"==", Link::Compare),
    (b"!=", Link::Compare),
    (b"=>", Link::Assign),
    (b":=", Link::Assign),
    (b":-", Link::Assign),
    (b"?=", Link::Assign),
    (b"||=", Link::Assign),
    (b"||", Link::Argument),
    (b"??", Link::Argument),
    (b"<-", Link::Assign),
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
/// What automates a browser writes into the field it named before.
const TYPING: &[&str] = &[
    ".type(",
    ".fill(",
    ".sendkeys(",
    ".send_keys(",
    ".setvalue(",
    ".val(",
    ".clear().type(",
];
/// What names of fields end in.
const FIELDS: &[&str] = &[
    "field", "input", "box", "textbox", "element", "elem", "_", "txt",
];
/// Methods that compare what stands before them.
const COMPARING: &[&str] = &[".equals(", ".equalsignorecase(", ".contentequals("];

/// The name before a method that takes the literal, `password.equals("…")`, `passwordInput.sendKeys("…")`, the link, and where the literal may begin.
fn method_of(text: &[u8], name: Span) -> Option<(Span, Link, usize)> {
    let dot = memchr::memrchr(b'.', name.of(text))?;
    let method = &text[name.start + dot..];
    let called = |methods: &[&str]| {
        let found = methods.iter().find(|word| starts_with(method, word))?;
        Some(name.start + dot + found.len())
    };
    let named = Span::new(name.start, name.start + dot);
    if let Some(at) = called(COMPARING) {
        return Some((named, Link::Compare, at));
    }
    let at = called(TYPING)?;
    let mut end = named.end;
    while let Some(field) = FIELDS.iter().find(|field| {
        let from = end.saturating_sub(field.len()).max(name.start);
        text[from..end].eq_ignore_ascii_case(field.as_bytes())
    }) {
        end -= field.len();
    }
    Some((Span::new(name.start, end), Link::Argument, at))
}

/// What comes behind the name: the link and where the literal may begin, and whether no blank stands around the link.
fn link_after(text: &[u8], name: Span) -> Option<(Link, usize, bool)> {
    // `*password*`: a name of Lisp.
    let before = text[..name.start].strip_suffix(b"*");
    let opens = before.is_some_and(|before| matches!(before.last(), Some(b' ' | b'(')));
    let starred = opens && text.get(name.end) == Some(&b'*');
    let (at, closed, blanks) = close_name(text, name.end + usize::from(starred))?;
    let rest = &text[at..];
    let brackets = rest
        .iter()
        .take(3)
        .take_while(|byte| **byte == b')')
        .count();
    let method = &rest[brackets..];
    if closed
        && brackets > 0
        && let Some(call) = TYPING.iter().find(|call| starts_with(method, call))
    {
        return Some((Link::Argument, at + brackets + call.len(), false));
    }
    if let Some(at) = attributes_after(text, name) {
        return Some((Link::Enclose, at, false));
    }
    if rest.starts_with(b"::") {
        return None;
    }
    let Some((sign, link)) = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign)) else {
        return without_sign(text, name, at, closed, blanks);
    };
    if matches!(*sign, b")" | b",") && !closed && !(blanks == 0 && is_symbol(text, name, at)) {
        return None;
    }
    let mut at = at + sign.len();
    let tight = blanks == 0
        && !text
            .get(at)
            .is_some_and(|byte| matches!(byte, b' ' | b'\t'));
    if *sign == b":" {
        at = skip_type(text, at).unwrap_or(at);
    }
    Some((*link, at, tight))
}

/// Behind the quotes, brackets and blanks that close a name (`"name"`, `['name']`, `name[64]`, `name { get; set; }`, `name As String`): the place, whether there was
/// one, and the number of blanks.
fn close_name(text: &[u8], mut at: usize) -> Option<(usize, bool, usize)> {
    let from = at;
    let mut closed = false;
    let mut blanks = 0;
    while at <= from + 24 {
        match text.get(at)? {
            // Behind a blank a quote opens the literal: `storePassword "x"`, `#define TOKEN "x"`.
            b'"' | b'\'' | b'`' if blanks > 0 && !closed => return Some((at, closed, blanks)),
            b'"' | b'\'' | b'`' | b']' | b'\\' => {
                closed = true;
                at += 1;
            }
            b'[' => {
                let inside = text[at + 1..]
                    .iter()
                    .take(6)
                    .take_while(|byte| byte.is_ascii_digit())
                    .count();
                if text.get(at + 1 + inside) != Some(&b']') {
                    return Some((at, closed, blanks));
                }
                at += inside + 2;
            }
            b' ' | b'\t' => {
                blanks += 1;
                at += 1;
            }
            _ => {
                let rest = &text[at..];
                let skip = if rest.starts_with(b"{ get") {
                    rest.iter()
                        .take(40)
                        .position(|byte| *byte == b'}')
                        .map(|end| end + 1)
                } else if blanks > 0 && (rest.starts_with(b"As ") || rest.starts_with(b"as ")) {
                    rest.iter().take(40).position(|byte| *byte == b'=')
                } else {
                    None
                };
                match skip {
                    Some(skip) if skip > 0 => at += skip,
                    _ => return Some((at, closed, blanks)),
                }
            }
        }
    }
    None
}

/// Behind the `>` of an element with attributes, when the name is the element's or its first attribute's value: `<ns:Password Type="PasswordText">`,
/// `<string name="api_key" translatable="false">`.
fn attributes_after(text: &[u8], name: Span) -> Option<usize> {
    let before = &text[name.start.saturating_sub(40)..name.start];
    let prefix = before.iter().rposition(|byte| *byte == b'<')?;
    let plain = |text: &[u8]| {
        text.iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b':')
    };
    let before = &before[prefix + 1..];
    let end = match before.strip_suffix(b" name=\"") {
        Some(element) if plain(element) && text.get(name.end) == Some(&b'"') => name.end + 1,
        _ if plain(before) && before.len() <= 12 => name.end,
        _ => return None,
    };
    if text.get(end) != Some(&b' ') {
        return None;
    }
    let rest = &text[end..text.len().min(end + 120)];
    let close = rest
        .iter()
        .position(|byte| matches!(byte, b'>' | b'<' | b'\n'))?;
    (rest[close] == b'>' && rest[close - 1] != b'/').then_some(end + close + 1)
}

/// A name that is followed by its literal without a sign: an option, `ENV NAME value`, `storePassword "x"`, `the password is x`, `password for prod: x`.
fn without_sign(
    text: &[u8],
    name: Span,
    at: usize,
    closed: bool,
    blanks: usize,
) -> Option<(Link, usize, bool)> {
    if closed || blanks == 0 {
        return None;
    }
    // "Pass" is a verb as well.
    let verb = name.of(text).eq_ignore_ascii_case(b"pass");
    if verb && sentence(text, name, at) {
        return None;
    }
    if let Some(quote @ (b'"' | b'\'' | b'`')) = text.get(at) {
        // Prose puts its words in quotes, too.
        let listed = blank_format(text, name) || in_block(text, name);
        let opens = *quote != b'`' && (*quote == b'"' || !verb) && listed;
        return opens.then_some((Link::Blank, at, false));
    }
    for words in [&b"is "[..], b"is: ", b"ist ", b"est ", b"es "] {
        if text[at..].starts_with(words) {
            return Some((Link::Prose, at + words.len(), false));
        }
    }
    if [&b"for "[..], b"of ", b"to ", b"on "]
        .iter()
        .any(|word| text[at..].starts_with(word))
    {
        let colon = text[at..]
            .iter()
            .take(40)
            .position(|byte| matches!(byte, b':' | b'\n' | b'=' | b'"'))?;
        if text[at + colon] == b':' && text.get(at + colon + 1) == Some(&b' ') {
            return Some((Link::Prose, at + colon + 2, false));
        }
        return None;
    }
    let option = text[name.start..].starts_with(b"-") || blank_format(text, name);
    option.then_some((Link::Blank, name.end, false))
}

/// Whether words stand before and behind a literal, as they do in a sentence and not beside an option: `Pass x to the function`.
fn sentence(text: &[u8], name: Span, at: usize) -> bool {
    let line = crate::text::line_around(text, at, 240);
    let mut behind = text[at..line.end]
        .trim_ascii()
        .split(u8::is_ascii_whitespace);
    let user = |word: &[u8]| matches!(word, b"user" | b"machine" | b"login" | b"account");
    let before = text[line.start..name.start].trim_ascii();
    let first = before.split(u8::is_ascii_whitespace).next();
    behind.nth(1).is_some() && !first.is_some_and(user)
}

/// Whether a name is a symbol of Ruby that a quoted value follows: `set :db_password, '…'`.
fn is_symbol(text: &[u8], name: Span, comma: usize) -> bool {
    let begins = |at: usize| text.get(at) == Some(&b':');
    let preceded = name.start.checked_sub(1).is_some_and(begins);
    let twice = name.start.checked_sub(2).is_some_and(begins);
    let quoted = matches!(text.get(comma + 2), Some(b'"' | b'\''));
    preceded
        && !twice
        && quoted
        && text.get(comma) == Some(&b',')
        && text.get(comma + 1) == Some(&b' ')
}

/// Whether a name that a quoted value follows without a sign begins a statement or an entry: `{ username "a"; password "b" }`, `{:password "b"}`, `(setq
/// password "b")`.
fn in_block(text: &[u8], name: Span) -> bool {
    let line = crate::text::line_around(text, name.start, 160);
    let before = &text[line.start..name.start];
    let before = before.strip_suffix(b"*").unwrap_or(before).trim_ascii();
    matches!(before.last(), Some(b'{' | b';'))
        || before == b":"
        || (before.ends_with(b":") && before.contains(&b'{'))
        || [
            &b"(setq"[..],
            b"(setf",
            b"(def",
            b"(defvar",
            b"(defconst",
            b"(defparameter",
        ]
        .contains(&before)
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
        || before.ends_with(b"define ")
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
            b':' if text.get(end + 1) == Some(&b'=') => end += 1,
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
        let made_up = ["hunt", "er", "2"].concat();
        use Quote::{Bare, Enclosed, Quoted};
        for (text, expected, quote) in [
            ("password = \"@@\"", "@@", Quoted),
            ("PASSWORD=@@\n", "@@", Bare),
            ("export DB_PASSWORD=@@\n", "@@", Bare),
            ("  password: @@\n", "@@", Bare),
            ("\"password\": \"@@\",", "@@", Quoted),
            (":password => '@@'", "@@", Quoted),
            ("let password: &str = \"@@\";", "@@", Quoted),
            ("<password>@@</password>", "@@", Enclosed),
            ("define('DB_PASSWORD', '@@');", "@@", Quoted),
            ("setPassword(\"@@\")", "@@", Quoted),
            ("Server=h;Password=@@;User=x", "@@", Bare),
            ("?user=a&password=@@&x=1", "@@", Bare),
            ("{\\\"password\\\": \\\"@@\\\"}", "@@", Quoted),
            ("--password @@ ", "@@", Bare),
            ("--password=@@ ", "@@", Bare),
            ("machine h login l password @@\n", "@@", Bare),
            ("ENV DB_PASSWORD @@\n", "@@", Bare),
            ("if password == '@@':", "@@", Quoted),
            ("if (user.password.equals(\"@@\")) {", "@@", Quoted),
            ("passwordInput.sendKeys(\"@@\");", "@@", Quoted),
            ("password_field.send_keys('@@')", "@@", Quoted),
            (
                "d.findElement(By.id(\"password\")).sendKeys(\"@@\");",
                "@@",
                Quoted,
            ),
            ("{:user \"bob\"\n :password \"@@\"}", "@@", Quoted),
            ("(defparameter *db-password* \"@@\")", "@@", Quoted),
            ("print(\"  Password: @@\")", "@@", Bare),
            ("Uid=root;Password=S&@@;Database=x", "S&@@", Bare),
            ("<a href=\"?user=a&amp;password=@@&amp;x=1\">", "@@", Bare),
            ("| password | @@ |", "@@", Enclosed),
            ("password := `@@`", "@@", Quoted),
            ("config[\"password\"] = \"@@\"", "@@", Quoted),
            ("password: &quot;@@&quot;", "@@", Quoted),
            ("password=(\n  \"@@\")", "@@", Quoted),
            ("os.getenv('DB_PASS', '@@')", "@@", Quoted),
            (
                "setdefault(\n    \"DB_PASS\",\n    \"@@\",\n)",
                "@@",
                Quoted,
            ),
            ("fill(\"#pass\", \"@@\")", "@@", Quoted),
            ("<add key=\"DbPassword\" value=\"@@\"/>", "@@", Quoted),
            ("- name: DB_PASSWORD\n  value: @@\n", "@@", Bare),
            ("{\"key\":\"password\",\"value\":\"@@\"}", "@@", Quoted),
            (
                "{\"key\":\"password\",\"type\":\"text\",\"value\":\"@@\"}",
                "@@",
                Quoted,
            ),
            ("<key>DbPassword</key>\n<string>@@</string>", "@@", Enclosed),
        ] {
            let text = text.replace("@@", &made_up);
            let expected = expected.replace("@@", &made_up);
            assert_eq!(value(&text), Some((expected.as_str(), quote)), "{text}");
        }
        for text in [
            "password()",
            "the password of",
            "password: String,",
            "Password::new()",
            "password.len()",
            "[\n    \"password\",\n    \"p4base2\",\n]",
            "{\"user\", \"password\", \"p4base2\"}",
            "Pass verify=False to it",
        ] {
            assert!(
                !matches!(value(text), Some((_, Quoted | Bare))),
                "{text}: {:?}",
                value(text)
            );
        }
    }
}
