//! Many bytes at a time: where grams may begin that hold one of a set of pairs, and which bytes are of a set. The two questions that are asked of every
//! byte that is scanned, so the one place beside `git/options.rs` where `unsafe` is allowed: with 32 bytes in a vector register the answers take a fraction of
//! the time that they take byte by byte. On processors without AVX2 the same answers come from plain loops, and a test compares the two.
//!
//! This file stands alone (no `crate::` paths): the build script includes it together with the prefilter.

/// Classes of bytes: 26 letters in either case, digits, and five kinds of signs.
pub(crate) const CLASSES: usize = 32;

/// The class of a byte that is no letter, by its lower five bits.
const SIGNS: [u8; 32] = {
    let mut classes = [31u8; 32];
    let mut low = 0;
    while low < 32 {
        classes[low] = match low as u8 | 0x20 {
            b'0'..=b'9' => 26,
            b'-' => 27,
            b'?' => 28, // and `_`
            b' ' => 29,
            b'.' | b'/' | b':' | b'=' => 30,
            _ => 31,
        };
        low += 1;
    }
    classes
};

/// The class of every byte. Letters are told apart, whatever their case; what else there is only roughly.
pub(crate) const CLASS: [u8; 256] = {
    let mut classes = [0u8; 256];
    let mut byte = 0;
    while byte < 256 {
        let letter = (byte as u8 | 0x20).wrapping_sub(b'a');
        classes[byte] = if letter < 26 {
            letter
        } else {
            SIGNS[byte & 31]
        };
        byte += 1;
    }
    classes
};

/// A set of pairs of classes, one bit each: byte `class of the second / 8 * 32 + class of the first`, bit `class of the second % 8`.
pub(crate) type Pairs = [u8; 128];

/// Where in a gram its pair may begin.
pub(crate) const SHIFTS: usize = 3;

/// For each place in a gram where a pair may begin the pairs that do.
pub(crate) type PairSets = [Pairs; SHIFTS];

/// Where the bit of a pair stands: the byte and the mask.
pub(crate) const fn pair_bit(first: u8, second: u8) -> (usize, u8) {
    (
        second as usize / 8 * CLASSES + first as usize,
        1 << (second % 8),
    )
}

/// Places that `gram_starts` needs free in its output to go on: what one step may write beyond what it found.
pub(crate) const SLACK: usize = 64;

/// Writes where grams of four bytes begin that have a pair of the sets in its place, the pair being at a position in `at..end`: distances from `base`, until
/// `out` is nearly full. Gives the position to go on from and how many were written; at a seam one may be written twice. `base` is at most `at`, less two where
/// it can be; `end` at most 2^31 from it.
pub(crate) fn gram_starts(
    text: &[u8],
    base: usize,
    at: usize,
    end: usize,
    sets: &PairSets,
    out: &mut [u32],
) -> (usize, usize) {
    // A pair needs both of its bytes.
    let end = end.min(text.len().saturating_sub(1));
    let (at, count) = vectors::gram_starts(text, base, at, end, sets, out);
    plain_gram_starts(text, (base, at, end), sets, out, count)
}

/// The same for the positions that are left, one by one.
fn plain_gram_starts(
    text: &[u8],
    (base, mut at, end): (usize, usize, usize),
    sets: &PairSets,
    out: &mut [u32],
    mut count: usize,
) -> (usize, usize) {
    while at < end && count + SLACK <= out.len() {
        let (byte, bit) = pair_bit(
            CLASS[usize::from(text[at])],
            CLASS[usize::from(text[at + 1])],
        );
        for (shift, pairs) in sets.iter().enumerate() {
            out[count] = at.wrapping_sub(shift + base) as u32;
            count += usize::from(pairs[byte] & bit != 0 && shift <= at);
        }
        at += 1;
    }
    (at, count)
}

/// A set of ASCII bytes, as two tables by the halves of a byte: it is in the set where the two have a bit in common.
#[derive(Debug)]
pub(crate) struct ByteSet {
    low: [u8; 16],
    high: [u8; 16],
}

