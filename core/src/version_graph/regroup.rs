//! Which stale rowsets were replaced together? Metas do not say; the ranges do.
//!
//! ```text
//! stale     [2][3]  [4][5]  [2-3]  [4-5]       by length, then time
//! live      [2---------5]
//! groups    [2-3] takes [2][3]; [4-5] takes [4][5]; the live [2-5] takes [2-3][4-5]
//! ```

use super::{NONE, VersionGraph, after};
use crate::base::sort::sort;
use crate::base::{SimTime, VersionRange};
use alloc::vec;
use alloc::vec::Vec;

type Member = (VersionRange, SimTime);

/// Groups in the order in which they get their ids. `graph` has all ends of `live` and `stale` as
/// vertices. Stale rowsets of equal length and time go in the given order.
pub(super) fn groups(graph: &VersionGraph, live: &[VersionRange], stale: &[Member]) -> Vec<Vec<Member>> {
    if stale.is_empty() {
        return Vec::new();
    }
    let mut order: Vec<(i128, SimTime, u32)> = (0..)
        .zip(stale)
        .map(|(at, &(range, time))| (i128::from(range.end) - i128::from(range.start), time, at))
        .collect();
    sort(&mut order);

    let mut pool = Pool::new(graph, stale);
    let mut groups = Vec::new();
    for (_, _, at) in order {
        if pool.find(stale[at as usize].0) {
            groups.push(pool.take_found());
        }
        pool.put(at);
    }
    for &range in live {
        if pool.find(range) {
            groups.push(pool.take_found());
        }
    }
    groups.extend(pool.left_over());
    groups
}

/// Stale rowsets that no merge has claimed yet, as lists by the slot of their start.
struct Pool<'a> {
    graph: &'a VersionGraph,
    stale: &'a [Member],
    /// First rowset of each slot; the latest put in, so the longest.
    heads: Vec<u32>,
    /// Next rowset with the same start.
    nexts: Vec<u32>,
    /// Slots of start and of the version after the end.
    ends: Vec<(u32, u32)>,
    /// The search in which a slot proved a dead end.
    dead: Vec<u32>,
    search: u32,
    /// Rowsets of the chain found last.
    found: Vec<u32>,
}

impl<'a> Pool<'a> {
    fn new(graph: &'a VersionGraph, stale: &'a [Member]) -> Self {
        let ends = stale.iter().map(|&(range, _)| Self::ends_of(graph, range)).collect();
        Self {
            graph,
            stale,
            heads: vec![NONE; graph.vertex_count()],
            nexts: vec![NONE; stale.len()],
            ends,
            dead: vec![0; graph.vertex_count()],
            search: 0,
            found: Vec::new(),
        }
    }

    fn ends_of(graph: &VersionGraph, range: VersionRange) -> (u32, u32) {
        let slot = |value| graph.index.get(value, &graph.values).unwrap_or(NONE);
        (slot(range.start), slot(after(range)))
    }

    /// Looks for a chain that covers exactly a range: one rowset if there is such a one, else depth
    /// first. A slot that failed once fails again, so each is left at most once.
    fn find(&mut self, range: VersionRange) -> bool {
        self.found.clear();
        self.search += 1;
        let (start, goal) = Self::ends_of(self.graph, range);
        if start == NONE || goal == NONE {
            return false;
        }
        let mut at = start;
        let mut candidate = self.first_from(at, goal);
        loop {
            while candidate != NONE && !self.leads_on(candidate, goal) {
                candidate = self.nexts[candidate as usize];
            }
            if candidate == NONE {
                self.dead[at as usize] = self.search;
                let Some(last) = self.found.pop() else { return false };
                at = self.ends[last as usize].0;
                candidate = self.nexts[last as usize];
                continue;
            }
            self.found.push(candidate);
            at = self.ends[candidate as usize].1;
            if at == goal {
                return true;
            }
            candidate = self.first_from(at, goal);
        }
    }

    /// The rowset at a slot that reaches the goal in one, else the first one there.
    fn first_from(&self, at: u32, goal: u32) -> u32 {
        let head = self.heads[at as usize];
        let mut one = head;
        while one != NONE && self.ends[one as usize].1 != goal {
            one = self.nexts[one as usize];
        }
        if one == NONE { head } else { one }
    }

    /// Whether a chain may go through a rowset: forward, not beyond the goal, to no dead end.
    fn leads_on(&self, rowset: u32, goal: u32) -> bool {
        let (from, to) = self.ends[rowset as usize];
        let value = |slot: u32| self.graph.values[slot as usize];
        to == goal
            || (value(from) < value(to) && value(to) < value(goal) && self.dead[to as usize] != self.search)
    }

    /// Puts a rowset in; one of the same range drops out.
    fn put(&mut self, rowset: u32) {
        let (start, end) = self.ends[rowset as usize];
        let mut same = self.heads[start as usize];
        while same != NONE && self.ends[same as usize].1 != end {
            same = self.nexts[same as usize];
        }
        if same != NONE {
            self.unlink(same);
        }
        self.nexts[rowset as usize] = self.heads[start as usize];
        self.heads[start as usize] = rowset;
    }

    fn unlink(&mut self, rowset: u32) {
        let next = self.nexts[rowset as usize];
        let start = self.ends[rowset as usize].0 as usize;
        let mut at = self.heads[start];
        if at == rowset {
            self.heads[start] = next;
            return;
        }
        while at != NONE {
            if self.nexts[at as usize] == rowset {
                self.nexts[at as usize] = next;
                return;
            }
            at = self.nexts[at as usize];
        }
    }

    fn take_found(&mut self) -> Vec<Member> {
        for at in 0..self.found.len() {
            self.unlink(self.found[at]);
        }
        self.found.iter().map(|&rowset| self.stale[rowset as usize]).collect()
    }

    /// One group per rowset that nothing claimed.
    fn left_over(self) -> impl Iterator<Item = Vec<Member>> {
        let mut rowset = NONE;
        let mut slots = self.graph.slots_ascending().into_iter();
        core::iter::from_fn(move || {
            while rowset == NONE {
                rowset = self.heads[slots.next()? as usize];
            }
            let member = self.stale[rowset as usize];
            rowset = self.nexts[rowset as usize];
            Some(vec![member])
        })
    }
}
