//! What happens by itself, and in which order.
//!
//! At one moment: writes to disks end first, by directory, then senders wake, reads end, backends
//! come back, loads arrive. The order is part of the format: changing it changes every digest.

use super::disk::Writer;
use super::history::Point;
use super::insert::Phase;
use super::{LoadEvent, LoadLab, Totals};
use crate::base::SimTime;
use alloc::vec::Vec;

/// A scheduled action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Written(u32, Writer),
    Wake(u32),
    ReadEnds(u32),
    BackendUp(u32),
    Load,
}

impl LoadLab {
    /// The next scheduled action.
    pub(super) fn next_action(&self) -> Option<(SimTime, Action)> {
        let mut next = (SimTime::MAX, Action::Load);
        let mut offer = |at: SimTime, action| {
            if at < next.0 {
                next = (at, action);
            }
        };
        for (store, disk) in (0..).zip(&self.disks) {
            if let Some((at, writer)) = disk.next(self.knobs.speed(store), self.knobs.thread_speed) {
                offer(at, Action::Written(store, writer));
            }
        }
        for (index, sender) in (0..).zip(&self.senders) {
            match sender.phase {
                Phase::Inserting { until, .. } | Phase::Polling { until } => {
                    offer(until, Action::Wake(index));
                }
                Phase::Idle | Phase::Writing | Phase::Waiting(_) => {}
            }
        }
        for (index, read) in (0..).zip(&self.reads) {
            offer(read.until, Action::ReadEnds(index));
        }
        for (index, down) in (0..).zip(self.upgrades.front().map_or(&[][..], |upgrade| &upgrade.down)) {
            offer(down.until, Action::BackendUp(index));
        }
        offer(self.due, Action::Load);
        (next.0 < SimTime::MAX).then_some((next.0.max(self.now), next.1))
    }

    /// Carries out one action.
    pub(super) fn carry_out(&mut self, action: Action, out: &mut Vec<LoadEvent>) {
        match action {
            Action::Written(store, writer) => self.written(store, writer, out),
            Action::Wake(sender) => self.wake(sender as usize, out),
            Action::ReadEnds(index) => self.end_read(index as usize, out),
            Action::BackendUp(index) => self.backend_up(index as usize, out),
            Action::Load => {
                self.due = self.next_load_at();
                let spec = self.knobs.load;
                self.arrive(spec, out);
            }
        }
    }

    /// When the next load comes by itself.
    pub(super) fn next_load_at(&self) -> SimTime {
        match self.knobs.every_ms {
            0 => SimTime::MAX,
            every => self.now + SimTime::from_millis(every),
        }
    }

    /// Adds a step to the curves.
    pub(super) fn note(&mut self, before: &Totals) {
        let memory = self.tracker.used();
        self.totals.peak = self.totals.peak.max(memory);
        self.trace.add(Point {
            at: self.now,
            memory,
            queue: self.executor.queued(),
            inserted: self.totals.inserted - before.inserted,
            flushed: self.totals.flushed - before.flushed,
        });
    }

    /// Bytes a second that were inserted in the last spacing of the curves, or the one before where
    /// that has only begun.
    pub(super) fn throughput(&self) -> u64 {
        let spacing = self.trace.spacing();
        let whole = self.now.micros() / spacing * spacing;
        let since = whole.saturating_sub(spacing);
        let inserted: u64 = self
            .trace
            .points()
            .iter()
            .rev()
            .take_while(|point| point.at.micros() >= since)
            .map(|point| point.inserted)
            .sum();
        let span = (self.now.micros() - since).max(1);
        (u128::from(inserted) * 1_000_000 / u128::from(span)) as u64
    }
}
