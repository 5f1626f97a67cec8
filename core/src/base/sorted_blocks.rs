//! Sorted values in blocks: as quick to walk as an array, cheap to change anywhere.
//!
//! ```text
//! blocks   [1 2 3 .. 60] [61 62 .. 90] [97 98]      in order, none empty, at most 64 values each
//! ```
//!
//! Compared with `BTreeMap`: a walk is a loop over slices, a value holds its own key, and there is less
//! of it in wasm. A change moves half a block on average; one in n / 64 moves the list of
//! blocks. Few values are one block: a sorted array.

use alloc::vec::Vec;
use core::cmp::Ordering;
use core::iter::Flatten;
use core::slice;

/// Most values of a block.
const MOST: usize = 64;
/// A block with fewer values joins a neighbour that has room.
const FEW: usize = MOST / 4;

/// A value that holds its own key.
pub trait Keyed {
    /// What it is found by.
    type Key: Ord + Copy;

    /// Its key; must not change while it is kept.
    fn key(&self) -> Self::Key;
}

/// Values by key, each key once.
#[derive(Clone, Debug)]
pub struct SortedBlocks<V> {
    blocks: Vec<Vec<V>>,
    len: usize,
    /// Where the last change was, a block and a place in it: the next one is often beside it.
    last: (usize, usize),
}

impl<V> Default for SortedBlocks<V> {
    fn default() -> Self {
        Self { blocks: Vec::new(), len: 0, last: (0, 0) }
    }
}

impl<V: PartialEq> PartialEq for SortedBlocks<V> {
    fn eq(&self, other: &Self) -> bool {
        // The same values may lie in other blocks.
        self.len == other.len && self.blocks.iter().flatten().eq(other.blocks.iter().flatten())
    }
}

impl<V: Eq> Eq for SortedBlocks<V> {}

/// Values from a place on.
#[derive(Clone, Debug)]
pub struct Iter<'a, V> {
    values: Flatten<slice::Iter<'a, Vec<V>>>,
    left: usize,
}

impl<'a, V> Iterator for Iter<'a, V> {
    type Item = &'a V;

    #[inline]
    fn next(&mut self) -> Option<&'a V> {
        let next = self.values.next();
        self.left -= usize::from(next.is_some());
        next
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<V> DoubleEndedIterator for Iter<'_, V> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        let next = self.values.next_back();
        self.left -= usize::from(next.is_some());
        next
    }
}

impl<V> ExactSizeIterator for Iter<'_, V> {}

impl<'a, V: Keyed> IntoIterator for &'a SortedBlocks<V> {
    type Item = &'a V;
    type IntoIter = Iter<'a, V>;

    fn into_iter(self) -> Iter<'a, V> {
        self.iter()
    }
}

