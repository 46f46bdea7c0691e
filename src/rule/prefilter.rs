//! One pass over the text that finds every place where a keyword of any rule may stand, at a cost that does not depend on how many keywords there are.
//!
//! Every keyword is represented by one of its four-byte grams, the one that is rarest in source code. A position is a suspect when the hash of
//! its four bytes (case folded) is set in a bitmap; the few suspects are looked up in a table of grams, and the keywords found there compared in full. The
//! loop over positions has no dependency from one to the next and no branch that is often taken, unlike an automaton, whose every step waits for the one before.
//!
//! This file stands alone (no `crate::` paths): the build script includes it and writes the tables for the built-in rules out as constants, so
//! that a start builds nothing. Users' rules get a second, small one at run time.

use std::borrow::Cow;

/// Bits of the hash that selects a bit of the bitmap.
const BITMAP_BITS: u32 = 17;
/// Fibonacci hashing: an odd constant near 2^32 divided by the golden ratio spreads neighbouring grams.
const MULTIPLIER: u32 = 0x9E37_79B1;
/// Lower-cases ASCII letters (and confuses some signs, which the full comparison sorts out).
const FOLD: u32 = 0x2020_2020;
/// Shortest keyword.
pub(crate) const MIN_KEYWORD: usize = 3;

/// A keyword at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Its index in the list the tables were built from.
    pub keyword: usize,
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// The tables of one list of keywords.
#[derive(Clone, Debug)]
pub struct Prefilter {
    /// One bit for each hash of a gram.
    pub bitmap: Cow<'static, [u64]>,
    /// Open-addressing table from gram to bucket: `(gram, bucket + 1)`, 0 for a free slot.
    pub slots: Cow<'static, [(u32, u32)]>,
    /// For each bucket the range of `entries`.
    pub buckets: Cow<'static, [(u32, u32)]>,
    /// Keyword index and offset of the gram within it.
    pub entries: Cow<'static, [(u32, u8)]>,
    /// The keywords, ASCII lower case.
    pub keywords: Cow<'static, [Cow<'static, str>]>,
}

impl Prefilter {
    /// Builds the tables. Keywords must be ASCII and at least [`MIN_KEYWORD`] bytes; shorter ones are never found.
    pub fn build(keywords: &[&str]) -> Self {
        let keywords: Vec<String> = keywords
            .iter()
            .map(|word| word.to_ascii_lowercase())
            .collect();
        let mut grams: Vec<(u32, u32, u8)> = Vec::new();
        for (index, word) in keywords.iter().enumerate() {
            for (gram, offset) in grams_of(word.as_bytes()) {
                grams.push((gram, index as u32, offset));
            }
        }
        grams.sort_unstable();
        grams.dedup();
        let mut bitmap = vec![0u64; 1 << (BITMAP_BITS - 6)];
        let mut buckets: Vec<(u32, u32)> = Vec::new();
        let mut entries: Vec<(u32, u8)> = Vec::new();
        let mut distinct: Vec<u32> = Vec::new();
        for (gram, index, offset) in grams {
            if distinct.last() != Some(&gram) {
                distinct.push(gram);
                buckets.push((entries.len() as u32, entries.len() as u32));
            }
            entries.push((index, offset));
            if let Some(last) = buckets.last_mut() {
                last.1 = entries.len() as u32;
            }
        }
        let mut slots = vec![(0u32, 0u32); (distinct.len() * 2).next_power_of_two().max(2)];
        for (bucket, gram) in distinct.iter().enumerate() {
            let bit = bitmap_index(*gram);
            bitmap[bit >> 6] |= 1 << (bit & 63);
            let mask = slots.len() - 1;
            let mut at = slot_index(*gram, mask);
            while slots[at].1 != 0 {
                at = (at + 1) & mask;
            }
            slots[at] = (*gram, bucket as u32 + 1);
        }
        Prefilter {
            bitmap: bitmap.into(),
            slots: slots.into(),
            buckets: buckets.into(),
            entries: entries.into(),
            keywords: keywords.into_iter().map(Cow::Owned).collect(),
        }
    }

    /// Whether there is nothing to find.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Calls `found` for every keyword that has its gram at a position in `start..end`; the keyword itself may reach out of that range.
    pub fn scan(&self, bytes: &[u8], start: usize, end: usize, found: &mut dyn FnMut(Hit)) {
        let end = end.min(bytes.len());
        if start >= end || self.is_empty() {
            return;
        }
        let bitmap = self.bitmap.as_ref();
        let mut at = start;
        // Positions with four bytes to read, sixteen at a time: the tests of a block are combined before the one branch.
        while at + 16 <= end && at + 19 <= bytes.len() {
            let block = &bytes[at..at + 19];
            let mut suspects = 0u32;
            for lane in 0..16 {
                let gram = gram_at(block, lane);
                let bit = bitmap_index(gram);
                suspects |= ((bitmap[bit >> 6] >> (bit & 63)) as u32 & 1) << lane;
            }
            while suspects != 0 {
                let lane = suspects.trailing_zeros() as usize;
                suspects &= suspects - 1;
                self.look_up(bytes, at + lane, gram_at(block, lane), found);
            }
            at += 16;
        }
        while at < end {
            // Past the end of the text the gram is filled with zeros: a keyword of three bytes can end there.
            let mut four = [0u8; 4];
            let rest = &bytes[at..bytes.len().min(at + 4)];
            four[..rest.len()].copy_from_slice(rest);
            self.look_up(bytes, at, u32::from_le_bytes(four) | FOLD, found);
            at += 1;
        }
    }

