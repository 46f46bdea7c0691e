//! Where audits keep what they saw: a file for each repository in the user's cache folder, never in the repository.

use crate::cache::{Key, Shelf};
use crate::container::Kinds;
use crate::report::write_whole;
use crate::text::{Name, hex};
use sha2::{Digest, Sha256};
use std::fs::{self, DirBuilder};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::UNIX_EPOCH;

/// The cache folder.
pub(super) struct Folder {
    path: PathBuf,
    notes: Mutex<Vec<String>>,
}

impl Folder {
    /// That of the user; `None` where the environment names none.
    pub(super) fn of_user() -> Option<Self> {
        let absolute = |name: &str| {
            let path = std::env::var_os(name).map(PathBuf::from);
            path.filter(|path| path.is_absolute())
        };
        let base = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
        Some(Folder {
            path: base.join("invoca-scan"),
            notes: Mutex::default(),
        })
    }

    /// What there is to say of it.
    pub(super) fn notes(self) -> Vec<String> {
        self.notes
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, text: String) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.push(text);
    }

    /// The file of a repository: its name says nothing of where that lies.
    fn file(&self, git_dir: &Path) -> PathBuf {
        let real = fs::canonicalize(git_dir).unwrap_or_else(|_| git_dir.to_owned());
        let digest = Sha256::digest(Name::from_path(&real).as_bytes());
        self.path.join(format!("{}.seen", hex(&digest[..16])))
    }

    fn make(&self) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.path)
    }
}

impl Shelf for Folder {
    fn take(&self, git_dir: &Path) -> Option<Vec<u8>> {
        let file = self.file(git_dir);
        match fs::metadata(&file) {
            Ok(about) if about.is_file() => fs::read(&file).ok(),
            _ => None,
        }
    }

    fn leave(&self, git_dir: &Path, bytes: &[u8]) {
        let file = self.file(git_dir);
        let left = self
            .make()
            .and_then(|()| write_whole(&file, true, |out| out.write_all(bytes)));
        if let Err(error) = left {
            self.note(format!(
                "note: what was seen cannot be kept for the next audit: {}: {error}",
                file.display()
            ));
        }
    }

    fn damaged(&self, git_dir: &Path) {
        self.note(format!(
            "note: the cache {} is damaged; everything was read again",
            self.file(git_dir).display()
        ));
    }
}

/// Of this program with these rules, which opens these archives: another build may find more.
pub(super) fn key(rules_digest: &str, archives: Kinds) -> Key {
    let build = std::env::current_exe().and_then(fs::metadata);
    let build = build.map(|about| {
        let time = about.modified().ok();
        let time = time.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        format!("{} {:?}", about.len(), time)
    });
    Key::new(&[
        env!("CARGO_PKG_VERSION"),
        rules_digest,
        &build.unwrap_or_default(),
        &format!("{archives:?}"),
    ])
}
