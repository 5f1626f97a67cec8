//! The time scale folds silence and finds its way back.

use super::{StripGeometry, TimeScale, timeline};
use crate::protocol::{BranchId, BranchInfo, Marker, RunId, RunState, SaveState, Series};
use crate::stage::pictures::write;
use tabletop_core::base::{Digest, SimTime};

const GEOMETRY: StripGeometry = StripGeometry {
    width: 1416.0,
    height: 96.0,
    scale: 1.0,
    phone: false,
    zh: false,
    offset: 0.0,
    zoom: 1.0,
};

fn secs(s: u64) -> SimTime {
    SimTime::from_secs(s)
}

fn series() -> Series {
    let steps: Vec<u64> = (0..612).collect();
    // One step a second, with 200 s of silence in the middle.
    let times = steps.iter().map(|&s| secs(if s < 430 { s } else { s + 200 })).collect();
    let wave = |s: u64, a: u64, b: u64| u32::try_from((s * a / 7 + s * s) % b).unwrap_or(0);
    let kinds = vec![
        steps.iter().map(|&s| wave(s, 3, 4)).collect(),
        steps.iter().map(|&s| wave(s, 5, 3) / 2).collect(),
        steps.iter().map(|&s| u32::from(s % 60 == 59)).collect(),
        steps.iter().map(|&s| u32::from(s % 40 == 20)).collect(),
        steps.iter().map(|&s| wave(s, 11, 3)).collect(),
        steps.iter().map(|&s| u32::from(s == 380)).collect(),
    ];
    Series { steps, times, metrics: vec![], kinds }
}

fn state() -> RunState {
    let branch = |id, name: &str, parent, from, to| BranchInfo {
        id: BranchId(id),
        name: name.to_owned(),
        parent,
        fork_time: secs(from),
        head_step: to,
        head_time: secs(to),
    };
    RunState {
        run: RunId(1),
        lab: 1,
        name: "Steady loads".to_owned(),
        scenario: "steady".to_owned(),
        tablet_id: None,
        seed: 1,
        branch: BranchId(0),
        beside: None,
        branches: vec![
            branch(0, "main", None, 0, 811),
            branch(1, "time series", Some((BranchId(0), 290)), 290, 700),
            branch(2, "sweep 600 s", Some((BranchId(0), 370)), 370, 640),
        ],
        markers: vec![
            Marker { step: 186, time: secs(186), name: "base compaction".to_owned() },
            Marker { step: 380, time: secs(380), name: "v9 −230".to_owned() },
        ],
        step: 412,
        now: secs(412),
        started_at: SimTime::ZERO,
        epoch_unix_ms: None,
        next_at: None,
        can_undo: false,
        can_redo: false,
        digest: Digest::default(),
        checkers: 14,
        violation: None,
        save: SaveState::ReadOnly,
        notice: None,
    }
}

#[test]
fn a_place_and_its_time_agree() {
    let scale = TimeScale::new(&series(), &state(), &GEOMETRY);
    for s in [0, 17, 186, 412, 520, 700, 811] {
        let back = scale.time(scale.x(secs(s)));
        assert!(back.0.abs_diff(secs(s).0) < 800_000, "{s}: {back:?}");
    }
    assert_eq!(scale.gaps.len(), 1);
    let folded = scale.x(SimTime(scale.gaps[0].1)) - scale.x(SimTime(scale.gaps[0].0));
    assert!((folded - 28.0).abs() < 0.1);
}

#[test]
fn pictures() {
    let (series, state) = (series(), state());
    let phone = StripGeometry { width: 374.0, height: 40.0, phone: true, ..GEOMETRY };
    let near = StripGeometry { offset: 0.35, zoom: 4.0, zh: true, ..GEOMETRY };
    for (name, geometry) in [("strip", GEOMETRY), ("strip-phone", phone), ("strip-near", near)] {
        let scale = TimeScale::new(&series, &state, &geometry);
        let scene = timeline(&series, &state, &scale, &geometry);
        assert!(scene.shapes.len() < 3_000);
        write(name, &scene);
    }
}

#[test]
fn an_empty_run_has_a_line() {
    let mut state = state();
    state.branches.truncate(1);
    state.branches[0].head_time = SimTime::ZERO;
    state.now = SimTime::ZERO;
    state.markers.clear();
    let series = Series::default();
    let scale = TimeScale::new(&series, &state, &GEOMETRY);
    assert!((scale.x(SimTime::ZERO) - 92.0).abs() < 0.1);
    assert!(!timeline(&series, &state, &scale, &GEOMETRY).shapes.is_empty());
}
