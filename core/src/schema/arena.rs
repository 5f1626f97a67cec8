//! Memory that only grows: blocks one after the other, what is freed stays as a hole.
//!
//! ```text
//! chunk 0  [t1 live][t2 dead][t3 live···]     a block that outgrows its place moves to the end
//! chunk 1  [t2 live··][      not yet      ]
//! ```
//!
//! Holes are never filled; a rebuild into a new arena is what gets rid of them.

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Bytes of a chunk; a block lies within one.
const CHUNK: usize = 1 << 16;
/// Blocks that shall lie together have fewer bytes than this: what they leave of a chunk before them is lost, and
/// an arena of which an eighth is dead is rebuilt.
const TOGETHER: usize = CHUNK / 8;
/// Bytes before a block: its capacity, and whether it is live.
const HEAD: usize = 2;
/// Bytes that a block may hold.
pub(super) const BLOCK_MAX: usize = (1 << 15) - 1;

/// Memory of a map.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arena {
    chunks: Vec<Vec<u8>>,
    live_bytes: u64,
    dead_bytes: u64,
    live_blocks: u64,
    dead_blocks: u64,
}

/// What an arena holds, B with the heads of blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArenaUse {
    /// In blocks that are in use.
    pub live_bytes: u64,
    /// In blocks that were given up, and at ends of chunks.
    pub dead_bytes: u64,
    /// Blocks in use.
    pub live_blocks: u64,
    /// Blocks given up.
    pub dead_blocks: u64,
}

impl ArenaUse {
    /// Both together, B.
    pub const fn bytes(&self) -> u64 {
        self.live_bytes + self.dead_bytes
    }
}

impl core::ops::AddAssign for ArenaUse {
    fn add_assign(&mut self, other: Self) {
        self.live_bytes += other.live_bytes;
        self.dead_bytes += other.dead_bytes;
        self.live_blocks += other.live_blocks;
        self.dead_blocks += other.dead_blocks;
    }
}

/// A block as it lies in the arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block<'a> {
    /// Where it begins, B from the start of the arena.
    pub at: u64,
    /// Its length with its head, B.
    pub bytes: u64,
    /// Whether it is in use.
    pub live: bool,
    /// What is in it.
    pub body: &'a [u8],
}

impl Arena {
    /// What it holds.
    pub const fn used(&self) -> ArenaUse {
        ArenaUse {
            live_bytes: self.live_bytes,
            dead_bytes: self.dead_bytes,
            live_blocks: self.live_blocks,
            dead_blocks: self.dead_blocks,
        }
    }

    /// Bytes asked of the allocator.
    pub fn reserved(&self) -> u64 {
        self.chunks.iter().map(|chunk| chunk.capacity() as u64).sum()
    }

