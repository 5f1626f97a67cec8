//! What happens by itself, and in which order.
//!
//! At one moment: readers capture first, then versions become visible, the sweep, loads, new readers,
//! the scheduler. The
//! order is part of the format: changing it changes every digest.

use super::{BIG_FACTOR, BURST_GAP_MS, DelayedDeletion, Due, Kind, TabletEvent, TabletLab};
use crate::base::{SimTime, VersionRange};
use crate::rowset::{Overlap, RowsetMeta, Unknown};
use crate::tablet::SweepRule;
use alloc::vec::Vec;

/// One base round follows so many cumulative ones
/// (`cumulative_compaction_rounds_for_each_base_compaction_round`).
const ROUNDS_PER_BASE: u64 = 10;

/// A scheduled action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Capture,
    Publish,
    Sweep,
    Load,
    Query,
    Compact,
}

impl Due {
    /// First actions of a workload that starts at a moment.
    pub(super) fn from(workload: &super::Workload, now: SimTime) -> Self {
        let after = |every_ms: u32| {
            if workload.on && every_ms > 0 {
                now + SimTime::from_millis(every_ms.into())
            } else {
                SimTime::MAX
            }
        };
        Self {
            load: after(workload.load_every_ms),
            query: after(workload.query_every_ms),
            compact: after(workload.compact_every_ms),
        }
    }
}

impl TabletLab {
    /// The next scheduled action.
    pub(super) fn next_action(&self) -> Option<(SimTime, Action)> {
        let mut next = (SimTime::MAX, Action::Compact);
        let mut offer = |at: SimTime, action| {
            if at < next.0 {
                next = (at, action);
            }
        };
        if let Some(&((at, _), _)) = self.waiting.first() {
            offer(at, Action::Capture);
        }
        if let Some(&(at, _)) = self.publishing.front() {
            offer(at, Action::Publish);
        }
        offer(self.next_sweep(), Action::Sweep);
        offer(self.due.load, Action::Load);
        offer(self.due.query, Action::Query);
        offer(self.due.compact, Action::Compact);
        (next.0 < SimTime::MAX).then_some((next.0.max(self.now), next.1))
    }

    /// When the garbage sweep will next find something: the first round at or after the first
    /// expiry. Rounds that would find nothing are not steps.
    fn next_sweep(&self) -> SimTime {
        let every = u64::from(self.knobs.sweep_every_s) * 1_000_000;
        if every == 0 {
            return SimTime::MAX;
        }
        let Some(due) = self.first_expiry() else { return SimTime::MAX };
        let due = due.micros().max(self.swept_until.micros().saturating_add(1));
        SimTime(due.div_ceil(every).saturating_mul(every))
    }

    /// When the first stale path may go; `None` when none ever will as things stand.
    pub(super) fn first_expiry(&self) -> Option<SimTime> {
        let due = self.tablet.next_expiry(&self.sweep_rule())?;
        match self.knobs.delayed_deletion {
            DelayedDeletion::Off | DelayedDeletion::AfterTime => Some(due),
            DelayedDeletion::BySize => {
                (self.tablet.stale_len() as u64 >= u64::from(self.knobs.sweep_threshold)).then_some(self.now)
            }
        }
    }

    /// Age at which a stale path expires.
    pub(super) fn sweep_after(&self) -> SimTime {
        match self.knobs.delayed_deletion {
            DelayedDeletion::AfterTime => SimTime::from_secs(self.knobs.sweep_after_s.into()),
            DelayedDeletion::Off | DelayedDeletion::BySize => SimTime::ZERO,
        }
    }

    /// Rule of the garbage sweep.
    pub(super) fn sweep_rule(&self) -> SweepRule {
        let by_size = self.knobs.delayed_deletion != DelayedDeletion::AfterTime;
        SweepRule { ttl: self.sweep_after(), by_size, ..SweepRule::default() }
    }

