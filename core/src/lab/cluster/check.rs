//! Invariants, looked at from outside: what the meta-service stores, what a view holds, what was loaded.

use super::{ClusterLab, tablet_id};
use crate::base::{INFINITE_VERSION, RowsetId, VersionRange};
use crate::cloud::{CloudRowset, is_hole};
use crate::lab::Violation;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Names of all invariants.
pub(super) const INVARIANTS: &[&str] = &["never-ahead", "reads-are-right", "nothing-lost", "no-load-lost"];
/// Place of the first: counters here are not larger than there.
pub(super) const AHEAD: u8 = 0;
/// Place of the second: a read finds the rows of all loads up to its version, once.
pub(super) const READS: u8 = 1;

fn broken(invariant: &str, text: String) -> Violation {
    Violation { invariant: invariant.to_string(), text }
}

impl ClusterLab {
    pub(super) fn check_all(&self) -> Result<(), Violation> {
        let [ahead, _, lost, loads] = INVARIANTS else { return Ok(()) };
        for &(backend, tablet) in &self.touched {
            let stored = self.ms.peek_rowsets(tablet_id(tablet));
            self.no_load_lost(loads, tablet, &stored)?;
            self.never_ahead(ahead, backend, tablet)?;
            self.nothing_lost(lost, backend, tablet, &stored)?;
        }
        match &self.wrong {
            Some((place, text)) => Err(broken(INVARIANTS[usize::from(*place)], text.clone())),
            None => Ok(()),
        }
    }

    /// What the meta-service stores holds the rows of every committed load.
    fn no_load_lost(&self, name: &str, tablet: u32, stored: &[CloudRowset]) -> Result<(), Violation> {
        let rows: u64 = stored.iter().map(|rowset| rowset.meta.rows).sum();
        let loaded = self.tablets.rows_at(tablet, INFINITE_VERSION);
        if rows == loaded {
            return Ok(());
        }
        Err(broken(name, format!("tablet {}: {loaded} rows were loaded, {rows} are stored", tablet + 1)))
    }

    fn never_ahead(&self, name: &str, backend: u32, tablet: u32) -> Result<(), Violation> {
        let Some(held) = self.backends[backend as usize].tablet(tablet) else { return Ok(()) };
        let Some(stats) = self.ms.peek_stats(tablet_id(tablet)) else { return Ok(()) };
        let newest = self.tables[self.table_of(tablet) as usize].version;
        let (be, t, max) = (backend + 1, tablet + 1, held.view.max_version());
        if let Some((what, here, there)) = held.view.cursor().ahead_of(&stats.cursor) {
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

    /// A view whose counters and point are the stored ones is never told of what it lacks: so it lacks
    /// nothing up to its newest version.
    fn nothing_lost(
        &self,
        name: &str,
        backend: u32,
        tablet: u32,
        stored: &[CloudRowset],
    ) -> Result<(), Violation> {
        let Some(held) = self.backends[backend as usize].tablet(tablet) else { return Ok(()) };
        let Some(stats) = self.ms.peek_stats(tablet_id(tablet)) else { return Ok(()) };
        let (view, newest) = (&held.view, held.view.max_version());
        if view.cursor() != stats.cursor {
            return Ok(());
        }
        let of = |id: RowsetId, range: VersionRange| (range.start, range.end, id);
        let there: Vec<_> = stored
            .iter()
            .filter(|rowset| rowset.meta.range.end <= newest)
            .map(|rowset| of(rowset.meta.id, rowset.meta.range))
            .collect();
        let live = view.rowsets().live().filter(|meta| !is_hole(meta.id));
        let here: Vec<_> = live.map(|meta| of(meta.id, meta.range)).collect();
        if here == there {
            return Ok(());
        }
        let differs = |left: &[(i64, i64, RowsetId)], right: &[(i64, i64, RowsetId)]| {
            let one = left.iter().find(|one| !right.contains(one));
            one.map_or_else(|| "nothing".to_string(), |(start, end, id)| format!("[{start}-{end}] {id}"))
        };
        let (lacks, has) = (differs(&there, &here), differs(&here, &there));
        let (be, t, cursor) = (backend + 1, tablet + 1, stats.cursor);
        let text =
            format!("tablet {t} on backend {be}, both at {cursor}: it lacks {lacks} and has {has} instead");
        Err(broken(name, text))
    }
}
