//! The tables of the load lab: loads, directories, tablets, reads, upgrades.

use super::LoadLab;
use super::config::Design;
use super::history::{Fate, ReadLine};
use super::picture::{ITEM_LOAD, ITEM_STORE, ITEM_TABLET, ITEM_UPGRADE};
use super::side::UpgradeJob;
use crate::base::SimTime;
use crate::lab::drawn::table;
use crate::view::board::{BoardWindow, Cell, ItemId, Row, Table, Tone, Unit};
use alloc::vec::Vec;

/// Bytes a second.
fn speed(bytes: u64, took: SimTime) -> Cell {
    match took.micros() {
        0 => Cell::Unknown,
        took => Cell::BytesPerSecond((u128::from(bytes) * 1_000_000 / u128::from(took)) as u64),
    }
}

impl LoadLab {
    pub(super) fn tables_of(&self, window: &BoardWindow) -> Vec<Table> {
        let mut tables = [self.loads_table(window), self.stores_table(window)].to_vec();
        if !self.tablets.is_empty() {
            tables.push(self.tablets_table(window));
        }
        if !self.reads.is_empty() || !self.reads_ended.is_empty() {
            tables.push(self.reads_table(window));
        }
        if !self.upgrades.is_empty() || !self.upgraded.is_empty() {
            tables.push(self.upgrades_table(window));
        }
        tables
    }

    /// Newest first; those that wait stand in front.
    fn loads_table(&self, window: &BoardWindow) -> Table {
        let columns = &[
            ("col-load", Unit::Id),
            ("col-design", Unit::Text),
            ("col-state", Unit::Text),
            ("col-tablets", Unit::Number),
            ("col-bytes", Unit::Bytes),
            ("col-rows", Unit::Rows),
            ("col-began", Unit::Micros),
            ("col-took", Unit::Micros),
            ("col-speed", Unit::BytesPerSecond),
            ("col-stalled", Unit::Micros),
            ("col-flushes", Unit::Number),
        ];
        let lines: Vec<_> = self.loads.iter().rev().collect();
        let waiting = self.waiting.len();
        table(window, "loads", columns, waiting + lines.len(), |at| {
            let word = |spec: &super::LoadSpec| {
                Cell::word(match spec.design {
                    Design::Alternating => "choice-alternating",
                    Design::Overlapped => "choice-overlapped",
                })
            };
            if let Some((id, spec, _)) = waiting.checked_sub(at + 1).and_then(|at| self.waiting.get(at)) {
                let unknown = || Cell::Unknown;
                return Row {
                    id: ItemId(ITEM_LOAD + id.0),
                    cells: [
                        Cell::Id(id.0),
                        word(spec),
                        Cell::word("state-waiting"),
                        Cell::Number(spec.tablets.into()),
                        Cell::Bytes(spec.bytes),
                        Cell::Number(spec.rows as i64),
                        unknown(),
                        unknown(),
                        unknown(),
                        unknown(),
                        unknown(),
                    ]
                    .to_vec(),
                    tone: Tone::Wait,
                };
            }
            let line = lines[at - waiting];
            let took = line.ended.unwrap_or(self.now) - line.began;
            let (state, tone) = match line.fate {
                Fate::Running => ("state-running", Tone::First),
                Fate::Committed => ("state-committed", Tone::Good),
                Fate::Failed(..) => ("state-failed", Tone::Bad),
            };
            Row {
                id: ItemId(ITEM_LOAD + line.id.0),
                cells: [
                    Cell::Id(line.id.0),
                    word(&line.spec),
                    Cell::word(state),
                    Cell::Number(line.spec.tablets.into()),
                    Cell::Bytes(line.bytes),
                    Cell::Number(line.rows as i64),
                    Cell::Time(line.began),
                    Cell::Time(took),
                    speed(line.bytes, took),
                    Cell::Time(SimTime(line.stalled)),
                    Cell::Number(line.flushes as i64),
                ]
                .to_vec(),
                tone,
            }
        })
    }

    fn stores_table(&self, window: &BoardWindow) -> Table {
        let columns = &[
            ("col-directory", Unit::Id),
            ("col-disk-speed", Unit::BytesPerSecond),
            ("col-threads", Unit::Number),
            ("col-running", Unit::Number),
            ("col-queued", Unit::Number),
            ("col-queued-bytes", Unit::Bytes),
        ];
        table(window, "directories", columns, self.disks.len(), |at| {
            let store = &self.executor.stores()[at];
            let slow = self.knobs.slow_store == at as u64 + 1;
            Row {
                id: ItemId(ITEM_STORE + at as u64),
                cells: [
                    Cell::Id(at as u64 + 1),
                    Cell::BytesPerSecond(self.knobs.speed(at as u32)),
                    Cell::Number(self.knobs.threads as i64),
                    Cell::Number(self.disks[at].len() as i64),
                    Cell::Number(store.queue().len() as i64),
                    Cell::Bytes(store.queue().map(|task| task.table.bytes).sum()),
                ]
                .to_vec(),
                tone: if slow { Tone::Warn } else { Tone::Plain },
            }
        })
    }

