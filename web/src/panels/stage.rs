//! The stage: heading, four views, the drawing or one of its twins, metrics.

use super::icons::icon;
use super::{Ui, banners, compare, table};
use crate::model::{Dialog, METRICS, Msg, Verb, View, stage_mode};
use crate::platform;
use crate::protocol::{Frame, RunState};
use crate::stage::{StageCanvasProps, StageOrder, StageSaid, sparkline};
use crate::text::{bytes, count, fill, millis, preview};
use std::rc::Rc;
use yew::Html;

#[inline(never)]
pub(super) fn view(ui: Ui) -> Html {
    html! {
        <main class="stage" id="drawing" tabindex="-1">
            { head(ui) }
            { banners::intro(ui) }
            { body(ui) }
            { metrics(ui) }
        </main>
    }
}

/// Name of what is on the stage.
pub(crate) fn title(ui: Ui) -> String {
    match ui.m.state.as_deref() {
        Some(RunState { tablet_id: Some(id), .. }) => fill(ui.t.tablet_n, &[&id.to_string()]),
        Some(_) => ui.m.run_name(),
        None => ui.t.engine_waits.to_owned(),
    }
}

fn head(ui: Ui) -> Html {
    let t = ui.t;
    let drawn = stage_mode(ui.m.view).is_some();
    let sub = ui.m.frame.as_deref().map(|frame| {
        let versions = count((frame.view.max_version + 1).max(0) as u64);
        fill(t.sub_versions, &[&versions, &count(frame.view.totals.live)])
    });
    html! {
        <div class="shead">
            <h1 data-test="title">{ title(ui) }</h1><span class="sub">{ sub }</span><span class="grow" />
            { compare::button(ui) }
            { views(ui) }
            <button class="btn small" data-test="import-open" onclick={ui.click(Msg::Dialog(Some(Dialog::Import)))}>
                { icon("import") }<span class="long">{ t.import_json }</span><span class="short">{ t.import_short }</span>
            </button>
            { zooms(ui, drawn) }
        </div>
    }
}

pub(super) fn views(ui: Ui) -> Html {
    let t = ui.t;
    let all = [
        (View::Map, t.map, "view-map"),
        (View::Graph, t.graph, "view-graph"),
        (View::Table, t.table, "view-table"),
        (View::Text, t.text, "view-text"),
    ];
    choice(ui, &all)
}

/// Which of the views is on.
#[inline(never)]
pub(crate) fn choice(ui: Ui, all: &[(View, &'static str, &'static str)]) -> Html {
    let one = |&(view, name, test): &(View, &'static str, &'static str)| {
        html! {
            <button data-test={test} aria-pressed={(ui.m.view == view).to_string()} onclick={ui.click(Msg::View(view))}>{ name }</button>
        }
    };
    html! {
        <div class="seg" role="group" aria-label={ui.t.view}>{ for all.iter().map(one) }</div>
    }
}

/// Closer, further, all of it; only a drawing can.
#[inline(never)]
pub(crate) fn zooms(ui: Ui, drawn: bool) -> Html {
    let t = ui.t;
    html! {
        <span class="row">
            { ui.tool("minus", t.zoom_out, "zoom-out", Msg::Order(StageOrder::ZoomOut), !drawn) }
            { ui.tool("plus", t.zoom_in, "zoom-in", Msg::Order(StageOrder::ZoomIn), !drawn) }
            { ui.tool("fit", t.fit, "zoom-fit", Msg::Order(StageOrder::Fit), !drawn) }
        </span>
    }
}

/// There is nothing to draw yet.
#[inline(never)]
pub(crate) fn loading(ui: Ui) -> Html {
    let t = ui.t;
    html! {
        <div class="draw mid" data-test="loading">
            <h2>{ t.loading }</h2><p>{ t.loading_note }</p><div class="pbar"><i /></div>
        </div>
    }
}

/// The drawing as text.
#[inline(never)]
pub(crate) fn text(ui: Ui) -> Html {
    html! {
        <div class="draw text">
            <button class="btn small" data-test="text-copy" onclick={ui.click(Msg::Copy(ui.m.drawing.clone()))}>
                { icon("copy") }{ ui.t.copy }
            </button>
            <pre class="txt" tabindex="0" data-test="text">{ ui.m.drawing.clone() }</pre>
        </div>
    }
}

