//! Branches: what was done on each, and the line of inputs that leads to a point on one.

use super::Samples;
use crate::base::{Digest, SimTime};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Names a branch inside its run; 0 is `main`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BranchId(pub u32);

/// One command of a branch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry<C> {
    /// Steps taken before it.
    pub after: u64,
    /// Its moment.
    pub at: SimTime,
    /// The command.
    pub command: C,
    /// Digest of all events up to and including its own.
    pub digest: Digest,
}

/// The end of a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Its last step.
    pub step: u64,
    /// Its last moment.
    pub time: SimTime,
    /// Digest of all events up to it.
    pub digest: Digest,
}

/// A branch: where it left its parent, and what was done on it.
#[derive(Clone, Debug)]
pub struct Branch<C> {
    /// Its name.
    pub name: String,
    /// The branch it left, and after which step.
    pub parent: Option<(BranchId, u64)>,
    /// The moment it left.
    pub fork_time: SimTime,
    /// Commands given on it, in order of `after`.
    pub entries: Vec<Entry<C>>,
    /// How far it was played.
    pub head: Head,
    /// In a record: the digest of the head was lost with a cut tail, so it is not compared.
    pub head_unknown: bool,
    /// Metric samples taken on it.
    pub samples: Samples,
}

impl<C> Branch<C> {
    /// A branch on which nothing was done yet.
    pub fn new(name: String, parent: Option<(BranchId, u64)>, head: Head) -> Self {
        let fork_time = if parent.is_some() { head.time } else { SimTime::ZERO };
        Self {
            name,
            parent,
            fork_time,
            entries: Vec::new(),
            head,
            head_unknown: false,
            samples: Samples::default(),
        }
    }
}

/// Commands that lead along one branch from the start, those of its ancestors included.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    items: Vec<Item>,
}

#[derive(Clone, Copy, Debug)]
struct Item {
    after: u64,
    branch: BranchId,
    index: u32,
}

impl Line {
    /// The line of a branch.
    pub(super) fn of<C>(branches: &[Branch<C>], id: BranchId) -> Self {
        let mut items = Vec::new();
        for (branch, until) in Self::lineage(branches, id) {
            for (index, entry) in branches[branch.0 as usize].entries.iter().enumerate() {
                if entry.after < until {
                    items.push(Item { after: entry.after, branch, index: index as u32 });
                }
            }
        }
        Self { items }
    }

    /// Ancestors of a branch from the root, each with the step up to which it counts; the branch
    /// itself last, without a limit.
    pub(super) fn lineage<C>(branches: &[Branch<C>], id: BranchId) -> Vec<(BranchId, u64)> {
        let mut chain = alloc::vec![(id, u64::MAX)];
        let mut at = id;
        let mut limit = u64::MAX;
        while let Some((parent, step)) = branches.get(at.0 as usize).and_then(|branch| branch.parent) {
            // A parent is always older than its child: whatever a file claims, this ends.
            if parent >= at {
                break;
            }
            limit = limit.min(step);
            chain.push((parent, limit));
            at = parent;
        }
        chain.reverse();
        chain
    }

    pub(super) fn push(&mut self, branch: BranchId, index: usize, after: u64) {
        self.items.push(Item { after, branch, index: index as u32 });
    }

    /// All commands of the line, in order.
    pub(super) fn entries<'a, C>(&'a self, branches: &'a [Branch<C>]) -> impl Iterator<Item = &'a Entry<C>> {
        let entry = |item: &Item| branches[item.branch.0 as usize].entries.get(item.index as usize);
        self.items.iter().filter_map(entry)
    }

    /// The command that follows a step, where there is one.
    pub(super) fn at<'a, C>(&self, step: u64, branches: &'a [Branch<C>]) -> Option<&'a Entry<C>> {
        // Most steps are played at the end of the line.
        let last = self.items.last()?;
        if last.after < step {
            return None;
        }
        let index = self.items.binary_search_by_key(&step, |item| item.after).ok()?;
        let item = self.items[index];
        branches[item.branch.0 as usize].entries.get(item.index as usize)
    }

    /// The step just after the n-th next command, or just before the n-th previous one.
    pub(super) fn command_step(&self, step: u64, by: i32) -> Option<u64> {
        let split = self.items.partition_point(|item| item.after < step);
        if by >= 0 {
            let index = split.checked_add(usize::try_from(by).ok()?.checked_sub(1)?)?;
            self.items.get(index).map(|item| item.after + 1)
        } else {
            let back = usize::try_from(by.unsigned_abs()).ok()?;
            self.items.get(split.checked_sub(back)?).map(|item| item.after)
        }
    }
}
