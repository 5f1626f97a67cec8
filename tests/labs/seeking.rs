//! Seeking anywhere gives the state that playing there gave.

use tabletop_core::base::{Rng, SimTime};
use tabletop_core::lab::Lab;
use tabletop_core::lab::timeline::BranchId;
use tabletop_tests::{fingerprint, run, some_command};

#[test]
fn seeking_a_step_equals_playing_to_it() {
    let mut play = run("steady");
    play.advance(SimTime::from_secs(2_000), u64::MAX);
    let steps = play.head().step;
    assert!(steps > 1_200, "{steps} steps are too few to cross a checkpoint");
    let mut rng = Rng::new(7);
    let mut seek = play.clone();
    for _ in 0..40 {
        let step = rng.below(steps + 1);
        seek.seek_step(step);
        let mut plain = run("empty");
        // The same run from its start, without checkpoints.
        plain.clone_from(&play);
        plain.seek_step(0);
        plain.play_steps(step);
        assert_eq!(fingerprint(&seek), fingerprint(&plain), "step {step}");
    }
}

#[test]
fn seeking_a_time_equals_playing_to_it() {
    let mut play = run("steady");
    play.advance(SimTime::from_secs(1_500), u64::MAX);
    let end = play.now();
    let mut rng = Rng::new(11);
    let mut seek = play.clone();
    for _ in 0..40 {
        let time = SimTime(rng.below(end.micros() + 1));
        seek.seek_time(time);
        let mut plain = play.clone();
        plain.seek_step(0);
        plain.advance_to(time, u64::MAX);
        assert_eq!(fingerprint(&seek), fingerprint(&plain), "at {time}");
        assert_eq!(seek.now(), time);
    }
}

#[test]
fn acting_in_the_past_forks_and_keeps_both_futures() {
    let mut rng = Rng::new(23);
    let mut run = run("steady");
    let mut heads = vec![(run.branch(), run.head())];
    for _ in 0..30 {
        let target = rng.below(run.head().step + 1);
        run.seek_step(target);
        let command = some_command(&mut rng, run.lab());
        let before = fingerprint(&run);
        match run.act(command.clone()) {
            Ok(forked) => {
                assert_eq!(
                    forked,
                    before.1 < heads[before_branch(&heads, &run)].1.step || !at_end(&heads, before)
                );
                run.advance(SimTime::from_secs(rng.below(60)), u64::MAX);
                heads.retain(|(id, _)| *id != run.branch());
                heads.push((run.branch(), run.head()));
            }
            Err(_) => assert_eq!(fingerprint(&run), before, "{command:?} was refused and changed something"),
        }
        let switch = BranchId(rng.below(run.branches().len() as u64) as u32);
        run.switch(switch);
        for (id, head) in &heads {
            let branch = &run.branches()[id.0 as usize];
            assert_eq!(&branch.head, head, "branch {id:?} changed by itself");
        }
    }
    assert!(run.branches().len() > 5);
}

fn before_branch(
    heads: &[(BranchId, tabletop_core::lab::timeline::Head)],
    run: &tabletop_core::lab::timeline::Timeline<tabletop_core::lab::tablet::TabletLab>,
) -> usize {
    let parent = run.branches()[run.branch().0 as usize].parent.map_or(run.branch(), |(parent, _)| parent);
    heads.iter().position(|(id, _)| *id == parent).unwrap_or(0)
}

fn at_end(heads: &[(BranchId, tabletop_core::lab::timeline::Head)], at: (SimTime, u64, u64, u64)) -> bool {
    heads.iter().any(|(_, head)| head.step == at.1 && head.time == at.0)
}

#[test]
fn a_refused_command_changes_nothing() {
    let mut rng = Rng::new(5);
    let mut run = run("empty");
    let mut refused = 0;
    for _ in 0..400 {
        let before = fingerprint(&run);
        let command = some_command(&mut rng, run.lab());
        if run.act(command).is_err() {
            refused += 1;
            assert_eq!(fingerprint(&run), before);
        }
    }
    assert!(refused > 20, "{refused} refusals are too few to mean anything");
    assert_eq!(run.violation(), None);
}

#[test]
fn a_probe_does_not_move_the_cursor_and_tells_what_playing_tells() {
    let mut run = run("steady");
    run.advance(SimTime::from_secs(900), u64::MAX);
    run.seek_step(100);
    let here = fingerprint(&run);
    for step in [0, 1, 99, 100, 101, run.head().step] {
        let probe = run.probe(step);
        let mut there = run.clone();
        there.seek_step(step);
        assert_eq!((probe.digest, probe.lab.digest()), (there.digest(), there.lab().digest()), "step {step}");
    }
    assert_eq!(fingerprint(&run), here);
}

#[test]
fn samples_tell_every_event_once() {
    let mut run = run("many-small");
    run.advance(SimTime::from_secs(300), u64::MAX);
    let samples = run.samples();
    assert!(samples.steps.is_sorted() && samples.steps.len() <= 1_024);
    let counted: u64 = samples.kinds.iter().flatten().map(|&count| u64::from(count)).sum();
    let told = run.events_before(run.step());
    let last = samples.steps.last().copied().unwrap_or(0);
    let upto = told.iter().filter(|(step, _, _)| *step <= last).count() as u64;
    assert_eq!(counted, upto);
}
