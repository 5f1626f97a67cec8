//! Policies in words: their names, and the rule that decided.

use super::Text;
use tabletop_core::compaction::{Policy, Rule};

/// Name of a policy.
pub const fn name(t: &'static Text, policy: Policy) -> &'static str {
    match policy {
        Policy::SizeBased => t.pol_size_based,
        Policy::TimeSeries => t.pol_time_series,
        Policy::NumBased => t.pol_num_based,
        Policy::CloudSizeBased => t.pol_cloud,
        Policy::Own => t.pol_own,
    }
}

/// A rule as half a sentence.
pub fn rule(t: &'static Text, rule: Rule) -> &'static str {
    // In the order of `Rule::ALL`: the length does not compile otherwise, a test compares the rest.
    let said: [&'static str; Rule::ALL.len()] = [
        t.ru_no_point,
        t.ru_no_candidates,
        t.ru_gap,
        t.ru_promotion,
        t.ru_before_delete,
        t.ru_no_before_delete,
        t.ru_empty_run,
        t.ru_largest,
        t.ru_all_at_max,
        t.ru_query_first,
        t.ru_levels_fall,
        t.ru_too_little,
        t.ru_single,
        t.ru_levels_match,
        t.ru_not_ready,
        t.ru_goal_size,
        t.ru_max_rowsets,
        t.ru_file_count,
        t.ru_time,
        t.ru_level_size,
        t.ru_level_time,
        t.ru_nothing_due,
        t.ru_score_low,
        t.ru_score,
        t.ru_too_few,
        t.ru_first_pair,
        t.ru_remote_delete,
        t.ru_rowset_count,
        t.ru_data_ratio,
        t.ru_base_age,
        t.ru_base_waits,
        t.ru_everything,
        t.ru_idle_overlap,
        t.ru_idle_point,
        t.ru_by_hand,
        t.ru_own_pick,
        t.ru_own_leaves,
        t.ru_own_failed,
    ];
    said[rule as usize]
}

#[cfg(test)]
mod tests {
    use super::super::{EN, Lang};
    use super::*;

    #[test]
    fn rules_have_sentences_of_their_own() {
        for t in [&EN, Lang::Zh.text()] {
            let mut said: Vec<_> = Rule::ALL.iter().map(|which| rule(t, *which)).collect();
            said.sort_unstable();
            said.dedup();
            assert_eq!(said.len(), Rule::ALL.len());
        }
        assert_eq!(rule(&EN, Rule::Gap), EN.ru_gap);
        assert_eq!(rule(&EN, Rule::NotReady), EN.ru_not_ready);
        assert_eq!(rule(&EN, Rule::BaseAge), EN.ru_base_age);
        assert_eq!(rule(&EN, Rule::ByHand), EN.ru_by_hand);
    }
}
