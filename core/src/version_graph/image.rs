//! How a graph is stored: orphans, and edges as differences. Two to three bytes an edge.

use super::VersionGraph;
use crate::base::{Version, VersionRange};
use alloc::vec::Vec;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Neighbouring edges differ by little, so both fields are wrapping differences: to the start
/// before, and from start to end.
#[derive(Serialize, Deserialize)]
struct Image {
    orphans: Vec<Version>,
    edges: Vec<(Version, Version)>,
}

impl Serialize for VersionGraph {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut before: Version = 0;
        let edges = self
            .ranges()
            .map(|range| {
                let step = range.start.wrapping_sub(before);
                before = range.start;
                (step, range.end.wrapping_sub(range.start))
            })
            .collect();
        let orphans = self.vertices().filter(|&(_, orphan)| orphan).map(|(value, _)| value).collect();
        Image { orphans, edges }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for VersionGraph {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let image = Image::deserialize(deserializer)?;
        let mut before: Version = 0;
        let ranges: Vec<VersionRange> = image
            .edges
            .into_iter()
            .map(|(step, length)| {
                before = before.wrapping_add(step);
                VersionRange::new(before, before.wrapping_add(length))
            })
            .collect();
        let mut graph = Self::from_ranges(ranges.iter().copied());
        for orphan in image.orphans {
            graph.vertex_slot(orphan);
        }
        Ok(graph)
    }
}
