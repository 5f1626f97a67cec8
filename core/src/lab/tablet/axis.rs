//! The folded version axis: from versions to axis units.
//!
//! ```text
//! vertices   0                    19372   20372 ... 25910      25920
//! versions   [0 ............ 19371][.. 1000 ..]     [.. 10 ..]
//! units      |---- 16 x 8 + log ----|-- 16 x 8 + log --|   |-- 16 x 8 + a bit --|
//! ```
//!
//! A stretch between two neighbouring vertices that carry an edge gets full width for its first
//! [`FULL`] versions, then a fixed number of units for each further doubling. A tablet of
//! single-version rowsets is drawn linearly; an imported `[0-19371]` fits the screen.

use crate::base::{Version, VersionRange};
use crate::view::tablet::{Fold, Tick, UNITS_PER_VERSION};
use alloc::vec::Vec;

/// Versions of a stretch that are drawn at full width.
const FULL: u64 = 8;
/// Units for each doubling beyond.
const UNITS_PER_DOUBLING: u64 = 2 * UNITS_PER_VERSION as u64;
/// Ticks at most.
const TICKS_MAX: usize = 240;

/// Places of versions.
#[derive(Clone, Debug, Default)]
pub(super) struct Axis {
    /// Vertex values, ascending.
    values: Vec<Version>,
    /// Their places.
    places: Vec<u32>,
}

/// Width of a stretch of so many versions.
fn width(versions: u64) -> u64 {
    if versions <= FULL {
        return versions * u64::from(UNITS_PER_VERSION);
    }
    // Linear between powers of two, so that widths grow evenly: log2 in 16ths.
    let doublings = (versions / FULL).ilog2();
    let floor = FULL << doublings;
    let sixteenths = u128::from(versions - floor) * 16 / u128::from(floor);
    FULL * u64::from(UNITS_PER_VERSION)
        + u64::from(doublings) * UNITS_PER_DOUBLING
        + sixteenths as u64 * UNITS_PER_DOUBLING / 16
}

impl Axis {
    /// The axis of ascending vertex values.
    pub(super) fn new(values: Vec<Version>) -> Self {
        let mut places = Vec::with_capacity(values.len());
        let mut at = 0u64;
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                at += width(value.abs_diff(values[index - 1]));
            }
            places.push(u32::try_from(at).unwrap_or(u32::MAX));
        }
        Self { values, places }
    }

    /// Length in units.
    pub(super) fn units(&self) -> u32 {
        self.places.last().copied().unwrap_or(0)
    }

    /// Place of a version's left edge; beyond the ends it is the end.
    pub(super) fn place(&self, version: Version) -> u32 {
        match self.values.binary_search(&version) {
            Ok(index) => self.places[index],
            Err(0) => 0,
            Err(index) if index == self.values.len() => self.units(),
            Err(index) => {
                let (from, to) = (self.values[index - 1], self.values[index]);
                let (left, right) = (self.places[index - 1], self.places[index]);
                let part = u128::from(version.abs_diff(from)) * u128::from(right - left);
                left + (part / u128::from(to.abs_diff(from).max(1))) as u32
            }
        }
    }

    /// Left and right edge of a range.
    pub(super) fn edges(&self, range: VersionRange) -> (u32, u32) {
        (self.place(range.start), self.place(range.end.saturating_add(1)))
    }

    /// Vertices with their places.
    pub(super) fn stretches(&self) -> impl Iterator<Item = (VersionRange, u32, u32)> + '_ {
        self.values
            .windows(2)
            .zip(self.places.windows(2))
            .map(|(values, places)| (VersionRange::new(values[0], values[1] - 1), places[0], places[1]))
    }

    /// Labels inside a window: every vertex's version where they fit, else every n-th.
    pub(super) fn ticks(&self, from: u32, to: u32) -> Vec<Tick> {
        let low = self.places.partition_point(|&place| place < from);
        // The last vertex is one past the newest version: no column of its own.
        let high = self.places.partition_point(|&place| place <= to).min(self.values.len().max(1) - 1);
        let count = high.saturating_sub(low);
        let every = count.div_ceil(TICKS_MAX).max(1).next_power_of_two();
        (low..high)
            .filter(|index| index % every == 0)
            .map(|index| Tick { version: self.values[index], x: self.places[index] })
            .collect()
    }

    /// Stretches narrower than their versions, inside a window.
    pub(super) fn folds(&self, from: u32, to: u32) -> Vec<Fold> {
        self.stretches()
            .filter(|(range, x0, x1)| range.len() > 2 * FULL && *x1 >= from && *x0 <= to)
            .take(TICKS_MAX)
            .map(|(range, x0, x1)| Fold { range, x0, x1 })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_versions_are_drawn_linearly() {
        let axis = Axis::new((0..100).collect());
        assert_eq!(axis.place(37), 37 * UNITS_PER_VERSION);
        assert_eq!(axis.units(), 99 * UNITS_PER_VERSION);
        assert!(axis.folds(0, u32::MAX).is_empty());
    }

    #[test]
    fn long_ranges_fold_and_keep_their_order() {
        let axis = Axis::new([0, 19_372, 20_372, 25_910, 25_920].to_vec());
        assert!(axis.units() < 2_000, "{}", axis.units());
        let places: Vec<u32> = (0..=25_920).map(|version| axis.place(version)).collect();
        assert!(places.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!(axis.folds(0, u32::MAX).len(), 3);
    }

    #[test]
    fn a_stretch_never_gets_narrower_by_growing() {
        let mut before = 0;
        for versions in 0..5_000 {
            let now = width(versions);
            assert!(now >= before, "{versions}");
            before = now;
        }
        assert!(width(u64::MAX) < 4_000);
    }
}
