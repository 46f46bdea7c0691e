//! The label of a value: the name it is assigned to, the header, flag, key or column it stands under, in whatever language. Read backwards from
//! the value, because that works where nobody can say what language a line is in.

use super::boundary::{after_escape, escape_len};
use super::words::{CALLS, GENERIC, LINKS, NAMING, SCHEMES, TYPES};
use crate::rule::LABEL_LINES;
use crate::text::Span;
use memchr::memrchr;

/// Bytes that are looked at before a value.
pub(super) const LABEL_REACH: usize = 320;

/// What names a value, nearest first: `Bearer`, then `Authorization`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Label {
    names: Vec<Span>,
}

impl Label {
    /// The nearest name alone, without what only adds to it.
    pub(super) fn nearest<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        self.names.first().map_or(b"", |name| name.of(text))
    }

    /// The names as one text, outermost first, separated by a blank.
    pub(super) fn text(&self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        for name in self.names.iter().rev() {
            if !out.is_empty() {
                out.push(b' ');
            }
            out.extend_from_slice(name.of(text));
        }
        out
    }
}

/// Most names of a label.
const MAX_NAMES: usize = 6;

/// The label of the value at `value`.
pub(super) fn label_of(text: &[u8], value: Span) -> Label {
    let floor = line_start(text, value.start, LABEL_LINES as usize, LABEL_REACH);
    let mut label = Label::default();
    let mut at = value.start;
    let mut breaks = 0;
    let mut settled = false;
    while label.names.len() < MAX_NAMES {
        let Some((name, glue)) = name_before(text, at, floor, &mut breaks) else {
            break;
        };
        if settled && !glue.goes_on() {
            break;
        }
        at = name.start;
        let word = name.of(text);
        if (LINKS.has(word) && (glue.blank_only || word.len() <= 2))
            || glue.call && CALLS.has(word)
            || annotates(text, name)
            || (TYPES.has(word) && text[name.end..].starts_with(b"::"))
        {
            continue;
        }
        label.names.push(name);
        if GENERIC.has(word) && !settled {
            if let Some(real) = pair_name(text, name, value, floor) {
                label.names.push(real);
                break;
            }
            continue;
        }
        if SCHEMES.has(word) && glue.blank_only {
            continue;
        }
        // What stands before a name adds to it as long as only blanks part them (prose, declarations) or it is the thing whose part the name is.
        settled = true;
        if word.starts_with(b"-") {
            break;
        }
    }
    // In a table the column names the value, whatever stands in the cell before.
    if let Some(column) = super::table::header_of(text, value) {
        label.names.insert(0, column);
    }
    label
}

/// Whether a name is a type: what stands before it is the colon of an annotation (`token: &str = …`) or `As` of Basic.
fn annotates(text: &[u8], name: Span) -> bool {
    let before = text[..name.start].trim_ascii_end();
    let before = before
        .strip_suffix(b"&")
        .or(before.strip_suffix(b"&'static"))
        .unwrap_or(before);
    TYPES.has(name.of(text))
        && (before.trim_ascii_end().ends_with(b":")
            || before.ends_with(b" As")
            || before.ends_with(b" as"))
}

/// What stands between a name and what it names.
#[derive(Clone, Copy, Debug)]
struct Glue {
    /// Only blanks (and quotes): no operator.
    blank_only: bool,
    /// An opening parenthesis stood directly behind the name.
    call: bool,
    /// A bracket stood directly behind the name: `name['part']`.
    index: bool,
    /// A sign that joins two literals, or parts arguments, was crossed.
    joins: bool,
}

impl Glue {
    /// Whether what stands before a name that was found belongs to it.
    fn goes_on(self) -> bool {
        self.blank_only || self.index
    }
}

