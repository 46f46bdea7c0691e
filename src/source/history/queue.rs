//! Work that one thread has too much of, for those that have none.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard};

/// A queue between a fixed number of threads, which ends when all of them wait.
pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    /// A hint, read without the lock: how many wait.
    waiting: AtomicUsize,
}

struct State<T> {
    jobs: VecDeque<T>,
    /// Threads that may still put something.
    working: usize,
    closed: bool,
}

/// A thread's place among the working ones; given up when it ends, also by a panic, so that the others do not wait for it.
pub(super) struct Leaving<'q, T>(&'q Queue<T>);

impl<T> Queue<T> {
    /// A queue for `threads` threads.
    pub(super) fn new(threads: usize) -> Self {
        Queue {
            state: Mutex::new(State {
                jobs: VecDeque::new(),
                working: threads,
                closed: false,
            }),
            changed: Condvar::new(),
            waiting: AtomicUsize::new(0),
        }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Called once by each thread at its start.
    pub(super) fn enter(&self) -> Leaving<'_, T> {
        Leaving(self)
    }

    /// Whether somebody waits for work.
    pub(super) fn hungry(&self) -> bool {
        self.waiting.load(Relaxed) > 0
    }

    /// Hands over work.
    pub(super) fn put(&self, job: T) {
        self.state().jobs.push_back(job);
        self.changed.notify_one();
    }

    /// Waits for work; `None` when nobody can give any more.
    pub(super) fn take(&self) -> Option<T> {
        let mut state = self.state();
        state.working -= 1;
        self.waiting.fetch_add(1, Relaxed);
        let job = loop {
            if state.closed {
                break None;
            }
            if let Some(job) = state.jobs.pop_front() {
                break Some(job);
            }
            if state.working == 0 {
                break None;
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(|poisoned| poisoned.into_inner());
        };
        self.waiting.fetch_sub(1, Relaxed);
        state.working += 1;
        if job.is_none() {
            state.closed = true;
            self.changed.notify_all();
        }
        job
    }

    /// Sends everybody home.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.changed.notify_all();
    }
}

impl<T> Drop for Leaving<'_, T> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.working -= 1;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_work_is_done_and_everybody_goes_home() {
        let queue = Queue::new(3);
        let done = AtomicUsize::new(0);
        queue.put(10_u32);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let _leaving = queue.enter();
                    while let Some(left) = queue.take() {
                        done.fetch_add(1, Relaxed);
                        (0..left).for_each(|_| queue.put(left / 4));
                    }
                });
            }
        });
        // 10 jobs of 2, each with 2 of 0.
        assert_eq!(done.load(Relaxed), 1 + 10 + 20);
    }

    #[test]
    fn a_thread_that_leaves_is_not_waited_for() {
        let queue: Queue<()> = Queue::new(2);
        std::thread::scope(|scope| {
            scope.spawn(|| drop(queue.enter()));
            scope.spawn(|| {
                let _leaving = queue.enter();
                assert!(queue.take().is_none());
            });
        });
    }
}
