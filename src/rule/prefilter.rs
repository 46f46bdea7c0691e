//! One pass over the text that finds every place where a keyword of any rule may stand, at a cost that hardly depends on how many keywords there are.
//!
//! Every keyword is represented by one of its four-byte grams, the one that is rarest in source code (`rules/grams.txt`). A position is a suspect when the
//! hash of its four bytes (case folded) is set in a bitmap; the few suspects are looked up in a table of grams, and the keywords found there compared in full.
//! The loop over positions has no dependency from one to the next and no branch that is often taken, unlike an automaton, whose every step waits for the one before.
//!
//! This file stands alone (no `crate::` paths): the build script includes it and stores the tables for the built-in rules as bytes, so
//! that a start builds nothing. Users' rules get a second, small one at run time.

use std::borrow::Cow;

/// Bits of the hash that select a word of 64 bits: 64 KiB in all. Of the word, two bits are set for each gram, so that one position in a hundred is a
/// suspect without cause even with twenty thousand grams.
pub(crate) const WORD_BITS: u32 = 13;
/// Fibonacci hashing: an odd constant near 2^32 divided by the golden ratio spreads neighbouring grams.
pub(crate) const MULTIPLIER: u32 = 0x9E37_79B1;
/// Lower-cases ASCII letters (and confuses some signs, which the full comparison sorts out).
pub(crate) const FOLD: u32 = 0x2020_2020;
/// Shortest keyword.
pub(crate) const MIN_KEYWORD: usize = 3;
/// Bytes of a gram in the first part of the slots (0: free; no folded gram is 0). Most suspects are settled there, so the grams lie close together.
const GRAM: usize = 4;
/// Bytes of a slot in the second part: the number of its first entry, and which bytes may stand before and behind the gram in any of its keywords (one bit for
/// each value of a byte's lower five bits).
const SLOT: usize = 12;
/// Bytes of an entry: keyword (4), where its text is (3), its length (1), the gram's offset in it (1), whether another entry of the same gram follows (1), padding (2).
const ENTRY: usize = 12;

/// Suspects that are gathered before they are looked up: look-ups that do not wait for one another overlap.
const BATCH: usize = 240;

/// How common grams are: eight hex digits and a letter a line; what is not listed is rare.
const GRAMS: &str = include_str!("../../rules/grams.txt");

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

/// The tables of one list of keywords, as bytes.
#[derive(Clone, Debug)]
pub struct Prefilter {
    /// Two bits in one of 8192 words (8 bytes, little-endian) for each gram.
    pub bitmap: Cow<'static, [u8]>,
    /// Open-addressing table from gram to entries: all grams, then all slots.
    pub slots: Cow<'static, [u8]>,
    /// The entries, those of one gram together.
    pub entries: Cow<'static, [u8]>,
    /// The keywords, ASCII lower case, one behind the other.
    pub text: Cow<'static, [u8]>,
}

impl Prefilter {
    /// Builds the tables. Keywords must be ASCII and at least `MIN_KEYWORD` and at most 255 bytes; others are never found.
    pub fn build(keywords: &[&str]) -> Self {
        let common = common_grams();
        let mut text: Vec<u8> = Vec::new();
        let mut grams: Vec<(u32, u32, u32, u8, u8)> = Vec::new();
        for (number, word) in (0u32..).zip(keywords) {
            let word = word.to_ascii_lowercase();
            let at = text.len() as u32;
            text.extend_from_slice(word.as_bytes());
            let Ok(len) = u8::try_from(word.len()) else {
                continue;
            };
            for (gram, offset) in grams_of(word.as_bytes(), &common) {
                grams.push((gram, number, at, len, offset));
            }
        }
        grams.sort_unstable();
        grams.dedup();
        let mut words = vec![0u64; 1 << WORD_BITS];
        let mut slots = vec![0u8; (grams.len() * 3 / 2).next_power_of_two().max(2) * (GRAM + SLOT)];
        let mut entries: Vec<u8> = Vec::with_capacity(grams.len() * ENTRY);
        for (number, (gram, keyword, at, len, offset)) in grams.iter().enumerate() {
            let first = number == 0 || grams[number - 1].0 != *gram;
            let more = grams.get(number + 1).is_some_and(|next| next.0 == *gram);
            entries.extend_from_slice(&keyword.to_le_bytes());
            entries.extend_from_slice(&at.to_le_bytes()[..3]);
            entries.extend_from_slice(&[*len, *offset, u8::from(more), 0, 0]);
            if first {
                let (word, first_bit, second_bit) = bloom(*gram);
                words[word] |= 1u64.wrapping_shl(first_bit) | 1u64.wrapping_shl(second_bit);
                let mask = slots.len() / (GRAM + SLOT) - 1;
                let mut slot = slot_index(*gram, mask);
                while number_at(&slots, slot * GRAM) != 0 {
                    slot = (slot + 1) & mask;
                }
                slots[slot * GRAM..][..GRAM].copy_from_slice(&gram.to_le_bytes());
                let of_gram = grams[number..].iter().take_while(|other| other.0 == *gram);
                let (before, behind) =
                    of_gram.fold((0, 0), |(before, behind), (_, _, at, len, offset)| {
                        let word = &text[*at as usize..][..usize::from(*len)];
                        let offset = usize::from(*offset);
                        let bit = |at: Option<usize>| {
                            at.and_then(|at| word.get(at))
                                .map_or(u32::MAX, |byte| 1 << (byte & 31))
                        };
                        (
                            before | bit(offset.checked_sub(1)),
                            behind | bit(Some(offset + 4)),
                        )
                    });
                let fields = &mut slots[(mask + 1) * GRAM + slot * SLOT..][..SLOT];
                fields[..4].copy_from_slice(&(number as u32).to_le_bytes());
                fields[4..8].copy_from_slice(&before.to_le_bytes());
                fields[8..].copy_from_slice(&behind.to_le_bytes());
            }
        }
        Prefilter {
            bitmap: words
                .iter()
                .flat_map(|word| word.to_le_bytes())
                .collect::<Vec<u8>>()
                .into(),
            slots: slots.into(),
            entries: entries.into(),
            text: text.into(),
        }
    }

