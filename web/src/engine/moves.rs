//! What requests do to an open run: moving its cursor, flags, names.

use super::line::Line;
use super::open_run::{OpenRun, Spot};
use crate::protocol::Target;
use tabletop_core::base::SimTime;
use tabletop_core::record::MarkerRecord;

/// Longest name of a run, branch or flag, in characters.
const NAME_CHARS_MAX: usize = 120;

/// A name without control characters, of bounded length.
pub(crate) fn clean(name: &str) -> String {
    name.trim().chars().filter(|letter| !letter.is_control()).take(NAME_CHARS_MAX).collect()
}

/// Puts a flag at the cursor; an empty name takes it away.
pub(crate) fn mark(run: &mut OpenRun<impl Line + ?Sized>, name: String) {
    let Spot { branch, step, time } = run.spot();
    run.markers.retain(|marker| marker.branch != branch.0 || marker.step != step);
    if !name.is_empty() {
        run.markers.push(MarkerRecord { branch: branch.0, step, time, name });
    }
}

/// Moves the cursor.
pub(crate) fn seek(run: &mut OpenRun<impl Line + ?Sized>, target: Target) {
    let timeline = &mut run.timeline;
    match target {
        Target::Step(step) => timeline.seek_step(step),
        Target::Time(time) => timeline.seek_time(time),
        Target::By(by) if by >= 0 => {
            /// Steps that one key press may play.
            const STEPS_MAX: u64 = 100_000;
            timeline.play_steps(by.unsigned_abs().min(STEPS_MAX));
        }
        Target::By(by) => timeline.seek_step(timeline.step().saturating_sub(by.unsigned_abs())),
        Target::ByCommand(by) => {
            let step = timeline.command_step(by);
            timeline.seek_step(step);
        }
        Target::ByTime(by) if by >= 0 => {
            let to = timeline.now() + SimTime(by.unsigned_abs());
            timeline.seek_time(to);
        }
        Target::ByTime(by) => {
            let to = timeline.now() - SimTime(by.unsigned_abs());
            timeline.seek_time(to);
        }
        Target::Lane { kind, direction } => {
            if let Some(step) = timeline.lane_step(kind as usize, direction) {
                timeline.seek_step(step);
            }
        }
        Target::Start => timeline.seek_step(0),
        Target::End => {
            let head = timeline.head();
            timeline.go(timeline.branch(), head.step, head.time);
        }
    }
}
