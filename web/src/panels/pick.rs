//! What a compaction would take, before it runs: inputs, rule, numbers, what stays out and why.

use super::Ui;
use super::icons::icon;
use crate::model::{Msg, Verb};
use crate::protocol::PICKS;
use crate::text::{Lang, bytes, count, fill, grouped, policy, preview, range};
use tabletop_core::lab::tablet::Kind;
use tabletop_core::view::tablet::{PickView, PreviewView};
use yew::Html;

/// Inputs shown one by one.
const INPUTS: usize = 8;

/// The verb that carries a compaction out.
const fn verb(kind: Kind) -> Verb {
    match kind {
        Kind::Cumulative => Verb::Cumulative,
        Kind::Base => Verb::Base,
        Kind::Full => Verb::Full,
        Kind::Chosen => Verb::Compact,
    }
}

/// The kind of a verb, where it can be looked at first.
pub(super) const fn kind(verb: Verb) -> Option<Kind> {
    match verb {
        Verb::Cumulative => Some(Kind::Cumulative),
        Verb::Base => Some(Kind::Base),
        Verb::Full => Some(Kind::Full),
        _ => None,
    }
}

const fn test(kind: Kind) -> &'static str {
    match kind {
        Kind::Cumulative => "peek-cumulative",
        Kind::Base => "peek-base",
        Kind::Full | Kind::Chosen => "peek-full",
    }
}

#[inline(never)]
pub(super) fn view(ui: Ui) -> Html {
    let lang = ui.m.lang;
    html! {
        <section class="card" data-test="preview">
            <header><h2>{ preview::title(lang) }</h2></header>
            <div class="seg wide" role="group" aria-label={preview::which(lang)}>
                { for PICKS.into_iter().map(|kind| choice(ui, kind)) }
            </div>
            if let Some(shown) = ui.m.preview(false) { { body(ui, shown) } }
        </section>
    }
}

/// A kind, with the number of rowsets that it would take.
#[inline(never)]
fn choice(ui: Ui, kind: Kind) -> Html {
    let shown = ui.m.picks.as_deref().and_then(|picks| picks.shown(kind, false));
    let taken = shown.map(|shown| shown.pick.as_ref().map_or(0, |pick| pick.inputs.len() as u64));
    html! {
        <button data-test={test(kind)} aria-pressed={(ui.m.peek == kind).to_string()} onclick={ui.click(Msg::Peek(Some(kind)))}>
            { preview::kind_word(ui.m.lang, kind) }<small>{ taken.map_or_else(String::new, count) }</small>
        </button>
    }
}

/// What happens, in one sentence.
#[inline(never)]
fn becomes(ui: Ui, shown: &PreviewView) -> String {
    let lang = ui.m.lang;
    match (&shown.pick, shown.why.point) {
        (Some(pick), _) => {
            let size = shown.bytes.map_or_else(|| ui.t.unknown.to_owned(), bytes);
            let number = preview::count_of(lang, pick.inputs.len() as u64);
            fill(preview::becomes(lang), &[&number, &size, &range(pick.range)])
        }
        (None, Some(point)) => fill(preview::only_point(lang), &[&point.to_string()]),
        (None, None) => preview::nothing(lang).to_owned(),
    }
}

#[inline(never)]
fn body(ui: Ui, shown: &PreviewView) -> Html {
    let (t, lang) = (ui.t, ui.m.lang);
    let nothing = shown.pick.is_none() && shown.why.point.is_none();
    html! {
        <div class="previewed" data-test="previewed" data-kind={preview::kind_word(Lang::En, ui.m.peek)}>
            <p class="lead" data-test="preview-becomes">{ becomes(ui, shown) }</p>
            if let Some(beside) = ui.m.preview(true) {
                <p class="sub"><b class="ab b">{ "B" }</b>{ " " }{ becomes(ui, beside) }{ " " }{ policy::rule(t, beside.why.rule) }</p>
            }
            { run(ui, nothing) }
            <dl class="why">
                <dt>{ t.pick_rule }</dt>
                <dd data-test="preview-rule"><b>{ policy::rule(t, shown.why.rule) }</b>{ " · " }{ policy::name(t, shown.why.policy) }
                    if shown.why.code != 0 { <span class="faint">{ " · " }{ fill(preview::code(lang), &[&grouped(i64::from(shown.why.code))]) }</span> }</dd>
            </dl>
            { waits(ui, shown) }
            if let Some(pick) = &shown.pick { { inputs(ui, shown, pick) } }
            if !shown.why.facts.is_empty() {
                <h3>{ preview::by(lang) }</h3>
                <dl class="kv" data-test="preview-facts">
                    { for shown.why.facts.iter().map(|(which, value)| {
                        let (name, value) = preview::fact(lang, *which, *value);
                        html! { <><dt>{ name }</dt><dd>{ value }</dd></> }
                    }) }
                </dl>
            }
            if !(shown.pick.is_none() && shown.why.rejected.is_empty()) {
                <h3>{ preview::stays(lang) }</h3>
                { stays(ui, shown) }
            }
        </div>
    }
}

