//! Values that stand for a secret and are none: placeholders, examples, references to where the secret really is.

use super::random::{Classes, scrambled};
use super::words::PLACEHOLDER_WORDS;
use aho_corasick::AhoCorasick;
use std::sync::LazyLock;

/// What a reference to a secret that is kept elsewhere contains.
static REFERENCES: LazyLock<AhoCorasick> = LazyLock::new(|| {
    literals(
        "process.env os.environ getenv env[ env. env( environ[ import.meta secrets. secretkeyref vault: \
     !vault $ansible_vault op:// arn:aws ssm: keyring enc[aes projects/ keyvault fromjson sops: lookup( get_secret getsecret data. var. \
     local. config. settings. self. this. params[ request. std::env dotenv ://vault secretsmanager parameterstore",
    )
});
/// Signs of templates and of substitution. A key of all signs holds them by chance.
static TEMPLATE_SIGNS: LazyLock<AhoCorasick> =
    LazyLock::new(|| literals("${ {{ }} #{ <% %> $( $(( {% [["));
/// What placeholders contain, wherever it stands.
static PLACEHOLDERS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    literals(
        "example placeholder changeme change-me change_me replaceme replace_me replace-me redacted yourtoken yourkey yourpass your_ your- \
     yoursecure yourstrong yoursuper yoursecret yourown yourdb yourjwt yourapi yourcomm youraccess yourauth yourclient yourapp \
     suasenha sua_senha sua-senha seu_token seutoken sua_chave suachave tucontrase tu_contrase tu-contrase tuclave tu_clave tu_token tu_api votremot votre_ votre- mot-de-passe mot_de_passe dein_ ihr_passwort deinpasswort \
     _here -here insertyour notreal not_real not-real dummy xxxx fake_ fake- -fake _fake sample_ sample- -sample _sample deadbeef \
     deadc0de badc0ffee 0123456789 1234567890 abcdefgh loremipsum todo_ foobar ... … 1a2b3c4d a1b2c3d4 0000-0000",
    )
});

/// A search for all words of a list at once, without regard to case.
fn literals(words: &str) -> AhoCorasick {
    // Only too many patterns can fail, and these are few.
    #[allow(clippy::expect_used)]
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(words.split_ascii_whitespace())
        .expect("a short list of short words")
}

/// Why `value` is no secret; `None` when nothing speaks against it.
pub(super) fn reason(value: &[u8]) -> Option<&'static str> {
    if value.is_empty() {
        return Some("empty");
    }
    if between_literals(value) {
        return Some("looks like code");
    }
    if in_another_script(value) {
        return Some("words of another script");
    }
    reference(value)
        .or_else(|| filler(value))
        .or_else(|| placeholder_words(value))
}

/// `"…" + name + "…"`, `'…' . $name . '…'`: what stands between two literals that are joined.
fn between_literals(value: &[u8]) -> bool {
    let mut value = value.trim_ascii();
    // The first half alone, cut at the next quote: `"+conf[`.
    if let [b'"' | b'\'', b'+' | b'.' | b'&', first, ..] = value
        && (first.is_ascii_alphabetic() || matches!(first, b'$' | b'_'))
    {
        return true;
    }
    if let [b'"' | b'\'', inside @ .., b'"' | b'\''] = value {
        value = inside.trim_ascii();
    }
    let [first @ (b'+' | b'.' | b'&'), inside @ .., last] = value else {
        return false;
    };
    let inside = inside.trim_ascii();
    let name = inside.strip_prefix(b"$").unwrap_or(inside);
    let word = name
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_');
    first == last && !name.first().is_none_or(u8::is_ascii_digit) && word.count() >= 2
}

/// Whether letters of a script that is neither Latin nor Greek stand in it (U+0400 and on, in UTF-8 or as `\u5bc6`): nobody types those where a password is asked for.
fn in_another_script(value: &[u8]) -> bool {
    value
        .windows(2)
        .any(|pair| pair[0] >= 0xD0 && (0x80..0xC0).contains(&pair[1]))
        || memchr::memmem::find_iter(value, b"\\u").any(|at| {
            let digits = value.get(at + 2..at + 6);
            let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
            digits.is_some_and(|digits| {
                u32::from_str_radix(digits, 16).is_ok_and(|code| code >= 0x400)
            })
        })
}

