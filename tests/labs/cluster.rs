//! The cluster lab: what each design saves, what faults do, what the older rule loses; seeks, replay.

use tabletop_core::base::{Rng, SimTime};
use tabletop_core::cloud::JobKind;
use tabletop_core::lab::Lab;
use tabletop_core::lab::board::{BoardLab, Value};
use tabletop_core::lab::cluster::{
    ClusterCommand, ClusterConfig, ClusterEvent, ClusterLab, K, Knobs, NoticeFate, TableSpec, Totals,
};
use tabletop_core::lab::timeline::Timeline;
use tabletop_core::sim::Histogram;
use tabletop_core::view::board::{Arrow, BoardWindow, Span};
use tabletop_tests::{Walk, assert_replays, assert_rows_apart, assert_seeks_as_it_plays, board_run, wander};

pub(crate) type Run = Timeline<ClusterLab>;

pub(crate) const S: i64 = 1_000_000;

pub(crate) fn run(key: &str) -> Run {
    board_run(key)
}

pub(crate) fn totals(run: &Run) -> &Totals {
    run.lab().totals()
}

pub(crate) fn broken(run: &Run) -> Option<&str> {
    run.violation().map(|(_, violation)| violation.invariant.as_str())
}

pub(crate) fn started(knobs: Knobs, table: TableSpec, seed: u64) -> Run {
    let config = ClusterConfig { knobs, tables: vec![table], script: Vec::new() };
    let mut run = Run::new(config, seed);
    run.set_checkers(true);
    run
}

/// A command that may or may not make sense now.
pub(crate) fn some_cluster_command(rng: &mut Rng, lab: &ClusterLab) -> ClusterCommand {
    let (table, backend) = (rng.below(3) as u32, rng.below(4) as u32);
    let tablet = rng.below(lab.tablets() as u64 + 1) as u32;
    let pick =
        |rng: &mut Rng, keys: &[&str]| Value::Choice(keys[rng.below(keys.len() as u64) as usize].into());
    let turned = match rng.below(28) {
        0 => lab.turn("notify", &pick(rng, &["off", "only-next", "extend", "pending"])),
        1 => lab.turn("commit-by", &pick(rng, &["frontend", "forward", "broadcast"])),
        2 => lab.turn("store", &pick(rng, &["off", "every-change", "periodically"])),
        3 => lab.turn("sources", &pick(rng, &["ms", "store", "peer", "store-peer", "peer-store"])),
        4 => lab.turn("load-sync", &Value::Switch(rng.below(2) == 0)),
        5 => lab.turn("notice-meta", &Value::Switch(rng.below(2) == 0)),
        6 => lab.turn("notice-late", &Value::Number(rng.below(500) as i64)),
        7 => lab.turn("load-every", &Value::Number((rng.below(3) * 300_000) as i64)),
        8 => lab.turn("backends", &Value::Number(2 + rng.below(3) as i64)),
        9 => return ClusterCommand::Kill { backend },
        10 => return ClusterCommand::Start { backend },
        11 => return ClusterCommand::Cut { backend, on: rng.below(3) == 0 },
        12 => return ClusterCommand::RestartAll,
        13 | 14 => return ClusterCommand::Move { tablet, backend },
        15 => {
            let kind = [JobKind::Cumulative, JobKind::Base, JobKind::Full][rng.below(3) as usize];
            return ClusterCommand::Compact { tablet, kind };
        }
        16 => {
            let spec = TableSpec { buckets: 1 + rng.below(3) as u32, merge_on_write: rng.below(2) == 0 };
            return ClusterCommand::Create(spec);
        }
        17 | 18 => return ClusterCommand::Query { table },
        24 => lab.turn("column-share", &Value::Number(rng.below(1_000) as i64)),
        25 => lab.turn("column-notice", &pick(rng, &["published", "refuse", "complete"])),
        26 => lab.turn("lazy-commit", &Value::Switch(rng.below(2) == 0)),
        27 => lab.turn("convert-after", &Value::Number(rng.below(300_000) as i64)),
        22 => return ClusterCommand::Delete { table },
        23 => lab.turn("own-merges", &pick(rng, &["by-counts", "next-count"])),
        _ => return ClusterCommand::Load { table },
    };
    turned.expect("in range")
}

