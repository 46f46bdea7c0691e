//! Users and their passwords: in URLs, in `Authorization: Basic`, behind options of commands.

use super::{Generator, Input, Outcome, is_marked_hash};
use crate::detect::decode::{base64, encode_base64, percent};
use crate::detect::placeholder;
use crate::detect::random::{Classes, wordiness};
use crate::detect::words::COMMON_PASSWORDS;

/// The password of `scheme://user:password@host`; the candidate is the password.
pub(super) fn url_login(input: Input<'_>) -> Outcome {
    let password = percent(input.value);
    let after = &input.text[input.span.end.min(input.text.len())..];
    let host: Vec<u8> = after
        .iter()
        .skip(1)
        .take(80)
        .copied()
        .take_while(|byte| {
            !matches!(
                byte,
                b'/' | b'"' | b'\'' | b' ' | b'\n' | b':' | b'?' | b',' | b'`' | b'<' | b'>' | b')'
            )
        })
        .collect();
    if sample_host(&host) {
        return Outcome::Failed("the host of an example");
    }
    let local = local_host(&host);
    match judge_password(&password) {
        Outcome::Unknown if local && !mixed(&password) => Outcome::Weak,
        other => other,
    }
}

/// Letters and at least two digits or signs, eight characters or more: no password of a quick test on one's own machine.
fn mixed(password: &[u8]) -> bool {
    let classes = Classes::of(password);
    password.len() >= 8 && classes.upper + classes.lower > 0 && classes.digit + classes.other >= 2
}

fn sample_host(host: &[u8]) -> bool {
    let is = |name: &str| {
        host.eq_ignore_ascii_case(name.as_bytes())
            || (host.len() > name.len()
                && host[host.len() - name.len()..].eq_ignore_ascii_case(name.as_bytes())
                && host[host.len() - name.len() - 1] == b'.')
    };
    [
        "example.com",
        "example.org",
        "example.net",
        "example",
        "invalid",
        "test",
        "domain.com",
        "yourdomain.com",
        "foo.com",
        "bar.com",
        "your-host",
        "hostname",
        "host",
        "server",
        "mydomain.com",
        "host.com",
        "somewhere.com",
        "company.com",
        "acme.com",
        "foo",
        "bar",
        "domain",
        "domain.tld",
        "site.com",
        "website.com",
        "somehost",
        "myhost",
        "address",
        "ip",
    ]
    .iter()
    .any(|name| is(name))
        || placeholder::contains(host, "example")
        || host.is_empty()
        || placeholder::starts_with(host, "my-")
        || placeholder::starts_with(host, "your")
        || (host.contains(&b'_') && !host.iter().any(u8::is_ascii_lowercase))
        || host
            .iter()
            .any(|byte| matches!(byte, b'{' | b'$' | b'<' | b'%' | b'[' | b'*'))
}

fn local_host(host: &[u8]) -> bool {
    const LOCAL: &[&str] = &[
        "localhost",
        "127.0.0.1",
        "0.0.0.0",
        "[",
        "::1",
        "host.docker.internal",
    ];
    LOCAL
        .iter()
        .any(|name| placeholder::starts_with(host, name))
}

/// A password whose place already says that it is one (an option of a command, a line of a credential file).
pub(super) fn login_password(input: Input<'_>) -> Outcome {
    judge_password(input.value)
}

fn judge_password(password: &[u8]) -> Outcome {
    if password.len() < 4 {
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
    if password
        .iter()
        .any(|byte| byte.is_ascii_whitespace() || byte.is_ascii_control())
    {
        return Outcome::Failed("a sentence");
    }
    let constant = |byte: &u8| byte.is_ascii_uppercase() || *byte == b'_';
    if password.contains(&b'_') && password.iter().all(constant) {
        return Outcome::Failed("a constant");
    }
    if host_like(password) {
        return Outcome::Failed("the name of a host");
    }
    let classes = Classes::of(password);
    if classes.distinct < 4 {
        return Outcome::Failed("too few different characters");
    }
    let joined = password
        .iter()
        .filter(|byte| matches!(byte, b'_' | b'-' | b'.'))
        .count();
    let words_only = classes.digit == 0
        && classes.other == joined
        && wordiness(password).is_some_and(|score| score > 0.0);
    if words_only
        || placeholder::is_decorated(password)
        || (classes.upper + classes.lower == 0 && classes.other == 0)
    {
        Outcome::Weak
    } else {
        Outcome::Unknown
    }
}

/// Labels joined by dots, the last of them a domain: `smtp.host.dev`.
fn host_like(value: &[u8]) -> bool {
    let labels: Vec<&[u8]> = value.split(|byte| *byte == b'.').collect();
    labels.len() >= 2
        && labels.iter().all(|label| {
            !label.is_empty()
                && label
                    .iter()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-')
        })
        && labels.last().is_some_and(|last| {
            matches!(
                *last,
                b"com"
                    | b"org"
                    | b"net"
                    | b"io"
                    | b"dev"
                    | b"local"
                    | b"internal"
                    | b"de"
                    | b"co"
                    | b"app"
                    | b"edu"
                    | b"gov"
            )
        })
}

/// `Authorization: Basic …`: base64 of `user:password` (RFC 7617).
pub(super) fn basic_auth(input: Input<'_>) -> Outcome {
    let Some(decoded) = base64(input.value) else {
        return Outcome::Failed("not base64");
    };
    let Some(colon) = memchr::memchr(b':', &decoded) else {
        return Outcome::Failed("decodes to no user and password");
    };
    if std::str::from_utf8(&decoded).is_err() || decoded.iter().any(u8::is_ascii_control) {
        return Outcome::Failed("decodes to no text");
    }
    let (user, password) = (&decoded[..colon], &decoded[colon + 1..]);
    // An API key as the user with no password is a usual form as well.
    let secret = if password.len() < 2 { user } else { password };
    match judge_password(secret) {
        Outcome::Unknown => Outcome::Passed,
        other => other,
    }
}

pub(super) fn example_basic(prefix: &str, generator: &mut Generator) -> String {
    let user = generator.chars("lower", 6).unwrap_or_default();
    let password = generator.chars("base62", 14).unwrap_or_default();
    format!(
        "{prefix}{}",
        encode_base64(format!("{user}:{password}").as_bytes())
    )
}