/// The drawing, the table or the text.
#[inline(never)]
pub(super) fn body(ui: Ui) -> Html {
    let Some(frame) = &ui.m.frame else {
        return loading(ui);
    };
    match ui.m.view {
        View::Table => table::view(ui, frame),
        View::Text => text(ui),
        View::Map | View::Graph => html! {
            <>
                { compare::head(ui, false) }
                <div class="draw" data-test="drawing">
                    { canvas(ui) }
                    if empty(frame) { { nothing_yet(ui) } }
                </div>
                if ui.m.other.is_some() {
                    { compare::head(ui, true) }
                    <div class="draw beside" data-test="drawing-beside">{ canvas(ui) }</div>
                }
            </>
        },
    }
}

/// The canvas; `held` paints on it. A finger still scrolls the page up and down.
fn canvas(ui: Ui) -> Html {
    html! {
        <canvas role="img" aria-label={label(ui)}
            style="position:absolute;inset:0;width:100%;height:100%;display:block;touch-action:pan-y" />
    }
}

/// What the canvas is told, that of the branch or that of the one beside.
pub(super) fn props(ui: Ui, beside: bool) -> StageCanvasProps {
    let send = ui.send.clone();
    StageCanvasProps {
        frame: if beside { ui.m.other.clone() } else { ui.m.frame.clone() },
        mode: stage_mode(ui.m.view).unwrap_or_default(),
        selected: ui.m.selected,
        preview: ui.m.preview(beside).and(ui.m.picks.clone()).map(|picks| (ui.m.peek, picks, beside)),
        speed: ui.m.playback.speed().factor(),
        theme: theme_mark(ui),
        zh: ui.m.lang == crate::text::Lang::Zh,
        phone: ui.m.layout.phone,
        reduced_motion: ui.m.layout.reduced_motion,
        order: ui.m.order,
        tell: Rc::new(move |said| {
            send.emit(match said {
                StageSaid::Select(what) => Msg::Select { what, extend: platform::shifted() },
                StageSaid::Hover(hover) => Msg::Hover(hover),
                StageSaid::Window(window) => Msg::Window(window),
            });
        }),
    }
}

/// Changes whenever a drawing must read its tokens again.
pub(crate) fn theme_mark(ui: Ui) -> u32 {
    u32::from(ui.m.dark) + 2 * u32::from(ui.m.projector)
}

/// The drawing in one sentence.
fn label(ui: Ui) -> String {
    let Some(frame) = ui.m.frame.as_deref() else { return String::new() };
    let view = &frame.view;
    let point = view.point.map_or_else(|| ui.t.no_point.to_owned(), |(version, _)| version.to_string());
    let (live, stale) = (view.totals.live.to_string(), view.totals.stale.to_string());
    fill(ui.t.drawing_of, &[&live, &stale, &view.max_version.to_string(), &point])
}

fn empty(frame: &Frame) -> bool {
    frame.view.max_version <= 1 && frame.view.live.len() <= 1 && frame.view.stale.is_empty()
}

fn nothing_yet(ui: Ui) -> Html {
    let t = ui.t;
    let size = ui.m.frame.as_ref().map_or_else(String::new, |frame| bytes(frame.workload.load_bytes));
    html! {
        <div class="empty" data-test="empty">
            <h2>{ t.empty_title }</h2><p>{ fill(t.empty_note, &[&size]) }</p>
            <div class="act">
                <button class="btn pri" data-test="empty-load" onclick={ui.click(Msg::Do(Verb::Load))}>
                    { icon("load") }{ t.v_load }<kbd aria-hidden="true">{ "L" }</kbd>
                </button>
                <button class="btn" data-test="empty-import" onclick={ui.click(Msg::Dialog(Some(Dialog::Import)))}>
                    { icon("import") }{ t.import_json }
                </button>
            </div>
        </div>
    }
}

/// One metric: name, value, unit, name of its column, colour, limit.
struct Metric {
    name: &'static str,
    value: String,
    unit: String,
    column: &'static str,
    color: &'static str,
    limit: Option<i64>,
}

