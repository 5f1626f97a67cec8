//! Delete bitmaps of merge-on-write tables, the lock that orders their writers, and the recycler.
//!
//! ```text
//! FE   lock(table, load x7) ──▶ counters and points of its tablets go along to the publishing backends
//! BE   publish: marks against rowsets that came since ──▶ update(tablet, x7, marks)    pending x7
//! FE   commit txn x7 ──▶ lock must still be x7's; pending is forgotten, marks are for good
//!      x7 dies instead: whoever updates next removes what is pending
//! ```

use super::{Call, Context, MetaService, MsError, decode};
use crate::base::{RowsetId, SimTime, TableId, TabletId, Version, VersionRange};
use crate::cloud::{
    BitmapEntry, BitmapLock, Family, LockOwner, PendingBitmaps, RecycleCause, Recycled, SyncCursor,
};
use crate::kv::TupleKey;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Versions of a rowset's delete bitmaps.
pub type RowsetVersions = (RowsetId, VersionRange);

/// Which delete bitmaps a backend lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BitmapRequest {
    /// Where.
    pub tablet: TabletId,
    /// Of which rowsets, and which versions.
    pub wanted: Vec<RowsetVersions>,
    /// The layout that the rowsets were read from.
    pub cursor: SyncCursor,
}

impl MetaService {
    /// Takes, or prolongs, the lock over a table's delete bitmaps. Gives the cursors of `tablets`, so
    /// that a publishing backend sees whether its view is the right one. Compactions share the lock; a
    /// load has it alone. Holds that ran out do not count.
    ///
    /// # Errors
    /// Somebody else holds it; a tablet is unknown.
    pub fn lock_bitmaps(
        &mut self,
        table: TableId,
        owner: LockOwner,
        tablets: &[TabletId],
        until: SimTime,
        now: SimTime,
    ) -> Result<Vec<SyncCursor>, MsError> {
        self.call(Call::LockBitmaps, |context| {
            let mut lock = context.lock(table);
            lock.owners.retain(|&(_, ends)| ends >= now);
            let shared = |other: LockOwner| {
                matches!((owner, other), (LockOwner::Compaction(_), LockOwner::Compaction(_)))
            };
            if let Some(&(other, ends)) =
                lock.owners.iter().find(|&&(other, _)| other != owner && !shared(other))
            {
                return Err(MsError::LockHeld(other, ends));
            }
            lock.owners.retain(|&(other, _)| other != owner);
            lock.owners.push((owner, until));
            let key = context.keys.delete_bitmap_lock(table);
            context.put(Family::DeleteBitmapLock, key, &lock);
            let mut cursors = Vec::with_capacity(tablets.len());
            for &tablet in tablets {
                let index = context.index(tablet)?;
                cursors.push(context.stats(tablet, &index)?.1.cursor);
            }
            Ok(cursors)
        })
    }

    /// Gives the lock back.
    ///
    /// # Errors
    /// It is not held by who says so.
    pub fn unlock_bitmaps(&mut self, table: TableId, owner: LockOwner, now: SimTime) -> Result<(), MsError> {
        self.call(Call::UnlockBitmaps, |context| context.release(table, owner, now))
    }

    /// Writes delete bitmaps of a tablet. A load's are for good only once it commits: what a load before wrote
    /// and did not commit is removed. A compaction's belong to its output, which nobody sees before its commit,
    /// so nothing is kept of them, and jobs side by side leave each other's alone.
    ///
    /// # Errors
    /// Unknown tablet; the lock is not held.
    pub fn update_bitmaps(
        &mut self,
        tablet: TabletId,
        owner: LockOwner,
        entries: &[BitmapEntry],
        now: SimTime,
    ) -> Result<(), MsError> {
        self.call(Call::UpdateBitmaps, |context| {
            let index = context.index(tablet)?;
            context.holds(index.table, owner, now)?;
            let key = context.keys.delete_bitmap_pending(tablet);
            if let Some(pending) = context.get::<PendingBitmaps>(Family::DeleteBitmapLock, &key) {
                for (rowset, version, segment) in pending.written {
                    let key = context.keys.delete_bitmap(tablet, rowset, version, segment);
                    context.delete(Family::DeleteBitmap, key);
                }
            }
            if let LockOwner::Load(_) = owner {
                let written = entries.iter().map(|entry| (entry.rowset, entry.version, entry.segment));
                let pending = PendingBitmaps { owner, written: written.collect() };
                context.put(Family::DeleteBitmapLock, key, &pending);
            }
            for entry in entries {
                let key = context.keys.delete_bitmap(tablet, entry.rowset, entry.version, entry.segment);
                context.put(Family::DeleteBitmap, key, entry);
            }
            Ok(())
        })
    }