/// The name that ends before `at`, over quotes, operators, brackets and escapes. At most one line break is crossed for each operator that asks for it.
fn name_before(text: &[u8], at: usize, floor: usize, breaks: &mut usize) -> Option<(Span, Glue)> {
    let mut end = at;
    let mut glue = Glue {
        blank_only: true,
        call: false,
        index: false,
        joins: false,
    };
    while end > floor {
        if let Some(len) = escape_len(&text[..end]) {
            // A line break that is written out ends the line as a real one does; other escapes are signs.
            end -= len.min(end - floor);
            glue.blank_only = false;
            continue;
        }
        match text[end - 1] {
            b' ' | b'\t' | b'"' | b'\'' | b'`' | b'\\' => end -= 1,
            b'=' | b':' | b'>' | b'(' | b',' | b'[' | b'{' | b'+' | b'|' | b'@' | b'&' | b'#'
            | b')' | b']' | b'<' | b'?' | b'*' | b'~' | b'!' => {
                glue.blank_only = false;
                glue.call = text[end - 1] == b'(' || (glue.call && text[end - 1] == b':');
                glue.index = text[end - 1] == b'[';
                glue.joins |= matches!(text[end - 1], b'+' | b',' | b'|');
                end -= 1;
            }
            // A property of C#: `string Token { get; set; } = "x"`.
            b'}' => {
                glue.blank_only = false;
                end = accessors_before(&text[..end])?;
            }
            b';' if entity_before(&text[..end]) => {
                glue.blank_only = false;
                end = memrchr(b'&', &text[..end])?;
            }
            b'\r' | b'\n' => {
                // A value on a line of its own belongs to what the line before left open.
                *breaks += 1;
                if *breaks > 2 || (glue_is_closed(text, end) && !glue.joins) {
                    return None;
                }
                if glue.blank_only && at != end && *breaks > 1 {
                    return None;
                }
                end -= 1;
            }
            b'-' | b'.' | b'/' | b'$' if !joins_names(text, end) => {
                glue.blank_only = false;
                end -= 1;
            }
            // Dashes and other signs of UTF-8 part words as well.
            0x80..=0xBF
                if text[..end].ends_with("–".as_bytes())
                    || text[..end].ends_with("—".as_bytes())
                    || text[..end].ends_with("→".as_bytes()) =>
            {
                glue.blank_only = false;
                end -= 3;
            }
            byte if is_name_byte(byte) => break,
            _ => return None,
        }
    }
    let mut start = end;
    while start > floor && end - start < 80 && is_name_byte(text[start - 1]) {
        start -= 1;
    }
    start = after_escape(text, start, end);
    (start < end).then(|| (Span::new(start, end), glue))
}

/// Whether the sign before `end` belongs to a name: a letter or digit stands before it.
fn joins_names(text: &[u8], end: usize) -> bool {
    end.checked_sub(2)
        .and_then(|at| text.get(at))
        .is_some_and(u8::is_ascii_alphanumeric)
}

/// Where the accessors of a property begin that `text` ends with: `{ get; set; }`.
fn accessors_before(text: &[u8]) -> Option<usize> {
    let from = text.len().saturating_sub(40);
    let open = from + memrchr(b'{', &text[from..])?;
    text[open + 1..]
        .trim_ascii_start()
        .starts_with(b"get")
        .then_some(open)
}

/// Whether `text` ends with a quote or sign written as an entity of XML: `&quot;`, `&#34;`, `&amp;`.
fn entity_before(text: &[u8]) -> bool {
    let from = text.len().saturating_sub(8);
    memrchr(b'&', &text[from..]).is_some_and(|at| {
        let inside = &text[from + at + 1..text.len() - 1];
        !inside.is_empty()
            && inside
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'#')
    })
}

/// Whether the line that ends at `end` is complete, so that a value on the next line has nothing to do with it. Lines that end with an opening sign,
/// an operator, a backslash or a YAML block sign leave something open.
fn glue_is_closed(text: &[u8], end: usize) -> bool {
    let mut last = end - 1;
    while last > 0 && matches!(text[last - 1], b'\r' | b'\n' | b' ' | b'\t') {
        last -= 1;
    }
    !last
        .checked_sub(1)
        .and_then(|at| text.get(at))
        .is_some_and(|byte| {
            matches!(
                byte,
                b'=' | b':' | b'(' | b',' | b'[' | b'{' | b'+' | b'|' | b'>' | b'\\' | b'-' | b'.'
            )
        })
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$' | b'/') || byte >= 0x80
}

/// The name that a `value:`-like key belongs to: `key="N" value="V"`, `{"name": "N", "value": "V"}`, `- name: N` on the line above, `<key>N</key>`.
fn pair_name(text: &[u8], generic: Span, value: Span, floor: usize) -> Option<Span> {
    let from = floor;
    let to = line_end(text, value.end, 1, LABEL_REACH);
    // The nearest pair before the value counts; only if there is none, one behind it, up to the end of the object.
    if let Some(found) = naming_pairs(text, from, generic.start).last() {
        return Some(found);
    }
    let close = text[value.end..to]
        .iter()
        .position(|byte| *byte == b'}')
        .map_or(to, |at| value.end + at);
    naming_pairs(text, value.end, close).next()
}