/// Why the scheduler would leave it.
#[inline(never)]
fn waits(ui: Ui, shown: &PreviewView) -> Html {
    let Some(waits) = &shown.waits else { return Html::default() };
    let lang = ui.m.lang;
    let numbers: Vec<String> = waits
        .facts
        .iter()
        .map(|(which, value)| {
            let (name, value) = preview::fact(lang, *which, *value);
            [name, " ", &value].concat()
        })
        .collect();
    let comma = if lang == Lang::Zh { "，" } else { ", " };
    html! {
        <div class="waits" data-test="preview-waits">
            <p>{ icon("info") }{ fill(preview::waits(lang), &[policy::rule(ui.t, waits.rule)]) }</p>
            if !numbers.is_empty() { <small>{ numbers.join(comma) }</small> }
        </div>
    }
}

/// The button that carries it out.
#[inline(never)]
fn run(ui: Ui, nothing: bool) -> Html {
    let verb = verb(ui.m.peek);
    let past = ui.m.state.as_deref().is_some_and(|state| {
        state.branches.iter().any(|branch| branch.id == state.branch && branch.head_step > state.step)
    });
    html! {
        <>
            <button class="btn pri" data-test="pick-run" disabled={nothing || !ui.m.can_act()} aria-keyshortcuts={verb.key()} onclick={ui.click(Msg::Do(verb))}>
                { icon(verb.icon()) }<span>{ verb.name(ui.t) }</span><kbd aria-hidden="true">{ verb.key() }</kbd>
            </button>
            if past && !nothing { <p class="faint small">{ preview::branches(ui.m.lang) }</p> }
        </>
    }
}

#[inline(never)]
fn inputs(ui: Ui, shown: &PreviewView, pick: &PickView) -> Html {
    let (t, lang) = (ui.t, ui.m.lang);
    let more = pick.inputs.len().saturating_sub(INPUTS);
    html! {
        <>
            <h3>{ preview::takes(lang) }<span class="faint">{ fill(t.pick_score_is, &[&count(pick.score)]) }</span></h3>
            <ul class="ins" data-test="preview-inputs">
                { for shown.inputs.iter().take(INPUTS).map(|input| html! {
                    <li>
                        <i class={classes!("heat", super::pinned::tone(input.heat))} />
                        <span class="mono">{ range(input.range) }</span>
                        <span>{ input.bytes.map_or_else(|| t.unknown.to_owned(), bytes) }</span>
                        <span class="faint">{ fill(preview::score(lang), &[&count(input.score)]) }</span>
                    </li>
                }) }
                if more > 0 { <li class="faint">{ fill(preview::more(lang), &[&count(more as u64)]) }</li> }
            </ul>
        </>
    }
}

#[inline(never)]
fn stays(ui: Ui, shown: &PreviewView) -> Html {
    let lang = ui.m.lang;
    if shown.why.rejected.is_empty() {
        return html! { <p class="sub">{ preview::stays_none(lang) }</p> };
    }
    html! {
        <ul class="outs" data-test="preview-stays">
            { for shown.why.rejected.iter().map(|stays| html! {
                <li>
                    <b class="mono">{ range(stays.run.range) }</b><span class="faint">{ preview::count_of(lang, u64::from(stays.run.count)) }</span>
                    <p>{ preview::reason(lang, &stays.run.reason) }</p>
                </li>
            }) }
        </ul>
    }
}
