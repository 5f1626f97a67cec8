//! What is known about a rowset: immutable files that hold the rows of a range of versions.
//!
//! Source: Apache Doris, `RowsetMetaPB`. Differs: an id is a number of ours; the text of an
//! imported id is kept beside the run, not in every rowset.

pub mod format;
pub mod limit;
pub mod upgrade;

use crate::base::{Keyed, RowsetId, SimTime, VersionRange};
use serde::{Deserialize, Serialize};

/// Whether the segments of a rowset may hold the same key twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Overlap {
    /// The writer did not say; counts as overlapping.
    #[default]
    Unknown,
    /// Keys may repeat between segments.
    Overlapping,
    /// Segments are disjoint in keys.
    NonOverlapping,
}

/// Facts that a source did not tell, as a bit set. Never filled in by guessing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Unknown(pub u8);

impl Unknown {
    /// Everything is known.
    pub const NOTHING: Self = Self(0);
    /// The size in bytes.
    pub const BYTES: Self = Self(1);
    /// The number of rows.
    pub const ROWS: Self = Self(2);
    /// When it was written.
    pub const CREATED: Self = Self(4);
    /// The number of segments.
    pub const SEGMENTS: Self = Self(8);
    /// Whether segments overlap.
    pub const OVERLAP: Self = Self(16);
    /// Whether it is a delete predicate.
    pub const KIND: Self = Self(32);

    /// Whether all of `facts` are unknown.
    pub const fn has(self, facts: Self) -> bool {
        self.0 & facts.0 == facts.0
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// One rowset's meta.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowsetMeta {
    /// Its name for ever.
    pub id: RowsetId,
    /// The versions it holds.
    pub range: VersionRange,
    /// Data and index together, in bytes; 0 where unknown.
    pub bytes: u64,
    /// Rows; 0 where unknown.
    pub rows: u64,
    /// When it was written.
    pub created_at: SimTime,
    /// Segment files.
    pub segments: u32,
    /// Whether they overlap.
    pub overlap: Overlap,
    /// Compaction level (time-series policy).
    pub level: u8,
    /// Whether it carries a delete predicate.
    pub delete_predicate: bool,
    /// What the source did not tell.
    pub unknown: Unknown,
}

impl Keyed for RowsetMeta {
    type Key = VersionRange;

    #[inline]
    fn key(&self) -> VersionRange {
        self.range
    }
}

impl RowsetMeta {
    /// An empty, non-overlapping rowset of a range.
    pub const fn empty(id: RowsetId, range: VersionRange, created_at: SimTime) -> Self {
        Self {
            id,
            range,
            bytes: 0,
            rows: 0,
            created_at,
            segments: 0,
            overlap: Overlap::NonOverlapping,
            level: 0,
            delete_predicate: false,
            unknown: Unknown::NOTHING,
        }
    }

    /// Whether a merge must treat its segments as separate runs: more than one segment, a
    /// single version, and not declared disjoint.
    pub const fn is_overlapping(&self) -> bool {
        self.segments > 1 && self.range.is_single() && !matches!(self.overlap, Overlap::NonOverlapping)
    }

    /// Compaction score: segments where they overlap, else 1.
    pub const fn score(&self) -> u64 {
        if self.is_overlapping() { self.segments as u64 } else { 1 }
    }

    /// Whether a compaction wrote it.
    pub const fn produced_by_compaction(&self) -> bool {
        self.range.start < self.range.end || matches!(self.overlap, Overlap::NonOverlapping)
    }
}
