//! The edges of a vertex beyond its longest one.

use super::NONE;
use crate::base::Version;
use alloc::vec::Vec;

const WIDTH: usize = 3;

/// Up to three edges by the slot they lead to, longest first, filled from the front, never empty.
#[derive(Clone, Copy)]
struct Node {
    slots: [u32; WIDTH],
    next: u32,
}

impl Node {
    /// Puts an edge in at a place, [`WIDTH`] for behind all; returns what falls off the end.
    ///
    /// By hand: a rotation of three words is a call of `memmove`, which costs more than all the rest where
    /// `memory.copy` leaves the module.
    fn put_in(&mut self, place: usize, mut slot: u32) -> u32 {
        for at in place..WIDTH {
            core::mem::swap(&mut self.slots[at], &mut slot);
        }
        slot
    }

    /// Takes the edge at a place out; those behind it move up.
    fn take_out(&mut self, place: usize) -> u32 {
        let mut slot = NONE;
        for at in (place..WIDTH).rev() {
            core::mem::swap(&mut self.slots[at], &mut slot);
        }
        slot
    }
}

/// Lists of edges as chains of small nodes in one array: a graph is cloned without an allocation
/// per vertex, and freed nodes are used again.
#[derive(Clone)]
pub(super) struct EdgePool {
    nodes: Vec<Node>,
    free: u32,
}

impl Default for EdgePool {
    fn default() -> Self {
        Self { nodes: Vec::new(), free: NONE }
    }
}

impl EdgePool {
    /// The edges of a chain.
    pub(super) fn iter(&self, head: u32) -> impl Iterator<Item = u32> + '_ {
        Chain { pool: self, place: (head, 0) }
    }

    /// The edge at a place of a chain ([`NONE`] behind the last), moving the place on. A chain
    /// starts at `(head, 0)`.
    pub(super) fn advance(&self, (node, at): &mut (u32, usize)) -> u32 {
        while let Some(here) = self.nodes.get(*node as usize) {
            if let Some(&slot) = here.slots.get(*at)
                && slot != NONE
            {
                *at += 1;
                return slot;
            }
            *node = here.next;
            *at = 0;
        }
        NONE
    }

    /// The first edge of a chain that leads to at most `goal`.
    #[inline]
    pub(super) fn first_within(&self, head: u32, goal: Version, values: &[Version]) -> Option<u32> {
        let mut node = self.nodes.get(head as usize)?;
        loop {
            for slot in node.slots {
                // An unused place is the last of its chain's last edges: no value, no match.
                if values.get(slot as usize).is_some_and(|&value| value <= goal) {
                    return Some(slot);
                }
            }
            node = self.nodes.get(node.next as usize)?;
        }
    }

    /// Puts an edge before all others; returns the new head.
    pub(super) fn push_front(&mut self, head: u32, slot: u32) -> u32 {
        if let Some(node) = self.nodes.get_mut(head as usize)
            && node.slots[WIDTH - 1] == NONE
        {
            node.put_in(0, slot);
            return head;
        }
        self.take(Node { slots: [slot, NONE, NONE], next: head })
    }

    /// Takes the first edge off; returns it ([`NONE`] from an empty chain) and the new head.
    pub(super) fn pop_front(&mut self, head: u32) -> (u32, u32) {
        let Some(node) = self.nodes.get_mut(head as usize) else { return (NONE, NONE) };
        let first = node.take_out(0);
        if node.slots[0] != NONE {
            return (first, head);
        }
        let next = node.next;
        self.give_back(head);
        (first, next)
    }

    /// Puts an edge where its value belongs, longest first; returns the new head.
    pub(super) fn insert(&mut self, head: u32, slot: u32, values: &[Version]) -> u32 {
        let value = values[slot as usize];
        let longer = |other: u32| other != NONE && values[other as usize] >= value;
        if head == NONE || !longer(self.nodes[head as usize].slots[0]) {
            return self.push_front(head, slot);
        }
        let mut at = head;
        loop {
            let next = self.nodes[at as usize].next;
            if next == NONE || !longer(self.nodes[next as usize].slots[0]) {
                break;
            }
            at = next;
        }
        let node = &mut self.nodes[at as usize];
        let place = node.slots.iter().position(|&other| !longer(other)).unwrap_or(WIDTH);
        let pushed_out = node.put_in(place, slot);
        if pushed_out != NONE {
            let next = self.push_front(self.nodes[at as usize].next, pushed_out);
            self.nodes[at as usize].next = next;
        }
        head
    }

    /// Removes one edge to a slot; returns the new head, or nothing where there is no such edge.
    pub(super) fn remove(&mut self, head: u32, slot: u32) -> Option<u32> {
        let mut previous = NONE;
        let mut at = head;
        loop {
            let node = self.nodes.get_mut(at as usize)?;
            if let Some(place) = node.slots.iter().position(|&other| other == slot) {
                node.take_out(place);
                if node.slots[0] != NONE {
                    return Some(head);
                }
                let next = node.next;
                self.give_back(at);
                let Some(before) = self.nodes.get_mut(previous as usize) else { return Some(next) };
                before.next = next;
                return Some(head);
            }
            previous = at;
            at = node.next;
        }
    }

    fn take(&mut self, node: Node) -> u32 {
        let at = self.free;
        if let Some(place) = self.nodes.get_mut(at as usize) {
            self.free = place.next;
            *place = node;
            return at;
        }
        self.nodes.push(node);
        (self.nodes.len() - 1) as u32
    }

    fn give_back(&mut self, at: u32) {
        self.nodes[at as usize] = Node { slots: [NONE; WIDTH], next: self.free };
        self.free = at;
    }
}

struct Chain<'a> {
    pool: &'a EdgePool,
    place: (u32, usize),
}

impl Iterator for Chain<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let slot = self.pool.advance(&mut self.place);
        (slot != NONE).then_some(slot)
    }
}
