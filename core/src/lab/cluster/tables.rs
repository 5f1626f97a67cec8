//! The tables of the cluster lab.

use super::history::CAUSES;
use super::notation::{Piece, sync_drawing};
use super::note::KINDS;
use super::picture::{
    ITEM_CAUSE, ITEM_FAMILY, ITEM_LOAD, ITEM_MESSAGE, ITEM_NODE, ITEM_QUERY, ITEM_TABLET, cause_key,
};
use super::{ClusterLab, FIRST_BACKEND, tablet_id};
use crate::base::{SimTime, VersionRange};
use crate::cloud::{Family, SyncCursor, calc_sync_versions};
use crate::lab::drawn::table;
use crate::view::board::{BoardWindow, Cell, ItemId, Key, Row, Table, Tone, Unit};
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

fn number(value: u64) -> Cell {
    Cell::Number(value as i64)
}

/// A node as a word.
pub(super) fn node_cell(node: u32) -> Cell {
    match node {
        0 => Cell::word("node-client"),
        1 => Cell::word("node-fe"),
        2 => Cell::word("node-ms"),
        _ => {
            let values = [Cell::Id(u64::from(node - FIRST_BACKEND) + 1)].to_vec();
            Cell::Word(Key::of("node-be"), values)
        }
    }
}

impl ClusterLab {
    pub(super) fn tables_of(&self, window: &BoardWindow, selected: Option<u32>) -> Vec<Table> {
        let mut tables = [self.syncs_table(window), self.keys_table(window)].to_vec();
        tables.extend(selected.map(|tablet| self.ranges_table(tablet, window)));
        tables.push(self.tablets_table(window));
        tables.push(self.backends_table(window));
        tables.push(self.queries_table(window));
        tables.push(self.loads_table(window));
        tables.push(self.messages_table(window));
        tables
    }

    fn syncs_table(&self, window: &BoardWindow) -> Table {
        let columns = &[
            ("col-cause", Unit::Text),
            ("col-calls", Unit::Number),
            ("col-empty", Unit::Number),
            ("col-rowsets", Unit::Number),
            ("col-keys", Unit::Number),
            ("col-bytes", Unit::Bytes),
            ("col-waited", Unit::Micros),
        ];
        table(window, "syncs", columns, CAUSES.len(), |at| {
            let count = &self.totals.syncs[at];
            let cells = [
                Cell::word(cause_key(CAUSES[at])),
                number(count.calls),
                number(count.empty),
                number(count.rowsets),
                number(count.keys),
                Cell::Bytes(count.bytes),
                Cell::Time(SimTime(count.waited_us)),
            ];
            Row { id: ItemId(ITEM_CAUSE + at as u64), cells: cells.to_vec(), tone: Tone::Plain }
        })
    }

    fn keys_table(&self, window: &BoardWindow) -> Table {
        let columns = &[
            ("col-family", Unit::Text),
            ("col-keys", Unit::Number),
            ("col-bytes", Unit::Bytes),
            ("col-written", Unit::Number),
            ("col-bytes-written", Unit::Bytes),
        ];
        table(window, "keys", columns, Family::ALL.len(), |at| {
            let used = &self.totals.kv[at];
            let cells = [
                Cell::Text(Family::ALL[at].name().to_string()),
                number(used.keys_read),
                Cell::Bytes(used.bytes_read),
                number(used.keys_written),
                Cell::Bytes(used.bytes_written),
            ];
            Row { id: ItemId(ITEM_FAMILY + at as u64), cells: cells.to_vec(), tone: Tone::Plain }
        })
    }

    /// What a sync of a tablet would be sent now, in the reference's notation.
    fn ranges_table(&self, tablet: u32, window: &BoardWindow) -> Table {
        let columns = &[("col-who", Unit::Text), ("col-drawing", Unit::Text)];
        let item = ItemId(ITEM_TABLET + u64::from(tablet));
        let there = self.ms.peek_rowsets(tablet_id(tablet));
        let there: Vec<Piece> = there.iter().map(|rowset| (rowset.meta.id, rowset.meta.range)).collect();
        let cursor = self.ms.peek_stats(tablet_id(tablet)).map_or(SyncCursor::NEW, |stats| stats.cursor);
        let mut rows = Vec::new();
        for backend in 0..self.backends.len() as u32 {
            let Some(held) = self.views.get(backend, tablet) else { continue };
            let here: Vec<Piece> = held.view.live().map(|meta| (meta.id, meta.range)).collect();
            let asked = VersionRange::new(held.view.max_version() + 1, crate::base::INFINITE_VERSION);
            let ranges = calc_sync_versions(&held.view.cursor(), &cursor, asked, self.ms.rule());
            let [be, ms, sync] = sync_drawing(&here, &there, &ranges);
            let node = FIRST_BACKEND + backend;
            let lines = [(node_cell(node), be), (node_cell(2), ms), (Cell::word("layer-next"), sync)];
            for (who, line) in lines {
                rows.push(Row { id: item, cells: [who, Cell::Text(line)].to_vec(), tone: Tone::Plain });
            }
        }
        table(window, "ranges", columns, rows.len(), |at| rows[at].clone())
    }

