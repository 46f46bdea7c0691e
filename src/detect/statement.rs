//! The statement or command around a place, as far as brackets, continued lines and chained calls tell, in whatever language. Used where two
//! things count only together: a flag and the host of the same command, an option and the address of the same call.

use super::region::{CAP, lines_around};
use crate::rule::{BEFORE, STATEMENT_LINES};
use crate::text::Span;

/// The statement around `at`, in whole lines: at least its own, at most [`STATEMENT_LINES`] more to either side.
pub(super) fn statement_around(text: &[u8], at: Span) -> Span {
    let most = lines_around(text, at, STATEMENT_LINES as usize, CAP);
    let mut found = Span::new(at.start.max(most.start), at.end.min(most.end));
    found = lines_around(text, found, 0, CAP);
    // Each round takes in what the one before has brought to light; brackets, chains and continued lines nest.
    for _ in 0..STATEMENT_LINES {
        let wider = widen(text, found, most);
        if wider == found {
            break;
        }
        found = wider;
    }
    one_command(text, found, at)
}

/// The part of a statement that one command is: several may stand behind each other on a line (`curl … && curl …`).
fn one_command(text: &[u8], statement: Span, at: Span) -> Span {
    let mut one = statement;
    for start in memchr::memmem::find_iter(statement.of(text), b"url ")
        .chain(memchr::memmem::find_iter(statement.of(text), b"get "))
    {
        let before = text[statement.start..statement.start + start].split_last_chunk();
        let Some((before, b"c" | b"w")) = before else {
            continue;
        };
        let blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'\\';
        let rest = before.iter().rev().skip_while(|byte| blank(byte));
        if !rest.take(1).any(|byte| matches!(byte, b'&' | b'|' | b';')) {
            continue;
        }
        let begin = statement.start + before.len();
        if begin <= at.start {
            one.start = one.start.max(begin);
        } else if begin >= at.end {
            one.end = one.end.min(begin);
        }
    }
    one
}

fn widen(text: &[u8], found: Span, most: Span) -> Span {
    let mut wide = found;
    if let Some(open) = opened_before(text, Span::new(most.start, found.start)) {
        wide.start = lines_around(text, Span::new(open, open), 0, CAP)
            .start
            .max(most.start);
    }
    if let Some(close) = closed_behind(text, wide, most.end) {
        wide.end = lines_around(text, Span::new(close, close), 0, CAP)
            .end
            .min(most.end);
    }
    while wide.start > most.start {
        let above = lines_around(text, Span::new(wide.start - 1, wide.start - 1), 0, CAP);
        if !continues(above.of(text)) && !is_chained(first_line(wide.of(text))) {
            break;
        }
        wide.start = above.start.max(most.start);
    }
    while wide.end < most.end {
        let below = lines_around(text, Span::new(wide.end + 1, wide.end + 1), 0, CAP);
        let last = wide.of(text).rsplit(|byte| *byte == b'\n').next();
        if !continues(last.unwrap_or_default()) && !is_chained(below.of(text)) {
            break;
        }
        wide.end = below.end.min(most.end).max(wide.end + 1);
    }
    wide
}

/// What stands before `at` on its line and in its statement, as far as [`BEFORE`] bytes back.
pub(super) fn line_before(text: &[u8], at: usize) -> Span {
    let from = at.saturating_sub(BEFORE);
    let ends = memchr::memrchr2(b'\n', b';', &text[from..at]);
    Span::new(ends.map_or(from, |end| from + end + 1), at)
}

/// Whether a line goes on below: with a backslash (shells, C), a caret (cmd), a backtick (PowerShell).
fn continues(line: &[u8]) -> bool {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match line {
        [.., before, b'^' | b'`'] => before.is_ascii_whitespace(),
        [.., b'\\'] => true,
        _ => false,
    }
}

/// Whether a line goes on with the call above it.
fn is_chained(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    let after = line
        .strip_prefix(b"?.")
        .or_else(|| line.strip_prefix(b"&."))
        .or_else(|| line.strip_prefix(b"->"))
        .or_else(|| line.strip_prefix(b"."));
    after.is_some_and(|after| after.first().is_some_and(u8::is_ascii_alphabetic))
}

fn first_line(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == b'\n').next().unwrap_or_default()
}

