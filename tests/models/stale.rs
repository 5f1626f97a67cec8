//! `VersionTracker` against a map that is scanned.

use crate::naive::NaiveTracker;
use proptest::prelude::*;
use tabletop_core::base::{PathId, SimTime, VersionRange};
use tabletop_core::version_graph::{StalePath, VersionTracker};

type Member = (VersionRange, SimTime);

#[derive(Clone, Debug)]
enum Op {
    Add(VersionRange),
    AddPath(Vec<Member>),
    Take(u64),
    TakeExpired(u64),
    Recover(u64, Vec<Member>),
    Construct(Vec<VersionRange>, Vec<Member>),
    Store,
}

fn range() -> impl Strategy<Value = VersionRange> {
    (0_i64..14, 0_i64..5).prop_map(|(start, length)| VersionRange::new(start, start + length))
}

fn members(count: usize) -> impl Strategy<Value = Vec<Member>> {
    let member = (range(), (0_u64..30).prop_map(SimTime));
    // One rowset per range, as in a tablet.
    proptest::collection::vec(member, 0..count).prop_map(|mut members| {
        members.sort();
        members.dedup_by_key(|member| member.0);
        members
    })
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => range().prop_map(Op::Add),
        4 => members(5).prop_map(Op::AddPath),
        2 => (1_u64..9).prop_map(Op::Take),
        2 => (0_u64..30).prop_map(Op::TakeExpired),
        1 => (1_u64..9, members(4)).prop_map(|(id, members)| Op::Recover(id, members)),
        2 => (proptest::collection::vec(range(), 0..6), members(16))
            .prop_map(|(live, stale)| Op::Construct(live, stale)),
        1 => Just(Op::Store),
    ]
}

fn members_by_start(mut members: Vec<Member>) -> Vec<Member> {
    members.sort_by_key(|member| member.0.start);
    members
}

fn assert_same(tracker: &VersionTracker, naive: &NaiveTracker, after: &Op) {
    let paths = tracker.paths().iter().map(|path| (path.id.0, path.members.clone()));
    assert_eq!(paths.collect::<Vec<_>>(), naive.paths.clone().into_iter().collect::<Vec<_>>(), "{after:?}");
    assert_eq!(tracker.paths().next_id().0, naive.next, "{after:?}");
    let mut edges = naive.graph.edges.clone();
    edges.sort_unstable_by_key(|range| (range.start, -range.end));
    assert_eq!(tracker.graph().ranges().collect::<Vec<_>>(), edges, "{after:?}");
    for limit in 0..30 {
        let expired: Vec<_> = tracker.capture_expired(SimTime(limit)).iter().map(|id| id.0).collect();
        assert_eq!(expired, naive.expired(SimTime(limit)), "{after:?}");
    }
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn any_soup_of_paths(ops in proptest::collection::vec(op(), 0..30)) {
        let (mut tracker, mut naive) = (VersionTracker::new(), NaiveTracker::default());
        for op in &ops {
            match op.clone() {
                Op::Add(range) => {
                    tracker.add_version(range);
                    naive.graph.add(range);
                }
                Op::AddPath(members) => {
                    let id = tracker.add_stale_path(members.clone()).map(|id| id.0);
                    prop_assert_eq!(id, naive.add_path(members));
                }
                Op::Take(id) => {
                    let taken = tracker.fetch_and_delete(PathId(id)).map(|path| path.members);
                    prop_assert_eq!(taken, naive.take(id));
                }
                Op::TakeExpired(limit) => {
                    for id in tracker.capture_expired(SimTime(limit)) {
                        tracker.fetch_and_delete(id);
                    }
                    for id in naive.expired(SimTime(limit)) {
                        naive.take(id);
                    }
                }
                Op::Recover(id, members) => {
                    tracker.recover([StalePath::new(PathId(id), members.clone())]);
                    for member in &members {
                        naive.graph.add(member.0);
                    }
                    naive.paths.insert(id, members_by_start(members));
                }
                Op::Construct(live, stale) => {
                    tracker.construct(&live, &stale);
                    naive.construct(&live, &stale);
                }
                Op::Store => {
                    let stored = postcard::to_allocvec(&tracker).expect("trackers are stored");
                    let again: VersionTracker = postcard::from_bytes(&stored).expect("and read");
                    prop_assert_eq!(&again, &tracker);
                    tracker = again;
                }
            }
            assert_same(&tracker, &naive, op);
        }
    }

    /// What a history of merges left behind is grouped by the merges, whatever the order of metas.
    #[test]
    fn merges_are_recovered_as_they_were(
        merges in proptest::collection::vec((0_usize..30, 2_usize..6), 0..12),
        order in any::<prop::sample::Index>(),
    ) {
        let mut live: Vec<_> = (0..30).map(VersionRange::single).collect();
        let mut groups: Vec<Vec<Member>> = Vec::new();
        for (now, (at, count)) in (1..).zip(merges) {
            if at + count <= live.len() {
                let whole = VersionRange::new(live[at].start, live[at + count - 1].end);
                let parts = live.splice(at..at + count, [whole]);
                groups.push(parts.map(|range| (range, SimTime(now))).collect());
            }
        }
        let mut stale: Vec<_> = groups.concat();
        if !stale.is_empty() {
            let turn = order.index(stale.len());
            stale.rotate_left(turn);
        }
        let tracker = VersionTracker::from_rowsets(&live, &stale);
        let mut found: Vec<_> = tracker.paths().iter().map(|path| path.members.clone()).collect();
        found.sort();
        groups.sort();
        prop_assert_eq!(found, groups);
    }
}
