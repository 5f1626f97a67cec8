//! The load lab: the seed's figure, back-pressure, failures, faults, seeks, replay.

use tabletop_core::base::{Rng, SimTime};
use tabletop_core::lab::Lab;
use tabletop_core::lab::board::{BoardLab, Value};
use tabletop_core::lab::load::{Design, LoadCommand, LoadEvent, LoadLab, LoadSpec, Wait, Why};
use tabletop_core::lab::timeline::Timeline;
use tabletop_core::load::FlushError;
use tabletop_core::view::board::{BoardWindow, Cell, Key, Page};
use tabletop_tests::{
    Walk, assert_replays, assert_rows_apart, assert_seeks_as_it_plays, board_run, events, wander,
};

type Run = Timeline<LoadLab>;

const MB: u64 = 1_000_000;

fn run(key: &str) -> Run {
    board_run(key)
}

fn spec(megabytes: u64, tablets: u32, design: Design) -> LoadSpec {
    LoadSpec { bytes: megabytes * MB, rows: megabytes * 10_000, tablets, design }
}

fn turn(run: &mut Run, knob: &str, value: Value) {
    let command = run.lab().turn(knob, &value).expect("it fits");
    run.act(command).expect("a knob");
}

/// A command that may or may not make sense now.
pub(crate) fn some_load_command(rng: &mut Rng, lab: &LoadLab) -> LoadCommand {
    let number = |value: u64| Value::Number(value as i64);
    let turned = match rng.below(14) {
        0 => lab.turn("threads", &number(1 + rng.below(4))),
        1 => lab.turn("memory", &number((32 << 20) + rng.below(1 << 30))),
        2 => lab.turn("disk-speed", &number((10 + rng.below(300)) * MB)),
        3 => lab.turn("directories", &number(1 + rng.below(4))),
        4 => lab.turn("senders", &number(1 + rng.below(3))),
        5 => lab.turn("every", &number([0, 3_000][rng.below(2) as usize])),
        6 => return LoadCommand::Fail { store: rng.below(4) as u32, after: rng.below(30) as u32 },
        7 => return LoadCommand::Cancel { load: rng.below(30) },
        8 => return LoadCommand::Read { limit: 1 + rng.below(1_000) },
        _ => {
            let design = [Design::Alternating, Design::Overlapped][rng.below(2) as usize];
            return LoadCommand::Load(spec(1 + rng.below(1_500), 1 + rng.below(40) as u32, design));
        }
    };
    turned.expect("in range")
}

fn wandered(seed: u64) -> Run {
    let mut rng = Rng::new(seed);
    let mut run = run("empty");
    let walk = Walk { commands: 30, back: 4, pause: SimTime::from_millis(9_000) };
    wander(&mut run, &mut rng, walk, some_load_command);
    run
}

#[test]
fn one_gigabyte_takes_48_s_in_one_thread_and_29_s_in_two() {
    let run = run("seed-figure");
    let took = |event| match event {
        LoadEvent::Committed { took, .. } => Some((took.micros() + 500) / 1_000),
        _ => None,
    };
    let times: Vec<u64> = events(&run).into_iter().filter_map(took).collect();
    assert_eq!(times, [48_000, 29_000]);
    assert_eq!(run.violation(), None);
}

#[test]
fn invariants_hold_whatever_is_done() {
    let committed: u64 = (0..10).map(|seed| metric(&wandered(seed), "loads-committed")).sum();
    assert!(committed > 12, "{committed} loads are too few to mean anything");
}

fn metric(run: &Run, name: &str) -> u64 {
    let mut row = Vec::new();
    run.lab().metrics(&mut row);
    let at = LoadLab::METRICS.iter().position(|metric| *metric == name).expect("it exists");
    row[at] as u64
}

