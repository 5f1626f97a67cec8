//! What a user does to a schema run, and what happens in it.

use super::SchemaLab;
use super::config::NodeId;
use crate::base::{Digest, SimTime};
use crate::lab::board::{BoardLab, Input, InputError, Kind, Value, Verb};
use crate::schema::{ObjectId, SchemaVersion};
use crate::view::board::Unit;
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// A DDL by hand. The number beside it is of the table, and of what else is named after one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// A new table.
    Create,
    /// A column more.
    Alter,
    /// To the name with `_r` behind it, or back.
    Rename,
    /// Under a new id.
    Truncate,
    /// It goes.
    Drop,
    /// A new view: a table of another kind.
    CreateView,
    /// A new index of the table.
    CreateIndex,
    /// The index goes.
    DropIndex,
    /// A new user.
    CreateUser,
    /// The user goes.
    DropUser,
    /// A new database.
    CreateDatabase,
    /// The database goes.
    DropDatabase,
    /// A new tenant.
    CreateTenant,
    /// The tenant goes, with all below it.
    DropTenant,
}

/// Each [`Change`] with its key.
pub(super) const ALL_CHANGES: &[(Change, &str)] = &[
    (Change::Create, "create"),
    (Change::Alter, "alter"),
    (Change::Rename, "rename"),
    (Change::Truncate, "truncate"),
    (Change::Drop, "drop"),
    (Change::CreateView, "create-view"),
    (Change::CreateIndex, "create-index"),
    (Change::DropIndex, "drop-index"),
    (Change::CreateUser, "create-user"),
    (Change::DropUser, "drop-user"),
    (Change::CreateDatabase, "create-database"),
    (Change::DropDatabase, "drop-database"),
    (Change::CreateTenant, "create-tenant"),
    (Change::DropTenant, "drop-tenant"),
];

const CHANGES: &[&str] = &{
    let mut keys = [""; ALL_CHANGES.len()];
    let mut at = 0;
    while at < keys.len() {
        keys[at] = ALL_CHANGES[at].1;
        at += 1;
    }
    keys
};

