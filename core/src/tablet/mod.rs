//! What does a shared-nothing tablet know about its rowsets, and what does it still serve?
//!
//! ```text
//! live      [0-1][2-----------5][6][7]      one cover of all versions
//! stale #1       [2][3][4][5]               replaced together at 4:10, swept after 14:10
//! cp                            ^6          cumulative point
//! ```
//!
//! Four maps of the reference are two here. The persisted live metas never differ from the live
//! rowsets, and the persisted stale metas have the same ranges as the stale rowsets; where the
//! meta of such a range is that of an earlier rowset it is kept aside.
//!
//! Invariants, for a tablet changed only by loads, checked merges and sweeps ([`Tablet::check`]
//! tests them from outside):
//! - live rowsets are disjoint, and all ranges, live and stale, are *nested*;
//! - the graph has exactly the edges of the live rowsets and of the stale paths' members;
//! - a stale rowset is on exactly one stale path, and no rowset is in two places;
//! - a rowset leaves the maps only into the `unused` of the change that removed it.
//!
//! Changes that are not checked can break each of them, as they can in the reference; what is then
//! lost without having become unused is counted in [`Tablet::leaked`].
//!
//! Source: Apache Doris, `be/src/olap/tablet.cpp`, `tablet_meta.cpp` (January 2026), with two
//! older designs behind [`Keying::ByVersion`] and [`ModifyOptions::keep_stale`].

mod change;
mod compact;
mod errors;
mod image;
mod invariant;
mod live;
mod read;
mod stale;
mod sweep;

#[cfg(test)]
mod tests;

pub use change::{Modified, ModifyOptions};
pub use compact::{Applied, ApplyOptions, Compaction, MetaWrites};
pub use errors::{AddError, ApplyError, ModifyError, ReadError};
pub use invariant::Broken;
pub use read::{CaptureOptions, MaxContinuous};
pub use stale::{Leaked, StaleRowset};
pub use sweep::{Sweep, SweepRule, SweepStop};

use crate::base::{PathId, RowsetId, SimTime, Version, VersionRange};
use crate::rowset::RowsetMeta;
use crate::version_graph::{StalePath, VersionGraph, VersionTracker};
use alloc::vec::Vec;
use live::LiveRowsets;
use serde::{Deserialize, Serialize};
use stale::StaleRowsets;

/// How a compaction treats a rowset that it rewrites into one of the same range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Keying {
    /// The old rowset is known by its id: it becomes unused at once and never meets the stale map.
    #[default]
    ById,
    /// Before apache/doris#5527: the old rowset goes stale under its range. The next one of that
    /// range to go stale overwrites it, and its files are never removed (apache/doris#5526).
    ByVersion,
}

/// One tablet of one backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tablet {
    keying: Keying,
    live: LiveRowsets,
    stale: StaleRowsets,
    tracker: VersionTracker,
    /// The cumulative point; −1 before it is calculated.
    point: Version,
    /// From this size on a rowset belongs to base compaction, bytes; 0 before it is calculated.
    promotion_bytes: u64,
    writes: MetaWrites,
    /// No rowset with a larger id was ever here.
    newest_id: RowsetId,
}

impl Tablet {
    /// A tablet of live rowsets. Of two with the same range the first one stays.
    pub fn create(metas: &[RowsetMeta], keying: Keying) -> Self {
        let mut tablet = Self {
            keying,
            live: LiveRowsets::default(),
            stale: StaleRowsets::default(),
            tracker: VersionTracker::new(),
            point: -1,
            promotion_bytes: 0,
            writes: MetaWrites::default(),
            newest_id: RowsetId::default(),
        };
        for &meta in metas {
            tablet.saw(meta.id);
            tablet.live.insert_new(meta);
        }
        let ranges: Vec<_> = metas.iter().map(|meta| meta.range).collect();
        tablet.tracker.construct(&ranges, &[]);
        tablet
    }

    /// A tablet from persisted metas, stale ones with the time that counts for their expiry (it
    /// passes for a known stale time unless it is the creation time). Stale paths are grouped by
    /// [`VersionTracker::construct`].
    pub fn recover(live: &[RowsetMeta], stale: &[(RowsetMeta, SimTime)], keying: Keying) -> Self {
        let mut tablet = Self::create(live, keying);
        for &(meta, at) in stale {
            tablet.saw(meta.id);
            tablet.stale.put(StaleRowset::recovered(meta, at), || None);
        }
        let members: Vec<_> = stale.iter().map(|&(meta, at)| (meta.range, at)).collect();
        let ranges: Vec<_> = live.iter().map(|meta| meta.range).collect();
        tablet.tracker.construct(&ranges, &members);
        tablet
    }

    /// A tablet whose stale paths are told by the source, ids included.
    pub fn recover_with_paths(
        live: &[RowsetMeta],
        paths: &[(PathId, Vec<(RowsetMeta, SimTime)>)],
        keying: Keying,
    ) -> Self {
        let mut tablet = Self::create(live, keying);
        let mut stale_paths = Vec::with_capacity(paths.len());
        for (id, members) in paths {
            for &(meta, at) in members {
                tablet.saw(meta.id);
                tablet.stale.put(StaleRowset::recovered(meta, at), || None);
            }
            let members = members.iter().map(|&(meta, at)| (meta.range, at)).collect();
            stale_paths.push(StalePath::new(*id, members));
        }
        let ranges: Vec<_> = live.iter().map(|meta| meta.range).collect();
        tablet.tracker.construct_with_paths(&ranges, stale_paths);
        tablet
    }

