//! Hashes of passwords: they open nothing by themselves, but whoever has one can try passwords against it as fast as his machine allows.

use super::{Input, Outcome};
use crate::detect::placeholder::{self, starts_with};
use crate::detect::random::Classes;

/// Schemes in braces that do not hash: the password stands behind them as it is.
const CLEAR: &[&str] = &["{plain}", "{clear}", "{cleartext}", "{noop}"];

/// Beginnings of hashes in the notations of frameworks and servers.
const STARTS: &[&str] = &[
    "-hashed-",
    "-pbkdf2-",
    ":pbkdf2:",
    "#jbcrypt:",
    "argon2:",
    "argon2$",
    "bcrypt$",
    "bcrypt_sha256$",
    "grub.pbkdf2.",
    "md5$",
    "pbkdf2:",
    "pbkdf2_",
    "pbkdf2$",
    "scram-sha-",
    "scrypt:",
    "scrypt$",
    "sha1$",
    "sha1:",
    "sha256$",
    "sha256:",
    "sha512$",
    "sha512:",
];

/// Whether a value says of itself that it is the hash of a password: crypt's `$6$salt$hash`, `{SSHA}…`, MySQL's `*…`, PostgreSQL's `md5…`, and the like.
pub(in crate::detect) fn is_marked_hash(value: &[u8]) -> bool {
    match value {
        [b'$', rest @ ..] => {
            let parts: Vec<&[u8]> = rest
                .split(|byte| *byte == b'$')
                .filter(|part| !part.is_empty())
                .collect();
            match parts[..] {
                [method, body] => {
                    method.len() == 1 && method[0].is_ascii_alphabetic() && body.len() >= 31
                }
                [_, _, .., last] => last.len() >= 20 && last.iter().all(|byte| is_hash_byte(*byte)),
                _ => false,
            }
        }
        [b'{', rest @ ..] => {
            let scheme = rest.iter().position(|byte| *byte == b'}');
            scheme.is_some_and(|end| {
                let method = &rest[..end];
                (3..=20).contains(&end)
                    && rest.len() > end + 12
                    && method.iter().all(|byte| {
                        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')
                    })
                    && !CLEAR.iter().any(|clear| starts_with(value, clear))
            })
        }
        [b'*', rest @ ..] => rest.len() == 40 && rest.iter().all(u8::is_ascii_hexdigit),
        [b'm', b'd', b'5', rest @ ..] if rest.len() == 32 => rest.iter().all(u8::is_ascii_hexdigit),
        [b'0', b'x', b'0', b'1' | b'2', b'0', b'0', rest @ ..] => {
            rest.len() >= 40 && rest.iter().all(u8::is_ascii_hexdigit)
        }
        _ => value.len() >= 40 && STARTS.iter().any(|start| starts_with(value, start)),
    }
}

fn is_hash_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/' | b'+' | b'=' | b'-' | b'_')
}

/// A hash of a password whose notation the rule's pattern has recognised.
pub(super) fn password_hash(input: Input<'_>) -> Outcome {
    // Made up by hand: `…XfXfXfXf`.
    let pairs = |run: &[u8]| run.windows(3).all(|three| three[0] == three[2]);
    let filled = placeholder::contains(input.value, "xxxx")
        || input.value.windows(8).any(pairs)
        || placeholder::contains(input.value, "example")
        || placeholder::contains(input.value, "....");
    if filled || Classes::of(input.value).distinct < 8 {
        Outcome::Failed("a placeholder")
    } else {
        Outcome::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::example::Generator;

    #[test]
    fn hashes_say_what_they_are() {
        let mut generator = Generator::new(5);
        for template in [
            "$2y$10${{base62:53}}",
            "$apr1${{base62:8}}${{base62:22}}",
            "$6$rounds=5000${{base62:16}}${{base62:86}}",
            "$argon2id$v=19$m=65536,t=3,p=4${{base64:22}}${{base64:43}}",
            "$P$B{{base62:30}}",
            "{SSHA}{{base64:38}}==",
            "{SHA512-CRYPT}$6${{base62:16}}${{base62:86}}",
            "*{{HEX:40}}",
            "md5{{hex:32}}",
            "pbkdf2:sha256:260000${{base62:16}}${{hex:64}}",
            "sha1:{{hex:12}}:{{hex:40}}",
        ] {
            let hash = generator.expand(template).unwrap();
            assert!(is_marked_hash(hash.as_bytes()), "{hash}");
        }
        for template in [
            "{PLAIN}{{base62:20}}",
            "{noop}{{base62:20}}",
            "{{base62:32}}",
            "$9${{base62:20}}",
            "${{alpha:8}}",
            "*{{base62:12}}",
        ] {
            let password = generator.expand(template).unwrap();
            assert!(!is_marked_hash(password.as_bytes()), "{password}");
        }
    }
}
