//! Which object did a name mean, and what did the object look like, at one version of the schema?
//!
//! ```text
//! DDL        create t   alter t   rename t→u   drop u                one counter of versions
//! version       10         20         30          40
//! name t     [10 id 7]  [20 id 7]  [30 –]                            newest N of each name
//! name u                           [30 id 7]   [40 –]                – is a tombstone
//! id 7        10 live    20 live    30 live     40 gone              newest n of each id
//! guard @25   t → id 7 → version 20 → schema (7, 20) from the cache, or built from the history
//! ```
//!
//! [`History`] is the truth: internal tables on the ordered store, written by DDL. A [`Node`] keeps
//! what it has refreshed of it: a [`NameMap`] and an [`IdMap`] per kind of schema, a [`SchemaCache`],
//! and [`Guard`]s, one per statement. [`SchemaService`] is one history with one node. `old` is the
//! design that all this replaced, `neighbours` are parts of other systems to set it against.
//!
//! Invariants:
//! - *one snapshot*: whatever a guard answers is a function of its version and the history, whatever
//!   DDL, refresh, rebuild, eviction or recycling happens while it is open;
//! - *contiguous suffix*: a list of the name map holds the newest events of its name without a gap;
//! - *pinned stays*: no eviction takes a schema that a guard holds;
//! - *refused, not absent*: a snapshot below the recycle point is an error, never "not found".
//!
//! Source: the design "multi-version schema service" of `OceanBase` 1.0. Differs: tombstones, the
//! re-check of a name by id, freeing by epochs; each of the original forms is a switch ([`Naive`]).

mod arena;
mod block_map;
mod cache;
pub mod check;
mod codec;
mod error;
mod groups;
mod guard;
mod history;
mod id_map;
mod name_map;
pub mod neighbours;
mod node;
mod object;
pub mod old;
mod rebuild;
mod service;
mod version;

#[cfg(test)]
mod tests;

pub use arena::{Arena, ArenaUse, Block};
pub use cache::{CacheKey, CacheUse, Cached, SchemaCache};
pub use error::SchemaError;
pub use guard::{Guard, GuardId};
pub use history::{CaseMode, Change, Ddl, History, Recycled, Rows, TablePlace};
pub use id_map::{IdMap, IdState, VersionWindow};
pub use name_map::{Found, NameEntry, NameKey, NameMap, Pair};
pub use node::{Naive, Node, NodeConfig, NodeUse, Source};
pub use object::{Object, Schema, TableKind};
pub use rebuild::{FreeRule, ReaderTicket, Retired};
pub use service::SchemaService;
pub use version::{SchemaVersion, is_formal_version, next_version};

use core::fmt;
use serde::{Deserialize, Serialize};

/// Names an object; never used again for another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectId(pub i64);

impl ObjectId {
    /// The tenant that is there from the start.
    pub const SYS: Self = Self(1);
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Kinds of schema; each has maps of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SchemaKind {
    /// A tenant; its name stands below nothing.
    Tenant,
    /// A database, below a tenant.
    Database,
    /// A table or view, below a database.
    Table,
    /// An index, which is a table of its own, below the database of its table.
    Index,
    /// A user, below a tenant.
    User,
}

impl SchemaKind {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 5] = [Self::Tenant, Self::Database, Self::Table, Self::Index, Self::User];

    /// From 0.
    pub const fn number(self) -> usize {
        self as usize
    }

    /// Its word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Database => "database",
            Self::Table => "table",
            Self::Index => "index",
            Self::User => "user",
        }
    }

    /// The kind of a word.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
