//! The inspector of a board: what is selected and why, facts, strips, events.

use crate::board::page::Do;
use crate::model::{EVENTS, Msg, Tab};
use crate::panels::icons::icon;
use crate::panels::{Ui, inspect};
use crate::text::{fill, sentence};
use tabletop_core::view::board::{Fact, ItemId, Source, Strip, Tone};
use yew::Html;

#[inline(never)]
pub(crate) fn view(ui: Ui) -> Html {
    inspect::drawer(ui, body(ui))
}

/// Tabs and what they show; the phone puts them into a sheet.
#[inline(never)]
pub(crate) fn body(ui: Ui) -> Html {
    let t = ui.t;
    let events_on = ui.m.tab == Tab::Events;
    html! {
        <>
            <div class="ptabs" role="tablist" aria-label={t.inspector}>
                { inspect::tab(ui, Tab::Pinned, !events_on, t.b_facts, "tab-pinned") }
                { inspect::tab(ui, Tab::Events, events_on, t.events, "tab-events") }
            </div>
            <div role="tabpanel" id="inspected" aria-labelledby={if events_on { "tab-events" } else { "tab-pinned" }}>
                if events_on { { events(ui) } } else { <>{ chosen(ui) }{ facts(ui) }{ strips(ui) }{ lab(ui) }</> }
            </div>
        </>
    }
}

/// What is selected, and why it is so.
#[inline(never)]
pub(crate) fn chosen(ui: Ui) -> Html {
    let (t, board) = (ui.t, &ui.m.board);
    if board.selected == ItemId::NONE {
        return html! { <section class="card" data-test="chosen"><p class="sub">{ t.b_no_item }</p></section> };
    }
    let told = board.explained.as_ref().filter(|explained| explained.0 == board.selected);
    let lines = told.map_or(&[][..], |explained| explained.1.as_slice());
    html! {
        <section class="card" data-test="chosen">
            <header><h2>{ t.b_item }</h2><span class="grow" />{ ui.tool("x", t.dismiss, "chosen-close", Msg::Board(Do::Select(ItemId::NONE)), false) }</header>
            if told.is_some() && lines.is_empty() { <p class="sub">{ t.b_gone }</p> }
            { for lines.iter().map(|line| html! {
                <p class="sub">
                    { board.words.told(line) }
                    { for line.ids.iter().filter(|id| **id != board.selected && **id != ItemId::NONE).map(|id| html! {
                        <>{ " " }<button class="link" data-test="go-item" onclick={ui.click(Msg::Board(Do::Select(*id)))}>{ icon("right") }</button></>
                    }) }
                </p>
            }) }
        </section>
    }
}

/// Named values; of both branches while two are compared.
#[inline(never)]
pub(crate) fn facts(ui: Ui) -> Html {
    let (t, board) = (ui.t, &ui.m.board);
    let Some(picture) = board.picture.as_deref() else { return Html::default() };
    let facts = &picture.face.board.facts;
    let there = picture.beside.as_ref().map(|beside| beside.face.board.facts.as_slice());
    if facts.is_empty() {
        return Html::default();
    }
    let value =
        |fact: &Fact| html! { <span class={tone(fact.tone)}>{ board.words.cell(&fact.value) }</span> };
    let source = |fact: &Fact| match fact.source {
        Source::Counted => None,
        Source::Computed => Some(t.b_computed),
        Source::Given => Some(t.b_given),
    };
    html! {
        <section class="card" data-test="facts">
            <table class={classes!("facts", there.map(|_| "two"))}>
                if there.is_some() {
                    <thead><tr><td /><th scope="col"><b class="ab">{ "A" }</b></th><th scope="col"><b class={"ab b"}>{ "B" }</b></th></tr></thead>
                }
                <tbody>
                    { for facts.iter().map(|fact| html! {
                        <tr data-test={["fact-", &fact.key].concat()} title={source(fact)}>
                            <th scope="row">{ board.words.get(&fact.key) }</th>
                            <td>{ value(fact) }</td>
                            if let Some(there) = there {
                                <td>{ there.iter().find(|other| other.key == fact.key).map(value) }</td>
                            }
                        </tr>
                    }) }
                </tbody>
            </table>
        </section>
    }
}

