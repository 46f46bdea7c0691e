//! Bytes in, findings out. A [`Detector`] is shared by all threads and never changes; each thread has a [`Scratch`]. Pure: no file,
//! no path, no policy.
//!
//! The law this room keeps: what it says of a place depends on the bytes of that claim's *extent* and on the kinds of evidence in the
//! blob, and on nothing else. So findings of an old blob can be carried to a new one wherever the extent was copied whole
//! ([`Detector::detect_child`]), and scanning only what is fresh finds what a full scan finds.

pub use crate::blob::Copied;
use crate::blob::Fresh;
use crate::finding::RawFinding;
use crate::rule::RuleSet;
use crate::text::Span;
use std::sync::Arc;

/// Everything the detector says of one blob, before anybody decided which of several claims on the same bytes is the most specific.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detection {
    /// Claims, sorted, each once.
    pub raw: Vec<RawFinding>,
    /// Evidence seen: kind and place, sorted.
    pub evidence: Vec<(u32, Span)>,
}

/// One thread's buffers, kept from blob to blob.
#[derive(Debug, Default)]
pub struct Scratch {}

/// All rules, ready to look at bytes.
#[derive(Debug)]
pub struct Detector {
    rules: Arc<RuleSet>,
}

/// One secret at one place, under its most specific rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The claim that names the finding.
    pub raw: RawFinding,
    /// The others on the same value.
    pub others: Vec<RawFinding>,
}

impl Detector {
    /// A detector for the rules of `rules` that are switched on.
    pub fn new(rules: Arc<RuleSet>) -> Self {
        Detector { rules }
    }

    /// Its rules.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// Every claim whose extent touches a fresh range (all claims for [`Fresh::All`]); evidence of the whole blob.
    pub fn detect(&self, _bytes: &[u8], _fresh: Fresh<'_>, _scratch: &mut Scratch) -> Detection {
        Detection::default()
    }

    /// Every claim in `bytes`, given those of the blob it was derived from and which pieces were copied: equal to
    /// `detect(bytes, Fresh::All)`, but only what is not copied is looked at. `copies` are in the order of the child.
    pub fn detect_child(
        &self,
        bytes: &[u8],
        _copies: &[Copied],
        _base: &Detection,
        scratch: &mut Scratch,
    ) -> Detection {
        self.detect(bytes, Fresh::All, scratch)
    }

    /// One finding for each secret: of several claims on the same bytes the most specific rule names it, the others become its notes.
    pub fn resolve(&self, detection: Detection) -> Vec<Resolved> {
        detection
            .raw
            .into_iter()
            .map(|raw| Resolved {
                raw,
                others: Vec::new(),
            })
            .collect()
    }
}
