//! A graph from many ranges at once.

use super::index::Index;
use super::longest::Longest;
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
        let extent = Extent::of(ranges.clone())?;
        if self.values.is_empty() {
            self.values = ascending_vertices(ranges.clone(), &extent);
            let count = self.values.len();
            self.farthest = Longest::none(count);
            self.rest = vec![NONE; count];
            self.degrees = vec![0; count];
            self.orphans = count;
            self.index = Index::of(&self.values);
        }
        let mut end = 0;
        ranges.for_each(|range| {
            // A rowset mostly begins where the one before ended, and often ends at the next vertex.
            let start = self.slot_near(end, range.start).unwrap_or_else(|| self.vertex_slot(range.start));
            let near = self.slot_near(start + 1, after(range));
            end = near.unwrap_or_else(|| self.vertex_slot(after(range)));
            self.link_ends(range, start, end);
        });
        Some(extent.end)
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

/// How many ranges there are, and how far they reach.
struct Extent {
    count: u64,
    /// Smallest and largest vertex.
    vertices: (Version, Version),
    /// Largest end.
    end: Version,
}

impl Extent {
    /// Nothing for no range.
    fn of(ranges: impl Iterator<Item = VersionRange>) -> Option<Self> {
        let none = Self { count: 0, vertices: (Version::MAX, Version::MIN), end: Version::MIN };
        let all = ranges.fold(none, |all, range| Self {
            count: all.count + 1,
            vertices: (
                all.vertices.0.min(range.start).min(after(range)),
                all.vertices.1.max(range.start).max(after(range)),
            ),
            end: all.end.max(range.end),
        });
        (all.count > 0).then_some(all)
    }
}

/// All distinct ends, ascending: by a bit map where they lie close together, as the newer ones of a tablet
/// do, by sorting the few before.
fn ascending_vertices(ranges: impl Iterator<Item = VersionRange>, extent: &Extent) -> Vec<Version> {
    // Looking through 16 empty words of the map costs less than sorting one rowset in.
    const SPREAD: u64 = 16 * 64;
    let (low, high) = extent.vertices;
    let span = high.abs_diff(low).min(extent.count.saturating_mul(SPREAD));
    let low = high.saturating_sub_unsigned(span);
    let mut marks = vec![0_u64; span as usize / 64 + 1];
    let mut before = Vec::new();
    ranges.for_each(|range| {
        for value in [range.start, after(range)] {
            if value < low {
                before.push(value);
                continue;
            }
            let bit = value.abs_diff(low);
            marks[bit as usize / 64] |= 1 << (bit % 64);
        }
    });
    sort(&mut before);
    before.dedup();
    let mut values = before;
    values.reserve_exact(marks.iter().map(|word| word.count_ones() as usize).sum());
    for (at, &word) in marks.iter().enumerate() {
        let mut word = word;
        while word != 0 {
            values.push(low + (at as Version * 64 + Version::from(word.trailing_zeros())));
            word &= word - 1;
        }
    }
    values
}
