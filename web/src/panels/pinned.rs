//! Pinned: the read, what became of its version, why the next compaction is what it is, the text.

use super::icons::icon;
use super::{Ui, step_at};
use crate::model::{Msg, View};
use crate::protocol::{Fate, RunState};
use crate::stage::Selection;
use crate::text::{bytes, clock, fill, grouped, policy, preview, range, sentence, span};
use tabletop_core::lab::tablet::Kind;
use tabletop_core::view::tablet::{Heat, PathStop, PickView, ReadState, ReadView, TabletView};
use yew::Html;

#[inline(never)]
pub(super) fn view(ui: Ui) -> Html {
    let (Some(frame), Some(state)) = (ui.m.frame.as_deref(), ui.m.state.as_deref()) else {
        return Html::default();
    };
    html! {
        <>
            { match ui.m.pinned() {
                Some(read) => read_card(ui, state, &frame.view, read),
                None => html! {
                    <section class="card"><header><h2>{ ui.t.no_read }</h2></header><p class="sub">{ ui.t.no_read_note }</p></section>
                },
            } }
            if let Some(fate) = &ui.m.fate { { fate_card(ui, state, fate) } }
            if frame.knobs.compact_invisible {
                <section class="card" data-test="invisible-story">
                    <header><h2>{ ui.t.s_invisible }</h2></header><p class="sub">{ preview::invisible(ui.m.lang) }</p>
                </section>
            }
            { pick_card(ui, &frame.view) }
            { text_card(ui) }
        </>
    }
}

fn verdict(ui: Ui, read: &ReadView) -> Html {
    match &read.state {
        ReadState::Served { .. } => {
            html! { <span class="chip good" data-test="verdict">{ icon("check") }{ ui.t.served }</span> }
        }
        ReadState::Waiting { .. } => {
            html! { <span class="chip warn" data-test="verdict">{ ui.t.waiting }</span> }
        }
        ReadState::Failed { code, .. } => {
            html! { <span class="chip bad" data-test="verdict">{ grouped(i64::from(*code)) }</span> }
        }
    }
}

fn read_card(ui: Ui, state: &RunState, view: &TabletView, read: &ReadView) -> Html {
    let t = ui.t;
    let version = read.version.to_string();
    html! {
        <section class="card" data-test="read">
            <header><h2>{ fill(t.query_at, &[&version]) }</h2><span class="grow" />{ verdict(ui, read) }</header>
            { match &read.state {
                ReadState::Waiting { captures_at } => html! {
                    <p class="sub">{ fill(t.waiting_note, &[&version, &clock(*captures_at, state.epoch_unix_ms).0]) }</p>
                },
                ReadState::Served { path } => html! {
                    <><p class="sub">{ served(ui, path) }</p>{ path_list(ui, view, path, false) }</>
                },
                ReadState::Failed { code, partial, swept, .. } => html! {
                    <>
                        <p class="err">{ sentence::code_name(*code) }</p>
                        { for sentence::reasons(t, state, read, view.max_version).into_iter().map(|line| html! { <p class="sub">{ line }</p> }) }
                        if let Some((_, _, step)) = swept {
                            <div class="links">{ ui.step_link(*step, fill(t.go_step, &[&step.to_string()])) }</div>
                        }
                        if !partial.is_empty() {
                            <p class="faint small">{ fill(t.collected, &[&partial.len().to_string()]) }</p>
                            { path_list(ui, view, partial, true) }
                        }
                    </>
                },
            } }
            <p class="faint small">
                { fill(t.planned_at, &[&sentence::moment(state, read.started_at)]) }{ " · " }
                { ui.step_link(read.step, fill(t.go_step, &[&read.step.to_string()])) }
            </p>
        </section>
    }
}

/// "5 rowsets, 2 of them stale."
pub(super) fn served(ui: Ui, path: &[PathStop]) -> String {
    let stale = path.iter().filter(|stop| stop.stale_path.is_some()).count();
    let template = if stale == 0 { ui.t.served_note } else { ui.t.served_stale };
    fill(template, &[&path.len().to_string(), &stale.to_string()])
}

/// `stale #8 · 3:04`, or live.
pub(super) fn stop_state(ui: Ui, view: &TabletView, stop: &PathStop) -> String {
    let Some(id) = stop.stale_path else { return ui.t.live.to_owned() };
    let name = fill(ui.t.stale_path, &[&id.to_string()]);
    let left = view.stale.iter().find(|path| path.id == id).and_then(|path| path.expires_at);
    match left {
        Some(at) => [&name, " · ", &span(at - view.now)].concat(),
        None => name,
    }
}

/// A long path shows its ends.
const ENDS: (usize, usize) = (3, 4);

/// How many stops are left out, and from which one on.
pub(super) fn left_out(stops: usize) -> Option<(usize, usize)> {
    let (head, tail) = ENDS;
    (stops > head + tail + 2).then(|| (head, stops - head - tail))
}

fn path_list(ui: Ui, view: &TabletView, path: &[PathStop], failed: bool) -> Html {
    let out = left_out(path.len());
    let stop = |stop: &PathStop| {
        let select = ui.click(Msg::Select { what: Some(Selection::Rowset(stop.rowset)), extend: false });
        html! {
            <li class={classes!(stop.stale_path.is_none().then_some("live"))}>
                <button onclick={select}>
                    <i /><span class="r">{ range(stop.range) }</span>
                    <span class="s">{ stop.bytes.map_or_else(|| ui.t.unknown.to_owned(), bytes) }</span>
                    <span class="s end">{ stop_state(ui, view, stop) }</span>
                </button>
            </li>
        }
    };
    let (head, rest) = match out {
        Some((head, skipped)) => (&path[..head], &path[head + skipped..]),
        None => (path, &path[path.len()..]),
    };
    html! {
        <ul class={classes!("path", failed.then_some("cut"))} data-test="path" data-stops={path.len().to_string()}>
            { for head.iter().map(stop) }
            if let Some((_, skipped)) = out {
                <li class="more">
                    <button data-test="path-more" onclick={ui.click(Msg::View(View::Table))}>{ fill(ui.t.path_more, &[&skipped.to_string()]) }</button>
                </li>
            }
            { for rest.iter().map(stop) }
        </ul>
    }
}

