//! Keys of the internal tables.
//!
//! ```text
//! history     (kind, id, version)                    __all_table_history and its kin: the record
//! columns     (table, ordinal, version)              __all_column_history: a name, or gone
//! current     (kind, id)                             __all_table and its kin: newest record
//! names       (kind, tenant, parent, name)           newest holder of each name
//! operations  (version, live, kind, id)              __all_ddl_operation: what changed, without columns
//! by name     (kind, tenant, parent, name, version, id)   index of history
//! by part     (partition, table, version)            index of history
//! by attr     (attribute, table, version)            index of history
//! indexes     (table, index)                         index of current
//! ```

use super::super::{NameKey, ObjectId, SchemaKind, SchemaVersion};
use crate::kv::{KeyRange, TupleKey, TupleReader};
use alloc::vec::Vec;

const HISTORY: u64 = 1;
const COLUMNS: u64 = 2;
const CURRENT: u64 = 3;
const NAMES: u64 = 4;
const OPERATIONS: u64 = 5;
const BY_NAME: u64 = 6;
const BY_PARTITION: u64 = 7;
const BY_ATTR: u64 = 8;
const INDEXES: u64 = 9;

fn of_kind(table: u64, kind: SchemaKind) -> TupleKey {
    TupleKey::new().u64(table).u64(kind.number() as u64)
}

pub(super) fn history(kind: SchemaKind, id: ObjectId, version: SchemaVersion) -> TupleKey {
    of_kind(HISTORY, kind).i64(id.0).i64(version.0)
}

/// Records of an object up to a version.
pub(super) fn history_upto(kind: SchemaKind, id: ObjectId, at: SchemaVersion) -> KeyRange {
    KeyRange::inclusive(of_kind(HISTORY, kind).i64(id.0), history(kind, id, at))
}

/// Records of a kind.
pub(super) fn history_of(kind: SchemaKind) -> KeyRange {
    KeyRange::prefix(of_kind(HISTORY, kind))
}

/// Id and version of a history key.
pub(super) fn read_history(key: &[u8]) -> (ObjectId, SchemaVersion) {
    let mut reader = TupleReader::new(key);
    skip(&mut reader, 2);
    (ObjectId(integer(&mut reader)), SchemaVersion(integer(&mut reader)))
}

pub(super) fn column(table: ObjectId, ordinal: u64, version: SchemaVersion) -> TupleKey {
    TupleKey::new().u64(COLUMNS).i64(table.0).u64(ordinal).i64(version.0)
}

/// Column records of a table.
pub(super) fn columns_of(table: ObjectId) -> KeyRange {
    KeyRange::prefix(TupleKey::new().u64(COLUMNS).i64(table.0))
}

/// Column records of all tables.
pub(super) fn columns() -> KeyRange {
    KeyRange::prefix(TupleKey::new().u64(COLUMNS))
}

/// Table, ordinal and version of a column's key.
pub(super) fn read_column(key: &[u8]) -> (ObjectId, u64, SchemaVersion) {
    let mut reader = TupleReader::new(key);
    skip(&mut reader, 1);
    (ObjectId(integer(&mut reader)), integer(&mut reader) as u64, SchemaVersion(integer(&mut reader)))
}

pub(super) fn current(kind: SchemaKind, id: ObjectId) -> TupleKey {
    of_kind(CURRENT, kind).i64(id.0)
}

/// Current rows of a kind.
pub(super) fn current_of(kind: SchemaKind) -> KeyRange {
    KeyRange::prefix(of_kind(CURRENT, kind))
}

/// Id of a current row.
pub(super) fn read_current(key: &[u8]) -> ObjectId {
    let mut reader = TupleReader::new(key);
    skip(&mut reader, 2);
    ObjectId(integer(&mut reader))
}

pub(super) fn name(kind: SchemaKind, key: NameKey<'_>) -> TupleKey {
    of_kind(NAMES, kind).i64(key.tenant.0).i64(key.parent.0).str(key.name)
}

/// Newest names below a parent.
pub(super) fn names_below(kind: SchemaKind, tenant: ObjectId, parent: ObjectId) -> KeyRange {
    KeyRange::prefix(of_kind(NAMES, kind).i64(tenant.0).i64(parent.0))
}

pub(super) fn operation(version: SchemaVersion, live: bool, kind: SchemaKind, id: ObjectId) -> TupleKey {
    TupleKey::new().u64(OPERATIONS).i64(version.0).u64(live.into()).u64(kind.number() as u64).i64(id.0)
}

/// Operations behind one version, up to another.
pub(super) fn operations(after: SchemaVersion, upto: SchemaVersion) -> KeyRange {
    let at = |version: i64| TupleKey::new().u64(OPERATIONS).i64(version);
    let end = KeyRange::prefix(at(upto.0)).end.unwrap_or_default();
    KeyRange::new(at(after.0.saturating_add(1)), end)
}

