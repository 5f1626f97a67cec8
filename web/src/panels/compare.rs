//! Two branches side by side: what to hold beside, whose drawing is whose, and how they differ.

use super::Ui;
use super::icons::icon;
use super::top;
use crate::board::protocol::Fits;
use crate::model::labs::is_tablet;
use crate::model::{Choice, Menu, Msg, SETTINGS, WORKLOAD};
use crate::protocol::{BranchInfo, Request};
use crate::stage::sparkline;
use crate::text::{count, fill, policy, preview};
use yew::Html;

/// Opens the menu, or ends the comparison.
pub(crate) fn button(ui: Ui) -> Html {
    let t = ui.t;
    if ui.m.state.as_deref().is_some_and(|state| state.beside.is_some()) {
        return html! {
            <button class="btn small" data-test="compare-end" title={t.compare_end} aria-label={["A · B: ", t.compare_end].concat()} onclick={ui.click(Msg::Ask(Request::Compare(None)))}>
                { icon("x") }<span>{ "A · B" }</span>
            </button>
        };
    }
    top::anchor(ui, Menu::Compare, "swap", "compare-menu", t.compare)
}

/// Branches, and the run played again with a knob turned.
pub(super) fn menu(ui: Ui) -> Html {
    let t = ui.t;
    let Some(state) = ui.m.state.as_deref() else { return Html::default() };
    let others: Vec<&BranchInfo> = state.branches.iter().filter(|branch| branch.id != state.branch).collect();
    html! {
        <>
            { policies(ui) }
            <h2>{ t.compare_branch }</h2>
            if others.is_empty() { <p class="note">{ t.compare_none }</p> }
            { for others.iter().map(|branch| html! {
                <button class="l" data-test="compare-branch" data-branch={branch.id.0.to_string()}
                    onclick={ui.say(vec![Msg::Menu(None), Msg::Ask(Request::Compare(Some(branch.id)))])}>
                    { icon("branch") }<span class="cut">{ branch.name.clone() }</span>
                    <span class="g">{ fill(t.steps_n, &[&count(branch.head_step)]) }</span>
                </button>
            }) }
            <hr />
            { again(ui) }
        </>
    }
}

/// The other policies, each one click away.
fn policies(ui: Ui) -> Html {
    let Some(frame) = ui.m.frame.as_deref().filter(|_| is_tablet(ui.m.lab)) else { return Html::default() };
    let now = Choice::Policy.now(&frame.knobs);
    let key = Choice::Policy.test().to_owned();
    html! {
        <>
            <h2>{ preview::other_policy(ui.m.lang) }</h2>
            { for Choice::Policy.options(ui.t).into_iter().filter(|(policy, _)| *policy != now).map(|(policy, name)| html! {
                <button class="l" data-test="compare-policy" data-policy={policy} disabled={!ui.m.can_act()}
                    onclick={ui.say(vec![Msg::AgainWith(key.clone(), policy.to_owned()), Msg::Again])}>
                    { icon("swap") }<span class="cut">{ name }</span>
                </button>
            }) }
            <hr />
        </>
    }
}

/// One knob: key, label, text now, and the texts to choose from (none: any number).
struct Knob {
    key: String,
    label: String,
    now: String,
    unit: String,
    choices: Vec<(String, String)>,
}

fn knobs(ui: Ui) -> Vec<Knob> {
    if !is_tablet(ui.m.lab) {
        return board_knobs(ui);
    }
    let Some(frame) = ui.m.frame.as_deref() else { return Vec::new() };
    let all = WORKLOAD.iter().chain(&SETTINGS);
    let knob = |knob: &crate::model::Knob| {
        let choices = knob.stops.iter().map(|stop| (knob.field(*stop), knob.field(*stop)));
        Knob {
            key: knob.test.to_owned(),
            label: (knob.label)(ui.t).to_owned(),
            now: knob.field((knob.get)(&frame.knobs, &frame.workload)),
            unit: String::new(),
            choices: choices.collect(),
        }
    };
    let choices = Choice::ALL.into_iter().map(|choice| Knob {
        key: choice.test().to_owned(),
        label: choice.label(ui.t).to_owned(),
        now: choice.now(&frame.knobs).to_owned(),
        unit: String::new(),
        choices: choice
            .options(ui.t)
            .into_iter()
            .map(|(key, name)| (key.to_owned(), name.to_owned()))
            .collect(),
    });
    choices.chain(all.map(knob)).collect()
}

fn board_knobs(ui: Ui) -> Vec<Knob> {
    let board = &ui.m.board;
    let Some(info) = &board.info else { return Vec::new() };
    let knob = |knob: &crate::board::protocol::KnobInfo| {
        let field = &knob.field;
        let value = board.value(&field.key).unwrap_or(&field.default);
        let (now, unit) = crate::board::page::shown(field, value);
        let choices = match &field.fits {
            Fits::Choice(of) => of.iter().map(|key| (key.clone(), board.words.of("choice-", key))).collect(),
            Fits::Switch => ["false", "true"]
                .map(|key| {
                    let on = tabletop_core::lab::board::Value::Switch(key == "true");
                    (key.to_owned(), board.words.value(&on, tabletop_core::view::board::Unit::Text))
                })
                .to_vec(),
            _ => Vec::new(),
        };
        Knob {
            key: field.key.clone(),
            label: board.words.of("input-", &field.key),
            now,
            unit: unit.to_owned(),
            choices,
        }
    };
    info.knobs.iter().map(knob).collect()
}

