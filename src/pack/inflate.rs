//! Decompression into buffers whose size is known beforehand, with zlib-rs: its safe interface takes slices and is the fastest inflate there
//! is in Rust.

use super::damage::Damage;
use zlib_rs::{Inflate, InflateFlush, Status};

/// Deflate cannot do better than 1:1032; what promises more is damaged or hostile.
const MAX_RATIO: u64 = 1032;

/// One decompressor, used again for every object.
pub(crate) struct Inflater {
    state: Inflate,
}

impl Inflater {
    pub(crate) fn new() -> Self {
        Inflater {
            state: Inflate::new(true, 15),
        }
    }

    /// Begins a new zlib stream.
    pub(crate) fn begin(&mut self) {
        self.state.reset(true);
    }

    /// Decompresses `input`, a piece of the stream begun last (its rest, if `last`), to the start of `out`: whether the stream has ended, and
    /// how many bytes of `input` and `out` were used.
    pub(crate) fn feed(
        &mut self,
        input: &[u8],
        out: &mut [u8],
        last: bool,
    ) -> Result<(bool, usize, usize), Damage> {
        let (taken, made) = (self.state.total_in(), self.state.total_out());
        let flush = if last {
            InflateFlush::Finish
        } else {
            InflateFlush::NoFlush
        };
        let status = self
            .state
            .decompress(input, out, flush)
            .map_err(|error| Damage::Zlib(error.as_str()))?;
        Ok((
            status == Status::StreamEnd,
            (self.state.total_in() - taken) as usize,
            (self.state.total_out() - made) as usize,
        ))
    }
}

/// Refuses a promise of more bytes than the compressed ones can hold, before anything is allocated for it.
pub(crate) fn plausible(size: u64, compressed: u64) -> Result<usize, Damage> {
    if size > compressed.saturating_mul(MAX_RATIO) {
        return Err(Damage::Header("its length is impossible"));
    }
    usize::try_from(size).map_err(|_| Damage::TooLarge(size))
}
