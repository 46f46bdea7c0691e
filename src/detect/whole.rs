//! Rules for files of a kind: what a file begins with, and the lines of lists that have no mark of their own (`user:password`). Which kind it is, the
//! first bytes say, or evidence; whether it has the path of that kind, the judge asks later.

use super::engine::BINARY_WINDOW;
use super::region::{CAP, lines_around};
use super::{Detector, Scratch};
use crate::rule::RuleId;
use crate::text::Span;
use memchr::memchr;

/// Bytes at the start of a file that rules `at_start` look at.
const START: usize = BINARY_WINDOW;
/// Lines that are passed over in search of the first that is neither blank nor a comment.
const COMMENT_LINES: usize = 64;
/// Longest line of a list, and longest first line.
const LINE: usize = CAP;

impl Detector {
    /// Evidence that the first line gives.
    pub(super) fn note_start(&self, text: &[u8], scratch: &mut Scratch) {
        if self.first_lines.is_empty() {
            return;
        }
        let Some(line) = first_line(text) else {
            return;
        };
        for kind in &self.first_lines {
            let evidence = self.rules.evidence().get(*kind as usize);
            let pattern = evidence.and_then(|evidence| evidence.pattern());
            if pattern.is_some_and(|pattern| pattern.is_match(line.of(text))) {
                scratch.note_evidence(*kind, Span::new(0, line.end));
            }
        }
    }

    /// Rules that say what a file begins with.
    pub(super) fn starts(&self, text: &[u8], binary: bool, scratch: &mut Scratch) {
        if self.starts.is_empty() || !(binary || begins_with_word(text)) {
            return;
        }
        let extent = Span::new(0, text.len().min(START));
        for id in &self.starts {
            self.whole_match(text, *id, extent, extent, scratch);
        }
    }

    /// Rules for every line of a file of a kind.
    pub(super) fn each_line(&self, text: &[u8], regions: &[Span], scratch: &mut Scratch) {
        if scratch.evidence.is_empty() {
            return;
        }
        let rules: Vec<RuleId> = self
            .lines
            .iter()
            .copied()
            .filter(|id| self.has_evidence(*id, scratch))
            .collect();
        if rules.is_empty() {
            return;
        }
        for region in regions {
            let region = lines_around(text, *region, 0, LINE);
            let mut at = region.start;
            while at < region.end {
                let rest = &text[at..region.end];
                let len = memchr(b'\n', rest).unwrap_or(rest.len());
                let extent = Span::new(at, at + len);
                at += len + 1;
                if len > LINE {
                    continue;
                }
                let line = trimmed(text, extent);
                for id in &rules {
                    self.whole_match(text, *id, line, extent, scratch);
                }
            }
        }
    }

    fn whole_match(
        &self,
        text: &[u8],
        id: RuleId,
        area: Span,
        extent: Span,
        scratch: &mut Scratch,
    ) {
        let rule = self.rules.rule(id);
        let Some(pattern) = rule.pattern() else {
            return;
        };
        if let Some(found) = pattern.find(text, area, area.start) {
            self.vet(text, id, rule, found.secret, extent, None, scratch);
        }
    }

    fn has_evidence(&self, id: RuleId, scratch: &Scratch) -> bool {
        let needed = self.rules.rule(id).spec.requires.iter();
        needed
            .filter(|needed| !needed.evidence.is_empty())
            .all(|needed| self.seen(scratch, &needed.evidence))
    }
}

/// A line without the carriage return at its end.
fn trimmed(text: &[u8], line: Span) -> Span {
    match line.of(text) {
        [.., b'\r'] => Span::new(line.start, line.end - 1),
        _ => line,
    }
}

/// The first line that is neither blank nor a comment, if it can be one of a list: short, and without the signs of code and markup.
fn first_line(text: &[u8]) -> Option<Span> {
    let text = &text[..text.len().min(START)];
    let mut at = 0;
    for _ in 0..COMMENT_LINES {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let len = memchr(b'\n', rest).unwrap_or(rest.len());
        let line = trimmed(text, Span::new(at, at + len));
        let bytes = line.of(text).trim_ascii();
        if bytes.is_empty() || matches!(bytes[0], b'#' | b';') || bytes.starts_with(b"//") {
            at += len + 1;
            continue;
        }
        let code = |byte: &u8| matches!(byte, b'(' | b')' | b'{' | b'}' | b'<' | b'>' | 0);
        let plain = bytes.len() <= 256 && !bytes.iter().any(code) && !bytes.ends_with(b";");
        return plain.then_some(line);
    }
    None
}

