//! What is due, earliest first, and first in first out at one moment.
//!
//! ```text
//! level 0   256 slots of 1 µs        the rest of the 256 µs that the last one taken out lies in
//! level 1   256 slots of 256 µs      the rest of its 65 ms
//! level 2   256 slots of 65 ms       …
//! ```
//!
//! A value stands in the level of the highest byte in which its time differs from the time of the last one taken
//! out. When a slot's turn comes, what stands in it moves down in the order in which it was put in: so each slot is
//! in order, and taking out costs a look at a few words of bits, however many values wait.

use crate::base::SimTime;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Bits of a time that a level looks at.
const BITS: u32 = 8;
const SLOTS: usize = 1 << BITS;
/// Levels: all bits of a time.
const LEVELS: usize = (u64::BITS / BITS) as usize;
const WORDS: usize = SLOTS / 64;
/// No place.
const NONE: u32 = u32::MAX;

/// Values in a row: the first place, the last, and the earliest time of all.
#[derive(Clone, Copy, Debug)]
struct Slot {
    first: u32,
    last: u32,
    earliest: u64,
}

const EMPTY: Slot = Slot { first: NONE, last: NONE, earliest: u64::MAX };

/// Slots of one level, and which of them hold something.
#[derive(Clone, Debug)]
struct Level {
    slots: Vec<Slot>,
    used: [u64; WORDS],
}

impl Level {
    const NEW: Self = Self { slots: Vec::new(), used: [0; WORDS] };

    fn first_used(&self) -> Option<usize> {
        let word = self.used.iter().position(|word| *word != 0)?;
        Some(word * 64 + self.used[word].trailing_zeros() as usize)
    }
}

/// Where a value stands: its time, and the place behind it in its slot, or among the free ones.
#[derive(Clone, Copy, Debug)]
struct Link {
    at: u64,
    next: u32,
}

/// Values by time and order of arrival. In O(1), out O(levels), amortised.
#[derive(Clone, Debug)]
pub struct Queue<T> {
    levels: [Level; LEVELS],
    /// Bit by level: something stands there.
    used: u8,
    links: Vec<Link>,
    values: Vec<Option<T>>,
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
            levels: [Level::NEW; LEVELS],
            used: 0,
            links: Vec::new(),
            values: Vec::new(),
            free: NONE,
            len: 0,
            reached: 0,
            late: Vec::new(),
        }
    }
}

/// The level of a time, and its slot there.
const fn place(at: u64, reached: u64) -> (usize, usize) {
    let differs = at ^ reached;
    let level = if differs == 0 { 0 } else { (differs.ilog2() / BITS) as usize };
    (level, (at >> (level as u32 * BITS)) as usize & (SLOTS - 1))
}

impl<T> Queue<T> {
    /// Puts a value in.
    pub fn push(&mut self, at: SimTime, value: T) {
        let (at, link) = (at.0, Link { at: at.0, next: NONE });
        let mut node = self.free;
        if node == NONE {
            node = self.links.len() as u32;
            self.links.push(link);
            self.values.push(Some(value));
        } else {
            self.free = self.links[node as usize].next;
            self.links[node as usize] = link;
            self.values[node as usize] = Some(value);
        }
        self.len += 1;
        if at < self.reached {
            let behind = self.late.partition_point(|(other, _)| *other <= at);
            self.late.insert(behind, (at, node));
        } else {
            self.stand(node, at);
        }
    }

    /// Puts a place behind the last one of its slot.
    fn stand(&mut self, node: u32, at: u64) {
        let (level, slot) = place(at, self.reached);
        self.used |= 1 << level;
        let level = &mut self.levels[level];
        if level.slots.is_empty() {
            level.slots.resize(SLOTS, EMPTY);
        }
        level.used[slot / 64] |= 1 << (slot % 64);
        let slot = &mut level.slots[slot];
        slot.earliest = slot.earliest.min(at);
        if slot.last == NONE {
            slot.first = node;
        } else {
            self.links[slot.last as usize].next = node;
        }
        slot.last = node;
    }

