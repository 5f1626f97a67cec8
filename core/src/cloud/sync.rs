//! What has a backend not seen yet?
//!
//! ```text
//! be    [0-1][2][3][4][5]              base 0, cumulative 1, point 4
//! ms    [0-1][2---3][4][5][6]          base 0, cumulative 2, point 4
//! ask                     6-∞          from behind the backend's newest version
//! send            4-∞                  the point did not move: a merge above it would look the same
//! ```
//!
//! Counters and point stand for a layout of rowsets. Which compactions a backend missed is read off
//! them alone; nothing is compared rowset by rowset. Invariant: what is sent contains every rowset whose
//! range differs from what the backend has. The older rule breaks it: it did not see that a full
//! compaction moved the point, took a gap of one cumulative compaction for that compaction's doing and
//! sent too little (apache/doris#55630).
//!
//! Source: Apache Doris, `cloud/src/meta-service/meta_service.cpp`, `calc_sync_versions`.

use crate::base::sort::sort_by_key;
use crate::base::{INFINITE_VERSION, Version, VersionRange};
use core::fmt;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// A layout, by how many compactions of each kind made it, and the cumulative point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SyncCursor {
    /// Base compactions, full ones included.
    pub base: i64,
    /// Cumulative compactions, empty ones included.
    pub cumulative: i64,
    /// Full compactions.
    pub full: i64,
    /// Cumulative point.
    pub point: Version,
}

impl SyncCursor {
    /// Of a tablet that was just created.
    pub const NEW: Self = Self { base: 0, cumulative: 0, full: 0, point: 2 };

    /// The first field that is larger here than there, with both values.
    pub fn ahead_of(&self, other: &Self) -> Option<(&'static str, i64, i64)> {
        [
            ("base count", self.base, other.base),
            ("cumulative count", self.cumulative, other.cumulative),
            ("cumulative point", self.point, other.point),
            ("full count", self.full, other.full),
        ]
        .into_iter()
        .find(|&(_, here, there)| here > there)
    }
}

impl fmt::Display for SyncCursor {
    /// `bc=1 cc=804 fc=1 cp=7465`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bc={} cc={} fc={} cp={}", self.base, self.cumulative, self.full, self.point)
    }
}

/// Which version of the rule is followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SyncRule {
    /// Full compactions are counted by themselves (September 2025).
    #[default]
    Newest,
    /// Before apache/doris#55630: they are not.
    WithoutFull,
}

/// Why a range is sent; more than one reason may have joined it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Because {
    /// The backend asked for versions it does not have.
    pub asked: bool,
    /// It missed base compactions: all below the point.
    pub base: bool,
    /// It missed cumulative ones.
    pub cumulative: Option<MissedCumulative>,
}

/// How far cumulative compactions that a backend missed may have reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MissedCumulative {
    /// Exactly one, and it moved the point: its output lies between the two points.
    BetweenPoints,
    /// Anything from the backend's point on.
    FromPoint,
}

/// One as a rule, three at most.
pub type SyncRanges = SmallVec<[SyncRange; 1]>;

/// Versions to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SyncRange {
    /// Rowsets whose end lies in it.
    pub range: VersionRange,
    /// Why.
    pub because: Because,
}

impl SyncRange {
    /// Whether the two overlap or are neighbours.
    const fn touches(&self, other: &Self) -> bool {
        self.range.end.saturating_add(1) >= other.range.start
            && other.range.end.saturating_add(1) >= self.range.start
    }

    fn join(&mut self, other: &Self) {
        self.range.start = self.range.start.min(other.range.start);
        self.range.end = self.range.end.max(other.range.end);
        self.because.asked |= other.because.asked;
        self.because.base |= other.because.base;
        self.because.cumulative = self.because.cumulative.or(other.because.cumulative);
    }
}

/// The ranges that a backend at `be` needs when the meta-service is at `ms`, by start; at most three.
///
/// A range joins only the first one that it touches, so an artificial question may get ranges that
/// touch or overlap.
pub fn calc_sync_versions(
    be: &SyncCursor,
    ms: &SyncCursor,
    asked: VersionRange,
    rule: SyncRule,
) -> SyncRanges {
    let mut ranges = SyncRanges::new();
    let mut add = |range: SyncRange| match ranges.iter_mut().find(|known| known.touches(&range)) {
        Some(known) => known.join(&range),
        None => ranges.push(range),
    };
    let below_point = ms.point.saturating_sub(1);
    if be.base < ms.base {
        let because = Because { base: true, ..Because::default() };
        add(SyncRange { range: VersionRange::new(0, below_point), because });
    }
    if be.cumulative < ms.cumulative {
        let same_full = rule == SyncRule::WithoutFull || be.full == ms.full;
        let one = be.point < ms.point && be.cumulative.saturating_add(1) == ms.cumulative && same_full;
        let (end, missed) = if one {
            (below_point, MissedCumulative::BetweenPoints)
        } else {
            (INFINITE_VERSION, MissedCumulative::FromPoint)
        };
        let because = Because { cumulative: Some(missed), ..Because::default() };
        add(SyncRange { range: VersionRange::new(be.point, end), because });
    }
    add(SyncRange { range: asked, because: Because { asked: true, ..Because::default() } });
    sort_by_key(&mut ranges, |range| range.range.start);
    ranges
}
