//! Delete bitmaps, and what the publish of a merge-on-write load has to compute.
//!
//! ```text
//! load starts     known  {r1, r2, r3}              view at version 10
//! meanwhile       loads r4 r5, a merge r2 r3 → r6
//! publish at 13   now    {r1, r6, r4, r5}          every segment against r6, r4, r5; marks on r2, r3 are thrown away
//! ```
//!
//! The work is (segments of the load) × (rowsets that came since): the staler the view at the start, the
//! longer the publish, and it is done inside the table's lock.

use super::{CloudTablet, Extent};
use crate::base::{RowsetId, Version, VersionRange};
use crate::cloud::{BitmapEntry, CloudRowset, SyncCursor};
use crate::rowset::RowsetMeta;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::ops::RangeInclusive;
use serde::{Deserialize, Serialize};

/// Rows deleted, by rowset, segment and the version that deletes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteBitmap {
    marks: BTreeMap<(RowsetId, u32, Version), Vec<u32>>,
}

/// Where entries of a rowset lie.
fn of(rowset: RowsetId) -> RangeInclusive<(RowsetId, u32, Version)> {
    (rowset, 0, Version::MIN)..=(rowset, u32::MAX, Version::MAX)
}

impl DeleteBitmap {
    /// No entry.
    pub(super) const NONE: Self = Self { marks: BTreeMap::new() };

    /// Adds entries; rows of an entry that is there are united.
    pub fn merge(&mut self, entries: Vec<BitmapEntry>) {
        for entry in entries {
            let rows = self.marks.entry((entry.rowset, entry.segment, entry.version)).or_default();
            if rows.is_empty() {
                *rows = entry.rows;
            } else {
                let all: BTreeSet<_> = rows.drain(..).chain(entry.rows).collect();
                rows.extend(all);
            }
        }
    }

    /// Rows of a segment that a reader of a version does not see.
    pub fn deleted(&self, rowset: RowsetId, segment: u32, version: Version) -> BTreeSet<u32> {
        let upto = (rowset, segment, Version::MIN)..=(rowset, segment, version);
        self.marks.range(upto).flat_map(|(_, rows)| rows.iter().copied()).collect()
    }

    /// Rows of a segment that a version deletes.
    pub fn rows(&self, rowset: RowsetId, segment: u32, version: Version) -> &[u32] {
        self.marks.get(&(rowset, segment, version)).map_or(&[], Vec::as_slice)
    }

    /// Segments of a rowset of which versions up to one delete rows, with these versions.
    pub fn marked(&self, rowset: RowsetId, newest: Version) -> impl Iterator<Item = (u32, Version)> {
        let marks = self.marks.range(of(rowset));
        let marks = marks.filter(move |((.., version), rows)| *version <= newest && !rows.is_empty());
        marks.map(|(&(_, segment, version), _)| (segment, version))
    }

    /// Forgets a rowset.
    pub fn forget(&mut self, rowset: RowsetId) {
        while let Some((&key, _)) = self.marks.range(of(rowset)).next() {
            self.marks.remove(&key);
        }
    }

    /// Every entry, in order.
    pub fn iter(&self) -> impl Iterator<Item = (RowsetId, u32, Version, &[u32])> {
        self.marks
            .iter()
            .map(|(&(rowset, segment, version), rows)| (rowset, segment, version, rows.as_slice()))
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.marks.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }
}

/// A publish that succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// Its version.
    pub version: Version,
    /// The layout it was computed against.
    pub cursor: SyncCursor,
}

/// What a backend remembers of a merge-on-write load under way (`CloudTxnDeleteBitmapCache`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TxnBitmap {
    /// Its rowset; nothing for a load without rows.
    pub rowset: Option<CloudRowset>,
    /// Marks so far, under version 0.
    pub marks: Vec<BitmapEntry>,
    /// Rowsets they were computed against.
    pub known: BTreeSet<RowsetId>,
    /// Set once published.
    pub published: Option<Published>,
}

impl TxnBitmap {
    /// Whether the rowset remembered has this extent; one without rows has any.
    pub fn has_extent(&self, extent: Extent) -> bool {
        self.rowset.is_none_or(|rowset| Extent::of(&rowset.meta) == extent)
    }

    /// The rowset remembered gets this extent.
    pub fn set_extent(&mut self, extent: Extent) {
        if let Some(rowset) = &mut self.rowset {
            extent.put_into(&mut rowset.meta);
        }
    }

    /// The publish of exactly this version.
    pub fn published_at(&self, version: Version) -> Option<Published> {
        self.published.filter(|published| published.version == version)
    }

    /// Its marks under a version.
    pub fn marked_with(self, version: Version) -> Vec<BitmapEntry> {
        self.marks.into_iter().map(|mark| BitmapEntry { version, ..mark }).collect()
    }

    /// Whether a publish can be answered without computing: it is the repetition of one that succeeded.
    pub fn is_repeated(&self, version: Version, cursor: SyncCursor) -> bool {
        self.published == Some(Published { version, cursor })
    }
}

/// What a publish has to compute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishWork {
    /// Rowsets to look keys up in, newest first.
    pub against: Vec<RowsetMeta>,
    /// Rowsets that are gone; marks on them are thrown away.
    pub gone: Vec<RowsetId>,
}

impl PublishWork {
    /// Rowsets of which a column update has to read rows again: all but merges of what the load knew,
    /// which end at or below the version it began at.
    pub fn read_again(&self, began_at: Version) -> impl Iterator<Item = &RowsetMeta> {
        self.against.iter().filter(move |meta| meta.range.end > began_at)
    }

    /// Look-ups of segments in rowsets.
    pub const fn lookups(&self, segments: u32) -> u64 {
        self.against.len() as u64 * segments as u64
    }
}

impl CloudTablet {
    /// What a load knows at its start: every live rowset but the empty first one.
    pub fn known_rowsets(&self) -> BTreeSet<RowsetId> {
        self.live_below(self.max_version).map(|meta| meta.id).collect()
    }

    /// What publishing at a version has to compute for a load that knew `known` at its start.
    pub fn publish_work(&self, known: &BTreeSet<RowsetId>, version: Version) -> PublishWork {
        let mut work = PublishWork::default();
        let mut now = BTreeSet::new();
        for meta in self.live_below(version - 1) {
            now.insert(meta.id);
            if !known.contains(&meta.id) {
                work.against.push(*meta);
            }
        }
        work.against.reverse();
        work.gone = known.difference(&now).copied().collect();
        work
    }

    /// Takes the outcome of a publish into the load's entry: marks on rowsets that are gone go.
    pub fn publish(
        &self,
        load: &mut TxnBitmap,
        new_marks: Vec<BitmapEntry>,
        version: Version,
    ) -> PublishWork {
        let work = self.publish_work(&load.known, version);
        load.marks.retain(|mark| work.gone.binary_search(&mark.rowset).is_err());
        load.marks.extend(new_marks);
        for gone in &work.gone {
            load.known.remove(gone);
        }
        load.known.extend(work.against.iter().map(|meta| meta.id));
        load.published = Some(Published { version, cursor: self.cursor });
        work
    }

    fn live_below(&self, version: Version) -> impl Iterator<Item = &RowsetMeta> {
        let first = VersionRange::new(0, 1);
        self.live().filter(move |meta| meta.range.end <= version && meta.range != first)
    }
}
