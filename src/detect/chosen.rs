//! Whether a literal under a name that announces a credential is one: a model of "chosen by a person" for passwords (which are not random), and of
//! "made by a machine" for keys.

use super::assign::{Link, Quote};
use super::checks::{is_marked_hash, known_sample};
use super::code;
use super::name::Kind;
use super::placeholder;
use super::random::{Classes, entropy, looks_like_key, looks_random, wordiness};
use super::words::{
    ABOUT, AMBIGUOUS_PASSWORDS, COMMON_PASSWORDS, EXCUSES, PLACEHOLDER_WORDS, TECHNICAL,
};
use crate::rule::Confidence;

/// What a literal is, given the kind of its name: how sure, or why it is none.
pub(super) fn judge(
    kind: Kind,
    name: &[u8],
    value: &[u8],
    quote: Quote,
    link: Link,
) -> Result<Confidence, &'static str> {
    if value.len() < 4 {
        return Err("too short");
    }
    if value.len() > 256 {
        return Err("too long");
    }
    if encodes_placeholder(value) {
        return Err("a placeholder, encoded");
    }
    if link == Link::Argument && asks(name) {
        return Err("where a credential is looked up");
    }
    if kind == Kind::Password && is_number(value) {
        return number(name, value.len(), quote, link);
    }
    if kind == Kind::Password && placeholder::is_padded(value) {
        return Ok(Confidence::Low);
    }
    if let Some(reason) = placeholder::reason(value) {
        return Err(reason);
    }
    if value.iter().any(|byte| byte.is_ascii_control()) {
        return Err("control characters");
    }
    if names_a_credential(value) {
        return Err("the name of a credential");
    }
    if same_words(name, value) {
        return Err("the name again");
    }
    technical(value).map_or(Ok(()), Err)?;
    if hollow(value) {
        return Err("nothing but escapes");
    }
    let letters = || value.iter().all(|byte| !byte.is_ascii_digit()) && !strong(value);
    if kind == Kind::Password && is_ambiguous(name) && letters() {
        return Err("a word");
    }
    let confidence = match kind {
        Kind::Password => password(name, value, quote, link)?,
        Kind::Key if is_cookie(name) => cookie(value, quote)?,
        Kind::Key => {
            key(value, quote).or_else(|reason| made_up(name, value, quote, link).ok_or(reason))?
        }
    };
    // A salt of its own is not even secret; those of applications have another word before.
    let confidence = if name.eq_ignore_ascii_case(b"salt") {
        confidence.min(Confidence::Low)
    } else {
        confidence
    };
    if quote == Quote::Doubtful
        && (identifier_like(value) && value.len() < 16
            || specials(value) == 0 && !looks_like_key(value))
    {
        return Err("may be code");
    }
    // A comparison or an argument is likelier a test of the value than the value itself.
    let weaker =
        (matches!(link, Link::Compare | Link::Prose) && !strong(value)) || quote == Quote::Doubtful;
    Ok(if weaker {
        confidence.min(Confidence::Low)
    } else {
        confidence
    })
}

/// Whether a value is base64 of what stands for a secret: `data` of a manifest that is filled in later.
fn encodes_placeholder(value: &[u8]) -> bool {
    if !value.len().is_multiple_of(4) || !(8..=200).contains(&value.len()) {
        return false;
    }
    let Some(text) = super::decode::base64(value) else {
        return false;
    };
    let text = text.trim_ascii();
    text.len() >= 4
        && text
            .iter()
            .all(|byte| byte.is_ascii_graphic() || *byte == b' ')
        && (placeholder::reason(text).is_some() || names_a_credential(text))
}

/// `keyring.get_password`: what it is given says which one.
fn asks(name: &[u8]) -> bool {
    let last = name
        .rsplit(|byte| matches!(byte, b'.' | b'>' | b':'))
        .next();
    let words = last.map(super::name::words).unwrap_or_default();
    let keyring = placeholder::contains(name, "keyring.");
    let first = words.first().is_some_and(|word| {
        matches!(
            word.as_str(),
            "get" | "fetch" | "read" | "load" | "find" | "lookup" | "delete" | "remove"
        )
    });
    keyring || first
}

