//! Runs to start from.

use super::act::{counting_of, rule_of};
use super::command::ClusterCommand;
use super::config::{ClusterConfig, K, Knobs, TableSpec};
use super::note::{Note, Tick};
use super::{CLIENT, ClusterLab, FIRST_BACKEND, History, Pool, Totals, races};
use crate::base::{IdMap, Rng, SimTime};
use crate::cloud::{JobKind, MetaService};
use crate::lab::board::Start;
use crate::sim::{Latency, Link, Network, Sim};
use alloc::vec::Vec;

/// Keys of all scenarios, the one for a new user first.
pub const KEYS: &[&str] = &[
    "baseline",
    "notify",
    "notify-disorder",
    "restart-all",
    "restart-all-store",
    "short-outage",
    "long-outage",
    "rebalance",
    "rebalance-peer",
    "mow",
    "mow-no-sync",
    "mow-moving",
    "columns",
    "lazy",
    "incident-55630",
    "earlier-ignored",
    "empty-hides",
    "below-the-point",
    "point-back",
    "lease-over",
    "faults",
    "million",
    "empty",
];

const S: i64 = 1_000_000;
const MS: i64 = 1_000;

const PLAIN: TableSpec = TableSpec { buckets: 3, merge_on_write: false };
const UPSERTS: TableSpec = TableSpec { buckets: 3, merge_on_write: true };

/// Small loads and many queries.
fn busy() -> Knobs {
    Knobs::default().with(K::LoadEvery, 500 * MS).with(K::QueryEvery, 150 * MS)
}

/// The same with what 2026 brought: commits are told, out of order they wait.
fn told() -> Knobs {
    busy().choose(K::Notify, "pending")
}

/// A thousand backends: 2,000 loads and 8,000 queries a second, and a meta-service that is large enough.
fn million() -> Knobs {
    let knobs = told().with(K::Backends, 1_000).with(K::LoadEvery, 500).with(K::QueryEvery, 125);
    knobs.with(K::MsServers, 1_024).with(K::NotifyThreads, 64)
}

const fn at(seconds: u64, command: ClusterCommand) -> (SimTime, ClusterCommand) {
    (SimTime::from_secs(seconds), command)
}

/// A scenario by its key.
pub(super) fn scenario(key: &str) -> Option<Start<ClusterLab>> {
    let key = KEYS.iter().copied().find(|&known| known == key)?;
    let start = |knobs: Knobs, table: TableSpec, play: u64, script: &[(SimTime, ClusterCommand)]| Start {
        key,
        config: ClusterConfig { knobs, tables: [table].to_vec(), script: script.to_vec() },
        seed: 0x5eed_0055,
        commands: Vec::new(),
        play: SimTime::from_secs(play),
    };
    let kill = ClusterCommand::Kill { backend: 0 };
    let again = ClusterCommand::Start { backend: 0 };
    let restart = [at(15, ClusterCommand::RestartAll)];
    let slow = || told().with(K::LoadEvery, 20 * S).with(K::QueryEvery, 15 * S);
    let moving = |knobs: Knobs| knobs.with(K::MoveEvery, S);
    let upserts = || busy().with(K::QueryEvery, S).choose(K::Notify, "pending");
    Some(match key {
        "baseline" => start(busy(), PLAIN, 30, &[]),
        "notify" => start(told(), PLAIN, 30, &[]),
        "notify-disorder" => start(
            busy().choose(K::Notify, "only-next").with(K::LoadEvery, 200 * MS).with(K::NoticeLate, 200),
            PLAIN,
            20,
            &[],
        ),
        "restart-all" => start(busy(), TableSpec { buckets: 12, ..PLAIN }, 25, &restart),
        "restart-all-store" => start(
            busy().choose(K::Store, "every-change").choose(K::Sources, "store"),
            TableSpec { buckets: 12, ..PLAIN },
            25,
            &restart,
        ),
        "short-outage" => start(told().choose(K::Sources, "peer"), PLAIN, 40, &[at(10, kill), at(25, again)]),
        "long-outage" => start(
            slow().choose(K::Store, "every-change").choose(K::Sources, "store-peer"),
            PLAIN,
            4_400,
            &[at(300, kill), at(4_200, again)],
        ),
        "rebalance" => start(moving(told()), PLAIN, 20, &[]),
        "rebalance-peer" => start(moving(told()).choose(K::Sources, "peer"), PLAIN, 20, &[]),
        "mow" => start(upserts(), UPSERTS, 25, &[]),
        "mow-no-sync" => start(upserts().with(K::LoadSync, 0), UPSERTS, 25, &[]),
        "mow-moving" => start(moving(upserts().with(K::LoadSync, 0)), UPSERTS, 25, &[]),
        "columns" => start(
            upserts()
                .with(K::LoadEvery, 200 * MS)
                .with(K::Write, 300 * MS)
                .with(K::ColumnShare, 500)
                .choose(K::ColumnNotice, "refuse"),
            UPSERTS,
            20,
            &[],
        ),
        "lazy" => start(busy().with(K::LazyCommit, 1), PLAIN, 25, &[]),
        "incident-55630" => start(
            Knobs::default()
                .choose(K::SyncRule, "without-full")
                .with(K::CompactEvery, 0)
                .with(K::MergeSpeed, 600_000),
            TableSpec { buckets: 1, ..PLAIN },
            45,
            &incident(),
        ),
        "earlier-ignored" => start(
            races::knobs().with(K::ParallelCumulative, 1).with(K::MsKey, 20 * MS),
            TableSpec { buckets: 1, ..PLAIN },
            30,
            &races::earlier_ignored(),
        ),
        "empty-hides" => start(
            races::knobs().with(K::ParallelCumulative, 1),
            TableSpec { buckets: 1, ..PLAIN },
            25,
            &races::empty_hides(),
        ),
        "below-the-point" => start(
            races::knobs().with(K::ParallelCumulative, 1),
            TableSpec { buckets: 1, ..PLAIN },
            28,
            &races::below_the_point(),
        ),
        "point-back" => start(races::knobs(), TableSpec { buckets: 1, ..PLAIN }, 25, &races::point_back()),
        "lease-over" => start(
            Knobs::default().with(K::CompactEvery, 0).with(K::MergeSpeed, 60_000).with(K::Tail, 0),
            TableSpec { buckets: 1, ..PLAIN },
            240,
            &races::lease_over(),
        ),
        "faults" => start(told().with(K::FaultEvery, 3 * S).choose(K::Sources, "peer-store"), PLAIN, 40, &[]),
        "million" => Start {
            config: ClusterConfig { knobs: million(), tables: Vec::new(), script: Vec::new() },
            commands: [ClusterCommand::CreateMany { tables: 125_000, of: TableSpec { buckets: 8, ..PLAIN } }]
                .to_vec(),
            // Some hundred thousand steps: the page shall open it at once.
            play: SimTime::from_millis(250),
            ..start(Knobs::default(), PLAIN, 0, &[])
        },
        _ => Start {
            config: ClusterConfig { knobs: Knobs::default(), tables: Vec::new(), script: Vec::new() },
            ..start(Knobs::default(), PLAIN, 0, &[])
        },
    })
}

