//! A TOML file whose every key and value knows its line.

use crate::text::LineIndex;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value and where it stands.
pub(super) type Value<'a> = Spanned<DeValue<'a>>;

/// Lines of a file.
pub(super) struct Lines {
    index: LineIndex,
}

impl Lines {
    pub(super) fn new(text: &str) -> Self {
        Lines {
            index: LineIndex::new(text.as_bytes()),
        }
    }

    /// The line of a span, from 1.
    pub(super) fn of(&self, span: &Range<usize>) -> usize {
        self.index.line_of(span.start)
    }
}

/// A table of the file: each key with its line and value, in the order of the file.
pub(super) fn fields<'a, 'b>(
    table: &'b DeTable<'a>,
    lines: &Lines,
) -> Vec<(&'b str, usize, &'b Value<'a>)> {
    let mut fields: Vec<_> = table
        .iter()
        .map(|(key, value)| (key.span().start, &**key.get_ref(), value))
        .map(|(start, key, value)| (key, lines.of(&(start..start)), value))
        .collect();
    fields.sort_by_key(|(_, line, value)| (*line, value.span().start));
    fields
}

/// A text.
pub(super) fn text<'b>(value: &'b Value<'_>) -> Option<&'b str> {
    match value.get_ref() {
        DeValue::String(text) => Some(text),
        _ => None,
    }
}

/// A number.
pub(super) fn number(value: &Value<'_>) -> Option<f64> {
    match value.get_ref() {
        DeValue::Integer(number) => number.as_str().replace('_', "").parse().ok(),
        DeValue::Float(number) => number.as_str().replace('_', "").parse().ok(),
        _ => None,
    }
}

/// Whether it is `true`.
pub(super) fn is_true(value: &Value<'_>) -> bool {
    matches!(value.get_ref(), DeValue::Boolean(true))
}

/// The tables of a table or of a list of tables, with their lines.
pub(super) fn tables<'a, 'b>(value: &'b Value<'a>, lines: &Lines) -> Vec<(usize, &'b DeTable<'a>)> {
    let one = |value: &'b Value<'a>| match value.get_ref() {
        DeValue::Table(table) => Some((lines.of(&value.span()), table)),
        _ => None,
    };
    match value.get_ref() {
        DeValue::Array(list) => list.iter().filter_map(one).collect(),
        _ => one(value).into_iter().collect(),
    }
}

/// The texts of a list, or a text alone, with their lines.
pub(super) fn texts(value: &Value<'_>, lines: &Lines) -> Vec<(usize, String)> {
    let one =
        |value: &Value<'_>| text(value).map(|text| (lines.of(&value.span()), text.to_owned()));
    match value.get_ref() {
        DeValue::Array(list) => list.iter().filter_map(one).collect(),
        _ => one(value).into_iter().collect(),
    }
}
