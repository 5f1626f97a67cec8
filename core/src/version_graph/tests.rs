//! The smallest cases that show what is meant.

use super::*;
use alloc::vec;

fn rs(start: Version, end: Version) -> VersionRange {
    VersionRange::new(start, end)
}

#[test]
fn the_longest_edge_that_does_not_overshoot_wins() {
    let graph = VersionGraph::from_ranges([rs(0, 1), rs(2, 5), rs(2, 2), rs(3, 3), rs(4, 4), rs(5, 5)]);
    let mut path = Vec::new();
    assert_eq!(graph.capture(rs(0, 4), &mut path), Ok(()));
    assert_eq!(path, [rs(0, 1), rs(2, 2), rs(3, 3), rs(4, 4)]);
    assert_eq!(graph.capture(rs(0, 5), &mut path), Ok(()));
    assert_eq!(path, [rs(0, 1), rs(2, 5)]);
}

#[test]
fn crossing_ranges_need_the_complete_search() {
    let graph = VersionGraph::from_ranges([rs(0, 3), rs(0, 1), rs(2, 5)]);
    let mut path = Vec::new();
    assert_eq!(graph.capture(rs(0, 5), &mut path), Err(CaptureError::Stuck { at: 4, wanted: 6 }));
    assert_eq!(path, [rs(0, 3)]);
    assert_eq!(graph.capture_complete(rs(0, 5)), Some(vec![rs(0, 1), rs(2, 5)]));
    assert_eq!(graph.reachable_from(0), [0, 2, 4, 6]);
}

#[test]
fn a_range_added_twice_is_deleted_twice_and_leaves_orphans() {
    let mut graph = VersionGraph::new();
    graph.add(rs(0, 0));
    graph.add(rs(0, 0));
    assert_eq!(graph.delete(rs(0, 0)), Ok(()));
    assert_eq!((graph.contains_edge(rs(0, 0)), graph.orphan_count()), (1, 0));
    assert_eq!(graph.delete(rs(0, 0)), Ok(()));
    assert_eq!((graph.vertex_count(), graph.orphan_count()), (2, 2));
    assert_eq!(graph.delete(rs(0, 7)), Err(UnknownVertex { range: rs(0, 7), vertex: 8 }));
}

#[test]
fn strange_ranges_do_no_harm() {
    let mut graph = VersionGraph::new();
    for range in [rs(5, 4), rs(9, 5), rs(Version::MAX, Version::MAX), rs(0, Version::MAX), rs(-7, -1)] {
        graph.add(range);
    }
    let mut path = Vec::new();
    assert_eq!(graph.capture(rs(5, 7), &mut path), Err(CaptureError::Stuck { at: 5, wanted: 8 }));
    assert_eq!(graph.capture(rs(6, 8), &mut path), Ok(()));
    assert_eq!(graph.capture(rs(-7, Version::MAX), &mut path), Ok(()));
    assert_eq!(path, [rs(-7, -1), rs(0, Version::MAX - 1)]);
    assert_eq!(graph.delete(rs(5, 4)), Ok(()));
    assert_eq!(graph.orphan_count(), 1);
}

#[test]
fn the_tiered_history_has_the_sizes_of_the_reference() {
    for (loads, live, stale) in [(1_000, 2, 1_110), (10_000, 11, 11_100), (100_000, 101, 111_000)] {
        let (live_ranges, stale_ranges) = bench_history::tiered(loads);
        assert_eq!((live_ranges.len(), stale_ranges.len()), (live, stale));
        let tracker = VersionTracker::from_rowsets(&live_ranges, &stale_ranges);
        assert_eq!(tracker.paths().len(), stale / 10);
    }
}
