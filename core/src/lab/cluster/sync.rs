//! A backend makes its view of a tablet right: from its store, from a peer, from the meta-service.
//!
//! ```text
//! first use     sources in their order ──▶ a view, or a fresh one
//! then          what waits is satisfied?  yes: on it goes
//!               no: get_rowset (and get_delete_bitmap) ──▶ applied ──▶ the next one that waits
//! ```
//!
//! One sync of a tablet at a time; notices wait for it as they do for the sync lock.

use super::command::Source;
use super::history::What;
use super::note::{Answer, Note, PublishWait, Reply, Request, Then, Tick, Waiter};
use super::views::{Fetch, Held, Sent, Sync};
use super::{ClusterEvent, ClusterLab, K, node_of};
use crate::base::SimTime;
use crate::cloud::{
    CloudTablet, HoleRule, PublishRequest, SYNC_ATTEMPTS_MAX, SavedView, SyncCause, SyncOptions, SyncReply,
    Synced, TabletMeta, TabletState,
};
use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

/// What makes somebody who waits ask.
pub(super) const fn cause_of(waiter: &Waiter) -> SyncCause {
    match waiter {
        Waiter::Scan { .. } => SyncCause::Query,
        Waiter::Write { .. } => SyncCause::LoadStart,
        Waiter::Publish(_) => SyncCause::Publish,
        Waiter::Pick { .. } => SyncCause::Compaction,
        Waiter::Move { .. } => SyncCause::CompactionBitmaps,
        Waiter::Idle => SyncCause::Periodic,
    }
}

impl ClusterLab {
    /// Goes on with somebody as soon as the view is right for it.
    pub(super) fn want(&mut self, backend: u32, tablet: u32, waiter: Waiter, out: &mut Vec<ClusterEvent>) {
        self.touch(backend, tablet);
        if let Some(held) = self.views.get(backend, tablet) {
            let is_free = !held.is_busy() && held.waiting.is_empty();
            if is_free && self.is_right(held, &waiter, false) {
                self.warmed(backend, tablet, out);
                self.ready(backend, tablet, waiter, out);
                self.go_on(backend, tablet, out);
                return;
            }
            let held = self.views.known(backend, tablet);
            held.waiting.push((waiter, false));
            if !held.is_busy() {
                self.go_on(backend, tablet, out);
            }
            return;
        }
        let meta = TabletMeta { state: TabletState::Running, merge_on_write: self.is_merge_on_write(tablet) };
        let (node, now) = (node_of(backend), self.time());
        let store_ttl = self.micros(K::StoreTtl);
        let mut sources: Vec<Source> = match self.knobs.choice(K::Sources) {
            "store" => [Source::Store].to_vec(),
            "peer" => [Source::Peer].to_vec(),
            "store-peer" => [Source::Peer, Source::Store].to_vec(),
            "peer-store" => [Source::Store, Source::Peer].to_vec(),
            _ => Vec::new(),
        };
        self.backends[backend as usize].forget_old(tablet, now, store_ttl);
        if !self.backends[backend as usize].has_stored(tablet) {
            sources.retain(|source| *source != Source::Store);
        }
        let held = self.views.enter(backend, tablet, meta);
        held.waiting.push((waiter, false));
        if sources.is_empty() {
            self.go_on(backend, tablet, out);
        } else {
            self.fetches(backend, tablet, Some(Fetch { sources }));
            self.history.begin(node.0, What::Fetch(tablet), now);
            self.next_source(backend, tablet, out);
        }
    }

    fn next_source(&mut self, backend: u32, tablet: u32, out: &mut Vec<ClusterEvent>) {
        let (node, now) = (node_of(backend), self.time());
        loop {
            let Some(fetch) = self.views.known(backend, tablet).fetch_mut() else { return };
            match fetch.sources.pop() {
                Some(Source::Store) => {
                    let (takes, used) = self.backends[backend as usize].reading_takes(tablet);
                    self.totals.store += used;
                    self.sim.after(node, takes, Note::Tick(Tick::StoreRead { backend, tablet }));
                    return;
                }
                Some(Source::Peer) => {
                    let line = self.tablets.place(tablet);
                    let candidates = [line.former, Some(line.primary), line.secondary];
                    let peer = candidates.into_iter().flatten().find(|peer| *peer != backend);
                    let Some(peer) = peer else { continue };
                    self.send(node, node_of(peer), Note::PeerAsk { tablet });
                    return;
                }
                None => {
                    self.fetches(backend, tablet, None);
                    self.history.end(node.0, What::Fetch(tablet), now);
                    self.go_on(backend, tablet, out);
                    return;
                }
            }
        }
    }

