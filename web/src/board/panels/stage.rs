//! The stage of a board: heading, three views, one drawing or two, metrics.

use super::table;
use crate::board::canvas::BoardProps;
use crate::board::say::duration;
use crate::model::{Msg, View};
use crate::panels::stage::{self, theme_mark, title};
use crate::panels::{Ui, compare};
use crate::stage::sparkline;
use crate::text::{count, fill};
use std::rc::Rc;
use yew::Html;

/// Colours of the metrics, in their order; further ones start over.
const COLORS: [&str; 5] = ["--s1", "--s2", "--s5", "--s3", "--s4"];
/// Metrics shown without a comparison and with one.
const METRICS_MAX: usize = 6;

#[inline(never)]
pub(crate) fn view(ui: Ui) -> Html {
    html! {
        <main class="stage" id="drawing" tabindex="-1">
            { head(ui) }
            { body(ui) }
            { metrics(ui) }
        </main>
    }
}

fn head(ui: Ui) -> Html {
    let drawn = ui.m.view == View::Map;
    let about = ui.m.state.as_deref().and_then(|state| {
        ui.m.board.words.find(&["scenario-", &state.scenario, "-text"].concat()).map(str::to_owned)
    });
    html! {
        <div class="shead">
            <h1 data-test="title">{ title(ui) }</h1><span class="sub" title={about.clone()}>{ about }</span><span class="grow" />
            { compare::button(ui) }
            { views(ui) }
            { stage::zooms(ui, drawn) }
        </div>
    }
}

pub(crate) fn views(ui: Ui) -> Html {
    let t = ui.t;
    let all = [
        (View::Map, t.map, "view-map"),
        (View::Table, t.table, "view-table"),
        (View::Text, t.text, "view-text"),
    ];
    stage::choice(ui, &all)
}

/// The drawing, a table or the text.
#[inline(never)]
pub(crate) fn body(ui: Ui) -> Html {
    let Some(picture) = ui.m.board.picture.as_deref().filter(|_| ui.m.board.ready()) else {
        return stage::loading(ui);
    };
    match ui.m.view {
        View::Table => table::view(ui, picture),
        View::Text => stage::text(ui),
        View::Map | View::Graph => html! {
            <>
                { compare::head(ui, false) }
                <div class="draw" data-test="drawing">{ canvas(ui, false) }</div>
                if picture.beside.is_some() {
                    { compare::head(ui, true) }
                    <div class="draw beside" data-test="drawing-beside">{ canvas(ui, true) }</div>
                }
            </>
        },
    }
}

fn canvas(ui: Ui, beside: bool) -> Html {
    html! {
        <canvas role="img" aria-label={label(ui, beside)}
            style="position:absolute;inset:0;width:100%;height:100%;display:block;touch-action:none" />
    }
}

/// The drawing in one sentence.
fn label(ui: Ui, beside: bool) -> String {
    let Some(picture) = ui.m.board.picture.as_deref() else { return String::new() };
    let face = if beside { picture.beside.as_ref().map(|beside| &beside.face) } else { Some(&picture.face) };
    let Some(face) = face else { return String::new() };
    let board = &face.board;
    let of = |count: usize| count.to_string();
    let values = [of(board.lanes.len()), of(board.spans.len()), of(board.arrows.len())];
    let (from, until) = (duration(board.from), duration(board.until.min(board.now)));
    fill(ui.t.b_drawing, &[&values[0], &values[1], &values[2], &from, &until])
}

/// What the canvases are told.
pub(crate) fn props(ui: Ui) -> Option<BoardProps> {
    let (state, board) = (ui.m.state.as_deref()?, &ui.m.board);
    board.info.as_ref()?;
    let shown = |id| Some(id) == state.beside || id == state.branch;
    let heads = state.branches.iter().filter(|branch| shown(branch.id)).map(|branch| branch.head_time);
    let end = heads.max().unwrap_or(state.now).max(state.now);
    let send = ui.send.clone();
    Some(BoardProps {
        run: state.run.0,
        picture: board.picture.clone()?,
        words: board.words.clone(),
        t: ui.t,
        selected: board.selected,
        ends: (state.started_at, end),
        now: state.now,
        theme: theme_mark(ui),
        phone: ui.m.layout.phone,
        order: ui.m.order,
        tell: Rc::new(move |what| send.emit(Msg::Board(what))),
    })
}

#[inline(never)]
pub(crate) fn metrics(ui: Ui) -> Html {
    let (board, words) = (&ui.m.board, &ui.m.board.words);
    let (Some(info), Some(state)) = (&board.info, ui.m.state.as_deref()) else {
        return html! { <div class="metrics" /> };
    };
    let beside = board.picture.as_ref().is_some_and(|picture| picture.beside.is_some());
    let series = &ui.m.series;
    let index = series.times.partition_point(|time| *time <= state.now).saturating_sub(1);
    let one = |column: usize| {
        let (key, unit) = &info.metrics[column];
        let (name, color) = (words.of("metric-", key), COLORS[column % COLORS.len()]);
        if beside {
            let value =
                |at: usize| words.figure(ui.m.versus[at].get(column).copied().unwrap_or_default(), *unit);
            let difference = compare::difference(ui, column);
            let written = compare::signed(difference, |less| {
                words.figure(i64::try_from(less).unwrap_or(i64::MAX), *unit)
            });
            return compare::line(ui, column, name, [value(0), value(1)], written, color);
        }
        let value = series.metrics.get(column).and_then(|values| values.get(index)).copied();
        let (number, unit) =
            value.map_or_else(|| ("–".to_owned(), String::new()), |value| words.number(value, *unit));
        html! {
            <div class="metric" data-test={["metric-", key].concat()}>
                <div class="n">{ name }</div>
                <div class="v">{ number }<small>{ unit }</small></div>
                <div class="curve" aria-hidden="true">{ sparkline(series, column, state.now, color, None) }</div>
            </div>
        }
    };
    let count = info.metrics.len().min(METRICS_MAX);
    if beside {
        return compare::metrics((0..count).map(one).collect());
    }
    html! { <div class="metrics" data-test="metrics">{ for (0..count).map(one) }</div> }
}

/// What lies under the pointer, beside the pointer.
#[inline(never)]
pub(crate) fn tip(ui: Ui) -> Html {
    let Some(pointed) = &ui.m.board.pointed else { return Html::default() };
    let (x, y) = ((pointed.x as i32 + 14).to_string(), (pointed.y as i32 + 16).to_string());
    html! {
        <div class="tip" style={["left:", &x, "px;top:", &y, "px"].concat()} role="tooltip">
            { for pointed.lines.iter().map(|line| html! { <p>{ line.clone() }</p> }) }
        </div>
    }
}

/// "12 345 rows".
pub(super) fn rows(ui: Ui, total: u64) -> String {
    fill(ui.t.b_rows, &[&count(total)])
}