    /// Reads delete bitmaps, rowset by rowset, each by version and segment.
    ///
    /// # Errors
    /// Unknown tablet; base or cumulative count or point are not the stored ones (the full count is not
    /// compared): the rowsets asked for may be gone.
    pub fn get_bitmaps(&mut self, request: &BitmapRequest) -> Result<Vec<BitmapEntry>, MsError> {
        self.call(Call::GetBitmaps, |context| {
            let index = context.index(request.tablet)?;
            let (_, stats) = context.stats(request.tablet, &index)?;
            let (be, ms) = (request.cursor, stats.cursor);
            if (be.base, be.cumulative, be.point) != (ms.base, ms.cumulative, ms.point) {
                return Err(MsError::RowsetsExpired(be, ms));
            }
            Ok(context.bitmaps(request.tablet, &request.wanted))
        })
    }

    /// Delete bitmaps of a tablet, those that are not for good included, without the bookkeeping of a call.
    pub fn peek_bitmaps(&self, tablet: TabletId, wanted: &[RowsetVersions]) -> Vec<BitmapEntry> {
        self.peek(|context| Ok(context.bitmaps(tablet, wanted))).unwrap_or_default()
    }

    /// Removes rowsets that nobody needs since before a time, with their delete bitmaps; those that are
    /// only announced must have been so since `prepared_before`. Gives what went.
    ///
    /// # Errors
    /// None at present: the store refuses nothing.
    pub fn recycle(&mut self, before: SimTime, prepared_before: SimTime) -> Result<Vec<Recycled>, MsError> {
        self.call(Call::Recycle, |context| {
            let (range, mut due) = (context.keys.recycles(), Vec::new());
            context.scan(Family::Recycle, range, |_, value| {
                let recycled: Recycled = decode(value);
                let limit = if recycled.because == RecycleCause::Prepared { prepared_before } else { before };
                if recycled.since < limit {
                    due.push(recycled);
                }
            });
            for recycled in &due {
                let key = context.keys.recycle(recycled.tablet, recycled.rowset);
                context.delete(Family::Recycle, key);
                let all = VersionRange::new(Version::MIN, Version::MAX);
                let range = context.keys.delete_bitmaps(recycled.tablet, recycled.rowset, all);
                context.clear(Family::DeleteBitmap, range);
            }
            Ok(due)
        })
    }
}

impl Context<'_> {
    fn bitmaps(&mut self, tablet: TabletId, wanted: &[RowsetVersions]) -> Vec<BitmapEntry> {
        let mut entries = Vec::new();
        for &(rowset, versions) in wanted {
            let range = self.keys.delete_bitmaps(tablet, rowset, versions);
            self.scan(Family::DeleteBitmap, range, |_, value| entries.push(decode(value)));
        }
        entries
    }

    fn lock(&mut self, table: TableId) -> BitmapLock {
        let key = self.keys.delete_bitmap_lock(table);
        self.get(Family::DeleteBitmapLock, &key).unwrap_or_default()
    }

    fn holds(&mut self, table: TableId, owner: LockOwner, now: SimTime) -> Result<BitmapLock, MsError> {
        let lock = self.lock(table);
        if lock.owners.iter().any(|&(other, ends)| other == owner && ends >= now) {
            return Ok(lock);
        }
        Err(MsError::LockLost(owner))
    }

    /// Gives a lock back that must be held.
    pub(super) fn release(&mut self, table: TableId, owner: LockOwner, now: SimTime) -> Result<(), MsError> {
        let mut lock = self.holds(table, owner, now)?;
        lock.owners.retain(|&(other, _)| other != owner);
        let key = self.keys.delete_bitmap_lock(table);
        if lock.owners.is_empty() {
            self.delete(Family::DeleteBitmapLock, key);
        } else {
            self.put(Family::DeleteBitmapLock, key, &lock);
        }
        Ok(())
    }

    /// What an owner wrote is for good.
    pub(super) fn drop_pending(&mut self, key: TupleKey, owner: LockOwner) {
        let pending = self.get::<PendingBitmaps>(Family::DeleteBitmapLock, &key);
        if pending.is_some_and(|pending| pending.owner == owner) {
            self.delete(Family::DeleteBitmapLock, key);
        }
    }
}
