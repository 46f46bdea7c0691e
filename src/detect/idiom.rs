//! The ways of single languages and formats to set a name to a literal, where no sign that all of them share stands between the two: `name{"v"}` of C++,
//! `{name, "v"}` of Erlang, `set(NAME "v")` of CMake, `PIC X(8) VALUE 'v'` of COBOL. Each knows its surroundings, and gives up where they are another's.

use super::assign::{Assignment, Link, MAX_VALUE, Quote};
use super::literal::literal_at;
use super::region::{CAP, lines_around};
use crate::rule::LABEL_LINES;
use crate::text::{Span, line_around};

/// Farthest that a line is looked at on either side of a name.
const LINE: usize = 240;

/// The literal that the idiom of one language sets the name to.
pub(super) fn idiom_at(text: &[u8], name: Span) -> Option<Assignment> {
    let line = line_around(text, name.start, LINE);
    let before = &text[line.start..name.start];
    let behind = &text[name.end..];
    let bare = cell(text, name, before)
        .or_else(|| robot(text, name))
        .or_else(|| wiki(text, name, before))
        .or_else(|| definition(text, name, before))
        .or_else(|| told(text, name))
        .or_else(|| printed(text, name, line))
        .or_else(|| for_key(before, line.start))
        .or_else(|| marked(text, name));
    if let Some((value, quote)) = bare {
        let link = Link::Assign;
        return Some(Assignment {
            name,
            link,
            value,
            quote,
        });
    }
    let (link, skip) = braces(before, behind)
        .or_else(|| member(before, behind))
        .or_else(|| beside(before, name.of(text), behind))
        .or_else(|| typed(before, behind))
        .or_else(|| colons(before, behind))
        .or_else(|| read(behind))
        .or_else(|| command(behind))
        .or_else(|| element(behind))
        .or_else(|| nested(text, name))?;
    let (value, quote) = literal_at(text, name.end + skip, name, link, false)?;
    Some(Assignment {
        name,
        link,
        value,
        quote,
    })
}

/// Bytes up to what is no blank of a line.
fn blanks(text: &[u8]) -> usize {
    let blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
    text.iter().take_while(blank).count()
}

fn opens_literal(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"@").unwrap_or(text);
    matches!(text.first(), Some(b'"' | b'\''))
}

/// What stands behind `{name` and its like: `{"v"}` of C++, `} =` of Perl.
fn braces(before: &[u8], behind: &[u8]) -> Option<(Link, usize)> {
    if behind.starts_with(b"{") && opens_literal(&behind[1 + blanks(&behind[1..])..]) {
        return Some((Link::Assign, 1));
    }
    let key = trim_quote(before).ends_with(b"{") || before.ends_with(b"(");
    let rest = behind.strip_prefix(b"}").or(behind.strip_prefix(b")"))?;
    let sign = blanks(rest);
    // A call without arguments is none: `(name) = "v"`, `$ENV{name} = "v"`.
    let assigns = rest[sign..].starts_with(b"=") && !rest[sign..].starts_with(b"==");
    if key && assigns && !rest[sign..].starts_with(b"=>") {
        return Some((Link::Assign, 1 + sign + 1));
    }
    // `let(:name) { 'v' }` of RSpec.
    let block = rest[sign..].strip_prefix(b"{")?;
    let symbol = before.ends_with(b"(:") && opens_literal(&block[blanks(block)..]);
    symbol.then_some((Link::Assign, 1 + sign + 1))
}

fn trim_quote(text: &[u8]) -> &[u8] {
    let quoted = text.strip_suffix(b"\"").or(text.strip_suffix(b"'"));
    quoted.unwrap_or(text)
}

