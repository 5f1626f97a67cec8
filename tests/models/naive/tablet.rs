//! A tablet of four maps, as the reference keeps it.

use super::NaiveTracker;
use std::collections::BTreeMap;
use tabletop_core::base::{RowsetId, SimTime, VersionRange};
use tabletop_core::rowset::RowsetMeta;

/// A rowset and when it became stale, where that is known.
type Stale = (RowsetMeta, Option<SimTime>);

#[derive(Clone, Debug, Default)]
pub(crate) struct NaiveTablet {
    pub(crate) live: BTreeMap<VersionRange, RowsetMeta>,
    pub(crate) stale: BTreeMap<VersionRange, Stale>,
    pub(crate) live_metas: BTreeMap<VersionRange, RowsetMeta>,
    pub(crate) stale_metas: BTreeMap<VersionRange, Stale>,
    pub(crate) tracker: NaiveTracker,
    /// Taken from the reference's rule, so that a bug in it shows.
    pub(crate) keyed_by_version: bool,
    /// Every rowset that was ever handed to the garbage collector.
    pub(crate) unused: Vec<RowsetId>,
}

pub(crate) type Key = (RowsetId, VersionRange);

impl NaiveTablet {
    fn knows(&self, id: RowsetId) -> bool {
        self.live.values().chain(self.stale.values().map(|stale| &stale.0)).any(|meta| meta.id == id)
    }

    pub(crate) fn add_inc(&mut self, meta: RowsetMeta) -> Result<bool, i32> {
        if self.knows(meta.id) {
            return Ok(false);
        }
        if self.live.keys().any(|range| range.contains(meta.range)) {
            return Err(-908);
        }
        self.live.insert(meta.range, meta);
        self.live_metas.insert(meta.range, meta);
        self.tracker.graph.add(meta.range);
        Ok(true)
    }

    pub(crate) fn add(&mut self, meta: RowsetMeta, now: SimTime) -> Result<(), i32> {
        if self.add_inc(meta)? {
            let inside = |other: &&RowsetMeta| meta.range.contains(other.range) && other.range != meta.range;
            let delete: Vec<_> =
                self.live.values().filter(inside).map(|other| (other.id, other.range)).collect();
            self.modify(&[], &delete, false, true, now).expect("unchecked");
        }
        Ok(())
    }

    pub(crate) fn add_bulk(&mut self, metas: &[RowsetMeta]) {
        for &meta in metas {
            self.live.entry(meta.range).or_insert(meta);
            self.live_metas.entry(meta.range).or_insert(meta);
            self.tracker.graph.add(meta.range);
        }
    }

    /// Ids made unused, or the code.
    pub(crate) fn modify(
        &mut self,
        add: &[RowsetMeta],
        delete: &[Key],
        check: bool,
        keep_stale: bool,
        now: SimTime,
    ) -> Result<Vec<RowsetId>, i32> {
        if check && delete.iter().any(|(id, range)| self.live.get(range).map(|meta| meta.id) != Some(*id)) {
            return Err(-504);
        }
        let sorted = |mut ranges: Vec<VersionRange>| {
            ranges.sort();
            ranges
        };
        let same = !self.keyed_by_version
            && sorted(add.iter().map(|meta| meta.range).collect())
                == sorted(delete.iter().map(|key| key.1).collect());
        let mut members = Vec::new();
        let mut unused = Vec::new();
        for &(id, range) in delete {
            let live = self.live.remove(&range);
            self.live_metas.remove(&range);
            let known = live.into_iter().chain(self.stale.get(&range).map(|stale| stale.0));
            let meta = known.into_iter().find(|meta| meta.id == id);
            let meta = meta.unwrap_or_else(|| RowsetMeta::empty(id, range, now));
            if same {
                unused.push(id);
            } else if keep_stale {
                self.stale.insert(range, (meta, Some(now)));
                self.stale_metas.entry(range).or_insert((meta, Some(now)));
                members.push((range, now));
            } else {
                self.tracker.graph.delete(range);
                unused.push(id);
            }
        }
        for &meta in add {
            self.live.insert(meta.range, meta);
            self.live_metas.insert(meta.range, meta);
            if !same {
                self.tracker.graph.add(meta.range);
            }
        }
        self.tracker.add_path(members);
        self.unused.extend(&unused);
        Ok(unused)
    }

    pub(crate) fn missed(&self, limit: i64) -> Vec<i64> {
        let mut missed = Vec::new();
        let mut last = -1;
        for range in self.live.keys() {
            missed.extend((last + 1..range.start).filter(|&version| version <= limit));
            last = range.end;
            if last >= limit {
                return missed;
            }
        }
        missed.extend(last + 1..=limit);
        missed
    }

    pub(crate) fn capture(&self, range: VersionRange) -> Result<Vec<VersionRange>, i32> {
        let (result, path) = self.tracker.graph.capture(range);
        if let Err(error) = result {
            return Err(if self.missed(range.end).is_empty() { -230 } else { error.code() });
        }
        if path.iter().any(|part| !self.live.contains_key(part) && !self.stale.contains_key(part)) {
            return Err(-804);
        }
        Ok(path)
    }

    /// The greedy walk over a graph of live rowsets alone.
    pub(crate) fn capture_live(&self, range: VersionRange) -> Result<Vec<VersionRange>, i32> {
        let live = Self { tracker: NaiveTracker::default(), ..self.clone() };
        let mut live = live;
        live.tracker.graph = super::NaiveGraph::of(&self.live.keys().copied().collect::<Vec<_>>());
        live.capture(range)
    }

    /// Ids made unused, and whether the graph was rebuilt.
    pub(crate) fn sweep(&mut self, limit: Option<SimTime>) -> (Vec<RowsetId>, bool) {
        let nothing = (Vec::new(), false);
        let Some(limit) = limit else { return nothing };
        let due = self.tracker.expired(limit);
        let Some(newest) = self.live.keys().map(|range| range.end).max() else { return nothing };
        if due.is_empty() || !self.missed(newest).is_empty() {
            return nothing;
        }
        let mut taken = Vec::new();
        for id in due {
            taken.extend(self.tracker.take(id).expect("it is due"));
            if self.tracker.graph.capture(VersionRange::new(0, newest)).0.is_err() {
                return nothing;
            }
        }
        let mut unused = Vec::new();
        for (range, _) in taken {
            unused.extend(self.stale.remove(&range).map(|stale| stale.0.id));
            self.stale_metas.remove(&range);
        }
        self.unused.extend(&unused);
        let (orphans, vertices) = (self.tracker.graph.orphans(), self.tracker.graph.vertices.len());
        let rebuild = orphans * 10 >= vertices;
        if rebuild {
            self.rebuild();
        }
        (unused, rebuild)
    }

    fn rebuild(&mut self) {
        let live: Vec<_> = self.live_metas.keys().copied().collect();
        let time = |(meta, at): &Stale| (meta.range, at.unwrap_or(meta.created_at));
        let stale: Vec<_> = self.stale_metas.values().map(time).collect();
        self.tracker.construct(&live, &stale);
    }

    pub(crate) fn restart(&mut self) {
        for stale in self.stale_metas.values_mut() {
            stale.1 = None;
        }
        self.live = self.live_metas.clone();
        self.stale = self.stale_metas.clone();
        self.tracker = NaiveTracker::default();
        self.rebuild();
    }
}
