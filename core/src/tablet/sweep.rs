//! Expired stale paths go.
//!
//! ```text
//! limit = now - ttl          path  newest   due
//!                            #1    10:02    yes    taken out, then [0, newest] must still be readable
//!                            #2    10:31    no
//! ```

use super::Tablet;
use crate::base::{PathId, SimTime, VersionRange};
use crate::rowset::RowsetMeta;
use crate::version_graph::{CaptureError, StalePath};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// When a sweep takes what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepRule {
    /// How long a path is kept after its newest member became stale
    /// (`tablet_rowset_stale_sweep_time_sec`, 600 s).
    pub ttl: SimTime,
    /// Every path is due at once (`tablet_rowset_stale_sweep_by_size`, off).
    pub by_size: bool,
    /// Orphans in a hundred vertices from which the graph is rebuilt after a sweep
    /// (`tablet_version_graph_orphan_vertex_ratio`, 0.1).
    pub orphan_ratio_percent: u32,
}

impl Default for SweepRule {
    fn default() -> Self {
        Self { ttl: SimTime::from_secs(600), by_size: false, orphan_ratio_percent: 10 }
    }
}

impl SweepRule {
    /// The latest time by which a path is due; nothing while `ttl` has not passed since time zero.
    pub fn limit(&self, now: SimTime) -> Option<SimTime> {
        if self.by_size { Some(now) } else { now.0.checked_sub(self.ttl.0).map(SimTime) }
    }
}

/// Why a sweep stopped before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SweepStop {
    /// There is no live rowset. Nothing was taken.
    NoLiveRowset,
    /// A damaged tablet is not made smaller. Nothing was taken.
    MissingVersions {
        /// The first run of versions missing.
        first: VersionRange,
    },
    /// Without this path the newest version would have no path. It and those taken before it are
    /// out of the tracker while their rowsets stay stale: a leak until the next rebuild, kept as
    /// the reference has it. On nested ranges it does not happen.
    Inconsistent {
        /// The path taken last.
        path: PathId,
        /// How the test read ended.
        cause: CaptureError,
    },
}

/// What a sweep did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sweep {
    /// Paths taken out of the tracker, by id.
    pub removed: Vec<StalePath>,
    /// Their rowsets, for the garbage collector; none where the sweep stopped.
    pub unused: Vec<RowsetMeta>,
    /// Why it stopped, where it did.
    pub stopped: Option<SweepStop>,
    /// Orphans were many enough to rebuild the graph: path ids start at 1 again.
    pub rebuilt: bool,
}

impl Tablet {
    /// When the next stale path is due under a rule; nothing where there is none. O(1).
    pub fn next_expiry(&self, rule: &SweepRule) -> Option<SimTime> {
        let newest = self.tracker.paths().oldest()?;
        Some(if rule.by_size { newest } else { newest + rule.ttl })
    }

    /// Takes the stale paths that are due, as a unit each, after a test that the newest version
    /// stays readable. Costs what is taken, a walk per path that the newest version's path shared
    /// an edge with, and a rebuild where orphans call for it.
    pub fn sweep(&mut self, now: SimTime, rule: &SweepRule) -> Sweep {
        let mut sweep = Sweep::default();
        let due = rule.limit(now).map(|limit| self.tracker.capture_expired(limit)).unwrap_or_default();
        if due.is_empty() {
            return sweep;
        }
        sweep.stopped = self.take_paths(&due, &mut sweep.removed);
        if sweep.stopped.is_some() {
            return sweep;
        }
        self.empty_paths(&mut sweep, rule);
        sweep
    }

    /// The same without the test: how a backend in cloud mode does it.
    pub fn expire(&mut self, now: SimTime, rule: &SweepRule) -> Sweep {
        let due = rule.limit(now).map(|limit| self.tracker.capture_expired(limit)).unwrap_or_default();
        let removed = due.into_iter().filter_map(|id| self.tracker.fetch_and_delete(id)).collect();
        let mut sweep = Sweep { removed, ..Sweep::default() };
        if !sweep.removed.is_empty() {
            self.empty_paths(&mut sweep, rule);
        }
        sweep
    }

    /// Rowsets of paths that were taken become unused; the graph is rebuilt where orphans call for it.
    fn empty_paths(&mut self, sweep: &mut Sweep, rule: &SweepRule) {
        let members = sweep.removed.iter().flat_map(|path| &path.members);
        for &(range, _) in members {
            if let Some(rowset) = self.stale.remove(range) {
                sweep.unused.push(rowset.meta);
            }
        }
        if self.graph().orphans_reach(rule.orphan_ratio_percent) {
            self.rebuild();
            sweep.rebuilt = true;
        }
    }

    fn take_paths(&mut self, due: &[PathId], removed: &mut Vec<StalePath>) -> Option<SweepStop> {
        let Some(newest) = self.live.newest() else { return Some(SweepStop::NoLiveRowset) };
        let newest = newest.range.end;
        if let Some(first) = self.live.first_missed(newest) {
            return Some(SweepStop::MissingVersions { first });
        }
        // The walk only looks at edges it does not take by passing over longer ones; to remove an
        // edge it did not take changes nothing, so it is walked again only when it lost one.
        let mut path = Vec::new();
        let mut walked = false;
        for &id in due {
            let Some(taken) = self.tracker.fetch_and_delete(id) else { continue };
            let lost = taken.members.iter().any(|&(range, _)| path.binary_search(&range).is_ok());
            removed.push(taken);
            if (lost || !walked)
                && let Err(cause) = self.tracker.capture(VersionRange::new(0, newest), &mut path)
            {
                return Some(SweepStop::Inconsistent { path: id, cause });
            }
            walked = true;
        }
        None
    }
}
