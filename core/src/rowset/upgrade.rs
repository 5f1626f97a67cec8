//! What it costs to restart backends with a version that rewrites all rowset metas.
//!
//! ```text
//! one by one   be 0 ────────            all at once   be 0 ────────
//!              be 1         ────────                  be 1 ────────   nothing can be read
//!              be 2                 ────────          be 2 ────────
//! ```
//!
//! A tablet's replicas are on neighbouring backends, so there are as many placements as backends.
//! A tablet can be read while one replica is up, written while most are.

use serde::{Deserialize, Serialize};

/// What a restart takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestartCost {
    /// Without any meta, µs.
    pub base_us: u64,
    /// Reading, converting and writing one meta, µs.
    pub meta_us: u64,
}

impl RestartCost {
    /// How long a backend with so many metas is down, µs.
    pub const fn down_us(self, metas: u64) -> u64 {
        self.base_us.saturating_add(self.meta_us.saturating_mul(metas))
    }
}

/// What the cluster cannot do with some backends down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    /// Placements of which no replica is up.
    pub unreadable: u32,
    /// Placements of which no majority is up.
    pub unwritable: u32,
}

/// Counts placements that cannot be read or written. `up[i]` is backend `i`.
pub fn outage(up: &[bool], replicas: u32) -> Outage {
    let mut out = Outage::default();
    let replicas = (replicas.max(1) as usize).min(up.len());
    for first in 0..up.len() {
        let alive = (0..replicas).filter(|next| up[(first + next) % up.len()]).count();
        out.unreadable += u32::from(alive == 0);
        out.unwritable += u32::from(alive * 2 <= replicas);
    }
    out
}
