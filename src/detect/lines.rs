//! Where the lines of what is looked at end: found once a blob, as every keyword asks for the lines around it.

use super::region::{New, gaps, lines_around};
use crate::text::Span;
use crate::text::lanes::ByteSet;

/// What ends a line.
static LINE_END: ByteSet = ByteSet::new(&{
    let mut table = [false; 256];
    table[b'\n' as usize] = true;
    table
});

/// Line ends that are remembered: a file of nothing else must not take eight times its size. Behind the last of them they are searched for again each time.
const MOST_ENDS: usize = 1 << 16;

/// A piece of the text whose line ends are known.
#[derive(Clone, Copy, Debug)]
struct Piece {
    span: Span,
    /// Its line ends: from which number to which.
    first: usize,
    last: usize,
}

/// The line ends of some regions of a text.
#[derive(Debug, Default)]
pub(super) struct Lines {
    ends: Vec<usize>,
    pieces: Vec<Piece>,
    /// The line end that was asked for last: keywords come in the order of the text.
    near: usize,
}

impl Lines {
    /// Forgets the last text and finds the line ends of this one in `regions`, which are in order.
    pub(super) fn collect(&mut self, text: &[u8], regions: &[Span]) {
        self.ends.clear();
        self.pieces.clear();
        self.near = 0;
        for region in regions {
            let first = self.ends.len();
            let mut at = region.start;
            while at < region.end && self.ends.len() < MOST_ENDS {
                let part = &text[at..region.end];
                let mut mask = LINE_END.mask(part);
                while mask != 0 {
                    self.ends.push(at + mask.trailing_zeros() as usize);
                    mask &= mask - 1;
                }
                at += part.len().min(64);
            }
            self.pieces.push(Piece {
                span: Span::new(region.start, at),
                first,
                last: self.ends.len(),
            });
        }
    }

    /// The piece that holds all of `place`.
    fn piece(&self, place: Span) -> Option<Piece> {
        let at = self
            .pieces
            .partition_point(|piece| piece.span.end < place.end);
        let piece = self.pieces.get(at)?;
        (piece.span.start <= place.start).then_some(*piece)
    }

    /// How many line ends of a piece, and of all before it, stand before `at`.
    fn before(&mut self, piece: Piece, at: usize) -> usize {
        let mut near = self.near.clamp(piece.first, piece.last);
        // The next keyword is mostly on one of the next lines.
        for _ in 0..8 {
            if near < piece.last && self.ends[near] < at {
                near += 1;
            } else if near > piece.first && self.ends[near - 1] >= at {
                near -= 1;
            } else {
                self.near = near;
                return near;
            }
        }
        let ends = &self.ends[piece.first..piece.last];
        self.near = piece.first + ends.partition_point(|end| *end < at);
        self.near
    }

    /// As [`lines_around`].
    pub(super) fn around(&mut self, text: &[u8], at: Span, lines: usize, cap: usize) -> Span {
        match self.known_around(text, at, lines, cap) {
            Some(known) => known,
            None => lines_around(text, at, lines, cap),
        }
    }

    fn known_around(&mut self, text: &[u8], at: Span, lines: usize, cap: usize) -> Option<Span> {
        let piece = self.piece(at)?;
        let floor = at.start.saturating_sub(cap);
        let ceiling = text.len().min(at.end.saturating_add(cap));
        let above = self.before(piece, at.start);
        let start = match above.checked_sub(lines + 1) {
            Some(end) if end >= piece.first => floor.max(self.ends[end] + 1),
            // It may be nearer than where the piece begins, but not further than all may be.
            _ if piece.span.start <= floor || piece.span.start == 0 => floor,
            _ => return None,
        };
        let below = self.before(piece, at.end) + lines;
        let end = match self.ends.get(below) {
            Some(end) if below < piece.last => ceiling.min(*end),
            _ if piece.span.end >= ceiling => ceiling,
            _ => return None,
        };
        Some(Span::new(start, end))
    }

    /// As [`New::lines_to`], for a place in one of the regions, these being what surrounds `new`: what is new in another region is further than rules look.
    pub(super) fn lines_to_new(&mut self, text: &[u8], place: Span, new: New<'_>) -> usize {
        let New::Spans(spans) = new else {
            return 0;
        };
        let Some(piece) = self.piece(place) else {
            return new.lines_to(text, place);
        };
        let lines = |(from, to): (usize, usize)| {
            let from = self.before(piece, from);
            self.before(piece, to).saturating_sub(from)
        };
        gaps(spans, place)
            .filter(|(from, to)| piece.span.start <= *from && *to <= piece.span.end)
            .map(lines)
            .min()
            .unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::noise::Noise;
    use crate::detect::region::widen;

    #[test]
    fn lines_are_those_that_a_search_finds() {
        let mut noise = Noise(1);
        let mut lines = Lines::default();
        for _ in 0..300 {
            let text = noise.text(900, b'\n');
            let cut = noise.below(400);
            let regions = [Span::new(cut / 3, cut), Span::new(cut + 1, 800 + cut / 4)];
            lines.collect(&text, &regions);
            for _ in 0..100 {
                let start = noise.below(880);
                let at = Span::new(start, start + noise.below(20));
                let (more, cap) = (noise.below(4), noise.below(200));
                assert_eq!(
                    lines.around(&text, at, more, cap),
                    lines_around(&text, at, more, cap),
                    "{at:?} {more} {cap} {regions:?}"
                );
            }
        }
    }

    #[test]
    fn what_is_near_something_new_is_told_from_what_is_not() {
        let mut noise = Noise(2);
        let mut lines = Lines::default();
        let reach = 3;
        for _ in 0..300 {
            let text = noise.text(3000, b'\n');
            let mut spans: Vec<Span> = (0..noise.below(5))
                .map(|_| {
                    let start = noise.below(2900);
                    Span::new(start, start + noise.below(90))
                })
                .collect();
            spans.sort_unstable();
            spans.dedup_by(|next, last| next.start <= last.end);
            let regions = widen(&text, &spans, reach, 8 * 2048);
            lines.collect(&text, &regions);
            for _ in 0..100 {
                let start = noise.below(2980);
                let place = Span::new(start, start + noise.below(20));
                let new = New::Spans(&spans);
                let (told, plain) = (
                    lines.lines_to_new(&text, place, new),
                    new.lines_to(&text, place),
                );
                let within = |region: &Span| region.start <= place.start && place.end <= region.end;
                if plain <= reach || !regions.iter().any(within) {
                    assert_eq!(told, plain, "{place:?} {spans:?}");
                }
                assert!(told >= plain);
            }
        }
    }
}
