//! The inode lab: timeouts, streams, hazards and what avoids them, seeks, replay.

use tabletop_core::base::{Rng, SimTime};
use tabletop_core::inode::JobEnd;
use tabletop_core::lab::board::{BoardLab, Value};
use tabletop_core::lab::inode::{InodeCommand, InodeEvent, InodeLab, Outcome};
use tabletop_core::lab::timeline::{BranchId, Timeline};
use tabletop_tests::{Walk, board_run, events, fingerprint, wander};

type Run = Timeline<InodeLab>;

fn run(key: &str) -> Run {
    board_run(key)
}

/// A command that may or may not make sense now.
pub(crate) fn some_inode_command(rng: &mut Rng, lab: &InodeLab) -> InodeCommand {
    let number = |value: u64| Value::Number(value as i64);
    let turned = match rng.below(16) {
        0 => lab.turn("latency", &number(rng.below(50_000))),
        1 => lab.turn("bandwidth", &number(100_000 + rng.below(100_000_000))),
        2 => lab.turn("inline-limit", &number(rng.below(40))),
        3 => lab.turn("threshold", &number(rng.below(8))),
        4 => lab.turn("loss", &number(rng.below(60))),
        5 => lab.turn("fail", &Value::Choice(["none", "get", "put", "commit"][rng.below(4) as usize].into())),
        6 => return InodeCommand::Truncate { length: rng.below(80 << 20) },
        7 => return InodeCommand::Read { offset: 0, len: 1 },
        8 => return InodeCommand::Lookup,
        9 | 10 => return InodeCommand::Compact,
        _ => {
            let offset = (rng.below(3) > 0).then(|| rng.below(100 << 20));
            let upload_ms = [0, 0, 300, 2_000][rng.below(4) as usize];
            return InodeCommand::Write { offset, len: 1 + rng.below(9 << 20), upload_ms };
        }
    };
    turned.expect("in range")
}

fn wandered(key: &str, seed: u64, commands: u64) -> Run {
    let mut rng = Rng::new(seed);
    let mut run = run(key);
    let walk = Walk { commands, back: 5, pause: SimTime::from_millis(700) };
    wander(&mut run, &mut rng, walk, some_inode_command);
    run
}

#[test]
fn content_is_kept_by_our_own_design_whatever_is_done() {
    let mut compacted = 0;
    for seed in 0..12 {
        let mut run = wandered("own-design", seed, 60);
        run.advance(SimTime::from_secs(120), u64::MAX);
        assert_eq!(run.violation(), None, "seed {seed}");
        assert!(run.lab().is_quiet(), "seed {seed} hangs");
        let committed =
            |event: &InodeEvent| matches!(event, InodeEvent::Compacted { end: JobEnd::Committed, .. });
        compacted += events(&run).iter().filter(|event| committed(event)).count();
    }
    assert!(compacted > 20, "{compacted} compactions are too few to mean anything");
}

#[test]
fn hazards_of_the_reference_are_caught_and_healthy_runs_are_not() {
    for key in InodeLab::SCENARIOS {
        let run = run(key);
        let found = run.violation().map(|(_, violation)| violation.to_string());
        match *key {
            "lost-append" | "hidden-append" => {
                let text = found.expect("the hazard happens");
                assert!(text.starts_with("content is kept: split, chunk 0"), "{key}: {text}");
            }
            "two-reads" => {
                let text = found.expect("the fault happens");
                assert!(text.starts_with("content is kept: "), "{key}: {text}");
            }
            _ => assert_eq!(found, None, "{key}"),
        }
    }
}

/// Calls of a side that were answered, and that were given up.
fn ended(run: &Run, of: u8) -> (usize, usize) {
    let events = events(run);
    let count = |wanted: Outcome| {
        let is = |event: &&InodeEvent| matches!(event, InodeEvent::Ended { side, outcome, .. } if *side == of && *outcome == wanted);
        events.iter().filter(is).count()
    };
    (count(Outcome::Good), count(Outcome::GivenUp))
}

#[test]
fn an_update_of_one_value_times_out_and_of_rows_does_not() {
    let run = run("update-times-out");
    let late = |of: u8| {
        let is = |event: &&InodeEvent| matches!(event, InodeEvent::TimedOut { side, .. } if *side == of);
        events(&run).iter().filter(is).count()
    };
    assert!(late(0) > 20, "{} timeouts", late(0));
    assert_eq!(late(1), 0);
}

#[test]
fn a_fetch_in_one_response_is_given_up_and_a_stream_ends() {
    let run = run("fetch-times-out");
    assert_eq!(ended(&run, 0), (0, 1), "one response");
    assert_eq!(ended(&run, 1), (1, 0), "a stream");
    let lists = events(&run);
    let messages = lists.iter().map(|event| match event {
        InodeEvent::Streamed { side: 1, messages, .. } => *messages,
        _ => 0,
    });
    let rows = run.lab().stores()[1].all_rows().len() as u64;
    assert_eq!(messages.sum::<u64>(), rows + 1, "each row once, and the end");
}

#[test]
fn a_compaction_may_fail_at_each_step() {
    let run = run("failing-compaction");
    let ends: Vec<JobEnd> = events(&run)
        .into_iter()
        .filter_map(|event| match event {
            InodeEvent::Compacted { side: 1, end } => Some(end),
            _ => None,
        })
        .collect();
    assert_eq!(ends, [JobEnd::AllSkipped, JobEnd::AllSkipped, JobEnd::Refused, JobEnd::Committed]);
    assert_eq!(run.violation(), None);
}

#[test]
fn seeking_equals_playing_and_acting_in_the_past_forks() {
    let mut play = run("own-design");
    play.advance(SimTime::from_secs(10), u64::MAX);
    let steps = play.head().step;
    let mut rng = Rng::new(3);
    for _ in 0..25 {
        let step = rng.below(steps + 1);
        let (mut seek, mut plain) = (play.clone(), play.clone());
        seek.seek_step(step);
        plain.seek_step(0);
        plain.play_steps(step);
        assert_eq!(fingerprint(&seek), fingerprint(&plain), "step {step}");
    }
    play.seek_step(steps / 2);
    assert_eq!(play.act(InodeCommand::Lookup), Ok(true), "a fork");
    play.switch(BranchId(0));
    assert_eq!(play.head().step, steps);
}
