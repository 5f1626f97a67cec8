//! Changes that are made together.
//!
//! ```text
//! bytes    [key│value][key][key│value] …     one piece of memory, which the next batch uses again
//! writes   k1 put    k3 delete   k9 put      by key: places in it
//! ```

use super::sorted_bytes::compare;
use super::{KeyRange, KvUse};
use alloc::vec::Vec;
use core::ops::Range;
use serde::{Deserialize, Serialize};

/// What happens to one key; `V` is its value: the bytes where it is shown, or where they lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Write<V> {
    /// It gets this value.
    Put(V),
    /// It goes.
    Delete,
    /// The integer in it (8 bytes, little endian; absent counts as 0) grows by this, wrapping. Nobody
    /// has read it for that, so two of these never conflict.
    Add(i64),
}

impl<V> Write<V> {
    fn map<T>(self, to: impl FnOnce(V) -> T) -> Write<T> {
        match self {
            Self::Put(value) => Write::Put(to(value)),
            Self::Delete => Write::Delete,
            Self::Add(amount) => Write::Add(amount),
        }
    }
}

/// A change: where its key begins, how long that is, and how long the value behind it.
#[derive(Clone, Copy, Debug)]
struct Record {
    at: u32,
    key: u32,
    write: Write<u32>,
}

impl Record {
    const fn key(&self) -> Range<usize> {
        self.at as usize..self.at as usize + self.key as usize
    }

    fn write<'a>(&self, bytes: &'a [u8]) -> Write<&'a [u8]> {
        self.write.map(|value| &bytes[self.key().end..][..value as usize])
    }
}

/// Changes, in the form that their order in time comes to: ranges cleared first, then one change per key. Panics where
/// keys and values come to more than 4 GiB.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct WriteBatch {
    clears: Vec<KeyRange>,
    bytes: Vec<u8>,
    /// By key. Most batches change a few, and those of one kind come in order.
    writes: Vec<Record>,
}

/// How it is stored.
#[derive(Serialize, Deserialize)]
#[serde(rename = "WriteBatch")]
struct Stored {
    clears: Vec<KeyRange>,
    writes: Vec<(Vec<u8>, Write<Vec<u8>>)>,
}

impl From<WriteBatch> for Stored {
    fn from(batch: WriteBatch) -> Self {
        let writes = batch.writes().map(|(key, write)| (key.to_vec(), write.map(<[u8]>::to_vec))).collect();
        Self { clears: batch.clears, writes }
    }
}

/// Whatever is stored: in the order of its keys, of equal ones the last.
impl From<Stored> for WriteBatch {
    fn from(stored: Stored) -> Self {
        let mut batch = Self { clears: stored.clears, ..Self::new() };
        for (key, write) in &stored.writes {
            let write = match write {
                Write::Put(value) => Write::Put(value.as_slice()),
                Write::Delete => Write::Delete,
                Write::Add(amount) => Write::Add(*amount),
            };
            batch.set(batch.place(key), key, write);
        }
        batch
    }
}

impl WriteBatch {
    /// No change.
    pub const fn new() -> Self {
        Self { clears: Vec::new(), bytes: Vec::new(), writes: Vec::new() }
    }

    fn key(&self, record: &Record) -> &[u8] {
        &self.bytes[record.key()]
    }

    /// Where a key is, or would be.
    fn place(&self, key: &[u8]) -> Result<usize, usize> {
        match self.writes.last() {
            Some(last) if compare(self.key(last), key).is_ge() => {
                self.writes.binary_search_by(|record| compare(self.key(record), key))
            }
            _ => Err(self.writes.len()),
        }
    }

    /// Says what happens to a key. What was said of it before is replaced; its bytes stay unused.
    fn set(&mut self, place: Result<usize, usize>, key: &[u8], write: Write<&[u8]>) {
        let at = self.bytes.len() as u32;
        self.bytes.extend_from_slice(key);
        if let Write::Put(value) = write {
            self.bytes.extend_from_slice(value);
        }
        assert!(u32::try_from(self.bytes.len()).is_ok(), "a batch of more than 4 GiB");
        let record = Record { at, key: key.len() as u32, write: write.map(|value| value.len() as u32) };
        match place {
            Ok(at) => self.writes[at] = record,
            Err(at) => self.writes.insert(at, record),
        }
    }

