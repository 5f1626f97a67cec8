//! When a backend syncs.

use super::{CloudTablet, SyncOptions};
use crate::base::{Rng, SimTime, TabletId, Version};
use crate::cloud::{SyncCursor, TabletState};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What made a backend ask the meta-service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SyncCause {
    /// The tablet entered the cache.
    FirstAccess,
    /// A query wants a newer version.
    Query,
    /// A merge-on-write load starts.
    LoadStart,
    /// A merge-on-write load is published.
    Publish,
    /// A compaction picks its input.
    Compaction,
    /// A compaction of a merge-on-write tablet computes delete bitmaps.
    CompactionBitmaps,
    /// It was long ago.
    Periodic,
    /// A peer asks what is in the file cache, or a warm-up runs.
    WarmUp,
    /// A schema change reads or writes the tablet.
    SchemaChange,
}

/// What a publish says of the layout that the meta-service locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishRequest {
    /// The version to publish.
    pub version: Version,
    /// Counters and point; older frontends do not send them.
    pub cursor: Option<SyncCursor>,
    /// The tablet's state there.
    pub state: TabletState,
}

impl CloudTablet {
    /// Whether a query of a version has to sync.
    pub const fn needs_sync_for_query(&self, version: Version) -> bool {
        self.max_version < version
    }

    /// Whether a publish has to sync: only an exactly right view will do.
    pub fn needs_sync_for_publish(&self, request: &PublishRequest) -> bool {
        let Some(there) = request.cursor else { return true };
        request.version != self.max_version + 1
            || there.base > self.cursor.base
            || there.cumulative > self.cursor.cumulative
            || there.point > self.cursor.point
            || request.state != self.meta.state
    }

    /// Whether a publish can go on; else it fails and the frontend tries again
    /// (`DELETE_BITMAP_LOCK_ERROR`).
    pub const fn can_publish(&self, version: Version) -> bool {
        version == self.max_version + 1
    }

    /// The sync that a cause asks for; nothing where the view will do.
    pub fn sync_for(&self, cause: SyncCause, query_version: Version) -> Option<SyncOptions> {
        let options = SyncOptions::default();
        match cause {
            SyncCause::Query if !self.needs_sync_for_query(query_version) => None,
            SyncCause::Query => Some(SyncOptions { query_version: Some(query_version), ..options }),
            SyncCause::LoadStart if !self.meta.merge_on_write => None,
            _ => Some(options),
        }
    }
}

/// The thread that syncs tablets which nobody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncPeriod {
    /// How often it looks (`schedule_sync_tablets_interval_s`, 600 s).
    pub every: SimTime,
    /// What was not synced for so long is due (`tablet_sync_interval_s`, 1800 s).
    pub idle: SimTime,
}

impl Default for SyncPeriod {
    fn default() -> Self {
        Self { every: SimTime::from_secs(600), idle: SimTime::from_secs(1_800) }
    }
}

impl SyncPeriod {
    /// Tablets that are due, the longest idle first; one that was never synced counts as synced at time
    /// zero.
    pub fn due<'a>(&self, tablets: impl Iterator<Item = &'a CloudTablet>, now: SimTime) -> Vec<TabletId> {
        let mut due: Vec<_> = tablets
            .map(|tablet| (tablet.last_sync.unwrap_or_default(), tablet.id))
            .filter(|&(last, _)| now.saturating_since(last) >= self.idle)
            .collect();
        crate::base::sort::sort(&mut due);
        due.into_iter().map(|(_, id)| id).collect()
    }
}

/// How long the frontend waits before it plans a query again that met −230, after so many attempts;
/// nothing once it gives up (`max_query_retry_time`, 3, and one more). The second half waits longer.
pub fn retry_delay(attempts: u32, rng: &mut Rng) -> Option<SimTime> {
    const RETRIES_MAX: u32 = 4;
    if attempts >= RETRIES_MAX {
        return None;
    }
    let (low, high) = if attempts < RETRIES_MAX / 2 { (10_000, 20_000) } else { (20_000, 30_000) };
    Some(SimTime(rng.between(low, high)))
}
