//! Text with escapes in it, looked at without them. Where escapes stand, the lines around are decoded; a claim counts that rests on an escape and on nothing
//! beyond these lines.

use super::escape::BEHIND_KEYWORD;
use super::form::Form;
use super::{Inner, MAX_DEPTH};
use crate::detect::region::{FARTHEST, New, lines_around};
use crate::detect::{Detector, Scratch};
use crate::finding::RawFinding;
use crate::rule::LABEL_LINES;
use crate::text::Span;

/// Lines around an escape that are decoded with it.
pub(in crate::detect) const LINES: usize = LABEL_LINES as usize + 1;
/// Escapes that are so near to each other are decoded together.
const NEAR: usize = 256;
/// An escape counts for a secret that it stands in, behind, or so many decoded bytes before.
const BEFORE: usize = 64;
/// What a claim keeps away from the cut edge of what is decoded.
const MARGIN: usize = 16;
/// The kind of evidence by which mail says that it is in quoted-printable.
const QUOTED_PRINTABLE: &str = "quoted-printable";

impl Detector {
    /// Looks at `regions` without their escapes, as far as these are near enough to what is new.
    pub(in crate::detect) fn look_behind_escapes(
        &self,
        text: &[u8],
        regions: &[Span],
        new: New<'_>,
        scratch: &mut Scratch,
    ) {
        if scratch.depth >= MAX_DEPTH {
            return;
        }
        let quoted_printable = self.seen(scratch, QUOTED_PRINTABLE);
        let mut triggers = scratch.joins(text);
        for region in regions {
            triggers.extend(super::escape::triggers(text, *region, quoted_printable));
        }
        // A join is noticed behind a keyword, which may stand further above.
        triggers.retain(|(form, at)| {
            *form == Form::Joined || new.lines_to(text, Span::new(*at, at + 1)) <= LINES + 1
        });
        triggers.sort_unstable();
        for of_form in triggers.chunk_by(|a, b| a.0 == b.0) {
            for area in areas(text, of_form) {
                self.look_at_area(text, area, of_form, scratch);
            }
        }
    }

    fn look_at_area(
        &self,
        text: &[u8],
        area: Span,
        triggers: &[(Form, usize)],
        scratch: &mut Scratch,
    ) {
        let Some((form, _)) = triggers.first() else {
            return;
        };
        let Some(decoded) = form.bytes(text, &[area]) else {
            return;
        };
        if !scratch.may_decode(decoded.len(), area) {
            return;
        }
        let inner = Inner::new(decoded, *form, vec![area], None);
        let claims = self.inner_claims(text, &inner, true, scratch);
        if claims.is_empty() {
            return;
        }
        let extents = inner.places(text, claims.iter().map(|(claim, _)| claim.extent));
        let reaches = inner.places(text, claims.iter().map(|(_, secret)| reach_of(*secret)));
        let kept = claims.into_iter().zip(extents.into_iter().zip(reaches));
        let kept = kept.filter_map(|((claim, _), (extent, reach))| {
            resting_on_escape(text, triggers, claim, extent, reach)
        });
        scratch.note_decoded(kept);
    }
}

/// Where an escape must stand to make a claim what it is, in the decoded text.
fn reach_of(secret: Span) -> Span {
    Span::new(secret.start.saturating_sub(BEFORE), secret.end + 1)
}

/// The claim with the extent it has in `text`, if an escape makes it what it is and all it rests on is near that.
fn resting_on_escape(
    text: &[u8],
    triggers: &[(Form, usize)],
    claim: RawFinding,
    extent: Span,
    reach: Span,
) -> Option<RawFinding> {
    let (form, _) = triggers.first()?;
    // What is joined must be parts of the secret.
    let near = match form {
        Form::Joined => Span::new(claim.span.start + 1, claim.span.end),
        _ => reach,
    };
    let from = triggers.partition_point(|(_, at)| *at < near.start);
    let near = triggers[from..].iter().take_while(|(_, at)| *at < near.end);
    let holds = |at: usize| {
        let around = lines_around(text, Span::new(at, at + 1), LINES, FARTHEST);
        let before = around.start.checked_sub(1);
        let low = before.is_none_or(|before| extent.start >= around.start + edge(text[before]));
        let behind = text.get(around.end);
        low && behind.is_none_or(|behind| extent.end + edge(*behind) <= around.end)
    };
    let at = near.map(|(_, at)| *at).find(|at| holds(*at))?;
    let extent = Span::new(
        // A join is noticed behind a keyword, other escapes by themselves.
        extent.start.min(at.saturating_sub(match form {
            Form::Joined => 2 * BEHIND_KEYWORD,
            _ => 1,
        })),
        extent.end.max(at + MARGIN).min(text.len()),
    );
    Some(RawFinding { extent, ..claim })
}

/// How far a claim must keep away from an edge beside which `byte` stands.
fn edge(byte: u8) -> usize {
    match byte {
        b'\n' => 1,
        _ => MARGIN,
    }
}

/// The lines around the escapes, those that overlap as one.
fn areas(text: &[u8], triggers: &[(Form, usize)]) -> Vec<Span> {
    let mut areas: Vec<Span> = Vec::new();
    for group in triggers.chunk_by(|a, b| b.1 - a.1 <= NEAR) {
        let [(_, first), ..] = group else { continue };
        let last = group.last().map_or(*first, |(_, last)| *last);
        let area = lines_around(text, Span::new(*first, last + 1), LINES, FARTHEST);
        match areas.last_mut() {
            Some(before) if before.end >= area.start => before.end = before.end.max(area.end),
            _ => areas.push(area),
        }
    }
    areas
}
