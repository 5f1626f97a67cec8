//! What is the truth about tablets, and how does it change?
//!
//! ```text
//! prepare rowset   recycle(r7)                                     announced: its files will be found
//! commit rowset    rowset_tmp(x3, t1) = r7                         files written, no version yet
//! commit txn       rowset(t1, 9) = r7 [9-9]   version(p) 8 → 9     readers see it
//! finish job       rowset(t1, 9) = r8 [2-9]   recycle(r7)          merged; counters and point move
//! ```
//!
//! Each call is one transaction over the store, and counts what it read and wrote by kind of key
//! ([`CallCost`]). There is no other state: a second instance over the same store would answer the same.
//!
//! Source: Apache Doris, `cloud/src/meta-service`. Differs: values are our encoding, so their bytes are
//! counted but smaller than the reference's; a lazy commit is converted in one transaction, not in batches.

mod bitmaps;
mod cost;
mod created;
mod errors;
mod jobs;
mod read;
mod txns;

pub use bitmaps::{BitmapRequest, RowsetVersions};
pub use cost::{Call, CallCost};
pub use created::NewTablets;
pub use errors::MsError;
pub use jobs::{AbortJob, FinishJob, JobCounting, StartJob};
pub use read::SyncReply;
pub use txns::{CommitTxn, Committed};

use super::{CloudRowset, Family, Keys, LoadSum, SyncRule, TabletIndex, TabletMeta, TabletStats};
use crate::base::{SimTime, TabletId, TxnId, Version, VersionRange};
use crate::kv::{KeyRange, MemKv, Order, PageLimit, Scan, Transaction, TupleKey};
use crate::rowset::RowsetMeta;
use alloc::vec::Vec;
use core::ops::ControlFlow;
use created::Created;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The meta-service over its store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetaService {
    kv: MemKv,
    keys: Keys,
    rule: SyncRule,
    costs: Vec<CallCost>,
    last: CallCost,
    txns: u64,
    counting: JobCounting,
    created: Vec<Created>,
    converted: Vec<TxnId>,
}

/// What a new tablet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTablet {
    /// Its id.
    pub tablet: TabletId,
    /// Where it belongs.
    pub index: TabletIndex,
    /// Its settings.
    pub meta: TabletMeta,
    /// Its first rowset, mostly the empty `[0-1]`.
    pub first: RowsetMeta,
    /// Its cumulative point, mostly 2.
    pub point: Version,
}

impl MetaService {
    /// A meta-service without tablets.
    pub fn new(instance: &str, rule: SyncRule) -> Self {
        Self {
            kv: MemKv::new(),
            keys: Keys::new(instance),
            rule,
            costs: alloc::vec![CallCost::default(); Call::ALL.len()],
            last: CallCost::default(),
            txns: 0,
            counting: JobCounting::ByKind,
            created: Vec::new(),
            converted: Vec::new(),
        }
    }

    /// Its store.
    pub const fn kv(&self) -> &MemKv {
        &self.kv
    }

    /// How it lays keys out.
    pub const fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Which ranges it answers with.
    pub const fn rule(&self) -> SyncRule {
        self.rule
    }

    /// Answers by another rule from now on.
    pub const fn set_rule(&mut self, rule: SyncRule) {
        self.rule = rule;
    }

    /// Counts jobs that are committed from now on in another way.
    pub const fn count_jobs(&mut self, counting: JobCounting) {
        self.counting = counting;
    }

    /// What calls of a kind cost so far.
    pub fn cost(&self, call: Call) -> &CallCost {
        &self.costs[call as usize]
    }

    /// What the last call cost, whatever it had to do besides.
    pub const fn last_cost(&self) -> &CallCost {
        &self.last
    }

    /// The lazy commits that the last call converted, whatever it was called for.
    pub fn last_converted(&self) -> &[TxnId] {
        &self.converted
    }

