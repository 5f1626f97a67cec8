//! What a user does in the inode lab, and what then has changed.

use crate::base::{Digest, SimTime};
use crate::inode::{JobEnd, Skip};
use serde::{Deserialize, Serialize};

/// One command. It goes to both stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InodeCommand {
    /// Writes bytes; behind the end of the file without an offset.
    Write {
        /// First byte.
        offset: Option<u64>,
        /// Bytes.
        len: u64,
        /// How long the upload takes between getting an id and telling the server, ms.
        upload_ms: u64,
    },
    /// Sets the length of the file.
    Truncate {
        /// Bytes.
        length: u64,
    },
    /// Reads bytes: fetches the lists, and sees which objects answer.
    Read {
        /// First byte.
        offset: u64,
        /// Bytes.
        len: u64,
    },
    /// Looks attributes up.
    Lookup,
    /// Compacts the file.
    Compact,
    /// Puts old writes into both stores, at no cost and at once.
    Fill {
        /// How many.
        infos: u64,
        /// Bytes of each.
        len: u64,
        /// How many make a row.
        per_row: u64,
    },
    /// Turns a knob.
    Turn {
        /// Its place among the lab's knobs.
        knob: u16,
        /// The number, or the place of the choice, or 0 and 1 of a switch.
        value: i64,
    },
}

/// What a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// Tell the server of written bytes.
    Write,
    /// Tell the server of a new length.
    Truncate,
    /// Fetch the lists.
    Read,
    /// Look attributes up.
    Lookup,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Answered.
    Good,
    /// The server refused.
    Refused,
    /// Nobody answered in time, however often it was tried.
    GivenUp,
}

/// What changed. `side` is 0 for the monolithic store and 1 for the one beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InodeEvent {
    /// A call was made, on both sides.
    Called {
        /// The call.
        call: u64,
        /// What for.
        purpose: Purpose,
    },
    /// A server has carried a call out.
    Served {
        /// Store.
        side: u8,
        /// The call.
        call: u64,
        /// Bytes read from keys and values.
        read: u64,
        /// Bytes written.
        written: u64,
        /// How long it took.
        took: SimTime,
    },
    /// A message got lost.
    Lost {
        /// Store.
        side: u8,
        /// The call.
        call: u64,
    },
    /// A client waited too long and asks again.
    TimedOut {
        /// Store.
        side: u8,
        /// The call.
        call: u64,
        /// How many times it has asked.
        attempt: u32,
    },
    /// A page of a stream arrived.
    Streamed {
        /// Store.
        side: u8,
        /// The call.
        call: u64,
        /// Messages in it.
        messages: u64,
        /// Bytes.
        bytes: u64,
    },
    /// Nothing came for too long.
    StreamBroke {
        /// Store.
        side: u8,
        /// The call.
        call: u64,
    },
    /// A call ended.
    Ended {
        /// Store.
        side: u8,
        /// The call.
        call: u64,
        /// How.
        outcome: Outcome,
        /// Since it was made.
        took: SimTime,
    },
    /// A compaction has read lists and begun.
    Compacting {
        /// Store.
        side: u8,
        /// Chunks.
        chunks: u64,
        /// Their infos.
        infos: u64,
    },
    /// A compaction found nothing to do.
    Skipped {
        /// Store.
        side: u8,
        /// Why.
        why: Skip,
    },
    /// A compaction ended.
    Compacted {
        /// Store.
        side: u8,
        /// How.
        end: JobEnd,
    },
    /// Old writes were put in.
    Filled {
        /// How many.
        infos: u64,
    },
    /// A knob was turned.
    Turned {
        /// Its place.
        knob: u16,
        /// The value.
        value: i64,
    },
}

impl InodeEvent {
    pub(super) fn fold(&self, digest: &mut Digest) {
        if let Ok(bytes) = postcard::to_allocvec(self) {
            digest.bytes(&bytes);
        }
    }
}