/// The second of two that a bracket encloses: `{name, "v"}` and `-define(NAME, "v")` of Erlang, `"name" -> "v"` of Scala, `"name" to "v"` of Kotlin,
/// `(name . "v")` of Lisp.
fn member(before: &[u8], behind: &[u8]) -> Option<(Link, usize)> {
    let open = trim_quote(before);
    let quote = before.len() - open.len();
    let first = open.trim_ascii_end().ends_with(b"{") || open.ends_with(b"define(");
    if first && let Some(rest) = behind.get(quote..).and_then(|rest| rest.strip_prefix(b",")) {
        let skip = blanks(rest);
        let literal = &rest[skip..];
        let literal = literal.strip_prefix(b"<<").unwrap_or(literal);
        if opens_literal(literal) && closes_pair(literal) {
            return Some((Link::Assign, quote + 1 + skip));
        }
    }
    let skip = blanks(behind);
    if skip > 0 && behind[skip..].starts_with(b". \"") && before.contains(&b'(') {
        return Some((Link::Assign, skip + 2));
    }
    let quote = *behind.first()?;
    let quoted = matches!(quote, b'"' | b'\'' | b'`').then(|| &behind[1..])?;
    let skip = blanks(quoted);
    let sign = [&b"-> "[..], b"to ", b"is ", b"as "];
    let sign = sign.iter().find(|sign| quoted[skip..].starts_with(sign))?;
    let at = 1 + skip + sign.len();
    // In prose both are set off in one way: "Set `NAME` to `v`".
    let same = behind.get(at) == Some(&quote);
    let code = sign.starts_with(b"-") || *sign == b"to ";
    let whole = before.last() == Some(&quote) || sign.starts_with(b"-");
    (whole && (same || code && opens_literal(&behind[at..]))).then_some((Link::Assign, at))
}

/// Whether what encloses a pair ends behind the literal that begins the text.
fn closes_pair(literal: &[u8]) -> bool {
    let quote = literal[0];
    let inside = literal[1..].iter().take(MAX_VALUE);
    let Some(len) = inside.into_iter().position(|byte| *byte == quote) else {
        return false;
    };
    let rest = literal[len + 2..].trim_ascii_start();
    let rest = rest.strip_prefix(b">>").unwrap_or(rest);
    matches!(rest.first(), Some(b'}' | b')'))
}

/// Statements that set the name behind their first word to the literal behind it.
const SETTING: &[&[u8]] = &[
    b"requestheader set",
    b"requestheader add",
    b"header set",
    b"header_up",
    b"header_down",
    b"proxy_set_header",
    b"grpc_set_header",
    b"add_header",
    b"fastcgi_param",
    b"uwsgi_param",
    b"scgi_param",
    b"setx",
    b"set",
    b"setenv",
    b"put",
    b"option",
    b"#+property:",
    b"#define",
    b"set suite variable",
    b"config set",
    b"export",
];

/// The literal right behind the name and a blank: an option with its value between quotes, a statement that sets, `@name "v"` of Elixir, `set(NAME "v")` of
/// CMake, `set name to "v"` of AppleScript.
fn beside(before: &[u8], name: &[u8], behind: &[u8]) -> Option<(Link, usize)> {
    let skip = blanks(behind);
    if skip == 0 {
        return None;
    }
    let rest = &behind[skip..];
    let start = before.trim_ascii_start();
    if opens_literal(rest) {
        let option = name.starts_with(b"-");
        let attribute = start == b"@";
        let call = start.eq_ignore_ascii_case(b"set(");
        return (option || attribute || call || sets(before)).then_some((Link::Assign, skip));
    }
    let to = rest.strip_prefix(b"to ").is_some_and(opens_literal);
    if to && start.eq_ignore_ascii_case(b"set ") {
        return Some((Link::Assign, skip + 3));
    }
    let bare = sets(before) && rest.first().is_some_and(u8::is_ascii_alphanumeric);
    // `export NAME` and `set NAME` stand before a sign.
    let word = before.trim_ascii();
    let long = word.len() > 6 && !word.eq_ignore_ascii_case(b"export");
    (bare && long).then_some((Link::Blank, skip))
}

fn sets(before: &[u8]) -> bool {
    let words = before.trim_ascii_start();
    // A prefix of the name stands between: `X-`, `$`, `"`.
    let words = words.strip_suffix(b"$").unwrap_or(words);
    let words = trim_quote(words).trim_ascii_end();
    words.len() <= 24 && SETTING.contains(&words.to_ascii_lowercase().as_slice())
}

/// Words of the types of SQL, Ada, COBOL and ABAP that stand between a name and what it is set to.
const SQL_TYPES: &[&str] = &["varchar", "char", "text", "string", "constant"];