/// apache/doris#55630: a full compaction runs on backend 2 while backend 1 follows the loads; right after
/// it a cumulative one merges what came meanwhile. Backend 1 then asks from behind its newest version.
fn incident() -> Vec<(SimTime, ClusterCommand)> {
    let load = ClusterCommand::Load { table: 0 };
    let query = ClusterCommand::Query { table: 0 };
    let to = |backend| ClusterCommand::Move { tablet: 0, backend };
    let compact = |kind| ClusterCommand::Compact { tablet: 0, kind };
    let mut script: Vec<_> = (1..7).map(|second| at(second, load)).collect();
    script.extend([at(7, query), at(8, to(1)), at(9, query), at(10, compact(JobKind::Full)), at(11, to(0))]);
    script.extend((12..18).map(|second| at(second, load)));
    script.extend([at(18, query), at(21, to(1)), at(22, query), at(23, compact(JobKind::Cumulative))]);
    script.extend([at(36, load), at(37, to(0)), at(38, query), at(42, query)]);
    script
}

/// The state before the first step.
pub(super) fn build(config: &ClusterConfig, seed: u64) -> ClusterLab {
    let knobs = config.knobs.completed().unwrap_or_default();
    let (mut work, mut chance) = (Rng::new(seed ^ 0x770a_d5ff), Rng::new(seed ^ 0x000f_a017));
    // The first numbers of neighbouring seeds are alike in nothing but their source.
    work.next_u64();
    chance.next_u64();
    let mut kinds = Rng::new(seed ^ 0x0c01_dde1);
    kinds.next_u64();
    let network = Network::new(Link::new(Latency::Fixed(0)));
    let rule = rule_of(&knobs);
    let mut lab = ClusterLab {
        knobs,
        sim: Sim::new(FIRST_BACKEND, network, seed),
        work,
        chance,
        kinds,
        ms: MetaService::new("lab", rule),
        desk: super::Desk::default(),
        calls: IdMap::default(),
        next_call: 0,
        tables: Vec::new(),
        tablets: super::Tablets::default(),
        backends: Vec::new(),
        cold: IdMap::default(),
        views: super::views::Views::default(),
        up: Vec::new(),
        queries: IdMap::default(),
        loads: IdMap::default(),
        jobs: IdMap::default(),
        pool: Pool::default(),
        notice_link: Link::new(Latency::Fixed(0)),
        next_id: 0,
        next_rowset: 0,
        written_rows: IdMap::default(),
        turns: 0,
        history: History::default(),
        totals: Totals::default(),
        wrong: None,
        touched: Vec::new(),
        changed: Vec::new(),
        lag: [0; super::history::LAG_CURVES],
        lag_changed: false,
        lag_slot: SimTime::ZERO,
    };
    lab.set_links();
    lab.ms.count_jobs(counting_of(&lab.knobs));
    let mut events = Vec::new();
    lab.resize(&mut events);
    for spec in &config.tables {
        let command = ClusterCommand::Create(*spec);
        if lab.allows(&command).is_ok() {
            lab.obey(&command, &mut events);
        }
    }
    lab.set_timers();
    for &(at, command) in &config.script {
        lab.sim.after(CLIENT, at, Note::Tick(Tick::Script(command.into())));
    }
    lab.totals = Totals::default();
    lab.changed.clear();
    lab
}
