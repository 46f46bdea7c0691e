//! The progress line: one line on standard error that redraws itself while a long scan runs, and is wiped away at its end.

use super::wrap::{bytes, count, cut, duration};
use crate::progress::Progress;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// A scan shorter than this shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);
const REDRAW: Duration = Duration::from_millis(100);
/// Back to the first column, and wipe to the end of the line.
const WIPE: &str = "\r\x1b[K";

/// Runs `work`; after a second draws how far `progress` has come, in at most `width` columns, on standard error.
pub fn with_progress<T>(progress: &Progress, width: usize, work: impl FnOnce() -> T) -> T {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let drawer = scope.spawn(|| draw(progress, width, &done));
        // Also when the work panics: the scope would wait for the drawer for ever.
        let _end = End {
            done: &done,
            drawer: drawer.thread().clone(),
        };
        work()
    })
}

struct End<'a> {
    done: &'a AtomicBool,
    drawer: Thread,
}

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.done.store(true, Relaxed);
        self.drawer.unpark();
    }
}

fn draw(progress: &Progress, width: usize, done: &AtomicBool) {
    let begin = Instant::now();
    let mut wait = PATIENCE;
    let mut drawn = false;
    loop {
        let until = Instant::now() + wait;
        while !done.load(Relaxed) {
            let Some(left) = until.checked_duration_since(Instant::now()) else {
                break;
            };
            thread::park_timeout(left);
        }
        let mut err = std::io::stderr().lock();
        if done.load(Relaxed) {
            if drawn {
                let _ = write!(err, "{WIPE}");
            }
            return;
        }
        let text = cut(&line(progress, begin.elapsed()), width.saturating_sub(1));
        let _ = write!(err, "{WIPE}{text}");
        drawn = true;
        wait = REDRAW;
    }
}

fn line(progress: &Progress, elapsed: Duration) -> String {
    let done = progress.blobs.load(Relaxed);
    let of_all = match progress.total.load(Relaxed) {
        0 => String::new(),
        total => format!(" ({} %)", done.min(total) * 100 / total),
    };
    let stopping = match progress.interrupted() {
        true => " · stopping; Ctrl-C again ends at once",
        false => "",
    };
    format!(
        "scanning: {}{of_all}, {}, {}, {}{stopping}",
        count(done, "file", "files"),
        bytes(progress.bytes.load(Relaxed)),
        count(progress.findings.load(Relaxed), "finding", "findings"),
        duration(elapsed)
    )
}
