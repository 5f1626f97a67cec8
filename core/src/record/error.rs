//! What can be wrong with stored bytes.

use crate::base::Digest;
use core::fmt;

/// What is wrong with a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentError {
    /// It does not begin as a segment does.
    Magic,
    /// A newer core wrote it.
    NewerFormat {
        /// Its format.
        found: u32,
    },
    /// No core ever wrote this format.
    UnknownFormat {
        /// Its format.
        found: u32,
    },
    /// Bytes were changed.
    Crc {
        /// What the segment says.
        stored: u32,
        /// What its bytes give.
        computed: u32,
    },
    /// It ends in the middle of a field.
    Truncated {
        /// Offset of that field.
        at: usize,
    },
    /// A field that no writer produces: over-long number, value above its type, bytes left over.
    Malformed {
        /// Offset of that field.
        at: usize,
    },
    /// Zero entries, or more than a segment holds.
    Count {
        /// How many it claims.
        count: u64,
    },
    /// A command longer than allowed.
    CommandBytes {
        /// Its length.
        bytes: u64,
    },
    /// Steps that do not grow, or a clock that goes back.
    Order {
        /// Index of the entry in its branch.
        entry: u64,
    },
    /// Its predecessor is another segment than the one in front of it.
    Chain {
        /// What it names.
        stored: Digest,
        /// What is in front of it.
        expected: Digest,
    },
    /// It belongs to another lab, branch or place.
    Place {
        /// The entry expected first.
        expected: u64,
        /// The entry it begins with.
        found: u64,
    },
    /// It is not there although the header counts its entries.
    Missing {
        /// Entries the header counts.
        entries: u64,
    },
}

impl fmt::Display for SegmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic => f.write_str("not a segment"),
            Self::NewerFormat { found } => write!(f, "format {found} is newer than this Tabletop reads"),
            Self::UnknownFormat { found } => write!(f, "format {found} is unknown"),
            Self::Crc { stored, computed } => write!(f, "CRC {stored:08x} stored, {computed:08x} computed"),
            Self::Truncated { at } => write!(f, "ends inside the field at byte {at}"),
            Self::Malformed { at } => write!(f, "malformed field at byte {at}"),
            Self::Count { count } => write!(f, "{count} entries in one segment"),
            Self::CommandBytes { bytes } => write!(f, "a command of {bytes} bytes"),
            Self::Order { entry } => write!(f, "entry {entry} is out of order"),
            Self::Chain { stored, expected } => {
                write!(f, "follows {stored}, but {expected} is in front of it")
            }
            Self::Place { expected, found } => write!(f, "begins with entry {found} instead of {expected}"),
            Self::Missing { entries } => write!(f, "missing; the header counts {entries} entries"),
        }
    }
}

impl core::error::Error for SegmentError {}

/// What is wrong with a header or a run file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordError {
    /// It does not begin as it should.
    Magic,
    /// A newer core wrote it.
    NewerFormat {
        /// Its format.
        found: u32,
    },
    /// No core ever wrote this format.
    UnknownFormat {
        /// Its format.
        found: u32,
    },
    /// Bytes were changed.
    Crc {
        /// What it says.
        stored: u32,
        /// What its bytes give.
        computed: u32,
    },
    /// It ends in the middle of a field.
    Truncated {
        /// Offset of that field.
        at: usize,
    },
    /// A field that no writer produces.
    Malformed {
        /// Offset of that field.
        at: usize,
    },
    /// The header cannot be read, or contradicts itself.
    Header(&'static str),
    /// The original text is not the one the header names.
    Original,
    /// A branch's segment is bad.
    Segment {
        /// The branch.
        branch: u32,
        /// Which of its segments.
        segment: u32,
        /// What is wrong with it.
        error: SegmentError,
    },
    /// It can be read but no core writes these bytes for this run.
    NotCanonical,
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic => f.write_str("not a Tabletop run"),
            Self::NewerFormat { found } => write!(f, "format {found} is newer than this Tabletop reads"),
            Self::UnknownFormat { found } => write!(f, "format {found} is unknown"),
            Self::Crc { stored, computed } => write!(f, "CRC {stored:08x} stored, {computed:08x} computed"),
            Self::Truncated { at } => write!(f, "ends inside the field at byte {at}"),
            Self::Malformed { at } => write!(f, "malformed field at byte {at}"),
            Self::Header(what) => write!(f, "header: {what}"),
            Self::Original => f.write_str("the original text is not the one the header names"),
            Self::Segment { branch, segment, error } => {
                write!(f, "branch {branch}, segment {segment}: {error}")
            }
            Self::NotCanonical => f.write_str("no Tabletop writes these bytes for this run"),
        }
    }
}

impl core::error::Error for RecordError {}
