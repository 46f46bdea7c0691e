//! What git writes to pre-push and pre-receive, and what people write to `--range`.
#![no_main]
use invoca_scan::blob::BlobId;
use invoca_scan::git::Env;
use invoca_scan::source::range::{View, expression, of_job, pre_push, pre_receive};
use invoca_scan::text::Name;

/// A repository that has every commit whose name is of odd length.
struct Odd;

impl View for Odd {
    fn commit(&self, name: &str) -> Option<BlobId> {
        (name.len() % 2 == 1)
            .then(|| BlobId::from_bytes(&[7; 20]))
            .flatten()
    }
    fn has(&self, id: BlobId) -> bool {
        id.as_bytes()[0] % 2 == 1
    }
    fn contains(&self, commit: BlobId, ancestor: BlobId) -> bool {
        commit == ancestor
    }
    fn refs(&self, prefix: &str) -> Vec<(Name, BlobId)> {
        let id = BlobId::from_bytes(&[7; 20]);
        id.map(|id| (Name::from(prefix), id)).into_iter().collect()
    }
    fn is_shallow(&self) -> bool {
        true
    }
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    let env = Env::of_process();
    for remote in [None, Some("origin")] {
        drop(pre_push(text, remote, &env, &Odd));
    }
    drop(pre_receive(text, &Odd));
    drop(expression(text, &Odd));
    drop(of_job(&env, text, &Odd));
});
