//! What the user does: verbs with their keys, the workload, the settings, what is checked.

use super::icons::icon;
use super::{Ui, knobs, pick};
use crate::model::{Msg, Tab, Verb};
use crate::text::{bytes, count, fill, preview, range};
use tabletop_core::lab::tablet::Kind;
use yew::Html;

#[inline(never)]
pub(super) fn view(ui: Ui) -> Html {
    html! { <aside class="bench" aria-label={ui.t.bench}>{ body(ui) }</aside> }
}

/// What is in the bench, and in the phone's sheet.
#[inline(never)]
pub(super) fn body(ui: Ui) -> Html {
    html! {
        <>
            <section class="sec">
                <header><h2>{ ui.t.do_ }</h2></header>
                <div class="verbs">{ for Verb::ALL.into_iter().map(|verb| row(ui, verb)) }</div>
            </section>
            { knobs::workload(ui) }
            { knobs::settings(ui) }
            { invariants(ui) }
        </>
    }
}

fn row(ui: Ui, verb: Verb) -> Html {
    let off = !ui.m.can_act() || verb.command(ui.m).is_none();
    let button = html! {
        <button data-test={verb.id()} disabled={off} title={(verb == Verb::Compact && off).then_some(ui.t.nothing_selected)} aria-keyshortcuts={verb.key()} onclick={ui.click(Msg::Do(verb))}>
            { icon(verb.icon()) }<span>{ verb.name(ui.t) }</span>
            <span class="p">{ note(ui, verb) }</span><kbd aria-hidden="true">{ verb.key() }</kbd>
        </button>
    };
    html! {
        <>
            { match pick::kind(verb) {
                Some(kind) => eyed(ui, button, kind),
                None => button,
            } }
            { match verb {
                Verb::Query => query(ui),
                Verb::Compact => chosen(ui),
                _ => Html::default(),
            } }
        </>
    }
}

/// A compaction, and an eye that shows first what it would take.
fn eyed(ui: Ui, button: Html, kind: Kind) -> Html {
    let on = ui.m.tab == Tab::Pick && ui.m.peek == kind;
    let label = preview::peek_name(ui.m.lang, kind);
    let test = match kind {
        Kind::Base => "look-base",
        Kind::Full => "look-full",
        _ => "look-cumulative",
    };
    html! {
        <div class="vrow">
            { button }
            <button class="ib" aria-pressed={on.to_string()} aria-label={label.clone()} title={label} aria-keyshortcuts="P" data-test={test}
                onclick={ui.click(Msg::Peek((!on).then_some(kind)))}>{ icon("eye") }</button>
        </div>
    }
}

fn note(ui: Ui, verb: Verb) -> String {
    match verb {
        Verb::Load => ui.m.frame.as_ref().map_or_else(String::new, |frame| bytes(frame.workload.load_bytes)),
        Verb::Query => {
            ui.m.asked_version().map_or_else(|| ui.t.newest.to_owned(), |version| version.to_string())
        }
        Verb::Compact => ui.m.compact_range().map_or_else(String::new, range),
        _ => String::new(),
    }
}

/// Which version, and since when its reader holds it.
fn query(ui: Ui) -> Html {
    let t = ui.t;
    let placeholder = ui.m.asked_version().map_or_else(|| t.newest.to_owned(), |version| version.to_string());
    html! {
        <div class="sub">
            <input class="field" inputmode="numeric" size="7" data-test="query-version" aria-label={t.query_version}
                title={t.query_version} {placeholder} value={ui.m.query_version.clone()}
                oninput={ui.typed(|typed| Some(Msg::QueryVersion(typed)))} />
            <label title={t.reader_holds_tip}>
                <span>{ t.reader_holds }</span>
                <input class="field" inputmode="numeric" size="4" data-test="query-holds"
                    value={ui.m.query_holds_s.to_string()}
                    onchange={ui.typed(|typed| Some(Msg::QueryHolds(typed.trim().parse().unwrap_or(0))))} />
                <small>{ t.unit_s }</small>
            </label>
        </div>
    }
}

/// The versions to merge by hand, typed.
#[inline(never)]
fn chosen(ui: Ui) -> Html {
    if ui.m.chosen.is_none() && ui.m.chosen_draft.is_none() {
        return Html::default();
    }
    let shown = ui
        .m
        .chosen
        .map_or_else(String::new, |range| [&range.start.to_string(), "-", &range.end.to_string()].concat());
    html! {
        <div class="sub">
            <input class="field" size="14" data-test="compact-range" aria-label={ui.t.c_versions}
                value={ui.m.chosen_draft.clone().unwrap_or(shown)} oninput={ui.typed(|typed| Some(Msg::Choose(typed)))} />
        </div>
    }
}

/// What is tested after every step, with what can be seen of it in the view.
fn invariants(ui: Ui) -> Html {
    let t = ui.t;
    let (Some(state), Some(frame)) = (ui.m.state.as_deref(), ui.m.frame.as_deref()) else {
        return Html::default();
    };
    let head = if state.checkers == 0 {
        t.checkers_off.to_owned()
    } else {
        fill(t.checked, &[&state.checkers.to_string()])
    };
    let tone = match (&state.violation, state.checkers) {
        (Some(_), _) => "bad",
        (None, 0) => "warn",
        _ => "good",
    };
    let broken = state.violation.as_ref().map(|(_, violation)| violation.invariant.clone());
    let gap = frame.view.missing.first();
    let orphans = frame.view.totals.orphans;
    html! {
        <section class="sec" data-test="invariants">
            <header><h2>{ t.always_true }</h2><span class="grow" /><span class={tone}>{ head }</span></header>
            if state.checkers > 0 {
                <ul class="inv">
                    if let Some(name) = broken { { item("x", "bad", name) } } else { { item("check", "good", t.inv_all.to_owned()) } }
                    { match gap {
                        Some(gap) => item("warn", "warn", fill(t.inv_missing, &[&gap.range.start.to_string()])),
                        None => item("check", "good", fill(t.inv_cover, &[&frame.view.max_version.to_string()])),
                    } }
                    { match orphans {
                        0 => item("check", "good", t.inv_orphan.to_owned()),
                        n => item("info", "faint", fill(t.inv_orphans, &[&count(n)])),
                    } }
                </ul>
            }
        </section>
    }
}

fn item(name: &str, tone: &'static str, text: String) -> Html {
    html! { <li><span class={tone}>{ icon(name) }</span><span>{ text }</span></li> }
}
