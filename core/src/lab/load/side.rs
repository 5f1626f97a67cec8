//! Beside loading: reads with LIMIT, and restarts of a cluster.

use super::command::{LoadEvent, UpgradeSpec};
use super::history::{Place, ReadLine, What, keep_read};
use super::{LoadLab, TabletLine};
use crate::base::SimTime;
use crate::load::LoadId;
use crate::rowset::limit::{Scan, Scanned};
use crate::rowset::upgrade::{RestartCost, outage};
use crate::view::board::ItemId;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Ended upgrades that are kept.
const UPGRADES_KEPT: usize = 8;

/// A backend that is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Down {
    pub(super) backend: u32,
    pub(super) since: SimTime,
    pub(super) until: SimTime,
    pub(super) span: u64,
}

/// An upgrade that waits, runs or has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct UpgradeJob {
    pub(super) id: u64,
    pub(super) spec: UpgradeSpec,
    pub(super) began: Option<SimTime>,
    pub(super) ended: Option<SimTime>,
    /// The next backend to restart.
    pub(super) next: u32,
    pub(super) down: Vec<Down>,
    /// When it was last looked how many placements are out.
    as_of: SimTime,
    pub(super) unreadable_us: u64,
    pub(super) unwritable_us: u64,
    /// Metas rewritten.
    pub(super) metas: u64,
}

impl UpgradeJob {
    /// Counts the time that some placement was out.
    fn count(&mut self, now: SimTime) {
        let mut up = alloc::vec![true; self.spec.backends as usize];
        for down in &self.down {
            up[down.backend as usize] = false;
        }
        let out = outage(&up, self.spec.replicas);
        let span = (now - self.as_of).micros();
        self.unreadable_us += if out.unreadable > 0 { span } else { 0 };
        self.unwritable_us += if out.unwritable > 0 { span } else { 0 };
        self.as_of = now;
    }
}

impl LoadLab {
    /// What a read would do with the statistic counted or not.
    fn scan(&self, limit: u64, counts: bool) -> Scanned {
        let rows: Vec<u64> = self.tablets.iter().map(|line: &TabletLine| line.rows).collect();
        Scan { counts, pass: self.knobs.pass, ..Scan::default() }.read(&rows, limit)
    }

    /// Begins a read.
    pub(super) fn begin_read(&mut self, limit: u64, out: &mut Vec<LoadEvent>) {
        let counts = self.knobs.statistic;
        let (did, other) = (self.scan(limit, counts), self.scan(limit, !counts));
        let takes =
            (u128::from(did.in_series) * 1_000_000).div_ceil(u128::from(self.knobs.scan_speed.max(1)));
        let until = self.now + SimTime((takes as u64).max(1));
        let id = self.next_read;
        self.next_read += 1;
        let what = What::Read { limit, counts, did, other };
        let span = self.history.begin(Place::Reader, what, self.now, (LoadId(0), 0, 0));
        self.reads.push(ReadLine { id, limit, counts, began: self.now, until, did, other, span });
        self.changed.push(ItemId(span));
        out.push(LoadEvent::ReadBegan { read: id, limit });
    }

    /// A read ends.
    pub(super) fn end_read(&mut self, index: usize, out: &mut Vec<LoadEvent>) {
        let read = self.reads.remove(index);
        self.history.end(read.span, self.now);
        self.changed.push(ItemId(read.span));
        out.push(LoadEvent::ReadDone {
            read: read.id,
            delivered: read.did.delivered,
            rows: read.did.rows,
            raw_rows_read: read.did.raw_rows_read,
            took: self.now - read.began,
            other_rows: read.other.rows,
        });
        keep_read(&mut self.reads_ended, read);
    }

    /// Puts an upgrade behind those that wait.
    pub(super) fn begin_upgrade(&mut self, spec: UpgradeSpec, out: &mut Vec<LoadEvent>) {
        let id = self.next_upgrade;
        self.next_upgrade += 1;
        let (backends, together) = (spec.backends, spec.together.min(spec.backends));
        out.push(LoadEvent::UpgradeBegan { upgrade: id, backends, together });
        self.upgrades.push_back(UpgradeJob {
            id,
            spec: UpgradeSpec { together, ..spec },
            began: None,
            ended: None,
            next: 0,
            down: Vec::new(),
            as_of: self.now,
            unreadable_us: 0,
            unwritable_us: 0,
            metas: 0,
        });
        self.restart_more(out);
    }

    /// Restarts backends of the first upgrade until enough are down.
    fn restart_more(&mut self, out: &mut Vec<LoadEvent>) {
        let Some(job) = self.upgrades.front_mut() else { return };
        if job.began.is_none() {
            (job.began, job.as_of) = (Some(self.now), self.now);
        }
        let spec = job.spec;
        let cost = RestartCost { base_us: spec.restart_ms.saturating_mul(1_000), meta_us: spec.meta_us };
        while (job.down.len() as u32) < spec.together && job.next < spec.backends {
            // No two backends hold the same number of metas.
            let metas = self.rng.around(spec.metas, 10);
            let until = self.now + SimTime(cost.down_us(metas).max(1));
            let what = What::Down { upgrade: job.id, metas };
            let place = Place::Backend(job.next);
            let span = self.history.begin(place, what, self.now, (LoadId(0), 0, 0));
            self.changed.push(ItemId(span));
            out.push(LoadEvent::BackendDown { upgrade: job.id, backend: job.next, metas });
            job.down.push(Down { backend: job.next, since: self.now, until, span });
            job.metas += metas;
            job.next += 1;
        }
    }

    /// A backend is back.
    pub(super) fn backend_up(&mut self, index: usize, out: &mut Vec<LoadEvent>) {
        let Some(job) = self.upgrades.front_mut() else { return };
        job.count(self.now);
        let down = job.down.remove(index);
        self.history.end(down.span, self.now);
        self.changed.push(ItemId(down.span));
        let (upgrade, backend) = (job.id, down.backend);
        out.push(LoadEvent::BackendUp { upgrade, backend, down: self.now - down.since });
        if job.down.is_empty()
            && job.next == job.spec.backends
            && let Some(mut job) = self.upgrades.pop_front()
        {
            job.ended = Some(self.now);
            out.push(LoadEvent::Upgraded {
                upgrade,
                took: self.now - job.began.unwrap_or_default(),
                unreadable: SimTime(job.unreadable_us),
                unwritable: SimTime(job.unwritable_us),
            });
            self.upgraded.push_back(job);
            if self.upgraded.len() > UPGRADES_KEPT {
                self.upgraded.pop_front();
            }
        }
        self.restart_more(out);
    }
}
