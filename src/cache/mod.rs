//! What earlier audits saw: ids of objects, and of those in which something was found where that stands and which rule says so, and how commits and
//! trees hang together. No text, no path and no digest of a value, so that the file tells nobody anything.
//!
//! This room knows the form; where the file lies, and reading and writing it, is the command line's ([`Shelf`]).

use crate::blob::BlobId;
use crate::rule::{Confidence, RuleId};
use crate::text::Span;
use sha2::{Digest, Sha256};
use std::path::Path;

/// The first line of every file; the number goes up with the form.
const MAGIC: &[u8] = b"invoca-scan seen 2\n";
/// Bytes of a digest.
const DIGEST: usize = 32;

/// Where audits leave what they saw.
pub trait Shelf: Sync {
    /// What was left of the repository whose git directory is this; `None` if nothing was.
    fn take(&self, git_dir: &Path) -> Option<Vec<u8>>;

    /// Leaves it.
    fn leave(&self, git_dir: &Path, bytes: &[u8]);

    /// Tells that what was left cannot be used.
    fn damaged(&self, git_dir: &Path);
}

/// What makes what was seen with one scanner worthless for another: its version, its rules, its program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key([u8; DIGEST]);

impl Key {
    /// Of everything that decides what is found in an object.
    pub fn new(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Key(hash.finalize().into())
    }
}

/// What is said of a claim beside its rule, wherever it stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Said {
    /// How sure the rule is.
    pub confidence: Confidence,
    /// Other rules on the same bytes: which, how far from the start of the claim theirs begin and end, and how sure they are.
    pub others: Vec<(RuleId, i64, i64, Confidence)>,
}

/// A claim that was made. Values and what is said are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenClaim {
    /// The object, by its place among the ids.
    pub object: u32,
    /// The number of its value: claims with one number are of the same value.
    pub value: u32,
    /// The number of what is said of it.
    pub said: u32,
    /// The rule.
    pub rule: RuleId,
    /// Where it stands in the object.
    pub span: Span,
    /// Whether the object is a commit or tag.
    pub message: bool,
}

/// Everything that was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sights {
    /// Objects that were looked at.
    pub ids: Vec<BlobId>,
    /// What was found in them, by object.
    pub claims: Vec<SeenClaim>,
    /// What claims say, by number.
    pub said: Vec<Said>,
    /// What is recorded of the past.
    pub past: Option<SeenPast>,
}

/// What commits, tags and trees were found to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenPast {
    /// A digest of all objects of the repository and of those in which something is: for others it is worth nothing.
    pub objects: [u8; DIGEST],
    /// The records, in the form of whoever makes them.
    pub records: Vec<u8>,
    /// Where names of files and directories stand: the number of a tree, and the offset in it.
    pub names: Vec<(u32, u32)>,
}

/// What a file holds.
#[derive(Debug, PartialEq, Eq)]
pub enum Seen {
    /// What was seen.
    Sights(Sights),
    /// It was written with another key, or by another version.
    Other,
    /// It is not what was written.
    Damaged,
}

/// Writes what was seen.
pub fn write(key: Key, sights: &Sights) -> Vec<u8> {
    let mut out = [MAGIC, &key.0].concat();
    let width = sights.ids.first().map_or(0, |id| id.as_bytes().len());
    put(&mut out, width as u64);
    put(&mut out, sights.ids.len() as u64);
    for id in &sights.ids {
        out.extend_from_slice(id.as_bytes());
    }
    put(&mut out, sights.said.len() as u64);
    for said in &sights.said {
        put(&mut out, level(said.confidence));
        put(&mut out, said.others.len() as u64);
        for (rule, start, end, confidence) in &said.others {
            put(&mut out, u64::from(rule.0));
            // Small numbers of either sign are short.
            for at in [start, end] {
                put(&mut out, ((at << 1) ^ (at >> 63)) as u64);
            }
            put(&mut out, level(*confidence));
        }
    }
    put(&mut out, sights.claims.len() as u64);
    for claim in &sights.claims {
        let span = [claim.span.start as u64, claim.span.len() as u64];
        let kind = u64::from(claim.rule.0) << 1 | u64::from(claim.message);
        let numbers = [claim.object, claim.value, claim.said].map(u64::from);
        for number in numbers.into_iter().chain([kind]).chain(span) {
            put(&mut out, number);
        }
    }
    put(&mut out, u64::from(sights.past.is_some()));
    if let Some(past) = &sights.past {
        out.extend_from_slice(&past.objects);
        put(&mut out, past.records.len() as u64);
        out.extend_from_slice(&past.records);
        put(&mut out, past.names.len() as u64);
        for (tree, offset) in &past.names {
            put(&mut out, u64::from(*tree));
            put(&mut out, u64::from(*offset));
        }
    }
    let digest = Sha256::digest(&out);
    out.extend_from_slice(&digest);
    out
}

/// Reads what [`write()`] wrote.
pub fn read(key: Key, bytes: &[u8]) -> Seen {
    let Some((body, digest)) = bytes.split_last_chunk::<DIGEST>() else {
        return Seen::Damaged;
    };
    if Sha256::digest(body)[..] != digest[..] {
        return Seen::Damaged;
    }
    let Some(rest) = body.strip_prefix(MAGIC) else {
        return Seen::Other;
    };
    let Some((found, rest)) = rest.split_first_chunk::<DIGEST>() else {
        return Seen::Damaged;
    };
    if *found != key.0 {
        return Seen::Other;
    }
    match sights(rest) {
        Some((sights, [])) => Seen::Sights(sights),
        _ => Seen::Damaged,
    }
}

