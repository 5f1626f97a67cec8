//! The cluster lab: which design cuts `get_rowset` calls, reads of the key-value store and query latency?
//!
//! ```text
//! client     ──query──▶                                ◀──rows──
//! FE                   ──version?──▶    ──scan──▶  ◀──done──
//! MS                        ◀─┘     ▲ get_rowset │
//! BE 1                              └────────────┤ sync │ scan │
//! BE 2
//! ```
//!
//! The mechanisms are [`crate::cloud`] over [`crate::kv`] (what the meta-service and a backend's view do) and
//! [`crate::sim`] (what messages do); here are the nodes, the flow of a query, a load, a publish, a
//! compaction, the faults, and the designs to be compared, each a knob:
//!
//! | knob | designs |
//! | --- | --- |
//! | `notify`, `commit-by`, `notify-threads`, `notice-meta` | a commit is told to backends |
//! | `store`, `sources` | views survive a restart, or come from a peer |
//! | `load-sync` | merge-on-write loads sync when they start |
//! | `sync-rule` | `calc_sync_versions` today, or before apache/doris#55630 |
//! | `parallel-cumulative`, `own-merges`, `job-counts` | compactions side by side, and what keeps their views whole |
//!
//! Loads, queries, moves and faults are drawn from random streams of their own, so that every design sees
//! the same ones. Costs of calls, keys, scans and look-ups are stated by knobs; calls, keys and bytes are
//! counted.

mod act;
mod backend;
mod check;
mod command;
mod compact;
mod config;
mod explain;
mod history;
mod lease;
mod load;
mod meta;
mod notation;
mod note;
mod notify;
mod picture;
mod place;
mod publish;
mod query;
mod races;
pub mod scenarios;
mod sync;
mod tables;
mod views;
mod words;

pub use command::{ClusterCommand, ClusterEvent, Evicted, NoticeFate, Passed, Pusher, Source};
pub use config::{ClusterConfig, K, Knobs, TableSpec};
pub use history::{CAUSES, SyncCount, Totals};
pub use notation::{Piece, sync_drawing};

use super::board::{self, BoardLab, InputError, Start, Value, Verb, Word};
use super::{Lab, Rejection, Violation};
use crate::base::{Digest, IdMap, PartitionId, Rng, SimTime, TableId, TabletId, Version};
use crate::cloud::MetaService;
use crate::sim::{Care, Happening, Link, NodeId, Sim};
use crate::view::board::{Board, BoardWindow, ItemId, Told, Unit};
use alloc::vec::Vec;
use backend::Backend;
use command::Source as FromWhere;
use compact::Job;
use history::{History, MessageLine};
use load::Load;
use meta::Desk;
use note::{Note, Then};
use notify::Pool;
use place::Tablets;
use query::Query;
use serde::{Deserialize, Serialize};
use views::Views;

/// Places of the nodes.
const CLIENT: NodeId = NodeId(0);
const FE: NodeId = NodeId(1);
const MS: NodeId = NodeId(2);
const FIRST_BACKEND: u32 = 3;

/// Where tables are.
const DB: u64 = 1;

const fn node_of(backend: u32) -> NodeId {
    NodeId(FIRST_BACKEND + backend)
}

const fn backend_of(node: NodeId) -> u32 {
    node.0.saturating_sub(FIRST_BACKEND)
}

/// A request that is sent again is sent again after so long.
const AGAIN: Care = Care::Again(SimTime::from_millis(200));

/// A table.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct TableLine {
    merge_on_write: bool,
    /// Its first tablet, and how many it has: they stand side by side.
    first: u32,
    buckets: u32,
    /// Newest version that was committed.
    version: Version,
    /// Newest version that the frontend heard of.
    heard: Version,
}

/// Who waits for an answer of the meta-service.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Asked {
    node: NodeId,
    then: Then,
}

