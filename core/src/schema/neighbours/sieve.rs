//! SIEVE: a queue, one bit an entry, and a hand that stays where it was.
//!
//! ```text
//! newest  d c· b a·  oldest       · visited
//!               ^ hand: clears bits on its way to the newest, evicts the first without one
//! ```
//!
//! A hit sets a bit and moves nothing, so that readers need no lock on the queue. Source: `TiDB`
//! infoschema v2; Zhang et al., NSDI 2024.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Entries with a strict limit on their number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SieveCache {
    capacity: usize,
    /// Place in the queue, growing with time.
    place: BTreeMap<i64, u64>,
    /// Key, value, visited; the smallest place is the oldest.
    queue: BTreeMap<u64, (i64, i64, bool)>,
    hand: Option<u64>,
    next: u64,
}

impl SieveCache {
    /// An empty cache.
    pub const fn new(capacity: usize) -> Self {
        Self { capacity, place: BTreeMap::new(), queue: BTreeMap::new(), hand: None, next: 0 }
    }

    /// Entries.
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether a key is there; no side effect.
    pub fn contains(&self, key: i64) -> bool {
        self.place.contains_key(&key)
    }

    /// The value of a key, which has been visited then.
    pub fn get(&mut self, key: i64) -> Option<i64> {
        let entry = self.queue.get_mut(self.place.get(&key)?)?;
        entry.2 = true;
        Some(entry.1)
    }

    /// Puts a value; tells which keys had to go before.
    pub fn set(&mut self, key: i64, value: i64) -> Vec<i64> {
        if let Some(entry) = self.place.get(&key).and_then(|place| self.queue.get_mut(place)) {
            (entry.1, entry.2) = (value, true);
            return Vec::new();
        }
        if self.capacity == 0 {
            return Vec::new();
        }
        let evicted = self.shrink(self.capacity - 1);
        self.place.insert(key, self.next);
        self.queue.insert(self.next, (key, value, false));
        self.next += 1;
        evicted
    }

    /// Takes a key out; the hand goes on from it. Tells whether it was there.
    pub fn remove(&mut self, key: i64) -> bool {
        let Some(place) = self.place.remove(&key) else { return false };
        self.take(place);
        true
    }

    /// Takes everything out.
    pub fn purge(&mut self) {
        *self = Self::new(self.capacity);
    }

    /// Sets the limit; tells which keys had to go.
    pub fn set_capacity(&mut self, capacity: usize) -> Vec<i64> {
        self.capacity = capacity;
        self.shrink(capacity)
    }

    fn shrink(&mut self, to: usize) -> Vec<i64> {
        let mut evicted = Vec::new();
        while self.queue.len() > to {
            let Some(key) = self.evict() else { break };
            evicted.push(key);
        }
        evicted
    }

    fn evict(&mut self) -> Option<i64> {
        let mut at = self.hand.or_else(|| Some(*self.queue.first_key_value()?.0))?;
        loop {
            let entry = self.queue.get_mut(&at)?;
            if !entry.2 {
                break;
            }
            entry.2 = false;
            at = self.newer(at).or_else(|| Some(*self.queue.first_key_value()?.0))?;
        }
        let (key, _, _) = *self.queue.get(&at)?;
        self.hand = Some(at);
        self.place.remove(&key);
        self.take(at);
        Some(key)
    }

    fn newer(&self, place: u64) -> Option<u64> {
        self.queue.range(place + 1..).next().map(|(&place, _)| place)
    }

    fn take(&mut self, place: u64) {
        if self.hand == Some(place) {
            self.hand = self.newer(place);
        }
        self.queue.remove(&place);
    }
}
