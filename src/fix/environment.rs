//! A literal secret becomes a reference to where it is kept, in the idiom of the file's language.

use super::language::Language;
use super::literal::{Literal, line_of, name_before};
use super::{Place, Repair};
use crate::rule::RuleSpec;
use crate::text::Span;

/// The repair of a literal; `None` where the language has no idiom, or the place no room for one.
pub(super) fn repair(place: &Place<'_>) -> Option<Repair> {
    let language = Language::of(place.path, place.text)?;
    if memchr::memchr(b'\n', place.span.of(place.text)).is_some() {
        return None;
    }
    let literal = Literal::around(place.text, place.span);
    let start = literal.map_or(place.span.start, |literal| literal.whole.start);
    let whole = literal.is_none_or(|literal| literal.inside == place.span);
    let own = name_before(place.text, start).filter(|_| whole);
    let name = variable(own.as_deref(), place.rule);
    let spot = Spot {
        place,
        literal,
        whole,
        own,
        name: &name,
    };
    let edits = match language {
        Language::Shell => spot.shell(),
        Language::PowerShell => spot.powershell(),
        Language::Dotenv => return spot.dotenv(),
        Language::Actions | Language::Compose => spot.yaml(language),
        Language::Gitlab => spot.gitlab(),
        Language::Yaml => spot.plain_yaml(),
        Language::Terraform => spot.terraform(),
        other => spot.code(other),
    }?;
    Some(Repair::new(format!("read it from {name}"), edits))
}

type Edits = Vec<(Span, String)>;

struct Spot<'a> {
    place: &'a Place<'a>,
    literal: Option<Literal>,
    /// Whether the value is all that its literal holds.
    whole: bool,
    /// The name it is given.
    own: Option<String>,
    /// The variable it is read from.
    name: &'a str,
}

/// Finds where a line belongs, and the line.
type FindPlace = fn(&[u8]) -> Option<(usize, String)>;

/// How a language reads a variable.
struct Idiom {
    read: String,
    join: &'static str,
    /// The module it needs, and where its import goes in a file.
    import: Option<(&'static str, FindPlace)>,
}

impl Spot<'_> {
    fn text(&self) -> &[u8] {
        self.place.text
    }

    /// The part of the line before the value or its literal.
    fn head(&self) -> &[u8] {
        let start = self
            .literal
            .map_or(self.place.span.start, |literal| literal.whole.start);
        Span::new(line_of(self.text(), start).start, start).of(self.text())
    }

    fn idiom(&self, language: Language) -> Option<Idiom> {
        let name = self.name;
        let plain = |read: String, join| Idiom {
            read,
            join,
            import: None,
        };
        Some(match language {
            Language::Python => Idiom {
                read: format!("os.environ[\"{name}\"]"),
                join: " + ",
                import: Some(("os", python_import)),
            },
            Language::Go => Idiom {
                read: format!("os.Getenv(\"{name}\")"),
                join: " + ",
                import: Some(("os", go_import)),
            },
            Language::Ruby => plain(format!("ENV.fetch(\"{name}\")"), " + "),
            Language::JavaScript => plain(format!("process.env.{name}"), " + "),
            Language::Php => plain(format!("getenv('{name}')"), " . "),
            Language::Java => plain(format!("System.getenv(\"{name}\")"), " + "),
            Language::CSharp => plain(
                format!("System.Environment.GetEnvironmentVariable(\"{name}\")"),
                " + ",
            ),
            Language::Rust if self.whole => plain(
                format!("&*std::env::var(\"{name}\").expect(\"set {name}\")"),
                "",
            ),
            _ => return None,
        })
    }

