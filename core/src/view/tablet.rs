//! What the tablet lab shows: the rowset map, stale paths with their fuses, reads, the readable lane.
//!
//! The version axis is *folded*: every stretch between two neighbouring vertices of the graph
//! gets [`UNITS_PER_VERSION`] units for each of its first few versions and logarithmically
//! fewer beyond, so that `[0-19371]` and `[25910-25919]` fit the same screen. All `x` are in
//! those units; a screen scales and scrolls them, and never computes a version's place itself.

use crate::base::{PathId, ReaderId, RowsetId, SimTime, Version, VersionRange};
use crate::compaction::script::Fault;
use crate::compaction::{Fact, Policy, Rejected, Rule};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Axis units that a single, unfolded version spans.
pub const UNITS_PER_VERSION: u32 = 16;

/// Which part of the axis is asked for, in axis units, and how fine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TabletWindow {
    /// First unit.
    pub from: u32,
    /// Last unit (exclusive); `u32::MAX` for all.
    pub to: u32,
    /// Neighbours narrower than this many units are joined into one [`Brick`] with `count` > 1.
    /// 0 joins nothing.
    pub join_below: u32,
}

impl TabletWindow {
    /// The whole axis, nothing joined.
    pub const ALL: Self = Self { from: 0, to: u32::MAX, join_below: 0 };
}

/// Heat of a rowset: hue of its brick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Heat {
    /// Written by a load.
    Fresh,
    /// Written by a cumulative compaction (or at or above the cumulative point).
    Cumulative,
    /// Base side.
    Base,
    /// A delete predicate.
    Delete,
}

/// A rowset (or, joined, a run of neighbours) as a rectangle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brick {
    /// Stable key (of the first one, when joined).
    pub id: RowsetId,
    /// Versions.
    pub range: VersionRange,
    /// Left edge in axis units.
    pub x0: u32,
    /// Right edge in axis units.
    pub x1: u32,
    /// Bytes (summed when joined); `None` where the source did not tell.
    pub bytes: Option<u64>,
    /// Rows (summed when joined); `None` where the source did not tell.
    pub rows: Option<u64>,
    /// Hue.
    pub heat: Heat,
    /// Segments (summed when joined); `None` where the source did not tell.
    pub segments: Option<u32>,
    /// Segments overlap.
    pub overlapping: bool,
    /// Holds no rows as far as is known.
    pub empty: bool,
    /// How many rowsets this stands for.
    pub count: u32,
}

/// A stale path: rowsets replaced together by one compaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StalePathView {
    /// Its id.
    pub id: PathId,
    /// Row above the live row: how many merges lie between it and the live path, from 1.
    pub row: u32,
    /// All its versions.
    pub range: VersionRange,
    /// Left edge in axis units.
    pub x0: u32,
    /// Right edge in axis units.
    pub x1: u32,
    /// Members, left to right.
    pub members: Vec<Brick>,
    /// When it became stale (newest member).
    pub stale_since: SimTime,
    /// When a sweep may take it; `None` when no sweep ever will by time.
    pub expires_at: Option<SimTime>,
    /// Whether that moment was computed from a known stale time, not from a creation time.
    pub time_known: bool,
}

/// A path that a sweep has taken, kept as a ghost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GhostPath {
    /// The id it had.
    pub id: PathId,
    /// Its row while it stood.
    pub row: u32,
    /// All its versions.
    pub range: VersionRange,
    /// Left edge in axis units.
    pub x0: u32,
    /// Right edge in axis units.
    pub x1: u32,
    /// Its members' ranges with their edges in axis units.
    pub members: Vec<(VersionRange, u32, u32)>,
    /// When it was swept.
    pub swept_at: SimTime,
    /// At which step.
    pub swept_step: u64,
}

