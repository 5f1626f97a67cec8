//! A load: a transaction, rowsets written where its tablets live, a commit.
//!
//! Its manager is the frontend, or the backend that coordinates it where backends commit.

use super::history::{LoadLine, What, keep};
use super::note::{Note, Request, Then, Tick, Waiter, written};
use super::place::Few;
use super::{CLIENT, ClusterEvent, ClusterLab, FE, K, NodeId, node_of, tablet_id, tablet_of};
use crate::base::{RowsetId, SimTime, TabletId, TxnId, Version, VersionRange};
use crate::cloud::{CloudRowset, Committed, TxnBitmap};
use crate::rowset::{Overlap, RowsetMeta};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// How long a load may take.
pub(super) const LOAD_TIMEOUT: SimTime = SimTime::from_secs(600);

/// What one backend writes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Share {
    pub(super) backend: u32,
    pub(super) tablets: Few,
    pub(super) left: usize,
    /// A publish of this share failed.
    pub(super) bad: bool,
}

/// A load under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Load {
    pub(super) table: u32,
    /// It carries a delete predicate and no rows.
    pub(super) deletes: bool,
    /// It updates some columns: a publish may change the metas of its rowsets.
    pub(super) columns: bool,
    /// Of a column update: the version that each tablet's view had when it was written.
    pub(super) began_at: Vec<(u32, Version)>,
    /// Tablets whose rowset a publish changed, and whether the meta-service has that.
    pub(super) rewritten: Vec<(u32, bool)>,
    pub(super) began: SimTime,
    pub(super) txn: TxnId,
    pub(super) manager: NodeId,
    pub(super) shares: Vec<Share>,
    /// Shares that are not done.
    pub(super) left: usize,
    pub(super) rowsets: Vec<(u32, CloudRowset)>,
    pub(super) version: Version,
    pub(super) asked_lock_at: SimTime,
    pub(super) locked_at: Option<SimTime>,
    pub(super) cursors: Vec<(TabletId, crate::cloud::SyncCursor)>,
    pub(super) lookups: u64,
    pub(super) publishes: u32,
    pub(super) committed: bool,
    pub(super) held: SimTime,
}

impl Load {
    /// What it wrote into a tablet.
    pub(super) fn rowset_in(&self, tablet: u32) -> Option<CloudRowset> {
        self.rowsets.iter().find(|(of, _)| *of == tablet).map(|(_, rowset)| *rowset)
    }
}

impl ClusterLab {
    pub(super) fn load_due(&mut self, turns: u32, out: &mut Vec<ClusterEvent>) {
        if turns != self.turns {
            return;
        }
        let every = self.knobs.get(K::LoadEvery);
        if !self.tables.is_empty() {
            let table = self.work.below(self.tables.len() as u64) as u32;
            self.load(table, false, out);
        }
        let next = SimTime(self.work.around(every, 50).max(1));
        self.sim.after(CLIENT, next, Note::Tick(Tick::LoadDue(turns)));
    }

    /// A client sends a load: one that deletes, or one of which a stream of its own draws whether it does.
    pub(super) fn load(&mut self, table: u32, deletes: bool, out: &mut Vec<ClusterEvent>) {
        let (load, began) = (self.id(), self.time());
        let deletes = deletes | (self.kinds.below(1_000) < self.knobs.get(K::DeleteShare));
        let merge_on_write = self.tables[table as usize].merge_on_write;
        let columns = self.kinds.below(1_000) < self.knobs.get(K::ColumnShare) && merge_on_write && !deletes;
        let line = Load {
            table,
            deletes,
            columns,
            began_at: Vec::new(),
            rewritten: Vec::new(),
            began,
            txn: TxnId(0),
            manager: FE,
            shares: Vec::new(),
            left: 0,
            rowsets: Vec::new(),
            version: 0,
            asked_lock_at: began,
            locked_at: None,
            cursors: Vec::new(),
            lookups: 0,
            publishes: 0,
            committed: false,
            held: SimTime::ZERO,
        };
        self.loads.insert(load, line);
        self.history.begin(CLIENT.0, What::Load(load), began);
        out.push(ClusterEvent::Began { load, table });
        self.send(CLIENT, FE, Note::Load(load));
    }

    pub(super) fn begin_load(&mut self, load: u64) {
        if self.loads.get(&load).is_some() {
            self.ask(FE, Request::Begin(load), Then::Begun(load));
        }
    }

    pub(super) fn begun(&mut self, load: u64, txn: TxnId) {
        let Some(table) = self.loads.get(&load).map(|line| line.table) else { return };
        let mut moved = Vec::new();
        let homes = self.homes(table, &mut moved);
        let by_backend = self.knobs.choice(K::CommitBy) != "frontend";
        let Some(line) = self.loads.get_mut(&load) else { return };
        line.txn = txn;
        let share =
            |(backend, tablets): (u32, Few)| Share { backend, left: tablets.len(), tablets, bad: false };
        line.shares = homes.unwrap_or_default().into_iter().map(share).collect();
        line.left = line.shares.len();
        if by_backend && let Some(first) = line.shares.first() {
            line.manager = node_of(first.backend);
        }
        let backends: Vec<u32> = line.shares.iter().map(|share| share.backend).collect();
        if backends.is_empty() {
            self.abort(load, &mut moved);
        }
        for backend in backends {
            self.send(FE, node_of(backend), Note::Write(load));
        }
    }

