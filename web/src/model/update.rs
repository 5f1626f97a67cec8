//! One message changes the model and asks for effects.

use super::answer;
use super::knob::{Choice, Knob, KnobId, SETTINGS, WORKLOAD};
use super::msg::{Asked, Dialog, Edit, Effect, Import, Menu, Msg, Sheet, StepBy, Tab, ToastKind, View};
use super::verb::Verb;
use super::wire::Purpose;
use super::{Model, keys, palette};
use crate::board::page::Do;
use crate::player::{MAX_STEPS, Speed};
use crate::protocol::{Request, Target};
use crate::stage::{Selection, StageMode};
use crate::text::{Lang, chinese, read_chinese};
use tabletop_core::base::VersionRange;
use tabletop_core::lab::tablet::{Knobs, TabletCommand};
use tabletop_core::view::tablet::TabletWindow;

/// Height of a table's row at root size 16, px.
const ROW_PX: f64 = 28.0;

/// Changes the model. What must then happen outside of it is returned.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut out = Vec::new();
    step(model, msg, &mut out);
    out
}

fn step(model: &mut Model, msg: Msg, out: &mut Vec<Effect>) {
    match msg {
        Msg::Answer(reply, now) => answer::answer(model, *reply, now, out),
        Msg::Frame(now) => frame(model, now, out),
        Msg::Wake(now) => {
            model.wire.now_ms = now;
            model.wire.details_wait = false;
            model.toasts.retain(|toast| toast.until_ms > now);
            answer::details(model, out);
        }
        Msg::Key(key) => {
            if let Some(msg) = keys::press(model, &key) {
                step(model, msg, out);
            }
        }
        Msg::Layout(layout) => model.layout = layout,
        Msg::Do(verb) => act_verb(model, verb, out),
        Msg::Act(command) => act(model, command, out),
        Msg::Ask(request) => ask(model, request, out),
        Msg::Seek(target) => seek(model, target, out),
        Msg::Step(by) => match model.step_by {
            StepBy::Step => seek(model, Target::By(i64::from(by)), out),
            StepBy::Command => seek(model, Target::ByCommand(by), out),
        },
        Msg::Toggle => toggle(model, out),
        Msg::Lab(lab) => super::labs::switch(model, lab, out),
        Msg::Board(what) => crate::board::page::update(model, what, out),
        Msg::AgainWith(knob, value) => model.again = (knob, value),
        Msg::Again => again(model, out),
        Msg::Peek(kind) => {
            model.peek = kind.unwrap_or(model.peek);
            model.tab = if kind.is_some() { Tab::Pick } else { Tab::Pinned };
            model.drawer = kind.is_some();
            if model.layout.phone {
                model.sheet = kind.map(|_| Sheet::Inspect);
            }
            details(model, out);
        }
        Msg::Speed(position) => model.playback.set_speed(Speed::at(position)),
        Msg::StepBy(unit) => model.step_by = unit,
        Msg::View(view) => show(model, view, out),
        Msg::Tab(tab) => {
            model.tab = tab;
            details(model, out);
        }
        Msg::Select { what, extend } => select(model, what, extend, out),
        Msg::Choose(typed) => model.chosen_draft = (!typed.trim().is_empty()).then_some(typed),
        Msg::Window(window) => {
            model.window = window;
            if stage_mode(model.view).is_some() {
                send(model, Purpose::Other, Request::Window(window), out);
            }
        }
        Msg::Hover(hover) => model.hover = hover,
        Msg::Order(order) => model.order = Some((model.order.map_or(0, |last| last.0) + 1, order)),
        Msg::Lane(lane) => model.lane = lane,
        Msg::Menu(menu) => {
            model.menu = menu;
            if menu == Some(Menu::Run) {
                send(model, Purpose::Other, Request::Runs, out);
            }
        }
        Msg::Dialog(dialog) => open(model, dialog, out),
        Msg::Sheet(sheet) => model.sheet = sheet,
        Msg::Drawer(on) => model.drawer = on,
        Msg::Language if model.lang == Lang::En && chinese().is_none() => {
            model.wants_chinese = true;
            out.push(Effect::Chinese);
        }
        Msg::Language => swap_language(model, out),
        Msg::Chinese(table) => {
            let read = table.is_some_and(read_chinese);
            if core::mem::take(&mut model.wants_chinese) {
                if read {
                    swap_language(model, out);
                } else {
                    let why = model.text().no_chinese.to_owned();
                    answer::toast(model, ToastKind::Failed(why), out);
                }
            }
        }
        Msg::Theme => {
            model.dark = !model.dark;
            let theme = if model.dark { "dark" } else { "light" };
            out.push(Effect::Root("data-theme", theme));
            out.push(Effect::Keep("theme", theme));
        }
        Msg::Projector => {
            model.projector = !model.projector;
            let size = if model.projector { "projector" } else { "normal" };
            out.push(Effect::Root("data-size", size));
            out.push(Effect::Keep("size", size));
        }
        Msg::Letters => {
            model.letters = !model.letters;
            out.push(Effect::Keep("letters", if model.letters { "on" } else { "off" }));
        }
        Msg::QueryVersion(typed) => model.query_version = typed,
        Msg::QueryHolds(secs) => model.query_holds_s = secs,
        Msg::Drag(knob, value) => model.draft = Some((knob, value)),
        Msg::Turn(knob, value) => turn(model, knob, value, out),
        Msg::Knobs(knobs) => act(model, TabletCommand::SetKnobs(knobs), out),
        Msg::ResetKnobs => act(model, TabletCommand::SetKnobs(Knobs::default()), out),
        Msg::Script(what) => super::editor::edit(model, what, out),
        Msg::WorkloadOn(on) => {
            if let Some(frame) = &model.frame {
                let workload = tabletop_core::lab::tablet::Workload { on, ..frame.workload.clone() };
                act(model, TabletCommand::SetWorkload(workload), out);
            }
        }
        Msg::Find(typed) => model.palette = (typed, 0),
        Msg::FindMove(by) => {
            let last = palette::search(model).len().saturating_sub(1);
            model.palette.1 = model.palette.1.saturating_add_signed(by as isize).min(last);
        }
        Msg::FindRun(entry) => {
            let entry = entry.or_else(|| palette::search(model).into_iter().nth(model.palette.1));
            if let Some(entry) = entry {
                model.dialog = None;
                step(model, *entry.does, out);
            }
        }
        Msg::Reading => model.import = Import::Reading,
        Msg::Preview { name, bytes } => preview(model, name, bytes, out),
        Msg::File { name, bytes } => {
            model.dropping = false;
            if name.ends_with(".tabletop") {
                model.dialog = None;
                ask(model, Request::OpenFile(bytes), out);
            } else {
                model.dialog = Some(Dialog::Import);
                preview(model, name, bytes, out);
            }
        }
        Msg::Dropping(on) => model.dropping = on,
        Msg::Edit(edit) => model.edit = edit,
        Msg::Rename => match model.edit.take() {
            Some((Edit::Run(run), name)) if !name.trim().is_empty() => {
                ask_keeping(model, Request::Rename(run, name), out);
            }
            Some((Edit::Branch(branch), name)) if !name.trim().is_empty() => {
                ask_keeping(model, Request::RenameBranch(branch, name), out);
            }
            _ => {}
        },
        Msg::Trash(run, name) => {
            ask_keeping(model, Request::Trash(run), out);
            answer::toast(model, ToastKind::Trashed(run, name), out);
        }
        Msg::Mark => mark(model, out),
        Msg::OtherBranch(by) => other_branch(model, by, out),
        Msg::Measure(what) => super::measuring::measure(model, what, out),
        Msg::Copy(text) => out.push(Effect::Copy(text)),
        Msg::Copied(done) => answer::toast(model, ToastKind::Copied(done), out),
        Msg::CopyText => {
            model.menu = None;
            send(model, Purpose::CopyText, Request::Text, out);
        }
        Msg::Csv => {
            model.menu = None;
            let (name, bytes) =
                ([&model.run_name(), ".csv"].concat(), super::answer::csv(&model.series).into_bytes());
            out.push(Effect::Download { name, bytes });
        }
        Msg::Svg => {
            model.menu = None;
            out.push(Effect::Svg);
        }
        Msg::Scrolled(top, height) => {
            model.table_at = (top, height);
            if !super::labs::is_tablet(model.lab) {
                crate::board::page::update(model, Do::Row((top / ROW_PX) as u64), out);
            }
        }
        Msg::Toasted(id) => model.toasts.retain(|toast| toast.id != id),
        Msg::NoticeSeen => model.notice = None,
        Msg::IntroSeen => {
            model.intro_seen = true;
            out.push(Effect::Keep("intro", "seen"));
        }
        Msg::Reload => out.push(Effect::Reload),
    }
}

