//! Which file a part of a patch is about. Headers name it up to four times, with and without prefixes, quoted and not.

use crate::text::Name;

/// What the headers of one file said.
#[derive(Default)]
pub(super) struct Names {
    /// `rename to`, `copy to`, and the name of a combined diff: a path without a prefix.
    exact: Option<Vec<u8>>,
    /// Of `--- `, with its prefix.
    old: Option<Vec<u8>>,
    /// Of `+++ `, with its prefix.
    new: Option<Vec<u8>>,
    /// Of `diff --git`, both with their prefix.
    both: Option<(Vec<u8>, Vec<u8>)>,
}

const NULL: &[u8] = b"/dev/null";

/// Whether a line begins the part of the next file.
pub(super) fn begins_file(text: &[u8]) -> bool {
    [
        &b"diff --git "[..],
        b"diff --cc ",
        b"diff --combined ",
        b"diff -",
        b"Index: ",
    ]
    .iter()
    .any(|start| text.starts_with(start))
}

/// Whether a line begins the next commit, as `git format-patch` and `git log -p` write it.
pub(super) fn begins_commit(text: &[u8]) -> bool {
    let id = text
        .strip_prefix(b"From ")
        .or_else(|| text.strip_prefix(b"commit "));
    id.and_then(|id| id.get(..40))
        .is_some_and(|id| id.iter().all(u8::is_ascii_hexdigit))
}

impl Names {
    /// Takes a header line, whatever it says.
    pub(super) fn line(&mut self, text: &[u8]) {
        let exact = [
            &b"diff --cc "[..],
            b"diff --combined ",
            b"rename to ",
            b"copy to ",
        ];
        if let Some(rest) = exact.iter().find_map(|start| text.strip_prefix(*start)) {
            self.exact = Some(unquoted(rest));
        } else if let Some(rest) = text.strip_prefix(b"diff --git ") {
            self.both = both(rest);
        } else if let Some(rest) = text.strip_prefix(b"--- ") {
            self.old = Some(name_of(rest));
        } else if let Some(rest) = text.strip_prefix(b"+++ ") {
            self.new = Some(name_of(rest));
        }
    }

    pub(super) fn has_new(&self) -> bool {
        self.new.is_some()
    }

    /// The path of the new side; of a deleted file that of the old one.
    pub(super) fn path(&self) -> Option<Name> {
        if let Some(exact) = &self.exact {
            return Some(Name::new(exact.as_slice()));
        }
        let (old, new) = match (&self.old, &self.new, &self.both) {
            (Some(old), Some(new), both) => match both {
                // One side is missing: this line tells both prefixes.
                Some((a, b)) if old == NULL || new == NULL => (a, b),
                _ => (old, new),
            },
            (_, _, Some((a, b))) => (a, b),
            (old, new, None) => {
                let only = new.as_ref().or(old.as_ref())?;
                (only, only)
            }
        };
        let path = if new == NULL { old } else { new };
        let bare = match (prefix(old), prefix(new)) {
            (Some(a), Some(b)) if a != b || old == NULL || new == NULL => &path[2..],
            _ => path,
        };
        Some(Name::new(bare))
    }
}

/// The prefix that git puts before a path: `a/`, `b/`, or what `diff.mnemonicPrefix` and `--no-index` make of them.
fn prefix(path: &[u8]) -> Option<u8> {
    match path {
        [letter, b'/', _, ..] if b"abciow12".contains(letter) => Some(*letter),
        _ if path == NULL => Some(0),
        _ => None,
    }
}

/// The two names of `diff --git`. Unquoted ones may hold blanks: then the line is read as two names that differ in their prefix only.
fn both(rest: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    if rest.starts_with(b"\"") {
        let end = closing_quote(rest)?;
        let second = rest.get(end + 2..)?;
        return Some((unquoted(&rest[..=end]), unquoted(second)));
    }
    if rest.ends_with(b"\"") {
        let at = memchr::memchr(b'"', rest)?;
        return Some((rest[..at].trim_ascii_end().to_vec(), unquoted(&rest[at..])));
    }
    let same = |at: usize| {
        let (one, two) = (&rest[..at], &rest[at + 1..]);
        let bare = |path: &[u8]| memchr::memchr(b'/', path).map_or(0, |at| at + 1);
        one == two || one[bare(one)..] == two[bare(two)..]
    };
    let at = memchr::memchr_iter(b' ', rest)
        .find(|at| same(*at))
        .or_else(|| memchr::memchr(b' ', rest))?;
    Some((rest[..at].to_vec(), rest[at + 1..].to_vec()))
}

