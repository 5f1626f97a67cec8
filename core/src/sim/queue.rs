//! What is due, earliest first, and first in first out at one moment.

use crate::base::SimTime;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry<T> {
    at: SimTime,
    seq: u64,
    value: T,
}

impl<T> Entry<T> {
    const fn key(&self) -> (SimTime, u64) {
        (self.at, self.seq)
    }
}

/// A binary heap by `(at, seq)`. O(log n) in and out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue<T> {
    heap: Vec<Entry<T>>,
    seq: u64,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { heap: Vec::new(), seq: 0 }
    }
}

impl<T> Queue<T> {
    /// Puts a value in.
    pub fn push(&mut self, at: SimTime, value: T) {
        self.seq += 1;
        self.heap.push(Entry { at, seq: self.seq, value });
        self.up(self.heap.len() - 1);
    }

    /// When the first is due.
    pub fn next_at(&self) -> Option<SimTime> {
        self.heap.first().map(|entry| entry.at)
    }

    /// Takes the first out.
    pub fn pop(&mut self) -> Option<(SimTime, T)> {
        if self.heap.is_empty() {
            return None;
        }
        let first = self.heap.swap_remove(0);
        self.down(0);
        Some((first.at, first.value))
    }

    /// Number of values.
    pub const fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// Keeps what `keep` says; the order stays. O(n).
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.heap.retain(|entry| keep(&entry.value));
        for at in (0..self.heap.len() / 2).rev() {
            self.down(at);
        }
    }

    fn up(&mut self, mut at: usize) {
        while at > 0 {
            let parent = (at - 1) / 2;
            if self.heap[parent].key() <= self.heap[at].key() {
                return;
            }
            self.heap.swap(parent, at);
            at = parent;
        }
    }

    fn down(&mut self, mut at: usize) {
        loop {
            let (left, right) = (2 * at + 1, 2 * at + 2);
            let mut least = at;
            for child in [left, right] {
                if child < self.heap.len() && self.heap[child].key() < self.heap[least].key() {
                    least = child;
                }
            }
            if least == at {
                return;
            }
            self.heap.swap(least, at);
            at = least;
        }
    }
}
