//! Which stale rowsets were replaced together? Metas do not say; the ranges do.
//!
//! ```text
//! stale     [2][3]  [4][5]  [2-3]  [4-5]       by length, then time
//! live      [2---------5]
//! groups    [2-3] takes [2][3]; [4-5] takes [4][5]; the live [2-5] takes [2-3][4-5]
//! ```

use super::{NONE, VersionGraph, after};
use crate::base::sort::sort_by_key;
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
    let mut pool = Pool::new(graph, stale);
    let mut groups = Vec::new();
    for at in by_length(stale) {
        if pool.find(pool.ends[at as usize]) {
            groups.push(pool.take_found());
        }
        pool.put(at);
    }
    for &range in live {
        let ends = Pool::ends_near(graph, range, NONE);
        if pool.find(ends) {
            groups.push(pool.take_found());
        }
    }
    groups.extend(pool.left_over());
    groups
}

/// Places in `stale` by length of the range, then time, then place: counted out where lengths are small,
/// sorted where they are not or where rowsets of one length did not become stale in the order given. O(n)
/// for what a tablet has, else O(n log n).
fn by_length(stale: &[Member]) -> Vec<u32> {
    // Of what does not fit, which no tablet has, the reference cannot take the length either.
    let length = |at: u32| {
        let range = stale[at as usize].0;
        range.end.saturating_sub(range.start)
    };
    let places = 0..stale.len() as u32;
    let low = places.clone().map(length).min().unwrap_or_default();
    let buckets = stale.len() + 64;
    let bucket = |at: u32| length(at).abs_diff(low).min(buckets as u64 - 1) as usize;
    let mut starts = vec![0_u32; buckets + 1];
    for at in places.clone() {
        starts[bucket(at) + 1] += 1;
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    let mut order = vec![0; stale.len()];
    for at in places {
        let start = &mut starts[bucket(at)];
        order[*start as usize] = at;
        *start += 1;
    }
    let key = |&at: &u32| (length(at), stale[at as usize].1);
    for alike in order.chunk_by_mut(|&a, &b| bucket(a) == bucket(b)) {
        if !alike.is_sorted_by_key(key) {
            sort_by_key(alike, key);
        }
    }
    order
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
        let mut last = (0, 0);
        let mut ends = Vec::with_capacity(stale.len());
        for &(range, _) in stale {
            last = Self::ends_near(graph, range, last.1);
            ends.push(last);
        }
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

    /// Slots of the start and of the version after the end, with a guess for the start.
    #[inline]
    fn ends_near(graph: &VersionGraph, range: VersionRange, guess: u32) -> (u32, u32) {
        let slot = |guess, value| graph.slot_near(guess, value).unwrap_or(NONE);
        let start = slot(guess, range.start);
        (start, slot(start.wrapping_add(1), after(range)))
    }

    /// Looks for a chain that covers exactly what lies between two slots: one rowset if there is such
    /// a one, else depth first. A slot that failed once fails again, so each is left at most once.
    fn find(&mut self, (start, goal): (u32, u32)) -> bool {
        self.found.clear();
        self.search += 1;
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