/// Behind a type that stands behind the name: `name VARCHAR(8) = 'v'`, `name : constant String := "v"`, `PIC X(8) VALUE 'v'`, `TYPE string VALUE 'v'`.
fn typed(before: &[u8], behind: &[u8]) -> Option<(Link, usize)> {
    let skip = blanks(behind);
    if skip == 0 {
        return None;
    }
    let end = behind
        .iter()
        .take(80)
        .position(|byte| matches!(byte, b'\n' | b'"' | b'\'' | b';'))?;
    if !matches!(behind[end], b'"' | b'\'') {
        return None;
    }
    let kind = behind[skip..end].trim_ascii_end();
    let fits = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b' ' | b'\t' | b'_' | b'(' | b')' | b',' | b':' | b'*')
    };
    let lower = kind.to_ascii_lowercase();
    let sql = || {
        let text = String::from_utf8_lossy(&lower);
        let declared =
            before.trim_ascii().eq_ignore_ascii_case(b"declare") || before.ends_with(b"@");
        declared || SQL_TYPES.iter().any(|kind| text.contains(kind))
    };
    // `= N'v'`: letters of another width.
    let sign = lower
        .strip_suffix(b"n")
        .map_or(&lower[..], <[u8]>::trim_ascii_end);
    let assigned = sign
        .strip_suffix(b":=")
        .or(sign.strip_suffix(b"="))
        .or(sign.strip_suffix(b" default"))
        .unwrap_or_default();
    let value = lower.strip_suffix(b" value").is_some_and(|kind| {
        [&b"pic "[..], b"type ", b"picture "]
            .iter()
            .any(|word| kind.starts_with(word))
    });
    let sql = !assigned.is_empty() && assigned.trim_ascii().iter().all(fits) && sql();
    (value || sql).then_some((Link::Assign, end))
}

/// Colons on either side: `:name: v` of AsciiDoc, Org and reStructuredText, `NAME:: v` of a list of AsciiDoc; a name in bold before its value.
fn colons(before: &[u8], behind: &[u8]) -> Option<(Link, usize)> {
    let start = before.trim_ascii();
    let list = start.is_empty() && behind.starts_with(b":: ");
    if list {
        return Some((Link::Assign, 2));
    }
    let bold = ["**", "__", "*", "`", "_"];
    let bold = bold
        .iter()
        .find(|sign| before.ends_with(sign.as_bytes()) && behind.starts_with(sign.as_bytes()))?;
    let rest = &behind[bold.len()..];
    let rest = rest.strip_prefix(b":").or(rest.strip_prefix(b" ="))?;
    let skip = blanks(rest);
    if skip == 0 || !start.iter().all(|byte| b"-*+_` 0123456789.".contains(byte)) {
        return None;
    }
    Some((Link::Assign, behind.len() - rest.len() + skip))
}

/// Methods that give what was read elsewhere another value where there is none.
const FALLBACKS: &[&[u8]] = &[
    b".unwrap_or_else(",
    b".unwrap_or(",
    b".or_else(",
    b".getOrElse(",
    b".orElseGet(",
    b".orElse(",
    b".value_or(",
    b".ifBlank",
    b".ifEmpty",
    b" or ",
    b" ?: ",
];

/// Behind the end of a call that reads the name: `env::var("NAME").unwrap_or_else(|_| "v".to_string())`.
fn read(behind: &[u8]) -> Option<(Link, usize)> {
    let head = behind.iter().take(4);
    let closing = head
        .take_while(|byte| matches!(byte, b'"' | b'\'' | b')' | b']'))
        .count();
    let rest = &behind[closing..];
    let method = FALLBACKS.iter().find(|method| rest.starts_with(method))?;
    let mut at = closing + method.len();
    for sign in [&b"|_| "[..], b"|| ", b"() -> ", b"() => ", b"{ ", b" { "] {
        if behind[at..].starts_with(sign) {
            at += sign.len();
        }
    }
    (closing >= 2).then_some((Link::Argument, at))
}

/// Options that carry the value of what another option or argument named.
const VALUE_OPTIONS: &[&[u8]] = &[
    b"--value",
    b"--body",
    b"--secret-string",
    b"--secret-value",
    b"--string-value",
    b"-Value",
    b"--data",
];