fn again(ui: Ui) -> Html {
    let t = ui.t;
    let all = knobs(ui);
    let (key, text) = &ui.m.again;
    let Some(knob) = all.iter().find(|knob| knob.key == *key).or(all.first()) else { return Html::default() };
    let text = if text.is_empty() { knob.now.clone() } else { text.clone() };
    let (chosen, typed) = (knob.key.clone(), knob.key.clone());
    let same = text == knob.now;
    html! {
        <div class="again">
            <h2>{ t.compare_again }</h2>
            <select data-test="again-knob" aria-label={t.settings} onchange={ui.typed(|key| Some(Msg::AgainWith(key, String::new())))}>
                { for all.iter().map(|one| html! {
                    <option value={one.key.clone()} selected={one.key == knob.key}>{ one.label.clone() }</option>
                }) }
            </select>
            if knob.choices.is_empty() {
                <span class="row">
                    <input class="field" data-test="again-value" inputmode="decimal" aria-label={t.ab_value} value={text.clone()}
                        oninput={ui.typed(move |text| Some(Msg::AgainWith(typed.clone(), text)))} />
                    <small>{ knob.unit.clone() }</small>
                </span>
            } else {
                <select data-test="again-value" aria-label={t.ab_value} onchange={ui.typed(move |text| Some(Msg::AgainWith(chosen.clone(), text)))}>
                    { for knob.choices.iter().map(|(key, name)| html! {
                        <option value={key.clone()} selected={*key == text}>{ name.clone() }</option>
                    }) }
                </select>
            }
            <button class="btn pri small" type="button" data-test="again-go" disabled={same || !ui.m.can_act()}
                onclick={ui.say(vec![Msg::AgainWith(knob.key.clone(), text), Msg::Again])}>{ t.compare_go }</button>
            <p class="note">{ t.compare_note }</p>
        </div>
    }
}

/// Whose drawing is below: a full square and the branch, or a hollow one.
pub(crate) fn head(ui: Ui, beside: bool) -> Html {
    let Some(state) = ui.m.state.as_deref().filter(|state| state.beside.is_some()) else {
        return Html::default();
    };
    let id = if beside { state.beside } else { Some(state.branch) };
    let name = state.branches.iter().find(|branch| Some(branch.id) == id).map_or("", |branch| &branch.name);
    let frame = if beside { ui.m.other.as_deref() } else { ui.m.frame.as_deref() };
    let policy = frame.filter(|_| is_tablet(ui.m.lab)).map(|frame| policy::name(ui.t, frame.knobs.policy));
    html! {
        <div class="abhead" data-test={if beside { "head-b" } else { "head-a" }}>
            <b class={classes!("ab", beside.then_some("b"))}>{ if beside { "B" } else { "A" } }</b><span class="cut">{ name.to_owned() }</span>
            if policy.is_some_and(|policy| policy != name) { <span class="faint small">{ policy }</span> }
            if beside {
                <span class="grow" />
                { ui.tool("swap", ui.t.q_next, "compare-swap", Msg::Ask(Request::Switch(id.unwrap_or_default())), false) }
            }
        </div>
    }
}

/// How much more the branch beside has of a metric.
pub(crate) fn difference(ui: Ui, column: usize) -> i64 {
    let value = |at: usize| ui.m.versus[at].get(column).copied().unwrap_or_default();
    value(1) - value(0)
}

/// A number with its sign; nothing for none.
pub(crate) fn signed(value: i64, write: impl Fn(u64) -> String) -> String {
    match value {
        0 => "=".to_owned(),
        1.. => ["+", &write(value.unsigned_abs())].concat(),
        _ => ["−", &write(value.unsigned_abs())].concat(),
    }
}

/// One metric of both.
pub(crate) fn line(
    ui: Ui,
    column: usize,
    name: String,
    values: [String; 2],
    difference: String,
    color: &'static str,
) -> Html {
    let now = ui.m.state.as_ref().map_or(tabletop_core::base::SimTime::ZERO, |state| state.now);
    let [a, b] = values;
    html! {
        <div class="metric" data-test={["versus-", &column.to_string()].concat()}>
            <div class="n">{ name }</div>
            <div class="vs"><b class="ab">{ "A" }</b><span>{ a }</span><b class="ab b">{ "B" }</b><span>{ b }</span><small title={ui.t.compare_less}>{ difference }</small></div>
            <div class="curve" aria-hidden="true">
                <div>{ sparkline(&ui.m.series, column, now, color, None) }</div>
                if let Some(beside) = &ui.m.beside {
                    <div class="dashed">{ sparkline(beside, column, now, "--ink-2", None) }</div>
                }
            </div>
        </div>
    }
}

/// The row of all metrics.
#[inline(never)]
pub(crate) fn metrics(lines: Vec<Html>) -> Html {
    html! { <div class="metrics" data-test="versus">{ for lines }</div> }
}
