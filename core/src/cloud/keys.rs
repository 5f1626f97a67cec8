//! The meta-service's keys, as Doris lays them out; the instance comes second in each.
//!
//! ```text
//! ("meta",    i, "tablet_index", tablet)                              which table it belongs to
//! ("meta",    i, "tablet", table, index, partition, tablet)           its settings
//! ("stats",   i, "tablet", table, index, partition, tablet[, part])   counters; part: sums of loads
//! ("meta",    i, "rowset", tablet, end version)                       a rowset that readers see
//! ("meta",    i, "rowset_tmp", txn, tablet)                           one of a load or job under way
//! ("recycle", i, "rowset", tablet, rowset)                            one whose files go
//! ("meta",    i, "delete_bitmap", tablet, rowset, version, segment)
//! ("meta",    i, "delete_bitmap_lock", table, -1)                     who may write delete bitmaps
//! ("meta",    i, "delete_bitmap_pending", tablet)                     written for no commit yet
//! ("job",     i, "tablet", table, index, partition, tablet)           compactions under way
//! ("version", i, "partition", db, table, partition)
//! ("txn",     i, "txn_info", db, txn), ("txn", i, "txn_index", txn), ("txn", i, "txn_label", db, label)
//! ```

use super::records::TabletIndex;
use crate::base::{PartitionId, RowsetId, TableId, TabletId, TxnId, Version, VersionRange};
use crate::kv::{KeyRange, TupleKey};
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// What kind of key was read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Family {
    /// Tablet index.
    TabletIndex,
    /// Tablet meta.
    Tablet,
    /// Tablet stats and the sums of loads beside them.
    Stats,
    /// Rowset metas.
    Rowset,
    /// Rowset metas of loads and jobs under way.
    TmpRowset,
    /// Rowsets whose files are to go.
    Recycle,
    /// Delete bitmaps.
    DeleteBitmap,
    /// Locks over delete bitmaps, and what is written but not committed.
    DeleteBitmapLock,
    /// Compaction jobs.
    Job,
    /// Partition versions.
    PartitionVersion,
    /// Transactions and labels.
    Txn,
}

impl Family {
    /// All of them, in order.
    pub const ALL: [Self; 11] = [
        Self::TabletIndex,
        Self::Tablet,
        Self::Stats,
        Self::Rowset,
        Self::TmpRowset,
        Self::Recycle,
        Self::DeleteBitmap,
        Self::DeleteBitmapLock,
        Self::Job,
        Self::PartitionVersion,
        Self::Txn,
    ];

    /// Its name in keys and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TabletIndex => "tablet_index",
            Self::Tablet => "tablet",
            Self::Stats => "stats",
            Self::Rowset => "rowset",
            Self::TmpRowset => "rowset_tmp",
            Self::Recycle => "recycle",
            Self::DeleteBitmap => "delete_bitmap",
            Self::DeleteBitmapLock => "delete_bitmap_lock",
            Self::Job => "job",
            Self::PartitionVersion => "version",
            Self::Txn => "txn",
        }
    }
}

/// Sums that loads add to without reading them, so that no two loads conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LoadSum {
    /// Bytes.
    Bytes,
    /// Rows.
    Rows,
    /// Rowsets.
    Rowsets,
    /// Segments.
    Segments,
}

impl LoadSum {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Bytes, Self::Rows, Self::Rowsets, Self::Segments];

    const fn name(self) -> &'static str {
        match self {
            Self::Bytes => "data_size",
            Self::Rows => "num_rows",
            Self::Rowsets => "num_rowsets",
            Self::Segments => "num_segs",
        }
    }
}

impl LoadSum {
    /// Whether a key ends in this sum's name: as [`TupleKey`] writes a text.
    pub(super) fn is_named(self, end: &[u8]) -> bool {
        let name = self.name().as_bytes();
        end.len() == name.len() + 3 && end.get(1..=name.len()) == Some(name)
    }
}

/// Bytes of an integer in a key.
const INTEGER: usize = 9;

