//! An object's state, and the whole schema built from it.

use super::{ObjectId, SchemaKind, SchemaVersion};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What sort of table it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TableKind {
    /// Holds rows.
    #[default]
    Base,
    /// Stands for a query.
    View,
}

/// A history record without columns: what refreshing reads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// The tenant it belongs to; 0 of a tenant.
    pub tenant: ObjectId,
    /// Database of a table or index, tenant of a database or user, 0 of a tenant.
    pub parent: ObjectId,
    /// As it was written.
    pub name: String,
    /// The record says that the object is gone; the rest is what it was last.
    pub deleted: bool,
    /// Table of an index, else 0.
    pub table: ObjectId,
    /// Sort of a table.
    pub table_kind: TableKind,
    /// Properties that tables are listed by.
    pub attrs: Vec<String>,
    /// Partitions of a table.
    pub partitions: Vec<ObjectId>,
}

/// Everything about one object at one of its versions: what the cache holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// Kind of schema.
    pub kind: SchemaKind,
    /// The object.
    pub id: ObjectId,
    /// The object's own version: when it was last changed at the snapshot it was built for.
    pub version: SchemaVersion,
    /// Its record.
    pub object: Object,
    /// Columns of a table, in order.
    pub columns: Vec<String>,
}

impl Schema {
    /// What it takes up in a cache, B. A fixed part, and 96 for each column beside its name: a
    /// table of 4 columns comes to about 1.1 kB in `TiDB` and more in `OceanBase`; this is counted from
    /// what is stored here, at a schema of the same shape.
    pub fn bytes(&self) -> u64 {
        let names = self.object.name.len()
            + self.columns.iter().map(String::len).sum::<usize>()
            + self.object.attrs.iter().map(String::len).sum::<usize>();
        let parts = self.columns.len() * 96 + self.object.attrs.len() * 24 + self.object.partitions.len() * 8;
        (512 + names + parts) as u64
    }
}