impl<V: Keyed> SortedBlocks<V> {
    /// Number of values. O(1).
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All values in order.
    pub fn iter(&self) -> Iter<'_, V> {
        Iter { values: self.blocks.iter().flatten(), left: self.len }
    }

    /// All values in order, to change what is not their key.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.blocks.iter_mut().flatten()
    }

    /// The smallest.
    pub fn first(&self) -> Option<&V> {
        self.blocks.first()?.first()
    }

    /// The largest.
    pub fn last(&self) -> Option<&V> {
        self.blocks.last()?.last()
    }

    /// Values whose key is `key` or larger, in order. O(log n) to the first.
    pub fn from(&self, key: V::Key) -> impl Iterator<Item = &V> {
        let Along { values, blocks } = self.along(key);
        values.iter().chain(blocks.iter().flatten())
    }

    /// Values whose key is smaller than `key`, the largest first. O(log n) to the first.
    pub fn down_from(&self, key: V::Key) -> impl Iterator<Item = &V> {
        let (block, at) = self.place(key);
        let here = self.blocks.get(block).and_then(|block| block.get(..at)).unwrap_or_default();
        let before = self.blocks.get(..block).unwrap_or_default();
        here.iter().rev().chain(before.iter().flatten().rev())
    }

    /// The values next to a key, before it and after it. O(log n).
    pub fn around(&self, key: V::Key) -> (Option<&V>, Option<&V>) {
        let (block, at) = self.place(key);
        let here = self.blocks.get(block).map_or([].as_slice(), Vec::as_slice);
        let before = match at.checked_sub(1) {
            Some(at) => here.get(at),
            None => block.checked_sub(1).and_then(|before| self.blocks[before].last()),
        };
        let at = at + usize::from(here.get(at).is_some_and(|value| value.key() == key));
        let after = here.get(at).or_else(|| self.blocks.get(block + 1)?.first());
        (before, after)
    }

    /// A value. O(log n).
    pub fn get(&self, key: V::Key) -> Option<&V> {
        let (block, at) = self.place(key);
        self.blocks.get(block)?.get(at).filter(|value| value.key() == key)
    }

    /// Puts a value in; returns the one of its key that it replaced.
    pub fn insert(&mut self, value: V) -> Option<V> {
        let key = value.key();
        let (block, at) = self.place(key);
        let Some(values) = self.blocks.get_mut(block) else {
            self.push(value);
            return None;
        };
        if let Some(known) = values.get_mut(at).filter(|known| known.key() == key) {
            return Some(core::mem::replace(known, value));
        }
        self.len += 1;
        self.last = (block, at + 1);
        if values.len() < MOST {
            values.insert(at, value);
            return None;
        }
        let mut upper = values.split_off(MOST / 2);
        match at.checked_sub(MOST / 2) {
            Some(at) => upper.insert(at, value),
            None => values.insert(at, value),
        }
        self.blocks.insert(block + 1, upper);
        None
    }

    /// Takes a value out.
    pub fn remove(&mut self, key: V::Key) -> Option<V> {
        let (block, at) = self.place(key);
        let values = self.blocks.get_mut(block)?;
        if values.get(at)?.key() != key {
            return None;
        }
        let value = values.remove(at);
        self.len -= 1;
        self.last = (block, at);
        if values.len() < FEW {
            self.join(block);
        }
        Some(value)
    }

    /// For asking for rising keys, from a first one on.
    pub fn along(&self, first: V::Key) -> Along<'_, V> {
        let (block, at) = self.place(first);
        match self.blocks.get(block..).and_then(<[_]>::split_first) {
            Some((block, blocks)) => Along { values: block.get(at..).unwrap_or_default(), blocks },
            None => Along { values: &[], blocks: &[] },
        }
    }

    /// Puts the largest value in. Blocks that were filled from the front stay full.
    fn push(&mut self, value: V) {
        self.len += 1;
        if let Some(last) = self.blocks.last_mut().filter(|last| last.len() < MOST) {
            last.push(value);
            return;
        }
        if self.blocks.is_empty() {
            // Where there are many of these, most hold few values: room for one block is enough.
            self.blocks.reserve_exact(1);
        }
        self.blocks.push(alloc::vec![value]);
    }

    /// Moves a block's values to a neighbour that has room for them.
    fn join(&mut self, block: usize) {
        let fits = |to: Option<usize>| {
            to.filter(|&to| {
                self.blocks.get(to).is_some_and(|other| other.len() + self.blocks[block].len() <= MOST / 2)
            })
        };
        if self.blocks[block].is_empty() {
            self.blocks.remove(block);
        } else if let Some(before) = fits(block.checked_sub(1)) {
            let mut values = self.blocks.remove(block);
            self.blocks[before].append(&mut values);
        } else if let Some(after) = fits(Some(block + 1)) {
            let mut values = self.blocks.remove(after);
            self.blocks[block].append(&mut values);
        }
    }

    /// Where the first value of at least `key` is: a block and a place in it; the number of blocks
    /// and 0 where every value is smaller.
    fn place(&self, key: V::Key) -> (usize, usize) {
        self.near_last(key).unwrap_or_else(|| place(&self.blocks, key))
    }

    /// The same, where it is the place of the last change or the one before.
    #[inline]
    fn near_last(&self, key: V::Key) -> Option<(usize, usize)> {
        let (block, at) = self.last;
        let values = self.blocks.get(block)?;
        let at = at - usize::from(values.get(at.checked_sub(1)?)?.key() >= key);
        let before = values.get(at.checked_sub(1)?)?;
        (before.key() < key && values.get(at)?.key() >= key).then_some((block, at))
    }
}

fn place<V: Keyed>(blocks: &[Vec<V>], key: V::Key) -> (usize, usize) {
    let smaller = |block: &[V]| block.last().is_none_or(|last| last.key() < key);
    // New keys are mostly the largest, walks mostly begin with the first.
    match blocks {
        [] => (0, 0),
        [.., last] if smaller(last) => (blocks.len(), 0),
        [first, ..] if first.first().is_some_and(|first| first.key() >= key) => (0, 0),
        _ => {
            let block = blocks.partition_point(|block| smaller(block));
            (block, blocks[block].partition_point(|value| value.key() < key))
        }
    }
}

/// Goes along beside rising keys: what is asked for next is mostly the next value, or one soon after.
#[derive(Clone, Debug)]
pub struct Along<'a, V> {
    /// Values of a block that were not passed yet.
    values: &'a [V],
    /// The blocks after it.
    blocks: &'a [Vec<V>],
}

impl<'a, V: Keyed> Along<'a, V> {
    /// Values that are passed one by one before a search is cheaper.
    const STEPS: usize = 8;

