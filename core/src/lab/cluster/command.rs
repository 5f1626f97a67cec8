//! What a user does in the cluster lab, and what then has changed.

use super::config::TableSpec;
use crate::base::{Digest, SimTime, Version, VersionRange};
use crate::cloud::{JobKind, SyncCause};
use serde::{Deserialize, Serialize};

/// One command. Tables, tablets and backends count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClusterCommand {
    /// Creates a table.
    Create(TableSpec),
    /// Loads into every bucket of a table.
    Load {
        /// The table.
        table: u32,
    },
    /// Queries a table at its newest version.
    Query {
        /// The table.
        table: u32,
    },
    /// Compacts a tablet on the backend that serves it.
    Compact {
        /// The tablet.
        tablet: u32,
        /// How.
        kind: JobKind,
    },
    /// Gives a tablet to a backend.
    Move {
        /// The tablet.
        tablet: u32,
        /// The backend.
        backend: u32,
    },
    /// Kills a backend's process.
    Kill {
        /// The backend.
        backend: u32,
    },
    /// Starts it again.
    Start {
        /// The backend.
        backend: u32,
    },
    /// Stops all backends and starts them again.
    RestartAll,
    /// Cuts a backend off the meta-service, or mends that.
    Cut {
        /// The backend.
        backend: u32,
        /// Cut, or mended.
        on: bool,
    },
    /// Turns a knob.
    Turn {
        /// Its place among the lab's knobs.
        knob: u16,
        /// The number, or the place of the choice, or 0 and 1 of a switch.
        value: i64,
    },
    /// Loads a delete predicate into every bucket of a table: no rows, and none that it matches.
    Delete {
        /// The table.
        table: u32,
    },
    /// Creates many tables alike.
    CreateMany {
        /// How many.
        tables: u32,
        /// Each of them.
        of: TableSpec,
    },
}

/// Who sees to it that a lazy commit is converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pusher {
    /// The meta-service by itself.
    Itself,
    /// A call for the partition's version.
    Version,
    /// A sync.
    Sync,
    /// The next commit.
    Commit,
}

/// Why a backend passed over the answer to its own compaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Passed {
    /// Its counter was as large already.
    CountedAlready,
    /// The answer moves the point, and is not the next count.
    PointMoved,
    /// The answer is not the next count; only where the knob `own-merges` asks for that.
    NotNext,
}

/// Why the meta-service forgot a compaction when another one started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Evicted {
    /// Its lease ran out.
    LeaseOver,
    /// It took longer than any job may.
    Expired,
    /// A full compaction takes the place of all others.
    ByFull,
}

/// Where a view came from that was not fetched from the meta-service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// The backend's own store.
    Store,
    /// The memory of another backend.
    Peer,
}

/// What became of a notice for one tablet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum NoticeFate {
    /// It brought the view on.
    Applied,
    /// It waits for an earlier version.
    Waits,
    /// A sync was faster.
    Obsolete,
    /// The backend does not know the rowset, or not the tablet.
    Unknown,
    /// Not the next version.
    OutOfOrder,
    /// It never arrived.
    Lost,
    /// A publish changed the meta that the backend remembers.
    OlderMeta,
}

impl NoticeFate {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Applied,
        Self::Waits,
        Self::Obsolete,
        Self::Unknown,
        Self::OutOfOrder,
        Self::Lost,
        Self::OlderMeta,
    ];
}