/// Whether the first line is one word: a key in a file of its own.
fn begins_with_word(text: &[u8]) -> bool {
    let head = &text[..text.len().min(LINE)];
    let len = memchr(b'\n', head).unwrap_or(head.len());
    let line = trimmed(text, Span::new(0, len)).of(text);
    let code = b"<{[(\"'#/-@*;`=";
    line.len() >= 3
        && (!code.contains(&line[0]) || lists_numbers(line))
        && line.iter().all(|byte| byte.is_ascii_graphic())
}

/// `[12,255,7,…]`: the bytes of a key.
fn lists_numbers(line: &[u8]) -> bool {
    let inside = line.strip_prefix(b"[").unwrap_or_default();
    inside.len() > 16
        && inside
            .iter()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b',' | b']'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blob::{Copied, Fresh};
    use crate::rule::RuleSet;
    use std::sync::Arc;

    #[test]
    fn the_first_line_is_no_comment_and_no_code() {
        let first = |text: &str| {
            let line = first_line(text.as_bytes())?;
            Some(text[line.start..line.end].to_owned())
        };
        let found = first("# users\n\n; and\r\na:b\r\nc:d\n");
        assert_eq!(found.as_deref(), Some("a:b"));
        assert_eq!(first("# users\n\n"), None);
        assert_eq!(first("fn main() {\n"), None);
        assert_eq!(first("<xml>\n"), None);
    }

    #[test]
    fn a_key_in_a_file_of_its_own() {
        assert!(begins_with_word(b"0123456789abcdef\n"));
        assert!(!begins_with_word(b"0123456789abcdef 0\n"));
        assert!(!begins_with_word(b"<?php\n"));
        assert!(begins_with_word(b"[12,255,7,0,31,200,64]"));
        assert!(!begins_with_word(b"[package]\n"));
        assert!(!begins_with_word(b""));
    }

    const RULES: &str = r#"
        [[evidence]]
        id = "logins"
        pattern = "^[a-z]+:[^:]+$"
        at_start = true

        [[rule]]
        id = "login-line"
        since = "0.1"
        title = "x"
        severity = "high"
        pattern = "^[a-z]+:(?P<secret>[^:]+)$"
        each_line = true
        boundary = "none"
        requires = [{ evidence = "logins" }]
        paths = ["**/users"]
        why = "x"
        fix = "x"

        [[rule]]
        id = "store"
        since = "0.1"
        title = "x"
        severity = "high"
        pattern = '(?s)^\x01\x02(?P<secret>.{16})'
        at_start = true
        boundary = "none"
        checks = ["structured"]
        why = "x"
        fix = "x"
    "#;

    fn detector() -> Detector {
        let mut rules = RuleSet::empty();
        rules.add(toml::from_str(RULES).unwrap()).unwrap();
        Detector::new(Arc::new(rules))
    }

    fn found(detector: &Detector, text: &[u8]) -> Vec<String> {
        let detection = detector.detect(text, Fresh::All, &mut Scratch::default());
        let spans = detection.raw.iter().map(|claim| claim.span.of(text));
        spans
            .map(|secret| String::from_utf8_lossy(secret).into_owned())
            .collect()
    }

    #[test]
    fn lines_count_where_the_first_says_what_they_are() {
        let detector = detector();
        let text = b"# users\r\n\r\nbob:k3Nn-ww1x\r\neve:p0Kx+wer7\r\n";
        assert_eq!(found(&detector, text), ["k3Nn-ww1x", "p0Kx+wer7"]);
        assert!(found(&detector, b"bob has:\nbob:k3Nn-ww1x\n").is_empty());
    }

    #[test]
    fn a_store_is_known_by_its_first_bytes() {
        let detector = detector();
        let text = b"\x01\x02QxZp9-Lm2vTr7wKd and \0";
        assert_eq!(found(&detector, text), ["QxZp9-Lm2vTr7wKd"]);
        assert!(found(&detector, b"\0\x01\x02QxZp9-Lm2vTr7wKd").is_empty());
    }

    #[test]
    fn a_new_first_line_changes_what_the_others_are() {
        let detector = detector();
        let base = b"prose of more words\nbob:k3Nn-ww1x\n";
        let child = b"eve:p0Kx+wer7\nprose of more words\nbob:k3Nn-ww1x\n";
        let copies = [Copied {
            base: 0,
            child: 14,
            len: base.len(),
        }];
        let scratch = &mut Scratch::default();
        let old = detector.detect(base, Fresh::All, scratch);
        assert!(old.raw.is_empty());
        let new = detector.detect_child(child, &copies, &old, scratch);
        assert_eq!(new, detector.detect(child, Fresh::All, scratch));
        assert_eq!(new.raw.len(), 2);
        let gone = [Copied {
            base: 14,
            child: 0,
            len: base.len(),
        }];
        let back = detector.detect_child(base, &gone, &new, scratch);
        assert_eq!(back, old);
    }
}
