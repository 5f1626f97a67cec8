//! A map as a sorted ring: for few entries, or for those that come and go at the ends.
//!
//! Each type of `BTreeMap` is four to eight kilobytes of wasm. Where keys only grow (ids, times,
//! steps), putting in at the back and taking out at the front is faster here; in the middle the
//! shorter side moves.

use alloc::collections::VecDeque;
use serde::{Deserialize, Serialize};

/// Values by key, in order of keys. Stored as a map is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SortedMap<K, V>(VecDeque<(K, V)>);

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<K: Ord, V> SortedMap<K, V> {
    /// Entries in any order; of equal keys the last stays.
    pub fn of(entries: impl Iterator<Item = (K, V)>) -> Self {
        let mut map = Self::default();
        for (key, value) in entries {
            map.insert(key, value);
        }
        map
    }

    fn find(&self, key: &K) -> Result<usize, usize> {
        // New keys are mostly the largest.
        match self.0.back() {
            Some((last, _)) if last < key => Err(self.0.len()),
            _ => self.0.binary_search_by(|(other, _)| other.cmp(key)),
        }
    }

    /// Puts a value in; returns the one it replaced.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find(&key) {
            Ok(at) => Some(core::mem::replace(&mut self.0[at].1, value)),
            Err(at) => {
                self.0.insert(at, (key, value));
                None
            }
        }
    }

    /// Takes a value out.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let at = self.find(key).ok()?;
        self.0.remove(at).map(|(_, value)| value)
    }

    /// A value.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.find(key).ok().map(|at| &self.0[at].1)
    }

    /// A value, to change it.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.find(key).ok().map(|at| &mut self.0[at].1)
    }

    /// The value of a key, made where there is none.
    pub fn get_or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let at = match self.find(&key) {
            Ok(at) => at,
            Err(at) => {
                self.0.insert(at, (key, make()));
                at
            }
        };
        &mut self.0[at].1
    }

    /// Entries whose keys are not larger than `key`, the largest first.
    pub fn down_from<'a>(&'a self, key: &K) -> impl Iterator<Item = &'a (K, V)> + use<'a, K, V> {
        let end = self.find(key).map_or_else(|at| at, |at| at + 1);
        self.0.range(..end).rev()
    }

    /// Takes the first entry out.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        self.0.pop_front()
    }

    /// The first entry.
    pub fn first(&self) -> Option<&(K, V)> {
        self.0.front()
    }

    /// All entries, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &(K, V)> + ExactSizeIterator {
        self.0.iter()
    }

    /// All values, in order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + ExactSizeIterator {
        self.0.iter().map(|(_, value)| value)
    }

    /// All values, in order of their keys.
    pub fn into_values(self) -> impl Iterator<Item = V> {
        self.0.into_iter().map(|(_, value)| value)
    }

    /// Keeps what `keep` says, asked in order.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        self.0.retain(|(key, value)| keep(key, value));
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes everything out.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;
    use alloc::collections::BTreeMap;

    #[test]
    fn does_what_the_standard_map_does() {
        let (mut rng, mut ours, mut theirs) = (Rng::new(3), SortedMap::default(), BTreeMap::new());
        for at in 0..2_000_u64 {
            let key = rng.below(60);
            if rng.below(2) == 0 {
                assert_eq!(ours.insert(key, at), theirs.insert(key, at));
            } else {
                assert_eq!(ours.remove(&key), theirs.remove(&key));
            }
            assert_eq!(ours.first().copied(), theirs.first_key_value().map(|(key, at)| (*key, *at)));
            assert!(
                ours.down_from(&key)
                    .map(|entry| entry.0)
                    .eq(theirs.range(..=key).rev().map(|entry| *entry.0))
            );
            assert!(ours.values().eq(theirs.values()));
        }
    }
}
