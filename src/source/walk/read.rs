//! Reads one file and pushes it: small ones into a buffer that its thread keeps, very large ones as windows.

use crate::blob::{Blob, Origin};
use crate::problem::{LeftOut, Problem, Why};
use crate::source::Sink;
use crate::source::lfs::is_lfs_pointer;
use crate::source::windows::{self, WINDOW, fill};
use crate::text::Name;
use std::cell::Cell;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// The buffer a thread keeps. A file that does not fill it is read with one call and needs no question for its size.
const KEPT: usize = 256 << 10;

/// Files that have to come as a whole do so up to this size.
const LARGEST: u64 = 128 << 20;

thread_local! {
    // Taken out and put back rather than borrowed: should a sink make this thread read another file meanwhile, that one brings its own.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Opens and pushes files.
pub(super) struct Reader<'a> {
    pub(super) sink: &'a dyn Sink,
    /// Larger files are left out.
    pub(super) max_size: Option<u64>,
}

impl Reader<'_> {
    /// Reads the file at `path` and pushes it as `name`. Returns false if it was left out.
    pub(super) fn file(&self, path: &Path, name: Name) -> bool {
        let mut buffer = BUFFER.take();
        if buffer.len() < KEPT {
            buffer.resize(KEPT, 0);
        }
        let read = super::open::file(path).and_then(|file| self.push(file, &mut buffer, &name));
        if buffer.len() > 4 * KEPT {
            buffer.truncate(KEPT);
            buffer.shrink_to_fit();
        }
        BUFFER.set(buffer);
        read.unwrap_or_else(|error| {
            self.sink.problem(unreadable(name, &error));
            true
        })
    }

    fn push(&self, mut file: File, buffer: &mut Vec<u8>, name: &Name) -> io::Result<bool> {
        let read = fill(&mut file, buffer, 0).map_err(|(_, error)| error)?;
        if read < buffer.len() && self.max_size.is_none_or(|max| read as u64 <= max) {
            return Ok(self.whole(&buffer[..read], name));
        }
        let size = file.metadata()?.len();
        if self.max_size.is_some_and(|max| size.max(read as u64) > max) {
            self.leave_out(name.clone(), Why::TooLarge);
            return Ok(false);
        }
        // What a file gains while it is read is not waited for, it could grow for ever: one byte more than expected tells.
        let rest = (size + 1).saturating_sub(read as u64);
        let whole = size <= LARGEST && self.sink.wants_whole(&buffer[..read]);
        let end = if size > WINDOW as u64 && !whole {
            let origin = Origin::File { path: name.clone() };
            windows::push(&mut file.take(rest), buffer, read, &origin, self.sink)?
        } else {
            buffer.resize(read + rest as usize, 0);
            let end = fill(&mut file, buffer, read).map_err(|(_, error)| error)?;
            self.whole(&buffer[..end], name);
            end as u64
        };
        if end != size && !self.sink.interrupted() {
            self.sink.problem(changed(name.clone(), size, end));
        }
        Ok(true)
    }

    fn whole(&self, bytes: &[u8], name: &Name) -> bool {
        if is_lfs_pointer(bytes) {
            self.leave_out(name.clone(), Why::LfsPointer);
            return false;
        }
        let path = name.clone();
        self.sink.blob(Blob::whole(bytes, Origin::File { path }));
        true
    }

    fn leave_out(&self, object: Name, why: Why) {
        self.sink.left_out(LeftOut { object, why });
    }
}

/// The problem of a file or directory that cannot be read.
pub(super) fn unreadable(name: Name, error: &io::Error) -> Problem {
    match error.kind() {
        ErrorKind::NotFound => Problem::new("vanished", name, "vanished during the scan")
            .next("scan again when nothing writes there, or leave it out with --exclude"),
        ErrorKind::PermissionDenied => Problem::new("unreadable", name, "permission denied")
            .next("allow reading it, or leave it out with --exclude"),
        _ => Problem::new("unreadable", name, format!("cannot be read: {error}"))
            .next("leave it out with --exclude if it need not be scanned"),
    }
}

fn changed(name: Name, size: u64, read: u64) -> Problem {
    let how = if read > size { "grew" } else { "shrank" };
    Problem::new("changed", name, format!("{how} while it was read"))
        .consequence("scanned only as it was then")
        .next("scan again when nothing writes to it")
}