/// A cluster.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClusterLab {
    knobs: Knobs,
    sim: Sim<Note>,
    /// Loads and queries.
    work: Rng,
    /// Moves and faults.
    chance: Rng,
    /// What each load is: a stream of its own, so that rows, deletes and column updates come at the
    /// same moments.
    kinds: Rng,
    ms: MetaService,
    desk: Desk,
    calls: IdMap<Asked>,
    next_call: u64,
    tables: Vec<TableLine>,
    tablets: Tablets,
    backends: Vec<Backend>,
    /// By backend: tablets it served when it went down, not used since it came back.
    cold: IdMap<Vec<u32>>,
    views: Views,
    /// Backends that are up, in order.
    up: Vec<u32>,
    queries: IdMap<Query>,
    loads: IdMap<Load>,
    jobs: IdMap<Job>,
    pool: Pool,
    /// The link of notices; all others are the network's.
    notice_link: Link,
    next_id: u64,
    next_rowset: u64,
    /// Rows of rowsets that loads wrote and nobody committed so far.
    written_rows: IdMap<u64>,
    /// Tells timers of a turned knob from those before.
    turns: u32,
    history: History,
    totals: Totals,
    /// An invariant that broke while something was carried out: its place, and what was so.
    wrong: Option<(u8, alloc::string::String)>,
    /// Views that the last step touched.
    touched: Vec<(u32, u32)>,
    changed: Vec<ItemId>,
    /// How far backends are behind, for the curves; a commit or a move changed it; when it was looked at.
    lag: [u32; history::LAG_CURVES],
    lag_changed: bool,
    lag_slot: SimTime,
}

impl ClusterLab {
    /// Settings now.
    pub const fn knobs(&self) -> &Knobs {
        &self.knobs
    }

    /// Sums over the run.
    pub const fn totals(&self) -> &Totals {
        &self.totals
    }

    /// The meta-service.
    pub const fn meta_service(&self) -> &MetaService {
        &self.ms
    }

    /// Number of tablets.
    pub const fn tablets(&self) -> usize {
        self.tablets.len()
    }

    /// Number of tables.
    pub const fn tables(&self) -> usize {
        self.tables.len()
    }

    /// Number of backends.
    pub const fn backends(&self) -> usize {
        self.backends.len()
    }

    /// Whether nothing is under way: no query, load or job.
    pub fn is_quiet(&self) -> bool {
        self.queries.is_empty() && self.loads.is_empty() && self.jobs.is_empty()
    }

    fn time(&self) -> SimTime {
        self.sim.now()
    }

    fn micros(&self, knob: K) -> SimTime {
        SimTime(self.knobs.get(knob))
    }

    fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// Sends a message, and notes it for the picture.
    fn send(&mut self, from: NodeId, to: NodeId, note: Note) -> bool {
        let best_effort = matches!(note, Note::Notice(_));
        let (kind, bytes) = (note.kind(), note.bytes());
        let care = if best_effort { Care::BestEffort } else { AGAIN };
        if best_effort {
            core::mem::swap(self.sim.network_mut().link_mut(), &mut self.notice_link);
        }
        let sent = self.sim.send(from, to, bytes, care, note);
        if best_effort {
            core::mem::swap(self.sim.network_mut().link_mut(), &mut self.notice_link);
        }
        self.totals.messages += 1;
        self.totals.bytes_sent += bytes;
        let line = MessageLine::new(&sent, self.time(), (from.0, to.0), kind, bytes);
        self.history.message(line);
        !sent.lost
    }

    /// Asks the meta-service.
    fn ask(&mut self, node: NodeId, request: note::Request, then: Then) {
        self.next_call += 1;
        let call = self.next_call;
        self.calls.insert(call, Asked { node, then });
        self.send(node, MS, Note::Ask(call, alloc::boxed::Box::new(request)));
    }

    /// Whether a mistake is built in.
    fn makes(&self, mistake: &str) -> bool {
        // As a rule none is.
        self.knobs.get(K::Mistake) > 0 && self.knobs.choice(K::Mistake) == mistake
    }

    fn table_of(&self, tablet: u32) -> u32 {
        self.tablets.table(tablet)
    }

