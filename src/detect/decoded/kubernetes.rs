//! Values of Kubernetes' secrets that are too short to be tried as base64 anywhere else: passwords of a few characters.

use super::MIN_ENCODED;
use crate::detect::boundary::is_base64_byte;
use crate::detect::region::{CAP, lines_around};
use crate::detect::{Detector, Scratch};
use crate::text::Span;

/// The kind of evidence by which a manifest says that it is a secret.
const SECRET: &str = "kubernetes-secret";
/// Fewer characters encode no password.
const SHORTEST: usize = 8;

impl Detector {
    /// Looks into the short values on the lines of `regions`.
    pub(in crate::detect) fn short_values(
        &self,
        text: &[u8],
        regions: &[Span],
        scratch: &mut Scratch,
    ) {
        if !self.seen(scratch, SECRET) {
            return;
        }
        for region in regions {
            let region = lines_around(text, *region, 0, CAP);
            let mut at = region.start;
            for line in region.of(text).split(|byte| *byte == b'\n') {
                if let Some(value) = value_of(line) {
                    let value = Span::new(at + value.start, at + value.end);
                    self.look_into(text, &[value], scratch);
                }
                at += line.len() + 1;
            }
        }
    }
}

/// The value of a line `name: value` or `"name": "value",` that is padded base64 as a whole, with its padding.
fn value_of(line: &[u8]) -> Option<Span> {
    let colon = memchr::memchr(b':', line)?;
    let rest = &line[colon + 1..];
    let blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'"' | b'\'');
    let start = colon + 1 + rest.iter().take_while(blank).count();
    let value = &line[start..];
    let digits = value
        .iter()
        .take_while(|byte| is_base64_byte(**byte))
        .count();
    let padding = value[digits..]
        .iter()
        .take(2)
        .take_while(|byte| **byte == b'=');
    let len = digits + padding.count();
    let ends = value[len..]
        .iter()
        .all(|byte| matches!(byte, b' ' | b'\r' | b'"' | b'\'' | b','));
    let fits = (SHORTEST..MIN_ENCODED + 2).contains(&len) && digits < MIN_ENCODED && len % 4 == 0;
    (ends && fits).then(|| Span::new(start, start + len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_whole_and_padded() {
        let of = |line: &str| {
            value_of(line.as_bytes()).map(|span| line[span.start..span.end].to_owned())
        };
        assert_eq!(of("  password: YWJjZGU=").as_deref(), Some("YWJjZGU="));
        assert_eq!(
            of("  \"data\": \"YWJjZGVm\",\r").as_deref(),
            Some("YWJjZGVm")
        );
        for none in [
            "  password: YWJjZG",
            "  password: YWJj",
            "  password:",
            "password YWJjZGVm",
            "  a: YWJjZGVm and",
        ] {
            assert_eq!(of(none), None, "{none}");
        }
    }
}