    /// Puts a value.
    pub fn put(&mut self, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        let key = key.as_ref();
        self.set(self.place(key), key, Write::Put(value.as_ref()));
    }

    /// Deletes a key.
    pub fn delete(&mut self, key: impl AsRef<[u8]>) {
        let key = key.as_ref();
        self.set(self.place(key), key, Write::Delete);
    }

    /// Deletes every key of a range.
    pub fn clear(&mut self, range: KeyRange) {
        if range.is_empty() {
            return;
        }
        let Self { bytes, writes, .. } = self;
        writes.retain(|record| !range.contains(&bytes[record.key()]));
        self.clears.push(range);
    }

    /// Adds to the integer of a key, see [`Write::Add`].
    pub fn add(&mut self, key: impl AsRef<[u8]>, amount: i64) {
        let key = key.as_ref();
        let place = self.place(key);
        let value;
        let write = match self.pending_at(place, key) {
            None => Write::Add(amount),
            Some(Write::Add(before)) => Write::Add(before.wrapping_add(amount)),
            Some(Write::Put(before)) => {
                value = sum(Some(before), amount);
                Write::Put(value.as_slice())
            }
            Some(Write::Delete) => {
                value = sum(None, amount);
                Write::Put(value.as_slice())
            }
        };
        self.set(place, key, write);
    }

    /// What the batch does to a key; nothing where it leaves it alone.
    pub fn pending(&self, key: &[u8]) -> Option<Write<&[u8]>> {
        if self.is_empty() {
            return None;
        }
        self.pending_at(self.place(key), key)
    }

    fn pending_at(&self, place: Result<usize, usize>, key: &[u8]) -> Option<Write<&[u8]>> {
        let cleared = || self.clears.iter().any(|range| range.contains(key)).then_some(Write::Delete);
        place.ok().map(|at| self.writes[at].write(&self.bytes)).or_else(cleared)
    }

    /// Ranges that are cleared before anything else.
    pub fn clears(&self) -> &[KeyRange] {
        &self.clears
    }

    fn shown<'a>(
        &'a self,
        records: &'a [Record],
    ) -> impl DoubleEndedIterator<Item = (&'a [u8], Write<&'a [u8]>)> {
        records.iter().map(|record| (self.key(record), record.write(&self.bytes)))
    }

    /// Changes of single keys, by key.
    pub fn writes(&self) -> impl DoubleEndedIterator<Item = (&[u8], Write<&[u8]>)> {
        self.shown(&self.writes)
    }

    /// Changes of single keys in a range, by key.
    pub(super) fn writes_in(
        &self,
        range: &KeyRange,
    ) -> impl DoubleEndedIterator<Item = (&[u8], Write<&[u8]>)> {
        let place = |key: &[u8]| self.place(key).unwrap_or_else(|at| at);
        let from = place(&range.start);
        let until = range.end.as_deref().map_or(self.writes.len(), place);
        self.shown(&self.writes[from..until.max(from)])
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.clears.is_empty() && self.writes.is_empty()
    }

    /// Changes nothing again; its memory stays.
    pub(super) fn reset(&mut self) {
        self.clears.clear();
        self.bytes.clear();
        self.writes.clear();
    }

    /// What applying it counts as.
    pub fn cost(&self) -> KvUse {
        let bytes = |record: &Record| {
            let value = match record.write {
                Write::Put(value) => value,
                Write::Delete => 0,
                Write::Add(_) => 8,
            };
            u64::from(record.key) + u64::from(value)
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

/// The same changes, however they came about.
impl PartialEq for WriteBatch {
    fn eq(&self, other: &Self) -> bool {
        self.clears == other.clears && self.writes().eq(other.writes())
    }
}

impl Eq for WriteBatch {}

/// A value of eight bytes, added to. What is no integer counts as far as it goes, as in the reference.
pub(super) fn sum(value: Option<&[u8]>, amount: i64) -> [u8; 8] {
    let mut number = [0; 8];
    for (to, from) in number.iter_mut().zip(value.unwrap_or_default()) {
        *to = *from;
    }
    i64::from_le_bytes(number).wrapping_add(amount).to_le_bytes()
}
