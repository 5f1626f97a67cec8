//! Policies against the same rules said in another way: sums and runs found anew for every question.

use proptest::prelude::*;
use std::ops::Range;
use tabletop_core::base::{RowsetId, SimTime, VersionRange};
use tabletop_core::compaction::{
    Candidate, Config, LastSuccess, Pick, Policy, TabletFacts, runs, size_based,
};
use tabletop_core::rowset::Overlap;

const NOW: SimTime = SimTime::from_secs(200_000);

fn candidate() -> impl Strategy<Value = (u64, u32, u8, bool, u64, i64, i64)> {
    let bytes = prop_oneof![2 => Just(0), 3 => 0_u64..4_096, 4 => (10_u32..31).prop_map(|bits| 1 << bits), 3 => 0_u64..1 << 30];
    (
        bytes,
        0_u32..6,
        0_u8..3,
        prop::bool::weighted(0.06),
        0_u64..200_000,
        1_i64..4,
        prop_oneof![12 => Just(0_i64), 1 => 1_i64..3],
    )
}

/// Ascending rowsets from version 2 on, with a hole now and then.
fn rowsets() -> impl Strategy<Value = Vec<Candidate>> {
    proptest::collection::vec(candidate(), 0..24).prop_map(|all| {
        let mut next = 2;
        let mut made = Vec::new();
        for (at, (bytes, segments, overlap, delete_predicate, created, span, hole)) in
            all.into_iter().enumerate()
        {
            let start = next + hole;
            next = start + span;
            made.push(Candidate {
                id: RowsetId(at as u64 + 1),
                range: VersionRange::new(start, next - 1),
                bytes: if segments == 0 { 0 } else { bytes },
                data_bytes: bytes,
                segments,
                overlap: [Overlap::Unknown, Overlap::Overlapping, Overlap::NonOverlapping]
                    [usize::from(overlap)],
                created_at: SimTime::from_secs(created),
                level: 0,
                delete_predicate,
                local: true,
            });
        }
        made
    })
}

fn touching(rowsets: &[&Candidate]) -> bool {
    rowsets.windows(2).all(|pair| pair[0].range.end + 1 == pair[1].range.start)
}

/// Every run there is, in order of start, then length.
fn all_runs(count: usize) -> impl Iterator<Item = Range<usize>> {
    (0..count).flat_map(move |start| (start + 1..=count).map(move |end| start..end))
}

/// The size-based pick as its description reads, with every sum taken anew.
fn naive_size_based(all: &[&Candidate], promotion: u64, config: &Config) -> Vec<VersionRange> {
    let bytes = |left: &[&Candidate]| left.iter().map(|r| r.bytes).sum::<u64>();
    let score = |left: &[&Candidate]| left.iter().map(|r| r.score()).sum::<u64>();
    let level = |bytes: u64| {
        let mut classes = (10..=29).map(|bits| 1_u64 << bits).filter(|class| *class <= bytes);
        classes.next_back().unwrap_or(0)
    };
    let first = all.iter().position(|r| !r.delete_predicate).unwrap_or(all.len());
    let until = all[first..].iter().position(|r| r.delete_predicate).map_or(all.len(), |at| first + at);
    let collected = &all[first..until];
    let single = |left: &[&Candidate]| left.len() == 1 && !left[0].is_overlapping();
    let mut left = collected.to_vec();
    if bytes(collected) < promotion {
        if all.iter().any(|r| r.delete_predicate) {
            if single(collected) {
                left.clear();
            }
        } else {
            while !left.is_empty() && level(left[0].bytes) > level(bytes(&left[1..])) {
                left.remove(0);
            }
            if left.is_empty() && score(collected) >= config.max_score {
                let most = collected.iter().map(|r| r.score()).max().unwrap_or(0);
                left = match collected.iter().find(|r| most > 1 && r.score() == most) {
                    Some(largest) => vec![largest],
                    None => collected.to_vec(),
                };
            } else if (bytes(&left) < config.min_bytes && score(&left) < config.min_score)
                || (bytes(&left) >= config.min_bytes && single(&left))
            {
                left.clear();
            }
        }
    }
    while left.len() > 1 && score(&left) > config.max_score {
        left.pop();
    }
    left.iter().map(|r| r.range).collect()
}

