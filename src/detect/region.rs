//! Which bytes a claim rests on, and which bytes have to be looked at again when some of a blob changed.

use super::Copied;
use crate::text::Span;
use memchr::{memchr, memchr_iter, memrchr};

/// Bytes that any rule but those of multi-line patterns may look at, to either side of its keyword.
pub(super) const CAP: usize = 2048;

/// Bytes to either side of a keyword beyond which no claim rests on anything: the longest pattern (four times `CAP`), and behind it the neighbours that
/// its rule requires or forbids (`CAP`), with room to spare.
pub(super) const FARTHEST: usize = 8 * CAP;

/// The lines around `at` (`lines` more above and below), at most `cap` bytes to either side.
pub(super) fn lines_around(text: &[u8], at: Span, lines: usize, cap: usize) -> Span {
    let floor = at.start.saturating_sub(cap);
    let ceiling = text.len().min(at.end.saturating_add(cap));
    let mut start = at.start;
    for round in 0..=lines {
        match memrchr(b'\n', &text[floor..start]) {
            Some(found) if round == lines => {
                start = floor + found + 1;
            }
            Some(found) => start = floor + found,
            None => {
                start = floor;
                break;
            }
        }
    }
    let mut end = at.end.min(ceiling);
    for round in 0..=lines {
        match memchr(b'\n', &text[end..ceiling]) {
            Some(found) if round == lines => end += found,
            Some(found) => end += found + 1,
            None => {
                end = ceiling;
                break;
            }
        }
    }
    Span::new(start, end)
}

/// What of a text has to be looked at.
#[derive(Clone, Copy, Debug)]
pub(super) enum New<'a> {
    /// All of it.
    All,
    /// What touches one of these spans, which are in order.
    Spans(&'a [Span]),
}

/// Line ends that are counted between a place and what is new: no rule but the far-reaching ones looks further.
const MOST_LINES: usize = 64;

impl New<'_> {
    /// How many lines lie between `place` and what is new: 0 on the same line. More than any number of lines where that is further than rules look.
    pub(super) fn lines_to(self, text: &[u8], place: Span) -> usize {
        let New::Spans(spans) = self else {
            return 0;
        };
        let lines = |(from, to): (usize, usize)| {
            let between = text.get(from..to).unwrap_or_default();
            memchr_iter(b'\n', between).take(MOST_LINES).count()
        };
        gaps(spans, place).map(lines).min().unwrap_or(usize::MAX)
    }
}

/// What lies between `place` and the nearest of `spans` before and behind it, where that is no further than rules look: from where to where.
pub(super) fn gaps(spans: &[Span], place: Span) -> impl Iterator<Item = (usize, usize)> {
    let next = spans.partition_point(|span| span.end < place.start);
    let above = next
        .checked_sub(1)
        .map(|last| (spans[last].end, place.start));
    let below = spans.get(next).map(|span| (place.end, span.start));
    let near = |(from, to): &(usize, usize)| to.saturating_sub(*from) <= FARTHEST;
    [above, below].into_iter().flatten().filter(near)
}

/// The parts of a child that were not copied from its base, in order; where two copied pieces meet that did not touch in the base, an
/// empty span marks the seam. Likewise where the blob now begins or ends at another place than the base did.
pub fn fresh_of(copies: &[Copied], child_len: usize, base_len: Option<usize>) -> Vec<Span> {
    let mut fresh = Vec::new();
    let mut at = 0;
    let mut last_base_end: Option<usize> = Some(0);
    for copy in copies {
        if copy.child > at {
            fresh.push(Span::new(at, copy.child));
        } else if last_base_end != Some(copy.base) {
            fresh.push(Span::new(at, at));
        }
        at = copy.child + copy.len;
        last_base_end = Some(copy.base + copy.len);
    }
    if at < child_len {
        fresh.push(Span::new(at, child_len));
    } else if base_len.is_none() || last_base_end != base_len {
        fresh.push(Span::new(child_len, child_len));
    }
    fresh
}

/// The regions in which a keyword must be looked at again: `fresh` widened by the greatest number of lines and bytes that any rule looks at, merged.
pub(super) fn widen(text: &[u8], fresh: &[Span], lines: usize, cap: usize) -> Vec<Span> {
    let mut regions: Vec<Span> = Vec::with_capacity(fresh.len());
    for span in fresh {
        let wide = lines_around(text, *span, lines + 1, cap);
        match regions.last_mut() {
            Some(last) if last.end >= wide.start => last.end = last.end.max(wide.end),
            _ => regions.push(wide),
        }
    }
    regions
}

/// Where `extent` of the base stands in the child, if all its bytes and one to either side were copied in one piece (a blob's end
/// counts as a neighbour that must stay one).
pub(super) fn carried(
    extent: Span,
    copies: &[Copied],
    base_len: usize,
    child_len: usize,
) -> Vec<isize> {
    let from = extent.start.saturating_sub(1);
    let to = base_len.min(extent.end + 1);
    copies
        .iter()
        .filter(|copy| copy.base <= from && to <= copy.base + copy.len)
        .filter(|copy| {
            let shift = copy.child as isize - copy.base as isize;
            let start = extent.start as isize + shift;
            let end = extent.end as isize + shift;
            (extent.start == 0) == (start == 0)
                && (extent.end == base_len) == (end as usize == child_len)
        })
        .map(|copy| copy.child as isize - copy.base as isize)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_caps() {
        let text = b"aa\nbb\ncc\ndd\nee";
        let at = Span::new(6, 8);
        assert_eq!(lines_around(text, at, 0, 100).of(text), b"cc");
        assert_eq!(lines_around(text, at, 1, 100).of(text), b"bb\ncc\ndd");
        assert_eq!(lines_around(text, at, 9, 100).of(text), text);
        assert_eq!(lines_around(text, at, 9, 2).of(text), b"b\ncc\nd");
    }

    #[test]
    fn lines_to_what_is_new() {
        let text = b"aa\nbb\ncc\ndd\nee";
        let lines = |spans: &[Span], start, end| {
            let new = New::Spans(spans);
            new.lines_to(text, Span::new(start, end))
        };
        let spans = [Span::new(0, 1), Span::new(13, 13)];
        assert_eq!(lines(&spans, 1, 2), 0);
        assert_eq!(lines(&spans, 3, 5), 1);
        assert_eq!(lines(&spans, 6, 8), 2);
        assert_eq!(lines(&spans, 9, 11), 1);
        assert_eq!(lines(&spans, 12, 14), 0);
        assert_eq!(lines(&[], 3, 5), usize::MAX);
        assert_eq!(New::All.lines_to(text, Span::new(3, 5)), 0);
    }

    #[test]
    fn seams_are_fresh() {
        let copies = [
            Copied {
                base: 0,
                child: 0,
                len: 4,
            },
            Copied {
                base: 8,
                child: 4,
                len: 4,
            },
        ];
        assert_eq!(fresh_of(&copies, 8, Some(12)), vec![Span::new(4, 4)]);
        assert_eq!(
            fresh_of(&copies, 8, Some(20)),
            vec![Span::new(4, 4), Span::new(8, 8)]
        );
        assert_eq!(
            fresh_of(&copies, 10, Some(12)),
            vec![Span::new(4, 4), Span::new(8, 10)]
        );
    }
}
