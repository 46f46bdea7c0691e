//! A foreign regex, made a pattern of ours: the group with the secret gets its name, and the literals that every match contains are found, since
//! our rules look only where one of these stands.

use regex_syntax::ast::{self, Ast, GroupKind};
use regex_syntax::hir::{Class, Hir, HirKind};

/// A pattern of ours.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    /// In the syntax of the `regex` crate, with the secret in the group `secret` where it is not the whole.
    pub(super) text: String,
    /// Literals, in lower case, of which every match contains one; empty if there are none.
    pub(super) keywords: Vec<String>,
    /// How many lines further a match may span.
    pub(super) reach: u32,
}

/// How many lines a match may span that can span any number.
const LONG: u32 = 60;
/// The same where only blanks can be line ends.
const SHORT: u32 = 3;
/// A list of keywords longer than this is none.
const MOST: usize = 64;
/// Shorter literals turn up everywhere.
const LEAST: usize = 3;

/// Makes `regex` a pattern; the secret is its capturing group number `group`, counted from 1. With 0 it is the only group, if there is just
/// one, else the whole.
///
/// # Errors
/// Why the `regex` crate does not take it, or that there is no such group.
pub(super) fn adapt(regex: &str, group: usize) -> Result<Pattern, String> {
    let refused = |error: &dyn std::fmt::Display| {
        let error = error.to_string();
        let last = error.lines().last().unwrap_or_default();
        last.trim_start_matches("error: ").to_owned()
    };
    let tree = ast::parse::Parser::new()
        .parse(regex)
        .map_err(|error| refused(&error))?;
    let mut groups = Vec::new();
    captures(&tree, &mut groups);
    let chosen = match (group, &groups[..]) {
        (0, [only]) => Some(*only),
        (0, _) => None,
        (number, groups) => match groups.get(number - 1) {
            Some(group) => Some(*group),
            None => return Err(format!("it has no group {number}")),
        },
    };
    let text = match chosen {
        Some((start, end)) => format!("{}(?P<secret>{}", &regex[..start], &regex[end..]),
        None => regex.to_owned(),
    };
    regex::bytes::Regex::new(&text).map_err(|error| refused(&error))?;
    let hir = regex_syntax::ParserBuilder::new()
        .utf8(false)
        .build()
        .parse(&text)
        .map_err(|error| refused(&error))?;
    let mut keywords = required(&hir).unwrap_or_default();
    keywords.sort();
    keywords.dedup();
    Ok(Pattern {
        text,
        keywords,
        reach: reach(&hir),
    })
}

/// Where each capturing group opens: the bytes from its parenthesis to what it holds.
fn captures(tree: &Ast, found: &mut Vec<(usize, usize)>) {
    match tree {
        Ast::Group(group) => {
            if !matches!(group.kind, GroupKind::NonCapturing(_)) {
                found.push((group.span.start.offset, group.ast.span().start.offset));
            }
            captures(&group.ast, found);
        }
        Ast::Repetition(repetition) => captures(&repetition.ast, found),
        Ast::Concat(list) => list.asts.iter().for_each(|item| captures(item, found)),
        Ast::Alternation(list) => list.asts.iter().for_each(|item| captures(item, found)),
        _ => {}
    }
}

/// Literals in lower case of which every match contains one.
fn required(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => required(&repetition.sub),
        HirKind::Alternation(list) => {
            let all: Option<Vec<Vec<String>>> = list.iter().map(required).collect();
            let all: Vec<String> = all?.into_iter().flatten().collect();
            (all.len() <= MOST).then_some(all)
        }
        HirKind::Concat(list) => {
            let mut best: Option<Vec<String>> = None;
            let mut take = |words: Vec<String>| {
                let shortest = |words: &[String]| words.iter().map(String::len).min();
                if best
                    .as_ref()
                    .is_none_or(|best| shortest(best) < shortest(&words))
                {
                    best = Some(words);
                }
            };
            let mut run = String::new();
            for part in list {
                if let Some(sign) = literal(part) {
                    run.push_str(&sign);
                    continue;
                }
                if run.len() >= LEAST {
                    take(vec![std::mem::take(&mut run)]);
                }
                run.clear();
                if let Some(words) = required(part) {
                    take(words);
                }
            }
            if run.len() >= LEAST {
                take(vec![run]);
            }
            best
        }
        _ => literal(hir)
            .filter(|text| text.len() >= LEAST)
            .map(|text| vec![text]),
    }
}

