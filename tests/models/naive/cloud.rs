//! A meta-service that is a list of rowsets, and a backend's view that is two.

use tabletop_core::base::{RowsetId, SimTime, Version, VersionRange};
use tabletop_core::cloud::{JobKind, SyncCursor, hole_id};

pub(crate) type Known = (RowsetId, VersionRange);

#[derive(Clone, Debug)]
pub(crate) struct NaiveService {
    pub(crate) rowsets: Vec<Known>,
    pub(crate) cursor: SyncCursor,
    pub(crate) version: Version,
}

impl NaiveService {
    pub(crate) fn new() -> Self {
        let first = (RowsetId(0), VersionRange::new(0, 1));
        Self { rowsets: vec![first], cursor: SyncCursor::NEW, version: 1 }
    }

    pub(crate) fn replace(&mut self, kind: JobKind, output: Known, point: Version) {
        self.put(output);
        self.count(kind, point);
    }

    /// A rowset in place of all that end within it.
    pub(crate) fn put(&mut self, output: Known) {
        let merged = |end: Version| output.1.contains_version(end);
        self.rowsets.retain(|(_, range)| !merged(range.end));
        self.rowsets.push(output);
        self.rowsets.sort_by_key(|(_, range)| range.end);
    }

    /// Counters and point after a job.
    pub(crate) fn count(&mut self, kind: JobKind, point: Version) {
        let is = |kinds: &[JobKind]| kinds.contains(&kind);
        let cursor = &mut self.cursor;
        if is(&[JobKind::Cumulative, JobKind::Full]) {
            cursor.point = cursor.point.max(point);
        }
        if is(&[JobKind::EmptyCumulative]) {
            cursor.point = point;
        }
        cursor.cumulative += i64::from(is(&[JobKind::Cumulative, JobKind::EmptyCumulative]));
        cursor.base += i64::from(is(&[JobKind::Base, JobKind::Full]));
        cursor.full += i64::from(is(&[JobKind::Full]));
    }

    /// Whether a rowset with this end is sent: each rule asked on its own.
    pub(crate) fn sends(&self, be: SyncCursor, from: Version, end: Version) -> bool {
        let ms = self.cursor;
        let base = be.base < ms.base && end < ms.point;
        let explained = be.point < ms.point && be.cumulative + 1 == ms.cumulative && be.full == ms.full;
        let cumulative = be.cumulative < ms.cumulative && end >= be.point && (!explained || end < ms.point);
        base || cumulative || end >= from
    }
}

#[derive(Clone, Debug)]
pub(crate) struct NaiveView {
    pub(crate) live: Vec<Known>,
    /// Live and stale ranges that a read may step over, one entry for each time it was added.
    pub(crate) edges: Vec<VersionRange>,
    /// Stale paths with their time.
    pub(crate) paths: Vec<(Vec<VersionRange>, SimTime)>,
    pub(crate) max: Version,
    pub(crate) cursor: SyncCursor,
}

impl NaiveView {
    pub(crate) fn new() -> Self {
        let cursor = SyncCursor { point: -1, ..SyncCursor::default() };
        Self { live: Vec::new(), edges: Vec::new(), paths: Vec::new(), max: -1, cursor }
    }

    fn put(&mut self, rowset: Known) {
        self.live.push(rowset);
        self.live.sort_by_key(|(_, range)| range.start);
        self.edges.push(rowset.1);
        self.max = self.max.max(rowset.1.end);
    }

    fn stale(&mut self, inside: VersionRange, now: SimTime) {
        let gone: Vec<_> =
            self.live.iter().map(|(_, range)| *range).filter(|range| inside.contains(*range)).collect();
        self.live.retain(|(_, range)| !inside.contains(*range));
        if !gone.is_empty() {
            self.paths.push((gone, now));
        }
    }

    fn add(&mut self, new: &[Known], now: SimTime) {
        let mut rest = Vec::new();
        for &rowset in new {
            match self.live.iter_mut().find(|(_, range)| *range == rowset.1) {
                Some(there) => there.0 = rowset.0,
                None => rest.push(rowset),
            }
        }
        let newest = self.max;
        for (_, range) in rest.iter().filter(|(_, range)| range.start <= newest) {
            self.stale(*range, now);
        }
        for rowset in rest {
            self.put(rowset);
        }
    }

    pub(crate) fn fill(&mut self, version: Version) {
        for version in 0..=version {
            if !self.live.iter().any(|(_, range)| range.contains_version(version)) {
                let range = VersionRange::single(version);
                self.put((hole_id(range), range));
            }
        }
    }

    pub(crate) fn sync(&mut self, service: &NaiveService, full: bool, now: SimTime) {
        let from = if full { 0 } else { self.max + 1 };
        let sent = service.rowsets.iter().copied();
        let sent = sent.filter(|(_, range)| service.sends(self.cursor, from, range.end));
        let new: Vec<_> = sent.filter(|rowset| !self.live.contains(rowset)).collect();
        self.add(&new, now);
        self.fill(service.version);
        self.cursor = service.cursor;
    }

    /// Its own compaction, once the meta-service committed it.
    pub(crate) fn compacted(&mut self, kind: JobKind, output: Known, now: SimTime, service: &NaiveService) {
        let inputs = self.live.iter().filter(|(_, range)| output.1.contains(*range)).count();
        if kind == JobKind::Cumulative && inputs == 1 {
            self.add(&[output], now);
        } else {
            self.stale(output.1, now);
            self.put(output);
        }
        let cursor = service.cursor;
        match kind {
            JobKind::Cumulative => {
                self.cursor.cumulative = cursor.cumulative;
                self.cursor.point = cursor.point;
            }
            JobKind::Base => self.cursor.base = cursor.base,
            _ => self.cursor = SyncCursor { cumulative: self.cursor.cumulative, ..cursor },
        }
    }

    pub(crate) fn notice(&mut self, rowset: Known) {
        if rowset.1.start == self.max + 1 {
            self.put(rowset);
        }
    }

    pub(crate) fn expire(&mut self, limit: SimTime) {
        let due = |at: SimTime| at <= limit;
        for (path, _) in self.paths.iter().filter(|(_, at)| due(*at)) {
            for range in path {
                if let Some(at) = self.edges.iter().position(|edge| edge == range) {
                    self.edges.swap_remove(at);
                }
            }
        }
        self.paths.retain(|(_, at)| !due(*at));
    }

    /// Whether some chain of edges leads from 0 to a version.
    pub(crate) fn readable(&self, version: Version) -> bool {
        let (mut reached, mut at) = (vec![0], 0);
        while at < reached.len() {
            let from = reached[at];
            for edge in self.edges.iter().filter(|edge| edge.start == from && edge.end <= version) {
                if !reached.contains(&(edge.end + 1)) {
                    reached.push(edge.end + 1);
                }
            }
            at += 1;
        }
        reached.contains(&(version + 1))
    }
}
