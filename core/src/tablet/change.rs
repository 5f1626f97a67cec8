//! How rowsets come, are replaced and go.

use super::{AddError, Keying, ModifyError, StaleRowset, Tablet};
use crate::base::sort::sort;
use crate::base::{PathId, RowsetId, SimTime, VersionRange};
use crate::rowset::RowsetMeta;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// How a replacement is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModifyOptions {
    /// Refuse to replace what is not live under its range with its id.
    pub check: bool,
    /// Keep what is replaced as a stale path. Without, as before apache/doris#4039, replaced
    /// rowsets and their edges go at once, and a reader of a merged version gets −230.
    pub keep_stale: bool,
}

impl Default for ModifyOptions {
    fn default() -> Self {
        Self { check: true, keep_stale: true }
    }
}

/// What a change did besides what it was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Modified {
    /// The stale path that holds what was replaced.
    pub stale_path: Option<PathId>,
    /// Rowsets that nothing refers to any more: their files may be removed.
    pub unused: Vec<RowsetMeta>,
}

impl Tablet {
    /// Adds the rowset of a published load; `false` where its id is known already. O(log n).
    ///
    /// # Errors
    /// A live rowset contains its versions.
    pub fn add_inc_rowset(&mut self, meta: RowsetMeta) -> Result<bool, AddError> {
        if self.knows(&meta) {
            return Ok(false);
        }
        if let Some(covering) = self.live.covering(meta.range) {
            return Err(AddError { range: meta.range, covered_by: covering.range });
        }
        self.saw(meta.id);
        self.live.insert(meta);
        self.tracker.add_version(meta.range);
        Ok(true)
    }

    /// Adds a rowset from elsewhere (clone, ingest). Live rowsets that it contains become a stale
    /// path. Does nothing where its id is known already.
    ///
    /// # Errors
    /// A live rowset contains its versions.
    pub fn add_rowset(&mut self, meta: RowsetMeta, now: SimTime) -> Result<Modified, AddError> {
        if !self.add_inc_rowset(meta)? {
            return Ok(Modified::default());
        }
        let contained: Vec<_> = self
            .live
            .from(VersionRange::new(meta.range.start, i64::MIN))
            .take_while(|other| other.range.start <= meta.range.end)
            .filter(|other| other.range != meta.range && meta.range.contains(other.range))
            .map(|other| (other.id, other.range))
            .collect();
        Ok(self.change(&[], &contained, true, now))
    }

    /// Adds rowsets without any check. Of two with the same range the one that is there stays, and
    /// the graph gets an edge all the same.
    pub fn add_rowsets(&mut self, metas: &[RowsetMeta]) {
        for &meta in metas {
            self.saw(meta.id);
            self.live.insert_new(meta);
            self.tracker.add_version(meta.range);
        }
    }

    /// Replaces rowsets: how a compaction commits. Rewriting ranges one for one leaves graph and
    /// stale paths alone and makes the old rowsets unused at once (see [`Keying`]); otherwise they
    /// become one stale path. O(k log n).
    ///
    /// Unchecked, a rowset may be replaced that no map knows; it goes stale as an empty one.
    ///
    /// # Errors
    /// With `check`: a rowset to be replaced is not the live one of its range.
    pub fn modify_rowsets(
        &mut self,
        add: &[RowsetMeta],
        delete: &[(RowsetId, VersionRange)],
        options: ModifyOptions,
        now: SimTime,
    ) -> Result<Modified, ModifyError> {
        if options.check {
            // In order, as a rule: then one search is enough.
            let mut beside = None;
            for &(id, range) in delete {
                let mut live = match beside {
                    Some((before, live)) if before < range => live,
                    _ => self.live.along(range),
                };
                let found = live.find(range).map(|meta| meta.id);
                beside = Some((range, live));
                if found != Some(id) {
                    return Err(ModifyError { id, range, found });
                }
            }
        }
        Ok(self.change(add, delete, options.keep_stale, now))
    }

    /// Removes live rowsets by range; ranges without one are passed over. They become a stale path,
    /// or their edges go and they are unused at once.
    pub fn delete_rowsets(&mut self, ranges: &[VersionRange], move_to_stale: bool, now: SimTime) -> Modified {
        let delete: Vec<_> =
            ranges.iter().filter_map(|&range| Some((self.live.get(range)?.id, range))).collect();
        self.change(&[], &delete, move_to_stale, now)
    }

    /// Takes a stale rowset out of its map, its path and the graph at once, before its time.
    pub fn drop_stale(&mut self, range: VersionRange) -> Option<RowsetMeta> {
        let rowset = self.stale.remove(range)?;
        self.tracker.drop_member(range);
        Some(rowset.meta)
    }

    fn change(
        &mut self,
        add: &[RowsetMeta],
        delete: &[(RowsetId, VersionRange)],
        keep_stale: bool,
        now: SimTime,
    ) -> Modified {
        let mut modified = Modified::default();
        if add.is_empty() && delete.is_empty() {
            return modified;
        }
        let in_place = self.keying == Keying::ById && same_ranges(add, delete);
        let mut members = Vec::new();
        if keep_stale && !in_place {
            members.reserve_exact(delete.len());
        }
        for &(id, range) in delete {
            let meta = self.take_live(id, range, now);
            if in_place {
                modified.unused.push(meta);
            } else if keep_stale {
                self.make_stale(StaleRowset { meta, stale_at: Some(now) });
                members.push((range, now));
            } else {
                // Its edge may be gone already, which is what is wanted.
                let _ = self.tracker.delete_version(range);
                modified.unused.push(meta);
            }
        }
        for &meta in add {
            self.saw(meta.id);
            if let Some(replaced) = self.live.insert(meta)
                && replaced.id != meta.id
            {
                self.stale.leak(replaced, None);
            }
            if !in_place {
                self.tracker.add_version(meta.range);
            }
        }
        modified.stale_path = self.tracker.add_stale_path(members);
        modified
    }

    /// Empties a range of the live map and returns the rowset meant: the live one, unless its id
    /// is another, which is then lost.
    fn take_live(&mut self, id: RowsetId, range: VersionRange, now: SimTime) -> RowsetMeta {
        match self.live.remove(range) {
            Some(live) if live.id == id => return live,
            Some(other) => self.stale.leak(other, None),
            None => {}
        }
        self.saw(id);
        let known = self.stale.get(range).map(|rowset| rowset.meta).filter(|meta| meta.id == id);
        known.unwrap_or_else(|| RowsetMeta::empty(id, range, now))
    }

    fn make_stale(&mut self, rowset: StaleRowset) {
        let range = rowset.meta.range;
        self.stale.put(rowset, || {
            let mut paths = self.tracker.paths().iter().rev();
            paths.find(|path| path.members.iter().any(|&(member, _)| member == range)).map(|path| path.id)
        });
    }
}

/// Whether the two lists have the same ranges, in some order.
fn same_ranges(add: &[RowsetMeta], delete: &[(RowsetId, VersionRange)]) -> bool {
    if add.len() != delete.len() {
        return false;
    }
    if let ([one], [(_, other)]) = (add, delete) {
        return one.range == *other;
    }
    let mut ours: Vec<_> = add.iter().map(|meta| (meta.range.end, meta.range.start)).collect();
    let mut theirs: Vec<_> = delete.iter().map(|&(_, range)| (range.end, range.start)).collect();
    sort(&mut ours);
    sort(&mut theirs);
    ours == theirs
}