/// The text that `hir` matches, in lower case, if that is always the same but for case.
fn literal(hir: &Hir) -> Option<String> {
    match hir.kind() {
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).ok()?;
            text.is_ascii().then(|| text.to_ascii_lowercase())
        }
        HirKind::Class(Class::Unicode(class)) => {
            let signs = class
                .ranges()
                .iter()
                .flat_map(|range| range.start()..=range.end());
            // `(?i)k` and `(?i)s` also match a sign outside of ASCII.
            let mut ascii = signs.take(8).filter(char::is_ascii);
            let first = ascii.next()?.to_ascii_lowercase();
            let same = ascii.all(|sign| sign.to_ascii_lowercase() == first);
            let few = class
                .ranges()
                .iter()
                .map(|range| range.len())
                .sum::<usize>()
                <= 3;
            (same && few).then(|| first.to_string())
        }
        HirKind::Concat(list) => list.iter().map(literal).collect(),
        HirKind::Capture(capture) => literal(&capture.sub),
        _ => None,
    }
}

/// How many lines further a match may span.
fn reach(hir: &Hir) -> u32 {
    match hir.kind() {
        HirKind::Literal(literal) => literal.0.iter().filter(|byte| **byte == b'\n').count() as u32,
        HirKind::Class(class) => {
            let (has_end, size) = match class {
                Class::Unicode(class) => (
                    class
                        .ranges()
                        .iter()
                        .any(|range| (range.start()..=range.end()).contains(&'\n')),
                    class
                        .ranges()
                        .iter()
                        .map(|range| range.len())
                        .sum::<usize>(),
                ),
                Class::Bytes(class) => (
                    class
                        .ranges()
                        .iter()
                        .any(|range| (range.start()..=range.end()).contains(&b'\n')),
                    class
                        .ranges()
                        .iter()
                        .map(|range| range.len())
                        .sum::<usize>(),
                ),
            };
            match has_end {
                false => 0,
                // Blanks of all scripts are some two dozen; what matches nearly everything is far larger.
                true if size < 64 => SHORT,
                true => LONG,
            }
        }
        HirKind::Repetition(repetition) => reach(&repetition.sub),
        HirKind::Capture(capture) => reach(&capture.sub),
        HirKind::Concat(list) | HirKind::Alternation(list) => {
            list.iter().map(reach).max().unwrap_or(0)
        }
        HirKind::Empty | HirKind::Look(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_gets_its_name() {
        let text = |regex: &str, group| adapt(regex, group).unwrap().text;
        assert_eq!(text("acme_([a-z]{8})", 0), "acme_(?P<secret>[a-z]{8})");
        assert_eq!(
            text("(acme|zenith)_([a-z]{8})", 2),
            "(acme|zenith)_(?P<secret>[a-z]{8})"
        );
        assert_eq!(
            text(r"\(acme[(](?:x)(?P<key>[a-z]+)", 1),
            r"\(acme[(](?:x)(?P<secret>[a-z]+)"
        );
        assert_eq!(
            text("(acme|zenith)_([a-z]{8})", 0),
            "(acme|zenith)_([a-z]{8})"
        );
        assert!(
            adapt("acme_[a-z]{8}", 1)
                .unwrap_err()
                .contains("no group 1")
        );
        assert!(adapt("acme_(?!x)", 0).unwrap_err().contains("look-around"));
    }

    #[test]
    fn keywords_are_in_every_match() {
        let words = |regex: &str| adapt(regex, 0).unwrap().keywords;
        assert_eq!(words("acme_dk_[a-z]{8}"), ["acme_dk_"]);
        assert_eq!(words("(?i)Acme[_-]?key"), ["acme"]);
        assert_eq!(words("(?i)(?:acme|zenith)_[a-z]{8}"), ["acme", "zenith"]);
        assert!(words("[a-z0-9]{32}").is_empty());
        assert!(words("(?:acme)?[a-z0-9]{32}").is_empty());
        assert!(words("acme|[0-9]{9}").is_empty());
    }

    #[test]
    fn lines_that_a_match_may_span() {
        let reach = |regex: &str| adapt(regex, 0).unwrap().reach;
        assert_eq!(reach("acme_[a-z]+"), 0);
        assert_eq!(reach(r"acme\s*=\s*[a-z]+"), SHORT);
        assert_eq!(reach(r"BEGIN[\s\S]{64,}END"), LONG);
    }
}