/// The stage's mode in a view that draws.
pub const fn stage_mode(view: View) -> Option<StageMode> {
    match view {
        View::Map => Some(StageMode::Map),
        View::Graph => Some(StageMode::Graph),
        View::Table | View::Text => None,
    }
}

#[inline(never)]
pub(crate) fn send(model: &mut Model, purpose: Purpose, request: Request, out: &mut Vec<Effect>) {
    if model.dead.is_none() {
        out.push(Effect::Ask(Asked(model.wire.ask(purpose, request))));
    }
}

/// Asks for details at once.
#[inline(never)]
pub(crate) fn details_now(model: &mut Model, out: &mut Vec<Effect>) {
    details(model, out);
}

#[inline(never)]
fn details(model: &mut Model, out: &mut Vec<Effect>) {
    answer::picks(model, out);
    model.wire.details_ms = f64::MIN;
    answer::details(model, out);
}

/// A request from a menu, a banner or a key: closes the menu and stops playing where it jumps.
#[inline(never)]
fn ask(model: &mut Model, request: Request, out: &mut Vec<Effect>) {
    model.menu = None;
    ask_keeping(model, request, out);
}

#[inline(never)]
fn ask_keeping(model: &mut Model, request: Request, out: &mut Vec<Effect>) {
    let stays = matches!(
        request,
        Request::Checkers(_)
            | Request::Rename(..)
            | Request::RenameBranch(..)
            | Request::Save
            | Request::Export(_)
            | Request::Runs
            | Request::TakeOver
            | Request::Compare(_)
            | Request::Again { .. }
            | Request::Trash(_)
            | Request::Restore(_)
    );
    let possible = model.state.as_ref().is_none_or(|state| match request {
        Request::Undo => state.can_undo,
        Request::Redo => state.can_redo,
        Request::Fork { .. } => model.can_act(),
        _ => true,
    });
    if !possible {
        return;
    }
    if !stays {
        pause(model);
    }
    if matches!(request, Request::PlayPreview) {
        model.dialog = None;
        model.import = Import::Empty;
    }
    send(model, Purpose::Other, request, out);
}

