//! A backend: views in memory, loads it remembers, its own store; dying and coming back.

use super::history::What;
use super::note::{Note, Request, Tick, Waiter};
use super::views::Fetch;
use super::{ClusterEvent, ClusterLab, FE, K, MS, NodeId, node_of, tablet_id};
use crate::base::{IdMap, SimTime, TabletId};
use crate::cloud::{ByTxn, CloudTablet, CommittedRowset, SavedView, TxnBitmap};
use crate::kv::{KeyRange, KvUse, MemKv, Order, OrderedKv, TupleKey, WriteBatch};
use crate::tablet::SweepRule;
use alloc::vec::Vec;
use core::ops::ControlFlow;
use serde::{Deserialize, Serialize};

use super::command::Source;

/// How often a backend syncs what is idle and expires what is stale.
const HOUSEKEEPING: SimTime = SimTime::from_secs(60);
/// What opening the own store for one tablet takes.
const STORE_SEEK: SimTime = SimTime(200);
/// What reading one key of it takes.
const STORE_KEY: SimTime = SimTime(5);

/// A backend.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Backend {
    /// Notices that wait in views, all together.
    waiting: usize,
    /// Views that are looked for elsewhere.
    fetching: usize,
    pub(super) committed: ByTxn<CommittedRowset>,
    pub(super) loads: ByTxn<TxnBitmap>,
    /// Outlives the process.
    store: MemKv,
    /// Per tablet: when it was stored last.
    stored_at: IdMap<SimTime>,
    pub(super) down_since: Option<SimTime>,
    pub(super) up_since: SimTime,
    pub(super) is_cut: bool,
}

impl Default for Backend {
    fn default() -> Self {
        Self {
            waiting: 0,
            fetching: 0,
            committed: ByTxn::default(),
            loads: ByTxn::default(),
            store: MemKv::new(),
            stored_at: IdMap::default(),
            down_since: None,
            up_since: SimTime::ZERO,
            is_cut: false,
        }
    }
}

fn store_key(tablet: TabletId, part: &str) -> TupleKey {
    TupleKey::new().str("view").u64(tablet.0).str(part)
}

fn of_tablet(tablet: TabletId) -> KeyRange {
    KeyRange::prefix(TupleKey::new().str("view").u64(tablet.0).into_bytes())
}

fn packed<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_allocvec(value).unwrap_or_default()
}

impl Backend {
    /// Bytes of what is remembered of loads under way and of notices that wait.
    pub(super) fn pending_bytes(&self) -> u64 {
        let metas = self.committed.len() + self.loads.len();
        ((metas + self.waiting) * size_of::<crate::cloud::CloudRowset>()) as u64
    }

    // --- the own store -----------------------------------------------------------------------

    pub(super) fn has_stored(&self, tablet: u32) -> bool {
        self.stored_at.contains(&tablet.into())
    }

    /// Forgets what was stored too long ago.
    pub(super) fn forget_old(&mut self, tablet: u32, now: SimTime, ttl: SimTime) {
        if self.stored_at.get(&tablet.into()).is_some_and(|at| now - *at > ttl) {
            self.stored_at.remove(&tablet.into());
            let mut batch = WriteBatch::new();
            batch.clear(of_tablet(tablet_id(tablet)));
            self.store.apply(&batch);
        }
    }

    /// Stores what changed of a view: a key for each rowset and delete bitmap, one for the rest. Layout and
    /// cursor are written as one batch. Gives what that cost.
    fn persist(&mut self, tablet: u32, view: &CloudTablet, now: SimTime) -> KvUse {
        if view.max_version() < 0 {
            return KvUse::NOTHING;
        }
        let (id, mut saved) = (tablet_id(tablet), view.saved());
        let mut wanted: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        for meta in &saved.rowsets {
            let key = TupleKey::new().str("view").u64(id.0).str("rowset").i64(meta.range.end);
            wanted.push((key.into_bytes(), packed(meta)));
        }
        for entry in &saved.bitmap {
            let key = TupleKey::new().str("view").u64(id.0).str("bitmap").u64(entry.rowset.0);
            let key = key.u64(entry.segment.into()).i64(entry.version);
            wanted.push((key.into_bytes(), packed(entry)));
        }
        saved.rowsets.clear();
        saved.bitmap.clear();
        wanted.push((store_key(id, "state").into_bytes(), packed(&saved)));
        let mut batch = WriteBatch::new();
        // A backend knows what it changed; comparing with the store is our way to find it, and free.
        self.store.uncounted(|| {
            self.store.visit(&of_tablet(id), Order::Ascending, &mut |key, value| {
                match wanted.iter().position(|(wanted, _)| wanted == key) {
                    Some(at) if wanted[at].1 == value => {
                        wanted.swap_remove(at);
                    }
                    Some(_) => {}
                    None => batch.delete(key),
                }
                ControlFlow::Continue(())
            });
        });
        for (key, value) in wanted {
            batch.put(key, value);
        }
        let before = self.store.used();
        self.store.apply(&batch);
        self.stored_at.insert(tablet.into(), now);
        self.store.used() - before
    }

