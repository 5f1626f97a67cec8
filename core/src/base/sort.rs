//! One small stable sort for all that is not hot.
//!
//! The standard library's sorts are built anew for every type and key, five to ten kilobytes of
//! wasm each; twenty of them were a sixth of the engine. Here only two closures are per type: one
//! that compares two places, one that swaps them. A merge sort of indices, O(n log n), O(n) where
//! the input is sorted. Hot loops either come sorted or use the standard one.

use alloc::vec::Vec;
use core::mem::{replace, swap};

/// Sorts; equal items keep their order.
pub fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, |a, b| a < b);
}

/// Sorts by a key, computed at every comparison; items of equal keys keep their order.
pub fn sort_by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    sort_by(items, |a, b| key(a) < key(b));
}

/// Sorts by what must come before what; items of which neither must keep their order.
pub fn sort_by<T>(items: &mut [T], before: impl Fn(&T, &T) -> bool) {
    let mut order = order(items.len(), &|a, b| before(&items[a as usize], &items[b as usize]));
    rearrange(&mut order, &mut |a, b| items.swap(a, b));
}

/// For each place, where what belongs there is now; nothing where all is sorted already.
fn order(count: usize, before: &dyn Fn(u32, u32) -> bool) -> Vec<u32> {
    if (1..count as u32).all(|at| !before(at, at - 1)) {
        return Vec::new();
    }
    let mut order: Vec<u32> = (0..count as u32).collect();
    let mut merged = order.clone();
    let mut width = 1;
    while width < count {
        for start in (0..count).step_by(2 * width) {
            let middle = count.min(start + width);
            let end = count.min(middle + width);
            let (mut left, mut right) = (start, middle);
            for place in &mut merged[start..end] {
                let from = if left < middle && (right == end || !before(order[right], order[left])) {
                    &mut left
                } else {
                    &mut right
                };
                *place = order[*from];
                *from += 1;
            }
        }
        swap(&mut order, &mut merged);
        width *= 2;
    }
    order
}

/// Follows the cycles of an order, one swap per item.
fn rearrange(order: &mut [u32], exchange: &mut dyn FnMut(usize, usize)) {
    for start in 0..order.len() {
        let mut at = start;
        loop {
            let from = replace(&mut order[at], at as u32) as usize;
            if from == start {
                break;
            }
            exchange(at, from);
            at = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;

    #[test]
    fn equals_the_standard_stable_sort() {
        let mut rng = Rng::new(1);
        for count in (0..40).chain([1_000]) {
            for keys in [1, 3, 1_000] {
                let items: Vec<(u64, usize)> = (0..count).map(|at| (rng.below(keys), at)).collect();
                let mut expected = items.clone();
                expected.sort_by_key(|item| item.0);
                let mut sorted = items;
                sort_by_key(&mut sorted, |item| item.0);
                assert_eq!(sorted, expected);
            }
        }
    }

    #[test]
    fn sorts_what_is_reversed() {
        let mut items: Vec<u32> = (0..100).rev().collect();
        sort(&mut items);
        assert!(items.is_sorted());
    }
}
