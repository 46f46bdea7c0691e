//! Tokens that can be decoded: JWT, macaroons, base64 of keys and JSON.

use super::{Generator, Input, Outcome};
use crate::detect::decode::{base64, encode_base64};

/// A JSON Web Token (RFC 7519): header and payload decode to JSON objects and the header names an algorithm. Tokens that are public by their own words
/// (no algorithm, an anonymous role, the sample of the documentation) are none.
pub(super) fn jwt(input: Input<'_>) -> Outcome {
    let mut parts = input.value.split(|byte| *byte == b'.');
    let (Some(head), Some(payload)) = (parts.next(), parts.next()) else {
        return Outcome::Failed("not three parts");
    };
    let Some(head) =
        base64(head).and_then(|head| serde_json::from_slice::<serde_json::Value>(&head).ok())
    else {
        return Outcome::Failed("its header does not decode");
    };
    let Some(algorithm) = head.get("alg").and_then(|alg| alg.as_str()) else {
        return Outcome::Failed("its header names no algorithm");
    };
    if algorithm.eq_ignore_ascii_case("none") {
        return Outcome::Failed("it is not signed");
    }
    if head.get("enc").is_some() {
        return Outcome::Passed;
    }
    let Some(claims) = base64(payload)
        .and_then(|payload| serde_json::from_slice::<serde_json::Value>(&payload).ok())
    else {
        return Outcome::Failed("its payload does not decode");
    };
    let is =
        |name: &str, value: &str| claims.get(name).and_then(|claim| claim.as_str()) == Some(value);
    if is("role", "anon") {
        return Outcome::Failed("public by design (role anon)");
    }
    if is("sub", "1234567890") || is("name", "John Doe") {
        return Outcome::Failed("the sample of the documentation");
    }
    Outcome::Passed
}

pub(super) fn example_jwt(_prefix: &str, generator: &mut Generator) -> String {
    let subject = generator.chars("hex", 16).unwrap_or_default();
    let head = unpadded(b"{\"alg\":\"HS256\",\"typ\":\"JWT\"}");
    let payload = unpadded(format!("{{\"sub\":\"u-{subject}\",\"iat\":1700000000}}").as_bytes());
    let signature = generator.chars("base64url", 43).unwrap_or_default();
    format!("{head}.{payload}.{signature}")
}

fn unpadded(bytes: &[u8]) -> String {
    encode_base64(bytes)
        .trim_end_matches('=')
        .replace('+', "-")
        .replace('/', "_")
}

/// PyPI: base64 of a macaroon whose location is `pypi.org` or `test.pypi.org`. One that parses to its end, signature of 32 bytes included, is verified.
/// Source: <https://pypi.org/help/#apitoken> and the macaroon v2 binary format.
pub(super) fn pypi(input: Input<'_>) -> Outcome {
    let Some(body) = input.value.strip_prefix(b"pypi-") else {
        return Outcome::Failed("no prefix");
    };
    let Some(bytes) = base64(&body[..body.len() - body.len() % 4]) else {
        return Outcome::Failed("not base64");
    };
    let located = [&b"\x02\x01\x08pypi.org"[..], b"\x02\x01\x0dtest.pypi.org"]
        .iter()
        .any(|head| bytes.starts_with(head));
    if !located {
        return Outcome::Failed("not a macaroon of PyPI");
    }
    if base64(body).is_some_and(|bytes| macaroon_parses(&bytes)) {
        Outcome::Passed
    } else {
        Outcome::Unknown
    }
}

/// Version 2: fields of (type, length, bytes), sections ended by a zero, at the end the signature: type 6, 32 bytes.
fn macaroon_parses(bytes: &[u8]) -> bool {
    let mut at = 1;
    while at < bytes.len() {
        let kind = bytes[at];
        at += 1;
        if kind == 0 {
            continue;
        }
        let mut len = 0usize;
        let mut shift = 0;
        loop {
            let Some(byte) = bytes.get(at) else {
                return false;
            };
            at += 1;
            len |= usize::from(byte & 0x7F) << shift;
            shift += 7;
            if byte & 0x80 == 0 || shift > 21 {
                break;
            }
        }
        at = at.saturating_add(len);
        if kind == 6 {
            return len == 32 && at <= bytes.len();
        }
    }
    false
}

pub(super) fn example_pypi(prefix: &str, generator: &mut Generator) -> String {
    let identifier = generator.chars("hex", 36).unwrap_or_default();
    let mut bytes = b"\x02\x01\x08pypi.org\x02\x24".to_vec();
    bytes.extend_from_slice(identifier.as_bytes());
    bytes.extend_from_slice(b"\x00\x00\x06\x20");
    bytes.extend((0..32).map(|_| generator.bits() as u8));
    format!("{prefix}{}", unpadded(&bytes))
}

/// Base64 of exactly 64 bytes.
pub(super) fn base64_of_64(input: Input<'_>) -> Outcome {
    base64_of(input.value, 64)
}

/// Base64 of exactly 32 bytes.
pub(super) fn base64_of_32(input: Input<'_>) -> Outcome {
    base64_of(input.value, 32)
}

fn base64_of(value: &[u8], len: usize) -> Outcome {
    match base64(value) {
        Some(bytes) if bytes.len() == len => Outcome::Unknown,
        _ => Outcome::Failed("not a key of that length"),
    }
}

/// Base64 that decodes to a JSON object.
pub(super) fn base64_json(input: Input<'_>) -> Outcome {
    let decodes = |body: &[u8]| {
        let whole = body.split(|byte| *byte == b'.').next().unwrap_or(body);
        base64(whole).is_some_and(|bytes| {
            serde_json::from_slice::<serde_json::Value>(&bytes).is_ok_and(|json| json.is_object())
        })
    };
    let at = memchr::memmem::find(input.value, b"eyJ").unwrap_or(0);
    if decodes(input.value) || decodes(&input.value[at..]) {
        Outcome::Passed
    } else {
        Outcome::Failed("does not decode to JSON")
    }
}

pub(super) fn example_json(prefix: &str, generator: &mut Generator) -> String {
    let secret = generator.chars("base62", 32).unwrap_or_default();
    let id = generator.chars("digit", 6).unwrap_or_default();
    format!(
        "{prefix}{}",
        unpadded(format!("{{\"k\":\"{secret}\",\"n\":\"main\",\"id\":1{id}}}").as_bytes())
    )
}
