//! The same work timed natively and in Chromium's worker: `cargo xtask bench` runs both in one go
//! and puts them side by side. Included by `tests/speed/main.rs` and `web/tests/speed.rs`.

use core::hint::black_box;
use tabletop_core::base::{Rng, RowsetId, SimTime, VersionRange, grow_ahead};
use tabletop_core::compaction::{Candidate, Config, LastSuccess, Policy, TabletFacts};
use tabletop_core::inode::{Geometry, bench_lists, visible};
use tabletop_core::lab::Lab;
use tabletop_core::lab::board::BoardLab;
use tabletop_core::lab::cluster::ClusterLab;
use tabletop_core::lab::tablet::{TabletLab, scenarios};
use tabletop_core::lab::timeline::Timeline;
use tabletop_core::rowset::RowsetMeta;
use tabletop_core::schema::{IdMap, NameKey, NameMap, ObjectId, Pair, SchemaVersion};
use tabletop_core::tablet::{Keying, Tablet};
use tabletop_core::version_graph::{VersionGraph, VersionTracker, bench_history};
use tabletop_core::view::tablet::TabletWindow;

/// A named figure in nanoseconds.
pub(crate) type Row = (String, f64);

/// Runs everything; `now` tells nanoseconds.
pub(crate) fn all(now: fn() -> f64, mut told: impl FnMut(Row)) {
    // Once for nothing: what runs first would be timed before the browser has optimised it.
    graph(1_000, now, &mut |_| ());
    for size in [1_000, 10_000, 100_000] {
        graph(size, now, &mut told);
    }
    picks(now, &mut told);
    schema(now, &mut told);
    chunks(now, &mut told);
    played(now, &mut told);
    clusters(now, &mut told);
}

/// Batches of a case; see [`per_call`].
const BATCHES: u32 = 15;
/// Versions drawn for a case that asks at random ones, a power of two.
const DRAWN: usize = 1 << 12;
/// Whole plays of a run, of which the fastest counts.
const PLAYS: u32 = 3;

/// The fastest of some batches, each long enough for a coarse clock, per call: what the work takes
/// when no neighbour on the machine takes the core or the cache away. Noise only ever adds.
fn per_call(now: fn() -> f64, mut call: impl FnMut()) -> f64 {
    const BATCH_NS: f64 = 20_000_000.0;
    let mut calls = 1u32;
    loop {
        let began = now();
        batch(calls, &mut call);
        let took = now() - began;
        if took >= BATCH_NS || calls > 1 << 24 {
            break;
        }
        calls = if took < BATCH_NS / 16.0 { calls * 8 } else { calls * 2 };
    }
    let batches = (0..BATCHES).map(|_| {
        let began = now();
        batch(calls, &mut call);
        (now() - began) / f64::from(calls)
    });
    batches.fold(f64::INFINITY, f64::min)
}

/// A function of its own: a browser swaps its first, quick translation of a wasm function for the
/// optimised one only where the function is entered anew, never within a running loop.
#[inline(never)]
fn batch(calls: u32, call: &mut impl FnMut()) {
    (0..calls).for_each(|_| call());
}

fn graph(size: u32, now: fn() -> f64, told: &mut impl FnMut(Row)) {
    let n = f64::from(size);
    let name = |what: &str| format!("{what}/{size}");
    let flat: Vec<VersionRange> = core::iter::once(VersionRange::new(0, 1))
        .chain((2..i64::from(size) + 2).map(VersionRange::single))
        .collect();
    let newest = VersionRange::new(0, i64::from(size) + 1);
    let ns = per_call(now, || {
        black_box(VersionGraph::from_ranges(black_box(&flat).iter().copied()));
    });
    told((name("build flat, per rowset"), ns / n));
    let (live, stale) = bench_history::tiered(size);
    let ns = per_call(now, || {
        black_box(VersionTracker::from_rowsets(black_box(&live), black_box(&stale)));
    });
    told((name("build tiered with paths, per rowset"), ns / (live.len() + stale.len()) as f64));
    let graph = VersionGraph::from_ranges(flat.iter().copied());
    let mut path = Vec::new();
    let ns = per_call(now, || {
        black_box(graph.capture(black_box(newest), &mut path).is_ok());
    });
    told((name("capture newest, flat"), ns));
    let tracker = VersionTracker::from_rowsets(&live, &stale);
    let ns = per_call(now, || {
        black_box(tracker.capture(black_box(newest), &mut path).is_ok());
    });
    told((name("capture newest, tiered"), ns));
    let mut rng = Rng::new(1);
    // Drawn beforehand: the generator is not what is timed.
    let drawn: Vec<i64> = (0..DRAWN).map(|_| 2 + rng.below(size.into()) as i64).collect();
    let mut at = 0;
    let mut next = || {
        at = (at + 1) % DRAWN;
        drawn[at]
    };
    let ns = per_call(now, || {
        black_box(tracker.capture(VersionRange::new(0, next()), &mut path).is_ok());
    });
    told((name("capture [0, random], tiered"), ns));
    let ns = per_call(now, || {
        black_box(tracker.capture(VersionRange::new(next(), newest.end), &mut path).is_ok());
    });
    told((name("capture [random, newest], tiered"), ns));
    let mut graph = tracker.graph().clone();
    let ns = per_call(now, || {
        let range = VersionRange::single(next());
        black_box(graph.delete(range).is_ok());
        graph.add(range);
    });
    told((name("delete and add, random"), ns));
}

