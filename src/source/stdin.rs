//! One stream without a name of its own: standard input, or whatever is read in its place.

use super::{Sink, Source, windows};
use crate::blob::{Blob, Origin};
use crate::problem::Problem;
use crate::text::Name;
use std::io::Read;
use std::sync::{Mutex, PoisonError};

/// The stream source.
pub struct Stream {
    input: Mutex<Box<dyn Read + Send>>,
    path: Option<Name>,
}

impl Stream {
    /// A source that yields all of `input` as one blob (in windows, if it is very large), called `path` where the user gave a path for it.
    pub fn new(input: Box<dyn Read + Send>, path: Option<Name>) -> Self {
        Stream {
            input: Mutex::new(input),
            path,
        }
    }
}

impl Source for Stream {
    fn run(&self, sink: &dyn Sink) {
        let mut input = self.input.lock().unwrap_or_else(PoisonError::into_inner);
        let origin = Origin::Stream {
            path: self.path.clone(),
        };
        let mut bytes = Vec::new();
        let limit = windows::WINDOW as u64;
        let done = match input.by_ref().take(limit).read_to_end(&mut bytes) {
            Ok(read) if (read as u64) < limit => {
                sink.blob(Blob::whole(&bytes, origin));
                Ok(())
            }
            Ok(read) => windows::push(&mut *input, &mut bytes, read, &origin, sink).map(|_| ()),
            Err(error) => {
                sink.blob(Blob::whole(&bytes, origin));
                Err(error)
            }
        };
        if let Err(error) = done {
            sink.problem(broken(error));
        }
    }
}

/// The problem of an input stream that failed on the way.
pub(super) fn broken(error: std::io::Error) -> Problem {
    Problem::new(
        "unreadable",
        Name::from("standard input"),
        format!("reading failed: {error}"),
    )
    .consequence("scanned only as far as it was read")
    .next("check the command that writes to the pipe")
}
