//! Tablets that were created together: what their creation wrote is kept as a rule until somebody changes it.
//!
//! ```text
//! created    t1 … t1000000, as t1 but for the numbers       four keys each, not written down
//! read       t7                 what the rule says, counted as the read of the key that stands for it
//! changed    t7                 four keys of t7 are filled in, the same bytes that its creation would have put
//! ```
//!
//! Loads do not change those four: a rowset and its sums have keys of their own. A finished job does. Where no load
//! came either, there is nothing to look for below a tablet: scans of its stats and rowsets are counted, not made. The
//! same goes for the version of a partition that nobody committed to.
//!
//! Invariant: whoever asks through [`MetaService`] gets the same answers and the same costs as if all keys were
//! there; `tests/models/created.rs` plays both side by side.

use super::{Context, MetaService, MsError, NewTablet, Store, encode};
use crate::base::{PartitionId, RowsetId, SimTime, TableId, TabletId, TxnId, VersionRange, encoded_len};
use crate::cloud::{
    CloudRowset, Family, Keys, SyncCursor, TabletIndex, TabletMeta, TabletStats, VersionRecord,
};
use crate::kv::{KeyRange, KvUse, MemKv, Order, OrderedKv};
use crate::rowset::RowsetMeta;
use alloc::vec::Vec;
use core::ops::ControlFlow;
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
        let tablet = TabletId(self.first.tablet.0 + at);
        NewTablet { tablet, index: self.index(at), first: self.rowset(at), ..self.first }
    }

    fn index(&self, at: u64) -> TabletIndex {
        let (mut index, tables) = (self.first.index, at / self.of_partition.max(1));
        index.table = TableId(index.table.0 + tables);
        index.partition = PartitionId(index.partition.0 + tables);
        index
    }

    fn rowset(&self, at: u64) -> RowsetMeta {
        RowsetMeta { id: RowsetId(self.first.first.id.0 + at), ..self.first.first }
    }
}

/// Some of those, and which of them are written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Created {
    all: NewTablets,
    /// Bytes of the counters of each.
    stats_bytes: usize,
    at: SimTime,
    /// A bit a tablet; nothing while all are left to the rule.
    written: Vec<u64>,
    /// The same: it has keys besides those four.
    loaded: Vec<u64>,
    /// A bit a partition: its version is stored.
    versioned: Vec<u64>,
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

    /// The number of a tablet that is not written down.
    fn unwritten(&self, tablet: TabletId) -> Option<u64> {
        self.holds(tablet).filter(|at| !has(&self.written, *at))
    }

    /// Whether nothing is stored of a tablet: neither its creation is written down nor did a load come.
    fn has_no_key(&self, tablet: TabletId) -> bool {
        self.holds(tablet).is_some_and(|at| !has(&self.written, at) && !has(&self.loaded, at))
    }

    /// The number of a partition, where it is one of theirs.
    fn partition(&self, partition: PartitionId) -> Option<u64> {
        let at = partition.0.checked_sub(self.all.first.index.partition.0)?;
        (at < self.partitions()).then_some(at)
    }

    fn partitions(&self) -> u64 {
        self.all.tablets.div_ceil(self.all.of_partition.max(1))
    }

    /// Whether a partition is one of theirs, and its version is not stored.
    fn has_no_version(&self, partition: PartitionId) -> bool {
        self.partition(partition).is_some_and(|at| !has(&self.versioned, at))
    }

    /// Takes down that the version of a partition is stored.
    fn version_stored(&mut self, partition: PartitionId) {
        let (Some(at), all) = (self.partition(partition), self.partitions()) else { return };
        set(&mut self.versioned, at, all);
    }

    /// Sets a tablet's bit in one of the two lists.
    fn set(&mut self, tablet: TabletId, bits: impl FnOnce(&mut Self) -> &mut Vec<u64>) {
        let (Some(at), all) = (self.holds(tablet), self.all.tablets) else { return };
        set(bits(self), at, all);
    }
}

/// Sets one bit of so many.
fn set(bits: &mut Vec<u64>, at: u64, all: u64) {
    if bits.is_empty() {
        bits.resize(all.div_ceil(64) as usize, 0);
    }
    bits[at as usize / 64] |= 1 << (at % 64);
}

/// The group that may hold a tablet: they stand in order of ids.
fn group(created: &[Created], tablet: TabletId) -> Option<usize> {
    created.partition_point(|group| group.all.first.tablet <= tablet).checked_sub(1)
}