fn wandered(seed: u64) -> Run {
    let mut rng = Rng::new(seed);
    let mut run = run("empty");
    let command = run.lab().turn("query-every", &Value::Number(400_000)).expect("a knob");
    run.act(command).expect("always possible");
    for merge_on_write in [false, true] {
        let spec = TableSpec { buckets: 2, merge_on_write };
        run.act(ClusterCommand::Create(spec)).expect("a table");
    }
    let walk = Walk { commands: 40, back: 5, pause: SimTime::from_millis(1_500) };
    wander(&mut run, &mut rng, walk, some_cluster_command);
    run
}

#[test]
fn scenarios_hold_their_invariants() {
    for key in ClusterLab::SCENARIOS {
        let run = run(key);
        let expected = match *key {
            "incident-55630" | "earlier-ignored" | "empty-hides" | "below-the-point" => Some("nothing-lost"),
            "point-back" => Some("never-ahead"),
            _ => None,
        };
        assert_eq!(broken(&run), expected, "{key}: {:?}", run.violation());
    }
}

#[test]
fn invariants_hold_whatever_is_done() {
    let (mut loads, mut queries) = (0, 0);
    for seed in 0..32 {
        let run = wandered(seed);
        loads += totals(&run).loads.count();
        queries += totals(&run).queries.count();
    }
    assert!(loads > 100 && queries > 30, "{loads} loads and {queries} queries are too few to mean anything");
}

/// Without faults every load and query ends, and ends well, whatever the design.
#[test]
fn everything_ends() {
    for (at, merge_on_write) in [false, true, false, true].into_iter().enumerate() {
        let knobs = Knobs::default()
            .with(K::LoadEvery, S / 2)
            .with(K::QueryEvery, S / 4)
            .with(K::Notify, at as i64)
            .with(K::CommitBy, at as i64 % 3)
            .with(K::Store, at as i64 % 3)
            .with(K::Loss, 20);
        let mut run = started(knobs, TableSpec { buckets: 3, merge_on_write }, 9);
        run.advance(SimTime::from_secs(15), u64::MAX);
        for key in ["load-every", "query-every", "compact-every"] {
            let command = run.lab().turn(key, &Value::Number(0)).expect("a knob");
            run.act(command).expect("always possible");
        }
        run.advance(SimTime::from_secs(60), u64::MAX);
        assert!(run.lab().is_quiet(), "design {at} hangs");
        let totals = totals(&run);
        assert_eq!((totals.loads_failed, totals.queries_failed, broken(&run)), (0, 0, None), "design {at}");
        assert!(totals.loads.count() > 20 && totals.queries.count() > 40);
    }
}

#[test]
fn telling_a_commit_saves_nearly_every_call_of_queries() {
    let (base, told) = (run("baseline"), run("notify"));
    let (base, told) = (totals(&base), totals(&told));
    assert_eq!((base.loads.count(), base.queries.count()), (told.loads.count(), told.queries.count()));
    assert!(told.rowset_calls() * 4 < base.rowset_calls(), "{told:?}");
    assert!(told.queries.quantile(950) < base.queries.quantile(950));
    assert!(told.waited_us * 4 < base.waited_us);
}

#[test]
fn only_the_next_version_wastes_what_waiting_keeps() {
    let wasted = |order: &str| {
        let knobs = Knobs::default()
            .with(K::LoadEvery, S / 5)
            .with(K::QueryEvery, S)
            .with(K::NoticeLate, 200)
            .choose(K::Notify, order);
        let mut run = started(knobs, TableSpec { buckets: 2, merge_on_write: false }, 4);
        run.advance(SimTime::from_secs(20), u64::MAX);
        assert_eq!(broken(&run), None);
        let totals = totals(&run);
        (totals.notices_of(NoticeFate::OutOfOrder), totals.notices_of(NoticeFate::Waits))
    };
    let (next, pending) = (wasted("only-next"), wasted("pending"));
    assert!(next.0 > 20 && next.1 == 0, "{next:?}");
    assert!(pending.0 == 0 && pending.1 > 20, "{pending:?}");
}

