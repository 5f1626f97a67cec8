//! The table twin of a board: its bars, messages and moments, and the lab's own tables, by page.

use super::inspect::tone_class;
use super::stage::rows;
use crate::board::about::{Line, heads, row, tables};
use crate::board::page::{BoardPage, Do};
use crate::board::protocol::Picture;
use crate::model::Msg;
use crate::panels::Ui;
use crate::panels::table::{GRID, ROW, follow};
use crate::platform;
use tabletop_core::view::board::ItemId;
use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;
use yew::Html;

/// Where the selection stands among the rows that are there.
pub(crate) fn selected(ui: Ui) -> Option<usize> {
    let board = &ui.m.board;
    let picture = board.picture.as_deref()?;
    position(&picture.face.board, board).map(|at| at as usize)
}

fn position(shown: &tabletop_core::view::board::Board, page: &BoardPage) -> Option<u64> {
    if page.selected == ItemId::NONE {
        return None;
    }
    let at = match page.table {
        0 => shown.spans.iter().position(|span| span.id == page.selected),
        1 => shown.arrows.iter().position(|arrow| arrow.id == page.selected),
        2 => shown.marks.iter().position(|mark| mark.id == page.selected),
        own => {
            let table = shown.tables.get(own - BoardPage::OWN_TABLES)?;
            let at = table.rows.iter().position(|row| row.id == page.selected)?;
            return Some(table.first + at as u64);
        }
    };
    at.map(|at| at as u64)
}

#[inline(never)]
pub(super) fn view(ui: Ui, picture: &Picture) -> Html {
    let (t, page) = (ui.t, &ui.m.board);
    let (board, words) = (&picture.face.board, &page.words);
    let all = tables(picture, words, t);
    let table = page.table.min(all.len().saturating_sub(1));
    let (name, total) = all.get(table).cloned().unwrap_or_default();
    let height = ROW * platform::scale();
    let at = ui.m.table_at;
    let first = ((at.0 / height) as u64).saturating_sub(4).min(total);
    let last = (first + (at.1 / height) as u64 + 10).min(total);
    let chosen = position(board, page);
    let heads = heads(board, words, t, table);
    let grid = ["grid-template-columns:", &"minmax(4rem,1fr) ".repeat(heads.len().max(1))].concat();
    let onscroll = ui.heard(move |_| {
        let (top, height) = platform::scrolled(GRID);
        Some(Msg::Scrolled(top, height))
    });
    let loaded: Vec<(u64, ItemId)> = {
        let low = chosen.unwrap_or(first).saturating_sub(16);
        (low..low + 34).filter_map(|at| Some((at, row(board, words, t, table, at)?.item))).collect()
    };
    let onkeydown = ui.heard(move |event| {
        let event: &KeyboardEvent = event.unchecked_ref();
        let from = chosen.unwrap_or(first);
        let next = match event.key().as_str() {
            "ArrowDown" => chosen.map_or(first, |row| row + 1),
            "ArrowUp" => from.saturating_sub(1),
            "PageDown" => from + 12,
            "PageUp" => from.saturating_sub(12),
            "Enter" => from,
            _ => return None,
        };
        event.prevent_default();
        event.stop_propagation();
        let next = next.min(total.saturating_sub(1));
        let item = loaded.iter().find(|row| row.0 == next)?.1;
        follow();
        Some(Msg::Board(Do::Select(item)))
    });
    let pad = |rows: u64| ["height:", &((rows as f64 * height) as u64).to_string(), "px"].concat();
    html! {
        <>
            <div class="tabrow">
                <select data-test="table-of" aria-label={t.b_tables} onchange={ui.typed(|typed| Some(Msg::Board(Do::Table(typed.parse().ok()?))))}>
                    { for all.iter().enumerate().map(|(at, one)| html! {
                        <option value={at.to_string()} selected={at == table}>{ one.0.clone() }</option>
                    }) }
                </select>
                <span class="faint small">{ rows(ui, total) }</span>
            </div>
            <div class="draw grid" {onscroll} {onkeydown} role="grid" data-test="table"
                aria-label={[&name, ", ", &rows(ui, total)].concat()} aria-rowcount={(total + 1).to_string()}>
                <div class="tr th own" role="row" aria-rowindex="1" style={grid.clone()}>
                    { for heads.into_iter().map(|name| html! { <span role="columnheader">{ name }</span> }) }
                </div>
                <div style={pad(first)} role="presentation" />
                { for (first..last).map(|at| line(ui, row(board, words, t, table, at), at, &grid, chosen == Some(at), chosen.is_none() && at == first)) }
                <div style={pad(total - last)} role="presentation" />
            </div>
        </>
    }
}

fn line(ui: Ui, line: Option<Line>, at: u64, grid: &str, selected: bool, entry: bool) -> Html {
    let Some(Line { item, cells, tone }) = line else {
        return html! { <div class="tr own" role="row" key={at.to_string()} aria-rowindex={(at + 2).to_string()}><span role="gridcell">{ "…" }</span></div> };
    };
    html! {
        <div class="tr own" role="row" key={at.to_string()} style={grid.to_owned()} aria-rowindex={(at + 2).to_string()}
            aria-selected={selected.to_string()} tabindex={if selected || entry { "0" } else { "-1" }}
            data-test="table-row" data-item={item.0.to_string()} onclick={ui.click(Msg::Board(Do::Select(item)))}>
            { for cells.into_iter().enumerate().map(|(index, cell)| html! {
                <span role="gridcell">
                    if index == 0 { if let Some(tone) = tone_class(tone) { <i class={classes!("heat", tone)} /> } }
                    { cell }
                </span>
            }) }
        </div>
    }
}
