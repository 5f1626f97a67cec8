//! What the compaction families share: one question per line, rowsets as arrays of nine.

use super::case::{CaseError, Outcome, Verdict, parse};
use super::json::{Span, range, span};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tabletop_core::base::{RowsetId, SimTime};
use tabletop_core::compaction::{Candidate, Config, Keys, Pick, Policy, Ppm, TabletFacts};
use tabletop_core::rowset::Overlap;

/// A case that is one question with its answer.
pub(super) trait Case: DeserializeOwned {
    fn id(&self) -> &str;
    /// Compares; an error where the question itself is not understood.
    fn run(&self) -> Result<Outcome, String>;
}

/// Runs one line of a family.
pub(super) fn run<C: Case>(line: &str) -> Result<Verdict, CaseError> {
    let case: C = parse(line)?;
    let id = case.id().to_string();
    match case.run() {
        Ok(None) => Ok(Verdict::Same),
        Ok(Some((expected, got))) => Ok(Verdict::Differs(format!("{id}: expected {expected}, got {got}"))),
        Err(what) => Err(CaseError { case: Some(id), op: None, what }),
    }
}

/// `[start, end, total_size, data_size, segments, overlap, creation_time_s, level, has_delete]`.
#[derive(Clone, Copy, Deserialize)]
pub(super) struct Rowset(i64, i64, u64, u64, u32, u8, u64, u8, u8);

impl Rowset {
    pub(super) fn candidate(&self, at: usize) -> Result<Candidate, String> {
        let &Self(start, end, bytes, data_bytes, segments, overlap, created, level, deletes) = self;
        Ok(Candidate {
            id: RowsetId(at as u64 + 1),
            range: range((start, end)),
            bytes,
            data_bytes,
            segments,
            overlap: match overlap {
                0 => Overlap::Unknown,
                1 => Overlap::Overlapping,
                2 => Overlap::NonOverlapping,
                other => return Err(format!("unknown overlap {other}")),
            },
            created_at: SimTime::from_secs(created),
            level,
            delete_predicate: match deletes {
                0 => false,
                1 => true,
                other => return Err(format!("has_delete_predicate is {other}, neither 0 nor 1")),
            },
            local: true,
        })
    }
}

pub(super) fn candidates(rowsets: &[Rowset]) -> Result<Vec<Candidate>, String> {
    rowsets.iter().enumerate().map(|(at, rowset)| rowset.candidate(at)).collect()
}

/// A fraction as parts of a million; one that is no whole number of them would be rounded.
fn ppm(ratio: f64) -> Result<Ppm, String> {
    let parts = (ratio * 1e6).round();
    if (parts / 1e6 - ratio).abs() > 0.0 || !(0.0..=1e9).contains(&parts) {
        return Err(format!("{ratio} is no whole number of millionths"));
    }
    Ok(Ppm(parts as u32))
}

/// Settings; what a family does not name keeps the reference's default.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    promotion_size: Option<u64>,
    promotion_ratio: Option<f64>,
    promotion_min_size: Option<u64>,
    promotion_version_count: Option<u32>,
    compaction_min_size: Option<u64>,
    goal_size_mbytes: Option<u64>,
    file_count_threshold: Option<u64>,
    time_threshold_seconds: Option<u64>,
    empty_rowsets_threshold: Option<u32>,
    level_threshold: Option<u32>,
    compaction_max_rowset_count: Option<u64>,
    enable_empty_rowset_compaction: Option<bool>,
    empty_rowset_compaction_min_count: Option<u32>,
    empty_rowset_compaction_min_ratio: Option<f64>,
    prioritize_query_perf_in_compaction: Option<bool>,
}

/// The tablet, with the table's properties that some families put there.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TabletOf {
    policy: Option<PolicyName>,
    state: Option<State>,
    keys: Option<KeysName>,
    mow: Option<bool>,
    cumulative_promotion_size: Option<u64>,
    base_size: Option<u64>,
    max_version_start: Option<i64>,
    level_threshold: Option<u32>,
    goal_size_mbytes: Option<u64>,
    file_count_threshold: Option<u64>,
    time_threshold_seconds: Option<u64>,
    empty_rowsets_threshold: Option<u32>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum PolicyName {
    SizeBased,
    TimeSeries,
}

