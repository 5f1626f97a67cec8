//! Hand-made views for tests, pictures and measurements. Not part of the product.

use tabletop_core::base::{PathId, ReaderId, RowsetId, SimTime, VersionRange};
use tabletop_core::compaction::{Policy, Rule};
use tabletop_core::view::tablet::{
    Brick, Fold, GhostPath, Heat, PathStop, PickView, ReadState, ReadView, Readable, ReadableRun,
    StalePathView, TabletView, Tick, Totals, UNITS_PER_VERSION, VertexView, WhyView,
};

const MB: u64 = 1 << 20;

/// Place of a version where the first `fold` versions take `narrow` units each.
fn place(version: i64, fold: i64, narrow: u32) -> u32 {
    let (inside, beyond) = (version.min(fold), (version - fold).max(0));
    inside as u32 * narrow + beyond as u32 * UNITS_PER_VERSION
}

fn x(version: i64) -> u32 {
    place(version, 24, 5)
}

fn brick(start: i64, end: i64, mb: u64, heat: Heat) -> Brick {
    Brick {
        id: RowsetId((start * 1000 + end) as u64),
        range: VersionRange::new(start, end),
        x0: x(start),
        x1: x(end + 1),
        bytes: Some(mb * MB),
        rows: Some(mb * 8_000),
        heat,
        segments: Some(1),
        overlapping: false,
        empty: mb == 0,
        count: 1,
    }
}

fn singles(start: i64, end: i64, overlapping: &[i64]) -> Vec<Brick> {
    (start..=end)
        .map(|v| Brick {
            overlapping: overlapping.contains(&v),
            segments: Some(if overlapping.contains(&v) { 3 } else { 1 }),
            ..brick(v, v, 21, Heat::Fresh)
        })
        .collect()
}

fn path(id: u64, row: u32, left_s: u64, members: Vec<Brick>) -> StalePathView {
    let start = members.first().map_or(0, |b| b.range.start);
    let end = members.last().map_or(0, |b| b.range.end);
    StalePathView {
        id: PathId(id),
        row,
        range: VersionRange::new(start, end),
        x0: x(start),
        x1: x(end + 1),
        members,
        stale_since: SimTime::from_secs(412 + left_s - 300),
        expires_at: Some(SimTime::from_secs(412 + left_s)),
        time_known: true,
    }
}

fn stop(start: i64, end: i64, path: Option<u64>, row: u32) -> PathStop {
    PathStop {
        rowset: RowsetId((start * 1000 + end) as u64),
        range: VersionRange::new(start, end),
        x0: x(start),
        x1: x(end + 1),
        stale_path: path.map(PathId),
        row,
        bytes: None,
    }
}

