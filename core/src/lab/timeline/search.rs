//! Questions about the past, answered by looking at states there without moving the cursor.

use super::checkpoint::SPACING;
use super::{Cursor, Timeline};
use crate::base::{Digest, SimTime};
use crate::lab::Lab;
use alloc::vec::Vec;

impl<L: Lab> Timeline<L> {
    /// The lab as it was after a step of this line.
    pub fn probe(&self, step: u64) -> Cursor<L> {
        let step = step.min(self.head().step);
        let mut cursor = if step >= self.cursor.step && self.nearest(step) <= self.cursor.step {
            self.cursor.clone()
        } else {
            let lineage = super::Line::lineage(&self.branches, self.branch);
            self.opened(self.checkpoints.nearest(lineage, step))
        };
        let mut out = Vec::new();
        while cursor.step < step {
            out.clear();
            self.probe_one(&mut cursor, &mut out);
        }
        cursor
    }

    /// Events of one step of this line (steps count from 1), with its time.
    pub fn events_of(&self, step: u64) -> (SimTime, Vec<L::Event>) {
        let Some(before) = step.checked_sub(1) else { return (SimTime::ZERO, Vec::new()) };
        let mut cursor = self.probe(before);
        let mut out = Vec::new();
        if step <= self.head().step {
            self.probe_one(&mut cursor, &mut out);
        }
        (cursor.lab.now(), out)
    }

    /// Events of the last `count` steps up to the cursor, oldest first: (step, time, event).
    pub fn events_before(&self, count: u64) -> Vec<(u64, SimTime, L::Event)> {
        let mut lines = Vec::new();
        let mut cursor = self.probe_from_start(self.step().saturating_sub(count));
        let mut out = Vec::new();
        while cursor.step < self.step() {
            self.probe_one(&mut cursor, &mut out);
            let (step, time) = (cursor.step, cursor.lab.now());
            lines.extend(out.drain(..).map(|event| (step, time, event)));
        }
        lines
    }

    /// The first step in `low..=high` after which `is_so` holds; `is_so` must not turn false again
    /// in between. `None` where it does not hold after `high`.
    ///
    /// Cost: two logarithms of the span, each a restored checkpoint and a short replay.
    pub fn first_step(&self, low: u64, high: u64, is_so: impl Fn(&L) -> bool) -> Option<u64> {
        let (mut low, mut high) = (low, high.min(self.head().step));
        if low > high || !is_so(&self.probe(high).lab) {
            return None;
        }
        while low < high {
            let middle = low + (high - low) / 2;
            if is_so(&self.probe(middle).lab) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Some(low)
    }

    /// The next (+) or previous (−) step with an event of a kind, seen from the cursor.
    pub fn lane_step(&self, kind: usize, direction: i32) -> Option<u64> {
        /// Steps looked through before giving up: about a second's work.
        const REACH: u64 = 500_000;
        let mut out = Vec::new();
        if direction >= 0 {
            let mut cursor = self.cursor.clone();
            let end = self.head().step.min(cursor.step + REACH);
            while cursor.step < end {
                out.clear();
                self.probe_one(&mut cursor, &mut out);
                if out.iter().any(|event| L::kind_of(event) == kind) {
                    return Some(cursor.step);
                }
            }
            return None;
        }
        let mut end = self.step().checked_sub(1)?;
        let floor = end.saturating_sub(REACH);
        loop {
            let start = end.saturating_sub(SPACING);
            let mut cursor = self.probe_from_start(start);
            let mut last = None;
            while cursor.step < end {
                out.clear();
                self.probe_one(&mut cursor, &mut out);
                if out.iter().any(|event| L::kind_of(event) == kind) {
                    last = Some(cursor.step);
                }
            }
            if last.is_some() || start <= floor {
                return last;
            }
            end = start;
        }
    }

    /// The digest that playing to a step gives.
    pub fn digest_at(&self, step: u64) -> Digest {
        self.probe(step).digest
    }

    /// Like [`Timeline::probe`], but never from the cursor's own clock.
    fn probe_from_start(&self, step: u64) -> Cursor<L> {
        self.probe(step)
    }

    fn probe_one(&self, cursor: &mut Cursor<L>, out: &mut Vec<L::Event>) {
        if let Some(entry) = self.line.at(cursor.step, &self.branches) {
            cursor.lab.idle(entry.at);
            if cursor.execute(&entry.command, out).is_err() {
                cursor.step += 1;
            }
        } else if !cursor.step_by(SimTime::MAX, out) {
            // Below the head something is always due; whatever is, the search ends.
            cursor.step += 1;
        }
    }
}