    /// A peer answers from memory: no sync, and only what it holds whole.
    pub(super) fn peer_asked(&mut self, from: u32, peer: u32, tablet: u32) {
        let held = self.views.get(peer, tablet);
        let view = held.filter(|held| held.view.max_version() >= 0).map(|held| Box::new(held.view.saved()));
        self.send(node_of(peer), node_of(from), Note::PeerAnswer { tablet, view });
    }

    /// A source answered.
    pub(super) fn source_answered(
        &mut self,
        backend: u32,
        tablet: u32,
        source: Source,
        view: Option<SavedView>,
        out: &mut Vec<ClusterEvent>,
    ) {
        let waits = self.views.get(backend, tablet).is_some_and(|held| held.fetch().is_some());
        if !waits {
            return;
        }
        if let Some(saved) = view {
            let version = saved.max_version;
            let held = self.views.known(backend, tablet);
            held.view = CloudTablet::restored(saved, HoleRule::Each);
            held.first = false;
            if let Some(fetch) = held.fetch_mut() {
                fetch.sources.clear();
            }
            self.count_waiting(backend, tablet);
            match source {
                Source::Store => self.totals.from_store += 1,
                Source::Peer => self.totals.from_peer += 1,
            }
            out.push(ClusterEvent::Restored { backend, tablet, source, version });
            self.touch(backend, tablet);
            self.persist_change(backend, tablet);
        }
        self.next_source(backend, tablet, out);
    }

    /// Whether a view is right for somebody who waits; `own` where a sync was made for it.
    fn is_right(&self, held: &Held, waiter: &Waiter, own: bool) -> bool {
        let view = &held.view;
        let fresh = view.max_version() < 0;
        match *waiter {
            Waiter::Scan { .. } if !fresh && self.makes("read-behind") => true,
            Waiter::Scan { version, .. } => !view.needs_sync_for_query(version),
            _ if fresh => false,
            Waiter::Write { .. } => own || !view.meta().merge_on_write || !self.knobs.is_on(K::LoadSync),
            Waiter::Publish(ref waits) => {
                let PublishWait { version, cursor, .. } = **waits;
                let state = TabletState::Running;
                own || !view.needs_sync_for_publish(&PublishRequest { version, cursor: Some(cursor), state })
            }
            Waiter::Pick { job } => {
                own || self.jobs.get(&job).is_none_or(|job| !view.needs_sync_before(job.kind))
            }
            Waiter::Move { .. } | Waiter::Idle => own,
        }
    }

    /// Serves those who wait, until one of them needs a sync.
    pub(super) fn go_on(&mut self, backend: u32, tablet: u32, out: &mut Vec<ClusterEvent>) {
        loop {
            let Some(held) = self.views.get(backend, tablet) else { return };
            if held.is_busy() {
                return;
            }
            let Some((first, _)) = held.waiting.first() else { return };
            let right = held.waiting.iter().position(|(waiter, own)| self.is_right(held, waiter, *own));
            let Some(at) = right else {
                self.start_sync(backend, tablet, cause_of(first), out);
                return;
            };
            let held = self.views.known(backend, tablet);
            let (waiter, _) = held.waiting.remove(at);
            // There are many tablets, and nobody waits for most of them.
            held.waiting.shrink_to_fit();
            self.warmed(backend, tablet, out);
            self.ready(backend, tablet, waiter, out);
        }
    }

    fn ready(&mut self, backend: u32, tablet: u32, waiter: Waiter, out: &mut Vec<ClusterEvent>) {
        match waiter {
            Waiter::Scan { query, attempt, version } => {
                self.capture(backend, tablet, query, attempt, version);
            }
            Waiter::Write { load } => self.prepare(backend, tablet, load),
            Waiter::Publish(waits) => {
                let PublishWait { load, version, .. } = *waits;
                self.compute(backend, tablet, load, version, out);
            }
            Waiter::Pick { job } => self.pick(job, out),
            Waiter::Move { job } => self.move_marks(job, out),
            Waiter::Idle => {}
        }
    }

    fn start_sync(&mut self, backend: u32, tablet: u32, cause: SyncCause, out: &mut Vec<ClusterEvent>) {
        let (node, now) = (node_of(backend), self.time());
        let held = self.views.known(backend, tablet);
        let cause = if held.first { SyncCause::FirstAccess } else { cause };
        held.sync = Some(Sync { cause, began: now, asked: 0, rowsets: 0 });
        self.history.begin(node.0, What::Sync(cause, tablet), now);
        out.push(ClusterEvent::SyncBegan { backend, tablet, cause });
        self.ask_rowsets(backend, tablet, out);
    }