impl ByteSet {
    /// The set of the bytes for which the table says so; bytes that are not ASCII are never in it.
    pub(crate) const fn new(table: &[bool; 256]) -> Self {
        let (mut low, mut high) = ([0u8; 16], [0u8; 16]);
        let mut byte = 0;
        while byte < 128 {
            if table[byte] {
                low[byte % 16] |= 1 << (byte / 16);
                high[byte / 16] |= 1 << (byte / 16);
            }
            byte += 1;
        }
        ByteSet { low, high }
    }

    /// Whether a byte is in the set.
    pub(crate) fn holds(&self, byte: u8) -> bool {
        self.low[usize::from(byte % 16)] & self.high[usize::from(byte / 16)] != 0
    }

    /// Which of the first 64 bytes of `text` are in the set: one bit each, the lowest for the first; bits past the end are zero.
    pub(crate) fn mask(&self, text: &[u8]) -> u64 {
        match text.first_chunk::<64>() {
            Some(bytes) => vectors::mask(self, bytes).unwrap_or_else(|| self.plain_mask(bytes)),
            None => self.plain_mask(text),
        }
    }

    fn plain_mask(&self, text: &[u8]) -> u64 {
        let bits = text.iter().take(64).zip(0u32..);
        bits.fold(0, |mask, (byte, bit)| {
            mask | u64::from(self.holds(*byte)) << bit
        })
    }
}

#[cfg(target_arch = "x86_64")]
mod vectors {
    use super::{ByteSet, PairSets, Pairs, SIGNS, SLACK};
    use std::arch::x86_64::*;

    /// Bytes in a register.
    const WIDTH: usize = 32;

    fn usable() -> bool {
        is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("popcnt")
    }

    #[allow(unsafe_code)]
    pub(super) fn gram_starts(
        text: &[u8],
        base: usize,
        at: usize,
        end: usize,
        sets: &PairSets,
        out: &mut [u32],
    ) -> (usize, usize) {
        if !usable() {
            return (at, 0);
        }
        // SAFETY: the processor has what the function asks for; it was asked above.
        unsafe { gram_starts_avx2(text, base, at, end, sets, out) }
    }

    #[allow(unsafe_code)]
    pub(super) fn mask(set: &ByteSet, bytes: &[u8; 64]) -> Option<u64> {
        // SAFETY: as above.
        usable().then(|| unsafe { mask_avx2(set, bytes) })
    }

    /// The 32 bytes at the start of a slice.
    #[allow(unsafe_code)]
    #[target_feature(enable = "avx2")]
    fn load(bytes: &[u8; WIDTH]) -> __m256i {
        // SAFETY: the reference is good for 32 bytes, and this load needs no alignment.
        unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
    }

