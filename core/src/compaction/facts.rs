//! What a policy looks at: candidates, the tablet around them, and the configuration.

use crate::base::{RowsetId, SimTime, Version, VersionRange};
use crate::rowset::{Overlap, RowsetMeta};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// One mebibyte.
pub const MIB: u64 = 1 << 20;

/// A rowset as far as a policy cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Its name.
    pub id: RowsetId,
    /// The versions it holds.
    pub range: VersionRange,
    /// Data and index together, in bytes: what every rule but one weighs.
    pub bytes: u64,
    /// Data alone, in bytes: what the ratio of the base pick weighs.
    pub data_bytes: u64,
    /// Segment files.
    pub segments: u32,
    /// Whether they overlap.
    pub overlap: Overlap,
    /// When it was written.
    pub created_at: SimTime,
    /// Compaction level (time-series policy).
    pub level: u8,
    /// Whether it carries a delete predicate.
    pub delete_predicate: bool,
    /// Whether its files are on this backend's disk; cold ones in remote storage are passed over.
    pub local: bool,
}

impl Candidate {
    /// A local rowset. Data and index are not told apart: all counts as data.
    pub const fn of(meta: &RowsetMeta) -> Self {
        Self {
            id: meta.id,
            range: meta.range,
            bytes: meta.bytes,
            data_bytes: meta.bytes,
            segments: meta.segments,
            overlap: meta.overlap,
            created_at: meta.created_at,
            level: meta.level,
            delete_predicate: meta.delete_predicate,
            local: true,
        }
    }

    /// Whether a merge must treat its segments as separate runs; see [`RowsetMeta::is_overlapping`].
    pub const fn is_overlapping(&self) -> bool {
        self.segments > 1 && self.range.is_single() && !matches!(self.overlap, Overlap::NonOverlapping)
    }

    /// Compaction score: segments where they overlap, else 1.
    pub const fn score(&self) -> u64 {
        if self.is_overlapping() { self.segments as u64 } else { 1 }
    }

    /// Whether it has neither files nor a predicate.
    pub const fn is_empty(&self) -> bool {
        self.segments == 0 && !self.delete_predicate
    }
}

/// What the key of a table means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Keys {
    /// Rows with equal keys all stay.
    #[default]
    Duplicate,
    /// The newest row of a key stays.
    Unique,
    /// Rows of a key are added up.
    Aggregate,
}

/// What a policy needs to know of the tablet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TabletFacts {
    /// RUNNING; else NOTREADY, in a schema change.
    pub running: bool,
    /// What its key means.
    pub keys: Keys,
    /// Unique keys with delete bitmaps instead of merging at read time.
    pub merge_on_write: bool,
    /// The cumulative point; −1 before it is calculated.
    pub point: Version,
    /// The promotion size as last stored, bytes; 0 before the first calculation.
    pub promotion_bytes: u64,
    /// Cloud: bytes of the live rowset that starts at 2; 0 for none.
    pub base_bytes: u64,
    /// Where the tablet's newest rowset starts.
    pub newest_start: Version,
    /// The newest version of the partition that readers may ask for.
    pub visible: Version,
}

impl Default for TabletFacts {
    fn default() -> Self {
        Self {
            running: true,
            keys: Keys::Duplicate,
            merge_on_write: false,
            point: -1,
            promotion_bytes: 0,
            base_bytes: 0,
            newest_start: -1,
            visible: Version::MAX,
        }
    }
}

/// A share in parts of a million, so that everything is integers: 0.05 is 50,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ppm(pub u32);

impl Ppm {
    /// The whole of it.
    pub const WHOLE: u128 = 1_000_000;

    /// The share of so many bytes, rounded down.
    pub const fn of(self, bytes: u64) -> u64 {
        let share = bytes as u128 * self.0 as u128 / Self::WHOLE;
        if share > u64::MAX as u128 { u64::MAX } else { share as u64 }
    }

    /// Whether `part` is more than this share of `whole`.
    pub const fn is_below(self, part: u64, whole: u64) -> bool {
        part as u128 * Self::WHOLE > whole as u128 * self.0 as u128
    }

    /// Whether `part` is at least this share of `whole`.
    pub const fn is_reached(self, part: u64, whole: u64) -> bool {
        part as u128 * Self::WHOLE >= whole as u128 * self.0 as u128
    }
}

