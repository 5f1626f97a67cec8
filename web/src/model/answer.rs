//! What the engine's answers change.

use super::Model;
use super::msg::{Effect, Import, Tab, Toast, ToastKind, View};
use super::update::{pause, send};
use super::wire::{DETAIL_MS, Purpose};
use crate::protocol::{Answer, Both, Frame, Reply, Request, RunState, SaveState, Series};
use crate::stage::Selection;
use crate::stage::ease::Within;
use crate::text::{fill, sentence};
use std::rc::Rc;
use tabletop_core::base::{SimTime, Version};
use tabletop_core::lab::Lab;
use tabletop_core::lab::tablet::{TabletEvent, TabletLab};
use tabletop_core::view::tablet::ReadState;

/// A toast stays so long, ms.
const TOAST_MS: u32 = 8_000;
/// While playing, a screen reader hears one summary in so many ms.
const SUMMARY_MS: f64 = 4_000.0;
/// Otherwise at most one sentence in so many ms.
const SAY_MS: f64 = 1_000.0;
/// Names of the metric columns, in the lab's order.
pub const METRICS: &[&str] = TabletLab::METRICS;

/// Takes an answer in.
pub(super) fn answer(model: &mut Model, answer: Answer, now: f64, out: &mut Vec<Effect>) {
    model.wire.now_ms = now;
    let purpose = model.wire.take(&answer);
    if purpose == Some(Purpose::Advance) {
        model.playback.answered();
    }
    if purpose == Some(Purpose::Seek)
        && let Some(target) = model.wire.seek_next.take()
    {
        send(model, Purpose::Seek, Request::Seek(target), out);
    }
    match answer.reply {
        Reply::Frame(frame) => take_frame(model, *frame, purpose, out),
        Reply::Rejected(rejection) if super::editor::refused(model, &rejection) => {}
        Reply::Rejected(rejection) => toast(model, ToastKind::Rejected(rejection), out),
        Reply::Failed { text } if answer.number == 0 => {
            pause(model);
            model.dead = Some(text);
        }
        Reply::Failed { text } => {
            pause(model);
            if purpose == Some(Purpose::Preview) {
                let said = Both { en: text.clone(), zh: text };
                model.import = Import::Refused { line: 0, column: 0, said };
            } else {
                toast(model, ToastKind::Failed(text), out);
            }
        }
        Reply::Runs { runs, scenarios } => (model.runs, model.scenarios) = (runs, scenarios),
        Reply::Preview(found) => model.import = Import::Found(found),
        Reply::ImportFailed { line, column, said } => model.import = Import::Refused { line, column, said },
        Reply::Fate(fate) => model.fate = Some(fate),
        Reply::Rowset(card) => model.card = Some(card),
        Reply::Events(events) => model.events = events,
        Reply::Series(series) => model.series = Rc::new(series),
        Reply::Text(text) if purpose == Some(Purpose::CopyText) => out.push(Effect::Copy(text)),
        Reply::Text(text) => model.drawing = text,
        Reply::File { name, bytes } => out.push(Effect::Download { name, bytes }),
        Reply::Save(save) => model.save = Some(save),
        Reply::Elsewhere { lab, run } => super::labs::elsewhere(model, lab, run, out),
        Reply::Left => super::labs::left(model, out),
        Reply::Beside(series) => model.beside = series.map(Rc::new),
        Reply::Picks(picks) => {
            model.picks = Some(Rc::new(*picks));
            if !model.playback.playing() && model.preview(false).is_none() {
                self::picks(model, out);
            }
        }
        Reply::Board(frame) => crate::board::page::take(model, *frame, purpose, out),
        Reply::BoardSaid(bytes) => crate::board::page::said(model, &bytes),
    }
}

