//! Scripts of races between compactions: most end with counters equal and layouts that differ, the last with a job
//! that changes hands (see [`super::lease`]).
//!
//! ```text
//! earlier-ignored  BE 1  ├─ merge [2-7] ────────┤ commit 1 ┄┄┄┄┄┄┄┄┄┄ answer: count 2 is here, passed over
//!                  BE 1          ├─ merge [8-10] ┤ commit 2 ┄┄ answer: taken, count 2
//! empty-hides      BE 1  ├─ merge [2-6] ────────┤ commit 1
//!                  BE 2                   start empty ┄┄┄┄┄┄ commit 2: count 1 here, point as stored
//! point-back       BE 2  ├─ merge [3-5] ────────┤ commit 1, point 6
//!                  BE 1                   start empty ┄┄┄┄┄┄ commit 2, point 3: BE 2 is ahead
//! below-the-point  BE 1  ├─ merge [2-7] ────────────────┤ commit 2, point stays 10
//!                  BE 1    ├─ merge [8-9], d10 next ─┤ commit 1, point 10;  BE 2 syncs: count 1, point 10
//! ```
//!
//! Latencies are fixed, so that the moments hold whatever the seed. Found from random seeds they are in
//! `tests/labs/races.rs`.

use super::command::ClusterCommand;
use super::config::{K, Knobs};
use crate::base::SimTime;
use crate::cloud::JobKind;
use alloc::vec::Vec;

type Script = Vec<(SimTime, ClusterCommand)>;

const LOAD: ClusterCommand = ClusterCommand::Load { table: 0 };
const DELETE: ClusterCommand = ClusterCommand::Delete { table: 0 };
const QUERY: ClusterCommand = ClusterCommand::Query { table: 0 };
const MERGE: ClusterCommand = ClusterCommand::Compact { tablet: 0, kind: JobKind::Cumulative };

const fn to(backend: u32) -> ClusterCommand {
    ClusterCommand::Move { tablet: 0, backend }
}

fn script(lines: &[(u64, ClusterCommand)]) -> Script {
    lines.iter().map(|&(ms, command)| (SimTime::from_millis(ms), command)).collect()
}

/// Slow merges and slow messages without a tail; nothing is compacted but by the script.
pub(super) fn knobs() -> Knobs {
    Knobs::default()
        .with(K::CompactEvery, 0)
        .with(K::MinScore, 2)
        .with(K::MergeSpeed, 500_000)
        .with(K::Latency, 100_000)
        .with(K::Tail, 0)
}

/// The job that merges more has the longer answer to wait for: each key of its commit takes its time.
pub(super) fn earlier_ignored() -> Script {
    let mut lines: Vec<_> = (1..7).map(|second| (second * 1_000, LOAD)).collect();
    lines.extend([(7_500, QUERY), (9_000, MERGE), (10_500, LOAD), (11_500, LOAD), (12_500, LOAD)]);
    lines.extend([(13_500, QUERY), (15_060, MERGE), (25_000, LOAD), (26_500, QUERY)]);
    script(&lines)
}

/// Backend 2 cannot have what backend 1 merges, so it steps over the delete that comes next.
pub(super) fn empty_hides() -> Script {
    let mut lines: Vec<_> = (1..6).map(|second| (second * 1_000, LOAD)).collect();
    lines.extend([(6_500, QUERY), (8_000, MERGE), (9_000, to(1)), (10_000, DELETE), (12_000, QUERY)]);
    lines.extend([(18_100, MERGE), (20_000, LOAD), (22_000, QUERY)]);
    script(&lines)
}

/// The earlier and longer merge is committed behind the later one, whose commit moved the point over it;
/// backend 2 asks in between.
pub(super) fn below_the_point() -> Script {
    let mut lines: Vec<_> = (1..7).map(|second| (second * 1_000, LOAD)).collect();
    lines.extend([(7_500, QUERY), (8_000, MERGE), (9_000, LOAD), (10_000, LOAD), (11_000, DELETE)]);
    lines.extend([(12_500, QUERY), (13_500, MERGE), (18_300, to(1)), (18_500, QUERY), (22_000, LOAD)]);
    lines.push((24_000, QUERY));
    script(&lines)
}

/// Backend 1 saw one rowset behind the delete and may step over it; backend 2 sees three and merges them.
pub(super) fn point_back() -> Script {
    script(&[
        (1_000, DELETE),
        (2_000, LOAD),
        (3_500, QUERY),
        (4_500, to(1)),
        (5_000, LOAD),
        (6_000, LOAD),
        (7_500, QUERY),
        (9_000, MERGE),
        (10_000, to(0)),
        (15_300, MERGE),
        (17_000, to(1)),
        (18_000, LOAD),
        (20_000, QUERY),
    ])
}

/// Six loads are merged for 100 s by a backend that is cut off meanwhile; another one serves the tablet.
pub(super) fn lease_over() -> Script {
    let cut = |on| ClusterCommand::Cut { backend: 0, on };
    let mut lines: Vec<_> = (1..7).map(|second| (second * 1_000, LOAD)).collect();
    lines.extend([(8_000, QUERY), (9_000, MERGE), (40_000, cut(true)), (45_000, to(1)), (46_000, QUERY)]);
    lines.extend([(60_000, MERGE), (115_000, MERGE), (130_000, cut(false)), (218_000, LOAD)]);
    lines.extend([(220_000, to(0)), (222_000, QUERY), (225_000, LOAD), (227_000, QUERY)]);
    script(&lines)
}
