//! A timeline without its lab's types: what a session does to every run alike.

use crate::protocol::{BranchInfo, Series};
use tabletop_core::base::{Digest, SimTime};
use tabletop_core::lab::timeline::{BranchId, Head, Samples, Timeline};
use tabletop_core::lab::{Lab, Violation, stored};
use tabletop_core::record::{BranchEntries, Entry, RunHeader};

/// Samples sent at most.
const SAMPLES_MAX: usize = 1_000;

/// A timeline of any lab. The methods are those of [`Timeline`], where it has one of that name.
#[expect(missing_docs, reason = "see Timeline")]
pub trait Line {
    fn seed(&self) -> u64;
    fn step(&self) -> u64;
    fn now(&self) -> SimTime;
    fn digest(&self) -> Digest;
    fn branch(&self) -> BranchId;
    fn head(&self) -> Head;
    fn violation(&self) -> Option<&(u64, Violation)>;
    fn checkers(&self) -> bool;
    fn set_checkers(&mut self, on: bool);
    fn command_step(&self, by: i32) -> u64;
    fn lane_step(&self, kind: usize, direction: i32) -> Option<u64>;
    fn is_command(&self, step: u64) -> bool;
    fn seek_step(&mut self, step: u64);
    fn seek_time(&mut self, time: SimTime);
    fn go(&mut self, id: BranchId, step: u64, time: SimTime);
    fn advance_to(&mut self, until: SimTime, max_steps: u64) -> u64;
    fn play_steps(&mut self, steps: u64) -> u64;
    fn fork(&mut self, name: String);
    fn switch(&mut self, id: BranchId);
    fn rename_branch(&mut self, id: BranchId, name: String);
    fn compare(&mut self, with: Option<BranchId>);
    fn follow(&mut self, max_steps: u64);

    /// When the next scheduled action is due.
    fn next_at(&self) -> Option<SimTime>;
    /// When the run began.
    fn started_at(&self) -> SimTime;
    /// All branches.
    fn branches_told(&self) -> Vec<BranchInfo>;
    /// Entries of each branch.
    fn entry_counts(&self) -> Vec<u64>;
    /// The branch held beside.
    fn beside_branch(&self) -> Option<BranchId>;
    /// Curves of the branch, every n-th sample.
    fn series(&self) -> Series;
    /// The same of the branch beside.
    fn beside_series(&self) -> Option<Series>;
    /// Metrics now, and those of the branch beside.
    fn metrics_beside(&self) -> Option<[Vec<i64>; 2]>;
    /// What of the header the timeline decides.
    fn header(&self, lab: u8) -> RunHeader;
    /// Packed commands of a branch from an index on.
    fn entries(&self, branch: usize, from: u64) -> Vec<Entry>;
    /// Packed commands of every branch.
    fn all_entries(&self) -> Vec<BranchEntries>;
}

impl<L: Lab> Line for Timeline<L> {
    fn seed(&self) -> u64 {
        self.seed()
    }
    fn step(&self) -> u64 {
        self.step()
    }
    fn now(&self) -> SimTime {
        self.now()
    }
    fn digest(&self) -> Digest {
        self.digest()
    }
    fn branch(&self) -> BranchId {
        self.branch()
    }
    fn head(&self) -> Head {
        self.head()
    }
    fn violation(&self) -> Option<&(u64, Violation)> {
        self.violation()
    }
    fn checkers(&self) -> bool {
        self.checkers()
    }
    fn set_checkers(&mut self, on: bool) {
        self.set_checkers(on);
    }
    fn command_step(&self, by: i32) -> u64 {
        self.command_step(by)
    }
    fn lane_step(&self, kind: usize, direction: i32) -> Option<u64> {
        self.lane_step(kind, direction)
    }
    fn is_command(&self, step: u64) -> bool {
        self.is_command(step)
    }
    fn seek_step(&mut self, step: u64) {
        self.seek_step(step);
    }
    fn seek_time(&mut self, time: SimTime) {
        self.seek_time(time);
    }
    fn go(&mut self, id: BranchId, step: u64, time: SimTime) {
        self.go(id, step, time);
    }
    fn advance_to(&mut self, until: SimTime, max_steps: u64) -> u64 {
        self.advance_to(until, max_steps)
    }
    fn play_steps(&mut self, steps: u64) -> u64 {
        self.play_steps(steps)
    }
    fn fork(&mut self, name: String) {
        self.fork(name);
    }
    fn switch(&mut self, id: BranchId) {
        self.switch(id);
    }
    fn rename_branch(&mut self, id: BranchId, name: String) {
        self.rename_branch(id, name);
    }
    fn compare(&mut self, with: Option<BranchId>) {
        self.compare(with);
    }
    fn follow(&mut self, max_steps: u64) {
        self.follow(max_steps);
    }

    fn next_at(&self) -> Option<SimTime> {
        self.lab().next_at()
    }

    fn started_at(&self) -> SimTime {
        L::new(self.config(), self.seed()).now()
    }

    fn branches_told(&self) -> Vec<BranchInfo> {
        let branches = self.branches().iter().enumerate();
        let told = branches.map(|(index, branch)| BranchInfo {
            id: BranchId(index as u32),
            name: branch.name.clone(),
            parent: branch.parent,
            fork_time: branch.fork_time,
            head_step: branch.head.step,
            head_time: branch.head.time,
        });
        told.collect()
    }

    fn entry_counts(&self) -> Vec<u64> {
        self.branches().iter().map(|branch| branch.entries.len() as u64).collect()
    }

    fn beside_branch(&self) -> Option<BranchId> {
        self.beside().map(|(branch, _)| branch)
    }

    fn series(&self) -> Series {
        decimated(&self.samples())
    }

    fn beside_series(&self) -> Option<Series> {
        self.beside_samples().as_ref().map(decimated)
    }

    fn metrics_beside(&self) -> Option<[Vec<i64>; 2]> {
        let (mut here, mut there) = (Vec::new(), Vec::new());
        self.beside()?.1.lab.metrics(&mut there);
        self.lab().metrics(&mut here);
        Some([here, there])
    }

    fn header(&self, lab: u8) -> RunHeader {
        stored::header(lab, self)
    }

    fn entries(&self, branch: usize, from: u64) -> Vec<Entry> {
        stored::entries(self, branch, from)
    }

    fn all_entries(&self) -> Vec<BranchEntries> {
        stored::all_entries(self)
    }
}

/// Every n-th sample.
fn decimated(samples: &Samples) -> Series {
    let every = samples.steps.len().div_ceil(SAMPLES_MAX).max(1);
    let last = samples.steps.len();
    let mut series = Series {
        metrics: vec![Vec::new(); samples.metrics.len()],
        kinds: vec![Vec::new(); samples.kinds.len()],
        ..Series::default()
    };
    // Every group of samples is told by its last one; counts add up.
    let mut start = 0;
    while start < last {
        let end = (start + every).min(last);
        series.steps.push(samples.steps[end - 1]);
        series.times.push(samples.times[end - 1]);
        for (column, values) in series.metrics.iter_mut().zip(&samples.metrics) {
            column.push(values[end - 1]);
        }
        for (column, values) in series.kinds.iter_mut().zip(&samples.kinds) {
            column.push(values[start..end].iter().fold(0, |sum, &count| sum.saturating_add(count)));
        }
        start = end;
    }
    series
}
