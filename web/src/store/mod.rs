//! Where runs are kept: memory is the truth while the page is open, the store is the log.
//!
//! ```text
//! RunStore   list, load, append ...        what the engine calls
//!    Store   checks, packs, plans, mends   one implementation, tested on the host
//!     Disk   reads; commits all or nothing: memory, or IndexedDB
//! ```
//!
//! *One call is one transaction.* [`RunStore::append`] answers once the transaction is complete,
//! never earlier; an error means that nothing of the batch was stored, and the same batch may be
//! sent again. What was answered with `Ok` is what the page may show as saved.
//!
//! *One writer.* Of several tabs one may write; a lock elects it and an epoch, checked in the same
//! transaction as the write, fences a writer whose lock was stolen. Besides, a write names the
//! record it builds on: a tab that took over with an old copy of a run is told [`StoreError::Stale`]
//! and reads the run again, so it cannot write over what it never saw.
//!
//! *A tail is rewritten, never shortened.* The last segment of a branch is put again whole with
//! the new entries behind the old ones ([`tabletop_core::record::BranchLog`]), under the same key,
//! in the transaction that counts them in the run's record: either both are there or neither.
//!
//! *Nothing is thrown away.* A tail that cannot be read is moved to the trash together with the
//! old record, in one transaction, before anything is written in its place.

mod disk;
mod error;
#[cfg(target_arch = "wasm32")]
pub(crate) mod indexed_db;
mod ledger;
mod load;
mod memory;
mod open;
mod record;

pub use disk::{Commit, Disk, RawRun, Write};
pub use error::StoreError;
#[cfg(target_arch = "wasm32")]
pub use indexed_db::{IndexedDb, IndexedDbStore};
pub use ledger::Store;
pub use memory::{MemoryDisk, MemoryStore};
pub use open::{AnyDisk, AnyStore, Opened, open};

use crate::protocol::{RunId, RunInfo};
use tabletop_core::record::{BranchEntries, Entry, RunHeader};

/// Whether this handle can keep anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It writes, to a store that outlives the page.
    Persistent,
    /// Another tab writes; this one may take over.
    ReadOnly,
    /// Another tab took over from this one; this one may take over again.
    Fenced,
    /// The browser closed the database (site data went, or a newer Tabletop needs it alone).
    Closed,
    /// It keeps runs until the page closes.
    InMemory {
        /// Why there is nothing better.
        why: String,
    },
}

impl Condition {
    /// Whether writing is worth trying.
    pub fn writes(&self) -> bool {
        matches!(self, Self::Persistent | Self::InMemory { .. })
    }
}

/// New entries of one branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tail {
    /// The branch.
    pub branch: u32,
    /// How many of its entries are stored already; the next one is the first here.
    pub from: u64,
    /// What is to be added.
    pub entries: Vec<Entry>,
}

/// What one save adds to a run. The first save of a run creates it.
#[derive(Clone, Debug)]
pub struct SaveBatch<'a> {
    /// The header as it is now, with each branch's `entries` as they are after this save. Seed,
    /// lab, configuration and original never change; branches are never dropped.
    pub header: &'a RunHeader,
    /// New entries, at most one [`Tail`] per branch.
    pub tails: Vec<Tail>,
    /// The imported text; needed by the first save of an import, ignored afterwards.
    pub original: Option<&'a [u8]>,
}

/// A save that is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Bytes of the run in the store.
    pub bytes: u64,
}

/// What could not be read of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TailCut {
    /// Commands that could be read, on all branches.
    pub kept: u64,
    /// The first branch that was cut.
    pub branch: u32,
    /// Branches that had left behind a cut, and went with it.
    pub dropped: Vec<u32>,
    /// Segments moved to the trash (by a reading tab: passed over).
    pub segments: u32,
    /// What was wrong with the first bad segment.
    pub why: String,
}

/// A run read back. Digests of its entries are for the engine to compare as it replays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRun {
    /// The header, without what was cut.
    pub header: RunHeader,
    /// Entries of each branch of the header, in its order.
    pub branches: Vec<BranchEntries>,
    /// The imported text. Absent although the header names one: it was damaged or is missing.
    pub original: Option<Vec<u8>>,
    /// What was cut off.
    pub cut: Option<TailCut>,
    /// Whether the run is in the trash.
    pub trashed: bool,
    /// Bytes of the run in the store.
    pub bytes: u64,
}

/// A piece of a run that was cut off and kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrashPiece {
    /// The branch; `None` for the run's record as it was before the cut.
    pub branch: Option<u32>,
    /// Which of its segments.
    pub segment: u32,
    /// The run's revision when it was cut.
    pub revision: u64,
    /// The bytes as they were found.
    pub bytes: Vec<u8>,
}

/// Where runs are kept. One call is one transaction; see the [module](self).
#[expect(async_fn_in_trait, reason = "a worker has one thread; futures here are never Send")]
pub trait RunStore {
    /// Whether this handle can keep anything. Changes by itself when another tab takes over.
    fn condition(&self) -> Condition;

    /// All runs, those in the trash too, last saved first. A run whose record cannot be read is
    /// listed with its number for a name.
    async fn list(&mut self) -> Result<Vec<RunInfo>, StoreError>;

    /// An id that no run has had.
    async fn new_run(&mut self) -> Result<RunId, StoreError>;

    /// Reads a run and verifies it. A bad tail is cut off: moved to the trash and reported. When
    /// another tab writes, it is reported only.
    async fn load(&mut self, run: RunId) -> Result<StoredRun, StoreError>;

    /// Adds to a run that was created or loaded through this handle. `strict` waits for the bytes
    /// to reach the medium (an import, a save that was asked for); otherwise a crash of the
    /// machine, not of the browser, may take the last moments.
    async fn append(&mut self, run: RunId, batch: SaveBatch<'_>, strict: bool) -> Result<Saved, StoreError>;

    /// Renames a run. The next [`append`](Self::append)'s header says its name again.
    async fn rename(&mut self, run: RunId, name: &str) -> Result<(), StoreError>;

    /// Puts a run into the trash: a mark on its record, nothing is moved.
    async fn trash(&mut self, run: RunId) -> Result<(), StoreError>;

    /// Takes it out.
    async fn restore(&mut self, run: RunId) -> Result<(), StoreError>;

    /// What was cut off from a run, oldest first.
    async fn trash_pieces(&mut self, run: RunId) -> Result<Vec<TrashPiece>, StoreError>;

    /// The run opened last, if it is there.
    async fn last_opened(&mut self) -> Result<Option<RunId>, StoreError>;

    /// Remembers it.
    async fn set_last_opened(&mut self, run: RunId) -> Result<(), StoreError>;

    /// Becomes the writer although another tab is. What was loaded stays usable where the other
    /// has not changed it.
    async fn take_over(&mut self) -> Result<(), StoreError>;
}
