//! Leases of long compactions: who prolongs keeps the job, who cannot loses it, and no rowset with it.

use crate::cluster::{Run, S, broken, run, started};
use crate::races::cured;
use tabletop_core::base::{Rng, SimTime};
use tabletop_core::cloud::{Call, JobKind};
use tabletop_core::lab::Lab;
use tabletop_core::lab::cluster::{ClusterCommand, ClusterEvent, Evicted, K, Knobs, TableSpec};
use tabletop_core::view::board::BoardWindow;
use tabletop_tests::events;

const COMPACT: ClusterCommand = ClusterCommand::Compact { tablet: 0, kind: JobKind::Cumulative };

const fn to(backend: u32) -> ClusterCommand {
    ClusterCommand::Move { tablet: 0, backend }
}

/// Two backends and one tablet; nothing but what is commanded, and merges of 25 s for each load.
fn slow() -> Knobs {
    Knobs::default()
        .with(K::Backends, 2)
        .with(K::CompactEvery, 0)
        .with(K::MinScore, 2)
        .with(K::MergeSpeed, 40_000)
        .with(K::Tail, 0)
}

/// Six loads, and at 10 s the first backend begins to merge them, which takes 150 s.
fn merging(merge_on_write: bool) -> Run {
    let mut run = started(slow(), TableSpec { buckets: 1, merge_on_write }, 1);
    for _ in 0..6 {
        run.act(ClusterCommand::Load { table: 0 }).expect("there is a table");
        run.advance(SimTime::from_secs(1), u64::MAX);
    }
    query(&mut run);
    run.advance_to(SimTime::from_secs(10), u64::MAX);
    run.act(COMPACT).expect("nobody compacts");
    run
}

fn query(run: &mut Run) {
    run.act(ClusterCommand::Query { table: 0 }).expect("there is a table");
    run.advance(SimTime::from_secs(1), u64::MAX);
}

/// Commands the compaction on the backend that serves the tablet, and plays up to a second.
fn compact_at(run: &mut Run, second: u64) {
    run.advance_to(SimTime::from_secs(second), u64::MAX);
    run.act(COMPACT).expect("this backend does not compact");
    run.advance(SimTime::from_secs(2), u64::MAX);
}

fn calls(run: &Run, call: Call) -> u64 {
    run.lab().meta_service().cost(call).calls
}

/// Jobs that were refused, evicted, late and committed, in this order, by who they belong to.
fn fates(run: &Run) -> Vec<String> {
    let mut owners = Vec::new();
    let mut told = Vec::new();
    for event in events(run) {
        let owner = |job: u64| owners.iter().find(|(id, _)| *id == job).map_or(0, |(_, backend)| *backend);
        match event {
            ClusterEvent::JobBegan { job, backend, .. } => owners.push((job, backend + 1)),
            ClusterEvent::JobRefused { job, .. } => told.push(format!("{} refused", owner(job))),
            ClusterEvent::JobEvicted { backend, by, why, .. } => {
                told.push(format!("{} evicted by {}: {why:?}", backend + 1, owner(by)));
            }
            ClusterEvent::JobLate { backend, .. } => told.push(format!("{} late", backend + 1)),
            ClusterEvent::JobDone { job, range, .. } => told.push(format!("{} merged {range}", owner(job))),
            _ => {}
        }
    }
    told
}

#[test]
fn a_long_merge_outlives_its_first_lease() {
    for merge_on_write in [false, true] {
        let mut run = merging(merge_on_write);
        run.act(to(1)).expect("it is up");
        query(&mut run);
        compact_at(&mut run, 100);
        compact_at(&mut run, 155);
        run.advance_to(SimTime::from_secs(200), u64::MAX);
        assert_eq!(fates(&run), ["2 refused", "2 refused", "1 merged [2-7]"]);
        assert_eq!(calls(&run, Call::LeaseJob), 7, "one every 20 s of 150");
        assert_eq!(broken(&run), None);
        assert!(run.lab().is_quiet());
    }
}

#[test]
fn a_merge_of_more_than_a_day_is_refused() {
    let mut run =
        started(slow().with(K::MergeSpeed, 1_000), TableSpec { buckets: 1, merge_on_write: false }, 1);
    for _ in 0..100 {
        run.act(ClusterCommand::Load { table: 0 }).expect("there is a table");
        run.advance(SimTime::from_secs(1), u64::MAX);
    }
    query(&mut run);
    run.act(COMPACT).expect("nobody compacts");
    run.advance(SimTime::from_secs(101_000), u64::MAX);
    run.act(to(1)).expect("it is up");
    query(&mut run);
    let at = run.now().secs();
    compact_at(&mut run, at);
    assert_eq!(fates(&run), ["1 late", "1 evicted by 2: Expired"]);
    assert_eq!(broken(&run), None);
}

