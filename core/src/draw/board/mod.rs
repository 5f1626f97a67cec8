//! Any board as text.
//!
//! ```text
//! load thread 1   iiiiiiiffffffiiiiiiifffff
//! directory 1              qq
//!   flush thread 1           ffffff fffff
//! 00:00.000 ──────────────────────────────── 00:48.000
//! i insert   q queued   f flush
//! ```
//!
//! A column is a slice of the window; it shows the span that fills most of it. Words come from
//! the lab, in either language; a key without a word is shown as it is.

mod words;

pub use words::{Language, cell, sentence, word};

use crate::base::SimTime;
use crate::view::board::{Board, Curve, Lane, Source, Span, Strip, Table, Tone, Unit, Word};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Columns of the drawing in time.
const WIDTH: usize = 96;
/// Rows of a table at most.
const ROWS_MAX: usize = 20;

/// Lanes, legend, marks, curves, strips and tables, lines ended by `\n`.
pub fn draw(board: &Board, words: &[Word], language: Language) -> String {
    let mut out = String::new();
    let kinds = legend(board);
    lanes(&mut out, board, &kinds, words, language);
    for curve in &board.curves {
        curve_line(&mut out, curve, board, words, language);
    }
    for strip in &board.strips {
        draw_strip(&mut out, strip, words, language);
    }
    for table in &board.tables {
        draw_table(&mut out, table, words, language);
    }
    out
}

/// Facts, one `name value` line each, with where a figure comes from.
pub fn facts(board: &Board, words: &[Word], language: Language) -> String {
    let mut out = String::new();
    for fact in &board.facts {
        let mut text = word(&fact.key, words, language);
        pad(&mut text, 34);
        text += &cell(&fact.value, words, language);
        pad(&mut text, 50);
        text += match (language, fact.source) {
            (Language::English, Source::Counted) => "counted",
            (Language::English, Source::Computed) => "computed",
            (Language::English, Source::Given) => "given",
            (Language::Chinese, Source::Counted) => "计数",
            (Language::Chinese, Source::Computed) => "计算",
            (Language::Chinese, Source::Given) => "给定",
        };
        push(&mut out, &text);
    }
    out
}

/// Letters of the kinds of spans, in order of first appearance.
fn legend(board: &Board) -> Vec<(&str, char)> {
    let mut kinds: Vec<(&str, char)> = Vec::new();
    for span in &board.spans {
        if kinds.iter().any(|(kind, _)| *kind == &*span.kind) {
            continue;
        }
        let taken = |letter: char| kinds.iter().any(|(_, other)| *other == letter);
        let own = span.kind.chars().find(|letter| letter.is_ascii_alphanumeric() && !taken(*letter));
        let letter = own.or_else(|| ('A'..='Z').find(|letter| !taken(*letter))).unwrap_or('?');
        kinds.push((&span.kind, letter));
    }
    kinds
}

fn lanes(out: &mut String, board: &Board, kinds: &[(&str, char)], words: &[Word], language: Language) {
    if board.until <= board.from || board.lanes.is_empty() {
        return;
    }
    let names: Vec<String> = board.lanes.iter().map(|lane| name(lane, words, language)).collect();
    let margin = names.iter().map(|name| width(name)).max().unwrap_or(0) + 3;
    for (lane, name) in board.lanes.iter().zip(names) {
        let spans = board.spans.iter().filter(|span| span.lane == lane.id);
        let mut line = name;
        pad(&mut line, margin);
        line.extend(columns(board, spans, kinds));
        push(out, &line);
    }
    let mut marks = [' '; WIDTH];
    for mark in &board.marks {
        marks[column(board, mark.at)] = match mark.tone {
            Tone::Good => '+',
            Tone::Bad => '!',
            _ => '^',
        };
    }
    let mut line = String::new();
    pad(&mut line, margin);
    line.extend(marks);
    push(out, &line);
    let mut line = String::new();
    pad(&mut line, margin);
    let (from, until) = (format!("{}", board.from), format!("{}", board.until));
    line += &from;
    (from.len() + until.len()..WIDTH).for_each(|_| line.push('-'));
    line += &until;
    push(out, &line);
    let mut entries: Vec<String> =
        kinds.iter().map(|(kind, letter)| format!("{letter} {}", word(kind, words, language))).collect();
    let mut listed: Vec<&str> = Vec::new();
    for mark in &board.marks {
        if !listed.contains(&&*mark.kind) {
            listed.push(&mark.kind);
            let sign = match mark.tone {
                Tone::Good => '+',
                Tone::Bad => '!',
                _ => '^',
            };
            entries.push(format!("{sign} {}", word(&mark.kind, words, language)));
        }
    }
    push(out, &entries.join("   "));
    for arrow in &board.arrows {
        let title_of =
            |id: u32| board.lanes.iter().find(|lane| lane.id == id).map(|lane| name(lane, words, language));
        let (Some(from), Some(to)) = (title_of(arrow.from_lane), title_of(arrow.to_lane)) else { continue };
        let end = match (arrow.lost, arrow.to_at) {
            (true, _) => String::from("x"),
            (false, Some(at)) => format!("{at}"),
            (false, None) => String::from("…"),
        };
        let label: Vec<String> = arrow.label.iter().map(|value| cell(value, words, language)).collect();
        let kind = word(&arrow.kind, words, language);
        push(
            out,
            &format!("{} {} -> {} {end}  {kind} {}", arrow.from_at, from.trim(), to.trim(), label.join(" ")),
        );
    }
}

fn name(lane: &Lane, words: &[Word], language: Language) -> String {
    let mut text = String::new();
    (0..lane.depth).for_each(|_| text.push_str("  "));
    text += &words::filled(&lane.key, &lane.values, words, language);
    text
}