    fn tablets_table(&self, window: &BoardWindow) -> Table {
        let columns = &[
            ("col-tablet", Unit::Id),
            ("col-table", Unit::Id),
            ("col-serves", Unit::Text),
            ("col-newest", Unit::Id),
            ("col-here", Unit::Id),
            ("col-lag", Unit::Number),
            ("col-live", Unit::Number),
            ("col-cursor-there", Unit::Text),
            ("col-cursor-here", Unit::Text),
        ];
        table(window, "tablets", columns, self.tablets.len(), |at| {
            let tablet = at as u32;
            let line = self.tablets.place(tablet);
            let home = self.serving(tablet);
            let version = self.tables[line.table as usize].version;
            let held = self.views.get(home, tablet);
            let there = self.ms.peek_stats(tablet_id(tablet)).map(|stats| stats.cursor);
            let lag = held.map(|held| held.view.behind(version));
            let text = |cursor: SyncCursor| Cell::Text(format!("{cursor}"));
            let here = held.map(|held| held.view.max_version()).filter(|version| *version >= 0);
            let cells = [
                Cell::Id(at as u64 + 1),
                Cell::Id(u64::from(line.table) + 1),
                node_cell(FIRST_BACKEND + home),
                Cell::Id(version as u64),
                here.map_or(Cell::Unknown, |version| Cell::Id(version as u64)),
                lag.map_or(Cell::Unknown, number),
                held.map_or(Cell::Unknown, |held| number(held.view.live_len() as u64)),
                there.map_or(Cell::Unknown, text),
                held.map_or(Cell::Unknown, |held| text(held.view.cursor())),
            ];
            let tone = if lag.is_some_and(|lag| lag > 0) { Tone::Warn } else { Tone::Plain };
            Row { id: ItemId(ITEM_TABLET + at as u64), cells: cells.to_vec(), tone }
        })
    }

    fn backends_table(&self, window: &BoardWindow) -> Table {
        let columns = &[
            ("col-backend", Unit::Id),
            ("col-state", Unit::Text),
            ("col-cached", Unit::Number),
            ("col-syncing", Unit::Number),
            ("col-cold", Unit::Number),
            ("col-pending", Unit::Bytes),
        ];
        table(window, "backends", columns, self.backends.len(), |at| {
            let line = &self.backends[at];
            let (state, tone) = match (self.is_up(at as u32), line.is_cut) {
                (false, _) => ("state-down", Tone::Bad),
                (true, true) => ("state-cut", Tone::Warn),
                (true, false) => ("state-up", Tone::Good),
            };
            let syncing =
                self.views.of_in_any_order(at as u32).filter(|(_, held)| held.sync.is_some()).count();
            let cells = [
                Cell::Id(at as u64 + 1),
                Cell::word(state),
                number(self.views.count(at as u32) as u64),
                number(syncing as u64),
                number(self.cold.get(&(at as u64)).map_or(0, Vec::len) as u64),
                Cell::Bytes(line.pending_bytes()),
            ];
            let id = ItemId(ITEM_NODE + u64::from(FIRST_BACKEND) + at as u64);
            Row { id, cells: cells.to_vec(), tone }
        })
    }

