//! Compactions: the backend that serves a tablet picks, merges, and commits a job.

use super::history::What;
use super::note::{Answer, JOB_TXN, Note, Request, Then, Tick, Waiter, written};
use super::{ClusterEvent, ClusterLab, K, node_of, table_id, tablet_id};
use crate::base::{BackendId, JobId, RowsetId, SimTime, TxnId, Version, VersionRange};
use crate::cloud::{BitmapEntry, FinishJob, Job as MsJob, JobKind, LockOwner, MsError, StartJob};
use crate::compaction::cumulative_point::{Output, after};
use crate::compaction::{Candidate, Config, LastSuccess, Policy, TabletFacts};
use crate::rowset::{Overlap, RowsetMeta};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// How long a job may take, and how long its lease lasts: it is not prolonged here.
const JOB_EXPIRES: SimTime = SimTime::from_secs(86_400);
/// The longest merge, so that no lease runs out.
const MERGE_MAX: SimTime = SimTime::from_secs(60);
const LEASE: SimTime = SimTime::from_secs(80);
/// How often a job tries to get the lock.
const LOCK_TRIES: u32 = 50;

/// A compaction under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) backend: u32,
    pub(super) tablet: u32,
    pub(super) kind: JobKind,
    pub(super) output: Option<RowsetMeta>,
    pub(super) point: Version,
    tries: u32,
}

impl ClusterLab {
    fn compaction_config(&self) -> Config {
        Config { min_score: self.knobs.get(K::MinScore), ..Config::default() }
    }

    /// What a compaction of a kind would take of a backend's view.
    fn selection(&self, backend: u32, tablet: u32, kind: JobKind) -> Vec<VersionRange> {
        let Some(held) = self.backends[backend as usize].tablet(tablet) else { return Vec::new() };
        let (config, now) = (self.compaction_config(), self.time());
        let facts = self.policy_facts(backend, tablet);
        let all: Vec<Candidate> = held.view.rowsets().live().map(Candidate::of).collect();
        let pick = match kind {
            JobKind::Full => {
                let inner = all.iter().filter(|one| one.range.start >= 2).map(|one| one.range);
                let inner: Vec<_> = inner.collect();
                return if inner.len() > 1 { inner } else { Vec::new() };
            }
            JobKind::Base => {
                let below: Vec<Candidate> =
                    all.into_iter().filter(|one| one.range.start < facts.point).collect();
                Policy::CloudSizeBased.pick_base(&below, &facts, &config, now)
            }
            _ => {
                let never = LastSuccess::default();
                Policy::CloudSizeBased.select(&all, &facts, &config, never, now).pick
            }
        };
        pick.inputs.into_iter().map(|(_, range)| range).collect()
    }

    fn policy_facts(&self, backend: u32, tablet: u32) -> TabletFacts {
        let merge_on_write = self.is_merge_on_write(tablet);
        let view = self.backends[backend as usize].tablet(tablet).map(|held| &held.view);
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
        let free = self.backends[backend as usize].all_held().filter(|(tablet, held)| {
            held.job.is_none() && held.view.max_version() >= 0 && self.serving(*tablet) == backend
        });
        let scores = free.map(|(tablet, held)| (held.view.cumulative().1, tablet));
        let best = scores
            .filter(|(score, _)| *score >= least)
            .max_by_key(|(score, tablet)| (*score, u32::MAX - tablet));
        if let Some((_, tablet)) = best {
            let below = self.selection(backend, tablet, JobKind::Base).len() > 1;
            let above = self.selection(backend, tablet, JobKind::Cumulative).len();
            let kind = if above == 0 && below { JobKind::Base } else { JobKind::Cumulative };
            if above > 0 || below {
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
        self.jobs.insert(job, Job { backend, tablet, kind, output: None, point: -1, tries: 0 });
        self.history.begin(node_of(backend).0, What::Job(job), self.time());
        self.want(backend, tablet, Waiter::Pick { job }, out);
        // A first use made the entry; the job is its own from here on.
        if self.jobs.get(&job).is_some() {
            self.backends[backend as usize].tablet_mut(tablet).job = Some(job);
        }
    }

    pub(super) fn drop_job(&mut self, job: u64, out: &mut Vec<ClusterEvent>) {
        let Some(line) = self.jobs.remove(&job) else { return };
        self.history.end(node_of(line.backend).0, What::Job(job), self.time());
        if self.backends[line.backend as usize].tablet(line.tablet).is_some() {
            self.backends[line.backend as usize].tablet_mut(line.tablet).job = None;
        }
        self.totals.jobs_refused += 1;
        out.push(ClusterEvent::JobRefused { job, tablet: line.tablet });
    }

    /// The view is right: the job is announced.
    pub(super) fn pick(&mut self, job: u64, out: &mut Vec<ClusterEvent>) {
        let now = self.time();
        let Some(line) = self.jobs.get(&job) else { return };
        let (backend, tablet, kind) = (line.backend, line.tablet, line.kind);
        let inputs = self.selection(backend, tablet, kind);
        let (Some(first), Some(last)) = (inputs.first(), inputs.last()) else {
            self.drop_job(job, out);
            return;
        };
        let range = VersionRange::new(first.start, last.end);
        let Some(held) = self.backends[backend as usize].tablet(tablet) else { return };
        let cursor = held.view.cursor();
        let metas = held.view.rowsets().live_within(range);
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
            _ => after(Policy::CloudSizeBased, &made, None, &facts, &self.compaction_config()),
        };
        if let Some(line) = self.jobs.get_mut(&job) {
            line.output = Some(output);
            line.point = point;
        }
        out.push(ClusterEvent::JobBegan { job, backend, tablet, kind, range });
        let record = MsJob {
            id: JobId(job),
            kind,
            backend: BackendId(backend.into()),
            input: range,
            expires_at: now + JOB_EXPIRES,
            leased_until: now + LEASE,
        };
        let start = StartJob { tablet: tablet_id(tablet), job: record, cursor, by_range: false };
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
            Ok(_) => {
                let bytes = line.output.map_or(0, |output| output.bytes);
                let takes = u128::from(bytes) * 1_000_000 / u128::from(self.knobs.get(K::MergeSpeed).max(1));
                let takes = SimTime(takes as u64).min(MERGE_MAX);
                self.sim.after(node_of(backend), takes, Note::Tick(Tick::MergeEnds(job)));
            }
            Err(error) => {
                if matches!(error, MsError::StaleTabletCache(..)) {
                    self.backends[backend as usize].tablet_mut(tablet).view.view_is_stale();
                }
                self.drop_job(job, out);
            }
        }
    }

