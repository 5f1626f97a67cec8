//! The bench: the lab's verbs with their arguments, its knobs by group.

use crate::board::page::{Do, at_place, place, shown};
use crate::board::protocol::{Field, Fits, KnobInfo};
use crate::model::Msg;
use crate::panels::Ui;
use crate::panels::icons::icon;
use crate::panels::knobs::percent;
use crate::panels::measure;
use tabletop_core::lab::board::Value;
use tabletop_core::lab::stored::LAB_INODE;
use tabletop_core::view::board::Unit;
use yew::Html;

#[inline(never)]
pub(crate) fn view(ui: Ui) -> Html {
    html! { <aside class="bench" aria-label={ui.t.bench}>{ body(ui) }</aside> }
}

/// What is in the bench, and in the phone's sheet.
#[inline(never)]
pub(crate) fn body(ui: Ui) -> Html {
    let (t, board) = (ui.t, &ui.m.board);
    let Some(info) = &board.info else { return Html::default() };
    let letters = board.letters();
    let hidden = info.knobs.iter().filter(|knob| knob.advanced).count();
    let shown: Vec<&KnobInfo> = info.knobs.iter().filter(|knob| board.all_knobs || !knob.advanced).collect();
    let mut groups: Vec<&str> = Vec::new();
    for knob in &shown {
        if !groups.contains(&knob.group.as_str()) {
            groups.push(&knob.group);
        }
    }
    html! {
        <>
            <section class="sec">
                <header><h2>{ t.do_ }</h2></header>
                <div class="verbs">
                    { for (0..info.verbs.len()).map(|at| verb(ui, at, letters.get(at).copied().unwrap_or(' '))) }
                </div>
            </section>
            { for groups.into_iter().map(|group| html! {
                <section class="sec">
                    <header><h2>{ board.words.of("group-", group) }</h2></header>
                    { for shown.iter().filter(|knob| knob.group == group).map(|knob| knob_row(ui, &knob.field)) }
                </section>
            }) }
            if ui.m.lab == LAB_INODE { { measure::button(ui) } }
            if hidden > 0 {
                <section class="sec">
                    <button class="reset" data-test="all-knobs" aria-expanded={board.all_knobs.to_string()}
                        onclick={ui.click(Msg::Board(Do::AllKnobs(!board.all_knobs)))}>
                        { if board.all_knobs { t.b_less } else { t.b_more } }
                    </button>
                </section>
            }
        </>
    }
}

fn verb(ui: Ui, at: usize, letter: char) -> Html {
    let board = &ui.m.board;
    let Some(verb) = board.info.as_ref().and_then(|info| info.verbs.get(at)) else { return Html::default() };
    let note: Vec<String> = verb
        .arguments
        .iter()
        .enumerate()
        .filter_map(|(index, field)| Some(board.words.value(&board.argument(at, index)?, unit(field))))
        .collect();
    html! {
        <>
            <button data-test={["verb-", &verb.key].concat()} disabled={!ui.m.can_act()} aria-keyshortcuts={letter.to_string()}
                onclick={ui.click(Msg::Board(Do::Verb(at)))}>
                { icon("play") }<span>{ board.words.of("verb-", &verb.key) }</span>
                <kbd aria-hidden="true">{ letter.to_string() }</kbd>
            </button>
            if !verb.arguments.is_empty() {
                <details class="more" data-test={["with-", &verb.key].concat()}>
                    <summary>{ note.join(", ") }</summary>
                    <div class="sub args">{ for verb.arguments.iter().enumerate().map(|(index, field)| argument(ui, at, index, field)) }</div>
                </details>
            }
        </>
    }
}

fn argument(ui: Ui, verb: usize, at: usize, field: &Field) -> Html {
    let value = ui.m.board.argument(verb, at).unwrap_or_else(|| field.default.clone());
    let test = ["argument-", &field.key].concat();
    html! {
        <label title={tip(ui, field)}>
            <span>{ ui.m.board.words.of("input-", &field.key) }</span>
            { entry(ui, field, &value, test, move |text| Do::Choose(verb, at, text)) }
        </label>
    }
}

/// What a field does, where the lab says it.
#[inline(never)]
fn tip(ui: Ui, field: &Field) -> Option<String> {
    ui.m.board.words.find(&["input-", &field.key, "-text"].concat()).map(str::to_owned)
}

const fn unit(field: &Field) -> Unit {
    match field.fits {
        Fits::Number { unit, .. } => unit,
        _ => Unit::Text,
    }
}