fn frame(model: &mut Model, now: f64, out: &mut Vec<Effect>) {
    model.wire.now_ms = now;
    if let Some(micros) = model.playback.tick(now) {
        send(model, Purpose::Advance, Request::Advance { micros, max_steps: MAX_STEPS }, out);
    }
    if model.playback.playing() {
        out.push(Effect::Frames);
    }
}

#[inline(never)]
fn toggle(model: &mut Model, out: &mut Vec<Effect>) {
    let Some(at) = model.state.as_ref().map(|state| state.step) else { return };
    if model.playback.playing() {
        pause(model);
        details(model, out);
    } else {
        model.playback.play(at);
        model.wire.counted = (0, 0.0);
        out.push(Effect::Frames);
    }
}

/// Stops playing where the cursor is.
#[inline(never)]
pub(super) fn pause(model: &mut Model) {
    if model.playback.playing() {
        model.playback.pause(model.state.as_ref().map_or(0, |state| state.step));
    }
}

/// Moves the cursor. While a seek is under way only the last place wanted is kept.
#[inline(never)]
fn seek(model: &mut Model, target: Target, out: &mut Vec<Effect>) {
    pause(model);
    let settled = matches!(target, Target::Step(_) | Target::Time(_) | Target::Start | Target::End);
    if settled && model.wire.awaits(Purpose::Seek) {
        model.wire.seek_next = Some(target);
    } else {
        send(model, Purpose::Seek, Request::Seek(target), out);
    }
}