/// Behind the option of a command that takes the value: `gh secret set NAME --body "v"`, `put-parameter --name /app/name --value v`.
fn command(behind: &[u8]) -> Option<(Link, usize)> {
    let line = &behind[..behind.len().min(160)];
    let line = &line[..memchr::memchr(b'\n', line).unwrap_or(line.len())];
    let quote = usize::from(matches!(line.first(), Some(b'"' | b'\'')));
    let rest = &line[quote..];
    let skip = blanks(rest);
    if skip == 0 || rest.get(skip) != Some(&b'-') {
        return None;
    }
    VALUE_OPTIONS.iter().find_map(|option| {
        let at = memchr::memmem::find(rest, option)? + option.len();
        let valued = matches!(rest.get(at), Some(b' ' | b'='));
        valued.then_some((Link::Blank, quote + at + 1))
    })
}

/// The cell or definition behind one that holds only the name: `<td>name</td><td>v</td>`.
fn element(behind: &[u8]) -> Option<(Link, usize)> {
    let cells = [
        (&b"</td>"[..], &b"<td>"[..]),
        (b"</th>", b"<td>"),
        (b"</dt>", b"<dd>"),
    ];
    cells.iter().find_map(|(close, open)| {
        let rest = behind.strip_prefix(b":").unwrap_or(behind);
        let rest = rest.strip_prefix(*close)?;
        let space = rest
            .iter()
            .take(40)
            .take_while(|byte| byte.is_ascii_whitespace());
        let rest = rest[space.count()..].strip_prefix(*open)?;
        Some((Link::Enclose, behind.len() - rest.len()))
    })
}

/// Keys of what describes a name that hold its value.
const HOLDING: &[&[u8]] = &[b"value", b"default", b"defaultvalue", b"default_value"];

