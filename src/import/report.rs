//! A report of gitleaks in JSON, which its `--baseline-path` takes: a list of findings. Secrets may be redacted in it.

use super::ignores::fingerprint;
use super::{Old, Taken, Wanted, accepted};
use crate::text::Secret;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct Item {
    #[serde(rename = "RuleID")]
    rule_id: String,
    file: String,
    start_line: usize,
    end_line: usize,
    secret: String,
    commit: String,
    fingerprint: String,
}

/// Adds the findings of the report.
///
/// # Errors
/// It is not of that form.
pub(super) fn take(taken: &mut Taken, file: &str, text: &str) -> Result<(), String> {
    let items: Option<Vec<Item>> =
        serde_json::from_str(text).map_err(|error| format!("no report of gitleaks: {error}"))?;
    for (number, item) in (1..).zip(items.unwrap_or_default()) {
        let named = fingerprint(&item.fingerprint);
        let path = match item.file.is_empty() {
            false => item.file.as_str(),
            true => named.map_or("", |named| named.1),
        };
        if path.is_empty() {
            taken.lose((file, 0), format!("finding {number}"), "it names no file");
            continue;
        }
        let first = match item.start_line {
            0 => named.map_or(0, |named| named.3),
            line => line,
        };
        taken.old.push(Old {
            file: file.to_owned(),
            line: 0,
            path: path.to_owned(),
            lines: (first > 0).then(|| (first, item.end_line.max(first))),
            commit: (!item.commit.is_empty()).then(|| item.commit.clone()),
            rule: item.rule_id,
            wanted: match is_redacted(&item.secret) {
                true => Wanted::Nothing,
                false => Wanted::Value(Secret::new(item.secret.as_bytes())),
            },
            status: accepted(),
        });
    }
    Ok(())
}

/// Whether the value is not told: redacted in full, or up to its first characters, behind which dots stand.
fn is_redacted(secret: &str) -> bool {
    secret.is_empty() || secret == "REDACTED" || secret.ends_with("...")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_known_by_value_or_by_line() {
        let text = r#"[
            {"RuleID": "one", "File": "a.py", "StartLine": 3, "EndLine": 3, "Secret": "REDACTED", "Commit": ""},
            {"RuleID": "two", "File": "b.py", "StartLine": 4, "EndLine": 6, "Secret": "not told to anybody", "Commit": "abc"},
            {"RuleID": "three", "Fingerprint": "c.py:three:9"},
            {"RuleID": "four"}
        ]"#;
        let mut taken = Taken::default();
        take(&mut taken, "old.json", text).unwrap();
        let lines: Vec<_> = taken
            .old
            .iter()
            .map(|old| (old.path.as_str(), old.lines))
            .collect();
        assert_eq!(
            lines,
            [
                ("a.py", Some((3, 3))),
                ("b.py", Some((4, 6))),
                ("c.py", Some((9, 9)))
            ]
        );
        assert_eq!(taken.old[0].wanted, Wanted::Nothing);
        assert!(matches!(taken.old[1].wanted, Wanted::Value(_)));
        assert_eq!(taken.lost.len(), 1);
        assert!(take(&mut taken, "old.json", "{}").is_err());
    }
}