    /// The first slot that holds something, by level and place there.
    fn first_slot(&self) -> Option<(usize, usize)> {
        let level = self.used.trailing_zeros() as usize;
        Some((level, self.levels.get(level)?.first_used()?))
    }

    /// Takes a slot out whole; gives its first place.
    fn empty(&mut self, level: usize, slot: usize) -> u32 {
        let line = &mut self.levels[level];
        let first = core::mem::replace(&mut line.slots[slot], EMPTY).first;
        line.used[slot / 64] &= !(1 << (slot % 64));
        if line.used == [0; WORDS] {
            self.used &= !(1 << level);
        }
        first
    }

    /// When the first is due.
    pub fn next_at(&self) -> Option<SimTime> {
        if let Some((at, _)) = self.late.first() {
            return Some(SimTime(*at));
        }
        let (level, slot) = self.first_slot()?;
        Some(SimTime(self.levels[level].slots[slot].earliest))
    }

    /// Takes the first out.
    #[inline(never)]
    pub fn pop(&mut self) -> Option<(SimTime, T)> {
        if self.len == 0 {
            return None;
        }
        let node = if self.late.is_empty() { self.pop_due()? } else { self.late.remove(0).1 };
        let value = self.values[node as usize].take();
        let at = SimTime(self.links[node as usize].at);
        self.links[node as usize].next = self.free;
        self.free = node;
        self.len -= 1;
        value.map(|value| (at, value))
    }

    fn pop_due(&mut self) -> Option<u32> {
        let (level, slot) = self.first_slot()?;
        if level > 0 {
            // Its turn has come: all in it moves down, and its earliest to the lowest level.
            self.reached = self.levels[level].slots[slot].earliest;
            let mut node = self.empty(level, slot);
            while node != NONE {
                let Link { at, next } = self.links[node as usize];
                self.links[node as usize].next = NONE;
                self.stand(node, at);
                node = next;
            }
        }
        let (level, slot) = self.first_slot()?;
        let line = &mut self.levels[level].slots[slot];
        let node = line.first;
        self.reached = line.earliest;
        let next = self.links[node as usize].next;
        if next == NONE {
            self.empty(level, slot);
        } else {
            line.first = next;
        }
        Some(node)
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
        for level in &self.levels {
            // Slots of a level are in order, and a level before the next one.
            for slot in &level.slots {
                let from = all.len();
                let mut node = slot.first;
                while node != NONE {
                    all.push(node);
                    node = self.links[node as usize].next;
                }
                // What is due together stays as it came.
                crate::base::sort::sort_by_key(&mut all[from..], |node| self.links[*node as usize].at);
            }
        }
        all
    }

    /// Keeps what `keep` says, asked in order; the order stays. O(n log n).
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        let (order, mut before) = (self.in_order(), core::mem::take(self));
        self.reached = before.reached;
        for node in order {
            if let Some(value) = before.values[node as usize].take_if(|value| keep(value)) {
                self.push(SimTime(before.links[node as usize].at), value);
            }
        }
    }
}

impl<T: PartialEq> PartialEq for Queue<T> {
    fn eq(&self, other: &Self) -> bool {
        let all = |queue: &Self| -> Vec<u32> { queue.in_order() };
        let (ours, theirs) = (all(self), all(other));
        let same = |(one, two): (&u32, &u32)| {
            self.links[*one as usize].at == other.links[*two as usize].at
                && self.values[*one as usize] == other.values[*two as usize]
        };
        ours.len() == theirs.len() && ours.iter().zip(&theirs).all(same)
    }
}

impl<T: Eq> Eq for Queue<T> {}

/// Stored as what waits, in order, and how far it got.
impl<T: Serialize> Serialize for Queue<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = |node: u32| (self.links[node as usize].at, self.values[node as usize].as_ref());
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
