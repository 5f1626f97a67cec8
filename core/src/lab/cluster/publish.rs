//! The publish of a merge-on-write load: inside the table's lock, delete bitmaps against what is new.
//!
//! A column update wrote whole rows from those it knew. Where a rowset that came since has one of its keys,
//! the publish reads that row again, writes the result as one more segment, and stores the meta anew before
//! the delete bitmaps; the row that it wrote first is deleted by a mark of its own.

use super::history::What;
use super::note::{Answer, Note, PublishWait, Request, Then, Tick, ToPublish, Waiter};
use super::{ClusterEvent, ClusterLab, K, node_of, table_id, tablet_id};
use crate::base::{SimTime, Version};
use crate::cloud::{BitmapEntry, CommitTxn, Extent, LockOwner, MsError, SyncCursor};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// How long a load may hold the lock.
const LOCK_HELD: SimTime = SimTime::from_secs(30);
/// How often a failed publish is tried again before the load is given up.
const PUBLISHES_MAX: u32 = 20;

impl ClusterLab {
    pub(super) fn ask_lock(&mut self, load: u64) {
        let now = self.time();
        let Some(line) = self.loads.get(&load) else { return };
        let tablets = line.rowsets.iter().map(|(tablet, _)| tablet_id(*tablet)).collect();
        let (table, owner) = (table_id(line.table), LockOwner::Load(line.txn));
        let request = Request::Lock { table, owner, tablets, until: now + LOCK_HELD };
        self.ask(line.manager, request, Then::Locked(load));
    }

    pub(super) fn locked(&mut self, load: u64, answer: Result<Answer, MsError>, out: &mut Vec<ClusterEvent>) {
        let now = self.time();
        let Some(line) = self.loads.get_mut(&load) else { return };
        let (manager, table) = (line.manager, line.table);
        match answer {
            Ok(Answer::Locked(cursors)) => {
                let tablets = line.rowsets.iter().map(|(tablet, _)| tablet_id(*tablet));
                line.cursors = tablets.zip(*cursors).collect();
                if line.locked_at.is_none() {
                    line.locked_at = Some(now);
                    self.totals.lock_wait.add((now - line.asked_lock_at).micros());
                    self.history.begin(manager.0, What::Lock(load), now);
                }
                self.ask(manager, Request::Version(table_id(table)), Then::Next(load));
            }
            Err(MsError::LockHeld(..)) => {
                let pause = SimTime(self.sim.rng().between(20_000, 60_000));
                self.sim.after(manager, pause, Note::Tick(Tick::LockAgain(load)));
            }
            _ => self.abort(load, out),
        }
    }

    /// The version that the load gets: nobody else commits while it holds the lock.
    pub(super) fn next_version(&mut self, load: u64, version: Version) {
        let Some(line) = self.loads.get_mut(&load) else { return };
        line.version = version;
        line.left = line.shares.len();
        for share in &mut line.shares {
            share.left = share.tablets.len();
            share.bad = false;
        }
        let (manager, cursors) = (line.manager, line.cursors.clone());
        let backends: Vec<u32> = line.shares.iter().map(|share| share.backend).collect();
        for backend in backends {
            let asked = ToPublish { load, version, cursors: cursors.as_slice().into() };
            self.send(manager, node_of(backend), Note::Publish(Box::new(asked)));
        }
    }

    pub(super) fn publish(&mut self, backend: u32, asked: &ToPublish, out: &mut Vec<ClusterEvent>) {
        let ToPublish { load, version, ref cursors } = *asked;
        let Some(line) = self.loads.get(&load) else { return };
        let Some(share) = line.shares.iter().find(|share| share.backend == backend) else { return };
        for tablet in share.tablets.clone() {
            let cursor = cursors.iter().find(|(id, _)| *id == tablet_id(tablet));
            let cursor = cursor.map_or(SyncCursor::NEW, |(_, cursor)| *cursor);
            let waits = PublishWait { load, version, cursor };
            self.want(backend, tablet, Waiter::Publish(Box::new(waits)), out);
        }
    }