#[test]
fn an_own_store_spares_the_meta_service_when_all_restart() {
    let rowset_keys = |key: &str| {
        let run = run(key);
        assert!(totals(&run).warm.count() > 0, "{key}: some backend got warm again");
        (totals(&run).syncs[0].rowsets, totals(&run).from_store)
    };
    let (cold, stored) = (rowset_keys("restart-all"), rowset_keys("restart-all-store"));
    assert!(stored.1 >= 12 && cold.1 == 0, "{cold:?} {stored:?}");
    assert!(stored.0 < cold.0, "{cold:?} {stored:?}");
}

#[test]
fn a_peer_gives_its_view_of_a_moved_tablet() {
    let (cold, warm) = (run("rebalance"), run("rebalance-peer"));
    assert_eq!(totals(&cold).from_peer, 0);
    assert!(totals(&warm).from_peer > 3);
    assert!(totals(&warm).syncs[0].rowsets < totals(&cold).syncs[0].rowsets);
}

#[test]
fn without_the_sync_moving_tablets_make_publish_dear() {
    let (home, moving) = (run("mow-no-sync"), run("mow-moving"));
    let (home, moving) = (totals(&home), totals(&moving));
    assert!(moving.lookups > 3 * home.lookups.max(1), "{} {}", home.lookups, moving.lookups);
    assert!(moving.lock.quantile(950) > home.lock.quantile(950));
}

/// Loads, moves, queries and slow compactions at random: the older rule loses a rowset for good.
#[test]
fn random_faults_find_what_the_older_rule_loses() {
    let loses = |rule: &str, seed: u64| {
        let knobs = Knobs::default()
            .choose(K::SyncRule, rule)
            .with(K::LoadEvery, S)
            .with(K::QueryEvery, S / 5)
            .with(K::MoveEvery, S)
            .with(K::Write, 10_000)
            .with(K::MergeSpeed, 3_000_000)
            .with(K::MinScore, 2)
            .with(K::CompactEvery, S / 3);
        let mut run = started(knobs, TableSpec { buckets: 1, merge_on_write: false }, seed);
        let mut rng = Rng::new(seed);
        for _ in 0..12 {
            run.advance(SimTime::from_secs(4), u64::MAX);
            if rng.below(2) == 0 {
                // Refused where a compaction runs already.
                let _ = run.act(ClusterCommand::Compact { tablet: 0, kind: JobKind::Full });
            }
            if let Some(name) = broken(&run) {
                assert_eq!(name, "nothing-lost");
                return true;
            }
        }
        false
    };
    let found = (0..120).find(|seed| loses("without-full", *seed));
    let seed = found.expect("apache/doris#55630 shows within 120 seeds");
    assert_eq!((0..=seed).find(|seed| loses("newest", *seed)), None);
}

/// Each built-in mistake turns its invariant red, and only where it is made.
#[test]
fn each_checker_fires() {
    for (mistake, invariant) in [
        ("early-notice", "never-ahead"),
        ("read-behind", "reads-are-right"),
        ("forget-rowset", "nothing-lost"),
        ("short-write", "no-load-lost"),
        ("older-meta", "same-metas"),
        ("forget-marks", "same-marks"),
    ] {
        for on in [false, true] {
            let mistake = if on { mistake } else { "none" };
            let merge_on_write = ["same-metas", "same-marks"].contains(&invariant);
            let told = merge_on_write || invariant == "never-ahead";
            let knobs = Knobs::default()
                .with(K::LoadEvery, S / 5)
                .with(K::QueryEvery, S / 2)
                .with(K::ColumnShare, 500)
                // With upserts loads overlap, and are published while their predecessors are merged.
                .with(K::Write, if merge_on_write { S / 2 } else { S / 20 })
                .with(K::MergeSpeed, 10_000_000)
                .choose(K::Notify, if told { "pending" } else { "off" })
                .choose(K::Mistake, mistake);
            let mut run = started(knobs, TableSpec { buckets: 1, merge_on_write }, 2);
            run.advance(SimTime::from_secs(10), u64::MAX);
            assert_eq!(broken(&run), on.then_some(invariant), "{mistake}");
        }
    }
}

