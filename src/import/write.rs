//! What was taken over, as text of a configuration.

use super::{Taken, TakenAllow};
use std::fmt::Write as _;

/// A text as TOML: as it is where that is possible, so that regexes stay readable.
pub(super) fn quoted(text: &str) -> String {
    let plain = |sign: char| sign != '\'' && (sign == '\t' || !sign.is_control());
    if text.chars().all(plain) && text.contains(['\\', '"']) {
        return format!("'{text}'");
    }
    let literal = !text.contains("'''") && !text.ends_with('\'');
    if literal && text.contains('\\') && text.chars().all(|sign| plain(sign) || sign == '\'') {
        return format!("'''{text}'''");
    }
    let mut out = String::from("\"");
    for sign in text.chars() {
        match sign {
            '"' | '\\' => {
                out.push('\\');
                out.push(sign);
            }
            '\n' => out.push_str("\\n"),
            sign if sign.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(sign));
            }
            sign => out.push(sign),
        }
    }
    out.push('"');
    out
}

/// A list of texts as TOML.
pub(super) fn list(texts: &[String]) -> String {
    let all: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", all.join(", "))
}

fn allow(entry: &TakenAllow) -> String {
    let mut out = String::from("[[allow]]\n");
    let fields = [
        ("rules", &entry.rules),
        ("paths", &entry.paths),
        ("patterns", &entry.patterns),
        ("commits", &entry.commits),
    ];
    for (name, values) in fields.into_iter().filter(|(_, values)| !values.is_empty()) {
        let _ = writeln!(out, "{name} = {}", list(values));
    }
    let _ = writeln!(out, "reason = {}", quoted(&entry.reason));
    out
}

/// What a configuration says that does the same: what `taken` has, without its old findings.
pub fn own_text(taken: &Taken, sources: &[String]) -> String {
    let mut out = format!("# Taken over from {}.\n", sources.join(", "));
    let top = [
        ("exclude", &taken.exclude),
        ("disable", &taken.disable),
        ("stopwords", &taken.stopwords),
    ];
    for (name, values) in top.into_iter().filter(|(_, values)| !values.is_empty()) {
        let _ = writeln!(out, "{name} = {}", list(values));
    }
    let tables = taken.allow.iter().map(allow);
    for table in tables.chain(taken.rules.iter().map(|rule| rule.text.clone())) {
        let _ = write!(out, "\n{table}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_read_back_as_it_was() {
        for text in [
            "plain",
            "back\\slash",
            "'",
            "it's \\d",
            "'''\\",
            "a\nb\\",
            "tab\t\\",
            "\"\\'",
            "\u{7}",
        ] {
            let table: toml::Table = toml::from_str(&format!("x = {}", quoted(text))).unwrap();
            assert_eq!(table["x"].as_str(), Some(text), "{}", quoted(text));
        }
    }
}
