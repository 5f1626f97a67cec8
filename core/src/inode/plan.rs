//! Which chunks are compacted, and what replaces a list.
//!
//! ```text
//! seen        [a a a]   [b b][0 0 0 0 0]      [c]         0: written zeros, blank: a hole
//! reference   [a a a 0 0 b b 0 0 0 0 0 0 0 0 0 c]         one info, zeros are stored
//! own         [a a a 0 0 b b][zero info ]     [c]         gaps of a block and more stay sparse
//! ```

use super::{ChunkInfo, Geometry, InodeKey, Lists, Node, Object};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// When a chunk is worth it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// Entries that a list may have.
    pub threshold: u64,
    /// Chunks at most at a time.
    pub max_chunks: u64,
}

impl Default for Selection {
    /// The reference's: 20 and 10.
    fn default() -> Self {
        Self { threshold: 20, max_chunks: 10 }
    }
}

/// Chunks to compact, smallest index first (the reference leaves the order to a hash map): those
/// behind the end of the file, with too many entries, or with an entry that reaches behind the end.
pub fn select(length: u64, geometry: Geometry, lists: &Lists, rule: Selection) -> Vec<u64> {
    let wanted = |(index, list): &&(u64, Vec<ChunkInfo>)| {
        // Behind the end of an empty file, whose last byte wraps in the reference, an entry reaches
        // in any case.
        geometry.start(*index) > length.wrapping_sub(1)
            || list.len() as u64 > rule.threshold
            || list.iter().any(|info| info.end() > length)
    };
    let chosen = lists.iter().filter(wanted).map(|&(index, _)| index);
    chosen.take(usize::try_from(rule.max_chunks).unwrap_or(usize::MAX)).collect()
}

/// What becomes of holes in a rewritten chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rewrite {
    /// One info; zeros and holes are stored. With `forget_holes` a hole behind written zeros is
    /// forgotten, so that all that follows moves down (a fault of the reference).
    Whole {
        /// Copies the fault.
        forget_holes: bool,
    },
    /// An info per run; written zeros and holes of a block and more are not stored. Ids are fresh,
    /// from this one on.
    Sparse {
        /// First id to use.
        first_id: u64,
    },
}

/// A stretch of a rewritten info.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Piece {
    /// So many zeros.
    Zeros(u64),
    /// Bytes of an older info.
    Copy(Node),
}

/// A new info and what its bytes are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The info.
    pub info: ChunkInfo,
    /// Its bytes in order; none for an info of zeros.
    pub pieces: Vec<Piece>,
}

/// A read that a rewrite needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read {
    /// From which object; nothing where it is zeros.
    pub object: Option<Object>,
    /// First byte in the object.
    pub offset: u64,
    /// Bytes.
    pub len: u64,
}

impl Plan {
    /// The reads, in the order of the file.
    pub fn reads(&self, inode: InodeKey, geometry: Geometry) -> Vec<Read> {
        let mut reads = Vec::new();
        for piece in &self.pieces {
            let node = match piece {
                Piece::Zeros(len) => {
                    reads.push(Read { object: None, offset: 0, len: *len });
                    continue;
                }
                Piece::Copy(node) => node,
            };
            let ChunkInfo { chunk_id, compaction, offset, .. } = node.info;
            let mut begin = node.begin;
            while begin <= node.end {
                let place = geometry.place(begin);
                let block_start = begin - place.in_chunk % geometry.block_size;
                let last = node.end.min(block_start.saturating_add(geometry.block_size - 1));
                let object = Object { inode, chunk_id, block: place.block, compaction };
                let offset = begin - offset.max(block_start);
                reads.push(Read { object: Some(object), offset, len: last - begin + 1 });
                begin = match last.checked_add(1) {
                    Some(begin) => begin,
                    None => break,
                };
            }
        }
        reads
    }
}

/// What replaces a list of which this is seen; nothing where nothing is.
pub fn plan(nodes: &[Node], geometry: Geometry, rewrite: Rewrite) -> Vec<Plan> {
    match rewrite {
        Rewrite::Whole { forget_holes } => whole(nodes, forget_holes).into_iter().collect(),
        Rewrite::Sparse { first_id } => sparse(nodes, geometry.block_size, first_id),
    }
}

fn whole(nodes: &[Node], forget_holes: bool) -> Option<Plan> {
    let first = nodes.first()?;
    let newest = nodes.iter().filter(|node| !node.info.zero).max_by_key(|node| node.info.chunk_id);
    let (chunk_id, compaction) =
        newest.map_or((0, 1), |node| (node.info.chunk_id, node.info.compaction.saturating_add(1)));
    let mut pieces = Vec::with_capacity(nodes.len());
    let (mut behind, mut len, mut zero) = (first.begin, 0, false);
    for node in nodes {
        let hole = node.begin - behind;
        if hole > 0 && !(zero && forget_holes) {
            pieces.push(Piece::Zeros(hole));
            len += hole;
        }
        zero = node.info.zero;
        pieces.push(if zero { Piece::Zeros(node.len()) } else { Piece::Copy(*node) });
        len += node.len();
        behind = node.end + 1;
    }
    let info = ChunkInfo { chunk_id, compaction, offset: first.begin, len, size: len, zero: false };
    Some(Plan { info, pieces })
}

fn sparse(nodes: &[Node], block: u64, first_id: u64) -> Vec<Plan> {
    let mut plans: Vec<Plan> = Vec::new();
    // Whether the last plan may grow.
    let mut open = false;
    for node in nodes {
        let zero = node.info.zero;
        let apart = zero && node.len() >= block;
        let behind = plans.last().map_or(0, |plan| plan.info.end());
        let hole = node.begin.saturating_sub(behind);
        if let (Some(plan), true) = (plans.last_mut(), open && !apart && hole < block) {
            if hole > 0 {
                plan.pieces.push(Piece::Zeros(hole));
            }
            plan.pieces.push(if zero { Piece::Zeros(node.len()) } else { Piece::Copy(*node) });
            plan.info.len += hole + node.len();
            continue;
        }
        let info = ChunkInfo {
            chunk_id: first_id + plans.len() as u64,
            ..ChunkInfo::written(0, node.begin, node.len())
        };
        // A run that begins with a few zeros may still get data; whether it did is seen at the end.
        let piece = if zero { Piece::Zeros(node.len()) } else { Piece::Copy(*node) };
        plans.push(Plan { info, pieces: alloc::vec![piece] });
        open = !apart;
    }
    for plan in &mut plans {
        plan.info.zero = plan.pieces.iter().all(|piece| matches!(piece, Piece::Zeros(_)));
        if plan.info.zero {
            plan.pieces.clear();
        }
        plan.info.size = if plan.info.zero { 0 } else { plan.info.len };
    }
    plans
}
