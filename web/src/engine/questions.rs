//! Questions about the past: what became of a version, who wrote a rowset.

use super::tablet::TabletRun;
use crate::protocol::{EventLine, Fate, PICKS, Picks, RowsetCard};
use tabletop_core::base::{RowsetId, SimTime, Version};
use tabletop_core::lab::tablet::{TabletEvent, TabletLab};
use tabletop_core::lab::timeline::Timeline;

/// What became of a version for a reader who was planned then.
pub(crate) fn fate(run: &TabletRun, version: Version, started_at: Option<SimTime>) -> Fate {
    let timeline = &run.timeline;
    let (step, lab) = (timeline.step(), timeline.lab());
    let newest = lab.newest();
    let first = timeline.first_step(0, step, |lab| lab.newest() >= version);
    let visible = first.filter(|&first| first > 0).map(|first| (first, timeline.events_of(first).0));
    let since = first.unwrap_or(0);
    let started = started_at.map(|at| (at, visible.is_none_or(|(_, time)| time <= at) && first.is_some()));
    let path = lab.path_to(version);
    let mut fate = Fate {
        version,
        visible,
        newest,
        started,
        path,
        lost: None,
        lost_before_start: false,
        inside: lab.tablet().live_holding(version).map(|meta| meta.range).filter(|range| range.end > version),
    };
    if first.is_some() && fate.path.is_none() {
        match timeline.first_step(since, step, |lab| !lab.serves(version)) {
            Some(0) => fate.lost_before_start = true,
            Some(lost) => {
                let (time, events) = timeline.events_of(lost);
                fate.lost = Some((lost, time, cause(&events, version)));
            }
            None => {}
        }
    }
    fate
}

/// The event of a step that took a version's path away.
fn cause(events: &[TabletEvent], version: Version) -> Option<TabletEvent> {
    let hit = |event: &&TabletEvent| match event {
        TabletEvent::PathSwept { range, .. } | TabletEvent::Compacted { range, .. } => {
            range.contains_version(version)
        }
        _ => false,
    };
    events.iter().find(hit).or(events.first()).cloned()
}

/// Everything about a rowset; nothing when it is gone.
pub(crate) fn card(run: &TabletRun, id: RowsetId) -> Option<RowsetCard> {
    let timeline = &run.timeline;
    let (meta, live) = timeline.lab().rowset(id)?;
    let (meta, step) = (*meta, timeline.step());
    let stale_path = (!live).then(|| timeline.lab().stale_home(meta.range)).flatten();
    let created = timeline.first_step(0, step, |lab| lab.next_rowset() > id).filter(|&step| step > 0);
    let created_by = created.and_then(|created| {
        event_about(timeline, created, |event| match event {
            TabletEvent::Loaded { rowset, .. } => *rowset == id,
            TabletEvent::Compacted { output, .. } => *output == id,
            _ => false,
        })
    });
    let gone = |lab: &TabletLab| lab.rowset(id).is_none_or(|(_, live)| !live);
    let replaced_by = (!live)
        .then(|| timeline.first_step(created.unwrap_or(0), step, gone))
        .flatten()
        .filter(|&step| step > 0)
        .and_then(|replaced| {
            event_about(timeline, replaced, |event| match event {
                TabletEvent::Compacted { range, .. } => range.contains(meta.range),
                _ => false,
            })
        });
    let external_id = run.external_id(id).map(str::to_owned);
    Some(RowsetCard { meta, external_id, live, stale_path, created_by, replaced_by })
}

fn event_about(
    timeline: &Timeline<TabletLab>,
    step: u64,
    is_it: impl Fn(&TabletEvent) -> bool,
) -> Option<(u64, SimTime, TabletEvent)> {
    let (time, events) = timeline.events_of(step);
    events.into_iter().find(|event| is_it(event)).map(|event| (step, time, event))
}

/// What each compaction would take at the cursor, and on the branch beside.
pub(crate) fn picks(run: &TabletRun) -> Picks {
    let timeline = &run.timeline;
    let all = |lab: &TabletLab| PICKS.iter().map(|kind| lab.preview(*kind)).collect();
    Picks {
        step: timeline.step(),
        branch: timeline.branch(),
        of: all(timeline.lab()),
        beside: timeline.beside().map_or_else(Vec::new, |(_, cursor)| all(&cursor.lab)),
    }
}

/// Events of the last steps.
pub(crate) fn events(run: &TabletRun, count: u32) -> Vec<EventLine> {
    /// Steps looked back at most.
    const STEPS_MAX: u32 = 5_000;
    let timeline = &run.timeline;
    timeline
        .events_before(count.min(STEPS_MAX).into())
        .into_iter()
        .map(|(step, time, event)| EventLine { step, time, by_user: timeline.is_command(step), event })
        .collect()
}
