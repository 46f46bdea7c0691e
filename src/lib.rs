//! `invoca-scan` as a library: finds Invoca's tokens and every other vendor's secrets in trees, commits and streams.
//!
//! The way of the data: a [`source`] pushes blobs, [`detect`] makes findings of them, [`suppress`] judges, [`report`] writes. [`scan`]
//! joins these rooms and owns the threads. `docs/architecture.md` tells it in full.

pub mod attribute;
pub mod blob;
pub mod cache;
pub mod cli;
pub mod config;
pub mod container;
pub mod detect;
pub mod finding;
pub mod fix;
pub mod git;
pub mod import;
pub mod pack;
pub mod problem;
pub mod progress;
pub mod report;
pub mod rule;
pub mod scan;
pub mod source;
pub mod suppress;
pub mod text;
