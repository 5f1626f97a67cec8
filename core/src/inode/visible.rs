//! What of overlapping chunk infos a reader sees.
//!
//! Precedence is the place in the list, whatever the ids are: a later entry hides earlier ones.

use super::paint::{self, Interval};
use super::{ChunkInfo, Geometry};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A stretch of a file that one chunk info answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// First byte in the file.
    pub begin: u64,
    /// Last byte in the file.
    pub end: u64,
    /// Index of the info in its list.
    pub at: u32,
    /// The info.
    pub info: ChunkInfo,
}

impl Node {
    /// Bytes; not 0.
    pub const fn len(&self) -> u64 {
        self.end - self.begin + 1
    }

    /// Whether it has none: never.
    pub const fn is_empty(&self) -> bool {
        false
    }
}

/// What a file of length 0 shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum EmptyFile {
    /// Nothing.
    #[default]
    Nothing,
    /// Everything, as in the reference, whose `length - 1` wraps.
    Everything,
}

/// First and last byte of a chunk that exist in a file so long; nothing for a chunk behind its end.
pub fn window(geometry: Geometry, length: u64, index: u64, empty: EmptyFile) -> Option<(u64, u64)> {
    let start = geometry.start(index);
    let last = start.saturating_add(geometry.chunk_size - 1);
    match (length, empty) {
        (0, EmptyFile::Nothing) => None,
        (0, EmptyFile::Everything) => Some((start, last)),
        _ => (start < length).then(|| (start, last.min(length - 1))),
    }
}

/// What is seen of a list inside a window (first and last byte), by begin. Touching nodes are not
/// merged, what nobody wrote is absent, infos without bytes show nothing. O(n log n).
///
/// # Panics
/// A list has 2^32 entries or more.
pub fn visible(infos: &[ChunkInfo], window: Option<(u64, u64)>) -> Vec<Node> {
    let mut nodes = Vec::new();
    let Some((first, last)) = window else { return nodes };
    assert!(u32::try_from(infos.len()).is_ok(), "{} infos in one list", infos.len());
    let inside = |(at, info): (usize, &ChunkInfo)| {
        let (begin, until) = (info.offset.max(first), info.end().min(last.saturating_add(1)));
        (begin < until).then(|| Interval { begin, end: until - 1, at: at as u32 })
    };
    let painted: Vec<_> = infos.iter().enumerate().filter_map(inside).collect();
    nodes.reserve(painted.len());
    paint::seen(painted, |Interval { begin, end, at }| {
        nodes.push(Node { begin, end, at, info: infos[at as usize] });
    });
    nodes
}
