//! What is fixed at the start of an inode run, and the knobs.

use super::command::InodeCommand;
use crate::base::SimTime;
use crate::inode::{KeyStyle, Layout};
use crate::lab::board::{Input, Kind, Knob};
use crate::view::board::Unit;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Which step of a compaction fails.
pub(super) const FAILS: &[&str] = &["none", "get", "put", "commit"];

const fn number(key: &'static str, min: i64, max: i64, step: i64, unit: Unit, default: i64) -> Input {
    Input { key, kind: Kind::Number { min, max, step, unit, default } }
}

const fn knob(group: &'static str, input: Input) -> Knob {
    Knob { input, group, advanced: false }
}

const fn expert(group: &'static str, input: Input) -> Knob {
    Knob { input, group, advanced: true }
}

const fn switch(key: &'static str, default: bool) -> Input {
    Input { key, kind: Kind::Switch { default } }
}

const MB: i64 = 1_000_000;
const SPEED_MAX: i64 = 100_000 * MB;

/// All knobs. Commands name a knob by its place here: new ones are put at the end.
pub(super) const KNOBS: &[Knob] = &[
    knob("client", number("every", 0, 3_600_000, 10, Unit::Number, 0)),
    knob("client", number("rpc-timeout", 1, 600_000, 100, Unit::Number, 1_000)),
    knob("client", number("idle-timeout", 1, 600_000, 100, Unit::Number, 500)),
    expert("client", number("retries", 0, 64, 1, Unit::Number, 4)),
    knob("link", number("bandwidth", 1_000, SPEED_MAX, MB, Unit::BytesPerSecond, 125 * MB)),
    knob("link", number("latency", 0, 10_000_000, 100, Unit::Micros, 200)),
    knob("link", number("loss", 0, 900, 1, Unit::PerMille, 0)),
    knob("server", number("read-speed", 1_000, SPEED_MAX, 10 * MB, Unit::BytesPerSecond, 500 * MB)),
    knob("server", number("write-speed", 1_000, SPEED_MAX, 10 * MB, Unit::BytesPerSecond, 200 * MB)),
    knob("server", number("codec-speed", 1_000, SPEED_MAX, 10 * MB, Unit::BytesPerSecond, 100 * MB)),
    expert("server", number("key-cost", 0, 1_000_000, 1, Unit::Micros, 2)),
    knob("server", number("inline-limit", 0, 1_000_000_000, 1_000, Unit::Number, 25_000)),
    knob("compaction", number("threshold", 0, 1_000_000, 1, Unit::Number, 20)),
    expert("compaction", number("max-chunks", 1, 1_000, 1, Unit::Number, 10)),
    knob("compaction", switch("two-reads", false)),
    expert("compaction", number("read-gap", 0, 600_000, 10, Unit::Number, 100)),
    knob("compaction", Input { key: "fail", kind: Kind::Choice { of: FAILS, default: "none" } }),
    expert("compaction", number("object-speed", 1_000, SPEED_MAX, 10 * MB, Unit::BytesPerSecond, 100 * MB)),
    expert("compaction", number("object-latency", 0, 10_000_000, 1_000, Unit::Micros, 10_000)),
    expert("client", number("stream-page", 1_000, 100 * MB, 1_000, Unit::Bytes, 64_000)),
];

/// Names the knobs in the code, by place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum K {
    Every,
    RpcTimeout,
    IdleTimeout,
    Retries,
    Bandwidth,
    Latency,
    Loss,
    ReadSpeed,
    WriteSpeed,
    CodecSpeed,
    KeyCost,
    InlineLimit,
    Threshold,
    MaxChunks,
    TwoReads,
    ReadGap,
    Fail,
    ObjectSpeed,
    ObjectLatency,
    StreamPage,
}

/// Settings, by place; of a choice its place, of a switch 0 or 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Knobs(Vec<i64>);

impl Default for Knobs {
    fn default() -> Self {
        Self(Knob::defaults(KNOBS))
    }
}

impl Knobs {
    pub(super) fn get(&self, knob: K) -> u64 {
        self.at(knob as usize) as u64
    }

    /// By place; 0 where there is none.
    pub(super) fn at(&self, place: usize) -> i64 {
        self.0.get(place).copied().unwrap_or_default()
    }

    pub(super) fn set(&mut self, place: usize, value: i64) {
        if let Some(knob) = self.0.get_mut(place) {
            *knob = value;
        }
    }

    pub(super) fn with(mut self, settings: &[(K, i64)]) -> Self {
        for &(knob, value) in settings {
            self.set(knob as usize, value);
        }
        self
    }
}

/// A run's fixed part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InodeConfig {
    /// Settings at the start.
    pub knobs: Knobs,
    /// What stands beside the monolithic store: [`Layout::Split`] or [`Layout::Sequenced`].
    pub beside: Layout,
    /// How both stores write keys.
    pub keys: KeyStyle,
    /// Commands that come by themselves, by moment; one that would be refused is passed over.
    pub script: Vec<(SimTime, InodeCommand)>,
}
