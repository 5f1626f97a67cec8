//! Picks of each policy, of base compaction, and the older number-based one.

use super::case::{Outcome, compare};
use super::json::{Span, span, spans};
use super::policy_case::{
    Case, KeysName, Picked, Rowset, Settings, TabletOf, candidates, config, inputs, missing,
};
use serde::Deserialize;
use tabletop_core::base::{SimTime, Version};
use tabletop_core::compaction::cumulative_point::{self, Output};
use tabletop_core::compaction::{
    Candidate, Config, Policy, Rule, TabletFacts, base, num_based, runs, score, size_based, time_series,
};

/// `pick_size_based` and its unit tests.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SizeBased {
    id: String,
    #[serde(rename = "now")]
    _now: Option<u64>,
    config: Settings,
    tablet: TabletOf,
    candidates: Vec<Rowset>,
    max_score: u64,
    min_score: u64,
    allow_delete: bool,
    expect: Picked,
}

impl Case for SizeBased {
    fn id(&self) -> &str {
        &self.id
    }

    fn run(&self) -> Result<Outcome, String> {
        self.tablet.needs_promotion()?;
        let got = self.pick(size_based::pick)?;
        Ok(compare(&self.expect, &got))
    }
}

impl SizeBased {
    fn config(&self) -> Result<Config, String> {
        Ok(Config {
            max_score: self.max_score,
            min_score: self.min_score,
            allow_delete: self.allow_delete,
            ..config(&self.config, &self.tablet)?
        })
    }

    fn pick(
        &self,
        pick: impl Fn(&[&Candidate], &TabletFacts, &Config) -> tabletop_core::compaction::Pick,
    ) -> Result<Picked, String> {
        let rowsets = candidates(&self.candidates)?;
        let all: Vec<_> = rowsets.iter().collect();
        Ok(Picked::of(&pick(&all, &self.tablet.facts(-1)?, &self.config()?)))
    }
}

/// `cloud_pick_size_based` and its unit tests.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct CloudSizeBased(SizeBased);

impl Case for CloudSizeBased {
    fn id(&self) -> &str {
        &self.0.id
    }

    fn run(&self) -> Result<Outcome, String> {
        let case = &self.0;
        case.tablet.needs_base()?;
        let mut got = case.pick(size_based::cloud_pick)?;
        let base = case.tablet.facts(-1)?.base_bytes;
        got.promotion_size = case
            .expect
            .promotion_size
            .map(|_| case.config().map(|config| size_based::cloud_promotion_bytes(base, &config)))
            .transpose()?;
        Ok(compare(&case.expect, &got))
    }
}

/// `pick_time_series` and its unit tests.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TimeSeries {
    id: String,
    now: u64,
    config: Settings,
    tablet: TabletOf,
    candidates: Vec<Rowset>,
    #[serde(default, rename = "max_score")]
    _max_score: Option<u64>,
    #[serde(default, rename = "min_score")]
    _min_score: Option<u64>,
    allow_delete: bool,
    expect: Picked,
}

impl Case for TimeSeries {
    fn id(&self) -> &str {
        &self.id
    }

    fn run(&self) -> Result<Outcome, String> {
        let rowsets = candidates(&self.candidates)?;
        let all: Vec<_> = rowsets.iter().collect();
        let config = Config { allow_delete: self.allow_delete, ..config(&self.config, &self.tablet)? };
        let facts = self.tablet.facts(-1)?;
        let pick = time_series::pick(&all, &facts, &config, SimTime::from_secs(self.now));
        let mut got = Picked::of(&pick);
        if let Some(segments) = self.expect.output_segs {
            let first =
                pick.inputs.first().and_then(|(id, _)| rowsets.iter().find(|rowset| rowset.id == *id));
            let level = first.map_or(0, |rowset| rowset.level);
            got.output_segs = Some(segments);
            got.output_level = Some(time_series::output_level(level, segments, facts.running, &config));
        }
        Ok(compare(&self.expect, &got))
    }
}

