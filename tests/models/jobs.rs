//! The meta-service's jobs against a list: who may start, prolong, commit, give up, and what is recorded then.

use crate::naive::{NaiveJobs, Refusal};
use crate::service::{TABLET, begin, meta, txn_of, with_a_tablet, written};
use proptest::collection::vec;
use proptest::prelude::*;
use tabletop_core::base::{BackendId, JobId, RowsetId, SimTime, Version, VersionRange};
use tabletop_core::cloud::{
    AbortJob, CommitTxn, FinishJob, Job, JobCounting, JobKind, MetaService, MsError, StartJob, SyncRule,
};

/// Loads before the first job: versions 2 to 9.
const LOADS: u64 = 8;

#[derive(Clone, Copy, Debug)]
enum Op {
    Start {
        kind: JobKind,
        input: VersionRange,
        by_range: bool,
        behind: bool,
        expires: u64,
        lease: u64,
    },
    /// The same request once more, with a new lease.
    Again {
        which: usize,
        by_range: bool,
        lease: u64,
    },
    Write {
        which: usize,
    },
    Lease {
        which: usize,
        lasts: u64,
    },
    Finish {
        which: usize,
        output: bool,
        point: Version,
    },
    Abort {
        which: usize,
        output: bool,
    },
    Alter(Option<Version>),
    Wait(u64),
}

fn any_op() -> impl Strategy<Value = Op> {
    let kind = prop_oneof![
        6 => Just(JobKind::Cumulative),
        2 => Just(JobKind::EmptyCumulative),
        2 => Just(JobKind::Base),
        1 => Just(JobKind::Full),
        1 => Just(JobKind::StopToken),
    ];
    let (which, lease) = (0_usize..40, 1_u64..9);
    let input =
        (2_i64..9, 0_i64..4).prop_map(|(start, more)| VersionRange::new(start, (start + more).min(9)));
    prop_oneof![
        8 => (kind, input, any::<bool>(), prop::bool::weighted(0.1), 2_u64..30, lease.clone()).prop_map(
            |(kind, input, by_range, behind, expires, lease)| {
                Op::Start { kind, input, by_range, behind, expires, lease }
            }
        ),
        1 => (which.clone(), any::<bool>(), lease.clone())
            .prop_map(|(which, by_range, lease)| Op::Again { which, by_range, lease }),
        4 => which.clone().prop_map(|which| Op::Write { which }),
        3 => (which.clone(), lease).prop_map(|(which, lasts)| Op::Lease { which, lasts }),
        5 => (which.clone(), prop::bool::weighted(0.7), 2_i64..12)
            .prop_map(|(which, output, point)| Op::Finish { which, output, point }),
        2 => (which, any::<bool>()).prop_map(|(which, output)| Op::Abort { which, output }),
        1 => prop::option::of(2_i64..9).prop_map(Op::Alter),
        3 => (1_u64..6).prop_map(Op::Wait),
    ]
}

struct Pair {
    service: MetaService,
    naive: NaiveJobs,
    /// Every job that ever asked to start.
    jobs: Vec<Job>,
    rowsets: u64,
    now: SimTime,
}

/// What a refusal of either says.
fn said<T>(answer: Result<T, MsError>) -> Result<T, Refusal> {
    answer.map_err(|error| {
        let name = error.name();
        let MsError::JobBusy(jobs) = error else { return (name, Vec::new()) };
        (name, jobs.iter().map(|job| job.id).collect())
    })
}

impl Pair {
    fn new(careful: bool) -> Self {
        let mut service = with_a_tablet(SyncRule::Newest);
        service.count_jobs(if careful { JobCounting::Careful } else { JobCounting::ByKind });
        let mut naive = NaiveJobs::new(careful);
        let now = SimTime::from_secs(1);
        for id in 1..=LOADS {
            let txn = begin(&mut service, id, now);
            let meta = meta(id, VersionRange::single(-1), SimTime::ZERO);
            service.commit_rowset(TABLET, &written(meta, txn)).expect("once");
            let commit = CommitTxn { txn, ..CommitTxn::default() };
            let version = service.commit_txn(&commit, now).expect("open").versions[0].version;
            naive.service.put((RowsetId(id), VersionRange::single(version)));
        }
        Self { service, naive, jobs: Vec::new(), rowsets: LOADS, now }
    }

