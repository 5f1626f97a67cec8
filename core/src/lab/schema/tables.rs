//! Tables of the board: names, ids, cache, history, statements, nodes.

use super::SchemaLab;
use super::config::Design;
use super::picture::{ITEM_CACHED, ITEM_ID, ITEM_NAME, ITEM_NODE, ITEM_RECORD, statement_item};
use super::statement::Phase;
use crate::schema::{NameEntry, Node, Object, SchemaKind, SchemaVersion};
use crate::view::board::{BoardWindow, Cell, Column, ItemId, Key, Row, Table, Tone, Unit};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Rows of one node are numbered apart from those of another.
pub(super) const PER_NODE: u64 = 1 << 40;

fn columns(columns: &[(&'static str, Unit)]) -> Vec<Column> {
    columns.iter().map(|&(key, unit)| Column { key: Key::of(key), unit }).collect()
}

fn version(version: SchemaVersion) -> Cell {
    Cell::Id(version.0.max(0) as u64)
}

/// `[26 7][18 –]`, newest first.
pub(super) fn pairs_text(entry: &NameEntry) -> String {
    let mut text = String::new();
    for pair in &entry.pairs {
        match pair.id {
            Some(id) => text.push_str(&format!("[{} {id}]", pair.version)),
            None => text.push_str(&format!("[{} –]", pair.version)),
        }
    }
    text
}

/// Names of a node, sorted, with their place in that order.
pub(super) fn names_of(node: &Node) -> Vec<NameEntry> {
    let mut entries: Vec<NameEntry> =
        node.names(SchemaKind::Table).entries().map(|(_, entry)| entry).collect();
    crate::base::sort::sort_by(&mut entries, |a, b| a.name < b.name);
    entries
}

impl SchemaLab {
    pub(super) fn tables(&self, window: &BoardWindow) -> Vec<Table> {
        let mut tables = [self.node_table(window), self.statement_table(window)].to_vec();
        if self.design == Design::Service {
            tables.push(self.name_table(window));
            tables.push(self.id_table(window));
            tables.push(self.cache_table(window));
        }
        tables.push(self.record_table(window));
        tables
    }

    fn node_table(&self, window: &BoardWindow) -> Table {
        let rows = (0_u64..).zip(&self.nodes).map(|(place, line)| {
            let used = line.node.names(SchemaKind::Table).used();
            Row {
                id: ItemId(ITEM_NODE + place),
                cells: [
                    Cell::Id(place + 1),
                    version(self.refreshed(place as usize)),
                    Cell::Number(line.node.names(SchemaKind::Table).len() as i64),
                    Cell::Bytes(used.live_bytes),
                    Cell::Bytes(used.dead_bytes),
                    Cell::Bytes(line.node.cache().used().bytes),
                    Cell::Number(line.node.guards().len() as i64),
                    Cell::Number(line.node.retired().len() as i64),
                ]
                .to_vec(),
                tone: if line.down.is_some() { Tone::Bad } else { Tone::Plain },
            }
        });
        let head = [
            ("col-node", Unit::Id),
            ("col-refreshed", Unit::Id),
            ("col-names", Unit::Number),
            ("col-live", Unit::Bytes),
            ("col-dead", Unit::Bytes),
            ("col-cache", Unit::Bytes),
            ("col-guards", Unit::Number),
            ("col-retired", Unit::Number),
        ];
        page("nodes", columns(&head), rows.collect(), window)
    }

    fn statement_table(&self, window: &BoardWindow) -> Table {
        let rows = self.statements.values().map(|one| Row {
            id: statement_item(one.id),
            cells: [
                Cell::Id(one.id),
                Cell::Id(u64::from(one.node) + 1),
                version(one.at),
                Cell::word(match one.phase {
                    Phase::Open => "phase-open",
                    Phase::Resolve => "phase-resolve",
                    Phase::Execute => "phase-execute",
                }),
                Cell::Text(one.names.join(" ")),
                Cell::Time(one.began),
            ]
            .to_vec(),
            tone: if one.phase == Phase::Open { Tone::Wait } else { Tone::First },
        });
        let head = [
            ("col-statement", Unit::Id),
            ("col-node", Unit::Id),
            ("col-snapshot", Unit::Id),
            ("col-phase", Unit::Text),
            ("col-tables", Unit::Text),
            ("col-began", Unit::Micros),
        ];
        page("statements", columns(&head), rows.collect(), window)
    }

    fn name_table(&self, window: &BoardWindow) -> Table {
        let mut rows = Vec::new();
        for (node, line) in (0_u64..).zip(&self.nodes) {
            for (at, entry) in (0_u64..).zip(names_of(&line.node)) {
                let meaning = entry.pairs.first().and_then(|pair| pair.id);
                rows.push(Row {
                    id: ItemId(ITEM_NAME + node * PER_NODE + at),
                    cells: [
                        Cell::Text(entry.name.clone()),
                        Cell::Id(node + 1),
                        Cell::Text(pairs_text(&entry)),
                        Cell::word(if entry.complete { "list-complete" } else { "list-suffix" }),
                    ]
                    .to_vec(),
                    tone: if meaning.is_some() { Tone::Plain } else { Tone::Ghost },
                });
            }
        }
        let head = [
            ("col-name", Unit::Text),
            ("col-node", Unit::Id),
            ("col-pairs", Unit::Text),
            ("col-list", Unit::Text),
        ];
        page("names", columns(&head), rows, window)
    }

    fn id_table(&self, window: &BoardWindow) -> Table {
        let mut rows = Vec::new();
        for (node, line) in (0_u64..).zip(&self.nodes) {
            let mut windows: Vec<_> = line.node.ids(SchemaKind::Table).windows().collect();
            crate::base::sort::sort_by_key(&mut windows, |(id, _)| *id);
            for (id, known) in windows {
                let mut text = String::new();
                for (version, live) in &known.versions {
                    text.push_str(&if *live { format!("[{version}]") } else { format!("[{version} –]") });
                }
                let live = known.versions.first().is_some_and(|(_, live)| *live);
                rows.push(Row {
                    id: ItemId(ITEM_ID + node * PER_NODE + id.0 as u64),
                    cells: [
                        Cell::Id(id.0 as u64),
                        Cell::Id(node + 1),
                        Cell::Text(text),
                        known.created.map_or(Cell::Unknown, version),
                    ]
                    .to_vec(),
                    tone: if live { Tone::Plain } else { Tone::Ghost },
                });
            }
        }
        let head = [
            ("col-id", Unit::Id),
            ("col-node", Unit::Id),
            ("col-versions", Unit::Text),
            ("col-created", Unit::Id),
        ];
        page("ids", columns(&head), rows, window)
    }

    fn cache_table(&self, window: &BoardWindow) -> Table {
        let mut rows = Vec::new();
        for (node, line) in (0_u64..).zip(&self.nodes) {
            for (at, (key, cached)) in (0_u64..).zip(line.node.cache().entries()) {
                rows.push(Row {
                    id: ItemId(ITEM_CACHED + node * PER_NODE + at),
                    cells: [
                        Cell::Id(key.id.0 as u64),
                        version(key.version),
                        Cell::Id(node + 1),
                        Cell::Text(cached.schema.object.name.clone()),
                        Cell::Bytes(cached.bytes),
                        Cell::Number(cached.pins.into()),
                    ]
                    .to_vec(),
                    tone: if cached.pins > 0 { Tone::First } else { Tone::Plain },
                });
            }
        }
        let head = [
            ("col-id", Unit::Id),
            ("col-version", Unit::Id),
            ("col-node", Unit::Id),
            ("col-name", Unit::Text),
            ("col-bytes", Unit::Bytes),
            ("col-pins", Unit::Number),
        ];
        page("cache", columns(&head), rows, window)
    }

    fn record_table(&self, window: &BoardWindow) -> Table {
        let mut rows = Vec::new();
        self.history.all_records(SchemaKind::Table, |id, at, record: Object| {
            rows.push(Row {
                id: ItemId(ITEM_RECORD + rows.len() as u64),
                cells: [
                    Cell::Id(id.0 as u64),
                    version(at),
                    Cell::Text(record.name),
                    Cell::word(if record.deleted { "record-gone" } else { "record-live" }),
                ]
                .to_vec(),
                tone: if record.deleted { Tone::Ghost } else { Tone::Plain },
            });
        });
        let head = [
            ("col-id", Unit::Id),
            ("col-version", Unit::Id),
            ("col-name", Unit::Text),
            ("col-record", Unit::Text),
        ];
        page("records", columns(&head), rows, window)
    }
}

fn page(key: &'static str, columns: Vec<Column>, rows: Vec<Row>, window: &BoardWindow) -> Table {
    let (first, count) = window.page(key);
    let total = rows.len() as u64;
    let rows = rows.into_iter().skip(first as usize).take(count).collect();
    Table { key: Key::of(key), columns, first, total, rows }
}