/// The innermost bracket of an expression that is opened in `before` and not closed there. The brace of a block ends the search.
fn opened_before(text: &[u8], before: Span) -> Option<usize> {
    let mut depth = 0_usize;
    for at in (before.start..before.end).rev() {
        match text[at] {
            b')' | b']' | b'}' => depth += 1,
            open @ (b'(' | b'[' | b'{') => {
                if depth > 0 {
                    depth -= 1;
                } else if open == b'{' && begins_block(&text[before.start..at]) {
                    return None;
                } else {
                    return Some(at);
                }
            }
            b';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// Whether a brace behind `before` opens a block rather than a map of values.
fn begins_block(before: &[u8]) -> bool {
    let before = before.trim_ascii_end();
    !(before.ends_with(b"return")
        || matches!(
            before.last(),
            Some(b'(' | b'[' | b',' | b':' | b'=' | b'?' | b'&' | b'|')
        ))
}

/// Where the brackets that `inside` opens are closed, if that is behind it. Those of a block do not count.
fn closed_behind(text: &[u8], inside: Span, end: usize) -> Option<usize> {
    // Open brackets, and whether each belongs to an expression.
    let mut open: Vec<bool> = Vec::new();
    for at in inside.start..end {
        if at == inside.end && !open.contains(&true) {
            return None;
        }
        match text[at] {
            b'(' | b'[' => open.push(true),
            b'{' => open.push(!begins_block(&text[inside.start..at])),
            b')' | b']' | b'}' => {
                open.pop();
                if at >= inside.end && !open.contains(&true) {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(text: &str, place: &str) -> String {
        let start = text.find(place).unwrap();
        let at = Span::new(start, start + place.len());
        String::from_utf8_lossy(statement_around(text.as_bytes(), at).of(text.as_bytes()))
            .into_owned()
    }

    #[test]
    fn a_call_is_one_statement() {
        let text = "a = 1\nrequests.get(\n    \"https://x\",\n    verify=False,\n)\nb = 2\n";
        let call = "requests.get(\n    \"https://x\",\n    verify=False,\n)";
        assert_eq!(around(text, "verify"), call);
        assert_eq!(around(text, "https"), call);
        assert_eq!(around(text, "a = 1"), "a = 1");
    }

    #[test]
    fn a_command_goes_on_behind_a_backslash() {
        let text = "set -e\ncurl -k \\\n  -H 'a' \\\n  https://x\necho done\n";
        let command = "curl -k \\\n  -H 'a' \\\n  https://x";
        for place in ["-k", "'a'", "https"] {
            assert_eq!(around(text, place), command, "{place}");
        }
        assert_eq!(around(text, "echo"), "echo done");
    }

    #[test]
    fn commands_behind_each_other_are_several() {
        let text = "RUN curl -k https://a && \\\n  curl https://b; curl -v https://c || wget d\n";
        assert_eq!(around(text, "-k"), "RUN curl -k https://a && \\\n  ");
        assert_eq!(around(text, "b;"), "curl https://b; ");
        assert_eq!(around(text, "-v"), "curl -v https://c || ");
        let text = "const ok = await fetch(url, { a: b && curls }) && target (x)";
        assert_eq!(around(text, "url"), text);
    }

    #[test]
    fn maps_belong_to_it_and_blocks_do_not() {
        let text = "function f() {\n  const o = fetch(url, {\n    headers: {\n      A: t\n    }\n  });\n  other();\n}\n";
        assert_eq!(
            around(text, "A: t"),
            "  const o = fetch(url, {\n    headers: {\n      A: t\n    }\n  });"
        );
        assert_eq!(around(text, "other"), "  other();");
    }

    #[test]
    fn chained_calls_belong_to_it() {
        let text = "x();\nclient\n  .post(url)\n  .basic_auth(u, p)\n  .send();\ny();\n";
        assert_eq!(
            around(text, "basic_auth"),
            "client\n  .post(url)\n  .basic_auth(u, p)\n  .send();"
        );
    }

    #[test]
    fn it_ends_where_the_text_does() {
        assert_eq!(around("f(\n a", "a"), "f(\n a");
        assert_eq!(around("x", "x"), "x");
        let long = format!("f(\n{}a\n", "b,\n".repeat(40));
        assert!(around(&long, "a").lines().count() <= 13);
    }
}
