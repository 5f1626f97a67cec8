//! Builders shared by the tests: runs of scenarios, random walks over a timeline.

use tabletop_core::base::{Rng, SimTime, VersionRange};
use tabletop_core::lab::Lab;
use tabletop_core::lab::board::{BoardLab, Start};
use tabletop_core::lab::tablet::{Kind, TabletCommand, TabletLab, scenarios};
use tabletop_core::lab::timeline::Timeline;

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

/// What must be equal wherever one comes from: clock, steps, digests of events and state.
pub fn fingerprint(run: &Timeline<TabletLab>) -> (SimTime, u64, u64, u64) {
    (run.now(), run.step(), run.digest().0, run.lab().digest().0)
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

/// The same for a lab that shows a board.
pub fn board_fingerprint<L: BoardLab>(run: &Timeline<L>) -> (SimTime, u64, u64, u64) {
    (run.now(), run.step(), run.digest().0, run.lab().digest().0)
}