/// One stop of a read path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathStop {
    /// The rowset read.
    pub rowset: RowsetId,
    /// Its versions.
    pub range: VersionRange,
    /// Left edge in axis units.
    pub x0: u32,
    /// Right edge in axis units.
    pub x1: u32,
    /// The stale path it was taken from; `None` for a live rowset.
    pub stale_path: Option<PathId>,
    /// Row of that path; 0 for live.
    pub row: u32,
    /// Bytes, where known.
    pub bytes: Option<u64>,
}

/// How a read ended, or that it has not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadState {
    /// The reader holds its version and has not captured yet.
    Waiting {
        /// When it will.
        captures_at: SimTime,
    },
    /// A path was captured.
    Served {
        /// In order.
        path: Vec<PathStop>,
    },
    /// No path.
    Failed {
        /// The reference's code: −230, 6 or 33.
        code: i32,
        /// What was collected before the walk stopped.
        partial: Vec<PathStop>,
        /// The vertex the walk could not leave (a version), and its place.
        stuck_at: (Version, u32),
        /// Place of the wanted end.
        wanted_x: u32,
        /// The live rowset that swallowed the wanted end, where there is one.
        inside: Option<VersionRange>,
        /// The swept path that had held it, with when and at which step, where it is remembered.
        swept: Option<(PathId, SimTime, u64)>,
        /// Versions missing from the live rowsets up to the wanted end.
        missing: Vec<VersionRange>,
        /// A path that the complete search finds although the greedy walk did not.
        complete_search_finds: bool,
    },
}

/// A read shown on the stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadView {
    /// Its id.
    pub id: ReaderId,
    /// The version it reads.
    pub version: Version,
    /// When it was planned.
    pub started_at: SimTime,
    /// When it captured or failed.
    pub ended_at: Option<SimTime>,
    /// At which step it ended (or was started, while waiting).
    pub step: u64,
    /// How it stands.
    pub state: ReadState,
}

/// Whether a reader of a version would be served now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Readable {
    /// By live rowsets alone.
    Live,
    /// Only through a stale path.
    Stale,
    /// Not at all.
    No,
}

/// A run of neighbouring versions that share an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadableRun {
    /// The versions.
    pub range: VersionRange,
    /// Left edge in axis units.
    pub x0: u32,
    /// Right edge in axis units.
    pub x1: u32,
    /// The answer for each of them.
    pub readable: Readable,
}

/// A label of the axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    /// The version.
    pub version: Version,
    /// Left edge of its column in axis units.
    pub x: u32,
}

/// A stretch of the axis drawn narrower than its versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fold {
    /// The versions.
    pub range: VersionRange,
    /// Left edge in axis units.
    pub x0: u32,
    /// Right edge in axis units.
    pub x1: u32,
}

/// A vertex of the version graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VertexView {
    /// Its value: a version, or one past the last.
    pub version: Version,
    /// Its place in axis units.
    pub x: u32,
    /// No edge left.
    pub orphan: bool,
}

/// What a compaction would take now, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PickView {
    /// The versions.
    pub range: VersionRange,
    /// Left edge in axis units.
    pub x0: u32,
    /// Right edge in axis units.
    pub x1: u32,
    /// Rowsets that go in.
    pub inputs: Vec<VersionRange>,
    /// Their compaction score as the policy reports it.
    pub score: u64,
}

/// Why the next round takes what it takes, or nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhyView {
    /// Whose rule.
    pub policy: Policy,
    /// The rule that decided.
    pub rule: Rule,
    /// The reference's code: 0, −2000, −2010 (the point steps over a delete version) or 6 (a gap).
    pub code: i32,
    /// The numbers it decided by.
    pub facts: Vec<(Fact, i64)>,
    /// Candidates that stay out.
    pub rejected: Vec<RejectedView>,
    /// Where the point goes without a merge.
    pub point: Option<Version>,
    /// The reason of a policy of one's own, in its words.
    pub said: String,
    /// What is wrong with it.
    pub fault: Option<Fault>,
}

