//! Tablets that were created together: what their creation wrote is kept as a rule until somebody changes it.
//!
//! ```text
//! created    t1 … t1000000, as t1 but for the numbers       four keys each, not written down
//! read       t7                 what the rule says, counted as the read of the key that stands for it
//! changed    t7                 four keys of t7 are filled in, the same bytes that its creation would have put
//! ```
//!
//! Loads do not change those four: a rowset and its sums have keys of their own. A finished job does. Where no load
//! came either, there is nothing to look for below a tablet: scans of its stats and rowsets are counted, not made.
//!
//! Invariant: whoever asks through [`MetaService`] gets the same answers and the same costs as if all keys were
//! there; `tests/models/created.rs` plays both side by side.

use super::{Context, MetaService, MsError, NewTablet, Store, encode};
use crate::base::{PartitionId, RowsetId, SimTime, TableId, TabletId, TxnId};
use crate::cloud::{CloudRowset, Family, Keys, SyncCursor, TabletStats};
use crate::kv::{KeyRange, KvUse, MemKv};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Tablets that are alike but for their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTablets {
    /// The first. Each one after it has the next tablet id and the next rowset id.
    pub first: NewTablet,
    /// How many.
    pub tablets: u64,
    /// After so many follows the next table, of one partition, whose ids are the next ones.
    pub of_partition: u64,
}

impl NewTablets {
    fn nth(&self, at: u64) -> NewTablet {
        let (mut new, tables) = (self.first, at / self.of_partition.max(1));
        new.tablet = TabletId(new.tablet.0 + at);
        new.index.table = TableId(new.index.table.0 + tables);
        new.index.partition = PartitionId(new.index.partition.0 + tables);
        new.first.id = RowsetId(new.first.id.0 + at);
        new
    }
}

/// Some of those, and which of them are written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Created {
    all: NewTablets,
    at: SimTime,
    /// A bit a tablet; nothing while all are left to the rule.
    written: Vec<u64>,
    /// The same: it has keys besides those four.
    loaded: Vec<u64>,
}

/// Whether a bit is set; a list that ends before it has none.
fn has(bits: &[u64], at: u64) -> bool {
    bits.get(at as usize / 64).copied().unwrap_or_default() >> (at % 64) & 1 == 1
}

impl Created {
    fn holds(&self, tablet: TabletId) -> Option<u64> {
        let at = tablet.0.checked_sub(self.all.first.tablet.0)?;
        (at < self.all.tablets).then_some(at)
    }

    /// A tablet that is not written down.
    fn unwritten(&self, tablet: TabletId) -> Option<NewTablet> {
        let at = self.holds(tablet)?;
        (!has(&self.written, at)).then(|| self.all.nth(at))
    }

    /// Whether nothing is stored of a tablet: neither its creation is written down nor did a load come.
    fn has_no_key(&self, tablet: TabletId) -> bool {
        self.holds(tablet).is_some_and(|at| !has(&self.written, at) && !has(&self.loaded, at))
    }

    /// Sets a tablet's bit in one of the two lists.
    fn set(&mut self, tablet: TabletId, bits: impl FnOnce(&mut Self) -> &mut Vec<u64>) {
        let (Some(at), words) = (self.holds(tablet), self.all.tablets.div_ceil(64)) else { return };
        let bits = bits(self);
        if bits.is_empty() {
            bits.resize(words as usize, 0);
        }
        bits[at as usize / 64] |= 1 << (at % 64);
    }
}

/// The group that may hold a tablet: they stand in order of ids.
fn group(created: &[Created], tablet: TabletId) -> Option<usize> {
    created.partition_point(|group| group.all.first.tablet <= tablet).checked_sub(1)
}

impl NewTablet {
    /// Its counters.
    pub(super) fn stats(&self) -> TabletStats {
        TabletStats {
            cursor: SyncCursor { point: self.point, ..SyncCursor::NEW },
            rowsets: 1,
            segments: self.first.segments.into(),
            rows: self.first.rows as i64,
            bytes: self.first.bytes as i64,
            ..TabletStats::default()
        }
    }

