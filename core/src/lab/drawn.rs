//! What the boards of all labs draw alike: spans in rows of a lane, curves over samples, pages of tables.

use crate::base::SimTime;
use crate::view::board::{
    Arrow, BoardWindow, Cell, Column, Curve, ItemId, Key, Lane, Row, Span, Table, Tone, Unit,
};
use alloc::vec::Vec;

/// A span before it has a row.
pub(super) struct Bar {
    pub(super) id: ItemId,
    pub(super) lane: u32,
    pub(super) from: SimTime,
    pub(super) until: Option<SimTime>,
    /// Legend entry and what it means.
    pub(super) kind: (&'static str, Tone),
}

/// What spans are packed by.
pub(super) struct Packing {
    /// Shorter ones are joined.
    join_below: SimTime,
    /// Rows of a lane in which no two overlap.
    rows: usize,
    /// The lanes that may have more.
    open: Vec<u32>,
}

impl Packing {
    /// What a window asks of a board with these lanes.
    pub(super) fn new(window: &BoardWindow, lanes: &[Lane]) -> Self {
        let share = window.lane_rows as usize / lanes.len().max(1);
        let rows = if window.lane_rows == 0 { usize::MAX } else { share.clamp(3, 12) };
        let open = lanes.iter().filter(|lane| lane.item != ItemId::NONE && lane.item == window.selected);
        Self { join_below: window.join_below, rows, open: open.map(|lane| lane.id).collect() }
    }
}

/// Spans in rows of their lane so that none overlap; short neighbours of a kind in a row become one that
/// counts them. What finds no row, since the lane has enough, stands below: there those of a kind that overlap
/// are one.
///
/// `lines` are sorted by lane, then by beginning; `label` is asked only for spans that are not joined.
pub(super) fn spans<T>(
    lines: &[T],
    packing: &Packing,
    bar: impl Fn(&T) -> Option<Bar>,
    label: impl Fn(&T) -> Vec<Cell>,
) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::with_capacity(lines.len());
    let (mut lane, mut most) = (u32::MAX, 0);
    // Per row of the lane: where its last span is, and when that ends.
    let mut rows: Vec<(usize, SimTime)> = Vec::new();
    // Those below: their last spans.
    let mut crowds: Vec<(usize, SimTime)> = Vec::new();
    let short = |from: SimTime, until: SimTime| until - from < packing.join_below;
    for line in lines {
        let Some(next) = bar(line) else { continue };
        if next.lane != lane {
            lane = next.lane;
            most = if packing.open.contains(&lane) { usize::MAX } else { packing.rows };
            rows.clear();
            crowds.clear();
        }
        let end = next.until.unwrap_or(SimTime::MAX);
        let free = rows.iter().position(|(_, until)| *until <= next.from);
        let place = free.or_else(|| {
            (rows.len() < most).then(|| {
                rows.push((usize::MAX, SimTime::ZERO));
                rows.len() - 1
            })
        });
        let Some(row) = place else {
            crowd(&mut spans, &mut crowds, next, rows.len());
            continue;
        };
        if let Some(last) = spans.get_mut(rows[row].0)
            && &*last.kind == next.kind.0
            && let Some(until) = last.until
            && (short(last.from, until) || last.count > 1)
            && short(until, next.from)
            && short(next.from, end)
        {
            last.until = next.until;
            last.count += 1;
            last.label.clear();
            rows[row].1 = end;
            continue;
        }
        rows[row] = (spans.len(), end);
        let Bar { id, lane, from, until, kind: (kind, tone) } = next;
        let (row, kind, label) = (row as u32, Key::of(kind), label(line));
        spans.push(Span { id, lane, row, from, until, kind, tone, label, count: 1 });
    }
    spans
}