/// Whatever the limits: a load always ends, with all its rows or with none.
#[test]
fn every_load_ends() {
    let mut rng = Rng::new(17);
    for seed in 0..60 {
        let mut run = run("empty");
        for (knob, low, span) in [
            ("memory", 1 << 20, 300 << 20),
            ("memtable", MB, 300 * MB),
            ("batch", 100_000, 60 * MB),
            ("threads", 1, 3),
            ("directories", 1, 3),
            ("running-max", 0, 3),
            ("senders", 1, 4),
        ] {
            turn(&mut run, knob, Value::Number((low + rng.below(span)) as i64));
        }
        let mut rows = 0;
        for _ in 0..4 {
            let design = [Design::Alternating, Design::Overlapped][rng.below(2) as usize];
            let load = spec(1 + rng.below(900), 1 + rng.below(20) as u32, design);
            rows += load.rows;
            run.act(LoadCommand::Load(load)).expect("a load");
        }
        run.advance(SimTime::from_secs(3_600), u64::MAX);
        assert_eq!(run.violation(), None, "seed {seed}");
        assert_eq!(run.lab().next_at(), None, "seed {seed}: {:?}", run.lab());
        assert!(run.lab().is_quiet(), "seed {seed} hangs");
        assert_eq!((run.lab().visible_rows(), run.lab().tracker().used()), (rows, 0), "seed {seed}");
    }
}

#[test]
fn memory_stays_at_its_limit_and_the_largest_go_first() {
    let run = run("back-pressure");
    let told = events(&run);
    assert!(told.iter().any(|event| matches!(event, LoadEvent::Waits { why: Wait::Memory { .. }, .. })));
    assert!(told.iter().any(|event| matches!(event, LoadEvent::Queued { why: Why::Memory { .. }, .. })));
    let most = run.samples().metrics[1].iter().copied().max().expect("sampled") as u64;
    let (limit, batches) = (256 << 20, 2 * 4 * MB);
    assert!(most > limit * 8 / 10 && most <= limit + batches, "{most} bytes of {limit}");
}

#[test]
fn a_failed_flush_fails_its_load_and_no_other() {
    let run = run("failing-flush");
    let told = events(&run);
    let failed: Vec<_> =
        told.iter().filter(|event| matches!(event, LoadEvent::Failed { .. })).copied().collect();
    let [LoadEvent::Failed { error, load, rows, .. }] = failed[..] else { panic!("{failed:?}") };
    assert_eq!(error, FlushError::Disk { store: 0 });
    assert!(rows > 0 && load.0 >= 1);
    assert_eq!(metric(&run, "loads-committed"), 2);
    assert_eq!(run.lab().visible_rows(), 20_000_000, "two loads of three, whole");
    assert_eq!(run.violation(), None);
}

#[test]
fn a_rowset_with_too_many_segments_fails_with_238() {
    for design in [Design::Alternating, Design::Overlapped] {
        let mut run = run("empty");
        turn(&mut run, "segments-max", Value::Number(3));
        turn(&mut run, "memtable", Value::Number(10_000_000));
        turn(&mut run, "adaptive", Value::Switch(false));
        run.act(LoadCommand::Load(spec(100, 1, design))).expect("a load");
        run.advance(SimTime::from_secs(60), u64::MAX);
        let last = events(&run).pop();
        let error = FlushError::TooManySegments { limit: 3 };
        assert!(
            matches!(last, Some(LoadEvent::Failed { error: told, .. }) if told == error),
            "{design:?}: {last:?}"
        );
        assert_eq!((run.lab().visible_rows(), run.violation()), (0, None));
    }
}

