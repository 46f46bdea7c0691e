//! Values that are named by a column: rows under the header of a CSV or Markdown table, tuples behind the column list of an INSERT statement, rows behind
//! that of a COPY. Looked at within a few lines, as everything that names a value; tuples whose columns stand in CREATE TABLE as far as their rule reaches.

use crate::rule::LABEL_LINES;
use crate::text::Span;
use memchr::{memchr, memrchr};

/// Longest line that is taken for a row.
const MAX_LINE: usize = 1000;
/// Bytes of a statement that are looked at.
const MAX_STATEMENT: usize = 900;

/// The name of the column that a value stands in, when one of the lines above is a header.
pub(super) fn header_of(text: &[u8], value: Span) -> Option<Span> {
    let line = line_at(text, value.start)?;
    let separator = separator_of(line.of(text))?;
    let column = cells(text, line, separator).position(|cell| cell.contains(value))?;
    let mut above = line;
    for _ in 0..LABEL_LINES {
        above = line_at(text, above.start.checked_sub(1)?)?;
        if is_header(text, above, separator) {
            return cells(text, above, separator).nth(column);
        }
        separator_of(above.of(text)).filter(|other| *other == separator)?;
    }
    None
}

/// The values that `name` names as a column, in the rows below its header or the tuples of its statement.
pub(super) fn values_of(text: &[u8], name: Span) -> Vec<Span> {
    let tuples = insert_values(text, name);
    if !tuples.is_empty() {
        return tuples;
    }
    rows_below(text, name).unwrap_or_default()
}

fn rows_below(text: &[u8], name: Span) -> Option<Vec<Span>> {
    let line = line_at(text, name.start)?;
    let separator = separator_of(line.of(text))?;
    if !is_header(text, line, separator) {
        return None;
    }
    let column = cells(text, line, separator).position(|cell| cell.contains(name))?;
    let mut values = Vec::new();
    let mut below = line;
    for _ in 0..LABEL_LINES {
        if below.end >= text.len() {
            break;
        }
        below = line_at(text, below.end + 1)?;
        let Some(cell) = cells(text, below, separator).nth(column) else {
            break;
        };
        values.push(cell);
    }
    Some(values)
}

/// The items that stand where `name` stands in the list of columns: `INSERT INTO t (a, name) VALUES (1, 'x'), (2, 'y')`.
fn insert_values(text: &[u8], name: Span) -> Vec<Span> {
    let none = Vec::new();
    let floor = name.start.saturating_sub(MAX_STATEMENT / 2);
    let Some(open) = memrchr(b'(', &text[floor..name.start]).map(|at| floor + at) else {
        return none;
    };
    let between = &text[open + 1..name.start];
    if between.contains(&b')') || between.contains(&b'=') {
        return none;
    }
    let column = between.iter().filter(|byte| **byte == b',').count();
    let limit = text.len().min(name.end + MAX_STATEMENT);
    let Some(close) = memchr(b')', &text[name.end..limit]).map(|at| name.end + at) else {
        return none;
    };
    if let Some(values) = copied_values(text, close + 1, column) {
        return values;
    }
    let rest = text[close + 1..limit].trim_ascii_start();
    let is_values = rest
        .get(..6)
        .is_some_and(|word| word.eq_ignore_ascii_case(b"values"));
    if !is_values {
        return none;
    }
    tuples(text, limit - rest.len() + 6, limit, column, 8)
}

/// The items of the column in the tuples that begin at `at`, of at most so many of them.
fn tuples(text: &[u8], mut at: usize, limit: usize, column: usize, most: usize) -> Vec<Span> {
    let mut values = Vec::new();
    while values.len() < most {
        let gap = text[at..limit]
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace() || **byte == b',')
            .count();
        at += gap;
        if text[..limit].get(at) != Some(&b'(') {
            break;
        }
        let Some((items, end)) = tuple(text, at + 1, limit) else {
            break;
        };
        values.extend(items.get(column).copied());
        at = end;
    }
    values
}

