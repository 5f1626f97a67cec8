//! Rowsets come and go.

use super::{CloudTablet, is_hole};
use crate::base::{RowsetId, SimTime, VersionRange};
use crate::rowset::RowsetMeta;
use crate::tablet::{ModifyOptions, Tablet};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What a change came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// Rowsets that were new.
    pub added: u64,
    /// Rowsets that took the place of one with the same versions.
    pub replaced: u64,
    /// Rowsets that became stale.
    pub stale: u64,
    /// Empty rowsets made for missing versions.
    pub holes: u64,
    /// Rowsets that nothing refers to any more.
    pub unused: Vec<RowsetMeta>,
}

impl CloudTablet {
    /// Adds rowsets. With `overlap` some may replace what is there: one with the same versions takes the
    /// other's place, without a stale path; live rowsets that a new one contains become a stale path,
    /// one for each new one.
    pub fn add_rowsets(&mut self, metas: &[RowsetMeta], overlap: bool, now: SimTime) -> Changed {
        let mut changed = Changed::default();
        if !overlap {
            self.add_directly(metas, &mut changed);
            return changed;
        }
        let mut new = Vec::with_capacity(metas.len());
        for &meta in metas {
            match self.rowsets.live_at(meta.range).copied() {
                Some(there) if there.id == meta.id => {}
                Some(there) => self.replace(there, meta, now, &mut changed),
                None => new.push(meta),
            }
        }
        // What is new only now, may contain what came with it: the newest version is that of before.
        let newest = self.max_version;
        for meta in new.iter().filter(|meta| meta.range.start <= newest) {
            self.make_room(meta.range, now, &mut changed);
            let inside: Vec<_> = self.live_within(meta.range).map(|other| other.range).collect();
            self.delete(&inside, now, &mut changed);
        }
        self.add_directly(&new, &mut changed);
        changed
    }

    /// Adds without a look at what is there: of two with the same range the first one stays.
    pub(super) fn add_directly(&mut self, metas: &[RowsetMeta], changed: &mut Changed) {
        self.rowsets.add(metas, self.cursor.point);
        for meta in metas {
            self.max_version = self.max_version.max(meta.range.end);
            self.saw_base(meta);
            changed.added += 1;
        }
    }

    const fn saw_base(&mut self, meta: &RowsetMeta) {
        if meta.range.start == 2 {
            self.base_bytes = meta.bytes;
        }
    }

    fn replace(&mut self, there: RowsetMeta, meta: RowsetMeta, now: SimTime, changed: &mut Changed) {
        let unchecked = ModifyOptions { check: false, keep_stale: true };
        let modified = self.tablet().modify_rowsets(&[meta], &[(there.id, there.range)], unchecked, now);
        if let Ok(modified) = modified {
            changed.unused.extend(modified.unused);
        }
        if let Some(parts) = self.seldom.known() {
            parts.bitmap.forget(there.id);
        }
        self.saw_base(&meta);
        changed.replaced += 1;
    }

    /// Live rowsets become a stale path.
    pub(super) fn delete(&mut self, ranges: &[VersionRange], now: SimTime, changed: &mut Changed) {
        if ranges.is_empty() {
            return;
        }
        let tablet = self.tablet();
        // A hole that grew and was cut back has the versions of one that is stale already.
        let stale_twice =
            |range: &VersionRange| tablet.stale_at(*range).is_some_and(|stale| is_hole(stale.meta.id));
        let (twice, once): (Vec<_>, Vec<_>) = ranges.iter().copied().partition(stale_twice);
        if !twice.is_empty() {
            changed.unused.extend(tablet.delete_rowsets(&twice, false, now).unused);
        }
        changed.stale += once.len() as u64;
        changed.unused.extend(tablet.delete_rowsets(&once, true, now).unused);
    }

    /// The rowsets as a tablet from now on.
    pub(super) fn tablet(&mut self) -> &mut Tablet {
        self.rowsets.tablet(self.cursor.point)
    }

    /// Whether a rowset is live under its versions.
    pub(super) fn has(&self, id: RowsetId, range: VersionRange) -> bool {
        self.rowsets.live_at(range).is_some_and(|there| there.id == id)
    }
}