    /// Every block from the start of the arena, live and dead. O(blocks)
    pub fn blocks(&self) -> impl Iterator<Item = Block<'_>> {
        self.chunks.iter().enumerate().flat_map(move |(number, chunk)| {
            let mut at = 0;
            core::iter::from_fn(move || {
                let block = (at < chunk.len()).then(|| self.block((number * CHUNK + at) as u32))?;
                at += block.bytes as usize;
                Some(block)
            })
        })
    }

    /// The block at a place.
    pub(super) fn block(&self, handle: u32) -> Block<'_> {
        let chunk = &self.chunks[handle as usize / CHUNK];
        let at = handle as usize % CHUNK;
        let (capacity, live) = read_head(&chunk[at..]);
        let body = &chunk[at + HEAD..at + HEAD + capacity];
        Block { at: handle.into(), bytes: (HEAD + capacity) as u64, live, body }
    }

    /// Sees to it that the blocks taken next, so many bytes with their heads, lie in one chunk and end
    /// before its last byte; false where they are too many.
    pub(super) fn keep_together(&mut self, bytes: usize) -> bool {
        if bytes >= TOGETHER {
            return false;
        }
        if self.chunks.last().is_none_or(|chunk| chunk.len() + bytes >= CHUNK) {
            self.begin_chunk();
        }
        true
    }

    /// The end of what has been taken: chunk, and byte of it.
    pub(super) fn end(&self) -> (usize, usize) {
        (self.chunks.len().saturating_sub(1), self.chunks.last().map_or(0, Vec::len))
    }

    /// Begins a chunk; what is left of the one before is lost.
    fn begin_chunk(&mut self) {
        // The first chunk grows as it is filled: most maps are small.
        let bytes = if self.chunks.is_empty() { 0 } else { CHUNK };
        if let Some(full) = self.chunks.last_mut() {
            self.dead_bytes += (CHUNK - full.len()) as u64;
            full.shrink_to_fit();
        }
        self.chunks.push(Vec::with_capacity(bytes));
    }

    /// Takes a block of `capacity` bytes that begins with `body`.
    ///
    /// # Panics
    /// With more than 32,767 bytes; names and lists are limited far below that.
    pub(super) fn take(&mut self, body: &[u8], capacity: usize) -> u32 {
        let capacity = capacity.max(body.len());
        assert!(capacity <= BLOCK_MAX, "a block of {capacity} bytes does not fit, at most {BLOCK_MAX}");
        let fits = self.chunks.last().is_some_and(|chunk| chunk.len() + HEAD + capacity <= CHUNK);
        if !fits {
            self.begin_chunk();
        }
        let number = self.chunks.len() - 1;
        let chunk = &mut self.chunks[number];
        let at = chunk.len();
        chunk.extend(((capacity as u16) << 1 | 1).to_le_bytes());
        chunk.extend_from_slice(body);
        chunk.resize(at + HEAD + capacity, 0);
        self.live_bytes += (HEAD + capacity) as u64;
        self.live_blocks += 1;
        (number * CHUNK + at) as u32
    }

    /// What is in a block.
    #[inline]
    pub(super) fn body(&self, handle: u32) -> &[u8] {
        self.block(handle).body
    }

    /// What is in a block, and whatever lies behind it: for a reader that knows where to end.
    #[inline]
    pub(super) fn from(&self, handle: u32) -> &[u8] {
        let chunk = &self.chunks[handle as usize / CHUNK];
        &chunk[handle as usize % CHUNK + HEAD..]
    }

    /// What lies in a chunk from a byte on.
    #[inline]
    pub(super) fn within(&self, chunk: u16, at: u16) -> &[u8] {
        &self.chunks[usize::from(chunk)][usize::from(at)..]
    }

    /// Writes over a block; false where it does not fit.
    pub(super) fn write(&mut self, handle: u32, body: &[u8]) -> bool {
        let chunk = &mut self.chunks[handle as usize / CHUNK];
        let at = handle as usize % CHUNK;
        let (capacity, _) = read_head(&chunk[at..]);
        if body.len() > capacity {
            return false;
        }
        chunk[at + HEAD..at + HEAD + body.len()].copy_from_slice(body);
        true
    }

    /// Gives a block up: it stays as a hole.
    pub(super) fn give_up(&mut self, handle: u32) {
        let chunk = &mut self.chunks[handle as usize / CHUNK];
        let at = handle as usize % CHUNK;
        let (capacity, _) = read_head(&chunk[at..]);
        chunk[at] &= !1;
        let bytes = (HEAD + capacity) as u64;
        self.live_bytes -= bytes;
        self.live_blocks -= 1;
        self.dead_bytes += bytes;
        self.dead_blocks += 1;
    }
}

/// Live blocks of the so many bytes that begin here: where each lies, and its body with all behind it.
#[inline]
pub(super) fn live_within(here: &[u8], bytes: usize) -> impl Iterator<Item = (u32, &[u8])> {
    let mut next = 0;
    core::iter::from_fn(move || {
        while next < bytes {
            let (at, (capacity, live)) = (next, read_head(&here[next..]));
            next += HEAD + capacity;
            if live {
                return Some((at as u32, &here[at + HEAD..]));
            }
        }
        None
    })
}

#[inline]
fn read_head(head: &[u8]) -> (usize, bool) {
    let word = u16::from_le_bytes([head[0], head[1]]);
    (usize::from(word >> 1), word & 1 == 1)
}