    fn is_merge_on_write(&self, tablet: u32) -> bool {
        self.tables[self.table_of(tablet) as usize].merge_on_write
    }

    /// Carries out what happens next.
    #[inline(never)]
    fn happen(&mut self, happening: Happening<Note>, out: &mut Vec<ClusterEvent>) {
        match happening {
            Happening::Arrives { from, to, message, .. } => self.arrive(from, to, message, out),
            Happening::Refused { from, to, message, .. } => self.refused(from, to, message, out),
            Happening::Rings { node, message: Note::Tick(tick) } => self.ring(node, tick, out),
            Happening::Rings { .. } => {}
        }
    }

    fn arrive(&mut self, from: NodeId, to: NodeId, note: Note, out: &mut Vec<ClusterEvent>) {
        match note {
            Note::Query(query) => self.plan(query, out),
            Note::Scan(query) => self.scan(backend_of(to), query, out),
            Note::Scanned { query, backend, attempt, code } => {
                self.scanned(query, backend, attempt, code, out);
            }
            Note::QueryDone(query) => self.query_done(query, out),
            Note::Load(load) => self.begin_load(load),
            Note::Write(load) => self.write(backend_of(to), load, out),
            Note::Wrote { load, .. } => self.wrote(load),
            Note::Publish(asked) => self.publish(backend_of(to), &asked, out),
            Note::Published { load, good, .. } => self.published(load, good),
            Note::LoadDone(load) => self.load_done(load, out),
            Note::Ask(call, request) => self.queue_up(from, call, request, out),
            Note::Answer(call, answer) => self.answered(call, answer, out),
            Note::Notice(telling) => self.noticed(from, backend_of(to), *telling, out),
            Note::NoticeAck(task) => self.notice_acked(task),
            Note::Forward(asked) => self.tell_by_pool(asked.told, &asked.along),
            Note::PeerAsk { tablet } => self.peer_asked(backend_of(from), backend_of(to), tablet),
            Note::PeerAnswer { tablet, view } => {
                self.source_answered(backend_of(to), tablet, FromWhere::Peer, view.map(|view| *view), out);
            }
            Note::Tick(_) => {}
        }
    }

    /// What was sent to a backend that is down.
    fn refused(&mut self, from: NodeId, to: NodeId, note: Note, out: &mut Vec<ClusterEvent>) {
        match note {
            Note::Scan(query) => self.part_lost(query, backend_of(to), out),
            Note::Write(load) | Note::Wrote { load, .. } => self.abort(load, out),
            Note::Publish(asked) => self.abort(asked.load, out),
            Note::PeerAsk { tablet } => {
                self.source_answered(backend_of(from), tablet, FromWhere::Peer, None, out);
            }
            _ => {}
        }
    }
}

impl Lab for ClusterLab {
    type Config = ClusterConfig;
    type Command = ClusterCommand;
    type Event = ClusterEvent;
    type View = Board;
    type Window = BoardWindow;

