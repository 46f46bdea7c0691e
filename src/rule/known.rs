//! Secrets that are known beforehand, by their SHA-256: the list that `invoca-scan known` writes and `--known` reads.
//!
//! A list is text, one secret a line: SHA-256 in hex, label, owner and status, parted by tabs. Lines that begin with `#` are comments, but for
//! those that say how long the secrets are and which signs are in them, so that only pieces of such a shape have to be hashed.

use super::spec::{Confidence, Facts, MostLevel, Persona, RuleSpec, Severity};
use crate::text::hex;
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The first line of a list.
const TITLE: &str =
    "# invoca-scan known secrets 1: SHA-256, label, owner and status, parted by tabs";
/// How a line begins that says which shape secrets have: their length in bytes and, in hex, the bytes in them that are no letters and digits of ASCII.
const SHAPE: &str = "# shape ";
/// Longest secret of a list, in bytes.
pub const LONGEST_KNOWN: usize = 4096;

/// Whether a secret still opens something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KnownStatus {
    /// As far as anybody knows.
    #[default]
    Active,
    /// It opens nothing any more.
    Revoked,
}

impl KnownStatus {
    /// The words of lists and of the command line.
    pub const WORDS: [&str; 2] = ["active", "revoked"];

    /// The status of that word.
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "active" => Some(KnownStatus::Active),
            "revoked" => Some(KnownStatus::Revoked),
            _ => None,
        }
    }

    fn word(self) -> &'static str {
        Self::WORDS[self as usize]
    }
}

/// One secret of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
struct KnownSecret {
    digest: [u8; 32],
    label: String,
    owner: String,
    status: KnownStatus,
}

impl KnownSecret {
    /// The rule under which it is found.
    fn rule(&self) -> RuleSpec {
        let of = match self.owner.as_str() {
            "" => String::new(),
            owner => format!(" of {owner}"),
        };
        let revoked = match self.status {
            KnownStatus::Active => "",
            KnownStatus::Revoked => " (revoked)",
        };
        let own = |text: String| Cow::Owned(text);
        RuleSpec {
            id: own(format!("known-secret-{}", hex(&self.digest[..5]))),
            since: Cow::Borrowed("0.1"),
            title: own(format!("Known secret \"{}\"{of}{revoked}", self.label)),
            severity: Severity::Critical,
            confidence: Confidence::Certain,
            persona: Persona::Regular,
            level: match self.status {
                KnownStatus::Active => MostLevel::Error,
                KnownStatus::Revoked => MostLevel::Warning,
            },
            why: own(format!(
                "Its SHA-256 is on a list of known secrets, as \"{}\"{of}{revoked}: it is that secret, whatever stands around it.",
                self.label
            )),
            fix: Cow::Borrowed(
                "Tell its owner; put a new one in use, revoke this one, and write `revoked` on its line of the list.",
            ),
            facts: Facts::Observed,
            aliases: Cow::Borrowed(&[]),
            vendor: Cow::Borrowed(""),
            pattern: Cow::Borrowed(""),
            value: Cow::Borrowed(""),
            assign: false,
            bare: Cow::Borrowed(&[]),
            at_start: false,
            each_line: false,
            keywords: Cow::Borrowed(&[]),
            names: Cow::Borrowed(""),
            near: 0,
            reach: 0,
            boundary: Cow::Borrowed(""),
            entropy: 0.0,
            checks: Cow::Borrowed(&[]),
            requires: Cow::Borrowed(&[]),
            forbids: Cow::Borrowed(&[]),
            paths: Cow::Borrowed(&[]),
            not_paths: Cow::Borrowed(&[]),
            lint: false,
            repair: Cow::Borrowed(""),
            references: Cow::Borrowed(&[]),
            examples: Cow::Borrowed(&[]),
            counterexamples: Cow::Borrowed(&[]),
            known_misses: Cow::Borrowed(&[]),
            pairs: Cow::Borrowed(&[]),
        }
    }
}

/// A list of known secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownList {
    secrets: BTreeMap<[u8; 32], KnownSecret>,
    /// For each length the bytes that are no letters and digits.
    shapes: BTreeMap<usize, BTreeSet<u8>>,
}

impl KnownList {
    /// Puts a secret on the list; of one that stands there already nothing changes.
    pub fn add(&mut self, secret: &[u8], label: &str, owner: &str, status: KnownStatus) {
        let digest = digest_of(secret);
        let label = match label.trim() {
            "" => format!("sha256:{}", hex(&digest[..4])),
            label => label.to_owned(),
        };
        let owner = owner.trim().to_owned();
        self.secrets.entry(digest).or_insert(KnownSecret {
            digest,
            label,
            owner,
            status,
        });
        let signs = secret.iter().filter(|byte| !byte.is_ascii_alphanumeric());
        self.shapes.entry(secret.len()).or_default().extend(signs);
    }

