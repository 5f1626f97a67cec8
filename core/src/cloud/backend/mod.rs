//! What does one backend know of a tablet, and how does it catch up?
//!
//! ```text
//! meta-service  [0-1][2-----5][6][7][8]     bc=0 cc=2 cp=6
//! here          [0-1][2][3][4][5][6]        bc=0 cc=1 cp=2     newest 6
//! ask           [7-∞) at bc=0 cc=1 cp=2 ─▶ [2-5] (missed cumulative) and [7-∞)
//! then          [0-1][2-----5][6][7][8]     stale #1 [2][3][4][5]
//! ```
//!
//! A view is a [`Tablet`] with the cursor it was last seen at. Rowsets come by sync, by the backend's own
//! loads when a notice says their version ([`CloudTablet::notice`]), and by its own compactions.

mod add;
mod bitmap;
mod compaction;
mod expiring;
mod holes;
mod notice;
mod rowsets;
mod saved;
mod seldom;
mod sync;
mod when;

#[cfg(test)]
mod tests;

pub use add::Changed;
pub use bitmap::{DeleteBitmap, PublishWork, Published, TxnBitmap};
pub use compaction::OwnCompaction;
pub use expiring::ByTxn;
pub use holes::{HoleRule, hole_id, is_hole};
pub use notice::{CommittedRowset, Extent, Notice, NoticeOrder, Noticed};
pub use saved::SavedView;
pub use sync::{SYNC_ATTEMPTS_MAX, SyncOptions, SyncOutcome, Synced};
pub use when::{PublishRequest, SyncCause, SyncPeriod, retry_delay};

use super::{SyncCursor, TabletMeta, TabletStats};
use crate::base::{SimTime, TabletId, Version, VersionRange};
use crate::rowset::RowsetMeta;
use crate::tablet::{CaptureOptions, ReadError, Sweep, SweepRule, Tablet};
use crate::version_graph::CaptureError;
use alloc::borrow::Cow;
use alloc::vec::Vec;
use rowsets::Rowsets;
use seldom::{Seldom, Told};
use serde::{Deserialize, Serialize};

/// One backend's view of a tablet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudTablet {
    id: TabletId,
    meta: TabletMeta,
    rowsets: Rowsets,
    max_version: Version,
    cursor: SyncCursor,
    base_bytes: u64,
    told: Told,
    last_sync: Option<SimTime>,
    stale_view: bool,
    holes: HoleRule,
    seldom: Seldom,
}

impl CloudTablet {
    /// A tablet that enters the cache: nothing of it is known but its settings.
    pub fn new(id: TabletId, meta: TabletMeta, holes: HoleRule) -> Self {
        Self {
            id,
            meta,
            rowsets: Rowsets::default(),
            max_version: -1,
            cursor: SyncCursor { point: -1, ..SyncCursor::default() },
            base_bytes: 0,
            told: Told::default(),
            last_sync: None,
            stale_view: false,
            holes,
            seldom: Seldom::default(),
        }
    }

    /// Which tablet.
    pub const fn id(&self) -> TabletId {
        self.id
    }

    /// Its settings.
    pub const fn meta(&self) -> TabletMeta {
        self.meta
    }

