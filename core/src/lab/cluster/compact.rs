//! Compactions: the backend that serves a tablet picks, merges, and commits a job.
//!
//! ```text
//! [0-1]^2 [2][3][4][5] [6][7][8][9]          one job, or with `parallel-cumulative` one behind the other
//!         └─ job 1 ──┘ └─ job 2 ──┘          the meta-service refuses only inputs that meet
//! [0-1]^2 d2 [3]                             nothing but a delete: an empty job moves the point to 3
//! ```
//!
//! Where a backend alone could not see a job of another one, the refusal names its range, and the pick is
//! made once more behind it. On a merge-on-write table jobs share the lock from when their outputs are written
//! until the commit, and loads wait for all of them; each job moves the marks of its own inputs.

use super::history::What;
use super::lease::Lease;
use super::note::{Answer, JOB_TXN, Note, Request, Then, Tick, Waiter, written};
use super::{ClusterEvent, ClusterLab, K, Passed, node_of, table_id, tablet_id, tablet_of};
use crate::base::{BackendId, JobId, RowsetId, SimTime, TxnId, Version, VersionRange};
use crate::cloud::{
    AbortJob, BitmapEntry, FinishJob, Job as MsJob, JobKind, LockOwner, MsError, OwnCompaction, StartJob,
};
use crate::compaction::cumulative_point::{Output, after};
use crate::compaction::{Candidate, Config, LastSuccess, Policy, TabletFacts};
use crate::rowset::{Overlap, RowsetMeta};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// How long a job may take (`compaction_timeout_seconds`).
const JOB_EXPIRES: SimTime = SimTime::from_secs(86_400);
/// The longest merge: what takes longer than a job may is refused all the same.
const MERGE_MAX: SimTime = SimTime::from_secs(2 * 86_400);
/// How often a job tries to get the lock.
const LOCK_TRIES: u32 = 50;

/// A compaction under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) backend: u32,
    pub(super) tablet: u32,
    pub(super) kind: JobKind,
    /// Versions it merges, or the delete that it steps over; nothing before it has picked.
    pub(super) input: Option<VersionRange>,
    pub(super) output: Option<RowsetMeta>,
    pub(super) point: Version,
    /// It picks behind this version: another backend compacts up to there.
    behind: Version,
    tries: u32,
    pub(super) lease: Lease,
}

/// What a compaction would take.
struct Chosen {
    inputs: Vec<VersionRange>,
    /// A delete in the way of a cumulative one.
    delete: Option<VersionRange>,
    /// Where the point goes without a merge.
    point: Option<Version>,
}

impl Chosen {
    const fn of(inputs: Vec<VersionRange>) -> Self {
        Self { inputs, delete: None, point: None }
    }

    const fn is_nothing(&self) -> bool {
        self.inputs.is_empty() && self.point.is_none()
    }
}

impl ClusterLab {
    fn compaction_config(&self) -> Config {
        Config { min_score: self.knobs.get(K::MinScore), ..Config::default() }
    }

    /// Whether cumulative jobs of a tablet run side by side.
    fn side_by_side(&self) -> bool {
        self.knobs.is_on(K::ParallelCumulative)
    }

    /// Whether a backend may begin a job of a kind now, beside those it has for the tablet.
    pub(super) fn takes_job(&self, backend: u32, tablet: u32, kind: JobKind) -> bool {
        let Some(held) = self.views.get(backend, tablet) else { return true };
        let beside = |job: &u64| {
            self.jobs.get(job).is_some_and(|job| {
                matches!(job.kind, JobKind::Cumulative | JobKind::EmptyCumulative) && job.input.is_some()
            })
        };
        held.jobs().is_empty()
            || kind == JobKind::Cumulative && self.side_by_side() && held.jobs().iter().all(beside)
    }

    /// The last version that this backend's own cumulative jobs of a tablet work on; −1 for none.
    fn compacts_up_to(&self, backend: u32, tablet: u32) -> Version {
        if !self.side_by_side() {
            return -1;
        }
        let held = self.views.get(backend, tablet);
        let jobs = held.into_iter().flat_map(super::views::Held::jobs).filter_map(|job| self.jobs.get(job));
        let ends = jobs.filter(|job| job.kind == JobKind::Cumulative).filter_map(|job| job.input);
        ends.map(|input| input.end).max().unwrap_or(-1)
    }

