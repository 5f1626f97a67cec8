//! Versions without a rowset: an empty load need not be written, and yet a read has to pass it.
//!
//! ```text
//! one each    [2-9] · · · [13]          →  [2-9] h10 h11 h12 [13]
//! ranges of 4 [0-1] · · · · · · · · · · →  [0-1] h[2-5] h[6-9] h[10-11]
//!             then 12, 13, 14 are empty →  … h[10-13] h[14]           stale h[10-11]
//! a rowset into a hole                     h[2-10] + [5-7] → h[2-4] [5-7] h[8-10]
//! a merge over the end of one              [2-4] [5-7] h[8-15] + [2-9] → [2-9] h[10-15]
//! ```
//!
//! A table whose loads go to one tablet at a time gives every other tablet an empty version per commit;
//! that is what ranges are for. A hole that is cut, and a stale one that would cross a live rowset or
//! contain one, goes at once: the greedy walk takes the longest edge, and would stop inside the rowset or
//! step over it.

use super::{Changed, CloudTablet};
use crate::base::{RowsetId, SimTime, Version, VersionRange};
use crate::cloud::TabletState;
use crate::rowset::RowsetMeta;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// How missing versions are filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HoleRule {
    /// An empty rowset for each version.
    #[default]
    Each,
    /// One for up to so many neighbouring versions (`hole_rowset_max_versions`, 128). Merge-on-write
    /// tablets, and those that do not serve yet, get one for each all the same.
    Ranges {
        /// Versions at most; 0 counts as 1, and more than 256 as 256.
        max_versions: u32,
    },
}

const HOLE: u64 = 1 << 63;

/// The id of a hole: the same on every backend.
pub const fn hole_id(range: VersionRange) -> RowsetId {
    let beyond = range.len().saturating_sub(1) & 0xff;
    RowsetId(HOLE | (range.end as u64) << 8 & !HOLE | beyond)
}

/// Whether a rowset stands for versions without one.
pub const fn is_hole(id: RowsetId) -> bool {
    id.0 & HOLE != 0
}

fn hole(range: VersionRange, now: SimTime) -> RowsetMeta {
    RowsetMeta::empty(hole_id(range), range, now)
}

/// Whether a stale hole lets a walk step over a border of a live rowset.
fn crosses(stale: VersionRange, live: VersionRange) -> bool {
    stale.overlaps(live) && !live.contains(stale)
}

impl CloudTablet {
    /// Gives every version up to the partition's a rowset. Does nothing without a live rowset, or while
    /// a schema change has not told up to where it copies. Returns how many holes it made.
    pub fn fill_holes(&mut self, partition_version: Version, now: SimTime) -> u64 {
        let above = match self.meta.state {
            TabletState::Running => Version::MIN,
            TabletState::NotReady { alter_version } if alter_version <= 1 => return 0,
            TabletState::NotReady { alter_version } => alter_version,
        };
        if partition_version <= 0 || self.live_len() == 0 {
            return 0;
        }
        let mut changed = Changed::default();
        let limit = partition_version.max(self.rowsets.newest());
        // O(log n) where nothing is missing.
        let missing: Vec<_> = self.rowsets.missed(limit).collect();
        for missed in missing {
            let mut range = VersionRange::new(missed.start.max(above.saturating_add(1)), missed.end);
            let step = self.hole_versions();
            range.start = self.grow_hole(range, step, now, &mut changed);
            while range.start <= range.end {
                let end = range.end.min(range.start.saturating_add(step - 1));
                let meta = hole(VersionRange::new(range.start, end), now);
                self.add_directly(&[meta], &mut changed);
                changed.holes += 1;
                range.start = end.saturating_add(1);
            }
        }
        changed.holes
    }

    /// A compaction works on these rowsets: a hole among them stays as it is.
    pub fn hold(&mut self, range: VersionRange) {
        self.seldom.room().held.push(range);
    }

    /// The compaction is over.
    pub fn release(&mut self, range: VersionRange) {
        let Some(parts) = self.seldom.known() else { return };
        if let Some(at) = parts.held.iter().position(|held| *held == range) {
            parts.held.swap_remove(at);
        }
    }

    /// Versions that a hole may have.
    fn hole_versions(&self) -> Version {
        match self.holes {
            HoleRule::Ranges { max_versions }
                if self.meta.state == TabletState::Running && !self.meta.merge_on_write =>
            {
                i64::from(max_versions.clamp(1, 256))
            }
            _ => 1,
        }
    }

    /// Lets the newest rowset grow into missing versions behind it, if it is a hole and may. Returns the
    /// first version that is still missing.
    fn grow_hole(
        &mut self,
        missed: VersionRange,
        step: Version,
        now: SimTime,
        changed: &mut Changed,
    ) -> Version {
        let newest = self.live().next_back().copied();
        let Some(newest) = newest.filter(|newest| is_hole(newest.id)) else { return missed.start };
        let end = missed.end.min(newest.range.start.saturating_add(step - 1));
        let held = self.seldom.get().held.iter().any(|held| held.overlaps(newest.range));
        if held || missed.start != newest.range.end.saturating_add(1) || end < missed.start {
            return missed.start;
        }
        self.delete(&[newest.range], now, changed);
        self.add_directly(&[hole(VersionRange::new(newest.range.start, end), now)], changed);
        changed.holes += 1;
        end.saturating_add(1)
    }

    /// Cuts live holes that a new rowset does not contain, and takes away stale ones that would cross it.
    pub(super) fn make_room(&mut self, range: VersionRange, now: SimTime, changed: &mut Changed) {
        if self.holes == HoleRule::Each {
            return;
        }
        let cut: Vec<_> = [range.start, range.end]
            .into_iter()
            .filter_map(|version| self.rowsets.live_holding(version).copied())
            .filter(|there| is_hole(there.id) && !range.contains(there.range))
            .collect();
        let mut borders = Vec::with_capacity(5);
        borders.push(range);
        for (at, there) in cut.iter().enumerate() {
            if at > 0 && cut[0].id == there.id {
                continue;
            }
            let before = VersionRange::new(there.range.start, range.start.saturating_sub(1));
            let behind = VersionRange::new(range.end.saturating_add(1), there.range.end);
            let pieces: Vec<_> = [before, behind]
                .into_iter()
                .filter(|piece| !piece.is_empty() && there.range.contains(*piece))
                .map(|piece| hole(piece, now))
                .collect();
            borders.extend(pieces.iter().map(|piece| piece.range));
            // Not stale: a walk takes the longest edge, and would step over the rowset with it.
            let at_once = self.tablet().delete_rowsets(&[there.range], false, now);
            changed.unused.extend(at_once.unused);
            self.tablet().add_rowsets(&pieces);
            changed.holes += pieces.len() as u64;
        }
        let crossing: Vec<_> = self
            .rowsets
            .stale()
            .filter(|stale| is_hole(stale.id))
            .map(|stale| stale.range)
            .filter(|stale| borders.iter().any(|border| crosses(*stale, *border)))
            .collect();
        for range in crossing {
            changed.unused.extend(self.tablet().drop_stale(range));
        }
    }
}