    /// Its first rowset.
    pub(super) const fn rowset(&self, now: SimTime) -> CloudRowset {
        CloudRowset { meta: self.first, txn: TxnId(0), visible_at: Some(now), schema_version: 0 }
    }

    fn fill_in(&self, kv: &mut MemKv, keys: &Keys, at: SimTime) {
        kv.fill_in(keys.tablet_index(self.tablet), encode(&self.index));
        kv.fill_in(keys.tablet(self.tablet, &self.index), encode(&self.meta));
        kv.fill_in(keys.stats(self.tablet, &self.index), encode(&self.stats()));
        kv.fill_in(keys.rowset(self.tablet, self.first.range.end), encode(&self.rowset(at)));
    }
}

impl MetaService {
    /// Creates many tablets, each as [`MetaService::create_tablet`] does. Their ids lie behind those of all
    /// tablets that were created so. O(1); what it costs is not counted.
    ///
    /// # Errors
    /// The ids do not lie behind all others, or the first is 0; the first rowset ends behind version 1, so that
    /// the partition would have to move.
    pub fn create_tablets(&mut self, new: &NewTablets, now: SimTime) -> Result<(), MsError> {
        let first = new.first.tablet;
        if first.0 == 0 {
            return Err(MsError::Missing("tablet id".into()));
        }
        if new.first.first.range.end > 1 {
            return Err(MsError::Missing("first rowset up to version 1".into()));
        }
        if let Some(last) = self.created.last()
            && first.0 < last.all.first.tablet.0 + last.all.tablets
        {
            return Err(MsError::TabletExists(first));
        }
        self.created.push(Created { all: *new, at: now, written: Vec::new(), loaded: Vec::new() });
        Ok(())
    }
}

impl Context<'_> {
    /// A tablet that is not written down, and when it was created.
    pub(super) fn unwritten(&self, tablet: TabletId) -> Option<(NewTablet, SimTime)> {
        let group = self.group(tablet)?;
        group.unwritten(tablet).map(|new| (new, group.at))
    }

    fn group(&self, tablet: TabletId) -> Option<&Created> {
        let created = match &self.kv {
            Store::Work(_, created) => created.as_slice(),
            Store::Look(_, created) => created,
        };
        group(created, tablet).map(|at| &created[at])
    }

    /// Scans what loads wrote below a tablet: a range of its stats or rowsets.
    pub(super) fn scan_loads(
        &mut self,
        family: Family,
        tablet: TabletId,
        range: impl FnOnce(&Keys) -> KeyRange,
        visitor: impl FnMut(&[u8], &[u8]),
    ) {
        if self.group(tablet).is_some_and(|group| group.has_no_key(tablet)) {
            self.count(family, KvUse { scans: 1, ..KvUse::NOTHING });
        } else {
            self.scan(family, range(self.keys), visitor);
        }
    }

    /// A load's keys are about to be written below a tablet.
    pub(super) fn loads(&mut self, tablet: TabletId) {
        let Store::Work(_, created) = &mut self.kv else { return };
        if let Some(at) = group(created, tablet) {
            created[at].set(tablet, |group| &mut group.loaded);
        }
    }

    /// Counts a read of what a rule says as that of the key which would say it.
    pub(super) fn count_ruled<T: Serialize>(&mut self, family: Family, gets: u64, key: usize, value: &T) {
        let value = postcard::serialize_with_flavor(value, postcard::ser_flavors::Size::default());
        let bytes_read = (key + value.unwrap_or(0)) as u64;
        self.count(family, KvUse { gets, keys_read: 1, bytes_read, ..KvUse::NOTHING });
    }

    /// Counts what the store was not asked for as if it were.
    fn count(&mut self, family: Family, used: KvUse) {
        self.txn.count(self.kv.kv(), used);
        *self.cost.of_mut(family) += used;
    }

    /// Writes down what a tablet's creation wrote, where that was left to the rule: it is about to change.
    pub(super) fn wake(&mut self, tablet: TabletId) {
        let Store::Work(kv, created) = &mut self.kv else { return };
        let Some(at) = group(created, tablet) else { return };
        if let Some(new) = created[at].unwritten(tablet) {
            new.fill_in(kv, self.keys, created[at].at);
            created[at].set(tablet, |group| &mut group.written);
        }
    }
}
