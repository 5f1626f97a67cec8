//! The dock: transport, clock, step, speed, marks, and the strip of what happened.

use super::icons::icon;
use super::{Ui, knobs, stage};
use crate::model::{Msg, StepBy};
use crate::player::Speed;
use crate::protocol::{Request, Target};
use crate::stage::TimelineStripProps;
use crate::text::{Lang, clock};
use std::rc::Rc;
use yew::Html;

/// Lanes of the density strip, in the lab's order.
fn lanes(ui: Ui) -> Vec<String> {
    let (t, board) = (ui.t, &ui.m.board);
    if let Some(info) = &board.info {
        return info.density.iter().map(|key| board.words.of("density-", key)).collect();
    }
    [t.l_loads, t.l_compactions, t.l_reads, t.l_failures, t.l_sweeps].map(str::to_owned).to_vec()
}

#[inline(never)]
pub(super) fn view(ui: Ui) -> Html {
    html! {
        <section class="dock" aria-label={ui.t.timeline}>
            <div class="transport">
                { moves(ui) }
                <div class="vr" />
                { when(ui) }
                { step_box(ui) }
                { unit(ui) }
                { lane(ui) }
                <div class="grow" />
                { speed(ui) }
                <div class="vr" />
                { act(ui, "flag", ui.t.mark, "M", "mark", Msg::Mark) }
                { act(ui, "branch", ui.t.branch_here, "B", "fork", Msg::Ask(Request::Fork { name: String::new() })) }
            </div>
            { strip(ui) }
        </section>
    }
}

fn act(ui: Ui, name: &str, label: &'static str, key: &'static str, test: &'static str, msg: Msg) -> Html {
    html! {
        <button class="btn quiet small" data-test={test} disabled={ui.m.state.is_none()} onclick={ui.click(msg)}>
            { icon(name) }<span class="long">{ label }</span><kbd aria-hidden="true">{ key }</kbd>
        </button>
    }
}

fn moves(ui: Ui) -> Html {
    let t = ui.t;
    let off = ui.m.state.is_none();
    html! {
        <>
            { ui.tool("first", t.to_start, "to-start", Msg::Seek(Target::Start), off) }
            { ui.tool("prev", t.step_back, "step-prev", Msg::Step(-1), off) }
            { play(ui) }
            { ui.tool("next", t.step_next, "step-next", Msg::Step(1), off) }
            { ui.tool("last", t.to_end, "to-end", Msg::Seek(Target::End), off) }
        </>
    }
}

pub(super) fn play(ui: Ui) -> Html {
    let (name, label) = if ui.m.playback.playing() { ("pause", ui.t.pause) } else { ("play", ui.t.play) };
    html! {
        <button class="playb" data-test="play" aria-label={label} disabled={ui.m.state.is_none()} onclick={ui.click(Msg::Toggle)}>
            { icon(name) }<span>{ label }</span>
        </button>
    }
}

pub(super) fn when(ui: Ui) -> Html {
    let (time, fraction) =
        ui.m.state.as_deref().map_or_else(|| ("–".into(), String::new()), |s| clock(s.now, s.epoch_unix_ms));
    html! { <span class="clock" data-test="clock">{ time }<small>{ fraction }</small></span> }
}

fn step_box(ui: Ui) -> Html {
    let Some(state) = ui.m.state.as_deref() else { return Html::default() };
    let head =
        state.branches.iter().find(|branch| branch.id == state.branch).map_or(0, |branch| branch.head_step);
    html! {
        <label class="stepbox">
            { ui.t.step }
            <input data-test="step-box" inputmode="numeric" aria-label={ui.t.step_box} value={state.step.to_string()}
                onchange={ui.typed(|typed| Some(Msg::Seek(Target::Step(typed.trim().parse().ok()?))))} />
            <span data-test="head-step">{ ["/ ", &head.max(state.step).to_string()].concat() }</span>
        </label>
    }
}

fn unit(ui: Ui) -> Html {
    let t = ui.t;
    let by_command = ui.m.step_by == StepBy::Command;
    let turn =
        ui.typed(|typed| Some(Msg::StepBy(if typed == "command" { StepBy::Command } else { StepBy::Step })));
    html! {
        <select class="quiet" data-test="step-by" aria-label={t.by_unit} onchange={turn}>
            <option value="step" selected={!by_command}>{ t.by_step }</option>
            <option value="command" selected={by_command}>{ t.by_command }</option>
        </select>
    }
}

fn lane(ui: Ui) -> Html {
    let t = ui.t;
    let kinds = ui.m.series.kinds.len();
    let turn = ui.typed(|typed| Some(Msg::Lane(typed.parse().ok()?)));
    let go = |direction| Msg::Seek(Target::Lane { kind: ui.m.lane, direction });
    html! {
        <span class="lane">
            { ui.tool("chev", t.lane_prev, "lane-prev", go(-1), kinds == 0) }
            <select class="quiet" data-test="lane" aria-label={t.lane} onchange={turn}>
                { for lanes(ui).into_iter().enumerate().take(kinds.max(1)).map(|(at, name)| html! {
                    <option value={at.to_string()} selected={at as u32 == ui.m.lane}>{ name }</option>
                }) }
            </select>
            { ui.tool("chev", t.lane_next, "lane-next", go(1), kinds == 0) }
        </span>
    }
}

pub(super) fn speed(ui: Ui) -> Html {
    let speed = ui.m.playback.speed();
    let (up, down) = speed.ratio();
    let text = if down > 1 { ["×1/", &down.to_string()].concat() } else { ["×", &up.to_string()].concat() };
    let place =
        |position: i8| knobs::percent((position - Speed::MIN) as usize, (Speed::MAX - Speed::MIN) as usize);
    let style = ["--v:", &place(speed.position()), ";--d:", &place(0)].concat();
    html! {
        <label class="speed">
            <span>{ ui.t.speed }</span>
            <span class="range" {style}>
                <s />
                <input type="range" data-test="speed" aria-label={ui.t.speed} aria-valuetext={text.clone()}
                    min={Speed::MIN.to_string()} max={Speed::MAX.to_string()} step="1" value={speed.position().to_string()}
                    oninput={ui.typed(|typed| Some(Msg::Speed(typed.parse().ok()?)))} />
            </span>
            <b class="v" data-test="speed-text">{ text }</b>
        </label>
    }
}

pub(super) fn strip(ui: Ui) -> Html {
    if ui.m.state.is_none() {
        return html! { <div class="strip" /> };
    }
    html! {
        <div class="strip" data-test="strip">
            // The transport's buttons and keys do the same; the strip is for the eye and the mouse.
            <canvas aria-hidden="true"
                style="position:absolute;inset:0;width:100%;height:100%;display:block;touch-action:none" />
        </div>
    }
}

/// What the strip's canvas is told.
pub(super) fn props(ui: Ui) -> Option<TimelineStripProps> {
    let send = ui.send.clone();
    Some(TimelineStripProps {
        series: ui.m.series.clone(),
        state: ui.m.state.clone()?,
        on_seek: Rc::new(move |target| send.emit(Msg::Seek(target))),
        zh: ui.m.lang == Lang::Zh,
        theme: stage::theme_mark(ui),
        phone: ui.m.layout.phone,
    })
}
