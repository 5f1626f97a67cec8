//! The meta-service as a node: requests queue up for its servers, each takes its time.

use super::Asked;
use super::command::Pusher;
use super::history::What;
use super::lease::evicted;
use super::note::{Answer, Note, Reply, Request, Then, Tick};
use super::{ClusterEvent, ClusterLab, DB, K, MS, NodeId, partition_id};
use crate::base::{SimTime, SortedMap, Version};
use crate::cloud::PartitionVersion;
use crate::kv::KvUse;
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::format;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Requests that wait for a server.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Desk {
    waiting: VecDeque<(NodeId, u64, Box<Request>)>,
    busy: u64,
    /// Lazy commits by transaction.
    unconverted: SortedMap<u64, Vec<Unconverted>>,
}

impl Desk {
    /// Requests that wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }
}

/// A version that is committed and not yet converted.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Unconverted {
    table: u32,
    version: Version,
    since: SimTime,
}

impl ClusterLab {
    pub(super) fn queue_up(
        &mut self,
        from: NodeId,
        call: u64,
        request: Box<Request>,
        out: &mut Vec<ClusterEvent>,
    ) {
        self.desk.waiting.push_back((from, call, request));
        self.serve(out);
    }

    fn serve(&mut self, out: &mut Vec<ClusterEvent>) {
        while self.desk.busy < self.knobs.get(K::MsServers)
            && let Some((from, call, request)) = self.desk.waiting.pop_front()
        {
            self.desk.busy += 1;
            let (answer, cost) = self.work_on(&request, out);
            self.follow_lazy_commits(&request, answer.as_ref().ok(), out);
            self.count_for_cause(call, cost);
            let keys = cost.keys_read + cost.keys_written;
            let takes = SimTime(self.knobs.get(K::MsCall) + keys * self.knobs.get(K::MsKey));
            let tick = Tick::Served { to: from.0, call, answer };
            self.sim.after(MS, takes, Note::Tick(tick));
        }
    }

    pub(super) fn served(&mut self, to: u32, call: u64, answer: Reply, out: &mut Vec<ClusterEvent>) {
        self.desk.busy = self.desk.busy.saturating_sub(1);
        // What it does by itself nobody waits for.
        if to != MS.0 {
            self.send(MS, NodeId(to), Note::Answer(call, answer));
        }
        self.serve(out);
    }

    /// Which lazy commits a call left to be converted, and which it converted.
    #[inline(never)]
    fn follow_lazy_commits(
        &mut self,
        request: &Request,
        answer: Option<&Answer>,
        out: &mut Vec<ClusterEvent>,
    ) {
        let now = self.time();
        let by = match request {
            Request::Convert(_) => Pusher::Itself,
            Request::Version(_) => Pusher::Version,
            Request::Commit(_) => Pusher::Commit,
            _ => Pusher::Sync,
        };
        for txn in self.ms.last_converted() {
            for Unconverted { table, version, since } in
                self.desk.unconverted.remove(&txn.0).unwrap_or_default()
            {
                self.history.end(MS.0, What::Unconverted(table), now);
                self.totals.conversions[by as usize] += 1;
                out.push(ClusterEvent::Converted { table, version, by, after: now - since });
            }
        }
        if let (Request::Commit(commit), Some(Answer::Committed(committed))) = (request, answer)
            && committed.lazy
            && self.desk.unconverted.get(&commit.txn.0).is_none()
        {
            let waits = |part: &PartitionVersion| Unconverted {
                table: part.table.0 as u32 - 1,
                version: part.version,
                since: now,
            };
            let waiting: Vec<Unconverted> = committed.versions.iter().map(waits).collect();
            for one in &waiting {
                self.history.begin(MS.0, What::Unconverted(one.table), now);
            }
            self.desk.unconverted.insert(commit.txn.0, waiting);
            let after = SimTime(self.knobs.get(K::ConvertAfter));
            self.sim.after(MS, after, Note::Tick(Tick::Convert(commit.txn)));
        }
    }

