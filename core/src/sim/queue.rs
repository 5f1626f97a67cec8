//! What is due, earliest first, and first in first out at one moment.
//!
//! ```text
//! level 0   4,096 slots of 1 µs      the rest of the 4 ms that the last one taken out lies in
//! level 1     256 slots of 4 ms      the rest of its second
//! level 2     256 slots of 1 s       …
//! ```
//!
//! A value stands in the level of the highest bits in which its time differs from the time of the last one taken
//! out. When a slot's turn comes, what stands in it moves down in the order in which it was put in: so each slot is
//! in order, and taking out costs a look at a few words of bits, however many values wait. The lowest level is wide:
//! most messages take a few milliseconds, and do not move down then.

use crate::base::SimTime;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Bits of a time that the lowest level looks at, and those that each level above it does.
const LOW: u32 = 12;
const BITS: u32 = 8;
/// Levels above the lowest: all bits of a time.
const LEVELS: usize = (u64::BITS - LOW).div_ceil(BITS) as usize;
/// Slots of the lowest level, and of each one above it.
const LOW_SLOTS: usize = 1 << LOW;
const SLOTS: usize = 1 << BITS;
/// No place.
const NONE: u32 = u32::MAX;

/// Values in a row: the first place and the last.
#[derive(Clone, Copy, Debug)]
struct Row {
    first: u32,
    last: u32,
}

impl Row {
    const EMPTY: Self = Self { first: NONE, last: NONE };

    /// Puts a place behind the last one.
    #[inline]
    fn push<T>(&mut self, node: u32, nodes: &mut [Node<T>]) {
        if self.last == NONE {
            self.first = node;
        } else {
            nodes[self.last as usize].next = node;
        }
        self.last = node;
    }
}

/// The slots of 1 µs, made with the first value, and which of them hold something. All in one slot is due together.
#[derive(Clone, Debug)]
struct Low {
    slots: Vec<Row>,
    used: [u64; LOW_SLOTS / 64],
    /// Bit by word of `used`: it is not 0.
    words: u64,
}

impl Low {
    const NEW: Self = Self { slots: Vec::new(), used: [0; LOW_SLOTS / 64], words: 0 };

    #[cold]
    fn make(&mut self) {
        self.slots.resize(LOW_SLOTS, Row::EMPTY);
    }

    #[inline]
    fn push<T>(&mut self, at: u64, node: u32, nodes: &mut [Node<T>]) {
        if self.slots.is_empty() {
            self.make();
        }
        let slot = at as usize % LOW_SLOTS;
        self.used[slot / 64] |= 1 << (slot % 64);
        self.words |= 1 << (slot / 64);
        self.slots[slot].push(node, nodes);
    }

    #[inline]
    fn first_used(&self) -> Option<usize> {
        let word = self.words.trailing_zeros() as usize;
        Some(word * 64 + self.used.get(word)?.trailing_zeros() as usize)
    }

    /// Takes the first out of the first slot that holds something.
    #[inline]
    fn take<T>(&mut self, slot: usize, nodes: &[Node<T>]) -> u32 {
        let row = &mut self.slots[slot];
        let node = row.first;
        row.first = nodes[node as usize].next;
        if row.first == NONE {
            *row = Row::EMPTY;
            let word = &mut self.used[slot / 64];
            *word &= *word - 1;
            if *word == 0 {
                self.words &= self.words - 1;
            }
        }
        node
    }
}

/// A slot above the lowest level, and the earliest time in it.
#[derive(Clone, Copy, Debug)]
struct Slot {
    row: Row,
    earliest: u64,
}

/// Slots of one level, made with the first value, and which of them hold something.
#[derive(Clone, Debug)]
struct Level {
    slots: Vec<Slot>,
    used: [u64; SLOTS / 64],
}

impl Level {
    const NEW: Self = Self { slots: Vec::new(), used: [0; SLOTS / 64] };
    const EMPTY: Slot = Slot { row: Row::EMPTY, earliest: u64::MAX };

