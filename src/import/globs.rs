//! A regex of paths, made patterns of paths: other scanners match paths with regexes, unanchored; here they are globs.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// More patterns than this for one regex are no help to anybody.
const MOST: usize = 64;

/// What a path is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// This sign.
    Sign(char),
    /// One of these signs, none of which is `/`.
    Class(Vec<(char, char)>),
    /// Signs other than `/`, perhaps none.
    Star,
    /// Any signs, perhaps none.
    Deep,
    /// The beginning of the path.
    Start,
    /// Its end.
    End,
}

/// Patterns in the syntax of `.gitignore`, which together mean what `regex` does.
///
/// # Errors
/// Why it cannot be said with such patterns.
pub(super) fn of_regex(regex: &str) -> Result<Vec<String>, String> {
    let hir = regex_syntax::parse(regex).map_err(|error| {
        let error = error.to_string();
        let last = error.lines().last().unwrap_or_default();
        last.trim_start_matches("error: ").to_owned()
    })?;
    let ways = ways(&hir).ok_or("a glob cannot say that")?;
    let mut globs: Vec<String> = Vec::new();
    for way in ways {
        globs.extend(render(&way).ok_or("a glob cannot say that")?);
    }
    if globs.len() > MOST {
        return Err("it would take too many globs".to_owned());
    }
    globs.sort();
    globs.dedup();
    Ok(merge(globs))
}

/// `/x` and `**/*/x` together are `**/x`.
fn merge(globs: Vec<String>) -> Vec<String> {
    let mut merged: Vec<String> = globs
        .iter()
        .filter_map(|glob| {
            let below = match glob.strip_prefix("**/*/") {
                Some(rest) if globs.contains(&format!("/{rest}")) => {
                    return Some(format!("**/{rest}"));
                }
                Some(_) => return Some(glob.clone()),
                None => glob.strip_prefix('/').map(|rest| format!("**/*/{rest}")),
            };
            match below {
                Some(below) if globs.contains(&below) => None,
                _ => Some(glob.clone()),
            }
        })
        .collect();
    merged.sort();
    merged.dedup();
    merged
}

/// Each way to match.
fn ways(hir: &Hir) -> Option<Vec<Vec<Piece>>> {
    let ways = match hir.kind() {
        HirKind::Empty => vec![Vec::new()],
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).ok()?;
            vec![text.chars().map(Piece::Sign).collect()]
        }
        HirKind::Class(class) => vec![vec![class_piece(class)?]],
        HirKind::Look(Look::Start | Look::StartLF) => vec![vec![Piece::Start]],
        HirKind::Look(Look::End | Look::EndLF) => vec![vec![Piece::End]],
        HirKind::Look(_) => return None,
        HirKind::Capture(capture) => ways(&capture.sub)?,
        HirKind::Alternation(list) => {
            let all: Option<Vec<Vec<Vec<Piece>>>> = list.iter().map(ways).collect();
            all?.into_iter().flatten().collect()
        }
        HirKind::Concat(list) => product(list.iter().map(ways))?,
        HirKind::Repetition(repetition) => {
            let sub = &repetition.sub;
            match (repetition.min, repetition.max) {
                (least, None) => {
                    let many = match sub.kind() {
                        HirKind::Class(class) if is_any(class) => Piece::Deep,
                        HirKind::Class(class) if is_all_but_slash(class) => Piece::Star,
                        _ => return None,
                    };
                    match (least, &many) {
                        (0, _) => vec![vec![many]],
                        (1, Piece::Star) => vec![vec![not_slash(), many]],
                        (1, _) => {
                            vec![vec![not_slash(), many], vec![Piece::Sign('/'), Piece::Deep]]
                        }
                        _ => return None,
                    }
                }
                (least, Some(most)) if most <= 4 => {
                    let mut all = Vec::new();
                    for times in least..=most {
                        all.extend(product((0..times).map(|_| ways(sub)))?);
                    }
                    all
                }
                _ => return None,
            }
        }
    };
    (ways.len() <= MOST).then_some(ways)
}

/// One after the other.
fn product(parts: impl Iterator<Item = Option<Vec<Vec<Piece>>>>) -> Option<Vec<Vec<Piece>>> {
    let mut all = vec![Vec::new()];
    for part in parts {
        let part = part?;
        if all.len() * part.len() > MOST {
            return None;
        }
        all = all
            .iter()
            .flat_map(|front: &Vec<Piece>| {
                part.iter()
                    .map(move |back| [front.as_slice(), back].concat())
            })
            .collect();
    }
    Some(all)
}

fn ranges(class: &Class) -> Vec<(char, char)> {
    match class {
        Class::Unicode(class) => class
            .ranges()
            .iter()
            .map(|range| (range.start(), range.end()))
            .collect(),
        Class::Bytes(class) => class
            .ranges()
            .iter()
            .map(|range| (range.start() as char, range.end() as char))
            .collect(),
    }
}

fn holds(class: &Class, sign: char) -> bool {
    ranges(class)
        .iter()
        .any(|(from, to)| (*from..=*to).contains(&sign))
}

/// Whether it is nearly everything: a negated class or `.`.
fn is_large(class: &Class) -> bool {
    ranges(class).last().is_some_and(|(_, to)| *to >= '\u{ff}')
}

fn is_any(class: &Class) -> bool {
    // `.` leaves out the line end, which no path that matters has.
    is_large(class) && ('!'..='~').all(|sign| holds(class, sign))
}

fn is_all_but_slash(class: &Class) -> bool {
    is_large(class) && ('!'..='~').all(|sign| holds(class, sign) != (sign == '/'))
}

fn not_slash() -> Piece {
    Piece::Class(vec![('\0', '.'), ('0', char::MAX)])
}

