//! Leases of compactions: a backend that merges for long says so, one that does not loses the job.
//!
//! ```text
//! BE 1  start ├─ merge ── lease ── lease ─╳ dead, or cut off         back: commit refused, output dropped
//! MS          80 s        80 s     80 s ······························ over
//! BE 2                                        start: busy ······ start: in its place ├─ merge ─┤ commit
//! ```
//!
//! The meta-service does nothing when a lease runs out: the record stays until another job starts, and the
//! backend that comes back before may prolong it, or commit. A lease that is refused is only logged; the merge
//! goes on until its commit is refused. As in the reference, where one thread prolongs all of them, a call that
//! got no answer is not made again. A job that ends before 20 s have passed sends none and sets no timer;
//! behind its merge it prolongs at each of its next calls.

use super::note::{Note, Request, Then, Tick};
use super::{ClusterEvent, ClusterLab, Evicted, node_of, tablet_id, tablet_of};
use crate::base::{JobId, SimTime};
use crate::cloud::{Job, StartJob};
use serde::{Deserialize, Serialize};

/// How often a lease is prolonged (`lease_compaction_interval_seconds`).
const EVERY: SimTime = SimTime::from_secs(20);
/// How long it lasts: four times that.
const LASTS: SimTime = SimTime::from_secs(80);

/// What a backend knows of the lease of its job.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Lease {
    /// When it was asked for last.
    asked: SimTime,
    /// That call is not answered.
    waits: bool,
}

impl Lease {
    /// The one that a job begins with.
    pub(super) const fn began(now: SimTime) -> Self {
        Self { asked: now, waits: false }
    }

    /// When it ends.
    pub(super) fn until(self) -> SimTime {
        self.asked + LASTS
    }
}

/// A record that is gone, since another job took its place.
pub(super) fn evicted(by: &StartJob, job: &Job, now: SimTime) -> ClusterEvent {
    let why = if job.expires_at < now {
        Evicted::Expired
    } else if job.leased_until < now {
        Evicted::LeaseOver
    } else {
        Evicted::ByFull
    };
    let backend = job.backend.0 as u32;
    ClusterEvent::JobEvicted { job: job.id.0, backend, tablet: tablet_of(by.tablet), by: by.job.id.0, why }
}

impl ClusterLab {
    /// Sees to the lease of a merge that takes so long.
    pub(super) fn keep_leased(&mut self, job: u64, takes: SimTime) {
        let Some(line) = self.jobs.get(&job) else { return };
        if takes >= EVERY {
            self.sim.after(node_of(line.backend), EVERY, Note::Tick(Tick::Lease(job)));
        }
    }

    /// The timer of a lease rang; with the job it ends.
    pub(super) fn lease_due(&mut self, job: u64) {
        self.prolong(job);
        self.keep_leased(job, EVERY);
    }

    /// Prolongs a job's lease if that is due.
    pub(super) fn prolong(&mut self, job: u64) {
        let now = self.time();
        let Some(line) = self.jobs.get_mut(&job) else { return };
        if line.lease.waits || now - line.lease.asked < EVERY {
            return;
        }
        line.lease = Lease { asked: now, waits: true };
        let (backend, tablet, until) = (line.backend, tablet_id(line.tablet), line.lease.until());
        let request = Request::Lease { tablet, job: JobId(job), until };
        self.ask(node_of(backend), request, Then::Leased(job));
    }

    /// The answer, whatever it says.
    pub(super) fn leased(&mut self, job: u64) {
        if let Some(line) = self.jobs.get_mut(&job) {
            line.lease.waits = false;
        }
    }
}
