//! Patterns of paths as users write them: in the syntax of `.gitignore`, relative to the folder of the file they stand in.

use crate::text::Name;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::borrow::Cow;

/// A list of patterns.
#[derive(Clone, Debug)]
pub struct Paths {
    /// The folder they are relative to, with a `/` at its end; empty at the root.
    base: String,
    globs: Gitignore,
}

impl Paths {
    /// Compiles `patterns`, which are relative to the folder `base` (empty: the root; else with a `/` at its end).
    ///
    /// # Errors
    /// A pattern that is none, and why.
    pub fn new<'a>(
        base: &str,
        patterns: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, String> {
        let mut builder = GitignoreBuilder::new("");
        builder.allow_unclosed_class(false);
        for pattern in patterns {
            builder
                .add_line(None, pattern)
                .map_err(|error| format!("glob {pattern:?}: {error}"))?;
        }
        Ok(Paths {
            base: base.to_owned(),
            globs: builder.build().map_err(|error| error.to_string())?,
        })
    }

    /// Whether `path` or a folder it lies in is meant.
    pub fn fits(&self, path: &Name) -> bool {
        let text: Cow<'_, str> = match std::str::from_utf8(path.as_bytes()) {
            Ok(text) => text.into(),
            Err(_) => path.to_text().into(),
        };
        let Some(below) = text.strip_prefix(self.base.as_str()) else {
            return false;
        };
        let below = below.trim_start_matches('/');
        !below.is_empty()
            && self
                .globs
                .matched_path_or_any_parents(below, false)
                .is_ignore()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_they_mean_in_gitignore() {
        let fits = |base: &str, pattern: &str, path: &str| {
            Paths::new(base, [pattern]).unwrap().fits(&Name::from(path))
        };
        assert!(fits("", "tests/", "a/tests/x.py"));
        assert!(fits("", "*.md", "a/b.md"));
        assert!(fits("", "/a/**/c", "a/b/c"));
        assert!(!fits("", "/a", "b/a"));
        assert!(fits("sub/", "/a", "sub/a/x"));
        assert!(!fits("sub/", "a", "a"));
        assert!(fits("", "*.md", "/outside/x.md"));
        assert!(Paths::new("", ["a["]).is_err());
    }
}
