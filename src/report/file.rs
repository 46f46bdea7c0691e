//! Report files: whole or not at all, so that nobody uploads half a report.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes `path` with what `write` produces: into a new file beside it, which takes its name at the end. A path that is a device or pipe
/// is written directly. With `private`, only the owner can read the file.
///
/// # Errors
/// Those of the file system; the file that was there before is then unchanged.
pub fn write_whole(
    path: &Path,
    private: bool,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    // A link stays a link: its target is what is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if fs::metadata(&path).is_ok_and(|data| !data.is_file() && !data.is_dir()) {
        let mut out = BufWriter::new(OpenOptions::new().write(true).open(&path)?);
        write(&mut out)?;
        return out.flush();
    }
    let (file, beside) = create_beside(&path, private)?;
    // What is replaced keeps its mode.
    if !private && let Ok(known) = fs::metadata(&path) {
        file.set_permissions(known.permissions())?;
    }
    let mut out = BufWriter::new(file);
    let written = write(&mut out)
        .and_then(|()| out.flush())
        .and_then(|()| fs::rename(&beside, &path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

fn create_beside(path: &Path, private: bool) -> io::Result<(File, PathBuf)> {
    let Some(name) = path.file_name() else {
        return Err(io::Error::other("not the name of a file"));
    };
    for attempt in 0_u32.. {
        let mut beside = std::ffi::OsString::from(".");
        beside.push(name);
        beside.push(format!(".{}-{attempt}", std::process::id()));
        let beside = path.with_file_name(beside);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if private {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        // Elsewhere the folder says who may read it.
        #[cfg(not(unix))]
        let _ = private;
        match options.open(&beside) {
            Ok(file) => return Ok((file, beside)),
            // Left over from a process that had our number and was killed.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < 100 => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::from(io::ErrorKind::AlreadyExists))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_report_leaves_the_old_one_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("report.json");
        write_whole(&path, false, |out| out.write_all(b"first")).unwrap();
        let failed = write_whole(&path, false, |out| {
            out.write_all(b"half")?;
            Err(io::Error::other("no space"))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_report_with_secrets_is_for_its_owner() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("report.json");
        write_whole(&path, true, |out| out.write_all(b"x")).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
