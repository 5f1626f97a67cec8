//! What is refused, by the reference's name and code.

use super::SchemaVersion;
use core::fmt;

/// Why an operation was refused; nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemaError {
    /// A DDL's version is not above the last one's.
    StaleVersion {
        /// The DDL's.
        version: SchemaVersion,
        /// The last one's.
        last: SchemaVersion,
    },
    /// A tenant has this name.
    TenantExists,
    /// No tenant has this name.
    TenantNotExist,
    /// A database of the tenant has this name.
    DatabaseExists,
    /// No database of the tenant has this name.
    DatabaseNotExist,
    /// A table of the database has this name.
    TableExists,
    /// No table of the database has this name.
    TableNotExist,
    /// The table has this column.
    ColumnExists,
    /// The table does not have this column.
    ColumnNotExist,
    /// An index of the database has this name.
    IndexExists,
    /// No index of the database has this name.
    IndexNotExist,
    /// The table does not have this partition.
    PartitionNotExist,
    /// A user of the tenant has this name.
    UserExists,
    /// No user of the tenant has this name.
    UserNotExist,
    /// A snapshot that no statement can use, or a name that no object can have.
    InvalidArgument {
        /// What is wrong with it.
        what: &'static str,
        /// The number.
        value: i64,
    },
    /// The snapshot is newer than what the node has refreshed: wait, refresh, or run again elsewhere.
    SchemaEagain {
        /// Asked for.
        asked: SchemaVersion,
        /// Refreshed up to here.
        refreshed: SchemaVersion,
    },
    /// The history below a point is gone, so the snapshot cannot be answered truthfully.
    SchemaRecycled {
        /// Asked for.
        asked: SchemaVersion,
        /// The oldest snapshot that can be.
        oldest: SchemaVersion,
    },
    /// The guard was closed, or never opened.
    GuardClosed,
    /// The name map is being rebuilt already.
    Busy,
    /// No rebuild is running.
    NotRunning,
    /// One schema is larger than the whole cache.
    CacheTooSmall {
        /// Bytes of the schema.
        needed: u64,
        /// Bytes of the cache.
        limit: u64,
    },
    /// Every slot is referenced.
    Eagain {
        /// Number of slots.
        slots: usize,
    },
    /// A slot or entry that is not there.
    EntryNotExist {
        /// The version asked for.
        version: SchemaVersion,
    },
    /// A reference is given back that nobody took.
    NotHeld {
        /// The version.
        version: SchemaVersion,
    },
    /// Memory was read after it had been freed: what the reference calls a core.
    FreedMemory {
        /// Generation of the maps that the reader entered.
        generation: u64,
    },
}

impl SchemaError {
    /// The name that the scenarios and the JavaScript API use.
    pub const fn name(&self) -> &'static str {
        self.code_and_name().1
    }

    /// The reference's number (`OceanBase` `ob_errno.h`).
    pub const fn code(&self) -> i32 {
        self.code_and_name().0
    }

    const fn code_and_name(&self) -> (i32, &'static str) {
        match self {
            Self::StaleVersion { .. } => (-4177, "STALE_VERSION"),
            Self::TenantExists => (-5156, "TENANT_EXISTS"),
            Self::TenantNotExist => (-5157, "TENANT_NOT_EXIST"),
            Self::DatabaseExists => (-5158, "DATABASE_EXISTS"),
            Self::DatabaseNotExist => (-5154, "DATABASE_NOT_EXIST"),
            Self::TableExists => (-5020, "TABLE_EXISTS"),
            Self::TableNotExist => (-5019, "TABLE_NOT_EXIST"),
            Self::ColumnExists => (-5008, "COLUMN_EXISTS"),
            Self::ColumnNotExist => (-5031, "COLUMN_NOT_EXIST"),
            Self::IndexExists => (-5025, "INDEX_EXISTS"),
            Self::IndexNotExist => (-5092, "INDEX_NOT_EXIST"),
            Self::PartitionNotExist => (-5146, "PARTITION_NOT_EXIST"),
            Self::UserExists => (-5050, "USER_EXISTS"),
            Self::UserNotExist => (-5035, "USER_NOT_EXIST"),
            Self::InvalidArgument { .. } => (-4002, "INVALID_ARGUMENT"),
            Self::SchemaEagain { .. } => (-5627, "SCHEMA_EAGAIN"),
            Self::SchemaRecycled { .. } => (-4138, "SCHEMA_RECYCLED"),
            Self::GuardClosed => (-4006, "GUARD_CLOSED"),
            Self::Busy => (-4023, "BUSY"),
            Self::NotRunning => (-4250, "NOT_RUNNING"),
            Self::CacheTooSmall { .. } => (-4019, "CACHE_TOO_SMALL"),
            Self::Eagain { .. } => (-4023, "EAGAIN"),
            Self::EntryNotExist { .. } => (-4018, "ENTRY_NOT_EXIST"),
            Self::NotHeld { .. } => (-4178, "NOT_HELD"),
            Self::FreedMemory { .. } => (-4016, "FREED_MEMORY"),
        }
    }
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): ", self.name(), self.code())?;
        match self {
            Self::StaleVersion { version, last } => {
                write!(f, "version {version} is not above {last}; take a newer one")
            }
            Self::TenantExists => f.write_str("a tenant of this name exists; choose another name"),
            Self::TenantNotExist => f.write_str("no tenant has this name; create it first"),
            Self::DatabaseExists => f.write_str("a database of this name exists; choose another name"),
            Self::DatabaseNotExist => f.write_str("no database has this name; create it first"),
            Self::TableExists => f.write_str("a table of this name exists; choose another name"),
            Self::TableNotExist => f.write_str("no table has this name; create it first"),
            Self::ColumnExists => f.write_str("the table has this column; choose another name"),
            Self::ColumnNotExist => f.write_str("the table does not have this column"),
            Self::IndexExists => f.write_str("an index of this name exists; choose another name"),
            Self::IndexNotExist => f.write_str("no index has this name; create it first"),
            Self::PartitionNotExist => f.write_str("the table does not have this partition"),
            Self::UserExists => f.write_str("a user of this name exists; choose another name"),
            Self::UserNotExist => f.write_str("no user has this name; create it first"),
            Self::InvalidArgument { what, value } => write!(f, "{what}, not {value}"),
            Self::SchemaEagain { asked, refreshed } => write!(
                f,
                "snapshot {asked} is newer than what this node has refreshed ({refreshed}); refresh and try again"
            ),
            Self::SchemaRecycled { asked, oldest } => {
                write!(f, "snapshot {asked} is older than the recycled history; use {oldest} or newer")
            }
            Self::GuardClosed => f.write_str("the guard is not open; open one for the statement"),
            Self::Busy => f.write_str("the name map is being rebuilt; finish that first"),
            Self::NotRunning => f.write_str("no rebuild of the name map is running; begin one"),
            Self::CacheTooSmall { needed, limit } => {
                write!(f, "one schema takes {needed} bytes, the whole cache has {limit}; enlarge it")
            }
            Self::Eagain { slots } => write!(f, "all {slots} slots are referenced; release one"),
            Self::EntryNotExist { version } => write!(f, "no slot holds version {version}"),
            Self::NotHeld { version } => write!(f, "nobody holds version {version}"),
            Self::FreedMemory { generation } => {
                write!(f, "the maps of generation {generation} were freed under a reader")
            }
        }
    }
}

impl core::error::Error for SchemaError {}
