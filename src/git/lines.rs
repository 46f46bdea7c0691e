//! Which bytes of a new version are not in an old one, by lines. Raw bytes are compared: no attribute of the repository has a say.

use crate::blob::Copied;
use crate::text::Span;

/// Above this many bytes between what the two have in common at both ends, all of that counts as fresh: the line diff would take longer
/// than looking at it.
const MOST: usize = 4 << 20;

/// An old version and a new one, compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// The ranges of the new version that are fresh, whole lines, in order. Where only lines went away, an empty range marks the seam.
    pub fresh: Vec<Span>,
    /// The pieces of the old version that stand in the new one, in order.
    pub copies: Vec<Copied>,
}

/// A place where lines of the old version gave way to lines of the new one.
#[derive(Clone, Copy)]
struct Hunk {
    old: Span,
    new: Span,
}

/// Compares two versions line by line.
pub fn compare_lines(old: &[u8], new: &[u8]) -> Compared {
    let mut compared = Compared::default();
    let (mut base, mut child) = (0, 0);
    let mut copy = |base: usize, child: usize, len: usize| {
        if len > 0 {
            compared.copies.push(Copied { base, child, len });
        }
    };
    for hunk in hunks(old, new) {
        copy(base, child, hunk.new.start - child);
        (base, child) = (hunk.old.end, hunk.new.end);
        compared.fresh.push(hunk.new);
    }
    copy(base, child, new.len() - child);
    compared
}

/// What differs between two versions of the file `name`, as a unified diff.
pub fn unified(old: &[u8], new: &[u8], name: &str) -> String {
    let path = std::path::Path::new(name);
    let patch = git2::Patch::from_buffers(old, Some(path), new, Some(path), None);
    let written = patch.and_then(|mut patch| patch.to_buf());
    written.map_or(String::new(), |text| {
        String::from_utf8_lossy(&text).into_owned()
    })
}

fn hunks(old: &[u8], new: &[u8]) -> Vec<Hunk> {
    if old == new {
        return Vec::new();
    }
    let (start, old_end, new_end) = middle(old, new);
    let old_middle = &old[start..old_end];
    let new_middle = &new[start..new_end];
    let whole = vec![Hunk {
        old: Span::new(start, old_end),
        new: Span::new(start, new_end),
    }];
    if old_middle.is_empty() || new_middle.is_empty() {
        return whole;
    }
    if old_middle.len().max(new_middle.len()) > MOST {
        return whole;
    }
    line_diff(old_middle, new_middle, start).unwrap_or(whole)
}

/// What lies between the common lines at the start and those at the end: start in both, end in `old`, end in `new`.
fn middle(old: &[u8], new: &[u8]) -> (usize, usize, usize) {
    let most = old.len().min(new.len());
    let same = common(old.iter(), new.iter());
    let start = if same == most && old.len() == new.len() {
        same
    } else {
        memchr::memrchr(b'\n', &new[..same]).map_or(0, |at| at + 1)
    };
    let mut back = common(old[start..].iter().rev(), new[start..].iter().rev());
    // Only whole lines: cut off what belongs to a line that begins before the common end.
    let tail = &new[new.len() - back..];
    let line_begins = |text: &[u8]| text.len() == back || text[text.len() - back - 1] == b'\n';
    if !(line_begins(&old[start..]) && line_begins(&new[start..])) {
        back = memchr::memchr(b'\n', tail).map_or(0, |at| back - at - 1);
    }
    (start, old.len() - back, new.len() - back)
}

fn common<'a>(a: impl Iterator<Item = &'a u8>, b: impl Iterator<Item = &'a u8>) -> usize {
    a.zip(b).take_while(|(a, b)| a == b).count()
}

/// Offsets of lines, moved.
struct Lines {
    starts: Vec<usize>,
    offset: usize,
    end: usize,
}

impl Lines {
    fn new(text: &[u8], offset: usize) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text).map(|at| at + 1));
        let end = text.len();
        Lines {
            starts,
            offset,
            end,
        }
    }

    /// The bytes of `count` lines from line `first` (from 1); without lines, `first` is the one before the place, as in hunks.
    fn span(&self, first: u32, count: u32) -> Option<Span> {
        let (first, count) = (first as usize, count as usize);
        let begin = if count == 0 {
            first
        } else {
            first.checked_sub(1)?
        };
        let at = |line: usize| self.starts.get(line).copied().unwrap_or(self.end);
        let at = |line: usize| self.offset + at(line).min(self.end);
        Some(Span::new(at(begin), at(begin + count)))
    }
}

