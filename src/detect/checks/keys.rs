//! Keys with a structure: AWS key ids, Telegram bots, PEM blocks.

use super::{Generator, Input, Outcome};
use crate::detect::decode::{base64, encode_base64};
use crate::detect::random::{Classes, entropy, looks_like_key, wordiness};
use memchr::memmem;
use std::borrow::Cow;

/// An AWS key id is base 32 behind its four letters and holds the account's number: 40 bits behind the first, of which at most 999,999,999,999 are in use.
pub(super) fn aws_key_id(input: Input<'_>) -> Outcome {
    let Some(body) = input.value.get(4..) else {
        return Outcome::Failed("too short");
    };
    let mut bits: u64 = 0;
    for byte in body.iter().take(10) {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'2'..=b'7' => byte - b'2' + 26,
            // Seen in made-up keys only, but not excluded by the documentation.
            _ => return Outcome::Unknown,
        };
        bits = bits << 5 | u64::from(digit);
    }
    // Fifty bits: the first 48 are the six bytes that hold the account, shifted by seven.
    let account = (bits >> 2 & 0x7FFF_FFFF_FF80) >> 7;
    if account <= 999_999_999_999 {
        Outcome::Passed
    } else {
        Outcome::Unknown
    }
}

/// A Telegram bot's token: the bot's number, a colon, and 35 characters.
pub(super) fn telegram(input: Input<'_>) -> Outcome {
    let Some(colon) = memchr::memchr(b':', input.value) else {
        return Outcome::Failed("no colon");
    };
    let secret = &input.value[colon + 1..];
    if wordiness(secret).is_some_and(|score| score > -2.0) {
        return Outcome::Failed("looks like words");
    }
    if secret.starts_with(b"AA") {
        Outcome::Passed
    } else {
        Outcome::Unknown
    }
}

/// A token whose own structure is proof, as long as it is not all one character.
pub(super) fn structured(input: Input<'_>) -> Outcome {
    if Classes::of(input.value).distinct < 8 {
        Outcome::Failed("too few different characters")
    } else {
        Outcome::Unknown
    }
}

/// A token whose shape turns up by chance in encoded data: it must not be a piece of it.
pub(super) fn no_block(input: Input<'_>) -> Outcome {
    if crate::detect::place::in_block(input.text, input.span) {
        Outcome::Failed("a piece of encoded data")
    } else {
        Outcome::Unknown
    }
}

/// A token behind a short prefix that turns up in ordinary names: it must look random.
pub(super) fn strong_token(input: Input<'_>) -> Outcome {
    let body = match input
        .value
        .iter()
        .rposition(|byte| matches!(byte, b'_' | b'-' | b'.' | b':'))
    {
        Some(at) if input.value.len() - at > 12 => &input.value[at + 1..],
        _ => input.value,
    };
    let classes = Classes::of(body);
    if classes.digit == 0 && wordiness(body).is_some_and(|score| score > -6.0) {
        return Outcome::Failed("looks like words");
    }
    if looks_like_key(body) || (classes.one_case() && classes.digit > 2 && entropy(body) > 3.0) {
        Outcome::Unknown
    } else {
        Outcome::Failed("not random enough")
    }
}