/// Digits only, and not one of them again and again.
fn is_number(value: &[u8]) -> bool {
    value.iter().all(u8::is_ascii_digit) && value.iter().any(|byte| *byte != value[0])
}

/// A date, a telephone number, `123456`: weak, and a password where nothing else can stand.
fn number(
    name: &[u8],
    digits: usize,
    quote: Quote,
    link: Link,
) -> Result<Confidence, &'static str> {
    let words = super::name::words(name);
    let is_verb = words.last().is_some_and(|word| word == "pass") && quote != Quote::Quoted;
    let argument = link == Link::Argument && quote == Quote::Quoted && digits >= 5;
    let plain = argument || matches!(link, Link::Assign | Link::Compare | Link::Enclose);
    if plain && quote != Quote::Doubtful && !is_verb && !is_ambiguous(name) {
        Ok(Confidence::Low)
    } else {
        Err("digits only")
    }
}

fn is_ambiguous(name: &[u8]) -> bool {
    let words = super::name::words(name);
    words
        .last()
        .is_some_and(|word| AMBIGUOUS_PASSWORDS.has(word.as_bytes()))
}

fn is_cookie(name: &[u8]) -> bool {
    let words = super::name::words(name);
    words.last().is_some_and(|word| word == "cookie")
}

/// `name=value; …`: what stands behind the name counts, and must be long, because most cookies are no keys.
fn cookie(value: &[u8], quote: Quote) -> Result<Confidence, &'static str> {
    let Some(sign) = value.iter().position(|byte| *byte == b'=') else {
        return key(value, quote);
    };
    let inside = value[sign + 1..]
        .split(|byte| *byte == b';')
        .next()
        .unwrap_or_default();
    if inside.is_empty() {
        return key(value, quote);
    }
    if inside.len() < 16 || !looks_like_key(inside) {
        return Err("a cookie that holds no key");
    }
    key(inside, quote)
}

/// Whether a value is made of percent escapes alone, or has a blank among them.
fn hollow(value: &[u8]) -> bool {
    let mut rest = value;
    while let [b'%', first, second, behind @ ..] = rest {
        if !(first.is_ascii_hexdigit() && second.is_ascii_hexdigit()) {
            break;
        }
        rest = behind;
    }
    rest.is_empty() || placeholder::contains(value, "%20")
}

/// `hunter2` and its like: everybody knows it from the joke, and from examples.
fn is_joke(value: &[u8]) -> bool {
    value
        .strip_prefix(b"hunter")
        .is_some_and(|rest| rest.len() <= 2 && rest.iter().all(u8::is_ascii_digit))
}

fn password(
    name: &[u8],
    value: &[u8],
    quote: Quote,
    link: Link,
) -> Result<Confidence, &'static str> {
    let classes = Classes::of(value);
    if is_app_password(value) {
        return Ok(Confidence::Medium);
    }
    if value.iter().any(u8::is_ascii_whitespace) {
        return Err("a sentence");
    }
    // `signInWithEmailAndPassword("ada@host.dev", …)`: the user comes first.
    if link == Link::Argument && is_address(value) {
        return Err("an e-mail address");
    }
    if hash_like(value) || is_joke(value) || placeholder::is_decorated(value) {
        return Ok(Confidence::Low);
    }
    if classes.upper + classes.lower == 0 {
        return Err("digits only");
    }
    let special = specials(value);
    if code::is_code(value, quote) {
        return Err("looks like code");
    }
    let mixed = classes.digit > 0 || special > 0;
    if !mixed {
        let setting = link == Link::Assign
            && quote == Quote::Bare
            && names_a_setting(name)
            && !COMMON_PASSWORDS.has(value);
        return letters_only(value, classes, quote, setting);
    }
    if value.len() < 6 {
        return Ok(Confidence::Low);
    }
    if quote == Quote::Doubtful && special == 0 && wordiness(value).is_some_and(|score| score > 0.0)
    {
        return Err("looks like a name");
    }
    // Lower-case words and a number, joined as names are, are names of things more often than passwords.
    let joined = value.iter().any(|byte| matches!(byte, b'_' | b'-' | b'.'));
    if identifier_like(value)
        && joined
        && classes.one_case()
        && wordiness(value).is_some_and(|score| score > 2.0)
    {
        return Ok(Confidence::Low);
    }
    Ok(Confidence::Medium)
}

