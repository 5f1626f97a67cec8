//! What a user does to a tablet, and what then has changed.

use super::config::{Knobs, Workload};
use crate::base::{PathId, ReaderId, RowsetId, SimTime, Version, VersionRange};
use serde::{Deserialize, Serialize};

/// Which compaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// At or above the cumulative point.
    Cumulative,
    /// Below it.
    Base,
    /// Everything.
    Full,
    /// A range chosen by hand.
    Chosen,
}

/// One command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TabletCommand {
    /// Publishes one rowset at the next version.
    Load {
        /// Rows.
        rows: u64,
        /// Bytes.
        bytes: u64,
        /// Segments.
        segments: u32,
        /// Whether they overlap.
        overlapping: bool,
    },
    /// Publishes a delete predicate at the next version.
    DeleteLoad,
    /// Merges the live rowsets that cover exactly this range.
    Compact {
        /// The versions.
        range: VersionRange,
    },
    /// Merges what the simplest policy (number-based, 2019 to 2022) picks.
    CompactPick {
        /// Which compaction; `Chosen` is refused.
        kind: Kind,
    },
    /// Reads `[0, version]`.
    Query {
        /// The version; `None` is the newest.
        version: Option<Version>,
        /// How long the reader holds it before it captures, ms. 0 captures now.
        holds_ms: u32,
    },
    /// Runs the sweep of expired stale paths now.
    Sweep,
    /// Restarts the backend: everything in memory is rebuilt from persisted metas.
    Restart,
    /// Turns knobs.
    SetKnobs(Knobs),
    /// Changes the workload.
    SetWorkload(Workload),
}

/// Why the scheduler did not compact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Idle {
    /// Candidates' score is below the minimum.
    ScoreTooLow {
        /// Their score.
        score: u64,
        /// The minimum.
        min: u64,
    },
    /// Too few rowsets below the point.
    TooFewRowsets {
        /// How many there are.
        count: u64,
        /// How many are needed.
        min: u64,
    },
    /// Live rowsets leave a gap, so nothing is merged across it.
    Gap {
        /// The version the gap starts at.
        at: Version,
    },
}

/// What one step changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TabletEvent {
    /// A load became visible.
    Loaded {
        /// The new rowset.
        rowset: RowsetId,
        /// Its version.
        version: Version,
        /// Bytes.
        bytes: u64,
        /// Whether it is a delete predicate.
        delete: bool,
    },
    /// A load of the workload was refused (−235).
    LoadRefused {
        /// Live rowsets.
        count: u64,
        /// The limit.
        limit: u64,
    },
    /// Rowsets were merged.
    Compacted {
        /// Which compaction.
        kind: Kind,
        /// How many went in.
        inputs: u32,
        /// Versions of the output.
        range: VersionRange,
        /// The output.
        output: RowsetId,
        /// The stale path that the inputs became; `None` when they went at once.
        path: Option<PathId>,
        /// Bytes written.
        bytes: u64,
    },
    /// The scheduler looked and left it.
    CompactionIdle {
        /// Which compaction.
        kind: Kind,
        /// Why.
        why: Idle,
    },
    /// The cumulative point moved.
    PointMoved {
        /// From (−1: not calculated).
        from: Version,
        /// To.
        to: Version,
        /// Because of a delete version with nothing to merge before it.
        past_delete: bool,
    },
    /// A reader was planned and holds its version.
    ReaderStarted {
        /// Its id.
        reader: ReaderId,
        /// Its version.
        version: Version,
        /// When it will capture.
        captures_at: SimTime,
    },
    /// A reader captured a path.
    Served {
        /// Its id.
        reader: ReaderId,
        /// Its version.
        version: Version,
        /// Rowsets on the path.
        stops: u32,
        /// Of them stale.
        stale: u32,
    },
    /// A reader found no path.
    Failed {
        /// Its id.
        reader: ReaderId,
        /// Its version.
        version: Version,
        /// The reference's code.
        code: i32,
        /// The vertex it could not leave.
        stuck_at: Version,
    },
    /// A sweep took a stale path.
    PathSwept {
        /// The path.
        path: PathId,
        /// Its versions.
        range: VersionRange,
        /// Rowsets on it.
        rowsets: u32,
        /// Their bytes.
        bytes: u64,
    },
    /// A sweep by hand found nothing expired.
    SweptNothing {
        /// When the first path expires, if one ever does.
        next: Option<SimTime>,
    },
    /// A sweep stopped without deleting: versions are missing, or a check failed.
    SweepStopped {
        /// The first missing version, or −1 for a failed consistency check.
        missing: Version,
    },
    /// The graph was rebuilt because too many vertices had no edge.
    GraphRebuilt {
        /// Vertices before.
        before: u64,
        /// Vertices after.
        after: u64,
    },
    /// The backend came back.
    Restarted {
        /// Stale paths regrouped from persisted metas.
        paths: u32,
        /// Readers that were lost.
        readers_lost: u32,
    },
    /// Knobs were turned.
    KnobsSet,
    /// The workload was changed.
    WorkloadSet,
}
