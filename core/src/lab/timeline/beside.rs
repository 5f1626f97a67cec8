//! A second place in the tree, held at the cursor's moment: two runs side by side.
//!
//! ```text
//! main      0──1──2──3──4──5──6        cursor at 9 s
//!              │              ^
//! branch 2     └──2'──3'──4'           beside: the last step at or before 9 s
//!                          ^
//! ```
//!
//! Invariant *one cursor*: after [`Timeline::follow`] both stand at the same moment; on the stretch
//! that both lines share, at the same step. A branch that ends earlier is played on.

use super::{Branch, BranchId, Cursor, Entry, Line, Samples, Timeline};
use crate::base::SimTime;
use crate::lab::{Lab, Rejection, Violation};
use alloc::string::String;
use alloc::vec::Vec;

/// What the cursor consists of, for another branch.
#[derive(Clone, Debug)]
pub(super) struct Beside<L: Lab> {
    branch: BranchId,
    line: Line,
    cursor: Cursor<L>,
    violation: Option<(u64, Violation)>,
}

impl<L: Lab> Timeline<L> {
    /// Holds another branch at the cursor's moment from now on; `None` ends that. An unknown
    /// branch, or the cursor's own, ends it too.
    pub fn compare(&mut self, with: Option<BranchId>) {
        let known = with.filter(|id| *id != self.branch && (id.0 as usize) < self.branches.len());
        self.beside = known.map(|branch| Beside {
            branch,
            line: Line::of(&self.branches, branch),
            cursor: self.first(),
            violation: None,
        });
        self.follow(super::STEPS_MAX);
    }

    /// The branch held beside, and its state at the cursor's moment.
    pub fn beside(&self) -> Option<(BranchId, &Cursor<L>)> {
        self.beside.as_ref().map(|beside| (beside.branch, &beside.cursor))
    }

    /// The first invariant that broke while the branch beside was played on, with its step.
    pub fn beside_violation(&self) -> Option<&(u64, Violation)> {
        self.beside.as_ref()?.violation.as_ref()
    }

    /// Metric samples of the branch beside, those of its ancestors in front.
    pub fn beside_samples(&self) -> Option<Samples> {
        Some(self.samples_of(self.beside.as_ref()?.branch))
    }

    /// Brings the branch beside to the cursor's moment; past its end it is played on, by at most
    /// `max_steps`. Does nothing when there is none.
    pub fn follow(&mut self, max_steps: u64) {
        let Some(mut beside) = self.beside.take() else { return };
        let (step, now, branch) = (self.step(), self.now(), self.branch);
        if beside.branch == branch {
            return;
        }
        let shared = Line::shared(&self.branches, branch, beside.branch);
        let recent = core::mem::take(&mut self.recent);
        self.swap(&mut beside);
        if step <= shared {
            self.seek_step(step);
            self.idle_to(now);
        } else if now <= self.head().time {
            self.seek_time(now);
        } else {
            if self.now() > now || !self.at_head() {
                let head = self.head();
                self.seek_step(head.step);
                self.idle_to(head.time);
            }
            self.advance_to(now, max_steps);
        }
        self.swap(&mut beside);
        self.recent = recent;
        self.beside = Some(beside);
    }

    /// Plays the cursor's branch again on a new one, from its start on with one command more: the
    /// same commands at the same moments, as far as the same time. Answers the new branch, and how
    /// many of the commands were refused on it. The cursor stays where it is.
    ///
    /// The command comes after those that the run was opened with (given at its first moment).
    ///
    /// # Errors
    /// The rule that refused the additional command. Nothing has changed then.
    pub fn again(&mut self, name: String, command: L::Command) -> Result<(BranchId, u32), Rejection> {
        self.again_as(name, &|_| command.clone(), &|given| given)
    }

    /// The same with a command made for the state at the start, and the run's own commands as `given`
    /// makes them: a run with one knob turned stays so when a command turns another.
    ///
    /// # Errors
    /// The rule that refused the additional command. Nothing has changed then.
    pub fn again_as(
        &mut self,
        name: String,
        command: &dyn Fn(&L) -> L::Command,
        given: &dyn Fn(L::Command) -> L::Command,
    ) -> Result<(BranchId, u32), Rejection> {
        let entries: Vec<Entry<L::Command>> = self.line.entries(&self.branches).cloned().collect();
        let (head, branch, step, now) = (self.head(), self.branch, self.step(), self.now());
        let start = self.first().lab.now();
        let opening = entries
            .iter()
            .enumerate()
            .take_while(|(index, entry)| entry.after == *index as u64 && entry.at == start)
            .count();
        let mut there = self.probe(opening as u64);
        let command = command(&there.lab);
        there.execute(&command, &mut Vec::new())?;
        self.seek_step(opening as u64);
        self.fork(name);
        let new = self.branch;
        let mut refused = u32::from(self.act(command).is_err());
        for entry in entries.into_iter().skip(opening) {
            self.play_before(entry.at);
            refused += u32::from(self.act(given(entry.command)).is_err());
        }
        self.advance_to(head.time, super::STEPS_MAX);
        self.recent.clear();
        self.go(branch, step, now);
        Ok((new, refused))
    }

    /// Plays everything before a moment and moves the clock to it.
    fn play_before(&mut self, moment: SimTime) {
        if let Some(last) = moment.micros().checked_sub(1)
            && self.now() < moment
        {
            self.advance_to(SimTime(last), super::STEPS_MAX);
        }
        self.idle_to(moment);
        self.extend_head();
    }

    fn swap(&mut self, beside: &mut Beside<L>) {
        core::mem::swap(&mut self.branch, &mut beside.branch);
        core::mem::swap(&mut self.line, &mut beside.line);
        core::mem::swap(&mut self.cursor, &mut beside.cursor);
        core::mem::swap(&mut self.violation, &mut beside.violation);
    }
}

impl Line {
    /// The step up to which two branches are one line.
    fn shared<C>(branches: &[Branch<C>], one: BranchId, other: BranchId) -> u64 {
        let (one, other) = (Self::lineage(branches, one), Self::lineage(branches, other));
        let mut shared = 0;
        for (a, b) in one.iter().zip(&other) {
            if a.0 != b.0 {
                break;
            }
            shared = a.1.min(b.1);
            if a.1 != b.1 {
                break;
            }
        }
        shared
    }
}