/// `{digest}`, as format strings have it.
fn word_in_braces(value: &[u8]) -> bool {
    value.split(|byte| *byte == b'{').skip(1).any(|rest| {
        let word = rest
            .iter()
            .take_while(|byte| byte.is_ascii_lowercase() || **byte == b'_')
            .count();
        word >= 3 && rest.get(word) == Some(&b'}')
    })
}

/// `@NAME@`, as tools that configure sources fill it in.
fn filled_in(value: &[u8]) -> bool {
    value.split(|byte| *byte == b'@').skip(1).any(|rest| {
        let word = rest
            .iter()
            .take_while(|byte| byte.is_ascii_uppercase() || **byte == b'_');
        rest.len() >= 4 && word.count() == rest.len()
    }) && value.iter().filter(|byte| **byte == b'@').count() >= 2
}

/// Whether a value refers to a secret that is kept elsewhere, or is filled in later.
fn reference(value: &[u8]) -> Option<&'static str> {
    const STARTS: &[&str] = &[
        "$",
        "%(",
        "<",
        "@",
        "&",
        "*",
        "{",
        "%{",
        "!ref",
        "!sub",
        "!env",
        "!encrypted/",
        "[",
        "ref+",
        "env:",
        "file:",
        "\\(",
        "%~",
    ];
    if REFERENCES.is_match(value) {
        return Some("a reference or template");
    }
    // Two of them in a row hardly stand in a key by chance, and neither does a word in braces.
    if contains(value, "{{")
        || contains(value, "%7b%7b")
        || contains(value, "%24%7b")
        || contains(value, "${")
        || word_in_braces(value)
        || filled_in(value)
    {
        return Some("a reference or template");
    }
    if scrambled(value) {
        return None;
    }
    if STARTS.iter().any(|start| starts_with(value, start)) && opens_reference(value) {
        return Some("a reference or template");
    }
    if value.len() > 2 && value[0] == b'%' && value[value.len() - 1] == b'%' {
        return Some("a reference or template");
    }
    // `user:$PASSWORD`
    if let Some(at) = memchr::memmem::find(value, b":$")
        && name_like(&value[at + 2..])
    {
        return Some("a reference or template");
    }
    if matches!(
        value,
        [b'_', b'_', .., b'_', b'_'] | [b'@', b'@', ..] | [.., b'@', b'@']
    ) {
        return Some("a reference or template");
    }
    if encrypted_elsewhere(value) {
        return Some("a reference or template");
    }
    TEMPLATE_SIGNS
        .is_match(value)
        .then_some("a reference or template")
}

/// `NACL[…]`, `ENC(…)`: what a tool has encrypted, and decrypts where it is used.
fn encrypted_elsewhere(value: &[u8]) -> bool {
    let word = value
        .iter()
        .take_while(|byte| byte.is_ascii_uppercase())
        .count();
    (3..=8).contains(&word)
        && matches!(
            (value.get(word), value.last()),
            (Some(b'['), Some(b']')) | (Some(b'('), Some(b')'))
        )
}

/// A value that begins with a sign of a reference is one if it goes on like one: `$NAME`, `<name>`, `{name}`, `@name`, `&anchor`, `*alias`.
fn opens_reference(value: &[u8]) -> bool {
    let rest = &value[1..];
    match value[0] {
        b'<' => rest.contains(&b'>'),
        // `{settings["…` is cut at the quote.
        b'{' => rest.contains(&b'}') || rest.strip_suffix(b"[").is_some_and(name_like),
        b'[' => rest.contains(&b']'),
        b'$' => {
            // `pass=$OPTARG;;`: the end of the statement.
            let end = rest.iter().rposition(|byte| *byte != b';');
            let rest = &rest[..end.map_or(0, |at| at + 1)];
            rest.is_empty()
                || rest[0] == b'{'
                || rest[0] == b'('
                // A crypt hash begins with `$` as well, but with a digit or a method and another `$`.
                || (name_like(rest) && !rest.contains(&b'$'))
                // `$__file{path}` of Grafana.
                || rest.starts_with(b"__") && rest.contains(&b'{')
                // `$$NAME` of a Makefile.
                || rest.strip_prefix(b"$").is_some_and(name_like)
        }
        b'%' => rest
            .first()
            .is_some_and(|byte| matches!(byte, b'(' | b'{' | b'~')),
        b'@' | b'&' | b'*' => name_like(rest) && !rest.iter().any(u8::is_ascii_digit),
        _ => true,
    }
}

