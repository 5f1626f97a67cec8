//! Shapes that several families share.

use serde::Deserialize;
use tabletop_core::base::{PathId, SimTime, VersionRange};
use tabletop_core::version_graph::{StalePath, VersionTracker};

/// `[start, end]`.
pub(super) type Span = (i64, i64);
/// `[start, end, seconds]`.
pub(super) type Timed = (i64, i64, u64);

pub(super) fn range((start, end): Span) -> VersionRange {
    VersionRange::new(start, end)
}

pub(super) fn span(range: VersionRange) -> Span {
    (range.start, range.end)
}

pub(super) fn spans(ranges: &[VersionRange]) -> Vec<Span> {
    ranges.iter().copied().map(span).collect()
}

pub(super) fn member((start, end, secs): Timed) -> (VersionRange, SimTime) {
    (VersionRange::new(start, end), SimTime::from_secs(secs))
}

pub(super) fn timed(path: &StalePath) -> Vec<Timed> {
    path.members.iter().map(|&(range, at)| (range.start, range.end, at.secs())).collect()
}

/// A stale path with the time of each member.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TimedPath {
    pub(super) id: u64,
    pub(super) max_ts: u64,
    pub(super) versions: Vec<Timed>,
}

impl TimedPath {
    pub(super) fn all(tracker: &VersionTracker) -> Vec<Self> {
        tracker
            .paths()
            .iter()
            .map(|path| Self { id: path.id.0, max_ts: path.newest.secs(), versions: timed(path) })
            .collect()
    }

    pub(super) fn stale_path(&self) -> StalePath {
        StalePath::new(PathId(self.id), self.versions.iter().copied().map(member).collect())
    }
}
