//! Runs to start from, and the state that a configuration describes.

use super::config::{DelayedDeletion, Knobs, Origin, TabletConfig, Workload};
use super::{Due, TabletCommand, TabletLab};
use crate::base::{PathId, Rng, RowsetId, SimTime, SortedMap, VersionRange};
use crate::compaction::LastSuccess;
use crate::import::Imported;
use crate::rowset::{RowsetMeta, Unknown};
use crate::tablet::{Keying, Tablet};
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

/// The reply that the backend of the −230 report of May 2020 printed, as imported: whoever only
/// looks at scenarios needs no importer. `tests/imports/scenarios.rs` imports the text again and
/// compares; it also says how to write these files anew.
const INCIDENT: &[u8] = include_bytes!("incident.postcard");

/// Rowsets that cross, which a tablet never writes by itself: greedy capture takes `[2-5]` and
/// cannot leave 6, although `[2-3][4-7]` is there.
const CROSSING: &[u8] = include_bytes!("crossing.postcard");

/// A run to start from.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Names it; the page translates.
    pub key: &'static str,
    /// Its fixed part.
    pub config: TabletConfig,
    /// Its seed.
    pub seed: u64,
    /// Commands given at the start.
    pub commands: Vec<TabletCommand>,
    /// Virtual time played before it is shown.
    pub play: SimTime,
}

/// Keys of all scenarios, the one for a new user first.
pub const KEYS: &[&str] = &[
    "incident",
    "steady",
    "before-4017",
    "by-size",
    "many-small",
    "orphan-5526",
    "crossing",
    "empty",
    "small-loads",
    "bursts",
    "big-loads",
    "deletes",
    "time-series",
    "mixed",
    "invisible-28082",
];

/// The standard workloads by which policies are compared: a day of virtual time each.
pub const WORKLOADS: &[&str] = &["small-loads", "bursts", "big-loads", "deletes", "time-series", "mixed"];

/// Tells the readers' random numbers from those of the loads.
const READERS: u64 = 0x7265_6164_6572_7300;

/// A scenario by its key.
pub fn scenario(key: &str) -> Option<Scenario> {
    let key = KEYS.iter().copied().find(|&known| known == key)?;
    let fresh = |knobs: Knobs, workload: Workload, play: u64| Scenario {
        key,
        config: TabletConfig { origin: Origin::Fresh, knobs, workload },
        seed: 0x5eed_0042,
        commands: Vec::new(),
        play: SimTime::from_secs(play),
    };
    let quiet = Workload { on: false, ..Workload::default() };
    Some(match key {
        "incident" => Scenario {
            commands: [TabletCommand::Query { version: Some(25_913), holds_ms: 0 }].to_vec(),
            ..from_import(key, INCIDENT, DelayedDeletion::Off)?
        },
        "steady" => fresh(
            Knobs { sweep_after_s: 300, sweep_every_s: 60, ..Knobs::default() },
            Workload { delete_every: 16, load_segments: 2, ..Workload::default() },
            412,
        ),
        "before-4017" => fresh(
            Knobs { delayed_deletion: DelayedDeletion::Off, ..Knobs::default() },
            Workload { reader_holds_ms: 20_000, ..Workload::default() },
            180,
        ),
        "by-size" => fresh(
            Knobs { delayed_deletion: DelayedDeletion::BySize, sweep_threshold: 30, ..Knobs::default() },
            Workload { reader_holds_ms: 30_000, ..Workload::default() },
            300,
        ),
        "many-small" => fresh(
            Knobs::default(),
            Workload {
                load_every_ms: 500,
                load_bytes: 256 << 10,
                query_every_ms: 700,
                compact_every_ms: 10_000,
                ..Workload::default()
            },
            900,
        ),
        "orphan-5526" => Scenario {
            commands: [
                TabletCommand::Load { rows: 1_000_000, bytes: 64 << 20, segments: 3, overlapping: true },
                TabletCommand::Compact { range: VersionRange::single(2) },
                TabletCommand::Compact { range: VersionRange::new(0, 2) },
            ]
            .to_vec(),
            ..fresh(Knobs { keying: Keying::ByVersion, ..Knobs::default() }, quiet, 0)
        },
        "crossing" => Scenario {
            commands: [TabletCommand::Query { version: Some(7), holds_ms: 0 }].to_vec(),
            ..from_import(key, CROSSING, DelayedDeletion::AfterTime)?
        },
        "invisible-28082" => fresh(
            Knobs { compact_invisible: true, sweep_after_s: 60, sweep_every_s: 15, ..Knobs::default() },
            Workload { publish_delay_ms: 300_000, load_every_ms: 5_000, ..Workload::default() },
            900,
        ),
        "empty" => fresh(Knobs::default(), quiet, 0),
        standard => fresh(Knobs::default(), workload(standard)?, 3_600),
    })
}