    /// How long reading a stored view takes, and what it reads.
    pub(super) fn reading_takes(&self, tablet: u32) -> (SimTime, KvUse) {
        let before = self.store.used();
        let mut keys = 0;
        self.store.visit(&of_tablet(tablet_id(tablet)), Order::Ascending, &mut |_, _| {
            keys += 1;
            ControlFlow::Continue(())
        });
        (SimTime(STORE_SEEK.0 + keys * STORE_KEY.0), self.store.used() - before)
    }

    /// A stored view.
    fn read_stored(&self, tablet: u32) -> Option<SavedView> {
        let id = tablet_id(tablet);
        self.store.uncounted(|| {
            let state = self.store.get(store_key(id, "state").as_bytes())?;
            let mut saved: SavedView = postcard::from_bytes(&state).ok()?;
            let below = |part: &str| KeyRange::prefix(store_key(id, part).into_bytes());
            self.store.visit(&below("rowset"), Order::Ascending, &mut |_, value| {
                saved.rowsets.extend(postcard::from_bytes::<crate::rowset::RowsetMeta>(value));
                ControlFlow::Continue(())
            });
            self.store.visit(&below("bitmap"), Order::Ascending, &mut |_, value| {
                saved.bitmap.extend(postcard::from_bytes::<crate::cloud::BitmapEntry>(value));
                ControlFlow::Continue(())
            });
            Some(saved)
        })
    }
}

impl ClusterLab {
    pub(super) fn touch(&mut self, backend: u32, tablet: u32) {
        if !self.touched.contains(&(backend, tablet)) {
            self.touched.push((backend, tablet));
        }
    }

    /// Stores a view.
    fn persist(&mut self, backend: u32, tablet: u32) {
        let now = self.time();
        if let Some(held) = self.views.get(backend, tablet) {
            self.totals.store += self.backends[backend as usize].persist(tablet, &held.view, now);
        }
    }

    /// Counts the notices again that wait in a view: it was brought on.
    pub(super) fn count_waiting(&mut self, backend: u32, tablet: u32) {
        let Some(held) = self.views.get_mut(backend, tablet) else { return };
        let now = held.view.pending_len();
        if now == held.counted as usize {
            return;
        }
        let before = core::mem::replace(&mut held.counted, now as u32);
        let waiting = &mut self.backends[backend as usize].waiting;
        *waiting = *waiting + now - before as usize;
    }

    /// A view is looked for elsewhere from now on, or no longer.
    pub(super) fn fetches(&mut self, backend: u32, tablet: u32, fetch: Option<Fetch>) {
        let Some(held) = self.views.get_mut(backend, tablet) else { return };
        let is = fetch.is_some();
        let was = held.set_fetch(fetch);
        let fetching = &mut self.backends[backend as usize].fetching;
        *fetching = *fetching + usize::from(is) - usize::from(was);
    }

    /// Stores a view that changed, where the design does so at every change.
    pub(super) fn persist_change(&mut self, backend: u32, tablet: u32) {
        if self.knobs.choice(K::Store) == "every-change" {
            self.persist(backend, tablet);
        }
    }

