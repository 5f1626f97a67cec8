//! What is fixed at the start of a tablet run, and what may be turned while it plays.

use crate::compaction::{BaseConfig, CloudConfig, Config, MIB, Policy, Ppm, TimeSeriesConfig};
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
    /// `compaction_policy`.
    pub policy: Policy,
    /// Compaction takes versions that are not visible yet, as before apache/doris#28082.
    pub compact_invisible: bool,
    /// `compaction_promotion_size_mbytes`, MiB.
    pub promotion_mib: u32,
    /// `compaction_promotion_ratio`, in thousandths.
    pub promotion_permille: u32,
    /// `compaction_promotion_min_size_mbytes`, MiB.
    pub promotion_min_mib: u32,
    /// `compaction_min_size_mbytes`, MiB.
    pub min_mib: u32,
    /// `time_series_compaction_goal_size_mbytes`, MiB.
    pub goal_mib: u32,
    /// `time_series_compaction_file_count_threshold`.
    pub file_count: u32,
    /// `time_series_compaction_time_threshold_seconds`, s.
    pub time_threshold_s: u32,
    /// `time_series_compaction_empty_rowsets_threshold`.
    pub empty_rowsets: u32,
    /// `time_series_compaction_level_threshold`.
    pub levels: u32,
    /// `empty_rowset_compaction_min_count` (cloud).
    pub cloud_empty_min: u32,
    /// `base_compaction_max_compaction_score`.
    pub base_max_score: u32,
    /// `base_compaction_min_data_ratio`, in thousandths.
    pub base_ratio_permille: u32,
    /// `base_compaction_interval_seconds_since_last_operation`, s.
    pub base_interval_s: u32,
    /// `time_series_max_tablet_version_num`: the limit of loads under the time-series policy.
    pub max_versions_time_series: u32,
}

impl Knobs {
    /// The limit of live rowsets above which loads fail with −235.
    pub const fn version_limit(&self) -> u32 {
        match self.policy {
            Policy::TimeSeries => self.max_versions_time_series,
            _ => self.max_versions,
        }
    }

    /// What the policies need of them.
    pub fn compaction(&self) -> Config {
        let standard = Config::default();
        Config {
            promotion_bytes: u64::from(self.promotion_mib) * MIB,
            promotion_ratio: Ppm(self.promotion_permille.saturating_mul(1_000)),
            promotion_min_bytes: u64::from(self.promotion_min_mib) * MIB,
            min_bytes: u64::from(self.min_mib) * MIB,
            min_score: self.min_score.into(),
            max_score: self.max_score.into(),
            time_series: TimeSeriesConfig {
                goal_mib: self.goal_mib.into(),
                file_count: self.file_count.into(),
                time_s: self.time_threshold_s.into(),
                empty_rowsets: self.empty_rowsets,
                levels: self.levels,
                ..standard.time_series
            },
            cloud: CloudConfig { empty_min_count: self.cloud_empty_min, ..standard.cloud },
            base: BaseConfig {
                min_rowsets: self.base_min_rowsets.into(),
                max_score: self.base_max_score.into(),
                min_data_ratio: Ppm(self.base_ratio_permille.saturating_mul(1_000)),
                interval_s: self.base_interval_s.into(),
                ..standard.base
            },
            ..standard
        }
    }
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
            policy: Policy::SizeBased,
            compact_invisible: false,
            promotion_mib: 1_024,
            promotion_permille: 50,
            promotion_min_mib: 128,
            min_mib: 64,
            goal_mib: 1_024,
            file_count: 2_000,
            time_threshold_s: 3_600,
            empty_rowsets: 5,
            levels: 1,
            cloud_empty_min: 5,
            base_max_score: 20,
            base_ratio_permille: 300,
            base_interval_s: 86_400,
            max_versions_time_series: 20_000,
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
    /// A load becomes visible so many ms after it was written: readers plan at what is visible.
    pub publish_delay_ms: u32,
    /// Loads come so many in a row, [`BURST_GAP_MS`] apart; 0 and 1 are one by one.
    pub burst: u32,
    /// Every n-th load is [`BIG_FACTOR`] times as large; 0 is never.
    pub big_every: u32,
}

/// Time between the loads of a burst, ms.
pub const BURST_GAP_MS: u32 = 100;
/// How much larger a big load is.
pub const BIG_FACTOR: u64 = 32;

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
            publish_delay_ms: 0,
            burst: 0,
            big_every: 0,
        }
    }
}

macro_rules! turned {
    ($name:ident { $($field:ident),* $(,)? }) => {
        impl $name {
            /// These with what differs between `from` and `to` as `to` has it.
            #[must_use]
            pub fn turned(&self, from: &Self, to: &Self) -> Self {
                Self {
                    $($field: if from.$field == to.$field { &self.$field } else { &to.$field }.clone(),)*
                }
            }
        }
    };
}

turned! {
    Knobs {
        delayed_deletion, sweep_after_s, sweep_threshold, sweep_every_s, keying, max_versions,
        min_score, max_score, base_min_rowsets, policy, compact_invisible, promotion_mib,
        promotion_permille, promotion_min_mib, min_mib, goal_mib, file_count, time_threshold_s,
        empty_rowsets, levels, cloud_empty_min, base_max_score, base_ratio_permille,
        base_interval_s, max_versions_time_series,
    }
}

turned! {
    Workload {
        on, load_every_ms, load_bytes, load_segments, delete_every, query_every_ms,
        reader_holds_ms, compact_every_ms, publish_delay_ms, burst, big_every,
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
