//! Runs of the characters that tokens are made of: found once a blob, and asked by every rule that needs one near its keyword.

use super::boundary::BASE64_BYTES;
use super::decoded::MIN_ENCODED;
use crate::rule::{LEAST_RUN, RunOf};
use crate::text::Span;
use crate::text::lanes::ByteSet;

/// The bytes of a run of any kind.
static RUN_BYTES: ByteSet = set_of(RunOf::Any);

/// The bytes of the more selective kinds.
static HEX_BYTES: ByteSet = set_of(RunOf::Hex);
static ALNUM_BYTES: ByteSet = set_of(RunOf::Alnum);

const fn set_of(kind: RunOf) -> ByteSet {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = kind.holds(byte as u8);
        byte += 1;
    }
    ByteSet::new(&table)
}

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
/// Demands that are remembered at once.
const DEMANDS: usize = 256;

/// A kind of run and its least length.
type Demand = (RunOf, usize);

/// One run.
#[derive(Clone, Copy, Debug)]
struct Run {
    span: Span,
    /// The longest run of each more selective kind in it; [`UNKNOWN`] until somebody asks.
    longest: [u32; 2],
}

/// From where on the first run that meets a demand was looked for, and which it is.
#[derive(Clone, Copy, Debug)]
struct First {
    demand: Demand,
    from: usize,
    run: usize,
}

/// The runs of a blob, or of regions of it.
#[derive(Debug, Default)]
pub(super) struct Runs {
    regions: Vec<Span>,
    found: Vec<Run>,
    /// What was asked last of each demand: keywords come in the order of the text, so the next answer is mostly the same.
    firsts: Vec<Option<First>>,
}

impl Runs {
    /// Forgets the last blob and finds the runs of this one that touch `regions`.
    pub(super) fn collect(&mut self, text: &[u8], regions: &[Span]) {
        self.found.clear();
        self.found.shrink_to(KEPT_RUNS);
        self.firsts.clear();
        self.firsts.resize(DEMANDS, None);
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
    pub(super) fn may_hold(&mut self, text: &[u8], window: Span, demand: Demand) -> bool {
        // They are in order, and none overlaps another.
        let near = self
            .regions
            .partition_point(|region| region.end < window.end);
        let known = |region: &Span| region.start <= window.start;
        if !self.regions.get(near).is_some_and(known) {
            return true;
        }
        let run = self.first_behind(text, window.start, demand);
        let run = self.found.get(run);
        run.is_some_and(|run| run.span.start < window.end)
    }

    /// The first run that ends behind `at` and meets the demand; one past the last where none does.
    fn first_behind(&mut self, text: &[u8], at: usize, demand: Demand) -> usize {
        let (kind, least) = demand;
        let slot = (least + 89 * kind as usize) % DEMANDS;
        let ends_behind = |run: &Run| run.span.end > at;
        let last = self.firsts[slot].filter(|last| last.demand == demand && last.from <= at);
        let from = match last {
            // None between the two places.
            Some(last) if self.found.get(last.run).is_none_or(ends_behind) => last.run,
            _ => {
                let from = self.found.partition_point(|run| !ends_behind(run));
                let meets =
                    |run: &mut Run| run.span.len() >= least && run.longest_of(text, kind) >= least;
                let met = self.found[from..].iter_mut().position(meets);
                met.map_or(self.found.len(), |met| from + met)
            }
        };
        self.firsts[slot] = Some(First {
            demand,
            from: at,
            run: from,
        });
        from
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
        let (known, set) = match kind {
            RunOf::Hex => (&mut self.longest[0], &HEX_BYTES),
            RunOf::Alnum => (&mut self.longest[1], &ALNUM_BYTES),
            RunOf::Any => return self.span.len(),
        };
        if *known == UNKNOWN {
            let longest = longest_run(self.span.of(text), set);
            *known = u32::try_from(longest).unwrap_or(UNKNOWN - 1);
        }
        *known as usize
    }
}

/// The longest run of bytes of a set, 64 bytes at a time.
fn longest_run(text: &[u8], set: &ByteSet) -> usize {
    let (mut longest, mut open) = (0, 0);
    for at in (0..text.len()).step_by(64) {
        let mut mask = set.mask(&text[at..]);
        let head = mask.trailing_ones() as usize;
        if head == 64 {
            open += 64;
            continue;
        }
        longest = longest.max(open + head);
        open = mask.leading_ones() as usize;
        // Each round takes one byte from the end of every run within.
        let mut within = 0;
        while mask != 0 {
            mask &= mask << 1;
            within += 1;
        }
        longest = longest.max(within);
    }
    longest.max(open)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::noise::Noise;

    #[test]
    fn the_longest_run_is_the_one_that_a_plain_search_finds() {
        let mut noise = Noise(7);
        for round in 0..2000 {
            let (len, often) = (noise.below(300), 2 + round % 90);
            let byte = |_| if noise.below(often) == 0 { b'-' } else { b'a' };
            let text: Vec<u8> = (0..len).map(byte).collect();
            let parts = text.split(|byte| *byte == b'-').map(<[u8]>::len);
            assert_eq!(longest_run(&text, &HEX_BYTES), parts.max().unwrap_or(0));
        }
    }

    #[test]
    fn what_was_asked_before_changes_no_answer() {
        let mut noise = Noise(3);
        let byte = |_| *b" -az".get(noise.below(30)).unwrap_or(&b'a');
        let text: Vec<u8> = (0..6000).map(byte).collect();
        let all = [Span::new(0, text.len())];
        let mut asked = Runs::default();
        asked.collect(&text, &all);
        for _ in 0..2000 {
            let start = noise.below(5900);
            let window = Span::new(start, start + noise.below(100));
            let kind = RunOf::ALL[noise.below(3)];
            let demand = (kind, 16 + noise.below(8));
            let mut new = Runs::default();
            new.collect(&text, &all);
            assert_eq!(
                asked.may_hold(&text, window, demand),
                new.may_hold(&text, window, demand)
            );
        }
    }

    #[test]
    fn runs_are_those_that_a_plain_search_finds() {
        let mut noise = Noise(1);
        for _ in 0..300 {
            let len = noise.below(700);
            let text = noise.text(len, b' ');
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