/// Four groups of four letters, as Google issues them for mail clients: <https://support.google.com/accounts/answer/185833>.
fn is_app_password(value: &[u8]) -> bool {
    if is_wordpress_password(value) {
        return true;
    }
    let groups = value.split(|byte| *byte == b' ');
    let fits = |group: &[u8]| group.len() == 4 && group.iter().all(u8::is_ascii_lowercase);
    let letters: Vec<u8> = value.iter().copied().filter(|byte| *byte != b' ').collect();
    value.len() == 19
        && groups.into_iter().all(fits)
        && wordiness(&letters) < Some(6.0)
        && placeholder::reason(&letters).is_none()
}

/// Six groups of four letters and digits: <https://developer.wordpress.org/advanced-administration/security/application-passwords/>.
fn is_wordpress_password(value: &[u8]) -> bool {
    let fits = |group: &[u8]| group.len() == 4 && group.iter().all(u8::is_ascii_alphanumeric);
    let joined: Vec<u8> = value.iter().copied().filter(|byte| *byte != b' ').collect();
    value.len() == 29
        && value.split(|byte| *byte == b' ').all(fits)
        && Classes::of(&joined).digit > 0
        && looks_random(&joined)
}

/// `local@host.tld`, in lower case behind the sign.
fn is_address(value: &[u8]) -> bool {
    let Some(sign) = memchr::memchr(b'@', value) else {
        return false;
    };
    let (local, host) = (&value[..sign], &value[sign + 1..]);
    let plain =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'+' | b'-');
    let labels: Vec<&[u8]> = host.split(|byte| *byte == b'.').collect();
    !local.is_empty()
        && local.iter().all(plain)
        && labels.len() >= 2
        && labels.iter().all(|label| {
            !label.is_empty()
                && label
                    .iter()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-')
        })
        && labels
            .last()
            .is_some_and(|last| last.len() >= 2 && last.iter().all(u8::is_ascii_lowercase))
}

/// Whether only settings have such a name, whose values are never code: `MYSQL_PASSWORD`, `spring.datasource.password`.
fn names_a_setting(name: &[u8]) -> bool {
    let constant = name.contains(&b'_') && !name.iter().any(u8::is_ascii_lowercase);
    let dots = name.iter().filter(|byte| **byte == b'.').count();
    let of_an_object = name.starts_with(b"self.") || name.starts_with(b"this.");
    let lower = !name.iter().any(u8::is_ascii_uppercase);
    constant || dots >= 2 && lower && !of_an_object
}

/// Letters without digits and signs: a word, an identifier, several words, or a random string. `setting`: the value of a setting, whatever it
/// says.
fn letters_only(
    value: &[u8],
    classes: Classes,
    quote: Quote,
    setting: bool,
) -> Result<Confidence, &'static str> {
    let score = wordiness(value).unwrap_or(0.0);
    if value.len() >= 8 && score < -6.0 && classes.distinct >= 6 {
        return Ok(Confidence::Medium);
    }
    let joins = |byte: &u8| matches!(byte, b'-' | b'.' | b'_' | b',' | b':' | b'/');
    let words: Vec<&[u8]> = value.split(joins).filter(|word| word.len() >= 3).collect();
    let kinds = [b'-', b'.', b'_']
        .iter()
        .filter(|sign| value.contains(sign))
        .count();
    let names_credential = words
        .iter()
        .any(|word| super::name::kind(word).is_some() || TECHNICAL.has(word) || ABOUT.has(word));
    if words.len() >= 2
        && classes.lower == 0
        && !value.iter().any(|byte| joins(byte) && *byte != b'_')
    {
        return Err("a constant");
    }
    let even = classes.one_case() || words.iter().all(|word| code::capitalised(word));
    let joined = setting && words.len() == 2 && value.len() <= 24;
    if joined && classes.one_case() && !names_credential {
        return Ok(Confidence::Low);
    }
    if words.len() >= 3 && even && !names_credential && quote != Quote::Doubtful {
        return Ok(if kinds >= 2 {
            Confidence::Medium
        } else {
            Confidence::Low
        });
    }
    let no_word = quote == Quote::Quoted && score < 12.0;
    if (no_word || setting)
        && classes.one_case()
        && classes.other == 0
        && (5..=16).contains(&value.len())
    {
        return Ok(Confidence::Low);
    }
    // Letters as in no word, though in two groups or of both cases.
    let groups = words.len() == 2 && classes.one_case();
    let cases = classes.other == 0 && !code::capitalised(value);
    let parts = words.iter().all(|word| {
        wordiness(&word.to_ascii_lowercase()).is_some_and(|score| score < LETTERS_OF_NO_WORD)
    });
    if quote == Quote::Quoted && value.len() >= 7 && parts && (groups || cases) {
        return Ok(Confidence::Low);
    }
    Err("a word")
}

