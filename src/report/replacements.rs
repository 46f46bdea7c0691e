//! What `git filter-repo --replace-text` and `--replace-message` read: one secret a line, as it stands in the history. The one output that holds secrets
//! as they are without `--show-secrets`: whoever rewrites a history has to say what goes.

use crate::finding::{Level, Story};
use crate::text::Secret;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// What takes the place of a secret.
const REMOVED: &[u8] = b"***REMOVED***";
/// A shorter value may be part of ordinary words: it is replaced only where it stands by itself.
const STANDS_ALONE: usize = 16;

/// Whether `story` is among what is rewritten: a value that a commit or tag has, at `least` or above.
fn is_replaced(story: &Story, least: Level) -> bool {
    story.level >= Some(least) && !story.only_here() && !story.secret.is_empty()
}

/// The file for the secrets of `stories` at `least` or above, and how many they are. The longest come first: one may be a part of another.
pub fn replacements(stories: &[Story], least: Level) -> (Vec<u8>, usize) {
    let replaced: Vec<&Story> = stories
        .iter()
        .filter(|story| is_replaced(story, least))
        .collect();
    let forms: BTreeSet<&Secret> = replaced
        .iter()
        .flat_map(|story| story.forms.iter().chain([&story.secret]))
        .collect();
    let mut forms: Vec<&Secret> = forms.into_iter().collect();
    forms.sort_by_key(|form| Reverse(form.len()));
    let mut file = Vec::new();
    for form in forms {
        line(&mut file, form.expose());
    }
    (file, replaced.len())
}

/// Every byte is taken literally. A line ends at the last arrow, so what stands before it may hold arrows itself.
fn line(out: &mut Vec<u8>, value: &[u8]) {
    let word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    let short = value.len() < STANDS_ALONE;
    if !short && !value.contains(&b'\n') {
        out.extend(b"literal:");
        out.extend(value);
    } else {
        out.extend(b"regex:");
        if short && word(value.first()) {
            out.extend(b"(?<![0-9A-Za-z])");
        }
        for byte in value {
            match byte {
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => out.push(*byte),
                other => out.extend(format!("\\x{other:02x}").bytes()),
            }
        }
        if short && word(value.last()) {
            out.extend(b"(?![0-9A-Za-z])");
        }
    }
    out.extend(b"==>");
    out.extend(REMOVED);
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::line;

    fn written(value: &[u8]) -> String {
        let mut out = Vec::new();
        line(&mut out, value);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_value_is_one_line_that_means_itself() {
        assert_eq!(
            written(b"glob:*==>x regex:.*"),
            "literal:glob:*==>x regex:.*==>***REMOVED***\n"
        );
        assert_eq!(
            written(b"a long line, and\nthen another one"),
            "regex:a\\x20long\\x20line\\x2c\\x20and\\x0athen\\x20another\\x20one==>***REMOVED***\n"
        );
    }

    #[test]
    fn a_short_value_stands_alone() {
        assert_eq!(
            written(b"pa.s"),
            "regex:(?<![0-9A-Za-z])pa\\x2es(?![0-9A-Za-z])==>***REMOVED***\n"
        );
        assert_eq!(written(b"!x!"), "regex:\\x21x\\x21==>***REMOVED***\n");
    }
}