    /// Compares the keywords that have this gram; the gram stands at `at`.
    fn look_up(&self, bytes: &[u8], at: usize, gram: u32, found: &mut dyn FnMut(Hit)) {
        let mask = self.slots.len() - 1;
        let mut slot = slot_index(gram, mask);
        loop {
            let (stored, bucket) = self.slots[slot];
            if bucket == 0 {
                return;
            }
            if stored == gram {
                let (from, to) = self.buckets[bucket as usize - 1];
                for (keyword, offset) in &self.entries[from as usize..to as usize] {
                    let word = self.keywords[*keyword as usize].as_bytes();
                    let Some(start) = at.checked_sub(usize::from(*offset)) else {
                        continue;
                    };
                    if bytes
                        .get(start..start + word.len())
                        .is_some_and(|text| text.eq_ignore_ascii_case(word))
                    {
                        found(Hit {
                            keyword: *keyword as usize,
                            start,
                            end: start + word.len(),
                        });
                    }
                }
                return;
            }
            slot = (slot + 1) & mask;
        }
    }
}

#[inline(always)]
fn gram_at(block: &[u8], lane: usize) -> u32 {
    u32::from_le_bytes([
        block[lane],
        block[lane + 1],
        block[lane + 2],
        block[lane + 3],
    ]) | FOLD
}

#[inline(always)]
fn bitmap_index(gram: u32) -> usize {
    (gram.wrapping_mul(MULTIPLIER) >> (32 - BITMAP_BITS)) as usize
}

fn slot_index(gram: u32, mask: usize) -> usize {
    (gram.wrapping_mul(MULTIPLIER) >> 7) as usize & mask
}

/// The grams that represent a keyword, with their offsets: the rarest one, or, for a keyword of three bytes, every way a fourth byte can go on.
fn grams_of(word: &[u8]) -> Vec<(u32, u8)> {
    let fold = |four: [u8; 4]| u32::from_le_bytes(four) | FOLD;
    if word.len() < MIN_KEYWORD {
        return Vec::new();
    }
    if word.len() == MIN_KEYWORD {
        let mut grams: Vec<(u32, u8)> = (0..=u8::MAX)
            .map(|next| (fold([word[0], word[1], word[2], next]), 0))
            .collect();
        grams.sort_unstable();
        grams.dedup();
        return grams;
    }
    let rarest = word
        .windows(4)
        .enumerate()
        .min_by_key(|(_, gram)| commonness(gram))
        .map_or(0, |(offset, _)| offset);
    let gram = fold([
        word[rarest],
        word[rarest + 1],
        word[rarest + 2],
        word[rarest + 3],
    ]);
    vec![(gram, rarest.min(255) as u8)]
}

/// How common a gram is in source code, roughly: the product of its bytes' frequencies, as a sum of their logarithms.
fn commonness(gram: &[u8]) -> u32 {
    gram.iter().map(|byte| byte_weight(*byte)).sum()
}

/// Ten times the binary logarithm of how often a byte turns up in a million bytes of source code.
fn byte_weight(byte: u8) -> u32 {
    match byte.to_ascii_lowercase() {
        b' ' => 175,
        b'e' | b't' => 160,
        b'r' | b's' | b'i' | b'n' | b'o' | b'a' => 155,
        b'l' | b'c' | b'u' | b'd' | b'p' => 148,
        b'm' | b'f' | b'g' | b'h' | b'b' | b'_' => 140,
        b'0' | b'1' | b'.' | b',' | b'(' | b')' | b'"' | b'=' | b'-' | b'/' | b':' => 138,
        b'2'..=b'9' | b'y' | b'v' | b'x' | b'w' | b'k' => 130,
        b'j' | b'q' | b'z' => 112,
        _ => 120,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(words: &[&str], text: &str) -> Vec<(usize, usize)> {
        let mut hits = Vec::new();
        Prefilter::build(words).scan(text.as_bytes(), 0, text.len(), &mut |hit| {
            hits.push((hit.keyword, hit.start));
        });
        hits.sort_unstable();
        hits
    }

    #[test]
    fn finds_what_a_plain_search_finds() {
        let words = ["ghp_", "password", "xoxb-", "pwd", "oauth_token", "a-b"];
        let text = "x PASSWORD= ghp_1 and oAuth_Token=xoxb-2 pwd a-b pwd";
        let lower = text.to_ascii_lowercase();
        let mut expected = Vec::new();
        for (index, word) in words.iter().enumerate() {
            expected.extend(lower.match_indices(word).map(|(at, _)| (index, at)));
        }
        expected.sort_unstable();
        for pad in 0..40 {
            let padded = format!("{}{text}", " ".repeat(pad));
            let moved: Vec<_> = expected
                .iter()
                .map(|(word, at)| (*word, at + pad))
                .collect();
            assert_eq!(hits(&words, &padded), moved, "with {pad} bytes before");
        }
    }

    #[test]
    fn a_position_belongs_to_one_range_only() {
        let filter = Prefilter::build(&["secret_sauce"]);
        let text = b"my secret_sauce is";
        for cut in 0..text.len() {
            let mut count = 0;
            filter.scan(text, 0, cut, &mut |_| count += 1);
            filter.scan(text, cut, text.len(), &mut |_| count += 1);
            assert_eq!(count, 1, "cut at {cut}");
        }
    }
}
