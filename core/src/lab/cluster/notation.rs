//! A sync in the notation of the reference's comments, made from views.
//!
//! ```text
//! be    [=][=][=][=][=]          [=] a rowset that both have
//! ms    [=][xxxxxxx][=][x]       [x] one that the backend lacks
//! sync     ^_______^   ^~~~      ^_^ a range that is sent, ^~~ one without an end
//! ```

use crate::base::{INFINITE_VERSION, RowsetId, Version, VersionRange};
use crate::cloud::SyncRange;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

/// Stretches drawn at most: the newest.
const STRETCHES_MAX: usize = 24;
/// Columns of a stretch.
const WIDTH: usize = 3;

/// A rowset as far as the drawing cares.
pub type Piece = (RowsetId, VersionRange);

/// Three lines: the backend's rowsets, the meta-service's, the ranges. What lies before the newest 24
/// stretches between borders is left out.
pub fn sync_drawing(be: &[Piece], ms: &[Piece], ranges: &[SyncRange]) -> [String; 3] {
    let mut borders = BTreeSet::new();
    for (_, range) in be.iter().chain(ms) {
        borders.insert(range.start);
        borders.insert(range.end.saturating_add(1));
    }
    let mut starts: Vec<Version> = borders.into_iter().collect();
    starts.pop();
    let first = starts.len().saturating_sub(STRETCHES_MAX);
    starts.drain(..first);
    let Some(&from) = starts.first() else { return Default::default() };
    // The last stretch that begins at or before a version.
    let place = |version: Version| starts.partition_point(|start| *start <= version).saturating_sub(1);
    let row = |pieces: &[Piece], others: &[Piece], lacks: char| {
        let mut line = String::new();
        for (id, range) in pieces.iter().filter(|(_, range)| range.start >= from) {
            let at = place(range.start) * WIDTH;
            while line.chars().count() < at {
                line.push(' ');
            }
            let width = (place(range.end) + 1) * WIDTH - at;
            let fill = if others.iter().any(|(other, _)| other == id) { '=' } else { lacks };
            line.push('[');
            line.extend((0..width.saturating_sub(2)).map(|_| fill));
            line.push(']');
        }
        line
    };
    let mut marks = String::new();
    for range in ranges.iter().map(|range| range.range).filter(|range| range.end >= from) {
        let beyond = starts.len() * WIDTH;
        let newest = ms.iter().chain(be).map(|(_, range)| range.end).max().unwrap_or(0);
        let at = if range.start > newest { beyond } else { place(range.start.max(from)) * WIDTH };
        while marks.chars().count() < at {
            marks.push(' ');
        }
        marks.push('^');
        if range.end >= INFINITE_VERSION {
            let width = beyond.saturating_sub(at).max(WIDTH);
            marks.extend((0..width).map(|_| '~'));
        } else {
            let end = (place(range.end) + 1) * WIDTH;
            marks.extend((0..end.saturating_sub(at + 2)).map(|_| '_'));
            marks.push('^');
        }
    }
    [row(be, ms, '='), row(ms, be, 'x'), marks]
}
