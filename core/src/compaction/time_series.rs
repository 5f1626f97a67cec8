//! Which rowsets does the time-series policy merge?
//!
//! ```text
//! candidates  [40-49]  [50][51][52][53] ...       goal 1 GiB: collect from the first uncompacted
//!             passed    ─── 1 GiB ───▶ merge       one until the goal, the file count or the age
//! level 1     [2-49][50-97] ...                    ten goals of level 1 (a day old): merge to level 2
//! ```
//!
//! Data that arrives in order of time is written twice at most (three times with two levels); the
//! price is that rowsets grow without end in number.
//!
//! Source: Apache Doris, `TimeSeriesCumulativeCompactionPolicy` (January 2026); the cloud uses it
//! unchanged.

use super::facts::total_bytes;
use super::runs::consecutive_empty;
use super::{Candidate, Config, Explanation, Fact, MIB, Pick, Reason, Rule, TabletFacts, TimeSeriesConfig};
use crate::base::{SimTime, VersionRange};
use alloc::vec::Vec;

/// A rowset of level 1 rests so long before it is merged again.
pub(super) const REST: SimTime = SimTime::from_secs(86_400);
/// Largest goal with two levels, MiB.
const GOAL_MIB_MAX: u64 = 2_048;
/// An upper level is merged at so many goals, and at so many time thresholds.
const UPPER_FACTOR: u64 = 10;

impl TimeSeriesConfig {
    /// The goal in bytes.
    pub const fn goal_bytes(&self) -> u64 {
        let most = if self.two_levels() { GOAL_MIB_MAX } else { u64::MAX };
        let mib = if self.goal_mib < most { self.goal_mib } else { most };
        mib.saturating_mul(MIB)
    }

    /// The goal of an upper level in bytes.
    pub(super) const fn upper_goal_bytes(&self) -> u64 {
        self.goal_bytes().saturating_mul(UPPER_FACTOR)
    }

    /// Whether a rowset that waits since `then` has waited too long.
    pub(super) const fn is_overdue(&self, then: SimTime, now: SimTime) -> bool {
        now.saturating_since(then).secs() > self.time_s
    }

    /// The same for an upper level.
    pub(super) const fn is_upper_overdue(&self, then: SimTime, now: SimTime) -> bool {
        now.saturating_since(then).secs() > self.time_s.saturating_mul(UPPER_FACTOR)
    }

    /// Whether there is a second level.
    pub const fn two_levels(&self) -> bool {
        self.levels >= 2
    }
}

/// Whether a rowset of level 1 is too young to be merged again.
pub(super) const fn rests(rowset: &Candidate, now: SimTime) -> bool {
    rowset.level == 1 && now.saturating_since(rowset.created_at).secs() <= REST.secs()
}

/// The level of an output; `first_level` is the level of the first input.
pub const fn output_level(first_level: u8, output_segments: u32, running: bool, config: &Config) -> u8 {
    if !config.time_series.two_levels() || !running || output_segments == 0 {
        0
    } else {
        first_level.saturating_add(1)
    }
}

/// Picks among candidates in order of their end. O(n).
pub fn pick(candidates: &[&Candidate], facts: &TabletFacts, config: &Config, now: SimTime) -> Pick {
    if !facts.running {
        return Pick::none(Rule::NotReady);
    }
    Picking {
        rule: &config.time_series,
        allow_delete: config.allow_delete,
        now,
        goal: config.time_series.goal_bytes(),
        inputs: Vec::new(),
        score: 0,
        bytes: 0,
        looked: 0,
        last_delete: None,
        why: Explanation::of(Rule::NothingDue),
    }
    .pick(candidates)
}

struct Picking<'c> {
    rule: &'c TimeSeriesConfig,
    allow_delete: bool,
    now: SimTime,
    goal: u64,
    inputs: Vec<&'c Candidate>,
    score: u64,
    bytes: u64,
    looked: u64,
    last_delete: Option<VersionRange>,
    why: Explanation,
}

