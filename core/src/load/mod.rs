//! How the rows of a load become rowsets: by way of memory, in one thread or in several.
//!
//! ```text
//! sink ─▶ tablets channel ─▶ delta writer, one per tablet ─▶ MemTable ─full─▶ flush ─▶ segment
//!         (one per load)          [ t0: 61 MB ]                         │
//!                                 [ t1: 64 MB ] ────────────────────────┤
//! alternating: the thread that inserts also writes the MemTable out     │
//! overlapped:  ┌ queue of directory 0 ◀─────────────────────────────────┘
//!              │   [ t5 | t3 | t1 ] ─▶ threads 0, 1 ─▶ disk 0
//!              └ queue of directory 1 …
//! ```
//!
//! Nothing here knows a clock: who runs the threads says when a flush began and how it ended.
//! Invariants: the memory that is accounted is the sum of all MemTables; a row is in exactly one
//! of MemTable, queue, running flush, segment; what a thread takes was submitted before all that
//! stay in its queue; rows are visible when their whole load is, or never.
//!
//! Source: Apache Doris #1798 (`MemTableFlushExecutor`, 2019), `memtable_memory_limiter`. Differs:
//! rows are counted and not held; a commit publishes at once.

mod channel;
mod flush;
mod memory;
mod memtable;

pub use channel::{DeltaWriter, TabletsChannel};
pub use flush::{FlushError, FlushExecutor, FlushTask, Order, Refused, Store, Submitted, Taken, Token};
pub use memory::{MemTracker, Place};
pub use memtable::{LoadId, MemTable, MemTableId, WriteBuffer};
