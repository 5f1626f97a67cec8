//! Schema versions.

use core::fmt;
use serde::{Deserialize, Serialize};

/// One step of formal versions; what lies between marks stages of a bootstrap.
const STEP: i64 = 8;

/// A version of the whole schema; every DDL takes the next one. From 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SchemaVersion(pub i64);

impl SchemaVersion {
    /// Before any DDL.
    pub const ZERO: Self = Self(0);
    /// After any DDL.
    pub const MAX: Self = Self(i64::MAX);

    /// The one right behind it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for SchemaVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The version that a DDL gets: the clock in µs, or the next formal one where the clock stands still
/// or goes back; always a multiple of 8. Source: `OceanBase`, version generator.
pub fn next_version(last: SchemaVersion, now_us: i64) -> SchemaVersion {
    let version = last.0.saturating_add(STEP).max(now_us);
    SchemaVersion(version - version.rem_euclid(STEP))
}

/// Whether a version is one that statements may use: a positive multiple of 8.
pub const fn is_formal_version(version: SchemaVersion) -> bool {
    version.0 > 0 && version.0 % STEP == 0
}