    /// The view is right: what the load did not know at its start is computed now.
    pub(super) fn compute(
        &mut self,
        backend: u32,
        tablet: u32,
        load: u64,
        version: Version,
        out: &mut Vec<ClusterEvent>,
    ) {
        let (each, now) = (self.knobs.get(K::Lookup), self.time());
        let remembers = self.knobs.choice(K::ColumnNotice) == "published" && !self.makes("older-meta");
        let Some(of) = self.loads.get(&load) else { return };
        let (txn, current) = (of.txn, of.version);
        let began_at = of.began_at.iter().find(|(at, _)| *at == tablet).map(|(_, version)| *version);
        let written = of.rowset_in(tablet);
        let (held, loads) = (self.views.known(backend, tablet), &mut self.backends[backend as usize].loads);
        let cursor = held.view.cursor();
        let entry = loads.get_mut(txn, tablet_id(tablet));
        let can = current == version && held.view.can_publish(version);
        let (Some(entry), true) = (entry, can) else {
            self.share_done(backend, load, false);
            return;
        };
        let (mut lookups, mut again) = (0, 0);
        if !entry.is_repeated(version, cursor) {
            let work = held.view.publish_work(&entry.known, version);
            let segments = entry.rowset.map_or(0, |rowset| rowset.meta.segments);
            lookups = work.lookups(segments);
            // One row of each rowset that came since is replaced.
            let mark = |meta: &crate::rowset::RowsetMeta| BitmapEntry {
                rowset: meta.id,
                segment: 0,
                version: 0,
                rows: [(txn.0 % meta.rows.max(1)) as u32].to_vec(),
            };
            let mut marks: Vec<BitmapEntry> =
                work.against.iter().filter(|_| segments > 0).map(mark).collect();
            again = began_at.map_or(0, |began_at| work.read_again(began_at).count() as u64);
            if let (Some(written), true) = (written, again > 0) {
                let before = Extent::of(&written.meta);
                let replaced = (0..again).map(|row| (row % before.rows.max(1)) as u32).collect();
                marks.push(BitmapEntry { rowset: written.meta.id, segment: 0, version: 0, rows: replaced });
                if remembers {
                    entry.set_extent(before.and_again(again));
                }
            }
            held.view.publish(entry, marks, version);
        }
        if again > 0 {
            self.rewrite(load, tablet, again, out);
        }
        self.totals.lookups += lookups;
        if let Some(line) = self.loads.get_mut(&load) {
            line.lookups += lookups;
        }
        let node = node_of(backend);
        self.history.begin(node.0, What::Lookups(load, tablet), now);
        self.sim.after(node, SimTime((lookups + again) * each), Note::Tick(Tick::LookedUp(load, tablet)));
    }

    /// A publish read rows again: the rowset has one more segment than was written.
    fn rewrite(&mut self, load: u64, tablet: u32, rows: u64, out: &mut Vec<ClusterEvent>) {
        let Some(line) = self.loads.get_mut(&load) else { return };
        let Some((_, rowset)) = line.rowsets.iter_mut().find(|(at, _)| *at == tablet) else { return };
        Extent::of(&rowset.meta).and_again(rows).put_into(&mut rowset.meta);
        let known = line.rewritten.len();
        line.rewritten.retain(|(at, _)| *at != tablet);
        self.totals.rewritten += u64::from(known == line.rewritten.len());
        line.rewritten.push((tablet, false));
        if let Some(known) = self.written_rows.get_mut(&rowset.meta.id.0) {
            *known += rows;
        }
        self.totals.read_again += rows;
        out.push(ClusterEvent::Rewrote { load, tablet, rows });
    }

