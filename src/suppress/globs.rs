//! Globs of rules: `*` stays within a folder, `**` does not, case counts; `@browser` and the like are kinds of files.

use crate::rule::expand;
use crate::text::Name;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use std::path::Path;

/// Compiles the globs of a rule.
///
/// # Errors
/// The glob that is none, and why.
pub fn globs<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<GlobSet, String> {
    let mut set = GlobSetBuilder::new();
    for text in texts
        .into_iter()
        .flat_map(|entry| expand(entry).unwrap_or_default())
    {
        let glob = GlobBuilder::new(text)
            .literal_separator(true)
            .build()
            .map_err(|error| format!("glob {text:?}: {}", error.kind()))?;
        set.add(glob);
    }
    set.build().map_err(|error| error.to_string())
}

/// Whether a path fits.
pub(super) fn fits(globs: &GlobSet, path: &Name) -> bool {
    globs.is_match(Path::new(&path.to_text()))
}
