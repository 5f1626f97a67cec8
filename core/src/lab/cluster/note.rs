//! What nodes say to one another, and what a node waits for.

use crate::base::{JobId, RowsetId, SimTime, TableId, TabletId, TxnId, Version, encoded_len};
use crate::cloud::{
    AbortJob, BitmapEntry, BitmapRequest, CloudRowset, CommitTxn, Committed, Extent, FinishJob, LockOwner,
    MsError, Notice, SavedView, StartJob, SyncCause, SyncCursor, SyncReply, SyncRequest, TabletStats,
};
use crate::view::board::Tone;
use alloc::boxed::Box;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A call of the meta-service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Request {
    Version(TableId),
    Rowsets(SyncRequest),
    Bitmaps(BitmapRequest),
    Begin(u64),
    Prepare(TabletId, CloudRowset),
    Written(TabletId, CloudRowset),
    Commit(CommitTxn),
    Abort(TxnId),
    Lock { table: TableId, owner: LockOwner, tablets: Vec<TabletId>, until: SimTime },
    Unlock(TableId, LockOwner),
    Marks { tablet: TabletId, owner: LockOwner, entries: Vec<BitmapEntry> },
    Start(StartJob),
    Finish(FinishJob),
    Update(TabletId, CloudRowset),
    Convert(TxnId),
    Lease { tablet: TabletId, job: JobId, until: SimTime },
    GiveUp(AbortJob),
}

/// What it answers. Moved a few times, so two words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::box_collection, reason = "lists are seldom answered")]
pub(super) enum Answer {
    Version(Version),
    Rowsets(Box<SyncReply>),
    Bitmaps(Box<Vec<BitmapEntry>>),
    Begun(TxnId),
    Committed(Box<Committed>),
    Locked(Box<Vec<SyncCursor>>),
    Stats(Box<TabletStats>),
    Done,
}

/// That, or why not.
pub(super) type Reply = Result<Answer, Box<MsError>>;

/// What an answer is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Then {
    /// A query goes on with this version.
    Query(u64),
    /// A load has its transaction.
    Begun(u64),
    /// A rowset is announced: its rows can be written.
    Prepared(u64, u32),
    /// A rowset is written.
    Written(u64, u32),
    /// A load has the lock.
    Locked(u64),
    /// A load knows which version it gets.
    Next(u64),
    /// A load's delete bitmaps are stored.
    Marked(u64, u32),
    /// A load is committed.
    Committed(u64),
    /// A sync for this cause has its rowsets.
    Synced(u32, u32, SyncCause),
    /// A sync has its delete bitmaps, for the rowsets kept here.
    Marks(u32, u32, SyncCause, Box<SyncReply>),
    /// A changed meta is stored: delete bitmaps follow.
    Updated(u64, u32),
    /// A job may begin.
    Started(u64),
    /// A job's output is written.
    Output(u64),
    /// A job has the lock.
    JobLocked(u64),
    /// A job's delete bitmaps are stored.
    JobMarked(u64),
    /// A job is committed.
    Finished(u64),
    /// Nobody waits.
    Nothing,
    /// A job's lease is prolonged, or refused.
    Leased(u64),
}

/// A rowset that a notice carries whole.
pub(super) type Carried = (TabletId, CloudRowset);

/// What goes along with notices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Along {
    /// Whole metas.
    pub(super) carried: Vec<Carried>,
    /// Extents of rowsets at their commit.
    pub(super) extents: Vec<(TabletId, Extent)>,
}

impl Along {
    /// Bytes that a message without extents does not have: a list of none takes one in our encoding.
    fn unused(&self) -> u64 {
        u64::from(self.extents.is_empty())
    }
}

/// A commit is told to a backend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Telling {
    pub(super) notices: Vec<Notice>,
    pub(super) along: Along,
    /// The thread's work of which it is; 0 for none.
    pub(super) task: u64,
    pub(super) sent: SimTime,
}

/// A backend is to compute the delete bitmaps of a load for this version, against these layouts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ToPublish {
    pub(super) load: u64,
    pub(super) version: Version,
    pub(super) cursors: Box<[(TabletId, SyncCursor)]>,
}

/// What the frontend is to tell whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ToTell {
    pub(super) told: Vec<(u32, Vec<Notice>)>,
    pub(super) along: Along,
}

/// A message or a timer. Moved a few times on its way, so what is large lies apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Note {
    /// Client to frontend.
    Query(u64),
    /// Frontend to backend: scan these tablets.
    Scan(u64),
    /// Backend to frontend: done, or the code of the error.
    Scanned { query: u64, backend: u32, attempt: u32, code: i32 },
    /// Frontend to client.
    QueryDone(u64),
    /// Client to frontend.
    Load(u64),
    /// Manager of a load to backend: write.
    Write(u64),
    /// Backend to manager.
    Wrote { load: u64, backend: u32 },
    /// Manager to backend: compute delete bitmaps for this version.
    Publish(Box<ToPublish>),
    /// Backend to manager.
    Published { load: u64, backend: u32, good: bool },
    /// Manager to client.
    LoadDone(u64),
    /// To the meta-service.
    Ask(u64, Box<Request>),
    /// From it.
    Answer(u64, Reply),
    /// A commit is told.
    Notice(Box<Telling>),
    /// The backend took it.
    NoticeAck(u64),
    /// A backend that committed asks the frontend to tell.
    Forward(Box<ToTell>),
    /// A backend asks another one for its view.
    PeerAsk { tablet: u32 },
    /// Its answer.
    PeerAnswer { tablet: u32, view: Option<Box<SavedView>> },
    /// A timer.
    Tick(Tick),
}

