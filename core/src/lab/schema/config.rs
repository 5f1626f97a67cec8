//! What is fixed at the start of a schema run, and the knobs.

use crate::base::SimTime;
use crate::lab::board::{Input, Kind, Knob};
use crate::schema::{FreeRule, Naive, NodeConfig};
use crate::view::board::Unit;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Which design a node runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Design {
    /// The multi-version service.
    Service,
    /// What it replaced: whole copies in slots, memory in two halves.
    SchemaManager,
}

/// Names a node: its design and its number in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NodeId {
    /// Its design.
    pub design: Design,
    /// From 1.
    pub number: u32,
}

impl NodeId {
    /// Place among all nodes there can be, from 0 to 15.
    pub(super) const fn place(self) -> u64 {
        self.design as u64 * 8 + self.number as u64 - 1
    }
}

/// What a statement does that needs a version which its node has not refreshed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behind {
    /// Has the node refresh at once, and waits.
    Refresh,
    /// Waits for the next refresh.
    Wait,
    /// Is told to try again.
    Retry,
}

/// A run's fixed part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaConfig {
    /// Settings at the start.
    pub knobs: Knobs,
    /// Tables at the start.
    pub tables: u32,
    /// Columns of each.
    pub columns: u32,
}

const fn number(key: &'static str, min: i64, max: i64, step: i64, unit: Unit, default: i64) -> Input {
    Input { key, kind: Kind::Number { min, max, step, unit, default } }
}

const fn knob(group: &'static str, input: Input) -> Knob {
    Knob { input, group, advanced: false }
}

const fn expert(group: &'static str, input: Input) -> Knob {
    Knob { input, group, advanced: true }
}

const DESIGNS: &[&str] = &["service", "schema-manager", "both"];
const BEHINDS: &[&str] = &["refresh", "wait", "retry"];
const FREES: &[&str] = &["epochs", "fixed-wait"];
const FAULTS: &[&str] = &["none", "fill-holes", "no-recheck", "no-replay", "no-pivot"];

/// All knobs. Commands name a knob by its place here: new ones are put at the end.
pub(super) const KNOBS: &[Knob] = &[
    knob("design", Input { key: "design", kind: Kind::Choice { of: DESIGNS, default: "service" } }),
    knob("stream", number("ddl-every", 0, 3_600_000, 100, Unit::Number, 0)),
    knob("stream", number("statement-every", 0, 3_600_000, 50, Unit::Number, 0)),
    knob("stream", number("hold", 0, 36_000_000, 50, Unit::Number, 300)),
    expert("stream", number("fresh", 0, 1_000, 50, Unit::PerMille, 100)),
    expert("stream", number("stale", 0, 100_000, 1, Unit::Number, 0)),
    expert("stream", number("pause", 0, 600_000, 10, Unit::Number, 0)),
    knob("maps", number("name-versions", 1, 64, 1, Unit::Number, 4)),
    expert("maps", number("id-versions", 1, 64, 1, Unit::Number, 16)),
    knob("maps", number("cache", 1_000, 1 << 34, 100_000, Unit::Bytes, 64_000)),
    knob("maps", number("threshold", 1_000, 1 << 34, 10_000, Unit::Bytes, 24_000)),
    knob("maps", Input { key: "free", kind: Kind::Choice { of: FREES, default: "epochs" } }),
    expert("maps", number("wait", 0, 600_000, 1, Unit::Number, 5)),
    knob("refresh", number("refresh-every", 10, 3_600_000, 100, Unit::Number, 1_000)),
    knob("refresh", Input { key: "behind", kind: Kind::Choice { of: BEHINDS, default: "refresh" } }),
    knob("refresh", number("nodes", 1, 8, 1, Unit::Number, 2)),
    expert("refresh", number("row-cost", 1, 1_000_000, 10, Unit::Micros, 50)),
    expert("refresh", number("refresh-limit", 1, 36_000, 10, Unit::Number, 100)),
    knob("history", number("recycle-every", 0, 86_400, 10, Unit::Number, 0)),
    knob("history", number("keep", 0, 604_800, 10, Unit::Number, 60)),
    expert("old", number("period", 1, 36_000, 60, Unit::Number, 3_600)),
    expert("old", number("lock-hold", 0, 1_000_000, 1, Unit::Micros, 5)),
    expert("old", number("copy-cost", 0, 1_000_000, 10, Unit::Micros, 200)),
    expert("old", number("snapshots", 1, 255, 1, Unit::Number, 16)),
    expert("costs", number("probe", 0, 1_000_000, 50, Unit::Number, 150)),
    expert("faults", Input { key: "fault", kind: Kind::Choice { of: FAULTS, default: "none" } }),
];

/// Settings, each a number: of a choice its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Knobs(Vec<i64>);

impl Default for Knobs {
    fn default() -> Self {
        Self(Knob::defaults(KNOBS))
    }
}

impl Knobs {
    /// With one knob turned; the key must exist.
    #[must_use]
    pub(super) fn with(mut self, key: &str, number: i64) -> Self {
        if let Some(at) = Knob::place(KNOBS, key) {
            self.0[at] = number;
        }
        self
    }

    pub(super) fn get(&self, key: &str) -> i64 {
        Knob::place(KNOBS, key).map_or(0, |at| self.0[at])
    }

    pub(super) fn at(&self, place: usize) -> i64 {
        self.0[place]
    }

    pub(super) fn set(&mut self, place: usize, number: i64) {
        self.0[place] = number;
    }

    pub(super) fn millis(&self, key: &str) -> SimTime {
        SimTime::from_millis(self.get(key) as u64)
    }

    pub(super) fn secs(&self, key: &str) -> SimTime {
        SimTime::from_secs(self.get(key) as u64)
    }

    pub(super) fn node(&self) -> NodeConfig {
        NodeConfig {
            name_versions: self.get("name-versions") as u8,
            id_versions: self.get("id-versions") as u8,
            cache_entries: None,
            cache_bytes: Some(self.get("cache") as u64),
        }
    }

    pub(super) fn naive(&self) -> Naive {
        let fault = FAULTS[self.get("fault") as usize];
        Naive {
            fill_holes: fault == "fill-holes",
            no_recheck: fault == "no-recheck",
            no_replay: fault == "no-replay",
            no_pivot: fault == "no-pivot",
            no_hold: fault == "no-pivot",
        }
    }

    /// Nodes that there are.
    pub(super) fn node_ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        let designs: &[Design] = match self.get("design") {
            0 => &[Design::Service],
            1 => &[Design::SchemaManager],
            _ => &[Design::Service, Design::SchemaManager],
        };
        let numbers = 1..=self.get("nodes") as u32;
        designs.iter().flat_map(move |&design| numbers.clone().map(move |number| NodeId { design, number }))
    }

    pub(super) fn behind(&self) -> Behind {
        match self.get("behind") {
            0 => Behind::Refresh,
            1 => Behind::Wait,
            _ => Behind::Retry,
        }
    }

    pub(super) fn free_rule(&self) -> FreeRule {
        if self.get("free") == 0 { FreeRule::Epochs } else { FreeRule::FixedWait(self.millis("wait")) }
    }
}
