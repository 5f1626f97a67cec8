//! The schema service at 1,000,000 tables with ten versions each, against a plain ordered map:
//! `cargo bench -p tabletop-core --bench schema`.
//!
//! Versions go round: table t has versions 8 (t + 1), 8 (t + 1 + T), …; nothing lies together that a
//! real history would not keep together. Bytes are printed before the first row, and so are medians of
//! look-ups that were timed one by one: the mean of a busy machine says more about the machine.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Duration;
use tabletop_core::base::{Rng, SimTime};
use tabletop_core::schema::{
    CaseMode, Ddl, FreeRule, IdMap, Naive, NameKey, NameMap, Node, NodeConfig, ObjectId, Pair, SchemaKind,
    SchemaService, SchemaVersion, TableKind, TablePlace,
};

#[expect(clippy::disallowed_types, reason = "a benchmark asks the wall clock")]
type Instant = std::time::Instant;

const TABLES: i64 = 1_000_000;
const VERSIONS: i64 = 10;
/// Bytes of a name: `table_0000017`.
const NAME: usize = 13;
const DATABASE: ObjectId = ObjectId(1_001);

fn version(table: i64, turn: i64) -> SchemaVersion {
    SchemaVersion(8 * (turn * TABLES + table + 1))
}

fn id(table: i64) -> ObjectId {
    ObjectId(500_000 + table)
}

fn key(name: &str) -> NameKey<'_> {
    NameKey { tenant: ObjectId::SYS, parent: DATABASE, name }
}

/// Writes `table_0001234`.
fn name(buffer: &mut String, table: i64) {
    use std::fmt::Write;
    buffer.clear();
    let _ = write!(buffer, "table_{table:07}");
}

/// Both maps from records by id and version, as a full load reads them.
fn build(pairs_max: u8) -> (NameMap, IdMap) {
    let mut names = NameMap::with_capacity(pairs_max, SchemaVersion::ZERO, TABLES as usize);
    let mut ids = IdMap::with_capacity(16, SchemaVersion::ZERO, TABLES as usize);
    let (mut buffer, mut pairs, mut versions) = (String::new(), Vec::new(), Vec::new());
    for table in 0..TABLES {
        let newest_first = (0..VERSIONS).rev().map(|turn| version(table, turn));
        pairs.clear();
        pairs.extend(newest_first.map(|version| Pair { version, id: Some(id(table)) }));
        versions.clear();
        versions.extend(pairs.iter().map(|pair| (pair.version, true)));
        name(&mut buffer, table);
        names.merge(key(&buffer), &pairs, true);
        ids.build(id(table), &versions, Some(version(table, 0)));
    }
    names.pack();
    ids.pack();
    (names, ids)
}

/// Both maps event by event in the order of versions.
fn stream() -> (NameMap, IdMap) {
    let mut names = NameMap::new(4, SchemaVersion::ZERO);
    let mut ids = IdMap::new(16, SchemaVersion::ZERO);
    let mut buffer = String::new();
    for turn in 0..VERSIONS {
        for table in 0..TABLES {
            name(&mut buffer, table);
            let version = version(table, turn);
            names.push(key(&buffer), Pair { version, id: Some(id(table)) });
            ids.push(id(table), version, true);
        }
    }
    (names, ids)
}

type Twin = BTreeMap<(ObjectId, ObjectId, String, SchemaVersion), Option<ObjectId>>;

fn twin() -> Twin {
    let events = (0..TABLES).flat_map(|table| (0..VERSIONS).map(move |turn| (table, turn)));
    let entry = |(table, turn)| {
        let key = (ObjectId::SYS, DATABASE, format!("table_{table:07}"), version(table, turn));
        (key, Some(id(table)))
    };
    events.map(entry).collect()
}

/// Seconds that this process had a processor: what a quiet machine's clock shows.
fn on_processor() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    Some(text.split(' ').next()?.parse::<f64>().ok()? / 1e9)
}

/// Builds twice and prints the least processor time, beside what the clock said.
fn timed<T>(what: &str, build: impl Fn() -> T) {
    let rounds = (0..2).map(|_| {
        let (start, before) = (Instant::now(), on_processor());
        black_box(build());
        let clock = start.elapsed().as_secs_f64();
        (on_processor().zip(before).map_or(clock, |(now, before)| now - before), clock)
    });
    if let Some((seconds, clock)) = rounds.min_by(|a, b| a.0.total_cmp(&b.0)) {
        println!("{what}: {seconds:.2} s of processor time, {clock:.2} s by the clock");
    }
}