#[test]
fn the_incident_names_the_rowset_that_is_lost() {
    let run = run("incident-55630");
    let (_, violation) = run.violation().expect("it shows");
    assert!(violation.text.contains("it lacks [8-13]"), "{violation}");
    let mut fixed = Run::new(run.config().clone(), run.seed());
    fixed.set_checkers(true);
    let command = fixed.lab().turn("sync-rule", &Value::Choice("newest".into())).expect("a knob");
    fixed.act(command).expect("always possible");
    fixed.advance(SimTime::from_secs(60), u64::MAX);
    assert_eq!((fixed.violation(), totals(&fixed).queries_failed), (None, 0));
}

#[test]
fn a_secondary_serves_while_the_primary_is_away() {
    let run = run("short-outage");
    let moved = run
        .events_before(run.step())
        .into_iter()
        .any(|(_, _, event)| matches!(event, ClusterEvent::Moved { from: 0, .. }));
    assert!(moved && totals(&run).from_peer > 0 && totals(&run).queries_failed == 0);
    let run = self::run("long-outage");
    let back = run.lab().knob("rehash");
    assert_eq!(back, Some(Value::Number(3_600 * S)));
    assert_eq!(totals(&run).queries_failed, 0);
}

#[test]
fn seeking_equals_playing() {
    let play = run("faults");
    assert_seeks_as_it_plays(&play, 8);
}

#[test]
fn a_replayed_run_is_the_same_on_every_branch() {
    for seed in 40..42 {
        assert_replays(&mut wandered(seed));
    }
}

#[test]
fn a_window_holds_only_what_it_shows() {
    let run = run("baseline");
    let whole = run.lab().view(&BoardWindow::ALL);
    let (from, until) = (SimTime::from_secs(25), SimTime::from_secs(26));
    let part = run.lab().view(&BoardWindow { from, until, ..BoardWindow::ALL });
    assert!(part.arrows.len() * 3 < whole.arrows.len() && !part.arrows.is_empty());
    assert!(part.spans.iter().all(|span| span.from <= until && span.until.is_none_or(|end| end >= from)));
    assert!(part.arrows.iter().all(|arrow| arrow.from_at <= until));
    assert_rows_apart(&whole);
    for strip in &whole.strips {
        for layer in &strip.layers {
            let ends = layer.segments.windows(2).all(|pair| pair[0].until <= pair[1].from);
            assert!(ends, "{layer:?}");
        }
    }
}

#[test]
fn what_finds_no_row_in_a_lane_is_joined_and_counted() {
    let knobs = Knobs::default().with(K::LoadEvery, S / 50).with(K::QueryEvery, S / 50);
    let mut run = started(knobs, TableSpec { buckets: 3, merge_on_write: true }, 7);
    run.advance(SimTime::from_secs(1), 20_000);
    let whole = run.lab().view(&BoardWindow::ALL);
    let few = BoardWindow { lane_rows: 1, ..BoardWindow::ALL };
    let crowded = run.lab().view(&few);
    assert_rows_apart(&crowded);
    let counted: u32 = crowded.spans.iter().map(|span| span.count).sum();
    assert_eq!(counted as usize, whole.spans.len());
    assert!(crowded.spans.iter().any(|span| span.count > 5));
    for span in crowded.spans.iter().filter(|span| span.row < 3) {
        assert!(whole.spans.contains(span), "{span:?}");
    }
    let covers = |joined: &Span, span: &Span| {
        let ends = |span: &Span| span.until.unwrap_or(SimTime::MAX);
        let is_like = (joined.lane, &joined.kind) == (span.lane, &span.kind);
        is_like && joined.from <= span.from && ends(joined) >= ends(span)
    };
    for span in &whole.spans {
        assert!(crowded.spans.iter().any(|joined| covers(joined, span)), "{span:?}");
    }
    // The client's lane is opened.
    let opened = run.lab().view(&BoardWindow { selected: whole.lanes[0].item, ..few });
    let of_client = |spans: &[Span]| -> Vec<Span> {
        spans.iter().filter(|span| span.lane == whole.lanes[0].id).cloned().collect()
    };
    assert_eq!(of_client(&opened.spans), of_client(&whole.spans));
}