/// The cells of the column in the rows of `COPY t (a, name) FROM stdin;`, whose statement ends before `at`. `None` where it is none.
fn copied_values(text: &[u8], at: usize, column: usize) -> Option<Vec<Span>> {
    let rest = text[at..].trim_ascii_start();
    let head = rest.get(..10)?;
    if !head.eq_ignore_ascii_case(b"from stdin") {
        return None;
    }
    let mut line = line_at(text, text.len() - rest.len())?;
    let mut values = Vec::new();
    while line.end < text.len() {
        line = line_at(text, line.end + 1)?;
        if line.of(text).starts_with(b"\\.") {
            break;
        }
        values.extend(cells(text, line, b'\t').nth(column));
    }
    Some(values)
}

/// The values that `name` names as a column, as far as its rule reaches: in the rows of a Markdown table, or in tuples whose columns stand in `CREATE TABLE`.
/// Looks at `within` only.
pub(super) fn distant_values(text: &[u8], name: Span, within: Span) -> Vec<Span> {
    let cells = marked_cells(&text[..within.end], name);
    cells.unwrap_or_else(|| created_values(text, name, within))
}

/// The cells below `name` in a Markdown table whose header it stands in. `None` where it is none.
fn marked_cells(text: &[u8], name: Span) -> Option<Vec<Span>> {
    let header = line_at(text, name.start)?;
    if !is_row(header.of(text)) || header.end >= text.len() {
        return None;
    }
    let column = cells(text, header, b'|').position(|cell| cell.contains(name))?;
    let mut line = line_at(text, header.end + 1)?;
    let rule = line.of(text).trim_ascii();
    let signs = |byte: &u8| matches!(byte, b'|' | b'-' | b':' | b' ' | b'+' | b'=');
    if rule.len() < 3 || !rule.iter().all(signs) || !rule.contains(&b'-') {
        return None;
    }
    let mut values = Vec::new();
    while line.end < text.len() && values.len() < MAX_TUPLES {
        line = line_at(text, line.end + 1)?;
        if !is_row(line.of(text)) {
            break;
        }
        values.extend(cells(text, line, b'|').nth(column));
    }
    Some(values)
}

fn is_row(line: &[u8]) -> bool {
    line.trim_ascii_start().starts_with(b"|")
}

/// Bytes before the name of a column in which its `CREATE TABLE` is looked for.
const MAX_TABLE: usize = 4096;
/// Tuples of one table that are looked at.
const MAX_TUPLES: usize = 64;

/// The items that stand where `name` stands among the columns of `CREATE TABLE t (…)`, in the tuples of every `INSERT INTO t VALUES (…), (…)` behind it that
/// names no columns.
fn created_values(text: &[u8], name: Span, within: Span) -> Vec<Span> {
    let from = within.start.max(name.start.saturating_sub(MAX_TABLE));
    let Some((table, column)) = created_column(&text[from..name.start]) else {
        return Vec::new();
    };
    let lower = text[name.end..within.end].to_ascii_lowercase();
    let next = memchr::memmem::find(&lower, b"create table").unwrap_or(lower.len());
    let limit = name.end + next;
    let mut values = Vec::new();
    for found in memchr::memmem::find_iter(&lower[..next], b"insert into ") {
        let at = name.end + found + 12;
        let Some((other, behind)) = table_name(&text[..limit], at) else {
            continue;
        };
        let rest = text[behind..limit].trim_ascii_start();
        let is_values = rest
            .get(..6)
            .is_some_and(|word| word.eq_ignore_ascii_case(b"values"));
        if is_values && other.eq_ignore_ascii_case(&table) {
            let at = limit - rest.len() + 6;
            values.extend(tuples(text, at, limit, column, MAX_TUPLES));
        }
    }
    values
}

