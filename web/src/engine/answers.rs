//! The session's state as the protocol tells it.

use super::open_run::OpenRun;
use crate::protocol::{BranchInfo, Notice, RunState, SaveState, ScenarioInfo};
use tabletop_core::lab::Lab;
use tabletop_core::lab::tablet::{CHECKERS, scenarios};
use tabletop_core::lab::timeline::BranchId;

/// How a run stands.
pub(crate) fn state(run: &OpenRun, save: SaveState, notice: Option<Notice>) -> RunState {
    let timeline = &run.timeline;
    let lab = timeline.lab();
    let branches = timeline
        .branches()
        .iter()
        .enumerate()
        .map(|(index, branch)| BranchInfo {
            id: BranchId(index as u32),
            name: branch.name.clone(),
            parent: branch.parent,
            fork_time: branch.fork_time,
            head_step: branch.head.step,
            head_time: branch.head.time,
        })
        .collect();
    RunState {
        run: run.id,
        name: run.name.clone(),
        scenario: run.scenario.clone(),
        tablet_id: run.imported().and_then(|text| text.tablet_id),
        seed: timeline.seed(),
        branch: timeline.branch(),
        branches,
        markers: run.markers_here(),
        step: timeline.step(),
        now: timeline.now(),
        started_at: run.started_at(),
        epoch_unix_ms: run
            .imported()
            .filter(|text| text.epoch_unix_ms != 0)
            .map(|text| text.epoch_unix_ms + i64::from(text.zone_minutes.unwrap_or(0)) * 60_000),
        next_at: lab.next_at(),
        can_undo: !run.undo.is_empty(),
        can_redo: !run.redo.is_empty(),
        knobs: lab.knobs().clone(),
        workload: lab.workload().clone(),
        digest: timeline.digest(),
        checkers: if timeline.checkers() { CHECKERS } else { 0 },
        violation: timeline.violation().cloned(),
        save,
        notice,
    }
}

/// Scenarios that can be started.
pub(crate) fn scenarios() -> Vec<ScenarioInfo> {
    scenarios::KEYS.iter().map(|&key| ScenarioInfo { key: key.to_owned() }).collect()
}

/// A name that every file system takes.
pub(crate) fn file_name(name: &str) -> String {
    let safe = |letter: char| if letter.is_alphanumeric() || "-_. ".contains(letter) { letter } else { '_' };
    name.chars().map(safe).take(80).collect()
}
