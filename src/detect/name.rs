//! What a name says of the value it is given: a password, a key, or something that only sounds like one (`password_reset_url`, `token_type`).

use super::words::{
    ABOUT, BEFORE_KEY, FINDING_KEYS, KEYS, OPENED, PASSES, PASSWORDS, POSITION_TOKENS, SUFFIXES,
};
use crate::rule::Confidence;

/// What kind of credential a name announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Chosen by a person: password, passphrase.
    Password,
    /// Made by a machine: key, token, secret.
    Key,
}

/// The words of a name: parted at signs, at digits and where the case changes (`XMLKey` is `xml`, `key`); lower case. At most the last eight.
pub(super) fn words(name: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(name);
    let characters: Vec<char> = text.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut inside = false;
    for (at, character) in characters.iter().enumerate() {
        if !character.is_alphabetic() {
            inside = false;
            continue;
        }
        let before = at.checked_sub(1).map(|before| characters[before]);
        let next_lower = characters
            .get(at + 1)
            .is_some_and(|next| next.is_lowercase());
        let turns = character.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase() || (before.is_uppercase() && next_lower)
            });
        if !inside || turns {
            words.push(String::new());
        }
        inside = true;
        if let Some(word) = words.last_mut() {
            word.extend(character.to_lowercase());
        }
    }
    let from = words.len().saturating_sub(8);
    words.drain(..from);
    words
}

/// Whether a name is a token that marks a place, by the word before it: `page token`.
pub(super) fn marks_position(before: &[u8], name: &[u8]) -> bool {
    // `string token = …` declares one.
    let declares = before == b"string";
    name.eq_ignore_ascii_case(b"token") && !declares && POSITION_TOKENS.has(before)
}

/// Takes words off the end that say nothing of what the value is, but for the last one left.
fn drop_suffixes(words: &mut Vec<String>) {
    while words.len() > 1
        && words
            .last()
            .is_some_and(|word| SUFFIXES.has(word.as_bytes()))
    {
        words.pop();
    }
}

/// What a name announces; `None` where it announces no credential.
pub(super) fn kind(name: &[u8]) -> Option<Kind> {
    let mut words = words(name);
    // `NEXT_PUBLIC_API_KEY`: a tool's word for what it builds into pages, whatever it is.
    if matches!(words[..], [ref tool, ref public, _, ..] if public == "public" && matches!(tool.as_str(), "next" | "expo"))
    {
        words.drain(..2);
    }
    if words
        .iter()
        .any(|word| word == "public" || word == "publishable")
    {
        return None;
    }
    drop_suffixes(&mut words);
    if let Some(kind) = kind_of_tail(&words) {
        return Some(kind);
    }
    // `password_db`, `senhaBanco`, `pass_user`: the password first, then what it opens.
    if let [.., password, opened] = &words[..]
        && PASSWORDS.has(password.as_bytes())
        && OPENED.has(opened.as_bytes())
    {
        return Some(Kind::Password);
    }
    // A name of three or more words may carry a tenant or network behind the credential: `INVOCA_API_TOKEN_HEALTHCARE`.
    let constant = name.iter().all(|byte| !byte.is_ascii_lowercase());
    if constant && words.len() >= 3 && !ABOUT.has(words[words.len() - 1].as_bytes()) {
        words.pop();
        return kind_of_tail(&words);
    }
    None
}

/// What a name is worth that ends in `key` without saying for what (`AZURE_FUNCTION_KEY`, `kaggleKey`, `key`), or is `auth`: the value has to tell whether it is a
/// credential. `None` for keys that only find something (`cache_key`, `foreignKey`) and for names that are not about a key.
pub(super) fn some_key(name: &[u8]) -> Option<Confidence> {
    // A file, or a member of something.
    if name.ends_with(b".key") {
        return None;
    }
    let mut words = words(name);
    drop_suffixes(&mut words);
    let last = words.pop()?;
    if matches!(last.as_str(), "auth" | "creds" | "cred") && words.is_empty() {
        return Some(Confidence::Low);
    }
    // The other half of an access key, as `AK` and `SK`.
    if name.ends_with(b"_SK") && !words.is_empty() {
        return Some(Confidence::Low);
    }
    let joined = last.strip_suffix("key")?;
    if joined.is_empty() && words.is_empty() {
        return Some(Confidence::Low);
    }
    let finds = |word: &str| FINDING_KEYS.has(word.as_bytes());
    // Names of the environment are given to credentials and settings; in code a key is most often one of a map.
    let most = match name.iter().any(u8::is_ascii_lowercase) {
        true => Confidence::Low,
        false => Confidence::Medium,
    };
    (!finds(joined) && !words.iter().any(|word| finds(word))).then_some(most)
}

