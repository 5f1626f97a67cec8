//! Schemas by kind, id and the object's own version; what a guard holds stays.
//!
//! ```text
//! pinned    (table 7, 20) ×2   (table 9, 10) ×1          never evicted, even above the limit
//! unpinned  (table 3, 5)  (table 4, 8)  …                least recently used first
//! ```
//!
//! The key is the object's version, not the snapshot's: every snapshot from 20 to 29 shares (7, 20).

use super::{ObjectId, Schema, SchemaError, SchemaKind, SchemaVersion};
use alloc::collections::BTreeMap;
use serde::{Deserialize, Serialize};

/// Names a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CacheKey {
    /// Kind of schema.
    pub kind: SchemaKind,
    /// Object.
    pub id: ObjectId,
    /// The object's own version.
    pub version: SchemaVersion,
}

/// A schema in the cache.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cached {
    /// The schema.
    pub schema: Schema,
    /// Its bytes.
    pub bytes: u64,
    /// Guards that hold it.
    pub pins: u32,
    /// When it was last asked for, as a count of requests.
    pub used_at: u64,
}

/// What the cache did, and holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheUse {
    /// Entries.
    pub entries: u64,
    /// Entries that a guard holds.
    pub pinned: u64,
    /// Bytes.
    pub bytes: u64,
    /// Bytes of entries that a guard holds.
    pub pinned_bytes: u64,
    /// Most bytes at any moment.
    pub bytes_most: u64,
    /// Requests answered.
    pub hits: u64,
    /// Requests that built a schema.
    pub misses: u64,
    /// Entries that went.
    pub evicted: u64,
}

/// The cache.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaCache {
    entries: BTreeMap<CacheKey, Cached>,
    /// Unpinned ones by last use.
    unpinned: BTreeMap<u64, CacheKey>,
    entries_max: Option<u64>,
    bytes_max: Option<u64>,
    requests: u64,
    used: CacheUse,
}

impl SchemaCache {
    /// An empty cache; `None` is no limit.
    pub fn new(entries_max: Option<u64>, bytes_max: Option<u64>) -> Self {
        Self { entries_max, bytes_max, ..Self::default() }
    }

    /// What it did, and holds.
    pub const fn used(&self) -> CacheUse {
        self.used
    }

    /// Limit on bytes.
    pub const fn bytes_max(&self) -> Option<u64> {
        self.bytes_max
    }

    /// Every entry, by key.
    pub fn entries(&self) -> impl Iterator<Item = (&CacheKey, &Cached)> {
        self.entries.iter()
    }

    /// An entry; does not count as a request.
    pub fn peek(&self, key: CacheKey) -> Option<&Cached> {
        self.entries.get(&key)
    }

    /// Sets the limits; what is above them goes at once as far as nobody holds it.
    pub fn limit(&mut self, entries_max: Option<u64>, bytes_max: Option<u64>) {
        self.entries_max = entries_max;
        self.bytes_max = bytes_max;
        self.shrink();
    }

    /// Pins an entry once more. True where it was there.
    pub(super) fn pin(&mut self, key: CacheKey) -> bool {
        self.requests += 1;
        let Some(entry) = self.entries.get_mut(&key) else {
            self.used.misses += 1;
            return false;
        };
        self.used.hits += 1;
        if entry.pins == 0 {
            self.unpinned.remove(&entry.used_at);
            self.used.pinned += 1;
            self.used.pinned_bytes += entry.bytes;
        }
        entry.pins += 1;
        entry.used_at = self.requests;
        true
    }

    /// Counts a request for an entry that the asker holds already.
    pub(super) fn touch(&mut self, key: CacheKey) {
        self.requests += 1;
        self.used.hits += 1;
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.used_at = self.requests;
        }
    }

    /// Puts a schema and pins it in one step, so that it cannot go in between.
    ///
    /// # Errors
    /// It alone is larger than the cache.
    pub(super) fn put_pinned(&mut self, schema: Schema) -> Result<CacheKey, SchemaError> {
        let key = CacheKey { kind: schema.kind, id: schema.id, version: schema.version };
        let bytes = schema.bytes();
        if let Some(limit) = self.bytes_max.filter(|&limit| bytes > limit) {
            return Err(SchemaError::CacheTooSmall { needed: bytes, limit });
        }
        self.entries.insert(key, Cached { schema, bytes, pins: 1, used_at: self.requests });
        self.used.entries += 1;
        self.used.pinned += 1;
        self.used.bytes += bytes;
        self.used.pinned_bytes += bytes;
        self.shrink();
        self.used.bytes_most = self.used.bytes_most.max(self.used.bytes);
        Ok(key)
    }

    /// Gives a pin back.
    pub(super) fn unpin(&mut self, key: CacheKey) {
        let Some(entry) = self.entries.get_mut(&key) else { return };
        entry.pins -= 1;
        if entry.pins == 0 {
            self.unpinned.insert(entry.used_at, key);
            self.used.pinned -= 1;
            self.used.pinned_bytes -= entry.bytes;
            self.shrink();
        }
    }

    /// Drops everything that nobody holds; tells how many went.
    pub fn evict(&mut self) -> u64 {
        let before = self.used.evicted;
        while self.evict_one() {}
        self.used.evicted - before
    }

    fn shrink(&mut self) {
        let over = |used: &CacheUse, entries: Option<u64>, bytes: Option<u64>| {
            entries.is_some_and(|max| used.entries > max) || bytes.is_some_and(|max| used.bytes > max)
        };
        while over(&self.used, self.entries_max, self.bytes_max) && self.evict_one() {}
    }

    fn evict_one(&mut self) -> bool {
        let Some((_, key)) = self.unpinned.pop_first() else { return false };
        if let Some(entry) = self.entries.remove(&key) {
            self.used.entries -= 1;
            self.used.bytes -= entry.bytes;
            self.used.evicted += 1;
        }
        true
    }
}
