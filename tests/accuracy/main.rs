//! The scanner measured on cases: texts as they stand in real repositories, with secrets made at run time, and texts that hold none.
//!
//! `cargo test --test accuracy` checks the floors of `floors.toml`. `ACCURACY=write cargo test --test accuracy` also rewrites the tables in
//! `docs/accuracy.md`; `ACCURACY_MISSES=FILE` writes what was missed or raised without cause to a file; `ACCURACY_FILLINGS=N` sets how
//! often every case is filled with other random values.

mod case;
mod doc;
mod fill;
mod floor;
mod measure;
mod vendors;
mod words;

use measure::Measured;
use std::path::{Path, PathBuf};

/// Fillings of a case when nothing else is said: few enough for every test run.
const FILLINGS: usize = 4;
/// Fillings of a case when the tables are written.
const FILLINGS_TO_WRITE: usize = 20;

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/accuracy")
}

fn fillings(write: bool) -> usize {
    match std::env::var("ACCURACY_FILLINGS").map(|text| text.parse()) {
        Ok(Ok(count)) => count,
        _ if write => FILLINGS_TO_WRITE,
        _ => FILLINGS,
    }
}

#[test]
fn recall_and_alarms_keep_their_floors() {
    let write = std::env::var("ACCURACY").is_ok_and(|value| value == "write");
    let fillings = fillings(write);
    let mut cases = case::read_all(&here().join("cases")).unwrap();
    cases.extend(vendors::cases(&here()).unwrap());
    cases.extend(vendors::in_places(&here()).unwrap());
    cases.extend(vendors::from_rules(&here()).unwrap());
    let measured = Measured::of(&cases, fillings);
    let tables = doc::tables(&measured);
    if let Ok(file) = std::env::var("ACCURACY_MISSES") {
        std::fs::write(file, format!("{tables}{}", doc::misses(&cases, &measured))).unwrap();
    }
    if write {
        doc::rewrite(&here().join("../../docs/accuracy.md"), &tables).unwrap();
    }
    let broken = floor::broken(&here().join("floors.toml"), &measured).unwrap();
    assert!(broken.is_empty(), "{}\n{tables}", broken.join("\n"));
}