fn take_frame(model: &mut Model, mut frame: Frame, purpose: Option<Purpose>, out: &mut Vec<Effect>) {
    let beside = frame.beside.take();
    (model.other, model.versus) =
        beside.map_or_else(Default::default, |beside| (Some(Rc::new(beside.frame)), beside.metrics));
    let frame = Rc::new(frame);
    if model.state.as_ref().is_none_or(|last| last.run != frame.state.run) {
        (model.selected, model.chosen, model.card, model.fate) = (None, None, None, None);
    }
    model.frame = Some(Rc::clone(&frame));
    let compared = model.state.as_ref().is_some_and(|last| last.beside.is_some());
    take_state(model, &frame.state, (frame.steps, frame.continues), purpose, out);
    match (compared, frame.state.beside.is_some()) {
        (false, true) => model.tab = Tab::Compare,
        (true, false) if model.tab == Tab::Compare => model.tab = Tab::Pinned,
        _ => {}
    }
    if !model.playback.playing() {
        picks(model, out);
    }
    let t = model.text();
    say(model, |model| {
        let state = &frame.state;
        let step = crate::text::count(state.step);
        if model.playback.playing() {
            let totals = frame.view.totals;
            let counts = [totals.live.to_string(), totals.stale.to_string()];
            return Some(fill(
                t.say_playing,
                &[&step, &sentence::moment(state, state.now), &counts[0], &counts[1]],
            ));
        }
        let quiet = |event: &&TabletEvent| !matches!(event, TabletEvent::KnobsSet | TabletEvent::WorkloadSet);
        let event = frame.events.iter().rev().find(quiet)?;
        Some(fill(t.say_step, &[&step, &sentence::event(t, state, event)]))
    });
}

/// What a frame of any lab changes.
pub(crate) fn take_state(
    model: &mut Model,
    state: &RunState,
    (steps, continues): (u64, bool),
    purpose: Option<Purpose>,
    out: &mut Vec<Effect>,
) {
    let last = model.state.take();
    if state.violation.is_some() {
        // The engine takes no step over a broken invariant.
        pause(model);
    }
    let other_run = last.as_ref().is_none_or(|last| last.run != state.run);
    if other_run {
        model.drawing.clear();
        model.notice = None;
    }
    if last.as_ref().is_none_or(|last| last.beside != state.beside) {
        model.beside = None;
    }
    if let Some(notice) = &state.notice {
        model.notice = Some(notice.clone());
    }
    model.save = Some(state.save.clone());
    model.state = Some(Rc::new(state.clone()));
    if let Some(Purpose::Act { step, head, branch }) = purpose
        && step < head
        && branch != state.branch.0
    {
        let old = state.branches.iter().find(|info| info.id.0 == branch);
        let from = old.map(|info| info.name.clone()).unwrap_or_default();
        toast(model, ToastKind::Forked { step, from }, out);
    }
    if state.violation.is_some() && last.is_none_or(|last| last.violation.is_none()) {
        pause(model);
    }
    count(model, steps);
    if other_run || !continues {
        model.wire.details_ms = f64::MIN;
    }
    details(model, out);
}

/// Steps a second, over half-seconds of playing.
fn count(model: &mut Model, new: u64) {
    let now = model.wire.now_ms;
    let (steps, since) = model.wire.counted;
    if !model.playback.playing() || since <= 0.0 {
        model.wire.counted = (0, now);
        return;
    }
    let (taken, elapsed) = (steps + new, now - since);
    if elapsed >= 500.0 {
        model.rate = Some((taken as f64 * 1_000.0 / elapsed) as u64);
        model.wire.counted = (0, now);
    } else {
        model.wire.counted = (taken, since);
    }
}

/// Tells a screen reader what happened, not too often.
pub(crate) fn say(model: &mut Model, said: impl FnOnce(&Model) -> Option<String>) {
    let now = model.wire.now_ms;
    let pause = if model.playback.playing() { SUMMARY_MS } else { SAY_MS };
    if now - model.wire.said_ms < pause {
        return;
    }
    if let Some(said) = said(model) {
        model.wire.said_ms = now;
        model.say = said;
    }
}