/// What a compaction of one kind would do if it were given now. Asked for, never part of a picture:
/// cost linear in the live rowsets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewView {
    /// What goes in; `None` where nothing would be merged.
    pub pick: Option<PickView>,
    /// The first rowsets that go in, with what the rule weighs.
    pub inputs: Vec<InputView>,
    /// Bytes that go in; `None` where the source did not tell all sizes.
    pub bytes: Option<u64>,
    /// By which rule, which numbers, and what stays out.
    pub why: WhyView,
    /// Why it does not happen by itself: the rule that the scheduler goes by now. `None` where it would do
    /// the same in its round, or has no rule for this kind.
    pub waits: Option<WaitView>,
}

/// A rowset that goes into a compaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputView {
    /// Its versions.
    pub range: VersionRange,
    /// Hue.
    pub heat: Heat,
    /// Bytes; `None` where the source did not tell.
    pub bytes: Option<u64>,
    /// Its compaction score.
    pub score: u64,
}

/// Why the scheduler leaves a compaction alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitView {
    /// The rule.
    pub rule: Rule,
    /// Its numbers.
    pub facts: Vec<(Fact, i64)>,
}

/// Candidates that stay out, with their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedView {
    /// Their versions, how many, and why.
    pub run: Rejected,
    /// Left edge in axis units.
    pub x0: u32,
    /// Right edge in axis units.
    pub x1: u32,
}

/// Totals of the tablet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Live rowsets.
    pub live: u64,
    /// Bytes of live rowsets (known ones).
    pub live_bytes: u64,
    /// Stale rowsets.
    pub stale: u64,
    /// Bytes of stale rowsets (known ones).
    pub stale_bytes: u64,
    /// Rowsets on the path of a read at the newest version; 0 when there is none.
    pub path_len: u64,
    /// Reads that ended in −230 so far.
    pub already_merged: u64,
    /// Reads served so far.
    pub served: u64,
    /// Vertices of the graph.
    pub vertices: u64,
    /// Of them without an edge.
    pub orphans: u64,
    /// Rowsets whose files no map refers to any more although they were never handed to the
    /// garbage collector (apache/doris#5526).
    pub leaked: u64,
    /// Loads of the workload refused with −235.
    pub too_many: u64,
    /// Live rowsets above which loads are refused.
    pub version_limit: u64,
    /// Bytes written for a byte loaded, in thousandths.
    pub write_amplification: u64,
    /// Bytes on disk for a byte of live rowsets, in thousandths.
    pub space_amplification: u64,
    /// Saves of the meta by compactions.
    pub meta_saves: u64,
    /// What they would have been with a save for every rowset and point that changed.
    pub meta_saves_one_by_one: u64,
}

/// Everything the tablet's screens draw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TabletView {
    /// Virtual time.
    pub now: SimTime,
    /// Steps taken.
    pub step: u64,
    /// Newest version; −1 for none.
    pub max_version: Version,
    /// Length of the whole axis in units.
    pub axis_units: u32,
    /// Labels inside the window, at most a few hundred.
    pub ticks: Vec<Tick>,
    /// Folded stretches inside the window.
    pub folds: Vec<Fold>,
    /// Live rowsets in the window, left to right.
    pub live: Vec<Brick>,
    /// Stale paths that touch the window.
    pub stale: Vec<StalePathView>,
    /// The last paths swept, oldest first.
    pub ghosts: Vec<GhostPath>,
    /// Cumulative point and its place; `None` before it was calculated.
    pub point: Option<(Version, u32)>,
    /// Reads worth showing: waiting ones, then the latest ended ones, newest first.
    pub reads: Vec<ReadView>,
    /// The readable lane.
    pub readable: Vec<ReadableRun>,
    /// Vertices in the window; empty when more than a few thousand.
    pub vertices: Vec<VertexView>,
    /// Versions that no live rowset holds.
    pub missing: Vec<Fold>,
    /// The next automatic compaction.
    pub pick: Option<PickView>,
    /// Why it, or why none.
    pub why: WhyView,
    /// Newest version that a reader may ask for.
    pub visible: Version,
    /// Rowsets that the last step touched.
    pub changed: Vec<RowsetId>,
    /// Totals.
    pub totals: Totals,
}
