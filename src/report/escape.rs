//! What each format does with characters that mean something to it.

use std::fmt::Write as _;

/// For the text and the attributes of XML and HTML: markup as entities, and every character that XML cannot hold as U+FFFD.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // As a reference: a parser turns the plain character in an attribute into a blank.
            '\n' | '\r' | '\t' => {
                let _ = write!(out, "&#{};", character as u32);
            }
            '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            _ if character.is_control() => out.push('\u{FFFD}'),
            _ => out.push(character),
        }
    }
    out
}

/// For prose in Markdown, also inside a table: nothing in `text` formats, links, or leaves its cell.
pub(super) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' => out.push(' '),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' => {
                out.push('\\');
                out.push(character);
            }
            _ => out.push(character),
        }
    }
    out
}

/// A name or value in Markdown, as it is: nobody is mentioned, nothing linked.
pub(super) fn markdown_code(text: &str) -> String {
    if text.contains(['`', '\\']) || text.trim() != text {
        return format!(
            "<code>{}</code>",
            xml(text)
                .replace('|', "&#124;")
                .replace('`', "&#96;")
                .replace('\\', "&#92;")
        );
    }
    format!("`{}`", text.replace('|', "\\|"))
}

/// One cell of a CSV table (RFC 4180). A cell that a spreadsheet would take for a formula gets an apostrophe.
pub(super) fn csv(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let text = match formula {
        true => format!("'{text}"),
        false => text.to_owned(),
    };
    if text.contains(['"', ',', '\n', '\r', ';', '\t']) || text.starts_with('\'') {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_cell_or_element() {
        assert_eq!(
            xml("<a b='\u{1b}'>&\n"),
            "&lt;a b=&#39;\u{FFFD}&#39;&gt;&amp;&#10;"
        );
        assert_eq!(markdown("a|b\n<i>"), "a\\|b \\<i\\>");
        assert_eq!(markdown_code("a|b_c"), "`a\\|b_c`");
        assert_eq!(markdown_code("a`<b>"), "<code>a&#96;&lt;b&gt;</code>");
        assert_eq!(csv("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(
            (csv("plain"), csv("a,b")),
            ("plain".into(), "\"a,b\"".into())
        );
    }
}
