//! The load lab: rows on their way to disk, in one thread or in several.
//!
//! ```text
//! sender 0   [insert---][insert---][wait][insert---]        overlapped: inserting goes on
//! queue 0           [q]        [q--]
//! thread 0             [flush------]    [flush---]
//!
//! sender 0   [insert---][flush------][insert---][flush---]   alternating: one after the other
//! ```
//!
//! The mechanism is [`crate::load`]; here are the clock, the senders, the disks and the knobs. Rows
//! are counted and spread evenly over tablets; speeds are stated by knobs. Beside it two smaller
//! questions of the same time: what a read with LIMIT reads ([`crate::rowset::limit`]), and what a
//! restart costs that rewrites all metas ([`crate::rowset::upgrade`]).

mod act;
mod check;
mod command;
mod config;
mod disk;
mod explain;
mod flushing;
mod history;
mod insert;
mod picture;
pub mod scenarios;
mod schedule;
mod side;
mod tables;
mod words;

pub use command::{Flush, LoadCommand, LoadEvent, UpgradeSpec, Wait, Why};
pub use config::{Design, Fault, Knobs, LoadConfig, LoadSpec};

use super::board::{self, BoardLab, InputError, Start, Value, Verb, Word};
use super::{Lab, Rejection, Violation};
use crate::base::{Digest, Rng, RowsetId, SimTime, SortedMap};
use crate::load::{FlushExecutor, LoadId, MemTracker};
use crate::view::board::{Board, BoardWindow, ItemId, Told, Unit};
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use disk::Disk;
use history::{History, Loads, ReadLine, Trace};
use insert::Sender;
use serde::{Deserialize, Serialize};
use side::UpgradeJob;

/// Visible rowsets that the state remembers.
const VISIBLE_KEPT: usize = 512;

/// What is visible of a tablet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct TabletLine {
    /// Newest version; 1 for an empty tablet.
    version: i64,
    rowsets: u64,
    rows: u64,
    bytes: u64,
    segments: u64,
}

/// A rowset that became visible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Visible {
    load: LoadId,
    rowset: RowsetId,
    tablet: u32,
}

/// A task between its submission and its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Flight {
    span: u64,
    why: Why,
    since: SimTime,
}

/// Sums over the whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Totals {
    committed: u64,
    failed: u64,
    rows: u64,
    bytes: u64,
    inserted: u64,
    flushed: u64,
    flushes: u64,
    dropped: u64,
    stalled_us: u64,
    peak: u64,
    by_pressure: u64,
}

/// A backend that loads.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LoadLab {
    knobs: Knobs,
    rng: Rng,
    now: SimTime,
    tracker: MemTracker,
    executor: FlushExecutor,
    disks: Vec<Disk>,
    /// Per directory: flushes that still go well before one fails.
    armed: Vec<Option<u32>>,
    flights: SortedMap<u64, Flight>,
    senders: Vec<Sender>,
    waiting: VecDeque<(LoadId, LoadSpec, SimTime)>,
    loads: Loads,
    tablets: Vec<TabletLine>,
    visible: VecDeque<Visible>,
    due: SimTime,
    reads: Vec<ReadLine>,
    reads_ended: VecDeque<ReadLine>,
    upgrades: VecDeque<UpgradeJob>,
    upgraded: VecDeque<UpgradeJob>,
    next_load: u64,
    next_rowset: u64,
    next_table: u64,
    next_read: u64,
    next_upgrade: u64,
    history: History,
    trace: Trace,
    totals: Totals,
    changed: Vec<ItemId>,
}

impl LoadLab {
    /// Settings now.
    pub const fn knobs(&self) -> &Knobs {
        &self.knobs
    }

    /// Memory of all MemTables.
    pub const fn tracker(&self) -> &MemTracker {
        &self.tracker
    }

    /// Queues and threads.
    pub const fn executor(&self) -> &FlushExecutor {
        &self.executor
    }

    /// Rows that can be read.
    pub fn visible_rows(&self) -> u64 {
        self.tablets.iter().map(|tablet| tablet.rows).sum()
    }

    /// Whether no load runs or waits.
    pub fn is_quiet(&self) -> bool {
        self.waiting.is_empty() && self.senders.iter().all(Sender::is_idle)
    }
}