    pub(super) fn ring(&mut self, node: NodeId, tick: Tick, out: &mut Vec<ClusterEvent>) {
        match tick {
            Tick::LoadDue(turns) => self.load_due(turns, out),
            Tick::QueryDue(turns) => self.query_due(turns, out),
            Tick::Served { to, call, answer } => self.served(to, call, answer, out),
            Tick::WriteEnds(load, tablet) => self.write_ends(load, tablet),
            Tick::ScanEnds { query, backend, attempt } => {
                self.send(node, FE, Note::Scanned { query, backend, attempt, code: 0 });
            }
            Tick::LookedUp(load, tablet) => self.looked_up(load, tablet),
            Tick::MergeEnds(job) => self.merge_ends(job),
            Tick::Lease(job) => self.lease_due(job),
            Tick::LockAgain(load) => self.ask_lock(load),
            Tick::JobLockAgain(job) => self.ask_job_lock(job),
            Tick::PublishAgain(load) => self.publish_again(load),
            Tick::PlanAgain(query) => self.plan(query, out),
            Tick::NoticeTimeout(task) => self.notice_acked(task),
            Tick::StoreRead { backend, tablet } => {
                let view = self.backends[backend as usize].read_stored(tablet);
                self.source_answered(backend, tablet, Source::Store, view, out);
            }
            Tick::Compact(backend, turns) => self.compact_round(backend, turns, out),
            Tick::Housekeep(backend) => self.housekeep(backend, out),
            Tick::Persist(backend, turns) => self.persist_round(backend, turns),
            Tick::Convert(txn) => self.queue_up(MS, 0, Request::Convert(txn).into(), out),
            Tick::Move(turns) => self.move_round(turns, out),
            Tick::Fault(turns) => self.fault_round(turns, out),
            Tick::Script(command) => {
                if self.allows(&command).is_ok() {
                    self.obey(&command, out);
                }
            }
        }
    }

    /// Timers of a backend that came up.
    pub(super) fn set_out(&mut self, backend: u32) {
        let (node, turns) = (node_of(backend), self.turns);
        self.sim.after(node, HOUSEKEEPING, Note::Tick(Tick::Housekeep(backend)));
        let every = self.micros(K::CompactEvery);
        if every > SimTime::ZERO {
            self.sim.after(node, every, Note::Tick(Tick::Compact(backend, turns)));
        }
        if self.knobs.choice(K::Store) == "periodically" {
            self.sim.after(node, self.micros(K::StorePeriod), Note::Tick(Tick::Persist(backend, turns)));
        }
    }

    fn persist_round(&mut self, backend: u32, turns: u32) {
        if turns != self.turns {
            return;
        }
        let all: Vec<u32> = self.views.of(backend).map(|(tablet, _)| tablet).collect();
        for tablet in all {
            self.persist(backend, tablet);
        }
        let period = self.micros(K::StorePeriod);
        self.sim.after(node_of(backend), period, Note::Tick(Tick::Persist(backend, turns)));
    }

    fn housekeep(&mut self, backend: u32, out: &mut Vec<ClusterEvent>) {
        let now = self.time();
        let rule = SweepRule { ttl: self.micros(K::StaleTtl), ..SweepRule::default() };
        let all: Vec<u32> = self.views.of(backend).map(|(tablet, _)| tablet).collect();
        let line = &mut self.backends[backend as usize];
        line.committed.expire(now);
        line.loads.expire(now);
        for tablet in all {
            self.views.known(backend, tablet).view.expire(now, &rule);
            if self.idle_for(backend, tablet) >= self.micros(K::SyncIdle) {
                self.want(backend, tablet, Waiter::Idle, out);
            }
        }
        self.sim.after(node_of(backend), HOUSEKEEPING, Note::Tick(Tick::Housekeep(backend)));
    }

    pub(super) fn kill(&mut self, backend: u32, out: &mut Vec<ClusterEvent>) {
        let (node, now) = (node_of(backend), self.time());
        for held in self.sim.take_down(node) {
            self.history.travels(held, Some(now), true);
        }
        self.up.retain(|up| *up != backend);
        let held = self.views.of(backend).map(|(tablet, _)| tablet);
        let cold: Vec<u32> = held.filter(|tablet| self.tablets.place(*tablet).primary == backend).collect();
        if cold.is_empty() {
            self.cold.remove(&backend.into());
        } else {
            self.cold.insert(backend.into(), cold);
        }
        let line = &mut self.backends[backend as usize];
        self.views.clear(backend);
        (line.waiting, line.fetching) = (0, 0);
        line.committed = ByTxn::default();
        line.loads = ByTxn::default();
        line.down_since = Some(now);
        self.calls.retain(|_, asked| asked.node != node);
        self.history.end_all(node.0, now);
        self.history.begin(node.0, What::Down, now);
        out.push(ClusterEvent::Killed { backend });
        let jobs: Vec<u64> =
            self.jobs.iter().filter(|(_, job)| job.backend == backend).map(|(id, _)| *id).collect();
        for job in jobs {
            self.drop_job(job, out);
        }
        // Connections break: whoever waits for this backend learns of it.
        let queries: Vec<u64> = self.queries.iter().map(|(id, _)| *id).collect();
        for query in queries {
            self.part_lost(query, backend, out);
        }
        let loads: Vec<u64> = self.loads.iter().map(|(id, _)| *id).collect();
        for load in loads {
            self.load_lost(load, backend, out);
        }
        self.peers_lost(backend, out);
    }

