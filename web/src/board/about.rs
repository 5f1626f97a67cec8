//! What is said of a part of a board beside the pointer, and as rows of its table twin.

use super::protocol::Picture;
use super::say::{Words, duration};
use super::scene::Hit;
use crate::text::{Text, count};
use tabletop_core::base::SimTime;
use tabletop_core::view::board::{Board, ItemId, Tone};

/// Lines about what lies at a place, the first one its name.
pub fn about(board: &Board, words: &Words, t: &Text, now: SimTime, hit: Hit) -> Vec<String> {
    let mut lines = Vec::new();
    match hit {
        Hit::Lane(at) => lines.extend(board.lanes.get(at).map(|lane| words.fill(&lane.key, &lane.values))),
        Hit::Span(at) => {
            let Some(span) = board.spans.get(at) else { return lines };
            lines.push(named(words, &span.kind, &words.label(&span.label)));
            lines.push(
                [&lane_name(board, words, span.lane), " · ", &stretch(span.from, span.until, now)].concat(),
            );
            if span.count > 1 {
                lines.push(["× ", &count(span.count.into())].concat());
            }
        }
        Hit::Arrow(at) => {
            let Some(arrow) = board.arrows.get(at) else { return lines };
            lines.push(named(words, &arrow.kind, &words.label(&arrow.label)));
            let (from, to) =
                (lane_name(board, words, arrow.from_lane), lane_name(board, words, arrow.to_lane));
            lines.push([&from, " → ", &to, " · ", &stretch(arrow.from_at, arrow.to_at, now)].concat());
            if arrow.lost {
                lines.push(t.b_lost.to_owned());
            }
        }
        Hit::Mark(at) => {
            let Some(mark) = board.marks.get(at) else { return lines };
            lines.push(named(words, &mark.kind, &words.label(&mark.label)));
            lines.push(duration(mark.at));
        }
    }
    lines
}

fn named(words: &Words, kind: &str, label: &str) -> String {
    let name = words.get(kind);
    if label.is_empty() { name } else { [&name, " · ", label].concat() }
}

/// `1.2 s – 3.4 s, 2.2 s`.
fn stretch(from: SimTime, until: Option<SimTime>, now: SimTime) -> String {
    let end = until.unwrap_or(now);
    let last = until.map_or_else(|| "…".to_owned(), duration);
    [&duration(from), " – ", &last, ", ", &duration(end - from)].concat()
}

/// Name of a lane.
pub fn lane_name(board: &Board, words: &Words, id: u32) -> String {
    let lane = board.lanes.iter().find(|lane| lane.id == id);
    lane.map_or_else(String::new, |lane| words.fill(&lane.key, &lane.values))
}

/// A row of the table view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What is selected with it.
    pub item: ItemId,
    /// Its cells, and whether each is a number.
    pub cells: Vec<String>,
    /// What it means.
    pub tone: Tone,
}

/// The tables of a board: those of the drawing, then the lab's own. Name and rows of all pages.
pub fn tables(picture: &Picture, words: &Words, t: &Text) -> Vec<(String, u64)> {
    let board = &picture.face.board;
    let mut all = vec![
        (t.b_spans.to_owned(), board.spans.len() as u64),
        (t.b_arrows.to_owned(), board.arrows.len() as u64),
        (t.b_marks.to_owned(), board.marks.len() as u64),
    ];
    all.extend(board.tables.iter().map(|table| (words.get(&table.key), table.total)));
    all
}

/// Heads of a table.
pub fn heads(board: &Board, words: &Words, t: &Text, table: usize) -> Vec<String> {
    let of = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    match table {
        0 => of(&[t.b_lane, t.b_kind, t.b_note, t.b_from, t.b_until, t.b_takes]),
        1 => of(&[t.b_kind, t.b_note, t.b_from, t.b_lane, t.b_until, t.b_lane]),
        2 => of(&[t.b_lane, t.b_kind, t.b_note, t.b_from]),
        own => board.tables.get(own - 3).map_or_else(Vec::new, |table| {
            table.columns.iter().map(|column| words.get(&column.key)).collect()
        }),
    }
}

/// A row of a table; `None` where it is not loaded.
pub fn row(board: &Board, words: &Words, t: &Text, table: usize, at: u64) -> Option<Line> {
    let index = usize::try_from(at).ok()?;
    let end = |until: Option<SimTime>| until.map_or_else(|| t.b_going.to_owned(), duration);
    Some(match table {
        0 => {
            let span = board.spans.get(index)?;
            let takes = span.until.map_or_else(|| "–".to_owned(), |until| duration(until - span.from));
            let cells = vec![
                lane_name(board, words, span.lane),
                words.get(&span.kind),
                words.label(&span.label),
                duration(span.from),
                end(span.until),
                takes,
            ];
            Line { item: span.id, cells, tone: span.tone }
        }
        1 => {
            let arrow = board.arrows.get(index)?;
            let cells = vec![
                words.get(&arrow.kind),
                words.label(&arrow.label),
                duration(arrow.from_at),
                lane_name(board, words, arrow.from_lane),
                if arrow.lost { t.b_lost.to_owned() } else { end(arrow.to_at) },
                lane_name(board, words, arrow.to_lane),
            ];
            Line { item: arrow.id, cells, tone: arrow.tone }
        }
        2 => {
            let mark = board.marks.get(index)?;
            let lane = mark.lane.map_or_else(|| "–".to_owned(), |lane| lane_name(board, words, lane));
            let cells = vec![lane, words.get(&mark.kind), words.label(&mark.label), duration(mark.at)];
            Line { item: mark.id, cells, tone: mark.tone }
        }
        own => {
            let table = board.tables.get(own - 3)?;
            let row = table.rows.get(usize::try_from(at.checked_sub(table.first)?).ok()?)?;
            let cells = row.cells.iter().map(|cell| words.cell(cell)).collect();
            Line { item: row.id, cells, tone: row.tone }
        }
    })
}
