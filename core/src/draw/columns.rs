//! Columns of characters for ranges of versions, wide enough for every label.

use crate::base::sort::sort;
use crate::base::{Version, VersionRange};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Character columns of vertex values.
pub(super) struct Columns {
    first: Version,
    values: Vec<Version>,
    starts: Vec<usize>,
}

impl Columns {
    /// Columns in which every range, cut at `first`, has room for its label.
    pub(super) fn new(ranges: &[VersionRange], first: Version) -> Self {
        let mut values: Vec<Version> =
            ranges.iter().flat_map(|range| [range.start, range.end.saturating_add(1)]).collect();
        sort(&mut values);
        values.dedup();
        let mut widths = alloc::vec![1usize; values.len().saturating_sub(1)];
        let mut spans: Vec<(usize, usize, usize)> = ranges
            .iter()
            .filter_map(|range| {
                let first = values.binary_search(&range.start).ok()?;
                let last = values.binary_search(&range.end.saturating_add(1)).ok()?;
                Some((last.checked_sub(first)?, first, label(*range).len()))
            })
            .collect();
        sort(&mut spans);
        for (span, first, need) in spans {
            let has: usize = widths[first..first + span].iter().sum();
            if let Some(last) = widths[first..first + span].last_mut() {
                *last += need.saturating_sub(has);
            }
        }
        let mut starts = Vec::with_capacity(values.len());
        let mut at = 0;
        for index in 0..values.len() {
            starts.push(at);
            at += widths.get(index).copied().unwrap_or(0);
        }
        Self { first, values, starts }
    }

    /// Column of a value's left edge.
    pub(super) fn at(&self, value: Version) -> usize {
        let index = self.values.partition_point(|&other| other < value);
        self.starts.get(index).or_else(|| self.starts.last()).copied().unwrap_or(0)
    }

    /// Writes a range into a line at its place, stretched with dashes.
    pub(super) fn write(&self, line: &mut String, range: VersionRange) {
        let (from, to) = (self.at(range.start), self.at(range.end.saturating_add(1)));
        pad(line, from);
        if range.start < self.first {
            // Cut: `...-21]` says that it begins further left.
            let text = format!("-{}]", range.end);
            (text.len()..to - from).for_each(|_| line.push('.'));
            line.push_str(&text);
            return;
        }
        let text = label(range);
        let missing = (to - from).saturating_sub(text.len());
        if range.is_single() {
            let left = missing / 2;
            line.push('[');
            (0..left).for_each(|_| line.push(' '));
            line.push_str(&text[1..text.len() - 1]);
            (left..missing).for_each(|_| line.push(' '));
            line.push(']');
        } else {
            let dash = text.find('-').unwrap_or(0);
            line.push_str(&text[..dash]);
            (0..=missing).for_each(|_| line.push('-'));
            line.push_str(&text[dash + 1..]);
        }
    }
}

/// `[2]` or `[2-5]`.
fn label(range: VersionRange) -> String {
    if range.is_single() { format!("[{}]", range.start) } else { format!("[{}-{}]", range.start, range.end) }
}

/// Blanks up to a column.
pub(super) fn pad(line: &mut String, column: usize) {
    let length = line.chars().count();
    (length..column).for_each(|_| line.push(' '));
}
