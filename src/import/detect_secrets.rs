//! A baseline of detect-secrets: for each file the findings with line and SHA-1 of the value, what an audit said of them, and the filters that were
//! in use.

use super::globs;
use super::{Old, Taken, TakenAllow, Wanted, accepted};
use crate::suppress::Status;
use serde_json::Value;

/// Adds what the baseline says.
///
/// # Errors
/// It is not of that form.
pub(super) fn take(taken: &mut Taken, file: &str, text: &str) -> Result<(), String> {
    let all: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let results = all
        .get("results")
        .and_then(Value::as_object)
        .ok_or("no baseline of detect-secrets: `results` is missing")?;
    let lines = Lines(text);
    for (path, items) in results {
        for item in items.as_array().into_iter().flatten() {
            take_finding(taken, (file, &lines), path, item);
        }
    }
    // Older versions name what is left out here, newer ones among the filters.
    let old = |name: &str| {
        all.pointer(&format!("/exclude/{name}"))
            .and_then(Value::as_str)
    };
    if let Some(regex) = old("files") {
        exclude(taken, (file, &lines), regex);
    }
    if let Some(regex) = old("lines") {
        let why = "whole lines are not matched here: write a marker beside, or an `[[allow]]` with `patterns` for the value";
        taken.lose((file, lines.of(regex)), format!("lines like {regex}"), why);
    }
    for filter in all
        .get("filters_used")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        take_filter(taken, (file, &lines), filter);
    }
    for plugin in all
        .get("plugins_used")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        if let Some(path) = plugin.get("path").and_then(Value::as_str) {
            let why = "a plugin is a program: write a rule for what it finds";
            taken.lose((file, lines.of(path)), format!("the plugin {path}"), why);
        }
    }
    Ok(())
}

/// Finds the line of a value that stands in the file once.
struct Lines<'a>(&'a str);

impl Lines<'_> {
    fn of(&self, value: &str) -> usize {
        let quoted = Value::from(value).to_string();
        self.0
            .find(&quoted)
            .map_or(0, |at| self.0[..at].matches('\n').count() + 1)
    }
}

fn take_finding(taken: &mut Taken, (file, lines): (&str, &Lines<'_>), path: &str, item: &Value) {
    let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
    let at = lines.of(text("hashed_secret"));
    let Some(digest) = digest(text("hashed_secret")) else {
        taken.lose(
            (file, at),
            format!("a finding in {path}"),
            "it has no `hashed_secret` of 40 hex digits",
        );
        return;
    };
    let line = item
        .get("line_number")
        .and_then(Value::as_u64)
        .and_then(|line| usize::try_from(line).ok())
        .filter(|line| *line > 0);
    taken.old.push(Old {
        file: file.to_owned(),
        line: at,
        path: path.replace('\\', "/"),
        lines: line.map(|line| (line, line)),
        commit: None,
        rule: text("type").to_owned(),
        wanted: Wanted::Sha1(digest),
        status: match item.get("is_secret").and_then(Value::as_bool) {
            Some(true) => Status::Real {
                ticket: String::new(),
            },
            Some(false) => Status::False,
            None => accepted(),
        },
    });
}

fn digest(text: &str) -> Option<[u8; 20]> {
    if text.len() != 40 || !text.is_ascii() {
        return None;
    }
    let mut digest = [0; 20];
    for (at, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(digest)
}

fn exclude(taken: &mut Taken, (file, lines): (&str, &Lines<'_>), regex: &str) {
    match globs::of_regex(regex) {
        Ok(globs) => taken.exclude.extend(globs),
        Err(why) => taken.lose((file, lines.of(regex)), format!("files like {regex}"), why),
    }
}

fn take_filter(taken: &mut Taken, (file, lines): (&str, &Lines<'_>), filter: &Value) {
    let path = filter
        .get("path")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let name = path.rsplit('.').next().unwrap_or_default();
    let patterns: Vec<&str> = match filter.get("pattern") {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(one)) => vec![one],
        _ => Vec::new(),
    };
    match name {
        "should_exclude_file" => {
            for regex in patterns {
                exclude(taken, (file, lines), regex);
            }
        }
        "should_exclude_secret" => {
            for regex in patterns {
                match regex::bytes::Regex::new(regex) {
                    Ok(_) => taken.allow.push(TakenAllow {
                        patterns: vec![regex.to_owned()],
                        reason: "left out by a filter of detect-secrets".to_owned(),
                        ..TakenAllow::default()
                    }),
                    Err(error) => taken.lose(
                        (file, lines.of(regex)),
                        format!("secrets like {regex}"),
                        error.to_string().lines().last().unwrap_or_default(),
                    ),
                }
            }
        }
        "should_exclude_line" => {
            for regex in patterns {
                let why = "whole lines are not matched here: write a marker beside, or an `[[allow]]` with `patterns` for the value";
                taken.lose((file, lines.of(regex)), format!("lines like {regex}"), why);
            }
        }
        // What judges values by their looks is done here by other means, always.
        _ if path.starts_with("detect_secrets.filters.") && !path.contains("wordlist") => {}
        _ => taken.lose(
            (file, lines.of(path)),
            format!("the filter {path}"),
            "it rests on a file or program of its own: name words as `stopwords`, values as `[[allow]]`",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_audits_and_filters_are_read() {
        let digest = "0123456789abcdef0123456789abcdef01234567";
        let text = format!(
            r#"{{"version": "1.4.0",
            "plugins_used": [{{"name": "A"}}, {{"name": "B", "path": "file://tools/b.py"}}],
            "filters_used": [
              {{"path": "detect_secrets.filters.heuristic.is_likely_id_string"}},
              {{"path": "detect_secrets.filters.regex.should_exclude_file", "pattern": ["^docs/"]}},
              {{"path": "detect_secrets.filters.regex.should_exclude_secret", "pattern": ["^fake"]}},
              {{"path": "detect_secrets.filters.regex.should_exclude_line", "pattern": ["nope"]}},
              {{"path": "detect_secrets.filters.wordlist.should_exclude_secret_", "file_name": "words"}}
            ],
            "results": {{"a.py": [
              {{"type": "Secret Keyword", "hashed_secret": "{digest}", "line_number": 7}},
              {{"type": "Secret Keyword", "hashed_secret": "{digest}", "line_number": 8, "is_secret": false}},
              {{"type": "Secret Keyword", "hashed_secret": "{digest}", "line_number": 9, "is_secret": true}},
              {{"type": "Secret Keyword", "hashed_secret": "short", "line_number": 9}}
            ]}}}}"#
        );
        let mut taken = Taken::default();
        take(&mut taken, ".secrets.baseline", &text).unwrap();
        let statuses: Vec<&Status> = taken.old.iter().map(|old| &old.status).collect();
        assert!(matches!(
            statuses[..],
            [
                Status::Accepted { until: None },
                Status::False,
                Status::Real { .. }
            ]
        ));
        assert_eq!(taken.exclude, ["/docs/**"]);
        assert_eq!(taken.allow.len(), 1);
        let lost: Vec<&str> = taken.lost.iter().map(|lost| lost.what.as_str()).collect();
        assert_eq!(
            lost,
            [
                "a finding in a.py",
                "lines like nope",
                "the filter detect_secrets.filters.wordlist.should_exclude_secret_",
                "the plugin file://tools/b.py",
            ]
        );
        assert!(
            taken.lost.iter().all(|lost| lost.line > 1),
            "{:?}",
            taken.lost
        );
    }
}
