//! `VersionGraph` against a list of edges.

use crate::naive::NaiveGraph;
use proptest::prelude::*;
use tabletop_core::base::VersionRange;
use tabletop_core::version_graph::{CaptureMode, VersionGraph};

#[derive(Clone, Debug)]
enum Op {
    Add(VersionRange),
    Delete(VersionRange),
    Reconstruct,
    Store,
}

fn range(limit: i64) -> impl Strategy<Value = VersionRange> {
    (0..limit, 0..limit).prop_map(|(a, b)| VersionRange::new(a.min(b), a.max(b)))
}

fn soup() -> impl Strategy<Value = Vec<Op>> {
    let range = || prop_oneof![4 => range(12), 1 => range(400)];
    let op = prop_oneof![
        6 => range().prop_map(Op::Add),
        4 => range().prop_map(Op::Delete),
        1 => Just(Op::Reconstruct),
        1 => Just(Op::Store),
    ];
    proptest::collection::vec(op, 0..60)
}

fn apply(ops: &[Op]) -> (VersionGraph, NaiveGraph) {
    let (mut graph, mut naive) = (VersionGraph::new(), NaiveGraph::default());
    for op in ops {
        match op {
            Op::Add(range) => {
                graph.add(*range);
                naive.add(*range);
            }
            Op::Delete(range) => assert_eq!(graph.delete(*range).is_ok(), naive.delete(*range), "{range}"),
            Op::Reconstruct => {
                let ranges: Vec<_> = graph.ranges().collect();
                graph.reconstruct(ranges);
                naive = NaiveGraph::of(&naive.edges.clone());
            }
            Op::Store => {
                let stored = postcard::to_allocvec(&graph).expect("graphs are stored");
                let again: VersionGraph = postcard::from_bytes(&stored).expect("and read");
                assert_eq!(again, graph);
                graph = again;
            }
        }
        assert_eq!(graph.orphan_count(), naive.orphans(), "after {op:?}");
    }
    (graph, naive)
}

fn same_walks(graph: &VersionGraph, naive: &NaiveGraph, asked: VersionRange, cold: &[VersionRange]) {
    let mut path = Vec::new();
    let result = graph.capture(asked, &mut path);
    assert_eq!((result, path.clone()), naive.capture(asked), "{asked}");
    for mode in [CaptureMode::Validator, CaptureMode::ValidatorMow, CaptureMode::PreferCache] {
        let warm = |range| !cold.contains(&range);
        let result = graph.capture_filtered(mode, asked, warm, &mut path);
        assert_eq!((result, path.clone()), naive.capture_filtered(mode, asked, warm), "{mode:?} {asked}");
    }
    let distances = naive.distances(asked.start);
    let shortest = distances.get(&(asked.end + 1)).copied().filter(|_| asked.start <= asked.end);
    let complete = graph.capture_complete(asked);
    assert_eq!(complete.as_ref().map(Vec::len), shortest, "{asked}");
    assert_eq!(shortest, by_petgraph(graph, asked), "{asked}");
    if let Some(path) = complete {
        assert_eq!((path[0].start, path[path.len() - 1].end), (asked.start, asked.end));
        assert!(path.windows(2).all(|pair| pair[0].end + 1 == pair[1].start), "{path:?}");
        assert!(path.iter().all(|&range| graph.contains_edge(range) > 0), "{path:?}");
    }
    assert!(graph.reachable_from(asked.start).iter().eq(distances.keys()));
}

/// Length of a shortest path by petgraph's A*, which sees the graph through its traits.
fn by_petgraph(graph: &VersionGraph, asked: VersionRange) -> Option<usize> {
    let (start, goal) = (graph.vertex(asked.start)?, graph.vertex(asked.end + 1)?);
    let found = petgraph::algo::astar(graph, start, |vertex| vertex == goal, |_| 1_usize, |_| 0);
    found.map(|(length, _)| length).filter(|_| asked.start <= asked.end)
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn any_soup_of_ranges(ops in soup(), cold in proptest::collection::vec(range(12), 0..6)) {
        let (graph, naive) = apply(&ops);
        prop_assert!(graph.vertices().map(|vertex| vertex.0).eq(naive.vertices.iter().copied()));
        let mut edges = naive.edges.clone();
        edges.sort_unstable_by_key(|range| (range.start, -range.end));
        prop_assert!(graph.ranges().eq(edges.iter().copied()), "{graph:?} {edges:?}");
        prop_assert_eq!(graph.edge_count(), edges.len());
        prop_assert_eq!(&graph, &{
            let mut built = VersionGraph::from_ranges(edges);
            for &vertex in &naive.vertices {
                // An orphan comes of an edge that goes again.
                built.add(VersionRange::new(vertex, vertex - 1));
                built.delete(VersionRange::new(vertex, vertex - 1)).expect("it is there");
            }
            built
        });
        for start in 0..13 {
            for end in -1..13 {
                same_walks(&graph, &naive, VersionRange::new(start, end), &cold);
            }
        }
    }

    /// Loads and merges of neighbours: nested, so that the greedy walk finds whatever there is.
    #[test]
    fn nested_ranges_need_no_complete_search(merges in proptest::collection::vec((0_usize..24, 2_usize..8, any::<bool>()), 0..20)) {
        let mut live: Vec<_> = (0..24).map(VersionRange::single).collect();
        let mut graph = VersionGraph::from_ranges(live.iter().copied());
        for (at, count, keep) in merges {
            if at + count > live.len() {
                continue;
            }
            let whole = VersionRange::new(live[at].start, live[at + count - 1].end);
            let parts: Vec<_> = live.splice(at..at + count, [whole]).collect();
            if keep {
                graph.add(whole);
            } else {
                graph.replace(&parts, whole).expect("all are there");
            }
        }
        let mut path = Vec::new();
        for start in 0..24 {
            for end in start..24 {
                let asked = VersionRange::new(start, end);
                let greedy = graph.capture(asked, &mut path).ok().map(|()| path.len());
                prop_assert_eq!(greedy, graph.capture_complete(asked).map(|path| path.len()));
            }
        }
    }

    /// Runs of neighbouring slots are copied in blocks; a goal may lie anywhere in one.
    #[test]
    fn long_runs_end_where_they_should(gone in proptest::collection::vec(0_i64..60, 0..3), end in 0_i64..64) {
        let mut graph = VersionGraph::from_ranges((0..60).map(VersionRange::single));
        let mut naive = NaiveGraph::of(&graph.ranges().collect::<Vec<_>>());
        for version in gone {
            graph.delete(VersionRange::single(version)).expect("a vertex stays");
            naive.delete(VersionRange::single(version));
        }
        for start in 0..8 {
            same_walks(&graph, &naive, VersionRange::new(start, end), &[]);
        }
    }
}
