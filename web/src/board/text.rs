//! A board as text: lanes against time, then facts, tables and strips.
//!
//! ```text
//! sender 0   |iiiiiii..iiiiiii      |    one letter per kind of span, capital where spans overlap
//! ```

use super::say::{Words, duration};
use tabletop_core::base::SimTime;
use tabletop_core::view::board::{Board, Span, Strip, Table};

/// Columns of the time axis.
const WIDE: u64 = 88;
/// Rows written of a table.
const ROWS_MAX: usize = 40;

/// Draws a board.
pub fn draw(board: &Board, words: &Words) -> String {
    let mut out = String::new();
    lanes(board, words, &mut out);
    if !board.facts.is_empty() {
        out.push('\n');
        let name = |fact: &tabletop_core::view::board::Fact| words.get(&fact.key);
        let wide = board.facts.iter().map(|fact| columns(&name(fact))).max().unwrap_or(0);
        for fact in &board.facts {
            line(&mut out, &[&padded(&name(fact), wide), "  ", &words.cell(&fact.value)]);
        }
    }
    for one in &board.tables {
        table(one, words, &mut out);
    }
    for one in &board.strips {
        strip(one, words, &mut out);
    }
    out
}

fn line(out: &mut String, parts: &[&str]) {
    out.push_str(parts.concat().trim_end());
    out.push('\n');
}

/// Columns that a text takes in a terminal: a Chinese character takes two.
fn columns(text: &str) -> usize {
    text.chars().map(|letter| if letter >= '\u{2e80}' { 2 } else { 1 }).sum()
}

fn padded(text: &str, wide: usize) -> String {
    [text, &" ".repeat(wide.saturating_sub(columns(text)))].concat()
}

fn lanes(board: &Board, words: &Words, out: &mut String) {
    if board.lanes.is_empty() {
        return;
    }
    let names: Vec<String> = board
        .lanes
        .iter()
        .map(|lane| ["  ".repeat(lane.depth.into()), words.fill(&lane.key, &lane.values)].concat())
        .collect();
    let wide = names.iter().map(|name| columns(name)).max().unwrap_or(0);
    let mut kinds: Vec<(&str, char)> = Vec::new();
    for span in &board.spans {
        if !kinds.iter().any(|kind| kind.0 == &*span.kind) {
            let taken = |letter: &char| kinds.iter().any(|kind| kind.1 == *letter);
            let letters = span.kind.chars().chain('a'..='z').filter(char::is_ascii_lowercase);
            let letter = letters.into_iter().find(|letter| !taken(letter)).unwrap_or('?');
            kinds.push((&span.kind, letter));
        }
    }
    let (from, until) = (board.from, board.until.max(board.from + SimTime(1)));
    let (start, end) = (duration(from), duration(until));
    let gap = (WIDE as usize).saturating_sub(columns(&start) + columns(&end));
    line(out, &[&" ".repeat(wide + 2), &start, &" ".repeat(gap), &end]);
    for (lane, name) in board.lanes.iter().zip(&names) {
        let mut row = vec![' '; WIDE as usize];
        for span in board.spans.iter().filter(|span| span.lane == lane.id) {
            let letter = kinds.iter().find(|kind| kind.0 == &*span.kind).map_or('?', |kind| kind.1);
            mark(&mut row, span, letter, (from, until));
        }
        let row: String = row.into_iter().collect();
        line(out, &[&padded(name, wide), " |", &row, "|"]);
    }
    for (kind, letter) in &kinds {
        line(out, &[&" ".repeat(wide + 2), &letter.to_string(), " ", &words.get(kind)]);
    }
}

fn mark(row: &mut [char], span: &Span, letter: char, (from, until): (SimTime, SimTime)) {
    let column = |at: SimTime| {
        let at = u128::from(at.micros().clamp(from.micros(), until.micros()) - from.micros());
        (at * u128::from(WIDE) / u128::from(until.micros() - from.micros())) as usize
    };
    let first = column(span.from).min(row.len() - 1);
    let last = column(span.until.unwrap_or(until)).clamp(first + 1, row.len());
    for place in &mut row[first..last] {
        *place = if *place == ' ' { letter } else { place.to_ascii_uppercase() };
    }
}

fn table(table: &Table, words: &Words, out: &mut String) {
    let heads: Vec<String> = table.columns.iter().map(|column| words.get(&column.key)).collect();
    let rows: Vec<Vec<String>> = table
        .rows
        .iter()
        .take(ROWS_MAX)
        .map(|row| row.cells.iter().map(|cell| words.cell(cell)).collect())
        .collect();
    let wide: Vec<usize> = heads
        .iter()
        .enumerate()
        .map(|(at, head)| {
            let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| columns(cell));
            cells.max().unwrap_or(0).max(columns(head))
        })
        .collect();
    line(out, &["\n", &words.get(&table.key), " (", &table.total.to_string(), ")"]);
    for row in core::iter::once(&heads).chain(&rows) {
        let cells = row.iter().zip(&wide).map(|(cell, wide)| padded(cell, *wide));
        line(out, &["  ", &cells.collect::<Vec<_>>().join("  ")]);
    }
    let left = table.total.saturating_sub(rows.len() as u64);
    if left > 0 {
        line(out, &["  +", &left.to_string()]);
    }
}

fn strip(strip: &Strip, words: &Words, out: &mut String) {
    line(out, &["\n", &words.fill(&strip.key, &strip.values)]);
    for layer in &strip.layers {
        let name = words.fill(&layer.key, &layer.values);
        let segments = layer.segments.iter().map(|segment| {
            let label = words.label(&segment.label);
            [&segment.from.to_string(), "–", &segment.until.to_string(), " ", &label]
                .concat()
                .trim()
                .to_owned()
        });
        line(out, &["  ", &name, ": ", &segments.collect::<Vec<_>>().join(", ")]);
    }
}
