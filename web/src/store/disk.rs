//! What a store stands on: reads, and commits that happen whole or not at all.

use super::{Condition, StoreError, TrashPiece};
use crate::protocol::RunId;
use tabletop_core::base::Digest;

/// One change of a [`Commit`], inside its run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// The run's record; the old one is replaced.
    Record(Vec<u8>),
    /// A segment of a branch; one of the same number is replaced.
    Segment {
        /// The branch.
        branch: u32,
        /// Its number.
        segment: u32,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// A segment goes.
    DropSegment {
        /// The branch.
        branch: u32,
        /// Its number.
        segment: u32,
    },
    /// The packed configuration.
    Config(Vec<u8>),
    /// The imported text.
    Original(Vec<u8>),
    /// A piece is kept.
    Trash(TrashPiece),
}

/// Changes to one run that happen whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The run.
    pub run: RunId,
    /// Digest of the record that the changes build on; `None`: the run must not be there.
    pub expected: Option<Digest>,
    /// The changes, in order.
    pub writes: Vec<Write>,
    /// Whether to wait for the bytes to reach the medium.
    pub strict: bool,
}

/// A run's bytes as they are found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawRun {
    /// Its record.
    pub record: Vec<u8>,
    /// Branch, number and bytes of each segment, in this order.
    pub segments: Vec<(u32, u32, Vec<u8>)>,
    /// The packed configuration.
    pub config: Option<Vec<u8>>,
    /// The imported text.
    pub original: Option<Vec<u8>>,
}

/// What a store stands on. Each call is one transaction.
#[expect(async_fn_in_trait, reason = "a worker has one thread; futures here are never Send")]
pub trait Disk {
    /// Whether this handle can keep anything.
    fn condition(&self) -> Condition;

    /// The records of all runs.
    async fn records(&mut self) -> Result<Vec<(RunId, Vec<u8>)>, StoreError>;

    /// Everything of one run but its trash.
    async fn read(&mut self, run: RunId) -> Result<Option<RawRun>, StoreError>;

    /// What was cut off from a run, oldest first.
    async fn pieces(&mut self, run: RunId) -> Result<Vec<TrashPiece>, StoreError>;

    /// Makes all changes, or none: [`StoreError::Fenced`] when another handle took over,
    /// [`StoreError::Stale`] when the record is not the expected one.
    async fn commit(&mut self, commit: Commit) -> Result<(), StoreError>;

    /// The run opened last.
    async fn last_opened(&mut self) -> Result<Option<RunId>, StoreError>;

    /// Remembers it.
    async fn set_last_opened(&mut self, run: RunId) -> Result<(), StoreError>;

    /// Becomes the writer; every other handle is fenced.
    async fn take_over(&mut self) -> Result<(), StoreError>;
}
