//! Writing records: each with its column rows, its current row and its index rows, in one batch.

use super::{Current, History, Operation, encode, keys};
use crate::kv::{OrderedKv, WriteBatch};
use crate::schema::{NameKey, Object, ObjectId, SchemaKind, SchemaVersion};
use alloc::string::String;
use alloc::vec::Vec;

/// A record to write.
#[derive(Clone, Debug)]
pub(super) struct Put {
    pub(super) kind: SchemaKind,
    pub(super) id: ObjectId,
    pub(super) object: Object,
    /// Columns that come, or go, by ordinal.
    pub(super) columns: Vec<(u64, Option<String>)>,
}

impl Put {
    pub(super) const fn object(kind: SchemaKind, id: ObjectId, object: Object) -> Self {
        Self { kind, id, object, columns: Vec::new() }
    }

    /// A table with all its columns.
    pub(super) fn table(id: ObjectId, object: Object, columns: Vec<String>) -> Self {
        let columns = (0..).zip(columns).map(|(ordinal, name)| (ordinal, Some(name))).collect();
        Self { kind: SchemaKind::Table, id, object, columns }
    }
}

impl History {
    /// Writes the records of one DDL, deletions first, so that whoever takes over a name comes last.
    pub(super) fn commit(&mut self, version: SchemaVersion, puts: &[Put]) {
        let mut batch = WriteBatch::new();
        for deleted in [true, false] {
            for put in puts.iter().filter(|put| put.object.deleted == deleted) {
                self.put(&mut batch, version, put);
            }
        }
        self.kv.apply(&batch);
        self.last = version;
    }

    fn put(&mut self, batch: &mut WriteBatch, version: SchemaVersion, put: &Put) {
        let Put { kind, id, object, columns } = put;
        let (kind, id) = (*kind, *id);
        let before = self.current(kind, id);
        let name = self.fold(&object.name).into_owned();
        let key = NameKey { tenant: object.tenant, parent: object.parent, name: &name };
        let mut left = None;
        if let Some(Current { object: before, .. }) = &before {
            let old = self.fold(&before.name);
            let old_key = NameKey { tenant: before.tenant, parent: before.parent, name: &old };
            if object.deleted || old_key != key {
                batch.delete(keys::name(kind, old_key));
            }
            if old_key != key {
                left = Some((before.parent, old.clone().into_owned()));
            }
            if kind == SchemaKind::Index && (object.deleted || before.table != object.table) {
                batch.delete(keys::index(before.table, id));
            }
        }
        if object.deleted {
            batch.delete(keys::current(kind, id));
        } else {
            batch.put(keys::current(kind, id), encode(&Current { version, object: object.clone() }));
            batch.put(keys::name(kind, key), encode(&id));
            if kind == SchemaKind::Index {
                batch.put(keys::index(object.table, id), b"");
            }
        }
        batch.put(keys::history(kind, id, version), encode(object));
        for index in keys::of_record(kind, id, version, key, object) {
            batch.put(index, b"");
        }
        for (ordinal, column) in columns {
            batch.put(keys::column(id, *ordinal, version), encode(column));
        }
        let operation = Operation { tenant: object.tenant, parent: object.parent, name, left };
        batch.put(keys::operation(version, !object.deleted, kind, id), encode(&operation));
        self.records += 1;
        self.column_records += columns.len() as u64;
    }
}
