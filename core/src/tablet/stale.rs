//! Rowsets that were replaced and are kept for a while.

use crate::base::{Along, Keyed, PathId, SimTime, SortedBlocks, VersionRange};
use crate::rowset::RowsetMeta;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A stale rowset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaleRowset {
    /// Its meta.
    pub meta: RowsetMeta,
    /// When it became stale; nothing after a restart, which forgets it.
    pub stale_at: Option<SimTime>,
}

impl Keyed for StaleRowset {
    type Key = VersionRange;

    #[inline]
    fn key(&self) -> VersionRange {
        self.meta.range
    }
}

impl StaleRowset {
    pub(super) fn recovered(meta: RowsetMeta, at: SimTime) -> Self {
        Self { meta, stale_at: (at != meta.created_at).then_some(at) }
    }

    /// The time that counts for its expiry: when it became stale, else when it was created.
    pub fn time(&self) -> SimTime {
        self.stale_at.unwrap_or(self.meta.created_at)
    }
}

/// A rowset that no map holds although it never became unused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaked {
    /// What is lost.
    pub meta: RowsetMeta,
    /// The stale path that it stands on, while that one lasts.
    pub path: Option<PathId>,
}

/// The stale map and the persisted stale metas: the same ranges, mostly the same rowsets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct StaleRowsets {
    rowsets: SortedBlocks<StaleRowset>,
    /// Persisted metas that are not those of the rowset in memory: a persisted meta is never
    /// overwritten, an entry in memory is.
    persisted_first: SortedBlocks<StaleRowset>,
    leaked: Vec<Leaked>,
    bytes: u64,
}

impl StaleRowsets {
    pub(super) fn from_parts(
        rowsets: Vec<StaleRowset>,
        persisted_first: Vec<StaleRowset>,
        leaked: Vec<Leaked>,
    ) -> Self {
        let by_range = |rowsets: Vec<StaleRowset>| {
            let mut map = SortedBlocks::default();
            for rowset in rowsets {
                map.insert(rowset);
            }
            map
        };
        let rowsets = by_range(rowsets);
        let bytes = rowsets.iter().fold(0, |sum: u64, rowset| sum.wrapping_add(rowset.meta.bytes));
        Self { rowsets, persisted_first: by_range(persisted_first), leaked, bytes }
    }

    pub(super) fn len(&self) -> usize {
        self.rowsets.len()
    }

    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &StaleRowset> + ExactSizeIterator {
        self.rowsets.iter()
    }

    /// For looking up rising ranges from a first one on.
    pub(super) fn along(&self, first: VersionRange) -> Along<'_, StaleRowset> {
        self.rowsets.along(first)
    }

    pub(super) fn get(&self, range: VersionRange) -> Option<&StaleRowset> {
        self.rowsets.get(range)
    }

    /// Persisted metas by range.
    pub(super) fn persisted(&self) -> impl Iterator<Item = &StaleRowset> {
        self.rowsets.iter().map(|rowset| self.persisted_first.get(rowset.meta.range).unwrap_or(rowset))
    }

    pub(super) fn persisted_first(&self) -> impl ExactSizeIterator<Item = &StaleRowset> {
        self.persisted_first.iter()
    }

    pub(super) fn leaked(&self) -> &[Leaked] {
        &self.leaked
    }

    /// Counts a rowset as lost.
    pub(super) fn leak(&mut self, meta: RowsetMeta, path: Option<PathId>) {
        self.leaked.push(Leaked { meta, path });
    }

    /// Puts a rowset in. One of the same range is overwritten and so lost, unless it is the same;
    /// `path` tells which one it stood on.
    pub(super) fn put(&mut self, rowset: StaleRowset, path: impl FnOnce() -> Option<PathId>) {
        self.bytes = self.bytes.wrapping_add(rowset.meta.bytes);
        let Some(old) = self.rowsets.insert(rowset) else { return };
        self.bytes = self.bytes.wrapping_sub(old.meta.bytes);
        if self.persisted_first.get(rowset.meta.range).is_none() {
            self.persisted_first.insert(old);
        }
        if old.meta.id != rowset.meta.id {
            self.leaked.push(Leaked { meta: old.meta, path: path() });
        }
    }

    /// Takes the entry of a range out, and its persisted meta with it.
    pub(super) fn remove(&mut self, range: VersionRange) -> Option<StaleRowset> {
        let rowset = self.rowsets.remove(range)?;
        self.bytes = self.bytes.wrapping_sub(rowset.meta.bytes);
        if !self.persisted_first.is_empty() {
            self.persisted_first.remove(range);
        }
        Some(rowset)
    }

    /// The rowset that a member of a path stands for.
    pub(super) fn member(&self, path: PathId, range: VersionRange) -> Option<&RowsetMeta> {
        self.leaked
            .iter()
            .find(|leaked| leaked.path == Some(path) && leaked.meta.range == range)
            .map(|leaked| &leaked.meta)
            .or_else(|| self.rowsets.get(range).map(|rowset| &rowset.meta))
    }

    /// Loads the persisted metas into memory: what they name is found again, what only memory knew
    /// is lost.
    pub(super) fn restart(&mut self) {
        for &first in &core::mem::take(&mut self.persisted_first) {
            let Some(rowset) = self.rowsets.insert(first) else { continue };
            self.bytes = self.bytes.wrapping_sub(rowset.meta.bytes).wrapping_add(first.meta.bytes);
            if rowset.meta.id != first.meta.id {
                self.leaked.retain(|leaked| leaked.meta.id != first.meta.id);
                self.leak(rowset.meta, None);
            }
        }
        for rowset in self.rowsets.iter_mut() {
            rowset.stale_at = None;
        }
    }

    /// The paths have new ids now, so that none is the one a lost rowset stood on.
    pub(super) fn forget_paths(&mut self) {
        for leaked in &mut self.leaked {
            leaked.path = None;
        }
    }

    pub(super) fn renumber(&mut self, ids: &[(PathId, PathId)]) {
        for leaked in &mut self.leaked {
            if let Some(&(_, to)) = ids.iter().find(|&&(from, _)| Some(from) == leaked.path) {
                leaked.path = Some(to);
            }
        }
    }
}