/// One pick over many rowsets: sizes that let the size-based policy take all, and sizes that make it
/// look at every level and drop all. Then the same with the candidates read out of a tablet.
fn picks(now: fn() -> f64, told: &mut impl FnMut(Row)) {
    const ROWSETS: i64 = 10_000;
    let mut rng = Rng::new(16);
    let config = Config { max_score: 100_000, ..Config::default() };
    let at = SimTime::from_secs(7_200);
    let loads: Vec<RowsetMeta> = (2..ROWSETS + 2)
        .map(|version| {
            let empty =
                RowsetMeta::empty(RowsetId(version as u64), VersionRange::single(version), SimTime::ZERO);
            RowsetMeta { bytes: rng.around(8 << 10, 90), segments: 1, ..empty }
        })
        .collect();
    let rising: Vec<Candidate> = loads.iter().map(Candidate::of).collect();
    let falling: Vec<Candidate> = (0..)
        .zip(&rising)
        .map(|(at, one)| Candidate { bytes: if at < 40 { 1 << (30 - at.min(19)) } else { 0 }, ..*one })
        .collect();
    let facts = TabletFacts { point: 2, promotion_bytes: 128 << 20, ..TabletFacts::default() };
    for (name, rowsets) in [("rise", &rising), ("fall", &falling)] {
        let refs: Vec<&Candidate> = rowsets.iter().collect();
        let ns = per_call(now, || {
            black_box(Policy::SizeBased.pick(black_box(&refs), &facts, &config, at).score);
        });
        told((format!("pick size_based, sizes {name}/{ROWSETS}"), ns));
    }
    let mut all = vec![RowsetMeta::empty(RowsetId(1), VersionRange::new(0, 1), SimTime::ZERO)];
    all.extend(loads);
    let mut tablet = Tablet::create(&all, Keying::ById);
    tablet.set_point(2);
    tablet.set_promotion_bytes(128 << 20);
    let ns = per_call(now, || {
        let rowsets: Vec<_> = tablet.candidates_from(2).collect();
        let last = LastSuccess::default();
        black_box(Policy::SizeBased.select(&rowsets, &tablet.facts(), &config, last, at).pick.score);
    });
    told((format!("pick size_based, from a tablet/{ROWSETS}"), ns));
}

/// Names and ids of 100,000 tables with ten versions each, looked up at a version.
fn schema(now: fn() -> f64, told: &mut impl FnMut(Row)) {
    const TABLES: i64 = 100_000;
    const VERSIONS: i64 = 10;
    let database = ObjectId(1_001);
    let version = |table: i64, turn: i64| SchemaVersion(8 * (turn * TABLES + table + 1));
    let name = |table: i64| format!("table_{table:07}");
    let mut names = NameMap::with_capacity(10, SchemaVersion::ZERO, TABLES as usize);
    let mut ids = IdMap::with_capacity(16, SchemaVersion::ZERO, TABLES as usize);
    for table in 0..TABLES {
        let id = ObjectId(500_000 + table);
        let versions: Vec<SchemaVersion> = (0..VERSIONS).rev().map(|turn| version(table, turn)).collect();
        let pairs: Vec<Pair> = versions.iter().map(|&version| Pair { version, id: Some(id) }).collect();
        let live: Vec<(SchemaVersion, bool)> = versions.iter().map(|&version| (version, true)).collect();
        names.merge(NameKey { tenant: ObjectId::SYS, parent: database, name: &name(table) }, &pairs, true);
        ids.build(id, &live, Some(version(table, 0)));
    }
    names.pack();
    ids.pack();
    let mut rng = Rng::new(3);
    let asked: Vec<(String, ObjectId, SchemaVersion)> = (0..1 << 14)
        .map(|_| {
            let table = rng.below(TABLES as u64) as i64;
            (name(table), ObjectId(500_000 + table), version(table, rng.below(VERSIONS as u64) as i64))
        })
        .collect();
    let mut at = 0;
    let mut next = || {
        at = (at + 1) & ((1 << 14) - 1);
        &asked[at]
    };
    let ns = per_call(now, || {
        let (name, _, at) = next();
        black_box(names.lookup(NameKey { tenant: ObjectId::SYS, parent: database, name }, *at));
    });
    told((format!("schema: name at a version/{TABLES}"), ns));
    let ns = per_call(now, || {
        let (_, id, at) = next();
        black_box(ids.lookup(*id, *at));
    });
    told((format!("schema: id at a version/{TABLES}"), ns));
}

