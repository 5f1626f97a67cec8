//! Which rowsets answer a read, and when replaced ones may go.
//!
//! ```text
//! live      [0-1][2-----------5][6][7]        vertices  0  2  3  4  5  6  7  8
//! stale #1       [2][3][4][5]                 edges     0->2 2->6 2->3 3->4 4->5 5->6 6->7 7->8
//! read 0-4  [0-1][2][3][4]                    at 2 the edge to 6 overshoots, the edge to 3 does not
//! ```
//!
//! A version range `[s, e]` is an edge from vertex `s` to vertex `e + 1`; a read of `[a, b]` is a
//! walk from `a` to `b + 1`. Live and stale rowsets look the same to the walk.
//!
//! Invariants:
//! - *multiset*: a range added twice has to be deleted twice;
//! - *orphans stay*: a vertex is never removed by itself, one without edges is an orphan, and only
//!   a rebuild drops it;
//! - *nested*: where two ranges are disjoint or one contains the other, the greedy walk of
//!   [`VersionGraph::capture`] finds a path whenever there is one, and a shortest one. On other
//!   ranges only [`VersionGraph::capture_complete`] does; `models/graph.rs` sets them side by side.
//!
//! Source: Apache Doris, `be/src/olap/version_graph.cpp` (January 2026). Differs: the start of a
//! walk is looked up, not searched; orphans are counted as they come and go; expiry asks an index.
//! A range that ends before it starts joins its two vertices like the range turned round; one that
//! ends right before its start would be a loop, which no walk follows here (there it never ends).

mod build;
mod capture;
mod edges;
mod image;
mod index;
mod longest;
mod regroup;
mod search;
mod stale;
mod status;
mod tracker;

#[doc(hidden)]
pub mod bench_history;
#[cfg(test)]
mod tests;

pub use capture::{CaptureError, CaptureMode};
pub use search::{Edge, Vertex};
pub use stale::{StalePath, StalePaths};
pub use status::StalePathRow;
pub use tracker::VersionTracker;

use crate::base::sort::sort_by_key;
use crate::base::{Version, VersionRange};
use alloc::vec::Vec;
use core::fmt;
use edges::EdgePool;
use index::Index;
use longest::Longest;

/// No slot, no node.
const NONE: u32 = u32::MAX;

/// Versions as vertices, rowsets as edges.
///
/// A vertex lives in a *slot* for ever; its fields lie in arrays side by side. Only the longest
/// edge of a vertex is kept there, the few shorter ones in a pool: most walks touch nothing else.
/// Two graphs are equal when they have the same vertices and the same edges, however they came by
/// them. Holds up to 2^32 − 2 vertices.
#[derive(Clone, Default)]
pub struct VersionGraph {
    /// Value of each vertex.
    values: Vec<Version>,
    /// Slot that its longest edge leads to.
    farthest: Longest,
    /// First pool node of its other edges, longest first.
    rest: Vec<u32>,
    /// Edges that begin or end there.
    degrees: Vec<u32>,
    pool: EdgePool,
    index: Index,
    /// Slots with an edge to themselves, one entry each. Empty in any real tablet.
    loops: Vec<u32>,
    edges: usize,
    orphans: usize,
}

/// A range was to be deleted whose start, or version after the end, is no vertex.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownVertex {
    /// What was to be deleted.
    pub range: VersionRange,
    /// The vertex that is not there.
    pub vertex: Version,
}

impl UnknownVertex {
    /// The reference's code, `HEADER_DELETE_VERSION`.
    pub const fn code(&self) -> i32 {
        -1401
    }
}

impl fmt::Display for UnknownVertex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cannot be deleted: the graph has no vertex {}", self.range, self.vertex)
    }
}

impl core::error::Error for UnknownVertex {}

/// The vertex one past a range's end. Saturates: nothing lies beyond 2^63 − 1.
const fn after(range: VersionRange) -> Version {
    range.end.saturating_add(1)
}

impl VersionGraph {
    /// A graph without vertices.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the edge of a range, and its vertices where they are new. Amortised O(1) plus the
    /// edges of the start that are longer.
    pub fn add(&mut self, range: VersionRange) {
        let start = self.vertex_slot(range.start);
        let end = self.vertex_slot(after(range));
        self.link_ends(range, start, end);
    }

    /// Takes one edge of a range away. Its vertices stay, and so does everything else when there
    /// is no such edge. O(1) plus the edges of the start.
    ///
    /// # Errors
    /// One of the two vertices is unknown.
    pub fn delete(&mut self, range: VersionRange) -> Result<(), UnknownVertex> {
        let slot_of = |vertex| self.index.get(vertex, &self.values).ok_or(UnknownVertex { range, vertex });
        let start = slot_of(range.start)?;
        let end = slot_of(after(range))?;
        let (from, to) = if range.is_empty() { (end, start) } else { (start, end) };
        self.unlink(from, to);
        Ok(())
    }

    /// Takes the edges of `parts` away and adds the one of `whole`: a merge that keeps nothing.
    ///
    /// # Errors
    /// A part has an unknown vertex; nothing has changed then.
    pub fn replace(&mut self, parts: &[VersionRange], whole: VersionRange) -> Result<(), UnknownVertex> {
        for &range in parts {
            for vertex in [range.start, after(range)] {
                if self.index.get(vertex, &self.values).is_none() {
                    return Err(UnknownVertex { range, vertex });
                }
            }
        }
        for &range in parts {
            self.delete(range)?;
        }
        self.add(whole);
        Ok(())
    }

    /// Number of vertices, orphans included.
    pub fn vertex_count(&self) -> usize {
        self.values.len()
    }

    /// Number of vertices without an edge. O(1).
    pub fn orphan_count(&self) -> usize {
        self.orphans
    }

