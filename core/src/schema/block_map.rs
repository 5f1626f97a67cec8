//! An open hash table over blocks of an arena.
//!
//! A slot is a handle of four bytes and one byte of the hash, so that a probe that meets another key
//! rarely touches its block. The number of slots grows by a quarter, not to the next power of two, and
//! is left at six sevenths full. Nothing is ever taken out, and nothing iterates over slots.

use super::arena::Arena;
use alloc::vec;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

const EMPTY: u32 = u32::MAX;

/// Blocks by the hash of their key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BlockMap {
    arena: Arena,
    handles: Vec<u32>,
    tags: Vec<u8>,
    len: u32,
}

impl BlockMap {
    pub(super) fn with_capacity(blocks: usize) -> Self {
        let slots = blocks + blocks / 6 + 1;
        Self { arena: Arena::default(), handles: vec![EMPTY; slots], tags: vec![0; slots], len: 0 }
    }

    pub(super) const fn arena(&self) -> &Arena {
        &self.arena
    }

    pub(super) const fn len(&self) -> usize {
        self.len as usize
    }

    /// Bytes of the slots.
    pub(super) fn slot_bytes(&self) -> u64 {
        5 * self.handles.len() as u64
    }

    #[inline]
    pub(super) fn body(&self, handle: u32) -> &[u8] {
        self.arena.body(handle)
    }

    /// The block with a hash that `is` takes for the one.
    #[inline]
    pub(super) fn find(&self, hash: u64, is: impl Fn(&[u8]) -> bool) -> Option<u32> {
        if self.handles.is_empty() {
            return None;
        }
        let mut at = self.home(hash);
        loop {
            let handle = self.handles[at];
            if handle == EMPTY {
                return None;
            }
            if self.tags[at] == hash as u8 && is(self.arena.body(handle)) {
                return Some(handle);
            }
            at = if at + 1 == self.handles.len() { 0 } else { at + 1 };
        }
    }

    /// Adds a block with a key that is not there yet. `hash_of` tells the hash of a block.
    pub(super) fn insert(&mut self, hash: u64, body: &[u8], slack: usize, hash_of: impl Fn(&[u8]) -> u64) {
        if self.len as usize >= self.handles.len() / 7 * 6 {
            self.grow(hash_of);
        }
        let handle = self.arena.take(body, body.len() + slack);
        self.place(hash, handle);
        self.len += 1;
    }

    /// Writes a block anew: in place, or at the end of the arena where it has outgrown its place.
    pub(super) fn rewrite(&mut self, hash: u64, handle: u32, body: &[u8], slack: usize) {
        if self.arena.write(handle, body) {
            return;
        }
        self.arena.give_up(handle);
        let moved = self.arena.take(body, body.len() + slack);
        let mut at = self.home(hash);
        while self.handles[at] != handle {
            at = if at + 1 == self.handles.len() { 0 } else { at + 1 };
        }
        self.handles[at] = moved;
    }

    #[inline]
    fn home(&self, hash: u64) -> usize {
        ((u128::from(hash) * self.handles.len() as u128) >> 64) as usize
    }

    fn place(&mut self, hash: u64, handle: u32) {
        let mut at = self.home(hash);
        while self.handles[at] != EMPTY {
            at = if at + 1 == self.handles.len() { 0 } else { at + 1 };
        }
        self.handles[at] = handle;
        self.tags[at] = hash as u8;
    }

    fn grow(&mut self, hash_of: impl Fn(&[u8]) -> u64) {
        let slots = (self.handles.len() + self.handles.len() / 4).max(16);
        let handles = core::mem::replace(&mut self.handles, vec![EMPTY; slots]);
        self.tags = vec![0; slots];
        for handle in handles.into_iter().filter(|&handle| handle != EMPTY) {
            let hash = hash_of(self.arena.body(handle));
            self.place(hash, handle);
        }
    }
}

/// Spreads a digest over all bits: the high ones choose the slot, the low ones are the tag.
#[inline]
pub(super) fn spread(digest: u64) -> u64 {
    let mixed = (digest ^ digest >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ mixed >> 32
}