    /// Carries out one action.
    pub(super) fn carry_out(&mut self, action: Action, out: &mut Vec<TabletEvent>) {
        match action {
            Action::Capture => self.capture_next(out),
            Action::Sweep => {
                self.sweep(out);
                self.swept_until = self.now;
            }
            Action::Publish => {
                if let Some((_, version)) = self.publishing.pop_front() {
                    out.push(TabletEvent::Visible { version });
                }
            }
            Action::Load => {
                let paused = (self.loads + 1).is_multiple_of(self.workload.burst.max(1).into());
                let wait = if paused { self.workload.load_every_ms } else { BURST_GAP_MS };
                self.due.load = self.after(wait.min(self.workload.load_every_ms));
                self.load_by_workload(out);
            }
            Action::Query => {
                self.due.query = self.after(self.workload.query_every_ms);
                let holds = self.reader_rng.around(self.workload.reader_holds_ms.into(), 50);
                let version = self.visible();
                self.start_reader(version, SimTime::from_millis(holds), out);
            }
            Action::Compact => {
                self.due.compact = self.after(self.workload.compact_every_ms);
                self.rounds += 1;
                let base = self.rounds.is_multiple_of(ROUNDS_PER_BASE);
                self.compact_by_policy(if base { Kind::Base } else { Kind::Cumulative }, out);
            }
        }
    }

    fn after(&self, every_ms: u32) -> SimTime {
        if self.workload.on && every_ms > 0 {
            self.now + SimTime::from_millis(every_ms.into())
        } else {
            SimTime::MAX
        }
    }

    fn load_by_workload(&mut self, out: &mut Vec<TabletEvent>) {
        // Drawn and counted whether it is refused or not: the next load is the same in every design.
        self.loads += 1;
        let nth = |every: u32| every > 0 && self.loads.is_multiple_of(every.into());
        let (delete, big) = (nth(self.workload.delete_every), nth(self.workload.big_every));
        let factor = if big { BIG_FACTOR } else { 1 };
        let bytes = self.load_rng.around(self.workload.load_bytes, 30).saturating_mul(factor);
        let (count, limit) = (self.tablet.live_len() as u64, u64::from(self.knobs.version_limit()));
        if count > limit {
            self.too_many += 1;
            out.push(TabletEvent::LoadRefused { count, limit });
        } else if delete {
            self.publish(0, 0, 0, false, true, out);
        } else {
            let segments = self.workload.load_segments;
            self.publish(bytes / 64, bytes, segments, segments > 1, false, out);
        }
    }

    /// Publishes one rowset at the next version.
    pub(super) fn publish(
        &mut self,
        rows: u64,
        bytes: u64,
        segments: u32,
        overlapping: bool,
        delete: bool,
        out: &mut Vec<TabletEvent>,
    ) {
        let version = self.newest() + 1;
        let id = self.take_rowset_id();
        let meta = RowsetMeta {
            id,
            range: VersionRange::single(version),
            bytes,
            rows,
            created_at: self.now,
            segments,
            overlap: if overlapping { Overlap::Overlapping } else { Overlap::NonOverlapping },
            level: 0,
            delete_predicate: delete,
            unknown: Unknown::NOTHING,
        };
        let added = self.tablet.add_inc_rowset(meta);
        assert!(added.is_ok(), "version {version} is above the newest, so nothing can cover it: {added:?}");
        self.bytes_loaded += bytes;
        if self.workload.publish_delay_ms > 0 || !self.publishing.is_empty() {
            let mut at = self.now + SimTime::from_millis(self.workload.publish_delay_ms.into());
            // Versions become visible in their order, whatever the delay was.
            if let Some(&(before, _)) = self.publishing.back() {
                at = at.max(before);
            }
            self.publishing.push_back((at, version));
        }
        self.changed.push(id);
        out.push(TabletEvent::Loaded { rowset: id, version, bytes, delete });
    }
}