fn builds(c: &mut Criterion) {
    timed("full build, both maps, by object", || build(4));
    timed("the same, ordered map of names alone", twin);
    timed("both maps, event by event", stream);
    for pairs_max in [4, 10] {
        let (names, ids) = build(pairs_max);
        let both = (names.bytes() + ids.bytes()) / TABLES as u64;
        println!(
            "N = {pairs_max}: names {} B, ids {} B, together {both} B a name ({} MB); reserved {} MB",
            names.bytes() / TABLES as u64,
            ids.bytes() / TABLES as u64,
            (names.bytes() + ids.bytes()) / 1_000_000,
            (names.arena().reserved() + ids.arena().reserved()) / 1_000_000,
        );
    }
    let mut group = c.benchmark_group("build, 1,000,000 tables of 10 versions");
    group.sample_size(10).warm_up_time(Duration::from_millis(1)).measurement_time(Duration::from_secs(10));
    group.throughput(Throughput::Elements((TABLES * VERSIONS) as u64));
    group.bench_function("both maps, by object", |b| b.iter(|| build(4)));
    group.finish();
}

/// Times each look-up by itself and prints quantiles, less what an empty measurement takes.
fn one_by_one<A, R>(what: &str, asked: &[A], lookup: impl Fn(&A) -> R) {
    let quantiles = |mut times: Vec<u128>| {
        times.sort_unstable();
        [50, 95, 99].map(|percent| times[times.len() * percent / 100])
    };
    let time = |work: &dyn Fn(&A)| {
        let times = asked.iter().map(|one| {
            let start = Instant::now();
            work(one);
            start.elapsed().as_nanos()
        });
        quantiles(times.collect())
    };
    let empty = time(&|one| {
        black_box(one);
    })[0];
    let rounds: Vec<[u128; 3]> = (0..5)
        .map(|_| {
            time(&|one| {
                black_box(lookup(one));
            })
        })
        .collect();
    let least = |at: usize| rounds.iter().map(|round| round[at]).min().unwrap_or(0).saturating_sub(empty);
    println!("{what}: {} {} {}", least(0), least(1), least(2));
}

/// Nanoseconds of a read that waits for the one before it, each from another cache line of so many bytes:
/// the calibration of a look-up, which needs one from the directory and, behind it, one from the arena.
fn dependent_read(bytes: u64) -> f64 {
    const LINE: usize = 64 / size_of::<u32>();
    const READS: u32 = 1 << 18;
    let lines = bytes as usize / 64;
    let mut order: Vec<u32> = (0..lines as u32).collect();
    let mut rng = Rng::new(9);
    // One circle through all lines.
    for at in (1..lines).rev() {
        order.swap(at, rng.below(at as u64) as usize);
    }
    let mut next = vec![0_u32; lines * LINE];
    for (at, to) in order.iter().enumerate() {
        next[at * LINE] = to * LINE as u32;
    }
    let mut at = 0;
    let mut walk = || {
        let start = Instant::now();
        for _ in 0..READS {
            at = next[at as usize];
        }
        black_box(at);
        start.elapsed().as_nanos() as f64 / f64::from(READS)
    };
    (0..5).map(|_| walk()).fold(f64::INFINITY, f64::min)
}