/// Puts a span below the rows of its lane: into the last one there of its kind, where they overlap.
fn crowd(spans: &mut Vec<Span>, crowds: &mut Vec<(usize, SimTime)>, next: Bar, below: usize) {
    let end = next.until.unwrap_or(SimTime::MAX);
    let known = crowds.iter().position(|(last, _)| &*spans[*last].kind == next.kind.0);
    let at = known.unwrap_or(crowds.len());
    if let Some((last, until)) = crowds.get_mut(at) {
        if *until >= next.from {
            let joined = &mut spans[*last];
            joined.count += 1;
            if end > *until {
                (*until, joined.until) = (end, next.until);
            }
            return;
        }
        (*last, *until) = (spans.len(), end);
    } else {
        crowds.push((spans.len(), end));
    }
    let Bar { id, lane, from, until, kind: (kind, tone) } = next;
    let (row, kind) = ((below + at) as u32, Key::of(kind));
    spans.push(Span { id, lane, row, from, until, kind, tone, label: Vec::new(), count: 1 });
}

/// Of more arrows than a window asks for leaves one in two, in four and so on, and all that are lost or
/// selected; returns how many are left out. By powers of two: the same ones stay while the cursor moves on.
pub(super) fn thin(arrows: &mut Vec<Arrow>, window: &BoardWindow) -> u64 {
    let all = arrows.len();
    let every = match window.arrows {
        0 => 1,
        most => all.div_ceil(most as usize).next_power_of_two() as u64,
    };
    // Scattered: calls and their answers take turns in numbers.
    let chance = |id: ItemId| id.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    arrows.retain(|arrow| arrow.lost || arrow.id == window.selected || chance(arrow.id) % every == 0);
    (all - arrows.len()) as u64
}

/// Samples of a window, thinned to as many points as it asks for.
pub(super) struct Samples<'a, P> {
    shown: &'a [P],
    /// Samples that one point of a curve stands for.
    every: usize,
    at: fn(&P) -> SimTime,
}

impl<'a, P> Samples<'a, P> {
    /// Of samples in order of time, those of the window and the one before it.
    pub(super) fn new(all: &'a [P], at: fn(&P) -> SimTime, window: &BoardWindow) -> Self {
        let first = all.partition_point(|point| at(point) < window.from).saturating_sub(1);
        let end = all.partition_point(|point| at(point) <= window.until);
        let shown = all.get(first..end).unwrap_or_default();
        let every = match window.points {
            0 => 1,
            points => shown.len().div_ceil(points as usize).max(1),
        };
        Self { shown, every, at }
    }

    fn curve(&self, key: &'static str, unit: Unit, number: impl Fn(&[P]) -> i64) -> Curve {
        let points = self.shown.chunks(self.every).map(|chunk| ((self.at)(&chunk[0]), number(chunk)));
        Curve { key: Key::of(key), unit, points: points.collect(), steps: true, limit: None }
    }

    /// The most of what each point stands for.
    pub(super) fn most(&self, key: &'static str, unit: Unit, value: impl Fn(&P) -> i64) -> Curve {
        self.curve(key, unit, |chunk| chunk.iter().map(&value).max().unwrap_or(0))
    }

    /// What was counted, a second. `spacing`: µs from one sample to the next.
    pub(super) fn each_second(
        &self,
        key: &'static str,
        unit: Unit,
        spacing: u64,
        value: impl Fn(&P) -> u64,
    ) -> Curve {
        self.curve(key, unit, |chunk| {
            let span = u128::from(spacing) * chunk.len() as u128;
            let sum: u64 = chunk.iter().map(&value).sum();
            (u128::from(sum) * 1_000_000 / span.max(1)) as i64
        })
    }
}

/// A table's columns.
pub(super) fn columns(of: &[(&'static str, Unit)]) -> Vec<Column> {
    of.iter().map(|&(key, unit)| Column { key: Key::of(key), unit }).collect()
}

/// A table whose rows are made only for the page that is shown.
pub(super) fn table(
    window: &BoardWindow,
    key: &'static str,
    of: &[(&'static str, Unit)],
    total: usize,
    row: impl Fn(usize) -> Row,
) -> Table {
    let (first, rows) = window.page(key);
    let start = (first as usize).min(total);
    let end = start.saturating_add(rows).min(total);
    let rows = (start..end).map(row).collect();
    Table { key: Key::of(key), columns: columns(of), first: start as u64, total: total as u64, rows }
}
