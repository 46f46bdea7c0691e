//! Tokens that carry a checksum.

use super::{Generator, Input, Outcome};
use zlib_rs::crc32::crc32;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// GitHub and npm: the last six characters are the CRC-32 of the characters between prefix and checksum, in base 62, padded with zeros.
/// Source: <https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/>.
pub(super) fn github(input: Input<'_>) -> Outcome {
    let Some(at) = memchr::memrchr(b'_', input.value) else {
        return Outcome::Failed("no prefix");
    };
    let body = &input.value[at + 1..];
    let Some(cut) = body.len().checked_sub(6).filter(|cut| *cut > 0) else {
        return Outcome::Failed("too short for its checksum");
    };
    if body[cut..] == base62(crc32(0, &body[..cut])) {
        Outcome::Passed
    } else {
        Outcome::Failed("its checksum is wrong")
    }
}

pub(super) fn example_github(prefix: &str, generator: &mut Generator) -> String {
    let body = generator.chars("base62", 30).unwrap_or_default();
    let checksum = base62(crc32(0, body.as_bytes()));
    format!("{prefix}{body}{}", String::from_utf8_lossy(&checksum))
}

fn base62(mut number: u32) -> [u8; 6] {
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(number % 62) as usize];
        number /= 62;
    }
    digits
}

/// GitLab's routable tokens end in the CRC-32 of everything before it, seven digits in base 36.
/// Source: <https://docs.gitlab.com/security/tokens/#token-prefixes> and GitLab's design document on routable tokens.
pub(super) fn gitlab(input: Input<'_>) -> Outcome {
    let Some(cut) = input.value.len().checked_sub(7).filter(|cut| *cut > 0) else {
        return Outcome::Failed("too short for its checksum");
    };
    if input.value[cut..] == base36(crc32(0, &input.value[..cut])) {
        Outcome::Passed
    } else {
        Outcome::Failed("its checksum is wrong")
    }
}

pub(super) fn example_gitlab(prefix: &str, generator: &mut Generator) -> String {
    let payload = generator.chars("base64url", 27).unwrap_or_default();
    let head = format!("{prefix}{payload}.01.0r");
    let checksum = base36(crc32(0, head.as_bytes()));
    format!("{head}{}", String::from_utf8_lossy(&checksum))
}

fn base36(mut number: u32) -> [u8; 7] {
    let mut digits = [b'0'; 7];
    for digit in digits.iter_mut().rev() {
        *digit = b"0123456789abcdefghijklmnopqrstuvwxyz"[(number % 36) as usize];
        number /= 36;
    }
    digits
}
