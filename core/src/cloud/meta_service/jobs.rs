//! Compaction jobs: who may compact what, and what a commit does to counters and point.
//!
//! ```text
//!                     base  cumulative  full  point
//! cumulative                    +1            the larger of old and new
//! empty cumulative              +1            the new one
//! base                 +1
//! full                 +1               +1    the larger of old and new
//! ```
//!
//! A full compaction counts as a base one too, so that backends which do not know of it notice.

use super::{Call, Context, MetaService, MsError};
use crate::base::{JobId, SimTime, TableId, TabletId, TxnId, Version};
use crate::cloud::{
    CloudRowset, Family, Job, JobKind, LockOwner, RecycleCause, SyncCursor, TabletIndex, TabletJobs,
    TabletStats,
};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A job that wants to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartJob {
    /// Where.
    pub tablet: TabletId,
    /// What.
    pub job: Job,
    /// The layout that its input was picked from.
    pub cursor: SyncCursor,
    /// Jobs of the same kind are in the way only where their inputs meet
    /// (`enable_parallel_cumu_compaction`).
    pub by_range: bool,
}

/// A job that is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinishJob {
    /// Where.
    pub tablet: TabletId,
    /// Which.
    pub job: JobId,
    /// The transaction under which its output was committed; none for a job without output.
    pub output: Option<TxnId>,
    /// The cumulative point that its policy wants.
    pub output_point: Version,
    /// The merge-on-write table whose lock it holds, to be given back.
    pub locked_table: Option<TableId>,
}

/// A job that is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbortJob {
    /// Where.
    pub tablet: TabletId,
    /// Which.
    pub job: JobId,
    /// The transaction under which its output was committed; none where nothing was.
    pub output: Option<TxnId>,
    /// The merge-on-write table whose lock it may hold, to be given back.
    pub locked_table: Option<TableId>,
}

/// What a commit of a job does to counters and point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum JobCounting {
    /// As the reference does, see [`JobKind::advance`].
    #[default]
    ByKind,
    /// Ours, for jobs side by side: the point stays where moving it would pass a cumulative job under way, and
    /// never goes back. So no cumulative job is committed below the point, where only base jobs are told of
    /// and where base jobs merge; and no view that followed the point is ahead of the stored one. It is not
    /// moved half the way either: whoever missed one job and sees the point moved asks for what lies between.
    Careful,
}

impl JobCounting {
    /// The cursor after a job, beside those that are still recorded.
    #[must_use]
    pub fn advance(self, job: &Job, beside: &[Job], cursor: SyncCursor, output_point: Version) -> SyncCursor {
        let point = match self {
            Self::ByKind => output_point,
            Self::Careful => {
                let cumulative = beside.iter().filter(|other| other.kind == JobKind::Cumulative);
                let first = cumulative.map(|other| other.input.start).min().unwrap_or(Version::MAX);
                if first < output_point { cursor.point } else { output_point.max(cursor.point) }
            }
        };
        job.kind.advance(cursor, point)
    }
}

impl JobKind {
    /// The cursor after a job of this kind.
    #[must_use]
    pub fn advance(self, cursor: SyncCursor, output_point: Version) -> SyncCursor {
        let mut next = cursor;
        match self {
            Self::Cumulative => {
                next.cumulative += 1;
                next.point = cursor.point.max(output_point);
            }
            Self::EmptyCumulative => {
                next.cumulative += 1;
                next.point = output_point;
            }
            Self::Base => next.base += 1,
            Self::Full => {
                next.base += 1;
                next.full += 1;
                next.point = cursor.point.max(output_point);
            }
            Self::StopToken => {}
        }
        next
    }
}