fn ranges(pick: &Pick) -> Vec<VersionRange> {
    pick.inputs.iter().map(|input| input.1).collect()
}

/// Every candidate goes in or is named among those that stay out.
fn assert_accounted(pick: &Pick, candidates: usize) {
    if pick.inputs.is_empty() {
        return;
    }
    let out: usize = pick.why.rejected.iter().map(|run| run.count as usize).sum();
    assert_eq!(pick.inputs.len() + out, candidates, "{:?}", pick.why);
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn size_based_picks_what_its_description_says(
        rowsets in rowsets(), max_score in 2_u64..40, min_score in 1_u64..8, bits in 20_u32..34,
    ) {
        let all: Vec<_> = rowsets.iter().collect();
        let run = runs::longest_consecutive(&all);
        let config = Config { max_score, min_score, ..Config::default() };
        let facts = TabletFacts { point: 2, promotion_bytes: 1 << bits, ..TabletFacts::default() };
        let pick = size_based::pick(&all[run.clone()], &facts, &config);
        prop_assert_eq!(ranges(&pick), naive_size_based(&all[run.clone()], 1 << bits, &config));
        assert_accounted(&pick, run.len());
    }

    #[test]
    fn runs_are_the_best_of_all_runs(rowsets in rowsets(), least in 1_u32..5) {
        let all: Vec<_> = rowsets.iter().collect();
        let empty = |run: &Range<usize>| all[run.clone()].iter().all(|r| r.is_empty());
        let whole = |run: &Range<usize>| touching(&all[run.clone()]);
        // The longest, and of equal ones the first.
        let longest = |runs: Vec<Range<usize>>| runs.into_iter().rev().max_by_key(ExactSizeIterator::len).unwrap_or(0..0);
        let consecutive = all_runs(all.len()).filter(whole).collect();
        prop_assert_eq!(runs::longest_consecutive(&all), longest(consecutive));
        let empties: Vec<_> = all_runs(all.len()).filter(whole).filter(empty).collect();
        prop_assert_eq!(runs::longest_empty(&all), longest(empties.clone()));
        let maximal = |run: &&Range<usize>| {
            let longer = [run.start..run.end + 1, run.start.wrapping_sub(1)..run.end];
            !longer.iter().any(|longer| empties.contains(longer))
        };
        let due = empties.iter().filter(maximal).find(|run| {
            run.len() >= 2 && run.len() >= least as usize && run.end < all.len()
        });
        prop_assert_eq!(runs::consecutive_empty(&all, least), due.cloned().unwrap_or(0..0));
    }

    #[test]
    fn every_policy_takes_whole_runs_of_visible_candidates(rowsets in rowsets(), visible in 2_i64..60) {
        let facts = TabletFacts { point: 2, promotion_bytes: 128 << 20, visible, ..TabletFacts::default() };
        for policy in [Policy::SizeBased, Policy::TimeSeries, Policy::NumBased] {
            let selection = policy.select(&rowsets, &facts, &Config::default(), LastSuccess::default(), NOW);
            let pick = selection.pick;
            prop_assert!(pick.is_continuous());
            prop_assert!(pick.inputs.iter().all(|(_, range)| range.end <= visible || range.end > visible + 500));
            prop_assert!(pick.inputs.is_empty() || selection.code == 0);
            if policy != Policy::TimeSeries {
                assert_accounted(&pick, rowsets.len());
            }
            // What is picked does not depend on the order in which a caller lists rowsets.
            let mut turned = rowsets.clone();
            turned.reverse();
            let again = policy.select(&turned, &facts, &Config::default(), LastSuccess::default(), NOW);
            prop_assert_eq!(again.pick.inputs, pick.inputs);
        }
    }
}
