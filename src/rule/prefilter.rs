//! One pass over the text that finds every place where a keyword of any rule may stand, at a cost that hardly depends on how many keywords there are.
//!
//! Every keyword is represented by one of its four-byte grams and by two neighbouring bytes of that. The pairs are chosen so that together they are rare in
//! source code (`rules/pairs.txt`): most positions begin none of them, and that is found out for 32 positions at once. Where a pair stands, the hash of
//! the gram around it (case folded) is looked up in a bitmap; the few suspects that are left are looked up in a table of grams, and the keywords found there
//! compared in full. No step waits for the one before, unlike in an automaton, and no branch is often taken.
//!
//! This file needs nothing but `text/lanes.rs`: the build script includes both and stores the tables for the built-in rules as bytes, so
//! that a start builds nothing. Users' rules get a second, small one at run time.

use std::borrow::Cow;

use crate::text::lanes::{self, CLASS, CLASSES, PairSets, SHIFTS, SLACK};

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
const BATCH: usize = 256 + SLACK;

/// How common grams are: eight hex digits and a letter a line; what is not listed is rare.
const GRAMS: &str = include_str!("../../rules/grams.txt");

/// How common pairs of classes of bytes are: a line for each class of the first byte, with the number in 100,000 positions for each class of the second.
const PAIRS: &str = include_str!("../../rules/pairs.txt");

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
    /// The pairs that keywords are represented by, as `text::lanes` takes them.
    pub pairs: Cow<'static, [u8]>,
}

