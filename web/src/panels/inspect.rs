//! The inspector: what is pinned, one rowset, the events.

use super::icons::icon;
use super::{Ui, pick, pinned, rowset, versus};
use crate::model::{EVENTS, Msg, Tab};
use crate::text::{fill, preview, sentence};
use yew::Html;

#[inline(never)]
pub(super) fn view(ui: Ui) -> Html {
    drawer(ui, body(ui))
}

/// What an inspector stands in: the column beside the stage; a drawer where there is no room for one.
#[inline(never)]
pub(crate) fn drawer(ui: Ui, body: Html) -> Html {
    let open = ui.m.layout.narrow && ui.m.drawer;
    html! {
        <>
            if ui.m.layout.narrow {
                <button class={classes!("handle", open.then_some("open"))} aria-label={ui.t.show_inspector} aria-expanded={open.to_string()}
                    data-test="drawer" onclick={ui.click(Msg::Drawer(!open))}>{ icon(if open { "x" } else { "info" }) }</button>
            }
            <aside class={classes!("inspect", open.then_some("open"))} aria-label={ui.t.inspector} data-test="inspector">
                { body }
            </aside>
        </>
    }
}

/// One of the tabs.
#[inline(never)]
pub(crate) fn tab(ui: Ui, tab: Tab, on: bool, name: &'static str, test: &'static str) -> Html {
    html! {
        <button role="tab" id={test} aria-selected={on.to_string()} aria-controls="inspected" data-test={test}
            onclick={ui.click(Msg::Tab(tab))}>{ name }</button>
    }
}

/// Tabs and what they show; the phone puts them into a sheet.
#[inline(never)]
pub(super) fn body(ui: Ui) -> Html {
    let t = ui.t;
    let one =
        |tab: Tab, name: &'static str, test: &'static str| self::tab(ui, tab, ui.m.tab == tab, name, test);
    let (test, inside) = match ui.m.tab {
        Tab::Pinned => ("tab-pinned", pinned::view(ui)),
        Tab::Rowset => ("tab-rowset", rowset::view(ui)),
        Tab::Events => ("tab-events", events(ui)),
        Tab::Pick => ("tab-pick", pick::view(ui)),
        Tab::Compare => ("tab-compare", versus::view(ui)),
    };
    html! {
        <>
            <div class="ptabs" role="tablist" aria-label={t.inspector}>
                if ui.m.other.is_some() { { one(Tab::Compare, t.compare, "tab-compare") } }
                { one(Tab::Pinned, t.pinned, "tab-pinned") }
                { one(Tab::Rowset, t.rowset, "tab-rowset") }
                { one(Tab::Events, t.events, "tab-events") }
                { one(Tab::Pick, preview::tab(ui.m.lang), "tab-pick") }
            </div>
            <div role="tabpanel" id="inspected" aria-labelledby={test}>{ inside }</div>
        </>
    }
}

#[inline(never)]
fn events(ui: Ui) -> Html {
    let t = ui.t;
    let Some(state) = ui.m.state.as_deref() else { return Html::default() };
    if ui.m.events.is_empty() {
        return html! { <section class="card"><p class="sub">{ t.no_events }</p></section> };
    }
    html! {
        <section class="card">
            <p class="faint small">{ fill(t.events_note, &[&EVENTS.to_string()]) }</p>
            <ol class="events" data-test="events">
                { for ui.m.events.iter().rev().map(|line| html! {
                    <li class={classes!((line.step == state.step).then_some("now"))}>
                        { ui.step_link(line.step, line.step.to_string()) }
                        <span>
                            { sentence::event(t, state, &line.event) }
                            <small>{ sentence::moment(state, line.time) }if line.by_user { { " · " }{ t.by_user } }</small>
                        </span>
                    </li>
                }) }
            </ol>
        </section>
    }
}
