//! Edits that mend what was found, and in which language.

mod language;

pub use language::Language;
