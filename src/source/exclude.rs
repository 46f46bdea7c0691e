//! What the user does not want to be scanned: globs in the syntax of `.gitignore`.

use crate::problem::Problem;
use crate::text::Name;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Compiles `globs`.
///
/// # Errors
/// The first one that is none, and what is wrong with it.
pub(super) fn build(globs: &[String]) -> Result<Gitignore, (String, String)> {
    let mut builder = GitignoreBuilder::new("");
    builder.allow_unclosed_class(false);
    for glob in globs {
        builder
            .add_line(None, glob)
            .map_err(|error| (glob.clone(), error.to_string()))?;
    }
    builder
        .build()
        .map_err(|error| (globs.join(" "), error.to_string()))
}

/// As [`build`], with an error for people.
///
/// # Errors
/// A glob that is none.
pub(super) fn compile(globs: &[String]) -> Result<Gitignore, Problem> {
    build(globs).map_err(|(glob, cause)| {
        Problem::new("exclude", glob.as_str().into(), cause)
            .consequence("nothing was scanned")
            .next("the syntax is that of .gitignore")
    })
}

/// Whether `path`, or a folder it is in, is meant. Only names that are text can be.
pub(super) fn excludes(globs: &Gitignore, path: &Name) -> bool {
    if globs.is_empty() {
        return false;
    }
    std::str::from_utf8(path.as_bytes()).is_ok_and(|text| {
        let below = text.trim_start_matches('/');
        globs.matched_path_or_any_parents(below, false).is_ignore()
    })
}