/// The table whose columns `before` ends among, and the number of the column that begins there.
fn created_column(before: &[u8]) -> Option<(Vec<u8>, usize)> {
    const WORDS: &[u8] = b"create table ";
    let lower = before.to_ascii_lowercase();
    let mut at = memchr::memmem::rfind(&lower, WORDS)? + WORDS.len();
    if lower[at..].starts_with(b"if not exists ") {
        at += b"if not exists ".len();
    }
    let (table, behind) = table_name(before, at)?;
    let rest = before[behind..].trim_ascii_start();
    let columns = rest.strip_prefix(b"(")?;
    let mut column = 0;
    let mut depth = 0;
    let mut begins = 0;
    for (at, byte) in columns.iter().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            b',' if depth == 0 => {
                column += 1;
                begins = at + 1;
            }
            _ => {}
        }
        if depth < 0 {
            return None;
        }
    }
    let quotes = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'`' | b'"' | b'[');
    (depth == 0 && columns[begins..].iter().all(quotes)).then_some((table, column))
}

/// The name of a table at `at`, without quotes and schema, and the place behind it.
fn table_name(text: &[u8], at: usize) -> Option<(Vec<u8>, usize)> {
    let part = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'`' | b'"' | b'[' | b']')
    };
    let len = text.get(at..)?.iter().take_while(|byte| part(byte)).count();
    let last = text[at..at + len].rsplit(|byte| *byte == b'.').next()?;
    let name: Vec<u8> = last
        .iter()
        .copied()
        .filter(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        .collect();
    (!name.is_empty()).then_some((name, at + len))
}

/// The items of a tuple that begins at `at`, without their quotes, and the place behind its parenthesis.
fn tuple(text: &[u8], mut at: usize, limit: usize) -> Option<(Vec<Span>, usize)> {
    let mut items = Vec::new();
    let mut start = at;
    while at < limit {
        match text[at] {
            quote @ (b'\'' | b'"') => {
                let len = memchr(quote, &text[at + 1..limit])?;
                items.push(Span::new(at + 1, at + 1 + len));
                at += len + 2;
                let rest = text[at..limit]
                    .iter()
                    .position(|byte| matches!(byte, b',' | b')'))?;
                at += rest;
                start = at + 1;
                if text[at] == b')' {
                    return Some((items, at + 1));
                }
                at += 1;
            }
            sign @ (b',' | b')') => {
                items.push(trimmed(text, Span::new(start, at)));
                at += 1;
                start = at;
                if sign == b')' {
                    return Some((items, at));
                }
            }
            _ => at += 1,
        }
    }
    None
}

fn line_at(text: &[u8], at: usize) -> Option<Span> {
    let line = crate::text::line_around(text, at, MAX_LINE);
    (line.len() < MAX_LINE).then_some(line)
}

/// What parts the cells of a line; `None` where it is no row.
fn separator_of(line: &[u8]) -> Option<u8> {
    if line.trim_ascii_start().starts_with(b"|") {
        return Some(b'|');
    }
    [b',', b';', b'\t']
        .into_iter()
        .find(|sign| line.contains(sign))
}

/// A row of names: every cell is a short word or two.
fn is_header(text: &[u8], line: Span, separator: u8) -> bool {
    let mut count = 0;
    let fits = cells(text, line, separator).all(|cell| {
        count += 1;
        let cell = cell.of(text);
        !cell.is_empty()
            && cell.len() <= 32
            && cell.iter().all(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b' ' | b'.')
            })
            && cell.iter().any(u8::is_ascii_alphabetic)
    });
    fits && count >= 2
}

/// The cells of a line, without blanks, quotes and code marks around them. Separators within quotes part nothing.
fn cells(text: &[u8], line: Span, separator: u8) -> impl Iterator<Item = Span> + '_ {
    let mut at = line.start;
    let mut end_seen = false;
    if separator == b'|' {
        let lead = line
            .of(text)
            .iter()
            .position(|byte| *byte == b'|')
            .map_or(0, |at| at + 1);
        at += lead;
    }
    std::iter::from_fn(move || {
        if end_seen || (separator == b'|' && text[at..line.end].trim_ascii().is_empty()) {
            return None;
        }
        let start = at;
        let mut quoted = false;
        while at < line.end && (quoted || text[at] != separator) {
            quoted ^= text[at] == b'"';
            at += 1;
        }
        let cell = Span::new(start, at);
        end_seen = at >= line.end;
        at += 1;
        Some(trimmed(text, cell))
    })
}

