//! One load on one backend: its rows by tablet.

use super::memtable::{LoadId, MemTable, MemTableId};
use crate::base::{RowsetId, SimTime, VersionRange};
use crate::rowset::{Overlap, RowsetMeta, Unknown};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Writes the rows of one tablet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeltaWriter {
    /// The rowset that its segments will be; named before it has a version.
    pub rowset: RowsetId,
    /// What grows.
    pub active: MemTable,
    /// Segments written.
    pub segments: u32,
    /// Their rows.
    pub rows: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl DeltaWriter {
    /// A MemTable of this writer has become a segment.
    pub const fn wrote(&mut self, table: &MemTable) {
        self.segments += 1;
        self.rows += table.rows;
        self.bytes += table.bytes;
    }

    /// The rowset, once it has a version.
    pub const fn rowset(&self, version: i64, now: SimTime) -> RowsetMeta {
        RowsetMeta {
            id: self.rowset,
            range: VersionRange::single(version),
            bytes: self.bytes,
            rows: self.rows,
            created_at: now,
            segments: self.segments,
            overlap: if self.segments > 1 { Overlap::Overlapping } else { Overlap::NonOverlapping },
            level: 0,
            delete_predicate: false,
            unknown: Unknown::NOTHING,
        }
    }
}

/// The delta writers of one load, by tablet from 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TabletsChannel {
    load: LoadId,
    writers: Vec<DeltaWriter>,
    /// The tablet that gets the first row that does not divide evenly.
    turn: u64,
}

impl TabletsChannel {
    /// Opens a writer for each of `tablets` tablets, at least one. Rowset and MemTable ids are
    /// taken from the counters.
    pub fn open(load: LoadId, tablets: u32, next_rowset: &mut u64, next_table: &mut u64) -> Self {
        let writers = (0..tablets.max(1)).map(|tablet| {
            let rowset = RowsetId(*next_rowset);
            *next_rowset += 1;
            let active = MemTable::new(take(next_table), load, tablet);
            DeltaWriter { rowset, active, segments: 0, rows: 0, bytes: 0 }
        });
        Self { load, writers: writers.collect(), turn: 0 }
    }

    /// Whose rows.
    pub const fn load(&self) -> LoadId {
        self.load
    }

    /// All writers; the index is the tablet.
    pub fn writers(&self) -> &[DeltaWriter] {
        &self.writers
    }

    /// A writer, to count what became of its MemTables.
    pub fn writer_mut(&mut self, tablet: u32) -> Option<&mut DeltaWriter> {
        self.writers.get_mut(tablet as usize)
    }

    /// Spreads a batch over the tablets as a hash does, evenly; what does not divide goes on
    /// where the last batch ended. Appends the tablets whose MemTable is full now.
    pub fn add_batch(&mut self, rows: u64, bytes: u64, full_at: u64, full: &mut Vec<u32>) {
        let count = self.writers.len() as u64;
        let (row_share, rows_over) = (rows / count, rows % count);
        let (byte_share, bytes_over) = (bytes / count, bytes % count);
        for (index, writer) in (0..).zip(&mut self.writers) {
            let place = (index + count - self.turn) % count;
            writer
                .active
                .insert(row_share + u64::from(place < rows_over), byte_share + u64::from(place < bytes_over));
            if writer.active.bytes >= full_at {
                full.push(index as u32);
            }
        }
        self.turn = (self.turn + rows_over) % count;
    }

    /// Takes a tablet's MemTable and puts a new, empty one in its place. `None` when it is empty.
    pub fn freeze(&mut self, tablet: u32, next_table: &mut u64) -> Option<MemTable> {
        let writer = self.writers.get_mut(tablet as usize)?;
        if writer.active.rows == 0 && writer.active.bytes == 0 {
            return None;
        }
        let fresh = MemTable::new(take(next_table), self.load, tablet);
        Some(core::mem::replace(&mut writer.active, fresh))
    }

    /// The largest MemTable that is not empty; of equal ones the first tablet's.
    pub fn largest(&self) -> Option<&MemTable> {
        let mut largest: Option<&MemTable> = None;
        for writer in &self.writers {
            if writer.active.bytes > largest.map_or(0, |table| table.bytes) {
                largest = Some(&writer.active);
            }
        }
        largest
    }
}

const fn take(next: &mut u64) -> MemTableId {
    let id = MemTableId(*next);
    *next += 1;
    id
}
