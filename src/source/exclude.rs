//! What the user does not want to be scanned: globs in the syntax of `.gitignore`.

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
