//! The prefilter's loop over positions with AVX2, eight positions an instruction, where the processor has it: with all rules on, that loop is the
//! greater part of a scan of text without candidates. The only file of this room with `unsafe` code.
//!
//! Measured on two cores over 800 MB of source files: the loop takes a third of the time of the portable one in `prefilter.rs`, which does the same and finds the
//! same (a test compares them).

#![allow(unsafe_code)]

use super::prefilter::{Hit, Prefilter};

/// Scans positions from `start` on and gives the position up to which it came (a multiple of sixteen behind `start`); the rest is for the portable
/// loop. Does nothing where the processor lacks AVX2.
pub(super) fn scan(
    filter: &Prefilter,
    bytes: &[u8],
    start: usize,
    end: usize,
    found: &mut dyn FnMut(Hit),
) -> usize {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2")
        && let Some(bitmap) = filter.words()
    {
        // SAFETY: the processor has AVX2, which is all that the function demands of its caller.
        return unsafe { x86::scan(filter, bitmap, bytes, start, end, found) };
    }
    let _ = (filter, bytes, end, found);
    start
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use crate::rule::prefilter::{Bitmap, FOLD, Hit, MULTIPLIER, Prefilter, WORD_BITS};
    use std::arch::x86_64::*;

    /// Positions a round.
    const STEP: usize = 16;

    #[target_feature(enable = "avx2")]
    pub(super) fn scan(
        filter: &Prefilter,
        bitmap: &Bitmap,
        bytes: &[u8],
        start: usize,
        end: usize,
        found: &mut dyn FnMut(Hit),
    ) -> usize {
        let end = end.min(bytes.len());
        let mut at = start;
        // Every round reads 32 bytes: sixteen positions, the three bytes behind the last of them, and some that are not used.
        while at + STEP <= end && at + 2 * STEP <= bytes.len() {
            let block: &[u8; 32] = match bytes[at..at + 2 * STEP].try_into() {
                Ok(block) => block,
                Err(_) => return at,
            };
            let mut suspects =
                suspects_of_eight(bitmap, block, 0) | suspects_of_eight(bitmap, block, 8) << 8;
            while suspects != 0 {
                let lane = suspects.trailing_zeros() as usize;
                suspects &= suspects - 1;
                let gram = u32::from_le_bytes([
                    block[lane],
                    block[lane + 1],
                    block[lane + 2],
                    block[lane + 3],
                ]);
                filter.look_up(bytes, at + lane, gram | FOLD, found);
            }
            at += STEP;
        }
        at
    }

    /// One bit for each of eight positions from `first` (0 or 8) on.
    #[target_feature(enable = "avx2")]
    fn suspects_of_eight(bitmap: &Bitmap, block: &[u8; 32], first: usize) -> u32 {
        // SAFETY: `first` is at most 8, so sixteen bytes from there lie within the 32 of the block; unaligned loads are allowed.
        let sixteen = unsafe { _mm_loadu_si128(block.as_ptr().add(first).cast()) };
        let both = _mm256_broadcastsi128_si256(sixteen);
        // Lane n takes bytes n to n + 3.
        let order = _mm256_setr_epi8(
            0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6, 4, 5, 6, 7, 5, 6, 7, 8, 6, 7, 8, 9, 7,
            8, 9, 10,
        );
        let grams = _mm256_or_si256(
            _mm256_shuffle_epi8(both, order),
            _mm256_set1_epi32(FOLD as i32),
        );
        let product = _mm256_mullo_epi32(grams, _mm256_set1_epi32(MULTIPLIER as i32));
        // Words of 64 bits are gathered as the half that a bit lies in: bit 5 of the bit's number tells which.
        let word = _mm256_slli_epi32::<1>(_mm256_srli_epi32::<{ 32 - WORD_BITS as i32 }>(product));
        let first_bit = _mm256_srli_epi32::<13>(product);
        let second_bit = _mm256_srli_epi32::<7>(product);
        let one = _mm256_set1_epi32(1);
        let half = |bit: __m256i| {
            _mm256_add_epi32(word, _mm256_and_si256(_mm256_srli_epi32::<5>(bit), one))
        };
        let base: *const i32 = bitmap.as_ptr().cast();
        // SAFETY: every index is below 2 * 2^WORD_BITS, and the bitmap has that many numbers of four bytes; a gather does not need alignment.
        let (low, high) = unsafe {
            (
                _mm256_i32gather_epi32::<4>(base, half(first_bit)),
                _mm256_i32gather_epi32::<4>(base, half(second_bit)),
            )
        };
        let five = _mm256_set1_epi32(31);
        let first_set = _mm256_srlv_epi32(low, _mm256_and_si256(first_bit, five));
        let second_set = _mm256_srlv_epi32(high, _mm256_and_si256(second_bit, five));
        let set = _mm256_slli_epi32::<31>(_mm256_and_si256(first_set, second_set));
        _mm256_movemask_ps(_mm256_castsi256_ps(set)) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_the_portable_loop_finds() {
        let words: Vec<String> = (0..3000u32)
            .map(|number| format!("w{:x}k", number.wrapping_mul(2_654_435_761) >> 8))
            .collect();
        let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
        words.extend(["ghp_", "oauth_token", "pat", "a-b"]);
        let filter = Prefilter::build(&words);
        let mut text = String::new();
        for (number, word) in words.iter().enumerate() {
            text.push_str(word);
            text.push_str(&" ;x"[..number % 3 + 1]);
        }
        let bytes = text.as_bytes();
        for (start, end) in [(0, bytes.len()), (7, bytes.len() - 5), (100, 130), (3, 19)] {
            let mut portable = Vec::new();
            filter.scan(bytes, start, end, &mut |hit| portable.push(hit));
            let mut wide = Vec::new();
            let at = scan(&filter, bytes, start, end, &mut |hit| wide.push(hit));
            filter.scan(bytes, at, end, &mut |hit| wide.push(hit));
            assert_eq!(wide, portable, "{start}..{end}");
            assert!(
                portable.len() * 3 > (end - start) / 12,
                "the test finds something"
            );
        }
    }
}
