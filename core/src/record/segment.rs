//! A segment: up to 512 entries of one branch, packed.
//!
//! ```text
//! "TTsg" | format u32 | lab u8 | branch | first entry | count | first step | last step
//!        | chain u64  | count x { step delta | time delta | length, command | digest u64 } | CRC32
//! ```
//!
//! Numbers without a width are varints. A step delta counts from the step behind the previous
//! entry (a command is one step), a time delta from its time; the first entry's count from the
//! first step and from 0.

use super::codec::{Reader, frame, open, put_varint, seal};
use super::{COMMAND_BYTES_MAX, Entry, SegmentError};
use crate::base::{Digest, SimTime};
use alloc::vec::Vec;

const MAGIC: [u8; 4] = *b"TTsg";

/// Entries in a full segment.
pub const ENTRIES_MAX: usize = 512;

/// A segment with this many bytes of commands is full too: below 64 KiB a browser keeps a value
/// inside its database, above in a file beside it.
pub const SEGMENT_BYTES_FULL: usize = 32 << 10;

/// A segment, unpacked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The lab the commands are for.
    pub lab: u8,
    /// The branch.
    pub branch: u32,
    /// Index of its first entry in the branch.
    pub first: u64,
    /// Digest of the bytes of the segment before it; of the run's fixed facts for the first.
    pub chain: Digest,
    /// Its entries: one to [`ENTRIES_MAX`].
    pub entries: Vec<Entry>,
}

/// Packs a segment. Cost: its size.
///
/// # Errors
/// Entries that no decoder would take: none, too many, too long, out of order.
pub fn encode_segment(segment: &Segment) -> Result<Vec<u8>, SegmentError> {
    let Segment { lab, branch, first, chain, entries } = segment;
    let (Some(head), Some(last)) = (entries.first(), entries.last()) else {
        return Err(SegmentError::Count { count: 0 });
    };
    if entries.len() > ENTRIES_MAX {
        return Err(SegmentError::Count { count: entries.len() as u64 });
    }
    let mut out = frame(MAGIC);
    out.push(*lab);
    for number in [u64::from(*branch), *first, entries.len() as u64, head.after, last.after] {
        put_varint(&mut out, number);
    }
    out.extend_from_slice(&chain.0.to_le_bytes());
    let (mut step, mut time) = (Some(head.after), 0);
    for (index, entry) in (*first..).zip(entries) {
        let out_of_order = SegmentError::Order { entry: index };
        let steps = step.and_then(|step| entry.after.checked_sub(step)).ok_or(out_of_order)?;
        let micros = entry.at.micros().checked_sub(time).ok_or(out_of_order)?;
        if entry.command.len() > COMMAND_BYTES_MAX {
            return Err(SegmentError::CommandBytes { bytes: entry.command.len() as u64 });
        }
        put_varint(&mut out, steps);
        put_varint(&mut out, micros);
        put_varint(&mut out, entry.command.len() as u64);
        out.extend_from_slice(&entry.command);
        out.extend_from_slice(&entry.digest.0.to_le_bytes());
        (step, time) = (entry.after.checked_add(1), entry.at.micros());
    }
    seal(&mut out);
    Ok(out)
}

/// Unpacks a segment. Safe for any bytes; allocates no more than they justify.
///
/// # Errors
/// What is wrong, with the place.
pub fn decode_segment(bytes: &[u8]) -> Result<Segment, SegmentError> {
    let mut reader = open(bytes, MAGIC)?;
    let lab = reader.byte()?;
    let at = reader.at();
    let branch = u32::try_from(reader.varint()?).map_err(|_| SegmentError::Malformed { at })?;
    let first = reader.varint()?;
    let count = reader.varint()?;
    if count == 0 || count > ENTRIES_MAX as u64 || first.checked_add(count).is_none() {
        return Err(SegmentError::Count { count });
    }
    let first_step = reader.varint()?;
    let at = reader.at();
    let last_step = reader.varint()?;
    let chain = Digest(reader.word()?);
    let mut entries: Vec<Entry> = Vec::with_capacity(count as usize);
    let (mut step, mut time) = (Some(first_step), 0);
    for index in first..first + count {
        let entry = decode_entry(&mut reader, step, time, index)?;
        (step, time) = (entry.after.checked_add(1), entry.at.micros());
        entries.push(entry);
    }
    reader.end()?;
    let ends = (entries.first().map(|entry| entry.after), entries.last().map(|entry| entry.after));
    if ends != (Some(first_step), Some(last_step)) {
        return Err(SegmentError::Malformed { at });
    }
    Ok(Segment { lab, branch, first, chain, entries })
}

fn decode_entry(
    reader: &mut Reader<'_>,
    step: Option<u64>,
    time: u64,
    index: u64,
) -> Result<Entry, SegmentError> {
    let out_of_order = SegmentError::Order { entry: index };
    let steps = reader.varint()?;
    let after = step.and_then(|step| step.checked_add(steps)).ok_or(out_of_order)?;
    let micros = time.checked_add(reader.varint()?).ok_or(out_of_order)?;
    let bytes = reader.varint()?;
    if bytes > COMMAND_BYTES_MAX as u64 {
        return Err(SegmentError::CommandBytes { bytes });
    }
    let command = reader.take(bytes as usize)?.to_vec();
    let digest = Digest(reader.word()?);
    Ok(Entry { after, at: SimTime(micros), command, digest })
}
