//! Runs of the characters that tokens are made of: found once a blob, and asked by every rule that needs one near its keyword.

use super::boundary::BASE64_BYTES;
use super::decoded::MIN_ENCODED;
use crate::rule::{LEAST_RUN, RunOf};
use crate::text::Span;
use crate::text::lanes::ByteSet;

/// The bytes of a run of any kind.
static RUN_BYTES: ByteSet = ByteSet::new(&{
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = RunOf::Any.holds(byte as u8);
        byte += 1;
    }
    table
});

/// Calls `each` for every maximal run of at least [`LEAST_RUN`] bytes of any kind that begins or goes on in `region`, 64 bytes at a time: as many in a row are
/// found by shifting the bits of those bytes over one another.
fn long_runs(text: &[u8], region: Span, mut each: impl FnMut(Span)) {
    let mask = |at: usize| text.get(at..).map_or(0, |rest| RUN_BYTES.mask(rest));
    let mut at = region.start;
    let mut here = mask(at);
    while at < region.end {
        let next = mask(at + 64);
        let mut starts = u128::from(here) | u128::from(next) << 64;
        let mut reached = 1;
        while reached < LEAST_RUN {
            let step = reached.min(LEAST_RUN - reached);
            starts &= starts >> step;
            reached += step;
        }
        if starts as u64 == 0 {
            (at, here) = (at + 64, next);
            continue;
        }
        let first = at + starts.trailing_zeros() as usize;
        if first >= region.end {
            return;
        }
        // A region can begin within a run; behind a run the search goes on at its end, so no other begins within one.
        let before = match first == region.start {
            true => text[..first]
                .iter()
                .rev()
                .take_while(|byte| RUN_BYTES.holds(**byte))
                .count(),
            false => 0,
        };
        let mut end = first + LEAST_RUN;
        loop {
            let more = mask(end).trailing_ones() as usize;
            end += more;
            if more < 64 {
                break;
            }
        }
        each(Span::new(first - before, end));
        at = end;
        here = mask(at);
    }
}

/// Calls `each` for every maximal run of at least `least` bytes of `table` that touches `region`.
pub(super) fn maximal(
    text: &[u8],
    region: Span,
    least: usize,
    table: &[bool; 256],
    mut each: impl FnMut(Span),
) {
    let holds = |byte: &u8| table[usize::from(*byte)];
    let mut from = region.start;
    // A run of at least that length covers the last byte of every window of that length, so most windows are left after a look at their end.
    while from + least <= region.end {
        let window = &text[from..from + least];
        if let Some(at) = window.iter().rposition(|byte| !holds(byte)) {
            from += at + 1;
            continue;
        }
        let more = text[from + least..].iter().take_while(|byte| holds(byte));
        // A region can begin within a run.
        let before = text[..from].iter().rev().take_while(|byte| holds(byte));
        let span = Span::new(from - before.count(), from + least + more.count());
        each(span);
        from = span.end + 1;
    }
}

/// Runs that memory is kept for from one blob to the next: lists of digests have hundreds of thousands, other files a few.
const KEPT_RUNS: usize = 1 << 13;
/// A length that nobody has counted yet; the longest that can be said.
const UNKNOWN: u32 = u32::MAX;

/// One run.
#[derive(Clone, Copy, Debug)]
struct Run {
    span: Span,
    /// The longest run of each more selective kind in it; [`UNKNOWN`] until somebody asks.
    longest: [u32; 2],
}

/// The runs of a blob, or of regions of it.
#[derive(Debug, Default)]
pub(super) struct Runs {
    regions: Vec<Span>,
    found: Vec<Run>,
}

impl Runs {
    /// Forgets the last blob and finds the runs of this one that touch `regions`.
    pub(super) fn collect(&mut self, text: &[u8], regions: &[Span]) {
        self.found.clear();
        self.found.shrink_to(KEPT_RUNS);
        self.regions.clear();
        self.regions.extend_from_slice(regions);
        for region in regions {
            self.in_region(text, *region);
        }
    }

    fn in_region(&mut self, text: &[u8], region: Span) {
        long_runs(text, region, |span| {
            let longest = [UNKNOWN; 2];
            self.found.push(Run { span, longest });
        });
    }

    /// Whether a run of that kind and length can be in `window`. May say yes where there is none, never no where there is one.
    pub(super) fn may_hold(
        &mut self,
        text: &[u8],
        window: Span,
        (kind, least): (RunOf, usize),
    ) -> bool {
        // They are in order, and none overlaps another.
        let near = self
            .regions
            .partition_point(|region| region.end < window.end);
        let known = |region: &Span| region.start <= window.start;
        if !self.regions.get(near).is_some_and(known) {
            return true;
        }
        let first = self
            .found
            .partition_point(|run| run.span.end <= window.start);
        self.found[first..]
            .iter_mut()
            .take_while(|run| run.span.start < window.end)
            .any(|run| run.span.len() >= least && run.longest_of(text, kind) >= least)
    }

    /// Every maximal run of base64 characters of at least the length that is decoded.
    pub(super) fn base64(&self, text: &[u8]) -> Vec<Span> {
        let mut all = Vec::new();
        for run in &self.found {
            // Whole within the run: what borders on it is of no kind at all.
            let inner = run.span;
            maximal(
                inner.of(text),
                Span::new(0, inner.len()),
                MIN_ENCODED,
                &BASE64_BYTES,
                |part| {
                    all.push(Span::new(inner.start + part.start, inner.start + part.end));
                },
            );
        }
        all
    }
}

impl Run {
    /// The longest run of that kind in it, as far as 32 bits can say.
    fn longest_of(&mut self, text: &[u8], kind: RunOf) -> usize {
        let count = |kind: RunOf| {
            let parts = self.span.of(text).split(|byte| !kind.holds(*byte));
            u32::try_from(parts.map(<[u8]>::len).max().unwrap_or(0)).unwrap_or(u32::MAX)
        };
        if self.longest[0] == UNKNOWN {
            self.longest = [count(RunOf::Hex), count(RunOf::Alnum)];
        }
        match kind {
            RunOf::Hex => self.longest[0] as usize,
            RunOf::Alnum => self.longest[1] as usize,
            RunOf::Any => self.span.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_those_that_a_plain_search_finds() {
        let mut state = 1u32;
        let mut noise = |limit: u32| {
            state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345);
            (state >> 16) % limit
        };
        for _ in 0..300 {
            let len = noise(700) as usize;
            let often = noise(40) + 1;
            let byte = |_| if noise(often) == 0 { b' ' } else { b'a' };
            let text: Vec<u8> = (0..len).map(byte).collect();
            let mut expected = Vec::new();
            let mut at = 0;
            for part in text.split(|byte| *byte == b' ') {
                if part.len() >= LEAST_RUN {
                    expected.push(Span::new(at, at + part.len()));
                }
                at += part.len() + 1;
            }
            let mut found = Vec::new();
            long_runs(&text, Span::new(0, len), |run| found.push(run));
            assert_eq!(found, expected);
            // Two regions find what touches them.
            let cut = len / 2;
            let (mut left, mut right) = (Vec::new(), Vec::new());
            long_runs(&text, Span::new(0, cut), |run| left.push(run));
            long_runs(&text, Span::new(cut, len), |run| right.push(run));
            assert!(left.iter().chain(&right).all(|run| expected.contains(run)));
            assert!(
                expected
                    .iter()
                    .all(|run| left.contains(run) || right.contains(run))
            );
        }
    }
}