    /// Creates a tablet. Its partition gets version 1 (or its first rowset's) where it has none.
    ///
    /// # Errors
    /// There is a tablet with this id, or the id is 0.
    pub fn create_tablet(&mut self, new: &NewTablet, now: SimTime) -> Result<(), MsError> {
        let NewTablet { tablet, index, meta, first, .. } = *new;
        self.call(Call::CreateTablet, |context| {
            if tablet.0 == 0 {
                return Err(MsError::Missing("tablet id".into()));
            }
            context.wake(tablet);
            let index_key = context.keys.tablet_index(tablet);
            if context.get::<TabletIndex>(Family::TabletIndex, &index_key).is_some() {
                return Err(MsError::TabletExists(tablet));
            }
            context.put(Family::TabletIndex, index_key, &index);
            let key = context.keys.tablet(tablet, &index);
            context.put(Family::Tablet, key, &meta);
            let key = context.keys.stats(tablet, &index);
            context.put(Family::Stats, key, &new.stats());
            let key = context.keys.rowset(tablet, first.range.end);
            context.put(Family::Rowset, key, &new.rowset(now));
            let mut version = context.version(index.db, index.table, index.partition);
            if version.version < first.range.end {
                version.version = first.range.end;
                version.since = now;
                context.put_version(index.db, index.table, index.partition, &version);
            }
            Ok(())
        })
    }

    /// A tablet's place and settings.
    ///
    /// # Errors
    /// There is no such tablet.
    pub fn get_tablet(&mut self, tablet: TabletId) -> Result<(TabletIndex, TabletMeta), MsError> {
        self.call(Call::GetTablet, |context| {
            let index = context.index(tablet)?;
            let key = context.keys.tablet(tablet, &index);
            if let Some(meta) = context.unwritten_meta(tablet) {
                context.count_ruled(Family::Tablet, 1, key.as_bytes().len(), &meta);
                return Ok((index, meta));
            }
            let meta = context.get(Family::Tablet, &key).ok_or(MsError::UnknownTablet(tablet))?;
            Ok((index, meta))
        })
    }

    /// Changes a tablet's settings.
    ///
    /// # Errors
    /// There is no such tablet.
    pub fn set_tablet(&mut self, tablet: TabletId, meta: &TabletMeta) -> Result<(), MsError> {
        self.call(Call::CreateTablet, |context| {
            context.wake(tablet);
            let index = context.index(tablet)?;
            let key = context.keys.tablet(tablet, &index);
            context.put(Family::Tablet, key, meta);
            Ok(())
        })
    }

    /// Carries a call out as one transaction, and counts it. A refused one writes nothing.
    fn call<T>(
        &mut self,
        call: Call,
        work: impl FnOnce(&mut Context<'_>) -> Result<T, MsError>,
    ) -> Result<T, MsError> {
        self.begin();
        self.step(call, work)
    }

    fn begin(&mut self) {
        self.last.clear();
        self.converted.clear();
    }

    /// The same as a part of a larger call.
    fn step<T>(
        &mut self,
        call: Call,
        work: impl FnOnce(&mut Context<'_>) -> Result<T, MsError>,
    ) -> Result<T, MsError> {
        let before = (self.last.calls > 0).then_some(self.last);
        let (keys, rule, cost, created) = (&self.keys, self.rule, &mut self.last, &mut self.created);
        // Nobody else writes during a call.
        let result = self.kv.at_once(|kv, txn| {
            let kv = Store::Work(kv, created);
            work(&mut Context { kv, keys, rule, txn, cost })
        });
        self.last.calls += 1;
        self.last.refused += u64::from(result.is_err());
        self.costs[call as usize].grow(&self.last, before.as_ref());
        result
    }
}

/// The store during a call, and during a look at it.
enum Store<'a> {
    Work(&'a mut MemKv, &'a mut Vec<Created>),
    Look(&'a MemKv, &'a [Created]),
}

impl Store<'_> {
    const fn kv(&self) -> &MemKv {
        match self {
            Self::Work(kv, _) => kv,
            Self::Look(kv, _) => kv,
        }
    }
}

/// A call under way.
struct Context<'a> {
    kv: Store<'a>,
    keys: &'a Keys,
    rule: SyncRule,
    txn: &'a mut Transaction,
    cost: &'a mut CallCost,
}

/// Shows the bytes of a record: most fit on the stack.
fn encode<T: Serialize, R>(value: &T, then: impl FnOnce(&[u8]) -> R) -> R {
    let mut small = [0; 192];
    match postcard::to_slice(value, &mut small) {
        Ok(bytes) => then(bytes),
        Err(_) => then(&postcard::to_allocvec(value).expect("a record has no length that is not known")),
    }
}

fn decode<T: DeserializeOwned>(value: &[u8]) -> T {
    postcard::from_bytes(value).expect("the store holds what was put under this key")
}