/// The value within what describes the name: `"name": { "value": "v" }` of a template, `Name:`, `Type: String`, `Default: v` on lines below it, `default="v"`
/// among the arguments of a call that declares the name.
fn nested(text: &[u8], name: Span) -> Option<(Link, usize)> {
    let end = lines_around(text, name, LABEL_LINES as usize, CAP / 2).end;
    let behind = &text[name.end..end.min(name.end + LINE)];
    let closed = usize::from(matches!(behind.first(), Some(b'"' | b'\'')));
    let call = closed == 1 && behind.get(1) == Some(&b',');
    let sign = closed + blanks(&behind[closed..]);
    let described = matches!(behind.get(sign), Some(b':' | b'='));
    let rest = behind.get(sign + 1..)?;
    let braces = rest.trim_ascii_start().starts_with(b"{");
    let line = line_around(text, name.start, LINE);
    let indent = blanks(&text[line.start..]);
    let below = |rest: &[u8]| {
        let line = rest.iter().position(|byte| *byte == b'\n');
        line.is_some_and(|line| rest[..line].trim_ascii().is_empty())
    };
    if !call && !(described && (braces || below(rest))) {
        return None;
    }
    let mut at = sign + 1;
    let mut depth = 0;
    while at < behind.len() {
        match behind[at] {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => {
                depth -= 1;
                let left = if call { -1 } else { 0 };
                if depth <= left {
                    return None;
                }
            }
            // Only what stands deeper than the name describes it.
            b'\n' if !call && !braces && blanks(&behind[at + 1..]) <= indent => return None,
            b'"' | b'\'' => {
                let inside = &behind[at + 1..];
                let close = inside.iter().position(|byte| *byte == behind[at])?;
                if !holds(&inside[..close]) {
                    at += close + 1;
                }
            }
            byte if byte.is_ascii_alphabetic() => {
                let word = behind[at..].iter();
                let word = word.take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_');
                let word = &behind[at..at + word.count()];
                at += word.len();
                let close = usize::from(matches!(behind.get(at), Some(b'"' | b'\'')));
                let sign = at + close + blanks(&behind[at + close..]);
                if holds(word) && matches!(behind.get(sign), Some(b':' | b'=')) {
                    return Some((Link::Assign, sign + 1));
                }
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

fn holds(word: &[u8]) -> bool {
    HOLDING.iter().any(|key| key.eq_ignore_ascii_case(word))
}

/// The cell beside the name in rows of names and values, under a header that says so: `name,value`.
fn cell(text: &[u8], name: Span, before: &[u8]) -> Option<(Span, Quote)> {
    let quoted = before == b"\"";
    if !quoted && !before.is_empty() {
        return None;
    }
    let mut at = name.end;
    if quoted {
        at += usize::from(text.get(at) == Some(&b'"'));
    }
    let separator = *text
        .get(at)
        .filter(|byte| matches!(byte, b',' | b';' | b'\t'))?;
    let is_header = |line: &[u8]| {
        let line = line.trim_ascii().to_ascii_lowercase();
        let mut cells = line.split(|byte| *byte == separator).map(trim_quotes);
        let first = cells.next().unwrap_or_default();
        let second = cells.next().unwrap_or_default();
        let names = [
            &b"name"[..],
            b"key",
            b"variable",
            b"setting",
            b"option",
            b"parameter",
            b"env",
        ];
        names.contains(&first) && [&b"value"[..], b"val"].contains(&second)
    };
    let mut line = line_around(text, name.start, CAP / 2);
    let row = line;
    let above = (0..LABEL_LINES).any(|_| {
        let Some(end) = line.start.checked_sub(1) else {
            return false;
        };
        line = line_around(text, end, CAP / 2);
        is_header(line.of(text))
    });
    if !above {
        return None;
    }
    let mut start = at + 1;
    let rest = &text[start..row.end];
    let quoted = rest.first() == Some(&b'"');
    start += usize::from(quoted);
    let closing = if quoted { b'"' } else { separator };
    let len = text[start..row.end]
        .iter()
        .position(|byte| *byte == closing);
    let len = text[start..start + len.unwrap_or(row.end - start)]
        .trim_ascii_end()
        .len();
    (len > 0 && len <= MAX_VALUE).then(|| (Span::new(start, start + len), Quote::Enclosed))
}

fn trim_quotes(cell: &[u8]) -> &[u8] {
    let cell = cell.trim_ascii();
    let inner = cell
        .strip_prefix(b"\"")
        .and_then(|cell| cell.strip_suffix(b"\""));
    inner.unwrap_or(cell)
}

/// `${NAME}    v` of Robot Framework, whose cells two blanks part.
fn robot(text: &[u8], name: Span) -> Option<(Span, Quote)> {
    if !text[..name.start].ends_with(b"${") {
        return None;
    }
    let behind = text[name.end..].strip_prefix(b"}")?;
    let behind = behind.strip_prefix(b"=").unwrap_or(behind);
    let skip = blanks(behind);
    if skip < 2 && !behind.starts_with(b"\t") {
        return None;
    }
    let start = text.len() - behind.len() + skip;
    let len = text[start..]
        .iter()
        .take(MAX_VALUE)
        .position(|byte| byte.is_ascii_whitespace())
        .unwrap_or(text.len() - start);
    let fits = len > 0 && len < MAX_VALUE && text[start] != b'$';
    fits.then(|| (Span::new(start, start + len), Quote::Bare))
}

/// `| name || v` of a wiki's table.
fn wiki(text: &[u8], name: Span, before: &[u8]) -> Option<(Span, Quote)> {
    if before.trim_ascii() != b"|" {
        return None;
    }
    let behind = text[name.end..].trim_ascii_start();
    let behind = behind.strip_prefix(b"||")?;
    let start = text.len() - behind.len() + blanks(behind);
    let end = line_around(text, start, LINE).end;
    let rest = &text[start..end];
    let len = memchr::memmem::find(rest, b"||").unwrap_or(rest.len());
    let len = rest[..len].trim_ascii_end().len();
    (len > 0).then(|| (Span::new(start, start + len), Quote::Enclosed))
}

/// `\newcommand{\name}{v}` and `\def\name{v}` of TeX.
fn definition(text: &[u8], name: Span, before: &[u8]) -> Option<(Span, Quote)> {
    let command = before.strip_suffix(b"\\")?;
    if ![&b"command{"[..], b"\\def", b"command"]
        .iter()
        .any(|end| command.ends_with(end))
    {
        return None;
    }
    let behind = &text[name.end..];
    let open = behind.iter().take(3).position(|byte| *byte == b'{')? + 1;
    let start = name.end + open;
    let len = text[start..]
        .iter()
        .take(MAX_VALUE)
        .position(|byte| matches!(byte, b'}' | b'\n'))?;
    let fits = len > 0 && text[start + len] == b'}' && text[start] != b'\\';
    fits.then(|| (Span::new(start, start + len), Quote::Enclosed))
}

/// `the name for the staging server is v` in a mail: a value of letters and digits, behind few words.
fn told(text: &[u8], name: Span) -> Option<(Span, Quote)> {
    let line = line_around(text, name.end, LINE);
    let rest = &text[name.end..line.end];
    let words = [&b" for "[..], b" of ", b" to ", b" on ", b" in "];
    if !words.iter().any(|word| rest.starts_with(word)) {
        return None;
    }
    let near = &rest[..rest.len().min(60)];
    let at = [&b" is "[..], b" is: ", b" = ", b" was "]
        .iter()
        .filter_map(|word| Some(memchr::memmem::find(near, word)? + word.len()))
        .max()?;
    let between = &rest[..at - 3];
    if !between
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'-' | b'.' | b'_'))
    {
        return None;
    }
    let quoted = matches!(rest.get(at), Some(b'"' | b'`' | b'\''));
    let start = name.end + at + usize::from(quoted);
    let word = text[start..line.end]
        .iter()
        .take_while(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'`' | b'\''));
    let value = &text[start..start + word.count()];
    let value = value
        .strip_suffix(b".")
        .or(value.strip_suffix(b","))
        .unwrap_or(value);
    let fits = value.len() >= 8
        && value.iter().any(u8::is_ascii_digit)
        && value.iter().any(u8::is_ascii_alphabetic);
    fits.then(|| (Span::new(start, start + value.len()), Quote::Bare))
}

/// `printf '%s' "v" > /run/secrets/name`, `echo -n "v" | docker secret create name -`: what a shell writes to what has the name.
fn printed(text: &[u8], name: Span, line: Span) -> Option<(Span, Quote)> {
    let before = &text[line.start..name.start];
    let first = before.trim_ascii_start();
    let printing = first.starts_with(b"echo ") || first.starts_with(b"printf ");
    let sign = before
        .iter()
        .rposition(|byte| matches!(byte, b'>' | b'|'))
        .filter(|_| printing)?;
    // The name is the file's, or the command's that reads it.
    let target = before[sign + 1..].trim_ascii_start();
    let parted = target.iter().any(|byte| matches!(byte, b' ' | b'#' | b';'));
    if parted && (before[sign] == b'>' || target.contains(&b'#')) {
        return None;
    }
    let text_end = before[..sign].trim_ascii_end();
    let text_end = text_end
        .strip_suffix(b">")
        .unwrap_or(text_end)
        .trim_ascii_end();
    let quote = *text_end
        .last()
        .filter(|byte| matches!(byte, b'"' | b'\''))?;
    let open = text_end[..text_end.len() - 1]
        .iter()
        .rposition(|byte| *byte == quote)?;
    let value = &text_end[open + 1..text_end.len() - 1];
    let start = line.start + open + 1;
    let fits = !value.is_empty() && value.iter().all(u8::is_ascii_graphic);
    fits.then(|| (Span::new(start, start + value.len()), Quote::Quoted))
}

/// `setObject:@"v" forKey:@"name"` of Objective-C.
fn for_key(before: &[u8], start: usize) -> Option<(Span, Quote)> {
    let rest = before.strip_suffix(b"@\"")?;
    let rest = rest
        .strip_suffix(b"forKey:")
        .or(rest.strip_suffix(b"forHTTPHeaderField:"))?;
    let rest = rest.trim_ascii_end().strip_suffix(b"\"")?;
    let open = rest.iter().rposition(|byte| *byte == b'"')? + 1;
    (open < rest.len()).then(|| (Span::new(start + open, start + rest.len()), Quote::Quoted))
}

/// `*name*: {code}v{code}` of a wiki's markup.
fn marked(text: &[u8], name: Span) -> Option<(Span, Quote)> {
    let line = line_around(text, name.end, LINE);
    let rest = &text[name.end..line.end];
    let signs = rest
        .iter()
        .take_while(|byte| b"*_: =".contains(byte))
        .count();
    let mark = [&b"{code}"[..], b"{noformat}", b"<code>"];
    let mark = mark.iter().find(|mark| rest[signs..].starts_with(mark))?;
    let start = name.end + signs + mark.len();
    let close: &[u8] = match *mark {
        b"<code>" => b"</code>",
        mark => mark,
    };
    let len = memchr::memmem::find(&text[start..line.end], close)?;
    let plain = text[start..start + len].iter().all(u8::is_ascii_graphic);
    let assigns = text[name.end..name.end + signs]
        .iter()
        .any(|byte| matches!(byte, b':' | b'='));
    (assigns && len > 0 && plain).then(|| (Span::new(start, start + len), Quote::Quoted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<&str> {
        let at = text.to_ascii_lowercase().find("pass_word").unwrap();
        let start = text[..at].rfind(|letter: char| letter != '-');
        let start = start.map_or(0, |start| start + 1);
        let found = idiom_at(text.as_bytes(), Span::new(start, at + 9))?;
        Some(&text[found.value.start..found.value.end])
    }

    #[test]
    fn reads_the_idioms_of_single_languages() {
        for text in [
            "std::string pass_word{\"@@\"};",
            "{ {\"pass_word\", \"@@\"} }",
            "$ENV{PASS_WORD} = '@@';",
            "option (pass_word) = \"@@\";",
            "let(:pass_word) { '@@' }",
            "[{pass_word, \"@@\"}]",
            "-define(PASS_WORD, \"@@\").",
            "Map(\"pass_word\" -> \"@@\")",
            "mapOf(\"pass_word\" to \"@@\")",
            "Set `PASS_WORD` to `@@` and restart.",
            "((pass_word . \"@@\"))",
            "client --pass_word '@@' --verbose",
            "set(PASS_WORD \"@@\" CACHE STRING \"how we log in\")",
            "  @pass_word \"@@\"",
            "setx PASS_WORD \"@@\"",
            "set pass_word to \"@@\"",
            "01 WS-PASS_WORD PIC X(64) VALUE '@@'.",
            "CONSTANTS gc_pass_word TYPE string VALUE '@@'.",
            "DECLARE @pass_word VARCHAR(80) = N'@@';",
            "PASS_WORD:: @@\n",
            "- **PASS_WORD**: `@@`",
            "env::var(\"PASS_WORD\").unwrap_or_else(|_| \"@@\".to_string())",
            "gh secret set PASS_WORD --body \"@@\"",
            "<td>pass_word</td><td>@@</td>",
            "\"pass_word\": {\n  \"value\": \"@@\"\n}",
            "  pass_word:\n    type: string\n    default: \"@@\"\n",
            "add_argument(\"--pass_word\", type=str, help=\"how to log in\", default=\"@@\")",
            "name,value\npass_word,@@\n",
            "${PASS_WORD}    @@\n",
            "| PASS_WORD || @@",
            "\\newcommand{\\pass_word}{@@}",
            "the pass_word for the staging server is @@.",
            "printf '%s' \"@@\" > /run/secrets/pass_word",
            "[defaults setObject:@\"@@\" forKey:@\"pass_word\"];",
            "*PASS_WORD*: {code}@@{code}",
        ] {
            let text = text.replace("@@", "kW7mohtai9");
            assert_eq!(value(&text), Some("kW7mohtai9"), "{text}");
        }
    }

    #[test]
    fn gives_up_where_the_surroundings_are_another_language_s() {
        for text in [
            "pass_word{get; set;}",
            "field(name) == pass_word) == \"@@\"",
            "{\"user\", \"pass_word\", \"@@\"}",
            "pass_word::new(\"@@\")",
            "we pass_word \"@@\" on",
            "\"pass_word\": {\n  \"type\": \"string\"\n}\n\"value\": \"@@\"",
            "pass_word,@@\n",
            "the pass_word for those who like it is optional",
            "echo \"@@\" > other # pass_word",
        ] {
            let text = text.replace("@@", "kW7mohtai9");
            assert_eq!(value(&text), None, "{text}");
        }
    }
}
