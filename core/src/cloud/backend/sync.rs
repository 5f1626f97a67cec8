//! A sync: ask, check, apply.

use super::rowsets::Rowsets;
use super::{Changed, CloudTablet, TxnBitmap};
use crate::base::{INFINITE_VERSION, SimTime, TxnId, Version, VersionRange};
use crate::cloud::{BitmapRequest, MetaService, MsError, SyncCursor, SyncReply, SyncRequest, TabletState};
use crate::rowset::RowsetMeta;
use alloc::boxed::Box;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// How often a sync asks again when its answer is outdated by the backend's own compactions.
pub const SYNC_ATTEMPTS_MAX: u32 = 10;

/// What a sync is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncOptions {
    /// Enough if the view reaches this version; without it, all there is.
    pub query_version: Option<Version>,
    /// Ask for everything from version 0.
    pub full: bool,
    /// Leave delete bitmaps alone.
    pub skip_bitmaps: bool,
}

/// What came of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Synced {
    /// It was taken over.
    Applied {
        /// What changed.
        changed: Changed,
        /// Rowsets that were here already.
        known: u64,
    },
    /// It is older than this view: a compaction of this backend was committed meanwhile. Ask again.
    Outdated {
        /// Counters here.
        here: SyncCursor,
        /// Counters of the answer.
        answer: SyncCursor,
    },
}

/// What a whole sync came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SyncOutcome {
    /// The view reached the version wanted; nothing was asked.
    NotNeeded,
    /// Synced.
    Synced {
        /// What changed.
        changed: Changed,
        /// The last request.
        request: SyncRequest,
        /// The last answer.
        reply: Box<SyncReply>,
        /// How many times it asked for rowsets.
        asked: u32,
        /// Delete bitmaps that the backend still had from its own loads.
        own_bitmaps: u64,
    },
    /// Every answer was outdated; the view stays as it is, and that is no error.
    GaveUp,
}

impl CloudTablet {
    /// What to ask, or nothing where the view reaches the version wanted.
    pub fn sync_request(&self, options: &SyncOptions) -> Option<SyncRequest> {
        if options.query_version.is_some_and(|wanted| wanted > 0 && self.max_version >= wanted) {
            return None;
        }
        let start = if options.full { 0 } else { self.max_version + 1 };
        Some(SyncRequest { tablet: self.id, asked: VersionRange::new(start, -1), cursor: Some(self.cursor) })
    }

    /// Which delete bitmaps have to come along with an answer: all of new rowsets, and of known ones
    /// those of versions that are new.
    pub fn bitmap_request(&self, reply: &SyncReply) -> BitmapRequest {
        let ends = reply.rowsets.iter().map(|rowset| rowset.meta.range.end);
        let newest = ends.fold(self.max_version, Version::max);
        let new = reply.rowsets.iter().map(|rowset| &rowset.meta);
        let new = new.filter(|meta| !self.has(meta.id, meta.range));
        let mut wanted: Vec<_> = new.map(|meta| (meta.id, VersionRange::new(0, newest))).collect();
        if newest > self.max_version {
            let since = VersionRange::new(self.max_version + 1, newest);
            wanted.extend(self.live().map(|meta| (meta.id, since)));
        }
        BitmapRequest { tablet: self.id, wanted, cursor: reply.stats.cursor }
    }

    /// Takes an answer over: removes what is here, adds the rest, fills holes, moves the cursor.
    pub fn apply_sync(&mut self, reply: &SyncReply, now: SimTime) -> Synced {
        let answer = reply.stats.cursor;
        if answer.base < self.cursor.base || answer.cumulative < self.cursor.cumulative {
            return Synced::Outdated { here: self.cursor, answer };
        }
        let metas = reply.rowsets.iter().map(|rowset| rowset.meta);
        let new: SmallVec<[RowsetMeta; 2]> = metas.filter(|meta| !self.has(meta.id, meta.range)).collect();
        let known = (reply.rowsets.len() - new.len()) as u64;
        // Decided by the first of them, in the order of the answer.
        let overlap = new.first().is_some_and(|first| self.max_version >= first.range.start);
        let mut changed = self.add_rowsets(&new, overlap, now);
        changed.holes += self.fill_holes(reply.partition_version, now);
        self.cursor.base = answer.base;
        self.cursor.cumulative = answer.cumulative;
        self.cursor.full = answer.full;
        self.set_point(answer.point);
        self.told = reply.stats.into();
        self.last_sync = Some(now);
        self.stale_view = false;
        self.forget_pending(now, usize::MAX);
        Synced::Applied { changed, known }
    }

