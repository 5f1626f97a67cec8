//! The tablet lab: a tablet under loads, compactions, readers and sweeps.
//!
//! ```text
//!          load          compact            sweep            reader (planned at v, captures later)
//! live  [0-1][2][3] ──▶ [0-1][2-3] ──────▶ [0-1][2-3]        v=2 before the sweep: [0-1][2]  served
//! stale                 #1 [2][3]          (gone)            v=2 after it:         −230
//! ```
//!
//! The mechanism is [`crate::tablet::Tablet`]; here are the clock, the workload, the readers that
//! hold a version for a while, the scheduler that looks now and then, and the knobs.
//!
//! A reader models what the frontend plans and the backend captures later: its version is fixed
//! when it starts, its path is looked for when it captures. Nothing is read in between, so a
//! sweep in between decides its fate; that is the race behind apache/doris#4017.

mod act;
mod axis;
mod check;
mod command;
mod config;
mod own;
mod picture;
mod policy;
mod preview;
mod reads;
pub mod scenarios;
mod schedule;

pub use check::CHECKERS;
pub use command::{Idle, Kind, TabletCommand, TabletEvent};
pub use config::{BIG_FACTOR, BURST_GAP_MS, DelayedDeletion, Knobs, Origin, TabletConfig, Workload};
pub use reads::{Outcome, Read, Stop};

use super::{Lab, Rejection, Violation};
use crate::base::{Digest, PathId, ReaderId, Rng, RowsetId, SimTime, SortedMap, Version, VersionRange};
use crate::compaction::LastSuccess;
use crate::rowset::RowsetMeta;
use crate::tablet::Tablet;
use crate::view::tablet::{TabletView, TabletWindow};
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Ended reads that the state remembers for drawing.
const READS_KEPT: usize = 6;
/// Swept paths that the state remembers for drawing.
const GHOSTS_KEPT: usize = 12;

/// A swept path, remembered for drawing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ghost {
    pub(crate) id: PathId,
    pub(crate) members: Vec<VersionRange>,
    pub(crate) at: SimTime,
    pub(crate) step: u64,
}

/// When the workload's actions are due; [`SimTime::MAX`] for never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Due {
    load: SimTime,
    query: SimTime,
    compact: SimTime,
}

/// A tablet that is played.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TabletLab {
    tablet: Tablet,
    knobs: Knobs,
    /// The policy that the user wrote; empty for none.
    script: String,
    workload: Workload,
    /// What loads draw from; compactions draw nothing, so that two policies see the same loads.
    load_rng: Rng,
    /// What readers draw from.
    reader_rng: Rng,
    now: SimTime,
    steps: u64,
    next_rowset: u64,
    next_reader: u64,
    due: Due,
    /// When the last garbage sweep ran by itself.
    swept_until: SimTime,
    loads: u64,
    rounds: u64,
    waiting: SortedMap<(SimTime, ReaderId), Read>,
    ended: VecDeque<Read>,
    ghosts: VecDeque<Ghost>,
    changed: Vec<RowsetId>,
    served: u64,
    already_merged: u64,
    bytes_loaded: u64,
    bytes_merged: u64,
    /// Loads refused with −235.
    too_many: u64,
    /// When compactions last succeeded.
    last: LastSuccess,
    /// Versions written that are not visible yet, with the moment when they will be.
    publishing: VecDeque<(SimTime, Version)>,
    /// Whether every invariant held at the start: an import may bring faults of its own.
    sound: bool,
    /// Stale paths whose age the source did not tell.
    untimed: Vec<PathId>,
    #[serde(skip)]
    scratch: Vec<VersionRange>,
    /// The path of a read that is forgotten, for the next one to be written into.
    #[serde(skip)]
    spare: Vec<Stop>,
}

impl TabletLab {
    /// The mechanism.
    pub const fn tablet(&self) -> &Tablet {
        &self.tablet
    }

    /// Settings now.
    pub const fn knobs(&self) -> &Knobs {
        &self.knobs
    }

    /// Workload now.
    pub const fn workload(&self) -> &Workload {
        &self.workload
    }

    /// Newest version that a live rowset holds; −1 for none.
    pub fn newest(&self) -> Version {
        let newest = self.tablet.max_version();
        if self.tablet.live_len() == 0 { -1 } else { newest.end }
    }

    /// Id that the next rowset will get; ids below it exist or existed.
    pub const fn next_rowset(&self) -> RowsetId {
        RowsetId(self.next_rowset)
    }

    /// Finds a rowset by id among live, then stale ones; says whether it is live.
    pub fn rowset(&self, id: RowsetId) -> Option<(&RowsetMeta, bool)> {
        let live = self.tablet.live().find(|meta| meta.id == id).map(|meta| (meta, true));
        live.or_else(|| {
            self.tablet.stale().map(|stale| &stale.meta).find(|meta| meta.id == id).map(|meta| (meta, false))
        })
    }

    /// Whether a reader of a version would be served now.
    pub fn serves(&self, version: Version) -> bool {
        let mut path = Vec::new();
        self.read(version, &mut path).is_ok()
    }

    /// Newest version that a reader may ask for.
    pub fn visible(&self) -> Version {
        self.publishing.front().map_or_else(|| self.newest(), |&(_, version)| version - 1)
    }