impl MetaService {
    /// Records a job, unless another one is in the way. Starting one that is recorded changes nothing.
    /// Gives the jobs whose record is gone by that: those that ran out of time or lease and, for a full
    /// compaction or a stop token, all. Their backends learn of it when they commit.
    ///
    /// # Errors
    /// Unknown tablet; base or cumulative count behind the stored one; a schema change; other jobs: those of
    /// the kind that are under way, whether or not the inputs of all meet.
    pub fn start_job(&mut self, start: &StartJob, now: SimTime) -> Result<Vec<Job>, MsError> {
        let StartJob { tablet, job, cursor, by_range } = *start;
        self.call(Call::StartJob, |context| {
            let index = context.index(tablet)?;
            let (_, stats) = context.stats(tablet, &index)?;
            let known = stats.cursor;
            if cursor.base < known.base || cursor.cumulative < known.cumulative {
                return Err(MsError::StaleTabletCache(cursor, known));
            }
            let mut jobs = context.jobs(tablet, &index);
            if let Some(version) = jobs.alter_version {
                let refused = match job.kind {
                    JobKind::Base => job.input.end > version,
                    JobKind::Cumulative => job.input.start <= version,
                    _ => false,
                };
                if refused {
                    return Err(MsError::JobCheckAlterVersion(version));
                }
            }
            let (mut gone, beside): (Vec<_>, Vec<_>) =
                jobs.compactions.iter().copied().partition(|other: &Job| other.is_over(now));
            let all_of = |kinds: &[JobKind]| -> Vec<Job> {
                beside.iter().copied().filter(|other| kinds.contains(&other.kind)).collect()
            };
            let stop = all_of(&[JobKind::StopToken]);
            if !stop.is_empty() {
                return Err(MsError::JobBusy(stop));
            }
            if matches!(job.kind, JobKind::Full | JobKind::StopToken) {
                gone.extend(beside);
                jobs.compactions.clear();
            } else {
                let rivals = all_of(&[job.kind, JobKind::Full]);
                let meets = |other: &&Job| !by_range || other.input.overlaps(job.input);
                match rivals.iter().find(meets) {
                    Some(other) if other.id == job.id => return Ok(Vec::new()),
                    Some(_) => return Err(MsError::JobBusy(rivals)),
                    None => jobs.compactions = beside,
                }
            }
            jobs.compactions.push(job);
            context.put_jobs(tablet, &index, &jobs);
            gone.retain(|other| other.id != job.id);
            Ok(gone)
        })
    }

    /// Prolongs a job's lease. One that ran out may be prolonged as long as no other job took its place.
    ///
    /// # Errors
    /// Unknown tablet or job; the job took too long; the lease ends later already.
    pub fn lease_job(
        &mut self,
        tablet: TabletId,
        job: JobId,
        until: SimTime,
        now: SimTime,
    ) -> Result<(), MsError> {
        self.call(Call::LeaseJob, |context| {
            let index = context.index(tablet)?;
            let mut jobs = context.jobs(tablet, &index);
            let at = jobs.place_of(job, now)?;
            let known = &mut jobs.compactions[at];
            if known.leased_until > until {
                return Err(MsError::LeasedLonger(job, known.leased_until));
            }
            known.leased_until = until;
            context.put_jobs(tablet, &index, &jobs);
            Ok(())
        })
    }

    /// Commits a job: its output takes the place of its inputs, which are recycled; counters and point
    /// move. Gives the stats after it.
    ///
    /// # Errors
    /// Unknown tablet; the job is not recorded (any more) or took too long; its output was not
    /// committed; the lock is not held.
    pub fn finish_job(&mut self, finish: &FinishJob, now: SimTime) -> Result<TabletStats, MsError> {
        let (tablet, counting) = (finish.tablet, self.counting);
        self.call(Call::FinishJob, |context| {
            context.wake(tablet);
            let index = context.index(tablet)?;
            let mut jobs = context.jobs(tablet, &index);
            let at = jobs.place_of(finish.job, now)?;
            let job = jobs.compactions.remove(at);
            if let Some(table) = finish.locked_table {
                context.release(table, LockOwner::Compaction(job.id), now)?;
            }
            let (mut stats, full) = context.stats(tablet, &index)?;
            let sums = Sums::between(&full, &stats);
            if let Some(txn) = finish.output {
                context.replace(tablet, &job, txn, &mut stats, now)?;
            }
            stats.cursor = counting.advance(&job, &jobs.compactions, stats.cursor, finish.output_point);
            match job.kind {
                JobKind::Cumulative | JobKind::EmptyCumulative => stats.last_cumulative_at = Some(now),
                JobKind::Base => stats.last_base_at = Some(now),
                JobKind::Full => stats.last_full_at = Some(now),
                JobKind::StopToken => {}
            }
            let key = context.keys.stats(tablet, &index);
            context.put(Family::Stats, key, &stats);
            context.put_jobs(tablet, &index, &jobs);
            Ok(sums.added_to(stats))
        })
    }

