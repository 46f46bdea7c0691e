//! A configuration of gitleaks, or of betterleaks, which reads the same and more: rules and allowlists.

use super::document::{Lines, Value, fields, is_true, number, tables, text, texts};
use super::write::{list, quoted};
use super::{Taken, TakenAllow, TakenRule, globs, pattern};
use crate::rule::{RuleFile, RuleSet};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use toml::de::DeTable;

/// Adds what the configuration says.
///
/// # Errors
/// It is no TOML.
pub(super) fn take(taken: &mut Taken, file: &str, text: &str) -> Result<(), String> {
    let table = DeTable::parse(text).map_err(|error| {
        let line = error
            .span()
            .map_or(1, |span| text[..span.start].matches('\n').count() + 1);
        format!("line {line}: {}", error.message())
    })?;
    let mut reader = Reader {
        taken,
        file,
        lines: Lines::new(text),
        ours: RuleSet::builtin(),
        ids: BTreeMap::new(),
    };
    reader.all(table.get_ref());
    Ok(())
}

struct Reader<'a> {
    taken: &'a mut Taken,
    file: &'a str,
    lines: Lines,
    ours: RuleSet,
    /// Their ids of rules that were taken over, and ours for them.
    ids: BTreeMap<String, String>,
}

/// What one of their allowlists says.
#[derive(Default)]
struct Allowlist {
    line: usize,
    /// Whether all kinds of criteria must agree.
    all: bool,
    /// The rules it is for, in their ids; none means all.
    rules: Vec<String>,
    paths: Vec<String>,
    patterns: Vec<String>,
    stopwords: Vec<String>,
    commits: Vec<String>,
    reason: String,
    /// Whether a criterion has no counterpart.
    lacks: bool,
}