fn name_like(text: &[u8]) -> bool {
    text.first()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
        && text.iter().all(|byte| {
            byte.is_ascii_alphanumeric()
                || matches!(
                    byte,
                    b'_' | b'.' | b'-' | b'[' | b']' | b'>' | b':' | b'\'' | b'"'
                )
        })
}

/// Whether the characters only fill the place: repeats, runs, `***`.
fn filler(value: &[u8]) -> Option<&'static str> {
    let classes = Classes::of(value);
    if classes.distinct <= 2 && value.len() >= 4 {
        return Some("one or two characters repeated");
    }
    if value.windows(4).any(|run| run == b"****") {
        return Some("a character repeated");
    }
    if value.len() >= 16 && classes.distinct * 5 <= value.len() && classes.distinct < 9 {
        return Some("too few different characters");
    }
    // Of sixteen digits, 32 random ones leave out eight once in 300,000 times.
    let hex = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b'-';
    if value.len() >= 32
        && value.iter().all(hex)
        && classes.distinct - usize::from(value.contains(&b'-')) <= 8
    {
        return Some("too few different characters");
    }
    let mut same = 1;
    let mut most_same = 1;
    let mut ascending = 1;
    let mut most_ascending = 1;
    for pair in value.windows(2) {
        same = if pair[0] == pair[1] { same + 1 } else { 1 };
        let step = pair[1]
            .to_ascii_lowercase()
            .wrapping_sub(pair[0].to_ascii_lowercase());
        let wraps = pair[0] == b'9' && matches!(pair[1], b'0' | b'a' | b'A');
        ascending = if (step == 1 && pair[1].is_ascii_alphanumeric()) || wraps {
            ascending + 1
        } else {
            1
        };
        most_same = most_same.max(same);
        most_ascending = most_ascending.max(ascending);
    }
    // A run of six equal characters turns up in one of a million random tokens of 32, an ascending run of eight in none.
    if most_same >= 6
        || (most_same >= 4
            && value.len() < 24
            && matches!(
                value.iter().find(|byte| run_of(value, **byte, 4)),
                Some(b'x' | b'X' | b'*' | b'.' | b'0' | b'-' | b'_' | b'#')
            ))
    {
        return Some("a character repeated");
    }
    if (most_ascending >= 8 && most_ascending * 4 > value.len())
        || (most_ascending >= 6 && value.len() <= 12 && most_ascending * 2 > value.len() + 2)
    {
        return Some("a sequence such as 12345678");
    }
    if value.len() >= 16 && counts(value) {
        return Some("digits that count up or down");
    }
    if value.len() >= 16 && periodic(value) {
        return Some("a short piece repeated");
    }
    None
}

fn run_of(value: &[u8], byte: u8, len: usize) -> bool {
    value
        .windows(len)
        .any(|window| window.iter().all(|other| *other == byte))
}

/// Whether hex digits are bytes that follow one another upwards or downwards, as in test vectors: `000102…`, `fedcba98…`.
fn counts(value: &[u8]) -> bool {
    if !value.iter().all(u8::is_ascii_hexdigit) {
        return false;
    }
    let mostly = |width: usize| {
        let numbers: Vec<Option<i32>> = value
            .chunks_exact(width)
            .map(|piece| i32::from_str_radix(std::str::from_utf8(piece).ok()?, 16).ok())
            .collect();
        let mut steps = [0usize; 2];
        for pair in numbers.windows(2) {
            let (Some(first), Some(second)) = (pair[0], pair[1]) else {
                return false;
            };
            match second - first {
                1 => steps[0] += 1,
                -1 => steps[1] += 1,
                _ => {}
            }
        }
        steps.iter().any(|same| same * 4 >= (numbers.len() - 1) * 3)
    };
    mostly(1) || mostly(2)
}

/// Whether the value is a piece of at most eight characters, written again and again.
fn periodic(value: &[u8]) -> bool {
    (1..=8).any(|period| {
        value.len() >= period * 3 && value.iter().zip(&value[period..]).all(|(a, b)| a == b)
    })
}

/// `Test@123`, `Password123!`: a word of placeholders with what forms ask for, a sign and digits. Such a one opens doors as well.
pub(super) fn is_decorated(value: &[u8]) -> bool {
    let mut words = value.split(|byte| !byte.is_ascii_alphabetic());
    let word = words.next().unwrap_or_default();
    let rest = &value[word.len()..];
    let digits = rest.iter().filter(|byte| byte.is_ascii_digit()).count();
    let sign = |byte: &u8| matches!(byte, b'@' | b'#' | b'$' | b'!');
    digits >= 3
        && rest.iter().any(sign)
        && rest.iter().all(|byte| byte.is_ascii_digit() || sign(byte))
        && PLACEHOLDER_WORDS.has(word)
}

