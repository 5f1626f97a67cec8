//! Plays a lab forwards and backwards, and keeps every future.
//!
//! ```text
//! main      0──1──2──3──4──5──6──7            entries: (after 2, load) (after 5, query)
//!                    │
//! branch 2           └──4'──5'──6'            acting at step 3 forks; main stays as it was
//!               checkpoint      cursor
//! ```
//!
//! A run is its inputs: configuration, seed and entries (command, the step it follows, its
//! moment). The rest is derived: checkpoints (serialised states, so that a seek replays at most
//! a frame's worth), the rolling digest, the metric samples. Invariant: seeking anywhere gives
//! the state that playing there gave; `tests/labs` checks it on random walks.

mod beside;
mod branch;
mod checkpoint;
mod cursor;
mod samples;
mod search;

pub use branch::{Branch, BranchId, Entry, Head};
pub use cursor::Cursor;
pub use samples::Samples;

use super::{Lab, Rejection, Violation};
use crate::base::{Digest, SimTime};
use alloc::string::String;
use alloc::vec::Vec;
use branch::Line;
use checkpoint::Checkpoints;

/// Steps that a record may claim: a hostile one must not keep the engine busy for ever.
const STEPS_MAX: u64 = 50_000_000;

/// Events kept of the steps since the last look.
const RECENT_MAX: usize = 64;

/// A run of one lab: its inputs, a cursor, and what makes moving it fast.
#[derive(Clone, Debug)]
pub struct Timeline<L: Lab> {
    config: L::Config,
    seed: u64,
    branches: Vec<Branch<L::Command>>,
    branch: BranchId,
    line: Line,
    cursor: Cursor<L>,
    checkpoints: Checkpoints,
    checkers: bool,
    violation: Option<(u64, Violation)>,
    recent: Vec<L::Event>,
    scratch: Vec<L::Event>,
    beside: Option<beside::Beside<L>>,
}

/// A recorded command that replay answered differently: another core wrote the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differs {
    /// First step that differs.
    pub step: u64,
    /// Digest in the record.
    pub recorded: Digest,
    /// Digest of the replay.
    pub replayed: Digest,
}

impl<L: Lab> Timeline<L> {
    /// A run at step 0 with one branch, `main`.
    pub fn new(config: L::Config, seed: u64) -> Self {
        let cursor = Cursor::start(L::new(&config, seed));
        let head = Head { step: 0, time: cursor.lab.now(), digest: cursor.digest };
        let mut main = Branch::new(String::from("main"), None, head);
        main.samples = Samples::new(L::METRICS.len(), L::KINDS);
        main.samples.start(&cursor.lab);
        let mut checkpoints = Checkpoints::default();
        checkpoints.put(BranchId(0), &cursor);
        Self {
            config,
            seed,
            branches: alloc::vec![main],
            branch: BranchId(0),
            line: Line::default(),
            cursor,
            checkpoints,
            checkers: false,
            violation: None,
            recent: Vec::new(),
            scratch: Vec::new(),
            beside: None,
        }
    }

    /// The lab at the cursor.
    pub const fn lab(&self) -> &L {
        &self.cursor.lab
    }

    /// The fixed part of the run.
    pub const fn config(&self) -> &L::Config {
        &self.config
    }

    /// The run's seed.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// Steps taken at the cursor.
    pub const fn step(&self) -> u64 {
        self.cursor.step
    }

    /// Virtual time at the cursor.
    pub fn now(&self) -> SimTime {
        self.cursor.lab.now()
    }

    /// Digest of all events up to the cursor.
    pub const fn digest(&self) -> Digest {
        self.cursor.digest
    }

    /// The branch the cursor is on.
    pub const fn branch(&self) -> BranchId {
        self.branch
    }

    /// All branches; the index is the id.
    pub fn branches(&self) -> &[Branch<L::Command>] {
        &self.branches
    }

    /// Renames a branch. An unknown id changes nothing.
    pub fn rename_branch(&mut self, id: BranchId, name: String) {
        if let Some(branch) = self.branches.get_mut(id.0 as usize) {
            branch.name = name;
        }
    }

    /// Where the cursor's branch ends.
    pub fn head(&self) -> Head {
        self.current().head
    }

    /// Whether the cursor stands at the end of its branch.
    pub fn at_head(&self) -> bool {
        let head = self.head();
        self.cursor.step == head.step && self.now() == head.time
    }