fn fate_card(ui: Ui, state: &RunState, fate: &Fate) -> Html {
    let t = ui.t;
    let version = fate.version.to_string();
    if fate.version > fate.newest {
        return html! {
            <section class="card" data-test="fate"><header><h2>{ fill(t.fate_of, &[&version]) }</h2></header>
                <p class="sub">{ fill(t.fate_none, &[&version, &fate.newest.to_string()]) }</p></section>
        };
    }
    let link = |step: u64, time| ui.step_link(step, step_at(ui, step, time));
    let tone = if fate.path.is_some() { "good" } else { "bad" };
    html! {
        <section class="card" data-test="fate">
            <header><h2>{ fill(t.fate_of, &[&version]) }</h2><span class="grow" />
                { Ui::chip(tone, if fate.path.is_some() { t.served } else { t.fate_no }.to_owned()) }</header>
            <dl class="kv">
                <dt>{ t.fate_visible }</dt>
                <dd>{ match fate.visible {
                    Some((step, time)) => link(step, time),
                    None => html! { { t.fate_from_start } },
                } }</dd>
                if let Some((at, true)) = fate.started {
                    <dt>{ t.reader_started }</dt><dd>{ sentence::moment(state, at) }</dd>
                }
                if let Some((step, time, _)) = &fate.lost {
                    <dt>{ t.fate_lost }</dt><dd data-test="fate-lost">{ link(*step, *time) }</dd>
                }
                if let Some(inside) = fate.inside {
                    <dt>{ t.fate_inside }</dt><dd class="mono">{ range(inside) }</dd>
                }
            </dl>
            if let Some((at, false)) = fate.started {
                <p class="sub">{ fill(t.fate_not_visible, &[&sentence::moment(state, at)]) }</p>
            }
            if let Some((_, _, Some(event))) = &fate.lost { <p class="sub">{ sentence::event(t, state, event) }</p> }
            if fate.lost_before_start { <p class="sub">{ t.fate_lost_before }</p> }
            if let Some(path) = &fate.path { <p class="sub">{ fill(t.fate_served, &[&path.len().to_string()]) }</p> }
        </section>
    }
}

fn pick_card(ui: Ui, view: &TabletView) -> Html {
    let t = ui.t;
    html! {
        <section class="card" data-test="pick">
            <header><h2>{ t.why_pick }</h2><span class="grow" /><span class="faint small">{ t.pick_next }</span></header>
            { match &view.pick {
                Some(pick) => pick_body(ui, view, pick),
                None => html! {
                    <p class="sub">{ t.pick_none }{ " " }{ policy::name(t, view.why.policy) }{ ": " }
                        <b>{ policy::rule(t, view.why.rule) }</b></p>
                },
            } }
            if !view.why.said.is_empty() {
                <p class="sub" data-test="pick-said">{ "“" }{ view.why.said.clone() }{ "”" }</p>
            }
            <div class="links">
                <button class="link" data-test="pick-more" onclick={ui.click(Msg::Peek(Some(Kind::Cumulative)))}>{ preview::all_reasons(ui.m.lang) }</button>
            </div>
        </section>
    }
}

fn pick_body(ui: Ui, view: &TabletView, pick: &PickView) -> Html {
    let t = ui.t;
    let side = view.point.map(|(point, _)| {
        let template = if pick.range.start >= point { t.pick_side } else { t.pick_side_base };
        fill(template, &[&pick.inputs.len().to_string(), &point.to_string()])
    });
    let shown = 12;
    html! {
        <dl class="why">
            <dt>{ t.pick_input }</dt>
            <dd><span class="inp">
                { for pick.inputs.iter().take(shown).map(|input| html! {
                    <b>{ if input.is_single() { input.start.to_string() } else { input.to_string() } }</b>
                }) }
                if pick.inputs.len() > shown { <b class="n">{ ["+", &(pick.inputs.len() - shown).to_string()].concat() }</b> }
            </span>{ " → " }<span class="inp"><b class="c">{ range(pick.range) }</b></span></dd>
            <dt>{ t.pick_rule }</dt><dd>{ side }{ if view.point.is_some() { ": " } else { "" } }
                <b>{ policy::rule(t, view.why.rule) }</b>{ ", " }{ fill(t.pick_score_is, &[&pick.score.to_string()]) }</dd>
            <dt>{ t.pick_policy }</dt><dd>{ policy::name(t, view.why.policy) }</dd>
        </dl>
    }
}

fn text_card(ui: Ui) -> Html {
    if ui.m.drawing.is_empty() {
        return Html::default();
    }
    html! {
        <section class="card">
            <header><h2>{ ui.t.as_text }</h2><span class="grow" />
                <button class="btn quiet small" data-test="as-text-copy" onclick={ui.click(Msg::CopyText)}>{ icon("copy") }{ ui.t.copy }</button>
            </header>
            <pre class="txt" tabindex="0" aria-label={ui.t.as_text}>{ ui.m.drawing.clone() }</pre>
        </section>
    }
}

/// Class of a heat.
pub(super) const fn tone(heat: Heat) -> &'static str {
    match heat {
        Heat::Fresh => "fresh",
        Heat::Cumulative => "cumu",
        Heat::Base => "base",
        Heat::Delete => "del",
    }
}
