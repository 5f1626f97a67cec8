//! What is kept of a run: its input, so that a replay gives the rest.
//!
//! ```text
//! run     header: lab, configuration, seed, branch tree, flags, cursor
//! branch  [segment 0: entries 0..512][segment 1: 512..1024][segment 2: the growing tail]
//!              `---- digest ----> chain    `---- digest ----> chain
//! entry   after 41 steps, at 4.2 s: this command; the events up to here have this digest
//! ```
//!
//! A [`BranchLog`] packs entries into segments; the boundaries depend on the entries alone, never
//! on how they were saved, so a run has one encoding and a file goes round byte for byte. The
//! last segment grows and is written again whole until it is full; full ones are never touched.
//!
//! Everything read is hostile until parsed: each decoder checks magic, format and CRC before it
//! looks further, caps every count and length, and answers with an error, never a panic. A format
//! newer than [`FORMAT`] is refused by number, never guessed at.
//!
//! The CRC finds flipped and missing bytes; the chain finds whole segments that are missing, old,
//! swapped, or of another run. Neither resists forgery: whoever edits a file can mend both.

mod branch;
mod codec;
mod error;
mod header;
mod run_file;
mod segment;
#[cfg(test)]
mod tests;

pub use branch::{Appended, BranchLog, Fault, Reading, read_branch};
pub use codec::{digest_of, unwrap, wrap};
pub use error::{RecordError, SegmentError};
pub use header::{BranchRecord, Cursor, ImportId, MarkerRecord, RunHeader};
pub use run_file::{BranchEntries, RunFile};
pub use segment::{ENTRIES_MAX, SEGMENT_BYTES_FULL, Segment, decode_segment, encode_segment};

use crate::base::{Digest, SimTime};
use alloc::vec::Vec;

/// The format this core writes. It covers the segment boundaries and the generator too.
pub const FORMAT: u32 = 1;

/// Longest packed command, in bytes.
pub const COMMAND_BYTES_MAX: usize = 1 << 20;

/// One command of a branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Steps taken before it, counted from the start of the run along this branch's line (the
    /// parents' steps included). A command is one step, so this grows strictly.
    pub after: u64,
    /// Virtual time at which it was carried out; never goes back.
    pub at: SimTime,
    /// Postcard of the lab's command, at most [`COMMAND_BYTES_MAX`].
    pub command: Vec<u8>,
    /// Rolling digest of all events of the line up to and including this command's.
    pub digest: Digest,
}
