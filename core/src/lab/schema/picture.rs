//! The board of the schema lab: DDL, nodes and their statements over time; curves; facts; memory.

use super::config::{Design, NodeId};
use super::statement::Sort;
use super::{SchemaLab, SpanKind, SpanLine};
use crate::base::SimTime;
use crate::lab::drawn::{self, Bar, Packing, Samples};
use crate::schema::SchemaVersion;
use crate::view::board::{Board, BoardWindow, Cell, Curve, Fact, ItemId, Key, Lane, Mark, Span, Tone, Unit};
use alloc::vec::Vec;

/// Numbers of items: kind in the upper bits.
pub(super) const ITEM_STATEMENT: u64 = 1 << 44;
pub(super) const ITEM_DDL: u64 = 2 << 44;
pub(super) const ITEM_NODE: u64 = 3 << 44;
pub(super) const ITEM_NAME: u64 = 4 << 44;
pub(super) const ITEM_ID: u64 = 5 << 44;
pub(super) const ITEM_CACHED: u64 = 6 << 44;
pub(super) const ITEM_RECORD: u64 = 7 << 44;
pub(super) const ITEM_MEASURE: u64 = 8 << 44;
/// Mask of the number below the kind.
pub(super) const ITEM_NUMBER: u64 = (1 << 44) - 1;
/// Lane of the DDL.
const LANE_DDL: u32 = 0;

pub(super) const fn statement_item(id: u64) -> ItemId {
    ItemId(ITEM_STATEMENT + id)
}

pub(super) const fn ddl_item(version: SchemaVersion) -> ItemId {
    ItemId(ITEM_DDL + (version.0 as u64 & ITEM_NUMBER))
}

pub(super) const fn node_item(id: NodeId) -> ItemId {
    ItemId(ITEM_NODE + id.place())
}

/// A node's name: those of the old design have a word of their own.
pub(super) fn node_cell(id: NodeId) -> Cell {
    let word = match id.design {
        Design::Service => "node-service",
        Design::SchemaManager => "node-old",
    };
    Cell::Word(Key::of(word), [Cell::Id(id.number.into())].to_vec())
}

const fn kind_of(line: &SpanLine) -> (&'static str, Tone) {
    if line.code != 0 {
        return ("span-failed", Tone::Bad);
    }
    match line.kind {
        SpanKind::Statement(Sort::Query) => ("span-statement", Tone::First),
        SpanKind::Statement(Sort::Compaction) => ("span-compaction", Tone::Third),
        SpanKind::Wait => ("span-wait", Tone::Wait),
        SpanKind::Refresh => ("span-refresh", Tone::Second),
        SpanKind::Rebuild => ("span-rebuild", Tone::Fresh),
        SpanKind::Down => ("span-down", Tone::Bad),
    }
}

/// Statements above, work of the node itself on a lane below.
const fn lane_of(line: &SpanLine) -> u32 {
    let below = matches!(line.kind, SpanKind::Refresh | SpanKind::Rebuild | SpanKind::Down);
    1 + 2 * line.node.place() as u32 + below as u32
}

fn bar(line: &SpanLine) -> Bar {
    let kind = kind_of(line);
    Bar { id: ItemId(line.id), lane: lane_of(line), from: line.from, until: line.until, kind }
}

fn label(line: &SpanLine) -> Vec<Cell> {
    match line.kind {
        SpanKind::Down => Vec::new(),
        _ => [Cell::Id(line.number as u64)].to_vec(),
    }
}

impl SchemaLab {
    pub(super) fn picture(&self, window: &BoardWindow) -> Board {
        let until = window.until.min(self.now);
        let window = BoardWindow { until, ..window.clone() };
        let marks = self.ddls.iter().filter(|line| window.touches(line.at, Some(line.at)));
        let marks = marks.map(|line| Mark {
            id: ddl_item(line.version),
            lane: Some(LANE_DDL),
            at: line.at,
            kind: Key::of(super::explain::change_key(line.change)),
            tone: Tone::Plain,
            label: [Cell::Text(line.table.clone())].to_vec(),
        });
        let lanes = self.lanes();
        Board {
            now: self.now,
            from: window.from,
            until,
            spans: self.drawn_spans(&window, &Packing::new(&window, &lanes)),
            lanes,
            arrows: Vec::new(),
            arrows_left_out: 0,
            marks: marks.collect(),
            curves: self.curves(&window),
            tables: self.tables(&window),
            facts: self.facts(),
            strips: self.strips(&window),
            changed: self.changed.clone(),
        }
    }

