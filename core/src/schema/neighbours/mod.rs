//! Parts of other systems, to set the service against.
//!
//! `SieveCache` and `SnapshotList` are `TiDB`'s, `Leases` are `CockroachDB`'s.

mod leases;
mod sieve;
mod snapshots;

pub use leases::{Lease, Leases, Published};
pub use sieve::SieveCache;
pub use snapshots::SnapshotList;
