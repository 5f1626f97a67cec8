//! A map by numbers that somebody counts up: ids of messages, calls, loads, tablets.
//!
//! ```text
//! cells    [·|7→2|·|9→0|8→1|·|·|·]        which place holds a key: a multiply, a shift, a short walk
//! values   [v9][v8][v7]                   where they lie; places that became free are used again
//! ```
//!
//! In and out O(1), whatever the order, where [`SortedMap`](super::SortedMap) moves what lies between. There is no
//! order to walk in: [`IdMap::iter`] sorts, and [`IdMap::in_any_order`] is for sums and maxima only, since the order
//! of places is another one after a state was stored and read.

use super::sort::sort_by_key;
use alloc::vec::Vec;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// No place.
const NONE: u32 = u32::MAX;
/// Cells of a map with few entries.
const FEW: usize = 8;

#[derive(Clone, Copy, Debug)]
struct CellOf {
    key: u64,
    place: u32,
}

const EMPTY: CellOf = CellOf { key: 0, place: NONE };

/// Values by id.
#[derive(Clone, Debug)]
pub struct IdMap<V> {
    /// A power of two of them, or none; at most half hold something.
    cells: Vec<CellOf>,
    /// Key and value by place.
    values: Vec<Option<(u64, V)>>,
    free: Vec<u32>,
}

impl<V> Default for IdMap<V> {
    fn default() -> Self {
        Self { cells: Vec::new(), values: Vec::new(), free: Vec::new() }
    }
}

impl<V> IdMap<V> {
    /// Where a key belongs: neighbours are spread evenly (the golden ratio of 2^64).
    const fn home(&self, key: u64) -> usize {
        (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & (self.cells.len() - 1)
    }

    /// The cell of a key.
    fn cell(&self, key: u64) -> Option<usize> {
        if self.cells.is_empty() {
            return None;
        }
        let mut at = self.home(key);
        loop {
            let cell = self.cells[at];
            if cell.place == NONE {
                return None;
            }
            if cell.key == key {
                return Some(at);
            }
            at = (at + 1) & (self.cells.len() - 1);
        }
    }

    fn put(&mut self, cell: CellOf) {
        let mut at = self.home(cell.key);
        while self.cells[at].place != NONE {
            at = (at + 1) & (self.cells.len() - 1);
        }
        self.cells[at] = cell;
    }

    fn grow(&mut self) {
        let wider = (self.cells.len() * 2).max(FEW);
        let before = core::mem::replace(&mut self.cells, alloc::vec![EMPTY; wider]);
        for cell in before.into_iter().filter(|cell| cell.place != NONE) {
            self.put(cell);
        }
    }

    /// Puts a value in; returns the one it replaced.
    pub fn insert(&mut self, key: u64, value: V) -> Option<V> {
        if let Some(there) = self.get_mut(&key) {
            return Some(core::mem::replace(there, value));
        }
        if (self.len() + 1) * 2 > self.cells.len() {
            self.grow();
        }
        let place = if let Some(place) = self.free.pop() {
            self.values[place as usize] = Some((key, value));
            place
        } else {
            self.values.push(Some((key, value)));
            self.values.len() as u32 - 1
        };
        self.put(CellOf { key, place });
        None
    }

    /// Takes a value out.
    pub fn remove(&mut self, key: &u64) -> Option<V> {
        let mut hole = self.cell(*key)?;
        let place = self.cells[hole].place;
        let last = self.cells.len() - 1;
        // What walked past the hole moves up into it.
        let mut at = hole;
        loop {
            at = (at + 1) & last;
            let cell = self.cells[at];
            if cell.place == NONE {
                break;
            }
            let walked = at.wrapping_sub(self.home(cell.key)) & last;
            if walked >= (at.wrapping_sub(hole) & last) {
                self.cells[hole] = cell;
                hole = at;
            }
        }
        self.cells[hole] = EMPTY;
        self.free.push(place);
        self.values[place as usize].take().map(|(_, value)| value)
    }

    /// A value.
    pub fn get(&self, key: &u64) -> Option<&V> {
        let place = self.cells[self.cell(*key)?].place;
        self.values[place as usize].as_ref().map(|(_, value)| value)
    }

    /// A value, to change it.
    pub fn get_mut(&mut self, key: &u64) -> Option<&mut V> {
        let place = self.cells[self.cell(*key)?].place;
        self.values[place as usize].as_mut().map(|(_, value)| value)
    }

    /// Whether there is a value.
    pub fn contains(&self, key: &u64) -> bool {
        self.cell(*key).is_some()
    }

    /// All entries by id. O(n log n) before the first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&u64, &V)> {
        let mut all: Vec<(&u64, &V)> = self.in_any_order().collect();
        sort_by_key(&mut all, |(id, _)| **id);
        all.into_iter()
    }

    /// All entries in an order that must not matter.
    pub fn in_any_order(&self) -> impl Iterator<Item = (&u64, &V)> {
        self.values.iter().flatten().map(|(id, value)| (id, value))
    }

    /// Keeps what `keep` says, asked by id. O(n log n).
    pub fn retain(&mut self, mut keep: impl FnMut(&u64, &V) -> bool) {
        let gone: Vec<u64> = self.iter().filter(|(id, value)| !keep(id, value)).map(|(id, _)| *id).collect();
        for id in gone {
            self.remove(&id);
        }
    }

    /// Number of entries.
    pub const fn len(&self) -> usize {
        self.values.len() - self.free.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes everything out.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

impl<V: PartialEq> PartialEq for IdMap<V> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.in_any_order().all(|(id, value)| other.get(id) == Some(value))
    }
}

impl<V: Eq> Eq for IdMap<V> {}

/// Stored as entries by id.
impl<V: Serialize> Serialize for IdMap<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for IdMap<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries: Vec<(u64, V)> = Deserialize::deserialize(deserializer)?;
        let mut map = Self::default();
        for (id, value) in entries {
            map.insert(id, value);
        }
        Ok(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;
    use alloc::collections::BTreeMap;

    #[test]
    fn does_what_the_standard_map_does() {
        let (mut rng, mut ours, mut theirs) = (Rng::new(5), IdMap::default(), BTreeMap::new());
        for at in 0..6_000_u64 {
            // Ids that rise, as they do, and some that lie a multiple of the width apart.
            let key = if rng.below(2) == 0 { at / 3 + rng.below(50) } else { rng.below(40) << rng.below(40) };
            if rng.below(5) < 3 {
                assert_eq!(ours.insert(key, at), theirs.insert(key, at));
            } else {
                assert_eq!(ours.remove(&key), theirs.remove(&key));
            }
            assert_eq!((ours.get(&key), ours.len()), (theirs.get(&key), theirs.len()));
            if at % 500 == 0 {
                ours.retain(|id, _| id % 3 != 0);
                theirs.retain(|id, _| id % 3 != 0);
                assert!(ours.iter().eq(theirs.iter()));
                let bytes = postcard::to_allocvec(&ours).expect("plain data");
                assert_eq!(postcard::from_bytes::<IdMap<u64>>(&bytes).expect("just written"), ours);
            }
        }
    }
}