    /// What a compaction of a kind would take of a backend's view, behind a version.
    fn selection(&self, backend: u32, tablet: u32, kind: JobKind, behind: Version) -> Chosen {
        let Some(held) = self.views.get(backend, tablet) else {
            return Chosen::of(Vec::new());
        };
        let (config, now) = (self.compaction_config(), self.time());
        let facts = self.policy_facts(backend, tablet);
        let all: Vec<Candidate> = held.view.live().map(Candidate::of).collect();
        let pick = match kind {
            JobKind::Full => {
                let inner = all.iter().filter(|one| one.range.start >= 2).map(|one| one.range);
                let inner: Vec<_> = inner.collect();
                return Chosen::of(if inner.len() > 1 { inner } else { Vec::new() });
            }
            JobKind::Base => {
                let below: Vec<Candidate> =
                    all.into_iter().filter(|one| one.range.start < facts.point).collect();
                Policy::CloudSizeBased.pick_base(&below, &facts, &config, now)
            }
            _ => {
                let never = LastSuccess::default();
                let all: Vec<Candidate> = all.into_iter().filter(|one| one.range.start > behind).collect();
                let selection = Policy::CloudSizeBased.select(&all, &facts, &config, never, now);
                let inputs = selection.pick.inputs.into_iter().map(|(_, range)| range).collect();
                return Chosen { inputs, delete: selection.pick.last_delete, point: selection.point };
            }
        };
        Chosen::of(pick.inputs.into_iter().map(|(_, range)| range).collect())
    }

    fn policy_facts(&self, backend: u32, tablet: u32) -> TabletFacts {
        let merge_on_write = self.is_merge_on_write(tablet);
        let view = self.views.get(backend, tablet).map(|held| &held.view);
        let point = view.map_or(-1, |view| view.cursor().point);
        let base_bytes = view.map_or(0, crate::cloud::CloudTablet::base_bytes);
        TabletFacts { merge_on_write, point, base_bytes, ..TabletFacts::default() }
    }

    /// The scheduler of a backend: of what it serves, the tablet with the largest cumulative score.
    pub(super) fn compact_round(&mut self, backend: u32, turns: u32, out: &mut Vec<ClusterEvent>) {
        let every = self.micros(K::CompactEvery);
        if turns != self.turns || every == SimTime::ZERO {
            return;
        }
        let least = self.knobs.get(K::MinScore);
        let score = |(tablet, held): (u32, &super::views::Held)| {
            let behind = self.compacts_up_to(backend, tablet);
            if behind < 0 {
                return (held.view.cumulative().1, tablet);
            }
            let above = held.view.live().rev().take_while(|meta| meta.range.start > behind);
            (above.map(RowsetMeta::score).sum(), tablet)
        };
        // All that a backend holds is walked: few of it has a score, and what else it takes lies elsewhere.
        let synced = self.views.of_in_any_order(backend).filter(|(_, held)| held.view.max_version() >= 0);
        let scores = synced.map(score).filter(|(score, _)| *score >= least);
        let free = scores.filter(|&(_, tablet)| {
            self.takes_job(backend, tablet, JobKind::Cumulative) && self.serving(tablet) == backend
        });
        let best = free.max_by_key(|(score, tablet)| (*score, u32::MAX - tablet));
        if let Some((_, tablet)) = best {
            let below = self.takes_job(backend, tablet, JobKind::Base)
                && self.selection(backend, tablet, JobKind::Base, -1).inputs.len() > 1;
            let behind = self.compacts_up_to(backend, tablet);
            let above = !self.selection(backend, tablet, JobKind::Cumulative, behind).is_nothing();
            let kind = if !above && below { JobKind::Base } else { JobKind::Cumulative };
            if above || below {
                self.begin_job(backend, tablet, kind, out);
            }
        }
        self.sim.after(node_of(backend), every, Note::Tick(Tick::Compact(backend, turns)));
    }

    pub(super) fn begin_job(
        &mut self,
        backend: u32,
        tablet: u32,
        kind: JobKind,
        out: &mut Vec<ClusterEvent>,
    ) {
        let job = self.id();
        let line = Job {
            backend,
            tablet,
            kind,
            input: None,
            output: None,
            point: -1,
            behind: -1,
            tries: 0,
            lease: Lease::default(),
        };
        self.jobs.insert(job, line);
        self.history.begin(node_of(backend).0, What::Job(job), self.time());
        self.want(backend, tablet, Waiter::Pick { job }, out);
        // A first use made the entry; the job is its own from here on.
        if self.jobs.get(&job).is_some() {
            self.views.known(backend, tablet).seldom().jobs.push(job);
        }
    }

