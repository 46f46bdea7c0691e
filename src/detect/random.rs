//! What randomness looks like. Entropy alone says little of 32 characters; how letters follow one another says a lot: identifiers and words
//! use few pairs of characters, random tokens use all. The model is a table of pairs (`rules/bigrams.txt`, made by
//! `tests/tools/train_bigrams.py`), explained in `docs/detection.md`.

/// Shannon entropy of the bytes, in bits per byte.
pub(super) fn entropy(value: &[u8]) -> f32 {
    let mut counts = [0u32; 256];
    for byte in value {
        counts[usize::from(*byte)] += 1;
    }
    let total = value.len() as f32;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = *count as f32 / total;
            -share * share.log2()
        })
        .sum()
}

/// How much likelier, in eighths of a bit a character, the pairs of `value` are in identifiers than in random url-safe base64. Random tokens of
/// 32 characters lie near -21 (999 of 1,000 below -7), identifiers and words above 4. Characters outside of the alphabet
/// break the chain. `None` where there is no pair.
pub(super) fn wordiness(value: &[u8]) -> Option<f32> {
    let mut sum = 0i32;
    let mut pairs = 0u32;
    for pair in value.windows(2) {
        if let (Some(first), Some(second)) = (index(pair[0]), index(pair[1])) {
            sum += i32::from(BIGRAMS[first][second]);
            pairs += 1;
        }
    }
    (pairs > 0).then(|| sum as f32 / pairs as f32)
}

/// Which kinds of characters a value has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Classes {
    /// A-Z.
    pub(super) upper: usize,
    /// a-z.
    pub(super) lower: usize,
    /// 0-9.
    pub(super) digit: usize,
    /// Anything else.
    pub(super) other: usize,
    /// How many different bytes there are.
    pub(super) distinct: usize,
}

impl Classes {
    /// Counts.
    pub(super) fn of(value: &[u8]) -> Self {
        let mut classes = Classes::default();
        let mut seen = [false; 256];
        for byte in value {
            match byte {
                b'A'..=b'Z' => classes.upper += 1,
                b'a'..=b'z' => classes.lower += 1,
                b'0'..=b'9' => classes.digit += 1,
                _ => classes.other += 1,
            }
            if !std::mem::replace(&mut seen[usize::from(*byte)], true) {
                classes.distinct += 1;
            }
        }
        classes
    }

    /// Whether only hexadecimal digits of one case can be among them (the letters still have to be looked at).
    pub(super) fn one_case(self) -> bool {
        self.upper == 0 || self.lower == 0
    }
}

/// Whether a run of url-safe base64 looks random: both cases, the entropy that 999 of 1,000 random runs of its length exceed, and pairs unlike
/// words. Meant for 20 characters and more.
pub(super) fn looks_random(value: &[u8]) -> bool {
    let classes = Classes::of(value);
    if classes.one_case() {
        return false;
    }
    entropy(value) >= least_entropy(value.len())
        && wordiness(value).is_some_and(|score| score < -5.5)
}

/// The entropy that 999 of 1,000 random url-safe runs of this length exceed (measured: 27 characters 3.88, 32 4.09, 43 4.43), with a margin.
fn least_entropy(len: usize) -> f32 {
    match len {
        0..=19 => 2.9,
        20..=23 => 3.4,
        24..=28 => 3.7,
        29..=35 => 4.0,
        36..=42 => 4.15,
        _ => 4.3,
    }
}

/// Whether a value of any alphabet (hex, base64, one case) looks random enough to be a key: for values whose name already says that they are one.
pub(super) fn looks_like_key(value: &[u8]) -> bool {
    let classes = Classes::of(value);
    let len = value.len();
    let letters = classes.upper + classes.lower;
    if letters == 0 || (classes.digit == 0 && classes.one_case()) {
        return false;
    }
    let hex = value.iter().all(u8::is_ascii_hexdigit);
    if hex {
        return classes.distinct >= (len / 4).clamp(5, 9) && entropy(value) >= 2.7;
    }
    let Some(score) = wordiness(value) else {
        return false;
    };
    let most = match len {
        0..=11 => -6.0,
        12..=19 => -3.0,
        _ if classes.one_case() => -1.0,
        _ => -3.0,
    };
    score < most && entropy(value) >= if len < 16 { 2.5 } else { 3.0 }
}

