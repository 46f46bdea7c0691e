//! What may reach a terminal: text from a scanned tree must not move the cursor, colour the screen or turn the reading direction.

/// `text` with control characters (also C1), bidirectional controls and invisible format characters written as `\u{…}`.
pub fn escape_controls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_escaped(&mut out, text);
    out
}

/// Appends `text` to `out`, escaped as by [`escape_controls`].
pub fn push_escaped(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '\t' => out.push_str("    "),
            _ if is_unsafe(character) => out.extend(character.escape_unicode()),
            _ => out.push(character),
        }
    }
}

fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{061C}' | '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_steers_a_terminal() {
        assert_eq!(
            escape_controls("a\x1b[31m\u{202E}b\r"),
            "a\\u{1b}[31m\\u{202e}b\\u{d}"
        );
        assert_eq!(escape_controls("Grüße 😀"), "Grüße 😀");
    }
}
