//! What lies under the meta-service's keys, and travels in its answers.

use super::SyncCursor;
use crate::base::{
    BackendId, JobId, PartitionId, RowsetId, SimTime, TableId, TabletId, TxnId, Version, VersionRange,
};
use crate::rowset::RowsetMeta;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Where a tablet belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TabletIndex {
    /// Database.
    pub db: u64,
    /// Table.
    pub table: TableId,
    /// Materialised index.
    pub index: u64,
    /// Partition.
    pub partition: PartitionId,
}

/// Whether a tablet serves reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TabletState {
    /// It does.
    #[default]
    Running,
    /// A schema change still fills it with what came before a version.
    NotReady {
        /// Up to here rowsets come from the old tablet.
        alter_version: Version,
    },
}

/// A tablet's settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TabletMeta {
    /// Whether it serves.
    pub state: TabletState,
    /// Whether it is merge-on-write: it has delete bitmaps.
    pub merge_on_write: bool,
}

/// A tablet's counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TabletStats {
    /// What stands for its layout.
    pub cursor: SyncCursor,
    /// Rowsets that readers see.
    pub rowsets: i64,
    /// Their segments.
    pub segments: i64,
    /// Their rows.
    pub rows: i64,
    /// Their bytes.
    pub bytes: i64,
    /// When the last cumulative compaction was committed.
    pub last_cumulative_at: Option<SimTime>,
    /// The same of base compactions.
    pub last_base_at: Option<SimTime>,
    /// The same of full ones.
    pub last_full_at: Option<SimTime>,
}

/// A rowset with what is known of its commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudRowset {
    /// Its meta; the range of one that is not committed is `[-1--1]`.
    pub meta: RowsetMeta,
    /// The transaction, or job, that wrote it.
    pub txn: TxnId,
    /// When readers could see it; nothing before.
    pub visible_at: Option<SimTime>,
    /// Schema that it was written with.
    pub schema_version: u32,
}

/// A rowset that is to be recycled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recycled {
    /// Where it was.
    pub tablet: TabletId,
    /// What.
    pub rowset: RowsetId,
    /// Since when.
    pub since: SimTime,
    /// Why.
    pub because: RecycleCause,
}

/// Why a rowset is to be recycled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecycleCause {
    /// Announced, and not committed so far: if its load dies, its files are found here.
    Prepared,
    /// A compaction replaced it.
    Compacted,
    /// Its transaction was aborted.
    Aborted,
}

/// How far a transaction got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TxnState {
    /// Begun.
    Prepared,
    /// Committed, with its rowsets still to be converted (lazy commit).
    Committed,
    /// Readers see it.
    Visible,
    /// Given up.
    Aborted,
}

/// A transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TxnInfo {
    /// Its label.
    pub label: String,
    /// How far it got.
    pub state: TxnState,
    /// When it began.
    pub began_at: SimTime,
    /// How long it may take.
    pub timeout: SimTime,
    /// When it became visible or was aborted.
    pub ended_at: Option<SimTime>,
    /// Whether it wrote to merge-on-write tables, so that delete bitmaps wait for it.
    pub merge_on_write: bool,
    /// The version it gave each partition.
    pub versions: Vec<PartitionVersion>,
}

/// A partition and its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionVersion {
    /// Table.
    pub table: TableId,
    /// Partition.
    pub partition: PartitionId,
    /// Version.
    pub version: Version,
}

/// What lies under a partition's version key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionRecord {
    /// The newest version; 1 where no load was committed.
    pub version: Version,
    /// When it became that.
    pub since: SimTime,
    /// A transaction whose rowsets are not converted: its version comes next.
    pub pending: Option<TxnId>,
}

impl VersionRecord {
    /// Of a partition that nobody committed to.
    pub const FIRST: Self = Self { version: 1, since: SimTime::ZERO, pending: None };
}

/// Kinds of compaction jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum JobKind {
    /// Above the point.
    Cumulative,
    /// Moves the point over a delete rowset, without merging.
    EmptyCumulative,
    /// Below the point.
    Base,
    /// Everything.
    Full,
    /// Keeps other jobs out.
    StopToken,
}

/// A compaction job under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What it does.
    pub kind: JobKind,
    /// Who does it.
    pub backend: BackendId,
    /// Versions it merges.
    pub input: VersionRange,
    /// After this it may not commit.
    pub expires_at: SimTime,
    /// After this it counts as dead unless the lease is prolonged.
    pub leased_until: SimTime,
}

impl Job {
    /// Whether it no longer stands in the way of others.
    pub fn is_over(&self, now: SimTime) -> bool {
        self.expires_at < now || self.leased_until < now
    }
}

/// Jobs of a tablet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TabletJobs {
    /// Compactions.
    pub compactions: Vec<Job>,
    /// A schema change that copies up to this version.
    pub alter_version: Option<Version>,
}

/// Who may write a table's delete bitmaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LockOwner {
    /// A load that is being published. One at a time.
    Load(TxnId),
    /// A compaction. Several share the lock, each on tablets of its own.
    Compaction(JobId),
}

/// The lock over a table's delete bitmaps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BitmapLock {
    /// Each with the time at which its hold ends.
    pub owners: Vec<(LockOwner, SimTime)>,
}

/// Rows deleted from one segment by one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BitmapEntry {
    /// Rowset.
    pub rowset: RowsetId,
    /// Segment.
    pub segment: u32,
    /// The version that deletes.
    pub version: Version,
    /// Row numbers, ascending.
    pub rows: Vec<u32>,
}

/// Delete bitmaps written for a load that is not committed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingBitmaps {
    /// For whom.
    pub owner: LockOwner,
    /// Rowset, version and segment of each.
    pub written: Vec<(RowsetId, Version, u32)>,
}

/// A tablet named in a request, with what the asking side knows of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncRequest {
    /// Which.
    pub tablet: TabletId,
    /// Versions that are missing; the end −1 stands for all there are.
    pub asked: VersionRange,
    /// The layout at hand; nothing where the asking side does not say.
    pub cursor: Option<SyncCursor>,
}