    fn push<T>(&mut self, slot: usize, at: u64, node: u32, nodes: &mut [Node<T>]) {
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, Self::EMPTY);
        }
        self.used[slot / 64] |= 1 << (slot % 64);
        let slot = &mut self.slots[slot];
        slot.earliest = slot.earliest.min(at);
        slot.row.push(node, nodes);
    }

    fn first_used(&self) -> Option<usize> {
        let word = self.used.iter().position(|word| *word != 0)?;
        Some(word * 64 + self.used[word].trailing_zeros() as usize)
    }

    /// Takes a slot out whole; gives its first place.
    fn empty(&mut self, slot: usize) -> u32 {
        self.used[slot / 64] &= !(1 << (slot % 64));
        core::mem::replace(&mut self.slots[slot], Self::EMPTY).row.first
    }
}

/// A value and where it stands: its time, and the place behind it in its slot, or among the free ones.
#[derive(Clone, Debug)]
struct Node<T> {
    at: u64,
    next: u32,
    value: Option<T>,
}

/// Values by time and order of arrival. In O(1), out O(levels), amortised.
#[derive(Clone, Debug)]
pub struct Queue<T> {
    low: Low,
    levels: [Level; LEVELS],
    /// Bit by level: something stands there.
    used: u8,
    nodes: Vec<Node<T>>,
    free: u32,
    len: usize,
    /// Time of the last one taken out: nothing in a level is earlier.
    reached: u64,
    /// Put in with an earlier time than that, by time: for whoever goes back.
    late: Vec<(u64, u32)>,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self {
            low: Low::NEW,
            levels: [Level::NEW; LEVELS],
            used: 0,
            nodes: Vec::new(),
            free: NONE,
            len: 0,
            reached: 0,
            late: Vec::new(),
        }
    }
}

/// The level above the lowest of a time that differs there, and its slot.
const fn place(at: u64, reached: u64) -> (usize, usize) {
    let level = ((at ^ reached) >> LOW).ilog2() / BITS;
    (level as usize, (at >> (LOW + level * BITS)) as usize % SLOTS)
}

/// Whether the lowest level holds a time.
const fn is_low(at: u64, reached: u64) -> bool {
    (at ^ reached) >> LOW == 0
}

impl<T> Queue<T> {
    /// Puts a value in.
    pub fn push(&mut self, at: SimTime, value: T) {
        let (at, node) = (at.0, Node { at: at.0, next: NONE, value: Some(value) });
        let place = self.free;
        let place = if let Some(free) = self.nodes.get_mut(place as usize) {
            self.free = free.next;
            *free = node;
            place
        } else {
            self.nodes.push(node);
            self.nodes.len() as u32 - 1
        };
        self.len += 1;
        if at < self.reached {
            let behind = self.late.partition_point(|(other, _)| *other <= at);
            self.late.insert(behind, (at, place));
        } else {
            self.stand(place, at);
        }
    }

    /// Puts a place behind the last one of its slot.
    #[inline]
    fn stand(&mut self, node: u32, at: u64) {
        if is_low(at, self.reached) {
            self.low.push(at, node, &mut self.nodes);
        } else {
            self.stand_above(node, at);
        }
    }

    #[inline(never)]
    fn stand_above(&mut self, node: u32, at: u64) {
        let (level, slot) = place(at, self.reached);
        self.used |= 1 << level;
        self.levels[level].push(slot, at, node, &mut self.nodes);
    }

    /// The first slot above the lowest level that holds something, by level and place there.
    fn first_above(&self) -> Option<(usize, usize)> {
        let level = self.used.trailing_zeros() as usize;
        Some((level, self.levels.get(level)?.first_used()?))
    }

    /// When a slot of the lowest level is due.
    const fn due(&self, slot: usize) -> u64 {
        self.reached >> LOW << LOW | slot as u64
    }

    /// When the first is due.
    pub fn next_at(&self) -> Option<SimTime> {
        if let Some((at, _)) = self.late.first() {
            return Some(SimTime(*at));
        }
        if let Some(slot) = self.low.first_used() {
            return Some(SimTime(self.due(slot)));
        }
        let (level, slot) = self.first_above()?;
        Some(SimTime(self.levels[level].slots[slot].earliest))
    }

    /// Takes the first out.
    pub fn pop(&mut self) -> Option<(SimTime, T)> {
        self.pop_by(SimTime::MAX)
    }

