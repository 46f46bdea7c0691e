//! Pack indexes: which object stands at which offset. Versions 1 and 2, ids of 20 or 32 bytes.
//!
//! Own code rather than gix-pack: what is needed is two hundred lines with their tests, the crate and what it brings would be the largest part of the
//! build, and its reader maps files (mapped pages count as resident memory).

use std::path::Path;

/// An index in memory. Ids are sorted, as the file has them.
pub(super) struct PackIndex {
    data: Vec<u8>,
    hash_len: usize,
    count: usize,
    version: u8,
}

const FANOUT: usize = 256 * 4;
const V2_HEADER: usize = 8;

impl PackIndex {
    /// Reads the index at `path`.
    ///
    /// # Errors
    /// In words, what is wrong with the file.
    pub(super) fn read(path: &Path, hash_len: usize) -> Result<Self, String> {
        let data = std::fs::read(path).map_err(|error| error.to_string())?;
        PackIndex::parse(data, hash_len)
    }

    /// Takes the content of an index file.
    ///
    /// # Errors
    /// In words, what is wrong with it.
    pub(super) fn parse(data: Vec<u8>, hash_len: usize) -> Result<Self, String> {
        let version = if data.starts_with(b"\xFFtOc") {
            match be32(&data, 4) {
                Some(2) => 2,
                Some(other) => return Err(format!("index version {other} is not known")),
                None => return Err("the index is cut off".to_owned()),
            }
        } else {
            1
        };
        let fanout = if version == 2 { V2_HEADER } else { 0 };
        let counts: Option<Vec<u32>> = (0..256).map(|at| be32(&data, fanout + 4 * at)).collect();
        let counts = counts.ok_or("the index is cut off")?;
        if counts.windows(2).any(|pair| pair[0] > pair[1]) {
            return Err("the index's fan-out table is not in order".to_owned());
        }
        let count = counts.last().copied().unwrap_or(0) as usize;
        let index = PackIndex {
            data,
            hash_len,
            count,
            version,
        };
        if index.tables_end() > index.data.len() {
            return Err("the index is cut off".to_owned());
        }
        let sorted = (1..count).all(|at| index.id(at - 1) <= index.id(at));
        if sorted {
            Ok(index)
        } else {
            Err("the index's ids are not in order".to_owned())
        }
    }

    /// Where the tables of fixed size end.
    fn tables_end(&self) -> usize {
        match self.version {
            1 => FANOUT + self.count * (4 + self.hash_len),
            _ => V2_HEADER + FANOUT + self.count * (self.hash_len + 4 + 4),
        }
    }

    /// Number of objects.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The raw id number `at`, in their order.
    pub(super) fn id(&self, at: usize) -> &[u8] {
        let start = match self.version {
            1 => FANOUT + at * (4 + self.hash_len) + 4,
            _ => V2_HEADER + FANOUT + at * self.hash_len,
        };
        &self.data[start..start + self.hash_len]
    }

    /// The CRC-32 of the bytes that object number `at` has in the pack; `None` in version 1, which has no checksums.
    pub(super) fn crc(&self, at: usize) -> Option<u32> {
        let table = V2_HEADER + FANOUT + self.count * self.hash_len;
        (self.version == 2)
            .then(|| be32(&self.data, table + 4 * at))
            .flatten()
    }

    /// Where object number `at` stands in the pack; `None` where the index is damaged.
    pub(super) fn offset(&self, at: usize) -> Option<u64> {
        if self.version == 1 {
            return be32(&self.data, FANOUT + at * (4 + self.hash_len)).map(u64::from);
        }
        let table = V2_HEADER + FANOUT + self.count * (self.hash_len + 4);
        let short = be32(&self.data, table + 4 * at)?;
        if short & 0x8000_0000 == 0 {
            return Some(u64::from(short));
        }
        let place = self.tables_end() + 8 * (short & 0x7FFF_FFFF) as usize;
        let high = be32(&self.data, place)?;
        let low = be32(&self.data, place + 4)?;
        Some(u64::from(high) << 32 | u64::from(low))
    }
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(four.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version_2(ids: &[[u8; 20]], offsets: &[u32], large: &[u64]) -> Vec<u8> {
        let mut data = b"\xFFtOc\0\0\0\x02".to_vec();
        for first in 0..=255_u8 {
            let count = ids.iter().filter(|id| id[0] <= first).count() as u32;
            data.extend(count.to_be_bytes());
        }
        ids.iter().for_each(|id| data.extend(id));
        ids.iter().for_each(|_| data.extend([0; 4]));
        offsets.iter().for_each(|at| data.extend(at.to_be_bytes()));
        large.iter().for_each(|at| data.extend(at.to_be_bytes()));
        data
    }

    #[test]
    fn finds_small_and_large_offsets() {
        let data = version_2(&[[1; 20], [9; 20]], &[12, 0x8000_0000], &[5 << 32]);
        let index = PackIndex::parse(data, 20).unwrap();
        assert_eq!(index.count(), 2);
        assert_eq!(index.id(1), [9; 20]);
        assert_eq!(index.crc(1), Some(0));
        assert_eq!(
            (index.offset(0), index.offset(1)),
            (Some(12), Some(5 << 32))
        );
    }

    #[test]
    fn reads_version_1() {
        let mut data = Vec::new();
        for first in 0..=255_u32 {
            data.extend(u32::from(first >= 3).to_be_bytes());
        }
        data.extend(77_u32.to_be_bytes());
        data.extend([3; 20]);
        let index = PackIndex::parse(data, 20).unwrap();
        assert_eq!((index.count(), index.offset(0)), (1, Some(77)));
        assert_eq!(index.id(0), [3; 20]);
        assert_eq!(index.crc(0), None);
    }

    #[test]
    fn names_damage() {
        let whole = version_2(&[[1; 20], [9; 20]], &[12, 30], &[]);
        assert!(PackIndex::parse(whole[..whole.len() - 1].to_vec(), 20).is_err());
        let swapped = version_2(&[[9; 20], [1; 20]], &[12, 30], &[]);
        assert!(PackIndex::parse(swapped, 20).is_err());
        let dangling = version_2(&[[1; 20]], &[0x8000_0007], &[]);
        assert_eq!(PackIndex::parse(dangling, 20).unwrap().offset(0), None);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(at in 0..2200_usize, byte: u8) {
            let mut data = version_2(&[[1; 20], [9; 20]], &[12, 0x8000_0000], &[1 << 40]);
            let at = at % data.len();
            data[at] = byte;
            if let Ok(index) = PackIndex::parse(data, 20) {
                (0..index.count()).for_each(|at| { index.offset(at); });
            }
        }
    }
}