    pub(super) fn start_again(&mut self, backend: u32, out: &mut Vec<ClusterEvent>) {
        let (node, now) = (node_of(backend), self.time());
        self.sim.bring_up(node);
        self.is_back(backend);
        self.history.end(node.0, What::Down, now);
        let line = &mut self.backends[backend as usize];
        line.down_since = None;
        line.up_since = now;
        out.push(ClusterEvent::Started { backend });
        self.set_out(backend);
    }

    /// A tablet of a restarted backend was used for the first time.
    pub(super) fn warmed(&mut self, backend: u32, tablet: u32, out: &mut Vec<ClusterEvent>) {
        let Some(cold) = self.cold.get_mut(&backend.into()) else { return };
        cold.retain(|cold| *cold != tablet);
        if cold.is_empty() {
            self.cold.remove(&backend.into());
            let took = self.time() - self.backends[backend as usize].up_since;
            self.totals.warm.add(took.micros());
            out.push(ClusterEvent::Warm { backend, took });
        }
    }

    pub(super) fn cut(&mut self, backend: u32, on: bool, out: &mut Vec<ClusterEvent>) {
        let (node, now) = (node_of(backend), self.time());
        for sent in self.sim.cut(node, MS, on) {
            self.history.travels(sent.id, sent.at, false);
        }
        self.backends[backend as usize].is_cut = on;
        if on {
            self.history.begin(node.0, What::CutOff, now);
        } else {
            self.history.end(node.0, What::CutOff, now);
        }
        out.push(ClusterEvent::Cut { backend, on });
    }

    fn move_round(&mut self, turns: u32, out: &mut Vec<ClusterEvent>) {
        if turns != self.turns {
            return;
        }
        let up = &self.up;
        let (tablet, pick) = (self.chance.below(self.tablets.len() as u64), self.chance.next_u64());
        if let Some(&to) = up.get((pick % (up.len() as u64).max(1)) as usize)
            && !self.tablets.is_empty()
        {
            self.move_tablet(tablet as u32, to, out);
        }
        self.sim.after(FE, self.micros(K::MoveEvery), Note::Tick(Tick::Move(turns)));
    }

    fn fault_round(&mut self, turns: u32, out: &mut Vec<ClusterEvent>) {
        if turns != self.turns {
            return;
        }
        let backend = self.chance.below(self.backends.len() as u64) as u32;
        let kind = self.chance.below(4);
        let (is_up, is_cut) = (self.is_up(backend), self.backends[backend as usize].is_cut);
        let up = self.up.len();
        match kind {
            _ if !is_up => self.start_again(backend, out),
            _ if is_cut => self.cut(backend, false, out),
            0 | 1 if up > 1 => self.kill(backend, out),
            2 => self.cut(backend, true, out),
            _ if !self.tablets.is_empty() => {
                let tablet = self.chance.below(self.tablets.len() as u64) as u32;
                self.move_tablet(tablet, backend, out);
            }
            _ => {}
        }
        self.sim.after(FE, self.micros(K::FaultEvery), Note::Tick(Tick::Fault(turns)));
    }

    /// Views that were asked of a peer that died.
    fn peers_lost(&mut self, peer: u32, out: &mut Vec<ClusterEvent>) {
        for backend in 0..self.backends.len() as u32 {
            if backend == peer || self.backends[backend as usize].fetching == 0 {
                continue;
            }
            let waits = self.views.of(backend).filter(|(_, held)| held.fetch().is_some());
            let all: Vec<u32> = waits.map(|(tablet, _)| tablet).collect();
            for tablet in all {
                self.source_answered(backend, tablet, Source::Peer, None, out);
            }
        }
    }
}
