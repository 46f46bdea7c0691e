//! Numbers without pattern for tests, the same every time.

/// Where they stand.
pub(super) struct Noise(pub(super) u32);

impl Noise {
    /// The next number, less than `limit`.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        (self.0 >> 16) as usize % limit
    }

    /// A text of one letter, with another sign in it as often as it may come.
    pub(super) fn text(&mut self, len: usize, sign: u8) -> Vec<u8> {
        let often = self.below(40) + 1;
        let byte = |_| if self.below(often) == 0 { sign } else { b'a' };
        (0..len).map(byte).collect()
    }
}
