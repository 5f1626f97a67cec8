//! What the engine said, in words: events, failed reads, rejections, what is saved.

use super::{Text, bytes, clock, fill, grouped, own, policy, range};
use crate::protocol::{Both, PreviewInfo, PreviewSaid, RunState, SaveState};
use tabletop_core::base::SimTime;
use tabletop_core::compaction::Rule;
use tabletop_core::import::RowsetFact;
use tabletop_core::lab::Rejection;
use tabletop_core::lab::tablet::{Kind, TabletEvent};
use tabletop_core::view::tablet::{Heat, ReadState, ReadView};

/// A moment as `06:52`, by the run's own clock.
pub fn moment(state: &RunState, time: SimTime) -> String {
    clock(time, state.epoch_unix_ms).0
}

/// Name of a compaction.
pub const fn kind(t: &'static Text, kind: Kind) -> &'static str {
    match kind {
        Kind::Cumulative => t.kd_cumulative,
        Kind::Base => t.kd_base,
        Kind::Full => t.kd_full,
        Kind::Chosen => t.kd_chosen,
    }
}

/// Name of a heat.
pub const fn heat(t: &'static Text, heat: Heat) -> &'static str {
    match heat {
        Heat::Fresh => t.h_fresh,
        Heat::Cumulative => t.h_cumulative,
        Heat::Base => t.h_base,
        Heat::Delete => t.h_delete,
    }
}

/// One event.
pub fn event(t: &'static Text, state: &RunState, event: &TabletEvent) -> String {
    let n = |number: u64| super::count(number);
    match event {
        TabletEvent::Loaded { version, delete: true, .. } => fill(t.e_deleted, &[&version.to_string()]),
        TabletEvent::Loaded { version, bytes: size, .. } => {
            fill(t.e_loaded, &[&version.to_string(), &bytes(*size)])
        }
        TabletEvent::LoadRefused { count, limit } => fill(t.e_refused, &[&n(*count), &n(*limit)]),
        TabletEvent::Compacted { kind: which, inputs, range: output, path, bytes: size, .. } => {
            let template = if path.is_some() { t.e_compacted_path } else { t.e_compacted };
            let path = path.map(|p| p.to_string()).unwrap_or_default();
            fill(template, &[kind(t, *which), &inputs.to_string(), &range(*output), &bytes(*size), &path])
        }
        TabletEvent::CompactionIdle { kind: which, why } => {
            let (which, rule) = (kind(t, *which), policy::rule(t, why.rule));
            let template = if why.invisible > 0 { t.e_idle_invisible } else { t.e_idle };
            fill(template, &[which, rule, &n(why.invisible)])
        }
        TabletEvent::PointMoved { from, to, past_delete } => {
            let template = if *past_delete { t.e_point_delete } else { t.e_point };
            fill(template, &[&grouped(*from), &to.to_string()])
        }
        TabletEvent::ReaderStarted { reader, version, captures_at } => {
            fill(t.e_reader, &[&reader.to_string(), &version.to_string(), &moment(state, *captures_at)])
        }
        TabletEvent::Served { reader, version, stops, stale } => fill(
            t.e_served,
            &[&reader.to_string(), &version.to_string(), &stops.to_string(), &stale.to_string()],
        ),
        TabletEvent::Failed { reader, version, code, stuck_at } => fill(
            t.e_failed,
            &[&reader.to_string(), &version.to_string(), &grouped(i64::from(*code)), &stuck_at.to_string()],
        ),
        TabletEvent::PathSwept { path, range: versions, rowsets, bytes: size } => {
            fill(t.e_swept, &[&path.to_string(), &range(*versions), &rowsets.to_string(), &bytes(*size)])
        }
        TabletEvent::SweptNothing { next: None } => t.e_nothing.to_owned(),
        TabletEvent::SweptNothing { next: Some(next) } => fill(t.e_nothing_next, &[&moment(state, *next)]),
        TabletEvent::SweepStopped { missing: ..0 } => t.e_stopped_check.to_owned(),
        TabletEvent::SweepStopped { missing } => fill(t.e_stopped, &[&missing.to_string()]),
        TabletEvent::GraphRebuilt { before, after } => fill(t.e_rebuilt, &[&n(*before), &n(*after)]),
        TabletEvent::Restarted { paths, readers_lost } => {
            fill(t.e_restarted, &[&paths.to_string(), &readers_lost.to_string()])
        }
        TabletEvent::KnobsSet => t.e_knobs.to_owned(),
        TabletEvent::WorkloadSet => t.e_workload.to_owned(),
        TabletEvent::ScriptSet { .. } => own::of(t).set.to_owned(),
        TabletEvent::ScriptSaid { text } => fill(own::of(t).said, &[text]),
        TabletEvent::ScriptFailed { kind: which, fault } => {
            fill(own::of(t).failed, &[kind(t, *which), &own::fault(t, fault)])
        }
        TabletEvent::Visible { version } => fill(t.e_visible, &[&version.to_string()]),
    }
}

/// Why a read failed, sentence by sentence; nothing for a read that did not.
pub fn reasons(t: &'static Text, state: &RunState, read: &ReadView, newest: i64) -> Vec<String> {
    let ReadState::Failed { stuck_at, inside, swept, missing, complete_search_finds, .. } = &read.state
    else {
        return Vec::new();
    };
    let version = read.version.to_string();
    let mut out = Vec::new();
    if read.version > newest {
        out.push(fill(t.why_not_yet, &[&version, &newest.to_string()]));
    }
    if let Some(inside) = inside {
        out.push(fill(t.why_inside, &[&version, &range(*inside)]));
    }
    if let Some((path, at, _)) = swept {
        out.push(fill(t.why_swept, &[&path.to_string(), &moment(state, *at)]));
    }
    for gap in missing.iter().take(3) {
        out.push(fill(t.why_missing, &[&range(*gap)]));
    }
    out.push(fill(t.why_stuck, &[&stuck_at.0.to_string()]));
    if *complete_search_finds {
        out.push(t.why_greedy.to_owned());
    }
    out
}

/// The reference's name of a code.
pub const fn code_name(code: i32) -> &'static str {
    match code {
        -230 => "VERSION_ALREADY_MERGED",
        -235 => "TOO_MANY_VERSION",
        6 => "END_OF_FILE",
        33 => "INVALID_ARGUMENT",
        _ => "",
    }
}

/// A refused command: by its rule where the table knows it, else in the engine's English.
pub fn rejection(t: &'static Text, rejection: &Rejection) -> String {
    let template = match rejection.key.as_str() {
        "load-too-big" => t.r_load_too_big,
        "version-unknown" => t.r_version_unknown,
        "too-many-versions" => t.r_too_many,
        "range-cuts-rowset" => t.r_cuts,
        "range-not-covered" => t.r_not_covered,
        "nothing-to-merge" => t.r_nothing,
        "knob-zero" => t.r_knob_zero,
        "script" => return own::fault(t, &own::refused(rejection)),
        "nothing-picked" => {
            let rule = rejection.numbers.first().and_then(|&rule| Rule::ALL.get(usize::try_from(rule).ok()?));
            return fill(t.r_picked, &[rule.map_or("", |rule| policy::rule(t, *rule))]);
        }
        _ => return rejection.text.clone(),
    };
    let numbers: Vec<String> = rejection.numbers.iter().map(ToString::to_string).collect();
    fill(template, &numbers.iter().map(String::as_str).collect::<Vec<_>>())
}

/// What is saved: the state, and whether it is good, pending or bad.
pub fn save(t: &'static Text, state: &SaveState) -> (String, &'static str) {
    match state {
        SaveState::Saved { .. } => (t.saved.to_owned(), "good"),
        SaveState::Saving { .. } => (t.saving.to_owned(), "warn"),
        SaveState::Failed { commands, .. } => {
            (fill(t.unsaved, &[&super::count(u64::from(*commands))]), "bad")
        }
        SaveState::ReadOnly => (t.read_only.to_owned(), "warn"),
        SaveState::InMemory { .. } => (t.in_memory.to_owned(), "warn"),
    }
}

/// The word for `data-save`.
pub const fn save_word(state: &SaveState) -> &'static str {
    match state {
        SaveState::Saved { .. } => "saved",
        SaveState::Saving { .. } => "saving",
        SaveState::Failed { .. } => "failed",
        SaveState::ReadOnly => "read-only",
        SaveState::InMemory { .. } => "memory",
    }
}