    /// Switches checkers on or off. Switched on, they look at the cursor at once; then they run after
    /// every step that is played, not while seeking. Those that are on keep what they found.
    pub fn set_checkers(&mut self, on: bool) {
        if on == self.checkers {
            return;
        }
        self.checkers = on;
        self.violation = None;
        if on {
            self.inspect();
        }
    }

    /// Whether checkers run.
    pub const fn checkers(&self) -> bool {
        self.checkers
    }

    /// The first invariant that broke while playing, with its step.
    pub const fn violation(&self) -> Option<&(u64, Violation)> {
        self.violation.as_ref()
    }

    /// Takes the events of the last steps played, at most 64, newest last.
    pub fn take_recent(&mut self) -> Vec<L::Event> {
        let mut recent = core::mem::take(&mut self.recent);
        keep_last(&mut recent, RECENT_MAX);
        recent
    }

    /// Bytes held by checkpoints.
    pub const fn checkpoint_bytes(&self) -> usize {
        self.checkpoints.bytes()
    }

    /// Carries out a command at the cursor. In the past this starts a new branch first, so that
    /// no future is lost; the answer says whether it did.
    ///
    /// # Errors
    /// The rule that refused. Nothing has changed then, no branch was made.
    pub fn act(&mut self, command: L::Command) -> Result<bool, Rejection> {
        let before = self.cursor.clone();
        self.scratch.clear();
        let entry = Entry { after: before.step, at: before.lab.now(), command, digest: Digest::default() };
        if let Err(rejection) = self.cursor.execute(&entry.command, &mut self.scratch) {
            self.cursor = before;
            return Err(rejection);
        }
        let forks = self.future_exists(&before);
        if forks {
            self.open_branch(String::new(), &before);
        }
        let digest = self.cursor.digest;
        let branch = &mut self.branches[self.branch.0 as usize];
        branch.entries.push(Entry { digest, ..entry });
        self.line.push(self.branch, branch.entries.len() - 1, before.step);
        self.after_step();
        self.extend_head();
        Ok(forks)
    }

    /// Starts a branch at the cursor and moves onto it. An empty name picks one.
    pub fn fork(&mut self, name: String) {
        let here = self.cursor.clone();
        self.open_branch(name, &here);
        self.extend_head();
    }

    /// Goes to another branch, at its head. An unknown id changes nothing.
    pub fn switch(&mut self, id: BranchId) {
        if let Some(branch) = self.branches.get(id.0 as usize) {
            let head = branch.head;
            self.go(id, head.step, head.time);
        }
    }

    /// Goes to a step of a branch, with the clock at `time` where the branch was that late.
    pub fn go(&mut self, id: BranchId, step: u64, time: SimTime) {
        if id != self.branch && (id.0 as usize) < self.branches.len() {
            self.branch = id;
            self.line = Line::of(&self.branches, id);
            self.restore(step);
        }
        self.seek_step(step);
        if self.now() < time {
            self.idle_to(time);
        }
    }

    /// Moves the cursor to a step of this branch, at most its head.
    pub fn seek_step(&mut self, step: u64) {
        let step = step.min(self.head().step);
        self.recent.clear();
        if step < self.cursor.step || self.nearest(step) > self.cursor.step {
            self.restore(step);
        } else if step == self.cursor.step {
            self.restore_exact(step);
        }
        self.replay_to(step);
    }

    /// Moves the cursor to the last step at or before `time`, with the clock at it; at most to the
    /// head.
    pub fn seek_time(&mut self, time: SimTime) {
        let time = time.min(self.head().time);
        self.recent.clear();
        if time < self.now() {
            self.restore_before(time);
        } else if let Some(step) = self.checkpoint_by_time(time)
            && step > self.cursor.step
        {
            self.restore(step);
        }
        while self.cursor.step < self.head().step && self.replay_one(time) {}
        self.idle_to(time);
    }

    /// Plays on from the cursor for so much virtual time, at most `max_steps` steps. Past the head
    /// the branch grows. Stops at a broken invariant. Answers the number of steps taken.
    pub fn advance(&mut self, span: SimTime, max_steps: u64) -> u64 {
        let until = self.now() + span;
        self.advance_to(until, max_steps)
    }