fn kind_of_tail(words: &[String]) -> Option<Kind> {
    let last = words.last()?.as_str();
    let before = words.len().checked_sub(2).map(|at| words[at].as_str());
    if ABOUT.has(last.as_bytes()) {
        return None;
    }
    if last == "pass" && before.is_some_and(|word| PASSES.has(word.as_bytes())) {
        return None;
    }
    if PASSWORDS.has(last.as_bytes()) {
        // Alone, the word of a processor's status.
        return (last != "psw" || before.is_some()).then_some(Kind::Password);
    }
    if before == Some("pass") && matches!(last, "word" | "phrase" | "code") {
        return Some(Kind::Password);
    }
    if matches!(
        (before, last),
        (Some("de"), "passe") | (Some("snmp"), "community")
    ) {
        return Some(Kind::Password);
    }
    // What passport calls the key of its tokens.
    if let [.., secret, or, key] = words
        && (secret.as_str(), or.as_str(), key.as_str()) == ("secret", "or", "key")
    {
        return Some(Kind::Key);
    }
    if last == "key" {
        return before
            .filter(|word| BEFORE_KEY.has(word.as_bytes()))
            .map(|_| Kind::Key);
    }
    if last == "token" && before.is_some_and(|word| POSITION_TOKENS.has(word.as_bytes())) {
        return None;
    }
    if KEYS.has(last.as_bytes()) {
        return Some(Kind::Key);
    }
    if last == "auth" && before.is_some() {
        return Some(Kind::Key);
    }
    // Run together: dbpassword, mysqlpwd, apptoken.
    for (ending, kind) in [
        ("password", Kind::Password),
        ("passwd", Kind::Password),
        ("passphrase", Kind::Password),
        ("pwd", Kind::Password),
        ("passwort", Kind::Password),
        ("kennwort", Kind::Password),
        ("contrasena", Kind::Password),
        ("contraseña", Kind::Password),
        ("motdepasse", Kind::Password),
        ("apikey", Kind::Key),
        ("secretkey", Kind::Key),
        ("accesskey", Kind::Key),
        ("passwordsalt", Kind::Key),
        ("secret", Kind::Key),
        ("token", Kind::Key),
    ] {
        if last.len() > ending.len() && last.ends_with(ending) {
            return Some(kind);
        }
    }
    for stem in [
        "dbpass",
        "userpass",
        "mypass",
        "adminpass",
        "rootpass",
        "mailpass",
        "smtppass",
        "ftppass",
        "sqlpass",
        "sshpass",
        "httppass",
    ] {
        if last.ends_with(stem) {
            return Some(Kind::Password);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_announce_what_they_hold() {
        for name in [
            "password",
            "DB_PASSWORD",
            "dbPassword",
            "mysql_root_password",
            "userpass",
            "passphrase",
            "PGPASSWORD",
            "spring.datasource.password",
            "smtp_pass",
            "password1",
            "DB_PASSWORD_PROD",
            "password_db",
            "senhaBanco",
            "pass_user",
            "mdp",
        ] {
            assert_eq!(kind(name.as_bytes()), Some(Kind::Password), "{name}");
        }
        for name in [
            "api_key",
            "apiKey",
            "APIKey",
            "X-Api-Key",
            "client_secret",
            "clientSecret",
            "SECRET_KEY",
            "secret_key_base",
            "auth_token",
            "INVOCA_API_TOKEN_HEALTHCARE",
            "accessToken",
            "InvocaAPIKey",
            "secretOrKey",
        ] {
            assert!(
                kind(name.as_bytes()) == Some(Kind::Key) || name == "secret_key_base",
                "{name}"
            );
        }
        for name in [
            "password_reset_url",
            "passwordField",
            "token_type",
            "bypass",
            "compass",
            "tokenizer",
            "secretName",
            "password_length",
            "key",
            "primary_key_id",
            "public_key",
            "keyboard",
            "passed",
            "author",
            "authority",
        ] {
            assert_eq!(kind(name.as_bytes()), None, "{name}");
        }
    }
    #[test]
    fn keys_that_do_not_say_for_what() {
        let worth = |name: &str| some_key(name.as_bytes());
        assert_eq!(worth("AZURE_FUNCTION_KEY"), Some(Confidence::Medium));
        for name in ["kaggleKey", "newsapikey", "x-maps-key", "key", "creds"] {
            assert_eq!(worth(name), Some(Confidence::Low), "{name}");
        }
        for name in [
            "cache_key",
            "foreignKey",
            "pubKey",
            "s3_object_key",
            "monkeys",
            "keys",
        ] {
            assert_eq!(worth(name), None, "{name}");
        }
    }
}