/// A sentence that came in both languages.
pub fn either<'a>(t: &'static Text, both: &'a Both) -> &'a str {
    if core::ptr::eq(t, &raw const super::EN) { &both.en } else { &both.zh }
}

/// What pasted text holds, line by line: good, or to be known, or only a remark.
pub fn imported(t: &'static Text, found: &PreviewInfo) -> Vec<(&'static str, String)> {
    let n = super::count;
    let mut out = Vec::new();
    let newest = found.max_version.to_string();
    out.push(("good", fill(t.import_found, &[&n(found.live), &newest, &n(found.stale_paths)])));
    match found.cumulative_point {
        Some(point) => out.push(("good", fill(t.import_point, &[&point.to_string()]))),
        None => out.push(("warn", t.import_no_point.to_owned())),
    }
    if let Some(policy) = &found.policy {
        out.push(("good", fill(t.import_policy, &[policy])));
    }
    if found.ungrouped > 0 {
        out.push(("warn", fill(t.import_ungrouped, &[&n(found.ungrouped)])));
    }
    if !found.missing.is_empty() {
        let gaps: Vec<String> = found.missing.iter().map(|gap| range(*gap)).collect();
        out.push(("warn", fill(t.import_missing, &[&gaps.join(" ")])));
    }
    for note in &found.notes {
        let tone = if note.warning { "warn" } else { "faint" };
        let said = match &note.said {
            PreviewSaid::NotTold(fact, rowsets) => {
                let fact = RowsetFact::ALL.get(*fact as usize).map_or("", |fact| fact_name(t, *fact));
                out.push((tone, fill(t.import_unknown, &[fact, &n(*rowsets)])));
                continue;
            }
            PreviewSaid::More(count) => fill(t.import_more, &[&n(*count)]),
            PreviewSaid::Text(text) => either(t, text).to_owned(),
        };
        out.push((tone, fill(t.import_note, &[&note.line.to_string(), &note.column.to_string(), &said])));
    }
    out
}

const fn fact_name(t: &'static Text, fact: RowsetFact) -> &'static str {
    match fact {
        RowsetFact::Bytes => t.f_bytes,
        RowsetFact::Rows => t.f_rows,
        RowsetFact::Created => t.f_created,
        RowsetFact::Segments => t.f_segments,
        RowsetFact::Overlap => t.f_overlap,
        RowsetFact::Kind => t.f_kind,
    }
}
