//! Blocks of an arena by the hash of their key: packed ones by group, what came since in an open hash
//! table.
//!
//! ```text
//! pack    [g0: t3 t1][g1: t7][g2: t2 t9 t4]     blocks by hash, found through a directory
//! since   [g0: t3 t1][g1: ··][g2: t2 t9 t4] [t7 longer][t11 new]     t7 and t11 have a slot each
//! ```
//!
//! A slot is a handle of four bytes and one byte of the hash beside it, so that a probe that meets
//! another key rarely touches its block. A look-up through it waits for memory twice, slot and block;
//! one of a packed block once. The number of slots grows by a quarter, not to the next power of two, and
//! is left at six sevenths full. Nothing is ever taken out, and nothing iterates over slots.

use super::arena::Arena;
use super::groups::Groups;
use alloc::vec;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

const EMPTY: u32 = u32::MAX;
/// Bytes of a slot.
const SLOT: usize = 5;

/// Blocks by the hash of their key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BlockMap {
    arena: Arena,
    /// Where the packed blocks lie.
    groups: Groups,
    /// Handle and tag of each slot, for the blocks that are not packed.
    slots: Vec<u8>,
    slots_used: u32,
    len: u32,
}

impl BlockMap {
    pub(super) fn with_capacity(blocks: usize) -> Self {
        let slots = blocks + blocks / 6 + 1;
        Self { slots: empty(slots), ..Self::default() }
    }

    pub(super) const fn arena(&self) -> &Arena {
        &self.arena
    }

    pub(super) const fn len(&self) -> usize {
        self.len as usize
    }

    /// Bytes of slots and directory.
    pub(super) fn index_bytes(&self) -> u64 {
        self.slots.len() as u64 + self.groups.bytes()
    }

    /// Lays the blocks out by hash, without the holes between them. `hash_of` tells the hash of a block.
    pub(super) fn pack(&mut self, hash_of: impl Fn(&[u8]) -> u64) {
        let old = core::mem::take(&mut self.arena);
        let (groups, left) = Groups::pack(&old, &mut self.arena, &hash_of);
        (self.groups, self.slots, self.slots_used) = (groups, Vec::new(), 0);
        for block in left {
            let handle = self.arena.take(block.body, block.body.len());
            self.enter(hash_of(block.body), handle, &hash_of);
        }
    }

    #[inline]
    pub(super) fn body(&self, handle: u32) -> &[u8] {
        self.arena.body(handle)
    }

    /// The block with a hash that `is` takes for the one.
    #[inline]
    pub(super) fn find(&self, hash: u64, is: impl Fn(&[u8]) -> bool) -> Option<u32> {
        self.look(hash, |handle, body| is(body).then_some(handle))
    }

    /// What `read` makes of the first block with a hash that it makes anything of; it is handed what
    /// lies behind the block too.
    #[inline]
    pub(super) fn look<'a, T>(&'a self, hash: u64, read: impl Fn(u32, &'a [u8]) -> Option<T>) -> Option<T> {
        self.groups.look(hash, &self.arena, &read).or_else(|| self.look_in_slots(hash, read))
    }

    #[inline]
    fn look_in_slots<'a, T>(&'a self, hash: u64, read: impl Fn(u32, &'a [u8]) -> Option<T>) -> Option<T> {
        if self.slots.is_empty() {
            return None;
        }
        let mut at = self.home(hash);
        loop {
            let (handle, tag) = self.slot(at);
            if handle == EMPTY {
                return None;
            }
            if tag == hash as u8
                && let Some(found) = read(handle, self.arena.from(handle))
            {
                return Some(found);
            }
            at = self.behind(at);
        }
    }

    /// Adds a block with a key that is not there yet. `hash_of` tells the hash of a block.
    pub(super) fn insert(&mut self, hash: u64, body: &[u8], slack: usize, hash_of: impl Fn(&[u8]) -> u64) {
        let handle = self.arena.take(body, body.len() + slack);
        self.enter(hash, handle, hash_of);
        self.len += 1;
    }

    /// Writes a block anew: in place, or at the end of the arena where it has outgrown its place.
    pub(super) fn rewrite(
        &mut self,
        hash: u64,
        handle: u32,
        body: &[u8],
        slack: usize,
        hash_of: impl Fn(&[u8]) -> u64,
    ) {
        if self.arena.write(handle, body) {
            return;
        }
        self.arena.give_up(handle);
        let moved = self.arena.take(body, body.len() + slack);
        match self.slot_of(hash, handle) {
            Some(at) => self.put(at, moved, hash as u8),
            None => self.enter(hash, moved, hash_of),
        }
    }

    /// The slot of a block that is not packed.
    fn slot_of(&self, hash: u64, handle: u32) -> Option<usize> {
        if self.slots.is_empty() {
            return None;
        }
        let mut at = self.home(hash);
        loop {
            match self.slot(at).0 {
                EMPTY => return None,
                there if there == handle => return Some(at),
                _ => at = self.behind(at),
            }
        }
    }

    /// Gives a block a slot.
    fn enter(&mut self, hash: u64, handle: u32, hash_of: impl Fn(&[u8]) -> u64) {
        if self.slots_used as usize >= self.slots.len() / SLOT / 7 * 6 {
            self.grow(hash_of);
        }
        self.place(hash, handle);
        self.slots_used += 1;
    }

    /// First byte of the slot that a hash chooses.
    #[inline]
    fn home(&self, hash: u64) -> usize {
        // Handles have 32 bits, so that many bits choose among slots.
        let slots = (self.slots.len() / SLOT) as u64;
        (((hash >> 32) * slots) >> 32) as usize * SLOT
    }

    /// The next slot, around the end.
    #[inline]
    const fn behind(&self, at: usize) -> usize {
        if at + SLOT == self.slots.len() { 0 } else { at + SLOT }
    }

    #[inline]
    fn slot(&self, at: usize) -> (u32, u8) {
        match self.slots[at..at + SLOT] {
            [a, b, c, d, tag] => (u32::from_le_bytes([a, b, c, d]), tag),
            _ => (EMPTY, 0),
        }
    }

    fn put(&mut self, at: usize, handle: u32, tag: u8) {
        self.slots[at..at + 4].copy_from_slice(&handle.to_le_bytes());
        self.slots[at + 4] = tag;
    }

    fn place(&mut self, hash: u64, handle: u32) {
        let mut at = self.home(hash);
        while self.slot(at).0 != EMPTY {
            at = self.behind(at);
        }
        self.put(at, handle, hash as u8);
    }

    fn grow(&mut self, hash_of: impl Fn(&[u8]) -> u64) {
        let slots = self.slots.len() / SLOT;
        let slots = (slots + slots / 4).max(16);
        let old = core::mem::replace(&mut self.slots, empty(slots));
        for slot in old.chunks_exact(SLOT) {
            let handle = u32::from_le_bytes([slot[0], slot[1], slot[2], slot[3]]);
            if handle != EMPTY {
                self.place(hash_of(self.arena.body(handle)), handle);
            }
        }
    }
}

/// So many empty slots.
fn empty(slots: usize) -> Vec<u8> {
    vec![u8::MAX; slots * SLOT]
}

/// Spreads a digest over all bits: the high ones choose the slot, the low ones are the tag.
#[inline]
pub(super) fn spread(digest: u64) -> u64 {
    let mixed = (digest ^ digest >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ mixed >> 32
}
