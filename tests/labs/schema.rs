//! The schema lab: each preset shows what it says, checkers fire where they should, seeks, replay.

use tabletop_core::base::{Rng, SimTime};
use tabletop_core::lab::Lab;
use tabletop_core::lab::board::{BoardLab, Value};
use tabletop_core::lab::schema::{Change, Design, SchemaCommand, SchemaEvent, SchemaLab};
use tabletop_core::lab::timeline::Timeline;
use tabletop_core::view::board::{BoardWindow, Cell};
use tabletop_tests::{
    Walk, assert_replays, assert_rows_apart, assert_seeks_as_it_plays, board_run, events, wander,
};

type Run = Timeline<SchemaLab>;

fn run(key: &str) -> Run {
    board_run(key)
}

fn count(run: &Run, is: impl Fn(&SchemaEvent) -> bool) -> usize {
    events(run).iter().filter(|event| is(event)).count()
}

fn fact(run: &Run, key: &str) -> i64 {
    let board = run.lab().view(&BoardWindow::ALL);
    let fact = board.facts.iter().find(|fact| &*fact.key == key).expect("a fact of this key");
    match fact.value {
        Cell::Number(number) => number,
        Cell::Bytes(bytes) => bytes as i64,
        Cell::Time(time) => time.micros() as i64,
        ref other => panic!("{other:?} is no number"),
    }
}

/// A measure of both designs: the service's and the old one's.
fn measure(run: &Run, key: &str) -> (i64, i64) {
    let board = run.lab().view(&BoardWindow::ALL);
    let table = board.tables.iter().find(|table| &*table.key == "measures").expect("it is there");
    let is = |cell: &Cell| matches!(cell, Cell::Word(word, _) if &**word == key);
    let row = table.rows.iter().find(|row| is(&row.cells[0])).expect("a measure of this key");
    let number = |cell: &Cell| match cell {
        Cell::Number(number) => *number,
        Cell::Bytes(bytes) => *bytes as i64,
        Cell::Time(time) => time.micros() as i64,
        other => panic!("{key}: {other:?} is no number"),
    };
    (number(&row.cells[1]), number(&row.cells[2]))
}

/// A command that may or may not make sense now.
pub(crate) fn some_schema_command(rng: &mut Rng, lab: &SchemaLab) -> SchemaCommand {
    let node = 1 + rng.below(3) as u32;
    let number = |value: u64| Value::Number(value as i64);
    let turned = match rng.below(16) {
        14 => lab.turn(
            "design",
            &Value::Choice(["service", "schema-manager", "both"][rng.below(3) as usize].into()),
        ),
        15 => lab.turn("behind", &Value::Choice(["refresh", "wait", "retry"][rng.below(3) as usize].into())),
        0 => lab.turn("nodes", &number(1 + rng.below(3))),
        1 => lab.turn("cache", &number(1_000 + rng.below(20_000))),
        2 => lab.turn("name-versions", &number(1 + rng.below(6))),
        3 => lab.turn("refresh-every", &number(10 + rng.below(2_000))),
        4 => lab.turn("recycle-every", &number(rng.below(4))),
        5 => return SchemaCommand::Refresh { node },
        6 => return SchemaCommand::Rebuild { node },
        7 => return SchemaCommand::Recycle,
        8 => return SchemaCommand::Restart { node },
        9 => {
            let (back, hold_ms) = (rng.below(20) as u32, rng.below(3_000) as u32);
            return SchemaCommand::Compact { node, back, hold_ms };
        }
        10 | 11 => {
            let (table, back) = (rng.below(6) as u32, rng.below(20) as u32);
            return SchemaCommand::Statement { node, table, back, hold_ms: rng.below(3_000) as u32 };
        }
        _ => {
            let change = [
                Change::Create,
                Change::Alter,
                Change::Rename,
                Change::Truncate,
                Change::Drop,
                Change::CreateView,
                Change::CreateIndex,
                Change::DropIndex,
                Change::CreateUser,
                Change::DropUser,
                Change::CreateDatabase,
                Change::DropDatabase,
                Change::CreateTenant,
                Change::DropTenant,
            ][rng.below(14) as usize];
            return SchemaCommand::Ddl { change, table: rng.below(6) as u32 };
        }
    };
    turned.expect("in range")
}