/// What is seen of a chunk written 100,000 times.
fn chunks(now: fn() -> f64, told: &mut impl FnMut(Row)) {
    let window = Some((0, Geometry::DEFAULT.chunk_size - 1));
    for (name, list) in &bench_lists::all() {
        let ns = per_call(now, || {
            black_box(visible(black_box(list), window));
        });
        told((format!("visible list, {name}/{}", list.len()), ns));
    }
}

/// Events of a step, on average.
fn events_a_step(config: &<TabletLab as Lab>::Config, seed: u64) -> f64 {
    const STEPS: u32 = 100_000;
    let mut lab = TabletLab::new(config, seed);
    let mut events = Vec::new();
    let mut count = 0;
    for _ in 0..STEPS {
        lab.step(&mut events);
        count += events.len();
        events.clear();
    }
    count as f64 / f64::from(STEPS)
}

/// A million steps played, sought and drawn.
fn played(now: fn() -> f64, told: &mut impl FnMut(Row)) {
    const STEPS: u64 = 1_000_000;
    for key in ["steady", "many-small"] {
        let Some(scenario) = scenarios::scenario(key) else { continue };
        let mut run: Timeline<TabletLab> = Timeline::new(scenario.config.clone(), scenario.seed);
        let mut fastest = f64::INFINITY;
        for _ in 0..PLAYS {
            run = Timeline::new(scenario.config.clone(), scenario.seed);
            let began = now();
            run.play_steps(STEPS);
            fastest = fastest.min((now() - began) / STEPS as f64);
        }
        told((format!("play a step, {key}"), fastest));
        told((format!("play an event, {key}"), fastest / events_a_step(&scenario.config, scenario.seed)));
        let mut rng = Rng::new(1);
        let mut seeks: Vec<f64> = (0..300)
            .map(|_| {
                let step = rng.below(STEPS);
                let began = now();
                run.seek_step(step);
                now() - began
            })
            .collect();
        seeks.sort_by(f64::total_cmp);
        told((format!("seek in 1,000,000 steps, {key}, p50"), seeks[150]));
        told((format!("seek in 1,000,000 steps, {key}, p95"), seeks[285]));
        let ns = per_call(now, || {
            black_box(run.lab().view(&TabletWindow::ALL));
        });
        told((format!("view, {key}"), ns));
        black_box(SimTime::ZERO);
    }
}

/// A step of a thousand backends and a million tablets, checkers off: the fastest stretch, and the mean of
/// all, the first of which find their memory cold.
fn clusters(now: fn() -> f64, told: &mut impl FnMut(Row)) {
    const STRETCHES: u32 = 6;
    const STEPS: u32 = 500_000;
    let Some(start) = ClusterLab::start("million") else { return };
    let (mut lab, mut events) = (start.lab().expect("a scenario's own commands"), Vec::new());
    let (mut fastest, mut all) = (f64::INFINITY, 0.0);
    for _ in 0..STRETCHES {
        let began = now();
        for _ in 0..STEPS {
            events.clear();
            // As the timeline does.
            grow_ahead();
            lab.step(&mut events);
        }
        let took = (now() - began) / f64::from(STEPS);
        fastest = fastest.min(took);
        all += took / f64::from(STRETCHES);
    }
    told(("cluster, 1,000,000 tablets: a step, fastest stretch".to_owned(), fastest));
    told(("cluster, 1,000,000 tablets: a step, all stretches".to_owned(), all));
}