/// The name after `--- ` or `+++ `: up to a tab, behind which GNU diff writes the time.
fn name_of(rest: &[u8]) -> Vec<u8> {
    if rest.starts_with(b"\"") {
        return unquoted(rest);
    }
    let end = memchr::memchr(b'\t', rest).unwrap_or(rest.len());
    rest[..end].to_vec()
}

fn closing_quote(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        match text.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// A name as git quotes it in C's manner; one that is not quoted is returned as it is.
fn unquoted(text: &[u8]) -> Vec<u8> {
    let inner = text
        .strip_prefix(b"\"")
        .and_then(|rest| rest.get(..closing_quote(text)?.checked_sub(1)?));
    let Some(mut rest) = inner else {
        return text.to_vec();
    };
    let mut name = Vec::with_capacity(rest.len());
    while let [first, more @ ..] = rest {
        rest = more;
        if *first != b'\\' {
            name.push(*first);
            continue;
        }
        let octal = more
            .get(..3)
            .filter(|digits| digits.iter().all(|digit| (b'0'..=b'7').contains(digit)));
        if let Some(digits) = octal {
            let value = digits
                .iter()
                .fold(0u32, |value, digit| value * 8 + u32::from(digit - b'0'));
            name.push(value as u8);
            rest = &more[3..];
        } else if let [escape, more @ ..] = more {
            name.push(match escape {
                b'a' => 7,
                b'b' => 8,
                b't' => b'\t',
                b'n' => b'\n',
                b'v' => 11,
                b'f' => 12,
                b'r' => b'\r',
                other => *other,
            });
            rest = more;
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(lines: &[&str]) -> String {
        let mut names = Names::default();
        lines.iter().for_each(|line| names.line(line.as_bytes()));
        names.path().map_or_else(String::new, |name| name.to_text())
    }

    #[test]
    fn the_real_path_is_found_whatever_the_prefixes() {
        let cases: &[(&[&str], &str)] = &[
            (&["diff --git a/x b/x", "--- a/x", "+++ b/x"], "x"),
            (&["diff --git i/x w/x", "--- i/x", "+++ w/x"], "x"),
            (&["diff --git a/x a/x", "--- a/x", "+++ a/x"], "a/x"),
            (&["diff --git b/x b/x", "--- /dev/null", "+++ b/x"], "b/x"),
            (&["diff --git a/x b/x", "--- /dev/null", "+++ b/x"], "x"),
            (&["diff --git a/x b/x", "--- a/x", "+++ /dev/null"], "x"),
            (
                &[
                    "diff --git a/a b c b/a b c",
                    "--- a/a b c\t",
                    "+++ b/a b c\t",
                ],
                "a b c",
            ),
            (
                &["diff --git a/old b/new", "rename from old", "rename to new"],
                "new",
            ),
            (
                &[r#"diff --git "a/caf\303\251" "b/caf\303\251""#],
                "caf\u{e9}",
            ),
            (&[r#"+++ "b/a\"b\tc""#, "--- /dev/null"], "a\"b\tc"),
            (&["diff --cc dir/x", "--- a/dir/x", "+++ b/dir/x"], "dir/x"),
            (
                &[
                    "--- x.orig\t2026-01-01 00:00",
                    "+++ src/x\t2026-01-01 00:00",
                ],
                "src/x",
            ),
            (
                &[
                    "Index: trunk/x",
                    "--- trunk/x\t(revision 1)",
                    "+++ trunk/x\t(working copy)",
                ],
                "trunk/x",
            ),
        ];
        for (lines, expected) in cases {
            assert_eq!(path(lines), *expected, "{lines:?}");
        }
    }
}