#[test]
fn a_dead_backends_job_goes_to_another_one() {
    for merge_on_write in [false, true] {
        let mut run = merging(merge_on_write);
        run.advance_to(SimTime::from_secs(55), u64::MAX);
        run.act(ClusterCommand::Kill { backend: 0 }).expect("it is up");
        run.act(to(1)).expect("it is up");
        query(&mut run);
        // The last lease was at 50 s.
        compact_at(&mut run, 60);
        compact_at(&mut run, 128);
        run.act(ClusterCommand::Start { backend: 0 }).expect("it is down");
        compact_at(&mut run, 132);
        run.advance_to(SimTime::from_secs(300), u64::MAX);
        let wanted = ["1 refused", "2 refused", "2 refused", "1 evicted by 2: LeaseOver", "2 merged [2-7]"];
        assert_eq!(fates(&run), wanted);
        run.act(to(0)).expect("it is up");
        query(&mut run);
        assert_eq!((broken(&run), run.lab().totals().queries_failed), (None, 0));
    }
}

/// The commit was under way when its backend died: it counts, and is told as what it merged.
#[test]
fn a_commit_outlives_its_backend() {
    let is_done = |event: &ClusterEvent| matches!(event, ClusterEvent::JobDone { .. });
    let mut whole = merging(false);
    let mut steps = 0;
    while !events(&whole).iter().any(is_done) {
        whole.advance(SimTime::from_secs(200), 1);
        steps += 1;
    }
    let outlived = (1..8).filter(|before| {
        let mut run = merging(false);
        run.advance(SimTime::from_secs(200), steps - before);
        run.act(ClusterCommand::Kill { backend: 0 }).expect("it is up");
        run.advance(SimTime::from_secs(100), u64::MAX);
        let fates = fates(&run);
        let (own, of_service) = fates.split_at(1);
        assert_eq!(own, ["1 refused"], "killed {before} steps before: the backend's own end of it");
        assert!(of_service.is_empty() || of_service == ["1 merged [2-7]"], "{before}: {of_service:?}");
        assert_eq!(broken(&run), None, "killed {before} steps before");
        !of_service.is_empty()
    });
    assert!((1..7).contains(&outlived.count()), "the commit is some steps under way, and not for long");
}

#[test]
fn a_backend_that_is_cut_off_comes_too_late_and_goes_on() {
    for merge_on_write in [false, true] {
        let mut run = merging(merge_on_write);
        run.advance_to(SimTime::from_secs(35), u64::MAX);
        run.act(ClusterCommand::Cut { backend: 0, on: true }).expect("there is one");
        run.act(to(1)).expect("it is up");
        query(&mut run);
        compact_at(&mut run, 120);
        // The first merge ends at 160 s, the second at 270 s.
        run.advance_to(SimTime::from_secs(200), u64::MAX);
        run.act(ClusterCommand::Cut { backend: 0, on: false }).expect("there is one");
        run.advance_to(SimTime::from_secs(300), u64::MAX);
        let mut wanted = vec!["1 evicted by 2: LeaseOver", "1 late", "2 merged [2-7]"];
        assert_eq!(fates(&run), wanted);
        // It serves again, sees the other merge, and compacts what comes next.
        run.act(to(0)).expect("it is up");
        for _ in 0..3 {
            run.act(ClusterCommand::Load { table: 0 }).expect("there is a table");
            run.advance(SimTime::from_secs(1), u64::MAX);
            query(&mut run);
        }
        compact_at(&mut run, 310);
        run.advance_to(SimTime::from_secs(500), u64::MAX);
        wanted.push("1 merged [8-10]");
        assert_eq!((fates(&run), broken(&run)), (wanted.into_iter().map(String::from).collect(), None));
        assert_eq!(run.lab().totals().queries_failed, 0);
    }
}

#[test]
fn the_preset_shows_who_keeps_the_job() {
    let run = run("lease-over");
    assert_eq!(fates(&run), ["2 refused", "1 evicted by 2: LeaseOver", "1 late", "2 merged [2-7]"]);
    assert_eq!((broken(&run), run.lab().totals().queries_failed), (None, 0));
    // Of backend 1 one in time, the one that waited for the link, and one before its commit; of backend 2 five.
    let leases = run.lab().meta_service().cost(Call::LeaseJob);
    assert_eq!((leases.calls, leases.refused), (1 + 2 + 5, 2));
}

/// A lease that ran out harms nobody as long as nobody else wants the tablet.
#[test]
fn a_backend_that_was_cut_off_commits_where_nobody_took_its_place() {
    let mut run = merging(false);
    run.advance_to(SimTime::from_secs(35), u64::MAX);
    run.act(ClusterCommand::Cut { backend: 0, on: true }).expect("there is one");
    run.advance_to(SimTime::from_secs(400), u64::MAX);
    run.act(ClusterCommand::Cut { backend: 0, on: false }).expect("there is one");
    run.advance_to(SimTime::from_secs(401), u64::MAX);
    assert_eq!((fates(&run), broken(&run)), (vec!["1 merged [2-7]".to_string()], None));
}