/// A run of digits with a letter or two before or behind it, as sites ask for that want both.
pub(super) fn is_padded(value: &[u8]) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let signs = |byte: &u8| matches!(byte, b'@' | b'#' | b'!' | b'$' | b'.');
    let letters: Vec<u8> = value
        .iter()
        .copied()
        .filter(u8::is_ascii_alphabetic)
        .collect();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || signs(byte);
    (6..=16).contains(&value.len())
        && (4..=9).contains(&digits)
        && (1..=8).contains(&letters.len())
        && value.iter().all(plain)
        && !PLACEHOLDER_WORDS.has(&letters)
        && !contains(&letters, "xx")
        && !(value.iter().all(u8::is_ascii_hexdigit) && value.len() > 10)
        && value.split(|byte| !byte.is_ascii_digit()).any(|run| {
            run.len() >= 4
                && run
                    .windows(2)
                    .all(|pair| pair[1].wrapping_sub(pair[0]) == 1)
        })
}

/// Words that say "put yours here", when they stand for themselves: a random token of 32 characters contains a *given* word of four letters with
/// p = 3e-5, so they must be delimited or be the greater part.
fn placeholder_words(value: &[u8]) -> Option<&'static str> {
    if PLACEHOLDERS.is_match(value) {
        // Four x or a sequence can be chance in a very long value; a word of seven letters cannot.
        return Some("a placeholder");
    }
    let mut words = 0;
    let mut known = 0;
    let mut known_letters = 0;
    for word in value
        .split(|byte| !byte.is_ascii_alphabetic())
        .filter(|word| !word.is_empty())
    {
        words += 1;
        if PLACEHOLDER_WORDS.has(word) {
            known += 1;
            known_letters += word.len();
        }
    }
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    if is_decorated(value) {
        return None;
    }
    (words > 0 && words == known && digits <= 3 && known_letters * 2 >= value.len())
        .then_some("made of words that name a secret")
}

/// Caseless `starts_with`.
pub(super) fn starts_with(value: &[u8], start: &str) -> bool {
    value
        .get(..start.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()))
}

/// Caseless `contains`; `part` is lower case.
pub(super) fn contains(value: &[u8], part: &str) -> bool {
    let part = part.as_bytes();
    value.len() >= part.len()
        && value
            .windows(part.len())
            .any(|window| window.eq_ignore_ascii_case(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::example::Generator;

    #[test]
    fn placeholders_are_seen() {
        for value in [
            "<token>",
            "<YOUR OAUTH TOKEN>",
            "${TOKEN}",
            "$TOKEN",
            "$__file{/run/secrets/db}",
            "{{ token }}",
            "#{token}",
            "%s%s%s%s",
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "****************",
            "12345678901234567890123456789012",
            "INVOCA_API_KEY_HERE",
            "my-secret-token",
            "YOUR_TOKEN_HERE_1234567890abcdef",
            "process.env.INVOCA_TOKEN",
            "os.environ['X']",
            "abcdefghijklmnopqrstuvwxyz012345",
            "0123456789abcdef0123456789abcdef",
            "REDACTED",
            "AKIAIOSFODNN7EXAMPLE",
            "op://vault/item/field",
            "%TOKEN%",
            "__TOKEN__",
            "abc123abc123abc123abc123abc123",
            "[REDACTED]",
            "$$MAKE_VARIABLE",
            "%~dp0",
            "@@NAME",
            "b35c9****737e5b80",
            "\" . $row . \"",
            "+code+",
            "密码在这里",
            "\\u8bbf\\u95ee\\u4ee4\\u724c",
            "YourSecurePassword123!",
            "sua_senha",
            "808182838485868788898a8b8c8d8e8f",
            "fedcba9876543210fedcba9876543210",
        ] {
            assert!(reason(value.as_bytes()).is_some(), "{value}");
        }
    }

    #[test]
    fn random_tokens_are_not() {
        let mut generator = Generator::new(3);
        let mut wrong = 0;
        for _ in 0..20_000 {
            let token = generator.chars("base64url", 32).unwrap();
            wrong += usize::from(reason(token.as_bytes()).is_some());
        }
        assert!(
            wrong <= 10,
            "{wrong} of 20,000 random tokens were taken for placeholders"
        );
    }
}