/// A private key in PEM form (RFC 7468), PGP's or OpenSSH's armour: the body must be base64 of some length. One that parses as a key is verified; one that is
/// encrypted is of little worth without its passphrase.
pub(super) fn pem(input: Input<'_>) -> Outcome {
    let Some(head_end) =
        memmem::find(input.value, b"KEY-----").or_else(|| memmem::find(input.value, b"BLOCK-----"))
    else {
        return Outcome::Failed("no header");
    };
    let head = &input.value[..head_end];
    let after = head_end + memmem::find(&input.value[head_end..], b"-----").map_or(0, |at| at + 5);
    let end =
        memmem::find(&input.value[after..], b"-----END").map_or(input.value.len(), |at| after + at);
    let inside = &input.value[after..end];
    let encrypted =
        memmem::find(inside, b"ENCRYPTED").is_some() || memmem::find(head, b"ENCRYPTED").is_some();
    // Its lines were added by a patch.
    let before = input.span.start.checked_sub(1);
    let added = before.is_some_and(|at| input.text[at] == b'+');
    let body = match added {
        true => armoured(&without_marks(inside)),
        false => armoured(inside),
    };
    if body.len() < 40 {
        return Outcome::Failed("no key inside");
    }
    let classes = Classes::of(&body);
    if classes.distinct < 12
        || entropy(&body) < 3.6
        || crate::detect::placeholder::contains(&body, "example")
        || crate::detect::placeholder::contains(&body, "yourprivatekey")
    {
        return Outcome::Failed("a placeholder");
    }
    if wordiness(&body).is_some_and(|score| score > -4.0) {
        return Outcome::Failed("looks like words");
    }
    if encrypted {
        return Outcome::Weak;
    }
    let whole = &body[..body.len() - body.len() % 4];
    match base64(whole) {
        Some(bytes) if bytes.starts_with(b"openssh-key-v1\0") => {
            // The name of the cipher follows, as a string with its length: `none` for a key that is not encrypted.
            if bytes.get(15..23) == Some(b"\0\0\0\x04none") {
                Outcome::Passed
            } else {
                Outcome::Weak
            }
        }
        Some(bytes) if der_sequence(&bytes) => Outcome::Passed,
        // A few lines that parse as nothing are an example cut short.
        _ if body.len() < 150 => Outcome::Failed("too little of a key"),
        _ => Outcome::Unknown,
    }
}

/// The lines of a block without the `+` that a patch puts before each; unchanged where one of them has none.
fn without_marks(inside: &[u8]) -> Cow<'_, [u8]> {
    let mut lines = inside.split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let marked = lines.try_fold(first.to_vec(), |mut all, line| {
        all.push(b'\n');
        all.extend_from_slice(line.strip_prefix(b"+")?);
        Some(all)
    });
    marked.map_or(Cow::Borrowed(inside), Cow::Owned)
}

/// The base64 characters of a block, without line ends in any notation, quotes, joining signs, headers (`Proc-Type: …`) and PGP's checksum.
fn armoured(inside: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(inside.len());
    let mut at = 0;
    let mut line_start = 0;
    while at < inside.len() {
        match inside[at] {
            b'\\' => {
                at += match inside.get(at + 1) {
                    Some(b'n' | b'r' | b't') => 1,
                    _ => 0,
                };
                line_start = body.len();
            }
            b'\n' => line_start = body.len(),
            // What stands before a colon was a header's name, and the rest of its line is its value.
            b':' => {
                body.truncate(line_start);
                let rest = &inside[at..];
                let end = rest
                    .iter()
                    .position(|byte| matches!(byte, b'\n' | b'\\'))
                    .unwrap_or(rest.len());
                at += end;
                continue;
            }
            byte if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/') => body.push(byte),
            // `+` that joins two literals has quotes around it; base64 goes on without.
            _ => {}
        }
        at += 1;
    }
    body
}

/// Whether bytes begin as a DER sequence whose length fits.
fn der_sequence(bytes: &[u8]) -> bool {
    let (len, head) = match bytes {
        [0x30, len, ..] if *len < 0x80 => (usize::from(*len), 2),
        [0x30, 0x81, len, ..] => (usize::from(*len), 3),
        [0x30, 0x82, high, low, ..] => (usize::from(*high) << 8 | usize::from(*low), 4),
        _ => return false,
    };
    // Padding was cut off, so up to two bytes may be missing.
    bytes.len() + 3 >= len + head && bytes.len() <= len + head + 3
}

pub(super) fn example_pem(prefix: &str, generator: &mut Generator) -> String {
    let kind = if prefix.is_empty() {
        "RSA PRIVATE KEY"
    } else {
        prefix
    };
    let mut der = vec![0x30, 0x82, 0x02, 0x5C, 0x02, 0x01, 0x00, 0x02, 0x81, 0x81];
    while der.len() < 0x25C + 4 {
        der.push(generator.bits() as u8);
    }
    let mut out = format!("-----BEGIN {kind}-----\n");
    for line in encode_base64(&der).as_bytes().chunks(64) {
        out.push_str(&String::from_utf8_lossy(line));
        out.push('\n');
    }
    out.push_str(&format!("-----END {kind}-----"));
    out
}
