//! Where a value stands, and what is wrong with it.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A place in a configuration file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, as it is named to people.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub place: Place,
}

/// A configuration that cannot be used: the user's mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// Where; line 0 for a file as a whole.
    pub place: Place,
    /// What is wrong.
    pub cause: String,
    /// What would be right; empty where there is nothing to say.
    pub next: String,
}

impl ConfigError {
    /// An error at a place.
    pub fn new(place: Place, cause: impl Into<String>, next: impl Into<String>) -> Self {
        ConfigError {
            place,
            cause: cause.into(),
            next: next.into(),
        }
    }

    /// An error of a whole file.
    pub fn of_file(file: &str, cause: impl Into<String>, next: impl Into<String>) -> Self {
        let place = Place {
            file: file.into(),
            line: 0,
            column: 0,
        };
        ConfigError::new(place, cause, next)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { file, line, column } = &self.place;
        match line {
            0 => write!(f, "{file}: {}", self.cause),
            _ => write!(f, "{file}:{line}:{column}: {}", self.cause),
        }
    }
}

impl std::error::Error for ConfigError {}

/// A file's name and text, from which places are made.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) file: &'a Arc<str>,
    pub(super) text: &'a str,
}

impl Text<'_> {
    /// The place of a span of bytes.
    pub(super) fn place(self, span: &Range<usize>) -> Place {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Place {
            file: Arc::clone(self.file),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    pub(super) fn placed<T>(self, value: toml::Spanned<T>) -> Placed<T> {
        Placed {
            place: self.place(&value.span()),
            value: value.into_inner(),
        }
    }

    pub(super) fn all<T>(self, values: Vec<toml::Spanned<T>>) -> Vec<Placed<T>> {
        values.into_iter().map(|value| self.placed(value)).collect()
    }
}
