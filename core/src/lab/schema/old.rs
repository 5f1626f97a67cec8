//! A node of the replaced design: whole copies in slots, memory in two halves, a lock.

use super::statement::Statement;
use super::{SchemaEvent, SchemaLab};
use crate::base::SimTime;
use crate::schema::old::{HalvesConfig, SnapshotSlots, Switched, TwoHalves};
use crate::schema::{NameKey, ObjectId, SchemaError, SchemaKind, SchemaVersion};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Slots for whole copies (`OceanBase` 0.4).
const SLOTS: usize = 4;
/// Bytes of vectors and maps that a copy has for each table.
const POINTERS: u64 = 40;
/// Microseconds for which the lock is held for a thousand tables while a copy is put in its slot.
const COPY_US: u64 = 200;
/// The timer looks every ten minutes.
pub(super) const LOOK: SimTime = SimTime::from_secs(600);

/// What such a node keeps.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct OldNode {
    pub(super) slots: SnapshotSlots,
    pub(super) halves: TwoHalves,
    pub(super) refreshed: SchemaVersion,
    pub(super) locked_until: SimTime,
    pub(super) look_at: SimTime,
    /// Bytes of the newest copy.
    pub(super) bytes: u64,
}

impl OldNode {
    pub(super) fn new(period: SimTime) -> Self {
        let halves = HalvesConfig {
            period,
            threshold_min: 4 << 20,
            fragments_max: 1 << 20,
            ..HalvesConfig::default()
        };
        Self {
            slots: SnapshotSlots::new(SLOTS),
            halves: TwoHalves::new(halves),
            refreshed: SchemaVersion::ZERO,
            locked_until: SimTime::ZERO,
            look_at: LOOK,
            bytes: 0,
        }
    }
}

impl SchemaLab {
    /// Takes a reference to a slot, under the lock.
    pub(super) fn open_old(&mut self, statement: &mut Statement) -> Result<(), SchemaError> {
        let now = self.now;
        let old = &mut self.nodes[statement.node as usize].old;
        let wants = statement.wants.unwrap_or(old.refreshed);
        if wants > old.refreshed || old.refreshed == SchemaVersion::ZERO {
            return Err(SchemaError::SchemaEagain { asked: wants, refreshed: old.refreshed });
        }
        if now < old.locked_until {
            self.totals.lock_us += (old.locked_until - now).micros();
            return Err(SchemaError::Eagain { slots: SLOTS });
        }
        old.slots.get(wants)?;
        statement.at = wants;
        statement.generation = old.halves.generation();
        Ok(())
    }

    /// Whether the memory that a statement points into is still there.
    pub(super) fn test_pointer(&self, statement: &Statement) -> Result<(), SchemaError> {
        let generation = statement.generation;
        if self.nodes[statement.node as usize].old.halves.is_freed(generation) {
            return Err(SchemaError::FreedMemory { generation });
        }
        Ok(())
    }

    /// What a name meant at a version, from the copy that was made then.
    pub(super) fn copied(&self, key: NameKey<'_>, at: SchemaVersion) -> Option<ObjectId> {
        self.history.uncounted(|| self.history.find(SchemaKind::Table, key, at))
    }

    /// Rows that a refresh reads: tables and columns of all that changed, or of everything.
    pub(super) fn old_rows(&self, from: SchemaVersion) -> (u64, u64) {
        let before = self.history.rows();
        if from == SchemaVersion::ZERO {
            let mut ids = Vec::new();
            self.history.live(SchemaKind::Table, self.history.last(), |id, _, _| ids.push(id));
            for id in ids {
                let _ = self.history.schema(SchemaKind::Table, id, self.history.last());
            }
        } else {
            let mut ids = Vec::new();
            self.history.changes(from, self.history.last(), |change| ids.push((change.kind, change.id)));
            for (kind, id) in ids {
                let _ = self.history.schema(kind, id, self.history.last());
            }
        }
        let read = self.history.rows() - before;
        (read.total(), read.columns)
    }

    /// Puts a new copy into a slot: changed schemas anew, pointers to the rest.
    pub(super) fn publish_old(
        &mut self,
        place: usize,
        to: SchemaVersion,
        out: &mut Vec<SchemaEvent>,
    ) -> bool {
        let mut changed = 0;
        let mut bytes = 0;
        self.history.changes(self.nodes[place].old.refreshed, to, |_| changed += 1);
        self.history.live(SchemaKind::Table, to, |_, _, _| bytes += POINTERS);
        let tables = bytes / POINTERS;
        let now = self.now;
        let old = &mut self.nodes[place].old;
        if old.slots.put(to).is_err() {
            out.push(SchemaEvent::NoSlot { node: place as u32, version: to });
            return false;
        }
        let schemas = 1_000 * changed;
        old.halves.give_up(old.bytes.min(schemas + bytes));
        old.halves.take(schemas + bytes);
        old.bytes = schemas + bytes;
        old.refreshed = to;
        old.locked_until = SimTime(now.micros() + tables * COPY_US / 1_000);
        true
    }

    /// The timer looks at the memory.
    pub(super) fn look(&mut self, place: usize, out: &mut Vec<SchemaEvent>) {
        let now = self.now;
        let old = &mut self.nodes[place].old;
        old.look_at = SimTime(now.micros() + LOOK.micros());
        let switched = old.halves.look(now);
        let (node, bytes) = (place as u32, old.halves.bytes());
        match switched {
            Switched::Not => {}
            Switched::To(state) => out.push(SchemaEvent::Switched { node, state: state as u8, bytes }),
            Switched::Freed(generation) => out.push(SchemaEvent::Freed { node, generation }),
        }
    }
}
