//! Questions to the internal tables.

use super::{Change, Current, History, Object, Operation, decode, keys};
use crate::schema::{NameKey, ObjectId, Pair, Schema, SchemaKind, SchemaVersion};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::ControlFlow;

impl History {
    /// The newest record of an object at or below a version; a deletion is a record too. One row.
    pub fn record(
        &self,
        kind: SchemaKind,
        id: ObjectId,
        at: SchemaVersion,
    ) -> Option<(SchemaVersion, Object)> {
        let mut found = None;
        self.visit_down(&keys::history_upto(kind, id, at), |key, value| {
            found = Some((keys::read_history(key).1, decode::<Object>(value)));
            ControlFlow::Break(())
        });
        self.count(|rows| rows.history += 1);
        found
    }

    /// An object as it was at a version; nothing where it was not there.
    pub fn object(
        &self,
        kind: SchemaKind,
        id: ObjectId,
        at: SchemaVersion,
    ) -> Option<(SchemaVersion, Object)> {
        self.record(kind, id, at).filter(|(_, object)| !object.deleted)
    }

    /// The object that a name meant at a version. Every object that ever carried the name up to then
    /// is looked at by its id: it may have been renamed since, or dropped.
    pub fn find(&self, kind: SchemaKind, key: NameKey<'_>, at: SchemaVersion) -> Option<ObjectId> {
        let mut seen = BTreeSet::new();
        let mut found = None;
        let mut rows = 0;
        self.visit_down(&keys::by_name_upto(kind, key, at), |row, _| {
            rows += 1;
            let (_, id) = keys::read_by_name(row);
            if seen.insert(id) && self.carries(kind, id, key, at) {
                found = Some(id);
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        self.count(|counted| counted.names += rows);
        found
    }

    /// The original design's query: the greatest version among the records that carry the name. It
    /// answers with an object that has been renamed since; see `check::answers`.
    pub fn find_naively(
        &self,
        kind: SchemaKind,
        key: NameKey<'_>,
        at: SchemaVersion,
    ) -> Option<(SchemaVersion, ObjectId)> {
        let mut found = None;
        self.visit_down(&keys::by_name_upto(kind, key, at), |row, _| {
            found = Some(keys::read_by_name(row));
            ControlFlow::Break(())
        });
        self.count(|counted| counted.names += 1);
        let (version, id) = found?;
        let deleted = self.record(kind, id, version).is_none_or(|(_, object)| object.deleted);
        (!deleted).then_some((version, id))
    }

    fn carries(&self, kind: SchemaKind, id: ObjectId, key: NameKey<'_>, at: SchemaVersion) -> bool {
        self.object(kind, id, at).is_some_and(|(_, object)| {
            object.tenant == key.tenant && object.parent == key.parent && self.fold(&object.name) == key.name
        })
    }

    /// Builds one schema, of the object as it was at a version.
    pub fn schema(&self, kind: SchemaKind, id: ObjectId, at: SchemaVersion) -> Option<Schema> {
        let (version, object) = self.object(kind, id, at)?;
        let columns = if kind == SchemaKind::Table { self.columns(id, version) } else { Vec::new() };
        let columns = columns.into_iter().map(|(_, name)| name).collect();
        Some(Schema { kind, id, version, object, columns })
    }

    /// Columns of a table at a version, with their ordinals.
    pub(super) fn columns(&self, table: ObjectId, at: SchemaVersion) -> Vec<(u64, String)> {
        let mut columns: Vec<(u64, Option<String>)> = Vec::new();
        let mut rows = 0;
        self.visit(&keys::columns_of(table), |key, value| {
            rows += 1;
            let (_, ordinal, version) = keys::read_column(key);
            if version > at {
                return;
            }
            let name = decode::<Option<String>>(value);
            match columns.last_mut() {
                Some((last, newest)) if *last == ordinal => *newest = name,
                _ => columns.push((ordinal, name)),
            }
        });
        self.count(|counted| counted.columns += rows);
        columns.into_iter().filter_map(|(ordinal, name)| Some((ordinal, name?))).collect()
    }

    /// Shows what changed behind one version up to another, by version, deletions first. Reads
    /// operations only.
    pub fn changes(&self, after: SchemaVersion, upto: SchemaVersion, mut visitor: impl FnMut(Change)) {
        if upto <= after {
            return;
        }
        let mut rows = 0;
        self.visit(&keys::operations(after, upto), |key, value| {
            rows += 1;
            let (version, kind, id, live) = keys::read_operation(key);
            let Operation { tenant, parent, name, left } = decode(value);
            visitor(Change { version, kind, id, live, tenant, parent, name, left });
        });
        self.count(|counted| counted.operations += rows);
    }

    /// Shows every object of a kind that was there at a version, by id: current rows, and for what
    /// has changed since the history.
    pub fn live(
        &self,
        kind: SchemaKind,
        at: SchemaVersion,
        mut visitor: impl FnMut(ObjectId, SchemaVersion, Object),
    ) {
        let mut later = BTreeSet::new();
        self.changes(at, self.last(), |change| {
            if change.kind == kind {
                later.insert(change.id);
            }
        });
        let mut rows = 0;
        self.visit(&keys::current_of(kind), |key, value| {
            rows += 1;
            let id = keys::read_current(key);
            if !later.contains(&id) {
                let Current { version, object } = decode(value);
                visitor(id, version, object);
            }
        });
        self.count(|counted| counted.current += rows);
        for id in later {
            if let Some((version, object)) = self.object(kind, id, at) {
                visitor(id, version, object);
            }
        }
    }

    /// Version of every object of a kind that was there at a version, dropped ones of today
    /// included: the grouped query that a compaction at an old version begins with.
    pub fn version_set(&self, kind: SchemaKind, at: SchemaVersion) -> BTreeMap<ObjectId, SchemaVersion> {
        let mut set = BTreeMap::new();
        let mut rows = 0;
        self.visit(&keys::history_of(kind), |key, value| {
            rows += 1;
            let (id, version) = keys::read_history(key);
            if version > at {
                return;
            }
            if decode::<Object>(value).deleted {
                set.remove(&id);
            } else {
                set.insert(id, version);
            }
        });
        self.count(|counted| counted.history += rows);
        set
    }

    /// Objects of a kind below a parent at a version, by id. Reads nothing of other parents.
    pub fn below(
        &self,
        kind: SchemaKind,
        tenant: ObjectId,
        parent: ObjectId,
        at: SchemaVersion,
    ) -> Vec<(ObjectId, Object)> {
        let mut ids = BTreeSet::new();
        let mut rows = 0;
        self.visit(&keys::by_name_below(kind, tenant, parent), |key, _| {
            rows += 1;
            let (version, id) = keys::read_by_name(key);
            if version <= at {
                ids.insert(id);
            }
        });
        self.count(|counted| counted.names += rows);
        let there = |id: ObjectId| {
            let (_, object) = self.object(kind, id, at)?;
            (object.tenant == tenant && object.parent == parent).then_some((id, object))
        };
        ids.into_iter().filter_map(there).collect()
    }

    /// Tables that have an attribute at a version, by id.
    pub fn with_attr(&self, attr: &str, at: SchemaVersion) -> Vec<(ObjectId, Object)> {
        let mut ids = BTreeSet::new();
        self.visit(&keys::by_attr_of(attr), |key, _| {
            ids.insert(keys::read_by_attr(key));
        });
        let there = |id: ObjectId| {
            let (_, object) = self.object(SchemaKind::Table, id, at)?;
            object.attrs.iter().any(|has| has == attr).then_some((id, object))
        };
        ids.into_iter().filter_map(there).collect()
    }

    /// The table that has a partition at a version.
    pub fn table_of_partition(&self, partition: ObjectId, at: SchemaVersion) -> Option<ObjectId> {
        let mut ids = BTreeSet::new();
        self.visit(&keys::by_partition_of(partition), |key, _| {
            ids.insert(keys::read_by_partition(key));
        });
        ids.into_iter().find(|&id| {
            self.object(SchemaKind::Table, id, at)
                .is_some_and(|(_, object)| object.partitions.contains(&partition))
        })
    }

    /// Every event of a name, newest first, from the records alone: what a list of the name map is
    /// held against. Below the recycle point events are missing.
    pub fn events(&self, kind: SchemaKind, key: NameKey<'_>, upto: SchemaVersion) -> Vec<Pair> {
        let mut ids = BTreeSet::new();
        self.visit(&keys::by_name_upto(kind, key, upto), |row, _| {
            ids.insert(keys::read_by_name(row).1);
        });
        let mut events: BTreeMap<SchemaVersion, Option<ObjectId>> = BTreeMap::new();
        for id in ids {
            let mut had = false;
            self.visit(&keys::history_upto(kind, id, upto), |row, value| {
                let (_, version) = keys::read_history(row);
                let object: Object = decode(value);
                let has = !object.deleted
                    && object.tenant == key.tenant
                    && object.parent == key.parent
                    && self.fold(&object.name) == key.name;
                if has {
                    events.insert(version, Some(id));
                } else if had {
                    events.entry(version).or_insert(None);
                }
                had = has;
            });
        }
        events.into_iter().rev().map(|(version, id)| Pair { version, id }).collect()
    }

    /// Every record of an object, oldest first; whether it is there from then on.
    pub fn versions(&self, kind: SchemaKind, id: ObjectId) -> Vec<(SchemaVersion, bool)> {
        let mut versions = Vec::new();
        self.visit(&keys::history_upto(kind, id, SchemaVersion::MAX), |key, value| {
            versions.push((keys::read_history(key).1, !decode::<Object>(value).deleted));
        });
        self.count(|counted| counted.history += versions.len() as u64);
        versions
    }

    /// Shows every record of a kind by id and version: what a node that starts from nothing reads.
    pub fn all_records(&self, kind: SchemaKind, mut visitor: impl FnMut(ObjectId, SchemaVersion, Object)) {
        let mut rows = 0;
        self.visit(&keys::history_of(kind), |key, value| {
            rows += 1;
            let (id, version) = keys::read_history(key);
            visitor(id, version, decode(value));
        });
        self.count(|counted| counted.history += rows);
    }
}
