//! Data versions and closed ranges of them.

use core::fmt;
use serde::{Deserialize, Serialize};

/// A data version of a tablet. −1 stands for "none yet" where a system uses it so.
pub type Version = i64;

/// What the reference systems send for "no upper bound": 2^63 − 2.
pub const INFINITE_VERSION: Version = i64::MAX - 1;

/// `[start, end]`, closed at both ends.
///
/// Ordered by start, then end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct VersionRange {
    /// First version.
    pub start: Version,
    /// Last version, included.
    pub end: Version,
}

impl VersionRange {
    /// `[start, end]`. A range with start above end is kept as it is: mechanisms refuse it by name.
    pub const fn new(start: Version, end: Version) -> Self {
        Self { start, end }
    }

    /// `[version, version]`.
    pub const fn single(version: Version) -> Self {
        Self { start: version, end: version }
    }

    /// Whether the range holds exactly one version.
    pub const fn is_single(self) -> bool {
        self.start == self.end
    }

    /// Whether `other` lies inside this range (equality included).
    pub const fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the version lies inside this range.
    pub const fn contains_version(self, version: Version) -> bool {
        self.start <= version && version <= self.end
    }

    /// Whether the two ranges share a version.
    pub const fn overlaps(self, other: Self) -> bool {
        self.start <= other.end && other.start <= self.end
    }

    /// Number of versions; 0 for a reversed range.
    pub const fn len(self) -> u64 {
        if self.end < self.start { 0 } else { self.end.abs_diff(self.start).saturating_add(1) }
    }

    /// Whether the range is reversed and so holds nothing.
    pub const fn is_empty(self) -> bool {
        self.end < self.start
    }
}

impl fmt::Display for VersionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}-{}]", self.start, self.end)
    }
}

impl fmt::Debug for VersionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
