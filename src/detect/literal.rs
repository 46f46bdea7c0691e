//! The literal behind a name: quoted in the way of any language, enclosed by an element or a cell, or bare where the format takes bare text.

use super::assign::{Link, MAX_VALUE, Quote};
use super::placeholder;
use super::random::scrambled;
use super::words::{CALLS, GENERIC, TYPES};
use crate::text::Span;

/// The literal that begins behind the link.
pub(super) fn literal_at(
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
            // `name =`, the literal below it.
            b'\r' | b'\n' if link == Link::Assign && quoted_below(text, at) => at += 1,
            b'<' if link != Link::Enclose && text[at..].starts_with(b"<<\"") => at += 2,
            b'!' | b'&' | b'|' | b'>' if link == Link::Assign && property(text, at).is_some() => {
                at = property(text, at)?;
            }
            _ => match alternative(text, at)
                .or_else(|| wrapper(text, at))
                .or_else(|| named_argument(text, at, link, opened))
            {
                Some(next) => {
                    opened = true;
                    at = next;
                }
                None => break,
            },
        }
    }
    if let Some(found) = quoted_at(text, at) {
        // Prose in reStructuredText lists its words so.
        let listed = link == Link::Argument && text[..found.start].ends_with(b"``");
        return (!listed).then_some((found, Quote::Quoted));
    }
    let after_element =
        at > 0 && text[at - 1] == b'>' && link == Link::Assign && !text[..at].ends_with(b"=>");
    match link {
        Link::Enclose => enclosed(text, at, name).map(|span| (span, Quote::Enclosed)),
        Link::Assign if after_element => {
            enclosed(text, at, name).map(|span| (span, Quote::Enclosed))
        }
        Link::Compare | Link::Argument | Link::Prose
            if text.get(at) != Some(&b'`') && link != Link::Prose =>
        {
            None
        }
        _ if opened => None,
        _ => bare(text, at, name, link, tight),
    }
}

/// Behind a sign that offers the literal as the default of something read elsewhere: `|| "x"`, `?? "x"`, `or "x"`.
fn alternative(text: &[u8], at: usize) -> Option<usize> {
    let rest = &text[at..];
    [&b"||"[..], b"??", b"or ", b"?:"]
        .iter()
        .find(|sign| rest.starts_with(sign))
        .map(|sign| at + sign.len())
}

/// Behind the parenthesis of a call that only wraps a literal: `String::from("x")`, `[]byte("x")`, `Buffer.from("x")`, `new Secret("x")`.
fn wrapper(text: &[u8], at: usize) -> Option<usize> {
    let rest = &text[at..text.len().min(at + 60)];
    let path = rest.strip_prefix(b"new ").unwrap_or(rest);
    let open = path.iter().position(|byte| *byte == b'(')?;
    let path = &path[..open];
    let fits = path.iter().all(|byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'[' | b']' | b'-')
    });
    let last = path
        .rsplit(|byte| matches!(byte, b'.' | b':' | b']' | b'-'))
        .next()?;
    let behind = rest.len() - rest.strip_prefix(b"new ").unwrap_or(rest).len() + open + 1;
    let literal = rest[behind..]
        .iter()
        .find(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t'));
    let quote = literal.is_none_or(|byte| matches!(byte, b'"' | b'\'' | b'`' | b'b' | b'@'))
        || rest[behind..].starts_with(b"default=")
        || rest[behind..].starts_with(b"default:");
    let plain = path
        .split(|byte| matches!(byte, b'.' | b':' | b']' | b'-' | b'['))
        .all(|part| {
            part.is_empty() || part[0].is_ascii_uppercase() || CALLS.has(part) || TYPES.has(part)
        });
    (fits && plain && quote && CALLS.has(last)).then_some(at + behind)
}

/// Behind `default=` and the like, where the name is one argument and the literal another.
fn named_argument(text: &[u8], at: usize, link: Link, opened: bool) -> Option<usize> {
    if link != Link::Argument && !opened {
        return None;
    }
    let len = text[at..]
        .iter()
        .take(24)
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
        .count();
    let word = &text[at..at + len];
    if !GENERIC.has(word) {
        return None;
    }
    let skip = text[at + len..]
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'"' | b'\''))
        .count();
    matches!(text.get(at + len + skip), Some(b'=' | b':')).then_some(at + len + skip + 1)
}

