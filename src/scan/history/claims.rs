//! What was found in the objects of a history, kept small: a secret may stand in thousands of versions of a file. Values are numbered; a claim is a
//! value at a place of an object.

use super::seen::Memory;
use crate::cache::Said;
use crate::detect::Resolved;
use crate::finding::{Level, RawFinding};
use crate::rule::{Confidence, RuleId, RuleSet};
use crate::text::{Secret, Span};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A value in an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Claim {
    /// The object's number.
    pub(super) object: u32,
    /// The value's number.
    pub(super) value: u32,
    /// The rule that names it there.
    pub(super) rule: RuleId,
    /// Where.
    pub(super) span: Span,
    /// Whether a marker in the text allows it.
    pub(super) allowed: bool,
    /// The number of what is said of it, or [`UNSAID`].
    pub(super) said: u32,
}

/// Where more would have to be said of a claim than is kept: how its secret is encoded.
pub(super) const UNSAID: u32 = u32::MAX;

/// What was found, as far as it does not depend on the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    /// The secret; empty where the finding is about a place.
    pub(super) secret: Secret,
    /// The most specific rule that names it anywhere.
    pub(super) rule: RuleId,
    /// How it is written where it is encoded.
    pub(super) forms: BTreeSet<Secret>,
    /// The greatest confidence anywhere.
    pub(super) confidence: Confidence,
}

/// By what a value is known again: its bytes; where there are none, the rule and the line.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Secret(Secret),
    Place(RuleId, Box<[u8]>),
}

#[derive(Default)]
struct Tables {
    numbers: HashMap<Key, u32>,
    values: Vec<Value>,
    claims: Vec<Claim>,
    names: Vec<(u32, u32)>,
    said: Vec<Said>,
    said_numbers: HashMap<Said, u32>,
}

/// Everything that was collected.
pub(super) struct Collected {
    pub(super) values: Vec<Value>,
    /// Sorted by object.
    pub(super) claims: Vec<Claim>,
    /// Pairs of name and value.
    pub(super) names: Vec<(u32, u32)>,
    /// What claims say.
    pub(super) said: Vec<Said>,
}

/// All claims of a scan. Written by many threads.
#[derive(Default)]
pub(super) struct Claims {
    tables: Mutex<Tables>,
}

impl Claims {
    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what was found in object `number`, whose text (from `offset` on) is `bytes`; `allowed` tells of each whether a marker allows it, and is
    /// empty where there is none. Whether all that there is to say of them is kept.
    pub(super) fn add(
        &self,
        rules: &RuleSet,
        (number, offset): (u32, usize),
        bytes: &[u8],
        resolved: &[Resolved],
        allowed: &[bool],
    ) -> bool {
        let mut tables = self.lock();
        let mut all_said = true;
        for (at, item) in resolved.iter().enumerate() {
            let value = tables.value(rules, bytes, item);
            let said = said_of(rules, item).map_or(UNSAID, |said| tables.said(said));
            all_said &= said != UNSAID;
            tables.claims.push(Claim {
                object: number,
                value,
                rule: item.raw.rule,
                span: Span::new(offset + item.raw.span.start, offset + item.raw.span.end),
                allowed: allowed.get(at).copied().unwrap_or(false),
                said,
            });
        }
        all_said
    }

    /// Takes what an earlier audit found in messages, or in blobs.
    pub(super) fn remember(&self, rules: &RuleSet, memory: &Memory, messages: bool) {
        let mut tables = self.lock();
        let remembered = memory.claims();
        for (claim, secret, said) in remembered.filter(|(claim, ..)| claim.message == messages) {
            let said_by = (claim.rule, said.confidence);
            let key = Key::Secret(secret.clone());
            let value = tables.enter(rules, key, secret.clone(), None, said_by);
            let said = tables.said(said.clone());
            tables.claims.push(Claim {
                object: claim.object,
                value,
                rule: claim.rule,
                span: claim.span,
                allowed: false,
                said,
            });
        }
    }

