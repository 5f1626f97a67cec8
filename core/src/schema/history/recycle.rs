//! Old history goes; what a snapshot at the recycle point needs stays.

use super::{History, Object, decode, keys};
use crate::kv::{OrderedKv, WriteBatch};
use crate::schema::{NameKey, ObjectId, SchemaKind, SchemaVersion};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What recycling did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recycled {
    /// Oldest snapshot that can still be answered.
    pub effective: SchemaVersion,
    /// Object records removed.
    pub removed: u64,
    /// Column records removed.
    pub columns_removed: u64,
}

impl History {
    /// Removes what only snapshots below `to` needed. The caller has made sure that nobody reads such
    /// a snapshot; `operations_to` is the oldest version that somebody still has to refresh from.
    /// `keep_pivot` is false only to show what removing the pivot does.
    ///
    /// Of each object the newest record at or below `to` stays, unless it is a deletion. O(history)
    pub fn recycle(&mut self, to: SchemaVersion, operations_to: SchemaVersion, keep_pivot: bool) -> Recycled {
        let nothing = Recycled { effective: self.recycled, removed: 0, columns_removed: 0 };
        if to <= self.recycled {
            return nothing;
        }
        let mut batch = WriteBatch::new();
        let mut removed = 0;
        for kind in SchemaKind::ALL {
            removed += self.recycle_objects(kind, to, keep_pivot, &mut batch);
        }
        let columns_removed = self.recycle_columns(to, &mut batch);
        batch.clear(keys::operations(SchemaVersion(-1), operations_to.min(to)));
        self.kv.apply(&batch);
        self.recycled = to;
        self.records -= removed;
        self.column_records -= columns_removed;
        Recycled { effective: to, removed, columns_removed }
    }

    fn recycle_objects(
        &self,
        kind: SchemaKind,
        to: SchemaVersion,
        keep_pivot: bool,
        batch: &mut WriteBatch,
    ) -> u64 {
        let mut old: Vec<(ObjectId, SchemaVersion, Object)> = Vec::new();
        let mut removed = 0;
        let mut finish = |old: &mut Vec<(ObjectId, SchemaVersion, Object)>, batch: &mut WriteBatch| {
            if keep_pivot && old.last().is_some_and(|(_, _, newest)| !newest.deleted) {
                old.pop();
            }
            for (id, version, object) in old.drain(..) {
                removed += 1;
                batch.delete(keys::history(kind, id, version));
                let name = self.fold(&object.name);
                let key = NameKey { tenant: object.tenant, parent: object.parent, name: &name };
                for index in keys::of_record(kind, id, version, key, &object) {
                    batch.delete(index);
                }
            }
        };
        self.visit(&keys::history_of(kind), |key, value| {
            let (id, version) = keys::read_history(key);
            if old.last().is_some_and(|(other, _, _)| *other != id) {
                finish(&mut old, batch);
            }
            if version <= to {
                old.push((id, version, decode(value)));
            }
        });
        finish(&mut old, batch);
        removed
    }

    fn recycle_columns(&self, to: SchemaVersion, batch: &mut WriteBatch) -> u64 {
        let mut old: Vec<(ObjectId, u64, SchemaVersion, bool)> = Vec::new();
        let mut removed = 0;
        let mut finish = |old: &mut Vec<(ObjectId, u64, SchemaVersion, bool)>, batch: &mut WriteBatch| {
            if old.last().is_some_and(|newest| newest.3) {
                old.pop();
            }
            for (table, ordinal, version, _) in old.drain(..) {
                removed += 1;
                batch.delete(keys::column(table, ordinal, version));
            }
        };
        self.visit(&keys::columns(), |key, value| {
            let (table, ordinal, version) = keys::read_column(key);
            if old.last().is_some_and(|other| (other.0, other.1) != (table, ordinal)) {
                finish(&mut old, batch);
            }
            if version <= to {
                old.push((table, ordinal, version, decode::<Option<String>>(value).is_some()));
            }
        });
        finish(&mut old, batch);
        removed
    }
}
