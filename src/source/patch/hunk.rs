//! The body of one file in a patch: hunk by hunk, the new side and the sides it replaces.

use crate::blob::{Blob, Fresh, Old, Origin, Part};
use crate::source::Sink;
use crate::text::{Name, Span};

/// Between two hunks lie lines that the patch does not show. That many at most are put there as blank lines, so that what the lines are apart stays
/// true for rules that look a few lines around.
const GAP: usize = 64;

/// What is still to come of a hunk.
pub(super) struct Hunk {
    /// Lines of each old side still to come.
    old: Vec<usize>,
    /// Lines of the new side still to come.
    new: usize,
    /// The line of the new side it begins at, from 1 (0 for a file that is empty then).
    start: usize,
}

impl Hunk {
    /// Reads `@@ -1,2 +3,4 @@ …`, or `@@@ -1,2 -5 +3,4 @@@ …` of a merge with two parents, and so on.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text.get(..text.len().min(256))?)
            .or_else(|error| std::str::from_utf8(&text[..error.valid_up_to()]))
            .ok()?;
        let signs = text.bytes().take_while(|byte| *byte == b'@').count();
        let rest = &text[signs..];
        let ranges = &rest[..rest.find(&text[..signs])?];
        let mut old = Vec::new();
        let mut new = None;
        for range in ranges.split_ascii_whitespace() {
            match (range.strip_prefix('-'), range.strip_prefix('+')) {
                (Some(range), _) => old.push(numbers(range)?.1),
                (_, Some(range)) => new = Some(numbers(range)?),
                _ => return None,
            }
        }
        let (start, lines) = new?;
        // Two signs for one old side, three for two.
        (signs >= 2 && old.len() == signs - 1).then_some(Hunk {
            old,
            new: lines,
            start,
        })
    }

    /// Whether every line was seen that its header announced.
    pub(super) fn is_full(&self) -> bool {
        self.new == 0 && self.old.iter().all(|left| *left == 0)
    }
}

/// `start,count`, or `start` for one line.
fn numbers(range: &str) -> Option<(usize, usize)> {
    let (start, count) = range.split_once(',').unwrap_or((range, "1"));
    let number = |text: &str| text.parse::<u32>().ok().map(|number| number as usize);
    Some((number(start)?, number(count)?))
}

/// All hunks of a file so far.
#[derive(Default)]
pub(super) struct Body {
    new: Vec<u8>,
    old: Vec<Vec<u8>>,
    fresh: Vec<Span>,
    /// Lines of `new`, lines of the file.
    lines: Vec<(usize, usize)>,
    /// Lines in `new` so far.
    count: usize,
    /// Which sides the line before belongs to: the new one, each old one.
    last: (bool, Vec<bool>),
}

impl Body {
    pub(super) fn has_hunks(&self) -> bool {
        !self.lines.is_empty()
    }

    pub(super) fn begin(&mut self, hunk: &Hunk) {
        if let Some((line, of_file)) = self.lines.last() {
            let next = of_file + (self.count + 1 - line);
            let gap = hunk.start.saturating_sub(next).clamp(1, GAP);
            self.new.extend(std::iter::repeat_n(b'\n', gap));
            for old in &mut self.old {
                old.extend(std::iter::repeat_n(b'\n', gap));
            }
            self.count += gap;
        }
        self.old
            .resize(hunk.old.len().max(self.old.len()), Vec::new());
        self.lines.push((self.count + 1, hunk.start.max(1)));
    }

    /// Takes a line of a hunk; false if it is none.
    pub(super) fn take(&mut self, hunk: &mut Hunk, line: &[u8]) -> bool {
        if line.starts_with(b"\\") {
            self.no_newline();
            return true;
        }
        let sides = hunk.old.len();
        // Mail programs drop the blank of an empty line.
        let blank = line.trim_ascii().is_empty() && !line.starts_with(b" ");
        let (marks, content) = if blank {
            (&b"                "[..sides.min(16)], line)
        } else if line.len() > sides {
            line.split_at(sides)
        } else {
            return false;
        };
        if !marks.iter().all(|mark| matches!(mark, b' ' | b'+' | b'-')) {
            return false;
        }
        let removed = marks.contains(&b'-');
        let counts: Vec<bool> = marks
            .iter()
            .map(|mark| *mark == if removed { b'-' } else { b' ' })
            .collect();
        let left = hunk
            .old
            .iter()
            .zip(&counts)
            .all(|(left, in_it)| !in_it || *left > 0);
        if !left || (!removed && hunk.new == 0) {
            return false;
        }
        for ((left, in_it), old) in hunk.old.iter_mut().zip(&counts).zip(&mut self.old) {
            if *in_it {
                *left -= 1;
                old.extend_from_slice(content);
            }
        }
        if removed {
            self.freshen(Span::new(self.new.len(), self.new.len()));
        } else {
            hunk.new -= 1;
            self.add(content, marks.contains(&b'+'));
        }
        self.last = (!removed, counts);
        true
    }

    fn add(&mut self, content: &[u8], fresh: bool) {
        let start = self.new.len();
        self.new.extend_from_slice(content);
        self.count += 1;
        if fresh {
            self.freshen(Span::new(start, self.new.len()));
        }
    }

    fn freshen(&mut self, span: Span) {
        match self.fresh.last_mut() {
            Some(last) if last.touches(span) => last.end = span.end.max(last.end),
            _ => self.fresh.push(span),
        }
    }

    /// Takes an added line that no hunk counts.
    pub(super) fn stray(&mut self, line: &[u8]) {
        self.add(line.get(1..).unwrap_or_default(), true);
    }

    /// `\ No newline at end of file`, about the line before.
    fn no_newline(&mut self) {
        let cut = |side: &mut Vec<u8>| {
            if side.ends_with(b"\n") {
                side.pop();
            }
        };
        if self.last.0 {
            cut(&mut self.new);
            let end = self.new.len();
            if let Some(last) = self.fresh.last_mut() {
                last.end = last.end.min(end);
            }
        }
        for (old, in_it) in self.old.iter_mut().zip(&self.last.1) {
            if *in_it {
                cut(old);
            }
        }
    }

    /// Pushes what the hunks show of the new side.
    pub(super) fn push(self, path: Option<Name>, sink: &dyn Sink) {
        if !self.has_hunks() {
            return;
        }
        let old: Vec<Old<'_>> = self
            .old
            .iter()
            .map(|bytes| Old { bytes, copies: &[] })
            .collect();
        sink.blob(Blob {
            bytes: &self.new,
            origin: Origin::Stream { path },
            fresh: Fresh::Ranges(&self.fresh),
            old: &old,
            part: Part {
                lines: &self.lines,
                ..Part::WHOLE
            },
        });
    }
}