#[inline(never)]
fn act_verb(model: &mut Model, verb: Verb, out: &mut Vec<Effect>) {
    model.sheet = None;
    if let Some(command) = verb.command(model) {
        act(model, command, out);
    }
}

#[inline(never)]
pub(super) fn act(model: &mut Model, command: TabletCommand, out: &mut Vec<Effect>) {
    if !model.can_act() {
        return;
    }
    let Some(purpose) = acting(model) else { return };
    send(model, purpose, Request::Act(command), out);
}

/// A command at the cursor.
pub(crate) fn acting(model: &Model) -> Option<Purpose> {
    let state = model.state.as_ref()?;
    let head =
        state.branches.iter().find(|branch| branch.id == state.branch).map_or(0, |branch| branch.head_step);
    Some(Purpose::Act { step: state.step, head, branch: state.branch.0 })
}

#[inline(never)]
fn turn(model: &mut Model, id: KnobId, value: u64, out: &mut Vec<Effect>) {
    model.draft = None;
    let (Some(knob), Some(frame)) = (Knob::of(id), &model.frame) else { return };
    let (mut knobs, mut workload) = (frame.knobs.clone(), frame.workload.clone());
    if (knob.get)(&knobs, &workload) == value {
        return;
    }
    (knob.set)(&mut knobs, &mut workload, value);
    let command = if knobs == frame.knobs {
        TabletCommand::SetWorkload(workload)
    } else {
        TabletCommand::SetKnobs(knobs)
    };
    act(model, command, out);
}

/// Plays the run again with the chosen knob turned, and holds that beside it.
#[inline(never)]
fn again(model: &mut Model, out: &mut Vec<Effect>) {
    if !model.can_act() {
        return;
    }
    if !super::labs::is_tablet(model.lab) {
        return crate::board::page::again(model, out);
    }
    let Some(frame) = &model.frame else { return };
    let (key, text) = (&model.again.0, &model.again.1);
    let (mut knobs, mut workload) = (frame.knobs.clone(), frame.workload.clone());
    let name = if let Some(choice) = Choice::of(key) {
        let Some(name) = choice.set(model.text(), &mut knobs, text) else { return };
        name.to_owned()
    } else {
        let Some(knob) = WORKLOAD.iter().chain(&SETTINGS).find(|knob| knob.test == *key) else { return };
        let Some(value) = knob.parse(text) else { return };
        (knob.set)(&mut knobs, &mut workload, value);
        [(knob.label)(model.text()), " ", text].concat()
    };
    let command = match (knobs == frame.knobs, workload == frame.workload) {
        (false, _) => TabletCommand::SetKnobs(knobs),
        (true, false) => TabletCommand::SetWorkload(workload),
        (true, true) => return,
    };
    ask(model, Request::Again { name, command }, out);
}

/// The table twin holds everything, so it asks for the whole axis; a drawing for its window.
#[inline(never)]
fn show(model: &mut Model, view: View, out: &mut Vec<Effect>) {
    let (was, is) = (stage_mode(model.view).is_some(), stage_mode(view).is_some());
    model.view = view;
    model.hover = None;
    if !super::labs::is_tablet(model.lab) {
        crate::board::page::look(model, out);
    } else if view == View::Table && model.window != TabletWindow::ALL {
        send(model, Purpose::Other, Request::Window(TabletWindow::ALL), out);
    } else if is && !was && model.window != TabletWindow::ALL {
        send(model, Purpose::Other, Request::Window(model.window), out);
    }
    details(model, out);
}

