//! The truth: internal tables, written by DDL and by nothing else.
//!
//! ```text
//! id 7 history    [10 "t"] [20 "t"] [30 "u"] [40 gone]       one record a change, never changed
//! at(7, 25)                 ^^^^^^^ the newest at or below
//! recycle to 35            (both go) [30 "u"] stays: the pivot, which snapshots 35 to 39 need
//! ```
//!
//! Every read is counted by table ([`Rows`]): that a refresh needs no column history is where its speed
//! comes from.

mod ddl;
mod keys;
mod query;
mod recycle;
mod write;

pub use ddl::{Ddl, TablePlace};
pub use recycle::Recycled;

use super::{NameKey, Object, ObjectId, SchemaKind, SchemaVersion};
use crate::kv::{Flow, KeyRange, KvUse, MemKv, Order, OrderedKv};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::Cell;
use core::ops::{ControlFlow, Sub};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Whether names that differ only in case are one name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CaseMode {
    /// They are two.
    #[default]
    Sensitive,
    /// They are one; the stored spelling is kept.
    Lower,
}

/// Rows read, by internal table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows {
    /// Table history and its kin.
    pub history: u64,
    /// Column history.
    pub columns: u64,
    /// Current rows.
    pub current: u64,
    /// Operations: table history by version, without columns.
    pub operations: u64,
    /// Names: table history by name.
    pub names: u64,
}

impl Rows {
    /// All together.
    pub const fn total(&self) -> u64 {
        self.history + self.columns + self.current + self.operations + self.names
    }
}

impl Sub for Rows {
    type Output = Self;
    /// What was read since `other` was taken.
    fn sub(self, other: Self) -> Self {
        Self {
            history: self.history - other.history,
            columns: self.columns - other.columns,
            current: self.current - other.current,
            operations: self.operations - other.operations,
            names: self.names - other.names,
        }
    }
}

/// What an operation changed, as refreshing reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub version: SchemaVersion,
    /// Kind of schema.
    pub kind: SchemaKind,
    /// The object.
    pub id: ObjectId,
    /// Whether it is there from then on.
    pub live: bool,
    /// Tenant.
    pub tenant: ObjectId,
    /// What its name stands below.
    pub parent: ObjectId,
    /// Its name, folded.
    pub name: String,
    /// Parent and folded name that it left.
    pub left: Option<(ObjectId, String)>,
}

/// Value of an operation's row.
#[derive(Serialize, Deserialize)]
struct Operation {
    tenant: ObjectId,
    parent: ObjectId,
    name: String,
    left: Option<(ObjectId, String)>,
}

/// Value of a current row.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Current {
    version: SchemaVersion,
    object: Object,
}

/// The internal tables.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct History {
    kv: MemKv,
    last: SchemaVersion,
    recycled: SchemaVersion,
    case: CaseMode,
    rows: Cell<Rows>,
    records: u64,
    column_records: u64,
}

impl Default for History {
    fn default() -> Self {
        Self::new(CaseMode::Sensitive)
    }
}

impl History {
    /// With the tenant `sys`, and nothing else.
    pub fn new(case: CaseMode) -> Self {
        let mut history = Self {
            kv: MemKv::new(),
            last: SchemaVersion::ZERO,
            recycled: SchemaVersion::ZERO,
            case,
            rows: Cell::default(),
            records: 0,
            column_records: 0,
        };
        let sys = Object { name: "sys".into(), ..Object::default() };
        history.commit(SchemaVersion::ZERO, &[write::Put::object(SchemaKind::Tenant, ObjectId::SYS, sys)]);
        history
    }

    /// Version of the last DDL.
    pub const fn last(&self) -> SchemaVersion {
        self.last
    }

    /// Snapshots below this one cannot be answered any more; 0 where all can.
    pub const fn recycled(&self) -> SchemaVersion {
        self.recycled
    }

    /// Object records kept.
    pub const fn records(&self) -> u64 {
        self.records
    }

    /// Column records kept.
    pub const fn column_records(&self) -> u64 {
        self.column_records
    }

    /// Rows read so far.
    pub fn rows(&self) -> Rows {
        self.rows.get()
    }

    /// Keys and bytes read and written so far.
    pub fn used(&self) -> KvUse {
        self.kv.used()
    }

    /// Bytes of all rows.
    pub const fn bytes(&self) -> u64 {
        self.kv.bytes()
    }

    /// Looks without counting: a screen or a checker must not change what a run has read.
    pub fn uncounted<T>(&self, look: impl FnOnce() -> T) -> T {
        let rows = self.rows.get();
        let seen = self.kv.uncounted(look);
        self.rows.set(rows);
        seen
    }

    /// A name as it is compared.
    pub fn fold<'a>(&self, name: &'a str) -> Cow<'a, str> {
        match self.case {
            CaseMode::Sensitive => Cow::Borrowed(name),
            CaseMode::Lower => Cow::Owned(name.to_lowercase()),
        }
    }

    fn count(&self, more: impl FnOnce(&mut Rows)) {
        let mut rows = self.rows.get();
        more(&mut rows);
        self.rows.set(rows);
    }

    fn visit(&self, range: &KeyRange, mut visitor: impl FnMut(&[u8], &[u8])) {
        self.kv.visit(range, Order::Ascending, &mut |key, value| {
            visitor(key, value);
            ControlFlow::Continue(())
        });
    }

    fn visit_down(&self, range: &KeyRange, mut visitor: impl FnMut(&[u8], &[u8]) -> Flow) {
        self.kv.visit(range, Order::Descending, &mut visitor);
    }

    fn current(&self, kind: SchemaKind, id: ObjectId) -> Option<Current> {
        self.count(|rows| rows.current += 1);
        self.kv.get(keys::current(kind, id).as_bytes()).map(|value| decode(&value))
    }

    /// The object that has a name now, by the newest history.
    fn holder(&self, kind: SchemaKind, tenant: ObjectId, parent: ObjectId, name: &str) -> Option<ObjectId> {
        let folded = self.fold(name);
        let key = keys::name(kind, NameKey { tenant, parent, name: &folded });
        self.count(|rows| rows.current += 1);
        self.kv.get(key.as_bytes()).map(|value| decode(&value))
    }
}

fn encode<T: Serialize>(row: &T) -> Vec<u8> {
    postcard::to_allocvec(row).expect("rows are plain data")
}

fn decode<T: DeserializeOwned>(row: &[u8]) -> T {
    postcard::from_bytes(row).expect("a row that this core wrote")
}