    /// Programs: the literal becomes an expression, or the sum of its parts and one.
    fn code(&self, language: Language) -> Option<Edits> {
        let text = self.text();
        let literal = self.literal?;
        let idiom = self.idiom(language)?;
        if literal.has_neighbour(text) || self.must_be_constant(language) || is_key(text, literal) {
            return None;
        }
        let prefix = literal.prefix(text);
        let value = self.place.span;
        let mut edits = if let Some((open, close)) =
            interpolation(language, literal.quote).filter(|_| !self.whole)
        {
            // A quote within would end the text.
            let read = idiom
                .read
                .replace('"', if literal.quote == b'"' { "'" } else { "\"" });
            vec![(value, format!("{open}{read}{close}"))]
        } else if self.whole {
            if !prefix.is_empty()
                && !prefix.eq_ignore_ascii_case(b"u")
                && !prefix.eq_ignore_ascii_case(b"r")
                && !prefix.eq_ignore_ascii_case(b"f")
            {
                return None;
            }
            vec![(literal.whole, idiom.read)]
        } else {
            if prefix.iter().any(|byte| byte.eq_ignore_ascii_case(&b'b')) {
                return None;
            }
            vec![(literal.whole, self.sum(literal, &idiom)?)]
        };
        if let Some((module, find)) = idiom.import
            && !imports(text, language, module)
        {
            let (at, line) = find(text)?;
            let ending = line_ending(text);
            edits.push((Span::new(at, at), format!("{line}{ending}")));
        }
        Some(edits)
    }

    /// The literal cut in two, with the variable between.
    fn sum(&self, literal: Literal, idiom: &Idiom) -> Option<String> {
        let text = self.text();
        let part = |span: Span| {
            let quote = char::from(literal.quote);
            let prefix = String::from_utf8_lossy(literal.prefix(text)).into_owned();
            let inside = std::str::from_utf8(span.of(text)).ok()?;
            Some(format!("{prefix}{quote}{inside}{quote}"))
        };
        let before = Span::new(literal.inside.start, self.place.span.start);
        let after = Span::new(self.place.span.end, literal.inside.end);
        let mut parts = Vec::new();
        if !before.is_empty() {
            parts.push(part(before)?);
        }
        parts.push(idiom.read.clone());
        if !after.is_empty() {
            parts.push(part(after)?);
        }
        let sum = parts.join(idiom.join);
        let left = text[..literal.whole.start].trim_ascii_end().last();
        let right = text[literal.whole.end.min(text.len())..]
            .trim_ascii_start()
            .first();
        let loose = left.is_none_or(|byte| b"=(,[{:>".contains(byte))
            && right.is_none_or(|byte| b",)]};".contains(byte) || byte.is_ascii_alphabetic());
        Some(if loose { sum } else { format!("({sum})") })
    }

    /// Whether the language wants a constant here.
    fn must_be_constant(&self, language: Language) -> bool {
        let head = String::from_utf8_lossy(self.head()).into_owned();
        let words: Vec<&str> = head
            .split(|letter: char| !letter.is_alphanumeric() && letter != '@')
            .collect();
        let has = |list: &[&str]| list.iter().any(|word| words.contains(word));
        let above = &self.text()[..self.place.span.start];
        match language {
            Language::Rust => has(&["const", "static"]),
            Language::CSharp => has(&["const", "case"]) || head.contains('['),
            Language::Php => has(&[
                "const",
                "public",
                "private",
                "protected",
                "static",
                "var",
                "case",
            ]),
            Language::Java => has(&["case"]) || head.trim_start().starts_with('@'),
            Language::Go => {
                let open = memchr::memmem::rfind(above, b"const (");
                has(&["const", "case"]) || open.is_some_and(|at| !above[at..].contains(&b')'))
            }
            Language::JavaScript => {
                // What browser code reads is public all the same.
                let path = String::from_utf8_lossy(self.place.path).to_ascii_lowercase();
                let folders = [
                    "public/",
                    "static/",
                    "assets/",
                    "wwwroot/",
                    "frontend/",
                    "client/",
                    "browser/",
                ];
                // `import … from "…"`; the word alone may be a parameter of the address.
                let line = head.trim();
                ["import ", "case "]
                    .iter()
                    .any(|word| line.starts_with(word))
                    || line.ends_with(" from")
                    || [".jsx", ".tsx"].iter().any(|ending| path.ends_with(ending))
                    || folders.iter().any(|folder| {
                        path.starts_with(folder) || path.contains(&format!("/{folder}"))
                    })
            }
            _ => false,
        }
    }