/// How the keys of one instance begin.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Beginnings {
    tablet_index: TupleKey,
    tablet: TupleKey,
    stats: TupleKey,
    rowset: TupleKey,
    tmp_rowset: TupleKey,
    recycle: TupleKey,
    delete_bitmap: TupleKey,
    delete_bitmap_lock: TupleKey,
    delete_bitmap_pending: TupleKey,
    job: TupleKey,
    partition_version: TupleKey,
    txn_info: TupleKey,
    txn_index: TupleKey,
    txn_label: TupleKey,
}

impl Beginnings {
    fn of(instance: &str) -> Self {
        let begin = |space, kind| TupleKey::new().str(space).str(instance).str(kind);
        Self {
            tablet_index: begin("meta", "tablet_index"),
            tablet: begin("meta", "tablet"),
            stats: begin("stats", "tablet"),
            rowset: begin("meta", "rowset"),
            tmp_rowset: begin("meta", "rowset_tmp"),
            recycle: begin("recycle", "rowset"),
            delete_bitmap: begin("meta", "delete_bitmap"),
            delete_bitmap_lock: begin("meta", "delete_bitmap_lock"),
            delete_bitmap_pending: begin("meta", "delete_bitmap_pending"),
            job: begin("job", "tablet"),
            partition_version: begin("version", "partition"),
            txn_info: begin("txn", "txn_info"),
            txn_index: begin("txn", "txn_index"),
            txn_label: begin("txn", "txn_label"),
        }
    }
}

/// Makes the keys of one instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Keys {
    instance: String,
    beginnings: Beginnings,
}

/// Stored as the instance's name.
impl From<String> for Keys {
    fn from(instance: String) -> Self {
        Self { beginnings: Beginnings::of(&instance), instance }
    }
}

impl From<Keys> for String {
    fn from(keys: Keys) -> Self {
        keys.instance
    }
}

/// The beginning of a key, with room for so many integers more.
fn with(beginning: &TupleKey, integers: usize) -> TupleKey {
    beginning.with_room(integers * INTEGER)
}

/// Bytes of a key with so many integers.
fn bytes(beginning: &TupleKey, integers: usize) -> usize {
    beginning.as_bytes().len() + integers * INTEGER
}

/// A key of a tablet.
fn of_tablet(beginning: &TupleKey, tablet: TabletId, index: &TabletIndex) -> TupleKey {
    ending(with(beginning, 4), tablet, index)
}

fn ending(key: TupleKey, tablet: TabletId, index: &TabletIndex) -> TupleKey {
    key.u64(index.table.0).u64(index.index).u64(index.partition.0).u64(tablet.0)
}

impl Keys {
    /// Keys of an instance.
    pub fn new(instance: &str) -> Self {
        String::from(instance).into()
    }

    /// Tablet index.
    pub fn tablet_index(&self, tablet: TabletId) -> TupleKey {
        with(&self.beginnings.tablet_index, 1).u64(tablet.0)
    }

    /// Bytes of a tablet index's key: all have as many.
    pub(super) fn tablet_index_bytes(&self) -> usize {
        bytes(&self.beginnings.tablet_index, 1)
    }

    /// The same of stats.
    pub(super) fn stats_bytes(&self) -> usize {
        bytes(&self.beginnings.stats, 4)
    }

    /// The same of a rowset.
    pub(super) fn rowset_bytes(&self) -> usize {
        bytes(&self.beginnings.rowset, 2)
    }

    /// The same of a partition's version.
    pub(super) fn partition_version_bytes(&self) -> usize {
        bytes(&self.beginnings.partition_version, 3)
    }

    /// The versions of all partitions.
    pub(super) fn partition_versions(&self) -> KeyRange {
        KeyRange::prefix(with(&self.beginnings.partition_version, 0))
    }

    /// The partition of a key of those.
    pub(super) fn partition_of(key: &[u8]) -> Option<PartitionId> {
        key.last_chunk().map(|number| PartitionId(u64::from_be_bytes(*number)))
    }

    /// Tablet meta.
    pub fn tablet(&self, tablet: TabletId, index: &TabletIndex) -> TupleKey {
        of_tablet(&self.beginnings.tablet, tablet, index)
    }

