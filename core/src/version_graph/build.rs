//! A graph from many ranges at once.

use super::index::Index;
use super::{NONE, VersionGraph, after};
use crate::base::sort::sort;
use crate::base::{Version, VersionRange};
use alloc::vec;
use alloc::vec::Vec;

impl VersionGraph {
    /// The graph of some ranges. O(n) where versions are about as dense as ranges, as in a tablet;
    /// else O(n log n).
    pub fn from_ranges<I>(ranges: I) -> Self
    where
        I: IntoIterator<Item = VersionRange, IntoIter: Clone>,
    {
        let mut graph = Self::default();
        graph.construct(ranges);
        graph
    }

    /// Adds many ranges, into an empty graph at the price of [`Self::from_ranges`]. Returns the
    /// largest end, or nothing (and does nothing) for no range.
    pub fn construct<I>(&mut self, ranges: I) -> Option<Version>
    where
        I: IntoIterator<Item = VersionRange, IntoIter: Clone>,
    {
        let ranges = ranges.into_iter();
        let max = ranges.clone().map(|range| range.end).max()?;
        if self.values.is_empty() {
            self.values = ascending_vertices(ranges.clone());
            let count = self.values.len();
            self.farthest = vec![NONE; count];
            self.rest = vec![NONE; count];
            self.degrees = vec![0; count];
            self.orphans = count;
            self.index = Index::of(&self.values);
        }
        for range in ranges {
            self.add(range);
        }
        Some(max)
    }

    /// Forgets everything, orphans too, and constructs from `ranges`.
    pub fn reconstruct<I>(&mut self, ranges: I) -> Option<Version>
    where
        I: IntoIterator<Item = VersionRange, IntoIter: Clone>,
    {
        *self = Self::default();
        self.construct(ranges)
    }
}

/// All distinct ends, ascending: by a bit map where they are dense, by sorting where not.
fn ascending_vertices(ranges: impl Iterator<Item = VersionRange> + Clone) -> Vec<Version> {
    let mut count = 0_u64;
    let (mut low, mut high) = (Version::MAX, Version::MIN);
    for range in ranges.clone() {
        count += 1;
        low = low.min(range.start).min(after(range));
        high = high.max(range.start).max(after(range));
    }
    let span = high.abs_diff(low);
    if span / 64 >= count {
        let mut values: Vec<Version> = ranges.flat_map(|range| [range.start, after(range)]).collect();
        sort(&mut values);
        values.dedup();
        return values;
    }
    let mut marks = vec![0_u64; span as usize / 64 + 1];
    for range in ranges {
        for value in [range.start, after(range)] {
            let bit = value.abs_diff(low);
            marks[bit as usize / 64] |= 1 << (bit % 64);
        }
    }
    let mut values = Vec::with_capacity(marks.iter().map(|word| word.count_ones() as usize).sum());
    for (at, &word) in marks.iter().enumerate() {
        let mut word = word;
        while word != 0 {
            values.push(low + (at as Version * 64 + Version::from(word.trailing_zeros())));
            word &= word - 1;
        }
    }
    values
}