#[test]
fn of_many_messages_some_are_drawn_and_the_rest_is_counted() {
    let run = run("faults");
    let whole = run.lab().view(&BoardWindow::ALL);
    assert_eq!(whole.arrows_left_out, 0);
    let mut before = whole.arrows.clone();
    for arrows in [1_000, 300, 40] {
        let some = run.lab().view(&BoardWindow { arrows, ..BoardWindow::ALL });
        assert_eq!(some.arrows.len() as u64 + some.arrows_left_out, whole.arrows.len() as u64);
        // Fewer are some of the more; those that were lost are all there.
        assert!(some.arrows.len() < before.len() && some.arrows.iter().all(|arrow| before.contains(arrow)));
        let lost = |arrows: &[Arrow]| arrows.iter().filter(|arrow| arrow.lost).count();
        assert_eq!(lost(&some.arrows), lost(&whole.arrows));
        before = some.arrows;
    }
    let selected = whole.arrows.iter().find(|arrow| !before.contains(arrow)).unwrap().id;
    let shown = run.lab().view(&BoardWindow { arrows: 40, selected, ..BoardWindow::ALL });
    assert!(shown.arrows.iter().any(|arrow| arrow.id == selected));
}

#[test]
fn a_lazy_commit_is_cheap_and_who_reads_first_pays() {
    let play = |lazy: i64, merge_on_write: bool, query_every: i64, convert_after: i64| {
        let knobs = Knobs::default()
            .with(K::LoadEvery, S / 2)
            .with(K::QueryEvery, query_every)
            .with(K::MsKey, S / 1_000)
            .with(K::LazyCommit, lazy)
            .with(K::ConvertAfter, convert_after);
        let mut run = started(knobs, TableSpec { buckets: 8, merge_on_write }, 3);
        run.advance(SimTime::from_secs(30), u64::MAX);
        assert_eq!(broken(&run), None);
        run
    };
    for merge_on_write in [false, true] {
        let [at_once, lazy] = [0, 1].map(|lazy| play(lazy, merge_on_write, S / 20, S));
        assert_eq!(totals(&at_once).converted(), (0, 0));
        let (_, pushed) = totals(&lazy).converted();
        assert!(pushed > 40, "{pushed}");
        let p50 = |of: fn(&Totals) -> &Histogram, run: &Run| of(totals(run)).quantile(500);
        assert!(p50(|totals| &totals.loads, &lazy) < p50(|totals| &totals.loads, &at_once));
        let p99 = |run: &Run| totals(run).queries.quantile(990);
        assert!(p99(&lazy) > p99(&at_once), "{} {}", p99(&lazy), p99(&at_once));
        if merge_on_write {
            assert!(p50(|totals| &totals.lock, &lazy) < p50(|totals| &totals.lock, &at_once));
        }
    }
    // With nobody who reads, it is converted when its time has come.
    let alone = play(1, false, 0, S / 100);
    let (itself, pushed) = totals(&alone).converted();
    assert!(itself > 40 && pushed < 5, "{itself} {pushed}");
}

#[test]
fn a_lazy_commit_is_told_to_nobody() {
    let knobs = Knobs::default().with(K::LoadEvery, S / 2).choose(K::Notify, "pending");
    let told = |lazy: i64| {
        let mut run = started(
            knobs.clone().with(K::LazyCommit, lazy),
            TableSpec { buckets: 2, merge_on_write: false },
            5,
        );
        run.advance(SimTime::from_secs(10), u64::MAX);
        totals(&run).notices_of(NoticeFate::Applied)
    };
    assert!(told(0) > 10);
    assert_eq!(told(1), 0);
}

#[test]
fn lazy_commits_under_faults_lose_nothing() {
    for seed in 0..12 {
        let knobs = Knobs::default()
            .with(K::LoadEvery, S / 4)
            .with(K::QueryEvery, S / 4)
            .with(K::LazyCommit, 1)
            .with(K::ConvertAfter, S / 2)
            .with(K::FaultEvery, 2 * S)
            .with(K::CompactEvery, 2 * S)
            .with(K::Loss, 20);
        let mut run = started(knobs, TableSpec { buckets: 3, merge_on_write: seed % 2 == 0 }, seed);
        run.advance(SimTime::from_secs(40), u64::MAX);
        assert_eq!(broken(&run), None, "{seed}");
        let (itself, pushed) = totals(&run).converted();
        assert!(itself + pushed > 20, "{seed}: {itself} {pushed}");
    }
}
