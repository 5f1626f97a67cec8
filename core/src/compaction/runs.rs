//! Runs of neighbours: without a gap, and without rows.

use super::Candidate;
use crate::base::VersionRange;
use core::ops::Range;

const fn touches(before: &Candidate, after: &Candidate) -> bool {
    before.range.end.saturating_add(1) == after.range.start
}

/// The longest run of neighbours without a gap, as places; the first of equal ones. O(n).
pub fn longest_consecutive(rowsets: &[&Candidate]) -> Range<usize> {
    longest(rowsets, |_| true)
}

/// Pairs of neighbours around each gap. O(n).
pub fn gaps(rowsets: &[&Candidate]) -> impl Iterator<Item = (VersionRange, VersionRange)> {
    rowsets.windows(2).filter(|pair| !touches(pair[0], pair[1])).map(|pair| (pair[0].range, pair[1].range))
}

/// The longest run of rowsets without rows, as places; the first of equal ones (cloud). O(n).
pub fn longest_empty(rowsets: &[&Candidate]) -> Range<usize> {
    longest(rowsets, Candidate::is_empty)
}

/// The first run of at least `least` (and two) rowsets without rows that does not reach the last
/// candidate (time series). O(n).
pub fn consecutive_empty(rowsets: &[&Candidate], least: u32) -> Range<usize> {
    let least = (least as usize).max(2);
    let mut start = 0;
    while start < rowsets.len() {
        let mut end = start;
        while end < rowsets.len()
            && rowsets[end].is_empty()
            && (end == start || touches(rowsets[end - 1], rowsets[end]))
        {
            end += 1;
        }
        if end - start >= least && end < rowsets.len() {
            return start..end;
        }
        start = end.max(start + 1);
    }
    0..0
}

fn longest(rowsets: &[&Candidate], belongs: impl Fn(&Candidate) -> bool) -> Range<usize> {
    let mut best = 0..0;
    let mut run = 0..0;
    for (at, rowset) in rowsets.iter().enumerate() {
        if !belongs(rowset) {
            run = at + 1..at + 1;
            continue;
        }
        if run.is_empty() || !touches(rowsets[at - 1], rowset) {
            run = at..at;
        }
        run.end = at + 1;
        if run.len() > best.len() {
            best = run.clone();
        }
    }
    best
}