    fn shell(&self) -> Option<Edits> {
        let name = self.name;
        let text = self.text();
        let assigned = self.own.as_deref() == Some(name) && self.head().ends_with(b"=");
        let span = match self.literal {
            Some(literal) if self.whole => literal.whole,
            _ => self.place.span,
        };
        let new = if assigned {
            format!("\"${{{name}:?}}\"")
        } else {
            match self.literal {
                Some(literal) if !self.whole && literal.quote == b'\'' => format!("'\"${name}\"'"),
                Some(literal) if !self.whole && literal.quote == b'"' => format!("${{{name}}}"),
                Some(literal) if literal.quote == b'`' => return None,
                _ => format!("\"${name}\""),
            }
        };
        // Within a here-document, quotes are text.
        let above = &text[..self.place.span.start];
        let here = memchr::memmem::rfind(above, b"<<").is_some_and(|at| above.len() - at < 4096);
        if here {
            return None;
        }
        Some(vec![(span, new)])
    }

    fn powershell(&self) -> Option<Edits> {
        let literal = self.literal?;
        let name = self.name;
        match (self.whole, literal.quote) {
            (true, _) => Some(vec![(literal.whole, format!("$env:{name}"))]),
            (false, b'"') => Some(vec![(self.place.span, format!("$($env:{name})"))]),
            _ => None,
        }
    }

    /// The value goes, its name stays, and stands in `.env.example` as well.
    fn dotenv(&self) -> Option<Repair> {
        let own = self.own.clone()?;
        if !self.whole || self.place.path.ends_with(b".example") {
            return None;
        }
        let span = self
            .literal
            .map_or(self.place.span, |literal| literal.whole);
        let mut repair = Repair::new(
            format!("keep {own} in a file that is not committed"),
            vec![(span, String::new())],
        );
        repair.beside = Some((".env.example".to_owned(), format!("{own}=")));
        Some(repair)
    }

    fn yaml(&self, language: Language) -> Option<Edits> {
        let name = self.name;
        let reference = if language == Language::Actions {
            format!("${{{{ secrets.{name} }}}}")
        } else {
            format!("${{{name}}}")
        };
        if language == Language::Actions
            && !(self.whole && self.own.is_some() && self.head().trim_ascii_end().ends_with(b":"))
        {
            return None;
        }
        match self.literal {
            Some(literal) if self.whole => Some(vec![(literal.inside, reference)]),
            _ => Some(vec![(self.place.span, reference)]),
        }
    }

    /// A variable's value belongs into the settings of the project, which are stronger than what the file says. Commands are those of a shell.
    fn gitlab(&self) -> Option<Edits> {
        let Some(own) = &self.own else {
            let head = self.head().trim_ascii_end();
            return match self.literal {
                Some(yaml) if head.ends_with(b"-") || head.ends_with(b":") => {
                    self.command_in_yaml(yaml)
                }
                _ => self.shell(),
            };
        };
        if !self.whole || capitals(own) != *own {
            return None;
        }
        let empty = "\"\"".to_owned();
        let span = self
            .literal
            .map_or(self.place.span, |literal| literal.whole);
        Some(vec![(span, empty)])
    }

    /// A command that YAML has in quotes of its own: only between the double quotes of the shell a variable can stand as it is.
    fn command_in_yaml(&self, yaml: Literal) -> Option<Edits> {
        let before = Span::new(yaml.inside.start, self.place.span.start).of(self.text());
        let count = |quote| memchr::memchr_iter(quote, before).count();
        let single = if yaml.quote == b'\'' {
            count(b'\'') / 2
        } else {
            count(b'\'')
        };
        let inside = count(b'"') % 2 == 1 && single % 2 == 0;
        inside.then(|| vec![(self.place.span, format!("${{{}}}", self.name))])
    }

    /// YAML has no variables of its own: what reads the file decides.
    fn plain_yaml(&self) -> Option<Edits> {
        let text = self.text();
        let value = self
            .literal
            .map_or(self.place.span, |literal| literal.whole);
        if !self.whole {
            return None;
        }
        if is_manifest(text) {
            return self.secret_of_cluster(value);
        }
        let path = String::from_utf8_lossy(self.place.path).into_owned();
        let name = path.rsplit('/').next().unwrap_or_default();
        let reference = if name.starts_with("application") || name.starts_with("bootstrap") {
            format!("${{{}}}", self.name)
        } else if name.starts_with("serverless") {
            format!("${{env:{}}}", self.name)
        } else if name.starts_with("meltano") {
            format!("${}", self.name)
        } else if memchr::memmem::find(text, b"<%=").is_some() {
            format!("<%= ENV.fetch(\"{}\") %>", self.name)
        } else {
            return None;
        };
        Some(vec![(value, reference)])
    }

