//! The rowsets of a view: a row of versions, or all that a tablet keeps.
//!
//! ```text
//! synced        [0-1][2][3][4]           a row: each begins where the one before ended
//! then merged   [0-1][2-----4]           a tablet: graph, stale rowsets, paths
//!                 #1 [2][3][4]
//! ```
//!
//! Of a million tablets most were read or loaded a few times. Their rowsets only ever followed one another, so the
//! graph has one path and nothing is stale: half a kilobyte of empty tables, and to read is to go along the
//! row. The first change of another kind makes a [`Tablet`] of it, equal to one that was kept from the start.

use crate::base::{SimTime, Version, VersionRange};
use crate::rowset::RowsetMeta;
use crate::tablet::{CaptureOptions, Keying, ReadError, Sweep, SweepRule, Tablet};
use crate::version_graph::CaptureError;
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;
use either::Either;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// One rowset inside the view, as most have; more on the heap.
type Row = SmallVec<[RowsetMeta; 1]>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Rowsets {
    /// From version 0 on without a gap; none, or a few. The point is the view's.
    Row(Row),
    /// Everything else.
    Tablet(Box<Tablet>),
}

impl Default for Rowsets {
    fn default() -> Self {
        Self::Row(Row::new())
    }
}

/// A tablet that nothing happened to but that these rowsets came.
fn tablet_of(row: &[RowsetMeta], point: Version) -> Tablet {
    let mut tablet = Tablet::create(row, Keying::ById);
    tablet.set_point(point);
    tablet
}

/// Whether a rowset continues a row, which it may begin. None ends where there is no next version.
fn follows(row: &[RowsetMeta], range: VersionRange) -> bool {
    let next = row.last().map_or(0, |last| last.range.end + 1);
    range.start == next && !range.is_empty() && range.end < Version::MAX - 1
}

impl Rowsets {
    /// Live rowsets by range.
    pub(super) fn live(&self) -> impl DoubleEndedIterator<Item = &RowsetMeta> + ExactSizeIterator {
        match self {
            Self::Row(row) => Either::Left(row.iter()),
            Self::Tablet(tablet) => Either::Right(tablet.live()),
        }
    }

    /// Number of live rowsets. O(1).
    pub(super) fn live_len(&self) -> usize {
        match self {
            Self::Row(row) => row.len(),
            Self::Tablet(tablet) => tablet.live_len(),
        }
    }

    /// Live rowsets that a range contains. O(log n) to the first.
    pub(super) fn live_within(&self, range: VersionRange) -> impl Iterator<Item = &RowsetMeta> {
        match self {
            Self::Row(row) => {
                let from = row.partition_point(|meta| meta.range.start < range.start);
                Either::Left(row[from..].iter().take_while(move |meta| range.contains(meta.range)))
            }
            Self::Tablet(tablet) => Either::Right(tablet.live_within(range)),
        }
    }

    /// The live rowset of exactly this range. O(log n).
    pub(super) fn live_at(&self, range: VersionRange) -> Option<&RowsetMeta> {
        match self {
            Self::Row(row) => {
                let at = row.partition_point(|meta| meta.range.start < range.start);
                row.get(at).filter(|meta| meta.range == range)
            }
            Self::Tablet(tablet) => tablet.live_at(range),
        }
    }

    /// The live rowset that holds a version. O(log n) unless live rowsets overlap.
    pub(super) fn live_holding(&self, version: Version) -> Option<&RowsetMeta> {
        match self {
            Self::Row(row) => {
                let at = row.partition_point(|meta| meta.range.end < version);
                row.get(at).filter(|meta| meta.range.contains(VersionRange::single(version)))
            }
            Self::Tablet(tablet) => tablet.live_holding(version),
        }
    }

    /// The largest end of a live rowset; 0 for none.
    pub(super) fn newest(&self) -> Version {
        match self {
            Self::Row(row) => row.last().map_or(0, |meta| meta.range.end),
            Self::Tablet(tablet) => tablet.max_version().end,
        }
    }

    /// Runs of versions in `0..=upto` that no live rowset holds. O(log n) where nothing is missing.
    pub(super) fn missed(&self, upto: Version) -> impl Iterator<Item = VersionRange> {
        match self {
            Self::Row(row) => Either::Left(missed_behind(row, upto).into_iter()),
            Self::Tablet(tablet) => Either::Right(tablet.missed_ranges(upto)),
        }
    }

