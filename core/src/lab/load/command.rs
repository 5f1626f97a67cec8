//! What a user does in the load lab, and what then has changed.

use super::config::LoadSpec;
use crate::base::{Digest, SimTime};
use crate::load::{FlushError, LoadId};
use serde::{Deserialize, Serialize};

/// One command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LoadCommand {
    /// Starts a load, or lets it wait for its turn.
    Load(LoadSpec),
    /// Gives a load up.
    Cancel {
        /// The load.
        load: u64,
    },
    /// Lets a flush fail: the `after`-th that ends in a directory from now on, counted from 0.
    Fail {
        /// The directory, from 0.
        store: u32,
        /// Flushes that still go well.
        after: u32,
    },
    /// Reads all visible tablets until `limit` rows are delivered.
    Read {
        /// The limit.
        limit: u64,
    },
    /// Restarts backends with a version that rewrites all metas.
    Upgrade(UpgradeSpec),
    /// Turns a knob.
    Turn {
        /// Its place among the lab's knobs.
        knob: u16,
        /// The number, or the place of the choice, or 0 and 1 of a switch.
        value: i64,
    },
}

/// An upgrade of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpgradeSpec {
    /// Backends.
    pub backends: u32,
    /// Rowset metas on each of them.
    pub metas: u64,
    /// Backends restarted together.
    pub together: u32,
    /// Replicas of a tablet.
    pub replicas: u32,
    /// What reading, converting and writing one meta costs, µs.
    pub meta_us: u64,
    /// What a restart costs without it, ms.
    pub restart_ms: u64,
}

/// Why a MemTable is flushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Why {
    /// It is full.
    Full {
        /// Its limit at that moment.
        limit: u64,
    },
    /// Loads hold too much memory, and it is the largest that is left.
    Memory {
        /// Bytes that had to go.
        need: u64,
        /// Bytes held.
        used: u64,
    },
    /// Its load has no more rows.
    Close,
}

/// Why a load does not insert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wait {
    /// One of its writers has too many flushes running.
    Running {
        /// The tablet.
        tablet: u32,
        /// Its running flushes.
        running: u32,
    },
    /// Loads hold as much memory as they may.
    Memory {
        /// Bytes held.
        used: u64,
    },
    /// All is inserted, flushes are on their way.
    Close {
        /// How many.
        flushes: u32,
    },
    /// It has failed, running flushes end first.
    Cancel {
        /// How many.
        flushes: u32,
    },
}

/// A MemTable's way, as events name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flush {
    /// Whose rows.
    pub load: LoadId,
    /// The tablet.
    pub tablet: u32,
    /// Bytes.
    pub bytes: u64,
    /// The directory.
    pub store: u32,
    /// The item on the board.
    pub span: u64,
}

/// What one step changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LoadEvent {
    /// A load waits for its turn.
    Arrived {
        /// The load.
        load: LoadId,
        /// Loads before it.
        ahead: u32,
    },
    /// A load began.
    Began {
        /// The load.
        load: LoadId,
        /// Its thread.
        sender: u32,
        /// Its tablets.
        tablets: u32,
    },
    /// A batch was inserted.
    Inserted {
        /// The load.
        load: LoadId,
        /// Rows.
        rows: u64,
        /// Bytes.
        bytes: u64,
    },
    /// A MemTable went into a queue.
    Queued {
        /// The MemTable.
        flush: Flush,
        /// Why it is flushed.
        why: Why,
        /// Tasks before it.
        ahead: u32,
        /// Its segment.
        segment: u32,
    },
    /// A MemTable is being written.
    Started {
        /// The MemTable.
        flush: Flush,
        /// The thread; `None` for the load's own.
        thread: Option<u32>,
        /// How long it was queued.
        waited: SimTime,
    },
    /// A MemTable has become a segment.
    Flushed {
        /// The MemTable.
        flush: Flush,
        /// How long that took.
        took: SimTime,
    },
    /// A MemTable was not written.
    FlushFailed {
        /// The MemTable.
        flush: Flush,
        /// Why.
        error: FlushError,
    },
    /// A MemTable came back unwritten.
    Dropped {
        /// The MemTable.
        flush: Flush,
    },
    /// A load stopped inserting.
    Waits {
        /// The load.
        load: LoadId,
        /// Why.
        why: Wait,
    },
    /// A load became visible.
    Committed {
        /// The load.
        load: LoadId,
        /// Rows.
        rows: u64,
        /// Bytes.
        bytes: u64,
        /// From its start.
        took: SimTime,
    },
    /// A load failed; nothing of it is visible.
    Failed {
        /// The load.
        load: LoadId,
        /// Why.
        error: FlushError,
        /// The tablet.
        tablet: u32,
        /// Rows that were inserted in vain.
        rows: u64,
    },
    /// A flush will fail.
    Armed {
        /// The directory.
        store: u32,
        /// After so many that go well.
        after: u32,
    },
    /// A read began.
    ReadBegan {
        /// The read.
        read: u64,
        /// Its limit.
        limit: u64,
    },
    /// A read ended.
    ReadDone {
        /// The read.
        read: u64,
        /// Rows delivered.
        delivered: u64,
        /// Rows read.
        rows: u64,
        /// What the statistic `raw_rows_read` says.
        raw_rows_read: u64,
        /// How long it took.
        took: SimTime,
        /// Rows that the other setting of the statistic would have read.
        other_rows: u64,
    },
    /// An upgrade began, or waits for another one.
    UpgradeBegan {
        /// The upgrade.
        upgrade: u64,
        /// Backends.
        backends: u32,
        /// Restarted together.
        together: u32,
    },
    /// A backend went down.
    BackendDown {
        /// The upgrade.
        upgrade: u64,
        /// The backend.
        backend: u32,
        /// Metas it has to rewrite.
        metas: u64,
    },
    /// A backend is back.
    BackendUp {
        /// The upgrade.
        upgrade: u64,
        /// The backend.
        backend: u32,
        /// How long it was down.
        down: SimTime,
    },
    /// All backends are back.
    Upgraded {
        /// The upgrade.
        upgrade: u64,
        /// From the first restart.
        took: SimTime,
        /// How long some tablet had no replica up.
        unreadable: SimTime,
        /// How long some tablet had no majority up.
        unwritable: SimTime,
    },
    /// A knob was turned.
    Turned {
        /// Its place.
        knob: u16,
        /// From.
        from: i64,
        /// To.
        to: i64,
    },
}

impl LoadEvent {
    /// Folds the event into a digest, as it is stored.
    pub(super) fn fold(&self, digest: &mut Digest) {
        // The largest event is a tag and eight numbers of at most ten bytes.
        let mut buffer = [0; 128];
        if let Ok(bytes) = postcard::to_slice(self, &mut buffer) {
            digest.bytes(bytes);
        }
    }
}
