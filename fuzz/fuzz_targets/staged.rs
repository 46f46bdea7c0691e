//! Two versions of a file: the line diff puts the new one together again, and looking at what is fresh finds what looking at everything finds.
#![no_main]
use invoca_scan::git::{compare_lines, fresh_in_all};
use invoca_scan_fuzz::derived_is_whole;

libfuzzer_sys::fuzz_target!(|input: (&[u8], &[u8], &[u8])| {
    let (old, other, new) = input;
    let compared = compare_lines(old, new);
    let mut len = compared.copies.iter().map(|copy| copy.len).sum::<usize>();
    len += compared.fresh.iter().map(|span| span.len()).sum::<usize>();
    assert_eq!(len, new.len());
    derived_is_whole(old, new, &compared.copies);
    let second = compare_lines(other, new);
    fresh_in_all(&[&compared.fresh, &second.fresh]);
});