    pub(super) fn drop_job(&mut self, job: u64, out: &mut Vec<ClusterEvent>) {
        if let Some(line) = self.forget_job(job) {
            out.push(ClusterEvent::JobRefused { job, tablet: line.tablet });
        }
    }

    /// A job that is recorded is given up: the meta-service is told, and forgets it at once.
    fn give_up(&mut self, job: u64, why: Option<&MsError>, out: &mut Vec<ClusterEvent>) {
        let Some(line) = self.forget_job(job) else { return };
        let Job { backend, tablet, .. } = line;
        let locked = self.is_merge_on_write(tablet).then(|| table_id(self.table_of(tablet)));
        let abort = AbortJob {
            tablet: tablet_id(tablet),
            job: JobId(job),
            output: line.output.map(|_| TxnId(JOB_TXN | job)),
            locked_table: locked,
        };
        self.ask(node_of(backend), Request::GiveUp(abort), Then::Nothing);
        out.push(match why {
            Some(MsError::UnknownJob(_) | MsError::JobExpired(..)) => {
                ClusterEvent::JobLate { job, backend, tablet }
            }
            _ => ClusterEvent::JobRefused { job, tablet },
        });
    }

    /// A job without success ends here.
    fn forget_job(&mut self, job: u64) -> Option<Job> {
        let line = self.jobs.remove(&job)?;
        self.history.end(node_of(line.backend).0, What::Job(job), self.time());
        if let Some(held) = self.views.get_mut(line.backend, line.tablet) {
            held.end_job(job);
        }
        self.totals.jobs_refused += 1;
        Some(line)
    }

    /// The view is right: the job is announced.
    pub(super) fn pick(&mut self, job: u64, out: &mut Vec<ClusterEvent>) {
        let now = self.time();
        let Some(line) = self.jobs.get(&job) else { return };
        let (backend, tablet, kind, behind) = (line.backend, line.tablet, line.kind, line.behind);
        let behind = behind.max(self.compacts_up_to(backend, tablet));
        let chosen = self.selection(backend, tablet, kind, behind);
        let (Some(first), Some(last)) = (chosen.inputs.first(), chosen.inputs.last()) else {
            match (chosen.delete, chosen.point) {
                (Some(delete), Some(point)) => self.announce(job, delete, None, point, out),
                _ => self.drop_job(job, out),
            }
            return;
        };
        let range = VersionRange::new(first.start, last.end);
        let Some(held) = self.views.get(backend, tablet) else { return };
        let cursor = held.view.cursor();
        let metas = held.view.live_within(range);
        let (bytes, rows) = metas.fold((0, 0), |(bytes, rows), meta| (bytes + meta.bytes, rows + meta.rows));
        self.next_rowset += 1;
        let segments = u32::from(rows > 0);
        let output = RowsetMeta {
            bytes,
            rows,
            segments,
            overlap: Overlap::NonOverlapping,
            ..RowsetMeta::empty(RowsetId(self.next_rowset), range, now)
        };
        let facts = self.policy_facts(backend, tablet);
        let made = Output { range, bytes, segments, level: 0 };
        let point = match kind {
            JobKind::Full => range.end + 1,
            JobKind::Base => cursor.point,
            _ => after(Policy::CloudSizeBased, &made, chosen.delete, &facts, &self.compaction_config()),
        };
        self.announce(job, range, Some(output), point, out);
    }

    /// The meta-service is asked whether a job may begin; one without output only steps over a delete.
    fn announce(
        &mut self,
        job: u64,
        range: VersionRange,
        output: Option<RowsetMeta>,
        point: Version,
        out: &mut Vec<ClusterEvent>,
    ) {
        let now = self.time();
        let Some(line) = self.jobs.get_mut(&job) else { return };
        if output.is_none() {
            line.kind = JobKind::EmptyCumulative;
        }
        (line.input, line.output, line.point) = (Some(range), output, point);
        line.lease = Lease::began(now);
        let (backend, tablet, kind) = (line.backend, line.tablet, line.kind);
        let Some(held) = self.views.get(backend, tablet) else { return };
        let cursor = held.view.cursor();
        out.push(ClusterEvent::JobBegan { job, backend, tablet, kind, range });
        let record = MsJob {
            id: JobId(job),
            kind,
            backend: BackendId(backend.into()),
            input: range,
            expires_at: now + JOB_EXPIRES,
            leased_until: line.lease.until(),
        };
        let by_range = self.side_by_side();
        let start = StartJob { tablet: tablet_id(tablet), job: record, cursor, by_range };
        self.ask(node_of(backend), Request::Start(start), Then::Started(job));
    }