/// Every `key: NAME`, `"name": "NAME"`, `<key>NAME` in `from..to`, in order.
fn naming_pairs(text: &[u8], from: usize, to: usize) -> impl Iterator<Item = Span> + '_ {
    let mut at = from;
    std::iter::from_fn(move || {
        while at < to {
            if !is_name_byte(text[at]) {
                at += 1;
                continue;
            }
            let start = at;
            while at < to && is_name_byte(text[at]) {
                at += 1;
            }
            if !NAMING.has(&text[start..at]) {
                continue;
            }
            // `variable "name" {` of Terraform has a blank where others have an operator.
            let mut inner = at;
            let mut operator = text[start..at].eq_ignore_ascii_case(b"variable")
                && text[at..to].starts_with(b" \"");
            while inner < to
                && matches!(
                    text[inner],
                    b' ' | b'"' | b'\'' | b'\\' | b':' | b'=' | b'>'
                )
            {
                operator |= matches!(text[inner], b':' | b'=' | b'>');
                inner += 1;
            }
            let name_start = inner;
            while inner < to && is_name_byte(text[inner]) {
                inner += 1;
            }
            if operator && inner > name_start {
                at = inner;
                return Some(Span::new(name_start, inner));
            }
        }
        None
    })
}

/// The start of the line `lines` lines above `at`, at most `cap` bytes away.
fn line_start(text: &[u8], at: usize, lines: usize, cap: usize) -> usize {
    let floor = at.saturating_sub(cap);
    let mut start = at;
    for _ in 0..=lines {
        match memrchr(b'\n', &text[floor..start]) {
            Some(found) => start = floor + found,
            None => return floor,
        }
    }
    start + 1
}

fn line_end(text: &[u8], at: usize, lines: usize, cap: usize) -> usize {
    let ceiling = text.len().min(at + cap);
    let mut end = at;
    for _ in 0..=lines {
        match memchr::memchr(b'\n', &text[end..ceiling]) {
            Some(found) => end += found + 1,
            None => return ceiling,
        }
    }
    end
}

/// The name of the function that takes the value, behind other literals or none: `vendor.Client("acme", "…")`.
fn callee_of(text: &[u8], value: Span) -> Option<&[u8]> {
    let floor = line_start(text, value.start, LABEL_LINES as usize, LABEL_REACH);
    let before = &text[floor..value.start];
    let mut rest = before.strip_suffix(b"\"").or(before.strip_suffix(b"'"))?;
    loop {
        rest = rest.strip_suffix(b"b").unwrap_or(rest).trim_ascii_end();
        if let Some(callee) = rest.strip_suffix(b"(") {
            let len = callee
                .iter()
                .rev()
                .take_while(|byte| is_name_byte(**byte))
                .count();
            return (len > 0).then(|| &callee[callee.len() - len..]);
        }
        let argument = rest.strip_suffix(b",")?.trim_ascii_end();
        let (quote, inside) = argument.split_last()?;
        if !matches!(quote, b'"' | b'\'') {
            return None;
        }
        rest = &inside[..memrchr(*quote, inside)?];
    }
}

/// Whether a function is one of `vendor`, or one that is given what it logs in with: `new Geocoder("…")` of a vendor, `configure("…")`.
pub(super) fn takes_credentials(text: &[u8], value: Span, vendor: &str) -> bool {
    const WORDS: &[&str] = &[
        "client",
        "api",
        "sdk",
        "service",
        "connect",
        "init",
        "initialize",
        "configure",
        "config",
        "credential",
        "credentials",
        "session",
        "login",
        "account",
        "rest",
        "auth",
        "authenticator",
        "provider",
    ];
    let Some(callee) = callee_of(text, value) else {
        return false;
    };
    let vendor = vendor
        .split(|sign: char| !sign.is_ascii_alphanumeric())
        .next();
    let vendor = vendor.unwrap_or_default().to_ascii_lowercase();
    let of_vendor = vendor.len() >= 3 && super::placeholder::contains(callee, &vendor);
    let last = callee.rsplit(|byte| matches!(byte, b'.' | b'/')).next();
    let words = last.map(super::name::words).unwrap_or_default();
    of_vendor || words.iter().any(|word| WORDS.contains(&word.as_str()))
}

