//! Passwords in the files that programs keep them in: as they are, in base64, or made unreadable in a way that anybody can undo.

use super::hashes::is_marked_hash;
use super::{Generator, Input, Outcome};
use crate::detect::assign::Quote;
use crate::detect::decode::{base64, encode_base64};
use crate::detect::placeholder;
use crate::detect::random::{Classes, entropy};
use crate::detect::words::COMMON_PASSWORDS;
use memchr::memmem;

/// A password in a file made for it. Its place is proof, so that it may be a word; only what examples use is none, and a hash is worth less.
pub(super) fn stored_password(input: Input<'_>) -> Outcome {
    judge(input.value)
}

fn judge(password: &[u8]) -> Outcome {
    let space = |byte: &u8| byte.is_ascii_whitespace() || byte.is_ascii_control();
    if password.iter().any(space) {
        return Outcome::Failed("a sentence");
    }
    if crate::detect::chosen::names_a_credential(password) {
        return Outcome::Failed("the name of a credential");
    }
    phrase(password, 4)
}

/// The name of a password of a wireless network: 8 to 63 signs, blanks among them, or 64 hex digits.
pub(super) fn wifi_password(input: Input<'_>) -> Outcome {
    if input.value.iter().any(u8::is_ascii_control) {
        return Outcome::Failed("control characters");
    }
    if crate::detect::code::is_code(input.value, Quote::Bare) {
        return Outcome::Failed("looks like code");
    }
    let words = input.value.split(|byte| *byte == b' ');
    let lower = |word: &[u8]| word.iter().all(u8::is_ascii_lowercase);
    match phrase(input.value, 8) {
        // It may be a phrase that somebody chose, or one that an example uses.
        Outcome::Unknown if words.clone().count() >= 3 && words.clone().all(lower) => Outcome::Weak,
        other => other,
    }
}

fn phrase(password: &[u8], shortest: usize) -> Outcome {
    if password.len() < shortest {
        return Outcome::Failed("too short");
    }
    if is_marked_hash(password) {
        return Outcome::Weak;
    }
    if let Some(reason) = placeholder::reason(password) {
        return Outcome::Failed(reason);
    }
    if COMMON_PASSWORDS.has(password) {
        return Outcome::Failed("a word that examples use");
    }
    let classes = Classes::of(password);
    if classes.distinct < 3 || (classes.digit == password.len() && password.len() < 6) {
        return Outcome::Failed("too simple for a password");
    }
    Outcome::Unknown
}

/// A password in base64 (FileZilla, npm, LDIF).
pub(super) fn base64_password(input: Input<'_>) -> Outcome {
    let Some(decoded) = base64(input.value) else {
        return Outcome::Failed("not base64");
    };
    match std::str::from_utf8(&decoded) {
        Ok(text) if !text.contains(char::is_control) => judge(&decoded),
        _ => Outcome::Failed("decodes to no text"),
    }
}

pub(super) fn example_base64_password(prefix: &str, generator: &mut Generator) -> String {
    let password = generator.chars("base62", 11).unwrap_or_default();
    format!("{prefix}{}", encode_base64(password.as_bytes()))
}

/// What Cisco's type 7 adds to the bytes of a password, beginning at the place that the first two digits name.
const CISCO: &[u8; 53] = b"dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87";

/// A password of Cisco's type 7, which is undone by a table that everybody has.
pub(super) fn cisco_7(input: Input<'_>) -> Outcome {
    let value = input.value;
    let number = |pair: &[u8], radix| {
        let text = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(text, radix).ok()
    };
    let Some(seed) = value.get(..2).and_then(|pair| number(pair, 10)) else {
        return Outcome::Failed("no type 7 password");
    };
    let bytes: Option<Vec<u8>> = value[2..].chunks(2).map(|pair| number(pair, 16)).collect();
    let Some(bytes) = bytes.filter(|bytes| bytes.len() >= 3 && value.len().is_multiple_of(2))
    else {
        return Outcome::Failed("no type 7 password");
    };
    let key = CISCO.iter().cycle().skip(usize::from(seed));
    let plain: Vec<u8> = bytes
        .iter()
        .zip(key)
        .map(|(byte, key)| byte ^ key)
        .collect();
    if !plain.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        return Outcome::Unknown;
    }
    match judge(&plain) {
        Outcome::Unknown => Outcome::Passed,
        other => other,
    }
}

pub(super) fn example_cisco_7(prefix: &str, generator: &mut Generator) -> String {
    let password = generator.chars("base62", 10).unwrap_or_default();
    let seed = generator.below(16);
    let key = CISCO.iter().cycle().skip(seed);
    let hex: String = password
        .bytes()
        .zip(key)
        .map(|(byte, key)| format!("{:02X}", byte ^ key))
        .collect();
    format!("{prefix}{seed:02}{hex}")
}

