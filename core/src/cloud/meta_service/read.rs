//! `get_rowset`: what a backend has not seen, and the counters to remember with it.

use super::{Call, Context, MetaService, MsError, Store};
use crate::base::{INFINITE_VERSION, PartitionId, SimTime, TableId, TabletId, TxnId, Version, VersionRange};
use crate::cloud::{
    CloudRowset, Family, SyncRanges, SyncRequest, TabletJobs, TabletStats, VersionRecord, calc_sync_versions,
};
use alloc::boxed::Box;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// The answer to a [`SyncRequest`]: one snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncReply {
    /// Which tablet.
    pub tablet: TabletId,
    /// Ranges sent, and why.
    pub ranges: SyncRanges,
    /// Rowsets whose last version lies in one of them, range by range.
    pub rowsets: SmallVec<[CloudRowset; 1]>,
    /// Counters and point.
    pub stats: TabletStats,
    /// The partition's version.
    pub partition_version: Version,
    /// A lazy commit that was completed for this read.
    pub advanced: Option<TxnId>,
}

impl MetaService {
    /// Answers a backend's sync. A lazy commit that its partition waits for is completed first.
    ///
    /// # Errors
    /// Unknown tablet; no cursor; a counter or the point is larger than the stored one.
    #[inline(never)]
    pub fn get_rowset(&mut self, request: &SyncRequest, now: SimTime) -> Result<Box<SyncReply>, MsError> {
        let mut reply = self.call(Call::GetRowset, |context| context.get_rowset(request))?;
        if let Err(txn) = reply {
            self.push_through(txn, now)?;
            reply = self.step(Call::GetRowset, |context| context.get_rowset(request))?;
            if let Ok(reply) = &mut reply {
                reply.advanced = Some(txn);
            }
        }
        reply.map_err(|txn| MsError::TxnOver(txn, crate::cloud::TxnState::Committed))
    }

    /// The version that readers of a partition get. A lazy commit is completed first.
    ///
    /// # Errors
    /// The transaction of a lazy commit is damaged.
    #[inline(never)]
    pub fn get_version(
        &mut self,
        db: u64,
        table: TableId,
        partition: PartitionId,
        now: SimTime,
    ) -> Result<VersionRecord, MsError> {
        let record = self.call(Call::GetVersion, |context| Ok(context.version(db, table, partition)))?;
        let Some(txn) = record.pending else { return Ok(record) };
        self.push_through(txn, now)?;
        self.step(Call::GetVersion, |context| Ok(context.version(db, table, partition)))
    }

    /// The counters of a tablet, without the bookkeeping of a call: for checkers and screens.
    pub fn peek_stats(&self, tablet: TabletId) -> Option<TabletStats> {
        self.peek(|context| {
            let index = context.index(tablet)?;
            Ok(context.stats(tablet, &index)?.1)
        })
    }

    /// Every rowset of a tablet by its end, without the bookkeeping of a call.
    pub fn peek_rowsets(&self, tablet: TabletId) -> Vec<CloudRowset> {
        let mut rowsets = Vec::new();
        self.peek(|context| {
            context.rowsets(tablet, VersionRange::new(0, INFINITE_VERSION), &mut rowsets);
            Ok(())
        });
        rowsets
    }

    /// A tablet's part of a lazy commit that is not converted, without the bookkeeping of a call.
    pub fn peek_unconverted(&self, tablet: TabletId) -> Option<CloudRowset> {
        self.peek(|context| {
            let index = context.index(tablet)?;
            let Some(txn) = context.version(index.db, index.table, index.partition).pending else {
                return Ok(None);
            };
            let key = context.keys.tmp_rowset(txn, tablet);
            Ok(context.get(Family::TmpRowset, &key))
        })?
    }

    /// Jobs that are recorded for a tablet, those that ran out included, without the bookkeeping of a call.
    pub fn peek_jobs(&self, tablet: TabletId) -> Option<TabletJobs> {
        self.peek(|context| {
            let index = context.index(tablet)?;
            Ok(context.jobs(tablet, &index))
        })
    }

    pub(super) fn peek<T>(&self, work: impl FnOnce(&mut Context<'_>) -> Result<T, MsError>) -> Option<T> {
        let (rule, kv, keys) = (self.rule, &self.kv, &self.keys);
        let (txn, cost) = (&mut kv.look(), &mut super::CallCost::default());
        kv.uncounted(|| work(&mut Context { kv: Store::Look(kv, &self.created), keys, rule, txn, cost }).ok())
    }
}

impl Context<'_> {
    /// The version record of a partition; version 1 where there is none.
    pub(super) fn version(&mut self, db: u64, table: TableId, partition: PartitionId) -> VersionRecord {
        let key = self.keys.partition_version(db, table, partition);
        let record = self.get(Family::PartitionVersion, &key);
        record.unwrap_or(VersionRecord::FIRST)
    }

    /// The answer, or the transaction that has to be converted before there is one.
    fn get_rowset(&mut self, request: &SyncRequest) -> Result<Result<Box<SyncReply>, TxnId>, MsError> {
        let cursor = request.cursor.ok_or(MsError::Missing("compaction counters and point".into()))?;
        let tablet = request.tablet;
        let index = self.index(tablet)?;
        let version = self.version_of(tablet, &index);
        if let Some(txn) = version.pending {
            return Ok(Err(txn));
        }
        let (_, stats) = self.stats(tablet, &index)?;
        if let Some((what, asked, known)) = cursor.ahead_of(&stats.cursor) {
            return Err(MsError::Ahead(what.into(), asked, known));
        }
        let mut asked = request.asked;
        if asked.end == -1 {
            asked.end = INFINITE_VERSION;
        }
        let ranges = calc_sync_versions(&cursor, &stats.cursor, asked, self.rule);
        let mut rowsets = SmallVec::new();
        for range in &ranges {
            self.rowsets(tablet, range.range, &mut rowsets);
        }
        let partition_version = version.version;
        // Moved as one word from here on.
        Ok(Ok(Box::new(SyncReply { tablet, ranges, rowsets, stats, partition_version, advanced: None })))
    }
}