impl Change {
    /// One of the stream: mostly columns, now and then something else.
    pub(super) const fn of_stream(number: u64) -> Self {
        ALL_CHANGES[[1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 2, 2, 3, 4, 4, 6, 7, 5, 8, 9][number as usize % 20]].0
    }
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SchemaCommand {
    /// One DDL on a table of a number.
    Ddl {
        /// What.
        change: Change,
        /// Which table.
        table: u32,
    },
    /// A statement that resolves one name some versions ago.
    Statement {
        /// Node, from 1.
        node: u32,
        /// Which table.
        table: u32,
        /// So many schema versions before the refreshed one.
        back: u32,
        /// How long it works, ms.
        hold_ms: u32,
    },
    /// A compaction at an old snapshot: ids only, all tables.
    Compact {
        /// Node, from 1.
        node: u32,
        /// So many schema versions before the refreshed one.
        back: u32,
        /// How long it works, ms.
        hold_ms: u32,
    },
    /// A node refreshes now.
    Refresh {
        /// Node, from 1.
        node: u32,
    },
    /// A node rebuilds its maps now.
    Rebuild {
        /// Node, from 1.
        node: u32,
    },
    /// History before now goes, as far as nobody reads it.
    Recycle,
    /// A node loses its memory and starts again.
    Restart {
        /// Node, from 1.
        node: u32,
    },
    /// A knob is turned.
    Turn {
        /// Its place.
        knob: u16,
        /// To this.
        value: i64,
    },
}

const fn number(key: &'static str, min: i64, max: i64, default: i64) -> Input {
    Input { key, kind: Kind::Number { min, max, step: 1, unit: Unit::Number, default } }
}

const NODE: Input = number("node", 1, 8, 1);
const TABLE: Input = number("table", 0, 1_000_000, 0);
const BACK: Input = number("back", 0, 1_000_000, 0);
const WORKS: Input = number("works", 0, 36_000_000, 1_000);
const CHANGE: Input = Input { key: "change", kind: Kind::Choice { of: CHANGES, default: "alter" } };

/// What a user can do.
pub(super) const VERBS: &[Verb] = &[
    Verb { key: "ddl", arguments: &[CHANGE, TABLE] },
    Verb { key: "statement", arguments: &[NODE, TABLE, BACK, WORKS] },
    Verb { key: "compact", arguments: &[NODE, BACK, WORKS] },
    Verb { key: "refresh", arguments: &[NODE] },
    Verb { key: "rebuild", arguments: &[NODE] },
    Verb { key: "recycle", arguments: &[] },
    Verb { key: "restart", arguments: &[NODE] },
];

/// Makes a command from a verb and its values.
///
/// # Errors
/// There is no such verb, or the values do not fit.
pub(super) fn command(key: &str, values: &[Value]) -> Result<SchemaCommand, InputError> {
    let numbers = SchemaLab::verb(key)?.numbers(values)?;
    let at = |index: usize| numbers.get(index).copied().unwrap_or_default();
    Ok(match key {
        "ddl" => SchemaCommand::Ddl { change: ALL_CHANGES[at(0) as usize].0, table: at(1) as u32 },
        "statement" => SchemaCommand::Statement {
            node: at(0) as u32,
            table: at(1) as u32,
            back: at(2) as u32,
            hold_ms: at(3) as u32,
        },
        "compact" => SchemaCommand::Compact { node: at(0) as u32, back: at(1) as u32, hold_ms: at(2) as u32 },
        "refresh" => SchemaCommand::Refresh { node: at(0) as u32 },
        "rebuild" => SchemaCommand::Rebuild { node: at(0) as u32 },
        "recycle" => SchemaCommand::Recycle,
        _ => SchemaCommand::Restart { node: at(0) as u32 },
    })
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "fields are named after what they count")]
pub enum SchemaEvent {
    /// A DDL was carried out.
    Ddl { version: SchemaVersion, change: Change, table: String },
    /// A DDL of the stream found its table in another state.
    DdlRefused { code: i32, change: Change, table: String },
    /// A statement opened its guard.
    Began { statement: u64, node: NodeId, at: SchemaVersion },
    /// A statement waits for a version that the node has not refreshed.
    Waits { statement: u64, node: NodeId, wants: SchemaVersion, refreshed: SchemaVersion },
    /// A statement resolved its names.
    Resolved { statement: u64, names: u32, from_history: u32, rows: u64 },
    /// A statement ended.
    Ended { statement: u64, node: NodeId, hits: u32, misses: u32, took: SimTime },
    /// A statement failed.
    Failed { statement: u64, node: NodeId, code: i32, at: SchemaVersion },
    /// A refresh began.
    RefreshBegan { node: NodeId, rows: u64 },
    /// A refresh ended.
    Refreshed { node: NodeId, to: SchemaVersion, rows: u64, columns: u64, took: SimTime },
    /// A refresh took longer than allowed and was given up.
    RefreshFailed { node: NodeId, rows: u64, needs: SimTime },
    /// Every slot is referenced: a new version has no place.
    NoSlot { node: NodeId, version: SchemaVersion },
    /// A rebuild of the maps began.
    RebuildBegan { node: NodeId, base: SchemaVersion },
    /// New maps were swapped in.
    Swapped { node: NodeId, generation: u64, bytes_before: u64, bytes: u64 },
    /// Old maps were freed.
    Freed { node: NodeId, generation: u64 },
    /// The old design went on to another state of its memory.
    Switched { node: NodeId, state: u8, bytes: u64 },
    /// History went.
    Recycled { to: SchemaVersion, removed: u64 },
    /// Freed memory was read: the node is down.
    Crashed { node: NodeId, statement: u64, generation: u64 },
    /// A statement waits for the lock of the old design.
    Locked { statement: u64, node: NodeId, until: SimTime },
    /// A node is starting.
    Restarted { node: NodeId, until: SimTime },
    /// An answer changed within one statement.
    Wrong { statement: u64, name: String, first: Option<ObjectId>, then: Option<ObjectId> },
    /// A node was taken away.
    Removed { node: NodeId },
    /// A knob was turned.
    Turned { knob: u16, value: i64 },
}

impl SchemaEvent {
    pub(super) fn fold(&self, digest: &mut Digest) {
        if let Ok(bytes) = postcard::to_allocvec(self) {
            digest.bytes(&bytes);
        }
    }
}