/// `base_pick` and its unit tests.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BasePick {
    id: String,
    now: u64,
    tablet: BaseTablet,
    rowsets: Vec<Rowset>,
    #[serde(default)]
    remote: Vec<Span>,
    expect: CodeAndInput,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BaseTablet {
    mode: Mode,
    keys: KeysName,
    mow: bool,
    cumulative_point: Version,
    allow_delete_in_cumu: Option<bool>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    Local,
    Cloud,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeAndInput {
    code: i32,
    input: Option<Vec<Span>>,
}

impl Case for BasePick {
    fn id(&self) -> &str {
        &self.id
    }

    fn run(&self) -> Result<Outcome, String> {
        let cloud = self.tablet.mode == Mode::Cloud;
        if !cloud && self.tablet.allow_delete_in_cumu.is_none() {
            return Err(missing("tablet.allow_delete_in_cumu"));
        }
        let mut rowsets = candidates(&self.rowsets)?;
        for rowset in &mut rowsets {
            rowset.local = !self.remote.contains(&(rowset.range.start, rowset.range.end));
        }
        let facts = TabletFacts {
            keys: self.tablet.keys.keys(),
            merge_on_write: self.tablet.mow,
            point: self.tablet.cumulative_point,
            ..TabletFacts::default()
        };
        let allow_delete = self.tablet.allow_delete_in_cumu.unwrap_or(false);
        let config = Config { allow_delete, ..Config::default() };
        let pick = base::pick(&rowsets, &facts, &config, cloud, SimTime::from_secs(self.now));
        let code = match pick.why.rule {
            _ if !pick.inputs.is_empty() => 0,
            Rule::Gap => 6,
            _ => -808,
        };
        let got = CodeAndInput { code, input: (code == 0).then(|| inputs(&pick)) };
        Ok(compare(&self.expect, &got))
    }
}

/// `legacy_num_based`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NumBased {
    id: String,
    rowsets: Vec<Rowset>,
    max_score: u64,
    min_score: u64,
    expect: NumExpect,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct NumExpect {
    point: Version,
    score: u64,
    input: Vec<Span>,
    last_delete_version: Span,
    pick_score: u64,
    ret: u64,
    point_after_compaction: Option<Version>,
}

impl Case for NumBased {
    fn id(&self) -> &str {
        &self.id
    }

    fn run(&self) -> Result<Outcome, String> {
        let rowsets = candidates(&self.rowsets)?;
        let config = Config { max_score: self.max_score, min_score: self.min_score, ..Config::default() };
        let mut facts = TabletFacts::default();
        let now = SimTime::ZERO;
        let point = cumulative_point::calculate(Policy::NumBased, &rowsets, &facts, &config, now).0;
        facts.point = point.unwrap_or(-1);
        let score = score::cumulative(Policy::NumBased, &rowsets, &facts, &config, now).0;
        let mut above: Vec<_> = rowsets.iter().filter(|rowset| rowset.range.start >= facts.point).collect();
        above.sort_by_key(|rowset| rowset.range.end);
        let pick = num_based::pick(&above, &config);
        let picked = Picked::of(&pick);
        let after = pick.range().map(|range| {
            let output = Output { range, bytes: 0, segments: 1, level: 0 };
            cumulative_point::after(Policy::NumBased, &output, pick.last_delete, &facts, &config)
        });
        let got = NumExpect {
            point: facts.point,
            score,
            input: picked.input,
            last_delete_version: picked.last_delete_version,
            pick_score: picked.score,
            ret: picked.ret,
            point_after_compaction: after,
        };
        Ok(compare(&self.expect, &got))
    }
}

/// `level_size`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LevelSize {
    id: String,
    promotion_size: u64,
    size: u64,
    expect: Level,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Level {
    level: u64,
}

impl Case for LevelSize {
    fn id(&self) -> &str {
        &self.id
    }

    fn run(&self) -> Result<Outcome, String> {
        let config = Config { promotion_bytes: self.promotion_size, ..Config::default() };
        Ok(compare(&self.expect, &Level { level: size_based::level(self.size, &config) }))
    }
}

/// `helpers` and their unit tests.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Helpers {
    id: String,
    rowsets: Vec<Rowset>,
    limit: Option<u32>,
    expect: HelpersExpect,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct HelpersExpect {
    longest_consecutive: Option<Vec<Span>>,
    /// Neighbours around holes, one pair after the other.
    gaps: Option<Vec<Span>>,
    consecutive_empty: Option<Vec<Span>>,
    cloud_longest_empty: Option<Vec<Span>>,
}

impl Case for Helpers {
    fn id(&self) -> &str {
        &self.id
    }

    fn run(&self) -> Result<Outcome, String> {
        let rowsets = candidates(&self.rowsets)?;
        let all: Vec<_> = rowsets.iter().collect();
        let of = |run: std::ops::Range<usize>| -> Vec<Span> {
            spans(&all[run].iter().map(|rowset| rowset.range).collect::<Vec<_>>())
        };
        let expect = &self.expect;
        if expect.consecutive_empty.is_some() != self.limit.is_some() {
            return Err(missing("limit or expect.consecutive_empty"));
        }
        if expect.longest_consecutive.is_none() && expect.cloud_longest_empty.is_none() {
            return Err(missing("expect"));
        }
        let gaps = || runs::gaps(&all).flat_map(|(before, after)| [span(before), span(after)]).collect();
        let got = HelpersExpect {
            longest_consecutive: expect
                .longest_consecutive
                .as_ref()
                .map(|_| of(runs::longest_consecutive(&all))),
            gaps: expect.gaps.as_ref().map(|_| gaps()),
            consecutive_empty: self.limit.map(|limit| of(runs::consecutive_empty(&all, limit))),
            cloud_longest_empty: expect.cloud_longest_empty.as_ref().map(|_| of(runs::longest_empty(&all))),
        };
        Ok(compare(expect, &got))
    }
}
