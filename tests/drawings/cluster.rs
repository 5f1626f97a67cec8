//! The cluster lab's answers: every design over the same loads, queries and faults, as tables.
//!
//! `UPDATE_EXPECT=1 cargo test -p tabletop-tests --test drawings answers` rewrites `cluster.txt`.

use expect_test::{expect, expect_file};
use std::fmt::Write;
use tabletop_core::base::{INFINITE_VERSION, RowsetId, SimTime, VersionRange};
use tabletop_core::cloud::{Family, SyncCause, SyncCursor, SyncRule, calc_sync_versions};
use tabletop_core::lab::Lab;
use tabletop_core::lab::cluster::{
    CAUSES, ClusterCommand, ClusterConfig, ClusterLab, K, Knobs, NoticeFate, Piece, TableSpec, Totals,
    sync_drawing,
};

const S: i64 = 1_000_000;
const MS: i64 = 1_000;
const SEED: u64 = 0x5eed_0001;
const PLAIN: TableSpec = TableSpec { buckets: 6, merge_on_write: false };
const UPSERTS: TableSpec = TableSpec { buckets: 6, merge_on_write: true };

type Script = Vec<(SimTime, ClusterCommand)>;
/// What a design changes.
type Design = fn(Knobs) -> Knobs;

/// A minute of a cluster.
fn play(knobs: &Knobs, table: TableSpec, script: &Script) -> Totals {
    play_for(knobs, table, script, 60)
}

fn play_for(knobs: &Knobs, table: TableSpec, script: &Script, seconds: u64) -> Totals {
    let config = ClusterConfig { knobs: knobs.clone(), tables: vec![table], script: script.clone() };
    let (mut lab, mut events) = (ClusterLab::new(&config, SEED), Vec::new());
    let until = SimTime::from_secs(seconds);
    while lab.next_at().is_some_and(|at| at <= until) {
        lab.step(&mut events);
        events.clear();
        if let Err(violation) = lab.check() {
            panic!("{violation}, {knobs:?}");
        }
    }
    lab.totals().clone()
}

fn ms(us: u64) -> String {
    format!("{}.{}", us / 1_000, us / 100 % 10)
}

fn of(totals: &Totals, cause: SyncCause) -> u64 {
    let at = CAUSES.iter().position(|known| *known == cause).expect("it is counted");
    totals.syncs[at].calls
}

/// A table: names of columns, then rows of a name and cells.
struct Table {
    text: String,
}

impl Table {
    fn new(question: &str, what: &str, columns: &[&str]) -> Self {
        let mut text = format!("{question}\n{what}\n\n{:<34}", "");
        for column in columns {
            let _ = write!(text, "{column:>13}");
        }
        text.push('\n');
        Self { text }
    }

    fn row(&mut self, name: &str, cells: &[String]) {
        let _ = write!(self.text, "{name:<34}");
        for cell in cells {
            let _ = write!(self.text, "{cell:>13}");
        }
        self.text.push('\n');
    }

    fn end(mut self) -> String {
        self.text.push('\n');
        self.text
    }
}

const USUAL: &[&str] = &["get_rowset", "keys read", "kB sent", "p50 ms", "p95 ms", "p99 ms", "wait ‰"];

fn usual(totals: &Totals) -> Vec<String> {
    vec![
        totals.rowset_calls().to_string(),
        totals.kv_all().keys_read.to_string(),
        (totals.bytes_sent / 1_000).to_string(),
        ms(totals.queries.quantile(500)),
        ms(totals.queries.quantile(950)),
        ms(totals.queries.quantile(990)),
        totals.waited_per_mille().to_string(),
    ]
}

fn dashboards() -> Knobs {
    Knobs::default().with(K::LoadEvery, 500 * MS).with(K::QueryEvery, 100 * MS)
}

fn told() -> Knobs {
    dashboards().choose(K::Notify, "pending")
}

fn upserts() -> Knobs {
    dashboards().with(K::LoadEvery, 700 * MS).with(K::QueryEvery, 500 * MS)
}

fn at(second: u64, command: ClusterCommand) -> (SimTime, ClusterCommand) {
    (SimTime::from_secs(second), command)
}

