//! Fills a case with values: the scanner's own `{{class:length}}`, and what only cases need.
//!
//! `{{pw}}` a password as people choose them or generators make them, `{{pw:plain}}` one of letters and digits, `{{pw:safe}}` one that needs no
//! quotes, `{{pw:url}}` one as it stands in a URL, `{{pw:long}}` a generated one; `{{user}}`, `{{host}}`, `{{email}}`, `{{db}}`, `{{ip}}`, `{{word}}`, `{{name}}`;
//! `{{pick:a|b}}` one of several; `{{hash:bcrypt}}` (and `sha512crypt`, `sha256crypt`, `md5crypt`, `apr1`, `phpass`, `descrypt`, `ssha`, `pbkdf2`,
//! `argon2`, `mysql`, `ntlm`) a hashed password; `{{camel:3}}`, `{{snake:3}}`, `{{kebab:3}}`, `{{prose:12}}` that many words; `{{jwt-part:40}}` base64 of JSON; `{{invoca}}` and `{{ring-key}}` tokens of Invoca's shapes;
//! `⟦b64:…⟧`, `⟦b64url:…⟧`, `⟦url:…⟧`, `⟦json:…⟧`, `⟦hex:…⟧` encode what stands inside, inner ones first.

use crate::words::{self, WORDS};
use invoca_scan::detect::Generator;
use invoca_scan::text::Span;

/// A text ready to scan, and where its secrets are.
#[derive(Clone, Debug)]
pub(crate) struct Filled {
    /// The text.
    pub(crate) text: String,
    /// The secrets' places, between `«` and `»`.
    pub(crate) marks: Vec<Span>,
    /// Places that may be reported or not, between `‹` and `›`: the public half of a pair, a value everybody knows.
    pub(crate) neutral: Vec<Span>,
}

/// Fills `text` with values that depend on `seed` only.
pub(crate) fn fill(text: &str, seed: u64) -> Result<Filled, String> {
    let mut random = Generator::new(seed);
    let filled = expand(text, &mut random)?;
    let filled = encode(&filled)?;
    unmark(&filled)
}

/// Replaces the placeholders; those not known here are the scanner's own.
fn expand(text: &str, random: &mut Generator) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find("{{") {
        out.push_str(&rest[..open]);
        if rest[open..].starts_with("{{{") {
            out.push('{');
            rest = &rest[open + 1..];
            continue;
        }
        let after = &rest[open + 2..];
        let Some(close) = after.find("}}") else {
            rest = &rest[open..];
            break;
        };
        let inside = &after[..close];
        let (what, detail) = inside.split_once(':').unwrap_or((inside, ""));
        match value(what, detail, random)? {
            Some(made) => out.push_str(&made),
            None => out.push_str(&random.expand(&rest[open..open + close + 4])?),
        }
        rest = &after[close + 2..];
    }
    out.push_str(rest);
    Ok(out)
}

fn value(what: &str, detail: &str, random: &mut Generator) -> Result<Option<String>, String> {
    let count = || {
        detail
            .parse::<usize>()
            .map_err(|_| format!("{what}:{detail}: a number of words is missing"))
    };
    Ok(Some(match what {
        "pw" => words::password(detail, random)?,
        "pick" => {
            let choices: Vec<&str> = detail.split('|').collect();
            choices[random.below(choices.len())].to_owned()
        }
        "invoca" => {
            let len = if random.below(5) < 3 { 32 } else { 43 };
            random.chars("base64url", len)?
        }
        "ring-key" => {
            let len = [27, 27, 32, 43][random.below(4)];
            random.chars("base64url", len)?
        }
        "user" => words::user(random),
        "host" => words::host(random),
        "email" => format!("{}@{}", words::user(random), words::domain(random)),
        "db" => words::database(random),
        "ip" => format!(
            "10.{}.{}.{}",
            random.below(255),
            random.below(255),
            1 + random.below(250)
        ),
        "word" => WORDS[random.below(WORDS.len())].to_owned(),
        "name" => words::capital(WORDS[random.below(WORDS.len())]),
        "hash" => words::hash(detail, random)?,
        "camel" => words::camel(count()?, random),
        "snake" => words::joined(count()?, "_", random),
        "kebab" => words::joined(count()?, "-", random),
        "prose" => words::joined(count()?, " ", random),
        "jwt-part" => {
            let fields = format!(
                "{{\"{}\":\"{}\",\"iat\":17{}}}",
                words::joined(1, "", random),
                words::joined(2, ".", random),
                random.chars("digit", 8)?
            );
            let mut part = base64(fields.as_bytes(), URL_SAFE, false);
            part.truncate(count()?);
            part
        }
        _ => return Ok(None),
    }))
}

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Base64 of `bytes`.
fn base64(bytes: &[u8], alphabet: &[u8; 64], pad: bool) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk
            .iter()
            .fold(0_u32, |word, byte| word << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for digit in 0..4 {
            if digit <= chunk.len() {
                out.push(char::from(
                    alphabet[(word >> (18 - 6 * digit)) as usize & 63],
                ));
            } else if pad {
                out.push('=');
            }
        }
    }
    out
}

/// Applies `⟦encoding:…⟧`, inner ones first.
fn encode(text: &str) -> Result<String, String> {
    let mut text = text.to_owned();
    while let Some(close) = text.find('⟧') {
        let open = text[..close].rfind('⟦').ok_or("⟧ without ⟦")?;
        let inside = &text[open + '⟦'.len_utf8()..close];
        let (how, what) = inside.split_once(':').ok_or("⟦…⟧ without an encoding")?;
        if what.contains(['«', '»', '‹', '›']) {
            return Err(format!("a mark inside of {inside}"));
        }
        let made = match how {
            "b64" => base64(what.as_bytes(), STANDARD, true),
            "b64raw" => base64(what.as_bytes(), STANDARD, false),
            "b64url" => base64(what.as_bytes(), URL_SAFE, false),
            "url" => what.bytes().map(percent).collect(),
            "hex" => what.bytes().map(|byte| format!("{byte:02x}")).collect(),
            "json" => {
                let quoted = serde_json::to_string(what).map_err(|error| error.to_string())?;
                quoted[1..quoted.len() - 1].to_owned()
            }
            _ => return Err(format!("no encoding {how}")),
        };
        text.replace_range(open..close + '⟧'.len_utf8(), &made);
    }
    Ok(text)
}

fn percent(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

/// Takes the marks out and notes what they enclosed.
fn unmark(text: &str) -> Result<Filled, String> {
    const MARKS: [char; 4] = ['«', '»', '‹', '›'];
    let mut filled = Filled {
        text: String::with_capacity(text.len()),
        marks: Vec::new(),
        neutral: Vec::new(),
    };
    let mut open: Option<(char, usize)> = None;
    for letter in text.chars() {
        let at = filled.text.len();
        match (letter, open) {
            ('«' | '‹', None) => open = Some((letter, at)),
            ('»', Some(('«', start))) => filled.marks.push(Span::new(start, at)),
            ('›', Some(('‹', start))) => filled.neutral.push(Span::new(start, at)),
            (mark, _) if MARKS.contains(&mark) => return Err(format!("marks do not pair: {text}")),
            (letter, _) => filled.text.push(letter),
        }
        if matches!(letter, '»' | '›') {
            open = None;
        }
    }
    if open.is_some() {
        return Err(format!("a mark is not closed: {text}"));
    }
    Ok(filled)
}
