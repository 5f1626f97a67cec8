//! The tables of the inode lab: what lies in the stores, what each piece of work read and wrote.

use super::command::Outcome;
use super::picture::{ITEM_CHUNK, ITEM_LANE, ITEM_LINE, item, purpose_key, store_key};
use super::side::{Side, What};
use super::{FILE, InodeLab};
use crate::base::sort::sort_by_key;
use crate::inode::{Layout, RecordKey};
use crate::kv::OrderedKv;
use crate::lab::drawn::columns;
use crate::view::board::{BoardWindow, Cell, Column, Key, Row, Table, Tone, Unit};
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::ControlFlow;

/// Bytes of a value that a table shows.
const VALUE_SHOWN: usize = 16;

impl InodeLab {
    pub(super) fn tables_of(&self, window: &BoardWindow) -> Vec<Table> {
        let mut tables = [self.stores_table(), self.work_table(window)].to_vec();
        for (at, key) in ["keys-monolithic", "keys-split"].into_iter().enumerate() {
            tables.extend(self.sides.get(at).map(|side| keys_table(at, side, key, window)));
        }
        tables.push(self.calls_table(window));
        tables
    }

    fn stores_table(&self) -> Table {
        let columns = columns(&[
            ("col-store", Unit::Text),
            ("col-keys", Unit::Number),
            ("col-bytes", Unit::Bytes),
            ("col-infos", Unit::Number),
            ("col-read", Unit::Bytes),
            ("col-written", Unit::Bytes),
            ("col-amplification", Unit::PerMille),
            ("col-mean", Unit::Number),
            ("col-longest", Unit::Number),
            ("col-timeouts", Unit::Number),
            ("col-given-up", Unit::Number),
            ("col-objects", Unit::Number),
        ]);
        let row = |(at, side): (usize, &Side)| {
            let totals = &side.totals;
            let mut infos = 0;
            let visited = side.store.aside(|store| {
                store.visit_rows(FILE, None, &mut |row| {
                    infos += row.key.count;
                    ControlFlow::Continue(())
                })
            });
            let amplification = match totals.asked_bytes {
                0 => Cell::Unknown,
                asked => Cell::PerMille((totals.used.bytes_written * 1_000 / asked) as i64),
            };
            let time = |us| Cell::Number(us as i64);
            Row {
                id: item(ITEM_LANE, at, 1),
                cells: [
                    Cell::word(store_key(side)),
                    Cell::Number(side.store.kv().len() as i64),
                    Cell::Bytes(side.store.kv().bytes()),
                    if visited.is_ok() { Cell::Number(infos as i64) } else { Cell::Unknown },
                    Cell::Bytes(totals.used.bytes_read),
                    Cell::Bytes(totals.used.bytes_written),
                    amplification,
                    time(totals.latency_us / totals.done.max(1)),
                    time(totals.latency_max_us),
                    Cell::Number(totals.timeouts as i64),
                    Cell::Number(totals.given_up as i64),
                    Cell::Number(side.objects.len() as i64),
                ]
                .to_vec(),
                tone: if totals.timeouts > 0 { Tone::Warn } else { Tone::Plain },
            }
        };
        let rows: Vec<Row> = self.sides.iter().enumerate().map(row).collect();
        Table { key: Key::of("stores"), columns, first: 0, total: rows.len() as u64, rows }
    }

    /// What the servers did, the newest first.
    fn work_table(&self, window: &BoardWindow) -> Table {
        let columns = columns(&[
            ("col-store", Unit::Text),
            ("col-call", Unit::Id),
            ("col-began", Unit::Micros),
            ("col-took", Unit::Number),
            ("col-keys-read", Unit::Number),
            ("col-read", Unit::Bytes),
            ("col-keys-written", Unit::Number),
            ("col-written", Unit::Bytes),
            ("col-coded", Unit::Bytes),
        ]);
        let mut rows = Vec::new();
        for (at, side) in self.sides.iter().enumerate() {
            for line in &side.lines {
                let What::Work { call, used, coded } = line.what else { continue };
                let took = line.until.map(|until| until.saturating_since(line.from));
                rows.push((
                    line.from,
                    Row {
                        id: item(ITEM_LINE, at, line.id),
                        cells: [
                            Cell::word(store_key(side)),
                            if call == 0 { Cell::word("compaction") } else { Cell::Id(call) },
                            Cell::Time(line.from),
                            took.map_or(Cell::Unknown, |took| Cell::Number(took.micros() as i64)),
                            Cell::Number(used.keys_read as i64),
                            Cell::Bytes(used.bytes_read),
                            Cell::Number(used.keys_written as i64),
                            Cell::Bytes(used.bytes_written),
                            Cell::Bytes(coded),
                        ]
                        .to_vec(),
                        tone: Tone::Plain,
                    },
                ));
            }
        }
        page("work", columns, rows, window)
    }

