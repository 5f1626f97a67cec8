//! The graph built as the reference's description says it is: a list of neighbours per vertex in
//! descending order, a node each on the heap, a hash map from value to vertex, a linear search for
//! the start of a walk and for orphans. It stands in for the reference on the machine at hand,
//! where its own figures were not taken.

#![expect(clippy::disallowed_types, reason = "what is measured is a hash map; nothing iterates it")]

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use tabletop_core::base::{Version, VersionRange};

/// The identity, as the reference's standard library hashes integers.
#[derive(Default)]
struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        // Rust's table takes its tag from the top bits.
        self.0.rotate_right(7) ^ self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0 << 8 | u64::from(byte);
        }
    }

    fn write_i64(&mut self, value: i64) {
        self.0 = value as u64;
    }
}

type Link = Option<Box<Node>>;

struct Node {
    to: usize,
    next: Link,
}

struct Vertex {
    value: Version,
    neighbours: Link,
}

#[derive(Default)]
pub(crate) struct LinkedGraph {
    vertices: Vec<Vertex>,
    places: HashMap<Version, usize, BuildHasherDefault<Identity>>,
}

impl LinkedGraph {
    pub(crate) fn of(ranges: &[VersionRange]) -> Self {
        let mut values: Vec<Version> = ranges.iter().flat_map(|range| [range.start, range.end + 1]).collect();
        values.sort_unstable();
        values.dedup();
        let mut graph = Self::default();
        for value in values {
            graph.vertex(value);
        }
        for &range in ranges {
            graph.add(range);
        }
        graph
    }

    fn vertex(&mut self, value: Version) -> usize {
        *self.places.entry(value).or_insert_with(|| {
            self.vertices.push(Vertex { value, neighbours: None });
            self.vertices.len() - 1
        })
    }

    pub(crate) fn add(&mut self, range: VersionRange) {
        let (from, to) = (self.vertex(range.start), self.vertex(range.end + 1));
        self.link(from, to);
        self.link(to, from);
    }

    fn link(&mut self, from: usize, to: usize) {
        let value = self.vertices[to].value;
        let mut list = self.vertices[from].neighbours.take();
        let mut at = &mut list;
        while at.as_ref().is_some_and(|node| self.vertices[node.to].value >= value) {
            at = &mut at.as_mut().expect("just seen").next;
        }
        *at = Some(Box::new(Node { to, next: at.take() }));
        self.vertices[from].neighbours = list;
    }

    pub(crate) fn delete(&mut self, range: VersionRange) {
        let (from, to) = (self.places[&range.start], self.places[&(range.end + 1)]);
        for (from, to) in [(from, to), (to, from)] {
            let mut at = &mut self.vertices[from].neighbours;
            while at.as_ref().is_some_and(|node| node.to != to) {
                at = &mut at.as_mut().expect("just seen").next;
            }
            if let Some(node) = at.take() {
                *at = node.next;
            }
        }
    }

    pub(crate) fn capture(&self, range: VersionRange, out: &mut Vec<VersionRange>) -> bool {
        out.clear();
        let Some(mut at) = self.vertices.iter().position(|vertex| vertex.value == range.start) else {
            return false;
        };
        let goal = range.end + 1;
        while self.vertices[at].value < goal {
            let value = self.vertices[at].value;
            let mut node = &self.vertices[at].neighbours;
            let next = loop {
                let Some(here) = node else { return false };
                let next_value = self.vertices[here.to].value;
                if next_value < value {
                    return false;
                }
                if next_value <= goal {
                    break here.to;
                }
                node = &here.next;
            };
            out.push(VersionRange::new(value, self.vertices[next].value - 1));
            at = next;
        }
        true
    }

    pub(crate) fn orphans(&self) -> usize {
        self.vertices.iter().filter(|vertex| vertex.neighbours.is_none()).count()
    }
}
