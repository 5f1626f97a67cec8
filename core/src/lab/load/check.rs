//! Invariants, recounted from scratch.

use super::LoadLab;
use super::history::Fate;
use crate::lab::Violation;
use crate::load::{FlushTask, LoadId, MemTable, Place, Store, TabletsChannel};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Names of all invariants.
pub(super) const INVARIANTS: &[&str] = &[
    "memory-adds-up",
    "rows-add-up",
    "tables-are-once",
    "failed-is-invisible",
    "oldest-first",
    "ids-are-once",
];

fn broken(invariant: &str, text: String) -> Violation {
    Violation { invariant: invariant.to_string(), text }
}

impl LoadLab {
    pub(super) fn check_all(&self) -> Result<(), Violation> {
        let [memory, rows, tables, invisible, oldest, ids] = INVARIANTS else { return Ok(()) };
        self.memory(memory)?;
        self.rows(rows)?;
        self.tables(tables)?;
        self.invisible(invisible)?;
        self.oldest_first(oldest)?;
        self.ids(ids)
    }

    fn active(&self) -> impl Iterator<Item = &MemTable> {
        self.senders
            .iter()
            .filter_map(|sender| sender.channel.as_ref())
            .flat_map(|channel| channel.writers().iter().map(|writer| &writer.active))
    }

    fn queued(&self) -> impl Iterator<Item = &FlushTask> {
        self.executor.stores().iter().flat_map(Store::queue)
    }

    fn running(&self) -> impl Iterator<Item = &MemTable> {
        let threads = self.executor.stores().iter().flat_map(Store::running);
        let inline = self.senders.iter().filter_map(|sender| Some(&sender.inline.as_ref()?.table));
        threads.map(|(_, task)| &task.table).chain(inline)
    }

    /// The memory that is accounted at each place is the sum of the MemTables there.
    fn memory(&self, name: &str) -> Result<(), Violation> {
        let sums = [
            (Place::Active, self.active().map(|table| table.bytes).sum::<u64>()),
            (Place::Queued, self.queued().map(|task| task.table.bytes).sum()),
            (Place::Flushing, self.running().map(|table| table.bytes).sum()),
        ];
        for (place, sum) in sums {
            let accounted = self.tracker.at(place);
            if accounted != sum {
                return Err(broken(
                    name,
                    format!("{place:?}: {accounted} bytes are accounted, the MemTables hold {sum}"),
                ));
            }
        }
        Ok(())
    }

    /// Every row inserted is in exactly one place.
    fn rows(&self, name: &str) -> Result<(), Violation> {
        for sender in &self.senders {
            let Some(channel) = &sender.channel else { continue };
            let load = channel.load();
            let mine = |table: &&MemTable| table.load == load;
            let written: u64 = channel.writers().iter().map(|writer| writer.rows).sum();
            let held: u64 = self.active().filter(mine).map(|table| table.rows).sum();
            let queued = self.queued().map(|task| &task.table).filter(mine).map(|table| table.rows);
            let running = self.running().filter(mine).map(|table| table.rows);
            let found = written + held + queued.sum::<u64>() + running.sum::<u64>() + sender.lost_rows;
            let inserted = sender.spec.rows - sender.rows_left;
            if inserted != found {
                return Err(broken(
                    name,
                    format!("{load}: {inserted} rows were inserted, {found} are found"),
                ));
            }
        }
        let visible = self.visible_rows();
        if visible != self.totals.rows {
            let rows = self.totals.rows;
            return Err(broken(name, format!("{rows} rows were committed, {visible} are visible")));
        }
        Ok(())
    }

    /// No MemTable is in two places.
    fn tables(&self, name: &str) -> Result<(), Violation> {
        let mut seen = BTreeSet::new();
        let queued = self.queued().map(|task| &task.table);
        for table in self.active().chain(queued).chain(self.running()) {
            if !seen.insert(table.id) {
                let (id, load, tablet) = (table.id.0, table.load, table.tablet);
                return Err(broken(
                    name,
                    format!("MemTable {id} of {load}, tablet {tablet}, is in two places"),
                ));
            }
        }
        Ok(())
    }

    /// Nothing of a load that failed, or has not ended, is visible.
    fn invisible(&self, name: &str) -> Result<(), Violation> {
        for visible in &self.visible {
            let fate = self.loads.get(visible.load).map(|line| line.fate);
            if fate.is_some_and(|fate| fate != Fate::Committed) {
                let (rowset, load, tablet) = (visible.rowset, visible.load, visible.tablet);
                let text =
                    format!("{rowset} of {load} is visible in tablet {tablet}, and the load is {fate:?}");
                return Err(broken(name, text));
            }
        }
        Ok(())
    }

    /// What a thread writes was submitted before all that still waits for that directory.
    fn oldest_first(&self, name: &str) -> Result<(), Violation> {
        for (number, store) in self.executor.stores().iter().enumerate() {
            let newest = store.running().map(|(_, task)| task.seq).max();
            let oldest = store.queue().map(|task| task.seq).min();
            if let (Some(newest), Some(oldest)) = (newest, oldest)
                && newest > oldest
            {
                let text = format!("directory {number} writes task {newest} while task {oldest} waits");
                return Err(broken(name, text));
            }
        }
        Ok(())
    }

    /// No two rowsets share an id, visible ones and those being written.
    fn ids(&self, name: &str) -> Result<(), Violation> {
        let writers = self.senders.iter().filter(|sender| !sender.published);
        let open = writers.filter_map(|sender| sender.channel.as_ref()).flat_map(TabletsChannel::writers);
        let mut all: Vec<(u64, LoadId)> = open.map(|writer| (writer.rowset.0, writer.active.load)).collect();
        all.extend(self.visible.iter().map(|visible| (visible.rowset.0, visible.load)));
        let mut seen = BTreeSet::new();
        for (id, load) in all {
            if !seen.insert(id) || id >= self.next_rowset {
                return Err(broken(name, format!("rowset id {id} of {load} was given twice or never")));
            }
        }
        Ok(())
    }
}
