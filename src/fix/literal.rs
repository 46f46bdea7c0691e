//! The literal around a value, and what stands before and behind it.

use crate::text::Span;

/// A text in quotes, on one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Literal {
    /// The quote.
    pub(super) quote: u8,
    /// With its prefix and quotes.
    pub(super) whole: Span,
    /// What is between the quotes.
    pub(super) inside: Span,
}

/// The line that `at` stands on, without its end.
pub(super) fn line_of(text: &[u8], at: usize) -> Span {
    let line = crate::text::line_around(text, at, 1 << 14);
    match line.of(text) {
        [.., b'\r'] => Span::new(line.start, line.end - 1),
        _ => line,
    }
}

impl Literal {
    /// The literal that holds `value`; `None` where there is none on its line.
    pub(super) fn around(text: &[u8], value: Span) -> Option<Self> {
        let line = line_of(text, value.start);
        let mut open: Option<(u8, usize)> = None;
        let mut at = line.start;
        while at < value.start {
            match (text[at], open) {
                (b'\\', _) => at += 1,
                (byte, Some((quote, _))) if byte == quote => open = None,
                (byte @ (b'"' | b'\'' | b'`'), None) => open = Some((byte, at)),
                _ => {}
            }
            at += 1;
        }
        let (quote, begin) = open?;
        let mut end = value.end;
        while end < line.end && text[end] != quote {
            end += if text[end] == b'\\' { 2 } else { 1 };
        }
        if end >= line.end && text.get(end) != Some(&quote) {
            return None;
        }
        let prefix = text[line.start..begin]
            .iter()
            .rev()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'$' || **byte == b'@')
            .count();
        let prefix = if prefix <= 2 { prefix } else { 0 };
        Some(Literal {
            quote,
            whole: Span::new(begin - prefix, end + 1),
            inside: Span::new(begin + 1, end),
        })
    }

    /// Letters before the opening quote.
    pub(super) fn prefix(self, text: &[u8]) -> &[u8] {
        &text[self.whole.start..self.inside.start - 1]
    }

    /// Whether another literal stands directly beside it, which some languages join.
    pub(super) fn has_neighbour(self, text: &[u8]) -> bool {
        let quote = |byte: Option<&u8>| byte.is_some_and(|byte| b"\"'`".contains(byte));
        quote(text[..self.whole.start].trim_ascii_end().last())
            || quote(
                text[self.whole.end.min(text.len())..]
                    .trim_ascii_start()
                    .first(),
            )
    }
}

/// The name that the value beginning at `start` is given on its line: `NAME = `, `"name": `, `name => `, `name: `.
pub(super) fn name_before(text: &[u8], start: usize) -> Option<String> {
    let line = line_of(text, start);
    let mut before = text[line.start..start].trim_ascii_end();
    for link in [&b"=>"[..], b":=", b"=", b":"] {
        if let Some(rest) = before.strip_suffix(link) {
            before = rest.trim_ascii_end();
            break;
        }
    }
    // `name: Type = value` in typed languages.
    let text = String::from_utf8_lossy(before).into_owned();
    let typed = text.rsplit_once(':').filter(|(head, kind)| {
        let named = head
            .trim_end()
            .ends_with(|last: char| last.is_alphanumeric() || last == '_');
        named && kind.trim().len() < 24 && !kind.contains('"')
    });
    let head = typed.map_or(&*text, |(head, _)| head);
    let head = head.trim_end_matches(['"', '\'', '`', ']', ' ']);
    let name: String = head
        .chars()
        .rev()
        .take_while(|letter| letter.is_alphanumeric() || *letter == '_' || *letter == '-')
        .collect();
    let name: String = name.chars().rev().collect();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> Option<(String, String)> {
        let start = text.find("VALUE").unwrap();
        let found = Literal::around(text.as_bytes(), Span::new(start, start + 5))?;
        let shown = |span: Span| String::from_utf8_lossy(span.of(text.as_bytes())).into_owned();
        Some((shown(found.whole), shown(found.inside)))
    }

    #[test]
    fn literals_are_found_with_their_prefixes() {
        let of = |whole: &str, inside: &str| Some((whole.to_owned(), inside.to_owned()));
        assert_eq!(
            literal("f('x', \"a VALUE b\")"),
            of("\"a VALUE b\"", "a VALUE b")
        );
        assert_eq!(literal("x = f'VALUE'"), of("f'VALUE'", "VALUE"));
        assert_eq!(
            literal(r#"x = "a\"VALUE""#),
            of(r#""a\"VALUE""#, r#"a\"VALUE"#)
        );
        assert_eq!(literal("x = VALUE"), None);
        assert_eq!(literal("x = 'VALUE"), None);
    }

    #[test]
    fn names_stand_before_values() {
        for (text, name) in [
            ("TOKEN = ", "TOKEN"),
            ("  \"apiKey\": ", "apiKey"),
            (":oauth_token => ", "oauth_token"),
            ("const apiToken: string = ", "apiToken"),
            ("token := ", "token"),
            ("  api-token: ", "api-token"),
        ] {
            assert_eq!(
                name_before(text.as_bytes(), text.len()).as_deref(),
                Some(name),
                "{text}"
            );
        }
    }
}
