//! `cumulative_point` and `cumu_select`: where the point stands, and a whole selection.

use super::case::{Outcome, compare};
use super::json::{Span, span};
use super::policy_case::{
    Case, PolicyName, Rowset, Settings, TabletOf, candidates, config, inputs, missing, version_or_none,
};
use serde::Deserialize;
use tabletop_core::base::{SimTime, Version};
use tabletop_core::compaction::cumulative_point::{self, Output};
use tabletop_core::compaction::{Config, LastSuccess, Policy, TabletFacts, score, select};

/// `cumulative_point` and its unit tests.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Point {
    id: String,
    #[serde(rename = "fn")]
    function: Function,
    now: Option<u64>,
    config: Settings,
    tablet: TabletOf,
    #[serde(rename = "current_point")]
    current: Version,
    rowsets: Option<Vec<Rowset>>,
    output: Option<Rowset>,
    last_delete_version: Option<Span>,
    expect: PointExpect,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Function {
    Calculate,
    Update,
    CloudNew,
    Score,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct PointExpect {
    point: Option<Version>,
    promotion_size_after: Option<u64>,
    score: Option<u64>,
    promotion_size_after_score: Option<u64>,
    base_score: Option<u64>,
}

impl Case for Point {
    fn id(&self) -> &str {
        &self.id
    }

    fn run(&self) -> Result<Outcome, String> {
        let got = match self.function {
            Function::Calculate => self.calculate()?,
            Function::Update => self.update(self.tablet.policy()?)?,
            Function::CloudNew => self.update(match self.tablet.policy()? {
                Policy::SizeBased => Policy::CloudSizeBased,
                other => other,
            })?,
            Function::Score => {
                let (facts, config) = (self.tablet.facts(self.current)?, self.settings()?);
                let rowsets = candidates(self.rowsets.as_deref().ok_or_else(|| missing("rowsets"))?)?;
                let score = score::cumulative(self.tablet.policy()?, &rowsets, &facts, &config, self.now()?);
                PointExpect { score: Some(score.0), ..PointExpect::default() }
            }
        };
        Ok(compare(&self.expect, &got))
    }
}

impl Point {
    fn settings(&self) -> Result<Config, String> {
        config(&self.config, &self.tablet)
    }

    fn now(&self) -> Result<SimTime, String> {
        self.now.map(SimTime::from_secs).ok_or_else(|| missing("now"))
    }

    /// The point, then the score with it; each stores a promotion size on its way.
    fn calculate(&self) -> Result<PointExpect, String> {
        let expect = &self.expect;
        let (policy, config, now) = (self.tablet.policy()?, self.settings()?, self.now()?);
        let rowsets = candidates(self.rowsets.as_deref().ok_or_else(|| missing("rowsets"))?)?;
        if expect.point.is_none() {
            return Err(missing("expect.point"));
        }
        let mut facts = self.tablet.facts(self.current)?;
        let (point, stored) = cumulative_point::calculate(policy, &rowsets, &facts, &config, now);
        facts.point = point.unwrap_or(facts.point);
        facts.promotion_bytes = stored.unwrap_or(facts.promotion_bytes);
        let mut got = PointExpect { point: Some(point.unwrap_or(-1)), ..PointExpect::default() };
        got.promotion_size_after = expect.promotion_size_after.map(|_| facts.promotion_bytes);
        let (score, stored) = score::cumulative(policy, &rowsets, &facts, &config, now);
        got.score = expect.score.map(|_| score);
        got.base_score = expect.base_score.map(|_| score::base(policy, &rowsets, &facts));
        got.promotion_size_after_score =
            expect.promotion_size_after_score.map(|_| stored.unwrap_or(facts.promotion_bytes));
        Ok(got)
    }

    fn update(&self, policy: Policy) -> Result<PointExpect, String> {
        let output = self.output.ok_or_else(|| missing("output"))?.candidate(0)?;
        let delete = self.last_delete_version.ok_or_else(|| missing("last_delete_version"))?;
        let output = Output {
            range: output.range,
            bytes: output.bytes,
            segments: output.segments,
            level: output.level,
        };
        let (facts, config) = (self.tablet.facts(self.current)?, self.settings()?);
        let point = cumulative_point::after(policy, &output, version_or_none(delete), &facts, &config);
        Ok(PointExpect { point: Some(point), ..PointExpect::default() })
    }
}

/// `cumu_select`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Select {
    id: String,
    now: u64,
    tablet: SelectTablet,
    rowsets: Vec<Rowset>,
    expect: SelectExpect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SelectTablet {
    policy: PolicyName,
    level_threshold: u32,
    goal_size_mbytes: u64,
    file_count_threshold: u64,
    last_cumu_success_ms: u64,
    last_base_success_ms: u64,
    visible_version: Version,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct SelectExpect {
    point_calculated: Version,
    promotion_size: u64,
    score: u64,
    candidates: Vec<Span>,
    code: i32,
    input: Vec<Span>,
    last_delete_version: Span,
    point_after: Version,
    last_cumu_ms_after: u64,
    last_base_ms_after: u64,
}

impl Case for Select {
    fn id(&self) -> &str {
        &self.id
    }

    fn run(&self) -> Result<Outcome, String> {
        let rowsets = candidates(&self.rowsets)?;
        let (policy, now) = (self.tablet.policy.policy(), SimTime::from_secs(self.now));
        let mut config = Config::default();
        config.time_series.levels = self.tablet.level_threshold;
        config.time_series.goal_mib = self.tablet.goal_size_mbytes;
        config.time_series.file_count = self.tablet.file_count_threshold;
        let newest = rowsets.iter().max_by_key(|rowset| rowset.range.end);
        let mut facts = TabletFacts {
            newest_start: newest.map_or(-1, |rowset| rowset.range.start),
            visible: self.tablet.visible_version,
            ..TabletFacts::default()
        };
        let (point, stored) = cumulative_point::calculate(policy, &rowsets, &facts, &config, now);
        facts.point = point.unwrap_or(-1);
        facts.promotion_bytes = stored.unwrap_or(0);
        let (score, stored) = score::cumulative(policy, &rowsets, &facts, &config, now);
        facts.promotion_bytes = stored.unwrap_or(facts.promotion_bytes);
        let last = LastSuccess {
            cumulative_ms: self.tablet.last_cumu_success_ms,
            base_ms: self.tablet.last_base_success_ms,
        };
        let found = select::candidates(&rowsets, &facts, &config);
        let selection = policy.select(&rowsets, &facts, &config, last, now);
        let got = SelectExpect {
            point_calculated: facts.point,
            promotion_size: facts.promotion_bytes,
            score,
            candidates: found.iter().map(|rowset| span(rowset.range)).collect(),
            code: selection.code,
            input: inputs(&selection.pick),
            last_delete_version: selection.pick.last_delete.map_or((-1, -1), span),
            point_after: selection.point.unwrap_or(facts.point),
            last_cumu_ms_after: selection.last.cumulative_ms,
            last_base_ms_after: selection.last.base_ms,
        };
        Ok(compare(&self.expect, &got))
    }
}
