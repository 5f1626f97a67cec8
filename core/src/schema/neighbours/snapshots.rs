//! The newest whole snapshots, for stale reads by version or by time.
//!
//! ```text
//! (9, 90 s) (8, unknown) (6, 60 s)      newest first; between 6 and 8 a version is missing
//! by time 70 s → nothing: 6 may not have been the newest then
//! ```
//!
//! Source: `TiDB` `infoschema` cache (`tidb_schema_version_cache_limit`, 16 by default).

use crate::schema::SchemaVersion;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Versions with the time each began, newest first; 0 is an unknown time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotList {
    capacity: usize,
    entries: Vec<(SchemaVersion, i64)>,
}

impl SnapshotList {
    /// An empty list.
    pub const fn new(capacity: usize) -> Self {
        Self { capacity, entries: Vec::new() }
    }

    /// Snapshots kept.
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none is kept.
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds a snapshot; where the list is full the oldest goes. False where it is older than all of a
    /// full list. A known version gets its time where that was unknown.
    pub fn insert(&mut self, version: SchemaVersion, at: i64) -> bool {
        let place = self.entries.partition_point(|(known, _)| *known > version);
        if let Some((known, time)) = self.entries.get_mut(place)
            && *known == version
        {
            if *time == 0 {
                *time = at;
            }
            return true;
        }
        if self.entries.len() >= self.capacity {
            if place == self.entries.len() {
                return false;
            }
            self.entries.truncate(self.capacity.saturating_sub(1));
        }
        self.entries.insert(place, (version, at));
        true
    }

    /// The newest at or below a version; nothing for one that is newer than all.
    pub fn by_version(&self, version: SchemaVersion) -> Option<SchemaVersion> {
        let &(newest, _) = self.entries.first()?;
        let at_or_below = self.entries.iter().find(|(known, _)| *known <= version);
        at_or_below.filter(|_| version <= newest).map(|(known, _)| *known)
    }

    /// The newest at a time, where that is sure: it is the newest of all, or the next one follows it
    /// without a gap and its time is known.
    pub fn by_time(&self, time: i64) -> Option<SchemaVersion> {
        let timed = |(_, (_, at)): &(usize, &(SchemaVersion, i64))| *at != 0 && *at <= time;
        let (place, &(version, _)) = self.entries.iter().enumerate().find(timed)?;
        let sure = place.checked_sub(1).is_none_or(|newer| {
            let (next, at) = self.entries[newer];
            next == version.next() && at != 0
        });
        sure.then_some(version)
    }

    /// The newest.
    pub fn latest(&self) -> Option<SchemaVersion> {
        self.entries.first().map(|(version, _)| *version)
    }

    /// Sets the limit; the newest stay.
    pub fn resize(&mut self, capacity: usize) {
        self.capacity = capacity;
        self.entries.truncate(capacity);
    }
}