    /// Bytes written for a byte loaded, in thousandths; 1000 before the first load.
    pub const fn write_amplification(&self) -> u64 {
        permille(self.bytes_loaded.saturating_add(self.bytes_merged), self.bytes_loaded)
    }

    /// Bytes on disk for a byte of live rowsets, in thousandths; 1000 for an empty tablet.
    pub const fn space_amplification(&self) -> u64 {
        let live = self.tablet.live_bytes();
        permille(live.saturating_add(self.tablet.stale_bytes()), live)
    }

    /// Reads that ended in −230, and loads of the workload refused with −235.
    pub const fn refusals(&self) -> (u64, u64) {
        (self.already_merged, self.too_many)
    }

    fn take_rowset_id(&mut self) -> RowsetId {
        let id = RowsetId(self.next_rowset);
        self.next_rowset += 1;
        id
    }
}

fn digest_of(text: &str) -> Digest {
    let mut digest = Digest::default();
    digest.bytes(text.as_bytes());
    digest
}

const fn permille(part: u64, whole: u64) -> u64 {
    match (part as u128 * 1_000).checked_div(whole as u128) {
        Some(share) if share <= u64::MAX as u128 => share as u64,
        Some(_) => u64::MAX,
        None => 1_000,
    }
}

impl Lab for TabletLab {
    type Config = TabletConfig;
    type Command = TabletCommand;
    type Event = TabletEvent;
    type View = TabletView;
    type Window = TabletWindow;

    const METRICS: &'static [&'static str] = &[
        "live_rowsets",
        "stale_rowsets",
        "stale_bytes",
        "path_len",
        "already_merged",
        "live_bytes",
        "compaction_score",
        "write_amplification",
        "space_amplification",
        "too_many_versions",
        "meta_saves",
        "meta_saves_one_by_one",
    ];
    const KINDS: usize = 5;

    fn new(config: &TabletConfig, seed: u64) -> Self {
        scenarios::build(config, seed)
    }

    fn now(&self) -> SimTime {
        self.now
    }

    fn next_at(&self) -> Option<SimTime> {
        self.next_action().map(|(at, _)| at)
    }

    fn step(&mut self, out: &mut Vec<TabletEvent>) {
        self.step_by(SimTime::MAX, out);
    }

    fn step_by(&mut self, until: SimTime, out: &mut Vec<TabletEvent>) -> bool {
        let Some((at, action)) = self.next_action().filter(|(at, _)| *at <= until) else { return false };
        self.now = self.now.max(at);
        self.steps += 1;
        self.changed.clear();
        self.carry_out(action, out);
        true
    }

    fn idle(&mut self, until: SimTime) {
        self.now = self.now.max(until);
    }

    fn execute(&mut self, command: &TabletCommand, out: &mut Vec<TabletEvent>) -> Result<(), Rejection> {
        let changed = core::mem::take(&mut self.changed);
        match self.obey(command, out) {
            Ok(()) => {
                self.steps += 1;
                Ok(())
            }
            Err(rejection) => {
                self.changed = changed;
                Err(rejection)
            }
        }
    }

    fn view(&self, window: &TabletWindow) -> TabletView {
        self.picture(window)
    }

    fn metrics(&self, out: &mut Vec<i64>) {
        let mut path = Vec::new();
        let served = self.read(self.newest(), &mut path).is_ok();
        let point = self.tablet.point();
        let score: u64 =
            self.tablet.live().filter(|meta| meta.range.start >= point).map(RowsetMeta::score).sum();
        out.extend([
            self.tablet.live_len() as i64,
            self.tablet.stale_len() as i64,
            self.tablet.stale_bytes() as i64,
            if served { path.len() as i64 } else { 0 },
            self.already_merged as i64,
            self.tablet.live_bytes() as i64,
            score as i64,
            self.write_amplification() as i64,
            self.space_amplification() as i64,
            self.too_many as i64,
            self.tablet.meta_writes().saves as i64,
            self.tablet.meta_writes().one_by_one as i64,
        ]);
    }

    fn kind_of(event: &TabletEvent) -> usize {
        match event {
            TabletEvent::Loaded { .. } | TabletEvent::LoadRefused { .. } | TabletEvent::Visible { .. } => 0,
            TabletEvent::Compacted { .. }
            | TabletEvent::CompactionIdle { .. }
            | TabletEvent::PointMoved { .. }
            | TabletEvent::ScriptSaid { .. }
            | TabletEvent::ScriptFailed { .. } => 1,
            TabletEvent::ReaderStarted { .. } | TabletEvent::Served { .. } => 2,
            TabletEvent::Failed { .. } => 3,
            TabletEvent::PathSwept { .. }
            | TabletEvent::SweptNothing { .. }
            | TabletEvent::SweepStopped { .. }
            | TabletEvent::GraphRebuilt { .. }
            | TabletEvent::Restarted { .. }
            | TabletEvent::KnobsSet
            | TabletEvent::ScriptSet { .. }
            | TabletEvent::WorkloadSet => 4,
        }
    }

    fn fold(event: &TabletEvent, digest: &mut Digest) {
        event.fold(digest);
    }

    fn check(&self) -> Result<(), Violation> {
        self.check_all()
    }
}
