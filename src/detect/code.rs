//! Values that are code, or a piece of it, although they stand where a credential would: calls, member accesses, paths, types, patterns, numbers.

use super::assign::Quote;
use super::placeholder::contains;
use super::random::{scrambled, wordiness};

/// Parts that nobody puts into a credential and that code, patterns and rules of validation are full of.
const PARTS: &[&str] = &[
    "://",
    "()",
    "->",
    "::",
    "](",
    "=>",
    "&&",
    "||",
    "{0}",
    "\\u",
    "\\w",
    "\\d",
    "\\s",
    "\\0",
    "a-z",
    "[^",
    "$/",
    "{}",
    "required|",
    "required,",
    "|min:",
    "min=",
    "nullable",
    "===",
    "?.",
    ">=",
    "]=",
    "].",
    "[type=",
    "(?:",
    "\"\"",
    "%2f..",
    "..%2f",
];

/// Whether a value is code: a call, a path, a url, a member access, a type, a format string, a number.
pub(super) fn is_code(value: &[u8], quote: Quote) -> bool {
    if contains(value, "\\x") {
        return true;
    }
    if matches!(quote, Quote::Bare | Quote::Doubtful) && ends_in_call(value) {
        return true;
    }
    // So mixed that no code reads like it.
    if scrambled(value) {
        return false;
    }
    value.starts_with(b"**")
        || value.starts_with(b"!!")
        || value.starts_with(b"urn:")
        || PARTS.iter().any(|part| contains(value, part))
        || ends_format(value)
        || call(value)
        || number(value)
        || names_object(value)
        || grammar_token(value)
        || path_like(value)
        || member_access(value)
        || entry_point(value)
        || (matches!(quote, Quote::Bare | Quote::Doubtful) && bare_code(value))
}

/// `name(…)`.
fn call(value: &[u8]) -> bool {
    value.contains(&b'(')
        && value.contains(&b')')
        && value.first().is_some_and(u8::is_ascii_alphabetic)
}

/// `i[0]?s.decode(i.join(`: a method is called, and its arguments are quoted.
fn ends_in_call(value: &[u8]) -> bool {
    let Some(head) = value.strip_suffix(b"(") else {
        return false;
    };
    let letters = |text: &[u8]| {
        text.iter()
            .rev()
            .take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'_')
            .count()
    };
    let method = letters(head);
    let object = head[..head.len() - method].strip_suffix(b".");
    method >= 3 && object.is_some_and(|object| letters(object) > 0)
}

/// `package.module:Class`, as packages of Python name what they bring along.
fn entry_point(value: &[u8]) -> bool {
    let Some(colon) = memchr::memchr(b':', value) else {
        return false;
    };
    let (module, object) = (&value[..colon], &value[colon + 1..]);
    module.contains(&b'.') && name_like(module) && name_like(object) && !object.contains(&b':')
}

/// What only text without quotes can be: an element, a slice, a sum, a macro, a type with its parameter, the beginning of a call.
fn bare_code(value: &[u8]) -> bool {
    let opens = |signs: &[u8]| {
        value
            .split_last()
            .is_some_and(|(last, head)| signs.contains(last) && head.len() >= 2 && name_like(head))
    };
    let mut halves = value.splitn(2, |byte| *byte == b'{');
    let initialised = value.contains(&b'{') && halves.all(name_like);
    opens(b"([{?")
        || initialised
        || indexed(value)
        || sum(value)
        || negated(value)
        || grammar_rule(value)
        || macro_call(value)
        || markup_type(value)
}

/// `vec![&key`, `format!(`, `include_bytes!(concat!(`.
fn macro_call(value: &[u8]) -> bool {
    let at = value
        .windows(2)
        .position(|pair| matches!(pair, b"![" | b"!(" | b"!{"));
    at.is_some_and(|at| at >= 3 && name_like(&value[..at]))
}

