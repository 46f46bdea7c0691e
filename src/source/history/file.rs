//! Positioned reads from packs, through a window that each thread owns. Packs are not mapped: mapped pages count as resident memory, and a
//! pack that shrinks under a map kills the process.

use std::fs::File;
use std::io;
use std::path::Path;

/// How much a window reads at once where reads follow one another: entries of one delta family stand close together.
const WINDOW: usize = 256 << 10;
/// How much it reads after a jump.
const JUMP: usize = 16 << 10;

/// An open pack.
#[derive(Debug)]
pub(super) struct PackFile {
    file: File,
    /// Where entries end: the length without the trailing checksum.
    pub(super) end: u64,
    /// Whether its index knows the checksum of each entry.
    pub(super) has_crc: bool,
}

impl PackFile {
    /// Opens the pack at `path`; `trailer` bytes at its end are its checksum.
    pub(super) fn open(path: &Path, trailer: usize) -> io::Result<Self> {
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        Ok(PackFile {
            file,
            end: len.saturating_sub(trailer as u64),
            has_crc: false,
        })
    }

    /// Fills `buffer` from `offset` as far as the file goes; the number of bytes.
    pub(super) fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match read_some(&self.file, &mut buffer[filled..], offset + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

#[cfg(unix)]
fn read_some(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_some(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

/// The part of a pack that was read last.
#[derive(Debug)]
pub(super) struct Window {
    bytes: Vec<u8>,
    filled: usize,
    pack: usize,
    start: u64,
}

impl Window {
    pub(super) fn new() -> Self {
        Window {
            bytes: Vec::new(),
            filled: 0,
            pack: usize::MAX,
            start: 0,
        }
    }

    /// The bytes of `packs[pack]` from `offset` on: at least one and at most `len`, fewer than `len` only where `len` is more than a window holds
    /// or the pack ends.
    ///
    /// # Errors
    /// What the file system says; [`io::ErrorKind::UnexpectedEof`] at the end of the pack.
    pub(super) fn get(
        &mut self,
        packs: &[PackFile],
        pack: usize,
        offset: u64,
        len: u64,
    ) -> io::Result<&[u8]> {
        let len = usize::try_from(len).unwrap_or(usize::MAX).min(WINDOW);
        let inside = self.pack == pack
            && offset >= self.start
            && offset + len as u64 <= self.start + self.filled as u64;
        if !inside {
            self.fill(&packs[pack], pack, offset, len)?;
        }
        let from = (offset - self.start) as usize;
        let to = self.filled.min(from.saturating_add(len));
        if from >= to {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(&self.bytes[from..to])
    }

    fn fill(&mut self, file: &PackFile, pack: usize, offset: u64, len: usize) -> io::Result<()> {
        if self.bytes.is_empty() {
            self.bytes = vec![0; WINDOW];
        }
        let end = self.start + self.filled as u64;
        let follows = self.pack == pack && (self.start..=end + JUMP as u64).contains(&offset);
        let most = if follows { WINDOW } else { len.max(JUMP) };
        self.pack = usize::MAX;
        let len = file.end.saturating_sub(offset).min(most as u64) as usize;
        self.filled = file.read_at(&mut self.bytes[..len], offset)?;
        self.start = offset;
        self.pack = pack;
        Ok(())
    }
}
