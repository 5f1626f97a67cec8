//! The smallest cases that show intent.

use super::*;
use crate::base::{RowsetId, VersionRange};
use crate::rowset::Overlap;
use alloc::vec::Vec;

/// A rowset without overlap.
fn rs(start: i64, end: i64, bytes: u64) -> Candidate {
    Candidate {
        id: RowsetId(end as u64 + 1),
        range: VersionRange::new(start, end),
        bytes,
        data_bytes: bytes,
        segments: u32::from(bytes > 0),
        overlap: Overlap::NonOverlapping,
        created_at: SimTime::ZERO,
        level: 0,
        delete_predicate: false,
        local: true,
    }
}

fn delete(version: i64) -> Candidate {
    Candidate { delete_predicate: true, ..rs(version, version, 0) }
}

fn facts(point: i64) -> TabletFacts {
    TabletFacts { point, promotion_bytes: 128 * MIB, ..TabletFacts::default() }
}

fn ranges(pick: &Pick) -> Vec<(i64, i64)> {
    pick.inputs.iter().map(|(_, range)| (range.start, range.end)).collect()
}

fn pick(policy: Policy, rowsets: &[Candidate]) -> Pick {
    let all: Vec<_> = rowsets.iter().collect();
    policy.pick(&all, &facts(2), &Config::default(), SimTime::from_secs(60))
}

#[test]
fn a_large_rowset_waits_until_what_follows_is_of_its_level() {
    let small: Vec<_> = (10..16).map(|v| rs(v, v, MIB)).collect();
    let mut rowsets = [rs(2, 9, 64 * MIB)].to_vec();
    rowsets.extend(&small);
    let waits = pick(Policy::SizeBased, &rowsets);
    assert_eq!((ranges(&waits).len(), waits.score), (6, 6));
    let reason = Reason::LevelAbove { level: 64 * MIB, rest: 4 * MIB };
    assert_eq!(waits.why.rejected, [Rejected { range: VersionRange::new(2, 9), count: 1, reason }]);
    rowsets[0].bytes = 6 * MIB;
    assert_eq!(ranges(&pick(Policy::SizeBased, &rowsets)).len(), 7);
}

#[test]
fn a_pick_ends_before_a_delete_and_the_point_steps_over_it() {
    let rowsets = [rs(2, 2, MIB), rs(3, 3, MIB), delete(4), rs(5, 5, MIB)];
    for policy in [Policy::SizeBased, Policy::NumBased, Policy::TimeSeries, Policy::CloudSizeBased] {
        let before = pick(policy, &rowsets);
        assert_eq!((ranges(&before), before.why.rule), ([(2, 2), (3, 3)].to_vec(), Rule::BeforeDelete));
        let behind = policy.select(
            &rowsets[2..3],
            &facts(4),
            &Config::default(),
            LastSuccess::default(),
            SimTime::from_secs(60),
        );
        assert_eq!((behind.code, behind.point), (-2010, Some(5)));
    }
}

#[test]
fn versions_that_are_not_visible_stay_out() {
    let rowsets: Vec<_> = (2..12).map(|v| rs(v, v, MIB)).collect();
    let known = TabletFacts { visible: 8, ..facts(2) };
    let now = SimTime::from_secs(60);
    let config = Config::default();
    let selection = Policy::SizeBased.select(&rowsets, &known, &config, LastSuccess::default(), now);
    assert_eq!(selection.pick.range(), Some(VersionRange::new(2, 8)));
    let reason = Reason::Invisible { visible: 8 };
    let kept = Rejected { range: VersionRange::new(9, 11), count: 3, reason };
    assert!(selection.pick.why.rejected.contains(&kept), "{:?}", selection.pick.why);
}

#[test]
fn keys_are_told_apart() {
    let mut keys: Vec<_> = Rule::ALL.iter().map(|rule| rule.key()).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), Rule::ALL.len());
}

#[test]
fn base_and_full_leave_the_first_pair() {
    let rowsets = [rs(0, 1, 0), rs(2, 9, MIB)];
    let known = facts(10);
    let base = Policy::SizeBased.pick_base(&rowsets, &known, &Config::default(), SimTime::ZERO);
    assert_eq!((base.why.rule, base.inputs.len()), (Rule::FirstPair, 0));
    assert_eq!(base::full(&rowsets).why.rule, Rule::FirstPair);
    assert_eq!(base::full(&[rs(0, 1, 0), rs(3, 9, MIB)]).why.value(Fact::Version), Some(2));
}