/// Column of a moment.
fn column(board: &Board, at: SimTime) -> usize {
    let whole = (board.until - board.from).micros().max(1);
    let part = (at - board.from).micros().min(whole);
    ((u128::from(part) * WIDTH as u128 / u128::from(whole)) as usize).min(WIDTH - 1)
}

fn columns<'a>(
    board: &'a Board,
    spans: impl Iterator<Item = &'a Span>,
    kinds: &[(&str, char)],
) -> [char; WIDTH] {
    let mut shown = [' '; WIDTH];
    let mut filled = [0; WIDTH];
    let whole = u128::from((board.until - board.from).micros().max(1));
    let edge = |at: usize| board.from + SimTime((whole * at as u128 / WIDTH as u128) as u64);
    for span in spans {
        let letter = kinds.iter().find(|(kind, _)| *kind == &*span.kind).map_or('?', |(_, letter)| *letter);
        let until = span.until.unwrap_or(board.until).min(board.until);
        let from = span.from.max(board.from);
        for at in column(board, from)..=column(board, until) {
            let part = (until.min(edge(at + 1)) - from.max(edge(at))).micros();
            if part > filled[at] {
                (shown[at], filled[at]) = (letter, part);
            }
        }
    }
    shown
}

fn curve_line(out: &mut String, curve: &Curve, board: &Board, words: &[Word], language: Language) {
    let top = curve.points.iter().map(|(_, value)| *value).max().unwrap_or(0);
    if top == 0 || board.until <= board.from {
        return;
    }
    let mut line = word(&curve.key, words, language);
    pad(&mut line, 26);
    let mut heights = [0; WIDTH];
    for (at, value) in &curve.points {
        let height = &mut heights[column(board, *at)];
        *height = (*height).max((value * 8 / top).clamp(i64::from(*value > 0), 8));
    }
    let marks = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    line.extend(heights.map(|height| marks[height as usize]));
    line = String::from(line.trim_end());
    line += &format!("  {}", words::number(top, curve.unit));
    if let Some(limit) = curve.limit {
        line += &format!(" / {}", words::number(limit, curve.unit));
    }
    push(out, &line);
}

fn draw_strip(out: &mut String, strip: &Strip, words: &[Word], language: Language) {
    out.push('\n');
    let title = words::filled(&strip.key, &strip.values, words, language);
    let edge = |value: u64| words::number(i64::try_from(value).unwrap_or(i64::MAX), strip.unit);
    push(out, &format!("{title}  {}..{} / {}", edge(strip.from), edge(strip.until), edge(strip.end)));
    let names = strip.layers.iter().map(|layer| words::filled(&layer.key, &layer.values, words, language));
    let names: Vec<String> = names.collect();
    let margin = names.iter().map(|name| width(name)).max().unwrap_or(0) + 2;
    let whole = u128::from(strip.until.saturating_sub(strip.from).max(1));
    let at = |value: u64| {
        let part = u128::from(value.clamp(strip.from, strip.until) - strip.from);
        (part * WIDTH as u128 / whole) as usize
    };
    for (layer, mut line) in strip.layers.iter().zip(names) {
        pad(&mut line, margin);
        let mut cells = [' '; WIDTH];
        for segment in &layer.segments {
            let (from, until) = (at(segment.from).min(WIDTH - 1), at(segment.until).min(WIDTH));
            for cell in &mut cells[from..until.max(from + 1)] {
                *cell = match segment.tone {
                    Tone::Ghost => '.',
                    Tone::Bad => '!',
                    _ => '=',
                };
            }
            cells[from] = '[';
            let label: String = segment.label.iter().map(|value| cell(value, words, language)).collect();
            for (cell, letter) in cells[from + 1..until.max(from + 1)].iter_mut().zip(label.chars()) {
                *cell = letter;
            }
        }
        line.extend(cells);
        push(out, &line);
    }
}

fn draw_table(out: &mut String, table: &Table, words: &[Word], language: Language) {
    if table.rows.is_empty() {
        return;
    }
    out.push('\n');
    let shown = table.rows.len().min(ROWS_MAX);
    let title = word(&table.key, words, language);
    push(out, &format!("{title}  {}..{} / {}", table.first + 1, table.first + shown as u64, table.total));
    let mut lines: Vec<Vec<String>> = Vec::with_capacity(shown + 1);
    lines.push(table.columns.iter().map(|column| word(&column.key, words, language)).collect());
    for row in &table.rows[..shown] {
        lines.push(row.cells.iter().map(|value| cell(value, words, language)).collect());
    }
    let widths: Vec<usize> = (0..table.columns.len())
        .map(|at| lines.iter().filter_map(|line| line.get(at)).map(|text| width(text)).max().unwrap_or(0))
        .collect();
    for line in lines {
        let mut text = String::new();
        let mut edge = 0;
        for ((value, wide), column) in line.iter().zip(&widths).zip(&table.columns) {
            if column.unit == Unit::Text {
                text += value;
            } else {
                pad(&mut text, edge + wide - width(value));
                text += value;
            }
            edge += wide + 2;
            pad(&mut text, edge);
        }
        push(out, &text);
    }
}

fn push(out: &mut String, text: &str) {
    out.push_str(text.trim_end());
    out.push('\n');
}

/// Columns that a terminal gives a text: Chinese takes two each.
fn width(text: &str) -> usize {
    text.chars().map(|letter| 1 + usize::from(letter >= '\u{2e80}')).sum()
}

fn pad(text: &mut String, column: usize) {
    (width(text)..column).for_each(|_| text.push(' '));
}
