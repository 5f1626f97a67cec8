//! Changes that are made together.

use super::{KeyRange, KvUse};
use crate::base::SortedMap;
use alloc::vec::Vec;
use serde::{Deserialize, Deserializer, Serialize};

/// What happens to one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Write {
    /// It gets this value.
    Put(Vec<u8>),
    /// It goes.
    Delete,
    /// The integer in it (8 bytes, little endian; absent counts as 0) grows by this, wrapping. Nobody
    /// has read it for that, so two of these never conflict.
    Add(i64),
}

/// Changes, in the form that their order in time comes to: ranges cleared first, then one change per key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteBatch {
    clears: Vec<KeyRange>,
    #[serde(deserialize_with = "in_order")]
    writes: Writes,
}

/// Changes by key: most batches change a few, and those of one kind come in order.
pub(super) type Writes = SortedMap<Vec<u8>, Write>;

/// Reads them in the order of their keys, each once, whatever is stored.
fn in_order<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Writes, D::Error> {
    Vec::deserialize(deserializer).map(|writes| Writes::of(writes.into_iter()))
}

impl WriteBatch {
    /// No change.
    pub const fn new() -> Self {
        Self::within(Writes::EMPTY)
    }

    /// No change, in a list that was used before.
    pub(super) const fn within(writes: Writes) -> Self {
        Self { clears: Vec::new(), writes }
    }

    /// Puts a value.
    pub fn put(&mut self, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.writes.insert(key.into(), Write::Put(value.into()));
    }

    /// Deletes a key.
    pub fn delete(&mut self, key: impl Into<Vec<u8>>) {
        self.writes.insert(key.into(), Write::Delete);
    }

    /// Deletes every key of a range.
    pub fn clear(&mut self, range: KeyRange) {
        if range.is_empty() {
            return;
        }
        self.writes.retain(|key, _| !range.contains(key));
        self.clears.push(range);
    }

    /// Adds to the integer of a key, see [`Write::Add`].
    pub fn add(&mut self, key: impl Into<Vec<u8>>, amount: i64) {
        let key = key.into();
        let is_cleared = self.clears.iter().any(|range| range.contains(&key));
        let nothing = || if is_cleared { Write::Delete } else { Write::Add(0) };
        match self.writes.get_or_insert_with(key, nothing) {
            Write::Add(before) => *before = before.wrapping_add(amount),
            Write::Put(value) => *value = sum(Some(value), amount).into(),
            deleted @ Write::Delete => *deleted = Write::Put(sum(None, amount).into()),
        }
    }

    /// What the batch does to a key; nothing where it leaves it alone.
    pub fn pending(&self, key: &[u8]) -> Option<&Write> {
        if self.is_empty() {
            return None;
        }
        let cleared = || self.clears.iter().any(|range| range.contains(key)).then_some(&Write::Delete);
        self.writes.get(key).or_else(cleared)
    }

    /// Ranges that are cleared before anything else.
    pub fn clears(&self) -> &[KeyRange] {
        &self.clears
    }

    /// The ranges cleared and the changes of single keys, by key, to be carried out.
    pub(super) fn into_parts(self) -> (Vec<KeyRange>, Writes) {
        (self.clears, self.writes)
    }

    /// Changes of single keys, by key.
    pub fn writes(&self) -> impl ExactSizeIterator<Item = (&[u8], &Write)> {
        self.writes.iter().map(|(key, write)| (key.as_slice(), write))
    }

    /// Changes of single keys in a range, by key.
    pub(super) fn writes_in(&self, range: &KeyRange) -> impl DoubleEndedIterator<Item = (&[u8], &Write)> {
        let within = self.writes.between(range.start.as_slice(), range.end.as_deref());
        within.map(|(key, write)| (key.as_slice(), write))
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.clears.is_empty() && self.writes.is_empty()
    }

    /// What applying it counts as.
    pub fn cost(&self) -> KvUse {
        let bytes = |(key, write): &(Vec<u8>, Write)| {
            let value = match write {
                Write::Put(value) => value.len(),
                Write::Delete => 0,
                Write::Add(_) => 8,
            };
            (key.len() + value) as u64
        };
        KvUse {
            keys_written: self.writes.len() as u64,
            bytes_written: self.writes.iter().map(bytes).sum(),
            ranges_cleared: self.clears.len() as u64,
            commits: 1,
            ..KvUse::default()
        }
    }
}

/// A value of eight bytes, added to. What is no integer counts as far as it goes, as in the reference.
pub(super) fn sum(value: Option<&[u8]>, amount: i64) -> [u8; 8] {
    let mut number = [0; 8];
    for (to, from) in number.iter_mut().zip(value.unwrap_or_default()) {
        *to = *from;
    }
    i64::from_le_bytes(number).wrapping_add(amount).to_le_bytes()
}