    /// Reads a list.
    ///
    /// # Errors
    /// The number of the first line that is not as it must be (0: the whole list), and why.
    pub fn parse(text: &str) -> Result<Self, (usize, String)> {
        let mut list = KnownList::default();
        for (number, line) in (1..).zip(text.lines()) {
            let wrong = |cause: &str| (number, cause.to_owned());
            if let Some(shape) = line.strip_prefix(SHAPE) {
                let (len, signs) = shape_of(shape).ok_or_else(|| wrong("this is no shape"))?;
                list.shapes.entry(len).or_default().extend(signs);
            } else if !line.starts_with('#') && !line.trim().is_empty() {
                let secret = secret_of(line).map_err(wrong)?;
                list.secrets.entry(secret.digest).or_insert(secret);
            }
        }
        if list.shapes.is_empty() && !list.secrets.is_empty() {
            let cause = "the comments are missing that say which shapes the secrets have";
            return Err((0, cause.to_owned()));
        }
        Ok(list)
    }

    /// The rules of its secrets, in the order of their digests.
    pub(super) fn rules(&self) -> impl Iterator<Item = ([u8; 32], RuleSpec)> {
        let rules = self.secrets.values();
        rules.map(|secret| (secret.digest, secret.rule()))
    }

    /// What its secrets look like.
    pub(super) fn shapes(&self) -> impl Iterator<Item = Shape> {
        self.shapes.iter().map(|(len, signs)| Shape {
            len: *len,
            bytes: std::array::from_fn(|byte| {
                let byte = byte as u8;
                byte.is_ascii_alphanumeric() || signs.contains(&byte)
            }),
        })
    }
}

impl fmt::Display for KnownList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{TITLE}")?;
        for (len, signs) in &self.shapes {
            let signs: Vec<u8> = signs.iter().copied().collect();
            writeln!(f, "{}", format!("{SHAPE}{len} {}", hex(&signs)).trim_end())?;
        }
        for secret in self.secrets.values() {
            writeln!(
                f,
                "{}\t{}\t{}\t{}",
                hex(&secret.digest),
                secret.label,
                secret.owner,
                secret.status.word()
            )?;
        }
        Ok(())
    }
}

/// Length and signs of secrets.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Length in bytes.
    pub len: usize,
    /// The bytes that can be in them.
    pub bytes: [bool; 256],
}

/// The digest under which a list knows a secret.
pub(crate) fn digest_of(secret: &[u8]) -> [u8; 32] {
    Sha256::digest(secret).into()
}

fn shape_of(text: &str) -> Option<(usize, Vec<u8>)> {
    let (len, signs) = text.split_once(' ').unwrap_or((text, ""));
    let len = len
        .parse()
        .ok()
        .filter(|len| (1..=LONGEST_KNOWN).contains(len))?;
    let signs = from_hex(signs.trim())?;
    // A line end is in no secret.
    (!signs.contains(&b'\n')).then_some((len, signs))
}

fn secret_of(line: &str) -> Result<KnownSecret, &'static str> {
    let mut columns = line.split('\t').map(str::trim);
    let digest = columns.next().and_then(from_hex);
    let digest = digest.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let mut column = || columns.next().unwrap_or_default();
    let (label, owner, status) = (column(), column(), column());
    Ok(KnownSecret {
        digest: digest.ok_or("it does not begin with a SHA-256 of 64 hex digits")?,
        label: label.to_owned(),
        owner: owner.to_owned(),
        status: match status {
            "" => KnownStatus::default(),
            word => KnownStatus::of(word).ok_or("its status is neither `active` nor `revoked`")?,
        },
    })
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    let pairs = (0..text.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_as_it_was_written() {
        let mut list = KnownList::default();
        list.add(b"one+two/three", "first", "jane", KnownStatus::Active);
        list.add(b"four-five", "", "", KnownStatus::Revoked);
        list.add(b"four-five", "again", "", KnownStatus::Active);
        let text = list.to_string();
        let read = KnownList::parse(&text).unwrap();
        assert_eq!(read.to_string(), text);
        assert_eq!(read.rules().count(), 2);
        assert!(text.contains("# shape 13 2b2f\n"), "{text}");
        assert!(!text.contains("four"), "{text}");
    }

    #[test]
    fn what_is_wrong_with_a_list_is_said_with_its_line() {
        let line = |text: &str| KnownList::parse(text).unwrap_err().0;
        assert_eq!(line("# anything\nabc\tlabel\n"), 2);
        assert_eq!(line("# shape x\n"), 1);
        assert_eq!(line("# shape 12 0a\n"), 1);
        assert_eq!(line(&format!("{}\tlabel", "ab".repeat(32))), 0);
        let gone = format!("\n{}\tlabel\towner\tgone\n", "ab".repeat(32));
        assert_eq!(line(&gone), 2);
    }
}
