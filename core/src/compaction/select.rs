//! What does a whole cumulative compaction choose, from the candidates to what happens when the
//! policy picks nothing?
//!
//! ```text
//! live [0-1][2-9]^10[10][11] [13][14][15][16]     visible 15, point 10
//!                   ───────  ───────────          longest run without a gap: 13..15; 16 invisible
//! ```
//!
//! Source: Apache Doris, `CumulativeCompaction::pick_rowsets_to_compact`,
//! `Tablet::pick_candidate_rowsets_to_cumulative_compaction`, `CloudCumulativeCompaction`;
//! invisible versions since apache/doris#28082.

use super::runs::{gaps, longest_consecutive};
use super::{Candidate, Config, Fact, Pick, Policy, Reason, Rule, TabletFacts};
use crate::base::sort::sort_by_key;
use crate::base::{SimTime, Version};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// When compactions of a tablet last succeeded, ms since the epoch; 0 for never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastSuccess {
    /// Cumulative.
    pub cumulative_ms: u64,
    /// Base.
    pub base_ms: u64,
}

/// What a selection decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// 0, −2000 (no suitable version), −2010 (met a delete version), or 6 (a gap, cloud).
    pub code: i32,
    /// What goes in, and why.
    pub pick: Pick,
    /// The point as it is to be before anything is merged: moved past a delete version, or past what
    /// nobody wanted for a day. `None` leaves it.
    pub point: Option<Version>,
    /// The times of success to store: a first look at a tablet counts as one.
    pub last: LastSuccess,
}

/// No suitable version.
const NONE_SUITABLE: i32 = -2000;
/// The point moved behind a delete version.
const MET_DELETE: i32 = -2010;

/// Whether readers may still ask for what lies in a rowset: it is not visible yet, and not so far
/// ahead that waiting would let versions pile up.
pub(super) const fn hides(rowset: &Candidate, visible: Version, keep: u32) -> bool {
    rowset.range.end > visible && rowset.range.end <= visible.saturating_add(keep as Version)
}

/// Candidates at or above the point in order of their end, as the reference collects them for the
/// local design: on this disk, and visible or far ahead. O(n).
pub fn candidates<'a>(rowsets: &'a [Candidate], facts: &TabletFacts, config: &Config) -> Vec<&'a Candidate> {
    let mut found: Vec<&Candidate> = Vec::new();
    if facts.point >= 0 {
        found.extend(rowsets.iter().filter(|rowset| {
            rowset.range.start >= facts.point
                && rowset.local
                && !hides(rowset, facts.visible, config.keep_invisible_max)
        }));
    }
    by_end(found)
}

fn by_end(mut found: Vec<&Candidate>) -> Vec<&Candidate> {
    if !found.is_sorted_by_key(|rowset| rowset.range.end) {
        sort_by_key(&mut found, |rowset| rowset.range.end);
    }
    found
}

/// A cumulative selection of a local tablet whose point has been calculated. O(n).
pub fn local(
    policy: Policy,
    rowsets: &[Candidate],
    facts: &TabletFacts,
    config: &Config,
    last: LastSuccess,
    now: SimTime,
) -> Selection {
    let all = candidates(rowsets, facts, config);
    let run = longest_consecutive(&all);
    let found = &all[run.clone()];
    let mut pick = if all.is_empty() {
        let rule = if facts.point < 0 { Rule::NoPoint } else { Rule::NoCandidates };
        Pick::none(rule)
    } else {
        policy.pick(found, facts, config, now)
    };
    for rowset in all[..run.start].iter().chain(&all[run.end..]) {
        pick.why.reject(rowset, Reason::BeyondGap);
    }
    if facts.point >= 0 && facts.visible < Version::MAX {
        for rowset in rowsets.iter().filter(|rowset| rowset.range.start >= facts.point) {
            if hides(rowset, facts.visible, config.keep_invisible_max) {
                pick.why.reject(rowset, Reason::Invisible { visible: facts.visible });
            }
        }
    }
    let mut selection = Selection { code: 0, pick, point: None, last };
    if all.is_empty() {
        selection.code = NONE_SUITABLE;
        return selection;
    }
    if !selection.pick.inputs.is_empty() {
        return selection;
    }
    selection.code = NONE_SUITABLE;
    if let Some(delete) = selection.pick.last_delete {
        selection.point = Some(delete.start.saturating_add(1));
        selection.code = MET_DELETE;
        return selection;
    }
    let now_ms = now.micros() / 1_000;
    if last == LastSuccess::default() {
        selection.last = LastSuccess { cumulative_ms: now_ms, base_ms: now_ms };
        return selection;
    }
    let waited = config.pick_interval_s.saturating_mul(1_000);
    let idle = |ms: u64| now_ms.saturating_sub(ms) > waited;
    if idle(last.cumulative_ms) && idle(last.base_ms) {
        selection.pick.why.rejected.clear();
        if found.iter().any(|rowset| rowset.is_overlapping()) {
            selection.pick.take(found.iter().copied());
            selection.pick.score = found.iter().map(|rowset| rowset.score()).sum();
            selection.pick.why.rule = Rule::IdleOverlap;
            selection.code = 0;
        } else {
            selection.pick.why.rule = Rule::IdlePointMoves;
            selection.point = found.last().map(|rowset| rowset.range.start.saturating_add(1));
        }
    }
    selection
}

/// A cumulative selection in the cloud: every live rowset from the point on counts, a gap is an
/// error, one rowset that does not overlap is not rewritten. O(n).
pub fn cloud(
    policy: Policy,
    rowsets: &[Candidate],
    facts: &TabletFacts,
    config: &Config,
    last: LastSuccess,
    now: SimTime,
) -> Selection {
    let found = by_end(rowsets.iter().filter(|rowset| rowset.range.start >= facts.point.max(0)).collect());
    let mut selection = Selection { code: NONE_SUITABLE, pick: Pick::none(Rule::NoPoint), point: None, last };
    if facts.point < 0 {
        return selection;
    }
    if let Some((before, _)) = gaps(&found).next() {
        selection.pick = Pick::none(Rule::Gap);
        selection.pick.why.fact(Fact::Version, before.end.saturating_add(1).max(0) as u64);
        selection.code = 6;
        return selection;
    }
    if found.is_empty() {
        selection.pick = Pick::none(Rule::NoCandidates);
        return selection;
    }
    selection.pick = policy.pick(&found, facts, config, now);
    let alone = selection.pick.inputs.len() == 1
        && found.iter().any(|rowset| rowset.id == selection.pick.inputs[0].0 && !rowset.is_overlapping());
    if alone {
        selection.pick.inputs.clear();
        selection.pick.why.rule = Rule::SingleRowset;
    }
    if !selection.pick.inputs.is_empty() {
        selection.code = 0;
    } else if let Some(delete) = selection.pick.last_delete {
        selection.point = Some(delete.start.saturating_add(1));
        selection.code = MET_DELETE;
    }
    selection
}