/// Mixed enough that nobody writes it for anything but a password.
fn strong(value: &[u8]) -> bool {
    let classes = Classes::of(value);
    let letters = classes.upper + classes.lower > 0;
    letters
        && value.len() >= 7
        && ((classes.digit > 0 && classes.upper > 0)
            || (specials(value) > 0 && value.len() >= 8)
            || (classes.digit >= 2 && value.len() >= 8))
}

/// What `wordiness` says of letters at most that are no word, abbreviation or name.
const LETTERS_OF_NO_WORD: f32 = -2.0;

fn key(value: &[u8], quote: Quote) -> Result<Confidence, &'static str> {
    let classes = Classes::of(value);
    if is_wordpress_password(value) {
        return Ok(Confidence::Medium);
    }
    if value.iter().any(u8::is_ascii_whitespace) {
        return Err("a sentence");
    }
    if code::is_code(value, quote) {
        return Err("looks like code");
    }
    if value.len() < 8 {
        return Err("too short for a key");
    }
    if token_header(value) {
        return Err("only a part of a token");
    }
    // Twenty bytes of an account of Ethereum, which everybody may see: <https://ethereum.org/en/developers/docs/accounts/>.
    if value.len() == 42 && value.starts_with(b"0x") && value[2..].iter().all(u8::is_ascii_hexdigit)
    {
        return Err("an address");
    }
    if uuid_like(value) {
        return Ok(if quote == Quote::Doubtful {
            Confidence::Low
        } else {
            Confidence::Medium
        });
    }
    if classes.upper + classes.lower == 0 {
        return Err("digits only");
    }
    let body: Vec<u8> = value
        .iter()
        .copied()
        .filter(|byte| !matches!(byte, b'=' | b'.' | b':'))
        .collect();
    if looks_like_key(&body) {
        let long =
            value.len() >= 16 || (value.len() >= 12 && !classes.one_case() && classes.digit > 0);
        return Ok(if long {
            Confidence::Medium
        } else {
            Confidence::Low
        });
    }
    // `pro_8532…`, `8532…-us`: what stands beside the digits says whose key it is.
    let body = value.strip_prefix(b"0x").unwrap_or(value);
    let hex = |part: &[u8]| {
        part.len() >= 24 && part.iter().all(u8::is_ascii_hexdigit) && looks_like_key(part)
    };
    let mut parts = body.split(|byte| !byte.is_ascii_alphanumeric());
    if identifier_like(value) && parts.any(hex) {
        return Ok(Confidence::Medium);
    }
    // Letters of one case that follow one another as in no word.
    if classes.one_case()
        && classes.digit + classes.other == 0
        && classes.distinct >= 6
        && wordiness(value).is_some_and(|score| score < LETTERS_OF_NO_WORD)
    {
        return Ok(Confidence::Low);
    }
    // A secret that a person made up: `s3cr3t-Pa55`, `my$ecret!1`.
    if specials(value) > 0
        && classes.digit > 0
        && classes.distinct >= 7
        && quote != Quote::Doubtful
        && !identifier_like(value)
    {
        return Ok(Confidence::Low);
    }
    Err("not random enough for a key")
}