impl Lab for LoadLab {
    type Config = LoadConfig;
    type Command = LoadCommand;
    type Event = LoadEvent;
    type View = Board;
    type Window = BoardWindow;

    const METRICS: &'static [&'static str] = &[
        "throughput",
        "memory",
        "queue",
        "visible-rows",
        "stalled",
        "flushed",
        "loads-committed",
        "loads-failed",
    ];
    const KINDS: usize = 5;

    fn new(config: &LoadConfig, seed: u64) -> Self {
        scenarios::build(config, seed)
    }

    fn now(&self) -> SimTime {
        self.now
    }

    fn next_at(&self) -> Option<SimTime> {
        self.next_action().map(|(at, _)| at)
    }

    fn step(&mut self, out: &mut Vec<LoadEvent>) {
        let Some((at, action)) = self.next_action() else { return };
        self.now = self.now.max(at);
        self.changed.clear();
        let before = self.totals;
        self.carry_out(action, out);
        self.note(&before);
    }

    fn idle(&mut self, until: SimTime) {
        self.now = self.now.max(until);
    }

    fn execute(&mut self, command: &LoadCommand, out: &mut Vec<LoadEvent>) -> Result<(), Rejection> {
        self.allows(command)?;
        self.changed.clear();
        let before = self.totals;
        self.obey(command, out);
        self.note(&before);
        Ok(())
    }

    fn view(&self, window: &BoardWindow) -> Board {
        self.picture(window)
    }

    fn metrics(&self, out: &mut Vec<i64>) {
        out.extend([
            self.throughput() as i64,
            self.tracker.used() as i64,
            self.executor.queued() as i64,
            self.visible_rows() as i64,
            self.totals.stalled_us as i64,
            self.totals.flushed as i64,
            self.totals.committed as i64,
            self.totals.failed as i64,
        ]);
    }

    fn kind_of(event: &LoadEvent) -> usize {
        match event {
            LoadEvent::Arrived { .. } | LoadEvent::Began { .. } | LoadEvent::Inserted { .. } => 0,
            LoadEvent::Queued { .. } | LoadEvent::Started { .. } | LoadEvent::Flushed { .. } => 1,
            LoadEvent::Waits { .. } => 2,
            LoadEvent::FlushFailed { .. } | LoadEvent::Dropped { .. } | LoadEvent::Failed { .. } => 3,
            LoadEvent::Committed { .. }
            | LoadEvent::Armed { .. }
            | LoadEvent::ReadBegan { .. }
            | LoadEvent::ReadDone { .. }
            | LoadEvent::UpgradeBegan { .. }
            | LoadEvent::BackendDown { .. }
            | LoadEvent::BackendUp { .. }
            | LoadEvent::Upgraded { .. }
            | LoadEvent::Turned { .. } => 4,
        }
    }

    fn fold(event: &LoadEvent, digest: &mut Digest) {
        event.fold(digest);
    }

    fn check(&self) -> Result<(), Violation> {
        self.check_all()
    }
}

impl BoardLab for LoadLab {
    const KEY: &'static str = "load";
    const STORED: u8 = super::stored::LAB_LOAD;
    const VERBS: &'static [Verb] = act::VERBS;
    const KNOBS: &'static [board::Knob] = config::KNOBS;
    const SCENARIOS: &'static [&'static str] = scenarios::KEYS;
    const METRIC_UNITS: &'static [Unit] = &[
        Unit::BytesPerSecond,
        Unit::Bytes,
        Unit::Number,
        Unit::Rows,
        Unit::Micros,
        Unit::Bytes,
        Unit::Number,
        Unit::Number,
    ];
    const DENSITY: &'static [&'static str] = &["inserts", "flushes", "waits", "failures", "others"];
    const WORDS: &'static [Word] = words::WORDS;

    fn start(key: &str) -> Option<Start<Self>> {
        scenarios::scenario(key)
    }

    fn command(&self, verb: &str, values: &[Value]) -> Result<LoadCommand, InputError> {
        act::command(verb, values)
    }

    fn setting(&self, place: usize) -> i64 {
        self.knobs.get(place)
    }

    fn turned(knob: u16, value: i64) -> LoadCommand {
        LoadCommand::Turn { knob, value }
    }

    fn told(event: &LoadEvent) -> Told {
        explain::told(event)
    }

    fn explain(&self, item: ItemId) -> Vec<Told> {
        self.explanation(item)
    }
}