    /// Carries a call out, all at once: it is one transaction of the store. Gives what that cost, too.
    // Kept apart, as what it calls and what calls it: in wasm one function of all calls is a ninth slower as a whole.
    #[inline(never)]
    fn work_on(&mut self, request: &Request, out: &mut Vec<ClusterEvent>) -> (Reply, KvUse) {
        let now = self.time();
        let result = match request {
            Request::Version(table) => {
                let partition = partition_id(table.0 as u32 - 1);
                self.ms.get_version(DB, *table, partition, now).map(|record| Answer::Version(record.version))
            }
            Request::Rowsets(request) => self.ms.get_rowset(request, now).map(Answer::Rowsets),
            Request::Bitmaps(request) => {
                self.ms.get_bitmaps(request).map(|all| Answer::Bitmaps(Box::new(all)))
            }
            Request::Begin(load) => {
                let label = format!("load-{load}");
                self.ms.begin_txn(DB, &label, SimTime::from_secs(600), now).map(Answer::Begun)
            }
            Request::Prepare(tablet, rowset) => {
                self.ms.prepare_rowset(*tablet, rowset, now).map(|()| Answer::Done)
            }
            Request::Written(tablet, rowset) => self.ms.commit_rowset(*tablet, rowset).map(|()| Answer::Done),
            Request::Commit(commit) => self.ms.commit_txn(commit, now).map(|committed| {
                self.committed_there(&committed);
                Answer::Committed(Box::new(committed))
            }),
            Request::Abort(txn) => self.ms.abort_txn(*txn, now).map(|()| Answer::Done),
            Request::Lock { table, owner, tablets, until } => {
                let locked = self.ms.lock_bitmaps(*table, *owner, tablets, *until, now);
                locked.map(|cursors| Answer::Locked(Box::new(cursors)))
            }
            Request::Unlock(table, owner) => {
                self.ms.unlock_bitmaps(*table, *owner, now).map(|()| Answer::Done)
            }
            Request::Marks { tablet, owner, entries } => {
                self.ms.update_bitmaps(*tablet, *owner, entries, now).map(|()| Answer::Done)
            }
            Request::Convert(txn) => self.ms.convert(*txn, now).map(|()| Answer::Done),
            Request::Update(tablet, rowset) => self.ms.update_rowset(*tablet, rowset).map(|()| Answer::Done),
            Request::Start(start) => self.ms.start_job(start, now).map(|gone| {
                out.extend(gone.iter().map(|job| evicted(start, job, now)));
                Answer::Done
            }),
            Request::Lease { tablet, job, until } => {
                self.ms.lease_job(*tablet, *job, *until, now).map(|()| Answer::Done)
            }
            Request::GiveUp(abort) => self.ms.abort_job(abort, now).map(|()| Answer::Done),
            Request::Finish(finish) => {
                let merged = self.merged_by(finish);
                self.ms.finish_job(finish, now).map(|stats| {
                    out.push(self.job_committed(finish, merged, stats.cursor.point));
                    Answer::Stats(Box::new(stats))
                })
            }
        };
        self.totals.calls += 1;
        let mut cost = KvUse::NOTHING;
        for (family, used) in self.ms.last_cost().each_used() {
            self.totals.kv[family as usize] += used;
            cost += used;
        }
        self.history.point().keys += cost.keys_read;
        (result.map_err(Box::new), cost)
    }

    /// What a sync's call read, counted for its cause.
    #[inline(never)]
    fn count_for_cause(&mut self, call: u64, read: KvUse) {
        if let Some(Asked { then: Then::Synced(_, _, cause) | Then::Marks(_, _, cause, _), .. }) =
            self.calls.get(&call)
        {
            let count = self.totals.syncs_for(*cause);
            count.keys += read.keys_read;
            count.bytes += read.bytes_read;
        }
    }

    /// An answer arrives where it was asked for.
    pub(super) fn answered(&mut self, call: u64, answer: Reply, out: &mut Vec<ClusterEvent>) {
        let Some(asked) = self.calls.remove(&call) else { return };
        match asked.then {
            Then::Query(query) => {
                if let Ok(Answer::Version(version)) = answer {
                    self.version_known(query, version, out);
                }
            }
            Then::Begun(load) => {
                if let Ok(Answer::Begun(txn)) = answer {
                    self.begun(load, txn);
                }
            }
            Then::Prepared(load, tablet) => self.prepared(load, tablet, answer.is_ok(), out),
            Then::Written(load, tablet) => self.rowset_written(load, tablet, answer.is_ok(), out),
            Then::Locked(load) => self.locked(load, answer.map_err(|why| *why), out),
            Then::Next(load) => {
                if let Ok(Answer::Version(version)) = answer {
                    self.next_version(load, version + 1);
                }
            }
            Then::Updated(load, tablet) => self.updated(load, tablet, answer.is_ok()),
            Then::Marked(load, tablet) => self.marked(load, tablet, answer.is_ok()),
            Then::Committed(load) => match answer {
                Ok(Answer::Committed(committed)) => self.committed_here(load, &committed, out),
                _ => self.abort(load, out),
            },
            Then::Synced(backend, tablet, _) => self.sync_answered(backend, tablet, answer, out),
            Then::Marks(backend, tablet, _, reply) => {
                self.bitmaps_answered(backend, tablet, &reply, answer, out);
            }
            Then::Started(job) => self.job_started(job, answer.map_err(|why| *why), out),
            Then::Output(job) => self.output_written(job, answer.is_ok(), out),
            Then::JobLocked(job) => self.job_locked(job, answer.is_ok(), out),
            Then::JobMarked(job) => self.job_marked(job, answer.is_ok(), out),
            Then::Finished(job) => self.job_finished(job, answer.map_err(|why| *why), out),
            Then::Leased(job) => self.leased(job),
            Then::Nothing => {}
        }
    }
}