/// `L{bytes}`, `C{str`: a type as documentation of Python writes it.
fn markup_type(value: &[u8]) -> bool {
    let inside = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'.' | b'}');
    matches!(value, [b'A'..=b'Z', b'{', rest @ ..] if rest.len() >= 2 && rest.iter().all(inside))
}

/// A name, or names joined by dots, of words: few digits.
fn name_like(text: &[u8]) -> bool {
    text.first()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
        && text
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':'))
        && text.iter().filter(|byte| byte.is_ascii_digit()).count() * 3 <= text.len()
}

/// `values[1]`, `pw[:-1]`, `set_x[12..13]`, `entry["name"]`.
fn indexed(value: &[u8]) -> bool {
    let Some(open) = value.iter().position(|byte| *byte == b'[') else {
        return false;
    };
    let inside = &value[open + 1..];
    let closed = inside.strip_suffix(b"]");
    let number = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b':' | b'-' | b'.');
    let name = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'.' | b'\'' | b'"');
    open >= 2
        && name_like(&value[..open])
        && (closed.unwrap_or(inside).iter().all(number)
            || closed.is_some_and(|inside| inside.iter().all(name)))
}

/// `pwd+pwd`: names added up.
fn sum(value: &[u8]) -> bool {
    value.contains(&b'+')
        && value
            .split(|byte| *byte == b'+')
            .all(|part| name_like(part) && part.len() <= 24 && !part.iter().any(u8::is_ascii_digit))
        && (wordiness(value).is_some_and(|score| score > -2.0) || {
            let half = value.len() / 2;
            value[..half] == value[value.len() - half..]
        })
}

/// `!0`, `!1,next:…`, `!name`: minified code.
fn negated(value: &[u8]) -> bool {
    matches!(
        value,
        [b'!', b'0' | b'1'] | [b'!', b'0' | b'1', b',' | b'}', ..]
    )
}

/// `1*SAFE`, `*VCHAR`: a rule of a grammar.
fn grammar_rule(value: &[u8]) -> bool {
    let rest = value
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .map_or(&value[..0], |at| &value[at..]);
    matches!(rest, [b'*', name @ ..] if name.len() >= 2 && name.iter().all(u8::is_ascii_uppercase))
}

/// `0xC00D2751`, `0x8803;`, `1.2.840.113549.1.9.7`: a number of a machine's word, or an object's number, a version, an address.
fn number(value: &[u8]) -> bool {
    let plain = value.strip_suffix(b";").unwrap_or(value);
    if let [b'0', b'x' | b'X', digits @ ..] = plain {
        return digits.len() <= 8
            && digits
                .iter()
                .all(|byte| byte.is_ascii_hexdigit() || *byte == b'_');
    }
    value.iter().filter(|byte| **byte == b'.').count() >= 2
        && value
            .iter()
            .all(|byte| byte.is_ascii_digit() || *byte == b'.')
}

/// `_SA_{262E99C9-…}`: an object of Windows, named by its number in braces.
fn names_object(value: &[u8]) -> bool {
    let Some(open) = value.iter().position(|byte| *byte == b'{') else {
        return false;
    };
    value.get(open + 37) == Some(&b'}')
        && value[open + 1..open + 37]
            .iter()
            .all(|byte| byte.is_ascii_hexdigit() || *byte == b'-')
}

/// `keyword.$0`, `type.reserved.$S2`: a token of a highlighter, with a place to fill in.
fn grammar_token(value: &[u8]) -> bool {
    value.split(|byte| *byte == b'$').count() == 2
        && value
            .iter()
            .rposition(|byte| *byte == b'$')
            .is_some_and(|at| {
                at > 2
                    && value.len() - at <= 4
                    && matches!(value[at - 1], b'.' | b'-')
                    && value[..at - 1]
                        .iter()
                        .all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'-'))
            })
}

/// `%s`, `%d` and the like, where no letter follows.
fn ends_format(value: &[u8]) -> bool {
    value.windows(2).enumerate().any(|(at, pair)| {
        pair[0] == b'%'
            && matches!(pair[1], b's' | b'd')
            && !value.get(at + 2).is_some_and(u8::is_ascii_alphanumeric)
    })
}