    /// The whole of it, against a meta-service that answers at once: settings of a tablet that does not
    /// serve yet, rowsets, delete bitmaps (from the backend's own loads where it has them all), again
    /// where the answer was outdated. A simulation that has messages takes the parts instead.
    ///
    /// # Errors
    /// What the meta-service refused; an unknown tablet is to be dropped from the cache.
    pub fn sync_rowsets(
        &mut self,
        options: &SyncOptions,
        meta_service: &mut MetaService,
        loads: &mut super::ByTxn<TxnBitmap>,
        now: SimTime,
    ) -> Result<SyncOutcome, MsError> {
        let mut options = *options;
        if self.meta.state != TabletState::Running {
            let (_, meta) = meta_service.get_tablet(self.id)?;
            if meta.state == TabletState::Running {
                self.start_serving(meta);
                options = SyncOptions::default();
            }
        }
        for asked in 1..=SYNC_ATTEMPTS_MAX {
            let Some(request) = self.sync_request(&options) else { return Ok(SyncOutcome::NotNeeded) };
            let reply = meta_service.get_rowset(&request, now)?;
            let mut own_bitmaps = 0;
            let serves = self.meta.state == TabletState::Running;
            if self.meta.merge_on_write && serves && !options.skip_bitmaps {
                match self.own_bitmaps(&reply, loads) {
                    Some(found) => own_bitmaps = found,
                    None => match meta_service.get_bitmaps(&self.bitmap_request(&reply)) {
                        Ok(entries) => self.merge_bitmaps(entries),
                        Err(MsError::RowsetsExpired(..)) => continue,
                        Err(error) => return Err(error),
                    },
                }
            }
            if let Synced::Applied { changed, .. } = self.apply_sync(&reply, now) {
                return Ok(SyncOutcome::Synced { changed, request, reply, asked, own_bitmaps });
            }
        }
        Ok(SyncOutcome::GaveUp)
    }

    /// A tablet that a schema change filled begins to serve: its rowsets are fetched anew.
    pub fn start_serving(&mut self, meta: crate::cloud::TabletMeta) {
        self.meta = meta;
        self.rowsets = Rowsets::default();
        self.max_version = -1;
        self.base_bytes = 0;
    }

    /// Takes the delete bitmaps of an answer's new rowsets from this backend's own loads, if all of them
    /// were published here. Says how many entries, or nothing where one is missing.
    pub fn own_bitmaps(&mut self, reply: &SyncReply, loads: &mut super::ByTxn<TxnBitmap>) -> Option<u64> {
        let new: Vec<(TxnId, VersionRange)> = reply
            .rowsets
            .iter()
            .filter(|rowset| !self.has(rowset.meta.id, rowset.meta.range))
            .map(|rowset| (rowset.txn, rowset.meta.range))
            .collect();
        let published = |&(txn, range): &(TxnId, VersionRange)| {
            loads.get(txn, self.id).and_then(|load| load.published_at(range.end)).is_some()
        };
        if new.is_empty() || !new.iter().all(published) {
            return None;
        }
        let mut found = 0;
        for (txn, range) in new {
            let Some(load) = loads.remove(txn, self.id) else { continue };
            found += load.marks.len() as u64;
            self.merge_bitmaps(load.marked_with(range.end));
        }
        Some(found)
    }

    /// How many versions this view is behind a partition.
    pub const fn behind(&self, partition_version: Version) -> u64 {
        if partition_version >= INFINITE_VERSION || partition_version <= self.max_version {
            return 0;
        }
        partition_version.abs_diff(self.max_version)
    }
}
