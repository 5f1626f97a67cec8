//! The schema lab: DDL, statements with guards, refreshes, rebuilds and recycling on several nodes.
//!
//! ```text
//! history   10  18  26  34  42                  DDL, one version each
//! node 1    [refresh]─▶26      [refresh]─▶42    [rebuild ──── swap]
//! node 2          [refresh]─▶34
//! statement       [guard @26 ── resolve ── works ── schemas]   sees 26 whatever happens
//! ```
//!
//! The mechanism is [`crate::schema`]; here are the clock, the streams, the costs and the knobs. Rows
//! are counted, and time is rows by a configured cost. A run is of one design; the same seed, DDL and
//! statements with the other one are a second run beside it.

mod actions;
mod check;
mod command;
mod config;
mod explain;
mod old;
mod picture;
mod scenarios;
mod statement;
mod tables;
mod words;

pub use command::{Change, SchemaCommand, SchemaEvent};
pub use config::{Design, Knobs, SchemaConfig};

use super::board::{self, BoardLab, InputError, Start, Value, Verb, Word};
use super::{Lab, Rejection, Violation};
use crate::base::{Digest, Rng, SimTime};
use crate::schema::{History, Node, ObjectId, SchemaVersion};
use crate::view::board::{Board, BoardWindow, ItemId, Told, Unit};
use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;
use old::OldNode;
use serde::{Deserialize, Serialize};
use statement::{Sort, Statement};

/// The one database of the lab.
const DATABASE: ObjectId = ObjectId(1_000);
/// Ended spans that are kept.
const SPANS_KEPT: usize = 1_024;
/// DDLs that are kept for drawing.
const DDLS_KEPT: usize = 512;

/// What a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum SpanKind {
    Statement(Sort),
    Wait,
    Refresh,
    Rebuild,
    Down,
}

/// Something that took time on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SpanLine {
    id: u64,
    kind: SpanKind,
    node: u32,
    from: SimTime,
    until: Option<SimTime>,
    /// Statement, or version refreshed to.
    number: i64,
    /// Code of the error it ended with; 0 for none.
    code: i32,
}

/// Work of a node that takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Work {
    until: SimTime,
    span: u64,
    rows: u64,
    columns: u64,
    /// A refresh that will not end in time.
    fails: bool,
}

/// One node, in either design.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct NodeLine {
    node: Node,
    old: OldNode,
    refresh: Option<Work>,
    refresh_at: SimTime,
    rebuild: Option<Work>,
    down: Option<Work>,
}

/// A DDL that was carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct DdlLine {
    version: SchemaVersion,
    at: SimTime,
    change: Change,
    table: String,
}

/// Sums over the whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Totals {
    ddls: u64,
    statements: u64,
    ended: u64,
    failed: u64,
    waits: u64,
    waited_us: u64,
    lock_us: u64,
    lookups: u64,
    from_history: u64,
    refreshes: u64,
    refreshes_failed: u64,
    refresh_us: u64,
    refresh_rows: u64,
    refresh_columns: u64,
    crashes: u64,
    stale: u64,
    stale_missed: u64,
    recycled: u64,
}

/// A cluster whose schema changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SchemaLab {
    knobs: Knobs,
    design: Design,
    rng: Rng,
    now: SimTime,
    steps: u64,
    history: History,
    nodes: Vec<NodeLine>,
    statements: BTreeMap<u64, Statement>,
    next_statement: u64,
    next_object: i64,
    next_table: u32,
    ddl_at: SimTime,
    statement_at: SimTime,
    recycle_at: SimTime,
    /// When each of the last versions came.
    versions: VecDeque<(SimTime, SchemaVersion)>,
    ddls: VecDeque<DdlLine>,
    open_spans: BTreeMap<u64, SpanLine>,
    spans: VecDeque<SpanLine>,
    next_span: u64,
    points: Vec<(SimTime, [i64; 3])>,
    totals: Totals,
    /// A statement whose answers disagreed.
    wrong: Option<(u64, String)>,
    /// A statement that read freed memory.
    freed: Option<(u64, u64)>,
    changed: Vec<ItemId>,
}

impl SchemaLab {
    /// The internal tables.
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// A node of the service, from 0.
    pub fn node(&self, node: usize) -> Option<&Node> {
        self.nodes.get(node).map(|line| &line.node)
    }

    /// Statements that run.
    pub fn running(&self) -> usize {
        self.statements.len()
    }

    /// What a node of either design has refreshed.
    fn refreshed(&self, node: usize) -> SchemaVersion {
        match self.design {
            Design::Service => self.nodes[node].node.refreshed(),
            Design::SchemaManager => self.nodes[node].old.refreshed,
        }
    }

    /// Bytes of all maps or copies: live, and dead or waiting to be freed.
    fn memory(&self) -> (u64, u64) {
        let mut sums = (0, 0);
        for line in &self.nodes {
            let (live, dead) = match self.design {
                Design::Service => {
                    let dead: u64 = crate::schema::SchemaKind::ALL
                        .into_iter()
                        .map(|kind| {
                            line.node.names(kind).used().dead_bytes + line.node.ids(kind).used().dead_bytes
                        })
                        .sum();
                    let cache = line.node.cache().used().bytes;
                    (line.node.map_bytes() - dead + cache, dead + line.node.other_map_bytes())
                }
                Design::SchemaManager => (line.old.halves.live(), line.old.halves.dead()),
            };
            sums.0 += live;
            sums.1 += dead;
        }
        sums
    }
}

