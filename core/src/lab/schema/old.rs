//! A node of the replaced design: whole copies in slots, memory in two halves, a lock.

use super::config::NodeId;
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
/// A new version is fetched at most once a second.
pub(super) const FETCH: SimTime = SimTime::from_secs(1);
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
        }
    }
}

impl SchemaLab {
    /// Takes a reference to a slot; the lock is free.
    pub(super) fn open_old(&mut self, statement: &mut Statement) -> Result<(), SchemaError> {
        let hold = SimTime(self.knobs.get("lock-hold") as u64);
        let Some(line) = self.nodes.get_mut(&statement.node) else { return Err(SchemaError::GuardClosed) };
        let old = &mut line.old;
        let wants = statement.wants.unwrap_or(old.refreshed);
        if wants > old.refreshed || old.refreshed == SchemaVersion::ZERO {
            return Err(SchemaError::SchemaEagain { asked: wants, refreshed: old.refreshed });
        }
        old.slots.get(wants)?;
        old.locked_until = self.now + hold;
        statement.at = wants;
        statement.generation = old.halves.generation();
        Ok(())
    }

    /// Whether the memory that a statement points into is still there.
    pub(super) fn test_pointer(&self, statement: &Statement) -> Result<(), SchemaError> {
        let generation = statement.generation;
        match self.nodes.get(&statement.node) {
            Some(line) if !line.old.halves.is_freed(generation) => Ok(()),
            _ => Err(SchemaError::FreedMemory { generation }),
        }
    }

    /// What a name meant at a version, from the copy that was made then.
    pub(super) fn copied(&self, key: NameKey<'_>, at: SchemaVersion) -> Option<ObjectId> {
        self.history.uncounted(|| self.history.find(SchemaKind::Table, key, at))
    }

    /// Rows that a refresh reads: tables and columns of all that changed, or of everything; how many of
    /// them are of columns; bytes of the schemas.
    pub(super) fn old_rows(&self, from: SchemaVersion) -> (u64, u64, u64) {
        let before = self.history.rows();
        let last = self.history.last();
        let mut ids = Vec::new();
        if from == SchemaVersion::ZERO {
            self.history.live(SchemaKind::Table, last, |id, _, _| ids.push((SchemaKind::Table, id)));
        } else {
            self.history.changes(from, last, |change| ids.push((change.kind, change.id)));
        }
        let schemas = ids.into_iter().filter_map(|(kind, id)| self.history.schema(kind, id, last));
        let bytes = schemas.map(|schema| schema.bytes()).sum();
        let read = self.history.rows() - before;
        (read.total(), read.columns, bytes)
    }

    /// Puts a new copy into a slot: schemas that changed anew, pointers to all.
    pub(super) fn publish_old(
        &mut self,
        id: NodeId,
        to: SchemaVersion,
        schemas: u64,
        out: &mut Vec<SchemaEvent>,
    ) -> bool {
        let mut tables = 0;
        self.history.uncounted(|| self.history.live(SchemaKind::Table, to, |_, _, _| tables += 1));
        let cost = self.knobs.get("copy-cost") as u64;
        let Some(line) = self.nodes.get_mut(&id) else { return false };
        let old = &mut line.old;
        if old.slots.put(to).is_err() {
            out.push(SchemaEvent::NoSlot { node: id, version: to });
            return false;
        }
        let bytes = schemas + POINTERS * tables;
        // What the copy before had for itself, and the schemas that were replaced.
        let replaced = if old.refreshed == SchemaVersion::ZERO { 0 } else { bytes.min(old.halves.live()) };
        old.halves.give_up(replaced);
        old.halves.take(bytes);
        old.refreshed = to;
        old.locked_until = old.locked_until.max(self.now) + SimTime(tables * cost / 1_000);
        true
    }

    /// The timer looks at the memory.
    pub(super) fn look(&mut self, id: NodeId, out: &mut Vec<SchemaEvent>) {
        let Some(line) = self.nodes.get_mut(&id) else { return };
        let old = &mut line.old;
        old.look_at = self.now + LOOK;
        match old.halves.look(self.now) {
            Switched::Not => {}
            Switched::To(state) => {
                let bytes = old.halves.bytes();
                out.push(SchemaEvent::Switched { node: id, state: state as u8, bytes });
            }
            Switched::Freed(generation) => out.push(SchemaEvent::Freed { node: id, generation }),
        }
    }
}
