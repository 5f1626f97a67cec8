//! The inode lab: one file, kept in one value and beside it split over keys.
//!
//! ```text
//! client 0  [write----------------------x timeout]   monolithic: decode, change, encode all of it
//! server 0     [##########][##########]
//! client 1  [write]                                  split: one small row
//! server 1     [#]
//! ```
//!
//! Each command goes to both stores; each has a server of its own that does one thing at a time, and a
//! link of its own. Keys and values are real ([`crate::inode`] over [`crate::kv`]), so bytes are counted;
//! what they cost in time is stated by knobs. A checker keeps what clients wrote and never compacts it:
//! what is read must stay the same.

mod act;
mod check;
mod command;
mod compacting;
mod config;
mod explain;
mod fetch;
mod picture;
mod run;
pub mod scenarios;
mod side;
mod tables;
mod words;

pub use command::{InodeCommand, InodeEvent, Outcome, Purpose};
pub use config::{InodeConfig, Knobs};

use super::board::{self, BoardLab, InputError, Start, Value, Verb, Word};
use super::{Lab, Rejection, Violation};
use crate::base::{Digest, Rng, SimTime};
use crate::inode::{InodeKey, InodeStore};
use crate::kv::MemKv;
use crate::view::board::{Board, BoardWindow, ItemId, Told, Unit};
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use side::Side;

/// The file.
pub(super) const FILE: InodeKey = InodeKey { fs: 1, ino: 100 };

/// Two stores under the same operations.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InodeLab {
    knobs: Knobs,
    rng: Rng,
    now: SimTime,
    sides: Vec<Side>,
    /// Bytes of the file as clients know it.
    length: u64,
    next_chunk: u64,
    next_call: u64,
    /// When the next write comes by itself.
    every_at: SimTime,
    changed: Vec<ItemId>,
    /// What happens by itself, in order.
    script: VecDeque<(SimTime, InodeCommand)>,
}

impl InodeLab {
    /// The stores: monolithic, and the one beside it.
    pub fn stores(&self) -> [&InodeStore<MemKv>; 2] {
        [&self.sides[0].store, &self.sides[1].store]
    }

    /// Whether nothing is under way.
    pub fn is_quiet(&self) -> bool {
        self.sides.iter().all(|side| side.calls.is_empty() && side.job.is_none())
    }

    /// Id of the next write.
    pub const fn next_chunk(&self) -> u64 {
        self.next_chunk
    }
}

impl Lab for InodeLab {
    type Config = InodeConfig;
    type Command = InodeCommand;
    type Event = InodeEvent;
    type View = Board;
    type Window = BoardWindow;

    const METRICS: &'static [&'static str] = &[
        "infos",
        "latency-monolithic",
        "latency-split",
        "written-monolithic",
        "written-split",
        "timeouts-monolithic",
        "timeouts-split",
        "waiting",
    ];
    const KINDS: usize = 5;

    fn new(config: &InodeConfig, seed: u64) -> Self {
        scenarios::build(config, seed)
    }

    fn now(&self) -> SimTime {
        self.now
    }

    fn next_at(&self) -> Option<SimTime> {
        self.next_due().map(|(at, _)| at)
    }

    fn step(&mut self, out: &mut Vec<InodeEvent>) {
        let Some((at, of)) = self.next_due() else { return };
        self.now = self.now.max(at);
        self.settle();
        self.carry_out(of, out);
    }

    fn idle(&mut self, until: SimTime) {
        self.now = self.now.max(until);
    }

    fn execute(&mut self, command: &InodeCommand, out: &mut Vec<InodeEvent>) -> Result<(), Rejection> {
        self.allows(command)?;
        self.settle();
        self.obey(*command, out);
        Ok(())
    }

    fn view(&self, window: &BoardWindow) -> Board {
        self.picture(window)
    }

    fn metrics(&self, out: &mut Vec<i64>) {
        let [left, right] = [&self.sides[0], &self.sides[1]];
        let mean = |side: &Side| (side.totals.latency_us / side.totals.done.max(1)) as i64;
        out.extend([
            right.written.values().map(Vec::len).sum::<usize>() as i64,
            mean(left),
            mean(right),
            left.totals.used.bytes_written as i64,
            right.totals.used.bytes_written as i64,
            left.totals.timeouts as i64,
            right.totals.timeouts as i64,
            (left.calls.len() + right.calls.len()) as i64,
        ]);
    }

    fn kind_of(event: &InodeEvent) -> usize {
        match event {
            InodeEvent::Called { .. } | InodeEvent::Served { .. } | InodeEvent::Ended { .. } => 0,
            InodeEvent::Streamed { .. } => 1,
            InodeEvent::TimedOut { .. } | InodeEvent::Lost { .. } | InodeEvent::StreamBroke { .. } => 2,
            InodeEvent::Compacting { .. } | InodeEvent::Skipped { .. } | InodeEvent::Compacted { .. } => 3,
            InodeEvent::Filled { .. } | InodeEvent::Turned { .. } => 4,
        }
    }

    fn fold(event: &InodeEvent, digest: &mut Digest) {
        event.fold(digest);
    }

    fn check(&self) -> Result<(), Violation> {
        self.check_all()
    }
}

impl BoardLab for InodeLab {
    const KEY: &'static str = "inode";
    const STORED: u8 = super::stored::LAB_INODE;
    const VERBS: &'static [Verb] = act::VERBS;
    const KNOBS: &'static [board::Knob] = config::KNOBS;
    const SCENARIOS: &'static [&'static str] = scenarios::KEYS;
    const METRIC_UNITS: &'static [Unit] = &[
        Unit::Number,
        Unit::Micros,
        Unit::Micros,
        Unit::Bytes,
        Unit::Bytes,
        Unit::Number,
        Unit::Number,
        Unit::Number,
    ];
    const DENSITY: &'static [&'static str] = &["calls", "streams", "timeouts", "compactions", "others"];
    const WORDS: &'static [Word] = words::WORDS;

    fn start(key: &str) -> Option<Start<Self>> {
        scenarios::scenario(key)
    }

    fn command(&self, verb: &str, values: &[Value]) -> Result<InodeCommand, InputError> {
        act::command(verb, values)
    }

    fn setting(&self, place: usize) -> i64 {
        self.knobs.at(place)
    }

    fn turned(knob: u16, value: i64) -> InodeCommand {
        InodeCommand::Turn { knob, value }
    }

    fn told(event: &InodeEvent) -> Told {
        explain::told(event)
    }

    fn explain(&self, item: ItemId) -> Vec<Told> {
        self.explanation(item)
    }
}