    /// Stats. The sums of loads have this as their prefix.
    pub fn stats(&self, tablet: TabletId, index: &TabletIndex) -> TupleKey {
        of_tablet(&self.beginnings.stats, tablet, index)
    }

    /// A sum of loads.
    pub fn load_sum(&self, tablet: TabletId, index: &TabletIndex, sum: LoadSum) -> TupleKey {
        // Room for the name too.
        let key = self.beginnings.stats.with_room(4 * INTEGER + TupleKey::room(sum.name()));
        ending(key, tablet, index).str(sum.name())
    }

    /// A rowset by its last version.
    pub fn rowset(&self, tablet: TabletId, end: Version) -> TupleKey {
        with(&self.beginnings.rowset, 2).u64(tablet.0).i64(end)
    }

    /// Rowsets whose last version lies in a range.
    pub fn rowsets(&self, tablet: TabletId, ends: VersionRange) -> KeyRange {
        KeyRange::inclusive(self.rowset(tablet, ends.start), self.rowset(tablet, ends.end))
    }

    /// The rowset of a transaction in a tablet.
    pub fn tmp_rowset(&self, txn: TxnId, tablet: TabletId) -> TupleKey {
        with(&self.beginnings.tmp_rowset, 2).u64(txn.0).u64(tablet.0)
    }

    /// All rowsets of a transaction.
    pub fn tmp_rowsets(&self, txn: TxnId) -> KeyRange {
        KeyRange::prefix(with(&self.beginnings.tmp_rowset, 1).u64(txn.0))
    }

    /// A rowset that is to be recycled.
    pub fn recycle(&self, tablet: TabletId, rowset: RowsetId) -> TupleKey {
        with(&self.beginnings.recycle, 2).u64(tablet.0).u64(rowset.0)
    }

    /// All rowsets that are to be recycled.
    pub fn recycles(&self) -> KeyRange {
        KeyRange::prefix(with(&self.beginnings.recycle, 0))
    }

    /// A delete bitmap.
    pub fn delete_bitmap(
        &self,
        tablet: TabletId,
        rowset: RowsetId,
        version: Version,
        segment: u32,
    ) -> TupleKey {
        let key = with(&self.beginnings.delete_bitmap, 4).u64(tablet.0).u64(rowset.0);
        key.i64(version).u64(segment.into())
    }

    /// The delete bitmaps of a rowset by versions in a range.
    pub fn delete_bitmaps(&self, tablet: TabletId, rowset: RowsetId, versions: VersionRange) -> KeyRange {
        let first = self.delete_bitmap(tablet, rowset, versions.start, 0);
        KeyRange::inclusive(first, self.delete_bitmap(tablet, rowset, versions.end, u32::MAX))
    }

    /// The lock over a table's delete bitmaps.
    pub fn delete_bitmap_lock(&self, table: TableId) -> TupleKey {
        with(&self.beginnings.delete_bitmap_lock, 2).u64(table.0).i64(-1)
    }

    /// Delete bitmaps that were written for a transaction that is not committed.
    pub fn delete_bitmap_pending(&self, tablet: TabletId) -> TupleKey {
        with(&self.beginnings.delete_bitmap_pending, 1).u64(tablet.0)
    }

    /// Compactions under way.
    pub fn job(&self, tablet: TabletId, index: &TabletIndex) -> TupleKey {
        of_tablet(&self.beginnings.job, tablet, index)
    }

    /// A partition's version.
    pub fn partition_version(&self, db: u64, table: TableId, partition: PartitionId) -> TupleKey {
        with(&self.beginnings.partition_version, 3).u64(db).u64(table.0).u64(partition.0)
    }

    /// A transaction.
    pub fn txn_info(&self, db: u64, txn: TxnId) -> TupleKey {
        with(&self.beginnings.txn_info, 2).u64(db).u64(txn.0)
    }

    /// The database of a transaction.
    pub fn txn_index(&self, txn: TxnId) -> TupleKey {
        with(&self.beginnings.txn_index, 1).u64(txn.0)
    }

    /// The transaction of a label.
    pub fn txn_label(&self, db: u64, label: &str) -> TupleKey {
        with(&self.beginnings.txn_label, 1).u64(db).str(label)
    }
}
