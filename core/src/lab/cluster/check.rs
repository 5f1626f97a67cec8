//! Invariants, looked at from outside: what the meta-service stores, what a view holds, what was loaded.

use super::{ClusterLab, tablet_id};
use crate::base::{INFINITE_VERSION, RowsetId, VersionRange};
use crate::cloud::{BitmapEntry, CloudRowset, CloudTablet, Extent, SyncCursor, is_hole};
use crate::lab::Violation;
use crate::rowset::RowsetMeta;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Names of all invariants.
pub(super) const INVARIANTS: &[&str] =
    &["never-ahead", "reads-are-right", "nothing-lost", "no-load-lost", "same-metas", "same-marks"];
/// Place of the first: counters here are not larger than there.
pub(super) const AHEAD: u8 = 0;
/// Place of the second: a read finds the rows of all loads up to its version, once.
pub(super) const READS: u8 = 1;

fn broken(invariant: &str, text: String) -> Violation {
    Violation { invariant: invariant.to_string(), text }
}

impl ClusterLab {
    pub(super) fn check_all(&self) -> Result<(), Violation> {
        let [ahead, _, lost, loads, metas, marks] = INVARIANTS else { return Ok(()) };
        for &(backend, tablet) in &self.touched {
            let stored = self.ms.peek_rowsets(tablet_id(tablet));
            self.no_load_lost(loads, tablet, &stored)?;
            let held = self.views.get(backend, tablet);
            let (Some(held), Some(stats)) = (held, self.ms.peek_stats(tablet_id(tablet))) else { continue };
            let seen = Seen { backend, tablet, view: &held.view, stored: &stored, cursor: stats.cursor };
            self.never_ahead(ahead, &seen)?;
            seen.nothing_lost(lost)?;
            seen.same_metas(metas)?;
            if self.is_merge_on_write(tablet) {
                self.same_marks(marks, &seen)?;
            }
        }
        match &self.wrong {
            Some((place, text)) => Err(broken(INVARIANTS[usize::from(*place)], text.clone())),
            None => Ok(()),
        }
    }

    /// What the meta-service stores holds the rows of every committed load.
    fn no_load_lost(&self, name: &str, tablet: u32, stored: &[CloudRowset]) -> Result<(), Violation> {
        let unconverted = self.ms.peek_unconverted(tablet_id(tablet));
        let rows: u64 = stored.iter().chain(&unconverted).map(|rowset| rowset.meta.rows).sum();
        let loaded = self.tablets.rows_at(tablet, INFINITE_VERSION);
        if rows == loaded {
            return Ok(());
        }
        Err(broken(name, format!("tablet {}: {loaded} rows were loaded, {rows} are stored", tablet + 1)))
    }

    /// A view whose counters and point are the stored ones has the stored delete bitmaps of what it holds, up to
    /// its newest version: those of merges too, which their backend wrote itself.
    fn same_marks(&self, name: &str, seen: &Seen<'_>) -> Result<(), Violation> {
        let (view, newest) = (seen.view, seen.view.max_version());
        if view.cursor() != seen.cursor {
            return Ok(());
        }
        let upto = VersionRange::new(0, newest);
        let live = view.live().filter(|meta| !is_hole(meta.id));
        let wanted: Vec<_> = live.map(|meta| (meta.id, upto)).collect();
        let mut there = self.ms.peek_bitmaps(tablet_id(seen.tablet), &wanted);
        there.retain(|entry| !entry.rows.is_empty());
        let bitmap = view.bitmap();
        let place = |entry: &BitmapEntry| (entry.rowset, entry.segment, entry.version);
        let stored = |at| there.iter().find(|entry| place(entry) == at);
        let differs = |entry: &&BitmapEntry| {
            let here = bitmap.rows(entry.rowset, entry.segment, entry.version);
            let rows = |rows: &[u32]| rows.iter().copied().collect::<BTreeSet<_>>();
            here != entry.rows && rows(here) != rows(&entry.rows)
        };
        let marked = || {
            let of = |id| bitmap.marked(id, newest).map(move |(segment, version)| (id, segment, version));
            wanted.iter().flat_map(move |(id, _)| of(*id))
        };
        let mut wrong = there.iter().find(differs).map(place);
        if wrong.is_none() && marked().count() != there.len() {
            wrong = marked().find(|at| stored(*at).is_none());
        }
        let Some((id, segment, version)) = wrong else { return Ok(()) };
        let (be, t, cursor) = (seen.backend + 1, seen.tablet + 1, seen.cursor);
        let here = bitmap.rows(id, segment, version).len();
        let there = stored((id, segment, version)).map_or(0, |entry| entry.rows.len());
        let text = format!(
            "tablet {t} on backend {be}, both at {cursor}: version {version} deletes {here} rows of {id}, segment \
             {segment}, {there} stored"
        );
        Err(broken(name, text))
    }

