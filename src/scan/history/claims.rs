//! What was found in the objects of a history, kept small: a secret may stand in thousands of versions of a file. Values are numbered; a claim is a
//! value at a place of an object.

use crate::detect::Resolved;
use crate::finding::Level;
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
}

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
    /// empty where there is none.
    pub(super) fn add(
        &self,
        rules: &RuleSet,
        (number, offset): (u32, usize),
        bytes: &[u8],
        resolved: &[Resolved],
        allowed: &[bool],
    ) {
        let mut tables = self.lock();
        for (at, item) in resolved.iter().enumerate() {
            let value = tables.value(rules, bytes, item);
            tables.claims.push(Claim {
                object: number,
                value,
                rule: item.raw.rule,
                span: Span::new(offset + item.raw.span.start, offset + item.raw.span.end),
                allowed: allowed.get(at).copied().unwrap_or(false),
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

    /// Ends the collecting: values; claims, sorted by object; pairs of name and value.
    pub(super) fn finish(self) -> (Vec<Value>, Vec<Claim>, Vec<(u32, u32)>) {
        let mut tables = self
            .tables
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        tables.claims.sort_unstable();
        tables.claims.dedup();
        tables.names.sort_unstable();
        tables.names.dedup();
        (tables.values, tables.claims, tables.names)
    }
}

impl Tables {
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
        let next = self.values.len() as u32;
        let number = *self.numbers.entry(key).or_insert(next);
        if number == next {
            self.values.push(Value {
                secret,
                forms: written.into_iter().collect(),
                rule: item.raw.rule,
                confidence: item.raw.confidence,
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
        if rank(item.raw.rule, item.raw.confidence) > rank(value.rule, value.confidence) {
            value.rule = item.raw.rule;
        }
        value.confidence = value.confidence.max(item.raw.confidence);
        number
    }
}
