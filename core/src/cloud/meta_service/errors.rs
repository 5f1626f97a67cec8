//! Why the meta-service refused.

use crate::base::{JobId, RowsetId, SimTime, TabletId, TxnId, Version};
use crate::cloud::{Job, LockOwner, SyncCursor, TxnState};
use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Serialize};

/// A refusal; nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MsError {
    /// No tablet has this id.
    UnknownTablet(TabletId),
    /// A tablet has this id already.
    TabletExists(TabletId),
    /// The request lacks something that it has to say.
    Missing(Cow<'static, str>),
    /// The backend claims to be further than the meta-service: field, its value, the stored one.
    Ahead(Cow<'static, str>, i64, i64),
    /// No transaction has this id.
    UnknownTxn(TxnId),
    /// The transaction is not open any more.
    TxnOver(TxnId, TxnState),
    /// The label is taken, by this transaction.
    LabelUsed(TxnId),
    /// The transaction has a rowset in this tablet already.
    AlreadyWritten(TabletId, RowsetId),
    /// The transaction has no rowset in this tablet.
    NothingWritten(TabletId, TxnId),
    /// The backend picked its input from an old layout: its cursor, the stored one.
    StaleTabletCache(SyncCursor, SyncCursor),
    /// Jobs in the way.
    JobBusy(Vec<Job>),
    /// A schema change copies up to this version, and the job's input is on the wrong side of it.
    JobCheckAlterVersion(Version),
    /// The job is not recorded: it ended, was evicted, or never began.
    UnknownJob(JobId),
    /// The job took too long.
    JobExpired(JobId, SimTime),
    /// Somebody else may write delete bitmaps, until then.
    LockHeld(LockOwner, SimTime),
    /// The lock is not, or no longer, held by who says so.
    LockLost(LockOwner),
    /// Delete bitmaps were asked for a layout that is gone: the cursor asked with, the stored one.
    RowsetsExpired(SyncCursor, SyncCursor),
    /// A lease that is already longer than the one asked for.
    LeasedLonger(JobId, SimTime),
}

impl MsError {
    /// The name that logs have for it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::UnknownTablet(_) => "TABLET_NOT_FOUND",
            Self::Missing(_) | Self::Ahead(..) | Self::LeasedLonger(..) => "INVALID_ARGUMENT",
            Self::UnknownTxn(_) => "TXN_ID_NOT_FOUND",
            Self::TxnOver(_, TxnState::Aborted) => "TXN_ALREADY_ABORTED",
            Self::TxnOver(..) => "TXN_ALREADY_VISIBLE",
            Self::LabelUsed(_) => "TXN_LABEL_ALREADY_USED",
            Self::AlreadyWritten(..) | Self::TabletExists(_) => "ALREADY_EXISTED",
            Self::NothingWritten(..) => "ROWSET_META_NOT_FOUND",
            Self::StaleTabletCache(..) => "STALE_TABLET_CACHE",
            Self::JobBusy(_) => "JOB_TABLET_BUSY",
            Self::JobCheckAlterVersion(_) => "JOB_CHECK_ALTER_VERSION",
            Self::UnknownJob(_) => "INVALID_JOB",
            Self::JobExpired(..) => "JOB_EXPIRED",
            Self::LockHeld(..) => "LOCK_CONFLICT",
            Self::LockLost(_) => "LOCK_EXPIRED",
            Self::RowsetsExpired(..) => "ROWSETS_EXPIRED",
        }
    }
}

impl fmt::Display for MsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.name())?;
        match self {
            Self::UnknownTablet(tablet) => write!(f, "there is no tablet {tablet}"),
            Self::TabletExists(tablet) => write!(f, "there is a tablet {tablet}"),
            Self::Missing(what) => write!(f, "the request does not say its {what}"),
            Self::Ahead(what, asked, known) => {
                write!(f, "the request's {what} is {asked}, the stored one only {known}")
            }
            Self::UnknownTxn(txn) => write!(f, "there is no transaction {txn}"),
            Self::TxnOver(txn, state) => write!(f, "transaction {txn} is {state:?}"),
            Self::LabelUsed(txn) => write!(f, "transaction {txn} has this label"),
            Self::AlreadyWritten(tablet, rowset) => write!(f, "{rowset} is written in {tablet}"),
            Self::NothingWritten(tablet, txn) => write!(f, "{txn} wrote no rowset in {tablet}"),
            Self::StaleTabletCache(be, ms) => write!(f, "picked at {be}, now {ms}: sync and pick again"),
            Self::JobBusy(jobs) => {
                f.write_str("under way:")?;
                jobs.iter().try_for_each(|job| write!(f, " {:?} {} by {}", job.kind, job.input, job.backend))
            }
            Self::JobCheckAlterVersion(version) => {
                write!(
                    f,
                    "a schema change copies up to {version}; base compactions end there, cumulative ones start behind"
                )
            }
            Self::UnknownJob(job) => write!(f, "job {job} is not recorded"),
            Self::JobExpired(job, at) => write!(f, "job {job} had time until {at}"),
            Self::LeasedLonger(job, until) => write!(f, "job {job} has its lease until {until}"),
            Self::LockHeld(owner, until) => write!(f, "{owner:?} holds the delete bitmaps until {until}"),
            Self::LockLost(owner) => {
                write!(f, "{owner:?} does not hold the delete bitmaps; take the lock again")
            }
            Self::RowsetsExpired(be, ms) => write!(f, "asked at {be}, now {ms}: sync rowsets first"),
        }
    }
}

impl core::error::Error for MsError {}