    /// Whether orphans make up at least `percent` of the vertices; never for an empty graph. O(1).
    pub fn orphans_reach(&self, percent: u32) -> bool {
        !self.values.is_empty() && self.orphans as u64 * 100 >= self.values.len() as u64 * u64::from(percent)
    }

    /// Number of edges, parallel ones counted each.
    pub fn edge_count(&self) -> usize {
        self.edges
    }

    /// Every vertex with whether it is an orphan, ascending. O(V), or O(V log V) where they were
    /// not added in order.
    pub fn vertices(&self) -> impl Iterator<Item = (Version, bool)> + '_ {
        self.slots_ascending().into_iter().map(|slot| {
            let slot = slot as usize;
            (self.values[slot], self.degrees[slot] == 0)
        })
    }

    /// Every edge as its range, by start, then longest first; parallel ones are repeated. Cost as
    /// of [`Self::vertices`].
    pub fn ranges(&self) -> impl Iterator<Item = VersionRange> + '_ {
        self.slots_ascending().into_iter().flat_map(move |slot| {
            let start = self.values[slot as usize];
            let loops = self.loops.iter().filter(move |&&looped| looped == slot).copied();
            self.forward(slot)
                .chain(loops)
                .map(move |to| VersionRange::new(start, self.values[to as usize].saturating_sub(1)))
        })
    }

    /// How many parallel edges a range has.
    pub fn contains_edge(&self, range: VersionRange) -> usize {
        let (Some(from), Some(to)) =
            (self.index.get(range.start, &self.values), self.index.get(after(range), &self.values))
        else {
            return 0;
        };
        if from == to {
            return self.loops.iter().filter(|&&slot| slot == from).count();
        }
        let (low, high) = if range.is_empty() { (to, from) } else { (from, to) };
        self.forward(low).filter(|&slot| slot == high).count()
    }

    /// Slots by value.
    fn slots_ascending(&self) -> Vec<u32> {
        let mut slots: Vec<u32> = (0..self.values.len() as u32).collect();
        if !self.values.is_sorted() {
            sort_by_key(&mut slots, |&slot| self.values[slot as usize]);
        }
        slots
    }

    /// Slots that the edges of a slot lead to, longest first.
    fn forward(&self, slot: u32) -> impl Iterator<Item = u32> + '_ {
        let farthest = self.farthest.get(slot as usize);
        (farthest != NONE).then_some(farthest).into_iter().chain(self.pool.iter(self.rest[slot as usize]))
    }

    /// The slot of a value, looked for first where it probably is.
    #[inline]
    fn slot_near(&self, guess: u32, value: Version) -> Option<u32> {
        if self.values.get(guess as usize) == Some(&value) {
            return Some(guess);
        }
        self.index.get(value, &self.values)
    }

    /// The slot of a value, made where it is new.
    fn vertex_slot(&mut self, value: Version) -> u32 {
        if let Some(slot) = self.index.get(value, &self.values) {
            return slot;
        }
        self.values.push(value);
        self.farthest.push();
        self.rest.push(NONE);
        self.degrees.push(0);
        self.orphans += 1;
        self.index.insert_last(&self.values);
        (self.values.len() - 1) as u32
    }

    /// Adds the edge of a range whose vertices are known.
    #[inline]
    fn link_ends(&mut self, range: VersionRange, start: u32, end: u32) {
        let (from, to) = if range.is_empty() { (end, start) } else { (start, end) };
        self.link(from, to);
    }

    /// Adds an edge; the value of `from` is not the larger one.
    #[inline]
    fn link(&mut self, from: u32, to: u32) {
        for slot in [from, to] {
            let degree = &mut self.degrees[slot as usize];
            self.orphans -= usize::from(*degree == 0);
            *degree += 1;
        }
        self.edges += 1;
        if from == to {
            self.loops.push(from);
            return;
        }
        let farthest = self.farthest.get(from as usize);
        if farthest == NONE {
            self.farthest.set(from, to);
        } else if self.values[to as usize] > self.values[farthest as usize] {
            self.farthest.set(from, to);
            self.rest[from as usize] = self.pool.push_front(self.rest[from as usize], farthest);
        } else {
            self.rest[from as usize] = self.pool.insert(self.rest[from as usize], to, &self.values);
        }
    }

    /// Takes one edge away, if there is one; the value of `from` is not the larger one.
    fn unlink(&mut self, from: u32, to: u32) {
        if from == to {
            let Some(at) = self.loops.iter().position(|&slot| slot == from) else { return };
            self.loops.swap_remove(at);
        } else if self.farthest.get(from as usize) == to {
            let (next, rest) = self.pool.pop_front(self.rest[from as usize]);
            self.farthest.set(from, next);
            self.rest[from as usize] = rest;
        } else if let Some(rest) = self.pool.remove(self.rest[from as usize], to) {
            self.rest[from as usize] = rest;
        } else {
            return;
        }
        self.edges -= 1;
        for slot in [from, to] {
            let degree = &mut self.degrees[slot as usize];
            *degree -= 1;
            self.orphans += usize::from(*degree == 0);
        }
    }
}

impl PartialEq for VersionGraph {
    fn eq(&self, other: &Self) -> bool {
        self.values.len() == other.values.len()
            && self.edges == other.edges
            && self.orphans == other.orphans
            && self.vertices().eq(other.vertices())
            && self.ranges().eq(other.ranges())
    }
}

impl Eq for VersionGraph {}

impl fmt::Debug for VersionGraph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VersionGraph")
            .field("ranges", &self.ranges().collect::<Vec<_>>())
            .field("vertices", &self.values.len())
            .field("orphans", &self.orphans)
            .finish_non_exhaustive()
    }
}