fn lookups(c: &mut Criterion) {
    let (names, ids) = build(10);
    let twin = twin();
    let mut rng = Rng::new(3);
    // The names in one buffer, in the order they are asked: a statement has its own at hand.
    let mut text = String::new();
    let versions: Vec<SchemaVersion> = (0..1 << 16)
        .map(|_| {
            let table = rng.below(TABLES as u64) as i64;
            text.push_str(&format!("table_{table:07}"));
            version(table, rng.below(VERSIONS as u64) as i64)
        })
        .collect();
    let asked: Vec<(&str, SchemaVersion)> =
        versions.iter().zip(0..).map(|(at, one)| (&text[one * NAME..][..NAME], *at)).collect();
    let newest = |(name, _): &(&str, SchemaVersion)| names.lookup(key(name), SchemaVersion::MAX);
    let in_twin = |(name, at): &(&str, SchemaVersion)| {
        let from = (ObjectId::SYS, DATABASE, (*name).to_owned(), SchemaVersion::ZERO);
        let to = (ObjectId::SYS, DATABASE, (*name).to_owned(), *at);
        twin.range(from..=to).next_back().map(|(_, id)| *id)
    };
    let (directory, arena) = (names.bytes() - names.used().bytes(), names.used().bytes());
    let (first, second) = (dependent_read(directory), dependent_read(arena));
    let [directory, arena] = [directory, arena].map(|bytes| bytes / 1_000);
    println!(
        "a dependent read of {directory} kB of directory {first:.0} ns, of {arena} kB of blocks {second:.0} ns"
    );
    println!("one by one, without the clock's own time (p50, p95, p99 in ns)");
    one_by_one("name at a random version", &asked, |(name, at)| names.lookup(key(name), *at));
    one_by_one("name at the newest version", &asked, newest);
    one_by_one("name, ordered map", &asked, in_twin);
    let mut group = c.benchmark_group("look-up");
    group.throughput(Throughput::Elements(1));
    let mut at = 0;
    let mut next = || {
        at = (at + 1) & 0xffff;
        &asked[at]
    };
    group.bench_function("name at a random version", |b| {
        b.iter(|| {
            let (name, at) = next();
            black_box(names.lookup(key(name), *at))
        });
    });
    group.bench_function("name at the newest version", |b| b.iter(|| black_box(newest(next()))));
    group.bench_function("name, ordered map", |b| b.iter(|| black_box(in_twin(next()))));
    group.bench_function("id at a random version", |b| {
        let mut rng = Rng::new(5);
        b.iter(|| black_box(ids.lookup(id(rng.below(TABLES as u64) as i64), SchemaVersion(40 * TABLES))));
    });
    group.finish();
}

fn place(table: i64) -> TablePlace {
    TablePlace { tenant: "sys".into(), database: "d".into(), table: format!("table_{table:07}") }
}

/// A service with so many tables in its history.
fn service(tables: i64) -> SchemaService {
    let mut service = SchemaService::new(NodeConfig::default(), CaseMode::Sensitive, false);
    let ddl = Ddl::CreateDatabase { tenant: "sys".into(), database: "d".into(), id: DATABASE };
    service.execute(SchemaVersion(1), &ddl).expect("first");
    for table in 0..tables {
        let ddl = Ddl::CreateTable {
            at: place(table),
            id: id(table),
            kind: TableKind::Base,
            columns: vec!["a".into()],
            partitions: vec![],
            attrs: vec![],
        };
        service.execute(SchemaVersion(8 * (table + 1)), &ddl).expect("new");
    }
    service.refresh(None);
    service
}

fn refresh(c: &mut Criterion) {
    let tables = TABLES;
    let mut service = service(tables);
    let mut rng = Rng::new(7);
    for turn in 0..1_000 {
        let at = place(rng.below(tables as u64) as i64);
        let ddl = Ddl::AddColumn { at, column: format!("c{turn}") };
        service.execute(SchemaVersion(8 * (tables + 1 + turn)), &ddl).expect("a new column");
    }
    let history = service.history();
    let node = service.node();
    let mut group = c.benchmark_group("1,000,000 tables");
    group.sample_size(10).measurement_time(Duration::from_secs(3));
    group.bench_function("refresh of 1,000 DDLs", |b| {
        b.iter_batched_ref(
            || node.clone(),
            |node| node.refresh(history, SchemaVersion::MAX),
            criterion::BatchSize::PerIteration,
        );
    });
    group.bench_function("swap of maps that are built, 1,000 DDLs replayed", |b| {
        b.iter_batched_ref(
            || {
                let mut node = node.clone();
                node.begin_rebuild(history).expect("none runs");
                node.refresh(history, SchemaVersion::MAX);
                node
            },
            |node| node.end_rebuild(history, SimTime::ZERO).expect("one runs"),
            criterion::BatchSize::PerIteration,
        );
    });
    group.bench_function("rebuild and swap", |b| {
        b.iter_batched_ref(
            || node.clone(),
            |node| {
                node.begin_rebuild(history).expect("none runs");
                node.end_rebuild(history, SimTime::ZERO).expect("one runs");
                node.free_retired(FreeRule::Epochs, SimTime::ZERO)
            },
            criterion::BatchSize::PerIteration,
        );
    });
    group.bench_function("load from all records", |b| {
        b.iter(|| {
            Node::loaded(NodeConfig::default(), Naive::default(), history).names(SchemaKind::Table).len()
        });
    });
    group.finish();
}

criterion_group!(benches, builds, lookups, refresh);
criterion_main!(benches);