    /// Kubernetes: the value of a container's variable becomes a reference to a secret of the cluster.
    fn secret_of_cluster(&self, value: Span) -> Option<Edits> {
        let text = self.text();
        let line = line_of(text, value.start);
        let head = Span::new(line.start, value.start).of(text);
        let indent = head.iter().take_while(|byte| **byte == b' ').count();
        let rest = Span::new(value.end, line.end.max(value.end)).of(text);
        let above = line_of(text, line.start.checked_sub(1)?);
        let named = String::from_utf8_lossy(above.of(text)).into_owned();
        let name = named.trim().trim_start_matches("- ").trim();
        let name = name.strip_prefix("name:")?.trim().trim_matches(['"', '\'']);
        let variable = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if head.trim_ascii() != b"value:" || !rest.trim_ascii().is_empty() || !variable {
            return None;
        }
        let ending = line_ending(text);
        let pad = " ".repeat(indent);
        let secret = name.to_ascii_lowercase().replace('_', "-");
        let lines = [
            "valueFrom:".to_owned(),
            format!("{pad}  secretKeyRef:"),
            format!("{pad}    name: {secret}"),
            format!("{pad}    key: {name}"),
        ];
        let span = Span::new(line.start + indent, value.end);
        Some(vec![(span, lines.join(ending))])
    }

    fn terraform(&self) -> Option<Edits> {
        let literal = self.literal?;
        let variable = self.name.to_ascii_lowercase();
        let mut edits = vec![if self.whole {
            (literal.whole, format!("var.{variable}"))
        } else {
            (self.place.span, format!("${{var.{variable}}}"))
        }];
        let text = self.text();
        let head = String::from_utf8_lossy(self.head()).into_owned();
        // The default of a variable cannot be another one.
        if head.trim_start().starts_with("default") {
            return None;
        }
        let declared = format!("variable \"{variable}\"");
        if memchr::memmem::find(text, declared.as_bytes()).is_none() {
            let ending = line_ending(text);
            let begin = if text.ends_with(b"\n") { "" } else { ending };
            let lines = [
                "",
                &format!("{declared} {{"),
                "  type      = string",
                "  sensitive = true",
                "}",
                "",
            ];
            let block = format!("{begin}{}", lines.join(ending));
            edits.push((Span::new(text.len(), text.len()), block));
        }
        Some(edits)
    }
}

/// Whether a YAML file is a manifest of Kubernetes.
fn is_manifest(text: &[u8]) -> bool {
    ["apiVersion:", "kind:"]
        .iter()
        .all(|key| memchr::memmem::find(text, key.as_bytes()).is_some())
}

/// How the lines of a text end.
fn line_ending(text: &[u8]) -> &'static str {
    match memchr::memmem::find(text, b"\r\n") {
        Some(_) => "\r\n",
        None => "\n",
    }
}

/// Whether a literal is the key of a map.
fn is_key(text: &[u8], literal: Literal) -> bool {
    let after = text[literal.whole.end.min(text.len())..].trim_ascii_start();
    after.starts_with(b":") || after.starts_with(b"=>")
}

/// What puts an expression into a text with this quote.
fn interpolation(language: Language, quote: u8) -> Option<(&'static str, &'static str)> {
    match (language, quote) {
        (Language::JavaScript, b'`') => Some(("${", "}")),
        (Language::Ruby, b'"') => Some(("#{", "}")),
        _ => None,
    }
}

/// Whether a module is imported already.
fn imports(text: &[u8], language: Language, module: &str) -> bool {
    text.split(|byte| *byte == b'\n').any(|line| {
        let line = String::from_utf8_lossy(line).into_owned();
        let line = line.trim();
        match language {
            Language::Python => line
                .strip_prefix("import ")
                .is_some_and(|list| list.split(',').any(|item| item.trim() == module)),
            _ => line == format!("\"{module}\"") || line == format!("import \"{module}\""),
        }
    })
}

