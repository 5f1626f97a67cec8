//! Which rowsets did the number-based policy merge, from 2019 to 2022?
//!
//! Source: Apache Doris, `NumBasedCumulativeCompactionPolicy` (2021, removed by #13409). Differs:
//! the skip window, a workaround that delayed deletion replaced, is left out.

use super::{Candidate, Config, Explanation, Fact, Pick, Reason, Rule};
use alloc::vec::Vec;

/// Picks among candidates in order of their end: all, up to a delete version or the greatest
/// score, if the least score is reached. O(n).
pub fn pick(candidates: &[&Candidate], config: &Config) -> Pick {
    let mut why = Explanation::of(Rule::ScoreReached);
    let mut inputs: Vec<&Candidate> = Vec::new();
    let mut score = 0;
    let mut last_delete = None;
    for (at, &rowset) in candidates.iter().enumerate() {
        if rowset.delete_predicate && !config.allow_delete {
            last_delete = Some(rowset.range);
            why.reject(rowset, Reason::Delete);
            if !inputs.is_empty() {
                why.reject_all(&candidates[at + 1..], Reason::BehindDelete);
                break;
            }
            continue;
        }
        if score >= config.max_score {
            for rest in &candidates[at..] {
                why.reject(rest, Reason::OverMaxScore { max: config.max_score });
            }
            break;
        }
        score += rowset.score();
        inputs.push(rowset);
    }
    let looked = inputs.len() as u64;
    why.fact(Fact::Candidates, candidates.len() as u64);
    why.fact(Fact::Score, score);
    why.fact(Fact::MinScore, config.min_score);
    why.fact(Fact::MaxScore, config.max_score);
    if last_delete.is_some() {
        // Even a single rowset is rewritten here: the rule against it came with the next policy.
        why.rule = if inputs.is_empty() { Rule::NothingBeforeDelete } else { Rule::BeforeDelete };
    } else if score < config.min_score {
        why.rule = if candidates.is_empty() { Rule::NoCandidates } else { Rule::ScoreTooLow };
        why.reject_all(&inputs, Reason::NotDue);
        inputs.clear();
    }
    let mut pick = Pick { inputs: Vec::new(), score, looked, last_delete, why };
    pick.take(inputs.iter().copied());
    pick
}