/// The secret of a session, or a key that signs or encrypts, as people make them up: words, of which not all say what it is. `learn_programming_yourself`.
fn made_up(name: &[u8], value: &[u8], quote: Quote, link: Link) -> Option<Confidence> {
    // What a form says of its field begins with a capital.
    let phrase = names_a_session_secret(name)
        && value.len() <= 60
        && value.first().is_some_and(u8::is_ascii_lowercase);
    let plain = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'_' | b'-')
            || phrase && matches!(byte, b' ' | b',' | b'!' | b'.' | b'?')
    };
    let constant = !value
        .iter()
        .any(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let assigned = quote == Quote::Quoted && link == Link::Assign;
    if !assigned || value.len() < 8 || constant || !value.iter().all(plain) {
        return None;
    }
    let names = super::name::words(name);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let signs = matches!(
        names[..],
        ["secret", "key"]
            | [
                ..,
                "jwt" | "session" | "cookie" | "auth" | "signing" | "hmac" | "encryption" | "app",
                "secret"
            ]
            | [.., "jwt" | "signing" | "hmac" | "encryption" | "aes", "key"]
            | [
                ..,
                "jwt" | "session" | "cookie" | "auth" | "app",
                "secret",
                "key"
            ]
            | ["secret", "or", "key"]
    );
    let words = super::name::words(value);
    let excused = |word: &String| EXCUSES.has(word.as_bytes());
    if !signs || words.iter().any(excused) {
        return None;
    }
    let credential = [
        "secret", "token", "key", "pass", "pwd", "auth", "jwt", "session", "cookie", "config",
    ];
    let says_what = |word: &str| {
        PLACEHOLDER_WORDS.has(word.as_bytes())
            || TECHNICAL.has(word.as_bytes())
            || ABOUT.has(word.as_bytes())
            || credential.iter().any(|part| word.contains(part))
    };
    let own = words
        .iter()
        .filter(|word| word.len() >= 3 && !says_what(word));
    let own: usize = own.map(String::len).sum();
    let all: usize = words.iter().map(String::len).sum();
    // One word alone may be anything.
    let least = if words.len() == 1 { 12 } else { 6 };
    (own >= least && own * 2 >= all).then_some(Confidence::Low)
}

/// Whether a name can only be that of a secret which signs sessions or tokens, so that even a sentence is one.
fn names_a_session_secret(name: &[u8]) -> bool {
    let words = super::name::words(name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(
        words[..],
        [
            ..,
            "jwt" | "session" | "cookie" | "app" | "signing",
            "secret"
        ] | [.., "jwt" | "session" | "cookie" | "app", "secret", "key"]
            | ["secret", "or", "key"]
    )
}

/// Whether a value is a JSON Web Token without a signature: nothing but what it says of itself.
fn token_header(value: &[u8]) -> bool {
    let mut parts = value
        .split(|byte| *byte == b'.')
        .filter(|part| !part.is_empty());
    let head = parts.next().unwrap_or_default();
    head.starts_with(b"eyJ")
        && parts.count() <= 1
        && super::decode::base64(&head[..head.len() - head.len() % 4])
            .is_some_and(|head| placeholder::contains(&head, "\"alg\""))
}

/// Whether a value is so random that a name which only ends in `key` is enough.
pub(super) fn clearly_a_key(value: &[u8], quote: Quote, link: Link) -> Result<(), &'static str> {
    if quote == Quote::Doubtful || matches!(link, Link::Compare | Link::Prose) {
        return Err("may be code");
    }
    if let Some(reason) = placeholder::reason(value) {
        return Err(reason);
    }
    // Public keys of SSH.
    if known_sample(value) || value.starts_with(b"AAAA") {
        return Err("a public value");
    }
    let body = value.trim_ascii_end();
    let body = body.strip_suffix(b"==").unwrap_or(body);
    let body = body.strip_suffix(b"=").unwrap_or(body);
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/_-".contains(byte);
    let classes = Classes::of(body);
    if !(20..=128).contains(&body.len()) || !body.iter().all(plain) || classes.digit < 2 {
        return Err("the name announces no credential");
    }
    let random = if body.iter().all(u8::is_ascii_hexdigit) {
        body.len() >= 32 && looks_like_key(body)
    } else if classes.one_case() {
        classes.digit >= 4 && looks_like_key(body) && wordiness(body) < Some(-4.0)
    } else {
        looks_random(body)
    };
    if random {
        Ok(())
    } else {
        Err("not random enough for a key that does not say for what")
    }
}

