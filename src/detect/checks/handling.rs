//! How a credential is handled: whether what stands there is code or a remark, a value or only its name.

use super::{Input, Outcome};

/// Refuses what stands in a comment: nobody sends or prints anything there.
pub(super) fn not_comment(input: Input<'_>) -> Outcome {
    let before = before_on_line(&input);
    let head = before.trim_ascii_start();
    const BEGINNINGS: &[&[u8]] = &[
        b"//", b"/*", b"* ", b"#", b"<!--", b"-- ", b";", b"%", b"REM ", b"rem ", b"'''",
        b"\"\"\"", b"{/*",
    ];
    let leads = BEGINNINGS.iter().any(|begin| head.starts_with(begin)) && !head.starts_with(b"#!");
    // The slashes of an address follow a colon.
    let trails = memchr::memmem::find_iter(before, b"//")
        .any(|at| at > 0 && before[at - 1].is_ascii_whitespace())
        || memchr::memmem::find(before, b" # ").is_some();
    if leads || trails {
        Outcome::Failed("in a comment")
    } else {
        Outcome::Unknown
    }
}

/// Refuses a name that only stands in a text, or of which only length, presence or a part is used.
pub(super) fn used_value(input: Input<'_>) -> Outcome {
    let before = before_on_line(&input);
    if let Some((quote, inside)) = open_text(before)
        && !interpolated(before, quote, inside)
    {
        return Outcome::Failed("a text that names it, not its value");
    }
    let after = &input.text[input.span.end.min(input.text.len())..];
    let line_end = memchr::memchr(b'\n', after).unwrap_or(after.len());
    let rest = &after[..line_end];
    if passed_on(rest) {
        return Outcome::Failed("passed on to a command or a file, not shown");
    }
    if asks_about(rest) {
        return Outcome::Failed("only asks whether it is there, or for a part of it");
    }
    const HIDING: &[&str] = &[
        "mask",
        "redact",
        "obfus",
        "hash",
        "sha1",
        "sha256",
        "hmac",
        "digest",
        "len(",
        "length",
        "bool(",
        "boolean(",
        "typeof",
        "!!",
        "type(",
        "isset",
        "empty",
        "defined",
        "trunc",
        "last4",
        "last_four",
        "scrub",
        "censor",
        "hide",
        "exists",
        "present",
        "missing",
        "invalid",
        "fingerprint",
        "encrypt",
        "count(",
        "strlen",
        "if ",
        "unless ",
        "sanitize",
        "filter",
    ];
    let call = &before[before.len().saturating_sub(60)..];
    let near = call.to_ascii_lowercase();
    if HIDING
        .iter()
        .any(|word| memchr::memmem::find(&near, word.as_bytes()).is_some())
    {
        return Outcome::Failed("its value is hidden or not used");
    }
    Outcome::Unknown
}

fn before_on_line<'a>(input: &Input<'a>) -> &'a [u8] {
    let end = input.span.start.min(input.text.len());
    let low = end.saturating_sub(2048);
    let start = memchr::memrchr(b'\n', &input.text[low..end]).map_or(low, |at| low + at + 1);
    &input.text[start..end]
}

/// The quote of the text that is open at the end of `line`, and where the text begins.
fn open_text(line: &[u8]) -> Option<(u8, usize)> {
    let mut open: Option<(u8, usize)> = None;
    let mut at = 0;
    while at < line.len() {
        match (line[at], open) {
            (b'\\', _) => at += 1,
            (byte, Some((quote, _))) if byte == quote => open = None,
            // An apostrophe within a word is none of these.
            (b'\'', None)
                if at > 0 && line[at - 1].is_ascii_alphanumeric() && !is_prefix(line, at) => {}
            (byte @ (b'"' | b'\'' | b'`'), None) => open = Some((byte, at + 1)),
            _ => {}
        }
        at += 1;
    }
    open
}

/// Whether the letters before a quote mark a kind of text: `f'…'`, `rb'…'`.
fn is_prefix(line: &[u8], quote: usize) -> bool {
    let start = line[..quote]
        .iter()
        .rposition(|byte| !byte.is_ascii_alphanumeric())
        .map_or(0, |at| at + 1);
    quote - start <= 2
        && line[start..quote]
            .iter()
            .all(|byte| matches!(byte | 0x20, b'f' | b'r' | b'b' | b'u'))
}