impl Reader<'_> {
    fn lose(&mut self, line: usize, what: impl Into<String>, why: impl Into<String>) {
        self.taken.lose((self.file, line), what, why);
    }

    fn all(&mut self, table: &DeTable<'_>) {
        let fields = fields(table, &self.lines);
        // Rules first: allowlists name them.
        for (_, _, value) in fields.iter().filter(|(name, ..)| *name == "rules") {
            let rules = tables(value, &self.lines);
            for (line, rule) in &rules {
                self.rule(*line, rule, &rules);
            }
        }
        for (name, line, value) in fields {
            match name {
                "rules" | "title" | "description" | "minVersion" => {}
                "extend" => self.extend(value),
                "allowlist" | "allowlists" => {
                    for (line, table) in tables(value, &self.lines) {
                        let entry = self.allowlist(line, table);
                        self.add(entry);
                    }
                }
                _ => self.lose(
                    line,
                    format!("`{name}`"),
                    "not known from the documentation of that format",
                ),
            }
        }
    }

    fn extend(&mut self, value: &Value<'_>) {
        for (_, table) in tables(value, &self.lines) {
            for (name, line, value) in fields(table, &self.lines) {
                match name {
                    // Our own rules are there in any case.
                    "useDefault" => {}
                    "disabledRules" => {
                        for (line, id) in texts(value, &self.lines) {
                            self.disable(line, &id);
                        }
                    }
                    "path" | "url" => {
                        let what = format!("`extend.{name}` = {}", text(value).unwrap_or_default());
                        self.lose(
                            line,
                            what,
                            "import that file as well: `invoca-scan import THIS-FILE THAT-FILE`",
                        );
                    }
                    _ => self.lose(
                        line,
                        format!("`extend.{name}`"),
                        "not known from the documentation of that format",
                    ),
                }
            }
        }
    }

    fn disable(&mut self, line: usize, id: &str) {
        match self.ours.find(id) {
            Some(rule) => self.taken.disable.push(self.ours.rule(rule).id().to_owned()),
            None => self.lose(
                line,
                format!("`disabledRules` names {id}"),
                "no rule here has that id: `invoca-scan rules list` shows ours, `disable` switches one off",
            ),
        }
    }

    /// Takes a rule; `all` are those of the file, which a rule may name.
    fn rule(&mut self, line: usize, table: &DeTable<'_>, all: &[(usize, &DeTable<'_>)]) {
        let get = |name: &str| {
            table
                .iter()
                .find(|(key, _)| &**key.get_ref() == name)
                .map(|(_, value)| value)
        };
        let their_id = get("id").and_then(text).unwrap_or_default().to_owned();
        let what = format!(
            "the rule {}",
            if their_id.is_empty() {
                "without an id"
            } else {
                &their_id
            }
        );
        if get("skipReport").is_some_and(is_true) {
            self.unknown_fields(&what, table);
            return;
        }
        let regex = get("regex").and_then(text).unwrap_or_default();
        if regex.is_empty() {
            self.rule_without_regex(line, &their_id, &what, get("path").is_some());
        } else {
            let own = self.own_rule((line, &their_id), regex, table, all);
            match own {
                Ok(rule) => {
                    self.ids.insert(their_id.clone(), rule.id.clone());
                    self.taken.rules.push(rule);
                }
                Err(why) => {
                    self.lose(line, &*what, why);
                    return;
                }
            }
        }
        self.unknown_fields(&what, table);
        for name in ["allowlist", "allowlists"] {
            let Some(value) = get(name) else { continue };
            for (line, table) in tables(value, &self.lines) {
                let mut entry = self.allowlist(line, table);
                entry.rules = vec![their_id.clone()];
                self.add(entry);
            }
        }
    }

    /// A rule without a regex changes one of their own rules, or is for a path alone.
    fn rule_without_regex(&mut self, line: usize, id: &str, what: &str, has_path: bool) {
        if has_path {
            let why =
                "it reports files by their names alone; here, a rule looks for a secret in them";
            self.lose(line, what, why);
        } else if self.ours.find(id).is_none() {
            let why = "it changes a rule of theirs, and no rule here has that id: `invoca-scan rules list` shows ours";
            self.lose(line, what, why);
        }
    }

    fn unknown_fields(&mut self, what: &str, table: &DeTable<'_>) {
        for (name, line, _) in fields(table, &self.lines) {
            let why = match name {
                "id" | "description" | "regex" | "path" | "secretGroup" | "entropy"
                | "keywords" | "allowlist" | "allowlists" | "required" | "skipReport" => continue,
                "tags" => "rules have no tags here",
                "tokenEfficiency" => "values that look like words are left out here in any case",
                "validate" => "nothing is sent to anybody here",
                _ => "not known from the documentation of that format",
            };
            self.lose(line, format!("`{name}` of {what}"), why);
        }
    }

    fn own_rule(
        &mut self,
        (line, their_id): (usize, &str),
        regex: &str,
        table: &DeTable<'_>,
        all: &[(usize, &DeTable<'_>)],
    ) -> Result<TakenRule, String> {
        let get = |name: &str| {
            table
                .iter()
                .find(|(key, _)| &**key.get_ref() == name)
                .map(|(_, value)| value)
        };
        let group = get("secretGroup").and_then(number).unwrap_or(0.0);
        let made = pattern::adapt(regex, group.max(0.0) as usize)?;
        let id = self.free_id(their_id)?;
        let mut keywords = made.keywords;
        if keywords.is_empty() {
            keywords = get("keywords").map_or(Vec::new(), |value| {
                let words = texts(value, &self.lines).into_iter();
                words.map(|(_, word)| word.to_ascii_lowercase()).collect()
            });
            keywords.retain(|word| word.is_ascii() && word.len() >= 3);
            if keywords.is_empty() {
                return Err("it has no literal of three characters that every match contains, and no such keyword: write a rule with `value` or `bare`".to_owned());
            }
            self.lose(
                line,
                format!("the keywords of the rule {their_id}, for a whole file"),
                "here one of them must stand on the lines of the match",
            );
        }
        let title = get("description")
            .and_then(text)
            .filter(|text| !text.trim().is_empty())
            .unwrap_or(their_id);
        let mut out = String::from("[[rule]]\n");
        let _ = writeln!(out, "id = {}", quoted(&id));
        out.push_str("since = \"1\"\n");
        let _ = writeln!(out, "title = {}", quoted(title.trim()));
        out.push_str("severity = \"high\"\n");
        let _ = writeln!(out, "pattern = {}", quoted(&made.text));
        let _ = writeln!(out, "keywords = {}", list(&keywords));
        // Their patterns say themselves what may border on the secret.
        out.push_str("boundary = \"none\"\n");
        if made.reach > 0 {
            let _ = writeln!(out, "reach = {}", made.reach);
        }
        if let Some(entropy) = get("entropy")
            .and_then(number)
            .filter(|entropy| *entropy > 0.0)
        {
            let _ = writeln!(out, "entropy = {entropy:?}");
        }
        if let Some(path) = get("path").and_then(text).filter(|path| !path.is_empty()) {
            let globs = globs::of_regex(path).map_err(|why| format!("its path {path}: {why}"))?;
            let globs: Vec<String> = globs.iter().flat_map(|glob| rule_globs(glob)).collect();
            let _ = writeln!(out, "paths = {}", list(&globs));
        }
        let needs = self.required(get("required"), their_id, all);
        if !needs.is_empty() {
            let _ = writeln!(out, "requires = [{}]", needs.join(", "));
        }
        let _ = writeln!(
            out,
            "why = {}",
            quoted(&format!("Found by {their_id}, a rule of {}.", self.file))
        );
        out.push_str("fix = \"Revoke it where it was issued, and make a new one.\"\n");
        let file: RuleFile = toml::from_str(&out).map_err(|error| error.message().to_owned())?;
        RuleSet::builtin().add(file).map_err(|error| error.cause)?;
        Ok(TakenRule { id, text: out })
    }

    /// An id in our spelling that no rule of ours or of this import has.
    fn free_id(&self, theirs: &str) -> Result<String, String> {
        let sign = |sign: char| match sign.to_ascii_lowercase() {
            sign @ ('a'..='z' | '0'..='9') => sign,
            _ => '-',
        };
        let id: String = theirs.chars().map(sign).collect();
        let id = id.trim_matches('-');
        if id.is_empty() {
            return Err("it has no id".to_owned());
        }
        let taken = |id: &str| {
            self.ours.find(id).is_some() || self.taken.rules.iter().any(|rule| rule.id == id)
        };
        let mut names = std::iter::once(id.to_owned()).chain((1..).map(|number| match number {
            1 => format!("own-{id}"),
            number => format!("own-{id}-{number}"),
        }));
        names
            .find(|id| !taken(id))
            .ok_or_else(|| "it has no id".to_owned())
    }

    /// What must stand near, from `[[rules.required]]`: other rules of the file.
    fn required(
        &mut self,
        value: Option<&Value<'_>>,
        their_id: &str,
        all: &[(usize, &DeTable<'_>)],
    ) -> Vec<String> {
        let get = |table: &DeTable<'_>, name: &str| {
            let found = table.iter().find(|(key, _)| &**key.get_ref() == name);
            found.map(|(_, value)| (text(value).map(str::to_owned), number(value)))
        };
        let mut needs = Vec::new();
        for (line, table) in value.map_or(Vec::new(), |value| tables(value, &self.lines)) {
            let id = get(table, "id")
                .and_then(|found| found.0)
                .unwrap_or_default();
            let other = all.iter().find(|(_, rule)| {
                get(rule, "id").and_then(|found| found.0).as_deref() == Some(&id)
            });
            let regex = other
                .and_then(|(_, rule)| get(rule, "regex"))
                .and_then(|found| found.0);
            let lines = get(table, "withinLines").and_then(|found| found.1);
            let what = format!("that the rule {their_id} requires {id} nearby");
            let without = "without it, the rule reports more";
            match (regex, lines) {
                (Some(regex), Some(lines)) if regex::bytes::Regex::new(&regex).is_ok() => {
                    if get(table, "withinColumns").is_some() {
                        self.lose(
                            line,
                            format!("`withinColumns` of {what}"),
                            "columns do not count here",
                        );
                    }
                    needs.push(format!(
                        "{{ pattern = {}, lines = {} }}",
                        quoted(&regex),
                        lines.clamp(0.0, 50.0) as u32
                    ));
                }
                (Some(_), None) => {
                    self.lose(line, what, format!("`withinLines` is not said; {without}"))
                }
                _ => self.lose(
                    line,
                    what,
                    format!("that rule is not in this file or has no usable regex; {without}"),
                ),
            }
        }
        needs
    }

    fn allowlist(&mut self, line: usize, table: &DeTable<'_>) -> Allowlist {
        let mut entry = Allowlist {
            line,
            reason: format!("allowed in {}", self.file),
            ..Allowlist::default()
        };
        let fields = fields(table, &self.lines);
        let target = fields
            .iter()
            .find(|(name, ..)| *name == "regexTarget")
            .and_then(|(_, _, value)| text(value));
        let target = target.filter(|target| *target != "secret" && !target.is_empty());
        for (name, line, value) in &fields {
            match *name {
                "regexTarget" => {}
                "description" => {
                    if let Some(text) = text(value).filter(|text| !text.trim().is_empty()) {
                        entry.reason = text.trim().to_owned();
                    }
                }
                "condition" => {
                    entry.all = text(value).is_some_and(|text| matches!(text, "AND" | "&&" | "and"))
                }
                "targetRules" => {
                    entry.rules = texts(value, &self.lines)
                        .into_iter()
                        .map(|(_, id)| id)
                        .collect()
                }
                "stopwords" => {
                    entry.stopwords = texts(value, &self.lines)
                        .into_iter()
                        .map(|(_, word)| word)
                        .collect()
                }
                "paths" => self.paths(&mut entry, value),
                "regexes" => self.regexes(&mut entry, value, target),
                "commits" => self.commits(&mut entry, value),
                other => self.lose(
                    *line,
                    format!("`{other}` of an allowlist"),
                    "not known from the documentation of that format",
                ),
            }
        }
        entry
    }

    fn paths(&mut self, entry: &mut Allowlist, value: &Value<'_>) {
        for (line, regex) in texts(value, &self.lines) {
            match globs::of_regex(&regex) {
                Ok(globs) => entry.paths.extend(globs),
                Err(why) => {
                    entry.lacks = true;
                    self.lose(line, format!("the path {regex} of an allowlist"), why);
                }
            }
        }
    }

    fn regexes(&mut self, entry: &mut Allowlist, value: &Value<'_>, target: Option<&str>) {
        for (line, regex) in texts(value, &self.lines) {
            let why = match (target, regex::bytes::Regex::new(&regex)) {
                (Some(target), _) => format!(
                    "it is for the whole {target}; here, `patterns` are for the secret: a marker beside it allows a line"
                ),
                (None, Err(error)) => error
                    .to_string()
                    .lines()
                    .last()
                    .unwrap_or_default()
                    .to_owned(),
                (None, Ok(_)) => {
                    entry.patterns.push(regex);
                    continue;
                }
            };
            entry.lacks = true;
            self.lose(line, format!("the regex {regex} of an allowlist"), why);
        }
    }

    fn commits(&mut self, entry: &mut Allowlist, value: &Value<'_>) {
        for (line, id) in texts(value, &self.lines) {
            if id.len() >= 7 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                entry.commits.push(id.to_ascii_lowercase());
                continue;
            }
            entry.lacks = true;
            self.lose(
                line,
                format!("the commit {id:?} of an allowlist"),
                "no id of a commit, in seven hex digits or more",
            );
        }
    }

    /// Adds an allowlist, in as many entries as it takes.
    fn add(&mut self, entry: Allowlist) {
        let mut rules = Vec::new();
        for id in &entry.rules {
            let ours = self
                .ours
                .find(id)
                .map(|rule| self.ours.rule(rule).id().to_owned());
            match self.ids.get(id).cloned().or(ours) {
                Some(id) => rules.push(id),
                None => self.lose(
                    entry.line,
                    format!("an allowlist for the rule {id}"),
                    "no rule here has that id: `invoca-scan rules list` shows ours",
                ),
            }
        }
        if rules.is_empty() && !entry.rules.is_empty() {
            return;
        }
        let words = entry
            .stopwords
            .iter()
            .map(|word| format!("(?i){}", regex::escape(word)));
        let words: Vec<String> = words.collect();
        let base = TakenAllow {
            rules,
            reason: entry.reason.clone(),
            ..TakenAllow::default()
        };
        if entry.all {
            // Without one of its conditions it would allow more.
            if entry.lacks || (!words.is_empty() && !entry.patterns.is_empty()) {
                let why = "all its conditions must agree, and not all can be said here";
                self.lose(entry.line, "an allowlist as a whole", why);
                return;
            }
            let patterns = [entry.patterns, words].concat();
            self.taken.allow.push(TakenAllow {
                paths: entry.paths,
                patterns,
                commits: entry.commits,
                ..base
            });
            return;
        }
        if base.rules.is_empty() {
            // Theirs are not even scanned.
            self.taken.exclude.extend(entry.paths);
            self.taken.stopwords.extend(entry.stopwords);
        } else {
            self.push(TakenAllow {
                paths: entry.paths,
                ..base.clone()
            });
            self.push(TakenAllow {
                patterns: words,
                ..base.clone()
            });
        }
        self.push(TakenAllow {
            patterns: entry.patterns,
            ..base.clone()
        });
        self.push(TakenAllow {
            commits: entry.commits,
            ..base
        });
    }

    /// Adds an entry that names anything beside rules.
    fn push(&mut self, entry: TakenAllow) {
        if !(entry.paths.is_empty() && entry.patterns.is_empty() && entry.commits.is_empty()) {
            self.taken.allow.push(entry);
        }
    }
}

/// A pattern of `.gitignore` as globs of a rule, which mean files, not folders.
fn rule_globs(glob: &str) -> Vec<String> {
    let glob = glob.trim_start_matches('/');
    match glob.ends_with("**") {
        true => vec![glob.to_owned()],
        false => vec![glob.to_owned(), format!("{glob}/**")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::own_text;

    fn read(text: &str) -> Taken {
        let mut taken = Taken::default();
        take(&mut taken, ".gitleaks.toml", text).unwrap();
        taken
    }

    fn lost(taken: &Taken) -> Vec<(usize, &str)> {
        taken
            .lost
            .iter()
            .map(|lost| (lost.line, lost.what.as_str()))
            .collect()
    }

    #[test]
    fn a_rule_is_taken_over_with_its_allowlists() {
        let taken = read(
            r#"title = "ours"
[extend]
useDefault = true
disabledRules = ["private-key", "no-such-rule"]
[[rules]]
id = "Acme_Key"
description = "Acme key"
regex = '''(?i)(acme|zenith)_key\s*=\s*['"]([a-z0-9]{24})'''
secretGroup = 2
entropy = 3
path = '''\.py$'''
tags = ["acme"]
[[rules.allowlists]]
stopwords = ["example"]
regexes = ['''^0+$''']
[[rules.allowlists]]
condition = "AND"
paths = ['''^tests/''']
regexes = ['''^test''']
[[rules.allowlists]]
condition = "AND"
regexTarget = "line"
paths = ['''^tests/''']
regexes = ['''TODO''']
"#,
        );
        let [rule] = &taken.rules[..] else {
            panic!("{taken:?}")
        };
        assert_eq!(rule.id, "acme-key");
        for part in [
            "(?P<secret>[a-z0-9]{24})",
            "entropy = 3.0",
            "paths = [\"**/*.py\"",
            "keywords = [\"acme\", \"zenith\"]",
            "reach = 3",
        ] {
            assert!(rule.text.contains(part), "{part} is not in\n{}", rule.text);
        }
        let words: Vec<String> = taken
            .allow
            .iter()
            .map(|entry| format!("{:?} {:?}", entry.paths, entry.patterns))
            .collect();
        assert_eq!(
            words,
            [
                r#"[] ["(?i)example"]"#,
                r#"[] ["^0+$"]"#,
                r#"["/tests/**"] ["^test"]"#
            ]
        );
        assert_eq!(taken.disable, ["private-key"]);
        assert_eq!(
            lost(&taken),
            [
                (12, "`tags` of the rule Acme_Key"),
                (24, "the regex TODO of an allowlist"),
                (20, "an allowlist as a whole"),
                (4, "`disabledRules` names no-such-rule"),
            ]
        );
        let text = own_text(&taken, &[".gitleaks.toml".to_owned()]);
        crate::config::load(std::path::Path::new("x.toml"), &text, &|_| Ok(None)).unwrap();
    }

    #[test]
    fn what_cannot_be_taken_over_is_told_with_its_line() {
        let taken = read(
            r#"surprise = 1
[[rules]]
id = "ahead"
regex = '''acme(?=key)'''
[[rules]]
id = "by-name"
path = '''id_rsa$'''
[[rules]]
id = "anything"
regex = '''[a-z0-9]{32}'''
[[allowlists]]
targetRules = ["nobody"]
paths = ["x"]
[extend]
path = "base.toml"
"#,
        );
        assert!(!taken.is_configuration(), "{taken:?}");
        assert_eq!(
            lost(&taken),
            [
                (2, "the rule ahead"),
                (5, "the rule by-name"),
                (8, "the rule anything"),
                (1, "`surprise`"),
                (11, "an allowlist for the rule nobody"),
                (15, "`extend.path` = base.toml"),
            ]
        );
    }

    #[test]
    fn a_global_allowlist_excludes_as_it_did() {
        let taken = read(
            "[allowlist]\npaths = ['''go\\.sum$''', '''(^|/)vendor/''']\nstopwords = [\"sample\"]\ncommits = [\"0123456789abcdef\", \"commit-A\"]\n",
        );
        assert_eq!(taken.exclude, ["**/*go.sum", "**/vendor/**"]);
        assert_eq!(taken.stopwords, ["sample"]);
        assert_eq!(taken.allow[0].commits, ["0123456789abcdef"]);
        assert_eq!(
            lost(&taken),
            [(4, "the commit \"commit-A\" of an allowlist")]
        );
    }
}