    pub(super) fn job_started(
        &mut self,
        job: u64,
        answer: Result<Answer, MsError>,
        out: &mut Vec<ClusterEvent>,
    ) {
        let Some(line) = self.jobs.get(&job) else { return };
        let (backend, tablet) = (line.backend, line.tablet);
        match answer {
            Ok(_) if line.kind == JobKind::EmptyCumulative => self.finish(job, false),
            Ok(_) => {
                let bytes = line.output.map_or(0, |output| output.bytes);
                let takes = u128::from(bytes) * 1_000_000 / u128::from(self.knobs.get(K::MergeSpeed).max(1));
                let takes = u64::try_from(takes).map_or(MERGE_MAX, |takes| SimTime(takes).min(MERGE_MAX));
                self.sim.after(node_of(backend), takes, Note::Tick(Tick::MergeEnds(job)));
                self.keep_leased(job, takes);
            }
            Err(MsError::JobBusy(busy)) if self.side_by_side() && line.behind < 0 => {
                // What another backend merges is in the way: what lies behind it may be free.
                let end = busy.iter().map(|other| other.input.end).max().unwrap_or(-1);
                if let Some(line) = self.jobs.get_mut(&job) {
                    line.behind = end;
                    line.input = None;
                }
                self.pick(job, out);
            }
            Err(error) => {
                if matches!(error, MsError::StaleTabletCache(..)) {
                    self.views.known(backend, tablet).view.view_is_stale();
                }
                self.drop_job(job, out);
            }
        }
    }

    pub(super) fn merge_ends(&mut self, job: u64) {
        let Some(line) = self.jobs.get(&job) else { return };
        let Some(output) = line.output else { return };
        let (backend, tablet) = (line.backend, line.tablet);
        self.prolong(job);
        let (_, rowset) = written(output, TxnId(JOB_TXN | job));
        self.ask(node_of(backend), Request::Written(tablet_id(tablet), rowset), Then::Output(job));
    }

    pub(super) fn output_written(&mut self, job: u64, good: bool, out: &mut Vec<ClusterEvent>) {
        let Some(tablet) = self.jobs.get(&job).map(|line| line.tablet) else { return };
        if !good {
            self.give_up(job, None, out);
        } else if self.is_merge_on_write(tablet) {
            self.ask_job_lock(job);
        } else {
            self.finish(job, false);
        }
    }

    pub(super) fn ask_job_lock(&mut self, job: u64) {
        self.prolong(job);
        let Some(line) = self.jobs.get(&job) else { return };
        let table = table_id(self.table_of(line.tablet));
        let owner = LockOwner::Compaction(JobId(job));
        let until = self.time() + SimTime::from_secs(10);
        let request = Request::Lock { table, owner, tablets: [tablet_id(line.tablet)].to_vec(), until };
        self.ask(node_of(line.backend), request, Then::JobLocked(job));
    }

    pub(super) fn job_locked(&mut self, job: u64, good: bool, out: &mut Vec<ClusterEvent>) {
        let Some(line) = self.jobs.get_mut(&job) else { return };
        let (backend, tablet) = (line.backend, line.tablet);
        if good {
            self.want(backend, tablet, Waiter::Move { job }, out);
            return;
        }
        line.tries += 1;
        if line.tries > LOCK_TRIES {
            self.give_up(job, None, out);
            return;
        }
        let pause = SimTime(self.sim.rng().between(50_000, 150_000));
        self.sim.after(node_of(backend), pause, Note::Tick(Tick::JobLockAgain(job)));
    }

