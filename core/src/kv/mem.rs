//! The store in memory.

use super::batch;
use super::sorted_bytes::SortedBytes;
use super::{Conflict, Flow, KeyRange, KvUse, Order, OrderedKv, Transaction, Write, WriteBatch};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::cell::Cell;
use core::cmp::Ordering;
use either::Either;
use serde::{Deserialize, Serialize};

/// The number of commits before a moment; the state after that many commits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CommitVersion(pub u64);

/// What a key held until a commit changed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Former {
    changed_at: CommitVersion,
    value: Option<Vec<u8>>,
}

/// An ordered map with snapshots.
///
/// The newest value of each key lies in one map. Only while transactions are open, a second one keeps
/// what changed since the oldest of them began: snapshots and conflicts are both answered from it, and
/// it is empty when none is open. Reads O(log n), or O(log n + changes of the key) in a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemKv {
    newest: SortedBytes,
    former: BTreeMap<Vec<u8>, Vec<Former>>,
    /// How many transactions began at each version.
    open: BTreeMap<CommitVersion, u32>,
    version: CommitVersion,
    bytes: u64,
    used: Cell<KvUse>,
    /// An empty batch with the memory of others, for the next transaction.
    #[serde(skip)]
    spare: WriteBatch,
}

impl MemKv {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of keys.
    pub const fn len(&self) -> usize {
        self.newest.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.newest.is_empty()
    }

    /// Bytes of all keys and values; what is kept for open transactions is not in it.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many commits there were.
    pub const fn version(&self) -> CommitVersion {
        self.version
    }

    /// How many transactions are open.
    pub fn open_count(&self) -> u64 {
        self.open.values().map(|&count| u64::from(count)).sum()
    }

    /// How many former values are kept for them.
    pub fn former_count(&self) -> usize {
        self.former.values().map(Vec::len).sum()
    }

    /// Opens a transaction on what is there now.
    pub fn begin(&mut self) -> Transaction {
        *self.open.entry(self.version).or_default() += 1;
        Transaction::new(self.version)
    }

    /// A transaction on what is there now that nothing is kept for: it may read until the next commit.
    pub const fn look(&self) -> Transaction {
        Transaction::new(self.version)
    }

    /// Reads that shall not be counted: those of checkers and screens.
    pub fn uncounted<T>(&self, work: impl FnOnce() -> T) -> T {
        let used = self.used.get();
        let result = work();
        self.used.set(used);
        result
    }

    /// Ends a transaction, with its writes made in one commit. One that only read commits nothing and
    /// is never refused.
    ///
    /// # Errors
    /// Something that it read has changed since it began; nothing is written. It is over all the same.
    pub fn commit(&mut self, transaction: Transaction) -> Result<CommitVersion, Conflict> {
        let found = if transaction.batch.is_empty() { None } else { self.first_conflict(&transaction) };
        self.close(transaction.began_at);
        match found {
            Some(conflict) => Err(conflict),
            None if transaction.batch.is_empty() => Ok(transaction.began_at),
            None => {
                self.carry_out(&transaction.batch);
                Ok(self.version)
            }
        }
    }

    /// Ends a transaction without its writes.
    pub fn abandon(&mut self, transaction: Transaction) {
        self.close(transaction.began_at);
    }

    fn first_conflict(&self, transaction: &Transaction) -> Option<Conflict> {
        let began_at = transaction.began_at;
        let in_range = |range: &KeyRange| {
            let changed = self.former.range::<[u8], _>(range.bounds());
            let newest = changed.filter_map(|(key, former)| Some((key, former.last()?.changed_at)));
            newest.into_iter().find(|&(_, changed_at)| changed_at > began_at)
        };
        let (key, changed_at) = transaction.reads.iter().filter_map(in_range).min()?;
        Some(Conflict { key: key.clone(), changed_at, began_at })
    }

    fn close(&mut self, began_at: CommitVersion) {
        let Some(count) = self.open.get_mut(&began_at) else { return };
        *count -= 1;
        if *count > 0 {
            return;
        }
        let was_oldest = self.open.first_key_value().is_some_and(|(&oldest, _)| oldest == began_at);
        self.open.remove(&began_at);
        let Some((&oldest, _)) = self.open.first_key_value() else {
            self.former.clear();
            return;
        };
        if was_oldest {
            self.former.retain(|_, former| {
                former.retain(|value| value.changed_at > oldest);
                !former.is_empty()
            });
        }
    }

    /// The value of a key after so many commits.
    pub(super) fn value_at(&self, at: CommitVersion, key: &[u8]) -> Option<&[u8]> {
        if at < self.version
            && let Some(former) = self.former.get(key)
            && let Some(former) = former.iter().find(|former| former.changed_at > at)
        {
            return former.value.as_deref();
        }
        self.newest.get(key)
    }

    /// The keys of a range after so many commits.
    pub(super) fn visit_at(
        &self,
        at: CommitVersion,
        range: &KeyRange,
        order: Order,
        visitor: &mut dyn FnMut(&[u8], &[u8]) -> Flow,
    ) {
        if range.is_empty() {
            return;
        }
        let former = self.former.range::<[u8], _>(range.bounds());
        match order {
            Order::Ascending => {
                let newest = self.newest.from(&range.start);
                let newest = newest.take_while(|(key, _)| range.end.as_deref().is_none_or(|end| *key < end));
                merge(at, newest, former, Ord::cmp, visitor);
            }
            Order::Descending => {
                let newest = self.newest.before(range.end.as_deref());
                let newest = newest.take_while(|(key, _)| *key >= &*range.start);
                merge(at, newest, former.rev(), |a, b| b.cmp(a), visitor);
            }
        }
    }