    fn lanes(&self) -> Vec<Lane> {
        let lane = |id, key, values: &[Cell], depth, item| Lane {
            id,
            key: Key::of(key),
            values: values.to_vec(),
            depth,
            tone: Tone::Plain,
            item,
        };
        let mut lanes = [lane(LANE_DDL, "lane-ddl", &[], 0, ItemId::NONE)].to_vec();
        for (&id, line) in &self.nodes {
            let (at, node) = (1 + 2 * id.place() as u32, [node_cell(id)]);
            let mut statements = lane(at, "lane-node", &node, 0, node_item(id));
            if line.down.is_some() {
                statements.tone = Tone::Bad;
            }
            lanes.push(statements);
            lanes.push(lane(at + 1, "lane-work", &node, 1, node_item(id)));
        }
        lanes
    }

    fn drawn_spans(&self, window: &BoardWindow, packing: &Packing) -> Vec<Span> {
        let all = self.spans.iter().chain(self.open_spans.values());
        let mut lines: Vec<&SpanLine> = all.filter(|line| window.touches(line.from, line.until)).collect();
        crate::base::sort::sort_by_key(&mut lines, |line| (lane_of(line), line.from, line.id));
        drawn::spans(&lines, packing, |line| Some(bar(line)), |line| label(line))
    }

    fn curves(&self, window: &BoardWindow) -> Vec<Curve> {
        let samples = Samples::new(&self.points, |(at, _)| *at, window);
        let curve = |key, unit, which: usize| samples.most(key, unit, |(_, values)| values[which]);
        let mut curves = Vec::new();
        for design in self.designs() {
            let (live, dead) = match design {
                Design::Service => ("curve-live", "curve-dead"),
                Design::SchemaManager => ("curve-old-live", "curve-old-dead"),
            };
            let place = 2 * design as usize;
            curves.push(curve(live, Unit::Bytes, place));
            curves.push(curve(dead, Unit::Bytes, place + 1));
        }
        curves.push(curve("curve-behind", Unit::Number, 4));
        curves
    }

    fn facts(&self) -> Vec<Fact> {
        let first = self.first_design();
        let totals = self.totals(first);
        let number = |key, number: u64| Fact::counted(key, Cell::Number(number as i64));
        let bad = |key, number: u64| Fact {
            tone: if number > 0 { Tone::Bad } else { Tone::Plain },
            ..Fact::counted(key, Cell::Number(number as i64))
        };
        let time = |key, us: u64| Fact::computed(key, Cell::Time(SimTime(us)));
        let (live, dead) = self.memory(first);
        let cache = |of: fn(&crate::schema::CacheUse) -> u64| {
            self.nodes.values().map(|line| of(&line.node.cache().used())).sum::<u64>()
        };
        let design = match (first, self.designs().count()) {
            (Design::Service, 2) => "choice-both",
            (Design::Service, _) => "choice-service",
            (Design::SchemaManager, _) => "choice-schema-manager",
        };
        [
            Fact::given("fact-design", Cell::word(design)),
            number("fact-ddls", self.ddls_done),
            number("fact-statements", totals.ended),
            bad("fact-failed", totals.failed),
            number("fact-waits", totals.waits),
            time("fact-waited", totals.waited_us),
            time("fact-locked", totals.lock_us),
            number("fact-lookups", totals.lookups),
            time("fact-statement-time", totals.took_us.checked_div(totals.ended).unwrap_or(0)),
            number("fact-from-history", totals.from_history),
            number("fact-hits", cache(|used| used.hits)),
            number("fact-misses", cache(|used| used.misses)),
            number("fact-evicted", cache(|used| used.evicted)),
            number("fact-refreshes", totals.refreshes),
            bad("fact-refreshes-failed", totals.refreshes_failed),
            time("fact-refreshing", totals.refresh_us),
            number("fact-refresh-rows", totals.refresh_rows),
            number("fact-refresh-columns", totals.refresh_columns),
            Fact::counted("fact-live", Cell::Bytes(live)),
            Fact::counted("fact-dead", Cell::Bytes(dead)),
            Fact::counted("fact-most", Cell::Bytes(totals.most)),
            number("fact-swaps", totals.swaps),
            bad("fact-crashes", totals.crashes),
            number("fact-stale", totals.stale),
            number("fact-stale-missed", totals.stale_missed),
            number("fact-records", self.history.records()),
            number("fact-column-records", self.history.column_records()),
            number("fact-recycled", self.recycled),
        ]
        .to_vec()
    }
}
