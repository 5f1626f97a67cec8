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
//! and probes are counted, and time is these by configured costs. Nodes run the service, the design
//! that it replaced, or both side by side over the same DDL and the same statements: a knob says which.

mod actions;
mod check;
mod command;
mod config;
mod explain;
mod obey;
mod old;
mod picture;
mod refreshing;
mod scenarios;
mod statement;
mod strips;
mod tables;
mod words;

pub use command::{Change, SchemaCommand, SchemaEvent};
pub use config::{Design, Knobs, NodeId, SchemaConfig};

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

/// The database that the lab's tables are in.
const DATABASE: ObjectId = ObjectId(1_000);
/// Live and dead bytes of the service, of the other design, and how many versions the last node is behind.
type Point = [i64; 5];
/// `OB_SCHEMA_ERROR` of a remote server: the statement's node is down.
const DOWN_CODE: i32 = -4242;
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
    node: NodeId,
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
    /// Bytes of the schemas that were read.
    bytes: u64,
    /// A refresh that will not end in time.
    fails: bool,
}

/// One node. It has the parts of both designs, and uses those of its own.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct NodeLine {
    node: Node,
    old: OldNode,
    refresh: Option<Work>,
    refresh_at: SimTime,
    /// When the last refresh began.
    fetched_at: SimTime,
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

/// Sums over the whole run, of one design.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Totals {
    statements: u64,
    ended: u64,
    failed: u64,
    /// From beginning to end, of those that ended.
    took_us: u64,
    /// Of that, the statement's own work.
    work_us: u64,
    waits: u64,
    waited_us: u64,
    locked: u64,
    lock_us: u64,
    lookups: u64,
    probes: u64,
    from_history: u64,
    lookup_rows: u64,
    refreshes: u64,
    refreshes_failed: u64,
    refresh_us: u64,
    refresh_rows: u64,
    refresh_columns: u64,
    crashes: u64,
    stale: u64,
    stale_missed: u64,
    /// Most bytes at any step.
    most: u64,
    swaps: u64,
}

/// A cluster whose schema changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SchemaLab {
    knobs: Knobs,
    rng: Rng,
    now: SimTime,
    steps: u64,
    history: History,
    nodes: BTreeMap<NodeId, NodeLine>,
    statements: BTreeMap<u64, Statement>,
    next_statement: u64,
    next_object: i64,
    next_table: u32,
    ddl_at: SimTime,
    statement_at: SimTime,
    recycle_at: SimTime,
    /// When each of the last versions came.
    versions: VecDeque<(SimTime, SchemaVersion)>,
    /// Versions before them.
    versions_before: u64,
    ddls: VecDeque<DdlLine>,
    open_spans: BTreeMap<u64, SpanLine>,
    spans: VecDeque<SpanLine>,
    next_span: u64,
    points: Vec<(SimTime, Point)>,
    ddls_done: u64,
    recycled: u64,
    /// By design.
    totals: [Totals; 2],
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

    /// A node of the service, from 1.
    pub fn node(&self, number: u32) -> Option<&Node> {
        self.nodes.get(&NodeId { design: Design::Service, number }).map(|line| &line.node)
    }

    /// Statements that run.
    pub fn running(&self) -> usize {
        self.statements.len()
    }

    /// Designs that run, the service first.
    fn designs(&self) -> impl Iterator<Item = Design> + '_ {
        let runs = |design: &Design| self.nodes.keys().any(|id| id.design == *design);
        [Design::Service, Design::SchemaManager].into_iter().filter(runs)
    }

    /// The design whose figures stand first: the service where it runs.
    fn first_design(&self) -> Design {
        self.designs().next().unwrap_or(Design::Service)
    }

    fn totals(&self, design: Design) -> &Totals {
        &self.totals[design as usize]
    }

    fn totals_mut(&mut self, design: Design) -> &mut Totals {
        &mut self.totals[design as usize]
    }

    /// What a node has refreshed.
    fn refreshed(&self, id: NodeId) -> SchemaVersion {
        self.nodes.get(&id).map_or(SchemaVersion::ZERO, |line| match id.design {
            Design::Service => line.node.refreshed(),
            Design::SchemaManager => line.old.refreshed,
        })
    }

    /// Bytes of the maps and caches, or of the copies, of all nodes of a design: live, and dead or
    /// waiting to be freed.
    fn memory(&self, design: Design) -> (u64, u64) {
        let mut sums = (0, 0);
        for (_, line) in self.nodes.iter().filter(|(id, _)| id.design == design) {
            let (live, dead) = match design {
                Design::Service => {
                    let dead = line.dead_bytes();
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

impl NodeLine {
    /// Bytes of holes in the arenas.
    fn dead_bytes(&self) -> u64 {
        let dead = |kind| self.node.names(kind).used().dead_bytes + self.node.ids(kind).used().dead_bytes;
        crate::schema::SchemaKind::ALL.into_iter().map(dead).sum()
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
        "old-failed",
        "old-refresh-rows",
        "old-live-bytes",
        "old-dead-bytes",
        "old-lock-waits",
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
        let first = self.first_design();
        let of = |design| (self.totals(design), self.memory(design));
        let (totals, (live, dead)) = of(first);
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
        // Beside the service; where the old design runs alone, its figures stand above.
        let beside = first == Design::Service;
        let (old, (live, dead)) = of(Design::SchemaManager);
        let old = [old.failed, old.refresh_rows, live, dead, old.lock_us];
        out.extend(old.map(|number| if beside { number as i64 } else { 0 }));
    }

    fn kind_of(event: &SchemaEvent) -> usize {
        match event {
            SchemaEvent::Ddl { .. } | SchemaEvent::DdlRefused { .. } => 0,
            SchemaEvent::Began { .. }
            | SchemaEvent::Waits { .. }
            | SchemaEvent::Locked { .. }
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
            | SchemaEvent::Removed { .. }
            | SchemaEvent::Turned { .. } => 4,
        }
    }

    fn fold(event: &SchemaEvent, digest: &mut Digest) {
        event.fold(digest);
    }

    fn check(&self) -> Result<(), Violation> {
        self.history.uncounted(|| self.check_all())
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

    fn setting(&self, place: usize) -> i64 {
        self.knobs.at(place)
    }

    fn turned(knob: u16, value: i64) -> SchemaCommand {
        SchemaCommand::Turn { knob, value }
    }

    fn told(event: &SchemaEvent) -> Told {
        explain::told(event)
    }

    fn explain(&self, item: ItemId) -> Vec<Told> {
        self.history.uncounted(|| self.explanation(item))
    }
}
