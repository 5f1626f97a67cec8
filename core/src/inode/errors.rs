//! Why a request was not carried out, by the reference's names.

use super::WireError;
use core::fmt;
use serde::{Deserialize, Serialize};

/// Why a request was not carried out; nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InodeError {
    /// An inode of that number is there already.
    Exists,
    /// There is no inode of that number.
    NotFound,
    /// The server has no such partition.
    NoPartition,
    /// A removal meets a row that it covers in part, or that lies before it.
    Range {
        /// Ids of the removal's first and last entry.
        asked: (u64, u64),
        /// Ids of the row's first and last entry.
        row: (u64, u64),
    },
    /// A removal is longer than the counter is large.
    Counter {
        /// What the counter would have been, additions included.
        counter: u64,
        /// Entries to remove.
        removed: u64,
    },
    /// The lists have more entries than an answer may hold.
    TooLarge {
        /// What the counter says.
        counter: u64,
        /// Entries allowed.
        limit: u64,
    },
    /// Rows that a compaction read are not there any more, or not as it read them.
    Moved {
        /// The chunk.
        index: u64,
    },
    /// A value cannot be read.
    Value {
        /// Bytes before its end.
        left: usize,
    },
}

impl InodeError {
    /// The reference's name of it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Exists => "INODE_EXIST",
            Self::NotFound => "NOT_FOUND",
            Self::NoPartition => "PARTITION_NOT_FOUND",
            Self::Range { .. } | Self::Counter { .. } | Self::Moved { .. } | Self::Value { .. } => {
                "STORAGE_INTERNAL_ERROR"
            }
            Self::TooLarge { .. } => "INODE_S3_META_TOO_LARGE",
        }
    }
}

impl fmt::Display for InodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        match self {
            Self::Exists => write!(f, "{name}: the inode exists already"),
            Self::NotFound => write!(f, "{name}: there is no such inode"),
            Self::NoPartition => write!(f, "{name}: the server does not keep this partition"),
            Self::Range { asked, row } => write!(
                f,
                "{name}: a removal of ids {} to {} meets the row {} to {}; rows go whole",
                asked.0, asked.1, row.0, row.1
            ),
            Self::Counter { counter, removed } => {
                write!(f, "{name}: {removed} entries to remove, the counter says {counter}")
            }
            Self::TooLarge { counter, limit } => {
                write!(f, "{name}: {counter} entries, at most {limit} go into one answer; ask for a stream")
            }
            Self::Moved { index } => {
                write!(f, "{name}: rows of chunk {index} changed since they were read; read them again")
            }
            Self::Value { left } => write!(f, "{name}: a value cannot be read, {left} bytes before its end"),
        }
    }
}

impl core::error::Error for InodeError {}

impl From<WireError> for InodeError {
    fn from(error: WireError) -> Self {
        Self::Value { left: error.left }
    }
}
