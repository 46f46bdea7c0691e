//! Bytes in, findings out. A [`Detector`] is shared by all threads and never changes; each thread has a [`Scratch`]. Pure: no file,
//! no path, no policy.
//!
//! The law this room keeps: what it says of a place depends on the bytes of that claim's *extent* and on the kinds of evidence in the
//! blob, and on nothing else. So findings of an old blob can be carried to a new one wherever the extent was copied whole
//! ([`Detector::detect_child`]), and scanning only what is fresh finds what a full scan finds.

mod assign;
mod boundary;
mod checks;
mod chosen;
mod code;
mod decode;
mod decoded;
mod engine;
mod example;
mod explain;
mod known;
mod label;
mod literal;
mod name;
mod place;
mod placeholder;
mod proof;
mod random;
mod region;
mod resolve;
mod runs;
mod statement;
mod table;
mod veil;
mod whole;
mod words;

pub use crate::blob::Copied;
pub use checks::names as check_names;
pub use decoded::Unread;
pub use example::Generator;
pub use explain::Considered;
pub use known::weakness;
pub use proof::{Failure, prove};
pub use veil::values_near;

use crate::blob::Fresh;
use crate::finding::RawFinding;
use crate::rule::{Kind, RuleId, RuleSet};
use crate::text::Span;
use std::sync::Arc;

/// Everything the detector says of one blob, before anybody decided which of several claims on the same bytes is the most specific.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detection {
    /// Claims, sorted, each once.
    pub raw: Vec<RawFinding>,
    /// Evidence seen: kind and the bytes it rests on, sorted.
    pub evidence: Vec<(u32, Span)>,
    /// Keywords of far-reaching rules: rule and place, sorted. `None` where nobody has looked for them.
    pub far: Option<Vec<(RuleId, Span)>>,
    /// Whether the blob was taken for binary.
    pub binary: bool,
    /// Length of the blob.
    pub len: usize,
}

impl Detection {
    /// Whether anything would have to be carried to a child.
    pub fn is_empty(&self) -> bool {
        self.raw.is_empty() && self.evidence.is_empty()
    }

    fn kinds(&self) -> Vec<u32> {
        let mut kinds: Vec<u32> = self.evidence.iter().map(|(kind, _)| *kind).collect();
        kinds.dedup();
        kinds
    }
}

/// One thread's buffers, kept from blob to blob.
#[derive(Debug, Default)]
pub struct Scratch {
    hits: Vec<engine::Suspect>,
    runs: runs::Runs,
    pending: Vec<engine::Claim>,
    evidence: Vec<(u32, Span)>,
    far: Vec<(RuleId, Span)>,
    trace: Option<Vec<Considered>>,
    /// Layers of encoding around what is looked at.
    depth: usize,
    /// Whether it is a piece of another text, so that it gives no evidence of its own.
    same_evidence: bool,
    /// Where the last block of wrapped base64 ends that was looked into.
    blocks_until: usize,
    /// Bytes decoded for the blob, and how many may be.
    decoded: usize,
    budget: usize,
    /// What was not looked at because of a limit.
    unread: Vec<Unread>,
}

impl Scratch {
    /// Whether [`Scratch::take_unread`] would return anything.
    pub fn has_unread(&self) -> bool {
        !self.unread.is_empty()
    }

    /// Encoded text of the blobs looked at since the last call that was not looked at, because a limit was reached.
    pub fn take_unread(&mut self) -> Vec<Unread> {
        std::mem::take(&mut self.unread)
    }
}

/// All rules, ready to look at bytes.
#[derive(Debug)]
pub struct Detector {
    rules: Arc<RuleSet>,
    bare: Vec<RuleId>,
    far: Vec<(memchr::memmem::Finder<'static>, RuleId)>,
    reach_lines: usize,
    /// Rules that say what a file begins with.
    starts: Vec<RuleId>,
    /// Rules for every line of a file of a kind.
    lines: Vec<RuleId>,
    /// Kinds of evidence that the first line gives.
    first_lines: Vec<u32>,
}

/// One secret at one place, under its most specific rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The claim that names the finding.
    pub raw: RawFinding,
    /// The others on the same value.
    pub others: Vec<RawFinding>,
}

/// Lines that a rule may look at before it counts as far-reaching: the keywords of such rules are remembered from blob to blob, so that only what is near
/// a change has to be read again.
const NEAR_LINES: usize = 6;

