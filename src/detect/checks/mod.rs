//! Named offline checks that a rule can ask for: checksums, structures, and judgements that are too fine for a pattern. A failed check is no
//! finding; a passed one makes it certain.
//!
//! To add a check: a function in one of the files here, and a line in [`CHECKS`].

mod checksum;
mod encoded;
mod handling;
mod hashes;
mod keys;
mod login;
mod samples;
mod stored;

pub(super) use hashes::is_marked_hash;

use super::example::Generator;
use crate::text::Span;

/// What a check says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Verified: the finding is certain.
    Passed,
    /// Nothing speaks against it, nothing proves it.
    Unknown,
    /// A secret of little worth (hashed, encrypted, a default of a test system): a warning.
    Weak,
    /// No secret, and why.
    Failed(&'static str),
}

/// What a check looks at.
#[derive(Clone, Copy)]
pub(super) struct Input<'a> {
    /// The candidate.
    pub(super) value: &'a [u8],
    /// The blob.
    pub(super) text: &'a [u8],
    /// The candidate's place in it.
    pub(super) span: Span,
}

/// A check: its name, what it does, whether it replaces the general search for placeholders, and how to make a value that passes.
struct Check {
    name: &'static str,
    run: fn(Input<'_>) -> Outcome,
    alone: bool,
    example: Option<fn(&str, &mut Generator) -> String>,
}

const CHECKS: &[Check] = &[
    Check {
        name: "aws-key-id",
        run: keys::aws_key_id,
        alone: false,
        example: None,
    },
    Check {
        name: "azure-key-44",
        run: encoded::base64_of_32,
        alone: false,
        example: None,
    },
    Check {
        name: "azure-key-88",
        run: encoded::base64_of_64,
        alone: false,
        example: None,
    },
    Check {
        name: "base64-json",
        run: encoded::base64_json,
        alone: true,
        example: Some(encoded::example_json),
    },
    Check {
        name: "basic-auth",
        run: login::basic_auth,
        alone: true,
        example: Some(login::example_basic),
    },
    Check {
        name: "github-crc32",
        run: checksum::github,
        alone: false,
        example: Some(checksum::example_github),
    },
    Check {
        name: "gitlab-routable",
        run: checksum::gitlab,
        alone: false,
        example: Some(checksum::example_gitlab),
    },
    Check {
        name: "jwt",
        run: encoded::jwt,
        alone: true,
        example: Some(encoded::example_jwt),
    },
    Check {
        name: "password",
        run: |_| Outcome::Unknown,
        alone: true,
        example: None,
    },
    Check {
        name: "pem",
        run: keys::pem,
        alone: true,
        example: Some(keys::example_pem),
    },
    Check {
        name: "pypi-macaroon",
        run: encoded::pypi,
        alone: false,
        example: Some(encoded::example_pypi),
    },
    Check {
        name: "secret",
        run: |_| Outcome::Unknown,
        alone: true,
        example: None,
    },
    Check {
        name: "no-block",
        run: keys::no_block,
        alone: false,
        example: None,
    },
    Check {
        name: "strong-token",
        run: keys::strong_token,
        alone: false,
        example: None,
    },
    // The rule's own pattern is proof enough; its tokens hold what looks like a placeholder elsewhere (runs of A, lists of numbers).
    Check {
        name: "structured",
        run: keys::structured,
        alone: true,
        example: None,
    },
    Check {
        name: "telegram-bot",
        run: keys::telegram,
        alone: false,
        example: None,
    },
    Check {
        name: "url-login",
        run: login::url_login,
        alone: true,
        example: None,
    },
    Check {
        name: "login-password",
        run: login::login_password,
        alone: true,
        example: None,
    },
    Check {
        name: "base64-password",
        run: stored::base64_password,
        alone: true,
        example: Some(stored::example_base64_password),
    },
    Check {
        name: "cisco-7",
        run: stored::cisco_7,
        alone: true,
        example: Some(stored::example_cisco_7),
    },
    Check {
        name: "juniper-9",
        run: stored::juniper_9,
        alone: true,
        example: None,
    },
    Check {
        name: "password-hash",
        run: hashes::password_hash,
        alone: true,
        example: None,
    },
    Check {
        name: "putty-key",
        run: stored::putty_key,
        alone: true,
        example: None,
    },
    Check {
        name: "stored-password",
        run: stored::stored_password,
        alone: true,
        example: None,
    },
    Check {
        name: "not-comment",
        run: handling::not_comment,
        alone: true,
        example: None,
    },
    Check {
        name: "used-value",
        run: handling::used_value,
        alone: true,
        example: None,
    },
    Check {
        name: "wifi-password",
        run: stored::wifi_password,
        alone: true,
        example: None,
    },
];

fn find(name: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|check| check.name == name)
}

/// The names of all checks.
pub fn names() -> impl Iterator<Item = &'static str> {
    CHECKS.iter().map(|check| check.name)
}

/// Whether a check judges placeholders and randomness by itself.
pub(super) fn judges_alone(name: &str) -> bool {
    find(name).is_some_and(|check| check.alone)
}

/// Runs a check. An unknown name says nothing (the proof of the rule complains about it).
pub(super) fn run(name: &str, value: &[u8], text: &[u8], span: Span) -> Outcome {
    find(name).map_or(Outcome::Unknown, |check| {
        (check.run)(Input { value, text, span })
    })
}

/// A value that passes the check and begins with `prefix`.
pub(super) fn example(name: &str, prefix: &str, generator: &mut Generator) -> Option<String> {
    Some(find(name)?.example?(prefix, generator))
}

/// Whether a vendor prints this very value in its documentation.
pub(super) fn known_sample(value: &[u8]) -> bool {
    samples::is_known(value)
}
