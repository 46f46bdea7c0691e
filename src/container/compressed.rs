//! Files that are one compressed file, and entries of archives that are compressed in the same ways.

use super::MAX_WINDOW;
use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};
use std::io::{self, ErrorKind, Read};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Gzip,
    Bzip2,
    Xz,
    Zstd,
}

impl Format {
    /// The format of a file that begins so.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        Some(match bytes {
            [0x1F, 0x8B, 8, ..] => Format::Gzip,
            // What follows the level is pi, before each block: https://en.wikipedia.org/wiki/Bzip2#File_format
            [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..] if rest.starts_with(b"1AY&SY") => {
                Format::Bzip2
            }
            [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => Format::Xz,
            _ if bytes.starts_with(&FRAME) => Format::Zstd,
            _ => return None,
        })
    }

    /// The format behind a compression method of zip: APPNOTE.TXT, 4.4.5.
    pub(super) fn of_zip(method: u16) -> Option<Self> {
        Some(match method {
            12 => Format::Bzip2,
            93 => Format::Zstd,
            95 => Format::Xz,
            _ => return None,
        })
    }

    /// What `bytes` unpack to; an error of kind `OutOfMemory` where they ask for more than is given.
    pub(super) fn reader<'a>(self, bytes: &'a [u8]) -> Box<dyn Read + 'a> {
        match self {
            Format::Gzip => Box::new(MultiGzDecoder::new(bytes)),
            Format::Bzip2 => Box::new(MultiBzDecoder::new(bytes)),
            Format::Xz => {
                let limit = (MAX_WINDOW >> 10) as u32;
                Box::new(XzReader::new_mem_limit(bytes, true, limit))
            }
            Format::Zstd => Box::new(Frames::of(bytes)),
        }
    }

    /// What is inside `a.gz`, by name.
    pub(super) fn name_inside(self, path: &[u8]) -> Vec<u8> {
        let (archive, plain): (&[&[u8]], &[&[u8]]) = match self {
            Format::Gzip => (&[b".tgz"], &[b".gz"]),
            Format::Bzip2 => (&[b".tbz2", b".tbz"], &[b".bz2"]),
            Format::Xz => (&[b".txz"], &[b".xz"]),
            Format::Zstd => (&[b".tzst"], &[b".zst", b".zstd"]),
        };
        let last = path
            .rsplit(|byte| matches!(byte, b'/' | b'!'))
            .next()
            .unwrap_or(path);
        let stem = |ends: &[&[u8]]| ends.iter().find_map(|end| last.strip_suffix(*end));
        let name = match (stem(archive), stem(plain)) {
            (Some(stem), _) => [stem, b".tar"].concat(),
            (None, Some(stem)) => stem.to_vec(),
            (None, None) => b"content".to_vec(),
        };
        [path, b"!", &name].concat()
    }
}

/// How a frame of zstd begins: RFC 8878, 3.1.1.
const FRAME: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];

/// The frames of a zstd file, one after the other: the decoder reads one.
struct Frames<'a> {
    rest: &'a [u8],
    frame: Option<StreamingDecoder<&'a [u8], FrameDecoder>>,
}

impl<'a> Frames<'a> {
    fn of(rest: &'a [u8]) -> Self {
        Frames { rest, frame: None }
    }

    /// Begins the next frame; false at the end of the file.
    fn next(&mut self) -> io::Result<bool> {
        // Frames that hold no data: RFC 8878, 3.1.2.
        while let [0x50..=0x5F, 0x2A, 0x4D, 0x18, a, b, c, d, after @ ..] = self.rest {
            let len = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
            self.rest = after.get(len..).ok_or(ErrorKind::UnexpectedEof)?;
        }
        if self.rest.is_empty() {
            return Ok(false);
        }
        // The decoder keeps a whole window before it hands out the first byte, and believes the first frame's word for how large that is.
        if window(self.rest).ok_or(ErrorKind::InvalidData)? > MAX_WINDOW {
            return Err(ErrorKind::OutOfMemory.into());
        }
        self.frame = Some(StreamingDecoder::new(self.rest).map_err(io::Error::other)?);
        Ok(true)
    }
}

impl Read for Frames<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(frame) = &mut self.frame {
                let len = frame.read(into)?;
                if len > 0 || into.is_empty() {
                    return Ok(len);
                }
            }
            if let Some(frame) = self.frame.take() {
                self.rest = frame.into_inner();
            }
            if !self.next()? {
                return Ok(0);
            }
        }
    }
}

/// The size of the window of a frame of zstd, in bytes: RFC 8878, 3.1.1.1. `None` where the header is none.
fn window(frame: &[u8]) -> Option<u64> {
    let header = frame.strip_prefix(&FRAME)?;
    let descriptor = *header.first()?;
    if descriptor & 0x20 == 0 {
        let byte = *header.get(1)?;
        let base = 1_u64 << (10 + (byte >> 3));
        return Some(base + base / 8 * u64::from(byte & 7));
    }
    // All of the frame is its window, and its size stands behind the id of the dictionary.
    let at = 1 + [0, 1, 2, 4][usize::from(descriptor & 3)];
    let len = 1 << (descriptor >> 6);
    let field = header.get(at..at + len)?;
    let size = field
        .iter()
        .rev()
        .fold(0, |size, byte| size << 8 | u64::from(*byte));
    Some(if len == 2 { size + 256 } else { size })
}
