//! The rules that come with the program: `rules/*.toml`, turned into constants by the build script.

use super::prefilter::Prefilter;
// Not every rule file makes use of every type.
#[allow(unused_imports)]
use super::spec::{Confidence, EvidenceSpec, Facts, Neighbour, Persona, RuleSpec, Severity};
use std::borrow::Cow;

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// SHA-256 of all built-in rule files, in hex: names the rule set in reports and caches.
pub fn builtin_digest() -> &'static str {
    DIGEST
}