#[inline(never)]
fn select(model: &mut Model, what: Option<Selection>, extend: bool, out: &mut Vec<Effect>) {
    model.selected = what;
    let range = model.frame.as_ref().and_then(|frame| {
        let view = &frame.view;
        match what? {
            Selection::Rowset(id) => {
                let bricks = view.live.iter().chain(view.stale.iter().flat_map(|path| &path.members));
                bricks.into_iter().find(|brick| brick.id == id).map(|brick| brick.range)
            }
            Selection::Path(id) => view.stale.iter().find(|path| path.id == id).map(|path| path.range),
            Selection::Version(_) | Selection::Reader(_) => None,
        }
    });
    model.chosen = match (range, model.chosen) {
        (Some(range), Some(last)) if extend => {
            Some(VersionRange::new(range.start.min(last.start), range.end.max(last.end)))
        }
        (None, last) if extend => last,
        (range, _) => range,
    };
    model.chosen_draft = None;
    match what {
        Some(Selection::Rowset(_)) => model.tab = Tab::Rowset,
        Some(Selection::Version(_) | Selection::Reader(_)) => {
            model.tab = Tab::Pinned;
            model.query_version.clear();
        }
        _ => {}
    }
    model.card = None;
    model.fate = None;
    details(model, out);
}

#[inline(never)]
fn swap_language(model: &mut Model, out: &mut Vec<Effect>) {
    model.lang = model.lang.other();
    crate::board::page::ask_words(model, out);
    out.push(Effect::Root("lang", model.lang.code()));
    out.push(Effect::Keep("lang", model.lang.code()));
}

#[inline(never)]
pub(super) fn open(model: &mut Model, dialog: Option<Dialog>, out: &mut Vec<Effect>) {
    model.dialog = dialog;
    model.menu = None;
    match dialog {
        Some(Dialog::Palette) => {
            model.palette = (String::new(), 0);
            // It is searched in both languages.
            if chinese().is_none() {
                out.push(Effect::Chinese);
            }
            send(model, Purpose::Other, Request::Runs, out);
        }
        Some(Dialog::Shortcuts | Dialog::Measure) => pause(model),
        Some(Dialog::Import) => model.import = Import::Empty,
        Some(Dialog::Script) | None => {}
    }
}

#[inline(never)]
fn preview(model: &mut Model, name: String, text: Vec<u8>, out: &mut Vec<Effect>) {
    if text.iter().all(u8::is_ascii_whitespace) {
        model.import = Import::Empty;
        return;
    }
    model.import = Import::Reading;
    send(model, Purpose::Preview, Request::Preview { name, text }, out);
}

#[inline(never)]
fn mark(model: &mut Model, out: &mut Vec<Effect>) {
    let Some(state) = &model.state else { return };
    let here = state.markers.iter().any(|marker| marker.step == state.step);
    let number = (state.markers.len() + 1).to_string();
    let name = if here { String::new() } else { crate::text::fill(model.text().mark_name, &[&number]) };
    send(model, Purpose::Other, Request::Mark(name), out);
}

#[inline(never)]
fn other_branch(model: &mut Model, by: i32, out: &mut Vec<Effect>) {
    let Some(state) = &model.state else { return };
    let count = state.branches.len() as i32;
    let Some(at) = state.branches.iter().position(|branch| branch.id == state.branch) else { return };
    let next = (at as i32 + by).rem_euclid(count.max(1)) as usize;
    if let Some(branch) = state.branches.get(next).filter(|branch| branch.id != state.branch) {
        let id = branch.id;
        ask(model, Request::Switch(id), out);
    }
}