/// The tablet of the mock: 52 versions, two rows of stale paths, a served and a failed read.
pub fn steady() -> TabletView {
    use Heat::{Base, Cumulative, Delete, Fresh};
    let hatched = |b: Brick| Brick { overlapping: true, segments: Some(4), ..b };
    let live = vec![
        brick(0, 23, 503, Base),
        brick(24, 31, 168, Cumulative),
        brick(32, 32, 0, Delete),
        brick(33, 38, 131, Cumulative),
        brick(39, 43, 112, Cumulative),
        hatched(brick(44, 44, 21, Fresh)),
        brick(45, 45, 21, Fresh),
        brick(46, 46, 0, Fresh),
        hatched(brick(47, 47, 26, Fresh)),
        brick(48, 48, 0, Delete),
        brick(49, 49, 21, Fresh),
        brick(50, 50, 21, Fresh),
        hatched(brick(51, 51, 22, Fresh)),
    ];
    let mut second = vec![brick(12, 15, 60, Cumulative)];
    second.extend(singles(16, 19, &[]));
    let stale = vec![
        path(
            10,
            1,
            76,
            vec![brick(0, 11, 280, Base), brick(12, 19, 120, Cumulative), brick(20, 23, 80, Cumulative)],
        ),
        path(
            6,
            1,
            132,
            vec![brick(24, 27, 80, Cumulative), brick(28, 28, 20, Fresh), brick(29, 31, 66, Cumulative)],
        ),
        path(8, 1, 184, {
            let mut members = vec![brick(33, 35, 64, Cumulative)];
            members.extend(singles(36, 38, &[37]));
            members
        }),
        path(11, 1, 224, singles(39, 43, &[41, 43])),
        path(2, 2, 32, second),
        path(3, 2, 64, singles(20, 23, &[])),
        path(4, 2, 96, singles(24, 27, &[25, 26])),
        path(5, 2, 128, singles(29, 31, &[])),
        path(7, 2, 160, singles(33, 35, &[34])),
    ];
    let mut members: Vec<(VersionRange, u32, u32)> = vec![(VersionRange::new(0, 1), x(0), x(2))];
    members.extend((2..12).map(|v| (VersionRange::single(v), x(v), x(v + 1))));
    let ghosts = vec![GhostPath {
        id: PathId(1),
        row: 2,
        range: VersionRange::new(0, 11),
        x0: x(0),
        x1: x(12),
        members,
        swept_at: SimTime::from_secs(380),
        swept_step: 380,
    }];
    let answers = |v: i64| match v {
        23 | 31 | 32 | 38 | 43.. => Readable::Live,
        11 | 15.. => Readable::Stale,
        _ => Readable::No,
    };
    let readable = (0..52)
        .map(|v| ReadableRun { range: VersionRange::single(v), x0: x(v), x1: x(v + 1), readable: answers(v) })
        .collect();
    let reads = vec![
        ReadView {
            id: ReaderId(9),
            version: 36,
            started_at: SimTime::from_secs(400),
            ended_at: Some(SimTime::from_secs(410)),
            step: 411,
            state: ReadState::Served {
                path: vec![
                    stop(0, 23, None, 0),
                    stop(24, 31, None, 0),
                    stop(32, 32, None, 0),
                    stop(33, 35, Some(8), 1),
                    stop(36, 36, Some(8), 1),
                ],
            },
        },
        ReadView {
            id: ReaderId(8),
            version: 9,
            started_at: SimTime::from_secs(370),
            ended_at: Some(SimTime::from_secs(390)),
            step: 390,
            state: ReadState::Failed {
                code: -230,
                partial: vec![],
                stuck_at: (0, x(0)),
                wanted_x: x(10),
                inside: Some(VersionRange::new(0, 23)),
                swept: Some((PathId(1), SimTime::from_secs(380), 380)),
                missing: vec![],
                complete_search_finds: false,
            },
        },
    ];
    let vertices = (0..53)
        .filter(|v| *v != 1)
        .map(|v| VertexView { version: v, x: x(v), orphan: (2..12).contains(&v) })
        .collect();
    TabletView {
        now: SimTime::from_secs(412),
        step: 412,
        max_version: 51,
        axis_units: x(52),
        ticks: (0..52).map(|version| Tick { version, x: x(version) }).collect(),
        folds: vec![Fold { range: VersionRange::new(4, 23), x0: x(11), x1: x(24) }],
        live,
        stale,
        ghosts,
        point: Some((39, x(39))),
        reads,
        readable,
        vertices,
        missing: vec![],
        pick: Some(PickView {
            range: VersionRange::new(39, 47),
            x0: x(39),
            x1: x(48),
            inputs: vec![],
            score: 7,
        }),
        why: why(Rule::LevelsMatch),
        visible: 51,
        changed: vec![RowsetId(51_051)],
        totals: Totals { live: 13, live_bytes: 1_047 * MB, ..Totals::default() },
    }
}

