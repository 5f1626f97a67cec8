//! The graph together with the stale paths whose edges it holds.

use super::{CaptureError, StalePath, StalePaths, UnknownVertex, VersionGraph, regroup};
use crate::base::{PathId, SimTime, VersionRange};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What Doris calls the `TimestampedVersionTracker`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionTracker {
    graph: VersionGraph,
    paths: StalePaths,
}

impl VersionTracker {
    /// No version, no path.
    pub fn new() -> Self {
        Self::default()
    }

    /// A tracker of these live and stale rowsets, see [`Self::construct`].
    pub fn from_rowsets(live: &[VersionRange], stale: &[(VersionRange, SimTime)]) -> Self {
        let mut tracker = Self::new();
        tracker.construct(live, stale);
        tracker
    }

    /// The graph.
    pub const fn graph(&self) -> &VersionGraph {
        &self.graph
    }

    /// The stale paths.
    pub const fn paths(&self) -> &StalePaths {
        &self.paths
    }

    /// Adds an edge.
    pub fn add_version(&mut self, range: VersionRange) {
        self.graph.add(range);
    }

    /// Takes an edge away.
    ///
    /// # Errors
    /// One of its vertices is unknown.
    pub fn delete_version(&mut self, range: VersionRange) -> Result<(), UnknownVertex> {
        self.graph.delete(range)
    }

    /// Makes a path of rowsets that a compaction replaced; nothing for none of them. Their edges
    /// are there already, from the time they were live.
    pub fn add_stale_path(&mut self, members: Vec<(VersionRange, SimTime)>) -> Option<PathId> {
        self.paths.add(members)
    }

    /// Ids of the paths that are due, ascending: whose newest member is not newer than `limit`.
    pub fn capture_expired(&self, limit: SimTime) -> Vec<PathId> {
        self.paths.expired(limit)
    }

    /// A path.
    pub fn fetch(&self, id: PathId) -> Option<&StalePath> {
        self.paths.get(id)
    }

    /// Takes a path out, and the edges of its members with it.
    pub fn fetch_and_delete(&mut self, id: PathId) -> Option<StalePath> {
        let path = self.paths.remove(id)?;
        for &(range, _) in &path.members {
            // A member without its vertices has no edge to lose, and the reference asks no more.
            let _ = self.graph.delete(range);
        }
        Some(path)
    }

    /// Takes a range out of the path that it is on, and its edge with it; a path left without members
    /// goes. Does nothing where no path has it. O(paths).
    pub fn drop_member(&mut self, range: VersionRange) {
        let on = |path: &&StalePath| path.members.iter().any(|&(member, _)| member == range);
        let Some(id) = self.paths.iter().rev().find(on).map(|path| path.id) else { return };
        let Some(mut path) = self.paths.remove(id) else { return };
        path.members.retain(|&(member, _)| member != range);
        // As when the path is fetched: without its vertices it has no edge to lose.
        let _ = self.graph.delete(range);
        if !path.members.is_empty() {
            self.paths.put(StalePath::new(id, path.members));
        }
    }

    /// Puts paths back under the ids they had, and adds the edges of all members. The next new
    /// path gets the id that it would have got.
    pub fn recover(&mut self, paths: impl IntoIterator<Item = StalePath>) {
        for path in paths {
            for &(range, _) in &path.members {
                self.graph.add(range);
            }
            self.paths.put(path);
        }
    }

    /// Starts again from rowset metas: orphans are gone, ids count from 1, and stale rowsets are
    /// grouped into paths by the merges they must have come from: smallest ranges first, a rowset
    /// whose range a chain of smaller ones covers exactly is their merge. Does nothing, not even
    /// forget, where there is no live rowset. O(n log n) on nested ranges.
    pub fn construct(&mut self, live: &[VersionRange], stale: &[(VersionRange, SimTime)]) {
        if live.is_empty() {
            return;
        }
        self.graph.reconstruct(live.iter().copied().chain(stale.iter().map(|&(range, _)| range)));
        self.paths = StalePaths::numbered(regroup::groups(&self.graph, live, stale));
    }

    /// Starts again from rowsets whose grouping is known.
    pub fn construct_with_paths(&mut self, live: &[VersionRange], paths: Vec<StalePath>) {
        let stale = paths.iter().flat_map(|path| path.members.iter().map(|&(range, _)| range));
        self.graph.reconstruct(live.iter().copied().chain(stale.collect::<Vec<_>>()));
        let next = paths.iter().map(|path| path.id.0).max().unwrap_or_default() + 1;
        self.paths = StalePaths::new();
        self.paths.set_next_id(PathId(next));
        for path in paths {
            self.paths.put(path);
        }
    }

    /// Gives paths other ids: after a rebuild the reference numbers them by the order of a hash
    /// map, and who compares with it takes its numbers over. Paths not named keep theirs.
    pub fn renumber(&mut self, ids: &[(PathId, PathId)]) {
        let taken: Vec<_> =
            ids.iter().filter_map(|&(from, to)| Some((self.paths.remove(from)?, to))).collect();
        for (mut path, id) in taken {
            path.id = id;
            self.paths.put(path);
        }
    }

    /// The greedy walk, see [`VersionGraph::capture`].
    ///
    /// # Errors
    /// As there.
    #[inline]
    pub fn capture(&self, range: VersionRange, out: &mut Vec<VersionRange>) -> Result<(), CaptureError> {
        self.graph.capture(range, out)
    }
}
