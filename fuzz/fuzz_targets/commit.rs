//! Texts of commits and tags.
#![no_main]
use invoca_scan::attribute::{CommitText, TagText, person_of, time_of};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let id = "1".repeat(40);
    for text in [
        bytes.to_vec(),
        [format!("tree {id}\n").as_bytes(), bytes].concat(),
    ] {
        if let Some(commit) = CommitText::parse(&text) {
            assert!(commit.begin <= text.len() && commit.message <= text.len());
            time_of(commit.author);
            person_of(commit.committer);
            for at in 0..text.len().min(300) {
                CommitText::part(&text, at);
            }
        }
    }
    for text in [
        bytes.to_vec(),
        [format!("object {id}\n").as_bytes(), bytes].concat(),
    ] {
        if let Some(tag) = TagText::parse(&text) {
            assert!(tag.begin <= text.len() && tag.message <= text.len());
        }
    }
});
