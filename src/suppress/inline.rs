//! Markers in the text: a person says beside the secret that it may stand there. Ours, and those that people already have from other scanners.

use crate::blob::{Blob, Fresh};
use crate::finding::Finding;
use crate::text::{LineIndex, Span};
use regex::bytes::Regex;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Which lines a marker speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// Its own.
    Line,
    /// The one below, or, where that holds such a marker as well, the first below these.
    NextLine,
    /// All.
    File,
    /// From here on.
    Start,
    /// Up to here.
    End,
}

/// Spellings, longest first where one begins another. In the pattern below they stand in the same order.
const MARKERS: &[(&str, Scope, &str)] = &[
    (
        "invoca-scan:allow-next-line",
        Scope::NextLine,
        "invoca-scan:allow-next-line",
    ),
    (
        "invoca-scan:allow-file",
        Scope::File,
        "invoca-scan:allow-file",
    ),
    ("invoca-scan:allow", Scope::Line, "invoca-scan:allow"),
    ("gitleaks:allow", Scope::Line, "gitleaks:allow"),
    ("betterleaks:allow", Scope::Line, "betterleaks:allow"),
    ("trufflehog:ignore", Scope::Line, "trufflehog:ignore"),
    ("kingfisher:ignore", Scope::Line, "kingfisher:ignore"),
    ("ggignore-start", Scope::Start, "ggignore-start"),
    ("ggignore-end", Scope::End, "ggignore-end"),
    ("ggignore", Scope::Line, "ggignore"),
    (
        "pragma: allowlist nextline secret",
        Scope::NextLine,
        "pragma: ?(?:allow|white)list[ -]nextline[ -]secret",
    ),
    (
        "pragma: allowlist secret",
        Scope::Line,
        "pragma: ?(?:allow|white)list[ -]secret",
    ),
    (
        "secretlint-disable-next-line",
        Scope::NextLine,
        "secretlint-disable-next-line",
    ),
    (
        "secretlint-disable-line",
        Scope::Line,
        "secretlint-disable-line",
    ),
];

/// Longest reason that is kept.
const REASON: usize = 200;

/// One group for each marker; a marker must not be a part of a longer word.
static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let all: Vec<String> = MARKERS
        .iter()
        .map(|(_, _, pattern)| format!("({pattern})"))
        .collect();
    Regex::new(&format!("(?i-u){}", all.join("|"))).ok()
});

/// A marker in a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Marker {
    /// How it is spelled, in its usual form.
    pub(super) name: &'static str,
    scope: Scope,
    /// Its line, from 1, in the bytes at hand.
    pub(super) line: usize,
    /// Its bytes, with the rules it names.
    span: Span,
    /// The rules it speaks of; none means all.
    pub(super) rules: Vec<String>,
    /// What the user says why, not yet cut where a secret begins.
    reason: Span,
    /// The lines it covers, both inclusive; none if it has no effect at all (an end without a start).
    covers: Option<(usize, usize)>,
}

/// All markers of a blob.
#[derive(Debug, Default)]
pub(super) struct Markers {
    list: Vec<Marker>,
    /// Where in the list those for a line (all lines: 0) and a rule (`None`: any) stand.
    of: HashMap<(usize, Option<String>), Vec<usize>>,
    /// Where in the list the areas stand that begin with one and end with another marker. No two of them overlap.
    areas: Vec<usize>,
}

impl Markers {
    /// Finds the markers of `blob`.
    pub(super) fn of(blob: &Blob<'_>) -> Self {
        let text = blob.bytes;
        let mut list = find(text);
        if !list.is_empty() {
            let lines = LineIndex::new(text);
            for marker in &mut list {
                marker.line = lines.line_of(marker.span.start);
                let end = lines.line_span(text, marker.line).end;
                marker.reason = reason(text, marker.span.end, end);
            }
            cover(&mut list);
        }
        let mut markers = Markers {
            list,
            ..Markers::default()
        };
        markers.index();
        markers
    }

    /// There can be as many markers as findings, so neither is looked through for the other.
    fn index(&mut self) {
        for (at, marker) in self.list.iter().enumerate() {
            let line = match (marker.scope, marker.covers) {
                (_, None) => continue,
                (Scope::Start | Scope::End, _) => {
                    self.areas.push(at);
                    continue;
                }
                (Scope::File, _) => 0,
                (Scope::Line | Scope::NextLine, Some((line, _))) => line,
            };
            let mut add = |rule: Option<String>| {
                self.of.entry((line, rule)).or_default().push(at);
            };
            match marker.rules.is_empty() {
                true => add(None),
                false => marker.rules.iter().for_each(|rule| add(Some(rule.clone()))),
            }
        }
    }

    pub(super) fn list(&self) -> &[Marker] {
        &self.list
    }

    /// The marker that allows `finding`, whose rule is called `ids`, by its place in the list.
    pub(super) fn allowing(
        &self,
        blob: &Blob<'_>,
        lines: &LineIndex,
        finding: &Finding,
        ids: &[&str],
    ) -> Option<usize> {
        let start = finding.span.start.saturating_sub(blob.part.offset);
        let end = finding.span.end.saturating_sub(blob.part.offset);
        let first = lines.line_of(start);
        let last = lines.line_of(end.saturating_sub(1).max(start));
        let span = Span::new(start, end);
        if self.list.is_empty() {
            return None;
        }
        // A secret that spells a marker does not allow itself.
        let apart = |at: &&usize| !span.overlaps(self.list[**at].span);
        let area = self
            .areas
            .partition_point(|at| self.list[*at].line <= first);
        let area = area.checked_sub(1).and_then(|before| {
            let at = self.areas[before];
            let (_, to) = self.list[at].covers?;
            (first <= to).then_some(at)
        });
        let area = area.filter(|at| apart(&at));
        let mut best = area;
        let named = ids.iter().map(|id| Some((*id).to_owned()));
        for rule in named.chain([None]) {
            for line in [0, first, last] {
                let of = self.of.get(&(line, rule.clone()));
                let mut of = of.into_iter().flatten().filter(apart);
                // What speaks of the line below speaks of where a secret begins.
                let found = of.find(|at| {
                    line != last || line == first || self.list[**at].scope == Scope::Line
                });
                best = best.into_iter().chain(found.copied()).min();
            }
        }
        best
    }

