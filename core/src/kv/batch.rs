//! Changes that are made together.

use super::{KeyRange, KvUse};
use alloc::collections::BTreeMap;
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
    /// By key. A list, since most batches change a few keys, and those of one kind come in order; a change in between
    /// moves what is behind it.
    #[serde(deserialize_with = "in_order")]
    writes: Vec<(Vec<u8>, Write)>,
}

/// Reads a list in the order of its keys, each once, whatever is stored.
fn in_order<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(Vec<u8>, Write)>, D::Error> {
    BTreeMap::deserialize(deserializer).map(|writes| writes.into_iter().collect())
}

impl WriteBatch {
    /// No change.
    pub const fn new() -> Self {
        Self { clears: Vec::new(), writes: Vec::new() }
    }

    /// No change, in a list that was used before.
    pub(super) const fn within(writes: Vec<(Vec<u8>, Write)>) -> Self {
        Self { clears: Vec::new(), writes }
    }

    /// Where a key is, or would be.
    fn place(&self, key: &[u8]) -> Result<usize, usize> {
        match self.writes.last() {
            Some((last, _)) if last.as_slice() >= key => {
                self.writes.binary_search_by(|(known, _)| known.as_slice().cmp(key))
            }
            _ => Err(self.writes.len()),
        }
    }

    fn set(&mut self, key: Vec<u8>, write: Write) {
        match self.place(&key) {
            Ok(at) => self.writes[at].1 = write,
            Err(at) => self.writes.insert(at, (key, write)),
        }
    }

    /// Puts a value.
    pub fn put(&mut self, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.set(key.into(), Write::Put(value.into()));
    }

    /// Deletes a key.
    pub fn delete(&mut self, key: impl Into<Vec<u8>>) {
        self.set(key.into(), Write::Delete);
    }

    /// Deletes every key of a range.
    pub fn clear(&mut self, range: KeyRange) {
        if range.is_empty() {
            return;
        }
        self.writes.retain(|(key, _)| !range.contains(key));
        self.clears.push(range);
    }

    /// Adds to the integer of a key, see [`Write::Add`].
    pub fn add(&mut self, key: impl Into<Vec<u8>>, amount: i64) {
        let key = key.into();
        match self.place(&key) {
            Err(at) => {
                let is_cleared = self.clears.iter().any(|range| range.contains(&key));
                let write =
                    if is_cleared { Write::Put(sum(None, amount).into()) } else { Write::Add(amount) };
                self.writes.insert(at, (key, write));
            }
            Ok(at) => match &mut self.writes[at].1 {
                Write::Add(before) => *before = before.wrapping_add(amount),
                Write::Put(value) => *value = sum(Some(value), amount).into(),
                deleted @ Write::Delete => *deleted = Write::Put(sum(None, amount).into()),
            },
        }
    }

    /// What the batch does to a key; nothing where it leaves it alone.
    pub fn pending(&self, key: &[u8]) -> Option<&Write> {
        if self.is_empty() {
            return None;
        }
        let cleared = || self.clears.iter().any(|range| range.contains(key)).then_some(&Write::Delete);
        self.place(key).ok().map(|at| &self.writes[at].1).or_else(cleared)
    }

    /// Ranges that are cleared before anything else.
    pub fn clears(&self) -> &[KeyRange] {
        &self.clears
    }

    /// The ranges cleared and the changes of single keys, by key, to be carried out.
    pub(super) fn into_parts(self) -> (Vec<KeyRange>, Vec<(Vec<u8>, Write)>) {
        (self.clears, self.writes)
    }

    /// Changes of single keys, by key.
    pub fn writes(&self) -> impl ExactSizeIterator<Item = (&[u8], &Write)> {
        self.writes.iter().map(|(key, write)| (key.as_slice(), write))
    }

    /// Changes of single keys in a range, by key.
    pub(super) fn writes_in(&self, range: &KeyRange) -> impl DoubleEndedIterator<Item = (&[u8], &Write)> {
        let from = self.writes.partition_point(|(key, _)| *key < range.start);
        let within = self.writes[from..].partition_point(|(key, _)| range.contains(key));
        self.writes[from..from + within].iter().map(|(key, write)| (key.as_slice(), write))
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