/// Version, kind and id of an operation, and whether the object is there from then on.
pub(super) fn read_operation(key: &[u8]) -> (SchemaVersion, SchemaKind, ObjectId, bool) {
    let mut reader = TupleReader::new(key);
    skip(&mut reader, 1);
    let version = SchemaVersion(integer(&mut reader));
    let live = integer(&mut reader) == 1;
    let kind = SchemaKind::ALL[integer(&mut reader) as usize];
    (version, kind, ObjectId(integer(&mut reader)), live)
}

fn by_name_prefix(kind: SchemaKind, key: NameKey<'_>) -> TupleKey {
    of_kind(BY_NAME, kind).i64(key.tenant.0).i64(key.parent.0).str(key.name)
}

pub(super) fn by_name(kind: SchemaKind, key: NameKey<'_>, version: SchemaVersion, id: ObjectId) -> TupleKey {
    by_name_prefix(kind, key).i64(version.0).i64(id.0)
}

/// Records that carry a name, up to a version.
pub(super) fn by_name_upto(kind: SchemaKind, key: NameKey<'_>, at: SchemaVersion) -> KeyRange {
    KeyRange::inclusive(by_name_prefix(kind, key), by_name(kind, key, at, ObjectId(i64::MAX)))
}

/// Records that carry any name below a parent.
pub(super) fn by_name_below(kind: SchemaKind, tenant: ObjectId, parent: ObjectId) -> KeyRange {
    KeyRange::prefix(of_kind(BY_NAME, kind).i64(tenant.0).i64(parent.0))
}

/// Version and id of a record that carries a name.
pub(super) fn read_by_name(key: &[u8]) -> (SchemaVersion, ObjectId) {
    let mut reader = TupleReader::new(key);
    skip(&mut reader, 4);
    reader.bytes().expect("a name");
    (SchemaVersion(integer(&mut reader)), ObjectId(integer(&mut reader)))
}

pub(super) fn by_partition(partition: ObjectId, table: ObjectId, version: SchemaVersion) -> TupleKey {
    TupleKey::new().u64(BY_PARTITION).i64(partition.0).i64(table.0).i64(version.0)
}

/// Records that have a partition.
pub(super) fn by_partition_of(partition: ObjectId) -> KeyRange {
    KeyRange::prefix(TupleKey::new().u64(BY_PARTITION).i64(partition.0))
}

pub(super) fn by_attr(attr: &str, table: ObjectId, version: SchemaVersion) -> TupleKey {
    TupleKey::new().u64(BY_ATTR).str(attr).i64(table.0).i64(version.0)
}

/// Records that have an attribute.
pub(super) fn by_attr_of(attr: &str) -> KeyRange {
    KeyRange::prefix(TupleKey::new().u64(BY_ATTR).str(attr))
}

/// Table of a record found by partition.
pub(super) fn read_by_partition(key: &[u8]) -> ObjectId {
    let mut reader = TupleReader::new(key);
    skip(&mut reader, 2);
    ObjectId(integer(&mut reader))
}

/// Table of a record found by attribute.
pub(super) fn read_by_attr(key: &[u8]) -> ObjectId {
    let mut reader = TupleReader::new(key);
    skip(&mut reader, 1);
    reader.bytes().expect("an attribute");
    ObjectId(integer(&mut reader))
}

pub(super) fn index(table: ObjectId, index: ObjectId) -> TupleKey {
    TupleKey::new().u64(INDEXES).i64(table.0).i64(index.0)
}

/// Indexes of a table.
pub(super) fn indexes_of(table: ObjectId) -> KeyRange {
    KeyRange::prefix(TupleKey::new().u64(INDEXES).i64(table.0))
}

/// Index of such a row.
pub(super) fn read_index(key: &[u8]) -> ObjectId {
    let mut reader = TupleReader::new(key);
    skip(&mut reader, 2);
    ObjectId(integer(&mut reader))
}

fn integer(reader: &mut TupleReader<'_>) -> i64 {
    reader.i64().expect("a key that this module wrote")
}

fn skip(reader: &mut TupleReader<'_>, integers: usize) {
    for _ in 0..integers {
        integer(reader);
    }
}

/// Every key of the index tables that a record of an object has.
pub(super) fn of_record(
    kind: SchemaKind,
    id: ObjectId,
    version: SchemaVersion,
    name: NameKey<'_>,
    object: &super::super::Object,
) -> Vec<TupleKey> {
    let mut keys = Vec::with_capacity(1 + object.partitions.len() + object.attrs.len());
    keys.push(by_name(kind, name, version, id));
    keys.extend(object.partitions.iter().map(|&partition| by_partition(partition, id, version)));
    keys.extend(object.attrs.iter().map(|attr| by_attr(attr, id, version)));
    keys
}
