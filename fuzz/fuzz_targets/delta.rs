//! Deltas: they are refused or make what they say, and their copies are copies.
#![no_main]
use invoca_scan::source::history::raw;

libfuzzer_sys::fuzz_target!(|input: (&[u8], &[u8], bool)| {
    let (base, instructions, sized) = input;
    let base = &base[..base.len().min(0x3FFF)];
    let mut delta = Vec::new();
    if sized {
        delta.extend([base.len() as u8 | 0x80, (base.len() >> 7) as u8]);
    }
    delta.extend(instructions);
    if let Some((out, copies)) = raw::delta(base, &delta, 1 << 20) {
        assert!(out.len() <= 1 << 20);
        for copy in copies {
            assert_eq!(
                out[copy.child..copy.child + copy.len],
                base[copy.base..copy.base + copy.len]
            );
        }
    }
});
