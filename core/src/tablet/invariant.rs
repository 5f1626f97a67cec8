//! The invariants of a tablet, tested from outside the mechanism.

use super::{CaptureOptions, Keying, Tablet};
use crate::base::sort::{sort, sort_by_key};
use crate::base::{PathId, RowsetId, VersionRange};
use crate::version_graph::CaptureError;
use alloc::vec::Vec;
use core::cmp::Reverse;
use core::fmt;

/// An invariant that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// Two ranges share versions, and neither contains the other.
    Crossing(VersionRange, VersionRange),
    /// Two live rowsets share versions.
    LiveOverlap(VersionRange, VersionRange),
    /// No version is missing, and yet the newest has no path.
    Unreadable(VersionRange, CaptureError),
    /// A stale path has a member that the stale map does not have.
    MemberGone(PathId, VersionRange),
    /// A range is on two stale paths.
    OnTwoPaths(VersionRange, PathId),
    /// A stale rowset is on no stale path: no sweep will ever find it.
    OnNoPath(RowsetId, VersionRange),
    /// The graph's edges of a range are not as many as rowsets of it: found, expected.
    Edges(VersionRange, usize, usize),
    /// A rowset is in two places.
    Twice(RowsetId),
    /// A rowset is in no map and never became unused.
    Leaked(RowsetId, VersionRange),
    /// A counter differs from what it counts: kept, counted.
    Counter(&'static str, u64, u64),
}

impl Broken {
    /// The invariant's name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Crossing(..) => "nested",
            Self::LiveOverlap(..) => "live-disjoint",
            Self::Unreadable(..) => "newest-readable",
            Self::MemberGone(..) | Self::OnTwoPaths(..) | Self::OnNoPath(..) => "stale-on-one-path",
            Self::Edges(..) => "edges-are-rowsets",
            Self::Twice(..) => "counted-once",
            Self::Leaked(..) => "nothing-leaks",
            Self::Counter(..) => "counters",
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crossing(a, b) => write!(f, "{a} and {b} cross"),
            Self::LiveOverlap(a, b) => write!(f, "live {a} and {b} share versions"),
            Self::Unreadable(range, cause) => write!(f, "{range} is complete but has no path: {cause}"),
            Self::MemberGone(path, range) => write!(f, "path {path} has {range}, the stale map has not"),
            Self::OnTwoPaths(range, path) => write!(f, "{range} is on path {path} and on another one"),
            Self::OnNoPath(id, range) => write!(f, "stale {id} {range} is on no path"),
            Self::Edges(range, found, expected) => {
                write!(f, "{range} has {found} edges for {expected} rowsets")
            }
            Self::Twice(id) => write!(f, "{id} is in two places"),
            Self::Leaked(id, range) => write!(f, "{id} {range} is lost: no map holds it, nobody removes it"),
            Self::Counter(what, kept, counted) => write!(f, "{what}: kept {kept}, counted {counted}"),
        }
    }
}

impl core::error::Error for Broken {}

impl Tablet {
    /// Tests every invariant that loads, checked merges and sweeps keep. O(n log n).
    ///
    /// # Errors
    /// The first one that does not hold.
    pub fn check(&self) -> Result<(), Broken> {
        if let Some(lost) = self.leaked().next() {
            return Err(Broken::Leaked(lost.meta.id, lost.meta.range));
        }
        self.check_ids()?;
        self.check_ranges()?;
        self.check_paths()?;
        self.check_edges()?;
        self.check_counters()
    }

