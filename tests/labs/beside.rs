//! Two branches under one cursor: the same moment everywhere, the same step on what they share.

use tabletop_core::base::{Rng, SimTime};
use tabletop_core::lab::Lab;
use tabletop_core::lab::tablet::{Kind, Knobs, TabletCommand, TabletLab};
use tabletop_core::lab::timeline::{BranchId, Timeline};
use tabletop_tests::{fingerprint, run};

/// A branch that left `main` at half of its length and was played as far.
fn forked() -> Timeline<TabletLab> {
    let mut run = run("steady");
    run.advance(SimTime::from_secs(1_000), u64::MAX);
    let (step, end) = (run.step(), run.now());
    run.seek_step(step / 2);
    assert_eq!(run.act(TabletCommand::CompactPick { kind: Kind::Full }), Ok(true));
    run.advance_to(end, u64::MAX);
    run.switch(BranchId(0));
    run
}

#[test]
fn the_branch_beside_stands_where_seeking_it_would() {
    let mut run = forked();
    run.compare(Some(BranchId(1)));
    let mut alone = forked();
    let (head, shared) = (run.head(), run.branches()[1].parent.expect("it left main").1);
    let mut rng = Rng::new(5);
    for _ in 0..40 {
        run.seek_time(SimTime(rng.below(head.time.micros() + 1)));
        run.follow(u64::MAX);
        let (step, now) = (run.step(), run.now());
        let (branch, beside) = run.beside().expect("it is compared");
        assert_eq!((branch, beside.lab.now()), (BranchId(1), now));
        if step <= shared {
            assert_eq!((beside.step, beside.digest), (step, run.digest()), "they are one line there");
        } else {
            alone.go(BranchId(1), u64::MAX, SimTime::ZERO);
            alone.seek_time(now);
            assert_eq!((beside.step, beside.digest), (alone.step(), alone.digest()), "at {now}");
            assert_eq!(beside.lab.digest(), alone.lab().digest());
        }
    }
}

#[test]
fn playing_on_takes_the_branch_beside_along_and_changes_nothing_else() {
    let (mut run, mut plain) = (forked(), forked());
    run.compare(Some(BranchId(1)));
    for _ in 0..20 {
        run.advance(SimTime::from_secs(7), u64::MAX);
        run.follow(u64::MAX);
        plain.advance(SimTime::from_secs(7), u64::MAX);
        assert_eq!(run.beside().expect("there").1.lab.now(), run.now());
    }
    assert_eq!(fingerprint(&run), fingerprint(&plain));
    assert_eq!(run.branches()[1].head.time, run.now(), "its future is kept");
    plain.go(BranchId(1), u64::MAX, SimTime::ZERO);
    plain.advance_to(run.now(), u64::MAX);
    assert_eq!(plain.digest(), run.beside().expect("there").1.digest);
    run.compare(None);
    assert!(run.beside().is_none());
    run.compare(Some(BranchId(7)));
    assert!(run.beside().is_none(), "there is no such branch");
}

#[test]
fn played_again_with_one_knob_turned_the_loads_come_at_the_same_moments() {
    let mut run = run("steady");
    run.advance(SimTime::from_secs(60), u64::MAX);
    run.act(TabletCommand::CompactPick { kind: Kind::Full }).expect("it is allowed");
    run.advance(SimTime::from_secs(300), u64::MAX);
    run.seek_step(100);
    let before = fingerprint(&run);
    let knobs = Knobs { min_score: 50, ..run.lab().knobs().clone() };
    let (branch, refused) =
        run.again("min 50".into(), TabletCommand::SetKnobs(knobs)).expect("it is allowed");
    assert_eq!((branch, refused, fingerprint(&run)), (BranchId(1), 0, before), "the cursor stays");
    let (main, new) = (&run.branches()[0], &run.branches()[1]);
    assert_eq!(main.head.time, new.head.time);
    let given = |entries: &[tabletop_core::lab::timeline::Entry<TabletCommand>]| {
        entries.iter().map(|entry| (entry.at, entry.command.clone())).collect::<Vec<_>>()
    };
    assert_eq!(given(&new.entries[1..]), given(&main.entries[main.entries.len() - 1..]));
    run.compare(Some(branch));
    run.seek_time(SimTime::MAX);
    run.follow(u64::MAX);
    let beside = &run.beside().expect("there").1.lab;
    assert_eq!(beside.newest(), run.lab().newest(), "the same loads");
    assert_eq!(beside.knobs().min_score, 50);
    assert_ne!(beside.digest(), run.lab().digest(), "the knob did something");
}

#[test]
fn a_refused_knob_starts_no_branch() {
    let mut run = forked();
    let before = (run.branches().len(), fingerprint(&run));
    let absurd = TabletCommand::Compact { range: tabletop_core::base::VersionRange::new(900_000, 900_001) };
    assert!(run.again(String::new(), absurd).is_err());
    assert_eq!((run.branches().len(), fingerprint(&run)), before);
}
