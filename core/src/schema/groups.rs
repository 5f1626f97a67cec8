//! Blocks of an arena that lie by hash, and the directory of where.
//!
//! ```text
//! hash ──▶ record   [chunk │ 0 180 395 … 2510 │ end]       32 bytes for 14 groups
//! chunk                     [t9 t2 t5 t7][t4 t1 …][…]       a group: a few blocks, one after the other
//! ```
//!
//! Among a million blocks a table of slots costs a look-up two waits for memory, one for the slot and
//! one for the block behind it. A directory that knows only where a group begins takes half a byte a
//! block and stays in the second-level cache; the lines of the group are asked for together, which is
//! one wait.

use super::arena::{Arena, Block, live_within};
use alloc::vec;
use alloc::vec::Vec;
use core::hint::black_box;
use serde::{Deserialize, Serialize};

/// Groups of a record: with the chunk and the end of the last one, 32 bytes.
const GROUPS: usize = 14;
/// Blocks of a group on average: fewer take more directory, more take longer to go through.
const BLOCKS: usize = 4;
/// Bytes that come from memory at once.
const LINE: usize = 64;

/// Chunk, first byte of each group, end of the last.
type Record = [u16; GROUPS + 2];

/// Directory of blocks that lie by hash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Groups(Vec<Record>);

impl Groups {
    /// Copies the live blocks of an arena into another one, by group. A record lies in one chunk; the
    /// blocks of one that is too long are handed back instead.
    pub(super) fn pack<'a>(
        from: &'a Arena,
        to: &mut Arena,
        hash_of: impl Fn(&[u8]) -> u64,
    ) -> (Self, Vec<Block<'a>>) {
        let records = (from.used().live_blocks as usize).div_ceil(GROUPS * BLOCKS);
        let mut directory = Self(vec![Record::default(); records]);
        let live = || from.blocks().filter(|block| block.live);
        let group_of = |block: Block<'_>| {
            let (record, group) = directory.choose(hash_of(block.body));
            record * GROUPS + group
        };
        // Sorted by counting: first where each group begins, then, each block put, where it ends.
        let groups: Vec<u32> = live().map(|block| group_of(block) as u32).collect();
        let mut ends = vec![0_u32; records * GROUPS];
        for &group in &groups {
            ends[group as usize] += 1;
        }
        let mut before = 0;
        for end in &mut ends {
            before += core::mem::replace(end, before);
        }
        let mut order = vec![0_u32; groups.len()];
        for (block, &group) in live().zip(&groups) {
            let end = &mut ends[group as usize];
            order[*end as usize] = block.at as u32;
            *end += 1;
        }
        let mut left = Vec::new();
        let mut put = 0;
        for (record, ends) in directory.0.iter_mut().zip(ends.chunks_exact(GROUPS)) {
            let all = &order[put..ends[GROUPS - 1] as usize];
            if !to.keep_together(all.iter().map(|&handle| from.block(handle).bytes as usize).sum()) {
                put += all.len();
                left.extend(all.iter().map(|&handle| from.block(handle)));
                continue;
            }
            let (chunk, begin) = to.end();
            record[0] = chunk as u16;
            record[1] = begin as u16;
            for (&end, place) in ends.iter().zip(&mut record[2..]) {
                for &handle in &order[put..end as usize] {
                    let body = from.block(handle).body;
                    to.take(body, body.len());
                }
                put = end as usize;
                *place = to.end().1 as u16;
            }
        }
        (directory, left)
    }

    /// Bytes of the directory.
    pub(super) const fn bytes(&self) -> u64 {
        (self.0.len() * size_of::<Record>()) as u64
    }

    /// Record and group within it that a hash chooses.
    #[inline]
    const fn choose(&self, hash: u64) -> (usize, usize) {
        let record = ((hash >> 32) * self.0.len() as u64) >> 32;
        let group = ((hash & 0xffff_ffff) * GROUPS as u64) >> 32;
        (record as usize, group as usize)
    }

    /// What `read` makes of the first live block of the group that it makes anything of. It is handed
    /// what lies behind the block, too.
    #[inline]
    pub(super) fn look<'a, T>(
        &self,
        hash: u64,
        arena: &'a Arena,
        read: impl Fn(u32, &'a [u8]) -> Option<T>,
    ) -> Option<T> {
        if self.0.is_empty() {
            return None;
        }
        let (record, group) = self.choose(hash);
        let record = &self.0[record];
        let [start, end] = [record[1 + group], record[2 + group]];
        let here = arena.within(record[0], start);
        let bytes = usize::from(end - start);
        // All lines of the group are asked for before the first one is there.
        for line in here[..bytes].chunks(LINE) {
            black_box(line[0]);
        }
        let first = u32::from(record[0]) << u16::BITS | u32::from(start);
        live_within(here, bytes).find_map(|(at, body)| read(first + at, body))
    }
}
