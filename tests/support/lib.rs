//! Builders shared by the tests: runs of scenarios, random walks over a timeline.

use std::collections::BTreeMap;
use tabletop_core::base::{Rng, SimTime, VersionRange};
use tabletop_core::lab::Lab;
use tabletop_core::lab::board::{BoardLab, Start};
use tabletop_core::lab::tablet::{Kind, TabletCommand, TabletLab, scenarios};
use tabletop_core::lab::timeline::{BranchId, Timeline};
use tabletop_core::view::board::{Board, BoardWindow};

/// A scenario's run, its own commands given, played as long as the scenario says.
///
/// # Panics
/// Where there is no such scenario, or it refuses its own commands.
pub fn run(key: &str) -> Timeline<TabletLab> {
    let scenario = scenarios::scenario(key).unwrap_or_else(|| panic!("there is no scenario {key}"));
    let mut run = Timeline::new(scenario.config, scenario.seed);
    run.set_checkers(true);
    for command in scenario.commands {
        if let Err(refused) = run.act(command) {
            panic!("{key} refuses its own command: {refused}");
        }
    }
    run.advance(scenario.play, u64::MAX);
    run
}

/// All events up to the cursor.
pub fn events<L: Lab>(run: &Timeline<L>) -> Vec<L::Event> {
    run.events_before(run.step()).into_iter().map(|(_, _, event)| event).collect()
}

/// A command that may or may not make sense now.
pub fn some_command(rng: &mut Rng, lab: &TabletLab) -> TabletCommand {
    let newest = lab.newest().max(0) as u64;
    match rng.below(9) {
        0 | 1 => TabletCommand::Load { rows: 10, bytes: rng.below(1 << 30), segments: 3, overlapping: true },
        2 => TabletCommand::DeleteLoad,
        3 => {
            let start = rng.below(newest + 1) as i64;
            TabletCommand::Compact { range: VersionRange::new(start, start + rng.below(12) as i64) }
        }
        4 => TabletCommand::CompactPick { kind: Kind::Cumulative },
        5 => TabletCommand::CompactPick { kind: if rng.below(2) == 0 { Kind::Base } else { Kind::Full } },
        6 => TabletCommand::Query {
            version: Some(rng.below(newest + 2) as i64),
            holds_ms: rng.below(9_000) as u32,
        },
        7 => TabletCommand::Sweep,
        _ => TabletCommand::Restart,
    }
}

/// The same for a lab that shows a board.
///
/// # Panics
/// Where there is no such scenario, or it refuses its own commands.
pub fn board_run<L: BoardLab>(key: &str) -> Timeline<L> {
    let Some(Start { config, seed, commands, play, .. }) = L::start(key) else {
        panic!("{} has no scenario {key}", L::KEY)
    };
    let mut run = Timeline::new(config, seed);
    run.set_checkers(true);
    for command in commands {
        if let Err(refused) = run.act(command) {
            panic!("{key} refuses its own command: {refused}");
        }
    }
    run.advance(play, u64::MAX);
    run
}

/// What must be equal wherever one comes from: clock, steps, digests of events and state.
pub fn fingerprint<L: Lab>(run: &Timeline<L>) -> (SimTime, u64, u64, u64) {
    (run.now(), run.step(), run.digest().0, run.lab().digest().0)
}

/// How a random walk goes on.
#[derive(Clone, Copy)]
pub struct Walk {
    /// Commands tried.
    pub commands: u64,
    /// Goes back to some step before one of so many commands.
    pub back: u64,
    /// Plays for less than this after each.
    pub pause: SimTime,
}

/// Gives commands at random, here and in the past. A refusal changes nothing, and no invariant breaks.
///
/// # Panics
/// Where one of these does not hold.
pub fn wander<L: Lab>(
    run: &mut Timeline<L>,
    rng: &mut Rng,
    walk: Walk,
    command: impl Fn(&mut Rng, &L) -> L::Command,
) {
    for _ in 0..walk.commands {
        if rng.below(walk.back) == 0 {
            let step = rng.below(run.head().step + 1);
            run.seek_step(step);
        }
        let command = command(rng, run.lab());
        let before = fingerprint(run);
        if run.act(command.clone()).is_err() {
            assert_eq!(fingerprint(run), before, "{command:?} was refused and changed something");
        }
        run.advance(SimTime(rng.below(walk.pause.micros() / 1_000) * 1_000), u64::MAX);
        assert_eq!(run.violation(), None, "step {}", run.step());
    }
}

/// Seeks a run to random steps and times; each is where plain play from the start comes to.
///
/// # Panics
/// Where it is not.
pub fn assert_seeks_as_it_plays<L: BoardLab>(play: &Timeline<L>, rounds: u32) {
    let (steps, end) = (play.head().step, play.now());
    let mut rng = Rng::new(3);
    let mut seek = play.clone();
    for _ in 0..rounds {
        let mut plain = play.clone();
        plain.seek_step(0);
        if rng.below(2) == 0 {
            let step = rng.below(steps + 1);
            seek.seek_step(step);
            plain.play_steps(step);
        } else {
            let time = SimTime(rng.below(end.micros() + 1));
            seek.seek_time(time);
            plain.advance_to(time, u64::MAX);
        }
        // Looking must not change what is looked at.
        let _ = (seek.lab().view(&BoardWindow::ALL), plain.lab().check());
        assert_eq!(fingerprint(&seek), fingerprint(&plain));
    }
}

/// Loads a run from its inputs; every branch ends where it did.
///
/// # Panics
/// Where one does not.
pub fn assert_replays<L: Lab>(first: &mut Timeline<L>) {
    let branches = first.branches().to_vec();
    let (mut again, verdict) = Timeline::<L>::load(first.config().clone(), first.seed(), branches);
    assert_eq!(verdict, Ok(()));
    assert_eq!(again.branches().len(), first.branches().len());
    for index in 0..first.branches().len() {
        let id = BranchId(index as u32);
        first.switch(id);
        again.switch(id);
        assert_eq!(fingerprint(&again), fingerprint(first), "branch {index}");
    }
}

/// No two spans in a row of a lane overlap, and each is on a lane that is shown.
///
/// # Panics
/// Where one is not.
pub fn assert_rows_apart(board: &Board) {
    let mut ends = BTreeMap::new();
    for span in &board.spans {
        assert!(board.lanes.iter().any(|lane| lane.id == span.lane), "{span:?}");
        let end = ends.entry((span.lane, span.row)).or_insert(SimTime::ZERO);
        assert!(*end <= span.from, "{span:?}");
        *end = span.until.unwrap_or(SimTime::MAX);
    }
}
