//! Invariants hold on random runs, and each preset that reproduces a fault shows it.

use tabletop_core::base::{Rng, SimTime, VersionRange};
use tabletop_core::lab::Lab;
use tabletop_core::lab::tablet::{
    DelayedDeletion, Knobs, TabletCommand, TabletEvent, TabletLab, Workload, scenarios,
};
use tabletop_core::lab::timeline::Timeline;
use tabletop_core::tablet::Keying;
use tabletop_core::view::tablet::{ReadState, Readable, TabletWindow};
use tabletop_tests::{run, some_command};

fn busy(seed: u64, knobs: Knobs) -> Timeline<TabletLab> {
    let mut config = scenarios::scenario("steady").expect("it exists").config;
    config.knobs = knobs;
    config.workload = Workload {
        load_segments: 3,
        delete_every: 7,
        query_every_ms: 1_500,
        reader_holds_ms: 30_000,
        compact_every_ms: 9_000,
        ..Workload::default()
    };
    let mut run = Timeline::new(config, seed);
    run.set_checkers(true);
    run
}

#[test]
fn invariants_hold_whatever_is_done() {
    for seed in 0..8 {
        let mut rng = Rng::new(seed);
        let delayed_deletion = [DelayedDeletion::Off, DelayedDeletion::AfterTime, DelayedDeletion::BySize]
            [rng.below(3) as usize];
        let sweep_after_s = 20 + rng.below(200) as u32;
        let knobs = Knobs {
            delayed_deletion,
            sweep_after_s,
            sweep_every_s: 15,
            sweep_threshold: 12,
            ..Knobs::default()
        };
        let mut run = busy(seed, knobs);
        for _ in 0..60 {
            run.advance(SimTime::from_secs(rng.below(25)), u64::MAX);
            let command = some_command(&mut rng, run.lab());
            let _ = run.act(command);
            assert_eq!(run.violation(), None, "seed {seed}, step {}", run.step());
        }
        assert!(run.step() > 200);
        assert_eq!(run.lab().tablet().leaked().len(), 0);
    }
}

#[test]
fn keyed_by_version_a_rewritten_rowset_is_lost_for_good() {
    let run = run("orphan-5526");
    let (step, violation) = run.violation().expect("the checker finds it").clone();
    assert_eq!((step, violation.invariant.as_str()), (3, "nothing-leaks"));
    assert_eq!(run.lab().view(&TabletWindow::ALL).totals.leaked, 1);
}

/// A stored run is replayed without checkers, then shown with them.
#[test]
fn checkers_switched_on_later_find_what_is_broken_already() {
    let mut run = run("orphan-5526");
    let found = run.violation().cloned();
    assert!(found.is_some());
    run.set_checkers(false);
    assert_eq!(run.violation(), None);
    run.set_checkers(true);
    assert_eq!(run.violation().cloned(), found);
}

#[test]
fn keyed_by_id_the_same_commands_lose_nothing() {
    let scenario = scenarios::scenario("orphan-5526").expect("it exists");
    let mut config = scenario.config;
    config.knobs.keying = Keying::ById;
    let mut run: Timeline<TabletLab> = Timeline::new(config, scenario.seed);
    run.set_checkers(true);
    for command in scenario.commands {
        run.act(command).expect("the same commands");
    }
    assert_eq!(run.violation(), None);
    assert_eq!(run.lab().tablet().leaked().len(), 0);
}

#[test]
fn the_incident_of_2020_is_explained() {
    let run = run("incident");
    let view = run.lab().view(&TabletWindow::ALL);
    assert_eq!(
        (view.live.len(), view.max_version, view.point.map(|point| point.0)),
        (22, 25_919, Some(25_920))
    );
    let ReadState::Failed { code, stuck_at, inside, missing, .. } = &view.reads[0].state else {
        panic!("{:?}", view.reads);
    };
    assert_eq!((*code, stuck_at.0), (-230, 25_910));
    assert_eq!(*inside, Some(VersionRange::new(25_910, 25_919)));
    assert_eq!(missing, &[]);
}