    fn job(&self, which: usize) -> Option<Job> {
        let at = which % self.jobs.len().max(1);
        // Most of the time one of the last few.
        self.jobs.iter().rev().nth(at.min(which % 5)).copied()
    }

    fn start(&mut self, job: Job, behind: bool, by_range: bool) {
        let mut cursor = self.naive.service.cursor;
        cursor.cumulative -= i64::from(behind);
        let sorted = |mut ids: Vec<JobId>| {
            ids.sort_unstable();
            ids
        };
        let start = StartJob { tablet: TABLET, job, cursor, by_range };
        let real = said(self.service.start_job(&start, self.now));
        let real = real.map(|gone| sorted(gone.iter().map(|job| job.id).collect()));
        let naive = self.naive.start(job, cursor, by_range, self.now).map(sorted);
        assert_eq!(real, naive);
    }

    fn apply(&mut self, op: Op) {
        let now = self.now;
        // Coarse, so that what runs out does so at the very moment of a call too.
        let after = |tens: u64| now + SimTime::from_secs(10 * tens);
        match op {
            Op::Start { kind, input, by_range, behind, expires, lease } => {
                let id = JobId(self.jobs.len() as u64 + 1);
                let (expires_at, leased_until) = (after(expires), after(lease));
                let job = Job { id, kind, backend: BackendId(1), input, expires_at, leased_until };
                self.jobs.push(job);
                self.start(job, behind, by_range);
            }
            Op::Again { which, by_range, lease } => {
                let Some(job) = self.job(which) else { return };
                self.start(Job { leased_until: after(lease), ..job }, false, by_range);
            }
            Op::Write { which } => {
                let Some(job) = self.job(which) else { return };
                self.rowsets += 1;
                let (txn, output) = (txn_of(job.id), meta(self.rowsets, job.input, SimTime::ZERO));
                let real = self.service.commit_rowset(TABLET, &written(output, txn)).is_ok();
                let naive = self.naive.written.iter().all(|(of, _)| *of != txn);
                assert_eq!(real, naive, "one output for each job");
                if naive {
                    self.naive.written.push((txn, (output.id, output.range)));
                }
            }
            Op::Lease { which, lasts } => {
                let Some(Job { id, .. }) = self.job(which) else { return };
                let real = said(self.service.lease_job(TABLET, id, after(lasts), now));
                assert_eq!(real, self.naive.lease(id, after(lasts), now));
            }
            Op::Finish { which, output, point } => {
                let Some(Job { id, .. }) = self.job(which) else { return };
                let output = output.then_some(txn_of(id));
                let finish =
                    FinishJob { tablet: TABLET, job: id, output, output_point: point, locked_table: None };
                let real = said(self.service.finish_job(&finish, now)).map(|stats| stats.cursor);
                assert_eq!(real, self.naive.finish(id, output, point, now));
            }
            Op::Abort { which, output } => {
                let Some(Job { id, .. }) = self.job(which) else { return };
                let output = output.then_some(txn_of(id));
                let abort = AbortJob { tablet: TABLET, job: id, output, locked_table: None };
                assert_eq!(said(self.service.abort_job(&abort, now)), self.naive.abort(id, output, now));
            }
            Op::Alter(version) => {
                self.service.set_alter_version(TABLET, version).expect("known");
                self.naive.alter = version;
            }
            Op::Wait(tens) => self.now = after(tens),
        }
    }

    fn check(&self) {
        let jobs = self.service.peek_jobs(TABLET).expect("known");
        assert_eq!((&jobs.compactions, jobs.alter_version), (&self.naive.recorded, self.naive.alter));
        let stored = self.service.peek_rowsets(TABLET);
        let stored: Vec<_> = stored.iter().map(|rowset| (rowset.meta.id, rowset.meta.range)).collect();
        assert_eq!(stored, self.naive.service.rowsets);
        let stats = self.service.peek_stats(TABLET).expect("known");
        assert_eq!((stats.rowsets, stats.cursor), (stored.len() as i64, self.naive.service.cursor));
    }
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn jobs_are_a_list(ops in vec(any_op(), 1..80), careful in any::<bool>()) {
        let mut pair = Pair::new(careful);
        for op in ops {
            pair.apply(op);
            pair.check();
        }
    }
}
