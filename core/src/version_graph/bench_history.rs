//! The history that benchmarks share: loads of one version each, merged ten at a time, three levels.

use crate::base::{SimTime, Version, VersionRange};
use alloc::vec::Vec;

/// Live ranges, and stale ones with the time of their merge, after `loads` loads upon the
/// empty `[0-1]`; nothing expired.
pub fn tiered(loads: u32) -> (Vec<VersionRange>, Vec<(VersionRange, SimTime)>) {
    let mut levels: [Vec<VersionRange>; 4] = Default::default();
    let mut stale = Vec::new();
    for version in 2..Version::from(loads) + 2 {
        levels[0].push(VersionRange::single(version));
        for level in 0..3 {
            if levels[level].len() == 10 {
                let merged = VersionRange::new(levels[level][0].start, version);
                let now = SimTime::from_secs(version as u64);
                stale.extend(levels[level].drain(..).map(|range| (range, now)));
                levels[level + 1].push(merged);
            }
        }
    }
    let first = core::iter::once(VersionRange::new(0, 1));
    (first.chain(levels.into_iter().rev().flatten()).collect(), stale)
}
