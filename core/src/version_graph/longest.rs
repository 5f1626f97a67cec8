//! Where each vertex's longest edge leads, with a bit where that is the next slot.
//!
//! ```text
//! slot   0  1  2  3  4  5
//! to     1  2  3  5  –  –
//! next   1  1  1  0  0  0      a run of three from slot 0: copied, not walked
//! ```

use super::NONE;
use alloc::vec;
use alloc::vec::Vec;

/// Slots in a word of bits.
const WORD: usize = u64::BITS as usize;

/// A slot, or [`NONE`], for each slot.
#[derive(Clone, Debug, Default)]
pub(super) struct Longest {
    to: Vec<u32>,
    next: Vec<u64>,
}

impl Longest {
    /// No edge for so many slots.
    pub(super) fn none(slots: usize) -> Self {
        Self { to: vec![NONE; slots], next: vec![0; slots.div_ceil(WORD)] }
    }

    /// One more slot, without an edge.
    pub(super) fn push(&mut self) {
        self.to.push(NONE);
        if self.to.len() > self.next.len() * WORD {
            self.next.push(0);
        }
    }

    /// Where the longest edge of a slot leads; [`NONE`] for a slot that is not there.
    #[inline]
    pub(super) fn get(&self, slot: usize) -> u32 {
        self.to.get(slot).copied().unwrap_or(NONE)
    }

    /// Makes it lead elsewhere.
    #[inline]
    pub(super) fn set(&mut self, slot: u32, to: u32) {
        let slot = slot as usize;
        self.to[slot] = to;
        let word = &mut self.next[slot / WORD];
        *word &= !(1 << (slot % WORD));
        *word |= u64::from(to as usize == slot + 1) << (slot % WORD);
    }

    /// How many slots from `at` on lead each to the next, `most` at most. A look at a word for 64 of them.
    #[inline]
    pub(super) fn run(&self, at: usize, most: usize) -> usize {
        let mut run = 0;
        let mut skipped = at % WORD;
        for word in self.next.get(at / WORD..).unwrap_or_default() {
            let ones = (word >> skipped).trailing_ones() as usize;
            run += ones;
            if ones + skipped < WORD || run >= most {
                break;
            }
            skipped = 0;
        }
        run.min(most)
    }
}

#[cfg(test)]
mod tests {
    use super::{Longest, NONE};
    use crate::base::Rng;

    #[test]
    fn runs_are_what_a_walk_finds() {
        let mut rng = Rng::new(11);
        for slots in [1, 63, 64, 65, 200, 1_000] {
            let mut longest = Longest::none(slots / 2);
            for _ in slots / 2..slots {
                longest.push();
            }
            for slot in 0..slots as u32 - 1 {
                longest.set(slot, slot + 1);
            }
            for _ in 0..100 {
                let walked =
                    |at: usize| (at..slots).take_while(|&at| longest.get(at) == at as u32 + 1).count();
                for at in 0..slots {
                    assert_eq!(longest.run(at, usize::MAX), walked(at), "{at} of {slots}");
                    assert_eq!(longest.run(at, 70), walked(at).min(70), "70 from {at} of {slots}");
                }
                let slot = rng.below(slots as u64) as u32;
                let to = [NONE, slot + 1, slot + 2][rng.below(3) as usize];
                longest.set(slot, if to < slots as u32 { to } else { NONE });
            }
        }
    }
}