/// The alphabet of Juniper's `$9$`, in four families; a sign's family says how many random signs follow the first.
const JUNIPER: [&[u8]; 4] = [
    b"QzF3n6/9CAtpu0O",
    b"B1IREhcSyrleKvMW8LXx",
    b"7N-dVbwsY2g4oaJZGUDj",
    b"iHkq.mPf5T",
];
/// What the gaps between signs count, by the place of the byte.
const WEIGHTS: [&[usize]; 7] = [
    &[1, 4, 32],
    &[1, 16, 32],
    &[1, 8, 32],
    &[1, 64],
    &[1, 32],
    &[1, 4, 16, 128],
    &[1, 32, 64],
];

/// A password behind Juniper's `$9$`, which is undone by tables that everybody has.
pub(super) fn juniper_9(input: Input<'_>) -> Outcome {
    let alphabet = JUNIPER.concat();
    let place = |byte: &u8| alphabet.iter().position(|other| other == byte);
    let body = input.value.strip_prefix(b"$9$").unwrap_or_default();
    let places: Option<Vec<usize>> = body.iter().map(place).collect();
    match places {
        Some(places) if places.len() > 4 => match juniper_plain(&places) {
            Some(plain) if plain.iter().all(|byte| (b' '..=b'~').contains(byte)) => Outcome::Passed,
            _ => Outcome::Unknown,
        },
        _ => Outcome::Failed("no $9$ password"),
    }
}

/// The password behind signs, given by their places in the alphabet; `None` where they do not come out even.
fn juniper_plain(places: &[usize]) -> Option<Vec<u8>> {
    let lens = JUNIPER.map(<[u8]>::len);
    let (first, rest) = places.split_first()?;
    let end_of = |family: usize| lens[..=family].iter().sum::<usize>();
    let family = (0..4).find(|family| *first < end_of(*family))?;
    let signs = end_of(3);
    let mut rest = rest.get(3 - family..)?;
    let mut before = *first;
    let mut plain = Vec::new();
    while !rest.is_empty() {
        let weights = WEIGHTS[plain.len() % WEIGHTS.len()];
        let (group, others) = rest.split_at_checked(weights.len())?;
        let mut byte = 0;
        for (at, weight) in group.iter().zip(weights) {
            byte += (at + 2 * signs - before - 1) % signs * weight;
            before = *at;
        }
        plain.push((byte % 256) as u8);
        rest = others;
    }
    Some(plain)
}

/// The private half of a PuTTY key; one that is encrypted is of little worth without its passphrase.
pub(super) fn putty_key(input: Input<'_>) -> Outcome {
    let before = &input.text[input.span.start.saturating_sub(8192)..input.span.start];
    let from = memmem::rfind(before, b"PuTTY-User-Key-File-").unwrap_or(0);
    let clear = memmem::find(&before[from..], b"Encryption: none").is_some();
    let body: Vec<u8> = input
        .value
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    match base64(&body) {
        Some(bytes) if bytes.len() >= 16 && entropy(&bytes) > 3.0 => {
            if clear {
                Outcome::Unknown
            } else {
                Outcome::Weak
            }
        }
        _ => Outcome::Failed("no key inside"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Span;

    fn run(check: fn(Input<'_>) -> Outcome, value: &str) -> Outcome {
        let text = value.as_bytes();
        let span = Span::new(0, text.len());
        check(Input {
            value: text,
            text,
            span,
        })
    }

    #[test]
    fn type_7_is_undone() {
        // Cisco's own example: `cisco`.
        let undone = run(cisco_7, "121A0C041104");
        assert_eq!(undone, Outcome::Passed);
        let made = example_cisco_7("", &mut Generator::new(1));
        assert_eq!(run(cisco_7, &made), Outcome::Passed);
        assert_ne!(run(cisco_7, "0700FFFFFFFFFFFF"), Outcome::Passed);
        assert!(matches!(run(cisco_7, "0701020"), Outcome::Failed(_)));
    }

    #[test]
    fn juniper_is_undone() {
        let alphabet = JUNIPER.concat();
        let places = |text: &str| -> Vec<usize> {
            let place = |byte| alphabet.iter().position(|other| *other == byte);
            text.bytes().filter_map(place).collect()
        };
        assert_eq!(juniper_plain(&places("LbHX-wg4Z")).unwrap(), b"lc");
        assert_eq!(run(juniper_9, "$9$LbHX-wg4Z"), Outcome::Passed); // invoca-scan:allow made up
        assert!(matches!(run(juniper_9, "$9$ab!"), Outcome::Failed(_)));
    }

    #[test]
    fn words_are_passwords_where_a_program_keeps_them() {
        for password in ["correcthorse", "Summer", "19841203", "a-b-c-d"] {
            assert_eq!(
                run(stored_password, password),
                Outcome::Unknown,
                "{password}"
            );
        }
        for none in [
            "password",
            "<password>",
            "${PASS}",
            "xxxxxxxx",
            "1234",
            "changeme",
        ] {
            assert!(
                matches!(run(stored_password, none), Outcome::Failed(_)),
                "{none}"
            );
        }
    }
}