/// A standard workload by its key.
pub fn workload(key: &str) -> Option<Workload> {
    let day = Workload {
        load_every_ms: 30_000,
        load_bytes: 2 << 20,
        query_every_ms: 60_000,
        compact_every_ms: 60_000,
        ..Workload::default()
    };
    Some(match key {
        "small-loads" => day,
        "bursts" => Workload { load_every_ms: 1_800_000, burst: 200, load_bytes: 1 << 20, ..day },
        "big-loads" => Workload { load_every_ms: 900_000, load_bytes: 512 << 20, load_segments: 8, ..day },
        "deletes" => Workload { delete_every: 24, ..day },
        "time-series" => Workload { load_every_ms: 15_000, load_bytes: 12 << 20, ..day },
        "mixed" => Workload {
            burst: 6,
            load_every_ms: 180_000,
            big_every: 40,
            delete_every: 300,
            load_segments: 2,
            ..day
        },
        _ => return None,
    })
}

fn from_import(key: &'static str, packed: &[u8], delayed_deletion: DelayedDeletion) -> Option<Scenario> {
    let mut config = imported(postcard::from_bytes(packed).ok()?);
    config.knobs.delayed_deletion = delayed_deletion;
    Some(Scenario { key, config, seed: 0x5eed_0230, commands: Vec::new(), play: SimTime::ZERO })
}

/// The configuration of a run that goes on from an import. The workload is off: nothing happens
/// to an operator's tablet unasked.
pub fn imported(imported: Imported) -> TabletConfig {
    TabletConfig {
        origin: Origin::Imported(Box::new(imported)),
        knobs: Knobs::default(),
        workload: Workload { on: false, ..Workload::default() },
    }
}

/// The state before the first step.
pub(super) fn build(config: &TabletConfig, seed: u64) -> TabletLab {
    let keying = config.knobs.keying;
    let mut untimed = Vec::new();
    let (tablet, now, next_rowset) = match &config.origin {
        Origin::Fresh => {
            let first = RowsetMeta::empty(RowsetId(1), VersionRange::new(0, 1), SimTime::ZERO);
            (Tablet::create(&[first], keying), SimTime::ZERO, 2)
        }
        Origin::Imported(text) => {
            let next = text.rowsets().map(|rowset| rowset.meta.id.0).max().unwrap_or(0) + 1;
            (recover(text, keying, &mut untimed), text.start_at, next)
        }
    };
    let sound = tablet.check().is_ok();
    TabletLab {
        sound,
        tablet,
        knobs: config.knobs.clone(),
        script: String::new(),
        workload: config.workload.clone(),
        load_rng: Rng::new(seed),
        // Another sequence of the same seed.
        reader_rng: Rng::new(seed ^ READERS),
        now,
        steps: 0,
        next_rowset,
        next_reader: 1,
        due: Due::from(&config.workload, now),
        swept_until: now,
        loads: 0,
        rounds: 0,
        waiting: SortedMap::default(),
        ended: VecDeque::new(),
        ghosts: VecDeque::new(),
        changed: Vec::new(),
        served: 0,
        already_merged: 0,
        bytes_loaded: 0,
        bytes_merged: 0,
        too_many: 0,
        last: LastSuccess::default(),
        publishing: VecDeque::new(),
        untimed,
        scratch: Vec::new(),
        spare: Vec::new(),
    }
}

fn recover(text: &Imported, keying: Keying, untimed: &mut Vec<PathId>) -> Tablet {
    let live: Vec<RowsetMeta> = text.live.iter().map(|rowset| rowset.meta).collect();
    let mut tablet = if text.stale_ungrouped.is_empty() {
        let paths: Vec<(PathId, Vec<(RowsetMeta, SimTime)>)> = text
            .stale_paths
            .iter()
            .map(|path| {
                if path.time.is_none() {
                    untimed.push(path.id);
                }
                let time = path.time.unwrap_or(text.start_at);
                (path.id, path.members.iter().map(|rowset| (rowset.meta, time)).collect())
            })
            .collect();
        Tablet::recover_with_paths(&live, &paths, keying)
    } else {
        let stale: Vec<(RowsetMeta, SimTime)> = text
            .stale_paths
            .iter()
            .flat_map(|path| {
                path.members.iter().map(|rowset| (rowset.meta, path.time.unwrap_or(text.start_at)))
            })
            .chain(text.stale_ungrouped.iter().map(|rowset| (rowset.meta, rowset.meta.created_at)))
            .collect();
        let tablet = Tablet::recover(&live, &stale, keying);
        let unknown =
            |range| tablet.stale_at(range).is_some_and(|stale| stale.meta.unknown.has(Unknown::CREATED));
        untimed.extend(
            tablet
                .stale_paths()
                .filter(|path| path.members.iter().any(|member| unknown(member.0)))
                .map(|path| path.id),
        );
        tablet
    };
    tablet.set_point(text.cumulative_point.unwrap_or(-1));
    tablet
}
