//! Tables of the board: designs compared, nodes, statements, names, ids, cache, history.

use super::config::{Design, NodeId};
use super::picture::{
    ITEM_CACHED, ITEM_ID, ITEM_MEASURE, ITEM_NAME, ITEM_RECORD, node_cell, node_item, statement_item,
};
use super::statement::Phase;
use super::{SchemaLab, Totals};
use crate::lab::drawn::columns;
use crate::schema::{NameEntry, Node, Object, SchemaKind, SchemaVersion};
use crate::view::board::{BoardWindow, Cell, Column, ItemId, Key, Row, Table, Tone, Unit};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Rows of one node are numbered apart from those of another.
pub(super) const PER_NODE: u64 = 1 << 40;

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

/// Names of a node, by kind and sorted.
pub(super) fn names_of(node: &Node) -> Vec<(SchemaKind, NameEntry)> {
    let of_kind = |kind| {
        let mut entries: Vec<NameEntry> = node.names(kind).entries().map(|(_, entry)| entry).collect();
        crate::base::sort::sort_by(&mut entries, |a, b| (a.parent, &a.name) < (b.parent, &b.name));
        entries.into_iter().map(move |entry| (kind, entry))
    };
    KINDS.into_iter().flat_map(of_kind).collect()
}

/// Tables first: there is most to see.
const KINDS: [SchemaKind; 5] =
    [SchemaKind::Table, SchemaKind::Index, SchemaKind::Database, SchemaKind::User, SchemaKind::Tenant];

const fn kind_word(kind: SchemaKind) -> &'static str {
    match kind {
        SchemaKind::Tenant => "kind-tenant",
        SchemaKind::Database => "kind-database",
        SchemaKind::Table => "kind-table",
        SchemaKind::Index => "kind-index",
        SchemaKind::User => "kind-user",
    }
}

impl SchemaLab {
    pub(super) fn tables(&self, window: &BoardWindow) -> Vec<Table> {
        let mut tables =
            [self.measure_table(window), self.node_table(window), self.statement_table(window)].to_vec();
        if self.designs().any(|design| design == Design::Service) {
            tables.push(self.name_table(window));
            tables.push(self.id_table(window));
            tables.push(self.cache_table(window));
        }
        tables.push(self.record_table(window));
        tables
    }

    /// Nodes that run the service.
    fn service(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes.iter().filter(|(id, _)| id.design == Design::Service).map(|(id, line)| (*id, &line.node))
    }

    /// What each design took for the same DDL and statements.
    pub(super) fn measures(&self) -> Vec<(&'static str, [Cell; 2])> {
        let both = |cell: &dyn Fn(Design, &Totals) -> Cell| {
            [Design::Service, Design::SchemaManager].map(|design| {
                if self.designs().any(|runs| runs == design) {
                    cell(design, self.totals(design))
                } else {
                    Cell::Unknown
                }
            })
        };
        let number = |of: fn(&Totals) -> u64| both(&|_, totals| Cell::Number(of(totals) as i64));
        let mean = |sum: u64, count: u64| {
            sum.checked_div(count).map_or(Cell::Unknown, |mean| Cell::Number(mean as i64))
        };
        let mean_of = |of: fn(&Totals) -> (u64, u64)| {
            both(&|_, totals| {
                let (sum, count) = of(totals);
                mean(sum, count)
            })
        };
        let cost = |totals: &Totals| {
            let probes = totals.probes * self.knobs.get("probe") as u64;
            let rows = totals.lookup_rows * self.knobs.get("row-cost") as u64 * 1_000;
            mean(probes + rows, totals.lookups)
        };
        let bytes = |which: fn((u64, u64)) -> u64| both(&|design, _| Cell::Bytes(which(self.memory(design))));
        [
            ("measure-statement", mean_of(|totals| (totals.took_us, totals.ended))),
            ("measure-work", mean_of(|totals| (totals.work_us, totals.ended))),
            ("measure-waited", number(|totals| totals.waited_us)),
            ("measure-locked", number(|totals| totals.locked)),
            ("measure-lock", number(|totals| totals.lock_us)),
            ("measure-lookup", both(&|_, totals| cost(totals))),
            ("measure-ended", number(|totals| totals.ended)),
            ("measure-failed", number(|totals| totals.failed)),
            ("measure-refreshes", number(|totals| totals.refreshes)),
            ("measure-given-up", number(|totals| totals.refreshes_failed)),
            ("measure-refresh", mean_of(|totals| (totals.refresh_us, totals.refreshes))),
            ("measure-rows", number(|totals| totals.refresh_rows)),
            ("measure-columns", number(|totals| totals.refresh_columns)),
            ("measure-live", bytes(|(live, _)| live)),
            ("measure-dead", bytes(|(_, dead)| dead)),
            ("measure-most", both(&|_, totals| Cell::Bytes(totals.most))),
            ("measure-crashes", number(|totals| totals.crashes)),
        ]
        .to_vec()
    }

