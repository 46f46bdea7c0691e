//! Opening without surprises: whatever replaced a file since its directory was read (a link, a FIFO, a terminal) is not followed and cannot
//! make the scan wait. The only code of this room that is for unix alone.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Opens a file that was a regular one when its directory was read.
pub(super) fn file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY);
    }
    options.open(path)
}