/// Configuration of all policies, by the reference's names and with its defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// `compaction_promotion_size_mbytes`, here in bytes: 1 GiB.
    pub promotion_bytes: u64,
    /// `compaction_promotion_ratio`: 0.05.
    pub promotion_ratio: Ppm,
    /// `compaction_promotion_min_size_mbytes`, in bytes: 128 MiB.
    pub promotion_min_bytes: u64,
    /// `compaction_promotion_version_count`: 1000 (merge-on-write only).
    pub promotion_versions: u32,
    /// `compaction_min_size_mbytes`, in bytes: 64 MiB.
    pub min_bytes: u64,
    /// `cumulative_compaction_min_deltas`: 5.
    pub min_score: u64,
    /// `cumulative_compaction_max_deltas`: 1000.
    pub max_score: u64,
    /// `enable_delete_when_cumu_compaction`: off.
    pub allow_delete: bool,
    /// Time-series policy.
    pub time_series: TimeSeriesConfig,
    /// Cloud variants.
    pub cloud: CloudConfig,
    /// Base compaction.
    pub base: BaseConfig,
    /// `pick_rowset_to_compact_interval_sec`, s: 86,400.
    pub pick_interval_s: u64,
    /// `compaction_keep_invisible_version_max_count`: 500.
    pub keep_invisible_max: u32,
    /// `compaction_keep_invisible_version_min_count`: 50.
    pub keep_invisible_min: u32,
    /// `compaction_keep_invisible_version_timeout_sec`, s: 1800.
    pub keep_invisible_timeout_s: u64,
}

/// Properties of a table under the time-series policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TimeSeriesConfig {
    /// `time_series_compaction_goal_size_mbytes`, MiB: 1024.
    pub goal_mib: u64,
    /// `time_series_compaction_file_count_threshold`: 2000.
    pub file_count: u64,
    /// `time_series_compaction_time_threshold_seconds`, s: 3600.
    pub time_s: u64,
    /// `time_series_compaction_empty_rowsets_threshold`: 5.
    pub empty_rowsets: u32,
    /// `time_series_compaction_level_threshold`: 1.
    pub levels: u32,
    /// `compaction_max_rowset_count`: 10,000.
    pub max_rowsets: u64,
}

/// What only the cloud variants have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CloudConfig {
    /// `enable_empty_rowset_compaction`: on.
    pub empty_rowsets: bool,
    /// `empty_rowset_compaction_min_count`: 5.
    pub empty_min_count: u32,
    /// `empty_rowset_compaction_min_ratio`: 0.3.
    pub empty_min_ratio: Ppm,
    /// `prioritize_query_perf_in_compaction`: off.
    pub prioritize_query: bool,
}

/// Base compaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BaseConfig {
    /// `base_compaction_min_rowset_num`: 5; more than so many.
    pub min_rowsets: u64,
    /// `base_compaction_max_compaction_score`: 20; the one that exceeds is included.
    pub max_score: u64,
    /// The same for merge-on-write: 200.
    pub max_score_merge_on_write: u64,
    /// `base_compaction_min_data_ratio`: 0.3.
    pub min_data_ratio: Ppm,
    /// `base_compaction_interval_seconds_since_last_operation`, s: 86,400.
    pub interval_s: u64,
    /// `base_compaction_dup_key_max_file_size_mbytes`, in bytes: 1 GiB.
    pub duplicate_max_bytes: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            promotion_bytes: 1024 * MIB,
            promotion_ratio: Ppm(50_000),
            promotion_min_bytes: 128 * MIB,
            promotion_versions: 1_000,
            min_bytes: 64 * MIB,
            min_score: 5,
            max_score: 1_000,
            allow_delete: false,
            time_series: TimeSeriesConfig::default(),
            cloud: CloudConfig::default(),
            base: BaseConfig::default(),
            pick_interval_s: 86_400,
            keep_invisible_max: 500,
            keep_invisible_min: 50,
            keep_invisible_timeout_s: 1_800,
        }
    }
}

impl Default for TimeSeriesConfig {
    fn default() -> Self {
        Self {
            goal_mib: 1_024,
            file_count: 2_000,
            time_s: 3_600,
            empty_rowsets: 5,
            levels: 1,
            max_rowsets: 10_000,
        }
    }
}

impl Default for CloudConfig {
    fn default() -> Self {
        Self {
            empty_rowsets: true,
            empty_min_count: 5,
            empty_min_ratio: Ppm(300_000),
            prioritize_query: false,
        }
    }
}

impl Default for BaseConfig {
    fn default() -> Self {
        Self {
            min_rowsets: 5,
            max_score: 20,
            max_score_merge_on_write: 200,
            min_data_ratio: Ppm(300_000),
            interval_s: 86_400,
            duplicate_max_bytes: 1024 * MIB,
        }
    }
}

/// Sums without wrapping: sizes that an import claims may be anything.
pub(super) fn total_bytes<'a>(rowsets: impl IntoIterator<Item = &'a Candidate>) -> u64 {
    rowsets.into_iter().fold(0, |sum: u64, rowset| sum.saturating_add(rowset.bytes))
}

pub(super) fn total_score<'a>(rowsets: impl IntoIterator<Item = &'a Candidate>) -> u64 {
    rowsets.into_iter().map(Candidate::score).sum()
}

/// Copies by version, as the reference orders metas: by start, the shorter first.
pub(super) fn by_version(rowsets: &[Candidate]) -> Vec<&Candidate> {
    let mut sorted: Vec<&Candidate> = rowsets.iter().collect();
    if !rowsets.is_sorted_by_key(|rowset| rowset.range) {
        crate::base::sort::sort_by_key(&mut sorted, |rowset| rowset.range);
    }
    sorted
}
