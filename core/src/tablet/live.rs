//! The live rowsets, with what their neighbourhood tells kept as counters.

use crate::base::{Along, SortedBlocks, Version, VersionRange};
use crate::rowset::RowsetMeta;

/// Rowsets by range.
///
/// Two neighbours (in order of start, then end) may leave a gap or overlap. While none overlap and
/// no range is reversed the rowsets are disjoint, and every question has a logarithmic answer; the
/// scans below are for tablets that unchecked changes have damaged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LiveRowsets {
    rowsets: SortedBlocks<RowsetMeta>,
    bytes: u64,
    gaps: usize,
    disorder: usize,
}

impl LiveRowsets {
    pub(super) fn len(&self) -> usize {
        self.rowsets.len()
    }

    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &RowsetMeta> + ExactSizeIterator {
        self.rowsets.iter()
    }

    /// Rowsets from a range on, in order.
    pub(super) fn from(&self, range: VersionRange) -> impl Iterator<Item = &RowsetMeta> {
        self.rowsets.from(range)
    }

    /// For looking up rising ranges from a first one on.
    pub(super) fn along(&self, first: VersionRange) -> Along<'_, RowsetMeta> {
        self.rowsets.along(first)
    }

    pub(super) fn get(&self, range: VersionRange) -> Option<&RowsetMeta> {
        self.rowsets.get(range)
    }

    /// Whether no two of them share a version.
    pub(super) const fn are_disjoint(&self) -> bool {
        self.disorder == 0
    }

    /// Puts a rowset in; returns the one of the same range that it replaced.
    pub(super) fn insert(&mut self, meta: RowsetMeta) -> Option<RowsetMeta> {
        self.bytes = self.bytes.wrapping_add(meta.bytes);
        let replaced = self.rowsets.insert(meta);
        if let Some(old) = replaced {
            self.bytes = self.bytes.wrapping_sub(old.bytes);
            return replaced;
        }
        let (before, after) = self.neighbours(meta.range);
        self.part(before, after);
        self.join(before, Some(meta.range));
        self.join(Some(meta.range), after);
        self.disorder += usize::from(meta.range.is_empty());
        None
    }

    /// Puts a rowset in unless there is one of the same range; returns whether it did.
    pub(super) fn insert_new(&mut self, meta: RowsetMeta) -> bool {
        let new = self.rowsets.get(meta.range).is_none();
        if new {
            self.insert(meta);
        }
        new
    }

    pub(super) fn remove(&mut self, range: VersionRange) -> Option<RowsetMeta> {
        let meta = self.rowsets.remove(range)?;
        self.bytes = self.bytes.wrapping_sub(meta.bytes);
        self.disorder -= usize::from(range.is_empty());
        let (before, after) = self.neighbours(range);
        self.part(before, Some(range));
        self.part(Some(range), after);
        self.join(before, after);
        Some(meta)
    }

    /// The rowset with the largest end.
    pub(super) fn newest(&self) -> Option<&RowsetMeta> {
        if self.are_disjoint() {
            return self.rowsets.last();
        }
        // Of equal ends the first in order: which one does not matter, the end does.
        self.iter().rev().max_by_key(|meta| meta.range.end)
    }

    /// A rowset that contains a range.
    pub(super) fn covering(&self, range: VersionRange) -> Option<&RowsetMeta> {
        let later = VersionRange::new(range.start.saturating_add(1), Version::MIN);
        let mut candidates = self.rowsets.down_from(later);
        if self.are_disjoint() {
            return candidates.next().filter(|meta| meta.range.contains(range));
        }
        candidates.find(|meta| meta.range.contains(range))
    }

    /// Runs of versions in `0..=limit` that no rowset holds.
    pub(super) fn missed(&self, limit: Version) -> impl Iterator<Item = VersionRange> {
        let mut last: Version = -1;
        let mut rowsets = self.iter();
        let mut done = false;
        core::iter::from_fn(move || {
            while !done {
                let next = rowsets.next().map(|meta| meta.range);
                let until = next.map_or(limit, |range| limit.min(range.start.saturating_sub(1)));
                let hole = VersionRange::new(last.saturating_add(1), until);
                last = next.map_or(limit, |range| range.end);
                done = last >= limit;
                if !hole.is_empty() {
                    return Some(hole);
                }
            }
            None
        })
    }

    /// The first of them. O(log n) where nothing is missing between the rowsets.
    pub(super) fn first_missed(&self, limit: Version) -> Option<VersionRange> {
        if self.gaps == 0 && self.are_disjoint() {
            let first = self.rowsets.first().map_or(Version::MAX, |meta| meta.range.start);
            let last = self.rowsets.last().map_or(-1, |meta| meta.range.end);
            if first <= 0 {
                return (last < limit).then(|| VersionRange::new((last + 1).max(0), limit));
            }
        }
        self.missed(limit).next()
    }

    fn neighbours(&self, range: VersionRange) -> (Option<VersionRange>, Option<VersionRange>) {
        let (before, after) = self.rowsets.around(range);
        (before.map(|meta| meta.range), after.map(|meta| meta.range))
    }

    fn join(&mut self, before: Option<VersionRange>, after: Option<VersionRange>) {
        let (gap, overlap) = between(before, after);
        self.gaps += usize::from(gap);
        self.disorder += usize::from(overlap);
    }

    fn part(&mut self, before: Option<VersionRange>, after: Option<VersionRange>) {
        let (gap, overlap) = between(before, after);
        self.gaps -= usize::from(gap);
        self.disorder -= usize::from(overlap);
    }
}

/// Whether two neighbours leave a gap, and whether they overlap.
fn between(before: Option<VersionRange>, after: Option<VersionRange>) -> (bool, bool) {
    let (Some(before), Some(after)) = (before, after) else { return (false, false) };
    (after.start > before.end.saturating_add(1), after.start <= before.end)
}