fn queries_wait() -> String {
    let mut table = Table::new(
        "Q1, Q6. What does the first query after a load pay, and what does telling a commit save?",
        "A query every 100 ms; loads as often as said.",
        USUAL,
    );
    table.row("no load at all", &usual(&play(&dashboards().with(K::LoadEvery, 0), PLAIN, &vec![])));
    for every in [2_000, 500, 200] {
        for (name, notify) in [("today", "off"), ("told", "pending")] {
            let knobs = dashboards().with(K::LoadEvery, every * MS).choose(K::Notify, notify);
            table.row(&format!("a load every {every} ms, {name}"), &usual(&play(&knobs, PLAIN, &vec![])));
        }
    }
    table.end()
}

fn restarts() -> String {
    let kill = |backend| ClusterCommand::Kill { backend };
    let start = |backend| ClusterCommand::Start { backend };
    let one = vec![at(20, kill(0)), at(22, start(0))];
    let rolling = (0..3).flat_map(|be| {
        let second = 20 + 8 * u64::from(be);
        [at(second, kill(be)), at(second + 2, start(be))]
    });
    let all = vec![at(20, ClusterCommand::RestartAll)];
    let away = vec![at(20, kill(0)), at(40, start(0))];
    let cases: [(&str, Script); 4] = [
        ("one restarts", one),
        ("rolling", rolling.collect()),
        ("all at once", all),
        ("one away for 20 s", away),
    ];
    let mut table = Table::new(
        "Q2, Q14. What does a restart cost, and which source of views helps?",
        "24 tablets, 500 ms between loads, telling on; keys and rowsets of first uses only.",
        &["first uses", "rowsets sent", "keys read", "from store", "from peer", "p99 ms", "warm ms"],
    );
    for (case, script) in cases {
        for (name, sources) in [
            ("meta-service", "ms"),
            ("own store", "store"),
            ("peer", "peer"),
            ("store, peer", "store-peer"),
            ("peer, store", "peer-store"),
        ] {
            let stores = if sources.contains("store") { "every-change" } else { "off" };
            let knobs = told().choose(K::Sources, sources).choose(K::Store, stores);
            let totals = play(&knobs, TableSpec { buckets: 24, ..PLAIN }, &script);
            let first = &totals.syncs[0];
            let cells = [
                first.calls.to_string(),
                first.rowsets.to_string(),
                first.keys.to_string(),
                totals.from_store.to_string(),
                totals.from_peer.to_string(),
                ms(totals.queries.quantile(990)),
                ms(totals.warm.max()),
            ];
            table.row(&format!("{case}: {name}"), &cells);
        }
    }
    table.end()
}

fn causes() -> String {
    let mut table = Table::new(
        "Q3, Q4. Which causes make the calls, and how many of them bring nothing?",
        "Calls / of those empty, by cause; then keys read by all calls, by kind.",
        &["first use", "query", "load start", "publish", "compaction", "bitmaps", "periodic", "all"],
    );
    let idle = Knobs::default().with(K::SyncIdle, 20 * S);
    let cases = [
        ("dashboards", dashboards(), PLAIN),
        ("dashboards, told", told(), PLAIN),
        ("upserts", upserts(), UPSERTS),
        ("upserts, told", upserts().choose(K::Notify, "pending"), UPSERTS),
        ("idle after 20 s", idle.with(K::LoadEvery, 15 * S), PLAIN),
    ];
    let mut keys = String::new();
    for (name, knobs, spec) in cases {
        let totals = play_for(&knobs, spec, &vec![], 120);
        let mut cells: Vec<String> =
            totals.syncs.iter().map(|count| format!("{}/{}", count.calls, count.empty)).collect();
        let empty: u64 = totals.syncs.iter().map(|count| count.empty).sum();
        cells.push(format!("{}/{empty}", totals.rowset_calls()));
        table.row(name, &cells);
        let _ = write!(keys, "{name:<34}");
        for (used, family) in totals.kv.iter().zip(Family::ALL).filter(|(used, _)| used.keys_read > 0) {
            let _ = write!(keys, "  {} {}", family.name(), used.keys_read);
        }
        keys.push('\n');
    }
    table.end() + &keys + "\n"
}