const fn created_rowset(meta: RowsetMeta, now: SimTime) -> CloudRowset {
    CloudRowset { meta, txn: TxnId(0), visible_at: Some(now), schema_version: 0 }
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
        created_rowset(self.first, now)
    }

    fn fill_in(&self, kv: &mut MemKv, keys: &Keys, at: SimTime) {
        encode(&self.index, |value| kv.fill_in(keys.tablet_index(self.tablet), value));
        encode(&self.meta, |value| kv.fill_in(keys.tablet(self.tablet, &self.index), value));
        encode(&self.stats(), |value| kv.fill_in(keys.stats(self.tablet, &self.index), value));
        encode(&self.rowset(at), |value| {
            kv.fill_in(keys.rowset(self.tablet, self.first.range.end), value);
        });
    }
}

impl MetaService {
    /// Creates many tablets, each as [`MetaService::create_tablet`] does. Their ids lie behind those of all
    /// tablets that were created so. O(partitions that have a version); what it costs is not counted.
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
        let mut group = Created {
            all: *new,
            stats_bytes: encoded_len(&new.first.stats()),
            at: now,
            written: Vec::new(),
            loaded: Vec::new(),
            versioned: Vec::new(),
        };
        // A commit may have moved one of their partitions before there was a tablet.
        self.kv.uncounted(|| {
            self.kv.visit(&self.keys.partition_versions(), Order::Ascending, &mut |key, _| {
                if let Some(partition) = Keys::partition_of(key) {
                    group.version_stored(partition);
                }
                ControlFlow::Continue(())
            });
        });
        self.created.push(group);
        Ok(())
    }
}

impl Context<'_> {
    /// The group and number of a tablet that is not written down.
    fn unwritten(&self, tablet: TabletId) -> Option<(&Created, u64)> {
        let group = self.group(tablet)?;
        Some((group, group.unwritten(tablet)?))
    }

    /// Where a tablet that is not written down belongs.
    pub(super) fn unwritten_index(&self, tablet: TabletId) -> Option<TabletIndex> {
        self.unwritten(tablet).map(|(group, at)| group.all.index(at))
    }

    /// Its settings.
    pub(super) fn unwritten_meta(&self, tablet: TabletId) -> Option<TabletMeta> {
        self.unwritten(tablet).map(|(group, _)| group.all.first.meta)
    }

    /// Its counters, and their bytes.
    pub(super) fn unwritten_stats(&self, tablet: TabletId) -> Option<(TabletStats, usize)> {
        self.unwritten(tablet).map(|(group, _)| (group.all.first.stats(), group.stats_bytes))
    }

    /// Its first rowset, where the last version of that lies in a range.
    pub(super) fn unwritten_rowset(&self, tablet: TabletId, ends: VersionRange) -> Option<CloudRowset> {
        let (group, at) = self.unwritten(tablet)?;
        let end = group.all.first.first.range.end;
        (ends.start..=ends.end).contains(&end).then(|| created_rowset(group.all.rowset(at), group.at))
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

    /// The version record of a tablet's partition; version 1 where there is none.
    pub(super) fn version_of(&mut self, tablet: TabletId, index: &TabletIndex) -> VersionRecord {
        if self.group(tablet).is_some_and(|group| group.has_no_version(index.partition)) {
            self.count_key(Family::PartitionVersion, 1, self.keys.partition_version_bytes());
            return VersionRecord::FIRST;
        }
        self.version(index.db, index.table, index.partition)
    }

    /// Stores the version of a partition.
    pub(super) fn put_version(
        &mut self,
        db: u64,
        table: TableId,
        partition: PartitionId,
        record: &VersionRecord,
    ) {
        if let Store::Work(_, created) = &mut self.kv {
            created.iter_mut().for_each(|group| group.version_stored(partition));
        }
        let key = self.keys.partition_version(db, table, partition);
        self.put(Family::PartitionVersion, key, record);
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
        self.count_key(family, gets, key + encoded_len(value));
    }

    /// The same, where the bytes of key and value are known.
    pub(super) fn count_key(&mut self, family: Family, gets: u64, bytes: usize) {
        let bytes_read = bytes as u64;
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
        if let Some(number) = created[at].unwritten(tablet) {
            created[at].all.nth(number).fill_in(kv, self.keys, created[at].at);
            created[at].set(tablet, |group| &mut group.written);
        }
    }
}