/// Each built-in fault turns its invariant red, and only with it switched on.
#[test]
fn each_checker_fires() {
    for (fault, invariant, memory, memtable) in [
        ("leak-memory", "memory-adds-up", 1 << 30, 10 * MB),
        ("flush-twice", "rows-add-up", 96 << 20, 200 * MB),
        ("early-visible", "failed-is-invisible", 1 << 30, 10 * MB),
        ("newest-first", "oldest-first", 1 << 30, 10 * MB),
    ] {
        for on in [false, true] {
            let mut run = run("empty");
            let fault = if on { fault } else { "none" };
            for (knob, value) in
                [("threads", 1), ("directories", 1), ("memory", memory), ("disk-speed", 20_000_000)]
            {
                turn(&mut run, knob, Value::Number(value));
            }
            turn(&mut run, "memtable", Value::Number(memtable as i64));
            turn(&mut run, "adaptive", Value::Switch(false));
            turn(&mut run, "fault", Value::Choice(fault.into()));
            run.act(LoadCommand::Load(spec(400, 8, Design::Overlapped))).expect("a load");
            run.act(LoadCommand::Fail { store: 0, after: 36 }).expect("a fault");
            run.advance(SimTime::from_secs(300), 20_000);
            let found = run.violation().map(|(_, violation)| violation.invariant.as_str());
            assert_eq!(found, on.then_some(invariant), "{fault}");
        }
    }
}

#[test]
fn limit_10_reads_everything_without_the_statistic() {
    let run = run("limit-fault");
    let done: Vec<_> = events(&run)
        .into_iter()
        .filter_map(|event| match event {
            LoadEvent::ReadDone { read, delivered, rows, raw_rows_read, other_rows, took } => {
                Some((read, delivered, rows, raw_rows_read, other_rows, took.micros()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        done,
        [(2, 10, 131_072, 131_072, 100_000_000, 8_192), (1, 10, 100_000_000, 0, 131_072, 6_250_000),]
    );
}

#[test]
fn one_backend_at_a_time_keeps_every_tablet_and_all_at_once_keeps_none() {
    let run = run("rolling-upgrade");
    let done: Vec<_> = events(&run)
        .into_iter()
        .filter_map(|event| match event {
            LoadEvent::Upgraded { took, unreadable, unwritable, .. } => Some((took, unreadable, unwritable)),
            _ => None,
        })
        .collect();
    let [(rolling, readable, writable), (at_once, dark, frozen)] = done[..] else { panic!("{done:?}") };
    assert_eq!((readable, writable), (SimTime::ZERO, SimTime::ZERO));
    assert!((2_900..3_500).contains(&rolling.secs()), "{rolling}");
    assert!((480..600).contains(&at_once.secs()), "{at_once}");
    assert!(dark.secs() > 400 && frozen >= dark && frozen <= at_once);
}

#[test]
fn seeking_equals_playing() {
    let mut play = run("back-pressure");
    play.advance(SimTime::from_secs(60), u64::MAX);
    assert_seeks_as_it_plays(&play, 15);
}

#[test]
fn a_replayed_run_is_the_same_on_every_branch() {
    for seed in 20..23 {
        assert_replays(&mut wandered(seed));
    }
}

#[test]
fn a_window_holds_only_what_it_shows() {
    let run = run("many-tablets");
    let whole = run.lab().view(&BoardWindow::ALL);
    let page = Page { table: Key::of("tablets"), first: 150, rows: 7 };
    let (from, until) = (SimTime::from_secs(5), SimTime::from_secs(6));
    let part = run.lab().view(&BoardWindow { from, until, pages: [page].to_vec(), ..BoardWindow::ALL });
    assert!(part.spans.len() < whole.spans.len() / 3, "{} of {}", part.spans.len(), whole.spans.len());
    assert!(part.spans.iter().all(|span| span.from <= until && span.until.is_none_or(|end| end >= from)));
    let table = part.tables.iter().find(|table| &*table.key == "tablets").expect("loads became visible");
    assert_eq!((table.first, table.total, table.rows.len()), (150, 200, 7));
    assert_eq!(table.rows[0].cells[0], Cell::Id(150));
    let joined = run.lab().view(&BoardWindow { join_below: SimTime::from_secs(2), ..BoardWindow::ALL });
    assert!(joined.spans.len() < whole.spans.len() / 2);
    let counted: u32 = joined.spans.iter().map(|span| span.count).sum();
    assert_eq!(counted as usize, whole.spans.len(), "joined spans count what they stand for");
}

#[test]
fn spans_of_a_row_do_not_overlap() {
    for key in LoadLab::SCENARIOS {
        assert_rows_apart(&run(key).lab().view(&BoardWindow::ALL));
    }
}
