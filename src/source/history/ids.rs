//! All object ids of a repository, sorted: an object's *number* is its place in this table. Numbers are what the rest of the history code
//! works with; ids are looked up when something is shown.

use crate::blob::BlobId;

/// Sorted ids, one after the other.
#[derive(Debug, Default)]
pub(super) struct Ids {
    bytes: Vec<u8>,
    width: usize,
    /// For each first byte the number of ids that begin with it or a smaller one.
    fanout: Vec<u32>,
}

impl Ids {
    /// A table for ids of `width` bytes.
    pub(super) fn new(width: usize) -> Self {
        Ids {
            bytes: Vec::new(),
            width,
            fanout: vec![0; 256],
        }
    }

    /// Adds `id`, which must not be smaller than the one added last; its number. The same id twice has the same number.
    pub(super) fn push(&mut self, id: &[u8]) -> u32 {
        if !self.bytes.ends_with(id) || self.bytes.is_empty() {
            self.bytes.extend_from_slice(id);
            if let Some(count) = self.fanout.get_mut(usize::from(id[0])) {
                *count = (self.bytes.len() / self.width) as u32;
            }
        }
        self.len() - 1
    }

    /// Ends the adding.
    pub(super) fn finish(&mut self) {
        self.bytes.shrink_to_fit();
        for first in 1..self.fanout.len() {
            self.fanout[first] = self.fanout[first].max(self.fanout[first - 1]);
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> u32 {
        (self.bytes.len() / self.width) as u32
    }

    /// The raw id with this number.
    pub(super) fn raw(&self, number: u32) -> &[u8] {
        let start = number as usize * self.width;
        &self.bytes[start..start + self.width]
    }

    /// The id with this number.
    pub(super) fn id(&self, number: u32) -> BlobId {
        BlobId::from_bytes(self.raw(number)).expect("the width of ids is 20 or 32")
    }

    /// The number of `id`.
    pub(super) fn find(&self, id: &[u8]) -> Option<u32> {
        let first = usize::from(*id.first()?);
        if id.len() != self.width {
            return None;
        }
        let mut low = first.checked_sub(1).map_or(0, |at| self.fanout[at]);
        let mut high = self.fanout[first];
        // Ids are as if drawn by lot, so that the bytes behind the first tell about where one must be: a few narrow bounds around that are tried before
        // the whole is cut in halves.
        let share = u32::from_be_bytes([id[1], id[2], id[3], id[4]]);
        let guess = low + ((u64::from(high - low) * u64::from(share)) >> 32) as u32;
        let near = 16 + 2 * (high - low).isqrt();
        let (least, most) = (guess.saturating_sub(near), guess.saturating_add(near));
        if least > low && self.raw(least) <= id {
            low = least;
        }
        if most < high && self.raw(most) > id {
            high = most;
        }
        while low < high {
            let middle = low + (high - low) / 2;
            match self.raw(middle).cmp(id) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_each_of_many_whether_they_are_spread_or_crowded() {
        for crowded in [0, 0xFF00, 0xFFFF_FF00] {
            let id = |number: u32| {
                let mut id = [7; 20];
                let head = number.wrapping_mul(0x9E37_79B1) & !crowded;
                id[..4].copy_from_slice(&head.to_be_bytes());
                id[4..8].copy_from_slice(&number.to_be_bytes());
                id
            };
            let mut all: Vec<[u8; 20]> = (0..5000).map(|at| id(2 * at)).collect();
            all.sort_unstable();
            let mut ids = Ids::new(20);
            for id in &all {
                ids.push(id);
            }
            ids.finish();
            for (number, id) in (0..).zip(&all) {
                assert_eq!(ids.find(id), Some(number));
            }
            assert!((0..5000).all(|at| ids.find(&id(2 * at + 1)).is_none()));
        }
    }

    #[test]
    fn finds_what_was_added() {
        let mut ids = Ids::new(20);
        let all: Vec<[u8; 20]> = [0, 1, 1, 7, 255].map(|byte| [byte; 20]).to_vec();
        let numbers: Vec<u32> = all.iter().map(|id| ids.push(id)).collect();
        ids.finish();
        assert_eq!(numbers, [0, 1, 1, 2, 3]);
        for (id, number) in all.iter().zip(&numbers) {
            assert_eq!(ids.find(id), Some(*number));
        }
        assert_eq!(ids.find(&[6; 20]), None);
        assert_eq!(ids.find(&[7; 32]), None);
        assert_eq!(ids.id(2).as_bytes(), [7; 20]);
    }
}