    pub(super) fn merge_ends(&mut self, job: u64) {
        let Some(line) = self.jobs.get(&job) else { return };
        let Some(output) = line.output else { return };
        let (backend, tablet) = (line.backend, line.tablet);
        let (_, rowset) = written(output, TxnId(JOB_TXN | job));
        self.ask(node_of(backend), Request::Written(tablet_id(tablet), rowset), Then::Output(job));
    }

    pub(super) fn output_written(&mut self, job: u64, good: bool, out: &mut Vec<ClusterEvent>) {
        let Some(tablet) = self.jobs.get(&job).map(|line| line.tablet) else { return };
        if !good {
            self.drop_job(job, out);
        } else if self.is_merge_on_write(tablet) {
            self.ask_job_lock(job);
        } else {
            self.finish(job, false);
        }
    }

    pub(super) fn ask_job_lock(&mut self, job: u64) {
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
            self.drop_job(job, out);
            return;
        }
        let pause = SimTime(self.sim.rng().between(50_000, 150_000));
        self.sim.after(node_of(backend), pause, Note::Tick(Tick::JobLockAgain(job)));
    }

    /// In the lock, with a fresh view: marks that later versions made on the inputs go to the output.
    pub(super) fn move_marks(&mut self, job: u64, out: &mut Vec<ClusterEvent>) {
        let Some(line) = self.jobs.get(&job) else { return };
        let (backend, tablet, Some(output)) = (line.backend, line.tablet, line.output) else { return };
        let Some(held) = self.backends[backend as usize].tablet(tablet) else { return };
        let inputs: Vec<RowsetId> =
            held.view.rowsets().live_within(output.range).map(|meta| meta.id).collect();
        if inputs.is_empty() {
            self.drop_job(job, out);
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
        self.backends[backend as usize].tablet_mut(tablet).view.merge_bitmaps(entries.clone());
        let owner = LockOwner::Compaction(JobId(job));
        let request = Request::Marks { tablet: tablet_id(tablet), owner, entries };
        self.ask(node_of(backend), request, Then::JobMarked(job));
    }

    pub(super) fn job_marked(&mut self, job: u64, good: bool, out: &mut Vec<ClusterEvent>) {
        if good {
            self.finish(job, true);
        } else {
            self.drop_job(job, out);
        }
    }

    fn finish(&mut self, job: u64, locked: bool) {
        let Some(line) = self.jobs.get(&job) else { return };
        let finish = FinishJob {
            tablet: tablet_id(line.tablet),
            job: JobId(job),
            output: Some(TxnId(JOB_TXN | job)),
            output_point: line.point,
            locked_table: locked.then(|| table_id(self.table_of(line.tablet))),
        };
        self.ask(node_of(line.backend), Request::Finish(finish), Then::Finished(job));
    }

    /// What the meta-service committed, as an event.
    pub(super) fn job_committed(&mut self, tablet: u32, job: u64, point: Version) -> ClusterEvent {
        self.totals.jobs += 1;
        let output = self.jobs.get(&job).and_then(|line| line.output);
        let range = output.map_or(VersionRange::new(0, -1), |output| output.range);
        ClusterEvent::JobDone { job, tablet, range, point }
    }

    pub(super) fn job_finished(
        &mut self,
        job: u64,
        answer: Result<Answer, MsError>,
        out: &mut Vec<ClusterEvent>,
    ) {
        let now = self.time();
        let Ok(Answer::Stats(stats)) = answer else {
            self.drop_job(job, out);
            return;
        };
        let Some(line) = self.jobs.remove(&job) else { return };
        let (backend, tablet) = (line.backend, line.tablet);
        self.history.end(node_of(backend).0, What::Job(job), now);
        if let Some(output) = line.output {
            let held = self.backends[backend as usize].tablet_mut(tablet);
            held.job = None;
            held.view.apply_compaction(line.kind, output.range, Some(output), stats.cursor, now);
            self.touch(backend, tablet);
            self.persist_change(backend, tablet);
        }
    }
}