    /// The value of a key that is larger than those asked for before.
    #[inline]
    pub fn find(&mut self, key: V::Key) -> Option<&'a V> {
        match self.values {
            [next, rest @ ..] if next.key() == key => {
                self.values = rest;
                Some(next)
            }
            _ => self.look(key),
        }
    }

    #[inline(never)]
    fn look(&mut self, key: V::Key) -> Option<&'a V> {
        for _ in 0..Self::STEPS {
            match self.values {
                [next, rest @ ..] => match next.key().cmp(&key) {
                    Ordering::Less => self.values = rest,
                    Ordering::Equal => {
                        self.values = rest;
                        return Some(next);
                    }
                    Ordering::Greater => return None,
                },
                [] => match self.blocks {
                    [block, blocks @ ..] => (self.values, self.blocks) = (block, blocks),
                    [] => return None,
                },
            }
        }
        if self.values.last().is_none_or(|last| last.key() < key) {
            let block = self.blocks.partition_point(|block| block.last().is_none_or(|last| last.key() < key));
            let (block, blocks) = self.blocks.get(block..)?.split_first()?;
            (self.values, self.blocks) = (block, blocks);
        }
        let at = self.values.partition_point(|value| value.key() < key);
        self.values = self.values.get(at..)?;
        let found = self.values.first().filter(|value| value.key() == key)?;
        self.values = self.values.get(1..)?;
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::{Keyed, MOST, SortedBlocks};
    use crate::base::Rng;
    use alloc::collections::BTreeMap;
    use alloc::vec::Vec;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Pair(u64, u64);

    impl Keyed for Pair {
        type Key = u64;

        fn key(&self) -> u64 {
            self.0
        }
    }

    fn agrees(blocks: &SortedBlocks<Pair>, twin: &BTreeMap<u64, u64>, around: u64) {
        let pair = |(&key, &value): (&u64, &u64)| Pair(key, value);
        assert!(blocks.iter().copied().eq(twin.iter().map(pair)));
        assert!(blocks.iter().rev().copied().eq(twin.iter().rev().map(pair)));
        assert_eq!(blocks.iter().len(), twin.len());
        assert_eq!((blocks.len(), blocks.is_empty()), (twin.len(), twin.is_empty()));
        assert_eq!(blocks.first().copied(), twin.first_key_value().map(pair));
        assert_eq!(blocks.last().copied(), twin.last_key_value().map(pair));
        assert_eq!(blocks.get(around).map(|pair| pair.1), twin.get(&around).copied());
        let (before, after) = (twin.range(..around).next_back(), twin.range(around + 1..).next());
        let found = blocks.around(around);
        assert_eq!((found.0.copied(), found.1.copied()), (before.map(pair), after.map(pair)));
        assert!(blocks.from(around).copied().eq(twin.range(around..).map(pair)));
        assert!(blocks.down_from(around).copied().eq(twin.range(..around).rev().map(pair)));
        assert!(blocks.blocks.iter().all(|block| !block.is_empty() && block.len() <= MOST));
    }

    #[test]
    fn blocks_agree_with_an_ordered_map() {
        for seed in 0..20 {
            let mut rng = Rng::new(seed);
            let (mut blocks, mut twin) = (SortedBlocks::default(), BTreeMap::new());
            let keys = [30, 400, 3_000][seed as usize % 3];
            for step in 0..4_000 {
                // Filled first, emptied in the end.
                let (key, grows) = (rng.below(keys), rng.below(4_000) >= step);
                if grows {
                    let put = blocks.insert(Pair(key, step));
                    assert_eq!(put.map(|pair| pair.1), twin.insert(key, step));
                } else {
                    let key = twin.range(key..).next().map_or(key, |(&key, _)| key);
                    assert_eq!(blocks.remove(key).map(|pair| pair.1), twin.remove(&key));
                }
                if step % 64 == 0 {
                    agrees(&blocks, &twin, rng.below(keys));
                }
            }
            agrees(&blocks, &twin, rng.below(keys));
            // Where they lie does not count.
            let mut again = SortedBlocks::default();
            for &pair in &blocks {
                again.insert(pair);
            }
            assert_eq!(again, blocks);
        }
    }

    #[test]
    fn going_along_finds_what_looking_up_finds() {
        let mut rng = Rng::new(7);
        let mut blocks = SortedBlocks::default();
        for _ in 0..500 {
            blocks.insert(Pair(rng.below(2_000), 0));
        }
        for _ in 0..200 {
            let mut asked: Vec<u64> = (0..rng.below(60)).map(|_| rng.below(2_100)).collect();
            asked.sort_unstable();
            asked.dedup();
            let Some(&first) = asked.first() else { continue };
            let mut along = blocks.along(first);
            for key in asked {
                assert_eq!(along.find(key), blocks.get(key), "{key}");
            }
        }
    }
}