    /// Plays on to a moment, or for `max_steps` steps.
    pub fn advance_to(&mut self, until: SimTime, max_steps: u64) -> u64 {
        let mut taken = 0;
        while taken < max_steps {
            if !self.move_one(until) {
                if until < SimTime::MAX {
                    self.idle_to(until);
                }
                break;
            }
            self.after_step();
            taken += 1;
            if self.violation.is_some() {
                break;
            }
        }
        self.extend_head();
        taken
    }

    /// Plays exactly so many steps, as long as anything is scheduled.
    pub fn play_steps(&mut self, steps: u64) -> u64 {
        self.advance_to(SimTime::MAX, steps)
    }

    /// When the next step happens: a recorded command or a scheduled action.
    pub fn next_time(&self) -> Option<SimTime> {
        match self.line.at(self.cursor.step, &self.branches) {
            Some(entry) => Some(entry.at),
            None => self.cursor.lab.next_at(),
        }
    }

    /// The step after the next (+) or before the previous (−) recorded command.
    pub fn command_step(&self, by: i32) -> u64 {
        self.line.command_step(self.cursor.step, by).unwrap_or(if by < 0 { 0 } else { self.head().step })
    }

    /// Whether a user's command made this step (steps count from 1).
    pub fn is_command(&self, step: u64) -> bool {
        step > 0 && self.line.at(step - 1, &self.branches).is_some()
    }

    /// Metric samples of the cursor's branch, those of its ancestors in front.
    pub fn samples(&self) -> Samples {
        self.samples_of(self.branch)
    }

    fn samples_of(&self, branch: BranchId) -> Samples {
        let mut all = Samples::new(L::METRICS.len(), L::KINDS);
        for (id, until) in Line::lineage(&self.branches, branch) {
            all.append_until(&self.branches[id.0 as usize].samples, until);
        }
        all
    }

    /// Rebuilds a run from its record and compares every digest on the way.
    ///
    /// Branches must come parents first, as they were written.
    ///
    /// # Errors
    /// The first step that replays differently. The run is kept as far as it was equal.
    pub fn load(
        config: L::Config,
        seed: u64,
        branches: Vec<Branch<L::Command>>,
    ) -> (Self, Result<(), Differs>) {
        let mut run = Self::new(config, seed);
        let mut verdict = Ok(());
        for (index, record) in branches.into_iter().enumerate() {
            if index > 0 {
                let (parent, step) = record.parent.unwrap_or_default();
                let parent = BranchId(parent.0.min(index as u32 - 1));
                run.go(parent, step, record.fork_time);
                let here = run.cursor.clone();
                run.open_branch(record.name, &here);
            } else {
                run.branches[0].name = record.name;
            }
            for entry in record.entries {
                run.advance_to(SimTime::MAX, entry.after.min(STEPS_MAX).saturating_sub(run.step()));
                run.idle_to(entry.at);
                let (recorded, step) = (entry.digest, run.step() + 1);
                let refused = run.act(entry.command).is_err();
                if verdict.is_ok() && (refused || run.digest() != recorded) {
                    verdict = Err(Differs { step, recorded, replayed: run.digest() });
                }
                if refused {
                    break;
                }
            }
            run.advance_to(SimTime::MAX, record.head.step.min(STEPS_MAX).saturating_sub(run.step()));
            run.idle_to(record.head.time);
            run.extend_head();
            if verdict.is_ok() && !record.head_unknown && run.digest() != record.head.digest {
                verdict =
                    Err(Differs { step: run.step(), recorded: record.head.digest, replayed: run.digest() });
            }
        }
        run.recent.clear();
        (run, verdict)
    }

    fn current(&self) -> &Branch<L::Command> {
        &self.branches[self.branch.0 as usize]
    }

    /// Whether the branch goes on beyond a cursor.
    fn future_exists(&self, cursor: &Cursor<L>) -> bool {
        let head = self.current().head;
        cursor.step < head.step || cursor.lab.now() < head.time
    }

    fn open_branch(&mut self, name: String, at: &Cursor<L>) {
        let id = BranchId(self.branches.len() as u32);
        let name = if name.is_empty() { alloc::format!("branch {}", id.0 + 1) } else { name };
        let head = Head { step: at.step, time: at.lab.now(), digest: at.digest };
        let mut branch = Branch::new(name, Some((self.branch, at.step)), head);
        branch.fork_time = at.lab.now();
        branch.samples = Samples::new(L::METRICS.len(), L::KINDS);
        self.branches.push(branch);
        self.branch = id;
        self.line = Line::of(&self.branches, id);
        self.checkpoints.put(id, at);
    }