fn notifying() -> String {
    let mut table = Table::new(
        "Q8, Q9, Q12. Who tells, with how many threads, and what goes along?",
        "A load every 60 ms; notices are on the way 5 ms.",
        &["load p50 ms", "notice p95", "applied", "waited", "wasted", "messages", "kB sent", "get_rowset"],
    );
    let fast = told().with(K::LoadEvery, 60 * MS).with(K::Latency, 5 * MS).with(K::QueryEvery, 300 * MS);
    let mut row = |name: &str, knobs: Knobs| {
        let totals = play_for(&knobs, PLAIN, &vec![], 30);
        let cells = [
            ms(totals.loads.quantile(500)),
            ms(totals.notice_lag.quantile(950)),
            totals.notices_of(NoticeFate::Applied).to_string(),
            totals.notices_of(NoticeFate::Waits).to_string(),
            totals.wasted().to_string(),
            totals.messages.to_string(),
            (totals.bytes_sent / 1_000).to_string(),
            totals.rowset_calls().to_string(),
        ];
        table.row(name, &cells);
    };
    row("nobody is told", fast.clone().choose(K::Notify, "off"));
    for threads in [1, 4, 16] {
        row(&format!("frontend, {threads} threads"), fast.clone().with(K::NotifyThreads, threads));
    }
    row("backend, through the frontend", fast.clone().choose(K::CommitBy, "forward"));
    row("backend, to all", fast.clone().choose(K::CommitBy, "broadcast"));
    row("frontend, whole metas to all", fast.clone().with(K::NoticeMeta, 1));
    table.end()
}

fn disorder() -> String {
    let mut table = Table::new(
        "Q7, Q10. Out of order and lost: what is wasted, what is remembered?",
        "A load every 200 ms, a query every 2 s; late notices come 500 ms later.",
        &["applied", "waited", "obsolete", "disorder", "lost", "get_rowset", "remembered B", "p95 ms"],
    );
    for (late, loss) in [(0, 0), (50, 0), (200, 0), (0, 50), (0, 200), (100, 100)] {
        for order in ["only-next", "extend", "pending"] {
            let knobs = told()
                .choose(K::Notify, order)
                .with(K::LoadEvery, 200 * MS)
                .with(K::QueryEvery, 2 * S)
                .with(K::LateBy, S / 2)
                .with(K::NoticeLate, late)
                .with(K::NoticeLoss, loss);
            let totals = play(&knobs, PLAIN, &vec![]);
            let fate = |fate| totals.notices_of(fate).to_string();
            let cells = [
                fate(NoticeFate::Applied),
                fate(NoticeFate::Waits),
                fate(NoticeFate::Obsolete),
                fate(NoticeFate::OutOfOrder),
                fate(NoticeFate::Lost),
                totals.rowset_calls().to_string(),
                totals.pending_bytes.to_string(),
                ms(totals.queries.quantile(950)),
            ];
            table.row(&format!("{late} ‰ late, {loss} ‰ lost, {order}"), &cells);
        }
    }
    table.end()
}

fn persisting() -> String {
    let mut table = Table::new(
        "Q13. Stored at every change, or every so often?",
        "12 tablets; all backends restart after 30 s.",
        &["keys stored", "kB stored", "store reads", "rowsets sent", "first use", "warm ms", "p99 ms"],
    );
    let script = vec![at(30, ClusterCommand::RestartAll)];
    let mut row = |name: &str, knobs: Knobs| {
        let totals = play(&knobs, TableSpec { buckets: 12, ..PLAIN }, &script);
        let cells = [
            totals.store.keys_written.to_string(),
            (totals.store.bytes_written / 1_000).to_string(),
            totals.store.keys_read.to_string(),
            totals.syncs.iter().map(|count| count.rowsets).sum::<u64>().to_string(),
            of(&totals, SyncCause::FirstAccess).to_string(),
            ms(totals.warm.max()),
            ms(totals.queries.quantile(990)),
        ];
        table.row(name, &cells);
    };
    row("not at all", dashboards());
    let stored = dashboards().choose(K::Sources, "store");
    row("every change", stored.clone().choose(K::Store, "every-change"));
    for seconds in [1, 5, 20] {
        let knobs = stored.clone().choose(K::Store, "periodically").with(K::StorePeriod, seconds * S);
        row(&format!("every {seconds} s"), knobs);
    }
    row("every 5 s, kept for 3 s", {
        let knobs = stored.choose(K::Store, "periodically").with(K::StorePeriod, 5 * S);
        knobs.with(K::StoreTtl, 3 * S)
    });
    table.end()
}