fn wandered(seed: u64) -> Run {
    let mut rng = Rng::new(seed);
    let mut run = run(["empty", "steady"][seed as usize % 2]);
    let walk = Walk { commands: 40, back: 4, pause: SimTime::from_millis(2_000) };
    wander(&mut run, &mut rng, walk, some_schema_command);
    run
}

#[test]
fn invariants_hold_whatever_is_done() {
    let ended: i64 = (0..8).map(|seed| fact(&wandered(seed), "fact-statements")).sum();
    assert!(ended > 100, "{ended} statements are too few to mean anything");
}

/// Healthy presets stay healthy; each fault is caught by the checker that is named for it.
#[test]
fn each_preset_is_what_it_says() {
    for (key, invariant) in [
        ("steady", None),
        ("faster", None),
        ("memory", None),
        ("many-tables", None),
        ("rebuild", None),
        ("too-old", None),
        ("long-compaction", None),
        ("stale-16", None),
        ("hole-filling", Some("contiguous-suffix")),
        ("reader-outlasts-wait", Some("freed-memory")),
        ("lost-ddl", Some("contiguous-suffix")),
        ("lost-pivot", Some("guard-holds-history")),
        ("old-crash", Some("freed-memory")),
        ("service-two-hours", None),
        ("empty", None),
    ] {
        let run = run(key);
        let found = run.violation().map(|(_, violation)| violation.invariant.as_str());
        assert_eq!(found, invariant, "{key}: {:?}", run.violation());
    }
}

#[test]
fn the_old_design_crashes_after_two_hours_and_the_service_does_not() {
    let old = run("old-crash");
    let crashed = old.events_before(old.step()).into_iter().find_map(|(_, at, event)| match event {
        SchemaEvent::Crashed { node, .. } => Some((at, node.design)),
        _ => None,
    });
    let (at, design) = crashed.expect("it crashes");
    assert_eq!(design, Design::SchemaManager);
    assert!((7_200..4 * 3_600).contains(&at.secs()), "after {at}");
    let service = run("service-two-hours");
    assert_eq!((fact(&service, "fact-crashes"), fact(&service, "fact-failed")), (0, 0));
    let compacted = |event: &SchemaEvent| matches!(event, SchemaEvent::Ended { statement: 1, .. });
    assert_eq!(count(&service, compacted), 1, "the same compaction ends");
}

#[test]
fn a_refresh_of_many_tables_ends_in_the_service_only() {
    let run = run("many-tables");
    let by = |design: Design| {
        let ended = |event: &SchemaEvent| matches!(event, SchemaEvent::Refreshed { node, .. } if node.design == design);
        count(&run, ended)
    };
    assert_eq!(by(Design::SchemaManager), 0);
    assert!(by(Design::Service) > 3);
    let (new, old) = measure(&run, "measure-given-up");
    assert!(new == 0 && old > 3, "{new} {old}");
    let (new, old) = measure(&run, "measure-columns");
    assert!(new == 0 && old > 2_500 * 4, "refreshing reads no column history: {new}, {old}");
    assert!(measure(&run, "measure-rows").0 < 100);
}

#[test]
fn statements_take_forty_percent_longer_in_the_old_design() {
    let run = run("faster");
    let (new, old) = measure(&run, "measure-statement");
    assert!(old * 1_000 / new > 1_400, "{new} and {old} us");
    let (new_work, old_work) = measure(&run, "measure-work");
    assert!((new_work - old_work).abs() * 50 < new_work, "the same statements: {new_work}, {old_work}");
    let (new, old) = measure(&run, "measure-locked");
    assert!(new == 0 && old > 0, "{new} {old}");
    let (new, old) = measure(&run, "measure-rows");
    assert!(old > 3 * new && new > 0, "{new} {old}");
}