    pub(super) fn count(&self, used: KvUse) {
        self.used.set(self.used.get() + used);
    }

    pub(super) fn count_get(&self, key: &[u8], value: Option<&[u8]>) {
        let mut used = self.used.get();
        used.get(key, value);
        self.used.set(used);
    }

    fn set(&mut self, key: &[u8], write: Write<&[u8]>) {
        let keeps = !self.open.is_empty();
        let (mut kept, bytes) = (None, &mut self.bytes);
        self.newest.change(key, |old| {
            if let Some(old) = old {
                *bytes -= (key.len() + old.len()) as u64;
            }
            kept = old.filter(|_| keeps).map(<[u8]>::to_vec);
            let new = match write {
                Write::Delete => None,
                Write::Put(value) => Some(Either::Left(value)),
                Write::Add(amount) => Some(Either::Right(batch::sum(old, amount))),
            };
            let length =
                |value: &Either<&[u8], [u8; 8]>| value.as_ref().either(|put| put.len(), |sum| sum.len());
            *bytes += new.as_ref().map_or(0, |value| (key.len() + length(value)) as u64);
            new
        });
        if !keeps {
            return;
        }
        let former = Former { changed_at: self.version, value: kept };
        match self.former.get_mut(key) {
            // Cleared and put in one commit: what was there before it counts.
            Some(known) if known.last().is_some_and(|last| last.changed_at == self.version) => {}
            Some(known) => known.push(former),
            None => {
                self.former.insert(key.to_vec(), alloc::vec![former]);
            }
        }
    }

    /// Applies a batch, whole.
    fn carry_out(&mut self, changes: &WriteBatch) {
        if changes.is_empty() {
            return;
        }
        self.version.0 += 1;
        self.count(changes.cost());
        for range in changes.clears() {
            let keys = self.newest.from(&range.start).map(|(key, _)| key.to_vec());
            let keys: Vec<_> = keys.take_while(|key| range.contains(key)).collect();
            for key in keys {
                self.set(&key, Write::Delete);
            }
        }
        for (key, write) in changes.writes() {
            self.set(key, write);
        }
    }

    /// Carries a whole transaction out at once, where it is kept: nobody comes between, so nothing is kept for it
    /// and nothing is checked.
    ///
    /// # Errors
    /// `work` refused; nothing is written.
    pub fn at_once<T, E>(
        &mut self,
        work: impl FnOnce(&mut Self, &mut Transaction) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut transaction = self.look();
        transaction.batch = core::mem::take(&mut self.spare);
        let done = work(self, &mut transaction);
        if done.is_ok() {
            self.carry_out(&transaction.batch);
        }
        transaction.batch.reset();
        self.spare = transaction.batch;
        done
    }

    /// Puts what is there, and was so far not written down: neither counted nor a commit.
    pub fn fill_in(&mut self, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        let (key, value) = (key.as_ref(), value.as_ref());
        self.bytes += (key.len() + value.len()) as u64;
        self.newest.change(key, |before| {
            debug_assert!(before.is_none(), "what was filled in is there already");
            Some(value)
        });
    }
}

/// Merges the newest values with those that changed since `at`.
fn merge<'a>(
    at: CommitVersion,
    newest: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    former: impl Iterator<Item = (&'a Vec<u8>, &'a Vec<Former>)>,
    order: impl Fn(&[u8], &[u8]) -> Ordering,
    visitor: &mut dyn FnMut(&[u8], &[u8]) -> Flow,
) {
    let mut newest = newest.peekable();
    let changed = former.filter_map(|(key, values)| {
        let then = values.iter().find(|value| value.changed_at > at)?;
        Some((key.as_slice(), then.value.as_deref()))
    });
    let mut changed = changed.peekable();
    loop {
        let place = match (newest.peek(), changed.peek()) {
            (None, None) => return,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((now, _)), Some((then, _))) => order(now, then),
        };
        let shown = match place {
            Ordering::Less => newest.next(),
            Ordering::Greater | Ordering::Equal => {
                if place == Ordering::Equal {
                    newest.next();
                }
                changed.next().and_then(|(key, value)| Some((key, value?)))
            }
        };
        if let Some((key, value)) = shown
            && visitor(key, value).is_break()
        {
            return;
        }
    }
}

impl OrderedKv for MemKv {
    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        let value = self.newest.get(key);
        self.count_get(key, value);
        value.map(<[u8]>::to_vec)
    }

    fn visit(&self, range: &KeyRange, order: Order, visitor: &mut dyn FnMut(&[u8], &[u8]) -> Flow) {
        let mut used = KvUse { scans: 1, ..KvUse::default() };
        self.visit_at(self.version, range, order, &mut |key, value| {
            used.shown(key, value);
            visitor(key, value)
        });
        self.count(used);
    }

    fn apply(&mut self, changes: &WriteBatch) {
        self.carry_out(changes);
    }

    fn used(&self) -> KvUse {
        self.used.get()
    }
}
