//! What a user does to a tablet, and what then has changed.

use super::config::{Knobs, Workload};
use crate::base::{Digest, PathId, ReaderId, RowsetId, SimTime, Version, VersionRange};
use crate::compaction::Rule;
use crate::compaction::script::Fault;
use crate::lab::Rejection;
use alloc::format;
use alloc::string::{String, ToString};
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
    /// Merges what the policy picks; limits that only save work do not count.
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
    /// Makes this script the policy; see [`crate::compaction::script`].
    SetScript(String),
}

/// Why the scheduler did not compact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Idle {
    /// The rule that left it.
    pub rule: Rule,
    /// The reference's code: −2000, −808, −2008, or 6 for a gap.
    pub code: i32,
    /// Candidates it looked at.
    pub candidates: u64,
    /// Their score.
    pub score: u64,
    /// Candidates that are not visible yet.
    pub invisible: u64,
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
    /// Readers may ask for a version from now on.
    Visible {
        /// The version.
        version: Version,
    },
    /// The policy is a script from now on.
    ScriptSet {
        /// Its length, bytes.
        bytes: u32,
        /// Its digest.
        digest: Digest,
    },
    /// Why the script chose what was merged, in its own words.
    ScriptSaid {
        /// The reason.
        text: String,
    },
    /// The script failed, or chose what cannot be merged: nothing was.
    ScriptFailed {
        /// Which compaction it was asked for.
        kind: Kind,
        /// What is wrong, and where.
        fault: Fault,
    },
}

impl Idle {
    /// The same as a refusal of a command.
    pub(super) fn rejection(self) -> Rejection {
        let Self { rule, code, candidates, score, .. } = self;
        Rejection {
            code,
            key: "nothing-picked".to_string(),
            numbers: [rule as i64, candidates as i64, score as i64].to_vec(),
            text: format!(
                "Nothing to merge ({}): {candidates} candidates with a score of {score}.",
                rule.key()
            ),
        }
    }
}

impl TabletEvent {
    /// Folds the event into a digest: a tag, then its fields.
    pub(super) fn fold(&self, digest: &mut Digest) {
        let mut words = |list: &[u64]| list.iter().for_each(|&word| digest.word(word));
        match *self {
            Self::Loaded { rowset, version, bytes, delete } => {
                words(&[1, rowset.0, version as u64, bytes, u64::from(delete)]);
            }
            Self::LoadRefused { count, limit } => words(&[2, count, limit]),
            Self::Compacted { kind, inputs, range, output, path, bytes } => words(&[
                3,
                kind as u64,
                inputs.into(),
                range.start as u64,
                range.end as u64,
                output.0,
                path.map_or(0, |path| path.0),
                bytes,
            ]),
            Self::CompactionIdle { kind, why } => {
                words(&[4, kind as u64, why.rule as u64, why.candidates, why.score, why.invisible]);
            }
            Self::PointMoved { from, to, past_delete } => {
                words(&[5, from as u64, to as u64, u64::from(past_delete)]);
            }
            Self::ReaderStarted { reader, version, captures_at } => {
                words(&[6, reader.0, version as u64, captures_at.micros()]);
            }
            Self::Served { reader, version, stops, stale } => {
                words(&[7, reader.0, version as u64, stops.into(), stale.into()]);
            }
            Self::Failed { reader, version, code, stuck_at } => {
                words(&[8, reader.0, version as u64, i64::from(code) as u64, stuck_at as u64]);
            }
            Self::PathSwept { path, range, rowsets, bytes } => {
                words(&[9, path.0, range.start as u64, range.end as u64, rowsets.into(), bytes]);
            }
            Self::SweptNothing { next } => words(&[10, next.map_or(u64::MAX, SimTime::micros)]),
            Self::SweepStopped { missing } => words(&[11, missing as u64]),
            Self::GraphRebuilt { before, after } => words(&[12, before, after]),
            Self::Restarted { paths, readers_lost } => words(&[13, paths.into(), readers_lost.into()]),
            Self::KnobsSet => words(&[14]),
            Self::WorkloadSet => words(&[15]),
            Self::Visible { version } => words(&[16, version as u64]),
            Self::ScriptSet { bytes, digest } => words(&[17, bytes.into(), digest.0]),
            Self::ScriptSaid { ref text } => words(&[18, super::digest_of(text).0]),
            Self::ScriptFailed { kind, ref fault } => words(&[
                19,
                kind as u64,
                fault.kind as u64,
                fault.line.into(),
                fault.column.into(),
                fault.numbers[0] as u64,
                fault.numbers[1] as u64,
            ]),
        }
    }
}
