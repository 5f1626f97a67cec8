//! What is fixed at the start of a tablet run, and what may be turned while it plays.

use crate::import::Imported;
use crate::tablet::Keying;
use alloc::boxed::Box;
use serde::{Deserialize, Serialize};

/// Where the tablet comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Origin {
    /// The empty rowset `[0-1]`, point not calculated.
    Fresh,
    /// What a real backend printed.
    Imported(Box<Imported>),
}

/// When merged rowsets go (apache/doris#4017).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DelayedDeletion {
    /// The design before July 2020: at once. A reader at a merged version gets −230.
    Off,
    /// After the sweep time: `tablet_rowset_stale_sweep_time_sec`.
    AfterTime,
    /// Whatever its age, as soon as there are enough stale rowsets:
    /// `tablet_rowset_stale_sweep_by_size`.
    BySize,
}

/// Settings of the backend. Defaults are the reference's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Knobs {
    /// When merged rowsets go.
    pub delayed_deletion: DelayedDeletion,
    /// `tablet_rowset_stale_sweep_time_sec`, s.
    pub sweep_after_s: u32,
    /// `tablet_rowset_stale_sweep_threshold_size`, stale rowsets.
    pub sweep_threshold: u32,
    /// Garbage sweep cadence, s (`min_garbage_sweep_interval`).
    pub sweep_every_s: u32,
    /// How stale rowsets are found again: by id, or by version as before 2021.
    pub keying: Keying,
    /// `max_tablet_version_num`: loads fail with −235 above it.
    pub max_versions: u32,
    /// `cumulative_compaction_min_deltas`.
    pub min_score: u32,
    /// `cumulative_compaction_max_deltas`.
    pub max_score: u32,
    /// `base_compaction_min_rowset_num`.
    pub base_min_rowsets: u32,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            delayed_deletion: DelayedDeletion::AfterTime,
            sweep_after_s: 600,
            sweep_threshold: 100,
            sweep_every_s: 180,
            keying: Keying::ById,
            max_versions: 2_000,
            min_score: 5,
            max_score: 1_000,
            base_min_rowsets: 5,
        }
    }
}

/// What happens by itself. A cadence of 0 means never.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workload {
    /// Master switch.
    pub on: bool,
    /// A load every so many ms.
    pub load_every_ms: u32,
    /// Bytes of a load; each varies by ±30 %.
    pub load_bytes: u64,
    /// Segments of a load; more than one overlap.
    pub load_segments: u32,
    /// Every n-th load is a delete predicate.
    pub delete_every: u32,
    /// A reader every so many ms, planned at the newest version.
    pub query_every_ms: u32,
    /// How long a reader holds its version before it captures, ms; each varies by ±50 %.
    pub reader_holds_ms: u32,
    /// The compaction scheduler looks every so many ms.
    pub compact_every_ms: u32,
}

impl Default for Workload {
    fn default() -> Self {
        Self {
            on: true,
            load_every_ms: 8_000,
            load_bytes: 21 << 20,
            load_segments: 1,
            delete_every: 0,
            query_every_ms: 5_000,
            reader_holds_ms: 4_000,
            compact_every_ms: 20_000,
        }
    }
}

/// A run's fixed part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TabletConfig {
    /// Where the tablet comes from.
    pub origin: Origin,
    /// Settings at the start.
    pub knobs: Knobs,
    /// Workload at the start.
    pub workload: Workload,
}