/// A field for a value: a list, or something typed.
fn entry(ui: Ui, field: &Field, value: &Value, test: String, make: impl Fn(String) -> Do + 'static) -> Html {
    let words = &ui.m.board.words;
    let off = !ui.m.can_act();
    let turn = ui.typed(move |text| Some(Msg::Board(make(text))));
    let (figure, unit) = shown(field, value);
    let list: Vec<(String, String)> = match &field.fits {
        Fits::Choice(of) => of.iter().map(|key| (key.clone(), words.of("choice-", key))).collect(),
        Fits::Switch => {
            [false, true].map(|on| (on.to_string(), words.value(&Value::Switch(on), Unit::Text))).to_vec()
        }
        _ => {
            return html! {
                <>
                    <input class="field" id={test.clone()} data-test={test} value={figure} disabled={off} onchange={turn} />
                    <small>{ unit }</small>
                </>
            };
        }
    };
    html! {
        <select id={test.clone()} data-test={test} disabled={off} onchange={turn}>
            { for list.into_iter().map(|(key, name)| html! {
                <option value={key.clone()} selected={key == figure}>{ name }</option>
            }) }
        </select>
    }
}

fn knob_row(ui: Ui, field: &Field) -> Html {
    let board = &ui.m.board;
    let now = board.value(&field.key).unwrap_or(&field.default).clone();
    let set = now != field.default;
    let test = ["knob-", &field.key].concat();
    let label = board.words.of("input-", &field.key);
    let key = field.key.clone();
    let Fits::Number { min, max, step, .. } = field.fits else {
        if matches!(field.fits, Fits::Switch) {
            let on = now == Value::Switch(true);
            return html! {
                <div class={classes!("knob", "pick", set.then_some("set"))} title={tip(ui, field)}>
                    <label for={test.clone()}>{ label.clone() }</label>
                    <span class="end"><button class={classes!("sw", on.then_some("on"))} id={test.clone()} role="switch" aria-checked={on.to_string()}
                        aria-label={label} data-test={test} disabled={!ui.m.can_act()}
                        onclick={ui.click(Msg::Board(Do::Turn(key, (!on).to_string())))} /></span>
                </div>
            };
        }
        return html! {
            <div class={classes!("knob", "pick", set.then_some("set"))} title={tip(ui, field)}>
                <label for={test.clone()}>{ label }</label>
                { entry(ui, field, &now, test, move |text| Do::Turn(key.clone(), text)) }
            </div>
        };
    };
    let number = |value: &Value| if let Value::Number(number) = value { *number } else { min };
    let dragged = board.dragged.as_ref().filter(|dragged| dragged.0 == field.key).map(|dragged| dragged.1);
    let value = dragged.unwrap_or_else(|| number(&now));
    let (figure, unit) = shown(field, &Value::Number(value));
    let (at, standard) = (place(min, max, value), place(min, max, number(&field.default)));
    let style = ["--v:", &percent(at as usize, 1_000), ";--d:", &percent(standard as usize, 1_000)].concat();
    let (drag, turn, typed, written) = (key.clone(), key.clone(), key, field.clone());
    let read = move |text: &str| Some(at_place(min, max, step, text.parse().ok()?));
    // Long figures take room from the slider.
    let long = figure.len() + unit.len() > 7;
    html! {
        <div class={classes!("knob", set.then_some("set"), long.then_some("long-val"))} title={tip(ui, field)}>
            <label for={test.clone()}>{ label.clone() }</label>
            <span class="range" {style}>
                <s />
                <input type="range" id={test.clone()} data-test={test} min="0" max="1000" step={if max - min <= 64 { (1_000 / (max - min).max(1)).to_string() } else { "5".to_owned() }}
                    value={at.to_string()} aria-valuetext={[&figure, " ", unit].concat()} disabled={!ui.m.can_act()}
                    oninput={ui.typed(move |text| Some(Msg::Board(Do::Drag(drag.clone(), read(&text)?))))}
                    onchange={ui.typed(move |text| Some(Msg::Board(Do::Turn(turn.clone(), shown(&written, &Value::Number(read(&text)?)).0))))} />
            </span>
            <span class="val">
                <input inputmode="decimal" aria-label={label} value={figure} disabled={!ui.m.can_act()}
                    onchange={ui.typed(move |text| Some(Msg::Board(Do::Turn(typed.clone(), text))))} />
                <small>{ unit }</small>
            </span>
        </div>
    }
}
