//! Runs to start from.

use super::act::preload;
use super::command::{LoadCommand, UpgradeSpec};
use super::config::{Design, KNOBS, Knobs, LoadConfig, LoadSpec};
use super::{LoadLab, Totals};
use crate::base::{Rng, SimTime, SortedMap};
use crate::lab::board::{Knob, Start};
use crate::load::{FlushExecutor, MemTracker};
use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// Keys of all scenarios, the one for a new user first.
pub const KEYS: &[&str] = &[
    "seed-figure",
    "slow-disk",
    "back-pressure",
    "failing-flush",
    "many-tablets",
    "limit-fault",
    "rolling-upgrade",
    "empty",
];

const MB: u64 = 1_000_000;
const GB: u64 = 1_000 * MB;

/// Speeds at which 1 GB in ten MemTables takes 48 s in one thread and 29 s in two.
///
/// With W = time to insert all, F = time to flush all, n = 10 MemTables: one thread takes
/// W + F = 48 s; overlapped, every flush but the last hides behind inserting, since one takes
/// F/n = 2.11 s and filling the next W/n = 2.69 s: W + F/n = 29 s. So F = 19 s · n/(n−1) = 21.11 s
/// and W = 26.89 s: 37.19 and 47.37 MB a second.
const SEED_INSERT: u64 = 37_190_083;
const SEED_FLUSH: u64 = 47_368_421;

const fn spec(bytes: u64, tablets: u32, design: Design) -> LoadSpec {
    LoadSpec { bytes, rows: bytes / 100, tablets, design }
}

/// A scenario by its key.
pub(super) fn scenario(key: &str) -> Option<Start<LoadLab>> {
    let key = KEYS.iter().copied().find(|&known| known == key)?;
    let start = |knobs: Knobs, commands: &[LoadCommand], play: u64| Start {
        key,
        config: LoadConfig { knobs, preload: None },
        seed: 0x5eed_1798,
        commands: commands.to_vec(),
        play: SimTime::from_secs(play),
    };
    let load = |bytes: u64, tablets: u32| LoadCommand::Load(spec(bytes, tablets, Design::Overlapped));
    Some(match key {
        "seed-figure" => start(
            Knobs {
                insert_speed: SEED_INSERT,
                batch_bytes: 2 * MB,
                memtable_bytes: 100 * MB,
                adaptive: false,
                running_max: 0,
                stores: 1,
                threads: 2,
                disk_speed: SEED_FLUSH,
                thread_speed: SEED_FLUSH,
                ..Knobs::default()
            },
            &[
                LoadCommand::Load(spec(GB, 1, Design::Alternating)),
                LoadCommand::Load(spec(GB, 1, Design::Overlapped)),
            ],
            80,
        ),
        "slow-disk" => start(
            Knobs { stores: 4, slow_store: 2, memtable_bytes: 50 * MB, adaptive: false, ..Knobs::default() },
            &[load(4 * GB, 16)],
            40,
        ),
        "back-pressure" => start(
            Knobs {
                insert_speed: 200 * MB,
                memory: 256 << 20,
                stores: 1,
                threads: 2,
                disk_speed: 60 * MB,
                memtable_bytes: 100 * MB,
                adaptive: false,
                senders: 2,
                ..Knobs::default()
            },
            &[load(2 * GB, 8), load(2 * GB, 8)],
            30,
        ),
        "failing-flush" => start(
            Knobs {
                memtable_bytes: 40 * MB,
                adaptive: false,
                threads: 2,
                disk_speed: 40 * MB,
                ..Knobs::default()
            },
            &[LoadCommand::Fail { store: 0, after: 12 }, load(GB, 8), load(GB, 8), load(GB, 8)],
            50,
        ),
        "many-tablets" => start(
            Knobs { stores: 4, memtable_bytes: 20 * MB, memory: 512 << 20, ..Knobs::default() },
            &[load(4 * GB, 200)],
            60,
        ),
        "limit-fault" => {
            let statistic = Knob::place(KNOBS, "statistic").unwrap_or_default() as u16;
            let turn = |on: i64| LoadCommand::Turn { knob: statistic, value: on };
            let read = LoadCommand::Read { limit: 10 };
            let mut run = start(Knobs::default(), &[turn(0), read, turn(1), read], 10);
            run.config.preload = Some(spec(10 * GB, 8, Design::Overlapped));
            run
        }
        "rolling-upgrade" => {
            let upgrade = |together| {
                LoadCommand::Upgrade(UpgradeSpec {
                    backends: 6,
                    metas: 1_000_000,
                    together,
                    replicas: 3,
                    meta_us: 500,
                    restart_ms: 30_000,
                })
            };
            start(Knobs::default(), &[upgrade(1), upgrade(6)], 4_000)
        }
        _ => start(Knobs::default(), &[], 0),
    })
}

/// The state before the first step.
pub(super) fn build(config: &LoadConfig, seed: u64) -> LoadLab {
    let mut lab = LoadLab {
        knobs: config.knobs.clone(),
        rng: Rng::new(seed),
        now: SimTime::ZERO,
        tracker: MemTracker::default(),
        executor: FlushExecutor::new(1, 1),
        disks: Vec::new(),
        armed: Vec::new(),
        flights: SortedMap::default(),
        senders: Vec::new(),
        waiting: VecDeque::new(),
        loads: super::Loads::default(),
        tablets: Vec::new(),
        visible: VecDeque::new(),
        due: SimTime::MAX,
        reads: Vec::new(),
        reads_ended: VecDeque::new(),
        upgrades: VecDeque::new(),
        upgraded: VecDeque::new(),
        next_load: 1,
        next_rowset: 1,
        next_table: 1,
        next_read: 1,
        next_upgrade: 1,
        history: super::History::default(),
        trace: super::Trace::default(),
        totals: Totals::default(),
        changed: Vec::new(),
    };
    lab.lay_out();
    if let Some(spec) = &config.preload {
        preload(&mut lab, spec);
    }
    lab.due = lab.next_load_at();
    lab
}