/// Where `import os` goes: before the first import, behind what must come first.
fn python_import(text: &[u8]) -> Option<(usize, String)> {
    // A byte order mark stays the first thing in the file.
    let mut at = if text.starts_with(b"\xEF\xBB\xBF") {
        3
    } else {
        0
    };
    let mut free = at;
    let mut open: Option<&[u8]> = None;
    for line in text[at..].split_inclusive(|byte| *byte == b'\n') {
        let shown = line.trim_ascii();
        let begin = at;
        at += line.len();
        if let Some(quotes) = open {
            if memchr::memmem::find(shown, quotes).is_some() {
                open = None;
                free = at;
            }
            continue;
        }
        let doc = [&b"\"\"\""[..], b"'''"]
            .into_iter()
            .find(|quotes| shown.starts_with(quotes));
        if let Some(quotes) = doc {
            if memchr::memmem::find(&shown[3..], quotes).is_none() {
                open = Some(quotes);
            } else {
                free = at;
            }
        } else if shown.starts_with(b"from __future__")
            || (shown.starts_with(b"#") && free == begin)
        {
            free = at;
        } else if shown.is_empty() {
        } else if line.starts_with(b"import ") || line.starts_with(b"from ") {
            return Some((begin, "import os".to_owned()));
        } else {
            break;
        }
    }
    Some((free, "import os".to_owned()))
}

/// Where `"os"` goes in Go: into the list of imports, or behind the only one.
fn go_import(text: &[u8]) -> Option<(usize, String)> {
    if let Some(at) = memchr::memmem::find(text, b"import (") {
        let end = memchr::memchr(b'\n', &text[at..])?;
        return Some((at + end + 1, "\t\"os\"".to_owned()));
    }
    let at = memchr::memmem::find(text, b"\nimport \"")
        .or_else(|| memchr::memmem::find(text, b"package "))?;
    let end = memchr::memchr(b'\n', text.get(at + 1..)?)?;
    Some((at + 1 + end + 1, "import \"os\"".to_owned()))
}

/// Names that many things have.
const COMMON: &[&str] = &[
    "TOKEN",
    "KEY",
    "SECRET",
    "PASSWORD",
    "API_KEY",
    "APIKEY",
    "API_TOKEN",
    "AUTH_TOKEN",
    "ACCESS_TOKEN",
    "OAUTH_TOKEN",
    "API_SECRET",
    "PASS",
];

/// The variable that a value is read from: named like what it is given to, if that says what it is, else after its rule.
fn variable(own: Option<&str>, rule: &RuleSpec) -> String {
    let vendor = capitals(&rule.vendor);
    if let Some(name) = own.map(capitals) {
        let credential = ["TOKEN", "KEY", "SECRET", "PASS", "CREDENTIAL", "PWD"]
            .iter()
            .any(|word| name.contains(word));
        if credential && COMMON.contains(&&*name) && !vendor.is_empty() {
            return format!("{vendor}_{name}");
        }
        if credential {
            return name;
        }
    }
    if vendor == "INVOCA" {
        let kind = ["ring-pool-key", "login"]
            .into_iter()
            .find(|kind| rule.id.contains(kind));
        return match kind {
            Some("login") => "INVOCA_PASSWORD".to_owned(),
            Some(_) => "INVOCA_RING_POOL_KEY".to_owned(),
            None => "INVOCA_API_TOKEN".to_owned(),
        };
    }
    capitals(&rule.id)
}

/// `apiToken`, `api-token` and `api.token` as `API_TOKEN`.
fn capitals(name: &str) -> String {
    let mut out = String::new();
    let mut lower = false;
    for letter in name.chars() {
        if letter.is_ascii_alphanumeric() {
            if letter.is_ascii_uppercase() && lower {
                out.push('_');
            }
            lower = letter.is_ascii_lowercase() || letter.is_ascii_digit();
            out.push(letter.to_ascii_uppercase());
        } else {
            lower = false;
            if !out.is_empty() && !out.ends_with('_') {
                out.push('_');
            }
        }
    }
    out.trim_end_matches('_').to_owned()
}
