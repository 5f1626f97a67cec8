//! Metric curves and event density: one sample every so many steps, decimated as the run grows.

use crate::base::SimTime;
use crate::lab::Lab;
use alloc::vec::Vec;

/// Samples kept of one branch.
const SAMPLES_MAX: usize = 1_024;

/// Columns of samples, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Samples {
    /// Step of each sample.
    pub steps: Vec<u64>,
    /// Time of each sample.
    pub times: Vec<SimTime>,
    /// One column per metric.
    pub metrics: Vec<Vec<i64>>,
    /// One column per event kind: events since the previous sample.
    pub kinds: Vec<Vec<u32>>,
    every: u64,
    pending: Vec<u32>,
    seen: u64,
}

impl Samples {
    /// No samples of so many metrics and kinds.
    pub fn new(metrics: usize, kinds: usize) -> Self {
        Self {
            metrics: alloc::vec![Vec::new(); metrics],
            kinds: alloc::vec![Vec::new(); kinds],
            every: 1,
            pending: alloc::vec![0; kinds],
            ..Self::default()
        }
    }

    /// The state before the first step.
    pub(super) fn start<L: Lab>(&mut self, lab: &L) {
        self.take(0, lab);
    }

    /// Counts the events of a step that is new to this branch; now and then takes a sample.
    pub(super) fn count<L: Lab>(&mut self, step: u64, lab: &L, events: &[L::Event]) {
        if step <= self.seen {
            return;
        }
        self.seen = step;
        for event in events {
            if let Some(count) = self.pending.get_mut(L::kind_of(event)) {
                *count += 1;
            }
        }
        if step.is_multiple_of(self.every) {
            self.take(step, lab);
        }
    }

    fn take<L: Lab>(&mut self, step: u64, lab: &L) {
        self.steps.push(step);
        self.times.push(lab.now());
        let mut row = Vec::with_capacity(self.metrics.len());
        lab.metrics(&mut row);
        for (column, value) in self.metrics.iter_mut().zip(row) {
            column.push(value);
        }
        for (column, count) in self.kinds.iter_mut().zip(&mut self.pending) {
            column.push(core::mem::take(count));
        }
        if self.steps.len() > SAMPLES_MAX {
            self.halve();
        }
    }

    /// Joins neighbours: the later sample stays, counts add up.
    fn halve(&mut self) {
        self.every *= 2;
        for (column, pending) in self.kinds.iter_mut().zip(&mut self.pending) {
            if let [rest] = column.chunks_exact(2).remainder() {
                *pending = pending.saturating_add(*rest);
            }
            *column = column.chunks_exact(2).map(|pair| pair[0].saturating_add(pair[1])).collect();
        }
        let last = self.steps.len() / 2 * 2;
        self.steps.truncate(last);
        self.times.truncate(last);
        odd(&mut self.steps);
        odd(&mut self.times);
        for column in &mut self.metrics {
            column.truncate(last);
            odd(column);
        }
    }

    /// Appends another branch's samples up to a step.
    pub(super) fn append_until(&mut self, other: &Self, until: u64) {
        let count = other.steps.partition_point(|&step| step <= until);
        self.steps.extend_from_slice(&other.steps[..count]);
        self.times.extend_from_slice(&other.times[..count]);
        for (column, more) in self.metrics.iter_mut().zip(&other.metrics) {
            column.extend_from_slice(&more[..count.min(more.len())]);
        }
        for (column, more) in self.kinds.iter_mut().zip(&other.kinds) {
            column.extend_from_slice(&more[..count.min(more.len())]);
        }
    }
}

/// Keeps every second element, beginning with the second.
fn odd<T: Copy>(column: &mut Vec<T>) {
    *column = column.iter().copied().skip(1).step_by(2).collect();
}