fn all(ui: Ui, frame: &Frame) -> [Metric; 8] {
    let (t, totals) = (ui.t, &frame.view.totals);
    let max = frame.knobs.version_limit();
    let size = bytes(totals.stale_bytes);
    let (value, unit) = size.split_once(' ').unwrap_or((&size, ""));
    let metric = |name, value, unit, column, color, limit| Metric { name, value, unit, column, color, limit };
    [
        metric(
            t.m_live,
            count(totals.live),
            fill(t.of_n, &[&count(u64::from(max))]),
            "live_rowsets",
            "--s1",
            Some(i64::from(max)),
        ),
        metric(t.m_stale, count(totals.stale), String::new(), "stale_rowsets", "--s2", None),
        metric(t.m_stale_bytes, value.to_owned(), unit.to_owned(), "stale_bytes", "--s5", None),
        metric(t.m_path, count(totals.path_len), t.rowsets_unit.to_owned(), "path_len", "--s3", None),
        metric(
            t.m_230,
            count(totals.already_merged),
            fill(t.served_n, &[&count(totals.served)]),
            "already_merged",
            "--s4",
            None,
        ),
        metric(
            t.m_write,
            millis(totals.write_amplification),
            t.times.to_owned(),
            "write_amplification",
            "--s1",
            None,
        ),
        metric(
            t.m_space,
            millis(totals.space_amplification),
            t.times.to_owned(),
            "space_amplification",
            "--s5",
            None,
        ),
        metric(t.m_235, count(totals.too_many), String::new(), "too_many_versions", "--s4", None),
    ]
}

/// The metrics of this branch and of the one beside, under each other.
#[inline(never)]
fn compared(ui: Ui, frame: &Frame, other: &Frame) -> Html {
    let lines = all(ui, frame).into_iter().zip(all(ui, other)).filter_map(|(a, b)| {
        let column = METRICS.iter().position(|name| *name == a.column)?;
        let difference = compare::difference(ui, column);
        let written = compare::signed(difference, preview::write_of(a.column));
        let value = |metric: &Metric| {
            let unit = if metric.column.ends_with("bytes") { metric.unit.as_str() } else { "" };
            [metric.value.as_str(), " ", unit].concat().trim_end().to_owned()
        };
        Some(compare::line(ui, column, a.name.to_owned(), [value(&a), value(&b)], written, a.color))
    });
    compare::metrics(lines.collect())
}

#[inline(never)]
fn metrics(ui: Ui) -> Html {
    let Some(frame) = ui.m.frame.as_deref() else { return html! { <div class="metrics" /> } };
    if let Some(other) = ui.m.other.as_deref() {
        return compared(ui, frame, other);
    }
    html! {
        <div class="metrics" data-test="metrics">
            { for all(ui, frame).into_iter().map(|metric| {
                let column = METRICS.iter().position(|name| *name == metric.column);
                html! {
                    <div class="metric" data-test={["metric-", metric.column].concat()}>
                        <div class="n">{ metric.name }</div>
                        <div class="v">{ metric.value }<small>{ metric.unit }</small></div>
                        if metric.column == "live_rowsets" { { gauge(ui, frame) } }
                        <div class="curve" aria-hidden="true">
                            if let Some(column) = column {
                                { sparkline(&ui.m.series, column, frame.state.now, metric.color, metric.limit) }
                            }
                        </div>
                    </div>
                }
            }) }
        </div>
    }
}

/// How near the version count is to the limit above which loads get −235.
pub(super) fn gauge(ui: Ui, frame: &Frame) -> Html {
    let totals = &frame.view.totals;
    let limit = totals.version_limit.max(1);
    let share = (totals.live.saturating_mul(1_000) / limit).min(1_000);
    let tone = match share {
        1_000.. => "bad",
        800.. => "warn",
        _ => "",
    };
    let label = fill(preview::of_limit(ui.m.lang), &[&count(totals.live), &count(limit)]);
    let style = ["--v:", &(share / 10).to_string(), ".", &(share % 10).to_string(), "%"].concat();
    html! {
        <div class={classes!("limit", tone)} role="meter" aria-label={label.clone()} title={label} aria-valuemin="0" aria-valuemax={limit.to_string()}
            aria-valuenow={totals.live.min(limit).to_string()} data-test="gauge-limit" {style}><i /></div>
    }
}

/// What lies under the pointer, beside the pointer.
#[inline(never)]
pub(super) fn tip(ui: Ui) -> Html {
    let Some(hover) = &ui.m.hover else { return Html::default() };
    let style =
        ["left:", &(hover.x as i32 + 14).to_string(), "px;top:", &(hover.y as i32 + 16).to_string(), "px"]
            .concat();
    html! {
        <div class="tip" {style} role="tooltip">
            { for hover.lines.iter().map(|line| html! { <p>{ line.clone() }</p> }) }
        </div>
    }
}