/// The race of apache/doris#4017: with delayed deletion a reader that was planned before the merge
/// is served after it; without, it fails; after the sweep it fails again.
#[test]
fn delayed_deletion_decides_a_readers_fate() {
    let fate = |delayed_deletion, wait_s: u64| {
        let mut run = run("empty");
        let knobs = Knobs { delayed_deletion, sweep_after_s: 60, sweep_every_s: 10, ..Knobs::default() };
        run.act(TabletCommand::SetKnobs(knobs)).expect("knobs");
        for _ in 0..5 {
            run.act(TabletCommand::Load { rows: 1, bytes: 1, segments: 1, overlapping: false })
                .expect("load");
        }
        run.act(TabletCommand::Query { version: Some(4), holds_ms: wait_s as u32 * 1_000 }).expect("query");
        run.act(TabletCommand::Compact { range: VersionRange::new(2, 6) }).expect("merge");
        run.advance(SimTime::from_secs(wait_s), u64::MAX);
        let events = run.events_before(run.step());
        events.into_iter().find_map(|(_, _, event)| match event {
            TabletEvent::Served { stale, .. } => Some(Ok(stale)),
            TabletEvent::Failed { code, .. } => Some(Err(code)),
            _ => None,
        })
    };
    assert_eq!(fate(DelayedDeletion::Off, 30), Some(Err(-230)));
    assert_eq!(fate(DelayedDeletion::AfterTime, 30), Some(Ok(3)));
    assert_eq!(fate(DelayedDeletion::AfterTime, 90), Some(Err(-230)));
}

#[test]
fn the_readable_lane_says_what_a_query_then_finds() {
    for key in ["steady", "before-4017", "by-size", "crossing"] {
        let run = run(key);
        let view = run.lab().view(&TabletWindow::ALL);
        for readable in &view.readable {
            for version in readable.range.start..=readable.range.end.min(readable.range.start + 40) {
                let served = run.lab().serves(version);
                assert_eq!(served, readable.readable != Readable::No, "{key}: version {version}");
            }
        }
    }
}

#[test]
fn loads_stop_at_the_limit_with_235() {
    let mut run = run("empty");
    run.act(TabletCommand::SetKnobs(Knobs { max_versions: 10, ..Knobs::default() })).expect("knobs");
    let load = TabletCommand::Load { rows: 1, bytes: 1, segments: 1, overlapping: false };
    let refused = (0..20).find_map(|_| run.act(load.clone()).err()).expect("the limit is reached");
    assert_eq!((refused.code, refused.numbers.as_slice()), (-235, [11, 10].as_slice()));
}

#[test]
fn a_restart_forgets_when_rowsets_became_stale_and_keeps_what_they_hold() {
    let mut run = run("steady");
    let before = run.lab().view(&TabletWindow::ALL);
    run.act(TabletCommand::Restart).expect("always possible");
    let after = run.lab().view(&TabletWindow::ALL);
    let lives = |view: &tabletop_core::view::tablet::TabletView| {
        view.live.iter().map(|brick| (brick.id, brick.range)).collect::<Vec<_>>()
    };
    assert_eq!(lives(&before), lives(&after));
    assert_eq!(before.totals.stale, after.totals.stale);
    assert!(after.reads.iter().all(|read| !matches!(read.state, ReadState::Waiting { .. })));
    assert_eq!(run.violation(), None);
}

#[test]
fn merging_invisible_versions_costs_readers_their_path() {
    let scenario = scenarios::scenario("invisible-28082").expect("it exists");
    let lost = |compact_invisible: bool| {
        let mut config = scenario.config.clone();
        config.knobs.compact_invisible = compact_invisible;
        let mut run: Timeline<TabletLab> = Timeline::new(config, scenario.seed);
        run.set_checkers(true);
        run.advance(scenario.play, u64::MAX);
        assert_eq!(run.violation(), None, "the tablet itself stays sound");
        assert!(run.lab().visible() < run.lab().newest(), "versions are under way");
        run.lab().refusals().0
    };
    assert!(lost(true) > 10, "readers of visible versions got -230");
    assert_eq!(lost(false), 0, "what is visible is merged only with what is visible");
}

#[test]
fn too_many_versions_fail_loads_and_the_next_load_is_the_same() {
    let mut config = scenarios::scenario("small-loads").expect("it exists").config;
    config.workload.compact_every_ms = 0;
    config.knobs.max_versions = 20;
    let mut run: Timeline<TabletLab> = Timeline::new(config, 1);
    run.advance(SimTime::from_secs(3_600), u64::MAX);
    assert_eq!(run.lab().tablet().live_len(), 21);
    assert_eq!(run.lab().refusals(), (0, 100), "120 loads, 20 fit");
    // A policy that makes room: the loads that follow are those of a tablet that never refused one.
    let after = |run: &mut Timeline<TabletLab>| {
        run.act(TabletCommand::CompactPick { kind: tabletop_core::lab::tablet::Kind::Full }).expect("all");
        run.advance(SimTime::from_secs(60), u64::MAX);
        run.lab().tablet().live().last().expect("loads").bytes
    };
    let mut config = scenarios::scenario("small-loads").expect("it exists").config;
    config.workload.compact_every_ms = 0;
    let mut roomy: Timeline<TabletLab> = Timeline::new(config, 1);
    roomy.advance(SimTime::from_secs(3_600), u64::MAX);
    assert_eq!(after(&mut run), after(&mut roomy));
}