impl Prefilter {
    /// Builds the tables. Keywords must be ASCII and at least `MIN_KEYWORD` and at most 255 bytes; others are never found.
    pub fn build(keywords: &[&str]) -> Self {
        let folded: Vec<String> = keywords
            .iter()
            .map(|word| word.to_ascii_lowercase())
            .collect();
        let (chosen, pairs) = choose_anchors(&folded);
        let mut text: Vec<u8> = Vec::new();
        let mut grams: Vec<(u32, u32, u32, u8, u8)> = Vec::new();
        for ((number, word), anchor) in (0u32..).zip(&folded).zip(chosen) {
            let at = text.len() as u32;
            text.extend_from_slice(word.as_bytes());
            let (Some(anchor), Ok(len)) = (anchor, u8::try_from(word.len())) else {
                continue;
            };
            for gram in grams_at(word.as_bytes(), anchor.offset) {
                grams.push((gram, number, at, len, anchor.offset as u8));
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
            pairs: pairs.into(),
        }
    }

    /// Whether there is nothing to find.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Bytes of the longest keyword.
    pub fn longest(&self) -> usize {
        let entries = self.entries.chunks_exact(ENTRY);
        entries.map(|entry| entry[7]).max().unwrap_or(0).into()
    }

    /// Calls `found` for every keyword that has its pair at a position in `start..end`; the keyword itself may reach out of that range. May call twice for one.
    pub fn scan(&self, bytes: &[u8], start: usize, end: usize, found: &mut dyn FnMut(Hit)) {
        let end = end.min(bytes.len());
        let Some((bitmap, sets)) = self.tables().filter(|_| start < end) else {
            return;
        };
        let mut suspects = [0u32; BATCH];
        let mut at = start;
        while at < end {
            let base = at.saturating_sub(SHIFTS);
            // Distances from `base` fit into 32 bits.
            let stop = end.min(base.saturating_add(1 << 30));
            let (next, count) = lanes::gram_starts(bytes, base, at, stop, &sets, &mut suspects);
            self.look_up_all(bytes, base, &suspects[..count], bitmap, found);
            // The very last byte begins no pair.
            at = if next == at { stop } else { next };
        }
    }

    /// Looks up suspects, given by their distance from `base`. Most are there without cause: those whose gram is not in the bitmap are dropped first.
    fn look_up_all(
        &self,
        bytes: &[u8],
        base: usize,
        suspects: &[u32],
        bitmap: &Bitmap,
        found: &mut dyn FnMut(Hit),
    ) {
        let mut kept = [(0u32, 0u32); BATCH];
        let mut count = 0;
        for at in suspects {
            let gram = gram_at(bytes, base + *at as usize);
            kept[count] = (*at, gram);
            count += suspect(bitmap, gram) as usize;
        }
        let mask = self.slots.len() / (GRAM + SLOT) - 1;
        for (at, gram) in &kept[..count] {
            if number_at(&self.slots, slot_index(*gram, mask) * GRAM) != 0 {
                self.look_up(bytes, base + *at as usize, *gram, found);
            }
        }
    }

    /// The tables of fixed size, where there is something to find.
    fn tables(&self) -> Option<(&Bitmap, PairSets)> {
        if self.is_empty() {
            return None;
        }
        let (sets, _) = self.pairs.as_chunks();
        Some((self.bitmap.as_ref().try_into().ok()?, sets.try_into().ok()?))
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

/// The gram at a position. Past the end of the text it is filled with zeros: a keyword of three bytes can end there.
#[inline(always)]
fn gram_at(bytes: &[u8], at: usize) -> u32 {
    match bytes.get(at..at.wrapping_add(4)) {
        Some(four) => u32::from_le_bytes(four.try_into().unwrap_or_default()) | FOLD,
        None => gram_at_end(bytes, at),
    }
}

#[cold]
fn gram_at_end(bytes: &[u8], at: usize) -> u32 {
    let mut four = [0u8; 4];
    let rest = bytes.get(at..).unwrap_or_default();
    four[..rest.len()].copy_from_slice(rest);
    u32::from_le_bytes(four) | FOLD
}

/// The bitmap as an array, so that no index has to be checked.
type Bitmap = [u8; 8 << WORD_BITS];

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

/// The grams of a keyword at an offset: one, or, for a keyword of three bytes, every way a fourth byte can go on.
fn grams_at(word: &[u8], offset: usize) -> Vec<u32> {
    let fold = |four: [u8; 4]| u32::from_le_bytes(four) | FOLD;
    match *word.get(offset..).unwrap_or_default() {
        [a, b, c, d, ..] => vec![fold([a, b, c, d])],
        [a, b, c] => {
            let mut grams: Vec<u32> = (0..=u8::MAX).map(|d| fold([a, b, c, d])).collect();
            grams.sort_unstable();
            grams.dedup();
            grams
        }
        _ => Vec::new(),
    }
}

/// What a keyword is represented by.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Anchor {
    /// Where its gram begins in the keyword.
    offset: usize,
    /// Where the pair begins in the gram.
    shift: usize,
    /// The pair: first class × 32 + second.
    pair: usize,
    /// What the gram costs: how often it has to be looked up in 100,000 positions, weighed with how long that takes.
    price: f64,
}

/// Rounds in which every keyword chooses again, knowing what all others have chosen.
const ROUNDS: usize = 3;
/// How much longer a gram takes that is in the bitmap than a pair that is among the pairs.
const LOOK_UP: f64 = 16.0;

/// For each keyword what represents it, and the sets of pairs. Keywords with the least choice choose first.
fn choose_anchors(words: &[String]) -> (Vec<Option<Anchor>>, Vec<u8>) {
    let common = common_grams();
    let options: Vec<Vec<Anchor>> = words
        .iter()
        .map(|word| anchors_of(word.as_bytes(), &common))
        .collect();
    let mut order: Vec<usize> = (0..words.len()).collect();
    order.sort_by_key(|number| options[*number].len());
    let frequency = common_pairs();
    let mut users = vec![[0u32; SHIFTS]; CLASSES * CLASSES];
    let mut chosen: Vec<Option<Anchor>> = vec![None; words.len()];
    for _ in 0..ROUNDS {
        for number in &order {
            if let Some(before) = chosen[*number] {
                users[before.pair][before.shift] -= 1;
            }
            let price = |anchor: &Anchor| match users[anchor.pair][anchor.shift] {
                0 => frequency.get(anchor.pair).copied().unwrap_or(0.0) + 0.1 + anchor.price,
                _ => anchor.price,
            };
            let best = options[*number]
                .iter()
                .min_by(|one, other| price(one).total_cmp(&price(other)));
            if let Some(anchor) = best {
                users[anchor.pair][anchor.shift] += 1;
            }
            chosen[*number] = best.copied();
        }
    }
    let mut sets = vec![0u8; size_of::<PairSets>()];
    for (pair, users) in users.iter().enumerate() {
        let (byte, bit) = lanes::pair_bit((pair / CLASSES) as u8, (pair % CLASSES) as u8);
        for (set, _) in (0..).zip(users).filter(|(_, users)| **users > 0) {
            sets[set * size_of::<lanes::Pairs>() + byte] |= bit;
        }
    }
    (chosen, sets)
}

/// Everything that could represent a keyword.
fn anchors_of(word: &[u8], common: &[(u32, u8)]) -> Vec<Anchor> {
    if word.len() < MIN_KEYWORD || word.len() > 255 {
        return Vec::new();
    }
    let mut all = Vec::new();
    for offset in 0..=word.len().saturating_sub(GRAM) {
        let price = grams_at(word, offset)
            .iter()
            .map(|gram| LOOK_UP * gram_frequency(*gram, common))
            .sum();
        for shift in 0..SHIFTS {
            if let [first, second, ..] = word[(offset + shift).min(word.len())..] {
                let class = |byte: u8| usize::from(CLASS[usize::from(byte)]);
                let pair = class(first) * CLASSES + class(second);
                all.push(Anchor {
                    offset,
                    shift,
                    pair,
                    price,
                });
            }
        }
    }
    all
}

/// How often a gram turns up in 100,000 positions, roughly.
fn gram_frequency(gram: u32, common: &[(u32, u8)]) -> f64 {
    match common.binary_search_by_key(&gram, |(listed, _)| *listed) {
        Ok(at) => 0.05 * f64::from(1u32 << common[at].1.saturating_sub(b'a').min(25)),
        // Less often than what is listed; the rarer its bytes, the less.
        Err(_) => f64::from(commonness(gram)) * 1e-5,
    }
}

/// How often the pairs turn up in 100,000 positions.
fn common_pairs() -> Vec<f64> {
    PAIRS
        .split_ascii_whitespace()
        .map(|number| number.parse().unwrap_or(0.0))
        .collect()
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

    #[test]
    fn how_common_pairs_are_is_known_of_all() {
        let pairs = common_pairs();
        assert_eq!(pairs.len(), CLASSES * CLASSES);
        assert!((90_000.0..110_000.0).contains(&pairs.iter().sum::<f64>()));
    }
}