/// What a timer rings for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Tick {
    /// The next load is due; the number tells a turned knob's timers apart.
    LoadDue(u32),
    /// The next query is due.
    QueryDue(u32),
    /// The meta-service ends a call.
    Served { to: u32, call: u64, answer: Reply },
    /// Rows are written.
    WriteEnds(u64, u32),
    /// A part of a query is scanned.
    ScanEnds { query: u64, backend: u32, attempt: u32 },
    /// Delete bitmaps are computed.
    LookedUp(u64, u32),
    /// A merge ends.
    MergeEnds(u64),
    /// The lock is tried again.
    LockAgain(u64),
    /// The job's lock is tried again.
    JobLockAgain(u64),
    /// A failed publish is tried again.
    PublishAgain(u64),
    /// A query is planned again.
    PlanAgain(u64),
    /// A notifying thread waited long enough.
    NoticeTimeout(u64),
    /// The own store was read.
    StoreRead { backend: u32, tablet: u32 },
    /// A backend looks for something to compact.
    Compact(u32, u32),
    /// A backend syncs what is idle, expires what is stale, and stores.
    Housekeep(u32),
    /// A backend stores its views.
    Persist(u32, u32),
    /// A tablet moves.
    Move(u32),
    /// Something breaks or is mended.
    Fault(u32),
    /// The scenario does something.
    Script(Box<super::ClusterCommand>),
    /// The meta-service converts a lazy commit.
    Convert(TxnId),
    /// A job's lease is to be prolonged.
    Lease(u64),
}

/// Legend entries of messages.
pub(super) const KINDS: &[(&str, Tone)] = &[
    ("message-query", Tone::First),
    ("message-load", Tone::Second),
    ("message-publish", Tone::Third),
    ("message-ask", Tone::Plain),
    ("message-sync", Tone::Warn),
    ("message-notice", Tone::Fresh),
    ("message-peer", Tone::Good),
];

impl Note {
    /// Place in [`KINDS`].
    pub(super) fn kind(&self) -> u8 {
        match self {
            Self::Query(_) | Self::Scan(_) | Self::Scanned { .. } | Self::QueryDone(_) | Self::Tick(_) => 0,
            Self::Load(_) | Self::Write(_) | Self::Wrote { .. } | Self::LoadDone(_) => 1,
            Self::Publish(_) | Self::Published { .. } => 2,
            Self::Ask(_, request) if matches!(**request, Request::Rowsets(_) | Request::Bitmaps(_)) => 4,
            Self::Answer(_, Ok(Answer::Rowsets(_) | Answer::Bitmaps(_))) => 4,
            Self::Ask(..) | Self::Answer(..) => 3,
            Self::Notice(_) | Self::NoticeAck(_) | Self::Forward(_) => 5,
            Self::PeerAsk { .. } | Self::PeerAnswer { .. } => 6,
        }
    }

    /// Bytes on the wire: the content in our encoding, and a header.
    pub(super) fn bytes(&self) -> u64 {
        const HEADER: u64 = 40;
        let body = match self {
            Self::Ask(_, request) => encoded_len(request),
            Self::Answer(_, answer) => encoded_len(answer),
            Self::Notice(_) | Self::Forward(_) | Self::PeerAnswer { .. } | Self::Publish(_) => {
                encoded_len(self)
            }
            _ => 8,
        };
        let unused = match self {
            Self::Notice(telling) => telling.along.unused(),
            Self::Forward(forwarded) => forwarded.along.unused(),
            _ => 0,
        };
        HEADER + body as u64 - unused
    }
}

/// A publish at this version, for this layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PublishWait {
    pub(super) load: u64,
    pub(super) version: Version,
    pub(super) cursor: SyncCursor,
}

/// What waits for a view to be right: small, since each view has room for one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Waiter {
    /// A part of a query.
    Scan { query: u64, attempt: u32, version: Version },
    /// A load that is about to write.
    Write { load: u64 },
    /// A publish.
    Publish(Box<PublishWait>),
    /// A job before it picks.
    Pick { job: u64 },
    /// A job before it moves delete bitmaps.
    Move { job: u64 },
    /// The background thread.
    Idle,
}

/// Id of a rowset that a job writes in its transaction.
pub(super) const JOB_TXN: u64 = 1 << 40;

/// A rowset that was written, by its id.
pub(super) fn written(meta: crate::rowset::RowsetMeta, txn: TxnId) -> (RowsetId, CloudRowset) {
    (meta.id, CloudRowset { meta, txn, visible_at: None, schema_version: 0 })
}