    fn calls_table(&self, window: &BoardWindow) -> Table {
        let columns = columns(&[
            ("col-store", Unit::Text),
            ("col-call", Unit::Id),
            ("col-purpose", Unit::Text),
            ("col-began", Unit::Micros),
            ("col-took", Unit::Number),
            ("col-attempts", Unit::Number),
            ("col-outcome", Unit::Text),
        ]);
        let mut rows = Vec::new();
        for (at, side) in self.sides.iter().enumerate() {
            for line in &side.lines {
                let What::Call { call, purpose, outcome, attempts } = line.what else { continue };
                let (word, tone) = match outcome {
                    None => ("outcome-open", Tone::Wait),
                    Some(Outcome::Good) => ("outcome-good", Tone::Good),
                    Some(Outcome::Refused) => ("outcome-refused", Tone::Bad),
                    Some(Outcome::GivenUp) => ("outcome-given-up", Tone::Bad),
                };
                let took = line.until.map(|until| until.saturating_since(line.from));
                rows.push((
                    line.from,
                    Row {
                        id: item(ITEM_LINE, at, line.id),
                        cells: [
                            Cell::word(store_key(side)),
                            Cell::Id(call),
                            Cell::word(purpose_key(purpose)),
                            Cell::Time(line.from),
                            took.map_or(Cell::Unknown, |took| Cell::Number(took.micros() as i64)),
                            if outcome.is_some() { Cell::Number(attempts.into()) } else { Cell::Unknown },
                            Cell::word(word),
                        ]
                        .to_vec(),
                        tone,
                    },
                ));
            }
        }
        page("calls", columns, rows, window)
    }
}

/// The asked page of rows, the newest first.
fn page(
    key: &'static str,
    columns: Vec<Column>,
    mut rows: Vec<(crate::base::SimTime, Row)>,
    window: &BoardWindow,
) -> Table {
    let total = rows.len() as u64;
    sort_by_key(&mut rows, |(from, row)| core::cmp::Reverse((*from, row.id)));
    let (first, count) = window.page(key);
    let rows = rows.into_iter().map(|(_, row)| row).skip(first as usize).take(count).collect();
    Table { key: Key::of(key), columns, first, total, rows }
}

/// The first bytes of a value, in hex.
fn hex(value: &[u8]) -> String {
    let mut text = String::new();
    for byte in value.iter().take(VALUE_SHOWN) {
        text += &alloc::format!("{byte:02x}");
    }
    if value.len() > VALUE_SHOWN {
        text.push('…');
    }
    text
}

/// Real keys and values: the inode first, then its counter, then rows in key order.
fn keys_table(at: usize, side: &Side, key: &'static str, window: &BoardWindow) -> Table {
    let columns = columns(&[
        ("col-key", Unit::Text),
        ("col-key-bytes", Unit::Bytes),
        ("col-value-bytes", Unit::Bytes),
        ("col-infos", Unit::Number),
        ("col-ids", Unit::Text),
        ("col-value", Unit::Text),
    ]);
    let (first, count) = window.page(key);
    let (keys, mut rows) = (side.store.keys(), Vec::new());
    let mut total = 0_u64;
    // Makes a row only where the page shows it: a list may have a million.
    let mut push = |id, row: &dyn Fn() -> (String, usize, Cell, String), value: &[u8]| {
        if total >= first && rows.len() < count {
            let (text, key_bytes, infos, ids) = row();
            let cells = [
                Cell::Text(text),
                Cell::Bytes(key_bytes as u64),
                Cell::Bytes(value.len() as u64),
                infos,
                Cell::Text(ids),
                Cell::Text(hex(value)),
            ];
            rows.push(Row { id, cells: cells.to_vec(), tone: Tone::Plain });
        }
        total += 1;
    };
    let is_rows = side.layout() != Layout::Monolithic;
    let visited = side.store.aside(|store| {
        for record in [RecordKey::Inode(FILE), RecordKey::Aux(FILE)] {
            let key = keys.encode(&record);
            if let Some(value) = store.kv().get(&key) {
                let row = || (record.text(), key.len(), Cell::Unknown, String::new());
                push(item(ITEM_LANE, at, 1), &row, &value);
            }
        }
        store.visit_rows(FILE, None, &mut |found| {
            let row = || {
                let record = RecordKey::ChunkList(found.key);
                let key_bytes = if is_rows { keys.encode(&record).len() } else { 0 };
                let ids = alloc::format!("{}..{}", found.key.first, found.key.last);
                // In the inode's value, a list is a part without a key.
                let text = if is_rows { record.text() } else { alloc::format!("[{}]", found.key.index) };
                (text, key_bytes, Cell::Number(found.key.count as i64), ids)
            };
            push(item(ITEM_CHUNK, at, found.key.index), &row, found.list);
            ControlFlow::Continue(())
        })
    });
    debug_assert!(visited.is_ok(), "{visited:?}");
    Table { key: Key::of(key), columns, first, total, rows }
}
