//! Leases on versions of one object: at most two neighbouring versions are in use.
//!
//! ```text
//! version 7 current   a holds 7 until 300
//! publish             8 is current, 7 still in use: no 9 before 300, unless a gives 7 back
//! ```
//!
//! Source: `CockroachDB`'s RFC on schema leases.

use crate::schema::{SchemaError, SchemaVersion};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A lease that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// On this version.
    pub version: SchemaVersion,
    /// At this instant it is gone.
    pub expires: i64,
}

/// What publishing came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Published {
    /// This version is current now.
    Version(SchemaVersion),
    /// These nodes still use an older one, by name.
    BlockedBy(Vec<String>),
}

/// All leases on one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leases {
    current: SchemaVersion,
    held: BTreeMap<(SchemaVersion, String), i64>,
}

impl Leases {
    /// Nobody holds anything.
    pub const fn new(current: SchemaVersion) -> Self {
        Self { current, held: BTreeMap::new() }
    }

    /// A lease on the current version; renews one that the node has.
    pub fn acquire(&mut self, node: &str, now: i64, duration: i64) -> Lease {
        let expires = now.saturating_add(duration);
        self.held.insert((self.current, node.into()), expires);
        Lease { version: self.current, expires }
    }

    /// Gives a lease back.
    ///
    /// # Errors
    /// The node does not have it.
    pub fn release(&mut self, node: &str, version: SchemaVersion) -> Result<(), SchemaError> {
        let held = self.held.remove(&(version, node.into()));
        held.map(drop).ok_or(SchemaError::NotHeld { version })
    }

    /// Makes the next version current, if nobody uses one below the current any more.
    pub fn publish(&mut self, now: i64) -> Published {
        let older =
            self.held.iter().filter(|((version, _), expires)| *version < self.current && **expires > now);
        let nodes: BTreeSet<&String> = older.map(|((_, node), _)| node).collect();
        if nodes.is_empty() {
            self.current = self.current.next();
            Published::Version(self.current)
        } else {
            Published::BlockedBy(nodes.into_iter().cloned().collect())
        }
    }

    /// Versions that a lease stands on.
    pub fn in_use(&self, now: i64) -> Vec<SchemaVersion> {
        let held = self.held.iter().filter(|(_, expires)| **expires > now);
        let versions: BTreeSet<SchemaVersion> = held.map(|((version, _), _)| *version).collect();
        versions.into_iter().collect()
    }
}