fn trimmed(text: &[u8], mut span: Span) -> Span {
    let outer = |byte: u8| {
        matches!(
            byte,
            b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b'`' | b'*'
        )
    };
    while span.start < span.end && outer(text[span.start]) {
        span.start += 1;
    }
    while span.start < span.end && outer(text[span.end - 1]) {
        span.end -= 1;
    }
    span
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str, value: &str) -> Option<String> {
        let at = text.find(value).unwrap();
        let span = header_of(text.as_bytes(), Span::new(at, at + value.len()))?;
        Some(text[span.start..span.end].to_owned())
    }

    /// The texts of the values that `of` finds for the first `name`.
    fn found(text: &str, name: &str, of: impl Fn(&[u8], Span) -> Vec<Span>) -> Vec<String> {
        let at = text.find(name).unwrap();
        let spans = of(text.as_bytes(), Span::new(at, at + name.len()));
        let owned = |span: Span| text[span.start..span.end].to_owned();
        spans.into_iter().map(owned).collect()
    }

    fn values(text: &str, name: &str) -> Vec<String> {
        found(text, name, values_of)
    }

    /// As far as the whole text reaches.
    fn distant(text: &str, name: &str) -> Vec<String> {
        let whole = Span::new(0, text.len());
        found(text, name, |text, name| distant_values(text, name, whole))
    }

    #[test]
    fn columns_name_their_values() {
        assert_eq!(
            header("id,oauth_token,owner\n1,\"VVVV\",bob\n", "VVVV").as_deref(),
            Some("oauth_token")
        );
        assert_eq!(
            header("| host | oauth_token |\n|---|---|\n| x | `VVVV` |", "VVVV").as_deref(),
            Some("oauth_token")
        );
        assert_eq!(header("f(a, b);\nf(c, VVVV);", "VVVV"), None);
        assert_eq!(
            values("user,password\nbob,VVVV\neve,WWWW\n", "password"),
            ["VVVV", "WWWW"]
        );
        assert_eq!(
            values(
                "INSERT INTO `u` (`id`, `password`, `at`) VALUES (1, 'V,V', NULL), (2, 'WWWW', 3);",
                "password"
            ),
            ["V,V", "WWWW"]
        );
        assert_eq!(
            values(
                "COPY u (id, password, at) FROM stdin;\n1\tVVVV\t\\N\n2\tWWWW\t\\N\n\\.\n3\tno\n",
                "password"
            ),
            ["VVVV", "WWWW"]
        );
        assert!(
            values(
                "fn f(user: &str, password: &str) {}\nlet a = (1, 2);",
                "password"
            )
            .is_empty()
        );
    }

    #[test]
    fn columns_of_a_marked_table_name_their_cells_to_its_end() {
        let below = |text: &str| distant(text, "Password");
        let rows = "| **Bob** | `VVVV` | x |\n| | | |\n| Eve | WWWW |\n\n| Mal | XXXX |\n";
        let ruled = format!("| Who (any) | **Password** | Role |\n|:--|:-:|---|\n{rows}");
        assert_eq!(below(&ruled), ["VVVV", "", "WWWW"]);
        let unruled = format!("| Who | Password | Role |\n{rows}");
        assert!(below(&unruled).is_empty());
    }

    #[test]
    fn columns_of_a_created_table_name_the_items_of_later_tuples() {
        let created = |text: &str| distant(text, "password");
        let table = "CREATE TABLE `u` (\n `id` int(11),\n `price` decimal(8,2),\n `password` varchar(9),\n PRIMARY KEY (`id`)\n);\n";
        assert_eq!(
            created(&format!(
                "{table}INSERT INTO `u` VALUES (1,2,'VVVV'),(2,3,'WWWW');"
            )),
            ["VVVV", "WWWW"]
        );
        assert!(created(&format!("{table}INSERT INTO v VALUES (1,2,'VVVV');")).is_empty());
        let next = "CREATE TABLE v (id int);\nINSERT INTO u VALUES (1,2,'VVVV');";
        assert!(created(&format!("{table}{next}")).is_empty());
        assert!(created("f(a, b, password);\nINSERT INTO u VALUES (1,2,'VVVV');").is_empty());
    }
}