impl Lab for SchemaLab {
    type Config = SchemaConfig;
    type Command = SchemaCommand;
    type Event = SchemaEvent;
    type View = Board;
    type Window = BoardWindow;

    const METRICS: &'static [&'static str] = &[
        "statements",
        "failed",
        "waits",
        "from-history",
        "refresh-rows",
        "live-bytes",
        "dead-bytes",
        "lock-waits",
    ];
    const KINDS: usize = 5;

    fn new(config: &SchemaConfig, seed: u64) -> Self {
        scenarios::build(config, seed)
    }

    fn now(&self) -> SimTime {
        self.now
    }

    fn next_at(&self) -> Option<SimTime> {
        self.next_action().map(|(at, _)| at)
    }

    fn step(&mut self, out: &mut Vec<SchemaEvent>) {
        let Some((at, action)) = self.next_action() else { return };
        self.now = self.now.max(at);
        self.steps += 1;
        self.changed.clear();
        self.carry_out(action, out);
        self.note();
    }

    fn idle(&mut self, until: SimTime) {
        self.now = self.now.max(until);
    }

    fn execute(&mut self, command: &SchemaCommand, out: &mut Vec<SchemaEvent>) -> Result<(), Rejection> {
        self.allows(command)?;
        self.changed.clear();
        self.obey(command, out);
        self.steps += 1;
        self.note();
        Ok(())
    }

    fn view(&self, window: &BoardWindow) -> Board {
        self.history.uncounted(|| self.picture(window))
    }

    fn metrics(&self, out: &mut Vec<i64>) {
        let (live, dead) = self.memory();
        let totals = &self.totals;
        out.extend([
            totals.ended as i64,
            totals.failed as i64,
            totals.waits as i64,
            totals.from_history as i64,
            totals.refresh_rows as i64,
            live as i64,
            dead as i64,
            totals.lock_us as i64,
        ]);
    }

    fn kind_of(event: &SchemaEvent) -> usize {
        match event {
            SchemaEvent::Ddl { .. } | SchemaEvent::DdlRefused { .. } => 0,
            SchemaEvent::Began { .. }
            | SchemaEvent::Waits { .. }
            | SchemaEvent::Resolved { .. }
            | SchemaEvent::Ended { .. } => 1,
            SchemaEvent::RefreshBegan { .. } | SchemaEvent::Refreshed { .. } => 2,
            SchemaEvent::Failed { .. }
            | SchemaEvent::Crashed { .. }
            | SchemaEvent::Wrong { .. }
            | SchemaEvent::NoSlot { .. }
            | SchemaEvent::RefreshFailed { .. } => 3,
            SchemaEvent::RebuildBegan { .. }
            | SchemaEvent::Swapped { .. }
            | SchemaEvent::Freed { .. }
            | SchemaEvent::Switched { .. }
            | SchemaEvent::Recycled { .. }
            | SchemaEvent::Restarted { .. }
            | SchemaEvent::Turned { .. } => 4,
        }
    }

    fn fold(event: &SchemaEvent, digest: &mut Digest) {
        event.fold(digest);
    }

    fn check(&self) -> Result<(), Violation> {
        self.history.uncounted(|| self.check_all())
    }

    fn digest(&self) -> Digest {
        let mut digest = Digest::default();
        if let Ok(bytes) = postcard::to_allocvec(self) {
            digest.bytes(&bytes);
        }
        digest
    }
}

impl BoardLab for SchemaLab {
    const KEY: &'static str = "schema";
    const STORED: u8 = super::stored::LAB_SCHEMA;
    const VERBS: &'static [Verb] = command::VERBS;
    const KNOBS: &'static [board::Knob] = config::KNOBS;
    const SCENARIOS: &'static [&'static str] = scenarios::KEYS;
    const METRIC_UNITS: &'static [Unit] = &[
        Unit::Number,
        Unit::Number,
        Unit::Number,
        Unit::Number,
        Unit::Rows,
        Unit::Bytes,
        Unit::Bytes,
        Unit::Micros,
    ];
    const DENSITY: &'static [&'static str] = &["ddl", "statements", "refreshes", "failures", "others"];
    const WORDS: &'static [Word] = words::WORDS;

    fn start(key: &str) -> Option<Start<Self>> {
        scenarios::scenario(key)
    }

    fn command(&self, verb: &str, values: &[Value]) -> Result<SchemaCommand, InputError> {
        command::command(verb, values)
    }

    fn knob(&self, key: &str) -> Option<Value> {
        let place = config::place(key)?;
        Some(config::as_value(&config::KNOBS[place].input, self.knobs.at(place)))
    }

    fn turn(&self, key: &str, value: &Value) -> Result<SchemaCommand, InputError> {
        command::turn(key, value)
    }

    fn told(event: &SchemaEvent) -> Told {
        explain::told(event)
    }

    fn explain(&self, item: ItemId) -> Vec<Told> {
        self.history.uncounted(|| self.explanation(item))
    }
}
