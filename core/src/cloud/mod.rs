//! How does a tablet's metadata travel when storage is shared: who knows which version, when, and at
//! what price?
//!
//! ```text
//!   load ──▶ BE 1 ──prepare, commit rowset──▶ ┌──────────────┐ ◀──get_rowset (cursor, from version)── BE 2 ◀── query
//!            │                                │ meta-service │                                        ▲
//!            └── commit txn (FE or BE) ─────▶ │  ordered KV  │ ──stats, rowsets of the ranges that────┘
//!                        │                    └──────────────┘   calc_sync_versions finds
//!                        └── notify BE 1, best effort ──▶ pending, applied in order of versions
//! ```
//!
//! The meta-service is the truth: [`MetaService`] is stateless over a key-value store with Doris's keys.
//! A backend has a view of each tablet, [`CloudTablet`], that is behind, never ahead. It is made equal
//! again by counters, not by comparing rowsets ([`calc_sync_versions`]).
//!
//! Nothing here sends a message or waits: requests and answers are values, time comes in as `now`.
//!
//! Invariants:
//! - counters and point never run backwards, neither there nor here;
//! - a backend whose cursor equals the meta-service's has the same live rowsets up to its newest version
//!   (the two exceptions that the reference has are named in [`CloudTablet::apply_compaction`]);
//! - what a notice brings is taken only where it continues the versions at hand.
//!
//! Source: Apache Doris in cloud mode (January 2026 and, where said, what came until autumn 2026).

mod backend;
mod keys;
mod meta_service;
mod records;
mod sync;

#[cfg(test)]
mod tests;

pub use backend::{
    ByTxn, Changed, CloudTablet, CommittedRowset, DeleteBitmap, Extent, HoleRule, Notice, NoticeOrder,
    Noticed, OwnCompaction, PublishRequest, PublishWork, Published, SYNC_ATTEMPTS_MAX, SavedView, SyncCause,
    SyncOptions, SyncOutcome, SyncPeriod, Synced, TxnBitmap, hole_id, is_hole, retry_delay,
};
pub use keys::{Family, Keys, LoadSum};
pub use meta_service::{
    AbortJob, BitmapRequest, Call, CallCost, CommitTxn, Committed, FinishJob, JobCounting, MetaService,
    MsError, NewTablet, NewTablets, RowsetVersions, StartJob, SyncReply,
};
pub use records::{
    BitmapEntry, BitmapLock, CloudRowset, Job, JobKind, LockOwner, PartitionVersion, PendingBitmaps,
    RecycleCause, Recycled, SyncRequest, TabletIndex, TabletJobs, TabletMeta, TabletState, TabletStats,
    TxnInfo, TxnState, VersionRecord,
};
pub use sync::{Because, MissedCumulative, SyncCursor, SyncRange, SyncRanges, SyncRule, calc_sync_versions};