fn class_piece(class: &Class) -> Option<Piece> {
    if is_all_but_slash(class) {
        return Some(not_slash());
    }
    if is_any(class) {
        // In `foo.bar`, people mean the dot; one sign that is no `/` is as near as a glob comes.
        return Some(not_slash());
    }
    let mut ranges = ranges(class);
    if holds(class, '/') {
        return (ranges.as_slice() == [('/', '/')]).then_some(Piece::Sign('/'));
    }
    // Signs outside of ASCII come with `(?i)`, and with `\w` and `\d` of all scripts.
    ranges.retain(|(from, _)| from.is_ascii());
    ranges
        .iter()
        .all(|(from, to)| from.is_ascii_alphanumeric() && to.is_ascii_alphanumeric() || from == to)
        .then_some(Piece::Class(ranges))
}

/// A way to match as patterns.
fn render(way: &[Piece]) -> Option<Vec<String>> {
    let starts = way.first() == Some(&Piece::Start);
    let ends = way.last() == Some(&Piece::End);
    let inner =
        &way[usize::from(starts)..way.len() - usize::from(ends && way.len() > usize::from(starts))];
    if inner
        .iter()
        .any(|piece| matches!(piece, Piece::Start | Piece::End))
    {
        return None;
    }
    // What is unanchored may have anything before it.
    let open_front = !starts || inner.first() == Some(&Piece::Deep);
    let open_back = !ends || inner.last() == Some(&Piece::Deep);
    let trimmed = trim(inner);
    if trimmed.is_empty() {
        return None;
    }
    let mut texts = vec![String::from(if open_front { "**/*" } else { "/" })];
    for piece in trimmed {
        if let Piece::Deep = piece {
            // Within a name, or over folders.
            texts = texts
                .iter()
                .flat_map(|text| [format!("{text}*"), format!("{text}*/**/*")])
                .collect();
            if texts.len() > 8 {
                return None;
            }
            continue;
        }
        for text in &mut texts {
            push(text, piece)?;
        }
    }
    for text in &mut texts {
        // A pattern also means all that lies below what it means.
        match (open_back, text.ends_with('/')) {
            (true, true) => text.push_str("**"),
            (true, false) => text.push('*'),
            (false, _) => {}
        }
        while let Some(at) = text.find("***") {
            text.remove(at);
        }
    }
    Some(texts)
}

fn trim(mut pieces: &[Piece]) -> &[Piece] {
    while let [Piece::Deep, rest @ ..] | [rest @ .., Piece::Deep] = pieces {
        pieces = rest;
    }
    pieces
}

fn push(text: &mut String, piece: &Piece) -> Option<()> {
    match piece {
        Piece::Sign(sign) => {
            if "*?[]{}!\\#".contains(*sign) {
                text.push('\\');
            }
            text.push(*sign);
        }
        Piece::Star => text.push('*'),
        Piece::Class(ranges) if *piece == not_slash() && ranges.len() == 2 => text.push('?'),
        Piece::Class(ranges) => {
            text.push('[');
            for (from, to) in ranges {
                text.push(*from);
                if from != to {
                    text.push('-');
                    text.push(*to);
                }
            }
            text.push(']');
        }
        Piece::Deep | Piece::Start | Piece::End => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suppress::Paths;
    use crate::text::Name;

    const SAMPLES: &[&str] = &[
        "go.mod",
        "x/go.mod",
        "go.sum",
        "vendor/a.go",
        "src/vendor/a.go",
        "myvendor/a.go",
        "a.jpg",
        "x/a.jpg",
        "a.jpgx",
        "docs/a.md",
        "x/docs/a.md",
        "docs",
        "tests/fixtures/x.json",
        "tests/expected/x.json",
        "src/tests/a.py",
        "key.PEM",
        "x/key.pem",
        "a/b/c.tf",
        "node_modules/x/y.js",
        "web/node_modules/y.js",
        "package-lock.json",
        "src/a_test.go",
        "src/test_a.py",
        "1/config.yml",
        "10/config.yml",
        ".env",
        "x/.env",
        "x/.env.local",
        "a.env",
    ];

    #[test]
    fn globs_mean_what_the_regex_means() {
        for regex in [
            r"go\.mod$",
            r"(go.mod|go.sum)$",
            r"(^|/)vendor/",
            r"vendor",
            r"^vendor/",
            r"(.*?)(jpg|gif|doc)$",
            r"^docs/.*\.md$",
            r"tests/(fixtures|expected)/",
            r"(?i)\.pem$",
            r".*\.tf$",
            r"node_modules",
            r"_test\.go$",
            r"^src/.*test",
            r"^tests?/",
            r"[0-9]+/config|^docs$",
            r"(^|/)\.env(\.[a-z]*)?$",
            r"^[^/]*\.jpg$",
            r"^[0-9]/config\.yml$",
            r"package-lock\.json",
        ] {
            let Ok(globs) = of_regex(regex) else {
                assert!(
                    regex.contains('+') || regex.contains("[a-z]*"),
                    "{regex}: not made"
                );
                continue;
            };
            let paths = Paths::new("", globs.iter().map(String::as_str)).unwrap();
            let pattern = regex::Regex::new(regex).unwrap();
            for path in SAMPLES {
                assert_eq!(
                    paths.fits(&Name::from(*path)),
                    pattern.is_match(path),
                    "{regex} {globs:?} {path}"
                );
            }
        }
    }

    #[test]
    fn what_globs_cannot_say_is_refused() {
        for regex in [r"\bvendor\b", r"[a-z]+\.py$", r"a{9}", r".*", "("] {
            assert!(of_regex(regex).is_err(), "{regex}: {:?}", of_regex(regex));
        }
    }
}
