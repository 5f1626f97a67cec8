//! Why a tablet refused.

use crate::base::{RowsetId, VersionRange};
use crate::version_graph::CaptureError;
use core::fmt;
use serde::{Deserialize, Serialize};

/// A rowset was to be added whose versions are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddError {
    /// What was to be added.
    pub range: VersionRange,
    /// The live rowset that holds it.
    pub covered_by: VersionRange,
}

impl AddError {
    /// The reference's code, `PUSH_VERSION_ALREADY_EXIST`.
    pub const fn code(&self) -> i32 {
        -908
    }
}

impl fmt::Display for AddError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is there already: the live rowset {} holds it", self.range, self.covered_by)
    }
}

impl core::error::Error for AddError {}

/// A rowset was to be replaced that is not, or no longer, live. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModifyError {
    /// What was to be replaced.
    pub id: RowsetId,
    /// Its versions.
    pub range: VersionRange,
    /// The live rowset of exactly these versions, if there is one.
    pub found: Option<RowsetId>,
}

impl ModifyError {
    /// The reference's code, `DELETE_VERSION_ERROR`.
    pub const fn code(&self) -> i32 {
        -504
    }
}

impl fmt::Display for ModifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} cannot be replaced: ", self.id, self.range)?;
        match self.found {
            Some(other) => write!(f, "the live rowset of these versions is {other}"),
            None => f.write_str("no live rowset has exactly these versions"),
        }
    }
}

impl core::error::Error for ModifyError {}

/// Why a read got no path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadError {
    /// No path, although live rowsets hold every version up to the wanted end: the end, or the
    /// start, lies inside a merged rowset whose parts are gone.
    AlreadyMerged {
        /// Where the walk ended.
        cause: CaptureError,
    },
    /// No path, and versions are missing.
    Missing {
        /// Where the walk ended.
        cause: CaptureError,
        /// The first run of versions up to the wanted end that no live rowset holds.
        missed: VersionRange,
    },
    /// The graph has a path, but neither map has a rowset for this part of it.
    NoRowset {
        /// The part.
        range: VersionRange,
    },
}

impl ReadError {
    /// The reference's code: −230, −804, or the walk's own 6 or 33.
    pub const fn code(&self) -> i32 {
        match self {
            Self::AlreadyMerged { .. } => -230,
            Self::Missing { cause, .. } => cause.code(),
            Self::NoRowset { .. } => -804,
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyMerged { cause } => write!(f, "already merged: {cause}"),
            Self::Missing { cause, missed } => write!(f, "{cause}; {missed} is missing"),
            Self::NoRowset { range } => write!(f, "{range} is on the path but has no rowset"),
        }
    }
}

impl core::error::Error for ReadError {}

/// Why a pick was not carried out. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ApplyError {
    /// It takes nothing.
    Nothing,
    /// Two inputs leave versions between them out.
    Gap {
        /// The one before.
        before: VersionRange,
        /// The one behind.
        behind: VersionRange,
    },
    /// An input is not, or no longer, live.
    NotLive(ModifyError),
}

impl ApplyError {
    /// The reference's code: −2000, 6 or −504.
    pub const fn code(&self) -> i32 {
        match self {
            Self::Nothing => -2000,
            Self::Gap { .. } => 6,
            Self::NotLive(error) => error.code(),
        }
    }
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing was picked, so there is nothing to merge"),
            Self::Gap { before, behind } => {
                write!(f, "{before} and {behind} leave a gap: merged, they would hide what lies between")
            }
            Self::NotLive(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ApplyError {}
