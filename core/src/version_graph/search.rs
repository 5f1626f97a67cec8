//! The graph as petgraph sees it, and the searches that are complete rather than fast.

use super::{NONE, VersionGraph, after};
use crate::base::{Version, VersionRange};
use alloc::collections::VecDeque;
use alloc::vec;
use alloc::vec::Vec;
use petgraph::visit::{
    Data, Dfs, EdgeRef, GraphBase, IntoEdgeReferences, IntoEdges, IntoNeighbors, VisitMap, Visitable,
};

/// A vertex of one graph; means nothing in another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vertex(u32);

/// An edge of one graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    from: Vertex,
    to: Vertex,
    range: VersionRange,
}

impl Edge {
    /// The rowset's versions.
    pub const fn range(self) -> VersionRange {
        self.range
    }
}

impl VersionGraph {
    /// The vertex of a value, for petgraph's algorithms: `&VersionGraph` is a graph to them, with
    /// every edge pointing to the larger version.
    pub fn vertex(&self, value: Version) -> Option<Vertex> {
        self.index.get(value, &self.values).map(Vertex)
    }

    /// The value of a vertex.
    ///
    /// # Panics
    /// The vertex is of another, larger graph.
    pub fn value_of(&self, vertex: Vertex) -> Version {
        self.values[vertex.0 as usize]
    }

    /// A shortest path, found wherever there is one and whatever the ranges: the complete search
    /// beside the greedy walk of [`Self::capture`], breadth first. On nested ranges both find paths
    /// of the same length. O(V + E) with two allocations of V: it explains a failed read, it does
    /// not serve reads.
    pub fn capture_complete(&self, range: VersionRange) -> Option<Vec<VersionRange>> {
        let (start, _) = self.ends_of(range).ok()?;
        let Vertex(goal) = self.vertex(after(range))?;
        // The slot that each slot was first reached from.
        let mut before = vec![NONE; self.values.len()];
        let mut queue = VecDeque::from([start as u32]);
        while let Some(at) = queue.pop_front() {
            if at == goal {
                break;
            }
            for to in self.forward(at) {
                if before[to as usize] == NONE && self.values[to as usize] <= self.values[goal as usize] {
                    before[to as usize] = at;
                    queue.push_back(to);
                }
            }
        }
        let mut path = Vec::new();
        let mut at = goal;
        while at as usize != start {
            let from = before[at as usize];
            let start = *self.values.get(from as usize)?;
            path.push(VersionRange::new(start, self.values[at as usize] - 1));
            at = from;
        }
        path.reverse();
        Some(path)
    }

    /// Every vertex that some path leads to from `start`, ascending, `start` included; empty where
    /// it is no vertex. A read of `[start, v]` can be answered if and only if `v + 1` is among
    /// them. One pass, O(V + E), and a sort where vertices came out of order.
    pub fn reachable_from(&self, start: Version) -> Vec<Version> {
        let Some(start) = self.vertex(start) else { return Vec::new() };
        let mut search = Dfs::new(self, start);
        while search.next(self).is_some() {}
        let reached = |slot: &u32| search.discovered.is_visited(&Vertex(*slot));
        self.slots_ascending().into_iter().filter(reached).map(|slot| self.value_of(Vertex(slot))).collect()
    }
}

impl GraphBase for VersionGraph {
    type NodeId = Vertex;
    type EdgeId = (Vertex, Vertex);
}

impl Data for VersionGraph {
    type NodeWeight = Version;
    type EdgeWeight = VersionRange;
}

/// Vertices seen, a bit each.
#[derive(Clone, Debug, Default)]
pub struct Seen(Vec<u64>);

impl VisitMap<Vertex> for Seen {
    fn visit(&mut self, Vertex(slot): Vertex) -> bool {
        let (word, bit) = (slot as usize / 64, 1 << (slot % 64));
        let fresh = self.0[word] & bit == 0;
        self.0[word] |= bit;
        fresh
    }

    fn is_visited(&self, &Vertex(slot): &Vertex) -> bool {
        self.0[slot as usize / 64] & (1 << (slot % 64)) != 0
    }

    fn unvisit(&mut self, Vertex(slot): Vertex) -> bool {
        let (word, bit) = (slot as usize / 64, 1 << (slot % 64));
        let seen = self.0[word] & bit != 0;
        self.0[word] &= !bit;
        seen
    }
}

impl Visitable for VersionGraph {
    type Map = Seen;

    fn visit_map(&self) -> Seen {
        Seen(vec![0; self.values.len().div_ceil(64)])
    }

    fn reset_map(&self, map: &mut Seen) {
        map.0.clear();
        map.0.resize(self.values.len().div_ceil(64), 0);
    }
}

impl EdgeRef for Edge {
    type NodeId = Vertex;
    type EdgeId = (Vertex, Vertex);
    type Weight = VersionRange;

    fn source(&self) -> Vertex {
        self.from
    }

    fn target(&self) -> Vertex {
        self.to
    }

    fn weight(&self) -> &VersionRange {
        &self.range
    }

    fn id(&self) -> (Vertex, Vertex) {
        (self.from, self.to)
    }
}

/// Edges of one vertex, or of all, longest first.
#[derive(Clone, Debug)]
pub struct Edges<'a> {
    graph: &'a VersionGraph,
    from: u32,
    last: u32,
    /// Slot to yield next, and the place of the one after it in the pool.
    next: u32,
    rest: (u32, usize),
}

impl<'a> Edges<'a> {
    fn of(graph: &'a VersionGraph, from: u32, last: u32) -> Self {
        let next = graph.farthest.get(from as usize);
        let rest = graph.rest.get(from as usize).copied().unwrap_or(NONE);
        Self { graph, from, last, next, rest: (rest, 0) }
    }
}

impl Iterator for Edges<'_> {
    type Item = Edge;

    fn next(&mut self) -> Option<Edge> {
        while self.next == NONE {
            if self.from >= self.last {
                return None;
            }
            *self = Self::of(self.graph, self.from + 1, self.last);
        }
        let (from, to) = (Vertex(self.from), Vertex(self.next));
        self.next = self.graph.pool.advance(&mut self.rest);
        let range = VersionRange::new(self.graph.value_of(from), self.graph.value_of(to) - 1);
        Some(Edge { from, to, range })
    }
}

/// Vertices that the edges of one vertex lead to, longest edge first.
#[derive(Clone, Debug)]
pub struct Neighbors<'a>(Edges<'a>);

impl Iterator for Neighbors<'_> {
    type Item = Vertex;

    fn next(&mut self) -> Option<Vertex> {
        self.0.next().map(|edge| edge.to)
    }
}

impl<'a> IntoNeighbors for &'a VersionGraph {
    type Neighbors = Neighbors<'a>;

    fn neighbors(self, vertex: Vertex) -> Neighbors<'a> {
        Neighbors(Edges::of(self, vertex.0, vertex.0))
    }
}

impl<'a> IntoEdgeReferences for &'a VersionGraph {
    type EdgeRef = Edge;
    type EdgeReferences = Edges<'a>;

    fn edge_references(self) -> Edges<'a> {
        Edges::of(self, 0, (self.values.len() as u32).saturating_sub(1))
    }
}

impl<'a> IntoEdges for &'a VersionGraph {
    type Edges = Edges<'a>;

    fn edges(self, vertex: Vertex) -> Edges<'a> {
        Edges::of(self, vertex.0, vertex.0)
    }
}