/// Signs that people put into passwords and that names, paths and numbers do not have.
fn specials(value: &[u8]) -> usize {
    value
        .iter()
        .filter(|byte| b"!@#$%^&*+?~=|{}<>;".contains(byte))
        .count()
}

/// Letters, digits and the signs of names only.
fn identifier_like(value: &[u8]) -> bool {
    value
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

/// 32, 40, 64 … hex digits, or a crypt string: a hash of a password, not the password.
pub(super) fn hash_like(value: &[u8]) -> bool {
    // A crypt string that was shortened, or of a method nobody knows.
    let crypt = matches!(value, [b'$', method, b'$', ..] | [b'$', method, _, b'$', ..] if method.is_ascii_digit());
    crypt
        || (matches!(value.len(), 32 | 40 | 56 | 64 | 96 | 128)
            && value.iter().all(u8::is_ascii_hexdigit))
        || is_marked_hash(value)
}

fn uuid_like(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(at, byte)| {
            if matches!(at, 8 | 13 | 18 | 23) {
                *byte == b'-'
            } else {
                byte.is_ascii_hexdigit()
            }
        })
        && entropy(value) > 2.8
}

/// Whether a value is itself a name that announces a credential, or a list of names: a keyword, an alternative of a pattern.
pub(super) fn names_a_credential(value: &[u8]) -> bool {
    let plain = |text: &[u8]| {
        text.iter()
            .all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-' | b'.'))
    };
    let parts = value.split(|byte| *byte == b'|').count();
    (plain(value) && super::name::kind(value).is_some())
        || (parts >= 3 && !value.iter().any(u8::is_ascii_digit))
}

/// Names of algorithms, types and the like that stand under names of credentials.
fn technical(value: &[u8]) -> Option<&'static str> {
    let numbered = value.get(3..).is_some_and(|rest| {
        placeholder::starts_with(value, "rfc") && rest.iter().all(u8::is_ascii_digit)
    });
    // `20/m/ip,5/m/key`: how often something may be tried.
    let rate = |part: &[u8]| {
        let digits = part.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let unit = part[digits..].strip_prefix(b"/").unwrap_or_default();
        let plain = |byte: &u8| byte.is_ascii_lowercase() || *byte == b'/';
        digits > 0 && !unit.is_empty() && unit.iter().all(plain)
    };
    let rates = value.split(|byte| *byte == b',').all(rate);
    (numbered || rates || TECHNICAL.has(value)).then_some("a technical word")
}