fn sights(mut rest: &[u8]) -> Option<(Sights, &[u8])> {
    let width = usize::try_from(take(&mut rest)?).ok()?;
    let count = usize::try_from(take(&mut rest)?).ok()?;
    let (ids, tail) = rest.split_at_checked(width.checked_mul(count)?)?;
    rest = tail;
    let ids = ids.chunks_exact(width.max(1)).map(BlobId::from_bytes);
    let ids: Vec<BlobId> = ids.collect::<Option<_>>()?;
    let mut said = Vec::new();
    for _ in 0..take(&mut rest)? {
        let confidence = confidence(take(&mut rest)?)?;
        let mut others = Vec::new();
        for _ in 0..take(&mut rest)? {
            others.push(other(&mut rest)?);
        }
        said.push(Said { confidence, others });
    }
    let mut claims = Vec::new();
    for _ in 0..take(&mut rest)? {
        let mut small = || u32::try_from(take(&mut rest)?).ok();
        let (object, value, number) = (small()?, small()?, small()?);
        let kind = take(&mut rest)?;
        let rule = u32::try_from(kind >> 1).ok()?;
        let start = usize::try_from(take(&mut rest)?).ok()?;
        let end = start.checked_add(usize::try_from(take(&mut rest)?).ok()?)?;
        if object as usize >= ids.len() || number as usize >= said.len() {
            return None;
        }
        claims.push(SeenClaim {
            object,
            value,
            said: number,
            rule: RuleId(rule),
            span: Span::new(start, end),
            message: kind & 1 == 1,
        });
    }
    let past = match take(&mut rest)? {
        0 => None,
        _ => Some(past(&mut rest)?),
    };
    let sights = Sights {
        ids,
        claims,
        said,
        past,
    };
    Some((sights, rest))
}

fn past(rest: &mut &[u8]) -> Option<SeenPast> {
    let (objects, tail) = rest.split_first_chunk::<DIGEST>()?;
    *rest = tail;
    let len = usize::try_from(take(rest)?).ok()?;
    let (records, tail) = rest.split_at_checked(len)?;
    *rest = tail;
    let mut names = Vec::new();
    for _ in 0..take(rest)? {
        let mut small = || u32::try_from(take(rest)?).ok();
        names.push((small()?, small()?));
    }
    Some(SeenPast {
        objects: *objects,
        records: records.to_vec(),
        names,
    })
}

fn other(rest: &mut &[u8]) -> Option<(RuleId, i64, i64, Confidence)> {
    let rule = RuleId(u32::try_from(take(rest)?).ok()?);
    let mut signed = || take(rest).map(|coded| (coded >> 1) as i64 ^ -((coded & 1) as i64));
    let (start, end) = (signed()?, signed()?);
    Some((rule, start, end, confidence(take(rest)?)?))
}

/// A number in as few bytes as it needs: seven bits each, the lowest first.
fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn take(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, tail) = rest.split_first()?;
        *rest = tail;
        number |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

const LEVELS: [Confidence; 4] = [
    Confidence::Low,
    Confidence::Medium,
    Confidence::High,
    Confidence::Certain,
];

fn level(confidence: Confidence) -> u64 {
    confidence as u64
}

fn confidence(level: u64) -> Option<Confidence> {
    LEVELS.get(usize::try_from(level).ok()?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Sights {
        let ids = (0..5_u8).filter_map(|at| BlobId::from_bytes(&[at; 20]));
        let claim = |object, value, start| SeenClaim {
            object,
            value,
            said: value % 2,
            rule: RuleId(300 + value),
            span: Span::new(start, start + 32),
            message: object == 4,
        };
        let others = vec![
            (RuleId(7), -3, 40, Confidence::Low),
            (RuleId(1 << 20), 0, 1, Confidence::High),
        ];
        Sights {
            ids: ids.collect(),
            past: Some(SeenPast {
                objects: [3; DIGEST],
                records: vec![1, 2, 3],
                names: vec![(7, 300), (1 << 30, 0)],
            }),
            claims: vec![claim(1, 0, 0), claim(1, 1, 5000), claim(4, 0, 1 << 30)],
            said: vec![
                Said {
                    confidence: Confidence::Certain,
                    others,
                },
                Said {
                    confidence: Confidence::Medium,
                    others: Vec::new(),
                },
            ],
        }
    }

    #[test]
    fn whatever_is_changed_or_cut_is_not_believed() {
        let key = Key::new(&["1", "rules"]);
        let written = write(key, &some());
        assert_eq!(read(key, &written), Seen::Sights(some()));
        assert_eq!(read(Key::new(&["1r", "ules"]), &written), Seen::Other);
        for at in 0..written.len() {
            assert_eq!(read(key, &written[..at]), Seen::Damaged, "cut at {at}");
            let mut changed = written.clone();
            changed[at] ^= 1;
            assert_eq!(read(key, &changed), Seen::Damaged, "changed at {at}");
        }
    }

    #[test]
    fn nothing_seen_is_nothing_read() {
        let key = Key::new(&[]);
        let nothing = Sights::default();
        assert_eq!(read(key, &write(key, &nothing)), Seen::Sights(nothing));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = sights(&bytes);
        }
    }
}
