//! The table twin: the same rowsets, the same selection, only the rows on screen are nodes.

use super::Ui;
use crate::model::Msg;
use crate::platform;
use crate::protocol::Frame;
use crate::stage::Selection;
use crate::text::{bytes, count, fill, preview, range, sentence, span};
use std::cell::Cell;
use tabletop_core::base::{RowsetId, SimTime};
use tabletop_core::view::tablet::{Brick, StalePathView};
use wasm_bindgen::JsCast;
use web_sys::{KeyboardEvent, MouseEvent};
use yew::Html;

/// Height of a row at root size 16.
pub(crate) const ROW: f64 = 28.0;

/// A live rowset, or a member of a stale path.
#[derive(Clone, Copy)]
struct Row<'a> {
    brick: &'a Brick,
    path: Option<&'a StalePathView>,
}

fn rows(frame: &Frame) -> Vec<Row<'_>> {
    let mut rows: Vec<Row> = frame.view.live.iter().map(|brick| Row { brick, path: None }).collect();
    for path in &frame.view.stale {
        rows.extend(path.members.iter().map(|brick| Row { brick, path: Some(path) }));
    }
    rows
}

/// When a path may go, from now.
pub(super) fn expires(t: &'static crate::text::Text, path: &StalePathView, now: SimTime) -> String {
    match path.expires_at {
        None => "–".to_owned(),
        Some(at) if at <= now => t.expired.to_owned(),
        Some(at) => span(at - now),
    }
}

thread_local! {
    /// The selection was moved by a key: the focus goes with it.
    static FOLLOW: Cell<bool> = const { Cell::new(false) };
}

/// The table that is on screen.
pub(crate) const GRID: &str = ".draw.grid";

/// The focus goes with the selection that a key moved.
pub(crate) fn follow() {
    FOLLOW.set(true);
}

fn selected_row(rows: &[Row], selected: Option<Selection>) -> Option<usize> {
    match selected {
        Some(Selection::Rowset(id)) => rows.iter().position(|row| row.brick.id == id),
        _ => None,
    }
}

/// Where the selection stands, for [`reveal`].
pub(super) fn selected(ui: Ui) -> Option<usize> {
    selected_row(&rows(ui.m.frame.as_deref()?), ui.m.selected)
}

/// Scrolls a newly selected row into sight.
pub(super) fn reveal(row: usize) {
    let row_height = ROW * platform::scale();
    let (top, height) = platform::scrolled(GRID);
    let (from, to) = (row as f64 * row_height, (row + 2) as f64 * row_height);
    if from < top || to > top + height {
        platform::scroll_to(GRID, (from - height / 3.0).max(0.0));
    }
    if FOLLOW.take() {
        platform::focus(".grid [aria-selected=true]");
    }
}

#[inline(never)]
pub(super) fn view(ui: Ui, frame: &Frame) -> Html {
    let t = ui.t;
    let rows = rows(frame);
    let row_height = ROW * platform::scale();
    let selected = selected_row(&rows, ui.m.selected);
    let onscroll = ui.heard(|_| {
        let (top, height) = platform::scrolled(GRID);
        Some(Msg::Scrolled(top, height))
    });
    let ids: Vec<RowsetId> = rows.iter().map(|row| row.brick.id).collect();
    let onkeydown = ui.heard(move |event| {
        let event: &KeyboardEvent = event.unchecked_ref();
        let last = ids.len().saturating_sub(1);
        let from = selected.unwrap_or(0);
        let next = match event.key().as_str() {
            "ArrowDown" => selected.map_or(0, |row| row + 1).min(last),
            "ArrowUp" => from.saturating_sub(1),
            "PageDown" => (from + 12).min(last),
            "PageUp" => from.saturating_sub(12),
            "Home" => 0,
            "End" => last,
            "Enter" => from,
            _ => return None,
        };
        event.prevent_default();
        event.stop_propagation();
        FOLLOW.set(true);
        let id = ids.get(next)?;
        Some(Msg::Select { what: Some(Selection::Rowset(*id)), extend: event.shift_key() })
    });
    let at = ui.m.table_at;
    let first = ((at.0 / row_height) as usize).saturating_sub(4).min(rows.len());
    let last = (first + (at.1 / row_height) as usize + 10).min(rows.len());
    let pad = |rows: usize| ["height:", &((rows as f64 * row_height) as u64).to_string(), "px"].concat();
    html! {
        <div class="draw grid" {onscroll} {onkeydown} role="grid" data-test="table"
            aria-label={fill(t.table_label, &[&count(rows.len() as u64)])} aria-rowcount={(rows.len() + 1).to_string()}>
            <div class="tr th" role="row" aria-rowindex="1">
                { for [t.c_versions, t.c_size, t.d_rows, t.c_segments, t.c_kind, t.c_state, t.c_path, t.c_expires]
                    .map(|name| html! { <span role="columnheader">{ name }</span> }) }
            </div>
            <div style={pad(first)} role="presentation" />
            { for (first..last).map(|index| line(ui, frame, rows[index], index, selected == Some(index), selected.is_none() && index == first)) }
            <div style={pad(rows.len() - last)} role="presentation" />
        </div>
    }
}

