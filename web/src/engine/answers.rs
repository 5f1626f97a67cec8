//! The session's state as the protocol tells it.

use super::line::Line;
use super::open_run::OpenRun;
use crate::protocol::{Notice, RunState, SaveState};

/// How a run stands. What only its lab knows stays as it is for a lab without.
pub(crate) fn state(run: &OpenRun<impl Line + ?Sized>, save: SaveState, notice: Option<Notice>) -> RunState {
    let timeline = &run.timeline;
    RunState {
        run: run.id,
        lab: run.lab,
        name: run.name.clone(),
        scenario: run.scenario.clone(),
        tablet_id: None,
        seed: timeline.seed(),
        branch: timeline.branch(),
        beside: timeline.beside_branch(),
        branches: timeline.branches_told(),
        markers: run.markers_here(),
        step: timeline.step(),
        now: timeline.now(),
        started_at: timeline.started_at(),
        epoch_unix_ms: None,
        next_at: timeline.next_at(),
        can_undo: !run.undo.is_empty(),
        can_redo: !run.redo.is_empty(),
        digest: timeline.digest(),
        checkers: u32::from(timeline.checkers()),
        violation: timeline.violation().cloned(),
        save,
        notice,
    }
}

/// A name that every file system takes.
pub(crate) fn file_name(name: &str) -> String {
    let safe = |letter: char| if letter.is_alphanumeric() || "-_. ".contains(letter) { letter } else { '_' };
    name.chars().map(safe).take(80).collect()
}