/// What one step changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClusterEvent {
    /// There is a new table.
    Created {
        /// Which.
        table: u32,
        /// Buckets.
        buckets: u32,
    },
    /// A query was sent.
    Asked {
        /// The query.
        query: u64,
        /// The table.
        table: u32,
    },
    /// A query was answered.
    Answered {
        /// The query.
        query: u64,
        /// At which version.
        version: Version,
        /// How long it took.
        took: SimTime,
        /// How long it waited for syncs.
        waited: SimTime,
    },
    /// A query is planned again.
    Again {
        /// The query.
        query: u64,
        /// Why: −230, or 0 for a backend that is down.
        code: i32,
        /// How often before.
        attempt: u32,
    },
    /// A query failed.
    Failed {
        /// The query.
        query: u64,
        /// Why.
        code: i32,
    },
    /// A load was sent.
    Began {
        /// The load.
        load: u64,
        /// The table.
        table: u32,
    },
    /// A load is visible.
    Committed {
        /// The load.
        load: u64,
        /// The table.
        table: u32,
        /// Its version.
        version: Version,
        /// How long it took.
        took: SimTime,
    },
    /// A load was given up.
    Aborted {
        /// The load.
        load: u64,
    },
    /// A merge-on-write load gave the lock back.
    Unlocked {
        /// The load.
        load: u64,
        /// How long it was held.
        held: SimTime,
        /// Look-ups of segments in rowsets.
        lookups: u64,
    },
    /// A backend asks the meta-service.
    SyncBegan {
        /// Who.
        backend: u32,
        /// What.
        tablet: u32,
        /// Why.
        cause: SyncCause,
    },
    /// A view was brought on.
    Synced {
        /// Who.
        backend: u32,
        /// What.
        tablet: u32,
        /// Why.
        cause: SyncCause,
        /// Rowsets that came.
        rowsets: u64,
        /// Newest version now.
        version: Version,
        /// How long it took.
        took: SimTime,
    },
    /// A view came from elsewhere.
    Restored {
        /// Who.
        backend: u32,
        /// What.
        tablet: u32,
        /// From where.
        source: Source,
        /// Newest version now.
        version: Version,
    },
    /// A commit was told.
    Noticed {
        /// To whom.
        backend: u32,
        /// The tablet.
        tablet: u32,
        /// The version.
        version: Version,
        /// What became of it.
        fate: NoticeFate,
    },
    /// A compaction began.
    JobBegan {
        /// The job.
        job: u64,
        /// Who.
        backend: u32,
        /// What.
        tablet: u32,
        /// How.
        kind: JobKind,
        /// Versions it merges.
        range: VersionRange,
    },
    /// A compaction was refused, or given up.
    JobRefused {
        /// The job.
        job: u64,
        /// The tablet.
        tablet: u32,
    },
    /// A compaction was committed.
    JobDone {
        /// The job.
        job: u64,
        /// The tablet.
        tablet: u32,
        /// Versions it merged.
        range: VersionRange,
        /// The point after it.
        point: Version,
    },
    /// A tablet has another home.
    Moved {
        /// Which.
        tablet: u32,
        /// From where.
        from: u32,
        /// Where to.
        to: u32,
    },
    /// A backend died.
    Killed {
        /// Which.
        backend: u32,
    },
    /// A backend is back.
    Started {
        /// Which.
        backend: u32,
    },
    /// A restarted backend has synced every tablet it serves.
    Warm {
        /// Which.
        backend: u32,
        /// How long that took.
        took: SimTime,
    },
    /// A backend was cut off, or is reachable again.
    Cut {
        /// Which.
        backend: u32,
        /// Cut.
        on: bool,
    },
    /// A knob was turned.
    Turned {
        /// Which.
        knob: u16,
        /// From.
        from: i64,
        /// To.
        to: i64,
    },
    /// A backend passed over the answer to its own compaction, which is committed.
    JobPassed {
        /// The job.
        job: u64,
        /// Who.
        backend: u32,
        /// What.
        tablet: u32,
        /// Why.
        why: Passed,
    },
    /// The publish of a column update changed the meta of its rowset.
    Rewrote {
        /// The load.
        load: u64,
        /// What.
        tablet: u32,
        /// Rows that it read again, and wrote as one more segment.
        rows: u64,
    },
    /// There are many new tables.
    CreatedMany {
        /// The first.
        first: u32,
        /// How many.
        tables: u32,
        /// Buckets of each.
        buckets: u32,
    },
    /// A lazy commit was converted.
    Converted {
        /// The table.
        table: u32,
        /// Its version.
        version: Version,
        /// Who saw to it.
        by: Pusher,
        /// How long after the commit.
        after: SimTime,
    },
    /// The meta-service forgot a compaction: another one took its place.
    JobEvicted {
        /// The job.
        job: u64,
        /// Whose it is.
        backend: u32,
        /// What.
        tablet: u32,
        /// The one in its place.
        by: u64,
        /// Why.
        why: Evicted,
    },
    /// The commit of a compaction was refused: the meta-service knows the job no more, or it took too long.
    JobLate {
        /// The job.
        job: u64,
        /// Who.
        backend: u32,
        /// What.
        tablet: u32,
    },
}

/// More bytes than any event takes: a variant, and at most seven numbers.
const EVENT_BYTES: usize = 96;

impl ClusterEvent {
    /// Folds it into a digest.
    pub(super) fn fold(&self, digest: &mut Digest) {
        if let Ok(bytes) = postcard::to_slice(self, &mut [0; EVENT_BYTES]) {
            digest.bytes(bytes);
        }
    }
}