/// Whether the value only says its name again: `password = "Password"`, `apiKey: "api_key"`, `DB_PASSWORD: db_password_value`.
fn same_words(name: &[u8], value: &[u8]) -> bool {
    if !identifier_like(value) || value.iter().filter(|byte| byte.is_ascii_digit()).count() > 2 {
        return false;
    }
    let squeeze = |text: &[u8]| -> Vec<u8> {
        text.iter()
            .filter(|byte| byte.is_ascii_alphabetic())
            .map(u8::to_ascii_lowercase)
            .collect()
    };
    let (name, value) = (squeeze(name), squeeze(value));
    if value.is_empty() || name.is_empty() {
        return false;
    }
    if name == value || name.ends_with(&value) || value.ends_with(&name) || value.starts_with(&name)
    {
        return true;
    }
    [
        "password",
        "passwd",
        "secret",
        "token",
        "apikey",
        "passphrase",
    ]
    .iter()
    .any(|word| {
        memchr::memmem::find(&value, word.as_bytes()).is_some()
            && value.len() >= word.len() + 2
            && wordiness(&value).is_some_and(|score| score > 3.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(kind: Kind, name: &str, value: &str) -> Option<Confidence> {
        judge(
            kind,
            name.as_bytes(),
            value.as_bytes(),
            Quote::Quoted,
            Link::Assign,
        )
        .ok()
    }

    #[test]
    fn passwords_people_choose() {
        for value in [
            "hunter2!",
            "S3cr3tP@ss",
            "Summer2019",
            "tr0ub4dor&3",
            "Welcome1",
            "qX7#kd92",
            "admin2023",
            "p@ssw0rd!",
            "Xk29fjQz",
        ] {
            assert_eq!(
                verdict(Kind::Password, "password", value),
                Some(Confidence::Medium),
                "{value}"
            );
        }
    }

    #[test]
    fn weak_passwords_are_doubtful_and_no_key() {
        for value in [
            ["1", "23456"].concat(),
            ["198", "80612"].concat(),
            ["aa1", "23456"].concat(),
            ["Test@", "123"].concat(),
            ["Password", "123!"].concat(),
        ] {
            let found = verdict(Kind::Password, "password", &value);
            assert_eq!(found, Some(Confidence::Low), "{value}");
        }
        assert_eq!(verdict(Kind::Password, "password", "000000"), None);
        assert_eq!(verdict(Kind::Key, "api_key", "1988061219880612"), None);
        let bare = |name: &str| {
            judge(
                Kind::Password,
                name.as_bytes(),
                b"2024",
                Quote::Bare,
                Link::Assign,
            )
        };
        // What a test run counts.
        assert!(bare("password").is_ok() && bare("pass").is_err());
    }

    #[test]
    fn words_are_passwords_where_only_settings_stand() {
        let bare = |name: &str, link| {
            judge(
                Kind::Password,
                name.as_bytes(),
                b"kitten",
                Quote::Bare,
                link,
            )
        };
        assert_eq!(bare("DB_PASSWORD", Link::Assign), Ok(Confidence::Low));
        assert_eq!(
            bare("spring.datasource.password", Link::Assign),
            Ok(Confidence::Low)
        );
        // `FTP_PASSWORD is …`, an attribute of a class, a field of an object.
        assert!(bare("FTP_PASSWORD", Link::Prose).is_err());
        assert!(bare("http.HTTPRequest.password", Link::Assign).is_err());
        assert!(bare("password", Link::Assign).is_err());
    }

    #[test]
    fn letters_of_no_word_may_be_a_key() {
        let found = |value: &str| verdict(Kind::Key, "client_secret", value);
        assert_eq!(found("kqjzxwvtbhgd"), Some(Confidence::Low));
        assert_eq!(found("authorization"), None);
    }

    #[test]
    fn app_passwords_are_four_groups_of_letters() {
        let groups = ["kqjz", "wvxb", "tmpf", "hjrd"].join(" ");
        let found = verdict(Kind::Password, "pass", &groups);
        assert_eq!(found, Some(Confidence::Medium));
        assert_eq!(verdict(Kind::Password, "pass", "when will they come"), None);
    }

    #[test]
    fn what_stands_under_such_names_and_is_none() {
        for value in [
            "password",
            "Password",
            "your_password",
            "new-password",
            "user.password",
            "passwordInput",
            "Please enter your password",
            "password_field",
            "changeme",
            "<password>",
            "${DB_PASSWORD}",
            "/etc/secrets/password",
            "current-password",
            "string",
            "required",
            "********",
            "getPassword()",
            "config.db.password",
            "https://example.org/reset",
            "[a-zA-Z0-9]+",
        ] {
            assert_eq!(verdict(Kind::Password, "password", value), None, "{value}");
        }
        for value in [
            "access_token",
            "refresh",
            "application/json",
            "Bearer",
            "client_credentials",
            "user-token",
            "myTokenName",
            "tokenExpired",
            "identifier",
        ] {
            assert_eq!(verdict(Kind::Key, "token", value), None, "{value}");
        }
    }
}