    /// 16 bytes in both halves of a register.
    #[allow(unsafe_code)]
    #[target_feature(enable = "avx2")]
    fn table(bytes: &[u8; 16]) -> __m256i {
        // SAFETY: the reference is good for 16 bytes, and this load needs no alignment.
        _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) })
    }

    /// A table of 32 bytes, as its two halves.
    #[target_feature(enable = "avx2")]
    fn tables(bytes: &[u8]) -> (__m256i, __m256i) {
        let half = |from: usize| {
            bytes[from..]
                .first_chunk::<16>()
                .map_or_else(|| _mm256_setzero_si256(), |half| table(half))
        };
        (half(0), half(16))
    }

    /// Looks up bytes below 32 in such a table.
    #[target_feature(enable = "avx2")]
    fn look_up((low, high): (__m256i, __m256i), index: __m256i) -> __m256i {
        let sixteens = _mm256_slli_epi16::<3>(index);
        _mm256_blendv_epi8(
            _mm256_shuffle_epi8(low, index),
            _mm256_shuffle_epi8(high, index),
            sixteens,
        )
    }

    /// The class of each byte.
    #[target_feature(enable = "avx2")]
    fn classes(bytes: __m256i, signs: (__m256i, __m256i)) -> __m256i {
        let letter = _mm256_sub_epi8(
            _mm256_or_si256(bytes, _mm256_set1_epi8(0x20)),
            _mm256_set1_epi8(0x61),
        );
        let is_letter = _mm256_cmpeq_epi8(_mm256_min_epu8(letter, _mm256_set1_epi8(25)), letter);
        let sign = look_up(signs, _mm256_and_si256(bytes, _mm256_set1_epi8(31)));
        _mm256_blendv_epi8(sign, letter, is_letter)
    }

    /// A set of pairs, as tables.
    #[derive(Clone, Copy)]
    struct Rows([(__m256i, __m256i); 4]);

    impl Rows {
        #[target_feature(enable = "avx2")]
        fn of(pairs: &Pairs) -> Self {
            Rows([
                tables(&pairs[..32]),
                tables(&pairs[32..64]),
                tables(&pairs[64..96]),
                tables(&pairs[96..]),
            ])
        }

        /// At which positions a pair of the set begins: the first byte chooses a row, of which the second chooses one of four bytes, and in that a bit.
        #[target_feature(enable = "avx2")]
        fn begin(&self, first: __m256i, second: __m256i, bit: __m256i) -> u64 {
            let eights = _mm256_slli_epi16::<4>(second);
            let sixteens = _mm256_slli_epi16::<3>(second);
            let [a, b, c, d] = self.0;
            let row = _mm256_blendv_epi8(
                _mm256_blendv_epi8(look_up(a, first), look_up(b, first), eights),
                _mm256_blendv_epi8(look_up(c, first), look_up(d, first), eights),
                sixteens,
            );
            let absent = _mm256_cmpeq_epi8(_mm256_and_si256(row, bit), _mm256_setzero_si256());
            u64::from(!_mm256_movemask_epi8(absent) as u32)
        }
    }

    #[target_feature(enable = "avx2,bmi1,popcnt")]
    fn gram_starts_avx2(
        text: &[u8],
        base: usize,
        mut at: usize,
        end: usize,
        sets: &PairSets,
        out: &mut [u32],
    ) -> (usize, usize) {
        let signs = tables(&SIGNS);
        let rows = [Rows::of(&sets[0]), Rows::of(&sets[1]), Rows::of(&sets[2])];
        let bits = table(&[1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128]);
        let mut count = 0;
        // Grams that begin at the last two positions of a block are told of by the next one as well.
        let mut carried = 0;
        while at + WIDTH <= end && count + SLACK <= out.len() {
            let (Some(here), Some(next)) = (text[at..].first_chunk(), text[at + 1..].first_chunk())
            else {
                break;
            };
            let first = classes(load(here), signs);
            let second = classes(load(next), signs);
            let bit = _mm256_shuffle_epi8(bits, second);
            // The lowest bit stands for a gram that begins two bytes before the block.
            let mut found = rows[0].begin(first, second, bit) << 2
                | rows[1].begin(first, second, bit) << 1
                | rows[2].begin(first, second, bit)
                | carried;
            if at < 2 {
                found &= u64::MAX << (2 - at);
            }
            carried = found >> WIDTH;
            let from = at.wrapping_sub(base + 2) as u32;
            count += spread(found as u32, from, &mut out[count..]);
            at += WIDTH;
        }
        count += spread(
            carried as u32,
            at.wrapping_sub(base + 2) as u32,
            &mut out[count..],
        );
        (at, count)
    }

    /// Writes the position of each bit. Eight at a time, needed or not: a branch for each would be guessed wrongly once a block.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,popcnt")]
    fn spread(mut bits: u32, at: u32, out: &mut [u32]) -> usize {
        let count = bits.count_ones() as usize;
        let mut written = 0;
        while let Some(eight) = out
            .get_mut(written..)
            .and_then(|rest| rest.first_chunk_mut::<8>())
        {
            for place in eight {
                *place = at.wrapping_add(bits.trailing_zeros());
                bits &= bits.wrapping_sub(1);
            }
            written += 8;
            if written >= count {
                break;
            }
        }
        count
    }

    #[target_feature(enable = "avx2")]
    fn mask_avx2(set: &ByteSet, bytes: &[u8; 64]) -> u64 {
        let (low, high) = (table(&set.low), table(&set.high));
        let half = |bytes: &[u8; WIDTH]| {
            let bytes = load(bytes);
            let upper = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), _mm256_set1_epi8(15));
            // The sign bit of a byte that is not ASCII makes the first look-up zero.
            let common = _mm256_and_si256(
                _mm256_shuffle_epi8(low, bytes),
                _mm256_shuffle_epi8(high, upper),
            );
            let absent = _mm256_cmpeq_epi8(common, _mm256_setzero_si256());
            u64::from(!_mm256_movemask_epi8(absent) as u32)
        };
        let (front, back) = bytes.split_at(WIDTH);
        let part = |part: &[u8]| part.first_chunk().map_or(0, half);
        part(front) | part(back) << WIDTH
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod vectors {
    use super::{ByteSet, PairSets};

    pub(super) fn gram_starts(
        _: &[u8],
        _: usize,
        at: usize,
        _: usize,
        _: &PairSets,
        _: &mut [u32],
    ) -> (usize, usize) {
        (at, 0)
    }

    pub(super) fn mask(_: &ByteSet, _: &[u8; 64]) -> Option<u64> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes without pattern, the same every time.
    fn noise(len: usize) -> Vec<u8> {
        let mut state = 1u64;
        let step = |_| {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 33) as u8
        };
        (0..len).map(step).collect()
    }

    fn sets(bytes: &[u8]) -> PairSets {
        let mut sets = [[0; 128]; SHIFTS];
        for (set, bytes) in sets.iter_mut().zip(bytes.chunks_exact(128)) {
            set.copy_from_slice(bytes);
        }
        sets
    }

    /// Where grams begin, in order and once each.
    fn starts(
        text: &[u8],
        from: usize,
        to: usize,
        sets: &PairSets,
        room: usize,
    ) -> (Vec<usize>, Vec<usize>) {
        let (mut all, mut plain) = (Vec::new(), Vec::new());
        let base = from.saturating_sub(2);
        let mut out = vec![0; room];
        let mut at = from;
        loop {
            let (next, count) = gram_starts(text, base, at, to, sets, &mut out);
            all.extend(out[..count].iter().map(|start| base + *start as usize));
            if next == at {
                break;
            }
            at = next;
        }
        let mut out = vec![0; text.len() * SHIFTS + SLACK];
        let to = to.min(text.len() - 1);
        let (_, count) = plain_gram_starts(text, (base, from, to), sets, &mut out, 0);
        plain.extend(out[..count].iter().map(|start| base + *start as usize));
        for list in [&mut all, &mut plain] {
            list.sort_unstable();
            list.dedup();
        }
        (all, plain)
    }

    #[test]
    fn vectors_and_plain_loops_find_the_same_starts() {
        // Miri takes its time.
        let len = if cfg!(miri) { 500 } else { 5000 };
        let text = noise(len);
        let sets = sets(&noise(3 * 128));
        for (from, to) in [
            (0, len),
            (1, len),
            (3, len - 1),
            (17, 48),
            (17, 50),
            (len - 10, len),
        ] {
            for room in [200, 20_000] {
                let (all, plain) = starts(&text, from, to, &sets, room);
                assert_eq!(all, plain, "from {from} to {to}");
                assert!(!plain.is_empty());
            }
        }
    }

    #[test]
    fn a_gram_begins_before_its_pair() {
        let mut only = [[0; 128]; SHIFTS];
        let (byte, bit) = pair_bit(CLASS[usize::from(b'x')], CLASS[usize::from(b'y')]);
        only[2][byte] = bit;
        let text = format!("xy{}ab(XY){}", "-".repeat(70), "-".repeat(70));
        let (all, _) = starts(text.as_bytes(), 0, text.len(), &only, 500);
        assert_eq!(all, [text.find("b(X").expect("it is there")]);
    }

    #[test]
    fn a_mask_says_which_bytes_are_in_the_set() {
        let mut table = [false; 256];
        for byte in (b'a'..=b'z')
            .chain(b'0'..=b'9')
            .chain([b'_', b'/', b'+', b'~'])
        {
            table[usize::from(byte)] = true;
        }
        let set = ByteSet::new(&table);
        let text = noise(4096);
        for len in [0, 1, 63, 64, 65, 200] {
            for from in 0..600 {
                let part = &text[from..from + len];
                let expected = part
                    .iter()
                    .take(64)
                    .zip(0..)
                    .fold(0u64, |mask, (byte, bit)| {
                        mask | u64::from(table[usize::from(*byte)]) << bit
                    });
                assert_eq!(set.mask(part), expected);
                assert_eq!(set.plain_mask(part), expected);
            }
        }
    }
}
