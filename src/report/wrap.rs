//! Text of any length in a space that has one.

/// `text` in lines of at most `width` characters, broken between words, at most `lines` of them; the last one ends with `…` where text is
/// left. A word longer than a line stands alone.
pub(super) fn wrap(text: &str, width: usize, lines: usize) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let full = out.len() == lines;
        match out.last_mut() {
            Some(line) if length(line) + 1 + length(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            Some(line) if full => {
                *line = cut(&format!("{line} …"), width);
                if !line.ends_with('…') {
                    line.push('…');
                }
                return out;
            }
            _ => out.push(word.to_owned()),
        }
    }
    out
}

/// `text`, or its beginning and `…`.
pub(super) fn cut(text: &str, width: usize) -> String {
    if length(text) <= width {
        return text.to_owned();
    }
    let mut out: String = text.chars().take(width.saturating_sub(1)).collect();
    out.push('…');
    out
}

/// A piece of at most `width` characters of `text` in which `mark` is to be seen.
pub(super) fn cut_around(text: &str, mark: &str, width: usize) -> String {
    let text = text.trim();
    let Some(at) = text.find(mark).filter(|_| length(text) > width) else {
        return cut(text, width);
    };
    let before = length(&text[..at]);
    // A third of the space for what stands before the mark, unless that is less.
    let skip = before.saturating_sub(width / 3);
    if skip == 0 {
        return cut(text, width);
    }
    let rest: String = text.chars().skip(skip + 1).collect();
    cut(&format!("…{rest}"), width)
}

/// Characters.
pub(super) fn length(text: &str) -> usize {
    text.chars().count()
}

/// `1 secret`, `2 secrets`, `1,234 files`.
pub fn count(number: u64, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        thousands(number),
        if number == 1 { one } else { many }
    )
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `512 B`, `3.4 kB`, `1.2 GB`.
pub(super) fn bytes(number: u64) -> String {
    let mut value = number as f64;
    let mut units = ["kB", "MB", "GB", "TB"].into_iter();
    let mut unit = None;
    while value >= 999.95 {
        let Some(next) = units.next() else { break };
        unit = Some(next);
        value /= 1000.0;
    }
    match unit {
        None => format!("{number} B"),
        Some(unit) => format!("{value:.1} {unit}"),
    }
}

/// `9 ms`, `1.2 s`, `2 min 3 s`.
pub(super) fn duration(time: std::time::Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 => format!("{} ms", time.as_millis()),
        1..=59 => format!("{:.1} s", time.as_secs_f64()),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// As a word of a POSIX shell.
pub(super) fn quoted(word: &str) -> String {
    let plain = |character: char| character.is_alphanumeric() || "/._-+:@%,=".contains(character);
    if word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn wraps_between_words_and_says_when_text_is_left() {
        assert_eq!(wrap("one two three", 7, 5), ["one two", "three"]);
        assert_eq!(wrap("one two three four", 8, 2), ["one two", "three …"]);
        assert_eq!(wrap("unbreakable word", 4, 3), ["unbreakable", "word"]);
        assert!(wrap("", 10, 2).is_empty());
    }

    #[test]
    fn a_long_line_shows_its_masked_secret() {
        let line = format!("{}abcd********{}", "x".repeat(90), "y".repeat(90));
        let shown = cut_around(&line, "****", 40);
        assert!(shown.contains("abcd********"), "{shown}");
        assert_eq!(length(&shown), 40);
    }

    #[test]
    fn figures_as_people_read_them() {
        assert_eq!(count(1, "file", "files"), "1 file");
        assert_eq!(count(1_234_567, "file", "files"), "1,234,567 files");
        assert_eq!((bytes(999), bytes(1000)), ("999 B".into(), "1.0 kB".into()));
        assert_eq!(bytes(999_990_000), "1.0 GB");
        assert_eq!(duration(Duration::from_millis(1234)), "1.2 s");
        assert_eq!(duration(Duration::from_secs(123)), "2 min 3 s");
    }
}
