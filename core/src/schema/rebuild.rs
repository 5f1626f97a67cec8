//! A new pair of maps beside the old one, and when the old one may go.
//!
//! ```text
//! refreshed   W ──── DDL ──── DDL ──▶ R
//! begin @W    build from the objects live at W ······ replay (W, R] ··· swap
//! reader      entered the old maps ─────────────────────────── descheduled ─── looks up ─── leaves
//! epochs      the old maps go when the last reader that entered them has left       here: ^
//! fixed wait  they go after a while, whoever is in them          ^ and then the reader reads freed memory
//! ```

use super::SchemaVersion;
use super::node::Maps;
use crate::base::SimTime;
use serde::{Deserialize, Serialize};

/// When maps that were swapped out are freed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FreeRule {
    /// When no reader is left that may have seen them.
    Epochs,
    /// So long after the swap: the original design's "one look-up period".
    FixedWait(SimTime),
}

/// A reader inside a generation of maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReaderTicket(pub u64);

/// A rebuild under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Rebuild {
    pub(super) base: SchemaVersion,
    pub(super) maps: Maps,
}

/// Maps that were swapped out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Retired {
    /// Their number.
    pub generation: u64,
    /// When they were swapped out.
    pub swapped_at: SimTime,
    /// Their bytes.
    pub bytes: u64,
    /// When they were freed.
    pub freed_at: Option<SimTime>,
    /// The maps, until they are freed.
    pub(super) maps: Option<Maps>,
}