fn moving() -> String {
    let mut table = Table::new(
        "Q5, Q16, Q17. Tablets that move: when does leaving out the sync at load start turn?",
        "Merge-on-write, told; 6 tablets, loads of 4 segments every 200 ms, a query every 2 s; a tablet moves as often as said.",
        &[
            "get_rowset",
            "load starts",
            "publishes",
            "look-ups",
            "lock p95 ms",
            "lock wait ms",
            "load p95 ms",
            "failed",
        ],
    );
    for every in [0, 10_000, 3_000, 1_000, 300, 100] {
        for (name, sync, sources) in [("sync", 1, "ms"), ("no sync", 0, "ms"), ("no sync, peer", 0, "peer")] {
            let knobs = upserts()
                .choose(K::Notify, "pending")
                .choose(K::Sources, sources)
                .with(K::LoadEvery, 200 * MS)
                .with(K::QueryEvery, 2 * S)
                .with(K::LoadSegments, 4)
                .with(K::LoadSync, sync)
                .with(K::MoveEvery, every * MS);
            let totals = play(&knobs, UPSERTS, &vec![]);
            let cells = [
                totals.rowset_calls().to_string(),
                of(&totals, SyncCause::LoadStart).to_string(),
                of(&totals, SyncCause::Publish).to_string(),
                totals.lookups.to_string(),
                ms(totals.lock.quantile(950)),
                ms(totals.lock_wait.sum()),
                ms(totals.loads.quantile(950)),
                totals.loads_failed.to_string(),
            ];
            let when = if every == 0 { "never".to_owned() } else { format!("every {every} ms") };
            table.row(&format!("moves {when}, {name}"), &cells);
        }
    }
    table.end()
}

fn together() -> String {
    let designs: [(&str, Design); 6] = [
        ("today", |knobs| knobs),
        ("told", |knobs| knobs.choose(K::Notify, "pending")),
        ("told, whole metas", |knobs| knobs.choose(K::Notify, "pending").with(K::NoticeMeta, 1)),
        ("told, no sync at start", |knobs| knobs.choose(K::Notify, "pending").with(K::LoadSync, 0)),
        ("store", |knobs| knobs.choose(K::Store, "every-change").choose(K::Sources, "peer-store")),
        ("told, store, no sync at start", |knobs| {
            let knobs = knobs.choose(K::Notify, "pending").with(K::LoadSync, 0);
            knobs.choose(K::Store, "every-change").choose(K::Sources, "peer-store")
        }),
    ];
    let rolling: Script = (0..3)
        .flat_map(|backend| {
            let second = 15 + 12 * u64::from(backend);
            [at(second, ClusterCommand::Kill { backend }), at(second + 3, ClusterCommand::Start { backend })]
        })
        .collect();
    let nightly = Knobs::default().with(K::LoadEvery, 20 * S).with(K::QueryEvery, 300 * MS);
    let nightly = nightly.with(K::LoadBytes, 200_000_000).with(K::LoadSegments, 4).with(K::Write, 5 * S);
    let days: [(&str, Knobs, TableSpec, Script); 4] = [
        ("dashboards", dashboards(), PLAIN, vec![]),
        ("nightly", nightly, PLAIN, vec![]),
        ("upserts", upserts(), UPSERTS, vec![]),
        ("rolling upgrade", dashboards(), PLAIN, rolling),
    ];
    let mut columns = USUAL.to_vec();
    columns.extend(["lock ms", "look-ups", "wasted", "stored"]);
    let what = "All designs over the same loads, queries and restarts of four days.";
    let mut table = Table::new("Q18. Which combination for which day?", what, &columns);
    for (day, knobs, spec, script) in days {
        let mut work = None;
        for (name, design) in designs {
            let totals = play(&design(knobs.clone()), spec, &script);
            let mut cells = usual(&totals);
            cells.extend([
                ms(totals.lock.sum()),
                totals.lookups.to_string(),
                totals.wasted().to_string(),
                totals.store.keys_written.to_string(),
            ]);
            table.row(&format!("{day}: {name}"), &cells);
            // What is asked of every design is the same, up to what is under way at the end.
            let asked = totals.queries.count() + totals.queries_failed;
            let first = *work.get_or_insert(asked);
            assert!(
                asked.abs_diff(first) <= 3,
                "{day}, {name}: {asked} queries, {first} in the first design"
            );
        }
    }
    table.end()
}