/// The class of a tone that text has.
pub(super) const fn tone(tone: Tone) -> Option<&'static str> {
    match tone {
        Tone::Good => Some("good"),
        Tone::Warn => Some("warn"),
        Tone::Bad => Some("bad"),
        Tone::Ghost => Some("faint"),
        _ => None,
    }
}

fn strips(ui: Ui) -> Html {
    let Some(picture) = ui.m.board.picture.as_deref() else { return Html::default() };
    html! { <>{ for picture.face.board.strips.iter().map(|one| strip(ui, one)) }</> }
}

/// Layers of segments on a linear axis, as bars in percent of what is shown.
fn strip(ui: Ui, strip: &Strip) -> Html {
    let words = &ui.m.board.words;
    let span = u128::from(strip.until.saturating_sub(strip.from).max(1));
    let percent = |at: u64| {
        let at = u128::from(at.clamp(strip.from, strip.until) - strip.from);
        crate::panels::knobs::percent((at * 10_000 / span) as usize, 10_000)
    };
    let wide = |from: u64, until: u64| {
        percent(strip.from + until.saturating_sub(from).max(1).min(strip.until - strip.from))
    };
    html! {
        <section class="card" data-test={["strip-", &strip.key].concat()}>
            <header><h2>{ words.fill(&strip.key, &strip.values) }</h2></header>
            { for strip.layers.iter().map(|layer| html! {
                <div class="layer">
                    <span class="cut">{ words.fill(&layer.key, &layer.values) }</span>
                    <div class="bars">{ for layer.segments.iter().map(|segment| {
                        let id = segment.id;
                        let style = ["left:", &percent(segment.from), ";width:", &wide(segment.from.max(strip.from), segment.until)].concat();
                        let label = words.label(&segment.label);
                        html! {
                            <button class={classes!("t", tone_class(segment.tone), (id == ui.m.board.selected).then_some("on"))} {style}
                                title={label.clone()} aria-label={label} onclick={ui.click(Msg::Board(Do::Select(id)))} />
                        }
                    }) }</div>
                </div>
            }) }
        </section>
    }
}

/// The class of a tone that a ground has.
pub(super) const fn tone_class(tone: Tone) -> Option<&'static str> {
    Some(match tone {
        Tone::Plain => return None,
        Tone::Fresh => "fresh",
        Tone::First => "cumu",
        Tone::Second => "base",
        Tone::Third => "third",
        Tone::Wait => "wait",
        Tone::Good => "tgood",
        Tone::Warn => "twarn",
        Tone::Bad => "del",
        Tone::Ghost => "ghost",
    })
}

/// What the lab is about.
fn lab(ui: Ui) -> Html {
    let words = &ui.m.board.words;
    let scenario = ui.m.state.as_deref().map(|state| ["scenario-", &state.scenario, "-text"].concat());
    let scenario = scenario.and_then(|key| words.find(&key).map(str::to_owned));
    html! {
        <section class="card" data-test="lab-text">
            <header><h2>{ ui.t.b_lab_text }</h2></header>
            if let Some(text) = scenario { <p class="sub">{ text }</p> }
            <p class="sub">{ words.get("lab-text") }</p>
        </section>
    }
}

#[inline(never)]
fn events(ui: Ui) -> Html {
    let (t, board) = (ui.t, &ui.m.board);
    let Some(state) = ui.m.state.as_deref() else { return Html::default() };
    if board.events.is_empty() {
        return html! { <section class="card"><p class="sub">{ t.no_events }</p></section> };
    }
    html! {
        <section class="card">
            <p class="faint small">{ fill(t.events_note, &[&EVENTS.to_string()]) }</p>
            <ol class="events" data-test="events">
                { for board.events.iter().rev().map(|line| html! {
                    <li class={classes!((line.step == state.step).then_some("now"))}>
                        { ui.step_link(line.step, line.step.to_string()) }
                        <span>
                            { board.words.told(&line.told) }
                            <small>{ sentence::moment(state, line.time) }if line.by_user { { " · " }{ t.by_user } }</small>
                        </span>
                    </li>
                }) }
            </ol>
        </section>
    }
}
