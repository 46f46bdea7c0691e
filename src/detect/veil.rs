//! What may be a value that nobody should see, near a place where something is done wrongly. The rule that would find the secret may be switched off, so
//! this takes too much rather than too little.

use super::region::{CAP, lines_around};
use crate::text::Span;
use regex::bytes::Regex;
use std::sync::LazyLock;

/// A password in a URL, behind `-u user:`, in quotes behind the name of a credential, and runs of letters and digits as long as a token.
static VALUES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?xi-u)
        ://[^\s/:@"'<>]*:(?<login>[^\s/@"'<>]+)@
        | (?:^|\s)(?:-u|--user|--proxy-user)[\x20=]?["']?[^\s:"'$]+:(?<user>[^\s"']+)
        | (?:passw(?:or)?d|pwd|secret|token|key|auth\w*|credentials?)\w*["'\])]*\s*(?:=>|:=|[:=,])\s*\(?["'](?:bearer\s|basic\s|token\s)?(?<named>[^"'\s$<{][^"'\s]{3,})["']
        | (?:bearer|basic)[\s+](?<scheme>[A-Z0-9_+/=.-]{6,})
        | (?:token|key|secret|password)=(?<query>[A-Z0-9_%+/.~-]{4,})
        | (?<run>[A-Z0-9_+/-]{12,}=*)
        "#,
    )
    .ok()
});

/// The parts of the lines of `place` that look like values.
pub fn values_near(text: &[u8], place: Span) -> Vec<Span> {
    let window = lines_around(text, place, 0, CAP);
    let Some(pattern) = VALUES.as_ref() else {
        return vec![window];
    };
    let mut found = Vec::new();
    let area = window.of(text);
    let mut at = 0;
    while let Some(groups) = pattern.captures_at(area, at) {
        let named = groups.iter().skip(1).flatten().next();
        let Some(group) = named else {
            break;
        };
        let is_run = groups.name("run").is_some();
        if !is_run || has_look_of_key(group.as_bytes()) {
            found.push(Span::new(
                window.start + group.start(),
                window.start + group.end(),
            ));
        }
        at = group.end().max(at + 1);
    }
    found
}

/// Letters and digits mixed, and no path, number or name of a constant.
fn has_look_of_key(run: &[u8]) -> bool {
    let longest = run
        .split(|byte| *byte == b'/')
        .max_by_key(|part| part.len())
        .unwrap_or_default();
    let digits = longest.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = longest.iter().any(u8::is_ascii_alphabetic);
    let constant = longest
        .iter()
        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
        && longest.contains(&b'_');
    (longest.len() >= 12 && digits > 0 && letters && !constant) || longest.len() >= 40
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_veiled(text: &str, shown: &str) {
        let mut out = text.to_owned();
        let mut spans = values_near(text.as_bytes(), Span::new(0, text.len()));
        spans.sort();
        for span in spans.into_iter().rev() {
            out.replace_range(span.start..span.end, "*");
        }
        assert_eq!(out, shown);
    }

    #[test]
    fn values_are_hidden_and_names_are_not() {
        let word = "a1".repeat(4);
        for (before, after) in [
            ("curl -u bob:", " https://x"),
            ("http://bob:", "@x/api/1"),
            ("password = '", "'"),
            ("x?oauth_token=", "&a=1"),
        ] {
            assert_veiled(
                &format!("{before}{word}{after}"),
                &format!("{before}*{after}"),
            );
        }
        assert_veiled("auth=('bob', 'x')", "auth=('bob', 'x')");
        assert_veiled(
            "x?oauth_token=${token}&from=2020-10-01",
            "x?oauth_token=${token}&from=2020-10-01",
        );
        assert_veiled(
            "http://acme.example/api/2020-10-01/networks/transactions/1.json",
            "http://acme.example/api/2020-10-01/networks/transactions/1.json",
        );
        assert_veiled("print(INVOCA_API_TOKEN_2)", "print(INVOCA_API_TOKEN_2)");
        let token = "aB3".repeat(11);
        assert_veiled(&format!("f('{token}')"), "f('*')");
        assert_veiled(&format!("A: Bearer {token}"), "A: Bearer *");
    }
}
