//! Every row of the reference's table, on the same histories: `cargo bench -p tabletop-core`.
//!
//! "Flat" is N rowsets of one version each on top of `[0-1]`; "tiered" is the same with every ten
//! rowsets of a level merged, three levels, nothing expired. Criterion prints per iteration; where
//! an iteration is many operations its throughput line tells the time of one.
//!
//! Rows that end in "linked" run a stand-in of the reference's structure, see [`linked`], so that a
//! ratio can be taken on one machine.
//!
//! What a walk returns is reduced to a flag before it is given to `black_box`, which otherwise
//! copies the whole error type and takes longer than a short walk.
//!
//! `calibration` is a fixed loop of dependent steps: compare a machine, or a moment of
//! this one, by it before comparing anything else.

mod linked;

use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use linked::LinkedGraph;
use std::hint::black_box;
use std::time::Duration;
use tabletop_core::base::{PathId, Rng, RowsetId, SimTime, Version, VersionRange};
use tabletop_core::rowset::RowsetMeta;
use tabletop_core::tablet::{CaptureOptions, Keying, ModifyOptions, SweepRule, Tablet};
use tabletop_core::version_graph::bench_history::tiered;
use tabletop_core::version_graph::{StalePaths, VersionGraph, VersionTracker};

const SIZES: [u32; 3] = [1_000, 10_000, 100_000];

fn flat(loads: u32) -> Vec<VersionRange> {
    let loads = (2..Version::from(loads) + 2).map(VersionRange::single);
    std::iter::once(VersionRange::new(0, 1)).chain(loads).collect()
}

fn shuffled<T>(mut items: Vec<T>) -> Vec<T> {
    let mut rng = Rng::new(16);
    for at in (1..items.len()).rev() {
        items.swap(at, rng.below(at as u64 + 1) as usize);
    }
    items
}

fn group<'a>(c: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = c.benchmark_group(name);
    group.warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1)).sample_size(20);
    group
}

fn calibration(c: &mut Criterion) {
    let mut group = group(c, "calibration");
    group.throughput(Throughput::Elements(1_000_000));
    // Shifts and exclusive ors in turn: nothing a compiler can fold or run side by side.
    group.bench_function("a million steps of xorshift64", |b| {
        b.iter(|| {
            (0..1_000_000).fold(black_box(1_u64), |mut word, _| {
                word ^= word << 13;
                word ^= word >> 7;
                word ^ word << 17
            })
        });
    });
}

fn build(c: &mut Criterion) {
    for size in SIZES {
        let mut group = group(c, "build");
        let ranges = flat(size);
        group.throughput(Throughput::Elements(ranges.len() as u64));
        group.bench_function(format!("flat/{size}"), |b| {
            b.iter(|| VersionGraph::from_ranges(ranges.iter().copied()));
        });
        group.bench_function(format!("flat, linked/{size}"), |b| b.iter(|| LinkedGraph::of(&ranges)));
        let mixed = shuffled(ranges.clone());
        group.bench_function(format!("flat, shuffled/{size}"), |b| {
            b.iter(|| VersionGraph::from_ranges(mixed.iter().copied()));
        });
        group.bench_function(format!("flat, add by add/{size}"), |b| {
            b.iter(|| {
                let mut graph = VersionGraph::new();
                for &range in &ranges {
                    graph.add(range);
                }
                graph
            });
        });
        group.bench_function(format!("flat, add by add, linked/{size}"), |b| {
            b.iter(|| {
                let mut graph = LinkedGraph::default();
                for &range in &ranges {
                    graph.add(range);
                }
                graph
            });
        });
        let (live, stale) = tiered(size);
        group.throughput(Throughput::Elements((live.len() + stale.len()) as u64));
        group.bench_function(format!("tiered with paths/{size}"), |b| {
            b.iter(|| VersionTracker::from_rowsets(&live, &stale));
        });
        let mixed = shuffled(stale);
        group.bench_function(format!("tiered with paths, shuffled/{size}"), |b| {
            b.iter(|| VersionTracker::from_rowsets(&live, &mixed));
        });
    }
}

