//! A branch's entries in segments: packing as it grows, reading it back.
//!
//! ```text
//! segment     0 full      1 full      2 tail          append 3 entries:
//! entries  [0 .. 512)  [512 .. 1024)  [1024 .. 1100)  segment 2 again, now [1024 .. 1103)
//! ```
//!
//! Appending answers with the segments to write in one transaction: the tail, whole, and where it
//! fills up those behind it. The old tail's entries are all in the new one, and a transaction
//! that aborts leaves the old one, so no committed entry is ever absent.

use super::codec::digest_of;
use super::{ENTRIES_MAX, Entry, SEGMENT_BYTES_FULL, Segment, SegmentError, decode_segment, encode_segment};
use crate::base::{Digest, SimTime};
use alloc::vec::Vec;
use core::mem::take;

/// Where a branch's segments stand: enough to append, not the entries in full segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchLog {
    lab: u8,
    branch: u32,
    /// Segments in front of the tail, with their bytes together.
    full: u32,
    full_bytes: u64,
    chain: Digest,
    first: u64,
    tail: Vec<Entry>,
    /// Its packed size, and that of its commands alone.
    tail_bytes: u64,
    tail_commands: usize,
    last: Option<(u64, SimTime)>,
}

impl BranchLog {
    /// An empty branch of the run with this [`root`](super::RunHeader::root).
    pub fn new(root: Digest, lab: u8, branch: u32) -> Self {
        let mut chain = root;
        chain.word(u64::from(branch));
        Self {
            lab,
            branch,
            full: 0,
            full_bytes: 0,
            chain,
            first: 0,
            tail: Vec::new(),
            tail_bytes: 0,
            tail_commands: 0,
            last: None,
        }
    }

    /// Entries in all segments.
    pub fn entries(&self) -> u64 {
        self.first + self.tail.len() as u64
    }

    /// Segments, the tail included.
    pub fn segments(&self) -> u32 {
        self.full + u32::from(!self.tail.is_empty())
    }

    /// Bytes of all segments.
    pub fn bytes(&self) -> u64 {
        self.full_bytes + self.tail_bytes
    }

    /// The branch with more entries, and the segments to write for it, by number. Cost: the tail
    /// and what is new.
    ///
    /// # Errors
    /// Entries out of order or too long.
    pub fn append(&self, entries: &[Entry]) -> Result<Appended, SegmentError> {
        let mut log = self.clone();
        let mut segments = Vec::new();
        for entry in entries {
            let index = log.entries();
            let follows = |(after, at)| entry.after > after && entry.at >= at;
            if !log.last.is_none_or(follows) {
                return Err(SegmentError::Order { entry: index });
            }
            if log.is_full() {
                segments.push(log.seal()?);
            }
            log.last = Some((entry.after, entry.at));
            log.tail_commands += entry.command.len();
            log.tail.push(entry.clone());
        }
        if !entries.is_empty() {
            let bytes = log.packed(log.tail.clone())?;
            log.tail_bytes = bytes.len() as u64;
            segments.push((log.full, bytes));
        }
        Ok(Appended { log, segments })
    }

    /// Whether the tail takes no more.
    fn is_full(&self) -> bool {
        self.tail.len() >= ENTRIES_MAX || self.tail_commands >= SEGMENT_BYTES_FULL
    }

    /// Begins the next segment; answers with the full one.
    fn seal(&mut self) -> Result<(u32, Vec<u8>), SegmentError> {
        let (number, next) = (self.full, self.entries());
        let tail = take(&mut self.tail);
        let bytes = self.packed(tail)?;
        self.chain = digest_of(&bytes);
        self.first = next;
        self.full += 1;
        self.full_bytes += bytes.len() as u64;
        (self.tail_bytes, self.tail_commands) = (0, 0);
        Ok((number, bytes))
    }

    fn packed(&self, entries: Vec<Entry>) -> Result<Vec<u8>, SegmentError> {
        let Self { lab, branch, first, chain, .. } = *self;
        encode_segment(&Segment { lab, branch, first, chain, entries })
    }

    /// Takes a segment read back as the next one.
    fn accept(&mut self, bytes: &[u8]) -> Result<Vec<Entry>, SegmentError> {
        let segment = decode_segment(bytes)?;
        let expected = self.entries();
        let place = SegmentError::Place { expected, found: segment.first };
        if (segment.lab, segment.branch) != (self.lab, self.branch) || segment.first != expected {
            return Err(place);
        }
        let mut next = self.clone();
        if !next.tail.is_empty() {
            if !next.is_full() {
                return Err(place);
            }
            next.seal()?;
        }
        if segment.chain != next.chain {
            return Err(SegmentError::Chain { stored: segment.chain, expected: next.chain });
        }
        let Appended { log, segments } = next.append(&segment.entries)?;
        // Also refuses an entry in a full segment, where a writer begins the next one.
        match segments.as_slice() {
            [(_, again)] if again == bytes => {}
            _ => return Err(SegmentError::Count { count: segment.entries.len() as u64 }),
        }
        *self = log;
        Ok(segment.entries)
    }
}

/// What appending gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The branch as it is once the segments are committed.
    pub log: BranchLog,
    /// Segments to write in one transaction, by number; the first may replace the old tail.
    pub segments: Vec<(u32, Vec<u8>)>,
}

/// The first segment of a branch that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its number; it and all behind it are unusable.
    pub segment: u32,
    /// What is wrong with it.
    pub error: SegmentError,
}

/// What could be read of a branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Where appending goes on.
    pub log: BranchLog,
    /// The entries up to the fault.
    pub entries: Vec<Entry>,
    /// What stopped it.
    pub fault: Option<Fault>,
}

/// Reads a branch's segments as far as they are whole and in order. Safe for any bytes.
pub fn read_branch<'a>(log: BranchLog, segments: impl IntoIterator<Item = &'a [u8]>) -> Reading {
    let mut reading = Reading { log, entries: Vec::new(), fault: None };
    for (segment, bytes) in (0..).zip(segments) {
        match reading.log.accept(bytes) {
            Ok(entries) => reading.entries.extend(entries),
            Err(error) => {
                reading.fault = Some(Fault { segment, error });
                break;
            }
        }
    }
    reading
}