    fn check_ids(&self) -> Result<(), Broken> {
        let ids = self.live().map(|meta| meta.id).chain(self.stale().map(|rowset| rowset.meta.id));
        let mut ids: Vec<_> = ids.collect();
        sort(&mut ids);
        match ids.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(twice) => Err(Broken::Twice(twice[0])),
            None => Ok(()),
        }
    }

    fn check_ranges(&self) -> Result<(), Broken> {
        let live: Vec<_> = self.live().map(|meta| meta.range).collect();
        if let Some(pair) = live.windows(2).find(|pair| pair[0].overlaps(pair[1])) {
            return Err(Broken::LiveOverlap(pair[0], pair[1]));
        }
        let mut all: Vec<_> =
            live.iter().copied().chain(self.stale().map(|rowset| rowset.meta.range)).collect();
        sort_by_key(&mut all, |range| (range.start, Reverse(range.end)));
        let mut open: Vec<VersionRange> = Vec::new();
        for range in all {
            while open.last().is_some_and(|outer| outer.end < range.start) {
                open.pop();
            }
            if let Some(&outer) = open.last()
                && !outer.contains(range)
            {
                return Err(Broken::Crossing(outer, range));
            }
            open.push(range);
        }
        let newest = self.max_version().end;
        let whole = VersionRange::new(0, newest);
        if !live.is_empty() && self.missed_ranges(newest).next().is_none() {
            let mut path = Vec::new();
            if let Err(cause) = self.graph().capture(whole, &mut path) {
                return Err(Broken::Unreadable(whole, cause));
            }
            let by_live = CaptureOptions { live_only: true, ..CaptureOptions::default() };
            let mut live_path = Vec::new();
            let served = self.capture(whole, by_live, &mut live_path);
            if served.is_err() || live_path != path {
                let at = path.iter().zip(&live_path).find(|(a, b)| a != b).map_or(newest, |(a, _)| a.start);
                return Err(Broken::Unreadable(whole, CaptureError::Stuck { at, wanted: newest + 1 }));
            }
        }
        Ok(())
    }

    fn check_paths(&self) -> Result<(), Broken> {
        let mut on_path = Vec::new();
        for path in self.stale_paths() {
            for &(range, _) in &path.members {
                if self.stale_at(range).is_none() {
                    return Err(Broken::MemberGone(path.id, range));
                }
                on_path.push((range, path.id));
            }
        }
        sort(&mut on_path);
        if let Some(pair) = on_path.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(Broken::OnTwoPaths(pair[1].0, pair[1].1));
        }
        let is_on_path = |range| on_path.binary_search_by_key(&range, |member| member.0).is_ok();
        match self.stale().find(|rowset| !is_on_path(rowset.meta.range)) {
            Some(rowset) => Err(Broken::OnNoPath(rowset.meta.id, rowset.meta.range)),
            None => Ok(()),
        }
    }

    fn check_edges(&self) -> Result<(), Broken> {
        let members = self.stale_paths().flat_map(|path| path.members.iter().map(|&(range, _)| range));
        let mut expected: Vec<_> = self.live().map(|meta| meta.range).chain(members).collect();
        sort(&mut expected);
        let mut found: Vec<_> = self.graph().ranges().collect();
        sort(&mut found);
        if expected == found {
            return Ok(());
        }
        let count = |ranges: &[VersionRange], range| ranges.iter().filter(|&&other| other == range).count();
        for &range in expected.iter().chain(&found) {
            let (found, expected) = (count(&found, range), count(&expected, range));
            if found != expected {
                return Err(Broken::Edges(range, found, expected));
            }
        }
        Ok(())
    }

    fn check_counters(&self) -> Result<(), Broken> {
        let orphans = self.graph().vertices().filter(|&(_, orphan)| orphan).count() as u64;
        let live_bytes = self.live().fold(0, |sum: u64, meta| sum.wrapping_add(meta.bytes));
        let stale_bytes = self.stale().fold(0, |sum: u64, rowset| sum.wrapping_add(rowset.meta.bytes));
        for (what, kept, counted) in [
            ("live bytes", self.live_bytes(), live_bytes),
            ("stale bytes", self.stale_bytes(), stale_bytes),
            ("orphans", self.graph().orphan_count() as u64, orphans),
        ] {
            if kept != counted {
                return Err(Broken::Counter(what, kept, counted));
            }
        }
        Ok(())
    }

    /// Whether the design itself may leak, so that a leak is a finding and not a fault.
    pub const fn may_leak(&self) -> bool {
        matches!(self.keying, Keying::ByVersion)
    }
}
