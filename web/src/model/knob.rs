//! What can be turned: stops of each slider, its default, its name in the configuration.

use crate::text::Text;
use crate::text::policy::name as policy_name;
use tabletop_core::compaction::Policy;
use tabletop_core::lab::tablet::{DelayedDeletion, Knobs, Workload};

/// Names a slider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnobId {
    /// Bytes of a load.
    LoadSize,
    /// Segments of a load.
    Segments,
    /// Cadence of loads.
    LoadEvery,
    /// Cadence of delete predicates.
    DeleteEvery,
    /// Cadence of readers.
    QueryEvery,
    /// How long readers hold.
    Holds,
    /// Cadence of the scheduler.
    CompactEvery,
    /// Sweep time.
    SweepAfter,
    /// Sweep cadence.
    SweepEvery,
    /// Sweep by size.
    Threshold,
    /// −235.
    MaxVersions,
    /// Smallest score.
    MinScore,
    /// Largest score.
    MaxScore,
    /// Base compaction.
    BaseMin,
    /// How long a load is invisible.
    Publish,
    /// Loads in a row.
    Burst,
    /// Cadence of big loads.
    BigEvery,
    /// `compaction_promotion_size_mbytes`
    Promotion,
    /// `compaction_promotion_ratio`
    PromotionRatio,
    /// `compaction_promotion_min_size_mbytes`
    PromotionMin,
    /// `compaction_min_size_mbytes`
    MinSize,
    /// `time_series_compaction_goal_size_mbytes`
    Goal,
    /// `time_series_compaction_file_count_threshold`
    FileCount,
    /// `time_series_compaction_time_threshold_seconds`
    TimeThreshold,
    /// `time_series_compaction_empty_rowsets_threshold`
    EmptyRowsets,
    /// `time_series_compaction_level_threshold`
    Levels,
    /// `time_series_max_tablet_version_num`
    MaxVersionsTimeSeries,
    /// `empty_rowset_compaction_min_count`
    CloudEmpty,
    /// `base_compaction_max_compaction_score`
    BaseScore,
    /// `base_compaction_min_data_ratio`
    BaseRatio,
    /// `base_compaction_interval_seconds_since_last_operation`
    BaseInterval,
}

impl KnobId {
    /// Whether it does anything under a policy.
    pub const fn serves(self, policy: Policy) -> bool {
        let times = matches!(policy, Policy::TimeSeries);
        let numbers = matches!(policy, Policy::NumBased);
        match self {
            Self::Promotion | Self::PromotionRatio | Self::PromotionMin | Self::MinSize => !times && !numbers,
            Self::Goal
            | Self::FileCount
            | Self::TimeThreshold
            | Self::EmptyRowsets
            | Self::Levels
            | Self::MaxVersionsTimeSeries => times,
            Self::CloudEmpty => policy.is_cloud(),
            Self::MinScore | Self::MaxScore | Self::MaxVersions => !times,
            _ => true,
        }
    }
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// As it is.
    Plain,
    /// Milliseconds, as seconds; 0 is never.
    Millis,
    /// Seconds.
    Secs,
    /// Bytes, as megabytes.
    Megabytes,
    /// Mebibytes, as megabytes.
    Mib,
    /// So many loads; 0 is never.
    Loads,
}

/// A slider.
#[derive(Debug)]
pub struct Knob {
    /// Its id.
    pub id: KnobId,
    /// Name in the backend's configuration, or in the workload.
    pub config: &'static str,
    /// Its `data-test`.
    pub test: &'static str,
    /// How it is written.
    pub shown: Shown,
    /// Values it stops at.
    pub stops: &'static [u64],
    /// Its label.
    pub label: fn(&'static Text) -> &'static str,
    /// Reads it.
    pub get: fn(&Knobs, &Workload) -> u64,
    /// Turns it.
    pub set: fn(&mut Knobs, &mut Workload, u64),
}

impl Knob {
    /// Its default.
    pub fn default(&self) -> u64 {
        (self.get)(&Knobs::default(), &Workload::default())
    }

    /// The stop nearest to a value.
    pub fn stop(&self, value: u64) -> usize {
        (0..self.stops.len()).min_by_key(|at| self.stops[*at].abs_diff(value)).unwrap_or(0)
    }

    /// A value as it stands in the field, without its unit.
    pub fn field(&self, value: u64) -> String {
        match self.shown {
            Shown::Millis => crate::text::millis(value),
            Shown::Megabytes => crate::text::millis(value.saturating_mul(1_000) >> 20),
            _ => value.to_string(),
        }
    }

    /// A value from what was typed: digits with at most three behind a point.
    pub fn parse(&self, typed: &str) -> Option<u64> {
        let (whole, fraction) = typed.trim().split_once('.').unwrap_or((typed.trim(), ""));
        let fraction: String = fraction.chars().chain("000".chars()).take(3).collect();
        let thousandths =
            whole.parse::<u64>().ok()?.checked_mul(1_000)?.checked_add(fraction.parse().ok()?)?;
        Some(match self.shown {
            Shown::Millis => thousandths,
            Shown::Megabytes => thousandths.checked_mul(1 << 20)? / 1_000,
            _ => thousandths / 1_000,
        })
    }

