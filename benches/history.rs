//! The audit of a whole history against git's own reading of every object.
//!
//! `cargo bench --bench history -- generate SOURCES REPOSITORY [COMMITS [FILES]]` makes a history; `… -- read REPOSITORY` decodes every object of it.

// A benchmark talks to whoever runs it.
#![allow(clippy::print_stdout)]

#[path = "history/generate.rs"]
mod generate;

use generate::{Plan, generate};
use invoca_scan::source::history::{Damage, Derived, Kind, Object, Store, Visit, traverse};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["generate", sources, repository, ref rest @ ..] => {
            let number = |at: usize, otherwise| {
                rest.get(at)
                    .map_or(otherwise, |text| text.parse().expect("a number"))
            };
            let plan = Plan {
                sources: PathBuf::from(sources),
                commits: number(0, 5_000),
                files: number(1, 1_400),
                secrets: 300,
                seed: 1,
            };
            generate(&plan, Path::new(repository)).expect("the history can be written");
        }
        ["read", repository] => read(Path::new(repository)),
        _ => println!("usage: generate SOURCES REPOSITORY [COMMITS [FILES]] | read REPOSITORY"),
    }
}

#[derive(Default)]
struct Count {
    objects: AtomicU64,
    bytes: AtomicU64,
    fresh: AtomicU64,
    failed: AtomicU64,
}

impl Visit for Count {
    type Known = ();

    fn object(&self, object: Object<'_>, base: Option<Derived<'_, ()>>) {
        self.objects.fetch_add(1, Relaxed);
        self.bytes.fetch_add(object.bytes.len() as u64, Relaxed);
        let copied: usize = base.map_or(0, |base| base.copies.iter().map(|piece| piece.len).sum());
        self.fresh
            .fetch_add((object.bytes.len() - copied) as u64, Relaxed);
    }

    fn failed(&self, _number: u32, _damage: &Damage) {
        self.failed.fetch_add(1, Relaxed);
    }

    fn interrupted(&self) -> bool {
        false
    }
}

fn read(repository: &Path) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let begin = Instant::now();
    let objects = [repository.join("objects"), repository.join(".git/objects")];
    let dir = objects
        .into_iter()
        .find(|dir| dir.is_dir())
        .expect("a repository");
    let store = Store::open(&[dir], 20);
    println!(
        "open: {} objects, {:?}, {:?}",
        store.len(),
        begin.elapsed(),
        store.problems()
    );
    for kinds in [&[Kind::Blob][..], &[Kind::Tree], &[Kind::Commit, Kind::Tag]] {
        let begin = Instant::now();
        let count = Count::default();
        traverse(&store, kinds, &count, threads);
        println!(
            "{kinds:?}: {} objects, {} failed, {:.1} MB, {:.1} MB of them new, {:?}",
            count.objects.into_inner(),
            count.failed.into_inner(),
            count.bytes.into_inner() as f64 / 1e6,
            count.fresh.into_inner() as f64 / 1e6,
            begin.elapsed()
        );
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!(
        "{}",
        status
            .lines()
            .find(|line| line.starts_with("VmHWM"))
            .unwrap_or_default()
    );
}