#[test]
fn a_full_compaction_says_whose_place_it_takes() {
    let mut run = merging(false);
    run.act(to(1)).expect("it is up");
    query(&mut run);
    run.act(ClusterCommand::Compact { tablet: 0, kind: JobKind::Full }).expect("this backend does not");
    run.advance_to(SimTime::from_secs(300), u64::MAX);
    assert_eq!(fates(&run), ["1 evicted by 2: ByFull", "1 late", "2 merged [2-7]"]);
}

/// Something breaks, is mended, or moves.
fn some_trouble(rng: &mut Rng) -> ClusterCommand {
    let backend = rng.below(3) as u32;
    match rng.below(8) {
        0 => ClusterCommand::Kill { backend },
        1 | 2 => ClusterCommand::Start { backend },
        3 => ClusterCommand::Cut { backend, on: true },
        4 => ClusterCommand::Cut { backend, on: false },
        _ => ClusterCommand::Move { tablet: rng.below(2) as u32, backend },
    }
}

/// Merges of half a minute to minutes under kills, cuts and moves: jobs change hands, rowsets stay. So in
/// upserts, and side by side where both cures are on.
#[test]
fn jobs_that_change_hands_lose_no_rowset() {
    let (mut over, mut late, mut done) = (0, 0, 0);
    for seed in 0..16 {
        let knobs = slow()
            .with(K::Backends, 3)
            .with(K::MergeSpeed, 80_000)
            .with(K::LoadEvery, 4 * S)
            .with(K::QueryEvery, 5 * S)
            .with(K::CompactEvery, 5 * S)
            .with(K::Tail, 1)
            .with(K::Loss, 20);
        let knobs = if seed % 4 > 1 { cured(knobs.with(K::ParallelCumulative, 1)) } else { knobs };
        let mut run = started(knobs, TableSpec { buckets: 2, merge_on_write: seed % 2 == 0 }, seed);
        let mut rng = Rng::new(seed);
        for _ in 0..30 {
            run.advance(SimTime::from_secs(5 + rng.below(60)), u64::MAX);
            // What makes no sense now is refused.
            let _ = run.act(some_trouble(&mut rng));
        }
        assert_eq!(broken(&run), None, "seed {seed}: {:?}", run.violation());
        for event in events(&run) {
            match event {
                ClusterEvent::JobEvicted { why: Evicted::LeaseOver, .. } => over += 1,
                ClusterEvent::JobLate { .. } => late += 1,
                ClusterEvent::JobDone { .. } => done += 1,
                _ => {}
            }
        }
    }
    assert!(over > 10 && late > 5 && done > 40, "{over} {late} {done} are too few to mean anything");
}

#[test]
fn short_merges_prolong_nothing() {
    for key in ["baseline", "mow", "faults"] {
        let run = run(key);
        assert!(calls(&run, Call::FinishJob) > 0, "{key} compacts");
        assert_eq!(calls(&run, Call::LeaseJob), 0, "{key}");
    }
}

/// The calls that a backend sent while it was cut off, as the picture has them: whether they are under way,
/// and whether they were lost.
fn held_back(run: &Run) -> Vec<(bool, bool)> {
    let view = run.lab().view(&BoardWindow::ALL);
    let held = view
        .arrows
        .iter()
        .filter(|arrow| arrow.from_at > SimTime::from_secs(20) && arrow.to_at != Some(arrow.from_at));
    let long = held.filter(|arrow| arrow.to_at.is_none_or(|at| at - arrow.from_at > SimTime::from_secs(1)));
    long.map(|arrow| (arrow.to_at.is_none(), arrow.lost)).collect()
}

#[test]
fn the_picture_knows_what_became_of_calls_that_were_held_back() {
    for kill in [false, true] {
        let mut run = merging(false);
        run.advance_to(SimTime::from_secs(15), u64::MAX);
        run.act(ClusterCommand::Cut { backend: 0, on: true }).expect("it is not cut off");
        run.advance_to(SimTime::from_secs(45), u64::MAX);
        assert_eq!(held_back(&run), [(true, false)], "one lease is asked for and waits");
        if kill {
            run.act(ClusterCommand::Kill { backend: 0 }).expect("it is up");
        } else {
            run.act(ClusterCommand::Cut { backend: 0, on: false }).expect("it is cut off");
        }
        run.advance(SimTime::from_secs(1), u64::MAX);
        assert_eq!(held_back(&run), [(false, kill)]);
    }
}