    /// The slider of an id.
    pub fn of(id: KnobId) -> Option<&'static Self> {
        WORKLOAD.iter().chain(&SETTINGS).find(|knob| knob.id == id)
    }
}

/// A setting that is one of a few, by which two runs can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// `compaction_policy`.
    Policy,
    /// When merged rowsets go.
    Deletion,
    /// Whether invisible versions are merged.
    Invisible,
}

impl Choice {
    /// All, the one that is compared most often first.
    pub const ALL: [Self; 3] = [Self::Policy, Self::Deletion, Self::Invisible];

    /// Its `data-test`.
    pub const fn test(self) -> &'static str {
        match self {
            Self::Policy => "knob-policy",
            Self::Deletion => "knob-deletion",
            Self::Invisible => "knob-invisible",
        }
    }

    /// The one of a `data-test`.
    pub fn of(test: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.test() == test)
    }

    /// Its label.
    pub const fn label(self, t: &'static Text) -> &'static str {
        match self {
            Self::Policy => t.k_policy,
            Self::Deletion => t.k_deletion,
            Self::Invisible => t.k_invisible,
        }
    }

    /// What can be chosen: key and name.
    pub fn options(self, t: &'static Text) -> Vec<(&'static str, &'static str)> {
        match self {
            Self::Policy => Policy::ALL.map(|policy| (policy.key(), policy_name(t, policy))).to_vec(),
            Self::Deletion => {
                [("off", t.deletion_off), ("time", t.deletion_time), ("size", t.deletion_size)].to_vec()
            }
            Self::Invisible => [("no", t.invisible_off), ("yes", t.invisible_on)].to_vec(),
        }
    }

    /// Key of what is chosen.
    pub const fn now(self, knobs: &Knobs) -> &'static str {
        match self {
            Self::Policy => knobs.policy.key(),
            Self::Deletion => match knobs.delayed_deletion {
                DelayedDeletion::Off => "off",
                DelayedDeletion::AfterTime => "time",
                DelayedDeletion::BySize => "size",
            },
            Self::Invisible => {
                if knobs.compact_invisible {
                    "yes"
                } else {
                    "no"
                }
            }
        }
    }

    /// Chooses; answers the name of what was chosen, nothing for an unknown key.
    pub fn set(self, t: &'static Text, knobs: &mut Knobs, key: &str) -> Option<&'static str> {
        let name = self.options(t).into_iter().find(|option| option.0 == key)?.1;
        match self {
            Self::Policy => knobs.policy = Policy::ALL.into_iter().find(|policy| policy.key() == key)?,
            Self::Deletion => {
                knobs.delayed_deletion = match key {
                    "off" => DelayedDeletion::Off,
                    "size" => DelayedDeletion::BySize,
                    _ => DelayedDeletion::AfterTime,
                }
            }
            Self::Invisible => knobs.compact_invisible = key == "yes",
        }
        Some(name)
    }
}

macro_rules! knobs {
    ($($id:ident $test:literal $label:ident $shown:ident $config:literal $part:ident.$field:ident $type:ty, $stops:expr;)*) => {
        [$(Knob {
            id: KnobId::$id,
            config: $config,
            test: $test,
            shown: Shown::$shown,
            stops: &$stops,
            label: |t| t.$label,
            get: |knobs, workload| { let _ = (knobs, workload); u64::from(knobs!(@read knobs workload $part).$field) },
            set: |knobs, workload, value| {
                let _ = (&knobs, &workload);
                knobs!(@read knobs workload $part).$field = <$type>::try_from(value).unwrap_or(<$type>::MAX);
            },
        },)*]
    };
    (@read $k:ident $w:ident knobs) => { $k };
    (@read $k:ident $w:ident workload) => { $w };
}

const MB: u64 = 1 << 20;
const CADENCE: [u64; 14] =
    [0, 100, 200, 500, 1_000, 2_000, 3_000, 5_000, 8_000, 10_000, 20_000, 30_000, 60_000, 120_000];