    fn never_ahead(&self, name: &str, seen: &Seen<'_>) -> Result<(), Violation> {
        let newest = self.tables[self.table_of(seen.tablet) as usize].version;
        let (be, t, max) = (seen.backend + 1, seen.tablet + 1, seen.view.max_version());
        if let Some((what, here, there)) = seen.view.cursor().ahead_of(&seen.cursor) {
            return Err(broken(
                name,
                format!("tablet {t}: {what} is {here} on backend {be}, {there} stored"),
            ));
        }
        if max > newest {
            return Err(broken(
                name,
                format!("tablet {t}: backend {be} is at {max}, the newest is {newest}"),
            ));
        }
        Ok(())
    }
}

/// A backend's view of a tablet beside what the meta-service stores.
struct Seen<'a> {
    backend: u32,
    tablet: u32,
    view: &'a CloudTablet,
    stored: &'a [CloudRowset],
    cursor: SyncCursor,
}

impl Seen<'_> {
    /// A rowset that is stored has the same rows, bytes and segments in a view. Both are in order of versions.
    fn same_metas(&self, name: &str) -> Result<(), Violation> {
        let mut there = self.stored.iter().map(|rowset| &rowset.meta).peekable();
        for meta in self.view.live() {
            while there.next_if(|other| other.range.end < meta.range.end).is_some() {}
            let same = there.peek().filter(|other| other.id == meta.id);
            if let Some(other) = same.filter(|other| Extent::of(other) != Extent::of(meta)) {
                let say = |meta: &RowsetMeta| format!("{} rows in {} segments", meta.rows, meta.segments);
                let (be, t, id) = (self.backend + 1, self.tablet + 1, meta.id);
                let text =
                    format!("tablet {t}: {id} has {} on backend {be}, {} stored", say(meta), say(other));
                return Err(broken(name, text));
            }
        }
        Ok(())
    }

    /// A view whose counters and point are the stored ones is never told of what it lacks: so it lacks
    /// nothing up to its newest version.
    fn nothing_lost(&self, name: &str) -> Result<(), Violation> {
        let (view, newest) = (self.view, self.view.max_version());
        if view.cursor() != self.cursor {
            return Ok(());
        }
        let of = |id: RowsetId, range: VersionRange| (range.start, range.end, id);
        let there: Vec<_> = self
            .stored
            .iter()
            .filter(|rowset| rowset.meta.range.end <= newest)
            .map(|rowset| of(rowset.meta.id, rowset.meta.range))
            .collect();
        let live = view.live().filter(|meta| !is_hole(meta.id));
        let here: Vec<_> = live.map(|meta| of(meta.id, meta.range)).collect();
        if here == there {
            return Ok(());
        }
        let differs = |left: &[(i64, i64, RowsetId)], right: &[(i64, i64, RowsetId)]| {
            let one = left.iter().find(|one| !right.contains(one));
            one.map_or_else(|| "nothing".to_string(), |(start, end, id)| format!("[{start}-{end}] {id}"))
        };
        let (lacks, has) = (differs(&there, &here), differs(&here, &there));
        let (be, t, cursor) = (self.backend + 1, self.tablet + 1, self.cursor);
        let text =
            format!("tablet {t} on backend {be}, both at {cursor}: it lacks {lacks} and has {has} instead");
        Err(broken(name, text))
    }
}