impl<'c> Picking<'c> {
    fn pick(mut self, candidates: &[&'c Candidate]) -> Pick {
        if let Some(rule) = self.collect(candidates) {
            let looked = self.looked;
            return self.done(rule, looked);
        }
        let looked = self.looked;
        if self.last_delete.is_some() {
            if let [alone] = self.inputs[..]
                && !alone.is_overlapping()
            {
                self.why.reject(alone, Reason::Alone);
                self.inputs.clear();
                self.score = 0;
            }
            let rule = if self.inputs.is_empty() { Rule::NothingBeforeDelete } else { Rule::BeforeDelete };
            return self.done(rule, looked);
        }
        if self.score >= self.rule.file_count {
            return self.done(Rule::FileCount, looked);
        }
        if let Some(first) = self.inputs.first() {
            let since = first.created_at;
            self.why.fact(Fact::AgeSecs, self.now.saturating_since(since).secs());
            if looked > 0 && self.rule.is_overdue(since, self.now) {
                return self.done(Rule::TimeThreshold, looked);
            }
        }
        if self.rule.two_levels()
            && let Some(rule) = self.upper_level(candidates)
        {
            let looked = self.inputs.len() as u64;
            return self.done(rule, looked);
        }
        let run = consecutive_empty(candidates, self.rule.empty_rowsets);
        if run.is_empty() {
            self.why.reject_all(&self.inputs, Reason::NotDue);
            self.inputs.clear();
            self.score = 0;
            return self.done(Rule::NothingDue, 0);
        }
        self.inputs = candidates[run].to_vec();
        self.why.fact(Fact::EmptyRowsets, self.inputs.len() as u64);
        self.done(Rule::EmptyRun, 0)
    }

    /// Collects until something is reached.
    fn collect(&mut self, candidates: &[&'c Candidate]) -> Option<Rule> {
        let fresh = |rowset: &&Candidate| rowset.range.is_single() || rowset.segments == 0;
        let start = candidates.iter().position(fresh).unwrap_or(candidates.len());
        self.why.reject_all(&candidates[..start], Reason::CompactedAlready);
        for (at, &rowset) in candidates.iter().enumerate().skip(start) {
            if rowset.delete_predicate && !self.allow_delete {
                self.last_delete = Some(rowset.range);
                self.why.reject(rowset, Reason::Delete);
                if !self.inputs.is_empty() {
                    self.why.reject_all(&candidates[at + 1..], Reason::BehindDelete);
                    return None;
                }
                self.forget();
                self.looked = 0;
                continue;
            }
            self.inputs.push(rowset);
            self.looked += 1;
            self.score += rowset.score();
            self.bytes = self.bytes.saturating_add(rowset.bytes);
            let reached = if self.bytes >= self.goal {
                if let [alone] = self.inputs[..]
                    && !alone.is_overlapping()
                {
                    self.why.reject(alone, Reason::LargeAlready);
                    self.forget();
                    continue;
                }
                Rule::GoalSize
            } else if self.score >= self.rule.max_rowsets {
                Rule::MaxRowsets
            } else {
                continue;
            };
            self.why.reject_all(&candidates[at + 1..], Reason::Enough);
            return Some(reached);
        }
        None
    }

    /// Rowsets of upper levels in front of the first one of level 0.
    fn upper_level(&mut self, candidates: &[&'c Candidate]) -> Option<Rule> {
        let upper = candidates.iter().take_while(|rowset| rowset.level > 0);
        let mut found: Vec<&Candidate> = Vec::new();
        let mut bytes: u64 = 0;
        for &rowset in upper.filter(|rowset| !rests(rowset, self.now)) {
            found.push(rowset);
            bytes = bytes.saturating_add(rowset.bytes);
            if found.len() >= 2 && bytes >= self.rule.upper_goal_bytes() {
                self.inputs = found;
                return Some(Rule::LevelSize);
            }
        }
        let first = found.first()?;
        if found.len() >= 2 && self.rule.is_upper_overdue(first.created_at, self.now) {
            self.inputs = found;
            return Some(Rule::LevelTime);
        }
        None
    }

    fn forget(&mut self) {
        self.inputs.clear();
        self.score = 0;
        self.bytes = 0;
    }

    fn done(mut self, rule: Rule, looked: u64) -> Pick {
        self.why.rule = rule;
        self.why.fact(Fact::Candidates, self.looked);
        self.why.fact(Fact::Score, self.score);
        self.why.fact(Fact::FileCount, self.rule.file_count);
        self.why.fact(Fact::Bytes, total_bytes(self.inputs.iter().copied()));
        self.why.fact(Fact::GoalBytes, self.goal);
        self.why.fact(Fact::TimeSecs, self.rule.time_s);
        let (score, last_delete) = (self.score, self.last_delete);
        let mut pick = Pick { inputs: Vec::new(), score, looked, last_delete, why: self.why };
        pick.take(self.inputs.iter().copied());
        pick
    }
}