    fn share(&mut self, load: u64, backend: u32) -> Option<&mut Share> {
        self.loads.get_mut(&load)?.shares.iter_mut().find(|share| share.backend == backend)
    }

    pub(super) fn write(&mut self, backend: u32, load: u64, out: &mut Vec<ClusterEvent>) {
        let Some(share) = self.share(load, backend) else { return };
        for tablet in share.tablets.clone() {
            self.want(backend, tablet, Waiter::Write { load }, out);
        }
    }

    /// The view is right: the rowset is announced, and what it is computed against is remembered.
    pub(super) fn prepare(&mut self, backend: u32, tablet: u32, load: u64) {
        let Some((txn, deletes)) = self.loads.get(&load).map(|line| (line.txn, line.deletes)) else { return };
        self.next_rowset += 1;
        let (id, now) = (RowsetId(self.next_rowset), self.time());
        let segments = self.knobs.get(K::LoadSegments) as u32;
        let empty = RowsetMeta::empty(id, VersionRange::single(-1), now);
        let meta = if deletes {
            RowsetMeta { delete_predicate: true, ..empty }
        } else {
            RowsetMeta {
                bytes: self.knobs.get(K::LoadBytes),
                rows: self.knobs.get(K::LoadRows),
                segments,
                overlap: if segments > 1 { Overlap::Overlapping } else { Overlap::NonOverlapping },
                ..empty
            }
        };
        let lost = u64::from(self.makes("short-write")).min(meta.rows);
        let meta = RowsetMeta { rows: meta.rows - lost, ..meta };
        let (_, rowset) = written(meta, txn);
        self.written_rows.insert(id.0, meta.rows + lost);
        if self.is_merge_on_write(tablet) {
            let line = &mut self.backends[backend as usize];
            let known =
                self.views.get(backend, tablet).map(|held| held.view.known_rowsets()).unwrap_or_default();
            let entry = TxnBitmap { rowset: Some(rowset), known, ..TxnBitmap::default() };
            line.loads.insert(txn, tablet_id(tablet), entry, now + LOAD_TIMEOUT, now);
        }
        let version = self.views.get(backend, tablet).map_or(0, |held| held.view.max_version());
        if let Some(line) = self.loads.get_mut(&load) {
            line.rowsets.push((tablet, rowset));
            if line.columns {
                line.began_at.push((tablet, version));
            }
        }
        let request = Request::Prepare(tablet_id(tablet), rowset);
        self.ask(node_of(backend), request, Then::Prepared(load, tablet));
    }

    pub(super) fn writer_of(&self, load: u64, tablet: u32) -> Option<u32> {
        let line = self.loads.get(&load)?;
        line.shares.iter().find(|share| share.tablets.contains(&tablet)).map(|share| share.backend)
    }

    pub(super) fn prepared(&mut self, load: u64, tablet: u32, good: bool, out: &mut Vec<ClusterEvent>) {
        let Some(backend) = self.writer_of(load, tablet) else { return };
        if !good {
            self.abort(load, out);
            return;
        }
        let takes = self.micros(K::Write);
        self.sim.after(node_of(backend), takes, Note::Tick(Tick::WriteEnds(load, tablet)));
    }

    pub(super) fn write_ends(&mut self, load: u64, tablet: u32) {
        let Some(backend) = self.writer_of(load, tablet) else { return };
        let rowset = self.loads.get(&load).and_then(|line| line.rowset_in(tablet));
        let Some(rowset) = rowset else { return };
        let request = Request::Written(tablet_id(tablet), rowset);
        self.ask(node_of(backend), request, Then::Written(load, tablet));
    }

    /// The rowset is written: where commits are told, the backend remembers its meta.
    pub(super) fn rowset_written(&mut self, load: u64, tablet: u32, good: bool, out: &mut Vec<ClusterEvent>) {
        let Some(backend) = self.writer_of(load, tablet) else { return };
        if !good {
            self.abort(load, out);
            return;
        }
        let (now, told) = (self.time(), self.knobs.choice(K::Notify) != "off");
        let merge_on_write = self.is_merge_on_write(tablet);
        let Some(line) = self.loads.get(&load) else { return };
        let rowset = line.rowset_in(tablet);
        if told && !merge_on_write {
            let committed = &mut self.backends[backend as usize].committed;
            committed.insert(line.txn, tablet_id(tablet), rowset, now + LOAD_TIMEOUT, now);
        }
        let pending = self.backends[backend as usize].pending_bytes();
        self.totals.pending_bytes = self.totals.pending_bytes.max(pending);
        let Some(share) = self.share(load, backend) else { return };
        share.left = share.left.saturating_sub(1);
        if share.left == 0 {
            let manager = self.loads.get(&load).map_or(FE, |line| line.manager);
            self.tell_manager(backend, manager, load, Note::Wrote { load, backend });
        }
    }

