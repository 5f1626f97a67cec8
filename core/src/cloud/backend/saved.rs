//! A view that is kept, or sent to another backend: what it needs to go on from there.
//!
//! ```text
//! this backend   [0-1][2---5][6][7]   bc=0 cc=1 cp=6        saved, or asked for by a peer
//! later          [0-1][2---5][6][7]   bc=0 cc=1 cp=6        asks for 8-∞ only, and what was merged since
//! ```
//!
//! Layout and cursor are of one moment, so that the next sync brings what changed since. Stale rowsets
//! are left out: a reader of a version that only they serve meets −230.

use super::{CloudTablet, HoleRule};
use crate::base::{SimTime, TabletId, Version};
use crate::cloud::{BitmapEntry, SyncCursor, TabletMeta, TabletStats};
use crate::rowset::RowsetMeta;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A view at a moment, without what only readers of older versions need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    /// Which tablet.
    pub tablet: TabletId,
    /// Its settings.
    pub meta: TabletMeta,
    /// The layout.
    pub cursor: SyncCursor,
    /// Counters as the meta-service told them.
    pub stats: TabletStats,
    /// Newest version.
    pub max_version: Version,
    /// When it was last synced.
    pub last_sync: Option<SimTime>,
    /// Live rowsets, by version.
    pub rowsets: Vec<RowsetMeta>,
    /// Delete bitmaps.
    pub bitmap: Vec<BitmapEntry>,
}

impl CloudTablet {
    /// The view as it is now. O(rowsets and delete bitmaps).
    pub fn saved(&self) -> SavedView {
        let entry = |(rowset, segment, version, rows): (_, _, _, &[u32])| BitmapEntry {
            rowset,
            segment,
            version,
            rows: rows.to_vec(),
        };
        SavedView {
            tablet: self.id,
            meta: self.meta,
            cursor: self.cursor,
            stats: self.stats(),
            max_version: self.max_version,
            last_sync: self.last_sync,
            rowsets: self.live().copied().collect(),
            bitmap: self.bitmap().iter().map(entry).collect(),
        }
    }

    /// A view that goes on from a saved one.
    pub fn restored(saved: SavedView, holes: HoleRule) -> Self {
        let mut view = Self::new(saved.tablet, saved.meta, holes);
        view.base_bytes =
            saved.rowsets.iter().find(|meta| meta.range.start == 2).map_or(0, |meta| meta.bytes);
        view.cursor = saved.cursor;
        view.rowsets.add(&saved.rowsets, saved.cursor.point);
        view.told = saved.stats.into();
        view.max_version = saved.max_version;
        view.last_sync = saved.last_sync;
        view.merge_bitmaps(saved.bitmap);
        view
    }

    /// Adds delete bitmaps that the meta-service answered.
    pub fn merge_bitmaps(&mut self, entries: Vec<BitmapEntry>) {
        if !entries.is_empty() {
            self.seldom.room().bitmap.merge(entries);
        }
    }
}
