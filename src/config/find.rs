//! Where configuration files lie.

use super::place::ConfigError;
use std::path::{Path, PathBuf};

/// What a configuration file in a folder may be called.
pub const NAMES: [&str; 3] = [
    "invoca-scan.toml",
    ".invoca-scan.toml",
    ".config/invoca-scan.toml",
];

/// Reads a file: its text, `None` if there is none, or why it cannot be read. Reading is left to the caller, since a file may have to come from a commit
/// instead of the disk.
pub type Read<'a> = &'a dyn Fn(&Path) -> Result<Option<String>, String>;

/// The configuration file of a folder and its text.
///
/// # Errors
/// There are two, or one that cannot be read.
pub fn find_in(folder: &Path, read: Read<'_>) -> Result<Option<(PathBuf, String)>, ConfigError> {
    let mut found: Option<(PathBuf, String)> = None;
    for name in NAMES {
        let path = folder.join(name);
        let text = read(&path).map_err(|cause| {
            ConfigError::of_file(
                &path.to_string_lossy(),
                cause,
                "mend it, or scan with --isolated",
            )
        })?;
        let Some(text) = text else { continue };
        if let Some((other, _)) = &found {
            return Err(ConfigError::of_file(
                &path.to_string_lossy(),
                format!("there is also {}", other.display()),
                "keep one of the two",
            ));
        }
        found = Some((path, text));
    }
    Ok(found)
}