    /// Gives a job up; its output, if it had one, is recycled, and the lock, if it held it, is free.
    ///
    /// # Errors
    /// Unknown tablet; the job is not recorded (any more) or took too long.
    pub fn abort_job(&mut self, abort: &AbortJob, now: SimTime) -> Result<(), MsError> {
        let AbortJob { tablet, job, output, locked_table } = *abort;
        self.call(Call::AbortJob, |context| {
            let index = context.index(tablet)?;
            let mut jobs = context.jobs(tablet, &index);
            let at = jobs.place_of(job, now)?;
            jobs.compactions.remove(at);
            context.put_jobs(tablet, &index, &jobs);
            if let Some(table) = locked_table {
                match context.release(table, LockOwner::Compaction(job), now) {
                    Ok(()) | Err(MsError::LockLost(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            if let Some(txn) = output {
                let key = context.keys.tmp_rowset(txn, tablet);
                if let Some(rowset) = context.get::<CloudRowset>(Family::TmpRowset, &key) {
                    context.recycle(tablet, rowset.meta.id, RecycleCause::Aborted, now);
                    context.delete(Family::TmpRowset, key);
                }
            }
            Ok(())
        })
    }

    /// Announces a schema change that copies up to a version, or ends it.
    ///
    /// # Errors
    /// Unknown tablet.
    pub fn set_alter_version(&mut self, tablet: TabletId, version: Option<Version>) -> Result<(), MsError> {
        self.call(Call::StartJob, |context| {
            let index = context.index(tablet)?;
            let mut jobs = context.jobs(tablet, &index);
            jobs.alter_version = version;
            context.put_jobs(tablet, &index, &jobs);
            Ok(())
        })
    }
}

/// What loads added beside the stored stats.
struct Sums {
    rowsets: i64,
    segments: i64,
    rows: i64,
    bytes: i64,
}

impl Sums {
    const fn between(full: &TabletStats, stored: &TabletStats) -> Self {
        Self {
            rowsets: full.rowsets - stored.rowsets,
            segments: full.segments - stored.segments,
            rows: full.rows - stored.rows,
            bytes: full.bytes - stored.bytes,
        }
    }

    const fn added_to(&self, mut stats: TabletStats) -> TabletStats {
        stats.rowsets += self.rowsets;
        stats.segments += self.segments;
        stats.rows += self.rows;
        stats.bytes += self.bytes;
        stats
    }
}

impl TabletJobs {
    /// Where a job is that may still be prolonged, committed or given up.
    fn place_of(&self, job: JobId, now: SimTime) -> Result<usize, MsError> {
        let at = self.compactions.iter().position(|known| known.id == job);
        let at = at.ok_or(MsError::UnknownJob(job))?;
        let expires_at = self.compactions[at].expires_at;
        if expires_at < now { Err(MsError::JobExpired(job, expires_at)) } else { Ok(at) }
    }
}

impl Context<'_> {
    pub(super) fn jobs(&mut self, tablet: TabletId, index: &TabletIndex) -> TabletJobs {
        let key = self.keys.job(tablet, index);
        self.get(Family::Job, &key).unwrap_or_default()
    }

    fn put_jobs(&mut self, tablet: TabletId, index: &TabletIndex, jobs: &TabletJobs) {
        let key = self.keys.job(tablet, index);
        self.put(Family::Job, key, jobs);
    }

    /// The output in place of the inputs, in rowsets and stats.
    fn replace(
        &mut self,
        tablet: TabletId,
        job: &Job,
        txn: TxnId,
        stats: &mut TabletStats,
        now: SimTime,
    ) -> Result<(), MsError> {
        let tmp = self.keys.tmp_rowset(txn, tablet);
        let output = self.get::<CloudRowset>(Family::TmpRowset, &tmp);
        let output = output.ok_or(MsError::NothingWritten(tablet, txn))?;
        let mut inputs = Vec::new();
        self.rowsets(tablet, job.input, &mut inputs);
        let mut count = |meta: &crate::rowset::RowsetMeta, sign: i64| {
            stats.rowsets += sign;
            stats.segments += sign * i64::from(meta.segments);
            stats.rows += sign * meta.rows as i64;
            stats.bytes += sign * meta.bytes as i64;
        };
        count(&output.meta, 1);
        for input in &inputs {
            count(&input.meta, -1);
            self.recycle(tablet, input.meta.id, RecycleCause::Compacted, now);
        }
        if !inputs.is_empty() {
            let range = self.keys.rowsets(tablet, job.input);
            self.clear(Family::Rowset, range);
        }
        self.delete(Family::TmpRowset, tmp);
        let output = CloudRowset { visible_at: Some(now), ..output };
        let key = self.keys.rowset(tablet, output.meta.range.end);
        self.put(Family::Rowset, key, &output);
        Ok(())
    }
}
