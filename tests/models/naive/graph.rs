//! Edges in a list.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use tabletop_core::base::{Version, VersionRange};
use tabletop_core::version_graph::{CaptureError, CaptureMode};

#[derive(Clone, Debug, Default)]
pub(crate) struct NaiveGraph {
    pub(crate) edges: Vec<VersionRange>,
    pub(crate) vertices: BTreeSet<Version>,
}

impl NaiveGraph {
    pub(crate) fn of(ranges: &[VersionRange]) -> Self {
        let mut graph = Self::default();
        for &range in ranges {
            graph.add(range);
        }
        graph
    }

    pub(crate) fn add(&mut self, range: VersionRange) {
        self.vertices.extend([range.start, range.end + 1]);
        self.edges.push(range);
    }

    /// Whether both vertices are known.
    pub(crate) fn delete(&mut self, range: VersionRange) -> bool {
        if let Some(at) = self.edges.iter().position(|&edge| edge == range) {
            self.edges.remove(at);
        }
        self.vertices.contains(&range.start) && self.vertices.contains(&(range.end + 1))
    }

    pub(crate) fn orphans(&self) -> usize {
        let bare = |vertex: &Version| {
            !self.edges.iter().any(|edge| edge.start == *vertex || edge.end + 1 == *vertex)
        };
        self.vertices.iter().filter(|vertex| bare(vertex)).count()
    }

    /// Ends of the edges from a vertex, longest first.
    fn ends_from(&self, start: Version) -> Vec<Version> {
        let mut ends: Vec<_> =
            self.edges.iter().filter(|edge| edge.start == start).map(|edge| edge.end).collect();
        ends.sort_unstable_by(|a, b| b.cmp(a));
        ends
    }

    fn admit(&self, range: VersionRange) -> Result<(), CaptureError> {
        if range.start > range.end {
            return Err(CaptureError::Reversed { range });
        }
        if !self.vertices.contains(&range.start) {
            return Err(CaptureError::NoStart { at: range.start });
        }
        Ok(())
    }

    pub(crate) fn capture(&self, range: VersionRange) -> (Result<(), CaptureError>, Vec<VersionRange>) {
        let mut path = Vec::new();
        if let Err(error) = self.admit(range) {
            return (Err(error), path);
        }
        let mut at = range.start;
        while at <= range.end {
            let Some(end) = self.ends_from(at).into_iter().find(|&end| end <= range.end) else {
                return (Err(CaptureError::Stuck { at, wanted: range.end + 1 }), path);
            };
            path.push(VersionRange::new(at, end));
            at = end + 1;
        }
        (Ok(()), path)
    }

    pub(crate) fn capture_filtered(
        &self,
        mode: CaptureMode,
        range: VersionRange,
        warm: impl Fn(VersionRange) -> bool,
    ) -> (Result<(), CaptureError>, Vec<VersionRange>) {
        let mut path = Vec::new();
        if let Err(error) = self.admit(range) {
            return (Err(error), path);
        }
        let mut at = range.start;
        let mut last = range.end;
        while at <= last {
            let ends = self.ends_from(at);
            let is_warm = |end: &&Version| warm(VersionRange::new(at, **end));
            let chosen = match mode {
                CaptureMode::Validator => ends.iter().find(is_warm),
                CaptureMode::PreferCache => ends.iter().find(is_warm).or_else(|| ends.first()),
                CaptureMode::ValidatorMow => {
                    let cold = ends.iter().take_while(|end| !is_warm(end)).count();
                    let single_is_cold = ends[..cold].contains(&at);
                    let before = ends[..cold].iter().take_while(|&&end| end != at);
                    last = before.fold(last, |last, &end| last.min(end));
                    if single_is_cold { None } else { ends.get(cold) }
                }
            };
            let Some(&end) = chosen else { break };
            path.push(VersionRange::new(at, end));
            at = end + 1;
        }
        (Ok(()), path)
    }

    /// Edges needed to each vertex that can be reached.
    pub(crate) fn distances(&self, start: Version) -> BTreeMap<Version, usize> {
        let mut distances = BTreeMap::new();
        if !self.vertices.contains(&start) {
            return distances;
        }
        distances.insert(start, 0);
        let mut queue = VecDeque::from([start]);
        while let Some(at) = queue.pop_front() {
            let next = distances[&at] + 1;
            for end in self.ends_from(at) {
                distances.entry(end + 1).or_insert_with(|| {
                    queue.push_back(end + 1);
                    next
                });
            }
        }
        distances
    }
}