/// Whether what stands at the end of `line` is a variable within the text that begins at `inside`.
fn interpolated(line: &[u8], quote: u8, inside: usize) -> bool {
    let text = &line[inside..];
    let directly = quote != b'\'' && (text.ends_with(b"$") || text.ends_with(b"$this->"));
    let Some(open) = memchr::memrchr(b'{', text) else {
        return directly;
    };
    if text[open..].contains(&b'}') {
        return directly;
    }
    let marked = open > 0 && matches!(text[open - 1], b'$' | b'#');
    let before = &line[..inside.saturating_sub(1)];
    let formatted = before
        .iter()
        .rev()
        .take(3)
        .any(|byte| matches!(byte, b'f' | b'F' | b'$' | b'('));
    marked || (formatted && text.get(open + 1) != Some(&b' '))
}

/// Whether what a shell command prints goes into another one, or into a file.
fn passed_on(after: &[u8]) -> bool {
    let pipe = memchr::memmem::find(after, b" | ").is_some();
    let file = memchr::memmem::find_iter(after, b" >")
        .any(|at| !matches!(after.get(at + 2), Some(b'&' | b'=')));
    pipe || file
}

/// Whether what follows a name asks about it instead of using its value.
fn asks_about(after: &[u8]) -> bool {
    let after = after.trim_ascii_start();
    const QUESTIONS: &[&str] = &[
        ":+", ".len", ".size", ".slice", ".substr", ".sub", ".present", ".blank", ".nil", ".empty",
        ".is_", ".isempty", ".isnull", ".starts", ".ends", ".index", ".count", ".length", ".first",
        ".last", ".id", ".name", ".type", ".expir", ".created", "[:", "[0", "[-", "[1", "[..",
        "? ", "==", "!=", "is ", "=>", "?:", "(", "_", "[\"id", "&& ", "and ", "||", "?.length",
        "?.slice", "?.substr",
    ];
    let head = after[..after.len().min(12)].to_ascii_lowercase();
    QUESTIONS
        .iter()
        .any(|question| head.starts_with(question.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Span;

    fn refuses(check: fn(Input<'_>) -> Outcome, line: &str, place: &str) -> bool {
        let start = line.rfind(place).unwrap();
        let span = Span::new(start, start + place.len());
        let input = Input {
            value: place.as_bytes(),
            text: line.as_bytes(),
            span,
        };
        matches!(check(input), Outcome::Failed(_))
    }

    #[test]
    fn remarks_are_no_code() {
        for line in ["# x", "  // x", " * x", "f() // x", "a = 1 # x", "<!-- x"] {
            assert!(refuses(not_comment, line, "x"), "{line}");
        }
        for line in ["x", "get('http://a/x')", "#!/bin/sh x", "a x"] {
            assert!(!refuses(not_comment, line, "x"), "{line}");
        }
    }

    #[test]
    fn a_name_in_a_text_is_not_its_value() {
        for line in [
            r#"print("the tok is missing")"#,
            r#"console.log('no tok set')"#,
            r#"print(f"no tok {x}")"#,
            "print(len(tok))",
            "log(mask(tok))",
            "log(tok ? 'set' : 'not set')",
            "log(tok.length)",
            "print(tok[:4])",
            "log(!!tok)",
            r#"puts "don't print tok here""#,
        ] {
            assert!(refuses(used_value, line, "tok"), "{line}");
        }
        for line in [
            "print(tok)",
            "console.log('x', tok)",
            "console.log(`x ${tok}`)",
            r##"puts "x #{tok}""##,
            r#"print(f"x {tok}")"#,
            r#"echo "using $tok""#,
            r#"println!("{tok}")"#,
            r#"Console.WriteLine($"x {tok}")"#,
            r#"logger.info("x %s", tok)"#,
        ] {
            assert!(!refuses(used_value, line, "tok"), "{line}");
        }
    }
}
