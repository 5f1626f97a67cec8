//! Words every lab shares: versions, ids, virtual time, the seeded generator, digests.
//!
//! Nothing here knows a mechanism. Everything is integers, so that native and wasm agree
//! to the bit.

mod digest;
mod encoded;
mod id_map;
mod ids;
mod memory;
mod rng;
pub mod sort;
mod sorted_blocks;
mod sorted_map;
mod time;
mod version;

pub use digest::Digest;
pub use encoded::encoded_len;
pub use id_map::IdMap;
pub use ids::{BackendId, JobId, PartitionId, PathId, ReaderId, RowsetId, TableId, TabletId, TxnId};
pub use memory::grow_ahead;
pub use rng::Rng;
pub use sorted_blocks::{Along, Keyed, SortedBlocks};
pub use sorted_map::SortedMap;
pub use time::SimTime;
pub use version::{INFINITE_VERSION, Version, VersionRange};