    /// The meta-service has the changed meta, or refused it.
    pub(super) fn updated(&mut self, load: u64, tablet: u32, good: bool) {
        if !good {
            self.marked(load, tablet, false);
            return;
        }
        let rewritten = self.loads.get_mut(&load).map(|line| &mut line.rewritten);
        for (_, is_stored) in rewritten.into_iter().flatten().filter(|(at, _)| *at == tablet) {
            *is_stored = true;
        }
        self.store_marks(load, tablet);
    }

    pub(super) fn looked_up(&mut self, load: u64, tablet: u32) {
        let now = self.time();
        let Some(backend) = self.writer_of(load, tablet) else { return };
        let Some(line) = self.loads.get(&load) else { return };
        let changed = line.rewritten.contains(&(tablet, false));
        let rowset = line.rowset_in(tablet);
        self.history.end(node_of(backend).0, What::Lookups(load, tablet), now);
        match rowset {
            Some(rowset) if changed => {
                let request = Request::Update(tablet_id(tablet), rowset);
                self.ask(node_of(backend), request, Then::Updated(load, tablet));
            }
            _ => self.store_marks(load, tablet),
        }
    }

    fn store_marks(&mut self, load: u64, tablet: u32) {
        let Some(backend) = self.writer_of(load, tablet) else { return };
        let Some(line) = self.loads.get(&load) else { return };
        let (txn, version) = (line.txn, line.version);
        let id = tablet_id(tablet);
        let entry = self.backends[backend as usize].loads.get(txn, id).cloned().unwrap_or_default();
        let (owner, entries) = (LockOwner::Load(txn), entry.marked_with(version));
        let request = Request::Marks { tablet: id, owner, entries };
        self.ask(node_of(backend), request, Then::Marked(load, tablet));
    }

    pub(super) fn marked(&mut self, load: u64, tablet: u32, good: bool) {
        if let Some(backend) = self.writer_of(load, tablet) {
            self.share_done(backend, load, good);
        }
    }

    fn share_done(&mut self, backend: u32, load: u64, good: bool) {
        let Some(line) = self.loads.get_mut(&load) else { return };
        let manager = line.manager;
        let Some(share) = line.shares.iter_mut().find(|share| share.backend == backend) else { return };
        share.left = share.left.saturating_sub(1);
        share.bad |= !good;
        let (left, good) = (share.left, !share.bad);
        if left == 0 {
            self.tell_manager(backend, manager, load, Note::Published { load, backend, good });
        }
    }

    pub(super) fn published(&mut self, load: u64, good: bool) {
        let Some(line) = self.loads.get_mut(&load) else { return };
        line.left = line.left.saturating_sub(1);
        if !good {
            line.publishes |= 1 << 31;
        }
        if line.left > 0 {
            return;
        }
        if line.publishes >> 31 == 0 {
            let table = line.table;
            self.commit(load, &[table]);
            return;
        }
        line.publishes = (line.publishes & !(1 << 31)) + 1;
        let manager = line.manager;
        self.sim.after(manager, SimTime::from_millis(100), Note::Tick(Tick::PublishAgain(load)));
    }

    /// A view was not right after all: lock, version and publish once more.
    pub(super) fn publish_again(&mut self, load: u64) {
        let publishes = self.loads.get(&load).map_or(0, |line| line.publishes);
        if publishes > PUBLISHES_MAX {
            self.abort(load, &mut Vec::new());
        } else {
            self.ask_lock(load);
        }
    }

    pub(super) fn commit(&mut self, load: u64, locked: &[u32]) {
        let Some(line) = self.loads.get(&load) else { return };
        let commit = CommitTxn {
            txn: line.txn,
            locked_tables: locked.iter().map(|table| table_id(*table)).collect(),
            lazy: self.knobs.is_on(K::LazyCommit),
            ..CommitTxn::default()
        };
        let (manager, next) = (line.manager, self.tables[line.table as usize].version + 1);
        if self.makes("early-notice") {
            self.tell(load, next, self.time());
        }
        self.ask(manager, Request::Commit(commit), Then::Committed(load));
    }
}
