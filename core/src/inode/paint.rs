//! Intervals painted over one another: what is seen in the end.
//!
//! ```text
//! 0   [==========]               seen   000011110  222
//! 1       [====]                 a sweep from the left holds the intervals it is inside of in a
//! 2                [===]         heap, the last painted on top
//! ```
//!
//! O(n log n), where walking the list from its end over a list of free gaps takes n times the gaps.

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;

/// An interval; not empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Interval {
    /// First unit.
    pub(super) begin: u64,
    /// Last unit.
    pub(super) end: u64,
    /// Index in the order of painting; unique.
    pub(super) at: u32,
}

/// What is seen, from the left. Of two neighbours that touch, the indices differ.
pub(super) fn seen(mut painted: Vec<Interval>, mut show: impl FnMut(Interval)) {
    painted.sort_unstable_by_key(|interval| interval.begin);
    // What is under the topmost interval and may come out again, by index; with its end.
    let mut under: BinaryHeap<(u32, u64)> = BinaryHeap::new();
    let mut next = painted.iter().peekable();
    let Some(first) = next.next() else { return };
    let (mut top, mut from) = (*first, first.begin);
    loop {
        let mut covered = false;
        while let Some(&&other) = next.peek() {
            if other.begin > top.end {
                break;
            }
            next.next();
            if other.at > top.at {
                if other.begin > from {
                    show(Interval { begin: from, end: other.begin - 1, at: top.at });
                }
                if top.end > other.end {
                    under.push((top.at, top.end));
                }
                (top, from, covered) = (other, other.begin, true);
                break;
            }
            if other.end > top.end {
                under.push((other.at, other.end));
            }
        }
        if covered {
            continue;
        }
        show(Interval { begin: from, end: top.end, at: top.at });
        let behind = top.end;
        let mut below = None;
        while let Some((at, end)) = under.pop() {
            if end > behind {
                below = Some(Interval { begin: behind + 1, end, at });
                break;
            }
        }
        // One that begins right here may lie above what comes out from below; the loop sees it next.
        match (below, next.peek()) {
            (Some(below), _) => (top, from) = (below, behind + 1),
            (None, Some(&&other)) => {
                next.next();
                (top, from) = (other, other.begin);
            }
            (None, None) => return,
        }
    }
}