/// What an import may bring: a fold, a gap, sizes not told, times inferred.
pub fn imported() -> TabletView {
    let mut view = steady();
    view.live.remove(3);
    view.missing = vec![Fold { range: VersionRange::new(33, 38), x0: x(33), x1: x(39) }];
    for brick in view.live.iter_mut().skip(3) {
        brick.bytes = None;
        brick.empty = false;
    }
    for path in &mut view.stale {
        path.time_known = false;
    }
    view.stale.retain(|path| path.id != PathId(8));
    view.stale[1].expires_at = None;
    view.reads.remove(0);
    view.changed.clear();
    view
}

/// The smallest tablet: `[0-1]`.
pub fn fresh() -> TabletView {
    let mut view = synthetic_view(0);
    let initial = Brick { id: RowsetId(1), ..brick(0, 1, 0, Heat::Base) };
    view.live = vec![Brick { x0: 0, x1: 32, empty: true, ..initial }];
    view.axis_units = 32;
    view.max_version = 1;
    view.ticks = vec![Tick { version: 0, x: 0 }, Tick { version: 1, x: 16 }];
    view.readable =
        vec![ReadableRun { range: VersionRange::new(1, 1), x0: 16, x1: 32, readable: Readable::Live }];
    view
}

/// A tablet with `n` live rowsets and as many stale ones, for measuring.
pub fn synthetic_view(n: usize) -> TabletView {
    let at = |v: usize| v as u32 * UNITS_PER_VERSION;
    let single = |v: usize, id: usize| Brick {
        id: RowsetId(id as u64 + 1),
        range: VersionRange::single(v as i64),
        x0: at(v),
        x1: at(v + 1),
        bytes: Some((((v as u64).wrapping_mul(2_654_435_761) >> 7) % 64 + 1) * MB),
        rows: None,
        heat: match v % 11 {
            0 => Heat::Delete,
            1..=4 => Heat::Cumulative,
            _ => Heat::Fresh,
        },
        segments: Some(1 + u32::from(v.is_multiple_of(4))),
        overlapping: v.is_multiple_of(4),
        empty: v % 17 == 16,
        count: 1,
    };
    let stale = (0..n / 10)
        .map(|p| StalePathView {
            id: PathId(p as u64 + 1),
            row: 1 + (p % 3) as u32,
            range: VersionRange::new(p as i64 * 10, p as i64 * 10 + 9),
            x0: at(p * 10),
            x1: at(p * 10 + 10),
            members: (p * 10..p * 10 + 10).map(|v| single(v, n + v)).collect(),
            stale_since: SimTime::ZERO,
            expires_at: Some(SimTime::from_secs(300 + p as u64 % 300)),
            time_known: true,
        })
        .collect();
    TabletView {
        now: SimTime::from_secs(290),
        step: n as u64,
        max_version: n as i64 - 1,
        axis_units: at(n),
        ticks: (0..n).step_by((n / 256).max(1)).map(|v| Tick { version: v as i64, x: at(v) }).collect(),
        folds: Vec::new(),
        live: (0..n).map(|v| single(v, v)).collect(),
        stale,
        ghosts: Vec::new(),
        point: (n > 0).then(|| ((n / 2) as i64, at(n / 2))),
        reads: Vec::new(),
        readable: (0..n)
            .map(|v| ReadableRun {
                range: VersionRange::single(v as i64),
                x0: at(v),
                x1: at(v + 1),
                readable: if v % 9 == 0 { Readable::No } else { Readable::Live },
            })
            .collect(),
        vertices: Vec::new(),
        missing: Vec::new(),
        pick: None,
        why: why(Rule::NoPoint),
        visible: n as i64 - 1,
        changed: Vec::new(),
        totals: Totals::default(),
    }
}

fn why(rule: Rule) -> WhyView {
    let policy = Policy::SizeBased;
    WhyView {
        policy,
        rule,
        code: 0,
        facts: Vec::new(),
        rejected: Vec::new(),
        point: None,
        said: String::new(),
        fault: None,
    }
}
