//! A commit is told to backends, so that they need not ask.
//!
//! ```text
//! frontend    commit ──▶ queue ──▶ thread ──notice──▶ backend that wrote ──▶ ack frees the thread
//! forward     backend commits ──▶ frontend's queue …
//! broadcast   backend commits ──notice──▶ every backend
//! ```

use super::note::{Along, Carried, Note, Telling, Tick, ToTell};
use super::{ClusterEvent, ClusterLab, FE, K, NodeId, NoticeFate, node_of, tablet_id, tablet_of};
use crate::base::{SimTime, Version};
use crate::cloud::{ByTxn, CloudRowset, Extent, Notice, NoticeOrder, Noticed};
use crate::sim::{Latency, Link};
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Notices that may wait in a view in the pending map of 2026 (`max_tablet_version_num`).
const PENDING_MAX: usize = 2_000;
/// After this a thread gives an answer up.
const PATIENCE: SimTime = SimTime::from_secs(1);

/// One backend to be told.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Task {
    backend: u32,
    notices: Vec<Notice>,
    along: Along,
}

/// A notice for one tablet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    notice: Notice,
    whole: Option<Carried>,
    extent: Option<Extent>,
    sent: SimTime,
}

/// The frontend's threads that tell.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Pool {
    waiting: VecDeque<Task>,
    /// Tasks whose answer a thread waits for.
    running: Vec<u64>,
    next: u64,
}

impl Pool {
    /// Tasks that wait for a thread.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }
}

impl ClusterLab {
    /// Gives links what the knobs say.
    pub(super) fn set_links(&mut self) {
        *self.sim.network_mut().link_mut() = self.usual_link();
        self.notice_link = self.notice_link();
    }

    /// The link of everything but notices.
    fn usual_link(&self) -> Link {
        let typical = self.knobs.get(K::Latency);
        let latency =
            if self.knobs.is_on(K::Tail) { Latency::long_tail(typical) } else { Latency::Fixed(typical) };
        Link { loss: self.knobs.get(K::Loss) as u32, ..Link::new(latency) }
    }

    /// The link of notices.
    fn notice_link(&self) -> Link {
        Link {
            loss: self.knobs.get(K::NoticeLoss) as u32,
            late: self.knobs.get(K::NoticeLate) as u32,
            late_us: self.knobs.get(K::LateBy),
            ..self.usual_link()
        }
    }

    /// The manager of a load has its commit: backends are told.
    pub(super) fn tell(&mut self, load: u64, version: Version, visible_at: SimTime) {
        let Some(line) = self.loads.get(&load) else { return };
        let (txn, manager) = (line.txn, line.manager);
        let notices: Vec<Notice> = line
            .rowsets
            .iter()
            .map(|(tablet, _)| Notice { txn, tablet: tablet_id(*tablet), version, visible_at })
            .collect();
        let whole = self.knobs.is_on(K::NoticeMeta);
        let carry = |(tablet, rowset): &(u32, _)| (tablet_id(*tablet), *rowset);
        let carried: Vec<Carried> = if whole { line.rowsets.iter().map(carry).collect() } else { Vec::new() };
        let extent = |(tablet, rowset): &(u32, CloudRowset)| (tablet_id(*tablet), Extent::of(&rowset.meta));
        let changed = |(tablet, _): &&(u32, _)| line.rewritten.iter().any(|(known, _)| known == tablet);
        let merge_on_write = self.tables[line.table as usize].merge_on_write;
        let extents = match self.knobs.choice(K::ColumnNotice) {
            "refuse" if merge_on_write => line.rowsets.iter().map(extent).collect(),
            "complete" => line.rowsets.iter().filter(changed).map(extent).collect(),
            _ => Vec::new(),
        };
        let along = Along { carried, extents };
        let all = 0..self.backends.len() as u32;
        let to_all = || all.clone().map(|backend| (backend, notices.clone())).collect();
        let own = |share: &super::load::Share| {
            let of = |notice: &&Notice| share.tablets.contains(&tablet_of(notice.tablet));
            (share.backend, notices.iter().filter(of).copied().collect())
        };
        // A backend that wrote nothing can use a notice only where the meta comes along.
        let told: Vec<(u32, Vec<Notice>)> =
            if whole { to_all() } else { line.shares.iter().map(own).collect() };
        match self.knobs.choice(K::CommitBy) {
            "forward" if manager != FE => {
                self.send(manager, FE, Note::Forward(Box::new(ToTell { told, along })));
            }
            "broadcast" if manager != FE => {
                let sent = self.time();
                let told: Vec<(u32, Vec<Notice>)> = to_all();
                for (backend, notices) in told {
                    let telling = Telling { notices, along: along.clone(), task: 0, sent };
                    self.send_notice(manager, backend, telling);
                }
            }
            _ => self.tell_by_pool(told, &along),
        }
    }