    fn tablets_table(&self, window: &BoardWindow) -> Table {
        let columns = &[
            ("col-tablet", Unit::Id),
            ("col-directory", Unit::Id),
            ("col-version", Unit::Id),
            ("col-rowsets", Unit::Number),
            ("col-segments", Unit::Number),
            ("col-rows", Unit::Rows),
            ("col-bytes", Unit::Bytes),
            ("col-active", Unit::Bytes),
        ];
        table(window, "tablets", columns, self.tablets.len(), |at| {
            let line = &self.tablets[at];
            let active = self
                .senders
                .iter()
                .filter_map(|sender| sender.channel.as_ref()?.writers().get(at))
                .map(|writer| writer.active.bytes)
                .sum();
            Row {
                id: ItemId(ITEM_TABLET + at as u64),
                cells: [
                    Cell::Id(at as u64),
                    Cell::Id(u64::from(self.store_of(at as u32)) + 1),
                    Cell::Id(line.version as u64),
                    Cell::Number(line.rowsets as i64),
                    Cell::Number(line.segments as i64),
                    Cell::Number(line.rows as i64),
                    Cell::Bytes(line.bytes),
                    Cell::Bytes(active),
                ]
                .to_vec(),
                tone: Tone::Plain,
            }
        })
    }

    fn reads_table(&self, window: &BoardWindow) -> Table {
        let columns = &[
            ("col-read", Unit::Id),
            ("col-limit", Unit::Rows),
            ("col-statistic", Unit::Text),
            ("col-delivered", Unit::Rows),
            ("col-raw", Unit::Rows),
            ("col-rows-read", Unit::Rows),
            ("col-took", Unit::Micros),
            ("col-other-rows", Unit::Rows),
        ];
        let lines: Vec<&ReadLine> = self.reads.iter().chain(&self.reads_ended).collect();
        table(window, "reads", columns, lines.len(), |at| {
            let read = lines[at];
            let running = read.until > self.now;
            let later = |cell: Cell| if running { Cell::Unknown } else { cell };
            Row {
                id: ItemId(read.span),
                cells: [
                    Cell::Id(read.id),
                    Cell::Number(read.limit as i64),
                    Cell::word(if read.counts { "state-counted" } else { "state-not-counted" }),
                    later(Cell::Number(read.did.delivered as i64)),
                    later(Cell::Number(read.did.raw_rows_read as i64)),
                    later(Cell::Number(read.did.rows as i64)),
                    Cell::Time(read.until.min(self.now) - read.began),
                    Cell::Number(read.other.rows as i64),
                ]
                .to_vec(),
                tone: if read.counts { Tone::Plain } else { Tone::Bad },
            }
        })
    }

    fn upgrades_table(&self, window: &BoardWindow) -> Table {
        let columns = &[
            ("col-upgrade", Unit::Id),
            ("col-backends", Unit::Number),
            ("col-together", Unit::Number),
            ("col-metas", Unit::Number),
            ("col-back", Unit::Number),
            ("col-took", Unit::Micros),
            ("col-unreadable", Unit::Micros),
            ("col-unwritable", Unit::Micros),
        ];
        let lines: Vec<&UpgradeJob> = self.upgraded.iter().chain(&self.upgrades).collect();
        table(window, "upgrades", columns, lines.len(), |at| {
            let job = lines[at];
            let took = job.began.map(|began| job.ended.unwrap_or(self.now) - began);
            Row {
                id: ItemId(ITEM_UPGRADE + job.id),
                cells: [
                    Cell::Id(job.id),
                    Cell::Number(job.spec.backends.into()),
                    Cell::Number(job.spec.together.into()),
                    Cell::Number(job.metas as i64),
                    Cell::Number(i64::from(job.next) - job.down.len() as i64),
                    took.map_or(Cell::Unknown, Cell::Time),
                    Cell::Time(SimTime(job.unreadable_us)),
                    Cell::Time(SimTime(job.unwritable_us)),
                ]
                .to_vec(),
                tone: if job.unreadable_us > 0 { Tone::Bad } else { Tone::Plain },
            }
        })
    }
}