    /// A backend that manages the load itself needs no message.
    pub(super) fn tell_manager(&mut self, backend: u32, manager: NodeId, load: u64, note: Note) {
        match note {
            Note::Wrote { .. } if manager == node_of(backend) => self.wrote(load),
            Note::Published { good, .. } if manager == node_of(backend) => {
                self.published(load, good);
            }
            note => {
                self.send(node_of(backend), manager, note);
            }
        }
    }

    pub(super) fn wrote(&mut self, load: u64) {
        let now = self.time();
        let Some(line) = self.loads.get_mut(&load) else { return };
        line.left = line.left.saturating_sub(1);
        if line.left > 0 {
            return;
        }
        line.asked_lock_at = now;
        let table = line.table;
        if self.tables[table as usize].merge_on_write {
            self.ask_lock(load);
        } else {
            self.commit(load, &[]);
        }
    }

    /// The meta-service made versions visible: from now on readers may ask for them.
    pub(super) fn committed_there(&mut self, committed: &Committed) {
        for &(tablet, id) in &committed.rowsets {
            let place = tablet_of(tablet);
            let table = self.table_of(place);
            let partition = super::partition_id(table);
            let Some(version) =
                committed.versions.iter().find(|part| part.partition == partition).map(|part| part.version)
            else {
                continue;
            };
            let line = &mut self.tables[table as usize];
            line.version = line.version.max(version);
            self.lag_changed = true;
            let rows = self.written_rows.remove(&id.0).unwrap_or_default();
            let truth = &mut self.tablets.line(place).truth;
            let before = truth.last().map_or(0, |(_, rows)| *rows);
            truth.push((version, before + rows));
        }
    }

    /// The manager has the answer to its commit.
    pub(super) fn committed_here(&mut self, load: u64, committed: &Committed, out: &mut Vec<ClusterEvent>) {
        let now = self.time();
        let Some(line) = self.loads.get_mut(&load) else { return };
        line.committed = true;
        let version = committed.versions.first().map_or(0, |part| part.version);
        line.version = version;
        let (table, manager, lookups) = (line.table, line.manager, line.lookups);
        if let Some(since) = line.locked_at {
            let held = now - since;
            line.held = held;
            self.totals.lock.add(held.micros());
            self.history.end(manager.0, What::Lock(load), now);
            out.push(ClusterEvent::Unlocked { load, held, lookups });
        }
        if manager == FE {
            let heard = &mut self.tables[table as usize].heard;
            *heard = (*heard).max(version);
        }
        self.send(manager, CLIENT, Note::LoadDone(load));
        if self.knobs.choice(K::Notify) != "off" && !committed.lazy {
            self.tell(load, version, committed.visible_at);
        }
    }

    pub(super) fn load_done(&mut self, load: u64, out: &mut Vec<ClusterEvent>) {
        let now = self.time();
        let Some(line) = self.loads.remove(&load) else { return };
        self.history.end(CLIENT.0, What::Load(load), now);
        let Load { table, began, version, lookups, held, .. } = line;
        let took = now - began;
        self.totals.loads.add(took.micros());
        out.push(ClusterEvent::Committed { load, table, version, took });
        keep(&mut self.history.loads, LoadLine { id: load, table, version, began, took, held, lookups });
    }

    /// A backend died under a load.
    pub(super) fn load_lost(&mut self, load: u64, backend: u32, out: &mut Vec<ClusterEvent>) {
        let Some(line) = self.loads.get(&load) else { return };
        let involved =
            line.shares.iter().any(|share| share.backend == backend) || line.manager == node_of(backend);
        // The commit may be on its way; whether it gets there decides.
        if involved && !line.committed {
            self.abort(load, out);
        }
    }

    pub(super) fn abort(&mut self, load: u64, out: &mut Vec<ClusterEvent>) {
        let now = self.time();
        if self.loads.get(&load).is_none_or(|line| line.committed) {
            return;
        }
        let Some(line) = self.loads.remove(&load) else { return };
        self.history.end(CLIENT.0, What::Load(load), now);
        let Load { table, began, txn, manager, lookups, locked_at, .. } = line;
        if locked_at.is_some() {
            self.history.end(manager.0, What::Lock(load), now);
        }
        // The lock may be on its way; if it comes after this, it runs out by itself.
        if self.tables[table as usize].merge_on_write && txn.0 > 0 {
            let request = Request::Unlock(super::table_id(table), crate::cloud::LockOwner::Load(txn));
            self.ask(FE, request, Then::Nothing);
        }
        if txn.0 > 0 {
            self.ask(FE, Request::Abort(txn), Then::Nothing);
        }
        self.totals.loads_failed += 1;
        out.push(ClusterEvent::Aborted { load });
        let (took, held) = (now - began, SimTime::ZERO);
        keep(&mut self.history.loads, LoadLine { id: load, table, version: 0, began, took, held, lookups });
    }

    /// Loads under way, with table and start.
    pub(super) fn open_loads(&self) -> impl Iterator<Item = (u64, u32, SimTime)> {
        self.loads.iter().map(|(id, line)| (*id, line.table, line.began))
    }
}