    fn ask_rowsets(&mut self, backend: u32, tablet: u32, out: &mut Vec<ClusterEvent>) {
        let held = self.views.known(backend, tablet);
        let Some(sync) = &mut held.sync else { return };
        sync.asked += 1;
        if sync.asked > SYNC_ATTEMPTS_MAX {
            self.end_sync(backend, tablet, out);
            return;
        }
        let (options, cause) = (SyncOptions::default(), sync.cause);
        if let Some(request) = held.view.sync_request(&options) {
            self.ask(node_of(backend), Request::Rowsets(request), Then::Synced(backend, tablet, cause));
        }
    }

    pub(super) fn sync_answered(
        &mut self,
        backend: u32,
        tablet: u32,
        answer: Reply,
        out: &mut Vec<ClusterEvent>,
    ) {
        let forgets = self.makes("forget-rowset");
        let held = self.views.known(backend, tablet);
        let Some(sync) = &mut held.sync else { return };
        let cause = sync.cause;
        let reply = match answer {
            Ok(Answer::Rowsets(mut reply)) => {
                if forgets && reply.rowsets.len() > 1 {
                    reply.rowsets.pop();
                }
                reply
            }
            Ok(_) => return,
            Err(error) => {
                let text = format!("backend {} asked for tablet {}: {error}", backend + 1, tablet + 1);
                self.wrong.get_or_insert((super::check::AHEAD, text));
                self.end_sync(backend, tablet, out);
                return;
            }
        };
        sync.rowsets += reply.rowsets.len() as u64;
        held.sent = Sent::of(&reply.ranges);
        let merge_on_write = held.view.meta().merge_on_write;
        let count = self.totals.syncs_for(cause);
        count.calls += 1;
        count.empty += u64::from(reply.rowsets.is_empty());
        count.rowsets += reply.rowsets.len() as u64;
        self.history.point().rowsets += 1;
        if !merge_on_write {
            self.apply_reply(backend, tablet, &reply, out);
            return;
        }
        let (held, loads) = (self.views.known(backend, tablet), &mut self.backends[backend as usize].loads);
        if held.view.own_bitmaps(&reply, loads).is_some() {
            self.apply_reply(backend, tablet, &reply, out);
        } else {
            let request = held.view.bitmap_request(&reply);
            let then = Then::Marks(backend, tablet, cause, reply);
            self.ask(node_of(backend), Request::Bitmaps(request), then);
        }
    }

    pub(super) fn bitmaps_answered(
        &mut self,
        backend: u32,
        tablet: u32,
        reply: &SyncReply,
        answer: Reply,
        out: &mut Vec<ClusterEvent>,
    ) {
        let held = self.views.known(backend, tablet);
        if held.sync.is_none() {
            return;
        }
        match answer {
            Ok(Answer::Bitmaps(entries)) => {
                held.view.merge_bitmaps(*entries);
                self.apply_reply(backend, tablet, reply, out);
            }
            _ => self.ask_rowsets(backend, tablet, out),
        }
    }

    fn apply_reply(&mut self, backend: u32, tablet: u32, reply: &SyncReply, out: &mut Vec<ClusterEvent>) {
        let (now, extends) = (self.time(), self.knobs.choice(K::Notify) == "extend");
        self.touch(backend, tablet);
        let held = self.views.known(backend, tablet);
        match held.view.apply_sync(reply, now) {
            Synced::Outdated { .. } => self.ask_rowsets(backend, tablet, out),
            Synced::Applied { .. } => {
                if extends {
                    held.view.extend(now);
                }
                held.first = false;
                self.count_waiting(backend, tablet);
                self.persist_change(backend, tablet);
                self.end_sync(backend, tablet, out);
            }
        }
    }

    fn end_sync(&mut self, backend: u32, tablet: u32, out: &mut Vec<ClusterEvent>) {
        let (node, now) = (node_of(backend), self.time());
        let held = self.views.known(backend, tablet);
        let Some(sync) = held.sync.take() else { return };
        // It was made for the first of those who need one of their own.
        let served = held.waiting.iter_mut().find(|(waiter, own)| {
            !own && (sync.cause == SyncCause::FirstAccess || cause_of(waiter) == sync.cause)
        });
        if let Some((_, own)) = served {
            *own = true;
        }
        let version = held.view.max_version();
        let notices = held.take_notices();
        let took = now - sync.began;
        let Sync { cause, rowsets, .. } = sync;
        self.totals.syncs_for(cause).waited_us += took.micros();
        self.history.end(node.0, What::Sync(cause, tablet), now);
        out.push(ClusterEvent::Synced { backend, tablet, cause, rowsets, version, took });
        for kept in notices {
            self.take_notice(backend, tablet, &kept, out);
        }
        self.go_on(backend, tablet, out);
    }

    /// How long a tablet was not synced.
    pub(super) fn idle_for(&self, backend: u32, tablet: u32) -> SimTime {
        let held = self.views.get(backend, tablet);
        let last = held.and_then(|held| held.view.last_sync()).unwrap_or_default();
        self.time() - last
    }
}
