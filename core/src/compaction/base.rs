//! Which rowsets below the cumulative point does base compaction merge?
//!
//! ```text
//! [0-1][2-40 900 M][41-60 80 M][61-64 90 M][65-70 70 M] ^71      taken until the score exceeds 20
//! ```
//!
//! Then: more than five rowsets, or more than 0.3 of the first one's data in the others, or a first
//! one older than a day.
//!
//! Source: Apache Doris, `BaseCompaction`, `CloudBaseCompaction`, `FullCompaction` (January 2026).

use super::runs::gaps;
use super::select::hides;
use super::{Candidate, Config, Explanation, Fact, Keys, Pick, Ppm, Reason, Rule, TabletFacts};
use crate::base::SimTime;
use crate::base::sort::sort_by_key;
use alloc::vec::Vec;

/// Picks for base compaction; `cloud` looks at remote rowsets too and leaves `[0-1]` alone.
/// O(n log n) for rowsets out of order, else O(n).
pub fn pick(rowsets: &[Candidate], facts: &TabletFacts, config: &Config, cloud: bool, now: SimTime) -> Pick {
    if !facts.running {
        return Pick::none(Rule::NotReady);
    }
    let mut why = Explanation::of(Rule::BaseWaits);
    let mut candidates: Vec<&Candidate> = Vec::new();
    for rowset in rowsets.iter().filter(|rowset| rowset.range.start < facts.point) {
        if cloud {
            if rowset.range.start != 0 {
                candidates.push(rowset);
            }
        } else if !rowset.local {
            why.reject(rowset, Reason::Remote);
        } else if hides(rowset, facts.visible, config.keep_invisible_max) {
            why.reject(rowset, Reason::Invisible { visible: facts.visible });
        } else {
            candidates.push(rowset);
        }
    }
    if !candidates.is_sorted_by_key(|rowset| rowset.range.end) {
        sort_by_key(&mut candidates, |rowset| rowset.range.end);
    }
    let decided = |mut why: Explanation, rule, inputs: &[&Candidate]| {
        why.rule = rule;
        let score = inputs.iter().map(|rowset| rowset.score()).sum();
        let mut pick =
            Pick { inputs: Vec::new(), score, looked: inputs.len() as u64, last_delete: None, why };
        pick.take(inputs.iter().copied());
        pick
    };
    if let Some((before, _)) = gaps(&candidates).next() {
        why.fact(Fact::Version, before.end.saturating_add(1).max(0) as u64);
        return decided(why, Rule::Gap, &[]);
    }
    let deletes = candidates.iter().any(|rowset| rowset.delete_predicate);
    let mut left = &candidates[..];
    if facts.keys == Keys::Duplicate && !deletes {
        while let [first, rest @ ..] = left
            && first.bytes >= config.base.duplicate_max_bytes
        {
            why.reject(first, Reason::LargeAlready);
            left = rest;
        }
    }
    why.fact(Fact::Candidates, left.len() as u64);
    let [first, second, ..] = left else { return decided(why, Rule::TooFewRowsets, &[]) };
    if !cloud && !config.allow_delete && first.range.start > 0 && deletes {
        return decided(why, Rule::RemoteDelete, &[]);
    }
    if left.len() == 2 && first.range.end == 1 {
        why.reject(second, Reason::Alone);
        return decided(why, Rule::FirstPair, &[]);
    }
    let max_score =
        if facts.merge_on_write { config.base.max_score_merge_on_write } else { config.base.max_score };
    let mut score = 0;
    let taken = left.iter().take_while(|rowset| {
        let open = score <= max_score;
        score += rowset.score();
        open
    });
    let taken = &left[..taken.count()];
    why.reject_all(&left[taken.len()..], Reason::OverMaxScore { max: max_score });

    let data =
        |rowsets: &[&Candidate]| rowsets.iter().fold(0, |sum: u64, r| sum.saturating_add(r.data_bytes));
    let (delta, base) = (data(&taken[1..]), first.data_bytes.max(1));
    let age = now.saturating_since(first.created_at).secs();
    why.fact(Fact::MinRowsets, config.base.min_rowsets);
    why.fact(Fact::DeltaBytes, delta);
    why.fact(Fact::BaseBytes, base);
    why.fact(Fact::AgeSecs, age);
    why.fact(Fact::TimeSecs, config.base.interval_s);
    let rule = if taken.len() as u64 > config.base.min_rowsets {
        Rule::RowsetCount
    } else if Ppm::is_below(config.base.min_data_ratio, delta, base) {
        Rule::DataRatio
    } else if age > config.base.interval_s {
        Rule::BaseAge
    } else {
        why.reject_all(taken, Reason::NotDue);
        return decided(why, Rule::BaseWaits, &[]);
    };
    decided(why, rule, taken)
}

/// Picks for full compaction: all local rowsets, from version 0 on and without a gap. O(n).
pub fn full(rowsets: &[Candidate]) -> Pick {
    let mut why = Explanation::of(Rule::Everything);
    let mut all: Vec<&Candidate> = Vec::with_capacity(rowsets.len());
    for rowset in rowsets {
        if rowset.local {
            all.push(rowset);
        } else {
            why.reject(rowset, Reason::Remote);
        }
    }
    if !all.is_sorted_by_key(|rowset| rowset.range.end) {
        sort_by_key(&mut all, |rowset| rowset.range.end);
    }
    let gap = match (all.first(), gaps(&all).next()) {
        (Some(first), _) if first.range.start != 0 => Some(0),
        (_, Some((before, _))) => Some(before.end.saturating_add(1)),
        _ => None,
    };
    why.fact(Fact::Candidates, all.len() as u64);
    if let Some(at) = gap {
        why.fact(Fact::Version, at.max(0) as u64);
        why.rule = Rule::Gap;
    } else if all.len() < 2 {
        why.rule = Rule::TooFewRowsets;
    } else if all.len() == 2 && all[0].range.end == 1 {
        why.rule = Rule::FirstPair;
    }
    let score = all.iter().map(|rowset| rowset.score()).sum();
    let mut pick = Pick { inputs: Vec::new(), score, looked: all.len() as u64, last_delete: None, why };
    if pick.why.rule == Rule::Everything {
        pick.take(all);
    }
    pick
}