    /// Takes the first out, where it is due by then.
    #[inline(never)]
    pub fn pop_by(&mut self, until: SimTime) -> Option<(SimTime, T)> {
        if self.len == 0 {
            return None;
        }
        let node = match self.late.first() {
            Some((at, _)) if *at > until.0 => return None,
            Some(_) => self.late.remove(0).1,
            None => self.pop_due(until)?,
        };
        let taken = &mut self.nodes[node as usize];
        taken.next = core::mem::replace(&mut self.free, node);
        self.len -= 1;
        Some((SimTime(taken.at), taken.value.take()?))
    }

    #[inline]
    fn pop_due(&mut self, until: SimTime) -> Option<u32> {
        let slot = match self.low.first_used() {
            Some(slot) => slot,
            None => self.move_down(until)?,
        };
        let at = self.due(slot);
        if at > until.0 {
            return None;
        }
        self.reached = at;
        Some(self.low.take(slot, &self.nodes))
    }

    /// The turn of the first slot above the lowest level has come, if it is due by then: all in it moves down, and its
    /// earliest to the lowest level, whose slot it gives.
    #[inline(never)]
    fn move_down(&mut self, until: SimTime) -> Option<usize> {
        let (level, slot) = self.first_above()?;
        let line = &mut self.levels[level];
        if line.slots[slot].earliest > until.0 {
            return None;
        }
        self.reached = line.slots[slot].earliest;
        let mut node = line.empty(slot);
        if line.first_used().is_none() {
            self.used &= !(1 << level);
        }
        while node != NONE {
            let Node { at, next, .. } = self.nodes[node as usize];
            self.nodes[node as usize].next = NONE;
            self.stand(node, at);
            node = next;
        }
        self.low.first_used()
    }

    /// Number of values.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Places in the order in which they come out. O(n log n).
    fn in_order(&self) -> Vec<u32> {
        let mut all: Vec<u32> = self.late.iter().map(|(_, node)| *node).collect();
        // Slots of a level are in order, and a level before the next one.
        for row in self
            .low
            .slots
            .iter()
            .chain(self.levels.iter().flat_map(|level| &level.slots).map(|slot| &slot.row))
        {
            let from = all.len();
            let mut node = row.first;
            while node != NONE {
                all.push(node);
                node = self.nodes[node as usize].next;
            }
            // What is due together stays as it came.
            crate::base::sort::sort_by_key(&mut all[from..], |node| self.nodes[*node as usize].at);
        }
        all
    }

    /// Keeps what `keep` says, asked in order; the order stays. O(n log n).
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        let (order, mut before) = (self.in_order(), core::mem::take(self));
        self.reached = before.reached;
        for node in order {
            if let Some(value) = before.nodes[node as usize].value.take_if(|value| keep(value)) {
                self.push(SimTime(before.nodes[node as usize].at), value);
            }
        }
    }
}

impl<T: PartialEq> PartialEq for Queue<T> {
    fn eq(&self, other: &Self) -> bool {
        let all = |queue: &Self| -> Vec<u32> { queue.in_order() };
        let (ours, theirs) = (all(self), all(other));
        let same = |(one, two): (&u32, &u32)| {
            let (one, two) = (&self.nodes[*one as usize], &other.nodes[*two as usize]);
            (one.at, &one.value) == (two.at, &two.value)
        };
        ours.len() == theirs.len() && ours.iter().zip(&theirs).all(same)
    }
}

impl<T: Eq> Eq for Queue<T> {}

/// Stored as what waits, in order, and how far it got.
impl<T: Serialize> Serialize for Queue<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = |node: u32| (self.nodes[node as usize].at, self.nodes[node as usize].value.as_ref());
        let all: Vec<(u64, Option<&T>)> = self.in_order().into_iter().map(value).collect();
        (self.reached, all).serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Queue<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (reached, all): (u64, Vec<(u64, Option<T>)>) = Deserialize::deserialize(deserializer)?;
        let mut queue = Self { reached, ..Self::default() };
        for (at, value) in all {
            if let Some(value) = value {
                queue.push(SimTime(at), value);
            }
        }
        Ok(queue)
    }
}