impl Context<'_> {
    fn get<T: DeserializeOwned>(&mut self, family: Family, key: &TupleKey) -> Option<T> {
        let before = self.txn.read();
        let value = self.txn.peek(self.kv.kv(), key.as_bytes()).map(|value| decode(&value));
        *self.cost.of_mut(family) += self.txn.read() - before;
        value
    }

    fn put<T: Serialize>(&mut self, family: Family, key: TupleKey, value: &T) {
        encode(value, |value| {
            let used = self.cost.of_mut(family);
            used.keys_written += 1;
            used.bytes_written += (key.as_bytes().len() + value.len()) as u64;
            self.txn.put(&key, value);
        });
    }

    fn delete(&mut self, family: Family, key: TupleKey) {
        let used = self.cost.of_mut(family);
        used.keys_written += 1;
        used.bytes_written += key.as_bytes().len() as u64;
        self.txn.delete(&key);
    }

    fn clear(&mut self, family: Family, range: KeyRange) {
        self.cost.of_mut(family).ranges_cleared += 1;
        self.txn.clear(range);
    }

    fn add(&mut self, family: Family, key: TupleKey, amount: i64) {
        let used = self.cost.of_mut(family);
        used.keys_written += 1;
        used.bytes_written += key.as_bytes().len() as u64 + 8;
        self.txn.add(&key, amount);
    }

    /// Shows keys and values of a range.
    fn scan(&mut self, family: Family, range: KeyRange, mut visitor: impl FnMut(&[u8], &[u8])) {
        let before = self.txn.read();
        let mut scan = Scan::new(range, Order::Ascending);
        self.txn.page_unchecked(self.kv.kv(), &mut scan, PageLimit::NONE, |key, value| {
            visitor(key, value);
            ControlFlow::Continue(())
        });
        *self.cost.of_mut(family) += self.txn.read() - before;
    }

    fn index(&mut self, tablet: TabletId) -> Result<TabletIndex, MsError> {
        if tablet.0 == 0 {
            return Err(MsError::Missing("tablet id".into()));
        }
        if let Some(index) = self.unwritten_index(tablet) {
            self.count_ruled(Family::TabletIndex, 1, self.keys.tablet_index_bytes(), &index);
            return Ok(index);
        }
        let key = self.keys.tablet_index(tablet);
        self.get(Family::TabletIndex, &key).ok_or(MsError::UnknownTablet(tablet))
    }

    /// Stats as they are stored, and with the sums of loads added.
    fn stats(
        &mut self,
        tablet: TabletId,
        index: &TabletIndex,
    ) -> Result<(TabletStats, TabletStats), MsError> {
        let length = self.keys.stats_bytes();
        let (mut stored, mut sums) = (None, [0_i64; LoadSum::ALL.len()]);
        let range = |keys: &Keys| KeyRange::prefix(keys.stats(tablet, index));
        self.scan_loads(Family::Stats, tablet, range, |key, value| {
            let part = key.get(length..).unwrap_or_default();
            if part.is_empty() {
                stored = Some(decode::<TabletStats>(value));
            } else if let Some(at) = LoadSum::ALL.iter().position(|sum| sum.is_named(part))
                && let Ok(number) = value.try_into()
            {
                sums[at] = i64::from_le_bytes(number);
            }
        });
        if let Some((stats, bytes)) = self.unwritten_stats(tablet) {
            assert!(stored.is_none(), "the stats of {tablet} were changed before they were written down");
            self.count_key(Family::Stats, 0, length + bytes);
            stored = Some(stats);
        }
        let stored = stored.ok_or(MsError::UnknownTablet(tablet))?;
        let mut full = stored;
        for (sum, number) in LoadSum::ALL.into_iter().zip(sums) {
            *match sum {
                LoadSum::Bytes => &mut full.bytes,
                LoadSum::Rows => &mut full.rows,
                LoadSum::Rowsets => &mut full.rowsets,
                LoadSum::Segments => &mut full.segments,
            } += number;
        }
        Ok((stored, full))
    }

    /// Rowsets whose last version lies in a range.
    fn rowsets(&mut self, tablet: TabletId, ends: VersionRange, out: &mut impl Extend<CloudRowset>) {
        if let Some(first) = self.unwritten_rowset(tablet, ends) {
            // No other rowset ends before the first one.
            self.count_ruled(Family::Rowset, 0, self.keys.rowset_bytes(), &first);
            out.extend([first]);
        }
        let range = |keys: &Keys| keys.rowsets(tablet, ends);
        self.scan_loads(Family::Rowset, tablet, range, |_, value| out.extend([decode(value)]));
    }
}