#[test]
fn memory_is_reclaimed_at_a_threshold_and_not_by_a_timer() {
    let mut run = run("memory");
    let most = measure(&run, "measure-most");
    assert!(fact(&run, "fact-swaps") > 3);
    let (mut new, mut old) = (0, 0);
    for minutes in (30..360).step_by(30) {
        run.seek_time(SimTime::from_secs(minutes * 60));
        let (a, b) = measure(&run, "measure-dead");
        let live = measure(&run, "measure-live");
        new = new.max(a * 1_000 / live.0);
        old = old.max(b * 1_000 / live.1);
    }
    assert!(old > 1_000, "the old design holds more than twice what it needs: {old}");
    assert!(new < 600, "the service does not: {new}");
    assert!(most.0 > 0 && most.1 > 0);
}

#[test]
fn an_overdue_snapshot_is_refused_by_name_and_never_not_found() {
    let run = run("too-old");
    let refused = |event: &SchemaEvent| matches!(event, SchemaEvent::Failed { code: -4138, .. });
    assert!(count(&run, refused) > 3);
    let other = |event: &SchemaEvent| {
        matches!(event, SchemaEvent::Failed { code, .. } if *code != -4138)
            || matches!(event, SchemaEvent::Wrong { .. })
    };
    assert_eq!(count(&run, other), 0);
    assert!(fact(&run, "fact-recycled") > 10);
}

#[test]
fn recycling_stops_at_a_long_compaction() {
    let run = run("long-compaction");
    let (mut open, mut held) = (None, 0);
    for event in events(&run) {
        match event {
            SchemaEvent::Began { statement: 1, at, .. } => open = Some(at),
            SchemaEvent::Ended { statement: 1, .. } => open = None,
            SchemaEvent::Recycled { to, .. } => {
                held += usize::from(open == Some(to));
                assert!(open.is_none_or(|at| to <= at));
            }
            _ => {}
        }
    }
    assert!(held > 0 && open.is_none(), "it held history back and ended");
}

#[test]
fn stale_reads_beyond_sixteen_snapshots_are_served_by_the_lists() {
    let run = run("stale-16");
    let (stale, missed) = (fact(&run, "fact-stale"), fact(&run, "fact-stale-missed"));
    assert!(missed > stale / 3 && missed < stale, "{missed} of {stale}");
    assert_eq!(fact(&run, "fact-failed"), 0);
}

#[test]
fn a_rebuild_gets_rid_of_holes_and_nobody_waits_for_it() {
    let run = run("rebuild");
    let smaller = |event: &SchemaEvent| matches!(event, SchemaEvent::Swapped { bytes_before, bytes, .. } if bytes < bytes_before);
    assert!(count(&run, smaller) > 2);
    assert_eq!(count(&run, smaller), count(&run, |event| matches!(event, SchemaEvent::Swapped { .. })));
    assert_eq!(fact(&run, "fact-failed"), 0);
    assert_eq!(fact(&run, "fact-locked"), 0);
}

#[test]
fn seeking_equals_playing() {
    let mut play = run("rebuild");
    play.advance(SimTime::from_secs(10), u64::MAX);
    assert_seeks_as_it_plays(&play, 12);
}

#[test]
fn a_replayed_run_is_the_same_on_every_branch() {
    for seed in 20..22 {
        assert_replays(&mut wandered(seed));
    }
}

#[test]
fn spans_of_a_row_do_not_overlap() {
    for key in SchemaLab::SCENARIOS {
        assert_rows_apart(&run(key).lab().view(&BoardWindow::ALL));
    }
}