    /// One step, a recorded command or a scheduled action, where it is due by `until`; says whether
    /// it was. Its events are in the scratch then.
    fn move_one(&mut self, until: SimTime) -> bool {
        self.scratch.clear();
        match self.line.at(self.cursor.step, &self.branches) {
            Some(entry) if entry.at > until => false,
            Some(entry) => {
                self.cursor.lab.idle(entry.at);
                let done = self.cursor.execute(&entry.command, &mut self.scratch);
                debug_assert!(done.is_ok(), "a recorded command was refused at step {}", self.cursor.step);
                if done.is_err() {
                    self.cursor.step += 1;
                }
                true
            }
            None => self.cursor.step_by(until, &mut self.scratch),
        }
    }

    fn after_step(&mut self) {
        let branch = &mut self.branches[self.branch.0 as usize];
        branch.samples.count::<L>(self.cursor.step, &self.cursor.lab, &self.scratch);
        // The older ones go now and then: to move the rest up at every step was a tenth of playing.
        if self.recent.len() + self.scratch.len() > 8 * RECENT_MAX {
            keep_last(&mut self.recent, RECENT_MAX);
            keep_last(&mut self.scratch, RECENT_MAX);
        }
        self.recent.append(&mut self.scratch);
        self.checkpoints.offer(self.branch, &self.cursor);
        self.inspect();
    }

    /// Asks the checkers about the state at the cursor; the first break found stays.
    fn inspect(&mut self) {
        if self.checkers
            && self.violation.is_none()
            && let Err(violation) = self.cursor.lab.check()
        {
            self.violation = Some((self.cursor.step, violation));
        }
    }

    fn replay_one(&mut self, until: SimTime) -> bool {
        let moved = self.move_one(until);
        if moved {
            self.checkpoints.offer(self.branch, &self.cursor);
        }
        moved
    }

    fn replay_to(&mut self, step: u64) {
        while self.cursor.step < step && self.replay_one(SimTime::MAX) {}
    }

    fn idle_to(&mut self, until: SimTime) {
        if self.now() < until && self.next_time().is_none_or(|at| until < at) {
            self.cursor.lab.idle(until);
        } else if self.now() < until
            && let Some(at) = self.next_time()
            && self.now() < at
        {
            self.cursor.lab.idle(until.min(at));
        }
    }

    fn extend_head(&mut self) {
        let (step, time, digest) = (self.cursor.step, self.now(), self.cursor.digest);
        let head = &mut self.branches[self.branch.0 as usize].head;
        if step > head.step || (step == head.step && time > head.time) {
            *head = Head { step, time, digest };
        }
    }

    /// Step of the nearest checkpoint at or before `step` on this line.
    fn nearest(&self, step: u64) -> u64 {
        self.checkpoints
            .nearest(Line::lineage(&self.branches, self.branch), step)
            .map_or(0, |found| found.step)
    }

    fn checkpoint_by_time(&self, time: SimTime) -> Option<u64> {
        self.checkpoints.before_time(Line::lineage(&self.branches, self.branch), time).map(|found| found.step)
    }

    fn restore(&mut self, step: u64) {
        let found = self.checkpoints.nearest(Line::lineage(&self.branches, self.branch), step);
        self.cursor = self.opened(found);
    }

    fn restore_before(&mut self, time: SimTime) {
        let found = self.checkpoints.before_time(Line::lineage(&self.branches, self.branch), time);
        self.cursor = self.opened(found);
    }

    /// A step that the cursor already stands on, but with the clock moved on: back to the step.
    fn restore_exact(&mut self, step: u64) {
        self.restore(step.saturating_sub(1));
    }

    /// The cursor of a checkpoint. At step 0 the run's own beginning, which is as quick to make and
    /// spares the first page the reader of states.
    fn opened(&self, found: Option<&checkpoint::Checkpoint>) -> Cursor<L> {
        let found = found.filter(|found| found.step > 0);
        found.and_then(checkpoint::Checkpoint::open).unwrap_or_else(|| self.first())
    }

    fn first(&self) -> Cursor<L> {
        Cursor::start(L::new(&self.config, self.seed))
    }
}

/// Drops what stands before the last items.
fn keep_last<T>(items: &mut Vec<T>, count: usize) {
    items.drain(..items.len().saturating_sub(count));
}
