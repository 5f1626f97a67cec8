//! Serialised states along the way, so that a seek replays at most a frame's worth.
//!
//! Spacing follows the size of a state: the work to write and to read one is kept small against
//! the steps between two. When all together outgrow the cap, every second one goes, oldest
//! first: dense near the cursor, logarithmic behind it.

use super::{BranchId, Cursor};
use crate::base::{Digest, SimTime, SortedMap};
use crate::lab::Lab;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// Steps between two checkpoints of a small state.
pub(super) const SPACING: u64 = 2_048;
/// A state of this many bytes doubles the spacing, twice as many doubles it again.
const SPACING_BYTES: usize = 32 << 10;
/// How often at most: two million steps, a second or so to play again.
const DOUBLED: u32 = 10;
/// A larger state is not written to memory that stays for the next one.
const SCRATCH_BYTES: usize = 8 << 20;
/// All checkpoints together, bytes.
const CAP_BYTES: usize = 96 << 20;

#[derive(Clone, Debug)]
pub(super) struct Checkpoint {
    pub(super) step: u64,
    time: SimTime,
    digest: Digest,
    bytes: Box<[u8]>,
}

impl Checkpoint {
    /// The cursor it was taken from.
    pub(super) fn open<L: Lab>(&self) -> Option<Cursor<L>> {
        let lab = postcard::from_bytes(&self.bytes).ok()?;
        Some(Cursor { lab, step: self.step, digest: self.digest })
    }
}

#[derive(Clone, Debug)]
pub(super) struct Checkpoints {
    kept: SortedMap<(BranchId, u64), Checkpoint>,
    bytes: usize,
    scratch: Vec<u8>,
    spacing: u64,
}

impl Default for Checkpoints {
    fn default() -> Self {
        Self { kept: SortedMap::default(), bytes: 0, scratch: Vec::new(), spacing: SPACING }
    }
}

impl Checkpoints {
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Keeps the cursor if it stands where a checkpoint belongs.
    pub(super) fn offer<L: Lab>(&mut self, branch: BranchId, cursor: &Cursor<L>) {
        if cursor.step.is_multiple_of(self.spacing) && self.kept.get(&(branch, cursor.step)).is_none() {
            self.put(branch, cursor);
        }
    }

    /// Keeps the cursor.
    pub(super) fn put<L: Lab>(&mut self, branch: BranchId, cursor: &Cursor<L>) {
        // Written where the last one was, then kept in a piece of memory of its length.
        let mut scratch = core::mem::take(&mut self.scratch);
        scratch.clear();
        let Ok(scratch) = postcard::to_extend(&cursor.lab, scratch) else { return };
        let doubled = (scratch.len() / SPACING_BYTES).checked_ilog2().map_or(0, |log| (log + 1).min(DOUBLED));
        self.spacing = SPACING << doubled;
        if scratch.len() > CAP_BYTES / 2 {
            // Two of them would not fit: whoever goes back plays from further away.
            return;
        }
        let bytes: Box<[u8]> = if scratch.len() > SCRATCH_BYTES {
            scratch.into_boxed_slice()
        } else {
            let bytes = scratch.as_slice().into();
            self.scratch = scratch;
            bytes
        };
        self.bytes += bytes.len();
        let (step, time, digest) = (cursor.step, cursor.lab.now(), cursor.digest);
        if let Some(old) = self.kept.insert((branch, step), Checkpoint { step, time, digest, bytes }) {
            self.bytes -= old.bytes.len();
        }
        if self.bytes > CAP_BYTES {
            self.thin();
        }
    }

    /// Lets every second checkpoint go, except a branch's first.
    fn thin(&mut self) {
        let mut previous: Option<(BranchId, bool)> = None;
        let mut freed = 0;
        self.kept.retain(|&(branch, _), checkpoint| {
            let keep = match previous {
                Some((before, kept)) if before == branch => !kept,
                _ => true,
            };
            previous = Some((branch, keep));
            if !keep {
                freed += checkpoint.bytes.len();
            }
            keep
        });
        self.bytes -= freed;
    }

    /// The last one at or before a step of a line.
    pub(super) fn nearest(&self, lineage: Vec<(BranchId, u64)>, step: u64) -> Option<&Checkpoint> {
        lineage
            .into_iter()
            .rev()
            .find_map(|(branch, until)| {
                let last = step.min(until);
                self.kept.down_from(&(branch, last)).next().filter(|(at, _)| at.0 == branch)
            })
            .map(|(_, checkpoint)| checkpoint)
    }

    /// The last one at or before a moment of a line.
    pub(super) fn before_time(&self, lineage: Vec<(BranchId, u64)>, time: SimTime) -> Option<&Checkpoint> {
        lineage.into_iter().rev().find_map(|(branch, until)| {
            let mut kept = self.kept.down_from(&(branch, until)).take_while(|(at, _)| at.0 == branch);
            kept.find(|(_, checkpoint)| checkpoint.time <= time).map(|(_, checkpoint)| checkpoint)
        })
    }
}
