//! Counters that every thread writes and the progress line reads, and the flag that Ctrl-C sets.
//!
//! Nobody waits here: all loads and stores are relaxed, the numbers are for the eye. The scan asks [`Progress::interrupted`]
//! between blobs and stops early; what was found until then is still reported, marked incomplete.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// How far a scan has come.
#[derive(Debug, Default)]
pub struct Progress {
    /// Blobs looked at.
    pub blobs: AtomicU64,
    /// Bytes of them.
    pub bytes: AtomicU64,
    /// Blobs there are in all, as far as known; 0 while unknown.
    pub total: AtomicU64,
    /// Objects that an earlier scan found nothing in, and this one does not read.
    pub known: AtomicU64,
    /// Findings so far.
    pub findings: AtomicU64,
    interrupted: Arc<AtomicBool>,
}

impl Progress {
    /// All zero.
    pub fn new() -> Self {
        Progress::default()
    }

    /// Counts `bytes` bytes of a blob; `is_first`: the first ones of it.
    pub fn add_blob(&self, bytes: usize, is_first: bool) {
        self.blobs.fetch_add(u64::from(is_first), Relaxed);
        self.bytes.fetch_add(bytes as u64, Relaxed);
    }

    /// Counts `objects` that need not be read.
    pub fn add_known(&self, objects: u64) {
        self.known.fetch_add(objects, Relaxed);
    }

    /// Asks everybody to stop soon.
    pub fn interrupt(&self) {
        self.interrupted.store(true, Relaxed);
    }

    /// The flag itself, for a signal handler.
    pub fn interrupt_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.interrupted)
    }

    /// Whether somebody asked to stop.
    pub fn interrupted(&self) -> bool {
        self.interrupted.load(Relaxed)
    }
}
