//! A phone reads first: drawing, four numbers, the read path, transport; verbs behind Do.

use super::icons::{icon, logo};
use super::{Ui, banners, bench, dock, inspect, pinned, stage, top};
use crate::board::panels as board;
use crate::model::labs::is_tablet;
use crate::model::{Menu, Msg, Sheet, View};
use crate::text::{bytes, count, fill, grouped, range, sentence};
use tabletop_core::view::tablet::{PathStop, ReadState};
use yew::Html;

#[inline(never)]
pub(super) fn page(ui: Ui) -> Html {
    let t = ui.t;
    html! {
        <>
            <header class="bar">
                { logo() }<h1 data-test="title">{ stage::title(ui) }</h1><span class="grow" />
                { top::saved(ui) }
                { top::anchor(ui, Menu::Share, "share", "share-menu", t.share) }
                { top::anchor(ui, Menu::More, "more", "more-menu", t.more) }
                if let Some(menu @ (Menu::Run | Menu::Branch | Menu::Compare)) = ui.m.menu {
                    <div class="anchor">{ super::menus::view(ui, menu) }</div>
                }
            </header>
            { banners::view(ui) }
            <main class="pmain" id="drawing" tabindex="-1">
                if is_tablet(ui.m.lab) {
                    <div class="pviews">{ stage::views(ui) }</div>
                    <div class={classes!("pmap", tall(ui))}>{ stage::body(ui) }</div>
                    { banners::intro(ui) }
                    if ui.m.other.is_some() { { super::versus::table(ui) } } else { { metrics(ui) } }
                    { path(ui) }
                } else {
                    <div class="pviews">{ board::stage::views(ui) }</div>
                    <div class={classes!("pmap", tall(ui))}>{ board::stage::body(ui) }</div>
                    { board::stage::metrics(ui) }
                    { board::inspect::chosen(ui) }
                    { board::inspect::facts(ui) }
                }
            </main>
            <footer class="pt" aria-label={t.timeline}>
                { dock::strip(ui) }
                <div class="row">
                    { dock::when(ui) }<span class="grow" />
                    { ui.tool("prev", t.step_back, "step-prev", Msg::Step(-1), ui.m.state.is_none()) }
                    { dock::play(ui) }
                    { ui.tool("next", t.step_next, "step-next", Msg::Step(1), ui.m.state.is_none()) }
                    <span class="grow" />
                    <button class="btn do" data-test="do" onclick={ui.click(Msg::Sheet(Some(Sheet::Do)))}>{ t.do_ }</button>
                </div>
            </footer>
            { sheet(ui) }
        </>
    }
}

fn tall(ui: Ui) -> Option<&'static str> {
    (ui.m.view == View::Table || ui.m.view == View::Text).then_some("tall")
}

#[inline(never)]
fn metrics(ui: Ui) -> Html {
    let t = ui.t;
    let Some(frame) = ui.m.frame.as_deref() else { return Html::default() };
    let totals = &frame.view.totals;
    let size = bytes(totals.stale_bytes);
    let (value, unit) = size.split_once(' ').unwrap_or((&size, ""));
    let one = |name: &'static str, value: String, unit: String, test: &'static str| {
        html! { <div data-test={test}><span>{ name }</span><b>{ value }</b>{ " " }<small>{ unit }</small></div> }
    };
    html! {
        <section class="pm" data-test="metrics">
            <div data-test="metric-live_rowsets"><span>{ t.p_live }</span><b>{ count(totals.live) }</b>{ stage::gauge(ui, frame) }</div>
            { one(t.p_stale, value.to_owned(), unit.to_owned(), "metric-stale_bytes") }
            { one(t.p_path, count(totals.path_len), String::new(), "metric-path_len") }
            { one(t.p_230, count(totals.already_merged), String::new(), "metric-already_merged") }
        </section>
    }
}

#[inline(never)]
fn path(ui: Ui) -> Html {
    let t = ui.t;
    let (Some(frame), Some(read)) = (ui.m.frame.as_deref(), ui.m.pinned()) else { return Html::default() };
    let (stops, chip, why): (&[PathStop], Html, Vec<String>) = match &read.state {
        ReadState::Served { path } => {
            (path, Ui::chip("good", t.served.to_owned()), vec![pinned::served(ui, path)])
        }
        ReadState::Waiting { .. } => (&[], Ui::chip("warn", t.waiting.to_owned()), Vec::new()),
        ReadState::Failed { code, partial, .. } => (
            partial,
            Ui::chip("bad", grouped(i64::from(*code))),
            sentence::reasons(t, &frame.state, read, frame.view.max_version),
        ),
    };
    html! {
        <section class="ppath" data-test="read">
            <button class="h" data-test="inspect" onclick={ui.click(Msg::Sheet(Some(Sheet::Inspect)))}>
                <h2>{ fill(t.read_path, &[&read.version.to_string()]) }</h2><span class="grow" />{ chip }{ icon("right") }
            </button>
            { for why.into_iter().take(2).map(|line| html! { <p class="sub">{ line }</p> }) }
            { for stops.iter().take(60).map(|stop| html! {
                <div class={classes!("lr", stop.stale_path.map(|_| "st"))}>
                    <i /><span class="r">{ range(stop.range) }</span>
                    <span>{ stop.bytes.map_or_else(|| t.unknown.to_owned(), bytes) }</span>
                    <span class="x">{ pinned::stop_state(ui, &frame.view, stop) }</span>
                </div>
            }) }
        </section>
    }
}

#[inline(never)]
fn sheet(ui: Ui) -> Html {
    let t = ui.t;
    let Some(which) = ui.m.sheet else { return Html::default() };
    let (label, inside) = match which {
        Sheet::Do if is_tablet(ui.m.lab) => {
            (t.sheet_do, html! { <>{ dock::speed(ui) }{ bench::body(ui) }</> })
        }
        Sheet::Do => (t.sheet_do, html! { <>{ dock::speed(ui) }{ board::bench::body(ui) }</> }),
        Sheet::Inspect if is_tablet(ui.m.lab) => (t.inspector, inspect::body(ui)),
        Sheet::Inspect => (t.inspector, board::inspect::body(ui)),
    };
    let inside = html! {
        <>
            <header><h2>{ label }</h2><span class="grow" />{ ui.tool("x", t.close, "sheet-close", Msg::Sheet(None), false) }</header>
            { inside }
        </>
    };
    super::dialog::modal(ui, label, "sheet", "sheet", || Msg::Sheet(None), inside)
}