    /// In the lock, with a fresh view: marks that later versions made on the inputs go to the output.
    pub(super) fn move_marks(&mut self, job: u64, out: &mut Vec<ClusterEvent>) {
        let Some(line) = self.jobs.get(&job) else { return };
        let (backend, tablet, Some(output)) = (line.backend, line.tablet, line.output) else { return };
        let Some(held) = self.views.get(backend, tablet) else { return };
        let inputs: Vec<RowsetId> = held.view.live_within(output.range).map(|meta| meta.id).collect();
        if inputs.is_empty() {
            self.give_up(job, None, out);
            return;
        }
        let mut entries: Vec<BitmapEntry> = Vec::new();
        for (rowset, _, version, rows) in held.view.bitmap().iter() {
            if version <= output.range.end || !inputs.contains(&rowset) {
                continue;
            }
            match entries.iter_mut().find(|entry| entry.version == version) {
                Some(entry) => entry.rows.extend(rows),
                None => {
                    entries.push(BitmapEntry { rowset: output.id, segment: 0, version, rows: rows.to_vec() });
                }
            }
        }
        for entry in &mut entries {
            entry.rows.sort_unstable();
            entry.rows.dedup();
        }
        self.views.known(backend, tablet).view.merge_bitmaps(entries.clone());
        if self.makes("forget-marks") {
            entries.clear();
        }
        let owner = LockOwner::Compaction(JobId(job));
        let request = Request::Marks { tablet: tablet_id(tablet), owner, entries };
        self.ask(node_of(backend), request, Then::JobMarked(job));
    }

    pub(super) fn job_marked(&mut self, job: u64, good: bool, out: &mut Vec<ClusterEvent>) {
        if good {
            self.finish(job, true);
        } else {
            self.give_up(job, None, out);
        }
    }

    fn finish(&mut self, job: u64, locked: bool) {
        self.prolong(job);
        let Some(line) = self.jobs.get(&job) else { return };
        let finish = FinishJob {
            tablet: tablet_id(line.tablet),
            job: JobId(job),
            output: line.output.map(|_| TxnId(JOB_TXN | job)),
            output_point: line.point,
            locked_table: locked.then(|| table_id(self.table_of(line.tablet))),
        };
        self.ask(node_of(line.backend), Request::Finish(finish), Then::Finished(job));
    }

    /// What a job merges by the meta-service's record, for its backend may be dead; nothing where it has no
    /// output.
    pub(super) fn merged_by(&self, finish: &FinishJob) -> VersionRange {
        let jobs = finish.output.and_then(|_| self.ms.peek_jobs(finish.tablet));
        let jobs = jobs.into_iter().flat_map(|jobs| jobs.compactions);
        let of_it = jobs.into_iter().find(|job| job.id == finish.job);
        of_it.map_or(VersionRange::new(0, -1), |job| job.input)
    }

    /// What the meta-service committed, as an event.
    pub(super) fn job_committed(
        &mut self,
        finish: &FinishJob,
        range: VersionRange,
        point: Version,
    ) -> ClusterEvent {
        self.totals.jobs += 1;
        ClusterEvent::JobDone { job: finish.job.0, tablet: tablet_of(finish.tablet), range, point }
    }

    pub(super) fn job_finished(
        &mut self,
        job: u64,
        answer: Result<Answer, MsError>,
        out: &mut Vec<ClusterEvent>,
    ) {
        let now = self.time();
        let stats = match answer {
            Ok(Answer::Stats(stats)) => stats,
            refused => {
                self.give_up(job, refused.err().as_ref(), out);
                return;
            }
        };
        let Some(line) = self.jobs.remove(&job) else { return };
        let (backend, tablet) = (line.backend, line.tablet);
        self.history.end(node_of(backend).0, What::Job(job), now);
        let next_only = self.knobs.choice(K::OwnMerges) == "next-count";
        let held = self.views.known(backend, tablet);
        held.end_job(job);
        let Some(input) = line.input else { return };
        let why = if next_only && !held.view.is_next(line.kind, stats.cursor) {
            Some(Passed::NotNext)
        } else {
            match held.view.apply_compaction(line.kind, input, line.output, stats.cursor, now) {
                OwnCompaction::Applied(_) => None,
                OwnCompaction::SyncWasFaster => Some(Passed::CountedAlready),
                OwnCompaction::PointMoved { .. } => Some(Passed::PointMoved),
            }
        };
        self.touch(backend, tablet);
        self.persist_change(backend, tablet);
        // Elsewhere that is everyday: a sync brought the merge first.
        let tells = next_only || line.kind == JobKind::EmptyCumulative || self.side_by_side();
        if let (Some(why), true) = (why, tells) {
            out.push(ClusterEvent::JobPassed { job, backend, tablet, why });
        }
    }
}