#[test]
fn answers() {
    let mut text = format!(
        "Generated: one minute of virtual time a row, seed {SEED:#x}, three backends, costs as the knobs' defaults\n\
         (2 ms a call of the meta-service, 0.5 ms a message with a long tail, 5 ms a scan of a tablet).\n\n"
    );
    for part in
        [queries_wait(), restarts(), causes(), notifying(), disorder(), persisting(), moving(), together()]
    {
        text += &part;
    }
    expect_file![format!("{}/drawings/cluster.txt", env!("CARGO_MANIFEST_DIR"))].assert_eq(&text);
}

/// `0-1 2-3 4`: rowsets by their ranges; the range is the name, so that equal ones are the same rowset.
fn pieces(text: &str) -> Vec<Piece> {
    text.split_whitespace()
        .map(|part| {
            let (start, end) = part.split_once('-').unwrap_or((part, part));
            let (start, end): (i64, i64) =
                (start.parse().expect("a version"), end.parse().expect("a version"));
            (RowsetId((start * 1_000 + end) as u64), VersionRange::new(start, end))
        })
        .collect()
}

fn sync(be: &str, be_at: SyncCursor, ms: &str, ms_at: SyncCursor, ask: i64, rule: SyncRule) -> String {
    let asked = VersionRange::new(ask, INFINITE_VERSION);
    let ranges = calc_sync_versions(&be_at, &ms_at, asked, rule);
    let [be, ms, sync] = sync_drawing(&pieces(be), &pieces(ms), &ranges);
    format!("be    {be}\nms    {ms}\nsync  {sync}\n")
}

#[test]
fn a_missed_compaction_that_moved_the_point_is_sent_alone() {
    let at = |cumulative, point| SyncCursor { base: 0, cumulative, full: 0, point };
    let text = sync("0-1 2 3 4 5 6 7", at(1, 2), "0-1 2-5 6 7 8 9", at(2, 6), 8, SyncRule::Newest);
    expect![[r#"
        be    [=][=][=][=][=][=][=]
        ms    [=][xxxxxxxxxx][=][=][x][x]
        sync     ^__________^      ^~~~~~~
    "#]]
    .assert_eq(&text);
}

#[test]
fn the_older_rule_leaves_a_merge_out() {
    let be = SyncCursor { base: 0, cumulative: 0, full: 0, point: 2 };
    let ms = SyncCursor { base: 1, cumulative: 1, full: 1, point: 5 };
    let draw = |rule| sync("0-1 2 3 4 5 6 7", be, "0-1 2-4 5-7 8", ms, 8, rule);
    expect![[r#"
        be    [=][=][=][=][=][=][=]
        ms    [=][xxxxxxx][xxxxxxx][x]
        sync  ^__________^         ^~~~
    "#]]
    .assert_eq(&draw(SyncRule::WithoutFull));
    expect![[r#"
        be    [=][=][=][=][=][=][=]
        ms    [=][xxxxxxx][xxxxxxx][x]
        sync  ^~~~~~~~~~~~~~~~~~~~~~~~~
    "#]]
    .assert_eq(&draw(SyncRule::Newest));
}