    const METRICS: &'static [&'static str] = &[
        "get-rowset",
        "kv-keys",
        "kv-bytes",
        "queries",
        "query-p50",
        "query-p99",
        "sync-wait",
        "loads",
        "lock-time",
        "lookups",
        "notices-applied",
        "notices-wasted",
        "pending-bytes",
        "store-writes",
    ];
    const KINDS: usize = 5;

    fn new(config: &ClusterConfig, seed: u64) -> Self {
        scenarios::build(config, seed)
    }

    fn now(&self) -> SimTime {
        self.time()
    }

    fn next_at(&self) -> Option<SimTime> {
        self.sim.next_at()
    }

    fn step(&mut self, out: &mut Vec<ClusterEvent>) {
        self.step_by(SimTime::MAX, out);
    }

    fn step_by(&mut self, until: SimTime, out: &mut Vec<ClusterEvent>) -> bool {
        let Some(happening) = self.sim.pop_by(until) else { return false };
        self.begin_step();
        if let Some(happening) = happening {
            self.happen(happening, out);
        }
        self.end_step();
        true
    }

    fn idle(&mut self, until: SimTime) {
        self.sim.idle(until);
    }

    fn execute(&mut self, command: &ClusterCommand, out: &mut Vec<ClusterEvent>) -> Result<(), Rejection> {
        self.allows(command)?;
        self.begin_step();
        self.obey(command, out);
        self.end_step();
        Ok(())
    }

    fn view(&self, window: &BoardWindow) -> Board {
        self.picture(window)
    }

    fn metrics(&self, out: &mut Vec<i64>) {
        let totals = &self.totals;
        let kv = totals.kv_all();
        out.extend(
            [
                totals.rowset_calls(),
                kv.keys_read,
                kv.bytes_read,
                totals.queries.count(),
                totals.queries.quantile(500),
                totals.queries.quantile(990),
                totals.waited_per_mille(),
                totals.loads.count(),
                totals.lock.sum(),
                totals.lookups,
                totals.notices_of(NoticeFate::Applied),
                totals.wasted(),
                totals.pending_bytes,
                totals.store.keys_written,
            ]
            .map(|value| value as i64),
        );
    }

    fn kind_of(event: &ClusterEvent) -> usize {
        match event {
            ClusterEvent::Asked { .. } | ClusterEvent::Answered { .. } => 0,
            ClusterEvent::Began { .. } | ClusterEvent::Committed { .. } | ClusterEvent::Unlocked { .. } => 1,
            ClusterEvent::SyncBegan { .. } | ClusterEvent::Synced { .. } | ClusterEvent::Restored { .. } => 2,
            ClusterEvent::Failed { .. }
            | ClusterEvent::Again { .. }
            | ClusterEvent::Aborted { .. }
            | ClusterEvent::JobRefused { .. }
            | ClusterEvent::JobEvicted { .. }
            | ClusterEvent::JobLate { .. }
            | ClusterEvent::Killed { .. } => 3,
            _ => 4,
        }
    }

    fn fold(event: &ClusterEvent, digest: &mut Digest) {
        event.fold(digest);
    }

    fn check(&self) -> Result<(), Violation> {
        self.check_all()
    }
}

impl BoardLab for ClusterLab {
    const KEY: &'static str = "cluster";
    const STORED: u8 = super::stored::LAB_CLUSTER;
    const VERBS: &'static [Verb] = act::VERBS;
    const KNOBS: &'static [board::Knob] = config::KNOBS;
    const SCENARIOS: &'static [&'static str] = scenarios::KEYS;
    const METRIC_UNITS: &'static [Unit] = &[
        Unit::Number,
        Unit::Number,
        Unit::Bytes,
        Unit::Number,
        Unit::Micros,
        Unit::Micros,
        Unit::PerMille,
        Unit::Number,
        Unit::Micros,
        Unit::Number,
        Unit::Number,
        Unit::Number,
        Unit::Bytes,
        Unit::Number,
    ];
    const DENSITY: &'static [&'static str] = &["queries", "loads", "syncs", "failures", "others"];
    const WORDS: &'static [Word] = words::WORDS;

    fn start(key: &str) -> Option<Start<Self>> {
        scenarios::scenario(key)
    }

    fn command(&self, verb: &str, values: &[Value]) -> Result<ClusterCommand, InputError> {
        act::command(verb, values)
    }

    fn setting(&self, place: usize) -> i64 {
        self.knobs.at(place)
    }

    fn turned(knob: u16, value: i64) -> ClusterCommand {
        ClusterCommand::Turn { knob, value }
    }

    fn told(event: &ClusterEvent) -> Told {
        explain::told(event)
    }

    fn explain(&self, item: ItemId) -> Vec<Told> {
        self.explanation(item)
    }
}

const fn table_id(table: u32) -> TableId {
    TableId(table as u64 + 1)
}

const fn partition_id(table: u32) -> PartitionId {
    PartitionId(table as u64 + 1)
}

const fn tablet_id(tablet: u32) -> TabletId {
    TabletId(tablet as u64 + 1)
}

const fn tablet_of(id: TabletId) -> u32 {
    (id.0 as u32).saturating_sub(1)
}