fn path_like(value: &[u8]) -> bool {
    if value.starts_with(b"/")
        || value.starts_with(b"./")
        || value.starts_with(b"../")
        || value.starts_with(b"~/")
    {
        return value.iter().filter(|byte| **byte == b'/').count() >= 2
            || wordiness(value).is_some_and(|score| score > 0.0);
    }
    const ENDINGS: &[&str] = &[
        ".txt",
        ".json",
        ".yml",
        ".yaml",
        ".pem",
        ".key",
        ".crt",
        ".xml",
        ".html",
        ".php",
        ".py",
        ".js",
        ".ts",
        ".rb",
        ".go",
        ".java",
        ".conf",
        ".cfg",
        ".ini",
        ".properties",
        ".env",
        ".com",
        ".org",
        ".net",
        ".io",
        ".p12",
        ".pfx",
        ".jks",
        ".png",
        ".svg",
        ".css",
        ".md",
        ".csv",
        ".log",
        ".sh",
        ".cs",
        ".h",
        ".c",
        ".rs",
        ".vue",
        ".jsx",
        ".tsx",
        ".asc",
        ".bin",
        ".der",
        ".gpg",
        ".pgp",
        ".rst",
        ".sig",
        ".toml",
    ];
    value.len() > 5
        && ENDINGS.iter().any(|ending| {
            value.len() > ending.len()
                && value[value.len() - ending.len()..].eq_ignore_ascii_case(ending.as_bytes())
        })
}

/// `Word`: a capital and lower case.
pub(super) fn capitalised(word: &[u8]) -> bool {
    word.split_first().is_some_and(|(first, rest)| {
        first.is_ascii_uppercase() && rest.iter().all(u8::is_ascii_lowercase)
    })
}

/// `Juniper.Falcon17`: two words with a capital each and a number, as people make passwords up.
fn numbered_words(value: &[u8]) -> bool {
    let digits = value.iter().rev().take_while(|byte| byte.is_ascii_digit());
    let digits = digits.count();
    let words = value[..value.len() - digits].split(|byte| *byte == b'.');
    let long = |word: &[u8]| word.len() >= 3 && capitalised(word);
    digits >= 2 && words.clone().count() == 2 && words.clone().all(long)
}

/// `user.password`, `config.auth.token`: words joined by dots.
fn member_access(value: &[u8]) -> bool {
    value.contains(&b'.')
        && !numbered_words(value)
        && value.split(|byte| *byte == b'.').all(|part| {
            part.first()
                .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
                && part
                    .iter()
                    .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
                && part.len() <= 24
                && part.iter().filter(|byte| byte.is_ascii_digit()).count() * 3 <= part.len()
        })
        && wordiness(value).is_some_and(|score| score > -2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_code_are_seen() {
        for value in [
            "pw[:-1]",
            "values[1]",
            "argv[3",
            "pwd+pwd",
            "L{bytes",
            "vec![",
            "_call(",
            "base?",
            "!0,range:!0",
            "1*SAFE",
            "0xC00D2751",
            "0x8803;",
            "1.2.840.113549.1.9.7",
            "keyword.$0",
            "set_x[12..13]",
            "src/a/b.pgp",
            "urn:oasis:names",
            "i[0]?s.decode(i.join(",
        ] {
            assert!(is_code(value.as_bytes(), Quote::Bare), "{value}");
        }
    }

    #[test]
    fn credentials_are_not() {
        for value in [
            "hunter2!",
            "kX(9vd",
            "ab{9d[x",
            "Juniper.Falcon17",
            "a+b7Qx/kd92==",
            "p[4]ssw0rd!",
            "qX7#kd92",
            "Tr0ub4dor&3",
            "x9$2kQ",
            "Pa(ss7w",
            "8.kd92.xx",
        ] {
            assert!(!is_code(value.as_bytes(), Quote::Bare), "{value}");
        }
    }
}