    /// Starts again from what is persisted, as a backend does: when rowsets became stale is
    /// forgotten (their creation time counts), so is the cumulative point, paths are grouped anew.
    pub fn restart(&mut self) {
        self.stale.restart();
        self.tracker = VersionTracker::new();
        self.rebuild();
        self.point = -1;
        self.promotion_bytes = 0;
    }

    /// The tracker from the persisted metas, both lists by range.
    fn rebuild(&mut self) {
        let live: Vec<_> = self.live.iter().map(|meta| meta.range).collect();
        let stale: Vec<_> = self.stale.persisted().map(|rowset| (rowset.meta.range, rowset.time())).collect();
        self.tracker.construct(&live, &stale);
        self.stale.forget_paths();
    }

    /// Which design it follows.
    pub const fn keying(&self) -> Keying {
        self.keying
    }

    /// Follows another design from now on; what is stale or lost already stays so.
    pub const fn set_keying(&mut self, keying: Keying) {
        self.keying = keying;
    }

    /// The version graph.
    pub const fn graph(&self) -> &VersionGraph {
        self.tracker.graph()
    }

    /// The graph with the stale paths, for its status page.
    pub const fn tracker(&self) -> &VersionTracker {
        &self.tracker
    }

    /// Live rowsets by range.
    pub fn live(&self) -> impl DoubleEndedIterator<Item = &RowsetMeta> + ExactSizeIterator {
        self.live.iter()
    }

    /// Live rowsets that start at a version or behind it, by range. O(log n) to the first.
    pub fn live_from(&self, start: Version) -> impl Iterator<Item = &RowsetMeta> {
        self.live.from(VersionRange::new(start, Version::MIN))
    }

    /// Live rowsets that a range contains. O(log n) to the first.
    pub fn live_within(&self, range: VersionRange) -> impl Iterator<Item = &RowsetMeta> {
        self.live_from(range.start)
            .take_while(move |meta| meta.range.start <= range.end)
            .filter(move |meta| range.contains(meta.range))
    }

    /// Number of live rowsets. O(1).
    pub fn live_len(&self) -> usize {
        self.live.len()
    }

    /// Bytes of the live rowsets. O(1).
    pub const fn live_bytes(&self) -> u64 {
        self.live.bytes()
    }

    /// Stale rowsets by range.
    pub fn stale(&self) -> impl DoubleEndedIterator<Item = &StaleRowset> + ExactSizeIterator {
        self.stale.iter()
    }

    /// Number of stale rowsets. O(1).
    pub fn stale_len(&self) -> usize {
        self.stale.len()
    }

    /// Bytes of the stale rowsets. O(1).
    pub const fn stale_bytes(&self) -> u64 {
        self.stale.bytes()
    }

    /// Stale paths by id.
    pub fn stale_paths(&self) -> impl DoubleEndedIterator<Item = &StalePath> + ExactSizeIterator {
        self.tracker.paths().iter()
    }

    /// The stale rowset that a member of a stale path stands for; where its entry was overwritten,
    /// the one that was lost. Nothing where no map knows it any more.
    pub fn stale_member(&self, path: PathId, range: VersionRange) -> Option<&RowsetMeta> {
        self.stale.member(path, range)
    }

    /// The stale entry of a range.
    pub fn stale_at(&self, range: VersionRange) -> Option<&StaleRowset> {
        self.stale.get(range)
    }

    /// Rowsets that no map holds although they never became unused: their files stay for ever.
    pub fn leaked(&self) -> impl ExactSizeIterator<Item = &Leaked> {
        self.stale.leaked().iter()
    }

    /// The live rowset of exactly this range. O(log n).
    pub fn live_at(&self, range: VersionRange) -> Option<&RowsetMeta> {
        self.live.get(range)
    }

    /// The live rowset of exactly this range, else the stale one.
    pub fn rowset_at(&self, range: VersionRange) -> Option<&RowsetMeta> {
        self.live.get(range).or_else(|| self.stale.get(range).map(|rowset| &rowset.meta))
    }

    /// The live rowset that holds a version. O(log n) unless live rowsets overlap.
    pub fn live_holding(&self, version: Version) -> Option<&RowsetMeta> {
        self.live.covering(VersionRange::single(version))
    }

    /// The cumulative point; −1 before it is calculated.
    pub const fn point(&self) -> Version {
        self.point
    }

    /// Moves the cumulative point.
    pub const fn set_point(&mut self, point: Version) {
        self.point = point;
    }

    /// See [`VersionTracker::renumber`].
    pub fn renumber_paths(&mut self, ids: &[(PathId, PathId)]) {
        self.tracker.renumber(ids);
        self.stale.renumber(ids);
    }

    fn saw(&mut self, id: RowsetId) {
        self.newest_id = self.newest_id.max(id);
    }

    /// Whether a live or stale rowset has this id. O(log n) for one that is newer than all seen,
    /// or is found under its range; else a scan.
    fn knows(&self, meta: &RowsetMeta) -> bool {
        meta.id <= self.newest_id
            && (self.rowset_at(meta.range).is_some_and(|known| known.id == meta.id)
                || self.live.iter().any(|known| known.id == meta.id)
                || self.stale.iter().any(|known| known.meta.id == meta.id))
    }
}