/// Shows a toast.
pub(crate) fn toast(model: &mut Model, kind: ToastKind, out: &mut Vec<Effect>) {
    model.wire.toasts += 1;
    let until_ms = model.wire.now_ms + f64::from(TOAST_MS);
    model.toasts.retain(|toast| toast.kind != kind);
    model.toasts.push(Toast { id: model.wire.toasts, kind, until_ms });
    if model.toasts.len() > 3 {
        model.toasts.remove(0);
    }
    out.push(Effect::Wake(TOAST_MS + 20));
}

/// Asks for what the open panels show, at most four times a second; later if it is too early.
pub(super) fn details(model: &mut Model, out: &mut Vec<Effect>) {
    if model.state.is_none() || model.wire.details_wait {
        return;
    }
    let due = model.wire.details_ms + DETAIL_MS;
    if model.wire.now_ms < due || model.wire.awaits(Purpose::Detail) {
        model.wire.details_wait = true;
        out.push(Effect::Wake((due - model.wire.now_ms).within(20.0, DETAIL_MS) as u32));
        return;
    }
    let playing = model.playback.playing();
    model.wire.details_ms = model.wire.now_ms;
    send(model, Purpose::Detail, Request::Series, out);
    if model.state.as_ref().is_some_and(|state| state.beside.is_some()) {
        send(model, Purpose::Detail, Request::Beside, out);
    }
    if !super::labs::is_tablet(model.lab) {
        return crate::board::page::details(model, out);
    }
    if model.view == View::Text || (model.tab == Tab::Pinned && !playing && !model.layout.phone) {
        send(model, Purpose::Detail, Request::Text, out);
    }
    match model.tab {
        Tab::Pinned => {
            if let Some((version, started_at)) = wanted_fate(model) {
                send(model, Purpose::Detail, Request::Fate { version, started_at }, out);
            } else {
                model.fate = None;
            }
        }
        Tab::Rowset => {
            if let Some(Selection::Rowset(id)) = model.selected {
                send(model, Purpose::Detail, Request::Rowset(id), out);
            }
        }
        Tab::Pick => picks(model, out),
        Tab::Compare => {}
        Tab::Events => send(model, Purpose::Detail, Request::Events { count: super::EVENTS }, out),
    }
}

/// Asks what compactions would take, where that is looked at: one question at a time.
pub(super) fn picks(model: &mut Model, out: &mut Vec<Effect>) {
    if model.tab == Tab::Pick && super::labs::is_tablet(model.lab) && !model.wire.awaits(Purpose::Picks) {
        send(model, Purpose::Picks, Request::Picks, out);
    }
}

/// The version whose fate is told: the selected one, else that of a failed pinned read.
fn wanted_fate(model: &Model) -> Option<(Version, Option<SimTime>)> {
    if let Some(Selection::Version(version)) = model.selected {
        return Some((version, None));
    }
    let read = model.pinned()?;
    matches!(read.state, ReadState::Failed { .. }).then_some((read.version, Some(read.started_at)))
}

/// Metric curves as comma-separated values.
pub(super) fn csv(series: &Series) -> String {
    let mut out = String::from("step,time_us");
    for column in 0..series.metrics.len() {
        out.push(',');
        match METRICS.get(column) {
            Some(name) => out.push_str(name),
            None => out.push_str(&["metric_", &column.to_string()].concat()),
        }
    }
    for (row, (step, time)) in series.steps.iter().zip(&series.times).enumerate() {
        out.push('\n');
        out.push_str(&step.to_string());
        out.push(',');
        out.push_str(&time.micros().to_string());
        for column in &series.metrics {
            out.push(',');
            out.push_str(&column.get(row).copied().unwrap_or(0).to_string());
        }
    }
    out.push('\n');
    out
}

/// Commands that are not on disk.
pub fn not_saved(save: &SaveState) -> u32 {
    match save {
        SaveState::Saving { commands } | SaveState::Failed { commands, .. } => *commands,
        _ => 0,
    }
}
