//! Why the store did not do what was asked. Nothing of the call was stored.

use crate::protocol::RunId;
use core::fmt;
use tabletop_core::record::{RecordError, SegmentError};

/// Why the store did not do what was asked. Nothing of the call was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// Another tab writes.
    ReadOnly,
    /// Another tab took over.
    Fenced,
    /// The run in the store is not the one this handle last saw: load it again.
    Stale(RunId),
    /// There is no such run.
    NoSuchRun(RunId),
    /// A newer Tabletop wrote it.
    NewerFormat {
        /// Its format.
        found: u32,
    },
    /// The run cannot be read; its bytes stay as they are.
    Damaged {
        /// What is wrong, with which part.
        what: String,
    },
    /// A batch that does not continue what is stored.
    Gap {
        /// The branch.
        branch: u32,
        /// Entries stored.
        stored: u64,
        /// Entries the batch takes for stored.
        from: u64,
    },
    /// A batch that contradicts itself or changes what is fixed.
    Batch(&'static str),
    /// An entry or header that cannot be packed.
    Unpackable(String),
    /// There is no room.
    Quota {
        /// What the browser said.
        why: String,
    },
    /// The transaction was aborted.
    Aborted {
        /// What the browser said.
        why: String,
    },
    /// The database is closed: a newer Tabletop or the browser asked for it, or site data went.
    Closed {
        /// What the browser said.
        why: String,
    },
}

impl StoreError {
    /// Whether there is no room.
    pub fn is_quota(&self) -> bool {
        matches!(self, Self::Quota { .. })
    }
}

impl From<SegmentError> for StoreError {
    fn from(error: SegmentError) -> Self {
        Self::Unpackable(error.to_string())
    }
}

impl From<RecordError> for StoreError {
    /// As for bytes that were read.
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::NewerFormat { found } => Self::NewerFormat { found },
            error => Self::Damaged { what: error.to_string() },
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReadOnly => f.write_str("another tab writes"),
            Self::Fenced => f.write_str("another tab took over"),
            Self::Stale(run) => write!(f, "run {} was changed by another tab", run.0),
            Self::NoSuchRun(run) => write!(f, "there is no run {}", run.0),
            Self::NewerFormat { found } => {
                write!(f, "a newer Tabletop wrote this (format {found}); update to read it")
            }
            Self::Damaged { what } => write!(f, "damaged: {what}"),
            Self::Gap { branch, stored, from } => {
                write!(f, "branch {branch} holds {stored} commands, the save begins at {from}")
            }
            Self::Batch(what) => write!(f, "cannot be saved: {what}"),
            Self::Unpackable(what) => write!(f, "cannot be packed: {what}"),
            Self::Quota { why } => write!(f, "no room left: {why}"),
            Self::Aborted { why } => write!(f, "the browser did not save: {why}"),
            Self::Closed { why } => write!(f, "the database is closed: {why}"),
        }
    }
}

impl core::error::Error for StoreError {}
