//! A sink for sources that know what is new: remembers every blob with its origin, its fresh text and what it replaces.

use invoca_scan::blob::{Blob, Fresh, Origin};
use invoca_scan::problem::{LeftOut, Problem};
use invoca_scan::source::{Sink, Source};
use std::sync::Mutex;

/// A sink that remembers what it was given.
#[derive(Default)]
pub(crate) struct Collector {
    seen: Mutex<Pushed>,
}

/// What a source pushed, in the order of paths.
#[derive(Default, Debug)]
pub(crate) struct Pushed {
    pub(crate) blobs: Vec<PushedBlob>,
    pub(crate) left_out: Vec<LeftOut>,
    pub(crate) problems: Vec<Problem>,
}

/// A blob, owned.
#[derive(Debug)]
pub(crate) struct PushedBlob {
    pub(crate) origin: Origin,
    pub(crate) text: String,
    /// The text of the fresh ranges; `None`: all.
    pub(crate) fresh: Option<Vec<String>>,
    pub(crate) old: Vec<String>,
}

impl Collector {
    /// What `source` yields.
    pub(crate) fn from(source: &dyn Source) -> Pushed {
        let sink = Collector::default();
        source.run(&sink);
        let mut seen = sink.seen.into_inner().unwrap();
        seen.blobs.sort_by(|a, b| a.origin.cmp(&b.origin));
        seen.left_out.sort();
        seen.problems.sort();
        seen
    }
}

impl Pushed {
    /// One line a blob: path, and its fresh text (or `all`).
    pub(crate) fn summary(&self) -> Vec<String> {
        assert_eq!(self.problems, []);
        let line = |blob: &PushedBlob| {
            let path = blob.origin.path().map(ToString::to_string);
            let fresh = blob
                .fresh
                .as_ref()
                .map_or("all".to_owned(), |fresh| fresh.concat());
            format!(
                "{}: {}",
                path.unwrap_or_default(),
                fresh.trim_end().escape_default()
            )
        };
        self.blobs.iter().map(line).collect()
    }

    /// One line for each thing left out: path and reason.
    pub(crate) fn skipped(&self) -> Vec<String> {
        let line = |item: &LeftOut| format!("{}: {}", item.object, item.why.code());
        self.left_out.iter().map(line).collect()
    }
}

impl Sink for Collector {
    fn blob(&self, blob: Blob<'_>) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let fresh = match blob.fresh {
            Fresh::All => None,
            Fresh::Ranges(ranges) => Some(
                ranges
                    .iter()
                    .map(|range| text(range.of(blob.bytes)))
                    .collect(),
            ),
        };
        self.seen.lock().unwrap().blobs.push(PushedBlob {
            text: text(blob.bytes),
            fresh,
            old: blob.old.iter().map(|old| text(old.bytes)).collect(),
            origin: blob.origin,
        });
    }

    fn left_out(&self, item: LeftOut) {
        self.seen.lock().unwrap().left_out.push(item);
    }

    fn problem(&self, problem: Problem) {
        self.seen.lock().unwrap().problems.push(problem);
    }

    fn interrupted(&self) -> bool {
        false
    }
}