/// The hunks, moved by `offset`; `None` where libgit2 gives no diff.
fn line_diff(old: &[u8], new: &[u8], offset: usize) -> Option<Vec<Hunk>> {
    let mut options = git2::DiffOptions::new();
    options
        .force_text(true)
        .context_lines(0)
        .interhunk_lines(0)
        .max_size(-1);
    let patch = git2::Patch::from_buffers(old, None, new, None, Some(&mut options)).ok()?;
    let (old_lines, new_lines) = (Lines::new(old, offset), Lines::new(new, offset));
    let mut hunks = Vec::with_capacity(patch.num_hunks());
    for number in 0..patch.num_hunks() {
        let (hunk, _) = patch.hunk(number).ok()?;
        hunks.push(Hunk {
            old: old_lines.span(hunk.old_start(), hunk.old_lines())?,
            new: new_lines.span(hunk.new_start(), hunk.new_lines())?,
        });
    }
    // Two versions that differ must show a difference.
    (!hunks.is_empty()).then_some(hunks)
}

/// What is fresh against every old version: in each of the lists. An empty range counts where another list covers or touches it.
pub fn fresh_in_all(lists: &[&[Span]]) -> Vec<Span> {
    let Some((first, rest)) = lists.split_first() else {
        return Vec::new();
    };
    let mut spans = first.to_vec();
    for list in rest {
        let mut both = Vec::new();
        for span in &spans {
            for other in list.iter().filter(|other| other.touches(*span)) {
                let shared = Span::new(span.start.max(other.start), span.end.min(other.end));
                if !shared.is_empty() || span.is_empty() || other.is_empty() {
                    both.push(shared);
                }
            }
        }
        spans = both;
    }
    spans.dedup();
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh_lines(old: &[u8], new: &[u8]) -> Vec<Span> {
        let compared = compare_lines(old, new);
        // Copies and fresh lines make up the new version, and copies are what they say.
        let mut pieces: Vec<(usize, &[u8])> = Vec::new();
        for copy in &compared.copies {
            pieces.push((copy.child, &old[copy.base..copy.base + copy.len]));
        }
        pieces.extend(compared.fresh.iter().map(|span| (span.start, span.of(new))));
        pieces.retain(|(_, piece)| !piece.is_empty());
        pieces.sort_by_key(|(at, _)| *at);
        let text: Vec<u8> = pieces
            .iter()
            .flat_map(|(_, piece)| piece.to_vec())
            .collect();
        assert_eq!(text, new);
        compared.fresh
    }

    fn fresh(old: &str, new: &str) -> Vec<String> {
        fresh_lines(old.as_bytes(), new.as_bytes())
            .iter()
            .map(|span| new[span.start..span.end].to_owned())
            .collect()
    }

    #[test]
    fn whole_lines_and_only_new_ones() {
        assert_eq!(fresh("a\nb\nc\n", "a\nB\nc\n"), ["B\n"]);
        assert_eq!(fresh("a\nb\nc\nd\ne\n", "A\nb\nc\nd\nE\n"), ["A\n", "E\n"]);
        assert_eq!(fresh("", "x"), ["x"]);
        assert_eq!(fresh("a\n", "a\nb"), ["b"]);
        assert_eq!(fresh("key=1", "key=12"), ["key=12"]);
        assert_eq!(fresh("key=21\nz\n", "key=1\nz\n"), ["key=1\n"]);
        assert_eq!(fresh("a\na\n", "a\na\na\n"), ["a\n"]);
        assert!(fresh("same\n", "same\n").is_empty());
    }

    #[test]
    fn a_deletion_leaves_a_seam() {
        assert_eq!(fresh_lines(b"a\nb\nc\n", b"a\nc\n"), [Span::new(2, 2)]);
        assert_eq!(
            fresh_lines(b"x\na\nb\nc\nx\n", b"y\na\nc\ny\n"),
            [Span::new(0, 2), Span::new(4, 4), Span::new(6, 8)]
        );
    }

    #[test]
    fn binary_content_is_compared_as_lines_too() {
        let old = b"\0\x01\nsame\n\0end\n";
        let new = b"\0\x02\nsame\n\0END\n";
        assert_eq!(fresh_lines(old, new), [Span::new(0, 3), Span::new(8, 13)]);
    }

    #[test]
    fn fresh_against_two_parents_is_what_neither_has() {
        let new = b"ours\nboth new\ntheirs\n";
        let lists = [fresh_lines(b"ours\n", new), fresh_lines(b"theirs\n", new)];
        assert_eq!(fresh_in_all(&[&lists[0], &lists[1]]), [Span::new(5, 14)]);
    }
}