    fn measure_table(&self, window: &BoardWindow) -> Table {
        let rows = (0_u64..).zip(self.measures()).map(|(at, (key, [service, old]))| {
            let more = match (amount(&service), amount(&old)) {
                (Some(service), Some(old)) if service > 0 => {
                    Cell::PerMille(old.saturating_mul(1_000) / service)
                }
                _ => Cell::Unknown,
            };
            Row {
                id: ItemId(ITEM_MEASURE + at),
                cells: [Cell::word(key), service, old, more].to_vec(),
                tone: Tone::Plain,
            }
        });
        let head = [
            ("col-measure", Unit::Text),
            ("col-service", Unit::Number),
            ("col-old", Unit::Number),
            ("col-ratio", Unit::PerMille),
        ];
        page("measures", columns(&head), rows.collect(), window)
    }

    fn node_table(&self, window: &BoardWindow) -> Table {
        let rows = self.nodes.iter().map(|(&id, line)| {
            let (live, dead, cache) = match id.design {
                Design::Service => {
                    let dead = line.dead_bytes();
                    (line.node.map_bytes() - dead, dead, Cell::Bytes(line.node.cache().used().bytes))
                }
                Design::SchemaManager => (line.old.halves.live(), line.old.halves.dead(), Cell::Unknown),
            };
            let held = self.statements.values().filter(|one| one.node == id && one.phase != Phase::Open);
            Row {
                id: node_item(id),
                cells: [
                    node_cell(id),
                    version(self.refreshed(id)),
                    Cell::Bytes(live),
                    Cell::Bytes(dead),
                    cache,
                    Cell::Number(held.count() as i64),
                    Cell::Number(line.node.retired().len() as i64),
                ]
                .to_vec(),
                tone: if line.down.is_some() { Tone::Bad } else { Tone::Plain },
            }
        });
        let head = [
            ("col-node", Unit::Text),
            ("col-refreshed", Unit::Id),
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
                node_cell(one.node),
                version(one.at),
                Cell::word(match one.phase {
                    Phase::Open => "phase-open",
                    Phase::Resolve => "phase-resolve",
                    Phase::Work | Phase::Execute => "phase-execute",
                }),
                Cell::Text(one.names.join(" ")),
                Cell::Time(one.began),
            ]
            .to_vec(),
            tone: if one.phase == Phase::Open { Tone::Wait } else { Tone::First },
        });
        let head = [
            ("col-statement", Unit::Id),
            ("col-node", Unit::Text),
            ("col-snapshot", Unit::Id),
            ("col-phase", Unit::Text),
            ("col-tables", Unit::Text),
            ("col-began", Unit::Micros),
        ];
        page("statements", columns(&head), rows.collect(), window)
    }

    fn name_table(&self, window: &BoardWindow) -> Table {
        let mut rows = Vec::new();
        for (id, node) in self.service() {
            for (at, (kind, entry)) in (0_u64..).zip(names_of(node)) {
                let meaning = entry.pairs.first().and_then(|pair| pair.id);
                rows.push(Row {
                    id: ItemId(ITEM_NAME + id.place() * PER_NODE + at),
                    cells: [
                        Cell::Text(entry.name.clone()),
                        Cell::word(kind_word(kind)),
                        node_cell(id),
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
            ("col-kind", Unit::Text),
            ("col-node", Unit::Text),
            ("col-pairs", Unit::Text),
            ("col-list", Unit::Text),
        ];
        page("names", columns(&head), rows, window)
    }

    fn id_table(&self, window: &BoardWindow) -> Table {
        let mut rows = Vec::new();
        for (on, node) in self.service() {
            let of_kind = |kind| node.ids(kind).windows().map(move |(id, known)| (kind, id, known));
            let mut windows: Vec<_> = KINDS.into_iter().flat_map(of_kind).collect();
            crate::base::sort::sort_by_key(&mut windows, |(kind, id, _)| (*kind != SchemaKind::Table, *id));
            for (kind, id, known) in windows {
                let mut text = String::new();
                for (version, live) in &known.versions {
                    text.push_str(&if *live { format!("[{version}]") } else { format!("[{version} –]") });
                }
                let live = known.versions.first().is_some_and(|(_, live)| *live);
                rows.push(Row {
                    id: ItemId(ITEM_ID + on.place() * PER_NODE + id.0 as u64),
                    cells: [
                        Cell::Id(id.0 as u64),
                        Cell::word(kind_word(kind)),
                        node_cell(on),
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
            ("col-kind", Unit::Text),
            ("col-node", Unit::Text),
            ("col-versions", Unit::Text),
            ("col-created", Unit::Id),
        ];
        page("ids", columns(&head), rows, window)
    }

    fn cache_table(&self, window: &BoardWindow) -> Table {
        let mut rows = Vec::new();
        for (on, node) in self.service() {
            for (at, (key, cached)) in (0_u64..).zip(node.cache().entries()) {
                rows.push(Row {
                    id: ItemId(ITEM_CACHED + on.place() * PER_NODE + at),
                    cells: [
                        Cell::Id(key.id.0 as u64),
                        version(key.version),
                        node_cell(on),
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
            ("col-node", Unit::Text),
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

/// The number in a cell.
const fn amount(cell: &Cell) -> Option<i64> {
    match cell {
        Cell::Number(number) => Some(*number),
        Cell::Bytes(bytes) => Some(*bytes as i64),
        _ => None,
    }
}

fn page(key: &'static str, columns: Vec<Column>, rows: Vec<Row>, window: &BoardWindow) -> Table {
    let (first, count) = window.page(key);
    let total = rows.len() as u64;
    let rows = rows.into_iter().skip(first as usize).take(count).collect();
    Table { key: Key::of(key), columns, first, total, rows }
}
