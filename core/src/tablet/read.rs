//! Reads, and what is missing for them.

use super::{ReadError, StaleRowset, Tablet};
use crate::base::{Along, Version, VersionRange};
use crate::rowset::RowsetMeta;
use crate::version_graph::CaptureError;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// How a read is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureOptions {
    /// A walk that does not arrive is no error: what it collected is the answer.
    pub quiet: bool,
    /// The same, but only where versions are missing.
    pub skip_missing: bool,
    /// Read live rowsets only, as before there were stale ones.
    pub live_only: bool,
}

/// How far the live rowsets reach from the first without a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaxContinuous {
    /// The last one reached; `[-1--1]` for none.
    pub version: VersionRange,
    /// The one with the largest start; `[-1--1]` for none.
    pub max_version: VersionRange,
    /// Whether one of those reached begins inside the one before.
    pub crossed: bool,
}

/// Goes along both maps beside a path.
struct Beside<'a> {
    tablet: &'a Tablet,
    live: Along<'a, RowsetMeta>,
    stale: Option<Along<'a, StaleRowset>>,
}

impl<'a> Beside<'a> {
    fn of(tablet: &'a Tablet, path: &[VersionRange]) -> Self {
        let first = path.first().copied().unwrap_or(VersionRange::new(0, 0));
        Self { tablet, live: tablet.live.along(first), stale: None }
    }

    /// The rowset of a range, the live one where there is one, and whether it is live.
    #[inline]
    fn find(&mut self, range: VersionRange) -> Option<(&'a RowsetMeta, bool)> {
        match self.live.find(range) {
            Some(meta) => Some((meta, true)),
            None => self.stale(range).map(|meta| (meta, false)),
        }
    }

    fn stale(&mut self, range: VersionRange) -> Option<&'a RowsetMeta> {
        let stale = self.stale.get_or_insert_with(|| self.tablet.stale.along(range));
        stale.find(range).map(|rowset| &rowset.meta)
    }
}

impl Tablet {
    /// Captures the rowsets of a read into `out`, whose old contents go; on an error what was
    /// collected stays there. O(path), plus a search per stale rowset on it.
    ///
    /// # Errors
    /// No path: −230 where no version is missing, else the walk's code. A rowset of the path is in
    /// no map: −804.
    pub fn capture(
        &self,
        range: VersionRange,
        options: CaptureOptions,
        out: &mut Vec<VersionRange>,
    ) -> Result<(), ReadError> {
        self.capture_rowsets(range, options, out, |_, _| ())
    }

    /// [`Self::capture`] that shows each rowset of the path, in order, and whether it is live. Where the
    /// walk fails it shows none.
    ///
    /// # Errors
    /// As there.
    pub fn capture_rowsets(
        &self,
        range: VersionRange,
        options: CaptureOptions,
        out: &mut Vec<VersionRange>,
        mut show: impl FnMut(&RowsetMeta, bool),
    ) -> Result<(), ReadError> {
        let walked =
            if options.live_only { self.walk_live(range, out) } else { self.tracker.capture(range, out) };
        if let Err(cause) = walked
            && !options.quiet
        {
            match self.live.first_missed(range.end) {
                None => return Err(ReadError::AlreadyMerged { cause }),
                Some(_) if options.skip_missing => {}
                Some(missed) => return Err(ReadError::Missing { cause, missed }),
            }
        }
        let mut beside = Beside::of(self, out);
        for &range in out.iter() {
            let (meta, live) = beside.find(range).ok_or(ReadError::NoRowset { range })?;
            show(meta, live);
        }
        Ok(())
    }

    /// The rowset of each range of a path, the live one where there is one, and whether it is live.
    /// `path` rises by start, as captured paths do. O(path), plus a search where the path jumps.
    pub fn rowsets_on<'a>(
        &'a self,
        path: &'a [VersionRange],
    ) -> impl Iterator<Item = (VersionRange, Option<&'a RowsetMeta>, bool)> {
        let mut beside = Beside::of(self, path);
        path.iter().map(move |&range| {
            let (meta, live) = beside.find(range).unzip();
            (range, meta, live.unwrap_or(false))
        })
    }

    /// Single versions in `0..=upto` that no live rowset holds.
    pub fn missed_versions(&self, upto: Version) -> Vec<Version> {
        self.live.missed(upto).flat_map(|hole| hole.start..=hole.end).collect()
    }

    /// The same as runs.
    pub fn missed_ranges(&self, upto: Version) -> impl Iterator<Item = VersionRange> {
        self.live.missed(upto)
    }

    /// The live rowset with the largest end; `[-1-0]` for none. O(log n).
    pub fn max_version(&self) -> VersionRange {
        self.live.newest().map_or(VersionRange::new(-1, 0), |meta| meta.range)
    }

    /// How far live rowsets reach from the first one. O(n).
    pub fn max_continuous(&self) -> MaxContinuous {
        let none = VersionRange::single(-1);
        let mut reached = MaxContinuous { version: none, max_version: none, crossed: false };
        if let Some(last) = self.live.iter().next_back() {
            reached.max_version = last.range;
        }
        for meta in self.live.iter() {
            let end = reached.version.end;
            if meta.range.start > end.saturating_add(1) {
                break;
            }
            reached.crossed |= meta.range.start <= end;
            reached.version = meta.range;
        }
        reached
    }

    /// The greedy walk over live rowsets only.
    fn walk_live(&self, range: VersionRange, out: &mut Vec<VersionRange>) -> Result<(), CaptureError> {
        out.clear();
        if range.is_empty() {
            return Err(CaptureError::Reversed { range });
        }
        let wanted = range.end.saturating_add(1);
        let mut at = range.start;
        let mut following = self.live.from(VersionRange::new(at, Version::MIN)).map(|meta| meta.range);
        while at < wanted {
            let next = if self.live.are_disjoint() {
                following.next().filter(|next| next.start == at && next.end <= range.end)
            } else {
                let starting = self.live.from(VersionRange::new(at, at)).map(|meta| meta.range);
                starting.take_while(|next| next.start == at && next.end <= range.end).last()
            };
            let Some(next) = next else {
                let starts = self.live.from(VersionRange::new(at, Version::MIN)).next();
                return Err(if out.is_empty() && starts.is_none_or(|meta| meta.range.start != at) {
                    CaptureError::NoStart { at }
                } else {
                    CaptureError::Stuck { at, wanted }
                });
            };
            out.push(next);
            at = next.end.saturating_add(1);
        }
        Ok(())
    }
}