/// Whether nothing but the end of its line stands at `at`, and a quote begins the next.
fn quoted_below(text: &[u8], at: usize) -> bool {
    let rest = &text[at..];
    let rest = rest.strip_prefix(b"\r").unwrap_or(rest);
    let Some(below) = rest.strip_prefix(b"\n") else {
        return false;
    };
    matches!(below.trim_ascii_start().first(), Some(b'"' | b'\''))
        && below
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .all(|byte| *byte != b'\n')
}

/// Behind what YAML writes before a scalar: its tag, `!!str v`, its anchor, `&key v`, or the sign that puts it on the line below, `>-` and `|`.
fn property(text: &[u8], at: usize) -> Option<usize> {
    if at < 2 || !matches!(&text[at - 2..at], b": ") {
        return None;
    }
    let rest = &text[at..];
    let signs = rest
        .iter()
        .take_while(|byte| matches!(byte, b'>' | b'|' | b'-' | b'+'));
    let signs = signs.count();
    if signs > 0 && matches!(rest[0], b'>' | b'|') {
        let behind = rest[signs..].trim_ascii_start();
        let between = &rest[signs..rest.len() - behind.len()];
        let lines = between.iter().filter(|byte| **byte == b'\n').count();
        return (lines == 1).then_some(text.len() - behind.len());
    }
    let word = rest
        .strip_prefix(b"!!str")
        .or(rest.strip_prefix(b"!str"))
        .or(rest.strip_prefix(b"!!binary"))
        .or_else(|| {
            let anchor = rest.strip_prefix(b"&")?;
            let word = anchor
                .iter()
                .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
            let word = word.count();
            (word > 0).then(|| &anchor[word..])
        })?;
    word.starts_with(b" ")
        .then_some(text.len() - word.len() + 1)
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
    if let Some(found) = delimited_at(text, at) {
        return Some(found);
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
    // Quotes within quotes: `"\"v\""` in a text that becomes code.
    if slashes == 0 && text[start..].starts_with(&[b'\\', quote]) {
        let inner = quoted_at(text, start)?;
        return text[inner.end..]
            .starts_with(&[b'\\', quote, quote])
            .then_some(inner);
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

/// A literal between signs of one language: `r#"v"#` of Rust, `q{v}` of Perl, `%q(v)` of Ruby, two backticks of reStructuredText.
fn delimited_at(text: &[u8], at: usize) -> Option<Span> {
    let rest = &text[at..text.len().min(at + MAX_VALUE)];
    let opened = |open: &[u8]| rest.starts_with(open).then_some(open.len());
    let (open, close): (usize, &[u8]) = if let Some(open) = opened(b"r#\"") {
        (open, b"\"#")
    } else if let Some(open) =
        opened(b"``").filter(|_| rest.get(2).is_some_and(|byte| *byte != b'`'))
    {
        (open, b"``")
    } else {
        let percent = usize::from(rest.first() == Some(&b'%'));
        let letters = rest[percent..]
            .iter()
            .take(2)
            .take_while(|byte| matches!(byte, b'q' | b'Q'));
        let letters = letters.count();
        let open = percent + letters;
        if letters == 0 {
            return None;
        }
        let close: &[u8] = match rest.get(open)? {
            b'{' => b"}",
            b'(' => b")",
            b'[' => b"]",
            b'|' => b"|",
            b'/' if percent == 0 => b"/",
            _ => return None,
        };
        (open + 1, close)
    };
    let len = memchr::memmem::find(&rest[open..], close)?;
    let inside = &rest[open..open + len];
    (len > 0 && !inside.contains(&b'\n')).then(|| Span::new(at + open, at + open + len))
}

/// The text of an XML element, or a cell of a table, up to the sign that closes it.
fn enclosed(text: &[u8], at: usize, name: Span) -> Option<Span> {
    let table = text[name.end..at].contains(&b'|');
    // Elsewhere a bar parts alternatives of a pattern, or is an operator.
    if table
        && !text[line_start(text, name.start)..]
            .trim_ascii_start()
            .starts_with(b"|")
    {
        return None;
    }
    let closing = if table { b'|' } else { b'<' };
    let len = text[at..]
        .iter()
        .take(MAX_VALUE)
        .position(|byte| *byte == closing || *byte == b'\n')?;
    let mut end = at + len;
    // The element is closed, or a line of it ends.
    let closes = closing != b'<'
        || matches!(text.get(end + 1), Some(b'/' | b'!'))
        || text[end..].starts_with(b"<br");
    if text[end] != closing || !closes {
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
    let expansion = text[..name.start].ends_with(b"${");
    // `${NAME:?what to say where it is not set}`
    if expansion && text[name.end..].trim_ascii_start().starts_with(b":?") {
        return None;
    }
    let mut end = at;
    while end < text.len() && end - at <= MAX_VALUE {
        let byte = text[end];
        if byte.is_ascii_whitespace()
            || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b'|')
            || (expansion && byte == b'}')
        {
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
    let value = text
        .get(at..end)
        .filter(|value| !value.is_empty() && value.len() <= MAX_VALUE)?;
    if (matches!(value[0], b'[' | b'{' | b'(' | b'.' | b'&') || is_call(value)) && !scrambled(value)
    {
        return None;
    }
    // `object->field`
    if value.ends_with(b"-") && text.get(end) == Some(&b'>') {
        return None;
    }
    let quote = if expansion || takes_bare_text(text, Span::new(at, end), name, link, tight) {
        Quote::Bare
    } else {
        Quote::Doubtful
    };
    Some((Span::new(at, end), quote))
}

/// `name(…`, `a.b(…`: code, not text.
fn is_call(value: &[u8]) -> bool {
    let head = value
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':'))
        .count();
    head > 0
        && (value[0].is_ascii_alphabetic() || value[0] == b'_')
        && value.get(head) == Some(&b'(')
}

/// Whether a line ends with a quote and signs that set off what follows: blanks, bullets, arrows, pictures.
fn opens_quotes(before: &[u8]) -> bool {
    let word = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b')' | b']' | b'}' | b'=' | b',')
    };
    let from = before.iter().rposition(word).map_or(0, |at| at + 1);
    before[from..]
        .iter()
        .any(|byte| matches!(byte, b'"' | b'\'' | b'`'))
        || before[from..].is_empty() && before.ends_with(b"\\n")
}

/// Whether the format takes bare text there: `NAME=value`, `name: value` alone on a line, an option, a field of a query, connection string or
/// quoted `name=value`. Elsewhere bare text may as well be code.
fn takes_bare_text(text: &[u8], value: Span, name: Span, link: Link, tight: bool) -> bool {
    if matches!(link, Link::Blank | Link::Prose) {
        return true;
    }
    let raw_before = &text[line_start(text, name.start)..name.start];
    let before = raw_before.trim_ascii();
    let next = text.get(value.end).copied();
    let last = raw_before.last().copied();
    if matches!(last, Some(b'?' | b'&' | b';')) && tight {
        return true;
    }
    // The second half of a pair stands on a line of its own.
    if text[name.end..value.start].contains(&b'\n') {
        return true;
    }
    // `"NAME=value"`, `-H "X-Api-Key: value"`, `"host=h user=u password=value"`.
    let quoted = matches!(next, Some(b'"' | b'\'' | b'`' | b'\\'));
    if quoted && matches!(last, Some(b'"' | b'\'' | b'`')) {
        return true;
    }
    // `print("  Password: value")`: all that stands between quotes.
    if quoted && link == Link::Assign && !tight && opens_quotes(raw_before) {
        return true;
    }
    // Among other pairs of one line: `user=a password=b`, `--set x.password=b`, `User: a Pass: b`.
    let among = match tight {
        true => matches!(last, Some(b' ' | b'"' | b'\'' | b',' | b'=')),
        false => last == Some(b' ') && names_user(before),
    };
    if among && !before.is_empty() {
        let ends = next.is_none_or(|byte| byte.is_ascii_whitespace()) || quoted;
        let digits = value.of(text).iter().any(u8::is_ascii_digit)
            && value.of(text).iter().any(u8::is_ascii_alphabetic);
        if ends && digits {
            return true;
        }
    }
    let opening = matches!(
        before,
        b"" | b"export"
            | b"ENV"
            | b"ARG"
            | b"set"
            | b"SET"
            | b"-"
            | b"#"
            | b"//"
            | b";"
            | b"declare"
            | b"readonly"
            | b"local"
            | b"env"
            | b"--"
            | b"*"
            | b"@"
    ) || before == b":" && text.get(name.end) == Some(&b':')
        || raw_before.ends_with(before) && is_namespace(before)
        || note(text, value, name, raw_before)
        || [&b"-e"[..], b"--env", b"-D", b"export", b"--set", b"-P"]
            .iter()
            .any(|end| before.ends_with(end))
        || text[name.start..name.end].starts_with(b"-");
    // A constant of a program, as error codes are; files of settings leave no blanks there.
    let constant = !tight
        && value.of(text).iter().all(u8::is_ascii_digit)
        && !name.of(text).iter().any(u8::is_ascii_lowercase);
    // `name: words that say what it is for`
    let sentence = !tight
        && value.of(text).iter().all(u8::is_ascii_lowercase)
        && text[value.end..]
            .strip_prefix(b" ")
            .is_some_and(|rest| rest.first().is_some_and(u8::is_ascii_alphabetic));
    opening
        && !constant
        && !sentence
        && (tight || link == Link::Assign)
        && !matches!(next, Some(b'(' | b'{' | b'[' | b',' | b';' | b')' | b'}'))
}

/// `app:` of `app:name: v`.
fn is_namespace(before: &[u8]) -> bool {
    before.strip_suffix(b":").is_some_and(|word| {
        !word.is_empty()
            && word
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    })
}

/// Whether a note or a log says the value, `here is the new token: v`: letters and digits behind a colon, which end the line, and no sign of code before them.
fn note(text: &[u8], value: Span, name: Span, before: &[u8]) -> bool {
    let colon = text[name.end..value.start].trim_ascii() == b":";
    let ends = matches!(text.get(value.end), None | Some(b'\n' | b'\r'));
    let code = |byte: &u8| matches!(byte, b'(' | b'{' | b'=' | b'"' | b'\'' | b'<' | b'&' | b'$');
    let value = value.of(text);
    let plain = value
        .iter()
        .all(|byte| byte.is_ascii_graphic() && !code(byte));
    colon
        && ends
        && plain
        && before.last() == Some(&b' ')
        && !before.iter().any(code)
        && value.len() >= 8
        && value.iter().any(u8::is_ascii_digit)
        && value.iter().any(u8::is_ascii_alphabetic)
}

/// Whether a text says who somebody is, as notes do before they say the password: `user: bob`, `Login - bob`.
fn names_user(text: &[u8]) -> bool {
    let names = ["user", "login", "account", "email", "benutzer"];
    let named = names.iter().any(|name| placeholder::contains(text, name));
    named
        && !text
            .iter()
            .any(|byte| matches!(byte, b'(' | b'{' | b'=' | b'"' | b'\''))
}

/// Whether a sign ends bare text: `&` and `;` part the fields of queries and connection strings; brackets and commas end it where nothing follows.
fn closes(text: &[u8], at: usize, tight: bool) -> bool {
    let next = text.get(at + 1).copied().unwrap_or(b'\n');
    match text[at] {
        // The next field of a query: `&name=`.
        b'&' => {
            let word = text[at + 1..].iter().take(40);
            let word =
                word.take_while(|byte| byte.is_ascii_alphanumeric() || b"_-.[]%".contains(byte));
            let word = word.count();
            let entity = text[at..].starts_with(b"&amp;");
            tight && (entity || word > 0 && text.get(at + 1 + word) == Some(&b'='))
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