    /// Whether there is nothing to find.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Calls `found` for every keyword that has its gram at a position in `start..end`; the keyword itself may reach out of that range.
    pub fn scan(&self, bytes: &[u8], start: usize, end: usize, found: &mut dyn FnMut(Hit)) {
        let end = end.min(bytes.len());
        let Some(bitmap) = self.words().filter(|_| start < end) else {
            return;
        };
        let mut suspects = [0u32; BATCH + 16];
        let mut at = start;
        let last = end.min(bytes.len().saturating_sub(3));
        while at + 16 <= last {
            // Every position is written, and the place to write to moves on only behind a suspect: no branch that could be guessed wrongly.
            let (base, mut count) = (at, 0);
            while at + 16 <= last && count < BATCH && at - base < 1 << 20 {
                let block = &bytes[at..at + 19];
                for lane in 0..16 {
                    suspects[count] = (at - base + lane) as u32;
                    count += suspect(bitmap, gram_at(block, lane)) as usize;
                }
                at += 16;
            }
            self.look_up_all(bytes, base, &suspects[..count], found);
        }
        self.scan_rest(bytes, at, end, found);
    }

    /// Looks up suspects, given by their distance from `base`. Most are there without cause: those whose slot is free are dropped first.
    fn look_up_all(&self, bytes: &[u8], base: usize, suspects: &[u32], found: &mut dyn FnMut(Hit)) {
        let mask = self.slots.len() / (GRAM + SLOT) - 1;
        let mut kept = [(0u32, 0u32); BATCH + 16];
        let mut count = 0;
        for at in suspects {
            let gram = number_at(bytes, base + *at as usize) | FOLD;
            kept[count] = (*at, gram);
            let there = number_at(&self.slots, slot_index(gram, mask) * GRAM);
            count += usize::from(there != 0);
        }
        for (at, gram) in &kept[..count] {
            self.look_up(bytes, base + *at as usize, *gram, found);
        }
    }

    /// The last positions, one at a time. Past the end of the text the gram is filled with zeros: a keyword of three bytes can end there.
    fn scan_rest(&self, bytes: &[u8], mut at: usize, end: usize, found: &mut dyn FnMut(Hit)) {
        while at < end {
            let mut four = [0u8; 4];
            let rest = &bytes[at..bytes.len().min(at + 4)];
            four[..rest.len()].copy_from_slice(rest);
            self.look_up(bytes, at, u32::from_le_bytes(four) | FOLD, found);
            at += 1;
        }
    }

    /// The bitmap, where there is something to find.
    pub(crate) fn words(&self) -> Option<&Bitmap> {
        self.bitmap
            .as_ref()
            .try_into()
            .ok()
            .filter(|_| !self.is_empty())
    }