fn capture(c: &mut Criterion) {
    for size in SIZES {
        let newest = Version::from(size) + 1;
        let whole = VersionRange::new(0, newest);
        let mut rng = Rng::new(7);
        let versions: Vec<Version> = (0..1_024).map(|_| 2 + rng.below(u64::from(size)) as Version).collect();
        let mut path = Vec::new();

        let mut group = group(c, "capture");
        let ranges = flat(size);
        let graph = VersionGraph::from_ranges(ranges.iter().copied());
        let linked = LinkedGraph::of(&ranges);
        group.throughput(Throughput::Elements(u64::from(size) + 1));
        group.bench_function(format!("newest, flat/{size}"), |b| {
            b.iter(|| graph.capture(black_box(whole), &mut path).is_ok());
        });
        group.bench_function(format!("newest, flat, linked/{size}"), |b| {
            b.iter(|| linked.capture(black_box(whole), &mut path));
        });
        let (live, stale) = tiered(size);
        let ranges: Vec<_> = live.iter().copied().chain(stale.iter().map(|member| member.0)).collect();
        let graph = VersionGraph::from_ranges(ranges.iter().copied());
        let linked = LinkedGraph::of(&ranges);
        group.throughput(Throughput::Elements(1));
        group.bench_function(format!("newest, tiered/{size}"), |b| {
            b.iter(|| graph.capture(black_box(whole), &mut path).is_ok());
        });
        group.bench_function(format!("newest, tiered, linked/{size}"), |b| {
            b.iter(|| linked.capture(black_box(whole), &mut path));
        });
        group.throughput(Throughput::Elements(versions.len() as u64));
        let old = |version| VersionRange::new(0, version);
        let inside = |version| VersionRange::new(version, newest);
        for (name, asked) in [
            ("up to an old version, tiered", &old as &dyn Fn(Version) -> VersionRange),
            ("from a start inside, tiered", &inside),
        ] {
            group.bench_function(format!("{name}/{size}"), |b| {
                b.iter(|| {
                    for &version in &versions {
                        black_box(graph.capture(asked(version), &mut path).is_ok());
                    }
                });
            });
            group.bench_function(format!("{name}, linked/{size}"), |b| {
                b.iter(|| {
                    for &version in &versions {
                        black_box(linked.capture(asked(version), &mut path));
                    }
                });
            });
        }
    }
}

fn change(c: &mut Criterion) {
    for size in SIZES {
        let mut group = group(c, "change");
        let (live, stale) = tiered(size);
        let tracker = VersionTracker::from_rowsets(&live, &stale);
        let ranges: Vec<_> = shuffled(tracker.graph().ranges().collect()).into_iter().take(1_024).collect();
        let mut graph = tracker.graph().clone();
        group.throughput(Throughput::Elements(ranges.len() as u64));
        group.bench_function(format!("delete and add, random/{size}"), |b| {
            b.iter(|| {
                for &range in &ranges {
                    graph.delete(range).expect("it is there");
                    graph.add(range);
                }
            });
        });
        let mut linked = LinkedGraph::of(&graph.ranges().collect::<Vec<_>>());
        group.bench_function(format!("delete and add, random, linked/{size}"), |b| {
            b.iter(|| {
                for &range in &ranges {
                    linked.delete(range);
                    linked.add(range);
                }
            });
        });

        // A hundred units upon a tablet of that size, as the tracker goes on growing.
        group.throughput(Throughput::Elements(100));
        group.bench_function(format!("unit of 10 loads, 1 merge, 1 path expired/{size}"), |b| {
            let base = VersionTracker::from_rowsets(&flat(size), &[]);
            b.iter_batched_ref(
                || base.clone(),
                |tracker| {
                    let mut next = Version::from(size) + 2;
                    for unit in 0..100 {
                        let now = SimTime::from_secs(unit);
                        let first = next;
                        for _ in 0..10 {
                            tracker.add_version(VersionRange::single(next));
                            next += 1;
                        }
                        tracker.add_version(VersionRange::new(first, next - 1));
                        let members = (first..next).map(|at| (VersionRange::single(at), now)).collect();
                        tracker.add_stale_path(members);
                        for id in tracker.capture_expired(now) {
                            black_box(tracker.fetch_and_delete(id));
                        }
                    }
                },
                BatchSize::LargeInput,
            );
        });
        group.throughput(Throughput::Elements(1));
        group.bench_function(format!("orphan ratio/{size}"), |b| {
            b.iter(|| black_box(&graph).orphans_reach(black_box(10)));
        });
        group.bench_function(format!("orphan ratio, linked/{size}"), |b| {
            b.iter(|| black_box(&linked).orphans());
        });
    }
}

