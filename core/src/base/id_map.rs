//! A map by numbers that somebody counts up: ids of messages, calls, loads, tablets.
//!
//! In and out O(1), whatever the order, where [`SortedMap`](super::SortedMap) moves what lies between. There is no
//! order to walk in: [`IdMap::iter`] sorts, and [`IdMap::in_any_order`] is for sums and maxima only, since that order
//! is another one after a state was stored and read.

use super::sort::sort_by_key;
use alloc::vec::Vec;
use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Values by id.
#[derive(Clone, Debug)]
pub struct IdMap<V> {
    entries: HashMap<u64, V, FxBuildHasher>,
}

impl<V> Default for IdMap<V> {
    fn default() -> Self {
        Self { entries: HashMap::with_hasher(FxBuildHasher) }
    }
}

impl<V> IdMap<V> {
    /// Puts a value in; returns the one it replaced.
    pub fn insert(&mut self, key: u64, value: V) -> Option<V> {
        self.entries.insert(key, value)
    }

    /// Takes a value out.
    pub fn remove(&mut self, key: &u64) -> Option<V> {
        self.entries.remove(key)
    }

    /// A value.
    pub fn get(&self, key: &u64) -> Option<&V> {
        self.entries.get(key)
    }

    /// A value, to change it.
    pub fn get_mut(&mut self, key: &u64) -> Option<&mut V> {
        self.entries.get_mut(key)
    }

    /// Whether there is a value.
    pub fn contains(&self, key: &u64) -> bool {
        self.entries.contains_key(key)
    }

    /// All entries by id. O(n log n) before the first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&u64, &V)> {
        let mut all: Vec<(&u64, &V)> = self.in_any_order().collect();
        sort_by_key(&mut all, |(id, _)| **id);
        all.into_iter()
    }

    /// All entries in an order that must not matter.
    pub fn in_any_order(&self) -> impl Iterator<Item = (&u64, &V)> {
        self.entries.iter()
    }

    /// Keeps what `keep` says, asked by id. O(n log n).
    pub fn retain(&mut self, mut keep: impl FnMut(&u64, &V) -> bool) {
        let gone: Vec<u64> = self.iter().filter(|(id, value)| !keep(id, value)).map(|(id, _)| *id).collect();
        for id in gone {
            self.remove(&id);
        }
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
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
