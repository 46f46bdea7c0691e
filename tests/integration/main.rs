//! All integration tests, as one program: one module for each room they exercise.

// A test may end at the first thing that is not as it must be.
#![allow(clippy::unwrap_used)]

mod git;
mod support;