impl PolicyName {
    pub(super) const fn policy(self) -> Policy {
        match self {
            Self::SizeBased => Policy::SizeBased,
            Self::TimeSeries => Policy::TimeSeries,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum State {
    Running,
    Notready,
}

#[derive(Clone, Copy, Deserialize)]
pub(super) enum KeysName {
    #[serde(rename = "DUP")]
    Duplicate,
    #[serde(rename = "UNIQUE")]
    Unique,
    #[serde(rename = "AGG")]
    Aggregate,
}

impl KeysName {
    pub(super) const fn keys(self) -> Keys {
        match self {
            Self::Duplicate => Keys::Duplicate,
            Self::Unique => Keys::Unique,
            Self::Aggregate => Keys::Aggregate,
        }
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

/// Both together.
pub(super) fn config(settings: &Settings, tablet: &TabletOf) -> Result<Config, String> {
    let mut config = Config::default();
    set(&mut config.promotion_bytes, settings.promotion_size);
    set(&mut config.promotion_ratio, settings.promotion_ratio.map(ppm).transpose()?);
    set(&mut config.promotion_min_bytes, settings.promotion_min_size);
    set(&mut config.promotion_versions, settings.promotion_version_count);
    set(&mut config.min_bytes, settings.compaction_min_size);
    let times = &mut config.time_series;
    set(&mut times.goal_mib, settings.goal_size_mbytes.or(tablet.goal_size_mbytes));
    set(&mut times.file_count, settings.file_count_threshold.or(tablet.file_count_threshold));
    set(&mut times.time_s, settings.time_threshold_seconds.or(tablet.time_threshold_seconds));
    set(&mut times.empty_rowsets, settings.empty_rowsets_threshold.or(tablet.empty_rowsets_threshold));
    set(&mut times.levels, settings.level_threshold.or(tablet.level_threshold));
    set(&mut times.max_rowsets, settings.compaction_max_rowset_count);
    let cloud = &mut config.cloud;
    set(&mut cloud.empty_rowsets, settings.enable_empty_rowset_compaction);
    set(&mut cloud.empty_min_count, settings.empty_rowset_compaction_min_count);
    set(&mut cloud.empty_min_ratio, settings.empty_rowset_compaction_min_ratio.map(ppm).transpose()?);
    set(&mut cloud.prioritize_query, settings.prioritize_query_perf_in_compaction);
    Ok(config)
}

impl TabletOf {
    pub(super) fn policy(&self) -> Result<Policy, String> {
        self.policy.map(PolicyName::policy).ok_or_else(|| missing("tablet.policy"))
    }

    /// The state has to be told, the rest is what a family needs.
    pub(super) fn facts(&self, point: i64) -> Result<TabletFacts, String> {
        let state = self.state.ok_or_else(|| missing("tablet.state"))?;
        Ok(TabletFacts {
            running: state == State::Running,
            keys: self.keys.map_or(Keys::Duplicate, KeysName::keys),
            merge_on_write: self.mow.unwrap_or(false),
            point,
            promotion_bytes: self.cumulative_promotion_size.unwrap_or(0),
            base_bytes: self.base_size.unwrap_or(0),
            newest_start: self.max_version_start.unwrap_or(-1),
            ..TabletFacts::default()
        })
    }

    /// Fields that a family cannot do without.
    pub(super) fn needs_promotion(&self) -> Result<(), String> {
        let known = self.cumulative_promotion_size.is_some() && self.max_version_start.is_some();
        known.then_some(()).ok_or_else(|| missing("tablet.cumulative_promotion_size or max_version_start"))
    }

    /// The same for the cloud.
    pub(super) fn needs_base(&self) -> Result<(), String> {
        let known = self.base_size.is_some() && self.keys.is_some() && self.max_version_start.is_some();
        known.then_some(()).ok_or_else(|| missing("tablet.base_size, keys or max_version_start"))
    }
}

pub(super) fn missing(field: &str) -> String {
    format!("missing field `{field}`")
}

/// What a pick gave.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Picked {
    pub(super) input: Vec<Span>,
    pub(super) last_delete_version: Span,
    pub(super) score: u64,
    pub(super) ret: u64,
    pub(super) promotion_size: Option<u64>,
    pub(super) output_segs: Option<u32>,
    pub(super) output_level: Option<u8>,
}

impl Picked {
    pub(super) fn of(pick: &Pick) -> Self {
        Self {
            input: inputs(pick),
            last_delete_version: pick.last_delete.map_or((-1, -1), span),
            score: pick.score,
            ret: pick.looked,
            promotion_size: None,
            output_segs: None,
            output_level: None,
        }
    }
}

pub(super) fn inputs(pick: &Pick) -> Vec<Span> {
    pick.inputs.iter().map(|input| span(input.1)).collect()
}

/// `[-1, -1]` is none.
pub(super) fn version_or_none(version: Span) -> Option<tabletop_core::base::VersionRange> {
    (version != (-1, -1)).then(|| range(version))
}
