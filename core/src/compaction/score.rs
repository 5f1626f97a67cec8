//! How much does a tablet need compaction? The scheduler ranks tablets by it.
//!
//! Source: Apache Doris, `calc_cumulative_compaction_score` of each policy,
//! `Tablet::_calc_base_compaction_score`.

use super::runs::consecutive_empty;
use super::select::candidates;
use super::size_based::{level, promotion_bytes};
use super::time_series::rests;
use super::{Candidate, Config, Policy, TabletFacts};
use crate::base::SimTime;
use crate::base::sort::sort_by_key;
use alloc::vec::Vec;

/// The score above the point, and the promotion size to store, bytes, where one was computed.
/// 0: nothing to do. O(n log n) for rowsets out of order, else O(n).
pub fn cumulative(
    policy: Policy,
    rowsets: &[Candidate],
    facts: &TabletFacts,
    config: &Config,
    now: SimTime,
) -> (u64, Option<u64>) {
    let based = rowsets.iter().any(|rowset| rowset.range.start == 0);
    let by_start = policy == Policy::NumBased;
    let inside = |rowset: &Candidate| {
        let reaches = if by_start { rowset.range.start } else { rowset.range.end };
        reaches >= facts.point && rowset.local
    };
    let mut above: Vec<&Candidate> = rowsets.iter().filter(|rowset| inside(rowset)).collect();
    if !above.is_sorted_by_key(|rowset| rowset.range.end) {
        sort_by_key(&mut above, |rowset| rowset.range.end);
    }
    let total = above.iter().map(|rowset| rowset.score()).sum();
    match policy {
        Policy::NumBased => (if based { total } else { 0 }, None),
        Policy::Own => (total, None),
        Policy::TimeSeries if !based && facts.running => (0, None),
        Policy::TimeSeries => {
            let due = is_due(&above, total, config, now).or_else(|| {
                // What a pick would look at: invisible versions are no reason to start one.
                let candidates = candidates(rowsets, facts, config);
                let run = consecutive_empty(&candidates, config.time_series.empty_rowsets);
                (!run.is_empty()).then_some(total)
            });
            (due.unwrap_or(0), None)
        }
        Policy::SizeBased | Policy::CloudSizeBased => {
            let Some(first) = rowsets.iter().min_by_key(|rowset| rowset.range) else { return (0, None) };
            let promotion = promotion_bytes(first.bytes, config);
            let stored = Some(promotion);
            if !based && facts.running {
                return (0, stored);
            }
            (size_based(&above, total, promotion, config), stored)
        }
    }
}

fn size_based(above: &[&Candidate], total: u64, promotion: u64, config: &Config) -> u64 {
    let mut bytes = above.iter().fold(0, |sum: u64, rowset| sum.saturating_add(rowset.bytes));
    if bytes >= promotion {
        return total;
    }
    let mut score = total;
    for rowset in above {
        let behind = bytes.saturating_sub(rowset.bytes);
        if level(rowset.bytes, config) <= level(behind, config) {
            return score;
        }
        bytes = behind;
        score -= rowset.score();
    }
    score
}

/// The score by size, number and age of a time series, where one of them is reached.
fn is_due(above: &[&Candidate], total: u64, config: &Config, now: SimTime) -> Option<u64> {
    let rule = &config.time_series;
    let fresh = || above.iter().filter(|rowset| rowset.level == 0);
    let fresh_bytes = fresh().fold(0, |sum: u64, rowset| sum.saturating_add(rowset.bytes));
    let fresh_score: u64 = fresh().map(|rowset| rowset.score()).sum();
    if fresh_bytes >= rule.goal_bytes() || fresh_score >= rule.file_count {
        return Some(total);
    }
    let earliest = above.iter().map(|rowset| rowset.created_at).min();
    if total > 0 && earliest.is_some_and(|then| rule.is_overdue(then, now)) {
        return Some(total);
    }
    if rule.two_levels() {
        let upper = above.iter().filter(|rowset| rowset.level > 0 && !rests(rowset, now));
        let (mut count, mut bytes, mut earliest) = (0_u64, 0_u64, SimTime::MAX);
        for rowset in upper {
            count += 1;
            bytes = bytes.saturating_add(rowset.bytes);
            earliest = earliest.min(rowset.created_at);
            if count >= 2 && bytes >= rule.upper_goal_bytes() {
                return Some(count);
            }
        }
        if count >= 2 && rule.is_upper_overdue(earliest, now) {
            return Some(count);
        }
    }
    None
}

/// The score below the point. Under the time-series policy only a delete predicate makes base
/// compaction worth while. O(n).
pub fn base(policy: Policy, rowsets: &[Candidate], facts: &TabletFacts) -> u64 {
    let (mut score, mut based, mut deletes) = (0, false, false);
    for rowset in rowsets.iter().filter(|rowset| rowset.range.start < facts.point && rowset.local) {
        score += rowset.score();
        based |= rowset.range.start == 0;
        deletes |= rowset.delete_predicate;
    }
    if based && (policy != Policy::TimeSeries || deletes) { score } else { 0 }
}
