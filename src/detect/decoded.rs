//! Secrets that stand in a blob in another form. What decodes to text is looked at as text, under the name that the encoded form has; the finding
//! points at the encoded form and says how it is encoded.

use super::decode::base64;
use super::label::label_of;
use super::region::{CAP, lines_around};
use super::{Detector, Scratch};
use crate::finding::{Encoded, RawFinding};
use crate::rule::LABEL_LINES;
use crate::text::{Secret, Span};

/// Shortest run that is tried.
pub(super) const MIN_ENCODED: usize = 20;
/// Longest run that is tried; longer ones are files in files.
const MAX_ENCODED: usize = 64 << 10;
/// Layers of encoding that are taken off.
const MAX_DEPTH: usize = 3;

impl Detector {
    /// Claims on what the base64 run at `run` decodes to.
    pub(super) fn look_inside(
        &self,
        text: &[u8],
        run: Span,
        scratch: &mut Scratch,
    ) -> Vec<RawFinding> {
        if run.len() < MIN_ENCODED || run.len() > MAX_ENCODED || scratch.depth >= MAX_DEPTH {
            return Vec::new();
        }
        let Some(decoded) = text_in(run.of(text)) else {
            return Vec::new();
        };
        // The name before the encoded form is the name of what is inside, as in Kubernetes' secrets.
        let label = label_of(text, run).text(text);
        let name: Vec<u8> = label
            .into_iter()
            .map(|byte| if byte == b' ' { b'.' } else { byte })
            .collect();
        let mut inner = name;
        if inner.is_empty() {
            inner.extend_from_slice(&decoded);
        } else {
            inner.extend_from_slice(b" = \"");
            inner.extend_from_slice(&decoded);
            inner.push(b'"');
        }
        let mut nested = Scratch {
            depth: scratch.depth + 1,
            ..Scratch::default()
        };
        let whole = Span::new(0, inner.len());
        let detection = self.detect_in(
            &inner,
            &[whole],
            &[],
            scratch.evidence.clone(),
            Some(Vec::new()),
            &mut nested,
        );
        let extent = lines_around(text, run, LABEL_LINES as usize, CAP / 2);
        let claims = detection.raw.into_iter().map(|claim| {
            let (layers, value) = match claim.encoded {
                Some(deeper) => (format!("base64, {}", deeper.layers), deeper.value),
                None => ("base64".to_owned(), Secret::new(claim.span.of(&inner))),
            };
            RawFinding {
                span: run,
                rule: claim.rule,
                extent,
                confidence: claim.confidence,
                encoded: Some(Box::new(Encoded { layers, value })),
            }
        });
        claims.collect()
    }
}

/// The text that a run of base64 decodes to; `None` where it decodes to none. Most runs are names and hashes: the first twelve characters tell.
fn text_in(run: &[u8]) -> Option<Vec<u8>> {
    let printable = |bytes: &[u8]| {
        bytes
            .iter()
            .filter(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t'))
            .count()
    };
    let head = base64(run.get(..12)?)?;
    if printable(&head) + 1 < head.len() {
        return None;
    }
    let decoded = base64(run)?;
    (printable(&decoded) * 20 >= decoded.len() * 19 && !decoded.is_empty()).then_some(decoded)
}
