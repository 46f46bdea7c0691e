//! Bytes in, findings out. A [`Detector`] is shared by all threads and never changes; each thread has a [`Scratch`]. Pure: no file,
//! no path, no policy.
//!
//! The law this room keeps: what it says of a place depends on the bytes of that claim's *extent* and on the kinds of evidence in the
//! blob, and on nothing else. So findings of an old blob can be carried to a new one wherever the extent was copied whole
//! ([`Detector::detect_child`]), and scanning only what is fresh finds what a full scan finds.

mod assign;
mod barren;
mod boundary;
mod checks;
mod chosen;
mod code;
mod decode;
mod decoded;
mod engine;
mod example;
mod explain;
mod idiom;
mod known;
mod label;
mod lines;
mod literal;
mod name;
#[cfg(test)]
mod noise;
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
pub use engine::Suspect;
pub use example::Generator;
pub use explain::Considered;
pub use known::weakness;
pub use proof::{Failure, prove};
pub use region::fresh_of;
pub use veil::values_near;

use crate::blob::Fresh;
use crate::finding::RawFinding;
use crate::rule::{Kind, RuleId, RuleSet};
use crate::text::Span;
use engine::Carried;
use region::New;
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
    /// Keywords of all rules, sorted. `None` where nobody has asked for them.
    pub hits: Option<Vec<Suspect>>,
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
    lines: lines::Lines,
    barren: barren::Barren,
    pending: Vec<engine::Claim>,
    evidence: Vec<(u32, Span)>,
    /// The kinds of evidence, each with one place where it is.
    kinds: Vec<(u32, Span)>,
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
    /// Keeps a piece of evidence.
    fn note_evidence(&mut self, kind: u32, extent: Span) {
        self.evidence.push((kind, extent));
        if !self.kinds.iter().any(|(known, _)| *known == kind) {
            self.kinds.push((kind, extent));
        }
    }

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
    /// Bytes of the longest keyword.
    longest_keyword: usize,
    /// Lines around a run of token characters that what it is depends on.
    run_lines: usize,
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
        let longest = rules.layers().iter();
        let longest = longest.map(|layer| layer.prefilter.longest());
        let bare: Vec<RuleId> = of_kind(Kind::Bare);
        let of_bare = bare.iter().map(|id| engine::lines_of(rules.rule(*id)));
        let of_bare = of_bare.max().unwrap_or(0);
        Detector {
            bare,
            starts: of_kind(Kind::Start),
            lines: of_kind(Kind::Line),
            first_lines,
            far,
            reach_lines,
            longest_keyword: longest.max().unwrap_or(0),
            run_lines: of_bare.max(decoded::LINES) + 1,
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
            New::All,
            Carried {
                far: Some(Vec::new()),
                ..Carried::default()
            },
            scratch,
        );
        if let Fresh::Ranges(ranges) = fresh {
            detection
                .raw
                .retain(|claim| ranges.iter().any(|range| range.touches(claim.span)));
        }
        detection
    }

    /// Every claim in `bytes`, with all that is of use where others were derived from it.
    pub fn detect_base(&self, bytes: &[u8], scratch: &mut Scratch) -> Detection {
        let carried = Carried {
            far: Some(Vec::new()),
            hits: Some(self.all_hits(bytes)),
            ..Carried::default()
        };
        let all = [Span::new(0, bytes.len())];
        self.detect_in(bytes, &all, New::All, carried, scratch)
    }

    /// All of a child whose base is of no use; as much as was known of that.
    fn detect_anew(&self, bytes: &[u8], base: &Detection, scratch: &mut Scratch) -> Detection {
        match base.hits {
            Some(_) => self.detect_base(bytes, scratch),
            None => self.detect(bytes, Fresh::All, scratch),
        }
    }

    /// Every claim in `bytes`, given those of the blob it was derived from and which pieces were copied: equal to
    /// `detect(bytes, Fresh::All)` (or to `detect_base`, if that was called for the base), but only what is not copied is looked at. `copies` are in the order of
    /// the child.
    pub fn detect_child(
        &self,
        bytes: &[u8],
        copies: &[Copied],
        base: &Detection,
        scratch: &mut Scratch,
    ) -> Detection {
        if base.binary || engine::is_binary(bytes) {
            return self.detect_anew(bytes, base, scratch);
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
        let hits = base.hits.as_ref();
        let carried = Carried {
            evidence,
            far,
            hits: hits.map(|hits| self.hits_of_child(bytes, &fresh, copies, hits)),
        };
        let new = New::Spans(&fresh);
        let mut detection = self.detect_in(bytes, &regions, new, carried, scratch);
        if detection.kinds() != base.kinds() {
            return self.detect_anew(bytes, base, scratch);
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::LazyLock;

    static DETECTOR: LazyLock<Detector> =
        LazyLock::new(|| Detector::new(Arc::new(RuleSet::builtin())));

    /// Lines with keywords and what may stand behind them, none of them a secret by itself.
    const LINES: &[&str] = &[
        "password = \"",
        "Xk7pQ2wz9LmV",
        "\"\n",
        "api_key: ",
        "secret",
        "_token\n",
        "see invoca.net\n",
        "oauth_",
        "\n",
        "and some ordinary text here;\n",
        "Authorization: Bearer ",
        concat!("4f9QzL1xW8rT", "nB6vK3mYcJ7hD2gS5pAe"),
        "-----BEGIN ",
        "AAAAAAAAAAAA",
        "aaaaaaa",
    ];

    proptest::proptest! {
        #[test]
        fn a_child_is_seen_as_if_it_had_no_base(
            base in proptest::collection::vec(0..LINES.len(), 0..60),
            pieces in proptest::collection::vec((0..900_usize, 0..400_usize, 0..LINES.len() + 6), 0..8),
        ) {
            let base: Vec<u8> = base.into_iter().flat_map(|at| LINES[at].bytes()).collect();
            let mut child = Vec::new();
            let mut copies: Vec<Copied> = Vec::new();
            for (from, len, insert) in pieces {
                let from = from.min(base.len());
                let piece = &base[from..base.len().min(from + len)];
                if !piece.is_empty() {
                    copies.push(Copied { base: from, child: child.len(), len: piece.len() });
                    child.extend_from_slice(piece);
                }
                child.extend(LINES.get(insert).unwrap_or(&"").bytes());
            }
            let scratch = &mut Scratch::default();
            let old = DETECTOR.detect_base(&base, scratch);
            let carried = DETECTOR.detect_child(&child, &copies, &old, scratch);
            let whole = DETECTOR.detect_base(&child, scratch);
            assert_eq!(carried.hits, whole.hits);
            assert_eq!(carried.raw, whole.raw);
            assert_eq!(carried.evidence, whole.evidence);
        }
    }
}