    /// What the user said beside a marker. Secrets that stand there are not repeated.
    pub(super) fn reason(&self, blob: &Blob<'_>, marker: &Marker, findings: &[Finding]) -> String {
        let mut span = marker.reason;
        // They are in order, and no two of them overlap.
        let start = |finding: &Finding| finding.span.start.saturating_sub(blob.part.offset);
        let before = findings.partition_point(|finding| start(finding) < span.end);
        for finding in findings[..before].iter().rev() {
            if finding.span.end.saturating_sub(blob.part.offset) <= span.start {
                break;
            }
            span.end = start(finding).max(span.start);
        }
        let said = String::from_utf8_lossy(span.of(blob.bytes));
        let said =
            said.trim_matches(|sign: char| sign.is_whitespace() || "-:;,*/\"'#>)]}".contains(sign));
        said.chars().take(REASON).collect()
    }
}

/// Whether anything in `text` is spelled like a marker.
pub(super) fn may_have_marker(text: &[u8]) -> bool {
    PATTERN
        .as_ref()
        .is_none_or(|pattern| pattern.is_match(text))
}

fn find(text: &[u8]) -> Vec<Marker> {
    let Some(pattern) = PATTERN.as_ref() else {
        return Vec::new();
    };
    let word = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte))
    };
    let mut list = Vec::new();
    for found in pattern.captures_iter(text) {
        let Some((name, scope, span)) =
            MARKERS
                .iter()
                .zip(found.iter().skip(1))
                .find_map(|((name, scope, _), group)| {
                    group.map(|group| (*name, *scope, group.range()))
                })
        else {
            continue;
        };
        let before = span.start.checked_sub(1).and_then(|at| text.get(at));
        if word(before) || word(text.get(span.end)) {
            continue;
        }
        let (rules, end) = named_rules(text, span.end, name);
        list.push(Marker {
            name,
            scope,
            line: 0,
            span: Span::new(span.start, end),
            rules,
            reason: Span::new(end, end),
            covers: None,
        });
    }
    list
}

/// `=rule,rule` behind one of our own markers; where it ends.
fn named_rules(text: &[u8], at: usize, name: &str) -> (Vec<String>, usize) {
    if !name.starts_with("invoca-scan:") || text.get(at) != Some(&b'=') {
        return (Vec::new(), at);
    }
    let rest = &text[at + 1..];
    let len = rest
        .iter()
        .position(|byte| !byte.is_ascii_alphanumeric() && !b"-_,".contains(byte))
        .unwrap_or(rest.len());
    let rules: Vec<String> = String::from_utf8_lossy(&rest[..len])
        .split(',')
        .filter(|rule| !rule.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    // `=` and no rule behind it: a rule that does not exist, so that it allows nothing rather than everything.
    let rules = if rules.is_empty() {
        vec![String::new()]
    } else {
        rules
    };
    (rules, at + 1 + len)
}

/// What stands behind a marker on its line, less the end of a comment.
fn reason(text: &[u8], start: usize, end: usize) -> Span {
    let end = end.max(start).min(start + 4 * REASON);
    let rest = &text[start.min(end)..end];
    let len = ["*/", "-->", "*}", "%>", "#}"]
        .iter()
        .filter_map(|close| memchr::memmem::find(rest, close.as_bytes()))
        .min()
        .unwrap_or(rest.len());
    Span::new(start, start + len)
}

/// Settles which lines each marker covers.
fn cover(list: &mut [Marker]) {
    let mut next_lines: Vec<usize> = list
        .iter()
        .filter(|marker| marker.scope == Scope::NextLine)
        .map(|marker| marker.line)
        .collect();
    next_lines.dedup();
    let mut open: Option<usize> = None;
    for at in 0..list.len() {
        let line = list[at].line;
        list[at].covers = match list[at].scope {
            Scope::Line => Some((line, line)),
            Scope::File => Some((1, usize::MAX)),
            Scope::NextLine => {
                let mut below = line + 1;
                while next_lines.binary_search(&below).is_ok() {
                    below += 1;
                }
                Some((below, below))
            }
            Scope::Start => {
                open = open.or(Some(at));
                None
            }
            Scope::End => {
                // An area that nobody closes covers nothing: else one forgotten line would silence a file.
                if let Some(start) = open.take() {
                    list[start].covers = Some((list[start].line, line));
                }
                None
            }
        };
    }
}

impl Marker {
    /// Whether it stands on fresh bytes.
    pub(super) fn is_fresh(&self, fresh: Fresh<'_>) -> bool {
        match fresh {
            Fresh::All => true,
            Fresh::Ranges(ranges) => ranges.iter().any(|range| range.overlaps(self.span)),
        }
    }

    /// The rules it speaks of, in words.
    pub(super) fn spoken_of(&self) -> String {
        match self.rules.is_empty() {
            true => "every rule".to_owned(),
            false => self.rules.join(", "),
        }
    }

    /// Whether it can be missed: the end of an area cannot, its beginning speaks for both.
    pub(super) fn counts(&self) -> bool {
        self.scope != Scope::End
    }
}
