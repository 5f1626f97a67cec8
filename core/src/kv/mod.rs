//! What does a store of ordered keys hold, and what did reading and writing it cost?
//!
//! ```text
//! keys      ("stats",7)  ("txn",3)  ("txn",4)  ("txn",900)      order of bytes = order of tuples
//! scan            prefix ("txn",) ─────────────────────▶        page by page, from any key on
//! writer A  begin @5 ── read ("txn",3) ───────── commit @6
//! writer B       begin @5 ── read ("txn",3) ── write ("txn",4) ── commit: refused, ("txn",3) moved at 6
//! ```
//!
//! Meta-service, a backend's local store of rowset metas and the inode store run on [`OrderedKv`],
//! so what they read and write is counted ([`KvUse`]), not estimated. Keys are made by [`TupleKey`],
//! or are any bytes. A [`WriteBatch`] is plain data: the one that [`MemKv`] applies can be sent to a
//! store that answers later (IndexedDB). A [`Transaction`] is plain data too, so that it may stay open
//! over several steps of a simulation.
//!
//! Invariants:
//! - *one snapshot*: all that a transaction reads is the store as it was at `begin`, and its own writes;
//! - *serialisable*: a transaction commits only where nothing that it read has changed since;
//! - *atomic*: a batch is applied whole, or not at all.
//!
//! Source: FoundationDB's transactions (optimistic, reads checked at commit, blind additions that
//! conflict with nobody). Differs: a transaction does not expire after five seconds, and has no limit
//! of 10 MB; whoever opens one has to end it, or old values are kept for it ([`MemKv::open_count`]).

mod batch;
mod cost;
mod mem;
mod range;
mod scan;
mod sorted_bytes;
mod transaction;
mod tuple;

#[cfg(test)]
mod tests;

pub use batch::{Write, WriteBatch};
pub use cost::KvUse;
pub use mem::{CommitVersion, MemKv};
pub use range::KeyRange;
pub use scan::{Page, PageLimit, Scan};
pub use transaction::{Conflict, Transaction};
pub use tuple::{DecodeError, Element, TupleKey, TupleReader};

use alloc::vec::Vec;
use core::ops::ControlFlow;

/// Whether a visitor wants the next key.
pub type Flow = ControlFlow<()>;

/// In which direction keys are visited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Order {
    /// Smallest key first.
    #[default]
    Ascending,
    /// Largest key first.
    Descending,
}

/// A store of ordered keys: what is there now, and batches of changes to it.
pub trait OrderedKv {
    /// The value of a key. Counts one key.
    fn get(&self, key: &[u8]) -> Option<Vec<u8>>;

    /// Shows keys and values of a range one by one, until the visitor breaks off. Nothing is copied
    /// or collected; each key shown is counted.
    fn visit(&self, range: &KeyRange, order: Order, visitor: &mut dyn FnMut(&[u8], &[u8]) -> Flow);

    /// Applies a batch, whole.
    fn apply(&mut self, batch: &WriteBatch);

    /// What all calls so far read and wrote.
    fn used(&self) -> KvUse;
}
