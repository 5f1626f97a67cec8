//! A tablet's table of compaction jobs as a list that is walked for each rule of the description, 7.8.

use super::{Known, NaiveService};
use tabletop_core::base::{JobId, SimTime, TxnId, Version};
use tabletop_core::cloud::{Job, JobKind, SyncCursor};

/// Refused: the name that logs have for it, and jobs in the way.
pub(crate) type Refusal = (&'static str, Vec<JobId>);

const fn refused<T>(name: &'static str) -> Result<T, Refusal> {
    Err((name, Vec::new()))
}

#[derive(Clone, Debug)]
pub(crate) struct NaiveJobs {
    pub(crate) service: NaiveService,
    pub(crate) recorded: Vec<Job>,
    pub(crate) alter: Option<Version>,
    /// The point waits for cumulative jobs under way, and never goes back.
    pub(crate) careful: bool,
    /// Outputs that wait for their job to be committed.
    pub(crate) written: Vec<(TxnId, Known)>,
}

impl NaiveJobs {
    pub(crate) fn new(careful: bool) -> Self {
        let (recorded, written) = (Vec::new(), Vec::new());
        Self { service: NaiveService::new(), recorded, alter: None, careful, written }
    }

    /// Gives jobs that are no longer recorded.
    pub(crate) fn start(
        &mut self,
        job: Job,
        seen: SyncCursor,
        by_range: bool,
        now: SimTime,
    ) -> Result<Vec<JobId>, Refusal> {
        let known = self.service.cursor;
        if seen.base < known.base || seen.cumulative < known.cumulative {
            return refused("STALE_TABLET_CACHE");
        }
        let versions = || job.input.start..=job.input.end;
        if let Some(alter) = self.alter {
            let below = versions().any(|version| version <= alter);
            let above = versions().any(|version| version > alter);
            if job.kind == JobKind::Base && above || job.kind == JobKind::Cumulative && below {
                return refused("JOB_CHECK_ALTER_VERSION");
            }
        }
        let is_alive = |other: &Job| now <= other.expires_at && now <= other.leased_until;
        let alive: Vec<Job> = self.recorded.iter().copied().filter(is_alive).collect();
        let of = |kinds: &[JobKind]| -> Vec<JobId> {
            alive.iter().filter(|other| kinds.contains(&other.kind)).map(|other| other.id).collect()
        };
        let stop = of(&[JobKind::StopToken]);
        if !stop.is_empty() {
            return Err(("JOB_TABLET_BUSY", stop));
        }
        let evicts = job.kind == JobKind::Full || job.kind == JobKind::StopToken;
        let mut stay = if evicts { Vec::new() } else { alive.clone() };
        for other in &stay {
            let meet = versions().any(|version| other.input.contains_version(version));
            if other.kind != job.kind && other.kind != JobKind::Full || by_range && !meet {
                continue;
            }
            if other.id == job.id {
                return Ok(Vec::new());
            }
            return Err(("JOB_TABLET_BUSY", of(&[job.kind, JobKind::Full])));
        }
        let stays = |id: JobId| id == job.id || stay.iter().any(|other| other.id == id);
        let gone = self.recorded.iter().map(|other| other.id).filter(|id| !stays(*id)).collect();
        stay.push(job);
        self.recorded = stay;
        Ok(gone)
    }

    /// The place of a job that may still do something.
    fn find(&self, job: JobId, now: SimTime) -> Result<usize, Refusal> {
        for (at, known) in self.recorded.iter().enumerate() {
            if known.id == job {
                return if known.expires_at < now { refused("JOB_EXPIRED") } else { Ok(at) };
            }
        }
        refused("INVALID_JOB")
    }

    pub(crate) fn lease(&mut self, job: JobId, until: SimTime, now: SimTime) -> Result<(), Refusal> {
        let at = self.find(job, now)?;
        if until < self.recorded[at].leased_until {
            return refused("INVALID_ARGUMENT");
        }
        self.recorded[at].leased_until = until;
        Ok(())
    }

    pub(crate) fn finish(
        &mut self,
        job: JobId,
        output: Option<TxnId>,
        point: Version,
        now: SimTime,
    ) -> Result<SyncCursor, Refusal> {
        let at = self.find(job, now)?;
        let place = output.map(|txn| self.written.iter().position(|(of, _)| *of == txn));
        if place == Some(None) {
            return refused("ROWSET_META_NOT_FOUND");
        }
        let job = self.recorded.remove(at);
        if let Some(Some(place)) = place {
            let (_, output) = self.written.remove(place);
            self.service.put(output);
        }
        let mut point = point;
        if self.careful {
            let passes = self
                .recorded
                .iter()
                .any(|other| other.kind == JobKind::Cumulative && other.input.start < point);
            let stays = self.service.cursor.point;
            point = if passes || point < stays { stays } else { point };
        }
        self.service.count(job.kind, point);
        Ok(self.service.cursor)
    }

    pub(crate) fn abort(&mut self, job: JobId, output: Option<TxnId>, now: SimTime) -> Result<(), Refusal> {
        let at = self.find(job, now)?;
        self.recorded.remove(at);
        self.written.retain(|(txn, _)| Some(*txn) != output);
        Ok(())
    }
}