/// Sliders of the workload.
pub static WORKLOAD: [Knob; 10] = knobs! {
    LoadSize "knob-load-size" k_load_size Megabytes "load_bytes" workload.load_bytes u64, [MB, 2 * MB, 5 * MB, 10 * MB, 21 * MB, 50 * MB, 100 * MB, 200 * MB, 500 * MB];
    Segments "knob-segments" k_segments Plain "load_segments" workload.load_segments u32, [1, 2, 3, 4, 6, 8, 12, 16];
    LoadEvery "knob-load-every" k_load_every Millis "load_every_ms" workload.load_every_ms u32, CADENCE;
    DeleteEvery "knob-delete-every" k_delete_every Loads "delete_every" workload.delete_every u32, [0, 2, 4, 8, 16, 32, 64];
    QueryEvery "knob-query-every" k_query_every Millis "query_every_ms" workload.query_every_ms u32, CADENCE;
    Holds "knob-holds" k_holds Millis "reader_holds_ms" workload.reader_holds_ms u32, [0, 100, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000];
    CompactEvery "knob-compact-every" k_compact_every Millis "compact_every_ms" workload.compact_every_ms u32, CADENCE;
    Publish "knob-publish" k_publish Millis "publish_delay_ms" workload.publish_delay_ms u32, [0, 500, 1_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000];
    Burst "knob-burst" k_burst Plain "burst" workload.burst u32, [0, 2, 5, 10, 20, 50, 100, 200];
    BigEvery "knob-big-every" k_big_every Loads "big_every" workload.big_every u32, [0, 2, 5, 10, 20, 40, 100];
};

/// Sliders of the backend.
pub static SETTINGS: [Knob; 21] = knobs! {
    SweepAfter "knob-sweep-after" k_sweep_after Secs "tablet_rowset_stale_sweep_time_sec" knobs.sweep_after_s u32, [0, 10, 30, 60, 120, 180, 300, 450, 600, 900, 1_200, 1_800, 3_600];
    SweepEvery "knob-sweep-every" k_sweep_every Secs "min_garbage_sweep_interval" knobs.sweep_every_s u32, [1, 5, 10, 30, 60, 120, 180, 300, 600];
    Threshold "knob-threshold" k_threshold Plain "tablet_rowset_stale_sweep_threshold_size" knobs.sweep_threshold u32, [1, 5, 10, 20, 50, 100, 200, 500];
    MaxVersions "knob-max-versions" k_max_versions Plain "max_tablet_version_num" knobs.max_versions u32, [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000];
    MinScore "knob-min-score" k_min_score Plain "cumulative_compaction_min_deltas" knobs.min_score u32, [1, 2, 3, 5, 8, 10, 20, 50];
    MaxScore "knob-max-score" k_max_score Plain "cumulative_compaction_max_deltas" knobs.max_score u32, [5, 10, 20, 50, 100, 200, 500, 1_000];
    BaseMin "knob-base-min" k_base_min Plain "base_compaction_min_rowset_num" knobs.base_min_rowsets u32, [1, 2, 3, 5, 8, 10, 20];
    Promotion "knob-promotion" k_promotion Mib "compaction_promotion_size_mbytes" knobs.promotion_mib u32, [64, 128, 256, 512, 1_024, 2_048, 4_096];
    PromotionRatio "knob-promotion-ratio" k_promotion_ratio Plain "compaction_promotion_ratio" knobs.promotion_permille u32, [10, 20, 50, 100, 200, 300, 500, 1_000];
    PromotionMin "knob-promotion-min" k_promotion_min Mib "compaction_promotion_min_size_mbytes" knobs.promotion_min_mib u32, [1, 8, 16, 32, 64, 128, 256, 512];
    MinSize "knob-min-size" k_min_size Mib "compaction_min_size_mbytes" knobs.min_mib u32, [1, 8, 16, 32, 64, 128, 256];
    Goal "knob-goal" k_goal Mib "time_series_compaction_goal_size_mbytes" knobs.goal_mib u32, [16, 64, 128, 256, 512, 1_024, 2_048, 4_096];
    FileCount "knob-file-count" k_file_count Plain "time_series_compaction_file_count_threshold" knobs.file_count u32, [10, 50, 100, 200, 500, 1_000, 2_000, 5_000];
    TimeThreshold "knob-time" k_time Secs "time_series_compaction_time_threshold_seconds" knobs.time_threshold_s u32, [60, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400];
    EmptyRowsets "knob-empty-rowsets" k_empty_rowsets Plain "time_series_compaction_empty_rowsets_threshold" knobs.empty_rowsets u32, [2, 3, 5, 8, 10, 20];
    Levels "knob-levels" k_levels Plain "time_series_compaction_level_threshold" knobs.levels u32, [1, 2];
    MaxVersionsTimeSeries "knob-max-versions-ts" k_max_versions_ts Plain "time_series_max_tablet_version_num" knobs.max_versions_time_series u32, [10, 50, 200, 1_000, 5_000, 10_000, 20_000];
    CloudEmpty "knob-cloud-empty" k_cloud_empty Plain "empty_rowset_compaction_min_count" knobs.cloud_empty_min u32, [2, 3, 5, 8, 10, 20];
    BaseScore "knob-base-score" k_base_score Plain "base_compaction_max_compaction_score" knobs.base_max_score u32, [5, 10, 20, 50, 100, 200];
    BaseRatio "knob-base-ratio" k_base_ratio Plain "base_compaction_min_data_ratio" knobs.base_ratio_permille u32, [50, 100, 200, 300, 500, 1_000];
    BaseInterval "knob-base-interval" k_base_interval Secs "base_compaction_interval_seconds_since_last_operation" knobs.base_interval_s u32, [60, 600, 3_600, 21_600, 86_400, 604_800];
};
