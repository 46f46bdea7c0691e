//! The rules that come with the program: `rules/*.toml`, stored by the build script as one JSON text a rule, beside the little that has to be known of
//! every rule at the start and the tables of the prefilter. A start reads none of the rules; each is read on its first candidate.

use super::prefilter::Prefilter;
use super::spec::{EvidenceSpec, Kind, Meta, Persona};
use std::borrow::Cow;

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// The prefilter over the keywords of all built-in rules.
pub(super) static PREFILTER: Prefilter = Prefilter {
    bitmap: Cow::Borrowed(include_bytes!(concat!(env!("OUT_DIR"), "/bitmap.bin"))),
    slots: Cow::Borrowed(include_bytes!(concat!(env!("OUT_DIR"), "/slots.bin"))),
    entries: Cow::Borrowed(include_bytes!(concat!(env!("OUT_DIR"), "/entries.bin"))),
    text: Cow::Borrowed(include_bytes!(concat!(env!("OUT_DIR"), "/words.bin"))),
    pairs: Cow::Borrowed(include_bytes!(concat!(env!("OUT_DIR"), "/pairs.bin"))),
};

/// The rules, one JSON text after the other; [`RULES`] says where each begins.
pub(super) static STORED: &str = include_str!(concat!(env!("OUT_DIR"), "/rules.json"));

/// Where keywords lead, as in [`super::set::Targets`].
pub(super) static TARGETS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/targets.bin"));

/// Digest of all built-in rule files, in hex: names the rule set in reports and caches.
pub fn builtin_digest() -> &'static str {
    DIGEST
}
