//! The one type that holds the value of a secret. It cannot be printed or serialised by accident.

use std::fmt;

/// Below this many bytes nothing of a value is shown: a few characters of a short password are too large a part of it.
const SHOWN_FROM: usize = 20;

/// The bytes of a secret. `Debug` and `Display` redact; [`Secret::expose`] is the only way to the value.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Secret(Box<[u8]>);

impl Secret {
    /// Takes a copy of the value.
    pub fn new(value: &[u8]) -> Self {
        Secret(value.into())
    }

    /// The value itself. Every caller is a place to look at in a review.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no value at all (a finding about a place, not about a value).
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What may be shown: the first four characters of a long value, nothing of a short one.
    pub fn redacted(&self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let head = match self.0.get(..4) {
            Some(head) if self.0.len() >= SHOWN_FROM && head.iter().all(u8::is_ascii_graphic) => {
                String::from_utf8_lossy(head).into_owned()
            }
            _ => String::new(),
        };
        format!("{head}********")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.redacted())
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_prints_the_value() {
        let long = Secret::new(b"abcdefghijklmnopqrstuvwxyz");
        assert_eq!(
            format!("{long} {long:?}"),
            "abcd******** Secret(abcd********)"
        );
        assert_eq!(Secret::new(b"hunter2").to_string(), "********");
    }
}
