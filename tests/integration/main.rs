//! All integration tests, as one program: one module for each room they exercise.

// A test may end at the first thing that is not as it must be.
#![allow(clippy::unwrap_used)]

mod audit;
mod baseline;
mod changes;
mod cli;
mod config;
mod docs;
mod fix;
mod git;
mod history;
mod hook;
mod import;
mod known;
mod law;
mod layering;
mod limits;
mod lints;
mod merge;
mod pushed;
mod range;
mod recall;
mod report;
mod review;
mod shows;
mod staged;
mod streams;
mod support;
mod suppress;
mod tasks;
mod tree;
mod whose_word;
