//! One snapshot for a whole statement.

use super::{CacheKey, ObjectId, SchemaVersion};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Names a guard of a node; never used again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GuardId(pub u64);

/// A statement's view of the schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    pub(super) version: SchemaVersion,
    /// Schemas that it holds, with how often it asked for each. Each is pinned once.
    pub(super) handles: BTreeMap<CacheKey, u32>,
    /// Versions of all tables at the snapshot, for a compaction at an old one.
    pub(super) versions: Option<BTreeMap<ObjectId, SchemaVersion>>,
}

impl Guard {
    /// The snapshot.
    pub const fn version(&self) -> SchemaVersion {
        self.version
    }

    /// Schemas that it holds.
    pub fn handles(&self) -> impl ExactSizeIterator<Item = (&CacheKey, &u32)> {
        self.handles.iter()
    }

    /// Tables that are there at the snapshot, by id; none where it did not bring their versions along.
    pub fn tables(&self) -> Vec<ObjectId> {
        self.versions.iter().flatten().map(|(&id, _)| id).collect()
    }

    /// Whether it brought the versions of all tables along.
    pub const fn is_for_compaction(&self) -> bool {
        self.versions.is_some()
    }
}