    /// Compares the keywords that have this gram; the gram stands at `at`.
    #[inline]
    pub(crate) fn look_up(&self, bytes: &[u8], at: usize, gram: u32, found: &mut dyn FnMut(Hit)) {
        let slots = self.slots.as_ref();
        let mask = slots.len() / (GRAM + SLOT) - 1;
        let (grams, slots) = slots.split_at((mask + 1) * GRAM);
        let mut slot = slot_index(gram, mask);
        loop {
            let there = number_at(grams, slot * GRAM);
            if there == 0 {
                return;
            }
            if there == gram {
                let fields = &slots[slot * SLOT..][..SLOT];
                let may = |mask: u32, byte: Option<&u8>| {
                    byte.map_or(u32::MAX, |byte| 1 << (byte & 31)) & mask != 0
                };
                let before = at.checked_sub(1).and_then(|before| bytes.get(before));
                if may(number_at(fields, 4), before) && may(number_at(fields, 8), bytes.get(at + 4))
                {
                    self.compare(bytes, at, number_at(fields, 0) as usize, found);
                }
                return;
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Compares the keywords of one gram in full, from entry `entry` on.
    fn compare(&self, bytes: &[u8], at: usize, mut entry: usize, found: &mut dyn FnMut(Hit)) {
        loop {
            let Some(fields) = self.entries.get(entry * ENTRY..entry * ENTRY + ENTRY) else {
                return;
            };
            let text_at =
                usize::from(fields[4]) | usize::from(fields[5]) << 8 | usize::from(fields[6]) << 16;
            let len = usize::from(fields[7]);
            let word = &self.text[text_at..text_at + len];
            let start = at.wrapping_sub(usize::from(fields[8]));
            if bytes
                .get(start..start.wrapping_add(len))
                .is_some_and(|text| text.eq_ignore_ascii_case(word))
            {
                found(Hit {
                    keyword: number_at(fields, 0) as usize,
                    start,
                    end: start + len,
                });
            }
            if fields[9] == 0 {
                return;
            }
            entry += 1;
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

/// The bitmap as an array, so that no index has to be checked.
pub(crate) type Bitmap = [u8; 8 << WORD_BITS];

/// The word of a gram, and its two bits (taken modulo 64 by the shifts).
#[inline(always)]
fn bloom(gram: u32) -> (usize, u32, u32) {
    let product = gram.wrapping_mul(MULTIPLIER);
    (
        (product >> (32 - WORD_BITS)) as usize,
        product >> 13,
        product >> 7,
    )
}

/// 1 where both bits of a gram are set.
#[inline(always)]
fn suspect(bitmap: &Bitmap, gram: u32) -> u32 {
    let (word, first, second) = bloom(gram);
    let at = word * 8;
    let word = u64::from_le_bytes([
        bitmap[at],
        bitmap[at + 1],
        bitmap[at + 2],
        bitmap[at + 3],
        bitmap[at + 4],
        bitmap[at + 5],
        bitmap[at + 6],
        bitmap[at + 7],
    ]);
    (word.wrapping_shr(first) & word.wrapping_shr(second) & 1) as u32
}

/// The upper bits of the product, on which every bit of the gram has a say.
fn slot_index(gram: u32, mask: usize) -> usize {
    (gram.wrapping_mul(MULTIPLIER) >> mask.leading_zeros().saturating_sub(usize::BITS - 32))
        as usize
        & mask
}

#[inline(always)]
fn number_at(bytes: &[u8], at: usize) -> u32 {
    // One load; bytes taken one by one would each be checked.
    bytes.get(at..at + 4).map_or(0, |four| {
        u32::from_le_bytes(four.try_into().unwrap_or_default())
    })
}

/// The listed grams and their levels, sorted.
fn common_grams() -> Vec<(u32, u8)> {
    GRAMS
        .lines()
        .filter_map(|line| {
            let (gram, level) = line.split_at_checked(8)?;
            Some((
                u32::from_str_radix(gram, 16).ok()?,
                *level.as_bytes().first()?,
            ))
        })
        .collect()
}

/// The grams that represent a keyword, with their offsets: the rarest one, or, for a keyword of three bytes, every way a fourth byte can go on.
fn grams_of(word: &[u8], common: &[(u32, u8)]) -> Vec<(u32, u8)> {
    let fold = |four: [u8; 4]| u32::from_le_bytes(four) | FOLD;
    if word.len() < MIN_KEYWORD || word.len() > 255 {
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
    let grams = word
        .windows(4)
        .zip(0u8..)
        .map(|(four, offset)| (fold([four[0], four[1], four[2], four[3]]), offset));
    let rarest = grams.min_by_key(|(gram, _)| {
        let level = common
            .binary_search_by_key(gram, |(listed, _)| *listed)
            .map_or(0, |at| common[at].1);
        (level, commonness(*gram))
    });
    rarest.into_iter().collect()
}

/// How common a gram that is not listed is in source code, roughly: the product of its bytes' frequencies, as a sum of their logarithms.
fn commonness(gram: u32) -> u32 {
    gram.to_le_bytes().into_iter().map(byte_weight).sum()
}

/// Ten times the binary logarithm of how often a byte turns up in a million bytes of source code.
fn byte_weight(byte: u8) -> u32 {
    match byte.to_ascii_lowercase() {
        b' ' => 175,
        b'e' | b't' => 160,
        b'r' | b's' | b'i' | b'n' | b'o' | b'a' => 155,
        b'l' | b'c' | b'u' | b'd' | b'p' => 148,
        b'm' | b'f' | b'g' | b'h' | b'b' | 0x7F => 140,
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

    #[test]
    fn the_list_of_common_grams_can_be_searched() {
        let common = common_grams();
        assert!(common.len() > 1000 && common.is_sorted());
    }
}