/// Whether a live rowset would go into the compaction that is looked at, and what to say of it.
fn pick_mark(ui: Ui, row: Row) -> (bool, Option<String>) {
    let Some(shown) = ui.m.preview(false).filter(|_| row.path.is_none()) else { return (false, None) };
    let (lang, range) = (ui.m.lang, row.brick.range);
    if shown.pick.as_ref().is_some_and(|pick| pick.range.contains(range)) {
        return (true, Some(preview::goes_in(lang).to_owned()));
    }
    let stays = shown.why.rejected.iter().find(|stays| stays.run.range.contains(range));
    (false, stays.map(|stays| fill(preview::stays_out(lang), &[&preview::reason(lang, &stays.run.reason)])))
}

fn line(ui: Ui, frame: &Frame, row: Row, index: usize, selected: bool, entry: bool) -> Html {
    let t = ui.t;
    let brick = row.brick;
    let versions = if brick.count > 1 {
        [&range(brick.range), " · ", &fill(t.joined, &[&brick.count.to_string()])].concat()
    } else {
        range(brick.range)
    };
    let unknown = || t.unknown.to_owned();
    let segments = brick.segments.map_or_else(unknown, |segments| segments.to_string());
    let segments = if brick.overlapping { fill(t.overlap_mark, &[&segments]) } else { segments };
    let (state, path, expires) = match row.path {
        Some(path) => (t.stale, path.id.to_string(), expires(t, path, frame.state.now)),
        None => (t.live, String::new(), String::new()),
    };
    let (going, picked) = pick_mark(ui, row);
    let id = brick.id;
    let onclick = ui.heard(move |event| {
        let extend = event.unchecked_ref::<MouseEvent>().shift_key();
        Some(Msg::Select { what: Some(Selection::Rowset(id)), extend })
    });
    html! {
        <div class={classes!("tr", row.path.map(|_| "st"), going.then_some("in"))} role="row" key={[if row.path.is_some() { "s" } else { "l" }, &id.0.to_string()].concat()}
            aria-rowindex={(index + 2).to_string()} aria-selected={selected.to_string()} tabindex={if selected || entry { "0" } else { "-1" }}
            data-test="table-row" data-rowset={id.0.to_string()} {onclick}>
            <span role="gridcell" class="mono">{ versions }</span>
            <span role="gridcell">{ brick.bytes.map_or_else(unknown, bytes) }</span>
            <span role="gridcell">{ brick.rows.map_or_else(unknown, count) }</span>
            <span role="gridcell">{ segments }</span>
            <span role="gridcell"><i class={classes!("heat", super::pinned::tone(brick.heat))} />{ sentence::heat(t, brick.heat) }</span>
            <span role="gridcell" title={picked.clone()}>{ state }if picked.is_some() { <b>{ " · " }{ if going { preview::in_short(ui.m.lang) } else { preview::out_short(ui.m.lang) } }</b> }</span>
            <span role="gridcell" class="mono">{ path }</span>
            <span role="gridcell" class="mono">{ expires }</span>
        </div>
    }
}