    /// Those under way, then those that ended, newest first.
    fn queries_table(&self, window: &BoardWindow) -> Table {
        let columns = &[
            ("col-query", Unit::Id),
            ("col-table", Unit::Id),
            ("col-version", Unit::Id),
            ("col-began", Unit::Micros),
            ("col-took", Unit::Micros),
            ("col-waited", Unit::Micros),
            ("col-result", Unit::Text),
        ];
        let open: Vec<_> = self.open_queries().collect();
        let total = open.len() + self.history.queries.len();
        table(window, "queries", columns, total, |at| {
            let known = |version: i64| {
                if version > 0 { Cell::Id(version as u64) } else { Cell::Unknown }
            };
            if let Some(&(id, of, version, began)) = open.get(at) {
                let cells = [
                    Cell::Id(id),
                    Cell::Id(u64::from(of) + 1),
                    known(version),
                    Cell::Time(began),
                    Cell::Time(self.time() - began),
                    Cell::Unknown,
                    Cell::word("state-running"),
                ];
                return Row { id: ItemId(ITEM_QUERY + id), cells: cells.to_vec(), tone: Tone::First };
            }
            let back = at - open.len() + 1;
            let line = &self.history.queries[self.history.queries.len() - back];
            let (result, tone) = match line.code {
                0 => (Cell::word("state-answered"), Tone::Good),
                code => (Cell::Number(code.into()), Tone::Bad),
            };
            let cells = [
                Cell::Id(line.id),
                Cell::Id(u64::from(line.table) + 1),
                known(line.version),
                Cell::Time(line.began),
                Cell::Time(line.took),
                Cell::Time(line.waited),
                result,
            ];
            Row { id: ItemId(ITEM_QUERY + line.id), cells: cells.to_vec(), tone }
        })
    }

    fn loads_table(&self, window: &BoardWindow) -> Table {
        let columns = &[
            ("col-load", Unit::Id),
            ("col-table", Unit::Id),
            ("col-version", Unit::Id),
            ("col-began", Unit::Micros),
            ("col-took", Unit::Micros),
            ("col-held", Unit::Micros),
            ("col-lookups", Unit::Number),
            ("col-result", Unit::Text),
        ];
        let open: Vec<_> = self.open_loads().collect();
        let total = open.len() + self.history.loads.len();
        table(window, "loads", columns, total, |at| {
            if let Some(&(id, of, began)) = open.get(at) {
                let cells = [
                    Cell::Id(id),
                    Cell::Id(u64::from(of) + 1),
                    Cell::Unknown,
                    Cell::Time(began),
                    Cell::Time(self.time() - began),
                    Cell::Unknown,
                    Cell::Unknown,
                    Cell::word("state-running"),
                ];
                return Row { id: ItemId(ITEM_LOAD + id), cells: cells.to_vec(), tone: Tone::Second };
            }
            let back = at - open.len() + 1;
            let line = &self.history.loads[self.history.loads.len() - back];
            let good = line.version > 0;
            let cells = [
                Cell::Id(line.id),
                Cell::Id(u64::from(line.table) + 1),
                if good { Cell::Id(line.version as u64) } else { Cell::Unknown },
                Cell::Time(line.began),
                Cell::Time(line.took),
                Cell::Time(line.held),
                number(line.lookups),
                Cell::word(if good { "state-visible" } else { "state-aborted" }),
            ];
            let tone = if good { Tone::Good } else { Tone::Bad };
            Row { id: ItemId(ITEM_LOAD + line.id), cells: cells.to_vec(), tone }
        })
    }

    /// The arrows of the window, newest first.
    fn messages_table(&self, window: &BoardWindow) -> Table {
        let columns = &[
            ("col-kind", Unit::Text),
            ("col-from", Unit::Text),
            ("col-to", Unit::Text),
            ("col-sent", Unit::Micros),
            ("col-arrives", Unit::Micros),
            ("col-bytes", Unit::Bytes),
        ];
        let shown = self.history.messages().filter(|line| window.touches(line.sent, line.at()));
        let lines: Vec<_> = shown.rev().collect();
        table(window, "messages", columns, lines.len(), |at| {
            let line = lines[at];
            let (kind, tone) = KINDS[usize::from(line.kind) % KINDS.len()];
            let arrives = if line.lost {
                Cell::word("state-lost")
            } else {
                line.at().map_or(Cell::Unknown, Cell::Time)
            };
            let cells = [
                Cell::word(kind),
                node_cell(line.from),
                node_cell(line.to),
                Cell::Time(line.sent),
                arrives,
                Cell::Bytes(line.bytes()),
            ];
            let tone = if line.lost { Tone::Bad } else { tone };
            Row { id: ItemId(ITEM_MESSAGE + line.id), cells: cells.to_vec(), tone }
        })
    }
}
