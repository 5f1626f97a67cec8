//! From a value to its slot.

use super::NONE;
use crate::base::Version;
use alloc::vec;
use alloc::vec::Vec;

/// An open-addressed table of slots; the keys are the graph's own array of values.
///
/// A value is its own hash, so that neighbouring versions, which is what tablets have, lie in
/// neighbouring cells and hit at the first try. What collides moves on by its higher bits, so that
/// versions with a common stride do no harm. Nothing is ever removed; the table is at most half full.
#[derive(Clone, Default)]
pub(super) struct Index {
    /// A power of two of cells, or none.
    cells: Vec<u32>,
}

impl Index {
    /// An index of distinct values in slots `0..values.len()`.
    pub(super) fn of(values: &[Version]) -> Self {
        let mut index = Self { cells: vec![NONE; (values.len() * 2).next_power_of_two()] };
        for slot in 0..values.len() {
            index.place(slot, values);
        }
        index
    }

    /// The slot of a value.
    #[inline]
    pub(super) fn get(&self, value: Version, values: &[Version]) -> Option<u32> {
        if self.cells.is_empty() {
            return None;
        }
        let mut probe = Probe::new(value);
        loop {
            let slot = self.cells[probe.at(self.cells.len())];
            if slot == NONE {
                return None;
            }
            if values[slot as usize] == value {
                return Some(slot);
            }
            probe.next();
        }
    }

    /// Takes the last of `values` in, which is new. Amortised O(1).
    pub(super) fn insert_last(&mut self, values: &[Version]) {
        if values.len() * 2 > self.cells.len() {
            let roomy = values.len().max(4) * 4;
            self.cells.clear();
            self.cells.resize(roomy.next_power_of_two(), NONE);
            for slot in 0..values.len() {
                self.place(slot, values);
            }
        } else {
            self.place(values.len() - 1, values);
        }
    }

    #[inline]
    fn place(&mut self, slot: usize, values: &[Version]) {
        let mut probe = Probe::new(values[slot]);
        let len = self.cells.len();
        while self.cells[probe.at(len)] != NONE {
            probe.next();
        }
        self.cells[probe.at(len)] = slot as u32;
    }
}

/// The cells that a value may lie in, in order. Visits every cell once its higher bits are used up.
struct Probe {
    cell: u64,
    bits: u64,
}

impl Probe {
    const fn new(value: Version) -> Self {
        Self { cell: value as u64, bits: value as u64 }
    }

    const fn at(&self, cells: usize) -> usize {
        self.cell as usize & (cells - 1)
    }

    const fn next(&mut self) {
        self.bits >>= 5;
        self.cell = self.cell.wrapping_mul(5).wrapping_add(1).wrapping_add(self.bits);
    }
}