    /// Live and stale rowsets as a tablet; O(live rowsets) where nothing ever was stale, which is not kept as one.
    pub fn rowsets(&self) -> Cow<'_, Tablet> {
        self.rowsets.seen(self.cursor.point)
    }

    /// Live rowsets by range.
    pub fn live(&self) -> impl DoubleEndedIterator<Item = &RowsetMeta> + ExactSizeIterator {
        self.rowsets.live()
    }

    /// Live rowsets that a range contains. O(log n) to the first.
    pub fn live_within(&self, range: VersionRange) -> impl Iterator<Item = &RowsetMeta> {
        self.rowsets.live_within(range)
    }

    /// Number of live rowsets. O(1).
    pub fn live_len(&self) -> usize {
        self.rowsets.live_len()
    }

    /// The newest version at hand; −1 before the first sync.
    pub const fn max_version(&self) -> Version {
        self.max_version
    }

    /// The layout at hand.
    pub const fn cursor(&self) -> SyncCursor {
        self.cursor
    }

    /// Bytes of the live rowset that starts at version 2.
    pub const fn base_bytes(&self) -> u64 {
        self.base_bytes
    }

    /// When it was last synced.
    pub const fn last_sync(&self) -> Option<SimTime> {
        self.last_sync
    }

    /// Delete bitmaps.
    pub const fn bitmap(&self) -> &DeleteBitmap {
        &self.seldom.get().bitmap
    }

    /// Notices that wait for an earlier version.
    pub fn pending_len(&self) -> usize {
        self.seldom.get().pending.len()
    }

    /// About how many rowsets there are: what the meta-service last said, or the live ones if more.
    pub fn rowsets_approximately(&self) -> u64 {
        self.told.rowsets().max(self.live_len() as i64) as u64
    }

    /// The stats that the meta-service last told.
    pub fn stats(&self) -> TabletStats {
        self.told.stats()
    }

    /// Rowsets from the point on and their compaction score. Costs what is counted.
    pub fn cumulative(&self) -> (u64, u64) {
        let above = self.live().rev().take_while(|meta| meta.range.end >= self.cursor.point);
        above.fold((0, 0), |(count, score), meta| (count + 1, score + meta.score()))
    }

    /// Captures the rowsets of a read, see [`Tablet::capture`].
    ///
    /// # Errors
    /// −230 where this backend never had, or has no more, the parts of a merged rowset; 6 where versions
    /// are missing; 33 for a version below zero, which is what a view has before its first sync.
    pub fn capture(&self, version: Version, out: &mut Vec<VersionRange>) -> Result<(), ReadError> {
        if version < 0 {
            out.clear();
            return Err(not_synced(version));
        }
        self.rowsets.capture(version, out)
    }

    /// Rows that a read of a version finds in the rowsets that it captures.
    ///
    /// # Errors
    /// As [`Self::capture`].
    pub fn rows(&self, version: Version) -> Result<u64, ReadError> {
        if version < 0 { Err(not_synced(version)) } else { self.rowsets.rows(version) }
    }

    /// What another backend gets that met −230 and asks its peers: rowsets that answer the range, from
    /// memory, without a sync. They serve that one read and are not put into the other's view.
    ///
    /// # Errors
    /// No path here either.
    pub fn answer_peer(&self, range: VersionRange) -> Result<Vec<RowsetMeta>, ReadError> {
        let (mut path, mut metas) = (Vec::new(), Vec::new());
        let options = CaptureOptions::default();
        self.rowsets().capture_rowsets(range, options, &mut path, |meta, _| metas.push(*meta))?;
        Ok(metas)
    }

    /// Stale paths that are due go, without a test; what becomes unused loses its delete bitmaps.
    pub fn expire(&mut self, now: SimTime, rule: &SweepRule) -> Sweep {
        let sweep = self.rowsets.expire(now, rule);
        if let Some(parts) = self.seldom.known() {
            sweep.unused.iter().for_each(|meta| parts.bitmap.forget(meta.id));
        }
        sweep
    }

    /// Paths get the ids that a recording has, see [`Tablet::renumber_paths`].
    pub fn renumber_paths(&mut self, ids: &[(crate::base::PathId, crate::base::PathId)]) {
        self.tablet().renumber_paths(ids);
    }

    /// Moves the point; never back, unless to −1.
    fn set_point(&mut self, point: Version) {
        if point >= self.cursor.point || point == -1 {
            self.cursor.point = point;
            self.rowsets.set_point(point);
        }
    }
}

/// A view before its first sync is at version −1, and can be read at no other.
const fn not_synced(version: Version) -> ReadError {
    let range = VersionRange::new(0, version);
    ReadError::Missing { cause: CaptureError::Reversed { range }, missed: range }
}