impl Detector {
    /// A detector for the rules of `rules` that are switched on.
    pub fn new(rules: Arc<RuleSet>) -> Self {
        let enabled = || rules.iter().filter(|(id, _)| rules.is_enabled(*id));
        let of_kind = |kind: Kind| {
            enabled()
                .filter(|(_, rule)| rule.meta.kind == kind)
                .map(|(id, _)| id)
                .collect()
        };
        let first_lines = (0..)
            .zip(rules.evidence())
            .filter(|(_, evidence)| evidence.spec.at_start)
            .map(|(kind, _)| kind)
            .collect();
        let mut far: Vec<_> = enabled()
            .filter(|(_, rule)| engine::lines_of(rule) > NEAR_LINES)
            .flat_map(|(id, rule)| {
                rule.spec.keywords.iter().map(move |word| {
                    (
                        memchr::memmem::Finder::new(&word.to_ascii_lowercase()).into_owned(),
                        id,
                    )
                })
            })
            .collect();
        far.sort_by_key(|(_, id)| engine::lines_of(rules.rule(*id)));
        let reach_lines = enabled()
            .map(|(_, rule)| engine::lines_of(rule))
            .filter(|lines| *lines <= NEAR_LINES)
            .max()
            .unwrap_or(0)
            .max(decoded::LINES);
        Detector {
            bare: of_kind(Kind::Bare),
            starts: of_kind(Kind::Start),
            lines: of_kind(Kind::Line),
            first_lines,
            far,
            reach_lines,
            rules,
        }
    }

    /// Its rules.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// Every claim in `bytes`; for [`Fresh::Ranges`] only those whose secret touches a fresh range. Evidence of the whole blob counts either way.
    pub fn detect(&self, bytes: &[u8], fresh: Fresh<'_>, scratch: &mut Scratch) -> Detection {
        let mut detection = self.detect_in(
            bytes,
            &[Span::new(0, bytes.len())],
            &[],
            Vec::new(),
            Some(Vec::new()),
            scratch,
        );
        if let Fresh::Ranges(ranges) = fresh {
            detection
                .raw
                .retain(|claim| ranges.iter().any(|range| range.touches(claim.span)));
        }
        detection
    }

    /// Every claim in `bytes`, given those of the blob it was derived from and which pieces were copied: equal to
    /// `detect(bytes, Fresh::All)`, but only what is not copied is looked at. `copies` are in the order of the child.
    pub fn detect_child(
        &self,
        bytes: &[u8],
        copies: &[Copied],
        base: &Detection,
        scratch: &mut Scratch,
    ) -> Detection {
        if base.binary || engine::is_binary(bytes) {
            return self.detect(bytes, Fresh::All, scratch);
        }
        let carry = |extent: Span| region::carried(extent, copies, base.len, bytes.len());
        let shifted = |span: Span, shift: isize| {
            Span::new(
                span.start.wrapping_add_signed(shift),
                span.end.wrapping_add_signed(shift),
            )
        };
        let evidence: Vec<(u32, Span)> = base
            .evidence
            .iter()
            .filter(|(kind, _)| !self.first_lines.contains(kind))
            .flat_map(|(kind, extent)| {
                carry(*extent)
                    .into_iter()
                    .map(|shift| (*kind, shifted(*extent, shift)))
            })
            .collect();
        let fresh = region::fresh_of(copies, bytes.len(), Some(base.len));
        let regions = region::widen(bytes, &fresh, self.reach_lines, region::FARTHEST);
        let far = base.far.as_ref().map(|far| {
            let carried = far.iter().flat_map(|(rule, hit)| {
                let shifts = carry(*hit).into_iter();
                shifts.map(|shift| (*rule, shifted(*hit, shift)))
            });
            carried.collect()
        });
        let mut detection = self.detect_in(bytes, &regions, &fresh, evidence, far, scratch);
        if detection.kinds() != base.kinds() {
            return self.detect(bytes, Fresh::All, scratch);
        }
        for claim in &base.raw {
            for shift in carry(claim.extent) {
                let mut claim = claim.clone();
                claim.span = shifted(claim.span, shift);
                claim.extent = shifted(claim.extent, shift);
                detection.raw.push(claim);
            }
        }
        detection.raw.sort();
        detection.raw.dedup();
        detection
    }

    /// Whether no claim can be in `new` that is not in `old`, seen from what surrounds the places where they differ: no claim and no evidence
    /// stands there on either side. Costs only these places; where it says no, both have to be looked at in full. `copies`: what of `old`
    /// stands in `new`, in the same order in both.
    pub fn adds_nothing(
        &self,
        new: &[u8],
        old: &[u8],
        copies: &[Copied],
        scratch: &mut Scratch,
    ) -> bool {
        let turned: Vec<Copied> = copies
            .iter()
            .map(|copy| Copied {
                base: copy.child,
                child: copy.base,
                len: copy.len,
            })
            .collect();
        let of_len = |len: usize| Detection {
            len,
            ..Detection::default()
        };
        if engine::is_binary(old) || engine::is_binary(new) {
            return false;
        }
        let mut nothing = |bytes: &[u8], copies: &[Copied], other: &[u8]| {
            self.detect_child(bytes, copies, &of_len(other.len()), scratch)
                .is_empty()
        };
        nothing(new, copies, old) && nothing(old, &turned, new)
    }

    /// One finding for each secret: of several claims on the same bytes of `text` the most specific rule names it, the others become its notes. A lint
    /// is a note on whatever else its statement holds.
    pub fn resolve(&self, text: &[u8], detection: Detection) -> Vec<Resolved> {
        resolve::resolve(&self.rules, text, detection)
    }
}