    /// Adds without any check, see [`Tablet::add_rowsets`].
    pub(super) fn add(&mut self, metas: &[RowsetMeta], point: Version) {
        let mut metas = metas;
        if let Self::Row(row) = self {
            if row.len() + metas.len() > row.capacity() {
                // There are many views of few rowsets.
                row.reserve_exact(metas.len().max(row.len()));
            }
            while let Some((meta, rest)) = metas.split_first()
                && follows(row, meta.range)
            {
                row.push(*meta);
                metas = rest;
            }
        }
        if !metas.is_empty() {
            self.tablet(point).add_rowsets(metas);
        }
    }

    /// As a tablet, to change it in any other way.
    pub(super) fn tablet(&mut self, point: Version) -> &mut Tablet {
        if let Self::Row(row) = self {
            *self = Self::Tablet(Box::new(tablet_of(row, point)));
        }
        match self {
            Self::Tablet(tablet) => tablet,
            Self::Row(_) => unreachable!("a row was made a tablet"),
        }
    }

    /// As a tablet, to look at. O(n) for a row.
    pub(super) fn seen(&self, point: Version) -> Cow<'_, Tablet> {
        match self {
            Self::Row(row) => Cow::Owned(tablet_of(row, point)),
            Self::Tablet(tablet) => Cow::Borrowed(tablet),
        }
    }

    /// Stale rowsets by range.
    pub(super) fn stale(&self) -> impl Iterator<Item = &RowsetMeta> {
        let tablet = match self {
            Self::Row(_) => None,
            Self::Tablet(tablet) => Some(tablet),
        };
        tablet.into_iter().flat_map(|tablet| tablet.stale()).map(|stale| &stale.meta)
    }

    /// Moves the point.
    pub(super) fn set_point(&mut self, point: Version) {
        if let Self::Tablet(tablet) = self {
            tablet.set_point(point);
        }
    }

    /// Stale paths that are due go, see [`Tablet::expire`].
    pub(super) fn expire(&mut self, now: SimTime, rule: &SweepRule) -> Sweep {
        match self {
            Self::Row(_) => Sweep::default(),
            Self::Tablet(tablet) => tablet.expire(now, rule),
        }
    }

    /// Captures versions up to one, which is not below 0.
    pub(super) fn capture(&self, version: Version, out: &mut Vec<VersionRange>) -> Result<(), ReadError> {
        match self {
            Self::Row(row) => {
                out.clear();
                let read = read_up_to(row, version);
                out.extend(read.iter().map(|meta| meta.range));
                arrived(row, read, version)
            }
            Self::Tablet(tablet) => {
                tablet.capture(VersionRange::new(0, version), CaptureOptions::default(), out)
            }
        }
    }

    /// Rows of the rowsets that such a capture finds.
    pub(super) fn rows(&self, version: Version) -> Result<u64, ReadError> {
        match self {
            Self::Row(row) => {
                let read = read_up_to(row, version);
                arrived(row, read, version)?;
                Ok(read.iter().map(|meta| meta.rows).sum())
            }
            Self::Tablet(tablet) => {
                let (mut path, mut rows) = (Vec::new(), 0);
                let (range, options) = (VersionRange::new(0, version), CaptureOptions::default());
                tablet.capture_rowsets(range, options, &mut path, |meta, _| rows += meta.rows)?;
                Ok(rows)
            }
        }
    }
}

/// Rowsets of a row that do not reach beyond a version.
fn read_up_to(row: &[RowsetMeta], version: Version) -> &[RowsetMeta] {
    &row[..row.partition_point(|meta| meta.range.end <= version)]
}

/// Versions up to one that a row does not reach.
fn missed_behind(row: &[RowsetMeta], upto: Version) -> Option<VersionRange> {
    let last = row.last().map_or(-1, |meta| meta.range.end);
    (last < upto).then(|| VersionRange::new(last + 1, upto))
}

/// Whether a walk along a row arrived; else why not, as a tablet says it.
fn arrived(row: &[RowsetMeta], read: &[RowsetMeta], version: Version) -> Result<(), ReadError> {
    let at = read.last().map_or(0, |meta| meta.range.end + 1);
    let wanted = version.saturating_add(1);
    if at == wanted {
        return Ok(());
    }
    let cause =
        if row.is_empty() { CaptureError::NoStart { at } } else { CaptureError::Stuck { at, wanted } };
    Err(match missed_behind(row, version) {
        Some(missed) => ReadError::Missing { cause, missed },
        None => ReadError::AlreadyMerged { cause },
    })
}