/// Whether a label names a credential at all.
pub(super) fn names_credential(label: &[u8]) -> bool {
    const WORDS: &[&str] = &[
        "key",
        "token",
        "secret",
        "pass",
        "pwd",
        "auth",
        "cred",
        "bearer",
        "api",
        "dsn",
        "pat",
        "sid",
        "hook",
        "sas",
        "license",
        "signature",
        "private",
        "cookie",
        "session",
        "oauth",
        "jwt",
    ];
    WORDS
        .iter()
        .any(|word| super::placeholder::contains(label, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(text: &str) -> String {
        let at = text.find("VVVV").unwrap();
        let label = label_of(text.as_bytes(), Span::new(at, at + 4));
        String::from_utf8(label.text(text.as_bytes())).unwrap()
    }

    #[test]
    fn names_in_every_idiom() {
        for (text, expected) in [
            ("API_KEY=VVVV", "API_KEY"),
            ("export API_KEY=\"VVVV\"", "export API_KEY"),
            ("  \"api_key\": \"VVVV\",", "api_key"),
            (":api_key => 'VVVV'", "api_key"),
            ("const apiKey = 'VVVV';", "const apiKey"),
            ("define('API_KEY', 'VVVV');", "API_KEY"),
            (
                "req.Header.Set(\"Authorization\", \"VVVV\")",
                "Authorization",
            ),
            ("Authorization: Bearer VVVV", "Authorization Bearer"),
            ("<add key=\"ApiKey\" value=\"VVVV\"/>", "ApiKey value"),
            ("<ApiKey>VVVV</ApiKey>", "ApiKey"),
            ("<string name=\"api_key\">VVVV</string>", "api_key"),
            ("- name: API_TOKEN\n  value: VVVV", "API_TOKEN value"),
            (
                "{\"key\":\"oauth_token\",\"value\":\"VVVV\"}",
                "oauth_token value",
            ),
            (
                "{\"value\":\"VVVV\",\"key\":\"oauth_token\"}",
                "oauth_token value",
            ),
            ("<key>ApiKey</key>\n<string>VVVV</string>", "ApiKey string"),
            ("https://x/?a=1&oauth_token=VVVV&b", "oauth_token"),
            ("%3Foauth_token%3DVVVV%26", "oauth_token"),
            ("{\\\"oauth_token\\\": \\\"VVVV\\\"}", "oauth_token"),
            ("| API key | VVVV |", "API key"),
            ("IDENTIFIED BY 'VVVV'", "IDENTIFIED"),
            ("--api-key VVVV", "--api-key"),
            ("the password is VVVV", "password"),
            ("os.environ[\"API_KEY\"] = \"VVVV\"", "os.environ API_KEY"),
            ("token = (\n    \"VVVV\"\n)", "token"),
            ("password: &quot;VVVV&quot;", "password"),
            ("client_secret = b\"VVVV\"", "client_secret"),
            ("let token: &str = \"VVVV\";", "let token"),
            (
                "public string Token { get; set; } = \"VVVV\";",
                "public Token",
            ),
            ("let token = String::from(\"VVVV\");", "let token"),
            ("invoca['token'] = 'VVVV'", "invoca token"),
            ("token <- \"VVVV\"", "token"),
            ("  Authorization:\n  - VVVV", "Authorization"),
            (
                "variable \"api_token\" {\n  type = string\n  default = \"VVVV\"",
                "api_token default",
            ),
            ("use this token for the API: VVVV", "use this token for API"),
            ("'?oauth_token='\n  + 'VVVV'", "oauth_token"),
        ] {
            assert_eq!(label(text), expected, "{text}");
        }
        assert_eq!(label("done\nVVVV"), "");
    }

    #[test]
    fn functions_that_take_what_they_log_in_with() {
        let takes = |text: &str| {
            let at = text.find("VVVV").unwrap();
            takes_credentials(text.as_bytes(), Span::new(at, at + 4), "Acme Maps")
        };
        assert!(takes("new Client('acme', 'VVVV')"));
        assert!(takes("x = acme.Geocoder(\"VVVV\")"));
        assert!(takes("login(\n    \"https://x.dev:443/\",\n    \"VVVV\")"));
        assert!(!takes("assertEquals(\"acme\", \"VVVV\")"));
        assert!(!takes("client = \"VVVV\""));
    }
}
