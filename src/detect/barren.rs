//! What a rule has found nothing in, for one text: its keyword often stands many times on a few lines, and what was refused once is refused again.

use crate::rule::RuleId;
use crate::text::Span;

/// Places that are remembered at once; a newer one takes the place of an older.
const PLACES: usize = 256;

/// What has been looked at in vain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Vain {
    /// Lines in which the rule makes no claim.
    Window(RuleId, Span),
    /// A candidate that its checks refuse.
    Candidate(RuleId, Span),
}

/// The latest of them, of one text.
#[derive(Debug, Default)]
pub(super) struct Barren(Vec<Option<Vain>>);

impl Barren {
    /// Forgets the last text.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether this is remembered.
    pub(super) fn knows(&self, vain: Vain) -> bool {
        self.0.get(slot(vain)) == Some(&Some(vain))
    }

    /// Remembers it.
    pub(super) fn note(&mut self, vain: Vain) {
        self.0.resize(PLACES, None);
        self.0[slot(vain)] = Some(vain);
    }
}

fn slot(vain: Vain) -> usize {
    let (Vain::Window(id, span) | Vain::Candidate(id, span)) = vain;
    (span.start ^ id.index().wrapping_mul(97)) % PLACES
}