    /// Takes what was found in the name with this number.
    pub(super) fn add_name(&self, rules: &RuleSet, name: u32, bytes: &[u8], resolved: &[Resolved]) {
        let mut tables = self.lock();
        for item in resolved {
            let value = tables.value(rules, bytes, item);
            tables.names.push((name, value));
        }
    }

    /// Shows every object that has a claim so far.
    pub(super) fn objects(&self, mut each: impl FnMut(u32)) {
        self.lock()
            .claims
            .iter()
            .for_each(|claim| each(claim.object));
    }

    /// Ends the collecting.
    pub(super) fn finish(self) -> Collected {
        let mut tables = self
            .tables
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        tables.claims.sort_unstable();
        tables.claims.dedup();
        tables.names.sort_unstable();
        tables.names.dedup();
        Collected {
            values: tables.values,
            claims: tables.claims,
            names: tables.names,
            said: tables.said,
        }
    }
}

/// What is said of `item`, if that is all there is to say.
fn said_of(rules: &RuleSet, item: &Resolved) -> Option<Said> {
    let plain = |claim: &RawFinding| claim.encoded.is_none() && !rules.rule(claim.rule).meta.lint;
    if !plain(&item.raw) || !item.others.iter().all(plain) {
        return None;
    }
    let from = item.raw.span.start as i64;
    let others = item.others.iter().map(|other| {
        let Span { start, end } = other.span;
        let (start, end) = (start as i64 - from, end as i64 - from);
        (other.rule, start, end, other.confidence)
    });
    Some(Said {
        confidence: item.raw.confidence,
        others: others.collect(),
    })
}

/// The claim at `span` of which that is said, as it was resolved.
pub(super) fn resolved_of(rule: RuleId, span: Span, said: &Said) -> Resolved {
    let claim = |rule, span, confidence| RawFinding {
        span,
        rule,
        extent: span,
        confidence,
        encoded: None,
    };
    let at = |offset: i64| (span.start as i64).saturating_add(offset).max(0) as usize;
    let others = said.others.iter().map(|(rule, start, end, confidence)| {
        claim(*rule, Span::new(at(*start), at(*end)), *confidence)
    });
    Resolved {
        raw: claim(rule, span, said.confidence),
        others: others.collect(),
    }
}

impl Tables {
    fn said(&mut self, said: Said) -> u32 {
        let next = self.said.len() as u32;
        let number = *self.said_numbers.entry(said.clone()).or_insert(next);
        if number == next {
            self.said.push(said);
        }
        number
    }

    fn value(&mut self, rules: &RuleSet, bytes: &[u8], item: &Resolved) -> u32 {
        let secret = crate::scan::secret_of(rules, bytes, &item.raw);
        let key = if secret.is_empty() {
            let line = crate::text::line_around(bytes, item.raw.span.start, 1 << 10);
            Key::Place(item.raw.rule, line.of(bytes).trim_ascii().into())
        } else {
            Key::Secret(secret.clone())
        };
        let written = item.raw.encoded.as_ref();
        let written = written.map(|_| Secret::new(item.raw.span.of(bytes)));
        let said_by = (item.raw.rule, item.raw.confidence);
        self.enter(rules, key, secret, written, said_by)
    }

    /// The number of a value, which a rule has found with some confidence.
    fn enter(
        &mut self,
        rules: &RuleSet,
        key: Key,
        secret: Secret,
        written: Option<Secret>,
        (by, confidence): (RuleId, Confidence),
    ) -> u32 {
        let next = self.values.len() as u32;
        let number = *self.numbers.entry(key).or_insert(next);
        if number == next {
            self.values.push(Value {
                secret,
                forms: written.into_iter().collect(),
                rule: by,
                confidence,
            });
            return number;
        }
        let value = &mut self.values[number as usize];
        value.forms.extend(written);
        let rank = |rule: RuleId, confidence: Confidence| {
            let spec = &rules.rule(rule).spec;
            (
                Level::of(confidence),
                !spec.vendor.is_empty(),
                confidence,
                std::cmp::Reverse(rule),
            )
        };
        if rank(by, confidence) > rank(value.rule, value.confidence) {
            value.rule = by;
        }
        value.confidence = value.confidence.max(confidence);
        number
    }
}
