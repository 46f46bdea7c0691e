//! Sets of small numbers.

/// A set of targets, one bit each.
#[derive(Clone, Debug, Default)]
pub struct TargetSet(Vec<u64>);

impl TargetSet {
    /// Whether it has `target`.
    pub fn contains(&self, target: u32) -> bool {
        let word = self.0.get(target as usize / 64);
        word.is_some_and(|word| word >> (target % 64) & 1 == 1)
    }

    /// Adds `target`.
    pub(super) fn insert(&mut self, target: u32) {
        let at = target as usize / 64;
        if self.0.len() <= at {
            self.0.resize(at + 1, 0);
        }
        self.0[at] |= 1 << (target % 64);
    }

    /// Takes `target` out.
    pub(super) fn remove(&mut self, target: u32) {
        if let Some(word) = self.0.get_mut(target as usize / 64) {
            *word &= !(1 << (target % 64));
        }
    }

    /// Whether all of `other` is in it.
    pub(super) fn has_all(&self, other: &TargetSet) -> bool {
        let own = self.0.iter().copied().chain(std::iter::repeat(0));
        other
            .0
            .iter()
            .zip(own)
            .all(|(other, own)| other & !own == 0)
    }

    /// Adds all of `other`.
    pub(super) fn add_all(&mut self, other: &TargetSet) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        self.0
            .iter_mut()
            .zip(&other.0)
            .for_each(|(own, other)| *own |= other);
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        let words = (0..).zip(&self.0);
        words.flat_map(|(at, word)| {
            (0..64)
                .filter(move |bit| word >> bit & 1 == 1)
                .map(move |bit| at * 64 + bit)
        })
    }
}

impl FromIterator<u32> for TargetSet {
    fn from_iter<I: IntoIterator<Item = u32>>(targets: I) -> Self {
        let mut set = TargetSet::default();
        targets.into_iter().for_each(|target| set.insert(target));
        set
    }
}