fn expiry(c: &mut Criterion) {
    let mut group = group(c, "expiry");
    for size in SIZES {
        let mut paths = StalePaths::new();
        for at in 0..u64::from(size) {
            let range = VersionRange::single(at as Version);
            paths.add(vec![(range, SimTime::from_secs(at))]);
        }
        let limit = SimTime::from_secs(9);
        group.bench_function(format!("10 due, by index/{size}"), |b| {
            b.iter(|| paths.expired(black_box(limit)));
        });
        group.bench_function(format!("10 due, by scan/{size}"), |b| {
            b.iter(|| -> Vec<PathId> {
                paths.iter().filter(|path| path.newest <= black_box(limit)).map(|path| path.id).collect()
            });
        });
    }
}

/// A tablet as a lab plays it: loads, a merge of every ten rowsets of a level, and after every ten
/// loads a read of the newest versions and one of merged ones; every thousand loads a sweep.
fn tablet(c: &mut Criterion) {
    const LOADS: u64 = 100_000;
    let mut group = group(c, "tablet");
    let merges = LOADS / 10 + LOADS / 100 + LOADS / 1_000;
    group.sample_size(10).throughput(Throughput::Elements(LOADS + merges + LOADS / 10 * 2 + LOADS / 1_000));
    group.bench_function("steps of a played tablet/100000 loads", |b| b.iter(|| play(LOADS)));
}

fn play(loads: u64) -> Tablet {
    let mut tablet = Tablet::create(&[], Keying::ById);
    let mut ids = 0;
    let mut meta = |start: Version, end: Version| {
        ids += 1;
        RowsetMeta::empty(RowsetId(ids), VersionRange::new(start, end), SimTime(ids))
    };
    let mut levels: [Vec<(RowsetId, VersionRange)>; 4] = Default::default();
    let mut path = Vec::new();
    for version in 0..loads as Version {
        let now = SimTime::from_secs(version as u64);
        let load = meta(version, version);
        let _ = black_box(tablet.add_inc_rowset(load));
        levels[0].push((load.id, load.range));
        for level in 0..3 {
            if levels[level].len() == 10 {
                let output = meta(levels[level][0].1.start, version);
                let merged = tablet.modify_rowsets(&[output], &levels[level], ModifyOptions::default(), now);
                black_box(merged.expect("all are live"));
                levels[level].clear();
                levels[level + 1].push((output.id, output.range));
            }
        }
        if version % 10 == 9 {
            for range in [VersionRange::new(0, version), VersionRange::new(version - 9, version - 4)] {
                let _ = black_box(tablet.capture(range, CaptureOptions::default(), &mut path));
            }
        }
        if version % 1_000 == 999 {
            black_box(tablet.sweep(now, &SweepRule::default()));
        }
    }
    tablet
}

criterion_group!(benches, calibration, build, capture, change, expiry, tablet);
criterion_main!(benches);