    pub(super) fn tell_by_pool(&mut self, told: Vec<(u32, Vec<Notice>)>, along: &Along) {
        for (backend, notices) in told {
            self.pool.waiting.push_back(Task { backend, notices, along: along.clone() });
        }
        self.pump();
    }

    fn pump(&mut self) {
        while (self.pool.running.len() as u64) < self.knobs.get(K::NotifyThreads)
            && let Some(Task { backend, notices, along }) = self.pool.waiting.pop_front()
        {
            self.pool.next += 1;
            let task = self.pool.next;
            self.pool.running.push(task);
            // The thread is free when the answer is there, or its patience is over.
            self.sim.after(FE, PATIENCE, Note::Tick(Tick::NoticeTimeout(task)));
            let sent = notices.first().map_or(SimTime::ZERO, |notice| notice.visible_at);
            self.send_notice(FE, backend, Telling { notices, along, task, sent });
        }
    }

    fn send_notice(&mut self, from: NodeId, backend: u32, telling: Telling) {
        let count = telling.notices.len() as u64;
        if !self.send(from, node_of(backend), Note::Notice(Box::new(telling))) || !self.is_up(backend) {
            self.totals.notices[NoticeFate::Lost as usize] += count;
        }
    }

    pub(super) fn notice_acked(&mut self, task: u64) {
        let before = self.pool.running.len();
        self.pool.running.retain(|running| *running != task);
        if self.pool.running.len() < before {
            self.pump();
        }
    }

    pub(super) fn noticed(
        &mut self,
        from: NodeId,
        backend: u32,
        telling: Telling,
        out: &mut Vec<ClusterEvent>,
    ) {
        let Telling { notices, along, task, sent } = telling;
        if task > 0 && from == FE {
            self.send(node_of(backend), FE, Note::NoticeAck(task));
        }
        for notice in notices {
            let tablet = tablet_of(notice.tablet);
            let whole = along.carried.iter().find(|(id, _)| *id == notice.tablet).copied();
            let extent = along.extents.iter().find(|(id, _)| *id == notice.tablet).map(|(_, extent)| *extent);
            match self.views.get_mut(backend, tablet) {
                Some(held) if held.is_busy() => {
                    held.seldom().notices.push(Kept { notice, whole, extent, sent });
                }
                _ => self.take_notice(backend, tablet, &Kept { notice, whole, extent, sent }, out),
            }
        }
    }

    pub(super) fn take_notice(
        &mut self,
        backend: u32,
        tablet: u32,
        kept: &Kept,
        out: &mut Vec<ClusterEvent>,
    ) {
        let &Kept { ref notice, whole, extent, sent } = kept;
        let (now, mode) = (self.time(), self.knobs.choice(K::Notify));
        let order = if mode == "only-next" { NoticeOrder::OnlyNext } else { NoticeOrder::Wait };
        let most = if mode == "extend" { usize::MAX } else { PENDING_MAX };
        let completes = self.knobs.choice(K::ColumnNotice) == "complete";
        let entry = self.backends[backend as usize].loads.get_mut(notice.txn, notice.tablet);
        let refused = match (entry, extent) {
            (Some(entry), Some(extent)) if completes => {
                entry.set_extent(extent);
                false
            }
            (Some(entry), Some(extent)) => !entry.has_extent(extent),
            _ => false,
        };
        let super::backend::Backend { committed, loads, .. } = &mut self.backends[backend as usize];
        let fate = match self.views.get_mut(backend, tablet) {
            _ if refused => NoticeFate::OlderMeta,
            Some(held) if held.view.max_version() >= 0 => {
                let mut carried = ByTxn::default();
                let known = committed.get(notice.txn, notice.tablet).is_some();
                let committed = match whole {
                    Some((_, rowset)) if !known => {
                        carried.insert(notice.txn, notice.tablet, Some(rowset), now, now);
                        &mut carried
                    }
                    _ => committed,
                };
                match held.view.notice(notice, order, committed, loads, most, now) {
                    Noticed::Applied { .. } => NoticeFate::Applied,
                    Noticed::Waits => NoticeFate::Waits,
                    Noticed::Obsolete => NoticeFate::Obsolete,
                    Noticed::Unknown => NoticeFate::Unknown,
                    Noticed::OutOfOrder => NoticeFate::OutOfOrder,
                }
            }
            _ => NoticeFate::Unknown,
        };
        self.totals.notices[fate as usize] += 1;
        self.count_waiting(backend, tablet);
        if fate == NoticeFate::Applied {
            self.totals.notice_lag.add((now - sent).micros());
            self.touch(backend, tablet);
            self.persist_change(backend, tablet);
            self.go_on(backend, tablet, out);
        }
        if fate == NoticeFate::Waits {
            let pending = self.backends[backend as usize].pending_bytes();
            self.totals.pending_bytes = self.totals.pending_bytes.max(pending);
        }
        out.push(ClusterEvent::Noticed { backend, tablet, version: notice.version, fate });
    }
}