/// Whether a value of letters, digits and signs is so mixed that no code and no template reads like it: the keys of Django and WordPress.
pub(super) fn scrambled(value: &[u8]) -> bool {
    if value.len() < 24 || !value.iter().all(u8::is_ascii_graphic) {
        return false;
    }
    let classes = Classes::of(value);
    let words = value.split(|byte| !byte.is_ascii_alphabetic());
    let longest = words.map(<[u8]>::len).max().unwrap_or(0);
    classes.digit >= 3
        && classes.other >= 4
        && classes.distinct >= (value.len() * 2 / 5).min(26)
        && longest * 3 <= value.len()
        && wordiness(value).is_none_or(|score| score < -2.0)
}

fn index(byte: u8) -> Option<usize> {
    let at = INDEX[usize::from(byte)];
    (at < 64).then_some(usize::from(at))
}

/// From a byte to its row: the alphabet of url-safe base64; 64 for everything else.
const INDEX: [u8; 256] = {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut table = [64u8; 256];
    let mut at = 0;
    while at < 64 {
        table[alphabet[at] as usize] = at as u8;
        at += 1;
    }
    table[b'+' as usize] = 62;
    table[b'/' as usize] = 63;
    table
};

/// The model: row = first character, column = the next; eighths of a bit.
static BIGRAMS: [[i8; 64]; 64] = parse_bigrams(include_bytes!("../../rules/bigrams.txt"));

const fn parse_bigrams(text: &[u8]) -> [[i8; 64]; 64] {
    let mut table = [[0i8; 64]; 64];
    let mut at = 0;
    let mut row = 0;
    while row < 64 {
        let mut column = 0;
        while column < 64 {
            table[row][column] =
                (hex_digit(text[at]) as i16 * 16 + hex_digit(text[at + 1]) as i16 - 128) as i8;
            at += 2;
            column += 1;
        }
        at += 1;
        row += 1;
    }
    table
}

const fn hex_digit(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        b'a'..=b'f' => byte - b'a' + 10,
        _ => panic!("rules/bigrams.txt: only lower-case hex digits"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::example::Generator;

    #[test]
    fn random_tokens_look_random() {
        let mut generator = Generator::new(7);
        for len in [27, 32, 43] {
            let missed = (0..5000)
                .filter(|_| !looks_random(generator.chars("base64url", len).unwrap().as_bytes()))
                .count();
            assert!(
                missed <= 40,
                "{missed} of 5000 tokens of {len} characters were not seen as random"
            );
        }
    }

    #[test]
    fn identifiers_do_not() {
        for name in [
            "RequiredExtensionStrategyBuilder",
            "KeepEmptyLinesAtTheStartOfBlocks",
            "sceAtracSetHalfwayBufferAndGetID",
            "SSL_CTX_set_default_verify_paths",
            "getUserAuthenticationTokenFromV2",
            "d41d8cd98f00b204e9800998ecf8427e",
            "AAAAAAAAAAAAAAAAbbbbbbbbbbbbbbbb",
            "2021-02-11T10-20-30Z-production-X",
        ] {
            assert!(!looks_random(name.as_bytes()), "{name}");
        }
    }
    #[test]
    fn keys_of_all_signs_are_scrambled_and_code_is_not() {
        let mut generator = Generator::new(11);
        let django = "a-z0-9!@#$%^&*(_=+)-";
        let wrong = (0..2000)
            .filter(|_| !scrambled(generator.chars(django, 50).unwrap().as_bytes()))
            .count();
        assert!(wrong <= 40, "{wrong} of 2000 keys");
        for code in [
            "config.get('a')[0]+b(1,2)&&c->d(3)",
            "{{.Values.secret1}}-{{.Values.b2}}-{{.3}}",
            "https://host.dev:8080/a/b?c=1&d=2#3",
            "2021-02-11T10:20:30.123456+02:00[UTC]",
        ] {
            assert!(!scrambled(code.as_bytes()), "{code}");
        }
    }
}
