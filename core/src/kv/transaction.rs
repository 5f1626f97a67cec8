//! Reads of one moment and writes that happen together, or not at all.

use super::{CommitVersion, Flow, KeyRange, KvUse, MemKv, Order, Page, PageLimit, Scan, Write, WriteBatch};
use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;
use core::ops::ControlFlow;
use serde::{Deserialize, Serialize};

/// Why a transaction was not committed: something that it read has changed since it began. Whoever
/// ran it runs it again from the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The first key, in order, that changed.
    pub key: Vec<u8>,
    /// When it was last changed.
    pub changed_at: CommitVersion,
    /// When the transaction began.
    pub began_at: CommitVersion,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "conflict: a key read at {} was changed at {}: ", self.began_at.0, self.changed_at.0)?;
        match super::TupleReader::elements(&self.key) {
            Ok(elements) => elements.iter().try_for_each(|element| write!(f, "{element} ")),
            Err(_) => self.key.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
        }?;
        f.write_str("(run the transaction again)")
    }
}

impl core::error::Error for Conflict {}

/// A transaction under way. Holds no borrow of its store, and is ended by [`MemKv::commit`] or
/// [`MemKv::abandon`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    pub(super) began_at: CommitVersion,
    pub(super) reads: Vec<KeyRange>,
    pub(super) batch: WriteBatch,
    used: KvUse,
}

impl Transaction {
    pub(super) const fn new(began_at: CommitVersion) -> Self {
        Self { began_at, reads: Vec::new(), batch: WriteBatch::new(), used: KvUse::NOTHING }
    }

    /// The snapshot it reads.
    pub const fn began_at(&self) -> CommitVersion {
        self.began_at
    }

    /// What it has read so far, and what its writes will count as.
    pub fn used(&self) -> KvUse {
        if self.batch.is_empty() { self.used } else { self.used + self.batch.cost() }
    }

    /// What it has read so far.
    pub const fn read(&self) -> KvUse {
        self.used
    }

    /// Counts a read of something that is known without the store, as one of the store.
    pub fn count(&mut self, kv: &MemKv, used: KvUse) {
        kv.count(used);
        self.used += used;
    }

    /// Its writes so far.
    pub const fn batch(&self) -> &WriteBatch {
        &self.batch
    }

    /// The value of a key; the commit fails where it changes until then.
    pub fn get(&mut self, kv: &MemKv, key: &[u8]) -> Option<Vec<u8>> {
        // What it put there itself it does not read from the store.
        if !matches!(self.batch.pending(key), Some(Write::Put(_) | Write::Delete)) {
            self.reads.push(KeyRange::key(key));
        }
        self.get_unchecked(kv, key)
    }

    /// The value of a key, which may change without hurting the commit (FoundationDB: snapshot read).
    pub fn get_unchecked(&mut self, kv: &MemKv, key: &[u8]) -> Option<Vec<u8>> {
        self.peek(kv, key).map(Cow::into_owned)
    }

    /// The same where it lies.
    pub fn peek<'a>(&'a mut self, kv: &'a MemKv, key: &[u8]) -> Option<Cow<'a, [u8]>> {
        let pending = self.batch.pending(key);
        match pending {
            Some(Write::Put(value)) => return Some(value.into()),
            Some(Write::Delete) => return None,
            Some(Write::Add(_)) | None => {}
        }
        let stored = kv.value_at(self.began_at, key);
        self.used.get(key, stored);
        kv.count_get(key, stored);
        match pending {
            Some(Write::Add(amount)) => Some(Cow::Owned(super::batch::sum(stored, amount).into())),
            _ => stored.map(Cow::Borrowed),
        }
    }

    /// The next page of a scan; the commit fails where a key comes, goes or changes in what it went
    /// through. Its own writes are seen.
    pub fn page(
        &mut self,
        kv: &MemKv,
        scan: &mut Scan,
        limit: PageLimit,
        visitor: impl FnMut(&[u8], &[u8]) -> Flow,
    ) -> Page {
        let before = scan.left().clone();
        let page = self.page_unchecked(kv, scan, limit, visitor);
        let mut read = before;
        if !page.done {
            // Only what lies before the place where it stopped was looked at.
            if scan.left().start == read.start {
                read.start = scan.left().end.clone().unwrap_or_default();
            } else {
                read.end = Some(scan.left().start.clone());
            }
        }
        if !read.is_empty() {
            self.reads.push(read);
        }
        page
    }

    /// The same without a check at commit.
    pub fn page_unchecked(
        &mut self,
        kv: &MemKv,
        scan: &mut Scan,
        limit: PageLimit,
        visitor: impl FnMut(&[u8], &[u8]) -> Flow,
    ) -> Page {
        let (batch, began_at) = (&self.batch, self.began_at);
        let mut used = KvUse { scans: 1, ..KvUse::default() };
        let page = scan.page_of(limit, visitor, |range, order, visitor| {
            visit_with(kv, began_at, batch, range, order, &mut used, visitor);
        });
        kv.count(used);
        self.used += used;
        page
    }

    /// Puts a value.
    pub fn put(&mut self, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        self.batch.put(key, value);
    }

    /// Deletes a key.
    pub fn delete(&mut self, key: impl AsRef<[u8]>) {
        self.batch.delete(key);
    }

    /// Deletes every key of a range.
    pub fn clear(&mut self, range: KeyRange) {
        self.batch.clear(range);
    }

    /// Adds to the integer of a key, see [`Write::Add`].
    pub fn add(&mut self, key: impl AsRef<[u8]>, amount: i64) {
        self.batch.add(key, amount);
    }
}

/// Merges what the store held with what the batch will do to it.
fn visit_with(
    kv: &MemKv,
    at: CommitVersion,
    batch: &WriteBatch,
    range: &KeyRange,
    order: Order,
    used: &mut KvUse,
    visitor: &mut dyn FnMut(&[u8], &[u8]) -> Flow,
) {
    let mut writes = {
        let mut ascending = batch.writes_in(range);
        core::iter::from_fn(move || match order {
            Order::Ascending => ascending.next(),
            Order::Descending => ascending.next_back(),
        })
        .peekable()
    };
    let before = |a: &[u8], b: &[u8]| match order {
        Order::Ascending => a.cmp(b),
        Order::Descending => b.cmp(a),
    };
    let mut stopped = false;
    kv.visit_at(at, range, order, &mut |key, value| {
        used.shown(key, value);
        while let Some(&(own, write)) = writes.peek() {
            match before(own, key) {
                Ordering::Greater => break,
                place => {
                    writes.next();
                    let stored = (place == Ordering::Equal).then_some(value);
                    if let Some(value) = written(write, stored)
                        && visitor(own, &value).is_break()
                    {
                        stopped = true;
                        return ControlFlow::Break(());
                    }
                    if place == Ordering::Equal {
                        return ControlFlow::Continue(());
                    }
                }
            }
        }
        if batch.clears().iter().any(|cleared| cleared.contains(key)) {
            return ControlFlow::Continue(());
        }
        let flow = visitor(key, value);
        stopped = flow.is_break();
        flow
    });
    while !stopped {
        let Some((own, write)) = writes.next() else { return };
        if let Some(value) = written(write, None) {
            stopped = visitor(own, &value).is_break();
        }
    }
}

fn written<'a>(write: Write<&'a [u8]>, stored: Option<&[u8]>) -> Option<Cow<'a, [u8]>> {
    match write {
        Write::Put(value) => Some(value.into()),
        Write::Delete => None,
        Write::Add(amount) => Some(super::batch::sum(stored, amount).to_vec().into()),
    }
}
